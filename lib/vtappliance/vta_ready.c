/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Layout `thread`: the request queues of one domain that belong to one poller. See
 * rte_vtregion_ready.h for the protocol.
 *
 * Queues that had something lately are *hot*: watched, and looked at in turn, without marks. The
 * others are found by their marks. What a turn does is bounded, whatever clients write:
 *
 *   visits of hot queues   VISITS, and not more than VTA_MAX_BUDGET requests
 *   looks for marks        `looks`, and not more than VTA_MAX_BUDGET requests
 *   requests of one visit  the poller's budget
 *
 * Starvation: both go round. Between two visits of a queue lie at most as many visits as there are other
 * hot queues, and between two looks at a mark at most as many as there are other marks. Looks that
 * find nothing are forged or late marks; they halve the looks of the next turn, down to one,
 * and looks that find something double them: forged marks delay marks of their own domain.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vta_private.h"

#define VISITS 64
#define MAX_LOOKS 64
#define SWEEP_TURNS 16384  /* all leaves are looked at so often, whatever the summary says */
/* A hot queue is let go after so many empty visits, shared by all. */
#define EMPTY_VISITS 65536U

int
vta_ready_init(struct vta_queue *q)
{
	const struct rte_vtregion_geom *g = &q->dom->geom;
	struct vta_ready *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -ENOMEM;
	q->ready = r;
	r->summaries = rte_vtregion_ready_summaries(q->dom->mem.base, g, q->index);
	r->leaves = rte_vtregion_ready_leaves(q->dom->mem.base, g, q->index);
	r->nb_summaries = g->ready_summaries;
	r->nb_leaves = g->ready_leaves;
	r->looks = MAX_LOOKS;
	TAILQ_INIT(&r->hot);
	r->my_summaries = calloc(r->nb_summaries, sizeof(*r->my_summaries));
	r->my_leaves = calloc(r->nb_leaves, sizeof(*r->my_leaves));
	return r->my_summaries == NULL || r->my_leaves == NULL ? -ENOMEM : 0;
}

void
vta_ready_free(struct vta_queue *q)
{
	if (q->ready == NULL)
		return;
	free(q->ready->my_summaries);
	free(q->ready->my_leaves);
	free(q->ready);
}

static uint32_t *
watched(const struct vta_qp *qp)
{
	const struct vta_domain *dom = qp->client->dom;

	return &rte_vtregion_rq(dom->mem.base, &dom->geom, qp->index)->watched;
}

/* ---- hot queues ---- */

static void
heat(struct vta_ready *r, struct vta_qp *qp)
{
	if (qp->hot)
		return;
	qp->hot = true;
	qp->empties = 0;
	TAILQ_INSERT_TAIL(&r->hot, qp, hot_link);
	r->nb_hot++;
	__atomic_store_n(watched(qp), 1, __ATOMIC_RELAXED);
}

void
vta_ready_forget(struct vta_queue *q, struct vta_qp *qp)
{
	if (!qp->hot)
		return;
	qp->hot = false;
	TAILQ_REMOVE(&q->ready->hot, qp, hot_link);
	q->ready->nb_hot--;
}

/* Nothing came for long. */
static void
cool(struct vta_queue *q, struct vta_qp *qp)
{
	__atomic_store_n(watched(qp), 0, __ATOMIC_RELAXED);
	/*
	 * Store (watched), fence, load (tail); the producer stores the tail, fences and loads watched: it
	 * marks the queue, or is seen here.
	 */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (rte_vtregion_cons_ready(&qp->cons))
		__atomic_store_n(watched(qp), 1, __ATOMIC_RELAXED);
	else
		vta_ready_forget(q, qp);
}

static uint32_t
visit_hot(struct vta_poller *p, struct vta_queue *q, uint32_t budget)
{
	struct vta_ready *r = q->ready;
	uint32_t left = RTE_MIN(r->nb_hot, (uint32_t)VISITS), done = 0, n;
	const uint32_t limit = EMPTY_VISITS / (r->nb_hot + 15);
	struct vta_qp *qp, *next;

	for (qp = TAILQ_FIRST(&r->hot); left != 0 && done < VTA_MAX_BUDGET; qp = next, left--) {
		next = TAILQ_NEXT(qp, hot_link);
		if (next != NULL)
			__builtin_prefetch(next->cons.prod_tail);
		n = vta_take_own(p, q, qp, budget);
		done += n;
		/* A single one stays where it is. */
		if (next != NULL) {
			TAILQ_REMOVE(&r->hot, qp, hot_link);
			TAILQ_INSERT_TAIL(&r->hot, qp, hot_link);
		} else {
			next = TAILQ_FIRST(&r->hot);
		}
		if (n != 0)
			qp->empties = 0;
		else if (++qp->empties >= limit)
			cool(q, qp);
	}
	return done;
}

/* ---- marks ---- */

