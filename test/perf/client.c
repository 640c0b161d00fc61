/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_pause.h>
#include <rte_ring_elem.h>
#include <rte_vinetalk.h>

#include "perf.h"

/* Buckets of 1 ns; the last one also counts all that is longer. */
#define HIST_NS (1u << 20)
/* Nothing came back for so many dequeues: look at the clock. */
#define SPINS_MASK 0xfffffu

struct client {
	uint16_t dev, vaccel, proc;
	bool attached;
	struct rte_ring *req, *rsp;
	uint64_t next_in, next_out; /* cookies */
	uint64_t wrong;             /* not zero: a status, or a cookie out of order */
	uint32_t *hist;
	struct rte_vinetalk_task tasks[PERF_MAX_BURST];
	struct rte_vinetalk_task echoes[PERF_MAX_BURST];
	struct rte_vinetalk_completion completions[PERF_MAX_BURST];
};

/* A span of time in both clocks: rte_get_tsc_hz() needs the EAL. */
struct span {
	uint64_t tsc, ns;
};

static struct span
span_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct span){ rte_rdtsc(), (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec };
}

static double
tsc_hz(void)
{
	struct timespec nap = { 0, 20000000 };
	struct span a = span_now(), b;

	nanosleep(&nap, NULL);
	b = span_now();
	return (double)(b.tsc - a.tsc) * 1e9 / (double)(b.ns - a.ns);
}

/* The same preparation of an element for both sides. */
static __rte_always_inline uint32_t
enqueue(struct client *c, bool raw, uint32_t nb)
{
	uint32_t i, n;

	for (i = 0; i < nb; i++)
		rte_vinetalk_task_init(&c->tasks[i], c->vaccel, c->proc, c->next_in + i);
	if (raw)
		n = rte_ring_sp_enqueue_burst_elem(c->req, c->tasks, sizeof(c->tasks[0]), nb, NULL);
	else
		n = rte_vinetalk_enqueue_burst(c->dev, 0, c->tasks, (uint16_t)nb);
	c->next_in += n;
	return n;
}

/* The same check of an element for both sides. */
static __rte_always_inline uint32_t
dequeue(struct client *c, bool raw, uint32_t nb)
{
	uint32_t i, n;

	if (raw) {
		n = rte_ring_sc_dequeue_burst_elem(c->rsp, c->echoes, sizeof(c->echoes[0]), nb, NULL);
		for (i = 0; i < n; i++)
			c->wrong |= c->echoes[i].cookie ^ c->next_out++;
	} else {
		n = rte_vinetalk_dequeue_burst(c->dev, 0, c->completions, (uint16_t)nb);
		for (i = 0; i < n; i++)
			c->wrong |= (c->completions[i].cookie ^ c->next_out++) |
				(uint32_t)c->completions[i].status;
	}
	return n;
}

/* Take what is out. */
static int
drain(struct client *c, bool raw, uint64_t limit)
{
	uint32_t spins = 0;

	while (c->next_out != c->next_in) {
		if (dequeue(c, raw, PERF_MAX_BURST) == 0 && (++spins & SPINS_MASK) == 0 &&
				rte_rdtsc() > limit)
			return -ETIMEDOUT;
	}
	return 0;
}

static double
percentile(const struct client *c, uint64_t nb, double part)
{
	uint64_t want = (uint64_t)((double)nb * part), sum = 0;
	uint32_t i;

	for (i = 0; i < HIST_NS - 1; i++) {
		sum += c->hist[i];
		if (sum > want)
			break;
	}
	return i;
}

static __rte_always_inline int
rtt(struct client *c, bool raw, const struct perf_job *job, double hz, double *values)
{
	uint64_t start = rte_rdtsc(), warm = start + (uint64_t)(hz * job->seconds / 10);
	uint64_t end = start + (uint64_t)(hz * job->seconds), limit = end + (uint64_t)(2 * hz);
	double ns = 1e9 / hz;
	uint64_t t0, t1, took, nb = 0;
	uint32_t spins, left;

	memset(c->hist, 0, sizeof(uint32_t) * HIST_NS);
	do {
		t0 = rte_rdtsc();
		left = enqueue(c, raw, job->params.burst);
		for (spins = 0; left != 0; ) {
			left -= dequeue(c, raw, left);
			if ((++spins & SPINS_MASK) == 0 && rte_rdtsc() > limit)
				return -ETIMEDOUT;
		}
		t1 = rte_rdtsc();
		if (t1 < warm)
			continue;
		took = (uint64_t)((double)(t1 - t0) * ns);
		c->hist[RTE_MIN(took, HIST_NS - 1)]++;
		nb++;
	} while (t1 < end);
	values[0] = percentile(c, nb, 0.50);
	values[1] = percentile(c, nb, 0.99);
	return nb != 0 ? 0 : -ENODATA;
}

