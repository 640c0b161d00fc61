/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The ivshmem protocol when descriptors run out, several servers start at once, or a server is hostile. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
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

#define MAX_FILLERS 4096

struct server {
	struct rte_vtivshmem_server *srv;
	struct rte_vtivshmem_server_conf conf;
	char path[108];
	unsigned int joined, left, last_id;
};

static void
on_joined(void *arg, struct rte_vtivshmem_peer *peer)
{
	struct server *s = arg;

	s->joined++;
	s->last_id = peer->id;
}

static void
on_left(void *arg, struct rte_vtivshmem_peer *peer)
{
	struct server *s = arg;

	s->left++;
	rte_vtivshmem_peer_release(s->srv, peer);
}

static const struct rte_vtivshmem_server_ops ops = { .joined = on_joined, .left = on_left };

static void
server_conf(struct server *s)
{
	static unsigned int serial;

	memset(s, 0, sizeof(*s));
	snprintf(s->path, sizeof(s->path), "%s/f%u.sock", vt_test_tmp_dir(), serial++);
	s->conf = (struct rte_vtivshmem_server_conf){
		.path = s->path, .uid = (uid_t)-1, .gid = (gid_t)-1,
		.mem_fd = memfd_create("test", MFD_CLOEXEC), .max_peers = 3, .nb_vectors = 2,
		.ops = &ops, .arg = s,
	};
	CU_ASSERT_EQUAL(ftruncate(s->conf.mem_fd, 4096), 0);
}

static void
server_make(struct server *s)
{
	server_conf(s);
	s->srv = rte_vtivshmem_server_create(&s->conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->srv);
}

static void
server_end(struct server *s)
{
	rte_vtivshmem_server_free(s->srv);
	close(s->conf.mem_fd);
}

/* Turns until a counter has a value; every turn waits for the server's own descriptor. */
static bool
turn_until(struct server *s, const unsigned int *counter, unsigned int value)
{
	struct pollfd p = { .fd = rte_vtivshmem_server_fd(s->srv), .events = POLLIN };
	unsigned int i;

	for (i = 0; i < 200 && *counter < value; i++)
		if (poll(&p, 1, 5000) != 1 || rte_vtivshmem_server_turn(s->srv) < 0)
			return false;
	return *counter >= value;
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

/* ---- no descriptors ---- */

static int fillers[MAX_FILLERS];
static unsigned int nb_fillers;
static struct rlimit old_limit;

/* Leave this process with so many free descriptors. */
static void
fill_fds(unsigned int free_fds)
{
	struct rlimit low;
	int fd;

	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &old_limit), 0);
	low = old_limit;
	low.rlim_cur = RTE_MIN(low.rlim_max, (rlim_t)MAX_FILLERS / 2);
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &low), 0);
	for (nb_fillers = 0; nb_fillers < MAX_FILLERS; nb_fillers++) {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			break;
		fillers[nb_fillers] = fd;
	}
	CU_ASSERT_EQUAL(errno, EMFILE);
	while (free_fds-- > 0)
		close(fillers[--nb_fillers]);
}

static void
free_fds(void)
{
	while (nb_fillers > 0)
		close(fillers[--nb_fillers]);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &old_limit), 0);
}

/* accept() fails: the server does not spin, and comes back by itself. */
static void
test_no_fds_to_accept(void)
{
	struct pollfd p = { .events = POLLIN };
	unsigned int i, woken = 0;
	struct server s;
	int sock;

	server_make(&s);
	p.fd = rte_vtivshmem_server_fd(s.srv);
	sock = raw_connect_to(s.path);
	fill_fds(0);
	CU_ASSERT_EQUAL(poll(&p, 1, 5000), 1);
	CU_ASSERT_TRUE(rte_vtivshmem_server_turn(s.srv) >= 0);
	/* With the listener left in, each of these would be ready. */
	for (i = 0; i < 1000; i++) {
		woken += poll(&p, 1, 0) == 1;
		rte_vtivshmem_server_turn(s.srv);
	}
	CU_ASSERT_TRUE(woken < 500);
	CU_ASSERT_EQUAL(s.joined, 0);
	free_fds();
	CU_ASSERT_TRUE(turn_until(&s, &s.joined, 1));
	close(sock);
	CU_ASSERT_TRUE(turn_until(&s, &s.left, 1));
	server_end(&s);
}

