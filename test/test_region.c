/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* rte_vtregion_plan(): bounds, rounding, overflow. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_log.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <rte_vtregion.h>

#include "test.h"

#define MIB (UINT64_C(1) << 20)

static uint32_t saved_level;
static int logtype;

/* Hundreds of refusals are expected here; their log lines are not needed. */
static int
setup(void)
{
	logtype = rte_log_register("lib.vinetalk.region");
	if (logtype < 0)
		return logtype;
	saved_level = rte_log_get_level(logtype);
	return rte_log_set_level(logtype, RTE_LOG_CRIT);
}

static int
cleanup(void)
{
	return rte_log_set_level(logtype, saved_level);
}

/* What holds for any geometry: order, alignment, room. Returns the number of violations. */
static unsigned int
violations(const struct rte_vtregion_geom *g)
{
	const struct rte_vtregion_conf *c = &g->conf;
	const struct {
		uint64_t off, len, align;
	} parts[] = {
		{ 0, sizeof(struct rte_vtregion_hdr), 4096 },
		{ g->off_slots, (uint64_t)c->nb_clients * RTE_VTREGION_SLOT_LEN, 4096 },
		{ g->off_pollers, c->nb_pollers * sizeof(struct rte_vtregion_poller), 4096 },
		{ g->off_rqs, g->nb_rqs * sizeof(struct rte_vtregion_rq), 4096 },
		{ g->off_qps, g->nb_qps * sizeof(struct rte_vtregion_qp), 4096 },
		{ g->off_ready, c->nb_pollers * g->ready_stride, 4096 },
		{ g->off_rq_rings, (uint64_t)g->nb_rqs * g->nb_instances * g->rq_stride, 4096 },
		{ g->off_cq_rings, g->nb_qps * g->cq_stride, 4096 },
		{ g->off_arenas, c->nb_clients * g->arena_size,
			g->arena_size >= 16 * MIB ? 2 * MIB : 4096 },
	};
	uint64_t end = 0;
	unsigned int i, bad = 0;

	for (i = 0; i < RTE_DIM(parts); i++) {
		bad += parts[i].off < end;
		bad += parts[i].off % parts[i].align != 0;
		end = parts[i].off + parts[i].len;
	}
	bad += end > c->size;
	bad += c->size != rte_align64pow2(c->size);
	bad += c->size < RTE_VTREGION_MIN_SIZE || c->size > RTE_VTREGION_MAX_SIZE;
	bad += g->arena_size < RTE_VTREGION_MIN_ARENA;
	bad += g->arena_size % (g->arena_size >= 16 * MIB ? 2 * MIB : 4096) != 0;
	bad += g->rq_stride % 128 != 0 || g->cq_stride % 128 != 0 || g->ready_stride % 128 != 0;
	bad += g->rq_stride < (uint64_t)rte_ring_get_memsize_elem(64, c->rq_depth);
	bad += g->cq_stride < (uint64_t)rte_ring_get_memsize_elem(32, c->cq_depth);
	bad += g->nb_qps != c->nb_clients * c->qps_per_client;
	bad += (uint64_t)g->ready_leaves * 64 < (c->layout == RTE_VTREGION_THREAD ? g->nb_rqs : 0);
	bad += (uint64_t)g->ready_summaries * 64 < g->ready_leaves;
	bad += g->ready_stride < rte_vtregion_ready_leaf_off(g) + 8 * (uint64_t)g->ready_leaves;
	return bad;
}

/* Planned again, on what came out, it must be the same. */
static void
check(const struct rte_vtregion_geom *g)
{
	struct rte_vtregion_geom again;

	CU_ASSERT_EQUAL(violations(g), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&g->conf, 0, &again), 0);
	CU_ASSERT_EQUAL(memcmp(g, &again, sizeof(again)), 0);
}

