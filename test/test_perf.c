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

#define MAX_ARGS 24

static char program[4096];
static json_t *all; /* what the last run wrote */

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

/* ---- what all results have ---- */

static void
check_result(const json_t *r)
{
	static const char * const numbers[] = { "value", "baseline", "ratio", "min", "max" };
	static const char * const strings[] = { "test", "metric", "unit", "baseline_name" };
	static const char * const params[] = { "layout", "sync", "idle" };
	const json_t *p = json_object_get(r, "params");
	unsigned int i;

	for (i = 0; i < RTE_DIM(numbers); i++) {
		CU_ASSERT(json_is_real(json_object_get(r, numbers[i])));
		CU_ASSERT(json_number_value(json_object_get(r, numbers[i])) >= 0);
	}
	for (i = 0; i < RTE_DIM(strings); i++)
		CU_ASSERT(json_string_length(json_object_get(r, strings[i])) > 0);
	for (i = 0; i < RTE_DIM(params); i++)
		CU_ASSERT(json_string_length(json_object_get(p, params[i])) > 0);
	CU_ASSERT(json_number_value(json_object_get(r, "min")) <=
			json_number_value(json_object_get(r, "value")));
	CU_ASSERT(json_number_value(json_object_get(r, "value")) <=
			json_number_value(json_object_get(r, "max")));
	CU_ASSERT(json_integer_value(json_object_get(r, "page_kib")) > 0);
	CU_ASSERT(json_number_value(json_object_get(r, "poller_cpu")) > 0);
}

/* Run it with these arguments (NULL behind the last) into all. false: skipped, or it failed. */
static bool
run(const char * const *options)
{
	char file[4096], *output = NULL;
	const char *argv[MAX_ARGS] = { program, "--seconds", "0.05", "--json", file };
	unsigned int n = 5;
	size_t i;
	int ret;

	snprintf(file, sizeof(file), "%.4000s/perf.json", vt_test_tmp_dir());
	while (*options != NULL && n + 1 < RTE_DIM(argv))
		argv[n++] = *options++;
	json_decref(all);
	all = NULL;
	ret = vt_test_run(argv, NULL, &output, 60000);
	if (ret == VT_TEST_SKIPPED)
		vt_test_skip_reason("%.200s", output);
	else if (ret != 0)
		printf("\n%s\n", output);
	free(output);
	if (ret == VT_TEST_SKIPPED)
		return false;
	CU_ASSERT_EQUAL(ret, 0);
	all = json_load_file(file, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL(all);
	if (ret != 0 || all == NULL)
		return false;
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(all, "version")), 1);
	CU_ASSERT(json_string_length(json_object_get(json_object_get(all, "host"), "cpu")) > 0);
	for (i = 0; i < json_array_size(json_object_get(all, "results")); i++)
		check_result(json_array_get(json_object_get(all, "results"), i));
	return true;
}

static size_t
nb_results(void)
{
	return json_array_size(json_object_get(all, "results"));
}

static bool
is(const json_t *o, const char *key, const char *value)
{
	return strcmp(json_string_value(json_object_get(o, key)), value) == 0;
}

/* Of which engine find() looks for results; NULL: no matter. */
static const char *engine;

/* The one result of a metric with these parameters; key NULL: no matter. */
static const json_t *
find(const char *test, const char *metric, const char *layout, const char *sync, const char *idle,
		const char *key, int value)
{
	const json_t *found = NULL;
	size_t i;

	for (i = 0; i < nb_results(); i++) {
		const json_t *r = json_array_get(json_object_get(all, "results"), i);
		const json_t *p = json_object_get(r, "params");

		if (!is(r, "test", test) || !is(r, "metric", metric) || !is(p, "layout", layout) ||
				!is(p, "sync", sync) || !is(p, "idle", idle) || (key != NULL &&
				json_integer_value(json_object_get(p, key)) != value) ||
				(engine != NULL && !is(p, "engine", engine)))
			continue;
		CU_ASSERT_PTR_NULL(found);
		found = r;
	}
	if (found == NULL)
		printf("\nno %s %s %s/%s/%s %s=%d\n", test, metric, layout, sync, idle,
				key != NULL ? key : "", value);
	CU_ASSERT_PTR_NOT_NULL(found);
	return found;
}

