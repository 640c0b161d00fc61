/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The cpu accelerator: operations and the caller's side of the bursts. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_branch_prediction.h>

#include "cpu_private.h"

RTE_LOG_REGISTER(cpu_logtype, driver.accel.cpu, NOTICE);

/*
 * Time that the caller may spend on tasks it runs itself between two dequeues, if there are
 * workers: a poller never waits long. The task during which it runs out is finished.
 */
#define INLINE_BUDGET_NS 100000

static void
workers_free(struct cpu_dev *cd, uint32_t nb)
{
	while (nb-- > 0)
		cpu_worker_fini(&cd->workers[nb]);
	free(cd->workers);
}

static int
workers_make(struct rte_vtaccel *dev, struct cpu_dev *cd)
{
	const size_t size = cd->nb_workers * sizeof(struct cpu_worker);
	uint32_t i;
	int ret;

	if (cd->nb_workers == 0)
		return 0;
	cd->workers = aligned_alloc(RTE_CACHE_LINE_SIZE, size);
	if (cd->workers == NULL)
		return -ENOMEM;
	memset(cd->workers, 0, size);
	for (i = 0; i < cd->nb_workers; i++) {
		ret = cpu_worker_init(&cd->workers[i], dev, i, cd->depth);
		if (ret != 0) {
			workers_free(cd, i);
			return ret;
		}
	}
	return 0;
}

static int
cpu_probe(struct rte_vtaccel *dev, const char *args)
{
	uint64_t workers = 1, depth = 1024, bytes = 4096;
	const struct rte_vtaccel_arg known[] = {
		{ .key = "workers", .number = &workers, .max = CPU_MAX_WORKERS },
		{ .key = "inline", .number = &bytes, .max = UINT32_MAX },
		{ .key = "depth", .number = &depth, .min = 1, .max = CPU_MAX_DEPTH },
	};
	struct cpu_dev *cd;
	int ret;

	ret = rte_vtaccel_args_parse(dev, args, known, RTE_DIM(known));
	if (ret != 0)
		return ret;
	cd = calloc(1, sizeof(*cd));
	if (cd == NULL)
		return -ENOMEM;
	cd->nb_workers = (uint32_t)workers;
	cd->depth = (uint32_t)depth;
	cd->inline_bytes = bytes;
	cd->quiet = 1;
	ret = workers_make(dev, cd);
	if (ret != 0) {
		free(cd);
		return ret;
	}
	dev->data = cd;
	return 0;
}

static void
cpu_remove(struct rte_vtaccel *dev)
{
	struct cpu_dev *cd = dev->data;

	workers_free(cd, cd->nb_workers);
	free(cd);
}

static void
workers_stop(struct cpu_dev *cd, uint32_t nb)
{
	uint32_t i;

	/* Tell all before waiting for one. */
	for (i = 0; i < nb; i++)
		__atomic_store_n(&cd->workers[i].stop, 1, __ATOMIC_RELAXED);
	/*
	 * Release: who sees in cpu_enqueue_burst() that nothing is taken, and then lets a
	 * procedure go on, can count on it that no worker begins another task.
	 */
	__atomic_store_n(&cd->running, 0, __ATOMIC_RELEASE);
	for (i = 0; i < nb; i++)
		cpu_worker_join(&cd->workers[i]);
	/* Release: pairs with the acquire in cpu_dequeue_burst(), which takes over the rings. */
	__atomic_store_n(&cd->quiet, 1, __ATOMIC_RELEASE);
}

static int
cpu_start(struct rte_vtaccel *dev)
{
	struct cpu_dev *cd = dev->data;
	/* Pairs with the release in cpu_dequeue_burst(): the rings are as it left them. */
	const uint32_t left = __atomic_load_n(&cd->in_flight, __ATOMIC_ACQUIRE);
	uint32_t i;
	int ret;

	if (left != 0) {
		CPU_LOG(ERR, "%s: %u tasks have not been dequeued since the stop", dev->name, left);
		return -EBUSY;
	}
	__atomic_store_n(&cd->quiet, 0, __ATOMIC_RELAXED);
	for (i = 0; i < cd->nb_workers; i++) {
		ret = cpu_worker_start(&cd->workers[i]);
		if (ret != 0) {
			workers_stop(cd, i);
			return ret;
		}
	}
	/* Release: pairs with the acquire in cpu_enqueue_burst(), which must see quiet cleared. */
	__atomic_store_n(&cd->running, 1, __ATOMIC_RELEASE);
	return 0;
}

static void
cpu_stop(struct rte_vtaccel *dev)
{
	struct cpu_dev *cd = dev->data;

	workers_stop(cd, cd->nb_workers);
	if (dev->notify != NULL)
		dev->notify(dev->notify_arg);
}

static const struct rte_vtaccel_proc *
cpu_proc_at(struct rte_vtaccel *dev, unsigned int index)
{
	RTE_SET_USED(dev);
	return rte_vtaccel_native_at(index);
}

static int
cpu_stream_open(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream)
{
	struct cpu_dev *cd = dev->data;
	struct cpu_stream *cs = calloc(1, sizeof(*cs));
	uint32_t i;

	if (cs == NULL)
		return -ENOMEM;
	for (i = 0; i < cd->nb_workers; i++) {
		if (cs->worker == NULL || cd->workers[i].nb_streams < cs->worker->nb_streams)
			cs->worker = &cd->workers[i];
	}
	if (cs->worker != NULL)
		cs->worker->nb_streams++;
	stream->driver_data = cs;
	return 0;
}

static void
cpu_stream_close(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream)
{
	struct cpu_stream *cs = stream->driver_data;

	RTE_SET_USED(dev);
	if (cs->worker != NULL)
		cs->worker->nb_streams--;
	free(cs);
	stream->driver_data = NULL;
}

