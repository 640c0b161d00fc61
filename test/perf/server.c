/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The server's thread, and jobs: what this process does while the clients measure. */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../harness.h"
#include "perf.h"

/* A job takes its time, and this at most, however slow the machine is. */
#define GRACE_NS UINT64_C(30000000000)

static struct {
	pthread_t thread;
	bool running;
	int cpu;
	int cpus[PERF_MAX_CLIENTS];
	unsigned int nb_cpus;
	/* What the thread is to do; side is stored last, and read first. */
	uint32_t side, acked;
	struct rte_vtappliance *app;
	bool spins;
	struct perf_usage usage;
} srv;

static volatile sig_atomic_t interrupted; /* written by a signal handler */

void
perf_server_interrupt(int sig)
{
	RTE_SET_USED(sig);
	interrupted = 1;
}

static uint64_t
clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void
usage_now(struct rte_vtappliance *app, struct perf_usage *u)
{
	clockid_t clock;

	memset(u, 0, sizeof(*u));
	u->wall_ns = clock_ns(CLOCK_MONOTONIC);
	if (pthread_getcpuclockid(srv.thread, &clock) == 0)
		u->poller_ns = clock_ns(clock);
	u->control_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	rte_vtappliance_poller_stats_get(app, 0, &u->poller);
}

void
perf_server_usage(struct perf_usage *u)
{
	*u = srv.usage;
}

/* ---- the thread ---- */

static void *
server_main(void *arg)
{
	uint32_t side, turns, i;

	RTE_SET_USED(arg);
	/* Pairs with the release in perf_server_switch(): the appliance is started. */
	while ((side = __atomic_load_n(&srv.side, __ATOMIC_ACQUIRE)) != PERF_QUIT) {
		__atomic_store_n(&srv.acked, side, __ATOMIC_RELEASE);
		/* Not for each turn that spins; but a turn that sleeps may be the last. */
		turns = side == PERF_RAW || (side == PERF_VINETALK && srv.spins) ? 256 : 1;
		for (i = 0; i < turns; i++) {
			if (side == PERF_VINETALK)
				rte_vtappliance_turn(srv.app, 0);
			else
				perf_channel_echo(side);
		}
		if (side == PERF_NONE)
			usleep(100);
	}
	__atomic_store_n(&srv.acked, side, __ATOMIC_RELEASE);
	return NULL;
}

void
perf_server_switch(enum perf_side side, struct rte_vtappliance *app, bool spins)
{
	const enum perf_side old = (enum perf_side)srv.side;
	struct rte_vtappliance *old_app = srv.app;

	if (!srv.running)
		return;
	if (old == PERF_NONE) {
		srv.app = app;
		srv.spins = spins;
	}
	__atomic_store_n(&srv.side, (uint32_t)side, __ATOMIC_RELEASE);
	while (__atomic_load_n(&srv.acked, __ATOMIC_ACQUIRE) != (uint32_t)side) {
		/* Again and again: it may be just about to sleep. */
		if (old == PERF_VINETALK && !srv.spins)
			rte_vtappliance_wake(old_app, 0);
		perf_channel_kick(old);
		usleep(50);
	}
	if (side == PERF_NONE && !perf_procs_killed())
		perf_channel_reset();
}

int
perf_server_cpu(void)
{
	return srv.cpu;
}

int
perf_server_start(int server_cpu, const int *client_cpus, unsigned int nb)
{
	pthread_attr_t attr;
	cpu_set_t cpus;
	int ret;

	srv.cpu = server_cpu;
	memcpy(srv.cpus, client_cpus, nb * sizeof(srv.cpus[0]));
	srv.nb_cpus = nb;
	CPU_ZERO(&cpus);
	CPU_SET(server_cpu, &cpus);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	ret = -pthread_create(&srv.thread, &attr, server_main, NULL);
	pthread_attr_destroy(&attr);
	srv.running = ret == 0;
	return ret;
}

/* ---- jobs ---- */

/* Stop a client at random, and let it go on at random: up to 2 ms each. */
static void
disturb(unsigned int first, unsigned int nb)
{
	const unsigned int client = first + (unsigned int)rand() % nb;

	perf_procs_signal(client, SIGSTOP);
	usleep(1 + (unsigned int)rand() % 2000);
	perf_procs_signal(client, SIGCONT);
	usleep(1 + (unsigned int)rand() % 2000);
}

static int
collect(unsigned int first, unsigned int nb, bool *done, struct perf_result *results)
{
	unsigned int i;
	int ret;

	for (i = 0; i < nb; i++) {
		if (done[i])
			continue;
		ret = perf_procs_receive(first + i, &results[i]);
		if (ret < 0) {
			fprintf(stderr, PERF_PROG ": client process %u has ended\n", first + i);
			return ret;
		}
		done[i] = ret != 0;
	}
	return 0;
}

