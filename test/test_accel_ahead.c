/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* What a busy worker is given ahead of what it runs: by a simulated clock, step by step; and what that does for others. */

#include <semaphore.h>
#include <string.h>

#include <rte_vinetalk.h>
#include <rte_vtaccel_workers.h>

#include "fixture.h"
#include "test.h"
#include "test_accel.h"

#define LIMIT_US 100
#define HAND_OVER_US 10
#define TASKS 64
#define BYTES (1000 - 256)  /* with what counts for each task, 1000 */
#define MARKS 10
#define WORK_US 5000000

static const struct rte_vtaccel_proc one_proc = { .name = "one" }, other_proc = { .name = "other" };

static struct {
	struct rte_vtaccel dev;
	struct rte_vtaccel_workers *ws;
	struct rte_vtaccel_stream stream;
	struct rte_vtaccel_workers_stream priv;
	struct rte_vtaccel_task tasks[TASKS];
	unsigned int next;  /* task that is enqueued next */
	uint64_t now_ns;
	uint64_t exec_us;   /* what the tasks that run now will have taken */
	int32_t status;     /* with which they end */
	sem_t begun, go, ended;
} s;

static uint64_t
sim_clock(void)
{
	return s.now_ns;
}

static void
sim_run(struct rte_vtaccel *dev, uint32_t thread, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	uint16_t i;

	RTE_SET_USED(dev);
	RTE_SET_USED(thread);
	sem_post(&s.begun);
	sem_wait(&s.go);
	for (i = 0; i < nb; i++) {
		rte_vtaccel_task_end(tasks[i], s.status);
		tasks[i]->exec_ns = s.exec_us * 1000;
	}
}

static void
sim_ended(void *arg)
{
	RTE_SET_USED(arg);
	sem_post(&s.ended);
}

static void
up(uint32_t depth, uint64_t ahead_us)
{
	const struct rte_vtaccel_workers_conf conf = { .nb_workers = 1, .depth = depth, .burst = 1,
		.run = sim_run };

	memset(&s, 0, sizeof(s));
	s.now_ns = 1000000;
	snprintf(s.dev.name, sizeof(s.dev.name), "sim");
	s.dev.ahead_ns = ahead_us * 1000;
	s.dev.clock = sim_clock;
	s.dev.notify = sim_ended;
	sem_init(&s.begun, 0, 0);
	sem_init(&s.go, 0, 0);
	sem_init(&s.ended, 0, 0);
	s.ws = rte_vtaccel_workers_create(&s.dev, &conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.ws);
	CU_ASSERT_EQUAL(s.dev.nb_parts, 1);
	s.stream.driver_data = &s.priv;
	rte_vtaccel_workers_stream_open(s.ws, &s.stream);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_workers_start(s.ws), 0);
}

static void
down(void)
{
	struct rte_vtaccel_task *tasks[TASKS];
	unsigned int i;

	for (i = 0; i < TASKS; i++)
		sem_post(&s.go);
	rte_vtaccel_workers_stop(s.ws);
	while (rte_vtaccel_workers_dequeue_burst(s.ws, tasks, TASKS) != 0)
		;
	rte_vtaccel_workers_stream_close(&s.priv);
	rte_vtaccel_workers_free(s.ws);
}

/* Offer so many tasks; how many are taken. */
static unsigned int
offer(unsigned int nb, const struct rte_vtaccel_proc *proc)
{
	struct rte_vtaccel_task *tasks[TASKS];
	unsigned int i, n;

	for (i = 0; i < nb; i++) {
		tasks[i] = &s.tasks[(s.next + i) % TASKS];
		*tasks[i] = (struct rte_vtaccel_task){ .proc = proc, .stream = &s.stream, .bytes = BYTES };
	}
	n = rte_vtaccel_workers_enqueue_burst(s.ws, tasks, (uint16_t)nb);
	s.next += n;
	return n;
}

