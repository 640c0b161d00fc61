/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Conformance of accelerator drivers: each case runs over each variant below. What a
 * variant cannot do is skipped by the name of the capability that it lacks.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "opencl.h"
#include "test_accel.h"
#include "../drivers/accel/null/rte_vtaccel_null.h"

#define CAP_COMPUTES (1u << 0) /* runs native procedures */
#define CAP_HOLDS    (1u << 1) /* can be made to hold tasks back: see hold() */
#define CAP_BOUNDED  (1u << 2) /* has a limit on what it takes */
#define CAP_NOTIFIES (1u << 3) /* tasks end outside the burst functions */
#define CAP_CHEAP    (1u << 4) /* 120,000 tasks of any shape are a matter of a second */

static const char *const cap_names[] = {
	"computes", "holds tasks", "bounded depth", "notifies", "cheap tasks of any shape",
};

struct variant {
	const char *devargs;
	unsigned int caps;
	const char *proc;    /* takes any input and output of one size */
	const char *kernels; /* of an OpenCL device */
	const void *args;    /* that the procedure needs, besides those of kernels */
	uint32_t args_len;
	const uint8_t *mask; /* of what comes out, against what goes in; NULL: the same */
	bool optional;       /* not everywhere: skipped where there is no such driver */
};

/* struct rte_vtaccel_crypto_args: 16 bytes of key and 16 of IV, all of them zero. */
static const uint16_t ctr_args[32] = { 16, 16 };
/* What that makes of 16 zeroes (FIPS 197). */
static const uint8_t ctr_mask[16] = {
	0x66, 0xe9, 0x4b, 0xd4, 0xef, 0x8a, 0x2c, 0x3b, 0x88, 0x4c, 0xfa, 0x59, 0xca, 0x34, 0x2b, 0x2e,
};

enum { V_NULL, V_NULL_GPU, V_CPU0, V_CPU1, V_CPU2, V_CPU_INLINE, V_OPENCL, V_CRYPTO, V_CRYPTO_INLINE,
	V_DMA, V_MAX };

static const struct variant variants[V_MAX] = {
	[V_NULL] = { "null", CAP_HOLDS | CAP_CHEAP, "nop", NULL },
	[V_NULL_GPU] = { "null,type=gpu", CAP_HOLDS | CAP_CHEAP, "nop", NULL },
	[V_CPU0] = { "cpu,workers=0,depth=1024", CAP_COMPUTES | CAP_BOUNDED | CAP_CHEAP,
		RTE_VTACCEL_PROC_ECHO, NULL },
	[V_CPU1] = { "cpu,workers=1,inline=0,depth=1024", CAP_COMPUTES | CAP_HOLDS | CAP_BOUNDED |
		CAP_NOTIFIES | CAP_CHEAP, RTE_VTACCEL_PROC_ECHO, NULL },
	[V_CPU2] = { "cpu,workers=2,inline=0,depth=1024", CAP_COMPUTES | CAP_HOLDS | CAP_BOUNDED |
		CAP_NOTIFIES | CAP_CHEAP, RTE_VTACCEL_PROC_ECHO, NULL },
	[V_CPU_INLINE] = { "cpu,workers=2,inline=100,depth=1000", CAP_COMPUTES | CAP_CHEAP,
		RTE_VTACCEL_PROC_ECHO, NULL },
	[V_OPENCL] = { ",depth=1024", CAP_COMPUTES | CAP_BOUNDED | CAP_NOTIFIES, "cl_echo",
		"test/opencl/test.cl" },
	[V_CRYPTO] = { "crypto,dev=crypto_openssl,workers=2,inline=0,depth=1024", CAP_COMPUTES | CAP_BOUNDED |
		CAP_NOTIFIES, "aes_ctr_encrypt", NULL, ctr_args, sizeof(ctr_args),
		ctr_mask, true },
	[V_DMA] = { "dma,dev=dma_skeleton", CAP_COMPUTES, "dma_copy", NULL, NULL, 0, NULL, true },
	[V_CRYPTO_INLINE] = { "crypto,dev=crypto_openssl,workers=0,depth=1024", CAP_COMPUTES | CAP_BOUNDED,
		"aes_ctr_encrypt", NULL, ctr_args, sizeof(ctr_args),
		ctr_mask, true },
};

