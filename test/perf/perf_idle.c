/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* idle: what does waiting cost, and what does the first task after a pause? */

#include <errno.h>
#include <time.h>

#include "client.h"

#define MIN_TASKS 4         /* of which the first is not counted */
#define SPIN_NS 50000u      /* what is left before a task is due is spun */

static double
min_seconds(const struct perf_params *params)
{
	return (double)MIN_TASKS / params->rate;
}

static int
pace(enum perf_side side, const struct perf_params *params, double seconds, double *values)
{
	struct perf_result r;
	struct perf_usage u;
	int ret = perf_server_do1(&perf_idle, PERF_TEST, side, params, seconds, &r);

	if (ret != 0)
		return ret;
	perf_server_usage(&u);
	values[0] = 100.0 * (double)(u.poller_ns + u.control_ns) / (double)u.wall_ns;
	values[1] = perf_hist_percentile(perf_procs_hist(0), 0.50);
	values[2] = (double)u.poller.wakeups / r.ops;
	values[3] = (double)u.poller.doorbells / r.ops;
	/* An eventfd is one of each. */
	if (side == PERF_EVENTFD)
		values[2] = values[3] = 1;
	return 0;
}

static int
run(const struct perf_params *params, double seconds, double *values)
{
	struct perf_setup s;
	int ret;

	perf_setup_init(&s, params);
	ret = perf_bench_use(PERF_TEST, &s);
	return ret != 0 ? ret : pace(PERF_VINETALK, params, seconds, values);
}

static int
baseline(const struct perf_params *params, double seconds, double *values)
{
	return pace(PERF_EVENTFD, params, seconds, values);
}

/* ---- client ---- */

static void
sleep_until(uint64_t due)
{
	const uint64_t wake = due - SPIN_NS;
	const struct timespec ts = { (time_t)(wake / 1000000000u), (long)(wake % 1000000000u) };

	if (perf_now_ns() < wake)
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
			;
	while (perf_now_ns() < due)
		rte_pause();
}

static int
one(struct perf_client *c, const struct perf_job *job, uint64_t limit)
{
	const bool sleeps = perf_loop_sleeps(job);
	uint32_t spins = 0;

	while (perf_enqueue(c, job->side, false, 1) == 0)
		if (rte_rdtsc() > limit)
			return -ETIMEDOUT;
	for (;;) {
		if (sleeps)
			rte_vinetalk_wait(c->dev, 0, PERF_WAIT_US);
		if (perf_dequeue(c, job->side, 1) != 0)
			return 0;
		if ((sleeps || (++spins & PERF_SPINS_MASK) == 0) && rte_rdtsc() > limit)
			return -ETIMEDOUT;
	}
}

static int
client(struct perf_client *c, const struct perf_job *job, struct perf_result *r)
{
	const uint64_t interval = 1000000000u / job->params.rate;
	const uint64_t end = job->start_ns + (uint64_t)(job->seconds * 1e9);
	const uint64_t limit = perf_window(c, job).limit;
	uint64_t due = job->start_ns + interval, now, t0;
	int ret;

	for (now = perf_now_ns(); now < end; now = perf_now_ns()) {
		/* What was missed is not made up for. */
		due = RTE_MAX(due, now);
		sleep_until(due);
		due += interval;
		t0 = rte_rdtsc();
		ret = one(c, job, limit);
		if (ret != 0)
			return ret;
		if (r->ops++ != 0)
			perf_hist_add(c->hist,
					(uint64_t)((double)(rte_rdtsc() - t0) * 1e9 / c->hz));
	}
	r->seconds = job->seconds;
	return 0;
}

static const struct perf_params points[] = {
	{ .rate = 10 }, { .rate = 1000 }, { .rate = 100000 },
};

const struct perf_test perf_idle = {
	.name = "idle",
	.help = "one task now and then: cost of waiting and waking; baseline: eventfds",
	.metrics = { { "cpu_percent", "%" }, { "wakeup_p50", "ns" }, { "wakeups_per_task", "1" },
		{ "doorbells_per_task", "1" } },
	.fields = PERF_F_RATE,
	.space = {
		.layouts = 1u << RTE_VTREGION_HASHED,
		.all_layouts = PERF_ALL_LAYOUTS,
		.syncs = 1u << RTE_VTREGION_SYNC_RTS,
		.all_syncs = 1u << RTE_VTREGION_SYNC_RTS,
		.idles = PERF_ALL_IDLES,
		.all_idles = PERF_ALL_IDLES,
		.bursts = 1u << 0,
		.all_bursts = 1u << 0,
		.points = points,
		.nb_points = RTE_DIM(points),
		.nb_all_points = RTE_DIM(points),
	},
	.run = run,
	.baseline = baseline,
	.baseline_name = "eventfd",
	.min_seconds = min_seconds,
	.client = client,
};
