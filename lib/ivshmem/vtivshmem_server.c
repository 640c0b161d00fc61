/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The server's end. */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_errno.h>

#include "vtivshmem_private.h"

#define ACCEPT_PAUSE_MS 100 /* after accept() failed for lack of descriptors */
#define ACCEPTS_A_TURN 64   /* and events: a storm of connections must not hold the thread */

RTE_LOG_REGISTER(vtivshmem_logtype, lib.vinetalk.ivshmem, NOTICE);

/* ---- words ---- */

int
vtivshmem_send(int sock, int64_t word, int fd)
{
	uint64_t le = rte_cpu_to_le_64((uint64_t)word);
	struct iovec iov = { .iov_base = &le, .iov_len = sizeof(le) };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} ctrl;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (fd >= 0) {
		struct cmsghdr *cmsg;

		memset(&ctrl, 0, sizeof(ctrl));
		msg.msg_control = ctrl.buf;
		msg.msg_controllen = sizeof(ctrl.buf);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == (ssize_t)sizeof(le) ? 0 : -EAGAIN;
}

/* All of it at once: a stop in the middle makes QEMU spin. */
static int
greet(const struct rte_vtivshmem_server *srv, const struct rte_vtivshmem_peer *p)
{
	uint32_t i;
	int ret;

	ret = vtivshmem_send(p->sock, VTIVSHMEM_VERSION, -1);
	if (ret == 0)
		ret = vtivshmem_send(p->sock, p->id, -1);
	if (ret == 0)
		ret = vtivshmem_send(p->sock, VTIVSHMEM_MEMORY, srv->conf.mem_fd);
	for (i = 0; ret == 0 && i < p->nb_vectors; i++)
		ret = vtivshmem_send(p->sock, VTIVSHMEM_SERVER_ID, p->to_server[i]);
	for (i = 0; ret == 0 && i < p->nb_vectors; i++)
		ret = vtivshmem_send(p->sock, p->id, p->to_client[i]);
	return ret;
}

/* ---- peers ---- */

static void
close_doorbells(const struct rte_vtivshmem_server *srv, struct rte_vtivshmem_peer *p)
{
	uint32_t i;

	for (i = 0; i < p->nb_vectors; i++) {
		if (p->to_server[i] >= 0 && !vtivshmem_has_owner(srv))
			close(p->to_server[i]);
		if (p->to_client[i] >= 0)
			close(p->to_client[i]);
		p->to_server[i] = p->to_client[i] = -1;
	}
}

