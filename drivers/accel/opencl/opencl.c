/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The opencl accelerator: kernels of the operator as procedures; a stream is an in-order queue. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_atomic.h>
#include <rte_pause.h>

#include "ocl_private.h"

RTE_LOG_REGISTER(ocl_logtype, driver.accel.opencl, NOTICE);

static void
opencl_free(struct ocl_dev *od)
{
	uint32_t i;

	ocl_recover_end(od);
	for (i = 0; i < od->nb_bufs; i++)
		if (od->bufs[i].mem != NULL)
			clReleaseMemObject(od->bufs[i].mem);
	ocl_teardown(od);
	free(od->bufs);
	free(od->tasks);
	free(od);
}

static int
opencl_probe(struct rte_vtaccel *dev, const char *args)
{
	uint64_t depth = 64, items = UINT64_C(1) << 32, fail_after = 0;
	struct ocl_args a = { .client_programs = 256 };
	const struct rte_vtaccel_arg known[] = {
		{ .key = "platform", .string = a.platform, .size = sizeof(a.platform) },
		{ .key = "device", .string = a.device, .size = sizeof(a.device) },
		{ .key = "kernels", .string = a.kernels, .size = sizeof(a.kernels) },
		{ .key = "copy", .number = &a.copy, .max = 1 },
		{ .key = "client_kernels", .number = &a.client_kernels, .max = 1 },
		{ .key = "unsafe-client-kernels", .number = &a.unsafe_client_kernels, .max = 1 },
		{ .key = "client_programs", .number = &a.client_programs, .min = 1,
			.max = OCL_MAX_CLIENT_PROGRAMS },
		{ .key = "depth", .number = &depth, .min = 1, .max = OCL_MAX_DEPTH },
		{ .key = "task_memory", .number = &a.task_memory, .min = 1, .max = UINT64_MAX },
		{ .key = "max_items", .number = &items, .min = 1, .max = UINT64_C(1) << 40 },
		{ .key = "fail_after", .number = &fail_after, .max = UINT32_MAX },
	};
	struct ocl_dev *od;
	uint32_t i;
	int ret;

	ret = rte_vtaccel_args_parse(dev, args, known, RTE_DIM(known));
	if (ret != 0)
		return ret;
	od = calloc(1, sizeof(*od));
	if (od == NULL)
		return -ENOMEM;
	od->dev = dev;
	od->args = a;
	od->depth = (uint32_t)depth;
	od->max_items = items;
	od->fail_after = fail_after;
	rte_spinlock_init(&od->buf_lock);
	TAILQ_INIT(&od->all);
	TAILQ_INIT(&od->active);
	STAILQ_INIT(&od->free);
	od->tasks = calloc(depth, sizeof(*od->tasks));
	od->bufs = calloc(OCL_MAX_BUFS, sizeof(*od->bufs));
	ret = od->tasks == NULL || od->bufs == NULL ? -ENOMEM : ocl_setup(od);
	if (ret != 0) {
		opencl_free(od);
		return ret;
	}
	for (i = 0; i < od->depth; i++) {
		od->tasks[i].od = od;
		STAILQ_INSERT_TAIL(&od->free, &od->tasks[i], next);
	}
	dev->data = od;
	return 0;
}

static void
opencl_remove(struct rte_vtaccel *dev)
{
	opencl_free(dev->data);
}

static int
opencl_start(struct rte_vtaccel *dev)
{
	struct ocl_dev *od = dev->data;
	uint32_t nb = __atomic_load_n(&od->in_flight, __ATOMIC_RELAXED);

	if (nb != 0) {
		OCL_LOG(ERR, "%s: %u tasks have not been dequeued since the stop", dev->name, nb);
		return -EBUSY;
	}
	__atomic_store_n(&od->running, 1, __ATOMIC_RELAXED);
	return 0;
}

/*
 * The caller stores inside, fences and loads running; a stop stores running, fences and waits for inside: one
 * of the two sees the other, and nothing is submitted once a stop has seen inside as 0.
 */
static bool
enter(struct ocl_dev *od)
{
	__atomic_store_n(&od->inside, 1, __ATOMIC_RELAXED);
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&od->running, __ATOMIC_RELAXED) != 0;
}

static void
leave(struct ocl_dev *od)
{
	/* Pairs with the acquire in the stop. */
	__atomic_store_n(&od->inside, 0, __ATOMIC_RELEASE);
}

static void
opencl_stop(struct rte_vtaccel *dev)
{
	const struct timespec pause = { .tv_nsec = 50000 };
	struct ocl_dev *od = dev->data;

	__atomic_store_n(&od->running, 0, __ATOMIC_RELAXED);
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	while (__atomic_load_n(&od->inside, __ATOMIC_ACQUIRE) != 0)
		rte_pause();
	/* OpenCL takes no command back: what the device has runs to its end. */
	while (__atomic_load_n(&od->pending, __ATOMIC_ACQUIRE) != 0)
		nanosleep(&pause, NULL);
	if (dev->notify != NULL)
		dev->notify(dev->notify_arg);
}

