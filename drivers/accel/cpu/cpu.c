/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The cpu accelerator: native procedures on worker threads, small ones in the caller. */

#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>

#include <rte_vtaccel.h>
#include <rte_vtaccel_workers.h>

#include "cpu_proc.h"

RTE_LOG_REGISTER(cpu_logtype, driver.accel.cpu, NOTICE);

static void
cpu_run(struct rte_vtaccel *dev, uint32_t thread, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	uint16_t i;

	RTE_SET_USED(dev);
	RTE_SET_USED(thread);
	for (i = 0; i < nb; i++)
		rte_vtaccel_native_run(tasks[i]);
}

static int
cpu_probe(struct rte_vtaccel *dev, const char *args)
{
	uint64_t workers = 1, depth = 1024, bytes = 4096, aside = 4;
	const struct rte_vtaccel_arg known[] = {
		{ .key = "workers", .number = &workers, .max = RTE_VTACCEL_WORKERS_MAX },
		{ .key = "inline", .number = &bytes, .max = UINT32_MAX },
		{ .key = "depth", .number = &depth, .min = 1,
			.max = RTE_VTACCEL_WORKERS_MAX_DEPTH },
		{ .key = "aside", .number = &aside, .max = RTE_VTACCEL_WORKERS_MAX_ASIDE },
	};
	/* One at a time: a procedure may take long, and the next poll is not to wait for a second. */
	struct rte_vtaccel_workers_conf conf = { .burst = 1, .run = cpu_run };
	int ret;

	ret = rte_vtaccel_args_parse(dev, args, known, RTE_DIM(known));
	if (ret != 0)
		return ret;
	conf.nb_workers = (uint32_t)workers;
	conf.depth = (uint32_t)depth;
	conf.inline_bytes = bytes;
	conf.max_aside = (uint16_t)aside;
	dev->data = rte_vtaccel_workers_create(dev, &conf);
	return dev->data != NULL ? 0 : -rte_errno;
}

static void
cpu_remove(struct rte_vtaccel *dev)
{
	rte_vtaccel_workers_free(dev->data);
}

static int
cpu_start(struct rte_vtaccel *dev)
{
	return rte_vtaccel_workers_start(dev->data);
}

static void
cpu_stop(struct rte_vtaccel *dev)
{
	rte_vtaccel_workers_stop(dev->data);
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
	stream->driver_data = calloc(1, sizeof(struct rte_vtaccel_workers_stream));
	if (stream->driver_data == NULL)
		return -ENOMEM;
	rte_vtaccel_workers_stream_open(dev->data, stream);
	return 0;
}

static void
cpu_stream_close(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream)
{
	RTE_SET_USED(dev);
	rte_vtaccel_workers_stream_close(stream->driver_data);
	free(stream->driver_data);
	stream->driver_data = NULL;
}

static uint16_t
cpu_enqueue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	return rte_vtaccel_workers_enqueue_burst(dev->data, tasks, nb);
}

static uint16_t
cpu_dequeue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	return rte_vtaccel_workers_dequeue_burst(dev->data, tasks, nb);
}

static int
cpu_abandon(struct rte_vtaccel *dev, struct rte_vtaccel_task *task)
{
	return rte_vtaccel_workers_abandon(dev->data, task);
}

/* What each can do, its procedures say. */
static bool
cpu_equal(struct rte_vtaccel *dev, struct rte_vtaccel *other)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(other);
	return true;
}

static void
cpu_location(struct rte_vtaccel *dev, char *buf, size_t len)
{
	rte_vtaccel_workers_location(dev->data, buf, len);
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
	.abandon = cpu_abandon,
	.location = cpu_location,
	.equal = cpu_equal,
};

RTE_VTACCEL_REGISTER_DRIVER(cpu_ops)
