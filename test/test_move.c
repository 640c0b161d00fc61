/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Vaccels that change between equal accelerators: to one with less to do, away from one that has failed; and
 * accelerators that are tried again.
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_vinetalk.h>
#include <rte_vtaccel.h>
#include <rte_vtaccel_null.h>

#include "fixture.h"
#include "test.h"

#define TURNS 24
#define WAIT_US 5000000

static const struct rte_vtappliance_domain_conf domain = { .uid = -1, .gid = -1 };
static const char *const two_accels[] = { "null,name=one", "null,name=two", NULL };
static uint64_t time_now;

static uint64_t
clock_of_test(void)
{
	return __atomic_load_n(&time_now, __ATOMIC_RELAXED);
}

static void
pass_ms(uint64_t ms)
{
	__atomic_store_n(&time_now, time_now + rte_get_tsc_hz() / 1000 * ms, __ATOMIC_RELAXED);
}

struct env {
	struct fixture f;
	int dev;
	uint16_t nop, moving; /* a vaccel that may move, and has begun on accelerator one */
};

static uint16_t
acquire(struct env *e, const struct rte_vinetalk_vaccel_conf *conf)
{
	struct rte_vinetalk_vaccel_conf c = *conf;
	uint16_t va = UINT16_MAX;

	c.proc = e->nop;
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_vaccel_acquire((uint16_t)e->dev, &c, &va), 0);
	return va;
}

static void
up(struct env *e, uint32_t nb_pollers, const char *const *accels, uint32_t stall_ms, uint32_t timeout_us)
{
	const struct rte_vtappliance_conf settings = { .stall_ms = stall_ms, .cycles = clock_of_test };

	time_now = rte_get_tsc_cycles() + rte_get_tsc_hz() * 1000;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&e->f, nb_pollers, 1, accels, &settings, &domain), 0);
	e->dev = fixture_attach(&e->f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(e->dev >= 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get((uint16_t)e->dev, "nop", RTE_VINETALK_ACCEL_ANY, &e->nop), 0);
	e->moving = acquire(e, &(struct rte_vinetalk_vaccel_conf){ .accel = RTE_VINETALK_ID_ANY,
		.timeout_us = timeout_us });
	fixture_hold(&e->f);
}

static void
down(struct env *e)
{
	fixture_let(&e->f);
	if (e->dev >= 0)
		CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e->dev), 0);
	fixture_stop(&e->f);
}

/* With the pollers in one, so that messages are calls, and with several. */
static void
each(void (*fn)(uint32_t))
{
	fn(1);
	fn(2);
	fn(3);
}

static void
faults(const char *name, bool stall, bool broken)
{
	const struct rte_vtaccel_null_conf conf = { .stall = stall, .broken = broken };

	CU_ASSERT_EQUAL(rte_vtaccel_null_set(rte_vtaccel_get(name), &conf), 0);
}

static void
state_set(const char *name, uint32_t state)
{
	__atomic_store_n(&rte_vtaccel_get(name)->state, state, __ATOMIC_RELAXED);
}

static struct rte_vinetalk_accel_info
info_of(struct env *e, uint16_t accel)
{
	struct rte_vinetalk_accel_info info = { .state = UINT32_MAX };

	CU_ASSERT_EQUAL(rte_vinetalk_accel_info_get((uint16_t)e->dev, accel, &info), 0);
	return info;
}

static uint64_t
tasks_of(struct env *e, uint16_t accel)
{
	struct rte_vinetalk_accel_stats st = { 0 };

	CU_ASSERT_EQUAL(rte_vinetalk_accel_stats_get((uint16_t)e->dev, accel, &st), 0);
	return st.tasks;
}

/* Tasks with the letters of a text as their cookies. */
static void
send(struct env *e, uint16_t va, const char *letters)
{
	struct rte_vinetalk_task t;

	for (; *letters != '\0'; letters++) {
		rte_vinetalk_task_init(&t, va, e->nop, (uint64_t)*letters);
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst((uint16_t)e->dev, 0, &t, 1), 1);
	}
	fixture_turns(&e->f, TURNS);
}

