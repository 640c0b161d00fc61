/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTA_RING_H
#define VTA_RING_H

/* Doorbells of clients, rung without ever waiting for one: see vta_ring.c. */

#include <libaio.h>
#include <stdint.h>

#define VTA_RING_BURST 16  /* doorbells in one call */

/* A thread's. */
struct vta_ringer {
	uint32_t nb;         /* doorbells that wait for the call */
	struct iocb iocbs[VTA_RING_BURST];
	struct iocb *burst[VTA_RING_BURST];
};

/* What the process needs for it, once for all. 0, also if it has that already; or -errno: nobody is rung. Any thread. */
int vta_ring_open(void);
/* fd: an eventfd that nobody else has, and that is never full. */
void vta_ringer_init(struct vta_ringer *r, int fd);
/* Rung with the next flush, or at once. */
void vta_ringer_add(struct vta_ringer *r, int fd);
void vta_ringer_flush(struct vta_ringer *r);

#endif /* VTA_RING_H */
