/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Conformance of transport drivers: tasks, whatever they do. */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "conformance.h"

#define ANY RTE_VINETALK_ID_ANY

void
conf_case_task_one(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct conf_env e;

	conf_up(&e, 1, 0);
	conf_task(&e, &t, 0x1234567890abcdef);
	CU_ASSERT_EQUAL(conf_status(&e, &t, &c), 0);
	CU_ASSERT_EQUAL(c.cookie, 0x1234567890abcdef);
	CU_ASSERT_EQUAL(c.qp_seq, t.qp_seq);
	CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst(e.dev, 0, &c, 1), 0);
	conf_down(&e);
}

/* Enqueue nb tasks with cookies from first on, and take them back in order. */
static void
burst(const struct conf_env *e, uint16_t nb, uint64_t first)
{
	/* Both types are aligned to more than calloc() gives. */
	struct rte_vinetalk_completion *c = aligned_alloc(64, (nb + 1U) / 2 * 2 * sizeof(*c));
	struct rte_vinetalk_task *t = aligned_alloc(64, nb * sizeof(*t));
	unsigned int i, bad = 0;

	CU_ASSERT_TRUE_FATAL(c != NULL && t != NULL);
	for (i = 0; i < nb; i++)
		conf_task(e, &t[i], first + i);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e->dev, 0, t, nb), nb);
	CU_ASSERT_EQUAL(conf_collect(e->dev, 0, c, nb), nb);
	for (i = 0; i < nb; i++)
		bad += c[i].cookie != first + i || c[i].status != 0;
	CU_ASSERT_EQUAL(bad, 0);
	free(c);
	free(t);
}

void
conf_case_task_bursts(void)
{
	struct conf_env e;
	uint32_t depth, nb;

	conf_up(&e, 1, 0);
	depth = RTE_MIN(e.info.max_depth, 256U);
	for (nb = 1; nb <= depth; nb++)
		burst(&e, (uint16_t)nb, nb * UINT64_C(1000));
	burst(&e, (uint16_t)RTE_MIN(e.info.max_depth, 65535U), 7);
	conf_down(&e);
}

void
conf_case_task_none(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct conf_env e;

	conf_up(&e, 1, 0);
	conf_task(&e, &t, 1);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e.dev, 0, &t, 0), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e.dev, 0, &t, 1), 1);
	CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst(e.dev, 0, &c, 0), 0);
	CU_ASSERT_EQUAL(conf_collect(e.dev, 0, &c, 1), 1);
	conf_down(&e);
}

void
conf_case_task_credits(void)
{
	struct rte_vinetalk_completion c[32];
	struct rte_vinetalk_task t[32];
	struct conf_env e;
	unsigned int i;

	conf_up(&e, 1, 16);
	for (i = 0; i < 32; i++)
		conf_task(&e, &t[i], i);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e.dev, 0, t, 32), 16);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e.dev, 0, &t[16], 16), 0);
	CU_ASSERT_EQUAL(conf_collect(e.dev, 0, c, 5), 5);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e.dev, 0, &t[16], 16), 5);
	CU_ASSERT_EQUAL(conf_collect(e.dev, 0, c + 5, 16), 16);
	for (i = 0; i < 21; i++)
		CU_ASSERT_EQUAL(c[i].cookie, i);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e.dev, 0, t, 32), 16);
	CU_ASSERT_EQUAL(conf_collect(e.dev, 0, c, 16), 16);
	conf_down(&e);
}

void
conf_case_task_order(void)
{
	struct conf_env e;
	unsigned int i;

	conf_up(&e, 1, 64);
	for (i = 0; i < 200; i++)
		burst(&e, (uint16_t)(1 + i * 37 % 64), i * UINT64_C(100));
	conf_down(&e);
}

