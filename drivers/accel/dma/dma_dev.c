/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The dmadev behind an accelerator: found or made, and what it can do. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_bus_vdev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_string_fns.h>

#include "dma_private.h"

/* One that is there has this name; else a virtual one is made of the driver of this name. */
static int
find_or_make(struct dma_dev *dd, const char *name)
{
	int id = rte_dma_get_dev_id_by_name(name), ret;

	if (id >= 0) {
		dd->id = (int16_t)id;
		return rte_strscpy(dd->where, name, sizeof(dd->where)) < 0 ? -ENAMETOOLONG : 0;
	}
	if (snprintf(dd->where, sizeof(dd->where), "%s_vt%u", name, dd->dev->id) >= (int)sizeof(dd->where))
		return -ENAMETOOLONG;
	ret = rte_vdev_init(dd->where, "");
	if (ret != 0) {
		DMA_LOG(ERR, "%s: there is no dmadev %s, and none can be made of a driver of this name: %s%s",
			dd->dev->name, name, rte_strerror(-ret), rte_eal_iova_mode() == RTE_IOVA_VA ? "" :
			"; dma_skeleton needs EAL's --iova-mode=va");
		return ret;
	}
	dd->own = true;
	id = rte_dma_get_dev_id_by_name(dd->where);
	if (id < 0) {
		DMA_LOG(ERR, "%s: %s is no driver of dmadevs", dd->dev->name, name);
		return -ENODEV;
	}
	dd->id = (int16_t)id;
	return 0;
}

static void
proc_add(struct dma_dev *dd, const char *name, uint8_t min_in, uint8_t max_in, uint8_t max_out, uint32_t args)
{
	struct rte_vtaccel_proc *p = &dd->procs[dd->nb_procs++];

	p->api = RTE_VTACCEL_API;
	p->name = name;
	p->type = RTE_VINETALK_ACCEL_DMA;
	p->min_in = min_in;
	p->max_in = max_in;
	p->min_out = 1;
	p->max_out = max_out;
	p->min_args = p->max_args = args;
}

/* A task needs all of its copies to fit at once: what the idle device takes bounds them, and the tasks. */
static int
procs_add(struct dma_dev *dd, const struct rte_dma_info *info)
{
	const uint16_t room = rte_dma_burst_capacity(dd->id, DMA_VCHAN);
	const uint8_t max = (uint8_t)RTE_MIN(room, RTE_VINETALK_MAX_SEGS - 1);

	if (room == 0) {
		DMA_LOG(ERR, "%s: %s takes no copy with depth %u", dd->dev->name, dd->where, dd->depth);
		return -ENOTSUP;
	}
	dd->room = room;
	dd->depth = RTE_MIN(dd->depth, room);
	proc_add(dd, RTE_VTACCEL_PROC_DMA_COPY, 1, 1, 1, 0);
	proc_add(dd, RTE_VTACCEL_PROC_DMA_GATHER, 1, max, 1, 0);
	proc_add(dd, RTE_VTACCEL_PROC_DMA_SCATTER, 1, 1, max, 0);
	if ((info->dev_capa & RTE_DMA_CAPA_OPS_FILL) != 0)
		proc_add(dd, RTE_VTACCEL_PROC_DMA_FILL, 0, 0, 1, sizeof(struct rte_vtaccel_dma_fill_args));
	return 0;
}

static int
check(struct dma_dev *dd, const struct rte_dma_info *info, uint16_t depth)
{
	if ((info->dev_capa & RTE_DMA_CAPA_MEM_TO_MEM) == 0 || (info->dev_capa & RTE_DMA_CAPA_OPS_COPY) == 0) {
		DMA_LOG(ERR, "%s: %s does not copy from memory to memory", dd->dev->name, dd->where);
		return -ENOTSUP;
	}
	if (depth < info->min_desc || depth > info->max_desc) {
		DMA_LOG(ERR, "%s: depth %u of %s, must be in %u..%u", dd->dev->name, depth, dd->where, info->min_desc,
			info->max_desc);
		return -EINVAL;
	}
	/* It does not take all addresses of the process, as one with shared virtual addressing does. */
	if ((info->dev_capa & RTE_DMA_CAPA_SVA) == 0) {
		dd->maps = rte_vtaccel_maps_create(dd->dev, dd->where);
		if (dd->maps == NULL)
			return -rte_errno;
	}
	return 0;
}

int
dma_dev_open(struct dma_dev *dd, const char *name, uint16_t depth)
{
	const struct rte_dma_conf conf = { .nb_vchans = 1 };
	const struct rte_dma_vchan_conf vchan = { .direction = RTE_DMA_DIR_MEM_TO_MEM, .nb_desc = depth };
	struct rte_dma_info info;
	int ret;

	if (rte_socket_count() == 0) {
		DMA_LOG(ERR, "%s: a dmadev needs rte_eal_init()", dd->dev->name);
		return -ENOTSUP;
	}
	ret = find_or_make(dd, name);
	if (ret == 0)
		ret = rte_dma_info_get(dd->id, &info);
	if (ret == 0)
		ret = check(dd, &info, depth);
	if (ret != 0)
		return ret;
	ret = rte_dma_configure(dd->id, &conf);
	if (ret == 0)
		ret = rte_dma_vchan_setup(dd->id, DMA_VCHAN, &vchan);
	if (ret == 0)
		ret = rte_dma_start(dd->id);
	if (ret != 0) {
		DMA_LOG(ERR, "%s: %s cannot start: %s", dd->dev->name, dd->where, rte_strerror(-ret));
		return ret;
	}
	dd->configured = true;
	dd->depth = depth;
	return procs_add(dd, &info);
}

int
dma_dev_restart(struct dma_dev *dd)
{
	int ret = 0;

	/* Copies that are out may end at any time. */
	if (dd->head != NULL)
		return -EBUSY;
	if (rte_dma_burst_capacity(dd->id, DMA_VCHAN) < dd->room) {
		rte_dma_stop(dd->id);
		ret = rte_dma_start(dd->id);
		if (ret == 0 && rte_dma_burst_capacity(dd->id, DMA_VCHAN) < dd->room)
			ret = -EIO;
	}
	if (ret == 0)
		dd->failed = dd->to_ring = false;
	return ret;
}

void
dma_dev_close(struct dma_dev *dd)
{
	if (dd->configured)
		rte_dma_stop(dd->id);
	rte_vtaccel_maps_free(dd->maps);
	/* Which closes it: a virtual device that was closed before cannot be taken away. */
	if (dd->own)
		rte_vdev_uninit(dd->where);
}
