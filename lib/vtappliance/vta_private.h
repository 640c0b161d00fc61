/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTA_PRIVATE_H
#define VTA_PRIVATE_H

/*
 * The engine's private state: everything that the appliance trusts.
 *
 * Who owns what:
 *   control thread  domains, clients, vaccels (life), procs, telemetry's lock
 *   owner poller    of a client: its qps, tasks and counts; intake and completion
 *   home poller     of an accelerator: its scheduler, the lanes of vaccels to it, the engine
 *
 * Threads talk by items (tasks and messages) through one inbox ring for each
 * poller and one for the control thread. What an item points at belongs to the
 * receiver until it sends it on.
 */

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_atomic.h>
#include <rte_common.h>
#include <rte_errno.h>
#include <rte_cycles.h>
#include <rte_io.h>
#include <rte_log.h>
#include <rte_meter.h>
#include <rte_ring.h>
#include <rte_spinlock.h>

#include <rte_vinetalk_task.h>
#include <rte_vtaccel.h>
#include <rte_vtivshmem.h>
#include <rte_vtpci.h>
#include <rte_vtregion.h>
#include <rte_vtregion_mem.h>
#include <rte_vtregion_ready.h>
#include <rte_vtregion_ring.h>

#include "rte_vtappliance.h"
#include "rte_vtsched.h"

extern int vta_logtype;
#define VTA_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, vta_logtype, "VTAPPLIANCE: " fmt "\n", ## __VA_ARGS__)

#define VTA_MAX_DOMAINS 120   /* RTE_MAX_MEMSEG_LISTS bounds the regions of a process */
#define VTA_MAX_ACCELS 64
#define VTA_DEFAULT_CLIENTS 8
#define VTA_MAX_PROCS 256     /* handles are indexes into the appliance's table */
#define VTA_MAX_VACCELS 64    /* of one client */
#define VTA_MAX_BUFS 64       /* of one client */
#define VTA_MAX_BUDGET 256
#define VTA_MAX_PROBE_MS 3600000
#define VTA_ENGINE_BURST 32
#define VTA_INBOX 16384
#define VTA_HEARTBEAT_MS 1000 /* promised to clients */
#define VTA_BEAT_MS 100       /* the control thread's tick */
#define VTA_BLIND_MS 5        /* and while there are clients that cannot ring */
#define VTA_GRACE_MS 20       /* until what a core's store buffer held is seen, and much more */
#define VTA_RING_STUCK_MS 100 /* a doorbell that blocks a poller for longer is drained */
#define VTA_MAX_BLOCKS 4 /* doorbells of a domain with so many of these are not rung any more */

enum vta_kind {
	VTA_TASK_SUBMIT,   /* owner -> home: schedule it */
	VTA_TASK_DONE,     /* home -> owner: it has ended */
	VTA_LANE_CLOSE,    /* owner -> home: drop what waits, forget the flow */
	VTA_LANE_GONE,     /* home -> owner: nothing of it is left here */
	VTA_QUEUE_ADD,     /* control -> poller */
	VTA_QUEUE_DEL,     /* control -> poller -> control */
	VTA_CLIENT_STOP,   /* control -> owner -> control, once nothing is in flight */
	VTA_VACCEL_STOP,   /* control -> owner -> (home) -> control */
	VTA_VIOLATION,     /* owner -> control: the client broke the protocol */
	VTA_QUEUE_SALVAGE, /* control -> poller -> control: the queue is quiet, look for a hole */
	VTA_RING,          /* control -> owner -> control: ring for an answer */
	VTA_FENCE,         /* control -> poller -> control: what it had begun is done */
	VTA_TASK_CANCEL,   /* control -> owner -> (home) */
	VTA_TASK_EXPIRED,  /* home -> owner: its time is up, and the engine still has it */
	VTA_TASK_CANCELED, /* (home ->) owner -> control: status says what became of it */
	/* A lane whose accelerator has failed: see vta_lane.c. */
	VTA_LANE_LEAVE,    /* home -> owner: send nothing more */
	VTA_LANE_LAST,     /* owner -> home: nothing more comes */
	VTA_TASK_RETURN,   /* home -> owner: it has not begun */
	VTA_LANE_LEFT,     /* home -> owner: the engine has nothing of it, or keeps it */
	VTA_ACCEL_PROBE,   /* home -> control -> home: does it work again? */
};

struct vta_item {
	STAILQ_ENTRY(vta_item) link; /* the sender's, while the receiver's inbox is full */
	enum vta_kind kind;
};
STAILQ_HEAD(vta_items, vta_item);

struct vta_qp;
struct vta_client;
struct vta_domain;
struct vta_poller;

/* For three segments, a structure of arguments, and a key or two. */
#define VTA_TASK_ROOM 192

