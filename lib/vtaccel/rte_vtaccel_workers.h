/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTACCEL_WORKERS_H
#define RTE_VTACCEL_WORKERS_H

/**
 * @file
 * Worker threads for drivers whose engine computes in the calling thread.
 *
 *     enqueue --> small task, nothing of its stream at a worker: run here --> done --> dequeue
 *            \--> in ring --> worker of the stream --> out ring --------------------/
 *
 * A poller must never wait long. So a driver gives its tasks to workers; each stream belongs to one
 * of them, which keeps its order. Tasks with little data run in the caller at once, for as long as that takes
 * no more than 100 us between two dequeues. Without workers all tasks do.
 *
 * "The caller" is the one thread that calls the burst functions. A driver's operations hand on to the functions
 * of the same name here, and the driver's run function does the work.
 *
 * A caller that keeps what waits, and chooses who is next, sets rte_vtaccel::ahead_ns: then a busy worker is not given more than
 * keeps it busy until the caller comes again, at most about that much. So a task that is enqueued waits for the
 * one that runs, for that, and for the last one that was taken. The workers are the device's parts (rte_vtaccel::nb_parts).
 *
 * Lock-free between caller and workers but for their sleep (futex): a worker that hangs delays its
 * own streams, and rte_vtaccel_workers_stop(), nobody else. Works without rte_eal_init().
 *
 * A task can be abandoned. One that has not begun never does. If it runs, its thread is set aside, and another
 * one goes on with the worker's rings; when the task ends, the thread is free for the next such case. Their number is
 * the configuration's, and they are made by the start.
 */

#include <stdint.h>

#include <rte_vtaccel.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most workers of a device. */
#define RTE_VTACCEL_WORKERS_MAX 128
/** Greatest depth. */
#define RTE_VTACCEL_WORKERS_MAX_DEPTH 65536
/** Greatest burst of a run function. */
#define RTE_VTACCEL_WORKERS_BURST 32

struct rte_vtaccel_workers;

/**
 * Run tasks to their ends: set status, result, copied and exec_ns of each.
 *
 * @param dev
 *   The device.
 * @param thread
 *   Who calls: 0 to nb_workers - 1 are the workers, nb_workers is the caller. Never two calls for one number at a
 *   time, so that it can select a queue pair of the engine.
 * @param tasks
 *   Of one or several streams; those of one stream in their order. driver_next is free for use.
 * @param nb
 *   1 to the burst of the configuration.
 */
typedef void (*rte_vtaccel_workers_run_t)(struct rte_vtaccel *dev, uint32_t thread,
		struct rte_vtaccel_task **tasks, uint16_t nb);

/** Most threads that can be set aside. */
#define RTE_VTACCEL_WORKERS_MAX_ASIDE 64

/** Configuration. */
struct rte_vtaccel_workers_conf {
	uint32_t nb_workers;   /**< Threads, up to RTE_VTACCEL_WORKERS_MAX; 0: all run in the caller. */
	uint32_t depth;        /**< Tasks of a worker, 1 to RTE_VTACCEL_WORKERS_MAX_DEPTH. */
	uint64_t inline_bytes; /**< Tasks with less data run in the caller. */
	uint16_t burst;        /**< Most tasks of one call of run, 1 to RTE_VTACCEL_WORKERS_BURST. */
	/**
	 * Threads that can be set aside at a time, up to RTE_VTACCEL_WORKERS_MAX_ASIDE; then burst is 1, and run
	 * can be called for one worker's number by several threads at a time. 0: a task that runs cannot be abandoned.
	 */
	uint16_t max_aside;
	rte_vtaccel_workers_run_t run; /**< Does the work. */
};

/** What the driver_data of each stream begins with; all zero before rte_vtaccel_workers_stream_open(). */
struct rte_vtaccel_workers_stream {
	struct rte_vtaccel_worker *worker; /**< Whose it is; NULL without workers. */
	uint32_t at_worker; /**< The caller's: enqueued to the worker and not yet dequeued from it. */
	const struct rte_vtaccel_proc *proc; /**< The caller's: of the last task that succeeded, or NULL. */
	double ns_per_byte; /**< The caller's: what such tasks take. */
};

