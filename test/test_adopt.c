/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * An appliance that takes over the region of one that was killed (vta_adopt.c), step by step: test_restart.c has all of
 * it at once. Clients are made by hand, and keep their sockets, which are the broker's.
 */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <rte_vinetalk.h>

#include "broker_process.h"
#include "fixture.h"
#include "raw_queue.h"
#include "test.h"

#define NB_CLIENTS 4
#define DEPTH 64
#define GARBAGE 0x5a

static const char * const nulls[] = { "null", NULL };

struct stand {
	struct vt_broker broker;
	struct fixture f;
	struct rte_vtappliance_domain_conf conf;
	uint32_t nb_pollers;
	struct raw_client a, b; /* attached */
};

static int
start(struct stand *s, uint32_t detach_ms)
{
	const struct rte_vtappliance_conf conf = { .detach_ms = detach_ms };

	return fixture_start(&s->f, s->nb_pollers, 1, nulls, &conf, &s->conf);
}

static void
stand_up_with(struct stand *s, uint32_t layout, uint32_t nb_pollers)
{
	memset(s, 0, sizeof(*s));
	s->nb_pollers = nb_pollers;
	CU_ASSERT_EQUAL_FATAL(vt_broker_start(&s->broker, ",size=16M,clients=4"), 0);
	s->conf = (struct rte_vtappliance_domain_conf){ .uid = -1, .gid = -1, .nb_clients = NB_CLIENTS, .depth = DEPTH,
		.rq_depth = DEPTH, .layout = layout, .broker = s->broker.owner };
	CU_ASSERT_EQUAL_FATAL(start(s, 0), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&s->a, s->broker.clients, 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&s->b, s->broker.clients, 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(&s->a), 0);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(&s->b), 0);
}

static void
stand_up(struct stand *s, uint32_t layout)
{
	stand_up_with(s, layout, 1);
}

/* It is killed, and its clients go on running. */
static void
killed(struct stand *s)
{
	CU_ASSERT_EQUAL_FATAL(fixture_kill(&s->f, s->a.base, s->a.link.mem_size), 0);
}

static void
stand_down(struct stand *s)
{
	fixture_stop(&s->f);
	raw_close(&s->a);
	raw_close(&s->b);
	CU_ASSERT_EQUAL(vt_broker_stop(&s->broker, SIGTERM), 0);
}

/* Ask to go on, without waiting; the number of the answer. */
static uint32_t
ask_to_go_on(struct raw_client *raw)
{
	const struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = 1,
		.flags = RTE_VTREGION_ATTACH_F_RESUME, .name = "raw" };

	return raw_ctrl_send(raw, &req);
}

static int
go_on(struct raw_client *raw)
{
	const uint32_t seq = ask_to_go_on(raw);

	return fixture_until(&raw->slot->rep_seq, seq) ? raw->slot->rep.status : -ETIMEDOUT;
}

static bool
is_zero(const void *at, size_t len)
{
	const uint8_t *p = at;
	size_t i;

	for (i = 0; i < len && p[i] == 0; i++)
		;
	return i == len;
}

/* ---- who goes on, and who does not ---- */

