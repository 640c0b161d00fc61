/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Doorbells that all clients of a domain share: the interrupts of our device, if the appliance is a VM,
 * or the eventfds of a broker in another process.
 */

#include <errno.h>
#include <sys/epoll.h>

#include "vta_private.h"

/* Whether clients can ring us: there is an interrupt for requests and one for tasks. */
bool
vta_bells_ring(const struct vta_domain *dom)
{
	return dom->nb_bells > RTE_VTREGION_VECTOR_DATA;
}

/* The doorbell that wakes a poller; some may share one. */
uint32_t
vta_bells_vector(const struct vta_domain *dom, const struct vta_poller *p)
{
	if (!vta_bells_ring(dom))
		return RTE_VTREGION_VECTOR_DATA;
	return RTE_VTREGION_VECTOR_DATA + p->id % (dom->nb_bells - RTE_VTREGION_VECTOR_DATA);
}

/* Edge-triggered, so that pollers that share one see each ring of it, and nobody needs to read. */
int
vta_bells_listen(struct vta_domain *dom)
{
	struct rte_vtappliance *app = dom->app;
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	uint32_t i;

	if (!vta_bells_ring(dom))
		return 0;
	ev.data.u64 = vta_event_make(VTA_EV_DOMAIN, dom);
	if (epoll_ctl(app->epfd, EPOLL_CTL_ADD, dom->bells[RTE_VTREGION_VECTOR_CTRL],
			&ev) != 0)
		return -errno;
	for (i = 0; i < app->conf.nb_pollers; i++)
		if (epoll_ctl(app->pollers[i].epfd, EPOLL_CTL_ADD,
				dom->bells[vta_bells_vector(dom, &app->pollers[i])],
				&ev) != 0)
			return -errno;
	return 0;
}

/*
 * Closing our descriptors would not do it: they stand for files that the broker has open as well, and a ring would find
 * a domain that is no more.
 */
void
vta_bells_ignore(struct vta_domain *dom)
{
	struct rte_vtappliance *app = dom->app;
	uint32_t i;

	if (!vta_bells_ring(dom))
		return;
	epoll_ctl(app->epfd, EPOLL_CTL_DEL, dom->bells[RTE_VTREGION_VECTOR_CTRL], NULL);
	for (i = 0; i < app->conf.nb_pollers; i++)
		epoll_ctl(app->pollers[i].epfd, EPOLL_CTL_DEL, dom->bells[vta_bells_vector(dom, &app->pollers[i])],
			NULL);
}
