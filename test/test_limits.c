/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Limits of domains and of vaccels: counts, and rates on a simulated clock. */

#include <errno.h>
#include <stdio.h>

#include "limits_env.h"

/* ---- tasks in flight ---- */

static void
vaccel_tasks(uint32_t nb_pollers)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 0, .max_tasks = 4 };
	struct limits_env e;
	uint16_t other;

	limits_up(&e, nb_pollers, &limits_none, &conf);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &limits_free, &other), 0);
	limits_send(&e, 0, 3, 0);
	limits_count(&e, 0, 0, 0);
	limits_send(&e, 0, 1, 0);
	limits_count(&e, 0, 0, 0);
	limits_send(&e, 0, 2, 0);
	limits_count(&e, 0, 0, 2);
	/* Its limit is no other vaccel's. */
	limits_send_to(&e, 0, other, 10, 0, 0);
	limits_count(&e, 0, 10, 0);
	limits_stall(false);
	limits_count(&e, 0, 4, 0);
	limits_stall(true);
	limits_send(&e, 0, 5, 0);
	limits_count(&e, 0, 0, 1);
	CU_ASSERT_EQUAL(limits_stats(&e).over_quota, 3);
	CU_ASSERT_EQUAL(limits_stats(&e).throttled, 0);
	limits_down(&e);
}

static void
test_vaccel_tasks(void)
{
	limits_each(vaccel_tasks);
}

static void
domain_tasks(uint32_t nb_pollers)
{
	struct rte_vtappliance_domain_conf limits = LIMITS_NONE;
	struct rte_vinetalk_vaccel_conf conf = { .accel = 0 };
	struct limits_env e;
	uint16_t slow;

	limits.max_tasks = 10;
	limits_up(&e, nb_pollers, &limits, &conf);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[1], &conf, &slow), 0);
	limits_send(&e, 0, 6, 0);
	limits_count(&e, 0, 0, 0);
	limits_send_to(&e, 1, slow, 3, 0, 0);
	limits_count(&e, 1, 0, 0);
	/* The tenth, and what is more. */
	limits_send_to(&e, 1, slow, 3, 0, 0);
	limits_count(&e, 1, 0, 2);
	limits_send(&e, 0, 1, 0);
	limits_count(&e, 0, 0, 1);
	/* The neighbour has no limit, and feels none. */
	limits_send(&e, 2, 100, 0);
	CU_ASSERT_EQUAL(limits_take(&e, 2, 0), 100);
	limits_stall(false);
	limits_count(&e, 0, 6, 0);
	limits_count(&e, 1, 4, 0);
	/* All that was counted is counted off: bad tasks as well. */
	limits_send_to(&e, 0, 60, 20, 0, 0);
	fixture_turns(&e.f, 8);
	e.got[0] = e.sent[0];
	while (rte_vinetalk_dequeue_burst((uint16_t)e.dev[0], 0,
			&(struct rte_vinetalk_completion){ 0 }, 1) == 1)
		;
	limits_stall(true);
	limits_send(&e, 0, 11, 0);
	limits_count(&e, 0, 0, 1);
	CU_ASSERT_EQUAL(limits_stats(&e).over_quota, 4);
	/* A client that leaves takes its tasks along. */
	fixture_let(&e.f);
	limits_stall(false);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e.dev[0]), 0);
	e.dev[0] = -1;
	fixture_hold(&e.f);
	limits_stall(true);
	limits_send_to(&e, 1, slow, 11, 0, 0);
	limits_count(&e, 1, 0, 1);
	limits_down(&e);
}

static void
test_domain_tasks(void)
{
	limits_each(domain_tasks);
}

/* A fence that is refused keeps what is behind it from what is before it all the same. */
static void
test_fence_refused(void)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 0, .max_tasks = 2 };
	struct limits_env e;
	uint16_t quick;

	limits_up(&e, 1, &limits_none, &conf);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &limits_free, &quick), 0);
	limits_send(&e, 0, 2, 0);
	limits_send_to(&e, 0, e.va[0], 1, 0, RTE_VINETALK_TASK_F_FENCE);
	limits_send_to(&e, 0, quick, 3, 0, 0);
	limits_count(&e, 0, 0, 1);
	limits_stall(false);
	limits_count(&e, 0, 5, 0);
	/* A held task is in flight. */
	limits_stall(true);
	limits_send(&e, 0, 1, 0);
	limits_send_to(&e, 0, e.va[0], 1, 0, RTE_VINETALK_TASK_F_FENCE);
	limits_send(&e, 0, 1, 0);
	limits_count(&e, 0, 0, 1);
	limits_stall(false);
	limits_count(&e, 0, 2, 0);
	limits_down(&e);
}

