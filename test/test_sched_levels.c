/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Domains, and vaccels inside of them, share an accelerator: the engine driven turn by turn. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_vinetalk.h>
#include <rte_vtaccel_procs.h>
#include <rte_vtsched.h>

#include "fixture.h"
#include "test.h"

/* It runs one task in each turn of its poller. */
#define ACCEL "cpu,workers=0,depth=1"
#define MAX_FLOWS 8
#define WINDOW 48 /* tasks in flight of a flow: its queue pair has room for all of them */
#define MANY 3600 /* turns */

/* A vaccel with a queue pair of its own. */
struct flow {
	int dev;
	uint16_t qp, va, proc;
	void *data;
	uint32_t bytes;
	uint8_t *digest;   /* output of sha256 */
	unsigned int out;  /* in flight */
	uint64_t tasks;    /* ended */
};

struct env {
	struct fixture f;
	int dev[2];
	uint16_t crc, sha[2];
	struct flow flow[MAX_FLOWS];
	unsigned int nb;
};

static uint64_t sim_now;

static uint64_t
sim_cycles(void)
{
	return __atomic_load_n(&sim_now, __ATOMIC_RELAXED);
}

static void
sim_pass(uint64_t us)
{
	__atomic_fetch_add(&sim_now, rte_get_tsc_hz() / 1000000 * us, __ATOMIC_RELAXED);
}

/* A client in each of two domains. */
static void
env_up(struct env *e, uint32_t nb_pollers, const char *sched,
		const struct rte_vtappliance_domain_conf *doms)
{
	static const char * const accels[] = { ACCEL, NULL };
	const struct rte_vtappliance_conf conf = { .sched = sched, .cycles = sim_cycles,
		.latency = true };
	unsigned int i;

	memset(e, 0, sizeof(*e));
	sim_now = rte_get_tsc_cycles() + 1000 * rte_get_tsc_hz();
	CU_ASSERT_EQUAL_FATAL(fixture_start_each(&e->f, nb_pollers, 2, accels, &conf, doms), 0);
	for (i = 0; i < 2; i++) {
		e->dev[i] = fixture_attach(&e->f, i, 4, 64);
		CU_ASSERT_TRUE_FATAL(e->dev[i] >= 0);
	}
}

static void
env_down(struct env *e)
{
	unsigned int i;

	fixture_let(&e->f);
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e->dev[i]), 0);
	fixture_stop(&e->f);
}

/* A vaccel of the client of a domain. The pollers may not be held. */
static struct flow *
flow_add(struct env *e, unsigned int domain, const char *proc, uint32_t bytes, uint32_t weight,
		uint32_t priority)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 0, .proc = RTE_VINETALK_ID_ANY,
		.weight = weight, .priority = priority };
	struct flow *fl = &e->flow[e->nb];
	unsigned int i;

	for (i = 0; i < e->nb; i++)
		fl->qp += e->flow[i].dev == e->dev[domain];
	e->nb++;
	fl->dev = e->dev[domain];
	fl->bytes = bytes;
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get((uint16_t)fl->dev, proc, RTE_VINETALK_ACCEL_ANY,
		&fl->proc), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_vaccel_acquire((uint16_t)fl->dev, &conf, &fl->va), 0);
	fl->data = rte_vinetalk_alloc((uint16_t)fl->dev, bytes, 0, RTE_VINETALK_PLACE_HOST);
	fl->digest = rte_vinetalk_alloc((uint16_t)fl->dev, RTE_VTACCEL_SHA256_LEN, 0,
		RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_PTR_NOT_NULL_FATAL(fl->data);
	CU_ASSERT_PTR_NOT_NULL_FATAL(fl->digest);
	memset(fl->data, 0, bytes);
	return fl;
}

