/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef CPU_PROC_H
#define CPU_PROC_H

/*
 * Helpers of the native procedures.
 *
 * A procedure's arguments are private, but their values and the segments' lengths are the
 * client's: every product is checked before it is compared with a length. Data may
 * change while it is read: no bound may come from it.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_log.h>

extern int cpu_logtype;
#define CPU_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, cpu_logtype, "ACCEL_CPU: " fmt "\n", ## __VA_ARGS__)

/* *product *= factor; false if that does not fit. */
static inline bool
cpu_proc_mul(uint64_t *product, uint64_t factor)
{
	return !__builtin_mul_overflow(*product, factor, product);
}

/* True if an object of this alignment may begin there. */
static inline bool
cpu_proc_is_aligned(const void *addr, uintptr_t align)
{
	return ((uintptr_t)addr & (align - 1)) == 0;
}

#endif /* CPU_PROC_H */