/* ---- vaccels ---- */

static void
test_vaccels(void)
{
	struct rte_vtappliance_domain_conf limits = LIMITS_NONE;
	uint16_t va[3];
	struct limits_env e;

	limits.max_vaccels = 4;
	limits_up(&e, 1, &limits, &limits_free);
	fixture_let(&e.f);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &limits_free, &va[0]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[1], &limits_free, &va[1]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &limits_free, &va[2]),
		-EDQUOT);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[2], &limits_free, &va[2]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)e.dev[1], va[1]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &limits_free, &va[1]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[1], &limits_free, &va[2]),
		-EDQUOT);
	/* A client that leaves gives back the three that it has. */
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e.dev[0]), 0);
	e.dev[0] = -1;
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[1], &limits_free, &va[0]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[1], &limits_free, &va[1]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[1], &limits_free, &va[2]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[1], &limits_free, &va[2]),
		-EDQUOT);
	limits_down(&e);
}

/* ---- rates ---- */

/* A bucket of one task, and one more that is owed; then one each tenth of a second. */
static void
vaccel_rate(uint32_t nb_pollers)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 1, .rate_tasks = 10 };
	struct limits_env e;
	unsigned int i;
	uint16_t other;

	limits_up(&e, nb_pollers, &limits_none, &conf);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &limits_free, &other), 0);
	limits_send(&e, 0, 12, 0);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 2);
	for (i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 0);
		limits_pass(100);
		CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 1);
	}
	CU_ASSERT_EQUAL(limits_stats(&e).throttled, 10);
	/* A vaccel with tasks that wait is in use. */
	fixture_let(&e.f);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)e.dev[0], e.va[0]), -EBUSY);
	fixture_hold(&e.f);
	limits_pass(600);
	/* One for what is owed, one that the bucket holds: what is above is lost. */
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 2);
	/* Others of the client do not wait. */
	limits_send_to(&e, 0, other, 4, 0, 0);
	limits_count(&e, 0, 4, 0);
	limits_pass(100);
	limits_count(&e, 0, 1, 0);
	limits_pass(100);
	limits_count(&e, 0, 1, 0);
	limits_pass(100);
	limits_count(&e, 0, 1, 0);
	CU_ASSERT_EQUAL(limits_stats(&e).throttled, 10);
	CU_ASSERT_EQUAL(limits_stats(&e).failed, 0);
	limits_down(&e);
}

static void
test_vaccel_rate(void)
{
	limits_each(vaccel_rate);
}

/* 10,000 bytes a second, of which 1000 may come at once. */
static void
test_bytes(void)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 1, .rate_bytes = 10000 };
	struct limits_env e;
	unsigned int i;

	limits_up(&e, 1, &limits_none, &conf);
	/* One that is larger than the bucket passes alone; what is behind it waits until it is paid. */
	limits_send(&e, 0, 1, 51000);
	limits_send(&e, 0, 1, 0);
	limits_send(&e, 0, 9, 1000);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 1);
	for (i = 0; i < 99; i++) {
		limits_pass(50);
		CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 0);
	}
	limits_pass(51);
	/* That of no bytes costs nothing, the next one is owed. */
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 2);
	for (i = 0; i < 8; i++) {
		limits_pass(101);
		CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 1);
	}
	/* After a pause: a bucket, and one more. */
	limits_pass(10000);
	limits_send(&e, 0, 20, 200);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 6);
	limits_down(&e);
}

