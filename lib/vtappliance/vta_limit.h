/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTA_LIMIT_H
#define VTA_LIMIT_H

/* What domains and vaccels may have: rates, tasks in flight, sessions, memory of accelerators. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_meter.h>
#include <rte_spinlock.h>
#include <rte_vtregion.h>

#include "rte_vtappliance.h"
#include "vta_task.h"

struct vta_domain;
struct vta_poller;

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
vta_limit_done(struct vta_limits *l, uint32_t nb)
{
	__atomic_fetch_sub(&l->in_flight, nb, __ATOMIC_RELAXED);
}

#endif /* VTA_LIMIT_H */
