/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VINETALK_H
#define RTE_VINETALK_H

/**
 * @file
 * What an application calls: tasks for accelerators that an appliance owns.
 *
 *     application thread 0        application thread 1             an accelerator
 *        | enqueue    ^ dequeue      | enqueue    ^ dequeue              ^
 *        v            |              v            |                      |
 *     +-----------------+         +-----------------+     tasks     +-----------+
 *     |  queue pair 0   |         |  queue pair 1   |  -----------> | appliance |
 *     +-----------------+         +-----------------+  <----------- |  pollers  |
 *     +---------------------------------------------+  completions  +-----------+
 *     |        device: arena with all data          |                    |
 *     +---------------------------------------------+ <---- reads and writes in place
 *
 * A device is an attachment to one appliance (or, with the transports `local_profile` and
 * `empty`, to nobody). It has an arena, the memory that data must lie in, and queue pairs. A
 * virtual accelerator (vaccel) is an in-order stream of tasks that was acquired on one of the
 * appliance's accelerators. A procedure is what a task calls by name. The order of the calls:
 *
 *     dev = rte_vinetalk_attach("shm,path=/run/vinetalk/default.sock");
 *     rte_vinetalk_configure(dev, &conf);               number of queue pairs
 *     rte_vinetalk_queue_pair_setup(dev, qp, NULL);     each of them
 *     rte_vinetalk_start(dev);
 *
 *     rte_vinetalk_proc_get(dev, "sha256", RTE_VINETALK_ACCEL_ANY, &proc);
 *     rte_vinetalk_vaccel_acquire(dev, &vconf, &vaccel);
 *     buf = rte_vinetalk_alloc(dev, size, 0, RTE_VINETALK_PLACE_HOST);
 *
 *     rte_vinetalk_task_init(&task, vaccel, proc, cookie);
 *     rte_vinetalk_task_in(dev, &task, buf, len);
 *     rte_vinetalk_task_out(dev, &task, digest, 32);
 *     while (rte_vinetalk_enqueue_burst(dev, qp, &task, 1) == 0)
 *             ;                                         no room now: dequeue something
 *     while (rte_vinetalk_dequeue_burst(dev, qp, &completion, 1) == 0)
 *             rte_vinetalk_wait(dev, qp, -1);           completion.status, .result, .cookie
 *
 *     rte_vinetalk_free(dev, buf);
 *     rte_vinetalk_vaccel_release(dev, vaccel);
 *     rte_vinetalk_proc_put(dev, proc);
 *     rte_vinetalk_close(dev);
 *
 * Order: tasks of one vaccel run one behind the other, in the order of the enqueue, and their
 * completions come in that order in each queue pair. Tasks of different vaccels have no order.
 *
 * Errors: a function says what was wrong with the call. What was wrong with a task, its
 * completion says (see rte_vinetalk_strstatus()): a task that was enqueued always comes back, once.
 * A short count of an enqueue means no room, and is no error.
 *
 * Threads:
 * - A queue pair belongs to one thread at a time. That goes for rte_vinetalk_enqueue_burst(),
 *   rte_vinetalk_dequeue_burst(), rte_vinetalk_in_flight(), rte_vinetalk_wait(),
 *   rte_vinetalk_event_fd(), rte_vinetalk_event_arm(), rte_vinetalk_run() and rte_vinetalk_task_stat() of its tasks. These do not lock and do
 *   not wait for other threads. rte_vinetalk_task_cancel() of its tasks is for it as well, and takes the device's lock.
 * - rte_vinetalk_configure(), rte_vinetalk_queue_pair_setup(), rte_vinetalk_start(),
 *   rte_vinetalk_stop() are called while no thread uses a queue pair of the device, and
 *   rte_vinetalk_close() while no other thread is in any call for it.
 * - Everything else may be called by any thread at any time. One lock for each device (two: one
 *   more for memory) serialises it.
 *
 * No function needs rte_eal_init() or calls it: hugepages, lcores and root are the
 * appliance's business. In a DPDK application it can be used from any thread, lcore or not.
 *
 * The state of a device:
 *
 *     attach -> [closed to tasks] -- configure, queue_pair_setup, start --> [started]
 *                      ^---------------------- stop ---------------------------'
 *     close: from any state
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_common.h>

#include <rte_vinetalk_task.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most devices of a process. */
#define RTE_VINETALK_MAX_DEVS 64
/** Most queue pairs of a device. */
#define RTE_VINETALK_MAX_QPS 1024
/** "Any accelerator", "any procedure". */
#define RTE_VINETALK_ID_ANY UINT16_MAX

#define RTE_VINETALK_CAPA_DATA_PATH (1U << 0)  /**< Tasks do real work. */
#define RTE_VINETALK_CAPA_REMOTE (1U << 1)     /**< The accelerators belong to another process. */
#define RTE_VINETALK_CAPA_EVENTS (1U << 2)     /**< rte_vinetalk_wait() sleeps on a doorbell. */
#define RTE_VINETALK_CAPA_NATIVE_PROC (1U << 3)/**< rte_vinetalk_proc_register() works. */
#define RTE_VINETALK_CAPA_EXCLUSIVE (1U << 4)  /**< An accelerator can be acquired exclusively. */
#define RTE_VINETALK_CAPA_TRACE (1U << 5)      /**< Calls are recorded. */

/** What a device is and can do. */
struct rte_vinetalk_info {
	char name[RTE_VINETALK_NAME_LEN];   /**< Of the device: driver and number, "shm0". */
	char driver[RTE_VINETALK_NAME_LEN]; /**< Transport driver. */
	uint32_t capabilities;    /**< RTE_VINETALK_CAPA_*. */
	uint16_t max_queue_pairs; /**< Most queue pairs. */
	uint16_t nb_queue_pairs;  /**< Configured. */
	uint32_t min_depth;       /**< Of a queue pair, in tasks in flight. */
	uint32_t max_depth;       /**< Of a queue pair, in tasks in flight. */
	uint64_t arena_size;      /**< Bytes for data. */
	uint32_t vm_id;           /**< Id that the transport was given, 0 if it has none. */
	bool started;             /**< Between start and stop. */
};

