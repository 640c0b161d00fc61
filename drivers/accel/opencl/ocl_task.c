/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * One task: commands of an in-order queue.
 *
 *     device shares the memory:  buffers in place -> kernel -> map and unmap outputs
 *     device has its own:        write segments -> kernel -> read outputs
 *                                (not those that lie in buffers of the device)
 *
 * Nothing here waits. Creating a buffer and enqueueing a command take some microseconds; the device does
 * the rest, and PoCL in threads of its own.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "ocl_private.h"

void
ocl_device_gone(struct ocl_dev *od, cl_int err)
{
	if (__atomic_exchange_n(&od->dev->state, RTE_VINETALK_ACCEL_FAILED, __ATOMIC_RELAXED) !=
			RTE_VINETALK_ACCEL_FAILED)
		OCL_LOG(ERR, "%s: device %s failed: OpenCL error %d; its tasks end with an I/O error",
			od->dev->name, od->where, err);
}

static bool
is_gone(cl_int err)
{
	return err == CL_DEVICE_NOT_AVAILABLE || err == CL_INVALID_CONTEXT ||
		err == CL_INVALID_COMMAND_QUEUE || err == CL_INVALID_DEVICE;
}

static int
status_of(struct ocl_dev *od, const struct rte_vtaccel_task *t, cl_int err)
{
	const int ret = ocl_errno(err);

	if (is_gone(err))
		ocl_device_gone(od, err);
	else if (unlikely(ret == -EIO))
		OCL_LOG(WARNING, "%s: %s is not taken: OpenCL error %d", od->dev->name, t->proc->name,
			err);
	return ret;
}

/* ---- the kinds of tasks ---- */

/* Bring what the kernel wrote to where the client sees it. */
static cl_int
output_end(struct ocl_stream *s, struct ocl_task *ot, uint32_t i)
{
	const struct rte_vtaccel_seg *seg = &ot->t->segs[i];
	cl_event event;
	cl_int err;
	void *at;

	if (seg->len == 0 || (ot->resident[i] && !ot->both[i]))
		return CL_SUCCESS;
	if (ot->od->shares) {
		/* The map makes it visible; it is the same memory on every device that shares it. */
		at = clEnqueueMapBuffer(s->queue, ot->mems[i], CL_FALSE, CL_MAP_READ, 0, seg->len, 0,
			NULL, &event, &err);
		if (at == NULL)
			return err;
		ocl_newest(ot, event);
		err = clEnqueueUnmapMemObject(s->queue, ot->mems[i], at, 0, NULL, &event);
	} else {
		err = clEnqueueReadBuffer(s->queue, ot->mems[i], CL_FALSE, 0, seg->len, seg->addr, 0,
			NULL, &event);
		ot->copied += err == CL_SUCCESS ? seg->len : 0;
	}
	if (err == CL_SUCCESS)
		ocl_newest(ot, event);
	return err;
}

static int
run_kernel(struct ocl_stream *s, struct ocl_task *ot, const struct ocl_kernel *k)
{
	const struct rte_vtaccel_task *t = ot->t;
	const uint32_t nb = (uint32_t)t->nb_in + t->nb_out;
	struct ocl_launch l = { 0 };
	cl_int err;
	uint32_t i;
	int ret;

	ret = ocl_launch_check(ot->od, k, t, &l, &ot->result);
	if (ret != 0)
		return ret;
	err = ocl_mems_make(s, ot);
	if (err == CL_SUCCESS)
		err = ocl_launch_set(k, t, ot->mems);
	if (err == CL_SUCCESS)
		err = clEnqueueNDRangeKernel(s->queue, k->kernel, l.dims, NULL, l.global,
			l.has_local ? l.local : NULL, 0, NULL, &ot->run);
	/* As long as the kernel is not in the queue all of it can be done once more. */
	if (unlikely(err != CL_SUCCESS))
		err = ocl_mems_failed(s, ot, err);
	if (unlikely(err == OCL_WAIT))
		return 0;
	if (unlikely(err == OCL_TOO_LARGE)) {
		ot->result = ot->od->task_memory;
		return -EMSGSIZE;
	}
	if (err == CL_SUCCESS) {
		clRetainEvent(ot->run);
		ocl_newest(ot, ot->run);
	}
	for (i = t->nb_in; err == CL_SUCCESS && i < nb; i++)
		err = output_end(s, ot, i);
	if (err == CL_SUCCESS)
		ot->result = l.items;
	return status_of(ot->od, t, err);
}

