/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Cancelling a task: a message goes where the task may be, behind the task itself.
 *
 *     control --> owner: does it wait? --> home of its vaccel: does it wait there?
 *        ^                 |                       |
 *        +-----------------+<----------------------+
 *
 * It comes back by the owner, behind the task's end, so that it is in the control thread's hands before
 * anything is that ends the client.
 */

#include <errno.h>

#include "vta_private.h"

/* Control: returns -EINPROGRESS, the answer follows. */
int
vta_cancel_ask(struct vta_client *c, const struct rte_vtregion_ctrl_req *req)
{
	if (req->type != 0 || req->flags != 0 || req->proc != 0)
		return -EINVAL;
	if (req->arg >= VTA_MAX_VACCELS)
		return -ENOENT;
	c->ctrl_msg = (struct vta_msg){ .client = c, .qp_seq = req->id,
		.vaccel = (uint16_t)req->arg };
	c->ctrl_msg.item.kind = VTA_TASK_CANCEL;
	c->ctrl_pending = true;
	vta_control_send(c->dom->app, c->owner, &c->ctrl_msg.item);
	return -EINPROGRESS;
}

static void
reply(struct vta_poller *p, struct vta_msg *msg, int status)
{
	msg->status = status;
	vta_tell(p, msg->client->owner, &msg->item, VTA_TASK_CANCELED);
}

static void
at_home(struct vta_poller *p, struct vta_msg *msg)
{
	struct vta_task *task = vta_fifo_find(&msg->lane->fifo, msg->qp_seq);

	if (task != NULL)
		vta_accel_drop(p, msg->lane, task, -ECANCELED);
	reply(p, msg, task != NULL ? 0 : -EALREADY);
}

static void
at_owner(struct vta_poller *p, struct vta_msg *msg)
{
	struct vta_client *c = msg->client;
	struct vta_qp *qp = vta_qp_of(p, c->dom, msg->qp_seq >> 16);
	struct vta_vaccel *va;

	/* The number is the client's: it may be of another one, or of a task that never was. */
	if (qp == NULL || qp->client != c || !vta_take_until(p, qp, (uint16_t)msg->qp_seq)) {
		reply(p, msg, -ENOENT);
		return;
	}
	if (vta_fence_end(p, c, msg->qp_seq, -ECANCELED)) {
		reply(p, msg, 0);
		return;
	}
	va = __atomic_load_n(&c->vaccels[msg->vaccel], __ATOMIC_ACQUIRE);
	if (vta_limit_end(p, c, va, msg->qp_seq, -ECANCELED)) {
		reply(p, msg, 0);
		return;
	}
	if (va == NULL) {
		reply(p, msg, -EALREADY);
		return;
	}
	if (vta_lane_end(p, va, msg->qp_seq, -ECANCELED)) {
		reply(p, msg, 0);
		return;
	}
	msg->lane = va->lane;
	vta_tell(p, msg->lane->accel->home, &msg->item, VTA_TASK_CANCEL);
}

void
vta_cancel(struct vta_poller *p, struct vta_msg *msg)
{
	if (msg->lane == NULL)
		at_owner(p, msg);
	else
		at_home(p, msg);
}
