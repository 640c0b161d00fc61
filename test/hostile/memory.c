/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Bytes of the region that a client should leave alone, and bytes that are its own. */

#include <fcntl.h>
#include <string.h>

#include <rte_vtregion_ready.h>

#include "hostile.h"

/*
 * Spoil a word, and put an earlier one right that is still as it was spoiled: otherwise a client would soon be unable
 * to do anything but more of the same.
 */
static void
poke(struct hostile *h, struct client *c, uint64_t off, uint32_t size)
{
	struct spoiled *s = &c->spoiled[c->next_spoiled++ % HOSTILE_SPOILED];

	if (s->at != NULL && memcmp(s->at, &s->now, s->size) == 0)
		memcpy(s->at, &s->was, s->size);
	s->at = c->c.base + off;
	s->size = size;
	s->now = rng_nasty(&h->rng);
	memcpy(&s->was, s->at, size);
	memcpy(s->at, &s->now, size);
	count_mutations(h, 2);
}

/* A word of one of some structures, at random. */
static void
poke_in(struct hostile *h, struct client *c, uint64_t off, uint64_t stride, uint32_t nb, uint32_t len)
{
	const uint64_t at = off + stride * rng_below(&h->rng, nb) + (rng_below(&h->rng, len) & ~7U);

	poke(h, c, at, 1U << rng_below(&h->rng, 4));
	if (rng_once_in(&h->rng, 16))
		hot_add(h, c->c.base + (at & ~UINT64_C(7)), 8);
}

/* Words of header, slots, pollers, queues and queue pairs. */
void
memory_words(struct hostile *h, struct client *c)
{
	const struct rte_vtregion_geom *g = &c->c.geom;
	struct rte_vtregion_slot *slot = c->c.slot;

	switch (rng_below(&h->rng, 7)) {
	case 0:
		poke_in(h, c, 0, 0, 1, sizeof(struct rte_vtregion_hdr));
		break;
	case 1:
		poke_in(h, c, g->off_slots, RTE_VTREGION_SLOT_LEN, g->conf.nb_clients, RTE_VTREGION_SLOT_LEN);
		break;
	case 2:
		poke_in(h, c, g->off_slots, RTE_VTREGION_SLOT_LEN, g->conf.nb_clients, 128);
		break;
	case 3:
		poke_in(h, c, g->off_pollers, sizeof(struct rte_vtregion_poller), g->conf.nb_pollers,
			sizeof(struct rte_vtregion_poller));
		break;
	case 4:
		poke_in(h, c, g->off_rqs, sizeof(struct rte_vtregion_rq), g->nb_rqs, 16);
		break;
	case 5:
		poke_in(h, c, g->off_qps, sizeof(struct rte_vtregion_qp), g->nb_qps,
			sizeof(struct rte_vtregion_qp));
		break;
	default:
		/* As one who sleeps: it is rung for each completion. */
		memset(slot->parked, 0xff, sizeof(slot->parked));
		count_mutations(h, 1);
	}
}

/* All of a ring's header but what the appliance takes its peer's index from. */
void
memory_headers(struct hostile *h, struct client *c)
{
	const struct rte_vtregion_geom *g = &c->c.geom;

	if (rng_once_in(&h->rng, 2))
		poke_in(h, c, g->off_rq_rings, g->rq_stride, g->nb_rqs * g->nb_instances,
			offsetof(struct rte_ring, prod));
	else
		poke_in(h, c, g->off_cq_rings, g->cq_stride, g->nb_qps, offsetof(struct rte_ring, prod));
	poke_in(h, c, g->off_rq_rings + offsetof(struct rte_ring, cons), g->rq_stride,
		g->nb_rqs * g->nb_instances, 16);
}

