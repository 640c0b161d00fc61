/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Transport for programs in a VM: the region is the memory of QEMU's ivshmem device. With
 * ivshmem-doorbell the device's number is that of the slot and its register rings the
 * appliance; with ivshmem-plain a free slot is taken, and both sides poll.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_log.h>

#include <rte_vtclient.h>
#include <rte_vtpci.h>

RTE_LOG_REGISTER(ivshmem_logtype, driver.vinetalk.ivshmem, NOTICE);
#define IVSHMEM_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, ivshmem_logtype, "IVSHMEM: " fmt "\n", ## __VA_ARGS__)

#define ID_TRIES 200       /* the server may tell the number behind the VM's start */
#define ID_PAUSE_NS 10000000

/*
 * The device's number. QEMU has it before the VM runs, but for a server that is slow. 0 is
 * ivshmem-plain.
 */
static int
wait_id(const struct rte_vtpci *pci, uint32_t *id)
{
	const struct timespec pause = { .tv_nsec = ID_PAUSE_NS };
	unsigned int i;
	int32_t v = -1;

	for (i = 0; i < ID_TRIES; i++) {
		v = rte_vtpci_id(pci);
		if (v >= 0) {
			*id = (uint32_t)v;
			return 0;
		}
		nanosleep(&pause, NULL);
	}
	IVSHMEM_LOG(ERR, "%s: its server gave it no number (%d) within %u ms", pci->addr, v,
		ID_TRIES * (ID_PAUSE_NS / 1000000));
	return -ETIMEDOUT;
}

static int
join(struct rte_vinetalk_dev *dev, struct rte_vtpci *pci, const struct rte_vtclient_conf *conf)
{
	struct rte_vtclient_link link = {
		.where = pci->addr,
		.base = pci->mem,
		.size = pci->mem_size,
		.device = true,
		.sock = -1,
		.nb_own = pci->nb_vectors,
	};
	int ret = wait_id(pci, &link.id);

	if (ret != 0)
		return ret;
	RTE_BUILD_BUG_ON(sizeof(link.own) != sizeof(pci->vectors));
	memcpy(link.own, pci->vectors, sizeof(link.own));
	if (link.id != 0) {
		/* Doorbells that the appliance does not have are ignored by the device. */
		link.nb_server = RTE_VTCLIENT_MAX_VECTORS;
		link.doorbell = rte_vtpci_doorbell(pci);
	}
	return rte_vtclient_attach(dev, &link, conf);
}

static int
ivshmem_attach(struct rte_vinetalk_dev *dev, const char *text)
{
	char addr[32] = "", way[8] = "";
	const struct rte_vtclient_arg own[] = {
		{ .key = "pci", .text = addr, .len = sizeof(addr) },
		{ .key = "way", .text = way, .len = sizeof(way) },
	};
	struct rte_vtclient_conf conf;
	struct rte_vtpci *pci;
	int ret;

	ret = rte_vtclient_args("ivshmem", text, own, RTE_DIM(own), &conf);
	if (ret != 0)
		return ret;
	pci = calloc(1, sizeof(*pci));
	if (pci == NULL)
		return -ENOMEM;
	ret = rte_vtpci_open(addr[0] != '\0' ? addr : NULL, way[0] != '\0' ? way : NULL, pci);
	if (ret == 0) {
		ret = join(dev, pci, &conf);
		if (ret != 0)
			rte_vtpci_close(pci);
	}
	if (ret != 0) {
		free(pci);
		return ret;
	}
	dev->transport = pci;
	return 0;
}

static void
ivshmem_close(struct rte_vinetalk_dev *dev)
{
	rte_vtclient_detach(dev);
	rte_vtpci_close(dev->transport);
	free(dev->transport);
	dev->transport = NULL;
}

static const struct rte_vinetalk_ops ivshmem_ops = {
	.api = RTE_VINETALK_DRIVER_API,
	.name = "ivshmem",
	.help = "pci=ADDRESS of the device (the first one that is free)\n"
		"way=sysfs|vfio to it (vfio if it is bound to vfio-pci)\n"
		RTE_VTCLIENT_ARGS_HELP,
	.attach = ivshmem_attach,
	.close = ivshmem_close,
	RTE_VTCLIENT_OPS,
};

RTE_VINETALK_REGISTER_DRIVER(ivshmem_ops)
