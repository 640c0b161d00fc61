/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Schedulers, by hand without rings, on a simulated clock. */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_vinetalk_task.h>
#include <rte_vtsched.h>

#include "test.h"

#define FLOWS 8
#define TASK_COST 256      /* drr: bytes that each task counts more */
#define QUANTUM 32768      /* drr: default */
#define TIME_COST 100      /* drr, by time: ns */
#define QUOTA_MAX 32
#define MANY 1000000
#define HZ 1000000000      /* of the simulated clock: cycles are ns */
#define AGE (10000 * 1000) /* prio: default */
#define ENGINE 64          /* tasks that the simulated engine holds back */

struct bench {
	const struct rte_vtsched_ops *ops;
	void *ctx;
	uint64_t now;
	struct rte_vtsched_flow flow[FLOWS];
	uint64_t size[FLOWS];   /* bytes of a task */
	uint64_t ns[FLOWS];     /* time of a task */
	uint64_t served[FLOWS]; /* cost */
	uint64_t spent[FLOWS];  /* time, of ended tasks */
	uint64_t tasks[FLOWS];
	/* The engine: what it has, in order. */
	struct { unsigned int flow; uint32_t tasks; uint64_t ns; } engine[ENGINE];
	unsigned int head, nb;
};

static void
bench_up_args(struct bench *b, const char *name, const char *args)
{
	unsigned int i;

	memset(b, 0, sizeof(*b));
	b->ops = rte_vtsched_find(name);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->ops);
	b->ctx = b->ops->create(args, HZ);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->ctx);
	b->now = 1;
	for (i = 0; i < FLOWS; i++) {
		b->flow[i].weight = i + 1;
		b->size[i] = 1024;
		b->ns[i] = 1000;
	}
}

static void
bench_up(struct bench *b, const char *name)
{
	bench_up_args(b, name, "");
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
	b->ops->activate(b->ctx, &b->flow[i], b->now);
}

/* The first of what the engine has comes back. */
static void
engine_end(struct bench *b)
{
	const unsigned int i = b->engine[b->head].flow;

	b->spent[i] += b->engine[b->head].ns;
	b->ops->ended(b->ctx, &b->flow[i], b->engine[b->head].tasks, b->engine[b->head].ns);
	b->head = (b->head + 1) % ENGINE;
	b->nb--;
}

static void
engine_take(struct bench *b, unsigned int i, uint32_t tasks)
{
	const unsigned int at = (b->head + b->nb) % ENGINE;

	b->engine[at].flow = i;
	b->engine[at].tasks = tasks;
	b->engine[at].ns = tasks * b->ns[i];
	if (++b->nb == ENGINE)
		engine_end(b);
}

/* A pick, of which at most room tasks are served; the flow's number, or -1. */
static int
step(struct bench *b, uint32_t room)
{
	struct rte_vtsched_flow *flow;
	uint32_t quota = 0, n;
	unsigned int i;

	flow = b->ops->pick(b->ctx, &quota, b->now);
	if (flow == NULL)
		return -1;
	i = (unsigned int)(flow - b->flow);
	CU_ASSERT_TRUE(quota >= 1 && quota <= QUOTA_MAX);
	n = RTE_MIN(quota, flow->backlog);
	n = RTE_MIN(n, room);
	flow->backlog -= n;
	b->tasks[i] += n;
	b->served[i] += n * (b->size[i] + TASK_COST);
	b->now += n * b->ns[i];
	b->ops->done(b->ctx, flow, n, n * b->size[i], b->now);
	if (n != 0 && b->ops->ended != NULL)
		engine_take(b, i, n);
	return (int)i;
}

/* Each has its weight's share of what is given, within 1 %. */
static void
check_shares(const uint64_t *got)
{
	uint64_t total = 0, want;
	unsigned int i;

	for (i = 0; i < FLOWS; i++)
		total += got[i];
	for (i = 0; i < FLOWS; i++) {
		want = total * (i + 1) / (FLOWS * (FLOWS + 1) / 2);
		CU_ASSERT_TRUE(got[i] > want - want / 100);
		CU_ASSERT_TRUE(got[i] < want + want / 100);
	}
}

/* A pick of a flow that has a backlog for ever. */
static unsigned int
step_many(struct bench *b, uint32_t room)
{
	const int i = step(b, room);

	CU_ASSERT_TRUE_FATAL(i >= 0);
	b->flow[i].backlog = MANY;
	return (unsigned int)i;
}

