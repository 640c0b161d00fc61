/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * What a client can put into its queues that is just beyond a bound, and what it can do there when it is no client any
 * more: as test_bounds.c, for rings, salvage and cancels.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <rte_vinetalk.h>
#include <rte_vtaccel.h>
#include <rte_vtaccel_null.h>

#include "fixture.h"
#include "raw_queue.h"
#include "test.h"

#define HEARTBEAT_MS 500

static const char * const nulls[] = { "null", NULL };
static const char * const stalled[] = { "null,name=st,stall=1", NULL };
static const struct rte_vtappliance_domain_conf small = { .uid = -1, .gid = -1, .depth = 64 };
static const struct rte_vtappliance_conf beats = { .heartbeat_ms = HEARTBEAT_MS };

static bool
until_closed(const struct raw_client *raw)
{
	unsigned int i;

	for (i = 0; i < 5000; i++) {
		if (__atomic_load_n(raw_gen(raw), __ATOMIC_ACQUIRE) & RTE_VTREGION_GEN_CLOSED)
			return true;
		usleep(1000);
	}
	return false;
}

static uint64_t
tasks_of(struct fixture *f)
{
	struct rte_vtappliance_stats st;

	rte_vtappliance_stats_get(f->app, &st);
	return st.tasks;
}

/* ---- those who are not served any more ---- */

/* Between a client's wish to leave and the end of its last task nothing new of it is taken. */
static void
test_leaves(void)
{
	const struct rte_vtregion_ctrl_req detach = { .op = RTE_VTREGION_CTRL_DETACH };
	const struct rte_vtaccel_null_conf lifted = { 0 };
	struct raw_client raw;
	struct fixture f;
	unsigned int i;
	uint8_t *arena;
	uint32_t seq;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, stalled, NULL, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(&raw), 0);
	arena = raw.base + rte_vtregion_arena(&raw.geom, raw.slot_id);
	memset(arena, 0xa5, 4096);
	fixture_take(&f);
	raw_put(&raw, raw_seq(&raw), 2);
	fixture_turns(&f, 4);
	CU_ASSERT_EQUAL(tasks_of(&f), 2);
	seq = raw_ctrl_send(&raw, &detach);
	rte_vtappliance_control(f.app, 0);
	CU_ASSERT_EQUAL(raw.slot->state, RTE_VTREGION_SLOT_DETACHING);
	CU_ASSERT_EQUAL(rte_vtregion_qp(raw.base, &raw.geom, raw_qp(&raw))->active, 0);
	fixture_turns(&f, 4);
	raw_put(&raw, (uint16_t)(raw_seq(&raw) + 2), 3);
	fixture_turns(&f, 4);
	CU_ASSERT_EQUAL(tasks_of(&f), 2);
	CU_ASSERT_NOT_EQUAL(raw.slot->rep_seq, seq);
	CU_ASSERT_EQUAL(rte_vtaccel_null_set(rte_vtaccel_get("st"), &lifted), 0);
	for (i = 0; i < 1000 && raw.slot->rep_seq != seq; i++) {
		fixture_turns(&f, 1);
		rte_vtappliance_control(f.app, 0);
	}
	CU_ASSERT_EQUAL(raw.slot->rep_seq, seq);
	CU_ASSERT_EQUAL(tasks_of(&f), 2);
	/* It asked, and its memory is not given away: but the next one that attaches here may be another. */
	for (i = 0; i < 4096 && arena[i] == 0; i++)
		;
	CU_ASSERT_EQUAL(i, 4096);
	raw_close(&raw);
	fixture_stop(&f);
}