/* The one that runs ends, and is taken back. */
static void
end_one(uint64_t exec_us, int32_t status)
{
	struct rte_vtaccel_task *t;

	s.exec_us = exec_us;
	s.status = status;
	sem_post(&s.go);
	sem_wait(&s.ended);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_workers_dequeue_burst(s.ws, &t, 1), 1);
	CU_ASSERT_EQUAL(t->status, status);
}

/* One of them has been run, and took so long. */
static void
learn(const struct rte_vtaccel_proc *proc, uint64_t exec_us)
{
	CU_ASSERT_EQUAL_FATAL(offer(1, proc), 1);
	sem_wait(&s.begun);
	end_one(exec_us, 0);
}

/* Offer a task every microsecond; how many passed until it was taken. */
static unsigned int
until_taken(const struct rte_vtaccel_proc *proc, unsigned int most)
{
	unsigned int us;

	for (us = 0; us < most && offer(1, proc) == 0; us++)
		s.now_ns += 1000;
	return us;
}

/* One at a time, until it is known what they take. */
static void
test_unknown(void)
{
	up(8, LIMIT_US);
	CU_ASSERT_EQUAL(offer(3, &one_proc), 1);
	sem_wait(&s.begun);
	CU_ASSERT_EQUAL(offer(3, &one_proc), 0);
	/* Which one that fails does not tell. */
	end_one(0, -EINVAL);
	CU_ASSERT_EQUAL(offer(3, &one_proc), 1);
	sem_wait(&s.begun);
	end_one(1, 0);
	CU_ASSERT_TRUE(offer(3, &one_proc) == 3);
	/* Of another procedure nothing is known. */
	CU_ASSERT_EQUAL(offer(3, &other_proc), 1);
	down();
}

/* Shortly before the one that runs ends, the next one is taken, by a caller that comes every microsecond. */
static void
test_in_time(void)
{
	up(8, LIMIT_US);
	learn(&one_proc, 50);
	CU_ASSERT_EQUAL(offer(2, &one_proc), 1);
	sem_wait(&s.begun);
	/* What is left is less than the hand-over takes, and a microsecond. */
	CU_ASSERT_EQUAL(until_taken(&one_proc, 1000), 50 - HAND_OVER_US);
	/* It waits: 50 us are ahead, and nothing passes of that. */
	CU_ASSERT_EQUAL(until_taken(&one_proc, 1000), 1000);
	end_one(50, 0);
	sem_wait(&s.begun);
	CU_ASSERT_EQUAL(until_taken(&one_proc, 1000), 50 - HAND_OVER_US);
	down();
}

/* As many small ones as last for that time. */
static void
test_small(void)
{
	up(TASKS, LIMIT_US);
	learn(&one_proc, 1);
	CU_ASSERT_EQUAL(offer(TASKS, &one_proc), HAND_OVER_US);
	sem_wait(&s.begun);
	CU_ASSERT_EQUAL(offer(TASKS, &one_proc), 0);
	down();
}

/* For one that stays away, as much as it needs; never much more than the limit. */
static void
test_away(void)
{
	up(TASKS, LIMIT_US);
	learn(&one_proc, 10);
	CU_ASSERT_EQUAL(offer(TASKS, &one_proc), 1);
	sem_wait(&s.begun);
	CU_ASSERT_EQUAL(offer(1, &one_proc), 0);
	/* 40 us, of which the one that runs had 10: it waits for the caller, who shall bring 50 us' worth. */
	s.now_ns += 40000;
	CU_ASSERT_EQUAL(offer(TASKS, &one_proc), 5);
	s.now_ns += 10000000;
	CU_ASSERT_EQUAL(offer(TASKS, &one_proc), LIMIT_US / 10 - 5);
	CU_ASSERT_EQUAL(offer(TASKS, &one_proc), 0);
	down();
}

