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
qp_init(struct vta_client *c, uint32_t i, bool resume)
{
	struct vta_domain *dom = c->dom;
	const uint32_t depth = dom->geom.conf.cq_depth;
	struct vta_qp *qp = &c->qps[i];

	memset(qp, 0, sizeof(*qp));
	qp->client = c;
	qp->index = c->slot * dom->geom.conf.qps_per_client + i;
	qp->vector = RTE_VTREGION_VECTOR_DATA;
	if (dom->geom.conf.nb_vectors > RTE_VTREGION_VECTOR_DATA)
		qp->vector += i % (dom->geom.conf.nb_vectors - RTE_VTREGION_VECTOR_DATA);
	qp->next_seq = c->next_seq[i];
	if (resume) {
		vta_adopt_completions(qp);
	} else {
		rte_vtregion_cq_ring_init(dom->mem.base, &dom->geom, qp->index);
		rte_vtregion_prod_init(&qp->prod,
			rte_vtregion_cq_ring(dom->mem.base, &dom->geom, qp->index), depth, 0);
		qp->room = depth - 1;
	}
	if (c->queue->ready == NULL)
		return;
	/* A request queue of its own. Whoever had it before is gone, as with the completion ring. */
	rte_vtregion_rq_ring_init(dom->mem.base, &dom->geom, qp->index, 0);
	rte_vtregion_cons_init(&qp->cons, rte_vtregion_rq_ring(dom->mem.base, &dom->geom, qp->index,
		0), dom->geom.conf.rq_depth, 0);
	rte_vtregion_rq(dom->mem.base, &dom->geom, qp->index)->watched = 0;
}

/* ---- which queue ---- */

static bool
has_uuid(const struct vta_client *c)
{
	static const uint8_t none[sizeof(c->uuid)];

	return memcmp(c->uuid, none, sizeof(none)) != 0;
}

/* The VM id that is hashed: the operator's, or the VM's uuid (a hint: it may lie), or the number of the slot. */
static uint32_t
vm_hash(const struct vta_client *c)
{
	if (c->dom->id != 0)
		return rte_hash_crc_4byte(c->dom->id, 0);
	if (has_uuid(c))
		return rte_hash_crc(c->uuid, sizeof(c->uuid), 0);
	return rte_hash_crc_4byte(c->slot + 1, 0);
}

void
vta_client_vm(const struct vta_client *c, char *buf, size_t len)
{
	const uint8_t *u = c->uuid;

	if (c->dom->id != 0)
		snprintf(buf, len, "id %u", c->dom->id);
	else if (has_uuid(c))
		snprintf(buf, len, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x"
			"%02x", u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10],
			u[11], u[12], u[13], u[14], u[15]);
	else
		snprintf(buf, len, "peer %u", c->slot + 1);
}

static void
doorbells(const struct vta_client *c, int op)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	uint32_t i;

	ev.data.u64 = vta_event_make(VTA_EV_CLIENT, c);
	for (i = RTE_VTREGION_VECTOR_DATA; i < c->peer->nb_vectors; i++)
		epoll_ctl(c->owner->epfd, op, c->peer->to_server[i], &ev);
}

/* Choose queue and poller. Nothing of the client may be in a poller's hands. */
void
vta_client_place(struct vta_client *c)
{
	struct vta_domain *dom = c->dom;
	struct vta_queue *q = &dom->queues[vm_hash(c) % dom->nb_queues];

	if (q == c->queue)
		return;
	if (c->peer != NULL && dom->nb_bells == 0)
		doorbells(c, EPOLL_CTL_DEL);
	c->queue = q;
	c->owner = q->poller;
	if (c->peer != NULL && dom->nb_bells == 0)
		doorbells(c, EPOLL_CTL_ADD);
}

static void
attach_state_reset(struct vta_client *c)
{
	c->in_flight = 0;
	c->nb_closing = 0;
	c->stopping = c->violated = false;
	c->wants_free = c->replaced = false;
	c->stop = NULL;
	c->nb_stopped = 0;
	STAILQ_INIT(&c->held);
	c->nb_held = 0;
	c->fenced = c->fence_runs = c->fence_left = c->fence_turns = false;
	memset(c->procs, 0, sizeof(c->procs));
	memset(c->proc_refs, 0, sizeof(c->proc_refs));
	memset(&c->cnt, 0, sizeof(c->cnt));
	c->over_told = 0;
}

/*
 * What a client may have left behind, for its successor not to see. Its own words in the slot stay if
 * a successor may be writing them already.
 */
