/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The life of a client, in the control thread.
 *
 *     NONE --connects--> JOINED --CTRL_ATTACH--> ATTACHED
 *       ^                  ^                        | detach, death, violation
 *       |                  +--- asked to leave      v
 *       +--- socket ended -------------------- STOPPING (owner finishes its tasks)
 *       +--- socket ended --- QUARANTINE <----------+ detached, but may still run
 *
 * A slot and its arena are given to nobody else before the socket has ended. They are zeroed
 * here, never by a poller.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <rte_hash_crc.h>
#include <rte_malloc.h>
#include <rte_string_fns.h>

#include "vta_private.h"

struct rte_vtregion_slot *
vta_client_slot(const struct vta_client *c)
{
	return rte_vtregion_slot(c->dom->mem.base, &c->dom->geom, c->slot);
}

static void
slot_state(struct vta_client *c, uint32_t state)
{
	struct rte_vtregion_slot *slot = vta_client_slot(c);

	__atomic_store_n(&slot->state, state, __ATOMIC_RELEASE);
}

static void
qps_free(struct vta_client *c)
{
	uint32_t i;

	for (i = 0; i < c->nb_qps; i++) {
		rte_free(c->qps[i].tasks);
		free(c->qps[i].free);
	}
	free(c->qps);
	c->qps = NULL;
	c->nb_qps = 0;
}

static int
qp_init(struct vta_client *c, uint32_t i)
{
	struct vta_domain *dom = c->dom;
	const uint32_t depth = dom->geom.conf.cq_depth;
	struct vta_qp *qp = &c->qps[i];
	uint32_t j;

	qp->client = c;
	qp->index = c->slot * dom->geom.conf.qps_per_client + i;
	qp->vector = RTE_VTREGION_VECTOR_DATA;
	if (dom->geom.conf.nb_vectors > RTE_VTREGION_VECTOR_DATA)
		qp->vector += i % (dom->geom.conf.nb_vectors - RTE_VTREGION_VECTOR_DATA);
	qp->tasks = rte_zmalloc("vta_tasks", (size_t)(depth - 1) * sizeof(*qp->tasks),
		RTE_CACHE_LINE_SIZE);
	qp->free = malloc((size_t)(depth - 1) * sizeof(*qp->free));
	if (qp->tasks == NULL || qp->free == NULL)
		return -ENOMEM;
	for (j = 0; j < depth - 1; j++) {
		/* The first one to be taken is number 0. */
		qp->free[j] = &qp->tasks[depth - 2 - j];
		qp->tasks[j].qp = qp;
		vta_task_reset(&qp->tasks[j]);
	}
	qp->nb_free = depth - 1;
	rte_vtregion_cq_ring_init(dom->mem.base, &dom->geom, qp->index);
	rte_vtregion_prod_init(&qp->prod,
		rte_vtregion_cq_ring(dom->mem.base, &dom->geom, qp->index), depth, 0);
	qp->room = depth - 1;
	return 0;
}

static uint32_t
owner_of(const struct vta_client *c)
{
	uint32_t id = c->dom->id != 0 ? c->dom->id : c->slot + 1;

	return rte_hash_crc_4byte(id, 0) % c->dom->geom.conf.nb_pollers;
}

static void
attach_state_reset(struct vta_client *c)
{
	c->in_flight = 0;
	c->nb_closing = 0;
	c->stopping = c->violated = false;
	c->wants_free = false;
	c->stop = NULL;
	c->nb_stopped = 0;
	memset(c->procs, 0, sizeof(c->procs));
	memset(c->proc_refs, 0, sizeof(c->proc_refs));
	memset(&c->cnt, 0, sizeof(c->cnt));
}

