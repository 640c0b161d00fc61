/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Completions in a program's own event loop, and what waiting has counted. */

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <rte_string_fns.h>

#include "vtclient_private.h"

/*
 * Queue pairs share doorbells, and each may be in the loop of another thread. So each has an epoll set of its
 * own, with the doorbell in it edge-triggered: a ring reaches all of them, nobody reads the counter, and
 * nobody takes away what another one waits for.
 */
static int
event_open(struct vtclient_qp *qp)
{
	struct vtclient *d = qp->dev;
	struct vtclient_vector *v = &d->vectors[qp->vector];
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	int fd = epoll_create1(EPOLL_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	pthread_mutex_lock(&v->lock);
	v->events = true;
	pthread_mutex_unlock(&v->lock);
	if (epoll_ctl(fd, EPOLL_CTL_ADD, d->link.own[qp->vector], &ev) == 0) {
		ev.events = EPOLLRDHUP | EPOLLET;
		if (d->link.sock < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, d->link.sock, &ev) == 0) {
			qp->event_fd = fd;
			return 0;
		}
	}
	ret = -errno;
	close(fd);
	return ret;
}

int
rte_vtclient_event_fd(struct rte_vinetalk_qp *q)
{
	struct vtclient_qp *qp = (struct vtclient_qp *)q;
	int ret;

	if (qp->vector >= qp->dev->link.nb_own)
		return -ENOTSUP;
	ret = qp->event_fd < 0 ? event_open(qp) : 0;
	return ret != 0 ? ret : qp->event_fd;
}

int
rte_vtclient_event_arm(struct rte_vinetalk_qp *q)
{
	struct vtclient_qp *qp = (struct vtclient_qp *)q;
	struct epoll_event ev[2];
	int ret;

	if (qp->event_fd < 0)
		return -EINVAL;
	/* What came before is seen by the look at the ring, behind the flag. */
	epoll_wait(qp->event_fd, ev, RTE_DIM(ev), 0);
	if (vtclient_park(qp))
		return 1;
	if (!vtclient_lost(qp))
		return 0;
	/* Another appliance may have taken the flag for a doorbell with the region. */
	if (vtclient_go_on(qp, &ret))
		return vtclient_park(qp) ? 1 : 0;
	return ret == 0 ? 1 : ret;
}

int
rte_vtclient_xstat(struct rte_vinetalk_dev *dev, unsigned int index,
		struct rte_vinetalk_xstat_name *name, uint64_t *value)
{
	const struct vtclient *d = dev->priv;
	const struct {
		const char *name;
		const uint64_t *value;
	} known[] = {
		{ "sleeps", &d->sleeps },
		{ "late_wakeups", &d->late },
		{ "doorbells", &d->rung },
		{ "resumes", &d->resumes },
	};

	if (index >= RTE_DIM(known))
		return -ENOENT;
	rte_strscpy(name->name, known[index].name, sizeof(name->name));
	*value = __atomic_load_n(known[index].value, __ATOMIC_RELAXED);
	return 0;
}
