/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * What an appliance can say and write that is just beyond a bound, case by case: as test_bounds.c, for a client.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_ring.h>
#include <rte_vinetalk.h>

#include "fixture.h"
#include "hostile_appliance.h"
#include "test.h"

#define LOOKS 500

/* What stands in the next answers to attaches. */
static size_t word_at;
static uint32_t word_value, only_flags;

static void
edit_attach(struct hostile_appliance *a, struct rte_vtregion_slot *slot)
{
	RTE_SET_USED(a);
	if (slot->req.op == RTE_VTREGION_CTRL_ATTACH && (slot->req.flags & only_flags) == only_flags)
		memcpy((char *)slot + word_at, &word_value, sizeof(word_value));
}

/* Something that tells the truth, but for what a test changes. */
static void
stage(struct hostile_appliance *a, char path[108], uint32_t layout)
{
	static unsigned int serial;

	snprintf(path, 108, "%s/bounds%u.sock", vt_test_tmp_dir(), serial++);
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_open(a, path, layout), 0);
}

/* And a client of it, with one queue pair. */
static uint16_t
play(struct hostile_appliance *a, uint32_t layout)
{
	char path[108];
	int dev;

	stage(a, path, layout);
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_act(a), 0);
	dev = fixture_attach_path(path, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	return (uint16_t)dev;
}

static void
curtain(struct hostile_appliance *a, uint16_t dev)
{
	rte_vtregion_hdr(a->base)->state = RTE_VTREGION_CLOSED;
	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
	hostile_appliance_stop(a);
	hostile_appliance_close(a);
}

static uint16_t
enqueue(uint16_t dev)
{
	struct rte_vinetalk_task t;

	rte_vinetalk_task_init(&t, 0, 0, 1);
	return rte_vinetalk_enqueue_burst(dev, 0, &t, 1);
}

/* ---- attaching ---- */

static int
attach(uint32_t flags, size_t at, uint32_t value)
{
	char path[108], args[160];
	struct hostile_appliance a;
	int dev;

	only_flags = flags;
	word_at = at;
	word_value = value;
	stage(&a, path, RTE_VTREGION_HASHED);
	a.edit = edit_attach;
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_act(&a), 0);
	snprintf(args, sizeof(args), "shm,path=%s", path);
	dev = rte_vinetalk_attach(args);
	if (dev >= 0)
		rte_vinetalk_close((uint16_t)dev);
	hostile_appliance_stop(&a);
	hostile_appliance_close(&a);
	return dev;
}

#define ATTACH(field, value) attach(0, offsetof(struct rte_vtregion_slot, field), value)

static void
test_answers(void)
{
	CU_ASSERT_TRUE(ATTACH(nb_qps, 2) >= 0);
	CU_ASSERT_EQUAL(ATTACH(nb_qps, 0), -EPROTO);
	CU_ASSERT_EQUAL(ATTACH(nb_qps, 3), -EPROTO);
	CU_ASSERT_EQUAL(ATTACH(nb_qps, UINT32_MAX), -EPROTO);
	CU_ASSERT_EQUAL(ATTACH(poller, 1), -EPROTO);
	CU_ASSERT_EQUAL(ATTACH(poller, UINT32_MAX), -EPROTO);
	CU_ASSERT_EQUAL(ATTACH(rq, 1), -EPROTO);
	CU_ASSERT_EQUAL(ATTACH(rq, UINT32_MAX), -EPROTO);
	CU_ASSERT_TRUE(ATTACH(data_vector, RTE_VTREGION_MAX_VECTORS - 1) >= 0);
	CU_ASSERT_EQUAL(ATTACH(data_vector, RTE_VTREGION_MAX_VECTORS), -EPROTO);
	CU_ASSERT_EQUAL(ATTACH(data_vector, UINT32_MAX), -EPROTO);
}

/* A region that is none, and one that has no slot for the number that the broker gave. */
static void
test_region(void)
{
	char path[108], args[160];
	struct hostile_appliance a;
	int dev;

	stage(&a, path, RTE_VTREGION_HASHED);
	rte_vtregion_hdr(a.base)->abi++;
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_act(&a), 0);
	snprintf(args, sizeof(args), "shm,path=%s", path);
	CU_ASSERT_EQUAL(rte_vinetalk_attach(args), -EPROTONOSUPPORT);
	*rte_vtregion_hdr(a.base) = a.right;
	rte_vtregion_hdr(a.base)->geom.conf.nb_plain = a.geom.conf.nb_clients;
	dev = rte_vinetalk_attach(args);
	CU_ASSERT_EQUAL(dev, -EPROTO);
	if (dev >= 0)
		rte_vinetalk_close((uint16_t)dev);
	hostile_appliance_stop(&a);
	hostile_appliance_close(&a);
}

