/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* grayscale and gaussian_blur. Pixels are read as values only: they may change meanwhile. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <rte_vtaccel.h>
#include <rte_vtaccel_procs.h>

#include "cpu_proc.h"

#define BLUR_MAX_RADIUS (3 * RTE_VTACCEL_BLUR_MAX_SIGMA)

/* Bytes of an image, or 0 if a side is out of bounds. */
static uint64_t
image_bytes(uint32_t width, uint32_t height, uint32_t channels)
{
	uint64_t bytes = width;

	if (width > RTE_VTACCEL_IMAGE_MAX_SIDE || height > RTE_VTACCEL_IMAGE_MAX_SIDE ||
			!cpu_proc_mul(&bytes, height) || !cpu_proc_mul(&bytes, channels))
		return 0;
	return bytes;
}

/* One pass. */
static int
grayscale(struct rte_vtaccel_task *t)
{
	const struct rte_vtaccel_seg *in = &t->segs[0], *out = &t->segs[1];
	struct rte_vtaccel_grayscale_args a;
	const uint8_t *rgb = in->addr;
	uint8_t *grey = out->addr;
	uint64_t pixels, i;

	memcpy(&a, t->args, sizeof(a));
	pixels = image_bytes(a.width, a.height, 1);
	if (pixels == 0 || in->len < pixels * 3)
		return -EINVAL;
	t->result = pixels;
	if (out->len < pixels)
		return -ENOSPC;
	/* 0.299, 0.587 and 0.114 in units of 1/256, rounded so that they add up to 1. */
	for (i = 0; i < pixels; i++)
		grey[i] = (uint8_t)((77u * rgb[3 * i] + 150u * rgb[3 * i + 1] +
			29u * rgb[3 * i + 2] + 128u) >> 8);
	return 0;
}

static const struct rte_vtaccel_proc grayscale_proc = {
	.api = RTE_VTACCEL_API,
	.name = RTE_VTACCEL_PROC_GRAYSCALE,
	.type = RTE_VINETALK_ACCEL_CPU,
	.min_in = 1, .max_in = 1,
	.min_out = 1, .max_out = 1,
	.min_args = sizeof(struct rte_vtaccel_grayscale_args),
	.max_args = sizeof(struct rte_vtaccel_grayscale_args),
	.native = grayscale,
};
RTE_VTACCEL_REGISTER_NATIVE(grayscale_proc)

struct blur {
	const uint8_t *in;
	uint8_t *out;
	uint32_t stride;  /* bytes of a row */
	uint32_t height;
	uint32_t channels;
	uint32_t radius;
	float *row;       /* one row of sums with radius pixels more at each end */
	float kernel[BLUR_MAX_RADIUS + 1]; /* one half: the other one is its mirror image */
};

/* Fill in the kernel, whose weights add up to 1. */
static void
blur_kernel(struct blur *b, double sigma)
{
	double w[BLUR_MAX_RADIUS + 1], sum = 0;
	uint32_t i;

	b->radius = (uint32_t)ceil(3 * sigma);
	for (i = 0; i <= b->radius; i++) {
		w[i] = exp(-0.5 * i * i / (sigma * sigma));
		sum += i == 0 ? w[i] : 2 * w[i];
	}
	for (i = 0; i <= b->radius; i++)
		b->kernel[i] = (float)(w[i] / sum);
}

/* Row y blurred in its column direction, to the middle of b->row. */
static void
blur_vertical(const struct blur *b, uint32_t y)
{
	const uint32_t last = b->height - 1;
	float *sum = b->row + (size_t)b->radius * b->channels;
	const uint8_t *mid = b->in + (size_t)y * b->stride;
	uint32_t i, k;

	for (i = 0; i < b->stride; i++)
		sum[i] = b->kernel[0] * mid[i];
	for (k = 1; k <= b->radius; k++) {
		const uint8_t *up = b->in + (size_t)(y < k ? 0 : y - k) * b->stride;
		const uint8_t *down = b->in + (size_t)RTE_MIN(last, y + k) * b->stride;
		const float w = b->kernel[k];

		for (i = 0; i < b->stride; i++)
			sum[i] += w * (float)(up[i] + down[i]);
	}
}