static void
slot_wipe(struct vta_client *c, bool gone)
{
	struct vta_domain *dom = c->dom;
	const struct rte_vtregion_conf *conf = &dom->geom.conf;
	void *base = dom->mem.base;
	uint32_t i, qp;

	/* A ring that was left to it can be wiped, too. */
	if (c->held_instances != 0)
		c->queue->left = true;
	c->held_instances = 0;
	memset(RTE_PTR_ADD(base, c->arena_off), 0, c->arena_len);
	for (i = 0; i < conf->qps_per_client; i++) {
		qp = c->slot * conf->qps_per_client + i;
		memset(rte_vtregion_qp(base, &dom->geom, qp), 0, sizeof(struct rte_vtregion_qp));
		/* If it is we who go, it has yet to read its completions. */
		if (!gone)
			continue;
		/* Behind the headers, which an attach makes anew. */
		memset(rte_vtregion_cq_ring(base, &dom->geom, qp) + 1, 0,
			(size_t)conf->cq_depth * sizeof(struct rte_vinetalk_completion));
		/* Those that are shared: see vta_quiesce_clean(). */
		if (conf->layout == RTE_VTREGION_THREAD)
			memset(rte_vtregion_rq_ring(base, &dom->geom, qp, 0) + 1, 0,
				(size_t)conf->rq_depth * sizeof(struct rte_vinetalk_task));
	}
}

/* Who cannot ring is looked after more often. */
static void
mute_count(struct vta_client *c, int change)
{
	if (!c->mute)
		return;
	c->dom->app->nb_mute += (uint32_t)change;
	VTA_COUNT(c->owner->nb_mute, (uint32_t)change);
}

/*
 * An attach where somebody was before. Returns -EAGAIN: the request is to be looked at again when
 * what is left of the old life has ended.
 */
static int
make_way(struct vta_client *c, bool takeover)
{
	switch (c->state) {
	case VTA_CLIENT_JOINED:
		return 0;
	case VTA_CLIENT_ATTACHED:
		if (!takeover)
			return -EBUSY;
		VTA_DOM_LOG(NOTICE, c->dom, "domain %s, client %u (%s, pid %d): attaches again; its old life"
			" ends", c->dom->name, c->slot + 1, c->name, c->pid);
		c->replaced = true;
		vta_client_detach(c, -ECONNRESET);
		return -EAGAIN;
	case VTA_CLIENT_QUARANTINE:
		/* Its successor has the number, or the device: it is gone for good. */
		if (!takeover)
			return -EPERM;
		slot_wipe(c, true);
		c->state = VTA_CLIENT_JOINED;
		return 0;
	case VTA_CLIENT_NONE:
	case VTA_CLIENT_STOPPING:
		break;
	}
	return -EPERM;
}