/* Behind a request too many, in the same burst, nothing is taken any more. */
static void
test_broke(void)
{
	const struct rte_vtaccel_null_conf lifted = { 0 };
	struct raw_client raw;
	struct fixture f;
	uint16_t seq;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, stalled, NULL, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(&raw), 0);
	seq = raw_seq(&raw);
	fixture_take(&f);
	raw_put(&raw, seq, 60);
	fixture_turns(&f, 8);
	CU_ASSERT_EQUAL(tasks_of(&f), 60);
	/* There is room for three: four are refused together, and then there is one by itself. */
	raw_put(&raw, (uint16_t)(seq + 60), 4);
	raw_put(&raw, (uint16_t)(seq + 60), 1);
	fixture_turns(&f, 1);
	CU_ASSERT_EQUAL(tasks_of(&f), 60);
	rte_vtappliance_control(f.app, 0);
	CU_ASSERT_EQUAL(raw.slot->state, RTE_VTREGION_SLOT_DETACHING);
	CU_ASSERT_EQUAL(raw.slot->reason, -EDQUOT);
	CU_ASSERT_EQUAL(rte_vtaccel_null_set(rte_vtaccel_get("st"), &lifted), 0);
	fixture_turns(&f, 8);
	CU_ASSERT_EQUAL(tasks_of(&f), 60);
	raw_close(&raw);
	fixture_stop(&f);
}

/* One in quarantine that reserves all the same: when it has gone, who is behind it is salvaged. */
static void
test_quarantine(void)
{
	struct raw_client raw, other;
	struct fixture f;
	uint16_t seq;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&other, f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(&other), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	seq = raw_seq(&other);
	fixture_hold(&f);
	raw_put(&raw, raw_seq(&raw), 32);
	raw_put(&raw, (uint16_t)(raw_seq(&raw) + 32), 32);
	fixture_let(&f);
	CU_ASSERT_TRUE(fixture_until(&raw.slot->state, RTE_VTREGION_SLOT_QUARANTINE));
	CU_ASSERT_TRUE(fixture_until(raw_gen(&raw), 0));
	raw_works(&other, seq);
	raw_reserve(&raw, 3);
	raw_close(&raw);
	raw_works(&other, (uint16_t)(seq + 1));
	raw_close(&other);
	fixture_stop(&f);
}

/* ---- closed queues and salvage ---- */

/* Who attaches does so to a queue that is open. */
static void
test_closed_queue(void)
{
	const struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = 1 };
	struct raw_client raw, late;
	struct fixture f;
	uint32_t seq;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_connect(&late, f.path[0]), 0);
	fixture_hold(&f);
	raw_close(&raw);
	CU_ASSERT_TRUE(until_closed(&late));
	seq = raw_ctrl_send(&late, &req);
	usleep(300000);
	CU_ASSERT_NOT_EQUAL(late.slot->rep_seq, seq);
	CU_ASSERT_TRUE(*raw_gen(&late) & RTE_VTREGION_GEN_CLOSED);
	fixture_let(&f);
	CU_ASSERT_TRUE(fixture_until(&late.slot->rep_seq, seq));
	CU_ASSERT_EQUAL(late.slot->rep.status, 0);
	CU_ASSERT_EQUAL(*raw_gen(&late), 0);
	raw_close(&late);
	fixture_stop(&f);
}

/* What one that dies leaves in the name of others: torn, of nobody, and of a number that is not next. */
static void
test_torn(void)
{
	struct raw_client raw, other;
	struct fixture f;
	uint16_t seq;
	uint32_t pos;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&other, f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(&other), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	seq = raw_seq(&other);
	raw_works(&other, seq++);
	fixture_hold(&f);
	pos = raw_reserve(&raw, 3);
	raw_task(raw_slot_at(&raw, pos), raw_qp(&other), seq, 1000000);
	raw_slot_at(&raw, pos)->check ^= 1;
	raw_task(raw_slot_at(&raw, pos + 1), other.geom.nb_qps - 1, seq, 1000001);
	raw_task(raw_slot_at(&raw, pos + 2), raw_qp(&other), (uint16_t)(seq + 5), 1000002);
	raw_close(&raw);
	fixture_let(&f);
	CU_ASSERT_TRUE(fixture_until(raw_gen(&other), 1));
	raw_works(&other, seq);
	raw_close(&other);
	fixture_stop(&f);
}

/* A spare has been in service before, and anybody can have written there since. */
static void
test_spare(void)
{
	struct raw_client raw, other;
	struct rte_ring *spare;
	struct fixture f;
	unsigned int i;
	uint16_t seq;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&other, f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(&other), 0);
	seq = raw_seq(&other);
	spare = rte_vtregion_rq_ring(other.base, &other.geom, 0, 1);
	raw_task((struct rte_vinetalk_task *)(spare + 1), raw_qp(&other), seq, 1000000);
	/* It becomes the ring in service, and then one dies in it. */
	for (i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
		raw_reserve(&raw, 2);
		raw_close(&raw);
		CU_ASSERT_TRUE(fixture_until(raw_gen(&other), i + 1));
	}
	raw_works(&other, seq);
	raw_close(&other);
	fixture_stop(&f);
}