/* All flows have one. */
static void
saturate(struct bench *b, unsigned int steps)
{
	unsigned int i;

	for (i = 0; i < FLOWS; i++)
		fill(b, i, MANY);
	for (i = 0; i < steps; i++)
		step_many(b, UINT32_MAX);
}

/* ---- drr ---- */

static void
test_equal(void)
{
	struct bench b;

	bench_up(&b, "drr");
	saturate(&b, 1000000);
	check_shares(b.served);
	bench_down(&b);
}

static void
test_unequal(void)
{
	static const uint64_t size[FLOWS] = { 1 << 20, 0, 100000, 64, 4096, 1 << 18, 1, 1500 };
	struct bench b;

	bench_up(&b, "drr");
	memcpy(b.size, size, sizeof(size));
	saturate(&b, 4000000);
	check_shares(b.served);
	bench_down(&b);
}

/* Tasks that change: a flow's average never fits. */
static void
test_changing(void)
{
	struct bench b;
	unsigned int i, k;

	bench_up(&b, "drr");
	for (i = 0; i < FLOWS; i++)
		fill(&b, i, MANY);
	for (i = 0; i < 2000000; i++) {
		k = step_many(&b, UINT32_MAX);
		b.size[k] = (uint64_t)i * 2654435761u % 4 == 0 ? 1 << 19 : i % 512;
	}
	check_shares(b.served);
	bench_down(&b);
}

static void
test_time(void)
{
	/* In bytes they are the other way round. */
	static const uint64_t ns[FLOWS] = { 1000000, 500, 20000, 100, 50000, 3000, 100000, 10 };
	struct bench b;
	uint64_t cost[FLOWS];
	unsigned int i;

	bench_up_args(&b, "drr", "cost=time");
	CU_ASSERT_TRUE(b.ops->wants_ended(b.ctx));
	memcpy(b.ns, ns, sizeof(ns));
	for (i = 0; i < FLOWS; i++)
		b.size[i] = 10000000 / ns[i];
	saturate(&b, 4000000);
	for (i = 0; i < FLOWS; i++)
		cost[i] = b.spent[i] + b.tasks[i] * TIME_COST;
	check_shares(cost);
	bench_down(&b);
	bench_up(&b, "drr");
	CU_ASSERT_FALSE(b.ops->wants_ended(b.ctx));
	bench_down(&b);
}

/* What was charged before a task was back is corrected, also while its flow has nothing to do. */
static void
test_time_changing(void)
{
	uint64_t cost[FLOWS];
	struct bench b;
	unsigned int i, k;

	bench_up_args(&b, "drr", "cost=time,quantum=100000");
	for (i = 0; i < FLOWS; i++)
		fill(&b, i, MANY);
	for (i = 0; i < 2000000; i++) {
		k = step_many(&b, UINT32_MAX);
		b.ns[k] = (uint64_t)i * 2654435761u % 4 == 0 ? 300000 : i % 512;
	}
	for (i = 0; i < FLOWS; i++)
		cost[i] = b.spent[i] + b.tasks[i] * TIME_COST;
	check_shares(cost);
	bench_down(&b);
}

/* An engine that does not measure: shares are by tasks. */
static void
test_time_unmeasured(void)
{
	struct bench b;

	bench_up_args(&b, "drr", "cost=time");
	memset(b.ns, 0, sizeof(b.ns));
	saturate(&b, 2000000);
	check_shares(b.tasks);
	bench_down(&b);
}

/* A flow that comes back after many rounds has one share, not those of the rounds. */
static void
test_idle(void)
{
	struct bench b;
	unsigned int i;

	bench_up(&b, "drr");
	fill(&b, 7, 1);
	CU_ASSERT_EQUAL(step(&b, 1), 7);
	CU_ASSERT_FALSE(b.flow[7].active);
	CU_ASSERT_EQUAL(step(&b, 1), -1);
	fill(&b, 0, MANY);
	fill(&b, 1, MANY);
	for (i = 0; i < 1000; i++)
		step(&b, UINT32_MAX);
	b.served[7] = 0;
	fill(&b, 7, MANY);
	while (step(&b, UINT32_MAX) == 7)
		;
	CU_ASSERT_TRUE(b.served[7] >= 8 * QUANTUM);
	CU_ASSERT_TRUE(b.served[7] < 8 * QUANTUM + QUOTA_MAX * (1024 + TASK_COST));
	bench_down(&b);
}

