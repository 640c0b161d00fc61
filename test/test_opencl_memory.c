/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * What tasks in flight take of a device's memory: a layer of the loader (test/opencl/fail_layer.c) counts it, and is out of it
 * when a test says so.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "opencl.h"
#include "opencl/fail_layer.h"
#include "test_accel.h"

#define LEN (256U << 10)
#define NEED (2 * LEN)  /* of a task: input and output */
#define LIMIT (3 * NEED)
#define NB 64

static struct vt_cl_fail *layer;
static struct rte_vtaccel *dev;
static struct rte_vtaccel_account accounts[2];
static struct rte_vtaccel_stream streams[3]; /* the first two are of one account */
static struct { struct accel_task at; uint64_t args[16]; } calls[NB];
static uint8_t *in, *out;

static void
up(uint64_t limit)
{
	char args[128];
	unsigned int i;

	memset(layer, 0, sizeof(*layer));
	snprintf(args, sizeof(args), ",copy=1,depth=%u,task_memory=%" PRIu64, NB, limit);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(opencl_devargs("test/opencl/test.cl", args), &dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(dev), 0);
	for (i = 0; i < RTE_DIM(streams); i++) {
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &streams[i]), 0);
		streams[i].account = &accounts[i / 2];
	}
	in = malloc(LEN);
	out = malloc((size_t)NB * LEN);
	CU_ASSERT_TRUE_FATAL(in != NULL && out != NULL);
	memset(in, 5, LEN);
	memset(out, 1, (size_t)NB * LEN);
}

static void
down(void)
{
	unsigned int i;

	rte_vtaccel_stop(dev);
	for (i = 0; i < RTE_DIM(streams); i++)
		rte_vtaccel_stream_close(&streams[i]);
	rte_vtaccel_remove(dev);
	CU_ASSERT_EQUAL(layer->bytes, 0);
	free(in);
	free(out);
}

static struct rte_vtaccel_task *
task(unsigned int i, struct rte_vtaccel_stream *s, uint32_t len)
{
	struct rte_vtaccel_opencl_args sizes = opencl_sizes(1024, 0);
	struct rte_vtaccel_task *t = &calls[i].at.t;

	accel_task_init(&calls[i].at, rte_vtaccel_proc_find(dev, "cl_echo"), s);
	accel_task_in(&calls[i].at, in, len);
	accel_task_out(&calls[i].at, out + (size_t)i * LEN, len);
	memset(calls[i].args, 0, sizeof(calls[i].args));
	memcpy(calls[i].args, &sizes, sizeof(sizes));
	t->args = calls[i].args;
	t->args_len = sizeof(sizes);
	return t;
}

static const struct rte_vtaccel_task *
run_one(uint32_t len)
{
	struct rte_vtaccel_task *t = task(0, &streams[0], len), *back;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, &t, 1), 1);
	CU_ASSERT_EQUAL_FATAL(accel_collect(dev, &back, 1), 1);
	return back;
}

/* As many at once as the device takes, of so many streams. */
static void
flood(unsigned int nb_streams)
{
	struct rte_vtaccel_task *t[NB];
	unsigned int i;

	for (i = 0; i < NB; i++)
		t[i] = task(i, &streams[i % nb_streams], LEN);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, t, NB), NB);
}

/* All of them end well, and those of a stream in its order. */
static void
all_well(void)
{
	struct rte_vtaccel_task *t[NB];
	unsigned int i, j;

	CU_ASSERT_EQUAL_FATAL(accel_collect(dev, t, NB), NB);
	for (i = 0; i < NB; i++) {
		CU_ASSERT_TRUE(t[i]->status == 0 && out[(size_t)i * LEN] == 5 && out[(size_t)i * LEN + 1024] == 1);
		for (j = i + 1; j < NB; j++)
			CU_ASSERT_TRUE(t[i]->stream != t[j]->stream || t[i] < t[j]);
	}
	CU_ASSERT_EQUAL(layer->nb_full != 0, layer->room != 0);
}

static void
test_account(void)
{
	up(LIMIT);
	flood(1);
	all_well();
	CU_ASSERT_TRUE(layer->most >= NEED && layer->most <= LIMIT);
	/* Two streams of one account, and one of another. */
	layer->most = 0;
	flood(2);
	all_well();
	CU_ASSERT_TRUE(layer->most >= NEED && layer->most <= LIMIT);
	layer->most = 0;
	flood(3);
	all_well();
	CU_ASSERT_TRUE(layer->most >= NEED && layer->most <= 2 * LIMIT);
	down();
}

static void
test_too_large(void)
{
	const struct rte_vtaccel_task *back;

	up(NEED);
	CU_ASSERT_EQUAL(run_one(LEN)->status, 0);
	down();
	up(NEED - 1);
	back = run_one(LEN);
	CU_ASSERT_TRUE(back->status == -EMSGSIZE && back->result == NEED - 1);
	CU_ASSERT_EQUAL(run_one(LEN / 2)->status, 0);
	down();
}

/* The device has less than tasks may take. */
static void
test_full(void)
{
	up(NB * NEED);
	layer->room = 2 * NEED + LEN;
	flood(3);
	all_well();
	CU_ASSERT_TRUE(layer->most <= layer->room);
	/* Nobody has what one alone needs. */
	layer->room = NEED - 1;
	CU_ASSERT_EQUAL(run_one(LEN)->status, -ENOMEM);
	down();
}

/* The same where the platform looks for memory when a copy is written, or when a kernel needs it. */
static void
test_full_late(void)
{
	unsigned int i;

	for (i = VT_CL_FULL_WRITE; i <= VT_CL_FULL_LAUNCH; i++) {
		up(NB * NEED);
		layer->room = 2 * NEED + LEN;
		layer->full = i;
		flood(3);
		all_well();
		layer->room = NEED - 1;
		CU_ASSERT_EQUAL(run_one(LEN)->status, -ENOMEM);
		/* Nothing of it is left in the way. */
		layer->room = NEED;
		CU_ASSERT_EQUAL(run_one(LEN)->status, 0);
		down();
	}
}

/* What waits when the device is stopped comes back, and does not keep others behind it when it goes on. */
static void
test_stop(void)
{
	struct rte_vtaccel_task *t[NB];
	unsigned int i, canceled = 0;

	up(NEED);
	flood(1);
	rte_vtaccel_stop(dev);
	CU_ASSERT_EQUAL_FATAL(accel_collect(dev, t, NB), NB);
	for (i = 0; i < NB; i++) {
		CU_ASSERT_TRUE(t[i]->status == 0 || t[i]->status == -ECANCELED);
		canceled += t[i]->status == -ECANCELED;
	}
	CU_ASSERT_TRUE(canceled != 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(dev), 0);
	memset(out, 1, (size_t)NB * LEN);
	flood(3);
	all_well();
	down();
}

static int
wanted(void)
{
	return opencl_layer_wanted(&layer);
}

static const struct vt_test_case run_cases[] = {
	{ "tasks of an account", test_account },
	{ "one that needs more", test_too_large },
	{ "a device that is full", test_full },
	{ "a device that is full, seen later", test_full_late },
	{ "stopped while tasks wait", test_stop },
};

VT_TEST_SUITE_F(vinetalk_opencl_memory_run_autotest, wanted, NULL, run_cases, VT_TEST_F_EXTRA)

static void
test_memory(void)
{
	opencl_layer_run("vinetalk_opencl_memory_run_autotest");
}

static const struct vt_test_case cases[] = {
	{ "by a layer of the loader", test_memory },
};

VT_TEST_SUITE(vinetalk_opencl_memory_autotest, opencl_needed, NULL, cases)
