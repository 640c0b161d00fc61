/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Coming and going, the mailbox, and doorbells. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hostile.h"

#define ANSWER_MS 300
#define LOOK_US 100
#define ZOMBIE_STEPS 100

/* The header as it was before anybody here touched it: what is spoiled is put right for the next attach. */
static struct rte_vtregion_hdr first_hdr;

/* As raw_ctrl(), but it gives up soon: the domain may have been closed. */
static int
ask(struct client *c, const struct rte_vtregion_ctrl_req *req, struct rte_vtregion_ctrl_rep *rep)
{
	const uint32_t seq = raw_ctrl_send(&c->c, req);
	unsigned int i;

	for (i = 0; i < ANSWER_MS * 1000 / LOOK_US; i++) {
		if (__atomic_load_n(&c->c.slot->rep_seq, __ATOMIC_ACQUIRE) == seq) {
			*rep = c->c.slot->rep;
			return rep->status;
		}
		usleep(LOOK_US);
	}
	return -ETIMEDOUT;
}

static int
connect_to(struct hostile *h, struct client *c)
{
	int ret = raw_connect(&c->c, h->path);

	if (c->c.base == NULL || c->c.base == MAP_FAILED) {
		c->c.base = NULL;
	} else if (ret == 0) {
		if (first_hdr.magic == 0)
			first_hdr = *rte_vtregion_hdr(c->c.base);
	} else if (first_hdr.magic != 0) {
		/* Spoiled by us, or an owner's word that we have left there. */
		*rte_vtregion_hdr(c->c.base) = first_hdr;
		ret = rte_vtregion_validate(c->c.base, c->c.link.mem_size, &c->c.geom);
		if (ret == 0) {
			c->c.slot_id = c->c.link.id - 1;
			c->c.slot = rte_vtregion_slot(c->c.base, &c->c.geom, c->c.slot_id);
			c->c.slot->owner = 1;
		}
	}
	if (ret != 0)
		raw_close(&c->c);
	return ret;
}

/* Procedures and vaccels, as many as there are places for. */
static void
acquire(struct hostile *h, struct client *c)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_PROC_GET, .name = "echo" };
	struct rte_vtregion_ctrl_rep rep;
	unsigned int i;

	c->nb_procs = c->nb_vaccels = 0;
	if (ask(c, &req, &rep) == 0)
		c->proc[c->nb_procs++] = (uint16_t)rep.id;
	for (i = 0; c->nb_procs < HOSTILE_PROCS; i++) {
		req = (struct rte_vtregion_ctrl_req){ .op = RTE_VTREGION_CTRL_PROC_INFO, .id = i };
		if (ask(c, &req, &rep) != 0)
			break;
		req.op = RTE_VTREGION_CTRL_PROC_GET;
		req.id = 0;
		memcpy(req.name, rep.name, sizeof(req.name));
		if (ask(c, &req, &rep) == 0)
			c->proc[c->nb_procs++] = (uint16_t)rep.id;
	}
	for (i = 0; i < HOSTILE_VACCELS; i++) {
		req = (struct rte_vtregion_ctrl_req){ .op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE,
			.id = RTE_VTREGION_CTRL_ANY, .proc = RTE_VTREGION_CTRL_ANY };
		if (rng_once_in(&h->rng, 4))
			req.vaccel.timeout_us = 1 + rng_below(&h->rng, 1000);
		if (rng_once_in(&h->rng, 4))
			req.vaccel.max_tasks = 1 + rng_below(&h->rng, 8);
		if (ask(c, &req, &rep) == 0)
			c->vaccel[c->nb_vaccels++] = (uint16_t)rep.id;
	}
}

bool
control_join(struct hostile *h, struct client *c)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = HOSTILE_QPS };
	struct rte_vtregion_ctrl_rep rep;

	memset(c, 0, sizeof(*c));
	if (connect_to(h, c) != 0)
		return false;
	memset(req.name, '\x1b', sizeof(req.name));
	req.flags = rng_once_in(&h->rng, 2) ? RTE_VTREGION_ATTACH_F_TAKEOVER : 0;
	/* Seldom without a heartbeat that it has promised, and never attached. */
	if (rng_once_in(&h->rng, 32))
		req.flags |= RTE_VTREGION_ATTACH_F_DEVICE;
	if (!rng_once_in(&h->rng, 32) && ask(c, &req, &rep) != 0) {
		raw_close(&c->c);
		return false;
	}
	c->rq = c->c.slot->rq % c->c.geom.nb_rqs;
	acquire(h, c);
	requests_begin(h, c);
	c->there = true;
	h->attaches++;
	return true;
}

