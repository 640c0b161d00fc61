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
/* One account's tasks have this part of the device's memory, if nothing else is said. */
#define TASK_MEMORY_PART 8

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
	case OCL_LOST:
		return -ESTALE;
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
	cl_uint nb = 0, devices, i;

	if (clGetPlatformIDs(MAX_FOUND, all, &nb) != CL_SUCCESS || nb == 0) {
		OCL_LOG(ERR, "%s: there is no OpenCL platform: is a driver (an ICD, such as"
			" pocl-opencl-icd) installed?", od->dev->name);
		return -ENODEV;
	}
	nb = RTE_MIN(nb, (cl_uint)MAX_FOUND);
	for (i = 0; i < nb; i++) {
		clGetPlatformInfo(all[i], CL_PLATFORM_NAME, sizeof(name), name, NULL);
		devices = 0;
		clGetDeviceIDs(all[i], CL_DEVICE_TYPE_ALL, 0, NULL, &devices);
		/* An installed driver may have nothing to drive. */
		if (matches(wanted, i, name) && (devices != 0 || wanted[0] != '\0')) {
			od->platform = all[i];
			return 0;
		}
	}
	if (wanted[0] == '\0')
		OCL_LOG(ERR, "%s: no OpenCL platform has a device; there are %u:", od->dev->name, nb);
	else
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
	cl_ulong memory = 0;

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
	clGetDeviceInfo(od->device, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof(memory), &memory, NULL);
	od->task_memory = od->args.task_memory;
	if (od->task_memory == 0)
		od->task_memory = memory != 0 ? memory / TASK_MEMORY_PART : UINT64_MAX;
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

/*
 * A kernel of a client is kept to a device that reaches nothing of the host but what it is given. On one that
 * is the host's processor, or works in the host's memory, it would reach all of this process.
 */
static int
check_client_kernels(struct ocl_dev *od, const struct ocl_args *args)
{
	cl_device_svm_capabilities svm = 0;
	const char *why = NULL;

	od->max_client_programs = 0;
	if (args->client_kernels == 0) {
		if (args->unsafe_client_kernels == 0)
			return 0;
		OCL_LOG(ERR, "%s: unsafe-client-kernels=1 without client_kernels=1", od->dev->name);
		return -EINVAL;
	}
	clGetDeviceInfo(od->device, CL_DEVICE_SVM_CAPABILITIES, sizeof(svm), &svm, NULL);
	if (od->is_cpu)
		why = "is a processor, where a kernel is native code of this process";
	else if (od->shares)
		why = "works in the host's memory (copy=1 gives it memory of its own)";
	else if ((svm & CL_DEVICE_SVM_FINE_GRAIN_SYSTEM) != 0)
		why = "reaches all of the host's memory";
	if (why != NULL && args->unsafe_client_kernels == 0) {
		OCL_LOG(ERR, "%s: kernels of clients are refused: device %s %s;"
			" unsafe-client-kernels=1 permits it, for tests", od->dev->name, od->where, why);
		return -EPERM;
	}
	if (why != NULL)
		OCL_LOG(WARNING, "%s: kernels of clients on device %s, which %s: every client can do"
			" what this process can", od->dev->name, od->where, why);
	od->max_client_programs = (uint32_t)args->client_programs;
	return 0;
}

int
ocl_make(struct ocl_dev *od, const struct ocl_dev *old)
{
	cl_int err;
	int ret;

	ret = find_platform(od, od->args.platform);
	if (ret == 0)
		ret = find_device(od, od->args.device);
	if (ret == 0)
		ret = find_limits(od, od->args.copy != 0);
	if (ret == 0)
		ret = check_client_kernels(od, &od->args);
	if (ret != 0)
		return ret;
	od->context = clCreateContext(NULL, 1, &od->device, NULL, NULL, &err);
	if (od->context == NULL) {
		OCL_LOG(ERR, "%s: no context on %s: OpenCL error %d", od->dev->name, od->where, err);
		return ocl_errno(err);
	}
	ret = ocl_builtins_add(od);
	if (ret == 0)
		ret = old != NULL ? ocl_programs_again(od, old) : ocl_programs_load(od, od->args.kernels);
	return ret;
}

struct setup {
	struct ocl_dev *od;
	int ret;
};

static void *
setup_thread(void *arg)
{
	struct setup *s = arg;

	s->ret = ocl_make(s->od, NULL);
	if (s->ret == 0 && s->od->max_client_programs != 0)
		s->ret = ocl_builder_start(s->od);
	return NULL;
}

cl_command_queue
ocl_queue_make(const struct ocl_dev *od, cl_int *err)
{
	const cl_queue_properties props[] = { CL_QUEUE_PROPERTIES, CL_QUEUE_PROFILING_ENABLE, 0 };

	return clCreateCommandQueueWithProperties(od->context, od->device, props, err);
}

/*
 * A platform with a compiler in it takes signals over when it first compiles, to remove its files: those of the
 * program, which does more with some of them, are put back.
 */
struct ocl_signals {
	struct sigaction kept[NSIG];
};

struct ocl_signals *
ocl_signals_keep(void)
{
	struct ocl_signals *s = calloc(1, sizeof(*s));
	int i;

	for (i = 1; s != NULL && i < NSIG; i++)
		if (sigaction(i, NULL, &s->kept[i]) != 0)
			s->kept[i].sa_handler = SIG_ERR;
	return s;
}

void
ocl_signals_restore(struct ocl_signals *s)
{
	struct sigaction now;
	int i;

	for (i = 1; i < NSIG; i++)
		if (s->kept[i].sa_handler != SIG_ERR && sigaction(i, NULL, &now) == 0 &&
				now.sa_handler != s->kept[i].sa_handler)
			sigaction(i, &s->kept[i], NULL);
	free(s);
}

int
ocl_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg)
{
	const int synchronous[] = { SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP };
	sigset_t block, old;
	unsigned int i;
	int ret;

	sigfillset(&block);
	for (i = 0; i < RTE_DIM(synchronous); i++)
		sigdelset(&block, synchronous[i]);
	pthread_sigmask(SIG_BLOCK, &block, &old);
	if (rte_lcore_count() > 0)
		ret = rte_ctrl_thread_create(thread, name, NULL, run, arg);
	else
		ret = -pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ret;
}

int
ocl_setup(struct ocl_dev *od)
{
	struct ocl_signals *kept = ocl_signals_keep();
	struct setup s = { .od = od };
	pthread_t thread;
	int ret;

	if (kept == NULL)
		return -ENOMEM;
	ret = ocl_thread_start(&thread, "vt-opencl", setup_thread, &s);
	if (ret == 0)
		pthread_join(thread, NULL);
	else
		OCL_LOG(ERR, "%s: no thread to set it up: %s", od->dev->name, strerror(-ret));
	ocl_signals_restore(kept);
	return ret != 0 ? ret : s.ret;
}

void
ocl_teardown(struct ocl_dev *od)
{
	ocl_builder_stop(od);
	ocl_programs_free(od);
	if (od->context != NULL)
		clReleaseContext(od->context);
	od->context = NULL;
}
