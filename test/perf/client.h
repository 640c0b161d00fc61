/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef PERF_CLIENT_H
#define PERF_CLIENT_H

/**
 * @file
 * Inside a client process: its state, and the two operations of which all loops consist.
 */

#include <rte_cycles.h>
#include <rte_ring_elem.h>
#include <rte_vinetalk.h>

#include "perf.h"

/** Nothing came back for so many dequeues: look at the clock. */
#define PERF_SPINS_MASK 0xfffffu
/** Longest sleep before a loop looks at the clock. */
#define PERF_WAIT_US 100000

/** What a client has attached to a bench. */
struct perf_attached {
	uint32_t nb_devs, nb_qps;
	uint16_t dev[RTE_VINETALK_MAX_DEVS];
	uint16_t vaccel[RTE_VINETALK_MAX_DEVS];
	uint16_t proc[RTE_VINETALK_MAX_DEVS];
};

struct perf_client {
	struct perf_attached at[PERF_BENCHES];
	struct rte_ring *req, *rsp;
	struct perf_hist *hist;
	double hz;                  /**< Of rte_rdtsc(). */
	uint64_t start;             /**< Of the job, in TSC. */
	/* The device in use, its only queue pair is number 0. */
	uint16_t dev, vaccel, proc;
	void *seg;                  /**< Input segment of each task, or NULL. */
	uint32_t seg_len;
	uint64_t next_in, next_out; /**< Cookies. */
	uint64_t wrong;             /**< Not zero: a status, or a cookie out of order. */
	struct rte_vinetalk_task tasks[PERF_MAX_BURST];
	struct rte_vinetalk_task echoes[PERF_MAX_BURST];
	struct rte_vinetalk_completion completions[PERF_MAX_BURST];
};

/** The window of a job in TSC. */
struct perf_window {
	uint64_t warm;  /**< What ends before is not counted. */
	uint64_t end;
	uint64_t limit; /**< What is not back by then is lost. */
};

static inline struct perf_window
perf_window(const struct perf_client *c, const struct perf_job *job)
{
	const uint64_t end = c->start + (uint64_t)(c->hz * job->seconds);

	return (struct perf_window){ c->start + (uint64_t)(c->hz * job->seconds / 10), end,
		end + (uint64_t)(5 * c->hz) };
}

/** Enqueue nb elements, prepared alike on all sides. side is a constant in the fast loops. */
static __rte_always_inline uint32_t
perf_enqueue(struct perf_client *c, const enum perf_side side, const bool seg, uint32_t nb)
{
	uint32_t i, n;

	for (i = 0; i < nb; i++) {
		rte_vinetalk_task_init(&c->tasks[i], c->vaccel, c->proc, c->next_in + i);
		if (seg && c->seg_len != 0)
			rte_vinetalk_task_in(c->dev, &c->tasks[i], c->seg, c->seg_len);
	}
	if (side == PERF_VINETALK)
		n = rte_vinetalk_enqueue_burst(c->dev, 0, c->tasks, (uint16_t)nb);
	else if (side == PERF_RAW)
		n = rte_ring_sp_enqueue_burst_elem(c->req, c->tasks, sizeof(c->tasks[0]), nb, NULL);
	else
		n = perf_channel_send(side, c->tasks, nb);
	c->next_in += n;
	return n;
}

/** Dequeue up to nb elements, checked alike on all sides. */
static __rte_always_inline uint32_t
perf_dequeue(struct perf_client *c, const enum perf_side side, uint32_t nb)
{
	uint32_t i, n;

	if (side == PERF_VINETALK) {
		n = rte_vinetalk_dequeue_burst(c->dev, 0, c->completions, (uint16_t)nb);
		for (i = 0; i < n; i++)
			c->wrong |= (c->completions[i].cookie ^ c->next_out++) |
				(uint32_t)c->completions[i].status;
		return n;
	}
	if (side == PERF_RAW)
		n = rte_ring_sc_dequeue_burst_elem(c->rsp, c->echoes, sizeof(c->echoes[0]), nb,
				NULL);
	else
		n = perf_channel_recv(side, c->echoes, nb);
	for (i = 0; i < n; i++) {
		c->wrong |= side == PERF_EVENTFD ? 0 : c->echoes[i].cookie ^ c->next_out;
		c->next_out++;
	}
	return n;
}

/* loops.c: what most tests do. Each picks the loop that is compiled for side and idle mode. */

/** One burst at a time, each timed into c->hist; with segments if the job has bytes. */
int perf_loop_rtt(struct perf_client *c, const struct perf_job *job, struct perf_result *r);
/** Closed loop. */
int perf_loop_closed(struct perf_client *c, const struct perf_job *job, struct perf_result *r);
/** Whether a client sleeps while it waits. */
bool perf_loop_sleeps(const struct perf_job *job);
/** CLOCK_MONOTONIC. */
uint64_t perf_now_ns(void);

#endif /* PERF_CLIENT_H */
