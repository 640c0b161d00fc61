/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* What the suites of the opencl accelerator call. */

kernel void
cl_vadd(global const float *a, global const float *b, global float *sum)
{
	const size_t i = get_global_id(0);

	sum[i] = a[i] + b[i];
}

kernel void
cl_echo(global const uchar *in, uint in_len, global uchar *out, uint out_len)
{
	const size_t i = get_global_id(0);

	if (i < in_len && i < out_len)
		out[i] = in[i];
}

#ifdef cl_khr_fp64
/* Each kind of value, at its place in the arguments. */
kernel void
cl_values(char c, double d, short s, float3 v, global double *out, ulong out_len, int4 i)
{
	if (out_len < 8 * sizeof(double) || get_global_id(0) != 0)
		return;
	out[0] = c;
	out[1] = d;
	out[2] = s;
	out[3] = v.x + v.y + v.z;
	out[4] = i.x;
	out[5] = i.w;
	out[6] = out_len;
	out[7] = get_work_dim();
}
#endif

/* Adds up each group by local memory. Global and local sizes: one output for each item, that of its group. */
kernel void
cl_group_sum(global const uint *in, global uint *sum, local uint *scratch)
{
	const size_t l = get_local_id(0);
	uint total = 0, i;

	scratch[l] = in[get_global_id(0)];
	barrier(CLK_LOCAL_MEM_FENCE);
	for (i = 0; i < get_local_size(0); i++)
		total += scratch[i];
	sum[get_global_id(0)] = total;
}

/* Reads and writes its buffer: only one of two numbers. */
kernel void
cl_add_to_odd(global uint *data, uint what)
{
	const size_t i = get_global_id(0);

	if (i % 2 == 1)
		data[i] += what;
}

kernel __attribute__((reqd_work_group_size(8, 1, 1))) void
cl_by_eight(global uint *data)
{
	data[get_global_id(0)] = (uint)get_local_size(0);
}

/* Takes a while: rounds of a linear congruence, the last value of which is the result. */
kernel void
cl_burn(global uint *out, uint rounds)
{
	uint x = (uint)get_global_id(0), i;

	for (i = 0; i < rounds; i++)
		x = x * 1664525u + 1013904223u;
	out[get_global_id(0)] = x;
}
