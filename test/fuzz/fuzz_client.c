/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A client of a region that is another's: the header, the answers and every word of it may be anything, and change while
 * it waits. Appliance and client are played in one thread: where the client would sleep, the appliance acts, and
 * time is one of its own. The calls fail or succeed, and end; nothing outside of the region is touched.
 */

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_ring.h>
#include <rte_vinetalk.h>
#include <rte_vtclient.h>

#include "fault.h"
#include "fuzz.h"

#define PAGE 4096
#define CLIENTS 4
#define QPS 2
#define DEPTH 16
#define LEN (8U << 20)
#define MAX_STEPS 40

static uint8_t *base;
static struct rte_vtregion_geom geom;
static struct fuzz_in *script;
static int own[2], server[2], ends[2];
static volatile uint32_t bell;
static uint8_t form, more;
static bool spoils_rings;
static uint16_t nb_qps;

/* ---- the appliance ---- */

/* What it says where it should say this. */
static uint32_t
word(uint8_t op, uint32_t right)
{
	static const uint32_t known[] = { 0, 1, 2, 3, 0x7fffffff, 0x80000000, 0xffffffff, 17 };
	const uint8_t how = op & 8 ? fuzz_u8(script) : 0;

	return (how & 0xc0) == 0xc0 ? known[how & 7] : how & 0x40 ? fuzz_u32(script) : right;
}

static struct rte_ring *
request_ring(uint32_t rq)
{
	const uint32_t gen = rte_vtregion_rq(base, &geom, rq)->gen;

	return rte_vtregion_rq_ring(base, &geom, rq, gen % geom.nb_instances);
}

static void
grant(struct rte_vtregion_slot *slot, uint32_t index, uint8_t op)
{
	uint32_t i;

	slot->epoch = word(op, slot->epoch + 1);
	slot->nb_qps = word(op, QPS);
	slot->poller = word(op, 0);
	slot->rq = word(op, 0);
	slot->data_vector = word(op, RTE_VTREGION_VECTOR_DATA);
	slot->heartbeat_ms = word(op, more & 1 ? 1000 : 0);
	for (i = 0; i < QPS; i++) {
		struct rte_vtregion_qp *qp = rte_vtregion_qp(base, &geom, index * QPS + i);

		qp->active = word(op, slot->epoch);
		qp->resume_seq = word(op, 0);
		if ((slot->req.flags & RTE_VTREGION_ATTACH_F_RESUME) == 0)
			rte_vtregion_cq_ring_init(base, &geom, index * QPS + i);
	}
	slot->state = word(op, RTE_VTREGION_SLOT_ATTACHED);
}

static void
answer(uint32_t index, uint8_t op)
{
	struct rte_vtregion_slot *slot = rte_vtregion_slot(base, &geom, index);
	const uint64_t one = 1;

	if (slot->req_seq == slot->rep_seq)
		return;
	memset(&slot->rep, 0, sizeof(slot->rep));
	if (slot->req.op == RTE_VTREGION_CTRL_ATTACH)
		grant(slot, index, op);
	if (slot->req.op == RTE_VTREGION_CTRL_DETACH)
		slot->state = RTE_VTREGION_SLOT_FREE;
	slot->rep.id = word(op, 0);
	slot->rep.type = word(op, RTE_VINETALK_ACCEL_CPU);
	slot->rep.state = word(op, 0);
	slot->rep.count = word(op, 2);
	slot->rep.status = (int32_t)word(op, 0);
	if ((slot->req.op == RTE_VTREGION_CTRL_ACCEL_INFO || slot->req.op == RTE_VTREGION_CTRL_PROC_INFO) &&
			slot->req.id > 1)
		slot->rep.status = -ENOENT;
	if (op & 16)
		fuzz_take(script, slot->rep.name, sizeof(slot->rep.name));
	slot->rep_seq = word(op, slot->req_seq);
	(void)!write(own[0], &one, sizeof(one));
}

/* End what stands in a request ring, as often as there is something to end. */
static void
complete(uint32_t rq, uint8_t op)
{
	struct rte_ring *r = request_ring(rq), *cq;
	struct rte_vinetalk_completion *c;
	struct rte_vinetalk_task *t;
	const uint64_t one = 1;
	unsigned int i;

	for (i = 0; i < DEPTH && r->cons.tail != r->prod.tail; i++) {
		t = (struct rte_vinetalk_task *)(r + 1) + (r->cons.tail & (DEPTH - 1));
		cq = rte_vtregion_cq_ring(base, &geom, (t->qp_seq >> 16) % geom.nb_qps);
		c = (struct rte_vinetalk_completion *)(cq + 1) + (cq->prod.tail & (DEPTH - 1));
		c->cookie = t->cookie;
		c->qp_seq = word(op, t->qp_seq);
		c->status = (int32_t)word(op, 0);
		r->cons.tail++;
		cq->prod.tail = word(op, cq->prod.tail + 1);
	}
	if (i != 0 && (op & 0x20) != 0)
		(void)!write(own[1], &one, sizeof(one));
}

