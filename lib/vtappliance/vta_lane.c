/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Vaccels that change between equal accelerators: the owner side.
 *
 * A vaccel that was not acquired of a certain accelerator has a lane to each equal one, and uses one at
 * a time. With nothing in flight its owner takes another one if that has clearly less to do.
 *
 * If an accelerator fails, what waits in its lanes goes back to the owners, and on from there when the engine has given
 * back what it has:
 *
 *     home: has failed ---- LANE_LEAVE ----> owner: keeps what comes from now on
 *     home: knows the last one <---- LANE_LAST ---- owner
 *     home: nothing waits ---- TASK_RETURN, ... ----> owner: keeps it, too
 *     home: the engine has nothing of it ---- LANE_LEFT ----> owner: sends all by another lane, in its order
 *
 * Messages keep their order: what was sent before the owner's LAST comes back before LEFT, hence nothing of the vaccel is
 * left there when the next lane gets its first task. If the engine stalls, LEFT comes without that, and what was kept
 * goes to the same lane, where it ends.
 */

#include <errno.h>

#include "vta_private.h"

/* An accelerator has less to do if it is less than 1 / LESS of this one's, and FEW. */
#define LESS 2
#define FEW 8

/* ---- who stands where: any thread ---- */

/* False: somebody has it alone. */
bool
vta_accel_join(struct vta_accel *a)
{
	uint32_t users = VTA_READ(a->users);

	do
		if ((users & VTA_EXCLUSIVE) != 0)
			return false;
	while (!__atomic_compare_exchange_n(&a->users, &users, users + 1, true, __ATOMIC_RELAXED,
			__ATOMIC_RELAXED));
	return true;
}

void
vta_accel_leave(struct vta_accel *a)
{
	__atomic_fetch_sub(&a->users, 1, __ATOMIC_RELAXED);
}

/* ---- choice ---- */

/* What it has to do; the numbers are of another moment each. */
static inline uint64_t
load_of(const struct vta_accel *a)
{
	return VTA_READ(a->stats.queued) + VTA_READ(a->engine_in_flight);
}

static void
change(struct vta_vaccel *va, struct vta_lane *lane)
{
	vta_accel_leave(va->lane->accel);
	__atomic_store_n(&va->lane, lane, __ATOMIC_RELAXED);
	VTA_COUNT(va->moves, 1);
}

/* Take the lane with the least to do, if it is less than most. */
static void
choose(struct vta_vaccel *va, uint64_t most)
{
	struct vta_lane *best = NULL;
	uint16_t i;

	for (i = 0; i < va->nb_lanes; i++) {
		struct vta_lane *lane = &va->lanes[i];
		const uint64_t load = load_of(lane->accel);

		if (lane == va->lane || load >= most || !vta_accel_may_take(lane->accel))
			continue;
		most = load;
		best = lane;
	}
	if (best != NULL && vta_accel_join(best->accel))
		change(va, best);
}

/* The vaccel has several lanes, and nothing in flight. */
void
vta_lane_balance(struct vta_vaccel *va)
{
	const struct vta_accel *a = va->lane->accel;
	uint64_t load;

	if (va->leaving)
		return;
	if (unlikely(vta_accel_has_failed(a))) {
		choose(va, UINT64_MAX);
		return;
	}
	load = load_of(a);
	if (unlikely(load > FEW))
		choose(va, (load - FEW) / LESS);
}

/* ---- between two lanes ---- */

/* The same procedure there. Not often: the table is searched. */
static const struct rte_vtaccel_proc *
proc_there(const struct vta_vaccel *va, struct rte_vtaccel_task *t)
{
	const struct rte_vtappliance *app = va->client->dom->app;
	const uint32_t from = vta_lane_of(container_of(t, struct vta_task, t))->accel->index;
	const uint32_t to = va->lane->accel->index;
	uint32_t i;

	for (i = 0; i < app->nb_procs; i++)
		if (app->procs[i].impl[from] == t->proc)
			return app->procs[i].impl[to];
	return t->proc;
}

/* Tasks that were made for another lane of the vaccel. */
void
vta_lane_retarget(struct vta_vaccel *va, struct vta_fifo *tasks)
{
	struct rte_vtaccel_task *t;

	STAILQ_FOREACH(t, tasks, next) {
		if (t->stream == &va->lane->stream)
			continue;
		t->proc = proc_there(va, t);
		t->stream = &va->lane->stream;
	}
}

