/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * From a configuration to a geometry. The input may come from a hostile region: every field is
 * bounded before it takes part in arithmetic, and no loop depends on one.
 *
 * The largest control part, with all bounds at their limits, is below 2^43 bytes (65,536 request
 * rings of 2^20 entries), and arenas add at most 1024 times RTE_VTREGION_MAX_SIZE: nothing here
 * can overflow 64 bits.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_common.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "vtregion_private.h"

#define PAGE UINT64_C(4096)
#define HUGE_PAGE (UINT64_C(2) << 20)
/* Rings and ready sets: caches fetch lines in pairs, so none shares a pair with another. */
#define LINE_PAIR UINT64_C(128)
/* From here on an arena begins on a huge page; at most an eighth of it is lost by that. */
#define ARENA_HUGE (UINT64_C(16) << 20)

#define DEF_CLIENTS 8
#define DEF_QPS_PER_CLIENT 4
#define DEF_POLLERS 1
#define DEF_SPARES 3
#define DEF_RQ_DEPTH 1024
#define DEF_CQ_DEPTH 64
#define DEF_VECTORS 2

static void
fill_in(struct rte_vtregion_conf *c)
{
	bool thread = c->layout == RTE_VTREGION_THREAD;

	if (c->nb_clients == 0)
		c->nb_clients = DEF_CLIENTS;
	if (c->qps_per_client == 0)
		c->qps_per_client = DEF_QPS_PER_CLIENT;
	if (c->nb_pollers == 0)
		c->nb_pollers = DEF_POLLERS;
	if (c->nb_spares == 0 && !thread)
		c->nb_spares = DEF_SPARES;
	if (c->rq_depth == 0)
		c->rq_depth = DEF_RQ_DEPTH;
	if (c->cq_depth == 0)
		c->cq_depth = DEF_CQ_DEPTH;
	if (c->nb_vectors == 0)
		c->nb_vectors = DEF_VECTORS;
	if (thread && c->sync == RTE_VTREGION_SYNC_RTS)
		c->sync = RTE_VTREGION_SYNC_ST;
}

static int
check_range(const char *field, uint64_t value, uint64_t min, uint64_t max)
{
	if (value >= min && value <= max)
		return 0;
	VTREGION_LOG(ERR, "%s is %" PRIu64 ", must be %" PRIu64 " to %" PRIu64,
			field, value, min, max);
	return -EINVAL;
}

static int
check_depth(const char *field, uint32_t value, uint32_t max)
{
	if (check_range(field, value, RTE_VTREGION_MIN_DEPTH, max) != 0)
		return -EINVAL;
	if (rte_is_power_of_2(value))
		return 0;
	VTREGION_LOG(ERR, "%s is %u, must be a power of two", field, value);
	return -EINVAL;
}

static int
check_fields(const struct rte_vtregion_conf *c)
{
	unsigned int i;

	if (check_range("layout", c->layout, 0, RTE_VTREGION_THREAD) != 0 ||
			check_range("sync", c->sync, 0, RTE_VTREGION_SYNCS - 1) != 0 ||
			check_range("nb_clients", c->nb_clients, 1,
				RTE_VTREGION_MAX_CLIENTS) != 0 ||
			check_range("qps_per_client", c->qps_per_client, 1,
				RTE_VTREGION_MAX_QPS) != 0 ||
			check_range("nb_clients * qps_per_client",
				(uint64_t)c->nb_clients * c->qps_per_client, 1,
				RTE_VTREGION_MAX_QPS) != 0 ||
			check_range("nb_pollers", c->nb_pollers, 1,
				RTE_VTREGION_MAX_POLLERS) != 0 ||
			check_range("nb_spares", c->nb_spares, 0,
				RTE_VTREGION_MAX_SPARES) != 0 ||
			check_depth("rq_depth", c->rq_depth, RTE_VTREGION_MAX_RQ_DEPTH) != 0 ||
			check_depth("cq_depth", c->cq_depth, RTE_VTREGION_MAX_CQ_DEPTH) != 0 ||
			check_range("nb_vectors", c->nb_vectors, 1,
				RTE_VTREGION_MAX_VECTORS) != 0 ||
			check_range("nb_plain", c->nb_plain, 0, c->nb_clients) != 0)
		return -EINVAL;
	for (i = 0; i < RTE_DIM(c->reserved); i++) {
		if (c->reserved[i] != 0) {
			VTREGION_LOG(ERR, "reserved[%u] is %u, must be 0", i, c->reserved[i]);
			return -EINVAL;
		}
	}
	return 0;
}

