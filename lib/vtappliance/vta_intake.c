/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * From a request ring to tasks that may be run: the owner side of a client.
 *
 * A request is a private copy. What it refers to in the region is copied by vta_refs.h.
 *
 * A burst mostly consists of runs of requests of one queue pair for one procedure on one vaccel: what
 * these name is looked up once for a run.
 */

#include <errno.h>
#include <string.h>

#include <rte_cycles.h>

#include "vta_private.h"
#include "vta_refs.h"

/*
 * What the last request named, and those that named the same since: they go on together. Nothing of it is kept
 * beyond a burst.
 */
struct target {
	uint32_t key;                       /* vaccel and proc */
	uint64_t shape;                     /* which suits this procedure; ANY_SHAPE: look */
	uint32_t args_len;                  /* of arguments in the arena, with that shape */
	bool alike;                         /* intake_alike() takes those of the last one's kind */
	int status;                         /* of the look-up */
	struct vta_vaccel *va;
	struct vta_lane *lane;
	const struct rte_vtaccel_proc *impl;
	struct vta_fifo chain;
	uint32_t nb;
};

/* What fill_any() returns for a good task that has to wait for others of its client, or has limits. */
#define HOLD 1
#define LIMITED 2

/* More than shape_of() can say: no request, forged ones included, has it. */
#define ANY_SHAPE UINT64_MAX

static inline uint32_t
target_key(const struct rte_vinetalk_task *req)
{
	return (uint32_t)req->vaccel << 16 | req->proc;
}

static inline int
target_set(const struct vta_client *c, const struct rte_vinetalk_task *req, struct target *t)
{
	t->lane = t->va->lane;
	t->impl = c->dom->app->procs[req->proc].impl[t->lane->accel->index];
	return likely(t->impl != NULL) ? 0 : -ENOTSUP;
}

/* The vaccel is drained, and may go on elsewhere. Not inlined: it would give a frame to all others. */
static __rte_noinline int
target_balance(const struct vta_client *c, const struct rte_vinetalk_task *req, struct target *t)
{
	vta_lane_balance(t->va);
	return target_set(c, req, t);
}

static __rte_noinline int
target_find(const struct vta_client *c, const struct rte_vinetalk_task *req, struct target *t)
{
	t->key = target_key(req);
	t->shape = ANY_SHAPE;
	t->alike = false;
	t->va = NULL;
	if (unlikely(req->vaccel >= VTA_MAX_VACCELS))
		return -ENODEV;
	/* Pairs with the release in the control thread's acquire operation. */
	t->va = __atomic_load_n(&c->vaccels[req->vaccel], __ATOMIC_ACQUIRE);
	if (unlikely(t->va == NULL))
		return -ENODEV;
	if (unlikely(req->proc >= VTA_MAX_PROCS || (VTA_READ(c->procs[req->proc / 64]) &
			UINT64_C(1) << (req->proc % 64)) == 0))
		return -ENOENT;
	if (unlikely(t->va->nb_lanes > 1 && t->va->in_flight == 0))
		return target_balance(c, req, t);
	return target_set(c, req, t);
}

/* ---- a task ---- */

/* Numbers of segments and argument bytes, and flags, as one word. */
static inline uint32_t
shape_of(const struct rte_vinetalk_task *req)
{
	uint32_t shape;

	RTE_BUILD_BUG_ON(offsetof(struct rte_vinetalk_task, flags) !=
		offsetof(struct rte_vinetalk_task, nb_in) + 3);
	memcpy(&shape, &req->nb_in, sizeof(shape));
	return shape;
}

/* That, and vaccel and proc. */
static inline uint64_t
kind_of(const struct rte_vinetalk_task *req)
{
	uint64_t kind;

	RTE_BUILD_BUG_ON(offsetof(struct rte_vinetalk_task, flags) != offsetof(struct rte_vinetalk_task, vaccel) + 7);
	memcpy(&kind, &req->vaccel, sizeof(kind));
	return kind;
}

