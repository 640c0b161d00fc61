/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A client that owns every byte of its domain's region, against the engine, turn by turn in one thread: requests that
 * are nearly right, indexes, control requests, marks, and any bytes anywhere. The neighbour, a client of another
 * domain, must have its tasks done and its memory unchanged.
 */

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_vinetalk.h>
#include <rte_vtappliance.h>

#include "fuzz.h"
#include "raw_client.h"

#define ARENA (1U << 20)
#define MAX_STEPS 64
#define NB_QPS 2

struct hostile {
	char name[16], path[96];
	uint32_t layout;
	struct raw_client c;
	uint16_t vaccel, proc;
	uint32_t tail[NB_QPS];  /* of the request rings, by queue pair (thread) or [0] */
	uint16_t seq[NB_QPS];
};

static struct rte_vtappliance *app;
static struct hostile hostiles[3];
static uint32_t driving;
static pthread_t driver;
static uint16_t dev, good_vaccel, good_proc;
static uint8_t *good;
static char dir[64];

/* ---- the appliance, driven by a thread while somebody waits for it ---- */

static void
turn(void)
{
	rte_vtappliance_control(app, 0);
	rte_vtappliance_poll(app, 0, 0);
}

static void *
drive(void *arg)
{
	(void)arg;
	while (__atomic_load_n(&driving, __ATOMIC_ACQUIRE) != 0)
		turn();
	return NULL;
}

static void
drive_begin(void)
{
	__atomic_store_n(&driving, 1, __ATOMIC_RELEASE);
	FUZZ_CHECK(pthread_create(&driver, NULL, drive, NULL) == 0);
}

static void
drive_end(void)
{
	__atomic_store_n(&driving, 0, __ATOMIC_RELEASE);
	pthread_join(driver, NULL);
}

/* ---- the hostile client ---- */

static void
attach(struct hostile *h)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_PROC_GET, .name = "echo" };
	struct rte_vtregion_ctrl_rep rep;

	FUZZ_CHECK(raw_attach(&h->c, h->path, NB_QPS) == 0);
	FUZZ_CHECK(raw_ctrl(&h->c, &req, &rep) == 0);
	h->proc = (uint16_t)rep.id;
	req = (struct rte_vtregion_ctrl_req){ .op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE,
		.id = RTE_VTREGION_CTRL_ANY, .proc = h->proc };
	FUZZ_CHECK(raw_ctrl(&h->c, &req, &rep) == 0);
	h->vaccel = (uint16_t)rep.id;
	memset(h->tail, 0, sizeof(h->tail));
	memset(h->seq, 0, sizeof(h->seq));
}

static void
domain_add(struct hostile *h)
{
	struct rte_vtappliance_domain_conf conf = { .name = h->name, .path = h->path,
		.arena_size = ARENA, .nb_clients = 2, .qps = NB_QPS, .depth = 16, .rq_depth = 64,
		.layout = h->layout, .uid = -1, .gid = -1, .no_huge = true };

	/* One of them with limits, which are met now and then. */
	if (h->layout == RTE_VTREGION_HASHED) {
		conf.max_tasks = 12;
		conf.rate_tasks = 200000;
		conf.rate_bytes = UINT64_C(1) << 32;
	}
	FUZZ_CHECK(rte_vtappliance_domain_add(app, &conf) == 0);
	drive_begin();
	attach(h);
	drive_end();
}

/* A region of which nothing is as it was: a new one. */
static void
renew(struct hostile *h)
{
	unsigned int i;

	raw_close(&h->c);
	rte_vtappliance_domain_remove(app, h->name);
	for (i = 0; i < 1000000 && rte_vtappliance_domain_exists(app, h->name); i++)
		turn();
	FUZZ_CHECK(!rte_vtappliance_domain_exists(app, h->name));
	domain_add(h);
}

static struct rte_ring *
request_ring(struct hostile *h, uint32_t qp)
{
	const uint32_t rq = h->layout == RTE_VTREGION_THREAD ?
		h->c.slot_id * h->c.geom.conf.qps_per_client + qp : 0;

	return rte_vtregion_rq_ring(h->c.base, &h->c.geom, rq, 0);
}

static void
request(struct hostile *h, struct fuzz_in *in, uint8_t fix)
{
	const uint32_t qp = fuzz_u8(in) % NB_QPS;
	const uint32_t line = h->layout == RTE_VTREGION_THREAD ? qp : 0;
	const uint64_t arena = h->c.geom.off_arenas + h->c.slot_id * h->c.geom.arena_size;
	struct rte_ring *r = request_ring(h, qp);
	struct rte_vinetalk_task t;
	unsigned int i;

	fuzz_take(in, &t, sizeof(t));
	if (fix & 1)
		t.qp_seq = rte_vinetalk_qp_seq((uint16_t)(h->c.slot_id * h->c.geom.conf.qps_per_client + qp),
			h->seq[qp]++);
	if (fix & 2) {
		t.vaccel = h->vaccel;
		t.proc = h->proc;
		t.nb_in &= 3;
		t.nb_out &= 3;
	}
	for (i = 0; (fix & 4) && i < RTE_VINETALK_INLINE_SEGS; i++) {
		t.seg_off[i] = arena + t.seg_off[i] % (h->c.geom.arena_size + 64);
		t.seg_len[i] %= 256;
	}
	if (fix & 8)
		t.flags &= RTE_VINETALK_TASK_F_ALL;
	if (fix & 16)
		t.flags = 0;
	t.check = rte_vinetalk_task_check(&t);
	memcpy((struct rte_vinetalk_task *)(r + 1) + (h->tail[line] & (h->c.geom.conf.rq_depth - 1)), &t,
		sizeof(t));
	__atomic_store_n(&r->prod.tail, ++h->tail[line], __ATOMIC_RELEASE);
}

