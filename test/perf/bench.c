/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Benches: an appliance with one domain, and the clients attached to it. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_memzone.h>
#include <rte_vtregion.h>

#include "../harness.h"
#include "perf.h"

struct bench {
	struct perf_setup setup;
	struct rte_vtappliance *app;
	unsigned int page_kib;
	bool attached;
	char name[24]; /* of the domain; behind those of the others stands their number */
	char path[100];
};

static struct bench benches[PERF_BENCHES];
static unsigned int serial; /* no socket and no domain has the name of an earlier one */

void
perf_setup_init(struct perf_setup *s, const struct perf_params *p)
{
	memset(s, 0, sizeof(*s));
	s->layout = p->layout;
	s->sync = p->sync;
	s->idle = p->idle;
	s->sleeps = p->idle == RTE_VTAPPLIANCE_IDLE_INTERRUPT;
	s->procs = s->devs = s->qps = 1;
	s->depth = PERF_CQ_DEPTH;
	s->rq_depth = PERF_RAW_DEPTH;
	s->arena_mib = 2;
}

const struct perf_setup *
perf_bench_setup(enum perf_which which)
{
	return &benches[which].setup;
}

struct rte_vtappliance *
perf_bench_app(enum perf_which which)
{
	return benches[which].app;
}

unsigned int
perf_bench_page_kib(enum perf_which which)
{
	return benches[which].app != NULL ? benches[which].page_kib : 0;
}

int
perf_bench_latency(enum perf_which which, uint32_t client, uint16_t vaccel,
		struct rte_vtappliance_latency *latency)
{
	return rte_vtappliance_latency_get(benches[which].app, benches[which].name, client, vaccel,
		latency);
}

/* ---- what the library takes: the only place that knows ---- */

static void
domain_choose(const struct perf_setup *s, struct rte_vtappliance_domain_conf *domain)
{
	domain->layout = s->layout;
	/* Layout thread has one producer for each queue, and nothing to choose. */
	if (s->layout != RTE_VTREGION_THREAD)
		domain->sync = s->sync;
	domain->unsafe_sync = domain->sync != RTE_VTREGION_SYNC_RTS;
}

/* KiB of the pages that hold an address. */
static unsigned int
page_kib_of(const void *addr)
{
	unsigned long from = 0, to = 0;
	unsigned int kib = 4, n;
	char line[512];
	FILE *f = fopen("/proc/self/smaps", "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			continue;
		if ((uintptr_t)addr >= from && (uintptr_t)addr < to &&
				sscanf(line, "KernelPageSize: %u kB", &n) == 1)
			kib = n;
	}
	if (f != NULL)
		fclose(f);
	return kib;
}

static int
domain_add(struct bench *b, const struct perf_setup *s, uint32_t number)
{
	char zone[40], name[28], path[108];
	struct rte_vtappliance_domain_conf domain = {
		.name = name,
		.path = path,
		.weight = number + 1,
		.arena_size = (uint64_t)s->arena_mib << 20,
		.nb_clients = s->procs * s->devs / RTE_MAX(s->domains, 1u),
		.qps = s->qps,
		.depth = s->depth,
		.rq_depth = s->rq_depth,
		.uid = -1,
		.gid = -1,
		.no_huge = !perf_channel_huge(),
	};
	const struct rte_memzone *mz;
	int ret;

	perf_domain_text(name, sizeof(name), b->name, number);
	perf_domain_text(path, sizeof(path), b->path, number);
	snprintf(zone, sizeof(zone), "vt_%s", name);
	domain_choose(s, &domain);
	ret = rte_vtappliance_domain_add(b->app, &domain);
	if (ret != 0)
		return ret;
	mz = rte_memzone_lookup(zone);
	b->page_kib = mz != NULL ? page_kib_of(mz->addr) : 4;
	/* The library does without huge pages where there are too few. */
	if (b->page_kib == 4)
		printf("note: too few free huge pages for the next domain, it has 4 KiB pages\n");
	fflush(stdout);
	return 0;
}

