/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The client's end. Whatever the server sends, this returns within its time limit. */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <rte_byteorder.h>
#include <rte_common.h>

#include "vtivshmem_private.h"

#define MAX_PIECES 64 /* of what came after the greeting, in one look */
#define QUIET_MS 50 /* after the first own doorbell: the greeting is over */

int64_t
vtivshmem_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int
wait_readable(int sock, int64_t deadline)
{
	struct pollfd pfd = { .fd = sock, .events = POLLIN };
	int64_t left;
	int n;

	do {
		left = deadline - vtivshmem_now_ms();
		if (left < 0)
			return -ETIMEDOUT;
		n = poll(&pfd, 1, (int)left);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n == 0 ? -ETIMEDOUT : 0;
}

/* A descriptor that came. There is no room for a second one: the kernel drops it. */
static void
take_fd(struct vtivshmem_rx *rx, struct msghdr *msg)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);

	if (cmsg != NULL && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS &&
			cmsg->cmsg_len >= CMSG_LEN(sizeof(int))) {
		if (rx->fd >= 0)
			close(rx->fd);
		memcpy(&rx->fd, CMSG_DATA(cmsg), sizeof(rx->fd));
	} else if (msg->msg_flags & MSG_CTRUNC) {
		/* Not to be taken for a word without one, which says that a peer has gone. */
		rx->lost = true;
	}
}

int
vtivshmem_recv_some(int sock, struct vtivshmem_rx *rx, int64_t *word, int *fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} ctrl;
	bool lost;

	*fd = -1;
	while (rx->have < sizeof(rx->le)) {
		struct iovec iov = { .iov_base = (char *)&rx->le + rx->have,
			.iov_len = sizeof(rx->le) - rx->have };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = ctrl.buf,
			.msg_controllen = CMSG_LEN(sizeof(int)) };
		ssize_t n = recvmsg(sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 || errno == ECONNRESET ? -EPROTO : -errno;
		take_fd(rx, &msg);
		rx->have += (size_t)n;
	}
	*word = (int64_t)rte_le_to_cpu_64(rx->le);
	*fd = rx->fd;
	lost = rx->lost && rx->fd < 0;
	*rx = (struct vtivshmem_rx)VTIVSHMEM_RX_INIT;
	return lost ? -EMFILE : 0;
}

/* One word and the descriptor that came with it (-1: none). */
int
vtivshmem_recv(int sock, int64_t deadline, int64_t *word, int *fd)
{
	struct vtivshmem_rx rx = VTIVSHMEM_RX_INIT;
	int ret;

	*fd = -1;
	do {
		ret = wait_readable(sock, deadline);
		if (ret == 0)
			ret = vtivshmem_recv_some(sock, &rx, word, fd);
	} while (ret == -EAGAIN);
	if (rx.fd >= 0)
		close(rx.fd);
	return ret;
}

int
vtivshmem_bad(const char *path, const char *what, int fd)
{
	if (fd >= 0)
		close(fd);
	IVSHMEM_LOG(ERR, "%s: this is no ivshmem server: %s", path, what);
	return -EPROTO;
}

/* Version, own id, memory. */
int
vtivshmem_recv_head(int sock, const char *path, int64_t deadline, int64_t *id, int *mem_fd,
		uint64_t *mem_size)
{
	struct stat st;
	int64_t word;
	int fd, ret;

	ret = vtivshmem_recv(sock, deadline, &word, &fd);
	if (ret != 0)
		return ret == -EPROTO ? vtivshmem_bad(path, "it hung up", fd) : ret;
	if (word < 0 && word >= -4095 && fd < 0) {
		IVSHMEM_LOG(ERR, "%s: refused: %s", path, strerror((int)-word));
		return (int)word;
	}
	if (word != VTIVSHMEM_VERSION || fd >= 0)
		return vtivshmem_bad(path, "unknown version", fd);
	ret = vtivshmem_recv(sock, deadline, &word, &fd);
	if (ret != 0)
		return ret == -EPROTO ? vtivshmem_bad(path, "it hung up", fd) : ret;
	if (word < VTIVSHMEM_SERVER_ID || word > UINT16_MAX || fd >= 0)
		return vtivshmem_bad(path, "impossible id", fd);
	*id = word;
	ret = vtivshmem_recv(sock, deadline, &word, &fd);
	if (ret != 0)
		return ret == -EPROTO ? vtivshmem_bad(path, "it hung up", fd) : ret;
	if (word != VTIVSHMEM_MEMORY || fd < 0)
		return vtivshmem_bad(path, "no memory", fd);
	*mem_fd = fd;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
		return vtivshmem_bad(path, "memory that is no file with a size", -1);
	*mem_size = (uint64_t)st.st_size;
	return 0;
}

