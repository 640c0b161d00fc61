/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The home side of an accelerator: FIFOs of its vaccels, its scheduler, its engine. */

#include <errno.h>

#include "vta_private.h"

static void
notify(void *arg)
{
	struct vta_poller *p = arg;

	/*
	 * Any thread of a driver. A poller that is about to park does not ask its engines again, so
	 * this may come too early; therefore it sleeps for 1 ms at most while they have tasks.
	 */
	vta_wake(&p->sleeping, p->wakefd);
}

int
vta_accel_init(struct rte_vtappliance *app, struct vta_accel *a)
{
	a->home = &app->pollers[a->index % app->conf.nb_pollers];
	a->sched = app->sched;
	a->sched_ctx = a->sched->create();
	if (a->sched_ctx == NULL)
		return -ENOMEM;
	a->dev->notify_arg = a->home;
	a->dev->notify = notify;
	a->home->accels[a->home->nb_accels++] = a;
	return 0;
}

void
vta_accel_submit(struct vta_task *task)
{
	struct vta_vaccel *va = task->va;

	STAILQ_INSERT_TAIL(&va->fifo, &task->t, next);
	va->flow.backlog++;
	VTA_COUNT(va->accel->stats.queued, 1);
	if (va->flow.backlog == 1)
		va->accel->sched->activate(va->accel->sched_ctx, &va->flow);
}

/* Hand a task that has ended to the poller of its client. */
static inline void
give_back(struct vta_poller *p, struct vta_task *task)
{
	struct vta_poller *owner = task->qp->client->owner;

	if (likely(owner == p)) {
		vta_task_done(p, task);
	} else {
		task->item.kind = VTA_TASK_DONE;
		vta_send(p, owner, &task->item);
	}
}

static void
check_gone(struct vta_poller *p, struct vta_vaccel *va)
{
	struct vta_poller *owner = va->client->owner;

	if (va->stream.in_flight != 0)
		return;
	va->item.kind = VTA_VACCEL_GONE;
	if (owner == p)
		vta_vaccel_gone(p, va);
	else
		vta_send(p, owner, &va->item);
}

void
vta_accel_close_vaccel(struct vta_poller *p, struct vta_vaccel *va)
{
	struct rte_vtaccel_task *t;

	va->closing = true;
	va->accel->sched->deactivate(va->accel->sched_ctx, &va->flow);
	while ((t = STAILQ_FIRST(&va->fifo)) != NULL) {
		STAILQ_REMOVE_HEAD(&va->fifo, next);
		va->flow.backlog--;
		VTA_COUNT(va->accel->stats.queued, -1);
		t->status = -ECANCELED;
		give_back(p, container_of(t, struct vta_task, t));
	}
	check_gone(p, va);
}

/* One pick of the scheduler. Returns false when there is none, or the engine is full. */
static bool
feed(struct vta_accel *a, uint32_t *fed)
{
	struct rte_vtaccel_task *burst[VTA_ENGINE_BURST], *t;
	struct rte_vtsched_flow *flow;
	struct vta_vaccel *va;
	uint32_t quota = 0;
	uint64_t bytes = 0;
	uint16_t n, sent, i;

	flow = a->sched->pick(a->sched_ctx, &quota);
	if (flow == NULL)
		return false;
	va = container_of(flow, struct vta_vaccel, flow);
	quota = RTE_MIN(quota, (uint32_t)VTA_ENGINE_BURST);
	n = 0;
	STAILQ_FOREACH(t, &va->fifo, next) {
		if (n == quota)
			break;
		burst[n++] = t;
	}
	sent = rte_vtaccel_enqueue_burst(a->dev, burst, n);
	for (i = 0; i < sent; i++) {
		/* The list is the caller's and the driver does not touch it. */
		STAILQ_REMOVE_HEAD(&va->fifo, next);
		bytes += burst[i]->bytes;
	}
	va->stream.in_flight += sent;
	a->engine_in_flight += sent;
	flow->backlog -= sent;
	VTA_COUNT(a->stats.queued, -(uint64_t)sent);
	*fed += sent;
	a->sched->done(a->sched_ctx, flow, sent, bytes);
	return sent == n;
}

uint32_t
vta_accel_turn(struct vta_poller *p, struct vta_accel *a)
{
	struct rte_vtaccel_task *burst[VTA_ENGINE_BURST];
	uint32_t fed = 0, done = 0;
	uint64_t bytes = 0, busy = 0, errors = 0, copied = 0;
	uint16_t n, i;

	while (fed < VTA_MAX_BUDGET && feed(a, &fed))
		;
	if (a->engine_in_flight == 0)
		return fed;
	do {
		n = rte_vtaccel_dequeue_burst(a->dev, burst, VTA_ENGINE_BURST);
		for (i = 0; i < n; i++) {
			struct vta_task *task = container_of(burst[i], struct vta_task, t);
			struct vta_vaccel *va = task->va;

			bytes += task->t.bytes;
			busy += task->t.exec_ns;
			copied += task->t.copied;
			errors += task->t.status != 0;
			va->stream.in_flight--;
			give_back(p, task);
			if (unlikely(va->closing))
				check_gone(p, va);
		}
		a->engine_in_flight -= n;
		done += n;
	} while (n == VTA_ENGINE_BURST && done < VTA_MAX_BUDGET);
	if (done != 0) {
		VTA_COUNT(a->stats.tasks, done);
		VTA_COUNT(a->stats.bytes, bytes);
		VTA_COUNT(a->stats.busy_ns, busy);
		VTA_COUNT(a->stats.copied, copied);
		VTA_COUNT(a->stats.errors, errors);
	}
	return fed + done;
}
