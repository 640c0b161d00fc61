/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A client's light sleep, where the processor has UMONITOR and UMWAIT: between polls and parking.
 * Nobody needs to ring: it ends with a write to the line of the completion ring's producer index.
 */

#include <rte_common.h>

#include "vtclient_private.h"

rte_vtclient_light_sleep_t rte_vtclient_light_sleep;

#ifdef __x86_64__

#include <cpuid.h>
#include <immintrin.h>

#define WAITPKG (1U << 5)    /* in ECX of leaf 7 */
#define LIGHT 1              /* C0.1: the state that is left sooner */
/*
 * Of the TSC, whose frequency is unknown without rte_eal_init(). Where there is UMWAIT it counts 1,000 a
 * microsecond or more: never longer than asked for.
 */
#define CYCLES_PER_US 1000

static __attribute__((target("waitpkg"))) void
umwait(const uint32_t *word, uint32_t seen, uint64_t us)
{
	_umonitor((void *)(uintptr_t)word);
	/* A store behind the monitor ends the wait; one before it is seen here. */
	if (__atomic_load_n(word, __ATOMIC_ACQUIRE) == seen)
		_umwait(LIGHT, __builtin_ia32_rdtsc() + us * CYCLES_PER_US);
}

RTE_INIT(vtclient_find_umwait)
{
	unsigned int a, b, c, d;

	if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (c & WAITPKG) != 0)
		rte_vtclient_light_sleep = umwait;
}

#endif
