/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The ivshmem protocol with an owner, who is peer 0 in the server's place: both ends. */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_errno.h>

#include <rte_vtivshmem.h>

#include "ivshmem_owner.h"
#include "test.h"

#define PEERS 3
#define VECTORS 2
#define MANY OWNER_MAX_PEERS /* with 16 vectors each: more words than a socket takes */

/* ---- a server with an owner's socket, in a thread ---- */

struct server {
	struct rte_vtivshmem_server *srv;
	struct rte_vtivshmem_server_conf conf;
	char path[104], owner_path[104];
	unsigned int joined, left;
	pthread_t thread;
	uint32_t stop;
};

static void
server_joined(void *arg, struct rte_vtivshmem_peer *peer)
{
	struct server *s = arg;

	RTE_SET_USED(peer);
	__atomic_add_fetch(&s->joined, 1, __ATOMIC_RELEASE);
}

static void
server_left(void *arg, struct rte_vtivshmem_peer *peer)
{
	struct server *s = arg;

	rte_vtivshmem_peer_release(s->srv, peer);
	__atomic_add_fetch(&s->left, 1, __ATOMIC_RELEASE);
}

static const struct rte_vtivshmem_server_ops server_ops = {
	.joined = server_joined, .left = server_left,
};

static void *
server_turns(void *arg)
{
	struct server *s = arg;
	struct pollfd p = { .fd = rte_vtivshmem_server_fd(s->srv), .events = POLLIN };

	/* As a user does: a turn when its descriptor says so. */
	while (__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE) == 0)
		if (poll(&p, 1, 20) == 1)
			rte_vtivshmem_server_turn(s->srv);
	return NULL;
}

static void
server_conf(struct server *s, uint32_t peers, uint32_t vectors)
{
	static unsigned int serial;

	memset(s, 0, sizeof(*s));
	snprintf(s->path, sizeof(s->path), "%s/o%u.sock", vt_test_tmp_dir(), serial);
	snprintf(s->owner_path, sizeof(s->owner_path), "%s/o%u.a.sock", vt_test_tmp_dir(),
		serial++);
	s->conf = (struct rte_vtivshmem_server_conf){
		.path = s->path, .uid = (uid_t)-1, .gid = (gid_t)-1, .owner_path = s->owner_path,
		.mem_fd = memfd_create("test", MFD_CLOEXEC), .max_peers = peers,
		.nb_vectors = vectors, .ops = &server_ops, .arg = s,
	};
	CU_ASSERT_EQUAL(ftruncate(s->conf.mem_fd, 8192), 0);
}

static void
server_make(struct server *s, uint32_t peers, uint32_t vectors)
{
	server_conf(s, peers, vectors);
	s->srv = rte_vtivshmem_server_create(&s->conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->srv);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&s->thread, NULL, server_turns, s), 0);
}

static void
server_halt(struct server *s)
{
	__atomic_store_n(&s->stop, 1, __ATOMIC_RELEASE);
	pthread_join(s->thread, NULL);
}

static void
server_end(struct server *s)
{
	server_halt(s);
	rte_vtivshmem_server_free(s->srv);
	close(s->conf.mem_fd);
	CU_ASSERT_EQUAL(access(s->path, F_OK), -1);
	CU_ASSERT_EQUAL(access(s->owner_path, F_OK), -1);
}

static bool
until(const unsigned int *counter, unsigned int value)
{
	unsigned int i;

	for (i = 0; i < 5000 && __atomic_load_n(counter, __ATOMIC_ACQUIRE) < value; i++)
		usleep(1000);
	return __atomic_load_n(counter, __ATOMIC_ACQUIRE) >= value;
}

struct word {
	int64_t word;
	bool with_fd;
};

static void
expect(int sock, const struct word *w, unsigned int nb)
{
	bool with_fd;
	unsigned int i;

	for (i = 0; i < nb; i++) {
		CU_ASSERT_EQUAL(ivshmem_word(sock, &with_fd), w[i].word);
		CU_ASSERT_EQUAL(with_fd, w[i].with_fd);
	}
}
#define EXPECT(sock, ...) do { \
	const struct word w_[] = { __VA_ARGS__ }; \
	expect(sock, w_, RTE_DIM(w_)); \
} while (0)