/* Just these have come back, in this order and with this status. */
static void
expect(struct env *e, const char *letters, int32_t status)
{
	struct rte_vinetalk_completion c;
	char got[65] = "";
	size_t n = 0;

	fixture_turns(&e->f, TURNS);
	while (n < sizeof(got) - 1 && rte_vinetalk_dequeue_burst((uint16_t)e->dev, 0, &c, 1) == 1) {
		got[n++] = (char)c.cookie;
		CU_ASSERT_EQUAL(c.status, status);
	}
	if (strcmp(got, letters) != 0)
		printf("\"%s\" came, not \"%s\"\n", got, letters);
	CU_ASSERT_STRING_EQUAL(got, letters);
}

/* ---- load ---- */

static void
load(uint32_t nb_pollers)
{
	struct env e;
	uint16_t named;

	up(&e, nb_pollers, two_accels, 0, 0);
	named = acquire(&e, &(struct rte_vinetalk_vaccel_conf){ .accel = 0 });
	CU_ASSERT_EQUAL(info_of(&e, 0).nb_vaccels, 2);
	send(&e, e.moving, "ab");
	expect(&e, "ab", 0);
	CU_ASSERT_EQUAL(tasks_of(&e, 0), 2);
	/* It has a lot to do, and the other nothing. */
	faults("one", true, false);
	send(&e, named, "0123456789ABCDEF");
	send(&e, e.moving, "cd");
	expect(&e, "cd", 0);
	CU_ASSERT_EQUAL(tasks_of(&e, 1), 2);
	CU_ASSERT_EQUAL(info_of(&e, 0).nb_vaccels, 1);
	CU_ASSERT_EQUAL(info_of(&e, 1).nb_vaccels, 1);
	faults("one", false, false);
	expect(&e, "0123456789ABCDEF", 0);
	/* It stays where it is well, and one that asked for a certain accelerator stays anyway. */
	send(&e, e.moving, "ef");
	send(&e, named, "g");
	fixture_turns(&e.f, TURNS);
	CU_ASSERT_EQUAL(tasks_of(&e, 0), 19);
	CU_ASSERT_EQUAL(tasks_of(&e, 1), 4);
	faults("two", true, false);
	send(&e, e.moving, "hijklmnopqr");
	/* Not drained: the order would be lost. */
	send(&e, e.moving, "s");
	faults("two", false, false);
	fixture_turns(&e.f, TURNS);
	CU_ASSERT_EQUAL(tasks_of(&e, 1), 16);
	down(&e);
}

static void
test_load(void)
{
	each(load);
}

/* Whoever has an accelerator alone has it alone. */
static void
exclusive(uint32_t nb_pollers)
{
	struct rte_vinetalk_vaccel_conf alone = { .accel = 1, .flags = RTE_VINETALK_VACCEL_F_EXCLUSIVE };
	uint16_t named, own, other;
	struct env e;
	int second;

	up(&e, nb_pollers, two_accels, 0, 0);
	second = fixture_attach(&e.f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(second >= 0);
	named = acquire(&e, &(struct rte_vinetalk_vaccel_conf){ .accel = 0 });
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)second, &(struct rte_vinetalk_vaccel_conf){
		.accel = 1, .proc = RTE_VINETALK_ID_ANY, .flags = RTE_VINETALK_VACCEL_F_EXCLUSIVE }, &own), 0);
	faults("one", true, false);
	send(&e, named, "0123456789ABCDEF");
	send(&e, e.moving, "ab");
	expect(&e, "", 0);
	CU_ASSERT_EQUAL(info_of(&e, 1).nb_vaccels, 1);
	faults("one", false, false);
	expect(&e, "0123456789ABCDEFab", 0);
	/* Nor does it go there if its own fails. */
	state_set("one", RTE_VINETALK_ACCEL_FAILED);
	send(&e, e.moving, "c");
	expect(&e, "c", -EIO);
	state_set("one", RTE_VINETALK_ACCEL_IDLE);
	fixture_let(&e.f);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)second, own), 0);
	CU_ASSERT_FALSE(info_of(&e, 1).exclusive);
	fixture_hold(&e.f);
	state_set("one", RTE_VINETALK_ACCEL_FAILED);
	send(&e, e.moving, "d");
	expect(&e, "d", 0);
	CU_ASSERT_EQUAL(tasks_of(&e, 1), 1);
	/* Now it stands there. */
	alone.proc = RTE_VINETALK_ID_ANY;
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)second, &alone, &other), -EBUSY);
	state_set("one", RTE_VINETALK_ACCEL_IDLE);
	fixture_let(&e.f);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)second), 0);
	down(&e);
}

