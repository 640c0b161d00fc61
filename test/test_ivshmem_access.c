/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Who may connect to a server: lists of users and groups, against connections of other users. */

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_vtivshmem.h>

#include "test.h"

#define USER 40001
#define GROUP 40002
#define MORE 40003  /* a supplementary group */

static char dir[64], path[100];
static int mem_fd = -1;
static unsigned int joined;

static void
on_joined(void *arg, struct rte_vtivshmem_peer *peer)
{
	RTE_SET_USED(arg);
	RTE_SET_USED(peer);
	joined++;
}

static void
on_left(void *arg, struct rte_vtivshmem_peer *peer)
{
	struct rte_vtivshmem_server **srv = arg;

	rte_vtivshmem_peer_release(*srv, peer);
}

/* In a process of its own: what the server says first, 0 or an errno; 255: no connection. */
static int
connect_as(uid_t uid, gid_t gid, gid_t more)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM, 0);
	int64_t word = 1;

	if (setgroups(1, &more) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		return 255;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (connect(sock, (struct sockaddr *)&addr, sizeof(addr)) != 0 ||
			recv(sock, &word, sizeof(word), MSG_WAITALL) != sizeof(word))
		return 255;
	return (int)-word;
}

/* With these lists: what such a process is told. */
static int
told(const char *users, const char *groups, uid_t uid, gid_t gid, gid_t more)
{
	static const struct rte_vtivshmem_server_ops ops = { .joined = on_joined, .left = on_left };
	struct rte_vtivshmem_server *srv;
	struct rte_vtivshmem_server_conf conf = {
		.path = path, .mode = 0666, .uid = (uid_t)-1, .gid = (gid_t)-1, .mem_fd = mem_fd,
		.max_peers = 1, .nb_vectors = 1, .ops = &ops, .arg = &srv,
	};
	int status, i;
	pid_t pid;

	if (users != NULL)
		CU_ASSERT_EQUAL(rte_vtivshmem_ids_parse(users, false, &conf.users), 0);
	if (groups != NULL)
		CU_ASSERT_EQUAL(rte_vtivshmem_ids_parse(groups, true, &conf.groups), 0);
	srv = rte_vtivshmem_server_create(&conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(srv);
	joined = 0;
	pid = fork();
	if (pid == 0)
		_exit(connect_as(uid, gid, more));
	/* 20 s at most. */
	for (i = 0; i < 20000 && waitpid(pid, &status, WNOHANG) == 0; i++) {
		rte_vtivshmem_server_turn(srv);
		usleep(1000);
	}
	CU_ASSERT_TRUE_FATAL(i < 20000 && WIFEXITED(status));
	CU_ASSERT_EQUAL(joined, WEXITSTATUS(status) == 0);
	rte_vtivshmem_server_free(srv);
	return WEXITSTATUS(status);
}

static void
test_lists(void)
{
	CU_ASSERT_EQUAL(told(NULL, NULL, USER, GROUP, MORE), 0);
	CU_ASSERT_EQUAL(told("40001", NULL, USER, GROUP, MORE), 0);
	CU_ASSERT_EQUAL(told("1+2+40001+3", NULL, USER, GROUP, MORE), 0);
	CU_ASSERT_EQUAL(told("40002+40003+4000+0", NULL, USER, GROUP, MORE), EACCES);
	CU_ASSERT_EQUAL(told(NULL, "40002", USER, GROUP, MORE), 0);
	CU_ASSERT_EQUAL(told(NULL, "40003", USER, GROUP, MORE), 0);
	CU_ASSERT_EQUAL(told(NULL, "40001+0", USER, GROUP, MORE), EACCES);
	CU_ASSERT_EQUAL(told("1", "40003", USER, GROUP, MORE), 0);
	CU_ASSERT_EQUAL(told("1", "2", USER, GROUP, MORE), EACCES);
	/* The superuser is not among them by itself. */
	CU_ASSERT_EQUAL(told("40001", NULL, 0, 0, 0), EACCES);
	CU_ASSERT_EQUAL(told("root", NULL, 0, GROUP, MORE), 0);
}

static void
test_parse(void)
{
	struct rte_vtivshmem_ids ids = { .nb = 77 };
	char text[2000];

	CU_ASSERT_EQUAL(rte_vtivshmem_ids_parse("", false, &ids), -ENOENT);
	CU_ASSERT_EQUAL(rte_vtivshmem_ids_parse("+", false, &ids), -ENOENT);
	CU_ASSERT_EQUAL(rte_vtivshmem_ids_parse("1+", false, &ids), -ENOENT);
	CU_ASSERT_EQUAL(rte_vtivshmem_ids_parse("-1", false, &ids), -ENOENT);
	CU_ASSERT_EQUAL(rte_vtivshmem_ids_parse("4294967295", false, &ids), -ENOENT);
	CU_ASSERT_EQUAL(rte_vtivshmem_ids_parse("1x", true, &ids), -ENOENT);
	CU_ASSERT_EQUAL(rte_vtivshmem_ids_parse("nobody here", true, &ids), -ENOENT);
	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CU_ASSERT_EQUAL(rte_vtivshmem_ids_parse(text, true, &ids), -E2BIG);
	CU_ASSERT_EQUAL(rte_vtivshmem_ids_parse("1+2+3+4+5+6+7+8+9+10+11+12+13+14+15+16+17", true, &ids), -E2BIG);
	CU_ASSERT_EQUAL(ids.nb, 77);
	CU_ASSERT_EQUAL(rte_vtivshmem_ids_parse("root+4294967294", false, &ids), 0);
	CU_ASSERT_TRUE(ids.nb == 2 && ids.id[0] == 0 && ids.id[1] == 4294967294);
	CU_ASSERT_EQUAL(rte_vtivshmem_ids_parse("1+2+3+4+5+6+7+8+9+10+11+12+13+14+15+16", true, &ids), 0);
	CU_ASSERT_EQUAL(ids.nb, 16);
}

static int
setup(void)
{
	if (getuid() != 0) {
		vt_test_skip_reason("other users can be had by root only");
		return VT_TEST_SKIPPED;
	}
	mem_fd = memfd_create("access", MFD_CLOEXEC);
	snprintf(dir, sizeof(dir), "/tmp/vt-access-XXXXXX");
	if (mem_fd < 0 || ftruncate(mem_fd, 1 << 20) != 0 || mkdtemp(dir) == NULL || chmod(dir, 0755) != 0)
		return 1;
	snprintf(path, sizeof(path), "%s/s", dir);
	return 0;
}

static int
cleanup(void)
{
	close(mem_fd);
	return rmdir(dir);
}

static const struct vt_test_case cases[] = {
	{ "lists of users and groups", test_parse },
	{ "who is let in", test_lists },
};

VT_TEST_SUITE(vinetalk_ivshmem_access_autotest, setup, cleanup, cases);
