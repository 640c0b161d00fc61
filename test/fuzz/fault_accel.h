/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef FAULT_ACCEL_H
#define FAULT_ACCEL_H

/*
 * As fault.h, for what drivers of accelerators call: an input whose last byte is FAULT_ACCEL_MARK says by the three
 * bytes before it which function of the list in fault_accel.c, at which of its calls, with which error. Drivers have
 * threads, so calls of all threads are counted together; one that a driver starts works while it is waited for.
 */

#include <stdbool.h>
#include <stdint.h>

#include "fuzz.h"

#define FAULT_ACCEL_MARK 0xfb

/* Take the fault off the end of an input; none is there: none happens. */
void fault_accel_take(struct fuzz_in *in);
void fault_accel_begin(void);
void fault_accel_end(void);

/* From here on devices of DPDK say that they are hardware, which reads memory by itself, and dmadevs that they fill. */
void fault_accel_hardware(bool on);
/* From here on no library is found. */
void fault_accel_poor(void);
/* From here on what is done once is done again: what a thread keeps is as in a new process. */
void fault_accel_again(void);
/* What was made so, of threads that have ended, goes. */
void fault_accel_again_end(void);

/* Of functions that fault.c has: whether an allocation fails, or opening a file. */
bool fault_accel_memory(void);
bool fault_accel_fopen(void);

#endif /* FAULT_ACCEL_H */
