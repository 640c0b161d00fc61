/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * dpdk-test-vinetalk-perf [EAL options] -- --list | [--test NAME[,NAME]] [--seconds S]
 *                                          [--repeats R] [--json FILE]
 */

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include "../harness.h"
#include "perf.h"

#define PROG "dpdk-test-vinetalk-perf"
#define MAX_REPEATS 1000
#define MAX_EAL_ARGS 64

static struct {
	double seconds;
	long repeats;
	const char *tests; /* NULL: all */
	const char *json;
	bool list;
} opt = { .seconds = 2, .repeats = 5 };

/* ---- the table ---- */

static int
do_job(enum perf_work work, enum perf_mode side, const struct perf_params *params, double seconds,
		double *values)
{
	struct perf_job job = { .work = work, .side = side, .params = *params,
		.seconds = seconds };
	struct perf_result result;
	int ret = perf_server_job(&job, &result);

	if (ret == 0)
		memcpy(values, result.values, sizeof(result.values));
	return ret;
}

static int
rtt_run(const struct perf_params *params, double seconds, double *values)
{
	return do_job(PERF_RTT, PERF_VINETALK, params, seconds, values);
}

static int
rtt_baseline(const struct perf_params *params, double seconds, double *values)
{
	return do_job(PERF_RTT, PERF_RAW, params, seconds, values);
}

static int
throughput_run(const struct perf_params *params, double seconds, double *values)
{
	return do_job(PERF_CLOSED, PERF_VINETALK, params, seconds, values);
}

static int
throughput_baseline(const struct perf_params *params, double seconds, double *values)
{
	return do_job(PERF_CLOSED, PERF_RAW, params, seconds, values);
}

static const struct perf_params rtt_params[] = { { 1, 1 } };
/* Four bursts in flight: neither side ever waits for the other to see a whole burst. */
static const struct perf_params throughput_params[] = { { 1, 4 }, { 8, 32 }, { 32, 128 } };

static const struct perf_test tests[] = {
	{
		.name = "rtt",
		.help = "round trip of a null task, one at a time; baseline: a pair of SPSC rte_rings",
		.metrics = { { "p50", "ns" }, { "p99", "ns" } },
		.params = rtt_params,
		.nb_params = RTE_DIM(rtt_params),
		.run = rtt_run,
		.baseline = rtt_baseline,
	}, {
		.name = "throughput",
		.help = "null tasks in a closed loop of 4 bursts; baseline: a pair of SPSC rte_rings",
		.metrics = { { "ops_per_s", "1/s" } },
		.params = throughput_params,
		.nb_params = RTE_DIM(throughput_params),
		.run = throughput_run,
		.baseline = throughput_baseline,
	},
};

/* ---- options ---- */

static void
usage(FILE *f)
{
	fprintf(f, "Usage: " PROG " [EAL options --] [options]\n"
		"  --list            the tests\n"
		"  --test NAME[,..]  only these\n"
		"  --seconds S       of one repeat of a test, with its baseline (default 2)\n"
		"  --repeats R       of each (default 5); values are medians\n"
		"  --json FILE       write the results there too\n"
		"  --help            this\n"
		"It starts an appliance and a client process of its own, each on a CPU.\n"
		"Exit status: 0 done, 1 wrong options or a failure, 77 not possible on this machine.\n");
}

static bool
wanted(const char *name)
{
	const char *p = opt.tests;
	size_t len = strlen(name);

	while (p != NULL) {
		if (strncmp(p, name, len) == 0 && (p[len] == ',' || p[len] == '\0'))
			return true;
		p = strchr(p, ',');
		if (p != NULL)
			p++;
	}
	return opt.tests == NULL;
}

static int
check_tests(void)
{
	char *copy, *name, *save = NULL;
	unsigned int i;
	int ret = 0;

	if (opt.tests == NULL)
		return 0;
	copy = strdup(opt.tests);
	name = copy != NULL ? strtok_r(copy, ",", &save) : NULL;
	if (name == NULL) {
		fprintf(stderr, PROG ": --test: no name\n");
		ret = -EINVAL;
	}
	for (; name != NULL; name = strtok_r(NULL, ",", &save)) {
		for (i = 0; i < RTE_DIM(tests) && strcmp(tests[i].name, name) != 0; i++)
			;
		if (i < RTE_DIM(tests))
			continue;
		fprintf(stderr, PROG ": --test: there is no test '%s'. There are:", name);
		for (i = 0; i < RTE_DIM(tests); i++)
			fprintf(stderr, " %s", tests[i].name);
		fprintf(stderr, "\n");
		ret = -EINVAL;
	}
	free(copy);
	return ret;
}

