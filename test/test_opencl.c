/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The opencl accelerator through its class: kernels, arguments, what is refused, copies. */

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_log.h>

#include "opencl.h"
#include "test_accel.h"

#define N 1024

/* A call with room for the arguments of any kernel here. */
struct cl_task {
	struct accel_task at;
	uint64_t args[32];
};

static struct rte_vtaccel *dev;
static struct rte_vtaccel_stream stream;
static float a[N] __rte_aligned(64), b[N] __rte_aligned(64), sum[N] __rte_aligned(64);
static uint32_t words[N] __rte_aligned(64), more[N] __rte_aligned(64);

const char *
opencl_devargs(const char *file, const char *more_args)
{
	static char buf[600];

	snprintf(buf, sizeof(buf), "opencl,kernels=%s/%s%s", vt_test_source_dir(), file, more_args);
	return buf;
}

int
opencl_needed(void)
{
#ifdef VT_HAVE_OPENCL
	struct rte_vtaccel *d;
	int ret = rte_vtaccel_probe(opencl_devargs("test/opencl/test.cl", ""), &d);

	if (ret == 0)
		rte_vtaccel_remove(d);
	if (ret == -ENODEV)
		vt_test_skip_reason("no OpenCL platform is installed (pocl-opencl-icd)");
	return ret == -ENODEV ? VT_TEST_SKIPPED : ret;
#else
	vt_test_skip_reason("built without an OpenCL ICD loader (ocl-icd-opencl-dev)");
	return VT_TEST_SKIPPED;
#endif
}

static void
open_with(const char *more_args)
{
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(opencl_devargs("test/opencl/test.cl", more_args),
		&dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &stream), 0);
}

static void
finish(void)
{
	rte_vtaccel_stream_close(&stream);
	rte_vtaccel_remove(dev);
	dev = NULL;
}

static void
task(struct cl_task *ct, const char *kernel, struct rte_vtaccel_opencl_args sizes)
{
	const struct rte_vtaccel_proc *p = rte_vtaccel_proc_find(dev, kernel);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	accel_task_init(&ct->at, p, &stream);
	memset(ct->args, 0, sizeof(ct->args));
	memcpy(ct->args, &sizes, sizeof(sizes));
	ct->at.t.args = ct->args;
	ct->at.t.args_len = p->min_args;
}

static void
arg(struct cl_task *ct, uint32_t offset, const void *value, uint32_t size)
{
	memcpy(RTE_PTR_ADD(ct->args, offset), value, size);
}

static int
run(struct cl_task *ct)
{
	struct rte_vtaccel_task *t = &ct->at.t, *back;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, &t, 1), 1);
	CU_ASSERT_EQUAL_FATAL(accel_collect(dev, &back, 1), 1);
	CU_ASSERT_PTR_EQUAL(back, t);
	return t->status;
}

static void
vadd(struct cl_task *ct, struct rte_vtaccel_opencl_args sizes, uint32_t nb)
{
	task(ct, "cl_vadd", sizes);
	accel_task_in(&ct->at, a, nb * 4);
	accel_task_in(&ct->at, b, nb * 4);
	accel_task_out(&ct->at, sum, nb * 4);
}

static void
fill(void)
{
	unsigned int i;

	for (i = 0; i < N; i++) {
		a[i] = (float)i;
		b[i] = 0.5f * (float)i;
		sum[i] = -1;
		words[i] = i;
		more[i] = 0;
	}
}

static unsigned int
wrong_sums(unsigned int nb)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < nb; i++)
		wrong += sum[i] != 1.5f * (float)i;
	for (; i < N; i++)
		wrong += sum[i] != -1;
	return wrong;
}