/* A task that is longer than the limit: who sleeps until it ends always has one that waits, who spins has not. */
static void
test_sleeper(void)
{
	unsigned int i;

	up(8, LIMIT_US);
	learn(&one_proc, 5000);
	CU_ASSERT_EQUAL(offer(2, &one_proc), 1);
	sem_wait(&s.begun);
	s.now_ns += 5100000;
	for (i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(offer(2, &one_proc), 1);
		CU_ASSERT_EQUAL(offer(2, &one_proc), 0);
		s.now_ns += 5000000;
		end_one(5000, 0);
		sem_wait(&s.begun);
	}
	/* It has begun to spin: that is believed after a while. */
	CU_ASSERT_EQUAL(offer(1, &one_proc), 1);
	CU_ASSERT_EQUAL(until_taken(&one_proc, 1000), 1000);
	end_one(5000, 0);
	sem_wait(&s.begun);
	CU_ASSERT_EQUAL(until_taken(&one_proc, 6000), 5000 - HAND_OVER_US);
	down();
}

/* Estimates rise at once, and fall slowly. */
static void
test_estimate(void)
{
	unsigned int i, us;

	up(8, LIMIT_US);
	learn(&one_proc, 20);
	learn(&one_proc, 80);
	CU_ASSERT_EQUAL(offer(1, &one_proc), 1);
	sem_wait(&s.begun);
	CU_ASSERT_EQUAL(until_taken(&one_proc, 1000), 80 - HAND_OVER_US);
	end_one(20, 0);
	sem_wait(&s.begun);
	/* That one was taken before it was known that they are shorter. */
	CU_ASSERT_EQUAL(until_taken(&one_proc, 1000), 80 - HAND_OVER_US);
	end_one(20, 0);
	sem_wait(&s.begun);
	us = until_taken(&one_proc, 1000);
	CU_ASSERT_TRUE(us > 50 && us < 80 - HAND_OVER_US);
	end_one(20, 0);
	sem_wait(&s.begun);
	end_one(20, 0);
	for (i = 0; i < 100; i++)
		learn(&one_proc, 20);
	CU_ASSERT_EQUAL(offer(1, &one_proc), 1);
	sem_wait(&s.begun);
	CU_ASSERT_EQUAL(until_taken(&one_proc, 1000), 20 - HAND_OVER_US);
	down();
}

/* Who does not ask for it gets the depth. */
static void
test_no_limit(void)
{
	up(8, 0);
	CU_ASSERT_EQUAL(offer(20, &one_proc), 8);
	sem_wait(&s.begun);
	end_one(1000, 0);
	CU_ASSERT_EQUAL(offer(20, &one_proc), 1);
	down();
}

/* ---- in an appliance ---- */

static char marks[2 * MARKS + 1]; /* by the worker */
static unsigned int nb_marks;

static int
mark_run(struct rte_vtaccel_task *t)
{
	marks[nb_marks++ % (sizeof(marks) - 1)] = *(const char *)t->args;
	return 0;
}

static const struct rte_vtaccel_proc mark_proc = {
	.api = RTE_VTACCEL_API,
	.name = "test_order",
	.type = RTE_VINETALK_ACCEL_CPU,
	.min_args = 1,
	.max_args = 1,
	.native = mark_run,
};

static void
send(int dev, uint16_t va, uint16_t proc, char arg, unsigned int nb)
{
	struct rte_vinetalk_task t;

	while (nb-- > 0) {
		rte_vinetalk_task_init(&t, va, proc, 0);
		if (arg != '\0')
			CU_ASSERT_EQUAL(rte_vinetalk_task_args((uint16_t)dev, &t, &arg, 1), 0);
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst((uint16_t)dev, 0, &t, 1), 1);
	}
}

static unsigned int
take(int dev, unsigned int nb)
{
	struct rte_vinetalk_completion c;
	unsigned int n = 0;

	while (n < nb && rte_vinetalk_wait((uint16_t)dev, 0, WORK_US) == 0)
		while (rte_vinetalk_dequeue_burst((uint16_t)dev, 0, &c, 1) == 1) {
			CU_ASSERT_EQUAL(c.status, 0);
			n++;
		}
	return n;
}

