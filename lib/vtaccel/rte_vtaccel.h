/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTACCEL_H
#define RTE_VTACCEL_H

/**
 * @file
 * The accelerator device class: what does the work in an appliance.
 *
 *     vtappliance (or local_profile)
 *        | rte_vtaccel_enqueue_burst()      ^ rte_vtaccel_dequeue_burst()
 *        v                                  |
 *     driver: null | cpu | crypto | ...  ---+     notify() when a task ends elsewhere
 *
 * Life of a device: rte_vtaccel_probe() - rte_vtaccel_start() - bursts -
 * rte_vtaccel_stop() - rte_vtaccel_remove().
 *
 * Threads: one thread at a time calls the burst functions of a device (its home
 * poller). probe, start, stop, remove, stream_open and stream_close are for the control
 * thread. A driver may use threads of its own; what they finish comes back
 * through the dequeue.
 *
 * Order: tasks of one stream run one behind the other, in the order of the
 * enqueue, and come back in that order. Tasks of different streams have no order.
 *
 * A driver sees no rings and no regions: pointers in a task have been checked.
 * Argument bytes are a private copy. Data is not: the owner of the memory may change
 * it at any time, so a procedure must not derive a bound from it.
 *
 * Nothing here needs rte_eal_init() but what a driver says for itself.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_common.h>

#include <rte_vinetalk_task.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of this driver and procedure interface; checked at registration. */
#define RTE_VTACCEL_API 1

/** Most accelerators of a process. */
#define RTE_VTACCEL_MAX 64
/** Most drivers of a process. */
#define RTE_VTACCEL_DRIVERS_MAX 32
/** Most native procedures of a process. */
#define RTE_VTACCEL_NATIVE_MAX 256
/** Most bytes of one task's private copies (RTE_VTACCEL_PROC_F_PRIVATE_*). */
#define RTE_VTACCEL_PRIVATE_MAX (256U << 20)

/** A checked part of memory. */
struct rte_vtaccel_seg {
	void *addr;   /**< Where. */
	uint32_t len; /**< Bytes. */
	uint32_t reserved; /**< Zero. */
};

struct rte_vtaccel;
struct rte_vtaccel_proc;

/**
 * Its tasks may be abandoned: a driver with workers runs none of them in the thread that enqueues.
 */
#define RTE_VTACCEL_STREAM_F_ABANDON (1U << 0)

/**
 * What several streams may have together of sessions: of what a driver keeps for a stream between its tasks, so that
 * the next ones need not make it again, as the crypto driver does for each key. Whose they are is the caller's business. In
 * zeroed memory; it has to stay until the last of them is closed.
 */
struct rte_vtaccel_account {
	uint32_t max;      /**< Most sessions; 0: no limit. Constant. */
	uint32_t used;     /**< Atomic: those that there are. */
	uint64_t refused;  /**< Atomic: tasks that ended with -EDQUOT, since there could be no more. */
	uint64_t replaced; /**< Atomic: those that had to go for another one of their stream, for the same reason. */
};

/** An in-order stream of tasks: the driver's side of a virtual accelerator. */
struct rte_vtaccel_stream {
	struct rte_vtaccel *accel; /**< Where it is open. */
	uint32_t id;               /**< Number, unique in the accelerator while open. */
	uint32_t in_flight;        /**< The caller's: tasks in the driver. */
	uint32_t flags;            /**< RTE_VTACCEL_STREAM_F_*; set behind the open, before the first task. */
	/** Where its sessions are counted, or NULL; set behind the open, before the first task. */
	struct rte_vtaccel_account *account;
	uint32_t max_sessions;     /**< Most of its own; 0: as many as the driver keeps. Set at the same time. */
	uint32_t part;             /**< The driver's: which part of the accelerator it uses, see nb_parts. */
	void *driver_data;         /**< The driver's. */
};