/* 0: go on; 1: done; negative: wrong, and told. */
static int
parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "test", required_argument, NULL, 't' },
		{ "seconds", required_argument, NULL, 's' },
		{ "repeats", required_argument, NULL, 'r' },
		{ "json", required_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	char *end;
	int c;

	optind = 1;
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		end = NULL;
		switch (c) {
		case 'l':
			opt.list = true;
			break;
		case 't':
			opt.tests = optarg;
			break;
		case 's':
			opt.seconds = strtod(optarg, &end);
			if (*end != '\0' || !(opt.seconds >= 0.01 && opt.seconds <= 3600)) {
				fprintf(stderr, PROG ": --seconds %s: 0.01 to 3600\n", optarg);
				return -EINVAL;
			}
			break;
		case 'r':
			opt.repeats = strtol(optarg, &end, 10);
			if (*end != '\0' || opt.repeats < 1 || opt.repeats > MAX_REPEATS) {
				fprintf(stderr, PROG ": --repeats %s: 1 to %d\n", optarg,
						MAX_REPEATS);
				return -EINVAL;
			}
			break;
		case 'j':
			opt.json = optarg;
			break;
		case 'h':
			usage(stdout);
			return 1;
		default:
			usage(stderr);
			return -EINVAL;
		}
	}
	if (optind < argc) {
		fprintf(stderr, PROG ": what is '%s'?\n", argv[optind]);
		return -EINVAL;
	}
	return check_tests();
}

/* ---- the machine ---- */

/* CPUs of the first two lcores that the user gave, or of two cores, no siblings if possible. */
static int
choose_cpus(bool user_eal, const cpu_set_t *allowed, int *server, int *client)
{
	unsigned int lcore, nb = 0;
	int cpu, cpus[2] = { -1, -1 };
	cpu_set_t set;

	if (user_eal && rte_lcore_count() >= 2) {
		RTE_LCORE_FOREACH(lcore) {
			set = rte_lcore_cpuset(lcore);
			for (cpu = 0; cpu < CPU_SETSIZE && !CPU_ISSET(cpu, &set); cpu++)
				;
			if (nb < 2)
				cpus[nb++] = cpu;
		}
	} else {
		for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
			if (!CPU_ISSET(cpu, allowed))
				continue;
			if (cpus[0] < 0)
				cpus[0] = cpu;
			else if (cpus[1] < 0 || (perf_siblings(cpus[0], cpus[1]) &&
					!perf_siblings(cpus[0], cpu)))
				cpus[1] = cpu;
		}
	}
	*server = cpus[0];
	*client = cpus[1];
	return cpus[1] >= 0 && cpus[0] != cpus[1] ? 0 : -ENODEV;
}

static int
eal_start(int argc, char **argv)
{
	char prefix[64], name[] = PROG;
	static char opts[][40] = { "--no-pci", "--no-huge", "-m", "64", "--no-telemetry",
		"--log-level=lib.eal:warning", "--log-level=lib.vinetalk.*:warning" };
	char *args[MAX_EAL_ARGS];
	int n = 0;
	unsigned int i;

	if (argc > 1)
		return rte_eal_init(argc, argv);
	/* The region brings its own huge pages. */
	snprintf(prefix, sizeof(prefix), "--file-prefix=vtperf-%d", (int)getpid());
	args[n++] = name;
	args[n++] = prefix;
	for (i = 0; i < RTE_DIM(opts); i++)
		args[n++] = opts[i];
	return rte_eal_init(n, args);
}

/* ---- running ---- */

/* Test and baseline in turns, A B A B. */
static int
run_params(const struct perf_test *t, const struct perf_params *p, json_t *results)
{
	static double values[PERF_MAX_METRICS][MAX_REPEATS], bases[PERF_MAX_METRICS][MAX_REPEATS];
	double slot = opt.seconds / (2 * t->nb_params), v[PERF_MAX_METRICS], b[PERF_MAX_METRICS];
	unsigned int m;
	long r;
	int ret;

	for (r = 0; r < opt.repeats; r++) {
		ret = t->run(p, slot, v);
		if (ret == 0)
			ret = t->baseline(p, slot, b);
		if (ret != 0)
			return ret;
		for (m = 0; m < PERF_MAX_METRICS && t->metrics[m].name != NULL; m++) {
			values[m][r] = v[m];
			bases[m][r] = b[m];
		}
	}
	for (m = 0; m < PERF_MAX_METRICS && t->metrics[m].name != NULL; m++)
		perf_report_add(results, t, p, &t->metrics[m], values[m], bases[m],
				(unsigned int)opt.repeats);
	return 0;
}

