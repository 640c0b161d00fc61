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

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_errno.h>

#include "vta_poller.h"

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
	struct vta_ringer ringer;    /* control's */
	bool unrung;                 /* control: doorbells cannot be rung yet */
	uint64_t drain_deadline;
	uint32_t nb_fences;          /* control: fences that are not back */
	bool fenced;                 /* control: they are back since it last looked drained */
	bool ending;                 /* pollers have ended */
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

/* The clock of rates, in cycles of rte_get_tsc_hz(). */
static inline uint64_t
vta_cycles(const struct rte_vtappliance *app)
{
	return unlikely(app->conf.cycles != NULL) ? app->conf.cycles() : rte_get_tsc_cycles();
}

/* vta_proc.c */
int vta_proc_scan(struct rte_vtappliance *app, struct vta_accel *a);

/* vta_telemetry.c */
void vta_telemetry_attach(struct rte_vtappliance *app);
void vta_telemetry_detach(struct rte_vtappliance *app);

#endif /* VTA_PRIVATE_H */
