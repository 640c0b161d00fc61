/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Limits beside all else: ends of tasks that wait, parked pollers, wrong values, the log. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_log.h>
#include <rte_ring_elem.h>

#include "limits_env.h"

#define WAIT_US 5000000

/* ---- ends ---- */

/* At the gate of the vaccel, and at that of the domain. */
static void
cancel_at(uint32_t nb_pollers, bool of_domain)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 1, .rate_tasks = of_domain ? 0 : 10 };
	struct rte_vtappliance_domain_conf limits = LIMITS_NONE;
	struct rte_vinetalk_task t;
	struct limits_env e;

	limits.rate_tasks = of_domain ? 10 : 0;
	limits_up(&e, nb_pollers, &limits, &conf);
	limits_send(&e, 0, 4, 0);
	t = limits_send_to(&e, 0, e.va[0], 1, 0, 0);
	limits_send(&e, 0, 1, 0);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 2);
	fixture_let(&e.f);
	CU_ASSERT_EQUAL(rte_vinetalk_task_cancel((uint16_t)e.dev[0], &t), 0);
	fixture_hold(&e.f);
	e.got[0] = t.cookie;
	CU_ASSERT_EQUAL(limits_take(&e, 0, -ECANCELED), 1);
	e.got[0] = 2;
	limits_pass(100);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 1);
	limits_pass(100);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 1);
	/* What was cancelled is not paid for, and the last one goes. */
	e.got[0]++;
	limits_pass(100);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 1);
	CU_ASSERT_EQUAL(limits_stats(&e).canceled, 1);
	CU_ASSERT_EQUAL(limits_stats(&e).throttled, 4);
	limits_down(&e);
}

static void
cancel(uint32_t nb_pollers)
{
	cancel_at(nb_pollers, false);
	cancel_at(nb_pollers, true);
}

static void
test_cancel(void)
{
	limits_each(cancel);
}

/* A fence waits for tasks that wait for a rate, and may do so itself. */
static void
fence(uint32_t nb_pollers)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 1, .rate_tasks = 10 };
	struct limits_env e;
	uint16_t other;

	limits_up(&e, nb_pollers, &limits_none, &conf);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)e.dev[0], &limits_free, &other), 0);
	limits_send(&e, 0, 3, 0);
	limits_send_to(&e, 0, other, 1, 0, RTE_VINETALK_TASK_F_FENCE);
	limits_send_to(&e, 0, e.va[0], 1, 0, RTE_VINETALK_TASK_F_FENCE);
	limits_send_to(&e, 0, other, 3, 0, 0);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 2);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 0);
	limits_pass(100);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 2);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 0);
	limits_pass(100);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 4);
	limits_down(&e);
}

static void
test_fence(void)
{
	limits_each(fence);
}

/* A time limit also counts what a task waits for a rate, of its vaccel or of its domain. */
static void
late_at(uint32_t nb_pollers, bool of_domain)
{
	const struct rte_vinetalk_vaccel_conf conf = {
		.accel = 1, .rate_tasks = of_domain ? 0 : 1, .timeout_us = 150000,
	};
	struct rte_vtappliance_domain_conf limits = LIMITS_NONE;
	struct rte_vinetalk_completion c;
	unsigned int good = 0, ended = 0;
	struct limits_env e;

	limits.rate_tasks = of_domain ? 1 : 0;
	limits_up(&e, nb_pollers, &limits, &conf);
	limits_send(&e, 0, 8, 0);
	fixture_turns(&e.f, 8);
	limits_pass(140);
	fixture_turns(&e.f, 8);
	CU_ASSERT_EQUAL(limits_stats(&e).failed, 0);
	limits_pass(20);
	fixture_turns(&e.f, 8);
	while (rte_vinetalk_dequeue_burst((uint16_t)e.dev[0], 0, &c, 1) == 1) {
		CU_ASSERT_TRUE(c.status == 0 || c.status == -ETIMEDOUT);
		good += c.status == 0;
		ended++;
	}
	/* One a second, and one in advance. */
	CU_ASSERT_TRUE(ended == 8 && good <= 3);
	CU_ASSERT_EQUAL(limits_stats(&e).timed_out, 8 - good);
	/* A later one goes on. */
	e.got[0] = 8;
	limits_pass(5000);
	limits_send(&e, 0, 1, 0);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 1);
	limits_down(&e);
}

