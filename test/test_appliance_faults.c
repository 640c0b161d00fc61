/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Clients that break the rules, die, or stay; the others notice nothing. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_vinetalk.h>
#include <rte_vtaccel.h>
#include <rte_vtaccel_null.h>
#include <rte_vtregion_mem.h>

#include "fixture.h"
#include "raw_queue.h"
#include "test.h"

static const char * const nulls[] = { "null", NULL };
static const char * const stalled[] = { "null,name=st,stall=1", NULL };
static const struct rte_vtappliance_domain_conf small = { .uid = -1, .gid = -1, .depth = 64 };

/* One neighbour per domain, which must go on working. */
struct neighbour {
	int dev;
	uint16_t proc, va;
};

static void
neighbour_attach(struct fixture *f, unsigned int domain, struct neighbour *n)
{
	n->dev = fixture_attach(f, domain, 1, 0);
	CU_ASSERT_TRUE_FATAL(n->dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(n->dev, "nop", &n->proc, &n->va), 0);
}

static void
neighbour_works(const struct neighbour *n)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	unsigned int i;

	for (i = 0; i < 200; i++) {
		rte_vinetalk_task_init(&t, n->va, n->proc, i);
		CU_ASSERT_EQUAL(rte_vinetalk_run((uint16_t)n->dev, 0, &t, &c, 5000000), 0);
		CU_ASSERT_EQUAL(c.status, 0);
		CU_ASSERT_EQUAL(c.cookie, i);
	}
}

/* first: how many the queue pair has sent before. */
static unsigned int
raw_send_behind(struct raw_client *c, uint32_t qp, unsigned int first, unsigned int nb)
{
	struct rte_vinetalk_task t[32];
	struct rte_ring *r = rte_vtregion_rq_ring(c->base, &c->geom, c->slot->rq, 0);
	unsigned int sent = 0, i, n;

	while (sent < nb) {
		n = RTE_MIN(nb - sent, 32U);
		for (i = 0; i < n; i++) {
			rte_vinetalk_task_init(&t[i], 0, 0, sent + i);
			t[i].qp_seq = rte_vinetalk_qp_seq((uint16_t)qp, (uint16_t)(first + sent + i));
		}
		i = rte_ring_mp_rts_enqueue_burst_elem(r, t, sizeof(t[0]), n, NULL);
		sent += i;
		if (i < n)
			break;
	}
	return sent;
}

static unsigned int
raw_send(struct raw_client *c, uint32_t qp, unsigned int nb)
{
	return raw_send_behind(c, qp, 0, nb);
}

/* An appliance with one who behaves and one who does not. */
static void
begin(struct fixture *f, uint32_t nb_pollers, struct neighbour *n, struct raw_client *raw)
{
	CU_ASSERT_EQUAL_FATAL(fixture_start(f, nb_pollers, 1, nulls, NULL, &small), 0);
	neighbour_attach(f, 0, n);
	CU_ASSERT_EQUAL_FATAL(raw_attach(raw, f->path[0], 1), 0);
}

static void
end(struct fixture *f, struct neighbour *n, struct raw_client *raw)
{
	raw_close(raw);
	rte_vinetalk_close((uint16_t)n->dev);
	fixture_stop(f);
}

static void
test_too_many_in_flight(void)
{
	struct neighbour n;
	struct raw_client raw;
	struct fixture f;

	begin(&f, 1, &n, &raw);
	fixture_hold(&f);
	/* It never takes its completions and sends one more than they have places for. */
	CU_ASSERT_EQUAL(raw_send(&raw, raw_qp(&raw), 64), 64);
	fixture_turns(&f, 10);
	fixture_let(&f);
	CU_ASSERT_TRUE(fixture_until(&raw.slot->state, RTE_VTREGION_SLOT_QUARANTINE));
	CU_ASSERT_EQUAL(raw.slot->reason, -EDQUOT);
	neighbour_works(&n);
	raw_close(&raw);
	/* With the socket the slot comes back. */
	CU_ASSERT_EQUAL(raw_attach(&raw, f.path[0], 1), 0);
	end(&f, &n, &raw);
}

