/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Test and baseline in turns, A B A B. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perf.h"

/* No measurement is shorter, however many there are. */
#define MIN_SECONDS 0.01

/* A poller that spins has a CPU all the time, or others use it too. */
#define MIN_CPU 90

static double
poller_cpu(void)
{
	struct perf_usage u;

	perf_server_usage(&u);
	return 100.0 * (double)u.poller_ns / (double)u.wall_ns;
}

static int
run_params(const struct perf_test *t, const struct perf_params *p, double slot, json_t *results)
{
	static struct perf_series series[PERF_MAX_METRICS];
	double v[PERF_MAX_METRICS] = { 0 }, b[PERF_MAX_METRICS] = { 0 }, cpu = 100;
	unsigned int m;
	long r;
	int ret;

	slot = RTE_MAX(slot, MIN_SECONDS);
	if (t->min_seconds != NULL)
		slot = RTE_MAX(slot, t->min_seconds(p));
	for (r = 0; r < perf_opt.repeats; r++) {
		ret = t->run(p, slot, v);
		if (ret != 0)
			return ret;
		cpu = RTE_MIN(cpu, poller_cpu());
		ret = t->baseline(p, slot, b);
		if (ret != 0)
			return ret;
		for (m = 0; t->metrics[m].name != NULL; m++) {
			series[m].values[r] = v[m];
			series[m].baselines[r] = b[m];
		}
	}
	for (m = 0; t->metrics[m].name != NULL; m++) {
		series[m].nb = (unsigned int)perf_opt.repeats;
		series[m].page_kib = perf_bench_page_kib(PERF_TEST);
		series[m].poller_cpu = cpu;
		perf_report_add(results, t, p, &t->metrics[m], &series[m]);
	}
	if (p->idle == RTE_VTAPPLIANCE_IDLE_POLL && cpu < MIN_CPU)
		printf("note: in a repeat of it the poller had only %.0f %% of its CPU\n", cpu);
	return 0;
}

static int
run_test(const struct perf_test *t, json_t *results, unsigned int *measured,
		unsigned int *skipped)
{
	unsigned int i, nb;
	struct perf_params *all = perf_space_expand(t, &nb);
	char text[256];
	int ret = 0;

	for (i = 0; i < nb; i++) {
		ret = run_params(t, &all[i], perf_opt.seconds / (2 * nb), results);
		if (ret == 0) {
			++*measured;
			continue;
		}
		perf_params_text(t, &all[i], text, sizeof(text));
		if (ret != -ENOTSUP) {
			fprintf(stderr, PERF_PROG ": %s %s: %s\n", t->name, text, strerror(-ret));
			break;
		}
		printf("skipped: %s %s: this library does not have it, or not its baseline\n",
				t->name, text);
		fflush(stdout);
		++*skipped;
		ret = 0;
	}
	/* What the next one does not need is in no poller's way. */
	perf_bench_end(PERF_BASE);
	free(all);
	return ret;
}

int
perf_run_all(json_t *results, unsigned int *measured, unsigned int *skipped)
{
	unsigned int i;
	int ret = 0;

	printf("%-11s %-56s %-18s %-6s %13s %13s %7s %13s %13s  %s\n", "test",
			"layout/sync/idle, parameters", "metric", "unit", "value", "baseline",
			"ratio", "min", "max", "baseline is");
	for (i = 0; ret == 0 && perf_tests[i] != NULL; i++)
		if (perf_opt.tests == 0 || perf_opt.tests & 1u << i)
			ret = run_test(perf_tests[i], results, measured, skipped);
	return ret;
}