/* Those that intake_alike() takes: arguments, and maybe segments, are in the arena. */
static inline bool
may_be_alike(const struct rte_vinetalk_task *req)
{
	return (req->flags | RTE_VINETALK_TASK_F_SEGS_REF) ==
		(RTE_VINETALK_TASK_F_SEGS_REF | RTE_VINETALK_TASK_F_ARGS_REF);
}

/* Length of arguments in the arena, with the reserved word as its upper half. */
static inline uint64_t
args_word(const struct rte_vinetalk_task *req)
{
	uint64_t word;

	memcpy(&word, &req->args_ref.len, sizeof(word));
	return word;
}

/* A good task of a vaccel with limits. */
static __rte_noinline int
fill_limited(const struct vta_client *c, const struct rte_vinetalk_task *req, struct vta_vaccel *va)
{
	int ret = vta_limit_admit(va);

	if (ret != 0)
		return ret;
	return c->fenced || (req->flags & RTE_VINETALK_TASK_F_FENCE) != 0 ? HOLD : LIMITED;
}

/* A shape that was not seen since the target changed. */
static __rte_noinline int
fill_any(const struct vta_client *c, const struct rte_vinetalk_task *req, struct vta_task *task,
		struct target *t)
{
	const unsigned int nb = (unsigned int)req->nb_in + req->nb_out;
	int ret;

	memcpy(task->args, req->args, sizeof(task->args));
	if (req->flags & ~RTE_VINETALK_TASK_F_ALL)
		return -EINVAL;
	if (nb > RTE_VINETALK_MAX_SEGS)
		return -EMSGSIZE;
	if ((req->flags & RTE_VINETALK_TASK_F_SEGS_REF) == 0 && nb > RTE_VINETALK_INLINE_SEGS)
		return -EMSGSIZE;
	if ((req->flags & RTE_VINETALK_TASK_F_ARGS_REF) == 0 && req->args_len > RTE_VINETALK_INLINE_ARGS)
		return -EINVAL;
	if ((req->flags & ~RTE_VINETALK_TASK_F_FENCE) != 0)
		ret = vta_refs_copy(c, req, task, nb);
	else
		ret = vta_segs_inline(vta_arena_of(c), req, task, nb);
	if (ret == 0)
		ret = rte_vtaccel_task_fits(&task->t);
	if (ret != 0)
		return ret;
	if (unlikely(t->va->time_limit != 0))
		task->deadline = vta_cycles(c->dom->app) + t->va->time_limit;
	if (unlikely(t->va->hist != NULL))
		task->seen = vta_cycles(c->dom->app);
	/* No shape is kept while tasks are held, limited or timed, so that all of them come here. */
	if (unlikely(t->va->limited))
		return fill_limited(c, req, t->va);
	if (unlikely(c->fenced || (req->flags & RTE_VINETALK_TASK_F_FENCE) != 0))
		return HOLD;
	if (likely(t->va->time_limit == 0 && t->va->hist == NULL)) {
		t->shape = shape_of(req);
		t->args_len = task->t.args_len;
		t->alike = may_be_alike(req) && task->ext == task->room;
	}
	return 0;
}

/* What it names. */
static __rte_always_inline void
task_name(const struct rte_vinetalk_task *req, struct vta_task *task, const struct target *t)
{
	task->va = t->va;
	task->t.stream = &t->lane->stream;
	task->t.proc = t->impl;
	task->t.nb_in = req->nb_in;
	task->t.nb_out = req->nb_out;
}

static __rte_always_inline int
task_fill(const struct vta_client *c, const struct rte_vinetalk_task *req, struct vta_task *task,
		struct target *t)
{
	unsigned int nb;

	task_name(req, task, t);
	task->t.args_len = req->args_len;
	if (unlikely(shape_of(req) != t->shape))
		return fill_any(c, req, task, t);
	/* Flags are part of a shape, the length of arguments elsewhere is not. */
	if ((req->flags & RTE_VINETALK_TASK_F_ARGS_REF) != 0 && req->args_ref.len != t->args_len)
		return fill_any(c, req, task, t);
	memcpy(task->args, req->args, sizeof(task->args));
	nb = (unsigned int)req->nb_in + req->nb_out;
	if (likely(req->flags == 0))
		return nb == 0 ? 0 : vta_segs_inline(vta_arena_of(c), req, task, nb);
	return vta_refs_copy(c, req, task, nb);
}