static int
run_copy(struct ocl_stream *s, struct ocl_task *ot, enum ocl_kind kind)
{
	const struct rte_vtaccel_task *t = ot->t;
	cl_int err = CL_SUCCESS;
	struct ocl_buf buf;
	cl_event event;
	uint32_t i;

	for (i = 0; err == CL_SUCCESS && i < t->nb_in; i++) {
		const struct rte_vtaccel_seg *seg = &t->segs[i];
		const size_t at = (uintptr_t)seg->addr;

		if (seg->len == 0 || !ocl_buf_find(ot->od, seg->addr, seg->len, &buf))
			continue;
		ot->mems[ot->nb_mems++] = buf.mem;
		/* Only all of it makes it good again. */
		if (unlikely(buf.lost && (kind != OCL_COPY_TO_ACCEL || seg->len != buf.len))) {
			err = OCL_LOST;
			break;
		}
		if (kind == OCL_COPY_TO_ACCEL)
			err = clEnqueueWriteBuffer(s->queue, buf.mem, CL_FALSE, at - buf.addr, seg->len,
				seg->addr, 0, NULL, &event);
		else
			err = clEnqueueReadBuffer(s->queue, buf.mem, CL_FALSE, at - buf.addr, seg->len,
				seg->addr, 0, NULL, &event);
		if (err != CL_SUCCESS)
			break;
		ocl_newest(ot, event);
		ot->copied += seg->len;
		if (unlikely(buf.lost))
			ocl_buf_sent(ot->od, buf.addr);
	}
	ot->result = ot->copied;
	return status_of(ot->od, t, err);
}

/* ---- begin and end ---- */

void
ocl_task_ended(struct ocl_task *ot)
{
	struct ocl_dev *od = ot->od;
	struct rte_vtaccel *dev = od->dev;

	/* Pairs with the acquire in the dequeue. From here on the task is the caller's. */
	__atomic_store_n(&ot->ended, 1, __ATOMIC_RELEASE);
	if (dev->notify != NULL)
		dev->notify(dev->notify_arg);
	/* Pairs with the acquire in the stop. From here on the device may be gone. */
	__atomic_fetch_sub(&od->pending, 1, __ATOMIC_RELEASE);
}

/* One of OpenCL's threads. */
static void CL_CALLBACK
ended(cl_event event, cl_int status, void *arg)
{
	struct ocl_task *ot = arg;

	RTE_SET_USED(event);
	ot->cl_status = status < 0 ? status : CL_SUCCESS;
	ocl_task_ended(ot);
}

/* A kernel of the client's own: its shape is checked here, the class knows only that of cl_call. */
static int
call(struct ocl_stream *s, struct ocl_task *ot)
{
	const struct rte_vtaccel_task *t = ot->t;
	struct rte_vtaccel_opencl_args a;
	const struct ocl_kernel *k;

	memcpy(&a, t->args, sizeof(a));
	k = ocl_client_kernel(s, a.kernel);
	if (k == NULL)
		return ocl_client_kernel_lost(s, a.kernel) ? -ESTALE : -ENOENT;
	if (t->nb_in != k->proc.min_in || t->nb_out != k->proc.min_out ||
			t->args_len != k->proc.min_args)
		return -EINVAL;
	return run_kernel(s, ot, k);
}

static int
begin(struct ocl_stream *s, struct ocl_task *ot)
{
	const struct rte_vtaccel_task *t = ot->t;
	const struct ocl_kernel *k = t->proc->driver_data;
	struct ocl_dev *od = ot->od;
	int ret;

	if (unlikely(od->fail_after != 0 && od->nb_tasks++ >= od->fail_after))
		ocl_device_gone(od, CL_DEVICE_NOT_AVAILABLE);
	if (unlikely(__atomic_load_n(&od->dev->state, __ATOMIC_RELAXED) ==
			RTE_VINETALK_ACCEL_FAILED))
		return -EIO;
	ret = rte_vtaccel_task_fits(t);
	if (unlikely(ret != 0))
		return ret;
	switch (k->kind) {
	case OCL_COPY_TO_ACCEL:
	case OCL_COPY_TO_HOST:
		return run_copy(s, ot, k->kind);
	case OCL_BUILD:
		s->building = ot;
		return 0;
	case OCL_CALL:
		return call(s, ot);
	default:
		return run_kernel(s, ot, k);
	}
}