static void
check_vadd(uint32_t copied)
{
	struct cl_task ct;

	fill();
	vadd(&ct, opencl_sizes(N, 64), N);
	CU_ASSERT_EQUAL(run(&ct), 0);
	CU_ASSERT_EQUAL(ct.at.t.result, N);
	CU_ASSERT_EQUAL(ct.at.t.copied, copied);
	CU_ASSERT_EQUAL(wrong_sums(N), 0);
	/* The device chooses the groups; segments longer than needed, and the rest is left as it was. */
	fill();
	vadd(&ct, opencl_sizes(100, 0), N);
	CU_ASSERT_EQUAL(run(&ct), 0);
	CU_ASSERT_EQUAL(ct.at.t.result, 100);
	CU_ASSERT_EQUAL(wrong_sums(100), 0);
}

static void
test_vadd(void)
{
	open_with("");
	check_vadd(0);
	finish();
}

static void
test_vadd_copy(void)
{
	open_with(",copy=1");
	/* Two inputs to the device, the output to it and back. */
	check_vadd(4 * N * 4);
	finish();
}

static void
test_values(void)
{
	const int8_t c = -3;
	const double d = 2.25;
	const int16_t s = -300;
	const float v[4] = { 1, 2, 4, 100 };
	const int32_t i[4] = { -7, 0, 0, 9 };
	double out[8];
	struct cl_task ct;

	open_with("");
	/* 32: char, 40: double, 48: short, 64: float3, 80: int4. */
	task(&ct, "cl_values", opencl_sizes(1, 1));
	CU_ASSERT_EQUAL(ct.at.t.args_len, 96);
	arg(&ct, 32, &c, 1);
	arg(&ct, 40, &d, 8);
	arg(&ct, 48, &s, 2);
	arg(&ct, 64, v, 16);
	arg(&ct, 80, i, 16);
	memset(out, 0, sizeof(out));
	accel_task_out(&ct.at, out, sizeof(out));
	CU_ASSERT_EQUAL(run(&ct), 0);
	CU_ASSERT_EQUAL(out[0], -3);
	CU_ASSERT_EQUAL(out[1], 2.25);
	CU_ASSERT_EQUAL(out[2], -300);
	CU_ASSERT_EQUAL(out[3], 7);
	CU_ASSERT_EQUAL(out[4], -7);
	CU_ASSERT_EQUAL(out[5], 9);
	CU_ASSERT_EQUAL(out[6], sizeof(out));
	CU_ASSERT_EQUAL(out[7], 1);
	finish();
}

static void
test_local_memory(void)
{
	uint32_t bytes = 16 * 4, i, wrong = 0;
	struct cl_task ct;

	open_with("");
	fill();
	task(&ct, "cl_group_sum", opencl_sizes(64, 16));
	arg(&ct, 32, &bytes, 4);
	accel_task_in(&ct.at, words, 64 * 4);
	accel_task_out(&ct.at, more, 64 * 4);
	CU_ASSERT_EQUAL(run(&ct), 0);
	for (i = 0; i < 64; i++)
		wrong += more[i] != 16 * (i / 16 * 16) + 120;
	CU_ASSERT_EQUAL(wrong, 0);
	/* None, and more than any device has. */
	bytes = 0;
	arg(&ct, 32, &bytes, 4);
	CU_ASSERT_EQUAL(run(&ct), -EINVAL);
	bytes = UINT32_MAX;
	arg(&ct, 32, &bytes, 4);
	CU_ASSERT_EQUAL(run(&ct), -EINVAL);
	finish();
}

/* What a kernel leaves alone keeps its value, also where the output goes to a device and back. */
static void
check_in_out(void)
{
	struct cl_task ct;
	uint32_t what = 1000, i, wrong = 0;

	fill();
	task(&ct, "cl_add_to_odd", opencl_sizes(N, 0));
	arg(&ct, 32, &what, 4);
	accel_task_out(&ct.at, words, sizeof(words));
	CU_ASSERT_EQUAL(run(&ct), 0);
	for (i = 0; i < N; i++)
		wrong += words[i] != i + (i % 2 == 1 ? 1000 : 0);
	CU_ASSERT_EQUAL(wrong, 0);
}

static void
test_in_out(void)
{
	open_with("");
	check_in_out();
	finish();
	open_with(",copy=1");
	check_in_out();
	finish();
}

