/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * shares: one saturated accelerator, SHA-256 on the processor, one task at a time.
 *
 *     1. eight clients of weights 1 to 8, with more tasks out than they get done: their shares
 *     2. the first one alone, one small task at a time: its latency
 *     3. the same while the other seven have as many large tasks out as in 1.
 *
 * Latencies are the appliance's, from when it took the task to its completion: with more processes than processors
 * a client's clock would measure the kernel. Clients nap, so that they leave the processors to the engine.
 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_vtaccel_procs.h>

#include "client.h"

#define CLIENTS 8
#define OUT 128         /* tasks of a client that floods */
#define SMALL 1024      /* bytes of the small task */
#define FLOOD_NAP_US 1000
#define SMALL_NAP_US 20
/* The number of a client's vaccel: those that flood have the first free one, the small one leaves one out. */
#define FLOOD_VACCEL 1
#define SMALL_VACCEL 2
#define POLLER "cpu-poller"
#define WORKER "cpu-worker"

/* In perf_params.active, which is no parameter of this test. */
enum part { PART_SHARES = 0, PART_ALONE, PART_BESIDE };

enum value { SHARE_ERROR = 0, JAIN, P99_RATIO, P99 };

/* ---- this process ---- */

static int
bench_use(const struct perf_params *params, enum perf_which which)
{
	/* They stay: a bench compares the pointers. */
	static const char *const accels[] = { "cpu,workers=0,depth=1", "cpu,workers=1,inline=0,depth=1" };
	static const char *const scheds[] = { [PERF_TEST] = "drr", [PERF_BASE] = "rr" };
	struct perf_setup s;

	perf_setup_init(&s, params);
	s.procs = CLIENTS;
	s.accel = accels[strcmp(params->engine, WORKER) == 0];
	s.sched = scheds[which];
	s.latency = true;
	return perf_bench_use(which, &s);
}

static int
do_part(const struct perf_params *params, enum perf_which which, enum part part, double seconds,
		struct perf_result *results)
{
	struct perf_params p = *params;
	const struct perf_do what = { .bench = which, .side = PERF_VINETALK, .test = &perf_shares,
		.params = &p, .seconds = seconds, .spread = true };

	p.active = part;
	return perf_server_do(&what, results);
}

/* What the small client's vaccel has seen in the last part. */
static int
small_p99(enum perf_which which, double *p99)
{
	struct rte_vtappliance_latency l;
	uint32_t i;
	int ret = -ENOENT;

	/* Which slot it has is not known; nobody else has a vaccel of that number. */
	for (i = 1; i <= CLIENTS && ret == -ENOENT; i++)
		ret = perf_bench_latency(which, i, SMALL_VACCEL, &l);
	if (ret == 0 && l.nb == 0)
		ret = -ENODATA;
	*p99 = ret == 0 ? (double)l.p99 : 0;
	return ret;
}

static void
shares(const struct perf_result *results, double *values)
{
	double each[CLIENTS], sum = 0, error;
	unsigned int i;

	for (i = 0; i < CLIENTS; i++)
		sum += results[i].ops;
	values[SHARE_ERROR] = 0;
	for (i = 0; i < CLIENTS; i++) {
		each[i] = results[i].ops / (i + 1);
		error = fabs(each[i] * (CLIENTS * (CLIENTS + 1) / 2) / RTE_MAX(sum, 1.0) - 1) * 100;
		values[SHARE_ERROR] = RTE_MAX(values[SHARE_ERROR], error);
	}
	values[JAIN] = perf_jain(each, CLIENTS);
}

static int
measure(const struct perf_params *params, enum perf_which which, double seconds, double *values)
{
	struct perf_result results[PERF_MAX_CLIENTS];
	double alone, beside, task = 0;
	unsigned int i;
	int ret = bench_use(params, which);

	if (ret == 0)
		ret = do_part(params, which, PART_SHARES, seconds / 2, results);
	if (ret != 0)
		return ret;
	shares(results, values);
	for (i = 0; i < CLIENTS; i++)
		task += results[i].task_ns / CLIENTS;
	ret = do_part(params, which, PART_ALONE, seconds / 4, results);
	if (ret == 0)
		ret = small_p99(which, &alone);
	if (ret == 0)
		ret = do_part(params, which, PART_BESIDE, seconds / 4, results);
	if (ret == 0)
		ret = small_p99(which, &beside);
	if (ret != 0)
		return ret;
	values[P99_RATIO] = RTE_MAX(beside - task, 0.0) / RTE_MAX(alone, 1.0);
	values[P99] = beside;
	return 0;
}

static int
run(const struct perf_params *params, double seconds, double *values)
{
	return measure(params, PERF_TEST, seconds, values);
}

static int
baseline(const struct perf_params *params, double seconds, double *values)
{
	return measure(params, PERF_BASE, seconds, values);
}

/* Enough tasks of the least weight to tell 3 %. */
static double
min_seconds(const struct perf_params *params)
{
	RTE_SET_USED(params);
	return 2;
}

static uint32_t
nb_procs(const struct perf_params *params)
{
	RTE_SET_USED(params);
	return CLIENTS;
}

/* ---- client ---- */

struct load {
	uint16_t vaccel, proc;
	uint32_t bytes, out;
	unsigned int nap_us;
	uint8_t *data, *digest;
};

