/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Programs that clients bring.
 *
 * A compiler takes seconds, so a thread of the device's does it, one program after the other. A program
 * belongs to the stream that built it and goes with it: no other client can name it. Its stream
 * waits meanwhile, so the builder has the stream's programs to itself.
 *
 * What comes from the client is copied before anything looks at it. The compiler is the platform's, and runs in
 * this process: ocl_source.c says what it is not given.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_string_fns.h>

#include "ocl_private.h"

struct ocl_builder {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool stop;               /* under the lock, as the queue; its tasks are linked by build_next */
	STAILQ_HEAD(, ocl_task) queue;
};

/* ---- the builder's thread ---- */

static int
program_begin(struct ocl_dev *od, struct ocl_client *c, struct ocl_text *text)
{
	uint32_t nb = __atomic_load_n(&od->nb_client_programs, __ATOMIC_RELAXED);

	if (c->nb_programs == RTE_VTACCEL_OPENCL_MAX_PROGRAMS) {
		ocl_say(od, text, "there are %u programs already, the limit of a virtual accelerator",
			c->nb_programs);
		return -EDQUOT;
	}
	/* This thread alone adds. */
	if (nb >= od->max_client_programs) {
		ocl_say(od, text, "there are %u programs already, the limit of the accelerator", nb);
		return -EDQUOT;
	}
	__atomic_fetch_add(&od->nb_client_programs, 1, __ATOMIC_RELAXED);
	return 0;
}

/* The kernels of a program, behind those that there are; on failure none is left of it. */
static int
kernels_add(struct ocl_dev *od, struct ocl_client *c, cl_program program, struct ocl_text *text)
{
	cl_kernel kernels[RTE_VTACCEL_OPENCL_MAX_KERNELS];
	const uint32_t before = c->nb_kernels;
	cl_uint nb = 0, i;
	int ret = 0;

	if (clCreateKernelsInProgram(program, 0, NULL, &nb) != CL_SUCCESS || nb == 0) {
		ocl_say(od, text, "there is no kernel");
		return -EINVAL;
	}
	if (nb > RTE_DIM(c->kernels) - before) {
		ocl_say(od, text, "%u kernels and %u before are more than %zu", nb, before,
			RTE_DIM(c->kernels));
		return -EDQUOT;
	}
	if (clCreateKernelsInProgram(program, nb, kernels, NULL) != CL_SUCCESS)
		return -EIO;
	for (i = 0; i < nb; i++) {
		struct ocl_kernel **k = &c->kernels[c->nb_kernels];

		if (ret != 0) {
			clReleaseKernel(kernels[i]);
			continue;
		}
		ret = ocl_kernel_make(od, kernels[i], k, text);
		if (ret == 0)
			(*k)->number = ++c->nb_kernels;
	}
	while (ret != 0 && c->nb_kernels > before)
		ocl_kernel_free(c->kernels[--c->nb_kernels]);
	return ret;
}

static int
program_add(struct ocl_dev *od, struct ocl_client *c, const char *bytes, size_t len,
		struct ocl_text *text)
{
	cl_program program;
	int ret;

	ret = ocl_source_check(od, bytes, len, text);
	if (ret == 0)
		ret = program_begin(od, c, text);
	if (ret != 0)
		return ret;
	program = ocl_program_build(od, "the program", bytes, len, text, &ret);
	if (program != NULL) {
		ret = kernels_add(od, c, program, text);
		/* Kernels hold it. */
		clReleaseProgram(program);
	}
	if (ret == 0)
		c->nb_programs++;
	else
		__atomic_fetch_sub(&od->nb_client_programs, 1, __ATOMIC_RELAXED);
	return ret;
}

/* The kernels behind the first ones, as many as there is room for. */
static void
list(const struct ocl_client *c, uint32_t first, const struct rte_vtaccel_seg *seg)
{
	struct rte_vtaccel_opencl_kernel one;
	uint32_t i;

	for (i = first; i < c->nb_kernels && (i - first + 1) * sizeof(one) <= seg->len; i++) {
		const struct ocl_kernel *k = c->kernels[i];

		memset(&one, 0, sizeof(one));
		rte_strscpy(one.name, k->name, sizeof(one.name));
		one.kernel = k->number;
		one.args_len = k->proc.min_args;
		one.nb_in = k->proc.min_in;
		one.nb_out = k->proc.min_out;
		memcpy(RTE_PTR_ADD(seg->addr, (i - first) * sizeof(one)), &one, sizeof(one));
	}
}