/* More than a ring holds cannot be reserved: the walk ends soon, and the others go on. */
static void
test_walk(void)
{
	struct raw_client raw, other;
	struct fixture f;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&other, f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(&other), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	raw_reserve(&raw, 0xf0000000);
	raw_close(&raw);
	CU_ASSERT_TRUE(fixture_until(raw_gen(&other), 1));
	raw_works(&other, raw_seq(&other));
	raw_close(&other);
	fixture_stop(&f);
}

/* A queue is salvaged when one more is detached, inside: then it is closed once more, and its ring left to that one. */
static void
test_again(void)
{
	const struct rte_vtregion_ctrl_req again = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = 1,
		.flags = RTE_VTREGION_ATTACH_F_TAKEOVER | RTE_VTREGION_ATTACH_F_DEVICE };
	struct rte_vtregion_ctrl_rep rep;
	struct raw_client raw, other, third;
	struct fixture f;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, &beats, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&third, f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(&third), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_connect(&other, f.path[0]), 0);
	CU_ASSERT_EQUAL_FATAL(raw_ctrl(&other, &again, &rep), 0);
	fixture_hold(&f);
	raw_close(&raw);
	CU_ASSERT_TRUE(until_closed(&other));
	usleep(50000); /* nobody is inside: the poller, which is held, has the next step */
	rte_vtregion_qp(other.base, &other.geom, raw_qp(&other))->inside = 1;
	/* Its heart stands still. */
	CU_ASSERT_TRUE(fixture_until(&other.slot->state, RTE_VTREGION_SLOT_DETACHING));
	fixture_let(&f);
	CU_ASSERT_TRUE(fixture_until(raw_gen(&other), 1));
	raw_works(&third, raw_seq(&third));
	raw_close(&other);
	raw_close(&third);
	fixture_stop(&f);
}

/* ---- one that fills its ring without end ---- */

struct filler {
	struct rte_ring *r;
	uint32_t mask;
	uint32_t running, stop; /* atomic */
};

static void *
fill_main(void *arg)
{
	struct filler *a = arg;
	cpu_set_t all;
	int i;

	/* Not only on the processor of who made it. */
	CPU_ZERO(&all);
	for (i = 0; i < CPU_SETSIZE; i++)
		CPU_SET(i, &all);
	pthread_setaffinity_np(pthread_self(), sizeof(all), &all);
	do {
		__atomic_store_n(&a->r->prod.tail,
			__atomic_load_n(&a->r->cons.tail, __ATOMIC_ACQUIRE) + a->mask, __ATOMIC_RELEASE);
		__atomic_store_n(&a->running, 1, __ATOMIC_RELEASE);
	} while (__atomic_load_n(&a->stop, __ATOMIC_RELAXED) == 0);
	return NULL;
}

/* So many requests a single turn takes of the client's ring meanwhile. */
static uint32_t
taken(struct fixture *f, const struct raw_client *raw)
{
	struct filler a = { .r = raw_ring(raw), .mask = raw->geom.conf.rq_depth - 1 };
	const uint32_t before = a.r->cons.tail;
	pthread_t thread;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, fill_main, &a), 0);
	while (__atomic_load_n(&a.running, __ATOMIC_ACQUIRE) == 0)
		usleep(100);
	fixture_turns(f, 1);
	__atomic_store_n(&a.stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	return a.r->cons.tail - before;
}

