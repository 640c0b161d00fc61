/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTA_COMMON_H
#define VTA_COMMON_H

/* What every file of the engine uses: the log, bounds, counters, clocks and descriptors. */

#include <stdint.h>

#include <rte_log.h>

extern int vta_logtype;
#define VTA_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, vta_logtype, "VTAPPLIANCE: " fmt "\n", ## __VA_ARGS__)

#define VTA_MAX_DOMAINS 120   /* RTE_MAX_MEMSEG_LISTS bounds the regions of a process */
#define VTA_MAX_ACCELS 64
#define VTA_DEFAULT_CLIENTS 8
#define VTA_MAX_PROCS 256     /* handles are indexes into the appliance's table */
#define VTA_MAX_VACCELS 64    /* of one client */
#define VTA_MAX_BUFS 64       /* of one client */
#define VTA_MAX_BUDGET 256
#define VTA_MAX_PROBE_MS 3600000
#define VTA_ENGINE_BURST 32
#define VTA_INBOX 16384
#define VTA_HEARTBEAT_MS 1000 /* promised to clients */
#define VTA_BEAT_MS 100       /* the control thread's tick */
#define VTA_BLIND_MS 5        /* and while there are clients that cannot ring */
#define VTA_GRACE_MS 20       /* until what a core's store buffer held is seen, and much more */

/* Add to a counter that this thread alone writes. */
#define VTA_COUNT(c, n) \
	__atomic_store_n(&(c), (c) + (n), __ATOMIC_RELAXED)
#define VTA_READ(c) __atomic_load_n(&(c), __ATOMIC_RELAXED)

uint64_t vta_now_ms(void);
int vta_eventfd(void);
void vta_eventfd_ring(int fd);
void vta_eventfd_drain(int fd);

#endif /* VTA_COMMON_H */
