/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Conformance: the opencl accelerator, on the first device that there is. */

#include "accel_table.h"
#include "opencl.h"

static const char *
devargs(void)
{
	return opencl_devargs("test/opencl/test.cl", ",depth=1024");
}

static void
make(struct accel_task *t, const void *in, void *out, uint32_t len)
{
	const struct rte_vtaccel_opencl_args args = opencl_sizes(len, 0);

	accel_task_in(t, in, len);
	accel_task_out(t, out, len);
	accel_task_args(t, &args, sizeof(args));
}

const struct accel_entry accel_entry_opencl = {
	.devargs_get = devargs,
	.needed = opencl_needed,
	.caps = ACCEL_CAP_COMPUTES | ACCEL_CAP_BOUNDED | ACCEL_CAP_NOTIFIES,
	.proc = "cl_echo",
	.make = make,
	.min_len = 1, /* a kernel has at least one work item */
	.max_len = ACCEL_DATA,
	.max_tasks = 1024,
};
