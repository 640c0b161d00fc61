/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A plugin with one native procedure: "byte_histogram" counts how often each byte value occurs.
 *
 *     input 0    any bytes
 *     output 0   256 counters of 64 bits
 *     result     the number of bytes counted
 *
 * Load it into an appliance with the EAL's option -d. Clients then find it by its name as a
 * procedure of accelerators of type cpu.
 */

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <rte_vtaccel.h>

/* >8 The procedure. */
static int
byte_histogram(struct rte_vtaccel_task *task)
{
	const struct rte_vtaccel_seg *in = &task->segs[0];
	const struct rte_vtaccel_seg *out = &task->segs[1];
	const uint8_t *bytes = in->addr;
	uint64_t counters[256] = { 0 };
	uint32_t i;

	/* Lengths are checked and private: a client can choose them, but not change them now. */
	task->result = sizeof(counters);
	if (out->len < sizeof(counters))
		return -ENOSPC;
	/*
	 * Data is neither: each byte is read once, as an index that cannot be out of bounds.
	 * Counting in the output itself would let the client change sums that we read again.
	 */
	for (i = 0; i < in->len; i++)
		counters[bytes[i]]++;
	memcpy(out->addr, counters, sizeof(counters));
	task->result = in->len;
	return 0;
}
/* 8< End of the procedure. */

/* >8 Its registration. */
static const struct rte_vtaccel_proc histogram_proc = {
	.api = RTE_VTACCEL_API,
	.name = "byte_histogram",
	.type = RTE_VINETALK_ACCEL_CPU,
	.min_in = 1, .max_in = 1,
	.min_out = 1, .max_out = 1,
	.native = byte_histogram,
};

RTE_VTACCEL_REGISTER_NATIVE(histogram_proc)

/* Only for programs that unload plugins. */
RTE_FINI(histogram_unregister)
{
	rte_vtaccel_native_unregister(&histogram_proc);
}
/* 8< End of its registration. */
