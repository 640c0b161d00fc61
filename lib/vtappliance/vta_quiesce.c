/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Quiesce and salvage of a request queue that a client left by dying or by force.
 *
 * A producer that dies between reserving slots and publishing them leaves a hole in a
 * multi-producer ring: the tail stops there, and what others put behind it stays invisible.
 *
 *   control  closes the generation, so that nobody begins an enqueue
 *            waits until no live queue pair is inside; one that stays there too long is detached
 *   poller   takes what is published; if more was reserved, walks those slots and takes the ones
 *            that carry the next request of a live queue pair; goes over to a spare ring
 *   control  opens the old generation (no hole) or the spare's
 *
 * Lock-freedom: nobody waits for a dead or stopped client; a live one meanwhile finds its
 * queue closed, which looks as if it were full.
 *
 * Why no request is lost or doubled: once the generation is closed and all `inside` words of live
 * clients are 0, each of their slots is whole and behind the tail or in the reserved part, and it
 * is never touched again. The walk takes a slot only if its check word is right and its
 * sequence number is the next one of its queue pair; one that was consumed before has an older number.
 * test/model/salvage.pml is checked.
 */

#include <errno.h>
#include <string.h>

#include "vta_private.h"

static void
rq_gen_store(struct vta_queue *q, uint32_t gen)
{
	/* Pairs with the acquire of a producer: the ring of this generation is ready. */
	__atomic_store_n(&rte_vtregion_rq(q->dom->mem.base, &q->dom->geom, q->index)->gen, gen,
		__ATOMIC_RELEASE);
}

