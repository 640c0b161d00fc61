/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The fast path: a task is checked as an appliance would, and runs inside the enqueue. */

#include <errno.h>
#include <string.h>
#include <time.h>

#include "lp_private.h"

static void *
arena_at(const struct lp_dev *d, uint64_t off, uint64_t len)
{
	if (off > d->size || len > d->size - off)
		return NULL;
	return RTE_PTR_ADD(d->mem, off);
}

static int
seg_set(const struct lp_dev *d, struct rte_vtaccel_task *t, unsigned int i, uint64_t off,
		uint32_t len)
{
	t->segs[i].addr = arena_at(d, off, len);
	t->segs[i].len = len;
	t->segs[i].reserved = 0;
	t->bytes += len;
	return t->segs[i].addr != NULL ? 0 : -EFAULT;
}

static int
set_segs(const struct lp_dev *d, const struct rte_vinetalk_task *req, struct rte_vtaccel_task *t)
{
	const unsigned int nb = (unsigned int)req->nb_in + req->nb_out;
	const struct rte_vinetalk_seg *table;
	unsigned int i;
	int ret = 0;

	if (nb > RTE_VINETALK_MAX_SEGS)
		return -EMSGSIZE;
	if ((req->flags & RTE_VINETALK_TASK_F_SEGS_REF) == 0) {
		if (nb > RTE_VINETALK_INLINE_SEGS)
			return -EMSGSIZE;
		for (i = 0; ret == 0 && i < nb; i++)
			ret = seg_set(d, t, i, req->seg_off[i], req->seg_len[i]);
		return ret;
	}
	if (req->seg_len[0] != nb * sizeof(*table) || req->seg_off[1] != 0 || req->seg_len[1] != 0)
		return -EINVAL;
	table = arena_at(d, req->seg_off[0], req->seg_len[0]);
	if (table == NULL)
		return -EFAULT;
	for (i = 0; ret == 0 && i < nb; i++) {
		struct rte_vinetalk_seg s;

		memcpy(&s, &table[i], sizeof(s)); /* it need not be aligned */
		ret = s.reserved != 0 ? -EINVAL : seg_set(d, t, i, s.offset, s.len);
	}
	return ret;
}

static int
set_args(const struct lp_dev *d, const struct rte_vinetalk_task *req, struct rte_vtaccel_task *t,
		uint64_t *args)
{
	const void *src;

	if ((req->flags & RTE_VINETALK_TASK_F_ARGS_REF) == 0) {
		if (req->args_len > RTE_VINETALK_INLINE_ARGS)
			return -EINVAL;
		memcpy(args, req->args, RTE_VINETALK_INLINE_ARGS);
		t->args_len = req->args_len;
		return 0;
	}
	if (req->args_len != 0 || req->args_ref.reserved != 0 ||
			req->args_ref.len > RTE_VINETALK_MAX_ARGS)
		return -EINVAL;
	src = arena_at(d, req->args_ref.offset, req->args_ref.len);
	if (src == NULL)
		return -EFAULT;
	memcpy(args, src, req->args_ref.len);
	t->args_len = req->args_ref.len;
	return 0;
}

/* The order of the checks is that of an appliance. Called with the vaccel's lock held. */
static int
prepare(const struct lp_dev *d, const struct lp_vaccel *va, const struct rte_vinetalk_task *req,
		struct rte_vtaccel_task *t, uint64_t *args)
{
	int ret;

	if (req->flags & ~RTE_VINETALK_TASK_F_ALL)
		return -EINVAL;
	if (va == NULL || !va->used)
		return -ENODEV;
	/* Pairs with the release in lp_proc_get(). */
	t->proc = req->proc < LP_MAX_PROCS ?
		__atomic_load_n(&d->procs[req->proc].proc, __ATOMIC_ACQUIRE) : NULL;
	if (t->proc == NULL)
		return -ENOENT;
	ret = set_segs(d, req, t);
	if (ret == 0)
		ret = set_args(d, req, t, args);
	return ret != 0 ? ret : rte_vtaccel_task_fits(t);
}

/* Run a task to its end. */
static void
run(struct lp_qp *qp, struct rte_vtaccel_task *t)
{
	struct rte_vtaccel_task *p = t;

	__atomic_store_n(&qp->busy, 1, __ATOMIC_RELAXED);
	/* Without workers it runs in the enqueue, and one task finds room. */
	if (rte_vtaccel_enqueue_burst(qp->accel, &p, 1) != 1 ||
			rte_vtaccel_dequeue_burst(qp->accel, &p, 1) != 1)
		t->status = -EIO;
	__atomic_store_n(&qp->busy, 0, __ATOMIC_RELAXED);
	RTE_VINETALK_COUNT(qp->stats.tasks, 1);
	RTE_VINETALK_COUNT(qp->stats.errors, t->status != 0);
	RTE_VINETALK_COUNT(qp->stats.bytes, t->bytes);
	RTE_VINETALK_COUNT(qp->stats.busy_ns, t->exec_ns);
	RTE_VINETALK_COUNT(qp->stats.copied, t->copied);
}

