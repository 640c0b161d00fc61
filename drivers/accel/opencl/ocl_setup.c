/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Finding a device and what it can do.
 *
 * A platform may start threads at any of these calls, which inherit the caller's signal mask and
 * processors: so they are made in a thread that has those of a control thread.
 */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <rte_lcore.h>
#include <rte_string_fns.h>

#include "ocl_private.h"

#define MAX_FOUND 32

int
ocl_errno(cl_int err)
{
	switch (err) {
	case CL_SUCCESS:
		return 0;
	case CL_OUT_OF_HOST_MEMORY:
	case CL_MEM_OBJECT_ALLOCATION_FAILURE:
	case CL_INVALID_BUFFER_SIZE:
		return -ENOMEM;
	case CL_INVALID_WORK_DIMENSION:
	case CL_INVALID_WORK_GROUP_SIZE:
	case CL_INVALID_WORK_ITEM_SIZE:
	case CL_INVALID_GLOBAL_WORK_SIZE:
	case CL_INVALID_ARG_SIZE:
	case CL_MISALIGNED_SUB_BUFFER_OFFSET:
		return -EINVAL;
	default:
		return -EIO;
	}
}

/* Whether the index-th, of this name, is what was asked for: any, a number, or a part of the name. */
static bool
matches(const char *wanted, unsigned int index, const char *name)
{
	char *end;
	unsigned long n;

	if (wanted[0] == '\0')
		return true;
	n = strtoul(wanted, &end, 10);
	if (*end == '\0')
		return n == index;
	return strstr(name, wanted) != NULL;
}

static int
find_platform(struct ocl_dev *od, const char *wanted)
{
	cl_platform_id all[MAX_FOUND];
	char name[128] = "";
	cl_uint nb = 0, i;

	if (clGetPlatformIDs(MAX_FOUND, all, &nb) != CL_SUCCESS || nb == 0) {
		OCL_LOG(ERR, "%s: there is no OpenCL platform: is a driver (an ICD, such as"
			" pocl-opencl-icd) installed?", od->dev->name);
		return -ENODEV;
	}
	nb = RTE_MIN(nb, (cl_uint)MAX_FOUND);
	for (i = 0; i < nb; i++) {
		clGetPlatformInfo(all[i], CL_PLATFORM_NAME, sizeof(name), name, NULL);
		if (matches(wanted, i, name)) {
			od->platform = all[i];
			return 0;
		}
	}
	OCL_LOG(ERR, "%s: no OpenCL platform %s; there are %u:", od->dev->name, wanted, nb);
	for (i = 0; i < nb; i++) {
		clGetPlatformInfo(all[i], CL_PLATFORM_NAME, sizeof(name), name, NULL);
		OCL_LOG(ERR, "  %u: %s", i, name);
	}
	return -ENODEV;
}

static int
find_device(struct ocl_dev *od, const char *wanted)
{
	cl_device_id all[MAX_FOUND];
	char name[128] = "";
	cl_uint nb = 0, i;

	clGetDeviceIDs(od->platform, CL_DEVICE_TYPE_ALL, MAX_FOUND, all, &nb);
	nb = RTE_MIN(nb, (cl_uint)MAX_FOUND);
	for (i = 0; i < nb; i++) {
		clGetDeviceInfo(all[i], CL_DEVICE_NAME, sizeof(name), name, NULL);
		if (matches(wanted, i, name)) {
			od->device = all[i];
			rte_strscpy(od->where, name, sizeof(od->where));
			return 0;
		}
	}
	OCL_LOG(ERR, "%s: no OpenCL device %s; there are %u:", od->dev->name, wanted, nb);
	for (i = 0; i < nb; i++) {
		clGetDeviceInfo(all[i], CL_DEVICE_NAME, sizeof(name), name, NULL);
		OCL_LOG(ERR, "  %u: %s", i, name);
	}
	return -ENODEV;
}

