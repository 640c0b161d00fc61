/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Items between threads.
 *
 * Each thread has one inbox, a multi-producer ring in private memory; the
 * enqueue's release and the dequeue's acquire hand over what an item points at. An inbox may be
 * full: then items wait in the sender's outbox for that receiver, and all that
 * follow queue up behind them, so that order holds.
 */

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "vta_private.h"

uint64_t
vta_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

int
vta_eventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

void
vta_eventfd_ring(int fd)
{
	const uint64_t one = 1;
	ssize_t n;

	do
		n = write(fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

void
vta_eventfd_drain(int fd)
{
	uint64_t value;

	(void)!read(fd, &value, sizeof(value));
}

/* Wake a thread that sleeps on fd, or is about to. Any thread. */
void
vta_wake(uint32_t *sleeping, int fd)
{
	/*
	 * Store (the item), fence, load (sleeping); the sleeper stores sleeping,
	 * fences and looks at its inbox: one of the two sees the other.
	 */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(sleeping, __ATOMIC_RELAXED) != 0 &&
			__atomic_exchange_n(sleeping, 0, __ATOMIC_RELAXED) != 0)
		vta_eventfd_ring(fd);
}

/* Send what waits, then the item (may be NULL). Returns the change in waiting items. */
static int
post(struct vta_outbox *out, struct rte_ring *inbox, struct vta_item *item)
{
	struct vta_item *first;
	int change = 0;

	while ((first = STAILQ_FIRST(&out->waiting)) != NULL) {
		/* Off the list first: once it is sent it is the receiver's. */
		STAILQ_REMOVE_HEAD(&out->waiting, link);
		if (rte_ring_mp_enqueue(inbox, first) != 0) {
			STAILQ_INSERT_HEAD(&out->waiting, first, link);
			break;
		}
		change--;
	}
	if (item == NULL)
		return change;
	if (first != NULL || rte_ring_mp_enqueue(inbox, item) != 0) {
		STAILQ_INSERT_TAIL(&out->waiting, item, link);
		change++;
	}
	return change;
}

void
vta_send(struct vta_poller *from, struct vta_poller *to, struct vta_item *item)
{
	from->nb_waiting += (uint32_t)post(&from->out[to->id], to->inbox, item);
	vta_wake(&to->sleeping, to->wakefd);
}

void
vta_send_control(struct vta_poller *from, struct vta_item *item)
{
	struct rte_vtappliance *app = from->app;

	from->nb_waiting += (uint32_t)post(&from->out[app->conf.nb_pollers], app->inbox, item);
	vta_wake(&app->sleeping, app->wakefd);
}

void
vta_control_send(struct rte_vtappliance *app, struct vta_poller *to, struct vta_item *item)
{
	post(&app->out[to->id], to->inbox, item);
	vta_wake(&to->sleeping, to->wakefd);
}

void
vta_flush_waiting(struct vta_poller *p)
{
	struct rte_vtappliance *app = p->app;
	uint32_t i;

	for (i = 0; i < app->conf.nb_pollers; i++) {
		if (!STAILQ_EMPTY(&p->out[i].waiting)) {
			p->nb_waiting += (uint32_t)post(&p->out[i], app->pollers[i].inbox, NULL);
			vta_wake(&app->pollers[i].sleeping, app->pollers[i].wakefd);
		}
	}
	if (!STAILQ_EMPTY(&p->out[i].waiting)) {
		p->nb_waiting += (uint32_t)post(&p->out[i], app->inbox, NULL);
		vta_wake(&app->sleeping, app->wakefd);
	}
}

void
vta_control_flush_waiting(struct rte_vtappliance *app)
{
	uint32_t i;

	for (i = 0; i < app->conf.nb_pollers; i++) {
		if (!STAILQ_EMPTY(&app->out[i].waiting)) {
			post(&app->out[i], app->pollers[i].inbox, NULL);
			vta_wake(&app->pollers[i].sleeping, app->pollers[i].wakefd);
		}
	}
}
