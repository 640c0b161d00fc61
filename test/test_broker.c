/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* A broker in a process of its own: its arguments, its two sockets, appliances that come and go. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_vinetalk.h>
#include <rte_vtivshmem.h>

#include "appliance_process.h"
#include "fixture.h"
#include "test.h"

static char clients_sock[104], owner_sock[104];

static const char *
program(void)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/app/vt-broker/vt-broker", vt_test_build_dir());
	return path;
}

static bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static unsigned int
mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & 0777 : 0;
}

/* Start one with four clients; wait until it serves. */
static pid_t
broker_start(void)
{
	char domain[400];
	unsigned int i;
	pid_t pid;

	snprintf(clients_sock, sizeof(clients_sock), "%s/b.sock", vt_test_tmp_dir());
	snprintf(owner_sock, sizeof(owner_sock), "%s/b.appliance.sock", vt_test_tmp_dir());
	snprintf(domain, sizeof(domain), "b,path=%s,appliance=%s,size=16M,clients=4,no-huge=yes",
		clients_sock, owner_sock);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		execl(program(), program(), "--domain", domain, NULL);
		_exit(127);
	}
	for (i = 0; i < 5000; i++) {
		struct rte_vtivshmem_client c;

		if (exists(owner_sock) && rte_vtivshmem_connect(clients_sock, 1000, &c) == 0) {
			rte_vtivshmem_disconnect(&c);
			return pid;
		}
		usleep(1000);
	}
	CU_FAIL("the broker does not serve");
	return pid;
}

