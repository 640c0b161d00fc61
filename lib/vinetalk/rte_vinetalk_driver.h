/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VINETALK_DRIVER_H
#define RTE_VINETALK_DRIVER_H

/**
 * @file
 * What a transport driver implements.
 *
 * The class (rte_vinetalk.c) checks parameters and states, owns the arena's
 * allocator and the memory of the windows of outstanding tasks, serialises the slow path with one
 * lock for each device, and sums up statistics. A driver finds a region, asks its appliance,
 * and moves tasks.
 *
 * drivers/transport/empty has every operation, with comments, and is there to be copied. The
 * statuses that tasks end with are in rte_vinetalk_strstatus(): transports agree on them.
 *
 * Slow path through ops; fast path through enqueue and dequeue. A driver must not call
 * rte_eal_init() nor anything that needs it.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_vinetalk.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of this interface. */
#define RTE_VINETALK_DRIVER_API 1

struct rte_vinetalk_dev;

/** Counters of a queue pair: written by its thread, read by anyone (relaxed). */
struct rte_vinetalk_qp_counters {
	uint64_t enqueued;  /**< Tasks accepted. */
	uint64_t completed; /**< Completions given away with status 0. */
	uint64_t failed;    /**< Completions given away with another status. */
	uint64_t refused;   /**< Tasks that there was no room for. */
	uint64_t bytes;     /**< Data bytes of the accepted tasks. */
};

/** Add to a counter that this thread alone writes and others read. */
#define RTE_VINETALK_COUNT(counter, n) \
	__atomic_store_n(&(counter), (counter) + (n), __ATOMIC_RELAXED)

/** One outstanding task. */
struct rte_vinetalk_window_entry {
	uint64_t cookie;  /**< The caller's. */
	int32_t status;   /**< Once it ended. */
	uint16_t seq;     /**< Which of the tasks that share this entry. */
	uint8_t state;    /**< enum rte_vinetalk_task_state. */
	uint8_t reserved; /**< Zero. */
};

/**
 * What a queue pair remembers of the tasks it accepted, by sequence number.
 *
 * Written by the queue pair's thread. It has 8 times as many entries as tasks
 * may be in flight (at most 32768): a task that stays behind while that many others end
 * holds the queue pair up, as a full ring does.
 */
struct rte_vinetalk_window {
	uint32_t in_flight;  /**< Accepted and not ended. */
	uint32_t depth;      /**< Most in flight. */
	uint32_t mask;       /**< Entries - 1. */
	uint16_t next_seq;   /**< Of the next task. */
	uint16_t qp;         /**< Number that stands in qp_seq. */
	uint16_t oldest;     /**< No task before this one is in flight. */
	uint16_t reserved;   /**< Zero. */
	struct rte_vinetalk_window_entry *entries; /**< By sequence number & mask. */
};

/** A queue pair. A driver embeds it as the first member of its own. */
struct rte_vinetalk_qp {
	struct rte_vinetalk_window win;      /**< Outstanding tasks. */
	struct rte_vinetalk_qp_counters cnt; /**< What it counted. */
	struct rte_vinetalk_dev *dev;        /**< Whose it is. */
	uint16_t id;                         /**< Number in the device. */
};

/** Operations. Called with the device's lock held, and required, if not said otherwise. */
struct rte_vinetalk_ops {
	uint32_t api;      /**< RTE_VINETALK_DRIVER_API. */
	const char *name;  /**< Of the driver. */
	const char *help;  /**< One line for each argument, for the log. */

