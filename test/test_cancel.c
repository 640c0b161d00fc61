/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Cancelling tasks: while they wait, run, are held, have ended; by those whose they are not. */

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <rte_ring_elem.h>

#include "tasks_env.h"
#include "test_accel.h"

#define FENCE RTE_VINETALK_TASK_F_FENCE
#define STRESS_TASKS 2000
#define STRESS_DEPTH 16

static int
setup(void)
{
	return rte_vtaccel_native_register(&accel_gate_proc);
}

static int
cleanup(void)
{
	return rte_vtaccel_native_unregister(&accel_gate_proc);
}

/* Each case with one poller, and with several: then owner and homes differ. The pollers are let. */
static void
each(void (*fn)(struct tasks_env *))
{
	struct tasks_env e;
	uint32_t i;

	for (i = 1; i <= 3; i++) {
		tasks_up(&e, i, 2);
		fixture_let(&e.f);
		fn(&e);
		tasks_down(&e);
	}
}

static int32_t
status_of(struct tasks_env *e, uint16_t qp, uint64_t cookie)
{
	struct rte_vinetalk_completion c = { .status = 1 };

	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)e->dev, qp, 5000000), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst((uint16_t)e->dev, qp, &c, 1), 1);
	CU_ASSERT_EQUAL(c.cookie, cookie);
	return c.status;
}

static int
cancel(struct tasks_env *e, const struct rte_vinetalk_task *t)
{
	return rte_vinetalk_task_cancel((uint16_t)e->dev, t);
}

/* One runs, and those behind it wait: the accelerator takes one at a time. */
static void
waiting(struct tasks_env *e)
{
	struct rte_vinetalk_task a, b, c, d;
	struct rte_vtappliance_stats st;
	uint16_t gate, va;

	CU_ASSERT_EQUAL_FATAL(fixture_proc(e->dev, "test_gate", &gate, &va), 0);
	accel_gate_set(false);
	a = tasks_send(e->dev, 0, va, gate, 0, 'a');
	b = tasks_send(e->dev, 0, va, gate, 0, 'b');
	c = tasks_send(e->dev, 1, va, gate, 0, 'c');
	d = tasks_send(e->dev, 0, va, gate, 0, 'd');
	accel_gate_wait();
	CU_ASSERT_EQUAL(cancel(e, &a), -EALREADY);
	CU_ASSERT_EQUAL(cancel(e, &b), 0);
	CU_ASSERT_EQUAL(cancel(e, &b), -EALREADY); /* its completion waits for us */
	CU_ASSERT_EQUAL(status_of(e, 0, 'b'), -ECANCELED);
	CU_ASSERT_EQUAL(cancel(e, &b), -ENOENT);
	CU_ASSERT_EQUAL(cancel(e, &d), 0);
	CU_ASSERT_EQUAL(cancel(e, &c), 0);
	CU_ASSERT_EQUAL(status_of(e, 1, 'c'), -ECANCELED);
	CU_ASSERT_EQUAL(status_of(e, 0, 'd'), -ECANCELED);
	rte_vtappliance_stats_get(e->f.app, &st);
	CU_ASSERT_EQUAL(st.canceled, 3);
	CU_ASSERT_EQUAL(st.failed, 3);
	/* With nothing left to wait, more can. */
	b = tasks_send(e->dev, 0, va, gate, 0, 'e');
	accel_gate_set(true);
	CU_ASSERT_EQUAL(status_of(e, 0, 'a'), 0);
	CU_ASSERT_EQUAL(status_of(e, 0, 'e'), 0);
	CU_ASSERT_EQUAL(cancel(e, &a), -ENOENT);
	CU_ASSERT_EQUAL(rte_vinetalk_in_flight((uint16_t)e->dev, 0), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)e->dev, va), 0);
}

static void
test_waiting(void)
{
	each(waiting);
}

static void
held(struct tasks_env *e)
{
	struct rte_vinetalk_task f, g, b;

	tasks_send(e->dev, 0, e->slow, e->nop, 0, 'a');
	f = tasks_send(e->dev, 0, e->quick, e->nop, FENCE, 'F');
	b = tasks_send(e->dev, 0, e->quick, e->nop, 0, 'b');
	CU_ASSERT_EQUAL(cancel(e, &f), 0);
	CU_ASSERT_EQUAL(status_of(e, 0, 'F'), -ECANCELED);
	/* What is behind the fence still waits for what is before it. */
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)e->dev, 0, 20000), -ETIMEDOUT);
	CU_ASSERT_EQUAL(cancel(e, &b), 0);
	CU_ASSERT_EQUAL(status_of(e, 0, 'b'), -ECANCELED);
	tasks_send(e->dev, 0, e->quick, e->nop, 0, 'c');
	f = tasks_send(e->dev, 0, e->quick, e->nop, FENCE, 'F');
	g = tasks_send(e->dev, 0, e->slow, e->nop, FENCE, 'G');
	tasks_send(e->dev, 0, e->quick, e->nop, 0, 'd');
	CU_ASSERT_EQUAL(cancel(e, &g), 0);
	CU_ASSERT_EQUAL(status_of(e, 0, 'G'), -ECANCELED);
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)e->dev, 0, 20000), -ETIMEDOUT);
	tasks_stall(false);
	CU_ASSERT_EQUAL(status_of(e, 0, 'a'), 0);
	CU_ASSERT_EQUAL(status_of(e, 0, 'c'), 0);
	CU_ASSERT_EQUAL(status_of(e, 0, 'F'), 0);
	CU_ASSERT_EQUAL(status_of(e, 0, 'd'), 0);
}

