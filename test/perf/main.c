/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The program's life. What it takes, options.c tells. */

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include "../harness.h"
#include "perf.h"

#define MAX_EAL_ARGS 64

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

/* Where clients run: that one first, then all that are neither the server's nor its sibling. */
static unsigned int
client_cpus(const cpu_set_t *allowed, int server, int client, int cpus[PERF_MAX_CLIENTS])
{
	unsigned int nb = 0;
	int cpu;

	cpus[nb++] = client;
	for (cpu = 0; cpu < CPU_SETSIZE && nb < PERF_MAX_CLIENTS; cpu++)
		if (CPU_ISSET(cpu, allowed) && cpu != server && cpu != client &&
				!perf_siblings(server, cpu))
			cpus[nb++] = cpu;
	return nb;
}

/*
 * Threads of engines run where no lcore is, or else on the processor of the main lcore: that is not the poller's, which
 * spins.
 */
static int
eal_start(int argc, char **argv, const cpu_set_t *allowed)
{
	char prefix[64], lcores[64], main_lcore[32], name[] = PERF_PROG;
	int server, client;
	static char opts[][40] = { "--no-pci", "--no-huge", "-m", "1024", "--no-telemetry",
		"--log-level=lib.eal:warning", "--log-level=lib.vinetalk.*:warning" };
	char *args[MAX_EAL_ARGS];
	int n = 0;
	unsigned int i;

	if (argc > 1)
		return rte_eal_init(argc, argv);
	/* A region brings its own huge pages. Memory is taken when it is used. */
	snprintf(prefix, sizeof(prefix), "--file-prefix=vtperf-%d", (int)getpid());
	args[n++] = name;
	args[n++] = prefix;
	if (choose_cpus(false, allowed, &server, &client) == 0) {
		snprintf(lcores, sizeof(lcores), "--lcores=0@%d,1@%d", server, client);
		snprintf(main_lcore, sizeof(main_lcore), "--main-lcore=1");
		args[n++] = lcores;
		args[n++] = main_lcore;
	}
	for (i = 0; i < RTE_DIM(opts); i++)
		args[n++] = opts[i];
	return rte_eal_init(n, args);
}

/* ---- running ---- */

static int
measure(bool user_eal, const cpu_set_t *allowed)
{
	int server, client, cpus[PERF_MAX_CLIENTS], ret;
	unsigned int measured = 0, skipped = 0;
	json_t *results, *all;

	if (choose_cpus(user_eal, allowed, &server, &client) != 0) {
		fprintf(stderr, PERF_PROG ": skipped: poller and client need a CPU each, and there"
				" is one\n");
		return VT_TEST_SKIPPED;
	}
	ret = perf_server_start(server, cpus, client_cpus(allowed, server, client, cpus));
	if (ret != 0) {
		fprintf(stderr, PERF_PROG ": cannot start a thread: %s\n", strerror(-ret));
		return 1;
	}
	results = json_array();
	all = json_pack("{s:i,s:o,s:o}", "version", 1, "host",
			perf_report_host(server, client, perf_channel_huge()), "results", results);
	ret = perf_run_all(results, &measured, &skipped);
	if (ret == 0 && perf_opt.json != NULL && json_dump_file(all, perf_opt.json,
			JSON_INDENT(2) | JSON_REAL_PRECISION(10)) != 0) {
		fprintf(stderr, PERF_PROG ": --json: %s: %s\n", perf_opt.json, strerror(errno));
		ret = -EIO;
	}
	json_decref(all);
	if (skipped != 0)
		printf("%u combinations skipped\n", skipped);
	if (ret != 0)
		return 1;
	return measured != 0 ? 0 : VT_TEST_SKIPPED;
}

static void
list(void)
{
	const struct perf_test *t;
	unsigned int i, m;

	for (i = 0; (t = perf_tests[i]) != NULL; i++) {
		printf("%-12s %s\n%-12s metrics:", t->name, t->help, "");
		for (m = 0; t->metrics[m].name != NULL; m++)
			printf(" %s (%s)", t->metrics[m].name, t->metrics[m].unit);
		printf("\n");
	}
}

/* Without "--" all arguments are ours. Returns how many are the EAL's, with the program's name. */
static int
split(int argc, char **argv, char **args, int *nb_args)
{
	int i, own = 0;

	for (i = 1; i < argc && own == 0; i++)
		if (strcmp(argv[i], "--") == 0)
			own = i;
	if (argc - own + 1 > MAX_EAL_ARGS)
		return -E2BIG;
	*nb_args = argc - own;
	memcpy(&args[1], &argv[own + 1], sizeof(char *) * (size_t)(*nb_args - 1));
	return own != 0 ? own : 1;
}

int
main(int argc, char **argv)
{
	char *args[MAX_EAL_ARGS] = { argv[0] }, runtime_dir[4096];
	int nb_args, eal_argc = split(argc, argv, args, &nb_args), ret;
	cpu_set_t allowed;

	if (eal_argc < 0)
		return 1;
	ret = perf_options_parse(nb_args, args);
	if (ret != 0)
		return ret < 0 ? 1 : 0;
	if (perf_opt.list) {
		list();
		return 0;
	}
	sched_getaffinity(0, sizeof(allowed), &allowed);
	signal(SIGINT, perf_server_interrupt);
	signal(SIGTERM, perf_server_interrupt);
	signal(SIGPIPE, SIG_IGN);
	/* The client half needs no EAL: its processes are made before there is one. */
	ret = perf_channel_create();
	fflush(NULL);
	if (ret == 0)
		ret = perf_procs_fork(perf_space_procs());
	if (ret == 0 && eal_start(eal_argc, argv, &allowed) < 0) {
		fprintf(stderr, PERF_PROG ": rte_eal_init: %s\n", rte_strerror(rte_errno));
		perf_server_stop();
		return 1;
	}
	if (ret != 0) {
		fprintf(stderr, PERF_PROG ": cannot make client processes: %s\n", strerror(-ret));
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
