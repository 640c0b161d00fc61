/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Filters on images, one work item for each pixel. Work sizes, widths and lengths are a client's:
 * a parameter P_len has the bytes of P, and bounds every access to it; an output without one has an element for
 * each work item.
 */

/* >8 A kernel. */
/* 3 bytes a pixel to 1: luma by ITU-R BT.601, as the procedure grayscale of the cpu accelerator. */
kernel void
cl_grayscale(global const uchar *rgb, uint rgb_len, global uchar *gray)
{
	const size_t i = get_global_id(0);

	if (get_work_dim() != 1 || 3 * i + 2 >= rgb_len)
		return;
	gray[i] = (uchar)((77u * rgb[3 * i] + 150u * rgb[3 * i + 1] + 29u * rgb[3 * i + 2] + 128u) >> 8);
}
/* 8< End of the kernel. */

/*
 * One direction of a blur of an image of 1 byte a pixel: global sizes are width and height, step is 1 for
 * rows and the width for columns; weights are those of the centre and of one side. Pixels
 * outside are those of the edge.
 */
kernel void
cl_blur(global const uchar *in, uint in_len, constant float *weights, uint weights_len,
	global uchar *out, uint columns)
{
	const int width = (int)get_global_size(0), height = (int)get_global_size(1);
	const int x = (int)get_global_id(0), y = (int)get_global_id(1);
	const int radius = (int)(weights_len / sizeof(float)) - 1;
	const int at = columns ? y : x, last = (columns ? height : width) - 1;
	const int step = columns ? width : 1, base = columns ? x : y * width;
	float sum = 0;
	int i;

	if (get_work_dim() != 2 || width > 65536 || height > 65536 || radius < 0 || radius > 96 ||
			(ulong)width * (ulong)height > in_len || in_len > INT_MAX)
		return;
	for (i = -radius; i <= radius; i++)
		sum += weights[abs(i)] * in[base + clamp(at + i, 0, last) * step];
	out[y * width + x] = convert_uchar_sat_rte(sum);
}
