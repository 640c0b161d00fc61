/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <stdlib.h>
#include <string.h>

#include "perf/stats.h"
#include "test.h"

/* The statistics of the measurements. */

static struct perf_hist hist, other;

static int
setup(void)
{
	memset(&hist, 0, sizeof(hist));
	memset(&other, 0, sizeof(other));
	return 0;
}

static void
test_median(void)
{
	double one[] = { 7 }, odd[] = { 9, 1, 5 }, even[] = { 4, 1, 3, 100 };

	CU_ASSERT_EQUAL(perf_median(one, 1), 7);
	CU_ASSERT_EQUAL(perf_median(odd, 3), 5);
	CU_ASSERT_EQUAL(odd[0], 1);
	CU_ASSERT_EQUAL(odd[2], 9);
	CU_ASSERT_EQUAL(perf_median(even, 4), 3.5);
}

static void
test_jain(void)
{
	double equal[] = { 5, 5, 5, 5 }, greedy[] = { 0, 8, 0, 0 }, none[] = { 0, 0 };
	double some[] = { 1, 3 };

	CU_ASSERT_DOUBLE_EQUAL(perf_jain(equal, 4), 1, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(perf_jain(greedy, 4), 0.25, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(perf_jain(none, 2), 1, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(perf_jain(some, 2), 0.8, 1e-12);
}

static void
test_buckets(void)
{
	uint64_t v, step;
	uint32_t last = 0, b;

	for (v = 0; v < PERF_HIST_EXACT; v++)
		CU_ASSERT_EQUAL(perf_hist_bucket(v), v);
	CU_ASSERT_EQUAL(perf_hist_bucket(PERF_HIST_EXACT), PERF_HIST_EXACT);
	/* No bucket is left out, none is met again. */
	for (v = PERF_HIST_EXACT, step = 2; v < UINT64_C(1) << 36; v += step) {
		if (v == UINT64_C(1) << (63 - __builtin_clzll(v)))
			step = v / 1024;
		b = perf_hist_bucket(v);
		if (v > PERF_HIST_EXACT && b != last + 1)
			CU_FAIL("a bucket is left out");
		if (perf_hist_bucket(v + step - 1) != b)
			CU_FAIL("a bucket is narrower than it should be");
		last = b;
	}
	CU_ASSERT_EQUAL(last, PERF_HIST_BUCKETS - 1);
	CU_ASSERT_EQUAL(perf_hist_bucket(UINT64_C(1) << 36), PERF_HIST_BUCKETS - 1);
	CU_ASSERT_EQUAL(perf_hist_bucket(UINT64_MAX), PERF_HIST_BUCKETS - 1);
}

static void
test_percentiles(void)
{
	uint32_t i;

	setup();
	CU_ASSERT_EQUAL(perf_hist_percentile(&hist, 0.5), 0);
	for (i = 1; i <= 1000; i++)
		perf_hist_add(&hist, i);
	CU_ASSERT_EQUAL(perf_hist_percentile(&hist, 0), 1);
	CU_ASSERT_EQUAL(perf_hist_percentile(&hist, 0.50), 500.5);
	CU_ASSERT_EQUAL(perf_hist_percentile(&hist, 0.99), 990.5);
	CU_ASSERT_DOUBLE_EQUAL(perf_hist_percentile(&hist, 0.999), 999.5, 1e-9);
	CU_ASSERT_EQUAL(perf_hist_percentile(&hist, 1), 1000);
	/* A large one, to a part in a thousand. */
	for (i = 0; i < 9000; i++)
		perf_hist_add(&other, 123456789);
	perf_hist_merge(&hist, &other);
	CU_ASSERT_EQUAL(hist.nb, 10000);
	CU_ASSERT_DOUBLE_EQUAL(perf_hist_percentile(&hist, 0.5), 123456789, 123456.789);
	CU_ASSERT_EQUAL(perf_hist_percentile(&hist, 0.05), 500.5);
}

/* A clock of 10 ns: what is between its steps is not lost. */
static void
test_clock_steps(void)
{
	uint32_t i;

	setup();
	for (i = 0; i < 300; i++)
		perf_hist_add(&hist, 250);
	for (i = 0; i < 400; i++)
		perf_hist_add(&hist, 260);
	for (i = 0; i < 300; i++)
		perf_hist_add(&hist, 270);
	CU_ASSERT_DOUBLE_EQUAL(perf_hist_percentile(&hist, 0.50), 260, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(perf_hist_percentile(&hist, 0.60), 262.5, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(perf_hist_percentile(&hist, 0.70), 265, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(perf_hist_percentile(&hist, 0.10), 250 + 5 / 3.0, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(perf_hist_percentile(&hist, 1), 270, 1e-9);
	/* Far away: a value of its own. */
	for (i = 0; i < 1000; i++)
		perf_hist_add(&hist, 290);
	CU_ASSERT_EQUAL(perf_hist_percentile(&hist, 0.75), 290);
}

static const struct vt_test_case cases[] = {
	{ "median", test_median },
	{ "Jain's index", test_jain },
	{ "buckets of a histogram", test_buckets },
	{ "percentiles", test_percentiles },
	{ "percentiles between the steps of a clock", test_clock_steps },
};

VT_TEST_SUITE(vinetalk_perf_stats_autotest, setup, NULL, cases);
