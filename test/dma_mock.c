/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Stands before DPDK's dmadev library: functions of this program come before those of a shared library. The operations of a
 * started device are replaced where the inline functions of rte_dmadev.h look for them.
 */

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "dma_mock.h"
#include "maps_mock.h"

struct dma_mock dma_mock;

static int
add(const struct dma_mock_op *op)
{
	if (dma_mock.head - dma_mock.tail >= dma_mock.room)
		return -ENOSPC;
	if (dma_mock.head == dma_mock.refuse_at) {
		dma_mock.refuse_at = UINT32_MAX;
		return -EIO;
	}
	if (!op->fill)
		maps_mock_look(op->from, NULL, op->len);
	maps_mock_look(op->to, NULL, op->len);
	dma_mock.ops[dma_mock.head % DMA_MOCK_RING] = *op;
	return (uint16_t)dma_mock.head++;
}

static int
mock_copy(void *priv, uint16_t vchan, rte_iova_t src, rte_iova_t dst, uint32_t len, uint64_t flags)
{
	const struct dma_mock_op op = { .from = src, .to = dst, .len = len, .flags = flags };

	RTE_SET_USED(priv);
	RTE_SET_USED(vchan);
	return len == 0 ? -EINVAL : add(&op);
}

static int
mock_fill(void *priv, uint16_t vchan, uint64_t pattern, rte_iova_t dst, uint32_t len, uint64_t flags)
{
	const struct dma_mock_op op = { .from = pattern, .to = dst, .len = len, .flags = flags, .fill = true };

	RTE_SET_USED(priv);
	RTE_SET_USED(vchan);
	return len == 0 ? -EINVAL : add(&op);
}

static int
mock_submit(void *priv, uint16_t vchan)
{
	RTE_SET_USED(priv);
	RTE_SET_USED(vchan);
	if (dma_mock.no_bell)
		return -EIO;
	dma_mock.rung = dma_mock.head;
	return 0;
}

static void
work(const struct dma_mock_op *op)
{
	uint8_t *to = (uint8_t *)(uintptr_t)op->to;
	uint32_t i;

	if (!op->fill) {
		memcpy(to, (const void *)(uintptr_t)op->from, op->len);
		return;
	}
	for (i = 0; i < op->len; i++)
		to[i] = (uint8_t)(op->from >> i % 8 * 8);
}

static bool
ready(void)
{
	return dma_mock.tail != dma_mock.rung && dma_mock.tail < dma_mock.allowed;
}

static uint16_t
mock_completed(void *priv, uint16_t vchan, const uint16_t nb, uint16_t *last, bool *error)
{
	uint16_t n = 0;

	RTE_SET_USED(priv);
	RTE_SET_USED(vchan);
	for (; n < nb && ready(); n++) {
		if (dma_mock.tail == dma_mock.fail_at) {
			*error = true;
			break;
		}
		work(&dma_mock.ops[dma_mock.tail++ % DMA_MOCK_RING]);
	}
	*last = (uint16_t)(dma_mock.tail - 1);
	return n;
}

static uint16_t
mock_completed_status(void *priv, uint16_t vchan, const uint16_t nb, uint16_t *last,
		enum rte_dma_status_code *status)
{
	uint16_t n = 0;

	RTE_SET_USED(priv);
	RTE_SET_USED(vchan);
	for (; n < nb && ready() && !dma_mock.mute; n++) {
		status[n] = RTE_DMA_STATUS_SUCCESSFUL;
		if (dma_mock.tail == dma_mock.fail_at)
			status[n] = dma_mock.code;
		else
			work(&dma_mock.ops[dma_mock.tail % DMA_MOCK_RING]);
		dma_mock.tail++;
	}
	*last = (uint16_t)(dma_mock.tail - 1);
	return n;
}

static uint16_t
mock_room(const void *priv, uint16_t vchan)
{
	RTE_SET_USED(priv);
	RTE_SET_USED(vchan);
	return (uint16_t)(dma_mock.room - (dma_mock.head - dma_mock.tail));
}

int
rte_dma_info_get(int16_t id, struct rte_dma_info *info)
{
	int (*real)(int16_t id, struct rte_dma_info *info);
	int ret;

	*(void **)&real = dlsym(RTLD_NEXT, "rte_dma_info_get");
	if (real == NULL)
		return -ENOSYS;
	ret = real(id, info);
	if (ret == 0 && dma_mock.on)
		info->dev_capa = (info->dev_capa | dma_mock.capa_set) & ~dma_mock.capa_clear;
	return ret;
}

int
rte_dma_start(int16_t id)
{
	struct rte_dma_fp_object *ops = &rte_dma_fp_objs[id];
	int (*real)(int16_t id);
	int ret;

	*(void **)&real = dlsym(RTLD_NEXT, "rte_dma_start");
	if (real == NULL)
		return -ENOSYS;
	ret = real(id);
	if (ret != 0 || !dma_mock.on)
		return ret;
	ops->copy = mock_copy;
	ops->fill = mock_fill;
	ops->submit = mock_submit;
	ops->completed = mock_completed;
	ops->completed_status = mock_completed_status;
	ops->burst_capacity = mock_room;
	return 0;
}

void
dma_mock_on(void)
{
	memset(&dma_mock, 0, sizeof(dma_mock));
	dma_mock.on = true;
	dma_mock.room = DMA_MOCK_RING;
	dma_mock.refuse_at = dma_mock.fail_at = dma_mock.allowed = UINT32_MAX;
	dma_mock.code = RTE_DMA_STATUS_BUS_ERROR;
}

void
dma_mock_off(void)
{
	dma_mock.on = false;
}
