/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * An appliance that is killed, by vinetalk_restart_autotest.
 *
 *     vinetalk-mortal BROKER LAYOUT <LETTERS >PIDS
 *
 * For each letter a child is forked that joins the broker and serves its domain in one thread; it writes its process
 * id when it does. SIGUSR1 makes it stop itself, take one turn of control thread and poller, and stop itself again.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_memory.h>
#include <rte_vtappliance.h>
#include <rte_vtregion.h>

#define DETACH_MS 50
#define WORKERS_MS 5 /* what workers have has come back */
#define BEAT_MS 110  /* the control thread's tick is 100 */

static volatile sig_atomic_t wanted;

static void
on_signal(int sig)
{
	RTE_SET_USED(sig);
	wanted = 1;
}

/* DPDK's memory is shared between forks: each has its own from here on, as it was before any of them. */
static int
own_memory(const struct rte_memseg_list *list, void *arg)
{
	int *fd = arg;

	if (list->external)
		return 0;
	*fd = rte_memseg_get_fd(rte_mem_virt2memseg(list->base_va, list));
	if (*fd < 0)
		return -1;
	return mmap(list->base_va, list->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, *fd, 0) ==
		list->base_va ? 0 : -1;
}

static struct rte_vtappliance *
start(const char *broker, uint32_t layout)
{
	const struct rte_vtappliance_conf conf = { .detach_ms = DETACH_MS };
	const struct rte_vtappliance_domain_conf dom = { .name = "mortal", .broker = broker,
		.uid = -1, .gid = -1, .layout = layout, .nb_clients = 4, .depth = 64,
		.rq_depth = 64, .arena_size = 1 << 20, .no_huge = true };
	/* Tasks run here, or all by workers: not the one or the other by what they took, which is more when they are stepped. */
	const char *accel = layout == RTE_VTREGION_THREAD ? "cpu,inline=0" : "cpu,workers=0";
	struct rte_vtappliance *app = rte_vtappliance_create(&conf);
	unsigned int i;
	int ret = -EBUSY;

	if (app == NULL || rte_vtappliance_accel_add(app, accel) != 0)
		_exit(2);
	/* The broker has yet to see that the one before is gone. */
	for (i = 0; i < 5000 && ret == -EBUSY; i++) {
		ret = rte_vtappliance_domain_add(app, &dom);
		if (ret == -EBUSY)
			usleep(200);
	}
	if (ret != 0 || rte_vtappliance_start(app) != 0)
		_exit(3);
	return app;
}

/*
 * As many as it takes, which one does not each time: until workers have given all back, or, where there are none, until
 * what is done by time was done.
 */
static void
turns(struct rte_vtappliance *app, uint32_t layout)
{
	const uint64_t ms = layout == RTE_VTREGION_THREAD ? WORKERS_MS : BEAT_MS;
	const uint64_t end = rte_get_tsc_cycles() + rte_get_tsc_hz() * ms / 1000;

	do {
		rte_vtappliance_control(app, 0);
		rte_vtappliance_poll(app, 0, 0);
	} while (rte_get_tsc_cycles() < end);
}

static void __attribute__((noreturn))
life(const char *broker, uint32_t layout)
{
	struct rte_vtappliance *app;
	pid_t self;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (rte_memseg_list_walk_thread_unsafe(own_memory, &fd) != 0)
		_exit(4);
	app = start(broker, layout);
	signal(SIGUSR1, on_signal);
	self = getpid();
	if (write(STDOUT_FILENO, &self, sizeof(self)) != sizeof(self))
		_exit(5);
	for (;;) {
		if (wanted) {
			wanted = 0;
			raise(SIGSTOP);
			turns(app, layout);
			raise(SIGSTOP);
		}
		rte_vtappliance_control(app, 0);
		if (rte_vtappliance_poll(app, 0, 0) == 0)
			usleep(50);
	}
}

int
main(int argc, char **argv)
{
	char *eal[] = { argv[0], (char []){ "--no-huge" }, (char []){ "--no-shconf" }, (char []){ "-m" }, (char []){ "64" },
		(char []){ "--no-pci" }, (char []){ "--no-telemetry" }, (char []){ "-l" }, (char []){ "0" },
		(char []){ "--log-level=lib.eal:error" }, (char []){ "--log-level=lib.vinetalk.*:critical" } };
	char letter;

	if (argc != 3 || rte_eal_init(RTE_DIM(eal), eal) < 0)
		return 1;
	signal(SIGCHLD, SIG_IGN);
	while (read(STDIN_FILENO, &letter, 1) == 1)
		if (fork() == 0)
			life(argv[1], (uint32_t)atoi(argv[2]));
	return 0;
}
