/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Devices of DPDK that do not do what they should: in front of the functions of a driver's bursts stand others, which
 * refuse, lose, mix and fail as they are told to.
 */

#include <errno.h>

#include <rte_common.h>
#include <rte_compressdev.h>
#include <rte_cryptodev.h>
#include <rte_dmadev.h>

#include "fuzz_odd.h"

#define LOOKS 5

static uint8_t how; /* 0: as it should be */
static unsigned int looks; /* so far, or bells */

/* Devices that lose what they have are waited for: no time passes so. */
uint64_t __real_rte_get_tsc_hz(void);
uint64_t __wrap_rte_get_tsc_hz(void);
uint64_t
__wrap_rte_get_tsc_hz(void)
{
	return how == ODD_LOSE || how == ODD_NEVER ? 1000 : __real_rte_get_tsc_hz();
}

/* ---- cryptodevs ---- */

static struct rte_crypto_fp_ops crypto_right[RTE_CRYPTO_MAX_DEVS];

static unsigned int
crypto_of(void *qp)
{
	unsigned int i;

	for (i = 0; i < RTE_CRYPTO_MAX_DEVS; i++)
		if (crypto_right[i].qp.data != NULL && crypto_right[i].qp.data[0] == qp)
			break;
	return i;
}

static uint16_t
crypto_enqueue(void *qp, struct rte_crypto_op **ops, uint16_t nb)
{
	/* Some keep what they refuse out of their queue, with the reason in it. */
	if (how == ODD_REFUSE && nb != 0) {
		ops[0]->status = RTE_CRYPTO_OP_STATUS_ERROR;
		return 0;
	}
	return crypto_right[crypto_of(qp)].enqueue_burst(qp, ops, nb);
}

static uint16_t
crypto_dequeue(void *qp, struct rte_crypto_op **ops, uint16_t nb)
{
	static const uint8_t statuses[] = { RTE_CRYPTO_OP_STATUS_AUTH_FAILED, RTE_CRYPTO_OP_STATUS_INVALID_ARGS,
		RTE_CRYPTO_OP_STATUS_ERROR };
	struct rte_crypto_op *first;
	uint16_t n, i;

	if (how == ODD_LOSE)
		return 0;
	n = crypto_right[crypto_of(qp)].dequeue_burst(qp, ops, nb);
	if (how == ODD_MIX && n > 1) {
		first = ops[0];
		ops[0] = ops[n - 1];
		ops[n - 1] = first;
	}
	for (i = 0; i < n && how >= ODD_FAIL && how != ODD_TWICE; i++)
		ops[i]->status = statuses[how % RTE_DIM(statuses)];
	if (how == ODD_TWICE && n > 1)
		ops[0] = ops[n - 1];
	return n;
}

/* ---- compressdevs: the linker leads calls here ---- */

uint16_t __real_rte_compressdev_dequeue_burst(uint8_t id, uint16_t qp, struct rte_comp_op **ops, uint16_t nb);
uint16_t __wrap_rte_compressdev_dequeue_burst(uint8_t id, uint16_t qp, struct rte_comp_op **ops, uint16_t nb);
uint16_t
__wrap_rte_compressdev_dequeue_burst(uint8_t id, uint16_t qp, struct rte_comp_op **ops, uint16_t nb)
{
	static const uint8_t statuses[] = { RTE_COMP_OP_STATUS_ERROR, RTE_COMP_OP_STATUS_OUT_OF_SPACE_RECOVERABLE,
		RTE_COMP_OP_STATUS_INVALID_ARGS };
	uint16_t n = __real_rte_compressdev_dequeue_burst(id, qp, ops, nb), i;

	if (how == ODD_LOSE)
		return 0;
	for (i = 0; i < n && how >= ODD_FAIL && how != ODD_TWICE; i++)
		ops[i]->status = statuses[how % RTE_DIM(statuses)];
	for (i = 0; i < n && (how == ODD_MIX || how == ODD_TWICE); i++) {
		ops[i]->output_chksum = 65521;
		ops[i]->consumed += how == ODD_MIX;
	}
	return n;
}

/* ---- dmadevs ---- */

static struct rte_dma_fp_object dma_right[RTE_DMADEV_DEFAULT_MAX];

