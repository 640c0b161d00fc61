/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Limits of domains and of vaccels: counts, and rates on a simulated clock. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_log.h>
#include <rte_ring_elem.h>
#include <rte_vtaccel_null.h>

#include <rte_vinetalk.h>

#include "fixture.h"
#include "test.h"

#define STALLED "limits-stalled"
#define CLIENTS 3 /* two of domain 0, and one of domain 1 */
#define NONE { .uid = -1, .gid = -1 }

struct env {
	struct fixture f;
	int dev[CLIENTS];
	uint16_t nop, va[CLIENTS];
	uint64_t sent[CLIENTS], got[CLIENTS]; /* cookies */
	uint8_t *data[CLIENTS];
};

static const struct rte_vtappliance_domain_conf none = NONE;
static const struct rte_vinetalk_vaccel_conf no_limit = { .accel = 1 };
static uint64_t sim_now;

/* ---- a simulated clock ---- */

static uint64_t
sim_cycles(void)
{
	return __atomic_load_n(&sim_now, __ATOMIC_RELAXED);
}

static void
sim_pass(unsigned int ms)
{
	__atomic_fetch_add(&sim_now, rte_get_tsc_hz() / 1000 * ms, __ATOMIC_RELAXED);
}

/* ---- an appliance with two domains ---- */

static void
client_up(struct env *e, unsigned int i, const struct rte_vinetalk_vaccel_conf *conf)
{
	e->dev[i] = fixture_attach(&e->f, i == 2, 1, 0);
	CU_ASSERT_TRUE_FATAL(e->dev[i] >= 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get((uint16_t)e->dev[i], "nop",
		RTE_VINETALK_ACCEL_ANY, &e->nop), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_vaccel_acquire((uint16_t)e->dev[i], conf, &e->va[i]), 0);
	e->data[i] = rte_vinetalk_alloc((uint16_t)e->dev[i], 1 << 19, 0, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e->data[i]);
}

/* The limits of domain 0, and of the vaccel of client 0. The pollers are held. */
static void
up(struct env *e, uint32_t nb_pollers, const struct rte_vtappliance_domain_conf *limits,
		const struct rte_vinetalk_vaccel_conf *conf)
{
	static const char * const accels[] = { "null,name=" STALLED ",stall=1", "null", NULL };
	const struct rte_vtappliance_conf app = { .cycles = sim_cycles };
	const struct rte_vtappliance_domain_conf doms[2] = { *limits, none };
	unsigned int i;

	memset(e, 0, sizeof(*e));
	sim_now = rte_get_tsc_cycles() + 1000 * rte_get_tsc_hz();
	CU_ASSERT_EQUAL_FATAL(fixture_start_each(&e->f, nb_pollers, 2, accels, &app, doms), 0);
	for (i = 0; i < CLIENTS; i++)
		client_up(e, i, i == 0 ? conf : &no_limit);
	fixture_hold(&e->f);
}

static void
stall(bool on)
{
	const struct rte_vtaccel_null_conf conf = { .stall = on };

	CU_ASSERT_EQUAL(rte_vtaccel_null_set(rte_vtaccel_get(STALLED), &conf), 0);
}

static void
down(struct env *e)
{
	unsigned int i;

	stall(false);
	fixture_let(&e->f);
	for (i = 0; i < CLIENTS; i++)
		if (e->dev[i] >= 0)
			CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e->dev[i]), 0);
	fixture_stop(&e->f);
}

/* Enqueue tasks of so many bytes. */
static void
send_to(struct env *e, unsigned int i, uint16_t va, unsigned int nb, uint32_t bytes, uint8_t flags)
{
	struct rte_vinetalk_task t;

	while (nb-- > 0) {
		rte_vinetalk_task_init(&t, va, e->nop, e->sent[i]++);
		if (bytes != 0)
			rte_vinetalk_task_in((uint16_t)e->dev[i], &t, e->data[i], bytes);
		t.flags |= flags;
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst((uint16_t)e->dev[i], 0, &t, 1), 1);
	}
}

static void
send(struct env *e, unsigned int i, unsigned int nb, uint32_t bytes)
{
	send_to(e, i, e->va[i], nb, bytes, 0);
}

/* How many of client i come within some turns, all of that status and in order. */
static unsigned int
take(struct env *e, unsigned int i, int32_t status)
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

/* The same, in any order: those that are refused overtake. */
static void
count(struct env *e, unsigned int i, unsigned int good, unsigned int refused)
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