static void
late(uint32_t nb_pollers)
{
	late_at(nb_pollers, false);
	late_at(nb_pollers, true);
}

static void
test_late(void)
{
	limits_each(late);
}

/* A client closes its device while tasks of it wait at both gates; others get their turn. */
static void
detach(uint32_t nb_pollers)
{
	const struct rte_vinetalk_vaccel_conf conf = { .accel = 1, .rate_tasks = 10 };
	struct rte_vtappliance_domain_conf limits = LIMITS_NONE;
	struct limits_env e;

	limits.rate_tasks = 10;
	limits.max_tasks = 100;
	limits_up(&e, nb_pollers, &limits, &conf);
	limits_send(&e, 1, 1, 0);
	CU_ASSERT_EQUAL(limits_take(&e, 1, 0), 1);
	limits_send(&e, 0, 20, 0);
	CU_ASSERT_EQUAL(limits_take(&e, 0, 0), 1);
	limits_send(&e, 1, 2, 0);
	CU_ASSERT_EQUAL(limits_take(&e, 1, 0), 0);
	fixture_let(&e.f);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e.dev[0]), 0);
	e.dev[0] = -1;
	fixture_hold(&e.f);
	CU_ASSERT_EQUAL(limits_stats(&e).canceled, 19);
	limits_pass(100);
	CU_ASSERT_EQUAL(limits_take(&e, 1, 0), 1);
	limits_pass(100);
	CU_ASSERT_EQUAL(limits_take(&e, 1, 0), 1);
	limits_down(&e);
}

static void
test_detach(void)
{
	limits_each(detach);
}

static void
raw_send(struct raw_client *raw, uint16_t va, uint16_t proc, unsigned int nb)
{
	const uint16_t qp = (uint16_t)(raw->slot_id * raw->geom.conf.qps_per_client);
	const uint32_t seq = rte_vtregion_qp(raw->base, &raw->geom, qp)->resume_seq;
	struct rte_vinetalk_task t;
	unsigned int i;

	for (i = 0; i < nb; i++) {
		rte_vinetalk_task_init(&t, va, proc, i);
		t.qp_seq = rte_vinetalk_qp_seq(qp, (uint16_t)(seq + i));
		CU_ASSERT_EQUAL(rte_ring_mp_rts_enqueue_burst_elem(rte_vtregion_rq_ring(raw->base,
			&raw->geom, raw->slot->rq, 0), &t, sizeof(t), 1, NULL), 1);
	}
}

/* A client dies while its tasks wait, and the slot comes back. */
static void
death(uint32_t nb_pollers)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_PROC_GET, .name = "nop" };
	struct rte_vtappliance_domain_conf limits = LIMITS_NONE;
	struct rte_vtregion_ctrl_rep rep;
	struct raw_client raw;
	struct limits_env e;
	unsigned int i;

	limits.rate_tasks = 10;
	limits_up(&e, nb_pollers, &limits, &limits_free);
	fixture_let(&e.f);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, e.f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_ctrl(&raw, &req, &rep), 0);
	req = (struct rte_vtregion_ctrl_req){ .op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE, .id = 1,
		.proc = rep.id, .vaccel.rate_bytes = RTE_VINETALK_VACCEL_RATE_BYTES_MAX + 1 };
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	req.vaccel.rate_bytes--;
	req.vaccel.rate_tasks = UINT32_MAX;
	req.vaccel.max_tasks = UINT32_MAX;
	CU_ASSERT_EQUAL_FATAL(raw_ctrl(&raw, &req, &rep), 0);
	raw_send(&raw, (uint16_t)rep.id, (uint16_t)req.proc, 20);
	/* They are counted when they are taken, and when they end. */
	for (i = 0; (limits_stats(&e).tasks < 20 || limits_stats(&e).completed < 2) && i < 5000; i++)
		usleep(1000);
	CU_ASSERT_EQUAL(limits_stats(&e).completed, 2);
	raw_close(&raw);
	for (i = 0; limits_stats(&e).canceled < 18 && i < 5000; i++)
		usleep(1000);
	CU_ASSERT_EQUAL(limits_stats(&e).clients, 3);
	CU_ASSERT_EQUAL(limits_stats(&e).canceled, 18);
	limits_pass(1000);
	fixture_works(e.dev[1], e.nop, e.va[1], 1, WAIT_US);
	fixture_hold(&e.f);
	limits_down(&e);
}