/* Over a second the rate is kept, whatever the steps are in which the appliance looks. */
static void
test_long_run(void)
{
	static const unsigned int step[] = { 1, 3, 10, 50 };
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 1, .rate_tasks = 1000,
		.rate_bytes = 1000000 };
	unsigned int i, ms, nb;
	struct limits_env e;

	limits_up(&e, 1, &limits_none, &conf);
	for (i = 0; i < RTE_DIM(step); i++) {
		/* Tasks alone, then bytes alone, are what is in the way. */
		const uint32_t bytes = i % 2 == 0 ? 500 : 2000;
		const unsigned int expect = i % 2 == 0 ? 1000 : 500;

		while (e.got[0] != e.sent[0]) {
			limits_pass(1000);
			CU_ASSERT_NOT_EQUAL_FATAL(limits_take(&e, 0, 0), 0);
		}
		limits_pass(2000);
		for (nb = ms = 0; ms < 1000; ms += step[i]) {
			limits_send(&e, 0, 150 - (unsigned int)(e.sent[0] - e.got[0]), bytes);
			nb += limits_take(&e, 0, 0);
			limits_pass(step[i]);
		}
		if (nb < expect || nb > expect * 11 / 10 + 2)
			printf("step %u: %u tasks, not about %u\n", step[i], nb, expect);
		/* A bucket comes on top. */
		CU_ASSERT_TRUE(nb >= expect && nb <= expect * 11 / 10 + 2);
	}
	limits_down(&e);
}

/* Two clients and two vaccels share it, also on several pollers; the other domain has none. */
static void
domain_rate(uint32_t nb_pollers)
{
	struct rte_vtappliance_domain_conf limits = LIMITS_NONE;
	unsigned int i, nb;
	struct limits_env e;

	limits.rate_tasks = 1000;
	limits_up(&e, nb_pollers, &limits, &limits_free);
	limits_send(&e, 0, 150, 0);
	limits_send(&e, 1, 150, 0);
	limits_send(&e, 2, 200, 0);
	nb = limits_take(&e, 0, 0);
	if (e.f.nb_pollers == 1)
		CU_ASSERT_EQUAL(nb, 101); /* in the order in which they came */
	nb += limits_take(&e, 1, 0);
	CU_ASSERT_EQUAL(nb, 101);
	CU_ASSERT_EQUAL(limits_take(&e, 2, 0), 200);
	for (i = 0; i < 10; i++) {
		limits_pass(10);
		nb += limits_take(&e, 0, 0);
		nb += limits_take(&e, 1, 0);
		CU_ASSERT_TRUE(nb >= 101 + 10 * i + 9 && nb <= 101 + 10 * i + 11);
	}
	limits_pass(1000);
	nb += limits_take(&e, 0, 0) + limits_take(&e, 1, 0);
	CU_ASSERT_EQUAL(nb, 300);
	CU_ASSERT_EQUAL(limits_stats(&e).failed, 0);
	CU_ASSERT_TRUE(limits_stats(&e).throttled >= 198);
	limits_down(&e);
}

static void
test_domain_rate(void)
{
	limits_each(domain_rate);
}

/* A vaccel's rate and its domain's: the smaller one holds. */
static void
both_rates(uint32_t nb_pollers)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 1, .rate_tasks = 10 };
	struct rte_vtappliance_domain_conf limits = LIMITS_NONE;
	struct limits_env e;

	limits.rate_tasks = 20;
	limits_up(&e, nb_pollers, &limits, &conf);
	limits_send(&e, 1, 3, 0);
	CU_ASSERT_EQUAL(limits_take(&e, 1, 0), 3);
	/* The vaccel has tokens for two, the domain none. */
	limits_send(&e, 0, 3, 0);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 0);
	limits_pass(50);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 1);
	limits_pass(50);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 1);
	limits_pass(500);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 1);
	CU_ASSERT_EQUAL(limits_stats(&e).throttled, 3);
	limits_down(&e);
}

static void
test_both_rates(void)
{
	limits_each(both_rates);
}

static void
excess_fails(uint32_t nb_pollers)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 1, .rate_tasks = 10 };
	struct rte_vtappliance_domain_conf limits = LIMITS_NONE;
	struct limits_env e;
	uint16_t va;

	limits.rate_tasks = 20;
	limits.rate_excess = RTE_VTAPPLIANCE_EXCESS_FAIL;
	limits_up(&e, nb_pollers, &limits, &conf);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &limits_free, &va), 0);
	limits_send(&e, 0, 5, 1000);
	limits_count(&e, 0, 2, 3);
	/* The domain has one left. */
	limits_send_to(&e, 0, va, 3, 0, 0);
	limits_count(&e, 0, 1, 2);
	limits_pass(500);
	/* Fences too: what is refused ends, and the next one has its turn. */
	limits_send_to(&e, 0, e.va[0], 4, 0, RTE_VINETALK_TASK_F_FENCE);
	limits_send_to(&e, 0, va, 1, 0, 0);
	limits_count(&e, 0, 3, 2);
	CU_ASSERT_EQUAL(limits_stats(&e).over_quota, 7);
	CU_ASSERT_EQUAL(limits_stats(&e).throttled, 0);
	CU_ASSERT_EQUAL(limits_stats(&e).bytes, 2000);
	limits_down(&e);
}

