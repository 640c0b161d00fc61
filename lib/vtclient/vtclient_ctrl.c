/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Requests to the appliance's control plane, through the mailbox in our slot: one at a time. */

#include <errno.h>
#include <poll.h>
#include <string.h>

#include <rte_atomic.h>
#include <rte_string_fns.h>

#include "vtclient_private.h"

#define TIMEOUT_MS 5000
#define MAX_ERRNO 4095
#define SLEEP_MS 20
#define BLIND_SLEEP_MS 1 /* nobody can wake us */

int
vtclient_ctrl(struct vtclient *d, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep)
{
	const uint64_t deadline = vtclient_now_us() + TIMEOUT_MS * 1000;
	struct rte_vtregion_slot *slot = d->slot;
	const uint32_t seq = ++d->ctrl_seq;

	slot->req = *req;
	/* Pairs with the acquire of the appliance: the request stands when it sees the number. */
	__atomic_store_n(&slot->req_seq, seq, __ATOMIC_RELEASE);
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	vtclient_ring(d, RTE_VTREGION_VECTOR_CTRL);
	for (;;) {
		struct pollfd pfd = { .fd = -1, .events = POLLIN };

		__atomic_store_n(&slot->parked[RTE_VTREGION_VECTOR_CTRL], 1, __ATOMIC_RELAXED);
		rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
		/* Pairs with the release of the appliance behind its answer. */
		if (__atomic_load_n(&slot->rep_seq, __ATOMIC_ACQUIRE) == seq)
			break;
		if (vtclient_gone(d))
			return -ENODEV;
		if (vtclient_now_us() > deadline) {
			VTCLIENT_LOG(ERR, "client %u: no answer to request %u within %u ms",
				d->slot_id + 1, req->op, TIMEOUT_MS);
			return -ETIMEDOUT;
		}
		if (d->link.nb_own > RTE_VTREGION_VECTOR_CTRL)
			pfd.fd = d->link.own[RTE_VTREGION_VECTOR_CTRL];
		if (poll(&pfd, 1, pfd.fd >= 0 ? SLEEP_MS : BLIND_SLEEP_MS) > 0)
			vtclient_doorbell_drain(pfd.fd);
	}
	memcpy(rep, &slot->rep, sizeof(*rep));
	rep->name[sizeof(rep->name) - 1] = '\0';
	rep->location[sizeof(rep->location) - 1] = '\0';
	return rep->status > 0 || rep->status < -MAX_ERRNO ? -EPROTO : rep->status;
}

int
rte_vtclient_accel_info(struct rte_vinetalk_dev *dev, uint16_t index, struct rte_vinetalk_accel_info *info)
{
	const struct rte_vtregion_ctrl_req req = {
		.op = RTE_VTREGION_CTRL_ACCEL_INFO,
		.id = index,
	};
	struct rte_vtregion_ctrl_rep rep;
	int ret = vtclient_ask(dev->priv, &req, &rep);

	if (ret != 0)
		return ret;
	if (rep.type >= RTE_VINETALK_ACCEL_TYPES || rep.state > RTE_VINETALK_ACCEL_FAILED)
		return -EPROTO;
	memset(info, 0, sizeof(*info));
	info->id = index;
	info->type = (enum rte_vinetalk_accel_type)rep.type;
	info->state = (enum rte_vinetalk_accel_state)rep.state;
	info->nb_vaccels = (uint32_t)rep.word[0];
	info->exclusive = rep.word[1] != 0;
	rte_strscpy(info->name, rep.name, sizeof(info->name));
	rte_strscpy(info->location, rep.location, sizeof(info->location));
	return 0;
}

int
rte_vtclient_accel_stats(struct rte_vinetalk_dev *dev, uint16_t index,
		struct rte_vinetalk_accel_stats *stats)
{
	const struct rte_vtregion_ctrl_req req = {
		.op = RTE_VTREGION_CTRL_ACCEL_STATS,
		.id = index,
	};
	struct rte_vtregion_ctrl_rep rep;
	int ret = vtclient_ask(dev->priv, &req, &rep);

	if (ret != 0)
		return ret;
	stats->tasks = rep.word[0];
	stats->errors = rep.word[1];
	stats->bytes = rep.word[2];
	stats->busy_ns = rep.word[3];
	stats->copied = rep.word[4];
	stats->queued = rep.word[5];
	return 0;
}

static uint32_t
id_or_any(uint16_t id)
{
	return id == RTE_VINETALK_ID_ANY ? RTE_VTREGION_CTRL_ANY : id;
}

