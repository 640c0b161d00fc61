/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Both ends of the ivshmem server protocol, and what either does with a peer that misbehaves. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_errno.h>

#include <rte_vtivshmem.h>

#include "ivshmem_owner.h"
#include "send_fds.h"
#include "test.h"

#define PEERS 3
#define VECTORS 2

struct server {
	struct rte_vtivshmem_server *srv;
	struct rte_vtivshmem_peer *peer[PEERS + 1];
	char path[108];
	int mem_fd;
	unsigned int joined, left;
	int admit;
	bool keep; /* do not release those who left */
	pthread_t thread;
	uint32_t stop;
};

static int
on_admit(void *arg, const struct rte_vtivshmem_peer *peer)
{
	struct server *s = arg;

	CU_ASSERT_EQUAL(peer->pid, getpid());
	return s->admit;
}

static void
on_joined(void *arg, struct rte_vtivshmem_peer *peer)
{
	struct server *s = arg;

	s->peer[peer->id] = peer;
	__atomic_add_fetch(&s->joined, 1, __ATOMIC_RELEASE);
}

static void
on_left(void *arg, struct rte_vtivshmem_peer *peer)
{
	struct server *s = arg;

	if (!s->keep)
		rte_vtivshmem_peer_release(s->srv, peer);
	__atomic_add_fetch(&s->left, 1, __ATOMIC_RELEASE);
}

static const struct rte_vtivshmem_server_ops ops = { on_admit, on_joined, on_left };

static struct rte_vtivshmem_server_conf
conf_of(struct server *s)
{
	return (struct rte_vtivshmem_server_conf){
		.path = s->path, .uid = (uid_t)-1, .gid = (gid_t)-1, .mem_fd = s->mem_fd,
		.max_peers = PEERS, .nb_vectors = VECTORS, .ops = &ops, .arg = s,
	};
}

static void *
turns(void *arg)
{
	struct server *s = arg;

	while (__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE) == 0) {
		rte_vtivshmem_server_turn(s->srv);
		usleep(200);
	}
	return NULL;
}

static void
server_make(struct server *s, bool thread)
{
	struct rte_vtivshmem_server_conf conf;
	static unsigned int serial;

	memset(s, 0, sizeof(*s));
	snprintf(s->path, sizeof(s->path), "%s/i%u.sock", vt_test_tmp_dir(), serial++);
	s->mem_fd = memfd_create("test", MFD_CLOEXEC);
	CU_ASSERT_EQUAL(ftruncate(s->mem_fd, 4096), 0);
	conf = conf_of(s);
	s->srv = rte_vtivshmem_server_create(&conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->srv);
	if (thread)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&s->thread, NULL, turns, s), 0);
}

static void
server_end(struct server *s)
{
	if (s->thread != 0) {
		__atomic_store_n(&s->stop, 1, __ATOMIC_RELEASE);
		pthread_join(s->thread, NULL);
	}
	rte_vtivshmem_server_free(s->srv);
	close(s->mem_fd);
	CU_ASSERT_EQUAL(access(s->path, F_OK), -1);
}

static bool
until(const unsigned int *counter, unsigned int value)
{
	unsigned int i;

	for (i = 0; i < 5000 && __atomic_load_n(counter, __ATOMIC_ACQUIRE) < value; i++)
		usleep(1000);
	return __atomic_load_n(counter, __ATOMIC_ACQUIRE) >= value;
}