/** Configuration of a device. */
struct rte_vinetalk_conf {
	uint16_t nb_queue_pairs; /**< How many will be set up, at least 1. */
	uint16_t reserved16;     /**< Must be zero. */
	uint32_t reserved[3];    /**< Must be zero. */
};

/** Configuration of a queue pair. */
struct rte_vinetalk_qp_conf {
	uint32_t depth;       /**< Most tasks in flight; 0: max_depth. */
	uint32_t reserved[3]; /**< Must be zero. */
};

/** Counters of a queue pair, or of all of a device. */
struct rte_vinetalk_stats {
	uint64_t enqueued;  /**< Tasks accepted. */
	uint64_t completed; /**< Completions taken with status 0. */
	uint64_t failed;    /**< Completions taken with another status. */
	uint64_t refused;   /**< Tasks that an enqueue had no room for. */
	uint64_t bytes;     /**< Data bytes of the accepted tasks' segments. */
};

/** Name of an extended statistic. */
struct rte_vinetalk_xstat_name {
	char name[RTE_VINETALK_NAME_LEN]; /**< Such as "qp0_enqueued". */
};

/** What an accelerator is and does. */
struct rte_vinetalk_accel_info {
	uint16_t id;          /**< Number, for rte_vinetalk_vaccel_conf::accel. */
	enum rte_vinetalk_accel_type type;   /**< Its kind. */
	enum rte_vinetalk_accel_state state; /**< What it is doing now. */
	char name[RTE_VINETALK_NAME_LEN];     /**< Its name in the appliance. */
	char location[RTE_VINETALK_NAME_LEN]; /**< Where it is, for people; may be "". */
	uint32_t nb_vaccels;  /**< Virtual accelerators that stand on it now, of all clients. */
	bool exclusive;       /**< Somebody has it alone. */
};

/** Counters of an accelerator, over all its clients. */
struct rte_vinetalk_accel_stats {
	uint64_t tasks;   /**< Ended. */
	uint64_t errors;  /**< Ended with a status other than 0. */
	uint64_t bytes;   /**< Data bytes of all segments. */
	uint64_t busy_ns; /**< Sum of execution times. */
	uint64_t copied;  /**< Data bytes that had to be copied. */
	uint64_t queued;  /**< Waiting now. */
};

#define RTE_VINETALK_VACCEL_F_EXCLUSIVE (1U << 0) /**< Nobody else on that accelerator. */

/** What to acquire. All that is named must fit. */
struct rte_vinetalk_vaccel_conf {
	enum rte_vinetalk_accel_type type; /**< Of which type; ANY: no matter. */
	uint16_t accel;  /**< That accelerator, or RTE_VINETALK_ID_ANY: it may change between equal ones. */
	uint16_t proc;   /**< One that can run this procedure, or RTE_VINETALK_ID_ANY. */
	uint32_t flags;  /**< RTE_VINETALK_VACCEL_F_*. */
	/**
	 * Share of the accelerator beside its domain's other vaccels, if the scheduler has weights (drr);
	 * 0: 1, at most RTE_VINETALK_VACCEL_WEIGHT_MAX. No effect where all vaccels are of one client
	 * and are served as they come: local_profile and empty.
	 */
	uint32_t weight;
	/**
	 * Who of its domain's vaccels on the accelerator is next, if the scheduler has priorities (prio): the
	 * greatest, and what has waited for long. 0 is the lowest, at most RTE_VINETALK_VACCEL_PRIORITY_MAX. Of an
	 * appliance only: local_profile and empty refuse another one than 0 with -ENOTSUP.
	 */
	uint32_t priority;
	/**
	 * Most tasks in flight, of all queue pairs: what is more ends with -EDQUOT. 0: as many as fit. Of an
	 * appliance only: local_profile and empty refuse it, and the rates, with -ENOTSUP.
	 */
	uint32_t max_tasks;
	/**
	 * Time limit of each task, in microseconds, from when the appliance takes it to its end; 0: none. One that is
	 * over it ends with -ETIMEDOUT, some 0.1 ms late, or 1 ms if the appliance sleeps. If it had begun the engine may
	 * go on with it: its segments must not be used before rte_vinetalk_vaccel_release() returns 0. The vaccel
	 * goes on at once where the engine has worker threads, and else when the engine is back.
	 */
	uint32_t timeout_us;
	/**
	 * Most tasks a second. What is more waits in the appliance, in order, or ends with -EDQUOT if the operator
	 * of the domain wants that. A tenth of a second's worth may come at once. 0: no limit.
	 */
	uint32_t rate_tasks;
	/**
	 * The same in data bytes of all segments; a task that is larger than what may come at once passes alone,
	 * and the next one waits for longer. 0: no limit, at most RTE_VINETALK_VACCEL_RATE_BYTES_MAX.
	 */
	uint64_t rate_bytes;
	/**
	 * Most sessions that an accelerator keeps for it, one for each key of a cryptography that tasks used: a task with another
	 * one makes the place of the one that was not used for longest. 0: as many as the accelerator keeps, which a greater
	 * number does not raise. Of an appliance only: local_profile and empty refuse it with -ENOTSUP.
	 */
	uint32_t max_sessions;
	uint32_t reserved[3]; /**< Must be zero. */
};

/** A procedure that there is. */
struct rte_vinetalk_proc_info {
	uint16_t index; /**< Position in the list; not a handle. */
	enum rte_vinetalk_accel_type type; /**< Which accelerators can run it. */
	char name[RTE_VINETALK_NAME_LEN];  /**< For rte_vinetalk_proc_get(). */
};

