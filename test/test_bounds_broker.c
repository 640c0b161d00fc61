/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Greetings of brokers that are whole, and right but for one word, which stay connected: as test_bounds.c, for what a
 * client and an appliance believe of a broker.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_vtivshmem.h>

#include "ivshmem_owner.h"
#include "send_fds.h"
#include "test.h"

#define PATIENCE_MS 300
#define OWN 9

/* What goes with a word. */
enum with {
	NONE,
	MEM,
	EMPTY,  /* a file without a size */
	FOLDER, /* no file, with a size */
	TWICE,  /* memory with each half of the word */
	KINDS,
};

struct word {
	int64_t word;
	enum with with;
};

struct broker {
	struct sockaddr_un addr;
	int lsock, sock, fds[KINDS];
	const struct word *words;
	unsigned int nb;
	pthread_t thread;
};

static int
put(const struct broker *b, const struct word *w)
{
	const bool halves = w->with == TWICE;
	const size_t len = halves ? sizeof(w->word) / 2 : sizeof(w->word);
	int ret = send_fds(b->sock, &w->word, len, &b->fds[w->with], w->with != NONE, 0) == (ssize_t)len ? 0 : -1;

	if (halves && ret == 0)
		ret = send_fds(b->sock, (const char *)&w->word + len, len, &b->fds[MEM], 1, 0) == (ssize_t)len ?
			0 : -1;
	return ret;
}

static void *
talk(void *arg)
{
	struct broker *b = arg;
	unsigned int i;

	b->sock = accept4(b->lsock, NULL, NULL, SOCK_CLOEXEC);
	for (i = 0; i < b->nb && put(b, &b->words[i]) == 0; i++)
		;
	return NULL;
}