/* A word that it should not touch, or not so. */
static void
spoil(void)
{
	const uint8_t where = fuzz_u8(script);
	const uint32_t at = fuzz_u16(script) & ~3U, slot = where & 3;
	struct rte_ring *cq = rte_vtregion_cq_ring(base, &geom, slot * QPS);
	uint8_t *to = base;

	switch (where >> 2 & 7) {
	case 0:
		to += at % sizeof(struct rte_vtregion_hdr);
		break;
	case 1:
		to = (uint8_t *)rte_vtregion_slot(base, &geom, slot) + at % sizeof(struct rte_vtregion_slot);
		break;
	case 2:
		to = (uint8_t *)rte_vtregion_qp(base, &geom, slot * QPS) + at % sizeof(struct rte_vtregion_qp);
		break;
	case 3:
		to = (uint8_t *)cq + at % sizeof(*cq);
		break;
	case 4:
		to += at % (uint32_t)geom.off_rqs;
		break;
	default:
		if (!spoils_rings)
			return;
		to = where & 0x20 ? (uint8_t *)rte_vtregion_rq(base, &geom, 0) : (uint8_t *)request_ring(0);
		to += at % (where & 0x20 ? sizeof(struct rte_vtregion_rq) : sizeof(struct rte_ring));
		break;
	}
	fuzz_take(script, to, 4);
}

/* States and epochs: it ends, is followed, hands over, throws the client out, or its socket ends. */
static void
turn_over(uint8_t op)
{
	struct rte_vtregion_hdr *hdr = rte_vtregion_hdr(base);
	const uint32_t slot = op >> 5 & 3;

	switch (op >> 3 & 3) {
	case 0:
		hdr->state = fuzz_u8(script) % 6;
		break;
	case 1:
		hdr->epoch++;
		hdr->state = RTE_VTREGION_OPEN;
		if (op & 0x80)
			rte_vtregion_rq(base, &geom, 0)->gen ^= fuzz_u8(script) & 0x83 ? 1 : RTE_VTREGION_GEN_CLOSED;
		break;
	case 2:
		rte_vtregion_slot(base, &geom, slot)->state = op & 0x80 ? RTE_VTREGION_SLOT_QUARANTINE :
			RTE_VTREGION_SLOT_ATTACHED;
		rte_vtregion_qp(base, &geom, slot * QPS)->active = 0;
		break;
	default:
		shutdown(ends[1], SHUT_RDWR);
	}
}

/* In the place of a sleep of the client. */
static void
act(void)
{
	const uint8_t op = script->left != 0 ? fuzz_u8(script) : 0;
	uint32_t i;

	switch (op & 7) {
	case 4:
		break;
	case 5:
	case 6:
		spoil();
		break;
	case 7:
		turn_over(op);
		break;
	default:
		rte_vtregion_hdr(base)->heartbeat++;
		for (i = 0; i < CLIENTS; i++)
			answer(i, op);
		for (i = 0; i < geom.nb_rqs; i++)
			complete(i, op);
	}
}

/* ---- the transport: a region that is simply there ---- */

static void *region;

static int
fuzz_attach(struct rte_vinetalk_dev *dev, const char *text)
{
	static const char *const args[] = { "", "spin_us=0", "umwait=0,queue_pairs=1", "spin_us=200,client=fuzz,unsafe-sync=1" };
	struct rte_vtclient_link link = { .where = "fuzz", .base = region, .size = geom.conf.size,
		.sock = form & 1 ? -1 : ends[0], .nb_server = form & 2 ? 0 : 2, .nb_own = form & 4 ? 0 : 2,
		.id = form & 8 ? fuzz_u8(script) : 1 + (form >> 6), .device = (form & 16) != 0 };
	const struct rte_vtclient_arg none;
	struct rte_vtclient_conf conf;

	(void)text;
	if (form & 32)
		link.doorbell = &bell;
	memcpy(link.server, server, sizeof(server));
	memcpy(link.own, own, sizeof(own));
	FUZZ_CHECK(rte_vtclient_args("fuzz", args[more >> 6], &none, 0, &conf) == 0);
	return rte_vtclient_attach(dev, &link, &conf);
}

