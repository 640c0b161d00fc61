/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A client's light sleep, where the processor has UMONITOR and UMWAIT: between polls and parking.
 * Nobody needs to ring: it ends with a write to the line of the completion ring's producer index.
 */

#include "vtclient_private.h"

#ifdef __x86_64__

#include <cpuid.h>
#include <immintrin.h>

#define WAITPKG (1U << 5)    /* in ECX of leaf 7 */
#define LIGHT 1              /* C0.1: the state that is left sooner */
/* Of the TSC, whose frequency is unknown without rte_eal_init(): 10 to 50 us. */
#define CYCLES 50000

bool
vtclient_umwait_possible(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (c & WAITPKG) != 0;
}

__attribute__((target("waitpkg"))) void
vtclient_umwait(const struct vtclient_qp *qp)
{
	_umonitor((void *)(uintptr_t)&qp->cq->prod.tail);
	/* A store behind the monitor ends the wait; one before it is seen here. */
	if (!vtclient_ready(qp))
		_umwait(LIGHT, __builtin_ia32_rdtsc() + CYCLES);
}

#else

bool
vtclient_umwait_possible(void)
{
	return false;
}

void
vtclient_umwait(const struct vtclient_qp *qp)
{
	RTE_SET_USED(qp);
}

#endif
