/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* A client process: attaches to benches, and does the client's half of tests. No EAL. */

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <rte_errno.h>

#include "client.h"

uint64_t
perf_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* rte_get_tsc_hz() needs the EAL. */
static double
tsc_hz(void)
{
	const struct timespec nap = { 0, 20000000 };
	uint64_t ns = perf_now_ns(), tsc = rte_rdtsc();

	nanosleep(&nap, NULL);
	return (double)(rte_rdtsc() - tsc) * 1e9 / (double)(perf_now_ns() - ns);
}

static int
pin(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus) < 0 ? -errno : 0;
}

static void
detach(struct perf_attached *at)
{
	while (at->nb_devs > 0) {
		at->nb_devs--;
		rte_vinetalk_stop(at->dev[at->nb_devs]);
		rte_vinetalk_close(at->dev[at->nb_devs]);
	}
}

static int
attach_device(struct perf_attached *at, const struct perf_job *job)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = (uint16_t)job->nb_qps };
	struct rte_vinetalk_vaccel_conf vc = { .accel = RTE_VINETALK_ID_ANY };
	const uint32_t i = at->nb_devs;
	char args[200], path[108];
	uint16_t q;
	int ret;

	/* An appliance that zeroes a large region answers late. Who interrupts parks at once. */
	perf_domain_text(path, sizeof(path), job->path,
		job->domains > 1 ? job->index % job->domains : 0);
	snprintf(args, sizeof(args), "shm,path=%s,timeout_ms=20000,unsafe-sync=1%s", path,
			job->sleeps != 0 ? ",spin_us=0" : "");
	ret = rte_vinetalk_attach(args);
	if (ret < 0)
		return ret;
	at->dev[i] = (uint16_t)ret;
	at->nb_devs++;
	ret = rte_vinetalk_configure(at->dev[i], &conf);
	for (q = 0; ret == 0 && q < conf.nb_queue_pairs; q++)
		ret = rte_vinetalk_queue_pair_setup(at->dev[i], q, NULL);
	if (ret == 0)
		ret = rte_vinetalk_start(at->dev[i]);
	if (ret == 0)
		ret = rte_vinetalk_proc_get(at->dev[i], "nop", RTE_VINETALK_ACCEL_ANY,
				&at->proc[i]);
	vc.proc = at->proc[i];
	if (ret == 0)
		ret = rte_vinetalk_vaccel_acquire(at->dev[i], &vc, &at->vaccel[i]);
	return ret;
}

static int
attach(struct perf_client *c, const struct perf_job *job)
{
	struct perf_attached *at = &c->at[job->bench];
	int ret = 0;

	at->nb_qps = job->nb_qps;
	while (ret == 0 && at->nb_devs < job->nb_devs)
		ret = attach_device(at, job);
	if (ret != 0)
		detach(at);
	return ret;
}

/* Clients of one job begin together, as far as there are CPUs; their clocks do in any case. */
static void
begin(struct perf_client *c, const struct perf_job *job)
{
	const struct timespec ts = { (time_t)(job->start_ns / 1000000000u),
		(long)(job->start_ns % 1000000000u) };
	uint64_t ns;

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
	ns = perf_now_ns();
	c->start = rte_rdtsc();
	if (ns > job->start_ns)
		c->start -= (uint64_t)((double)(ns - job->start_ns) * c->hz / 1e9);
}

static int
run(struct perf_client *c, const struct perf_job *job, struct perf_result *r)
{
	const struct perf_attached *at = &c->at[job->bench];
	int ret;

	if (at->nb_devs != 0) {
		c->dev = at->dev[0];
		c->vaccel = at->vaccel[0];
		c->proc = at->proc[0];
	}
	c->seg = NULL;
	c->seg_len = 0;
	c->wrong = 0;
	c->next_in = c->next_out = 0;
	memset(c->hist, 0, sizeof(*c->hist));
	begin(c, job);
	ret = perf_tests[job->test]->client(c, job, r);
	if (ret == 0 && c->wrong != 0) {
		snprintf(r->error, sizeof(r->error), "a status, or an element out of order");
		return -EBADMSG;
	}
	return ret;
}

static int
work(struct perf_client *c, const struct perf_job *job, struct perf_result *r)
{
	int ret = pin(job->cpu);

	if (ret != 0)
		return ret;
	switch (job->work) {
	case PERF_ATTACH:
		return attach(c, job);
	case PERF_DETACH:
		detach(&c->at[job->bench]);
		return 0;
	case PERF_RUN:
		return run(c, job, r);
	case PERF_END:
		break;
	}
	return -EINVAL;
}

int
perf_client_main(struct perf_hist *hist, int jobs, int results)
{
	struct perf_client *c = aligned_alloc(RTE_CACHE_LINE_SIZE,
			RTE_CACHE_LINE_ROUNDUP(sizeof(*c)));
	struct perf_result r;
	struct perf_job job;
	int status = 0;

	if (c == NULL)
		return 1;
	memset(c, 0, sizeof(*c));
	c->hist = hist;
	c->req = perf_channel_ring(true);
	c->rsp = perf_channel_ring(false);
	c->hz = tsc_hz();
	/* Sleeps of the paced loop end when they should. */
	prctl(PR_SET_TIMERSLACK, 1);
	while (read(jobs, &job, sizeof(job)) == (ssize_t)sizeof(job) && job.work != PERF_END) {
		memset(&r, 0, sizeof(r));
		r.status = work(c, &job, &r);
		if (r.status != 0 && r.error[0] == '\0')
			snprintf(r.error, sizeof(r.error), "%s", strerror(-r.status));
		if (write(results, &r, sizeof(r)) != (ssize_t)sizeof(r)) {
			status = 1;
			break;
		}
	}
	detach(&c->at[PERF_TEST]);
	detach(&c->at[PERF_BASE]);
	free(c);
	return status;
}
