/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Procedures of the cpu accelerator on images and matrices. */

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "test_accel_proc.h"

#define MAX_SIDE 1700
static uint8_t image[MAX_SIDE * 64 * 3], result[MAX_SIDE * 64 * 3 + 1];

static void
image_fill(void)
{
	uint32_t x = 12345, i;

	for (i = 0; i < sizeof(image); i++) {
		x = x * 1664525 + 1013904223;
		/* Noise on a slope, with black and white. */
		image[i] = x >> 30 == 0 ? 255 : x >> 30 == 1 ? 0 : (uint8_t)(i / 100 + (x >> 29));
	}
}

static int
gray_run(struct accel_task *at, uint32_t width, uint32_t height, uint32_t in, uint32_t out)
{
	const struct rte_vtaccel_grayscale_args args = { .width = width, .height = height };

	proc_begin(at, RTE_VTACCEL_PROC_GRAYSCALE);
	accel_task_args(at, &args, sizeof(args));
	accel_task_in(at, image, in);
	accel_task_out(at, result, out);
	return proc_run(at);
}

void
test_accel_grayscale(void)
{
	struct accel_task at;
	uint32_t i;

	image_fill();
	memset(image, 255, 3);
	memset(image + 3, 0, 3);
	memset(result, 0xaa, sizeof(result));
	CU_ASSERT_EQUAL(gray_run(&at, 61, 47, 61 * 47 * 3, 61 * 47 + 1), 0);
	CU_ASSERT_EQUAL(at.t.result, 61 * 47);
	CU_ASSERT_EQUAL(result[0], 255);
	CU_ASSERT_EQUAL(result[1], 0);
	for (i = 0; i < 61 * 47; i++) {
		double y = 0.299 * image[3 * i] + 0.587 * image[3 * i + 1] +
			0.114 * image[3 * i + 2];

		CU_ASSERT_DOUBLE_EQUAL(result[i], y, 1.5);
	}
	CU_ASSERT_EQUAL(result[61 * 47], 0xaa);
}

void
test_accel_grayscale_refused(void)
{
	struct accel_task at;

	CU_ASSERT_EQUAL(gray_run(&at, 0, 10, 1000, 1000), -EINVAL);
	CU_ASSERT_EQUAL(gray_run(&at, 10, 0, 1000, 1000), -EINVAL);
	CU_ASSERT_EQUAL(gray_run(&at, 65537, 1, sizeof(image), sizeof(result)), -EINVAL);
	/* 2^32 pixels, and products that are small modulo 2^32. */
	CU_ASSERT_EQUAL(gray_run(&at, 65536, 65536, sizeof(image), sizeof(result)), -EINVAL);
	CU_ASSERT_EQUAL(gray_run(&at, UINT32_MAX, UINT32_MAX, sizeof(image), sizeof(result)),
		-EINVAL);
	CU_ASSERT_EQUAL(gray_run(&at, 10, 10, 299, 100), -EINVAL);
	CU_ASSERT_EQUAL(gray_run(&at, 10, 10, 300, 99), -ENOSPC);
	CU_ASSERT_EQUAL(at.t.result, 100);
	CU_ASSERT_EQUAL(gray_run(&at, 10, 10, 300, 100), 0);
}

static int
blur_run(struct accel_task *at, const struct rte_vtaccel_blur_args *args, uint32_t in,
		uint32_t out)
{
	proc_begin(at, RTE_VTACCEL_PROC_GAUSSIAN_BLUR);
	accel_task_args(at, args, sizeof(*args));
	accel_task_in(at, image, in);
	accel_task_out(at, result, out);
	return proc_run(at);
}

/* One value, in two dimensions at once and in double precision. */
static double
blur_plain(const struct rte_vtaccel_blur_args *a, int x, int y, int c)
{
	const int r = (int)ceil(3 * (double)a->sigma);
	double sum = 0, weights = 0;
	int dx, dy;

	for (dy = -r; dy <= r; dy++) {
		for (dx = -r; dx <= r; dx++) {
			int px = x + dx, py = y + dy;
			double w = exp(-0.5 * (dx * dx + dy * dy) / ((double)a->sigma *
				(double)a->sigma));

			px = px < 0 ? 0 : px >= (int)a->width ? (int)a->width - 1 : px;
			py = py < 0 ? 0 : py >= (int)a->height ? (int)a->height - 1 : py;
			sum += w * image[((uint32_t)py * a->width + (uint32_t)px) * a->channels +
				(uint32_t)c];
			weights += w;
		}
	}
	return sum / weights;
}

