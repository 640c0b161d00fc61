/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VINETALK_H
#define RTE_VINETALK_H

/**
 * @file
 * What an application calls: tasks for accelerators that an appliance owns.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

struct rte_vinetalk_conf {
	uint16_t nb_queue_pairs; /**< How many will be set up, at least 1. */
	uint16_t reserved16;     /**< Must be zero. */
	uint32_t reserved[3];    /**< Must be zero. */
};

struct rte_vinetalk_qp_conf {
	uint32_t depth;       /**< Most tasks in flight; 0: max_depth. */
	uint32_t reserved[3]; /**< Must be zero. */
};

struct rte_vinetalk_stats {
	uint64_t enqueued;  /**< Tasks accepted. */
	uint64_t completed; /**< Completions taken with status 0. */
	uint64_t failed;    /**< Completions taken with another status. */
	uint64_t refused;   /**< Tasks that an enqueue had no room for. */
	uint64_t bytes;     /**< Data bytes of the accepted tasks' segments. */
};

struct rte_vinetalk_xstat_name {
	char name[RTE_VINETALK_NAME_LEN];
};

struct rte_vinetalk_accel_info {
	uint16_t id;
	enum rte_vinetalk_accel_type type;
	enum rte_vinetalk_accel_state state;
	char name[RTE_VINETALK_NAME_LEN];
	char location[RTE_VINETALK_NAME_LEN];
	uint32_t nb_vaccels;  /**< Virtual accelerators on it, of all clients. */
	bool exclusive;       /**< Somebody has it alone. */
};

struct rte_vinetalk_accel_stats {
	uint64_t tasks;   /**< Ended. */
	uint64_t errors;  /**< Ended with a status other than 0. */
	uint64_t bytes;   /**< Data bytes of all segments. */
	uint64_t busy_ns; /**< Sum of execution times. */
	uint64_t copied;  /**< Data bytes that had to be copied. */
	uint64_t queued;  /**< Waiting now. */
};

#define RTE_VINETALK_VACCEL_F_EXCLUSIVE (1U << 0) /**< Nobody else on that accelerator. */

struct rte_vinetalk_vaccel_conf {
	enum rte_vinetalk_accel_type type; /**< Of which type; ANY: no matter. */
	uint16_t accel;  /**< That accelerator, or RTE_VINETALK_ID_ANY. */
	uint16_t proc;   /**< One that can run this procedure, or RTE_VINETALK_ID_ANY. */
	uint32_t flags;  /**< RTE_VINETALK_VACCEL_F_*. */
	uint32_t reserved[4]; /**< Must be zero. */
};

struct rte_vinetalk_proc_info {
	uint16_t index; /**< Position in the list; not a handle. */
	enum rte_vinetalk_accel_type type;
	char name[RTE_VINETALK_NAME_LEN];
};

/** Where a buffer of an accelerator with memory of its own stays between tasks. */
enum rte_vinetalk_placement {
	RTE_VINETALK_PLACE_HOST = 0, /**< In the region. */
	RTE_VINETALK_PLACE_ACCEL,    /**< With the accelerator. */
	RTE_VINETALK_PLACE_BOTH,     /**< In both, kept equal. */
};

enum rte_vinetalk_task_state {
	RTE_VINETALK_TASK_UNKNOWN = 0, /**< Never seen, or so old that it was forgotten. */
	RTE_VINETALK_TASK_IN_FLIGHT,   /**< Accepted; its completion was not dequeued yet. */
	RTE_VINETALK_TASK_ENDED,       /**< Its completion was dequeued. */
};

struct rte_vinetalk_task_stat {
	enum rte_vinetalk_task_state state;
	int32_t status;   /**< Once it ended: 0 or a negative errno. */
};

struct rte_vtaccel_proc; /* a native procedure: rte_vtaccel.h */

/* ---- the device ---- */

int rte_vinetalk_attach(const char *devargs);
int rte_vinetalk_close(uint16_t dev_id);
uint16_t rte_vinetalk_count(void);
int rte_vinetalk_get_dev_id(const char *name);
bool rte_vinetalk_is_valid(uint16_t dev_id);
int rte_vinetalk_info_get(uint16_t dev_id, struct rte_vinetalk_info *info);
int rte_vinetalk_configure(uint16_t dev_id, const struct rte_vinetalk_conf *conf);
int rte_vinetalk_queue_pair_setup(uint16_t dev_id, uint16_t qp_id,
		const struct rte_vinetalk_qp_conf *conf);
