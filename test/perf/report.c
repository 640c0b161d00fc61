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

/* Small figures have decimals. */
static int
decimals(double v)
{
	return v != 0 && v < 1000 ? v < 10 ? 4 : 2 : 0;
}

static json_t *
params_json(const struct perf_test *t, const struct perf_params *p)
{
	json_t *o = json_pack("{s:s,s:s,s:s}", "layout", perf_layout_names[p->layout],
			"sync", perf_sync_names[p->sync], "idle", perf_idle_names[p->idle]);

	if (t->fields & PERF_F_BURST)
		json_object_set_new(o, "burst", json_integer(p->burst));
	if (t->fields & PERF_F_IN_FLIGHT)
		json_object_set_new(o, "in_flight", json_integer(p->in_flight));
	if (t->fields & PERF_F_BYTES)
		json_object_set_new(o, "payload", json_integer(p->bytes));
	if (t->fields & PERF_F_ENGINE) {
		json_object_set_new(o, "engine", json_string(p->engine));
		json_object_set_new(o, "op", json_string(p->op));
		json_object_set_new(o, "size", json_integer(p->bytes));
	}
	if (t->fields & PERF_F_MIX)
		json_object_set_new(o, "mix", json_string(p->mix));
	if (t->fields & PERF_F_QUEUES) {
		json_object_set_new(o, "queue_pairs", json_integer(p->queue_pairs));
		json_object_set_new(o, "active", json_integer(p->active));
	}
	if (t->fields & PERF_F_CLIENTS)
		json_object_set_new(o, "clients", json_integer(p->clients));
	if (t->fields & PERF_F_RATE) {
		json_object_set_new(o, "mode", json_string(perf_idle_names[p->idle]));
		json_object_set_new(o, "rate", json_integer(p->rate));
	}
	return o;
}

void
perf_report_add(json_t *results, const struct perf_test *test, const struct perf_params *params,
		const struct perf_metric *metric, struct perf_series *series)
{
	const char *base = test->baseline_name != NULL ? test->baseline_name :
		test->baseline_name_of(params);
	double *values = series->values, *baselines = series->baselines;
	const unsigned int nb = series->nb;
	double ratios[nb], value, baseline, ratio;
	char text[256];
	unsigned int i;

	for (i = 0; i < nb; i++)
		ratios[i] = baselines[i] > 0 ? values[i] / baselines[i] : 0;
	ratio = perf_median(ratios, nb);
	value = perf_median(values, nb);
	baseline = perf_median(baselines, nb);
	printf("%-11s %-56s %-18s %-6s %13.*f %13.*f %7.2f %13.*f %13.*f  %s\n", test->name,
			perf_params_text(test, params, text, sizeof(text)), metric->name,
			metric->unit, decimals(value), value, decimals(baseline), baseline, ratio,
			decimals(values[0]), values[0], decimals(values[nb - 1]), values[nb - 1],
			base);
	fflush(stdout);
	json_array_append_new(results, json_pack(
			"{s:s,s:o,s:s,s:s,s:f,s:f,s:s,s:f,s:f,s:f,s:i,s:f}",
			"test", test->name, "params", params_json(test, params),
			"metric", metric->name, "unit", metric->unit, "value", value,
			"baseline", baseline, "baseline_name", base, "ratio", ratio,
			"min", values[0], "max", values[nb - 1], "page_kib", (int)series->page_kib,
			"poller_cpu", series->poller_cpu));
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