static void
test_sizes_refused(void)
{
	static const struct rte_vtaccel_opencl_args bad[] = {
		{ .dims = 0, .global = { N } },
		{ .dims = 4, .global = { N, 1, 1 } },
		{ .dims = UINT32_MAX, .global = { N, 1, 1 } },
		{ .dims = 1, .reserved = 1, .global = { N } },
		{ .dims = 1 },
		{ .dims = 2, .global = { N, 0 } },
		{ .dims = 2, .global = { 0, N } },
		{ .dims = 1, .global = { N, 1 } },
		{ .dims = 1, .global = { N }, .local = { 0, 1 } },
		{ .dims = 1, .global = { N }, .local = { 3 } },
		{ .dims = 1, .global = { N }, .local = { 2 * N } },
		{ .dims = 2, .global = { N, 1 }, .local = { 1, 0 } },
		{ .dims = 2, .global = { N, 1 }, .local = { 0, 1 } },
		{ .dims = 1, .global = { UINT32_MAX }, .local = { UINT32_MAX } },
		{ .dims = 3, .global = { UINT32_MAX, UINT32_MAX, UINT32_MAX } },
		{ .dims = 3, .global = { 1u << 22, 1u << 21, 1u << 21 } },
		{ .dims = 3, .global = { 1u << 16, 1u << 16, 1 }, .local = { 1u << 16, 1u << 16, 1 } },
	};
	struct cl_task ct;
	unsigned int i;

	open_with("");
	fill();
	for (i = 0; i < RTE_DIM(bad); i++) {
		vadd(&ct, bad[i], N);
		CU_ASSERT_EQUAL(run(&ct), -EINVAL);
		CU_ASSERT_EQUAL(ct.at.t.copied, 0);
		CU_ASSERT_EQUAL(ct.at.t.exec_ns, 0);
	}
	CU_ASSERT_EQUAL(wrong_sums(0), 0);
	/* A kernel that is for groups of 8. */
	task(&ct, "cl_by_eight", opencl_sizes(64, 8));
	accel_task_out(&ct.at, words, 64 * 4);
	CU_ASSERT_EQUAL(run(&ct), 0);
	CU_ASSERT_EQUAL(words[63], 8);
	task(&ct, "cl_by_eight", opencl_sizes(64, 4));
	accel_task_out(&ct.at, words, 64 * 4);
	CU_ASSERT_EQUAL(run(&ct), -EINVAL);
	task(&ct, "cl_by_eight", opencl_sizes(64, 0));
	accel_task_out(&ct.at, words, 64 * 4);
	CU_ASSERT_EQUAL(run(&ct), -EINVAL);
	finish();
	open_with(",max_items=1000");
	vadd(&ct, opencl_sizes(1001, 0), N);
	CU_ASSERT_EQUAL(run(&ct), -EINVAL);
	vadd(&ct, opencl_sizes(1000, 0), N);
	CU_ASSERT_EQUAL(run(&ct), 0);
	finish();
}

