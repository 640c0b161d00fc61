/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The fast path: rings in the region. Request rings of the modes that are there for measurement are left to
 * rte_ring's own functions, which believe what the ring's header says: see check_sync().
 */

#include <errno.h>

#include <rte_atomic.h>

#include <rte_vtregion_ready.h>
#include <rte_vtregion_ring.h>

#include "vtclient_private.h"
#include "vtclient_ring.h"

/* A dequeue that found nothing looks every so often whether anybody is there. */
#define EMPTIES_PER_LOOK (1U << 16)

#define PREFETCHED_SLOTS 16

/* Whether the queue pair is (still) ours: who was detached, or had an appliance before, sees it here. */
static inline bool
is_active(const struct vtclient_qp *qp)
{
	return __atomic_load_n(&qp->qp_line->active, __ATOMIC_RELAXED) == qp->active;
}

/* The generation is not the one we knew. True: the queue is open, and qp->rq is its ring. */
static bool
generation_changed(struct vtclient_qp *qp, uint32_t gen)
{
	struct vtclient *d = qp->dev;
	struct rte_ring *r;

	if (gen & RTE_VTREGION_GEN_CLOSED)
		return false;
	r = rte_vtregion_rq_ring(d->link.base, &d->geom, qp->queue, gen % d->geom.nb_instances);
	if (rte_vtregion_ring_validate(r, d->geom.conf.rq_depth, d->geom.conf.sync) != 0)
		return false;
	qp->rq = r;
	qp->gen = gen;
	return true;
}

/* The lock around an ST ring; a producer that dies with it leaves the others spinning. */
static inline void
lock(const struct vtclient_qp *qp)
{
	struct rte_vtregion_rq *l = qp->rq_line;
	uint32_t ticket;

	if (qp->sync == RTE_VTREGION_SYNC_SPINLOCK) {
		while (__atomic_exchange_n(&l->lock_now, 1, __ATOMIC_ACQUIRE) != 0)
			while (__atomic_load_n(&l->lock_now, __ATOMIC_RELAXED) != 0)
				rte_pause();
		return;
	}
	ticket = __atomic_fetch_add(&l->lock_next, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&l->lock_now, __ATOMIC_ACQUIRE) != ticket)
		rte_pause();
}

static inline void
unlock(const struct vtclient_qp *qp)
{
	struct rte_vtregion_rq *l = qp->rq_line;

	__atomic_store_n(&l->lock_now, qp->sync == RTE_VTREGION_SYNC_SPINLOCK ? 0 :
		l->lock_now + 1, __ATOMIC_RELEASE);
}

/* A ring that others enqueue into as well. */
static inline uint16_t
put_shared(struct vtclient_qp *qp, const struct rte_vinetalk_task *tasks, uint16_t n)
{
	unsigned int sent;

	switch (qp->sync) {
	case RTE_VTREGION_SYNC_RTS:
		/* Where it ends the next one begins, if nobody else comes in between. */
		sent = vtclient_ring_put_rts(qp->rq, qp->rq_mask, &qp->head, tasks, n);
		break;
	case RTE_VTREGION_SYNC_HTS:
		sent = rte_ring_mp_hts_enqueue_burst_elem(qp->rq, tasks, sizeof(*tasks), n, NULL);
		qp->head = qp->rq->hts_prod.ht.pos.head;
		break;
	case RTE_VTREGION_SYNC_MT:
		sent = rte_ring_mp_enqueue_burst_elem(qp->rq, tasks, sizeof(*tasks), n, NULL);
		qp->head = qp->rq->prod.head;
		break;
	case RTE_VTREGION_SYNC_ST:
		sent = rte_ring_sp_enqueue_burst_elem(qp->rq, tasks, sizeof(*tasks), n, NULL);
		qp->head = qp->rq->prod.head;
		break;
	default:
		lock(qp);
		sent = rte_ring_sp_enqueue_burst_elem(qp->rq, tasks, sizeof(*tasks), n, NULL);
		qp->head = qp->rq->prod.head;
		unlock(qp);
		break;
	}
	return (uint16_t)sent;
}

