/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* vt-appliance as a process: start, refusals, end, the death of clients, the death of the appliance. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_vinetalk.h>

#include "appliance_process.h"
#include "test.h"

static unsigned int serial;

static void
socket_path(char *path, size_t len)
{
	snprintf(path, len, "%s/p%u.sock", vt_test_tmp_dir(), serial++);
}

static int
attach(const char *path, unsigned int client)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	char args[200];
	int dev;

	snprintf(args, sizeof(args), "shm,path=%s,client=c%u", path, client);
	dev = rte_vinetalk_attach(args);
	if (dev < 0)
		return dev;
	CU_ASSERT_EQUAL(rte_vinetalk_configure((uint16_t)dev, &conf), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup((uint16_t)dev, 0, NULL), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_start((uint16_t)dev), 0);
	return dev;
}

static int
get_nop(int dev, uint16_t *proc, uint16_t *va)
{
	struct rte_vinetalk_vaccel_conf conf = { .accel = RTE_VINETALK_ID_ANY };
	int ret = rte_vinetalk_proc_get((uint16_t)dev, "nop", RTE_VINETALK_ACCEL_ANY, proc);

	conf.proc = *proc;
	return ret != 0 ? ret : rte_vinetalk_vaccel_acquire((uint16_t)dev, &conf, va);
}

static void
run_some(int dev, uint16_t proc, uint16_t va, unsigned int nb)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	unsigned int i;

	for (i = 0; i < nb; i++) {
		rte_vinetalk_task_init(&t, va, proc, i);
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_run((uint16_t)dev, 0, &t, &c, 5000000), 0);
		CU_ASSERT_EQUAL(c.status, 0);
		CU_ASSERT_EQUAL(c.cookie, i);
	}
}

static int
start(struct vt_appliance *a, const char *path, const char *more)
{
	char domain[300];

	snprintf(domain, sizeof(domain), "p,path=%s,arena=1M%s", path, more);
	return vt_appliance_start(a, (const char *const[]){ "--oversubscribe", "--pollers", "1",
		"--domain", domain, "--accel", "cpu", "--accel", "null", NULL });
}

static void
test_life(void)
{
	struct vt_appliance a;
	char path[200], lock[220];
	uint16_t proc, va;
	struct stat st;
	int dev;

	socket_path(path, sizeof(path));
	CU_ASSERT_EQUAL_FATAL(start(&a, path, ",mode=0600"), 0);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	dev = attach(path, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(get_nop(dev, &proc, &va), 0);
	run_some(dev, proc, va, 500);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
	/* SIGTERM: status 0, and nothing is left behind. */
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	CU_ASSERT_EQUAL(access(lock, F_OK), -1);
	CU_ASSERT_EQUAL(access(a.runtime_dir, F_OK), -1);
	CU_ASSERT_EQUAL(attach(path, 0), -ENOENT);
}

static void
test_second(void)
{
	struct vt_appliance a, b;
	char path[200];
	int dev;

	socket_path(path, sizeof(path));
	CU_ASSERT_EQUAL_FATAL(start(&a, path, ""), 0);
	CU_ASSERT_NOT_EQUAL(start(&b, path, ""), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(b.output, "another server is alive"));
	CU_ASSERT_PTR_NOT_NULL(strstr(b.output, path));
	/* The first one goes on. */
	dev = attach(path, 0);
	CU_ASSERT_TRUE(dev >= 0);
	rte_vinetalk_close((uint16_t)dev);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
}

static void
test_sigint_twice(void)
{
	struct vt_appliance a;
	char path[200];
	uint16_t proc, va;
	struct rte_vinetalk_task t;
	int dev, status;

	/* With a stalled engine a drain would take its whole time limit. */
	socket_path(path, sizeof(path));
	{
		char domain[300];

		snprintf(domain, sizeof(domain), "p,path=%s,arena=1M", path);
		CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, (const char *const[]){
			"--oversubscribe", "--domain", domain, "--accel", "null,stall=1",
			"--drain-ms", "600000", NULL }), 0);
	}
	dev = attach(path, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(get_nop(dev, &proc, &va), 0);
	rte_vinetalk_task_init(&t, va, proc, 1);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)dev, 0, &t, 1), 1);
	usleep(50000);
	kill(a.pid, SIGINT);
	usleep(200000);
	CU_ASSERT_EQUAL(waitpid(a.pid, &status, WNOHANG), 0);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGINT), 130);
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	rte_vinetalk_close((uint16_t)dev);
}

/* SIGKILL while a client waits: the wait ends, and what was in flight ends as failed. */
static void
test_appliance_dies(void)
{
	struct rte_vinetalk_completion c[16];
	struct rte_vinetalk_task t;
	struct vt_appliance a;
	char path[200], domain[300];
	uint16_t proc, va;
	unsigned int i;
	int dev;

	socket_path(path, sizeof(path));
	snprintf(domain, sizeof(domain), "p,path=%s,arena=1M", path);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, (const char *const[]){ "--oversubscribe",
		"--domain", domain, "--accel", "null,stall=1", NULL }), 0);
	dev = attach(path, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(get_nop(dev, &proc, &va), 0);
	for (i = 0; i < 10; i++) {
		rte_vinetalk_task_init(&t, va, proc, i);
		CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)dev, 0, &t, 1), 1);
	}
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)dev, 0, 1000), -ETIMEDOUT);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGKILL), 128 + SIGKILL);
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)dev, 0, -1), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst((uint16_t)dev, 0, c, 16), 10);
	for (i = 0; i < 10; i++) {
		CU_ASSERT_EQUAL(c[i].status, -ECONNRESET);
		CU_ASSERT_EQUAL(c[i].cookie, i);
	}
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)dev, va), -ENODEV);
	rte_vinetalk_close((uint16_t)dev);
	/* What it left, another one takes over. */
	CU_ASSERT_EQUAL_FATAL(start(&a, path, ""), 0);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
}