#define RUN(...) run((const char * const []){ __VA_ARGS__, NULL })

/* ---- the tests ---- */

static void
test_default(void)
{
	static const int bursts[] = { 1, 8, 32 };
	unsigned int i;

	if (!RUN("--test", "rtt,throughput", "--repeats", "2"))
		return;
	/* p50, p99, p99.9, ops_per_s; two layouts */
	CU_ASSERT_EQUAL(nb_results(), 4 * 2 * RTE_DIM(bursts));
	for (i = 0; i < RTE_DIM(bursts); i++) {
		find("rtt", "p50", "hashed", "rts", "poll", "burst", bursts[i]);
		find("rtt", "p99", "hashed", "rts", "poll", "in_flight", bursts[i]);
		find("rtt", "p99.9", "thread", "st", "poll", "burst", bursts[i]);
		find("throughput", "ops_per_s", "hashed", "rts", "poll", "burst", bursts[i]);
		find("throughput", "ops_per_s", "thread", "st", "poll", "in_flight",
				4 * bursts[i]);
	}
}

static void
test_combinations(void)
{
	static const char * const syncs[] = { "rts", "mt", "hts", "ticket", "spinlock" };
	static const char * const layouts[] = { "hashed", "single" };
	unsigned int l, s;

	if (!RUN("--test", "rtt,throughput", "--repeats", "1", "--layout", "thread,single,hashed",
			"--sync", "rts,mt,hts,ticket,spinlock,st", "--burst", "4"))
		return;
	CU_ASSERT_EQUAL(nb_results(), 4 * 11);
	for (l = 0; l < RTE_DIM(layouts); l++)
		for (s = 0; s < RTE_DIM(syncs); s++) {
			find("rtt", "p99.9", layouts[l], syncs[s], "poll", "burst", 4);
			find("throughput", "ops_per_s", layouts[l], syncs[s], "poll", "burst", 4);
		}
	find("rtt", "p50", "thread", "st", "poll", "burst", 4);
	find("throughput", "ops_per_s", "thread", "st", "poll", "burst", 4);
}

static void
test_idle_modes(void)
{
	const json_t *r;

	if (!RUN("--test", "rtt,throughput", "--repeats", "1", "--idle", "poll,adaptive,interrupt",
			"--burst", "1"))
		return;
	CU_ASSERT_EQUAL(nb_results(), 4 * 2 * 3);
	r = find("rtt", "p50", "hashed", "rts", "poll", "burst", 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(r, "baseline_name")), "raw");
	r = find("rtt", "p50", "thread", "st", "adaptive", "burst", 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(r, "baseline_name")), "eventfd");
	r = find("rtt", "p99", "hashed", "rts", "interrupt", "burst", 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(r, "baseline_name")), "eventfd");
	r = find("throughput", "ops_per_s", "thread", "st", "interrupt", "burst", 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(r, "baseline_name")), "raw");
}

static void
test_only(void)
{
	if (!RUN("--test", "rtt,throughput", "--repeats", "1", "--idle", "poll,adaptive", "--only",
			"adaptive burst=8"))
		return;
	CU_ASSERT_EQUAL(nb_results(), 4 * 2);
	find("rtt", "p50", "hashed", "rts", "adaptive", "burst", 8);
	find("throughput", "ops_per_s", "thread", "st", "adaptive", "burst", 8);
}

