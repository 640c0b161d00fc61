/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Round robin: the active flows stand in a line; the first is served up to QUOTA tasks and,
 * if it has more, goes to the end. A flow that the accelerator had no room for keeps its place. Weights
 * are not looked at. A flow waits for at most QUOTA tasks of each other one.
 */

#include <stdlib.h>

#include <rte_vtsched.h>

#define QUOTA 32

TAILQ_HEAD(line, rte_vtsched_flow);

static void *
rr_create(void)
{
	struct line *line = malloc(sizeof(*line));

	if (line != NULL)
		TAILQ_INIT(line);
	return line;
}

static void
rr_destroy(void *ctx)
{
	free(ctx);
}

static void
rr_activate(void *ctx, struct rte_vtsched_flow *flow)
{
	struct line *line = ctx;

	if (flow->active)
		return;
	flow->active = true;
	TAILQ_INSERT_TAIL(line, flow, link);
}

static void
rr_deactivate(void *ctx, struct rte_vtsched_flow *flow)
{
	struct line *line = ctx;

	if (!flow->active)
		return;
	flow->active = false;
	TAILQ_REMOVE(line, flow, link);
}

static struct rte_vtsched_flow *
rr_pick(void *ctx, uint32_t *quota)
{
	struct line *line = ctx;

	*quota = QUOTA;
	return TAILQ_FIRST(line);
}

static void
rr_done(void *ctx, struct rte_vtsched_flow *flow, uint32_t tasks, uint64_t bytes)
{
	struct line *line = ctx;

	RTE_SET_USED(bytes);
	if (tasks == 0 && flow->backlog != 0)
		return;
	rr_deactivate(line, flow);
	if (flow->backlog != 0)
		rr_activate(line, flow);
}

static const struct rte_vtsched_ops rr_ops = {
	.api = RTE_VTSCHED_API,
	.name = "rr",
	.create = rr_create,
	.destroy = rr_destroy,
	.activate = rr_activate,
	.deactivate = rr_deactivate,
	.pick = rr_pick,
	.done = rr_done,
};

RTE_VTSCHED_REGISTER(rr_ops)