/* False: it waits for memory of the device, and is asked again. */
static bool
submit(struct ocl_stream *s, struct ocl_task *ot)
{
	struct ocl_dev *od = ot->od;

	ot->status = begin(s, ot);
	if (unlikely(s->waits))
		return false;
	if (ot->last == NULL && s->building != ot) {
		ot->ended = 1; /* the device has nothing of it */
		return true;
	}
	__atomic_fetch_add(&od->pending, 1, __ATOMIC_RELAXED);
	if (s->building == ot) {
		ocl_build(od, ot);
		return true;
	}
	if (likely(clSetEventCallback(ot->last, CL_COMPLETE, ended, ot) == CL_SUCCESS))
		return true;
	/* No memory for a callback: this waits, so that nothing is forgotten. */
	clWaitForEvents(1, &ot->last);
	ot->ended = 1;
	__atomic_fetch_sub(&od->pending, 1, __ATOMIC_RELEASE);
	return true;
}

void
ocl_stream_add(struct ocl_stream *s, struct ocl_task *ot, struct rte_vtaccel_task *t)
{
	ot->t = t;
	ot->run = ot->last = NULL;
	ot->nb_mems = 0;
	ot->held = 0;
	ot->copied = ot->result = ot->build_ns = 0;
	ot->cl_status = CL_SUCCESS;
	ot->ended = 0;
	s->account = t->stream->account;
	STAILQ_INSERT_TAIL(&s->fifo, ot, next);
	if (s->next == NULL)
		s->next = ot;
}

void
ocl_stream_go(struct ocl_stream *s)
{
	struct ocl_task *ot;
	bool flush = false;

	while ((ot = s->next) != NULL && s->building == NULL) {
		const struct ocl_kernel *k = ot->t->proc->driver_data;

		/* It may read what those before it write, and those behind it are for what it builds. */
		if (k->kind == OCL_BUILD && ot != STAILQ_FIRST(&s->fifo))
			break;
		if (unlikely(s->waits && s->waits_since == ot->od->nb_freed))
			break;
		s->waits = false;
		if (unlikely(!submit(s, ot)))
			break;
		s->next = STAILQ_NEXT(ot, next);
		flush = true;
	}
	if (flush)
		clFlush(s->queue);
}

static uint64_t
exec_ns(const struct ocl_task *ot)
{
	cl_ulong start = 0, end = 0;

	if (ot->build_ns != 0)
		return ot->build_ns;
	if (ot->run == NULL || clGetEventProfilingInfo(ot->run, CL_PROFILING_COMMAND_START,
			sizeof(start), &start, NULL) != CL_SUCCESS ||
			clGetEventProfilingInfo(ot->run, CL_PROFILING_COMMAND_END, sizeof(end), &end,
			NULL) != CL_SUCCESS || end < start)
		return 0;
	return end - start;
}

void
ocl_collect(struct ocl_task *ot)
{
	struct rte_vtaccel_task *t = ot->t;

	if (unlikely(ot->cl_status != CL_SUCCESS && ot->status == 0)) {
		if (is_gone(ot->cl_status))
			ocl_device_gone(ot->od, ot->cl_status);
		OCL_LOG(WARNING, "%s: %s: OpenCL error %d", ot->od->dev->name, t->proc->name,
			ot->cl_status);
		ot->status = -EIO;
		ot->result = 0;
	}
	t->status = ot->status;
	t->result = ot->result;
	t->copied = (uint32_t)RTE_MIN(ot->copied, (uint64_t)UINT32_MAX);
	t->exec_ns = exec_ns(ot);
	ocl_mems_free(t->stream->driver_data, ot);
	if (ot->run != NULL)
		clReleaseEvent(ot->run);
	if (ot->last != NULL)
		clReleaseEvent(ot->last);
}