static void
test_baselines(void)
{
	static const char * const names[] = { "raw", "eventfd", "socket", "mutex" };
	const json_t *r;
	unsigned int i;

	for (i = 0; i < RTE_DIM(names); i++) {
		if (!RUN("--test", "rtt,throughput", "--repeats", "1", "--layout", "hashed",
				"--idle", "poll,interrupt", "--burst", "1,64", "--baseline",
				names[i]))
			return;
		CU_ASSERT_EQUAL(nb_results(), 4 * 2 * 2);
		r = find("rtt", "p50", "hashed", "rts", "interrupt", "burst", 64);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(r, "baseline_name")),
				names[i]);
		CU_ASSERT(json_number_value(json_object_get(r, "baseline")) > 0);
		r = find("throughput", "ops_per_s", "hashed", "rts", "poll", "burst", 1);
		CU_ASSERT(json_number_value(json_object_get(r, "baseline")) > 0);
		CU_ASSERT(json_number_value(json_object_get(r, "ratio")) > 0);
	}
}

static void
test_payload(void)
{
	static const int bytes[] = { 0, 64, 4096, 65536, 1 << 20, 4 << 20 };
	unsigned int i;

	if (!RUN("--test", "payload", "--repeats", "1", "--layout", "hashed,single,thread"))
		return;
	CU_ASSERT_EQUAL(nb_results(), 3 * RTE_DIM(bytes));
	for (i = 0; i < RTE_DIM(bytes); i++) {
		find("payload", "p50", "hashed", "rts", "poll", "payload", bytes[i]);
		find("payload", "p50", "thread", "st", "poll", "payload", bytes[i]);
	}
}

static void
test_queues(void)
{
	const json_t *r;
	size_t i;
	int largest = 0;

	if (!RUN("--test", "queues", "--repeats", "1"))
		return;
	CU_ASSERT_EQUAL(nb_results(), 2 * 9);
	find("queues", "ns_per_task", "hashed", "rts", "poll", "queue_pairs", 1);
	r = find("queues", "ns_per_task", "thread", "st", "poll", "active", 4096);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(r, "baseline_name")),
			"one-queue-pair");
	for (i = 0; i < nb_results(); i++) {
		const json_t *p = json_object_get(json_array_get(json_object_get(all, "results"),
				i), "params");
		const int q = (int)json_integer_value(json_object_get(p, "queue_pairs"));

		CU_ASSERT(json_integer_value(json_object_get(p, "active")) <= q);
		largest = RTE_MAX(largest, q);
	}
	CU_ASSERT_EQUAL(largest, 4096);
}

static void
test_fairness(void)
{
	static const int clients[] = { 1, 4, 16 };
	const json_t *r;
	unsigned int i;

	if (!RUN("--test", "fairness", "--repeats", "1"))
		return;
	CU_ASSERT_EQUAL(nb_results(), 2 * 2 * RTE_DIM(clients));
	for (i = 0; i < RTE_DIM(clients); i++) {
		r = find("fairness", "jain", "hashed", "rts", "poll", "clients", clients[i]);
		CU_ASSERT(json_number_value(json_object_get(r, "value")) <= 1.000001);
		CU_ASSERT(json_number_value(json_object_get(r, "value")) >= 0.999 / clients[i]);
		find("fairness", "p99", "thread", "st", "poll", "clients", clients[i]);
	}
}

static void
test_preempt(void)
{
	const json_t *r;

	if (!RUN("--test", "preempt", "--repeats", "1"))
		return;
	CU_ASSERT_EQUAL(nb_results(), 5 * 2);
	r = find("preempt", "ops_per_s", "hashed", "rts", "poll", "clients", 4);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(r, "baseline_name")), "thread");
	r = find("preempt", "p99", "hashed", "ticket", "poll", "clients", 4);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(r, "baseline_name")), "rts");
	find("preempt", "ops_per_s", "hashed", "mt", "poll", "clients", 4);
	find("preempt", "ops_per_s", "hashed", "hts", "poll", "clients", 4);
	find("preempt", "p99", "hashed", "spinlock", "poll", "clients", 4);
}