static void
test_completion_index(void)
{
	struct neighbour n;
	struct raw_client raw;
	struct rte_ring *cq;
	struct fixture f;

	begin(&f, 1, &n, &raw);
	cq = rte_vtregion_cq_ring(raw.base, &raw.geom, raw_qp(&raw));
	cq->cons.tail = 0x12345678;
	raw_send(&raw, raw_qp(&raw), 64);
	CU_ASSERT_TRUE(fixture_until(&raw.slot->state, RTE_VTREGION_SLOT_QUARANTINE));
	CU_ASSERT_EQUAL(raw.slot->reason, -EPROTO);
	neighbour_works(&n);
	end(&f, &n, &raw);
}

/* A broken request ring ends its domain, and no other. */
static void
test_request_index(void)
{
	struct rte_vinetalk_completion c;
	struct neighbour n0, n1;
	struct raw_client raw;
	struct fixture f;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 2, nulls, NULL, &small), 0);
	neighbour_attach(&f, 0, &n0);
	neighbour_attach(&f, 1, &n1);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	rte_vtregion_rq_ring(raw.base, &raw.geom, 0, 0)->prod.tail = 0x7fffffff;
	CU_ASSERT_TRUE(fixture_until(&raw.slot->state, RTE_VTREGION_SLOT_QUARANTINE));
	CU_ASSERT_EQUAL(rte_vtregion_hdr(raw.base)->state, RTE_VTREGION_CLOSED);
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)n0.dev, 0, 5000000), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst((uint16_t)n0.dev, 0, &c, 1), 0);
	neighbour_works(&n1);
	raw_close(&raw);
	rte_vinetalk_close((uint16_t)n0.dev);
	rte_vinetalk_close((uint16_t)n1.dev);
	fixture_stop(&f);
}

/* Requests in the name of others, of nobody, and into the ring of another poller. */
static void
test_forged_origin(void)
{
	struct rte_vtappliance_stats st;
	struct neighbour n;
	struct raw_client raw;
	struct fixture f;

	begin(&f, 2, &n, &raw);
	CU_ASSERT_EQUAL(raw_send(&raw, 65535, 20), 20);
	CU_ASSERT_EQUAL(raw_send(&raw, raw.geom.nb_qps - 1, 20), 20);
	raw.slot->rq ^= 1;
	CU_ASSERT_EQUAL(raw_send(&raw, raw_qp(&raw), 20), 20);
	neighbour_works(&n);
	rte_vtappliance_stats_get(f.app, &st);
	CU_ASSERT_EQUAL(st.clients, 2);
	CU_ASSERT_EQUAL(st.tasks, 200);
	end(&f, &n, &raw);
}

/* The control mailbox with nonsense in it. */
static void
test_mailbox(void)
{
	struct rte_vtregion_ctrl_req req = { .op = 0 };
	struct rte_vtregion_ctrl_rep rep;
	struct raw_client raw;
	struct fixture f;
	uint32_t op;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_connect(&raw, f.path[0]), 0);
	req.op = RTE_VTREGION_CTRL_PROC_INFO;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -ENOTCONN);
	req.op = RTE_VTREGION_CTRL_ATTACH;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	req.arg = 1000;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -ENOSPC);
	req.arg = 1;
	req.words[3] = 1;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	req.words[3] = 0;
	memset(req.name, '\x1b', sizeof(req.name));
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), 0);
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EBUSY);
	for (op = RTE_VTREGION_CTRL_ACCEL_INFO; op < RTE_VTREGION_CTRL_OPS + 3; op++) {
		memset(&req, 0xff, sizeof(req));
		memset(req.words, 0, sizeof(req.words));
		req.op = op;
		CU_ASSERT_TRUE(raw_ctrl(&raw, &req, &rep) < 0);
	}
	/* A word that an operation does not take, of each operation. */
	for (op = RTE_VTREGION_CTRL_ATTACH; op < RTE_VTREGION_CTRL_OPS; op++) {
		memset(&req, 0, sizeof(req));
		req.op = op;
		req.words[RTE_DIM(req.words) - 1] = 1;
		CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	}
	memset(&req, 0, sizeof(req));
	req.op = RTE_VTREGION_CTRL_DETACH;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), 0);
	req.op = RTE_VTREGION_CTRL_ATTACH;
	req.arg = 1;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), 0);
	raw_close(&raw);
	fixture_stop(&f);
}

