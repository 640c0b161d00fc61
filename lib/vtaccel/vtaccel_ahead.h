/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTACCEL_AHEAD_H
#define VTACCEL_AHEAD_H

/*
 * How much a worker has in front of it: as much as it needs to be busy until the caller comes again, and no more.
 * For what it has comes before all that a scheduler could choose.
 *
 *     ends:   base |--- taken, ended or running ---|--- waiting in its ring ---| total     ns, estimated
 *     left:            that, less what has passed since, and all of this
 *
 * The next task is taken when less is left than the caller may stay away, which is learned: the longest time between being
 * turned away and asking again, that fades with each time it asks. A poller that spins asks again within
 * microseconds, so that the worker gets the next task shortly before the present one ends; one that sleeps until it is
 * told of an end stays away for longer than the limit, and then the worker always has one task that waits.
 *
 * What a task takes is estimated by its stream's last ones of the same procedure, in proportion to their bytes. A longer one
 * counts at once, and is forgotten slowly: too much at the worker harms others, too little costs a hand-over. A
 * task of which nothing is known counts as the limit.
 *
 * All of it is the caller's.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <rte_common.h>

#include "rte_vtaccel_workers.h"

#define VTACCEL_AHEAD_HAND_OVER 10000 /* ns: from the caller's decision until the worker has the task, and more */
#define VTACCEL_AHEAD_BYTES 256       /* of a task, besides its own */
#define VTACCEL_AHEAD_COST_MAX 1e15   /* ns */
#define VTACCEL_AHEAD_FORGET 8        /* the estimate falls by this part of the distance with each task */
#define VTACCEL_AHEAD_FADE 64         /* the longest absence by this part of itself */

struct vtaccel_ahead {
	uint64_t *ends;      /* of each task that the worker has, in their order: sum of all until it */
	uint32_t mask, head, tail;
	uint64_t base, total; /* ns: those of the last that has left, and of the last that has come */
	uint64_t since;      /* ns: when the first of them may have begun */
	uint64_t refused;    /* ns: the caller was turned away then; 0: it was not */
	uint64_t away;       /* ns: the longest absence, fading */
};

static inline int
vtaccel_ahead_init(struct vtaccel_ahead *a, uint32_t depth)
{
	const uint32_t size = rte_align32pow2(depth);

	a->mask = size - 1;
	a->ends = calloc(size, sizeof(*a->ends));
	return a->ends != NULL ? 0 : -1;
}

/* What a task takes, ns. */
static inline uint64_t
vtaccel_ahead_cost(const struct rte_vtaccel_workers_stream *stream, const struct rte_vtaccel_task *t,
		uint64_t limit)
{
	double cost;

	if (stream->proc != t->proc)
		return limit;
	cost = stream->ns_per_byte * ((double)t->bytes + VTACCEL_AHEAD_BYTES);
	return (uint64_t)RTE_MIN(cost, VTACCEL_AHEAD_COST_MAX) + 1;
}

/* A task of a stream has come back: what it took. */
static inline void
vtaccel_ahead_learn(struct rte_vtaccel_workers_stream *stream, const struct rte_vtaccel_task *t)
{
	double rate;

	/* One that fails may have done so at once. */
	if (t->status != 0)
		return;
	rate = (double)t->exec_ns / ((double)t->bytes + VTACCEL_AHEAD_BYTES);
	if (stream->proc != t->proc || rate > stream->ns_per_byte)
		stream->ns_per_byte = rate;
	else
		stream->ns_per_byte += (rate - stream->ns_per_byte) / VTACCEL_AHEAD_FORGET;
	stream->proc = t->proc;
}

/* How much time's worth it has, of which so many tasks wait in its ring. */
static inline uint64_t
vtaccel_ahead_left(const struct vtaccel_ahead *a, uint32_t waiting, uint64_t now)
{
	const uint32_t nb = a->tail - a->head, taken = nb - RTE_MIN(waiting, nb);
	const uint64_t end = taken == 0 ? a->base : a->ends[(a->head + taken - 1) & a->mask];
	const uint64_t passed = now - a->since;

	return a->total - end + (end - a->base > passed ? end - a->base - passed : 0);
}

/* Whether it is to have another task. */
static inline bool
vtaccel_ahead_room(struct vtaccel_ahead *a, uint32_t waiting, uint64_t limit, uint64_t now)
{
	uint64_t slack, away;

	if (a->refused != 0) {
		/* Above the limit it makes no difference, but for how long it fades. */
		away = RTE_MIN(now - a->refused, 8 * limit);
		a->away -= a->away / VTACCEL_AHEAD_FADE;
		a->away = RTE_MAX(a->away, away);
		a->refused = 0;
	}
	slack = RTE_MIN(a->away + VTACCEL_AHEAD_HAND_OVER, limit);
	if (a->tail == a->head || (waiting == 0 && a->away > limit) ||
			vtaccel_ahead_left(a, waiting, now) < slack)
		return true;
	a->refused = now;
	return false;
}

static inline void
vtaccel_ahead_push(struct vtaccel_ahead *a, uint64_t cost, uint64_t now)
{
	if (a->tail == a->head)
		a->since = now;
	a->total += cost;
	a->ends[a->tail++ & a->mask] = a->total;
}

static inline void
vtaccel_ahead_pop(struct vtaccel_ahead *a, uint32_t nb, uint64_t now)
{
	a->head += nb;
	a->base = a->ends[(a->head - 1) & a->mask];
	a->since = now;
}

#endif /* VTACCEL_AHEAD_H */