static int
wait_all(const struct perf_job *job, unsigned int first, unsigned int nb, bool stops,
		struct perf_result *results)
{
	const uint64_t end = job->start_ns + (uint64_t)(job->seconds * 1e9);
	bool done[PERF_MAX_CLIENTS] = { false };
	unsigned int i, left = nb;
	int ret;

	for (;;) {
		ret = collect(first, nb, done, results);
		if (ret != 0)
			return ret;
		for (i = left = 0; i < nb; i++)
			left += !done[i];
		if (left == 0)
			return 0;
		if (interrupted)
			return -EINTR;
		if (clock_ns(CLOCK_MONOTONIC) > end + GRACE_NS) {
			fprintf(stderr, PERF_PROG ": %u clients do not answer\n", left);
			return -ETIMEDOUT;
		}
		if (stops && clock_ns(CLOCK_MONOTONIC) < end) {
			disturb(first, nb);
			perf_bench_control((enum perf_which)job->bench, 0);
			continue;
		}
		/* Sleeps, so that it disturbs neither side much. */
		perf_bench_control((enum perf_which)job->bench, 20);
	}
}

int
perf_server_jobs(struct perf_job *job, unsigned int first, unsigned int nb, bool spread,
		bool stops, struct perf_result *results)
{
	unsigned int i;
	int ret = 0;

	/* Time for all of them to get there. */
	job->start_ns = clock_ns(CLOCK_MONOTONIC) + 200000 + (nb > 1 ? nb * UINT64_C(1000000) : 0);
	for (i = 0; ret == 0 && i < nb; i++) {
		job->cpu = srv.cpus[spread ? i % srv.nb_cpus : 0];
		job->index = i;
		ret = perf_procs_send(first + i, job);
	}
	if (ret == 0)
		ret = wait_all(job, first, nb, stops, results);
	if (ret != 0) {
		/* They may be anywhere, and answer later what nobody asked for. */
		perf_procs_kill();
		return ret;
	}
	for (i = 0; i < nb; i++) {
		if (results[i].status == 0)
			continue;
		fprintf(stderr, PERF_PROG ": client %u: %s\n", first + i, results[i].error);
		ret = results[i].status;
	}
	return ret;
}

int
perf_server_do(const struct perf_do *what, struct perf_result *results)
{
	const struct perf_setup *s = perf_bench_setup(what->bench);
	struct perf_job job = { .work = PERF_RUN, .side = what->side, .bench = what->bench,
		.test = perf_test_index(what->test), .params = *what->params,
		.seconds = what->seconds };
	struct rte_vtappliance *app = perf_bench_app(what->bench);
	struct perf_usage from;
	int ret;

	perf_server_switch(what->side, app, s->idle == RTE_VTAPPLIANCE_IDLE_POLL);
	usage_now(app, &from);
	ret = perf_server_jobs(&job, s->first, s->procs, what->spread, what->stops, results);
	usage_now(app, &srv.usage);
	srv.usage.wall_ns -= from.wall_ns;
	srv.usage.poller_ns -= from.poller_ns;
	srv.usage.control_ns -= from.control_ns;
	srv.usage.poller.wakeups -= from.poller.wakeups;
	srv.usage.poller.doorbells -= from.poller.doorbells;
	perf_server_switch(PERF_NONE, NULL, false);
	return ret;
}

int
perf_server_do1(const struct perf_test *test, enum perf_which bench, enum perf_side side,
		const struct perf_params *params, double seconds, struct perf_result *r)
{
	const struct perf_do what = { .bench = bench, .side = side, .test = test,
		.params = params, .seconds = seconds };
	struct perf_result results[PERF_MAX_CLIENTS];
	int ret = perf_server_do(&what, results);

	*r = results[0];
	return ret;
}

/* ---- the end ---- */

static void
turn(void)
{
	perf_bench_control(PERF_TEST, 0);
	usleep(1000);
}

void
perf_server_stop(void)
{
	if (interrupted)
		perf_procs_kill();
	if (!perf_procs_killed()) {
		perf_bench_end(PERF_BASE);
		perf_bench_end(PERF_TEST);
	}
	perf_procs_end(turn);
	if (srv.running) {
		perf_server_switch(PERF_QUIT, NULL, false);
		pthread_join(srv.thread, NULL);
	}
	perf_bench_free();
	perf_channel_destroy();
	paths_tmp_remove();
}
