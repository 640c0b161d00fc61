/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * An OpenCL device that fails and is made anew. A layer of the loader (test/opencl/fail_layer.c) lets it fail; it
 * must be there before the process first calls OpenCL: so the suite runs itself in another process.
 */

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <rte_vinetalk.h>

#include "fixture.h"
#include "opencl.h"
#include "opencl/fail_layer.h"
#include "test_accel.h"

#define TIMEOUT_MS 240000
#define WAIT_US 20000000
#define PART 512
#define PLACE 4096
#define NB 20

static struct vt_cl_fail *layer;
static struct rte_vtaccel *dev;
static struct rte_vtaccel_stream stream, other;
static struct { uint8_t at[4 * PLACE]; } mem __rte_aligned(4096);

/* ---- the other process ---- */

struct call {
	struct accel_task at;
	uint64_t args[16];
};

/* From one place to another one, by the kernel of the operator or by one of the client's. */
static void
echo(struct call *c, struct rte_vtaccel_stream *s, uint32_t kernel, uint32_t from, uint32_t to)
{
	struct rte_vtaccel_opencl_args sizes = opencl_sizes(PART, 0);

	sizes.kernel = kernel;
	accel_task_init(&c->at, rte_vtaccel_proc_find(dev, kernel != 0 ? RTE_VTACCEL_PROC_CL_CALL : "cl_echo"), s);
	accel_task_in(&c->at, mem.at + from, PART);
	accel_task_out(&c->at, mem.at + to, PART);
	memset(c->args, 0, sizeof(c->args));
	memcpy(c->args, &sizes, sizeof(sizes));
	c->at.t.args = c->args;
	c->at.t.args_len = sizeof(sizes);
}

static int
run(struct call *c)
{
	struct rte_vtaccel_task *t = &c->at.t, *back;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, &t, 1), 1);
	CU_ASSERT_EQUAL_FATAL(accel_collect(dev, &back, 1), 1);
	return back->status;
}

static int
echo_run(struct rte_vtaccel_stream *s, uint32_t kernel, uint32_t from, uint32_t to)
{
	struct call c;

	echo(&c, s, kernel, from, to);
	return run(&c);
}

static int
sync_run(const char *proc, uint32_t at, uint32_t len)
{
	struct call c;

	accel_task_init(&c.at, rte_vtaccel_proc_find(dev, proc), &stream);
	accel_task_in(&c.at, mem.at + at, len);
	return run(&c);
}

/* A program of a client's, whose only kernel does as cl_echo. */
static int
build_run(struct rte_vtaccel_stream *s, struct rte_vtaccel_opencl_kernel *made)
{
	static const char text[] = "kernel void mine(global const uchar *in, global uchar *out)"
		"{ out[get_global_id(0)] = in[get_global_id(0)]; }";
	static char said[512];
	struct call c;

	accel_task_init(&c.at, rte_vtaccel_proc_find(dev, RTE_VTACCEL_PROC_CL_BUILD), s);
	accel_task_in(&c.at, text, sizeof(text) - 1);
	accel_task_out(&c.at, said, sizeof(said));
	accel_task_out(&c.at, made, sizeof(*made));
	return run(&c);
}

static void
up(const char *more)
{
	memset(layer, 0, sizeof(*layer));
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(opencl_devargs("test/opencl/test.cl", more), &dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &stream), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &other), 0);
	memset(&mem, 7, sizeof(mem));
}

/* Nothing of what was made is left, and nothing that failed was used again. */
static void
down(void)
{
	rte_vtaccel_stop(dev);
	rte_vtaccel_stream_close(&stream);
	rte_vtaccel_stream_close(&other);
	rte_vtaccel_remove(dev);
	CU_ASSERT_TRUE(layer->contexts == 0 && layer->queues == 0);
	memset(layer, 0, sizeof(*layer));
}

/* The device goes at the next kernel. */
static void
fail(void)
{
	layer->launch = 1;
	CU_ASSERT_EQUAL(echo_run(&stream, 0, 3 * PLACE, 3 * PLACE + PART), -EIO);
	CU_ASSERT_EQUAL(dev->state, RTE_VINETALK_ACCEL_FAILED);
	CU_ASSERT_EQUAL(layer->on_dead, 1);
	CU_ASSERT_EQUAL(echo_run(&other, 0, 3 * PLACE, 3 * PLACE + PART), -EIO);
	CU_ASSERT_EQUAL(layer->on_dead, 1);
}

