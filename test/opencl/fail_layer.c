/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A layer of the OpenCL loader (OPENCL_LAYERS) by which a device fails when a test says so. A context whose device is gone
 * stays so: what it had is of no use any more, and a new one works.
 */

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>
#include <CL/cl_layer.h>

#include "fail_layer.h"

static struct _cl_icd_dispatch dispatch;
static const struct _cl_icd_dispatch *target;
static cl_context dead;

struct vt_cl_fail vt_cl_fail;

/* Whether this is the call. */
static int
now(uint32_t *number)
{
	uint32_t n = __atomic_load_n(number, __ATOMIC_RELAXED);

	if (n != 0)
		__atomic_store_n(number, n - 1, __ATOMIC_RELAXED);
	return n == 1;
}

static int
is_dead(cl_command_queue queue)
{
	cl_context context = NULL;

	if (target->clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof(context), &context, NULL) !=
			CL_SUCCESS || context != dead || dead == NULL)
		return 0;
	__atomic_fetch_add(&vt_cl_fail.on_dead, 1, __ATOMIC_RELAXED);
	return 1;
}

/* Whether there is no memory for so many bytes more, where one looks for it. */
static int
is_full(int where, size_t more)
{
	if (vt_cl_fail.room == 0 || (int)vt_cl_fail.full != where ||
			__atomic_load_n(&vt_cl_fail.bytes, __ATOMIC_RELAXED) + more <= vt_cl_fail.room)
		return 0;
	vt_cl_fail.nb_full++;
	return 1;
}

static cl_int CL_API_CALL
launch(cl_command_queue queue, cl_kernel kernel, cl_uint dims, const size_t *offset, const size_t *global,
		const size_t *local, cl_uint nb, const cl_event *wait, cl_event *event)
{
	if (now(&vt_cl_fail.launch))
		target->clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof(dead), &dead, NULL);
	if (is_dead(queue))
		return CL_DEVICE_NOT_AVAILABLE;
	if (is_full(VT_CL_FULL_LAUNCH, 0))
		return CL_MEM_OBJECT_ALLOCATION_FAILURE;
	return target->clEnqueueNDRangeKernel(queue, kernel, dims, offset, global, local, nb, wait, event);
}

static cl_int CL_API_CALL
read_buffer(cl_command_queue queue, cl_mem mem, cl_bool blocking, size_t offset, size_t size, void *at, cl_uint nb,
		const cl_event *wait, cl_event *event)
{
	return is_dead(queue) ? CL_DEVICE_NOT_AVAILABLE :
		target->clEnqueueReadBuffer(queue, mem, blocking, offset, size, at, nb, wait, event);
}

static cl_int CL_API_CALL
write_buffer(cl_command_queue queue, cl_mem mem, cl_bool blocking, size_t offset, size_t size, const void *at,
		cl_uint nb, const cl_event *wait, cl_event *event)
{
	return is_dead(queue) ? CL_DEVICE_NOT_AVAILABLE :
		is_full(VT_CL_FULL_WRITE, 0) ? CL_MEM_OBJECT_ALLOCATION_FAILURE :
		target->clEnqueueWriteBuffer(queue, mem, blocking, offset, size, at, nb, wait, event);
}

