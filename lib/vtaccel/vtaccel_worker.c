/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* One worker thread: it runs the tasks of its streams, and sleeps when there are none. */

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <rte_lcore.h>
#include <rte_pause.h>

#include "vtaccel_worker.h"

/* Looks at an empty ring before the worker sleeps: some 10 us, about what a wake-up costs. */
#define IDLE_SPINS 300
/* A sleep ends by itself after this long, and the worker looks at its ring again. */
#define SLEEP_LIMIT_S 1

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

/* Up to a burst: a driver that runs one task at a time gives each back before the next, which may take long. */
static void
worker_run(struct rte_vtaccel_worker *w, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct rte_vtaccel *dev = w->dev;
	uint16_t i;

	if (__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
		for (i = 0; i < nb; i++)
			rte_vtaccel_task_end(tasks[i], -ECANCELED);
	} else {
		w->run(dev, w->index, tasks, nb);
	}
	/* There is room: see in_flight. */
	rte_ring_sp_enqueue_bulk(w->out, (void **)tasks, nb, NULL);
	if (dev->notify != NULL)
		dev->notify(dev->notify_arg);
}

static void *
worker_main(void *arg)
{
	struct rte_vtaccel_task *tasks[RTE_VTACCEL_WORKERS_BURST];
	struct rte_vtaccel_worker *w = arg;
	unsigned int i, n;

	/* After a stop the caller empties the in ring: see rte_vtaccel_workers.quiet. */
	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
		n = rte_ring_sc_dequeue_burst(w->in, (void **)tasks, RTE_VTACCEL_WORKERS_BURST, NULL);
		if (n == 0)
			worker_idle(w);
		for (i = 0; i < n; i += w->burst)
			worker_run(w, &tasks[i], (uint16_t)RTE_MIN(n - i, w->burst));
	}
	return NULL;
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
	w->in = ring_make("vt-accel-in", conf->depth);
	w->out = ring_make("vt-accel-out", conf->depth);
	if (w->in == NULL || w->out == NULL) {
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
	w->in = NULL;
	w->out = NULL;
}

/* With EAL, a control thread: its cores are those that run no lcore, if there are any. */
static int
thread_create(struct rte_vtaccel_worker *w)
{
	char name[16];
	int ret;

	snprintf(name, sizeof(name), "vt-%.7s-w%u", w->dev->name, w->index % 1000);
	if (rte_lcore_count() > 0)
		return rte_ctrl_thread_create(&w->thread, name, NULL, worker_main, w);
	ret = pthread_create(&w->thread, NULL, worker_main, w);
	if (ret == 0)
		pthread_setname_np(w->thread, name);
	return -ret;
}

int
vtaccel_worker_start(struct rte_vtaccel_worker *w)
{
	const int synchronous[] = { SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP };
	sigset_t block, old;
	unsigned int i;
	int ret;

	w->stop = 0;
	w->sleeping = 0;
	/* Signals to the process are for the program's own threads. */
	sigfillset(&block);
	for (i = 0; i < RTE_DIM(synchronous); i++)
		sigdelset(&block, synchronous[i]);
	pthread_sigmask(SIG_BLOCK, &block, &old);
	ret = thread_create(w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (ret != 0)
		VTACCEL_LOG(ERR, "%s: no thread for worker %u: %s", w->dev->name, w->index,
			strerror(-ret));
	return ret;
}

/* Behind a store to stop. */
void
vtaccel_worker_join(struct rte_vtaccel_worker *w)
{
	vtaccel_worker_wake(w);
	pthread_join(w->thread, NULL);
}