/** Where a buffer of an accelerator with memory of its own stays between tasks. */
enum rte_vinetalk_placement {
	RTE_VINETALK_PLACE_HOST = 0, /**< In the region. */
	RTE_VINETALK_PLACE_ACCEL,    /**< With the accelerator. */
	RTE_VINETALK_PLACE_BOTH,     /**< The same, and what tasks write comes back to the region. */
};

/** Where a task is. */
enum rte_vinetalk_task_state {
	RTE_VINETALK_TASK_UNKNOWN = 0, /**< Never seen, or so old that it was forgotten. */
	RTE_VINETALK_TASK_IN_FLIGHT,   /**< Accepted; its completion was not dequeued yet. */
	RTE_VINETALK_TASK_ENDED,       /**< Its completion was dequeued. */
};

/** State of a task. */
struct rte_vinetalk_task_stat {
	enum rte_vinetalk_task_state state; /**< Where it is. */
	int32_t status;   /**< Once it ended: 0 or a negative errno. */
};

struct rte_vtaccel_proc; /* a native procedure: rte_vtaccel.h */

/* ---- the device ---- */

/**
 * Attach a device. Any thread.
 *
 * @param devargs
 *   Transport driver, then optional key=value pairs: "shm,path=/run/vinetalk/default.sock",
 *   "local_profile,file=trace.csv", "empty". A driver that the program does not contain is
 *   looked for in the files librte_transport_*.so of the driver directory of the installation,
 *   or of $VINETALK_DRIVER_PATH if that is set (which set-user-ID programs ignore).
 *   With shm and ivshmem the process gets a handler for SIGBUS, unless they say sigbus=0, and may get a thread for
 *   the device: rte_vtregion_sigbus.h and rte_vtclient.h have what they do, and why without being asked to.
 * @return
 *   - The device's number, the lowest that is free.
 *   - -EINVAL: NULL, no driver name or one that is too long, an unknown key, a bad value; the
 *     log names it.
 *   - -ENODEV: There is no such driver; the log names those there are.
 *   - -ENOSPC: RTE_VINETALK_MAX_DEVS devices.
 *   - -ENOMEM: Not enough memory, or an arena that is too small for its allocator.
 *   - What the registration of a driver by a constructor met, if one did: -EINVAL, -EEXIST,
 *     -EPROTONOSUPPORT, -ENOSPC. See rte_vinetalk_driver_register().
 *   - Others come from the driver. shm: -ENOENT, -ECONNREFUSED: nobody listens there;
 *     -EACCES: no permission for the socket; -EPROTO: not a broker, or an impossible answer;
 *     -EPROTONOSUPPORT: a region of another ABI; -EBUSY, -ENOSPC: no slot is free; -ETIMEDOUT: no
 *     answer; -EPERM: a synchronisation for measurements, without unsafe-sync=1. local_profile:
 *     what opening the file failed with.
 */
int rte_vinetalk_attach(const char *devargs);

/**
 * Close a device, in any state. Not while another thread is in a call for it.
 *
 * Everything that is the device's goes: queue pairs, buffers, vaccels, procedure handles.
 * Tasks in flight are given up: their completions will not be seen, and a procedure that is
 * running may still write to its outputs for a while, in memory that is not the caller's any more.
 *
 * @param dev_id
 *   The device.
 * @return
 *   0, or -ENODEV: there is no such device.
 */
int rte_vinetalk_close(uint16_t dev_id);

/**
 * Count the devices that are attached. Any thread.
 *
 * @return
 *   How many.
 */
uint16_t rte_vinetalk_count(void);

/**
 * Find a device by name. Any thread.
 *
 * @param name
 *   rte_vinetalk_info::name.
 * @return
 *   Its number; -EINVAL: name is NULL; -ENODEV: no device has this name.
 */
int rte_vinetalk_get_dev_id(const char *name);

/**
 * Ask whether a device is attached. Any thread.
 *
 * @param dev_id
 *   Any number.
 * @return
 *   Whether there is a device of this number.
 */
bool rte_vinetalk_is_valid(uint16_t dev_id);

/**
 * Ask what a device is and can do. Any thread.
 *
 * @param dev_id
 *   The device.
 * @param info
 *   Filled in.
 * @return
 *   0; -EINVAL: info is NULL; -ENODEV: there is no such device.
 */
int rte_vinetalk_info_get(uint16_t dev_id, struct rte_vinetalk_info *info);

/**
 * Set the number of queue pairs. Those that were set up before are released; their
 * counters stay in the device's statistics.
 *
 * @param dev_id
 *   The device; stopped.
 * @param conf
 *   Its configuration.
 * @return
 *   - 0: Success.
 *   - -EINVAL: conf is NULL, nb_queue_pairs is not in 1..max_queue_pairs, or a reserved field
 *     is not 0.
 *   - -ENODEV: There is no such device.
 *   - -EBUSY: It is started, or a queue pair has tasks in flight: start it and dequeue them.
 */
int rte_vinetalk_configure(uint16_t dev_id, const struct rte_vinetalk_conf *conf);

/**
 * Set up a queue pair.
 *
 * One that is set up again keeps its sequence and counters; only the depth is new.
 *
 * @param dev_id
 *   The device; stopped and configured.
 * @param qp_id
 *   Below the number of queue pairs configured.
 * @param conf
 *   Its configuration; NULL: defaults.
 * @return
 *   - 0: Success.
 *   - -EINVAL: No such queue pair is configured, the depth is not in min_depth..max_depth (nor
 *     0), or a reserved field is not 0.
 *   - -ENODEV: There is no such device.
 *   - -EBUSY: The device is started, or the queue pair has tasks in flight.
 *   - -ENOMEM: No memory.
 *   - -ENOSPC: The driver can make no more (local_profile: accelerators of the process).
 */
