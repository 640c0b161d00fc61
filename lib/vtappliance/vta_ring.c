/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Doorbells of clients, rung without ever waiting for one.
 *
 * A client shares the open file description of its eventfd: it can fill the counter and clear O_NONBLOCK, and then a
 * write blocks, whatever was looked at before. The kernel itself never waits when it signals an eventfd, as it does
 * when an asynchronous request ends that names one (IOCB_FLAG_RESFD, io_submit(2)). So each doorbell is such a
 * request: to poll an eventfd of ours that can always be written, which ends inside of io_submit(). Several take one
 * call. How they ended is of no interest, but their events have to be taken when there is no more room.
 *
 * All threads have one context, which stays until the process ends: the kernel takes some 30 ms to be rid of one.
 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "vta_private.h"

#define EVENTS 512 /* that the kernel keeps, at least; of fs.aio-max-nr, 65536 of all processes */
#define BATCH 64   /* events that are taken in a call */
#define TRIES 4    /* other threads may fill the room again */

static struct {
	pthread_mutex_t lock;
	io_context_t aio; /* written under the lock, read atomically; NULL: there is none */
	pid_t pid;        /* whose: a child does not have it */
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER };

int
vta_ring_open(void)
{
	io_context_t aio = NULL;
	int ret = 0;

	pthread_mutex_lock(&shared.lock);
	if (shared.aio == NULL || shared.pid != getpid()) {
		ret = io_setup(EVENTS, &aio);
		shared.pid = getpid();
		/* Pairs with the acquire in vta_ringer_flush(). */
		__atomic_store_n(&shared.aio, ret == 0 ? aio : NULL, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&shared.lock);
	return ret;
}

void
vta_ringer_init(struct vta_ringer *r, int fd)
{
	uint32_t i;

	for (i = 0; i < VTA_RING_BURST; i++) {
		r->burst[i] = &r->iocbs[i];
		io_prep_poll(&r->iocbs[i], fd, POLLOUT);
	}
}

static void
reap(io_context_t aio)
{
	struct io_event events[BATCH];
	struct timespec now = { 0 };

	while (io_getevents(aio, 0, BATCH, events, &now) == BATCH)
		;
}

void
vta_ringer_flush(struct vta_ringer *r)
{
	const io_context_t aio = __atomic_load_n(&shared.aio, __ATOMIC_ACQUIRE);
	uint32_t done = 0, tries = 0;
	int n;

	while (aio != NULL && done < r->nb) {
		n = io_submit(aio, (long)(r->nb - done), &r->burst[done]);
		if (n == -EAGAIN && tries++ < TRIES) {
			reap(aio);
			continue;
		}
		/* One that cannot be rung (no memory) looks at its rings by time. */
		done += (uint32_t)RTE_MAX(n, 1);
		tries = 0;
	}
	r->nb = 0;
}

void
vta_ringer_add(struct vta_ringer *r, int fd)
{
	if (r->nb == VTA_RING_BURST)
		vta_ringer_flush(r);
	io_set_eventfd(&r->iocbs[r->nb++], fd);
}
