/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * An appliance with several pollers, whose turns come in any order: accelerators that end tasks when the input says
 * so, in any order or never, that refuse, fail and recover; clients in each layout that send tasks with fences and limits,
 * cancel them, keep buffers, go inside an enqueue or with tasks in flight, and come again, by a socket or without one.
 *
 * Each input has an appliance of its own. However it went, all ends: each task once, and nothing is left.
 */

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_random.h>
#include <rte_vtappliance.h>
#include <rte_vtregion_ready.h>

#include "fault.h"
#include "fuzz.h"
#include "fuzz_slow.h"
#include "fuzz_telemetry.h"
#include "raw_client.h"

#define MAX_POLLERS 3
#define BY_SOCKET 2
#define PLAIN 1
#define CLIENTS (BY_SOCKET + PLAIN)
#define QPS 2
#define DEPTH 16
#define MAX_STEPS 160
#define VACCELS 8
#define END_TURNS 64
#define LONG_TURNS 17000

struct client {
	struct raw_client c;       /* base NULL: it is not there */
	bool plain, attached;
	bool honest;               /* since its attach it has sent while it was attached alone */
	uint16_t proc[2];
	uint16_t vaccels[VACCELS]; /* that it has, or had */
	uint8_t nb_vaccels, nb_qps;
	uint16_t seq[QPS], done[QPS]; /* the next number, and completions so far */
	uint32_t asked;            /* what it asked last */
};

static struct rte_vtappliance *app;
static uint32_t nb_pollers;
static struct client clients[CLIENTS];
static char path[64], other[64];
static uint64_t now;
static bool there; /* the domain */

static uint64_t
cycles(void)
{
	now += rte_get_tsc_hz() / 1000000;
	return now;
}

/* ---- turns ---- */

static void
control(void)
{
	fault_begin();
	rte_vtappliance_control(app, 0);
	fault_end();
}

static void
poll(unsigned int i, uint8_t budget)
{
	fault_begin();
	rte_vtappliance_poll(app, i % nb_pollers, budget);
	fault_end();
}

static void
turn(void)
{
	unsigned int i;

	control();
	for (i = 0; i < nb_pollers; i++)
		poll(i, 0);
}

static void
pass(uint32_t ms)
{
	fault_pass(ms);
	now += rte_get_tsc_hz() / 1000 * ms;
}

/* ---- clients ---- */

/* What the answer says that it has. */
static void
hear(struct client *c)
{
	const struct rte_vtregion_ctrl_rep *rep = &c->c.slot->rep;

	if (c->asked == 0 || c->c.slot->rep_seq != c->c.slot->req_seq)
		return;
	FUZZ_CHECK(rep->status <= 0);
	if (rep->status == 0 && c->asked == RTE_VTREGION_CTRL_VACCEL_ACQUIRE)
		c->vaccels[c->nb_vaccels++ % VACCELS] = (uint16_t)rep->id;
	if (c->asked == RTE_VTREGION_CTRL_ATTACH && rep->status == 0) {
		unsigned int i;

		c->attached = true;
		c->nb_qps = (uint8_t)c->c.slot->nb_qps;
		for (i = 0; i < QPS; i++)
			c->seq[i] = c->done[i] = (uint16_t)rte_vtregion_qp(c->c.base, &c->c.geom,
				c->c.slot_id * QPS + i)->resume_seq;
	}
	if (c->asked == RTE_VTREGION_CTRL_DETACH)
		c->attached = false;
	c->asked = 0;
}

static void
ask(struct client *c, const struct rte_vtregion_ctrl_req *req)
{
	const uint64_t one = 1;

	hear(c);
	c->asked = req->op;
	c->c.slot->req = *req;
	c->c.slot->parked[RTE_VTREGION_VECTOR_CTRL] = req->arg & 1;
	__atomic_store_n(&c->c.slot->req_seq, c->c.slot->req_seq + 1, __ATOMIC_RELEASE);
	if (!c->plain)
		(void)!write(c->c.link.server[0], &one, sizeof(one));
}

static void
ask_attach(struct client *c, uint8_t how)
{
	static const uint32_t qps[] = { QPS, 1, 0, QPS + 1 };
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = qps[how & 3],
		.flags = how >> 2 & 7, .name = "fuzz\n" };

	memset(c->c.slot->uuid, how & 0x20 ? 0x5a : 0, sizeof(c->c.slot->uuid));
	c->c.slot->uuid[0] = how >> 6;
	c->attached = false;
	c->honest = true;
	ask(c, &req);
}

