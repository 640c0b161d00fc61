/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The control mailbox of a client: one request, one answer, in the control thread.
 *
 * The client stores req and then req_seq (release); here req_seq is loaded (acquire) and req
 * copied once. The answer goes the same way back: rep, then rep_seq.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_string_fns.h>

#include "vta_private.h"

static void
answer(struct vta_client *c, const struct rte_vtregion_ctrl_rep *rep)
{
	struct rte_vtregion_slot *slot = vta_client_slot(c);

	slot->rep = *rep;
	/* Pairs with the acquire in the client's wait for the answer. */
	__atomic_store_n(&slot->rep_seq, c->req_seq, __ATOMIC_RELEASE);
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (c->peer_left || __atomic_exchange_n(&slot->parked[RTE_VTREGION_VECTOR_CTRL], 0,
			__ATOMIC_RELAXED) == 0)
		return;
	vta_client_ring(&c->dom->app->ringer, c, RTE_VTREGION_VECTOR_CTRL);
	vta_ringer_flush(&c->dom->app->ringer);
}

static struct vta_accel *
accel_at(struct vta_client *c, uint32_t index)
{
	struct rte_vtappliance *app = c->dom->app;

	return index < app->nb_accels ? &app->accels[index] : NULL;
}

static int
accel_info(struct vta_client *c, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep)
{
	struct vta_accel *a = accel_at(c, req->id);

	rep->count = c->dom->app->nb_accels;
	if (a == NULL)
		return -ENOENT;
	rep->id = req->id;
	rep->type = a->dev->ops->type;
	rep->state = RTE_VINETALK_ACCEL_FAILED;
	if (!vta_accel_has_failed(a))
		rep->state = VTA_READ(a->engine_in_flight) + VTA_READ(a->stats.queued) != 0 ?
			RTE_VINETALK_ACCEL_BUSY : RTE_VINETALK_ACCEL_IDLE;
	rep->word[0] = VTA_READ(a->users) & ~VTA_EXCLUSIVE;
	rep->word[1] = a->exclusive != NULL;
	rte_strscpy(rep->name, a->dev->name, sizeof(rep->name));
	rte_vtaccel_location(a->dev, rep->location, sizeof(rep->location));
	return 0;
}

static int
accel_stats(struct vta_client *c, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep)
{
	struct vta_accel *a = accel_at(c, req->id);

	if (a == NULL)
		return -ENOENT;
	rep->word[0] = VTA_READ(a->stats.tasks);
	rep->word[1] = VTA_READ(a->stats.errors);
	rep->word[2] = VTA_READ(a->stats.bytes);
	rep->word[3] = VTA_READ(a->stats.busy_ns);
	rep->word[4] = VTA_READ(a->stats.copied);
	rep->word[5] = VTA_READ(a->stats.queued);
	return 0;
}

void
vta_ctrl_vaccel_stopped(struct vta_client *c, struct vta_msg *msg)
{
	struct rte_vtregion_ctrl_rep rep = { .status = msg->status };

	if (msg->status == 0)
		vta_vaccel_free(msg->va);
	c->ctrl_pending = false;
	answer(c, &rep);
}

/* Returns -EINPROGRESS: the answer follows. */
static int
vaccel_release(struct vta_client *c, const struct rte_vtregion_ctrl_req *req)
{
	struct vta_vaccel *va = NULL;

	if (req->id < VTA_MAX_VACCELS)
		va = __atomic_load_n(&c->vaccels[req->id], __ATOMIC_ACQUIRE);
	if (va == NULL)
		return -ENODEV;
	c->ctrl_msg = (struct vta_msg){ .client = c, .va = va };
	c->ctrl_msg.item.kind = VTA_VACCEL_STOP;
	c->ctrl_pending = true;
	vta_control_send(c->dom->app, c->owner, &c->ctrl_msg.item);
	return -EINPROGRESS;
}

void
vta_ctrl_task_canceled(struct vta_client *c, struct vta_msg *msg)
{
	struct rte_vtregion_ctrl_rep rep = { .status = msg->status };

	c->ctrl_pending = false;
	answer(c, &rep);
}

static int
proc_info(struct vta_client *c, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep)
{
	const struct rte_vtappliance *app = c->dom->app;

	rep->count = app->nb_procs;
	if (req->id >= app->nb_procs)
		return -ENOENT;
	rep->type = app->procs[req->id].type;
	rte_strscpy(rep->name, app->procs[req->id].name, sizeof(rep->name));
	return 0;
}

static int
proc_get(struct vta_client *c, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep)
{
	const struct rte_vtappliance *app = c->dom->app;
	uint32_t i;

	if (req->type >= RTE_VINETALK_ACCEL_TYPES)
		return -EINVAL;
	for (i = 0; i < app->nb_procs; i++) {
		if (strcmp(app->procs[i].name, req->name) != 0 ||
				(req->type != RTE_VINETALK_ACCEL_ANY &&
				req->type != app->procs[i].type))
			continue;
		if (c->proc_refs[i] == UINT16_MAX)
			return -ENOSPC;
		c->proc_refs[i]++;
		__atomic_fetch_or(&c->procs[i / 64], UINT64_C(1) << (i % 64), __ATOMIC_RELAXED);
		rep->id = i;
		rep->type = app->procs[i].type;
		return 0;
	}
	return -ENOENT;
}