static void
mark(struct hostile *h, struct fuzz_in *in)
{
	const uint64_t len = h->c.geom.ready_stride * h->c.geom.conf.nb_pollers;
	uint64_t at;

	if (len < 8)
		return;
	at = fuzz_u16(in) % (len / 8);
	memset(h->c.base + h->c.geom.off_ready + at * 8, fuzz_u8(in), 8);
}

static void
step(struct hostile *h, struct fuzz_in *in)
{
	const uint64_t one = 1;
	const uint8_t op = fuzz_u8(in);
	uint64_t at;

	switch (op & 7) {
	case 0:
	case 1:
		request(h, in, op >> 3);
		break;
	case 2:
		at = fuzz_u32(in) % (h->c.geom.off_arenas + ARENA);
		fuzz_take(in, h->c.base + at, (op >> 3 & 7) + 1);
		break;
	case 3:
		/* Indexes of a ring of requests or completions. */
		at = fuzz_u8(in) % NB_QPS;
		fuzz_take(in, (void *)(uintptr_t)(op & 8 ? &request_ring(h, (uint32_t)at)->prod.tail :
			&rte_vtregion_cq_ring(h->c.base, &h->c.geom, h->c.slot_id * h->c.geom.conf.qps_per_client +
			(uint32_t)at)->cons.tail), 4);
		break;
	case 4:
		turn();
		break;
	case 5:
		fuzz_take(in, &h->c.slot->req, 24);
		if (op & 8)
			h->c.slot->req.op %= RTE_VTREGION_CTRL_OPS;
		if (op & 16)
			fuzz_take(in, h->c.slot->req.name, 16);
		__atomic_store_n(&h->c.slot->req_seq, h->c.slot->req_seq + 1, __ATOMIC_RELEASE);
		(void)!write(h->c.link.server[0], &one, sizeof(one));
		turn();
		break;
	case 6:
		mark(h, in);
		break;
	default:
		/* Segment tables and arguments by offset. */
		fuzz_take(in, h->c.base + h->c.geom.off_arenas + h->c.slot_id * h->c.geom.arena_size +
			(fuzz_u16(in) % (ARENA - 64)), 32);
	}
}

/* Whether it still has what it began with: the next request is answered. */
static bool
is_served(struct hostile *h)
{
	const uint32_t qp = h->c.slot_id * h->c.geom.conf.qps_per_client;
	struct rte_ring *cq = rte_vtregion_cq_ring(h->c.base, &h->c.geom, qp);
	const uint32_t before = __atomic_load_n(&cq->prod.tail, __ATOMIC_ACQUIRE);
	uint8_t none[65] = { 0 };
	struct fuzz_in in = { .data = none, .left = sizeof(none) };
	unsigned int i;

	__atomic_store_n(&cq->cons.tail, before, __ATOMIC_RELEASE);
	request(h, &in, 1 | 2 | 4 | 16);
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
	drive_begin();
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
	drive_end();
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
	static char a0[] = "fuzz", a1[] = "--no-huge", a2[] = "--no-pci", a3[] = "--no-shconf",
		a4[] = "--no-telemetry", a5[] = "-m", a6[] = "512", a7[] = "-l", a8[] = "0";
	static char *argv[] = { a0, a1, a2, a3, a4, a5, a6, a7, a8, NULL };
	static const uint32_t layouts[] = { RTE_VTREGION_HASHED, RTE_VTREGION_SINGLE,
		RTE_VTREGION_THREAD };
	const struct rte_vtappliance_conf conf = { .nb_pollers = 1, .detach_ms = 20 };
	unsigned int i;

	FUZZ_CHECK(rte_eal_init((int)RTE_DIM(argv) - 1, argv) >= 0);
	app = rte_vtappliance_create(&conf);
	FUZZ_CHECK(app != NULL);
	FUZZ_CHECK(rte_vtappliance_accel_add(app, "cpu,workers=0") == 0);
	FUZZ_CHECK(rte_vtappliance_start(app) == 0);
	snprintf(dir, sizeof(dir), "vt-fuzz-%d-good.sock", getpid());
	good_init();
	for (i = 0; i < RTE_DIM(hostiles); i++) {
		struct hostile *h = &hostiles[i];

		h->layout = layouts[i];
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

	for (i = 0; i < MAX_STEPS && in->left != 0; i++)
		step(h, in);
	for (i = 0; i < 4; i++)
		turn();
	good_works();
	if (!is_served(h))
		renew(h);
}

const struct fuzz_target fuzz_engine = { .name = "engine", .init = init, .run = run };