/* More clients than slots: refused, and the next one that finds room is served. */
static void
test_too_many_clients(void)
{
	struct rte_vtappliance_domain_conf two = small;
	int dev[3];
	struct fixture f;
	unsigned int i;

	two.nb_clients = 2;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &two), 0);
	for (i = 0; i < 2; i++) {
		dev[i] = fixture_attach(&f, 0, 1, 0);
		CU_ASSERT_TRUE(dev[i] >= 0);
	}
	CU_ASSERT_EQUAL(fixture_attach(&f, 0, 1, 0), -EUSERS);
	rte_vinetalk_close((uint16_t)dev[0]);
	for (i = 0; i < 5000; i++) {
		dev[0] = fixture_attach(&f, 0, 1, 0);
		if (dev[0] >= 0)
			break;
		usleep(1000);
	}
	CU_ASSERT_TRUE(dev[0] >= 0);
	rte_vinetalk_close((uint16_t)dev[0]);
	rte_vinetalk_close((uint16_t)dev[1]);
	fixture_stop(&f);
}

/* The next owner of a slot finds zeroes, in its arena and in its lines. */
static void
test_arena_is_wiped(void)
{
	struct raw_client raw;
	struct fixture f;
	uint64_t i = 0, sum = 0;
	uint8_t *arena;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	arena = raw.base + rte_vtregion_arena(&raw.geom, raw.slot_id);
	memset(arena, 0xa5, raw.geom.arena_size);
	raw_close(&raw);
	do {
		CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	} while (raw.slot_id != 0 && i++ < 100);
	arena = raw.base + rte_vtregion_arena(&raw.geom, 0);
	fixture_until(&raw.slot->state, RTE_VTREGION_SLOT_ATTACHED);
	for (i = 0; i < raw.geom.arena_size; i++)
		sum += arena[i];
	CU_ASSERT_EQUAL(sum, 0);
	raw_close(&raw);
	fixture_stop(&f);
}

/* A doorbell that blocks whoever writes to it. */
static void
doorbell_block(const struct raw_client *raw, uint32_t vector)
{
	const uint64_t full = UINT64_MAX - 1;
	const int fd = raw->link.own[vector];

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	(void)!write(fd, &full, sizeof(full));
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	__atomic_store_n(&raw->slot->parked[vector], 1, __ATOMIC_SEQ_CST);
}

/* It is rung again and again, and that neither waits nor is anything to it. */
static void
test_blocking_doorbell(void)
{
	struct neighbour n;
	struct raw_client raw;
	struct fixture f;
	struct rte_vtappliance_poller_stats ps;
	uint64_t before;
	unsigned int i;

	begin(&f, 1, &n, &raw);
	for (i = 0; i < 10; i++) {
		rte_vtappliance_poller_stats_get(f.app, 0, &ps);
		before = ps.doorbells;
		doorbell_block(&raw, RTE_VTREGION_VECTOR_DATA);
		CU_ASSERT_EQUAL(raw_send_behind(&raw, raw_qp(&raw), i, 1), 1);
		CU_ASSERT_TRUE(fixture_until(&raw.slot->parked[RTE_VTREGION_VECTOR_DATA], 0));
		neighbour_works(&n);
		rte_vtappliance_poller_stats_get(f.app, 0, &ps);
		CU_ASSERT_TRUE(ps.doorbells > before);
		CU_ASSERT_EQUAL(raw.slot->state, RTE_VTREGION_SLOT_ATTACHED);
	}
	end(&f, &n, &raw);
}

/* The same with the doorbell of answers; and it ends all the same. */
static void
test_blocking_answer(void)
{
	const struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ACCEL_INFO };
	struct neighbour n;
	struct raw_client raw;
	struct fixture f;
	unsigned int i;

	begin(&f, 1, &n, &raw);
	for (i = 0; i < 10; i++) {
		doorbell_block(&raw, RTE_VTREGION_VECTOR_CTRL);
		CU_ASSERT_TRUE(fixture_until(&raw.slot->rep_seq, raw_ctrl_send(&raw, &req)));
		CU_ASSERT_TRUE(fixture_until(&raw.slot->parked[RTE_VTREGION_VECTOR_CTRL], 0));
		CU_ASSERT_EQUAL(raw.slot->state, RTE_VTREGION_SLOT_ATTACHED);
		neighbour_works(&n);
	}
	rte_vinetalk_close((uint16_t)n.dev);
	doorbell_block(&raw, RTE_VTREGION_VECTOR_CTRL);
	doorbell_block(&raw, RTE_VTREGION_VECTOR_DATA);
	fixture_stop(&f);
	raw_close(&raw);
}