/* A burst goes in whenever it keeps to in_flight; up to a burst is taken out each turn. */
static __rte_always_inline int
closed(struct client *c, bool raw, const struct perf_job *job, double hz, double *values)
{
	const uint32_t burst = job->params.burst, in_flight = job->params.in_flight;
	uint64_t start = rte_rdtsc(), now, warm = start + (uint64_t)(hz * job->seconds / 10);
	uint64_t end = start + (uint64_t)(hz * job->seconds), from = 0, from_tsc = 0;
	uint32_t turns = 0;

	for (;;) {
		if (c->next_in - c->next_out + burst <= in_flight)
			enqueue(c, raw, burst);
		dequeue(c, raw, burst);
		if ((++turns & 63) != 0)
			continue;
		now = rte_rdtsc();
		if (from_tsc == 0 && now >= warm) {
			from = c->next_out;
			from_tsc = now;
		}
		if (now >= end)
			break;
	}
	if (from_tsc == 0 || c->next_out == from)
		return -ENODATA;
	values[0] = (double)(c->next_out - from) * hz / (double)(now - from_tsc);
	return drain(c, raw, end + (uint64_t)(2 * hz));
}

static int
attach(struct client *c, const struct perf_job *job)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	struct rte_vinetalk_qp_conf qc = { 0 };
	struct rte_vinetalk_vaccel_conf vc = { .accel = RTE_VINETALK_ID_ANY };
	char args[160];
	cpu_set_t cpus;
	int ret;

	CPU_ZERO(&cpus);
	CPU_SET(job->cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		return -errno;
	snprintf(args, sizeof(args), "shm,path=%s", job->path);
	ret = rte_vinetalk_attach(args);
	if (ret < 0)
		return ret;
	c->dev = (uint16_t)ret;
	c->attached = true;
	ret = rte_vinetalk_configure(c->dev, &conf);
	if (ret == 0)
		ret = rte_vinetalk_queue_pair_setup(c->dev, 0, &qc);
	if (ret == 0)
		ret = rte_vinetalk_start(c->dev);
	if (ret == 0)
		ret = rte_vinetalk_proc_get(c->dev, "nop", RTE_VINETALK_ACCEL_ANY, &c->proc);
	vc.proc = c->proc;
	if (ret == 0)
		ret = rte_vinetalk_vaccel_acquire(c->dev, &vc, &c->vaccel);
	return ret;
}

static int
work(struct client *c, const struct perf_job *job, struct perf_result *r)
{
	const bool raw = job->side == PERF_RAW;
	double hz;
	int ret;

	if (job->work == PERF_ATTACH)
		return attach(c, job);
	hz = tsc_hz();
	c->wrong = 0;
	c->next_in = c->next_out = 0;
	if (job->work == PERF_RTT)
		ret = raw ? rtt(c, true, job, hz, r->values) : rtt(c, false, job, hz, r->values);
	else
		ret = raw ? closed(c, true, job, hz, r->values) :
			closed(c, false, job, hz, r->values);
	if (ret == 0 && c->wrong != 0) {
		snprintf(r->error, sizeof(r->error), "a status, or an element out of order");
		return -EBADMSG;
	}
	return ret;
}

int
perf_client(struct perf_shared *shared, int jobs, int results)
{
	struct perf_result r;
	struct perf_job job;
	struct client *c = calloc(1, sizeof(*c));
	int status = 0;

	if (c != NULL)
		c->hist = malloc(sizeof(uint32_t) * HIST_NS);
	if (c == NULL || c->hist == NULL) {
		free(c);
		return 1;
	}
	c->req = perf_ring(shared, shared->req_off);
	c->rsp = perf_ring(shared, shared->rsp_off);
	while (read(jobs, &job, sizeof(job)) == (ssize_t)sizeof(job)) {
		memset(&r, 0, sizeof(r));
		if (job.work == PERF_DETACH)
			break;
		r.status = work(c, &job, &r);
		if (r.status != 0 && r.error[0] == '\0')
			snprintf(r.error, sizeof(r.error), "%s", strerror(-r.status));
		if (write(results, &r, sizeof(r)) != (ssize_t)sizeof(r)) {
			status = 1;
			break;
		}
	}
	if (c->attached) {
		rte_vinetalk_stop(c->dev);
		rte_vinetalk_close(c->dev);
	}
	free(c->hist);
	free(c);
	return status;
}
