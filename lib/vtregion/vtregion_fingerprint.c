/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <stddef.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "vtregion_private.h"

#define RING_OFF(field) { "offset of rte_ring." #field, offsetof(struct rte_ring, field) }

static const struct {
	const char *name;
	uint16_t value;
} words[] = {
	{ "byte order (1 if little-endian)", RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN },
	{ "cache line", RTE_CACHE_LINE_SIZE },
	{ "size of rte_ring", sizeof(struct rte_ring) },
	RING_OFF(flags),
	RING_OFF(memzone),
	RING_OFF(size),
	RING_OFF(mask),
	RING_OFF(capacity),
	RING_OFF(prod.head),
	RING_OFF(prod.tail),
	RING_OFF(prod.sync_type),
	RING_OFF(rts_prod.head.val.pos),
	RING_OFF(rts_prod.tail.val.pos),
	RING_OFF(rts_prod.sync_type),
	RING_OFF(rts_prod.htd_max),
	RING_OFF(hts_prod.ht.pos.head),
	RING_OFF(hts_prod.ht.pos.tail),
	RING_OFF(hts_prod.sync_type),
	RING_OFF(cons.head),
	RING_OFF(cons.tail),
	RING_OFF(cons.sync_type),
	{ "RTE_RING_SYNC_MT", RTE_RING_SYNC_MT },
	{ "RTE_RING_SYNC_ST", RTE_RING_SYNC_ST },
	{ "RTE_RING_SYNC_MT_RTS", RTE_RING_SYNC_MT_RTS },
	{ "RTE_RING_SYNC_MT_HTS", RTE_RING_SYNC_MT_HTS },
	{ "size of a request", sizeof(struct rte_vinetalk_task) },
	{ "size of a completion", sizeof(struct rte_vinetalk_completion) },
	{ "size of the region header", sizeof(struct rte_vtregion_hdr) },
	{ "size of a slot", sizeof(struct rte_vtregion_slot) },
	{ "size of a poller line", sizeof(struct rte_vtregion_poller) },
	{ "size of a request queue line", sizeof(struct rte_vtregion_rq) },
	{ "size of a queue pair's lines", sizeof(struct rte_vtregion_qp) },
};

void
rte_vtregion_fingerprint(uint16_t fp[RTE_VTREGION_FP_WORDS])
{
	unsigned int i;

	RTE_BUILD_BUG_ON(RTE_DIM(words) != RTE_VTREGION_FP_WORDS);

	/*
	 * The appliance's ends find the tails by prod and cons, whatever the sync mode of the
	 * peer's end is.
	 */
	RTE_BUILD_BUG_ON(offsetof(struct rte_ring, prod.tail) !=
			offsetof(struct rte_ring, rts_prod.tail.val.pos));
	RTE_BUILD_BUG_ON(offsetof(struct rte_ring, prod.tail) !=
			offsetof(struct rte_ring, hts_prod.ht.pos.tail));
	RTE_BUILD_BUG_ON(offsetof(struct rte_ring, cons.tail) !=
			offsetof(struct rte_ring, rts_cons.tail.val.pos));
	RTE_BUILD_BUG_ON(offsetof(struct rte_ring, cons.tail) !=
			offsetof(struct rte_ring, hts_cons.ht.pos.tail));
	/* Slots lie right behind the header. */
	RTE_BUILD_BUG_ON(sizeof(struct rte_ring) % sizeof(struct rte_vinetalk_task) != 0);

	for (i = 0; i < RTE_VTREGION_FP_WORDS; i++)
		fp[i] = words[i].value;
}

const char *
vtregion_fingerprint_word(unsigned int i)
{
	return i < RTE_DIM(words) ? words[i].name : "unknown";
}
