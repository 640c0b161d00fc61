/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTIVSHMEM_H
#define RTE_VTIVSHMEM_H

/**
 * @file
 * The ivshmem server protocol, both ends, as QEMU's docs/specs/ivshmem-spec.rst has it.
 *
 * Words of 8 bytes, little-endian, signed, from the server to the client only; at
 * most one file descriptor with a word (SCM_RIGHTS):
 *
 *     0 (version), own id, -1 + memory, then (id of a peer + one of its eventfds)
 *     for each of its vectors, then (own id + own eventfd) for each own vector.
 *     Later: id + eventfd: a peer's vector. id alone: the peer is gone.
 *
 * A client that is refused gets another version word: a negative errno. QEMU then exits with a message.
 *
 * Vinetalk's server is peer 0, so ids of clients begin with 1. Clients are told
 * of peer 0 and of themselves, not of each other. Each client has eventfds of its own for peer 0: the
 * descriptor tells the server who rang.
 *
 * The appliance need not be the server itself: with an owner_path whoever connects there is peer 0 (one
 * at a time; QEMU, if the appliance is a VM). He is told of all clients and has their doorbells;
 * rte_vtivshmem_server_join() is his end, on which the calls of a server work. Clients are not told
 * when he comes or goes. An owner who does not read for two seconds while there is more for him than
 * his socket takes is disconnected.
 *
 * Neither end blocks but rte_vtivshmem_connect(), which has a time limit. Nothing here is
 * thread-safe for one object, and nothing needs rte_eal_init().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most doorbells in one direction. */
#define RTE_VTIVSHMEM_MAX_VECTORS 16

struct rte_vtivshmem_server;

/** A client as the server sees it. */
struct rte_vtivshmem_peer {
	uint32_t id;   /**< 1 .. max_peers. */
	int sock;      /**< The connection. Owned by the server. */
	pid_t pid;     /**< From SO_PEERCRED: the process (QEMU, or the application). */
	uid_t uid;     /**< From SO_PEERCRED. */
	gid_t gid;     /**< From SO_PEERCRED. */
	uint32_t nb_vectors; /**< In each direction. */
	int to_server[RTE_VTIVSHMEM_MAX_VECTORS]; /**< Eventfds that the client rings; server reads. */
	int to_client[RTE_VTIVSHMEM_MAX_VECTORS]; /**< Eventfds that the server rings. */
	void *user;    /**< The user's. */
};

/** What a server tells its user, in the thread that calls rte_vtivshmem_server_turn(). */
struct rte_vtivshmem_server_ops {
	/**
	 * Somebody connects; nothing was sent yet. Return 0 to have it greeted, or a
	 * negative errno with which it is refused. Optional.
	 */
	int (*admit)(void *arg, const struct rte_vtivshmem_peer *peer);
	/** A client was greeted. */
	void (*joined)(void *arg, struct rte_vtivshmem_peer *peer);
	/**
	 * A client's connection has ended. Its doorbells stay open until
	 * rte_vtivshmem_peer_release() is called, and its id is not used again before.
	 */
	void (*left)(void *arg, struct rte_vtivshmem_peer *peer);
};

/** Most users, and most groups, that a server lets in. */
#define RTE_VTIVSHMEM_MAX_IDS 16

/** Numbers of users, or of groups. */
struct rte_vtivshmem_ids {
	uint32_t nb; /**< How many. */
	uint32_t id[RTE_VTIVSHMEM_MAX_IDS]; /**< The numbers. */
};

/**
 * Read a list of users or groups. Not thread safe, as getpwnam() is not.
 *
 * @param text
 *   Names or numbers with '+' between them: "qemu+1000".
 * @param groups
 *   Whether they are groups.
 * @param ids
 *   Filled in; unchanged after an error.
 * @return
 *   - 0: Success.
 *   - -ENOENT: One is no name that this system knows, and no number below 4294967295.
 *   - -E2BIG: More than RTE_VTIVSHMEM_MAX_IDS, or 1,023 characters.
 */
int rte_vtivshmem_ids_parse(const char *text, bool groups, struct rte_vtivshmem_ids *ids);

/** Configuration of a server. */
struct rte_vtivshmem_server_conf {
	const char *path;    /**< Of the socket. */
	uint32_t mode;       /**< Permissions of the socket, 0: 0660. */
	uid_t uid;           /**< Owner of the socket, (uid_t)-1: unchanged. */
	gid_t gid;           /**< Group of the socket, (gid_t)-1: unchanged. */
	/**
	 * Who may connect, besides what the socket's permissions say: one of these users, or a member of one of
	 * these groups, as SO_PEERCRED and SO_PEERGROUPS tell. Both empty: everybody. Others are refused with EACCES.
	 */
	struct rte_vtivshmem_ids users;
	struct rte_vtivshmem_ids groups; /**< See users. */
	/** Socket of the owner, who is peer 0 in the server's place; NULL: the server's user is peer 0. */
	const char *owner_path;
	uint32_t owner_mode; /**< Permissions of it, 0: 0600. */
	int mem_fd;          /**< The memory; stays the caller's. */
	uint32_t max_peers;  /**< Clients at a time. */
	uint32_t nb_vectors; /**< Doorbells in each direction, 1..RTE_VTIVSHMEM_MAX_VECTORS. */
	const struct rte_vtivshmem_server_ops *ops; /**< Callbacks. */
	void *arg;           /**< Of the callbacks. */
};