/* The edge pixels again, outside. */
static void
blur_pad(const struct blur *b)
{
	const size_t pad = (size_t)b->radius * b->channels;
	float *end = b->row + pad + b->stride;
	size_t i;

	for (i = 0; i < pad; i++) {
		b->row[i] = b->row[pad + i % b->channels];
		end[i] = end[(ptrdiff_t)(i % b->channels) - (ptrdiff_t)b->channels];
	}
}

/* b->row blurred in its own direction, to row y of the output. */
static void
blur_horizontal(const struct blur *b, uint32_t y)
{
	enum { BLOCK = 512 };
	const float *mid = b->row + (size_t)b->radius * b->channels;
	uint8_t *out = b->out + (size_t)y * b->stride;
	float sum[BLOCK];
	uint32_t i, j, k, n;

	for (i = 0; i < b->stride; i += n) {
		n = RTE_MIN(b->stride - i, (uint32_t)BLOCK);
		/* The weights add up to 1 but for rounding errors, so 0.5 more rounds and fits. */
		for (j = 0; j < n; j++)
			sum[j] = 0.5f + b->kernel[0] * mid[i + j];
		for (k = 1; k <= b->radius; k++) {
			const float *left = mid + i - (size_t)k * b->channels;
			const float *right = mid + i + (size_t)k * b->channels;
			const float w = b->kernel[k];

			for (j = 0; j < n; j++)
				sum[j] += w * (left[j] + right[j]);
		}
		for (j = 0; j < n; j++)
			out[i + j] = (uint8_t)RTE_MIN(sum[j], 255.0f);
	}
}

/* Reads each pixel several times, but as a value only: no private copy is needed. */
static int
gaussian_blur(struct rte_vtaccel_task *t)
{
	const struct rte_vtaccel_seg *in = &t->segs[0], *out = &t->segs[1];
	struct rte_vtaccel_blur_args a;
	struct blur b;
	uint64_t bytes;
	uint32_t y;

	memcpy(&a, t->args, sizeof(a));
	if (a.channels != 1 && a.channels != 3)
		return -EINVAL;
	/* This form is false for a NaN too. */
	if (!(a.sigma > 0 && a.sigma <= RTE_VTACCEL_BLUR_MAX_SIGMA))
		return -EINVAL;
	bytes = image_bytes(a.width, a.height, a.channels);
	if (bytes == 0 || in->len < bytes)
		return -EINVAL;
	t->result = bytes;
	if (out->len < bytes)
		return -ENOSPC;
	blur_kernel(&b, (double)a.sigma);
	b.in = in->addr;
	b.out = out->addr;
	b.stride = a.width * a.channels;
	b.height = a.height;
	b.channels = a.channels;
	/* At most (65536 + 2 * 96) * 3 floats: less than 1 MiB. */
	b.row = malloc((b.stride + (size_t)2 * b.radius * b.channels) * sizeof(*b.row));
	if (b.row == NULL)
		return -ENOMEM;
	for (y = 0; y < a.height; y++) {
		blur_vertical(&b, y);
		blur_pad(&b);
		blur_horizontal(&b, y);
	}
	free(b.row);
	return 0;
}

static const struct rte_vtaccel_proc blur_proc = {
	.api = RTE_VTACCEL_API,
	.name = RTE_VTACCEL_PROC_GAUSSIAN_BLUR,
	.type = RTE_VINETALK_ACCEL_CPU,
	.min_in = 1, .max_in = 1,
	.min_out = 1, .max_out = 1,
	.min_args = sizeof(struct rte_vtaccel_blur_args),
	.max_args = sizeof(struct rte_vtaccel_blur_args),
	.native = gaussian_blur,
};
RTE_VTACCEL_REGISTER_NATIVE(blur_proc)