static struct rte_vinetalk_task
flow_send(struct flow *fl, unsigned int nb)
{
	struct rte_vinetalk_task t;

	memset(&t, 0, sizeof(t));
	while (nb-- > 0) {
		rte_vinetalk_task_init(&t, fl->va, fl->proc, 0);
		CU_ASSERT_EQUAL(rte_vinetalk_task_in((uint16_t)fl->dev, &t, fl->data, fl->bytes), 0);
		if (fl->digest != NULL)
			rte_vinetalk_task_out((uint16_t)fl->dev, &t, fl->digest,
				RTE_VTACCEL_SHA256_LEN);
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst((uint16_t)fl->dev, fl->qp, &t, 1), 1);
		fl->out++;
	}
	return t;
}

static void
flow_take(struct flow *fl)
{
	struct rte_vinetalk_completion c;

	while (rte_vinetalk_dequeue_burst((uint16_t)fl->dev, fl->qp, &c, 1) == 1) {
		CU_ASSERT_EQUAL(c.status, 0);
		fl->out--;
		fl->tasks++;
	}
}

/* Turns in which all flows from the first one on have a backlog. */
static void
flood(struct env *e, unsigned int first, unsigned int turns)
{
	unsigned int i, k;

	for (k = 0; k < turns; k++) {
		for (i = first; i < e->nb; i++) {
			flow_take(&e->flow[i]);
			flow_send(&e->flow[i], WINDOW - e->flow[i].out);
		}
		fixture_turns(&e->f, 1);
	}
	for (i = first; i < e->nb; i++)
		flow_take(&e->flow[i]);
}

static void
drain(struct env *e)
{
	unsigned int i, k, out = 1;

	for (k = 0; k < 100000 && out != 0; k++) {
		fixture_turns(&e->f, 1);
		for (i = 0, out = 0; i < e->nb; i++) {
			flow_take(&e->flow[i]);
			out += e->flow[i].out;
		}
	}
	CU_ASSERT_EQUAL(out, 0);
}

static bool
is_about(uint64_t value, uint64_t want, uint64_t percent)
{
	const bool ok = value * 100 >= want * (100 - percent) &&
		value * 100 <= want * (100 + percent);

	if (!ok)
		printf("%lu is not about %lu\n", (unsigned long)value, (unsigned long)want);
	return ok;
}

static const struct rte_vtappliance_domain_conf equal[2] = {
	{ .uid = -1, .gid = -1 }, { .uid = -1, .gid = -1 },
};

/* A domain with four vaccels, of greater weight and priority, and one with one: the same for both. */
static void
test_many_vaccels(void)
{
	static const char * const scheds[] = { NULL, "drr", "drr,cost=time", "prio" };
	struct env e;
	unsigned int i, k;
	uint64_t many;

	for (k = 0; k < RTE_DIM(scheds); k++) {
		env_up(&e, 1, scheds[k], equal);
		for (i = 0; i < 4; i++)
			flow_add(&e, 0, RTE_VTACCEL_PROC_SHA256, 2048, 8, 15);
		flow_add(&e, 1, RTE_VTACCEL_PROC_SHA256, 2048, 1, 0);
		fixture_hold(&e.f);
		flood(&e, 0, MANY);
		for (i = 0, many = 0; i < 4; i++) {
			many += e.flow[i].tasks;
			CU_ASSERT_TRUE(e.flow[i].tasks > 0);
		}
		/* By time it depends on what the machine did meanwhile. */
		CU_ASSERT_TRUE(k == 2 ? e.flow[4].tasks > many / 3 :
			is_about(e.flow[4].tasks, MANY / 2, 2));
		CU_ASSERT_TRUE(k == 2 || is_about(many, MANY / 2, 2));
		drain(&e);
		env_down(&e);
	}
}

