/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Ringing the appliance without waiting for it for long, and one's own doorbells.
 *
 * Its doorbells are eventfds that came over a socket. Whoever shares their open file description can clear
 * O_NONBLOCK and fill the counter, and then a write blocks: the appliance, and with a vt-broker any client of
 * the domain. So who rings says so before and after, and the device's thread looks every so often. When nobody
 * has come out of a doorbell whose counter is full, it empties the counter, as often as it takes, and the
 * doorbell is not rung any more: the appliance looks at its rings and mailboxes by itself.
 *
 * Tried and left: a write with RWF_NOWAIT, which eventfds do not support (Linux 6.18); and to have the kernel signal
 * them (IOCB_FLAG_RESFD of io_submit()), which never blocks and is what the appliance does, but each process that has
 * asynchronous I/O takes 33 ms longer to end, and that is when its broker learns of it.
 */

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rte_io.h>

#include "vtclient_private.h"

/* Whether they are what they should be: a write to a pipe or a socket may end the process (SIGPIPE). */
static int
check(const struct vtclient *d, const int *fds, uint32_t nb, const char *whose)
{
	struct stat st;
	uint32_t i;

	for (i = 0; i < nb; i++) {
		/* What lies on no file system has no type. */
		if (fstat(fds[i], &st) == 0 && (st.st_mode & S_IFMT) == 0)
			continue;
		VTCLIENT_LOG(ERR, "%s: %s doorbell %u is no eventfd", d->where, whose, i);
		return -EPROTO;
	}
	return 0;
}

int
vtclient_bells_check(const struct vtclient *d)
{
	int ret;

	if (d->link.doorbell != NULL)
		return 0; /* a register; own ones are not from outside */
	ret = check(d, d->link.server, d->link.nb_server, "the appliance's");
	return ret != 0 ? ret : check(d, d->link.own, d->link.nb_own, "our");
}

/* Ring a doorbell of the appliance, if it has that one. A full fence stands before the call. */
void
vtclient_ring(struct vtclient *d, uint32_t vector)
{
	const uint64_t one = 1;
	struct vtclient_bell *b;
	ssize_t n;

	if (vector >= d->link.nb_server)
		return;
	__atomic_fetch_add(&d->rung, 1, __ATOMIC_RELAXED);
	if (d->link.doorbell != NULL) {
		rte_write32(vector, d->link.doorbell); /* upper half: peer 0, the appliance */
		return;
	}
	b = &d->bells[vector];
	if (unlikely(__atomic_load_n(&b->blocked, __ATOMIC_RELAXED) != 0))
		return;
	/* Relaxed: the thread that looks has time. */
	__atomic_fetch_add(&b->begun, 1, __ATOMIC_RELAXED);
	do
		n = write(d->link.server[vector], &one, sizeof(one));
	while (n < 0 && errno == EINTR && __atomic_load_n(&b->blocked, __ATOMIC_RELAXED) == 0);
	__atomic_fetch_add(&b->ended, 1, __ATOMIC_RELAXED);
}

void
vtclient_doorbell_drain(int fd)
{
	uint64_t value;
	struct iovec iov = { .iov_base = &value, .iov_len = sizeof(value) };

	(void)!preadv2(fd, &iov, 1, -1, RWF_NOWAIT);
}

/* Whether somebody has been in there since the last look. */
static bool
is_stuck(struct vtclient_bell *b)
{
	const uint32_t ended = __atomic_load_n(&b->ended, __ATOMIC_RELAXED);
	const bool same = b->was_inside && ended == b->was_ended;

	b->was_inside = __atomic_load_n(&b->begun, __ATOMIC_RELAXED) != ended;
	b->was_ended = ended;
	return same && b->was_inside;
}

bool
vtclient_bells_look(struct vtclient *d)
{
	bool stuck = false;
	uint32_t i;

	for (i = 0; i < d->link.nb_server && d->link.doorbell == NULL; i++) {
		struct pollfd room = { .fd = d->link.server[i], .events = POLLOUT };
		struct vtclient_bell *b = &d->bells[i];

		if (!is_stuck(b))
			continue;
		if (b->blocked == 0) {
			/* Who is only slow finds room. */
			if (poll(&room, 1, 0) != 0 && (room.revents & POLLOUT) != 0)
				continue;
			VTCLIENT_LOG(ERR, "client %u: doorbell %u of the appliance blocks; it is not rung any"
				" more", d->slot_id + 1, i);
			__atomic_store_n(&b->blocked, 1, __ATOMIC_RELAXED);
		}
		vtclient_doorbell_drain(d->link.server[i]);
		stuck = true;
	}
	return stuck;
}