int
vta_client_attach(struct vta_client *c, const struct rte_vtregion_ctrl_req *req)
{
	struct vta_domain *dom = c->dom;
	struct rte_vtregion_slot *slot = vta_client_slot(c);
	uint32_t nb = req->arg, i;
	int ret;

	if (c->state != VTA_CLIENT_JOINED)
		return c->state == VTA_CLIENT_ATTACHED ? -EBUSY : -EPERM;
	if (dom->app->draining || dom->removing || dom->failed)
		return -ESHUTDOWN;
	if (nb == 0 || nb > dom->geom.conf.qps_per_client) {
		VTA_LOG(ERR, "domain %s, client %u: %u queue pairs wanted, 1 to %u can be had",
			dom->name, c->slot + 1, nb, dom->geom.conf.qps_per_client);
		return nb == 0 ? -EINVAL : -ENOSPC;
	}
	attach_state_reset(c);
	c->qps = calloc(nb, sizeof(*c->qps));
	if (c->qps == NULL)
		return -ENOMEM;
	for (c->nb_qps = 0; c->nb_qps < nb; c->nb_qps++) {
		ret = qp_init(c, c->nb_qps);
		if (ret != 0) {
			c->nb_qps++;
			qps_free(c);
			return ret;
		}
	}
	rte_strscpy(c->name, req->name, sizeof(c->name));
	for (i = 0; c->name[i] != '\0'; i++)
		if (c->name[i] < ' ' || c->name[i] > '~')
			c->name[i] = '?'; /* it goes into the log and to telemetry */
	c->owner = &dom->app->pollers[owner_of(c)];
	c->attaches++;
	slot->epoch++;
	slot->reason = 0;
	slot->nb_qps = nb;
	slot->poller = c->owner->id;
	slot->rq = c->owner->id;
	slot->nb_vectors = c->peer->nb_vectors;
	slot->heartbeat_ms = 0;
	for (i = 0; i < nb; i++) {
		rte_vtregion_qp(dom->mem.base, &dom->geom, c->qps[i].index)->active = 1;
		/* Pairs with the acquire of the poller's intake. */
		__atomic_store_n(&dom->qps[c->qps[i].index], &c->qps[i], __ATOMIC_RELEASE);
	}
	c->state = VTA_CLIENT_ATTACHED;
	slot_state(c, RTE_VTREGION_SLOT_ATTACHED);
	dom->attached++;
	VTA_LOG(INFO, "domain %s, client %u (%s, pid %d): attached, %u queue pairs, poller %u",
		dom->name, c->slot + 1, c->name, c->pid, nb, c->owner->id);
	return 0;
}

void
vta_client_detach(struct vta_client *c, int reason)
{
	if (c->state != VTA_CLIENT_ATTACHED)
		return;
	c->state = VTA_CLIENT_STOPPING;
	c->reason = reason;
	vta_client_slot(c)->reason = reason;
	slot_state(c, RTE_VTREGION_SLOT_DETACHING);
	/* It may have died inside an enqueue; one who asks to leave is not in one. */
	if (!c->wants_free)
		vta_quiesce_begin(c);
	/* An unanswered release of a vaccel comes back first: the inbox keeps the order. */
	c->stop_msg = (struct vta_msg){ .client = c };
	c->stop_msg.item.kind = VTA_CLIENT_STOP;
	vta_control_send(c->dom->app, c->owner, &c->stop_msg.item);
}

/* Put the slot back as it was before anybody had it. */
static void
slot_wipe(struct vta_client *c)
{
	struct vta_domain *dom = c->dom;
	struct rte_vtregion_slot *slot = vta_client_slot(c);
	const uint32_t epoch = slot->epoch;
	const int32_t reason = slot->reason;
	uint32_t i;

	memset(RTE_PTR_ADD(dom->mem.base, c->arena_off), 0, c->arena_len);
	for (i = 0; i < dom->geom.conf.qps_per_client; i++)
		memset(rte_vtregion_qp(dom->mem.base, &dom->geom,
			c->slot * dom->geom.conf.qps_per_client + i), 0,
			sizeof(struct rte_vtregion_qp));
	memset(slot, 0, sizeof(*slot));
	/* The old owner may still look at these. */
	slot->epoch = epoch;
	slot->reason = reason;
	c->req_seq = 0;
}

