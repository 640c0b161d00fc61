/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Time limits of tasks.
 *
 * The limit is the vaccel's, so that its tasks' deadlines stand in the order of the tasks: only the first one of a
 * list is looked at. A task that waits, held by a fence or in the FIFO of its vaccel, ends. One that the engine has
 * is given up:
 *
 *     home: lost ---- VTA_TASK_EXPIRED ----> owner: its completion, by a stand-in
 *     home: back from the engine ---- VTA_TASK_DONE ----> owner: its memory goes back to the pool
 *
 * Until it is back its memory, its stream, its vaccel and its client stay: it is among the stream's in_flight, for which
 * a vaccel that closes waits. An engine that cannot give it up, or not now, gets no more of this vaccel until it is
 * back: at most what a client may have in flight is stuck.
 */

#include <errno.h>

#include <rte_cycles.h>

#include "vta_flow.h"

#define LOOK_US 50     /* between two looks */
#define ENDS_A_LOOK 64 /* of tasks that wait, for each list */

uint64_t
vta_time_cycles(uint32_t timeout_us)
{
	const uint64_t hz = rte_get_tsc_hz();

	return timeout_us / 1000000 * hz + timeout_us % 1000000 * hz / 1000000;
}

/* ---- home ---- */

/* Behind the first task of a lane that comes here. */
void
vta_time_watch(struct vta_lane *lane)
{
	struct vta_poller *p = lane->accel->home;

	if (lane->watched)
		return;
	lane->watched = true;
	TAILQ_INIT(&lane->running);
	TAILQ_INIT(&lane->stuck);
	TAILQ_INSERT_TAIL(&p->timed, lane, timed_link);
	p->nb_timed++;
}

/* Nothing of it is left here. */
void
vta_time_forget(struct vta_lane *lane)
{
	struct vta_poller *p = lane->accel->home;

	if (!lane->watched)
		return;
	lane->watched = false;
	TAILQ_REMOVE(&p->timed, lane, timed_link);
	p->nb_timed--;
}

/* The engine has them. */
void
vta_time_began(struct vta_lane *lane, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	uint16_t i;

	for (i = 0; i < nb; i++) {
		struct vta_task *task = container_of(tasks[i], struct vta_task, t);

		task->lost = false;
		task->is_stuck = false;
		TAILQ_INSERT_TAIL(&lane->running, task, run_link);
	}
}

/* A task that the engine could not give up before is given up, or back. */
static void
unstick(struct vta_lane *lane, struct vta_task *task)
{
	task->is_stuck = false;
	TAILQ_REMOVE(&lane->stuck, task, run_link);
	if (TAILQ_EMPTY(&lane->stuck) && lane->flow.backlog != 0 && !lane->closing &&
			!lane->leaving)
		vta_flow_ready(lane);
}

/* The engine gives a task back. True: it was lost, and has been dealt with. */
bool
vta_time_back(struct vta_poller *p, struct vta_task *task)
{
	struct vta_lane *lane = vta_lane_of(task);

	if (!task->lost) {
		TAILQ_REMOVE(&lane->running, task, run_link);
		return false;
	}
	if (task->is_stuck)
		unstick(lane, task);
	VTA_COUNT(lane->accel->stats.lost, -1);
	vta_tell(p, lane->va->client->owner, &task->item, VTA_TASK_DONE);
	return true;
}

/* Its time is up, and the engine has it. */
static void
lose(struct vta_poller *p, struct vta_lane *lane, struct vta_task *task)
{
	const struct vta_client *c = lane->va->client;

	TAILQ_REMOVE(&lane->running, task, run_link);
	task->lost = true;
	VTA_COUNT(lane->accel->stats.tasks, 1);
	VTA_COUNT(lane->accel->stats.errors, 1);
	VTA_COUNT(lane->accel->stats.lost, 1);
	if (rte_vtaccel_abandon(lane->accel->dev, &task->t) != 0) {
		/* Once: how often is up to the client. */
		if (!lane->stuck_told)
			VTA_LOG(NOTICE, "accelerator %s: cannot give up a task of %s, client %u, vaccel"
				" %u, limit %u us; that vaccel waits for it", lane->accel->dev->name,
				c->dom->name, c->slot + 1, lane->va->id, lane->va->timeout_us);
		lane->stuck_told = true;
		task->is_stuck = true;
		TAILQ_INSERT_TAIL(&lane->stuck, task, run_link);
		vta_flow_stop(lane);
	}
	vta_tell(p, c->owner, &task->expired, VTA_TASK_EXPIRED);
}