/* Ask until it is ready, or cannot be made. */
static int
recover(void)
{
	const time_t limit = time(NULL) + 60;
	int ret;

	do {
		ret = rte_vtaccel_recover(dev);
		if (ret == -EAGAIN)
			usleep(1000);
	} while (ret == -EAGAIN && time(NULL) < limit);
	return ret;
}

static void
works(uint32_t from, uint32_t to)
{
	memset(mem.at + from, (int)from / PART + 1, PART);
	memset(mem.at + to, 0, PART);
	CU_ASSERT_EQUAL(echo_run(&stream, 0, from, to), 0);
	CU_ASSERT_EQUAL(memcmp(mem.at + from, mem.at + to, PART), 0);
	memset(mem.at + to, 0, PART);
	CU_ASSERT_EQUAL(echo_run(&other, 0, from, to), 0);
	CU_ASSERT_EQUAL(memcmp(mem.at + from, mem.at + to, PART), 0);
}

static void
again_with(const char *more)
{
	unsigned int i;

	up(more);
	for (i = 0; i < 3; i++) {
		works(3 * PLACE, 3 * PLACE + PART);
		fail();
		CU_ASSERT_EQUAL(rte_vtaccel_recover(dev), -EAGAIN);
		CU_ASSERT_EQUAL(recover(), 0);
		CU_ASSERT_EQUAL(dev->state, RTE_VINETALK_ACCEL_IDLE);
		CU_ASSERT_TRUE(layer->contexts == 1 && layer->queues == 2 && layer->on_dead == 1);
		layer->on_dead = 0;
		/* One that works is not made anew. */
		CU_ASSERT_EQUAL(rte_vtaccel_recover(dev), 0);
	}
	works(3 * PLACE, 3 * PLACE + PART);
	/* A stream of after that, and the end of one of before. */
	rte_vtaccel_stream_close(&other);
	CU_ASSERT_EQUAL(rte_vtaccel_stream_open(dev, &other), 0);
	works(3 * PLACE, 3 * PLACE + PART);
	down();
}

static void
test_again(void)
{
	again_with("");
	again_with(",copy=1");
}

/* Buffers of both placements, and a third that comes while the device is away. */
static void
test_buffers(void)
{
	const uint32_t both = 0, own = PLACE;

	up(",copy=1");
	CU_ASSERT_EQUAL(dev->ops->buf_add(dev, mem.at + both, PLACE, true), 0);
	CU_ASSERT_EQUAL(dev->ops->buf_add(dev, mem.at + own, PLACE, false), 0);
	memset(mem.at + 3 * PLACE, 1, PART);
	CU_ASSERT_EQUAL(echo_run(&stream, 0, 3 * PLACE, both), 0);
	CU_ASSERT_EQUAL(echo_run(&stream, 0, 3 * PLACE, own), 0);
	fail();
	CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_HOST, own, PART), -EIO);
	CU_ASSERT_EQUAL(recover(), 0);
	layer->on_dead = 0;
	/* What the kernel wrote came back before, and went there again. */
	CU_ASSERT_EQUAL(mem.at[both], 1);
	memset(mem.at + both, 9, PART);
	CU_ASSERT_EQUAL(echo_run(&stream, 0, both, 3 * PLACE), 0);
	CU_ASSERT_TRUE(mem.at[3 * PLACE] == 1 && mem.at[3 * PLACE + PART - 1] == 1);
	/* What was on the device alone is lost, until all of it is sent. */
	CU_ASSERT_EQUAL(echo_run(&stream, 0, own, 3 * PLACE), -ESTALE);
	CU_ASSERT_EQUAL(echo_run(&stream, 0, 3 * PLACE, own), -ESTALE);
	CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_HOST, own, PLACE), -ESTALE);
	CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_ACCEL, own, PART), -ESTALE);
	CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_ACCEL, both, PART), 0);
	CU_ASSERT_EQUAL(echo_run(&stream, 0, own, 3 * PLACE), -ESTALE);
	memset(mem.at + own, 5, PLACE);
	CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_ACCEL, own, PLACE), 0);
	CU_ASSERT_EQUAL(echo_run(&stream, 0, own, 3 * PLACE), 0);
	CU_ASSERT_EQUAL(mem.at[3 * PLACE], 5);
	/* The others are not touched by that. */
	works(3 * PLACE, 3 * PLACE + PART);
	CU_ASSERT_EQUAL(dev->ops->buf_del(dev, mem.at + own), 0);
	CU_ASSERT_EQUAL(echo_run(&stream, 0, 3 * PLACE, own), 0);
	down();
}

