/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Where a kernel finds the segments of a task: in place, in a buffer that stays in the device, or in a copy that is there
 * as long as the task. What is in flight of one account has up to task_memory bytes of copies; a task that would have
 * more waits for others of it to end. One that finds no memory waits for any that hold some: be it when the copies are
 * made, or written, or when the kernel is to use them, which is when some platforms look for memory. So tasks of one
 * tenant neither take all, nor fail since others have it. Who waits holds nothing, and somebody else does.
 */

#include "ocl_private.h"

/* A command of the task; those before it in the queue have ended when it has. */
void
ocl_newest(struct ocl_task *ot, cl_event event)
{
	if (ot->last != NULL)
		clReleaseEvent(ot->last);
	ot->last = event;
}

/* A part of a buffer of the device. */
static cl_int
resident_part(struct ocl_task *ot, uint32_t i, const struct rte_vtaccel_seg *seg,
		const struct ocl_buf *buf)
{
	cl_buffer_region part = { .origin = (uintptr_t)seg->addr - buf->addr, .size = seg->len };
	cl_int err = CL_SUCCESS;

	ot->resident[i] = true;
	ot->both[i] = buf->both;
	ot->mems[i] = buf->mem;
	if (unlikely(buf->lost))
		return OCL_LOST;
	if (part.origin == 0)
		return CL_SUCCESS;
	if (part.origin % RTE_VTACCEL_OPENCL_ALIGN != 0)
		return CL_MISALIGNED_SUB_BUFFER_OFFSET;
	ot->mems[i] = clCreateSubBuffer(buf->mem, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION,
		&part, &err);
	clReleaseMemObject(buf->mem);
	return err;
}

/* What is there already; the others are copied: how many bytes. */
static cl_int
find(struct ocl_dev *od, struct ocl_task *ot, uint32_t nb, uint64_t *bytes)
{
	const struct rte_vtaccel_seg *segs = ot->t->segs;
	cl_int err = CL_SUCCESS;
	struct ocl_buf buf;
	uint32_t i;

	for (i = 0; err == CL_SUCCESS && i < nb; i++) {
		ot->mems[i] = NULL;
		ot->resident[i] = ot->both[i] = false;
		ot->nb_mems = i + 1;
		if (segs[i].len == 0 || od->shares)
			continue;
		if (ocl_buf_find(od, segs[i].addr, segs[i].len, &buf))
			err = resident_part(ot, i, &segs[i], &buf);
		else
			*bytes += segs[i].len;
	}
	return err;
}

/* What tasks in flight hold, of all streams of an account. All that have any are active. */
static uint64_t
held_by(const struct ocl_dev *od, const void *account)
{
	const struct ocl_stream *s;
	uint64_t held = 0;

	TAILQ_FOREACH(s, &od->active, link)
		if (s->account == account)
			held += s->held;
	return held;
}

static cl_int
create(struct ocl_dev *od, struct ocl_task *ot, uint32_t nb)
{
	const struct rte_vtaccel_task *t = ot->t;
	cl_int err = CL_SUCCESS;
	uint32_t i;

	for (i = 0; err == CL_SUCCESS && i < nb; i++) {
		const cl_mem_flags flags = (i < t->nb_in ? CL_MEM_READ_ONLY : CL_MEM_READ_WRITE) |
			(od->shares ? CL_MEM_USE_HOST_PTR : 0);

		if (ot->mems[i] == NULL && t->segs[i].len != 0)
			ot->mems[i] = clCreateBuffer(od->context, flags, t->segs[i].len,
				od->shares ? t->segs[i].addr : NULL, &err);
	}
	return err;
}

/* An output is sent too, since a kernel need not write all of it, and the memory may hold what others left. */
static cl_int
fill(struct ocl_stream *s, struct ocl_task *ot, uint32_t nb)
{
	const struct rte_vtaccel_seg *segs = ot->t->segs;
	cl_int err = CL_SUCCESS;
	cl_event event;
	uint32_t i;

	for (i = 0; err == CL_SUCCESS && i < nb; i++) {
		if (segs[i].len == 0 || ot->resident[i])
			continue;
		err = clEnqueueWriteBuffer(s->queue, ot->mems[i], CL_FALSE, 0, segs[i].len, segs[i].addr, 0,
			NULL, &event);
		if (err != CL_SUCCESS)
			break;
		ocl_newest(ot, event);
		ot->copied += segs[i].len;
	}
	return err;
}

static bool
no_memory(cl_int err)
{
	return err == CL_MEM_OBJECT_ALLOCATION_FAILURE || err == CL_OUT_OF_RESOURCES ||
		err == CL_OUT_OF_HOST_MEMORY;
}

/* True: others may have waited for that. */
static bool
let_go(struct ocl_stream *s, struct ocl_task *ot)
{
	const bool held = ot->held != 0;
	uint32_t i;

	for (i = 0; i < ot->nb_mems; i++)
		if (ot->mems[i] != NULL)
			clReleaseMemObject(ot->mems[i]);
	ot->nb_mems = 0;
	s->held -= ot->held;
	ot->od->held -= ot->held;
	ot->held = 0;
	return held;
}

/* What it had, those who wait already could not have: they are not asked for that. */
static cl_int
wait(struct ocl_stream *s, struct ocl_task *ot)
{
	let_go(s, ot);
	/* What was written is written again. The queue ends it before, and keeps the memory until then. */
	if (ot->last != NULL) {
		clReleaseEvent(ot->last);
		ot->last = NULL;
	}
	ot->copied = 0;
	s->waits = true;
	s->waits_since = ot->od->nb_freed;
	return OCL_WAIT;
}

cl_int
ocl_mems_make(struct ocl_stream *s, struct ocl_task *ot)
{
	const uint32_t nb = (uint32_t)ot->t->nb_in + ot->t->nb_out;
	struct ocl_dev *od = ot->od;
	uint64_t bytes = 0;
	cl_int err;

	err = find(od, ot, nb, &bytes);
	if (err != CL_SUCCESS)
		return err;
	if (bytes > od->task_memory)
		return OCL_TOO_LARGE;
	if (bytes != 0 && bytes > od->task_memory - held_by(od, s->account))
		return wait(s, ot);
	ot->held = bytes;
	s->held += bytes;
	od->held += bytes;
	err = create(od, ot, nb);
	return err == CL_SUCCESS && !od->shares ? fill(s, ot, nb) : err;
}

cl_int
ocl_mems_failed(struct ocl_stream *s, struct ocl_task *ot, cl_int err)
{
	return no_memory(err) && ot->od->held != ot->held ? wait(s, ot) : err;
}

void
ocl_mems_free(struct ocl_stream *s, struct ocl_task *ot)
{
	if (let_go(s, ot))
		ot->od->nb_freed++;
}