static int
proc_put(struct vta_client *c, const struct rte_vtregion_ctrl_req *req)
{
	if (req->id >= c->dom->app->nb_procs || c->proc_refs[req->id] == 0)
		return -ENOENT;
	if (--c->proc_refs[req->id] == 0)
		__atomic_fetch_and(&c->procs[req->id / 64],
			~(UINT64_C(1) << (req->id % 64)), __ATOMIC_RELAXED);
	return 0;
}

static int
dispatch(struct vta_client *c, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep)
{
	if (req->op == RTE_VTREGION_CTRL_ATTACH)
		return vta_client_attach(c, req);
	if (c->state != VTA_CLIENT_ATTACHED)
		return -ENOTCONN;
	switch (req->op) {
	case RTE_VTREGION_CTRL_DETACH:
		c->wants_free = true;
		vta_client_detach(c, 0);
		return -EINPROGRESS;
	case RTE_VTREGION_CTRL_ACCEL_INFO:
		return accel_info(c, req, rep);
	case RTE_VTREGION_CTRL_ACCEL_STATS:
		return accel_stats(c, req, rep);
	case RTE_VTREGION_CTRL_VACCEL_ACQUIRE:
		return vta_vaccel_acquire(c, req, rep);
	case RTE_VTREGION_CTRL_VACCEL_RELEASE:
		return vaccel_release(c, req);
	case RTE_VTREGION_CTRL_PROC_INFO:
		return proc_info(c, req, rep);
	case RTE_VTREGION_CTRL_PROC_GET:
		return proc_get(c, req, rep);
	case RTE_VTREGION_CTRL_PROC_PUT:
		return proc_put(c, req);
	case RTE_VTREGION_CTRL_TASK_CANCEL:
		return vta_cancel_ask(c, req);
	case RTE_VTREGION_CTRL_BUF_ADD:
		return vta_buf_add(c, req, rep);
	case RTE_VTREGION_CTRL_BUF_DEL:
		return vta_buf_del(c, req);
	default:
		return -EOPNOTSUPP;
	}
}

void
vta_ctrl_answer_detach(struct vta_client *c)
{
	struct rte_vtregion_ctrl_rep rep = { .status = 0 };

	answer(c, &rep);
}

/* How many of a request's words the operation takes. */
static uint32_t
own_words(uint32_t op)
{
	switch (op) {
	case RTE_VTREGION_CTRL_VACCEL_ACQUIRE:
		return offsetof(struct rte_vtregion_ctrl_vaccel, reserved) / sizeof(uint32_t);
	case RTE_VTREGION_CTRL_BUF_ADD:
		return offsetof(struct rte_vtregion_ctrl_buf, reserved) / sizeof(uint32_t);
	case RTE_VTREGION_CTRL_BUF_DEL:
		return offsetof(struct rte_vtregion_ctrl_buf, len) / sizeof(uint32_t);
	default:
		return 0;
	}
}

bool
vta_ctrl_turn(struct vta_client *c)
{
	struct rte_vtregion_slot *slot = vta_client_slot(c);
	struct rte_vtregion_ctrl_req req;
	struct rte_vtregion_ctrl_rep rep;
	uint32_t seq, last, i;
	int ret;

	if (c->ctrl_pending || c->state == VTA_CLIENT_NONE || c->state == VTA_CLIENT_STOPPING)
		return false;
	/* The last that is left to do for a domain that goes is to free it: who asks now would be in the way. */
	if (c->dom->queues_asked)
		return false;
	/* Pairs with the client's release behind its request. */
	seq = __atomic_load_n(&slot->req_seq, __ATOMIC_ACQUIRE);
	if (seq == c->req_seq)
		return false;
	memcpy(&req, &slot->req, sizeof(req));
	rte_compiler_barrier(); /* from here on the copy is looked at */
	req.name[sizeof(req.name) - 1] = '\0';
	memset(&rep, 0, sizeof(rep));
	ret = 0;
	last = c->req_seq;
	c->req_seq = seq;
	for (i = own_words(req.op); i < RTE_DIM(req.words); i++)
		if (req.words[i] != 0)
			ret = -EINVAL;
	if (ret == 0)
		ret = dispatch(c, &req, &rep);
	if (ret == -EINPROGRESS)
		return true;
	if (ret == -EAGAIN) {
		/* An attach that has to wait is found again. */
		c->req_seq = last;
		return true;
	}
	rep.status = ret;
	answer(c, &rep);
	return true;
}

/* Look at all mailboxes: somebody rang and it is not known who, or who asked had to wait. */
void
vta_ctrl_turn_all(struct vta_domain *dom)
{
	uint32_t i;

	for (i = 0; i < dom->geom.conf.nb_clients; i++)
		vta_ctrl_turn(&dom->clients[i]);
}
