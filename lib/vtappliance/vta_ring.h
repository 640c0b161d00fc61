/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTA_RING_H
#define VTA_RING_H

/* Doorbells of clients, rung without ever waiting for one: see vta_ring.c. */

#include <libaio.h>
#include <stdint.h>

#define VTA_RING_BURST 16  /* doorbells in one call */
#define VTA_RING_EVENTS 64 /* that have been rung, and whose events are not taken */

struct vta_ringer {
	io_context_t aio;    /* NULL: there is none */
	int ready;           /* an eventfd that is always readable; -1: none */
	uint32_t nb;         /* doorbells that wait for the call */
	uint32_t nb_events;
	struct iocb iocbs[VTA_RING_BURST];
	struct iocb *burst[VTA_RING_BURST];
};

/* It is all zeroes, and ready -1, before; also if that fails it is ended. 0 or -errno. */
int vta_ringer_init(struct vta_ringer *r);
void vta_ringer_fini(struct vta_ringer *r);
/* Rung with the next flush, or at once. */
void vta_ringer_add(struct vta_ringer *r, int fd);
void vta_ringer_flush(struct vta_ringer *r);

#endif /* VTA_RING_H */
