/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTCLIENT_PRIVATE_H
#define VTCLIENT_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_log.h>
#include <rte_ring.h>

#include <rte_vinetalk_driver.h>
#include <rte_vtregion.h>

#include "rte_vtclient.h"

extern int vtclient_logtype;
#define VTCLIENT_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, vtclient_logtype, "VTCLIENT: " fmt "\n", ## __VA_ARGS__)

/* Threads that sleep on one doorbell: one of them on the eventfd, the others on the condition. */
struct vtclient_vector {
	pthread_mutex_t lock;
	pthread_cond_t woken;
	bool watched;  /* a thread sleeps on the eventfd */
	uint32_t nb_waiting; /* threads that sleep, or are about to */
	bool events;   /* some event loop may count on it: the flag is never taken back */
};

/* A doorbell of the appliance. */
struct vtclient_bell {
	uint32_t begun, ended; /* atomic: writes */
	uint32_t blocked;      /* atomic: it has held somebody, and is not rung any more */
	uint32_t was_ended;    /* at the last look of the device's thread */
	bool was_inside;       /* then */
};

struct vtclient {
	struct rte_vtclient_link link;
	char where[128];
	struct rte_vtregion_geom geom; /* private: what bounds everything */
	struct rte_vtregion_hdr *hdr;
	struct rte_vtregion_slot *slot;
	uint32_t slot_id;
	uint32_t owner;      /* our nonce in slot->owner */
	uint32_t epoch;      /* atomic: what queue pairs that work have as `active` */
	uint32_t slot_epoch; /* atomic: of the slot when we attached; ahead of epoch while we take up with an appliance */
	uint64_t hdr_epoch;  /* atomic: of the appliance that serves us */
	uint64_t uid;        /* of the region */
	uint32_t wanted_qps; /* at the attach */
	char name[RTE_VINETALK_NAME_LEN]; /* of this client */
	uint32_t nb_qps;     /* granted */
	uint32_t spin_us;
	rte_vtclient_light_sleep_t light_sleep; /* NULL: there is none, or it is not wanted */
	uint32_t poller;
	uint32_t rq;
	uint32_t data_vector;/* the appliance's doorbell for tasks */
	pthread_mutex_t ctrl_lock; /* around the mailbox, and what is kept of it */
	uint32_t ctrl_seq;
	struct vtclient_kept *kept; /* what the next appliance is asked for again */
	uint32_t nb_kept, max_kept;
	uint16_t *next_seq;  /* of each queue pair: where its numbers go on */
	uint32_t attached;   /* atomic */
	uint32_t gone;       /* atomic: the appliance will not answer any more; the next one may */
	uint32_t sock_ended; /* atomic */
	uint32_t lost;       /* atomic: its memory is private zeroes, see rte_vtregion_sigbus.h */
	/* Any thread adds (relaxed). */
	uint64_t sleeps;     /* of waits */
	uint64_t late;       /* of these, on a doorbell, ended by the time limit though there was something */
	uint64_t rung;       /* doorbells of the appliance */
	uint64_t resumes;    /* appliances that it went on with */
	/* The appliance's heartbeat: what was seen last, and when. */
	pthread_mutex_t life_lock;
	pthread_cond_t life_cond;
	uint64_t beat, beat_ms;
	bool beat_valid;
	/* Our own thread. */
	pthread_t life;
	bool living;         /* there is the thread */
	bool life_stop;      /* under life_lock: it is to end */
	uint32_t beat_every_ms; /* under life_lock; 0: no heartbeats */
	struct vtclient_bell bells[RTE_VTCLIENT_MAX_VECTORS];
	struct vtclient_vector vectors[RTE_VTCLIENT_MAX_VECTORS];
};

