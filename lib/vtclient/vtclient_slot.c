/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Becoming the owner of a slot.
 *
 * Who got a number from a broker has a slot of its own: the number is given to one connection at a
 * time, and a device to one process at a time, so that whoever had the slot before is gone. The
 * attach says so (RTE_VTREGION_ATTACH_F_TAKEOVER), and the appliance ends the old life first.
 *
 * Without a broker the owner word decides, by compare-exchange. A guest that comes again is known by its
 * uuid: it takes its old slot.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_string_fns.h>

#include "vtclient_private.h"

#define UUID_FILE "/sys/class/dmi/id/product_uuid"

/* ---- which slot ---- */

/* The uuid of this machine. Only root can read it, and not every machine has one. */
static bool
machine_uuid(uint8_t uuid[16])
{
	FILE *f = fopen(UUID_FILE, "r");
	unsigned int i, byte, any = 0;

	memset(uuid, 0, 16);
	if (f == NULL)
		return false;
	for (i = 0; i < 16; i++) {
		if (fscanf(f, "%2x%*[-]", &byte) != 1)
			break;
		uuid[i] = (uint8_t)byte;
		any |= byte;
	}
	fclose(f);
	if (i == 16 && any != 0)
		return true;
	memset(uuid, 0, 16);
	return false;
}

static bool
owner_exchange(struct vtclient *d, uint32_t slot, uint32_t was)
{
	struct rte_vtregion_slot *s = rte_vtregion_slot(d->link.base, &d->geom, slot);

	return __atomic_compare_exchange_n(&s->owner, &was, d->owner, false, __ATOMIC_ACQ_REL,
		__ATOMIC_RELAXED);
}

/* A slot for one without a number: the one that this machine had, or a free one. */
static int
choose(struct vtclient *d, const uint8_t uuid[16], bool known)
{
	const uint32_t end = d->geom.conf.nb_clients, first = end - d->geom.conf.nb_plain;
	uint32_t i;

	for (i = first; known && i < end; i++) {
		struct rte_vtregion_slot *s = rte_vtregion_slot(d->link.base, &d->geom, i);
		const uint32_t was = __atomic_load_n(&s->owner, __ATOMIC_ACQUIRE);

		if (was != 0 && memcmp(s->uuid, uuid, 16) == 0 && owner_exchange(d, i, was))
			return (int)i;
	}
	for (i = first; i < end; i++) {
		struct rte_vtregion_slot *s = rte_vtregion_slot(d->link.base, &d->geom, i);

		/* In quarantine without an owner: that one has left by itself, after it was detached. */
		const uint32_t state = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);

		if ((state == RTE_VTREGION_SLOT_FREE || state == RTE_VTREGION_SLOT_QUARANTINE) &&
				owner_exchange(d, i, 0))
			return (int)i;
	}
	VTCLIENT_LOG(ERR, "%s: none of %u slots for clients without a broker is free%s", d->where,
		d->geom.conf.nb_plain, known ? "" : "; with a uuid (qemu -uuid) a machine would"
		" find its old one again");
	return -EUSERS;
}

int
vtclient_slot_own(struct vtclient *d)
{
	const uint32_t max = d->geom.conf.nb_clients - d->geom.conf.nb_plain;
	uint8_t uuid[16];
	bool known;
	int ret;

	d->owner = (uint32_t)getpid() ^ (uint32_t)vtclient_now_us() << 8;
	d->owner |= d->owner == 0;
	known = d->link.device && machine_uuid(uuid);
	if (d->link.id > max) {
		VTCLIENT_LOG(ERR, "%s: peer id %u is not in 1..%u", d->where, d->link.id, max);
		return -EPROTO;
	}
	if (d->link.id != 0) {
		d->slot_id = d->link.id - 1;
		__atomic_store_n(&rte_vtregion_slot(d->link.base, &d->geom, d->slot_id)->owner,
			d->owner, __ATOMIC_RELEASE);
	} else {
		ret = choose(d, uuid, known);
		if (ret < 0)
			return ret;
		d->slot_id = (uint32_t)ret;
	}
	d->slot = rte_vtregion_slot(d->link.base, &d->geom, d->slot_id);
	d->slot->pid = (uint32_t)getpid();
	if (known)
		memcpy(d->slot->uuid, uuid, sizeof(uuid));
	/* Behind whatever the one before us asked for. */
	d->ctrl_seq = __atomic_load_n(&d->slot->req_seq, __ATOMIC_ACQUIRE);
	return 0;
}