int rte_vinetalk_queue_pair_setup(uint16_t dev_id, uint16_t qp_id,
		const struct rte_vinetalk_qp_conf *conf);

/**
 * Begin to take tasks. Nothing happens if it is started.
 *
 * @param dev_id
 *   The device; all queue pairs that were configured are set up.
 * @return
 *   0; -EINVAL: not configured, or a queue pair was not set up; -ENODEV: there is no such device;
 *   others come from the driver.
 */
int rte_vinetalk_start(uint16_t dev_id);

/**
 * Take no more tasks. Nothing happens if it is not started.
 *
 * Tasks in flight go on; their completions are dequeued after the next start.
 *
 * @param dev_id
 *   The device.
 * @return
 *   0, or -ENODEV: there is no such device.
 */
int rte_vinetalk_stop(uint16_t dev_id);

/**
 * Read the sums over all queue pairs since the attach or the last reset. Any thread. What queue
 * pairs count meanwhile may be in it or not.
 *
 * @param dev_id
 *   The device.
 * @param stats
 *   Filled in.
 * @return
 *   0; -EINVAL: stats is NULL; -ENODEV: there is no such device.
 */
int rte_vinetalk_stats_get(uint16_t dev_id, struct rte_vinetalk_stats *stats);

/**
 * Read the counters of one queue pair since it was made or the last reset. Any thread.
 *
 * @param dev_id
 *   The device.
 * @param qp_id
 *   A queue pair that is set up.
 * @param stats
 *   Filled in.
 * @return
 *   0; -EINVAL: stats is NULL or there is no such queue pair; -ENODEV: there is no such device.
 */
int rte_vinetalk_qp_stats_get(uint16_t dev_id, uint16_t qp_id, struct rte_vinetalk_stats *stats);

/**
 * Set all counters to zero; those of accelerators stay. Any thread.
 *
 * @param dev_id
 *   The device.
 * @return
 *   0, or -ENODEV: there is no such device.
 */
int rte_vinetalk_stats_reset(uint16_t dev_id);

/**
 * List the extended statistics: those of each queue pair, then the driver's. Any
 * thread. The list stays the same until the device is configured again.
 *
 * @param dev_id
 *   The device.
 * @param names
 *   The first nb are stored here. NULL is allowed if nb is 0.
 * @param nb
 *   Room there.
 * @return
 *   How many there are, which may be more than nb; -EINVAL: names is NULL and nb is not 0;
 *   -ENODEV: there is no such device.
 */
int rte_vinetalk_xstats_names_get(uint16_t dev_id, struct rte_vinetalk_xstat_name *names,
		unsigned int nb);

/**
 * Read the extended statistics, in the order of their names. Any thread.
 *
 * @param dev_id
 *   The device.
 * @param values
 *   The first nb are stored here. NULL is allowed if nb is 0.
 * @param nb
 *   Room there.
 * @return
 *   As rte_vinetalk_xstats_names_get().
 */
int rte_vinetalk_xstats_get(uint16_t dev_id, uint64_t *values, unsigned int nb);

/* ---- accelerators ---- */

/**
 * List accelerators. Any thread.
 *
 * @param dev_id
 *   The device.
 * @param type
 *   Of this type; ANY: all.
 * @param ids
 *   The first nb numbers are stored here. NULL is allowed if nb is 0.
 * @param nb
 *   Room there.
 * @return
 *   - How many there are, which may be more than nb.
 *   - -EINVAL: An unknown type, or ids is NULL and nb is not 0.
 *   - -ENODEV: There is no such device, or its appliance is gone.
 *   - -ETIMEDOUT: The appliance does not answer.
 *   - -EPROTO: What the appliance answers is impossible, or there are more than 1024.
 */
int rte_vinetalk_accel_list(uint16_t dev_id, enum rte_vinetalk_accel_type type,
		uint16_t *ids, unsigned int nb);

/**
 * Ask what an accelerator is and does. Any thread.
 *
 * @param dev_id
 *   The device.
 * @param accel
 *   The accelerator, as listed.
 * @param info
 *   Filled in.
 * @return
 *   - 0: Success.
 *   - -EINVAL: info is NULL.
 *   - -ENOENT: There is no such accelerator.
 *   - -ENODEV: There is no such device, or its appliance is gone.
 *   - -ETIMEDOUT: The appliance does not answer.
 */
int rte_vinetalk_accel_info_get(uint16_t dev_id, uint16_t accel,
		struct rte_vinetalk_accel_info *info);

/**
 * Read the counters of an accelerator, over all its clients. Any thread.
 *
 * @param dev_id
 *   The device.
 * @param accel
 *   The accelerator, as listed.
 * @param stats
 *   Filled in.
 * @return
 *   As rte_vinetalk_accel_info_get().
 */
int rte_vinetalk_accel_stats_get(uint16_t dev_id, uint16_t accel,
		struct rte_vinetalk_accel_stats *stats);

/**
 * Acquire a virtual accelerator: a stream of tasks on the least used one of the accelerators that
 * suit. Any thread.
 *
 * @param dev_id
 *   The device.
 * @param conf
 *   What to acquire.
 * @param vaccel
 *   Its number, for tasks of this device, on any of its queue pairs.
 * @return
 *   - 0: Success.
 *   - -EINVAL: A parameter is NULL, an unknown type or flag, a weight, priority or rate above its limit,
 *     a reserved field that is not 0, or a procedure that is not a handle of this device.
 *   - -ENOTSUP: A field that must be 0 is not; or a limit, and the device has no appliance.
 *   - -EDQUOT: The client's domain has as many vaccels as its operator allows.
 *   - -ENOENT: No accelerator suits.
 *   - -EBUSY: There is one, but another client has it exclusively, or it is wanted exclusively and
 *     somebody has a vaccel on it.
 *   - -ENOSPC: The device can have no more.
 *   - -ENOMEM: The appliance has no memory.
 *   - -ENODEV: There is no such device, or its appliance is gone.
 *   - -ETIMEDOUT: The appliance does not answer.
 */
