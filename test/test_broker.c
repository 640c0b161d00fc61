/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* A broker in a process of its own: arguments, sockets, memory, who comes, goes and is killed. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_vinetalk.h>
#include <rte_vtappliance.h>
#include <rte_vtivshmem.h>

#include "appliance_process.h"
#include "broker_process.h"
#include "fixture.h"
#include "test.h"

#define SMALL ",size=16M,clients=4"

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

/* Files in the scratch directory, but the broker's log. */
static unsigned int
files_left(void)
{
	DIR *dir = opendir(vt_test_tmp_dir());
	const struct dirent *e;
	unsigned int nb = 0;

	while ((e = readdir(dir)) != NULL)
		nb += e->d_name[0] != '.' && strcmp(e->d_name, "b.log") != 0;
	closedir(dir);
	return nb;
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
	s->last = peer;
	if (!s->keep)
		rte_vtivshmem_peer_release(s->srv, peer);
}

static const struct rte_vtivshmem_server_ops ops = { .joined = on_joined, .left = on_left };

static struct rte_vtivshmem_server *
join(struct seen *s, const struct vt_broker *b)
{
	const struct rte_vtivshmem_join_conf conf = { .path = b->owner, .timeout_ms = 5000,
		.max_peers = 4, .ops = &ops, .arg = s };

	memset(s, 0, sizeof(*s));
	s->srv = rte_vtivshmem_server_join(&conf);
	return s->srv;
}

/* Turns, when there is something, until both counts are reached. */
static bool
turns(struct seen *s, unsigned int joined, unsigned int left)
{
	struct pollfd p = { .fd = rte_vtivshmem_server_fd(s->srv), .events = POLLIN };

	while ((s->joined < joined || s->left < left) && poll(&p, 1, 5000) == 1)
		rte_vtivshmem_server_turn(s->srv);
	return s->joined == joined && s->left == left;
}

/* Turns until the broker is gone. */
static bool
turns_gone(struct seen *s)
{
	struct pollfd p = { .fd = rte_vtivshmem_server_fd(s->srv), .events = POLLIN };

	while (rte_vtivshmem_server_alive(s->srv) && poll(&p, 1, 5000) == 1)
		rte_vtivshmem_server_turn(s->srv);
	return !rte_vtivshmem_server_alive(s->srv);
}

static void
test_owner(void)
{
	struct rte_vtivshmem_client c[5];
	struct vt_broker b;
	struct seen s, second;
	uint64_t size, value;
	uint32_t first;
	int fds[RTE_VTIVSHMEM_MAX_VECTORS], i;

	CU_ASSERT_EQUAL_FATAL(vt_broker_start(&b, SMALL), 0);
	/* One who was there before, and one who comes later. */
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(b.clients, 2000, &c[0]), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(join(&s, &b));
	CU_ASSERT_TRUE(rte_vtivshmem_server_mem_fd(s.srv, &size) >= 0);
	CU_ASSERT_EQUAL(size, 16 << 20);
	CU_ASSERT_EQUAL(rte_vtivshmem_server_doorbells(s.srv, fds), 2);
	CU_ASSERT_TRUE(turns(&s, 1, 0));
	CU_ASSERT_EQUAL(s.last->id, c[0].id);
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(b.clients, 2000, &c[1]), 0);
	CU_ASSERT_TRUE(turns(&s, 2, 0));
	CU_ASSERT_EQUAL(s.last->id, c[1].id);
	/* Doorbells both ways. */
	value = 1;
	CU_ASSERT_EQUAL(write(s.last->to_client[1], &value, 8), 8);
	CU_ASSERT_EQUAL(read(c[1].own[1], &value, 8), 8);
	CU_ASSERT_EQUAL(write(c[0].server[0], &value, 8), 8);
	CU_ASSERT_EQUAL(read(fds[0], &value, 8), 8);
	/* There is one owner; a client's end is no owner's, nor the other way round. */
	CU_ASSERT_PTR_NULL(join(&second, &b));
	CU_ASSERT_EQUAL(rte_errno, EBUSY);
	CU_ASSERT_EQUAL(rte_vtivshmem_connect(b.owner, 2000, &c[2]), -EBUSY);
	rte_vtivshmem_disconnect(&c[1]);
	CU_ASSERT_TRUE(turns(&s, 2, 1));
	/* Numbers come again, held back until the user is done with the one before. */
	s.keep = true;
	first = c[0].id;
	rte_vtivshmem_disconnect(&c[0]);
	CU_ASSERT_TRUE(turns(&s, 2, 2));
	CU_ASSERT_EQUAL(s.last->id, first);
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(b.clients, 2000, &c[i]), 0);
	CU_ASSERT_EQUAL(rte_vtivshmem_connect(b.clients, 2000, &c[4]), -EUSERS);
	CU_ASSERT_TRUE(turns(&s, 5, 2));
	/* By this end the four were told of: one of them is held back. */
	CU_ASSERT_EQUAL(c[2].id, first);
	rte_vtivshmem_disconnect(&c[1]);
	CU_ASSERT_TRUE(turns(&s, 5, 3));
	rte_vtivshmem_server_free(s.srv);
	for (i = 0; i < 4; i++)
		if (i != 1)
			rte_vtivshmem_disconnect(&c[i]);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
	CU_ASSERT_EQUAL(files_left(), 0);
}

