/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Round robin: the active flows stand in a line; the first is served up to QUOTA tasks and,
 * if it has more, goes to the end. A flow that the accelerator had no room for keeps its place. Weights
 * and priorities are not looked at. A flow waits for at most QUOTA tasks of each other one.
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>

#include <rte_vtsched.h>

#define QUOTA 32

TAILQ_HEAD(line, rte_vtsched_flow);

static void *
rr_create(const char *args, uint64_t hz)
{
	struct line *line;

	RTE_SET_USED(hz);
	if (rte_vtsched_args_parse("rr", args, NULL, 0) != 0) {
		rte_errno = EINVAL;
		return NULL;
	}
	line = malloc(sizeof(*line));
	if (line == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	TAILQ_INIT(line);
	return line;
}

static void
rr_destroy(void *ctx)
{
	free(ctx);
}

static void
rr_activate(void *ctx, struct rte_vtsched_flow *flow, uint64_t now)
{
	struct line *line = ctx;

	RTE_SET_USED(now);
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
rr_pick(void *ctx, uint32_t *quota, uint64_t now)
{
	struct line *line = ctx;

	RTE_SET_USED(now);
	*quota = QUOTA;
	return TAILQ_FIRST(line);
}

static void
rr_done(void *ctx, struct rte_vtsched_flow *flow, uint32_t tasks, uint64_t bytes, uint64_t now)
{
	struct line *line = ctx;

	RTE_SET_USED(bytes);
	if (tasks == 0 && flow->backlog != 0)
		return;
	rr_deactivate(line, flow);
	if (flow->backlog != 0)
		rr_activate(line, flow, now);
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