/* Clients are killed in the middle of their work; the slot comes back, the others notice nothing. */
static void
clients_die(const char *more)
{
	struct vt_appliance a;
	char path[200];
	uint16_t proc, va;
	unsigned int round, tries;
	int dev, other, ready[2];
	char byte;
	pid_t pid;

	socket_path(path, sizeof(path));
	CU_ASSERT_EQUAL_FATAL(start(&a, path, more), 0);
	dev = attach(path, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(get_nop(dev, &proc, &va), 0);
	for (round = 0; round < 60; round++) {
		CU_ASSERT_EQUAL(pipe(ready), 0);
		pid = fork();
		if (pid == 0) {
			/* The parent's device is not mapped here (MADV_DONTFORK). */
			for (tries = 0; (other = attach(path, 1)) == -EUSERS && tries < 1000; tries++)
				usleep(5000);
			if (other < 0 || get_nop(other, &proc, &va) != 0 ||
					write(ready[1], "x", 1) != 1)
				_exit(1);
			for (;;)
				run_some(other, proc, va, 1000);
		}
		CU_ASSERT_EQUAL(read(ready[0], &byte, 1), 1);
		run_some(dev, proc, va, 50);
		usleep(137 * (round % 16));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		run_some(dev, proc, va, 50);
		close(ready[0]);
		close(ready[1]);
	}
	/* There were two slots, and sixty died: the second one is there again. */
	for (tries = 0; (other = attach(path, 2)) == -EUSERS && tries < 1000; tries++)
		usleep(5000);
	CU_ASSERT_TRUE(other >= 0);
	rte_vinetalk_close((uint16_t)other);
	rte_vinetalk_close((uint16_t)dev);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
}

static void
test_clients_die(void)
{
	clients_die(",clients=2");
}

static void
test_clients_die_thread(void)
{
	clients_die(",clients=2,layout=thread");
}

static void
test_bad_starts(void)
{
	static const struct {
		const char *args[6];
		const char *says;
	} bad[] = {
		{ { "--domain", "x,foo=1", NULL }, "unknown key 'foo'" },
		{ { "--accel", "warp-drive", NULL }, "no accelerator driver" },
		{ { "--accel", "cpu,workers=banana", NULL }, "banana" },
		{ { "--domain", "x,path=/nonexistent/x.sock", NULL }, "/nonexistent/x.sock" },
		{ { "--domain", "x,path=/proc/x.sock", NULL }, "/proc/x.sock" },
		{ { "--sched", "lottery", NULL }, "no scheduler lottery" },
		{ { "--sched", "drr,cost=luck", NULL }, "cost=luck is none of: bytes time" },
		{ { "--config", "/nonexistent.json", NULL }, "/nonexistent.json" },
		{ { "--domain", "x,path=/tmp/vt-x.sock,size=2M", NULL }, "x" },
		{ { "--domain", "x,path=/tmp/vt-x.sock,layout=round", NULL }, "hashed single thread" },
		{ { "--domain", "x,path=/tmp/vt-x.sock,sync=mt", NULL }, "unsafe-sync=1" },
		{ { "--domain", "x,path=/tmp/vt-x.sock,layout=thread,sync=hts", NULL }, "sync" },
		{ { "--domain", "x,path=/tmp/vt-x.sock,sync=locks", NULL }, "ticket spinlock" },
		{ { "--domain", "x,path=/tmp/vt-x.sock,depth=100", NULL }, "100" },
		{ { "--domain", "x,path=/tmp/vt-x.sock,size=16384G", NULL }, "x" },
	};
	struct vt_appliance a;
	unsigned int i;

	for (i = 0; i < RTE_DIM(bad); i++) {
		const char *args[8] = { "--oversubscribe" };

		memcpy(&args[1], bad[i].args, sizeof(bad[i].args));
		CU_ASSERT_NOT_EQUAL(vt_appliance_start(&a, args), 0);
		CU_ASSERT_EQUAL(a.status, 1);
		if (strstr(a.output, bad[i].says) == NULL)
			printf("%s %s: no '%s' in: %s\n", args[1], args[2], bad[i].says, a.output);
		CU_ASSERT_PTR_NOT_NULL(strstr(a.output, bad[i].says));
	}
	/* More pollers than physical cores, and no permission to share them. */
	CU_ASSERT_NOT_EQUAL(vt_appliance_start(&a, (const char *const[]){ "--pollers", "60", NULL }),
		0);
	CU_ASSERT_PTR_NOT_NULL(strstr(a.output, "60 pollers wanted"));
}

static int
setup(void)
{
	if (access(vt_appliance_program(), X_OK) == 0)
		return 0;
	vt_test_skip_reason("%s is not built", vt_appliance_program());
	return VT_TEST_SKIPPED;
}

static const struct vt_test_case cases[] = {
	{ "start, work, SIGTERM", test_life },
	{ "a second appliance on the same socket", test_second },
	{ "SIGINT twice ends at once", test_sigint_twice },
	{ "the appliance dies while a client waits", test_appliance_dies },
	{ "clients die", test_clients_die },
	{ "clients die, layout thread", test_clients_die_thread },
	{ "wrong options end it with the reason", test_bad_starts },
};

VT_TEST_SUITE(vinetalk_app_autotest, setup, NULL, cases);
