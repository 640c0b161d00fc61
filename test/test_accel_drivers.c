/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* What only one accelerator driver does: faults of null, placement of cpu. */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <rte_errno.h>

#include <rte_vtaccel_workers.h>

#include "test_accel.h"
#include "../drivers/accel/null/rte_vtaccel_null.h"

#define NB 64

static struct accel_task tasks[NB];
static struct rte_vtaccel_task *ptrs[NB], *back[NB];

static struct rte_vtaccel *
device(const char *devargs, struct rte_vtaccel_stream *s)
{
	struct rte_vtaccel *dev;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(devargs, &dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, s), 0);
	return dev;
}

static void
device_end(struct rte_vtaccel *dev, struct rte_vtaccel_stream *s)
{
	rte_vtaccel_stream_close(s);
	rte_vtaccel_remove(dev);
}

/* Enqueue nb tasks of a procedure without segments. */
static void
send(struct rte_vtaccel *dev, struct rte_vtaccel_stream *s, const struct rte_vtaccel_proc *proc,
		uint16_t nb)
{
	uint16_t i;

	for (i = 0; i < nb; i++) {
		accel_task_init(&tasks[i], proc, s);
		tasks[i].seq = i;
		ptrs[i] = &tasks[i].t;
	}
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, ptrs, nb), nb);
}

static uint64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void
test_null_status(void)
{
	struct rte_vtaccel_null_conf conf;
	struct rte_vtaccel_stream s;
	struct rte_vtaccel *dev = device("null,status=28", &s);
	unsigned int i;

	CU_ASSERT_EQUAL(rte_vtaccel_null_get(dev, &conf), 0);
	CU_ASSERT_EQUAL(conf.status, 28);
	CU_ASSERT_EQUAL(conf.fail_every + conf.delay_us + conf.stall, 0);
	send(dev, &s, rte_vtaccel_proc_find(dev, "nop"), 4);
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, NB), 4);
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(back[i]->status, -ENOSPC);
	conf.status = 0;
	CU_ASSERT_EQUAL(rte_vtaccel_null_set(dev, &conf), 0);
	send(dev, &s, rte_vtaccel_proc_find(dev, "nop"), 1);
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, NB), 1);
	CU_ASSERT_EQUAL(back[0]->status, 0);
	device_end(dev, &s);
}

static void
test_null_fail_every(void)
{
	struct rte_vtaccel_null_conf conf = { .fail_every = 5, .status = EPERM };
	struct rte_vtaccel_stream s;
	struct rte_vtaccel *dev = device("null,fail_every=3", &s);
	unsigned int i;

	send(dev, &s, rte_vtaccel_proc_find(dev, "nop"), 30);
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, NB), 30);
	for (i = 0; i < 30; i++)
		CU_ASSERT_EQUAL(back[i]->status, i % 3 == 2 ? -EIO : 0);
	CU_ASSERT_EQUAL(rte_vtaccel_null_set(dev, &conf), 0);
	send(dev, &s, rte_vtaccel_proc_find(dev, "nop"), 30);
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, NB), 30);
	for (i = 0; i < 30; i++)
		CU_ASSERT_EQUAL(back[i]->status, i % 5 == 4 ? -EPERM : 0);
	device_end(dev, &s);
}

static void
test_null_delay(void)
{
	struct rte_vtaccel_stream s;
	struct rte_vtaccel *dev = device("null,delay_us=20000", &s);
	uint64_t start = now_us();
	unsigned int i;

	send(dev, &s, rte_vtaccel_proc_find(dev, "nop"), 3);
	CU_ASSERT_EQUAL(accel_collect(dev, back, 3), 3);
	CU_ASSERT(now_us() - start >= 20000);
	for (i = 0; i < 3; i++) {
		CU_ASSERT_PTR_EQUAL(back[i], &tasks[i].t);
		CU_ASSERT_EQUAL(back[i]->status, 0);
	}
	device_end(dev, &s);
	/* A stop does not wait for the delay. */
	dev = device("null,delay_us=60000000", &s);
	send(dev, &s, rte_vtaccel_proc_find(dev, "nop"), 1);
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, 1), 0);
	rte_vtaccel_stop(dev);
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, 1), 1);
	CU_ASSERT_EQUAL(back[0]->status, -ECANCELED);
	CU_ASSERT_EQUAL(back[0]->exec_ns, 0);
	device_end(dev, &s);
}