static void
test_rings(void)
{
	const struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	char path[108], args[160];
	struct hostile_appliance a;
	struct rte_ring *rq, *cq;
	uint16_t dev;
	int ret;

	stage(&a, path, RTE_VTREGION_HASHED);
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_act(&a), 0);
	snprintf(args, sizeof(args), "shm,path=%s", path);
	ret = rte_vinetalk_attach(args);
	CU_ASSERT_TRUE_FATAL(ret >= 0);
	dev = (uint16_t)ret;
	CU_ASSERT_EQUAL(rte_vinetalk_configure(dev, &conf), 0);
	rq = rte_vtregion_rq_ring(a.base, &a.geom, 0, 0);
	cq = rte_vtregion_cq_ring(a.base, &a.geom, 0);
	rq->mask ^= 1;
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, 0, NULL), -EPROTO);
	rq->mask ^= 1;
	cq->mask ^= 1;
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, 0, NULL), -EPROTO);
	cq->mask ^= 1;
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, 0, NULL), 0);
	curtain(&a, dev);
}

/* Of an extended statistic; UINT64_MAX: there is none. */
static uint64_t
statistic(uint16_t dev, const char *name)
{
	struct rte_vinetalk_xstat_name names[64];
	uint64_t values[64];
	int nb = rte_vinetalk_xstats_names_get(dev, names, RTE_DIM(names)), i;

	CU_ASSERT_EQUAL(rte_vinetalk_xstats_get(dev, values, RTE_DIM(values)), nb);
	for (i = 0; i < RTE_MIN(nb, (int)RTE_DIM(names)); i++)
		if (strcmp(names[i].name, name) == 0)
			return values[i];
	return UINT64_MAX;
}

/* One that there can be, and of which the broker gave none. */
static void
test_doorbell(void)
{
	struct hostile_appliance a;
	uint64_t rung;
	char path[108];
	int dev;

	only_flags = 0;
	word_at = offsetof(struct rte_vtregion_slot, data_vector);
	word_value = RTE_VTREGION_MAX_VECTORS - 1;
	stage(&a, path, RTE_VTREGION_HASHED);
	a.edit = edit_attach;
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_act(&a), 0);
	dev = fixture_attach_path(path, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	rung = statistic((uint16_t)dev, "doorbells");
	CU_ASSERT_NOT_EQUAL(rung, UINT64_MAX);
	__atomic_store_n(&rte_vtregion_poller(a.base, &a.geom, 0)->parked, 1, __ATOMIC_SEQ_CST);
	CU_ASSERT_EQUAL(enqueue((uint16_t)dev), 1);
	CU_ASSERT_EQUAL(statistic((uint16_t)dev, "doorbells"), rung);
	curtain(&a, (uint16_t)dev);
}

/* ---- control requests ---- */

static struct rte_vtregion_ctrl_rep answer;

static void
edit_info(struct hostile_appliance *a, struct rte_vtregion_slot *slot)
{
	RTE_SET_USED(a);
	if ((slot->req.op == RTE_VTREGION_CTRL_ACCEL_INFO || slot->req.op == RTE_VTREGION_CTRL_PROC_INFO) &&
			slot->rep.status == 0)
		slot->rep = answer;
}

static void
test_control(void)
{
	struct rte_vinetalk_accel_info info;
	struct rte_vinetalk_proc_info procs[4];
	struct hostile_appliance a;
	uint16_t dev;

	dev = play(&a, RTE_VTREGION_HASHED);
	a.edit = edit_info;
	answer = (struct rte_vtregion_ctrl_rep){ .count = 3, .type = RTE_VINETALK_ACCEL_CPU };
	/* Names without an end. */
	memset(answer.name, 'n', sizeof(answer.name));
	memset(answer.location, 'l', sizeof(answer.location));
	CU_ASSERT_EQUAL(rte_vinetalk_accel_info_get(dev, 0, &info), 0);
	CU_ASSERT_EQUAL(strnlen(info.name, sizeof(info.name)), sizeof(info.name) - 1);
	CU_ASSERT_EQUAL(strnlen(info.location, sizeof(info.location)), sizeof(info.location) - 1);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_list(dev, procs, RTE_DIM(procs)), 3);
	CU_ASSERT_EQUAL(strnlen(procs[0].name, sizeof(procs[0].name)), sizeof(procs[0].name) - 1);
	answer.type = RTE_VINETALK_ACCEL_TYPES;
	CU_ASSERT_EQUAL(rte_vinetalk_accel_info_get(dev, 0, &info), -EPROTO);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_list(dev, procs, RTE_DIM(procs)), -EPROTO);
	answer.type = RTE_VINETALK_ACCEL_CPU;
	answer.state = RTE_VINETALK_ACCEL_FAILED + 1;
	CU_ASSERT_EQUAL(rte_vinetalk_accel_info_get(dev, 0, &info), -EPROTO);
	curtain(&a, dev);
}

