/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef CPU_PRIVATE_H
#define CPU_PRIVATE_H

/*
 * The cpu accelerator.
 *
 *     enqueue --> small task, nothing of its stream at a worker: run here --> done --> dequeue
 *            \--> in ring --> worker of the stream --> out ring --------------------/
 *
 * "The caller" is the one thread that calls the burst functions.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_log.h>
#include <rte_ring.h>

#include <rte_vtaccel.h>

extern int cpu_logtype;
#define CPU_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, cpu_logtype, "ACCEL_CPU: " fmt "\n", ## __VA_ARGS__)

#define CPU_MAX_WORKERS 128
#define CPU_MAX_DEPTH 65536
#define CPU_BATCH 32

struct cpu_worker {
	/* The caller. */
	uint32_t in_flight;         /* in both rings and the worker: at most depth */
	uint32_t nb_batch;          /* not yet in the ring */
	struct rte_vtaccel_task *batch[CPU_BATCH];
	/* Control. */
	uint32_t nb_streams;
	uint32_t index;
	pthread_t thread;
	struct rte_vtaccel *dev;
	struct rte_ring *in;        /* caller -> worker */
	struct rte_ring *out;       /* worker -> caller: never full, see in_flight */

	uint32_t sleeping __rte_cache_aligned; /* futex: 1 while the worker sleeps or is about to */
	uint32_t stop;              /* control -> worker */
} __rte_cache_aligned;

struct cpu_stream {
	struct cpu_worker *worker;  /* NULL without workers */
	uint32_t at_worker;         /* caller: enqueued to it and not yet dequeued from it */
};

struct cpu_dev {
	uint32_t nb_workers;
	uint32_t depth;
	uint64_t inline_bytes;
	struct cpu_worker *workers;
	/* The caller: tasks that ended in its own calls. */
	struct rte_vtaccel_task *done;
	struct rte_vtaccel_task *done_last;
	uint32_t nb_done;
	uint64_t spent_ns;          /* caller: on its own tasks since the last dequeue */
	uint32_t next_worker;       /* caller: where the next dequeue begins */
	uint32_t in_flight;         /* caller writes, start reads (relaxed) */
	uint32_t running;           /* control writes: the enqueue takes tasks */
	uint32_t quiet;             /* control writes: no worker runs; see worker_take() */
};

/* cpu_worker.c */
int cpu_worker_init(struct cpu_worker *w, struct rte_vtaccel *dev, uint32_t index,
		uint32_t depth);
void cpu_worker_fini(struct cpu_worker *w);
int cpu_worker_start(struct cpu_worker *w);
void cpu_worker_join(struct cpu_worker *w);
void cpu_worker_wake(struct cpu_worker *w);
void cpu_task_cancel(struct rte_vtaccel_task *t);

#endif /* CPU_PRIVATE_H */