int rte_vinetalk_vaccel_acquire(uint16_t dev_id, const struct rte_vinetalk_vaccel_conf *conf,
		uint16_t *vaccel);

/**
 * Give a virtual accelerator back. Any thread.
 *
 * @param dev_id
 *   The device.
 * @param vaccel
 *   The virtual accelerator.
 * @return
 *   - 0: Success.
 *   - -ENODEV: It is not acquired; or there is no such device, or its appliance is gone.
 *   - -EBUSY: It has tasks that have not ended, or that have ended with -ETIMEDOUT and the engine still
 *     has: their segments may still be read and written. Try again.
 *   - -ETIMEDOUT: The appliance does not answer.
 */
int rte_vinetalk_vaccel_release(uint16_t dev_id, uint16_t vaccel);

/* ---- procedures ---- */

/**
 * List procedures. Any thread.
 *
 * @param dev_id
 *   The device.
 * @param list
 *   The first nb are stored here. NULL is allowed if nb is 0.
 * @param nb
 *   Room there.
 * @return
 *   - How many there are, which may be more than nb.
 *   - -EINVAL: list is NULL and nb is not 0.
 *   - -ENODEV: There is no such device, or its appliance is gone.
 *   - -ETIMEDOUT: The appliance does not answer.
 *   - -EPROTO: What the appliance answers is impossible, or there are more than 1024.
 */
int rte_vinetalk_proc_list(uint16_t dev_id, struct rte_vinetalk_proc_info *list, unsigned int nb);

/**
 * Get a handle of a procedure. Any thread. Each get wants a put; handles of the same
 * procedure are equal.
 *
 * @param dev_id
 *   The device.
 * @param name
 *   Its name.
 * @param type
 *   The implementation for this type; ANY: the first there is.
 * @param proc
 *   The handle, for tasks of this device.
 * @return
 *   - 0: Success.
 *   - -EINVAL: A parameter is NULL, name is "", or an unknown type.
 *   - -ENAMETOOLONG: The name has RTE_VINETALK_NAME_LEN characters or more.
 *   - -ENOENT: There is no such procedure for that type.
 *   - -ENOSPC: Too many handles.
 *   - -ENODEV: There is no such device, or its appliance is gone.
 *   - -ETIMEDOUT: The appliance does not answer.
 */
int rte_vinetalk_proc_get(uint16_t dev_id, const char *name, enum rte_vinetalk_accel_type type,
		uint16_t *proc);

/**
 * Give a handle back. Any thread. Tasks that were enqueued before end as usual, or with
 * status -ENOENT if the appliance had not looked at them.
 *
 * @param dev_id
 *   The device.
 * @param proc
 *   The handle.
 * @return
 *   - 0: Success.
 *   - -ENOENT: It is no handle of this device.
 *   - -ENODEV: There is no such device, or its appliance is gone.
 *   - -ETIMEDOUT: The appliance does not answer.
 */
int rte_vinetalk_proc_put(uint16_t dev_id, uint16_t proc);

/**
 * Register a native procedure, for devices with RTE_VINETALK_CAPA_NATIVE_PROC. Any thread.
 *
 * It runs in this process; native code never goes to an appliance, where it is the operator's to
 * bring. It is there for all devices of the process until this one is closed.
 *
 * @param dev_id
 *   The device.
 * @param proc
 *   The procedure (rte_vtaccel.h); it stays the caller's and must not go away before the close.
 * @return
 *   - 0: Success.
 *   - -EINVAL: proc is NULL or not well formed: see rte_vtaccel_native_register().
 *   - -EEXIST: The name is in use.
 *   - -EPROTONOSUPPORT: Compiled for another RTE_VTACCEL_API.
 *   - -ENOSPC: Too many procedures.
 *   - -ENOTSUP: The device runs no native procedures.
 *   - -ENODEV: There is no such device.
 */
int rte_vinetalk_proc_register(uint16_t dev_id, const struct rte_vtaccel_proc *proc);

/* ---- data ---- */

/**
 * Get a buffer from the device's arena. Any thread.
 *
 * The allocator's bookkeeping lies in the arena, too: of a small arena much less than its size
 * can be had, in particular by several threads.
 *
 * @param dev_id
 *   The device.
 * @param size
 *   Bytes, at least 1. Contents are undefined.
 * @param align
 *   A power of two up to 2^31, or 0. It is at least a cache line in any case.
 * @param placement
 *   Where it stays between tasks. With RTE_VINETALK_PLACE_ACCEL and _BOTH a copy of it is made in the memory of
 *   one accelerator: of the first that has memory of its own, those that this device has vaccels on first.
 *   Tasks there use the copy, others the buffer in the arena. With BOTH, what a task writes is in
 *   the arena, too, when the task ends. How the bytes are brought from one to the other, rte_vtaccel_opencl.h
 *   tells: it is done by tasks.
 * @return
 *   The buffer, which is the caller's until rte_vinetalk_free() or rte_vinetalk_close(); or
 *   NULL with rte_errno:
 *   - ENODEV: There is no such device.
 *   - EINVAL: A size of 0, an alignment that is no power of two, an unknown placement.
 *   - ENOTSUP: A placement with the accelerator, and no accelerator has memory of its own.
 *   - ENOSPC: More such buffers than the appliance allows to a client (64), or to an accelerator.
 *   - EDQUOT: The client's domain has as many bytes in accelerators as its operator allows.
 *   - ENOMEM: There is not that much left, or not in one piece, or not in the accelerator.
 *   - Another, of the appliance's answer: ETIMEDOUT, EIO.
 */
