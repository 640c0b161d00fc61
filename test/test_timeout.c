/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Time limits: of tasks that wait, are held, run; an engine that cannot stop; death; none ends twice or never. */

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_ring_elem.h>

#include "tasks_env.h"
#include "test_accel.h"

#define FENCE RTE_VINETALK_TASK_F_FENCE
#define LIMIT_US 2000
#define RUN_LIMIT_US 50000 /* time enough to begin */
#define PARK_MS 10000   /* longer than a wait */
#define CPU 2           /* of tasks_env: one worker, one task at a time */
#define ASIDE 4         /* threads of it that can be set aside */
#define STRESS_TASKS 1500
#define STRESS_DEPTH 16

static uint64_t nb_marks; /* atomic */

static int
mark_run(struct rte_vtaccel_task *t)
{
	t->result = __atomic_add_fetch(&nb_marks, 1, __ATOMIC_RELAXED);
	return 0;
}

static const struct rte_vtaccel_proc mark_proc = {
	.api = RTE_VTACCEL_API,
	.name = "test_mark",
	.type = RTE_VINETALK_ACCEL_CPU,
	.native = mark_run,
};

/* Sleep as many microseconds as the argument says. */
static int
nap_run(struct rte_vtaccel_task *t)
{
	uint64_t us;

	memcpy(&us, t->args, sizeof(us));
	usleep((useconds_t)us);
	return 0;
}

static const struct rte_vtaccel_proc nap_proc = {
	.api = RTE_VTACCEL_API,
	.name = "test_nap",
	.type = RTE_VINETALK_ACCEL_CPU,
	.min_args = sizeof(uint64_t),
	.max_args = sizeof(uint64_t),
	.native = nap_run,
};

static int
setup(void)
{
	return rte_vtaccel_native_register(&accel_gate_proc) |
		rte_vtaccel_native_register(&mark_proc) | rte_vtaccel_native_register(&nap_proc);
}

static int
cleanup(void)
{
	return rte_vtaccel_native_unregister(&accel_gate_proc) |
		rte_vtaccel_native_unregister(&mark_proc) | rte_vtaccel_native_unregister(&nap_proc);
}

/* With one poller, and with several: then owner and homes differ. The pollers are let. */
static void
each(void (*fn)(struct tasks_env *))
{
	struct tasks_env e;
	uint32_t i;

	for (i = 1; i <= 3; i++) {
		tasks_up(&e, i, 2);
		fixture_let(&e.f);
		fn(&e);
		accel_gate_set(true);
		tasks_down(&e);
	}
}

static uint16_t
vaccel(struct tasks_env *e, uint16_t accel, uint32_t timeout_us)
{
	struct rte_vinetalk_vaccel_conf conf = { .accel = accel, .proc = RTE_VINETALK_ID_ANY,
		.timeout_us = timeout_us };
	uint16_t va = UINT16_MAX;

	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_vaccel_acquire((uint16_t)e->dev, &conf, &va), 0);
	return va;
}

static uint16_t
proc(struct tasks_env *e, const char *name)
{
	uint16_t p = UINT16_MAX;

	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get((uint16_t)e->dev, name,
		RTE_VINETALK_ACCEL_ANY, &p), 0);
	return p;
}

static void
ends(struct tasks_env *e, uint64_t cookie, int32_t status)
{
	struct rte_vinetalk_completion c = { .status = 1 };

	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)e->dev, 0, 5000000), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst((uint16_t)e->dev, 0, &c, 1), 1);
	CU_ASSERT_EQUAL(c.cookie, cookie);
	CU_ASSERT_EQUAL(c.status, status);
}

static int
release(struct tasks_env *e, uint16_t va)
{
	return rte_vinetalk_vaccel_release((uint16_t)e->dev, va);
}

/* Once the engine is back. */
static void
released(struct tasks_env *e, uint16_t va)
{
	unsigned int i;
	int ret;

	for (i = 0; (ret = release(e, va)) == -EBUSY && i < 5000; i++)
		usleep(1000);
	CU_ASSERT_EQUAL(ret, 0);
}