static int
broker_stop(pid_t pid, int sig)
{
	int status = -1;

	kill(pid, sig);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- the owner's end ---- */

struct seen {
	unsigned int joined, left;
	struct rte_vtivshmem_peer *last;
	struct rte_vtivshmem_server *srv;
	bool keep; /* do not release who left */
};

static void
on_joined(void *arg, struct rte_vtivshmem_peer *peer)
{
	struct seen *s = arg;

	s->joined++;
	s->last = peer;
}

static void
on_left(void *arg, struct rte_vtivshmem_peer *peer)
{
	struct seen *s = arg;

	s->left++;
	if (!s->keep)
		rte_vtivshmem_peer_release(s->srv, peer);
}

static const struct rte_vtivshmem_server_ops ops = { .joined = on_joined, .left = on_left };

static struct rte_vtivshmem_server *
join(struct seen *s)
{
	const struct rte_vtivshmem_join_conf conf = { .path = owner_sock, .timeout_ms = 2000,
		.max_peers = 4, .ops = &ops, .arg = s };

	memset(s, 0, sizeof(*s));
	s->srv = rte_vtivshmem_server_join(&conf);
	return s->srv;
}

/* Turns until both counts are reached. */
static bool
turns(struct seen *s, unsigned int joined, unsigned int left)
{
	unsigned int i;

	for (i = 0; i < 2000 && (s->joined < joined || s->left < left); i++) {
		rte_vtivshmem_server_turn(s->srv);
		usleep(1000);
	}
	return s->joined == joined && s->left == left;
}

static void
test_owner(void)
{
	struct rte_vtivshmem_client c[5];
	struct seen s, second;
	uint64_t size, value;
	pid_t pid = broker_start();
	int fds[RTE_VTIVSHMEM_MAX_VECTORS], i;

	CU_ASSERT_EQUAL(mode_of(clients_sock), 0660);
	CU_ASSERT_EQUAL(mode_of(owner_sock), 0600);
	/* One who was there before, and one who comes later. */
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(clients_sock, 2000, &c[0]), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(join(&s));
	CU_ASSERT_TRUE(rte_vtivshmem_server_mem_fd(s.srv, &size) >= 0);
	CU_ASSERT_EQUAL(size, 16 << 20);
	CU_ASSERT_EQUAL(rte_vtivshmem_server_doorbells(s.srv, fds), 2);
	CU_ASSERT_TRUE(turns(&s, 1, 0));
	CU_ASSERT_EQUAL(s.last->id, c[0].id);
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(clients_sock, 2000, &c[1]), 0);
	CU_ASSERT_TRUE(turns(&s, 2, 0));
	CU_ASSERT_EQUAL(s.last->id, c[1].id);
	/* Doorbells both ways. */
	value = 1;
	CU_ASSERT_EQUAL(write(s.last->to_client[1], &value, 8), 8);
	CU_ASSERT_EQUAL(read(c[1].own[1], &value, 8), 8);
	CU_ASSERT_EQUAL(write(c[0].server[0], &value, 8), 8);
	CU_ASSERT_EQUAL(read(fds[0], &value, 8), 8);
	/* There is one owner; a client's end is no owner's, nor the other way round. */
	CU_ASSERT_PTR_NULL(join(&second));
	CU_ASSERT_EQUAL(rte_errno, EBUSY);
	CU_ASSERT_EQUAL(rte_vtivshmem_connect(owner_sock, 2000, &c[2]), -EBUSY);
	rte_vtivshmem_disconnect(&c[1]);
	CU_ASSERT_TRUE(turns(&s, 2, 1));
	/* Numbers come again, held back until the user is done with the one before. */
	s.keep = true;
	rte_vtivshmem_disconnect(&c[0]);
	CU_ASSERT_TRUE(turns(&s, 2, 2));
	s.keep = false;
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(clients_sock, 2000, &c[i]), 0);
	CU_ASSERT_EQUAL(rte_vtivshmem_connect(clients_sock, 2000, &c[4]), -EUSERS);
	CU_ASSERT_TRUE(turns(&s, 5, 2));
	/* Who is being held back is the one of number 1: its place was not released. */
	usleep(20000);
	rte_vtivshmem_server_turn(s.srv);
	CU_ASSERT_EQUAL(s.joined, 5);
	rte_vtivshmem_server_free(s.srv);
	/* Another owner, who is told of all four. */
	usleep(50000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(join(&s));
	CU_ASSERT_TRUE(turns(&s, 4, 0));
	/* The broker dies: nobody leaves. */
	broker_stop(pid, SIGKILL);
	usleep(20000);
	rte_vtivshmem_server_turn(s.srv);
	rte_vtivshmem_server_turn(s.srv);
	CU_ASSERT_EQUAL(s.left, 0);
	rte_vtivshmem_server_free(s.srv);
	for (i = 0; i < 4; i++)
		rte_vtivshmem_disconnect(&c[i]);
	/* What it left is taken over by the next one, which leaves nothing. */
	pid = broker_start();
	CU_ASSERT_EQUAL(broker_stop(pid, SIGTERM), 0);
	CU_ASSERT_FALSE(exists(clients_sock));
	CU_ASSERT_FALSE(exists(owner_sock));
}

/* A socket that speaks otherwise. */
static void
test_garbage(void)
{
	static const int64_t lies[][6] = {
		{ 1 }, { 0, 5 }, { 0, 0, -1 }, { 0, 0, 7 }, { 0, -3 }, { -16 },
	};
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	unsigned int i;
	struct seen s;
	int fd, conn;
	pid_t pid;

	snprintf(owner_sock, sizeof(owner_sock), "%s/liar", vt_test_tmp_dir());
	strcpy(addr.sun_path, owner_sock);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(fd, 8), 0);
	for (i = 0; i < RTE_DIM(lies); i++) {
		pid = fork();
		if (pid == 0) {
			conn = accept(fd, NULL, NULL);
			if (write(conn, lies[i], sizeof(lies[i])) < 0)
				_exit(1);
			_exit(0);
		}
		CU_ASSERT_PTR_NULL(join(&s));
		CU_ASSERT_TRUE(rte_errno == EPROTO || rte_errno == EBUSY);
		waitpid(pid, NULL, 0);
	}
	close(fd);
	unlink(owner_sock);
	CU_ASSERT_PTR_NULL(join(&s));
	CU_ASSERT_EQUAL(rte_errno, ENOENT);
}