/* It is accepted, but there are no doorbells: a refusal before the first word, not half a greeting. */
static void
test_no_fds_for_doorbells(void)
{
	struct server s;
	int64_t word = 0;
	int sock;

	server_make(&s);
	sock = raw_connect_to(s.path);
	fill_fds(3);
	rte_vtivshmem_server_turn(s.srv);
	free_fds();
	CU_ASSERT_EQUAL(s.joined, 0);
	CU_ASSERT_EQUAL(recv(sock, &word, sizeof(word), MSG_DONTWAIT), sizeof(word));
	CU_ASSERT_EQUAL(word, -EMFILE);
	CU_ASSERT_EQUAL(recv(sock, &word, sizeof(word), MSG_DONTWAIT), 0);
	close(sock);
	/* Nothing of it stays: the id is free. */
	sock = raw_connect_to(s.path);
	CU_ASSERT_TRUE(turn_until(&s, &s.joined, 1));
	CU_ASSERT_EQUAL(s.last_id, 1);
	close(sock);
	server_end(&s);
}

/* ---- paths ---- */

/* Our socket was removed behind our back, and another file is there: it is not ours to remove. */
static void
test_not_our_file(void)
{
	struct server s;
	int fd;

	server_make(&s);
	CU_ASSERT_EQUAL(unlink(s.path), 0);
	fd = open(s.path, O_CREAT | O_EXCL | O_RDWR, 0600);
	CU_ASSERT_TRUE(fd >= 0);
	close(fd);
	server_end(&s);
	CU_ASSERT_EQUAL(access(s.path, F_OK), 0);
	unlink(s.path);
}

static void
test_name_in_use(void)
{
	struct server s;
	char name[128];
	int fd;

	server_conf(&s);
	snprintf(name, sizeof(name), "%s.%d", s.path, getpid() % 1000);
	fd = open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
	close(fd);
	CU_ASSERT_PTR_NULL(rte_vtivshmem_server_create(&s.conf));
	CU_ASSERT_EQUAL(rte_errno, EADDRINUSE);
	CU_ASSERT_EQUAL(access(name, F_OK), 0);
	CU_ASSERT_EQUAL(access(s.path, F_OK), -1);
	unlink(name);
	snprintf(name, sizeof(name), "%s.lock", s.path);
	CU_ASSERT_EQUAL(access(name, F_OK), -1);
	close(s.conf.mem_fd);
}

/* In a process of another user. */
static void
test_permission(void)
{
	struct rte_vtivshmem_client c;
	struct server s;
	char dir[100];
	int status = -1;
	pid_t pid;

	if (geteuid() != 0) {
		vt_test_skip_reason("needs root, to become somebody else");
		return;
	}
	snprintf(dir, sizeof(dir), "%s/d", vt_test_tmp_dir());
	CU_ASSERT_EQUAL(mkdir(dir, 0755), 0);
	CU_ASSERT_EQUAL(chmod(vt_test_tmp_dir(), 0755), 0);
	server_conf(&s);
	snprintf(s.path, sizeof(s.path), "%s/d/s.sock", vt_test_tmp_dir());
	s.srv = rte_vtivshmem_server_create(&s.conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.srv);
	pid = fork();
	if (pid == 0) {
		char path[sizeof(s.path) + 2];

		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(1);
		snprintf(path, sizeof(path), "%s2", s.path);
		s.conf.path = path;
		if (rte_vtivshmem_server_create(&s.conf) != NULL || rte_errno != EACCES)
			_exit(2);
		_exit(rte_vtivshmem_connect(s.path, 1000, &c) == -EACCES ? 0 : 3);
	}
	waitpid(pid, &status, 0);
	CU_ASSERT_EQUAL(status, 0);
	server_end(&s);
}

