/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The owner's end: peer 0 of a broker that is another process. It looks like a server of
 * one's own: clients join and leave. What the broker sends is checked word for word.
 *
 * A number may come again before the user has released it: its new doorbells are held until then.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_errno.h>

#include "vtivshmem_private.h"

#define QUIET_MS 50      /* after the first own doorbell: the greeting is over */
#define WORDS_A_TURN 256

static void
close_fds(int *fds, uint32_t *nb)
{
	while (*nb > 0)
		close(fds[--*nb]);
}

/* Who has as many doorbells as we have is there. */
static void
complete(struct rte_vtivshmem_server *srv, struct vtivshmem_peer *peer)
{
	uint32_t i;

	if (peer->state != PEER_COLLECTING || peer->p.nb_vectors < srv->conf.nb_vectors)
		return;
	while (peer->p.nb_vectors > srv->conf.nb_vectors)
		close(peer->p.to_client[--peer->p.nb_vectors]);
	for (i = 0; i < peer->p.nb_vectors; i++)
		peer->p.to_server[i] = srv->owner_own[i];
	peer->state = PEER_JOINED;
	srv->conf.ops->joined(srv->conf.arg, &peer->p);
}

/* A doorbell of a client. */
static void
client_vector(struct rte_vtivshmem_server *srv, struct vtivshmem_peer *peer, int fd)
{
	struct rte_vtivshmem_peer *p = &peer->p;

	if (peer->state == PEER_FREE) {
		memset(p, 0, sizeof(*p));
		p->id = (uint32_t)(peer - srv->peers) + 1;
		p->sock = -1;
		p->uid = (uid_t)-1;
		p->gid = (gid_t)-1;
		peer->state = PEER_COLLECTING;
	}
	if (peer->state == PEER_COLLECTING && p->nb_vectors < RTE_VTIVSHMEM_MAX_VECTORS)
		p->to_client[p->nb_vectors++] = fd;
	else if (peer->state == PEER_LEFT && peer->nb_held < RTE_VTIVSHMEM_MAX_VECTORS)
		peer->held[peer->nb_held++] = fd;
	else
		close(fd); /* one too many */
}

static void
client_gone(struct rte_vtivshmem_server *srv, struct vtivshmem_peer *peer)
{
	switch (peer->state) {
	case PEER_COLLECTING:
		close_fds(peer->p.to_client, &peer->p.nb_vectors);
		peer->state = PEER_FREE;
		break;
	case PEER_JOINED:
		vtivshmem_leave(srv, peer);
		break;
	case PEER_LEFT:
		close_fds(peer->held, &peer->nb_held);
		break;
	case PEER_FREE:
		break;
	}
}

/* One word behind the head. 1: an own doorbell; 0; or -EPROTO. */
static int
take_word(struct rte_vtivshmem_server *srv, int64_t word, int fd, bool greeting)
{
	if (word == VTIVSHMEM_SERVER_ID) {
		if (fd < 0 || !greeting)
			return vtivshmem_bad(srv->path, "our own number again", fd);
		if (srv->conf.nb_vectors == RTE_VTIVSHMEM_MAX_VECTORS)
			close(fd);
		else
			srv->owner_own[srv->conf.nb_vectors++] = fd;
		return 1;
	}
	if (word < 0 || word > UINT16_MAX)
		return vtivshmem_bad(srv->path, "impossible id", fd);
	if (word > srv->conf.max_peers) {
		if (fd >= 0)
			close(fd);
		if (!srv->accept_failed)
			IVSHMEM_LOG(ERR, "%s: client %" PRId64 " of the broker is one of more than %u,"
				" which are not served", srv->path, word, srv->conf.max_peers);
		srv->accept_failed = true;
		return 0;
	}
	if (fd >= 0)
		client_vector(srv, &srv->peers[word - 1], fd);
	else
		client_gone(srv, &srv->peers[word - 1]);
	return 0;
}

static int
recv_greeting(struct rte_vtivshmem_server *srv, int64_t deadline)
{
	int64_t word, id, limit;
	int fd, ret;

	ret = vtivshmem_recv_head(srv->sock, srv->path, deadline, &id, &srv->mem_fd, &srv->mem_size);
	if (ret != 0)
		return ret;
	if (id != VTIVSHMEM_SERVER_ID)
		return vtivshmem_bad(srv->path, "it takes us for a client: this is not the appliance's"
			" socket", -1);
	for (;;) {
		limit = srv->conf.nb_vectors == 0 ? deadline :
			RTE_MIN(deadline, vtivshmem_now_ms() + QUIET_MS);
		ret = vtivshmem_recv(srv->sock, limit, &word, &fd);
		if (ret == -ETIMEDOUT && srv->conf.nb_vectors != 0)
			return 0;
		if (ret == -EPROTO)
			return vtivshmem_bad(srv->path, "it hung up", -1);
		if (ret == 0)
			ret = take_word(srv, word, fd, true);
		if (ret < 0)
			return ret;
	}
}

/* Make the descriptor for epoll readable: a turn has work that no word will tell of. */
static void
wake(struct rte_vtivshmem_server *srv)
{
	const uint64_t one = 1;

	(void)!write(srv->wake_fd, &one, sizeof(one)); /* full: it is readable */
}

