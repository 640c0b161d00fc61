/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTA_CLIENT_H
#define VTA_CLIENT_H

/* A client: its queue pairs, vaccels, counters and buffers. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_vtivshmem.h>
#include <rte_vtregion.h>
#include <rte_vtregion_ring.h>

#include "vta_accel.h"
#include "vta_limit.h"

/* How often tasks took how long: see vta_latency.c. The owner writes, others read (relaxed). */
struct vta_hist;

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

/* Counters of a client: its owner poller writes, others read (relaxed). */
struct vta_counters {
	uint64_t tasks;      /* taken from the ring */
	uint64_t completed;  /* ended with status 0 */
	uint64_t failed;     /* ended with another status */
	uint64_t bytes;      /* data bytes of ended tasks */
	uint64_t copied;     /* data bytes that had to be copied */
	uint64_t invalid;    /* failed validation */
	uint64_t doorbells;  /* rung towards it, for completions */
	uint64_t exec_ns;    /* sum of execution times */
	uint64_t canceled;   /* ended with -ECANCELED */
	uint64_t timed_out;  /* ended with -ETIMEDOUT */
	uint64_t over_quota; /* ended with -EDQUOT */
	uint64_t throttled;  /* waited for a rate */
	uint64_t throttled_cycles; /* sum of those waits */
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
};

/* vta_client.c: control */
int vta_client_attach(struct vta_client *c, const struct rte_vtregion_ctrl_req *req);
void vta_client_detach(struct vta_client *c, int reason);
void vta_client_stopped(struct vta_client *c);
void vta_client_forget(struct vta_client *c);
void vta_client_joined(struct vta_client *c, struct rte_vtivshmem_peer *peer);
void vta_client_left(struct vta_client *c);
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

/* vta_vaccel.c: control */
int vta_vaccel_acquire(struct vta_client *c, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep);
void vta_vaccel_free(struct vta_vaccel *va);

/* vta_buf.c: control */
int vta_buf_add(struct vta_client *c, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep);
int vta_buf_del(struct vta_client *c, const struct rte_vtregion_ctrl_req *req);
void vta_bufs_free(struct vta_client *c);

/* vta_cancel.c */
int vta_cancel_ask(struct vta_client *c, const struct rte_vtregion_ctrl_req *req);
void vta_cancel(struct vta_poller *p, struct vta_msg *msg);

/* vta_fence.c: owner side */
void vta_fence_hold(struct vta_task *task, bool fence);
void vta_fence_leave(struct vta_client *c);
void vta_fence_turn(struct vta_poller *p, struct vta_client *c);
bool vta_fence_end(struct vta_poller *p, struct vta_client *c, uint32_t qp_seq, int status);
void vta_fence_stop(struct vta_poller *p, struct vta_client *c);

/* vta_latency.c: control; vta_latency_add(): owner */
int vta_latency_domain(struct vta_domain *dom);
int vta_latency_vaccel(struct vta_vaccel *va);
void vta_latency_free(struct vta_vaccel *va);
void vta_latency_add(struct vta_client *c, const struct vta_vaccel *va, struct vta_task **tasks,
		unsigned int nb);
void vta_latency_of_domain(const struct vta_domain *dom, struct rte_vtappliance_latency *l);
void vta_latency_of_vaccel(const struct vta_vaccel *va, struct rte_vtappliance_latency *l);
void vta_latency_of_client(const struct vta_client *c, struct rte_vtappliance_latency *l);

#endif /* VTA_CLIENT_H */
