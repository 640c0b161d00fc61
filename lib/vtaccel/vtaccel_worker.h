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
#include "vtaccel_ahead.h"
#include "vtaccel_private.h"

/* What becomes of a task: driver_state. The worker's thread and the caller change it by compare-and-swap. */
enum vtaccel_task_state {
	VTACCEL_TASK_QUEUED = 0,
	VTACCEL_TASK_BEGUN,
	VTACCEL_TASK_GIVEN_UP, /* before it began: it never does */
};

/*
 * A thread. Who has a worker's rings, of all threads, is said by two words:
 *
 *   worker   caller -> thread (release/acquire): this one has them from here on; the thread clears it when set aside
 *   running  0: the thread may use the rings. A task: it runs that, and does not touch the rings. A task | 1: the
 *            caller has set it aside meanwhile, and has given the rings to another thread. The thread goes from 0 to the
 *            task (release: what it did with the rings is behind it), and back by compare-and-swap; the caller from
 *            the task to task | 1 by compare-and-swap (acquire: what the thread did with the rings is seen, and goes
 *            on by the release of worker to the next one).
 *
 * A thread that was set aside hands its task to the caller by back (release/acquire) and does nothing else until
 * it gets a worker. Nobody waits for anybody.
 */
struct vtaccel_thread {
	pthread_t id;
	struct rte_vtaccel *dev;
	uint32_t index;
	struct vtaccel_thread *next;     /* caller: of the spare ones, or of those set aside */
	struct rte_vtaccel_worker *worker; /* atomic */
	uintptr_t running;               /* atomic */
	struct rte_vtaccel_task *back;   /* atomic */
	uint32_t sleeping;               /* futex, while it has no worker */
	uint32_t stop;                   /* control -> thread */
} __rte_cache_aligned;

struct rte_vtaccel_worker {
	/* The caller. */
	uint32_t in_flight;         /* in both rings and the worker: at most depth */
	uint32_t nb_batch;          /* not yet in the ring */
	struct vtaccel_ahead ahead;
	struct rte_vtaccel_task *batch[RTE_VTACCEL_WORKERS_BURST];
	/* Control. */
	uint32_t nb_streams;
	uint32_t index;
	struct vtaccel_thread *thread; /* caller; control between start and stop's ends: who has the rings */
	bool can_set_aside;
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
void vtaccel_worker_begin(struct rte_vtaccel_worker *w, struct vtaccel_thread *th);
int vtaccel_thread_start(struct vtaccel_thread *th);
void vtaccel_thread_stop(struct vtaccel_thread *th);
void vtaccel_thread_join(struct vtaccel_thread *th);
void vtaccel_worker_wake(struct rte_vtaccel_worker *w);

#endif /* VTACCEL_WORKER_H */