/* One has the lock and does not listen yet: the next one does not take its place. */
static void
test_begun(void)
{
	struct server s;
	char name[300];
	int fd;

	server_conf(&s);
	snprintf(name, sizeof(name), "%s.lock", s.path);
	fd = open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	CU_ASSERT_EQUAL_FATAL(flock(fd, LOCK_EX | LOCK_NB), 0);
	s.srv = rte_vtivshmem_server_create(&s.conf);
	CU_ASSERT_PTR_NULL(s.srv);
	if (s.srv == NULL)
		CU_ASSERT_EQUAL(rte_errno, EADDRINUSE);
	CU_ASSERT_EQUAL(access(s.path, F_OK), -1);
	rte_vtivshmem_server_free(s.srv);
	close(fd);
	/* It has ended, and left the file. */
	s.srv = rte_vtivshmem_server_create(&s.conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.srv);
	server_end(&s);
}

/* Many start at once, with a stale socket in place: one serves. */
static void
test_race(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int go[2], result[2], fd, round, i;
	struct server s;
	pid_t pids[8];
	char byte;

	for (round = 0; round < 20; round++) {
		int won = 0, lost = 0;

		server_conf(&s);
		snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", s.path);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
		close(fd);
		CU_ASSERT_EQUAL_FATAL(pipe2(go, O_CLOEXEC), 0);
		CU_ASSERT_EQUAL_FATAL(pipe2(result, O_CLOEXEC), 0);
		for (i = 0; i < (int)RTE_DIM(pids); i++) {
			pids[i] = fork();
			if (pids[i] != 0)
				continue;
			close(go[1]);
			(void)!read(go[0], &byte, 1); /* until the parent closes it */
			s.srv = rte_vtivshmem_server_create(&s.conf);
			byte = s.srv != NULL ? 'w' : rte_errno == EADDRINUSE ? 'l' : '?';
			(void)!write(result[1], &byte, 1);
			/* Who serves goes on doing so until it is killed. */
			while (s.srv != NULL)
				pause();
			_exit(0);
		}
		close(go[0]);
		close(go[1]);
		for (i = 0; i < (int)RTE_DIM(pids); i++) {
			CU_ASSERT_EQUAL(read(result[0], &byte, 1), 1);
			won += byte == 'w';
			lost += byte == 'l';
		}
		CU_ASSERT_EQUAL(won, 1);
		CU_ASSERT_EQUAL(lost, (int)RTE_DIM(pids) - 1);
		for (i = 0; i < (int)RTE_DIM(pids); i++) {
			kill(pids[i], SIGKILL);
			waitpid(pids[i], NULL, 0);
		}
		close(result[0]);
		close(result[1]);
		/* And what a killed one left is taken over. */
		s.srv = rte_vtivshmem_server_create(&s.conf);
		CU_ASSERT_PTR_NOT_NULL_FATAL(s.srv);
		server_end(&s);
	}
}

/* ---- clients that go in the middle ---- */

static void
test_client_leaves_early(void)
{
	struct server s;
	unsigned int nb, i, fds = count_fds();
	char buf[sizeof(int64_t)];
	int sock;

	server_make(&s);
	for (nb = 0; nb <= 7; nb++) {
		/* One is gone before it was accepted. */
		close(raw_connect_to(s.path));
		sock = raw_connect_to(s.path);
		CU_ASSERT_TRUE(turn_until(&s, &s.joined, nb + 1));
		for (i = 0; i < nb; i++)
			CU_ASSERT_EQUAL(recv(sock, buf, sizeof(buf), 0), sizeof(buf));
		close(sock);
		CU_ASSERT_TRUE(turn_until(&s, &s.left, nb + 1));
		CU_ASSERT_EQUAL(s.last_id, 1);
	}
	CU_ASSERT_EQUAL(s.joined, 8);
	server_end(&s);
	CU_ASSERT_EQUAL(count_fds(), fds);
}

