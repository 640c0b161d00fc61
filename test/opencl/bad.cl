/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Is not to be built. */
kernel void
cl_bad(global uint *out)
{
	out[0] = there_is_no_such_function();
}