static void
test_death(void)
{
	limits_each(death);
}

/* ---- a poller that parks ---- */

struct worker {
	struct rte_vtappliance *app;
	unsigned int poller;
	uint32_t *stop;
};

static void *
worker_main(void *arg)
{
	const struct worker *w = arg;

	while (__atomic_load_n(w->stop, __ATOMIC_ACQUIRE) == 0)
		rte_vtappliance_turn(w->app, w->poller);
	return NULL;
}

/* Nobody rings for a task whose tokens come: the poller's sleep is short, though 10 s are allowed. */
static void
test_park(void)
{
	static const char * const accels[] = { "null", NULL };
	const struct rte_vtappliance_conf conf = { .idle = RTE_VTAPPLIANCE_IDLE_INTERRUPT,
		.park_ms = 10000 };
	struct rte_vinetalk_vaccel_conf vc = { .accel = 0, .rate_tasks = 200 };
	struct rte_vtappliance_poller_stats ps;
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct worker w = { .poller = 0 };
	struct fixture f;
	pthread_t thread;
	uint32_t stop = 0;
	unsigned int i;
	uint16_t nop, va;
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, accels, &conf, NULL), 0);
	fixture_hold(&f);
	w.app = f.app;
	w.stop = &stop;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, worker_main, &w), 0);
	dev = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get((uint16_t)dev, "nop", RTE_VINETALK_ACCEL_ANY,
		&nop), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &vc, &va), 0);
	for (i = 0; i < 60; i++) {
		rte_vinetalk_task_init(&t, va, nop, i);
		CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)dev, 0, &t, 1), 1);
	}
	for (i = 0; i < 60; i++) {
		while (rte_vinetalk_dequeue_burst((uint16_t)dev, 0, &c, 1) == 0)
			CU_ASSERT_EQUAL_FATAL(rte_vinetalk_wait((uint16_t)dev, 0, WAIT_US), 0);
		CU_ASSERT_EQUAL(c.cookie, i);
	}
	CU_ASSERT_EQUAL(rte_vtappliance_poller_stats_get(f.app, 0, &ps), 0);
	CU_ASSERT_TRUE(ps.parks > ps.wakeups);
	rte_vinetalk_close((uint16_t)dev);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	rte_vtappliance_wake(f.app, 0);
	pthread_join(thread, NULL);
	fixture_stop(&f);
}

/* ---- several pollers at a time ---- */

#define PUSHERS 4
#define PUSHED 3000

struct pusher {
	pthread_t thread;
	int dev;
	uint16_t nop, va;
	unsigned int ended, refused, wrong;
};

/* As many as fit, some of them fences; they come back in order, but for those that are refused. */
static void *
pusher_main(void *arg)
{
	struct rte_vinetalk_completion c;
	struct pusher *p = arg;
	uint64_t sent = 0, next = 0;
	struct rte_vinetalk_task t;

	while (p->ended < PUSHED) {
		while (sent < PUSHED) {
			rte_vinetalk_task_init(&t, p->va, p->nop, sent);
			t.flags |= sent % 97 == 5 ? RTE_VINETALK_TASK_F_FENCE : 0;
			if (rte_vinetalk_enqueue_burst((uint16_t)p->dev, 0, &t, 1) == 0)
				break;
			sent++;
		}
		if (rte_vinetalk_wait((uint16_t)p->dev, 0, WAIT_US) != 0)
			break;
		while (rte_vinetalk_dequeue_burst((uint16_t)p->dev, 0, &c, 1) == 1) {
			p->ended++;
			p->refused += c.status == -EDQUOT;
			p->wrong += c.status != 0 && c.status != -EDQUOT;
			if (c.status != 0)
				continue;
			p->wrong += c.cookie < next;
			next = c.cookie + 1;
		}
	}
	return NULL;
}