/* ---- cases ---- */

/* What QEMU of an appliance's VM reads. */
static void
test_words(void)
{
	struct rte_vtivshmem_client c[2];
	struct server s;
	int64_t word;
	int sock;

	server_make(&s, PEERS, VECTORS);
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(s.path, 2000, &c[0]), 0);
	sock = ivshmem_dial(s.owner_path);
	EXPECT(sock, { 0, false }, { 0, false }, { -1, true }, { 1, true }, { 1, true },
		{ 0, true }, { 0, true });
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(s.path, 2000, &c[1]), 0);
	EXPECT(sock, { 2, true }, { 2, true });
	rte_vtivshmem_disconnect(&c[0]);
	EXPECT(sock, { 1, false });
	rte_vtivshmem_disconnect(&c[1]);
	EXPECT(sock, { 2, false });
	CU_ASSERT_EQUAL(recv(sock, &word, sizeof(word), MSG_DONTWAIT), -1);
	CU_ASSERT_EQUAL(errno, EAGAIN);
	close(sock);
	server_end(&s);
}

static void
test_both_ends(void)
{
	struct rte_vtivshmem_client c[PEERS];
	int fds[RTE_VTIVSHMEM_MAX_VECTORS];
	uint64_t size = 0, value = 1;
	unsigned int i, before = count_fds();
	struct server s;
	struct owner o;
	struct stat a, b;

	server_make(&s, PEERS, VECTORS);
	CU_ASSERT_FALSE(rte_vtivshmem_server_is_remote(s.srv));
	CU_ASSERT_TRUE(rte_vtivshmem_server_alive(s.srv));
	CU_ASSERT_EQUAL(rte_vtivshmem_server_mem_fd(s.srv, &size), s.conf.mem_fd);
	CU_ASSERT_EQUAL(size, 8192);
	/* Two before and one after. */
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(s.path, 2000, &c[i]), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(owner_join(&o, s.owner_path, PEERS, 2000));
	CU_ASSERT_EQUAL(o.joined, 0); /* not before the first turn */
	CU_ASSERT_TRUE(owner_turns(&o, 2, 0));
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(s.path, 2000, &c[2]), 0);
	CU_ASSERT_TRUE(owner_turns(&o, 3, 0));
	CU_ASSERT_TRUE(rte_vtivshmem_server_is_remote(o.srv));
	CU_ASSERT_TRUE(rte_vtivshmem_server_alive(o.srv));
	CU_ASSERT_EQUAL(fstat(rte_vtivshmem_server_mem_fd(o.srv, &size), &a), 0);
	CU_ASSERT_EQUAL(size, 8192);
	CU_ASSERT_EQUAL(fstat(s.conf.mem_fd, &b), 0);
	CU_ASSERT_EQUAL(a.st_ino, b.st_ino);
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_server_doorbells(o.srv, fds), VECTORS);
	for (i = 0; i < PEERS; i++) {
		const struct rte_vtivshmem_peer *p = o.peer[c[i].id];

		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		CU_ASSERT_EQUAL(p->id, c[i].id);
		CU_ASSERT_EQUAL(p->pid, 0);
		CU_ASSERT_EQUAL(p->uid, (uid_t)-1);
		CU_ASSERT_EQUAL(p->gid, (gid_t)-1);
		CU_ASSERT_EQUAL(p->nb_vectors, VECTORS);
		/* Its own doorbells, and the owner's, which are the same for all. */
		CU_ASSERT_EQUAL(write(p->to_client[i % VECTORS], &value, 8), 8);
		CU_ASSERT_EQUAL(read(c[i].own[i % VECTORS], &value, 8), 8);
		CU_ASSERT_EQUAL(read(c[(i + 1) % PEERS].own[i % VECTORS], &value, 8), -1);
		value = 1;
		CU_ASSERT_EQUAL(write(c[i].server[1], &value, 8), 8);
		CU_ASSERT_EQUAL(p->to_server[1], fds[1]);
	}
	CU_ASSERT_EQUAL(read(fds[1], &value, 8), 8);
	CU_ASSERT_EQUAL(value, PEERS);
	for (i = 0; i < PEERS; i++)
		rte_vtivshmem_disconnect(&c[i]);
	CU_ASSERT_TRUE(owner_turns(&o, 3, 3));
	rte_vtivshmem_server_free(o.srv);
	server_end(&s);
	CU_ASSERT_EQUAL(count_fds(), before);
}