static void
test_idle(void)
{
	static const char * const modes[] = { "poll", "adaptive", "interrupt" };
	const json_t *r;
	unsigned int i;

	if (!RUN("--test", "idle", "--repeats", "1"))
		return;
	CU_ASSERT_EQUAL(nb_results(), 3 * 3 * 4);
	for (i = 0; i < RTE_DIM(modes); i++) {
		r = find("idle", "cpu_percent", "hashed", "rts", modes[i], "rate", 10);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json_object_get(r,
				"params"), "mode")), modes[i]);
		find("idle", "wakeup_p50", "hashed", "rts", modes[i], "rate", 1000);
		find("idle", "wakeups_per_task", "hashed", "rts", modes[i], "rate", 100000);
		find("idle", "doorbells_per_task", "hashed", "rts", modes[i], "rate", 100000);
	}
}

static void
test_forged(void)
{
	const json_t *r;

	if (!RUN("--test", "forged", "--repeats", "1"))
		return;
	CU_ASSERT_EQUAL(nb_results(), 2);
	find("forged", "ns_per_turn", "thread", "st", "poll", "queue_pairs", 4096);
	/* It does look at forged marks, and at none where there are none. */
	r = find("forged", "looks_per_turn", "thread", "st", "poll", "queue_pairs", 4096);
	CU_ASSERT(json_number_value(json_object_get(r, "value")) > 0);
	CU_ASSERT(json_number_value(json_object_get(r, "value")) < 8);
	CU_ASSERT(json_number_value(json_object_get(r, "baseline")) < 0.01);
}

static void
test_engine(void)
{
	if (!RUN("--test", "engine", "--repeats", "1"))
		return;
#ifdef VT_HAVE_CRYPTO
	engine = "crypto_openssl";
	find("engine", "ops_per_s", "thread", "st", "poll", "size", 64);
	find("engine", "ops_per_s", "thread", "st", "poll", "size", 4096);
	find("engine", "ops_per_s", "thread", "st", "poll", "size", 65536);
#endif
#ifdef VT_HAVE_COMPRESS
	engine = "compress_isal";
	find("engine", "ops_per_s", "thread", "st", "poll", "size", 65536);
	engine = "compress_zlib";
	find("engine", "ops_per_s", "thread", "st", "poll", "size", 65536);
#endif
	engine = NULL;
#ifdef VT_HAVE_OPENCL
	find("engine", "ops_per_s", "hashed", "rts", "interrupt", "size", 65536);
	find("engine", "ops_per_s", "hashed", "rts", "interrupt", "size", 1 << 20);
#endif
}

static void
test_shares(void)
{
	static const char * const metrics[] = { "share_error_percent", "jain", "small_tenant_p99_ratio",
		"small_tenant_p99", "ops_per_s" };
	static const char * const engines[] = { "cpu-poller", "cpu-worker" };
	const json_t *r;
	unsigned int i;

	if (!RUN("--test", "shares", "--repeats", "1"))
		return;
	CU_ASSERT_EQUAL(nb_results(), RTE_DIM(engines) * RTE_DIM(metrics));
	for (i = 0; i < nb_results() && i < RTE_DIM(engines) * RTE_DIM(metrics); i++) {
		r = json_array_get(json_object_get(all, "results"), i);
		CU_ASSERT(is(r, "test", "shares"));
		CU_ASSERT(is(r, "metric", metrics[i % RTE_DIM(metrics)]));
		CU_ASSERT(is(r, "baseline_name", "rr"));
		CU_ASSERT(is(json_object_get(r, "params"), "op", "sha256"));
		CU_ASSERT(is(json_object_get(r, "params"), "engine", engines[i / RTE_DIM(metrics)]));
		CU_ASSERT(is(json_object_get(r, "params"), "mix", "one-domain"));
	}
}