/* ---- queues ---- */

static void
test_generation(void)
{
	struct hostile_appliance a;
	struct rte_vtregion_rq *line;
	struct rte_ring *r;
	uint16_t dev;

	dev = play(&a, RTE_VTREGION_HASHED);
	line = rte_vtregion_rq(a.base, &a.geom, 0);
	r = rte_vtregion_rq_ring(a.base, &a.geom, 0, 1);
	CU_ASSERT_EQUAL(enqueue(dev), 1);
	r->size = 7;
	__atomic_store_n(&line->gen, 1, __ATOMIC_SEQ_CST);
	CU_ASSERT_EQUAL(enqueue(dev), 0);
	r->size = a.geom.conf.rq_depth;
	CU_ASSERT_EQUAL(enqueue(dev), 1);
	__atomic_store_n(&line->gen, 1 | RTE_VTREGION_GEN_CLOSED, __ATOMIC_SEQ_CST);
	CU_ASSERT_EQUAL(enqueue(dev), 0);
	/* It is tried again, and not remembered as open. */
	CU_ASSERT_EQUAL(enqueue(dev), 0);
	__atomic_store_n(&line->gen, 1, __ATOMIC_SEQ_CST);
	CU_ASSERT_EQUAL(enqueue(dev), 1);
	curtain(&a, dev);
}

/* What tells one that he is detached: the queue pair's line, the generation, state and epoch of the slot. */
static void
detached(uint32_t layout)
{
	struct rte_vinetalk_completion c;
	struct rte_vtregion_slot *slot;
	struct rte_vtregion_qp *qp;
	struct rte_vtregion_rq *rq;
	struct hostile_appliance a;
	unsigned int way;
	uint32_t active, asked;
	uint16_t dev;

	for (way = 0; way < 2; way++) {
		dev = play(&a, layout);
		slot = rte_vtregion_slot(a.base, &a.geom, 0);
		qp = rte_vtregion_qp(a.base, &a.geom, 0);
		rq = rte_vtregion_rq(a.base, &a.geom, 0);
		CU_ASSERT_EQUAL(enqueue(dev), 1);
		active = qp->active;
		__atomic_store_n(&qp->active, active + 1, __ATOMIC_SEQ_CST);
		CU_ASSERT_EQUAL(enqueue(dev), 0);
		__atomic_store_n(&qp->active, active, __ATOMIC_SEQ_CST);
		CU_ASSERT_EQUAL(enqueue(dev), 1);
		__atomic_store_n(&rq->gen, RTE_VTREGION_GEN_CLOSED, __ATOMIC_SEQ_CST);
		CU_ASSERT_EQUAL(enqueue(dev), 0);
		__atomic_store_n(&rq->gen, 0, __ATOMIC_SEQ_CST);
		CU_ASSERT_EQUAL(enqueue(dev), 1);
		hostile_appliance_stop(&a);
		if (way == 0)
			slot->state = RTE_VTREGION_SLOT_DETACHING;
		else
			slot->epoch++;
		asked = slot->req_seq;
		/* What is not completed ends, and then there is nobody to wait for, nor to ask. */
		while (rte_vinetalk_in_flight(dev, 0) != 0) {
			rte_vinetalk_wait(dev, 0, 2000000);
			CU_ASSERT_EQUAL_FATAL(rte_vinetalk_dequeue_burst(dev, 0, &c, 1), 1);
		}
		CU_ASSERT_EQUAL(rte_vinetalk_wait(dev, 0, 2000000), -ENODEV);
		CU_ASSERT_EQUAL(slot->req_seq, asked);
		CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
		hostile_appliance_close(&a);
	}
}