static void
fuzz_close(struct rte_vinetalk_dev *dev)
{
	rte_vtclient_detach(dev);
}

static const struct rte_vinetalk_ops fuzz_ops = {
	.api = RTE_VINETALK_DRIVER_API,
	.name = "fuzz",
	.help = "",
	.attach = fuzz_attach,
	.close = fuzz_close,
	RTE_VTCLIENT_OPS,
};

RTE_VINETALK_REGISTER_DRIVER(fuzz_ops)

/* As UMWAIT does it where there is that. */
static void
nap(const uint32_t *at, uint32_t seen, uint64_t us)
{
	if (__atomic_load_n(at, __ATOMIC_ACQUIRE) != seen)
		return;
	act();
	fault_pass((uint32_t)(us / 1000));
}

static void
init(void)
{
	rte_vtclient_light_sleep = nap;
	/* Pages that nobody may touch on both sides. */
	region = mmap(NULL, LEN + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FUZZ_CHECK(region != MAP_FAILED);
	region = (uint8_t *)region + PAGE;
	FUZZ_CHECK(mprotect(region, LEN, PROT_READ | PROT_WRITE) == 0);
	own[0] = eventfd(0, EFD_NONBLOCK);
	own[1] = eventfd(0, EFD_NONBLOCK);
	server[0] = eventfd(0, EFD_NONBLOCK);
	server[1] = eventfd(0, EFD_NONBLOCK);
}

static void
format(void)
{
	static const uint32_t layouts[] = { RTE_VTREGION_HASHED, RTE_VTREGION_SINGLE, RTE_VTREGION_THREAD };
	struct rte_vtregion_conf conf = { .size = LEN, .layout = layouts[(more >> 1 & 3) % 3], .nb_clients = CLIENTS,
		.qps_per_client = QPS, .nb_pollers = 1, .rq_depth = DEPTH, .cq_depth = DEPTH, .nb_vectors = 2,
		.nb_plain = 2 };
	struct rte_vtregion_hdr *hdr;

	/* Those for measurement believe the ring's header: then nobody spoils that. */
	if (more & 32 && conf.layout != RTE_VTREGION_THREAD)
		conf.sync = RTE_VTREGION_SYNC_MT + (more >> 3 & 3);
	spoils_rings = (more & 32) == 0;
	FUZZ_CHECK(rte_vtregion_plan(&conf, 0, &geom) == 0);
	FUZZ_CHECK(geom.conf.size == LEN);
	base = region;
	memset(base, 0, geom.off_arenas);
	FUZZ_CHECK(rte_vtregion_format(base, &geom) == 0);
	hdr = rte_vtregion_hdr(base);
	hdr->state = RTE_VTREGION_OPEN;
	hdr->heartbeat_ms = 1000;
	hdr->epoch = 1;
	rte_vtregion_poller(base, &geom, 0)->parked = more & 1;
}

/* ---- the client ---- */

static void
enqueue(uint16_t dev, uint16_t qp, uint8_t n)
{
	struct rte_vinetalk_task t[4];
	unsigned int i;

	for (i = 0; i < RTE_DIM(t); i++)
		rte_vinetalk_task_init(&t[i], 0, 0, i);
	if (n & 4)
		t[0].flags = RTE_VINETALK_TASK_F_SEGS_REF;
	FUZZ_CHECK(rte_vinetalk_enqueue_burst(dev, qp, t, (n & 3) + 1) <= RTE_DIM(t));
}

static void
dequeue(uint16_t dev, uint16_t qp)
{
	struct rte_vinetalk_completion c[8];
	const uint32_t before = rte_vinetalk_in_flight(dev, qp);
	const uint16_t n = rte_vinetalk_dequeue_burst(dev, qp, c, RTE_DIM(c));

	/* None that it did not have. */
	FUZZ_CHECK(n <= before && rte_vinetalk_in_flight(dev, qp) == before - n);
}

static void
ask(uint16_t dev, uint8_t op)
{
	struct rte_vinetalk_vaccel_conf vc = { .accel = RTE_VINETALK_ID_ANY, .proc = RTE_VINETALK_ID_ANY };
	struct rte_vinetalk_accel_stats stats;
	struct rte_vinetalk_proc_info list[8];
	struct rte_vinetalk_accel_info info;
	struct rte_vinetalk_task task;
	uint16_t ids[8], id;
	void *buf;

	switch (op >> 4 & 7) {
	case 0:
		(void)rte_vinetalk_accel_list(dev, RTE_VINETALK_ACCEL_ANY, ids, RTE_DIM(ids));
		if (rte_vinetalk_accel_info_get(dev, 0, &info) == 0)
			FUZZ_CHECK(memchr(info.name, 0, sizeof(info.name)) != NULL);
		(void)rte_vinetalk_accel_stats_get(dev, 0, &stats);
		break;
	case 1:
		(void)rte_vinetalk_proc_list(dev, list, RTE_DIM(list));
		break;
	case 2:
		(void)rte_vinetalk_vaccel_acquire(dev, &vc, &id);
		break;
	case 3:
		(void)rte_vinetalk_vaccel_release(dev, 0);
		break;
	case 4:
		(void)rte_vinetalk_proc_get(dev, op & 0x80 ? "a_name_of_a_procedure_that_is_longer_than_any_can_be" :
			"echo", RTE_VINETALK_ACCEL_ANY, &id);
		break;
	case 5:
		(void)rte_vinetalk_proc_put(dev, 0);
		break;
	case 6:
		buf = rte_vinetalk_alloc(dev, 100, 0, op & 0x80 ? RTE_VINETALK_PLACE_BOTH : RTE_VINETALK_PLACE_ACCEL);
		if (buf != NULL && (op & 2) == 0)
			rte_vinetalk_free(dev, buf);
		break;
	default:
		rte_vinetalk_task_init(&task, 0, 0, 0);
		(void)rte_vinetalk_task_cancel(dev, &task);
	}
}

static void
set_up(uint16_t dev)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	struct rte_vinetalk_info info;

	FUZZ_CHECK(rte_vinetalk_info_get(dev, &info) == 0);
	conf.nb_queue_pairs = info.max_queue_pairs;
	if (rte_vinetalk_stop(dev) != 0 || rte_vinetalk_configure(dev, &conf) != 0)
		return;
	nb_qps = conf.nb_queue_pairs;
	for (uint16_t i = 0; i < conf.nb_queue_pairs; i++)
		if (rte_vinetalk_queue_pair_setup(dev, i, NULL) != 0)
			return;
	(void)rte_vinetalk_start(dev);
}