static void
test_goes_on(void)
{
	struct rte_vtregion_hdr *hdr;
	struct raw_client late;
	struct stand s;
	uint64_t epoch;

	stand_up(&s, RTE_VTREGION_HASHED);
	hdr = rte_vtregion_hdr(s.a.base);
	epoch = hdr->epoch;
	CU_ASSERT_EQUAL(raw_line(&s.a)->resume_epoch, epoch);
	raw_works(&s.a, raw_seq(&s.a));
	killed(&s);
	CU_ASSERT_EQUAL_FATAL(start(&s, 20), 0);
	CU_ASSERT_EQUAL(hdr->state, RTE_VTREGION_OPEN);
	CU_ASSERT_EQUAL(hdr->epoch, epoch + 1);
	CU_ASSERT_EQUAL(raw_line(&s.a)->active, 0);
	CU_ASSERT_EQUAL(s.a.slot->state, RTE_VTREGION_SLOT_QUARANTINE);
	CU_ASSERT_EQUAL(go_on(&s.a), 0);
	CU_ASSERT_EQUAL(raw_line(&s.a)->active, s.a.slot->epoch);
	CU_ASSERT_EQUAL(raw_line(&s.a)->resume_epoch, epoch + 1);
	CU_ASSERT_EQUAL(raw_nop_vaccel(&s.a), 0);
	raw_works(&s.a, raw_seq(&s.a));
	/* One that has not been there before; and one that goes on twice. */
	CU_ASSERT_EQUAL_FATAL(raw_connect(&late, s.broker.clients), 0);
	CU_ASSERT_EQUAL(go_on(&late), -ESTALE);
	CU_ASSERT_EQUAL(go_on(&s.a), -ESTALE);
	raw_close(&late);
	stand_down(&s);
}

/* With other settings it is another region, in which nobody goes on. */
static void
test_other(void)
{
	struct rte_vtregion_hdr *hdr;
	struct stand s;
	uint64_t uid, epoch;

	stand_up(&s, RTE_VTREGION_HASHED);
	hdr = rte_vtregion_hdr(s.a.base);
	uid = hdr->uid;
	epoch = hdr->epoch;
	killed(&s);
	s.conf.nb_clients = NB_CLIENTS - 1;
	CU_ASSERT_EQUAL_FATAL(start(&s, 20), 0);
	CU_ASSERT_NOT_EQUAL(hdr->uid, uid);
	CU_ASSERT_EQUAL(hdr->epoch, epoch + 1);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_validate(s.a.base, s.a.link.mem_size, &s.a.geom), 0);
	CU_ASSERT_EQUAL(s.a.geom.conf.nb_clients, NB_CLIENTS - 1);
	s.a.slot = rte_vtregion_slot(s.a.base, &s.a.geom, s.a.slot_id);
	CU_ASSERT_EQUAL(go_on(&s.a), -ESTALE);
	stand_down(&s);
}

/* Their numbers begin behind those with which they began before. */
static void
test_numbers(void)
{
	struct stand s;
	uint16_t before;

	stand_up(&s, RTE_VTREGION_HASHED);
	before = raw_seq(&s.a);
	raw_works(&s.a, before);
	killed(&s);
	CU_ASSERT_EQUAL_FATAL(start(&s, 20), 0);
	CU_ASSERT_EQUAL(go_on(&s.a), 0);
	CU_ASSERT_TRUE((uint16_t)(raw_seq(&s.a) - before) >= DEPTH);
	CU_ASSERT_EQUAL(raw_nop_vaccel(&s.a), 0);
	raw_works(&s.a, raw_seq(&s.a));
	stand_down(&s);
}

/* Who went while there was no appliance leaves nothing for the next one in its slot. */
static void
test_gone(void)
{
	const struct rte_vtregion_geom *g;
	struct rte_vtregion_slot *slot;
	uint8_t *arena, *rings;
	struct stand s;
	uint32_t id;

	stand_up(&s, RTE_VTREGION_HASHED);
	g = &s.b.geom;
	id = s.a.slot_id;
	slot = rte_vtregion_slot(s.b.base, g, id);
	arena = s.b.base + rte_vtregion_arena(g, id);
	rings = (uint8_t *)(rte_vtregion_cq_ring(s.b.base, g, raw_qp(&s.a)) + 1);
	memset(arena, GARBAGE, g->arena_size);
	memset(rings, GARBAGE, DEPTH * sizeof(struct rte_vinetalk_completion));
	killed(&s);
	raw_close(&s.a);
	CU_ASSERT_EQUAL_FATAL(start(&s, 20), 0);
	CU_ASSERT_TRUE(fixture_until(&slot->state, RTE_VTREGION_SLOT_FREE));
	CU_ASSERT_TRUE(is_zero(arena, g->arena_size));
	CU_ASSERT_TRUE(is_zero(rings, DEPTH * sizeof(struct rte_vinetalk_completion)));
	CU_ASSERT_EQUAL(go_on(&s.b), 0);
	stand_down(&s);
}