/* It ends before anybody has seen it. */
static __rte_noinline void
refuse(struct vta_poller *p, struct vta_task *task, int status)
{
	/* Those over a limit are counted by it. */
	if (status != -EDQUOT)
		VTA_COUNT(task->qp->client->cnt.invalid, 1);
	task->va = NULL;
	task->t.bytes = 0;
	vta_task_end(p, task, status);
}

/* ---- runs of requests ---- */

static void
violate(struct vta_poller *p, struct vta_client *c, int reason)
{
	if (c->violated)
		return;
	c->violated = true;
	c->violation = reason;
	c->violation_msg.client = c;
	c->violation_msg.queue = NULL;
	c->violation_msg.item.kind = VTA_VIOLATION;
	vta_send_control(p, &c->violation_msg.item);
}

/*
 * Whether the completion ring has a place for nb more. Without it the client has more in flight than it
 * may, or its own index is impossible.
 */
static bool
room_check(struct vta_poller *p, struct vta_qp *qp, uint32_t nb)
{
	int room = rte_vtregion_prod_room(&qp->prod);

	if (room < 0 || qp->in_flight + nb > (uint32_t)room) {
		violate(p, qp->client, room < 0 ? -EPROTO : -EDQUOT);
		return false;
	}
	qp->room = (uint32_t)room;
	return true;
}

/* Hand tasks of one lane to its home; the list is empty afterwards. */
static inline void
submit(struct vta_poller *p, struct vta_lane *lane, struct vta_fifo *tasks, uint32_t nb)
{
	struct rte_vtaccel_task *task, *next;

	if (unlikely(lane->va->leaving)) {
		vta_lane_keep(lane->va, tasks);
		return;
	}
	if (likely(lane->accel->home == p)) {
		vta_accel_submit(lane, tasks, nb);
	} else {
		for (task = STAILQ_FIRST(tasks); task != NULL; task = next) {
			struct vta_task *vt = container_of(task, struct vta_task, t);

			next = STAILQ_NEXT(task, next);
			vt->item.kind = VTA_TASK_SUBMIT;
			vta_send(p, lane->accel->home, &vt->item);
		}
	}
	STAILQ_INIT(tasks);
}

/* Tasks of one vaccel that had to wait. */
void
vta_task_submit(struct vta_poller *p, struct vta_fifo *tasks, uint32_t nb)
{
	struct vta_vaccel *va = container_of(STAILQ_FIRST(tasks), struct vta_task, t)->va;

	if (unlikely(va->nb_lanes > 1))
		vta_lane_retarget(va, tasks);
	submit(p, va->lane, tasks, nb);
}

/* Hand on what has been gathered for a target. */
static inline void
target_flush(struct vta_poller *p, struct target *t)
{
	if (t->nb == 0)
		return;
	t->va->in_flight += t->nb;
	submit(p, t->lane, &t->chain, t->nb);
	t->nb = 0;
}

/* A request that is not handed on with others: a bad one, or one that a fence or a rate may keep back. */
static __rte_noinline void
divert(struct vta_poller *p, const struct rte_vinetalk_task *req, struct vta_task *task,
		struct target *t, int status)
{
	const bool fence = req->flags & RTE_VINETALK_TASK_F_FENCE;

	t->shape = ANY_SHAPE;
	t->alike = false;
	if (status == HOLD) {
		vta_fence_hold(task, fence);
		return;
	}
	if (status == LIMITED) {
		task->va->in_flight++;
		vta_limit_pass(p, task);
		return;
	}
	/* A fence that fails keeps what is behind it from what is before it all the same. */
	if (fence)
		vta_fence_leave(task->qp->client);
	refuse(p, task, status);
}

/* Whose it is. */
static __rte_always_inline void
task_begin(struct vta_qp *qp, const struct rte_vinetalk_task *req, struct vta_task *task)
{
	task->qp = qp;
	task->cookie = req->cookie;
	task->qp_seq = req->qp_seq;
}

static __rte_always_inline void
intake_one(struct vta_poller *p, struct vta_qp *qp, const struct rte_vinetalk_task *req,
		struct target *t)
{
	int status;
	struct vta_task *task = vta_pool_take(&p->pool, &status);

