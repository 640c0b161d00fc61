/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The crypto accelerator: cryptodevs, whose operations run on worker threads, small ones in the caller. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "crypto_private.h"

RTE_LOG_REGISTER(crypto_logtype, driver.accel.crypto, NOTICE);

static void
crypto_remove(struct rte_vtaccel *dev)
{
	struct crypto_dev *cd = dev->data;

	rte_vtaccel_workers_free(cd->workers);
	crypto_dev_close(cd);
	pthread_mutex_destroy(&cd->lock);
	free(cd->procs);
	free(cd);
}

/* Also for workers, which ask the device for its data. */
static int
make(struct rte_vtaccel *dev, const char *name, const struct rte_vtaccel_workers_conf *conf)
{
	struct crypto_dev *cd = dev->data;
	int ret = crypto_dev_open(cd, name);

	if (ret == 0)
		ret = crypto_procs_make(cd);
	if (ret != 0)
		return ret;
	if (cd->nb_procs == 0) {
		CRYPTO_LOG(ERR, "%s: %s has none of the algorithms", dev->name, cd->where);
		return -ENOTSUP;
	}
	ret = crypto_dev_start(cd);
	if (ret != 0)
		return ret;
	cd->workers = rte_vtaccel_workers_create(dev, conf);
	return cd->workers != NULL ? 0 : -rte_errno;
}

static int
crypto_probe(struct rte_vtaccel *dev, const char *args)
{
	uint64_t workers = 1, depth = 1024, bytes = 4096, sessions = 8, all = 2048;
	char name[48] = "";
	const struct rte_vtaccel_arg known[] = {
		{ .key = "dev", .string = name, .size = sizeof(name) },
		{ .key = "workers", .number = &workers, .max = RTE_VTACCEL_WORKERS_MAX },
		{ .key = "inline", .number = &bytes, .max = UINT32_MAX },
		{ .key = "depth", .number = &depth, .min = 1,
			.max = RTE_VTACCEL_WORKERS_MAX_DEPTH },
		{ .key = "sessions", .number = &sessions, .min = 1, .max = CRYPTO_SESSIONS_MAX },
		{ .key = "all_sessions", .number = &all, .min = 1, .max = 1 << 20 },
	};
	struct rte_vtaccel_workers_conf conf = { .burst = CRYPTO_BURST, .run = crypto_run };
	struct crypto_dev *cd;
	int ret;

	ret = rte_vtaccel_args_parse(dev, args, known, RTE_DIM(known));
	if (ret != 0)
		return ret;
	if (name[0] == '\0') {
		CRYPTO_LOG(ERR, "%s: dev= is missing: a cryptodev, or a driver such as crypto_openssl", dev->name);
		return -EINVAL;
	}
	cd = calloc(1, sizeof(*cd));
	if (cd == NULL)
		return -ENOMEM;
	cd->dev = dev;
	cd->nb_threads = (uint32_t)workers + 1;
	cd->max_sessions = (uint32_t)sessions;
	cd->all_sessions = (uint32_t)all;
	pthread_mutex_init(&cd->lock, NULL);
	dev->data = cd;
	conf.nb_workers = (uint32_t)workers;
	conf.depth = (uint32_t)depth;
	conf.inline_bytes = bytes;
	ret = make(dev, name, &conf);
	if (ret != 0)
		crypto_remove(dev);
	return ret;
}

static struct rte_vtaccel_workers *
workers_of(struct rte_vtaccel *dev)
{
	return ((struct crypto_dev *)dev->data)->workers;
}

static int
crypto_start(struct rte_vtaccel *dev)
{
	return rte_vtaccel_workers_start(workers_of(dev));
}

static void
crypto_stop(struct rte_vtaccel *dev)
{
	rte_vtaccel_workers_stop(workers_of(dev));
}

static const struct rte_vtaccel_proc *
crypto_proc_at(struct rte_vtaccel *dev, unsigned int index)
{
	struct crypto_dev *cd = dev->data;

	return index < cd->nb_procs ? &cd->procs[index] : NULL;
}

static int
crypto_stream_open(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream)
{
	struct crypto_dev *cd = dev->data;
	struct crypto_stream *cs = calloc(1, sizeof(*cs) + cd->max_sessions * sizeof(cs->sessions[0]));

	if (cs == NULL)
		return -ENOMEM;
	if (!crypto_sessions_open(cd)) {
		CRYPTO_LOG(WARNING, "%s: %u streams, of which each can have a session, are all that go with all_sessions=%u",
			dev->name, cd->nb_streams, cd->all_sessions);
		free(cs);
		return -ENOSPC;
	}
	stream->driver_data = cs;
	rte_vtaccel_workers_stream_open(cd->workers, stream);
	return 0;
}

static void
crypto_stream_close(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream)
{
	struct crypto_stream *cs = stream->driver_data;

	crypto_sessions_close(dev->data, stream);
	rte_vtaccel_workers_stream_close(&cs->ws);
	free(cs);
	stream->driver_data = NULL;
}

static uint16_t
crypto_enqueue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	return rte_vtaccel_workers_enqueue_burst(workers_of(dev), tasks, nb);
}

static uint16_t
crypto_dequeue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	return rte_vtaccel_workers_dequeue_burst(workers_of(dev), tasks, nb);
}

static void
crypto_location(struct rte_vtaccel *dev, char *buf, size_t len)
{
	struct crypto_dev *cd = dev->data;
	char workers[64];

	rte_vtaccel_workers_location(cd->workers, workers, sizeof(workers));
	snprintf(buf, len, "%s, %s", cd->where, workers);
}

/* One that waits for a worker. */
static int
crypto_abandon(struct rte_vtaccel *dev, struct rte_vtaccel_task *task)
{
	return rte_vtaccel_workers_abandon(workers_of(dev), task);
}

static bool
crypto_equal(struct rte_vtaccel *dev, struct rte_vtaccel *other)
{
	return crypto_dev_equal(dev->data, other->data);
}

static int
crypto_recover(struct rte_vtaccel *dev)
{
	return crypto_dev_restart(dev->data);
}

static int
crypto_mem_add(struct rte_vtaccel *dev, void *addr, uint64_t len)
{
	return rte_vtaccel_maps_add(((struct crypto_dev *)dev->data)->maps, addr, len);
}

static void
crypto_mem_del(struct rte_vtaccel *dev, void *addr)
{
	rte_vtaccel_maps_del(((struct crypto_dev *)dev->data)->maps, addr);
}

static const struct rte_vtaccel_ops crypto_ops = {
	.api = RTE_VTACCEL_API,
	.name = "crypto",
	.type = RTE_VINETALK_ACCEL_CRYPTO,
	.notifies = true,
	.probe = crypto_probe,
	.remove = crypto_remove,
	.start = crypto_start,
	.stop = crypto_stop,
	.proc_at = crypto_proc_at,
	.stream_open = crypto_stream_open,
	.stream_close = crypto_stream_close,
	.enqueue_burst = crypto_enqueue_burst,
	.dequeue_burst = crypto_dequeue_burst,
	.abandon = crypto_abandon,
	.location = crypto_location,
	.equal = crypto_equal,
	.recover = crypto_recover,
	.mem_add = crypto_mem_add,
	.mem_del = crypto_mem_del,
};

RTE_VTACCEL_REGISTER_DRIVER(crypto_ops)
