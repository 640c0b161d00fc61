/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTIVSHMEM_PRIVATE_H
#define VTIVSHMEM_PRIVATE_H

#include <inttypes.h>
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

/* vtivshmem_listen.c: a listening socket at path with its final permissions; fd or -errno. */
int vtivshmem_listen(const struct rte_vtivshmem_server_conf *conf, int *lock_fd,
		struct vtivshmem_file *file);
void vtivshmem_unlisten(const char *path, int fd, int lock_fd, const struct vtivshmem_file *file);

#endif /* VTIVSHMEM_PRIVATE_H */