static void
test_detached(void)
{
	detached(RTE_VTREGION_HASHED);
	detached(RTE_VTREGION_THREAD);
}

/* An index of completions that cannot be ends what is in flight; with nothing in flight it ends a wait. */
static void
test_completions(void)
{
	struct rte_vinetalk_completion c[4];
	struct hostile_appliance a;
	struct rte_ring *cq;
	uint16_t dev;

	dev = play(&a, RTE_VTREGION_HASHED);
	hostile_appliance_stop(&a);
	cq = rte_vtregion_cq_ring(a.base, &a.geom, 0);
	CU_ASSERT_EQUAL(enqueue(dev), 1);
	cq->prod.tail = cq->cons.tail + a.geom.conf.cq_depth;
	CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst(dev, 0, c, RTE_DIM(c)), 1);
	CU_ASSERT_EQUAL(c[0].status, -ECONNRESET);
	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
	hostile_appliance_close(&a);

	dev = play(&a, RTE_VTREGION_HASHED);
	hostile_appliance_stop(&a);
	cq = rte_vtregion_cq_ring(a.base, &a.geom, 0);
	cq->prod.tail = cq->cons.tail + a.geom.conf.cq_depth;
	CU_ASSERT_EQUAL(rte_vinetalk_wait(dev, 0, 2000000), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
	hostile_appliance_close(&a);
}

/* What a ring's header says of its size is of no account once it was looked at. */
static void
test_lies(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct hostile_appliance a;
	struct rte_ring *cq;
	unsigned int i;
	uint16_t dev;

	dev = play(&a, RTE_VTREGION_HASHED);
	cq = rte_vtregion_cq_ring(a.base, &a.geom, 0);
	cq->size = 1U << 31;
	cq->mask = cq->size - 1;
	for (i = 0; i < 3 * a.geom.conf.cq_depth; i++) {
		rte_vinetalk_task_init(&t, 0, 0, i);
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_run(dev, 0, &t, &c, 5000000), 0);
		CU_ASSERT_EQUAL(c.cookie, i);
	}
	curtain(&a, dev);
}

/* ---- the next appliance ---- */

/* Asked nothing, and there is nobody to wait for. */
static void
stays_alone(const struct hostile_appliance *a, uint16_t dev)
{
	const uint64_t answers = __atomic_load_n(&a->answers, __ATOMIC_SEQ_CST);

	CU_ASSERT_EQUAL(rte_vinetalk_wait(dev, 0, 1000000), -ENODEV);
	CU_ASSERT_EQUAL(__atomic_load_n(&a->answers, __ATOMIC_SEQ_CST), answers);
}

static void
edit_number(struct hostile_appliance *a, struct rte_vtregion_slot *slot)
{
	RTE_SET_USED(a);
	if (slot->req.op == RTE_VTREGION_CTRL_PROC_GET)
		slot->rep.id = 1;
}