/* With an owner all clients ring the same doorbells of his. */
static int
open_doorbells(const struct rte_vtivshmem_server *srv, struct rte_vtivshmem_peer *p)
{
	uint32_t i;

	for (i = 0; i < p->nb_vectors; i++)
		p->to_server[i] = p->to_client[i] = -1;
	for (i = 0; i < p->nb_vectors; i++) {
		p->to_server[i] = vtivshmem_has_owner(srv) ? srv->owner_own[i] :
			eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (p->to_server[i] >= 0)
			p->to_client[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (p->to_server[i] < 0 || p->to_client[i] < 0) {
			int ret = -errno;

			close_doorbells(srv, p);
			return ret;
		}
	}
	return 0;
}

static struct vtivshmem_peer *
peer_free(struct rte_vtivshmem_server *srv)
{
	uint32_t i;

	/* With an owner the number that was free for the longest: he may not be done with the last. */
	for (i = 0; i < srv->conf.max_peers; i++) {
		uint32_t at = vtivshmem_has_owner(srv) ? (srv->next_id + i) % srv->conf.max_peers : i;

		if (srv->peers[at].state == PEER_FREE) {
			srv->next_id = at + 1;
			return &srv->peers[at];
		}
	}
	return NULL;
}

bool
vtivshmem_hung_up(int sock)
{
	struct pollfd p = { .fd = sock, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1;
}

/* The same; if there is none, look for those who have gone since the events were fetched. */
static struct vtivshmem_peer *
peer_find(struct rte_vtivshmem_server *srv)
{
	struct vtivshmem_peer *peer = peer_free(srv);
	uint32_t i;

	if (peer != NULL)
		return peer;
	for (i = 0; i < srv->conf.max_peers; i++)
		if (srv->peers[i].state == PEER_JOINED && vtivshmem_hung_up(srv->peers[i].p.sock))
			vtivshmem_leave(srv, &srv->peers[i]);
	return peer_free(srv);
}

/* Another version word is the protocol's way to say no; QEMU exits with a message. */
void
vtivshmem_refuse(const char *path, int sock, pid_t pid, int why)
{
	IVSHMEM_LOG(NOTICE, "%s: process %d is refused: %s", path, pid, strerror(-why));
	vtivshmem_send(sock, why, -1);
	close(sock);
}

/* All that may fail before the first word is sent. */
static int
prepare(struct rte_vtivshmem_server *srv, struct vtivshmem_peer *peer)
{
	struct rte_vtivshmem_peer *p = &peer->p;
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP };
	int ret;

	p->id = (uint32_t)(peer - srv->peers) + 1;
	p->nb_vectors = srv->conf.nb_vectors;
	p->user = NULL;
	ret = open_doorbells(srv, p);
	if (ret != 0)
		return ret;
	ev.data.u32 = p->id;
	if (epoll_ctl(srv->epfd, EPOLL_CTL_ADD, p->sock, &ev) != 0) {
		ret = -errno;
		close_doorbells(srv, p);
		return ret;
	}
	peer->state = PEER_JOINED;
	return 0;
}

static void
admit(struct rte_vtivshmem_server *srv, int sock)
{
	struct rte_vtivshmem_peer p = { .sock = sock };
	struct ucred cred = { .pid = 0 };
	socklen_t len = sizeof(cred);
	struct vtivshmem_peer *peer = peer_find(srv);
	int ret = 0;

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		cred.uid = (uid_t)-1;
	p.pid = cred.pid;
	p.uid = cred.uid;
	p.gid = cred.gid;
	ret = vtivshmem_access(&srv->conf, &p);
	if (ret == 0 && peer == NULL)
		ret = -EUSERS;
	else if (ret == 0 && srv->conf.ops->admit != NULL)
		ret = srv->conf.ops->admit(srv->conf.arg, &p);
	if (ret != 0) {
		vtivshmem_refuse(srv->path, sock, p.pid, ret);
		return;
	}
	peer->p = p;
	ret = prepare(srv, peer);
	if (ret != 0) {
		vtivshmem_refuse(srv->path, sock, p.pid, ret);
		return;
	}
	ret = greet(srv, &peer->p);
	if (ret != 0) {
		/* One that has gone already is nobody's trouble. */
		rte_log(ret == -EPIPE ? RTE_LOG_INFO : RTE_LOG_NOTICE, vtivshmem_logtype,
			"IVSHMEM: %s: process %d could not be greeted: %s\n", srv->path, p.pid,
			strerror(-ret));
		close_doorbells(srv, &peer->p);
		close(sock); /* which takes it out of epfd */
		peer->state = PEER_FREE;
		return;
	}
	vtivshmem_owner_joined(srv, peer);
	srv->conf.ops->joined(srv->conf.arg, &peer->p);
}

void
vtivshmem_leave(struct rte_vtivshmem_server *srv, struct vtivshmem_peer *peer)
{
	if (peer->p.sock >= 0) {
		epoll_ctl(srv->epfd, EPOLL_CTL_DEL, peer->p.sock, NULL);
		close(peer->p.sock);
	}
	peer->p.sock = -1;
	peer->state = PEER_LEFT;
	vtivshmem_owner_left(srv, peer);
	srv->conf.ops->left(srv->conf.arg, &peer->p);
}

/* ---- turns ---- */

/* A pause ends with the timer, which is in epfd too: nobody has to look at a clock. */
static void
listener_pause(struct rte_vtivshmem_server *srv)
{
	const struct itimerspec pause = { .it_value.tv_nsec = ACCEPT_PAUSE_MS * 1000000L };

	if (timerfd_settime(srv->timer_fd, 0, &pause, NULL) != 0)
		return;
	epoll_ctl(srv->epfd, EPOLL_CTL_DEL, srv->listen_fd, NULL);
	if (srv->owner_listen_fd >= 0)
		epoll_ctl(srv->epfd, EPOLL_CTL_DEL, srv->owner_listen_fd, NULL);
}

bool
vtivshmem_accept_failed(struct rte_vtivshmem_server *srv, const char *path)
{
	if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
		return false;
	if (!srv->accept_failed)
		IVSHMEM_LOG(ERR, "%s: cannot accept: %s; trying again every %u ms", path,
			strerror(errno), ACCEPT_PAUSE_MS);
	srv->accept_failed = true;
	listener_pause(srv);
	return true;
}

static void
listener_resume(struct rte_vtivshmem_server *srv)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = EV_LISTENER };
	uint64_t n;

	/* With no memory for this it is tried again at the timer's next event. */
	if (epoll_ctl(srv->epfd, EPOLL_CTL_ADD, srv->listen_fd, &ev) != 0 && errno != EEXIST)
		return;
	ev.data.u32 = EV_OWNER_LISTENER;
	if (srv->owner_listen_fd >= 0 && epoll_ctl(srv->epfd, EPOLL_CTL_ADD,
			srv->owner_listen_fd, &ev) != 0 && errno != EEXIST)
		return;
	if (read(srv->timer_fd, &n, sizeof(n)) < 0)
		return; /* it was not armed */
}