static int
run_tests(json_t *results)
{
	unsigned int i, p;
	int ret;

	printf("%-11s %6s %10s  %-10s %-6s %14s %14s %7s %14s %14s\n", "test", "burst", "in_flight",
			"metric", "unit", "value", "baseline", "ratio", "min", "max");
	for (i = 0; i < RTE_DIM(tests); i++) {
		if (!wanted(tests[i].name))
			continue;
		for (p = 0; p < tests[i].nb_params; p++) {
			ret = run_params(&tests[i], &tests[i].params[p], results);
			if (ret != 0) {
				fprintf(stderr, PROG ": %s: %s\n", tests[i].name, strerror(-ret));
				return ret;
			}
		}
	}
	return 0;
}

static int
measure(bool user_eal, const cpu_set_t *allowed)
{
	json_t *results = json_array(), *all;
	int server, client, ret;
	bool huge;

	if (choose_cpus(user_eal, allowed, &server, &client) != 0) {
		fprintf(stderr, PROG ": skipped: the two processes need a CPU each, and there is one\n");
		json_decref(results);
		return VT_TEST_SKIPPED;
	}
	ret = perf_server_start(server, client, &huge);
	if (ret != 0) {
		fprintf(stderr, PROG ": cannot start the appliance and its client: %s\n",
				strerror(-ret));
		json_decref(results);
		return 1;
	}
	all = json_pack("{s:i,s:o,s:o}", "version", 1, "host",
			perf_report_host(server, client, huge), "results", results);
	ret = run_tests(results);
	if (ret == 0 && opt.json != NULL &&
			json_dump_file(all, opt.json, JSON_INDENT(2) | JSON_REAL_PRECISION(10)) != 0) {
		fprintf(stderr, PROG ": --json: %s: %s\n", opt.json, strerror(errno));
		ret = -EIO;
	}
	json_decref(all);
	return ret == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	char *args[MAX_EAL_ARGS] = { argv[0] }, runtime_dir[4096];
	int eal_argc = 1, own = 0, ret;
	cpu_set_t allowed;
	unsigned int i;

	/* Without "--" all arguments are ours. */
	for (i = 1; i < (unsigned int)argc && eal_argc == 1; i++)
		if (strcmp(argv[i], "--") == 0) {
			eal_argc = (int)i;
			own = (int)i;
		}
	if (argc - own + 1 > MAX_EAL_ARGS)
		return 1;
	memcpy(&args[1], &argv[own + 1], sizeof(char *) * (size_t)(argc - own - 1));
	ret = parse(argc - own, args);
	if (ret != 0)
		return ret < 0 ? 1 : 0;
	if (opt.list) {
		for (i = 0; i < RTE_DIM(tests); i++)
			printf("%-12s %s\n", tests[i].name, tests[i].help);
		return 0;
	}
	sched_getaffinity(0, sizeof(allowed), &allowed);
	signal(SIGINT, perf_server_interrupt);
	signal(SIGTERM, perf_server_interrupt);
	signal(SIGPIPE, SIG_IGN);
	/* The client half needs no EAL: its process is made before there is one. */
	ret = perf_server_fork();
	if (ret != 0) {
		fprintf(stderr, PROG ": cannot make the client process: %s\n", strerror(-ret));
		return 1;
	}
	if (eal_start(eal_argc, argv) < 0) {
		fprintf(stderr, PROG ": rte_eal_init: %s\n", rte_strerror(rte_errno));
		perf_server_stop();
		return 1;
	}
	sched_setaffinity(0, sizeof(allowed), &allowed);
	snprintf(runtime_dir, sizeof(runtime_dir), "%s", rte_eal_get_runtime_dir());
	ret = measure(eal_argc > 1, &allowed);
	perf_server_stop();
	rte_eal_cleanup();
	if (eal_argc == 1)
		paths_remove_tree(runtime_dir);
	return ret;
}
