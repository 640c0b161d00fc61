/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VINETALK_CORE_H
#define RTE_VINETALK_CORE_H

/**
 * @file
 * What the inline functions of rte_vinetalk.h need. Not for direct use.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include <rte_vinetalk_task.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Internal: enqueue of a driver. */
typedef uint16_t (*rte_vinetalk_enqueue_t)(void *qp, struct rte_vinetalk_task *tasks, uint16_t nb);
/** Internal: dequeue of a driver. */
typedef uint16_t (*rte_vinetalk_dequeue_t)(void *qp, struct rte_vinetalk_completion *completions,
		uint16_t nb);
/** Internal: tasks in flight. */
typedef uint32_t (*rte_vinetalk_in_flight_t)(void *qp);

/**
 * Internal: the fast path of a device, one cache line: read by all its threads, written only
 * by start, stop and close. While the device is stopped its operations are dummies that do nothing and set
 * rte_errno to ENODEV: so the fast path has no test for NULL.
 */
struct rte_vinetalk_fp_object {
	void **qps;                       /**< By queue pair, RTE_VINETALK_MAX_QPS entries. */
	rte_vinetalk_enqueue_t enqueue;   /**< The driver's, or a dummy. */
	rte_vinetalk_dequeue_t dequeue;   /**< The driver's, or a dummy. */
	rte_vinetalk_in_flight_t in_flight; /**< The class's, or a dummy. */
	uintptr_t base;                   /**< Where offset 0 is mapped. */
	uintptr_t reserved[3];            /**< Zero. */
} __rte_cache_aligned;

/** Internal: the fast path of each device. */
extern struct rte_vinetalk_fp_object rte_vinetalk_fp_objs[];

/**
 * Internal: whether a queue pair may be used; logs why not.
 *
 * @param dev_id
 *   The device.
 * @param qp_id
 *   The queue pair.
 * @return
 *   Whether it is set up.
 */
bool rte_vinetalk_debug_qp(uint16_t dev_id, uint16_t qp_id);

#ifdef __cplusplus
}
#endif

#endif /* RTE_VINETALK_CORE_H */
