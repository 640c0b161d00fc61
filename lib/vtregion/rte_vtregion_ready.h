/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTREGION_READY_H
#define RTE_VTREGION_READY_H

/**
 * @file
 * Ready sets of layout `thread`: how a poller finds the request queues that have something, whatever the
 * number of those that do not.
 *
 *     summary   bit s: look at word s of the leaves
 *     leaves    bit q: look at request queue q
 *     watched   a word of each queue: the poller looks at this queue anyway, no mark is needed
 *
 * A producer publishes its requests, fences, and loads `watched`. While a queue is busy its poller
 * keeps it on a private list and `watched` at 1: then no mark is written, and an enqueue touches no line
 * that anybody else writes but its ring's. Otherwise it sets its leaf bit if that is clear, and
 * always makes sure that the summary bit is set: whoever set the leaf bit may have died before it
 * set the other.
 *
 * The poller takes a summary word by exchange, then each leaf word named there by exchange, fences, and looks
 * at the tails of the queues named there. To stop watching it stores 0, fences and looks at the tail
 * again. Before it sleeps it sets its parked flag, fences, and looks at the summary and at what it watches.
 *
 * Lock-free: neither side waits for the other. A producer that dies between publishing and the summary
 * leaves its own requests behind only, until the poller's next sweep of all leaves. Every bit may be
 * forged: it costs its poller a look, and a poller has a budget of looks for each domain.
 * test/model/ready.pml is checked.
 */

#include <stdint.h>

#include <rte_atomic.h>
#include <rte_branch_prediction.h>

#include <rte_vtregion.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Summary words of a poller's ready set. */
static inline uint64_t *
rte_vtregion_ready_summaries(void *base, const struct rte_vtregion_geom *g, uint32_t poller)
{
	return (uint64_t *)RTE_PTR_ADD(base, g->off_ready + poller * g->ready_stride);
}

/** Leaf words of a poller's ready set. */
static inline uint64_t *
rte_vtregion_ready_leaves(void *base, const struct rte_vtregion_geom *g, uint32_t poller)
{
	return (uint64_t *)RTE_PTR_ADD(rte_vtregion_ready_summaries(base, g, poller),
			rte_vtregion_ready_leaf_off(g));
}

/**
 * Producer: mark a queue, behind a full fence behind the publication of its requests. A full barrier
 * itself if it changes anything.
 *
 * @param summaries
 *   Of its poller.
 * @param leaves
 *   Of its poller.
 * @param queue
 *   The queue's number in the region.
 */
static inline void
rte_vtregion_ready_mark(uint64_t *summaries, uint64_t *leaves, uint32_t queue)
{
	uint64_t *leaf = &leaves[queue / 64], *sum = &summaries[queue / 4096];
	const uint64_t leaf_bit = UINT64_C(1) << (queue % 64);
	const uint64_t sum_bit = UINT64_C(1) << (queue / 64 % 64);

	if ((__atomic_load_n(leaf, __ATOMIC_RELAXED) & leaf_bit) == 0)
		__atomic_fetch_or(leaf, leaf_bit, __ATOMIC_SEQ_CST);
	/* Acquire: the caller's look whether the poller is parked comes behind this one. */
	if ((__atomic_load_n(sum, __ATOMIC_ACQUIRE) & sum_bit) == 0)
		__atomic_fetch_or(sum, sum_bit, __ATOMIC_SEQ_CST);
}

/**
 * Poller: take a word of marks. The caller fences before it looks at what is named there.
 *
 * @return
 *   The marks; 0: there were none, and nothing was written.
 */
static inline uint64_t
rte_vtregion_ready_take(uint64_t *word)
{
	if (likely(__atomic_load_n(word, __ATOMIC_RELAXED) == 0))
		return 0;
	return __atomic_exchange_n(word, 0, __ATOMIC_SEQ_CST);
}

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTREGION_READY_H */