/** A task as a driver sees it. The caller of the enqueue owns the memory. */
struct rte_vtaccel_task {
	const struct rte_vtaccel_proc *proc; /**< What to do. */
	struct rte_vtaccel_stream *stream;   /**< In which order. */
	const void *args;    /**< Private copy of the argument bytes, 8-byte aligned. */
	uint32_t args_len;   /**< Bytes. */
	uint8_t nb_in;       /**< Inputs: segs[0..nb_in). */
	uint8_t nb_out;      /**< Outputs: segs[nb_in..nb_in+nb_out). */
	uint16_t driver_state; /**< The driver's, while the task is in its hands. */
	struct rte_vtaccel_seg *segs; /**< Segments. */
	uint64_t bytes;      /**< Sum of the lengths of all segments. */

	int32_t status;      /**< Driver: 0 or a negative errno. */
	uint32_t copied;     /**< Driver: data bytes that had to be copied to a private place. */
	uint64_t result;     /**< Driver: result word. */
	uint64_t exec_ns;    /**< Driver: time of execution; 0 if it was not measured. */

	void *driver_next;   /**< The driver's, while the task is in its hands. */
	STAILQ_ENTRY(rte_vtaccel_task) next; /**< The caller's, while it is not. */
};

/**
 * A native procedure, or the body of any synchronous one.
 *
 * Runs to its end in the calling thread, does not keep pointers.
 *
 * @param task
 *   The call. The procedure sets task->result. Output goes to the output segments.
 * @return
 *   The task's status: 0 or a negative errno. -EINVAL: arguments or segments do not fit
 *   the procedure. -ENOSPC: the output does not fit; the result says how many
 *   bytes are needed, or 0 where that is not known.
 */
typedef int (*rte_vtaccel_native_t)(struct rte_vtaccel_task *task);

/**
 * Data is not read in one pass, so a client that changes it meanwhile could
 * confuse the procedure: it gets private copies of its inputs, which are counted.
 */
#define RTE_VTACCEL_PROC_F_PRIVATE_INPUT (1U << 0)
/** Reads its outputs again: it gets a private output, copied back at the end. */
#define RTE_VTACCEL_PROC_F_PRIVATE_OUTPUT (1U << 1)

/** A procedure: a name and one implementation of it. */
struct rte_vtaccel_proc {
	uint32_t api;          /**< RTE_VTACCEL_API. */
	uint32_t flags;        /**< RTE_VTACCEL_PROC_F_*. */
	const char *name;      /**< At most RTE_VINETALK_NAME_LEN - 1 characters. */
	enum rte_vinetalk_accel_type type; /**< Which accelerators can run it. */
	uint8_t min_in;    /**< Least number of inputs. */
	uint8_t max_in;    /**< Greatest number of inputs. */
	uint8_t min_out;   /**< Least number of outputs. */
	uint8_t max_out;   /**< Greatest number of outputs. */
	uint32_t min_args; /**< Least number of argument bytes. */
	uint32_t max_args; /**< Greatest number of argument bytes. */
	rte_vtaccel_native_t native; /**< Of type CPU: what to call. */
	const void *driver_data;     /**< Of other types: the driver's. */
};

/**
 * Operations of a driver. Required, if not said otherwise. Every burst is called by one
 * thread at a time; a short count means back-pressure.
 */
struct rte_vtaccel_ops {
	uint32_t api;     /**< RTE_VTACCEL_API. */
	const char *name; /**< Of the driver. */
	enum rte_vinetalk_accel_type type; /**< What it drives. */
	/**
	 * It calls notify for each task that ends outside of a call of its operations, behind the moment from
	 * which dequeue_burst finds it. Without this whoever sleeps looks again every millisecond while
	 * there are tasks.
	 */
	bool notifies;

