/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Layouts of request queues and synchronisation of their producers, turn by turn in one thread; what a
 * hostile or dying client of layout `thread` can do.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_hash_crc.h>
#include <rte_ring_elem.h>
#include <rte_vinetalk.h>
#include <rte_vtregion_ready.h>

#include "fixture.h"
#include "test.h"

#define CLIENTS 4

static const char * const nulls[] = { "null", NULL };
static const char * const three[] = { "null", "null", "null", NULL };
static const struct rte_vtappliance_domain_conf thread_conf = { .uid = -1, .gid = -1,
	.layout = RTE_VTREGION_THREAD, .depth = 64, .rq_depth = 64 };

/* ---- all of them ---- */

static unsigned int
send_some(int dev, uint16_t qp, uint16_t va, uint16_t proc, unsigned int nb, uint64_t cookie)
{
	struct rte_vinetalk_task t[32];
	unsigned int sent = 0, n, i;

	do {
		n = RTE_MIN(nb - sent, 32U);
		for (i = 0; i < n; i++)
			rte_vinetalk_task_init(&t[i], va, proc, cookie + sent + i);
		n = rte_vinetalk_enqueue_burst((uint16_t)dev, qp, t, (uint16_t)n);
		sent += n;
	} while (n == 32 && sent < nb);
	return sent;
}

/* How many completions come within so many turns; those of a queue pair have cookies in order. */
static unsigned int
collect(struct fixture *f, int dev, uint16_t qp, unsigned int nb, unsigned int turns, uint64_t *next)
{
	struct rte_vinetalk_completion c[64];
	unsigned int got = 0, bad = 0;
	uint16_t n, i;

	for (; got < nb && turns > 0; turns--) {
		fixture_turns(f, 1);
		n = rte_vinetalk_dequeue_burst((uint16_t)dev, qp, c, RTE_DIM(c));
		for (i = 0; i < n; i++)
			bad += c[i].status != 0 || c[i].cookie != (*next)++;
		got += n;
	}
	CU_ASSERT_EQUAL(bad, 0);
	return got;
}

/* Clients with two queue pairs each, all busy at once. */
static void
work_with(struct fixture *f, unsigned int domain, const char *args)
{
	int dev[CLIENTS];
	uint16_t proc, va[CLIENTS], qp;
	uint64_t next[CLIENTS][2] = { { 0 } }, sent[CLIENTS][2] = { { 0 } };
	unsigned int i, round;

	for (i = 0; i < CLIENTS; i++) {
		dev[i] = fixture_attach_args(f->path[domain], args, 2, 0);
		CU_ASSERT_TRUE_FATAL(dev[i] >= 0);
		CU_ASSERT_EQUAL_FATAL(fixture_proc(dev[i], "nop", &proc, &va[i]), 0);
	}
	fixture_hold(f);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < CLIENTS; i++)
			for (qp = 0; qp < 2; qp++)
				sent[i][qp] += send_some(dev[i], qp, va[i], proc, 1 + round * 3,
					sent[i][qp]);
		for (i = 0; i < CLIENTS; i++)
			for (qp = 0; qp < 2; qp++) {
				collect(f, dev[i], qp, (unsigned int)(sent[i][qp] - next[i][qp]),
					1000, &next[i][qp]);
				CU_ASSERT_EQUAL(next[i][qp], sent[i][qp]);
			}
	}
	/* Nothing of it was refused: 20 rounds of 1, 4, ... 58. */
	CU_ASSERT_EQUAL(sent[0][0], 20 * (1 + 58) / 2);
	fixture_let(f);
	for (i = 0; i < CLIENTS; i++)
		CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev[i]), 0);
}

static void
work(struct fixture *f, unsigned int domain)
{
	work_with(f, domain, "");
}

