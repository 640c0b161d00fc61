/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Doorbells of clients, rung without ever waiting for one.
 *
 * A client shares the open file description of its eventfd: it can fill the counter and clear O_NONBLOCK, and then a
 * write blocks, whatever was looked at before. The kernel itself never waits when it signals an eventfd, as it does
 * when an asynchronous request ends that names one (IOCB_FLAG_RESFD, io_submit(2)). So each doorbell is such a
 * request: to poll an eventfd that nobody else has and that is always readable, which ends inside of io_submit(). Several
 * take one call. How they ended is of no interest, but their events have to be taken before there is no more room.
 *
 * Each of a thread's own: one for each poller, and one for control.
 */

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "vta_private.h"

int
vta_ringer_init(struct vta_ringer *r)
{
	uint32_t i;
	int ret;

	r->ready = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
	if (r->ready < 0)
		return -errno;
	ret = io_setup(VTA_RING_EVENTS, &r->aio);
	if (ret != 0) {
		VTA_LOG(ERR, "no asynchronous requests for doorbells, io_setup(%u): %s%s", VTA_RING_EVENTS,
			rte_strerror(-ret), ret == -EAGAIN ? "; see fs.aio-max-nr" : "");
		return ret;
	}
	for (i = 0; i < VTA_RING_BURST; i++) {
		r->burst[i] = &r->iocbs[i];
		io_prep_poll(&r->iocbs[i], r->ready, POLLIN);
	}
	return 0;
}

void
vta_ringer_fini(struct vta_ringer *r)
{
	if (r->aio != NULL)
		io_destroy(r->aio);
	if (r->ready >= 0)
		close(r->ready);
}

/* Room for the events of as many. */
static void
reap(struct vta_ringer *r, uint32_t nb)
{
	struct io_event events[VTA_RING_EVENTS];
	struct timespec now = { 0 };
	int n;

	if (r->nb_events + nb <= VTA_RING_EVENTS)
		return;
	n = io_getevents(r->aio, 0, VTA_RING_EVENTS, events, &now);
	if (n > 0)
		r->nb_events -= (uint32_t)n;
}

void
vta_ringer_flush(struct vta_ringer *r)
{
	uint32_t done = 0;
	int n;

	reap(r, r->nb);
	while (done < r->nb) {
		n = io_submit(r->aio, (long)(r->nb - done), &r->burst[done]);
		if (n > 0)
			r->nb_events += (uint32_t)n;
		/* One that cannot be rung (no memory) looks at its rings by time. */
		done += (uint32_t)RTE_MAX(n, 1);
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