/* What clients are given, and the permissions of the doors. */
static void
test_memory(void)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	struct rte_vtivshmem_client c;
	struct vt_broker b;
	unsigned int i;
	uint64_t *mem, sum = 0;

	CU_ASSERT_EQUAL_FATAL(vt_broker_start(&b, ",size=4M,clients=1,vectors=3"), 0);
	CU_ASSERT_EQUAL(mode_of(b.clients), 0660);
	CU_ASSERT_EQUAL(mode_of(b.owner), 0600);
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(b.clients, 2000, &c), 0);
	CU_ASSERT_EQUAL(c.mem_size, 4 << 20);
	CU_ASSERT_EQUAL(c.nb_own_vectors, 3);
	CU_ASSERT_EQUAL(c.nb_server_vectors, 3);
	CU_ASSERT_EQUAL(fcntl(c.mem_fd, F_GET_SEALS) & seals, seals);
	mem = mmap(NULL, c.mem_size, PROT_READ | PROT_WRITE, MAP_SHARED, c.mem_fd, 0);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL(mem, MAP_FAILED);
	for (i = 0; i < c.mem_size / 8; i++)
		sum |= mem[i];
	CU_ASSERT_EQUAL(sum, 0);
	/* It is the appliance's to format: the broker touches nothing. */
	mem[1] = 42;
	rte_vtivshmem_disconnect(&c);
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(b.clients, 2000, &c), 0);
	CU_ASSERT_EQUAL(mem[1], 42);
	munmap(mem, c.mem_size);
	rte_vtivshmem_disconnect(&c);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
	CU_ASSERT_EQUAL_FATAL(vt_broker_start(&b, ",size=2M,mode=0666,appliance-mode=0640"), 0);
	CU_ASSERT_EQUAL(mode_of(b.clients), 0666);
	CU_ASSERT_EQUAL(mode_of(b.owner), 0640);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGINT), 0);
	CU_ASSERT_EQUAL(files_left(), 0);
}

static void
test_file(void)
{
	struct rte_vtivshmem_client c;
	char more[300], file[200];
	struct vt_broker b;
	struct stat st, got;

	snprintf(file, sizeof(file), "%s/region", vt_test_tmp_dir());
	snprintf(more, sizeof(more), ",size=2M,file=%s", file);
	CU_ASSERT_EQUAL_FATAL(vt_broker_start(&b, more), 0);
	CU_ASSERT_EQUAL(stat(file, &st), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(b.clients, 2000, &c), 0);
	CU_ASSERT_EQUAL(fstat(c.mem_fd, &got), 0);
	CU_ASSERT_EQUAL(st.st_ino, got.st_ino);
	rte_vtivshmem_disconnect(&c);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
	CU_ASSERT_EQUAL(files_left(), 0);
}

/* ---- processes that die ---- */

