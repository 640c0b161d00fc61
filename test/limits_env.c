/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_vtaccel_null.h>

#include "limits_env.h"

#define STALLED "limits-stalled"

const struct rte_vtappliance_domain_conf limits_none = LIMITS_NONE;
const struct rte_vinetalk_vaccel_conf limits_free = { .accel = 1 };
static uint64_t sim_now;

/* ---- a simulated clock ---- */

static uint64_t
sim_cycles(void)
{
	return __atomic_load_n(&sim_now, __ATOMIC_RELAXED);
}

void
limits_pass(unsigned int ms)
{
	__atomic_fetch_add(&sim_now, rte_get_tsc_hz() / 1000 * ms, __ATOMIC_RELAXED);
}

/* ---- an appliance with two domains ---- */

static void
client_up(struct limits_env *e, unsigned int i, const struct rte_vinetalk_vaccel_conf *conf)
{
	e->dev[i] = fixture_attach(&e->f, i == 2, 1, 0);
	CU_ASSERT_TRUE_FATAL(e->dev[i] >= 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get((uint16_t)e->dev[i], "nop",
		RTE_VINETALK_ACCEL_ANY, &e->nop), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_vaccel_acquire((uint16_t)e->dev[i], conf, &e->va[i]), 0);
	e->data[i] = rte_vinetalk_alloc((uint16_t)e->dev[i], 1 << 19, 0, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e->data[i]);
}

void
limits_up(struct limits_env *e, uint32_t nb_pollers,
		const struct rte_vtappliance_domain_conf *limits,
		const struct rte_vinetalk_vaccel_conf *conf)
{
	static const char * const accels[] = { "null,name=" STALLED ",stall=1", "null", NULL };
	const struct rte_vtappliance_conf app = { .cycles = sim_cycles };
	const struct rte_vtappliance_domain_conf doms[2] = { *limits, limits_none };
	unsigned int i;

	memset(e, 0, sizeof(*e));
	sim_now = rte_get_tsc_cycles() + 1000 * rte_get_tsc_hz();
	CU_ASSERT_EQUAL_FATAL(fixture_start_each(&e->f, nb_pollers, 2, accels, &app, doms), 0);
	for (i = 0; i < LIMITS_CLIENTS; i++)
		client_up(e, i, i == 0 ? conf : &limits_free);
	fixture_hold(&e->f);
}

void
limits_stall(bool on)
{
	const struct rte_vtaccel_null_conf conf = { .stall = on };

	CU_ASSERT_EQUAL(rte_vtaccel_null_set(rte_vtaccel_get(STALLED), &conf), 0);
}

void
limits_down(struct limits_env *e)
{
	unsigned int i;

	limits_stall(false);
	fixture_let(&e->f);
	for (i = 0; i < LIMITS_CLIENTS; i++)
		if (e->dev[i] >= 0)
			CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e->dev[i]), 0);
	fixture_stop(&e->f);
}

struct rte_vinetalk_task
limits_send_to(struct limits_env *e, unsigned int i, uint16_t va, unsigned int nb, uint32_t bytes,
		uint8_t flags)
{
	struct rte_vinetalk_task t;

	memset(&t, 0, sizeof(t));
	while (nb-- > 0) {
		rte_vinetalk_task_init(&t, va, e->nop, e->sent[i]++);
		if (bytes != 0)
			rte_vinetalk_task_in((uint16_t)e->dev[i], &t, e->data[i], bytes);
		t.flags |= flags;
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst((uint16_t)e->dev[i], 0, &t, 1), 1);
	}
	return t;
}

void
limits_send(struct limits_env *e, unsigned int i, unsigned int nb, uint32_t bytes)
{
	limits_send_to(e, i, e->va[i], nb, bytes, 0);
}

unsigned int
limits_take(struct limits_env *e, unsigned int i, int32_t status)
{
	struct rte_vinetalk_completion c;
	unsigned int nb = 0;

	fixture_turns(&e->f, 8);
	while (rte_vinetalk_dequeue_burst((uint16_t)e->dev[i], 0, &c, 1) == 1) {
		CU_ASSERT_EQUAL(c.status, status);
		CU_ASSERT_EQUAL(c.cookie, e->got[i]);
		e->got[i]++;
		nb++;
	}
	return nb;
}

void
limits_count(struct limits_env *e, unsigned int i, unsigned int good, unsigned int refused)
{
	struct rte_vinetalk_completion c;
	unsigned int ok = 0, over = 0;

	fixture_turns(&e->f, 8);
	while (rte_vinetalk_dequeue_burst((uint16_t)e->dev[i], 0, &c, 1) == 1) {
		CU_ASSERT_TRUE(c.status == 0 || c.status == -EDQUOT);
		ok += c.status == 0;
		over += c.status == -EDQUOT;
		e->got[i]++;
	}
	if (ok != good || over != refused)
		printf("%u good and %u refused, not %u and %u\n", ok, over, good, refused);
	CU_ASSERT_EQUAL(ok, good);
	CU_ASSERT_EQUAL(over, refused);
}

struct rte_vtappliance_stats
limits_stats(struct limits_env *e)
{
	struct rte_vtappliance_stats st;

	rte_vtappliance_stats_get(e->f.app, &st);
	return st;
}

void
limits_each(void (*fn)(uint32_t nb_pollers))
{
	uint32_t i;

	for (i = 1; i <= 3; i++)
		fn(i);
}
