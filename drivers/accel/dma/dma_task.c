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

/* A way through inputs and outputs, in pieces that lie in one of each. */
struct walk {
	const struct rte_vtaccel_seg *in, *in_end;
	const struct rte_vtaccel_seg *out, *out_end;
	uint32_t in_at, out_at;
	const uint8_t *from;
	uint8_t *to;
	uint32_t len;
};

static void
walk_init(struct walk *w, const struct rte_vtaccel_task *t)
{
	memset(w, 0, sizeof(*w));
	w->in = t->segs;
	w->in_end = w->out = t->segs + t->nb_in;
	w->out_end = w->out + t->nb_out;
}

/* The next piece: from, to and len; false behind the last. */
static bool
walk_next(struct walk *w)
{
	while (w->in < w->in_end && w->in_at == w->in->len) {
		w->in++;
		w->in_at = 0;
	}
	while (w->out < w->out_end && w->out_at == w->out->len) {
		w->out++;
		w->out_at = 0;
	}
	if (w->in == w->in_end || w->out == w->out_end)
		return false;
	w->len = RTE_MIN(w->in->len - w->in_at, w->out->len - w->out_at);
	w->from = (const uint8_t *)w->in->addr + w->in_at;
	w->to = (uint8_t *)w->out->addr + w->out_at;
	w->in_at += w->len;
	w->out_at += w->len;
	return true;
}

/* What the device does with bytes that it reads and writes at once, or writes twice, is not defined. */
static bool
overlaps(const struct rte_vtaccel_task *t, uint64_t len)
{
	const struct rte_vtaccel_seg *out = &t->segs[t->nb_in];
	unsigned int i, k;

	for (k = 0; k < t->nb_out; k++) {
		const uint64_t used = RTE_MIN((uint64_t)out[k].len, len);

		for (i = 0; i < t->nb_in + k; i++)
			if (overlap(t->segs[i].addr, t->segs[i].len, out[k].addr, used))
				return true;
		len -= used;
	}
	return false;
}

/* Whether its segments will do; how many copies it takes. */
static int
check(struct rte_vtaccel_task *t, uint32_t *nb)
{
	uint64_t len = 0, room = 0;
	struct walk w;
	unsigned int i;
	int ret = rte_vtaccel_task_fits(t);

	*nb = 0;
	t->result = 0;
	if (ret != 0)
		return ret;
	for (i = 0; i < t->nb_in; i++)
		len += t->segs[i].len;
	for (; i < (unsigned int)t->nb_in + t->nb_out; i++)
		room += t->segs[i].len;
	if (t->nb_in == 0) {
		*nb = room != 0;
		t->result = room;
		return 0;
	}
	t->result = len;
	if (len > room)
		return -ENOSPC;
	if (overlaps(t, len)) {
		t->result = 0;
		return -EINVAL;
	}
	walk_init(&w, t);
	while (walk_next(&w))
		(*nb)++;
	return 0;
}

/* The first, second, fourth, eighth, ... of such errors is logged: tenants may be able to cause them. */
static void
count_error(struct dma_dev *dd, const char *what, int value)
{
	if (rte_is_power_of_2(++dd->errors))
		DMA_LOG(WARNING, "%s: %s %s (%d); %u errors so far", dd->dev->name, dd->where, what, value,
			dd->errors);
}

/* Give its copies to the device, behind those of its stream before it. A copy that is refused spoils the task. */
static void
submit(struct dma_dev *dd, struct rte_vtaccel_task *t)
{
	/* driver_data of a stream counts its tasks that have copies out. */
	uint64_t flags = t->stream->driver_data != NULL ? RTE_DMA_OP_FLAG_FENCE : 0;
	uint64_t pattern;
	struct walk w;
	int ret = 0;

	*left_of(t) = 0;
	if (t->nb_in == 0) {
		memcpy(&pattern, t->args, sizeof(pattern));
		ret = rte_dma_fill(dd->id, DMA_VCHAN, pattern, (rte_iova_t)(uintptr_t)t->segs[0].addr,
			t->segs[0].len, flags);
		*left_of(t) = ret >= 0;
	}
	walk_init(&w, t);
	while (ret >= 0 && walk_next(&w)) {
		ret = rte_dma_copy(dd->id, DMA_VCHAN, (rte_iova_t)(uintptr_t)w.from, (rte_iova_t)(uintptr_t)w.to,
			w.len, flags);
		*left_of(t) += ret >= 0;
		flags = 0;
	}
	if (ret < 0) {
		count_error(dd, "refuses a copy", ret);
		t->status = -EIO;
		t->result = 0;
	}
	dd->nb_out += (uint32_t)*left_of(t);
	t->driver_state = *left_of(t) != 0;
	t->stream->driver_data = RTE_PTR_ADD(t->stream->driver_data, t->driver_state);
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
	if (dd->first == NULL && *left_of(t) != 0)
		dd->first = t;
	__atomic_store_n(&dd->nb, dd->nb + 1, __ATOMIC_RELAXED);
}

