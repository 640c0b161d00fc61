/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * SPIR-V where a device takes it. A layer of the loader (test/opencl/spirv_layer.c) makes PoCL do so, which must
 * be there before the process first calls OpenCL: so the suite runs itself in another process.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "opencl.h"
#include "test_accel.h"

#define N 256
#define TIMEOUT_MS 120000

static uint32_t in[N] __rte_aligned(64), out[N] __rte_aligned(64);

/* ---- the other process ---- */

struct scale {
	struct accel_task at;
	struct {
		struct rte_vtaccel_opencl_args sizes;
		uint32_t by;
	} args __rte_aligned(8);
};

static void
scale(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream, const char *proc, uint32_t kernel)
{
	const struct rte_vtaccel_proc *p = rte_vtaccel_proc_find(dev, proc);
	struct rte_vtaccel_task *t, *back;
	uint32_t i, wrong = 0;
	struct scale s;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	memset(&s.args, 0, sizeof(s.args));
	s.args.sizes = opencl_sizes(N, 0);
	s.args.sizes.kernel = kernel;
	s.args.by = 3;
	accel_task_init(&s.at, p, stream);
	accel_task_in(&s.at, in, sizeof(in));
	accel_task_out(&s.at, out, sizeof(out));
	s.at.t.args = &s.args;
	s.at.t.args_len = sizeof(s.args.sizes) + sizeof(s.args.by);
	for (i = 0; i < N; i++) {
		in[i] = i;
		out[i] = 0;
	}
	t = &s.at.t;
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, &t, 1), 1);
	CU_ASSERT_EQUAL_FATAL(accel_collect(dev, &back, 1), 1);
	CU_ASSERT_EQUAL(back->status, 0);
	for (i = 0; i < N; i++)
		wrong += out[i] != 3 * i;
	CU_ASSERT_EQUAL(wrong, 0);
}

static int
build(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream, const void *bytes, uint32_t len)
{
	struct rte_vtaccel_task *t, *back;
	struct accel_task at;
	char text[1024] = "";

	accel_task_init(&at, rte_vtaccel_proc_find(dev, RTE_VTACCEL_PROC_CL_BUILD), stream);
	accel_task_in(&at, bytes, len);
	accel_task_out(&at, text, sizeof(text));
	t = &at.t;
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, &t, 1), 1);
	CU_ASSERT_EQUAL_FATAL(accel_collect(dev, &back, 1), 1);
	return back->status;
}

static void
test_run(void)
{
	const char *file = getenv("VT_OPENCL_SPIRV");
	struct rte_vtaccel_stream stream;
	struct rte_vtaccel *dev;
	char devargs[600], bytes[8192];
	size_t len;
	FILE *f;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	snprintf(devargs, sizeof(devargs), "opencl,kernels=%s,copy=1,client_kernels=1,"
		"unsafe-client-kernels=1", file);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(devargs, &dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &stream), 0);
	scale(dev, &stream, "spv_scale", 0);
	/* The same as a client's, and what is none but in its first bytes. */
	f = fopen(file, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	CU_ASSERT_EQUAL(build(dev, &stream, bytes, (uint32_t)len / 2), -ENOTSUP);
	CU_ASSERT_EQUAL(build(dev, &stream, bytes, (uint32_t)len), 0);
	scale(dev, &stream, RTE_VTACCEL_PROC_CL_CALL, 1);
	rte_vtaccel_stream_close(&stream);
	rte_vtaccel_remove(dev);
}

static int
wanted(void)
{
	if (getenv("VT_OPENCL_SPIRV") != NULL)
		return 0;
	vt_test_skip_reason("VT_OPENCL_SPIRV names no file; vinetalk_opencl_spirv_autotest sets it");
	return VT_TEST_SKIPPED;
}

static const struct vt_test_case run_cases[] = {
	{ "SPIR-V of the operator and of a client", test_run },
};

VT_TEST_SUITE_F(vinetalk_opencl_spirv_run_autotest, wanted, NULL, run_cases, VT_TEST_F_EXTRA)

/* ---- this one ---- */

static const char script[] =
	"set -e; cd \"$1\"; clang-15 -target spir64 -cl-std=CL1.2 -Xclang -finclude-default-header"
	" -cl-kernel-arg-info -fno-discard-value-names -emit-llvm -c -O1 \"$2/test/opencl/spirv.cl\" -o k.bc;"
	" llvm-spirv-15 --preserve-ocl-kernel-arg-type-metadata-through-string k.bc -o k.spv;"
	" OPENCL_LAYERS=\"$3/test/opencl/libvt-cl-spirv.so\" VT_OPENCL_SPIRV=\"$1/k.spv\""
	" exec \"$3/test/dpdk-test\" vinetalk_opencl_spirv_run_autotest";

static void
test_spirv(void)
{
	char layer[600], *output = NULL;
	int ret;

	snprintf(layer, sizeof(layer), "%s/test/opencl/libvt-cl-spirv.so", vt_test_build_dir());
	if (access(layer, R_OK) != 0 || !vt_test_have("clang-15") || !vt_test_have("llvm-spirv-15")) {
		vt_test_skip_reason("no clang-15, llvm-spirv-15 or CL/cl_layer.h");
		return;
	}
	ret = vt_test_run((const char *const[]){ "bash", "-c", script, "spirv", vt_test_tmp_dir(),
		vt_test_source_dir(), vt_test_build_dir(), NULL }, NULL, &output, TIMEOUT_MS);
	CU_ASSERT_EQUAL(ret, 0);
	if (ret != 0)
		printf("\n%s\n", output != NULL ? output : "");
	free(output);
}

static const struct vt_test_case cases[] = {
	{ "by a layer of the loader", test_spirv },
};

VT_TEST_SUITE(vinetalk_opencl_spirv_autotest, opencl_needed, NULL, cases)