/* The operator's weights, and within a domain the client's. */
static void
test_weights(void)
{
	static const struct rte_vtappliance_domain_conf doms[2] = {
		{ .uid = -1, .gid = -1, .weight = 3 }, { .uid = -1, .gid = -1 },
	};
	struct env e;
	unsigned int i;

	env_up(&e, 1, "drr", doms);
	for (i = 0; i < 3; i++)
		flow_add(&e, 0, RTE_VTACCEL_PROC_SHA256, 8192, i == 2 ? 4 : i, 0);
	flow_add(&e, 1, RTE_VTACCEL_PROC_SHA256, 8192, 256, 0);
	fixture_hold(&e.f);
	flood(&e, 0, 2 * MANY);
	CU_ASSERT_TRUE(is_about(e.flow[3].tasks, MANY / 2, 2));
	/* 0 is 1. */
	CU_ASSERT_TRUE(is_about(e.flow[0].tasks, MANY / 4, 3));
	CU_ASSERT_TRUE(is_about(e.flow[1].tasks, MANY / 4, 3));
	CU_ASSERT_TRUE(is_about(e.flow[2].tasks, MANY, 3));
	drain(&e);
	env_down(&e);
}

/* Equal bytes, unequal times. */
static void
test_time(void)
{
	struct env e;
	unsigned int k;

	for (k = 0; k < 2; k++) {
		env_up(&e, 1, k == 0 ? "drr" : "drr,cost=time", equal);
		flow_add(&e, 0, RTE_VTACCEL_PROC_SHA256, 65536, 1, 0);
		flow_add(&e, 1, RTE_VTACCEL_PROC_CRC32C, 65536, 1, 0)->digest = NULL;
		fixture_hold(&e.f);
		flood(&e, 0, 1000);
		CU_ASSERT_TRUE(k == 0 ? is_about(e.flow[1].tasks, e.flow[0].tasks, 3) :
			e.flow[1].tasks > 3 * e.flow[0].tasks / 2);
		drain(&e);
		env_down(&e);
	}
}

/* The greater priority has all of it until the other one has waited for its age. */
static void
test_priority(void)
{
	static const struct rte_vtappliance_domain_conf doms[2] = {
		{ .uid = -1, .gid = -1, .priority = 5 }, { .uid = -1, .gid = -1 },
	};
	struct env e;
	unsigned int i;

	env_up(&e, 1, "prio,age_us=1000", doms);
	flow_add(&e, 0, RTE_VTACCEL_PROC_SHA256, 64, 1, 2);
	flow_add(&e, 0, RTE_VTACCEL_PROC_SHA256, 64, 1, 0);
	flow_add(&e, 1, RTE_VTACCEL_PROC_SHA256, 64, 1, 15);
	fixture_hold(&e.f);
	flood(&e, 0, 100);
	CU_ASSERT_TRUE(e.flow[0].tasks >= 97);
	CU_ASSERT_EQUAL(e.flow[0].tasks + e.flow[1].tasks + e.flow[2].tasks, 100);
	CU_ASSERT_TRUE(e.flow[2].tasks <= 1);
	/* Ten ages of the vaccel's difference, and four of the domains' difference. */
	e.flow[0].tasks = e.flow[1].tasks = e.flow[2].tasks = 0;
	for (i = 0; i < 200; i++) {
		sim_pass(100);
		flood(&e, 0, 1);
	}
	CU_ASSERT_TRUE(e.flow[1].tasks >= 8 && e.flow[1].tasks <= 11);
	CU_ASSERT_TRUE(e.flow[2].tasks >= 3 && e.flow[2].tasks <= 5);
	drain(&e);
	env_down(&e);
}