/* Two vaccels, of a worker each if there are two; the first one's floods. */
static int
appliance_up(struct fixture *f, const char *accel, const char *sched, uint32_t ahead_us, uint16_t va[2],
		uint16_t *gate, uint16_t *mark)
{
	const struct rte_vtappliance_conf conf = { .sched = sched, .ahead_us = ahead_us };
	const char *const accels[] = { accel, NULL };
	int dev;

	memset(marks, 0, sizeof(marks));
	nb_marks = 0;
	accel_gate_set(false);
	CU_ASSERT_EQUAL_FATAL(fixture_start(f, 1, 1, accels, &conf, NULL), 0);
	dev = fixture_attach(f, 0, 1, 64);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "test_gate", gate, &va[0]), 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "test_order", mark, &va[1]), 0);
	send(dev, va[0], *gate, '\0', 1);
	accel_gate_wait();
	send(dev, va[0], *mark, 'a', MARKS);
	return dev;
}

static void
appliance_down(struct fixture *f, int dev)
{
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
	fixture_stop(f);
}

/* All that was sent is with the scheduler, or the worker. */
static void
settle(struct fixture *f)
{
	fixture_hold(f);
	fixture_turns(f, 4);
	fixture_let(f);
}

/* What comes later is behind what the worker has, and no more. */
static void
test_overtake(void)
{
	uint16_t va[2], gate, mark;
	struct fixture f;
	int dev;

	dev = appliance_up(&f, "cpu,workers=1,inline=0", "drr", 0, va, &gate, &mark);
	settle(&f);
	send(dev, va[1], mark, 'b', 1);
	settle(&f);
	accel_gate_set(true);
	CU_ASSERT_EQUAL(take(dev, MARKS + 2), MARKS + 2);
	CU_ASSERT_TRUE(marks[0] == 'b' || marks[1] == 'b');
	appliance_down(&f, dev);

	dev = appliance_up(&f, "cpu,workers=1,inline=0", "drr", RTE_VTAPPLIANCE_AHEAD_ALL, va, &gate,
		&mark);
	settle(&f);
	send(dev, va[1], mark, 'b', 1);
	settle(&f);
	accel_gate_set(true);
	CU_ASSERT_EQUAL(take(dev, MARKS + 2), MARKS + 2);
	CU_ASSERT_EQUAL(marks[MARKS], 'b');
	appliance_down(&f, dev);
}

/* A worker that is full keeps nobody from another one: not even where who met it keeps its turn. */
static void
test_parts(void)
{
	uint16_t va[2], gate, mark;
	struct fixture f;
	int dev;

	dev = appliance_up(&f, "cpu,workers=2,inline=0", "rr", 0, va, &gate, &mark);
	settle(&f);
	send(dev, va[1], mark, 'b', MARKS);
	CU_ASSERT_EQUAL(take(dev, MARKS), MARKS);
	CU_ASSERT_EQUAL(strspn(marks, "b"), MARKS);
	accel_gate_set(true);
	CU_ASSERT_EQUAL(take(dev, MARKS + 1), MARKS + 1);
	appliance_down(&f, dev);
}

static int
setup(void)
{
	return rte_vtaccel_native_register(&accel_gate_proc) | rte_vtaccel_native_register(&mark_proc);
}

static int
cleanup(void)
{
	return rte_vtaccel_native_unregister(&accel_gate_proc) |
		rte_vtaccel_native_unregister(&mark_proc);
}

static const struct vt_test_case cases[] = {
	{ "nothing known", test_unknown },
	{ "in time", test_in_time },
	{ "small tasks", test_small },
	{ "a caller that stays away", test_away },
	{ "a caller that sleeps", test_sleeper },
	{ "estimates", test_estimate },
	{ "no limit", test_no_limit },
	{ "who comes later", test_overtake },
	{ "two workers", test_parts },
};

VT_TEST_SUITE(vinetalk_accel_ahead_autotest, setup, cleanup, cases);