/* By word of mouth, or at once; then it may still have the memory, and write what others now read. */
void
control_leave(struct hostile *h, struct client *c)
{
	const struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_DETACH };
	const uint64_t size = c->c.link.mem_size;
	struct rte_vtregion_ctrl_rep rep;
	uint8_t *base = c->c.base;
	unsigned int i;

	h->crossings += memory_crossings(h, c);
	if (rng_once_in(&h->rng, 4))
		ask(c, &req, &rep);
	c->there = false;
	if (rng_once_in(&h->rng, 2)) {
		raw_close(&c->c);
		return;
	}
	c->c.base = NULL;
	raw_close(&c->c);
	for (i = 0; i < ZOMBIE_STEPS; i++) {
		uint64_t word = rng_nasty(&h->rng), at = rng_next(&h->rng) % (c->c.geom.off_arenas / 8);

		memcpy(base + at * 8, &word, sizeof(word));
	}
	count_mutations(h, ZOMBIE_STEPS);
	munmap(base, size);
}

bool
control_is_served(const struct client *c)
{
	return __atomic_load_n(&c->c.slot->state, __ATOMIC_ACQUIRE) == RTE_VTREGION_SLOT_ATTACHED;
}

/* A request that nobody waits for, which changes while it is looked at. */
void
control_ask(struct hostile *h, struct client *c)
{
	const uint64_t arena = rte_vtregion_arena(&c->c.geom, c->c.slot_id);
	struct rte_vtregion_ctrl_req req;

	rng_bytes(&h->rng, &req, sizeof(req));
	req.op = rng_once_in(&h->rng, 16) ? (uint32_t)rng_nasty(&h->rng) :
		1 + rng_below(&h->rng, RTE_VTREGION_CTRL_OPS);
	/* One that asks to leave is not asked anything more. */
	if (req.op == RTE_VTREGION_CTRL_DETACH && !rng_once_in(&h->rng, 64))
		req.op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE;
	if (!rng_once_in(&h->rng, 4)) {
		req.id = rng_once_in(&h->rng, 2) ? RTE_VTREGION_CTRL_ANY : rng_below(&h->rng, 20);
		req.proc = rng_once_in(&h->rng, 2) ? RTE_VTREGION_CTRL_ANY : rng_below(&h->rng, 20);
		req.type = rng_below(&h->rng, RTE_VINETALK_ACCEL_TYPES + 1);
		req.flags = rng_below(&h->rng, 4);
		req.arg = rng_below(&h->rng, 4);
		memset(req.words, 0, sizeof(req.words));
		memset(req.name, 0, sizeof(req.name));
		if (rng_once_in(&h->rng, 2)) {
			req.buf.offset = arena + rng_below(&h->rng, 1 << 20);
			req.buf.len = rng_below(&h->rng, 1 << 20);
		} else {
			req.vaccel.weight = rng_below(&h->rng, 300);
			req.vaccel.rate_bytes = rng_once_in(&h->rng, 2) ? rng_nasty(&h->rng) : 0;
		}
	}
	hot_add(h, &c->c.slot->req, sizeof(req));
	hot_add(h, &c->c.slot->req_seq, sizeof(c->c.slot->req_seq));
	raw_ctrl_send(&c->c, &req);
	count_mutations(h, 1);
}

/* Far more rings than there is anything to say. */
void
control_storm(struct hostile *h, struct client *c)
{
	const uint64_t value = rng_once_in(&h->rng, 16) ? UINT64_MAX - 1 : 1;
	unsigned int i, nb = rng_below(&h->rng, 200);

	/* Whoever blocks here learns nothing. */
	for (i = 0; i < c->c.link.nb_server_vectors; i++)
		fcntl(c->c.link.server[i], F_SETFL, O_RDWR | O_NONBLOCK);
	for (i = 0; i < nb && c->c.link.nb_server_vectors != 0; i++)
		(void)!write(c->c.link.server[i % c->c.link.nb_server_vectors], &value, sizeof(value));
	count_mutations(h, nb);
}

/* Doorbells of our own that block whoever rings them; and wanted to be rung. */
void
control_block(struct hostile *h, struct client *c)
{
	const uint64_t full = UINT64_MAX - 1;
	unsigned int i;

	for (i = 0; i < c->c.link.nb_own_vectors; i++) {
		fcntl(c->c.link.own[i], F_SETFL, O_RDWR | O_NONBLOCK);
		(void)!write(c->c.link.own[i], &full, sizeof(full));
		fcntl(c->c.link.own[i], F_SETFL, O_RDWR);
	}
	/* Those of the appliance too: it must not read them in a way that waits. Mailboxes are rung by us. */
	for (i = RTE_VTREGION_VECTOR_DATA; i < c->c.link.nb_server_vectors; i++)
		fcntl(c->c.link.server[i], F_SETFL, O_RDWR);
	memset(c->c.slot->parked, 0xff, sizeof(c->c.slot->parked));
	count_mutations(h, 2 * c->c.link.nb_own_vectors);
}