	/**
	 * Make a device from arguments (key=value,..., may be ""); sets dev->data, and dev->ops
	 * if the arguments select a variant of the driver. 0 or -errno.
	 */
	int (*probe)(struct rte_vtaccel *dev, const char *args);
	/** Free all that probe made, and forget all memory. */
	void (*remove)(struct rte_vtaccel *dev);
	/** Begin to take tasks. 0 or -errno. Optional. */
	int (*start)(struct rte_vtaccel *dev);
	/** Stop. What was enqueued and is not done comes back with status -ECANCELED. Optional. */
	void (*stop)(struct rte_vtaccel *dev);
	/** The index-th procedure, or NULL behind the last. */
	const struct rte_vtaccel_proc *(*proc_at)(struct rte_vtaccel *dev, unsigned int index);
	/** A stream begins. 0 or -errno. Optional. */
	int (*stream_open)(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream);
	/** A stream without tasks ends. Optional. */
	void (*stream_close)(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream);
	/** Take tasks. Returns how many of the first ones were taken. */
	uint16_t (*enqueue_burst)(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks,
			uint16_t nb);
	/** Give back tasks that have ended. */
	uint16_t (*dequeue_burst)(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks,
			uint16_t nb);
	/**
	 * The caller gives a task up that it has enqueued and not dequeued: what comes behind it is not to wait for
	 * it. If it has not begun it never does. It comes back from the dequeue, out of its order, when the
	 * driver does not touch it or its segments any more; what it did is not used. By the thread of the
	 * bursts. 0, also for a task that has ended; -ENOTSUP: it runs to its end, and what is behind it waits;
	 * -EAGAIN: so it is now, and may be asked for again. Optional: -ENOTSUP.
	 */
	int (*abandon)(struct rte_vtaccel *dev, struct rte_vtaccel_task *task);
	/** Write where it is (at most len bytes with the zero), for people. Optional. */
	void (*location)(struct rte_vtaccel *dev, char *buf, size_t len);
	/**
	 * A buffer of a client that is to stay in the accelerator's memory between tasks, with the bytes
	 * that are in it; both: what tasks write comes back to addr at their ends. It overlaps no other. For the
	 * control thread, while tasks run; may not wait for them. 0; -ENOTSUP: the accelerator has no memory of
	 * its own; -ENOSPC, -ENOMEM; -EIO. Optional: both or none.
	 */
	int (*buf_add)(struct rte_vtaccel *dev, void *addr, uint64_t len, bool both);
	/** It goes. Tasks that use it may be in the driver. 0, or -ENOENT. */
	int (*buf_del)(struct rte_vtaccel *dev, void *addr);
	/**
	 * Whether tasks of one client may go now to this device and now to another one of the same operations: each
	 * procedure that both have gives the same results and knows the same limits, and neither keeps anything that
	 * a task depends on. Optional: no.
	 */
	bool (*equal)(struct rte_vtaccel *dev, struct rte_vtaccel *other);
	/**
	 * Try to make a device work again whose state is FAILED. Nothing is enqueued that was not dequeued, and no
	 * burst function is called meanwhile. For the control thread. 0: it works; or -errno. Optional: it stays failed.
	 */
	int (*recover)(struct rte_vtaccel *dev);
	/**
	 * Memory in which segments of tasks may lie from now on: for a device that has to be given it. It stays what it is, and
	 * where it is, until mem_del. For the control thread, while tasks run. 0 or -errno. Optional: both or none.
	 */
	int (*mem_add)(struct rte_vtaccel *dev, void *addr, uint64_t len);
	/** It goes: no task uses it, and none will. Also of a device that is stopped, or has failed. */
	void (*mem_del)(struct rte_vtaccel *dev, void *addr);
};

/** An accelerator. */
struct rte_vtaccel {
	const struct rte_vtaccel_ops *ops; /**< Its driver. */
	void *data;      /**< The driver's. */
	uint16_t id;     /**< Number in this process. */
	bool started;    /**< Between start and stop. */
	uint32_t state;  /**< enum rte_vinetalk_accel_state; driver sets FAILED, relaxed atomic. */
	char name[RTE_VINETALK_NAME_LEN]; /**< Driver name and number, or name= of its arguments. */
	/** Called by the driver from any thread when a task ended that the dequeue will return. */
	void (*notify)(void *arg);
	void *notify_arg; /**< For notify. */
	/**
	 * The driver's, set by its probe: parts that are full and busy each for itself, such as workers; a stream uses the one
	 * that its part says, and a burst of streams of one part is not cut short by what another one has. 0: one.
	 */
	uint32_t nb_parts;
	/**
	 * The caller's, set before the start, if it keeps what waits and chooses who is next: a driver with workers does not
	 * take more for one of them than keeps it busy until the caller comes again, and about so much at most. 0: it takes what its
	 * depth allows.
	 */
	uint64_t ahead_ns;
	uint64_t (*clock)(void); /**< The caller's: for that, in ns, never 0; NULL: CLOCK_MONOTONIC. */
};

