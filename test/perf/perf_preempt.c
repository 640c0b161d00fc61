/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * preempt: four producers on one CPU, which are also stopped at random for up to 2 ms, by
 * synchronisation. Bursts are large, so that many of them are caught inside an enqueue.
 */

#include <string.h>

#include "client.h"

/* What the others are compared with: rts, and rts with a queue for each producer. */
static struct perf_params
base_params(const struct perf_params *params)
{
	struct perf_params p = *params;

	if (p.sync == RTE_VTREGION_SYNC_RTS) {
		p.layout = RTE_VTREGION_THREAD;
		p.sync = RTE_VTREGION_SYNC_ST;
	} else {
		if (p.layout == RTE_VTREGION_THREAD)
			p.layout = RTE_VTREGION_HASHED;
		p.sync = RTE_VTREGION_SYNC_RTS;
	}
	return p;
}

static int
produce(enum perf_which which, const struct perf_params *params, double seconds, double *values)
{
	const struct perf_do what = { .bench = which, .side = PERF_VINETALK, .test = &perf_preempt,
		.params = params, .seconds = seconds, .stops = true };
	struct perf_result results[PERF_MAX_CLIENTS];
	static struct perf_hist all;
	struct perf_setup s;
	uint32_t i;
	int ret;

	perf_setup_init(&s, params);
	s.procs = params->clients;
	ret = perf_bench_use(which, &s);
	if (ret == 0)
		ret = perf_server_do(&what, results);
	if (ret != 0)
		return ret;
	memset(&all, 0, sizeof(all));
	values[0] = 0;
	for (i = 0; i < params->clients; i++) {
		perf_hist_merge(&all, perf_procs_hist(i));
		values[0] += results[i].ops / results[i].seconds;
	}
	values[1] = perf_hist_percentile(&all, 0.99);
	return 0;
}

static int
run(const struct perf_params *params, double seconds, double *values)
{
	return produce(PERF_TEST, params, seconds, values);
}

static int
baseline(const struct perf_params *params, double seconds, double *values)
{
	const struct perf_params p = base_params(params);

	return produce(PERF_BASE, &p, seconds, values);
}

static const char *
baseline_name_of(const struct perf_params *params)
{
	return params->sync == RTE_VTREGION_SYNC_RTS ? "thread" : "rts";
}

/* Some stops of each. */
static double
min_seconds(const struct perf_params *params)
{
	return params->clients * 0.02;
}

static const struct perf_params points[] = { { .clients = 4 } };

const struct perf_test perf_preempt = {
	.name = "preempt",
	.help = "4 producers on one CPU, stopped at random; baseline: rts (of rts: layout thread)",
	.metrics = { { "ops_per_s", "1/s" }, { "p99", "ns" } },
	.fields = PERF_F_BURST | PERF_F_CLIENTS,
	.space = {
		.layouts = 1u << RTE_VTREGION_HASHED,
		.all_layouts = PERF_ALL_LAYOUTS,
		.syncs = PERF_ALL_SYNCS,
		.all_syncs = PERF_ALL_SYNCS,
		.idles = 1u << RTE_VTAPPLIANCE_IDLE_POLL,
		.all_idles = PERF_ALL_IDLES,
		.bursts = 1u << 3,
		.all_bursts = PERF_ALL_BURSTS,
		.points = points,
		.nb_points = RTE_DIM(points),
		.nb_all_points = RTE_DIM(points),
	},
	.run = run,
	.baseline = baseline,
	.baseline_name_of = baseline_name_of,
	.min_seconds = min_seconds,
	.nb_procs = perf_procs_clients,
	.client = perf_loop_rtt,
};