static void
test_exclusive(void)
{
	each(exclusive);
}

/* Those that are not equal, and one that is acquired alone. */
static void
unequal(uint32_t nb_pollers)
{
	static const char *const accels[] = { "null,name=one", "null,type=gpu,name=two", NULL };
	struct env e;
	uint16_t own;

	up(&e, nb_pollers, accels, 0, 0);
	/* Of no type comes last. */
	CU_ASSERT_EQUAL(info_of(&e, 0).nb_vaccels, 1);
	state_set("one", RTE_VINETALK_ACCEL_FAILED);
	send(&e, e.moving, "ab");
	expect(&e, "ab", -EIO);
	CU_ASSERT_EQUAL(info_of(&e, 0).nb_vaccels, 1);
	state_set("one", RTE_VINETALK_ACCEL_IDLE);
	down(&e);

	up(&e, nb_pollers, two_accels, 0, 0);
	own = acquire(&e, &(struct rte_vinetalk_vaccel_conf){ .accel = RTE_VINETALK_ID_ANY,
		.flags = RTE_VINETALK_VACCEL_F_EXCLUSIVE });
	state_set("two", RTE_VINETALK_ACCEL_FAILED);
	send(&e, own, "c");
	expect(&e, "c", -EIO);
	state_set("two", RTE_VINETALK_ACCEL_IDLE);
	down(&e);
}

static void
test_unequal(void)
{
	each(unequal);
}

/* ---- failure ---- */

static void
fails(uint32_t nb_pollers)
{
	struct env e;

	up(&e, nb_pollers, two_accels, 0, 0);
	/* What waits goes on elsewhere. */
	fixture_let(&e.f);
	fixture_works(e.dev, e.nop, e.moving, 3, WAIT_US);
	fixture_hold(&e.f);
	faults("one", true, false);
	send(&e, e.moving, "abc");
	state_set("one", RTE_VINETALK_ACCEL_FAILED);
	send(&e, e.moving, "def");
	send(&e, e.moving, "ghi");
	/* Not before what its engine has is back. */
	expect(&e, "", 0);
	faults("one", false, false);
	expect(&e, "abcdefghi", 0);
	CU_ASSERT_EQUAL(tasks_of(&e, 0), 6);
	CU_ASSERT_EQUAL(tasks_of(&e, 1), 6);
	CU_ASSERT_EQUAL(info_of(&e, 0).nb_vaccels, 0);
	/* And back, if that one fails: there is nothing to wait for. */
	state_set("one", RTE_VINETALK_ACCEL_IDLE);
	state_set("two", RTE_VINETALK_ACCEL_FAILED);
	send(&e, e.moving, "jkl");
	expect(&e, "jkl", 0);
	CU_ASSERT_EQUAL(tasks_of(&e, 0), 9);
	/* No other one works. */
	state_set("one", RTE_VINETALK_ACCEL_FAILED);
	send(&e, e.moving, "mno");
	expect(&e, "mno", -EIO);
	state_set("one", RTE_VINETALK_ACCEL_IDLE);
	state_set("two", RTE_VINETALK_ACCEL_IDLE);
	send(&e, e.moving, "pq");
	expect(&e, "pq", 0);
	down(&e);
}

