/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTSCHED_H
#define RTE_VTSCHED_H

/**
 * @file
 * Schedulers: which virtual accelerator is next on an accelerator.
 *
 * A scheduler sees flows (one for each vaccel), their backlog and their weight, and returns a pick. It
 * knows no rings and no tasks, so that it is tested without any. One instance serves one
 * accelerator and is called by one thread, its home poller; it never blocks.
 *
 *     activate(flow)            the flow has become non-empty
 *     flow = pick(&quota)       serve up to quota tasks of it
 *     done(flow, tasks, bytes)  that much was served; flow->backlog says what is left
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of this interface. */
#define RTE_VTSCHED_API 1

/** One in-order stream of tasks, as a scheduler sees it. */
struct rte_vtsched_flow {
	TAILQ_ENTRY(rte_vtsched_flow) link; /**< The scheduler's. */
	bool active;       /**< The scheduler's: in its set of flows with a backlog. */
	uint32_t weight;   /**< Share; 1 or more. Set before the first activate. */
	uint32_t backlog;  /**< The caller's: tasks waiting. */
	uint64_t state;    /**< The scheduler's: a deficit, a time stamp. */
};

/** Operations; all required. */
struct rte_vtsched_ops {
	uint32_t api;      /**< RTE_VTSCHED_API. */
	const char *name;  /**< Of the scheduler. */
	/** Make an instance; NULL: no memory. */
	void *(*create)(void);
	/** Free an instance that has no active flow. */
	void (*destroy)(void *ctx);
	/** A flow has a backlog. No effect if it is active. */
	void (*activate)(void *ctx, struct rte_vtsched_flow *flow);
	/** Forget a flow. No effect if it is not active. */
	void (*deactivate)(void *ctx, struct rte_vtsched_flow *flow);
	/** Who is next, and up to how many tasks; NULL: no flow is active. */
	struct rte_vtsched_flow *(*pick)(void *ctx, uint32_t *quota);
	/**
	 * What became of the last pick. 0 tasks: the accelerator was full; the flow keeps its turn.
	 * A flow without backlog becomes inactive.
	 */
	void (*done)(void *ctx, struct rte_vtsched_flow *flow, uint32_t tasks, uint64_t bytes);
};

/**
 * Register a scheduler. A failure is logged, and rte_vtappliance_create() fails with it.
 *
 * @return
 *   0, -EINVAL (name or operation missing), -EEXIST, -EPROTONOSUPPORT, -ENOSPC.
 */
int rte_vtsched_register(const struct rte_vtsched_ops *ops);

/** Find a scheduler by name, or NULL; the log then has the names there are. */
const struct rte_vtsched_ops *rte_vtsched_find(const char *name);

/** Register a scheduler when its object is loaded. */
#define RTE_VTSCHED_REGISTER(ops) \
	RTE_INIT(vtsched_register_##ops) { rte_vtsched_register(&ops); }

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTSCHED_H */