static void
notify_count(void *arg)
{
	(*(unsigned int *)arg)++;
}

static void
test_null_stall(void)
{
	struct rte_vtaccel_null_conf conf = { .stall = false, .status = EIO };
	struct rte_vtaccel_stream s;
	struct rte_vtaccel *dev = device("null,stall=1", &s);
	unsigned int notified = 0;

	dev->notify_arg = &notified;
	dev->notify = notify_count;
	send(dev, &s, rte_vtaccel_proc_find(dev, "nop"), NB);
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, NB), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_null_set(dev, &conf), 0);
	CU_ASSERT_EQUAL(notified, 1);
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, 10), 10);
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back + 10, NB), NB - 10);
	CU_ASSERT_PTR_EQUAL(back[NB - 1], &tasks[NB - 1].t);
	CU_ASSERT_EQUAL(back[NB - 1]->status, -EIO);
	device_end(dev, &s);
}

static void
test_null_set_refused(void)
{
	struct rte_vtaccel_null_conf conf = { .status = 4096 };
	struct rte_vtaccel_stream s, s2;
	struct rte_vtaccel *dev = device("null", &s);
	struct rte_vtaccel *cpu = device("cpu,workers=0", &s2);

	CU_ASSERT_EQUAL(rte_vtaccel_null_set(dev, &conf), -EINVAL);
	conf.status = 0;
	conf.delay_us = RTE_VTACCEL_NULL_MAX_DELAY_US + 1;
	CU_ASSERT_EQUAL(rte_vtaccel_null_set(dev, &conf), -EINVAL);
	conf.delay_us = 0;
	CU_ASSERT_EQUAL(rte_vtaccel_null_set(dev, &conf), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_null_set(cpu, &conf), -EINVAL);
	CU_ASSERT_EQUAL(rte_vtaccel_null_get(cpu, &conf), -EINVAL);
	device_end(dev, &s);
	device_end(cpu, &s2);
}

/* Its result tells the thread it ran in; the first argument word is a time to burn in us. */
static int
where_run(struct rte_vtaccel_task *t)
{
	uint64_t burn = t->args_len == 0 ? 0 : *(const uint64_t *)t->args;
	uint64_t start = now_us();

	while (now_us() - start < burn)
		;
	t->result = (uint64_t)pthread_self();
	return burn == 7 ? -EILSEQ : 0;
}

static const struct rte_vtaccel_proc where_proc = {
	.api = RTE_VTACCEL_API,
	.name = "test_where",
	.type = RTE_VINETALK_ACCEL_CPU,
	.max_in = 1,
	.max_args = 8,
	.native = where_run,
};

static uint64_t
where(struct rte_vtaccel *dev, struct rte_vtaccel_stream *s, uint32_t bytes)
{
	static uint8_t data[8192];

	accel_task_init(&tasks[0], &where_proc, s);
	accel_task_in(&tasks[0], data, bytes);
	ptrs[0] = &tasks[0].t;
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, ptrs, 1), 1);
	CU_ASSERT_EQUAL_FATAL(accel_collect(dev, back, 1), 1);
	CU_ASSERT_EQUAL(back[0]->status, 0);
	return back[0]->result;
}

static void
test_cpu_inline(void)
{
	const uint64_t self = (uint64_t)pthread_self();
	struct rte_vtaccel_stream s;
	struct rte_vtaccel *dev = device("cpu", &s);
	unsigned int i;

	CU_ASSERT_EQUAL(where(dev, &s, 0), self);
	CU_ASSERT_EQUAL(where(dev, &s, 4095), self);
	CU_ASSERT_NOT_EQUAL(where(dev, &s, 4096), self);
	CU_ASSERT_EQUAL(where(dev, &s, 1), self);
	/* Small ones behind a large one follow it to the worker. */
	for (i = 0; i < 10; i++) {
		static uint8_t data[4096];

		accel_task_init(&tasks[i], &where_proc, &s);
		accel_task_in(&tasks[i], data, i == 3 ? 4096 : 16);
		ptrs[i] = &tasks[i].t;
	}
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs, 10), 10);
	CU_ASSERT_EQUAL(accel_collect(dev, back, 10), 10);
	for (i = 0; i < 10; i++) {
		CU_ASSERT_PTR_EQUAL(back[i], &tasks[i].t);
		CU_ASSERT_EQUAL(back[i]->result == self, i < 3);
	}
	device_end(dev, &s);

	dev = device("cpu,workers=0", &s);
	CU_ASSERT_EQUAL(where(dev, &s, 8192), self);
	device_end(dev, &s);
	dev = device("cpu,inline=0", &s);
	CU_ASSERT_NOT_EQUAL(where(dev, &s, 0), self);
	device_end(dev, &s);
}