static void
test_fails(void)
{
	each(fails);
}

/* Tasks that wait between two accelerators: a cancel, a limit of time, a fence behind them. */
static void
between(uint32_t nb_pollers)
{
	struct rte_vinetalk_task t, fence;
	struct env e;

	up(&e, nb_pollers, two_accels, 0, 0);
	faults("one", true, false);
	send(&e, e.moving, "a");
	state_set("one", RTE_VINETALK_ACCEL_FAILED);
	send(&e, e.moving, "b");
	rte_vinetalk_task_init(&t, e.moving, e.nop, 'c');
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst((uint16_t)e.dev, 0, &t, 1), 1);
	send(&e, e.moving, "d");
	rte_vinetalk_task_init(&fence, e.moving, e.nop, 'F');
	fence.flags = RTE_VINETALK_TASK_F_FENCE;
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst((uint16_t)e.dev, 0, &fence, 1), 1);
	send(&e, e.moving, "g");
	fixture_let(&e.f);
	CU_ASSERT_EQUAL(rte_vinetalk_task_cancel((uint16_t)e.dev, &t), 0);
	fixture_hold(&e.f);
	expect(&e, "c", -ECANCELED);
	faults("one", false, false);
	expect(&e, "abdFg", 0);
	state_set("one", RTE_VINETALK_ACCEL_IDLE);
	down(&e);

	up(&e, nb_pollers, two_accels, 0, 200000);
	faults("one", true, false);
	send(&e, e.moving, "a");
	pass_ms(150);
	state_set("one", RTE_VINETALK_ACCEL_FAILED);
	send(&e, e.moving, "b");
	pass_ms(10);
	send(&e, e.moving, "c");
	pass_ms(45);
	/* Given up, and the engine has it. */
	expect(&e, "a", -ETIMEDOUT);
	pass_ms(160);
	expect(&e, "bc", -ETIMEDOUT);
	send(&e, e.moving, "de");
	faults("one", false, false);
	expect(&e, "de", 0);
	CU_ASSERT_EQUAL(tasks_of(&e, 1), 2);
	state_set("one", RTE_VINETALK_ACCEL_IDLE);
	down(&e);
}

static void
test_between(void)
{
	each(between);
}

/* The client ends while its tasks wait between two accelerators. */
static void
dies(uint32_t nb_pollers)
{
	struct rte_vtappliance_stats st;
	struct env e;
	int other;

	up(&e, nb_pollers, two_accels, 0, 0);
	other = fixture_attach(&e.f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(other >= 0);
	faults("one", true, false);
	send(&e, e.moving, "abc");
	state_set("one", RTE_VINETALK_ACCEL_FAILED);
	send(&e, e.moving, "defgh");
	fixture_let(&e.f);
	/* It may not leave before its tasks have ended. */
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e.dev), 0);
	faults("one", false, false);
	state_set("one", RTE_VINETALK_ACCEL_IDLE);
	e.dev = other;
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get((uint16_t)other, "nop", RTE_VINETALK_ACCEL_ANY, &e.nop), 0);
	e.moving = acquire(&e, &(struct rte_vinetalk_vaccel_conf){ .accel = RTE_VINETALK_ID_ANY });
	fixture_works(other, e.nop, e.moving, 10, WAIT_US);
	rte_vtappliance_stats_get(e.f.app, &st);
	CU_ASSERT_EQUAL(st.tasks, st.completed + st.failed);
	down(&e);
}

static void
test_dies(void)
{
	each(dies);
}

