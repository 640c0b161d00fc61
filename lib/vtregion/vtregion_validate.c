/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_common.h>
#include <rte_ring.h>

#include "vtregion_private.h"

/* Of a structure: what a mismatch is called in the log. */
struct field {
	const char *name;
	uint16_t offset;
	uint16_t size;
};

#define FIELD(name) { #name, offsetof(struct rte_vtregion_geom, name), \
	sizeof(((struct rte_vtregion_geom *)0)->name) }

static const struct field geom_fields[] = {
	FIELD(conf.size), FIELD(conf.layout), FIELD(conf.sync), FIELD(conf.nb_clients),
	FIELD(conf.qps_per_client), FIELD(conf.nb_pollers), FIELD(conf.nb_spares),
	FIELD(conf.rq_depth), FIELD(conf.cq_depth), FIELD(conf.nb_vectors), FIELD(conf.nb_plain),
	FIELD(conf.reserved),
	FIELD(nb_rqs), FIELD(nb_instances), FIELD(nb_qps), FIELD(ready_leaves),
	FIELD(ready_summaries), FIELD(reserved), FIELD(off_slots), FIELD(off_pollers),
	FIELD(off_rqs), FIELD(off_qps), FIELD(off_ready), FIELD(ready_stride),
	FIELD(off_rq_rings), FIELD(rq_stride), FIELD(off_cq_rings), FIELD(cq_stride),
	FIELD(off_arenas), FIELD(arena_size),
};