static bool
join(struct client *c)
{
	struct client *first = &clients[0];

	if (c->plain) {
		if (first->c.base == NULL)
			return false;
		c->c.geom = first->c.geom;
		c->c.base = mmap(NULL, c->c.geom.conf.size, PROT_READ | PROT_WRITE, MAP_SHARED,
			first->c.link.mem_fd, 0);
		FUZZ_CHECK(c->c.base != MAP_FAILED);
		c->c.slot_id = BY_SOCKET;
		c->c.slot = rte_vtregion_slot(c->c.base, &c->c.geom, BY_SOCKET);
		return true;
	}
	memset(&c->c, 0, sizeof(c->c));
	if (rte_vtivshmem_connect(path, 100, &c->c.link) != 0)
		return false;
	c->c.base = mmap(NULL, c->c.link.mem_size, PROT_READ | PROT_WRITE, MAP_SHARED, c->c.link.mem_fd, 0);
	FUZZ_CHECK(c->c.base != MAP_FAILED);
	FUZZ_CHECK(rte_vtregion_validate(c->c.base, c->c.link.mem_size, &c->c.geom) == 0);
	c->c.slot_id = c->c.link.id - 1;
	c->c.slot = rte_vtregion_slot(c->c.base, &c->c.geom, c->c.slot_id);
	return true;
}

static void
leave(struct client *c)
{
	if (c->c.base == NULL)
		return;
	if (c->plain)
		munmap(c->c.base, c->c.geom.conf.size);
	else
		raw_close(&c->c);
	memset(&c->c, 0, sizeof(c->c));
	c->asked = 0;
	c->attached = false;
	c->nb_vaccels = 0;
}

static struct rte_ring *
request_ring(const struct client *c, uint32_t qp)
{
	const bool own = c->c.geom.conf.layout == RTE_VTREGION_THREAD;
	const uint32_t rq = own ? c->c.slot_id * QPS + qp : c->c.slot->rq % c->c.geom.nb_rqs;
	const uint32_t gen = rte_vtregion_rq(c->c.base, &c->c.geom, rq)->gen & ~RTE_VTREGION_GEN_CLOSED;

	return rte_vtregion_rq_ring(c->c.base, &c->c.geom, rq, gen % c->c.geom.nb_instances);
}

/* What producers have reserved. */
static uint32_t
head_of(const struct client *c, struct rte_ring *r)
{
	switch (c->c.geom.conf.sync) {
	case RTE_VTREGION_SYNC_RTS:
		return r->rts_prod.head.val.pos;
	case RTE_VTREGION_SYNC_HTS:
		return r->hts_prod.ht.pos.head;
	default:
		return r->prod.head;
	}
}

static void
reserve(const struct client *c, struct rte_ring *r, uint32_t head)
{
	switch (c->c.geom.conf.sync) {
	case RTE_VTREGION_SYNC_RTS:
		r->rts_prod.head.val.pos = head;
		break;
	case RTE_VTREGION_SYNC_HTS:
		r->hts_prod.ht.pos.head = head;
		break;
	default:
		r->prod.head = head;
	}
}

/* Put a task into its ring, or, with hole, its place alone; what lies behind a hole is not seen. */
static void
put(struct client *c, uint32_t qp, struct rte_vinetalk_task *t, bool hole)
{
	struct rte_ring *r = request_ring(c, qp);
	const uint32_t head = head_of(c, r), mask = c->c.geom.conf.rq_depth - 1;

	if (head - r->cons.tail > mask)
		return;
	t->qp_seq = rte_vinetalk_qp_seq((uint16_t)(c->c.slot_id * QPS + qp), c->seq[qp]);
	c->seq[qp]++;
	t->check = rte_vinetalk_task_check(t);
	reserve(c, r, head + 1);
	if (hole)
		return;
	((struct rte_vinetalk_task *)(r + 1))[head & mask] = *t;
	if (r->prod.tail == head)
		__atomic_store_n(&r->prod.tail, head + 1, __ATOMIC_RELEASE);
	if (c->c.geom.conf.layout == RTE_VTREGION_THREAD &&
			rte_vtregion_rq(c->c.base, &c->c.geom, c->c.slot_id * QPS + qp)->watched == 0)
		rte_vtregion_ready_mark(rte_vtregion_ready_summaries(c->c.base, &c->c.geom, c->c.slot->poller),
			rte_vtregion_ready_leaves(c->c.base, &c->c.geom, c->c.slot->poller), c->c.slot_id * QPS + qp);
}

