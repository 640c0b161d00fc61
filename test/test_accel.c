/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Conformance of accelerator drivers: each case runs over each entry of accel_table.h. What an
 * entry cannot do is skipped by the name of the capability that it lacks.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "accel_table.h"
#include "../drivers/accel/null/rte_vtaccel_null.h"

static const char *const cap_names[] = ACCEL_CAP_NAMES;

/* The entry and the device that the running case has. */
static const struct accel_entry *entry;
static const char *entry_name;
static struct rte_vtaccel *dev;
static const struct rte_vtaccel_proc *proc;

/* Says that the case is skipped if a capability is missing. */
static bool
lacks(unsigned int caps)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(cap_names); i++) {
		if ((caps & ~entry->caps & 1u << i) == 0)
			continue;
		vt_test_skip_reason("%s lacks the capability: %s", entry_name, cap_names[i]);
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
static uint8_t data_in[16], data_out[17];

static void
task_make_of(uint32_t i, struct rte_vtaccel_stream *stream, const void *in, void *out, uint32_t len)
{
	accel_task_init(&tasks[i], proc, stream);
	if (entry->make != NULL) {
		entry->make(&tasks[i], in, out, len);
	} else {
		accel_task_in(&tasks[i], in, len);
		accel_task_out(&tasks[i], out, len);
	}
	tasks[i].seq = i;
	ptrs[i] = &tasks[i].t;
}

static void
task_make(uint32_t i, struct rte_vtaccel_stream *stream)
{
	task_make_of(i, stream, data_in, data_out, sizeof(data_in));
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
check_results_of(const struct rte_vtaccel_task *t, uint32_t len)
{
	CU_ASSERT_EQUAL(t->status, 0);
	CU_ASSERT_EQUAL(t->copied, 0);
	CU_ASSERT_NOT_EQUAL(t->exec_ns, UINT64_MAX);
	CU_ASSERT_EQUAL(t->result, entry->caps & ACCEL_CAP_COMPUTES ? len : 0);
}

static void
check_results(const struct rte_vtaccel_task *t)
{
	check_results_of(t, sizeof(data_in));
}

/* What a procedure made of len bytes, and that it wrote nothing else to out, where 0xa5 was. */
static void
check_data(const uint8_t *in, const uint8_t *out, uint32_t len)
{
	if ((entry->caps & ACCEL_CAP_COMPUTES) == 0)
		return;
	CU_ASSERT_TRUE(entry->good != NULL ? entry->good(in, out, len) : memcmp(in, out, len) == 0);
	CU_ASSERT_EQUAL(out[len], 0xa5);
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

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s), 0);
	memset(data_in, 0x5a, sizeof(data_in));
	memset(data_out, 0xa5, sizeof(data_out));
	task_make(0, &s);
	CU_ASSERT_EQUAL(pass(1, 1, back), 1);
	CU_ASSERT_PTR_EQUAL(back[0], &tasks[0].t);
	check_results(back[0]);
	check_data(data_in, data_out, sizeof(data_in));
	rte_vtaccel_stream_close(&s);
}

static const uint32_t lens[] = {
	0, 1, 2, 7, 8, 15, 16, 17, 63, 64, 65, 255, 1000, 4095, 4096, 4097, 65535, 65536, 65537, ACCEL_DATA,
};