int
vta_client_attach(struct vta_client *c, const struct rte_vtregion_ctrl_req *req)
{
	struct vta_domain *dom = c->dom;
	struct rte_vtregion_slot *slot = vta_client_slot(c);
	const bool resume = req->flags & RTE_VTREGION_ATTACH_F_RESUME;
	uint32_t nb = req->arg, i;
	int ret;

	if (dom->app->draining || dom->removing || dom->failed)
		return -ESHUTDOWN;
	if (req->flags & ~RTE_VTREGION_ATTACH_F_ALL)
		return -EINVAL;
	ret = resume ? vta_adopt_resume(c) : make_way(c, req->flags &
		RTE_VTREGION_ATTACH_F_TAKEOVER);
	if (ret != 0)
		return ret;
	memcpy(c->uuid, slot->uuid, sizeof(c->uuid));
	vta_client_place(c);
	/* Who attaches does so to a queue that is open, and finds nothing there of who left. */
	if (resume ? c->queue->quiesce != VTA_QUIET_NOT : !vta_quiesce_clean(c->queue))
		return -EAGAIN;
	if (nb == 0 || nb > dom->geom.conf.qps_per_client) {
		dom->clients_refused++;
		VTA_DOM_LOG(ERR, dom, "domain %s, client %u: %u queue pairs wanted, 1 to %u can be had",
			dom->name, c->slot + 1, nb, dom->geom.conf.qps_per_client);
		return nb == 0 ? -EINVAL : -ENOSPC;
	}
	attach_state_reset(c);
	if (c->old_life && !resume)
		slot_wipe(c, true);
	c->old_life = false;
	c->qps = aligned_alloc(RTE_CACHE_LINE_SIZE, nb * sizeof(*c->qps));
	if (c->qps == NULL)
		return -ENOMEM;
	c->nb_qps = nb;
	for (i = 0; i < nb; i++)
		qp_init(c, i, resume);
	rte_strscpy(c->name, req->name, sizeof(c->name));
	for (i = 0; c->name[i] != '\0'; i++)
		if (c->name[i] < ' ' || c->name[i] > '~')
			c->name[i] = '?'; /* it goes into the log and to telemetry */
	if (c->unseen || dom->remote)
		c->pid = (int32_t)slot->pid;
	c->attaches++;
	c->epoch += c->epoch + 1 == 0 ? 2 : 1; /* 0 is no epoch */
	slot->epoch = c->epoch;
	slot->reason = 0;
	slot->nb_qps = nb;
	slot->poller = c->owner->id;
	/* In layout thread each queue pair has its own, of its number. */
	slot->rq = c->queue->ready != NULL ? 0 : c->queue->index;
	slot->nb_vectors = c->peer != NULL || dom->pci != NULL ? dom->geom.conf.nb_vectors : 0;
	slot->data_vector = dom->nb_bells != 0 ? vta_bells_vector(dom, c->owner) :
		RTE_VTREGION_VECTOR_DATA;
	c->heartbeat_ms = c->unseen || (req->flags & RTE_VTREGION_ATTACH_F_DEVICE) ?
		dom->app->conf.heartbeat_ms : 0;
	slot->heartbeat_ms = c->heartbeat_ms;
	c->beat = __atomic_load_n(&slot->heartbeat, __ATOMIC_RELAXED);
	c->beat_at = vta_now_ms();
	for (i = 0; i < nb; i++) {
		struct rte_vtregion_qp *line = rte_vtregion_qp(dom->mem.base, &dom->geom,
			c->qps[i].index);

		__atomic_store_n(&line->active, c->epoch, __ATOMIC_RELAXED);
		line->resume_seq = c->qps[i].next_seq;
		line->resume_epoch = dom->epoch;
		/* Pairs with the acquire of the poller's intake. */
		__atomic_store_n(&dom->qps[c->qps[i].index], (uintptr_t)&c->qps[i] | c->owner->id,
			__ATOMIC_RELEASE);
	}
	mute_count(c, 1);
	c->state = VTA_CLIENT_ATTACHED;
	slot_state(c, RTE_VTREGION_SLOT_ATTACHED);
	dom->attached++;
	VTA_DOM_LOG(INFO, dom, "domain %s, client %u (%s, pid %d): %s, %u queue pairs, poller %u",
		dom->name, c->slot + 1, c->name, c->pid, resume ? "goes on" : "attached", nb,
		c->owner->id);
	return 0;
}

void
vta_client_detach(struct vta_client *c, int reason)
{
	struct vta_domain *dom = c->dom;
	uint32_t i;

	if (c->state != VTA_CLIENT_ATTACHED)
		return;
	c->state = VTA_CLIENT_STOPPING;
	c->reason = reason;
	/* In layout thread its ring is its own: see slot_wipe(). */
	c->queue->left = c->queue->ready == NULL;
	vta_client_slot(c)->reason = reason;
	slot_state(c, RTE_VTREGION_SLOT_DETACHING);
	/* If it is not inside an enqueue now, it does not begin one any more: see vta_quiesce.c. */
	for (i = 0; i < c->nb_qps; i++)
		__atomic_store_n(&rte_vtregion_qp(dom->mem.base, &dom->geom,
			c->qps[i].index)->active, 0, __ATOMIC_RELAXED);
	/* It may have died inside an enqueue; one who asks to leave is not in one. */
	if (!c->wants_free)
		vta_quiesce_begin(c);
	/* An unanswered release of a vaccel comes back first: the inbox keeps the order. */
	c->stop_msg = (struct vta_msg){ .client = c };
	c->stop_msg.item.kind = VTA_CLIENT_STOP;
	vta_control_send(c->dom->app, c->owner, &c->stop_msg.item);
}

static void
release_peer(struct vta_client *c)
{
	struct rte_vtivshmem_peer *peer = c->peer;
	struct rte_vtregion_slot *slot = vta_client_slot(c);
	const struct vta_domain *dom = c->dom;

	if (dom->left_alone) {
		/* It lives, and may go on with another appliance. */
		c->peer = NULL;
		c->state = VTA_CLIENT_NONE;
		rte_vtivshmem_peer_release(c->dom->server, peer);
		return;
	}
	/* With our end sockets end, too. */
	slot_wipe(c, c->peer_left && !dom->removing && !dom->app->draining && !dom->app->ending);
	/* The old owner may still look at these two. */
	if (!dom->remote) {
		memset(slot, 0, sizeof(*slot));
		c->req_seq = 0;
	} /* else the broker may have given the number on already: its next owner writes there */
	slot->epoch = c->epoch;
	slot->reason = c->reason;
	c->peer = NULL;
	c->peer_left = false;
	c->old_life = false;
	c->state = VTA_CLIENT_NONE;
	slot_state(c, RTE_VTREGION_SLOT_FREE);
	rte_vtivshmem_peer_release(c->dom->server, peer);
}