	/**
	 * Make a device from key=value arguments (may be ""). Sets dev->priv, dev->base,
	 * dev->arena, dev->arena_size, dev->capabilities, dev->max_qps, min_depth and
	 * max_depth. -EINVAL and a log line for an unknown key.
	 */
	int (*attach)(struct rte_vinetalk_dev *dev, const char *args);
	/** Give everything back. Queue pairs have been released. */
	void (*close)(struct rte_vinetalk_dev *dev);
	/** Make that many queue pairs possible. Optional. */
	int (*configure)(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_conf *conf);
	/**
	 * Make a queue pair, all zeroes but win.qp and what is the driver's; the class
	 * fills in dev, id and the rest of win behind it. NULL with rte_errno: failure.
	 */
	struct rte_vinetalk_qp *(*qp_setup)(struct rte_vinetalk_dev *dev, uint16_t qp_id,
			const struct rte_vinetalk_qp_conf *conf);
	/** Free it. */
	void (*qp_release)(struct rte_vinetalk_dev *dev, struct rte_vinetalk_qp *qp);
	/** Optional. */
	int (*start)(struct rte_vinetalk_dev *dev);
	/** Optional. */
	void (*stop)(struct rte_vinetalk_dev *dev);

	/** The index-th accelerator; -ENOENT behind the last. */
	int (*accel_info)(struct rte_vinetalk_dev *dev, uint16_t index,
			struct rte_vinetalk_accel_info *info);
	/** Its counters; -ENOENT: there is no such accelerator. */
	int (*accel_stats)(struct rte_vinetalk_dev *dev, uint16_t index,
			struct rte_vinetalk_accel_stats *stats);
	/** See rte_vinetalk_vaccel_acquire(); flags, type and reserved fields were checked. */
	int (*vaccel_acquire)(struct rte_vinetalk_dev *dev,
			const struct rte_vinetalk_vaccel_conf *conf, uint16_t *vaccel);
	/** See rte_vinetalk_vaccel_release(). */
	int (*vaccel_release)(struct rte_vinetalk_dev *dev, uint16_t vaccel);
	/** The index-th procedure; -ENOENT behind the last. */
	int (*proc_info)(struct rte_vinetalk_dev *dev, uint16_t index,
			struct rte_vinetalk_proc_info *info);
	/** See rte_vinetalk_proc_get(); the name's length was checked. */
	int (*proc_get)(struct rte_vinetalk_dev *dev, const char *name,
			enum rte_vinetalk_accel_type type, uint16_t *proc);
	/** See rte_vinetalk_proc_put(). */
	int (*proc_put)(struct rte_vinetalk_dev *dev, uint16_t proc);
	/** See rte_vinetalk_task_cancel(); the window has the task in flight. Optional. */
	int (*task_cancel)(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_task *task);
	/**
	 * A buffer of the arena that is to stay with an accelerator, ACCEL or BOTH. -ENOTSUP: none has
	 * memory of its own. Optional: both or none.
	 */
	int (*buf_add)(struct rte_vinetalk_dev *dev, uint64_t offset, uint64_t len,
			enum rte_vinetalk_placement placement);
	/** It goes. */
	int (*buf_del)(struct rte_vinetalk_dev *dev, uint64_t offset);
	/** Optional: CAPA_NATIVE_PROC. */
	int (*proc_register)(struct rte_vinetalk_dev *dev, const struct rte_vtaccel_proc *proc);

	/**
	 * Wait until a dequeue of this queue pair would return something. Called by the queue
	 * pair's thread without the lock. timeout_us < 0: no limit; then at least one task is in
	 * flight.
	 * 0: there is something; -ETIMEDOUT; -ENODEV: the other side is gone.
	 */
	int (*wait)(struct rte_vinetalk_qp *qp, int64_t timeout_us);

	/**
	 * See rte_vinetalk_event_fd() and rte_vinetalk_event_arm(). Called by the queue pair's thread
	 * without the lock. Optional: both or none.
	 */
	int (*event_fd)(struct rte_vinetalk_qp *qp);
	int (*event_arm)(struct rte_vinetalk_qp *qp); /**< See event_fd. */

	/** Record that an API call ended (CAPA_TRACE); any thread, no lock. Optional. */
	void (*trace)(struct rte_vinetalk_dev *dev, const char *call, uint64_t start_ns,
			uint64_t end_ns, int status);

	/** Extended statistics: name of the index-th, -ENOENT behind the last. Optional. */
	int (*xstat)(struct rte_vinetalk_dev *dev, unsigned int index,
			struct rte_vinetalk_xstat_name *name, uint64_t *value);

