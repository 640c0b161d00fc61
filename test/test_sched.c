/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Schedulers, by hand without rings, and once in an appliance. */

#include <errno.h>
#include <string.h>

#include <rte_vinetalk.h>
#include <rte_vtsched.h>

#include "fixture.h"
#include "test.h"

#define FLOWS 8
#define TASK_COST 256
#define MANY 1000000

struct bench {
	const struct rte_vtsched_ops *ops;
	void *ctx;
	struct rte_vtsched_flow flow[FLOWS];
	uint64_t size[FLOWS];   /* bytes of a task */
	uint64_t served[FLOWS]; /* cost */
	uint64_t tasks[FLOWS];
};

static void
bench_up(struct bench *b, const char *name)
{
	unsigned int i;

	memset(b, 0, sizeof(*b));
	b->ops = rte_vtsched_find(name);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->ops);
	b->ctx = b->ops->create();
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->ctx);
	for (i = 0; i < FLOWS; i++) {
		b->flow[i].weight = i + 1;
		b->size[i] = 1024;
	}
}

static void
bench_down(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < FLOWS; i++)
		b->ops->deactivate(b->ctx, &b->flow[i]);
	b->ops->destroy(b->ctx);
}

static void
fill(struct bench *b, unsigned int i, uint32_t backlog)
{
	b->flow[i].backlog = backlog;
	b->ops->activate(b->ctx, &b->flow[i]);
}

/* A pick, of which at most room tasks are served; the flow's number, or -1. */
static int
step(struct bench *b, uint32_t room)
{
	struct rte_vtsched_flow *flow;
	uint32_t quota = 0, n;
	unsigned int i;

	flow = b->ops->pick(b->ctx, &quota);
	if (flow == NULL)
		return -1;
	i = (unsigned int)(flow - b->flow);
	CU_ASSERT_TRUE(quota >= 1);
	n = RTE_MIN(quota, flow->backlog);
	n = RTE_MIN(n, room);
	flow->backlog -= n;
	b->tasks[i] += n;
	b->served[i] += n * (b->size[i] + TASK_COST);
	b->ops->done(b->ctx, flow, n, n * b->size[i]);
	return (int)i;
}

/* All flows have a backlog for ever: each has its weight's share of the cost, within 1 %. */
static void
shares(struct bench *b)
{
	uint64_t total = 0, want;
	unsigned int i;

	for (i = 0; i < FLOWS; i++)
		fill(b, i, MANY);
	for (i = 0; i < 8000000; i++)
		b->flow[step(b, UINT32_MAX)].backlog = MANY;
	for (i = 0; i < FLOWS; i++)
		total += b->served[i];
	for (i = 0; i < FLOWS; i++) {
		want = total * (i + 1) / (FLOWS * (FLOWS + 1) / 2);
		CU_ASSERT_TRUE(b->served[i] > want - want / 100);
		CU_ASSERT_TRUE(b->served[i] < want + want / 100);
	}
}

static void
test_equal(void)
{
	struct bench b;

	bench_up(&b, "drr");
	shares(&b);
	bench_down(&b);
}

static void
test_unequal(void)
{
	static const uint64_t size[FLOWS] = { 1 << 20, 0, 100000, 64, 4096, 1 << 18, 1, 1500 };
	struct bench b;

	bench_up(&b, "drr");
	memcpy(b.size, size, sizeof(size));
	shares(&b);
	bench_down(&b);
}

static void
test_idle(void)
{
	struct bench b;

	bench_up(&b, "drr");
	/* Empty with something left, and empty with a debt. */
	fill(&b, 7, 1);
	CU_ASSERT_EQUAL(step(&b, 1), 7);
	CU_ASSERT_FALSE(b.flow[7].active);
	CU_ASSERT_EQUAL(b.flow[7].state, 0);
	b.size[0] = 1 << 30;
	fill(&b, 0, 1);
	CU_ASSERT_EQUAL(step(&b, 1), 0);
	CU_ASSERT_EQUAL(b.flow[0].state, 0);
	CU_ASSERT_EQUAL(step(&b, 1), -1);
	bench_down(&b);
}

static void
test_debt(void)
{
	struct bench b;
	int64_t deficit;

	bench_up(&b, "drr");
	b.size[0] = 1 << 20;
	fill(&b, 0, MANY);
	fill(&b, 1, MANY);
	CU_ASSERT_EQUAL(step(&b, 1), 0);
	/* More than it had, less than the task cost; the other one has its turn. */
	deficit = (int64_t)b.flow[0].state;
	CU_ASSERT_TRUE(deficit < 0);
	CU_ASSERT_TRUE(deficit > -(int64_t)(b.size[0] + TASK_COST));
	CU_ASSERT_EQUAL(step(&b, 1), 1);
	bench_down(&b);
}