/* Flows that go while others wait: by a release, a cancel, and a client that leaves. */
static void
test_leave(void)
{
	static const char * const scheds[] = { "rr", "drr", "drr,cost=time", "prio" };
	struct rte_vinetalk_task t;
	struct env e;
	uint64_t before;
	unsigned int i, k;

	for (k = 0; k < RTE_DIM(scheds); k++) {
		env_up(&e, 1, scheds[k], equal);
		for (i = 0; i < 3; i++)
			flow_add(&e, i == 2, RTE_VTACCEL_PROC_SHA256, 1024, 1, i);
		fixture_hold(&e.f);
		flood(&e, 0, 30);
		drain(&e);
		/* Those that are cancelled are all that this flow has. */
		t = flow_send(&e.flow[1], 1);
		flow_send(&e.flow[0], WINDOW);
		flow_send(&e.flow[2], WINDOW);
		fixture_turns(&e.f, 1);
		fixture_let(&e.f);
		i = (unsigned int)-rte_vinetalk_task_cancel((uint16_t)e.flow[1].dev, &t);
		CU_ASSERT_TRUE(i == 0 || i == EALREADY || i == ENOENT);
		fixture_hold(&e.f);
		fixture_turns(&e.f, 200);
		for (i = 0; i < 3; i++) {
			struct rte_vinetalk_completion c;

			while (rte_vinetalk_dequeue_burst((uint16_t)e.flow[i].dev, e.flow[i].qp, &c,
					1) == 1)
				e.flow[i].out--;
			CU_ASSERT_EQUAL(e.flow[i].out, 0);
		}
		fixture_let(&e.f);
		CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)e.flow[1].dev, e.flow[1].va), 0);
		e.flow[1] = e.flow[2];
		e.nb = 2;
		fixture_hold(&e.f);
		flood(&e, 0, 200);
		CU_ASSERT_TRUE(is_about(e.flow[0].tasks + e.flow[1].tasks, 230 + 30, 30));
		/* The other domain's client leaves with a backlog. */
		fixture_let(&e.f);
		CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e.dev[1]), 0);
		fixture_hold(&e.f);
		before = e.flow[0].tasks;
		e.nb = 1;
		flood(&e, 0, 100);
		CU_ASSERT_TRUE(e.flow[0].tasks >= before + 100);
		drain(&e);
		fixture_let(&e.f);
		e.dev[1] = fixture_attach(&e.f, 1, 1, 0);
		CU_ASSERT_TRUE(e.dev[1] >= 0);
		env_down(&e);
	}
}

/* A small flow next to one that floods: served by the next pick, in both levels. */
static void
test_small(void)
{
	unsigned int i, k, turns, most = 0;
	struct env e;

	for (k = 0; k < 2; k++) {
		env_up(&e, 1, "drr", equal);
		flow_add(&e, 0, RTE_VTACCEL_PROC_SHA256, 64, 1, 0);
		for (i = 0; i < 3; i++)
			flow_add(&e, k, RTE_VTACCEL_PROC_SHA256, 65536, 1, 0);
		fixture_hold(&e.f);
		flood(&e, 1, 20);
		for (i = 0; i < 50; i++) {
			e.flow[0].tasks = 0;
			flow_send(&e.flow[0], 1);
			for (turns = 0; turns < 100 && e.flow[0].tasks == 0; turns++) {
				flood(&e, 1, 1);
				flow_take(&e.flow[0]);
			}
			most = RTE_MAX(most, turns);
			flood(&e, 1, 1);
		}
		CU_ASSERT_EQUAL(most, 1);
		drain(&e);
		env_down(&e);
	}
}

static void
test_pollers(void)
{
	static const char * const scheds[] = { "rr", "drr", "drr,cost=time", "prio" };
	struct env e;
	unsigned int i, k;

	for (k = 0; k < RTE_DIM(scheds); k++) {
		env_up(&e, 3, scheds[k], equal);
		for (i = 0; i < 5; i++)
			flow_add(&e, i >= 3, RTE_VTACCEL_PROC_SHA256, 256, i, i);
		fixture_hold(&e.f);
		flood(&e, 0, 500);
		drain(&e);
		for (i = 0; i < 5; i++)
			CU_ASSERT_TRUE(e.flow[i].tasks >= WINDOW);
		env_down(&e);
	}
}

/* ---- latencies ---- */

