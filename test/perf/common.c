/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <stdio.h>

#include "perf.h"

int
perf_run_simple(const struct perf_test *test, const struct perf_params *params, double seconds,
		struct perf_result *r)
{
	struct perf_setup s;
	int ret;

	perf_setup_init(&s, params);
	ret = perf_bench_use(PERF_TEST, &s);
	if (ret != 0)
		return ret;
	return perf_server_do1(test, PERF_TEST, PERF_VINETALK, params, seconds, r);
}

int
perf_baseline_simple(const struct perf_test *test, const struct perf_params *params,
		enum perf_side side, double seconds, struct perf_result *r)
{
	return perf_server_do1(test, PERF_TEST, side, params, seconds, r);
}

void
perf_domain_text(char *buf, size_t len, const char *text, uint32_t number)
{
	if (number == 0)
		snprintf(buf, len, "%s", text);
	else
		snprintf(buf, len, "%s-%u", text, number);
}

uint32_t
perf_procs_clients(const struct perf_params *params)
{
	return params->clients;
}