static void
counted(struct tasks_env *e, uint64_t timed_out)
{
	struct rte_vtappliance_stats st;

	rte_vtappliance_stats_get(e->f.app, &st);
	CU_ASSERT_EQUAL(st.timed_out, timed_out);
	CU_ASSERT_EQUAL(st.failed, timed_out);
	CU_ASSERT_EQUAL(st.completed + st.failed, st.tasks);
}

/* Another's task has the accelerator; it has no limit. */
static void
waiting(struct tasks_env *e)
{
	const uint16_t free_va = vaccel(e, CPU, 0), va = vaccel(e, CPU, LIMIT_US);
	const uint16_t gate = proc(e, "test_gate"), mark = proc(e, "test_mark");
	const uint64_t before = nb_marks;
	uint16_t other;

	accel_gate_set(false);
	tasks_send(e->dev, 0, free_va, gate, 0, 'a');
	accel_gate_wait();
	tasks_send(e->dev, 0, va, mark, 0, 'b');
	tasks_send(e->dev, 0, va, mark, 0, 'c');
	ends(e, 'b', -ETIMEDOUT);
	ends(e, 'c', -ETIMEDOUT);
	CU_ASSERT_STRING_NOT_EQUAL(rte_vinetalk_strstatus(-ETIMEDOUT),
		rte_vinetalk_strstatus(-EIO));
	accel_gate_set(true);
	ends(e, 'a', 0);
	CU_ASSERT_EQUAL(nb_marks, before);
	counted(e, 2);
	/* One that nobody disturbs has time enough. */
	other = vaccel(e, CPU, 60000000);
	tasks_send(e->dev, 0, other, mark, 0, 'd');
	ends(e, 'd', 0);
	CU_ASSERT_EQUAL(release(e, other), 0);
	released(e, va);
	CU_ASSERT_EQUAL(release(e, free_va), 0);
}

static void
test_waiting(void)
{
	each(waiting);
}

static void
held(struct tasks_env *e)
{
	const uint16_t va = vaccel(e, 1, LIMIT_US), other = vaccel(e, 1, 60000000);

	tasks_send(e->dev, 0, e->slow, e->nop, 0, 'a');
	tasks_send(e->dev, 0, other, e->nop, FENCE, 'b');
	tasks_send(e->dev, 0, va, e->nop, 0, 'c');
	tasks_send(e->dev, 0, va, e->nop, FENCE, 'F');
	tasks_send(e->dev, 0, e->quick, e->nop, 0, 'd');
	ends(e, 'c', -ETIMEDOUT);
	ends(e, 'F', -ETIMEDOUT);
	/* What is behind them still waits for what is before. */
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)e->dev, 0, 20000), -ETIMEDOUT);
	tasks_stall(false);
	ends(e, 'a', 0);
	ends(e, 'b', 0);
	ends(e, 'd', 0);
	counted(e, 2);
	tasks_send(e->dev, 0, other, e->nop, FENCE, 'e');
	ends(e, 'e', 0);
	CU_ASSERT_EQUAL(release(e, va), 0);
	CU_ASSERT_EQUAL(release(e, other), 0);
}

static void
test_held(void)
{
	each(held);
}

static void
running(struct tasks_env *e)
{
	const uint16_t va = vaccel(e, CPU, RUN_LIMIT_US), other = vaccel(e, CPU, 60000000);
	const uint16_t gate = proc(e, "test_gate"), mark = proc(e, "test_mark");

	accel_gate_set(false);
	tasks_send(e->dev, 0, va, gate, 0, 'a');
	accel_gate_wait();
	tasks_send(e->dev, 0, other, mark, 0, 'b');
	ends(e, 'a', -ETIMEDOUT);
	/* The accelerator goes on, with this vaccel and with others. */
	ends(e, 'b', 0);
	tasks_send(e->dev, 0, other, mark, FENCE, 'c');
	ends(e, 'c', 0);
	CU_ASSERT_EQUAL(release(e, va), -EBUSY);
	accel_gate_set(true);
	released(e, va);
	CU_ASSERT_EQUAL(release(e, other), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_in_flight((uint16_t)e->dev, 0), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)e->dev, 0, 20000), -ETIMEDOUT);
	counted(e, 1);
}

