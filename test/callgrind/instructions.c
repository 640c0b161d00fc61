/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * vinetalk-instructions: how many instructions a task costs, counted by callgrind.
 *
 * Client and appliance take turns in one thread, so the figures are the same in each run. Runs
 * itself under valgrind, if it is not run there.
 */

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ring_elem.h>
#include <rte_vinetalk.h>
#include <rte_vtappliance.h>

#include <valgrind/callgrind.h>

#include "../harness.h"
#include "instructions.h"

#define MAX_BURST 32
#define RING_DEPTH 256

static struct rte_vtappliance *app;
static uint32_t attached; /* atomic: the control thread may end */
static uint16_t dev, vaccel, proc;
static struct rte_ring *req, *rsp;
static struct rte_vinetalk_task tasks[MAX_BURST], echoes[MAX_BURST];
static struct rte_vinetalk_completion completions[MAX_BURST];

/* ---- one round ---- */

static void
count(bool on)
{
	if (on)
		CALLGRIND_TOGGLE_COLLECT;
}

static int
round_vinetalk(unsigned int burst, enum part part)
{
	unsigned int i, n, got = 0;

	count(part == PART_CLIENT);
	for (i = 0; i < burst; i++)
		rte_vinetalk_task_init(&tasks[i], vaccel, proc, i);
	n = rte_vinetalk_enqueue_burst(dev, 0, tasks, (uint16_t)burst);
	count(part == PART_CLIENT);

	count(part == PART_APPLIANCE);
	rte_vtappliance_poll(app, 0, MAX_BURST);
	count(part == PART_APPLIANCE);

	count(part == PART_CLIENT);
	got = rte_vinetalk_dequeue_burst(dev, 0, completions, (uint16_t)burst);
	count(part == PART_CLIENT);

	for (i = 0; i < got; i++)
		if (completions[i].status != 0 || completions[i].cookie != i)
			return -EBADMSG;
	return n == burst && got == burst ? 0 : -EIO;
}

static int
round_raw(unsigned int burst)
{
	unsigned int i, n;

	count(true);
	for (i = 0; i < burst; i++)
		rte_vinetalk_task_init(&tasks[i], vaccel, proc, i);
	rte_ring_sp_enqueue_burst_elem(req, tasks, sizeof(tasks[0]), burst, NULL);
	n = rte_ring_sc_dequeue_burst_elem(req, echoes, sizeof(echoes[0]), burst, NULL);
	rte_ring_sp_enqueue_burst_elem(rsp, echoes, sizeof(echoes[0]), n, NULL);
	n = rte_ring_sc_dequeue_burst_elem(rsp, tasks, sizeof(tasks[0]), burst, NULL);
	count(true);
	return n == burst ? 0 : -EIO;
}

static int
rounds(unsigned int burst, enum part part)
{
	unsigned int i, ret = 0;

	for (i = 0; i < ROUNDS && ret == 0; i++) {
		if (part == PART_RAW) {
			ret = (unsigned int)-round_raw(burst);
		} else if (part == PART_NOTHING) {
			count(true);
			count(true);
		} else {
			ret = (unsigned int)-round_vinetalk(burst, part);
		}
	}
	if (ret != 0)
		fprintf(stderr, "burst %u, part %d, round %u: %s\n", burst, part, i,
				strerror((int)ret));
	return -(int)ret;
}

/* ---- set up ---- */

/* An attach waits for the appliance: its turns are done here meanwhile. */
static void *
control_main(void *arg)
{
	RTE_SET_USED(arg);
	/* Pairs with the release in attach(). */
	while (__atomic_load_n(&attached, __ATOMIC_ACQUIRE) == 0) {
		rte_vtappliance_control(app, 1);
		rte_vtappliance_poll(app, 0, MAX_BURST);
	}
	return NULL;
}

