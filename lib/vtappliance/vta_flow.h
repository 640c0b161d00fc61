/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTA_FLOW_H
#define VTA_FLOW_H

/*
 * Who is next on an accelerator: two levels of one scheduler.
 *
 *     accelerator: level --- groups, one for each domain --- level --- lanes of its vaccels
 *
 * An accelerator of several parts, such as workers, each of which has tasks of its own and can be full while another one is
 * idle, has all that for each part: who waits for one does not keep those back who use another one.
 *
 * A pick is a group of the accelerator's level, then a lane of that group's level: a domain's share does
 * not depend on how many vaccels it has. A flow is ready while it has a backlog and nothing else keeps it from being
 * served.
 *
 * The only ready flow of a level is served without asking the scheduler, which does not know it then. When another
 * one becomes ready both are activated, the new one first: the other one has had the accelerator until now.
 *
 * All of it is the home poller's.
 */

#include "vta_private.h"

static inline uint64_t
vta_sched_now(const struct vta_accel *a)
{
	return a->sched_clock ? vta_cycles(a->home->app) : 0;
}

static inline void
vta_level_add(struct vta_accel *a, struct vta_level *l, struct rte_vtsched_flow *flow)
{
	uint64_t now;

	if (flow->ready)
		return;
	flow->ready = true;
	if (likely(l->nb_ready++ == 0)) {
		l->lone = flow;
		return;
	}
	now = vta_sched_now(a);
	a->sched->activate(l->ctx, flow, now);
	if (l->lone != NULL)
		a->sched->activate(l->ctx, l->lone, now);
	l->lone = NULL;
}

static inline void
vta_level_del(struct vta_accel *a, struct vta_level *l, struct rte_vtsched_flow *flow)
{
	if (!flow->ready)
		return;
	flow->ready = false;
	l->nb_ready--;
	if (likely(l->lone == flow))
		l->lone = NULL;
	else
		a->sched->deactivate(l->ctx, flow);
}

/* Who is next, and up to how many tasks; NULL: nobody is ready. */
static inline struct rte_vtsched_flow *
vta_level_pick(struct vta_accel *a, struct vta_level *l, uint32_t *quota)
{
	if (likely(l->lone != NULL || l->nb_ready == 0)) {
		*quota = VTA_ENGINE_BURST;
		return l->lone;
	}
	return a->sched->pick(l->ctx, quota, vta_sched_now(a));
}

/* What became of the last pick. */
static inline void
vta_level_done(struct vta_accel *a, struct vta_level *l, struct rte_vtsched_flow *flow, uint32_t tasks,
		uint64_t bytes)
{
	if (likely(l->lone == flow)) {
		if (flow->backlog == 0)
			vta_level_del(a, l, flow);
		return;
	}
	a->sched->done(l->ctx, flow, tasks, bytes, vta_sched_now(a));
	if (flow->backlog == 0) {
		flow->ready = false;
		l->nb_ready--;
	}
}

/* A pick of each level: whose turn it is, for up to how many tasks. NULL: nobody waits for that part. */
static inline struct vta_lane *
vta_flow_next(struct vta_accel *a, uint32_t part, uint32_t *quota)
{
	struct rte_vtsched_flow *flow;
	uint32_t of_group, of_lane;

	flow = vta_level_pick(a, &a->levels[part], &of_group);
	if (flow == NULL)
		return NULL;
	flow = vta_level_pick(a, &container_of(flow, struct vta_group, flow)->level, &of_lane);
	*quota = RTE_MIN(of_group, of_lane);
	*quota = RTE_MIN(*quota, (uint32_t)VTA_ENGINE_BURST);
	return container_of(flow, struct vta_lane, flow);
}

/* A lane has a backlog that may be served. */
static inline void
vta_flow_ready(struct vta_lane *lane)
{
	struct vta_group *g = lane->group;

	if (lane->flow.ready)
		return;
	g->flow.backlog += lane->flow.backlog;
	vta_level_add(lane->accel, &g->level, &lane->flow);
	vta_level_add(lane->accel, g->above, &g->flow);
}

/* It has none, or is not to be served. */
static inline void
vta_flow_stop(struct vta_lane *lane)
{
	struct vta_group *g = lane->group;

	if (!lane->flow.ready)
		return;
	g->flow.backlog -= lane->flow.backlog;
	vta_level_del(lane->accel, &g->level, &lane->flow);
	if (g->flow.backlog == 0)
		vta_level_del(lane->accel, g->above, &g->flow);
}

/* Tasks were added to its FIFO. */
static inline void
vta_flow_more(struct vta_lane *lane, uint32_t nb)
{
	lane->flow.backlog += nb;
	if (lane->flow.ready)
		lane->group->flow.backlog += nb;
	else
		vta_flow_ready(lane);
}

/* A task was taken out of its FIFO, not by a pick. */
static inline void
vta_flow_less(struct vta_lane *lane)
{
	lane->flow.backlog--;
	if (!lane->flow.ready)
		return;
	lane->group->flow.backlog--;
	if (lane->flow.backlog == 0)
		vta_flow_stop(lane);
}

/* The engine gave tasks back. */
static inline void
vta_flow_ended(struct vta_lane *lane, uint32_t nb, uint64_t exec_ns)
{
	struct vta_accel *a = lane->accel;

	a->sched->ended(lane->group->level.ctx, &lane->flow, nb, exec_ns);
	a->sched->ended(lane->group->above->ctx, &lane->group->flow, nb, exec_ns);
}

#endif /* VTA_FLOW_H */
