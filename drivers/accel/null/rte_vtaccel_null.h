/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTACCEL_NULL_H
#define RTE_VTACCEL_NULL_H

/**
 * @file
 * The null accelerator: takes every task at once and gives it back in order, undone. It
 * is the floor for measurements, and injects faults for tests.
 *
 * Arguments: status=ERRNO,delay_us=N,stall=0|1,fail_every=N,broken=0|1,type=NAME.
 *
 * Its only procedure is "nop": up to 16 segments and 4096 argument bytes, result word 0.
 * Order holds over all streams. The delay is kept by the dequeue: nothing calls notify when it
 * is over, but lifting a stall and stopping do.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_vtaccel.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Largest delay. */
#define RTE_VTACCEL_NULL_MAX_DELAY_US 60000000

/** Its faults. */
struct rte_vtaccel_null_conf {
	uint32_t status;     /**< Positive errno that tasks end with; 0: none. */
	/** Only each N-th task ends with the status (EIO if that is 0); 0: each one does. */
	uint32_t fail_every;
	uint32_t delay_us;   /**< Least time from the enqueue to the dequeue, in microseconds. */
	bool stall;          /**< Take tasks and give none back. */
	/**
	 * With the next burst the device has failed: its tasks end with EIO, and it does not recover while
	 * this is set.
	 */
	bool broken;
};

/**
 * Read the faults of a null accelerator. Any thread.
 *
 * @param dev
 *   The device.
 * @param conf
 *   Where they go.
 * @return
 *   0, or -EINVAL: dev is of another driver.
 */
int rte_vtaccel_null_get(const struct rte_vtaccel *dev, struct rte_vtaccel_null_conf *conf);

/**
 * Change the faults of a null accelerator, also while it works. Any thread. The
 * delay counts for tasks that are enqueued later, all else for those that are dequeued later.
 *
 * @param dev
 *   The device.
 * @param conf
 *   All of them; rte_vtaccel_null_get() gives those that are to stay.
 * @return
 *   - 0: Success.
 *   - -EINVAL: dev is of another driver, status above 4095, or delay_us above
 *     RTE_VTACCEL_NULL_MAX_DELAY_US.
 */
int rte_vtaccel_null_set(struct rte_vtaccel *dev, const struct rte_vtaccel_null_conf *conf);

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTACCEL_NULL_H */
