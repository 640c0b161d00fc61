/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Is built, but a task has nothing for its parameter. */
struct pair {
	uint a, b;
};

kernel void
cl_struct(global uint *out, struct pair p)
{
	out[0] = p.a + p.b;
}