static void
test_layouts(void)
{
	static const uint32_t layouts[] = { RTE_VTREGION_SINGLE, RTE_VTREGION_HASHED,
		RTE_VTREGION_THREAD };
	struct rte_vtappliance_domain_conf conf = { .uid = -1, .gid = -1, .depth = 64 };
	struct fixture f;
	uint32_t pollers;
	unsigned int i;

	for (i = 0; i < RTE_DIM(layouts); i++) {
		conf.layout = layouts[i];
		for (pollers = 1; pollers <= 8; pollers++) {
			CU_ASSERT_EQUAL_FATAL(fixture_start(&f, pollers, 1,
				pollers % 2 != 0 ? nulls : three, NULL, &conf), 0);
			work(&f, 0);
			/* The slots and their queues are used a second time. */
			work(&f, 0);
			fixture_stop(&f);
		}
	}
}

static void
test_syncs(void)
{
	static const uint32_t syncs[] = { RTE_VTREGION_SYNC_RTS, RTE_VTREGION_SYNC_MT,
		RTE_VTREGION_SYNC_HTS, RTE_VTREGION_SYNC_TICKET, RTE_VTREGION_SYNC_SPINLOCK };
	static const uint32_t layouts[] = { RTE_VTREGION_SINGLE, RTE_VTREGION_HASHED };
	struct rte_vtappliance_domain_conf conf = { .uid = -1, .gid = -1, .depth = 64,
		.unsafe_sync = true };
	struct fixture f;
	unsigned int i, k;

	for (i = 0; i < RTE_DIM(syncs); i++) {
		for (k = 0; k < RTE_DIM(layouts); k++) {
			conf.sync = syncs[i];
			conf.layout = layouts[k];
			CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 2, 1, nulls, NULL, &conf), 0);
			work_with(&f, 0, ",unsafe-sync=1");
			/* A client takes such a domain only if it is told to. */
			if (syncs[i] != RTE_VTREGION_SYNC_RTS) {
				CU_ASSERT_EQUAL(fixture_attach(&f, 0, 1, 0), -EPERM);
				CU_ASSERT_EQUAL(fixture_attach_args(f.path[0], ",unsafe-sync=0", 1, 0),
					-EPERM);
			}
			fixture_stop(&f);
		}
	}
}

static void
test_mixed(void)
{
	struct rte_vtappliance_domain_conf conf[2] = {
		{ .uid = -1, .gid = -1, .depth = 64, .layout = RTE_VTREGION_THREAD },
		{ .uid = -1, .gid = -1, .depth = 64, .layout = RTE_VTREGION_SINGLE },
	};
	struct fixture f;

	CU_ASSERT_EQUAL_FATAL(fixture_start_each(&f, 3, 2, nulls, NULL, conf), 0);
	work(&f, 0);
	work(&f, 1);
	fixture_stop(&f);
}

/* More pollers than queue pairs: a client's poller may have a number that no queue has. */
static void
test_few_queues(void)
{
	struct rte_vtappliance_domain_conf conf = thread_conf;
	struct fixture f;
	uint32_t pollers;
	uint16_t proc, va;
	int dev;

	conf.nb_clients = conf.qps = 1;
	for (pollers = 1; pollers <= 16; pollers++) {
		conf.layout = pollers % 2 != 0 ? RTE_VTREGION_THREAD : RTE_VTREGION_SINGLE;
		CU_ASSERT_EQUAL_FATAL(fixture_start(&f, pollers, 1, nulls, NULL, &conf), 0);
		dev = fixture_attach(&f, 0, 1, 0);
		CU_ASSERT_TRUE(dev >= 0);
		if (dev >= 0) {
			CU_ASSERT_EQUAL(fixture_proc(dev, "nop", &proc, &va), 0);
			fixture_works(dev, proc, va, 20, 5000000);
			rte_vinetalk_close((uint16_t)dev);
		}
		fixture_stop(&f);
	}
}