static int
recv_doorbells(struct rte_vtivshmem_client *c, const char *path, int64_t deadline)
{
	int64_t word, limit;
	int fd, ret;

	/* The greeting ends with our own doorbells, as many as peer 0 has. */
	while (c->nb_own_vectors == 0 || c->nb_own_vectors < c->nb_server_vectors) {
		limit = c->nb_own_vectors == 0 ? deadline : RTE_MIN(deadline, vtivshmem_now_ms() + QUIET_MS);
		ret = vtivshmem_recv(c->sock, limit, &word, &fd);
		if (ret == -ETIMEDOUT && c->nb_own_vectors != 0)
			return 0;
		if (ret != 0)
			return ret == -EPROTO ? vtivshmem_bad(path, "it hung up", fd) : ret;
		if (fd < 0 && (word == VTIVSHMEM_SERVER_ID || word == c->id))
			return vtivshmem_bad(path, "a peer without a doorbell", fd);
		if (fd < 0)
			continue; /* another peer has gone in between */
		if (word == VTIVSHMEM_SERVER_ID &&
				c->nb_server_vectors < RTE_VTIVSHMEM_MAX_VECTORS)
			c->server[c->nb_server_vectors++] = fd;
		else if (word == c->id && c->nb_own_vectors < RTE_VTIVSHMEM_MAX_VECTORS)
			c->own[c->nb_own_vectors++] = fd;
		else
			close(fd); /* another peer, or one vector too many */
	}
	return 0;
}

int
vtivshmem_dial(const char *path, int64_t deadline, int *sock)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int ret;

	*sock = -1;
	if (path == NULL || strlen(path) >= sizeof(addr.sun_path))
		return path == NULL ? -EINVAL : -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	*sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*sock < 0)
		return -errno;
	/* EAGAIN: the server's backlog is full. */
	while ((ret = connect(*sock, (const struct sockaddr *)&addr, sizeof(addr)) == 0 ? 0 :
			-errno) == -EAGAIN && vtivshmem_now_ms() < deadline)
		poll(NULL, 0, 1);
	return ret == -EAGAIN ? -ETIMEDOUT : ret;
}

int
rte_vtivshmem_connect(const char *path, int timeout_ms, struct rte_vtivshmem_client *c)
{
	const int64_t deadline = vtivshmem_now_ms() + timeout_ms;
	int64_t id = 0;
	int ret;

	memset(c, 0, sizeof(*c));
	c->sock = c->mem_fd = -1;
	ret = vtivshmem_dial(path, deadline, &c->sock);
	if (ret == 0)
		ret = vtivshmem_recv_head(c->sock, path, deadline, &id, &c->mem_fd, &c->mem_size);
	c->id = (uint32_t)id;
	if (ret == 0 && id == VTIVSHMEM_SERVER_ID)
		ret = vtivshmem_bad(path, "it takes us for the appliance", -1);
	if (ret == 0)
		ret = recv_doorbells(c, path, deadline);
	if (ret != 0)
		rte_vtivshmem_disconnect(c);
	return ret;
}

void
rte_vtivshmem_disconnect(struct rte_vtivshmem_client *c)
{
	uint32_t i;

	for (i = 0; i < c->nb_server_vectors; i++)
		close(c->server[i]);
	for (i = 0; i < c->nb_own_vectors; i++)
		close(c->own[i]);
	if (c->mem_fd >= 0)
		close(c->mem_fd);
	/* Last: its end tells the server that nothing of ours is mapped any more. */
	if (c->sock >= 0)
		close(c->sock);
	memset(c, 0, sizeof(*c));
	c->sock = c->mem_fd = -1;
}

bool
rte_vtivshmem_server_gone(struct rte_vtivshmem_client *c)
{
	char buf[256];
	unsigned int pieces = 0; /* it must not hold us by talking without end */
	ssize_t n;

	if (c->sock < 0)
		return true;
	do
		n = recv(c->sock, buf, sizeof(buf), MSG_DONTWAIT);
	while ((n > 0 || (n < 0 && errno == EINTR)) && ++pieces < MAX_PIECES);
	if (n > 0)
		return false;
	return n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}