static void
open_broker(struct broker *b, const struct word *words, unsigned int nb)
{
	memset(b, 0, sizeof(*b));
	b->addr.sun_family = AF_UNIX;
	snprintf(b->addr.sun_path, sizeof(b->addr.sun_path), "%s/hand.sock", vt_test_tmp_dir());
	unlink(b->addr.sun_path);
	b->words = words;
	b->nb = nb;
	b->fds[MEM] = b->fds[TWICE] = memfd_create("hand", MFD_CLOEXEC);
	b->fds[EMPTY] = memfd_create("empty", MFD_CLOEXEC);
	b->fds[FOLDER] = open("/usr", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_EQUAL(ftruncate(b->fds[MEM], 4096), 0);
	b->lsock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_EQUAL_FATAL(bind(b->lsock, (struct sockaddr *)&b->addr, sizeof(b->addr)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(b->lsock, 1), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&b->thread, NULL, talk, b), 0);
}

static void
close_broker(struct broker *b)
{
	close(b->sock);
	close(b->lsock);
	close(b->fds[MEM]);
	close(b->fds[EMPTY]);
	close(b->fds[FOLDER]);
	unlink(b->addr.sun_path);
}

/* What a client makes of it. */
static int
greet(const struct word *words, unsigned int nb, struct rte_vtivshmem_client *c)
{
	struct broker b;
	int ret;

	open_broker(&b, words, nb);
	ret = rte_vtivshmem_connect(b.addr.sun_path, PATIENCE_MS, c);
	pthread_join(b.thread, NULL);
	close_broker(&b);
	return ret;
}

#define GOOD { { 0, NONE }, { OWN, NONE }, { -1, MEM }, { 0, MEM }, { OWN, MEM } }

static void
test_client(void)
{
	static const struct word bad[][5] = {
		{ { 1, NONE }, { OWN, NONE }, { -1, MEM }, { 0, MEM }, { OWN, MEM } },
		{ { 0, MEM }, { OWN, NONE }, { -1, MEM }, { 0, MEM }, { OWN, MEM } },
		/* Refusals have an errno; these would be none, and success, of 32 bits. */
		{ { -4096, NONE }, { OWN, NONE }, { -1, MEM }, { 0, MEM }, { OWN, MEM } },
		{ { -(INT64_C(1) << 32), NONE }, { OWN, NONE }, { -1, MEM }, { 0, MEM }, { OWN, MEM } },
		{ { 0, NONE }, { -1, NONE }, { -1, MEM }, { 0, MEM }, { -1, MEM } },
		{ { 0, NONE }, { INT64_MIN + OWN, NONE }, { -1, MEM }, { 0, MEM }, { OWN, MEM } },
		{ { 0, NONE }, { 65536, NONE }, { -1, MEM }, { 0, MEM }, { 65536, MEM } },
		{ { 0, NONE }, { OWN, MEM }, { -1, MEM }, { 0, MEM }, { OWN, MEM } },
		{ { 0, NONE }, { 0, NONE }, { -1, MEM }, { 0, MEM }, { 0, MEM } },
		{ { 0, NONE }, { OWN, NONE }, { -2, MEM }, { 0, MEM }, { OWN, MEM } },
		{ { 0, NONE }, { OWN, NONE }, { -1, NONE }, { 0, MEM }, { OWN, MEM } },
		{ { 0, NONE }, { OWN, NONE }, { -1, EMPTY }, { 0, MEM }, { OWN, MEM } },
		{ { 0, NONE }, { OWN, NONE }, { -1, FOLDER }, { 0, MEM }, { OWN, MEM } },
		{ { 0, NONE }, { OWN, NONE }, { -1, MEM }, { 0, NONE }, { OWN, MEM } },
		{ { 0, NONE }, { OWN, NONE }, { -1, MEM }, { 0, MEM }, { OWN, NONE } },
	};
	static const struct word good[] = GOOD;
	struct rte_vtivshmem_client c;
	unsigned int i, fds = count_fds();

	CU_ASSERT_EQUAL(greet(good, RTE_DIM(good), &c), 0);
	CU_ASSERT_EQUAL(c.id, OWN);
	rte_vtivshmem_disconnect(&c);
	for (i = 0; i < RTE_DIM(bad); i++) {
		int ret = greet(bad[i], RTE_DIM(bad[i]), &c);

		if (ret != -EPROTO)
			printf("\n    greeting %u: %d\n", i, ret);
		CU_ASSERT_EQUAL(ret, -EPROTO);
		if (ret == 0)
			rte_vtivshmem_disconnect(&c);
	}
	CU_ASSERT_EQUAL(count_fds(), fds);
}

/* More descriptors than words: none is left open. */
static void
test_pieces(void)
{
	static const struct word twice[] = { { 0, NONE }, { OWN, NONE }, { -1, TWICE }, { 0, TWICE },
		{ OWN, TWICE } };
	struct rte_vtivshmem_client c;
	unsigned int fds = count_fds();

	CU_ASSERT_EQUAL(greet(twice, RTE_DIM(twice), &c), 0);
	rte_vtivshmem_disconnect(&c);
	CU_ASSERT_EQUAL(count_fds(), fds);
}

/* To an appliance: a word behind the greeting ends what it takes of the broker, or not. */
static void
after_greeting(const struct word *late, bool alive)
{
	static const struct word good[] = { { 0, NONE }, { 0, NONE }, { -1, MEM }, { 0, MEM } };
	struct broker b;
	struct owner o;
	unsigned int i;

	open_broker(&b, good, RTE_DIM(good));
	CU_ASSERT_PTR_NOT_NULL_FATAL(owner_join(&o, b.addr.sun_path, 3, 1000));
	pthread_join(b.thread, NULL);
	CU_ASSERT_EQUAL(put(&b, late), 0);
	for (i = 0; i < 20; i++)
		rte_vtivshmem_server_turn(o.srv);
	CU_ASSERT_EQUAL(rte_vtivshmem_server_alive(o.srv), alive);
	rte_vtivshmem_server_free(o.srv);
	close_broker(&b);
}

static void
test_owner(void)
{
	unsigned int fds = count_fds();

	after_greeting(&(const struct word){ 2, MEM }, true);
	after_greeting(&(const struct word){ 4, MEM }, true); /* one more than are served */
	after_greeting(&(const struct word){ 0, MEM }, false);
	after_greeting(&(const struct word){ 0, NONE }, false);
	after_greeting(&(const struct word){ -1, NONE }, false);
	after_greeting(&(const struct word){ 65536, MEM }, false);
	CU_ASSERT_EQUAL(count_fds(), fds);
}

#define MANY (RTE_VTIVSHMEM_MAX_VECTORS + 4)

/* More doorbells than there can be: of the appliance, of a client, and of the next one of its number. */
static void
test_many(void)
{
	static const struct word gone = { 2, NONE }, bell = { 2, MEM }, next = { 3, MEM };
	struct word words[3 + MANY] = { { 0, NONE }, { 0, NONE }, { -1, MEM } };
	int bells[RTE_VTIVSHMEM_MAX_VECTORS];
	unsigned int i, fds = count_fds();
	struct owner o;
	struct broker b;

	for (i = 0; i < MANY; i++)
		words[3 + i] = (struct word){ 0, MEM };
	open_broker(&b, words, RTE_DIM(words));
	CU_ASSERT_PTR_NOT_NULL_FATAL(owner_join(&o, b.addr.sun_path, 3, 1000));
	o.keep = true;
	pthread_join(b.thread, NULL);
	CU_ASSERT_EQUAL(rte_vtivshmem_server_doorbells(o.srv, bells), RTE_VTIVSHMEM_MAX_VECTORS);
	for (i = 0; i < MANY; i++)
		CU_ASSERT_EQUAL(put(&b, &bell), 0);
	CU_ASSERT_TRUE_FATAL(owner_turns(&o, 1, 0));
	CU_ASSERT_EQUAL(o.peer[2]->nb_vectors, RTE_VTIVSHMEM_MAX_VECTORS);
	for (i = 0; i < RTE_VTIVSHMEM_MAX_VECTORS; i++)
		CU_ASSERT_EQUAL(put(&b, &next), 0);
	CU_ASSERT_TRUE_FATAL(owner_turns(&o, 2, 0));
	CU_ASSERT_EQUAL(put(&b, &gone), 0);
	CU_ASSERT_TRUE(owner_turns(&o, 2, 1));
	for (i = 0; i < MANY; i++)
		CU_ASSERT_EQUAL(put(&b, &bell), 0);
	rte_vtivshmem_server_turn(o.srv);
	/* What is behind the last place for them is another's. */
	CU_ASSERT_EQUAL(o.peer[3]->id, 3);
	CU_ASSERT_EQUAL(o.peer[3]->sock, -1);
	owner_release(&o, 2);
	CU_ASSERT_TRUE_FATAL(owner_turns(&o, 3, 1));
	CU_ASSERT_EQUAL(o.peer[2]->nb_vectors, RTE_VTIVSHMEM_MAX_VECTORS);
	CU_ASSERT_EQUAL(o.wrong, 0);
	o.keep = false;
	rte_vtivshmem_server_free(o.srv);
	close_broker(&b);
	CU_ASSERT_EQUAL(count_fds(), fds);
}

/* ---- too much at once ---- */

/* A broker that talks and talks: a turn takes no more than its share. */
static void
test_talks(void)
{
	static const struct word good[] = { { 0, NONE }, { 0, NONE }, { -1, MEM }, { 0, MEM } };
	const int64_t word = 2, size = 1 << 20;
	unsigned int sent = 0, taken = 0;
	struct broker b;
	struct owner o;
	int n;

	open_broker(&b, good, RTE_DIM(good));
	CU_ASSERT_PTR_NOT_NULL_FATAL(owner_join(&o, b.addr.sun_path, 3, 1000));
	pthread_join(b.thread, NULL);
	setsockopt(b.sock, SOL_SOCKET, SO_SNDBUF, &size, sizeof(int));
	rte_vtivshmem_server_turn(o.srv);
	while (sent < 1000 && send_fds(b.sock, &word, sizeof(word), NULL, 0, MSG_DONTWAIT) == sizeof(word))
		sent++;
	CU_ASSERT_TRUE(sent > 256);
	n = rte_vtivshmem_server_turn(o.srv);
	CU_ASSERT_EQUAL(n, 256);
	for (taken = (unsigned int)n; taken < sent && n > 0; taken += (unsigned int)n)
		n = rte_vtivshmem_server_turn(o.srv);
	CU_ASSERT_EQUAL(taken, sent);
	rte_vtivshmem_server_free(o.srv);
	close_broker(&b);
}

#define CROWD 100

static unsigned int seen;

static void
count_joined(void *arg, struct rte_vtivshmem_peer *peer)
{
	RTE_SET_USED(arg);
	RTE_SET_USED(peer);
	seen++;
}

static void
count_left(void *arg, struct rte_vtivshmem_peer *peer)
{
	RTE_SET_USED(arg);
	RTE_SET_USED(peer);
}

static void
count_refused(void *arg, const struct rte_vtivshmem_peer *peer, int why)
{
	RTE_SET_USED(arg);
	RTE_SET_USED(peer);
	CU_ASSERT_EQUAL(why, -EUSERS);
	seen++;
}

/* Who connects to a server in a crowd: a turn takes no more than its share. */
static void
test_crowd(void)
{
	static const struct rte_vtivshmem_server_ops ops = { .joined = count_joined, .left = count_left,
		.refused = count_refused };
	struct rte_vtivshmem_server_conf conf = { .uid = (uid_t)-1, .gid = (gid_t)-1, .max_peers = 1,
		.nb_vectors = 1, .ops = &ops };
	struct rte_vtivshmem_server *srv;
	int socks[CROWD];
	char path[108];
	unsigned int i;

	snprintf(path, sizeof(path), "%s/crowd.sock", vt_test_tmp_dir());
	conf.path = path;
	conf.mem_fd = memfd_create("crowd", MFD_CLOEXEC);
	srv = rte_vtivshmem_server_create(&conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(srv);
	for (i = 0; i < CROWD; i++)
		socks[i] = ivshmem_dial(path);
	seen = 0;
	rte_vtivshmem_server_turn(srv);
	CU_ASSERT_EQUAL(seen, 64);
	rte_vtivshmem_server_turn(srv);
	CU_ASSERT_EQUAL(seen, CROWD);
	for (i = 0; i < CROWD; i++)
		close(socks[i]);
	rte_vtivshmem_server_free(srv);
	close(conf.mem_fd);
}

static const struct vt_test_case cases[] = {
	{ "greetings with one wrong word", test_client },
	{ "a descriptor with each piece of a word", test_pieces },
	{ "words behind an appliance's greeting", test_owner },
	{ "more doorbells than there can be", test_many },
	{ "a broker that talks and talks", test_talks },
	{ "connections in a crowd", test_crowd },
};

VT_TEST_SUITE(vinetalk_bounds_broker_autotest, NULL, NULL, cases);