static int
client_start(const char *path)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	struct rte_vinetalk_qp_conf qc = { 0 };
	struct rte_vinetalk_vaccel_conf vc = { .accel = RTE_VINETALK_ID_ANY };
	char args[128];
	int ret;

	snprintf(args, sizeof(args), "shm,path=%.107s", path);
	ret = rte_vinetalk_attach(args);
	if (ret < 0)
		return ret;
	dev = (uint16_t)ret;
	ret = rte_vinetalk_configure(dev, &conf);
	if (ret == 0)
		ret = rte_vinetalk_queue_pair_setup(dev, 0, &qc);
	if (ret == 0)
		ret = rte_vinetalk_start(dev);
	if (ret == 0)
		ret = rte_vinetalk_proc_get(dev, "nop", RTE_VINETALK_ACCEL_ANY, &proc);
	vc.proc = proc;
	return ret != 0 ? ret : rte_vinetalk_vaccel_acquire(dev, &vc, &vaccel);
}

static int
start(const char *path)
{
	struct rte_vtappliance_conf conf = { .idle = RTE_VTAPPLIANCE_IDLE_POLL };
	struct rte_vtappliance_domain_conf domain = { .name = "count", .path = path,
		.arena_size = 1u << 20, .nb_clients = 1, .qps = 1, .uid = -1, .gid = -1,
		.no_huge = true };
	pthread_t thread;
	int ret;

	app = rte_vtappliance_create(&conf);
	if (app == NULL)
		return -rte_errno;
	ret = rte_vtappliance_accel_add(app, "null");
	if (ret >= 0)
		ret = rte_vtappliance_domain_add(app, &domain);
	if (ret >= 0)
		ret = rte_vtappliance_start(app);
	if (ret < 0)
		return ret;
	ret = -pthread_create(&thread, NULL, control_main, NULL);
	if (ret != 0)
		return ret;
	ret = client_start(path);
	__atomic_store_n(&attached, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	return ret;
}

static struct rte_ring *
ring(const char *name)
{
	return rte_ring_create_elem(name, sizeof(tasks[0]), RING_DEPTH, (int)SOCKET_ID_ANY,
			RING_F_SP_ENQ | RING_F_SC_DEQ);
}

static int
run(const char *path)
{
	unsigned int b, p;
	int ret;

	req = ring("req");
	rsp = ring("rsp");
	if (req == NULL || rsp == NULL)
		return -rte_errno;
	ret = start(path);
	if (ret != 0) {
		fprintf(stderr, "appliance and client do not start: %s\n", strerror(-ret));
		return ret;
	}
	for (b = 0; b < RTE_DIM(bursts); b++) {
		for (p = 0; p < NB_PARTS; p++) {
			CALLGRIND_ZERO_STATS;
			ret = rounds(bursts[b], (enum part)p);
			if (ret != 0)
				return ret;
			CALLGRIND_DUMP_STATS;
		}
	}
	return 0;
}

int
main(int argc, char **argv)
{
	char prefix[64], self[PATH_MAX], path[PATH_MAX];
	char opts[][40] = { "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m", "64",
		"--log-level=lib.eal:warning", "--lcores=0" };
	char *args[16] = { argv[0], prefix };
	const char *dir;
	unsigned int i;
	ssize_t n;
	int ret;

	if (argc > 1) {
		fprintf(stderr, "%s takes no arguments\n", argv[0]);
		return 1;
	}
	if (!RUNNING_ON_VALGRIND) {
		n = readlink("/proc/self/exe", self, sizeof(self) - 1);
		if (n < 0)
			return 1;
		self[n] = '\0';
		return instructions_report(self);
	}
	snprintf(prefix, sizeof(prefix), "--file-prefix=vtcount-%d", (int)getpid());
	for (i = 0; i < RTE_DIM(opts); i++)
		args[2 + i] = opts[i];
	ret = rte_eal_init(2 + (int)i, args);
	if (ret < 0) {
		fprintf(stderr, "rte_eal_init: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	dir = vt_test_tmp_dir();
	if (dir == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/s", dir);
	ret = run(path);
	if (app != NULL)
		rte_vtappliance_free(app);
	rte_vinetalk_close(dev);
	snprintf(path, sizeof(path), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	paths_remove_tree(path);
	paths_tmp_remove();
	return ret == 0 ? 0 : 1;
}