static void
refused(const struct rte_vtappliance_domain_conf *conf, int err)
{
	struct fixture f;

	CU_ASSERT_EQUAL(fixture_start(&f, 1, 1, nulls, NULL, conf), err);
	fixture_stop(&f);
}

static void
test_refused(void)
{
	struct rte_vtappliance_domain_conf conf = { .uid = -1, .gid = -1 };

	for (conf.sync = RTE_VTREGION_SYNC_ST; conf.sync < RTE_VTREGION_SYNCS; conf.sync++)
		refused(&conf, -EPERM);
	conf.sync = RTE_VTREGION_SYNCS;
	conf.unsafe_sync = true;
	refused(&conf, -EINVAL);
	conf.sync = RTE_VTREGION_SYNC_ST; /* of several */
	refused(&conf, -EINVAL);
	conf.layout = RTE_VTREGION_THREAD + 1;
	conf.sync = 0;
	refused(&conf, -EINVAL);
	conf.layout = RTE_VTREGION_THREAD; /* has its own */
	conf.sync = RTE_VTREGION_SYNC_MT;
	refused(&conf, -EINVAL);
}

/* ---- by hand: layout thread ---- */

struct hand {
	struct raw_client raw;
	uint32_t qp;
	uint16_t seq, va, proc;
	uint64_t *sums, *leaves;
};

static void
hand_attach(struct hand *h, struct fixture *f, uint32_t nb_qps)
{
	struct rte_vtregion_ctrl_req get = { .op = RTE_VTREGION_CTRL_PROC_GET, .name = "nop" };
	struct rte_vtregion_ctrl_req acquire = { .op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE,
		.id = RTE_VTREGION_CTRL_ANY };
	struct rte_vtregion_ctrl_rep rep;

	CU_ASSERT_EQUAL_FATAL(raw_attach(&h->raw, f->path[0], nb_qps), 0);
	CU_ASSERT_EQUAL_FATAL(raw_ctrl(&h->raw, &get, &rep), 0);
	h->proc = (uint16_t)rep.id;
	acquire.proc = rep.id;
	CU_ASSERT_EQUAL_FATAL(raw_ctrl(&h->raw, &acquire, &rep), 0);
	h->va = (uint16_t)rep.id;
	h->qp = h->raw.slot_id * h->raw.geom.conf.qps_per_client;
	h->seq = (uint16_t)rte_vtregion_qp(h->raw.base, &h->raw.geom, h->qp)->resume_seq;
	h->sums = rte_vtregion_ready_summaries(h->raw.base, &h->raw.geom, h->raw.slot->poller);
	h->leaves = rte_vtregion_ready_leaves(h->raw.base, &h->raw.geom, h->raw.slot->poller);
}

/* Publish requests in the ring of a queue pair, with the number of `as`; no mark. */
static void
hand_put(struct hand *h, uint32_t qp, uint32_t as, unsigned int nb)
{
	struct rte_vinetalk_task t;
	unsigned int i;

	for (i = 0; i < nb; i++) {
		rte_vinetalk_task_init(&t, h->va, h->proc, i);
		t.qp_seq = rte_vinetalk_qp_seq((uint16_t)as, h->seq++);
		t.check = rte_vinetalk_task_check(&t);
		CU_ASSERT_EQUAL(rte_ring_sp_enqueue_elem(rte_vtregion_rq_ring(h->raw.base,
			&h->raw.geom, qp, 0), &t, sizeof(t)), 0);
	}
}

static unsigned int
hand_got(struct hand *h)
{
	struct rte_vinetalk_completion c[64];

	return rte_ring_sc_dequeue_burst_elem(rte_vtregion_cq_ring(h->raw.base, &h->raw.geom,
		h->qp), c, sizeof(c[0]), RTE_DIM(c), NULL);
}

static uint32_t
is_watched(struct hand *h)
{
	return __atomic_load_n(&rte_vtregion_rq(h->raw.base, &h->raw.geom, h->qp)->watched,
		__ATOMIC_RELAXED);
}