/**
 * Make an accelerator.
 *
 * @param devargs
 *   Driver name, then optional key=value pairs: "cpu,workers=2". name= sets the
 *   device's name and is taken off before the driver sees the rest.
 * @param dev
 *   The device, owned by the class until rte_vtaccel_remove().
 * @return
 *   - 0: Success.
 *   - -ENODEV: No such driver; the log names those there are.
 *   - -EEXIST: The name is in use.
 *   - -ENOSPC: RTE_VTACCEL_MAX devices.
 *   - -EINVAL: An unknown key or a bad value; the log names it.
 *   - -ENOMEM: No memory.
 *   - The first error that a registration by a constructor met.
 *   - Other negative values come from the driver.
 */
int rte_vtaccel_probe(const char *devargs, struct rte_vtaccel **dev);

/**
 * Stop and free an accelerator that has no open stream. For the control thread.
 *
 * @param dev
 *   The device, or NULL. Nobody may be inside a burst function of it. Tasks that it
 *   still has are forgotten: they stay the caller's. With open streams the
 *   device is stopped and kept, and the log says so.
 */
void rte_vtaccel_remove(struct rte_vtaccel *dev);

/**
 * Find an accelerator by name. Any thread; it is the caller's business that it stays.
 *
 * @param name
 *   Its name, as in the structure.
 * @return
 *   The accelerator, or NULL if there is none.
 */
struct rte_vtaccel *rte_vtaccel_get(const char *name);

/**
 * Begin to take tasks. Set notify before. For the control thread.
 *
 * @param dev
 *   The device.
 * @return
 *   - 0: Success, or it was started already.
 *   - -EBUSY: Tasks from before the last stop have not been dequeued.
 *   - -EIO: The accelerator has failed.
 *   - Other negative values come from the driver, such as -EAGAIN when it can have no
 *     more threads.
 */
int rte_vtaccel_start(struct rte_vtaccel *dev);

/**
 * Stop: what is not done comes back from the dequeue with status -ECANCELED, and the
 * enqueue takes nothing any more. For the control thread; the home poller
 * may be inside a burst function. Waits for a procedure that is running in another
 * thread. Nothing happens if it is not started.
 *
 * @param dev
 *   The device.
 */
void rte_vtaccel_stop(struct rte_vtaccel *dev);

/**
 * Open a stream. For the control thread.
 *
 * @param dev
 *   The device; it need not be started.
 * @param stream
 *   The caller's memory until closed. All fields are written.
 * @return
 *   - 0: Success.
 *   - -ENOMEM: No memory.
 *   - Other negative values come from the driver.
 */
int rte_vtaccel_stream_open(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream);

/**
 * Close a stream that has no tasks in the driver. For the control thread.
 *
 * @param stream
 *   The stream; its memory is the caller's again.
 */
void rte_vtaccel_stream_close(struct rte_vtaccel_stream *stream);

/**
 * Find a procedure of a device by name. For the control thread.
 *
 * @param dev
 *   The device.
 * @param name
 *   The procedure's name.
 * @return
 *   The procedure, or NULL if the device has none of this name. It lives as long as the device, or,
 *   if it is a native procedure, until rte_vtaccel_native_unregister().
 */
const struct rte_vtaccel_proc *
rte_vtaccel_proc_find(struct rte_vtaccel *dev, const char *name);