static void
test_defaults(void)
{
	struct rte_vtregion_conf conf = { 0 };
	struct rte_vtregion_geom g;

	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &g), 0);
	CU_ASSERT_EQUAL(g.conf.layout, RTE_VTREGION_HASHED);
	CU_ASSERT_EQUAL(g.conf.sync, RTE_VTREGION_SYNC_RTS);
	CU_ASSERT_EQUAL(g.conf.nb_clients, 8);
	CU_ASSERT_EQUAL(g.conf.qps_per_client, 4);
	CU_ASSERT_EQUAL(g.conf.nb_pollers, 1);
	CU_ASSERT_EQUAL(g.conf.nb_spares, 3);
	CU_ASSERT_EQUAL(g.conf.rq_depth, 1024);
	CU_ASSERT_EQUAL(g.conf.cq_depth, 64);
	CU_ASSERT_EQUAL(g.conf.nb_vectors, 2);
	CU_ASSERT_EQUAL(g.nb_rqs, 1);
	CU_ASSERT_EQUAL(g.nb_instances, 4);
	CU_ASSERT_EQUAL(g.nb_qps, 32);
	CU_ASSERT_EQUAL(g.ready_stride, 0);
	check(&g);
}

static void
test_layouts(void)
{
	struct rte_vtregion_conf conf = { .nb_pollers = 5, .nb_clients = 33, .qps_per_client = 7 };
	struct rte_vtregion_geom g;

	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &g), 0);
	CU_ASSERT_EQUAL(g.nb_rqs, 5);
	check(&g);

	conf.layout = RTE_VTREGION_SINGLE;
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &g), 0);
	CU_ASSERT_EQUAL(g.nb_rqs, 1);
	check(&g);

	conf.layout = RTE_VTREGION_THREAD;
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &g), 0);
	CU_ASSERT_EQUAL(g.conf.sync, RTE_VTREGION_SYNC_ST);
	CU_ASSERT_EQUAL(g.conf.nb_spares, 0);
	CU_ASSERT_EQUAL(g.nb_rqs, 231);
	CU_ASSERT_EQUAL(g.nb_instances, 1);
	CU_ASSERT_EQUAL(g.ready_leaves, 4);
	CU_ASSERT_EQUAL(g.ready_summaries, 1);
	check(&g);

	conf.sync = RTE_VTREGION_SYNC_MT;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), -EINVAL);
	conf.sync = RTE_VTREGION_SYNC_ST;
	conf.nb_spares = 1;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), -EINVAL);
	conf.nb_spares = 0;
	conf.layout = RTE_VTREGION_HASHED;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), -EINVAL);
	conf.nb_clients = conf.qps_per_client = 1;
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &g), 0);
	check(&g);
}

