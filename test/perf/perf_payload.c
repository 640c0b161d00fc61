/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* payload: does the length of a segment that nobody touches matter? */

#include <errno.h>

#include <rte_errno.h>

#include "client.h"

#define LARGEST_MIB 4

/* Test and baseline differ in params->bytes only. */
static int
trip(const struct perf_params *params, double seconds, double *values)
{
	struct perf_result r;
	struct perf_setup s;
	int ret;

	perf_setup_init(&s, params);
	/* Its allocator needs some of it, too. */
	s.arena_mib = 4 * LARGEST_MIB;
	ret = perf_bench_use(PERF_TEST, &s);
	if (ret == 0)
		ret = perf_server_do1(&perf_payload, PERF_TEST, PERF_VINETALK, params, seconds, &r);
	if (ret == 0)
		values[0] = perf_hist_percentile(perf_procs_hist(0), 0.50);
	return ret;
}

static int
baseline(const struct perf_params *params, double seconds, double *values)
{
	struct perf_params p = *params;

	p.bytes = 0;
	return trip(&p, seconds, values);
}

static int
client(struct perf_client *c, const struct perf_job *job, struct perf_result *r)
{
	int ret;

	/* Also without bytes: both go the same way. */
	c->seg = rte_vinetalk_alloc(c->dev, RTE_MAX(job->params.bytes, 64u), 0,
			RTE_VINETALK_PLACE_HOST);
	if (c->seg == NULL)
		return -rte_errno;
	c->seg_len = job->params.bytes;
	ret = perf_loop_rtt(c, job, r);
	rte_vinetalk_free(c->dev, c->seg);
	return ret;
}

static const struct perf_params points[] = {
	{ .bytes = 0 }, { .bytes = 64 }, { .bytes = 4096 }, { .bytes = 65536 },
	{ .bytes = 1u << 20 }, { .bytes = LARGEST_MIB << 20 },
};

const struct perf_test perf_payload = {
	.name = "payload",
	.help = "round trip of a task with an input of 0 bytes to 4 MiB; baseline: 0 bytes",
	.metrics = { { "p50", "ns" } },
	.fields = PERF_F_BURST | PERF_F_BYTES,
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
		.nb_points = RTE_DIM(points),
		.nb_all_points = RTE_DIM(points),
	},
	.run = trip,
	.baseline = baseline,
	.baseline_name = "0-bytes",
	.client = client,
};