/* A caller that has computed for long enough leaves the rest to the worker. */
static void
test_cpu_budget(void)
{
	const uint64_t self = (uint64_t)pthread_self(), burn = 1000;
	struct rte_vtaccel_stream s;
	struct rte_vtaccel *dev = device("cpu", &s);
	unsigned int i;

	for (i = 0; i < 5; i++) {
		accel_task_init(&tasks[i], &where_proc, &s);
		accel_task_args(&tasks[i], &burn, sizeof(burn));
		ptrs[i] = &tasks[i].t;
		CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[i], 1), 1);
	}
	CU_ASSERT_EQUAL(accel_collect(dev, back, 5), 5);
	for (i = 0; i < 5; i++) {
		CU_ASSERT_PTR_EQUAL(back[i], &tasks[i].t);
		CU_ASSERT_EQUAL(back[i]->result == self, i == 0);
		CU_ASSERT(back[i]->exec_ns >= (burn - 1) * 1000);
	}
	CU_ASSERT_EQUAL(where(dev, &s, 0), self);
	device_end(dev, &s);
}

static void
test_cpu_least_loaded(void)
{
	struct rte_vtaccel_stream s[4];
	struct rte_vtaccel *dev = device("cpu,workers=3,inline=0", &s[0]);
	uint64_t at[4];
	unsigned int i;

	for (i = 1; i < 3; i++)
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s[i]), 0);
	for (i = 0; i < 3; i++)
		at[i] = where(dev, &s[i], 0);
	CU_ASSERT(at[0] != at[1] && at[1] != at[2] && at[0] != at[2]);
	rte_vtaccel_stream_close(&s[1]);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &s[3]), 0);
	CU_ASSERT_EQUAL(where(dev, &s[3], 0), at[1]);
	for (i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(where(dev, &s[2], 0), at[2]);
	rte_vtaccel_stream_close(&s[2]);
	rte_vtaccel_stream_close(&s[3]);
	device_end(dev, &s[0]);
}

static void
test_cpu_status(void)
{
	const uint64_t fail = 7;
	struct rte_vtaccel_stream s;
	struct rte_vtaccel *dev = device("cpu,inline=0", &s);
	unsigned int i;

	for (i = 0; i < 6; i++) {
		accel_task_init(&tasks[i], &where_proc, &s);
		if (i == 2)
			accel_task_args(&tasks[i], &fail, sizeof(fail));
		ptrs[i] = &tasks[i].t;
	}
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs, 6), 6);
	CU_ASSERT_EQUAL(accel_collect(dev, back, 6), 6);
	for (i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(back[i]->status, i == 2 ? -EILSEQ : 0);
	device_end(dev, &s);
}

static void *
stop_thread(void *arg)
{
	rte_vtaccel_stop(arg);
	return NULL;
}

/* A worker has taken all of these from its ring when the stop comes, and runs the first one. */
static void
test_cpu_stop_in_batch(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct rte_vtaccel_stream s;
	struct rte_vtaccel *dev = device("cpu,inline=0", &s);
	pthread_t thread;
	unsigned int i, nb = 8;

	accel_gate_set(false);
	for (i = 0; i < NB; i++) {
		accel_task_init(&tasks[i], i == 0 ? &accel_gate_proc : &where_proc, &s);
		ptrs[i] = &tasks[i].t;
	}
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, ptrs, 8), 8);
	accel_gate_wait();
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, stop_thread, dev), 0);
	while (nb < NB && rte_vtaccel_enqueue_burst(dev, &ptrs[nb], 1) == 1) {
		nb++;
		nanosleep(&pause, NULL);
	}
	accel_gate_set(true);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL_FATAL(accel_collect(dev, back, nb), nb);
	for (i = 0; i < nb; i++) {
		CU_ASSERT_PTR_EQUAL(back[i], &tasks[i].t);
		CU_ASSERT_EQUAL(back[i]->status, i == 0 ? 0 : -ECANCELED);
		CU_ASSERT_EQUAL(back[i]->result, 0);
	}
	device_end(dev, &s);
}