int
rte_vtclient_vaccel_acquire(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_vaccel_conf *conf,
		uint16_t *vaccel)
{
	const struct rte_vtregion_ctrl_req req = {
		.op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE,
		.id = id_or_any(conf->accel),
		.type = conf->type,
		.proc = id_or_any(conf->proc),
		.flags = conf->flags,
		.vaccel = {
			.weight = conf->weight,
			.priority = conf->priority,
			.max_tasks = conf->max_tasks,
			.timeout_us = conf->timeout_us,
			.rate_bytes = conf->rate_bytes,
			.rate_tasks = conf->rate_tasks,
			.max_sessions = conf->max_sessions,
		},
	};
	struct rte_vtregion_ctrl_rep rep;
	int ret = vtclient_ask(dev->priv, &req, &rep);

	if (ret == 0)
		*vaccel = (uint16_t)rep.id;
	return ret;
}

int
rte_vtclient_vaccel_release(struct rte_vinetalk_dev *dev, uint16_t vaccel)
{
	const struct rte_vtregion_ctrl_req req = {
		.op = RTE_VTREGION_CTRL_VACCEL_RELEASE,
		.id = vaccel,
	};
	struct rte_vtregion_ctrl_rep rep;

	return vtclient_ask(dev->priv, &req, &rep);
}

int
rte_vtclient_proc_info(struct rte_vinetalk_dev *dev, uint16_t index, struct rte_vinetalk_proc_info *info)
{
	const struct rte_vtregion_ctrl_req req = {
		.op = RTE_VTREGION_CTRL_PROC_INFO,
		.id = index,
	};
	struct rte_vtregion_ctrl_rep rep;
	int ret = vtclient_ask(dev->priv, &req, &rep);

	if (ret != 0)
		return ret;
	if (rep.type >= RTE_VINETALK_ACCEL_TYPES)
		return -EPROTO;
	info->index = index;
	info->type = (enum rte_vinetalk_accel_type)rep.type;
	rte_strscpy(info->name, rep.name, sizeof(info->name));
	return 0;
}

int
rte_vtclient_proc_get(struct rte_vinetalk_dev *dev, const char *name, enum rte_vinetalk_accel_type type,
		uint16_t *proc)
{
	struct rte_vtregion_ctrl_req req = {
		.op = RTE_VTREGION_CTRL_PROC_GET,
		.type = type,
	};
	struct rte_vtregion_ctrl_rep rep;
	int ret;

	if (rte_strscpy(req.name, name, sizeof(req.name)) < 0)
		return -ENAMETOOLONG;
	ret = vtclient_ask(dev->priv, &req, &rep);
	if (ret == 0)
		*proc = (uint16_t)rep.id;
	return ret;
}

int
rte_vtclient_proc_put(struct rte_vinetalk_dev *dev, uint16_t proc)
{
	const struct rte_vtregion_ctrl_req req = {
		.op = RTE_VTREGION_CTRL_PROC_PUT,
		.id = proc,
	};
	struct rte_vtregion_ctrl_rep rep;

	return vtclient_ask(dev->priv, &req, &rep);
}

int
rte_vtclient_task_cancel(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_task *task)
{
	const struct rte_vtregion_ctrl_req req = {
		.op = RTE_VTREGION_CTRL_TASK_CANCEL,
		.id = task->qp_seq,
		.arg = task->vaccel,
	};
	struct rte_vtregion_ctrl_rep rep;

	return vtclient_ask(dev->priv, &req, &rep);
}

int
rte_vtclient_buf_add(struct rte_vinetalk_dev *dev, uint64_t offset, uint64_t len,
		enum rte_vinetalk_placement placement)
{
	const struct rte_vtregion_ctrl_req req = {
		.op = RTE_VTREGION_CTRL_BUF_ADD,
		.id = RTE_VTREGION_CTRL_ANY,
		.arg = placement == RTE_VINETALK_PLACE_BOTH ? RTE_VTREGION_BUF_BOTH :
			RTE_VTREGION_BUF_ACCEL,
		.buf = { .offset = offset, .len = len },
	};
	struct rte_vtregion_ctrl_rep rep;

	return vtclient_ask(dev->priv, &req, &rep);
}

int
rte_vtclient_buf_del(struct rte_vinetalk_dev *dev, uint64_t offset)
{
	const struct rte_vtregion_ctrl_req req = {
		.op = RTE_VTREGION_CTRL_BUF_DEL,
		.buf.offset = offset,
	};
	struct rte_vtregion_ctrl_rep rep;

	return vtclient_ask(dev->priv, &req, &rep);
}
