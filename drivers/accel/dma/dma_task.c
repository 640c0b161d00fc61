/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Tasks to copies, and counts of copies to tasks that have ended. For the caller alone. */

#include <errno.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include "dma_private.h"

#define COMPLETIONS 64 /* looked for at a time */
#define DRAIN_S 2      /* for one copy, behind a stop */

/* Copies of a task that are out: where the time of its execution goes when it has ended. */
static inline uint64_t *
left_of(struct rte_vtaccel_task *t)
{
	return &t->exec_ns;
}

static bool
overlap(const uint8_t *a, uint64_t a_len, const uint8_t *b, uint64_t b_len)
{
	return a_len != 0 && b_len != 0 && a < b + b_len && b < a + a_len;
}

/* Whether its segments will do; how many copies it takes. */
static int
check(struct rte_vtaccel_task *t, uint32_t *nb)
{
	const struct rte_vtaccel_seg *out = &t->segs[t->nb_in];
	uint64_t len = 0;
	unsigned int i;
	int ret = rte_vtaccel_task_fits(t);

	*nb = 0;
	t->result = 0;
	if (ret != 0)
		return ret;
	for (i = 0; i < t->nb_in; i++) {
		len += t->segs[i].len;
		*nb += t->segs[i].len != 0;
	}
	if (t->nb_in == 0) {
		len = out->len;
		*nb = len != 0;
	}
	if (len > out->len) {
		t->result = len;
		return -ENOSPC;
	}
	/* What the device does with bytes that it reads and writes at once is not defined. */
	for (i = 0; i < t->nb_in; i++)
		if (overlap(t->segs[i].addr, t->segs[i].len, out->addr, len))
			return -EINVAL;
	t->result = len;
	return 0;
}

/* Give its copies to the device, behind those of its stream before it. A copy that is refused spoils the task. */
static void
submit(struct dma_dev *dd, struct rte_vtaccel_task *t, uint32_t nb, bool fence)
{
	const struct rte_vtaccel_seg *out = &t->segs[t->nb_in];
	uint64_t flags = fence ? RTE_DMA_OP_FLAG_FENCE : 0;
	uint8_t *to = out->addr;
	unsigned int i;
	uint64_t pattern;
	int ret = 0;

	*left_of(t) = 0;
	if (t->nb_in == 0 && nb != 0) {
		memcpy(&pattern, t->args, sizeof(pattern));
		ret = rte_dma_fill(dd->id, DMA_VCHAN, pattern, (rte_iova_t)(uintptr_t)to, out->len, flags);
		*left_of(t) = ret >= 0;
	}
	for (i = 0; i < t->nb_in && ret >= 0; i++) {
		const struct rte_vtaccel_seg *in = &t->segs[i];

		if (in->len == 0)
			continue;
		ret = rte_dma_copy(dd->id, DMA_VCHAN, (rte_iova_t)(uintptr_t)in->addr, (rte_iova_t)(uintptr_t)to,
			in->len, flags);
		*left_of(t) += ret >= 0;
		flags = 0;
		to += in->len;
	}
	if (ret < 0) {
		t->status = -EIO;
		t->result = 0;
	}
}

static void
append(struct dma_dev *dd, struct rte_vtaccel_task *t)
{
	t->driver_next = NULL;
	if (dd->head == NULL)
		dd->head = t;
	else
		dd->last->driver_next = t;
	dd->last = t;
	__atomic_store_n(&dd->nb, dd->nb + 1, __ATOMIC_RELAXED);
}

uint16_t
dma_enqueue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct dma_dev *dd = dev->data;
	uint32_t copies, total = 0;
	uint16_t i;
	int status;

	if (__atomic_load_n(&dd->running, __ATOMIC_RELAXED) == 0)
		return 0;
	for (i = 0; i < nb; i++) {
		struct rte_vtaccel_task *t = tasks[i];

		if (dd->nb >= dd->depth)
			break;
		status = check(t, &copies);
		if (status != 0)
			copies = 0;
		/* All of its copies, or none: it comes again. */
		if (copies != 0 && rte_dma_burst_capacity(dd->id, DMA_VCHAN) < copies)
			break;
		t->status = status;
		t->copied = 0;
		if (copies != 0)
			submit(dd, t, copies, dd->head != NULL);
		else
			*left_of(t) = 0;
		total += copies;
		append(dd, t);
	}
	if (total != 0 && rte_dma_submit(dd->id, DMA_VCHAN) < 0)
		DMA_LOG(ERR, "%s: %s does not take its doorbell", dev->name, dd->where);
	return i;
}

/* So many copies have ended, in order. */
static void
count_off(struct dma_dev *dd, uint32_t nb, bool good)
{
	struct rte_vtaccel_task *t;

	for (t = dd->head; t != NULL && nb != 0; t = t->driver_next) {
		const uint64_t n = RTE_MIN((uint64_t)nb, *left_of(t));

		if (n != 0 && !good) {
			t->status = -EIO;
			t->result = 0;
		}
		*left_of(t) -= n;
		nb -= (uint32_t)n;
	}
}

static void
look(struct dma_dev *dd)
{
	enum rte_dma_status_code status;
	bool error = false;
	uint16_t last, n;

	do {
		n = rte_dma_completed(dd->id, DMA_VCHAN, COMPLETIONS, &last, &error);
		count_off(dd, n, true);
		if (error && rte_dma_completed_status(dd->id, DMA_VCHAN, 1, &last, &status) == 1)
			count_off(dd, 1, status == RTE_DMA_STATUS_SUCCESSFUL);
	} while (n == COMPLETIONS || error);
}

/* Wait for the first task, as long as copies end. */
static void
drain(struct dma_dev *dd)
{
	uint64_t limit = rte_rdtsc() + rte_get_tsc_hz() * DRAIN_S, left = *left_of(dd->head);

	if (__atomic_load_n(&dd->dev->state, __ATOMIC_RELAXED) == RTE_VINETALK_ACCEL_FAILED)
		return;
	while (*left_of(dd->head) != 0) {
		look(dd);
		if (*left_of(dd->head) != left) {
			left = *left_of(dd->head);
			limit = rte_rdtsc() + rte_get_tsc_hz() * DRAIN_S;
		} else if (rte_rdtsc() > limit) {
			DMA_LOG(ERR, "%s: %s has not ended a copy for %u s", dd->dev->name, dd->where, DRAIN_S);
			__atomic_store_n(&dd->dev->state, RTE_VINETALK_ACCEL_FAILED, __ATOMIC_RELAXED);
			return;
		}
		rte_pause();
	}
}

uint16_t
dma_dequeue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct dma_dev *dd = dev->data;
	uint16_t n = 0;

	if (dd->head == NULL)
		return 0;
	look(dd);
	/* What the device has cannot be called back. Behind a stop it is waited for: nobody asks again for long. */
	if (*left_of(dd->head) != 0 && __atomic_load_n(&dd->running, __ATOMIC_RELAXED) == 0)
		drain(dd);
	while (n < nb && dd->head != NULL && *left_of(dd->head) == 0) {
		struct rte_vtaccel_task *t = dd->head;

		dd->head = t->driver_next;
		tasks[n++] = t;
	}
	__atomic_store_n(&dd->nb, dd->nb - n, __ATOMIC_RELAXED);
	return n;
}
