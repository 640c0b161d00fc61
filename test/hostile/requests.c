/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Requests: good ones, nearly good ones, and any bytes; published as a client does, or half. */

#include <string.h>

#include <rte_vinetalk_task.h>

#include "hostile.h"

#define MAX_BURST 32

static uint64_t
arena_of(const struct client *c)
{
	return rte_vtregion_arena(&c->c.geom, c->c.slot_id);
}

/* A place in the arena with room for len bytes. */
static uint64_t
place(struct hostile *h, const struct client *c, uint32_t len)
{
	return arena_of(c) + rng_below(&h->rng, (uint32_t)c->c.geom.arena_size - len);
}

static uint64_t
nasty_offset(struct hostile *h, const struct client *c)
{
	const struct rte_vtregion_geom *g = &c->c.geom;
	const uint64_t arena = arena_of(c), small = rng_below(&h->rng, 130);

	switch (rng_below(&h->rng, 10)) {
	case 0:
		return arena - small;
	case 1:
		return arena + g->arena_size - small;
	case 2:
		return g->off_arenas + g->arena_size * rng_below(&h->rng, g->conf.nb_clients + 1);
	case 3:
		return small;
	case 4:
		return g->off_slots + small;
	case 5:
		return g->conf.size - small;
	case 6:
		return UINT64_MAX - small;
	case 7:
		return rng_nasty(&h->rng);
	default:
		return place(h, c, 8192);
	}
}

static uint32_t
nasty_len(struct hostile *h, const struct client *c)
{
	switch (rng_below(&h->rng, 6)) {
	case 0:
		return (uint32_t)c->c.geom.arena_size + rng_below(&h->rng, 3) - 1;
	case 1:
		return (uint32_t)rng_nasty(&h->rng);
	case 2:
		return UINT32_MAX - rng_below(&h->rng, 9);
	default:
		return rng_below(&h->rng, 4096);
	}
}

/* A table of segments, in its proper place or not; the other thread changes it meanwhile. */
static void
segs_by_offset(struct hostile *h, struct client *c, struct rte_vinetalk_task *t)
{
	const uint32_t nb = rng_below(&h->rng, RTE_VINETALK_MAX_SEGS + 2);
	struct rte_vinetalk_seg segs[RTE_VINETALK_MAX_SEGS + 2];
	uint32_t i;

	memset(segs, 0, sizeof(segs));
	for (i = 0; i < nb; i++) {
		segs[i].offset = rng_once_in(&h->rng, 8) ? nasty_offset(h, c) : place(h, c, 2048);
		segs[i].len = rng_once_in(&h->rng, 8) ? nasty_len(h, c) : rng_below(&h->rng, 2048);
		segs[i].reserved = rng_once_in(&h->rng, 64) ? 1 : 0;
	}
	t->nb_out = (uint8_t)(nb > 1 ? 1 : 0);
	t->nb_in = (uint8_t)(nb - t->nb_out);
	t->flags |= RTE_VINETALK_TASK_F_SEGS_REF;
	t->seg_off[0] = place(h, c, sizeof(segs));
	memcpy(c->c.base + t->seg_off[0], segs, sizeof(segs));
	hot_add(h, c->c.base + t->seg_off[0], sizeof(segs));
	if (rng_once_in(&h->rng, 16))
		t->seg_off[0] = nasty_offset(h, c);
	t->seg_len[0] = nb * (uint32_t)sizeof(segs[0]);
	t->seg_off[1] = t->seg_len[1] = 0;
	if (rng_once_in(&h->rng, 16))
		t->seg_len[0] = nasty_len(h, c);
}

/* Arguments: small numbers, which procedures take for lengths and kinds. */
static void
args_fill(struct hostile *h, uint8_t *args, uint32_t len)
{
	uint32_t i;

	rng_bytes(&h->rng, args, len);
	for (i = 0; i + 4 <= len && !rng_once_in(&h->rng, 4); i += 4) {
		args[i] &= 0x3f;
		args[i + 1] &= rng_once_in(&h->rng, 4) ? 0xff : 0;
		args[i + 2] = args[i + 3] = 0;
	}
}