/**
 * Make workers; their threads begin with the start. For a driver's probe.
 *
 * @param dev
 *   The device; its stop and the ends of tasks call its notify.
 * @param conf
 *   Configuration; it is copied.
 * @return
 *   The workers, to be given back by rte_vtaccel_workers_free(); or NULL with rte_errno:
 *   - EINVAL: A value out of bounds, no run function, or max_aside with a burst above 1; the log names it.
 *   - ENOMEM: No memory.
 */
struct rte_vtaccel_workers *rte_vtaccel_workers_create(struct rte_vtaccel *dev,
		const struct rte_vtaccel_workers_conf *conf);

/**
 * Free workers that are stopped. For a driver's remove.
 *
 * @param ws
 *   The workers, or NULL. Tasks that they still have are forgotten.
 */
void rte_vtaccel_workers_free(struct rte_vtaccel_workers *ws);

/**
 * Start the threads. For a driver's start.
 *
 * @param ws
 *   The workers.
 * @return
 *   - 0: Success.
 *   - -EBUSY: Tasks from before the last stop have not been dequeued.
 *   - Another: There can be no more threads.
 */
int rte_vtaccel_workers_start(struct rte_vtaccel_workers *ws);

/**
 * Stop the threads, and wait for what runs. For a driver's stop; the caller may be inside a burst function.
 * What has not begun comes back from the dequeue with status -ECANCELED.
 *
 * @param ws
 *   The workers.
 */
void rte_vtaccel_workers_stop(struct rte_vtaccel_workers *ws);

/**
 * Give a stream to the worker with the fewest. For a driver's stream_open.
 *
 * @param ws
 *   The workers.
 * @param stream
 *   The stream, whose driver_data is set.
 */
void rte_vtaccel_workers_stream_open(struct rte_vtaccel_workers *ws, struct rte_vtaccel_stream *stream);

/**
 * Take a stream without tasks off its worker. For a driver's stream_close.
 *
 * @param stream
 *   Its part of this.
 */
void rte_vtaccel_workers_stream_close(struct rte_vtaccel_workers_stream *stream);

/**
 * Run tasks or hand them to workers. By the caller.
 *
 * @param ws
 *   The workers.
 * @param tasks
 *   Tasks whose stream's driver_data begins with struct rte_vtaccel_workers_stream.
 * @param nb
 *   How many.
 * @return
 *   How many of the first ones were taken; fewer: a worker has as many as its depth or what rte_vtaccel::ahead_ns
 *   says, or not started.
 */
uint16_t rte_vtaccel_workers_enqueue_burst(struct rte_vtaccel_workers *ws,
		struct rte_vtaccel_task **tasks, uint16_t nb);

/**
 * Take tasks that have ended. By the caller.
 *
 * @param ws
 *   The workers.
 * @param tasks
 *   Where they go.
 * @param nb
 *   Room there.
 * @return
 *   How many there are.
 */
uint16_t rte_vtaccel_workers_dequeue_burst(struct rte_vtaccel_workers *ws,
		struct rte_vtaccel_task **tasks, uint16_t nb);

/**
 * Give up a task. For a driver's abandon; by the caller.
 *
 * @param ws
 *   The workers.
 * @param task
 *   A task that was enqueued and not dequeued. It comes back from the dequeue.
 * @return
 *   - 0: It has ended, or never begins, or its thread is set aside.
 *   - -ENOTSUP: It may be running, and no thread can be set aside here.
 *   - -EAGAIN: It runs, and max_aside threads are set aside already.
 */
int rte_vtaccel_workers_abandon(struct rte_vtaccel_workers *ws, struct rte_vtaccel_task *task);

/**
 * Say where the work is done, for people: "2 worker threads". Any thread.
 *
 * @param ws
 *   The workers.
 * @param buf
 *   Where the text goes.
 * @param len
 *   Bytes there.
 */
void rte_vtaccel_workers_location(const struct rte_vtaccel_workers *ws, char *buf, size_t len);

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTACCEL_WORKERS_H */