static void
test_running(void)
{
	each(running);
}

/* More tasks hang than threads can be set aside; the one that hangs then has the worker for itself. */
static void
bounded(struct tasks_env *e)
{
	const uint16_t gate = proc(e, "test_gate"), mark = proc(e, "test_mark");
	uint16_t va[ASIDE + 1], i;

	accel_gate_set(false);
	for (i = 0; i <= ASIDE; i++) {
		va[i] = vaccel(e, CPU, RUN_LIMIT_US);
		tasks_send(e->dev, 0, va[i], gate, 0, i);
		ends(e, i, -ETIMEDOUT);
	}
	/* It is in the engine's hands, or waits: nobody runs it. */
	tasks_send(e->dev, 0, va[0], mark, 0, 'a');
	tasks_send(e->dev, 0, va[ASIDE], mark, 0, 'b');
	ends(e, 'a', -ETIMEDOUT);
	ends(e, 'b', -ETIMEDOUT);
	for (i = 0; i <= ASIDE; i++)
		CU_ASSERT_EQUAL(release(e, va[i]), -EBUSY);
	counted(e, ASIDE + 3);
	accel_gate_set(true);
	for (i = 0; i <= ASIDE; i++)
		released(e, va[i]);
	va[0] = vaccel(e, CPU, 60000000);
	tasks_send(e->dev, 0, va[0], mark, 0, 'c');
	ends(e, 'c', 0);
	CU_ASSERT_EQUAL(release(e, va[0]), 0);
}

static void
test_bounded(void)
{
	each(bounded);
}

/* The null accelerator gives nothing up. */
static void
fenced_off(struct tasks_env *e)
{
	const uint16_t va = vaccel(e, 0, RUN_LIMIT_US);
	struct rte_vinetalk_accel_stats st;
	unsigned int i;

	tasks_send(e->dev, 0, va, e->nop, 0, 'a');
	ends(e, 'a', -ETIMEDOUT);
	for (i = 0; i < 4; i++) {
		tasks_send(e->dev, 0, va, e->nop, 0, i);
		ends(e, i, -ETIMEDOUT);
	}
	CU_ASSERT_EQUAL(release(e, va), -EBUSY);
	/* Others go on. */
	tasks_send(e->dev, 0, e->slow, e->nop, 0, 'b');
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)e->dev, 0, 20000), -ETIMEDOUT);
	tasks_stall(false);
	ends(e, 'b', 0);
	counted(e, 5);
	/* So does it when the engine is back: one may still be late. */
	released(e, va);
	/* The engine never saw those that waited. */
	CU_ASSERT_EQUAL(rte_vinetalk_accel_stats_get((uint16_t)e->dev, 0, &st), 0);
	CU_ASSERT_EQUAL(st.tasks, 2);
	CU_ASSERT_EQUAL(st.errors, 1);
}

static void
test_fenced_off(void)
{
	each(fenced_off);
}

/* A vaccel whose engine is back serves what has waited meanwhile. */
static void
test_goes_on(void)
{
	struct tasks_env e;
	uint16_t va;

	tasks_up(&e, 1, 1);
	fixture_let(&e.f);
	va = vaccel(&e, 0, 500000);
	tasks_send(e.dev, 0, va, e.nop, 0, 'a');
	ends(&e, 'a', -ETIMEDOUT);
	tasks_send(e.dev, 0, va, e.nop, 0, 'b');
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)e.dev, 0, 20000), -ETIMEDOUT);
	tasks_stall(false);
	ends(&e, 'b', 0);
	CU_ASSERT_EQUAL(release(&e, va), 0);
	tasks_down(&e);
}

