/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ivshmem_owner.h"
#include "test.h"

static void
owner_joined(void *arg, struct rte_vtivshmem_peer *peer)
{
	struct owner *o = arg;

	o->joined++;
	o->wrong += o->peer[peer->id] != NULL;
	o->peer[peer->id] = peer;
	peer->user = o;
}

static void
owner_left(void *arg, struct rte_vtivshmem_peer *peer)
{
	struct owner *o = arg;

	o->left++;
	o->wrong += o->peer[peer->id] != peer || peer->user != o;
	if (o->keep)
		return;
	o->peer[peer->id] = NULL;
	rte_vtivshmem_peer_release(o->srv, peer);
}

const struct rte_vtivshmem_server_ops owner_ops = {
	.joined = owner_joined, .left = owner_left,
};

struct rte_vtivshmem_server *
owner_join(struct owner *o, const char *path, uint32_t peers, int timeout_ms)
{
	const struct rte_vtivshmem_join_conf conf = { .path = path, .timeout_ms = timeout_ms,
		.max_peers = peers, .ops = &owner_ops, .arg = o };

	memset(o, 0, sizeof(*o));
	o->srv = rte_vtivshmem_server_join(&conf);
	return o->srv;
}

bool
owner_turns(struct owner *o, unsigned int joined, unsigned int left)
{
	struct pollfd p = { .fd = rte_vtivshmem_server_fd(o->srv), .events = POLLIN };

	while ((o->joined < joined || o->left < left) && poll(&p, 1, 5000) == 1)
		rte_vtivshmem_server_turn(o->srv);
	return o->joined == joined && o->left == left && o->wrong == 0;
}

void
owner_release(struct owner *o, uint32_t id)
{
	struct rte_vtivshmem_peer *peer = o->peer[id];

	o->peer[id] = NULL;
	rte_vtivshmem_peer_release(o->srv, peer);
}

int
ivshmem_dial(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = 5 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	CU_ASSERT_EQUAL(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

int64_t
ivshmem_word(int sock, bool *with_fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} ctrl;
	int64_t word = INT64_MIN;
	struct iovec iov = { .iov_base = &word, .iov_len = sizeof(word) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = ctrl.buf,
		.msg_controllen = sizeof(ctrl.buf) };
	struct cmsghdr *c;
	int fd;

	*with_fd = false;
	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != sizeof(word))
		return INT64_MIN;
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL) {
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
		close(fd);
		*with_fd = true;
	}
	return word;
}

unsigned int
count_fds(void)
{
	unsigned int nb = 0;
	DIR *dir = opendir("/proc/self/fd");

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while (readdir(dir) != NULL)
		nb++;
	closedir(dir);
	return nb;
}

static struct rlimit old_limit;

/* No new descriptor below the limit, which is that of the highest one in use. */
void
no_fds(void)
{
	struct rlimit low;
	int fd, top = 0;

	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &old_limit), 0);
	/* The lowest free number: whatever is above stays open. */
	fd = dup(STDERR_FILENO);
	top = fd;
	close(fd);
	low = old_limit;
	low.rlim_cur = (rlim_t)top;
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &low), 0);
}

void
fds_again(void)
{
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &old_limit), 0);
}