/* More doorbells than the kernel keeps the ends of: one of each is rung. */
static void
test_many_doorbells(void)
{
	struct raw_client raw;
	struct fixture f;
	uint64_t value;
	unsigned int i;
	int fd;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	fd = raw.link.own[RTE_VTREGION_VECTOR_CTRL];
	for (i = 0; i < 5000; i++) {
		const struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ACCEL_INFO };
		struct pollfd pfd = { .fd = fd, .events = POLLIN };

		__atomic_store_n(&raw.slot->parked[RTE_VTREGION_VECTOR_CTRL], 1, __ATOMIC_SEQ_CST);
		raw_ctrl_send(&raw, &req);
		if (poll(&pfd, 1, 5000) != 1 || read(fd, &value, sizeof(value)) != sizeof(value) || value != 1)
			break;
	}
	CU_ASSERT_EQUAL(i, 5000);
	raw_close(&raw);
	fixture_stop(&f);
}

#define NB_PARKED 20 /* more than one call rings */

static void
test_doorbells_of_a_turn(void)
{
	const struct rte_vtappliance_domain_conf dom = { .uid = -1, .gid = -1, .depth = 64,
		.nb_clients = NB_PARKED };
	static struct raw_client raw[NB_PARKED];
	struct fixture f;
	unsigned int i;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &dom), 0);
	for (i = 0; i < NB_PARKED; i++)
		CU_ASSERT_EQUAL_FATAL(raw_attach(&raw[i], f.path[0], 1), 0);
	fixture_hold(&f);
	for (i = 0; i < NB_PARKED; i++) {
		__atomic_store_n(&raw[i].slot->parked[RTE_VTREGION_VECTOR_DATA], 1, __ATOMIC_SEQ_CST);
		CU_ASSERT_EQUAL(raw_send(&raw[i], raw_qp(&raw[i]), 1), 1);
	}
	fixture_turns(&f, 10);
	fixture_let(&f);
	for (i = 0; i < NB_PARKED; i++) {
		uint64_t value = 0;

		CU_ASSERT_EQUAL(read(raw[i].link.own[RTE_VTREGION_VECTOR_DATA], &value, sizeof(value)),
			sizeof(value));
		CU_ASSERT_EQUAL(value, 1);
		raw_close(&raw[i]);
	}
	fixture_stop(&f);
}

/* A drain finishes what was enqueued; afterwards nothing is taken, and waiting ends. */
static void
drain(uint32_t layout)
{
	struct rte_vtappliance_domain_conf conf = small;
	const struct rte_vtaccel_null_conf lifted = { 0 };
	struct rte_vinetalk_completion c[64];
	struct rte_vinetalk_task t;
	struct neighbour n;
	struct fixture f;
	unsigned int i;
	uint16_t got;
	int ret = -1;

	conf.layout = layout;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, stalled, NULL, &conf), 0);
	neighbour_attach(&f, 0, &n);
	for (i = 0; i < 40; i++) {
		rte_vinetalk_task_init(&t, n.va, n.proc, i);
		CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)n.dev, 0, &t, 1), 1);
	}
	/* The control plane is the test's from here on. */
	__atomic_store_n(&f.stop, 1, __ATOMIC_RELEASE);
	pthread_join(f.thread, NULL);
	f.running = false;
	CU_ASSERT_EQUAL(rte_vtappliance_drain(f.app, 60000), -EAGAIN);
	fixture_turns(&f, 10);
	CU_ASSERT_EQUAL(rte_vtappliance_drain(f.app, 60000), -EAGAIN);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)n.dev, 0, &t, 1), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_null_set(rte_vtaccel_get("st"), &lifted), 0);
	/* In layout thread it waits for some milliseconds. */
	for (i = 0; i < 100 && ret != 0; i++) {
		fixture_turns(&f, 10);
		usleep(1000);
		ret = rte_vtappliance_drain(f.app, 60000);
	}
	CU_ASSERT_EQUAL(ret, 0);
	fixture_stop(&f);
	got = rte_vinetalk_dequeue_burst((uint16_t)n.dev, 0, c, RTE_DIM(c));
	CU_ASSERT_EQUAL(got, 40);
	for (i = 0; i < got; i++)
		CU_ASSERT_EQUAL(c[i].status, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)n.dev, 0, 5000000), -ENODEV);
	rte_vinetalk_close((uint16_t)n.dev);
}