/* One at a time, refused as QEMU understands it; what rings the owner outlives him. */
static void
test_one_owner(void)
{
	struct rte_vtivshmem_client c;
	int fds[RTE_VTIVSHMEM_MAX_VECTORS], sock;
	struct owner o, second;
	uint64_t value = 1;
	struct server s;
	bool with_fd;

	server_make(&s, PEERS, VECTORS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(owner_join(&o, s.owner_path, PEERS, 2000));
	CU_ASSERT_PTR_NULL(owner_join(&second, s.owner_path, PEERS, 2000));
	CU_ASSERT_EQUAL(rte_errno, EBUSY);
	sock = ivshmem_dial(s.owner_path);
	CU_ASSERT_EQUAL(ivshmem_word(sock, &with_fd), -EBUSY);
	CU_ASSERT_FALSE(with_fd);
	CU_ASSERT_EQUAL(ivshmem_word(sock, &with_fd), INT64_MIN);
	close(sock);
	/* The sockets are not exchangeable. */
	CU_ASSERT_PTR_NULL(owner_join(&second, s.path, PEERS, 2000));
	CU_ASSERT_EQUAL(rte_errno, EPROTO);
	/* A client does not notice that he goes, and rings the next one. */
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(s.path, 2000, &c), 0);
	rte_vtivshmem_server_free(o.srv);
	CU_ASSERT_EQUAL(write(c.server[0], &value, 8), 8);
	CU_ASSERT_FALSE(rte_vtivshmem_server_gone(&c));
	CU_ASSERT_PTR_NOT_NULL_FATAL(owner_join(&o, s.owner_path, PEERS, 2000));
	CU_ASSERT_EQUAL(rte_vtivshmem_server_doorbells(o.srv, fds), VECTORS);
	CU_ASSERT_EQUAL(read(fds[0], &value, 8), 8);
	CU_ASSERT_TRUE(owner_turns(&o, 1, 0));
	rte_vtivshmem_disconnect(&c);
	CU_ASSERT_TRUE(owner_turns(&o, 1, 1));
	rte_vtivshmem_server_free(o.srv);
	server_end(&s);
}

/* A number comes again as late as can be: the owner has time to clean up. */
static void
test_numbers(void)
{
	struct rte_vtivshmem_client c;
	struct server s;
	unsigned int i;

	server_make(&s, PEERS, VECTORS);
	for (i = 0; i < 3 * PEERS; i++) {
		CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(s.path, 2000, &c), 0);
		CU_ASSERT_EQUAL(c.id, i % PEERS + 1);
		rte_vtivshmem_disconnect(&c);
		CU_ASSERT_TRUE(until(&s.left, i + 1));
	}
	server_end(&s);
}

/* The end of a server is not that of its clients. */
static void
test_server_ends(void)
{
	struct rte_vtivshmem_client c[2];
	struct server s;
	struct owner o;
	unsigned int i;

	server_make(&s, PEERS, VECTORS);
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(s.path, 2000, &c[i]), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(owner_join(&o, s.owner_path, PEERS, 2000));
	CU_ASSERT_TRUE(owner_turns(&o, 2, 0));
	server_end(&s);
	for (i = 0; i < 100 && rte_vtivshmem_server_alive(o.srv); i++)
		rte_vtivshmem_server_turn(o.srv);
	CU_ASSERT_FALSE(rte_vtivshmem_server_alive(o.srv));
	CU_ASSERT_EQUAL(o.left, 0);
	/* Its descriptor has nothing to tell any more. */
	CU_ASSERT_EQUAL(rte_vtivshmem_server_turn(o.srv), 0);
	CU_ASSERT_EQUAL(poll(&(struct pollfd){ .fd = rte_vtivshmem_server_fd(o.srv),
		.events = POLLIN }, 1, 0), 0);
	rte_vtivshmem_peer_disconnect(o.srv, o.peer[1]);
	CU_ASSERT_EQUAL(o.left, 1);
	rte_vtivshmem_server_free(o.srv);
	CU_ASSERT_EQUAL(o.left, 2);
	for (i = 0; i < 2; i++) {
		CU_ASSERT_TRUE(rte_vtivshmem_server_gone(&c[i]));
		rte_vtivshmem_disconnect(&c[i]);
	}
}