static void
quiesce(struct vta_queue *q)
{
	q->quiesce = VTA_QUIET_WAITING;
	q->quiesce_deadline = vta_now_ms() + q->dom->app->conf.detach_ms;
	q->dom->app->nb_quiescing++;
	rq_gen_store(q, q->gen | RTE_VTREGION_GEN_CLOSED);
	/*
	 * Store (gen), fence, load (inside); a producer stores inside, fences and loads gen: either
	 * it sees the queue closed, or we see it inside.
	 */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Whether a client is inside an enqueue. */
bool
vta_client_inside(const struct vta_client *c)
{
	uint32_t i;

	for (i = 0; i < c->nb_qps; i++)
		/* Pairs with the release behind the enqueue: its slots are whole. */
		if (__atomic_load_n(&rte_vtregion_qp(c->dom->mem.base, &c->dom->geom,
				c->qps[i].index)->inside, __ATOMIC_ACQUIRE) != 0)
			return true;
	return false;
}

void
vta_quiesce_begin(struct vta_client *c)
{
	struct vta_queue *q = c->queue;
	bool zombie;

	/* In layout thread nobody else is behind its hole. */
	if (c->dom->removing || c->dom->failed || q->ready != NULL)
		return;
	/*
	 * Store (active), fence, load (inside); the client stores inside, fences and loads active: it
	 * either does not enqueue any more, or is seen here. Then it may go on at any time, if it is only
	 * stopped, and the ring is left to it.
	 */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	zombie = !c->peer_left && vta_client_inside(c);
	if (zombie)
		c->held_instances |= 1u << (q->gen & ~RTE_VTREGION_GEN_CLOSED) %
			c->dom->geom.nb_instances;
	if (q->quiesce == VTA_QUIET_SALVAGING) {
		q->quiesce_again = true;
		q->zombie_again |= zombie;
		return;
	}
	q->zombie |= zombie;
	if (q->quiesce == VTA_QUIET_NOT)
		quiesce(q);
}

/* A live client of the queue that is inside an enqueue, or NULL. */
static struct vta_client *
who_is_inside(const struct vta_queue *q)
{
	struct vta_domain *dom = q->dom;
	uint32_t i;

	for (i = 0; i < dom->geom.conf.nb_clients; i++) {
		struct vta_client *c = &dom->clients[i];

		if (c->state == VTA_CLIENT_ATTACHED && c->queue == q &&
				vta_client_inside(c))
			return c;
	}
	return NULL;
}

/*
 * Rings of the queue that somebody who was detached inside an enqueue may still write: those that were in
 * service at that moment. A later one he does not use, since he sees first that he is detached.
 */
static uint32_t
held_instances(const struct vta_queue *q)
{
	const struct vta_domain *dom = q->dom;
	uint32_t i, held = q->held_instances;

	for (i = 0; i < dom->geom.conf.nb_clients; i++)
		if (dom->clients[i].queue == q)
			held |= dom->clients[i].held_instances;
	return held;
}

/* Zeroes for the requests in a ring that nobody writes or reads just now. */
static void
wipe(const struct vta_queue *q, uint32_t instance)
{
	const struct vta_domain *dom = q->dom;

	memset(rte_vtregion_rq_ring(dom->mem.base, &dom->geom, q->index, instance) + 1, 0,
		(size_t)dom->geom.conf.rq_depth * sizeof(struct rte_vinetalk_task));
}

/*
 * Zeroes in each ring of a queue that is closed and empty, and in which no live client is: what who has left had in
 * it is not for the next one. Rings that a detached client may still write are left to him, and wiped before
 * they are used again.
 */
static void
wipe_all(struct vta_queue *q)
{
	const uint32_t held = held_instances(q);
	uint32_t i;

	for (i = 0; i < q->dom->geom.nb_instances; i++)
		if ((held & 1u << i) == 0)
			wipe(q, i);
	q->left = false;
}

bool
vta_quiesce_clean(struct vta_queue *q)
{
	if (q->quiesce != VTA_QUIET_NOT)
		return false;
	if (!q->left)
		return true;
	quiesce(q);
	return false;
}

/* The next generation whose ring nobody can write, and which is not in service. */
static bool
find_spare(struct vta_queue *q)
{
	const uint32_t nb = q->dom->geom.nb_instances, held = held_instances(q);
	uint32_t i;

	for (i = 1; i < nb; i++) {
		q->spare_gen = (q->gen + i) & ~RTE_VTREGION_GEN_CLOSED;
		if ((held & 1u << q->spare_gen % nb) == 0)
			return true;
	}
	return false;
}

static void
send_salvage(struct vta_queue *q)
{
	struct vta_domain *dom = q->dom;

	q->quiesce = VTA_QUIET_SALVAGING;
	/*
	 * One that was in service before: who used it then is past it, since a generation is only left when nobody
	 * live is inside, or he is gone.
	 */
	q->spare_ok = find_spare(q);
	if (q->spare_ok) {
		const uint32_t instance = q->spare_gen % dom->geom.nb_instances;

		rte_vtregion_rq_ring_init(dom->mem.base, &dom->geom, q->index, instance);
		/* Whole requests of its earlier life must not be found by a later salvage. */
		wipe(q, instance);
	}
	q->salvage_msg = (struct vta_msg){ .queue = q };
	q->salvage_msg.item.kind = VTA_QUEUE_SALVAGE;
	vta_control_send(dom->app, q->poller, &q->salvage_msg.item);
}

void
vta_quiesce_turn(struct vta_queue *q)
{
	struct vta_client *c;

	if (q->quiesce != VTA_QUIET_WAITING)
		return;
	c = who_is_inside(q);
	if (c == NULL) {
		send_salvage(q);
	} else if (vta_now_ms() > q->quiesce_deadline) {
		VTA_DOM_LOG(ERR, q->dom, "domain %s, client %u (%s, pid %d): inside an enqueue for more"
			" than %u ms; detached", q->dom->name, c->slot + 1, c->name, c->pid,
			q->dom->app->conf.detach_ms);
		vta_client_detach(c, -ETIMEDOUT);
	}
}

void
vta_quiesce_salvaged(struct vta_queue *q)
{
	struct vta_domain *dom = q->dom;
	const bool must_move = q->hole || q->zombie;

	q->quiesce = VTA_QUIET_NOT;
	dom->app->nb_quiescing--;
	q->zombie = false;
	if (must_move && !q->spare_ok) {
		vta_domain_fail(dom, "no spare request ring is left that no detached client could still"
			" write");
		return;
	}
	if (q->hole)
		VTA_DOM_LOG(WARNING, dom, "domain %s: request queue %u had a hole where a client"
			" died; %" PRIu64 " requests of others salvaged so far", dom->name, q->index,
			VTA_READ(q->salvaged));
	if (q->moved)
		q->gen = q->spare_gen;
	wipe_all(q);
	if (dom->removing || dom->failed || dom->app->draining)
		return;
	rq_gen_store(q, q->gen);
	if (q->quiesce_again) {
		q->quiesce_again = false;
		q->zombie = q->zombie_again;
		q->zombie_again = false;
		quiesce(q);
		return;
	}
	/* Who wanted to attach had to wait. */
	vta_ctrl_turn_all(dom);
}

/* ---- the poller's part ---- */

/* What producers have reserved: the head, whose place depends on the sync mode. */
static uint32_t
reserved_to(const struct vta_queue *q)
{
	struct rte_ring *r = rte_vtregion_rq_ring(q->dom->mem.base, &q->dom->geom, q->index,
		q->gen % q->dom->geom.nb_instances);

	switch (q->dom->geom.conf.sync) {
	case RTE_VTREGION_SYNC_RTS:
		return __atomic_load_n(&r->rts_prod.head.val.pos, __ATOMIC_ACQUIRE);
	case RTE_VTREGION_SYNC_HTS:
		return __atomic_load_n(&r->hts_prod.ht.pos.head, __ATOMIC_ACQUIRE);
	default:
		return __atomic_load_n(&r->prod.head, __ATOMIC_ACQUIRE);
	}
}

/* Whether a slot is the next request of a live queue pair of this poller. */
static bool
is_next(struct vta_poller *p, const struct vta_queue *q, const struct rte_vinetalk_task *req)
{
	const uint32_t index = req->qp_seq >> 16;
	struct vta_qp *qp;

	if (req->check != rte_vinetalk_task_check(req))
		return false;
	qp = vta_qp_of(p, q->dom, index);
	return qp != NULL && !qp->client->stopping && qp->next_seq == (uint16_t)req->qp_seq;
}

void
vta_salvage(struct vta_poller *p, struct vta_queue *q)
{
	struct vta_domain *dom = q->dom;
	struct rte_vinetalk_task req;
	uint32_t at, end;

	q->hole = q->moved = false;
	/* Whatever the indexes say, no more than a ring full. */
	for (at = 0; !q->broken && at <= q->cons.mask / VTA_ENGINE_BURST; at++)
		if (vta_take_requests(p, q, VTA_ENGINE_BURST) == 0)
			break;
	end = reserved_to(q);
	if (q->broken)
		return;
	if (end != q->cons.head) {
		q->hole = true;
		VTA_COUNT(q->holes, 1);
	}
	/* In the second case the queue, or its domain, is lost; the control thread says so. */
	if ((!q->hole && !q->zombie) || !q->spare_ok)
		return;
	if (end - q->cons.head > q->cons.mask)
		end = q->cons.head + q->cons.mask;
	for (at = q->cons.head; at != end; at++) {
		req = q->cons.slots[at & q->cons.mask];
		rte_compiler_barrier(); /* from here on the copy is looked at */
		if (is_next(p, q, &req)) {
			vta_intake(p, q, &req);
			VTA_COUNT(q->salvaged, 1);
		}
	}
	rte_vtregion_cons_init(&q->cons, rte_vtregion_rq_ring(dom->mem.base, &dom->geom, q->index,
		q->spare_gen % dom->geom.nb_instances), dom->geom.conf.rq_depth, 0);
	q->moved = true;
}