/* A child that is a client, or the owner, and does nothing; it can be killed once this returns. */
static pid_t
child(const struct vt_broker *b, bool owner)
{
	struct rte_vtivshmem_client c;
	struct seen s;
	char byte = 0;
	int ready[2];
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(pipe2(ready, O_CLOEXEC), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (owner ? join(&s, b) != NULL : rte_vtivshmem_connect(b->clients, 5000, &c) == 0)
			byte = 'y';
		(void)!write(ready[1], &byte, 1);
		for (;;)
			pause();
	}
	CU_ASSERT_EQUAL(read(ready[0], &byte, 1), 1);
	CU_ASSERT_EQUAL(byte, 'y');
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void
kill_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
test_killed(void)
{
	struct rte_vtivshmem_client c;
	struct vt_broker b;
	unsigned int i;
	struct seen s;
	char text[64];
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(vt_broker_start(&b, SMALL), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(join(&s, &b));
	/* Clients, more than there are places. */
	for (i = 0; i < 6; i++) {
		pid = child(&b, false);
		CU_ASSERT_TRUE(turns(&s, i + 1, i));
		CU_ASSERT_EQUAL(s.last->id, i % 4 + 1);
		kill_child(pid);
		CU_ASSERT_TRUE(turns(&s, i + 1, i + 1));
		snprintf(text, sizeof(text), "client %u: process %d left", i % 4 + 1, pid);
		CU_ASSERT_TRUE(vt_broker_said(&b, text));
	}
	rte_vtivshmem_server_free(s.srv);
	/* Owners: the next one has the place at once, and what he finds is what is so. */
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(b.clients, 5000, &c), 0);
	for (i = 0; i < 5; i++) {
		pid = child(&b, true);
		CU_ASSERT_PTR_NULL(join(&s, &b));
		CU_ASSERT_EQUAL(rte_errno, EBUSY);
		kill_child(pid);
		CU_ASSERT_PTR_NOT_NULL_FATAL(join(&s, &b));
		CU_ASSERT_TRUE(turns(&s, 1, 0));
		CU_ASSERT_EQUAL(s.last->id, c.id);
		CU_ASSERT_FALSE(rte_vtivshmem_server_gone(&c));
		rte_vtivshmem_server_free(s.srv);
	}
	rte_vtivshmem_disconnect(&c);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
	CU_ASSERT_EQUAL(files_left(), 0);
}

/* The broker itself, by each signal: who is there goes on, and the next one takes its paths. */
static void
test_broker_ends(void)
{
	static const int sigs[] = { SIGKILL, SIGTERM, SIGINT };
	struct rte_vtivshmem_client c[2];
	uint64_t value;
	struct vt_broker b;
	struct seen s;
	unsigned int i;

	for (i = 0; i < RTE_DIM(sigs); i++) {
		CU_ASSERT_EQUAL_FATAL(vt_broker_start(&b, SMALL), 0);
		CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(b.clients, 2000, &c[0]), 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(join(&s, &b));
		CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(b.clients, 2000, &c[1]), 0);
		CU_ASSERT_TRUE(turns(&s, 2, 0));
		CU_ASSERT_EQUAL(vt_broker_stop(&b, sigs[i]),
			sigs[i] == SIGKILL ? 128 + SIGKILL : 0);
		CU_ASSERT_EQUAL(exists(b.clients), sigs[i] == SIGKILL);
		CU_ASSERT_EQUAL(exists(b.owner), sigs[i] == SIGKILL);
		CU_ASSERT_TRUE(turns_gone(&s));
		CU_ASSERT_EQUAL(s.left, 0);
		/* Doorbells go on between those who have them. */
		value = 1;
		CU_ASSERT_EQUAL(write(s.last->to_client[0], &value, 8), 8);
		CU_ASSERT_EQUAL(read(c[1].own[0], &value, 8), 8);
		CU_ASSERT_TRUE(rte_vtivshmem_server_gone(&c[0]));
		rte_vtivshmem_disconnect(&c[0]);
		rte_vtivshmem_disconnect(&c[1]);
		rte_vtivshmem_server_free(s.srv);
	}
	CU_ASSERT_EQUAL(files_left(), 0);
}

/* More clients than the usual limit has descriptors for: the broker takes what it may have. */
static void
test_many_clients(void)
{
	static struct rte_vtivshmem_client c[40];
	struct rlimit low, old;
	struct vt_broker b;
	unsigned int i;
	int ret;

	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &old), 0);
	if (old.rlim_max < 1024) {
		vt_test_skip_reason("needs 1024 descriptors (ulimit -Hn)");
		return;
	}
	low = old;
	low.rlim_cur = 64;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &low), 0);
	ret = vt_broker_start(&b, ",size=2M,clients=40");
	low.rlim_cur = RTE_MAX(old.rlim_cur, (rlim_t)1024);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &low), 0);
	CU_ASSERT_EQUAL_FATAL(ret, 0);
	for (i = 0; i < RTE_DIM(c); i++)
		CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(b.clients, 5000, &c[i]), 0);
	for (i = 0; i < RTE_DIM(c); i++)
		rte_vtivshmem_disconnect(&c[i]);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &old), 0);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
}

