/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * dpdk-test [EAL options] [TEST ...]
 *
 *     dpdk-test [EAL] autotest vinetalk     every functional suite
 *     dpdk-test [EAL] NAME_autotest ...     these
 *     DPDK_TEST=NAME[,NAME] dpdk-test       these
 *     dpdk-test [EAL]                       the RTE>> prompt
 *
 * Exit status: 0 all passed, 1 a failure, 77 all that was asked for was skipped.
 */

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "harness.h"

#define MAX_ARGS 512
/* Pages of 2 MiB that must be free if the tests are to use any. */
#define MIN_HUGEPAGES 64

static char prefix[64];
static char lcores[64];
static bool own_eal_args;

static void
usage(const char *program)
{
	printf("Usage: %s [EAL options] [TEST ...]\n"
		"  TEST: a suite (list tells their names), or: " HARNESS_ALL "\n"
		"  Without EAL options, fitting ones are chosen.\n"
		"  DPDK_TEST=NAME[,NAME]   tests, if there is none in the arguments; otherwise a prompt\n"
		"  VT_TEST_FILTER=TEXT     only cases with TEXT in their name\n"
		"  VT_TEST_REQUIRED=NAME[,NAME]   suites that fail instead of being skipped\n"
		"Exit status: 0 passed, 1 failed, 77 all that was asked for was skipped\n\n", program);
}

static long
free_hugepages(void)
{
	FILE *f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "r");
	long nb = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%ld", &nb) != 1)
		nb = 0;
	fclose(f);
	return nb;
}

static void
choose_lcores(const cpu_set_t *cpus)
{
	unsigned int cpu, nb = 0;
	size_t len = 0;

	for (cpu = 0; cpu < CPU_SETSIZE && nb < 2; cpu++) {
		if (!CPU_ISSET(cpu, cpus))
			continue;
		len += (size_t)snprintf(lcores + len, sizeof(lcores) - len, "%s%u@%u",
				nb != 0 ? "," : "", nb, cpu);
		nb++;
	}
}

/* EAL options of our own, unless there is one in the arguments. */
static int
build_args(int argc, char **argv, const cpu_set_t *cpus, char **args)
{
	/* The EAL may write to its arguments. */
	/* No device here reads memory by itself: addresses are those of the process, which dma_skeleton needs. */
	static char opts[][40] = { "--no-pci", "--iova-mode=va", "--log-level=lib.eal:warning",
		"--log-level=lib.telemetry:warning", "--lcores" };
	static char in_memory[] = "--in-memory", no_huge[] = "--no-huge", mem[] = "-m256";
	unsigned int o;
	int i, n = 0;

	own_eal_args = true;
	for (i = 1; i < argc; i++)
		if (argv[i][0] == '-')
			own_eal_args = false;
	args[n++] = argv[0];
	if (own_eal_args) {
		snprintf(prefix, sizeof(prefix), "--file-prefix=vttest-%d", (int)getpid());
		choose_lcores(cpus);
		args[n++] = prefix;
		for (o = 0; o < RTE_DIM(opts); o++)
			args[n++] = opts[o];
		args[n++] = lcores;
		if (free_hugepages() >= MIN_HUGEPAGES) {
			args[n++] = in_memory;
		} else {
			args[n++] = no_huge;
			args[n++] = mem;
		}
	}
	for (i = 1; i < argc && n < MAX_ARGS; i++)
		args[n++] = argv[i];
	return n;
}

/* Tests by name; "autotest vinetalk" is one in two words. */
static unsigned int
collect(int argc, char **argv, const char **names)
{
	unsigned int nb = 0;
	char *env, *name, *save = NULL;
	int i;

	for (i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			continue;
		if (strcmp(argv[i], "autotest") == 0 && i + 1 < argc &&
				strcmp(argv[i + 1], "vinetalk") == 0) {
			names[nb++] = HARNESS_ALL;
			i++;
			continue;
		}
		names[nb++] = argv[i];
	}
	env = getenv("DPDK_TEST");
	if (nb != 0 || env == NULL || (env = strdup(env)) == NULL)
		return nb;
	for (name = strtok_r(env, ",", &save); name != NULL && nb < MAX_ARGS;
			name = strtok_r(NULL, ",", &save))
		names[nb++] = name;
	return nb;
}

static int
run(int argc, char **argv)
{
	static const char *names[MAX_ARGS];
	unsigned int nb = collect(argc, argv, names);

	if (nb == 0)
		return commands_prompt();
	if (nb == 1 && strcmp(names[0], "list") == 0 && harness_find("list") == NULL) {
		harness_list(stdout);
		return 0;
	}
	return harness_run(names, nb);
}

int
main(int argc, char **argv)
{
	static char *args[MAX_ARGS + 16];
	char runtime_dir[4096];
	cpu_set_t cpus;
	int n, ret;

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	rte_set_application_usage_hook(usage);
	n = build_args(argc, argv, &cpus, args);
	ret = rte_eal_init(n, args);
	if (ret < 0) {
		fprintf(stderr, "dpdk-test: rte_eal_init: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	/*
	 * The programs and threads that tests start inherit this thread's CPUs, and need all. Worker
	 * lcores stay pinned.
	 */
	sched_setaffinity(0, sizeof(cpus), &cpus);
	snprintf(runtime_dir, sizeof(runtime_dir), "%s", rte_eal_get_runtime_dir());

	ret = run(n - ret - 1, args + ret + 1);
	rte_eal_cleanup();
	if (own_eal_args)
		paths_remove_tree(runtime_dir);
	return ret;
}