static struct rte_vtappliance_stats
stats(struct env *e)
{
	struct rte_vtappliance_stats st;

	rte_vtappliance_stats_get(e->f.app, &st);
	return st;
}

static void
each(void (*fn)(uint32_t nb_pollers))
{
	uint32_t i;

	for (i = 1; i <= 3; i++)
		fn(i);
}

/* ---- tasks in flight ---- */

static void
vaccel_tasks(uint32_t nb_pollers)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 0, .max_tasks = 4 };
	struct env e;
	uint16_t other;

	up(&e, nb_pollers, &none, &conf);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &no_limit, &other), 0);
	send(&e, 0, 3, 0);
	count(&e, 0, 0, 0);
	send(&e, 0, 1, 0);
	count(&e, 0, 0, 0);
	send(&e, 0, 2, 0);
	count(&e, 0, 0, 2);
	/* Its limit is no other vaccel's. */
	send_to(&e, 0, other, 10, 0, 0);
	count(&e, 0, 10, 0);
	stall(false);
	count(&e, 0, 4, 0);
	stall(true);
	send(&e, 0, 5, 0);
	count(&e, 0, 0, 1);
	CU_ASSERT_EQUAL(stats(&e).over_quota, 3);
	CU_ASSERT_EQUAL(stats(&e).throttled, 0);
	down(&e);
}

static void
test_vaccel_tasks(void)
{
	each(vaccel_tasks);
}

static void
domain_tasks(uint32_t nb_pollers)
{
	struct rte_vtappliance_domain_conf limits = NONE;
	struct rte_vinetalk_vaccel_conf conf = { .accel = 0 };
	struct env e;
	uint16_t slow;

	limits.max_tasks = 10;
	up(&e, nb_pollers, &limits, &conf);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[1], &conf, &slow), 0);
	send(&e, 0, 6, 0);
	count(&e, 0, 0, 0);
	send_to(&e, 1, slow, 3, 0, 0);
	count(&e, 1, 0, 0);
	/* The tenth, and what is more. */
	send_to(&e, 1, slow, 3, 0, 0);
	count(&e, 1, 0, 2);
	send(&e, 0, 1, 0);
	count(&e, 0, 0, 1);
	/* The neighbour has no limit, and feels none. */
	send(&e, 2, 100, 0);
	CU_ASSERT_EQUAL(take(&e, 2, 0), 100);
	stall(false);
	count(&e, 0, 6, 0);
	count(&e, 1, 4, 0);
	/* All that was counted is counted off: bad tasks as well. */
	send_to(&e, 0, 60, 20, 0, 0);
	fixture_turns(&e.f, 8);
	e.got[0] = e.sent[0];
	while (rte_vinetalk_dequeue_burst((uint16_t)e.dev[0], 0,
			&(struct rte_vinetalk_completion){ 0 }, 1) == 1)
		;
	stall(true);
	send(&e, 0, 11, 0);
	count(&e, 0, 0, 1);
	CU_ASSERT_EQUAL(stats(&e).over_quota, 4);
	/* A client that leaves takes its tasks along. */
	fixture_let(&e.f);
	stall(false);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e.dev[0]), 0);
	e.dev[0] = -1;
	fixture_hold(&e.f);
	stall(true);
	send_to(&e, 1, slow, 11, 0, 0);
	count(&e, 1, 0, 1);
	down(&e);
}

static void
test_domain_tasks(void)
{
	each(domain_tasks);
}

/* A fence that is refused keeps what is behind it from what is before it all the same. */
static void
test_fence_refused(void)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 0, .max_tasks = 2 };
	struct env e;
	uint16_t quick;

	up(&e, 1, &none, &conf);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &no_limit, &quick), 0);
	send(&e, 0, 2, 0);
	send_to(&e, 0, e.va[0], 1, 0, RTE_VINETALK_TASK_F_FENCE);
	send_to(&e, 0, quick, 3, 0, 0);
	count(&e, 0, 0, 1);
	stall(false);
	count(&e, 0, 5, 0);
	/* A held task is in flight. */
	stall(true);
	send(&e, 0, 1, 0);
	send_to(&e, 0, e.va[0], 1, 0, RTE_VINETALK_TASK_F_FENCE);
	send(&e, 0, 1, 0);
	count(&e, 0, 0, 1);
	stall(false);
	count(&e, 0, 2, 0);
	down(&e);
}

/* ---- vaccels ---- */