static void
test_programs(void)
{
	struct rte_vtaccel_opencl_kernel made = { .kernel = 0 };

	up(",copy=1,client_kernels=1,unsafe-client-kernels=1,client_programs=1");
	CU_ASSERT_EQUAL(build_run(&stream, &made), 0);
	CU_ASSERT_EQUAL(made.kernel, 1);
	CU_ASSERT_EQUAL(echo_run(&stream, 1, 0, PLACE), 0);
	CU_ASSERT_EQUAL(build_run(&other, &made), -EDQUOT);
	fail();
	CU_ASSERT_EQUAL(recover(), 0);
	CU_ASSERT_EQUAL(echo_run(&stream, 1, 0, PLACE), -ESTALE);
	CU_ASSERT_EQUAL(echo_run(&stream, 2, 0, PLACE), -ENOENT);
	CU_ASSERT_EQUAL(echo_run(&other, 1, 0, PLACE), -ENOENT);
	/* It has its place again, and another number. */
	CU_ASSERT_EQUAL(build_run(&stream, &made), 0);
	CU_ASSERT_EQUAL(made.kernel, 2);
	memset(mem.at, 3, PART);
	CU_ASSERT_EQUAL(echo_run(&stream, 2, 0, PLACE), 0);
	CU_ASSERT_EQUAL(mem.at[PLACE], 3);
	CU_ASSERT_EQUAL(echo_run(&stream, 1, 0, PLACE), -ESTALE);
	CU_ASSERT_EQUAL(build_run(&other, &made), -EDQUOT);
	/* It is counted off once, with the stream that has it. */
	rte_vtaccel_stream_close(&stream);
	CU_ASSERT_EQUAL(rte_vtaccel_stream_open(dev, &stream), 0);
	CU_ASSERT_EQUAL(build_run(&other, &made), 0);
	works(3 * PLACE, 3 * PLACE + PART);
	down();
}

/* Each step of it fails, once: it says so, nothing is left of the attempt, and the next one succeeds. */
static void
test_steps(void)
{
	struct { uint32_t *number; uint32_t at; } steps[] = {
		{ &layer->context, 1 }, { &layer->build, 1 }, { &layer->queue, 1 }, { &layer->queue, 2 },
		{ &layer->buffer, 1 }, { &layer->buffer, 2 },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(steps); i++) {
		up(",copy=1");
		CU_ASSERT_EQUAL(dev->ops->buf_add(dev, mem.at, PLACE, true), 0);
		CU_ASSERT_EQUAL(dev->ops->buf_add(dev, mem.at + PLACE, PLACE, false), 0);
		fail();
		*steps[i].number = steps[i].at;
		CU_ASSERT_TRUE(recover() < 0);
		CU_ASSERT_EQUAL(*steps[i].number, 0);
		CU_ASSERT_EQUAL(dev->state, RTE_VINETALK_ACCEL_FAILED);
		CU_ASSERT_TRUE(layer->contexts == 1 && layer->queues == 2);
		CU_ASSERT_EQUAL(echo_run(&stream, 0, 0, PLACE), -EIO);
		/* A client may leave meanwhile. */
		if (i % 2 == 0)
			CU_ASSERT_EQUAL(dev->ops->buf_del(dev, mem.at), 0);
		CU_ASSERT_EQUAL(recover(), 0);
		CU_ASSERT_TRUE(layer->contexts == 1 && layer->queues == 2);
		works(3 * PLACE, 3 * PLACE + PART);
		CU_ASSERT_EQUAL(echo_run(&stream, 0, PLACE, 3 * PLACE), -ESTALE);
		if (i % 2 == 1) {
			memset(mem.at, 0, PART);
			CU_ASSERT_EQUAL(echo_run(&stream, 0, 0, 3 * PLACE), 0);
			CU_ASSERT_EQUAL(mem.at[3 * PLACE], 7);
		}
		down();
	}
	/* Removed in the midst of an attempt, and before somebody has asked how it went. */
	for (i = 0; i < 2; i++) {
		up("");
		fail();
		layer->hold = i == 0;
		CU_ASSERT_EQUAL(rte_vtaccel_recover(dev), -EAGAIN);
		CU_ASSERT_EQUAL(rte_vtaccel_recover(dev) == -EAGAIN || i == 1, true);
		layer->hold = 0;
		down();
	}
}

