/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * fairness: do clients get equal shares? Where processes outnumber CPUs the kernel's scheduler
 * has a part in it, so that the baseline is what equally many processes get that only compute.
 */

#include "client.h"

#define UNIT_LOOPS 256 /* of a unit of work: some hundred ns */

static int
share(enum perf_side side, const struct perf_params *params, double seconds, double *values)
{
	const struct perf_do what = { .bench = PERF_TEST, .side = side, .test = &perf_fairness,
		.params = params, .seconds = seconds, .spread = true };
	struct perf_result results[PERF_MAX_CLIENTS];
	double ops[PERF_MAX_CLIENTS];
	uint32_t i;
	int ret = perf_server_do(&what, results);

	if (ret != 0)
		return ret;
	values[1] = 0;
	for (i = 0; i < params->clients; i++) {
		const struct perf_hist *h = perf_procs_hist(i);
		/* Who ended none waited all the time. */
		const double p99 = h->nb != 0 ? perf_hist_percentile(h, 0.99) :
			results[i].seconds * 1e9;

		ops[i] = results[i].ops;
		values[1] = RTE_MAX(values[1], p99);
	}
	values[0] = perf_jain(ops, params->clients);
	return 0;
}

static int
run(const struct perf_params *params, double seconds, double *values)
{
	struct perf_setup s;
	int ret;

	perf_setup_init(&s, params);
	s.procs = params->clients;
	ret = perf_bench_use(PERF_TEST, &s);
	return ret != 0 ? ret : share(PERF_VINETALK, params, seconds, values);
}

static int
baseline(const struct perf_params *params, double seconds, double *values)
{
	return share(PERF_NONE, params, seconds, values);
}

/* Each must get its turn some times, on a single CPU. */
static double
min_seconds(const struct perf_params *params)
{
	return params->clients * 0.02;
}

/* ---- client ---- */

static int
compute(struct perf_client *c, const struct perf_job *job, struct perf_result *r)
{
	const struct perf_window w = perf_window(c, job);
	const double ns = 1e9 / c->hz;
	volatile uint32_t sink = 0;
	uint64_t t0, t1, ops = 0;
	uint32_t i;

	do {
		t0 = rte_rdtsc();
		for (i = 0; i < UNIT_LOOPS; i++)
			sink = sink + i;
		t1 = rte_rdtsc();
		if (t1 < w.warm)
			continue;
		perf_hist_add(c->hist, (uint64_t)((double)(t1 - t0) * ns));
		ops++;
	} while (t1 < w.end);
	r->ops = (double)ops;
	r->seconds = (double)(w.end - w.warm) / c->hz;
	return 0;
}

static int
client(struct perf_client *c, const struct perf_job *job, struct perf_result *r)
{
	return job->side == PERF_NONE ? compute(c, job, r) : perf_loop_rtt(c, job, r);
}

static const struct perf_params points[] = {
	{ .clients = 1 }, { .clients = 4 }, { .clients = 16 },
	{ .clients = 64 }, /* with --all only */
};

const struct perf_test perf_fairness = {
	.name = "fairness",
	.help = "shares of 1 to 64 client processes, one burst at a time each; baseline: processes"
		" that only compute",
	.metrics = { { "jain", "1" }, { "p99", "ns" } },
	.fields = PERF_F_BURST | PERF_F_CLIENTS,
	.space = {
		.layouts = 1u << RTE_VTREGION_HASHED | 1u << RTE_VTREGION_THREAD,
		.all_layouts = PERF_ALL_LAYOUTS,
		.syncs = 1u << RTE_VTREGION_SYNC_RTS,
		.all_syncs = PERF_ALL_SYNCS,
		.idles = 1u << RTE_VTAPPLIANCE_IDLE_POLL,
		.all_idles = PERF_ALL_IDLES,
		.bursts = 1u << 0,
		.all_bursts = PERF_ALL_BURSTS,
		.points = points,
		.nb_points = RTE_DIM(points) - 1,
		.nb_all_points = RTE_DIM(points),
	},
	.run = run,
	.baseline = baseline,
	.baseline_name = "processes",
	.min_seconds = min_seconds,
	.nb_procs = perf_procs_clients,
	.client = client,
};
