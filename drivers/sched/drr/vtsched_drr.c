/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Deficit round robin with weights: M. Shreedhar and G. Varghese, "Efficient Fair Queueing Using Deficit Round Robin",
 * SIGCOMM 1995. Flows that want less than their share come first, as in M. H. MacGregor and W. Shi, "Deficits for Bursty
 * Latency-critical Flows: DRR++", ICON 2000, and in FQ-CoDel, RFC 8290.
 *
 * A task costs its bytes and BYTES_TASK, or (cost=time) its time in the engine in ns and TIME_TASK. In each round a flow gets
 * its share, weight * quantum, once; what is left of an earlier one is lost, a debt is not. It is
 * served while it has something left (deficit > 0). Two lists of active flows:
 *
 *     fresh  became active with something left of their share of this round: served first
 *     line   the others, and those that have used up what they had: served when fresh is empty
 *
 * The first of the line gets its share when its turn comes; if it has had that of this round, the next round
 * begins. In a round no flow is served more than its share and its last pick, by whichever list: being fresh changes when
 * it is served and not how much. A flow that the accelerator had no room for keeps its place and what is left.
 *
 * The size of the next task is not known here. So a pick may cost more than the flow has: its deficit goes
 * below zero, and it pays by its shares of the next rounds. The number of tasks of a pick is what the deficit
 * suffices for by the flow's average, so that the debt is about one task; before there is an average it is one task. If a
 * whole round served nobody, as many rounds begin at once as the least of all debts needs.
 *
 * Hence of two flows that have a backlog, served / weight differs by at most two quanta and the debt of one pick of each. A
 * pick costs O(1) if debts are below a share, and else O(active flows).
 *
 * With cost=time the time is known when the task is back. Until then it is charged by the average, and then corrected:
 * in the long run the charge is what was measured. An engine that does not measure makes all tasks equal.
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_errno.h>

#include <rte_vtsched.h>

#define QUOTA_MAX 32
#define BYTES_TASK 256
#define BYTES_QUANTUM 32768
#define TIME_TASK 100       /* ns */
#define TIME_QUANTUM 50000  /* ns */
#define TIME_GUESS 10000    /* ns: of a task of a flow of which none has ended */
#define QUANTUM_MAX (1 << 30)
/* With it, a weight of 2^8 times a quantum is far from overflow. */
#define COST_MAX (INT64_C(1) << 50)
/* The average moves by 1 / 2^AVERAGE_SHIFT of the distance with each pick. */
#define AVERAGE_SHIFT 3

TAILQ_HEAD(line, rte_vtsched_flow);

struct drr {
	struct line fresh;
	struct line line;
	uint64_t round;
	int64_t quantum;
	bool by_time;
	bool fruitful;     /* somebody was served in this round */
};

/* A flow's priv. */
struct drr_flow {
	int64_t deficit;
	uint64_t round;     /* of which it had its share last */
	int64_t average;    /* cost of a task; 0: not known */
	int64_t charged;    /* by time: for tasks in the engine */
	uint64_t nb_charged;/* the number of those tasks */
	uint64_t is_fresh;  /* in that list */
};

static inline struct drr_flow *
priv(struct rte_vtsched_flow *flow)
{
	RTE_BUILD_BUG_ON(sizeof(struct drr_flow) > sizeof(flow->priv));
	return (struct drr_flow *)flow->priv;
}