	task_begin(qp, req, task);
	task->t.bytes = 0;
	if (unlikely(t->key != target_key(req) || t->va == NULL)) {
		target_flush(p, t);
		t->status = target_find(qp->client, req, t);
	}
	if (likely(status == 0))
		status = t->status;
	if (likely(status == 0)) {
		status = task_fill(qp->client, req, task, t);
	}
	if (unlikely(status != 0)) {
		divert(p, req, task, t, status);
		return;
	}
	STAILQ_INSERT_TAIL(&t->chain, &task->t, next);
	t->nb++;
}

/*
 * Requests that differ from the one before in places only: arguments, as long, are in the arena, and maybe segments, as
 * many.
 * All the rest was looked at. Returns how many there were.
 */
static __rte_noinline uint32_t
intake_alike(struct vta_poller *p, struct vta_qp *qp, const struct rte_vinetalk_task *reqs, uint32_t nb,
		struct target *t)
{
	const struct vta_arena arena = vta_arena_of(qp->client);
	const struct rte_vinetalk_completion *const places = qp->prod.slots;
	const uint32_t mask = qp->prod.mask;
	const uint32_t nb_segs = (uint32_t)reqs[-1].nb_in + reqs[-1].nb_out;
	const bool segs_ref = reqs[-1].flags & RTE_VINETALK_TASK_F_SEGS_REF;
	const uint32_t segs_len = segs_ref ? nb_segs * (uint32_t)sizeof(struct rte_vtaccel_seg) : 0;
	const uint32_t args_len = t->args_len;
	const uint64_t kind = kind_of(&reqs[-1]);
	uint32_t place = qp->prod.head + qp->in_flight - nb;
	const struct rte_vinetalk_task *req = reqs, *end = reqs + RTE_MIN(nb, p->pool.nb_free - 1);
	struct vta_task *task;
	int status;

	for (; req < end && kind_of(req) == kind && args_word(req) == args_len; req++) {
		rte_vtregion_prefetch_write(&places[place++ & mask]);
		task = p->pool.free[--p->pool.nb_free];
		task_begin(qp, req, task);
		task_name(req, task, t);
		task->ext = task->room;
		task->ext_len = segs_len + args_len;
		task->t.bytes = 0;
		status = vta_args_copy(arena, req, task, segs_len, args_len);
		if (likely(status == 0))
			status = segs_ref ? vta_segs_copy(arena, req, task, nb_segs) :
				vta_segs_inline(arena, req, task, nb_segs);
		if (unlikely(status != 0)) {
			divert(p, req++, task, t, status);
			break;
		}
		STAILQ_INSERT_TAIL(&t->chain, &task->t, next);
		t->nb++;
	}
	return (uint32_t)(req - reqs);
}

/* Requests of one queue pair (NULL: of nobody that this poller serves), with numbers that run on. */
static void
intake(struct vta_poller *p, struct vta_queue *q, struct vta_qp *qp,
		const struct rte_vinetalk_task *reqs, uint32_t nb)
{
	struct target t = { .va = NULL, .alike = false, .chain = STAILQ_HEAD_INITIALIZER(t.chain) };
	struct vta_client *c;
	uint32_t i, place;

	if (unlikely(qp == NULL)) {
		VTA_COUNT(q->stray, nb);
		return;
	}
	c = qp->client;
	if (unlikely(c->stopping || c->violated))
		return;
	/*
	 * Numbers run on without a gap. What does not fit was left in the ring by an earlier owner of
	 * the queue pair, or is the client's own mistake.
	 */
	if (unlikely((uint16_t)reqs[0].qp_seq != qp->next_seq)) {
		VTA_COUNT(q->stray, nb);
		return;
	}
	if (unlikely(qp->in_flight + nb > qp->room) && !room_check(p, qp, nb))
		return;
	qp->next_seq = (uint16_t)(qp->next_seq + nb);
	qp->in_flight += nb;
	c->in_flight += nb;
	VTA_COUNT(c->cnt.tasks, nb);
	/* The client has the lines of completions; they come while the requests are looked at and served. */
	place = qp->prod.head + qp->in_flight - nb;
	for (i = 0; i < nb; ) {
		rte_vtregion_prefetch_write(&qp->prod.slots[(place + i) & qp->prod.mask]);
		intake_one(p, qp, &reqs[i++], &t);
		if (t.alike)
			i += intake_alike(p, qp, &reqs[i], nb - i, &t);
	}
	target_flush(p, &t);
	if (unlikely(c->fenced))
		vta_fence_turn(p, c);
}

