/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The header of a region, as a client and as an appliance that comes back see it: whatever it says, what is
 * accepted lies within the memory.
 */

#include <errno.h>

#include <rte_common.h>

#include <rte_vtregion.h>

#include "fuzz.h"

#define MAX_LEN (64U << 20)

static uint8_t header[4096] __rte_aligned(64);
static uint8_t ring[4096] __rte_aligned(64);

static bool
fits(uint64_t off, uint64_t len, uint64_t size)
{
	return off <= size && len <= size - off;
}

/* All that the geometry names lies in the region, and in this order. */
static void
check(const struct rte_vtregion_geom *g)
{
	const uint64_t size = g->conf.size;
	const uint64_t ends[] = {
		sizeof(struct rte_vtregion_hdr), g->off_slots, g->off_pollers, g->off_rqs, g->off_qps,
		g->off_ready, g->off_rq_rings, g->off_cq_rings, g->off_arenas, size,
	};
	struct rte_vtregion_geom again;
	unsigned int i;

	for (i = 1; i < RTE_DIM(ends); i++)
		FUZZ_CHECK(ends[i - 1] <= ends[i]);
	FUZZ_CHECK(fits(g->off_slots, (uint64_t)g->conf.nb_clients * RTE_VTREGION_SLOT_LEN,
		g->off_pollers));
	FUZZ_CHECK(fits(g->off_rq_rings, (uint64_t)g->nb_rqs * g->nb_instances * g->rq_stride,
		g->off_cq_rings));
	FUZZ_CHECK(fits(g->off_cq_rings, (uint64_t)g->nb_qps * g->cq_stride, g->off_arenas));
	FUZZ_CHECK(fits(g->off_arenas, (uint64_t)g->conf.nb_clients * g->arena_size, size));
	/* It is a fixed point. */
	FUZZ_CHECK(rte_vtregion_plan(&g->conf, 0, &again) == 0);
	FUZZ_CHECK(memcmp(&again, g, sizeof(again)) == 0);
}

/* A configuration that may be anything: at times all of it, at times some of a small one. */
static void
draw(struct fuzz_in *in, struct rte_vtregion_conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	if (fuzz_u8(in) & 1) {
		fuzz_take(in, conf, sizeof(*conf));
		return;
	}
	conf->layout = fuzz_u8(in) % 3;
	conf->sync = fuzz_u8(in) & 1 ? fuzz_u8(in) % 8 : 0;
	conf->nb_clients = fuzz_u8(in);
	conf->qps_per_client = fuzz_u8(in) & 7;
	conf->nb_pollers = fuzz_u8(in) & 7;
	conf->nb_plain = fuzz_u8(in) & 3;
	conf->rq_depth = 1U << (fuzz_u8(in) & 15);
	conf->cq_depth = 1U << (fuzz_u8(in) & 15);
	conf->size = UINT64_C(1) << (fuzz_u8(in) & 31);
}

static void
run(struct fuzz_in *in)
{
	struct rte_vtregion_hdr *hdr = (struct rte_vtregion_hdr *)header;
	struct rte_vtregion_conf conf;
	struct rte_vtregion_geom g, seen;
	uint32_t at, sync;

	draw(in, &conf);
	if (rte_vtregion_plan(&conf, fuzz_u32(in), &g) == 0) {
		check(&g);
		/* What a formatted region of it begins with, and then some of it otherwise. */
		memset(header, 0, sizeof(header));
		hdr->magic = RTE_VTREGION_MAGIC;
		hdr->abi = RTE_VTREGION_ABI;
		hdr->hdr_len = sizeof(*hdr);
		rte_vtregion_fingerprint(hdr->fingerprint);
		hdr->geom = g;
		if (fuzz_u8(in) & 1)
			FUZZ_CHECK(rte_vtregion_validate(header, g.conf.size, &seen) == 0 &&
				memcmp(&seen, &g, sizeof(g)) == 0);
	} else {
		fuzz_take(in, header, sizeof(*hdr));
	}
	while (in->left > 4) {
		at = fuzz_u16(in) % sizeof(*hdr);
		fuzz_take(in, header + at, RTE_MIN((size_t)(fuzz_u8(in) & 7) + 1, sizeof(*hdr) - at));
		memset(&seen, 0x5a, sizeof(seen));
		if (rte_vtregion_validate(header, MAX_LEN, &seen) == 0) {
			FUZZ_CHECK(seen.conf.size <= MAX_LEN);
			check(&seen);
		}
	}
	/* Not where a region can lie, and not enough of it. */
	FUZZ_CHECK(rte_vtregion_validate(header + 1, MAX_LEN, &seen) == -EINVAL);
	FUZZ_CHECK(rte_vtregion_validate(header, sizeof(*hdr) - 1, &seen) == -ENODATA);
	/* A ring of it. */
	sync = fuzz_u8(in) % 8;
	fuzz_take(in, ring, RTE_MIN(in->left, sizeof(struct rte_ring)));
	if (rte_vtregion_ring_validate((const struct rte_ring *)ring, 64, sync) == 0)
		FUZZ_CHECK(((struct rte_ring *)ring)->size == 64 &&
			((struct rte_ring *)ring)->mask == 63);
}

const struct fuzz_target fuzz_region = { .name = "region", .run = run };