void *rte_vinetalk_alloc(uint16_t dev_id, size_t size, size_t align,
		enum rte_vinetalk_placement placement);

/**
 * Give a buffer back. Any thread. No task may still use it.
 *
 * @param dev_id
 *   The device that it came from.
 * @param buf
 *   What rte_vinetalk_alloc() returned; NULL is allowed. A pointer outside the arena is
 *   refused with a log line; any other that is no buffer is undefined, as it is for free().
 */
void rte_vinetalk_free(uint16_t dev_id, void *buf);

/**
 * Ask how large a buffer is. Any thread.
 *
 * @param dev_id
 *   The device that it came from.
 * @param buf
 *   What rte_vinetalk_alloc() returned.
 * @return
 *   Bytes that may be used, which can be more than were asked for; 0 if it is NULL, outside
 *   the arena, or there is no such device.
 */
size_t rte_vinetalk_buf_size(uint16_t dev_id, const void *buf);

/**
 * Turn an offset, as tasks and tables have them, into a pointer. Any thread.
 *
 * @param dev_id
 *   The device.
 * @param offset
 *   From the start of the region.
 * @return
 *   The pointer; or NULL with rte_errno ENODEV: there is no such device, or EFAULT: it is not
 *   in the arena.
 */
void *rte_vinetalk_ptr(uint16_t dev_id, uint64_t offset);

/* ---- tasks ---- */

/**
 * Ask where a task is. By the thread of its queue pair.
 *
 * A task is remembered until 8 times as many tasks as max_depth (at most 32768, rounded up to
 * a power of two) were enqueued behind it on its queue pair.
 *
 * @param dev_id
 *   The device.
 * @param task
 *   As it was enqueued, or a copy: qp_seq and cookie are looked at.
 * @param stat
 *   Filled in.
 * @return
 *   - 0: Success; the state may be RTE_VINETALK_TASK_UNKNOWN.
 *   - -EINVAL: A parameter is NULL, or the task is of no queue pair of this device.
 *   - -ENODEV: There is no such device.
 */
int rte_vinetalk_task_stat(uint16_t dev_id, const struct rte_vinetalk_task *task,
		struct rte_vinetalk_task_stat *stat);

/**
 * Cancel a task that has not begun. By the thread of its queue pair. Asks the appliance, which takes
 * as long as any other call of the control plane.
 *
 * Whatever this returns, a task in flight comes back once: its completion is still to be dequeued.
 * What waits behind a fence (RTE_VINETALK_TASK_F_FENCE) that is cancelled still begins only when all before the
 * fence have ended.
 *
 * @param dev_id
 *   The device.
 * @param task
 *   As it was enqueued, or a copy: qp_seq, cookie and vaccel are looked at.
 * @return
 *   - 0: It will not run, and ends with status -ECANCELED.
 *   - -EALREADY: It has begun, or has ended and its completion waits for the dequeue: it ends as
 *     usual.
 *   - -ENOENT: It is not in flight.
 *   - -EINVAL: The task is NULL, or of no queue pair of this device.
 *   - -ENODEV: There is no such device, or its appliance is gone.
 *   - -ENOTSUP: The transport, or the appliance, cannot cancel.
 *   - -ETIMEDOUT: The appliance did not answer; it may cancel it or not.
 */
int rte_vinetalk_task_cancel(uint16_t dev_id, const struct rte_vinetalk_task *task);

/**
 * Wait until a dequeue would return something. By the thread of the queue pair. It polls for a
 * short time, and sleeps then if the device has RTE_VINETALK_CAPA_EVENTS.
 *
 * @param dev_id
 *   The device; started.
 * @param qp_id
 *   A queue pair.
 * @param timeout_us
 *   Most microseconds; 0: look once; below 0: no limit.
 * @return
 *   - 0: There is something.
 *   - -ETIMEDOUT: There was nothing in that time.
 *   - -ENODATA: No limit, but no task is in flight: this would never end.
 *   - -EINVAL: The queue pair is not set up.
 *   - -ENODEV: There is no such device; or its appliance is gone, and a dequeue will end the tasks
 *     in flight with status -ECONNRESET. Behind a vt-broker the device works again when another appliance serves it:
 *     a later call returns something else then.
 */
int rte_vinetalk_wait(uint16_t dev_id, uint16_t qp_id, int64_t timeout_us);

/**
 * A descriptor for a program's own event loop (epoll, poll, libevent, asyncio): it is readable when a
 * completion has come since rte_vinetalk_event_arm(). By the thread of the queue pair.
 *
 *     fd = rte_vinetalk_event_fd(dev, qp);              add it to the loop, for reading
 *     when there is something to send, and whenever fd is readable or the loop's timer fires:
 *             do
 *                     dequeue until nothing comes
 *             while (rte_vinetalk_event_arm(dev, qp) == 1);
 *
 * Other queue pairs may share the doorbell behind it, so that it can be readable for nothing. A doorbell
 * can get lost with a peer or a hypervisor: let the loop look again by a timer of some 100 ms
 * while tasks are in flight.
 *
 * @param dev_id
 *   The device; started.
 * @param qp_id
 *   A queue pair.
 * @return
 *   - The descriptor. It is the queue pair's and the same on each call: do not read from it, and do not close it.
 *   - -ENOTSUP: The device lacks RTE_VINETALK_CAPA_EVENTS: poll.
 *   - -EINVAL: The queue pair is not set up.
 *   - -ENODEV: There is no such device.
 *   - Another negative errno, of epoll.
 */
int rte_vinetalk_event_fd(uint16_t dev_id, uint16_t qp_id);