static void
step(uint16_t dev)
{
	struct rte_vinetalk_xstat_name names[32];
	const uint8_t op = fuzz_u8(script);
	/* One that was not configured is the caller's mistake. */
	const uint16_t qp = (op >> 7) % nb_qps;
	uint64_t values[32];

	switch (op & 15) {
	case 0:
	case 1:
	case 2:
		enqueue(dev, qp, op >> 4);
		break;
	case 3:
	case 4:
	case 5:
		dequeue(dev, qp);
		break;
	case 6:
	case 7:
		(void)rte_vinetalk_wait(dev, qp, (op >> 4 & 7) * 1000 - 1000 * ((op & 0x70) == 0x70));
		break;
	case 8:
		if ((op & 0x10) == 0)
			(void)rte_vinetalk_event_fd(dev, qp);
		(void)rte_vinetalk_event_arm(dev, qp);
		break;
	case 9:
		set_up(dev);
		break;
	case 10:
		(void)rte_vinetalk_xstats_names_get(dev, names, RTE_DIM(names));
		(void)rte_vinetalk_xstats_get(dev, values, RTE_DIM(values));
		fault_pass((op >> 4) * 1000U);
		break;
	case 11:
	case 12:
		act();
		break;
	default:
		ask(dev, op);
	}
}

static void
run(struct fuzz_in *in)
{
	static const char *const uuids[] = { "01234567-89ab-cdef-0123-456789abcdef", "0123-",
		"00000000-0000-0000-0000-000000000001",
		"00000000-0000-0000-0000-000000000000" };
	unsigned int i;
	int dev;

	form = fuzz_u8(in);
	more = fuzz_u8(in);
	script = in;
	nb_qps = 1;
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	format();
	/* What it finds. */
	for (i = fuzz_u8(in) & 3; i != 0; i--)
		spoil();
	/* The uuid of this machine, which only a VM has. */
	fault_file("/sys/class/dmi/id/product_uuid", uuids[fuzz_u8(in) % RTE_DIM(uuids)]);
	fault_time(act);
	fault_begin();
	dev = rte_vinetalk_attach("fuzz");
	if (dev >= 0) {
		set_up((uint16_t)dev);
		for (i = 0; i < MAX_STEPS && in->left != 0; i++)
			step((uint16_t)dev);
		FUZZ_CHECK(rte_vinetalk_close((uint16_t)dev) == 0);
	}
	fault_end();
	fault_time(NULL);
	close(ends[0]);
	close(ends[1]);
}

const struct fuzz_target fuzz_client = { .name = "client", .init = init, .run = run };