struct vta_task {
	struct rte_vtaccel_task t;
	struct vta_item item;
	struct vta_qp *qp;
	struct vta_vaccel *va;       /* NULL: it failed before it had one */
	uint64_t cookie;
	uint32_t qp_seq;
	struct rte_vtaccel_seg segs[RTE_VINETALK_INLINE_SEGS];
	uint8_t args[RTE_VINETALK_INLINE_ARGS] __rte_aligned(8);
	void *ext;                   /* segment table and arguments that were by offset, or NULL */
	uint32_t ext_len;            /* bytes of ext */
	uint8_t fence;               /* owner, while it is held: enum vta_fence */
	uint64_t since;              /* owner, while it waits for a rate: cycles */
	uint64_t seen;               /* owner, of a vaccel that is timed: when it was taken, cycles */
	/* Of a vaccel with a time limit; the deadline is set by the owner, the others are the home's. */
	bool lost;                   /* its time was up while the engine had it */
	bool is_stuck;               /* lost, and the engine cannot give it up */
	uint64_t deadline;           /* cycles */
	TAILQ_ENTRY(vta_task) run_link; /* while the engine has it */
	struct vta_item expired;     /* VTA_TASK_EXPIRED: item may follow before this one has arrived */
	uint8_t room[VTA_TASK_ROOM] __rte_aligned(16); /* ext, if it is no larger */
} __rte_cache_aligned;
STAILQ_HEAD(vta_fifo, rte_vtaccel_task);
TAILQ_HEAD(vta_tasks, vta_task);

/* What a held task has to do with the others of its client. */
enum vta_fence {
	VTA_FENCE_AFTER = 1 << 0,  /* it begins when all earlier ones have ended */
	VTA_FENCE_BEFORE = 1 << 1, /* later ones begin when it has ended */
};

/* A rate: a bucket of tokens, and what has begun without having been paid. */
struct vta_meter {
	struct rte_meter_srtcm_profile profile;
	struct rte_meter_srtcm state;
	uint64_t rate;               /* constant: a second */
	uint64_t debt;               /* 0: a task may pass */
	uint32_t piece;              /* tokens that are taken at a time; 0: there is no rate */
};

/* What pollers took of the rates of a domain. Under their lock. */
struct vta_share {
	uint64_t waiting;            /* pollers that have tasks that wait, by bit */
	uint64_t seen[RTE_VTREGION_MAX_POLLERS]; /* cycles: when a poller looked last */
	double used[RTE_VTREGION_MAX_POLLERS];   /* seconds of the rates; only differences count */
};

/* The rates of a vaccel: its owner's. Or of a domain: of all owners of its clients, under the lock. */
struct vta_rates {
	rte_spinlock_t lock;
	struct vta_share *share;     /* constant; NULL: of a vaccel */
	uint64_t last;               /* cycles: the latest time that was seen */
	struct vta_meter tasks, bytes;
};

/* Where tasks wait for rates, in their order. */
struct vta_gate {
	struct vta_rates *rates;     /* constant; NULL: there are none */
	struct vta_fifo waiting;     /* poller */
	uint32_t nb_waiting;         /* poller */
	uint32_t nb_timed;           /* of them, with a time limit */
	TAILQ_ENTRY(vta_gate) link;  /* poller: while there are some */
};

/* What a domain may have. Constant, but for the rates and the count. */
struct vta_limits {
	uint32_t max_tasks, max_vaccels, rate_tasks; /* 0: no limit */
	uint64_t rate_bytes;
	bool fail;                   /* what is over a rate is refused and does not wait */
	struct vta_rates rates;
	struct vta_share share;
	uint32_t in_flight __rte_cache_aligned; /* atomic: tasks, where max_tasks is not 0 */
	/* Of all its streams, on whatever accelerator; drivers count. */
	struct rte_vtaccel_account sessions __rte_cache_aligned;
	uint64_t sessions_told;      /* control: sessions.refused that the log has */
	uint64_t max_accel_bytes;    /* 0: no limit */
	uint64_t accel_bytes;        /* control: of buffers that stay with accelerators */
};

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

/* How often tasks took how long: see vta_latency.c. The owner writes, others read (relaxed). */
struct vta_hist;

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

struct vta_vaccel {
	struct vta_client *client;
	struct vta_lane *lane;       /* owner: where its tasks go; others read (relaxed) */
	struct vta_hist *hist;       /* constant; NULL: its tasks are not timed */
	uint32_t in_flight;          /* owner: accepted and not ended */
	uint16_t id;                 /* of the client */
	uint16_t nb_lanes;           /* constant */
	uint16_t nb_gone;            /* owner: lanes that are closed */
	bool closed;                 /* owner */
	bool leaving;                /* owner: its tasks wait here until its lane is empty */
	struct vta_fifo back, kept;  /* owner: those that came back, and those that came behind them */
	uint64_t moves;              /* owner: to other accelerators; others read (relaxed) */
	TAILQ_ENTRY(vta_vaccel) leaving_link; /* owner: while some wait that have a limit of time */
	bool leaving_timed;          /* owner: in that list */
	struct vta_msg *stop;        /* owner: to be answered when it is gone */
	bool limited;                /* constant: it or its domain has a limit of tasks */
	uint32_t max_tasks;          /* constant; 0: no limit */
	uint32_t max_sessions;       /* constant; 0: those of its accelerator */
	struct vta_gate gate;        /* owner */
	struct vta_rates rates;      /* owner */
	uint32_t timeout_us;         /* constant: of each task; 0: none */
	uint64_t time_limit;         /* constant: the same in cycles */
	uint32_t nb_lost;            /* owner: ended, and the engine still has them */
	struct vta_lane lanes[];
};