/* Marks, and the time during which none is needed. */
static void
test_watched(void)
{
	struct fixture f;
	struct hand h;
	unsigned int i;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &thread_conf), 0);
	hand_attach(&h, &f, 1);
	fixture_hold(&f);
	CU_ASSERT_EQUAL(is_watched(&h), 0);
	hand_put(&h, h.qp, h.qp, 3);
	fixture_turns(&f, 10);
	CU_ASSERT_EQUAL(hand_got(&h), 0);
	rte_vtregion_ready_mark(h.sums, h.leaves, h.qp);
	CU_ASSERT_EQUAL(h.leaves[h.qp / 64], UINT64_C(1) << h.qp % 64);
	CU_ASSERT_EQUAL(h.sums[0], UINT64_C(1) << h.qp / 64);
	fixture_turns(&f, 1);
	CU_ASSERT_EQUAL(hand_got(&h), 3);
	CU_ASSERT_EQUAL(h.leaves[h.qp / 64], 0);
	CU_ASSERT_EQUAL(h.sums[0], 0);
	/* Hot: found without a mark, and a mark does no harm. */
	CU_ASSERT_EQUAL(is_watched(&h), 1);
	hand_put(&h, h.qp, h.qp, 5);
	fixture_turns(&f, 1);
	CU_ASSERT_EQUAL(hand_got(&h), 5);
	hand_put(&h, h.qp, h.qp, 1);
	rte_vtregion_ready_mark(h.sums, h.leaves, h.qp);
	fixture_turns(&f, 1);
	CU_ASSERT_EQUAL(hand_got(&h), 1);
	/* And let go after a while. */
	for (i = 0; i < 100000 && is_watched(&h); i++)
		fixture_turns(&f, 1);
	CU_ASSERT_EQUAL(is_watched(&h), 0);
	CU_ASSERT_TRUE(i > 100);
	hand_put(&h, h.qp, h.qp, 1);
	fixture_turns(&f, 10);
	CU_ASSERT_EQUAL(hand_got(&h), 0);
	rte_vtregion_ready_mark(h.sums, h.leaves, h.qp);
	fixture_turns(&f, 1);
	CU_ASSERT_EQUAL(hand_got(&h), 1);
	fixture_let(&f);
	raw_close(&h.raw);
	fixture_stop(&f);
}

/* A producer that died before its marks, or between the two: its neighbours are not stranded. */
static void
test_half_marks(void)
{
	struct fixture f;
	struct hand h;
	uint64_t next = 0;
	uint16_t proc, va;
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &thread_conf), 0);
	dev = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	hand_attach(&h, &f, 1);
	fixture_hold(&f);
	/* The leaf without its summary; the neighbour's bit is in the same word, and set already. */
	hand_put(&h, h.qp, h.qp, 2);
	__atomic_fetch_or(&h.leaves[0], UINT64_MAX, __ATOMIC_SEQ_CST);
	fixture_turns(&f, 10);
	CU_ASSERT_EQUAL(hand_got(&h), 0);
	CU_ASSERT_EQUAL(send_some(dev, 0, va, proc, 1, 0), 1);
	CU_ASSERT_EQUAL(collect(&f, dev, 0, 1, 5, &next), 1);
	/* Its mark was in the word: found with it. */
	fixture_turns(&f, 5);
	CU_ASSERT_EQUAL(hand_got(&h), 2);
	fixture_let(&f);
	raw_close(&h.raw);
	rte_vinetalk_close((uint16_t)dev);
	fixture_stop(&f);
}