/* Forged marks, besides those that are due. */
void
memory_marks(struct hostile *h, struct client *c)
{
	const struct rte_vtregion_geom *g = &c->c.geom;
	const uint32_t poller = rng_below(&h->rng, g->conf.nb_pollers);
	const uint32_t qp = c->c.slot_id * g->conf.qps_per_client + rng_below(&h->rng, HOSTILE_QPS);
	uint64_t *sums, *leaves;

	if (g->conf.layout != RTE_VTREGION_THREAD)
		return;
	sums = rte_vtregion_ready_summaries(c->c.base, g, poller);
	leaves = rte_vtregion_ready_leaves(c->c.base, g, poller);
	if (!rng_once_in(&h->rng, 8)) {
		rte_vtregion_ready_mark(sums, leaves, qp);
		return;
	}
	leaves[rng_below(&h->rng, g->ready_leaves)] = rng_nasty(&h->rng);
	sums[rng_below(&h->rng, g->ready_summaries)] = rng_nasty(&h->rng);
	count_mutations(h, 2);
}

void
memory_arena(struct hostile *h, struct client *c)
{
	uint8_t *arena = c->c.base + rte_vtregion_arena(&c->c.geom, c->c.slot_id);
	const uint32_t len = 8U << rng_below(&h->rng, 8);
	const uint32_t at = rng_below(&h->rng, (uint32_t)c->c.geom.arena_size - len) & ~7U;
	const uint64_t mark = HOSTILE_MARK;
	uint32_t i;

	for (i = 0; i < len; i += 8)
		memcpy(arena + at + i, &mark, sizeof(mark));
	count_mutations(h, len / 8);
}

/* What the appliance takes from the other side of its rings. */
void
memory_indexes(struct hostile *h, struct client *c)
{
	const struct rte_vtregion_geom *g = &c->c.geom;
	struct rte_ring *r;
	volatile uint32_t *at;

	if (rng_once_in(&h->rng, 3)) {
		r = rte_vtregion_rq_ring(c->c.base, g, rng_below(&h->rng, g->nb_rqs),
			rng_below(&h->rng, g->nb_instances));
		at = &r->prod.tail;
	} else {
		r = rte_vtregion_cq_ring(c->c.base, g, c->c.slot_id * g->conf.qps_per_client +
			rng_below(&h->rng, HOSTILE_QPS));
		at = &r->cons.tail;
	}
	/* Possible and wrong, or impossible. */
	if (rng_once_in(&h->rng, 2))
		__atomic_store_n(at, *at + rng_below(&h->rng, 64) - 32, __ATOMIC_RELEASE);
	else
		__atomic_store_n(at, (uint32_t)rng_nasty(&h->rng), __ATOMIC_RELEASE);
	count_mutations(h, 1);
}

/* A block of anything anywhere; seldom all of it. */
void
memory_blocks(struct hostile *h, struct client *c)
{
	const uint64_t size = rng_once_in(&h->rng, 4) ? c->c.geom.conf.size : c->c.geom.off_arenas;
	uint32_t len = 8U << rng_below(&h->rng, 12);
	uint64_t at = rng_next(&h->rng) % size;

	if (rng_once_in(&h->rng, 64)) {
		at = 0;
		len = (uint32_t)c->c.geom.conf.size;
	}
	len = (uint32_t)RTE_MIN(len, c->c.geom.conf.size - at);
	if (rng_once_in(&h->rng, 2))
		memset(c->c.base + at, (int)rng_nasty(&h->rng), len);
	else
		rng_bytes(&h->rng, c->c.base + at, len);
	count_mutations(h, len / 8);
}

/* Pages go; what is read next is a page of zeroes, or none where there are no more. */
void
memory_holes(struct hostile *h, struct client *c)
{
	const uint64_t page = rng_next(&h->rng) % (c->c.geom.conf.size / 4096);
	const uint64_t nb = 1 + rng_below(&h->rng, 64);

	(void)!fallocate(c->c.link.mem_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		(off_t)(page * 4096), (off_t)(nb * 4096));
	count_mutations(h, 1);
}

uint64_t
memory_crossings(const struct hostile *h, const struct client *c)
{
	const uint8_t *p = c->c.base, *end = p + c->c.link.mem_size;
	uint64_t nb = 0;

	while ((p = memmem(p, (size_t)(end - p), &h->victim, sizeof(h->victim))) != NULL) {
		nb++;
		p += sizeof(h->victim);
	}
	return nb;
}