	rte_vinetalk_enqueue_t enqueue;     /**< Fast path: the queue pair's thread. */
	rte_vinetalk_dequeue_t dequeue;     /**< Fast path: the queue pair's thread. */
};

/** A device. */
struct rte_vinetalk_dev {
	const struct rte_vinetalk_ops *ops; /**< Its driver. */
	void *priv;             /**< The driver's, or that of a library that has its queue pairs. */
	void *transport;        /**< The driver's, beside such a library. */
	void *base;             /**< Where offset 0 is mapped. */
	void *arena;            /**< Memory for data, within the region. */
	uint64_t arena_size;    /**< Bytes. */
	uint32_t capabilities;  /**< RTE_VINETALK_CAPA_*. */
	uint32_t min_depth;     /**< Of a queue pair. */
	uint32_t max_depth;     /**< Of a queue pair. */
	uint32_t vm_id;         /**< Id that the transport was given. */
	uint16_t max_qps;       /**< Most queue pairs. */
	uint16_t nb_qps;        /**< Configured. */
	uint16_t id;            /**< Number of the device. */
	char name[RTE_VINETALK_NAME_LEN]; /**< Of the device. */
	struct rte_vinetalk_qp *qps[RTE_VINETALK_MAX_QPS]; /**< Set up. */
	void *cls;              /**< The class's. */
};

/**
 * Register a driver. Usually by RTE_VINETALK_REGISTER_DRIVER(), when the program starts or a
 * plugin is loaded; not while another thread attaches. A failure is logged, and makes every later
 * rte_vinetalk_attach() fail with it: somebody counts on a driver that is not there.
 *
 * @param ops
 *   The operations; they stay the caller's and must not go away.
 * @return
 *   - 0: Success.
 *   - -EINVAL: No name, or a required operation is missing.
 *   - -EEXIST: A driver has this name.
 *   - -EPROTONOSUPPORT: Compiled for another RTE_VINETALK_DRIVER_API.
 *   - -ENOSPC: Too many drivers.
 */
int rte_vinetalk_driver_register(const struct rte_vinetalk_ops *ops);

/**
 * Take a driver off that has no devices; for tests. Not while another thread attaches.
 *
 * @param ops
 *   What was registered, or failed to be: then the failure is forgotten.
 * @return
 *   0, or -ENOENT: it is not registered.
 */
int rte_vinetalk_driver_unregister(const struct rte_vinetalk_ops *ops);