/* A leaf whose summary nobody sets is found by the sweep; so is one before the poller parks. */
static void
test_sweep(void)
{
	struct fixture f;
	struct hand h;
	unsigned int i, got = 0;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &thread_conf), 0);
	hand_attach(&h, &f, 1);
	fixture_hold(&f);
	hand_put(&h, h.qp, h.qp, 2);
	__atomic_fetch_or(&h.leaves[h.qp / 64], UINT64_C(1) << h.qp % 64, __ATOMIC_SEQ_CST);
	for (i = 0; i < 20000 && got == 0; i++) {
		fixture_turns(&f, 1);
		got += hand_got(&h);
	}
	CU_ASSERT_EQUAL(got, 2);
	CU_ASSERT_TRUE(i > 100);
	fixture_let(&f);
	raw_close(&h.raw);
	fixture_stop(&f);
}

/* Every bit forged, again and again: few looks in a turn, and real work is found all the same. */
static void
test_forged(void)
{
	struct rte_vtappliance_domain_conf conf = thread_conf;
	struct rte_vtappliance_poller_stats a, b;
	struct fixture f;
	struct hand h;
	uint64_t next = 0;
	uint16_t proc, va;
	unsigned int i, k, words, got = 0;
	int dev;

	conf.nb_clients = 64;
	conf.qps = 64;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &conf), 0);
	/* The forger's own marks are in the first word of leaves. */
	hand_attach(&h, &f, 1);
	dev = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	CU_ASSERT_EQUAL(h.raw.geom.nb_rqs, 4096);
	words = h.raw.geom.ready_leaves + (uint32_t)(h.leaves - h.sums);
	fixture_hold(&f);
	rte_vtappliance_poller_stats_get(f.app, 0, &a);
	for (i = 0; i < 2000; i++) {
		/* Beyond the leaves as well. */
		for (k = 0; k < words; k++)
			__atomic_store_n(&h.sums[k], UINT64_MAX, __ATOMIC_RELAXED);
		fixture_turns(&f, 1);
	}
	rte_vtappliance_poller_stats_get(f.app, 0, &b);
	CU_ASSERT_TRUE(b.fruitless - a.fruitless <= 2000 + 128);
	/* One that is not hot waits for the looks at the marks before it, and is served then. */
	CU_ASSERT_EQUAL(send_some(dev, 0, va, proc, 1, 0), 1);
	for (i = 0; i < 3 * 4096 && got == 0; i++) {
		for (k = 0; k < words; k++)
			__atomic_store_n(&h.sums[k], UINT64_MAX, __ATOMIC_RELAXED);
		got = collect(&f, dev, 0, 1, 1, &next);
	}
	CU_ASSERT_EQUAL(got, 1);
	/* From then on it is, and waits for nothing. */
	CU_ASSERT_EQUAL(send_some(dev, 0, va, proc, 10, 1), 10);
	CU_ASSERT_EQUAL(collect(&f, dev, 0, 10, 3, &next), 10);
	fixture_let(&f);
	raw_close(&h.raw);
	rte_vinetalk_close((uint16_t)dev);
	fixture_stop(&f);
}

/* An impossible index costs the client, and nobody else; another's number in its ring is nobody's. */
static void
test_broken(void)
{
	struct fixture f;
	struct hand h;
	uint16_t proc, va;
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &thread_conf), 0);
	dev = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	hand_attach(&h, &f, 1);
	fixture_hold(&f);
	hand_put(&h, h.qp, h.qp ^ 4, 3); /* the first one of the neighbour */
	rte_vtregion_ready_mark(h.sums, h.leaves, h.qp);
	fixture_turns(&f, 3);
	CU_ASSERT_EQUAL(hand_got(&h), 0);
	fixture_let(&f);
	fixture_works(dev, proc, va, 50, 5000000);
	rte_vtregion_rq_ring(h.raw.base, &h.raw.geom, h.qp, 0)->prod.tail += 1000;
	rte_vtregion_ready_mark(h.sums, h.leaves, h.qp);
	CU_ASSERT_TRUE(fixture_until(&h.raw.slot->state, RTE_VTREGION_SLOT_QUARANTINE));
	CU_ASSERT_EQUAL(h.raw.slot->reason, -EPROTO);
	fixture_works(dev, proc, va, 50, 5000000);
	raw_close(&h.raw);
	rte_vinetalk_close((uint16_t)dev);
	fixture_stop(&f);
}

