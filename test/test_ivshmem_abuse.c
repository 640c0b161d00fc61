/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Abuse of a broker, the appliance's own and vt-broker, by clients made by hand. After each step
 * one who behaves must be able to join and to leave.
 */

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_vtivshmem.h>

#include "broker_process.h"
#include "fixture.h"
#include "ivshmem_owner.h"
#include "send_fds.h"
#include "test.h"

#define CLIENTS 4
#define GREETING 7 /* words, with two vectors */

/* Who is abused. */
struct victim {
	char path[108];
	pid_t pid;
};

/* So many words of a greeting; descriptors are dropped. */
static unsigned int
read_words(int fd, int64_t *first, unsigned int nb)
{
	int64_t word;
	unsigned int n;

	for (n = 0; n < nb && recv(fd, &word, sizeof(word), MSG_WAITALL) == sizeof(word); n++)
		if (n == 0)
			*first = word;
	return n;
}

/* Join, and leave. */
static void
served(const struct victim *v)
{
	struct rte_vtivshmem_client c;
	unsigned int i;
	int ret = -EUSERS;

	/*
	 * A place is free when a broker has seen the end of the socket, which may come behind us, and an appliance's
	 * pollers are done with who had it.
	 */
	for (i = 0; i < 5000 && ret == -EUSERS; i++) {
		ret = rte_vtivshmem_connect(v->path, 5000, &c);
		if (ret == -EUSERS)
			usleep(1000);
	}
	CU_ASSERT_EQUAL(ret, 0);
	if (ret != 0)
		return;
	CU_ASSERT_EQUAL(c.nb_own_vectors, 2);
	CU_ASSERT_EQUAL(c.nb_server_vectors, 2);
	rte_vtivshmem_disconnect(&c);
}

/* Join as one who does not behave: as soon as there is a place. */
static int
dial_in(const struct victim *v)
{
	int64_t first = 0;
	unsigned int i;
	int fd;

	for (i = 0; i < 5000; i++) {
		fd = ivshmem_dial(v->path);
		if (recv(fd, &first, sizeof(first), MSG_PEEK | MSG_WAITALL) == sizeof(first) &&
				first == 0)
			return fd;
		close(fd);
		usleep(1000);
	}
	CU_FAIL("no place");
	return -1;
}

/* Sends what nobody asked for, with descriptors, until nobody takes it. */
static void
send_garbage(int fd)
{
	static char noise[65536];
	unsigned int i;

	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(i * 7);
	for (i = 0; i < 50; i++)
		if (send_fds(fd, noise, 64, &fd, 1, MSG_DONTWAIT) < 0)
			break;
	for (i = 0; i < 20; i++)
		if (send(fd, noise, sizeof(noise), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			break;
}

static void
abuse_silent(const struct victim *v)
{
	/* Neither speaks nor reads. */
	int fd = ivshmem_dial(v->path);

	served(v);
	close(fd);
	served(v);
}

static void
abuse_garbage(const struct victim *v)
{
	int fd = dial_in(v), before = ivshmem_dial(v->path);

	send_garbage(fd);
	served(v);
	/* Again, before it was greeted, as likely as not. */
	send_garbage(before);
	served(v);
	send_garbage(fd);
	close(fd);
	close(before);
	served(v);
}

static void
abuse_steps(const struct victim *v)
{
	unsigned int i, how;
	int64_t first;
	int fd;

	/* After so many words, it closes, or but one direction of it. */
	for (how = 0; how < 4; how++) {
		for (i = 0; i <= GREETING; i++) {
			fd = i == 0 ? ivshmem_dial(v->path) : dial_in(v);
			CU_ASSERT_EQUAL(read_words(fd, &first, i), i);
			if (how == 1)
				shutdown(fd, SHUT_RD);
			else if (how == 2)
				shutdown(fd, SHUT_WR);
			else if (how == 3)
				(void)!send(fd, "half", 4, MSG_NOSIGNAL);
			if (how == 0)
				close(fd);
			served(v);
			if (how != 0)
				close(fd);
		}
	}
}

static void
abuse_storm(const struct victim *v)
{
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		close(ivshmem_dial(v->path));
		if (i % 100 == 0)
			served(v);
	}
	served(v);
}

/* More than there is room for: refused by the version word, that and nothing else. */
static void
abuse_crowd(const struct victim *v)
{
	int fd[2 * CLIENTS], i;
	int64_t word;

	for (i = 0; i < CLIENTS; i++) {
		fd[i] = dial_in(v);
		CU_ASSERT_EQUAL(read_words(fd[i], &word, GREETING), GREETING);
	}
	for (; i < 2 * CLIENTS; i++) {
		fd[i] = ivshmem_dial(v->path);
		CU_ASSERT_EQUAL(recv(fd[i], &word, sizeof(word), MSG_WAITALL), sizeof(word));
		CU_ASSERT_EQUAL(word, -EUSERS);
		CU_ASSERT_EQUAL(recv(fd[i], &word, sizeof(word), 0), 0);
	}
	/* One place is enough. */
	close(fd[0]);
	served(v);
	for (i = 1; i < 2 * CLIENTS; i++)
		close(fd[i]);
	served(v);
}

static unsigned int
fds_of(pid_t pid)
{
	char path[64];
	unsigned int nb = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while (readdir(dir) != NULL)
		nb++;
	closedir(dir);
	return nb;
}

/* All of it, with one who never reads there all the time. */
static void
abuse(const struct victim *v)
{
	unsigned int before, after, i;
	int mute;

	served(v);
	before = fds_of(v->pid);
	abuse_silent(v);
	mute = dial_in(v);
	abuse_garbage(v);
	abuse_steps(v);
	abuse_storm(v);
	served(v);
	close(mute);
	abuse_crowd(v);
	/* It keeps nothing of them. */
	for (i = 0; i < 5000; i++) {
		after = fds_of(v->pid);
		if (after <= before)
			break;
		usleep(1000);
	}
	CU_ASSERT_TRUE(after <= before);
}

static void
test_broker(void)
{
	struct victim v = { 0 };
	struct vt_broker b;

	CU_ASSERT_EQUAL_FATAL(vt_broker_start(&b, ",size=2M,clients=4"), 0);
	snprintf(v.path, sizeof(v.path), "%s", b.clients);
	v.pid = b.pid;
	abuse(&v);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
}

static void
test_appliance(void)
{
	static const char * const nulls[] = { "null", NULL };
	const struct rte_vtappliance_domain_conf dom = { .uid = -1, .gid = -1,
		.nb_clients = CLIENTS };
	struct victim v = { .pid = getpid() };
	struct fixture f;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &dom), 0);
	snprintf(v.path, sizeof(v.path), "%s", f.path[0]);
	abuse(&v);
	fixture_stop(&f);
}

