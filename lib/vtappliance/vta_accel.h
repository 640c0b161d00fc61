/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTA_ACCEL_H
#define VTA_ACCEL_H

/* An accelerator as its home poller has it: schedulers, and the lanes of vaccels to it. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_vtaccel.h>
#include <rte_vtregion.h>

#include "rte_vtappliance.h"
#include "rte_vtsched.h"
#include "vta_task.h"

struct vta_domain;
struct vta_poller;

/* Counters of an accelerator: its home writes, others read (relaxed). */
struct vta_accel_stats {
	uint64_t tasks, errors, bytes, busy_ns, copied, queued;
	uint64_t lost;               /* tasks that it has, and whose time was up */
};

/* An instance of the scheduler. See vta_flow.h. */
struct vta_level {
	void *ctx;
	struct rte_vtsched_flow *lone; /* home: the only one that is ready; ctx does not know it */
	uint32_t nb_ready;             /* home */
};

/* An accelerator. */
struct vta_accel {
	struct rte_vtaccel *dev;
	struct vta_poller *home;
	const struct rte_vtsched_ops *sched;
	bool sched_clock;            /* constant: the scheduler wants the time */
	bool sched_ended;            /* constant: it wants to know what tasks took */
	uint32_t nb_parts;           /* constant: of its driver, see rte_vtaccel::nb_parts */
	uint32_t first_part;         /* home: where the next turn begins */
	struct vta_level *levels;    /* home: of each part, the groups */
	uint32_t engine_in_flight;   /* home */
	bool stalled;                /* home, others read (relaxed): it counts as failed for that */
	bool failed;                 /* home: it has seen that it failed, or is stalled */
	bool probing;                /* home: the control thread has it */
	int probed;                  /* control, then home: what came of that */
	uint64_t quiet_since;        /* home: cycles; 0: it gave something back, or has nothing */
	uint64_t probe_at;           /* home: cycles */
	TAILQ_HEAD(, vta_lane) leaving; /* home */
	struct vta_item probe;       /* VTA_ACCEL_PROBE */
	uint32_t index;
	uint32_t users;              /* atomic: vaccels that stand here, and VTA_EXCLUSIVE */
	struct vta_client *exclusive;/* control: who has it alone */
	struct vta_accel_stats stats;
};

/* The vaccels of a domain on a part of an accelerator. */
struct vta_group {
	struct vta_level *above;     /* constant: of that part */
	struct rte_vtsched_flow flow;/* home: its backlog is that of the vaccels that are ready */
	struct vta_level level;      /* home: their lanes */
};

/* Any thread: whether it takes no tasks, for what its driver says or since it is stalled. */
static inline bool
vta_accel_has_failed(const struct vta_accel *a)
{
	return __atomic_load_n(&a->dev->state, __ATOMIC_RELAXED) == RTE_VINETALK_ACCEL_FAILED ||
		__atomic_load_n(&a->stalled, __ATOMIC_RELAXED);
}

/* Of an accelerator's users: no vaccel of another client may come. */
#define VTA_EXCLUSIVE (UINT32_C(1) << 31)

/* Any thread: whether a vaccel can go there. */
static inline bool
vta_accel_may_take(const struct vta_accel *a)
{
	return !vta_accel_has_failed(a) &&
		(__atomic_load_n(&a->users, __ATOMIC_RELAXED) & VTA_EXCLUSIVE) == 0;
}

/* A vaccel on an accelerator, the side of its home. A task finds it by its stream. */
struct vta_lane {
	struct vta_vaccel *va;       /* constant */
	struct vta_accel *accel;     /* constant */
	struct vta_group *group;     /* constant */
	bool timed;                  /* constant: its tasks have a time limit */
	bool closing;
	bool watched;                /* in the poller's list, as are the tasks in those below */
	bool stuck_told;             /* the log has it */
	bool leaving;                /* what waits goes back to the owner */
	bool last;                   /* leaving: and nothing more comes */
	bool lost;                   /* home, then owner: it was left while the engine had tasks of it */
	struct rte_vtsched_flow flow;
	struct vta_fifo fifo;
	struct rte_vtaccel_stream stream; /* opened and closed by control */
	struct vta_item item;        /* VTA_LANE_CLOSE and _GONE */
	struct vta_tasks running;    /* the engine has them */
	struct vta_tasks stuck;      /* lost, and the engine cannot give them up */
	TAILQ_ENTRY(vta_lane) timed_link;
	struct vta_item leave, left; /* VTA_LANE_LEAVE and _LAST; VTA_LANE_LEFT */
	TAILQ_ENTRY(vta_lane) leaving_link;
};

