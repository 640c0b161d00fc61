/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* What a client does in most tests. */

#include <errno.h>

#include "client.h"

bool
perf_loop_sleeps(const struct perf_job *job)
{
	return job->side == PERF_VINETALK && job->params.idle != RTE_VTAPPLIANCE_IDLE_POLL;
}

/* Take what is out. */
static int
drain(struct perf_client *c, enum perf_side side, uint64_t limit)
{
	uint32_t spins = 0;

	while (c->next_out != c->next_in) {
		if (perf_dequeue(c, side, PERF_MAX_BURST) == 0 &&
				(++spins & PERF_SPINS_MASK) == 0 && rte_rdtsc() > limit)
			return -ETIMEDOUT;
	}
	return 0;
}

static __rte_always_inline int
rtt(struct perf_client *c, const enum perf_side side, const bool sleeps, const bool seg,
		const struct perf_job *job, struct perf_result *r)
{
	const struct perf_window w = perf_window(c, job);
	const double ns = 1e9 / c->hz;
	uint64_t t0, t1, ops = 0;
	uint32_t spins, left, sent;

	do {
		t0 = rte_rdtsc();
		left = sent = perf_enqueue(c, side, seg, job->params.burst);
		for (spins = 0; left != 0; ) {
			if (sleeps)
				rte_vinetalk_wait(c->dev, 0, PERF_WAIT_US);
			left -= perf_dequeue(c, side, left);
			if ((sleeps || (++spins & PERF_SPINS_MASK) == 0) && rte_rdtsc() > w.limit)
				return -ETIMEDOUT;
		}
		t1 = rte_rdtsc();
		if (t1 < w.warm || sent == 0)
			continue;
		perf_hist_add(c->hist, (uint64_t)((double)(t1 - t0) * ns));
		ops += sent;
	} while (t1 < w.end);
	r->ops = (double)ops;
	r->seconds = (double)(w.end - w.warm) / c->hz;
	return 0;
}

int
perf_loop_rtt(struct perf_client *c, const struct perf_job *job, struct perf_result *r)
{
	if (job->side == PERF_RAW)
		return rtt(c, PERF_RAW, false, false, job, r);
	if (job->side != PERF_VINETALK)
		return rtt(c, job->side, false, false, job, r);
	if (c->seg != NULL)
		return rtt(c, PERF_VINETALK, perf_loop_sleeps(job), true, job, r);
	if (perf_loop_sleeps(job))
		return rtt(c, PERF_VINETALK, true, false, job, r);
	return rtt(c, PERF_VINETALK, false, false, job, r);
}

/*
 * A burst goes in whenever it keeps to in_flight; up to a burst is taken out each turn, or, where
 * that would sleep, when no more can go in.
 */
static __rte_always_inline int
closed(struct perf_client *c, const enum perf_side side, const bool sleeps, const uint32_t mask,
		const struct perf_job *job, struct perf_result *r)
{
	const uint32_t burst = job->params.burst, in_flight = job->params.in_flight;
	const struct perf_window w = perf_window(c, job);
	uint64_t now, from = 0, from_tsc = 0;
	uint32_t turns = 0, sent, got;
	bool idle;

	for (;;) {
		sent = 0;
		if (c->next_in - c->next_out + burst <= in_flight)
			sent = perf_enqueue(c, side, false, burst);
		got = 0;
		if (mask != 0 || sent == 0)
			got = perf_dequeue(c, side, burst);
		/* As an application would: only if there is nothing to do. */
		idle = sleeps && sent == 0 && got == 0;
		if (idle)
			rte_vinetalk_wait(c->dev, 0, PERF_WAIT_US);
		if (!idle && (++turns & mask) != 0)
			continue;
		now = rte_rdtsc();
		if (from_tsc == 0 && now >= w.warm) {
			from = c->next_out;
			from_tsc = now;
		}
		/* Something came back, also if this process had no CPU all that time. */
		if ((now >= w.end && c->next_out != from) || now >= w.limit)
			break;
	}
	if (c->next_out == from)
		return -ETIMEDOUT;
	r->ops = (double)(c->next_out - from);
	r->seconds = (double)(now - from_tsc) / c->hz;
	return drain(c, side, w.limit);
}

int
perf_loop_closed(struct perf_client *c, const struct perf_job *job, struct perf_result *r)
{
	if (job->side == PERF_RAW)
		return closed(c, PERF_RAW, false, 63, job, r);
	if (job->side != PERF_VINETALK)
		return closed(c, job->side, false, 0, job, r);
	if (perf_loop_sleeps(job))
		return closed(c, PERF_VINETALK, true, 63, job, r);
	return closed(c, PERF_VINETALK, false, 63, job, r);
}
