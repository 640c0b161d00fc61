/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A region that served an appliance before this one, whose clients go on.
 *
 *   before   the old appliance is gone, at any instruction of its own: the broker takes one at a time
 *   adopt    closes all generations, takes `active` from all queue pairs, waits until nobody is inside an
 *            enqueue; new request rings, poller lines and ready sets; a new epoch in the header
 *   client   sees the epoch, reads what is completed, ends what is not (-ECONNRESET), and attaches with
 *            RTE_VTREGION_ATTACH_F_RESUME: it keeps slot, arena and completion rings, and asks for its
 *            procedures and vaccels again
 *
 * Each task ends once: the store to prod.tail of a completion ring is the one commit of a completion, and what lies
 * before it is read by the client. All else is ended by the client alone. Numbers of requests begin anew in rings
 * that have none of before, so that no request of before is run, and no completion of before can be meant for a later
 * task: completions were all read when the first of those is sent.
 *
 * In a file, with a broker of our own, that is for clients without one (ivshmem-plain): sockets end with their appliance, and
 * who had one does not go on.
 *
 * Who does not go on (another process has the number by now, or nobody) is wiped as at any other end.
 */

#include <errno.h>
#include <string.h>
#include <time.h>

#include "vta_private.h"

/* Whether memory has a region of these very settings, which a client may have mapped. */
bool
vta_adopt_possible(const struct vta_domain *dom)
{
	struct rte_vtregion_geom old;

	return (vta_domain_outlives(dom) || dom->pci != NULL) && !dom->mem.created &&
		rte_vtregion_hdr(dom->mem.base)->magic == RTE_VTREGION_MAGIC &&
		rte_vtregion_validate(dom->mem.base, dom->mem.size, &old) == 0 &&
		memcmp(&old, &dom->geom, sizeof(old)) == 0;
}

static struct rte_vtregion_qp *
qp_line(struct vta_domain *dom, uint32_t i)
{
	return rte_vtregion_qp(dom->mem.base, &dom->geom, i);
}

/* Bits of the rings that queue pairs are inside of: those of a client, or all. */
static uint32_t
instances_inside(struct vta_domain *dom, uint32_t first, uint32_t nb)
{
	uint32_t i, inside, bits = 0;

	for (i = first; i < first + nb; i++) {
		/* Pairs with the release behind the enqueue: its slots are whole. */
		inside = __atomic_load_n(&qp_line(dom, i)->inside, __ATOMIC_ACQUIRE);
		if (inside != 0)
			bits |= 1u << (inside - 1) % dom->geom.nb_instances;
	}
	return bits;
}

/* After that nobody begins an enqueue, and who is inside gets a moment to leave. Who is there still. */
static uint32_t
quiet(struct vta_domain *dom)
{
	const uint64_t deadline = vta_now_ms() + dom->app->conf.detach_ms;
	const struct timespec pause = { .tv_nsec = 1000000 }, grace = { .tv_nsec = VTA_GRACE_MS * 1000000L };
	uint32_t i, held;

	for (i = 0; i < dom->geom.nb_rqs; i++) {
		const uint32_t was = __atomic_fetch_or(&rte_vtregion_rq(dom->mem.base, &dom->geom,
			i)->gen, RTE_VTREGION_GEN_CLOSED, __ATOMIC_SEQ_CST);

		if (i < dom->nb_queues)
			dom->queues[i].gen = was & ~RTE_VTREGION_GEN_CLOSED;
	}
	for (i = 0; i < dom->geom.nb_qps; i++)
		__atomic_store_n(&qp_line(dom, i)->active, 0, __ATOMIC_RELAXED);
	/* Pairs with the fence of a producer between its stores to inside and its load of gen. */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	/* Producers of their own queues do not fence there. */
	if (dom->geom.conf.layout == RTE_VTREGION_THREAD)
		nanosleep(&grace, NULL);
	while ((held = instances_inside(dom, 0, dom->geom.nb_qps)) != 0 && vta_now_ms() < deadline)
		nanosleep(&pause, NULL);
	return held;
}

/* A ring that nobody is inside of, empty, and without requests of before. */
static int
new_ring(struct vta_domain *dom, struct vta_queue *q, uint32_t held)
{
	const uint32_t nb = dom->geom.nb_instances;
	struct rte_ring *r;
	uint32_t i;

	for (i = 1; i <= nb; i++) {
		const uint32_t gen = (q->gen + i) & ~RTE_VTREGION_GEN_CLOSED;

		if (held & 1u << gen % nb)
			continue;
		q->gen = gen;
		r = rte_vtregion_rq_ring(dom->mem.base, &dom->geom, q->index, gen % nb);
		memset(r + 1, 0, (size_t)dom->geom.conf.rq_depth * sizeof(struct rte_vinetalk_task));
		return rte_vtregion_rq_ring_init(dom->mem.base, &dom->geom, q->index, gen % nb);
	}
	VTA_LOG(ERR, "domain %s: in its memory, which served an appliance before, clients are still"
		" inside an enqueue of each of the %u rings of queue %u", dom->name, nb, q->index);
	return -EBUSY;
}