/**
 * Make the descriptor of rte_vinetalk_event_fd() unreadable, and ask for it to become readable with the
 * next completion. Until then completions ring no doorbell. By the thread of the queue pair.
 *
 * @param dev_id
 *   The device; started.
 * @param qp_id
 *   A queue pair with a descriptor.
 * @return
 *   - 0: There is nothing now; the next completion makes the descriptor readable.
 *   - 1: There is something: dequeue it, and arm again.
 *   - -ENODEV: There is no such device; or its appliance is gone, and a dequeue will end the tasks
 *     in flight with status -ECONNRESET.
 *   - -ENOTSUP, -EINVAL: As above; -EINVAL also if there is no descriptor.
 */
int rte_vinetalk_event_arm(uint16_t dev_id, uint16_t qp_id);

/**
 * Run one task and wait for its end. By the thread of the queue pair, while no other task is
 * in flight on it: the completion of another one would get lost here.
 *
 * @param dev_id
 *   The device; started.
 * @param qp_id
 *   A queue pair.
 * @param task
 *   The task. Its qp_seq and check are written.
 * @param completion
 *   Filled in if 0 is returned: look at its status.
 * @param timeout_us
 *   Most microseconds; below 0: no limit.
 * @return
 *   - 0: The task has ended.
 *   - -EBUSY: Other tasks are in flight. Nothing was enqueued.
 *   - -EAGAIN: There was no room in that time. Nothing was enqueued.
 *   - -ETIMEDOUT: It did not end in that time. It is in flight: dequeue its completion.
 *   - -EINVAL: A parameter is NULL, or the queue pair is not set up.
 *   - -ENODEV: There is no such device, it is not started, or its appliance is gone. Nothing was
 *     enqueued. (An appliance that goes while the task is in flight ends it with status
 *     -ECONNRESET.)
 */
int rte_vinetalk_run(uint16_t dev_id, uint16_t qp_id, struct rte_vinetalk_task *task,
		struct rte_vinetalk_completion *completion, int64_t timeout_us);

/**
 * What a status of a completion means. Any thread.
 *
 * All transports and appliances agree on these:
 *
 * | status        | cause                                                                       |
 * | ------------- | --------------------------------------------------------------------------- |
 * | 0             | success                                                                     |
 * | -EINVAL       | unknown flag, malformed table; does not fit the procedure                   |
 * | -EMSGSIZE     | more segments than a task (2) or its table (16) can have                     |
 * | -EFAULT       | a segment, the table or the arguments are not in the arena                  |
 * | -ENODEV       | no vaccel of this device                                                    |
 * | -ENOENT       | no procedure handle of this device                                          |
 * | -ENOTSUP      | the vaccel's accelerator cannot run the procedure                           |
 * | -ENOSPC       | an output is too small; the result says how much suffices, if known        |
 * | -ENOMEM       | the appliance had no memory for it                                          |
 * | -ECANCELED    | it was cancelled, or the accelerator stopped, before it began                |
 * | -ETIMEDOUT    | its time limit was over; while the vaccel cannot be released it may run on   |
 * | -EIO          | the accelerator failed                                                      |
 * | -ESTALE       | what the accelerator kept for the client was lost when it failed            |
 * | -ECONNRESET   | the appliance went away; the task may have run or not                       |
 *
 * Any other is the procedure's own.
 *
 * @param status
 *   Any number.
 * @return
 *   A text; never NULL.
 */
const char *rte_vinetalk_strstatus(int32_t status);

#include <rte_vinetalk_core.h>

/**
 * Begin a task: clear it and say what to run where.
 *
 * @param task
 *   The task.
 * @param vaccel
 *   From rte_vinetalk_vaccel_acquire().
 * @param proc
 *   From rte_vinetalk_proc_get().
 * @param cookie
 *   Comes back with the completion.
 */
static inline void
rte_vinetalk_task_init(struct rte_vinetalk_task *task, uint16_t vaccel, uint16_t proc,
		uint64_t cookie)
{
	memset(task, 0, sizeof(*task));
	task->vaccel = vaccel;
	task->proc = proc;
	task->cookie = cookie;
}

/**
 * Give a task its arguments: they are copied into it.
 *
 * @param dev_id
 *   The device. Not looked at now.
 * @param task
 *   The task.
 * @param args
 *   The arguments; NULL is allowed if len is 0.
 * @param len
 *   Bytes, at most RTE_VINETALK_INLINE_ARGS.
 * @return
 *   0; -EINVAL: a parameter is NULL; -E2BIG: too long, use rte_vinetalk_task_args_ref().
 */
int rte_vinetalk_task_args(uint16_t dev_id, struct rte_vinetalk_task *task, const void *args,
		uint32_t len);

/**
 * Give a task arguments that lie in the arena, where they must stay unchanged until the task ends.
 *
 * @param dev_id
 *   The device.
 * @param task
 *   The task.
 * @param args
 *   The arguments, of any alignment.
 * @param len
 *   Bytes, at most RTE_VINETALK_MAX_ARGS.
 * @return
 *   0; -EINVAL: a parameter is NULL; -E2BIG: too long; -EFAULT: not in the arena; -ENODEV: there is
 *   no such device.
 */
int rte_vinetalk_task_args_ref(uint16_t dev_id, struct rte_vinetalk_task *task,
		const void *args, uint32_t len);

/**
 * Offset of a place in the arena, as tasks and tables have them. No check.
 *
 * @param dev_id
 *   The device.
 * @param ptr
 *   Into a buffer of its arena.
 * @return
 *   From the start of the region.
 */
static inline uint64_t
rte_vinetalk_offset(uint16_t dev_id, const void *ptr)
{
	return (uint64_t)((uintptr_t)ptr - rte_vinetalk_fp_objs[dev_id].base);
}

/**
 * Add an input segment. Inputs come before outputs. It is the appliance that checks whether it
 * lies in the arena.
 *
 * @param dev_id
 *   The device.
 * @param task
 *   The task.
 * @param ptr
 *   Into the arena. Must not change until the task ends.
 * @param len
 *   Bytes.
 * @return
 *   0; -EMSGSIZE: beyond RTE_VINETALK_INLINE_SEGS, use rte_vinetalk_task_segs(); -EINVAL: behind an
 *   output.
 */