void
conf_case_task_two_vaccels(void)
{
	uint64_t next[2] = { 0, 1 };
	struct rte_vinetalk_completion c[64];
	struct rte_vinetalk_task t[64];
	unsigned int i, round, bad = 0;
	struct conf_env e;
	uint16_t va;

	conf_up(&e, 1, 64);
	CU_ASSERT_EQUAL_FATAL(conf_acquire(e.dev, ANY, e.proc, 0, &va), 0);
	for (round = 0; round < 50; round++) {
		for (i = 0; i < 64; i++) {
			conf_task(&e, &t[i], round * 64 + i);
			t[i].vaccel = i % 2 == 0 ? e.va : va;
		}
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst(e.dev, 0, t, 64), 64);
		CU_ASSERT_EQUAL_FATAL(conf_collect(e.dev, 0, c, 64), 64);
		for (i = 0; i < 64; i++) {
			bad += c[i].cookie != next[c[i].cookie % 2];
			next[c[i].cookie % 2] += 2;
		}
	}
	CU_ASSERT_EQUAL(bad, 0);
	conf_down(&e);
}

void
conf_case_task_cookies(void)
{
	static const uint64_t cookies[] = { 0, 1, UINT32_MAX, UINT64_C(1) << 32,
		UINT64_C(1) << 63, UINT64_MAX, UINT64_MAX - 1, 0, 0 };
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct conf_env e;
	unsigned int i;

	conf_up(&e, 1, 0);
	for (i = 0; i < RTE_DIM(cookies); i++) {
		conf_task(&e, &t, cookies[i]);
		CU_ASSERT_EQUAL(conf_status(&e, &t, &c), 0);
		CU_ASSERT_EQUAL(c.cookie, cookies[i]);
	}
	conf_down(&e);
}

void
conf_case_task_in_flight(void)
{
	struct rte_vinetalk_completion c[8];
	struct rte_vinetalk_task t[8];
	struct conf_env e;
	unsigned int i;

	conf_up(&e, 2, 8);
	CU_ASSERT_EQUAL(rte_vinetalk_in_flight(e.dev, 0), 0);
	for (i = 0; i < 8; i++)
		conf_task(&e, &t[i], i);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e.dev, 0, t, 5), 5);
	CU_ASSERT_EQUAL(rte_vinetalk_in_flight(e.dev, 0), 5);
	CU_ASSERT_EQUAL(rte_vinetalk_in_flight(e.dev, 1), 0);
	CU_ASSERT_EQUAL(conf_collect(e.dev, 0, c, 2), 2);
	CU_ASSERT_EQUAL(rte_vinetalk_in_flight(e.dev, 0), 3);
	CU_ASSERT_EQUAL(conf_collect(e.dev, 0, c, 3), 3);
	CU_ASSERT_EQUAL(rte_vinetalk_in_flight(e.dev, 0), 0);
	conf_down(&e);
}

void
conf_case_task_after_error(void)
{
	struct rte_vinetalk_completion c[32];
	struct rte_vinetalk_task t[32];
	struct conf_env e;
	unsigned int i;

	conf_up(&e, 1, 32);
	CONF_NEEDS(&e, DATA_PATH);
	for (i = 0; i < 32; i++) {
		conf_task(&e, &t[i], i);
		if (i % 3 == 1)
			t[i].seg_off[0] = UINT64_MAX / 2;
	}
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e.dev, 0, t, 32), 32);
	CU_ASSERT_EQUAL_FATAL(conf_collect(e.dev, 0, c, 32), 32);
	for (i = 0; i < 32; i++)
		CU_ASSERT_EQUAL(c[i].status, c[i].cookie % 3 == 1 ? -EFAULT : 0);
	conf_down(&e);
}