int
vta_adopt(struct vta_domain *dom)
{
	const struct rte_vtregion_geom *g = &dom->geom;
	void *base = dom->mem.base;
	struct rte_vtregion_hdr *hdr = rte_vtregion_hdr(base);
	uint32_t i, held;
	int ret = 0;

	__atomic_store_n(&hdr->state, RTE_VTREGION_FORMATTING, __ATOMIC_RELEASE);
	held = quiet(dom);
	for (i = 0; ret == 0 && i < dom->nb_queues && g->conf.layout != RTE_VTREGION_THREAD; i++) {
		dom->queues[i].index = i;
		dom->queues[i].left = true;
		ret = new_ring(dom, &dom->queues[i], held);
		/* Who had a socket of the one before us may run on, and nobody would tell us of his end. */
		if (!dom->remote && dom->pci == NULL)
			dom->queues[i].held_instances = held;
	}
	if (ret != 0)
		return ret;
	memset(rte_vtregion_poller(base, g, 0), 0, g->conf.nb_pollers * sizeof(struct rte_vtregion_poller));
	memset(RTE_PTR_ADD(base, g->off_ready), 0, g->conf.nb_pollers * g->ready_stride);
	for (i = 0; i < g->conf.nb_clients; i++) {
		struct rte_vtregion_slot *slot = rte_vtregion_slot(base, g, i);

		if (slot->state == RTE_VTREGION_SLOT_FREE)
			continue;
		slot->reason = -ECONNRESET;
		__atomic_store_n(&slot->state, RTE_VTREGION_SLOT_QUARANTINE, __ATOMIC_RELEASE);
	}
	hdr->heartbeat_ms = VTA_HEARTBEAT_MS;
	/* Whoever sees it finds all that is above. */
	dom->epoch = hdr->epoch + 1;
	__atomic_store_n(&hdr->epoch, dom->epoch, __ATOMIC_RELEASE);
	for (i = 0; i < g->nb_rqs; i++) {
		struct rte_vtregion_rq *rq = rte_vtregion_rq(base, g, i);
		const uint32_t gen = i < dom->nb_queues && g->conf.layout != RTE_VTREGION_THREAD ?
			dom->queues[i].gen : 0;

		rq->lock_next = rq->lock_now = rq->watched = 0;
		__atomic_store_n(&rq->gen, gen, __ATOMIC_RELEASE);
	}
	dom->adopted = true;
	VTA_LOG(NOTICE, "domain %s: its memory served an appliance before (epoch %" PRIu64 "); its clients"
		" may go on", dom->name, dom->epoch - 1);
	return 0;
}

/* What is known of a client of before. */
void
vta_adopt_client(struct vta_client *c)
{
	const struct rte_vtregion_geom *g = &c->dom->geom;
	const uint32_t first = c->slot * g->conf.qps_per_client;
	const struct rte_vtregion_slot *slot = vta_client_slot(c);
	uint32_t i;

	c->old_life = slot->state != RTE_VTREGION_SLOT_FREE;
	c->epoch = slot->epoch;
	c->req_seq = slot->rep_seq; /* what was asked since then is answered */
	/* As its attach did, so that it is placed where it was, and the ring that it is inside of is left to it there. */
	memcpy(c->uuid, slot->uuid, sizeof(c->uuid));
	/* In layout thread nobody else is behind it, and its ring is made anew for who attaches. */
	if (g->conf.layout != RTE_VTREGION_THREAD)
		c->held_instances = instances_inside(c->dom, first, g->conf.qps_per_client);
	for (i = 0; i < g->conf.qps_per_client; i++)
		c->next_seq[i] = (uint16_t)(qp_line(c->dom, first + i)->resume_seq + g->conf.cq_depth);
}

/* Slots of nobody: who had them went meanwhile. */
void
vta_adopt_rest(struct vta_domain *dom)
{
	uint32_t i;

	for (i = 0; i < dom->geom.conf.nb_clients; i++)
		if (dom->clients[i].old_life && dom->clients[i].state == VTA_CLIENT_NONE)
			vta_client_forget(&dom->clients[i]);
}

/* Whether a client that attaches may keep what it has. */
int
vta_adopt_resume(const struct vta_client *c)
{
	if (!c->old_life)
		return -ESTALE;
	/* A thread that is still there would write the ring of its own that is made now. */
	return instances_inside(c->dom, c->slot * c->dom->geom.conf.qps_per_client,
		c->dom->geom.conf.qps_per_client) != 0 ? -EAGAIN : 0;
}

/*
 * Go on behind the completions that were committed. The ring is the client's: any index harms itself alone, an
 * impossible one makes a new ring.
 */
void
vta_adopt_completions(struct vta_qp *qp)
{
	struct vta_domain *dom = qp->client->dom;
	struct rte_ring *r = rte_vtregion_cq_ring(dom->mem.base, &dom->geom, qp->index);
	int room;

	rte_vtregion_prod_init(&qp->prod, r, dom->geom.conf.cq_depth, 0);
	rte_vtregion_prod_resume(&qp->prod);
	room = rte_vtregion_prod_room(&qp->prod);
	if (room < 0) {
		rte_vtregion_cq_ring_init(dom->mem.base, &dom->geom, qp->index);
		rte_vtregion_prod_init(&qp->prod, r, dom->geom.conf.cq_depth, 0);
		room = (int)qp->prod.mask;
	}
	qp->room = (uint32_t)room;
}
