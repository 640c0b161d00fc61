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

#include <rte_kvargs.h>
#include <rte_log.h>
#include <rte_string_fns.h>

#include <rte_vtclient.h>
#include <rte_vtpci.h>

RTE_LOG_REGISTER(ivshmem_logtype, driver.vinetalk.ivshmem, NOTICE);
#define IVSHMEM_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, ivshmem_logtype, "IVSHMEM: " fmt "\n", ## __VA_ARGS__)

#define ID_TRIES 200       /* the server may tell the number behind the VM's start */
#define ID_PAUSE_NS 10000000

struct ivshmem_args {
	char pci[32];
	char way[8];
	char name[RTE_VINETALK_NAME_LEN];
	char nb_qps[12];
};

static int
copy_arg(const char *key, const char *value, void *opaque)
{
	struct ivshmem_args *args = opaque;
	struct {
		const char *key;
		char *dst;
		size_t len;
	} const known[] = {
		{ "pci", args->pci, sizeof(args->pci) },
		{ "way", args->way, sizeof(args->way) },
		{ "client", args->name, sizeof(args->name) },
		{ "queue_pairs", args->nb_qps, sizeof(args->nb_qps) },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(known); i++) {
		if (strcmp(key, known[i].key) != 0)
			continue;
		if (value != NULL && value[0] != '\0' &&
				rte_strscpy(known[i].dst, value, known[i].len) >= 0)
			return 0;
		IVSHMEM_LOG(ERR, "%s=%s: 1 to %zu characters", key, value == NULL ? "" : value,
			known[i].len - 1);
	}
	return -EINVAL;
}

static int
parse(const char *text, struct ivshmem_args *args, uint32_t *nb_qps)
{
	static const char * const keys[] = { "pci", "way", "client", "queue_pairs", NULL };
	struct rte_kvargs *kv;
	unsigned long v;
	char *end;
	int ret;

	memset(args, 0, sizeof(*args));
	*nb_qps = 0;
	snprintf(args->name, sizeof(args->name), "%s", program_invocation_short_name);
	if (text == NULL || text[0] == '\0')
		return 0;
	kv = rte_kvargs_parse(text, keys);
	if (kv == NULL) {
		IVSHMEM_LOG(ERR, "arguments '%s': known keys are pci, way, client, queue_pairs",
			text);
		return -EINVAL;
	}
	ret = rte_kvargs_process(kv, NULL, copy_arg, args) != 0 ? -EINVAL : 0;
	rte_kvargs_free(kv);
	if (ret != 0 || args->nb_qps[0] == '\0')
		return ret;
	v = strtoul(args->nb_qps, &end, 10);
	if (*end != '\0' || args->nb_qps[0] == '-' || v == 0 || v > RTE_VTREGION_MAX_QPS) {
		IVSHMEM_LOG(ERR, "queue_pairs=%s: not a number in 1..%u", args->nb_qps,
			RTE_VTREGION_MAX_QPS);
		return -EINVAL;
	}
	*nb_qps = (uint32_t)v;
	return 0;
}

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
join(struct rte_vinetalk_dev *dev, struct rte_vtpci *pci, const struct ivshmem_args *args,
		uint32_t nb_qps)
{
	const struct rte_vtclient_conf conf = { .name = args->name, .nb_qps = nb_qps };
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
	return rte_vtclient_attach(dev, &link, &conf);
}

static int
ivshmem_attach(struct rte_vinetalk_dev *dev, const char *text)
{
	struct ivshmem_args args;
	struct rte_vtpci *pci;
	uint32_t nb_qps;
	int ret;

	ret = parse(text, &args, &nb_qps);
	if (ret != 0)
		return ret;
	pci = calloc(1, sizeof(*pci));
	if (pci == NULL)
		return -ENOMEM;
	ret = rte_vtpci_open(args.pci[0] != '\0' ? args.pci : NULL,
		args.way[0] != '\0' ? args.way : NULL, pci);
	if (ret == 0) {
		ret = join(dev, pci, &args, nb_qps);
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
		"client=NAME shown by the appliance (the program's)\n"
		"queue_pairs=N to ask for (all that a client can have)",
	.attach = ivshmem_attach,
	.close = ivshmem_close,
	RTE_VTCLIENT_OPS,
};

RTE_VINETALK_REGISTER_DRIVER(ivshmem_ops)