static uint32_t
look_at_lane(struct vta_poller *p, struct vta_lane *lane, uint64_t now)
{
	struct vta_task *task, *next;
	struct rte_vtaccel_task *t;
	uint32_t work = 0;

	/* An engine that could not do it then may be able to now. */
	for (task = TAILQ_FIRST(&lane->stuck); task != NULL; task = next) {
		next = TAILQ_NEXT(task, run_link);
		if (rte_vtaccel_abandon(lane->accel->dev, &task->t) == 0)
			unstick(lane, task);
	}
	while (work < ENDS_A_LOOK && (task = TAILQ_FIRST(&lane->running)) != NULL &&
			task->deadline <= now) {
		lose(p, lane, task);
		work++;
	}
	while (work < ENDS_A_LOOK && (t = STAILQ_FIRST(&lane->fifo)) != NULL) {
		task = container_of(t, struct vta_task, t);
		if (task->deadline > now)
			break;
		vta_accel_drop(p, lane, task, -ETIMEDOUT);
		work++;
	}
	return work;
}

/* ---- owner ---- */

/* A task is held that has a limit. */
void
vta_time_hold(struct vta_client *c)
{
	struct vta_poller *p = c->owner;

	if (c->timed)
		return;
	c->timed = true;
	TAILQ_INSERT_TAIL(&p->held, c, timed_link);
	p->nb_timed++;
}

/* The client has nothing held any more that has a limit, or ends. */
void
vta_time_leave(struct vta_client *c)
{
	struct vta_poller *p = c->owner;

	if (!c->timed)
		return;
	c->timed = false;
	TAILQ_REMOVE(&p->held, c, timed_link);
	p->nb_timed--;
}

/* The first one of the held tasks whose time is up. Other vaccels have other limits, or none. */
static struct vta_task *
first_late(const struct vta_client *c, uint64_t now, bool *any)
{
	struct rte_vtaccel_task *t;

	*any = false;
	STAILQ_FOREACH(t, &c->held, next) {
		struct vta_task *task = container_of(t, struct vta_task, t);

		if (task->va->time_limit == 0)
			continue;
		*any = true;
		if (task->deadline <= now)
			return task;
	}
	return NULL;
}

static uint32_t
look_at_client(struct vta_poller *p, struct vta_client *c, uint64_t now)
{
	struct vta_task *task;
	uint32_t work = 0;
	bool any = true;

	/* The end of one may let others go: from the front again. */
	while (work < ENDS_A_LOOK && (task = first_late(c, now, &any)) != NULL) {
		vta_fence_end(p, c, task->qp_seq, -ETIMEDOUT);
		work++;
	}
	if (!any)
		vta_time_leave(c);
	return work;
}

/*
 * A task that an engine has is over for its client. The task itself stays where it is: another one stands
 * in for it, and is back in the pool at once.
 */
void
vta_time_expired(struct vta_poller *p, struct vta_task *task)
{
	int status;
	struct vta_task *other = vta_pool_take(&p->pool, &status);

	task->va->nb_lost++;
	other->qp = task->qp;
	other->va = task->va;
	other->cookie = task->cookie;
	other->qp_seq = task->qp_seq;
	other->seen = task->seen;
	other->t.bytes = 0;
	vta_task_end(p, other, -ETIMEDOUT);
}

/* The engine has let go of it. */
void
vta_time_returned(struct vta_poller *p, struct vta_task *task)
{
	task->va->nb_lost--;
	task->lost = false;
	if (task->ext != NULL)
		vta_task_ext_free(task);
	p->pool.free[p->pool.nb_free++] = task;
}

/* ---- both ---- */

/* End what is too late. Behind the engines' turns: what has ended is not late. */
uint32_t
vta_time_turn(struct vta_poller *p)
{
	const uint64_t now = vta_cycles(p->app);
	struct vta_client *c, *next_c;
	struct vta_lane *lane;
	uint32_t work = 0;

	if (now < p->time_next)
		return 0;
	p->time_next = now + vta_time_cycles(LOOK_US);
	if (p->nb_gates != 0)
		work += vta_limit_expire(p, now, ENDS_A_LOOK);
	work += vta_lane_expire(p, now, ENDS_A_LOOK);
	TAILQ_FOREACH(lane, &p->timed, timed_link)
		work += look_at_lane(p, lane, now);
	for (c = TAILQ_FIRST(&p->held); c != NULL; c = next_c) {
		next_c = TAILQ_NEXT(c, timed_link);
		work += look_at_client(p, c, now);
	}
	return work;
}

/* Whether a task's time may be up while the poller sleeps. */
bool
vta_time_pending(const struct vta_poller *p)
{
	const struct vta_lane *lane;

	if (!TAILQ_EMPTY(&p->held) || !TAILQ_EMPTY(&p->leaving))
		return true;
	TAILQ_FOREACH(lane, &p->timed, timed_link)
		if (!STAILQ_EMPTY(&lane->fifo) || !TAILQ_EMPTY(&lane->running) ||
				!TAILQ_EMPTY(&lane->stuck))
			return true;
	return false;
}
