/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Fences: what begins when, over the vaccels of one client. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_ring_elem.h>

#include "tasks_env.h"

#define FENCE RTE_VINETALK_TASK_F_FENCE

static void
send(struct tasks_env *e, uint16_t va, uint8_t flags, char cookie)
{
	tasks_send(e->dev, 0, va, e->nop, flags, (uint64_t)cookie);
}

/* Each case with one poller, and with several: then owner and homes differ. */
static void
each(void (*fn)(struct tasks_env *))
{
	struct tasks_env e;
	uint32_t i;

	for (i = 1; i <= 3; i++) {
		tasks_up(&e, i, 2);
		fn(&e);
		tasks_down(&e);
	}
}

static void
before(struct tasks_env *e)
{
	send(e, e->slow, 0, 'a');
	send(e, e->quick, 0, 'b');
	send(e, e->quick, FENCE, 'F');
	send(e, e->quick, 0, 'c');
	tasks_expect(e, e->dev, 0, "b", 0);
	tasks_stall(false);
	tasks_expect(e, e->dev, 0, "aFc", 0);
}

static void
test_before(void)
{
	each(before);
}

static void
behind(struct tasks_env *e)
{
	send(e, e->quick, 0, 'a');
	send(e, e->slow, FENCE, 'F');
	send(e, e->quick, 0, 'b');
	tasks_expect(e, e->dev, 0, "a", 0);
	/* Also what comes when the fence has begun, and by the other queue pair. */
	send(e, e->quick, 0, 'c');
	tasks_send(e->dev, 1, e->quick, e->nop, 0, 'd');
	tasks_expect(e, e->dev, 0, "", 0);
	tasks_expect(e, e->dev, 1, "", 0);
	tasks_stall(false);
	tasks_expect(e, e->dev, 0, "Fbc", 0);
	tasks_expect(e, e->dev, 1, "d", 0);
	/* And then nothing is held any more. */
	tasks_stall(true);
	send(e, e->slow, 0, 'e');
	send(e, e->quick, 0, 'f');
	tasks_expect(e, e->dev, 0, "f", 0);
	tasks_stall(false);
	tasks_expect(e, e->dev, 0, "e", 0);
}

static void
test_behind(void)
{
	each(behind);
}

static void
several(struct tasks_env *e)
{
	send(e, e->slow, 0, 'a');
	send(e, e->quick, FENCE, 'F');
	send(e, e->quick, FENCE, 'G');
	send(e, e->slow, FENCE, 'H');
	send(e, e->quick, FENCE, 'I');
	send(e, e->quick, 0, 'b');
	tasks_expect(e, e->dev, 0, "", 0);
	tasks_stall(false);
	tasks_turns(e);
	tasks_expect(e, e->dev, 0, "aFGHIb", 0);
	/* Alone, and at the end. */
	send(e, e->quick, FENCE, 'J');
	tasks_expect(e, e->dev, 0, "J", 0);
	send(e, e->quick, FENCE, 'K');
	tasks_expect(e, e->dev, 0, "K", 0);
}

static void
test_several(void)
{
	each(several);
}

/* In one burst of one queue pair, to one vaccel and to several. */
static void
burst(struct tasks_env *e)
{
	struct rte_vinetalk_task t[12];
	unsigned int i;

	for (i = 0; i < RTE_DIM(t); i++) {
		rte_vinetalk_task_init(&t[i], i % 3 == 0 ? e->slow : e->quick, e->nop, 'a' + i);
		t[i].flags = i % 4 == 3 ? FENCE : 0;
	}
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)e->dev, 0, t, RTE_DIM(t)), RTE_DIM(t));
	tasks_expect(e, e->dev, 0, "bc", 0);
	tasks_stall(false);
	tasks_turns(e);
	tasks_turns(e);
	tasks_turns(e);
	for (i = 0; i < 10; i++) {
		struct rte_vinetalk_completion c;

		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_dequeue_burst((uint16_t)e->dev, 0, &c, 1), 1);
		/* Those between two fences may come in any order: position tells the group. */
		if (c.cookie == 'd' || c.cookie == 'h' || c.cookie == 'l')
			CU_ASSERT_EQUAL(i, c.cookie - 'a' - 2);
		if (i > 0 && i < 9)
			CU_ASSERT_EQUAL((c.cookie - 'a') / 4, (i + 2) / 4);
	}
}

static void
test_burst(void)
{
	each(burst);
}

/* A fence that is malformed ends at once, and what is behind it waits for what is before it. */
static void
malformed(struct tasks_env *e)
{
	struct rte_vinetalk_task t;

	send(e, e->slow, 0, 'a');
	rte_vinetalk_task_init(&t, e->quick, e->nop, 'F');
	t.flags = FENCE;
	t.nb_in = 1;
	t.seg_off[0] = UINT64_MAX / 2;
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)e->dev, 0, &t, 1), 1);
	tasks_expect(e, e->dev, 0, "F", -EFAULT);
	send(e, e->quick, 0, 'b');
	send(e, e->quick, 0, 'c');
	tasks_expect(e, e->dev, 0, "", 0);
	tasks_stall(false);
	tasks_expect(e, e->dev, 0, "abc", 0);
	/* With nothing before it, it is in nobody's way. */
	t.vaccel = 60;
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)e->dev, 0, &t, 1), 1);
	tasks_expect(e, e->dev, 0, "F", -ENODEV);
	tasks_stall(true);
	send(e, e->slow, 0, 'd');
	send(e, e->quick, 0, 'e');
	tasks_expect(e, e->dev, 0, "e", 0);
	/* A bad task behind a fence does not wait. */
	send(e, e->quick, FENCE, 'F');
	send(e, 60, 0, 'x');
	tasks_expect(e, e->dev, 0, "x", -ENODEV);
	tasks_stall(false);
	tasks_expect(e, e->dev, 0, "dF", 0);
}