static void
args_by_offset(struct hostile *h, struct client *c, struct rte_vinetalk_task *t)
{
	const uint32_t len = rng_below(&h->rng, 256);

	t->flags |= RTE_VINETALK_TASK_F_ARGS_REF;
	t->args_len = 0;
	memset(t->args, 0, sizeof(t->args));
	t->args_ref.offset = place(h, c, 4096);
	t->args_ref.len = rng_once_in(&h->rng, 8) ? nasty_len(h, c) : len;
	args_fill(h, c->c.base + t->args_ref.offset, len);
	hot_add(h, c->c.base + t->args_ref.offset, len);
	if (rng_once_in(&h->rng, 16))
		t->args_ref.offset = nasty_offset(h, c);
	if (rng_once_in(&h->rng, 64))
		t->args_ref.reserved = 1;
}

static void
names(struct hostile *h, const struct client *c, struct rte_vinetalk_task *t)
{
	t->cookie = HOSTILE_MARK;
	t->vaccel = (uint16_t)rng_nasty(&h->rng);
	t->proc = (uint16_t)rng_below(&h->rng, 40);
	if (c->nb_vaccels != 0 && !rng_once_in(&h->rng, 32))
		t->vaccel = c->vaccel[rng_below(&h->rng, c->nb_vaccels)];
	if (c->nb_procs != 0 && !rng_once_in(&h->rng, 32))
		t->proc = c->proc[rng_below(&h->rng, c->nb_procs)];
}

static void
make(struct hostile *h, struct client *c, struct rte_vinetalk_task *t)
{
	const uint32_t kind = rng_below(&h->rng, 8);
	unsigned int i;

	memset(t, 0, sizeof(*t));
	names(h, c, t);
	t->nb_in = t->nb_out = 1;
	for (i = 0; i < RTE_VINETALK_INLINE_SEGS; i++) {
		t->seg_off[i] = place(h, c, 2048) & ~UINT64_C(3);
		t->seg_len[i] = (rng_below(&h->rng, 1024) & ~3U) + (i != 0 ? 1024 : 0);
	}
	/* Most procedures take none, and then one of these is a good request. */
	if (rng_once_in(&h->rng, 2)) {
		t->args_len = (uint8_t)rng_below(&h->rng, RTE_VINETALK_INLINE_ARGS + 1);
		args_fill(h, t->args, t->args_len);
	} else if (rng_once_in(&h->rng, 2)) {
		t->nb_out = 0;
	}
	if (kind >= 6 && c->nb_procs != 0) {
		t->proc = c->proc[0]; /* one that there is nothing wrong with */
		t->nb_out = 1;
		t->args_len = 0;
		memset(t->args, 0, sizeof(t->args));
		return;
	}
	if (kind == 1)
		segs_by_offset(h, c, t);
	if (kind == 2 || rng_once_in(&h->rng, 8))
		args_by_offset(h, c, t);
	if (rng_once_in(&h->rng, 32))
		t->flags |= RTE_VINETALK_TASK_F_FENCE;
	if (kind == 3) {
		i = rng_below(&h->rng, RTE_VINETALK_INLINE_SEGS);
		t->seg_off[i] = nasty_offset(h, c);
		t->seg_len[i] = nasty_len(h, c);
	}
	if (kind == 4)
		rng_bytes(&h->rng, &t->nb_in, 4); /* and the two behind it, and the flags */
	if (kind == 5 && rng_once_in(&h->rng, 4)) {
		rng_bytes(&h->rng, t, sizeof(*t));
		if (rng_once_in(&h->rng, 2))
			names(h, c, t);
	}
}

/* ---- the ring ---- */

static struct queue *
queue_of(struct hostile *h, struct client *c, uint32_t qp)
{
	return c->c.geom.conf.layout == RTE_VTREGION_THREAD ? &c->queues[qp] : &h->shared;
}

