/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The dma accelerator: its arguments, and its life. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "dma_private.h"

RTE_LOG_REGISTER(dma_logtype, driver.accel.dma, NOTICE);

static void
dma_remove(struct rte_vtaccel *dev)
{
	dma_dev_close(dev->data);
	free(dev->data);
}

static int
dma_probe(struct rte_vtaccel *dev, const char *args)
{
	char name[48] = "";
	uint64_t depth = 1024;
	const struct rte_vtaccel_arg known[] = {
		{ .key = "dev", .string = name, .size = sizeof(name) },
		{ .key = "depth", .number = &depth, .min = 1, .max = UINT16_MAX },
	};
	struct dma_dev *dd;
	int ret;

	ret = rte_vtaccel_args_parse(dev, args, known, RTE_DIM(known));
	if (ret != 0)
		return ret;
	if (name[0] == '\0') {
		DMA_LOG(ERR, "%s: dev= is missing: a dmadev, or a driver such as dma_skeleton", dev->name);
		return -EINVAL;
	}
	dd = calloc(1, sizeof(*dd));
	if (dd == NULL)
		return -ENOMEM;
	dd->dev = dev;
	dev->data = dd;
	ret = dma_dev_open(dd, name, (uint16_t)depth);
	if (ret != 0)
		dma_remove(dev);
	return ret;
}

static int
dma_start(struct rte_vtaccel *dev)
{
	struct dma_dev *dd = dev->data;

	if (__atomic_load_n(&dd->nb, __ATOMIC_RELAXED) != 0)
		return -EBUSY;
	__atomic_store_n(&dd->running, 1, __ATOMIC_RELAXED);
	return 0;
}

/* Copies that the device has cannot be called back: their tasks end as they do. */
static void
dma_stop(struct rte_vtaccel *dev)
{
	struct dma_dev *dd = dev->data;

	__atomic_store_n(&dd->running, 0, __ATOMIC_RELAXED);
	if (dev->notify != NULL)
		dev->notify(dev->notify_arg);
}

static const struct rte_vtaccel_proc *
dma_proc_at(struct rte_vtaccel *dev, unsigned int index)
{
	struct dma_dev *dd = dev->data;

	return index < dd->nb_procs ? &dd->procs[index] : NULL;
}

/* What each can do, its procedures say. */
static bool
dma_equal(struct rte_vtaccel *dev, struct rte_vtaccel *other)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(other);
	return true;
}

static void
dma_location(struct rte_vtaccel *dev, char *buf, size_t len)
{
	snprintf(buf, len, "%s", ((struct dma_dev *)dev->data)->where);
}

static int
dma_recover(struct rte_vtaccel *dev)
{
	return dma_dev_restart(dev->data);
}

static int
dma_mem_add(struct rte_vtaccel *dev, void *addr, uint64_t len)
{
	return rte_vtaccel_maps_add(((struct dma_dev *)dev->data)->maps, addr, len);
}

static void
dma_mem_del(struct rte_vtaccel *dev, void *addr)
{
	rte_vtaccel_maps_del(((struct dma_dev *)dev->data)->maps, addr);
}

static const struct rte_vtaccel_ops dma_ops = {
	.api = RTE_VTACCEL_API,
	.name = "dma",
	.type = RTE_VINETALK_ACCEL_DMA,
	.probe = dma_probe,
	.remove = dma_remove,
	.start = dma_start,
	.stop = dma_stop,
	.proc_at = dma_proc_at,
	.enqueue_burst = dma_enqueue_burst,
	.dequeue_burst = dma_dequeue_burst,
	.location = dma_location,
	.equal = dma_equal,
	.recover = dma_recover,
	.mem_add = dma_mem_add,
	.mem_del = dma_mem_del,
};

RTE_VTACCEL_REGISTER_DRIVER(dma_ops)
