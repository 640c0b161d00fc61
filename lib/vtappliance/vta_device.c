/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * An appliance that is a VM itself: the region is the memory of its ivshmem device, which
 * a vt-broker on the host gave to it as peer 0. The device rings clients by their numbers, and brings
 * their doorbells as interrupts, if it was opened by VFIO. Who comes and goes it does not tell.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "vta_private.h"

int
vta_device_open(struct vta_domain *dom, const char *addr)
{
	int ret;

	dom->pci = calloc(1, sizeof(*dom->pci));
	if (dom->pci == NULL)
		return -ENOMEM;
	ret = rte_vtpci_open(strcmp(addr, "first") == 0 ? NULL : addr, NULL, dom->pci);
	if (ret != 0) {
		free(dom->pci);
		dom->pci = NULL;
		return ret;
	}
	ret = rte_vtpci_id(dom->pci);
	if (ret == 0)
		return 0;
	VTA_LOG(ERR, "domain %s: device %s has the number %d, that of an appliance is 0: give its VM the"
		" appliance's socket of vt-broker", dom->name, dom->pci->addr, ret);
	return -EPERM;
}

/* Whether clients can ring us: there is an interrupt for requests and one for tasks. */
bool
vta_device_rings(const struct vta_domain *dom)
{
	return dom->pci->nb_vectors > RTE_VTREGION_VECTOR_DATA;
}

/* The doorbell that wakes a poller; some may share one. */
uint32_t
vta_device_vector(const struct vta_domain *dom, const struct vta_poller *p)
{
	if (!vta_device_rings(dom))
		return RTE_VTREGION_VECTOR_DATA;
	return RTE_VTREGION_VECTOR_DATA + p->id % (dom->pci->nb_vectors - RTE_VTREGION_VECTOR_DATA);
}

/* Edge-triggered, so that pollers that share one see each ring of it, and nobody needs to read. */
int
vta_device_listen(struct vta_domain *dom)
{
	struct rte_vtappliance *app = dom->app;
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	uint32_t i;

	if (!vta_device_rings(dom))
		return 0;
	ev.data.u64 = vta_event_make(VTA_EV_DOMAIN, dom);
	if (epoll_ctl(app->epfd, EPOLL_CTL_ADD, dom->pci->vectors[RTE_VTREGION_VECTOR_CTRL],
			&ev) != 0)
		return -errno;
	for (i = 0; i < app->conf.nb_pollers; i++)
		if (epoll_ctl(app->pollers[i].epfd, EPOLL_CTL_ADD,
				dom->pci->vectors[vta_device_vector(dom, &app->pollers[i])],
				&ev) != 0)
			return -errno;
	return 0;
}

void
vta_device_close(struct vta_domain *dom)
{
	if (dom->pci == NULL)
		return;
	rte_vtpci_close(dom->pci); /* its eventfds leave the epoll sets with it */
	free(dom->pci);
	dom->pci = NULL;
}

/* Somebody rang for a request: the interrupt does not say who. */
void
vta_device_turn(struct vta_domain *dom)
{
	uint32_t i;

	for (i = 0; i < dom->geom.conf.nb_clients; i++)
		vta_ctrl_turn(&dom->clients[i]);
}