/* By which accelerator a task goes. */
static inline struct vta_lane *
vta_lane_of(const struct vta_task *task)
{
	return container_of(task->t.stream, struct vta_lane, stream);
}

/* vtsched.c */
int vta_sched_error(void);
int vta_sched_choose(struct rte_vtappliance *app, const char *text);
void *vta_sched_create(const struct rte_vtappliance *app);

/* vta_flow.c: control */
int vta_flow_accel(struct rte_vtappliance *app, struct vta_accel *a);
void vta_flow_accel_free(const struct rte_vtappliance *app, struct vta_accel *a);
int vta_flow_domain(struct vta_domain *dom, const struct rte_vtappliance_domain_conf *conf);
int vta_flow_lane(struct vta_lane *lane, const struct rte_vtregion_ctrl_vaccel *conf);
void vta_flow_free(struct vta_domain *dom);

/* vta_accel.c: home side */
int vta_accel_init(struct rte_vtappliance *app, struct vta_accel *a);
void vta_accel_submit(struct vta_lane *lane, struct vta_fifo *tasks, uint32_t nb);
uint32_t vta_accel_turn(struct vta_poller *p, struct vta_accel *a);
void vta_accel_drop(struct vta_poller *p, struct vta_lane *lane, struct vta_task *task, int status);
void vta_accel_close_lane(struct vta_poller *p, struct vta_lane *lane);

/* vta_fail.c: home side */
uint32_t vta_fail_turn(struct vta_poller *p, struct vta_accel *a);
void vta_fail_watch(struct vta_poller *p, struct vta_accel *a, bool gave);
void vta_fail_leave(struct vta_poller *p, struct vta_lane *lane);
void vta_fail_last(struct vta_poller *p, struct vta_lane *lane);
void vta_fail_forget(struct vta_lane *lane);
void vta_fail_probed(struct vta_poller *p, struct vta_accel *a);

/* vta_lane.c: owner side */
bool vta_accel_join(struct vta_accel *a);
void vta_accel_leave(struct vta_accel *a);
void vta_lane_balance(struct vta_vaccel *va);
void vta_lane_keep(struct vta_vaccel *va, struct vta_fifo *tasks);
void vta_lane_retarget(struct vta_vaccel *va, struct vta_fifo *tasks);
void vta_lane_leave(struct vta_poller *p, struct vta_lane *lane);
void vta_lane_returned(struct vta_poller *p, struct vta_task *task);
void vta_lane_left(struct vta_poller *p, struct vta_lane *lane);
bool vta_lane_end(struct vta_poller *p, struct vta_vaccel *va, uint32_t qp_seq, int status);
void vta_lane_close(struct vta_poller *p, struct vta_vaccel *va);
uint32_t vta_lane_expire(struct vta_poller *p, uint64_t now, uint32_t most);

/* vta_time.c */
uint64_t vta_time_cycles(uint32_t timeout_us);
void vta_time_watch(struct vta_lane *lane);
void vta_time_forget(struct vta_lane *lane);
void vta_time_began(struct vta_lane *lane, struct rte_vtaccel_task **tasks, uint16_t nb);
bool vta_time_back(struct vta_poller *p, struct vta_task *task);
void vta_time_hold(struct vta_client *c);
void vta_time_leave(struct vta_client *c);
void vta_time_expired(struct vta_poller *p, struct vta_task *task);
void vta_time_returned(struct vta_poller *p, struct vta_task *task);
uint32_t vta_time_turn(struct vta_poller *p);
bool vta_time_pending(const struct vta_poller *p);

#endif /* VTA_ACCEL_H */
