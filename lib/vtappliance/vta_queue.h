/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTA_QUEUE_H
#define VTA_QUEUE_H

/* Request queues as their pollers see them, and how one that a client left is made clean. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_vtregion.h>
#include <rte_vtregion_ready.h>
#include <rte_vtregion_ring.h>

#include "vta_client.h"

/* How far the control thread is with a queue that a client left by dying or by force. */
enum vta_quiesce {
	VTA_QUIET_NOT = 0,   /* in service */
	VTA_QUIET_WAITING,   /* closed; until no live client is inside */
	VTA_QUIET_SALVAGING, /* the poller looks for a hole */
};

/* Layout thread: which request queues have something. The poller's. */
struct vta_ready {
	uint64_t *summaries, *leaves;  /* in the region */
	uint64_t *my_summaries, *my_leaves; /* marks that were taken and not looked at yet */
	uint32_t nb_summaries, nb_leaves;
	uint32_t at;                   /* the word of leaves where the next look begins */
	uint32_t looks;                /* at marks, in the next turn */
	uint32_t turns;
	bool sweep;                    /* look at all leaves, whatever the summaries say */
	uint32_t nb_hot;
	TAILQ_HEAD(, vta_qp) hot;      /* the next one to visit first */
};

/* A request queue as its poller sees it; in layout thread, all those of one poller. */
struct vta_queue {
	struct vta_domain *dom;
	struct vta_poller *poller;
	struct vta_ready *ready;       /* poller: layout thread; else NULL */
	struct rte_vtregion_cons cons; /* poller */
	uint32_t index;
	bool broken;                   /* poller: an impossible index; not looked at any more */
	enum vta_quiesce quiesce;      /* control */
	bool quiesce_again;            /* control: one more client left meanwhile */
	bool left;                     /* control: since its rings were wiped a client has left */
	uint32_t held_instances;       /* control: bits of rings that clients of an appliance before may be in */
	bool zombie;                   /* control: one that may still run was inside when detached */
	bool zombie_again;             /* control: the same, of the client of quiesce_again */
	bool spare_ok;                 /* control, then poller: nobody detached knows the spare */
	uint64_t quiesce_deadline;     /* control: who is inside until then is detached */
	uint32_t gen;                  /* control: the generation in service */
	uint32_t spare_gen;            /* control, then poller: the one that comes next */
	bool hole;                     /* poller, then control: there was one */
	bool moved;                    /* poller, then control: it has gone over to the spare */
	struct vta_msg salvage_msg;    /* control */
	TAILQ_ENTRY(vta_queue) link;   /* poller */
	struct vta_msg msg;            /* control: VTA_QUEUE_ADD */
	struct vta_msg del_msg;        /* control: VTA_QUEUE_DEL */
	struct vta_msg violation_msg;
	struct vta_gate gate;          /* poller: of the domain's rates */
	/* poller writes, others read (relaxed) */
	uint64_t requests, bursts, stray, salvaged, holes;
};

/* Where requests of a queue pair come from. */
static inline const struct rte_vtregion_cons *
vta_requests_of(const struct vta_qp *qp)
{
	return qp->client->queue->ready != NULL ? &qp->cons : &qp->client->queue->cons;
}

/* vta_quiesce.c */
bool vta_client_inside(const struct vta_client *c);
void vta_quiesce_begin(struct vta_client *c);
/* Whether its rings have nothing of clients that left; if not, that is seen to, and whoever waits is looked at again. */
bool vta_quiesce_clean(struct vta_queue *q);
void vta_quiesce_turn(struct vta_queue *q);
void vta_quiesce_salvaged(struct vta_queue *q);
void vta_salvage(struct vta_poller *p, struct vta_queue *q);

/* vta_ready.c: layout thread */
int vta_ready_init(struct vta_queue *q);
void vta_ready_free(struct vta_queue *q);
uint32_t vta_ready_turn(struct vta_poller *p, struct vta_queue *q, uint32_t budget);
bool vta_ready_has_work(const struct vta_queue *q);
void vta_ready_forget(struct vta_queue *q, struct vta_qp *qp);

#endif /* VTA_QUEUE_H */
