/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VT_BROKER_H
#define VT_BROKER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_vtivshmem.h>
#include <rte_vtregion_mem.h>

#include "drop.h"

#define BROKER_MAX_DOMAINS 120

/* A domain: its memory and its two sockets. */
struct broker_domain {
	char name[28];
	char path[104];       /* of the clients' socket */
	char owner_path[104]; /* of the appliance's */
	char file[256];
	uint64_t size;
	uint32_t clients;
	uint32_t vectors;
	uint32_t mode, owner_mode;
	uint32_t uid, gid;
	struct rte_vtivshmem_ids users, groups; /* who may connect; none: everybody */
	bool no_huge;
	struct rte_vtregion_mem mem;
	struct rte_vtivshmem_server *server;
};

struct broker {
	struct broker_domain domains[BROKER_MAX_DOMAINS];
	unsigned int nb_domains;
	struct vt_drop drop; /* whom to become */
	bool help;
	char error[256];
};

/* 0, or -EINVAL with the reason in error. */
int broker_args(struct broker *b, int argc, char **argv);
void broker_usage(void);

#endif /* VT_BROKER_H */