/* The vaccel of the last part is kept until now, so that its figures can be read. */
static int
vaccel_get(struct perf_client *c, struct load *l, uint16_t number, uint32_t weight)
{
	struct rte_vinetalk_vaccel_conf conf = { .accel = RTE_VINETALK_ID_ANY, .weight = weight };
	int ret;

	rte_vinetalk_vaccel_release(c->dev, FLOOD_VACCEL);
	rte_vinetalk_vaccel_release(c->dev, SMALL_VACCEL);
	ret = rte_vinetalk_proc_get(c->dev, RTE_VTACCEL_PROC_SHA256, RTE_VINETALK_ACCEL_ANY, &l->proc);
	conf.proc = l->proc;
	do {
		if (ret == 0)
			ret = rte_vinetalk_vaccel_acquire(c->dev, &conf, &l->vaccel);
	} while (ret == 0 && l->vaccel < number);
	if (ret == 0 && number == SMALL_VACCEL)
		ret = rte_vinetalk_vaccel_release(c->dev, FLOOD_VACCEL);
	return ret;
}

static int
send(struct perf_client *c, const struct load *l)
{
	struct rte_vinetalk_task t;

	rte_vinetalk_task_init(&t, l->vaccel, l->proc, c->next_in);
	rte_vinetalk_task_in(c->dev, &t, l->data, l->bytes);
	rte_vinetalk_task_out(c->dev, &t, l->digest, RTE_VTACCEL_SHA256_LEN);
	return rte_vinetalk_enqueue_burst(c->dev, 0, &t, 1);
}

static int
loop(struct perf_client *c, const struct perf_job *job, const struct load *l, struct perf_result *r)
{
	const struct timespec nap = { 0, (long)l->nap_us * 1000 };
	const struct perf_window w = perf_window(c, job);
	uint64_t now, ops = 0, ns = 0;
	uint16_t n, i;

	do {
		now = rte_rdtsc();
		n = rte_vinetalk_dequeue_burst(c->dev, 0, c->completions, PERF_MAX_BURST);
		c->next_out += n;
		for (i = 0; i < n; i++) {
			c->wrong |= (uint32_t)c->completions[i].status;
			if (now < w.warm || now >= w.end)
				continue;
			ops++;
			ns += c->completions[i].exec_ns;
		}
		while (now < w.end && c->next_in - c->next_out < l->out && send(c, l) == 1)
			c->next_in++;
		if (n == 0)
			nanosleep(&nap, NULL);
	} while ((now < w.end || c->next_out != c->next_in) && now < w.limit);
	r->ops = (double)ops;
	r->seconds = (double)(w.end - w.warm) / c->hz;
	r->task_ns = ops != 0 ? (double)ns / (double)ops : 0;
	return c->next_out == c->next_in ? 0 : -ETIMEDOUT;
}

static int
client(struct perf_client *c, const struct perf_job *job, struct perf_result *r)
{
	const bool small = job->params.active != PART_SHARES && job->index == 0;
	struct load l = { .bytes = small ? SMALL : job->params.bytes, .out = small ? 1 : OUT,
		.nap_us = small ? SMALL_NAP_US : FLOOD_NAP_US };
	int ret;

	if (job->params.active == PART_ALONE && !small)
		return 0;
	ret = vaccel_get(c, &l, small ? SMALL_VACCEL : FLOOD_VACCEL,
		job->params.active == PART_SHARES ? job->index + 1 : 1);
	if (ret != 0)
		return ret;
	l.data = rte_vinetalk_alloc(c->dev, l.bytes, 64, RTE_VINETALK_PLACE_HOST);
	l.digest = rte_vinetalk_alloc(c->dev, RTE_VTACCEL_SHA256_LEN, 64, RTE_VINETALK_PLACE_HOST);
	if (l.data == NULL || l.digest == NULL) {
		ret = -ENOMEM;
	} else {
		memset(l.data, 1, l.bytes);
		ret = loop(c, job, &l, r);
	}
	rte_vinetalk_free(c->dev, l.digest);
	rte_vinetalk_free(c->dev, l.data);
	return ret;
}

static const struct perf_params points[] = {
	{ .engine = POLLER, .op = RTE_VTACCEL_PROC_SHA256, .bytes = 65536 },
	/* Needs a processor besides those of the poller and the clients. */
	{ .engine = WORKER, .op = RTE_VTACCEL_PROC_SHA256, .bytes = 65536 },
};

const struct perf_test perf_shares = {
	.name = "shares",
	.help = "drr: 8 clients of weights 1 to 8, and a small one beside 7 that flood; baseline: rr",
	.metrics = { { "share_error_percent", "%" }, { "jain", "1" },
		{ "small_tenant_p99_ratio", "1" }, { "small_tenant_p99", "ns" } },
	.fields = PERF_F_ENGINE,
	.space = {
		.layouts = 1u << RTE_VTREGION_HASHED,
		.all_layouts = PERF_ALL_LAYOUTS,
		.syncs = 1u << RTE_VTREGION_SYNC_RTS,
		.all_syncs = 1u << RTE_VTREGION_SYNC_RTS,
		.idles = 1u << RTE_VTAPPLIANCE_IDLE_POLL,
		.all_idles = PERF_ALL_IDLES,
		.bursts = 1u << 0,
		.all_bursts = 1u << 0,
		.points = points,
		.nb_points = 1,
		.nb_all_points = RTE_DIM(points),
	},
	.run = run,
	.baseline = baseline,
	.baseline_name = "rr",
	.min_seconds = min_seconds,
	.nb_procs = nb_procs,
	.client = client,
};