static void
bytes_of(const struct rte_vtaccel_task *t, struct lp_done *done)
{
	unsigned int i;

	done->bytes_in = 0;
	done->bytes_out = 0;
	for (i = 0; i < t->nb_in; i++)
		done->bytes_in += t->segs[i].len;
	for (; i < (unsigned int)t->nb_in + t->nb_out; i++)
		done->bytes_out += t->segs[i].len;
}

static void
execute(struct lp_qp *qp, const struct rte_vinetalk_task *req, struct lp_done *done)
{
	uint64_t args[RTE_VINETALK_MAX_ARGS / sizeof(uint64_t)];
	struct rte_vtaccel_seg segs[RTE_VINETALK_MAX_SEGS];
	struct rte_vtaccel_task t = {
		.stream = &qp->stream,
		.args = args,
		.nb_in = req->nb_in,
		.nb_out = req->nb_out,
		.segs = segs,
	};
	struct lp_vaccel *va = NULL;

	done->bytes_in = 0;
	done->bytes_out = 0;
	if (unlikely(req->flags & RTE_VINETALK_TASK_F_FENCE))
		pthread_rwlock_wrlock(&qp->d->fence);
	else
		pthread_rwlock_rdlock(&qp->d->fence);
	if (req->vaccel < LP_MAX_VACCELS) {
		va = &qp->d->vaccels[req->vaccel];
		pthread_mutex_lock(&va->lock);
	}
	t.status = prepare(qp->d, va, req, &t, args);
	if (t.status == 0) {
		run(qp, &t);
		bytes_of(&t, done);
	}
	if (va != NULL)
		pthread_mutex_unlock(&va->lock);
	pthread_rwlock_unlock(&qp->d->fence);
	done->c.status = t.status;
	done->c.result = t.result;
	done->c.exec_ns = t.exec_ns;
	done->c.cookie = req->cookie;
	done->c.qp_seq = req->qp_seq;
	done->proc = req->proc;
}

static void
record(struct lp_qp *qp, const char *call, const struct lp_done *done)
{
	struct lp_record r = {
		.time_ns = done->start_ns,
		.duration_ns = lp_now_ns() - done->start_ns,
		.bytes_in = done->bytes_in,
		.bytes_out = done->bytes_out,
		.call = call,
		.status = done->c.status,
		.proc = done->proc,
	};

	lp_trace_put(qp->d->trace, &r);
}

uint16_t
lp_enqueue(void *p, struct rte_vinetalk_task *tasks, uint16_t nb)
{
	struct lp_qp *qp = p;
	struct rte_vinetalk_window *w = &qp->q.win;
	struct rte_vinetalk_qp_counters *cnt = &qp->q.cnt;
	uint64_t bytes = 0;
	uint16_t n, i;

	n = rte_vinetalk_window_room(w, nb);
	for (i = 0; i < n; i++) {
		/* No more than the depth are in flight, so there is room. */
		struct lp_done *done = &qp->done[qp->head++ % LP_MAX_DEPTH];

		done->start_ns = qp->d->trace != NULL ? lp_now_ns() : 0;
		rte_vinetalk_window_stamp(w, &tasks[i], i);
		execute(qp, &tasks[i], done);
		bytes += rte_vinetalk_task_bytes(qp->q.dev, &tasks[i]);
		if (qp->d->trace != NULL)
			record(qp, "enqueue", done);
	}
	rte_vinetalk_window_commit(w, tasks, n);
	RTE_VINETALK_COUNT(cnt->enqueued, n);
	RTE_VINETALK_COUNT(cnt->bytes, bytes);
	if (unlikely(n < nb))
		RTE_VINETALK_COUNT(cnt->refused, (uint64_t)(nb - n));
	return n;
}

uint16_t
lp_dequeue(void *p, struct rte_vinetalk_completion *completions, uint16_t nb)
{
	struct lp_qp *qp = p;
	struct rte_vinetalk_qp_counters *cnt = &qp->q.cnt;
	uint16_t n = 0, failed = 0;

	while (n < nb && qp->tail != qp->head) {
		const struct lp_done *done = &qp->done[qp->tail++ % LP_MAX_DEPTH];

		completions[n] = done->c;
		if (!rte_vinetalk_window_end(&qp->q.win, &completions[n]))
			continue;
		failed += completions[n].status != 0;
		n++;
		if (qp->d->trace != NULL)
			record(qp, "dequeue", done);
	}
	RTE_VINETALK_COUNT(cnt->completed, (uint64_t)(n - failed));
	RTE_VINETALK_COUNT(cnt->failed, failed);
	return n;
}

/* Every task in flight has ended: if there is none, none will come. */
int
lp_wait(struct rte_vinetalk_qp *q, int64_t timeout_us)
{
	const struct lp_qp *qp = (const struct lp_qp *)q;
	struct timespec ts;

	if (qp->tail != qp->head)
		return 0;
	if (timeout_us > 0) {
		ts.tv_sec = timeout_us / 1000000;
		ts.tv_nsec = timeout_us % 1000000 * 1000;
		nanosleep(&ts, NULL);
	}
	return -ETIMEDOUT;
}
