/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* queues: what do many queue pairs cost, of which some are driven? */

#include <errno.h>
#include <stdlib.h>

#include "client.h"

#define DEPTH 64

/* A queue pair that is driven. */
struct driven {
	uint16_t dev, qp, vaccel, proc;
	uint16_t in_flight;
};

static int
drive(const struct perf_params *params, enum perf_which which, uint32_t first, double seconds,
		double *values)
{
	struct perf_result r;
	struct perf_setup s;
	int ret;

	perf_setup_init(&s, params);
	s.first = first;
	s.qps = RTE_MIN(params->queue_pairs, (uint32_t)RTE_VINETALK_MAX_QPS);
	s.devs = params->queue_pairs / s.qps;
	s.depth = s.rq_depth = DEPTH;
	s.arena_mib = 1;
	ret = perf_bench_use(which, &s);
	if (ret == 0)
		ret = perf_server_do1(&perf_queues, which, PERF_VINETALK, params, seconds, &r);
	values[0] = ret == 0 ? r.seconds * 1e9 / r.ops : 0;
	return ret;
}

static int
run(const struct perf_params *params, double seconds, double *values)
{
	return drive(params, PERF_TEST, 0, seconds, values);
}

/* In another process: a process has no more devices than the test may take. */
static int
baseline(const struct perf_params *params, double seconds, double *values)
{
	struct perf_params p = *params;

	p.queue_pairs = p.active = 1;
	return drive(&p, PERF_BASE, 1, seconds, values);
}

static uint32_t
nb_procs(const struct perf_params *params)
{
	RTE_SET_USED(params);
	return 2;
}

/* A turn over many queues is not short. */
static double
min_seconds(const struct perf_params *params)
{
	return params->active * 5e-6;
}

/* ---- client ---- */

/* Those that are driven lie all over the domain. */
static struct driven *
choose(const struct perf_client *c, const struct perf_job *job)
{
	const struct perf_attached *at = &c->at[job->bench];
	const uint32_t step = job->params.queue_pairs / job->params.active;
	struct driven *all = calloc(job->params.active, sizeof(*all));
	uint32_t i;

	for (i = 0; all != NULL && i < job->params.active; i++) {
		const uint32_t d = i * step / at->nb_qps;

		all[i] = (struct driven){ at->dev[d], (uint16_t)(i * step % at->nb_qps),
			at->vaccel[d], at->proc[d], 0 };
	}
	return all;
}

/* Take up to a burst out, put one in. Returns how many came out. */
static inline uint32_t
turn(struct perf_client *c, struct driven *q, uint32_t burst, uint32_t most)
{
	uint32_t i, n;

	n = rte_vinetalk_dequeue_burst(q->dev, q->qp, c->completions, (uint16_t)burst);
	for (i = 0; i < n; i++)
		c->wrong |= (uint32_t)c->completions[i].status;
	q->in_flight = (uint16_t)(q->in_flight - n);
	if (q->in_flight + burst > most)
		return n;
	for (i = 0; i < burst; i++)
		rte_vinetalk_task_init(&c->tasks[i], q->vaccel, q->proc, 0);
	q->in_flight = (uint16_t)(q->in_flight + rte_vinetalk_enqueue_burst(q->dev, q->qp, c->tasks,
			(uint16_t)burst));
	return n;
}

static int
drain(struct perf_client *c, struct driven *all, uint32_t nb, uint64_t limit)
{
	uint32_t i;

	for (i = 0; i < nb; i++)
		while (all[i].in_flight != 0)
			if (turn(c, &all[i], PERF_MAX_BURST, 0) == 0 && rte_rdtsc() > limit)
				return -ETIMEDOUT;
	return 0;
}

static int
client(struct perf_client *c, const struct perf_job *job, struct perf_result *r)
{
	const struct perf_window w = perf_window(c, job);
	struct driven *all = choose(c, job);
	uint64_t now, done = 0, from = 0, from_tsc = 0;
	uint32_t i = 0, turns = 0;
	int ret;

	if (all == NULL)
		return -ENOMEM;
	for (;;) {
		done += turn(c, &all[i], job->params.burst, job->params.in_flight);
		if (++i == job->params.active)
			i = 0;
		if ((++turns & 63) != 0)
			continue;
		now = rte_rdtsc();
		if (from_tsc == 0 && now >= w.warm) {
			from = done;
			from_tsc = now;
		}
		if (now >= w.end && done != from)
			break;
		if (now >= w.limit)
			break;
	}
	r->ops = (double)(done - from);
	r->seconds = (double)(now - from_tsc) / c->hz;
	ret = done == from ? -ETIMEDOUT : drain(c, all, job->params.active, w.limit);
	free(all);
	return ret;
}

static const struct perf_params points[] = {
	{ .queue_pairs = 1, .active = 1 },
	{ .queue_pairs = 16, .active = 1 }, { .queue_pairs = 16, .active = 16 },
	{ .queue_pairs = 256, .active = 1 }, { .queue_pairs = 256, .active = 16 },
	{ .queue_pairs = 256, .active = 256 },
	{ .queue_pairs = 4096, .active = 1 }, { .queue_pairs = 4096, .active = 16 },
	{ .queue_pairs = 4096, .active = 4096 },
	/* From here on with --all only. */
	{ .queue_pairs = 65536, .active = 1 }, { .queue_pairs = 65536, .active = 16 },
	{ .queue_pairs = 65536, .active = 65536 },
};

const struct perf_test perf_queues = {
	.name = "queues",
	.help = "null tasks over some of many queue pairs; baseline: a queue pair alone",
	.metrics = { { "ns_per_task", "ns" } },
	.fields = PERF_F_BURST | PERF_F_IN_FLIGHT | PERF_F_QUEUES,
	.space = {
		.layouts = 1u << RTE_VTREGION_HASHED | 1u << RTE_VTREGION_THREAD,
		.all_layouts = PERF_ALL_LAYOUTS,
		.syncs = 1u << RTE_VTREGION_SYNC_RTS,
		.all_syncs = PERF_ALL_SYNCS,
		.idles = 1u << RTE_VTAPPLIANCE_IDLE_POLL,
		.all_idles = 1u << RTE_VTAPPLIANCE_IDLE_POLL,
		.bursts = 1u << 0,
		.all_bursts = 1u << 0 | 1u << 1 | 1u << 2,
		.in_flight = 4, /* of each; a ring has 63 */
		.points = points,
		.nb_points = RTE_DIM(points) - 3,
		.nb_all_points = RTE_DIM(points),
	},
	.run = run,
	.baseline = baseline,
	.baseline_name = "one-queue-pair",
	.min_seconds = min_seconds,
	.nb_procs = nb_procs,
	.client = client,
};