/* ---- inside of an enqueue ---- */

/* One that is inside is waited for, and then no ring is left to him. */
static void
test_leaves(void)
{
	struct raw_inside w;
	pthread_t thread;
	struct stand s;
	uint32_t gen;

	stand_up(&s, RTE_VTREGION_HASHED);
	gen = *raw_gen(&s.a);
	killed(&s);
	/* Of the ring that comes next. */
	raw_line(&s.a)->inside = 1 + gen + 1;
	w = (struct raw_inside){ .raw = &s.a };
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, raw_inside_main, &w), 0);
	CU_ASSERT_EQUAL_FATAL(start(&s, 20000), 0);
	pthread_join(thread, NULL);
	CU_ASSERT_TRUE(w.closed);
	CU_ASSERT_EQUAL(w.state, RTE_VTREGION_FORMATTING);
	CU_ASSERT_EQUAL(*raw_gen(&s.a), gen + 1);
	CU_ASSERT_EQUAL(go_on(&s.a), 0);
	stand_down(&s);
}

/* One that stays inside has the ring that he is in for himself, and goes on when he has left it. */
static void
stays_inside(uint32_t layout)
{
	struct rte_vinetalk_task *late = NULL;
	struct stand s;
	uint32_t gen, seq;

	stand_up(&s, layout);
	gen = *raw_gen(&s.a);
	killed(&s);
	raw_line(&s.a)->inside = 1;
	if (layout != RTE_VTREGION_THREAD) {
		/* The next one, where he has been stopped for a long time. */
		raw_line(&s.a)->inside = 1 + gen + 1;
		late = (struct rte_vinetalk_task *)(rte_vtregion_rq_ring(s.a.base, &s.a.geom, 0,
			(gen + 1) % s.a.geom.nb_instances) + 1);
		raw_task(late, raw_qp(&s.b), raw_seq(&s.b), 1000000);
	}
	CU_ASSERT_EQUAL_FATAL(start(&s, 20), 0);
	CU_ASSERT_EQUAL(go_on(&s.b), 0);
	if (late != NULL) {
		CU_ASSERT_EQUAL(*raw_gen(&s.a), gen + 2);
		CU_ASSERT_EQUAL(late->cookie, 1000000);
		CU_ASSERT_EQUAL(raw_nop_vaccel(&s.b), 0);
		raw_works(&s.b, raw_seq(&s.b));
	}
	seq = ask_to_go_on(&s.a);
	/* More than two of the ticks at which mailboxes are looked at. */
	usleep(250000);
	CU_ASSERT_NOT_EQUAL(s.a.slot->rep_seq, seq);
	CU_ASSERT_EQUAL(raw_line(&s.a)->active, 0);
	__atomic_store_n(&raw_line(&s.a)->inside, 0, __ATOMIC_SEQ_CST);
	CU_ASSERT_TRUE(fixture_until(&s.a.slot->rep_seq, seq));
	CU_ASSERT_EQUAL(s.a.slot->rep.status, 0);
	if (late != NULL) {
		CU_ASSERT_EQUAL(raw_nop_vaccel(&s.a), 0);
		raw_works(&s.a, raw_seq(&s.a));
	}
	stand_down(&s);
}

static void
test_stays(void)
{
	stays_inside(RTE_VTREGION_HASHED);
	stays_inside(RTE_VTREGION_SINGLE);
	stays_inside(RTE_VTREGION_THREAD);
}

