/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Deficit round robin, by bytes and with weights: M. Shreedhar and G. Varghese, "Efficient Fair Queueing
 * Using Deficit Round Robin", SIGCOMM 1995.
 *
 * A task costs its bytes and TASK_COST. The active flows stand in a line. The first, if it has nothing left
 * (deficit <= 0), gets weight * quantum; it is served until that is used up, and goes to the end.
 * A flow that the accelerator had no room for keeps its place and what is left. One that becomes empty
 * loses it, debts too.
 *
 * The size of the next task is not known here. So a pick may cost more than the flow has: its deficit
 * goes below zero, and the next turns are that much shorter. A flow with a deficit above zero is charged for
 * one pick, so that a debt is less than the costliest pick: at most QUOTA_MAX tasks.
 *
 * The quantum is never less than the costliest pick since the line was empty last, hence more than any
 * debt: the first of the line has a deficit above zero with one quantum, and each call is O(1). Of two flows that
 * have a backlog, served / weight differs by less than three quanta, two while the quantum does not grow.
 */

#include <stdlib.h>

#include <rte_vtsched.h>

#define QUOTA_MAX 32
#define TASK_COST 256
#define QUANTUM_MIN 16384
/* With it, a weight of 2^8 times a quantum is far from overflow. */
#define COST_MAX (INT64_C(1) << 52)
/* The average moves by 1 / 2^AVERAGE_SHIFT of the distance with each pick. */
#define AVERAGE_SHIFT 3

TAILQ_HEAD(line, rte_vtsched_flow);

struct drr {
	struct line line;
	int64_t quantum; /* of weight 1; bytes */
	int64_t average; /* cost of a task; bytes */
};

static void *
drr_create(void)
{
	struct drr *drr = malloc(sizeof(*drr));

	if (drr == NULL)
		return NULL;
	TAILQ_INIT(&drr->line);
	drr->quantum = QUANTUM_MIN;
	drr->average = TASK_COST;
	return drr;
}

static void
drr_destroy(void *ctx)
{
	free(ctx);
}

static void
drr_activate(void *ctx, struct rte_vtsched_flow *flow)
{
	struct drr *drr = ctx;

	if (flow->active)
		return;
	flow->active = true;
	flow->state = 0;
	TAILQ_INSERT_TAIL(&drr->line, flow, link);
}

static void
drr_deactivate(void *ctx, struct rte_vtsched_flow *flow)
{
	struct drr *drr = ctx;

	if (!flow->active)
		return;
	flow->active = false;
	flow->state = 0;
	TAILQ_REMOVE(&drr->line, flow, link);
	/* Nobody has a debt now. */
	if (TAILQ_EMPTY(&drr->line))
		drr->quantum = QUANTUM_MIN;
}

static struct rte_vtsched_flow *
drr_pick(void *ctx, uint32_t *quota)
{
	struct drr *drr = ctx;
	struct rte_vtsched_flow *flow = TAILQ_FIRST(&drr->line);
	int64_t deficit, tasks;

	if (flow == NULL)
		return NULL;
	deficit = (int64_t)flow->state;
	if (deficit <= 0) {
		deficit += flow->weight * drr->quantum;
		flow->state = (uint64_t)deficit;
	}
	tasks = (deficit + drr->average - 1) / drr->average;
	*quota = (uint32_t)RTE_MIN(tasks, (int64_t)QUOTA_MAX);
	return flow;
}

static void
drr_done(void *ctx, struct rte_vtsched_flow *flow, uint32_t tasks, uint64_t bytes)
{
	struct drr *drr = ctx;
	int64_t cost, deficit;

	cost = (int64_t)RTE_MIN(bytes, (uint64_t)COST_MAX) + (int64_t)tasks * TASK_COST;
	if (tasks != 0) {
		drr->average += (cost / tasks - drr->average) / (1 << AVERAGE_SHIFT);
		drr->quantum = RTE_MAX(drr->quantum, cost);
	}
	if (flow->backlog == 0) {
		drr_deactivate(drr, flow);
		return;
	}
	deficit = (int64_t)flow->state - cost;
	flow->state = (uint64_t)deficit;
	if (deficit > 0)
		return;
	TAILQ_REMOVE(&drr->line, flow, link);
	TAILQ_INSERT_TAIL(&drr->line, flow, link);
}

static const struct rte_vtsched_ops drr_ops = {
	.api = RTE_VTSCHED_API,
	.name = "drr",
	.create = drr_create,
	.destroy = drr_destroy,
	.activate = drr_activate,
	.deactivate = drr_deactivate,
	.pick = drr_pick,
	.done = drr_done,
};

RTE_VTSCHED_REGISTER(drr_ops)
