/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* All workers of a device, and the caller's side of the bursts. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_branch_prediction.h>
#include <rte_errno.h>

#include "vtaccel_vectors.h"
#include "vtaccel_worker.h"

/*
 * Time that the caller may spend on tasks it runs itself between two dequeues, if there are
 * workers: a poller never waits long. The burst during which it runs out is finished.
 */
#define INLINE_BUDGET_NS 100000

struct rte_vtaccel_workers {
	struct rte_vtaccel *dev;
	struct rte_vtaccel_workers_conf conf;
	struct rte_vtaccel_worker *workers;
	struct vtaccel_thread *threads; /* one for each worker, and max_aside */
	struct vtaccel_thread *spare; /* caller; control while nothing runs: without a worker */
	struct vtaccel_thread *aside; /* the same: with a task that was abandoned */
	/* The caller: tasks that ended in its own calls, a queue of a power of two. */
	struct rte_vtaccel_task **done;
	uint32_t done_mask;
	uint32_t done_first;        /* its place is this & done_mask */
	uint32_t nb_done;
	uint32_t nb_own;            /* caller: in own, about to run here */
	struct rte_vtaccel_task *own[RTE_VTACCEL_WORKERS_BURST];
	uint64_t spent_ns;          /* caller: on its own tasks since the last dequeue */
	uint32_t next_worker;       /* caller: where the next dequeue begins */
	uint32_t in_flight;         /* caller writes, start reads (relaxed) */
	uint32_t running;           /* control writes: the enqueue takes tasks */
	uint32_t quiet;             /* control writes: no worker runs; see worker_take() */
};

/* ---- life ---- */

static int
conf_check(const struct rte_vtaccel *dev, const struct rte_vtaccel_workers_conf *conf)
{
	if (conf->nb_workers > RTE_VTACCEL_WORKERS_MAX || conf->depth == 0 ||
			conf->depth > RTE_VTACCEL_WORKERS_MAX_DEPTH || conf->burst == 0 ||
			conf->burst > RTE_VTACCEL_WORKERS_BURST || conf->run == NULL ||
			conf->max_aside > (conf->burst == 1 ? RTE_VTACCEL_WORKERS_MAX_ASIDE : 0)) {
		VTACCEL_LOG(ERR, "%s: %u workers (at most %u) of depth %u (1 to %u), burst %u (1 to"
			" %u), %u threads to be set aside (at most %u, with burst 1)", dev->name,
			conf->nb_workers, RTE_VTACCEL_WORKERS_MAX, conf->depth,
			RTE_VTACCEL_WORKERS_MAX_DEPTH, conf->burst, RTE_VTACCEL_WORKERS_BURST,
			conf->max_aside, RTE_VTACCEL_WORKERS_MAX_ASIDE);
		return -EINVAL;
	}
	return 0;
}

static void
workers_free(struct rte_vtaccel_workers *ws, uint32_t nb)
{
	while (nb-- > 0)
		vtaccel_worker_fini(&ws->workers[nb]);
	free(ws->workers);
	free(ws->threads);
	free(ws->done);
	free(ws);
}

static uint32_t
nb_threads(const struct rte_vtaccel_workers *ws)
{
	return ws->conf.nb_workers == 0 ? 0 : ws->conf.nb_workers + ws->conf.max_aside;
}

static int
workers_make(struct rte_vtaccel_workers *ws, uint32_t *nb)
{
	const size_t size = ws->conf.nb_workers * sizeof(*ws->workers);
	const size_t threads_size = nb_threads(ws) * sizeof(*ws->threads);
	uint32_t i;
	int ret;

	*nb = 0;
	ws->done_mask = rte_align32pow2(ws->conf.depth) - 1;
	ws->done = calloc(ws->done_mask + 1, sizeof(*ws->done));
	if (ws->done == NULL)
		return -ENOMEM;
	if (size == 0)
		return 0;
	ws->workers = aligned_alloc(RTE_CACHE_LINE_SIZE, size);
	ws->threads = aligned_alloc(RTE_CACHE_LINE_SIZE, threads_size);
	if (ws->workers == NULL || ws->threads == NULL)
		return -ENOMEM;
	memset(ws->workers, 0, size);
	memset(ws->threads, 0, threads_size);
	for (i = 0; i < nb_threads(ws); i++) {
		ws->threads[i].dev = ws->dev;
		ws->threads[i].index = i;
	}
	for (; *nb < ws->conf.nb_workers; (*nb)++) {
		ret = vtaccel_worker_init(&ws->workers[*nb], ws->dev, *nb, &ws->conf);
		if (ret != 0)
			return ret;
	}
	return 0;
}