/* What an owner left in his ring is not his successor's; nobody else's queue stands still meanwhile. */
static void
test_again(void)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = 1,
		.flags = RTE_VTREGION_ATTACH_F_TAKEOVER, .name = "again" };
	struct rte_vtregion_ctrl_rep rep;
	struct fixture f;
	struct hand h;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &thread_conf), 0);
	hand_attach(&h, &f, 1);
	/* Hot and full of requests when it dies. */
	hand_put(&h, h.qp, h.qp, 1);
	rte_vtregion_ready_mark(h.sums, h.leaves, h.qp);
	while (hand_got(&h) == 0)
		usleep(1000);
	fixture_hold(&f);
	hand_put(&h, h.qp, h.qp, 60);
	fixture_let(&f);
	CU_ASSERT_EQUAL(raw_ctrl(&h.raw, &req, &rep), 0);
	CU_ASSERT_EQUAL(is_watched(&h), 0);
	CU_ASSERT_EQUAL(rte_ring_count(rte_vtregion_rq_ring(h.raw.base, &h.raw.geom, h.qp, 0)), 0);
	CU_ASSERT_EQUAL(hand_got(&h), 0);
	raw_close(&h.raw);
	fixture_stop(&f);
}

/* A request that bears the number of another poller's client is nobody's: its poller alone may look at it. */
static void
test_other_poller(void)
{
	struct rte_vtappliance_domain_conf conf = { .uid = -1, .gid = -1, .depth = 64 };
	struct rte_vinetalk_completion c;
	struct raw_client raw[8];
	struct rte_vinetalk_task t;
	struct fixture f;
	uint32_t victim, from;
	unsigned int i, nb = 0;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 2, 1, nulls, NULL, &conf), 0);
	do {
		CU_ASSERT_EQUAL_FATAL(raw_attach(&raw[nb], f.path[0], 1), 0);
	} while (raw[nb++].slot->poller == raw[0].slot->poller && nb < RTE_DIM(raw));
	from = nb - 1;
	CU_ASSERT_NOT_EQUAL_FATAL(raw[from].slot->poller, raw[0].slot->poller);
	victim = raw[0].slot_id * raw[0].geom.conf.qps_per_client;
	fixture_hold(&f);
	rte_vinetalk_task_init(&t, 0, 0, 0);
	t.qp_seq = rte_vinetalk_qp_seq((uint16_t)victim, (uint16_t)rte_vtregion_qp(raw[0].base,
		&raw[0].geom, victim)->resume_seq);
	CU_ASSERT_EQUAL(rte_ring_mp_rts_enqueue_bulk_elem(rte_vtregion_rq_ring(raw[from].base,
		&raw[from].geom, raw[from].slot->rq, 0), &t, sizeof(t), 1, NULL), 1);
	fixture_turns(&f, 5);
	CU_ASSERT_EQUAL(rte_ring_sc_dequeue_burst_elem(rte_vtregion_cq_ring(raw[0].base, &raw[0].geom,
		victim), &c, sizeof(c), 1, NULL), 0);
	/* In its own queue it is served, and refused: there is no such vaccel. */
	CU_ASSERT_EQUAL(rte_ring_mp_rts_enqueue_bulk_elem(rte_vtregion_rq_ring(raw[0].base, &raw[0].geom,
		raw[0].slot->rq, 0), &t, sizeof(t), 1, NULL), 1);
	fixture_turns(&f, 5);
	CU_ASSERT_EQUAL(rte_ring_sc_dequeue_burst_elem(rte_vtregion_cq_ring(raw[0].base, &raw[0].geom,
		victim), &c, sizeof(c), 1, NULL), 1);
	fixture_let(&f);
	for (i = 0; i < nb; i++)
		raw_close(&raw[i]);
	fixture_stop(&f);
}

