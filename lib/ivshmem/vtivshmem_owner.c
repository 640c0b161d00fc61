/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A server whose peer 0 is another process, or a VM: the owner. He joins by a socket of his own, one
 * at a time; the doorbells that ring him outlive him. Clients are not told of his coming and going.
 */

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vtivshmem_private.h"

void
vtivshmem_owner_init(struct rte_vtivshmem_server *srv)
{
	uint32_t i;

	srv->owner_listen_fd = srv->owner_lock_fd = srv->owner_sock = -1;
	for (i = 0; i < RTE_VTIVSHMEM_MAX_VECTORS; i++)
		srv->owner_own[i] = -1;
}

int
vtivshmem_owner_open(struct rte_vtivshmem_server *srv)
{
	struct rte_vtivshmem_server_conf lc = srv->conf;
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = EV_OWNER_LISTENER };
	uint32_t i;

	for (i = 0; i < srv->conf.nb_vectors; i++) {
		srv->owner_own[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (srv->owner_own[i] < 0)
			return -errno;
	}
	lc.path = srv->conf.owner_path;
	lc.mode = srv->conf.owner_mode != 0 ? srv->conf.owner_mode : 0600;
	srv->owner_listen_fd = vtivshmem_listen(&lc, &srv->owner_lock_fd, &srv->owner_file);
	if (srv->owner_listen_fd < 0)
		return srv->owner_listen_fd;
	snprintf(srv->owner_path, sizeof(srv->owner_path), "%s", lc.path);
	srv->conf.owner_path = srv->owner_path;
	return epoll_ctl(srv->epfd, EPOLL_CTL_ADD, srv->owner_listen_fd, &ev) != 0 ? -errno : 0;
}

static void
drop(struct rte_vtivshmem_server *srv, const char *why)
{
	if (srv->owner_sock < 0)
		return;
	IVSHMEM_LOG(NOTICE, "%s: the appliance is gone%s%s", srv->owner_path, why[0] != '\0' ? ": " :
		"", why);
	epoll_ctl(srv->epfd, EPOLL_CTL_DEL, srv->owner_sock, NULL);
	close(srv->owner_sock);
	srv->owner_sock = -1;
}

void
vtivshmem_owner_close(struct rte_vtivshmem_server *srv)
{
	uint32_t i;

	if (srv->owner_sock >= 0)
		close(srv->owner_sock);
	if (srv->owner_listen_fd >= 0)
		vtivshmem_unlisten(srv->owner_path, srv->owner_listen_fd, srv->owner_lock_fd,
			&srv->owner_file);
	for (i = 0; i < RTE_VTIVSHMEM_MAX_VECTORS; i++)
		if (srv->owner_own[i] >= 0)
			close(srv->owner_own[i]);
	vtivshmem_owner_init(srv);
}

static int
send_peer(int sock, const struct rte_vtivshmem_peer *p)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < p->nb_vectors; i++)
		ret = vtivshmem_send(sock, p->id, p->to_client[i]);
	return ret;
}

/* His own doorbells come last: they end the greeting. */
static int
greet(struct rte_vtivshmem_server *srv, int sock)
{
	uint32_t i;
	int ret;

	ret = vtivshmem_send(sock, VTIVSHMEM_VERSION, -1);
	if (ret == 0)
		ret = vtivshmem_send(sock, VTIVSHMEM_SERVER_ID, -1);
	if (ret == 0)
		ret = vtivshmem_send(sock, VTIVSHMEM_MEMORY, srv->conf.mem_fd);
	for (i = 0; ret == 0 && i < srv->conf.max_peers; i++)
		if (srv->peers[i].state == PEER_JOINED)
			ret = send_peer(sock, &srv->peers[i].p);
	for (i = 0; ret == 0 && i < srv->conf.nb_vectors; i++)
		ret = vtivshmem_send(sock, VTIVSHMEM_SERVER_ID, srv->owner_own[i]);
	return ret;
}

static void
admit(struct rte_vtivshmem_server *srv, int sock)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP, .data.u32 = EV_OWNER };
	struct ucred cred = { .pid = 0 };
	socklen_t len = sizeof(cred);
	int ret = 0;

	getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	if (srv->owner_sock >= 0)
		ret = -EBUSY;
	else if (epoll_ctl(srv->epfd, EPOLL_CTL_ADD, sock, &ev) != 0)
		ret = -errno;
	if (ret != 0) {
		vtivshmem_refuse(srv, sock, cred.pid, ret);
		return;
	}
	srv->owner_sock = sock;
	ret = greet(srv, sock);
	if (ret != 0)
		drop(srv, strerror(-ret));
	else
		IVSHMEM_LOG(INFO, "%s: process %d is the appliance", srv->owner_path, cred.pid);
}

void
vtivshmem_owner_event(struct rte_vtivshmem_server *srv, uint32_t what, uint32_t events)
{
	char buf[256];
	ssize_t n = 1;
	int sock;

	if (what == EV_OWNER_LISTENER) {
		sock = accept4(srv->owner_listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (sock >= 0)
			admit(srv, sock);
		return;
	}
	if (srv->owner_sock < 0)
		return;
	if (events & EPOLLIN)
		n = recv(srv->owner_sock, buf, sizeof(buf), MSG_DONTWAIT);
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) || n == 0)
		drop(srv, "");
}

void
vtivshmem_owner_joined(struct rte_vtivshmem_server *srv, const struct rte_vtivshmem_peer *p)
{
	int ret;

	if (srv->owner_sock < 0)
		return;
	/* One that does not read would miss somebody. */
	ret = send_peer(srv->owner_sock, p);
	if (ret != 0)
		drop(srv, strerror(-ret));
}

void
vtivshmem_owner_left(struct rte_vtivshmem_server *srv, const struct rte_vtivshmem_peer *p)
{
	int ret;

	if (srv->owner_sock < 0)
		return;
	ret = vtivshmem_send(srv->owner_sock, p->id, -1);
	if (ret != 0)
		drop(srv, strerror(-ret));
}
