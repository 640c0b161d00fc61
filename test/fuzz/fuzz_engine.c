/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A client that owns every byte of its domain's region, against the engine, turn by turn in one thread: requests that
 * are nearly right, indexes, control requests, marks, and any bytes anywhere; it dies, also inside an enqueue, and comes
 * again. The neighbour, a client of another domain, must have its tasks done and its memory unchanged. An operator asks
 * telemetry meanwhile.
 */

#include <errno.h>
#include <unistd.h>

#include <rte_vinetalk.h>
#include <rte_vtappliance.h>
#include <rte_vtregion_ready.h>

#include "fault.h"
#include "fuzz.h"
#include "fuzz_telemetry.h"
#include "raw_client.h"

#define ARENA (1U << 20)
#define MAX_STEPS 64
#define NB_QPS 2
#define NB_CLIENTS 2
#define LONG_TURNS 17000

/* One of the two clients that it is. */
struct self {
	struct raw_client c;
	uint16_t vaccel, proc;
	uint16_t seq[NB_QPS];
	uint32_t tail[NB_QPS]; /* of its request rings (layout thread) */
};

struct hostile {
	char name[16], path[96];
	uint32_t layout, sync;
	bool limits;
	struct self self[NB_CLIENTS];
	uint32_t tail;         /* of the request ring of both */
};

static struct rte_vtappliance *app;
static struct hostile hostiles[] = {
	{ .layout = RTE_VTREGION_HASHED, .limits = true },
	{ .layout = RTE_VTREGION_SINGLE },
	{ .layout = RTE_VTREGION_THREAD },
	{ .layout = RTE_VTREGION_SINGLE, .sync = RTE_VTREGION_SYNC_HTS },
	{ .layout = RTE_VTREGION_SINGLE, .sync = RTE_VTREGION_SYNC_MT },
};
static uint16_t dev, good_vaccel, good_proc;
static uint8_t *good;
static char dir[64];

/* ---- telemetry ---- */

static void
telemetry(struct fuzz_in *in)
{
	const unsigned int which = fuzz_u8(in);
	const uint8_t form = fuzz_u8(in);
	static const char *const known[] = { "h0/1", "h0/1/0", "h2/2/1", "1/0", "good", "0", "cpu0", "h1" };
	char text[40];

	if (form & 0x80) {
		fuzz_take(in, text, form % (sizeof(text) - 1));
		text[form % (sizeof(text) - 1)] = '\0';
	} else {
		snprintf(text, sizeof(text), "%s", known[form % RTE_DIM(known)]);
	}
	telemetry_ask(which, form & 0x40 ? NULL : text);
}

/* ---- the appliance ---- */

static void
turn(void)
{
	fault_begin();
	rte_vtappliance_control(app, 0);
	rte_vtappliance_poll(app, 0, 0);
	fault_end();
}

/* ---- the hostile client ---- */

static bool
attach(struct hostile *h, struct self *s)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_PROC_GET, .name = "echo" };
	struct rte_vtregion_ctrl_rep rep;
	unsigned int i;

	memset(s, 0, sizeof(*s));
	if (raw_attach(&s->c, h->path, NB_QPS) != 0 || raw_ctrl(&s->c, &req, &rep) != 0)
		return false;
	s->proc = (uint16_t)rep.id;
	req = (struct rte_vtregion_ctrl_req){ .op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE,
		.id = RTE_VTREGION_CTRL_ANY, .proc = s->proc };
	if (raw_ctrl(&s->c, &req, &rep) != 0)
		return false;
	s->vaccel = (uint16_t)rep.id;
	for (i = 0; i < NB_QPS; i++)
		s->seq[i] = rte_vtregion_qp(s->c.base, &s->c.geom,
			s->c.slot_id * s->c.geom.conf.qps_per_client + i)->resume_seq;
	return true;
}

