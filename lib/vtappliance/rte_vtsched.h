/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTSCHED_H
#define RTE_VTSCHED_H

/**
 * @file
 * Schedulers: who is next on an accelerator.
 *
 * A scheduler sees flows, their backlog, weight and priority, and returns a pick. It knows no rings and no
 * tasks, so that it is tested without any. An appliance has an instance of it for the domains of each accelerator, and
 * one for the vaccels of each of those domains. An instance is called by one thread, the home poller of the
 * accelerator; it never blocks.
 *
 *     activate(flow)              the flow has become non-empty
 *     flow = pick(&quota)         serve up to quota tasks of it
 *     done(flow, tasks, bytes)    that much was served; flow->backlog says what is left
 *     ended(flow, tasks, exec_ns) that much has come back from the engine
 *
 * A flow that is alone in its instance may be served without any of these calls but ended().
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of this interface. */
#define RTE_VTSCHED_API 2

/** Words that a scheduler has in each flow. */
#define RTE_VTSCHED_PRIV 6

/** It looks at the clock; others get 0. */
#define RTE_VTSCHED_F_CLOCK (1U << 0)

/** One that shares: the tasks of a vaccel, or all of a domain's. */
struct rte_vtsched_flow {
	TAILQ_ENTRY(rte_vtsched_flow) link; /**< The scheduler's. */
	bool active;       /**< The scheduler's: in its set of flows with a backlog. */
	bool ready;        /**< The caller's. */
	/** Share, 1 to RTE_VINETALK_VACCEL_WEIGHT_MAX. Set before the first activate. */
	uint32_t weight;
	/** 0, the lowest, to RTE_VINETALK_VACCEL_PRIORITY_MAX. Set before the first activate. */
	uint32_t priority;
	uint32_t backlog;  /**< The caller's: tasks waiting. */
	uint64_t priv[RTE_VTSCHED_PRIV]; /**< The scheduler's; zero at first. */
};

/** Operations. Required, if not said otherwise. */
struct rte_vtsched_ops {
	uint32_t api;      /**< RTE_VTSCHED_API. */
	uint32_t flags;    /**< RTE_VTSCHED_F_*. */
	const char *name;  /**< Of the scheduler. */
	/**
	 * Make an instance from arguments (key=value,..., may be ""); hz: of the clock. NULL with rte_errno: EINVAL,
	 * which it has logged; ENOMEM.
	 */
	void *(*create)(const char *args, uint64_t hz);
	/** Free an instance that has no active flow. */
	void (*destroy)(void *ctx);
	/** A flow has a backlog. No effect if it is active. */
	void (*activate)(void *ctx, struct rte_vtsched_flow *flow, uint64_t now);
	/** Forget a flow. No effect if it is not active. */
	void (*deactivate)(void *ctx, struct rte_vtsched_flow *flow);
	/** Who is next, and up to how many tasks; NULL: no flow is active. */
	struct rte_vtsched_flow *(*pick)(void *ctx, uint32_t *quota, uint64_t now);
	/**
	 * What became of the last pick. 0 tasks: the accelerator was full; the flow keeps its turn.
	 * A flow without backlog becomes inactive.
	 */
	void (*done)(void *ctx, struct rte_vtsched_flow *flow, uint32_t tasks, uint64_t bytes,
			uint64_t now);
	/**
	 * Tasks of a flow, active or not, have come back, those that were served first first; exec_ns: sum of their
	 * times, 0 if the engine does not measure. Optional.
	 */
	void (*ended)(void *ctx, struct rte_vtsched_flow *flow, uint32_t tasks, uint64_t exec_ns);
	/**
	 * Whether an instance with these arguments wants ended(); for schedulers that have it. Optional: always.
	 */
	bool (*wants_ended)(void *ctx);
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

/** An argument that a scheduler takes. */
struct rte_vtsched_arg {
	const char *key;   /**< Its name. */
	uint64_t *number;  /**< Where its value goes; unchanged if it is not given. */
	uint64_t min;      /**< Least value, without words. */
	uint64_t max;      /**< Greatest value, without words. */
	const char * const *words; /**< What it can be, then NULL; the value is an index. NULL: a number. */
};

/**
 * Read a scheduler's arguments. For its create().
 *
 * @param name
 *   The scheduler's, for the log.
 * @param args
 *   key=value,...; may be "".
 * @param known
 *   Those it takes.
 * @param nb
 *   Their number.
 * @return
 *   0, or -EINVAL: no such list, an unknown key, or a value that does not fit; logged.
 */
int rte_vtsched_args_parse(const char *name, const char *args, const struct rte_vtsched_arg *known,
		unsigned int nb);

/** Register a scheduler when its object is loaded. */
#define RTE_VTSCHED_REGISTER(ops) \
	RTE_INIT(vtsched_register_##ops) { rte_vtsched_register(&ops); }

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTSCHED_H */