static void
send(struct client *c, struct fuzz_in *in, uint8_t op)
{
	const uint8_t form = fuzz_u8(in), more = fuzz_u8(in);
	const uint64_t arena = rte_vtregion_arena(&c->c.geom, c->c.slot_id);
	struct rte_vinetalk_seg *table = (struct rte_vinetalk_seg *)(c->c.base + arena);
	struct rte_vinetalk_task t = { .vaccel = c->vaccels[(op >> 4 & 3) % VACCELS], .proc = c->proc[op >> 7],
		.cookie = form, .nb_in = form & 3, .nb_out = form >> 2 & 1, .args_len = form & 8 ? 8 : 0 };
	unsigned int n = (more >> 5) + 1, i;

	c->honest &= c->attached;
	for (i = 0; i < 2; i++) {
		t.seg_off[i] = arena + 4096 * (i + 1);
		t.seg_len[i] = more & 1 ? 64 : 4096;
	}
	if (form & 0x10)
		t.flags |= RTE_VINETALK_TASK_F_FENCE;
	if (form & 0x20) {
		t.flags |= RTE_VINETALK_TASK_F_SEGS_REF;
		t.nb_in = (form & 3) * 5;
		for (i = 0; i < (unsigned int)t.nb_in + t.nb_out; i++)
			table[i] = (struct rte_vinetalk_seg){ .offset = arena + 4096, .len = 64,
				.reserved = more & 2 ? i : 0 };
		t.seg_off[0] = arena;
		t.seg_len[0] = (uint32_t)(t.nb_in + t.nb_out) * sizeof(*table);
		t.seg_off[1] = t.seg_len[1] = 0;
	}
	if (form & 0x40) {
		t.flags |= RTE_VINETALK_TASK_F_ARGS_REF;
		t.args_len = 0;
		t.args_ref.offset = arena + ((more & 0x12) == 0x12 ? c->c.geom.arena_size : 0);
		t.args_ref.len = more & 4 ? 8 : 300;
	}
	/* One that is not right. */
	if (form & 0x80) {
		t.seg_off[0] += more & 8 ? c->c.geom.arena_size : 0;
		t.vaccel += more & 16 ? 1 : 0;
		t.proc += more & 2 ? 1 : 0;
		t.nb_in += more & 4 ? 17 : 0;
	}
	while (n-- != 0) {
		/* One shape, and other lengths. */
		if ((form & 0x40) != 0 && (more & 1) != 0)
			t.args_ref.len = 8 + n;
		put(c, (op >> 6 & 1) % QPS, &t, (more & 0x1a) == 0x1a && n == 0);
	}
}

/* Completions are read: each is of that queue pair, and there are no more than tasks were sent. */
static void
fetch(struct client *c)
{
	struct rte_ring *cq;
	unsigned int i, n;

	for (i = 0; i < c->nb_qps; i++) {
		cq = rte_vtregion_cq_ring(c->c.base, &c->c.geom, c->c.slot_id * QPS + i);
		n = cq->prod.tail - cq->cons.tail;
		FUZZ_CHECK(n < DEPTH && (!c->honest || n <= (uint16_t)(c->seq[i] - c->done[i])));
		for (; n != 0; n--) {
			const struct rte_vinetalk_completion *done = (const struct rte_vinetalk_completion *)(cq + 1) +
				(cq->cons.tail & (DEPTH - 1));

			FUZZ_CHECK(done->status <= 0 && done->qp_seq >> 16 == c->c.slot_id * QPS + i);
			c->done[i]++;
			__atomic_store_n(&cq->cons.tail, cq->cons.tail + 1, __ATOMIC_RELEASE);
		}
	}
}