void
vta_intake(struct vta_poller *p, struct vta_queue *q, const struct rte_vinetalk_task *req)
{
	intake(p, q, vta_qp_of(p, q->dom, req->qp_seq >> 16), req, 1);
}

/*
 * How many of nb requests, from the first, are of one queue pair and have numbers that run on, up to where they begin
 * again at 0.
 */
static inline uint32_t
run_of(const struct rte_vinetalk_task *reqs, uint32_t nb)
{
	const uint32_t first = reqs[0].qp_seq, most = RTE_MIN(nb, UINT16_MAX + 1 - (first & UINT16_MAX));
	uint32_t run = 1;

	while (run < most && reqs[run].qp_seq == first + run)
		run++;
	return run;
}

/*
 * Take requests from a ring. own: the only queue pair that may write there (layout thread), what bears another's
 * number is nobody's; NULL: the numbers say whose they are. How many; negative: the ring is impossible.
 */
static __rte_always_inline int
take(struct vta_poller *p, struct vta_queue *q, struct rte_vtregion_cons *cons,
		struct vta_qp *own, uint32_t budget)
{
	struct rte_vinetalk_task reqs[VTA_MAX_BUDGET];
	uint32_t i, nb, run, index;
	struct vta_qp *qp;
	int n = rte_vtregion_cons_burst(cons, reqs, budget);

	if (n <= 0)
		return n;
	nb = (uint32_t)n;
	VTA_COUNT(q->requests, nb);
	VTA_COUNT(q->bursts, 1);
	for (i = 0; i < nb; i += run) {
		run = run_of(&reqs[i], nb - i);
		index = reqs[i].qp_seq >> 16;
		if (own == NULL)
			qp = vta_qp_of(p, q->dom, index);
		else
			qp = index == own->index ? own : NULL;
		intake(p, q, qp, &reqs[i], run);
	}
	return n;
}

uint32_t
vta_take_requests(struct vta_poller *p, struct vta_queue *q, uint32_t budget)
{
	int n = take(p, q, &q->cons, NULL, budget);

	if (likely(n >= 0))
		return (uint32_t)n;
	/* Nobody knows which client of the domain it was. */
	q->broken = true;
	q->violation_msg.client = NULL;
	q->violation_msg.queue = q;
	q->violation_msg.item.kind = VTA_VIOLATION;
	vta_send_control(p, &q->violation_msg.item);
	return 0;
}

uint32_t
vta_take_own(struct vta_poller *p, struct vta_queue *q, struct vta_qp *qp, uint32_t budget)
{
	int n = take(p, q, &qp->cons, qp, budget);

	if (likely(n >= 0))
		return (uint32_t)n;
	violate(p, qp->client, -EPROTO);
	return 0;
}

/*
 * Take what stands in a client's request ring until the queue pair's request of that number is among it. The control
 * thread may be faster with what a client says of a task than this poller with the task.
 */
bool
vta_take_until(struct vta_poller *p, struct vta_qp *qp, uint16_t seq)
{
	struct vta_queue *q = qp->client->queue;
	const uint32_t depth = q->dom->geom.conf.rq_depth;
	uint32_t taken = 0, n;

	while ((int16_t)(uint16_t)(seq - qp->next_seq) >= 0 && taken < depth) {
		if (q->ready != NULL)
			n = qp->client->violated ? 0 : vta_take_own(p, q, qp, VTA_MAX_BUDGET);
		else
			n = q->broken ? 0 : vta_take_requests(p, q, VTA_MAX_BUDGET);
		if (n == 0)
			break;
		taken += n;
	}
	return (int16_t)(uint16_t)(seq - qp->next_seq) < 0;
}