/* A client dies while the engine has a task that is over, one that runs, and some that wait or are held. */
static void
death(struct tasks_env *e)
{
	struct rte_vtregion_ctrl_req get = { .op = RTE_VTREGION_CTRL_PROC_GET, .name = "test_gate" };
	struct rte_vtregion_ctrl_req acquire = { .op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE, .id = CPU };
	struct rte_vtregion_ctrl_rep rep;
	struct rte_vtappliance_stats st;
	const uint64_t one = 1;
	struct rte_vinetalk_task t;
	struct raw_client raw;
	unsigned int i, j;

	for (i = 0; i < 6; i++) {
		accel_gate_set(false);
		CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, e->f.path[0], 1), 0);
		CU_ASSERT_EQUAL_FATAL(raw_ctrl(&raw, &get, &rep), 0);
		acquire.proc = rep.id;
		acquire.vaccel.timeout_us = RUN_LIMIT_US;
		CU_ASSERT_EQUAL_FATAL(raw_ctrl(&raw, &acquire, &rep), 0);
		rte_vinetalk_task_init(&t, (uint16_t)rep.id, (uint16_t)acquire.proc, 1);
		t.qp_seq = raw.slot_id * raw.geom.conf.qps_per_client << 16;
		t.qp_seq |= (uint16_t)rte_vtregion_qp(raw.base, &raw.geom,
			t.qp_seq >> 16)->resume_seq;
		for (j = 0; j < 4; j++, t.qp_seq++) {
			t.flags = i % 2 == 0 && j > 0 ? FENCE : 0;
			CU_ASSERT_EQUAL(rte_ring_mp_rts_enqueue_burst_elem(rte_vtregion_rq_ring(
				raw.base, &raw.geom, raw.slot->rq, 0), &t, sizeof(t), 1, NULL), 1);
		}
		CU_ASSERT_EQUAL(write(raw.link.server[0], &one, sizeof(one)), sizeof(one));
		accel_gate_wait();
		usleep(i / 2 * RUN_LIMIT_US);
		raw_close(&raw);
		/* Its slot is not another's before the engine is back. */
		usleep(5000);
		rte_vtappliance_stats_get(e->f.app, &st);
		CU_ASSERT_EQUAL(st.detached, i);
		accel_gate_set(true);
		for (j = 0; st.detached <= i && j < 5000; j++, usleep(1000))
			rte_vtappliance_stats_get(e->f.app, &st);
		CU_ASSERT_EQUAL(st.detached, i + 1);
	}
	CU_ASSERT_EQUAL(st.completed + st.failed, st.tasks);
	fixture_works(e->dev, e->nop, e->quick, 100, 5000000);
}

static void
test_death(void)
{
	each(death);
}

struct poller {
	struct rte_vtappliance *app;
	pthread_t thread;
	uint32_t stop;
};

static void *
poller_main(void *arg)
{
	struct poller *p = arg;

	while (__atomic_load_n(&p->stop, __ATOMIC_RELAXED) == 0)
		rte_vtappliance_turn(p->app, 0);
	return NULL;
}

/* What the poller of test_parked() may have to wake for. */
static void
parked(struct tasks_env *e)
{
	struct rte_vinetalk_vaccel_conf none = { .accel = 0, .proc = RTE_VINETALK_ID_ANY };
	const uint16_t va = vaccel(e, 0, LIMIT_US), gate = proc(e, "test_gate");
	uint16_t va0, i;

	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_vaccel_acquire((uint16_t)e->dev, &none, &va0), 0);
	accel_gate_set(false);
	for (i = 0; i < 3; i++) {
		tasks_send(e->dev, 0, va, gate, 0, i);
		ends(e, i, -ETIMEDOUT);
	}
	tasks_send(e->dev, 0, va0, gate, 0, 'a');
	tasks_send(e->dev, 0, va, gate, FENCE, 'F');
	ends(e, 'F', -ETIMEDOUT);
	accel_gate_set(true);
	ends(e, 'a', 0);
	released(e, va);
	CU_ASSERT_EQUAL(release(e, va0), 0);
}

/* A poller that sleeps wakes for limits: nothing else wakes it within the time of a wait. */
static void
test_parked(void)
{
	const struct rte_vtappliance_conf conf = { .idle = RTE_VTAPPLIANCE_IDLE_INTERRUPT,
		.park_ms = PARK_MS };
	static const char * const accels[] = { "cpu,workers=1,inline=0", NULL };
	struct poller p = { .stop = 0 };
	struct tasks_env e;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&e.f, 1, 1, accels, &conf, NULL), 0);
	e.dev = fixture_attach(&e.f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(e.dev >= 0);
	fixture_hold(&e.f);
	p.app = e.f.app;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&p.thread, NULL, poller_main, &p), 0);
	parked(&e);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e.dev), 0);
	__atomic_store_n(&p.stop, 1, __ATOMIC_RELAXED);
	rte_vtappliance_wake(e.f.app, 0);
	pthread_join(p.thread, NULL);
	fixture_let(&e.f);
	fixture_stop(&e.f);
}