struct vtclient_qp {
	struct rte_vinetalk_qp q; /* first: the class's */
	struct vtclient *dev;
	struct rte_ring *rq;       /* of generation gen */
	struct rte_ring *cq;
	struct rte_vtregion_rq *rq_line;
	struct rte_vtregion_poller *poller_line;
	struct rte_vtregion_qp *qp_line;
	/* Layout thread: the poller's ready set, and the number of our queue there. Else NULL. */
	uint64_t *summaries, *leaves;
	uint32_t queue;
	uint32_t sync;             /* enum rte_vtregion_sync: of the request ring */
	uint32_t gen;
	uint32_t active;           /* what qp_line->active says while we are attached */
	uint32_t vector;
	/* Where the next enqueue begins; in a ring that others enqueue into as well, about there. */
	uint32_t head;
	uint32_t cq_head;          /* next completion; atomic (relaxed): a thread that waits may be another */
	uint32_t rq_mask, cq_mask; /* entries - 1, which is also the capacity */
	uint32_t empties;          /* dequeues in a row that found nothing */
	int event_fd;              /* an epoll set with the doorbell in it, or -1 */
};

static inline bool
vtclient_memory_lost(const struct vtclient *d)
{
	return __atomic_load_n(&d->lost, __ATOMIC_RELAXED) != 0;
}

/* vtclient_slot.c: becoming a slot's owner */
int vtclient_slot_own(struct vtclient *d);
int vtclient_slot_attach(struct vtclient *d, bool resume);
void vtclient_slot_leave(struct vtclient *d);

/* vtclient_bell.c */
/* 0, or -EPROTO: what was given are no doorbells. */
int vtclient_bells_check(const struct vtclient *d);
void vtclient_ring(struct vtclient *d, uint32_t vector);
void vtclient_doorbell_drain(int fd);
/* Free who is held by a doorbell of the appliance, by the device's thread. True: look again soon. */
bool vtclient_bells_look(struct vtclient *d);

/* vtclient_life.c: the thread of a device */
int vtclient_life_start(struct vtclient *d);
/* Send heartbeats, if there is a limit. */
int vtclient_life_beat(struct vtclient *d, uint32_t limit_ms);
void vtclient_life_end(struct vtclient *d);

/* vtclient_wait.c */
uint64_t vtclient_now_us(void);
/* Sleep on a condition of locks_init() for at most so long. Called with the lock held. True: woken. */
bool vtclient_sleep_ms(pthread_cond_t *cond, pthread_mutex_t *lock, uint32_t ms);
bool vtclient_socket_ended(const struct vtclient *d);
bool vtclient_gone(struct vtclient *d);
/* Its completion ring has an impossible index: the other side is gone, or is taken for it. */
void vtclient_broken(const struct vtclient_qp *qp);
bool vtclient_ready(const struct vtclient_qp *qp);
/*
 * The appliance that had our tasks is gone. True: another one is there, and the queue pair works with it. False:
 * there is something to dequeue (0), which ends what is in flight, or nobody (-ENODEV).
 */
bool vtclient_go_on(struct vtclient_qp *qp, int *ret);
/* Ask for a doorbell with the next completion; whether there is something already. */
bool vtclient_park(struct vtclient_qp *qp);

/* vtclient_ctrl.c: one request and its answer; with ctrl_lock held, or while nobody else knows the device */
int vtclient_ctrl(struct vtclient *d, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep);

/* vtclient_dev.c: take queue, poller and number from the device, as at a set-up. 0 or -errno */
int vtclient_qp_bind(struct vtclient_qp *qp);

/* vtclient_resume.c: going on with the next appliance of the region */
/* A request; of those that make something, and of their opposites, it is known what there is. 0 or -errno. */
int vtclient_ask(struct vtclient *d, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep);
/* Whether another appliance serves the region now. */
bool vtclient_superseded(const struct vtclient *d);
/* Whether tasks of this queue pair that are not completed will not be: by the thread of the queue pair. */
bool vtclient_lost(struct vtclient_qp *qp);
/* Whether the queue pair, which has nothing in flight, works again; by its thread. */
bool vtclient_revive(struct vtclient_qp *qp);

#endif /* VTCLIENT_PRIVATE_H */