/* An engine that keeps what it has: what is behind it ends, and what is not goes elsewhere. */
static void
stalls(uint32_t nb_pollers)
{
	struct env e;
	uint16_t free;

	up(&e, nb_pollers, two_accels, 200, 0);
	acquire(&e, &(struct rte_vinetalk_vaccel_conf){ .accel = 1 });
	free = acquire(&e, &(struct rte_vinetalk_vaccel_conf){ .accel = RTE_VINETALK_ID_ANY });
	CU_ASSERT_EQUAL(info_of(&e, 0).nb_vaccels, 2);
	faults("one", true, false);
	send(&e, e.moving, "abc");
	pass_ms(250);
	fixture_turns(&e.f, TURNS);
	CU_ASSERT_EQUAL(info_of(&e, 0).state, RTE_VINETALK_ACCEL_FAILED);
	send(&e, e.moving, "def");
	expect(&e, "def", -EIO);
	send(&e, free, "ghi");
	expect(&e, "ghi", 0);
	faults("one", false, false);
	expect(&e, "abc", 0);
	CU_ASSERT_EQUAL(info_of(&e, 0).state, RTE_VINETALK_ACCEL_IDLE);
	send(&e, e.moving, "jkl");
	expect(&e, "jkl", 0);

	/* The stall begins while tasks wait for the end of a failure. */
	faults("one", true, false);
	send(&e, e.moving, "mn");
	state_set("one", RTE_VINETALK_ACCEL_FAILED);
	send(&e, e.moving, "op");
	expect(&e, "", 0);
	pass_ms(250);
	expect(&e, "op", -EIO);
	/* A failure does not end with a stall. */
	faults("one", false, false);
	expect(&e, "mn", 0);
	CU_ASSERT_EQUAL(info_of(&e, 0).state, RTE_VINETALK_ACCEL_FAILED);
	send(&e, e.moving, "qr");
	expect(&e, "qr", 0);
	state_set("one", RTE_VINETALK_ACCEL_IDLE);
	down(&e);
}

static void
test_stalls(void)
{
	each(stalls);
}

/* ---- probes ---- */

static void
wait_for_control(void)
{
	usleep(20000);
}

static void
probes(uint32_t nb_pollers)
{
	static const char *const accels[] = { "null,name=one,broken=1", NULL };
	struct env e;
	unsigned int i;

	up(&e, nb_pollers, accels, 0, 0);
	/* Those that find it out end with it. */
	send(&e, e.moving, "ab");
	expect(&e, "ab", -EIO);
	CU_ASSERT_EQUAL(info_of(&e, 0).state, RTE_VINETALK_ACCEL_FAILED);
	for (i = 0; i < 3; i++) {
		pass_ms(1100);
		fixture_turns(&e.f, TURNS);
		wait_for_control();
		fixture_turns(&e.f, TURNS);
		CU_ASSERT_EQUAL(info_of(&e, 0).state, RTE_VINETALK_ACCEL_FAILED);
	}
	faults("one", false, false);
	/* Not before its time. */
	pass_ms(500);
	fixture_turns(&e.f, TURNS);
	wait_for_control();
	fixture_turns(&e.f, TURNS);
	CU_ASSERT_EQUAL(info_of(&e, 0).state, RTE_VINETALK_ACCEL_FAILED);
	send(&e, e.moving, "c");
	expect(&e, "c", -EIO);
	pass_ms(600);
	for (i = 0; i < 500 && info_of(&e, 0).state == RTE_VINETALK_ACCEL_FAILED; i++) {
		fixture_turns(&e.f, 1);
		usleep(10000);
	}
	fixture_turns(&e.f, TURNS);
	CU_ASSERT_NOT_EQUAL(info_of(&e, 0).state, RTE_VINETALK_ACCEL_FAILED);
	send(&e, e.moving, "def");
	expect(&e, "def", 0);
	down(&e);
}

static void
test_probes(void)
{
	each(probes);
}

/* ---- all of it at a time ---- */

#define STRESS_VACCELS 6
#define STRESS_TASKS 8000

static const char *const stress_accels[] = { "null,name=s0", "null,name=s1", "null,name=s2", NULL };
static uint32_t stress_ends;