struct vta_qp {
	struct vta_client *client;
	struct rte_vtregion_prod prod; /* owner */
	uint32_t room;               /* owner: free completion entries, as last seen */
	uint32_t in_flight;          /* owner */
	uint32_t index;              /* of the region */
	uint32_t vector;             /* doorbell of its client */
	uint16_t next_seq;           /* owner: the number that the next request must have */
	bool dirty;                  /* owner: has unpublished completions */
	bool hot;                    /* owner, layout thread: watched */
	uint32_t empties;            /* owner: visits in a row that found nothing */
	struct vta_qp *next_dirty;   /* owner */
	struct rte_vtregion_cons cons; /* owner, layout thread: its request queue */
	TAILQ_ENTRY(vta_qp) hot_link;/* owner */
} __rte_cache_aligned;

/* A task in a list by its number; NULL: it is not there. */
static inline struct vta_task *
vta_fifo_find(const struct vta_fifo *list, uint32_t qp_seq)
{
	struct rte_vtaccel_task *t;

	STAILQ_FOREACH(t, list, next)
		if (container_of(t, struct vta_task, t)->qp_seq == qp_seq)
			return container_of(t, struct vta_task, t);
	return NULL;
}

/* By which accelerator a task goes. */
static inline struct vta_lane *
vta_lane_of(const struct vta_task *task)
{
	return container_of(task->t.stream, struct vta_lane, stream);
}

/* Counters of a client: its owner poller writes, others read (relaxed). */
struct vta_counters {
	uint64_t tasks;      /* taken from the ring */
	uint64_t completed;  /* ended with status 0 */
	uint64_t failed;     /* ended with another status */
	uint64_t bytes;      /* data bytes of ended tasks */
	uint64_t copied;     /* data bytes that had to be copied */
	uint64_t invalid;    /* failed validation */
	uint64_t doorbells;  /* rung towards it */
	uint64_t exec_ns;    /* sum of execution times */
	uint64_t canceled;   /* ended with -ECANCELED */
	uint64_t timed_out;  /* ended with -ETIMEDOUT */
	uint64_t over_quota; /* ended with -EDQUOT */
	uint64_t throttled;  /* waited for a rate */
	uint64_t throttled_cycles; /* sum of those waits */
};

struct vta_msg {
	struct vta_item item;
	struct vta_client *client;
	struct vta_vaccel *va;
	struct vta_lane *lane;       /* VTA_TASK_CANCEL: NULL on the way to the owner */
	struct vta_queue *queue;
	uint32_t qp_seq;             /* VTA_TASK_CANCEL: which */
	uint16_t vaccel;             /* VTA_TASK_CANCEL: the number that it names */
	int status;
};

/* A buffer of a client that stays with an accelerator. */
struct vta_buf {
	uint64_t off, len;
	struct vta_accel *accel;
};

enum vta_client_state {
	VTA_CLIENT_NONE = 0,   /* nobody is connected */
	VTA_CLIENT_JOINED,     /* connected; the slot is free to attach */
	VTA_CLIENT_ATTACHED,
	VTA_CLIENT_STOPPING,   /* the owner poller is finishing its tasks */
	VTA_CLIENT_QUARANTINE, /* stopped; its owner may still run */
};