/* The variant and the device that the running case has. */
static const struct variant *var;
static struct rte_vtaccel *dev;
static const struct rte_vtaccel_proc *proc;

/* Says that the case is skipped if a capability is missing. */
static bool
lacks(unsigned int caps)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(cap_names); i++) {
		if ((caps & ~var->caps & 1u << i) == 0)
			continue;
		vt_test_skip_reason("%s lacks the capability: %s", var->devargs, cap_names[i]);
		return true;
	}
	return false;
}

static struct accel_task hold_task;

/* Make what is enqueued to a stream from now on stay in the device. */
static void
hold(struct rte_vtaccel_stream *stream)
{
	struct rte_vtaccel_null_conf conf = { .stall = true };
	struct rte_vtaccel_task *t = &hold_task.t;

	if (rte_vtaccel_null_set(dev, &conf) == 0)
		return;
	accel_gate_set(false);
	accel_task_init(&hold_task, &accel_gate_proc, stream);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, &t, 1), 1);
	accel_gate_wait();
}

/* How many tasks hold() itself put into the device. */
static uint32_t
held(void)
{
	return strcmp(dev->ops->name, "null") != 0;
}

#define NB_TASKS 2000
static struct accel_task tasks[NB_TASKS];
static struct rte_vtaccel_task *ptrs[NB_TASKS + 1];
static uint8_t data_in[16], data_out[16];

static void
task_make(uint32_t i, struct rte_vtaccel_stream *stream)
{
	accel_task_init(&tasks[i], proc, stream);
	accel_task_in(&tasks[i], data_in, sizeof(data_in));
	accel_task_out(&tasks[i], data_out, sizeof(data_out));
	if (var->kernels != NULL) {
		const struct rte_vtaccel_opencl_args args = opencl_sizes(sizeof(data_in), 0);

		accel_task_args(&tasks[i], &args, sizeof(args));
	}
	if (var->args != NULL)
		accel_task_args(&tasks[i], var->args, var->args_len);
	tasks[i].seq = i;
	ptrs[i] = &tasks[i].t;
}

/* Pass tasks first..nb through the device in bursts, collecting them in back. */
static uint32_t
pass(uint32_t nb, uint16_t burst, struct rte_vtaccel_task **back)
{
	uint32_t sent = 0, got = 0, turns = 0;

	while (got < nb && turns < 100000000) {
		sent += rte_vtaccel_enqueue_burst(dev, ptrs + sent,
			(uint16_t)RTE_MIN(nb - sent, (uint32_t)burst));
		got += rte_vtaccel_dequeue_burst(dev, back + got,
			(uint16_t)RTE_MIN(nb - got, (uint32_t)burst));
		if (got < sent && ++turns % 64 == 0)
			sched_yield();
	}
	return got;
}

static struct rte_vtaccel_task *back[NB_TASKS + 1];

static void
check_results(const struct rte_vtaccel_task *t)
{
	CU_ASSERT_EQUAL(t->status, 0);
	CU_ASSERT_EQUAL(t->copied, 0);
	CU_ASSERT_NOT_EQUAL(t->exec_ns, UINT64_MAX);
	CU_ASSERT_EQUAL(t->result, var->caps & CAP_COMPUTES ? sizeof(data_in) : 0);
}

static void
case_life(void)
{
	rte_vtaccel_stop(dev);
	rte_vtaccel_stop(dev);
	CU_ASSERT_FALSE(dev->started);
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), 0);
	CU_ASSERT_TRUE(dev->started);
}