static void
test_segments_refused(void)
{
	struct cl_task ct;

	open_with("");
	fill();
	/* Too small: one byte, an input and an output. */
	vadd(&ct, opencl_sizes(N, 0), N);
	ct.at.segs[0].len--;
	CU_ASSERT_EQUAL(run(&ct), -EINVAL);
	vadd(&ct, opencl_sizes(N, 0), N);
	ct.at.segs[2].len--;
	CU_ASSERT_EQUAL(run(&ct), -ENOSPC);
	CU_ASSERT_EQUAL(ct.at.t.result, N * 4);
	vadd(&ct, opencl_sizes(1, 1), N);
	ct.at.segs[2].len = 0;
	CU_ASSERT_EQUAL(run(&ct), -ENOSPC);
	/* Not at a multiple of the element. */
	vadd(&ct, opencl_sizes(N / 2, 0), N / 2);
	ct.at.segs[1].addr = RTE_PTR_ADD(b, 2);
	CU_ASSERT_EQUAL(run(&ct), -EINVAL);
	/* An output on an input, as a whole and in part. */
	vadd(&ct, opencl_sizes(N / 2, 0), N / 2);
	ct.at.segs[2].addr = a;
	CU_ASSERT_EQUAL(run(&ct), -EINVAL);
	vadd(&ct, opencl_sizes(N / 2, 0), N / 2);
	ct.at.segs[2].addr = b + N / 2 - 1;
	CU_ASSERT_EQUAL(run(&ct), -EINVAL);
	/* One behind the other is none. And inputs may be the same. */
	vadd(&ct, opencl_sizes(N / 2, 0), N / 2);
	ct.at.segs[2].addr = b + N / 2;
	ct.at.segs[1].addr = a;
	CU_ASSERT_EQUAL(run(&ct), 0);
	CU_ASSERT_EQUAL(b[N - 1], N - 2);
	/* Numbers of segments and arguments. */
	vadd(&ct, opencl_sizes(N, 0), N);
	ct.at.t.nb_in = 1;
	CU_ASSERT_EQUAL(run(&ct), -EINVAL);
	vadd(&ct, opencl_sizes(N, 0), N);
	ct.at.t.args_len--;
	CU_ASSERT_EQUAL(run(&ct), -EINVAL);
	finish();
}

static void
test_empty_segment(void)
{
	struct cl_task ct;
	uint8_t none = 7;

	open_with("");
	task(&ct, "cl_echo", opencl_sizes(16, 0));
	accel_task_in(&ct.at, &none, 0);
	accel_task_out(&ct.at, &none, 0);
	CU_ASSERT_EQUAL(run(&ct), 0);
	CU_ASSERT_EQUAL(none, 7);
	finish();
}

/* ---- at start-up ---- */

static char said[8192];

static ssize_t
said_write(void *cookie, const char *buf, size_t len)
{
	RTE_SET_USED(cookie);
	strncat(said, buf, RTE_MIN(len, sizeof(said) - strlen(said) - 1));
	return (ssize_t)len;
}

/* What the probe returns; the log is in said. */
static int
probe_fails(const char *devargs)
{
	FILE *log = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = said_write });
	struct rte_vtaccel *d = NULL;
	int ret;

	said[0] = '\0';
	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	setvbuf(log, NULL, _IONBF, 0);
	rte_openlog_stream(log);
	ret = rte_vtaccel_probe(devargs, &d);
	rte_openlog_stream(NULL);
	fclose(log);
	if (ret == 0)
		rte_vtaccel_remove(d);
	return ret;
}

static void
test_build_error(void)
{
	CU_ASSERT_EQUAL(probe_fails(opencl_devargs("test/opencl/bad.cl", "")), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "bad.cl cannot be built"));
	/* The compiler's own words. */
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "there_is_no_such_function"));
	CU_ASSERT_EQUAL(probe_fails(opencl_devargs("test/opencl/struct.cl", "")), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "struct pair"));
	/* A directory: all files of it, so the first bad one ends it. */
	CU_ASSERT_EQUAL(probe_fails(opencl_devargs("test/opencl", "")), -EINVAL);
}

static void
test_spirv(void)
{
	char path[200], args[260];
	FILE *f;
	int ret;

	/* The magic number and nothing that could be built. */
	snprintf(path, sizeof(path), "%s/x.spv", vt_test_tmp_dir());
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fwrite("\x03\x02\x23\x07", 1, 4, f);
	fclose(f);
	snprintf(args, sizeof(args), "opencl,kernels=%s", path);
	ret = probe_fails(args);
	/* Not supported by the device, or supported and no program. */
	CU_ASSERT(ret == -ENOTSUP || ret == -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "x.spv"));
}

