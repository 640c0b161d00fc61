/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <jansson.h>

#include <rte_version.h>

#include "perf.h"

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sorts. */
static double
median(double *v, unsigned int nb)
{
	qsort(v, nb, sizeof(v[0]), compare);
	return nb % 2 != 0 ? v[nb / 2] : (v[nb / 2 - 1] + v[nb / 2]) / 2;
}

void
perf_report_add(json_t *results, const struct perf_test *test, const struct perf_params *params,
		const struct perf_metric *metric, double *values, double *baselines,
		unsigned int nb)
{
	double ratios[nb], value, baseline, ratio;
	json_t *p;
	unsigned int i;

	for (i = 0; i < nb; i++)
		ratios[i] = baselines[i] > 0 ? values[i] / baselines[i] : 0;
	ratio = median(ratios, nb);
	value = median(values, nb);
	baseline = median(baselines, nb);
	printf("%-11s %6u %10u  %-10s %-6s %14.0f %14.0f %7.2f %14.0f %14.0f\n", test->name,
			params->burst, params->in_flight, metric->name, metric->unit, value,
			baseline, ratio, values[0], values[nb - 1]);
	fflush(stdout);

	p = json_pack("{s:s,s:i,s:i,s:s,s:s}", "layout", "hashed", "burst", (int)params->burst,
			"in_flight", (int)params->in_flight, "sync", "rts", "idle", "poll");
	json_array_append_new(results, json_pack("{s:s,s:o,s:s,s:s,s:f,s:f,s:f,s:f,s:f}",
			"test", test->name, "params", p, "metric", metric->name,
			"unit", metric->unit, "value", value, "baseline", baseline,
			"ratio", ratio, "min", values[0], "max", values[nb - 1]));
}

static void
cpu_model(char *buf, size_t len)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[256], *colon;

	snprintf(buf, len, "unknown");
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		colon = strchr(line, ':');
		if (strncmp(line, "model name", 10) != 0 || colon == NULL)
			continue;
		colon[strcspn(colon, "\n")] = '\0';
		snprintf(buf, len, "%s", colon + 2);
		break;
	}
	fclose(f);
}

bool
perf_siblings(int a, int b)
{
	char path[128], list[128] = "";
	FILE *f;
	char *p;
	long from, to;

	snprintf(path, sizeof(path),
			"/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", a);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	if (fgets(list, sizeof(list), f) == NULL)
		list[0] = '\0';
	fclose(f);
	for (p = list; *p >= '0' && *p <= '9'; p += *p == ',') {
		from = to = strtol(p, &p, 10);
		if (*p == '-')
			to = strtol(p + 1, &p, 10);
		if (b >= from && b <= to)
			return true;
	}
	return false;
}

json_t *
perf_report_host(int server_cpu, int client_cpu, bool huge)
{
	struct utsname u;
	char model[128];

	cpu_model(model, sizeof(model));
	uname(&u);
	printf("%s, %ld CPUs, Linux %s, %s, %s pages; appliance on CPU %d, client on CPU %d%s\n",
			model, sysconf(_SC_NPROCESSORS_ONLN), u.release, rte_version(),
			huge ? "2 MiB" : "4 KiB", server_cpu, client_cpu,
			perf_siblings(server_cpu, client_cpu) ? " (hyperthreads of one core)" : "");
	return json_pack("{s:s,s:i,s:s,s:s,s:s,s:i,s:i,s:i,s:b}", "cpu", model,
			"cores", (int)sysconf(_SC_NPROCESSORS_ONLN), "kernel", u.release,
			"dpdk", rte_version(), "vinetalk", VT_VERSION, "page_kib", huge ? 2048 : 4,
			"server_cpu", server_cpu, "client_cpu", client_cpu,
			"siblings", perf_siblings(server_cpu, client_cpu));
}
