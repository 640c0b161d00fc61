/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTACCEL_WORKER_H
#define VTACCEL_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_ring.h>

#include "rte_vtaccel_workers.h"
#include "vtaccel_private.h"

struct rte_vtaccel_worker {
	/* The caller. */
	uint32_t in_flight;         /* in both rings and the worker: at most depth */
	uint32_t nb_batch;          /* not yet in the ring */
	struct rte_vtaccel_task *batch[RTE_VTACCEL_WORKERS_BURST];
	/* Control. */
	uint32_t nb_streams;
	uint32_t index;
	pthread_t thread;
	struct rte_vtaccel *dev;
	rte_vtaccel_workers_run_t run;
	uint16_t burst;
	struct rte_ring *in;        /* caller -> worker */
	struct rte_ring *out;       /* worker -> caller: never full, see in_flight */

	uint32_t sleeping __rte_cache_aligned; /* futex: 1 while the worker sleeps or is about to */
	uint32_t stop;              /* control -> worker */
} __rte_cache_aligned;

int vtaccel_worker_init(struct rte_vtaccel_worker *w, struct rte_vtaccel *dev, uint32_t index,
		const struct rte_vtaccel_workers_conf *conf);
void vtaccel_worker_fini(struct rte_vtaccel_worker *w);
int vtaccel_worker_start(struct rte_vtaccel_worker *w);
void vtaccel_worker_join(struct rte_vtaccel_worker *w);
void vtaccel_worker_wake(struct rte_vtaccel_worker *w);

#endif /* VTACCEL_WORKER_H */