static int
appliance_make(struct bench *b, const struct perf_setup *s)
{
	const struct rte_vtappliance_conf conf = { .nb_pollers = 1, .idle = s->idle,
		.sched = s->sched, .latency = s->latency != 0, .ahead_us = s->ahead_us };
	uint32_t i;
	int ret;

	if (vt_test_tmp_dir() == NULL)
		return -errno;
	b->app = rte_vtappliance_create(&conf);
	if (b->app == NULL)
		return -rte_errno;
	ret = rte_vtappliance_accel_add(b->app, "null");
	if (ret == 0 && s->accel != NULL && rte_vtappliance_accel_add(b->app, s->accel) != 0)
		ret = -ENOTSUP;
	snprintf(b->name, sizeof(b->name), "perf%u", ++serial);
	snprintf(b->path, sizeof(b->path), "%.70s/%s.sock", vt_test_tmp_dir(), b->name);
	for (i = 0; ret == 0 && i < RTE_MAX(s->domains, 1u); i++)
		ret = domain_add(b, s, i);
	if (ret == 0)
		ret = rte_vtappliance_start(b->app);
	return ret;
}

/* ---- benches ---- */

static int
clients_do(enum perf_which which, enum perf_work work)
{
	struct bench *b = &benches[which];
	struct perf_result results[PERF_MAX_CLIENTS];
	struct perf_job job = { .work = work, .side = PERF_VINETALK, .bench = which,
		.params.idle = b->setup.idle, .nb_devs = b->setup.devs,
		.nb_qps = b->setup.qps, .seconds = 20, .sleeps = b->setup.sleeps,
		.domains = b->setup.domains };
	int ret;

	snprintf(job.path, sizeof(job.path), "%s", b->path);
	perf_server_switch(PERF_VINETALK, b->app, b->setup.idle == RTE_VTAPPLIANCE_IDLE_POLL);
	ret = perf_server_jobs(&job, b->setup.first, b->setup.procs, true, false, results);
	perf_server_switch(PERF_NONE, NULL, false);
	return ret;
}

void
perf_bench_end(enum perf_which which)
{
	struct bench *b = &benches[which];

	if (b->attached && !perf_procs_killed())
		clients_do(which, PERF_DETACH);
	rte_vtappliance_free(b->app);
	memset(b, 0, sizeof(*b));
}

int
perf_bench_use(enum perf_which which, const struct perf_setup *s)
{
	struct bench *b = &benches[which];
	int ret;

	if (b->app != NULL && memcmp(&b->setup, s, sizeof(*s)) == 0)
		return 0;
	perf_bench_end(which);
	ret = appliance_make(b, s);
	if (ret == 0) {
		b->setup = *s;
		b->attached = true;
		ret = clients_do(which, PERF_ATTACH);
	}
	if (ret != 0 && ret != -ENOTSUP)
		fprintf(stderr, PERF_PROG ": cannot make an appliance with its clients: %s\n",
				strerror(-ret));
	if (ret != 0)
		perf_bench_end(which);
	return ret;
}

void
perf_bench_control(enum perf_which which, int timeout_ms)
{
	enum perf_which other = which == PERF_TEST ? PERF_BASE : PERF_TEST;

	if (benches[other].app != NULL)
		rte_vtappliance_control(benches[other].app, 0);
	if (benches[which].app != NULL)
		rte_vtappliance_control(benches[which].app, timeout_ms);
	else if (timeout_ms != 0)
		rte_delay_us_sleep((unsigned int)timeout_ms * 1000);
}

void
perf_bench_free(void)
{
	unsigned int i;

	for (i = 0; i < PERF_BENCHES; i++) {
		rte_vtappliance_free(benches[i].app);
		benches[i].app = NULL;
	}
}