/* Tasks that hang, on one worker, and what is behind them. */
static void
test_cpu_abandon(void)
{
	struct rte_vtaccel_stream s;
	struct rte_vtaccel *dev = device("cpu,inline=0,aside=2,depth=1", &s);
	uint64_t at;
	unsigned int i;

	s.flags = RTE_VTACCEL_STREAM_F_ABANDON;
	at = where(dev, &s, 0);
	accel_gate_set(false);
	accel_task_init(&tasks[3], &where_proc, &s);
	ptrs[3] = &tasks[3].t;
	for (i = 0; i < 3; i++) {
		accel_task_init(&tasks[i], &accel_gate_proc, &s);
		tasks[i].seq = 0;
		ptrs[i] = &tasks[i].t;
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, &ptrs[i], 1), 1);
		accel_gate_wait_for(i + 1);
		CU_ASSERT_EQUAL(rte_vtaccel_abandon(dev, ptrs[i]), i < 2 ? 0 : -EAGAIN);
		if (i == 0) {
			/* Another thread goes on. */
			CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, &ptrs[3], 1), 1);
			CU_ASSERT_EQUAL_FATAL(accel_collect(dev, back, 1), 1);
			CU_ASSERT_PTR_EQUAL(back[0], ptrs[3]);
			CU_ASSERT_NOT_EQUAL(back[0]->result, at);
		}
	}
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, NB), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[3], 1), 0); /* the depth */
	accel_gate_set(true);
	CU_ASSERT_EQUAL(accel_collect(dev, back, 3), 3);
	for (i = 0; i < 3; i++)
		accel_task_of(back[i])->seq++;
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(tasks[i].seq, 1);
	/* All threads are free again. */
	accel_gate_set(false);
	for (i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, &ptrs[i], 1), 1);
		accel_gate_wait_for(i + 1);
		CU_ASSERT_EQUAL(rte_vtaccel_abandon(dev, ptrs[i]), 0);
	}
	accel_gate_set(true);
	CU_ASSERT_EQUAL(accel_collect(dev, back, 2), 2);
	device_end(dev, &s);
}

/* Given up before they begin, twice, and after their ends. */
static void
test_cpu_abandon_waiting(void)
{
	struct rte_vtaccel_stream s;
	struct rte_vtaccel *dev = device("cpu,inline=0,aside=0", &s);
	unsigned int i;

	accel_gate_set(false);
	for (i = 0; i < 4; i++) {
		accel_task_init(&tasks[i], i == 0 ? &accel_gate_proc : &where_proc, &s);
		ptrs[i] = &tasks[i].t;
	}
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, ptrs, 4), 4);
	accel_gate_wait();
	CU_ASSERT_EQUAL(rte_vtaccel_abandon(dev, ptrs[0]), -ENOTSUP);
	CU_ASSERT_EQUAL(rte_vtaccel_abandon(dev, ptrs[2]), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_abandon(dev, ptrs[2]), 0);
	accel_gate_set(true);
	CU_ASSERT_EQUAL_FATAL(accel_collect(dev, back, 4), 4);
	for (i = 0; i < 4; i++) {
		CU_ASSERT_PTR_EQUAL(back[i], ptrs[i]);
		CU_ASSERT_EQUAL(back[i]->status, i == 2 ? -ECANCELED : 0);
	}
	device_end(dev, &s);
}

/* A stop waits for a thread that is set aside. */
static void
test_cpu_abandon_stop(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct rte_vtaccel_stream s;
	struct rte_vtaccel *dev = device("cpu,inline=0,aside=1", &s);
	pthread_t thread;
	unsigned int i, nb = 1;

	accel_gate_set(false);
	for (i = 0; i < NB; i++) {
		accel_task_init(&tasks[i], i == 0 ? &accel_gate_proc : &where_proc, &s);
		ptrs[i] = &tasks[i].t;
	}
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, ptrs, 1), 1);
	accel_gate_wait();
	CU_ASSERT_EQUAL(rte_vtaccel_abandon(dev, ptrs[0]), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, stop_thread, dev), 0);
	while (nb < NB && rte_vtaccel_enqueue_burst(dev, &ptrs[nb], 1) == 1) {
		nb++;
		nanosleep(&pause, NULL);
	}
	accel_gate_set(true);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(accel_collect(dev, back, nb), nb);
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), 0);
	send(dev, &s, &where_proc, 3);
	CU_ASSERT_EQUAL(accel_collect(dev, back, 3), 3);
	device_end(dev, &s);
}