/* ---- the owner's socket ---- */

static void
ignore(void *arg, struct rte_vtivshmem_peer *peer)
{
	RTE_SET_USED(arg);
	RTE_SET_USED(peer);
}

/* The place of the owner is free: for one who behaves, and for clients there is one as ever. */
static void
owner_served(const struct vt_broker *b, const struct victim *v)
{
	const struct rte_vtivshmem_server_ops ops = { .joined = ignore, .left = ignore };
	const struct rte_vtivshmem_join_conf conf = { .path = b->owner, .timeout_ms = 5000,
		.max_peers = CLIENTS, .ops = &ops };
	struct rte_vtivshmem_server *srv = rte_vtivshmem_server_join(&conf);

	CU_ASSERT_PTR_NOT_NULL(srv);
	rte_vtivshmem_server_free(srv);
	served(v);
}

static void
test_owner(void)
{
	struct victim v = { 0 };
	unsigned int i, before;
	struct vt_broker b;
	int64_t word;
	int fd;

	CU_ASSERT_EQUAL_FATAL(vt_broker_start(&b, ",size=2M,clients=4"), 0);
	snprintf(v.path, sizeof(v.path), "%s", b.clients);
	v.pid = b.pid;
	owner_served(&b, &v);
	before = fds_of(b.pid);
	/* After so many words: version, number, memory, own doorbells. */
	for (i = 0; i <= 5; i++) {
		fd = ivshmem_dial(b.owner);
		CU_ASSERT_EQUAL(read_words(fd, &word, i), i);
		served(&v);
		close(fd);
		owner_served(&b, &v);
	}
	fd = ivshmem_dial(b.owner);
	CU_ASSERT_EQUAL(read_words(fd, &word, 5), 5);
	send_garbage(fd);
	served(&v);
	/* Others are refused meanwhile, by the version word and nothing else. */
	for (i = 0; i < 200; i++) {
		int other = ivshmem_dial(b.owner);

		CU_ASSERT_EQUAL(recv(other, &word, sizeof(word), MSG_WAITALL), sizeof(word));
		CU_ASSERT_EQUAL(word, -EBUSY);
		CU_ASSERT_EQUAL(recv(other, &word, sizeof(word), 0), 0);
		close(other);
	}
	served(&v);
	shutdown(fd, SHUT_WR); /* which is his end */
	owner_served(&b, &v);
	close(fd);
	for (i = 0; i < 1000; i++)
		close(ivshmem_dial(b.owner));
	owner_served(&b, &v);
	for (i = 0; i < 5000 && fds_of(b.pid) > before; i++)
		usleep(1000);
	CU_ASSERT_TRUE(i < 5000);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
}

static const struct vt_test_case cases[] = {
	{ "clients of a broker", test_broker },
	{ "clients of an appliance's own broker", test_appliance },
	{ "the owner's socket", test_owner },
};

VT_TEST_SUITE(vinetalk_ivshmem_abuse_autotest, NULL, NULL, cases);