static inline int
rte_vinetalk_task_in(uint16_t dev_id, struct rte_vinetalk_task *task, const void *ptr,
		uint32_t len)
{
	unsigned int n = task->nb_in;

	if (unlikely(task->nb_out != 0))
		return -EINVAL;
	if (unlikely(n >= RTE_VINETALK_INLINE_SEGS))
		return -EMSGSIZE;
	task->seg_off[n] = rte_vinetalk_offset(dev_id, ptr);
	task->seg_len[n] = len;
	task->nb_in = (uint8_t)(n + 1);
	return 0;
}

/**
 * Add an output segment.
 *
 * @param dev_id
 *   The device.
 * @param task
 *   The task.
 * @param ptr
 *   Into the arena. Contents are undefined until the task has ended.
 * @param len
 *   Bytes.
 * @return
 *   0; -EMSGSIZE: beyond RTE_VINETALK_INLINE_SEGS, use rte_vinetalk_task_segs().
 */
static inline int
rte_vinetalk_task_out(uint16_t dev_id, struct rte_vinetalk_task *task, void *ptr, uint32_t len)
{
	unsigned int n = task->nb_in + task->nb_out;

	if (unlikely(n >= RTE_VINETALK_INLINE_SEGS))
		return -EMSGSIZE;
	task->seg_off[n] = rte_vinetalk_offset(dev_id, ptr);
	task->seg_len[n] = len;
	task->nb_out++;
	return 0;
}

/**
 * Give a task its segments by a table in the arena, which must stay unchanged until
 * the task ends: inputs first, then outputs. It replaces segments that were added one by one.
 *
 * @param dev_id
 *   The device.
 * @param task
 *   The task.
 * @param table
 *   nb_in + nb_out entries; offsets from rte_vinetalk_offset().
 * @param nb_in
 *   Inputs.
 * @param nb_out
 *   Outputs.
 * @return
 *   0; -EINVAL: a parameter is NULL, or no segments; -EMSGSIZE: more than
 *   RTE_VINETALK_MAX_SEGS; -EFAULT: the table is not in the arena; -ENODEV: there is no such
 *   device.
 */
int rte_vinetalk_task_segs(uint16_t dev_id, struct rte_vinetalk_task *task,
		const struct rte_vinetalk_seg *table, uint8_t nb_in, uint8_t nb_out);

/**
 * Enqueue tasks. By the thread of the queue pair. Never sleeps.
 *
 * A task is copied; qp_seq and check are written to the caller's (also to those that
 * were not accepted), which is what rte_vinetalk_task_stat() looks at. With debug_checks a bad
 * device, queue pair or array is refused with a log line; without them it is undefined.
 *
 * @param dev_id
 *   The device.
 * @param qp_id
 *   A queue pair that is set up.
 * @param tasks
 *   The tasks; aligned as the type is, to 64 bytes, which malloc() does not promise.
 * @param nb
 *   How many.
 * @return
 *   How many of the first ones were accepted. Fewer than nb: no room now, as many as the depth
 *   are in flight or the appliance's queue is full; dequeue, and try again. On a device that
 *   is not started or not there 0, and rte_errno is ENODEV.
 */
static inline uint16_t
rte_vinetalk_enqueue_burst(uint16_t dev_id, uint16_t qp_id, struct rte_vinetalk_task *tasks,
		uint16_t nb)
{
	const struct rte_vinetalk_fp_object *obj = &rte_vinetalk_fp_objs[dev_id];

#ifdef RTE_VINETALK_DEBUG
	if (!rte_vinetalk_debug_qp(dev_id, qp_id) || (tasks == NULL && nb != 0))
		return 0;
#endif
	return obj->enqueue(obj->qps[qp_id], tasks, nb);
}

/**
 * Dequeue completions. By the thread of the queue pair. Never sleeps.
 *
 * If the appliance is gone, the tasks in flight come back with status -ECONNRESET.
 *
 * @param dev_id
 *   The device.
 * @param qp_id
 *   A queue pair that is set up.
 * @param completions
 *   Where they go; aligned as the type is, to 32 bytes, which malloc() does not promise.
 * @param nb
 *   Room there.
 * @return
 *   How many were stored. On a device that is not started or not there 0, and rte_errno is ENODEV.
 */
static inline uint16_t
rte_vinetalk_dequeue_burst(uint16_t dev_id, uint16_t qp_id,
		struct rte_vinetalk_completion *completions, uint16_t nb)
{
	const struct rte_vinetalk_fp_object *obj = &rte_vinetalk_fp_objs[dev_id];

#ifdef RTE_VINETALK_DEBUG
	if (!rte_vinetalk_debug_qp(dev_id, qp_id) || (completions == NULL && nb != 0))
		return 0;
#endif
	return obj->dequeue(obj->qps[qp_id], completions, nb);
}

/**
 * Count the tasks of a queue pair that were accepted and whose completion was not dequeued. By the
 * thread of the queue pair.
 *
 * @param dev_id
 *   The device.
 * @param qp_id
 *   A queue pair that is set up.
 * @return
 *   How many; 0 on a device that is not started or not there.
 */
static inline uint32_t
rte_vinetalk_in_flight(uint16_t dev_id, uint16_t qp_id)
{
	const struct rte_vinetalk_fp_object *obj = &rte_vinetalk_fp_objs[dev_id];

#ifdef RTE_VINETALK_DEBUG
	if (!rte_vinetalk_debug_qp(dev_id, qp_id))
		return 0;
#endif
	return obj->in_flight(obj->qps[qp_id]);
}

#ifdef __cplusplus
}
#endif

#endif /* RTE_VINETALK_H */