static int
check_layout(const struct rte_vtregion_conf *c)
{
	bool one_producer = c->layout == RTE_VTREGION_THREAD ||
			c->nb_clients * c->qps_per_client == 1;

	if (c->sync == RTE_VTREGION_SYNC_ST && !one_producer) {
		VTREGION_LOG(ERR, "sync ST with %u queue pairs, must be 1 or layout thread",
				c->nb_clients * c->qps_per_client);
		return -EINVAL;
	}
	if (c->layout != RTE_VTREGION_THREAD)
		return 0;
	if (c->sync != RTE_VTREGION_SYNC_ST) {
		VTREGION_LOG(ERR, "sync is %u in layout thread, must be ST (%d)", c->sync,
				RTE_VTREGION_SYNC_ST);
		return -EINVAL;
	}
	if (c->nb_spares != 0) {
		VTREGION_LOG(ERR, "nb_spares is %u in layout thread, must be 0", c->nb_spares);
		return -EINVAL;
	}
	return 0;
}

static void
count(struct rte_vtregion_geom *g)
{
	const struct rte_vtregion_conf *c = &g->conf;

	g->nb_qps = c->nb_clients * c->qps_per_client;
	g->nb_instances = 1 + c->nb_spares;
	switch (c->layout) {
	case RTE_VTREGION_HASHED:
		g->nb_rqs = c->nb_pollers;
		break;
	case RTE_VTREGION_SINGLE:
		g->nb_rqs = 1;
		break;
	case RTE_VTREGION_THREAD:
		/* Any queue pair may belong to any poller: each has a bit in each ready set. */
		g->nb_rqs = g->nb_qps;
		g->ready_leaves = RTE_ALIGN_CEIL(g->nb_rqs, 64) / 64;
		g->ready_summaries = RTE_ALIGN_CEIL(g->ready_leaves, 64) / 64;
		break;
	}
}

/* Everything but the arenas; returns where it ends. */
static uint64_t
place_control(struct rte_vtregion_geom *g)
{
	const struct rte_vtregion_conf *c = &g->conf;
	uint64_t off;

	g->rq_stride = RTE_ALIGN_CEIL((uint64_t)rte_ring_get_memsize_elem(
			sizeof(struct rte_vinetalk_task), c->rq_depth), LINE_PAIR);
	g->cq_stride = RTE_ALIGN_CEIL((uint64_t)rte_ring_get_memsize_elem(
			sizeof(struct rte_vinetalk_completion), c->cq_depth), LINE_PAIR);
	if (g->ready_leaves != 0)
		g->ready_stride = RTE_ALIGN_CEIL(
				rte_vtregion_ready_leaf_off(g) + 8 * (uint64_t)g->ready_leaves,
				LINE_PAIR);

	g->off_slots = RTE_ALIGN_CEIL(sizeof(struct rte_vtregion_hdr), PAGE);
	g->off_pollers = g->off_slots + (uint64_t)c->nb_clients * RTE_VTREGION_SLOT_LEN;
	off = g->off_pollers + c->nb_pollers * sizeof(struct rte_vtregion_poller);
	g->off_rqs = RTE_ALIGN_CEIL(off, PAGE);
	off = g->off_rqs + g->nb_rqs * sizeof(struct rte_vtregion_rq);
	g->off_qps = RTE_ALIGN_CEIL(off, PAGE);
	off = g->off_qps + g->nb_qps * sizeof(struct rte_vtregion_qp);
	g->off_ready = RTE_ALIGN_CEIL(off, PAGE);
	off = g->off_ready + c->nb_pollers * g->ready_stride;
	g->off_rq_rings = RTE_ALIGN_CEIL(off, PAGE);
	off = g->off_rq_rings + (uint64_t)g->nb_rqs * g->nb_instances * g->rq_stride;
	g->off_cq_rings = RTE_ALIGN_CEIL(off, PAGE);
	return g->off_cq_rings + g->nb_qps * g->cq_stride;
}

