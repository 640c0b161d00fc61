/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef LP_PRIVATE_H
#define LP_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <rte_log.h>

#include <rte_vinetalk_driver.h>
#include <rte_vtaccel.h>

extern int lp_logtype;
#define LP_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, lp_logtype, "LOCAL_PROFILE: " fmt "\n", ## __VA_ARGS__)

#define LP_MAX_QPS 16       /* each has an accelerator of its own: RTE_VTACCEL_MAX bounds them */
#define LP_MAX_DEPTH 1024
#define LP_MAX_VACCELS 64
#define LP_MAX_PROCS RTE_VTACCEL_NATIVE_MAX
#define LP_NO_PROC UINT16_MAX

struct lp_trace;

/* What is recorded: one line of the file. */
struct lp_record {
	uint64_t time_ns;      /* when the call began, CLOCK_MONOTONIC */
	uint64_t duration_ns;
	uint64_t bytes_in;
	uint64_t bytes_out;
	const char *call;      /* a string constant */
	int32_t status;
	int32_t cpu;
	uint16_t proc;         /* handle, or LP_NO_PROC */
	uint16_t reserved[3];
};

/* A procedure that proc_get gave out. An entry is never used for another name. */
struct lp_proc {
	char name[RTE_VINETALK_NAME_LEN];
	/* NULL: no handle of it. Atomic: control writes (release), queue pairs read (acquire). */
	const struct rte_vtaccel_proc *proc;
	uint32_t refs;
};

/* A vaccel: its lock makes its tasks run one behind the other, whatever queue pair they come by. */
struct lp_vaccel {
	pthread_mutex_t lock;
	bool used;
};

struct lp_qp;

struct lp_dev {
	void *mem;
	uint64_t size;
	struct rte_vinetalk_dev *dev;
	struct rte_vtaccel *accel;     /* answers questions; runs nothing */
	struct lp_trace *trace;        /* NULL: nothing is recorded */
	struct lp_proc procs[LP_MAX_PROCS];
	uint32_t nb_procs;             /* atomic: the entries below have a name */
	struct lp_vaccel vaccels[LP_MAX_VACCELS];
	/* Tasks hold it shared, and a fence alone: it waits for those that run, and they for it. */
	pthread_rwlock_t fence;
	uint32_t nb_vaccels;
	bool exclusive;
	/* Native procedures that came by this device, and leave with it. */
	const struct rte_vtaccel_proc *natives[LP_MAX_PROCS];
	uint32_t nb_natives;
	struct lp_qp *qps[LP_MAX_QPS];
	struct rte_vinetalk_accel_stats released; /* of queue pairs that are gone */
};

/* A completion that waits for the dequeue, and what is recorded of it then. */
struct lp_done {
	struct rte_vinetalk_completion c;
	uint64_t start_ns;
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint16_t proc;
};

struct lp_qp {
	struct rte_vinetalk_qp q;      /* first: the class's */
	struct lp_dev *d;
	struct rte_vtaccel *accel;
	struct rte_vtaccel_stream stream;
	uint32_t head;                 /* next to store; runs free */
	uint32_t tail;                 /* next to give away */
	struct rte_vinetalk_accel_stats stats; /* its thread writes, others read (relaxed) */
	uint32_t busy;                 /* atomic: a procedure is running */
	struct lp_done done[LP_MAX_DEPTH];
};

static inline uint64_t
lp_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* lp_path.c */
uint16_t lp_enqueue(void *qp, struct rte_vinetalk_task *tasks, uint16_t nb);
uint16_t lp_dequeue(void *qp, struct rte_vinetalk_completion *completions, uint16_t nb);
int lp_wait(struct rte_vinetalk_qp *qp, int64_t timeout_us);

/* lp_accel.c */
int lp_accel_info(struct rte_vinetalk_dev *dev, uint16_t index,
		struct rte_vinetalk_accel_info *info);
int lp_accel_stats(struct rte_vinetalk_dev *dev, uint16_t index,
		struct rte_vinetalk_accel_stats *stats);
void lp_stats_add(struct rte_vinetalk_accel_stats *sum, const struct lp_qp *qp);
int lp_vaccel_acquire(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_vaccel_conf *conf,
		uint16_t *vaccel);
int lp_vaccel_release(struct rte_vinetalk_dev *dev, uint16_t vaccel);
int lp_proc_info(struct rte_vinetalk_dev *dev, uint16_t index,
		struct rte_vinetalk_proc_info *info);
int lp_proc_get(struct rte_vinetalk_dev *dev, const char *name, enum rte_vinetalk_accel_type type,
		uint16_t *proc);
int lp_proc_put(struct rte_vinetalk_dev *dev, uint16_t proc);
int lp_task_cancel(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_task *task);
int lp_proc_register(struct rte_vinetalk_dev *dev, const struct rte_vtaccel_proc *proc);

/* lp_trace.c */
int lp_trace_open(struct lp_dev *d, const char *file, uint32_t buffer);
void lp_trace_close(struct lp_trace *t);
void lp_trace_put(struct lp_trace *t, struct lp_record *r);
uint64_t lp_trace_recorded(struct lp_trace *t);
uint64_t lp_trace_dropped(struct lp_trace *t);

#endif /* LP_PRIVATE_H */
