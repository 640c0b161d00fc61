/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTA_POLLER_H
#define VTA_POLLER_H

/* A poller: what it owns, its pool of tasks, its mail and its sleep. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/queue.h>

#include <rte_ring.h>

#include "vta_domain.h"

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
	bool computes;               /* the last burst that came back took time: see vta_accel.c */
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
	struct vta_ringer ringer;

	struct rte_ring *inbox __rte_cache_aligned; /* any thread -> this poller */
	int epfd;
	int wakefd;
	uint32_t nb_mute;            /* atomic, control: attached clients that cannot ring */
	uint32_t sleeping;           /* atomic: ring wakefd after a send */
	uint32_t notified;           /* atomic: an engine has said so since it last parked */
	struct vta_msg fence_msg;    /* control */
} __rte_cache_aligned;


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

static inline void
vta_pool_give(struct vta_pool *pool, struct vta_task *const *tasks, uint32_t nb)
{
	if (likely(nb == 1))
		pool->free[pool->nb_free] = tasks[0];
	else
		memcpy(&pool->free[pool->nb_free], tasks, nb * sizeof(*tasks));
	pool->nb_free += nb;
}

/* vta_refs.c */
void vta_task_ext_free(struct vta_task *task);
void vta_task_reset(struct vta_task *task);

/* vta_intake.c: owner side */
uint32_t vta_take_requests(struct vta_poller *p, struct vta_queue *q, uint32_t budget);
uint32_t vta_take_own(struct vta_poller *p, struct vta_queue *q, struct vta_qp *qp,
		uint32_t budget);
bool vta_take_until(struct vta_poller *p, struct vta_qp *qp, uint16_t seq);
void vta_intake(struct vta_poller *p, struct vta_queue *q, const struct rte_vinetalk_task *req);

void vta_task_submit(struct vta_poller *p, struct vta_fifo *tasks, uint32_t nb);

/* What ended tasks add up to. */
struct vta_sums {
	uint64_t failed, bytes, exec_ns, copied;
};

/* One that ended; not 0 if vta_sums_odd() has to be called for all of them in the end. */
static inline uint32_t
vta_sums_add(struct vta_sums *sums, const struct rte_vtaccel_task *t)
{
	sums->bytes += t->bytes;
	sums->exec_ns += t->exec_ns;
	return (uint32_t)t->status | t->copied;
}

static inline void
vta_sums_odd(struct vta_sums *sums, struct vta_task *const *tasks, uint32_t nb)
{
	uint32_t i;

	for (i = 0; i < nb; i++) {
		sums->failed += tasks[i]->t.status != 0;
		sums->copied += tasks[i]->t.copied;
	}
}

/* vta_complete.c: owner side. The tasks are of one queue pair and one vaccel; the sums are filled in. */
void vta_tasks_done(struct vta_poller *p, struct vta_task **tasks, unsigned int nb,
		struct vta_sums *sums);
/* The same of one that has not run. */
void vta_task_end(struct vta_poller *p, struct vta_task *task, int status);
void vta_check_stopped(struct vta_poller *p, struct vta_client *c);
void vta_publish(struct vta_poller *p);

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

#endif /* VTA_POLLER_H */