/**
 * Whether two accelerators are equal: a task may go to either of them. Any thread.
 *
 * @param dev
 *   One.
 * @param other
 *   Another one, or the same.
 * @return
 *   True if their operations are the same and their driver says so.
 */
bool rte_vtaccel_equal(struct rte_vtaccel *dev, struct rte_vtaccel *other);

/**
 * Try to make an accelerator work again that has failed. For the control thread, while nobody is inside a burst
 * function of it and all that was enqueued has been dequeued. On success its state is IDLE.
 *
 * @param dev
 *   The device.
 * @return
 *   - 0: Success, or it has not failed.
 *   - -ENOTSUP: Its driver cannot.
 *   - Other negative values come from the driver: it does not work yet.
 */
int rte_vtaccel_recover(struct rte_vtaccel *dev);

/**
 * Tell a device of memory in which segments of its tasks may lie. To be done before the first such task, behind the
 * last change of what is mapped there. For the control thread.
 *
 * @param dev
 *   The device.
 * @param addr
 *   Begin of the memory, page-aligned; it is part of a heap of EAL's, also of an external one, if the device
 *   needs to be told at all.
 * @param len
 *   Bytes.
 * @return
 *   - 0: Success; or the device works with processors, for which memory need not be prepared.
 *   - Other negative values come from the driver: it cannot reach this memory, and the log says why.
 */
int rte_vtaccel_mem_add(struct rte_vtaccel *dev, void *addr, uint64_t len);

/**
 * Tell a device that memory goes, before it does. No task with segments there may be in the driver. For the control thread.
 *
 * @param dev
 *   The device, which may be stopped.
 * @param addr
 *   As it was added; nothing happens if it was not.
 */
void rte_vtaccel_mem_del(struct rte_vtaccel *dev, void *addr);

/**
 * Say where a device is, for people. Any thread.
 *
 * @param dev
 *   The device.
 * @param buf
 *   Where the text goes; always terminated by a zero.
 * @param len
 *   Bytes there; with 0 nothing is written.
 */
void rte_vtaccel_location(struct rte_vtaccel *dev, char *buf, size_t len);

/**
 * Name of an accelerator type. Any thread.
 *
 * @param type
 *   The type.
 * @return
 *   Its name in lower case, such as "cpu", or "?" if it is out of range.
 */
const char *rte_vtaccel_type_name(enum rte_vinetalk_accel_type type);

/**
 * Accelerator type of a name. Any thread.
 *
 * @param name
 *   A name as rte_vtaccel_type_name() gives it.
 * @return
 *   The type, or -EINVAL: no type has this name.
 */
int rte_vtaccel_type_parse(const char *name);

/**
 * Enqueue a burst. For one thread at a time.
 *
 * @param dev
 *   The device.
 * @param tasks
 *   Tasks of streams of this device. Those that were taken are the driver's until they are
 *   dequeued; the array is the caller's again.
 * @param nb
 *   How many.
 * @return
 *   How many of the first ones were taken. Fewer than nb: back-pressure, or not started.
 */
static inline uint16_t
rte_vtaccel_enqueue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	return dev->ops->enqueue_burst(dev, tasks, nb);
}

/**
 * Dequeue a burst. For one thread at a time, that of the enqueue.
 *
 * @param dev
 *   The device.
 * @param tasks
 *   Where pointers to tasks go that have ended: status, result, copied and exec_ns are set.
 * @param nb
 *   Room there.
 * @return
 *   How many there are.
 */
static inline uint16_t
rte_vtaccel_dequeue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	return dev->ops->dequeue_burst(dev, tasks, nb);
}

/**
 * Give up a task that was enqueued and not dequeued, so that its stream goes on. It comes back from the dequeue all the
 * same, out of its order, once the driver does not touch it and its segments any more; until then they must stay, and
 * status, result, copied and exec_ns are not to be looked at. For one thread at a time, that of the enqueue.
 *
 * @param dev
 *   The device.
 * @param task
 *   The task.
 * @return
 *   - 0: What is behind it does not wait for it. Or it has ended.
 *   - -ENOTSUP: The driver cannot: it runs to its end, and what is behind it waits.
 *   - -EAGAIN: The driver cannot now, since it has given up too many that still run. Ask again.
 */
