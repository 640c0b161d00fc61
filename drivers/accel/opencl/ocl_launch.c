/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Whether a task fits its kernel. The arguments are a private copy, but their values and the
 * lengths of the segments are the client's. A kernel on a device that shares the host's memory reaches all of
 * it: what is let through here is what the kernel may rely on.
 */

#include <errno.h>
#include <string.h>

#include "ocl_private.h"

static int
check_local(const struct ocl_dev *od, const struct ocl_kernel *k, struct ocl_launch *l)
{
	uint64_t group = 1;
	cl_uint i;

	if (!l->has_local)
		return k->required[0] == 0 ? 0 : -EINVAL;
	for (i = 0; i < l->dims; i++) {
		if (l->local[i] == 0 || l->local[i] > od->max_local[i] ||
				l->global[i] % l->local[i] != 0)
			return -EINVAL;
		/* Below 2^32 before, so it does not overflow. */
		group *= l->local[i];
		if (group > k->max_group)
			return -EINVAL;
	}
	for (i = 0; k->required[0] != 0 && i < RTE_VTACCEL_OPENCL_MAX_DIMS; i++)
		if ((i < l->dims ? l->local[i] : 1) != k->required[i])
			return -EINVAL;
	return 0;
}

static int
check_sizes(const struct ocl_dev *od, const struct ocl_kernel *k,
		const struct rte_vtaccel_opencl_args *a, struct ocl_launch *l)
{
	unsigned int i;

	if (a->dims == 0 || a->dims > RTE_VTACCEL_OPENCL_MAX_DIMS || a->kernel != k->number)
		return -EINVAL;
	l->dims = a->dims;
	l->items = 1;
	l->has_local = false;
	for (i = 0; i < RTE_VTACCEL_OPENCL_MAX_DIMS; i++) {
		if (i >= a->dims) {
			if (a->global[i] != 0 || a->local[i] != 0)
				return -EINVAL;
			continue;
		}
		if (a->global[i] == 0 || __builtin_mul_overflow(l->items, a->global[i], &l->items) ||
				l->items > od->max_items)
			return -EINVAL;
		l->global[i] = a->global[i];
		l->local[i] = a->local[i];
		l->has_local |= a->local[i] != 0;
	}
	return check_local(od, k, l);
}

/* The segment of a parameter. */
static const struct rte_vtaccel_seg *
seg_of(const struct ocl_param *p, const struct rte_vtaccel_task *t)
{
	return &t->segs[p->kind == OCL_PARAM_INPUT ? p->seg : t->nb_in + p->seg];
}

static int
check_segs(const struct ocl_kernel *k, const struct rte_vtaccel_task *t, const struct ocl_launch *l,
		uint64_t *result)
{
	uint32_t i;

	for (i = 0; i < k->nb_params; i++) {
		const struct ocl_param *p = &k->params[i];
		const struct rte_vtaccel_seg *seg;
		uint64_t needed;

		if (p->kind != OCL_PARAM_INPUT && p->kind != OCL_PARAM_OUTPUT)
			continue;
		seg = seg_of(p, t);
		if ((uintptr_t)seg->addr % p->size != 0)
			return -EINVAL;
		/* At most 2^40 work items, and 128 bytes each. */
		needed = p->sized ? 0 : l->items * p->size;
		if (seg->len >= needed)
			continue;
		if (p->kind == OCL_PARAM_INPUT)
			return -EINVAL;
		*result = needed;
		return -ENOSPC;
	}
	return 0;
}

/* OpenCL leaves undefined what a kernel does with two buffers that overlap. */
static int
check_overlap(const struct rte_vtaccel_task *t)
{
	const unsigned int nb = (unsigned int)t->nb_in + t->nb_out;
	unsigned int i, j;

	for (i = t->nb_in; i < nb; i++) {
		const uintptr_t start = (uintptr_t)t->segs[i].addr, end = start + t->segs[i].len;

		for (j = 0; j < nb; j++) {
			const uintptr_t other = (uintptr_t)t->segs[j].addr;

			if (j != i && other < end && start < other + t->segs[j].len)
				return -EINVAL;
		}
	}
	return 0;
}

static int
check_local_mem(const struct ocl_dev *od, const struct ocl_kernel *k,
		const struct rte_vtaccel_task *t)
{
	uint64_t sum = k->local_mem;
	uint32_t i, bytes;

	for (i = 0; i < k->nb_params; i++) {
		if (k->params[i].kind != OCL_PARAM_LOCAL)
			continue;
		memcpy(&bytes, RTE_PTR_ADD(t->args, k->params[i].offset), sizeof(bytes));
		sum += bytes;
		if (bytes == 0 || sum > od->local_mem)
			return -EINVAL;
	}
	return 0;
}

int
ocl_launch_check(const struct ocl_dev *od, const struct ocl_kernel *k,
		const struct rte_vtaccel_task *t, struct ocl_launch *l, uint64_t *result)
{
	struct rte_vtaccel_opencl_args a;
	int ret;

	memcpy(&a, t->args, sizeof(a));
	ret = check_sizes(od, k, &a, l);
	if (ret == 0)
		ret = check_local_mem(od, k, t);
	if (ret == 0)
		ret = check_overlap(t);
	return ret != 0 ? ret : check_segs(k, t, l, result);
}

cl_int
ocl_launch_set(const struct ocl_kernel *k, const struct rte_vtaccel_task *t, const cl_mem *mems)
{
	cl_int err = CL_SUCCESS;
	uint32_t i, bytes;
	uint64_t len;

	for (i = 0; err == CL_SUCCESS && i < k->nb_params; i++) {
		const struct ocl_param *p = &k->params[i];

		switch (p->kind) {
		case OCL_PARAM_INPUT:
			err = clSetKernelArg(k->kernel, i, sizeof(cl_mem), &mems[p->seg]);
			break;
		case OCL_PARAM_OUTPUT:
			err = clSetKernelArg(k->kernel, i, sizeof(cl_mem), &mems[t->nb_in + p->seg]);
			break;
		case OCL_PARAM_LEN:
			len = seg_of(&k->params[p->seg], t)->len;
			bytes = (uint32_t)len;
			err = p->size == sizeof(len) ? clSetKernelArg(k->kernel, i, sizeof(len), &len) :
				clSetKernelArg(k->kernel, i, sizeof(bytes), &bytes);
			break;
		case OCL_PARAM_VALUE:
			err = clSetKernelArg(k->kernel, i, p->size, RTE_PTR_ADD(t->args, p->offset));
			break;
		case OCL_PARAM_LOCAL:
			memcpy(&bytes, RTE_PTR_ADD(t->args, p->offset), sizeof(bytes));
			err = clSetKernelArg(k->kernel, i, bytes, NULL);
			break;
		}
	}
	return err;
}