/* The vaccel, with what it is to have. */
static void
ask_vaccel(struct client *c, struct fuzz_in *in)
{
	static const uint32_t timeouts[] = { 0, 100, 1000, 100000 };
	const uint8_t form = fuzz_u8(in), limits = fuzz_u8(in);
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE, .flags = form >> 7,
		.id = (form & 7) < 6 ? form & 7 : RTE_VTREGION_CTRL_ANY,
		.proc = form & 8 ? c->proc[0] : form & 0x40 ? c->proc[1] : RTE_VTREGION_CTRL_ANY,
		.vaccel = { .timeout_us = timeouts[form >> 4 & 3], .max_tasks = limits & 3, .weight = limits >> 2 & 3,
			.rate_tasks = limits & 0x10 ? 100 : 0, .rate_bytes = limits & 0x20 ? 1000 : 0,
			.priority = limits >> 6 & 1, .want = limits & 0x80 ? 3 : 0 },
	};

	ask(c, &req);
}

static void
ask_other(struct client *c, struct fuzz_in *in, uint8_t op)
{
	struct rte_vtregion_ctrl_req req = { 0 };
	static const char *const names[] = { "nop", "one", "echo", "none" };
	const uint8_t form = fuzz_u8(in);

	switch (op >> 4) {
	case 0:
		req.op = RTE_VTREGION_CTRL_DETACH;
		break;
	case 1:
		req.op = RTE_VTREGION_CTRL_VACCEL_RELEASE;
		req.id = c->vaccels[form % VACCELS];
		break;
	case 2:
	case 3:
	case 4:
	case 5:
		/* A task of late, or one that will be. */
		req.op = RTE_VTREGION_CTRL_TASK_CANCEL;
		req.id = rte_vinetalk_qp_seq((uint16_t)(c->c.slot_id * QPS + (form & 1) + ((form & 0xc0) == 0xc0)),
			(uint16_t)(c->seq[form & 1] - (form >> 1 & 7)));
		req.arg = (op & 0x10) != 0 && (form & 0x80) != 0 ? 100 : c->vaccels[form >> 4 & 3];
		break;
	case 6:
	case 7:
	case 8:
		req.op = RTE_VTREGION_CTRL_BUF_ADD;
		req.id = form & 1 ? RTE_VTREGION_CTRL_ANY : form >> 1 & 3;
		req.arg = op & 0x10 ? RTE_VTREGION_BUF_BOTH : RTE_VTREGION_BUF_ACCEL;
		req.buf.offset = rte_vtregion_arena(&c->c.geom, c->c.slot_id) + (form >> 3 & 7) * 4096;
		req.buf.len = form & 0x40 ? 64 : 4096 * (form >> 7 & 1);
		req.buf.len += (form & 0xc0) == 0 ? 8192 : 0;
		break;
	case 9:
		req.op = RTE_VTREGION_CTRL_BUF_DEL;
		req.buf.offset = rte_vtregion_arena(&c->c.geom, c->c.slot_id) + (form >> 3 & 7) * 4096;
		break;
	case 10:
	case 11:
		req.op = op & 0x10 ? RTE_VTREGION_CTRL_PROC_PUT : RTE_VTREGION_CTRL_PROC_GET;
		req.id = form & 3;
		req.type = form >> 4;
		snprintf(req.name, sizeof(req.name), "%s", names[form & 3]);
		break;
	default:
		req.op = op & 0x10 ? RTE_VTREGION_CTRL_ACCEL_INFO : form & 0x80 ? RTE_VTREGION_CTRL_PROC_INFO :
			RTE_VTREGION_CTRL_ACCEL_STATS;
		req.id = form & 15;
	}
	ask(c, &req);
}

/* As every client does: attach, and ask for procedures and a vaccel. */
static void
begin(struct client *c, uint8_t how)
{
	static const char *const names[] = { "nop", "one" };
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_PROC_GET };
	unsigned int i;

	if (c->c.base == NULL && !join(c))
		return;
	turn();
	ask_attach(c, how);
	turn();
	turn();
	hear(c);
	for (i = 0; c->attached && i < RTE_DIM(names); i++) {
		snprintf(req.name, sizeof(req.name), "%s", names[i]);
		ask(c, &req);
		turn();
		c->proc[i] = (uint16_t)c->c.slot->rep.id;
	}
}

