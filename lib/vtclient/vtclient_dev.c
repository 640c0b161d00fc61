/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* A client's life, and its queue pairs. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_string_fns.h>

#include <rte_vtregion_ready.h>
#include <rte_vtregion_sigbus.h>

#include "vtclient_private.h"

RTE_LOG_REGISTER(vtclient_logtype, lib.vinetalk.client, NOTICE);

/*
 * With others, producers use rte_ring's own functions, which believe size and mask of a header that anybody may
 * change, and wait for each other.
 */
static int
check_sync(const struct vtclient *d, bool unsafe)
{
	const struct rte_vtregion_conf *conf = &d->geom.conf;

	if (conf->layout == RTE_VTREGION_THREAD || conf->sync == RTE_VTREGION_SYNC_RTS || unsafe)
		return 0;
	VTCLIENT_LOG(ERR, "%s: its request rings have synchronisation %u, not %u (rts): such a region is believed"
		" what it says; for measurements it can be had with unsafe-sync=1", d->where, conf->sync,
		RTE_VTREGION_SYNC_RTS);
	return -EPERM;
}

static int
check_region(struct vtclient *d, bool unsafe)
{
	int ret = rte_vtregion_validate(d->link.base, d->link.size, &d->geom);

	if (ret != 0) {
		VTCLIENT_LOG(ERR, "%s: what it hands out is no region that this library can use: %s",
			d->where, strerror(-ret));
		return ret;
	}
	ret = check_sync(d, unsafe);
	if (ret != 0)
		return ret;
	d->hdr = rte_vtregion_hdr(d->link.base);
	d->uid = __atomic_load_n(&d->hdr->uid, __ATOMIC_RELAXED);
	d->hdr_epoch = __atomic_load_n(&d->hdr->epoch, __ATOMIC_RELAXED);
	d->next_seq = calloc(d->geom.conf.qps_per_client, sizeof(*d->next_seq));
	return d->next_seq == NULL ? -ENOMEM : 0;
}

static void
locks_init(struct vtclient *d)
{
	pthread_condattr_t attr;
	unsigned int i;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	for (i = 0; i < RTE_DIM(d->vectors); i++) {
		pthread_mutex_init(&d->vectors[i].lock, NULL);
		pthread_cond_init(&d->vectors[i].woken, &attr);
	}
	pthread_mutex_init(&d->ctrl_lock, NULL);
	pthread_mutex_init(&d->life_lock, NULL);
	pthread_cond_init(&d->life_cond, &attr);
	pthread_condattr_destroy(&attr);
}

static void
destroy(struct vtclient *d)
{
	unsigned int i;

	vtclient_slot_leave(d);
	vtclient_life_end(d);
	for (i = 0; i < RTE_DIM(d->vectors); i++) {
		pthread_cond_destroy(&d->vectors[i].woken);
		pthread_mutex_destroy(&d->vectors[i].lock);
	}
	pthread_cond_destroy(&d->life_cond);
	pthread_mutex_destroy(&d->life_lock);
	pthread_mutex_destroy(&d->ctrl_lock);
	rte_vtregion_sigbus_unwatch(&d->lost);
	free(d->kept);
	free(d->next_seq);
	free(d);
}

int
rte_vtclient_attach(struct rte_vinetalk_dev *dev, const struct rte_vtclient_link *link,
		const struct rte_vtclient_conf *conf)
{
	struct vtclient *d = calloc(1, sizeof(*d));
	int ret;

	if (d == NULL)
		return -ENOMEM;
	d->link = *link;
	d->spin_us = conf->spin_us;
	d->light_sleep = conf->umwait != 0 ? rte_vtclient_light_sleep : NULL;
	rte_strscpy(d->where, link->where, sizeof(d->where));
	d->link.where = d->where;
	d->wanted_qps = conf->nb_qps;
	rte_strscpy(d->name, conf->name, sizeof(d->name));
	locks_init(d);
	ret = vtclient_bells_check(d);
	if (ret == 0 && conf->sigbus != 0)
		ret = rte_vtregion_sigbus_watch(link->base, link->size, &d->lost);
	if (ret == 0)
		ret = check_region(d, conf->unsafe_sync != 0);
	if (ret == 0)
		ret = vtclient_slot_own(d);
	if (ret == 0)
		ret = vtclient_life_start(d);
	if (ret == 0)
		ret = vtclient_slot_attach(d, false);
	if (ret != 0) {
		destroy(d);
		return ret;
	}
	dev->priv = d;
	dev->base = link->base;
	dev->arena = RTE_PTR_ADD(link->base, rte_vtregion_arena(&d->geom, d->slot_id));
	dev->arena_size = d->geom.arena_size;
	dev->capabilities = RTE_VINETALK_CAPA_DATA_PATH | RTE_VINETALK_CAPA_REMOTE |
		RTE_VINETALK_CAPA_EXCLUSIVE | (link->nb_own != 0 ? RTE_VINETALK_CAPA_EVENTS : 0);
	dev->max_qps = (uint16_t)RTE_MIN(d->nb_qps, (uint32_t)RTE_VINETALK_MAX_QPS);
	dev->min_depth = 1;
	dev->max_depth = d->geom.conf.cq_depth - 1;
	dev->vm_id = d->slot_id + 1;
	return 0;
}