static void
test_arguments_refused(void)
{
	char args[200];

	CU_ASSERT_EQUAL(probe_fails("opencl"), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "kernels="));
	CU_ASSERT_EQUAL(probe_fails("opencl,kernels=/nonexistent"), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "/nonexistent"));
	snprintf(args, sizeof(args), "opencl,kernels=%s", vt_test_tmp_dir());
	CU_ASSERT(probe_fails(args) < 0);
	CU_ASSERT(probe_fails("opencl,kernels=/dev/null") < 0);
	CU_ASSERT_EQUAL(probe_fails(opencl_devargs("test/opencl/test.cl", ",platform=nobody")),
		-ENODEV);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "no OpenCL platform nobody"));
	CU_ASSERT_EQUAL(probe_fails(opencl_devargs("test/opencl/test.cl", ",device=77")), -ENODEV);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "no OpenCL device 77"));
	CU_ASSERT_EQUAL(probe_fails(opencl_devargs("test/opencl/test.cl", ",copy=2")), -EINVAL);
	CU_ASSERT_EQUAL(probe_fails(opencl_devargs("test/opencl/test.cl", ",depth=0")), -EINVAL);
	CU_ASSERT_EQUAL(probe_fails(opencl_devargs("test/opencl/test.cl", ",nonsense=1")), -EINVAL);
}

static void
test_unknown_kernel(void)
{
	open_with("");
	CU_ASSERT_PTR_NULL(rte_vtaccel_proc_find(dev, "cl_no_such_kernel"));
	CU_ASSERT_PTR_NOT_NULL(rte_vtaccel_proc_find(dev, RTE_VTACCEL_PROC_TO_ACCEL));
	CU_ASSERT_EQUAL(rte_vtaccel_proc_find(dev, "cl_vadd")->type, RTE_VINETALK_ACCEL_GPU);
	finish();
}

/* ---- stop, failure ---- */

#define NB_BURN 32
static struct cl_task burns[NB_BURN];
static struct rte_vtaccel_task *ptrs[NB_BURN], *back[NB_BURN];

static uint16_t
enqueue_burns(uint32_t rounds)
{
	unsigned int i;

	for (i = 0; i < NB_BURN; i++) {
		task(&burns[i], "cl_burn", opencl_sizes(16, 16));
		arg(&burns[i], 32, &rounds, 4);
		accel_task_out(&burns[i].at, more + 16 * i, 16 * 4);
		ptrs[i] = &burns[i].at.t;
	}
	return rte_vtaccel_enqueue_burst(dev, ptrs, NB_BURN);
}

static void
test_stop_in_flight(void)
{
	unsigned int i, n;

	open_with("");
	memset(more, 0, sizeof(more));
	n = enqueue_burns(200000);
	CU_ASSERT_EQUAL(n, NB_BURN);
	rte_vtaccel_stop(dev);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs, 1), 0);
	/* All of it is over: nothing writes any more. */
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, NB_BURN), NB_BURN);
	for (i = 0; i < NB_BURN; i++) {
		CU_ASSERT_PTR_EQUAL(back[i], ptrs[i]);
		CU_ASSERT(back[i]->status == 0 || back[i]->status == -ECANCELED);
		CU_ASSERT(back[i]->status != 0 || more[16 * i + 1] != 0);
	}
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), 0);
	finish();
	/* And with tasks that nobody takes. */
	open_with("");
	CU_ASSERT_EQUAL(enqueue_burns(20000), NB_BURN);
	rte_vtaccel_stop(dev);
	finish();
}

static void
test_depth(void)
{
	open_with(",depth=5");
	CU_ASSERT_EQUAL(enqueue_burns(1000), 5);
	CU_ASSERT_EQUAL(accel_collect(dev, back, 5), 5);
	finish();
}

static void
test_device_fails(void)
{
	struct cl_task ct;
	unsigned int i;

	open_with(",fail_after=10");
	CU_ASSERT_EQUAL(enqueue_burns(1000), NB_BURN);
	CU_ASSERT_EQUAL(accel_collect(dev, back, NB_BURN), NB_BURN);
	for (i = 0; i < NB_BURN; i++)
		CU_ASSERT_EQUAL(back[i]->status, i < 10 ? 0 : -EIO);
	CU_ASSERT_EQUAL(dev->state, RTE_VINETALK_ACCEL_FAILED);
	fill();
	vadd(&ct, opencl_sizes(N, 0), N);
	CU_ASSERT_EQUAL(run(&ct), -EIO);
	CU_ASSERT_EQUAL(wrong_sums(0), 0);
	rte_vtaccel_stop(dev);
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), -EIO);
	finish();
}