/* Clients of 16 vectors whose descriptors are closed: this process has but a socket of each. */
static void
many_join(struct server *s, int *socks, unsigned int nb)
{
	bool with_fd;
	unsigned int i, j;

	for (i = 0; i < nb; i++) {
		socks[i] = ivshmem_dial(s->path);
		for (j = 0; j < 3 + 2 * RTE_VTIVSHMEM_MAX_VECTORS; j++)
			CU_ASSERT_NOT_EQUAL(ivshmem_word(socks[i], &with_fd), INT64_MIN);
	}
}

/* There is more to tell than a socket takes, at once and later; a slow owner misses nothing. */
static void
test_many(void)
{
	const unsigned int vectors = RTE_VTIVSHMEM_MAX_VECTORS;
	unsigned int told[MANY + 1] = { 0 }, own = 0, i, n = 0;
	int fds[RTE_VTIVSHMEM_MAX_VECTORS], socks[MANY], sock;
	struct server s;
	struct owner o;
	bool with_fd;
	int64_t word;

	server_make(&s, MANY, vectors);
	many_join(&s, socks, MANY);
	CU_ASSERT_PTR_NOT_NULL_FATAL(owner_join(&o, s.owner_path, MANY, 5000));
	CU_ASSERT_EQUAL(rte_vtivshmem_server_doorbells(o.srv, fds), vectors);
	CU_ASSERT_TRUE(owner_turns(&o, MANY, 0));
	CU_ASSERT_EQUAL(o.peer[MANY]->nb_vectors, vectors);
	rte_vtivshmem_server_free(o.srv);
	/* He reads nothing while half of them go and two come, one of whom goes again. */
	for (i = 0; i < 100 && n != 3; i++) {
		sock = ivshmem_dial(s.owner_path);
		for (n = 0; n < 3 && ivshmem_word(sock, &with_fd) != -EBUSY; n++)
			;
		if (n != 3)
			close(sock);
	}
	for (i = 0; i < MANY / 2; i++)
		close(socks[i]);
	CU_ASSERT_TRUE(until(&s.left, MANY / 2));
	many_join(&s, socks, 2);
	close(socks[0]);
	CU_ASSERT_TRUE(until(&s.left, MANY / 2 + 1));
	while (own < vectors) {
		word = ivshmem_word(sock, &with_fd);
		CU_ASSERT_TRUE_FATAL(word >= 0 && word <= MANY);
		if (word == 0)
			own++;
		else
			told[word] = with_fd ? told[word] + 1 : 0;
	}
	/* Who is there at last: number 2, and the upper half. */
	for (i = 1; i <= MANY; i++)
		CU_ASSERT_EQUAL(told[i], i == 2 || i > MANY / 2 ? vectors : 0);
	close(sock);
	for (i = 1; i < MANY; i++)
		if (i == 1 || i >= MANY / 2)
			close(socks[i]);
	server_end(&s);
}