static uint64_t
arena_unit(uint64_t arena_size)
{
	return arena_size >= ARENA_HUGE ? HUGE_PAGE : PAGE;
}

/* Share out what is left of size behind end; arena_size is 0 if that is nothing. */
static void
place_arenas(struct rte_vtregion_geom *g, uint64_t end, uint64_t size)
{
	uint32_t n = g->conf.nb_clients;
	uint64_t unit = HUGE_PAGE;

	g->off_arenas = RTE_ALIGN_CEIL(end, unit);
	g->arena_size = size <= g->off_arenas ? 0 : (size - g->off_arenas) / n;
	if (arena_unit(g->arena_size) != unit) {
		unit = PAGE;
		g->off_arenas = RTE_ALIGN_CEIL(end, unit);
		g->arena_size = size <= g->off_arenas ? 0 : (size - g->off_arenas) / n;
	}
	g->arena_size = RTE_ALIGN_FLOOR(g->arena_size, unit);
}

/* The smallest size whose arenas have the bytes wanted. */
static uint64_t
smallest(struct rte_vtregion_geom *g, uint64_t end, uint64_t arena)
{
	uint64_t need = RTE_ALIGN_CEIL(end, PAGE) + g->conf.nb_clients * arena;
	uint64_t size = rte_align64pow2(RTE_MAX(need, RTE_VTREGION_MIN_SIZE));

	place_arenas(g, end, size);
	/* What alignment costs can ask for one more doubling. */
	return g->arena_size < arena ? size * 2 : size;
}

int
rte_vtregion_plan(const struct rte_vtregion_conf *conf, uint64_t arena_hint,
		struct rte_vtregion_geom *geom)
{
	struct rte_vtregion_geom g;
	uint64_t end;

	memset(&g, 0, sizeof(g));
	g.conf = *conf;
	fill_in(&g.conf);
	if (check_fields(&g.conf) != 0 || check_layout(&g.conf) != 0)
		return -EINVAL;
	count(&g);
	end = place_control(&g);

	if (g.conf.size == 0) {
		if (arena_hint == 0)
			arena_hint = RTE_VTREGION_MIN_ARENA;
		if (check_range("arena", arena_hint, RTE_VTREGION_MIN_ARENA,
				RTE_VTREGION_MAX_SIZE) != 0)
			return -EINVAL;
		arena_hint = RTE_ALIGN_CEIL(arena_hint, arena_unit(arena_hint));
		g.conf.size = smallest(&g, end, arena_hint);
	} else if (g.conf.size <= RTE_VTREGION_MAX_SIZE) {
		g.conf.size = rte_align64pow2(RTE_MAX(g.conf.size, RTE_VTREGION_MIN_SIZE));
		if (g.conf.size != conf->size)
			VTREGION_LOG(NOTICE, "size %" PRIu64 " rounded up to %" PRIu64
					", a power of two as QEMU needs it",
					conf->size, g.conf.size);
	}
	if (check_range("size", g.conf.size, RTE_VTREGION_MIN_SIZE, RTE_VTREGION_MAX_SIZE) != 0)
		return -EINVAL;

	place_arenas(&g, end, g.conf.size);
	if (g.arena_size < RTE_VTREGION_MIN_ARENA) {
		VTREGION_LOG(ERR, "size %" PRIu64 " is too small: header, slots and rings take %"
				PRIu64 ", and %u arenas at least %llu each",
				g.conf.size, end, g.conf.nb_clients, RTE_VTREGION_MIN_ARENA);
		return -ENOSPC;
	}
	*geom = g;
	return 0;
}
