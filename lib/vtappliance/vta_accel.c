/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The home side of an accelerator: the lanes of vaccels to it, its engine. Who is next: vta_flow.h. */

#include <errno.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_prefetch.h>

#include "vta_flow.h"

/* A burst that takes longer has driven what is not its own out of the first cache, and its client has gone on meanwhile. */
#define COMPUTES_NS 4000

static void
notify(void *arg)
{
	struct vta_poller *p = arg;

	/*
	 * Any thread of a driver, which has put a task where the dequeue finds it. Store (that), fence, load
	 * (notified) or store it, fence, load (sleeping); the poller stores sleeping, fences, and takes notified
	 * by exchange: it looks at the engine once more, or is woken. If notified is set already, its exchange
	 * comes behind our load, and its look behind what we stored.
	 */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&p->notified, __ATOMIC_RELAXED) == 0)
		__atomic_store_n(&p->notified, 1, __ATOMIC_RELAXED);
	vta_wake(&p->sleeping, p->wakefd);
}

int
vta_accel_init(struct rte_vtappliance *app, struct vta_accel *a)
{
	int ret;

	a->home = &app->pollers[a->index % app->conf.nb_pollers];
	TAILQ_INIT(&a->leaving);
	a->sched = app->sched;
	a->sched_clock = (a->sched->flags & RTE_VTSCHED_F_CLOCK) != 0;
	a->sched_ended = app->sched_ended;
	ret = vta_flow_accel(app, a);
	if (ret != 0)
		return ret;
	a->dev->notify_arg = a->home;
	a->dev->notify = notify;
	if (app->conf.ahead_us != RTE_VTAPPLIANCE_AHEAD_ALL)
		a->dev->ahead_ns = app->conf.ahead_us * UINT64_C(1000);
	a->home->accels[a->home->nb_accels++] = a;
	return 0;
}

void
vta_accel_submit(struct vta_lane *lane, struct vta_fifo *tasks, uint32_t nb)
{
	STAILQ_CONCAT(&lane->fifo, tasks);
	VTA_COUNT(lane->accel->stats.queued, nb);
	if (unlikely(lane->timed | lane->leaving)) {
		if (lane->timed)
			vta_time_watch(lane);
		if (lane->leaving || !TAILQ_EMPTY(&lane->stuck)) {
			lane->flow.backlog += nb;
			return;
		}
	}
	vta_flow_more(lane, nb);
}

/* Hand tasks of one queue pair and one lane that have ended to the poller of their client. */
static inline void
give_back(struct vta_poller *p, struct vta_task **tasks, unsigned int nb, struct vta_sums *sums)
{
	struct vta_poller *owner = tasks[0]->qp->client->owner;
	uint64_t odd = 0;
	unsigned int i;

	if (likely(owner == p)) {
		vta_tasks_done(p, tasks, nb, sums);
		return;
	}
	memset(sums, 0, sizeof(*sums));
	for (i = 0; i < nb; i++)
		odd |= vta_sums_add(sums, &tasks[i]->t);
	if (unlikely(odd != 0))
		vta_sums_odd(sums, tasks, nb);
	for (i = 0; i < nb; i++) {
		tasks[i]->item.kind = VTA_TASK_DONE;
		vta_send(p, owner, &tasks[i]->item);
	}
}

static void
check_gone(struct vta_poller *p, struct vta_lane *lane)
{
	if (lane->stream.in_flight != 0)
		return;
	vta_time_forget(lane);
	vta_tell(p, lane->va->client->owner, &lane->item, VTA_LANE_GONE);
}

/* Tasks of it came back from the engine. */
static void
after(struct vta_poller *p, struct vta_lane *lane)
{
	if (lane->closing)
		check_gone(p, lane);
	else if (lane->leaving)
		vta_fail_leave(p, lane);
}

/* End a task that waits in the FIFO of its lane. */
void
vta_accel_drop(struct vta_poller *p, struct vta_lane *lane, struct vta_task *task, int status)
{
	struct vta_sums sums;

	STAILQ_REMOVE(&lane->fifo, &task->t, rte_vtaccel_task, next);
	vta_flow_less(lane);
	VTA_COUNT(lane->accel->stats.queued, -1);
	rte_vtaccel_task_end(&task->t, status);
	give_back(p, &task, 1, &sums);
}

void
vta_accel_close_lane(struct vta_poller *p, struct vta_lane *lane)
{
	struct rte_vtaccel_task *t;

	lane->closing = true;
	vta_fail_forget(lane);
	vta_flow_stop(lane);
	while ((t = STAILQ_FIRST(&lane->fifo)) != NULL)
		vta_accel_drop(p, lane, container_of(t, struct vta_task, t), -ECANCELED);
	check_gone(p, lane);
}

