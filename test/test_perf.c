/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "test.h"

/* That the program works; what it measures is not judged here. */

static char program[4096];

static int
setup(void)
{
	snprintf(program, sizeof(program), "%s/test/perf/dpdk-test-vinetalk-perf",
			vt_test_build_dir());
	if (access(program, X_OK) == 0)
		return 0;
	vt_test_skip_reason("%.200s is not built", program);
	return VT_TEST_SKIPPED;
}

static void
check_result(const json_t *r)
{
	static const char * const numbers[] = { "value", "baseline", "ratio", "min", "max" };
	static const char * const strings[] = { "test", "metric", "unit" };
	unsigned int i;

	for (i = 0; i < RTE_DIM(numbers); i++)
		CU_ASSERT(json_number_value(json_object_get(r, numbers[i])) > 0);
	for (i = 0; i < RTE_DIM(strings); i++)
		CU_ASSERT(json_string_length(json_object_get(r, strings[i])) > 0);
	CU_ASSERT(json_number_value(json_object_get(r, "min")) <=
			json_number_value(json_object_get(r, "value")));
	CU_ASSERT(json_number_value(json_object_get(r, "value")) <=
			json_number_value(json_object_get(r, "max")));
	CU_ASSERT(json_integer_value(json_object_get(json_object_get(r, "params"), "burst")) > 0);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_object_get(r, "params"),
			"layout")), "hashed");
}

static void
test_json(void)
{
	char file[4096], *output = NULL;
	const char *argv[] = { program, "--seconds", "0.2", "--repeats", "2", "--json", file, NULL };
	json_t *all, *results;
	size_t i;
	int ret;

	snprintf(file, sizeof(file), "%.4000s/perf.json", vt_test_tmp_dir());
	ret = vt_test_run(argv, NULL, &output, 60000);
	if (ret == VT_TEST_SKIPPED) {
		vt_test_skip_reason("%.200s", output);
		free(output);
		return;
	}
	if (ret != 0)
		printf("\n%s\n", output);
	CU_ASSERT_EQUAL(ret, 0);
	free(output);
	all = json_load_file(file, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(all);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(all, "version")), 1);
	CU_ASSERT(json_string_length(json_object_get(json_object_get(all, "host"), "cpu")) > 0);
	results = json_object_get(all, "results");
	/* p50, p99; ops_per_s at three bursts */
	CU_ASSERT_EQUAL(json_array_size(results), 5);
	for (i = 0; i < json_array_size(results); i++)
		check_result(json_array_get(results, i));
	json_decref(all);
}

static void
refused(const char *option, const char *value, const char *message)
{
	const char *argv[] = { program, option, value, NULL };
	char *output = NULL;

	CU_ASSERT_EQUAL(vt_test_run(argv, NULL, &output, 20000), 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, message));
	free(output);
}

static void
test_wrong(void)
{
	refused("--test", "rtt,nonsense", "there is no test 'nonsense'. There are: rtt throughput");
	refused("--test", ",", "--test: no name");
	refused("--seconds", "0", "0.01 to 3600");
	refused("--seconds", "1x", "0.01 to 3600");
	refused("--repeats", "-1", "1 to 1000");
	refused("--repeats", "", "1 to 1000");
	refused("--nonsense", NULL, "Usage:");
	refused("nonsense", NULL, "what is 'nonsense'?");
}

static void
test_list(void)
{
	const char *argv[] = { program, "--no-huge", "--", "--list", NULL };
	char *output = NULL;

	CU_ASSERT_EQUAL(vt_test_run(argv, NULL, &output, 20000), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "rtt "));
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "throughput "));
	free(output);
}

static const struct vt_test_case cases[] = {
	{ "all measurements, with JSON", test_json },
	{ "wrong options", test_wrong },
	{ "list", test_list },
};

VT_TEST_SUITE(vinetalk_perf_autotest, setup, NULL, cases);