/* ---- abuse ---- */

static int
dial(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A good client comes and goes, whatever others do. */
static void
others_are_served(const char *path)
{
	struct rte_vtivshmem_client c;
	int ret = rte_vtivshmem_connect(path, 5000, &c);

	CU_ASSERT_EQUAL(ret, 0);
	if (ret == 0)
		rte_vtivshmem_disconnect(&c);
}

static void
abuse_server(const char *path)
{
	static char noise[65536];
	unsigned int i, j;
	int fd[8];

	/* Says nothing, and reads nothing. */
	fd[0] = dial(path);
	others_are_served(path);
	/* Sends what nobody asked for. */
	fd[1] = dial(path);
	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(i * 7);
	for (i = 0; i < 20; i++)
		if (send(fd[1], noise, sizeof(noise), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			break;
	others_are_served(path);
	close(fd[0]);
	close(fd[1]);
	/* Closes at each step of the greeting: after that many words. */
	for (i = 0; i < 8; i++) {
		fd[0] = dial(path);
		for (j = 0; j < i; j++)
			if (recv(fd[0], noise, 8, 0) != 8)
				break;
		close(fd[0]);
		others_are_served(path);
	}
	/* Comes and goes. */
	for (i = 0; i < 1000; i++)
		close(dial(path));
	others_are_served(path);
	/* More than there is room for: refused by the version word, and in no other way. */
	for (i = 0; i < 4; i++)
		fd[i] = dial(path);
	usleep(50000);
	for (i = 4; i < 8; i++) {
		int64_t word = 0;

		fd[i] = dial(path);
		CU_ASSERT_EQUAL(recv(fd[i], &word, 8, MSG_WAITALL), 8);
		CU_ASSERT_EQUAL(word, -EUSERS);
		CU_ASSERT_EQUAL(recv(fd[i], &word, 8, 0), 0);
	}
	for (i = 0; i < 8; i++)
		close(fd[i]);
	usleep(50000);
	others_are_served(path);
}

static void
test_abuse_broker(void)
{
	pid_t pid = broker_start();

	abuse_server(clients_sock);
	CU_ASSERT_EQUAL(broker_stop(pid, SIGTERM), 0);
}

static void
test_abuse_appliance(void)
{
	static const char * const nulls[] = { "null", NULL };
	const struct rte_vtappliance_domain_conf dom = { .uid = -1, .gid = -1, .nb_clients = 4 };
	struct fixture f;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &dom), 0);
	abuse_server(f.path[0]);
	fixture_stop(&f);
}

/* An owner that never reads is dropped when it would miss somebody; clients do not notice. */
static void
test_deaf_owner(void)
{
	struct rte_vtivshmem_client c;
	unsigned int i;
	struct seen s;
	pid_t pid = broker_start();
	int fd = dial(owner_sock);

	CU_ASSERT_TRUE(fd >= 0);
	for (i = 0; i < 3000; i++) {
		if (rte_vtivshmem_connect(clients_sock, 2000, &c) != 0)
			break;
		rte_vtivshmem_disconnect(&c);
	}
	CU_ASSERT_EQUAL(i, 3000);
	/* It has the place of the owner no more. */
	CU_ASSERT_PTR_NOT_NULL(join(&s));
	rte_vtivshmem_server_free(s.srv);
	close(fd);
	CU_ASSERT_EQUAL(broker_stop(pid, SIGTERM), 0);
}

/* ---- with an appliance ---- */

static void
works(int dev, uint16_t proc, uint16_t va)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	unsigned int i, bad = 0;

	for (i = 0; i < 1000; i++) {
		rte_vinetalk_task_init(&t, va, proc, i);
		bad += rte_vinetalk_run((uint16_t)dev, 0, &t, &c, 5000000) != 0 || c.status != 0;
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static int
attach(uint16_t *proc, uint16_t *va)
{
	const struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	char args[160];
	int dev;

	snprintf(args, sizeof(args), "shm,path=%s", clients_sock);
	dev = rte_vinetalk_attach(args);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL(rte_vinetalk_configure((uint16_t)dev, &conf), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup((uint16_t)dev, 0, NULL), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_start((uint16_t)dev), 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", proc, va), 0);
	return dev;
}

/* Appliances come and go, and are killed; who was attached is told, and attaches to the next one. */
static void
test_appliances(void)
{
	static struct vt_appliance a;
	char domain[300];
	const char *args[] = { "--oversubscribe", "--pollers", "1", "--domain", domain, "--accel",
		"null", NULL };
	struct rte_vinetalk_task t;
	uint16_t proc, va;
	int dev, round;
	pid_t pid = broker_start();

	snprintf(domain, sizeof(domain), "b,broker=%s,clients=4,arena=1M", owner_sock);
	args[4] = domain;
	for (round = 0; round < 3; round++) {
		CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, args), 0);
		dev = attach(&proc, &va);
		works(dev, proc, va);
		CU_ASSERT_EQUAL(vt_appliance_stop(&a, round == 1 ? SIGKILL : SIGTERM),
			round == 1 ? 128 + SIGKILL : 0);
		/* The sockets are the broker's, and stay. */
		CU_ASSERT_TRUE(exists(clients_sock));
		if (round == 1) {
			/* Dead for a while: its heartbeat tells, though the socket stands. */
			CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, args), 0);
			rte_vinetalk_task_init(&t, va, proc, 1);
			CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)dev, 0, &t, 1), 0);
		}
		CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)dev, 0, 5000000), -ENODEV);
		rte_vinetalk_close((uint16_t)dev);
		if (round == 1) {
			dev = attach(&proc, &va);
			works(dev, proc, va);
			rte_vinetalk_close((uint16_t)dev);
			CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
		}
	}
	CU_ASSERT_EQUAL(broker_stop(pid, SIGTERM), 0);
}

