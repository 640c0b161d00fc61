/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* echo and vadd. */

#include <errno.h>
#include <string.h>

#include <rte_vtaccel.h>
#include <rte_vtaccel_procs.h>

#include "cpu_proc.h"

/* One pass, and no bound comes from the data. The segments may overlap. */
static int
echo(struct rte_vtaccel_task *t)
{
	const struct rte_vtaccel_seg *in = &t->segs[0], *out = &t->segs[1];

	t->result = in->len;
	if (out->len < in->len)
		return -ENOSPC;
	if (in->len != 0)
		memmove(out->addr, in->addr, in->len);
	return 0;
}

static const struct rte_vtaccel_proc echo_proc = {
	.api = RTE_VTACCEL_API,
	.name = RTE_VTACCEL_PROC_ECHO,
	.type = RTE_VINETALK_ACCEL_CPU,
	.min_in = 1, .max_in = 1,
	.min_out = 1, .max_out = 1,
	.native = echo,
};
RTE_VTACCEL_REGISTER_NATIVE(echo_proc)

/* One pass, and no bound comes from the data. */
static int
vadd(struct rte_vtaccel_task *t)
{
	const struct rte_vtaccel_seg *out = &t->segs[t->nb_in];
	uint32_t bytes = t->segs[0].len, i;
	const float *a = t->segs[0].addr, *b;
	float *sum = out->addr;

	if (t->nb_in == 1) {
		if (bytes % (2 * sizeof(float)) != 0)
			return -EINVAL;
		bytes /= 2;
		b = RTE_PTR_ADD(a, bytes);
	} else {
		if (bytes % sizeof(float) != 0 || t->segs[1].len != bytes)
			return -EINVAL;
		b = t->segs[1].addr;
	}
	if (!cpu_proc_is_aligned(a, sizeof(float)) || !cpu_proc_is_aligned(b, sizeof(float)) ||
			!cpu_proc_is_aligned(sum, sizeof(float)))
		return -EINVAL;
	if (out->len < bytes) {
		t->result = bytes;
		return -ENOSPC;
	}
	for (i = 0; i < bytes / sizeof(float); i++)
		sum[i] = a[i] + b[i];
	t->result = bytes / sizeof(float);
	return 0;
}

static const struct rte_vtaccel_proc vadd_proc = {
	.api = RTE_VTACCEL_API,
	.name = RTE_VTACCEL_PROC_VADD,
	.type = RTE_VINETALK_ACCEL_CPU,
	.min_in = 1, .max_in = 2,
	.min_out = 1, .max_out = 1,
	.native = vadd,
};
RTE_VTACCEL_REGISTER_NATIVE(vadd_proc)
