/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>

#include <rte_common.h>
#include <rte_vtaccel.h>

#include "fuzz.h"
#include "fuzz_slow.h"

#define DEPTH 32

struct slow {
	struct rte_vtaccel *dev;
	struct slow_says says;
	struct rte_vtaccel_task *tasks[DEPTH];
	bool ended[DEPTH];
	uint32_t nb, nb_bufs;
	bool stopped;
};

static struct slow slows[SLOW_MAX];
static unsigned int nb_slows;
static const struct rte_vtaccel_ops ops, twin_ops;

struct slow_says *
slow_says(unsigned int i)
{
	return &slows[i % SLOW_MAX].says;
}

void
slow_reset(void)
{
	unsigned int i;

	for (i = 0; i < nb_slows; i++)
		FUZZ_CHECK(slows[i].dev == NULL);
	memset(slows, 0, sizeof(slows));
	nb_slows = 0;
}

void
slow_state(unsigned int i)
{
	struct slow *s = &slows[i % SLOW_MAX];

	if (s->dev != NULL && s->says.failed)
		__atomic_store_n(&s->dev->state, RTE_VINETALK_ACCEL_FAILED, __ATOMIC_RELAXED);
}

void
slow_end(unsigned int i, unsigned int nb, bool last, int status)
{
	struct slow *s = &slows[i % SLOW_MAX];
	unsigned int n, at;

	for (n = 0; n < s->nb && nb != 0; n++) {
		at = last ? s->nb - 1 - n : n;
		if (s->ended[at])
			continue;
		rte_vtaccel_task_end(s->tasks[at], -status);
		s->tasks[at]->exec_ns = 1000;
		s->ended[at] = true;
		nb--;
	}
}

unsigned int
slow_has(unsigned int i)
{
	return slows[i % SLOW_MAX].nb;
}

static int
probe(struct rte_vtaccel *dev, const char *args)
{
	char kind[8] = "";
	const struct rte_vtaccel_arg known[] = { { .key = "kind", .string = kind, .size = sizeof(kind) } };
	int ret = rte_vtaccel_args_parse(dev, args, known, RTE_DIM(known));
	struct slow *s;

	if (ret != 0)
		return ret;
	if (nb_slows == SLOW_MAX)
		return -ENOSPC;
	s = &slows[nb_slows++];
	s->dev = dev;
	dev->data = s;
	dev->ops = strcmp(kind, "twin") == 0 ? &twin_ops : &ops;
	return 0;
}

static void
slow_remove(struct rte_vtaccel *dev)
{
	struct slow *s = dev->data;

	FUZZ_CHECK(s->nb == 0 && s->nb_bufs == 0);
	s->dev = NULL;
}

static int
start(struct rte_vtaccel *dev)
{
	return -((struct slow *)dev->data)->says.start;
}

static void
stop(struct rte_vtaccel *dev)
{
	struct slow *s = dev->data;

	s->stopped = true;
	slow_end((unsigned int)(s - slows), DEPTH, false, ECANCELED);
}

static const struct rte_vtaccel_proc *
proc_at(struct rte_vtaccel *dev, unsigned int index)
{
	static const struct rte_vtaccel_proc procs[] = {
		{ .api = RTE_VTACCEL_API, .name = "nop", .type = RTE_VINETALK_ACCEL_FPGA,
			.max_in = RTE_VINETALK_MAX_SEGS, .max_out = RTE_VINETALK_MAX_SEGS,
			.max_args = RTE_VINETALK_MAX_ARGS },
		{ .api = RTE_VTACCEL_API, .name = "one", .type = RTE_VINETALK_ACCEL_FPGA,
			.min_in = 1, .max_in = 1 },
	};

	/* The others do not have the second one. */
	return index < (dev->ops == &twin_ops ? RTE_DIM(procs) : 1) ? &procs[index] : NULL;
}

static int
stream_open(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream)
{
	(void)stream;
	return -((struct slow *)dev->data)->says.stream_open;
}

static uint16_t
enqueue(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct slow *s = dev->data;
	const uint32_t most = s->says.room == 1 || s->stopped ? 0 : DEPTH - RTE_MIN(s->says.room, DEPTH - 1);
	uint16_t n;

	for (n = 0; n < nb && s->nb < most; n++) {
		s->ended[s->nb] = false;
		s->tasks[s->nb++] = tasks[n];
	}
	return n;
}

static uint16_t
dequeue(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct slow *s = dev->data;
	uint32_t i, kept = 0;
	uint16_t n = 0;

	for (i = 0; i < s->nb; i++) {
		if (s->ended[i] && n < nb) {
			tasks[n++] = s->tasks[i];
			continue;
		}
		s->tasks[kept] = s->tasks[i];
		s->ended[kept++] = s->ended[i];
	}
	s->nb = kept;
	return n;
}

static int
give_up(struct rte_vtaccel *dev, struct rte_vtaccel_task *task)
{
	struct slow *s = dev->data;
	uint32_t i;

	/* It is among those that it has: else the engine would ask for somebody else's. */
	for (i = 0; i < s->nb && s->tasks[i] != task; i++)
		;
	FUZZ_CHECK(i < s->nb);
	return s->ended[i] ? 0 : -s->says.abandon;
}

static void
location(struct rte_vtaccel *dev, char *buf, size_t len)
{
	(void)dev;
	snprintf(buf, len, "here");
}

static int
buf_add(struct rte_vtaccel *dev, void *addr, uint64_t len, bool both)
{
	struct slow *s = dev->data;

	(void)both;
	FUZZ_CHECK(addr != NULL && len != 0);
	s->nb_bufs += s->says.buf_add == 0;
	return -s->says.buf_add;
}

static int
buf_del(struct rte_vtaccel *dev, void *addr)
{
	struct slow *s = dev->data;

	FUZZ_CHECK(addr != NULL && s->nb_bufs != 0);
	s->nb_bufs--;
	return 0;
}

static bool
equal(struct rte_vtaccel *dev, struct rte_vtaccel *other)
{
	(void)dev;
	(void)other;
	return true;
}

static int
recover(struct rte_vtaccel *dev)
{
	return -((struct slow *)dev->data)->says.recover;
}

static int
mem_add(struct rte_vtaccel *dev, void *addr, uint64_t len)
{
	FUZZ_CHECK(addr != NULL && len != 0);
	return -((struct slow *)dev->data)->says.mem_add;
}

static void
mem_del(struct rte_vtaccel *dev, void *addr)
{
	(void)dev;
	FUZZ_CHECK(addr != NULL);
}

#define COMMON \
	.api = RTE_VTACCEL_API, .name = "slow", .type = RTE_VINETALK_ACCEL_FPGA, .notifies = true, \
	.probe = probe, .remove = slow_remove, .start = start, .stop = stop, .proc_at = proc_at, \
	.stream_open = stream_open, .enqueue_burst = enqueue, .dequeue_burst = dequeue, .abandon = give_up, \
	.location = location, .equal = equal, .recover = recover, .mem_add = mem_add, .mem_del = mem_del

static const struct rte_vtaccel_ops ops = { COMMON, .buf_add = buf_add, .buf_del = buf_del };
/* Those that are like each other, and have no memory of their own. */
static const struct rte_vtaccel_ops twin_ops = { COMMON };

RTE_VTACCEL_REGISTER_DRIVER(ops)