static void
test_latency(void)
{
	struct rte_vtappliance_latency l;
	struct env e;
	unsigned int i;

	env_up(&e, 1, NULL, equal);
	flow_add(&e, 0, RTE_VTACCEL_PROC_SHA256, 64, 1, 0);
	fixture_hold(&e.f);
	CU_ASSERT_EQUAL(rte_vtappliance_latency_get(e.f.app, "t0", 1, e.flow[0].va, &l), 0);
	CU_ASSERT_EQUAL(l.nb, 0);
	CU_ASSERT_EQUAL(l.max, 0);
	/* 97 of none at all, and three that wait for 5 ms of the clock behind another one. */
	for (i = 0; i < 97; i++) {
		flow_send(&e.flow[0], 1);
		fixture_turns(&e.f, 2);
		flow_take(&e.flow[0]);
	}
	flow_send(&e.flow[0], 4);
	fixture_turns(&e.f, 1);
	sim_pass(5000);
	drain(&e);
	CU_ASSERT_EQUAL(rte_vtappliance_latency_get(e.f.app, "t0", 1, e.flow[0].va, &l), 0);
	CU_ASSERT_EQUAL(l.nb, 101);
	CU_ASSERT_EQUAL(l.p50, 0);
	CU_ASSERT_EQUAL(l.p90, 0);
	CU_ASSERT_TRUE(l.p99 >= 4990000 && l.p99 <= 5000000 + 5000000 / 32);
	CU_ASSERT_TRUE(l.max >= 4990000 && l.max <= 5000000);
	CU_ASSERT_TRUE(l.mean >= 140000 && l.mean <= 150000);
	CU_ASSERT_EQUAL(rte_vtappliance_latency_get(e.f.app, "t0", 1, RTE_VTAPPLIANCE_LATENCY_ALL,
		&l), 0);
	CU_ASSERT_EQUAL(l.nb, 101);
	CU_ASSERT_EQUAL(rte_vtappliance_latency_get(e.f.app, "t1", 0, 0, &l), 0);
	CU_ASSERT_EQUAL(l.nb, 0);
	CU_ASSERT_EQUAL(rte_vtappliance_latency_get(e.f.app, "t2", 0, 0, &l), -ENOENT);
	CU_ASSERT_EQUAL(rte_vtappliance_latency_get(e.f.app, "t0", 1, 63, &l), -ENOENT);
	CU_ASSERT_EQUAL(rte_vtappliance_latency_get(e.f.app, "t0", 1, 64, &l), -ENOENT);
	CU_ASSERT_EQUAL(rte_vtappliance_latency_get(e.f.app, "t0", 8, 0, &l), -ENOENT);
	CU_ASSERT_EQUAL(rte_vtappliance_latency_get(e.f.app, "t0", 9, 0, &l), -ENOENT);
	/* The domain keeps what a vaccel had. */
	fixture_let(&e.f);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)e.dev[0], e.flow[0].va), 0);
	CU_ASSERT_EQUAL(rte_vtappliance_latency_get(e.f.app, "t0", 0, 0, &l), 0);
	CU_ASSERT_EQUAL(l.nb, 101);
	CU_ASSERT_TRUE(l.max >= 4990000);
	env_down(&e);
}

/* ---- what is refused ---- */