/* It fails in the midst of a burst: all tasks come back, in order, those before it done. */
static void
test_burst(void)
{
	static struct call calls[NB];
	struct rte_vtaccel_task *t[NB], *back[NB];
	unsigned int i;

	up(",copy=1");
	for (i = 0; i < NB; i++) {
		echo(&calls[i], &stream, 0, 0, PLACE);
		t[i] = &calls[i].at.t;
	}
	layer->launch = NB / 2 + 1;
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, t, NB), NB);
	CU_ASSERT_EQUAL_FATAL(accel_collect(dev, back, NB), NB);
	for (i = 0; i < NB; i++) {
		CU_ASSERT_PTR_EQUAL(back[i], t[i]);
		/* What was not back when it went may have gone with it. */
		CU_ASSERT_TRUE(back[i]->status == -EIO || (i < NB / 2 && back[i]->status == 0));
	}
	CU_ASSERT_EQUAL(recover(), 0);
	works(3 * PLACE, 3 * PLACE + PART);
	down();
}

/* ---- with an appliance ---- */

static int
client_run(uint16_t client, uint16_t proc, uint16_t vaccel, const struct rte_vtaccel_opencl_args *args,
		uint8_t *in, uint8_t *out)
{
	struct rte_vinetalk_completion c = { 0 };
	struct rte_vinetalk_task t;

	rte_vinetalk_task_init(&t, vaccel, proc, 1);
	rte_vinetalk_task_in(client, &t, in, PART);
	if (args != NULL) {
		rte_vinetalk_task_out(client, &t, out, PART);
		CU_ASSERT_EQUAL(rte_vinetalk_task_args_ref(client, &t, args, sizeof(*args)), 0);
	}
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_run(client, 0, &t, &c, WAIT_US), 0);
	return c.status;
}