/*
 * Put n stamped tasks into a request ring of our own (layout thread). Nobody waits behind it, so that
 * `inside` is for an appliance only that wants to leave or to take over, and that waits some milliseconds for
 * what the store buffer of this core holds back: no fence.
 */
static inline uint16_t
put_own(struct vtclient_qp *qp, const struct rte_vinetalk_task *tasks, uint16_t n)
{
	unsigned int sent = 0;

	__atomic_store_n(&qp->qp_line->inside, 1, __ATOMIC_RELAXED);
	if (likely(is_active(qp) && __atomic_load_n(&qp->rq_line->gen, __ATOMIC_ACQUIRE) == qp->gen))
		sent = vtclient_ring_put_own(qp->rq, qp->rq_mask, &qp->head, tasks, n);
	__atomic_store_n(&qp->qp_line->inside, 0, __ATOMIC_RELEASE);
	return (uint16_t)sent;
}

/*
 * Put n stamped tasks into the request ring of several.
 *
 * Between the two stores to `inside` the appliance does not take this generation's ring out of
 * service: it closes the generation, fences, and waits until `inside` is 0. Store (inside), fence,
 * load (gen, active) here pairs with that: either we see the queue closed, or ourselves detached, or
 * it sees us inside.
 */
static inline uint16_t
put(struct vtclient_qp *qp, const struct rte_vinetalk_task *tasks, uint16_t n)
{
	uint16_t sent = 0;
	uint32_t gen;

	__atomic_store_n(&qp->qp_line->inside, 1 + qp->gen, __ATOMIC_RELAXED);
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	gen = __atomic_load_n(&qp->rq_line->gen, __ATOMIC_ACQUIRE);
	if (likely(is_active(qp)) && (likely(gen == qp->gen) || generation_changed(qp, gen)))
		sent = put_shared(qp, tasks, n);
	/* Release: the enqueue is done before anybody can see us outside. */
	__atomic_store_n(&qp->qp_line->inside, 0, __ATOMIC_RELEASE);
	return sent;
}

/*
 * Fetch what put() will need and the poller has had since: indexes and slots. A locked
 * operation, of which an MP enqueue has two, waits for each line in turn, where plain stores would
 * not; asked for here, they come while the tasks are stamped.
 */
static inline void
prefetch(const struct vtclient_qp *qp, uint16_t nb)
{
	const struct rte_ring *r = qp->rq;
	const struct rte_vinetalk_task *slots = (const struct rte_vinetalk_task *)(r + 1);
	const uint32_t mask = qp->rq_mask, head = qp->head;
	uint16_t i;

	rte_vtregion_prefetch_write(&r->prod);
	__builtin_prefetch(&r->cons);
	for (i = 0; i < nb && i < PREFETCHED_SLOTS; i++)
		rte_vtregion_prefetch_write(&slots[(head + i) & mask]);
}

static inline uint64_t
task_bytes(const struct vtclient_qp *qp, const struct rte_vinetalk_task *t)
{
	if (unlikely(t->flags & RTE_VINETALK_TASK_F_SEGS_REF))
		return rte_vinetalk_task_bytes(qp->q.dev, t);
	return (uint64_t)t->seg_len[0] + t->seg_len[1];
}

/*
 * The poller sleeps, or is about to. Ring first: who dies between the two leaves the flag to his neighbours. The
 * number of the sleep keeps us from taking back the flag of a later one.
 */
static void
wake(struct vtclient_qp *qp, uint32_t parked)
{
	vtclient_ring(qp->dev, qp->dev->data_vector);
	__atomic_compare_exchange_n(&qp->poller_line->parked, &parked, 0, false, __ATOMIC_RELAXED,
		__ATOMIC_RELAXED);
}