/* ---- arguments ---- */

static void
test_arguments(void)
{
	static const struct {
		const char *arg, *text;
	} bad[] = {
		{ "web,size=3M", "size=3M: must be a power of two" },
		{ "web,size=1M", "must be a power of two of at least 2M" },
		{ "web,clients=0", "clients=0: not a number in 1..1024" },
		{ "web,vectors=17", "vectors=17: not a number in 1..16" },
		{ "web,mode=888", "mode=888: not a number" },
		{ "web,colour=red", "colour=red: known are path" },
		{ "web,path", "path: has no value" },
		{ "we b", "first its name" },
		{ ",size=2M", "first its name" },
		{ "web,path=/nowhere/at/all.sock,no-huge=yes,size=2M", "No such file" },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(bad); i++) {
		const char *argv[] = { program(), "--domain", bad[i].arg, NULL };
		char *output = NULL;

		CU_ASSERT_EQUAL(vt_test_run(argv, NULL, &output, 10000), 1);
		CU_ASSERT_PTR_NOT_NULL_FATAL(output);
		if (strstr(output, bad[i].text) == NULL) {
			CU_FAIL("another message");
			printf("\n%s: %s", bad[i].arg, output);
		}
		free(output);
	}
}

static const struct vt_test_case cases[] = {
	{ "arguments", test_arguments },
	{ "the owner's end", test_owner },
	{ "an owner that never reads", test_deaf_owner },
	{ "no broker at all", test_garbage },
	{ "abuse of a broker", test_abuse_broker },
	{ "abuse of an appliance's own broker", test_abuse_appliance },
	{ "appliances come and go", test_appliances },
};

VT_TEST_SUITE(vinetalk_broker_autotest, NULL, NULL, cases);