static int
accept_all(struct rte_vtivshmem_server *srv)
{
	int n, sock;

	for (n = 0; n < ACCEPTS_A_TURN; n++) {
		sock = accept4(srv->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (sock >= 0) {
			srv->accept_failed = false;
			admit(srv, sock);
			continue;
		}
		if (vtivshmem_accept_failed(srv, srv->path) ||
				(errno != EINTR && errno != ECONNABORTED))
			break;
	}
	return n;
}

/* A client has nothing to say: what it sends is thrown away, a bounded piece a turn. */
static void
peer_event(struct rte_vtivshmem_server *srv, struct vtivshmem_peer *peer, uint32_t events)
{
	char buf[4096];
	ssize_t n = 1;

	if (peer->state != PEER_JOINED)
		return;
	if (events & EPOLLIN)
		n = recv(peer->p.sock, buf, sizeof(buf), MSG_DONTWAIT);
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) || n == 0)
		vtivshmem_leave(srv, peer);
}

int
rte_vtivshmem_server_turn(struct rte_vtivshmem_server *srv)
{
	struct epoll_event ev[ACCEPTS_A_TURN];
	int n, i;

	if (srv->remote)
		return vtivshmem_join_turn(srv);
	n = epoll_wait(srv->epfd, ev, RTE_DIM(ev), 0);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	/* Ends first: who comes may need the place of one who left. */
	for (i = 0; i < n; i++) {
		if (ev[i].data.u32 == EV_TIMER)
			listener_resume(srv);
		else if (ev[i].data.u32 == EV_OWNER || ev[i].data.u32 == EV_OWNER_TIMER)
			vtivshmem_owner_event(srv, ev[i].data.u32, ev[i].events);
		else if (ev[i].data.u32 != EV_LISTENER && ev[i].data.u32 != EV_OWNER_LISTENER)
			peer_event(srv, &srv->peers[ev[i].data.u32 - 1], ev[i].events);
	}
	for (i = 0; i < n; i++)
		if (ev[i].data.u32 == EV_LISTENER)
			accept_all(srv);
		else if (ev[i].data.u32 == EV_OWNER_LISTENER)
			vtivshmem_owner_accept(srv);
	return n;
}

int
rte_vtivshmem_server_fd(const struct rte_vtivshmem_server *srv)
{
	return srv->epfd;
}

/* ---- life ---- */

static int
open_events(struct rte_vtivshmem_server *srv)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = EV_LISTENER };

	srv->epfd = epoll_create1(EPOLL_CLOEXEC);
	srv->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (srv->epfd < 0 || srv->timer_fd < 0 ||
			epoll_ctl(srv->epfd, EPOLL_CTL_ADD, srv->listen_fd, &ev) != 0)
		return -errno;
	ev.data.u32 = EV_TIMER;
	return epoll_ctl(srv->epfd, EPOLL_CTL_ADD, srv->timer_fd, &ev) != 0 ? -errno : 0;
}

static void
destroy(struct rte_vtivshmem_server *srv)
{
	vtivshmem_owner_close(srv);
	if (srv->listen_fd >= 0)
		vtivshmem_unlisten(srv->path, srv->listen_fd, srv->lock_fd, &srv->file);
	if (srv->epfd >= 0)
		close(srv->epfd);
	if (srv->timer_fd >= 0)
		close(srv->timer_fd);
	free(srv->peers);
	free(srv);
}