uint16_t
rte_vtclient_enqueue(void *p, struct rte_vinetalk_task *tasks, uint16_t nb)
{
	struct vtclient_qp *qp = p;
	struct rte_vinetalk_window *w = &qp->q.win;
	struct rte_vinetalk_qp_counters *cnt = &qp->q.cnt;
	uint64_t bytes = 0;
	uint32_t parked;
	uint16_t n, i;

	prefetch(qp, nb);
	n = rte_vinetalk_window_room(w, nb);
	for (i = 0; i < n; i++)
		rte_vinetalk_window_stamp(w, &tasks[i], i);
	if (likely(n != 0))
		n = qp->leaves != NULL ? put_own(qp, tasks, n) : put(qp, tasks, n);
	if (unlikely(n < nb))
		RTE_VINETALK_COUNT(cnt->refused, (uint64_t)(nb - n));
	if (unlikely(n == 0)) {
		if (unlikely(w->in_flight == 0 && !is_active(qp)))
			vtclient_revive(qp);
		return 0;
	}
	/*
	 * Store (prod.tail of the ring), fence, load (watched, parked); a poller that does not watch us any more, or
	 * parks, stores so, fences and looks at the ring: one of the two sees the other.
	 */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (qp->leaves != NULL && __atomic_load_n(&qp->rq_line->watched, __ATOMIC_RELAXED) == 0)
		rte_vtregion_ready_mark(qp->summaries, qp->leaves, qp->queue);
	parked = __atomic_load_n(&qp->poller_line->parked, __ATOMIC_RELAXED);
	if (unlikely(parked != 0))
		wake(qp, parked);
	rte_vinetalk_window_commit(w, tasks, n);
	for (i = 0; i < n; i++)
		bytes += task_bytes(qp, &tasks[i]);
	RTE_VINETALK_COUNT(cnt->enqueued, n);
	RTE_VINETALK_COUNT(cnt->bytes, bytes);
	return n;
}

/*
 * Nothing in the ring. If the other side is gone, end what is outstanding. Not inlined: what it calls would cost the
 * dequeue registers.
 */
static __rte_noinline uint16_t
dequeue_empty(struct vtclient_qp *qp, struct rte_vinetalk_completion *completions, uint16_t nb)
{
	uint16_t n;

	if (likely(__atomic_load_n(&qp->dev->gone, __ATOMIC_RELAXED) == 0 &&
			++qp->empties % EMPTIES_PER_LOOK != 0 && is_active(qp)))
		return 0;
	if (!vtclient_lost(qp))
		return 0;
	/* What was completed before the end counts: look once more behind the finding. */
	rte_atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (vtclient_ready(qp))
		return 0;
	n = rte_vinetalk_window_abort(&qp->q.win, -ECONNRESET, completions, nb);
	RTE_VINETALK_COUNT(qp->q.cnt.failed, n);
	if (n == 0 && qp->q.win.in_flight == 0)
		vtclient_revive(qp);
	return n;
}

uint16_t
rte_vtclient_dequeue(void *p, struct rte_vinetalk_completion *completions, uint16_t nb)
{
	struct vtclient_qp *qp = p;
	const uint32_t filled = vtclient_ring_filled(qp->cq, qp->cq_head);
	uint16_t n, i, kept = 0, failed = 0;

	if (unlikely(filled > qp->cq_mask))
		vtclient_broken(qp);
	if (filled - 1 >= qp->cq_mask)
		return dequeue_empty(qp, completions, nb);
	n = (uint16_t)RTE_MIN(filled, (uint32_t)nb);
	vtclient_ring_get(qp->cq, qp->cq_mask, &qp->cq_head, completions, n);
	for (i = 0; i < n; i++) {
		/* Unknown, or ended before (after a restart of the appliance). */
		if (unlikely(!rte_vinetalk_window_end(&qp->q.win, &completions[i])))
			continue;
		failed += completions[i].status != 0;
		if (unlikely(kept != i))
			completions[kept] = completions[i];
		kept++;
	}
	RTE_VINETALK_COUNT(qp->q.cnt.completed, (uint64_t)(kept - failed));
	if (unlikely(failed != 0))
		RTE_VINETALK_COUNT(qp->q.cnt.failed, failed);
	return kept;
}
