/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A device that failed, made anew: found again, with a new context, programs, queues and buffers.
 *
 *     recover    a thread makes all that takes long beside what there is; -EAGAIN
 *     recover    it is not ready: -EAGAIN; it could not: its error, and the next one begins again
 *     recover    it is ready: it takes the place of what there was
 *
 * Procedures stay where they are, since others point at them: their kernels are exchanged. Of buffers of clients, those
 * of placement BOTH are filled with what the host has; of the others only the client knows what it is worth: they are
 * lost until they are sent again as a whole. Programs of clients are lost.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ocl_private.h"

struct ocl_repair {
	pthread_t thread;
	struct ocl_signals *signals;
	struct ocl_dev fresh;
	const struct ocl_dev *old;
	int ret;          /* the thread's, before done */
	uint32_t done;    /* atomic */
	/* What the control thread makes of it. */
	cl_command_queue *queues;
	cl_mem *mems;
	uint32_t nb_queues, nb_mems;
};

static void *
repair_thread(void *arg)
{
	struct ocl_repair *r = arg;

	r->ret = ocl_make(&r->fresh, r->old);
	/* Pairs with the acquire in ocl_recover(). */
	__atomic_store_n(&r->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static int
begin(struct ocl_dev *od)
{
	struct ocl_repair *r = calloc(1, sizeof(*r));
	int ret;

	if (r == NULL)
		return -ENOMEM;
	r->old = od;
	r->fresh.dev = od->dev;
	r->fresh.args = od->args;
	r->signals = ocl_signals_keep();
	if (r->signals == NULL) {
		free(r);
		return -ENOMEM;
	}
	ret = ocl_thread_start(&r->thread, "vt-cl-repair", repair_thread, r);
	if (ret != 0) {
		OCL_LOG(ERR, "%s: no thread to make it anew: %s", od->dev->name, strerror(-ret));
		ocl_signals_restore(r->signals);
		free(r);
		return ret;
	}
	od->repair = r;
	return -EAGAIN;
}

/* Of what was made, all that is not in its place. */
static void
end(struct ocl_dev *od, struct ocl_repair *r)
{
	uint32_t i;

	for (i = 0; i < r->nb_queues; i++)
		clReleaseCommandQueue(r->queues[i]);
	for (i = 0; i < r->nb_mems; i++)
		clReleaseMemObject(r->mems[i]);
	free(r->queues);
	free(r->mems);
	ocl_teardown(&r->fresh);
	free(r);
	od->repair = NULL;
}

/* Whether it is the device that it was, as far as clients see it. */
static int
compare(const struct ocl_dev *od, const struct ocl_dev *fresh)
{
	const char *what = NULL;
	uint32_t i;

	if (fresh->shares != od->shares)
		what = "memory";
	else if (fresh->nb_kernels != od->nb_kernels || fresh->max_client_programs != od->max_client_programs)
		what = "number of procedures";
	for (i = 0; what == NULL && i < od->nb_kernels; i++) {
		const struct ocl_kernel *k = od->kernels[i], *n = fresh->kernels[i];

		if (strcmp(k->name, n->name) != 0 || k->nb_params != n->nb_params ||
				memcmp(k->params, n->params, sizeof(k->params)) != 0)
			what = k->name;
	}
	if (what == NULL)
		return 0;
	OCL_LOG(ERR, "%s: device %s is not as %s was before it failed: %s", od->dev->name, fresh->where, od->where, what);
	return -ENODEV;
}

/* What the failed device had of buffers: its memory may be needed. */
static void
let_go(struct ocl_dev *od)
{
	uint32_t i;

	rte_spinlock_lock(&od->buf_lock);
	for (i = 0; i < od->nb_bufs; i++) {
		struct ocl_buf *buf = &od->bufs[i];

		if (buf->mem != NULL)
			clReleaseMemObject(buf->mem);
		buf->mem = NULL;
		buf->lost = !buf->both;
	}
	rte_spinlock_unlock(&od->buf_lock);
}

/* A queue for each stream, and memory for each buffer. */
static int
fill(struct ocl_dev *od, struct ocl_repair *r)
{
	const struct ocl_dev *fresh = &r->fresh;
	struct ocl_stream *s;
	uint32_t nb = 0;
	cl_int err = CL_SUCCESS;

	TAILQ_FOREACH(s, &od->all, all_link)
		nb++;
	r->queues = calloc(nb + 1, sizeof(r->queues[0]));
	r->mems = calloc(od->nb_bufs + 1, sizeof(r->mems[0]));
	if (r->queues == NULL || r->mems == NULL)
		return -ENOMEM;
	let_go(od);
	for (; r->nb_queues < nb; r->nb_queues++) {
		r->queues[r->nb_queues] = ocl_queue_make(fresh, &err);
		if (r->queues[r->nb_queues] == NULL)
			break;
	}
	for (; err == CL_SUCCESS && r->nb_mems < od->nb_bufs; r->nb_mems++) {
		const struct ocl_buf *buf = &od->bufs[r->nb_mems];

		r->mems[r->nb_mems] = clCreateBuffer(fresh->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
			buf->len, (void *)buf->addr, &err);
		if (r->mems[r->nb_mems] == NULL)
			break;
	}
	if (err != CL_SUCCESS)
		OCL_LOG(ERR, "%s: %u of %u queues and %u of %u buffers on %s: OpenCL error %d", od->dev->name,
			r->nb_queues, nb, r->nb_mems, od->nb_bufs, fresh->where, err);
	return ocl_errno(err);
}

/* Exchange what clients have; what was there goes with the repair. */
static void
swap_clients(struct ocl_dev *od, struct ocl_repair *r)
{
	struct ocl_stream *s;
	uint32_t i = 0, lost = 0;

	TAILQ_FOREACH(s, &od->all, all_link) {
		RTE_SWAP(s->queue, r->queues[i]);
		i++;
		if (s->client != NULL)
			ocl_client_lose(od, s->client);
	}
	/* The caller looks into the table only from within a burst, and there is none now; it may be asked later. */
	rte_spinlock_lock(&od->buf_lock);
	for (i = 0; i < od->nb_bufs; i++) {
		RTE_SWAP(od->bufs[i].mem, r->mems[i]);
		lost += od->bufs[i].lost;
	}
	r->nb_mems = 0;
	rte_spinlock_unlock(&od->buf_lock);
	OCL_LOG(NOTICE, "%s: device %s was made anew, for %u streams; of %u buffers, %u are lost", od->dev->name,
		r->fresh.where, r->nb_queues, od->nb_bufs, lost);
}

/* The same of the device. */
static void
swap_device(struct ocl_dev *od, struct ocl_dev *fresh)
{
	uint32_t i;

	for (i = 0; i < od->nb_kernels; i++) {
		struct ocl_kernel *k = od->kernels[i], *n = fresh->kernels[i];

		RTE_SWAP(k->kernel, n->kernel);
		memcpy(k->required, n->required, sizeof(k->required));
		k->max_group = n->max_group;
		k->local_mem = n->local_mem;
	}
	RTE_SWAP(od->programs, fresh->programs);
	RTE_SWAP(od->sources, fresh->sources);
	RTE_SWAP(od->context, fresh->context);
	od->platform = fresh->platform;
	od->device = fresh->device;
	memcpy(od->where, fresh->where, sizeof(od->where));
	memcpy(od->max_local, fresh->max_local, sizeof(od->max_local));
	od->is_cpu = fresh->is_cpu;
	od->local_mem = fresh->local_mem;
	od->base_align = fresh->base_align;
	od->nb_tasks = 0;
}

int
ocl_recover(struct rte_vtaccel *dev)
{
	struct ocl_dev *od = dev->data;
	struct ocl_repair *r = od->repair;
	int ret;

	if (r == NULL)
		return begin(od);
	/* Pairs with the release of its thread. */
	if (__atomic_load_n(&r->done, __ATOMIC_ACQUIRE) == 0)
		return -EAGAIN;
	pthread_join(r->thread, NULL);
	ocl_signals_restore(r->signals);
	ret = r->ret;
	if (ret == 0)
		ret = compare(od, &r->fresh);
	if (ret == 0)
		ret = fill(od, r);
	if (ret == 0) {
		swap_clients(od, r);
		swap_device(od, &r->fresh);
	}
	end(od, r);
	return ret;
}

void
ocl_recover_end(struct ocl_dev *od)
{
	struct ocl_repair *r = od->repair;

	if (r == NULL)
		return;
	pthread_join(r->thread, NULL);
	ocl_signals_restore(r->signals);
	end(od, r);
}