/* The device does not do its work: it takes nothing any more, until a copy ends, or dma_recover(). What it has is its own. */
static void
fail(struct dma_dev *dd, const char *what)
{
	if (dd->failed)
		return;
	dd->failed = true;
	__atomic_store_n(&dd->dev->state, RTE_VINETALK_ACCEL_FAILED, __ATOMIC_RELAXED);
	DMA_LOG(ERR, "%s: %s %s, with %u copies; it has failed%s", dd->dev->name, dd->where, what,
		dd->nb_out, dd->nb_out != 0 ? " until one ends" : "");
}

static void
unfail(struct dma_dev *dd)
{
	dd->failed = false;
	__atomic_store_n(&dd->dev->state, RTE_VINETALK_ACCEL_IDLE, __ATOMIC_RELAXED);
	DMA_LOG(NOTICE, "%s: %s works again", dd->dev->name, dd->where);
}

static void
ring(struct dma_dev *dd)
{
	dd->to_ring = rte_dma_submit(dd->id, DMA_VCHAN) < 0;
	if (dd->to_ring)
		fail(dd, "does not take its doorbell");
}

uint16_t
dma_enqueue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct dma_dev *dd = dev->data;
	uint32_t copies, before = dd->nb_out;
	uint16_t i;
	int status;

	if (__atomic_load_n(&dd->running, __ATOMIC_RELAXED) == 0 || dd->failed)
		return 0;
	for (i = 0; i < nb; i++) {
		struct rte_vtaccel_task *t = tasks[i];

		if (dd->nb >= dd->depth)
			break;
		status = check(t, &copies);
		if (status != 0)
			copies = 0;
		/* All of its copies, or none: it comes again. */
		if (copies != 0 && rte_dma_burst_capacity(dd->id, DMA_VCHAN) < copies) {
			/* An idle one had room for this. */
			if (unlikely(dd->nb_out == 0))
				fail(dd, "has nothing, and takes nothing");
			break;
		}
		t->status = status;
		t->copied = 0;
		t->driver_state = 0;
		*left_of(t) = 0;
		if (copies != 0)
			submit(dd, t);
		append(dd, t);
	}
	if (dd->nb_out != before)
		ring(dd);
	return i;
}

/* So many copies have ended, in order, with this status. */
static void
count_off(struct dma_dev *dd, uint32_t nb, int status)
{
	struct rte_vtaccel_task *t = dd->first;

	dd->nb_out -= nb;
	for (; t != NULL && (nb != 0 || *left_of(t) == 0); t = t->driver_next) {
		const uint64_t n = RTE_MIN((uint64_t)nb, *left_of(t));

		if (n != 0 && status != 0 && t->status == 0) {
			t->status = status;
			t->result = 0;
		}
		*left_of(t) -= n;
		nb -= (uint32_t)n;
		if (*left_of(t) != 0)
			break;
	}
	dd->first = t;
}

/* What the device says of one copy. */
static int
status_of(struct dma_dev *dd, enum rte_dma_status_code code)
{
	if (code == RTE_DMA_STATUS_SUCCESSFUL)
		return 0;
	count_error(dd, "could not do a copy", (int)code);
	return code == RTE_DMA_STATUS_USER_ABORT ? -ECANCELED : -EIO;
}

/* Count what has ended. Each turn of the loop counts off copies that are out, or is the last. */
static void
look(struct dma_dev *dd)
{
	const uint32_t before = dd->nb_out;
	enum rte_dma_status_code code;
	uint16_t want, n;
	bool error;

	if (unlikely(dd->to_ring))
		ring(dd);
	while (dd->nb_out != 0) {
		want = (uint16_t)RTE_MIN(dd->nb_out, (uint32_t)COMPLETIONS);
		n = rte_dma_completed(dd->id, DMA_VCHAN, want, NULL, &error);
		n = RTE_MIN(n, want);
		count_off(dd, n, 0);
		if (unlikely(error && dd->nb_out != 0)) {
			if (rte_dma_completed_status(dd->id, DMA_VCHAN, 1, NULL, &code) != 1) {
				fail(dd, "reports an error without a copy");
				return;
			}
			count_off(dd, 1, status_of(dd, code));
		} else if (n < want) {
			break;
		}
	}
	if (unlikely(dd->failed && dd->nb_out != before))
		unfail(dd);
}

/* Wait for the first task, as long as copies end. */
static void
drain(struct dma_dev *dd)
{
	uint64_t limit = rte_rdtsc() + rte_get_tsc_hz() * DRAIN_S;
	uint32_t out = dd->nb_out;

	while (*left_of(dd->head) != 0 && !dd->failed) {
		look(dd);
		if (dd->nb_out != out) {
			out = dd->nb_out;
			limit = rte_rdtsc() + rte_get_tsc_hz() * DRAIN_S;
		} else if (rte_rdtsc() > limit) {
			DMA_LOG(ERR, "%s: %s has not ended a copy for %u s", dd->dev->name, dd->where, DRAIN_S);
			fail(dd, "hangs behind a stop");
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
		t->stream->driver_data = RTE_PTR_SUB(t->stream->driver_data, t->driver_state);
		tasks[n++] = t;
	}
	__atomic_store_n(&dd->nb, dd->nb - n, __ATOMIC_RELAXED);
	return n;
}