static void
test_client(void)
{
	const struct rte_vtappliance_domain_conf domain = { .uid = -1, .gid = -1 };
	const struct rte_vtappliance_conf conf = { .probe_ms = 20 };
	const char *const accels[] = { opencl_devargs("test/opencl/test.cl", ",copy=1"), NULL };
	struct rte_vtaccel_opencl_args *args;
	struct rte_vinetalk_accel_info info;
	uint16_t client, echo_proc, send_proc, vaccel, second;
	uint8_t *in, *out, *own;
	struct fixture f;
	int ret, i;

	memset(layer, 0, sizeof(*layer));
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, accels, &conf, &domain), 0);
	ret = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(ret >= 0);
	client = (uint16_t)ret;
	CU_ASSERT_EQUAL_FATAL(fixture_proc(client, "cl_echo", &echo_proc, &vaccel), 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(client, RTE_VTACCEL_PROC_TO_ACCEL, &send_proc, &second), 0);
	args = rte_vinetalk_alloc(client, sizeof(*args), 0, RTE_VINETALK_PLACE_HOST);
	in = rte_vinetalk_alloc(client, PART, 0, RTE_VINETALK_PLACE_HOST);
	out = rte_vinetalk_alloc(client, PART, 0, RTE_VINETALK_PLACE_HOST);
	own = rte_vinetalk_alloc(client, PART, 0, RTE_VINETALK_PLACE_ACCEL);
	CU_ASSERT_TRUE_FATAL(args != NULL && in != NULL && out != NULL && own != NULL);
	*args = opencl_sizes(PART, 0);
	memset(in, 4, PART);
	CU_ASSERT_EQUAL(client_run(client, echo_proc, vaccel, args, in, own), 0);
	layer->launch = 1;
	CU_ASSERT_EQUAL(client_run(client, echo_proc, vaccel, args, in, out), -EIO);
	/* It is tried again, without anybody's help. */
	for (i = 0; i < 20000; i++) {
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_accel_info_get(client, 0, &info), 0);
		if (info.state != RTE_VINETALK_ACCEL_FAILED)
			break;
		usleep(1000);
	}
	/* The poller learns of it with the next turn. */
	for (i = 0; i < 1000 && (ret = client_run(client, echo_proc, vaccel, args, in, out)) == -EIO; i++)
		usleep(1000);
	CU_ASSERT_EQUAL(ret, 0);
	CU_ASSERT_EQUAL(memcmp(in, out, PART), 0);
	CU_ASSERT_EQUAL(client_run(client, echo_proc, vaccel, args, own, out), -ESTALE);
	memset(own, 6, PART);
	CU_ASSERT_EQUAL(client_run(client, send_proc, vaccel, NULL, own, NULL), 0);
	CU_ASSERT_EQUAL(client_run(client, echo_proc, vaccel, args, own, out), 0);
	CU_ASSERT_EQUAL(out[PART - 1], 6);
	CU_ASSERT_EQUAL(rte_vinetalk_close(client), 0);
	fixture_stop(&f);
	CU_ASSERT_TRUE(layer->contexts == 0 && layer->queues == 0);
}

int
opencl_layer_wanted(struct vt_cl_fail **found)
{
	const char *file = getenv("VT_OPENCL_FAIL");
	void *lib;
	int ret;

	if (file == NULL) {
		vt_test_skip_reason("VT_OPENCL_FAIL names no layer; the suite without _run sets it");
		return VT_TEST_SKIPPED;
	}
	/* Which loads the layers. */
	ret = opencl_needed();
	lib = ret == 0 ? dlopen(file, RTLD_NOW | RTLD_NOLOAD) : NULL;
	*found = lib != NULL ? dlsym(lib, "vt_cl_fail") : NULL;
	return ret != 0 ? ret : *found != NULL ? 0 : -1;
}

static int
wanted(void)
{
	return opencl_layer_wanted(&layer);
}

static const struct vt_test_case run_cases[] = {
	{ "it works again", test_again },
	{ "buffers", test_buffers },
	{ "programs of clients", test_programs },
	{ "attempts that fail", test_steps },
	{ "in the midst of a burst", test_burst },
	{ "a client of an appliance", test_client },
};

VT_TEST_SUITE_F(vinetalk_opencl_fail_run_autotest, wanted, NULL, run_cases, VT_TEST_F_EXTRA)

/* ---- this one ---- */

static const char script[] = "OPENCL_LAYERS=\"$1\" VT_OPENCL_FAIL=\"$1\""
	" exec \"$2/test/dpdk-test\" \"$3\"";

void
opencl_layer_run(const char *suite)
{
	char path[600], *output = NULL;
	int ret;

	snprintf(path, sizeof(path), "%s/test/opencl/libvt-cl-fail.so", vt_test_build_dir());
	if (access(path, R_OK) != 0) {
		vt_test_skip_reason("no CL/cl_layer.h");
		return;
	}
	ret = vt_test_run((const char *const[]){ "bash", "-c", script, "fail", path, vt_test_build_dir(), suite,
		NULL }, NULL, &output, TIMEOUT_MS);
	CU_ASSERT_EQUAL(ret, 0);
	if (ret != 0)
		printf("\n%s\n", output != NULL ? output : "");
	free(output);
}

static void
test_fail(void)
{
	opencl_layer_run("vinetalk_opencl_fail_run_autotest");
}

static const struct vt_test_case cases[] = {
	{ "by a layer of the loader", test_fail },
};

VT_TEST_SUITE(vinetalk_opencl_fail_autotest, opencl_needed, NULL, cases)
