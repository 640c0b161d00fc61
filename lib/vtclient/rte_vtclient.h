/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTCLIENT_H
#define RTE_VTCLIENT_H

/**
 * @file
 * The client's end of a region, for transport drivers.
 *
 * A transport finds a region and a way to ring: a socket hands out descriptors, a PCI device
 * has memory, a register and interrupts. All else is the same for all of them and is here: the slot,
 * the control mailbox, life signs, queue pairs, the fast path, waiting.
 *
 *     attach of a driver:  find and map the region, fill in a link,
 *                          rte_vtclient_attach()
 *     ops of a driver:     RTE_VTCLIENT_OPS and its own attach and close
 *     close of a driver:   rte_vtclient_detach(), then unmap
 *
 * Nothing here needs rte_eal_init().
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_vinetalk_driver.h>
#include <rte_vtregion.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most doorbells in one direction. */
#define RTE_VTCLIENT_MAX_VECTORS RTE_VTREGION_MAX_VECTORS

/** How a transport reaches its appliance. */
struct rte_vtclient_link {
	const char *where; /**< Path or address, for the log. Not needed after the attach. */
	void *base;        /**< The region, mapped read-write; the transport's. */
	uint64_t size;     /**< Bytes that are mapped. */
	/**
	 * The number that the broker gave: the slot is one less. 0: there is no broker (ivshmem-plain),
	 * and a free slot is chosen.
	 */
	uint32_t id;
	/**
	 * The memory outlives this process, as a VM's device does, so that no socket tells of its
	 * end: it sends heartbeats. The transport has made sure that this process is the device's only
	 * user.
	 */
	bool device;
	int sock;             /**< Its end tells that the broker is gone; -1: there is none. */
	uint32_t nb_server;   /**< Doorbells of the appliance. */
	int server[RTE_VTCLIENT_MAX_VECTORS]; /**< Eventfds to ring; unused with a register. */
	/** Register that rings the appliance's doorbell of the number written; NULL: eventfds. */
	volatile uint32_t *doorbell;
	uint32_t nb_own;      /**< Own doorbells; 0: every wait polls. */
	int own[RTE_VTCLIENT_MAX_VECTORS]; /**< Eventfds to sleep on. */
};

/** Time for which a wait polls before it sleeps, if nothing else is said. */
#define RTE_VTCLIENT_SPIN_US 50

/** What a transport's arguments say, of those that all have. */
struct rte_vtclient_conf {
	char name[RTE_VINETALK_NAME_LEN]; /**< client=: shown by the appliance. */
	uint32_t nb_qps;      /**< queue_pairs=: to ask for; 0: all that a client can have. */
	uint32_t spin_us;     /**< spin_us=: a wait polls for so long before it sleeps. */
	/** umwait=: polling uses UMWAIT where the processor has it; 0: it does not. */
	uint32_t umwait;
	/**
	 * sigbus=: the process survives that the region's memory is taken away, as rte_vtregion_sigbus.h says; 0: no
	 * handler is installed.
	 *
	 * It is the default although a library that installs a handler may surprise: anybody in the
	 * domain can take memory away, and a program would die of an appliance that it was promised to
	 * outlive, without ever having heard of this. The handler is nobody else's business: it acts on the
	 * region's addresses alone and hands on all else.
	 */
	uint32_t sigbus;
	/**
	 * unsafe-sync=: attach to a region whose request rings have a synchronisation that is there for
	 * measurements: all but rts, and layout thread. Whoever can write such a region can make this process
	 * write anywhere and wait for ever.
	 */
	uint32_t unsafe_sync;
};

/**
 * Sleep until a word in the region changes. It may return sooner, for no reason.
 *
 * @param word
 *   The word; somebody else writes it.
 * @param seen
 *   Its value before: if it has another one already, there is nothing to wait for.
 * @param us
 *   At most so many microseconds, 1 or more.
 */
typedef void (*rte_vtclient_light_sleep_t)(const uint32_t *word, uint32_t seen, uint64_t us);

/**
 * What devices that attach from now on do between polls with umwait=1: UMWAIT where the processor has it, else
 * NULL, and they poll on. A program may set another before it attaches, for its kind of processor or for a test.
 */
extern rte_vtclient_light_sleep_t rte_vtclient_light_sleep;

/** Lines of a driver's help on these. */
#define RTE_VTCLIENT_ARGS_HELP \
	"client=NAME shown by the appliance (the program's)\n" \
	"queue_pairs=N to ask for (all that a client can have)\n" \
	"spin_us=N that a wait polls before it sleeps (50)\n" \
	"umwait=0|1: polling of a wait uses UMWAIT where the processor has it (1)\n" \
	"sigbus=0|1: a handler for SIGBUS keeps the process alive if memory is taken away (1)\n" \
	"unsafe-sync=0|1: take a domain whose sync is for measurements, and trust it (0)"

/** An argument that a transport has for itself: a text or a number. */
struct rte_vtclient_arg {
	const char *key;      /**< Its name. */
	char *text;           /**< Where a text goes. */
	size_t len;           /**< Bytes there, with the zero. */
	uint32_t *number;     /**< Where a number goes; NULL: it is a text. */
	uint32_t min;         /**< Of the number. */
	uint32_t max;         /**< Of the number. */
};