void
test_accel_blur(void)
{
	static const struct rte_vtaccel_blur_args args[] = {
		{ 40, 30, 1, 1.5f }, { 40, 30, 3, 1.5f }, { 33, 21, 3, 0.3f }, { 5, 4, 3, 3.0f },
		{ 1, 1, 1, 2.0f }, { 1, 40, 3, 4.0f }, { 40, 1, 1, 4.0f }, { 3, 2, 1, 32.0f },
		{ 1600, 3, 1, 2.0f }, { 300, 5, 3, 5.0f },
	};
	struct accel_task at;
	unsigned int i, bytes, wrong;
	uint32_t x, y, c;

	image_fill();
	for (i = 0; i < RTE_DIM(args); i++) {
		bytes = args[i].width * args[i].height * args[i].channels;
		memset(result, 0xaa, sizeof(result));
		CU_ASSERT_EQUAL(blur_run(&at, &args[i], bytes, bytes), 0);
		CU_ASSERT_EQUAL(at.t.result, bytes);
		CU_ASSERT_EQUAL(result[bytes], 0xaa);
		wrong = 0;
		for (y = 0; y < args[i].height; y++) {
			for (x = 0; x < args[i].width; x++) {
				for (c = 0; c < args[i].channels; c++) {
					double want = blur_plain(&args[i], (int)x, (int)y,
						(int)c);
					uint8_t is = result[(y * args[i].width + x) *
						args[i].channels + c];

					if (fabs(want - is) > 0.51)
						wrong++;
				}
			}
		}
		CU_ASSERT_EQUAL(wrong, 0);
	}
}

/* The weights add up to 1: what is flat stays flat, white does not wrap to black. */
void
test_accel_blur_flat(void)
{
	static const float sigmas[] = { 0.01f, 0.5f, 1, 2.7f, 10, 31.9f, 32 };
	struct rte_vtaccel_blur_args a = { .width = 50, .height = 9, .channels = 3 };
	struct accel_task at;
	unsigned int i, value;

	for (i = 0; i < RTE_DIM(sigmas); i++) {
		a.sigma = sigmas[i];
		for (value = 0; value < 256; value += 51) {
			memset(image, (int)value, 50 * 9 * 3);
			CU_ASSERT_EQUAL(blur_run(&at, &a, 50 * 9 * 3, 50 * 9 * 3), 0);
			CU_ASSERT_EQUAL(result[0], value);
			CU_ASSERT_EQUAL(memcmp(result, image, 50 * 9 * 3), 0);
		}
	}
}

void
test_accel_blur_refused(void)
{
	static const struct rte_vtaccel_blur_args bad[] = {
		{ 0, 10, 1, 1 }, { 10, 0, 1, 1 }, { 10, 10, 0, 1 }, { 10, 10, 2, 1 },
		{ 10, 10, 4, 1 }, { 10, 10, UINT32_MAX, 1 }, { 10, 10, 1, 0 }, { 10, 10, 1, -1 },
		{ 10, 10, 1, 32.01f }, { 10, 10, 1, NAN }, { 10, 10, 1, INFINITY },
		{ 10, 10, 1, -INFINITY }, { 65537, 1, 1, 1 }, { 1, 65537, 1, 1 },
		{ 65536, 65536, 1, 1 }, { 65536, 65536, 3, 1 }, { UINT32_MAX, UINT32_MAX, 3, 1 },
		{ 0x80000000, 2, 1, 1 }, { 1001, 1, 1, 1 }, { 1000, 2, 1, 1 }, { 334, 1, 3, 1 },
	};
	static const struct rte_vtaccel_blur_args good = { 10, 10, 1, 1e-30f };
	struct accel_task at;
	unsigned int i;

	image_fill();
	for (i = 0; i < RTE_DIM(bad); i++)
		CU_ASSERT_EQUAL(blur_run(&at, &bad[i], 1000, 1000), -EINVAL);
	CU_ASSERT_EQUAL(blur_run(&at, &good, 100, 99), -ENOSPC);
	CU_ASSERT_EQUAL(at.t.result, 100);
	/* A kernel of one weight. */
	CU_ASSERT_EQUAL(blur_run(&at, &good, 100, 100), 0);
	CU_ASSERT_EQUAL(memcmp(image, result, 100), 0);
}

#define MAX_MATRIX (70 * 70)
static float ab[2 * MAX_MATRIX], c_is[MAX_MATRIX], c_want[MAX_MATRIX];