static void
test_next(void)
{
	struct rte_vinetalk_accel_info info;
	struct rte_vtregion_hdr *hdr;
	struct rte_vtregion_qp *qp;
	struct hostile_appliance a;
	uint64_t answers;
	uint16_t dev, proc;

	/* Another region. */
	dev = play(&a, RTE_VTREGION_HASHED);
	hdr = rte_vtregion_hdr(a.base);
	hdr->uid++;
	__atomic_store_n(&hdr->epoch, hdr->epoch + 1, __ATOMIC_SEQ_CST);
	stays_alone(&a, dev);
	curtain(&a, dev);
	/* The same, and with other queue pairs. */
	dev = play(&a, RTE_VTREGION_HASHED);
	hdr = rte_vtregion_hdr(a.base);
	only_flags = RTE_VTREGION_ATTACH_F_RESUME;
	word_at = offsetof(struct rte_vtregion_slot, nb_qps);
	word_value = 1;
	a.edit = edit_attach;
	__atomic_store_n(&hdr->epoch, hdr->epoch + 1, __ATOMIC_SEQ_CST);
	CU_ASSERT_EQUAL(rte_vinetalk_wait(dev, 0, 1000000), -ENODEV);
	curtain(&a, dev);
	/* The same, which is not open yet. */
	dev = play(&a, RTE_VTREGION_HASHED);
	hdr = rte_vtregion_hdr(a.base);
	qp = rte_vtregion_qp(a.base, &a.geom, 0);
	answers = __atomic_load_n(&a.answers, __ATOMIC_SEQ_CST);
	hdr->state = RTE_VTREGION_FORMATTING;
	__atomic_store_n(&hdr->epoch, hdr->epoch + 1, __ATOMIC_SEQ_CST);
	qp->active = 0;
	CU_ASSERT_EQUAL(enqueue(dev), 0);
	CU_ASSERT_EQUAL(__atomic_load_n(&a.answers, __ATOMIC_SEQ_CST), answers);
	__atomic_store_n(&hdr->state, RTE_VTREGION_OPEN, __ATOMIC_SEQ_CST);
	CU_ASSERT_EQUAL(enqueue(dev), 0);
	CU_ASSERT_TRUE(__atomic_load_n(&a.answers, __ATOMIC_SEQ_CST) > answers);
	CU_ASSERT_EQUAL(enqueue(dev), 1);
	curtain(&a, dev);
	/* The same, that gives a procedure another number. */
	dev = play(&a, RTE_VTREGION_HASHED);
	hdr = rte_vtregion_hdr(a.base);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get(dev, "nop", RTE_VINETALK_ACCEL_ANY, &proc), 0);
	CU_ASSERT_EQUAL(proc, 0);
	a.edit = edit_number;
	__atomic_store_n(&hdr->epoch, hdr->epoch + 1, __ATOMIC_SEQ_CST);
	CU_ASSERT_EQUAL(rte_vinetalk_wait(dev, 0, 1000000), -ENODEV);
	curtain(&a, dev);
	/* None: a request is not waited for. */
	dev = play(&a, RTE_VTREGION_HASHED);
	hostile_appliance_stop(&a);
	rte_vtregion_hdr(a.base)->state = RTE_VTREGION_CLOSED;
	CU_ASSERT_EQUAL(rte_vinetalk_accel_info_get(dev, 0, &info), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
	hostile_appliance_close(&a);
}

/* ---- hearts ---- */

/* Who was detached says nothing more in a slot that may be another's. */
static void
test_heart(void)
{
	struct rte_vtregion_slot *slot;
	struct hostile_appliance a;
	char path[108];
	unsigned int i;
	uint64_t beat;
	int dev;

	only_flags = 0;
	word_at = offsetof(struct rte_vtregion_slot, heartbeat_ms);
	word_value = 40;
	stage(&a, path, RTE_VTREGION_HASHED);
	a.edit = edit_attach;
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_act(&a), 0);
	dev = fixture_attach_path(path, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	slot = rte_vtregion_slot(a.base, &a.geom, 0);
	beat = __atomic_load_n(&slot->heartbeat, __ATOMIC_SEQ_CST);
	for (i = 0; i < LOOKS && __atomic_load_n(&slot->heartbeat, __ATOMIC_SEQ_CST) == beat; i++)
		usleep(10000);
	CU_ASSERT_TRUE(i < LOOKS);
	__atomic_store_n(&slot->epoch, slot->epoch + 1, __ATOMIC_SEQ_CST);
	/* One may have been under way. */
	i = 0;
	do {
		beat = __atomic_load_n(&slot->heartbeat, __ATOMIC_SEQ_CST);
		usleep(300000);
	} while (__atomic_load_n(&slot->heartbeat, __ATOMIC_SEQ_CST) != beat && ++i < 10);
	CU_ASSERT_TRUE(i < 10);
	curtain(&a, (uint16_t)dev);
}

/* However long the time between two beats of an appliance is said to be, an end is found. */
static void
test_beats(void)
{
	struct hostile_appliance a;
	uint16_t dev;

	dev = play(&a, RTE_VTREGION_HASHED);
	rte_vtregion_hdr(a.base)->heartbeat_ms = UINT32_MAX;
	hostile_appliance_stop(&a);
	hostile_appliance_close(&a);
	CU_ASSERT_EQUAL(rte_vinetalk_wait(dev, 0, 30000000), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
}

static const struct vt_test_case cases[] = {
	{ "answers to an attach", test_answers },
	{ "region of a broker", test_region },
	{ "rings of a queue pair", test_rings },
	{ "doorbell that there is not", test_doorbell },
	{ "control answers", test_control },
	{ "ring of a generation", test_generation },
	{ "detached client", test_detached },
	{ "client's completion ring", test_completions },
	{ "headers that lie", test_lies },
	{ "next appliance", test_next },
	{ "heart of a client", test_heart },
	{ "beats of an appliance", test_beats },
};

VT_TEST_SUITE(vinetalk_bounds_client_autotest, NULL, NULL, cases);
