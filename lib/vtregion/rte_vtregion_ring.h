/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTREGION_RING_H
#define RTE_VTREGION_RING_H

/**
 * @file
 * The appliance's ends of shared rings.
 *
 * A client may use stock rte_ring functions. Those take size, mask and indexes from the ring's
 * header each time, and any client can write it; so the appliance has these two ends instead:
 * mask and own index are private, only the peer's index is read from memory, once, and an
 * impossible value is a protocol error. They are wire-compatible with an rte_ring whose end of
 * this side is single-threaded (RING_F_SC_DEQ, RING_F_SP_ENQ) and whose other end is of any
 * sync mode: the tail lies at the same offset in all of them.
 *
 *     rte_vtregion_cons_init(&cons, ring, depth, 0);
 *     n = rte_vtregion_cons_burst(&cons, tasks, RTE_DIM(tasks));
 *
 *     rte_vtregion_prod_init(&prod, ring, depth, 0);
 *     if (rte_vtregion_prod_room(&prod) > 0)
 *             rte_vtregion_prod_put(&prod, &completion);
 *     rte_vtregion_prod_publish(&prod);
 *
 * Indexes are 32 bits wide and run free; a slot is index & mask. The distance of producer and
 * consumer is at most the capacity, which is one less than the entries, as in any rte_ring that
 * was not made with RING_F_EXACT_SZ.
 *
 * One thread uses an object. Another end of the same ring may be used at the same time.
 *
 * Guarantee: wait-free. A dead or stalled peer can hold back its own elements
 * and those behind them, nothing else. A hostile one can, besides, put any bytes into elements, at
 * any time before they are copied, and stop its own ring by an impossible index.
 */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_atomic.h>
#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_ring.h>

#include <rte_vinetalk_task.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Ask for a cache line for writing, which the other side's core has just now: so that the transfer
 * goes on while something else is computed.
 */
static inline void
rte_vtregion_prefetch_write(const void *p)
{
#if defined(RTE_ARCH_X86_64)
	/* What __builtin_prefetch(p, 1) becomes only with -mprfchw; a no-op where it is unknown. */
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)p));
#else
	__builtin_prefetch(p, 1);
#endif
}

/** Consumer of a request ring. Private memory; one thread. */
struct rte_vtregion_cons {
	const uint32_t *prod_tail; /**< In the region: what producers have published. */
	uint32_t *cons_head;       /**< In the region: kept equal to the tail, for people. */
	uint32_t *cons_tail;       /**< In the region: what producers may overwrite. */
	const struct rte_vinetalk_task *slots; /**< In the region. */
	uint32_t head;             /**< Next to consume. */
	uint32_t mask;             /**< Entries - 1, which is also the capacity. */
};

/** Producer of a completion ring. Private memory; one thread. */
struct rte_vtregion_prod {
	const uint32_t *cons_tail; /**< In the region: what the consumer has taken. */
	uint32_t *prod_head;       /**< In the region: kept equal to the tail, for people. */
	uint32_t *prod_tail;       /**< In the region: what the consumer may take. */
	struct rte_vinetalk_completion *slots; /**< In the region. */
	uint32_t head;             /**< Next to fill. */
	uint32_t tail;             /**< Behind the last that was published. */
	uint32_t mask;             /**< Entries - 1, which is also the capacity. */
};

/**
 * Begin to consume.
 *
 * @param c
 *   The end to set up.
 * @param r
 *   The ring. Nothing of it is read here.
 * @param depth
 *   Its entries, from the private geometry: a power of two.
 * @param start
 *   Index of the first element: 0 in a fresh ring.
 */
static inline void
rte_vtregion_cons_init(struct rte_vtregion_cons *c, struct rte_ring *r, uint32_t depth,
		uint32_t start)
{
	c->prod_tail = (const uint32_t *)RTE_PTR_ADD(r, offsetof(struct rte_ring, prod.tail));
	c->cons_head = (uint32_t *)RTE_PTR_ADD(r, offsetof(struct rte_ring, cons.head));
	c->cons_tail = (uint32_t *)RTE_PTR_ADD(r, offsetof(struct rte_ring, cons.tail));
	c->slots = (const struct rte_vinetalk_task *)(r + 1);
	c->head = start;
	c->mask = depth - 1;
}

/**
 * Whether there is something to consume, or a broken index to find; a single read of the peer's
 * index.
 */
static inline bool
rte_vtregion_cons_ready(const struct rte_vtregion_cons *c)
{
	return __atomic_load_n(c->prod_tail, __ATOMIC_ACQUIRE) != c->head;
}

/**
 * How many requests are there that lie behind one another from &slots[head & mask], for one who wants their lines early.
 * A hint: nothing was checked, and all that it bounds is inside the ring.
 */
static inline uint32_t
rte_vtregion_cons_straight(const struct rte_vtregion_cons *c)
{
	const uint32_t avail = __atomic_load_n(c->prod_tail, __ATOMIC_RELAXED) - c->head;

	return RTE_MIN(avail, c->mask + 1 - (c->head & c->mask));
}