static void
spoil(struct client *c, struct fuzz_in *in, uint8_t op)
{
	const uint32_t qp = c->c.slot_id * QPS + (op >> 7), value = fuzz_u8(in);
	struct rte_vtregion_qp *line = rte_vtregion_qp(c->c.base, &c->c.geom, qp);
	struct rte_ring *r = request_ring(c, op >> 7);

	switch (op >> 4 & 7) {
	case 0:
	case 1:
		line->inside = value == 0 ? 0 : 1 + (rte_vtregion_rq(c->c.base, &c->c.geom,
			c->c.slot->rq % c->c.geom.nb_rqs)->gen & ~RTE_VTREGION_GEN_CLOSED);
		break;
	case 2:
		c->c.slot->heartbeat += value;
		break;
	case 3:
		memset((void *)(uintptr_t)c->c.slot->parked, value & 1, sizeof(c->c.slot->parked));
		break;
	case 4:
		/* What was not published is. */
		if (c->c.geom.conf.layout != RTE_VTREGION_THREAD)
			r->prod.tail = head_of(c, r);
		break;
	case 5:
		r->prod.tail += value & 0x80 ? 1000 : 0;
		break;
	case 6:
		if (c->c.geom.ready_stride != 0)
			memset(c->c.base + c->c.geom.off_ready + value % (c->c.geom.ready_stride *
				c->c.geom.conf.nb_pollers), 0x81, 1);
		break;
	default:
		reserve(c, r, head_of(c, r) + (value & 0x80 ? 1000 : value & 15));
	}
}

/* ---- the operator ---- */

static void
say(struct fuzz_in *in, uint8_t op)
{
	static const int errors[] = { 0, ENOTSUP, EAGAIN, EIO, ENOSPC, ENOMEM };
	const uint8_t form = fuzz_u8(in);
	const int error = errors[form % RTE_DIM(errors)];
	struct slow_says *s = slow_says(op >> 4);

	switch (op >> 6) {
	case 0:
		s->room = form;
		break;
	case 1:
		s->abandon = (uint8_t)error;
		break;
	case 2:
		s->buf_add = s->stream_open = (uint8_t)error;
		s->recover = form & 0x80 ? ENOTSUP : form & 0x40 ? EIO : 0;
		break;
	default:
		s->failed = form & 1;
		slow_state(op >> 4);
	}
}

static void
operate(uint8_t op, struct fuzz_in *in)
{
	static const char *const texts[] = { "d", "d/1", "d/1/0", "1", "1/0", "d/4", "0", "" };
	unsigned int i;

	switch (op >> 4) {
	case 0:
		(void)rte_vtappliance_domain_remove(app, "d");
		break;
	case 1:
		(void)rte_vtappliance_hand_over(app);
		break;
	case 2:
		fault_begin();
		(void)rte_vtappliance_drain(app, 10);
		fault_end();
		break;
	case 3:
		/* So long that what is watched is not any more. */
		for (i = 0; i < LONG_TURNS; i++)
			poll(op >> 2, 0);
		break;
	case 4:
		for (i = 0; i < 4; i++)
			(void)rte_vtappliance_turn(app, op % nb_pollers);
		break;
	default:
		telemetry_ask(fuzz_u8(in), texts[op >> 4 & 7]);
	}
}

static void
step(struct fuzz_in *in)
{
	const uint8_t op = fuzz_u8(in), who = fuzz_u8(in);
	struct client *c = &clients[who % CLIENTS];
	const bool here = c->c.base != NULL;

	if (here)
		hear(c);
	switch (op & 15) {
	case 0:
		poll(op >> 4, who >> 4);
		break;
	case 1:
		control();
		break;
	case 2:
		turn();
		break;
	case 3:
	case 4:
		if (here)
			send(c, in, op);
		break;
	case 5:
	case 6:
		slow_end(op >> 4, (who >> 4) + 1, (op & 0x40) != 0, op & 0x80 ? EIO : 0);
		break;
	case 7:
		say(in, op);
		break;
	case 8:
		if (here)
			ask_vaccel(c, in);
		break;
	case 9:
	case 10:
		if (here)
			ask_other(c, in, op);
		break;
	case 11:
		if (op & 0x80 && here)
			ask_attach(c, fuzz_u8(in));
		else if (op & 0x40)
			leave(c);
		else
			begin(c, fuzz_u8(in));
		break;
	case 12:
		if (here)
			spoil(c, in, op);
		break;
	case 13:
		pass(op >> 4 == 15 ? 4000 : (op >> 4) * 10 + 1);
		break;
	case 14:
		if (here && there && c->attached)
			fetch(c);
		break;
	default:
		operate(op, in);
	}
	there = rte_vtappliance_domain_exists(app, "d");
}