/** Register a driver when its object is loaded. */
#define RTE_VINETALK_REGISTER_DRIVER(ops) \
	RTE_INIT(vinetalk_register_##ops) { rte_vinetalk_driver_register(&ops); }

/**
 * Whether a vaccel is to have what only an appliance can give: -ENOTSUP of a driver without one.
 *
 * @param conf
 *   What to acquire.
 * @return
 *   Whether there is a priority, a limit or a rate.
 */
static inline bool
rte_vinetalk_vaccel_conf_limits(const struct rte_vinetalk_vaccel_conf *conf)
{
	return (conf->priority | conf->max_tasks | conf->timeout_us | conf->rate_tasks |
		conf->rate_bytes | conf->max_sessions) != 0;
}

/**
 * How many of nb tasks the window has room for.
 *
 * @param w
 *   The window.
 * @param nb
 *   Tasks to enqueue.
 * @return
 *   How many of the first ones may be sent.
 */
static inline uint16_t
rte_vinetalk_window_room(const struct rte_vinetalk_window *w, uint16_t nb)
{
	uint32_t room = w->depth - w->in_flight;
	uint16_t n = nb < room ? nb : (uint16_t)room;
	uint16_t i;

	/* Younger than the whole window: nothing of it can be in the way. */
	if (likely((uint16_t)(w->next_seq - w->oldest) + (uint32_t)n <= w->mask + 1))
		return n;
	for (i = 0; i < n; i++)
		if (w->entries[(uint16_t)(w->next_seq + i) & w->mask].state ==
				RTE_VINETALK_TASK_IN_FLIGHT)
			break;
	return i;
}

/**
 * Give a task its number and check word, without taking it into the window yet.
 *
 * @param w
 *   The window.
 * @param task
 *   The task; nothing of it may change afterwards.
 * @param i
 *   Which one of the burst it is, from 0; below what rte_vinetalk_window_room() returned.
 */
static inline void
rte_vinetalk_window_stamp(const struct rte_vinetalk_window *w, struct rte_vinetalk_task *task,
		uint16_t i)
{
	task->qp_seq = rte_vinetalk_qp_seq(w->qp, (uint16_t)(w->next_seq + i));
	task->check = rte_vinetalk_task_check(task);
}

/**
 * Take the first n stamped tasks into the window: they were accepted.
 *
 * @param w
 *   The window.
 * @param tasks
 *   The burst.
 * @param n
 *   How many were sent; at most what rte_vinetalk_window_room() returned.
 */
static inline void
rte_vinetalk_window_commit(struct rte_vinetalk_window *w, const struct rte_vinetalk_task *tasks,
		uint16_t n)
{
	uint16_t i;

	for (i = 0; i < n; i++) {
		struct rte_vinetalk_window_entry *e =
			&w->entries[(uint16_t)(w->next_seq + i) & w->mask];

		e->cookie = tasks[i].cookie;
		e->seq = (uint16_t)(w->next_seq + i);
		e->state = RTE_VINETALK_TASK_IN_FLIGHT;
	}
	w->next_seq = (uint16_t)(w->next_seq + n);
	w->in_flight += n;
}

/**
 * A completion came. It may be any bytes: it comes from the other side.
 *
 * @param w
 *   The window.
 * @param c
 *   A private copy of the completion.
 * @return
 *   true: it ends an outstanding task. false: unknown or ended before; discard it.
 */
static inline bool
rte_vinetalk_window_end(struct rte_vinetalk_window *w, const struct rte_vinetalk_completion *c)
{
	struct rte_vinetalk_window_entry *e = &w->entries[c->qp_seq & w->mask];

	if (unlikely(e->state != RTE_VINETALK_TASK_IN_FLIGHT || e->seq != (uint16_t)c->qp_seq ||
			c->qp_seq >> 16 != w->qp))
		return false;
	e->state = RTE_VINETALK_TASK_ENDED;
	e->status = c->status;
	w->in_flight--;
	while (w->oldest != w->next_seq &&
			w->entries[w->oldest & w->mask].state != RTE_VINETALK_TASK_IN_FLIGHT)
		w->oldest++;
	return true;
}

/**
 * End up to nb outstanding tasks, oldest first, with a status of this side's: the other side
 * is gone.
 *
 * @param w
 *   The window.
 * @param status
 *   A negative errno.
 * @param completions
 *   Where they go.
 * @param nb
 *   Room there.
 * @return
 *   Completions stored.
 */
uint16_t rte_vinetalk_window_abort(struct rte_vinetalk_window *w, int32_t status,
		struct rte_vinetalk_completion *completions, uint16_t nb);

/**
 * What all queue pairs of a device have counted since the attach, resets notwithstanding. For
 * a driver's operations, which are called with the device's lock held.
 *
 * @param dev
 *   The device.
 * @param stats
 *   Filled in.
 */
void rte_vinetalk_dev_counters(struct rte_vinetalk_dev *dev, struct rte_vinetalk_stats *stats);

/**
 * Sum of the data bytes of a task's segments, also of those in an indirect table. Any thread.
 *
 * @param dev
 *   The device.
 * @param task
 *   The task.
 * @return
 *   Bytes; 0 if the table is not in the arena.
 */
uint64_t rte_vinetalk_task_bytes(const struct rte_vinetalk_dev *dev,
		const struct rte_vinetalk_task *task);

#ifdef __cplusplus
}
#endif

#endif /* RTE_VINETALK_DRIVER_H */