int rte_vtaccel_abandon(struct rte_vtaccel *dev, struct rte_vtaccel_task *task);

/**
 * Count one more session. For drivers, any thread. Never waits: it tries again only when another thread has counted.
 *
 * @param account
 *   The account of a stream, or NULL.
 * @return
 *   Whether there may be one more; it is to be given back with rte_vtaccel_account_give(). If not, the driver replaces a
 *   session of the same stream and counts that in replaced; if the stream has none, the task ends with -EDQUOT, and
 *   the driver counts that in refused.
 */
static inline bool
rte_vtaccel_account_take(struct rte_vtaccel_account *account)
{
	uint32_t nb;

	if (account == NULL)
		return true;
	/* A count alone: it says nothing about other memory. */
	nb = __atomic_load_n(&account->used, __ATOMIC_RELAXED);
	do {
		if (account->max != 0 && nb >= account->max)
			return false;
	} while (!__atomic_compare_exchange_n(&account->used, &nb, nb + 1, true, __ATOMIC_RELAXED,
		__ATOMIC_RELAXED));
	return true;
}

/**
 * Count a session off that is gone. For drivers, any thread.
 *
 * @param account
 *   Where it was counted, or NULL.
 */
static inline void
rte_vtaccel_account_give(struct rte_vtaccel_account *account)
{
	if (account != NULL)
		__atomic_fetch_sub(&account->used, 1, __ATOMIC_RELAXED);
}

/**
 * Check a task's shape against its procedure's bounds. Any thread.
 *
 * @param t
 *   The task.
 * @return
 *   0, or -EINVAL: the number of inputs, outputs or argument bytes is out of bounds.
 */
static inline int
rte_vtaccel_task_fits(const struct rte_vtaccel_task *t)
{
	const struct rte_vtaccel_proc *p = t->proc;

	return t->nb_in < p->min_in || t->nb_in > p->max_in ||
		t->nb_out < p->min_out || t->nb_out > p->max_out ||
		t->args_len < p->min_args || t->args_len > p->max_args ? -22 /* -EINVAL */ : 0;
}

/**
 * End a task on which nobody worked: its status, and zeroes. Any thread that has the task.
 *
 * @param t
 *   The task.
 * @param status
 *   0 or a negative errno.
 */
static inline void
rte_vtaccel_task_end(struct rte_vtaccel_task *t, int32_t status)
{
	t->status = status;
	t->copied = 0;
	t->result = 0;
	t->exec_ns = 0;
}

/**
 * Run a native procedure: check the shape, make private copies where the procedure's
 * flags demand them, measure. Sets status, result, copied and exec_ns.
 *
 * For drivers that compute in a thread of theirs, and for local_profile. Any thread. A copy is
 * made once, before the procedure reads anything; a private output is copied
 * back if the procedure succeeded, and counted once. exec_ns contains the copying.
 *
 * @param task
 *   The call. Its status becomes what the procedure returns, or
 *   - -EINVAL: The shape does not fit, or more than RTE_VINETALK_MAX_SEGS segments.
 *   - -ENOSYS: The procedure is not a native one.
 *   - -E2BIG: The copies would be larger than RTE_VTACCEL_PRIVATE_MAX.
 *   - -ENOMEM: No memory for the copies.
 *   - -EPROTO: The procedure returned a positive value.
 */
void rte_vtaccel_native_run(struct rte_vtaccel_task *task);

/**
 * Register a driver. Usually by RTE_VTACCEL_REGISTER_DRIVER().
 *
 * @param ops
 *   The operations; they stay the caller's and must not go away.
 * @return
 *   - 0: Success.
 *   - -EINVAL: No name, a missing callback, or a type out of range.
 *   - -EEXIST: A driver has this name.
 *   - -EPROTONOSUPPORT: Compiled for another RTE_VTACCEL_API.
 *   - -ENOSPC: RTE_VTACCEL_DRIVERS_MAX drivers.
 */