static void
test_deactivate(void)
{
	struct bench b;
	unsigned int i;

	bench_up(&b, "drr");
	for (i = 0; i < 3; i++)
		fill(&b, i, MANY);
	CU_ASSERT_EQUAL(step(&b, 1), 0);
	/* In its turn, with something left; and twice. */
	b.ops->deactivate(b.ctx, &b.flow[0]);
	b.ops->deactivate(b.ctx, &b.flow[0]);
	CU_ASSERT_EQUAL(b.flow[0].state, 0);
	CU_ASSERT_EQUAL(step(&b, 0), 1);
	b.ops->deactivate(b.ctx, &b.flow[2]);
	for (i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(step(&b, UINT32_MAX), 1);
	bench_down(&b);
}

/* Each scheduler: no room keeps the turn, and what is left of it. */
static void
test_full(void)
{
	static const char * const names[] = { "rr", "drr" };
	struct bench b;
	uint64_t state;
	unsigned int i, k;

	for (k = 0; k < RTE_DIM(names); k++) {
		bench_up(&b, names[k]);
		fill(&b, 3, MANY);
		fill(&b, 4, MANY);
		CU_ASSERT_EQUAL(step(&b, 0), 3);
		state = b.flow[3].state;
		for (i = 0; i < 100; i++)
			CU_ASSERT_EQUAL(step(&b, 0), 3);
		CU_ASSERT_EQUAL(b.flow[3].state, state);
		for (i = 0; i < 1000 && b.tasks[4] == 0; i++)
			step(&b, UINT32_MAX);
		CU_ASSERT_TRUE(b.tasks[3] != 0 && b.tasks[4] != 0);
		bench_down(&b);
	}
}

static void
test_alone(void)
{
	static const char * const names[] = { "rr", "drr" };
	struct bench b;
	unsigned int i, k;

	for (k = 0; k < RTE_DIM(names); k++) {
		bench_up(&b, names[k]);
		b.size[0] = 1 << 24;
		CU_ASSERT_EQUAL(step(&b, 1), -1);
		fill(&b, 0, 1000);
		for (i = 0; i < 1000 && b.flow[0].active; i++)
			CU_ASSERT_EQUAL(step(&b, UINT32_MAX), 0);
		CU_ASSERT_EQUAL(b.tasks[0], 1000);
		CU_ASSERT_EQUAL(step(&b, 1), -1);
		bench_down(&b);
	}
}

static void
test_rr(void)
{
	struct bench b;
	unsigned int i;

	bench_up(&b, "rr");
	for (i = 0; i < FLOWS; i++)
		fill(&b, i, MANY);
	for (i = 0; i < 10 * FLOWS; i++)
		CU_ASSERT_EQUAL(step(&b, UINT32_MAX), (int)(i % FLOWS));
	for (i = 1; i < FLOWS; i++)
		CU_ASSERT_EQUAL(b.tasks[i], b.tasks[0]);
	bench_down(&b);
}

static void
engine_case(const char *sched)
{
	static const char * const accels[] = { "null", NULL };
	const struct rte_vtappliance_conf conf = { .sched = sched };
	struct rte_vinetalk_vaccel_conf vc = { .accel = RTE_VINETALK_ID_ANY };
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE,
		.id = RTE_VTREGION_CTRL_ANY, .proc = RTE_VTREGION_CTRL_ANY };
	struct rte_vtregion_ctrl_rep rep;
	struct raw_client raw;
	struct fixture f;
	uint16_t proc, va, i;
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, accels, &conf, NULL), 0);
	dev = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	fixture_works(dev, proc, va, 50, 5000000);
	vc.proc = proc;
	for (i = 0; i < 4; i++) {
		vc.weight = i == 3 ? RTE_VINETALK_VACCEL_WEIGHT_MAX : i;
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &vc, &va), 0);
		fixture_works(dev, proc, va, 50, 5000000);
	}
	vc.weight = 257;
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &vc, &va), -EINVAL);
	/* A client that does not check, and a weight where none belongs. */
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	req.vaccel.weight = 257;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	req.vaccel.weight = 256;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), 0);
	req.op = RTE_VTREGION_CTRL_DETACH;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	raw_close(&raw);
	rte_vinetalk_close((uint16_t)dev);
	fixture_stop(&f);
}

static void
test_engine(void)
{
	engine_case("rr");
	engine_case("drr");
}

static const struct vt_test_case cases[] = {
	{ "drr: shares by weight, equal tasks", test_equal },
	{ "drr: shares by weight, tasks of 0 to 1 MiB", test_unequal },
	{ "drr: nothing is kept while idle", test_idle },
	{ "drr: a debt is less than a pick's cost", test_debt },
	{ "drr: deactivate in the middle", test_deactivate },
	{ "no room keeps the turn", test_full },
	{ "one flow alone", test_alone },
	{ "rr: each in turn", test_rr },
	{ "an appliance with weights", test_engine },
};

VT_TEST_SUITE(vinetalk_sched_autotest, NULL, NULL, cases);