struct vta_client {
	struct vta_domain *dom;
	struct vta_poller *owner;
	struct vta_queue *queue;       /* where its requests come from; changes with an attach only */
	uint32_t slot;
	uint8_t uuid[16] __rte_aligned(8); /* control: of its VM, as it says; zeroes: it says none */
	enum vta_client_state state;   /* control */
	struct rte_vtivshmem_peer *peer; /* control */
	/* Nobody tells us when it comes or goes: no broker of ours, or none at all (plain). */
	bool unseen;
	bool mute;                     /* it cannot ring us */
	bool peer_left;                /* control: its socket has ended */
	bool old_life;                 /* control: its slot is that of a client of an appliance before us */
	bool wants_free;               /* control: it asked to detach */
	uint32_t held_instances;       /* control: bits of rings that it was inside of when it was detached */
	bool replaced;                 /* control: its successor in the slot waits for its end */
	uint32_t heartbeat_ms;         /* control: 0, or it is gone when it is silent for so long */
	uint64_t beat, beat_at;        /* control: its heartbeat, and when it changed */
	uint16_t *next_seq;            /* control: of each queue pair, where the next attach begins */
	int reason;                    /* control: why it is stopped */
	uint32_t epoch;                /* control: of the slot */
	uint32_t req_seq;              /* control: of the last request handled */
	uint32_t nb_qps;
	uint32_t attaches;             /* control */
	uint64_t arena_off, arena_len; /* constant */
	struct vta_qp *qps;            /* nb_qps */
	uint64_t procs[VTA_MAX_PROCS / 64]; /* control writes, owner reads (relaxed): may call these */
	uint16_t proc_refs[VTA_MAX_PROCS];  /* control */
	struct vta_vaccel *vaccels[VTA_MAX_VACCELS]; /* control sets, owner clears (release/acquire) */
	struct vta_buf bufs[VTA_MAX_BUFS]; /* control */
	uint32_t nb_bufs;              /* control */
	uint32_t in_flight;            /* owner */
	uint32_t nb_closing;           /* owner: vaccels that their homes still have */
	/*
	 * Owner: tasks that a fence keeps back, in their order. They count as in flight, of the client and of
	 * their vaccels.
	 */
	struct vta_fifo held;
	uint32_t nb_held;
	bool fenced;                   /* owner: what comes is held, until vta_fence_turn() */
	bool fence_runs;               /* owner: a fence has begun and not ended */
	bool fence_left;               /* owner: one ended without its turn; the next one stands in for it */
	bool fence_turns;              /* owner: inside of vta_fence_turn() */
	bool limited;                  /* constant: its domain counts tasks in flight */
	bool timing;                   /* constant: its tasks are timed */
	bool timed;                    /* owner: some of the held ones have a limit */
	TAILQ_ENTRY(vta_client) timed_link; /* owner */
	bool stopping;                 /* owner */
	bool violated;                 /* owner: reported */
	int violation;                 /* owner, before VTA_VIOLATION */
	struct vta_msg *stop;          /* owner: to be answered when nothing is in flight */
	struct vta_vaccel *stopped[VTA_MAX_VACCELS]; /* owner, then control: closed by the stop */
	uint32_t nb_stopped;
	struct vta_msg stop_msg;       /* control */
	struct vta_msg violation_msg;  /* owner */
	struct vta_counters cnt;       /* of this attach */
	const char *over_what;         /* owner writes, control reads (relaxed): the limit that was met last */
	uint64_t over_limit;           /* the same: its value */
	uint64_t over;                 /* the same: how often one was */
	uint64_t over_told;            /* control: of those, how many the log has */
	char name[RTE_VINETALK_NAME_LEN];
	int32_t pid;
	bool ctrl_pending;             /* control: an answer waits for a message */
	struct vta_msg ctrl_msg;       /* control: that message */
	bool ring_sent;                /* control: ring_msg is on its way */
	bool release_wanted;           /* control: and the peer can go when it is back */
	uint32_t deaf;                 /* atomic, set by control: its doorbell has blocked */
	struct vta_msg ring_msg;
};

/* How far the control thread is with a queue that a client left by dying or by force. */
enum vta_quiesce {
	VTA_QUIET_NOT = 0,   /* in service */
	VTA_QUIET_WAITING,   /* closed; until no live client is inside */
	VTA_QUIET_SALVAGING, /* the poller looks for a hole */
};

/* Layout thread: which request queues have something. The poller's. */
struct vta_ready {
	uint64_t *summaries, *leaves;  /* in the region */
	uint64_t *my_summaries, *my_leaves; /* marks that were taken and not looked at yet */
	uint32_t nb_summaries, nb_leaves;
	uint32_t at;                   /* the word of leaves where the next look begins */
	uint32_t looks;                /* at marks, in the next turn */
	uint32_t turns;
	bool sweep;                    /* look at all leaves, whatever the summaries say */
	uint32_t nb_hot;
	TAILQ_HEAD(, vta_qp) hot;      /* the next one to visit first */
};

/* A request queue as its poller sees it; in layout thread, all those of one poller. */
struct vta_queue {
	struct vta_domain *dom;
	struct vta_poller *poller;
	struct vta_ready *ready;       /* poller: layout thread; else NULL */
	struct rte_vtregion_cons cons; /* poller */
	uint32_t index;
	bool broken;                   /* poller: an impossible index; not looked at any more */
	enum vta_quiesce quiesce;      /* control */
	bool quiesce_again;            /* control: one more client left meanwhile */
	bool left;                     /* control: since its rings were wiped a client has left */
	uint32_t held_instances;       /* control: bits of rings that clients of an appliance before may be in */
	bool zombie;                   /* control: one that may still run was inside when detached */
	bool zombie_again;             /* control: the same, of the client of quiesce_again */
	bool spare_ok;                 /* control, then poller: nobody detached knows the spare */
	uint64_t quiesce_deadline;     /* control: who is inside until then is detached */
	uint32_t gen;                  /* control: the generation in service */
	uint32_t spare_gen;            /* control, then poller: the one that comes next */
	bool hole;                     /* poller, then control: there was one */
	bool moved;                    /* poller, then control: it has gone over to the spare */
	struct vta_msg salvage_msg;    /* control */
	TAILQ_ENTRY(vta_queue) link;   /* poller */
	struct vta_msg msg;            /* control: VTA_QUEUE_ADD */
	struct vta_msg del_msg;        /* control: VTA_QUEUE_DEL */
	struct vta_msg violation_msg;
	struct vta_gate gate;          /* poller: of the domain's rates */
	/* poller writes, others read (relaxed) */
	uint64_t requests, bursts, stray, salvaged, holes;
};