static void
case_procs(void)
{
	const struct rte_vtaccel_proc *p, *q;
	unsigned int i, j;

	for (i = 0; (p = dev->ops->proc_at(dev, i)) != NULL; i++) {
		CU_ASSERT_EQUAL(p->api, RTE_VTACCEL_API);
		CU_ASSERT_EQUAL(p->type, dev->ops->type);
		CU_ASSERT_PTR_EQUAL(rte_vtaccel_proc_find(dev, p->name), p);
		for (j = 0; j < i; j++) {
			q = dev->ops->proc_at(dev, j);
			CU_ASSERT_STRING_NOT_EQUAL(p->name, q->name);
		}
	}
	CU_ASSERT(i > 0);
	CU_ASSERT_PTR_NULL(dev->ops->proc_at(dev, i + 1));
	CU_ASSERT_PTR_NULL(rte_vtaccel_proc_find(dev, "no such procedure"));
	CU_ASSERT_PTR_NULL(rte_vtaccel_proc_find(dev, ""));
}

static void
case_one_task(void)
{
	struct rte_vtaccel_stream s;
	unsigned int i;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s), 0);
	memset(data_in, 0x5a, sizeof(data_in));
	memset(data_out, 0, sizeof(data_out));
	task_make(0, &s);
	CU_ASSERT_EQUAL(pass(1, 1, back), 1);
	CU_ASSERT_PTR_EQUAL(back[0], &tasks[0].t);
	check_results(back[0]);
	for (i = 0; i < sizeof(data_in) && (var->caps & CAP_COMPUTES); i++)
		CU_ASSERT_EQUAL(data_out[i], data_in[i] ^ (var->mask != NULL ? var->mask[i] : 0));
	rte_vtaccel_stream_close(&s);
}

static void
case_empty_bursts(void)
{
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, 8), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs, 0), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, 0), 0);
}

static void
case_order(void)
{
	struct rte_vtaccel_stream s;
	uint32_t i, n;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s), 0);
	for (i = 0; i < NB_TASKS; i++)
		task_make(i, &s);
	n = pass(NB_TASKS, 32, back);
	CU_ASSERT_EQUAL(n, NB_TASKS);
	for (i = 0; i < n; i++) {
		CU_ASSERT_PTR_EQUAL(back[i], &tasks[i].t);
		check_results(back[i]);
	}
	rte_vtaccel_stream_close(&s);
}

static void
case_burst_sizes(void)
{
	struct rte_vtaccel_stream s;
	uint16_t burst;
	uint32_t i, n;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s), 0);
	for (burst = 1; burst <= 65; burst++) {
		for (i = 0; i < 130; i++)
			task_make(i, &s);
		n = pass(130, burst, back);
		CU_ASSERT_EQUAL_FATAL(n, 130);
		for (i = 0; i < n; i++)
			CU_ASSERT_PTR_EQUAL(back[i], &tasks[i].t);
	}
	rte_vtaccel_stream_close(&s);
}

static void
case_streams(void)
{
	enum { NB = 8 };
	struct rte_vtaccel_stream s[NB];
	uint64_t next[NB];
	uint32_t i, n, k;

	for (k = 0; k < NB; k++) {
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s[k]), 0);
		CU_ASSERT_PTR_EQUAL(s[k].accel, dev);
		next[k] = k;
	}
	for (i = 0; i < NB_TASKS; i++)
		task_make(i, &s[i % NB]);
	n = pass(NB_TASKS, 20, back);
	CU_ASSERT_EQUAL(n, NB_TASKS);
	for (i = 0; i < n; i++) {
		k = (uint32_t)(back[i]->stream - s);
		CU_ASSERT_EQUAL(accel_task_of(back[i])->seq, next[k]);
		next[k] += NB;
		check_results(back[i]);
	}
	for (k = 0; k < NB; k++)
		rte_vtaccel_stream_close(&s[k]);
}

static void
case_many_streams(void)
{
	enum { NB = 300 };
	struct rte_vtaccel_stream s[NB];
	unsigned int i, j;

	for (i = 0; i < NB; i++) {
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s[i]), 0);
		for (j = 0; j < i; j++) {
			if (s[j].id == s[i].id)
				CU_FAIL("two open streams of one number");
		}
	}
	for (i = 0; i < NB; i++)
		rte_vtaccel_stream_close(&s[i]);
}

