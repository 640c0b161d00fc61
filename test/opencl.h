/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef TEST_OPENCL_H
#define TEST_OPENCL_H

/* What the suites of the opencl accelerator share. */

#include <stdint.h>
#include <string.h>

#include <rte_vtaccel_opencl.h>

#include "test.h"

/* "opencl,kernels=<sources>/FILE<more>", in a static buffer. */
const char *opencl_devargs(const char *file, const char *more);

/* 0 if there is a device; otherwise VT_TEST_SKIPPED, and the reason has been said. */
int opencl_needed(void);

/* Arguments of one dimension; local 0: the device chooses. */
static inline struct rte_vtaccel_opencl_args
opencl_sizes(uint32_t global, uint32_t local)
{
	struct rte_vtaccel_opencl_args a;

	memset(&a, 0, sizeof(a));
	a.dims = 1;
	a.global[0] = global;
	a.local[0] = local;
	return a;
}

/* test_opencl_fail.c: a suite in a process with the layer test/opencl/fail_layer.c, and there the layer. */
struct vt_cl_fail;
void opencl_layer_run(const char *suite);
int opencl_layer_wanted(struct vt_cl_fail **found);

#endif /* TEST_OPENCL_H */