struct vta_domain {
	struct rte_vtappliance *app;
	char name[28];
	char path[108];
	uint32_t id;
	bool removing, failed;         /* control */
	uint32_t nb_blocks;            /* atomic, counted by control: doorbells that have blocked */
	bool queues_asked;             /* control: VTA_QUEUE_DEL was sent, mailboxes are not looked at */
	struct rte_vtregion_geom geom; /* private copy: the only one that is trusted */
	struct rte_vtregion_mem mem;
	uint32_t nb_reached;           /* control: accelerators, from the first on, that know mem */
	struct rte_vtivshmem_server *server; /* NULL: a device, or plain clients only */
	struct rte_vtpci *pci;         /* the region is a device's memory: we are in a VM */
	bool remote;                   /* the broker is another process */
	bool left_alone;               /* remote: our end of it ends, not its clients */
	bool adopted;                  /* it served an appliance before, whose clients may go on */
	/* The region is memory that somebody else made: of a device, or of another's broker. */
	bool given;
	int given_fd;
	uint64_t given_offset, given_size;
	/* What rings us, where it does not tell who rang: of a device, or from another's broker. */
	uint32_t nb_bells;
	int bells[RTE_VTIVSHMEM_MAX_VECTORS];
	struct vta_queue *queues;      /* one for each poller; layout single: one */
	uint32_t nb_queues;
	uint64_t drain_since;          /* control */
	/*
	 * By number in the region, geom.nb_qps: a pointer to the queue pair and in its lower bits the number of
	 * the poller that may use it. Control sets, owner clears (release/acquire).
	 */
	uintptr_t *qps;
	struct vta_client *clients;    /* geom.conf.nb_clients */
	uint32_t nb_queues_live;       /* control: not yet given back by their pollers */
	struct vta_counters gone;      /* control: sums of clients that left */
	uint64_t attached, detached;   /* control */
	uint32_t nb_vaccels;           /* control */
	uint64_t vaccels_refused;      /* control: the domain or the client has all it may */
	uint64_t buffers_refused;      /* control: the same, of those that stay with accelerators */
	uint64_t clients_refused;      /* control: at the socket, or when attaching */
	struct rte_meter_srtcm_profile log_profile; /* control: of lines in the log */
	struct rte_meter_srtcm log_meter;
	uint64_t log_suppressed, log_told; /* control */
	struct vta_limits limits;
	uint32_t weight, priority;     /* constant: beside other domains */
	struct vta_group *groups[VTA_MAX_ACCELS]; /* control: one for each part, made when first needed */
	struct vta_hist *gone_hist;    /* control: of vaccels that were released; NULL: not timed */
	TAILQ_ENTRY(vta_domain) link;
};
TAILQ_HEAD(vta_domains, vta_domain);

struct vta_outbox {
	struct vta_items waiting;
};

struct vta_chunk;

/* Tasks that are not in flight, the one that was used last on top. */
struct vta_pool {
	struct vta_task **free;
	uint32_t nb_free, size;
	SLIST_HEAD(, vta_chunk) chunks;
};

struct vta_poller {
	struct rte_vtappliance *app;
	uint32_t id;
	struct vta_pool pool;
	uint32_t idle_turns;
	uint32_t park_nb;            /* of this sleep; not 0 */
	TAILQ_HEAD(, vta_queue) queues;
	struct vta_accel *accels[VTA_MAX_ACCELS]; /* whose home this is */
	uint32_t nb_accels;
	struct vta_qp *dirty;
	struct vta_outbox *out;      /* by receiver: pollers, then the control thread */
	uint32_t nb_waiting;         /* items in out */
	uint32_t nb_gates;           /* where tasks wait */
	TAILQ_HEAD(, vta_gate) gates;/* those */
	uint32_t nb_timed;           /* in the three lists, and tasks at gates with a limit */
	TAILQ_HEAD(, vta_lane) timed; /* those with a limit that had tasks here */
	TAILQ_HEAD(, vta_client) held; /* clients with held tasks that have a limit */
	TAILQ_HEAD(, vta_vaccel) leaving; /* vaccels with a limit that are between accelerators */
	uint64_t time_next;          /* cycles: when to look at them again */
	struct rte_vtappliance_poller_stats stats;

	struct rte_ring *inbox __rte_cache_aligned; /* any thread -> this poller */
	int epfd;
	int wakefd;
	uint32_t nb_mute;            /* atomic, control: attached clients that cannot ring */
	uint32_t sleeping;           /* atomic: ring wakefd after a send */
	uint32_t notified;           /* atomic: an engine has said so since it last parked */
	/* The doorbell that is being rung, for the watchdog: descriptor + 1, and whose. */
	uint64_t ringing;
	struct vta_client *ringing_client;
	struct vta_msg fence_msg;    /* control */
	uint64_t ringing_since;      /* control */
	uint64_t ringing_seen;       /* control */
} __rte_cache_aligned;

struct vta_proc {
	char name[RTE_VINETALK_NAME_LEN];
	enum rte_vinetalk_accel_type type;
	/* One implementation for each driver that has it. */
	const struct rte_vtaccel_proc *impl[VTA_MAX_ACCELS]; /* by accelerator index */
};