/**
 * Listen.
 *
 * A socket file that nobody listens on is taken over; one that is in use is not.
 * The file appears with its final permissions.
 *
 * @return
 *   The server, or NULL with errno in rte_errno: EINVAL, EADDRINUSE (a server is alive
 *   there, or the path is no socket), ENAMETOOLONG, EACCES, ENOENT (no such directory), ENOMEM, EMFILE.
 */
struct rte_vtivshmem_server *
rte_vtivshmem_server_create(const struct rte_vtivshmem_server_conf *conf);

/** Configuration of an owner's end. */
struct rte_vtivshmem_join_conf {
	const char *path;    /**< The owner's socket of a server. */
	int timeout_ms;      /**< For the greeting. */
	uint32_t max_peers;  /**< Clients that are wanted; others are not told of. */
	const struct rte_vtivshmem_server_ops *ops; /**< Callbacks; admit is not called. */
	void *arg;           /**< Of the callbacks. */
};

/**
 * Become the owner of a server in another process.
 *
 * Clients that are there already join in the first turn. Of a client only its number and doorbells are
 * known (pid 0, uid and gid -1), and peer->to_server are the same for all of them: they do not tell who
 * rang. A number that comes again is held back until rte_vtivshmem_peer_release() was called for the
 * one before. When the server ends or dies no client leaves, and no new one joins any more.
 *
 * @return
 *   The server, or NULL with errno in rte_errno: EINVAL, ENOMEM, EBUSY (another owner is there),
 *   EPROTO (this is no server's owner's socket), ETIMEDOUT, ENOENT, EACCES, ECONNREFUSED, EMFILE.
 */
struct rte_vtivshmem_server *
rte_vtivshmem_server_join(const struct rte_vtivshmem_join_conf *conf);

/** Whether the server is in another process: it comes from rte_vtivshmem_server_join(). */
bool rte_vtivshmem_server_is_remote(const struct rte_vtivshmem_server *srv);

/**
 * Whether there is a server to come to, as of the last turn: false when the one in another process
 * is gone. Who has joined goes on with what he has; for others only a new server helps.
 */
bool rte_vtivshmem_server_alive(const struct rte_vtivshmem_server *srv);

/**
 * The memory that clients are given.
 *
 * @param srv
 *   The server, joined or of one's own.
 * @param size
 *   Set to the number of its bytes; 0: that cannot be told.
 * @return
 *   The descriptor: of a server that was joined it is the server's, otherwise the caller's own.
 */
int rte_vtivshmem_server_mem_fd(const struct rte_vtivshmem_server *srv, uint64_t *size);

/** What rings the owner of a server that was joined: how many; 0 for a server of one's own. */
uint32_t rte_vtivshmem_server_doorbells(const struct rte_vtivshmem_server *srv,
		int fds[RTE_VTIVSHMEM_MAX_VECTORS]);

/** End all connections, close all descriptors, remove the socket file if it is still ours. */
void rte_vtivshmem_server_free(struct rte_vtivshmem_server *srv);

/** A descriptor for epoll that is readable when rte_vtivshmem_server_turn() has work. */
int rte_vtivshmem_server_fd(const struct rte_vtivshmem_server *srv);

/**
 * Do what there is to do, without blocking: accept and greet, notice ends.
 *
 * @return
 *   Number of events handled, or a negative errno.
 */
int rte_vtivshmem_server_turn(struct rte_vtivshmem_server *srv);

/** End a client's connection from this side; left() is called before this returns. */
void rte_vtivshmem_peer_disconnect(struct rte_vtivshmem_server *srv,
		struct rte_vtivshmem_peer *peer);

/** The user is done with a client that has left: close its doorbells, make its id free. */
void rte_vtivshmem_peer_release(struct rte_vtivshmem_server *srv,
		struct rte_vtivshmem_peer *peer);

/** The client's end. */
struct rte_vtivshmem_client {
	uint32_t id;         /**< Own id. */
	int sock;            /**< The connection. POLLHUP: the server is gone. */
	int mem_fd;          /**< The memory. */
	uint64_t mem_size;   /**< Of the memory. */
	uint32_t nb_server_vectors; /**< Doorbells of peer 0. */
	uint32_t nb_own_vectors;    /**< Own doorbells. */
	int server[RTE_VTIVSHMEM_MAX_VECTORS]; /**< Eventfds to ring. */
	int own[RTE_VTIVSHMEM_MAX_VECTORS];    /**< Eventfds to wait on. */
};

/**
 * Connect, and read the whole greeting.
 *
 * The protocol does not say where a greeting ends: this returns when it has as many own doorbells as
 * peer 0 has, or when nothing came for 50 ms after the first own one.
 *
 * @param path
 *   The server's socket.
 * @param timeout_ms
 *   For all of it.
 * @param client
 *   The result; rte_vtivshmem_disconnect() gives it back. All descriptors are close-on-exec.
 * @return
 *   - 0: Success.
 *   - -ENOENT, -EACCES, -ECONNREFUSED, -ENAMETOOLONG: The socket.
 *   - -ETIMEDOUT: A silent server.
 *   - -EPROTO: This is no ivshmem server: version, order or descriptors are not as
 *     they should be.
 *   - -EMFILE: No descriptors left in this process.
 *   - Another negative errno: With it the server refused; -EUSERS: it is full.
 */
int rte_vtivshmem_connect(const char *path, int timeout_ms, struct rte_vtivshmem_client *client);

/** Close everything. */
void rte_vtivshmem_disconnect(struct rte_vtivshmem_client *client);

/** Whether the server's end of the connection is closed. Reads what came, does not block. */
bool rte_vtivshmem_server_gone(struct rte_vtivshmem_client *client);

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTIVSHMEM_H */
