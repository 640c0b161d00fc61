/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Becomes SPIR-V. */
kernel void
spv_scale(global const uint *in, uint in_len, global uint *out, uint by)
{
	const size_t i = get_global_id(0);

	if (i < in_len / sizeof(uint))
		out[i] = in[i] * by;
}