static void
test_acquire(void)
{
	static const char * const accels[] = { "null", NULL };
	struct rte_vinetalk_vaccel_conf vc = { .accel = RTE_VINETALK_ID_ANY };
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE,
		.id = RTE_VTREGION_CTRL_ANY, .proc = RTE_VTREGION_CTRL_ANY };
	struct rte_vtappliance_latency l;
	struct rte_vtregion_ctrl_rep rep;
	struct raw_client raw;
	struct fixture f;
	uint16_t proc, va, i;
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, accels, NULL, NULL), 0);
	CU_ASSERT_EQUAL(rte_vtappliance_latency_get(f.app, "t0", 0, 0, &l), -ENOTSUP);
	dev = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	fixture_works(dev, proc, va, 50, 5000000);
	vc.proc = proc;
	for (i = 0; i < 4; i++) {
		vc.weight = i == 3 ? RTE_VINETALK_VACCEL_WEIGHT_MAX : i;
		vc.priority = i == 3 ? RTE_VINETALK_VACCEL_PRIORITY_MAX : i;
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &vc, &va), 0);
		fixture_works(dev, proc, va, 50, 5000000);
	}
	vc.priority = RTE_VINETALK_VACCEL_PRIORITY_MAX + 1;
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &vc, &va), -EINVAL);
	vc.priority = 0;
	vc.weight = RTE_VINETALK_VACCEL_WEIGHT_MAX + 1;
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &vc, &va), -EINVAL);
	/* A client that does not check, and a weight where none belongs. */
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	req.vaccel.weight = RTE_VINETALK_VACCEL_WEIGHT_MAX + 1;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	req.vaccel.weight = RTE_VINETALK_VACCEL_WEIGHT_MAX;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), 0);
	req.vaccel.priority = RTE_VINETALK_VACCEL_PRIORITY_MAX + 1;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	req.vaccel.priority = UINT32_MAX;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	req.vaccel.priority = RTE_VINETALK_VACCEL_PRIORITY_MAX;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), 0);
	req.op = RTE_VTREGION_CTRL_DETACH;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	raw_close(&raw);
	rte_vinetalk_close((uint16_t)dev);
	fixture_stop(&f);
}

static void
test_configuration(void)
{
	static const struct { const char *sched; int err; } bad[] = {
		{ "lottery", ENOENT }, { "", ENOENT }, { ",cost=time", ENOENT },
		{ "drr,cost=luck", EINVAL }, { "rr,age_us=1", EINVAL }, { "drr,=", EINVAL },
		{ "drr,quantum=0000000000000000000000000000000000000000000000000000000000002048",
			EINVAL },
		{ "a-scheduler-with-a-name-that-is-longer-than-any-that-is-good-for-a-scheduler",
			EINVAL },
	};
	struct rte_vtappliance_conf conf = { 0 };
	struct rte_vtappliance_domain_conf dom = { .name = "x", .uid = -1, .gid = -1,
		.no_huge = true };
	struct rte_vtappliance *app;
	unsigned int i;

	for (i = 0; i < RTE_DIM(bad); i++) {
		conf.sched = bad[i].sched;
		app = rte_vtappliance_create(&conf);
		CU_ASSERT_PTR_NULL(app);
		CU_ASSERT_EQUAL(rte_errno, bad[i].err);
		rte_vtappliance_free(app);
	}
	conf.sched = "prio,age_us=5";
	app = rte_vtappliance_create(&conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(app);
	dom.weight = RTE_VINETALK_VACCEL_WEIGHT_MAX + 1;
	CU_ASSERT_EQUAL(rte_vtappliance_domain_add(app, &dom), -EINVAL);
	dom.weight = 0;
	dom.priority = RTE_VINETALK_VACCEL_PRIORITY_MAX + 1;
	CU_ASSERT_EQUAL(rte_vtappliance_domain_add(app, &dom), -EINVAL);
	rte_vtappliance_free(app);
}

static const struct vt_test_case cases[] = {
	{ "a domain's share does not depend on its vaccels", test_many_vaccels },
	{ "weights of domains, and of vaccels in them", test_weights },
	{ "drr: by bytes, and by time", test_time },
	{ "prio: domains, then vaccels", test_priority },
	{ "vaccels and clients that leave", test_leave },
	{ "a small one next to some that flood", test_small },
	{ "several pollers", test_pollers },
	{ "latencies", test_latency },
	{ "weights and priorities of vaccels", test_acquire },
	{ "configuration", test_configuration },
};

VT_TEST_SUITE(vinetalk_sched_levels_autotest, NULL, NULL, cases);