static void
test_held(void)
{
	each(held);
}

static void *
let_later(void *arg)
{
	usleep(20000);
	fixture_let(arg);
	return NULL;
}

/* The request still stands in the ring when the poller hears of the cancel. */
static void
not_taken(struct tasks_env *e)
{
	struct rte_vinetalk_task t;
	pthread_t thread;
	unsigned int i;

	for (i = 0; i < 10; i++) {
		fixture_hold(&e->f);
		t = tasks_send(e->dev, 0, e->quick, e->nop, 0, i);
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, let_later, &e->f), 0);
		CU_ASSERT_EQUAL(cancel(e, &t), 0);
		pthread_join(thread, NULL);
		CU_ASSERT_EQUAL(status_of(e, 0, i), -ECANCELED);
	}
	/* The scheduler has no place for a vaccel any more that has nothing to do. */
	fixture_works(e->dev, e->nop, e->quick, 100, 5000000);
}

static void
test_not_taken(void)
{
	each(not_taken);
}

static void
bad(struct tasks_env *e)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_TASK_CANCEL };
	struct rte_vtregion_ctrl_rep rep;
	struct rte_vinetalk_task t, none;
	struct raw_client raw;

	t = tasks_send(e->dev, 0, e->slow, e->nop, 0, 'a');
	CU_ASSERT_EQUAL(rte_vinetalk_task_cancel((uint16_t)e->dev, NULL), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_task_cancel(RTE_VINETALK_MAX_DEVS, &t), -ENODEV);
	none = t;
	none.qp_seq = UINT32_MAX;
	CU_ASSERT_EQUAL(cancel(e, &none), -EINVAL);
	none = t;
	none.cookie = 'b';
	CU_ASSERT_EQUAL(cancel(e, &none), -ENOENT);
	none = t;
	none.qp_seq++;
	CU_ASSERT_EQUAL(cancel(e, &none), -ENOENT);
	/* The wrong vaccel: it is not found there. */
	none = t;
	none.vaccel = e->quick;
	CU_ASSERT_EQUAL(cancel(e, &none), -EALREADY);
	none.vaccel = 50;
	CU_ASSERT_EQUAL(cancel(e, &none), -EALREADY);
	/* By another client, and in ways that the library does not know. */
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, e->f.path[0], 1), 0);
	req.id = t.qp_seq;
	req.arg = t.vaccel;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -ENOENT);
	req.id = UINT32_MAX;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -ENOENT);
	req.id = raw.slot_id * raw.geom.conf.qps_per_client << 16 | 0x7fff;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -ENOENT);
	req.arg = 64;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -ENOENT);
	req.arg = UINT32_MAX;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -ENOENT);
	req.arg = 0;
	req.flags = 1;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	req.flags = 0;
	req.words[0] = 1;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	raw_close(&raw);
	tasks_stall(false);
	CU_ASSERT_EQUAL(status_of(e, 0, 'a'), 0);
}

static void
test_bad(void)
{
	each(bad);
}

/* A client asks for a cancel and dies at once. */
static void
death(struct tasks_env *e)
{
	struct rte_vtregion_ctrl_req get = { .op = RTE_VTREGION_CTRL_PROC_GET, .name = "nop" };
	struct rte_vtregion_ctrl_req acquire = { .op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE, .id = 0 };
	struct rte_vtregion_ctrl_rep rep;
	struct rte_vtappliance_stats st;
	const uint64_t one = 1;
	struct rte_vinetalk_task t;
	struct raw_client raw;
	unsigned int i, j;

	for (i = 0; i < 20; i++) {
		CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, e->f.path[0], 1), 0);
		CU_ASSERT_EQUAL_FATAL(raw_ctrl(&raw, &get, &rep), 0);
		acquire.proc = rep.id;
		CU_ASSERT_EQUAL_FATAL(raw_ctrl(&raw, &acquire, &rep), 0);
		rte_vinetalk_task_init(&t, 0, (uint16_t)acquire.proc, 1);
		t.qp_seq = raw.slot_id * raw.geom.conf.qps_per_client << 16;
		t.qp_seq |= (uint16_t)rte_vtregion_qp(raw.base, &raw.geom,
			t.qp_seq >> 16)->resume_seq;
		t.flags = i % 2 == 0 ? FENCE : 0;
		for (j = 0; j < 4; j++, t.qp_seq++)
			CU_ASSERT_EQUAL(rte_ring_mp_rts_enqueue_burst_elem(rte_vtregion_rq_ring(
				raw.base, &raw.geom, raw.slot->rq, 0), &t, sizeof(t), 1, NULL), 1);
		raw.slot->req = (struct rte_vtregion_ctrl_req){
			.op = RTE_VTREGION_CTRL_TASK_CANCEL, .id = t.qp_seq - i % 5 };
		__atomic_store_n(&raw.slot->req_seq, raw.slot->rep_seq + 1, __ATOMIC_RELEASE);
		CU_ASSERT_EQUAL(write(raw.link.server[0], &one, sizeof(one)), sizeof(one));
		if (i % 3 == 0)
			usleep(500);
		raw_close(&raw);
		if (i % 4 == 3) {
			tasks_stall(false);
			for (st.detached = j = 0; st.detached <= i && j < 5000; j++, usleep(1000))
				rte_vtappliance_stats_get(e->f.app, &st);
			CU_ASSERT_EQUAL(st.detached, i + 1);
			tasks_stall(true);
		}
	}
	rte_vtappliance_stats_get(e->f.app, &st);
	CU_ASSERT_EQUAL(st.completed + st.failed, st.tasks);
	fixture_works(e->dev, e->nop, e->quick, 100, 5000000);
}