static void
test_vaccels(void)
{
	struct rte_vtappliance_domain_conf limits = NONE;
	uint16_t va[3];
	struct env e;

	limits.max_vaccels = 4;
	up(&e, 1, &limits, &no_limit);
	fixture_let(&e.f);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &no_limit, &va[0]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[1], &no_limit, &va[1]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &no_limit, &va[2]),
		-EDQUOT);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[2], &no_limit, &va[2]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)e.dev[1], va[1]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &no_limit, &va[1]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[1], &no_limit, &va[2]),
		-EDQUOT);
	/* A client that leaves gives back the three that it has. */
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e.dev[0]), 0);
	e.dev[0] = -1;
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[1], &no_limit, &va[0]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[1], &no_limit, &va[1]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[1], &no_limit, &va[2]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[1], &no_limit, &va[2]),
		-EDQUOT);
	down(&e);
}

/* ---- rates ---- */

/* A bucket of one task, and one more that is owed; then one each tenth of a second. */
static void
vaccel_rate(uint32_t nb_pollers)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 1, .rate_tasks = 10 };
	struct env e;
	unsigned int i;
	uint16_t other;

	up(&e, nb_pollers, &none, &conf);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &no_limit, &other), 0);
	send(&e, 0, 12, 0);
	CU_ASSERT_EQUAL(take(&e, 0, 0), 2);
	for (i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(take(&e, 0, 0), 0);
		sim_pass(100);
		CU_ASSERT_EQUAL(take(&e, 0, 0), 1);
	}
	CU_ASSERT_EQUAL(stats(&e).throttled, 10);
	/* A vaccel with tasks that wait is in use. */
	fixture_let(&e.f);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)e.dev[0], e.va[0]), -EBUSY);
	fixture_hold(&e.f);
	sim_pass(600);
	/* One for what is owed, one that the bucket holds: what is above is lost. */
	CU_ASSERT_EQUAL(take(&e, 0, 0), 2);
	/* Others of the client do not wait. */
	send_to(&e, 0, other, 4, 0, 0);
	count(&e, 0, 4, 0);
	sim_pass(100);
	count(&e, 0, 1, 0);
	sim_pass(100);
	count(&e, 0, 1, 0);
	sim_pass(100);
	count(&e, 0, 1, 0);
	CU_ASSERT_EQUAL(stats(&e).throttled, 10);
	CU_ASSERT_EQUAL(stats(&e).failed, 0);
	down(&e);
}

static void
test_vaccel_rate(void)
{
	each(vaccel_rate);
}

/* 10,000 bytes a second, of which 1000 may come at once. */
static void
test_bytes(void)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 1, .rate_bytes = 10000 };
	struct env e;
	unsigned int i;

	up(&e, 1, &none, &conf);
	/* One that is larger than the bucket passes alone; what is behind it waits until it is paid. */
	send(&e, 0, 1, 51000);
	send(&e, 0, 1, 0);
	send(&e, 0, 9, 1000);
	CU_ASSERT_EQUAL(take(&e, 0, 0), 1);
	for (i = 0; i < 99; i++) {
		sim_pass(50);
		CU_ASSERT_EQUAL(take(&e, 0, 0), 0);
	}
	sim_pass(51);
	/* That of no bytes costs nothing, the next one is owed. */
	CU_ASSERT_EQUAL(take(&e, 0, 0), 2);
	for (i = 0; i < 8; i++) {
		sim_pass(101);
		CU_ASSERT_EQUAL(take(&e, 0, 0), 1);
	}
	/* After a pause: a bucket, and one more. */
	sim_pass(10000);
	send(&e, 0, 20, 200);
	CU_ASSERT_EQUAL(take(&e, 0, 0), 6);
	down(&e);
}

/* Over a second the rate is kept, whatever the steps are in which the appliance looks. */
static void
test_long_run(void)
{
	static const unsigned int step[] = { 1, 3, 10, 50 };
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 1, .rate_tasks = 1000,
		.rate_bytes = 1000000 };
	unsigned int i, ms, nb;
	struct env e;

	up(&e, 1, &none, &conf);
	for (i = 0; i < RTE_DIM(step); i++) {
		/* Tasks alone, then bytes alone, are what is in the way. */
		const uint32_t bytes = i % 2 == 0 ? 500 : 2000;
		const unsigned int expect = i % 2 == 0 ? 1000 : 500;

		while (e.got[0] != e.sent[0]) {
			sim_pass(1000);
			CU_ASSERT_NOT_EQUAL_FATAL(take(&e, 0, 0), 0);
		}
		sim_pass(2000);
		for (nb = ms = 0; ms < 1000; ms += step[i]) {
			send(&e, 0, 150 - (unsigned int)(e.sent[0] - e.got[0]), bytes);
			nb += take(&e, 0, 0);
			sim_pass(step[i]);
		}
		if (nb < expect || nb > expect * 11 / 10 + 2)
			printf("step %u: %u tasks, not about %u\n", step[i], nb, expect);
		/* A bucket comes on top. */
		CU_ASSERT_TRUE(nb >= expect && nb <= expect * 11 / 10 + 2);
	}
	down(&e);
}