/* One who never reads loses his place; others are served all the time. */
static void
test_deaf_owner(void)
{
	struct rte_vtivshmem_client c;
	int socks[MANY], sock;
	unsigned int i;
	struct server s;
	struct owner o;

	server_make(&s, MANY, RTE_VTIVSHMEM_MAX_VECTORS);
	sock = ivshmem_dial(s.owner_path);
	many_join(&s, socks, MANY - 1); /* more than his socket takes */
	for (i = 0; i < 200 && owner_join(&o, s.owner_path, MANY, 5000) == NULL; i++) {
		CU_ASSERT_EQUAL(rte_errno, EBUSY);
		CU_ASSERT_EQUAL(rte_vtivshmem_connect(s.path, 2000, &c), 0);
		rte_vtivshmem_disconnect(&c);
		usleep(50000);
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(o.srv);
	CU_ASSERT_TRUE(owner_turns(&o, MANY - 1, 0));
	rte_vtivshmem_server_free(o.srv);
	close(sock);
	for (i = 0; i < MANY - 1; i++)
		close(socks[i]);
	server_end(&s);
}

static void
test_sockets(void)
{
	struct rte_vtivshmem_server_conf conf;
	unsigned int fds = count_fds();
	struct server s;
	struct stat st;

	server_conf(&s, PEERS, VECTORS);
	s.srv = rte_vtivshmem_server_create(&s.conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.srv);
	CU_ASSERT_EQUAL(stat(s.path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0660);
	CU_ASSERT_EQUAL(stat(s.owner_path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	/* Another server with the same owner's socket: nothing of it stays. */
	conf = s.conf;
	conf.path = "x.sock";
	CU_ASSERT_PTR_NULL(rte_vtivshmem_server_create(&conf));
	CU_ASSERT_EQUAL(rte_errno, EADDRINUSE);
	CU_ASSERT_EQUAL(access("x.sock", F_OK), -1);
	CU_ASSERT_EQUAL(access("x.sock.lock", F_OK), -1);
	CU_ASSERT_EQUAL(access(s.owner_path, F_OK), 0);
	rte_vtivshmem_server_free(s.srv);
	CU_ASSERT_EQUAL(access(s.owner_path, F_OK), -1);
	/* One socket cannot be both. */
	conf = s.conf;
	conf.owner_path = conf.path;
	CU_ASSERT_PTR_NULL(rte_vtivshmem_server_create(&conf));
	CU_ASSERT_EQUAL(rte_errno, EADDRINUSE);
	CU_ASSERT_EQUAL(access(s.path, F_OK), -1);
	conf = s.conf;
	conf.owner_mode = 0640;
	s.srv = rte_vtivshmem_server_create(&conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.srv);
	CU_ASSERT_EQUAL(stat(s.owner_path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0640);
	rte_vtivshmem_server_free(s.srv);
	close(s.conf.mem_fd);
	CU_ASSERT_EQUAL(count_fds(), fds);
}

/* ---- no descriptors ---- */

/* The owner cannot be accepted: the server does not spin, and comes back by itself. */
static void
test_no_fds_to_accept(void)
{
	unsigned int i, woken = 0;
	struct pollfd p = { .events = POLLIN };
	struct server s;
	bool with_fd;
	int sock;

	server_conf(&s, PEERS, VECTORS);
	s.srv = rte_vtivshmem_server_create(&s.conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.srv);
	p.fd = rte_vtivshmem_server_fd(s.srv);
	sock = ivshmem_dial(s.owner_path);
	no_fds();
	CU_ASSERT_EQUAL(poll(&p, 1, 5000), 1);
	CU_ASSERT_TRUE(rte_vtivshmem_server_turn(s.srv) >= 0);
	/* With the listener left in, each of these would be ready. */
	for (i = 0; i < 1000; i++) {
		woken += poll(&p, 1, 0) == 1;
		rte_vtivshmem_server_turn(s.srv);
	}
	CU_ASSERT_TRUE(woken < 500);
	fds_again();
	/* The timer brings the listener back, and that one the owner. */
	for (i = 0; i < 100 && recv(sock, &(int64_t){ 0 }, 8, MSG_DONTWAIT | MSG_PEEK) != 8; i++)
		if (poll(&p, 1, 100) == 1)
			rte_vtivshmem_server_turn(s.srv);
	CU_ASSERT_EQUAL(ivshmem_word(sock, &with_fd), 0);
	close(sock);
	rte_vtivshmem_server_free(s.srv);
	close(s.conf.mem_fd);
}

static const struct vt_test_case cases[] = {
	{ "the owner's words", test_words },
	{ "both ends", test_both_ends },
	{ "one owner at a time", test_one_owner },
	{ "numbers come again late", test_numbers },
	{ "the server ends, its clients do not", test_server_ends },
	{ "more words than a socket takes", test_many },
	{ "an owner who never reads", test_deaf_owner },
	{ "two sockets", test_sockets },
	{ "no descriptors to accept with", test_no_fds_to_accept },
};

VT_TEST_SUITE(vinetalk_ivshmem_owner_autotest, NULL, NULL, cases);