/* Pollers in threads of their own share a domain's rate and its count: nothing gets lost. */
static void
test_threads(void)
{
	static const char * const accels[] = { "null", "null", NULL };
	const struct rte_vinetalk_vaccel_conf vc = { .accel = RTE_VINETALK_ID_ANY,
		.max_tasks = 200, .rate_bytes = 1 << 20 };
	struct rte_vtappliance_domain_conf limits = LIMITS_NONE;
	struct pusher p[PUSHERS];
	struct rte_vtappliance_stats st;
	struct worker w[2];
	pthread_t thread[2];
	unsigned int i, refused = 0;
	uint32_t stop = 0;
	struct fixture f;

	limits.max_tasks = 600;
	limits.rate_tasks = 30000;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 2, 1, accels, NULL, &limits), 0);
	fixture_hold(&f);
	for (i = 0; i < 2; i++) {
		w[i] = (struct worker){ .app = f.app, .poller = i, .stop = &stop };
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, worker_main, &w[i]), 0);
	}
	memset(p, 0, sizeof(p));
	for (i = 0; i < PUSHERS; i++) {
		p[i].dev = fixture_attach(&f, 0, 1, 0);
		CU_ASSERT_TRUE_FATAL(p[i].dev >= 0);
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get((uint16_t)p[i].dev, "nop",
			RTE_VINETALK_ACCEL_ANY, &p[i].nop), 0);
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_vaccel_acquire((uint16_t)p[i].dev, &vc,
			&p[i].va), 0);
	}
	for (i = 0; i < PUSHERS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&p[i].thread, NULL, pusher_main, &p[i]), 0);
	for (i = 0; i < PUSHERS; i++) {
		pthread_join(p[i].thread, NULL);
		CU_ASSERT_EQUAL(p[i].ended, PUSHED);
		CU_ASSERT_EQUAL(p[i].wrong, 0);
		refused += p[i].refused;
		CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)p[i].dev), 0);
	}
	rte_vtappliance_stats_get(f.app, &st);
	CU_ASSERT_EQUAL(st.tasks, PUSHERS * PUSHED);
	CU_ASSERT_EQUAL(st.over_quota, refused);
	CU_ASSERT_EQUAL(st.failed, refused);
	CU_ASSERT_TRUE(st.throttled > 0);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 2; i++) {
		rte_vtappliance_wake(f.app, i);
		pthread_join(thread[i], NULL);
	}
	fixture_stop(&f);
}

/* ---- wrong values ---- */

static void
test_wrong(void)
{
	static const char * const accels[] = { "null", NULL };
	struct rte_vinetalk_vaccel_conf vc = { .accel = 0 };
	struct rte_vtappliance_domain_conf limits = LIMITS_NONE;
	struct fixture f;
	uint16_t va;
	int dev;

	limits.rate_bytes = RTE_VINETALK_VACCEL_RATE_BYTES_MAX + 1;
	CU_ASSERT_EQUAL(fixture_start(&f, 1, 1, accels, NULL, &limits), -EINVAL);
	fixture_stop(&f);
	limits.rate_bytes--;
	limits.rate_excess = RTE_VTAPPLIANCE_EXCESS_FAIL + 1;
	CU_ASSERT_EQUAL(fixture_start(&f, 1, 1, accels, NULL, &limits), -EINVAL);
	fixture_stop(&f);
	limits.rate_excess--;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, accels, NULL, &limits), 0);
	dev = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get((uint16_t)dev, "nop", RTE_VINETALK_ACCEL_ANY,
		&vc.proc), 0);
	vc.rate_bytes = RTE_VINETALK_VACCEL_RATE_BYTES_MAX + 1;
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &vc, &va), -EINVAL);
	vc.rate_bytes = RTE_VINETALK_VACCEL_RATE_BYTES_MAX;
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &vc, &va), 0);
	fixture_works(dev, vc.proc, va, 10, WAIT_US);
	rte_vinetalk_close((uint16_t)dev);
	fixture_stop(&f);
}