int
vtivshmem_join_turn(struct rte_vtivshmem_server *srv)
{
	unsigned int n;
	int64_t word;
	uint64_t woken;
	uint32_t i;
	int fd, ret;

	(void)!read(srv->wake_fd, &woken, sizeof(woken)); /* nothing in it: not woken */
	for (n = 0; n < WORDS_A_TURN && !srv->broker_gone; n++) {
		ret = vtivshmem_recv_some(srv->sock, &srv->rx, &word, &fd);
		if (ret == -EAGAIN)
			break;
		if (ret == -EMFILE) {
			/* A doorbell is missing: that client does not join, and goes in its time. */
			IVSHMEM_LOG(ERR, "%s: no descriptor left for a doorbell of client %" PRId64
				", which cannot be served", srv->path, word);
			continue;
		}
		if (ret == 0)
			ret = take_word(srv, word, fd, false);
		if (ret < 0) {
			/* Who is here stays, by what is mapped; nobody can come any more. */
			IVSHMEM_LOG(WARNING, "%s: the broker is gone: %s; its clients go on", srv->path,
				ret == -EPROTO ? "it ended, or sent what is none of the protocol" :
				strerror(-ret));
			srv->broker_gone = true;
			epoll_ctl(srv->epfd, EPOLL_CTL_DEL, srv->sock, NULL);
		}
	}
	for (i = 0; i < srv->conf.max_peers; i++)
		complete(srv, &srv->peers[i]);
	return (int)n;
}

void
vtivshmem_join_release(struct rte_vtivshmem_server *srv, struct vtivshmem_peer *peer)
{
	uint32_t i;

	close_fds(peer->p.to_client, &peer->p.nb_vectors);
	peer->state = PEER_FREE;
	for (i = 0; i < peer->nb_held; i++)
		client_vector(srv, peer, peer->held[i]);
	/* Whoever it is joins at the next turn: the user is just giving up his predecessor. */
	if (peer->nb_held != 0)
		wake(srv);
	peer->nb_held = 0;
}

void
vtivshmem_join_free(struct rte_vtivshmem_server *srv)
{
	uint32_t i;

	for (i = 0; i < srv->conf.max_peers; i++) {
		struct vtivshmem_peer *peer = &srv->peers[i];

		if (peer->state == PEER_JOINED)
			vtivshmem_leave(srv, peer);
		close_fds(peer->p.to_client, &peer->p.nb_vectors);
		close_fds(peer->held, &peer->nb_held);
	}
	for (i = 0; i < RTE_VTIVSHMEM_MAX_VECTORS; i++)
		if (srv->owner_own[i] >= 0)
			close(srv->owner_own[i]);
	if (srv->epfd >= 0)
		close(srv->epfd);
	if (srv->wake_fd >= 0)
		close(srv->wake_fd);
	if (srv->rx.fd >= 0)
		close(srv->rx.fd);
	if (srv->mem_fd >= 0)
		close(srv->mem_fd);
	if (srv->sock >= 0)
		close(srv->sock);
	free(srv->peers);
	free(srv);
}

static int
open_events(struct rte_vtivshmem_server *srv)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP };

	srv->epfd = epoll_create1(EPOLL_CLOEXEC);
	srv->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (srv->epfd < 0 || srv->wake_fd < 0 ||
			epoll_ctl(srv->epfd, EPOLL_CTL_ADD, srv->sock, &ev) != 0 ||
			epoll_ctl(srv->epfd, EPOLL_CTL_ADD, srv->wake_fd, &ev) != 0)
		return -errno;
	wake(srv); /* for those that the greeting told of */
	return 0;
}

struct rte_vtivshmem_server *
rte_vtivshmem_server_join(const struct rte_vtivshmem_join_conf *conf)
{
	const int64_t deadline = vtivshmem_now_ms() + conf->timeout_ms;
	struct rte_vtivshmem_server *srv;
	int ret;

	srv = vtivshmem_server_new(conf->max_peers, conf->ops);
	if (srv == NULL)
		return NULL;
	srv->remote = true;
	srv->conf.max_peers = conf->max_peers;
	srv->conf.ops = conf->ops;
	srv->conf.arg = conf->arg;
	snprintf(srv->path, sizeof(srv->path), "%s", conf->path != NULL ? conf->path : "");
	ret = vtivshmem_dial(conf->path, deadline, &srv->sock);
	if (ret == 0)
		ret = recv_greeting(srv, deadline);
	if (ret == 0)
		ret = open_events(srv);
	if (ret == 0)
		return srv;
	if (ret != -EPROTO)
		IVSHMEM_LOG(ERR, "%s: cannot join: %s", srv->path, strerror(-ret));
	vtivshmem_join_free(srv);
	rte_errno = -ret;
	return NULL;
}

uint32_t
rte_vtivshmem_server_doorbells(const struct rte_vtivshmem_server *srv,
		int fds[RTE_VTIVSHMEM_MAX_VECTORS])
{
	if (!srv->remote)
		return 0;
	memcpy(fds, srv->owner_own, sizeof(srv->owner_own));
	return srv->conf.nb_vectors;
}
