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
	if (ret == 0) {
		RTE_BUILD_BUG_ON(sizeof(dom->bells) != sizeof(dom->pci->vectors));
		dom->nb_bells = dom->pci->nb_vectors;
		memcpy(dom->bells, dom->pci->vectors, sizeof(dom->bells));
		dom->given = true;
		dom->given_fd = dom->pci->mem_fd;
		dom->given_offset = dom->pci->mem_offset;
		dom->given_size = dom->pci->mem_size;
		return 0;
	}
	VTA_LOG(ERR, "domain %s: device %s has the number %d, that of an appliance is 0: give its VM the"
		" appliance's socket of vt-broker", dom->name, dom->pci->addr, ret);
	return -EPERM;
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