/* With somebody in each ring there is none that could be used. */
static void
test_all_inside(void)
{
	struct stand s;
	uint32_t i;

	stand_up(&s, RTE_VTREGION_HASHED);
	killed(&s);
	for (i = 0; i < s.a.geom.nb_instances; i++)
		rte_vtregion_qp(s.a.base, &s.a.geom, i)->inside = 1 + i;
	CU_ASSERT_EQUAL(start(&s, 20), -EBUSY);
	stand_down(&s);
}

/* Attach as a machine with this in its uuid. */
static int
attach_as(struct raw_client *raw, uint8_t byte)
{
	const struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = 1,
		.flags = RTE_VTREGION_ATTACH_F_TAKEOVER, .name = "raw" };
	struct rte_vtregion_ctrl_rep rep;

	memset(raw->slot->uuid, byte, sizeof(raw->slot->uuid));
	return raw_ctrl(raw, &req, &rep);
}

/* So it is for a machine whose uuid, and not its number, says which queue is its own. */
static void
test_uuid(void)
{
	struct raw_client dying;
	struct stand s;
	uint32_t gen, next, own, i;
	uint32_t plain;
	uint8_t byte = 0;

	stand_up_with(&s, RTE_VTREGION_HASHED, 2);
	plain = s.a.slot->rq;
	while (s.a.slot->rq == plain && ++byte < 100)
		CU_ASSERT_EQUAL_FATAL(attach_as(&s.a, byte), 0);
	CU_ASSERT_NOT_EQUAL_FATAL(s.a.slot->rq, plain);
	CU_ASSERT_EQUAL_FATAL(attach_as(&s.b, byte), 0);
	CU_ASSERT_EQUAL_FATAL(s.b.slot->rq, s.a.slot->rq);
	gen = *raw_gen(&s.a);
	own = gen % s.a.geom.nb_instances;
	killed(&s);
	raw_line(&s.a)->inside = 1 + gen;
	CU_ASSERT_EQUAL_FATAL(start(&s, 20), 0);
	CU_ASSERT_EQUAL(go_on(&s.b), 0);
	CU_ASSERT_EQUAL(raw_nop_vaccel(&s.b), 0);
	for (i = 0; i < s.b.geom.nb_instances; i++) {
		gen = *raw_gen(&s.b);
		next = (gen + 1) % s.b.geom.nb_instances == own ? gen + 2 : gen + 1;
		CU_ASSERT_EQUAL_FATAL(raw_connect(&dying, s.broker.clients), 0);
		CU_ASSERT_EQUAL_FATAL(attach_as(&dying, byte), 0);
		raw_reserve(&dying, 2);
		dying.slot->owner = 0;
		raw_close(&dying);
		CU_ASSERT_TRUE(fixture_until(raw_gen(&s.b), next));
		raw_works(&s.b, (uint16_t)(raw_seq(&s.b) + i));
	}
	raw_line(&s.a)->inside = 0;
	CU_ASSERT_EQUAL(go_on(&s.a), 0);
	stand_down(&s);
}

/* ---- rings ---- */

/* A request of before in the ring that comes next is not taken for one of now when somebody dies there. */
static void
test_requests(void)
{
	struct rte_ring *next;
	struct stand s;
	uint16_t seq;
	uint32_t gen;

	stand_up(&s, RTE_VTREGION_HASHED);
	gen = *raw_gen(&s.a);
	next = rte_vtregion_rq_ring(s.a.base, &s.a.geom, 0, (gen + 1) % s.a.geom.nb_instances);
	killed(&s);
	seq = (uint16_t)(raw_seq(&s.b) + DEPTH);
	raw_task((struct rte_vinetalk_task *)(next + 1), raw_qp(&s.b), seq, 1000000);
	CU_ASSERT_EQUAL_FATAL(start(&s, 20), 0);
	CU_ASSERT_EQUAL(go_on(&s.a), 0);
	CU_ASSERT_EQUAL(go_on(&s.b), 0);
	CU_ASSERT_EQUAL(raw_nop_vaccel(&s.b), 0);
	CU_ASSERT_EQUAL(raw_seq(&s.b), seq);
	CU_ASSERT_EQUAL(*raw_gen(&s.b), gen + 1);
	CU_ASSERT_EQUAL(raw_reserve(&s.a, 2), 0);
	raw_close(&s.a);
	CU_ASSERT_TRUE(fixture_until(raw_gen(&s.b), gen + 2));
	raw_works(&s.b, seq);
	stand_down(&s);
}