static void
test_death(void)
{
	each(death);
}

struct stress {
	struct tasks_env *e;
	uint16_t qp, proc, va[3];
	unsigned int canceled, lost, twice, wrong;
};

/* Cancel some of what is in flight; each task ends once, and as the cancel said. */
static void *
stress_main(void *arg)
{
	struct stress *s = arg;
	const uint16_t dev = (uint16_t)s->e->dev;
	static __thread int8_t said[STRESS_TASKS], seen[STRESS_TASKS];
	struct rte_vinetalk_task t[STRESS_DEPTH];
	struct rte_vinetalk_completion c;
	unsigned int sent = 0, back = 0, i;
	uint32_t rnd = 12345u + s->qp;

	while (back < STRESS_TASKS) {
		while (sent < STRESS_TASKS && sent - back < STRESS_DEPTH) {
			struct rte_vinetalk_task *one = &t[sent % STRESS_DEPTH];

			rnd = rnd * 1103515245 + 12345;
			rte_vinetalk_task_init(one, s->va[(rnd >> 16) % 3], s->proc, sent);
			one->flags = (rnd >> 20) % 3 == 0 ? FENCE : 0;
			if (rte_vinetalk_enqueue_burst(dev, s->qp, one, 1) != 1)
				break;
			sent++;
		}
		if (back % 2 == 0) {
			i = sent - 1 - (rnd >> 24) % RTE_MIN(sent - back, 3U);
			switch (rte_vinetalk_task_cancel(dev, &t[i % STRESS_DEPTH])) {
			case 0:
				s->twice += said[i] == 1;
				said[i] = 1;
				s->canceled++;
				break;
			case -EALREADY:
			case -ENOENT:
				break;
			default:
				s->wrong++;
			}
		}
		if (rte_vinetalk_wait(dev, s->qp, 5000000) != 0) {
			s->lost++;
			break;
		}
		while (rte_vinetalk_dequeue_burst(dev, s->qp, &c, 1) == 1) {
			s->twice += seen[c.cookie]++ != 0;
			s->wrong += c.status != (said[c.cookie] ? -ECANCELED : 0);
			back++;
		}
	}
	return NULL;
}

static void
stress(struct tasks_env *e)
{
	struct rte_vtappliance_stats st;
	pthread_t threads[2];
	struct stress s[2];
	uint16_t i;

	tasks_stall(false);
	for (i = 0; i < 2; i++) {
		s[i] = (struct stress){ .e = e, .qp = i };
		s[i].proc = e->nop;
		s[i].va[0] = e->quick;
		s[i].va[1] = tasks_vaccel(e->dev, e->nop, 0);
		s[i].va[2] = tasks_vaccel(e->dev, e->nop, 1);
	}
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, stress_main, &s[i]), 0);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	rte_vtappliance_stats_get(e->f.app, &st);
	CU_ASSERT_EQUAL(st.completed + st.failed, st.tasks);
	CU_ASSERT_EQUAL(st.tasks, 2 * STRESS_TASKS);
	CU_ASSERT_EQUAL(st.canceled, s[0].canceled + s[1].canceled);
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(s[i].lost + s[i].twice + s[i].wrong, 0);
}

static void
test_stress(void)
{
	each(stress);
}

static const struct vt_test_case cases[] = {
	{ "a task that waits, and one that runs", test_waiting },
	{ "a task that is held, and a fence", test_held },
	{ "a task that is in the ring", test_not_taken },
	{ "what is no task in flight, or somebody else's", test_bad },
	{ "a client dies with a cancel under way", test_death },
	{ "two threads: no task ends twice or never", test_stress },
};

VT_TEST_SUITE(vinetalk_cancel_autotest, setup, cleanup, cases);
