/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Going on with the next appliance of the same region, when the one before has left or died.
 *
 * Any thread that meets the new epoch in the header attaches for all of them, and asks again for what the
 * device had: procedures and vaccels, with the same numbers, and buffers of accelerators. d->epoch is stored
 * last. Each queue pair follows by its own thread when nothing is in flight any more: what was completed is still
 * read from its ring, then the rest is ended, then it takes up the new queue and number. Until then
 * the appliance completes nothing on it, and it enqueues nothing, since `active` is not what it knows.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_atomic.h>

#include "vtclient_private.h"

struct vtclient_kept {
	struct rte_vtregion_ctrl_req req; /* that made it */
	uint32_t id;                      /* its number */
};

static int
keep(struct vtclient *d, const struct rte_vtregion_ctrl_req *req, uint32_t id)
{
	if (d->nb_kept == d->max_kept) {
		const uint32_t max = d->max_kept != 0 ? 2 * d->max_kept : 16;
		struct vtclient_kept *kept = realloc(d->kept, max * sizeof(*kept));

		if (kept == NULL)
			return -ENOMEM;
		d->kept = kept;
		d->max_kept = max;
	}
	d->kept[d->nb_kept].req = *req;
	d->kept[d->nb_kept++].id = id;
	return 0;
}

/* Whether a request is the end of what is kept. */
static bool
ends(const struct rte_vtregion_ctrl_req *req, const struct vtclient_kept *k)
{
	switch (req->op) {
	case RTE_VTREGION_CTRL_VACCEL_RELEASE:
		return k->req.op == RTE_VTREGION_CTRL_VACCEL_ACQUIRE && k->id == req->id;
	case RTE_VTREGION_CTRL_PROC_PUT:
		return k->req.op == RTE_VTREGION_CTRL_PROC_GET && k->id == req->id;
	case RTE_VTREGION_CTRL_BUF_DEL:
		return k->req.op == RTE_VTREGION_CTRL_BUF_ADD &&
			k->req.buf.offset == req->buf.offset;
	default:
		return false;
	}
}

static void
forget(struct vtclient *d, const struct rte_vtregion_ctrl_req *req)
{
	uint32_t i;

	for (i = 0; i < d->nb_kept; i++) {
		if (!ends(req, &d->kept[i]))
			continue;
		/* Their order stays: a vaccel may need a procedure. */
		memmove(&d->kept[i], &d->kept[i + 1], (--d->nb_kept - i) * sizeof(d->kept[0]));
		return;
	}
}

bool
vtclient_superseded(const struct vtclient *d)
{
	/* Pairs with the release of the new appliance: all else is as it made it. */
	return !vtclient_memory_lost(d) &&
		__atomic_load_n(&d->hdr->state, __ATOMIC_ACQUIRE) == RTE_VTREGION_OPEN &&
		__atomic_load_n(&d->hdr->epoch, __ATOMIC_RELAXED) !=
			__atomic_load_n(&d->hdr_epoch, __ATOMIC_RELAXED) &&
		__atomic_load_n(&d->hdr->uid, __ATOMIC_RELAXED) == d->uid &&
		/* With its broker went the number: the slot may be another's, and nobody looks for us there. */
		!vtclient_socket_ended(d);
}

/* Ask for everything again, with its number. */
static int
replay(struct vtclient *d)
{
	struct rte_vtregion_ctrl_rep rep;
	uint32_t i;
	int ret;

	for (i = 0; i < d->nb_kept; i++) {
		struct rte_vtregion_ctrl_req req = d->kept[i].req;

		if (req.op == RTE_VTREGION_CTRL_VACCEL_ACQUIRE)
			req.vaccel.want = d->kept[i].id + 1;
		ret = vtclient_ctrl(d, &req, &rep);
		if (ret == 0 && req.op != RTE_VTREGION_CTRL_BUF_ADD && rep.id != d->kept[i].id)
			ret = -EXDEV;
		if (ret != 0) {
			VTCLIENT_LOG(ERR, "client %u: the new appliance does not give request %u '%s'"
				" again, or not as number %u: %s", d->slot_id + 1, req.op, req.name,
				d->kept[i].id, strerror(-ret));
			return ret;
		}
	}
	return 0;
}

/* With ctrl_lock held. */
static int
resume(struct vtclient *d)
{
	int ret;

	if (!vtclient_superseded(d))
		return -ENODEV;
	__atomic_store_n(&d->attached, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&d->hdr_epoch, __atomic_load_n(&d->hdr->epoch, __ATOMIC_RELAXED),
		__ATOMIC_RELAXED);
	pthread_mutex_lock(&d->life_lock);
	d->beat_valid = false;
	pthread_mutex_unlock(&d->life_lock);
	__atomic_store_n(&d->gone, 0, __ATOMIC_RELAXED);
	ret = vtclient_slot_attach(d, true);
	if (ret == 0)
		ret = replay(d);
	if (ret != 0) {
		VTCLIENT_LOG(ERR, "client %u: cannot go on with the new appliance: %s", d->slot_id + 1,
			strerror(-ret));
		__atomic_store_n(&d->gone, 1, __ATOMIC_RELAXED);
		return ret;
	}
	VTCLIENT_LOG(NOTICE, "client %u: goes on with a new appliance", d->slot_id + 1);
	__atomic_fetch_add(&d->resumes, 1, __ATOMIC_RELAXED);
	/* Pairs with the acquire of the queue pairs' threads. */
	__atomic_store_n(&d->epoch, d->slot_epoch, __ATOMIC_RELEASE);
	return 0;
}

int
vtclient_ask(struct vtclient *d, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep)
{
	int ret;

	pthread_mutex_lock(&d->ctrl_lock);
	ret = vtclient_ctrl(d, req, rep);
	/* What it did for an appliance before is of no more account. */
	if ((ret == -ENODEV || ret == -ENOTCONN) && resume(d) == 0)
		ret = vtclient_ctrl(d, req, rep);
	if (ret == 0) {
		switch (req->op) {
		case RTE_VTREGION_CTRL_VACCEL_ACQUIRE:
		case RTE_VTREGION_CTRL_PROC_GET:
		case RTE_VTREGION_CTRL_BUF_ADD:
			ret = keep(d, req, rep->id);
			break;
		default:
			forget(d, req);
			break;
		}
	}
	pthread_mutex_unlock(&d->ctrl_lock);
	return ret;
}

bool
vtclient_lost(struct vtclient_qp *qp)
{
	/* Acquire: what was completed before that is visible. */
	return __atomic_load_n(&qp->dev->epoch, __ATOMIC_ACQUIRE) != qp->active ||
		vtclient_gone(qp->dev);
}

bool
vtclient_revive(struct vtclient_qp *qp)
{
	struct vtclient *d = qp->dev;
	bool works;

	if (__atomic_load_n(&d->epoch, __ATOMIC_RELAXED) == qp->active && !vtclient_superseded(d))
		return false;
	pthread_mutex_lock(&d->ctrl_lock);
	works = vtclient_superseded(d) ? resume(d) == 0 :
		__atomic_load_n(&d->epoch, __ATOMIC_RELAXED) != qp->active;
	if (works && vtclient_qp_bind(qp) == 0)
		qp->q.win.next_seq = qp->q.win.oldest = d->next_seq[qp->q.id];
	else
		works = false;
	pthread_mutex_unlock(&d->ctrl_lock);
	return works;
}