struct rte_vtivshmem_server *
vtivshmem_server_new(uint32_t max_peers, const struct rte_vtivshmem_server_ops *ops)
{
	const bool lacks = ops == NULL || ops->joined == NULL || ops->left == NULL;
	struct rte_vtivshmem_server *srv;

	if (max_peers == 0 || max_peers > UINT16_MAX || lacks) {
		IVSHMEM_LOG(ERR, "server of %u peers (1..%u)%s", max_peers, UINT16_MAX,
			lacks ? ", and an operation is missing" : "");
		rte_errno = EINVAL;
		return NULL;
	}
	srv = calloc(1, sizeof(*srv));
	if (srv != NULL)
		srv->peers = calloc(max_peers, sizeof(*srv->peers));
	if (srv == NULL || srv->peers == NULL) {
		free(srv);
		rte_errno = ENOMEM;
		return NULL;
	}
	srv->epfd = srv->timer_fd = srv->listen_fd = srv->lock_fd = -1;
	srv->sock = srv->mem_fd = srv->wake_fd = -1;
	srv->rx = (struct vtivshmem_rx)VTIVSHMEM_RX_INIT;
	vtivshmem_owner_init(srv);
	return srv;
}

struct rte_vtivshmem_server *
rte_vtivshmem_server_create(const struct rte_vtivshmem_server_conf *conf)
{
	struct rte_vtivshmem_server *srv;
	int ret;

	if (conf->nb_vectors == 0 || conf->nb_vectors > RTE_VTIVSHMEM_MAX_VECTORS) {
		IVSHMEM_LOG(ERR, "server with %u vectors (1..%u)", conf->nb_vectors,
			RTE_VTIVSHMEM_MAX_VECTORS);
		rte_errno = EINVAL;
		return NULL;
	}
	srv = vtivshmem_server_new(conf->max_peers, conf->ops);
	if (srv == NULL)
		return NULL;
	srv->conf = *conf;
	ret = vtivshmem_listen(conf, &srv->lock_fd, &srv->file);
	if (ret >= 0) {
		srv->listen_fd = ret;
		snprintf(srv->path, sizeof(srv->path), "%s", conf->path);
		srv->conf.path = srv->path;
		ret = open_events(srv);
	}
	if (ret == 0 && conf->owner_path != NULL)
		ret = vtivshmem_owner_open(srv);
	if (ret != 0) {
		destroy(srv);
		rte_errno = -ret;
		return NULL;
	}
	return srv;
}

void
rte_vtivshmem_server_free(struct rte_vtivshmem_server *srv)
{
	uint32_t i;

	if (srv == NULL)
		return;
	if (srv->remote) {
		vtivshmem_join_free(srv);
		return;
	}
	vtivshmem_owner_hang_up(srv);
	for (i = 0; i < srv->conf.max_peers; i++) {
		if (srv->peers[i].state == PEER_JOINED)
			vtivshmem_leave(srv, &srv->peers[i]);
		if (srv->peers[i].state == PEER_LEFT)
			rte_vtivshmem_peer_release(srv, &srv->peers[i].p);
	}
	destroy(srv);
}

void
rte_vtivshmem_peer_disconnect(struct rte_vtivshmem_server *srv, struct rte_vtivshmem_peer *p)
{
	struct vtivshmem_peer *peer = &srv->peers[p->id - 1];

	if (peer->state == PEER_JOINED)
		vtivshmem_leave(srv, peer);
}

void
rte_vtivshmem_peer_release(struct rte_vtivshmem_server *srv, struct rte_vtivshmem_peer *p)
{
	struct vtivshmem_peer *peer = &srv->peers[p->id - 1];

	if (peer->state != PEER_LEFT)
		return;
	if (srv->remote) {
		vtivshmem_join_release(srv, peer);
		return;
	}
	close_doorbells(srv, p);
	peer->state = PEER_FREE;
}

/* ---- what it is ---- */

int
rte_vtivshmem_server_mem_fd(const struct rte_vtivshmem_server *srv, uint64_t *size)
{
	struct stat st;

	if (srv->remote) {
		*size = srv->mem_size;
		return srv->mem_fd;
	}
	*size = fstat(srv->conf.mem_fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	return srv->conf.mem_fd;
}

bool
rte_vtivshmem_server_is_remote(const struct rte_vtivshmem_server *srv)
{
	return srv->remote;
}

bool
rte_vtivshmem_server_alive(const struct rte_vtivshmem_server *srv)
{
	return !srv->broker_gone;
}