void
conf_case_task_stat(void)
{
	struct rte_vinetalk_task_stat st = { .status = 99 };
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t, old, bad;
	struct conf_env e;
	unsigned int i;

	conf_up(&e, 1, 16);
	conf_task(&e, &t, 77);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst(e.dev, 0, &t, 1), 1);
	CU_ASSERT_EQUAL(rte_vinetalk_task_stat(e.dev, &t, &st), 0);
	CU_ASSERT_EQUAL(st.state, RTE_VINETALK_TASK_IN_FLIGHT);
	CU_ASSERT_EQUAL(st.status, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_wait(e.dev, 0, CONF_TIMEOUT_US), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_task_stat(e.dev, &t, &st), 0);
	CU_ASSERT_EQUAL(st.state, RTE_VINETALK_TASK_IN_FLIGHT);
	CU_ASSERT_EQUAL(conf_collect(e.dev, 0, &c, 1), 1);
	CU_ASSERT_EQUAL(rte_vinetalk_task_stat(e.dev, &t, &st), 0);
	CU_ASSERT_EQUAL(st.state, RTE_VINETALK_TASK_ENDED);
	CU_ASSERT_EQUAL(st.status, 0);
	conf_task(&e, &bad, 78);
	bad.flags = 0x80;
	i = (unsigned int)-conf_status(&e, &bad, &c);
	CU_ASSERT_EQUAL(rte_vinetalk_task_stat(e.dev, &bad, &st), 0);
	CU_ASSERT_EQUAL(st.state, RTE_VINETALK_TASK_ENDED);
	CU_ASSERT_EQUAL(st.status, -(int32_t)i);
	/* A copy does as well; and at some time it is forgotten. */
	old = t;
	for (i = 0; i < 32768 / 16; i++)
		burst(&e, 16, 1000);
	CU_ASSERT_EQUAL(rte_vinetalk_task_stat(e.dev, &old, &st), 0);
	CU_ASSERT_EQUAL(st.state, RTE_VINETALK_TASK_UNKNOWN);
	conf_down(&e);
}

/* Whatever a cancel says: each task ends once, and as it says. */
void
conf_case_task_cancel(void)
{
	struct rte_vinetalk_completion c[8];
	struct rte_vinetalk_task t[8];
	struct conf_env e;
	unsigned int i;
	int said[8];

	conf_up(&e, 1, 8);
	for (i = 0; i < 8; i++)
		conf_task(&e, &t[i], i);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst(e.dev, 0, t, 8), 8);
	for (i = 0; i < 8; i++) {
		said[i] = rte_vinetalk_task_cancel(e.dev, &t[i]);
		CU_ASSERT_TRUE(said[i] == 0 || said[i] == -EALREADY || said[i] == -ENOTSUP);
	}
	CU_ASSERT_EQUAL_FATAL(conf_collect(e.dev, 0, c, 8), 8);
	for (i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(c[i].status, said[c[i].cookie] == 0 ? -ECANCELED : 0);
	for (i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(rte_vinetalk_task_cancel(e.dev, &t[i]), -ENOENT);
	CU_ASSERT_EQUAL(rte_vinetalk_task_cancel(e.dev, NULL), -EINVAL);
	t[0].qp_seq = UINT32_MAX;
	CU_ASSERT_EQUAL(rte_vinetalk_task_cancel(e.dev, &t[0]), -EINVAL);
	conf_down(&e);
}

void
conf_case_task_stat_bad(void)
{
	struct rte_vinetalk_task_stat st;
	struct rte_vinetalk_task t;
	struct conf_env e;

	conf_up(&e, 1, 0);
	conf_task(&e, &t, 1);
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_task_stat(e.dev, NULL, &st), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_task_stat(e.dev, &t, NULL), -EINVAL);
	t.cookie = 2; /* another task than the one that was seen */
	CU_ASSERT_EQUAL(rte_vinetalk_task_stat(e.dev, &t, &st), 0);
	CU_ASSERT_EQUAL(st.state, RTE_VINETALK_TASK_UNKNOWN);
	t.qp_seq ^= 0x7fff0000; /* of no queue pair of this device */
	CU_ASSERT_EQUAL(rte_vinetalk_task_stat(e.dev, &t, &st), -EINVAL);
	conf_down(&e);
}

void
conf_case_wait_none(void)
{
	struct conf_env e;

	conf_up(&e, 1, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_wait(e.dev, 0, 0), -ETIMEDOUT);
	CU_ASSERT_EQUAL(rte_vinetalk_wait(e.dev, 0, 2000), -ETIMEDOUT);
	CU_ASSERT_EQUAL(rte_vinetalk_wait(e.dev, 0, -1), -ENODATA);
	CU_ASSERT_EQUAL(rte_vinetalk_wait(e.dev, 1, 0), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_wait(e.dev, UINT16_MAX, 0), -EINVAL);
	conf_down(&e);
}

