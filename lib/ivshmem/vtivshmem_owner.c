/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A server whose peer 0 is another process, or a VM: the owner. He joins by a socket of his own, one
 * at a time; the doorbells that ring him outlive him. Clients are not told of his coming and going.
 *
 * A socket takes some 270 words, and there may be thousands for him. What he knows of each number
 * is kept, and the difference to what is so is what he is told as his socket has room: nothing
 * is queued, and nothing is missed. One who does not read at all is disconnected.
 */

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "vtivshmem_private.h"

#define LOOK_MS 100   /* at one whose socket is full */
#define STALL_MS 2000 /* without reading anything: then he is disconnected */

void
vtivshmem_owner_init(struct rte_vtivshmem_server *srv)
{
	uint32_t i;

	srv->owner_listen_fd = srv->owner_lock_fd = srv->owner_sock = srv->owner_timer_fd = -1;
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
	srv->owner_timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (srv->owner_timer_fd < 0 ||
			epoll_ctl(srv->epfd, EPOLL_CTL_ADD, srv->owner_listen_fd, &ev) != 0)
		return -errno;
	ev.data.u32 = EV_OWNER_TIMER;
	return epoll_ctl(srv->epfd, EPOLL_CTL_ADD, srv->owner_timer_fd, &ev) != 0 ? -errno : 0;
}

/* Whether there is more for him than his socket takes: then room in it, or the timer, goes on. */
static void
set_waiting(struct rte_vtivshmem_server *srv, bool waiting)
{
	const struct itimerspec look = {
		.it_value.tv_nsec = waiting ? LOOK_MS * 1000000L : 0,
		.it_interval.tv_nsec = waiting ? LOOK_MS * 1000000L : 0,
	};

	if (srv->owner_waiting == waiting)
		return;
	srv->owner_waiting = waiting;
	srv->owner_moved = vtivshmem_now_ms();
	timerfd_settime(srv->owner_timer_fd, 0, &look, NULL);
}

static void
want_room(struct rte_vtivshmem_server *srv, bool wanted)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | (wanted ? EPOLLOUT : 0),
		.data.u32 = EV_OWNER };

	epoll_ctl(srv->epfd, EPOLL_CTL_MOD, srv->owner_sock, &ev);
}

/* why: NULL if it was he who ended it. */
static void
drop(struct rte_vtivshmem_server *srv, const char *why)
{
	if (srv->owner_sock < 0)
		return;
	if (why == NULL)
		IVSHMEM_LOG(NOTICE, "%s: the appliance is gone", srv->owner_path);
	else
		IVSHMEM_LOG(NOTICE, "%s: the appliance is disconnected: %s", srv->owner_path, why);
	epoll_ctl(srv->epfd, EPOLL_CTL_DEL, srv->owner_sock, NULL);
	close(srv->owner_sock);
	srv->owner_sock = -1;
	set_waiting(srv, false);
}

/* The end of the server is not the end of its clients: he is not told that they leave. */
void
vtivshmem_owner_hang_up(struct rte_vtivshmem_server *srv)
{
	drop(srv, "the server ends");
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
	if (srv->owner_timer_fd >= 0)
		close(srv->owner_timer_fd);
	for (i = 0; i < RTE_VTIVSHMEM_MAX_VECTORS; i++)
		if (srv->owner_own[i] >= 0)
			close(srv->owner_own[i]);
	vtivshmem_owner_init(srv);
}

/* The next word for him: 1: he was told it; 0: he knows all; or a negative errno. */
static int
tell_of(struct rte_vtivshmem_server *srv, struct vtivshmem_peer *peer)
{
	const struct rte_vtivshmem_peer *p = &peer->p;
	int ret;

	if (peer->gone_due) {
		ret = vtivshmem_send(srv->owner_sock, p->id, -1);
		if (ret == 0)
			peer->gone_due = false;
	} else if (peer->state == PEER_JOINED && peer->told < p->nb_vectors) {
		ret = vtivshmem_send(srv->owner_sock, p->id, p->to_client[peer->told]);
		if (ret == 0)
			peer->told++;
	} else {
		return 0;
	}
	return ret == 0 ? 1 : ret;
}