static void
case_wrong_shapes(void)
{
	struct rte_vtaccel_stream s;
	uint32_t i, n;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s), 0);
	for (i = 0; i < 8; i++)
		task_make(i, &s);
	tasks[1].t.nb_in = 17;
	tasks[3].t.nb_in = 16;
	tasks[3].t.nb_out = 16;
	tasks[5].t.args_len = RTE_VINETALK_MAX_ARGS + 1;
	n = pass(8, 8, back);
	CU_ASSERT_EQUAL(n, 8);
	for (i = 0; i < n; i++) {
		CU_ASSERT_PTR_EQUAL(back[i], &tasks[i].t);
		CU_ASSERT_EQUAL(back[i]->status, i == 1 || i == 3 || i == 5 ? -EINVAL : 0);
		CU_ASSERT_EQUAL(back[i]->copied, 0);
		CU_ASSERT_NOT_EQUAL(back[i]->exec_ns, UINT64_MAX);
	}
	rte_vtaccel_stream_close(&s);
}

static void
case_not_started(void)
{
	struct rte_vtaccel_stream s;

	rte_vtaccel_stop(dev);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s), 0);
	task_make(0, &s);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs, 1), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, 1), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), 0);
	CU_ASSERT_EQUAL(pass(1, 1, back), 1);
	rte_vtaccel_stop(dev);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs, 1), 0);
	rte_vtaccel_stream_close(&s);
}

static void
case_failed(void)
{
	rte_vtaccel_stop(dev);
	__atomic_store_n(&dev->state, RTE_VINETALK_ACCEL_FAILED, __ATOMIC_RELAXED);
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), -EIO);
	CU_ASSERT_FALSE(dev->started);
	__atomic_store_n(&dev->state, RTE_VINETALK_ACCEL_IDLE, __ATOMIC_RELAXED);
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), 0);
}

static void *
stop_thread(void *arg)
{
	rte_vtaccel_stop(arg);
	return NULL;
}

/* What waits behind a task that is running comes back canceled, in order, and once. */
static void
case_stop_cancels(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct rte_vtaccel_stream s;
	pthread_t thread;
	uint32_t i, n, nb = 10;

	if (lacks(CAP_HOLDS))
		return;
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s), 0);
	hold(&s);
	for (i = 0; i < 1000; i++)
		task_make(i, &s);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs, 10), 10);
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, 10), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, stop_thread, dev), 0);
	/* The stop has begun when nothing is taken any more. Only then may the gate open. */
	while (nb < 1000 && rte_vtaccel_enqueue_burst(dev, &ptrs[nb], 1) == 1) {
		nb++;
		nanosleep(&pause, NULL);
	}
	accel_gate_set(true);
	pthread_join(thread, NULL);
	n = accel_collect(dev, back, nb + held());
	CU_ASSERT_EQUAL_FATAL(n, nb + held());
	if (held() != 0)
		CU_ASSERT_EQUAL(back[0]->status, 0);
	for (i = 0; i < nb; i++) {
		CU_ASSERT_PTR_EQUAL(back[i + held()], &tasks[i].t);
		CU_ASSERT_EQUAL(tasks[i].t.status, -ECANCELED);
		CU_ASSERT_EQUAL(tasks[i].t.exec_ns, 0);
	}
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, 1), 0);
	rte_vtaccel_stream_close(&s);
}

static void
case_restart(void)
{
	struct rte_vtaccel_stream s;
	uint32_t i;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s), 0);
	for (i = 0; i < 5; i++)
		task_make(i, &s);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs, 5), 5);
	rte_vtaccel_stop(dev);
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), -EBUSY);
	CU_ASSERT_EQUAL(accel_collect(dev, back, 5), 5);
	for (i = 0; i < 5; i++) {
		CU_ASSERT_PTR_EQUAL(back[i], &tasks[i].t);
		CU_ASSERT(back[i]->status == 0 || back[i]->status == -ECANCELED);
	}
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), 0);
	for (i = 0; i < 100; i++)
		task_make(i, &s);
	CU_ASSERT_EQUAL(pass(100, 8, back), 100);
	for (i = 0; i < 100; i++)
		check_results(back[i]);
	rte_vtaccel_stream_close(&s);
}