/* The slot of one who had an appliance before us, and has gone since. */
void
vta_client_forget(struct vta_client *c)
{
	c->old_life = false;
	slot_wipe(c, true);
	slot_state(c, RTE_VTREGION_SLOT_FREE);
}

void
vta_client_stopped(struct vta_client *c)
{
	struct vta_domain *dom = c->dom;
	unsigned int i;

	for (i = 0; i < c->nb_stopped; i++)
		vta_vaccel_free(c->stopped[i]);
	c->nb_stopped = 0;
	vta_bufs_free(c);
	/*
	 * Some of its requests may still lie in a ring, behind those of others or in a hole: the next
	 * owner's numbers begin beyond the reach of theirs.
	 */
	for (i = 0; i < c->nb_qps; i++)
		c->next_seq[i] = (uint16_t)(c->qps[i].next_seq + dom->geom.conf.cq_depth);
	free(c->qps);
	c->qps = NULL;
	c->nb_qps = 0;
	mute_count(c, -1);
	vta_limit_beat(c);
	vta_counters_add(&dom->gone, &c->cnt);
	dom->detached++;
	VTA_DOM_LOG(INFO, dom, "domain %s, client %u (%s): detached%s%s; %" PRIu64 " tasks, %" PRIu64
		" completed, %" PRIu64 " failed", dom->name, c->slot + 1, c->name,
		c->reason != 0 ? ": " : "", c->reason != 0 ? rte_strerror(-c->reason) : "",
		c->cnt.tasks, c->cnt.completed, c->cnt.failed);
	memset(&c->cnt, 0, sizeof(c->cnt));
	c->over_told = 0;
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
		if (c->replaced)
			vta_ctrl_turn(c);
	}
}

void
vta_client_joined(struct vta_client *c, struct rte_vtivshmem_peer *peer)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	struct rte_vtappliance *app = c->dom->app;

	c->peer = peer;
	c->peer_left = false;
	c->pid = peer->pid;
	c->state = VTA_CLIENT_JOINED;
	if (c->dom->nb_bells != 0)
		return;
	ev.data.u64 = vta_event_make(VTA_EV_CLIENT, c);
	epoll_ctl(app->epfd, EPOLL_CTL_ADD, peer->to_server[RTE_VTREGION_VECTOR_CTRL], &ev);
	doorbells(c, EPOLL_CTL_ADD);
}

/* A slot that somebody may attach to at any time: we are not told of connections. */
void
vta_client_unseen(struct vta_client *c, bool mute)
{
	c->unseen = true;
	c->mute = mute;
	c->state = VTA_CLIENT_JOINED;
}

void
vta_client_left(struct vta_client *c)
{
	struct rte_vtappliance *app = c->dom->app;

	if (c->peer == NULL)
		return;
	c->peer_left = true;
	if (c->dom->nb_bells == 0) {
		epoll_ctl(app->epfd, EPOLL_CTL_DEL, c->peer->to_server[RTE_VTREGION_VECTOR_CTRL],
			NULL);
		doorbells(c, EPOLL_CTL_DEL);
	}
	switch (c->state) {
	case VTA_CLIENT_ATTACHED:
		vta_client_detach(c, -ECONNRESET);
		break;
	case VTA_CLIENT_QUARANTINE:
		/* One that did not care that it was detached may have left a hole. */
		vta_quiesce_begin(c);
		release_peer(c);
		break;
	case VTA_CLIENT_JOINED:
		release_peer(c);
		break;
	case VTA_CLIENT_NONE:
	case VTA_CLIENT_STOPPING:
		break;
	}
}

/* A client without a socket of its own is alive as long as its heart beats. */
void
vta_client_beat(struct vta_client *c, uint64_t now)
{
	uint64_t beat;

	if (c->state != VTA_CLIENT_ATTACHED || c->heartbeat_ms == 0)
		return;
	beat = __atomic_load_n(&vta_client_slot(c)->heartbeat, __ATOMIC_RELAXED);
	if (beat != c->beat) {
		c->beat = beat;
		c->beat_at = now;
	} else if (now - c->beat_at > c->heartbeat_ms) {
		VTA_DOM_LOG(WARNING, c->dom, "domain %s, client %u (%s, pid %d): no heartbeat for %" PRIu64
			" ms, the limit is %u; detached", c->dom->name, c->slot + 1, c->name, c->pid,
			now - c->beat_at, c->heartbeat_ms);
		vta_client_detach(c, -ETIMEDOUT);
	}
}
