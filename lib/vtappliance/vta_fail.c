/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * An accelerator that has failed, by what its driver says or since it gave nothing back for too long: the home side.
 *
 * What its engine has is the driver's to end. What waits goes back to its vaccel, which goes on with an equal
 * accelerator (vta_lane.c), or ends with -EIO: there is none, or the engine keeps earlier tasks of that vaccel and does
 * not give them back, so that its order cannot be kept.
 *
 * One that gives something back after a stall works. A driver that reported a failure is asked now and then
 * by the control thread whether it works again; while it is, and while it has failed, nobody enqueues.
 */

#include <errno.h>

#include <rte_cycles.h>

#include "vta_flow.h"

static bool
another_works(const struct vta_lane *lane)
{
	const struct vta_vaccel *va = lane->va;
	uint16_t i;

	for (i = 0; i < va->nb_lanes; i++)
		if (&va->lanes[i] != lane && vta_accel_may_take(va->lanes[i].accel))
			return true;
	return false;
}

/* ---- lanes that are left ---- */

/* What waits goes back. */
static void
give_up(struct vta_poller *p, struct vta_lane *lane)
{
	struct rte_vtaccel_task *t;

	while ((t = STAILQ_FIRST(&lane->fifo)) != NULL) {
		STAILQ_REMOVE_HEAD(&lane->fifo, next);
		vta_flow_less(lane);
		VTA_COUNT(lane->accel->stats.queued, -1);
		vta_tell(p, lane->va->client->owner, &container_of(t, struct vta_task, t)->item,
			VTA_TASK_RETURN);
	}
}

/* Nothing of it is here, or the engine will not give it back. */
static void
left(struct vta_poller *p, struct vta_lane *lane)
{
	TAILQ_REMOVE(&lane->accel->leaving, lane, leaving_link);
	lane->leaving = lane->last = false;
	lane->lost = lane->stream.in_flight != 0;
	vta_tell(p, lane->va->client->owner, &lane->left, VTA_LANE_LEFT);
}

/* The engine gave something of it back. */
void
vta_fail_leave(struct vta_poller *p, struct vta_lane *lane)
{
	if (lane->last && lane->stream.in_flight == 0)
		left(p, lane);
}

/* Its owner sends nothing more. */
void
vta_fail_last(struct vta_poller *p, struct vta_lane *lane)
{
	/* Its leaving may have ended by the end of the vaccel. */
	if (!lane->leaving)
		return;
	lane->last = true;
	give_up(p, lane);
	vta_fail_leave(p, lane);
}

/* The vaccel ends before its lane is left. */
void
vta_fail_forget(struct vta_lane *lane)
{
	if (!lane->leaving)
		return;
	lane->leaving = lane->last = false;
	TAILQ_REMOVE(&lane->accel->leaving, lane, leaving_link);
}

static void
begin_leaving(struct vta_poller *p, struct vta_lane *lane)
{
	vta_flow_stop(lane);
	lane->leaving = true;
	TAILQ_INSERT_TAIL(&lane->accel->leaving, lane, leaving_link);
	vta_tell(p, lane->va->client->owner, &lane->leave, VTA_LANE_LEAVE);
}

/* ---- a turn of one that has failed ---- */

static void
probe_later(struct vta_poller *p, struct vta_accel *a)
{
	a->probe_at = vta_cycles(p->app) + vta_time_cycles(p->app->conf.probe_ms * 1000);
}

static void
begin_failing(struct vta_poller *p, struct vta_accel *a)
{
	a->failed = true;
	a->probed = 0;
	probe_later(p, a);
}

/* Ask the control thread for a probe, if it is time. */
static void
probe(struct vta_poller *p, struct vta_accel *a)
{
	if (a->probing || a->stalled || a->engine_in_flight != 0 || a->probed == -ENOTSUP ||
			vta_cycles(p->app) < a->probe_at)
		return;
	a->probing = true;
	a->probe.kind = VTA_ACCEL_PROBE;
	vta_send_control(p, &a->probe);
}

/* The control thread has tried. */
void
vta_fail_probed(struct vta_poller *p, struct vta_accel *a)
{
	a->probing = false;
	probe_later(p, a);
	if (a->probed == -ENOTSUP)
		VTA_LOG(NOTICE, "accelerator %s: its driver cannot make it work again", a->dev->name);
}

/* It works, and the control thread does not have it. */
static void
fail_over(struct vta_accel *a)
{
	if (a->probing)
		return;
	a->failed = false;
	VTA_LOG(NOTICE, "accelerator %s: works again", a->dev->name);
}

/* What waits for it. How many tasks or lanes it was. */
uint32_t
vta_fail_turn(struct vta_poller *p, struct vta_accel *a)
{
	struct vta_lane *lane, *next;
	uint32_t quota, part = 0, nb = 0;

	if (!vta_accel_has_failed(a)) {
		fail_over(a);
		return 1;
	}
	if (!a->failed) {
		begin_failing(p, a);
		VTA_LOG(ERR, "accelerator %s: its driver says that it failed; it has %u tasks, %" PRIu64 " wait",
			a->dev->name, a->engine_in_flight, a->stats.queued);
	}
	for (lane = TAILQ_FIRST(&a->leaving); lane != NULL && a->stalled; lane = next) {
		next = TAILQ_NEXT(lane, leaving_link);
		if (lane->last)
			left(p, lane);
	}
	while (nb < VTA_MAX_BUDGET && part < a->nb_parts) {
		lane = vta_flow_next(a, part, &quota);
		if (lane == NULL) {
			part++;
			continue;
		}
		nb++;
		if ((!a->stalled || lane->stream.in_flight == 0) && another_works(lane)) {
			begin_leaving(p, lane);
			continue;
		}
		vta_accel_drop(p, lane, container_of(STAILQ_FIRST(&lane->fifo), struct vta_task, t), -EIO);
		VTA_COUNT(a->stats.errors, 1);
	}
	probe(p, a);
	return nb;
}

/* ---- stalls ---- */

/* Its engine has tasks, and gave some back or none in this turn. */
void
vta_fail_watch(struct vta_poller *p, struct vta_accel *a, bool gave)
{
	const uint32_t limit_ms = p->app->conf.stall_ms;
	uint64_t now;

	if (gave) {
		a->quiet_since = 0;
		if (a->stalled)
			__atomic_store_n(&a->stalled, false, __ATOMIC_RELAXED);
		return;
	}
	now = vta_cycles(p->app);
	if (a->quiet_since == 0) {
		a->quiet_since = now;
		return;
	}
	if (a->stalled || now - a->quiet_since < rte_get_tsc_hz() / 1000 * limit_ms)
		return;
	__atomic_store_n(&a->stalled, true, __ATOMIC_RELAXED);
	if (!a->failed)
		begin_failing(p, a);
	VTA_LOG(ERR, "accelerator %s: has %u tasks and gave none back for %u ms; it counts as failed until it does",
		a->dev->name, a->engine_in_flight, limit_ms);
}
