/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * image_filter OUTDIR IMAGE...: grayscale and blur of JPEG and PNG pictures, written as PNG. All tasks
 * go to one virtual accelerator, which keeps their order: the second reads what the first wrote.
 * With --opencl the same by kernels (filter_cl.c).
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_vtaccel_procs.h>

#include "client.h"
#include "filter.h"
#include "picture.h"

static struct client client;
static uint16_t grayscale, blur;
static int by_kernels;
/* One set of buffers for all pictures, as large as the arena allows: it is not cut to pieces. */
static uint8_t *rgb, *gray, *out;
static size_t max_pixels;

static void
usage(void)
{
	printf("usage: image_filter [options] [--opencl] OUTDIR IMAGE...\n" CLIENT_USAGE
		"  --opencl        by the kernels cl_grayscale and cl_blur of an opencl accelerator\n"
		"example: image_filter /tmp photo.jpg\n");
}

/* [doc] begin chain */
static int
send_tasks(uint32_t width, uint32_t height, uint64_t *start)
{
	const struct rte_vtaccel_grayscale_args g = { .width = width, .height = height };
	const struct rte_vtaccel_blur_args b = {
		.width = width, .height = height, .channels = 1, .sigma = 2.0f,
	};
	struct rte_vinetalk_task task;

	rte_vinetalk_task_init(&task, client.vaccel, grayscale, 0);
	rte_vinetalk_task_args(client.dev, &task, &g, sizeof(g));
	rte_vinetalk_task_in(client.dev, &task, rgb, width * height * 3);
	rte_vinetalk_task_out(client.dev, &task, gray, width * height);
	start[0] = client_now_ns();
	if (client_send(&client, &task) != 0)
		return -1;
	/* No wait in between: tasks of one vaccel run in order. */
	rte_vinetalk_task_init(&task, client.vaccel, blur, 1);
	rte_vinetalk_task_args(client.dev, &task, &b, sizeof(b));
	rte_vinetalk_task_in(client.dev, &task, gray, width * height);
	rte_vinetalk_task_out(client.dev, &task, out, width * height);
	start[1] = client_now_ns();
	return client_send(&client, &task) != 0 ? -1 : 2;
}
/* [doc] end chain */

static int
filter(uint32_t width, uint32_t height)
{
	struct rte_vinetalk_completion c;
	uint64_t start[3];
	int i, nb;

	nb = by_kernels ? cl_filter_send(&client, rgb, gray, out, width, height, start) :
		send_tasks(width, height, start);
	if (nb < 0)
		return -1;
	for (i = 0; i < nb; i++) {
		if (client_receive(&client, &c) != 0)
			return -1;
		if (c.status != 0) {
			fprintf(stderr, "image_filter: task %d: %s\n", (int)c.cookie,
				rte_vinetalk_strstatus(c.status));
			return -1;
		}
		client_latency(&client, start[c.cookie]);
	}
	client_progress(&client, (uint64_t)width * height * 3);
	return 0;
}

/* The name of the result: OUTDIR/base.png. */
static void
result_name(char *buf, size_t len, const char *dir, const char *file)
{
	const char *base = strrchr(file, '/');
	const char *dot;

	base = base != NULL ? base + 1 : file;
	dot = strrchr(base, '.');
	snprintf(buf, len, "%s/%.*s.png", dir, dot != NULL ? (int)(dot - base) : (int)strlen(base),
		base);
}

static int
make_buffers(void)
{
	struct rte_vinetalk_info info;

	if (rte_vinetalk_info_get(client.dev, &info) != 0)
		return -1;
	max_pixels = info.arena_size * 7 / 10 / 5;
	if (max_pixels > UINT32_MAX / 3)
		max_pixels = UINT32_MAX / 3; /* a segment's length has 32 bits */
	rgb = client_alloc(&client, max_pixels * 3);
	gray = client_alloc(&client, max_pixels);
	out = client_alloc(&client, max_pixels);
	return rgb != NULL && gray != NULL && out != NULL ? 0 : -1;
}

static int
one(const char *dir, const char *file)
{
	struct picture pic;
	char name[4096], why[200];
	size_t pixels;
	int ret = -1;

	if (picture_read(file, &pic, why, sizeof(why)) != 0) {
		fprintf(stderr, "image_filter: %s: %s\n", file, why);
		return -1;
	}
	pixels = (size_t)pic.width * pic.height;
	if (pixels <= max_pixels) {
		memcpy(rgb, pic.rgb, pixels * 3);
		ret = filter(pic.width, pic.height);
	} else {
		fprintf(stderr, "image_filter: %s: %zu pixels are more than the arena holds (%zu)\n",
			file, pixels, max_pixels);
	}
	free(pic.rgb);
	if (ret != 0)
		return ret;
	result_name(name, sizeof(name), dir, file);
	ret = picture_write_gray(name, out, pic.width, pic.height);
	if (ret != 0)
		fprintf(stderr, "image_filter: %s: %s\n", name, strerror(errno));
	return ret;
}

static int
procedures(void)
{
	if (by_kernels)
		return cl_filter_init(&client);
	return client_proc(&client, RTE_VTACCEL_PROC_GRAYSCALE, &grayscale) != 0 ||
		client_proc(&client, RTE_VTACCEL_PROC_GAUSSIAN_BLUR, &blur) != 0 ? -1 : 0;
}

int
main(int argc, char **argv)
{
	int i, bad = 0;

	argc = client_options(&client, argc, argv, usage);
	by_kernels = argc > 1 && strcmp(argv[1], "--opencl") == 0;
	argc -= by_kernels;
	argv += by_kernels;
	if (argc < 3 || argv[1][0] == '-') {
		usage();
		return 1;
	}
	if (client_open(&client, "image_filter") != 0 || procedures() != 0 || make_buffers() != 0)
		return 1;
	for (i = 2; i < argc; i++)
		bad += one(argv[1], argv[i]) != 0;
	return client_close(&client) != 0 || bad != 0;
}