void
rte_vtclient_detach(struct rte_vinetalk_dev *dev)
{
	destroy(dev->priv);
	dev->priv = NULL;
}

int
vtclient_qp_bind(struct vtclient_qp *qp)
{
	struct vtclient *d = qp->dev;
	const uint32_t index = qp->q.win.qp;
	const bool own = d->geom.conf.layout == RTE_VTREGION_THREAD;
	const uint32_t rq = own ? index : d->rq;
	struct rte_vtregion_rq *line = rte_vtregion_rq(d->link.base, &d->geom, rq);
	const uint32_t gen = __atomic_load_n(&line->gen, __ATOMIC_ACQUIRE) & ~RTE_VTREGION_GEN_CLOSED;
	struct rte_ring *ring = rte_vtregion_rq_ring(d->link.base, &d->geom, rq,
		gen % d->geom.nb_instances);
	struct rte_ring *cq = rte_vtregion_cq_ring(d->link.base, &d->geom, index);
	int ret;

	ret = rte_vtregion_ring_validate(ring, d->geom.conf.rq_depth, d->geom.conf.sync);
	if (ret == 0)
		ret = rte_vtregion_ring_validate(cq, d->geom.conf.cq_depth, RTE_VTREGION_SYNC_ST);
	if (ret != 0) {
		VTCLIENT_LOG(ERR, "%s: queue pair %u: a ring's header is not what the geometry says",
			d->where, index);
		return ret;
	}
	qp->rq_line = line;
	qp->poller_line = rte_vtregion_poller(d->link.base, &d->geom, d->poller);
	qp->qp_line = rte_vtregion_qp(d->link.base, &d->geom, index);
	qp->gen = gen;
	qp->rq = ring;
	qp->cq = cq;
	qp->queue = rq;
	if (own) {
		qp->summaries = rte_vtregion_ready_summaries(d->link.base, &d->geom, d->poller);
		qp->leaves = rte_vtregion_ready_leaves(d->link.base, &d->geom, d->poller);
	}
	qp->rq_mask = d->geom.conf.rq_depth - 1;
	qp->cq_mask = d->geom.conf.cq_depth - 1;
	/* Where one before it of this number has left them. */
	qp->head = own ? __atomic_load_n(&ring->prod.tail, __ATOMIC_RELAXED) : 0;
	qp->cq_head = __atomic_load_n(&cq->cons.tail, __ATOMIC_RELAXED);
	qp->active = __atomic_load_n(&d->epoch, __ATOMIC_RELAXED);
	return 0;
}

struct rte_vinetalk_qp *
rte_vtclient_qp_setup(struct rte_vinetalk_dev *dev, uint16_t qp_id,
		const struct rte_vinetalk_qp_conf *conf)
{
	struct vtclient *d = dev->priv;
	struct vtclient_qp *qp;
	int ret;

	RTE_SET_USED(conf);
	qp = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_CACHE_LINE_ROUNDUP(sizeof(*qp)));
	if (qp == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	memset(qp, 0, sizeof(*qp));
	qp->dev = d;
	qp->q.win.qp = (uint16_t)(d->slot_id * d->geom.conf.qps_per_client + qp_id);
	qp->sync = d->geom.conf.sync;
	qp->vector = RTE_VTREGION_VECTOR_DATA;
	if (d->geom.conf.nb_vectors > RTE_VTREGION_VECTOR_DATA)
		qp->vector += qp_id % (d->geom.conf.nb_vectors - RTE_VTREGION_VECTOR_DATA);
	qp->event_fd = -1;
	pthread_mutex_lock(&d->ctrl_lock);
	ret = vtclient_qp_bind(qp);
	qp->q.win.next_seq = qp->q.win.oldest = d->next_seq[qp_id];
	pthread_mutex_unlock(&d->ctrl_lock);
	if (ret != 0) {
		free(qp);
		rte_errno = -ret;
		return NULL;
	}
	return &qp->q;
}

void
rte_vtclient_qp_release(struct rte_vinetalk_dev *dev, struct rte_vinetalk_qp *q)
{
	struct vtclient *d = dev->priv;

	/* The appliance counts on: so does the next one of this number. */
	pthread_mutex_lock(&d->ctrl_lock);
	if (((struct vtclient_qp *)q)->active == d->epoch)
		d->next_seq[q->id] = q->win.next_seq;
	pthread_mutex_unlock(&d->ctrl_lock);
	if (((struct vtclient_qp *)q)->event_fd >= 0)
		close(((struct vtclient_qp *)q)->event_fd);
	free(q);
}