struct rte_vtappliance {
	struct rte_vtappliance_conf conf;
	bool started, draining;
	bool handing_over;             /* another appliance follows */
	bool umwait;                 /* the processor has it, and it is wanted */
	struct vta_poller *pollers;
	struct vta_accel accels[VTA_MAX_ACCELS];
	uint32_t nb_accels;
	struct vta_proc procs[VTA_MAX_PROCS];
	uint32_t nb_procs;
	struct vta_domains domains;
	uint32_t nb_domains;
	uint32_t serial;             /* control: domains so far */
	struct rte_ring *inbox;      /* pollers -> control */
	struct vta_outbox *out;      /* control's, by poller */
	int epfd;
	int wakefd;
	uint32_t sleeping;           /* atomic */
	uint64_t drain_deadline;
	uint32_t nb_fences;          /* control: fences that are not back */
	bool fenced;                 /* control: they are back since it last looked drained */
	bool ending;                 /* pollers have ended: nobody is rung any more */
	uint32_t nb_quiescing;       /* queues that are not in service just now */
	uint32_t nb_mute;            /* control: attached clients that cannot ring */
	uint64_t next_beat;
	struct vta_counters gone;    /* of domains that left */
	uint64_t attached, detached;
	/* Telemetry threads read the lists under it; the control thread changes them under it. */
	pthread_mutex_t lock;
	const struct rte_vtsched_ops *sched;
	bool sched_ended;            /* it wants to know what tasks took */
	char sched_args[64];
};

/* Where an epoll event of the control thread comes from. */
enum vta_event { VTA_EV_WAKE = 0, VTA_EV_SERVER, VTA_EV_CLIENT, VTA_EV_DOMAIN };

static inline uint64_t
vta_event_make(enum vta_event kind, const void *ptr)
{
	return (uint64_t)(uintptr_t)ptr << 2 | kind;
}

/* Add to a counter that this thread alone writes. */
#define VTA_COUNT(c, n) \
	__atomic_store_n(&(c), (c) + (n), __ATOMIC_RELAXED)
#define VTA_READ(c) __atomic_load_n(&(c), __ATOMIC_RELAXED)

uint64_t vta_now_ms(void);
int vta_eventfd(void);
void vta_eventfd_ring(int fd);
void vta_eventfd_drain(int fd);

/* The clock of rates, in cycles of rte_get_tsc_hz(). */
static inline uint64_t
vta_cycles(const struct rte_vtappliance *app)
{
	return unlikely(app->conf.cycles != NULL) ? app->conf.cycles() : rte_get_tsc_cycles();
}

/* vta_log.c: control */
int vta_log_init(struct vta_domain *dom);
bool vta_log_may(struct vta_domain *dom, uint32_t level);

