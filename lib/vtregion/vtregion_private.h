/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTREGION_PRIVATE_H
#define VTREGION_PRIVATE_H

#include <stdint.h>

#include <rte_log.h>

#include "rte_vtregion.h"
#include "rte_vtregion_mem.h"

#define RTE_LOG_DEFAULT_LOGTYPE lib.vinetalk.region

extern int vtregion_logtype;
#define VTREGION_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, vtregion_logtype, "VTREGION: " fmt "\n", ## __VA_ARGS__)

/* vtregion_fingerprint.c */
const char *vtregion_fingerprint_word(unsigned int i);

/* vtregion_format.c */
uint32_t vtregion_ring_flags(uint32_t sync);

/* vtregion_mem_fd.c: the memory itself */
int vtregion_fd_open(const struct rte_vtregion_mem_conf *conf, struct rte_vtregion_mem *mem);
void vtregion_fd_close(struct rte_vtregion_mem *mem);

/* vtregion_sigbus.c: regions whose memory may vanish */
int vtregion_sigbus_add(struct rte_vtregion_mem *mem);
void vtregion_sigbus_del(struct rte_vtregion_mem *mem);

#endif /* VTREGION_PRIVATE_H */