void
conf_case_wait_work(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct conf_env e;
	unsigned int i;

	conf_up(&e, 1, 0);
	for (i = 0; i < 200; i++) {
		conf_task(&e, &t, i);
		CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e.dev, 0, &t, 1), 1);
		CU_ASSERT_EQUAL(rte_vinetalk_wait(e.dev, 0, i % 2 == 0 ? -1 : CONF_TIMEOUT_US), 0);
		/* It stays so until it is taken. */
		CU_ASSERT_EQUAL(rte_vinetalk_wait(e.dev, 0, 0), 0);
		CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst(e.dev, 0, &c, 1), 1);
		CU_ASSERT_EQUAL(c.cookie, i);
	}
	conf_down(&e);
}

void
conf_case_run(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct conf_env e;
	unsigned int i;

	conf_up(&e, 1, 1);
	for (i = 0; i < 200; i++) {
		conf_task(&e, &t, i);
		memset(&c, 0xff, sizeof(c));
		CU_ASSERT_EQUAL(rte_vinetalk_run(e.dev, 0, &t, &c,
			i % 2 == 0 ? -1 : CONF_TIMEOUT_US), 0);
		CU_ASSERT_EQUAL(c.cookie, i);
		CU_ASSERT_EQUAL(c.status, 0);
	}
	CU_ASSERT_EQUAL(rte_vinetalk_in_flight(e.dev, 0), 0);
	conf_down(&e);
}

void
conf_case_run_bad(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t, other;
	struct conf_env e;

	conf_up(&e, 1, 0);
	conf_task(&e, &t, 1);
	conf_task(&e, &other, 2);
	CU_ASSERT_EQUAL(rte_vinetalk_run(e.dev, 0, NULL, &c, -1), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_run(e.dev, 0, &t, NULL, -1), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_run(e.dev, 1, &t, &c, -1), -EINVAL);
	/* The completion of another task must not get lost. */
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e.dev, 0, &other, 1), 1);
	CU_ASSERT_EQUAL(rte_vinetalk_run(e.dev, 0, &t, &c, -1), -EBUSY);
	CU_ASSERT_EQUAL(conf_collect(e.dev, 0, &c, 1), 1);
	CU_ASSERT_EQUAL(c.cookie, 2);
	CU_ASSERT_EQUAL(rte_vinetalk_run(e.dev, 0, &t, &c, -1), 0);
	CU_ASSERT_EQUAL(c.cookie, 1);
	conf_down(&e);
}

void
conf_case_strstatus(void)
{
	static const int32_t known[] = { 0, -EINVAL, -EMSGSIZE, -EFAULT, -ENODEV, -ENOENT,
		-ENOTSUP, -ENOSPC, -ECANCELED, -ETIMEDOUT, -EDQUOT, -ENOMEM, -EIO,
		-ECONNRESET };
	static const int32_t odd[] = { 1, INT32_MAX, INT32_MIN, -4096, -100000, -EBADMSG };
	unsigned int i, j;

	for (i = 0; i < RTE_DIM(known); i++)
		for (j = 0; j < i; j++)
			CU_ASSERT_STRING_NOT_EQUAL(rte_vinetalk_strstatus(known[i]),
				rte_vinetalk_strstatus(known[j]));
	for (i = 0; i < RTE_DIM(odd); i++)
		CU_ASSERT_TRUE(rte_vinetalk_strstatus(odd[i])[0] != '\0');
}

/* ---- threads ---- */

#define MAX_THREADS 4
#define PER_THREAD 20000

struct task_thread {
	pthread_t id;
	const struct conf_env *e;
	uint16_t qp, va;
	unsigned int bad;
	uint64_t sum;
};

/* Keep up to 32 in flight until nb have ended; the sum of their cookies. */
static uint64_t
pump(const struct conf_env *e, uint16_t qp, uint16_t va, uint32_t nb, unsigned int *bad)
{
	struct rte_vinetalk_completion c[32];
	struct rte_vinetalk_task t[32];
	uint32_t sent = 0, got = 0;
	uint64_t next = 0, sum = 0;
	uint16_t n, i;

	while (got < nb) {
		n = (uint16_t)RTE_MIN(32 - (sent - got), nb - sent);
		for (i = 0; i < n; i++) {
			rte_vinetalk_task_init(&t[i], va, e->proc, sent + i);
			*bad += rte_vinetalk_task_in(e->dev, &t[i], e->data, 8) != 0;
		}
		sent += rte_vinetalk_enqueue_burst(e->dev, qp, t, n);
		n = rte_vinetalk_dequeue_burst(e->dev, qp, c, 32);
		for (i = 0; i < n; i++) {
			*bad += c[i].cookie != next++ || c[i].status != 0;
			sum += c[i].cookie;
		}
		got += n;
		if (n == 0 && rte_vinetalk_wait(e->dev, qp, CONF_TIMEOUT_US) == -ETIMEDOUT) {
			*bad += 1000000;
			break;
		}
	}
	return sum;
}

