/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <stdio.h>
#include <string.h>

#include <rte_vtaccel.h>
#include <rte_vtaccel_null.h>

#include "tasks_env.h"

#define STALLED "tasks-stalled"
#define TURNS 16

uint16_t
tasks_vaccel(int dev, uint16_t nop, uint16_t accel)
{
	struct rte_vinetalk_vaccel_conf conf = { .accel = accel, .proc = nop };
	uint16_t va = UINT16_MAX;

	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &conf, &va), 0);
	return va;
}

void
tasks_up(struct tasks_env *e, uint32_t nb_pollers, uint16_t nb_qps)
{
	static const char * const accels[] = { "null,name=" STALLED ",stall=1", "null",
		"cpu,workers=1,depth=1,inline=0", NULL };
	static const struct rte_vtappliance_domain_conf small = { .uid = -1, .gid = -1,
		.depth = 64 };

	CU_ASSERT_EQUAL_FATAL(fixture_start(&e->f, nb_pollers, 1, accels, NULL, &small), 0);
	e->dev = fixture_attach(&e->f, 0, nb_qps, 0);
	CU_ASSERT_TRUE_FATAL(e->dev >= 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get((uint16_t)e->dev, "nop",
		RTE_VINETALK_ACCEL_ANY, &e->nop), 0);
	e->slow = tasks_vaccel(e->dev, e->nop, 0);
	e->quick = tasks_vaccel(e->dev, e->nop, 1);
	fixture_hold(&e->f);
}

void
tasks_down(struct tasks_env *e)
{
	tasks_stall(false);
	fixture_let(&e->f);
	if (e->dev >= 0)
		CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e->dev), 0);
	fixture_stop(&e->f);
}

void
tasks_stall(bool stall)
{
	const struct rte_vtaccel_null_conf conf = { .stall = stall };
	struct rte_vtaccel *dev = rte_vtaccel_get(STALLED);

	CU_ASSERT_PTR_NOT_NULL_FATAL(dev);
	CU_ASSERT_EQUAL(rte_vtaccel_null_set(dev, &conf), 0);
}

struct rte_vinetalk_task
tasks_send(int dev, uint16_t qp, uint16_t va, uint16_t proc, uint8_t flags, uint64_t cookie)
{
	struct rte_vinetalk_task t;

	rte_vinetalk_task_init(&t, va, proc, cookie);
	t.flags = flags;
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst((uint16_t)dev, qp, &t, 1), 1);
	return t;
}

void
tasks_turns(struct tasks_env *e)
{
	fixture_turns(&e->f, TURNS);
}

void
tasks_expect(struct tasks_env *e, int dev, uint16_t qp, const char *cookies, int32_t status)
{
	struct rte_vinetalk_completion c;
	char got[65] = "";
	size_t n = 0;

	tasks_turns(e);
	while (n < sizeof(got) - 1 && rte_vinetalk_dequeue_burst((uint16_t)dev, qp, &c, 1) == 1) {
		got[n++] = (char)c.cookie;
		CU_ASSERT_EQUAL(c.status, status);
	}
	if (strcmp(got, cookies) != 0)
		printf("\"%s\" came, not \"%s\"\n", got, cookies);
	CU_ASSERT_STRING_EQUAL(got, cookies);
}