static void
release_peer(struct vta_client *c)
{
	struct rte_vtivshmem_peer *peer = c->peer;

	slot_wipe(c);
	c->peer = NULL;
	c->peer_left = false;
	c->state = VTA_CLIENT_NONE;
	slot_state(c, RTE_VTREGION_SLOT_FREE);
	rte_vtivshmem_peer_release(c->dom->server, peer);
}

void
vta_client_stopped(struct vta_client *c)
{
	struct vta_domain *dom = c->dom;
	unsigned int i;

	for (i = 0; i < c->nb_stopped; i++)
		vta_vaccel_free(c->stopped[i]);
	c->nb_stopped = 0;
	for (i = 0; i < c->nb_qps; i++)
		rte_vtregion_qp(dom->mem.base, &dom->geom, c->qps[i].index)->active = 0;
	qps_free(c);
	vta_counters_add(&dom->gone, &c->cnt);
	dom->detached++;
	VTA_LOG(INFO, "domain %s, client %u (%s): detached%s%s; %" PRIu64 " tasks, %" PRIu64
		" completed, %" PRIu64 " failed", dom->name, c->slot + 1, c->name,
		c->reason != 0 ? ": " : "", c->reason != 0 ? rte_strerror(-c->reason) : "",
		c->cnt.tasks, c->cnt.completed, c->cnt.failed);
	memset(&c->cnt, 0, sizeof(c->cnt));
	if (c->peer_left) {
		release_peer(c);
	} else if (c->wants_free) {
		/* It asked, and its process lives: it may attach again. */
		memset(RTE_PTR_ADD(dom->mem.base, c->arena_off), 0, c->arena_len);
		c->state = VTA_CLIENT_JOINED;
		slot_state(c, RTE_VTREGION_SLOT_FREE);
		vta_ctrl_answer_detach(c);
	} else {
		c->state = VTA_CLIENT_QUARANTINE;
		slot_state(c, RTE_VTREGION_SLOT_QUARANTINE);
	}
}

void
vta_client_joined(struct vta_client *c, struct rte_vtivshmem_peer *peer)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	struct rte_vtappliance *app = c->dom->app;
	uint32_t i;

	c->peer = peer;
	c->peer_left = false;
	c->pid = peer->pid;
	c->state = VTA_CLIENT_JOINED;
	c->owner = &app->pollers[owner_of(c)];
	ev.data.u64 = vta_event_make(VTA_EV_CLIENT, c);
	epoll_ctl(app->epfd, EPOLL_CTL_ADD, peer->to_server[RTE_VTREGION_VECTOR_CTRL], &ev);
	for (i = RTE_VTREGION_VECTOR_DATA; i < peer->nb_vectors; i++)
		epoll_ctl(c->owner->epfd, EPOLL_CTL_ADD, peer->to_server[i], &ev);
}

void
vta_client_left(struct vta_client *c)
{
	struct rte_vtappliance *app = c->dom->app;
	uint32_t i;

	if (c->peer == NULL)
		return;
	c->peer_left = true;
	epoll_ctl(app->epfd, EPOLL_CTL_DEL, c->peer->to_server[RTE_VTREGION_VECTOR_CTRL], NULL);
	for (i = RTE_VTREGION_VECTOR_DATA; i < c->peer->nb_vectors; i++)
		epoll_ctl(c->owner->epfd, EPOLL_CTL_DEL, c->peer->to_server[i], NULL);
	switch (c->state) {
	case VTA_CLIENT_ATTACHED:
		vta_client_detach(c, -ECONNRESET);
		break;
	case VTA_CLIENT_JOINED:
	case VTA_CLIENT_QUARANTINE:
		release_peer(c);
		break;
	case VTA_CLIENT_NONE:
	case VTA_CLIENT_STOPPING:
		break;
	}
}
