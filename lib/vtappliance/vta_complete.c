/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The end of tasks: completions, counters, doorbells. The owner side of a client. */

#include <errno.h>

#include <rte_prefetch.h>

#include "vta_private.h"

void
vta_check_stopped(struct vta_poller *p, struct vta_client *c)
{
	struct vta_msg *msg = c->stop;
	uint32_t i;

	if (msg == NULL || c->in_flight != 0 || c->nb_closing != 0)
		return;
	c->stop = NULL;
	for (i = 0; i < c->nb_qps; i++)
		__atomic_store_n(&c->dom->qps[c->qps[i].index], 0, __ATOMIC_RELEASE);
	vta_send_control(p, &msg->item);
}

static __rte_noinline void
count_ends(struct vta_client *c, struct vta_task **tasks, unsigned int nb)
{
	unsigned int i;

	for (i = 0; i < nb; i++) {
		VTA_COUNT(c->cnt.canceled, tasks[i]->t.status == -ECANCELED);
		VTA_COUNT(c->cnt.timed_out, tasks[i]->t.status == -ETIMEDOUT);
		VTA_COUNT(c->cnt.over_quota, tasks[i]->t.status == -EDQUOT);
	}
}

static inline void
complete(struct rte_vinetalk_completion *place, const struct vta_task *task)
{
	place->cookie = task->cookie;
	place->status = task->t.status;
	place->qp_seq = task->qp_seq;
	place->result = task->t.result;
	place->exec_ns = task->t.exec_ns;
}

void
vta_tasks_done(struct vta_poller *p, struct vta_task **tasks, unsigned int nb, struct vta_sums *sums)
{
	struct vta_qp *qp = tasks[0]->qp;
	struct vta_client *c = qp->client;
	struct vta_vaccel *va = tasks[0]->va;
	const bool stopping = c->stopping;
	/* By value: what is stored in the loop might be a part of it, for all that a compiler knows. */
	const struct rte_vtregion_prod prod = qp->prod;
	const struct rte_vtregion_cons *const cons = vta_requests_of(qp);
	const uint32_t ready = p->computes ? rte_vtregion_cons_straight(cons) : 0;
	const struct rte_vinetalk_task *const reqs = &cons->slots[cons->head & cons->mask];
	uint64_t odd = 0;
	struct vta_sums sum = { 0 };
	unsigned int i;

	for (i = 0; i < nb; i++) {
		struct vta_task *task = tasks[i];

		/* As many requests as end are likely to have come; the client's core has them. */
		if (i < ready)
			rte_prefetch0(&reqs[i]);
		odd |= vta_sums_add(&sum, &task->t);
		/* There is room: what was accepted has a place for its completion. */
		if (likely(!stopping))
			complete(rte_vtregion_prod_place(&prod, i), task);
		if (unlikely(task->ext != NULL))
			vta_task_ext_free(task);
	}
	/* The client reads this line all the time, and the store of the tail waits for all before it. */
	rte_vtregion_prefetch_write(prod.prod_tail);
	vta_pool_give(&p->pool, tasks, nb);
	if (unlikely(odd != 0))
		vta_sums_odd(&sum, tasks, nb);
	if (likely(!stopping))
		rte_vtregion_prod_fill(&qp->prod, nb);
	/* Nothing else of it is out: its client may be waiting for just this, not for our books. */
	if (qp->in_flight == nb && likely(!stopping))
		rte_vtregion_prod_publish(&qp->prod);
	*sums = sum;
	if (likely(va != NULL))
		va->in_flight -= nb;
	VTA_COUNT(c->cnt.completed, nb - sum.failed);
	if (unlikely(odd != 0)) {
		VTA_COUNT(c->cnt.failed, sum.failed);
		VTA_COUNT(c->cnt.copied, sum.copied);
		count_ends(c, tasks, nb);
	}
	VTA_COUNT(c->cnt.bytes, sum.bytes);
	VTA_COUNT(c->cnt.exec_ns, sum.exec_ns);
	qp->in_flight -= nb;
	c->in_flight -= nb;
	if (likely(!stopping)) {
		qp->room -= nb;
		if (!qp->dirty) {
			qp->dirty = true;
			qp->next_dirty = p->dirty;
			p->dirty = qp;
		}
	}
	if (unlikely((c->stop != NULL) | c->fenced | c->limited | c->timing)) {
		/* Back in the pool, but nobody has taken them yet. */
		if (c->timing && va != NULL && !stopping)
			vta_latency_add(c, va, tasks, nb);
		/* One without a vaccel was not admitted. */
		if (c->limited && va != NULL)
			vta_limit_done(&c->dom->limits, nb);
		vta_fence_turn(p, c);
		vta_check_stopped(p, c);
	}
}

void
vta_task_end(struct vta_poller *p, struct vta_task *task, int status)
{
	struct vta_sums sums;

	rte_vtaccel_task_end(&task->t, status);
	vta_tasks_done(p, &task, 1, &sums);
}

static void
ring_doorbell(struct vta_poller *p, struct vta_client *c, uint32_t vector)
{
	VTA_COUNT(p->stats.doorbells, 1);
	VTA_COUNT(c->cnt.doorbells, 1);
	vta_client_ring(&p->ringer, c, vector);
}

void
vta_publish(struct vta_poller *p)
{
	struct vta_qp *qp;

	for (qp = p->dirty; qp != NULL; qp = qp->next_dirty)
		rte_vtregion_prod_publish(&qp->prod);
	/*
	 * Store (prod.tail), fence, load (parked); a waiting client stores parked,
	 * fences and looks at its ring: one of the two sees the other.
	 */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	while ((qp = p->dirty) != NULL) {
		struct vta_client *c = qp->client;
		uint32_t *parked = &vta_client_slot(c)->parked[qp->vector];

		p->dirty = qp->next_dirty;
		qp->dirty = false;
		if (unlikely(__atomic_load_n(parked, __ATOMIC_RELAXED) != 0) &&
				__atomic_exchange_n(parked, 0, __ATOMIC_RELAXED) != 0 &&
				!c->stopping)
			ring_doorbell(p, c, qp->vector);
	}
	if (unlikely(p->ringer.nb != 0))
		vta_ringer_flush(&p->ringer);
}