static void
done_append(struct cpu_dev *cd, struct rte_vtaccel_task *t)
{
	t->driver_next = NULL;
	if (cd->done == NULL)
		cd->done = t;
	else
		cd->done_last->driver_next = t;
	cd->done_last = t;
	cd->nb_done++;
}

static uint16_t
done_take(struct cpu_dev *cd, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	uint16_t n;

	for (n = 0; n < nb && cd->done != NULL; n++) {
		tasks[n] = cd->done;
		cd->done = cd->done->driver_next;
	}
	cd->nb_done -= n;
	return n;
}

static void
worker_flush(struct cpu_worker *w)
{
	if (w->nb_batch == 0)
		return;
	/* There is room for all: in_flight is at most the ring's capacity. */
	rte_ring_sp_enqueue_bulk(w->in, (void **)w->batch, w->nb_batch, NULL);
	w->nb_batch = 0;
	cpu_worker_wake(w);
}

static void
workers_flush(struct cpu_dev *cd)
{
	uint32_t i;

	for (i = 0; i < cd->nb_workers; i++)
		worker_flush(&cd->workers[i]);
}

static bool
worker_give(struct cpu_dev *cd, struct cpu_stream *cs, struct rte_vtaccel_task *t)
{
	struct cpu_worker *w = cs->worker;

	if (w->in_flight == cd->depth)
		return false;
	w->in_flight++;
	cs->at_worker++;
	w->batch[w->nb_batch++] = t;
	if (w->nb_batch == CPU_BATCH)
		worker_flush(w);
	return true;
}

static uint16_t
cpu_enqueue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct cpu_dev *cd = dev->data;
	bool waiting = false; /* something may be in a batch */
	uint16_t i;

	/* Acquire: pairs with the release in cpu_start(). */
	if (unlikely(!__atomic_load_n(&cd->running, __ATOMIC_ACQUIRE)))
		return 0;
	for (i = 0; i < nb; i++) {
		struct rte_vtaccel_task *t = tasks[i];
		struct cpu_stream *cs = t->stream->driver_data;

		/* A stream's tasks end in order: none runs here while an earlier one is away. */
		if (cd->nb_workers != 0 && (cs->at_worker != 0 || t->bytes >= cd->inline_bytes ||
				cd->spent_ns >= INLINE_BUDGET_NS)) {
			if (!worker_give(cd, cs, t))
				break;
			waiting = true;
			continue;
		}
		if (cd->nb_done >= cd->depth)
			break;
		if (waiting) {
			workers_flush(cd);
			waiting = false;
		}
		rte_vtaccel_native_run(t);
		cd->spent_ns += t->exec_ns;
		done_append(cd, t);
	}
	if (waiting)
		workers_flush(cd);
	__atomic_store_n(&cd->in_flight, cd->in_flight + i, __ATOMIC_RELAXED);
	return i;
}

static uint16_t
worker_take(struct cpu_worker *w, struct rte_vtaccel_task **tasks, uint16_t nb, bool quiet)
{
	uint16_t n, i;

	n = (uint16_t)rte_ring_sc_dequeue_burst(w->out, (void **)tasks, nb, NULL);
	if (unlikely(quiet) && n < nb) {
		/* The worker has gone, so the caller is the one consumer of its in ring. */
		i = n;
		n += (uint16_t)rte_ring_sc_dequeue_burst(w->in, (void **)(tasks + n), nb - n, NULL);
		for (; i < n; i++)
			cpu_task_cancel(tasks[i]);
	}
	for (i = 0; i < n; i++)
		((struct cpu_stream *)tasks[i]->stream->driver_data)->at_worker--;
	w->in_flight -= n;
	return n;
}

static uint16_t
cpu_dequeue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct cpu_dev *cd = dev->data;
	uint16_t n;
	uint32_t i;
	bool quiet;

	cd->spent_ns = 0;
	if (cd->in_flight == 0)
		return 0;
	/* Acquire: pairs with the release in workers_stop(). */
	quiet = __atomic_load_n(&cd->quiet, __ATOMIC_ACQUIRE) != 0;
	/* These first: what a stream has at a worker was enqueued behind them. */
	n = done_take(cd, tasks, nb);
	for (i = 0; i < cd->nb_workers && n < nb; i++) {
		struct cpu_worker *w = &cd->workers[cd->next_worker];

		cd->next_worker = cd->next_worker + 1 == cd->nb_workers ? 0 : cd->next_worker + 1;
		if (w->in_flight != 0)
			n += worker_take(w, tasks + n, (uint16_t)(nb - n), quiet);
	}
	__atomic_store_n(&cd->in_flight, cd->in_flight - n, __ATOMIC_RELEASE);
	return n;
}

static void
cpu_location(struct rte_vtaccel *dev, char *buf, size_t len)
{
	const struct cpu_dev *cd = dev->data;

	if (cd->nb_workers == 0)
		snprintf(buf, len, "the calling thread");
	else
		snprintf(buf, len, "%u worker thread%s", cd->nb_workers,
			cd->nb_workers == 1 ? "" : "s");
}

static const struct rte_vtaccel_ops cpu_ops = {
	.api = RTE_VTACCEL_API,
	.name = "cpu",
	.type = RTE_VINETALK_ACCEL_CPU,
	.notifies = true,
	.probe = cpu_probe,
	.remove = cpu_remove,
	.start = cpu_start,
	.stop = cpu_stop,
	.proc_at = cpu_proc_at,
	.stream_open = cpu_stream_open,
	.stream_close = cpu_stream_close,
	.enqueue_burst = cpu_enqueue_burst,
	.dequeue_burst = cpu_dequeue_burst,
	.location = cpu_location,
};

RTE_VTACCEL_REGISTER_DRIVER(cpu_ops)