/* Where the filler is slow the ring runs empty: so it is tried more than once. */
static void
test_fills(void)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_TASK_CANCEL };
	struct raw_client raw, other;
	struct fixture f;
	unsigned int i, k;
	uint32_t seq, n;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(&raw), 0);
	/* A cancel of what has not come yet looks at no more than a ring full, besides what a turn takes. */
	req.id = rte_vinetalk_qp_seq((uint16_t)raw_qp(&raw), (uint16_t)(raw_seq(&raw) + 1000));
	fixture_take(&f);
	for (i = 0; i < 30; i++) {
		seq = raw_ctrl_send(&raw, &req);
		rte_vtappliance_control(f.app, 0);
		n = taken(&f, &raw);
		CU_ASSERT_TRUE(n > 0 && n <= 2 * raw.geom.conf.rq_depth);
		rte_vtappliance_control(f.app, 0);
		CU_ASSERT_EQUAL(raw.slot->rep_seq, seq);
		CU_ASSERT_EQUAL(raw.slot->rep.status, -ENOENT);
	}
	/* So does a salvage. */
	for (i = 0; i < 20; i++) {
		CU_ASSERT_EQUAL_FATAL(fixture_go(&f), 0);
		CU_ASSERT_EQUAL_FATAL(raw_attach(&other, f.path[0], 1), 0);
		fixture_take(&f);
		raw_close(&other);
		for (k = 0; k < 8; k++)
			rte_vtappliance_control(f.app, 0);
		CU_ASSERT_TRUE(*raw_gen(&raw) & RTE_VTREGION_GEN_CLOSED);
		n = taken(&f, &raw);
		CU_ASSERT_TRUE(n > 0 && n <= 2 * raw.geom.conf.rq_depth);
		rte_vtappliance_control(f.app, 0);
		CU_ASSERT_EQUAL(*raw_gen(&raw), i + 1);
		fixture_turns(&f, 4);
	}
	raw_close(&raw);
	fixture_stop(&f);
}

/* A ring with an impossible index is told of once: its poller can sleep all the same. */
static void
test_broken(void)
{
	const struct rte_vtappliance_conf sleeps = { .idle = RTE_VTAPPLIANCE_IDLE_INTERRUPT, .park_ms = 10 };
	struct rte_vtappliance_poller_stats ps;
	struct raw_client raw;
	struct fixture f;
	unsigned int i;
	uint64_t before;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, &sleeps, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	fixture_take(&f);
	raw_ring(&raw)->prod.tail = 0x7fffffff;
	fixture_turns(&f, 4);
	rte_vtappliance_poller_stats_get(f.app, 0, &ps);
	before = ps.parks;
	for (i = 0; i < 4; i++)
		rte_vtappliance_turn(f.app, 0);
	rte_vtappliance_poller_stats_get(f.app, 0, &ps);
	CU_ASSERT_EQUAL(ps.parks - before, 4);
	rte_vtappliance_control(f.app, 0);
	CU_ASSERT_EQUAL(rte_vtregion_hdr(raw.base)->state, RTE_VTREGION_CLOSED);
	raw_close(&raw);
	fixture_stop(&f);
}

/* ---- cancels ---- */

static void
test_cancel(void)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_TASK_CANCEL };
	struct rte_vtregion_ctrl_rep rep;
	struct raw_client raw;
	struct fixture f;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(&raw), 0);
	req.id = rte_vinetalk_qp_seq((uint16_t)raw_qp(&raw), raw_seq(&raw));
	req.type = 1;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	req.type = 0;
	req.flags = 1;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	req.flags = 0;
	req.proc = 1;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	req.proc = 0;
	/* A task that was, and a vaccel that cannot be: it is not looked up. */
	raw_works(&raw, raw_seq(&raw));
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EALREADY);
	req.arg = 64;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -ENOENT);
	req.arg = UINT16_MAX;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -ENOENT);
	raw_close(&raw);
	fixture_stop(&f);
}

static const struct vt_test_case cases[] = {
	{ "one that leaves goes on", test_leaves },
	{ "one that broke a rule goes on", test_broke },
	{ "one in quarantine goes on", test_quarantine },
	{ "a closed queue", test_closed_queue },
	{ "torn, forged and late requests behind a hole", test_torn },
	{ "a spare that was written", test_spare },
	{ "a walk without end", test_walk },
	{ "a queue that is closed again", test_again },
	{ "a ring that is filled without end", test_fills },
	{ "a broken ring", test_broken },
	{ "a cancel", test_cancel },
};

VT_TEST_SUITE(vinetalk_bounds_queue_autotest, NULL, NULL, cases);