static void
domain_add(struct hostile *h)
{
	struct rte_vtappliance_domain_conf conf = { .name = h->name, .path = h->path,
		.arena_size = ARENA, .nb_clients = NB_CLIENTS, .qps = NB_QPS, .depth = 16, .rq_depth = 64,
		.layout = h->layout, .sync = h->sync, .unsafe_sync = h->sync != 0, .uid = -1, .gid = -1,
		.no_huge = true };
	unsigned int i;

	/* One of them with limits, which are met now and then. */
	if (h->limits) {
		conf.max_tasks = 12;
		conf.rate_tasks = 200000;
		conf.rate_bytes = UINT64_C(1) << 32;
	}
	FUZZ_CHECK(rte_vtappliance_domain_add(app, &conf) == 0);
	h->tail = 0;
	for (i = 0; i < NB_CLIENTS; i++)
		FUZZ_CHECK(attach(h, &h->self[i]));
}

/* A region of which nothing is as it was: a new one. */
static void
renew(struct hostile *h)
{
	unsigned int i;

	fault_off();
	for (i = 0; i < NB_CLIENTS; i++)
		raw_close(&h->self[i].c);
	rte_vtappliance_domain_remove(app, h->name);
	for (i = 0; i < 1000000 && rte_vtappliance_domain_exists(app, h->name); i++)
		turn();
	FUZZ_CHECK(!rte_vtappliance_domain_exists(app, h->name));
	domain_add(h);
}

static struct rte_ring *
request_ring(struct hostile *h, struct self *s, uint32_t qp)
{
	const bool own = h->layout == RTE_VTREGION_THREAD;
	const uint32_t rq = own ? s->c.slot_id * s->c.geom.conf.qps_per_client + qp : 0;
	const uint32_t gen = own ? 0 : rte_vtregion_rq(s->c.base, &s->c.geom, rq)->gen;

	return rte_vtregion_rq_ring(s->c.base, &s->c.geom, rq, gen % s->c.geom.nb_instances);
}

static uint32_t *
tail_of(struct hostile *h, struct self *s, uint32_t qp)
{
	return h->layout == RTE_VTREGION_THREAD ? &s->tail[qp] : &h->tail;
}

static void
request(struct hostile *h, struct self *s, struct fuzz_in *in, uint8_t fix)
{
	const uint32_t qp = fuzz_u8(in) % NB_QPS;
	const uint64_t arena = s->c.geom.off_arenas + s->c.slot_id * s->c.geom.arena_size;
	struct rte_ring *r = request_ring(h, s, qp);
	uint32_t *tail = tail_of(h, s, qp);
	struct rte_vinetalk_task t;
	unsigned int i;

	fuzz_take(in, &t, sizeof(t));
	if (fix & 1)
		t.qp_seq = rte_vinetalk_qp_seq((uint16_t)(s->c.slot_id * s->c.geom.conf.qps_per_client + qp),
			s->seq[qp]++);
	if (fix & 2) {
		t.vaccel = s->vaccel;
		t.proc = s->proc;
		t.nb_in &= 3;
		t.nb_out &= 3;
	}
	for (i = 0; (fix & 4) && i < RTE_VINETALK_INLINE_SEGS; i++) {
		t.seg_off[i] = arena + t.seg_off[i] % (s->c.geom.arena_size + 64);
		t.seg_len[i] %= 256;
	}
	if (fix & 8)
		t.flags &= RTE_VINETALK_TASK_F_ALL;
	/* By offset: a table of as many as it says, and arguments. */
	if ((fix & 8) != 0 && (t.flags & RTE_VINETALK_TASK_F_SEGS_REF) != 0) {
		t.seg_len[0] = (uint32_t)(t.nb_in + t.nb_out) * sizeof(struct rte_vinetalk_seg);
		t.seg_off[1] = t.seg_len[1] = 0;
	}
	if ((fix & 8) != 0 && (t.flags & RTE_VINETALK_TASK_F_ARGS_REF) != 0) {
		t.args_len = 0;
		t.args_ref.reserved = 0;
		t.args_ref.len %= RTE_VINETALK_MAX_ARGS + 64;
		t.args_ref.offset = arena + t.args_ref.offset % (s->c.geom.arena_size + 64);
	}
	if (fix & 16)
		t.flags = 0;
	t.check = rte_vinetalk_task_check(&t);
	memcpy((struct rte_vinetalk_task *)(r + 1) + (*tail & (s->c.geom.conf.rq_depth - 1)), &t, sizeof(t));
	++*tail;
	/* One that dies in the midst of it has reserved, and not published. */
	r->rts_prod.head.val.pos = *tail;
	r->prod.head = *tail;
	if ((fix & 0x18) == 0x18)
		return;
	__atomic_store_n(&r->prod.tail, *tail, __ATOMIC_RELEASE);
	if (h->layout == RTE_VTREGION_THREAD)
		rte_vtregion_ready_mark(rte_vtregion_ready_summaries(s->c.base, &s->c.geom, 0),
			rte_vtregion_ready_leaves(s->c.base, &s->c.geom, 0),
			s->c.slot_id * s->c.geom.conf.qps_per_client + qp);
}