/* ---- options ---- */

static void
expect(int status, const char * const *options, const char *message)
{
	const char *argv[MAX_ARGS] = { program };
	char *output = NULL;
	unsigned int n = 1;

	while (*options != NULL && n + 1 < RTE_DIM(argv))
		argv[n++] = *options++;
	CU_ASSERT_EQUAL(vt_test_run(argv, NULL, &output, 20000), status);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	if (strstr(output, message) == NULL)
		printf("\n%s\n", output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, message));
	free(output);
}

#define EXPECT(status, message, ...) \
	expect(status, (const char * const []){ __VA_ARGS__, NULL }, message)

static void
test_wrong(void)
{
	EXPECT(1, "there is no test 'nonsense'. There are: rtt throughput payload queues fairness"
			" preempt idle forged engine shares\n", "--test", "rtt,nonsense");
	EXPECT(1, "--test: no name", "--test", ",");
	EXPECT(1, "0.01 to 3600", "--seconds", "0");
	EXPECT(1, "0.01 to 3600", "--seconds", "1x");
	EXPECT(1, "0.01 to 3600", "--seconds", "");
	EXPECT(1, "1 to 1000", "--repeats", "-1");
	EXPECT(1, "1 to 1000", "--repeats", "");
	EXPECT(1, "there is no layout 'x'. There are: hashed single thread\n", "--layout",
			"single,x");
	EXPECT(1, "There are: rts st mt hts ticket spinlock\n", "--sync", "lock");
	EXPECT(1, "There are: adaptive poll interrupt\n", "--idle", "sleep");
	EXPECT(1, "There are: 1 4 8 32 64\n", "--burst", "2");
	EXPECT(1, "There are: raw eventfd socket mutex\n", "--baseline", "none");
	EXPECT(1, "--baseline raw,socket: one", "--baseline", "raw,socket");
	EXPECT(1, "Usage:", "--nonsense");
	EXPECT(1, "what is 'nonsense'?", "nonsense");
}

static void
test_skipped(void)
{
	EXPECT(VT_TEST_SKIPPED, "skipped: rtt layout=thread: it has none of the syncs chosen",
			"--test", "rtt", "--layout", "thread", "--sync", "mt");
	EXPECT(VT_TEST_SKIPPED, "skipped: queues idle=interrupt: not an idle mode of this test",
			"--test", "queues", "--idle", "interrupt");
	EXPECT(VT_TEST_SKIPPED, "skipped: idle sync=hts: not a sync of this test",
			"--test", "idle", "--sync", "hts", "--layout", "hashed");
	EXPECT(VT_TEST_SKIPPED, "skipped: queues burst=64: not a burst of this test",
			"--test", "queues", "--burst", "64");
}

static void
test_list(void)
{
	EXPECT(0, "rtt  ", "--no-huge", "--", "--list");
	EXPECT(0, "fairness ", "--list");
	EXPECT(0, "metrics: cpu_percent (%) wakeup_p50 (ns) wakeups_per_task (1)", "--list");
	EXPECT(0, "--baseline NAME", "--help");
}

static int
cleanup(void)
{
	json_decref(all);
	all = NULL;
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "rtt and throughput as they are by default", test_default },
	{ "each layout with each synchronisation", test_combinations },
	{ "idle modes", test_idle_modes },
	{ "combinations by their names", test_only },
	{ "baselines", test_baselines },
	{ "payload", test_payload },
	{ "queues", test_queues },
	{ "fairness", test_fairness },
	{ "preempt", test_preempt },
	{ "idle", test_idle },
	{ "forged", test_forged },
	{ "engine", test_engine },
	{ "shares", test_shares },
	{ "wrong options", test_wrong },
	{ "what cannot be is told", test_skipped },
	{ "list and help", test_list },
};

VT_TEST_SUITE(vinetalk_perf_autotest, setup, cleanup, cases);