/* ---- hostile servers ---- */

struct hand {
	int lsock;
	int mem;
	int (*talk)(const struct hand *h, int sock);
	pthread_t thread;
	struct sockaddr_un addr;
};

static int
put(int sock, int64_t word, const int *fds, unsigned int nb_fds, size_t piece)
{
	size_t done;

	for (done = 0; done < sizeof(word); done += piece)
		if (send_fds(sock, (char *)&word + done, piece, fds, done == 0 ? nb_fds : 0,
				0) != (ssize_t)piece)
			return -1;
	return 0;
}

static void *
hand_run(void *arg)
{
	struct hand *h = arg;
	int sock = accept4(h->lsock, NULL, NULL, SOCK_CLOEXEC);

	h->talk(h, sock);
	close(sock);
	return NULL;
}

static int
hand_connect(int (*talk)(const struct hand *h, int sock), int timeout_ms,
		struct rte_vtivshmem_client *c)
{
	struct hand h = { .talk = talk, .addr = { .sun_family = AF_UNIX } };
	int ret;

	snprintf(h.addr.sun_path, sizeof(h.addr.sun_path), "%s/h.sock", vt_test_tmp_dir());
	unlink(h.addr.sun_path);
	h.mem = memfd_create("hand", MFD_CLOEXEC);
	CU_ASSERT_EQUAL(ftruncate(h.mem, 8192), 0);
	h.lsock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_EQUAL(bind(h.lsock, (struct sockaddr *)&h.addr, sizeof(h.addr)), 0);
	CU_ASSERT_EQUAL(listen(h.lsock, 1), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&h.thread, NULL, hand_run, &h), 0);
	ret = rte_vtivshmem_connect(h.addr.sun_path, timeout_ms, c);
	pthread_join(h.thread, NULL);
	close(h.lsock);
	close(h.mem);
	unlink(h.addr.sun_path);
	return ret;
}

static int
talk_pieces(const struct hand *h, int sock)
{
	int ret = put(sock, 0, NULL, 0, 1) + put(sock, 9, NULL, 0, 1) +
		put(sock, -1, &h->mem, 1, 1) + put(sock, 0, &h->mem, 1, 1);

	/* A peer that is gone in between does no harm. */
	return ret + put(sock, 4, NULL, 0, 8) + put(sock, 9, &h->mem, 1, 1);
}

static int
talk_many_fds(const struct hand *h, int sock)
{
	const int fds[8] = { h->mem, h->mem, h->mem, h->mem, h->mem, h->mem, h->mem, h->mem };
	unsigned int i;
	int ret = put(sock, 0, NULL, 0, 8) + put(sock, 9, NULL, 0, 8) + put(sock, -1, fds, 8, 8);

	/* More vectors than a client keeps. */
	for (i = 0; i < RTE_VTIVSHMEM_MAX_VECTORS + 5; i++)
		ret += put(sock, 0, fds, 2, 8);
	for (i = 0; i < RTE_VTIVSHMEM_MAX_VECTORS + 5; i++)
		ret += put(sock, 9, fds, 8, 8);
	return ret;
}

/* Other peers without end. */
static int
talk_flood(const struct hand *h, int sock)
{
	int ret = put(sock, 0, NULL, 0, 8) + put(sock, 9, NULL, 0, 8) +
		put(sock, -1, &h->mem, 1, 8);

	while (ret == 0)
		ret = put(sock, 77, &h->mem, 1, 8);
	return ret;
}

