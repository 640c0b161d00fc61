/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The null accelerator: a FIFO of pointers, and faults for tests. */

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <rte_branch_prediction.h>
#include <rte_log.h>

#include "rte_vtaccel_null.h"

RTE_LOG_REGISTER(null_logtype, driver.accel.null, NOTICE);
#define NULL_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, null_logtype, "ACCEL_NULL: " fmt "\n", ## __VA_ARGS__)

#define MAX_ERRNO 4095

struct null_dev {
	/* The thread that enqueues and dequeues. */
	struct rte_vtaccel_task *head;
	struct rte_vtaccel_task *last;
	uint64_t nb_ended;
	/* Written by that thread, read by start. */
	uint32_t nb;
	/* Written by any thread; relaxed, since they say nothing about other memory. */
	uint32_t running;
	uint32_t stall;
	uint32_t status;
	uint32_t fail_every;
	uint32_t delay_us;
	uint32_t broken;
};

#define READ(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELAXED)

static const struct rte_vtaccel_ops null_ops[RTE_VINETALK_ACCEL_TYPES];

static uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int
null_probe(struct rte_vtaccel *dev, const char *args)
{
	uint64_t status = 0, delay = 0, stall = 0, every = 0, broken = 0;
	char type[RTE_VINETALK_NAME_LEN] = "any";
	const struct rte_vtaccel_arg known[] = {
		{ .key = "status", .number = &status, .max = MAX_ERRNO },
		{ .key = "delay_us", .number = &delay, .max = RTE_VTACCEL_NULL_MAX_DELAY_US },
		{ .key = "stall", .number = &stall, .max = 1 },
		{ .key = "fail_every", .number = &every, .max = UINT32_MAX },
		{ .key = "broken", .number = &broken, .max = 1 },
		{ .key = "type", .string = type, .size = sizeof(type) },
	};
	struct null_dev *nd;
	int ret;

	ret = rte_vtaccel_args_parse(dev, args, known, RTE_DIM(known));
	if (ret != 0)
		return ret;
	ret = rte_vtaccel_type_parse(type);
	if (ret < 0) {
		NULL_LOG(ERR, "%s: no accelerator type %s", dev->name, type);
		return ret;
	}
	nd = calloc(1, sizeof(*nd));
	if (nd == NULL)
		return -ENOMEM;
	nd->status = (uint32_t)status;
	nd->delay_us = (uint32_t)delay;
	nd->stall = (uint32_t)stall;
	nd->fail_every = (uint32_t)every;
	nd->broken = (uint32_t)broken;
	dev->data = nd;
	dev->ops = &null_ops[ret];
	return 0;
}

static void
null_remove(struct rte_vtaccel *dev)
{
	free(dev->data);
}

static int
null_start(struct rte_vtaccel *dev)
{
	struct null_dev *nd = dev->data;

	if (READ(nd->nb) != 0) {
		NULL_LOG(ERR, "%s: %u tasks have not been dequeued since the stop", dev->name,
			READ(nd->nb));
		return -EBUSY;
	}
	WRITE(nd->running, 1);
	return 0;
}

static void
null_stop(struct rte_vtaccel *dev)
{
	struct null_dev *nd = dev->data;

	WRITE(nd->running, 0);
	if (dev->notify != NULL)
		dev->notify(dev->notify_arg);
}

static const struct rte_vtaccel_proc *
null_proc_at(struct rte_vtaccel *dev, unsigned int index)
{
#define NOP(t) { .api = RTE_VTACCEL_API, .name = "nop", .type = t, \
	.max_in = RTE_VINETALK_MAX_SEGS, .max_out = RTE_VINETALK_MAX_SEGS, \
	.max_args = RTE_VINETALK_MAX_ARGS }
	static const struct rte_vtaccel_proc nop[] = {
		NOP(RTE_VINETALK_ACCEL_ANY), NOP(RTE_VINETALK_ACCEL_CPU),
		NOP(RTE_VINETALK_ACCEL_GPU), NOP(RTE_VINETALK_ACCEL_FPGA),
		NOP(RTE_VINETALK_ACCEL_CRYPTO), NOP(RTE_VINETALK_ACCEL_COMPRESS),
		NOP(RTE_VINETALK_ACCEL_DMA),
	};
	RTE_BUILD_BUG_ON(RTE_DIM(nop) != RTE_VINETALK_ACCEL_TYPES);

	return index == 0 ? &nop[dev->ops->type] : NULL;
}

static uint16_t
null_enqueue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct null_dev *nd = dev->data;
	const uint32_t delay_us = READ(nd->delay_us);
	uint64_t due = 0;
	uint16_t i;

	if (unlikely(nb == 0 || !READ(nd->running)))
		return 0;
	if (unlikely(READ(nd->broken)))
		WRITE(dev->state, RTE_VINETALK_ACCEL_FAILED);
	if (unlikely(delay_us != 0))
		due = now_ns() + (uint64_t)delay_us * 1000;
	if (nd->head == NULL)
		nd->head = tasks[0];
	else
		nd->last->driver_next = tasks[0];
	for (i = 0; i < nb; i++) {
		/* When it may go back, until it goes. */
		tasks[i]->exec_ns = due;
		tasks[i]->driver_next = i + 1 < nb ? tasks[i + 1] : NULL;
	}
	nd->last = tasks[nb - 1];
	WRITE(nd->nb, nd->nb + nb);
	return nb;
}