static void *
breaker(void *arg)
{
	unsigned int seed = 5, n = 0;

	RTE_SET_USED(arg);
	while (__atomic_load_n(&stress_ends, __ATOMIC_RELAXED) == 0) {
		const char *name = &strchr(stress_accels[(unsigned int)rand_r(&seed) % 3], '=')[1];

		switch ((unsigned int)rand_r(&seed) % 4) {
		case 0:
			faults(name, true, false);
			break;
		case 1:
			faults(name, false, true);
			break;
		default:
			faults(name, false, false);
			break;
		}
		usleep((unsigned int)rand_r(&seed) % 500);
		n++;
	}
	for (n = 0; n < 3; n++)
		faults(&strchr(stress_accels[n], '=')[1], false, false);
	return NULL;
}

/* Each ends once, and those of a vaccel in order. */
static void
stress(uint32_t nb_pollers)
{
	const struct rte_vtappliance_conf settings = { .stall_ms = 5, .probe_ms = 1 };
	unsigned int i, n, sent = 0, got = 0, good = 0;
	uint64_t next[STRESS_VACCELS] = { 0 }, wrong = 0;
	struct rte_vinetalk_completion c[32];
	struct rte_vinetalk_task t[32];
	uint16_t va[STRESS_VACCELS];
	pthread_t thread;
	struct env e;

	stress_ends = 0;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&e.f, nb_pollers, 1, stress_accels, &settings, &domain), 0);
	e.dev = fixture_attach(&e.f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(e.dev >= 0);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get((uint16_t)e.dev, "nop", RTE_VINETALK_ACCEL_ANY, &e.nop), 0);
	for (i = 0; i < STRESS_VACCELS; i++)
		va[i] = acquire(&e, &(struct rte_vinetalk_vaccel_conf){ .accel = RTE_VINETALK_ID_ANY });
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, breaker, NULL), 0);
	while (got < STRESS_TASKS) {
		n = RTE_MIN(1 + sent % 32, STRESS_TASKS - sent);
		for (i = 0; i < n; i++)
			rte_vinetalk_task_init(&t[i], va[(sent + i) % STRESS_VACCELS], e.nop, sent + i);
		sent += n == 0 ? 0 : rte_vinetalk_enqueue_burst((uint16_t)e.dev, 0, t, (uint16_t)n);
		n = rte_vinetalk_dequeue_burst((uint16_t)e.dev, 0, c, 32);
		if (n == 0 && rte_vinetalk_wait((uint16_t)e.dev, 0, WAIT_US) != 0)
			break;
		for (i = 0; i < n; i++) {
			const unsigned int v = c[i].cookie % STRESS_VACCELS;

			/* Of a stalled one, what is behind may end before: then earlier ones come later. */
			wrong += c[i].status == 0 && c[i].cookie / STRESS_VACCELS < next[v];
			if (c[i].status == 0)
				next[v] = c[i].cookie / STRESS_VACCELS + 1;
			good += c[i].status == 0;
			wrong += c[i].status != 0 && c[i].status != -EIO;
		}
		got += n;
	}
	CU_ASSERT_EQUAL(got, STRESS_TASKS);
	CU_ASSERT_EQUAL(rte_vinetalk_in_flight((uint16_t)e.dev, 0), 0);
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(good > 0);
	__atomic_store_n(&stress_ends, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	usleep(50000);
	for (i = 0; i < STRESS_VACCELS; i++)
		CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)e.dev, va[i]), 0);
	for (i = n = 0; i < 3; i++)
		n += info_of(&e, (uint16_t)i).nb_vaccels;
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e.dev), 0);
	fixture_stop(&e.f);
}

static void
test_stress(void)
{
	stress(1);
	stress(3);
}

static const struct vt_test_case cases[] = {
	{ "to one with less to do", test_load },
	{ "not to one that somebody has alone", test_exclusive },
	{ "not to one that is not equal", test_unequal },
	{ "away from one that has failed", test_fails },
	{ "between two of them", test_between },
	{ "the client ends between two of them", test_dies },
	{ "an engine that keeps what it has", test_stalls },
	{ "tried again", test_probes },
	{ "accelerators that fail, stall and work", test_stress },
};

VT_TEST_SUITE(vinetalk_move_autotest, NULL, NULL, cases);
