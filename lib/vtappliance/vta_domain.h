/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTA_DOMAIN_H
#define VTA_DOMAIN_H

/* A domain: a region, who may join it, and what all its clients together have. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_io.h>
#include <rte_meter.h>
#include <rte_vtivshmem.h>
#include <rte_vtpci.h>
#include <rte_vtregion.h>
#include <rte_vtregion_mem.h>

#include "vta_queue.h"
#include "vta_ring.h"

struct vta_domain {
	struct rte_vtappliance *app;
	char name[28];
	char path[108];
	uint32_t id;
	bool removing, failed;         /* control */
	bool queues_asked;             /* control: VTA_QUEUE_DEL was sent, mailboxes are not looked at */
	struct rte_vtregion_geom geom; /* private copy: the only one that is trusted */
	struct rte_vtregion_mem mem;
	uint32_t nb_reached;           /* control: accelerators, from the first on, that know mem */
	struct rte_vtivshmem_server *server; /* NULL: a device, or plain clients only */
	struct rte_vtpci *pci;         /* the region is a device's memory: we are in a VM */
	bool remote;                   /* the broker is another process */
	bool left_alone;               /* remote: our end of it ends, not its clients */
	uint64_t epoch;                /* constant: ours, as the header has it for clients */
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

/* vta_log.c: control */
int vta_log_init(struct vta_domain *dom);
bool vta_log_may(struct vta_domain *dom, uint32_t level);

/* A line that a client can cause: not more of them than its domain may have. */
#define VTA_DOM_LOG(level, dom, fmt, ...) do { \
		if (vta_log_may(dom, RTE_LOG_ ## level)) \
			VTA_LOG(level, fmt, ## __VA_ARGS__); \
	} while (0)


/* Ring a client's doorbell, if it has one; with the next flush. */
static inline void
vta_client_ring(struct vta_ringer *r, struct vta_client *c, uint32_t vector)
{
	if (c->peer != NULL)
		vta_ringer_add(r, c->peer->to_client[vector]);
	else if (c->dom->pci != NULL)
		rte_write32((c->slot + 1) << 16 | vector, rte_vtpci_doorbell(c->dom->pci));
}

/* vta_domain.c */
struct vta_domain *vta_domain_find(const struct rte_vtappliance *app, const char *name, size_t len);
bool vta_domain_outlives(const struct vta_domain *dom);
void vta_domain_fail(struct vta_domain *dom, const char *why);
void vta_domain_beat(struct vta_domain *dom);
void vta_domain_turn(struct vta_domain *dom);
void vta_domain_drain(struct vta_domain *dom);
bool vta_domain_drained(const struct vta_domain *dom);
void vta_counters_add(struct vta_counters *to, const struct vta_counters *from);

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

#endif /* VTA_DOMAIN_H */