static const struct rte_vtaccel_proc *
opencl_proc_at(struct rte_vtaccel *dev, unsigned int index)
{
	const struct ocl_dev *od = dev->data;

	return index < od->nb_kernels ? &od->kernels[index]->proc : NULL;
}

static int
opencl_stream_open(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream)
{
	struct ocl_dev *od = dev->data;
	struct ocl_stream *s = calloc(1, sizeof(*s));
	cl_int err;

	if (s == NULL)
		return -ENOMEM;
	s->queue = ocl_queue_make(od, &err);
	if (s->queue == NULL) {
		OCL_LOG(ERR, "%s: no queue for stream %u: OpenCL error %d", dev->name, stream->id, err);
		free(s);
		return ocl_errno(err);
	}
	STAILQ_INIT(&s->fifo);
	TAILQ_INSERT_TAIL(&od->all, s, all_link);
	stream->driver_data = s;
	return 0;
}

static void
opencl_stream_close(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream)
{
	struct ocl_stream *s = stream->driver_data;
	struct ocl_dev *od = dev->data;

	TAILQ_REMOVE(&od->all, s, all_link);
	clReleaseCommandQueue(s->queue);
	ocl_client_free(od, s->client);
	free(s);
	stream->driver_data = NULL;
}

static uint16_t
opencl_enqueue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct ocl_dev *od = dev->data;
	struct ocl_stream *s = NULL;
	struct ocl_task *ot;
	uint16_t i = 0;

	if (likely(nb != 0 && enter(od))) {
		for (; i < nb && (ot = STAILQ_FIRST(&od->free)) != NULL; i++) {
			if (s != NULL && s != tasks[i]->stream->driver_data)
				ocl_stream_go(s);
			s = tasks[i]->stream->driver_data;
			STAILQ_REMOVE_HEAD(&od->free, next);
			ocl_stream_add(s, ot, tasks[i]);
			if (!s->active) {
				s->active = true;
				TAILQ_INSERT_TAIL(&od->active, s, link);
			}
		}
		if (s != NULL)
			ocl_stream_go(s);
		__atomic_store_n(&od->in_flight, od->in_flight + i, __ATOMIC_RELAXED);
	}
	leave(od);
	return i;
}

/* Tasks that wait for one that builds, or for memory, begin, or come back if the device was stopped. */
static void
resume(struct ocl_dev *od, struct ocl_stream *s)
{
	if (likely(enter(od)))
		ocl_stream_go(s);
	else if (s->building == NULL)
		for (; s->next != NULL; s->next = STAILQ_NEXT(s->next, next)) {
			s->next->status = -ECANCELED;
			s->next->ended = 1;
		}
	leave(od);
}

/* Tasks of a stream that have ended, in its order: OpenCL's threads may report them in any. */
static uint16_t
take_ended(struct ocl_dev *od, struct ocl_stream *s, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct ocl_task *ot;
	uint16_t n = 0;

	while (n < nb && (ot = STAILQ_FIRST(&s->fifo)) != NULL) {
		if (unlikely(s->next != NULL))
			resume(od, s);
		/* Pairs with the release in ocl_task_ended(). */
		if (__atomic_load_n(&ot->ended, __ATOMIC_ACQUIRE) == 0)
			break;
		STAILQ_REMOVE_HEAD(&s->fifo, next);
		if (s->building == ot)
			s->building = NULL;
		ocl_collect(ot);
		tasks[n++] = ot->t;
		STAILQ_INSERT_HEAD(&od->free, ot, next);
	}
	return n;
}

static uint16_t
opencl_dequeue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct ocl_dev *od = dev->data;
	struct ocl_stream *s, *next;
	uint16_t n = 0;

	for (s = TAILQ_FIRST(&od->active); s != NULL && n < nb; s = next) {
		next = TAILQ_NEXT(s, link);
		n += take_ended(od, s, tasks + n, nb - n);
		if (STAILQ_EMPTY(&s->fifo)) {
			s->active = false;
			TAILQ_REMOVE(&od->active, s, link);
		}
	}
	__atomic_store_n(&od->in_flight, od->in_flight - n, __ATOMIC_RELAXED);
	return n;
}

static void
opencl_location(struct rte_vtaccel *dev, char *buf, size_t len)
{
	const struct ocl_dev *od = dev->data;

	snprintf(buf, len, "%s%s", od->where, od->shares ? "" : ", memory of its own");
}

static const struct rte_vtaccel_ops opencl_ops = {
	.api = RTE_VTACCEL_API,
	.name = "opencl",
	.type = RTE_VINETALK_ACCEL_GPU,
	.notifies = true,
	.probe = opencl_probe,
	.remove = opencl_remove,
	.start = opencl_start,
	.stop = opencl_stop,
	.proc_at = opencl_proc_at,
	.stream_open = opencl_stream_open,
	.stream_close = opencl_stream_close,
	.enqueue_burst = opencl_enqueue_burst,
	.dequeue_burst = opencl_dequeue_burst,
	.location = opencl_location,
	.buf_add = ocl_buf_add,
	.buf_del = ocl_buf_del,
	.recover = ocl_recover,
};

RTE_VTACCEL_REGISTER_DRIVER(opencl_ops)
