/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * forged: what does it cost the others if a client writes all marks of its domain, without end? A poller's turn
 * gets longer by that, and so do the waits of other domains.
 */

#include <errno.h>

#include <rte_errno.h>
#include <rte_vtregion_ready.h>

#include "client.h"

/* Test and baseline differ in params->active only: whether it forges. */
static int
turns(const struct perf_params *params, uint32_t forge, double seconds, double *values)
{
	struct rte_vtappliance_poller_stats before, after;
	struct perf_params p = *params;
	struct perf_usage usage;
	struct perf_result r;
	struct perf_setup s;
	int ret;

	p.active = forge;
	perf_setup_init(&s, params);
	s.qps = RTE_MIN(params->queue_pairs, (uint32_t)RTE_VINETALK_MAX_QPS);
	s.devs = params->queue_pairs / s.qps;
	s.depth = s.rq_depth = 64;
	s.arena_mib = 1;
	ret = perf_bench_use(PERF_TEST, &s);
	if (ret != 0)
		return ret;
	rte_vtappliance_poller_stats_get(perf_bench_app(PERF_TEST), 0, &before);
	ret = perf_server_do1(&perf_forged, PERF_TEST, PERF_VINETALK, &p, seconds, &r);
	rte_vtappliance_poller_stats_get(perf_bench_app(PERF_TEST), 0, &after);
	perf_server_usage(&usage);
	values[0] = ret == 0 ? (double)usage.wall_ns / (double)(after.turns - before.turns) : 0;
	values[1] = ret == 0 ? (double)(after.looks - before.looks) /
		(double)(after.turns - before.turns) : 0;
	return ret;
}

static int
run(const struct perf_params *params, double seconds, double *values)
{
	return turns(params, 1, seconds, values);
}

static int
baseline(const struct perf_params *params, double seconds, double *values)
{
	return turns(params, 0, seconds, values);
}

static int
client(struct perf_client *c, const struct perf_job *job, struct perf_result *r)
{
	const uint16_t dev = c->at[job->bench].dev[0];
	const struct perf_window w = perf_window(c, job);
	uint8_t *buf = rte_vinetalk_alloc(dev, 64, 0, RTE_VINETALK_PLACE_HOST);
	struct rte_vtregion_geom geom;
	uint64_t *words, nb, i;
	void *base;

	if (buf == NULL)
		return -rte_errno;
	base = buf - rte_vinetalk_offset(dev, buf);
	geom = rte_vtregion_hdr(base)->geom;
	words = rte_vtregion_ready_summaries(base, &geom, 0);
	nb = geom.ready_stride / sizeof(*words);
	while (rte_rdtsc() < w.end)
		for (i = 0; job->params.active != 0 && i < nb; i++)
			__atomic_store_n(&words[i], UINT64_MAX, __ATOMIC_RELAXED);
	r->ops = r->seconds = 1;
	rte_vinetalk_free(dev, buf);
	return 0;
}

static const struct perf_params points[] = {
	{ .queue_pairs = 4096 }, { .queue_pairs = 65536 },
};

const struct perf_test perf_forged = {
	.name = "forged",
	.help = "a poller's turn while a client forges all marks of its domain; baseline: it does not",
	.metrics = { { "ns_per_turn", "ns" }, { "looks_per_turn", "1" } },
	.fields = PERF_F_QUEUES,
	.space = {
		.layouts = 1u << RTE_VTREGION_THREAD,
		.all_layouts = 1u << RTE_VTREGION_THREAD,
		.idles = 1u << RTE_VTAPPLIANCE_IDLE_POLL,
		.all_idles = 1u << RTE_VTAPPLIANCE_IDLE_POLL,
		.bursts = 1u << 0,
		.all_bursts = 1u << 0,
		.points = points,
		.nb_points = 1,
		.nb_all_points = RTE_DIM(points),
	},
	.run = run,
	.baseline = baseline,
	.baseline_name = "no-marks",
	.client = client,
};