static int
sgemm_run(struct accel_task *at, const struct rte_vtaccel_sgemm_args *a, uint32_t in1,
		uint32_t in2, uint32_t out)
{
	proc_begin(at, RTE_VTACCEL_PROC_SGEMM);
	accel_task_args(at, a, sizeof(*a));
	accel_task_in(at, ab, in1);
	if (in2 != 0)
		accel_task_in(at, ab + in1 / sizeof(float), in2);
	accel_task_out(at, c_is, out);
	return proc_run(at);
}

static void
sgemm_check(const struct rte_vtaccel_sgemm_args *a, bool one_input)
{
	const uint32_t sa = 4 * a->m * a->k, sb = 4 * a->k * a->n, sc = 4 * a->m * a->n;
	const float *b = ab + a->m * a->k;
	struct accel_task at;
	unsigned int i, j, l, wrong = 0;

	for (i = 0; i < RTE_DIM(ab); i++)
		ab[i] = (float)((int)(i * 7919 % 201) - 100) / 64.0f;
	for (i = 0; i < a->m * a->n; i++)
		c_is[i] = a->beta == 0 ? NAN : (float)(i % 17);
	for (i = 0; i < a->m; i++) {
		for (j = 0; j < a->n; j++) {
			double sum = 0;

			for (l = 0; l < a->k; l++)
				sum += (double)ab[i * a->k + l] * (double)b[l * a->n + j];
			sum *= (double)a->alpha;
			if (a->beta != 0)
				sum += (double)a->beta * (double)c_is[i * a->n + j];
			c_want[i * a->n + j] = (float)sum;
		}
	}
	if (one_input)
		CU_ASSERT_EQUAL(sgemm_run(&at, a, sa + sb, 0, sc), 0)
	else
		CU_ASSERT_EQUAL(sgemm_run(&at, a, sa, sb, sc), 0);
	CU_ASSERT_EQUAL(at.t.result, a->m * a->n);
	for (i = 0; i < a->m * a->n; i++) {
		if (!(fabsf(c_is[i] - c_want[i]) <= 1e-3f * (1 + fabsf(c_want[i]))))
			wrong++;
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

void
test_accel_sgemm(void)
{
	static const struct rte_vtaccel_sgemm_args args[] = {
		{ 1, 1, 1, 1, 0 }, { 64, 64, 64, 1, 0 }, { 70, 69, 68, 0.5f, 0 },
		{ 3, 50, 7, 2, 1 }, { 50, 3, 7, -1, 0.25f }, { 1, 70, 70, 1, 0 },
		{ 70, 1, 70, 1, 0 }, { 5, 5, 1, 0, 3 },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(args); i++) {
		sgemm_check(&args[i], false);
		sgemm_check(&args[i], true);
	}
}

void
test_accel_sgemm_refused(void)
{
	static const struct rte_vtaccel_sgemm_args bad[] = {
		{ 0, 8, 8, 1, 0 }, { 8, 0, 8, 1, 0 }, { 8, 8, 0, 1, 0 }, { 9, 8, 8, 1, 0 },
		{ 8, 9, 8, 1, 0 }, { 8, 8, 9, 1, 0 }, { 0x80000000, 8, 8, 1, 0 },
		{ 0x10000, 0x10000, 0x10000, 1, 0 }, { UINT32_MAX, UINT32_MAX, UINT32_MAX, 1, 0 },
		{ 0x40000000, 1, 1, 1, 0 }, { 1, 0x40000001, 1, 1, 0 }, { 1, 1, 0x40000000, 1, 0 },
		{ 0x7fffffff, 0x7fffffff, 0x7fffffff, 1, 0 },
	};
	static const struct rte_vtaccel_sgemm_args good = { 8, 8, 8, 1, 0 };
	struct accel_task at;
	unsigned int i;

	for (i = 0; i < RTE_DIM(bad); i++) {
		CU_ASSERT_EQUAL(sgemm_run(&at, &bad[i], 256, 256, 1024), -EINVAL);
		CU_ASSERT_EQUAL(sgemm_run(&at, &bad[i], 512, 0, 1024), -EINVAL);
	}
	CU_ASSERT_EQUAL(sgemm_run(&at, &good, 256, 256, 255), -ENOSPC);
	CU_ASSERT_EQUAL(at.t.result, 256);
	CU_ASSERT_EQUAL(sgemm_run(&at, &good, 252, 256, 256), -EINVAL);
	CU_ASSERT_EQUAL(sgemm_run(&at, &good, 511, 0, 256), -EINVAL);
	at.segs[0].len = 512;
	at.segs[0].addr = (uint8_t *)ab + 2;
	CU_ASSERT_EQUAL(proc_run(&at), -EINVAL);
	CU_ASSERT_EQUAL(sgemm_run(&at, &good, 512, 0, 256), 0);
}