static cl_context CL_API_CALL
create_context(const cl_context_properties *props, cl_uint nb, const cl_device_id *devices,
		void (CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *arg, cl_int *err)
{
	cl_context context;

	if (now(&vt_cl_fail.context)) {
		*err = CL_DEVICE_NOT_AVAILABLE;
		return NULL;
	}
	context = target->clCreateContext(props, nb, devices, notify, arg, err);
	if (context != NULL)
		__atomic_fetch_add(&vt_cl_fail.contexts, 1, __ATOMIC_RELAXED);
	/* The platform may give it the place of one that has gone. */
	if (context == dead)
		dead = NULL;
	return context;
}

static cl_int CL_API_CALL
release_context(cl_context context)
{
	__atomic_fetch_sub(&vt_cl_fail.contexts, 1, __ATOMIC_RELAXED);
	return target->clReleaseContext(context);
}

static cl_int CL_API_CALL
build_program(cl_program program, cl_uint nb, const cl_device_id *devices, const char *options,
		void (CL_CALLBACK *notify)(cl_program, void *), void *arg)
{
	while (__atomic_load_n(&vt_cl_fail.hold, __ATOMIC_ACQUIRE) != 0)
		usleep(100);
	return now(&vt_cl_fail.build) ? CL_DEVICE_NOT_AVAILABLE :
		target->clBuildProgram(program, nb, devices, options, notify, arg);
}

static cl_command_queue CL_API_CALL
create_queue(cl_context context, cl_device_id device, const cl_queue_properties *props, cl_int *err)
{
	cl_command_queue queue;

	if (context == dead || now(&vt_cl_fail.queue)) {
		*err = CL_OUT_OF_HOST_MEMORY;
		return NULL;
	}
	queue = target->clCreateCommandQueueWithProperties(context, device, props, err);
	if (queue != NULL)
		__atomic_fetch_add(&vt_cl_fail.queues, 1, __ATOMIC_RELAXED);
	return queue;
}

static cl_int CL_API_CALL
release_queue(cl_command_queue queue)
{
	__atomic_fetch_sub(&vt_cl_fail.queues, 1, __ATOMIC_RELAXED);
	return target->clReleaseCommandQueue(queue);
}

/* Its user's reference goes; the platform may keep the memory a little longer. */
static cl_int CL_API_CALL
release_buffer(cl_mem mem)
{
	cl_mem_flags flags = 0;
	cl_mem whole = NULL;
	size_t size = 0;

	target->clGetMemObjectInfo(mem, CL_MEM_FLAGS, sizeof(flags), &flags, NULL);
	target->clGetMemObjectInfo(mem, CL_MEM_ASSOCIATED_MEMOBJECT, sizeof(whole), &whole, NULL);
	target->clGetMemObjectInfo(mem, CL_MEM_SIZE, sizeof(size), &size, NULL);
	if ((flags & (CL_MEM_COPY_HOST_PTR | CL_MEM_USE_HOST_PTR)) == 0 && whole == NULL)
		__atomic_fetch_sub(&vt_cl_fail.bytes, size, __ATOMIC_RELAXED);
	return target->clReleaseMemObject(mem);
}

static cl_mem CL_API_CALL
create_buffer(cl_context context, cl_mem_flags flags, size_t size, void *at, cl_int *err)
{
	cl_mem mem;

	if (context == dead || now(&vt_cl_fail.buffer)) {
		*err = CL_MEM_OBJECT_ALLOCATION_FAILURE;
		return NULL;
	}
	if (at == NULL && is_full(VT_CL_FULL_CREATE, size)) {
		*err = CL_MEM_OBJECT_ALLOCATION_FAILURE;
		return NULL;
	}
	mem = target->clCreateBuffer(context, flags, size, at, err);
	if (mem != NULL && at == NULL) {
		const uint64_t bytes = __atomic_add_fetch(&vt_cl_fail.bytes, size, __ATOMIC_RELAXED);

		if (bytes > vt_cl_fail.most)
			vt_cl_fail.most = bytes;
	}
	return mem;
}

CL_API_ENTRY cl_int CL_API_CALL
clGetLayerInfo(cl_layer_info what, size_t size, void *value, size_t *size_ret)
{
	const cl_layer_api_version version = CL_LAYER_API_VERSION_100;

	if (what != CL_LAYER_API_VERSION || (value != NULL && size < sizeof(version)))
		return CL_INVALID_VALUE;
	if (value != NULL)
		memcpy(value, &version, sizeof(version));
	if (size_ret != NULL)
		*size_ret = sizeof(version);
	return CL_SUCCESS;
}

CL_API_ENTRY cl_int CL_API_CALL
clInitLayer(cl_uint nb, const struct _cl_icd_dispatch *below, cl_uint *nb_ret,
		const struct _cl_icd_dispatch **mine)
{
	if (nb < sizeof(dispatch) / sizeof(below->clGetPlatformIDs))
		return CL_INVALID_VALUE;
	target = below;
	dispatch = *below;
	dispatch.clEnqueueNDRangeKernel = launch;
	dispatch.clEnqueueReadBuffer = read_buffer;
	dispatch.clEnqueueWriteBuffer = write_buffer;
	dispatch.clCreateContext = create_context;
	dispatch.clReleaseContext = release_context;
	dispatch.clBuildProgram = build_program;
	dispatch.clCreateCommandQueueWithProperties = create_queue;
	dispatch.clReleaseCommandQueue = release_queue;
	dispatch.clCreateBuffer = create_buffer;
	dispatch.clReleaseMemObject = release_buffer;
	*nb_ret = sizeof(dispatch) / sizeof(below->clGetPlatformIDs);
	*mine = &dispatch;
	return CL_SUCCESS;
}
