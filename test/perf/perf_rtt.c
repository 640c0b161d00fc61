/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* rtt: one burst at a time. */

#include "client.h"

/* Who sleeps is compared with what sleeps. */
static enum perf_side
side(const struct perf_params *p)
{
	if (perf_opt.baseline != PERF_NONE)
		return perf_opt.baseline;
	return p->idle == RTE_VTAPPLIANCE_IDLE_POLL ? PERF_RAW : PERF_EVENTFD;
}

static void
values_of(double *values)
{
	const struct perf_hist *h = perf_procs_hist(0);

	values[0] = perf_hist_percentile(h, 0.50);
	values[1] = perf_hist_percentile(h, 0.99);
	values[2] = perf_hist_percentile(h, 0.999);
}

static int
run(const struct perf_params *params, double seconds, double *values)
{
	struct perf_result r;
	int ret = perf_run_simple(&perf_rtt, params, seconds, &r);

	if (ret == 0)
		values_of(values);
	return ret;
}

static int
baseline(const struct perf_params *params, double seconds, double *values)
{
	struct perf_result r;
	int ret = perf_baseline_simple(&perf_rtt, params, side(params), seconds, &r);

	if (ret == 0)
		values_of(values);
	return ret;
}

static const char *
baseline_name_of(const struct perf_params *params)
{
	return perf_side_names[side(params)];
}

const struct perf_test perf_rtt = {
	.name = "rtt",
	.help = "round trip of a burst of null tasks, one at a time; baseline: --baseline",
	.metrics = { { "p50", "ns" }, { "p99", "ns" }, { "p99.9", "ns" } },
	.fields = PERF_F_BURST | PERF_F_IN_FLIGHT,
	.space = {
		.layouts = 1u << RTE_VTREGION_HASHED | 1u << RTE_VTREGION_THREAD,
		.all_layouts = PERF_ALL_LAYOUTS,
		.syncs = 1u << RTE_VTREGION_SYNC_RTS,
		.all_syncs = PERF_ALL_SYNCS,
		.idles = 1u << RTE_VTAPPLIANCE_IDLE_POLL,
		.all_idles = PERF_ALL_IDLES,
		.bursts = 1u << 0 | 1u << 2 | 1u << 3,
		.all_bursts = PERF_ALL_BURSTS,
	},
	.run = run,
	.baseline = baseline,
	.baseline_name_of = baseline_name_of,
	.client = perf_loop_rtt,
};
