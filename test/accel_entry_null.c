/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Conformance: the null accelerator, which does nothing with its data. */

#include "accel_table.h"

const struct accel_entry accel_entry_null = {
	.devargs = "null",
	.caps = ACCEL_CAP_HOLDS | ACCEL_CAP_CHEAP,
	.proc = "nop",
	.max_len = ACCEL_DATA,
};

const struct accel_entry accel_entry_null_gpu = {
	.devargs = "null,type=gpu",
	.caps = ACCEL_CAP_HOLDS | ACCEL_CAP_CHEAP,
	.proc = "nop",
	.max_len = ACCEL_DATA,
};
