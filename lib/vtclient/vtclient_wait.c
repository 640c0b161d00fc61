/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Waiting for completions, and noticing that nobody will send any. */

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <rte_atomic.h>
#include <rte_pause.h>

#include "vtclient_filled.h"
#include "vtclient_private.h"

#define POLLS 64       /* between looks at the clock */
#define EAGER_POLLS 16 /* the first of them, without pauses */
#define SLEEP_MS 50    /* no sleep is longer: a doorbell may be lost */
#define BLIND_FACTOR 5 /* so much more patience with an appliance that only a heartbeat shows */

uint64_t
vtclient_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

bool
vtclient_sleep_ms(pthread_cond_t *cond, pthread_mutex_t *lock, uint32_t ms)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += ms / 1000;
	ts.tv_nsec += (long)(ms % 1000) * 1000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	return pthread_cond_timedwait(cond, lock, &ts) == 0;
}

bool
vtclient_socket_ended(const struct vtclient *d)
{
	struct pollfd pfd = { .fd = d->link.sock, .events = POLLRDHUP };

	return d->link.sock >= 0 && poll(&pfd, 1, 0) > 0 &&
		(pfd.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/*
 * The end of the socket is the end of the broker, which need not be the appliance: that one is gone if
 * its heartbeat stands still as well. While the socket stands, or without any, the heartbeat alone
 * tells, and a whole machine may have stood still for a while: then it takes longer.
 */
static bool
heart_stopped(struct vtclient *d, bool ended)
{
	/* The time first: who is preempted behind it finds a younger beat, not an older. */
	const uint64_t now = vtclient_now_us() / 1000;
	const uint64_t beat = __atomic_load_n(&d->hdr->heartbeat, __ATOMIC_ACQUIRE);
	uint32_t limit = __atomic_load_n(&d->hdr->heartbeat_ms, __ATOMIC_RELAXED);
	bool stopped;

	limit = RTE_MIN(limit, 10000U);
	if (!ended)
		limit *= BLIND_FACTOR;
	pthread_mutex_lock(&d->life_lock);
	if (!d->beat_valid || d->beat != beat || now < d->beat_ms) {
		d->beat_valid = true;
		d->beat = beat;
		d->beat_ms = now;
	}
	stopped = now - d->beat_ms > limit;
	pthread_mutex_unlock(&d->life_lock);
	return stopped;
}

bool
vtclient_gone(struct vtclient *d)
{
	uint32_t state;
	bool ended;

	if (__atomic_load_n(&d->gone, __ATOMIC_RELAXED) != 0)
		return true;
	if (vtclient_memory_lost(d)) {
		if (__atomic_exchange_n(&d->gone, 1, __ATOMIC_RELAXED) == 0)
			VTCLIENT_LOG(ERR, "client %u: the memory of its region was taken away", d->slot_id + 1);
		return true;
	}
	ended = __atomic_load_n(&d->sock_ended, __ATOMIC_RELAXED) != 0 || vtclient_socket_ended(d);
	if (ended)
		__atomic_store_n(&d->sock_ended, 1, __ATOMIC_RELAXED);
	state = __atomic_load_n(&d->hdr->state, __ATOMIC_ACQUIRE);
	/* One that is about to take over may be waited for: it says so when it has. */
	if (state == RTE_VTREGION_OPEN && __atomic_load_n(&d->hdr->epoch, __ATOMIC_RELAXED) !=
			__atomic_load_n(&d->hdr_epoch, __ATOMIC_RELAXED)) {
		VTCLIENT_LOG(NOTICE, "client %u: another appliance serves the region", d->slot_id + 1);
	/* Pairs with the release of the appliance: completions before it are visible. */
	} else if (state != RTE_VTREGION_HANDOVER && state != RTE_VTREGION_FORMATTING &&
			__atomic_load_n(&d->attached, __ATOMIC_RELAXED) != 0 &&
			(__atomic_load_n(&d->slot->state, __ATOMIC_ACQUIRE) !=
			RTE_VTREGION_SLOT_ATTACHED ||
			__atomic_load_n(&d->slot->epoch, __ATOMIC_RELAXED) !=
			__atomic_load_n(&d->slot_epoch, __ATOMIC_RELAXED))) {
		VTCLIENT_LOG(WARNING, "client %u was detached by the appliance (reason %d)",
			d->slot_id + 1, __atomic_load_n(&d->slot->reason, __ATOMIC_RELAXED));
	} else if (state == RTE_VTREGION_CLOSED) {
		VTCLIENT_LOG(WARNING, "client %u: the appliance has closed the domain", d->slot_id + 1);
	} else if (heart_stopped(d, ended)) {
		VTCLIENT_LOG(WARNING, "client %u: the appliance is gone", d->slot_id + 1);
	} else {
		return false;
	}
	__atomic_store_n(&d->gone, 1, __ATOMIC_RELAXED);
	return true;
}

void
vtclient_broken(const struct vtclient_qp *qp)
{
	/* It may have been formatted anew by a next appliance, or have been given to somebody else. */
	if (vtclient_gone(qp->dev))
		return;
	VTCLIENT_LOG(ERR, "client %u: the completion ring of queue pair %u has an impossible index; the"
		" appliance is not asked any more", qp->dev->slot_id + 1, qp->q.id);
	__atomic_store_n(&qp->dev->gone, 1, __ATOMIC_RELAXED);
}

bool
vtclient_ready(const struct vtclient_qp *qp)
{
	const uint32_t filled = vtclient_ring_filled(qp->cq,
		__atomic_load_n(&qp->cq_head, __ATOMIC_RELAXED));

	if (likely(filled <= qp->cq_mask))
		return filled != 0;
	vtclient_broken(qp);
	return false;
}

bool
vtclient_park(struct vtclient_qp *qp)
{
	__atomic_store_n(&qp->dev->slot->parked[qp->vector], 1, __ATOMIC_RELAXED);
	/*
	 * Store (parked), fence, load (ring); the poller publishes, fences and loads
	 * parked: one of the two sees the other. test/model/park.pml is checked.
	 */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	return vtclient_ready(qp);
}

/*
 * One sleep on the doorbell, or behind the thread that sleeps on it. Called with the lock held. False: nobody
 * woke us.
 */
static bool
sleep_once(struct vtclient *d, struct vtclient_vector *v, int fd, int ms)
{
	int n;

	if (v->watched)
		return vtclient_sleep_ms(&v->woken, &v->lock, (uint32_t)ms);
	v->watched = true;
	pthread_mutex_unlock(&v->lock);
	{
		struct pollfd pfd[2] = {
			{ .fd = fd, .events = POLLIN },
			{ .fd = d->link.sock, .events = POLLRDHUP },
		};

		/* A socket that has ended is ready for ever: then the time limit must do. */
		n = poll(pfd, __atomic_load_n(&d->sock_ended, __ATOMIC_RELAXED) != 0 ? 1 : 2, ms);
		if (pfd[0].revents & POLLIN)
			vtclient_doorbell_drain(fd);
	}
	pthread_mutex_lock(&v->lock);
	v->watched = false;
	/* The doorbell may have been for any of them, and one must take over the watch. */
	pthread_cond_broadcast(&v->woken);
	return n > 0;
}

bool
vtclient_go_on(struct vtclient_qp *qp, int *ret)
{
	*ret = -ENODEV;
	if (vtclient_ready(qp) || (qp->q.win.in_flight != 0 && (vtclient_superseded(qp->dev) ||
			__atomic_load_n(&qp->dev->epoch, __ATOMIC_RELAXED) != qp->active)))
		*ret = 0;
	return *ret != 0 && qp->q.win.in_flight == 0 && vtclient_revive(qp);
}

static int
park(struct vtclient_qp *qp, uint64_t start, int64_t timeout_us)
{
	struct vtclient *d = qp->dev;
	struct vtclient_vector *v = &d->vectors[qp->vector];
	const int fd = qp->vector < d->link.nb_own ? d->link.own[qp->vector] : -1;
	int ret;

	pthread_mutex_lock(&v->lock);
	v->nb_waiting++;
	for (;;) {
		int64_t left = INT64_MAX;
		int ms = fd >= 0 ? SLEEP_MS : 1;

		ret = 0;
		if (vtclient_park(qp))
			break;
		if (vtclient_lost(qp) && !vtclient_go_on(qp, &ret))
			break;
		if (timeout_us >= 0)
			left = timeout_us - (int64_t)(vtclient_now_us() - start);
		ret = -ETIMEDOUT;
		if (left <= 0)
			break;
		if (left < ms * INT64_C(1000))
			ms = (int)((left + 999) / 1000);
		__atomic_fetch_add(&d->sleeps, 1, __ATOMIC_RELAXED);
		if (!sleep_once(d, v, fd, ms) && fd >= 0 && vtclient_ready(qp))
			__atomic_fetch_add(&d->late, 1, __ATOMIC_RELAXED);
	}
	/* Who is awake needs no doorbell; others may sleep on the same one. */
	if (--v->nb_waiting == 0 && !v->events)
		__atomic_store_n(&d->slot->parked[qp->vector], 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&v->lock);
	return ret;
}

/* Look at the ring for some microseconds; once more: less eagerly, or asleep for at most what is left of the time. */
static bool
look(const struct vtclient_qp *qp, bool again, uint64_t left_us)
{
	const unsigned int polls = qp->dev->spin_us != 0 ? POLLS : 1;
	unsigned int i;

	if (again && qp->dev->light_sleep != NULL) {
		qp->dev->light_sleep((const uint32_t *)(uintptr_t)&qp->cq->prod.tail,
			__atomic_load_n(&qp->cq_head, __ATOMIC_RELAXED), left_us);
		return vtclient_ready(qp);
	}
	for (i = 0; i < polls; i++) {
		if (vtclient_ready(qp))
			return true;
		/* A pause is as long as some round trips are short. */
		if (i >= EAGER_POLLS || again)
			rte_pause();
	}
	return false;
}

int
rte_vtclient_wait(struct rte_vinetalk_qp *q, int64_t timeout_us)
{
	struct vtclient_qp *qp = (struct vtclient_qp *)q;
	uint64_t start = 0, spent = 0, limit = qp->dev->spin_us;

	if (timeout_us >= 0)
		limit = RTE_MIN(limit, (uint64_t)timeout_us);
	for (;;) {
		if (look(qp, start != 0, limit - spent))
			return 0;
		if (timeout_us == 0)
			return -ETIMEDOUT;
		/* Under load it does not come here: the clock costs more than what is waited for. */
		if (start == 0)
			start = vtclient_now_us();
		else
			spent = vtclient_now_us() - start;
		if (timeout_us > 0 && spent >= (uint64_t)timeout_us)
			return -ETIMEDOUT;
		if (spent >= limit)
			break;
	}
	return park(qp, start, timeout_us);
}