/* ---- an input ---- */

static void
make(struct fuzz_in *in)
{
	static const char *const scheds[] = { "rr", "drr", "prio", "drr,cost=time" };
	const uint8_t form = fuzz_u8(in), more = fuzz_u8(in), limits = fuzz_u8(in);
	const struct rte_vtappliance_conf ac = { .nb_pollers = (form & 3) % MAX_POLLERS + 1, .detach_ms = 20,
		.heartbeat_ms = 500, .stall_ms = more & 1 ? 20 : 0, .probe_ms = 10, .sched = scheds[form >> 2 & 3],
		.latency = more & 2, .cycles = cycles, .idle = RTE_VTAPPLIANCE_IDLE_INTERRUPT, .park_ms = 10 };
	struct rte_vtappliance_domain_conf dc = { .name = "d", .path = path, .nb_clients = CLIENTS, .nb_plain = PLAIN,
		.qps = QPS, .depth = DEPTH, .rq_depth = 64, .arena_size = 1 << 20, .layout = (form >> 4 & 3) % 3,
		.uid = -1, .gid = -1, .no_huge = true, .id = more & 4 ? 7 : 0, .unsafe_sync = true };
	static const uint32_t syncs[] = { RTE_VTREGION_SYNC_RTS, RTE_VTREGION_SYNC_HTS, RTE_VTREGION_SYNC_MT,
		RTE_VTREGION_SYNC_RTS };

	if (dc.layout != RTE_VTREGION_THREAD)
		dc.sync = syncs[form >> 6];
	if (limits & 1)
		dc.max_tasks = 5;
	if (limits & 2)
		dc.rate_tasks = 1000;
	if (limits & 4)
		dc.rate_bytes = 100000;
	if (limits & 8)
		dc.rate_excess = RTE_VTAPPLIANCE_EXCESS_FAIL;
	if (limits & 16)
		dc.max_vaccels = 3;
	if (limits & 32)
		dc.max_accel_bytes = 10000;
	nb_pollers = ac.nb_pollers;
	now = rte_get_tsc_cycles() + rte_get_tsc_hz();
	app = rte_vtappliance_create(&ac);
	FUZZ_CHECK(app != NULL);
	FUZZ_CHECK(rte_vtappliance_accel_add(app, "slow,kind=twin") == 0);
	FUZZ_CHECK(rte_vtappliance_accel_add(app, "slow,kind=twin") == 0);
	FUZZ_CHECK(rte_vtappliance_accel_add(app, "slow") == 0);
	FUZZ_CHECK(rte_vtappliance_accel_add(app, "cpu,workers=0") == 0);
	FUZZ_CHECK(rte_vtappliance_start(app) == 0);
	FUZZ_CHECK(rte_vtappliance_domain_add(app, &dc) == 0);
	if (more & 8) {
		dc.name = "e";
		dc.path = other;
		FUZZ_CHECK(rte_vtappliance_domain_add(app, &dc) == 0);
	}
	there = true;
}

static void
init(void)
{
	fuzz_eal();
	snprintf(path, sizeof(path), "vt-fuzz-%d-d.sock", getpid());
	snprintf(other, sizeof(other), "vt-fuzz-%d-e.sock", getpid());
}

static void
run(struct fuzz_in *in)
{
	unsigned int i, n;

	fault_time(turn);
	slow_reset();
	rte_srand(1);
	memset(clients, 0, sizeof(clients));
	for (i = BY_SOCKET; i < CLIENTS; i++)
		clients[i].plain = true;
	make(in);
	for (i = 0; i < 2; i++)
		begin(&clients[i], 0);
	for (i = 0; i < MAX_STEPS && in->left != 0; i++)
		step(in);
	fault_off();
	for (i = 0; i < CLIENTS; i++)
		leave(&clients[i]);
	/* All tasks end, and everybody is gone. */
	for (i = 0; i < END_TURNS; i++) {
		for (n = 0; n < SLOW_MAX; n++) {
			*slow_says(n) = (struct slow_says){ 0 };
			slow_end(n, UINT32_MAX, false, 0);
		}
		turn();
	}
	rte_vtappliance_free(app);
	app = NULL;
	slow_reset();
	fault_time(NULL);
}

const struct fuzz_target fuzz_pollers = { .name = "pollers", .init = init, .run = run };
