/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* What a poller does when there is nothing to do. */

#include <sys/epoll.h>

#include <rte_pause.h>

#include "vta_private.h"

#define PAUSES_A_TURN 32

static void
parked_set(struct vta_poller *p, uint32_t value)
{
	struct vta_queue *q;

	TAILQ_FOREACH(q, &p->queues, link)
		__atomic_store_n(&rte_vtregion_poller(q->dom->mem.base, &q->dom->geom,
			p->id)->parked, value, __ATOMIC_RELAXED);
	__atomic_store_n(&p->sleeping, value, __ATOMIC_RELAXED);
}

/* Milliseconds that the poller may sleep. */
static int
sleep_limit(const struct vta_poller *p)
{
	uint32_t i;

	/* Tokens come by themselves: nobody rings; nor when a time is up. */
	if (VTA_READ(p->nb_mute) != 0 || p->nb_gates != 0 || (p->nb_timed != 0 && vta_time_pending(p)))
		return 1;
	/* An engine that does not tell when it is done: look again soon. */
	for (i = 0; i < p->nb_accels; i++)
		if (p->accels[i]->engine_in_flight != 0 && !p->accels[i]->dev->ops->notifies)
			return 1;
	return (int)p->app->conf.park_ms;
}

/* A producer that died, or a hostile one, may have left requests without a mark. */
static void
sweep(struct vta_poller *p)
{
	struct vta_queue *q;

	TAILQ_FOREACH(q, &p->queues, link)
		if (q->ready != NULL)
			q->ready->sweep = true;
}

static void
park(struct vta_poller *p)
{
	struct epoll_event ev[16];
	bool woken = false;
	int n, i;

	p->park_nb += p->park_nb + 1 == 0 ? 2 : 1;
	parked_set(p, p->park_nb);
	/*
	 * Store (parked, sleeping), fence, load (rings, inbox, notified). A client enqueues, fences and loads
	 * parked; a thread of ours sends, fences and loads sleeping: one of the two
	 * sees the other. test/model/park.pml is checked. What a hostile client does to its flag delays only itself, since the
	 * sleep has a limit.
	 */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_exchange_n(&p->notified, 0, __ATOMIC_SEQ_CST) == 0 && !vta_poller_has_work(p)) {
		VTA_COUNT(p->stats.parks, 1);
		n = epoll_wait(p->epfd, ev, RTE_DIM(ev), sleep_limit(p));
		for (i = 0; i < n; i++) {
			/* Doorbells of clients are edge-triggered and need not be read. */
			if (ev[i].data.u64 == 0)
				vta_eventfd_drain(p->wakefd);
			woken = true;
		}
		if (woken)
			VTA_COUNT(p->stats.wakeups, 1);
		else if (vta_poller_has_work(p))
			VTA_COUNT(p->stats.late, 1);
		if (!woken)
			sweep(p);
	}
	parked_set(p, 0);
}

void
vta_idle(struct vta_poller *p)
{
	const struct rte_vtappliance_conf *conf = &p->app->conf;
	int i;

	if (conf->idle == RTE_VTAPPLIANCE_IDLE_POLL)
		return;
	if (conf->idle == RTE_VTAPPLIANCE_IDLE_ADAPTIVE) {
		if (p->idle_turns < conf->spins) {
			p->idle_turns++;
			return;
		}
		if (p->idle_turns < conf->spins + conf->pauses) {
			p->idle_turns++;
			for (i = 0; i < PAUSES_A_TURN; i++)
				rte_pause();
			return;
		}
		if (p->app->umwait && p->idle_turns < conf->spins + conf->pauses + conf->umwaits) {
			p->idle_turns++;
			vta_umwait(p);
			return;
		}
	}
	park(p);
}

uint32_t
rte_vtappliance_turn(struct rte_vtappliance *app, unsigned int poller)
{
	uint32_t work = rte_vtappliance_poll(app, poller, 0);

	if (work != 0)
		app->pollers[poller].idle_turns = 0;
	else
		vta_idle(&app->pollers[poller]);
	return work;
}

void
rte_vtappliance_wake(struct rte_vtappliance *app, unsigned int poller)
{
	__atomic_store_n(&app->pollers[poller].sleeping, 0, __ATOMIC_RELAXED);
	vta_eventfd_ring(app->pollers[poller].wakefd);
}

void
rte_vtappliance_control_wake(struct rte_vtappliance *app)
{
	vta_eventfd_ring(app->wakefd);
}