static void
case_back_pressure(void)
{
	struct rte_vtaccel_stream s;
	uint32_t i, taken, n;

	if (lacks(CAP_BOUNDED))
		return;
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s), 0);
	for (i = 0; i < NB_TASKS; i++)
		task_make(i, &s);
	taken = rte_vtaccel_enqueue_burst(dev, ptrs, NB_TASKS);
	CU_ASSERT_EQUAL(taken, 1024);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs + taken, 1), 0);
	n = accel_collect(dev, back, 1);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs + taken, 5), 1);
	n += accel_collect(dev, back + 1, 1024);
	CU_ASSERT_EQUAL(n, 1025);
	for (i = 0; i < n; i++)
		CU_ASSERT_PTR_EQUAL(back[i], &tasks[i].t);
	rte_vtaccel_stream_close(&s);
}

static void
case_remove_refused(void)
{
	struct rte_vtaccel_stream s;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s), 0);
	rte_vtaccel_remove(dev);
	/* It is stopped, and still there. */
	CU_ASSERT_FALSE(dev->started);
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), 0);
	task_make(0, &s);
	CU_ASSERT_EQUAL(pass(1, 1, back), 1);
	rte_vtaccel_stream_close(&s);
}

static void
case_location(void)
{
	char buf[64], small[4];

	memset(buf, 'x', sizeof(buf));
	rte_vtaccel_location(dev, buf, sizeof(buf));
	CU_ASSERT(strnlen(buf, sizeof(buf)) > 0);
	CU_ASSERT(strnlen(buf, sizeof(buf)) < sizeof(buf));
	memset(small, 'x', sizeof(small));
	rte_vtaccel_location(dev, small, 3);
	CU_ASSERT(strnlen(small, 3) < 3);
	CU_ASSERT_EQUAL(small[3], 'x');
	rte_vtaccel_location(dev, small, 0);
}

static void
notify_count(void *arg)
{
	__atomic_fetch_add((uint32_t *)arg, 1, __ATOMIC_RELEASE);
}

static void
case_notify(void)
{
	struct rte_vtaccel_stream s;
	uint32_t count = 0, i;

	if (lacks(CAP_NOTIFIES))
		return;
	rte_vtaccel_stop(dev);
	dev->notify_arg = &count;
	dev->notify = notify_count;
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s), 0);
	for (i = 0; i < 200; i++) {
		__atomic_store_n(&count, 0, __ATOMIC_RELAXED);
		task_make(0, &s);
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, ptrs, 1), 1);
		while (__atomic_load_n(&count, __ATOMIC_ACQUIRE) == 0)
			sched_yield();
		/* Whoever is notified finds it at the first look. */
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_dequeue_burst(dev, back, 1), 1);
	}
	rte_vtaccel_stream_close(&s);
	rte_vtaccel_stop(dev);
	dev->notify = NULL;
}

/* A stop from another thread in the midst of bursts: all that was taken comes back once. */
static void
case_stop_races(void)
{
	struct rte_vtaccel_stream s;
	uint32_t i, sent, got, round;
	pthread_t thread;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s), 0);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < NB_TASKS; i++)
			task_make(i, &s);
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(dev), 0);
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, stop_thread, dev), 0);
		for (sent = got = i = 0; i < 200; i++) {
			sent += rte_vtaccel_enqueue_burst(dev, ptrs + sent, 7);
			got += rte_vtaccel_dequeue_burst(dev, back + got, 9);
		}
		pthread_join(thread, NULL);
		while ((i = rte_vtaccel_dequeue_burst(dev, back + got, 9)) > 0)
			got += i;
		CU_ASSERT_EQUAL_FATAL(got, sent);
		for (i = 0; i < got; i++) {
			CU_ASSERT_PTR_EQUAL(back[i], &tasks[i].t);
			CU_ASSERT(back[i]->status == 0 || back[i]->status == -ECANCELED);
		}
	}
	rte_vtaccel_stream_close(&s);
}

