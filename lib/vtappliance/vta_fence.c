/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Fences: the owner side of a client.
 *
 * A fence, and all that comes behind it, is held in the client until its turn. A held task has been
 * checked and copied as any other, and is in flight. What is not held has begun: it is at the home
 * of its vaccel. Held tasks leave the list in their order.
 *
 * A fence that ends before its turn (it is malformed, cancelled, or its time is up) leaves its first half to the
 * task behind it: that one still begins when all before it have ended.
 */

#include <errno.h>

#include "vta_private.h"

static inline struct vta_task *
first_held(const struct vta_client *c)
{
	struct rte_vtaccel_task *t = STAILQ_FIRST(&c->held);

	return t != NULL ? container_of(t, struct vta_task, t) : NULL;
}

void
vta_fence_hold(struct vta_task *task, bool fence)
{
	struct vta_client *c = task->qp->client;

	task->fence = fence ? VTA_FENCE_AFTER | VTA_FENCE_BEFORE : 0;
	if (c->fence_left) {
		c->fence_left = false;
		task->fence |= VTA_FENCE_AFTER;
	}
	STAILQ_INSERT_TAIL(&c->held, &task->t, next);
	c->nb_held++;
	if (task->va->time_limit != 0)
		vta_time_hold(c);
	task->va->in_flight++;
	c->fenced = true;
}

/* A fence that is not in the list, and comes behind all that is, does not get its turn. */
void
vta_fence_leave(struct vta_client *c)
{
	c->fence_left = true;
	c->fenced = true;
}

/* Let those go whose turn it is. Behind each end of a task while the client is fenced. */
void
vta_fence_turn(struct vta_poller *p, struct vta_client *c)
{
	struct vta_task *task;

	/* What is let go may end at once, and come here again. */
	if (!c->fenced || c->fence_turns || c->stopping)
		return;
	c->fence_turns = true;
	for (;;) {
		const uint32_t begun = c->in_flight - c->nb_held;

		task = first_held(c);
		if (begun == 0)
			c->fence_runs = false;
		if (begun == 0 && task == NULL)
			c->fence_left = false;
		if (task == NULL || c->fence_runs ||
				((task->fence & VTA_FENCE_AFTER) != 0 && begun != 0))
			break;
		STAILQ_REMOVE_HEAD(&c->held, next);
		c->nb_held--;
		c->fence_runs = (task->fence & VTA_FENCE_BEFORE) != 0;
		vta_limit_pass(p, task);
	}
	c->fenced = task != NULL || c->fence_runs || c->fence_left;
	c->fence_turns = false;
}

/* Take a task off the list before its turn. What it would have waited for, the next one waits for. */
static void
take_off(struct vta_client *c, struct vta_task *task)
{
	struct rte_vtaccel_task *next = STAILQ_NEXT(&task->t, next);

	if (task->fence != 0 && next != NULL)
		container_of(next, struct vta_task, t)->fence |= VTA_FENCE_AFTER;
	else if (task->fence != 0)
		c->fence_left = true;
	STAILQ_REMOVE(&c->held, &task->t, rte_vtaccel_task, next);
	c->nb_held--;
}

/* End a held task. False: it is not held. */
bool
vta_fence_end(struct vta_poller *p, struct vta_client *c, uint32_t qp_seq, int status)
{
	struct vta_task *task = vta_fifo_find(&c->held, qp_seq);

	if (task == NULL)
		return false;
	take_off(c, task);
	vta_task_end(p, task, status);
	return true;
}

/* The client ends: what is held does too. */
void
vta_fence_stop(struct vta_poller *p, struct vta_client *c)
{
	struct vta_task *task;

	while ((task = first_held(c)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->held, next);
		c->nb_held--;
		vta_task_end(p, task, -ECANCELED);
	}
	vta_time_leave(c);
	c->fenced = false;
}