static void
test_malformed(void)
{
	each(malformed);
}

/* A run of tasks of one shape, in which a malformed fence stands. */
static void
shapes(struct tasks_env *e)
{
	struct rte_vinetalk_task t[5];
	unsigned int i;

	send(e, e->slow, 0, 'a');
	for (i = 0; i < RTE_DIM(t); i++)
		rte_vinetalk_task_init(&t[i], e->quick, e->nop, 'b' + i);
	t[2].flags = FENCE;
	t[2].args_len = 200;
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)e->dev, 0, t, RTE_DIM(t)), RTE_DIM(t));
	tasks_turns(e);
	for (i = 0; i < 3; i++) {
		struct rte_vinetalk_completion c;

		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_dequeue_burst((uint16_t)e->dev, 0, &c, 1), 1);
		CU_ASSERT_EQUAL(c.status, c.cookie == 'd' ? -EINVAL : 0);
		CU_ASSERT_TRUE(c.cookie <= 'd');
	}
	tasks_expect(e, e->dev, 0, "", 0);
	tasks_stall(false);
	tasks_expect(e, e->dev, 0, "aef", 0);
}

static void
test_shapes(void)
{
	each(shapes);
}

static void
others(struct tasks_env *e)
{
	uint16_t nop, quick;
	int dev;

	fixture_let(&e->f);
	dev = fixture_attach(&e->f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get((uint16_t)dev, "nop", RTE_VINETALK_ACCEL_ANY,
		&nop), 0);
	quick = tasks_vaccel(dev, nop, 1);
	fixture_hold(&e->f);
	send(e, e->slow, 0, 'a');
	send(e, e->quick, FENCE, 'F');
	tasks_send(dev, 0, quick, nop, 0, 'b');
	tasks_send(dev, 0, quick, nop, FENCE, 'G');
	tasks_expect(e, dev, 0, "bG", 0);
	/* A vaccel that has held tasks is in use. */
	fixture_let(&e->f);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)e->dev, e->quick), -EBUSY);
	fixture_hold(&e->f);
	tasks_stall(false);
	tasks_expect(e, e->dev, 0, "aF", 0);
	fixture_let(&e->f);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)e->dev, e->quick), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
	fixture_hold(&e->f);
}

static void
test_others(void)
{
	each(others);
}

static int
raw_vaccel(struct raw_client *raw, uint32_t accel)
{
	struct rte_vtregion_ctrl_req get = { .op = RTE_VTREGION_CTRL_PROC_GET, .name = "nop" };
	struct rte_vtregion_ctrl_req acquire = { .op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE,
		.id = accel };
	struct rte_vtregion_ctrl_rep rep;
	int ret = raw_ctrl(raw, &get, &rep);

	acquire.proc = rep.id;
	return ret != 0 ? ret : raw_ctrl(raw, &acquire, &rep);
}

/* A client dies while tasks of it are held: they are dropped, and its slot comes back with the engine. */
static void
death(struct tasks_env *e)
{
	struct rte_vtappliance_stats st;
	struct rte_vinetalk_task t;
	struct raw_client raw;
	uint16_t qp, seq;
	unsigned int i;

	fixture_let(&e->f);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, e->f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_vaccel(&raw, 0), 0);
	CU_ASSERT_EQUAL_FATAL(raw_vaccel(&raw, 1), 0);
	qp = (uint16_t)(raw.slot_id * raw.geom.conf.qps_per_client);
	seq = (uint16_t)rte_vtregion_qp(raw.base, &raw.geom, qp)->resume_seq;
	for (i = 0; i < 6; i++) {
		rte_vinetalk_task_init(&t, i != 0, 0, i);
		t.flags = i % 2 == 1 ? FENCE : 0;
		t.qp_seq = rte_vinetalk_qp_seq(qp, (uint16_t)(seq + i));
		CU_ASSERT_EQUAL(rte_ring_mp_rts_enqueue_burst_elem(rte_vtregion_rq_ring(raw.base,
			&raw.geom, raw.slot->rq, 0), &t, sizeof(t), 1, NULL), 1);
	}
	for (st.tasks = 0; st.tasks < 6; usleep(1000))
		rte_vtappliance_stats_get(e->f.app, &st);
	CU_ASSERT_EQUAL(st.completed + st.failed, 0);
	raw_close(&raw);
	for (st.failed = i = 0; st.failed < 5 && i < 5000; i++, usleep(1000))
		rte_vtappliance_stats_get(e->f.app, &st);
	CU_ASSERT_EQUAL(st.failed, 5);
	CU_ASSERT_EQUAL(st.completed, 0);
	tasks_stall(false);
	for (i = 0; st.completed == 0 && i < 5000; i++, usleep(1000))
		rte_vtappliance_stats_get(e->f.app, &st);
	CU_ASSERT_EQUAL(st.completed, 1);
	fixture_works(e->dev, e->nop, e->quick, 10, 5000000);
	fixture_hold(&e->f);
}

static void
test_death(void)
{
	each(death);
}

static const struct vt_test_case cases[] = {
	{ "a fence begins when all before it have ended", test_before },
	{ "what is behind a fence begins when it has ended", test_behind },
	{ "several fences", test_several },
	{ "fences in a burst", test_burst },
	{ "a malformed fence", test_malformed },
	{ "a malformed fence among tasks of one shape", test_shapes },
	{ "other clients do not wait", test_others },
	{ "a client dies while its tasks are held", test_death },
};

VT_TEST_SUITE(vinetalk_fence_autotest, NULL, NULL, cases);