/* A line that a client can cause: not more of them than its domain may have. */
#define VTA_DOM_LOG(level, dom, fmt, ...) do { \
		if (vta_log_may(dom, RTE_LOG_ ## level)) \
			VTA_LOG(level, fmt, ## __VA_ARGS__); \
	} while (0)

/*
 * Whether its doorbell may be rung: not that of a connection which has blocked once, nor any of a domain in
 * which new connections do so again and again. Those without look at their rings by time.
 */
static inline bool
vta_client_hears(const struct vta_client *c)
{
	return likely(VTA_READ(c->deaf) == 0 && VTA_READ(c->dom->nb_blocks) < VTA_MAX_BLOCKS);
}

/* Ring a client's doorbell, if it has one. */
static inline void
vta_client_ring(struct vta_client *c, uint32_t vector)
{
	if (c->peer != NULL)
		vta_eventfd_ring(c->peer->to_client[vector]);
	else if (c->dom->pci != NULL)
		rte_write32((c->slot + 1) << 16 | vector, rte_vtpci_doorbell(c->dom->pci));
}

/*
 * A queue pair by its number, if its client is this poller's. One word says where it is and whose: that of
 * another poller may be freed at any time.
 */
static inline struct vta_qp *
vta_qp_of(const struct vta_poller *p, const struct vta_domain *dom, uint32_t index)
{
	uintptr_t v;

	RTE_BUILD_BUG_ON(RTE_VTREGION_MAX_POLLERS > RTE_CACHE_LINE_MIN_SIZE);
	if (unlikely(index >= dom->geom.nb_qps))
		return NULL;
	/* Pairs with the release when the client attached. */
	v = __atomic_load_n(&dom->qps[index], __ATOMIC_ACQUIRE) - p->id;
	return likely(v % RTE_CACHE_LINE_MIN_SIZE == 0) ? (struct vta_qp *)v : NULL;
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

/* vta_latency.c: control; vta_latency_add(): owner */
int vta_latency_domain(struct vta_domain *dom);
int vta_latency_vaccel(struct vta_vaccel *va);
void vta_latency_free(struct vta_vaccel *va);
void vta_latency_add(struct vta_client *c, const struct vta_vaccel *va, struct vta_task **tasks,
		unsigned int nb);
void vta_latency_of_domain(const struct vta_domain *dom, struct rte_vtappliance_latency *l);
void vta_latency_of_vaccel(const struct vta_vaccel *va, struct rte_vtappliance_latency *l);
void vta_latency_of_client(const struct vta_client *c, struct rte_vtappliance_latency *l);

/* vta_mail.c: items between threads */
void vta_wake(uint32_t *sleeping, int fd);
void vta_send(struct vta_poller *from, struct vta_poller *to, struct vta_item *item);
void vta_send_control(struct vta_poller *from, struct vta_item *item);
void vta_control_send(struct rte_vtappliance *app, struct vta_poller *to, struct vta_item *item);
void vta_flush_waiting(struct vta_poller *p);
void vta_control_flush_waiting(struct rte_vtappliance *app);

/* vta_pool.c */
int vta_pool_grow(struct vta_pool *pool);
void vta_pool_free(struct vta_pool *pool);

/*
 * A task, to be given back by vta_tasks_done(). There is always one; *status is -ENOMEM if it is the last, and
 * then it must be given back at once.
 */
static inline struct vta_task *
vta_pool_take(struct vta_pool *pool, int *status)
{
	*status = unlikely(pool->nb_free == 1) ? vta_pool_grow(pool) : 0;
	return pool->free[--pool->nb_free];
}

/* vta_intake.c: owner side */
uint32_t vta_take_requests(struct vta_poller *p, struct vta_queue *q, uint32_t budget);
uint32_t vta_take_own(struct vta_poller *p, struct vta_queue *q, struct vta_qp *qp,
		uint32_t budget);
bool vta_take_until(struct vta_poller *p, struct vta_qp *qp, uint16_t seq);
void vta_intake(struct vta_poller *p, struct vta_queue *q, const struct rte_vinetalk_task *req);
void vta_task_ext_free(struct vta_task *task);
void vta_task_reset(struct vta_task *task);

void vta_task_submit(struct vta_poller *p, struct vta_fifo *tasks, uint32_t nb);

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

/* vta_fence.c: owner side */
void vta_fence_hold(struct vta_task *task, bool fence);
void vta_fence_leave(struct vta_client *c);
void vta_fence_turn(struct vta_poller *p, struct vta_client *c);
bool vta_fence_end(struct vta_poller *p, struct vta_client *c, uint32_t qp_seq, int status);
void vta_fence_stop(struct vta_poller *p, struct vta_client *c);

/* vta_rate.c */
int vta_rates_init(struct vta_rates *r, uint64_t tasks, uint64_t bytes, struct vta_share *share);
bool vta_rates_are(const struct vta_rates *r);
const struct vta_meter *vta_rates_pass(struct vta_rates *r, uint32_t poller, uint64_t now,
		uint64_t bytes);
void vta_rates_wait(struct vta_rates *r, uint32_t poller, bool waits);

/* vta_limit.c: owner side; those that say so: control */
int vta_limit_domain(struct vta_domain *dom, const struct rte_vtappliance_domain_conf *conf); /* control */
int vta_limit_vaccel(struct vta_vaccel *va, const struct rte_vtregion_ctrl_vaccel *conf); /* control */
void vta_limit_beat(struct vta_client *c); /* control */
void vta_limit_domain_beat(struct vta_domain *dom); /* control */
void vta_gate_init(struct vta_gate *gate, struct vta_rates *rates); /* control */
int vta_limit_admit(struct vta_vaccel *va);
void vta_limit_pass(struct vta_poller *p, struct vta_task *task);
uint32_t vta_limit_turn(struct vta_poller *p);
bool vta_limit_end(struct vta_poller *p, struct vta_client *c, struct vta_vaccel *va, uint32_t qp_seq,
		int status);
uint32_t vta_limit_expire(struct vta_poller *p, uint64_t now, uint32_t most);
void vta_limit_stop(struct vta_poller *p, struct vta_client *c);

/* So many tasks, admitted by vta_limit_admit(), have ended. */
static inline void
vta_limit_done(struct vta_domain *dom, uint32_t nb)
{
	__atomic_fetch_sub(&dom->limits.in_flight, nb, __ATOMIC_RELAXED);
}

/* What ended tasks add up to. */
struct vta_sums {
	uint64_t failed, bytes, exec_ns, copied;
};

static inline void
vta_sums_add(struct vta_sums *sums, const struct rte_vtaccel_task *t)
{
	sums->failed += t->status != 0;
	sums->bytes += t->bytes;
	sums->exec_ns += t->exec_ns;
	sums->copied += t->copied;
}

/* vta_complete.c: owner side. The tasks are of one queue pair and one vaccel; the sums are filled in. */
void vta_ring_doorbell(struct vta_poller *p, struct vta_client *c, uint32_t vector);
void vta_tasks_done(struct vta_poller *p, struct vta_task **tasks, unsigned int nb,
		struct vta_sums *sums);
/* The same of one that has not run. */
void vta_task_end(struct vta_poller *p, struct vta_task *task, int status);
void vta_check_stopped(struct vta_poller *p, struct vta_client *c);
void vta_publish(struct vta_poller *p);

/* vta_vaccel.c: control */
int vta_vaccel_acquire(struct vta_client *c, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep);
void vta_vaccel_free(struct vta_vaccel *va);

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

/* vta_cancel.c */
int vta_cancel_ask(struct vta_client *c, const struct rte_vtregion_ctrl_req *req);
void vta_cancel(struct vta_poller *p, struct vta_msg *msg);

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

/* vta_poller.c */
int vta_poller_init(struct rte_vtappliance *app, uint32_t id);
void vta_poller_fini(struct vta_poller *p);
void vta_tell(struct vta_poller *from, struct vta_poller *to, struct vta_item *item,
		enum vta_kind kind);
bool vta_poller_has_work(struct vta_poller *p);

/* vta_umwait.c */
bool vta_umwait_possible(void);
void vta_umwait(struct vta_poller *p);

/* vta_idle.c */
void vta_idle(struct vta_poller *p);

/* vta_client.c: control */
int vta_client_attach(struct vta_client *c, const struct rte_vtregion_ctrl_req *req);
void vta_client_detach(struct vta_client *c, int reason);
void vta_client_stopped(struct vta_client *c);
void vta_client_forget(struct vta_client *c);
void vta_client_joined(struct vta_client *c, struct rte_vtivshmem_peer *peer);
void vta_client_left(struct vta_client *c);
void vta_client_rung(struct vta_client *c);
void vta_client_unseen(struct vta_client *c, bool mute);
void vta_client_place(struct vta_client *c);
void vta_client_vm(const struct vta_client *c, char *buf, size_t len);
void vta_client_beat(struct vta_client *c, uint64_t now);
struct rte_vtregion_slot *vta_client_slot(const struct vta_client *c);

/* vta_ctrl.c: control mailbox */
bool vta_ctrl_turn(struct vta_client *c);
void vta_ctrl_turn_all(struct vta_domain *dom);
void vta_ctrl_vaccel_stopped(struct vta_client *c, struct vta_msg *msg);
void vta_ctrl_task_canceled(struct vta_client *c, struct vta_msg *msg);
void vta_ctrl_answer_detach(struct vta_client *c);

/* vta_buf.c: control */
int vta_buf_add(struct vta_client *c, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep);
int vta_buf_del(struct vta_client *c, const struct rte_vtregion_ctrl_req *req);
void vta_bufs_free(struct vta_client *c);

/* vta_proc.c */
int vta_proc_scan(struct rte_vtappliance *app, struct vta_accel *a);

/* vta_quiesce.c */
bool vta_client_inside(const struct vta_client *c);
void vta_quiesce_begin(struct vta_client *c);
/* Whether its rings have nothing of clients that left; if not, that is seen to, and whoever waits is looked at again. */
bool vta_quiesce_clean(struct vta_queue *q);
void vta_quiesce_turn(struct vta_queue *q);
void vta_quiesce_salvaged(struct vta_queue *q);
void vta_salvage(struct vta_poller *p, struct vta_queue *q);

/* vta_ready.c: layout thread */
int vta_ready_init(struct vta_queue *q);
void vta_ready_free(struct vta_queue *q);
uint32_t vta_ready_turn(struct vta_poller *p, struct vta_queue *q, uint32_t budget);
bool vta_ready_has_work(const struct vta_queue *q);
void vta_ready_forget(struct vta_queue *q, struct vta_qp *qp);

/* vta_region.c: control */
int vta_region_make(struct vta_domain *dom, const struct rte_vtappliance_domain_conf *conf);
/* The accelerators behind those that know its memory get to know it; all of them forget it. */
int vta_region_tell(struct vta_domain *dom);
void vta_region_forget(struct vta_domain *dom);
/* One more accelerator, which is not in the table yet, gets to know all regions; or has to be removed. */
int vta_regions_tell(struct rte_vtappliance *app, struct vta_accel *a);

/* vta_adopt.c: a region that served before, control */
bool vta_adopt_possible(const struct vta_domain *dom);
int vta_adopt(struct vta_domain *dom);
void vta_adopt_client(struct vta_client *c);
void vta_adopt_rest(struct vta_domain *dom);
int vta_adopt_resume(const struct vta_client *c);
void vta_adopt_completions(struct vta_qp *qp);

/* vta_device.c: the region of a VM's device */
int vta_device_open(struct vta_domain *dom, const char *addr);
void vta_device_close(struct vta_domain *dom);

/* vta_bells.c: doorbells that all clients share */
bool vta_bells_ring(const struct vta_domain *dom);
uint32_t vta_bells_vector(const struct vta_domain *dom, const struct vta_poller *p);
int vta_bells_listen(struct vta_domain *dom);
/* None of them is listened to any more. */
void vta_bells_ignore(struct vta_domain *dom);

/* vta_domain.c */
struct vta_domain *vta_domain_find(const struct rte_vtappliance *app, const char *name, size_t len);
bool vta_domain_outlives(const struct vta_domain *dom);
void vta_domain_fail(struct vta_domain *dom, const char *why);
void vta_domain_beat(struct vta_domain *dom);
void vta_domain_turn(struct vta_domain *dom);
void vta_domain_drain(struct vta_domain *dom);
bool vta_domain_drained(const struct vta_domain *dom);
void vta_counters_add(struct vta_counters *to, const struct vta_counters *from);

/* vta_telemetry.c */
void vta_telemetry_attach(struct rte_vtappliance *app);
void vta_telemetry_detach(struct rte_vtappliance *app);

#endif /* VTA_PRIVATE_H */
