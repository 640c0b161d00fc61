/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTCLIENT_FILLED_H
#define VTCLIENT_FILLED_H

/* For those that look whether there is something in a completion ring and leave it there; the rest is vtclient_ring.h. */

#include <stdint.h>

#include <rte_ring.h>

/* What stands in a completion ring behind head: more than mask is impossible. */
static inline uint32_t
vtclient_ring_filled(const struct rte_ring *r, uint32_t head)
{
	/* Pairs with the release of the producer: the slots are whole. */
	return __atomic_load_n(&r->prod.tail, __ATOMIC_ACQUIRE) - head;
}

#endif /* VTCLIENT_FILLED_H */