/* The ring, as far as we know it; it may be another one now. */
static struct rte_ring *
ring_of(struct hostile *h, struct client *c, uint32_t qp)
{
	const struct rte_vtregion_geom *g = &c->c.geom;
	const uint32_t rq = g->conf.layout == RTE_VTREGION_THREAD ?
		c->c.slot_id * g->conf.qps_per_client + qp : c->rq;
	struct queue *q = queue_of(h, c, qp);
	uint32_t gen = __atomic_load_n(&rte_vtregion_rq(c->c.base, g, rq)->gen, __ATOMIC_ACQUIRE);
	struct rte_ring *r = rte_vtregion_rq_ring(c->c.base, g, rq, gen % g->nb_instances);

	if (gen != q->gen) {
		q->gen = gen;
		q->tail = __atomic_load_n(&r->cons.tail, __ATOMIC_ACQUIRE);
	}
	return r;
}

/* Where the ring and the numbers are now. */
void
requests_begin(struct hostile *h, struct client *c)
{
	const struct rte_vtregion_geom *g = &c->c.geom;
	struct queue *q;
	uint32_t i;

	for (i = 0; i < HOSTILE_QPS; i++) {
		q = queue_of(h, c, i);
		q->tail = __atomic_load_n(&ring_of(h, c, i)->cons.tail, __ATOMIC_ACQUIRE);
		c->seq[i] = (uint16_t)rte_vtregion_qp(c->c.base, g,
			c->c.slot_id * g->conf.qps_per_client + i)->resume_seq;
	}
}

static void
publish(struct hostile *h, struct rte_ring *r, uint32_t tail)
{
	/* In another place for each way of sharing; only the tail counts, but for what died. */
	__atomic_store_n(&r->rts_prod.head.val.pos, tail, __ATOMIC_RELAXED);
	/* Reserved and never published, as by one who dies. */
	if (!rng_once_in(&h->rng, 64))
		__atomic_store_n(&r->prod.tail, tail, __ATOMIC_RELEASE);
}

void
requests_send(struct hostile *h, struct client *c)
{
	const struct rte_vtregion_geom *g = &c->c.geom;
	const uint32_t qp = rng_below(&h->rng, HOSTILE_QPS), nb = 1 + rng_below(&h->rng, MAX_BURST);
	struct rte_ring *r = ring_of(h, c, qp);
	struct rte_vinetalk_task t, *slots = (struct rte_vinetalk_task *)(r + 1);
	struct queue *q = queue_of(h, c, qp);
	uint32_t i;

	/* Spoiled by us. */
	if (q->tail - __atomic_load_n(&r->cons.tail, __ATOMIC_ACQUIRE) >= g->conf.rq_depth)
		__atomic_store_n(&r->cons.tail, q->tail, __ATOMIC_RELEASE);
	/* One that takes no account of what is in flight is soon thrown out. */
	for (i = 0; i < nb && q->tail - __atomic_load_n(&r->cons.tail, __ATOMIC_ACQUIRE) <
			g->conf.cq_depth / 4; i++) {
		make(h, c, &t);
		t.qp_seq = rte_vinetalk_qp_seq((uint16_t)(c->c.slot_id * g->conf.qps_per_client + qp),
			c->seq[qp]++);
		if (rng_once_in(&h->rng, 500)) {
			t.qp_seq = (uint32_t)rng_nasty(&h->rng);
			c->seq[qp]--; /* the next is to be a good one again */
		}
		t.check = rte_vinetalk_task_check(&t);
		if (rng_once_in(&h->rng, 32))
			t.check ^= 1;
		slots[q->tail & (g->conf.rq_depth - 1)] = t;
		if (rng_once_in(&h->rng, 32))
			hot_add(h, &slots[q->tail & (g->conf.rq_depth - 1)], sizeof(t));
		q->tail++;
	}
	publish(h, r, q->tail);
	count_mutations(h, nb);
	if (g->conf.layout == RTE_VTREGION_THREAD)
		memory_marks(h, c);
}

void
completions_take(struct client *c)
{
	const struct rte_vtregion_geom *g = &c->c.geom;
	struct rte_ring *r;
	uint32_t i;

	for (i = 0; i < HOSTILE_QPS; i++) {
		r = rte_vtregion_cq_ring(c->c.base, g, c->c.slot_id * g->conf.qps_per_client + i);
		__atomic_store_n(&r->cons.tail, __atomic_load_n(&r->prod.tail, __ATOMIC_ACQUIRE),
			__ATOMIC_RELEASE);
	}
}