/* ---- attach ---- */

int
vtclient_slot_attach(struct vtclient *d, bool resume)
{
	const uint32_t first = d->slot_id * d->geom.conf.qps_per_client;
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH };
	struct rte_vtregion_ctrl_rep rep;
	uint32_t limit_ms, nb_qps, poller, rq, data_vector, i;
	int ret;

	req.arg = d->wanted_qps != 0 ? d->wanted_qps : d->geom.conf.qps_per_client;
	req.flags = (resume ? RTE_VTREGION_ATTACH_F_RESUME : RTE_VTREGION_ATTACH_F_TAKEOVER) |
		(d->link.device ? RTE_VTREGION_ATTACH_F_DEVICE : 0);
	rte_strscpy(req.name, d->name, sizeof(req.name));
	ret = vtclient_ctrl(d, &req, &rep);
	if (ret != 0) {
		VTCLIENT_LOG(ERR, "%s: the appliance refuses to attach us: %s", d->where,
			strerror(-ret));
		return ret;
	}
	nb_qps = __atomic_load_n(&d->slot->nb_qps, __ATOMIC_RELAXED);
	poller = __atomic_load_n(&d->slot->poller, __ATOMIC_RELAXED);
	rq = __atomic_load_n(&d->slot->rq, __ATOMIC_RELAXED);
	data_vector = __atomic_load_n(&d->slot->data_vector, __ATOMIC_RELAXED);
	limit_ms = __atomic_load_n(&d->slot->heartbeat_ms, __ATOMIC_RELAXED);
	if (nb_qps == 0 || nb_qps > d->geom.conf.qps_per_client || (resume && nb_qps != d->nb_qps) ||
			poller >= d->geom.conf.nb_pollers || rq >= d->geom.nb_rqs ||
			data_vector >= RTE_VTCLIENT_MAX_VECTORS) {
		VTCLIENT_LOG(ERR, "%s: impossible answer: %u queue pairs, poller %u, queue %u,"
			" doorbell %u", d->where, nb_qps, poller, rq, data_vector);
		return -EPROTO;
	}
	/* From here on queue pairs that are set up, or go on, use them. */
	d->nb_qps = nb_qps;
	d->poller = poller;
	d->rq = rq;
	d->data_vector = data_vector;
	/* Where the numbers of our requests begin: behind those of the slot's earlier owner. */
	for (i = 0; i < nb_qps; i++)
		d->next_seq[i] = (uint16_t)__atomic_load_n(&rte_vtregion_qp(d->link.base,
			&d->geom, first + i)->resume_seq, __ATOMIC_RELAXED);
	__atomic_store_n(&d->slot_epoch, __atomic_load_n(&d->slot->epoch, __ATOMIC_RELAXED),
		__ATOMIC_RELAXED);
	__atomic_store_n(&d->attached, 1, __ATOMIC_RELEASE);
	/* Queue pairs follow when all else is there again. */
	if (resume)
		return 0;
	d->epoch = d->slot_epoch;
	return vtclient_life_beat(d, limit_ms);
}

void
vtclient_slot_leave(struct vtclient *d)
{
	const struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_DETACH };
	struct rte_vtregion_ctrl_rep rep;
	uint32_t mine = d->owner;

	if (d->attached != 0 && !vtclient_gone(d)) {
		/* From here on another state of the slot is no surprise, and there are no heartbeats. */
		__atomic_store_n(&d->attached, 0, __ATOMIC_RELAXED);
		vtclient_ctrl(d, &req, &rep);
	}
	/* It may be another's by now. */
	if (mine != 0 && d->slot != NULL)
		__atomic_compare_exchange_n(&d->slot->owner, &mine, 0, false, __ATOMIC_RELEASE,
			__ATOMIC_RELAXED);
	d->owner = 0;
}