static unsigned int
dma_of(const void *dev)
{
	unsigned int i;

	for (i = 0; i < RTE_DMADEV_DEFAULT_MAX; i++)
		if (dma_right[i].dev_private == dev)
			break;
	return i;
}

static int
dma_copy(void *dev, uint16_t vchan, rte_iova_t src, rte_iova_t dst, uint32_t len, uint64_t flags)
{
	return how == ODD_REFUSE ? -ENOSPC : dma_right[dma_of(dev)].copy(dev, vchan, src, dst, len, flags);
}

/* dma_skeleton does not fill, but says so here (fault_accel.c): it copies zeroes. */
static int
dma_fill(void *dev, uint16_t vchan, uint64_t pattern, rte_iova_t dst, uint32_t len, uint64_t flags)
{
	static const uint8_t zeroes[1 << 18];

	(void)pattern;
	return len > sizeof(zeroes) ? -EINVAL : dma_copy(dev, vchan, (rte_iova_t)(uintptr_t)zeroes, dst, len, flags);
}

static int
dma_submit(void *dev, uint16_t vchan)
{
	const int ret = dma_right[dma_of(dev)].submit(dev, vchan);

	return how == ODD_BELL && looks++ == 0 ? -EIO : ret;
}

static uint16_t
dma_capacity(const void *dev, uint16_t vchan)
{
	return how == ODD_FULL ? 0 : dma_right[dma_of(dev)].burst_capacity(dev, vchan);
}

static uint16_t
dma_completed(void *dev, uint16_t vchan, const uint16_t nb, uint16_t *last, bool *error)
{
	uint16_t n;

	if (how == ODD_NEVER || (how == ODD_LATE && looks++ < LOOKS)) {
		*error = false;
		return 0;
	}
	/* One of them has failed, and the others did not come to it. */
	if ((how >= ODD_FAIL && how < ODD_TWICE && nb != 0) || how == ODD_MUTE) {
		*error = true;
		*last = 0;
		return 0;
	}
	n = dma_right[dma_of(dev)].completed(dev, vchan, nb, last, error);
	return n;
}

static uint16_t
dma_completed_status(void *dev, uint16_t vchan, const uint16_t nb, uint16_t *last, enum rte_dma_status_code *status)
{
	static const enum rte_dma_status_code codes[] = { RTE_DMA_STATUS_USER_ABORT, RTE_DMA_STATUS_BUS_ERROR,
		RTE_DMA_STATUS_SUCCESSFUL };
	uint16_t n;

	if (how == ODD_LOSE || how == ODD_MUTE)
		return 0;
	n = dma_right[dma_of(dev)].completed_status(dev, vchan, nb, last, status);
	if (n != 0 && how >= ODD_FAIL)
		status[0] = codes[how % RTE_DIM(codes)];
	return n;
}

/* ---- all of them ---- */

void
odd_begin(uint8_t as)
{
	unsigned int i;

	how = as;
	looks = 0;
	for (i = 0; i < RTE_CRYPTO_MAX_DEVS; i++) {
		crypto_right[i] = rte_crypto_fp_ops[i];
		if (rte_crypto_fp_ops[i].qp.data == NULL)
			continue;
		rte_crypto_fp_ops[i].enqueue_burst = crypto_enqueue;
		rte_crypto_fp_ops[i].dequeue_burst = crypto_dequeue;
	}
	for (i = 0; rte_dma_fp_objs != NULL && i < RTE_DMADEV_DEFAULT_MAX; i++) {
		dma_right[i] = rte_dma_fp_objs[i];
		if (rte_dma_fp_objs[i].dev_private == NULL)
			continue;
		rte_dma_fp_objs[i].copy = dma_copy;
		rte_dma_fp_objs[i].fill = dma_fill;
		rte_dma_fp_objs[i].submit = dma_submit;
		rte_dma_fp_objs[i].burst_capacity = dma_capacity;
		rte_dma_fp_objs[i].completed = dma_completed;
		rte_dma_fp_objs[i].completed_status = dma_completed_status;
	}
}

void
odd_end(void)
{
	how = 0;
	memcpy(rte_crypto_fp_ops, crypto_right, sizeof(crypto_right));
	if (rte_dma_fp_objs != NULL)
		memcpy(rte_dma_fp_objs, dma_right, sizeof(dma_right));
}
