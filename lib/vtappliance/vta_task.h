/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTA_TASK_H
#define VTA_TASK_H

/* A task, and the items by which threads hand tasks and messages to each other. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_common.h>
#include <rte_vinetalk_task.h>
#include <rte_vtaccel.h>

#include "vta_common.h"

struct vta_client;
struct vta_lane;
struct vta_qp;
struct vta_queue;
struct vta_vaccel;

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

/* For three segments, a structure of arguments, and a key or two. */
#define VTA_TASK_ROOM 192
#define VTA_TASK_WIPE 32 /* bytes of it that are wiped at a time: no call for that */

/*
 * What each task needs is in two lines, and two more for segments that are in the request, and arguments that are
 * elsewhere, or three if the segments are too: an engine's data drives them out of the first cache between one step of a burst and the next.
 */
struct vta_task {
	struct rte_vtaccel_task t;
	struct vta_qp *qp;
	struct vta_vaccel *va;       /* NULL: it failed before it had one */
	uint64_t cookie;
	void *ext;                   /* segment table and arguments that were by offset, or NULL */
	uint32_t qp_seq;
	uint32_t ext_len;            /* bytes of ext */
	struct rte_vtaccel_seg segs[RTE_VINETALK_INLINE_SEGS];
	uint8_t room[VTA_TASK_ROOM] __rte_aligned(16); /* ext, if it is no larger */
	uint8_t args[RTE_VINETALK_INLINE_ARGS] __rte_aligned(8);
	struct vta_item item;
	uint8_t fence;               /* owner, while it is held: enum vta_fence */
	uint64_t since;              /* owner, while it waits for a rate: cycles */
	uint64_t seen;               /* owner, of a vaccel that is timed: when it was taken, cycles */
	/* Of a vaccel with a time limit; the deadline is set by the owner, the others are the home's. */
	bool lost;                   /* its time was up while the engine had it */
	bool is_stuck;               /* lost, and the engine cannot give it up */
	uint64_t deadline;           /* cycles */
	TAILQ_ENTRY(vta_task) run_link; /* while the engine has it */
	struct vta_item expired;     /* VTA_TASK_EXPIRED: item may follow before this one has arrived */
} __rte_cache_aligned;
STAILQ_HEAD(vta_fifo, rte_vtaccel_task);
TAILQ_HEAD(vta_tasks, vta_task);

/* What a held task has to do with the others of its client. */
enum vta_fence {
	VTA_FENCE_AFTER = 1 << 0,  /* it begins when all earlier ones have ended */
	VTA_FENCE_BEFORE = 1 << 1, /* later ones begin when it has ended */
};

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

#endif /* VTA_TASK_H */