static void
mark(struct self *s, struct fuzz_in *in)
{
	const uint64_t len = s->c.geom.ready_stride * s->c.geom.conf.nb_pollers;
	uint64_t at;

	if (len < 8)
		return;
	at = fuzz_u16(in) % (len / 8);
	memset(s->c.base + s->c.geom.off_ready + at * 8, fuzz_u8(in), 8);
}

/* Ask the control plane: any bytes, or something that it can do. */
static void
ask(struct self *s, struct fuzz_in *in, uint8_t op)
{
	static const char *const names[] = { "echo", "nop", "sha256", "none" };
	struct rte_vtregion_ctrl_req *req = &s->c.slot->req;
	const uint64_t one = 1;
	uint8_t form;

	memset(req, 0, sizeof(*req));
	if (op & 8) {
		form = fuzz_u8(in);
		req->op = fuzz_u8(in) % (RTE_VTREGION_CTRL_OPS + 1);
		req->id = form & 1 ? RTE_VTREGION_CTRL_ANY : fuzz_u8(in) % 20;
		req->type = form & 2 ? fuzz_u8(in) % 10 : 0;
		req->proc = form & 4 ? fuzz_u8(in) % 20 : RTE_VTREGION_CTRL_ANY;
		req->flags = form & 8 ? fuzz_u8(in) : 0;
		req->arg = form & 16 ? fuzz_u8(in) % 4 : 1;
		if (form & 32)
			fuzz_take(in, req->words, 24);
		if (req->op == RTE_VTREGION_CTRL_TASK_CANCEL)
			req->id = rte_vinetalk_qp_seq((uint16_t)(s->c.slot_id * NB_QPS + (form >> 7)),
				(uint16_t)(s->seq[form >> 7] - (form >> 6 & 1)));
		if (req->op == RTE_VTREGION_CTRL_BUF_ADD && (form & 64) != 0) {
			req->buf.offset = s->c.geom.off_arenas + s->c.slot_id * s->c.geom.arena_size +
				(fuzz_u8(in) & 3) * 4096U;
			req->buf.len = 4096;
		}
		snprintf(req->name, sizeof(req->name), "%s", names[form >> 6]);
	} else {
		fuzz_take(in, req, 24);
		fuzz_take(in, req->name, 16);
	}
	__atomic_store_n(&s->c.slot->req_seq, s->c.slot->req_seq + 1, __ATOMIC_RELEASE);
	(void)!write(s->c.link.server[0], &one, sizeof(one));
	turn();
}

/* It dies: inside an enqueue or not; and may come again. */
static void
die(struct hostile *h, struct self *s, uint8_t op, struct fuzz_in *in)
{
	const uint32_t first = s->c.slot_id * s->c.geom.conf.qps_per_client;
	struct rte_vtregion_qp *qp = rte_vtregion_qp(s->c.base, &s->c.geom, first + (op >> 7));

	switch (op >> 3 & 3) {
	case 0:
		qp->inside = fuzz_u8(in);
		break;
	case 1:
		fault_pass(fuzz_u8(in));
		break;
	default:
		raw_close(&s->c);
		turn();
		turn();
		/* Who cannot come again is as one that did not go: the domain is made anew. */
		if (!attach(h, s))
			renew(h);
	}
}