/* A private copy; each word is read once, so what is checked is what is used. */
static void
copy_header(const void *base, struct rte_vtregion_hdr *hdr)
{
	const uint64_t *from = base;
	uint64_t words[sizeof(*hdr) / sizeof(uint64_t)];
	unsigned int i;

	RTE_BUILD_BUG_ON(sizeof(*hdr) % sizeof(uint64_t) != 0);
	/* The magic first. Pairs with the release in rte_vtregion_format(). */
	words[0] = __atomic_load_n(&from[0], __ATOMIC_ACQUIRE);
	for (i = 1; i < RTE_DIM(words); i++)
		words[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
	memcpy(hdr, words, sizeof(words));
}

static int
check_identity(const struct rte_vtregion_hdr *hdr)
{
	uint16_t fp[RTE_VTREGION_FP_WORDS];
	unsigned int i;

	if (hdr->magic != RTE_VTREGION_MAGIC) {
		VTREGION_LOG(ERR, "no region: magic is %#" PRIx64 ", must be %#" PRIx64,
				hdr->magic, RTE_VTREGION_MAGIC);
		return -EPROTO;
	}
	if (hdr->abi != RTE_VTREGION_ABI || hdr->hdr_len != sizeof(*hdr)) {
		VTREGION_LOG(ERR, "the region has ABI %u with a header of %u bytes, "
				"this side has ABI %d with %zu bytes",
				hdr->abi, hdr->hdr_len, RTE_VTREGION_ABI, sizeof(*hdr));
		return -EPROTONOSUPPORT;
	}
	rte_vtregion_fingerprint(fp);
	for (i = 0; i < RTE_VTREGION_FP_WORDS; i++) {
		if (hdr->fingerprint[i] == fp[i])
			continue;
		VTREGION_LOG(ERR, "the region was made with another layout of rte_ring: "
				"%s is %u there and %u here", vtregion_fingerprint_word(i),
				hdr->fingerprint[i], fp[i]);
		return -EPROTONOSUPPORT;
	}
	for (i = 0; i < RTE_DIM(hdr->reserved0); i++) {
		if (hdr->reserved0[i] == 0)
			continue;
		VTREGION_LOG(ERR, "reserved0[%u] of the header is %#" PRIx64 ", must be 0",
				i, hdr->reserved0[i]);
		return -EPROTO;
	}
	return 0;
}

/* Compare what the header says with what follows from its configuration. */
static int
check_geom(const struct rte_vtregion_geom *said, const struct rte_vtregion_geom *planned)
{
	const struct field *f;
	uint64_t a, b;
	unsigned int i;

	for (i = 0; i < RTE_DIM(geom_fields); i++) {
		f = &geom_fields[i];
		if (memcmp(RTE_PTR_ADD(said, f->offset), RTE_PTR_ADD(planned, f->offset),
				f->size) == 0)
			continue;
		a = b = 0;
		memcpy(&a, RTE_PTR_ADD(said, f->offset), RTE_MIN(f->size, sizeof(a)));
		memcpy(&b, RTE_PTR_ADD(planned, f->offset), RTE_MIN(f->size, sizeof(b)));
		VTREGION_LOG(ERR, "%s of the region is %" PRIu64 ", must be %" PRIu64, f->name,
				a, b);
		return -EPROTO;
	}
	return 0;
}

int
rte_vtregion_validate(const void *base, size_t len, struct rte_vtregion_geom *geom)
{
	struct rte_vtregion_geom planned;
	struct rte_vtregion_hdr hdr;
	int ret;

	if (base == NULL || !rte_is_aligned(base, sizeof(uint64_t))) {
		VTREGION_LOG(ERR, "a region cannot lie at %p", base);
		return -EINVAL;
	}
	if (len < sizeof(hdr)) {
		VTREGION_LOG(ERR, "%zu bytes are mapped, the header alone has %zu", len,
				sizeof(hdr));
		return -ENODATA;
	}
	copy_header(base, &hdr);
	ret = check_identity(&hdr);
	if (ret != 0)
		return ret;
	/* Neither rounded nor filled in here. */
	if (hdr.geom.conf.size < RTE_VTREGION_MIN_SIZE ||
			hdr.geom.conf.size != rte_align64pow2(hdr.geom.conf.size)) {
		VTREGION_LOG(ERR, "conf.size of the region is %" PRIu64
				", must be a power of two and at least %llu",
				hdr.geom.conf.size, RTE_VTREGION_MIN_SIZE);
		return -EINVAL;
	}
	ret = rte_vtregion_plan(&hdr.geom.conf, 0, &planned);
	if (ret != 0)
		return ret == -ENOSPC ? -EINVAL : ret;
	ret = check_geom(&hdr.geom, &planned);
	if (ret != 0)
		return ret;
	if (len < planned.conf.size) {
		VTREGION_LOG(ERR, "%zu bytes are mapped, the region has %" PRIu64, len,
				planned.conf.size);
		return -ENODATA;
	}
	*geom = planned;
	return 0;
}

static int
check_ring_word(const char *name, uint32_t value, uint32_t want)
{
	if (value == want)
		return 0;
	VTREGION_LOG(ERR, "%s of a ring is %#x, must be %#x", name, value, want);
	return -EPROTO;
}

int
rte_vtregion_ring_validate(const struct rte_ring *r, uint32_t depth, uint32_t sync)
{
	uint32_t prod;

	switch (sync) {
	case RTE_VTREGION_SYNC_RTS:
		prod = RTE_RING_SYNC_MT_RTS;
		break;
	case RTE_VTREGION_SYNC_HTS:
		prod = RTE_RING_SYNC_MT_HTS;
		break;
	case RTE_VTREGION_SYNC_MT:
		prod = RTE_RING_SYNC_MT;
		break;
	default:
		prod = RTE_RING_SYNC_ST;
		break;
	}
	if (check_ring_word("size", r->size, depth) != 0 ||
			check_ring_word("mask", r->mask, depth - 1) != 0 ||
			check_ring_word("capacity", r->capacity, depth - 1) != 0 ||
			check_ring_word("flags", r->flags, vtregion_ring_flags(sync)) != 0 ||
			check_ring_word("prod.sync_type", r->prod.sync_type, prod) != 0 ||
			check_ring_word("cons.sync_type", r->cons.sync_type,
				RTE_RING_SYNC_ST) != 0)
		return -EPROTO;
	if (sync == RTE_VTREGION_SYNC_RTS)
		return check_ring_word("htd_max", r->rts_prod.htd_max, depth - 1);
	return 0;
}