static int
talk_id_zero(const struct hand *h, int sock)
{
	return put(sock, 0, NULL, 0, 8) + put(sock, 0, NULL, 0, 8) + put(sock, -1, &h->mem, 1, 8) +
		put(sock, 0, &h->mem, 1, 8) + put(sock, 0, &h->mem, 1, 8);
}

static int
talk_no_memory(const struct hand *h, int sock)
{
	int ret = put(sock, 0, NULL, 0, 8) + put(sock, 9, NULL, 0, 8);

	RTE_SET_USED(h);
	return ret + put(sock, -1, &sock, 1, 8); /* a socket has no size */
}

/* A whole greeting, then more words than the client reads in one look, and the end. */
static int
talk_chatty(const struct hand *h, int sock)
{
	int ret = put(sock, 0, NULL, 0, 8) + put(sock, 9, NULL, 0, 8) +
		put(sock, -1, &h->mem, 1, 8) + put(sock, 0, &h->mem, 1, 8) +
		put(sock, 9, &h->mem, 1, 8);
	char junk[20000];

	memset(junk, 1, sizeof(junk));
	return ret + (send(sock, junk, sizeof(junk), MSG_NOSIGNAL) == sizeof(junk) ? 0 : -1);
}

static void
test_hostile_server(void)
{
	struct rte_vtivshmem_client c;
	unsigned int i, fds = count_fds();

	CU_ASSERT_EQUAL(hand_connect(talk_pieces, 5000, &c), 0);
	CU_ASSERT_EQUAL(c.id, 9);
	CU_ASSERT_EQUAL(c.mem_size, 8192);
	CU_ASSERT_EQUAL(c.nb_server_vectors, 1);
	CU_ASSERT_EQUAL(c.nb_own_vectors, 1);
	CU_ASSERT_NOT_EQUAL(fcntl(c.mem_fd, F_GETFD) & FD_CLOEXEC, 0);
	rte_vtivshmem_disconnect(&c);
	CU_ASSERT_EQUAL(count_fds(), fds);

	CU_ASSERT_EQUAL(hand_connect(talk_many_fds, 5000, &c), 0);
	CU_ASSERT_EQUAL(c.nb_server_vectors, RTE_VTIVSHMEM_MAX_VECTORS);
	CU_ASSERT_EQUAL(c.nb_own_vectors, RTE_VTIVSHMEM_MAX_VECTORS);
	rte_vtivshmem_disconnect(&c);
	CU_ASSERT_EQUAL(count_fds(), fds);

	CU_ASSERT_EQUAL(hand_connect(talk_flood, 100, &c), -ETIMEDOUT);
	CU_ASSERT_EQUAL(hand_connect(talk_id_zero, 5000, &c), -EPROTO);
	CU_ASSERT_EQUAL(hand_connect(talk_no_memory, 5000, &c), -EPROTO);
	CU_ASSERT_EQUAL(count_fds(), fds);

	CU_ASSERT_EQUAL(hand_connect(talk_chatty, 5000, &c), 0);
	CU_ASSERT_FALSE(rte_vtivshmem_server_gone(&c));
	for (i = 0; i < 100 && !rte_vtivshmem_server_gone(&c); i++)
		;
	CU_ASSERT_TRUE(i < 100);
	rte_vtivshmem_disconnect(&c);
	CU_ASSERT_EQUAL(count_fds(), fds);
}

static const struct vt_test_case cases[] = {
	{ "no descriptors to accept with", test_no_fds_to_accept },
	{ "no descriptors for doorbells", test_no_fds_for_doorbells },
	{ "a file that is not ours stays", test_not_our_file },
	{ "the private name is in use", test_name_in_use },
	{ "no permission", test_permission },
	{ "a server that has begun", test_begun },
	{ "several servers at once", test_race },
	{ "clients leave at each step", test_client_leaves_early },
	{ "hostile servers", test_hostile_server },
};

VT_TEST_SUITE(vinetalk_ivshmem_faults_autotest, NULL, NULL, cases);