/* Each field at its limits, and one step beyond. */
static void
test_bounds(void)
{
	static const struct {
		size_t offset;
		uint32_t good_min, good_max, bad_low, bad_high; /* bad_low 0: there is none */
	} fields[] = {
		{ offsetof(struct rte_vtregion_conf, layout), 0, 2, 0, 3 },
		{ offsetof(struct rte_vtregion_conf, sync), 0, RTE_VTREGION_SYNCS - 1, 0, RTE_VTREGION_SYNCS },
		{ offsetof(struct rte_vtregion_conf, nb_clients), 1, 1024, 0, 1025 },
		{ offsetof(struct rte_vtregion_conf, qps_per_client), 1, 65536, 0, 65537 },
		{ offsetof(struct rte_vtregion_conf, nb_pollers), 1, 64, 0, 65 },
		{ offsetof(struct rte_vtregion_conf, nb_spares), 1, 15, 0, 16 },
		{ offsetof(struct rte_vtregion_conf, rq_depth), 2, 32768, 1, 32769 },
		{ offsetof(struct rte_vtregion_conf, cq_depth), 2, 32768, 1, 32769 },
		{ offsetof(struct rte_vtregion_conf, nb_vectors), 1, 16, 0, 17 },
		{ offsetof(struct rte_vtregion_conf, reserved[0]), 0, 0, 0, 1 },
		{ offsetof(struct rte_vtregion_conf, reserved[3]), 0, 0, 0, 1 },
		{ offsetof(struct rte_vtregion_conf, nb_plain), 0, 1, 0, 2 },
	};
	static const uint32_t hostile[] = { 0x7fffffff, 0x80000000, 0xffffffff };
	struct rte_vtregion_conf conf;
	struct rte_vtregion_geom g, untouched;
	uint32_t *field;
	unsigned int i, j;

	memset(&untouched, 0x5a, sizeof(untouched));
	for (i = 0; i < RTE_DIM(fields); i++) {
		memset(&conf, 0, sizeof(conf));
		conf.nb_clients = 1;
		field = RTE_PTR_ADD(&conf, fields[i].offset);
		*field = fields[i].good_min;
		CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &g), 0);
		check(&g);
		*field = fields[i].good_max;
		CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &g), 0);
		check(&g);

		g = untouched;
		if (fields[i].bad_low != 0) {
			*field = fields[i].bad_low;
			CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), -EINVAL);
		}
		*field = fields[i].bad_high;
		CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), -EINVAL);
		for (j = 0; j < RTE_DIM(hostile); j++) {
			*field = hostile[j];
			CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), -EINVAL);
		}
		CU_ASSERT_EQUAL(memcmp(&g, &untouched, sizeof(g)), 0);
	}
	memset(&conf, 0, sizeof(conf));
	conf.rq_depth = 96;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), -EINVAL);
	conf.rq_depth = 0;
	conf.cq_depth = 63;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), -EINVAL);
	/* Each is in its bounds; the product is not. */
	conf.cq_depth = 0;
	conf.nb_clients = 1024;
	conf.qps_per_client = 65;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), -EINVAL);
	conf.qps_per_client = 64;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), 0);
	check(&g);
}

static void
test_sizes(void)
{
	struct rte_vtregion_conf conf = { .nb_clients = 2 };
	struct rte_vtregion_geom g;
	uint64_t hint;

	conf.size = 100 * MIB;
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &g), 0);
	CU_ASSERT_EQUAL(g.conf.size, 128 * MIB);
	CU_ASSERT_EQUAL(g.arena_size, 62 * MIB);
	check(&g);

	/* Too small for two arenas, also after it was rounded up to 2 MiB. */
	conf.size = 1;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), -ENOSPC);
	conf.size = 4 * MIB;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), 0);
	check(&g);

	conf.size = RTE_VTREGION_MAX_SIZE;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), 0);
	check(&g);
	conf.size = RTE_VTREGION_MAX_SIZE + 1;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), -EINVAL);
	conf.size = UINT64_C(1) << 63;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), -EINVAL);
	conf.size = UINT64_MAX;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), -EINVAL);

	/* Any hint is met, with the smallest size that does. */
	for (hint = MIB; hint <= 4096 * MIB; hint += hint / 3 + 4096) {
		conf.size = 0;
		CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, hint, &g), 0);
		CU_ASSERT(g.arena_size >= hint);
		check(&g);
		conf.size = g.conf.size / 2;
		if (rte_vtregion_plan(&conf, 0, &g) == 0)
			CU_ASSERT(g.arena_size < RTE_ALIGN_CEIL(hint, 2 * MIB));
	}
	conf.size = 0;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, MIB - 1, &g), -EINVAL);
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, UINT64_MAX, &g), -EINVAL);
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, RTE_VTREGION_MAX_SIZE + 1, &g), -EINVAL);
	/* The hint is in its bounds, the region is not. */
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, RTE_VTREGION_MAX_SIZE, &g), -EINVAL);
}

