/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTCLIENT_RING_H
#define VTCLIENT_RING_H

/*
 * A client's ends of rings in a region: what rte_ring's functions do, with mask and capacity of the private geometry
 * in place of those in the ring's header, which anybody who has the region can change at any time. An index that is
 * impossible is found, and no call waits for somebody else.
 *
 * Wire-compatible with rte_ring: one side of a ring may use its functions.
 */

#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_ring.h>

#include <rte_vinetalk_task.h>

#include "vtclient_filled.h"

/* So often it is tried again because of others: a number that live ones never reach. */
#define VTCLIENT_RING_TRIES (1U << 16)

/* Head or tail of a ring of mode RTS: how many operations, and up to where. */
union vtclient_ring_pos {
	uint64_t raw;
	struct {
		uint32_t cnt;
		uint32_t pos;
	} val;
};

static inline void
vtclient_ring_copy(struct rte_ring *r, uint32_t mask, uint32_t at, const struct rte_vinetalk_task *tasks,
		uint32_t nb)
{
	struct rte_vinetalk_task *slots = (struct rte_vinetalk_task *)(r + 1);
	uint32_t i;

	for (i = 0; i < nb; i++)
		slots[(at + i) & mask] = tasks[i];
}

/* How many of nb fit behind head; 0 as well if the consumer's index is impossible. */
static inline uint32_t
vtclient_ring_fit(const struct rte_ring *r, uint32_t mask, uint32_t head, uint32_t nb)
{
	/* Pairs with the release of the consumer: it has read the slots. */
	const uint32_t used = head - __atomic_load_n(&r->cons.tail, __ATOMIC_ACQUIRE);

	return unlikely(used > mask) ? 0 : RTE_MIN(nb, mask - used);
}

/* Enqueue as the only producer, whose index is *head. */
static inline uint32_t
vtclient_ring_put_own(struct rte_ring *r, uint32_t mask, uint32_t *head,
		const struct rte_vinetalk_task *tasks, uint32_t nb)
{
	const uint32_t n = vtclient_ring_fit(r, mask, *head, nb);

	if (unlikely(n == 0))
		return 0;
	__atomic_store_n(&r->prod.head, *head + n, __ATOMIC_RELAXED);
	vtclient_ring_copy(r, mask, *head, tasks, n);
	*head += n;
	/* Pairs with the acquire of the consumer: the slots are whole. */
	__atomic_store_n(&r->prod.tail, *head, __ATOMIC_RELEASE);
	return n;
}

/*
 * Enqueue among others, as mode RTS does it: reserve by the head, and who is the last to be done moves the tail. With a
 * distance of the whole ring between them nobody would ever have to wait here. *head becomes the end.
 */
static inline uint32_t
vtclient_ring_put_rts(struct rte_ring *r, uint32_t mask, uint32_t *head,
		const struct rte_vinetalk_task *tasks, uint32_t nb)
{
	union vtclient_ring_pos h, next, tail;
	uint32_t n, tries = 0;

	do {
		/* Acquire: the head is read before the consumer's index, which is then not older. */
		h.raw = __atomic_load_n(&r->rts_prod.head.raw, __ATOMIC_ACQUIRE);
		n = vtclient_ring_fit(r, mask, h.val.pos, nb);
		if (unlikely(n == 0 || ++tries == VTCLIENT_RING_TRIES))
			return 0;
		next.val.pos = h.val.pos + n;
		next.val.cnt = h.val.cnt + 1;
	} while (!__atomic_compare_exchange_n(&r->rts_prod.head.raw, &h.raw, next.raw, false,
		__ATOMIC_RELEASE, __ATOMIC_RELAXED));
	*head = next.val.pos;
	vtclient_ring_copy(r, mask, h.val.pos, tasks, n);
	/* Acquire, here and when the exchange fails: the head below is not older than what this tail counts. */
	tail.raw = __atomic_load_n(&r->rts_prod.tail.raw, __ATOMIC_ACQUIRE);
	do {
		h.raw = __atomic_load_n(&r->rts_prod.head.raw, __ATOMIC_RELAXED);
		next.raw = tail.raw;
		if (++next.val.cnt == h.val.cnt)
			next.val.pos = h.val.pos;
		/* Release: pairs with the acquire of the consumer, and of the next one here. */
	} while (!__atomic_compare_exchange_n(&r->rts_prod.tail.raw, &tail.raw, next.raw, false,
		__ATOMIC_RELEASE, __ATOMIC_ACQUIRE) && ++tries < VTCLIENT_RING_TRIES);
	return n;
}

/* Dequeue nb of them as the only consumer, whose index is *head. */
static inline void
vtclient_ring_get(struct rte_ring *r, uint32_t mask, uint32_t *head,
		struct rte_vinetalk_completion *completions, uint32_t nb)
{
	const struct rte_vinetalk_completion *slots = (const struct rte_vinetalk_completion *)(r + 1);
	uint32_t i;

	for (i = 0; i < nb; i++)
		completions[i] = slots[(*head + i) & mask];
	/* The copies are what counts from here on. */
	rte_compiler_barrier();
	__atomic_store_n(head, *head + nb, __ATOMIC_RELAXED);
	__atomic_store_n(&r->cons.head, *head, __ATOMIC_RELAXED);
	/* Pairs with the acquire of the producer: the slots are free. */
	__atomic_store_n(&r->cons.tail, *head, __ATOMIC_RELEASE);
}

#endif /* VTCLIENT_RING_H */
