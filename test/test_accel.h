/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef TEST_ACCEL_H
#define TEST_ACCEL_H

/* What the suites of the accelerator class share. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_vtaccel.h>
#include <rte_vtaccel_procs.h>

#include "test.h"

/* A task with room for all it can have. */
struct accel_task {
	struct rte_vtaccel_task t;
	struct rte_vtaccel_seg segs[RTE_VINETALK_MAX_SEGS];
	uint64_t args[8];
	uint64_t seq; /* the test's */
};

/* Begin a call without segments. */
void accel_task_init(struct accel_task *at, const struct rte_vtaccel_proc *proc,
		struct rte_vtaccel_stream *stream);
void accel_task_in(struct accel_task *at, const void *addr, uint32_t len);
void accel_task_out(struct accel_task *at, void *addr, uint32_t len);
void accel_task_args(struct accel_task *at, const void *args, uint32_t len);

/* A registered native procedure by name; NULL fails the running case. */
const struct rte_vtaccel_proc *accel_native(const char *name);

/* Dequeue until nb tasks are there or some seconds are over; returns how many. */
uint32_t accel_collect(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint32_t nb);

/* A procedure without segments that waits until the gate is open. */
extern const struct rte_vtaccel_proc accel_gate_proc;
void accel_gate_set(bool open);
/* Wait until a call is inside. */
void accel_gate_wait(void);
/* Until so many are. */
void accel_gate_wait_for(unsigned int nb);

/* test_accel_stress.c: 120,000 tasks over several streams of a device that is started. */
void accel_stress(struct rte_vtaccel *dev, const struct rte_vtaccel_proc *nop, bool computes);

static inline struct accel_task *
accel_task_of(struct rte_vtaccel_task *t)
{
	return RTE_PTR_SUB(t, offsetof(struct accel_task, t));
}

#endif /* TEST_ACCEL_H */