/* ---- fairness ---- */

/*
 * 48 queue pairs whose queues are always full, and one that sends a single task now and then: however it
 * falls, it is served within the bound that the guide gives.
 */
static void
test_starvation(void)
{
	enum { BUSY = 48, DEPTH = 64 };
	struct rte_vtappliance_domain_conf conf = thread_conf;
	struct rte_vinetalk_completion c[64];
	struct rte_vtappliance_stats st;
	struct fixture f;
	uint64_t before, next = 0, sent[BUSY] = { 0 }, done[BUSY] = { 0 }, least, most;
	uint16_t proc, va[2], n;
	unsigned int i, round, turns, worst = 0;
	int busy, dev;

	conf.qps = BUSY;
	conf.nb_clients = 2;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &conf), 0);
	busy = fixture_attach(&f, 0, BUSY, 0);
	dev = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(busy >= 0 && dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(busy, "nop", &proc, &va[0]), 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va[1]), 0);
	fixture_hold(&f);
	for (round = 0; round < 50; round++) {
		CU_ASSERT_EQUAL(send_some(dev, 0, va[1], proc, 1, next), 1);
		for (turns = 0; turns < 1000; turns++) {
			for (i = 0; i < BUSY; i++) {
				sent[i] += send_some(busy, (uint16_t)i, va[0], proc, DEPTH, sent[i]);
				n = rte_vinetalk_dequeue_burst((uint16_t)busy, (uint16_t)i, c, 64);
				done[i] += n;
			}
			rte_vtappliance_stats_get(f.app, &st);
			before = st.tasks;
			fixture_turns(&f, 1);
			rte_vtappliance_stats_get(f.app, &st);
			/* 256 of hot queues and 256 found by marks, and a last visit of each kind. */
			CU_ASSERT_TRUE(st.tasks - before <= 2 * (256 + 32));
			n = rte_vinetalk_dequeue_burst((uint16_t)dev, 0, c, 64);
			next += n;
			if (n != 0)
				break;
		}
		worst = RTE_MAX(worst, turns + 1);
	}
	/* 256 requests in a turn are 8 visits of 32: 49 queues take 7 turns; two more for the rest. */
	CU_ASSERT_TRUE(worst <= 9);
	least = most = done[0];
	for (i = 1; i < BUSY; i++) {
		least = RTE_MIN(least, done[i]);
		most = RTE_MAX(most, done[i]);
	}
	CU_ASSERT_TRUE(least > 0 && most - least <= 4 * DEPTH);
	fixture_let(&f);
	rte_vinetalk_close((uint16_t)busy);
	rte_vinetalk_close((uint16_t)dev);
	fixture_stop(&f);
}

/* ---- numbers ---- */

static void
test_many(void)
{
	enum { PER_CLIENT = 64, CLIENTS_HERE = 16 };
	struct rte_vtappliance_domain_conf conf = thread_conf;
	struct rte_vinetalk_completion c;
	struct fixture f;
	int dev[CLIENTS_HERE];
	uint16_t proc, va[CLIENTS_HERE], i, q;
	unsigned int round, got = 0;

	/* 4,096 queue pairs, 1,024 of them in use. */
	conf.nb_clients = 64;
	conf.qps = PER_CLIENT;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 3, 1, three, NULL, &conf), 0);
	for (i = 0; i < CLIENTS_HERE; i++) {
		dev[i] = fixture_attach(&f, 0, PER_CLIENT, 0);
		CU_ASSERT_TRUE_FATAL(dev[i] >= 0);
		CU_ASSERT_EQUAL_FATAL(fixture_proc(dev[i], "nop", &proc, &va[i]), 0);
	}
	fixture_hold(&f);
	for (round = 0; round < 4; round++) {
		for (i = 0; i < CLIENTS_HERE; i++)
			for (q = 0; q < PER_CLIENT; q++)
				CU_ASSERT_EQUAL(send_some(dev[i], q, va[i], proc, 2, q), 2);
		fixture_turns(&f, 200);
		for (i = 0; i < CLIENTS_HERE; i++)
			for (q = 0; q < PER_CLIENT; q++)
				while (rte_vinetalk_dequeue_burst((uint16_t)dev[i], q, &c, 1) == 1)
					got += c.status == 0 && (c.cookie == q || c.cookie == q + 1U);
	}
	CU_ASSERT_EQUAL(got, 4 * CLIENTS_HERE * PER_CLIENT * 2);
	fixture_let(&f);
	for (i = 0; i < CLIENTS_HERE; i++)
		rte_vinetalk_close((uint16_t)dev[i]);
	fixture_stop(&f);
}

