/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Conformance: the dma accelerator, on a device whose thread copies. */

#include "accel_table.h"

const struct accel_entry accel_entry_dma = {
	.devargs = "dma,dev=dma_skeleton,depth=1024",
	.optional = true,
	.caps = ACCEL_CAP_COMPUTES | ACCEL_CAP_BOUNDED,
	.proc = "dma_copy",
	.max_len = ACCEL_DATA,
	.max_tasks = 1023, /* one of the descriptors of dma_skeleton stays free */
};