/* ---- buffers of the device ---- */

static struct { uint8_t host[8192]; } arena __rte_aligned(4096);

static int
sync_run(const char *proc, void *addr, uint32_t len)
{
	struct cl_task ct;

	task(&ct, proc, (struct rte_vtaccel_opencl_args){ .dims = 0 });
	ct.at.t.args_len = 0;
	accel_task_in(&ct.at, addr, len);
	CU_ASSERT_EQUAL(run(&ct), 0);
	CU_ASSERT_EQUAL(ct.at.t.copied, ct.at.t.result);
	return (int)ct.at.t.result;
}

/* Copy the first half of the arena to the second one by a kernel; how many bytes were copied for that. */
static int
echo_run(uint32_t from, uint32_t to, uint32_t len)
{
	struct cl_task ct;

	task(&ct, "cl_echo", opencl_sizes(len, 0));
	accel_task_in(&ct.at, arena.host + from, len);
	accel_task_out(&ct.at, arena.host + to, len);
	return run(&ct) != 0 ? ct.at.t.status : (int)ct.at.t.copied;
}

static void
test_buffer_stays(void)
{
	open_with(",copy=1");
	memset(&arena, 1, sizeof(arena));
	CU_ASSERT_EQUAL(dev->ops->buf_add(dev, &arena, 4096, false), 0);
	/* What was in it is there. */
	CU_ASSERT_EQUAL(echo_run(0, 2048, 512), 0);
	CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_HOST, arena.host + 2048, 512), 512);
	CU_ASSERT_EQUAL(arena.host[2048], 1);
	/* The host's writes are not seen before they are handed over, nor the device's. */
	memset(arena.host, 2, 512);
	CU_ASSERT_EQUAL(echo_run(0, 2048, 512), 0);
	CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_HOST, arena.host + 2048, 512), 512);
	CU_ASSERT_EQUAL(arena.host[2048], 1);
	CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_ACCEL, arena.host, 512), 512);
	CU_ASSERT_EQUAL(echo_run(0, 2048, 512), 0);
	CU_ASSERT_EQUAL(arena.host[2048], 1);
	CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_HOST, arena.host + 2048, 512), 512);
	CU_ASSERT_EQUAL(arena.host[2048], 2);
	/* Parts of it at any other place. */
	CU_ASSERT_EQUAL(echo_run(0, 2048 + 8, 512), -EINVAL);
	/* Out of it to where nothing stays: to the device and back. */
	CU_ASSERT_EQUAL(echo_run(0, 4096, 512), 1024);
	CU_ASSERT_EQUAL(arena.host[4096], 2);
	/* Across its end: not as a whole in it. */
	CU_ASSERT_EQUAL(echo_run(4096 - 256, 6000, 512), 3 * 512);
	CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_HOST, arena.host + 4096 - 256, 512), 0);
	CU_ASSERT_EQUAL(dev->ops->buf_del(dev, &arena), 0);
	CU_ASSERT_EQUAL(dev->ops->buf_del(dev, &arena), -ENOENT);
	CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_HOST, arena.host, 512), 0);
	CU_ASSERT_EQUAL(echo_run(0, 2048, 512), 3 * 512);
	finish();
}

static void
test_buffer_both(void)
{
	open_with(",copy=1");
	memset(&arena, 1, sizeof(arena));
	CU_ASSERT_EQUAL(dev->ops->buf_add(dev, &arena, 4096, true), 0);
	memset(arena.host, 2, 512);
	CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_ACCEL, arena.host, 512), 512);
	/* What the task wrote is at the host's with its end. */
	CU_ASSERT_EQUAL(echo_run(0, 2048, 512), 512);
	CU_ASSERT_EQUAL(arena.host[2048], 2);
	CU_ASSERT_EQUAL(arena.host[2048 + 512], 1);
	finish();
}