/* ---- which queue ---- */

/* A VM is known by the uuid that it tells: its queue follows it, wherever it joins. */
static void
test_vm_id(void)
{
	struct rte_vtappliance_domain_conf conf = { .uid = -1, .gid = -1 };
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = 1,
		.flags = RTE_VTREGION_ATTACH_F_TAKEOVER, .name = "vm" };
	struct rte_vtregion_ctrl_rep rep;
	struct raw_client raw;
	struct fixture f;
	uint8_t uuid[16] __rte_aligned(8);
	unsigned int i, moved = 0;
	uint32_t was, id = 1;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 8, 1, nulls, NULL, &conf), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	was = raw.slot->rq;
	CU_ASSERT_EQUAL(was, rte_hash_crc_4byte(id, 0) % 8);
	for (i = 0; i < 20; i++) {
		memset(uuid, (int)(i * 37 + 1), sizeof(uuid));
		memcpy(raw.slot->uuid, uuid, sizeof(uuid));
		CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), 0);
		CU_ASSERT_EQUAL(raw.slot->rq, rte_hash_crc(uuid, sizeof(uuid), 0) % 8);
		CU_ASSERT_EQUAL(raw.slot->poller, raw.slot->rq);
		moved += raw.slot->rq != was;
		was = raw.slot->rq;
		CU_ASSERT_EQUAL(rte_vtregion_qp(raw.base, &raw.geom, 0)->active, raw.slot->epoch);
	}
	CU_ASSERT_TRUE(moved > 5);
	raw_close(&raw);
	fixture_stop(&f);
	/* What the operator says counts more. */
	conf.id = 4711;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 8, 1, nulls, NULL, &conf), 0);
	CU_ASSERT_EQUAL_FATAL(raw_connect(&raw, f.path[0]), 0);
	memcpy(raw.slot->uuid, uuid, sizeof(uuid));
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), 0);
	CU_ASSERT_EQUAL(raw.slot->rq, rte_hash_crc_4byte(4711, 0) % 8);
	raw_close(&raw);
	fixture_stop(&f);
}

static const struct vt_test_case cases[] = {
	{ "each layout with 1 to 8 pollers", test_layouts },
	{ "each synchronisation", test_syncs },
	{ "two layouts in one appliance", test_mixed },
	{ "more pollers than queue pairs", test_few_queues },
	{ "wrong ones are refused", test_refused },
	{ "marks, and queues that are watched", test_watched },
	{ "half a mark strands nobody", test_half_marks },
	{ "the sweep finds what has no mark", test_sweep },
	{ "forged marks", test_forged },
	{ "broken and false requests", test_broken },
	{ "a queue's next owner", test_again },
	{ "the number of another poller's client", test_other_poller },
	{ "nobody starves", test_starvation },
	{ "4,096 queue pairs", test_many },
	{ "queues by VM id", test_vm_id },
};

VT_TEST_SUITE(vinetalk_layout_autotest, NULL, NULL, cases);