/* Everything at its limit at once: where arithmetic would overflow if it could. */
static void
test_largest(void)
{
	struct rte_vtregion_conf conf = {
		.size = RTE_VTREGION_MAX_SIZE, .layout = RTE_VTREGION_THREAD,
		.nb_clients = RTE_VTREGION_MAX_CLIENTS, .qps_per_client = 64,
		.nb_pollers = RTE_VTREGION_MAX_POLLERS, .rq_depth = RTE_VTREGION_MAX_RQ_DEPTH,
		.cq_depth = RTE_VTREGION_MAX_CQ_DEPTH, .nb_vectors = RTE_VTREGION_MAX_VECTORS,
	};
	struct rte_vtregion_geom g;

	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &g), 0);
	CU_ASSERT_EQUAL(g.nb_rqs, 65536);
	CU_ASSERT_EQUAL(g.ready_leaves, 1024);
	CU_ASSERT_EQUAL(g.ready_summaries, 16);
	check(&g);

	conf.layout = RTE_VTREGION_HASHED;
	conf.nb_spares = RTE_VTREGION_MAX_SPARES;
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &g), 0);
	check(&g);
	conf.size = UINT64_C(1) << 36;
	CU_ASSERT_EQUAL(rte_vtregion_plan(&conf, 0, &g), -ENOSPC);
	conf.size = 0;
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &g), 0);
	check(&g);
}

/* Random and half-random configurations: no crash, and what is accepted is sound. */
static void
test_random(void)
{
	struct rte_vtregion_conf conf;
	struct rte_vtregion_geom g;
	unsigned int i, j, accepted = 0, bad = 0;
	unsigned int seed = 20260101;
	uint32_t *w = (uint32_t *)(void *)&conf;

	for (i = 0; i < 100000; i++) {
		memset(&conf, 0, sizeof(conf));
		for (j = 0; j < 11; j++) {
			w[j] = (uint32_t)rand_r(&seed) << 16 ^ (uint32_t)rand_r(&seed);
			if (j >= 2 && rand_r(&seed) % 16 != 0)
				w[j] >>= rand_r(&seed) % 32;
		}
		conf.size >>= rand_r(&seed) % 64;
		if (rand_r(&seed) % 2 != 0) {
			conf.layout %= 3;
			conf.sync %= RTE_VTREGION_SYNCS;
			conf.nb_clients %= 65;
			conf.qps_per_client %= 65;
			conf.nb_pollers %= 33;
			conf.nb_spares %= 16;
			conf.nb_vectors %= 17;
			conf.rq_depth = 1u << conf.rq_depth % 21;
			conf.cq_depth = 1u << conf.cq_depth % 16;
		}
		if (rte_vtregion_plan(&conf, (uint64_t)w[0] << w[3] % 32, &g) != 0)
			continue;
		accepted++;
		bad += violations(&g) != 0;
	}
	CU_ASSERT_EQUAL(bad, 0);
	/* Otherwise this tests refusals only. */
	CU_ASSERT(accepted > 1000);
}

/* What a queue pair of usual depth costs, for the guide. */
static void
test_footprint(void)
{
	struct rte_vtregion_conf conf = { .cq_depth = 64 };
	struct rte_vtregion_geom g;
	uint64_t hashed, thread;

	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &g), 0);
	hashed = sizeof(struct rte_vtregion_qp) + g.cq_stride;
	conf.layout = RTE_VTREGION_THREAD;
	conf.rq_depth = 64;
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &g), 0);
	thread = sizeof(struct rte_vtregion_qp) + g.cq_stride + g.rq_stride +
			sizeof(struct rte_vtregion_rq);
	printf("\n    queue pair of depth 64: %" PRIu64 " bytes, in layout thread %" PRIu64
			" bytes; ", hashed, thread);
	CU_ASSERT(hashed < 4096);
	CU_ASSERT(thread < 8192);
}

static const struct vt_test_case cases[] = {
	{ "plan: defaults", test_defaults },
	{ "plan: layouts and what goes with them", test_layouts },
	{ "plan: each bound, and beyond", test_bounds },
	{ "plan: sizes and rounding", test_sizes },
	{ "plan: all limits at once", test_largest },
	{ "plan: 100,000 random configurations", test_random },
	{ "memory of a queue pair", test_footprint },
};
VT_TEST_SUITE(vinetalk_region_plan_autotest, setup, cleanup, cases);