static void
test_drain(void)
{
	drain(RTE_VTREGION_HASHED);
	drain(RTE_VTREGION_SINGLE);
	drain(RTE_VTREGION_THREAD);
}

/* The appliance ends with tasks in its engine: they end for the client, as failed. */
static void
test_free_with_tasks(void)
{
	struct rte_vinetalk_completion c[64];
	struct rte_vinetalk_task t;
	struct neighbour n;
	struct fixture f;
	unsigned int i, got = 0;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, stalled, NULL, &small), 0);
	neighbour_attach(&f, 0, &n);
	for (i = 0; i < 40; i++) {
		rte_vinetalk_task_init(&t, n.va, n.proc, i);
		CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)n.dev, 0, &t, 1), 1);
	}
	fixture_stop(&f);
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)n.dev, 0, 5000000), -ENODEV);
	while (got < 40) {
		uint16_t nb = rte_vinetalk_dequeue_burst((uint16_t)n.dev, 0, c, 7);

		CU_ASSERT_NOT_EQUAL_FATAL(nb, 0);
		for (i = 0; i < nb; i++) {
			CU_ASSERT_EQUAL(c[i].cookie, got + i);
			CU_ASSERT_EQUAL(c[i].status, -ECONNRESET);
		}
		got += nb;
	}
	CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst((uint16_t)n.dev, 0, c, 7), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_in_flight((uint16_t)n.dev, 0), 0);
	rte_vinetalk_close((uint16_t)n.dev);
}

/* A client dies inside an enqueue, again and again: what others put behind it is salvaged, once. */
static void
hole(uint32_t layout)
{
	struct rte_vtappliance_domain_conf conf = small;
	struct rte_vinetalk_completion c[64];
	struct rte_vinetalk_task t;
	struct neighbour n;
	struct raw_client raw;
	struct fixture f;
	unsigned int round, i, got, idle;
	uint64_t cookie = 0, expect = 0;
	uint32_t pos, mine;

	conf.layout = layout;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &conf), 0);
	neighbour_attach(&f, 0, &n);
	/* More often than there are spare rings. */
	for (round = 0; round < 9; round++) {
		CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
		fixture_hold(&f);
		/* One to be doubled if anything were, in the first of the slots that are not published. */
		rte_vinetalk_task_init(&t, n.va, n.proc, cookie++);
		CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)n.dev, 0, &t, 1), 1);
		pos = raw_reserve(&raw, 4);
		*raw_slot_at(&raw, pos) = t;
		/* Its own, whole; half of one; and one that nobody wrote. */
		mine = raw_qp(&raw);
		t.qp_seq = rte_vinetalk_qp_seq((uint16_t)mine, 0);
		t.check = rte_vinetalk_task_check(&t);
		*raw_slot_at(&raw, pos + 1) = t;
		memcpy(raw_slot_at(&raw, pos + 2), &t, 40);
		for (i = 0; i < 30; i++) {
			rte_vinetalk_task_init(&t, n.va, n.proc, cookie++);
			CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)n.dev, 0, &t, 1), 1);
		}
		fixture_turns(&f, 10);
		CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst((uint16_t)n.dev, 0, c, 64), 1);
		CU_ASSERT_EQUAL(c[0].cookie, expect);
		expect++;
		raw_close(&raw);
		fixture_let(&f);
		for (got = idle = 0; got < 30 && idle < 50; ) {
			uint16_t nb;

			idle += rte_vinetalk_wait((uint16_t)n.dev, 0, 100000) != 0;
			nb = rte_vinetalk_dequeue_burst((uint16_t)n.dev, 0, c, 64);
			for (i = 0; i < nb; i++) {
				CU_ASSERT_EQUAL(c[i].cookie, expect);
				CU_ASSERT_EQUAL(c[i].status, 0);
				expect++;
			}
			got += nb;
		}
		CU_ASSERT_EQUAL(got, 30);
		neighbour_works(&n);
	}
	rte_vinetalk_close((uint16_t)n.dev);
	fixture_stop(&f);
}