/**
 * Copy up to nb requests out, and give their slots back to the producers.
 *
 * Each slot is read once; what the producers do to it afterwards does not change the copy.
 *
 * @param c
 *   The end.
 * @param tasks
 *   Where to. Private memory.
 * @param nb
 *   Most requests to take.
 * @return
 *   How many, or -EPROTO: the producers' index is behind ours, or more than the capacity ahead.
 *   Nothing was taken then.
 */
static inline int
rte_vtregion_cons_burst(struct rte_vtregion_cons *c, struct rte_vinetalk_task *tasks,
		unsigned int nb)
{
	/* Pairs with the release of prod.tail in rte_ring's enqueue: slots before it are whole. */
	uint32_t avail = __atomic_load_n(c->prod_tail, __ATOMIC_ACQUIRE) - c->head;
	unsigned int i;

	if (avail == 0)
		return 0;
	if (unlikely(avail > c->mask))
		return -EPROTO;
	if (nb > avail)
		nb = avail;
	/*
	 * The producers have read this line since it was written. It comes while the slots are copied:
	 * otherwise all later stores wait behind that of the tail.
	 */
	rte_vtregion_prefetch_write(c->cons_tail);
	for (i = 0; i < nb; i++)
		tasks[i] = c->slots[(c->head + i) & c->mask];
	/* The copies are what counts from here on: no slot may be read again instead. */
	rte_compiler_barrier();
	c->head += nb;
	__atomic_store_n(c->cons_head, c->head, __ATOMIC_RELAXED);
	/*
	 * Release: the copies are done before a producer can see the slots as free.
	 * Pairs with the acquire of cons.tail in rte_ring's enqueue.
	 */
	__atomic_store_n(c->cons_tail, c->head, __ATOMIC_RELEASE);
	return (int)nb;
}

/**
 * Begin to produce.
 *
 * @param p
 *   The end to set up.
 * @param r
 *   The ring. Nothing of it is read here.
 * @param depth
 *   Its entries, from the private geometry: a power of two.
 * @param start
 *   Index of the first element: 0 in a fresh ring.
 */
static inline void
rte_vtregion_prod_init(struct rte_vtregion_prod *p, struct rte_ring *r, uint32_t depth,
		uint32_t start)
{
	p->cons_tail = (const uint32_t *)RTE_PTR_ADD(r, offsetof(struct rte_ring, cons.tail));
	p->prod_head = (uint32_t *)RTE_PTR_ADD(r, offsetof(struct rte_ring, prod.head));
	p->prod_tail = (uint32_t *)RTE_PTR_ADD(r, offsetof(struct rte_ring, prod.tail));
	p->slots = (struct rte_vinetalk_completion *)(r + 1);
	p->head = p->tail = start;
	p->mask = depth - 1;
}

/** Go on behind what is published, by whoever had the ring before: its index, which may be anything. See room. */
static inline void
rte_vtregion_prod_resume(struct rte_vtregion_prod *p)
{
	p->head = p->tail = __atomic_load_n(p->prod_tail, __ATOMIC_RELAXED);
}

/**
 * Room for completions. One read of the peer's index: keep the result and count it down.
 *
 * @return
 *   Free entries, or -EPROTO: the consumer's index is ahead of ours, or more than the capacity
 *   behind.
 */
static inline int
rte_vtregion_prod_room(const struct rte_vtregion_prod *p)
{
	/* Pairs with the release of cons.tail in rte_ring's dequeue: the slots were read. */
	uint32_t used = p->head - __atomic_load_n(p->cons_tail, __ATOMIC_ACQUIRE);

	return unlikely(used > p->mask) ? -EPROTO : (int)(p->mask - used);
}

/** The slot that is i behind the next one, which the caller knows to be free. Filled slots are announced by fill. */
static inline struct rte_vinetalk_completion *
rte_vtregion_prod_place(const struct rte_vtregion_prod *p, uint32_t i)
{
	return &p->slots[(p->head + i) & p->mask];
}

/** The next nb slots are filled. Not visible before publish. */
static inline void
rte_vtregion_prod_fill(struct rte_vtregion_prod *p, uint32_t nb)
{
	p->head += nb;
}

/** Fill the next slot, which the caller knows to be free. Not visible before publish. */
static inline void
rte_vtregion_prod_put(struct rte_vtregion_prod *p, const struct rte_vinetalk_completion *c)
{
	*rte_vtregion_prod_place(p, 0) = *c;
	rte_vtregion_prod_fill(p, 1);
}

/** Make all filled slots visible with one store, the commit of these completions; nothing if they are. */
static inline void
rte_vtregion_prod_publish(struct rte_vtregion_prod *p)
{
	/* The consumer reads this line all the time: a store of what stands there would wait for it once more. */
	if (p->tail == p->head)
		return;
	p->tail = p->head;
	__atomic_store_n(p->prod_head, p->head, __ATOMIC_RELAXED);
	/* Pairs with the acquire of prod.tail in rte_ring's dequeue. */
	__atomic_store_n(p->prod_tail, p->head, __ATOMIC_RELEASE);
}

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTREGION_RING_H */