/* Tell him what he does not know. His own doorbells come last: they end the greeting. */
static void
tell(struct rte_vtivshmem_server *srv)
{
	bool moved = false;
	uint32_t i;
	int ret = 0;

	for (i = 0; ret >= 0 && i < srv->conf.max_peers; i++)
		while ((ret = tell_of(srv, &srv->peers[i])) > 0)
			moved = true;
	while (ret >= 0 && srv->owner_told < srv->conf.nb_vectors) {
		ret = vtivshmem_send(srv->owner_sock, VTIVSHMEM_SERVER_ID,
			srv->owner_own[srv->owner_told]);
		if (ret == 0) {
			srv->owner_told++;
			moved = true;
		}
	}
	/* ETOOMANYREFS: too many descriptors are on their way; only the timer can tell when not. */
	if (ret < 0 && ret != -EAGAIN && ret != -ETOOMANYREFS && ret != -ENOBUFS) {
		drop(srv, strerror(-ret));
		return;
	}
	set_waiting(srv, ret < 0);
	want_room(srv, ret == -EAGAIN);
	if (moved)
		srv->owner_moved = vtivshmem_now_ms();
}

static void
look_at_time(struct rte_vtivshmem_server *srv)
{
	uint64_t n;

	if (read(srv->owner_timer_fd, &n, sizeof(n)) < 0 || !srv->owner_waiting)
		return;
	tell(srv);
	if (srv->owner_waiting && vtivshmem_now_ms() - srv->owner_moved >= STALL_MS)
		drop(srv, "it does not read");
}

static int
send_head(const struct rte_vtivshmem_server *srv, int sock)
{
	int ret = vtivshmem_send(sock, VTIVSHMEM_VERSION, -1);

	if (ret == 0)
		ret = vtivshmem_send(sock, VTIVSHMEM_SERVER_ID, -1);
	if (ret == 0)
		ret = vtivshmem_send(sock, VTIVSHMEM_MEMORY, srv->conf.mem_fd);
	return ret;
}

static void
admit(struct rte_vtivshmem_server *srv, int sock)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP, .data.u32 = EV_OWNER };
	struct ucred cred = { .pid = 0 };
	socklen_t len = sizeof(cred);
	uint32_t i;
	int ret = 0;

	getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	if (srv->owner_sock >= 0 && vtivshmem_hung_up(srv->owner_sock))
		drop(srv, NULL);
	if (srv->owner_sock >= 0)
		ret = -EBUSY;
	else if (epoll_ctl(srv->epfd, EPOLL_CTL_ADD, sock, &ev) != 0)
		ret = -errno;
	if (ret != 0) {
		vtivshmem_refuse(srv->owner_path, sock, cred.pid, ret);
		return;
	}
	srv->owner_sock = sock;
	srv->owner_told = 0;
	for (i = 0; i < srv->conf.max_peers; i++) {
		srv->peers[i].told = 0;
		srv->peers[i].gone_due = false;
	}
	ret = send_head(srv, sock);
	if (ret != 0) {
		drop(srv, strerror(-ret));
		return;
	}
	IVSHMEM_LOG(INFO, "%s: process %d is the appliance", srv->owner_path, cred.pid);
	tell(srv);
}

void
vtivshmem_owner_accept(struct rte_vtivshmem_server *srv)
{
	int sock = accept4(srv->owner_listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (sock >= 0) {
		srv->accept_failed = false;
		admit(srv, sock);
	} else {
		vtivshmem_accept_failed(srv, srv->owner_path);
	}
}

void
vtivshmem_owner_event(struct rte_vtivshmem_server *srv, uint32_t what, uint32_t events)
{
	char buf[256];
	ssize_t n = 1;

	if (what == EV_OWNER_TIMER) {
		look_at_time(srv);
		return;
	}
	if (srv->owner_sock < 0)
		return;
	if (events & EPOLLIN)
		n = recv(srv->owner_sock, buf, sizeof(buf), MSG_DONTWAIT);
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) || n == 0)
		drop(srv, NULL);
	else if (events & EPOLLOUT)
		tell(srv);
}

void
vtivshmem_owner_joined(struct rte_vtivshmem_server *srv, struct vtivshmem_peer *peer)
{
	peer->told = 0;
	if (srv->owner_sock >= 0)
		tell(srv);
}

void
vtivshmem_owner_left(struct rte_vtivshmem_server *srv, struct vtivshmem_peer *peer)
{
	if (peer->told != 0)
		peer->gone_due = true;
	peer->told = 0;
	if (srv->owner_sock >= 0)
		tell(srv);
}