/* ---- the log ---- */

static unsigned int
lines_with(const char *text, const char *what)
{
	unsigned int nb = 0;

	for (text = strstr(text, what); text != NULL; text = strstr(text + 1, what))
		nb++;
	return nb;
}

/* One client more than the domain has room for, again and again. */
static void
test_clients(void)
{
	static const char * const accels[] = { "null", NULL };
	struct rte_vtappliance_domain_conf limits = LIMITS_NONE;
	char *text = NULL;
	struct fixture f;
	unsigned int i;
	size_t len;
	FILE *log;
	int dev;

	limits.nb_clients = 1;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, accels, NULL, &limits), 0);
	dev = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	log = open_memstream(&text, &len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	rte_openlog_stream(log);
	for (i = 0; i < 500; i++)
		CU_ASSERT_EQUAL(fixture_attach(&f, 0, 1, 0), -EUSERS);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
	/* The place is free when the end of the socket was seen. */
	for (i = 0; (dev = fixture_attach(&f, 0, 1, 0)) == -EUSERS && i < 5000; i++)
		usleep(1000);
	CU_ASSERT_TRUE(dev >= 0);
	fflush(log);
	i = lines_with(text, "is refused, there are 1 clients already");
	CU_ASSERT_TRUE(i >= 90 && i < 500);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
	fixture_stop(&f);
	rte_openlog_stream(NULL);
	fclose(log);
	free(text);
}

/* A client that causes a line each time: so many are in the log, and how many are not. */
static void
test_log(void)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = 0 };
	struct rte_vtappliance_domain_conf limits = LIMITS_NONE;
	struct rte_vtregion_ctrl_rep rep;
	struct raw_client raw;
	struct limits_env e;
	char *text = NULL;
	unsigned int i;
	size_t len;
	FILE *log;

	limits.max_tasks = 3;
	limits_up(&e, 1, &limits, &limits_free);
	fixture_let(&e.f);
	limits_pass(100000);
	log = open_memstream(&text, &len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	rte_openlog_stream(log);
	CU_ASSERT_EQUAL(raw_connect(&raw, e.f.path[0]), 0);
	for (i = 0; i < 300; i++)
		CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	fflush(log);
	CU_ASSERT_EQUAL(lines_with(text, "queue pairs wanted"), 100);
	CU_ASSERT_EQUAL(lines_with(text, "suppressed"), 0);
	limits_pass(1000);
	for (i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	fflush(log);
	CU_ASSERT_EQUAL(lines_with(text, "queue pairs wanted"), 110);
	CU_ASSERT_EQUAL(lines_with(text, "t0: 200 log lines suppressed"), 1);
	limits_pass(100000);
	raw_close(&raw);
	/* Tasks that were refused are told of, at the latest when the client leaves. */
	fixture_hold(&e.f);
	limits_send(&e, 0, 10, 0);
	limits_count(&e, 0, 3, 7);
	fixture_let(&e.f);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)e.dev[0]), 0);
	e.dev[0] = -1;
	fflush(log);
	CU_ASSERT_EQUAL(lines_with(text, "7 tasks refused, over a limit: tasks in flight of the domain,"
		" at most 3"), 1);
	CU_ASSERT_EQUAL(lines_with(text, "10 log lines suppressed"), 1);
	limits_down(&e);
	rte_openlog_stream(NULL);
	fclose(log);
	free(text);
}

static const struct vt_test_case cases[] = {
	{ "time limits at a gate", test_late },
	{ "a task that waits is cancelled", test_cancel },
	{ "fences and rates", test_fence },
	{ "a client leaves while its tasks wait", test_detach },
	{ "a client dies while its tasks wait", test_death },
	{ "a poller that parks", test_park },
	{ "several pollers at a time", test_threads },
	{ "wrong values", test_wrong },
	{ "clients of a domain", test_clients },
	{ "log lines have a rate", test_log },
};

VT_TEST_SUITE(vinetalk_limits_ends_autotest, NULL, NULL, cases);