static void
case_stress(void)
{
	if (lacks(CAP_CHEAP))
		return;
	accel_stress(dev, proc, (var->caps & CAP_COMPUTES) != 0);
}

static void
run_on(const struct variant *v, void (*body)(void))
{
	int ret;

	var = v;
	if (v->kernels != NULL && opencl_needed() != 0)
		return;
	ret = rte_vtaccel_probe(v->kernels == NULL ? v->devargs : opencl_devargs(v->kernels, v->devargs), &dev);
	if (v->optional && ret == -ENODEV) {
		vt_test_skip_reason("%s: there is no such driver here", v->devargs);
		return;
	}
	CU_ASSERT_EQUAL_FATAL(ret, 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(dev), 0);
	proc = rte_vtaccel_proc_find(dev, v->proc);
	CU_ASSERT_PTR_NOT_NULL_FATAL(proc);
	body();
	rte_vtaccel_remove(dev);
	dev = NULL;
}

#define ON(v, body) static void v ## _ ## body(void) { run_on(&variants[v], case_ ## body); }
#define ON_ALL(body) \
	ON(V_NULL, body) ON(V_NULL_GPU, body) ON(V_CPU0, body) ON(V_CPU1, body) \
	ON(V_CPU2, body) ON(V_CPU_INLINE, body) ON(V_OPENCL, body) ON(V_CRYPTO, body) \
	ON(V_CRYPTO_INLINE, body) ON(V_DMA, body)
#define CASE(v, what, text, body) { what ": " text, v ## _ ## body }
#define CASES(text, body) \
	CASE(V_NULL, "null", text, body), CASE(V_NULL_GPU, "null type=gpu", text, body), \
	CASE(V_CPU0, "cpu workers=0", text, body), CASE(V_CPU1, "cpu workers=1", text, body), \
	CASE(V_CPU2, "cpu workers=2", text, body), \
	CASE(V_CPU_INLINE, "cpu workers=2 inline", text, body), CASE(V_OPENCL, "opencl", text, body), \
	CASE(V_CRYPTO, "crypto workers=2", text, body), CASE(V_CRYPTO_INLINE, "crypto workers=0", text, body), \
	CASE(V_DMA, "dma", text, body)

ON_ALL(life) ON_ALL(procs) ON_ALL(one_task) ON_ALL(empty_bursts) ON_ALL(order)
ON_ALL(burst_sizes) ON_ALL(streams) ON_ALL(many_streams) ON_ALL(wrong_shapes)
ON_ALL(not_started) ON_ALL(failed) ON_ALL(stop_cancels) ON_ALL(restart) ON_ALL(back_pressure)
ON_ALL(remove_refused) ON_ALL(location) ON_ALL(notify) ON_ALL(stop_races) ON_ALL(stress)

static const struct vt_test_case cases[] = {
	CASES("starts and stops, also twice", life),
	CASES("lists procedures, finds by name", procs),
	CASES("one task", one_task),
	CASES("empty bursts", empty_bursts),
	CASES("order in a stream", order),
	CASES("bursts of 1 to 65", burst_sizes),
	CASES("order in each of several streams", streams),
	CASES("many streams with numbers of their own", many_streams),
	CASES("tasks of a wrong shape end with EINVAL", wrong_shapes),
	CASES("takes nothing while it is not started", not_started),
	CASES("a failed one does not start", failed),
	CASES("a stop cancels what waits", stop_cancels),
	CASES("starts again when all is dequeued", restart),
	CASES("short counts are back-pressure", back_pressure),
	CASES("is kept while a stream is open", remove_refused),
	CASES("location fits its buffer", location),
	CASES("notifies", notify),
	CASES("a stop in the midst of bursts loses nothing", stop_races),
	CASES("120,000 tasks with a checksum", stress),
};

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

VT_TEST_SUITE(vinetalk_accel_autotest, setup, cleanup, cases)
