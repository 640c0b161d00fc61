/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* A worker: its thread runs the tasks of its streams, and sleeps when there are none. Threads can be exchanged. */

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <rte_cpuflags.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "vtaccel_vectors.h"
#include "vtaccel_worker.h"

/* Looks at an empty ring before the worker sleeps: some 10 us, about what a wake-up costs. */
#define IDLE_SPINS 300
/* A sleep ends by itself after this long, and the worker looks at its ring again. */
#define SLEEP_LIMIT_S 1

#ifdef RTE_ARCH_X86
bool vtaccel_avx;

RTE_INIT(vectors_init)
{
	vtaccel_avx = rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX) == 1;
}
#endif

static bool
worker_has_work(struct rte_vtaccel_worker *w)
{
	/* Relaxed: after a stop nothing else is read that stop wrote. */
	return !rte_ring_empty(w->in) || __atomic_load_n(&w->stop, __ATOMIC_RELAXED);
}

static void
worker_sleep(struct rte_vtaccel_worker *w)
{
	const struct timespec limit = { .tv_sec = SLEEP_LIMIT_S };

	__atomic_store_n(&w->sleeping, 1, __ATOMIC_RELAXED);
	/*
	 * Pairs with the fence in vtaccel_worker_wake(): either this thread sees the task (or the
	 * stop) in the look below, or the waker sees sleeping. If the waker clears it before the
	 * system call, that returns at once.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!worker_has_work(w))
		syscall(SYS_futex, &w->sleeping, FUTEX_WAIT_PRIVATE, 1, &limit, NULL, 0);
	__atomic_store_n(&w->sleeping, 0, __ATOMIC_RELAXED);
}

/* Called behind an enqueue to the in ring, or a store to stop. */
void
vtaccel_worker_wake(struct rte_vtaccel_worker *w)
{
	/* Pairs with the fence in worker_sleep(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&w->sleeping, __ATOMIC_RELAXED) == 0)
		return;
	__atomic_store_n(&w->sleeping, 0, __ATOMIC_RELAXED);
	syscall(SYS_futex, &w->sleeping, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void
worker_idle(struct rte_vtaccel_worker *w)
{
	unsigned int i;

	for (i = 0; i < IDLE_SPINS; i++) {
		if (worker_has_work(w))
			return;
		rte_pause();
	}
	worker_sleep(w);
}

/* Whether a task is to run; if it was given up it ends here. */
static bool
task_begin(struct rte_vtaccel_task *t)
{
	uint16_t state = VTACCEL_TASK_QUEUED;

	/* Release: who sees that it has begun sees, in running, who runs it. */
	if (__atomic_compare_exchange_n(&t->driver_state, &state, VTACCEL_TASK_BEGUN, false,
			__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return true;
	rte_vtaccel_task_end(t, -ECANCELED);
	return false;
}

/* Run those that are to run, in their order. */
static void
tasks_run(struct rte_vtaccel_worker *w, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct rte_vtaccel_task *run[RTE_VTACCEL_WORKERS_BURST];
	uint16_t i, n = 0;

	for (i = 0; i < nb; i++) {
		if (__atomic_load_n(&w->stop, __ATOMIC_RELAXED))
			rte_vtaccel_task_end(tasks[i], -ECANCELED);
		else if (task_begin(tasks[i]))
			run[n++] = tasks[i];
	}
	if (n == 0)
		return;
	w->run(w->dev, w->index, run, n);
	vtaccel_vectors_clear();
}

/* The thread was set aside: the worker is another's. */
static void
come_back(struct vtaccel_thread *th, struct rte_vtaccel_task *t)
{
	struct rte_vtaccel *dev = th->dev;

	__atomic_store_n(&th->worker, NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&th->running, 0, __ATOMIC_RELAXED);
	/* Pairs with the acquire in the dequeue, which may give it a worker at once. */
	__atomic_store_n(&th->back, t, __ATOMIC_RELEASE);
	if (dev->notify != NULL)
		dev->notify(dev->notify_arg);
}

/*
 * Up to a burst: a driver that runs one task at a time gives each back before the next, which may take long. False:
 * the thread was set aside.
 */
static bool
worker_run(struct vtaccel_thread *th, struct rte_vtaccel_worker *w, struct rte_vtaccel_task **tasks,
		uint16_t nb)
{
	struct rte_vtaccel *dev = w->dev;
	uintptr_t running = (uintptr_t)tasks[0];

	/* See struct vtaccel_thread. */
	if (w->can_set_aside)
		__atomic_store_n(&th->running, running, __ATOMIC_RELEASE);
	tasks_run(w, tasks, nb);
	if (w->can_set_aside && !__atomic_compare_exchange_n(&th->running, &running, 0, false,
			__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		come_back(th, tasks[0]);
		return false;
	}
	/* There is room: see in_flight. */
	rte_ring_sp_enqueue_bulk(w->out, (void **)tasks, nb, NULL);
	if (dev->notify != NULL)
		dev->notify(dev->notify_arg);
	return true;
}

/* Have a worker, until it stops or the thread is set aside. */
static void
worker_serve(struct vtaccel_thread *th, struct rte_vtaccel_worker *w)
{
	struct rte_vtaccel_task *tasks[RTE_VTACCEL_WORKERS_BURST];
	unsigned int n;

	/* After a stop the caller empties the in ring: see rte_vtaccel_workers.quiet. */
	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
		/* Not more than run at a time: what is in the ring goes to another thread if this is set aside. */
		n = rte_ring_sc_dequeue_burst(w->in, (void **)tasks, w->burst, NULL);
		if (n == 0)
			worker_idle(w);
		else if (!worker_run(th, w, tasks, (uint16_t)n))
			return;
	}
}

/* Sleep until there is a worker to have. NULL: the thread ends. */
static struct rte_vtaccel_worker *
worker_await(struct vtaccel_thread *th)
{
	const struct timespec limit = { .tv_sec = SLEEP_LIMIT_S };
	struct rte_vtaccel_worker *w;

	while (!__atomic_load_n(&th->stop, __ATOMIC_RELAXED)) {
		w = __atomic_load_n(&th->worker, __ATOMIC_ACQUIRE);
		if (w != NULL)
			return w;
		__atomic_store_n(&th->sleeping, 1, __ATOMIC_RELAXED);
		/* Pairs with the fence in thread_wake(), as in worker_sleep(). */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (__atomic_load_n(&th->worker, __ATOMIC_RELAXED) == NULL &&
				!__atomic_load_n(&th->stop, __ATOMIC_RELAXED))
			syscall(SYS_futex, &th->sleeping, FUTEX_WAIT_PRIVATE, 1, &limit, NULL, 0);
		__atomic_store_n(&th->sleeping, 0, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void *
thread_main(void *arg)
{
	struct vtaccel_thread *th = arg;
	struct rte_vtaccel_worker *w;

	while ((w = worker_await(th)) != NULL)
		worker_serve(th, w);
	return NULL;
}

/* Behind a store to worker or stop. */
static void
thread_wake(struct vtaccel_thread *th)
{
	/* Pairs with the fence in worker_await(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&th->sleeping, __ATOMIC_RELAXED) == 0)
		return;
	__atomic_store_n(&th->sleeping, 0, __ATOMIC_RELAXED);
	syscall(SYS_futex, &th->sleeping, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* A thread that has no worker gets this one, which no other thread has. */
void
vtaccel_worker_begin(struct rte_vtaccel_worker *w, struct vtaccel_thread *th)
{
	w->thread = th;
	/* See struct vtaccel_thread. */
	__atomic_store_n(&th->worker, w, __ATOMIC_RELEASE);
	thread_wake(th);
}

/* A ring in private memory: rte_ring_create() would need rte_eal_init(). */
static struct rte_ring *
ring_make(const char *name, uint32_t depth)
{
	const unsigned int flags = RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ;
	const ssize_t size = rte_ring_get_memsize(rte_align32pow2(depth + 1));
	struct rte_ring *r;

	if (size < 0)
		return NULL;
	r = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL((size_t)size, RTE_CACHE_LINE_SIZE));
	if (r != NULL && rte_ring_init(r, name, depth, flags) != 0) {
		free(r);
		r = NULL;
	}
	return r;
}

int
vtaccel_worker_init(struct rte_vtaccel_worker *w, struct rte_vtaccel *dev, uint32_t index,
		const struct rte_vtaccel_workers_conf *conf)
{
	w->dev = dev;
	w->index = index;
	w->run = conf->run;
	w->burst = conf->burst;
	w->can_set_aside = conf->max_aside != 0;
	w->in = ring_make("vt-accel-in", conf->depth);
	w->out = ring_make("vt-accel-out", conf->depth);
	if (w->in == NULL || w->out == NULL || vtaccel_ahead_init(&w->ahead, conf->depth) != 0) {
		VTACCEL_LOG(ERR, "%s: no memory for the rings of worker %u, depth %u", dev->name,
			index, conf->depth);
		vtaccel_worker_fini(w);
		return -ENOMEM;
	}
	return 0;
}

void
vtaccel_worker_fini(struct rte_vtaccel_worker *w)
{
	free(w->in);
	free(w->out);
	free(w->ahead.ends);
	w->in = NULL;
	w->out = NULL;
	w->ahead.ends = NULL;
}

/* With EAL, a control thread: its cores are those that run no lcore, if there are any. */
static int
thread_create(struct vtaccel_thread *th)
{
	char name[16];
	int ret;

	snprintf(name, sizeof(name), "vt-%.7s-w%u", th->dev->name, th->index % 1000);
	if (rte_lcore_count() > 0)
		return rte_ctrl_thread_create(&th->id, name, NULL, thread_main, th);
	ret = pthread_create(&th->id, NULL, thread_main, th);
	if (ret == 0)
		pthread_setname_np(th->id, name);
	return -ret;
}

/* It sleeps until it gets a worker. */
int
vtaccel_thread_start(struct vtaccel_thread *th)
{
	const int synchronous[] = { SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP };
	sigset_t block, old;
	unsigned int i;
	int ret;

	th->worker = NULL;
	th->running = 0;
	th->stop = 0;
	th->sleeping = 0;
	/* Signals to the process are for the program's own threads. */
	sigfillset(&block);
	for (i = 0; i < RTE_DIM(synchronous); i++)
		sigdelset(&block, synchronous[i]);
	pthread_sigmask(SIG_BLOCK, &block, &old);
	ret = thread_create(th);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (ret != 0)
		VTACCEL_LOG(ERR, "%s: no thread %u for workers: %s", th->dev->name, th->index,
			strerror(-ret));
	return ret;
}

void
vtaccel_thread_stop(struct vtaccel_thread *th)
{
	__atomic_store_n(&th->stop, 1, __ATOMIC_RELAXED);
	thread_wake(th);
}

/* Behind the stops of it and of its worker. */
void
vtaccel_thread_join(struct vtaccel_thread *th)
{
	pthread_join(th->id, NULL);
}