int rte_vinetalk_start(uint16_t dev_id);
int rte_vinetalk_stop(uint16_t dev_id);
int rte_vinetalk_stats_get(uint16_t dev_id, struct rte_vinetalk_stats *stats);
int rte_vinetalk_qp_stats_get(uint16_t dev_id, uint16_t qp_id, struct rte_vinetalk_stats *stats);
int rte_vinetalk_stats_reset(uint16_t dev_id);
int rte_vinetalk_xstats_names_get(uint16_t dev_id, struct rte_vinetalk_xstat_name *names,
		unsigned int nb);
int rte_vinetalk_xstats_get(uint16_t dev_id, uint64_t *values, unsigned int nb);

/* ---- accelerators ---- */

int rte_vinetalk_accel_list(uint16_t dev_id, enum rte_vinetalk_accel_type type,
		uint16_t *ids, unsigned int nb);
int rte_vinetalk_accel_info_get(uint16_t dev_id, uint16_t accel,
		struct rte_vinetalk_accel_info *info);
int rte_vinetalk_accel_stats_get(uint16_t dev_id, uint16_t accel,
		struct rte_vinetalk_accel_stats *stats);
int rte_vinetalk_vaccel_acquire(uint16_t dev_id, const struct rte_vinetalk_vaccel_conf *conf,
		uint16_t *vaccel);
int rte_vinetalk_vaccel_release(uint16_t dev_id, uint16_t vaccel);

/* ---- procedures ---- */

int rte_vinetalk_proc_list(uint16_t dev_id, struct rte_vinetalk_proc_info *list, unsigned int nb);
int rte_vinetalk_proc_get(uint16_t dev_id, const char *name, enum rte_vinetalk_accel_type type,
		uint16_t *proc);
int rte_vinetalk_proc_put(uint16_t dev_id, uint16_t proc);
int rte_vinetalk_proc_register(uint16_t dev_id, const struct rte_vtaccel_proc *proc);

/* ---- data ---- */

void *rte_vinetalk_alloc(uint16_t dev_id, size_t size, size_t align,
		enum rte_vinetalk_placement placement);
void rte_vinetalk_free(uint16_t dev_id, void *buf);
size_t rte_vinetalk_buf_size(uint16_t dev_id, const void *buf);
void *rte_vinetalk_ptr(uint16_t dev_id, uint64_t offset);

/* ---- tasks ---- */

int rte_vinetalk_task_stat(uint16_t dev_id, const struct rte_vinetalk_task *task,
		struct rte_vinetalk_task_stat *stat);
int rte_vinetalk_wait(uint16_t dev_id, uint16_t qp_id, int64_t timeout_us);
int rte_vinetalk_run(uint16_t dev_id, uint16_t qp_id, struct rte_vinetalk_task *task,
		struct rte_vinetalk_completion *completion, int64_t timeout_us);
const char *rte_vinetalk_strstatus(int32_t status);

#include <rte_vinetalk_core.h>

/** Begin a task: clear it and say what to run where. */
static inline void
rte_vinetalk_task_init(struct rte_vinetalk_task *task, uint16_t vaccel, uint16_t proc,
		uint64_t cookie)
{
	*task = (struct rte_vinetalk_task){ 0 };
	task->vaccel = vaccel;
	task->proc = proc;
	task->cookie = cookie;
}

int rte_vinetalk_task_args(uint16_t dev_id, struct rte_vinetalk_task *task, const void *args,
		uint32_t len);
int rte_vinetalk_task_args_ref(uint16_t dev_id, struct rte_vinetalk_task *task,
		const void *args, uint32_t len);

/** Offset of a place in the arena. No check. */
static inline uint64_t
rte_vinetalk_offset(uint16_t dev_id, const void *ptr)
{
	return (uint64_t)((uintptr_t)ptr - rte_vinetalk_fp_objs[dev_id].base);
}

/**
 * Add an input segment. Inputs come before outputs.
 *
 * @return
 *   0, or -EMSGSIZE beyond RTE_VINETALK_INLINE_SEGS (use rte_vinetalk_task_segs()), or -EINVAL behind an output.
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

/** Add an output segment. See rte_vinetalk_task_in(). */
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
 * the task ends: inputs first, then outputs.
 */
int rte_vinetalk_task_segs(uint16_t dev_id, struct rte_vinetalk_task *task,
		const struct rte_vinetalk_seg *table, uint8_t nb_in, uint8_t nb_out);

/** Enqueue. Returns how many of the first tasks were accepted; fewer than nb: no room now. */
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

/** Dequeue. Returns how many completions were stored; never sleeps. */
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

/** Tasks of a queue pair that were accepted and whose completion was not dequeued. */
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