/* Two brokers at the same paths: the second one says why not, and harms nothing. */
static void
test_second_broker(void)
{
	struct rte_vtivshmem_client c;
	const char *argv[] = { vt_broker_program(), "--domain", NULL, NULL };
	char domain[400], *output = NULL;
	struct vt_broker b;

	CU_ASSERT_EQUAL_FATAL(vt_broker_start(&b, SMALL), 0);
	snprintf(domain, sizeof(domain), "c,path=%s.2,appliance=%s,size=2M,no-huge", b.clients,
		b.owner);
	argv[2] = domain;
	CU_ASSERT_EQUAL(vt_test_run(argv, NULL, &output, 10000), 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "another server is alive there"));
	free(output);
	CU_ASSERT_EQUAL(rte_vtivshmem_connect(b.clients, 2000, &c), 0);
	rte_vtivshmem_disconnect(&c);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
	CU_ASSERT_EQUAL(files_left(), 0);
}

/* ---- with an appliance ---- */

static void
works(int dev, uint16_t proc, uint16_t va)
{
	fixture_works(dev, proc, va, 1000, 5000000);
}

static int
attach(const struct vt_broker *b, uint16_t *proc, uint16_t *va)
{
	int dev = fixture_attach_path(b->clients, 1, 0);

	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", proc, va), 0);
	return dev;
}

/*
 * Appliances come and go, and are killed. Who was attached is told when none is there, and goes on with the next one. A
 * new process may come as well.
 */
static void
test_appliances(void)
{
	static struct vt_appliance a;
	char domain[300];
	const char *args[] = { "--oversubscribe", "--pollers", "1", "--domain", domain, "--accel",
		"null", NULL };
	struct rte_vinetalk_task t;
	uint16_t proc, va, proc2, va2;
	int dev, dev2, round;
	struct vt_broker b;

	CU_ASSERT_EQUAL_FATAL(vt_broker_start(&b, SMALL), 0);
	snprintf(domain, sizeof(domain), "b,broker=%s,clients=4,arena=1M", b.owner);
	args[4] = domain;
	for (round = 0; round < 3; round++) {
		CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, args), 0);
		dev = attach(&b, &proc, &va);
		works(dev, proc, va);
		CU_ASSERT_EQUAL(vt_appliance_stop(&a, round == 1 ? SIGKILL : SIGTERM),
			round == 1 ? 128 + SIGKILL : 0);
		/* The sockets are the broker's, and stay. */
		CU_ASSERT_TRUE(exists(b.clients));
		if (round == 2) /* its heartbeat tells, though the socket stands */
			CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)dev, 0, 10000000), -ENODEV);
		rte_vinetalk_task_init(&t, va, proc, 1);
		CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)dev, 0, &t, 1), round == 1);
		CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, args), 0);
		if (round == 1) {
			struct rte_vinetalk_completion c;

			CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)dev, 0, 5000000), 0);
			CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst((uint16_t)dev, 0, &c, 1), 1);
			CU_ASSERT_EQUAL(c.status, -ECONNRESET);
		}
		works(dev, proc, va);
		dev2 = attach(&b, &proc2, &va2);
		works(dev2, proc2, va2);
		works(dev, proc, va);
		rte_vinetalk_close((uint16_t)dev2);
		rte_vinetalk_close((uint16_t)dev);
		CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
	}
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
}

/*
 * The doorbells that clients of a broker share stand for files that it has open as well. Of one whose domain is gone, the
 * appliance hears nothing.
 */
