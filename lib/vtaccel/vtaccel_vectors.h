/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTACCEL_VECTORS_H
#define VTACCEL_VECTORS_H

#include <stdbool.h>

#ifdef RTE_ARCH_X86

/* Whether there is AVX: known before main(). */
extern bool vtaccel_avx;

/*
 * Behind code that is not ours. The ABI has the upper halves of vector registers clear when a function returns, and not
 * all keep to it: ISA-L leaves bits in them, and each SSE instruction of that thread waits for these from there on.
 */
static inline void
vtaccel_vectors_clear(void)
{
	/* The lower halves stay as they are, and no compiler has something in the upper ones around a call. */
	if (vtaccel_avx)
		__asm__ volatile("vzeroupper");
}

#else

static inline void
vtaccel_vectors_clear(void)
{
}

#endif

#endif /* VTACCEL_VECTORS_H */
