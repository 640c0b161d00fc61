/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Strict priority with ageing: L. Kleinrock, "A Delay Dependent Queue Discipline", Naval Research Logistics Quarterly 11
 * (1964), in the form in which all flows age alike: a flow's priority rises by one for each `age` that it waits.
 *
 * Of two flows that wait, the one with the greater
 *
 *     priority + (now - since) / age
 *
 * is served. `since` is when the flow became active or was served last. All rise at the same pace, so that the
 * order does not change while they wait: it is that of since - priority * age, the least one first. Of one
 * priority, it is that of since: each priority has a line, in that order, and a pick compares the first ones of at
 * most LEVELS lines.
 *
 * The bound: a flow of priority p that waits since s is the next one as soon as each other flow of a priority
 * q has been served since s + (q - p) * age. So it waits for at most (greatest q - p) * age, no less than 0, and then for one
 * pick of each other flow. A flow of the greatest priority waits for one pick of each other flow of that priority, and
 * of those lower ones that have aged: one pick of each in (difference of priorities) * age.
 *
 * A flow that the accelerator had no room for keeps its place. One that becomes empty loses it.
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_errno.h>

#include <rte_vinetalk_task.h>
#include <rte_vtsched.h>

#define QUOTA 32
#define LEVELS (RTE_VINETALK_VACCEL_PRIORITY_MAX + 1)
#define AGE_US 10000
#define AGE_US_MAX 10000000

TAILQ_HEAD(line, rte_vtsched_flow);

struct prio {
	struct line lines[LEVELS];
	uint32_t active;  /* lines that have a flow, by bit */
	uint64_t age;     /* cycles */
	uint64_t last;    /* the latest time that was seen: lines are in order even if a clock is not */
};

/* In a flow's priv: since, cycles. */
#define SINCE 0

static void *
prio_create(const char *args, uint64_t hz)
{
	uint64_t age_us = AGE_US;
	const struct rte_vtsched_arg known[] = {
		{ .key = "age_us", .number = &age_us, .min = 1, .max = AGE_US_MAX },
	};
	struct prio *prio;
	unsigned int i;

	RTE_BUILD_BUG_ON(LEVELS > 32);
	if (rte_vtsched_args_parse("prio", args, known, RTE_DIM(known)) != 0) {
		rte_errno = EINVAL;
		return NULL;
	}
	prio = calloc(1, sizeof(*prio));
	if (prio == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	for (i = 0; i < LEVELS; i++)
		TAILQ_INIT(&prio->lines[i]);
	/* No overflow: 10^7 us at some GHz. */
	prio->age = RTE_MAX(hz / 1000000 * age_us, UINT64_C(1));
	return prio;
}

static void
prio_destroy(void *ctx)
{
	free(ctx);
}

/* To the end of its line. */
static void
enter(struct prio *prio, struct rte_vtsched_flow *flow, uint64_t now)
{
	const uint32_t level = RTE_MIN(flow->priority, LEVELS - 1U);

	prio->last = RTE_MAX(prio->last, now);
	flow->priv[SINCE] = prio->last;
	flow->active = true;
	TAILQ_INSERT_TAIL(&prio->lines[level], flow, link);
	prio->active |= 1U << level;
}

static void
leave(struct prio *prio, struct rte_vtsched_flow *flow)
{
	const uint32_t level = RTE_MIN(flow->priority, LEVELS - 1U);

	flow->active = false;
	TAILQ_REMOVE(&prio->lines[level], flow, link);
	if (TAILQ_EMPTY(&prio->lines[level]))
		prio->active &= ~(1U << level);
}

static void
prio_activate(void *ctx, struct rte_vtsched_flow *flow, uint64_t now)
{
	if (!flow->active)
		enter(ctx, flow, now);
}

static void
prio_deactivate(void *ctx, struct rte_vtsched_flow *flow)
{
	if (flow->active)
		leave(ctx, flow);
}

static struct rte_vtsched_flow *
prio_pick(void *ctx, uint32_t *quota, uint64_t now)
{
	struct prio *prio = ctx;
	struct rte_vtsched_flow *flow, *best = NULL;
	uint32_t left = prio->active, level;
	uint64_t key, best_key = 0;

	RTE_SET_USED(now);
	*quota = QUOTA;
	/* From the greatest priority, which wins where ages make them equal. */
	while (left != 0) {
		level = 31U - (uint32_t)__builtin_clz(left);
		left &= ~(1U << level);
		flow = TAILQ_FIRST(&prio->lines[level]);
		/* since - priority * age, and a constant that keeps it above 0. */
		key = flow->priv[SINCE] + (LEVELS - 1 - level) * prio->age;
		if (best == NULL || key < best_key) {
			best = flow;
			best_key = key;
		}
	}
	return best;
}

static void
prio_done(void *ctx, struct rte_vtsched_flow *flow, uint32_t tasks, uint64_t bytes, uint64_t now)
{
	struct prio *prio = ctx;

	RTE_SET_USED(bytes);
	if (tasks == 0 && flow->backlog != 0)
		return;
	leave(prio, flow);
	if (flow->backlog != 0)
		enter(prio, flow, now);
}

static const struct rte_vtsched_ops prio_ops = {
	.api = RTE_VTSCHED_API,
	.flags = RTE_VTSCHED_F_CLOCK,
	.name = "prio",
	.create = prio_create,
	.destroy = prio_destroy,
	.activate = prio_activate,
	.deactivate = prio_deactivate,
	.pick = prio_pick,
	.done = prio_done,
};

RTE_VTSCHED_REGISTER(prio_ops)
