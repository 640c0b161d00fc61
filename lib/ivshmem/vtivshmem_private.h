/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTIVSHMEM_PRIVATE_H
#define VTIVSHMEM_PRIVATE_H

#include <inttypes.h>
#include <stdbool.h>
#include <sys/types.h>

#include <rte_log.h>

#include "rte_vtivshmem.h"

extern int vtivshmem_logtype;
#define IVSHMEM_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, vtivshmem_logtype, "IVSHMEM: " fmt "\n", ## __VA_ARGS__)

/* Words of the protocol. */
#define VTIVSHMEM_VERSION INT64_C(0)
#define VTIVSHMEM_MEMORY INT64_C(-1)
#define VTIVSHMEM_SERVER_ID INT64_C(0) /* the peer that the server's user is */

/* A socket file, so that only our own is removed. */
struct vtivshmem_file {
	dev_t dev;
	ino_t ino;
};

/* Life of a number. */
enum vtivshmem_peer_state {
	PEER_FREE = 0,
	PEER_COLLECTING, /* of a remote server: its doorbells are coming */
	PEER_JOINED,
	PEER_LEFT,       /* until the user has released it */
};

/* A word on its way in, with the descriptor that belongs to it. */
struct vtivshmem_rx {
	uint64_t le;
	size_t have;
	int fd;
	bool lost; /* there was a descriptor, and no room for it in this process */
};

#define VTIVSHMEM_RX_INIT { .fd = -1 }

struct vtivshmem_peer {
	struct rte_vtivshmem_peer p;
	enum vtivshmem_peer_state state;
	/* Of a server with an owner: what he knows of this number. */
	uint32_t told;       /* doorbells of the one who has it */
	bool gone_due;       /* he does not know yet that the one before has left */
	/* Of a remote server: the doorbells of its successor, which came before the release. */
	uint32_t nb_held;
	int held[RTE_VTIVSHMEM_MAX_VECTORS];
};

struct rte_vtivshmem_server {
	struct rte_vtivshmem_server_conf conf;
	bool remote;         /* the broker is another process, see vtivshmem_join.c */
	char path[108];
	int listen_fd;
	int lock_fd;
	struct vtivshmem_file file; /* what was made at path */
	int epfd;
	int timer_fd;        /* ends a pause of the listener */
	bool accept_failed;  /* and the log has it */
	struct vtivshmem_peer *peers;  /* by id - 1 */
	uint32_t next_id;    /* where the search for a free number begins */
	/* Of a server with an owner. */
	char owner_path[108];
	int owner_listen_fd, owner_lock_fd, owner_sock;
	int owner_timer_fd;  /* runs while there are words that his socket has no room for */
	int64_t owner_moved; /* when he last took one */
	bool owner_waiting;
	uint32_t owner_told; /* of his own doorbells */
	struct vtivshmem_file owner_file;
	int owner_own[RTE_VTIVSHMEM_MAX_VECTORS]; /* what rings him: he and all clients have them */
	/* Of a remote one. */
	int sock;
	int wake_fd;         /* somebody can join without a word from the broker */
	struct vtivshmem_rx rx;
	int mem_fd;
	uint64_t mem_size;
	bool broker_gone;
};

/* What an event of epfd is about: a client's id, or one of these. */
#define EV_LISTENER 0
#define EV_TIMER UINT32_MAX
#define EV_OWNER (UINT32_MAX - 1)
#define EV_OWNER_LISTENER (UINT32_MAX - 2)
#define EV_OWNER_TIMER (UINT32_MAX - 3)

static inline bool
vtivshmem_has_owner(const struct rte_vtivshmem_server *srv)
{
	return srv->conf.owner_path != NULL;
}

/* vtivshmem_server.c */
/* All that both kinds have in common, and no descriptor; NULL with rte_errno. */
struct rte_vtivshmem_server *vtivshmem_server_new(uint32_t max_peers,
		const struct rte_vtivshmem_server_ops *ops);
int vtivshmem_send(int sock, int64_t word, int fd);
void vtivshmem_refuse(const char *path, int sock, pid_t pid, int why);
void vtivshmem_leave(struct rte_vtivshmem_server *srv, struct vtivshmem_peer *peer);
bool vtivshmem_hung_up(int sock);
/* accept() failed: whether for lack of descriptors or memory, and then the listeners pause. */
bool vtivshmem_accept_failed(struct rte_vtivshmem_server *srv, const char *path);

/* vtivshmem_access.c */
/* 0, or -EACCES, which is logged. */
int vtivshmem_access(const struct rte_vtivshmem_server_conf *conf,
		const struct rte_vtivshmem_peer *p);

/* vtivshmem_owner.c */
void vtivshmem_owner_init(struct rte_vtivshmem_server *srv);
int vtivshmem_owner_open(struct rte_vtivshmem_server *srv);
void vtivshmem_owner_close(struct rte_vtivshmem_server *srv);
void vtivshmem_owner_hang_up(struct rte_vtivshmem_server *srv);
void vtivshmem_owner_accept(struct rte_vtivshmem_server *srv);
void vtivshmem_owner_event(struct rte_vtivshmem_server *srv, uint32_t what, uint32_t events);
void vtivshmem_owner_joined(struct rte_vtivshmem_server *srv, struct vtivshmem_peer *peer);
void vtivshmem_owner_left(struct rte_vtivshmem_server *srv, struct vtivshmem_peer *peer);

/* vtivshmem_join.c */
int vtivshmem_join_turn(struct rte_vtivshmem_server *srv);
void vtivshmem_join_release(struct rte_vtivshmem_server *srv, struct vtivshmem_peer *peer);
void vtivshmem_join_free(struct rte_vtivshmem_server *srv);

/* vtivshmem_client.c */
int64_t vtivshmem_now_ms(void);
int vtivshmem_dial(const char *path, int64_t deadline, int *sock);
/*
 * Both: 0; -EPROTO: the other end hung up; -EMFILE: a word whose descriptor was lost; another
 * negative errno. The first does not wait: -EAGAIN, and rx has what came so far.
 */
int vtivshmem_recv_some(int sock, struct vtivshmem_rx *rx, int64_t *word, int *fd);
int vtivshmem_recv(int sock, int64_t deadline, int64_t *word, int *fd);
int vtivshmem_recv_head(int sock, const char *path, int64_t deadline, int64_t *id, int *mem_fd,
		uint64_t *mem_size);
int vtivshmem_bad(const char *path, const char *what, int fd);

/* vtivshmem_listen.c: a listening socket at path with its final permissions; fd or -errno. */
int vtivshmem_listen(const struct rte_vtivshmem_server_conf *conf, int *lock_fd,
		struct vtivshmem_file *file);
void vtivshmem_unlisten(const char *path, int fd, int lock_fd, const struct vtivshmem_file *file);

#endif /* VTIVSHMEM_PRIVATE_H */
