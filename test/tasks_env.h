/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef TASKS_ENV_H
#define TASKS_ENV_H

/*
 * What the suites of fences, cancels and time limits share: an appliance with one accelerator that gives
 * nothing back until it is told to, one that does, and a cpu that takes one task at a time; a client with a vaccel on each
 * of the first two.
 *
 * The pollers are held: they go on by tasks_turns() and by what calls it.
 */

#include <rte_vinetalk.h>

#include "fixture.h"
#include "test.h"

struct tasks_env {
	struct fixture f;
	int dev;
	uint16_t nop;
	uint16_t slow;  /* vaccel of the stalled accelerator */
	uint16_t quick; /* vaccel of the other */
};

void tasks_up(struct tasks_env *e, uint32_t nb_pollers, uint16_t nb_qps);
void tasks_down(struct tasks_env *e);
/* A vaccel of an accelerator; 0: the stalled one. */
uint16_t tasks_vaccel(int dev, uint16_t nop, uint16_t accel);
/* Stall or let go the stalled accelerator. */
void tasks_stall(bool stall);
/* Enqueue one task. It returns the task, as it was stamped. */
struct rte_vinetalk_task tasks_send(int dev, uint16_t qp, uint16_t va, uint16_t proc, uint8_t flags,
		uint64_t cookie);
void tasks_turns(struct tasks_env *e);
/* What comes to a queue pair within some turns: exactly these cookies, in this order, with this status. */
void tasks_expect(struct tasks_env *e, int dev, uint16_t qp, const char *cookies, int32_t status);

#endif /* TASKS_ENV_H */
