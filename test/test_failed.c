/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* An accelerator that fails: what waits for it ends, others go on, and it may come back. */

#include <errno.h>
#include <stdio.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_vinetalk.h>
#include <rte_vtaccel.h>
#include <rte_vtaccel_null.h>

#include "fixture.h"
#include "test.h"

#define NB 40
#define WAIT_US 5000000

static const struct rte_vtappliance_domain_conf domain = { .uid = -1, .gid = -1 };

static void
state_set(const char *name, uint32_t state)
{
	struct rte_vtaccel *accel = rte_vtaccel_get(name);

	CU_ASSERT_PTR_NOT_NULL_FATAL(accel);
	__atomic_store_n(&accel->state, state, __ATOMIC_RELAXED);
}

static uint32_t
state_of(int dev, uint16_t accel)
{
	struct rte_vinetalk_accel_info info;

	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_accel_info_get((uint16_t)dev, accel, &info), 0);
	return info.state;
}

/* Tasks in turn on two vaccels, with their number as the cookie. */
static void
send(int dev, uint16_t proc, const uint16_t *va)
{
	struct rte_vinetalk_task t;
	unsigned int i;

	for (i = 0; i < NB; i++) {
		rte_vinetalk_task_init(&t, va[i % 2], proc, i);
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst((uint16_t)dev, 0, &t, 1), 1);
	}
}

/* All of them have come back, those of the first vaccel with this status, each vaccel's in order. */
static void
take(int dev, int32_t status)
{
	unsigned int next[2] = { 0, 1 }, nb = 0;
	struct rte_vinetalk_completion c;

	while (rte_vinetalk_dequeue_burst((uint16_t)dev, 0, &c, 1) == 1) {
		CU_ASSERT_EQUAL(c.cookie, next[c.cookie % 2]);
		next[c.cookie % 2] += 2;
		CU_ASSERT_EQUAL(c.status, c.cookie % 2 == 0 ? status : 0);
		nb++;
	}
	CU_ASSERT_EQUAL(nb, NB);
}

static void
failed(uint32_t nb_pollers)
{
	static const char *const accels[] = { "null,name=one", "null,name=two", NULL };
	struct rte_vinetalk_vaccel_conf conf = { .proc = RTE_VINETALK_ID_ANY };
	struct rte_vtappliance_stats st;
	uint16_t nop, va[2], other;
	struct fixture f;
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, nb_pollers, 1, accels, NULL, &domain), 0);
	dev = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get((uint16_t)dev, "nop", RTE_VINETALK_ACCEL_ANY, &nop), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &conf, &va[0]), 0);
	conf.accel = 1;
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &conf, &va[1]), 0);
	fixture_hold(&f);
	send(dev, nop, va);
	fixture_turns(&f, 16);
	take(dev, 0);

	/* Those that wait, and those that come later. */
	send(dev, nop, va);
	state_set("one", RTE_VINETALK_ACCEL_FAILED);
	fixture_turns(&f, 16);
	take(dev, -EIO);
	send(dev, nop, va);
	fixture_turns(&f, 16);
	take(dev, -EIO);
	fixture_let(&f);
	CU_ASSERT_EQUAL(state_of(dev, 0), RTE_VINETALK_ACCEL_FAILED);
	CU_ASSERT_NOT_EQUAL(state_of(dev, 1), RTE_VINETALK_ACCEL_FAILED);
	/* Nobody is given it. */
	conf.accel = 0;
	CU_ASSERT_TRUE(rte_vinetalk_vaccel_acquire((uint16_t)dev, &conf, &other) < 0);
	conf.accel = RTE_VINETALK_ID_ANY;
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &conf, &other), 0);
	fixture_works(dev, nop, other, 10, WAIT_US);
	rte_vtappliance_stats_get(f.app, &st);
	CU_ASSERT_EQUAL(st.failed, NB);

	state_set("one", RTE_VINETALK_ACCEL_IDLE);
	fixture_works(dev, nop, va[0], 10, WAIT_US);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)dev, va[0]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
	fixture_stop(&f);
}

static uint64_t time_now;

static uint64_t
clock_of_test(void)
{
	return __atomic_load_n(&time_now, __ATOMIC_RELAXED);
}

/* One whose engine gives nothing back, for longer than it may. */
static void
stalls(uint32_t nb_pollers)
{
	static const char *const accels[] = { "null,name=one", "null,name=two", NULL };
	const struct rte_vtappliance_conf settings = { .stall_ms = 200, .cycles = clock_of_test };
	struct rte_vinetalk_vaccel_conf conf = { .proc = RTE_VINETALK_ID_ANY };
	struct rte_vtaccel_null_conf null = { .stall = true };
	struct rte_vinetalk_completion c;
	uint16_t nop, va[2];
	unsigned int nb = 0;
	struct fixture f;
	int dev;

	time_now = rte_get_tsc_cycles() + rte_get_tsc_hz() * 1000;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, nb_pollers, 1, accels, &settings, &domain), 0);
	dev = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get((uint16_t)dev, "nop", RTE_VINETALK_ACCEL_ANY, &nop), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &conf, &va[0]), 0);
	conf.accel = 1;
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &conf, &va[1]), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_null_set(rte_vtaccel_get("one"), &null), 0);
	fixture_hold(&f);
	send(dev, nop, va);
	fixture_turns(&f, 16);
	time_now += rte_get_tsc_hz() / 10;
	fixture_turns(&f, 16);
	CU_ASSERT_NOT_EQUAL(state_of(dev, 0), RTE_VINETALK_ACCEL_FAILED);
	time_now += rte_get_tsc_hz() / 8;
	fixture_turns(&f, 16);
	CU_ASSERT_EQUAL(state_of(dev, 0), RTE_VINETALK_ACCEL_FAILED);
	CU_ASSERT_NOT_EQUAL(state_of(dev, 1), RTE_VINETALK_ACCEL_FAILED);
	while (rte_vinetalk_dequeue_burst((uint16_t)dev, 0, &c, 1) == 1)
		nb += c.status == 0;
	CU_ASSERT_EQUAL(nb, NB / 2); /* those of the other one */
	/* What comes now ends at once, before what the engine has. */
	send(dev, nop, va);
	fixture_turns(&f, 16);
	take(dev, -EIO);
	/* It gives back, and works again. */
	null.stall = false;
	CU_ASSERT_EQUAL(rte_vtaccel_null_set(rte_vtaccel_get("one"), &null), 0);
	fixture_turns(&f, 16);
	for (nb = 0; rte_vinetalk_dequeue_burst((uint16_t)dev, 0, &c, 1) == 1; nb++)
		CU_ASSERT_EQUAL(c.status, 0);
	CU_ASSERT_EQUAL(nb, NB / 2);
	CU_ASSERT_EQUAL(state_of(dev, 0), RTE_VINETALK_ACCEL_IDLE);
	send(dev, nop, va);
	fixture_turns(&f, 16);
	take(dev, 0);
	fixture_let(&f);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
	fixture_stop(&f);
}

static void
test_stalls(void)
{
	stalls(1);
	stalls(2);
}

static void
test_one_poller(void)
{
	failed(1);
}

static void
test_two_pollers(void)
{
	failed(2);
}

static const struct vt_test_case cases[] = {
	{ "one poller", test_one_poller },
	{ "two pollers", test_two_pollers },
	{ "an engine that stalls", test_stalls },
};

VT_TEST_SUITE(vinetalk_failed_autotest, NULL, NULL, cases);
