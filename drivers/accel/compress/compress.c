/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The compress accelerator: compressdevs, whose operations run on worker threads, small ones in
 * the caller.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "compress_private.h"

RTE_LOG_REGISTER(compress_logtype, driver.accel.compress, NOTICE);

static const struct rte_vtaccel_proc procs[] = {
	{
		.api = RTE_VTACCEL_API,
		.name = RTE_VTACCEL_PROC_DEFLATE,
		.type = RTE_VINETALK_ACCEL_COMPRESS,
		.min_in = 1, .max_in = 1,
		.min_out = 1, .max_out = 2,
		.min_args = sizeof(struct rte_vtaccel_deflate_args),
		.max_args = sizeof(struct rte_vtaccel_deflate_args),
	},
	{
		.api = RTE_VTACCEL_API,
		.name = RTE_VTACCEL_PROC_INFLATE,
		.type = RTE_VINETALK_ACCEL_COMPRESS,
		.min_in = 1, .max_in = 1,
		.min_out = 1, .max_out = 2,
		.min_args = sizeof(struct rte_vtaccel_inflate_args),
		.max_args = sizeof(struct rte_vtaccel_inflate_args),
	},
};

static void
compress_remove(struct rte_vtaccel *dev)
{
	struct compress_dev *cd = dev->data;

	rte_vtaccel_workers_free(cd->workers);
	compress_dev_close(cd);
	pthread_mutex_destroy(&cd->lock);
	free(cd);
}

/* Also for workers, which ask the device for its data. */
static int
make(struct rte_vtaccel *dev, const char *name, const struct rte_vtaccel_workers_conf *conf)
{
	struct compress_dev *cd = dev->data;
	int ret = compress_dev_open(cd, name);

	if (ret == 0)
		ret = compress_dev_start(cd);
	if (ret != 0)
		return ret;
	cd->workers = rte_vtaccel_workers_create(dev, conf);
	return cd->workers != NULL ? 0 : -rte_errno;
}

static int
compress_probe(struct rte_vtaccel *dev, const char *args)
{
	uint64_t workers = 1, depth = 1024, bytes = 1024;
	char name[48] = "";
	const struct rte_vtaccel_arg known[] = {
		{ .key = "dev", .string = name, .size = sizeof(name) },
		{ .key = "workers", .number = &workers, .max = RTE_VTACCEL_WORKERS_MAX },
		{ .key = "inline", .number = &bytes, .max = UINT32_MAX },
		{ .key = "depth", .number = &depth, .min = 1,
			.max = RTE_VTACCEL_WORKERS_MAX_DEPTH },
	};
	struct rte_vtaccel_workers_conf conf = { .burst = 1, .run = compress_run };
	struct compress_dev *cd;
	int ret;

	ret = rte_vtaccel_args_parse(dev, args, known, RTE_DIM(known));
	if (ret != 0)
		return ret;
	if (name[0] == '\0') {
		COMPRESS_LOG(ERR, "%s: dev= is missing: a compressdev, or a driver such as compress_isal", dev->name);
		return -EINVAL;
	}
	cd = calloc(1, sizeof(*cd));
	if (cd == NULL)
		return -ENOMEM;
	cd->dev = dev;
	cd->nb_threads = (uint32_t)workers + 1;
	pthread_mutex_init(&cd->lock, NULL);
	dev->data = cd;
	conf.nb_workers = (uint32_t)workers;
	conf.depth = (uint32_t)depth;
	conf.inline_bytes = bytes;
	ret = make(dev, name, &conf);
	if (ret != 0)
		compress_remove(dev);
	return ret;
}

static struct rte_vtaccel_workers *
workers_of(struct rte_vtaccel *dev)
{
	return ((struct compress_dev *)dev->data)->workers;
}

static int
compress_start(struct rte_vtaccel *dev)
{
	return rte_vtaccel_workers_start(workers_of(dev));
}

static void
compress_stop(struct rte_vtaccel *dev)
{
	rte_vtaccel_workers_stop(workers_of(dev));
}

static const struct rte_vtaccel_proc *
compress_proc_at(struct rte_vtaccel *dev, unsigned int index)
{
	RTE_SET_USED(dev);
	return index < RTE_DIM(procs) ? &procs[index] : NULL;
}

static int
compress_stream_open(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream)
{
	struct compress_stream *cs = calloc(1, sizeof(*cs));

	if (cs == NULL)
		return -ENOMEM;
	stream->driver_data = cs;
	rte_vtaccel_workers_stream_open(workers_of(dev), stream);
	return 0;
}

static void
compress_stream_close(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream)
{
	struct compress_stream *cs = stream->driver_data;

	RTE_SET_USED(dev);
	rte_vtaccel_workers_stream_close(&cs->ws);
	free(cs);
	stream->driver_data = NULL;
}

static uint16_t
compress_enqueue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	return rte_vtaccel_workers_enqueue_burst(workers_of(dev), tasks, nb);
}

static uint16_t
compress_dequeue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	return rte_vtaccel_workers_dequeue_burst(workers_of(dev), tasks, nb);
}

static void
compress_location(struct rte_vtaccel *dev, char *buf, size_t len)
{
	struct compress_dev *cd = dev->data;
	char workers[64];

	rte_vtaccel_workers_location(cd->workers, workers, sizeof(workers));
	snprintf(buf, len, "%s, %s", cd->where, workers);
}

/* One that waits for a worker. */
static int
compress_abandon(struct rte_vtaccel *dev, struct rte_vtaccel_task *task)
{
	return rte_vtaccel_workers_abandon(workers_of(dev), task);
}

static bool
compress_equal(struct rte_vtaccel *dev, struct rte_vtaccel *other)
{
	return compress_dev_equal(dev->data, other->data);
}

static int
compress_recover(struct rte_vtaccel *dev)
{
	return compress_dev_restart(dev->data);
}

static int
compress_mem_add(struct rte_vtaccel *dev, void *addr, uint64_t len)
{
	return rte_vtaccel_maps_add(((struct compress_dev *)dev->data)->maps, addr, len);
}

static void
compress_mem_del(struct rte_vtaccel *dev, void *addr)
{
	rte_vtaccel_maps_del(((struct compress_dev *)dev->data)->maps, addr);
}

static const struct rte_vtaccel_ops compress_ops = {
	.api = RTE_VTACCEL_API,
	.name = "compress",
	.type = RTE_VINETALK_ACCEL_COMPRESS,
	.notifies = true,
	.probe = compress_probe,
	.remove = compress_remove,
	.start = compress_start,
	.stop = compress_stop,
	.proc_at = compress_proc_at,
	.stream_open = compress_stream_open,
	.stream_close = compress_stream_close,
	.enqueue_burst = compress_enqueue_burst,
	.dequeue_burst = compress_dequeue_burst,
	.abandon = compress_abandon,
	.location = compress_location,
	.equal = compress_equal,
	.recover = compress_recover,
	.mem_add = compress_mem_add,
	.mem_del = compress_mem_del,
};

RTE_VTACCEL_REGISTER_DRIVER(compress_ops)
