/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef FUZZ_SLOW_H
#define FUZZ_SLOW_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Accelerators of a driver "slow": nothing of a task ends by itself, and what the driver's operations return, a
 * target says. Procedures: "nop", which takes anything, and "one", which takes one input.
 */

#define SLOW_MAX 4

/* What operations return: 0 or a positive errno. All zero: they work, and there is room for many. */
struct slow_says {
	uint8_t room;    /* 1: it takes nothing; else so many less than it could */
	uint8_t abandon, recover, mem_add, buf_add, stream_open, start;
	bool failed;     /* its state */
};

/* The settings of device i, in the order of their probes, until slow_reset(). */
struct slow_says *slow_says(unsigned int i);
/* Forget all devices: those of the next probe are the first again. None may be there. */
void slow_reset(void);
/* Set the state of a device by what it says. */
void slow_state(unsigned int i);
/* End so many of the tasks that it has, the first ones or the last, with a status of 0 or a positive errno. */
void slow_end(unsigned int i, unsigned int nb, bool last, int status);
/* How many it has, those ended that were not fetched included. */
unsigned int slow_has(unsigned int i);

#endif /* FUZZ_SLOW_H */