static void
test_buffer_table(void)
{
	unsigned int i;

	open_with(",copy=1");
	for (i = 0; i < 8; i += 2)
		CU_ASSERT_EQUAL(dev->ops->buf_add(dev, arena.host + 1024 * i, 1024, false), 0);
	for (i = 7; i < 8; i -= 2)
		CU_ASSERT_EQUAL(dev->ops->buf_add(dev, arena.host + 1024 * i, 1024, false), 0);
	CU_ASSERT_EQUAL(dev->ops->buf_add(dev, arena.host + 1024, 1, false), -EEXIST);
	CU_ASSERT_EQUAL(dev->ops->buf_add(dev, arena.host + 2047, 2, false), -EEXIST);
	CU_ASSERT_EQUAL(dev->ops->buf_add(dev, arena.host, 8192, false), -EEXIST);
	for (i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_HOST, arena.host + 1024 * i, 1024),
			1024);
	/* In two of them. */
	CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_HOST, arena.host + 1000, 48), 0);
	CU_ASSERT_EQUAL(dev->ops->buf_del(dev, arena.host + 1), -ENOENT);
	for (i = 0; i < 8; i += 3)
		CU_ASSERT_EQUAL(dev->ops->buf_del(dev, arena.host + 1024 * i), 0);
	for (i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_HOST, arena.host + 1024 * i, 1024),
			i % 3 == 0 ? 0 : 1024);
	/* The remove gives the others back. */
	finish();
	open_with("");
	CU_ASSERT_EQUAL(dev->ops->buf_add(dev, &arena, 4096, false), -ENOTSUP);
	CU_ASSERT_EQUAL(sync_run(RTE_VTACCEL_PROC_TO_ACCEL, &arena, 512), 0);
	finish();
}

/* A platform's compiler takes signals over; the program has its own again. */
static void
test_signals(void)
{
	static const int signals[] = { SIGBUS, SIGSEGV, SIGTERM, SIGINT, SIGFPE, SIGABRT };
	struct sigaction before[RTE_DIM(signals)], now;
	struct rte_vtaccel *own = NULL;
	unsigned int i;

	for (i = 0; i < RTE_DIM(signals); i++)
		CU_ASSERT_EQUAL(sigaction(signals[i], NULL, &before[i]), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(opencl_devargs("test/opencl/test.cl", ""), &own), 0);
	for (i = 0; i < RTE_DIM(signals); i++) {
		CU_ASSERT_EQUAL(sigaction(signals[i], NULL, &now), 0);
		CU_ASSERT_TRUE(now.sa_handler == before[i].sa_handler);
	}
	rte_vtaccel_remove(own);
}

static const struct vt_test_case cases[] = {
	{ "signals stay the program's", test_signals },
	{ "vector add, in place", test_vadd },
	{ "vector add on a device with memory of its own", test_vadd_copy },
	{ "values of all kinds", test_values },
	{ "local memory", test_local_memory },
	{ "outputs keep what the kernel leaves alone", test_in_out },
	{ "work sizes that are refused", test_sizes_refused },
	{ "segments that are refused", test_segments_refused },
	{ "empty segments", test_empty_segment },
	{ "a kernel that cannot be built", test_build_error },
	{ "SPIR-V that is none", test_spirv },
	{ "arguments that are refused", test_arguments_refused },
	{ "unknown kernel", test_unknown_kernel },
	{ "stop with tasks in flight", test_stop_in_flight },
	{ "depth", test_depth },
	{ "a device that fails", test_device_fails },
	{ "a buffer stays on the device", test_buffer_stays },
	{ "a buffer in both places", test_buffer_both },
	{ "many buffers", test_buffer_table },
};

VT_TEST_SUITE(vinetalk_opencl_autotest, opencl_needed, NULL, cases)
