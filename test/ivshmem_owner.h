/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef IVSHMEM_OWNER_H
#define IVSHMEM_OWNER_H

/* The owner's end of an ivshmem server, as tests use it, and sockets by hand. */

#include <stdbool.h>
#include <stdint.h>

#include <rte_vtivshmem.h>

#define OWNER_MAX_PEERS 20

struct owner {
	struct rte_vtivshmem_server *srv;
	struct rte_vtivshmem_peer *peer[OWNER_MAX_PEERS + 1]; /* who is there, by id */
	unsigned int joined, left, wrong;
	bool keep; /* do not release who left */
};

extern const struct rte_vtivshmem_server_ops owner_ops;

/* NULL: rte_errno has the reason. */
struct rte_vtivshmem_server *owner_join(struct owner *o, const char *path, uint32_t peers,
		int timeout_ms);
/* Turns when the descriptor says so, until both counts are reached; false: they are not, or passed. */
bool owner_turns(struct owner *o, unsigned int joined, unsigned int left);
/* Release by hand one who left while keep was set. */
void owner_release(struct owner *o, uint32_t id);

/* A connection; receiving ends after 5 s. */
int ivshmem_dial(const char *path);
/* The next word, and whether a descriptor came with it, which is closed. INT64_MIN: none came. */
int64_t ivshmem_word(int sock, bool *with_fd);

/* Descriptors of this process; allow no new ones, and allow them again. */
unsigned int count_fds(void);
void no_fds(void);
void fds_again(void);

#endif /* IVSHMEM_OWNER_H */