/* Name in our summaries all leaves that have marks. */
static void
sweep(struct vta_ready *r)
{
	uint32_t i;

	r->sweep = false;
	for (i = 0; i < r->nb_leaves; i++)
		if (__atomic_load_n(&r->leaves[i], __ATOMIC_RELAXED) != 0)
			r->my_summaries[i / 64] |= UINT64_C(1) << (i % 64);
}

/* Take the summaries over. */
static bool
take_summaries(struct vta_ready *r)
{
	uint64_t any = 0;
	uint32_t i;

	if (unlikely(++r->turns % SWEEP_TURNS == 0 || r->sweep))
		sweep(r);
	for (i = 0; i < r->nb_summaries; i++) {
		r->my_summaries[i] |= rte_vtregion_ready_take(&r->summaries[i]);
		any |= r->my_summaries[i];
	}
	return any != 0;
}

/* The first leaf word named by our summaries, from the cursor round. */
static bool
next_leaf(struct vta_ready *r, uint32_t *leaf)
{
	uint32_t word = r->at / 64, i;
	/* The part of the first word behind the cursor, then the others, then all of the first. */
	uint64_t mask = UINT64_MAX << (r->at % 64);

	for (i = 0; i <= r->nb_summaries; i++) {
		const uint64_t bits = r->my_summaries[word] & mask;

		if (bits != 0) {
			*leaf = word * 64 + (uint32_t)__builtin_ctzll(bits);
			return true;
		}
		mask = UINT64_MAX;
		word = word + 1 == r->nb_summaries ? 0 : word + 1;
	}
	return false;
}

/* A queue with a mark; false: there was no mark in that word of leaves. */
static bool
next_mark(struct vta_ready *r, uint32_t leaf, uint32_t *queue)
{
	if (leaf < r->nb_leaves && r->my_leaves[leaf] == 0) {
		r->my_leaves[leaf] = rte_vtregion_ready_take(&r->leaves[leaf]);
		/* Exchange (leaf), fence, load (tail): pairs with the fence of the producer. */
		rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	}
	if (leaf >= r->nb_leaves || r->my_leaves[leaf] == 0) {
		r->my_summaries[leaf / 64] &= ~(UINT64_C(1) << (leaf % 64));
		r->at = leaf + 1 >= r->nb_leaves ? 0 : leaf + 1;
		return false;
	}
	*queue = leaf * 64 + (uint32_t)__builtin_ctzll(r->my_leaves[leaf]);
	r->my_leaves[leaf] &= r->my_leaves[leaf] - 1;
	/* The word is done: the next look is at the next one, and this one waits for marks. */
	if (r->my_leaves[leaf] == 0) {
		r->my_summaries[leaf / 64] &= ~(UINT64_C(1) << (leaf % 64));
		r->at = leaf + 1 >= r->nb_leaves ? 0 : leaf + 1;
	}
	return true;
}

static uint32_t
look_at_marks(struct vta_poller *p, struct vta_queue *q, uint32_t budget)
{
	struct vta_ready *r = q->ready;
	uint32_t done = 0, looks = 0, found = 0, leaf, queue, n;
	struct vta_qp *qp;

	for (; looks < r->looks && done < VTA_MAX_BUDGET && next_leaf(r, &leaf); looks++) {
		if (!next_mark(r, leaf, &queue))
			continue;
		qp = vta_qp_of(p, q->dom, queue);
		if (qp == NULL || qp->client->stopping)
			continue;
		n = vta_take_own(p, q, qp, budget);
		/* A hot one that was marked late is no forgery. */
		found += n != 0 || qp->hot;
		done += n;
		if (n != 0)
			heat(r, qp);
	}
	VTA_COUNT(p->stats.looks, looks);
	VTA_COUNT(p->stats.fruitless, looks - found);
	if (found * 2 >= looks)
		r->looks = RTE_MIN(r->looks * 2, (uint32_t)MAX_LOOKS);
	else
		r->looks = RTE_MAX(r->looks / 2, 1U);
	return done;
}

uint32_t
vta_ready_turn(struct vta_poller *p, struct vta_queue *q, uint32_t budget)
{
	uint32_t done = 0;

	if (q->ready->nb_hot != 0)
		done = visit_hot(p, q, budget);
	if (unlikely(take_summaries(q->ready)))
		done += look_at_marks(p, q, budget);
	return done;
}

bool
vta_ready_has_work(const struct vta_queue *q)
{
	const struct vta_ready *r = q->ready;
	struct vta_qp *qp;
	uint32_t i;

	for (i = 0; i < r->nb_summaries; i++)
		if (r->my_summaries[i] != 0 ||
				__atomic_load_n(&r->summaries[i], __ATOMIC_RELAXED) != 0)
			return true;
	TAILQ_FOREACH(qp, &r->hot, hot_link)
		if (rte_vtregion_cons_ready(&qp->cons))
			return true;
	return false;
}