/* Completions that were not fetched are there, once, and others come behind them. */
static void
test_completions(void)
{
	struct rte_vinetalk_completion c[8];
	const volatile uint32_t *tail;
	struct stand s;
	unsigned int i;
	uint16_t seq;

	stand_up(&s, RTE_VTREGION_HASHED);
	seq = raw_seq(&s.a);
	tail = &rte_vtregion_cq_ring(s.a.base, &s.a.geom, raw_qp(&s.a))->prod.tail;
	raw_works(&s.a, seq);
	raw_put(&s.a, (uint16_t)(seq + 1), 5);
	CU_ASSERT_TRUE(fixture_until((const uint32_t *)(uintptr_t)tail, 6));
	killed(&s);
	CU_ASSERT_EQUAL_FATAL(start(&s, 20), 0);
	CU_ASSERT_EQUAL(go_on(&s.a), 0);
	CU_ASSERT_EQUAL(raw_receive(&s.a, c, RTE_DIM(c)), 5);
	for (i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(c[i].cookie, (uint16_t)(seq + 1 + i));
	CU_ASSERT_EQUAL(raw_nop_vaccel(&s.a), 0);
	raw_works(&s.a, raw_seq(&s.a));
	stand_down(&s);
}

/* The first completion behind a restart is the one with which an index begins again at 0. */
static void
test_wrap(void)
{
	struct rte_ring *cq;
	struct stand s;

	stand_up(&s, RTE_VTREGION_HASHED);
	cq = rte_vtregion_cq_ring(s.a.base, &s.a.geom, raw_qp(&s.a));
	killed(&s);
	cq->prod.head = cq->prod.tail = cq->cons.head = cq->cons.tail = UINT32_MAX;
	CU_ASSERT_EQUAL_FATAL(start(&s, 20), 0);
	CU_ASSERT_EQUAL(go_on(&s.a), 0);
	CU_ASSERT_EQUAL(raw_nop_vaccel(&s.a), 0);
	raw_works(&s.a, raw_seq(&s.a));
	CU_ASSERT_EQUAL(cq->prod.tail, 0);
	stand_down(&s);
}

/* An index that cannot be: the ring is made anew. */
static void
test_impossible(void)
{
	struct rte_ring *cq;
	struct stand s;

	stand_up(&s, RTE_VTREGION_HASHED);
	cq = rte_vtregion_cq_ring(s.a.base, &s.a.geom, raw_qp(&s.a));
	killed(&s);
	cq->prod.tail = cq->cons.tail + DEPTH;
	CU_ASSERT_EQUAL_FATAL(start(&s, 20), 0);
	CU_ASSERT_EQUAL(go_on(&s.a), 0);
	CU_ASSERT_EQUAL(cq->prod.tail, 0);
	CU_ASSERT_EQUAL(raw_nop_vaccel(&s.a), 0);
	raw_works(&s.a, raw_seq(&s.a));
	stand_down(&s);
}

static const struct vt_test_case cases[] = {
	{ "goes on", test_goes_on },
	{ "other settings", test_other },
	{ "numbers", test_numbers },
	{ "one that went meanwhile", test_gone },
	{ "leaves a ring", test_leaves },
	{ "stays inside", test_stays },
	{ "somebody in each ring", test_all_inside },
	{ "stays inside, by its uuid", test_uuid },
	{ "requests of before", test_requests },
	{ "completions of before", test_completions },
	{ "an index that begins again", test_wrap },
	{ "an impossible index", test_impossible },
};

VT_TEST_SUITE(vinetalk_adopt_autotest, NULL, NULL, cases);