/* Two clients and two vaccels share it, also on several pollers; the other domain has none. */
static void
domain_rate(uint32_t nb_pollers)
{
	struct rte_vtappliance_domain_conf limits = NONE;
	unsigned int i, nb;
	struct env e;

	limits.rate_tasks = 1000;
	up(&e, nb_pollers, &limits, &no_limit);
	send(&e, 0, 150, 0);
	send(&e, 1, 150, 0);
	send(&e, 2, 200, 0);
	nb = take(&e, 0, 0);
	if (e.f.nb_pollers == 1)
		CU_ASSERT_EQUAL(nb, 101); /* in the order in which they came */
	nb += take(&e, 1, 0);
	CU_ASSERT_EQUAL(nb, 101);
	CU_ASSERT_EQUAL(take(&e, 2, 0), 200);
	for (i = 0; i < 10; i++) {
		sim_pass(10);
		nb += take(&e, 0, 0);
		nb += take(&e, 1, 0);
		CU_ASSERT_TRUE(nb >= 101 + 10 * i + 9 && nb <= 101 + 10 * i + 11);
	}
	sim_pass(1000);
	nb += take(&e, 0, 0) + take(&e, 1, 0);
	CU_ASSERT_EQUAL(nb, 300);
	CU_ASSERT_EQUAL(stats(&e).failed, 0);
	CU_ASSERT_TRUE(stats(&e).throttled >= 198);
	down(&e);
}

static void
test_domain_rate(void)
{
	each(domain_rate);
}

/* A vaccel's rate and its domain's: the smaller one holds. */
static void
both_rates(uint32_t nb_pollers)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 1, .rate_tasks = 10 };
	struct rte_vtappliance_domain_conf limits = NONE;
	struct env e;

	limits.rate_tasks = 20;
	up(&e, nb_pollers, &limits, &conf);
	send(&e, 1, 3, 0);
	CU_ASSERT_EQUAL(take(&e, 1, 0), 3);
	/* The vaccel has tokens for two, the domain none. */
	send(&e, 0, 3, 0);
	CU_ASSERT_EQUAL(take(&e, 0, 0), 0);
	sim_pass(50);
	CU_ASSERT_EQUAL(take(&e, 0, 0), 1);
	sim_pass(50);
	CU_ASSERT_EQUAL(take(&e, 0, 0), 1);
	sim_pass(500);
	CU_ASSERT_EQUAL(take(&e, 0, 0), 1);
	CU_ASSERT_EQUAL(stats(&e).throttled, 3);
	down(&e);
}

static void
test_both_rates(void)
{
	each(both_rates);
}

static void
excess_fails(uint32_t nb_pollers)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 1, .rate_tasks = 10 };
	struct rte_vtappliance_domain_conf limits = NONE;
	struct env e;
	uint16_t va;

	limits.rate_tasks = 20;
	limits.rate_excess = RTE_VTAPPLIANCE_EXCESS_FAIL;
	up(&e, nb_pollers, &limits, &conf);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &no_limit, &va), 0);
	send(&e, 0, 5, 1000);
	count(&e, 0, 2, 3);
	/* The domain has one left. */
	send_to(&e, 0, va, 3, 0, 0);
	count(&e, 0, 1, 2);
	sim_pass(500);
	/* Fences too: what is refused ends, and the next one has its turn. */
	send_to(&e, 0, e.va[0], 4, 0, RTE_VINETALK_TASK_F_FENCE);
	send_to(&e, 0, va, 1, 0, 0);
	count(&e, 0, 3, 2);
	CU_ASSERT_EQUAL(stats(&e).over_quota, 7);
	CU_ASSERT_EQUAL(stats(&e).throttled, 0);
	CU_ASSERT_EQUAL(stats(&e).bytes, 2000);
	down(&e);
}

static void
test_excess_fails(void)
{
	each(excess_fails);
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
	{ "rates of a vaccel and of its domain", test_both_rates },
	{ "what is over a rate is refused", test_excess_fails },
};

VT_TEST_SUITE(vinetalk_limits_autotest, NULL, NULL, cases);