static void
step(struct hostile *h, struct fuzz_in *in)
{
	const uint8_t op = fuzz_u8(in), how = fuzz_u8(in);
	struct self *s = &h->self[how & 1];
	const uint32_t first = s->c.slot_id * s->c.geom.conf.qps_per_client;
	struct rte_ring *r;
	uint64_t at;

	switch (op & 7) {
	case 0:
		request(h, s, in, op >> 3);
		break;
	case 1:
		die(h, s, op, in);
		break;
	case 2:
		at = fuzz_u32(in) % (s->c.geom.off_arenas + ARENA);
		fuzz_take(in, s->c.base + at, (op >> 3 & 7) + 1);
		break;
	case 3:
		/* Indexes of a ring of requests or completions. */
		at = fuzz_u8(in) % NB_QPS;
		r = request_ring(h, s, (uint32_t)at);
		if (op & 0x10)
			fuzz_take(in, (void *)(uintptr_t)&r->rts_prod.head, 8);
		else if (op & 8)
			fuzz_take(in, (void *)(uintptr_t)&r->prod.tail, 4);
		else
			fuzz_take(in, (void *)(uintptr_t)&rte_vtregion_cq_ring(s->c.base, &s->c.geom,
				first + (uint32_t)at)->cons.tail, 4);
		break;
	case 4:
		if (how & 2)
			telemetry(in);
		/* So long that what is watched is not any more. */
		for (at = how == 0xf4 ? LONG_TURNS : 1; (how & 2) == 0 && at != 0; at--)
			turn();
		break;
	case 5:
		ask(s, in, op);
		break;
	case 6:
		mark(s, in);
		break;
	default:
		/* Segment tables and arguments by offset. */
		at = s->c.geom.off_arenas + s->c.slot_id * s->c.geom.arena_size + (fuzz_u16(in) % (ARENA - 64));
		fuzz_take(in, s->c.base + at, 32);
		if (op & 8) {
			struct rte_vinetalk_seg *seg = (struct rte_vinetalk_seg *)(s->c.base + (at & ~15ULL));

			seg->offset = at & ~15ULL;
			seg->len = how;
			seg->reserved = 0;
		}
	}
}

/* Whether it still has what it began with: the next request is answered. */
static bool
is_served(struct hostile *h, struct self *s)
{
	const uint32_t qp = s->c.slot_id * s->c.geom.conf.qps_per_client;
	struct rte_ring *cq = rte_vtregion_cq_ring(s->c.base, &s->c.geom, qp);
	const uint32_t before = __atomic_load_n(&cq->prod.tail, __ATOMIC_ACQUIRE);
	uint8_t none[65] = { 0 };
	struct fuzz_in in = { .data = none, .left = sizeof(none) };
	unsigned int i;

	__atomic_store_n(&cq->cons.tail, before, __ATOMIC_RELEASE);
	request(h, s, &in, 1 | 2 | 4 | 16);
	for (i = 0; i < 4; i++)
		turn();
	return __atomic_load_n(&cq->prod.tail, __ATOMIC_ACQUIRE) == before + 1;
}

/* ---- the neighbour ---- */