static int
find_limits(struct ocl_dev *od, bool copy)
{
	cl_bool available = CL_FALSE, compiler = CL_FALSE, unified = CL_FALSE;
	cl_device_type type = 0;
	size_t sizes[16] = { 0 };
	cl_uint dims = 0, align = 0;

	clGetDeviceInfo(od->device, CL_DEVICE_AVAILABLE, sizeof(available), &available, NULL);
	clGetDeviceInfo(od->device, CL_DEVICE_COMPILER_AVAILABLE, sizeof(compiler), &compiler, NULL);
	if (!available || !compiler) {
		OCL_LOG(ERR, "%s: device %s %s", od->dev->name, od->where,
			available ? "has no compiler" : "is not available");
		return -ENODEV;
	}
	clGetDeviceInfo(od->device, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof(unified), &unified, NULL);
	clGetDeviceInfo(od->device, CL_DEVICE_TYPE, sizeof(type), &type, NULL);
	clGetDeviceInfo(od->device, CL_DEVICE_LOCAL_MEM_SIZE, sizeof(od->local_mem), &od->local_mem,
		NULL);
	clGetDeviceInfo(od->device, CL_DEVICE_MEM_BASE_ADDR_ALIGN, sizeof(align), &align, NULL);
	clGetDeviceInfo(od->device, CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS, sizeof(dims), &dims, NULL);
	if (dims < RTE_VTACCEL_OPENCL_MAX_DIMS || clGetDeviceInfo(od->device,
			CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof(sizes), sizes, NULL) != CL_SUCCESS) {
		OCL_LOG(ERR, "%s: device %s has %u dimensions, %u to %zu are needed", od->dev->name,
			od->where, dims, RTE_VTACCEL_OPENCL_MAX_DIMS, RTE_DIM(sizes));
		return -ENOTSUP;
	}
	memcpy(od->max_local, sizes, sizeof(od->max_local));
	od->base_align = RTE_MAX(align / 8, 1U);
	if (RTE_VTACCEL_OPENCL_ALIGN % od->base_align != 0) {
		OCL_LOG(ERR, "%s: device %s wants parts of buffers at multiples of %u bytes, which do not"
			" divide %u", od->dev->name, od->where, od->base_align,
			RTE_VTACCEL_OPENCL_ALIGN);
		return -ENOTSUP;
	}
	od->is_cpu = (type & CL_DEVICE_TYPE_CPU) != 0;
	od->shares = unified && !copy;
	return 0;
}

struct setup {
	struct ocl_dev *od;
	const struct ocl_args *args;
	int ret;
};

static void *
setup_thread(void *arg)
{
	struct setup *s = arg;
	struct ocl_dev *od = s->od;
	cl_int err;

	s->ret = find_platform(od, s->args->platform);
	if (s->ret == 0)
		s->ret = find_device(od, s->args->device);
	if (s->ret == 0)
		s->ret = find_limits(od, s->args->copy != 0);
	if (s->ret != 0)
		return NULL;
	od->context = clCreateContext(NULL, 1, &od->device, NULL, NULL, &err);
	if (od->context == NULL) {
		OCL_LOG(ERR, "%s: no context on %s: OpenCL error %d", od->dev->name, od->where, err);
		s->ret = ocl_errno(err);
		return NULL;
	}
	s->ret = ocl_builtins_add(od);
	if (s->ret == 0)
		s->ret = ocl_programs_load(od, s->args->kernels);
	return NULL;
}

/*
 * A platform with a compiler in it takes signals over when it first compiles, to remove its files: those of the
 * program, which does more with some of them, are put back.
 */
static void
signals_keep(struct sigaction *kept)
{
	int i;

	for (i = 1; i < NSIG; i++)
		if (sigaction(i, NULL, &kept[i]) != 0)
			kept[i].sa_handler = SIG_ERR;
}

static void
signals_restore(const struct sigaction *kept)
{
	struct sigaction now;
	int i;

	for (i = 1; i < NSIG; i++)
		if (kept[i].sa_handler != SIG_ERR && sigaction(i, NULL, &now) == 0 &&
				now.sa_handler != kept[i].sa_handler)
			sigaction(i, &kept[i], NULL);
}

int
ocl_setup(struct ocl_dev *od, const struct ocl_args *args)
{
	const int synchronous[] = { SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP };
	struct sigaction kept[NSIG];
	struct setup s = { .od = od, .args = args };
	sigset_t block, old;
	pthread_t thread;
	unsigned int i;
	int ret;

	signals_keep(kept);
	sigfillset(&block);
	for (i = 0; i < RTE_DIM(synchronous); i++)
		sigdelset(&block, synchronous[i]);
	pthread_sigmask(SIG_BLOCK, &block, &old);
	if (rte_lcore_count() > 0)
		ret = rte_ctrl_thread_create(&thread, "vt-opencl", NULL, setup_thread, &s);
	else
		ret = -pthread_create(&thread, NULL, setup_thread, &s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (ret != 0) {
		OCL_LOG(ERR, "%s: no thread to set it up: %s", od->dev->name, strerror(-ret));
		return ret;
	}
	pthread_join(thread, NULL);
	signals_restore(kept);
	return s.ret;
}

void
ocl_teardown(struct ocl_dev *od)
{
	ocl_programs_free(od);
	if (od->context != NULL)
		clReleaseContext(od->context);
	od->context = NULL;
}