static int32_t
null_status(struct null_dev *nd, const struct rte_vtaccel_task *t, uint32_t status,
		uint32_t every)
{
	nd->nb_ended++;
	/* What nop takes: anything that a task can have. */
	if (unlikely(t->args_len > RTE_VINETALK_MAX_ARGS ||
			t->nb_in + t->nb_out > RTE_VINETALK_MAX_SEGS))
		return -EINVAL;
	if (likely(every == 0))
		return -(int32_t)status;
	if (nd->nb_ended % every != 0)
		return 0;
	return status == 0 ? -EIO : -(int32_t)status;
}

static uint16_t
null_dequeue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct null_dev *nd = dev->data;
	const uint32_t status = READ(nd->status);
	const uint32_t every = READ(nd->fail_every);
	const bool canceled = !READ(nd->running);
	const bool broken = READ(nd->broken);
	struct rte_vtaccel_task *t;
	uint64_t now = 0;
	uint16_t i;

	if (unlikely(broken))
		WRITE(dev->state, RTE_VINETALK_ACCEL_FAILED);
	if (nd->head == NULL || (unlikely(READ(nd->stall)) && !canceled))
		return 0;
	if (unlikely(nd->head->exec_ns != 0))
		now = now_ns();
	for (i = 0; i < nb && (t = nd->head) != NULL; i++) {
		if (unlikely(t->exec_ns > now && !canceled))
			break;
		nd->head = t->driver_next;
		if (unlikely(canceled || broken))
			rte_vtaccel_task_end(t, canceled ? -ECANCELED : -EIO);
		else
			rte_vtaccel_task_end(t, null_status(nd, t, status, every));
		tasks[i] = t;
	}
	WRITE(nd->nb, nd->nb - i);
	return i;
}

static bool
null_equal(struct rte_vtaccel *dev, struct rte_vtaccel *other)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(other);
	return true;
}

static int
null_recover(struct rte_vtaccel *dev)
{
	struct null_dev *nd = dev->data;

	return READ(nd->broken) ? -EIO : 0;
}

static void
null_location(struct rte_vtaccel *dev, char *buf, size_t len)
{
	RTE_SET_USED(dev);
	snprintf(buf, len, "nowhere");
}

int
rte_vtaccel_null_get(const struct rte_vtaccel *dev, struct rte_vtaccel_null_conf *conf)
{
	const struct null_dev *nd = dev->data;

	if (dev->ops->probe != null_probe)
		return -EINVAL;
	conf->status = READ(nd->status);
	conf->fail_every = READ(nd->fail_every);
	conf->delay_us = READ(nd->delay_us);
	conf->stall = READ(nd->stall) != 0;
	conf->broken = READ(nd->broken) != 0;
	return 0;
}

int
rte_vtaccel_null_set(struct rte_vtaccel *dev, const struct rte_vtaccel_null_conf *conf)
{
	struct null_dev *nd = dev->data;

	if (dev->ops->probe != null_probe || conf->status > MAX_ERRNO ||
			conf->delay_us > RTE_VTACCEL_NULL_MAX_DELAY_US) {
		NULL_LOG(ERR, "%s: driver %s, status %u of at most %u, delay_us %u of at most %u",
			dev->name, dev->ops->name, conf->status, MAX_ERRNO, conf->delay_us,
			RTE_VTACCEL_NULL_MAX_DELAY_US);
		return -EINVAL;
	}
	WRITE(nd->status, conf->status);
	WRITE(nd->fail_every, conf->fail_every);
	WRITE(nd->delay_us, conf->delay_us);
	WRITE(nd->stall, conf->stall ? 1 : 0);
	WRITE(nd->broken, conf->broken ? 1 : 0);
	if (!conf->stall && dev->notify != NULL)
		dev->notify(dev->notify_arg);
	return 0;
}

#define NULL_OPS(t) [t] = { \
	.api = RTE_VTACCEL_API, \
	.name = "null", \
	.type = t, \
	.probe = null_probe, \
	.remove = null_remove, \
	.start = null_start, \
	.stop = null_stop, \
	.proc_at = null_proc_at, \
	.enqueue_burst = null_enqueue_burst, \
	.dequeue_burst = null_dequeue_burst, \
	.location = null_location, \
	.equal = null_equal, \
	.recover = null_recover, \
}

/* One for each type that type= can name. */
static const struct rte_vtaccel_ops null_ops[RTE_VINETALK_ACCEL_TYPES] = {
	NULL_OPS(RTE_VINETALK_ACCEL_ANY),
	NULL_OPS(RTE_VINETALK_ACCEL_CPU),
	NULL_OPS(RTE_VINETALK_ACCEL_GPU),
	NULL_OPS(RTE_VINETALK_ACCEL_FPGA),
	NULL_OPS(RTE_VINETALK_ACCEL_CRYPTO),
	NULL_OPS(RTE_VINETALK_ACCEL_COMPRESS),
	NULL_OPS(RTE_VINETALK_ACCEL_DMA),
};

RTE_INIT(vtaccel_register_null)
{
	rte_vtaccel_registration_note(
		rte_vtaccel_register(&null_ops[RTE_VINETALK_ACCEL_ANY]));
}
