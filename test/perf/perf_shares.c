/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * shares: one saturated accelerator, SHA-256 on the processor, one task at a time.
 *
 *     1. eight clients with more tasks out than they get done: their shares
 *     2. the first one alone, one small task at a time: its latency
 *     3. the same while the other seven have as many large tasks out as in 1.
 *
 * Mixes of clients in part 1; in 3 all vaccels have weight 1:
 *
 *     one-domain   weights 1 to 8, tasks of one size
 *     domains      four domains of weights 1 to 4, two clients in each, of weights 1 and 3; in 3 the small one has its domain
 *                  for itself
 *     sizes        weights 1 to 8, tasks of three sizes: shares of bytes
 *     sizes-time   the same: shares of the engine's time
 *
 * Latencies are the appliance's, from when it took the task to its completion: with more processes than processors
 * a client's clock would measure the kernel. Clients leave the processors to the engine, which may share theirs: those that
 * flood nap for long, each for another time, and the small one sleeps until its task is done.
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
#define FLOOD_NAP_US 6000
#define FLOOD_APART_US 701 /* so that they do not come all at once */
/* The number of a client's vaccel: those that flood have the first free one, the small one leaves one out. */
#define FLOOD_VACCEL 1
#define SMALL_VACCEL 2
#define POLLER "cpu-poller"
#define WORKER "cpu-worker"
#define DEEP "cpu-worker-deep"
#define ONE "one-domain"
#define DOMAINS "domains"
#define SIZES "sizes"
#define TIMES "sizes-time"
#define NB_DOMAINS 4
#define TASK_BYTES 256  /* what drr adds to the bytes of each task, and to its time */
#define TASK_NS 100

/* In perf_params.active, which is no parameter of this test. */
enum part { PART_SHARES = 0, PART_ALONE, PART_BESIDE };

enum value { SHARE_ERROR = 0, JAIN, P99_RATIO, P99, OPS };

/* ---- both sides: who has what ---- */

static bool
is_mix(const struct perf_params *p, const char *mix)
{
	return strcmp(p->mix, mix) == 0;
}

static uint32_t
weight_of(const struct perf_params *p, uint32_t client)
{
	return is_mix(p, DOMAINS) ? 1 + 2 * (client / NB_DOMAINS) : client + 1;
}

static uint32_t
bytes_of(const struct perf_params *p, uint32_t client)
{
	return is_mix(p, SIZES) || is_mix(p, TIMES) ? p->bytes << client % 3 : p->bytes;
}

/* Who else is of the small one's domain would use up its share. */
static bool
takes_part(const struct perf_params *p, uint32_t client)
{
	if (p->active == PART_BESIDE && is_mix(p, DOMAINS))
		return client == 0 || client % NB_DOMAINS != 0;
	return p->active != PART_ALONE || client == 0;
}

/* Of all that there is. */
static double
share_of(const struct perf_params *p, uint32_t client)
{
	if (!is_mix(p, DOMAINS))
		return (double)(client + 1) / (CLIENTS * (CLIENTS + 1) / 2);
	return (double)(client % NB_DOMAINS + 1) / (NB_DOMAINS * (NB_DOMAINS + 1) / 2) *
		weight_of(p, client) / 4;
}

/* ---- this process ---- */

static int
bench_use(const struct perf_params *params, enum perf_which which)
{
	/* They stay: a bench compares the pointers. */
	static const char *const accels[] = { "cpu,workers=0,depth=1", "cpu,workers=1,inline=0" };
	static const char *const scheds[] = { "drr", "drr,cost=time", "rr" };
	struct perf_setup s;

	perf_setup_init(&s, params);
	s.procs = CLIENTS;
	s.accel = accels[strcmp(params->engine, POLLER) != 0];
	s.sched = scheds[which == PERF_BASE ? 2 : is_mix(params, TIMES)];
	s.ahead_us = strcmp(params->engine, DEEP) == 0 ? RTE_VTAPPLIANCE_AHEAD_ALL : 0;
	s.domains = is_mix(params, DOMAINS) ? NB_DOMAINS : 0;
	s.latency = s.sleeps = true;
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

/* What a task costs its client. */
static double
cost_of(const struct perf_params *p, uint32_t client, const struct perf_result *r)
{
	return is_mix(p, TIMES) ? r->task_ns + TASK_NS :
		(double)bytes_of(p, client) + RTE_VTACCEL_SHA256_LEN + TASK_BYTES;
}

static void
shares(const struct perf_params *p, const struct perf_result *results, double *values)
{
	double each[CLIENTS], sum = 0, error;
	unsigned int i;

	values[SHARE_ERROR] = values[OPS] = 0;
	for (i = 0; i < CLIENTS; i++) {
		each[i] = results[i].ops * cost_of(p, i, &results[i]);
		sum += each[i];
		values[OPS] += results[i].ops / RTE_MAX(results[i].seconds, 1e-9);
	}
	for (i = 0; i < CLIENTS; i++) {
		each[i] /= share_of(p, i);
		error = fabs(each[i] / RTE_MAX(sum, 1.0) - 1) * 100;
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
	shares(params, results, values);
	for (i = 0; i < CLIENTS; i++)
		task = RTE_MAX(task, results[i].task_ns);
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
		if (n == 0 && l->nap_us == 0)
			rte_vinetalk_wait(c->dev, 0, PERF_WAIT_US);
		else if (n == 0)
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
	struct load l = { .bytes = small ? SMALL : bytes_of(&job->params, job->index), .out = small ? 1 : OUT,
		.nap_us = small ? 0 : FLOOD_NAP_US + job->index * FLOOD_APART_US };
	int ret;

	if (!takes_part(&job->params, job->index))
		return 0;
	ret = vaccel_get(c, &l, small ? SMALL_VACCEL : FLOOD_VACCEL,
		job->params.active == PART_SHARES ? weight_of(&job->params, job->index) : 1);
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
	{ .engine = POLLER, .op = RTE_VTACCEL_PROC_SHA256, .bytes = 65536, .mix = ONE },
	{ .engine = WORKER, .op = RTE_VTACCEL_PROC_SHA256, .bytes = 65536, .mix = ONE },
	/* With all that its depth allows. */
	{ .engine = DEEP, .op = RTE_VTACCEL_PROC_SHA256, .bytes = 65536, .mix = ONE },
	{ .engine = POLLER, .op = RTE_VTACCEL_PROC_SHA256, .bytes = 65536, .mix = DOMAINS },
	{ .engine = WORKER, .op = RTE_VTACCEL_PROC_SHA256, .bytes = 65536, .mix = DOMAINS },
	{ .engine = WORKER, .op = RTE_VTACCEL_PROC_SHA256, .bytes = 65536, .mix = SIZES },
	{ .engine = WORKER, .op = RTE_VTACCEL_PROC_SHA256, .bytes = 65536, .mix = TIMES },
};

const struct perf_test perf_shares = {
	.name = "shares",
	.help = "drr: shares of 8 clients by weight, and a small one beside 7 that flood; baseline: rr",
	.metrics = { { "share_error_percent", "%" }, { "jain", "1" },
		{ "small_tenant_p99_ratio", "1" }, { "small_tenant_p99", "ns" },
		{ "ops_per_s", "1/s" } },
	.fields = PERF_F_ENGINE | PERF_F_MIX,
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
		.nb_points = 2,
		.nb_all_points = RTE_DIM(points),
	},
	.run = run,
	.baseline = baseline,
	.baseline_name = "rr",
	.min_seconds = min_seconds,
	.nb_procs = nb_procs,
	.client = client,
};