static void
build(struct ocl_dev *od, struct ocl_task *ot)
{
	const struct rte_vtaccel_task *t = ot->t;
	struct ocl_stream *s = t->stream->driver_data;
	const uint32_t len = t->segs[0].len;
	struct ocl_text text = { .size = OCL_BUILD_MAX_TEXT };
	uint32_t first;
	char *bytes;

	if (len == 0 || len > RTE_VTACCEL_OPENCL_MAX_SOURCE) {
		ot->status = -EFBIG;
		return;
	}
	if (s->client == NULL)
		s->client = calloc(1, sizeof(*s->client));
	bytes = malloc(len);
	text.at = calloc(1, text.size);
	if (s->client == NULL || bytes == NULL || text.at == NULL) {
		ot->status = -ENOMEM;
	} else {
		first = s->client->nb_kernels;
		memcpy(bytes, t->segs[0].addr, len);
		ot->copied = len;
		ot->status = program_add(od, s->client, bytes, len, &text);
		ot->result = s->client->nb_kernels - first;
		if (t->nb_out > 1)
			list(s->client, first, &t->segs[2]);
		if (t->nb_out > 0 && t->segs[1].len > 0)
			rte_strscpy(t->segs[1].addr, text.at, t->segs[1].len);
		OCL_LOG(INFO, "%s: stream %u: program of %u bytes: %u kernels, %s", od->dev->name,
			t->stream->id, len, s->client->nb_kernels - first, strerror(-ot->status));
	}
	free(text.at);
	free(bytes);
}

static uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void *
builder_thread(void *arg)
{
	struct ocl_dev *od = arg;
	struct ocl_builder *b = od->builder;
	struct ocl_task *ot;

	pthread_mutex_lock(&b->lock);
	while (!b->stop) {
		ot = STAILQ_FIRST(&b->queue);
		if (ot == NULL) {
			pthread_cond_wait(&b->cond, &b->lock);
			continue;
		}
		STAILQ_REMOVE_HEAD(&b->queue, build_next);
		pthread_mutex_unlock(&b->lock);
		ot->build_ns = now_ns();
		build(od, ot);
		ot->build_ns = now_ns() - ot->build_ns;
		ocl_task_ended(ot);
		pthread_mutex_lock(&b->lock);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

/* ---- the control thread ---- */

int
ocl_builder_start(struct ocl_dev *od)
{
	struct ocl_builder *b = calloc(1, sizeof(*b));
	int ret;

	if (b == NULL)
		return -ENOMEM;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->cond, NULL);
	STAILQ_INIT(&b->queue);
	od->builder = b;
	ret = ocl_thread_start(&b->thread, "vt-cl-build", builder_thread, od);
	if (ret != 0) {
		OCL_LOG(ERR, "%s: no thread to build programs: %s", od->dev->name, strerror(-ret));
		free(b);
		od->builder = NULL;
	}
	return ret;
}

/* Nothing is being built: the device was stopped. */
void
ocl_builder_stop(struct ocl_dev *od)
{
	struct ocl_builder *b = od->builder;

	if (b == NULL)
		return;
	pthread_mutex_lock(&b->lock);
	b->stop = true;
	pthread_cond_signal(&b->cond);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->thread, NULL);
	pthread_cond_destroy(&b->cond);
	pthread_mutex_destroy(&b->lock);
	free(b);
	od->builder = NULL;
}

void
ocl_client_lose(struct ocl_dev *od, struct ocl_client *c)
{
	uint32_t i;

	for (i = 0; i < c->nb_kernels; i++) {
		if (c->kernels[i] != NULL)
			ocl_kernel_free(c->kernels[i]);
		c->kernels[i] = NULL;
	}
	__atomic_fetch_sub(&od->nb_client_programs, c->nb_programs, __ATOMIC_RELAXED);
	c->nb_programs = 0;
}

void
ocl_client_free(struct ocl_dev *od, struct ocl_client *c)
{
	if (c == NULL)
		return;
	ocl_client_lose(od, c);
	free(c);
}

/* ---- the caller ---- */

void
ocl_build(struct ocl_dev *od, struct ocl_task *ot)
{
	struct ocl_builder *b = od->builder;

	/* The builder holds the lock for a moment only, never while it builds. */
	pthread_mutex_lock(&b->lock);
	STAILQ_INSERT_TAIL(&b->queue, ot, build_next);
	pthread_cond_signal(&b->cond);
	pthread_mutex_unlock(&b->lock);
}

const struct ocl_kernel *
ocl_client_kernel(const struct ocl_stream *s, uint32_t number)
{
	const struct ocl_client *c = s->client;

	return c == NULL || number == 0 || number > c->nb_kernels ? NULL : c->kernels[number - 1];
}

bool
ocl_client_kernel_lost(const struct ocl_stream *s, uint32_t number)
{
	const struct ocl_client *c = s->client;

	return c != NULL && number != 0 && number <= c->nb_kernels && c->kernels[number - 1] == NULL;
}