static void
test_excess_fails(void)
{
	limits_each(excess_fails);
}

/* Which of two pollers serves client i. */
static unsigned int
poller_of(struct limits_env *e, unsigned int i)
{
	const uint64_t before = limits_stats(e).tasks;
	unsigned int poller;

	limits_send(e, i, 1, 0);
	rte_vtappliance_poll(e->f.app, 1, 0);
	poller = limits_stats(e).tasks != before;
	limits_pass(1000);
	CU_ASSERT_EQUAL(limits_take(e, i, 0), 1);
	return poller;
}

/* The domain's two clients with a poller each; returns that of client 0. */
static unsigned int
on_both(struct limits_env *e)
{
	const unsigned int first = poller_of(e, 0);
	unsigned int i;

	for (i = 0; i < 6 && poller_of(e, 1) == first; i++) {
		fixture_let(&e->f);
		/* It keeps its slot until the appliance ends. */
		e->dev[1] = fixture_attach(&e->f, 0, 1, 0);
		CU_ASSERT_TRUE_FATAL(e->dev[1] >= 0);
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get((uint16_t)e->dev[1], "nop",
			RTE_VINETALK_ACCEL_ANY, &e->nop), 0);
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_vaccel_acquire((uint16_t)e->dev[1],
			&limits_free, &e->va[1]), 0);
		e->sent[1] = e->got[1] = 0;
		fixture_hold(&e->f);
	}
	CU_ASSERT_NOT_EQUAL_FATAL(poller_of(e, 1), first);
	return first;
}

static unsigned int
taken(struct limits_env *e, unsigned int i)
{
	struct rte_vinetalk_completion c[64];
	unsigned int nb = 0;
	uint16_t n;

	while ((n = rte_vinetalk_dequeue_burst((uint16_t)e->dev[i], 0, c, RTE_DIM(c))) != 0)
		nb += n;
	e->got[i] += nb;
	return nb;
}

/* A poller that looks first each time leaves the other one its half, as long as that one looks. */
static void
test_pollers(void)
{
	struct rte_vtappliance_domain_conf limits = LIMITS_NONE;
	unsigned int i, k, first, nb[2] = { 0, 0 };
	struct limits_env e;

	limits.rate_tasks = 1000;
	limits_up(&e, 2, &limits, &limits_free);
	first = on_both(&e);
	limits_send(&e, 0, 240, 0);
	limits_send(&e, 1, 200, 0);
	for (i = 0; i < 150; i++) {
		for (k = 0; k < 8; k++)
			rte_vtappliance_poll(e.f.app, first, 0);
		for (k = 0; k < 8; k++)
			rte_vtappliance_poll(e.f.app, 1 - first, 0);
		limits_pass(1);
		nb[0] += taken(&e, 0);
		nb[1] += taken(&e, 1);
	}
	CU_ASSERT_TRUE(nb[0] + nb[1] >= 245);
	/* The first one had a bucket, what it may be ahead, and half of the rest. */
	CU_ASSERT_TRUE(nb[1] >= 45 && nb[1] <= 55);
	/* If the other one does not look any more, it is not waited for. */
	for (i = 0; i < 200; i++) {
		rte_vtappliance_poll(e.f.app, first, 0);
		limits_pass(1);
	}
	fixture_turns(&e.f, 8);
	nb[0] += taken(&e, 0);
	CU_ASSERT_EQUAL(nb[0], 240);
	limits_down(&e);
}

static const struct vt_test_case cases[] = {
	{ "tasks in flight of a vaccel", test_vaccel_tasks },
	{ "tasks in flight of a domain", test_domain_tasks },
	{ "a fence over a limit", test_fence_refused },
	{ "vaccels of a domain", test_vaccels },
	{ "tasks a second of a vaccel", test_vaccel_rate },
	{ "bytes a second of a vaccel", test_bytes },
	{ "a rate over seconds", test_long_run },
	{ "tasks a second of a domain", test_domain_rate },
	{ "pollers share the rate of a domain", test_pollers },
	{ "rates of a vaccel and of its domain", test_both_rates },
	{ "what is over a rate is refused", test_excess_fails },
};

VT_TEST_SUITE(vinetalk_limits_autotest, NULL, NULL, cases);