static void *
drr_create(const char *args, uint64_t hz)
{
	static const char * const costs[] = { "bytes", "time", NULL };
	uint64_t cost = 0, quantum = 0;
	const struct rte_vtsched_arg known[] = {
		{ .key = "cost", .number = &cost, .words = costs },
		{ .key = "quantum", .number = &quantum, .min = 1024, .max = QUANTUM_MAX },
	};
	struct drr *drr;

	RTE_SET_USED(hz);
	if (rte_vtsched_args_parse("drr", args, known, RTE_DIM(known)) != 0) {
		rte_errno = EINVAL;
		return NULL;
	}
	drr = calloc(1, sizeof(*drr));
	if (drr == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	TAILQ_INIT(&drr->fresh);
	TAILQ_INIT(&drr->line);
	drr->round = 1;
	drr->by_time = cost == 1;
	drr->quantum = drr->by_time ? TIME_QUANTUM : BYTES_QUANTUM;
	if (quantum != 0)
		drr->quantum = (int64_t)quantum;
	return drr;
}

static void
drr_destroy(void *ctx)
{
	free(ctx);
}

/* ---- rounds ---- */

static inline int64_t
share_of(const struct drr *drr, const struct rte_vtsched_flow *flow)
{
	return flow->weight * drr->quantum;
}

/*
 * Give a flow its share of this round, and let those since the last one pay its debt. In the line, where each round
 * comes by, it may have something left by a correction, which it keeps.
 */
static void
share(struct drr *drr, struct rte_vtsched_flow *flow, bool was_idle)
{
	struct drr_flow *f = priv(flow);
	const int64_t part = share_of(drr, flow);
	const uint64_t passed = drr->round - f->round;

	if (passed == 0)
		return;
	f->round = drr->round;
	if (was_idle && (f->deficit > 0 || (uint64_t)(-f->deficit / part) < passed - 1))
		f->deficit = part;
	else
		f->deficit += (int64_t)passed * part;
}

/* All in the line have had their share of this round. */
static void
next_round(struct drr *drr)
{
	uint64_t round, least = UINT64_MAX;
	struct rte_vtsched_flow *flow;

	if (!drr->fruitful) {
		TAILQ_FOREACH(flow, &drr->line, link) {
			const struct drr_flow *f = priv(flow);
			const int64_t debt = RTE_MAX(-f->deficit, INT64_C(0));

			round = f->round + (uint64_t)(debt / share_of(drr, flow)) + 1;
			least = RTE_MIN(least, round);
		}
	} else {
		least = 0;
	}
	drr->round = RTE_MAX(least, drr->round + 1);
	drr->fruitful = false;
}

/* ---- lists ---- */

static inline void
take_off(struct drr *drr, struct rte_vtsched_flow *flow)
{
	struct drr_flow *f = priv(flow);

	if (f->is_fresh)
		TAILQ_REMOVE(&drr->fresh, flow, link);
	else
		TAILQ_REMOVE(&drr->line, flow, link);
	f->is_fresh = false;
}

static inline void
to_end_of_line(struct drr *drr, struct rte_vtsched_flow *flow)
{
	take_off(drr, flow);
	TAILQ_INSERT_TAIL(&drr->line, flow, link);
}

static void
drr_activate(void *ctx, struct rte_vtsched_flow *flow, uint64_t now)
{
	struct drr *drr = ctx;
	struct drr_flow *f = priv(flow);

	RTE_SET_USED(now);
	if (flow->active)
		return;
	flow->active = true;
	share(drr, flow, true);
	f->is_fresh = f->deficit > 0;
	if (f->is_fresh)
		TAILQ_INSERT_TAIL(&drr->fresh, flow, link);
	else
		TAILQ_INSERT_TAIL(&drr->line, flow, link);
}

static void
drr_deactivate(void *ctx, struct rte_vtsched_flow *flow)
{
	if (!flow->active)
		return;
	flow->active = false;
	take_off(ctx, flow);
}

static struct rte_vtsched_flow *
first(struct drr *drr)
{
	struct rte_vtsched_flow *flow;

	/* A correction may have used up what it had. */
	while ((flow = TAILQ_FIRST(&drr->fresh)) != NULL) {
		if (priv(flow)->deficit > 0)
			return flow;
		to_end_of_line(drr, flow);
	}
	/* It ends: the round that begins when nobody was served lets one have something. */
	while ((flow = TAILQ_FIRST(&drr->line)) != NULL) {
		if (priv(flow)->deficit > 0 && priv(flow)->round == drr->round)
			return flow;
		if (priv(flow)->round == drr->round)
			next_round(drr);
		share(drr, flow, false);
		if (priv(flow)->deficit > 0)
			return flow;
		to_end_of_line(drr, flow);
	}
	return NULL;
}

static struct rte_vtsched_flow *
drr_pick(void *ctx, uint32_t *quota, uint64_t now)
{
	struct drr *drr = ctx;
	struct rte_vtsched_flow *flow = first(drr);
	const struct drr_flow *f;

	RTE_SET_USED(now);
	if (flow == NULL)
		return NULL;
	drr->fruitful = true;
	f = priv(flow);
	*quota = f->average == 0 ? 1 : (uint32_t)RTE_MIN((f->deficit + f->average - 1) / f->average,
		(int64_t)QUOTA_MAX);
	return flow;
}

/* ---- costs ---- */

static inline void
learn(struct drr_flow *f, int64_t cost, uint32_t tasks)
{
	const int64_t each = RTE_MAX(cost / tasks, INT64_C(1));

	if (f->average == 0)
		f->average = each;
	else
		f->average += (each - f->average) / (1 << AVERAGE_SHIFT);
}

static void
drr_done(void *ctx, struct rte_vtsched_flow *flow, uint32_t tasks, uint64_t bytes, uint64_t now)
{
	struct drr *drr = ctx;
	struct drr_flow *f = priv(flow);
	int64_t cost = 0;

	RTE_SET_USED(now);
	if (tasks != 0 && drr->by_time) {
		cost = tasks * (f->average != 0 ? f->average : TIME_GUESS);
		f->charged += cost;
		f->nb_charged += tasks;
	} else if (tasks != 0) {
		cost = (int64_t)RTE_MIN(bytes, (uint64_t)COST_MAX) + (int64_t)tasks * BYTES_TASK;
		learn(f, cost, tasks);
	}
	f->deficit -= cost;
	if (flow->backlog == 0)
		drr_deactivate(drr, flow);
	else if (f->deficit <= 0)
		to_end_of_line(drr, flow);
}

static void
drr_ended(void *ctx, struct rte_vtsched_flow *flow, uint32_t tasks, uint64_t exec_ns)
{
	const struct drr *drr = ctx;
	struct drr_flow *f = priv(flow);
	int64_t back, cost;

	if (!drr->by_time || tasks == 0)
		return;
	cost = (int64_t)RTE_MIN(exec_ns, (uint64_t)COST_MAX) + (int64_t)tasks * TIME_TASK;
	learn(f, cost, tasks);
	/* Those that were served while the flow was alone were not charged. */
	if (f->nb_charged == 0)
		return;
	if (tasks < f->nb_charged) {
		back = f->charged / (int64_t)f->nb_charged * tasks;
	} else {
		back = f->charged;
		cost = cost / tasks * (int64_t)f->nb_charged;
		tasks = (uint32_t)f->nb_charged;
	}
	f->charged -= back;
	f->nb_charged -= tasks;
	f->deficit += back - cost;
}

static bool
drr_wants_ended(void *ctx)
{
	const struct drr *drr = ctx;

	return drr->by_time;
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
	.ended = drr_ended,
	.wants_ended = drr_wants_ended,
};

RTE_VTSCHED_REGISTER(drr_ops)