/**
 * Read a transport's arguments.
 *
 * @param driver
 *   Its name, for the log.
 * @param text
 *   key=value,...; may be NULL or "".
 * @param own
 *   Arguments that it has for itself; what they refer to has its defaults.
 * @param nb
 *   How many.
 * @param conf
 *   Filled in with those that all have.
 * @return
 *   - 0: Success.
 *   - -EINVAL: An unknown key, or a bad value; the log names it.
 */
int rte_vtclient_args(const char *driver, const char *text, const struct rte_vtclient_arg *own,
		unsigned int nb, struct rte_vtclient_conf *conf);

/**
 * Check the region, own a slot and attach to the appliance. Fills in what the attach operation of a
 * driver is to fill in.
 *
 * @param dev
 *   The device. priv becomes this library's.
 * @param link
 *   Copied; what it refers to must stay until rte_vtclient_detach().
 * @param conf
 *   Not needed afterwards.
 * @return
 *   - 0: Success.
 *   - -EPROTO, -EPROTONOSUPPORT, -ENODATA, -EINVAL: As rte_vtregion_validate() says; or the
 *     appliance's answer is impossible, or its doorbells are none.
 *   - -EUSERS: No slot is free for one that no broker gave a number.
 *   - -ENOSPC: More queue pairs than a client can have.
 *   - -ESHUTDOWN: The appliance is leaving.
 *   - -ENODEV: It is gone, or has closed the domain.
 *   - -ETIMEDOUT: It does not answer.
 *   - -ENOMEM, -EAGAIN: No memory, or no thread for the heartbeat.
 *   - -EPERM: The region's synchronisation is one for measurements, without conf->unsafe_sync.
 *   - -EBUSY: With conf->sigbus: more than 256 regions in one process.
 */
int rte_vtclient_attach(struct rte_vinetalk_dev *dev, const struct rte_vtclient_link *link,
		const struct rte_vtclient_conf *conf);

/**
 * Leave the appliance and the slot. Queue pairs have been released.
 *
 * @param dev
 *   The device; priv is NULL afterwards.
 */
void rte_vtclient_detach(struct rte_vinetalk_dev *dev);

/** @name Operations of a driver, see struct rte_vinetalk_ops
 * @{
 */
struct rte_vinetalk_qp *rte_vtclient_qp_setup(struct rte_vinetalk_dev *dev, uint16_t qp_id,
		const struct rte_vinetalk_qp_conf *conf);
void rte_vtclient_qp_release(struct rte_vinetalk_dev *dev, struct rte_vinetalk_qp *qp);
int rte_vtclient_accel_info(struct rte_vinetalk_dev *dev, uint16_t index,
		struct rte_vinetalk_accel_info *info);
int rte_vtclient_accel_stats(struct rte_vinetalk_dev *dev, uint16_t index,
		struct rte_vinetalk_accel_stats *stats);
int rte_vtclient_vaccel_acquire(struct rte_vinetalk_dev *dev,
		const struct rte_vinetalk_vaccel_conf *conf, uint16_t *vaccel);
int rte_vtclient_vaccel_release(struct rte_vinetalk_dev *dev, uint16_t vaccel);
int rte_vtclient_proc_info(struct rte_vinetalk_dev *dev, uint16_t index,
		struct rte_vinetalk_proc_info *info);
int rte_vtclient_proc_get(struct rte_vinetalk_dev *dev, const char *name,
		enum rte_vinetalk_accel_type type, uint16_t *proc);
int rte_vtclient_proc_put(struct rte_vinetalk_dev *dev, uint16_t proc);
int rte_vtclient_task_cancel(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_task *task);
int rte_vtclient_buf_add(struct rte_vinetalk_dev *dev, uint64_t offset, uint64_t len,
		enum rte_vinetalk_placement placement);
int rte_vtclient_buf_del(struct rte_vinetalk_dev *dev, uint64_t offset);
int rte_vtclient_wait(struct rte_vinetalk_qp *qp, int64_t timeout_us);
int rte_vtclient_event_fd(struct rte_vinetalk_qp *qp);
int rte_vtclient_event_arm(struct rte_vinetalk_qp *qp);
int rte_vtclient_xstat(struct rte_vinetalk_dev *dev, unsigned int index,
		struct rte_vinetalk_xstat_name *name, uint64_t *value);
uint16_t rte_vtclient_enqueue(void *qp, struct rte_vinetalk_task *tasks, uint16_t nb);
uint16_t rte_vtclient_dequeue(void *qp, struct rte_vinetalk_completion *completions, uint16_t nb);
/** @} */

/** All operations of a driver but its own attach and close. */
#define RTE_VTCLIENT_OPS \
	.qp_setup = rte_vtclient_qp_setup, \
	.qp_release = rte_vtclient_qp_release, \
	.accel_info = rte_vtclient_accel_info, \
	.accel_stats = rte_vtclient_accel_stats, \
	.vaccel_acquire = rte_vtclient_vaccel_acquire, \
	.vaccel_release = rte_vtclient_vaccel_release, \
	.proc_info = rte_vtclient_proc_info, \
	.proc_get = rte_vtclient_proc_get, \
	.proc_put = rte_vtclient_proc_put, \
	.task_cancel = rte_vtclient_task_cancel, \
	.buf_add = rte_vtclient_buf_add, \
	.buf_del = rte_vtclient_buf_del, \
	.wait = rte_vtclient_wait, \
	.event_fd = rte_vtclient_event_fd, \
	.event_arm = rte_vtclient_event_arm, \
	.xstat = rte_vtclient_xstat, \
	.enqueue = rte_vtclient_enqueue, \
	.dequeue = rte_vtclient_dequeue

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTCLIENT_H */