static void
good_init(void)
{
	const struct rte_vtappliance_domain_conf conf = { .name = "good", .path = dir,
		.arena_size = 1 << 20, .nb_clients = 1, .qps = 1, .depth = 16, .uid = -1, .gid = -1,
		.no_huge = true };
	const struct rte_vinetalk_conf c = { .nb_queue_pairs = 1 };
	struct rte_vinetalk_vaccel_conf vc = { .accel = RTE_VINETALK_ID_ANY };
	char args[128];
	int ret;

	FUZZ_CHECK(rte_vtappliance_domain_add(app, &conf) == 0);
	snprintf(args, sizeof(args), "shm,path=%s", dir);
	ret = rte_vinetalk_attach(args);
	FUZZ_CHECK(ret >= 0);
	dev = (uint16_t)ret;
	FUZZ_CHECK(rte_vinetalk_configure(dev, &c) == 0);
	FUZZ_CHECK(rte_vinetalk_queue_pair_setup(dev, 0, NULL) == 0);
	FUZZ_CHECK(rte_vinetalk_start(dev) == 0);
	FUZZ_CHECK(rte_vinetalk_proc_get(dev, "echo", RTE_VINETALK_ACCEL_ANY, &good_proc) == 0);
	vc.proc = good_proc;
	FUZZ_CHECK(rte_vinetalk_vaccel_acquire(dev, &vc, &good_vaccel) == 0);
	good = rte_vinetalk_alloc(dev, 8192, 0, RTE_VINETALK_PLACE_HOST);
	FUZZ_CHECK(good != NULL);
	memset(good, 0x3c, 8192);
}

static void
good_works(void)
{
	static uint64_t cookie;
	struct rte_vinetalk_completion done = { 0 };
	struct rte_vinetalk_task t;
	unsigned int i, n = 0;

	rte_vinetalk_task_init(&t, good_vaccel, good_proc, ++cookie);
	memset(good + 4096, (int)(cookie & 0x7f), 64);
	FUZZ_CHECK(rte_vinetalk_task_in(dev, &t, good + 4096, 64) == 0);
	FUZZ_CHECK(rte_vinetalk_task_out(dev, &t, good + 4160, 64) == 0);
	FUZZ_CHECK(rte_vinetalk_enqueue_burst(dev, 0, &t, 1) == 1);
	for (i = 0; i < 64 && n == 0; i++) {
		rte_vtappliance_poll(app, 0, 0);
		n = rte_vinetalk_dequeue_burst(dev, 0, &done, 1);
	}
	FUZZ_CHECK(n == 1 && done.cookie == cookie && done.status == 0);
	FUZZ_CHECK(memcmp(good + 4096, good + 4160, 64) == 0);
	for (i = 0; i < 4096; i++)
		FUZZ_CHECK(good[i] == 0x3c);
}

static void
init(void)
{
	const struct rte_vtappliance_conf conf = { .nb_pollers = 1, .detach_ms = 20, .latency = true };
	unsigned int i;

	fuzz_eal();
	app = rte_vtappliance_create(&conf);
	FUZZ_CHECK(app != NULL);
	FUZZ_CHECK(rte_vtappliance_accel_add(app, "cpu,workers=0") == 0);
	FUZZ_CHECK(rte_vtappliance_accel_add(app, "cpu,workers=0") == 0);
	FUZZ_CHECK(rte_vtappliance_accel_add(app, "null,delay_us=50") == 0);
	FUZZ_CHECK(rte_vtappliance_start(app) == 0);
	fault_time(turn);
	snprintf(dir, sizeof(dir), "vt-fuzz-%d-good.sock", getpid());
	good_init();
	for (i = 0; i < RTE_DIM(hostiles); i++) {
		struct hostile *h = &hostiles[i];

		snprintf(h->name, sizeof(h->name), "h%u", i);
		snprintf(h->path, sizeof(h->path), "vt-fuzz-%d-%u.sock", getpid(), i);
		domain_add(h);
	}
}

static void
run(struct fuzz_in *in)
{
	struct hostile *h = &hostiles[fuzz_u8(in) % RTE_DIM(hostiles)];
	unsigned int i;

	fault_time(turn);
	for (i = 0; i < MAX_STEPS && in->left != 0; i++)
		step(h, in);
	for (i = 0; i < 4; i++)
		turn();
	fault_off();
	good_works();
	if (!is_served(h, &h->self[0]) || !is_served(h, &h->self[1]))
		renew(h);
}

const struct fuzz_target fuzz_engine = { .name = "engine", .init = init, .run = run };