struct rte_vtaccel_workers *
rte_vtaccel_workers_create(struct rte_vtaccel *dev, const struct rte_vtaccel_workers_conf *conf)
{
	struct rte_vtaccel_workers *ws;
	uint32_t nb;
	int ret = conf_check(dev, conf);

	if (ret != 0) {
		rte_errno = -ret;
		return NULL;
	}
	ws = calloc(1, sizeof(*ws));
	if (ws == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	ws->dev = dev;
	ws->conf = *conf;
	ws->quiet = 1;
	dev->nb_parts = conf->nb_workers;
	ret = workers_make(ws, &nb);
	if (ret != 0) {
		workers_free(ws, nb);
		rte_errno = -ret;
		return NULL;
	}
	return ws;
}

void
rte_vtaccel_workers_free(struct rte_vtaccel_workers *ws)
{
	if (ws != NULL)
		workers_free(ws, ws->conf.nb_workers);
}

static void
workers_stop(struct rte_vtaccel_workers *ws, uint32_t nb)
{
	uint32_t i;

	/* Tell all before waiting for one. */
	for (i = 0; i < ws->conf.nb_workers; i++)
		__atomic_store_n(&ws->workers[i].stop, 1, __ATOMIC_RELAXED);
	/*
	 * Release: who sees in the enqueue that nothing is taken, and then lets a
	 * procedure go on, can count on it that no worker begins another task.
	 */
	__atomic_store_n(&ws->running, 0, __ATOMIC_RELEASE);
	for (i = 0; i < ws->conf.nb_workers; i++)
		vtaccel_worker_wake(&ws->workers[i]);
	for (i = 0; i < nb; i++)
		vtaccel_thread_stop(&ws->threads[i]);
	for (i = 0; i < nb; i++)
		vtaccel_thread_join(&ws->threads[i]);
	/* Release: pairs with the acquire in the dequeue, which takes over the rings. */
	__atomic_store_n(&ws->quiet, 1, __ATOMIC_RELEASE);
}

int
rte_vtaccel_workers_start(struct rte_vtaccel_workers *ws)
{
	/* Pairs with the release in the dequeue: the rings are as it left them. */
	const uint32_t left = __atomic_load_n(&ws->in_flight, __ATOMIC_ACQUIRE);
	uint32_t i;
	int ret;

	if (left != 0) {
		VTACCEL_LOG(ERR, "%s: %u tasks have not been dequeued since the stop", ws->dev->name,
			left);
		return -EBUSY;
	}
	__atomic_store_n(&ws->quiet, 0, __ATOMIC_RELAXED);
	ws->spare = ws->aside = NULL;
	for (i = 0; i < nb_threads(ws); i++) {
		ret = vtaccel_thread_start(&ws->threads[i]);
		if (ret != 0) {
			workers_stop(ws, i);
			return ret;
		}
		if (i >= ws->conf.nb_workers) {
			ws->threads[i].next = ws->spare;
			ws->spare = &ws->threads[i];
		}
	}
	for (i = 0; i < ws->conf.nb_workers; i++) {
		ws->workers[i].stop = 0;
		ws->workers[i].sleeping = 0;
		vtaccel_worker_begin(&ws->workers[i], &ws->threads[i]);
	}
	/* Release: pairs with the acquire in the enqueue, which must see quiet cleared. */
	__atomic_store_n(&ws->running, 1, __ATOMIC_RELEASE);
	return 0;
}

void
rte_vtaccel_workers_stop(struct rte_vtaccel_workers *ws)
{
	workers_stop(ws, nb_threads(ws));
	if (ws->dev->notify != NULL)
		ws->dev->notify(ws->dev->notify_arg);
}

void
rte_vtaccel_workers_stream_open(struct rte_vtaccel_workers *ws, struct rte_vtaccel_stream *stream)
{
	struct rte_vtaccel_workers_stream *s = stream->driver_data;
	uint32_t i;

	for (i = 0; i < ws->conf.nb_workers; i++) {
		if (s->worker == NULL || ws->workers[i].nb_streams < s->worker->nb_streams)
			s->worker = &ws->workers[i];
	}
	if (s->worker == NULL)
		return;
	s->worker->nb_streams++;
	stream->part = s->worker->index;
}

void
rte_vtaccel_workers_stream_close(struct rte_vtaccel_workers_stream *stream)
{
	if (stream->worker != NULL)
		stream->worker->nb_streams--;
	stream->worker = NULL;
}

/* ---- enqueue ---- */

static inline struct rte_vtaccel_workers_stream *
stream_of(const struct rte_vtaccel_task *t)
{
	return t->stream->driver_data;
}

static void
worker_flush(struct rte_vtaccel_worker *w)
{
	if (w->nb_batch == 0)
		return;
	/* There is room for all: in_flight is at most the ring's capacity. */
	rte_ring_sp_enqueue_bulk(w->in, (void **)w->batch, w->nb_batch, NULL);
	w->nb_batch = 0;
	vtaccel_worker_wake(w);
}

static void
workers_flush(struct rte_vtaccel_workers *ws)
{
	uint32_t i;

	for (i = 0; i < ws->conf.nb_workers; i++)
		worker_flush(&ws->workers[i]);
}

static uint64_t
clock_of(const struct rte_vtaccel *dev)
{
	struct timespec ts;

	if (unlikely(dev->clock != NULL))
		return dev->clock();
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* now: 0 until somebody has looked at the clock. */
static bool
worker_give(struct rte_vtaccel_workers *ws, struct rte_vtaccel_task *t, uint64_t *now)
{
	struct rte_vtaccel_workers_stream *stream = stream_of(t);
	struct rte_vtaccel_worker *w = stream->worker;
	const uint64_t limit = ws->dev->ahead_ns;

	if (w->in_flight == ws->conf.depth)
		return false;
	if (limit != 0) {
		if (*now == 0)
			*now = clock_of(ws->dev);
		if (!vtaccel_ahead_room(&w->ahead, w->nb_batch + rte_ring_count(w->in), limit, *now))
			return false;
		vtaccel_ahead_push(&w->ahead, vtaccel_ahead_cost(stream, t, limit), *now);
	}
	w->in_flight++;
	stream->at_worker++;
	t->driver_state = VTACCEL_TASK_QUEUED;
	w->batch[w->nb_batch++] = t;
	if (w->nb_batch == RTE_DIM(w->batch))
		worker_flush(w);
	return true;
}

/* In the calling thread, at most a burst; there is room in the queue: with those in it, it is at most the depth. */
static void
run_here(struct rte_vtaccel_workers *ws, struct rte_vtaccel_task **tasks, uint32_t nb)
{
	const uint32_t at = (ws->done_first + ws->nb_done) & ws->done_mask;
	const uint32_t n = RTE_MIN(nb, ws->done_mask + 1 - at);

	ws->conf.run(ws->dev, ws->conf.nb_workers, tasks, (uint16_t)nb);
	vtaccel_vectors_clear();
	memcpy(&ws->done[at], tasks, n * sizeof(*tasks));
	memcpy(ws->done, tasks + n, (nb - n) * sizeof(*tasks));
	ws->nb_done += nb;
}

/* Run what was gathered for the caller, while workers do what they were given. */
static void
own_run(struct rte_vtaccel_workers *ws, bool *waiting)
{
	uint32_t i;

	if (ws->nb_own == 0)
		return;
	if (*waiting) {
		workers_flush(ws);
		*waiting = false;
	}
	run_here(ws, ws->own, ws->nb_own);
	for (i = 0; i < ws->nb_own; i++)
		ws->spent_ns += ws->own[i]->exec_ns;
	ws->nb_own = 0;
}

/* Without workers. */
static uint16_t
enqueue_here(struct rte_vtaccel_workers *ws, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	const uint32_t all = RTE_MIN((uint32_t)nb, ws->conf.depth - ws->nb_done);
	uint32_t i, n;

	for (i = 0; i < all; i += n) {
		n = RTE_MIN(all - i, (uint32_t)ws->conf.burst);
		run_here(ws, &tasks[i], n);
	}
	__atomic_store_n(&ws->in_flight, ws->in_flight + all, __ATOMIC_RELAXED);
	return (uint16_t)all;
}

/* Whether a task goes to the worker of its stream. */
static inline bool
is_for_worker(const struct rte_vtaccel_workers *ws, const struct rte_vtaccel_task *t)
{
	/* A stream's tasks end in order: none runs here while an earlier one is away. */
	return stream_of(t)->at_worker != 0 ||
		(t->stream->flags & RTE_VTACCEL_STREAM_F_ABANDON) != 0 ||
		t->bytes >= ws->conf.inline_bytes || ws->spent_ns >= INLINE_BUDGET_NS;
}

uint16_t
rte_vtaccel_workers_enqueue_burst(struct rte_vtaccel_workers *ws,
		struct rte_vtaccel_task **tasks, uint16_t nb)
{
	bool waiting = false; /* something may be in a batch */
	uint64_t now = 0;
	uint16_t i;

	/* Acquire: pairs with the release in the start. */
	if (unlikely(!__atomic_load_n(&ws->running, __ATOMIC_ACQUIRE)))
		return 0;
	if (ws->conf.nb_workers == 0)
		return enqueue_here(ws, tasks, nb);
	for (i = 0; i < nb; i++) {
		struct rte_vtaccel_task *t = tasks[i];

		if (is_for_worker(ws, t)) {
			/* Those before it in its stream first; what was waiting for that stays. */
			own_run(ws, &waiting);
			if (!worker_give(ws, t, &now))
				break;
			waiting = true;
			continue;
		}
		if (ws->nb_done + ws->nb_own >= ws->conf.depth)
			break;
		t->driver_state = VTACCEL_TASK_BEGUN;
		ws->own[ws->nb_own++] = t;
		if (ws->nb_own == ws->conf.burst)
			own_run(ws, &waiting);
	}
	own_run(ws, &waiting);
	if (waiting)
		workers_flush(ws);
	__atomic_store_n(&ws->in_flight, ws->in_flight + i, __ATOMIC_RELAXED);
	return i;
}

/* ---- dequeue ---- */

static uint16_t
done_take(struct rte_vtaccel_workers *ws, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	const uint32_t all = RTE_MIN(ws->nb_done, (uint32_t)nb), at = ws->done_first & ws->done_mask;
	const uint32_t n = RTE_MIN(all, ws->done_mask + 1 - at);

	memcpy(tasks, &ws->done[at], n * sizeof(*tasks));
	memcpy(tasks + n, ws->done, (all - n) * sizeof(*tasks));
	ws->nb_done -= all;
	/* So that it stays in the same few lines. */
	ws->done_first = ws->nb_done == 0 ? 0 : ws->done_first + all;
	return (uint16_t)all;
}

static uint16_t
worker_take(struct rte_vtaccel_worker *w, struct rte_vtaccel_task **tasks, uint16_t nb, bool quiet)
{
	uint16_t n, i;

	n = (uint16_t)rte_ring_sc_dequeue_burst(w->out, (void **)tasks, nb, NULL);
	if (unlikely(quiet) && n < nb) {
		/* The worker has gone, so the caller is the one consumer of its in ring. */
		i = n;
		n += (uint16_t)rte_ring_sc_dequeue_burst(w->in, (void **)(tasks + n), nb - n, NULL);
		for (; i < n; i++)
			rte_vtaccel_task_end(tasks[i], -ECANCELED);
	}
	for (i = 0; i < n; i++)
		stream_of(tasks[i])->at_worker--;
	w->in_flight -= n;
	if (n != 0 && w->dev->ahead_ns != 0) {
		vtaccel_ahead_pop(&w->ahead, n, clock_of(w->dev));
		for (i = 0; i < n; i++)
			vtaccel_ahead_learn(stream_of(tasks[i]), tasks[i]);
	}
	return n;
}

/* What threads that were set aside have come back with; they are spare again. */
static uint16_t
aside_take(struct rte_vtaccel_workers *ws, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct vtaccel_thread **at = &ws->aside, *th;
	uint16_t n = 0;

	while (n < nb && (th = *at) != NULL) {
		/* Pairs with the release in come_back(). */
		tasks[n] = __atomic_load_n(&th->back, __ATOMIC_ACQUIRE);
		if (tasks[n] == NULL) {
			at = &th->next;
			continue;
		}
		n++;
		th->back = NULL;
		*at = th->next;
		th->next = ws->spare;
		ws->spare = th;
	}
	return n;
}

int
rte_vtaccel_workers_abandon(struct rte_vtaccel_workers *ws, struct rte_vtaccel_task *task)
{
	struct rte_vtaccel_workers_stream *stream = stream_of(task);
	uint16_t state = VTACCEL_TASK_QUEUED;
	uintptr_t running = (uintptr_t)task;
	struct rte_vtaccel_worker *w;
	struct vtaccel_thread *th;

	/* Acquire: pairs with the worker's release when it begins the task. */
	if (stream->worker == NULL || __atomic_compare_exchange_n(&task->driver_state, &state,
			VTACCEL_TASK_GIVEN_UP, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE) ||
			state == VTACCEL_TASK_GIVEN_UP)
		return 0;
	w = stream->worker;
	th = w->thread;
	if (ws->conf.max_aside == 0)
		return -ENOTSUP;
	if (__atomic_load_n(&th->running, __ATOMIC_ACQUIRE) != running)
		return 0; /* it has ended */
	if (ws->spare == NULL)
		return -EAGAIN;
	/* See struct vtaccel_thread. */
	if (!__atomic_compare_exchange_n(&th->running, &running, running | 1, false,
			__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return 0;
	th->next = ws->aside;
	ws->aside = th;
	th = ws->spare;
	ws->spare = th->next;
	/* The worker has one task less; ws->in_flight has it until it is back. */
	w->in_flight--;
	stream->at_worker--;
	if (ws->dev->ahead_ns != 0)
		vtaccel_ahead_pop(&w->ahead, 1, clock_of(ws->dev));
	vtaccel_worker_begin(w, th);
	return 0;
}

uint16_t
rte_vtaccel_workers_dequeue_burst(struct rte_vtaccel_workers *ws,
		struct rte_vtaccel_task **tasks, uint16_t nb)
{
	uint16_t n;
	uint32_t i;
	bool quiet;

	ws->spent_ns = 0;
	if (ws->in_flight == 0)
		return 0;
	/* Acquire: pairs with the release in workers_stop(). */
	quiet = __atomic_load_n(&ws->quiet, __ATOMIC_ACQUIRE) != 0;
	/* These first: what a stream has at a worker was enqueued behind them. */
	n = done_take(ws, tasks, nb);
	if (unlikely(ws->aside != NULL))
		n += aside_take(ws, tasks + n, (uint16_t)(nb - n));
	for (i = 0; i < ws->conf.nb_workers && n < nb; i++) {
		struct rte_vtaccel_worker *w = &ws->workers[ws->next_worker];

		ws->next_worker = ws->next_worker + 1 == ws->conf.nb_workers ? 0 :
			ws->next_worker + 1;
		if (w->in_flight != 0)
			n += worker_take(w, tasks + n, (uint16_t)(nb - n), quiet);
	}
	__atomic_store_n(&ws->in_flight, ws->in_flight - n, __ATOMIC_RELEASE);
	return n;
}

void
rte_vtaccel_workers_location(const struct rte_vtaccel_workers *ws, char *buf, size_t len)
{
	const uint32_t nb = ws->conf.nb_workers;

	if (nb == 0)
		snprintf(buf, len, "the calling thread");
	else
		snprintf(buf, len, "%u worker thread%s", nb, nb == 1 ? "" : "s");
}