/* A flow that is empty after each task comes first each time, but in a round has not more than its share. */
static void
test_sparse(void)
{
	struct bench b;
	unsigned int i, at_once = 0;

	bench_up(&b, "drr");
	for (i = 0; i < FLOWS; i++)
		b.flow[i].weight = 1;
	for (i = 1; i < FLOWS; i++) {
		b.size[i] = 1 << 16;
		fill(&b, i, MANY);
	}
	/* Until the others are no newcomers any more. */
	for (i = 0; i < 2 * FLOWS; i++)
		step(&b, 1);
	/* One small task after each pick of others: it is the next one. */
	for (i = 0; i < 7000; i++) {
		CU_ASSERT_NOT_EQUAL(step(&b, 1), 0);
		fill(&b, 0, 1);
		CU_ASSERT_EQUAL(step(&b, 1), 0);
	}
	CU_ASSERT_EQUAL(b.tasks[0], 7000);
	/* As many as it can get: now it is held to its share. */
	memset(b.served, 0, sizeof(b.served));
	for (i = 0; i < 700000; i++) {
		fill(&b, 0, 1);
		at_once += step(&b, 1) == 0;
	}
	CU_ASSERT_TRUE(at_once > 0);
	for (i = 1; i < FLOWS; i++) {
		CU_ASSERT_TRUE(b.served[0] < b.served[i] + b.served[i] / 100);
		CU_ASSERT_TRUE(b.served[0] > b.served[i] - b.served[i] / 100);
	}
	bench_down(&b);
}

/* A debt stays when the flow is idle, until the rounds that others had have paid it. */
static void
test_debt(void)
{
	struct bench b;
	unsigned int i;

	bench_up(&b, "drr");
	b.flow[1].weight = 1;
	b.size[0] = 10 * QUANTUM;
	fill(&b, 1, MANY);
	while (b.served[1] < 2 * QUANTUM)
		step(&b, UINT32_MAX);
	fill(&b, 0, 1);
	CU_ASSERT_EQUAL(step(&b, 1), 0);
	fill(&b, 0, 1);
	/* Some ten rounds, of a quantum each. */
	b.served[1] = 0;
	for (i = 0; i < MANY && step(&b, UINT32_MAX) == 1; i++)
		;
	CU_ASSERT_TRUE(b.served[1] >= 9 * QUANTUM);
	CU_ASSERT_TRUE(b.served[1] <= 12 * QUANTUM);
	/* Idle for long: the debt is paid, and there is no more than a share. */
	while (b.served[1] < 1000 * QUANTUM)
		step(&b, UINT32_MAX);
	b.size[0] = 0;
	b.served[0] = 0;
	fill(&b, 0, MANY);
	while (step(&b, UINT32_MAX) == 0)
		;
	CU_ASSERT_TRUE(b.served[0] >= QUANTUM);
	CU_ASSERT_TRUE(b.served[0] < QUANTUM + QUOTA_MAX * TASK_COST);
	bench_down(&b);
}