/* All lengths within the limits, one behind the other and all at once. */
static void
case_sizes(void)
{
	uint8_t *in = malloc(ACCEL_DATA), *out = malloc((ACCEL_DATA + 1) * RTE_DIM(lens));
	uint32_t used[RTE_DIM(lens)], i, n, nb = 0;
	struct rte_vtaccel_stream s;
	bool together;

	CU_ASSERT_FATAL(in != NULL && out != NULL);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s), 0);
	for (i = 0; i < RTE_DIM(lens); i++)
		if (lens[i] >= entry->min_len && lens[i] <= entry->max_len)
			used[nb++] = lens[i];
	CU_ASSERT_FATAL(nb > 0);
	for (i = 0; i < ACCEL_DATA; i++)
		in[i] = (uint8_t)(i * 29 + i / 253);
	for (together = false; ; together = true) {
		memset(out, 0xa5, (ACCEL_DATA + 1) * RTE_DIM(lens));
		for (i = 0; i < nb; i++)
			task_make_of(i, &s, in, out + i * (ACCEL_DATA + 1), used[i]);
		n = pass(nb, together ? (uint16_t)nb : 1, back);
		CU_ASSERT_EQUAL_FATAL(n, nb);
		for (i = 0; i < nb; i++) {
			CU_ASSERT_PTR_EQUAL(back[i], &tasks[i].t);
			check_results_of(back[i], used[i]);
			check_data(in, out + i * (ACCEL_DATA + 1), used[i]);
		}
		if (together)
			break;
	}
	rte_vtaccel_stream_close(&s);
	free(in);
	free(out);
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

	if (lacks(ACCEL_CAP_HOLDS))
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

	if (lacks(ACCEL_CAP_BOUNDED))
		return;
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s), 0);
	for (i = 0; i < NB_TASKS; i++)
		task_make(i, &s);
	taken = rte_vtaccel_enqueue_burst(dev, ptrs, NB_TASKS);
	CU_ASSERT_EQUAL_FATAL(taken, entry->max_tasks);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs + taken, 1), 0);
	n = accel_collect(dev, back, 1);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs + taken, 5), 1);
	n += accel_collect(dev, back + 1, taken);
	CU_ASSERT_EQUAL(n, taken + 1);
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

	if (lacks(ACCEL_CAP_NOTIFIES))
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
	if (lacks(ACCEL_CAP_CHEAP))
		return;
	accel_stress(dev, proc, (entry->caps & ACCEL_CAP_COMPUTES) != 0);
}

static void
run_on(const struct accel_entry *e, const char *name, void (*body)(void))
{
	const char *devargs;
	int ret;

	entry = e;
	entry_name = name;
	if (e->needed != NULL && e->needed() != 0)
		return;
	devargs = e->devargs_get != NULL ? e->devargs_get() : e->devargs;
	ret = rte_vtaccel_probe(devargs, &dev);
	if (e->optional && ret == -ENODEV) {
		vt_test_skip_reason("%s: there is no such driver, or no such device, here", devargs);
		return;
	}
	CU_ASSERT_EQUAL_FATAL(ret, 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(dev), 0);
	proc = rte_vtaccel_proc_find(dev, e->proc);
	CU_ASSERT_PTR_NOT_NULL_FATAL(proc);
	body();
	rte_vtaccel_remove(dev);
	dev = NULL;
}

/* A function for each case and entry, and a line in the list of cases. */
#define ON(e, name, body) static void e ## _ ## body(void) { run_on(&accel_entry_ ## e, name, case_ ## body); }
#define ON_ALL(body) ACCEL_TABLE(ON, body)
#define CASE(e, name, text, body) { name ": " text, e ## _ ## body },
#define CASES(text, body) ACCEL_TABLE(CASE, text, body)

ON_ALL(life) ON_ALL(procs) ON_ALL(one_task) ON_ALL(sizes) ON_ALL(empty_bursts) ON_ALL(order)
ON_ALL(burst_sizes) ON_ALL(streams) ON_ALL(many_streams) ON_ALL(wrong_shapes)
ON_ALL(not_started) ON_ALL(failed) ON_ALL(stop_cancels) ON_ALL(restart) ON_ALL(back_pressure)
ON_ALL(remove_refused) ON_ALL(location) ON_ALL(notify) ON_ALL(stop_races) ON_ALL(stress)

static const struct vt_test_case cases[] = {
	CASES("starts and stops, also twice", life)
	CASES("lists procedures, finds by name", procs)
	CASES("one task", one_task)
	CASES("data of many sizes", sizes)
	CASES("empty bursts", empty_bursts)
	CASES("order in a stream", order)
	CASES("bursts of 1 to 65", burst_sizes)
	CASES("order in each of several streams", streams)
	CASES("many streams with numbers of their own", many_streams)
	CASES("tasks of a wrong shape end with EINVAL", wrong_shapes)
	CASES("takes nothing while it is not started", not_started)
	CASES("a failed one does not start", failed)
	CASES("a stop cancels what waits", stop_cancels)
	CASES("starts again when all is dequeued", restart)
	CASES("short counts are back-pressure", back_pressure)
	CASES("is kept while a stream is open", remove_refused)
	CASES("location fits its buffer", location)
	CASES("notifies", notify)
	CASES("a stop in the midst of bursts loses nothing", stop_races)
	CASES("120,000 tasks with a checksum", stress)
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