int rte_vtaccel_register(const struct rte_vtaccel_ops *ops);

/**
 * Take a driver off. For tests and for plugins that are unloaded.
 *
 * @param ops
 *   What was registered.
 * @return
 *   - 0: Success.
 *   - -EBUSY: It has devices.
 *   - -ENOENT: It is not registered.
 */
int rte_vtaccel_unregister(const struct rte_vtaccel_ops *ops);

/**
 * Register a native procedure for the cpu accelerator. Usually by
 * RTE_VTACCEL_REGISTER_NATIVE() in a plugin, before accelerators are probed. Any thread.
 *
 * @param proc
 *   The procedure; it stays the caller's and must not go away.
 * @return
 *   - 0: Success.
 *   - -EINVAL: A missing name or function, a name that is too long or has a space, a comma or
 *     a control character, a type other than CPU, an unknown flag, bounds that cannot be met.
 *   - -EEXIST: The name is in use.
 *   - -EPROTONOSUPPORT: Compiled for another RTE_VTACCEL_API.
 *   - -ENOSPC: RTE_VTACCEL_NATIVE_MAX procedures.
 */
int rte_vtaccel_native_register(const struct rte_vtaccel_proc *proc);

/**
 * Take a native procedure off, which no task uses. For tests and for plugins
 * that are unloaded. Any thread.
 *
 * @param proc
 *   What was registered.
 * @return
 *   0, or -ENOENT: it is not registered.
 */
int rte_vtaccel_native_unregister(const struct rte_vtaccel_proc *proc);

/**
 * List native procedures. Any thread.
 *
 * @param index
 *   From 0; the order is that of the registration.
 * @return
 *   The procedure, or NULL behind the last.
 */
const struct rte_vtaccel_proc *rte_vtaccel_native_at(unsigned int index);

/**
 * Note what a registration by a constructor returned: the first error makes every
 * rte_vtaccel_probe() fail with it, since a driver or procedure that somebody counts on
 * is not there. The macros below do this. Any thread.
 *
 * @param ret
 *   0 or a negative errno.
 */
void rte_vtaccel_registration_note(int ret);

/**
 * Ask for the first error that a registration by a constructor met. Any thread.
 *
 * @return
 *   0, or a negative errno of rte_vtaccel_register() or rte_vtaccel_native_register().
 */
int rte_vtaccel_registration_error(void);

/** Register a driver when its object is loaded. */
#define RTE_VTACCEL_REGISTER_DRIVER(ops) \
	RTE_INIT(vtaccel_register_##ops) \
	{ rte_vtaccel_registration_note(rte_vtaccel_register(&ops)); }

/** Register a native procedure when its object is loaded. */
#define RTE_VTACCEL_REGISTER_NATIVE(proc) \
	RTE_INIT(vtaccel_native_register_##proc) \
	{ rte_vtaccel_registration_note(rte_vtaccel_native_register(&proc)); }

/** An argument that a driver understands. */
struct rte_vtaccel_arg {
	const char *key;   /**< Its name. */
	uint64_t *number;  /**< Where a number goes (any base of C); or NULL. */
	uint64_t min;      /**< Least number. */
	uint64_t max;      /**< Greatest number. */
	char *string;      /**< Where a string goes, if number is NULL. */
	size_t size;       /**< Bytes there, the zero included. */
};

/**
 * Parse a driver's arguments. For a driver's probe.
 *
 * @param dev
 *   The device, for the log.
 * @param args
 *   key=value,... as probe gets it.
 * @param known
 *   The arguments that there are. What args does not name keeps its value.
 * @param nb
 *   How many.
 * @return
 *   - 0: Success.
 *   - -EINVAL: An unknown key, one twice, no value, no number, out of bounds, or a string
 *     that is too long; the log names it.
 */
int rte_vtaccel_args_parse(const struct rte_vtaccel *dev, const char *args,
		const struct rte_vtaccel_arg *known, unsigned int nb);

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTACCEL_H */