static int
raw_connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	CU_ASSERT_EQUAL(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static int
raw_word(int sock, int64_t *word)
{
	char ctrl[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { .iov_base = word, .iov_len = sizeof(*word) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = ctrl,
		.msg_controllen = sizeof(ctrl) };
	struct cmsghdr *c;
	int fd = -1;

	if (recvmsg(sock, &msg, 0) != sizeof(*word))
		return -2;
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* The greeting, word by word, as QEMU reads it. */
static void
test_greeting(void)
{
	static const int64_t words[] = { 0, 1, -1, 0, 0, 1, 1 };
	static const bool has_fd[] = { false, false, true, true, true, true, true };
	struct server s;
	unsigned int i;
	int64_t word;
	int sock, fd;

	server_make(&s, true);
	sock = raw_connect_to(s.path);
	for (i = 0; i < RTE_DIM(words); i++) {
		fd = raw_word(sock, &word);
		CU_ASSERT_EQUAL(word, words[i]);
		CU_ASSERT_EQUAL(fd >= 0, has_fd[i]);
		CU_ASSERT_NOT_EQUAL(fd, -2);
		if (fd >= 0)
			close(fd);
	}
	/* Nothing behind it. */
	CU_ASSERT_EQUAL(recv(sock, &word, sizeof(word), MSG_DONTWAIT), -1);
	close(sock);
	CU_ASSERT_TRUE(until(&s.left, 1));
	server_end(&s);
}

static void
test_doorbells(void)
{
	struct rte_vtivshmem_client c[2];
	struct server s;
	uint64_t v = 1;
	unsigned int i;

	server_make(&s, true);
	for (i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(s.path, 2000, &c[i]), 0);
		CU_ASSERT_EQUAL(c[i].id, i + 1);
		CU_ASSERT_EQUAL(c[i].mem_size, 4096);
		CU_ASSERT_EQUAL(c[i].nb_server_vectors, VECTORS);
		CU_ASSERT_EQUAL(c[i].nb_own_vectors, VECTORS);
		CU_ASSERT_FALSE(rte_vtivshmem_server_gone(&c[i]));
	}
	CU_ASSERT_TRUE(until(&s.joined, 2));
	for (i = 0; i < VECTORS; i++) {
		/* The descriptor tells who rang: only that one counts. */
		CU_ASSERT_EQUAL(write(c[1].server[i], &v, sizeof(v)), sizeof(v));
		CU_ASSERT_EQUAL(read(s.peer[1]->to_server[i], &v, sizeof(v)), -1);
		CU_ASSERT_EQUAL(read(s.peer[2]->to_server[i], &v, sizeof(v)), sizeof(v));
		CU_ASSERT_EQUAL(write(s.peer[1]->to_client[i], &v, sizeof(v)), sizeof(v));
		CU_ASSERT_EQUAL(read(c[1].own[i], &v, sizeof(v)), -1);
		CU_ASSERT_EQUAL(read(c[0].own[i], &v, sizeof(v)), sizeof(v));
		v = 1;
	}
	rte_vtivshmem_disconnect(&c[1]);
	CU_ASSERT_TRUE(until(&s.left, 1));
	CU_ASSERT_FALSE(rte_vtivshmem_server_gone(&c[0]));
	server_end(&s);
	CU_ASSERT_TRUE(rte_vtivshmem_server_gone(&c[0]));
	rte_vtivshmem_disconnect(&c[0]);
}

static void
test_full_and_refused(void)
{
	struct rte_vtivshmem_client c[PEERS + 1];
	struct server s;
	unsigned int i;

	server_make(&s, true);
	for (i = 0; i < PEERS; i++)
		CU_ASSERT_EQUAL(rte_vtivshmem_connect(s.path, 2000, &c[i]), 0);
	CU_ASSERT_EQUAL(rte_vtivshmem_connect(s.path, 2000, &c[PEERS]), -EUSERS);
	/* An id is not given again before the user has released it. */
	s.keep = true;
	rte_vtivshmem_disconnect(&c[1]);
	CU_ASSERT_TRUE(until(&s.left, 1));
	CU_ASSERT_EQUAL(rte_vtivshmem_connect(s.path, 2000, &c[PEERS]), -EUSERS);
	rte_vtivshmem_peer_release(s.srv, s.peer[2]);
	CU_ASSERT_EQUAL(rte_vtivshmem_connect(s.path, 2000, &c[1]), 0);
	CU_ASSERT_EQUAL(c[1].id, 2);
	s.keep = false;
	rte_vtivshmem_disconnect(&c[0]);
	CU_ASSERT_TRUE(until(&s.left, 2));
	s.admit = -ESHUTDOWN;
	CU_ASSERT_EQUAL(rte_vtivshmem_connect(s.path, 2000, &c[0]), -ESHUTDOWN);
	rte_vtivshmem_disconnect(&c[1]);
	rte_vtivshmem_disconnect(&c[2]);
	server_end(&s);
}

static void
test_sockets(void)
{
	struct rte_vtivshmem_server_conf conf;
	struct rte_vtivshmem_client c;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct server s;
	struct stat st;
	char name[200];
	int fd;

	server_make(&s, false);
	CU_ASSERT_EQUAL(stat(s.path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0660);
	/* Another one on the same path. */
	conf = conf_of(&s);
	CU_ASSERT_PTR_NULL(rte_vtivshmem_server_create(&conf));
	CU_ASSERT_EQUAL(rte_errno, EADDRINUSE);
	CU_ASSERT_EQUAL(access(s.path, F_OK), 0);
	rte_vtivshmem_server_free(s.srv);
	/* A socket that nobody listens on is taken over. */
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", s.path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	conf.mode = 0600;
	s.srv = rte_vtivshmem_server_create(&conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.srv);
	CU_ASSERT_EQUAL(stat(s.path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	server_end(&s);
	/* What is no socket is left alone. */
	fd = open(s.path, O_CREAT | O_RDWR, 0600);
	close(fd);
	CU_ASSERT_PTR_NULL(rte_vtivshmem_server_create(&conf));
	CU_ASSERT_EQUAL(rte_errno, EADDRINUSE);
	CU_ASSERT_EQUAL(rte_vtivshmem_connect(s.path, 100, &c), -ECONNREFUSED);
	CU_ASSERT_EQUAL(unlink(s.path), 0);
	/* A socket of a foreign server that lives. */
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	CU_ASSERT_EQUAL(listen(fd, 1), 0);
	CU_ASSERT_PTR_NULL(rte_vtivshmem_server_create(&conf));
	CU_ASSERT_EQUAL(rte_errno, EADDRINUSE);
	/* It is silent. */
	CU_ASSERT_EQUAL(rte_vtivshmem_connect(s.path, 100, &c), -ETIMEDOUT);
	close(fd);
	unlink(s.path);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	conf.path = name;
	CU_ASSERT_PTR_NULL(rte_vtivshmem_server_create(&conf));
	CU_ASSERT_EQUAL(rte_errno, ENAMETOOLONG);
	CU_ASSERT_EQUAL(rte_vtivshmem_connect(name, 100, &c), -ENAMETOOLONG);
	conf.path = "/nonexistent/x.sock";
	CU_ASSERT_PTR_NULL(rte_vtivshmem_server_create(&conf));
	CU_ASSERT_EQUAL(rte_errno, ENOENT);
	CU_ASSERT_EQUAL(rte_vtivshmem_connect("/nonexistent/x.sock", 100, &c), -ENOENT);
	conf.path = s.path;
	conf.nb_vectors = RTE_VTIVSHMEM_MAX_VECTORS + 1;
	CU_ASSERT_PTR_NULL(rte_vtivshmem_server_create(&conf));
	CU_ASSERT_EQUAL(rte_errno, EINVAL);
}

/* A made-up server sends the first nb words of a greeting, perhaps with a wrong one, and hangs up. */
static int
greet_by_hand(const int64_t *words, const bool *with_fd, unsigned int nb)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct rte_vtivshmem_client c;
	int lsock, sock, fd, ret;
	unsigned int i;
	pid_t pid;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/hand.sock", vt_test_tmp_dir());
	unlink(addr.sun_path);
	lsock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bind(lsock, (struct sockaddr *)&addr, sizeof(addr));
	listen(lsock, 1);
	pid = fork();
	if (pid == 0) {
		sock = accept(lsock, NULL, NULL);
		fd = memfd_create("hand", 0);
		if (ftruncate(fd, 4096) != 0)
			_exit(1);
		for (i = 0; i < nb; i++)
			if (send_fds(sock, &words[i], sizeof(words[i]), &fd, with_fd[i], 0) < 0)
				_exit(1);
		_exit(0);
	}
	close(lsock);
	ret = rte_vtivshmem_connect(addr.sun_path, 2000, &c);
	if (ret == 0)
		rte_vtivshmem_disconnect(&c);
	waitpid(pid, NULL, 0);
	unlink(addr.sun_path);
	return ret;
}

static void
test_bad_server(void)
{
	const int64_t good[] = { 0, 5, -1, 0, 0, 5, 5 };
	const bool fds[] = { false, false, true, true, true, true, true };
	int64_t bad[RTE_DIM(good)];
	bool bad_fds[RTE_DIM(fds)];
	unsigned int i;

	CU_ASSERT_EQUAL(greet_by_hand(good, fds, RTE_DIM(good)), 0);
	/* It hangs up after each word. */
	for (i = 0; i < RTE_DIM(good) - 1; i++)
		CU_ASSERT_EQUAL(greet_by_hand(good, fds, i), -EPROTO);
	/* A descriptor where none belongs, or none where one does. */
	for (i = 0; i < RTE_DIM(good); i++) {
		memcpy(bad_fds, fds, sizeof(fds));
		bad_fds[i] = !bad_fds[i];
		CU_ASSERT_EQUAL(greet_by_hand(good, bad_fds, RTE_DIM(good)), -EPROTO);
	}
	memcpy(bad, good, sizeof(bad));
	bad[0] = 1;
	CU_ASSERT_EQUAL(greet_by_hand(bad, fds, RTE_DIM(bad)), -EPROTO);
	bad[0] = -ESHUTDOWN;
	CU_ASSERT_EQUAL(greet_by_hand(bad, fds, RTE_DIM(bad)), -ESHUTDOWN);
	bad[0] = 0;
	bad[1] = -7;
	CU_ASSERT_EQUAL(greet_by_hand(bad, fds, RTE_DIM(bad)), -EPROTO);
	bad[1] = INT64_MAX;
	CU_ASSERT_EQUAL(greet_by_hand(bad, fds, RTE_DIM(bad)), -EPROTO);
	bad[1] = 5;
	bad[2] = 77;
	CU_ASSERT_EQUAL(greet_by_hand(bad, fds, RTE_DIM(bad)), -EPROTO);
	/* Other peers are not ours to ring; only the own doorbells end the greeting. */
	memcpy(bad, good, sizeof(bad));
	bad[3] = 9;
	CU_ASSERT_EQUAL(greet_by_hand(bad, fds, RTE_DIM(bad)), 0);
}

/* 1,000 connects and closes, talkers, and one that never reads; the others are served meanwhile. */
static void
test_abuse(void)
{
	struct rte_vtivshmem_client c;
	unsigned int fds, i;
	char junk[1000];
	struct server s;
	int mute, sock;

	memset(junk, 0x5a, sizeof(junk));
	fds = count_fds();
	server_make(&s, true);
	mute = raw_connect_to(s.path); /* never reads, never speaks */
	CU_ASSERT_TRUE(until(&s.joined, 1));
	for (i = 0; i < 1000; i++) {
		sock = raw_connect_to(s.path);
		if (i % 3 == 0)
			(void)!send(sock, junk, sizeof(junk), MSG_NOSIGNAL | MSG_DONTWAIT);
		close(sock);
		if (i % 100 != 0)
			continue;
		/* One who behaves gets in, at worst when those who left have been noticed. */
		while (rte_vtivshmem_connect(s.path, 2000, &c) == -EUSERS)
			usleep(1000);
		CU_ASSERT_EQUAL(c.nb_own_vectors, VECTORS);
		rte_vtivshmem_disconnect(&c);
	}
	close(mute);
	while (rte_vtivshmem_connect(s.path, 2000, &c) != 0)
		usleep(1000);
	rte_vtivshmem_disconnect(&c);
	server_end(&s);
	CU_ASSERT_EQUAL(count_fds(), fds);
}

static const struct vt_test_case cases[] = {
	{ "the greeting, word by word", test_greeting },
	{ "doorbells both ways", test_doorbells },
	{ "full, refused, ids", test_full_and_refused },
	{ "sockets: modes, stale, in use, wrong", test_sockets },
	{ "servers that are none", test_bad_server },
	{ "clients that misbehave", test_abuse },
};

VT_TEST_SUITE(vinetalk_ivshmem_autotest, NULL, NULL, cases);
