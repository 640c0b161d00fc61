/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* throughput: a closed loop. */

#include "client.h"

static enum perf_side
side(void)
{
	return perf_opt.baseline != PERF_NONE ? perf_opt.baseline : PERF_RAW;
}

static int
run(const struct perf_params *params, double seconds, double *values)
{
	struct perf_result r;
	int ret = perf_run_simple(&perf_throughput, params, seconds, &r);

	values[0] = ret == 0 ? r.ops / r.seconds : 0;
	return ret;
}

static int
baseline(const struct perf_params *params, double seconds, double *values)
{
	struct perf_result r;
	int ret = perf_baseline_simple(&perf_throughput, params, side(), seconds, &r);

	values[0] = ret == 0 ? r.ops / r.seconds : 0;
	return ret;
}

static const char *
baseline_name_of(const struct perf_params *params)
{
	RTE_SET_USED(params);
	return perf_side_names[side()];
}

const struct perf_test perf_throughput = {
	.name = "throughput",
	.help = "null tasks in a closed loop of 4 bursts; baseline: --baseline",
	.metrics = { { "ops_per_s", "1/s" } },
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
		/* Neither side ever waits for the other to see a whole burst. */
		.in_flight = 4,
	},
	.run = run,
	.baseline = baseline,
	.baseline_name_of = baseline_name_of,
	.client = perf_loop_closed,
};