static void
test_hole(void)
{
	hole(RTE_VTREGION_HASHED);
	hole(RTE_VTREGION_SINGLE);
}

/* A live client that stays inside an enqueue when its queue is to become quiet is detached. */
static void
stays_inside(uint32_t layout)
{
	struct rte_vtappliance_domain_conf conf = small;
	const struct rte_vtappliance_conf quick = { .detach_ms = 50 };
	struct raw_client raw, stuck;
	struct neighbour n;
	struct fixture f;
	uint32_t *inside;

	conf.layout = layout;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, &quick, &conf), 0);
	neighbour_attach(&f, 0, &n);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&stuck, f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	inside = &rte_vtregion_qp(stuck.base, &stuck.geom,
		stuck.slot_id * stuck.geom.conf.qps_per_client)->inside;
	__atomic_store_n(inside, 1, __ATOMIC_SEQ_CST);
	raw_reserve(&stuck, 2);
	raw_close(&raw);
	CU_ASSERT_TRUE(fixture_until(&stuck.slot->state, RTE_VTREGION_SLOT_QUARANTINE));
	CU_ASSERT_EQUAL(stuck.slot->reason, -ETIMEDOUT);
	neighbour_works(&n);
	raw_close(&stuck);
	rte_vinetalk_close((uint16_t)n.dev);
	fixture_stop(&f);
}

static void
test_stays_inside(void)
{
	stays_inside(RTE_VTREGION_HASHED);
	stays_inside(RTE_VTREGION_SINGLE);
}

/* Nothing runs in a domain whose memory is taken away: it is closed all the same, and the other one goes on. */
static void
test_vanished(void)
{
	struct rte_vtappliance_domain_conf doms[] = { small, small };
	struct rte_vtivshmem_client link;
	uint16_t proc, va;
	struct fixture f;
	char file[256];
	unsigned int i;
	int dev, ret, fd;
	off_t size;

	snprintf(file, sizeof(file), "%.200s/vanishes", vt_test_tmp_dir());
	doms[0].file = file;
	CU_ASSERT_EQUAL(rte_vtregion_mem_sigbus_install(), 0);
	CU_ASSERT_EQUAL_FATAL(fixture_start_each(&f, 1, 2, nulls, NULL, doms), 0);
	dev = fixture_attach(&f, 1, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtivshmem_connect(f.path[0], 2000, &link), 0);
	size = (off_t)link.mem_size;
	rte_vtivshmem_disconnect(&link);
	fixture_take(&f);
	fd = open(file, O_RDWR | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(ftruncate(fd, 0), 0);
	/* Beats, of which the first meets it. */
	for (i = 0; i < 300; i++) {
		rte_vtappliance_control(f.app, 0);
		usleep(1000);
	}
	/* A file that would do, for who comes now. */
	CU_ASSERT_EQUAL(ftruncate(fd, size), 0);
	close(fd);
	CU_ASSERT_EQUAL_FATAL(fixture_go(&f), 0);
	ret = rte_vtivshmem_connect(f.path[0], 2000, &link);
	CU_ASSERT_TRUE(ret < 0);
	if (ret == 0)
		rte_vtivshmem_disconnect(&link);
	fixture_works(dev, proc, va, 100, 5000000);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
	fixture_stop(&f);
}

static const struct vt_test_case cases[] = {
	{ "a client dies inside an enqueue", test_hole },
	{ "a client stays inside an enqueue", test_stays_inside },
	{ "more in flight than the completion ring holds", test_too_many_in_flight },
	{ "impossible index in a completion ring", test_completion_index },
	{ "impossible index in a request ring", test_request_index },
	{ "forged origin of requests", test_forged_origin },
	{ "nonsense in the mailbox", test_mailbox },
	{ "more clients than slots", test_too_many_clients },
	{ "arenas are wiped", test_arena_is_wiped },
	{ "a doorbell that blocks", test_blocking_doorbell },
	{ "the doorbell of an answer blocks", test_blocking_answer },
	{ "many doorbells", test_many_doorbells },
	{ "doorbells of one turn", test_doorbells_of_a_turn },
	{ "drain", test_drain },
	{ "the appliance ends with tasks in flight", test_free_with_tasks },
	{ "memory that vanishes beneath nobody", test_vanished },
};

VT_TEST_SUITE(vinetalk_appliance_faults_autotest, NULL, NULL, cases);
