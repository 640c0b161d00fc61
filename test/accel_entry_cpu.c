/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Conformance: the cpu accelerator, in the caller, on workers, and on both. */

#include "accel_table.h"

const struct accel_entry accel_entry_cpu_caller = {
	.devargs = "cpu,workers=0,depth=1024",
	.caps = ACCEL_CAP_COMPUTES | ACCEL_CAP_BOUNDED | ACCEL_CAP_CHEAP,
	.proc = RTE_VTACCEL_PROC_ECHO,
	.max_len = ACCEL_DATA,
	.max_tasks = 1024,
};

const struct accel_entry accel_entry_cpu_one = {
	.devargs = "cpu,workers=1,inline=0,depth=1024",
	.caps = ACCEL_CAP_COMPUTES | ACCEL_CAP_HOLDS | ACCEL_CAP_BOUNDED | ACCEL_CAP_NOTIFIES | ACCEL_CAP_CHEAP,
	.proc = RTE_VTACCEL_PROC_ECHO,
	.max_len = ACCEL_DATA,
	.max_tasks = 1024,
};

const struct accel_entry accel_entry_cpu_two = {
	.devargs = "cpu,workers=2,inline=0,depth=1024",
	.caps = ACCEL_CAP_COMPUTES | ACCEL_CAP_HOLDS | ACCEL_CAP_BOUNDED | ACCEL_CAP_NOTIFIES | ACCEL_CAP_CHEAP,
	.proc = RTE_VTACCEL_PROC_ECHO,
	.max_len = ACCEL_DATA,
	.max_tasks = 1024,
};

const struct accel_entry accel_entry_cpu_inline = {
	.devargs = "cpu,workers=2,inline=100,depth=1000",
	.caps = ACCEL_CAP_COMPUTES | ACCEL_CAP_CHEAP,
	.proc = RTE_VTACCEL_PROC_ECHO,
	.max_len = ACCEL_DATA,
};