/* The lane is being left: what comes has to wait. The list is empty afterwards. */
void
vta_lane_keep(struct vta_vaccel *va, struct vta_fifo *tasks)
{
	STAILQ_CONCAT(&va->kept, tasks);
}

static void
watch(struct vta_poller *p, struct vta_vaccel *va, bool wanted)
{
	if (va->time_limit == 0 || wanted == va->leaving_timed)
		return;
	va->leaving_timed = wanted;
	if (wanted) {
		TAILQ_INSERT_TAIL(&p->leaving, va, leaving_link);
		p->nb_timed++;
	} else {
		TAILQ_REMOVE(&p->leaving, va, leaving_link);
		p->nb_timed--;
	}
}

/* The home of a lane wants to be rid of it. */
void
vta_lane_leave(struct vta_poller *p, struct vta_lane *lane)
{
	struct vta_vaccel *va = lane->va;

	/* It is being closed, which the home hears of next. */
	if (va->closed)
		return;
	/* Else it has left by itself meanwhile. */
	if (va->lane == lane) {
		va->leaving = true;
		watch(p, va, true);
	}
	vta_tell(p, lane->accel->home, &lane->leave, VTA_LANE_LAST);
}

/* A task that has not begun there. */
void
vta_lane_returned(struct vta_poller *p, struct vta_task *task)
{
	if (task->va->closed)
		vta_task_end(p, task, -ECANCELED);
	else
		STAILQ_INSERT_TAIL(&task->va->back, &task->t, next);
}

/* Nothing of it is there any more. */
void
vta_lane_left(struct vta_poller *p, struct vta_lane *lane)
{
	struct vta_vaccel *va = lane->va;
	struct rte_vtaccel_task *t;
	uint32_t nb = 0;

	if (va->closed || va->lane != lane || !va->leaving)
		return;
	va->leaving = false;
	watch(p, va, false);
	/* Behind lost ones nothing may go on elsewhere: it ends there. */
	if (!lane->lost)
		choose(va, UINT64_MAX);
	STAILQ_CONCAT(&va->back, &va->kept);
	STAILQ_FOREACH(t, &va->back, next)
		nb++;
	if (nb != 0)
		vta_task_submit(p, &va->back, nb);
}

/* ---- ends ---- */

static void
end(struct vta_poller *p, struct vta_fifo *from, struct vta_task *task, int status)
{
	STAILQ_REMOVE(from, &task->t, rte_vtaccel_task, next);
	vta_task_end(p, task, status);
}

/* End a task that waits here. False: it does not. */
bool
vta_lane_end(struct vta_poller *p, struct vta_vaccel *va, uint32_t qp_seq, int status)
{
	struct vta_task *back = vta_fifo_find(&va->back, qp_seq);
	struct vta_task *task = back != NULL ? back : vta_fifo_find(&va->kept, qp_seq);

	if (task != NULL)
		end(p, back != NULL ? &va->back : &va->kept, task, status);
	return task != NULL;
}

/* The vaccel ends. */
void
vta_lane_close(struct vta_poller *p, struct vta_vaccel *va)
{
	struct rte_vtaccel_task *t;

	va->closed = true;
	watch(p, va, false);
	STAILQ_CONCAT(&va->back, &va->kept);
	while ((t = STAILQ_FIRST(&va->back)) != NULL)
		end(p, &va->back, container_of(t, struct vta_task, t), -ECANCELED);
}

static uint32_t
expire(struct vta_poller *p, struct vta_fifo *list, uint64_t now, uint32_t most)
{
	struct rte_vtaccel_task *t;
	uint32_t nb = 0;

	while (nb < most && (t = STAILQ_FIRST(list)) != NULL &&
			container_of(t, struct vta_task, t)->deadline <= now) {
		end(p, list, container_of(t, struct vta_task, t), -ETIMEDOUT);
		nb++;
	}
	return nb;
}

/* End those whose time is up while they wait here. */
uint32_t
vta_lane_expire(struct vta_poller *p, uint64_t now, uint32_t most)
{
	struct vta_vaccel *va;
	uint32_t nb = 0;

	TAILQ_FOREACH(va, &p->leaving, leaving_link) {
		nb += expire(p, &va->back, now, most);
		nb += expire(p, &va->kept, now, most);
	}
	return nb;
}