static void *
pump_thread(void *arg)
{
	struct task_thread *th = arg;

	th->sum = pump(th->e, th->qp, th->va, PER_THREAD, &th->bad);
	return NULL;
}

static void
in_threads(bool one_vaccel)
{
	struct task_thread th[MAX_THREADS];
	struct rte_vinetalk_stats st;
	struct conf_env e;
	uint16_t nb, i;

	conf_up(&e, 1, 0);
	nb = RTE_MIN(e.info.max_queue_pairs, (uint16_t)MAX_THREADS);
	conf_down(&e);
	conf_up(&e, nb, 0);
	for (i = 0; i < nb; i++) {
		th[i] = (struct task_thread){ .e = &e, .qp = i, .va = e.va };
		if (!one_vaccel)
			CU_ASSERT_EQUAL_FATAL(conf_acquire(e.dev, ANY, e.proc, 0, &th[i].va), 0);
	}
	for (i = 0; i < nb; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&th[i].id, NULL, pump_thread, &th[i]), 0);
	for (i = 0; i < nb; i++) {
		pthread_join(th[i].id, NULL);
		CU_ASSERT_EQUAL(th[i].bad, 0);
		CU_ASSERT_EQUAL(th[i].sum, (uint64_t)PER_THREAD * (PER_THREAD - 1) / 2);
	}
	CU_ASSERT_EQUAL(rte_vinetalk_stats_get(e.dev, &st), 0);
	CU_ASSERT_EQUAL(st.enqueued, (uint64_t)nb * PER_THREAD);
	CU_ASSERT_EQUAL(st.completed, (uint64_t)nb * PER_THREAD);
	CU_ASSERT_EQUAL(st.bytes, (uint64_t)nb * PER_THREAD * 8);
	conf_down(&e);
}

void
conf_case_threads(void)
{
	in_threads(false);
}

void
conf_case_threads_vaccel(void)
{
	in_threads(true);
}

void
conf_case_many(void)
{
	unsigned int bad = 0;
	struct conf_env e;

	conf_up(&e, 1, 0);
	CU_ASSERT_EQUAL(pump(&e, 0, e.va, 100000, &bad), UINT64_C(100000) * 99999 / 2);
	CU_ASSERT_EQUAL(bad, 0);
	conf_down(&e);
}

void
conf_case_wrap(void)
{
	struct rte_vinetalk_task_stat st;
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	unsigned int bad = 0, i, wrapped = 0;
	struct conf_env e;
	uint32_t seq = 0;

	conf_up(&e, 1, 0);
	/* Where the numbers begin is the transport's. */
	conf_task(&e, &t, 0);
	CU_ASSERT_EQUAL(conf_status(&e, &t, &c), 0);
	pump(&e, 0, e.va, (uint16_t)(65529 - (uint16_t)t.qp_seq), &bad);
	for (i = 0; i < 12; i++) {
		conf_task(&e, &t, i);
		CU_ASSERT_EQUAL(conf_status(&e, &t, &c), 0);
		wrapped += i != 0 && (uint16_t)t.qp_seq < (uint16_t)seq;
		CU_ASSERT_TRUE(i == 0 || (uint16_t)t.qp_seq == (uint16_t)(seq + 1));
		seq = t.qp_seq;
		CU_ASSERT_EQUAL(rte_vinetalk_task_stat(e.dev, &t, &st), 0);
		CU_ASSERT_EQUAL(st.state, RTE_VINETALK_TASK_ENDED);
	}
	CU_ASSERT_EQUAL(wrapped, 1);
	pump(&e, 0, e.va, 70000, &bad);
	CU_ASSERT_EQUAL(bad, 0);
	conf_down(&e);
}