/* A pick is about what the deficit suffices for. */
static void
test_quota(void)
{
	struct rte_vtsched_flow *flow;
	struct bench b;
	uint32_t quota = 0;

	bench_up(&b, "drr");
	b.size[0] = QUANTUM / 4 - TASK_COST;
	fill(&b, 0, MANY);
	fill(&b, 1, MANY);
	/* Nothing is known of its tasks yet. */
	flow = b.ops->pick(b.ctx, &quota, b.now);
	CU_ASSERT_PTR_EQUAL(flow, &b.flow[0]);
	CU_ASSERT_EQUAL(quota, 1);
	CU_ASSERT_EQUAL(step(&b, UINT32_MAX), 0);
	b.ops->pick(b.ctx, &quota, b.now);
	CU_ASSERT_EQUAL(quota, 3);
	CU_ASSERT_EQUAL(step(&b, UINT32_MAX), 0);
	CU_ASSERT_EQUAL(step(&b, UINT32_MAX), 1);
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
	CU_ASSERT_EQUAL(step(&b, 0), 1);
	b.ops->deactivate(b.ctx, &b.flow[2]);
	for (i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(step(&b, UINT32_MAX), 1);
	bench_down(&b);
}

/* ---- prio ---- */

/* Within the age of one priority, the greatest one comes first; of equals, who has waited longest. */
static void
test_strict(void)
{
	struct bench b;
	unsigned int i;

	bench_up(&b, "prio");
	for (i = 0; i < FLOWS; i++) {
		b.flow[i].priority = i / 2;
		b.now++;
		fill(&b, i, 2);
	}
	for (i = 0; i < FLOWS; i++) {
		/* 6 7 6 7 4 5 4 5 2 3 2 3 0 1 0 1 */
		CU_ASSERT_EQUAL(step(&b, 1), (int)(FLOWS - 2 - i / 4 * 2 + i % 2));
	}
	fill(&b, 7, 1);
	CU_ASSERT_EQUAL(step(&b, 1), 7);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(step(&b, 2) / 2, i < 2 ? 1 : 0);
	bench_down(&b);
}

/* Flow 0, of priority 0, waits among others that always have a backlog: no longer than the bound. */
static void
test_ageing(void)
{
	struct bench b;
	uint64_t since, waited, longest = 0;
	unsigned int i, k, turns = 0;

	bench_up(&b, "prio");
	for (i = 0; i < FLOWS; i++) {
		b.flow[i].priority = i == 0 ? 0 : 2 * i + 1;
		b.ns[i] = 10000;
		fill(&b, i, MANY);
	}
	since = b.now;
	for (i = 0; i < 200000; i++) {
		k = step_many(&b, 1);
		if (k != 0)
			continue;
		waited = b.now - b.ns[0] - since;
		longest = RTE_MAX(longest, waited);
		since = b.now;
		turns++;
	}
	CU_ASSERT_TRUE(turns > 10);
	/* It has to wait, and not for longer than priorities * age and a pick of each. */
	CU_ASSERT_TRUE(longest > 14 * (uint64_t)AGE);
	CU_ASSERT_TRUE(longest <= 15 * (uint64_t)AGE + FLOWS * b.ns[0]);
	/* Each gets something, and a greater priority more. */
	for (i = 1; i < FLOWS; i++)
		CU_ASSERT_TRUE(b.tasks[i] >= b.tasks[i - 1]);
	CU_ASSERT_TRUE(b.tasks[FLOWS - 1] > 190000);
	bench_down(&b);
}

static void
test_age(void)
{
	struct bench b;
	unsigned int i;

	/* A priority of 15 is worth 15 us. */
	bench_up_args(&b, "prio", "age_us=1");
	b.flow[1].priority = RTE_VINETALK_VACCEL_PRIORITY_MAX;
	fill(&b, 0, MANY);
	fill(&b, 1, MANY);
	for (i = 0; i < 15; i++)
		CU_ASSERT_EQUAL(step(&b, 1), 1);
	CU_ASSERT_EQUAL(step(&b, 1), 1);
	CU_ASSERT_EQUAL(step(&b, 1), 0);
	/* A clock that goes back does not confuse it. */
	b.now = 1;
	for (i = 0; i < 16; i++)
		CU_ASSERT_NOT_EQUAL(step(&b, 1), -1);
	bench_down(&b);
}

static void
test_prio_deactivate(void)
{
	struct bench b;
	unsigned int i;

	bench_up(&b, "prio");
	for (i = 0; i < 3; i++) {
		b.flow[i].priority = i;
		fill(&b, i, MANY);
	}
	CU_ASSERT_EQUAL(step(&b, 1), 2);
	b.ops->deactivate(b.ctx, &b.flow[2]);
	b.ops->deactivate(b.ctx, &b.flow[2]);
	CU_ASSERT_EQUAL(step(&b, 1), 1);
	b.ops->deactivate(b.ctx, &b.flow[0]);
	for (i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(step(&b, 1), 1);
	/* What it had waited is lost. */
	b.now += 100 * (uint64_t)AGE;
	fill(&b, 0, 1);
	b.now += 1;
	fill(&b, 2, 1);
	b.ops->deactivate(b.ctx, &b.flow[1]);
	CU_ASSERT_EQUAL(step(&b, 1), 2);
	CU_ASSERT_EQUAL(step(&b, 1), 0);
	CU_ASSERT_EQUAL(step(&b, 1), -1);
	bench_down(&b);
}

/* ---- each of them ---- */

static const char * const names[][2] = {
	{ "rr", "" }, { "drr", "" }, { "drr", "cost=time" }, { "prio", "" },
};

/* No room keeps the turn. */
static void
test_full(void)
{
	struct bench b;
	unsigned int i, k;

	for (k = 0; k < RTE_DIM(names); k++) {
		bench_up_args(&b, names[k][0], names[k][1]);
		fill(&b, 3, MANY);
		b.now++;
		fill(&b, 4, MANY);
		for (i = 0; i < 100; i++)
			CU_ASSERT_EQUAL(step(&b, 0), 3);
		for (i = 0; i < 1000 && b.tasks[4] == 0; i++)
			step(&b, UINT32_MAX);
		CU_ASSERT_TRUE(b.tasks[3] != 0 && b.tasks[4] != 0);
		bench_down(&b);
	}
}

static void
test_alone(void)
{
	struct bench b;
	unsigned int i, k;

	for (k = 0; k < RTE_DIM(names); k++) {
		bench_up_args(&b, names[k][0], names[k][1]);
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
test_arguments(void)
{
	static const char * const bad[][2] = {
		{ "rr", "quantum=1" }, { "drr", "cost" }, { "drr", "cost=" }, { "drr", "cost=beans" },
		{ "drr", "quantum=0" }, { "drr", "quantum=-1" }, { "drr", "quantum=1e6" },
		{ "drr", "quantum=4294967296" }, { "drr", "weight=1" }, { "prio", "age_us=0" },
		{ "prio", "age_us=10000001" }, { "prio", "age_us= 1" }, { "prio", "cost=time" },
	};
	static const char * const good[][2] = {
		{ "rr", "" }, { "drr", "quantum=1024" }, { "drr", "cost=bytes,quantum=1073741824" },
		{ "prio", "age_us=1" }, { "prio", "age_us=10000000" },
	};
	const struct rte_vtsched_ops *ops;
	unsigned int i;
	void *ctx;

	for (i = 0; i < RTE_DIM(bad); i++) {
		ops = rte_vtsched_find(bad[i][0]);
		CU_ASSERT_PTR_NOT_NULL_FATAL(ops);
		rte_errno = 0;
		CU_ASSERT_PTR_NULL(ops->create(bad[i][1], HZ));
		CU_ASSERT_EQUAL(rte_errno, EINVAL);
	}
	for (i = 0; i < RTE_DIM(good); i++) {
		ops = rte_vtsched_find(good[i][0]);
		CU_ASSERT_PTR_NOT_NULL_FATAL(ops);
		ctx = ops->create(good[i][1], HZ);
		CU_ASSERT_PTR_NOT_NULL_FATAL(ctx);
		ops->destroy(ctx);
	}
}

static void
test_names(void)
{
	unsigned int i;

	CU_ASSERT_PTR_NULL(rte_vtsched_find("lottery"));
	CU_ASSERT_PTR_NULL(rte_vtsched_find("drr,cost=time"));
	for (i = 0; i < RTE_DIM(names); i++) {
		const struct rte_vtsched_ops *ops = rte_vtsched_find(names[i][0]);

		CU_ASSERT_PTR_NOT_NULL_FATAL(ops);
		CU_ASSERT_STRING_EQUAL(ops->name, names[i][0]);
	}
}

static const struct vt_test_case cases[] = {
	{ "drr: shares by weight, equal tasks", test_equal },
	{ "drr: shares by weight, tasks of 0 to 1 MiB", test_unequal },
	{ "drr: shares by weight, sizes that change", test_changing },
	{ "drr: shares by time", test_time },
	{ "drr: shares by time, times that change", test_time_changing },
	{ "drr: by time, and the engine does not measure", test_time_unmeasured },
	{ "drr: shares are not saved while idle", test_idle },
	{ "drr: who wants less than a share comes first", test_sparse },
	{ "drr: a debt is paid", test_debt },
	{ "drr: tasks of a pick", test_quota },
	{ "drr: deactivate in the middle", test_deactivate },
	{ "prio: the greatest first", test_strict },
	{ "prio: the bound of waiting", test_ageing },
	{ "prio: the age", test_age },
	{ "prio: deactivate in the middle", test_prio_deactivate },
	{ "no room keeps the turn", test_full },
	{ "one flow alone", test_alone },
	{ "rr: each in turn", test_rr },
	{ "arguments", test_arguments },
	{ "names", test_names },
};

VT_TEST_SUITE(vinetalk_sched_autotest, NULL, NULL, cases);