static void
no_run(struct rte_vtaccel *dev, uint32_t thread, struct rte_vtaccel_task **t, uint16_t nb)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(thread);
	RTE_SET_USED(t);
	RTE_SET_USED(nb);
}

/* What would take tasks of a burst along that nobody gave up. */
static void
test_workers_bad_aside(void)
{
	struct rte_vtaccel_workers_conf conf = { .nb_workers = 1, .depth = 1, .burst = 2,
		.max_aside = 1, .run = no_run };
	struct rte_vtaccel_workers *ws;
	struct rte_vtaccel_stream s;
	struct rte_vtaccel *dev = device("null", &s);

	CU_ASSERT_PTR_NULL(rte_vtaccel_workers_create(dev, &conf));
	CU_ASSERT_EQUAL(rte_errno, EINVAL);
	conf.burst = 1;
	conf.max_aside = RTE_VTACCEL_WORKERS_MAX_ASIDE + 1;
	CU_ASSERT_PTR_NULL(rte_vtaccel_workers_create(dev, &conf));
	CU_ASSERT_EQUAL(rte_errno, EINVAL);
	conf.max_aside = RTE_VTACCEL_WORKERS_MAX_ASIDE;
	ws = rte_vtaccel_workers_create(dev, &conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ws);
	CU_ASSERT_EQUAL(rte_vtaccel_workers_start(ws), 0);
	rte_vtaccel_workers_stop(ws);
	rte_vtaccel_workers_free(ws);
	device_end(dev, &s);
}

static void
test_null_abandon(void)
{
	struct rte_vtaccel_stream s;
	struct rte_vtaccel *dev = device("null", &s);

	send(dev, &s, rte_vtaccel_proc_find(dev, "nop"), 1);
	CU_ASSERT_EQUAL(rte_vtaccel_abandon(dev, ptrs[0]), -ENOTSUP);
	CU_ASSERT_EQUAL(accel_collect(dev, back, 1), 1);
	device_end(dev, &s);
}

/* Pauses around the time after which a worker goes to sleep: a lost wake-up would cost a second. */
static void
test_cpu_wakes(void)
{
	struct rte_vtaccel_stream s;
	struct rte_vtaccel *dev = device("cpu,inline=0", &s);
	uint64_t start = now_us(), end;
	unsigned int i;

	for (i = 0; i < 3000; i++) {
		send(dev, &s, &where_proc, 1);
		CU_ASSERT_EQUAL_FATAL(accel_collect(dev, back, 1), 1);
		for (end = now_us() + i % 64; now_us() < end; )
			;
	}
	/* Not a measure of speed: hundreds of wake-ups would have to be lost. */
	CU_ASSERT(now_us() - start < 300000000);
	device_end(dev, &s);
}

static int
setup(void)
{
	return rte_vtaccel_native_register(&where_proc);
}

static int
cleanup(void)
{
	return rte_vtaccel_native_unregister(&where_proc);
}

static const struct vt_test_case cases[] = {
	{ "null: injected status", test_null_status },
	{ "null: each N-th task fails", test_null_fail_every },
	{ "null: delay", test_null_delay },
	{ "null: stall, and its end", test_null_stall },
	{ "null: settings that are refused", test_null_set_refused },
	{ "cpu: small tasks run on the caller", test_cpu_inline },
	{ "cpu: the caller's time is bounded", test_cpu_budget },
	{ "cpu: a stream stays at the least loaded worker", test_cpu_least_loaded },
	{ "cpu: the status of a procedure", test_cpu_status },
	{ "cpu: a stop cancels the rest of a batch", test_cpu_stop_in_batch },
	{ "cpu: tasks that hang are abandoned", test_cpu_abandon },
	{ "cpu: tasks that wait are abandoned", test_cpu_abandon_waiting },
	{ "cpu: a stop with a thread set aside", test_cpu_abandon_stop },
	{ "workers: bad numbers of threads to be set aside", test_workers_bad_aside },
	{ "null: cannot abandon", test_null_abandon },
	{ "cpu: workers sleep and wake", test_cpu_wakes },
};

VT_TEST_SUITE(vinetalk_accel_drivers_autotest, setup, cleanup, cases)