static void
test_bells_of_gone(void)
{
	const struct rte_vtappliance_conf ac = { .nb_pollers = 1 };
	struct rte_vtappliance_domain_conf dc = { .name = "gone", .nb_clients = 1, .arena_size = 1 << 20, .uid = -1,
		.gid = -1, .no_huge = true };
	struct rte_vtappliance *app;
	struct rte_vtivshmem_client c;
	const uint64_t one = 1;
	struct vt_broker b;
	unsigned int i;

	CU_ASSERT_EQUAL_FATAL(vt_broker_start(&b, SMALL), 0);
	app = rte_vtappliance_create(&ac);
	CU_ASSERT_PTR_NOT_NULL_FATAL(app);
	CU_ASSERT_EQUAL(rte_vtappliance_accel_add(app, "null"), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtappliance_start(app), 0);
	dc.broker = b.owner;
	CU_ASSERT_EQUAL_FATAL(rte_vtappliance_domain_add(app, &dc), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(b.clients, 2000, &c), 0);
	while (rte_vtappliance_control(app, 10) > 0)
		;
	CU_ASSERT_EQUAL(write(c.server[0], &one, sizeof(one)), sizeof(one));
	CU_ASSERT_EQUAL(rte_vtappliance_control(app, 0), 1);
	CU_ASSERT_EQUAL(rte_vtappliance_domain_remove(app, "gone"), 0);
	for (i = 0; i < 10000 && rte_vtappliance_domain_exists(app, "gone"); i++) {
		rte_vtappliance_poll(app, 0, 0);
		rte_vtappliance_control(app, 0);
	}
	CU_ASSERT_FALSE(rte_vtappliance_domain_exists(app, "gone"));
	while (rte_vtappliance_control(app, 0) > 0)
		;
	CU_ASSERT_EQUAL(write(c.server[0], &one, sizeof(one)), sizeof(one));
	CU_ASSERT_EQUAL(rte_vtappliance_control(app, 0), 0);
	rte_vtivshmem_disconnect(&c);
	rte_vtappliance_free(app);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
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
		{ "web,no-huge=maybe", "no-huge=maybe: known are path" },
		{ "web,path=/tmp/x,appliance=/tmp/x", "path and appliance are the same socket" },
		{ "web,size=2Q", "size=2Q: not a number" },
		{ "web,appliance-mode=1777", "appliance-mode=1777: not a number" },
		{ "web,gid=-1", "gid=-1: not a number" },
		{ "web,users=nobody here", "users=nobody here: users, by name or number" },
		{ "web,groups=1+2+3+4+5+6+7+8+9+10+11+12+13+14+15+16+17", "more than 16" },
		{ "web,size=2M,no-huge,file=/nowhere/f", "cannot open /nowhere/f" },
		{ "web,size=2M,no-huge,path=/tmp", "/tmp: is there and no socket" },
		{ "web,path=/nowhere/at/all.sock,no-huge=yes,size=2M", "No such file" },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(bad); i++) {
		const char *argv[] = { vt_broker_program(), "--domain", bad[i].arg, NULL };
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

static int
run(const char *const args[3], const char *text)
{
	const char *argv[] = { vt_broker_program(), args[0], args[1], args[2], NULL };
	char *output = NULL;
	int ret = vt_test_run(argv, NULL, &output, 10000);

	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, text));
	free(output);
	return ret;
}

static void
test_options(void)
{
	CU_ASSERT_EQUAL(run((const char *[3]){ "--help" }, "usage: vt-broker"), 0);
	CU_ASSERT_EQUAL(run((const char *[3]){ "--colour" }, "--colour: unknown option"), 1);
	CU_ASSERT_EQUAL(run((const char *[3]){ "--domain" }, "--domain: lacks its value"), 1);
	CU_ASSERT_EQUAL(run((const char *[3]){ "web" }, "'web': no such argument"), 1);
	CU_ASSERT_EQUAL(run((const char *[3]){ "--domain=a,path=/tmp/x",
		"--domain=b,appliance=/tmp/x" }, "--domain b: domain a has that name, socket or file"), 1);
	CU_ASSERT_EQUAL(run((const char *[3]){ "--domain=a", "--domain=a,path=/tmp/x" },
		"--domain a: domain a has that name"), 1);
}

static const struct vt_test_case cases[] = {
	{ "a domain's settings", test_arguments },
	{ "options", test_options },
	{ "the owner's end", test_owner },
	{ "memory and permissions", test_memory },
	{ "a region in a file", test_file },
	{ "clients and owners are killed", test_killed },
	{ "the broker ends or is killed", test_broker_ends },
	{ "many clients", test_many_clients },
	{ "a second broker", test_second_broker },
	{ "appliances come and go", test_appliances },
	{ "doorbells of a domain that is gone", test_bells_of_gone },
};

VT_TEST_SUITE(vinetalk_broker_autotest, NULL, NULL, cases);
