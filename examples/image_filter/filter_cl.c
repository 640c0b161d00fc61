/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <math.h>
#include <string.h>

#include <rte_vtaccel_opencl.h>

#include "filter.h"

#define RADIUS 6 /* three sigma */
#define NB_TASKS 3

/* [doc] begin kernel arguments */
/* What a task refers to lies in the arena until it has ended. */
struct cl_task {
	struct {
		struct rte_vtaccel_opencl_args sizes;
		uint32_t columns; /* the only value that cl_blur takes */
	} args;
	struct rte_vinetalk_seg segs[3];
};
/* [doc] end kernel arguments */

static uint16_t cl_grayscale, cl_blur;
static struct cl_task *tasks;
static float *weights;

int
cl_filter_init(struct client *c)
{
	float sum = 0;
	int i;

	if (client_proc(c, "cl_grayscale", &cl_grayscale) != 0 ||
			client_proc(c, "cl_blur", &cl_blur) != 0)
		return -1;
	tasks = client_alloc(c, NB_TASKS * sizeof(*tasks));
	weights = client_alloc(c, (RADIUS + 1) * sizeof(*weights));
	if (tasks == NULL || weights == NULL)
		return -1;
	memset(tasks, 0, NB_TASKS * sizeof(*tasks));
	for (i = -RADIUS; i <= RADIUS; i++)
		sum += expf(-0.5f * (float)(i * i) / (CL_FILTER_SIGMA * CL_FILTER_SIGMA));
	for (i = 0; i <= RADIUS; i++)
		weights[i] = expf(-0.5f * (float)(i * i) / (CL_FILTER_SIGMA * CL_FILTER_SIGMA)) / sum;
	return 0;
}

static struct rte_vinetalk_seg
seg(struct client *c, const void *addr, uint32_t len)
{
	return (struct rte_vinetalk_seg){ .offset = rte_vinetalk_offset(c->dev, addr), .len = len };
}

/* [doc] begin kernel task */
static int
gray_send(struct client *c, const uint8_t *rgb, uint8_t *gray, uint32_t pixels)
{
	struct rte_vinetalk_task task;
	struct cl_task *t = &tasks[0];

	/* One work item for each pixel; the device chooses the groups. */
	t->args.sizes = (struct rte_vtaccel_opencl_args){ .dims = 1, .global = { pixels } };
	rte_vinetalk_task_init(&task, c->vaccel, cl_grayscale, 0);
	if (rte_vinetalk_task_args_ref(c->dev, &task, &t->args, sizeof(t->args.sizes)) != 0)
		return -1;
	rte_vinetalk_task_in(c->dev, &task, rgb, pixels * 3);
	rte_vinetalk_task_out(c->dev, &task, gray, pixels);
	return client_send(c, &task);
}
/* [doc] end kernel task */

/* One direction. */
static int
blur_send(struct client *c, const uint8_t *in, uint8_t *out, uint32_t width, uint32_t height,
		uint32_t columns)
{
	struct rte_vinetalk_task task;
	struct cl_task *t = &tasks[1 + columns];

	t->args.sizes = (struct rte_vtaccel_opencl_args){ .dims = 2, .global = { width, height } };
	t->args.columns = columns;
	t->segs[0] = seg(c, in, width * height);
	t->segs[1] = seg(c, weights, (RADIUS + 1) * sizeof(*weights));
	t->segs[2] = seg(c, out, width * height);
	rte_vinetalk_task_init(&task, c->vaccel, cl_blur, 1 + columns);
	if (rte_vinetalk_task_segs(c->dev, &task, t->segs, 2, 1) != 0 ||
			rte_vinetalk_task_args_ref(c->dev, &task, &t->args, sizeof(t->args)) != 0)
		return -1;
	return client_send(c, &task);
}

int
cl_filter_send(struct client *c, uint8_t *rgb, uint8_t *gray, uint8_t *out, uint32_t width,
		uint32_t height, uint64_t *start_ns)
{
	start_ns[0] = client_now_ns();
	if (gray_send(c, rgb, gray, width * height) != 0)
		return -1;
	start_ns[1] = client_now_ns();
	/* The pixels' colours are not needed any more. */
	if (blur_send(c, gray, rgb, width, height, 0) != 0)
		return -1;
	start_ns[2] = client_now_ns();
	return blur_send(c, rgb, out, width, height, 1) != 0 ? -1 : NB_TASKS;
}