/* Feed what it picked to a part of the engine. Returns false when there is none, or the part is full. */
static bool
feed(struct vta_poller *p, struct vta_accel *a, uint32_t part, uint32_t *fed)
{
	struct rte_vtaccel_task *burst[VTA_ENGINE_BURST], *t;
	const struct vta_qp *qp;
	struct vta_lane *lane;
	struct vta_group *g;
	uint32_t quota;
	uint64_t bytes = 0;
	uint16_t n = 0, sent, i;

	lane = vta_flow_next(a, part, &quota);
	if (lane == NULL)
		return false;
	g = lane->group;
	for (t = STAILQ_FIRST(&lane->fifo); t != NULL && n < quota; t = STAILQ_NEXT(t, next)) {
		burst[n++] = t;
		bytes += t->bytes;
	}
	sent = rte_vtaccel_enqueue_burst(a->dev, burst, n);
	if (p->computes) {
		qp = container_of(burst[0], struct vta_task, t)->qp;
		if (likely(qp->client->owner == p))
			rte_prefetch0(vta_requests_of(qp)->prod_tail);
	}
	for (i = sent; i < n; i++)
		bytes -= burst[i]->bytes;
	/* The list is the caller's and the driver does not touch it: take off what was sent. */
	STAILQ_FIRST(&lane->fifo) = sent < n ? burst[sent] : t;
	if (STAILQ_EMPTY(&lane->fifo))
		STAILQ_INIT(&lane->fifo);
	lane->stream.in_flight += sent;
	if (unlikely(lane->timed))
		vta_time_began(lane, burst, sent);
	a->engine_in_flight += sent;
	lane->flow.backlog -= sent;
	g->flow.backlog -= sent;
	VTA_COUNT(a->stats.queued, -(uint64_t)sent);
	*fed += sent;
	vta_level_done(a, &g->level, &lane->flow, sent, bytes);
	vta_level_done(a, g->above, &g->flow, sent, bytes);
	return sent == n;
}

/*
 * Take a burst of tasks that have ended off the engine. Those of one queue pair and one lane that stand
 * together go together.
 */
static uint16_t
collect(struct vta_poller *p, struct vta_accel *a)
{
	struct rte_vtaccel_task *burst[VTA_ENGINE_BURST];
	struct vta_task *tasks[VTA_ENGINE_BURST];
	struct vta_sums sums;
	uint16_t n, i, run;
	bool single;

	n = rte_vtaccel_dequeue_burst(a->dev, burst, VTA_ENGINE_BURST);
	if (n == 0)
		return 0;
	a->engine_in_flight -= n;
	p->computes = burst[0]->exec_ns * n >= COMPUTES_NS;
	for (i = 0; i < n; i += run) {
		struct vta_qp *qp;
		struct vta_lane *lane;

		tasks[i] = container_of(burst[i], struct vta_task, t);
		qp = tasks[i]->qp;
		lane = vta_lane_of(tasks[i]);
		/* Some of those that follow may be lost. */
		single = lane->timed;
		if (unlikely(single) && vta_time_back(p, tasks[i])) {
			if (a->sched_ended)
				vta_flow_ended(lane, 1, 0);
			lane->stream.in_flight--;
			run = 1;
			after(p, lane);
			continue;
		}
		for (run = 1; i + run < n && !single; run++) {
			tasks[i + run] = container_of(burst[i + run], struct vta_task, t);
			if (tasks[i + run]->qp != qp || burst[i + run]->stream != &lane->stream)
				break;
		}
		lane->stream.in_flight -= run;
		give_back(p, &tasks[i], run, &sums);
		VTA_COUNT(a->stats.tasks, run);
		VTA_COUNT(a->stats.bytes, sums.bytes);
		VTA_COUNT(a->stats.busy_ns, sums.exec_ns);
		if (unlikely((sums.failed | sums.copied) != 0)) {
			VTA_COUNT(a->stats.copied, sums.copied);
			VTA_COUNT(a->stats.errors, sums.failed);
		}
		if (unlikely(a->sched_ended))
			vta_flow_ended(lane, run, sums.exec_ns);
		/* Behind its last task. */
		if (unlikely(lane->closing | lane->leaving))
			after(p, lane);
	}
	return n;
}

/* All parts, beginning with another one each time: what is fed in a turn is bounded. */
static uint32_t
feed_all(struct vta_poller *p, struct vta_accel *a)
{
	uint32_t part = a->first_part, fed = 0, i;

	for (i = 0; i < a->nb_parts && fed < VTA_MAX_BUDGET; i++) {
		while (fed < VTA_MAX_BUDGET && feed(p, a, part, &fed))
			;
		part = part + 1 == a->nb_parts ? 0 : part + 1;
	}
	a->first_part = a->first_part + 1 >= a->nb_parts ? 0 : a->first_part + 1;
	return fed;
}

uint32_t
vta_accel_turn(struct vta_poller *p, struct vta_accel *a)
{
	uint32_t fed = 0, done = 0;
	uint16_t n;

	if (unlikely(a->failed || VTA_READ(a->dev->state) == RTE_VINETALK_ACCEL_FAILED))
		fed = vta_fail_turn(p, a);
	else
		fed = feed_all(p, a);
	if (a->engine_in_flight == 0)
		return fed;
	do {
		n = collect(p, a);
		done += n;
	} while (n == VTA_ENGINE_BURST && done < VTA_MAX_BUDGET);
	if (unlikely(p->app->conf.stall_ms != 0))
		vta_fail_watch(p, a, done != 0);
	return fed + done;
}