struct stress {
	struct tasks_env *e;
	uint16_t qp, proc, va[3];
	unsigned int late, lost, twice, wrong;
};

/* Some take longer than they may, some do not, and some are cancelled. Each ends once. */
static void *
stress_main(void *arg)
{
	struct stress *s = arg;
	const uint16_t dev = (uint16_t)s->e->dev;
	static __thread uint8_t seen[STRESS_TASKS];
	struct rte_vinetalk_task t[STRESS_DEPTH];
	struct rte_vinetalk_completion c;
	unsigned int sent = 0, back = 0;
	uint32_t rnd = 12345u + s->qp;
	uint64_t us;

	while (back < STRESS_TASKS) {
		while (sent < STRESS_TASKS && sent - back < STRESS_DEPTH) {
			struct rte_vinetalk_task *one = &t[sent % STRESS_DEPTH];

			rnd = rnd * 1103515245 + 12345;
			rte_vinetalk_task_init(one, s->va[(rnd >> 16) % 3], s->proc, sent);
			us = (rnd >> 24) % 40 == 0 ? 1500 : (rnd >> 20) % 8 * 10;
			memcpy(one->args, &us, sizeof(us));
			one->args_len = sizeof(us);
			one->flags = (rnd >> 20) % 13 == 0 ? FENCE : 0;
			if (rte_vinetalk_enqueue_burst(dev, s->qp, one, 1) != 1)
				break;
			sent++;
		}
		if (back % 16 == 0)
			rte_vinetalk_task_cancel(dev, &t[(sent - 1) % STRESS_DEPTH]);
		if (rte_vinetalk_wait(dev, s->qp, 5000000) != 0) {
			s->lost++;
			break;
		}
		while (rte_vinetalk_dequeue_burst(dev, s->qp, &c, 1) == 1) {
			s->twice += seen[c.cookie]++ != 0;
			s->late += c.status == -ETIMEDOUT;
			s->wrong += c.status != 0 && c.status != -ETIMEDOUT &&
				c.status != -ECANCELED;
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
	uint16_t i, j;

	for (i = 0; i < 2; i++) {
		s[i] = (struct stress){ .e = e, .qp = i, .proc = proc(e, "test_nap") };
		s[i].va[0] = vaccel(e, CPU, 1000);
		s[i].va[1] = vaccel(e, CPU, 300);
		s[i].va[2] = vaccel(e, CPU, 0);
	}
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, stress_main, &s[i]), 0);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	rte_vtappliance_stats_get(e->f.app, &st);
	CU_ASSERT_EQUAL(st.completed + st.failed, st.tasks);
	CU_ASSERT_EQUAL(st.tasks, 2 * STRESS_TASKS);
	CU_ASSERT_EQUAL(st.timed_out, s[0].late + s[1].late);
	CU_ASSERT_NOT_EQUAL(st.timed_out, 0);
	for (i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(s[i].lost + s[i].twice + s[i].wrong, 0);
		for (j = 0; j < 3; j++)
			released(e, s[i].va[j]);
	}
}

static void
test_stress(void)
{
	each(stress);
}

static const struct vt_test_case cases[] = {
	{ "a task that waits", test_waiting },
	{ "a task that is held", test_held },
	{ "a task that runs", test_running },
	{ "more tasks hang than threads can be set aside", test_bounded },
	{ "an engine that cannot stop", test_fenced_off },
	{ "an engine that comes back", test_goes_on },
	{ "a client dies, and its task runs on", test_death },
	{ "pollers that sleep", test_parked },
	{ "two threads: no task ends twice or never", test_stress },
};

VT_TEST_SUITE(vinetalk_timeout_autotest, setup, cleanup, cases);
