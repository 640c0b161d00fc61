/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Tasks to operations and back, in the thread that computes. */

#include <errno.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_prefetch.h>

#include "crypto_private.h"

/* A device that gives nothing back for so long has failed. */
#define PATIENCE_MS 100
#define PATIENCE_POLLS 1000
/* The lines of an operation are asked for so many before it. */
#define AHEAD 3
/* Lengths that copy() has no call for. */
#define USUAL_IV 12
#define USUAL_TAG 16

/*
 * The last task of a burst that had a session, and what all have in common that are like it. Its arguments are there
 * until the burst is given back, and no session of its stream goes but by first().
 */
struct last {
	const struct rte_vtaccel_stream *stream; /* NULL: there was none */
	const struct rte_vtaccel_proc *proc;
	const struct crypto_alg *alg; /* of proc */
	const struct rte_vtaccel_crypto_args *args;
	uint32_t args_len;
	uint32_t key_end;      /* bytes of the arguments up to the end of the key */
	uint8_t nb_in, nb_out;
	uint16_t tag_len;
	bool seals;            /* an AEAD that encrypts */
	bool tag_direct;       /* its tag goes to its place without a copy */
	void *sess;
};

/* A task and what its arguments mean. */
struct job {
	struct rte_vtaccel_task *t;
	const struct crypto_alg *alg;
	enum crypto_kind kind; /* of alg */
	bool forward;          /* of alg */
	const struct rte_vtaccel_crypto_args *args;
	uint16_t tag_len;
	uint32_t len;       /* of the data */
	uint8_t *src, *dst; /* dst NULL: no data comes out */
	uint8_t *tag;       /* in a segment of its own, or behind the data; a cipher has none */
	uint32_t nb_src, nb_dst; /* mbufs; nb_dst 0: in place */
};

static inline struct crypto_op *
own_of(const struct rte_crypto_op *op)
{
	return RTE_PTR_ADD(op, CRYPTO_OP_OFFSET);
}

static inline bool
has_failed(const struct crypto_dev *cd)
{
	return __atomic_load_n(&cd->dev->state, __ATOMIC_RELAXED) == RTE_VINETALK_ACCEL_FAILED;
}

static void
end(struct rte_vtaccel_task *t, int32_t status, uint64_t result)
{
	rte_vtaccel_task_end(t, status);
	t->result = result;
}

static int
args_read(struct job *j)
{
	const struct rte_vtaccel_crypto_args *a = j->t->args;
	uint32_t i;

	if (j->t->args_len < sizeof(*a) || j->t->args_len != sizeof(*a) + a->key_len + a->iv_len + a->aad_len)
		return -EINVAL;
	for (i = 0; i < RTE_DIM(a->reserved); i++)
		if (a->reserved[i] != 0)
			return -EINVAL;
	j->args = a;
	j->tag_len = a->tag_len != 0 ? a->tag_len : j->alg->tag_len;
	return j->tag_len <= j->alg->tag_len ? 0 : -EINVAL;
}

/* Whether two places, neither of them empty, have bytes in common: b begins between its length before a, and a's end. */
static inline bool
overlap(const uint8_t *a, uint64_t a_len, const uint8_t *b, uint64_t b_len)
{
	return (uintptr_t)b - (uintptr_t)a + b_len - 1 < a_len + b_len - 1;
}

/* An output segment for len bytes. */
static __rte_always_inline int
output(struct rte_vtaccel_task *t, uint32_t nb_in, uint32_t at, uint64_t len, uint8_t **addr)
{
	const struct rte_vtaccel_seg *s = &t->segs[nb_in + at];

	if (s->len < len) {
		t->result = len;
		return -ENOSPC;
	}
	*addr = s->addr;
	return 0;
}

static __rte_always_inline int
segs_read(struct job *j)
{
	const bool data_out = j->kind == CRYPTO_AEAD || j->kind == CRYPTO_CIPHER;
	struct rte_vtaccel_task *t = j->t;
	const uint32_t nb_in = j->forward || j->kind == CRYPTO_CIPHER ? 1 : t->nb_in;
	/* Bytes of a tag that has no segment of its own, but is behind the data. */
	const uint32_t behind = j->kind == CRYPTO_AEAD && (j->forward ? t->nb_out : t->nb_in) == 1 ? j->tag_len : 0;
	const uint32_t behind_out = j->forward ? behind : 0;
	int ret = 0;

	j->src = t->segs[0].addr;
	j->len = t->segs[0].len;
	if (!j->forward && behind != 0) {
		if (j->len < behind)
			return -EINVAL;
		j->len -= behind;
	}
	if (j->kind == CRYPTO_CIPHER && (j->len & (j->alg->block - 1U)) != 0)
		return -EINVAL;
	if (data_out)
		ret = output(t, nb_in, 0, (uint64_t)j->len + behind_out, &j->dst);
	if (ret == 0 && j->kind != CRYPTO_CIPHER) {
		if (behind != 0) {
			j->tag = (j->forward ? j->dst : j->src) + j->len;
		} else if (j->forward) {
			ret = output(t, nb_in, data_out, j->tag_len, &j->tag);
		} else {
			if (t->segs[1].len != j->tag_len)
				return -EINVAL;
			j->tag = t->segs[1].addr;
		}
	}
	if (ret != 0)
		return ret;
	if (!data_out || unlikely(j->len == 0))
		return 0;
	if (j->dst != j->src && overlap(j->src, t->segs[0].len, j->dst, (uint64_t)j->len + behind_out))
		return -EINVAL;
	if (j->kind == CRYPTO_AEAD && j->forward && behind == 0 && overlap(j->tag, j->tag_len, j->dst, j->len))
		return -EINVAL;
	return 0;
}

/* How many mbufs it takes, and whether the device works on chains such as these. */
static __rte_always_inline int
pieces_count(struct crypto_dev *cd, struct job *j)
{
	const bool in_place = j->dst == NULL || j->dst == j->src;
	uint64_t need;

	j->nb_src = 1;
	j->nb_dst = !in_place;
	if (likely(j->len <= CRYPTO_PIECE_MAX))
		return 0;
	if (j->len > RTE_VTACCEL_CRYPTO_MAX_LEN) {
		j->t->result = RTE_VTACCEL_CRYPTO_MAX_LEN;
		return -EMSGSIZE;
	}
	j->nb_src = (j->len + CRYPTO_PIECE - 1) / CRYPTO_PIECE;
	j->nb_dst = in_place ? 0 : j->nb_src;
	need = in_place ? RTE_CRYPTODEV_FF_IN_PLACE_SGL : RTE_CRYPTODEV_FF_OOP_SGL_IN_SGL_OUT;
	if (cd->linear_out && j->dst != NULL) {
		need = RTE_CRYPTODEV_FF_OOP_SGL_IN_LB_OUT;
		j->nb_dst = 1;
	}
	if ((cd->features & need) != need) {
		j->t->result = CRYPTO_PIECE_MAX;
		return -EMSGSIZE;
	}
	return 0;
}

/* An mbuf over a place. */
static inline void
piece(struct rte_mbuf *m, uint8_t *addr, uint32_t len)
{
	/* IOVA is the address: the device computes with processors, or regions are mapped for it so. */
	m->buf_addr = addr;
	rte_mbuf_iova_set(m, (rte_iova_t)(uintptr_t)addr);
	m->buf_len = (uint16_t)len;
	m->data_len = (uint16_t)len;
}

/* The only one over a place. */
static inline struct rte_mbuf *
whole(struct rte_mbuf *m, uint8_t *addr, uint32_t len)
{
	piece(m, addr, len);
	m->pkt_len = len;
	return m;
}

/* A chain of mbufs over a place, one for a device that takes any length in one. */
static struct rte_mbuf *
chain(struct crypto_thread *th, uint8_t *addr, uint32_t len, uint32_t nb)
{
	struct rte_mbuf *const head = th->mbufs[th->nb_mbufs], *m;
	const uint32_t most = nb == 1 ? CRYPTO_PIECE_MAX : CRYPTO_PIECE, total = len;
	uint32_t n, i;

	for (i = 0; i < nb; i++, addr += n, len -= n) {
		n = RTE_MIN(len, most);
		m = th->mbufs[th->nb_mbufs++];
		piece(m, addr, n);
		m->next = i + 1 < nb ? th->mbufs[th->nb_mbufs] : NULL;
	}
	head->nb_segs = (uint16_t)nb;
	head->pkt_len = total;
	return head;
}

/* Give an operation its mbufs, of a task too long for one. */
static __rte_noinline void
pieces_attach(struct crypto_thread *th, struct rte_crypto_sym_op *sym, const struct job *j)
{
	th->chained = true;
	sym->m_src = chain(th, j->src, j->len, j->nb_src);
	if (j->nb_dst != 0)
		sym->m_dst = chain(th, j->dst, j->len, j->nb_dst);
}

/* As they are to be for the next batch. */
static void
pieces_detach(struct crypto_thread *th)
{
	uint32_t i;

	th->chained = false;
	for (i = 0; i < th->nb_mbufs; i++) {
		th->mbufs[i]->nb_segs = 1;
		th->mbufs[i]->next = NULL;
	}
}

static __rte_always_inline void
copy(uint8_t *to, const uint8_t *from, uint32_t len, uint32_t usual)
{
	if (likely(len == usual))
		memcpy(to, from, usual);
	else
		memcpy(to, from, len);
}

static __rte_always_inline void
op_fill(struct crypto_thread *th, struct job *j, const struct last *last)
{
	struct rte_crypto_op *op = th->ops[th->nb_batch];
	struct crypto_op *own = own_of(op);
	const uint8_t *iv = (const uint8_t *)j->args + last->key_end;
	struct rte_crypto_sym_op *sym = op->sym;
	const bool data_out = j->kind == CRYPTO_AEAD || j->kind == CRYPTO_CIPHER;
	uint8_t *tag = own->tag;
	rte_iova_t tag_iova = rte_crypto_op_ctophys_offset(op, CRYPTO_OP_OFFSET + offsetof(struct crypto_op, tag));

	own->task = j->t;
	j->t->result = data_out ? j->len : 0;
	copy(own->iv, iv, last->args->iv_len, USUAL_IV);
	if (j->kind == CRYPTO_AEAD && j->forward && likely(last->tag_direct)) {
		tag = j->tag;
		tag_iova = (rte_iova_t)(uintptr_t)tag;
	} else if (j->kind != CRYPTO_CIPHER && j->forward) {
		th->tags |= UINT64_C(1) << th->nb_batch;
		own->tag_to = j->tag;
		own->tag_len = j->tag_len;
		if (!data_out)
			j->t->result = j->tag_len;
	} else if (j->kind != CRYPTO_CIPHER) {
		memcpy(own->tag, j->tag, j->tag_len);
	}
	op->status = RTE_CRYPTO_OP_STATUS_NOT_PROCESSED;
	/* Drivers look at lengths of parts that a session does not have. */
	memset(sym, 0, sizeof(*sym));
	rte_crypto_op_attach_sym_session(op, last->sess);
	if (likely(j->nb_src == 1)) {
		struct rte_mbuf **mbufs = &th->mbufs[th->nb_mbufs];

		th->nb_mbufs += 2;
		sym->m_src = whole(mbufs[0], j->src, j->len);
		if (j->nb_dst != 0)
			sym->m_dst = whole(mbufs[1], j->dst, j->len);
	} else {
		const struct job copy = *j;

		pieces_attach(th, sym, &copy);
	}
	switch (j->kind) {
	case CRYPTO_AEAD:
		sym->aead.data.offset = 0;
		sym->aead.data.length = j->len;
		sym->aead.digest.data = tag;
		sym->aead.digest.phys_addr = tag_iova;
		/* The private copy of the arguments, which is there until the task ends; not written to. */
		sym->aead.aad.data = (uint8_t *)(uintptr_t)(iv + last->args->iv_len);
		if (!(j->forward && likely(last->tag_direct)) && th->aads != NULL) {
			uint8_t *own_aad = th->aads + th->nb_batch * CRYPTO_AAD_MAX;

			memcpy(own_aad, sym->aead.aad.data, last->args->aad_len);
			sym->aead.aad.data = own_aad;
		}
		sym->aead.aad.phys_addr = (rte_iova_t)(uintptr_t)sym->aead.aad.data;
		break;
	case CRYPTO_CIPHER:
		sym->cipher.data.offset = 0;
		sym->cipher.data.length = j->len;
		break;
	default:
		sym->auth.data.offset = 0;
		sym->auth.data.length = j->len;
		sym->auth.digest.data = own->tag;
		sym->auth.digest.phys_addr = tag_iova;
		break;
	}
	th->nb_batch++;
}

/* It did not go well. */
static __rte_noinline void
op_fail(const struct rte_crypto_op *op, struct rte_vtaccel_task *t)
{
	const struct crypto_alg *alg = t->proc->driver_data;
	const uint64_t len = t->result;

	switch (op->status) {
	case RTE_CRYPTO_OP_STATUS_AUTH_FAILED:
		end(t, -EBADMSG, 0);
		break;
	case RTE_CRYPTO_OP_STATUS_INVALID_ARGS:
	case RTE_CRYPTO_OP_STATUS_INVALID_SESSION:
		end(t, -EINVAL, 0);
		break;
	default:
		end(t, -EIO, 0);
		break;
	}
	/* Nothing of a plaintext that was not proved to be right. */
	if ((alg->kind == CRYPTO_AEAD || alg->kind == CRYPTO_CIPHER) && !alg->forward)
		memset(t->segs[t->nb_in].addr, 0, len);
}

/* What came of an operation of the batch, and its part of the time. */
static inline void
op_end(const struct crypto_thread *th, uint32_t at, uint64_t ns)
{
	const struct rte_crypto_op *op = th->ops[at];
	const struct crypto_op *own = own_of(op);

	if (unlikely(op->status != RTE_CRYPTO_OP_STATUS_SUCCESS)) {
		op_fail(op, own->task);
	} else {
		if ((th->tags >> at & 1) != 0)
			copy(own->tag_to, own->tag, own->tag_len, USUAL_TAG);
		own->task->status = 0;
		own->task->copied = 0;
	}
	own->task->exec_ns = ns;
}

/* The time since it was asked for the last time: the part of each of nb tasks, which are computed together. */
static uint64_t
share_of_time(struct crypto_thread *th, uint32_t nb)
{
	const uint64_t now = rte_rdtsc();
	const uint64_t ns = (uint64_t)((double)(now - th->since) * 1e9 / (double)rte_get_tsc_hz()) / nb;

	th->since = now;
	return RTE_MAX(ns, UINT64_C(1));
}

/* A task that is not computed; but a session may have been made for it. What it says of its result stays. */
static __rte_noinline void
end_at_once(struct crypto_thread *th, struct rte_vtaccel_task *t, int32_t status)
{
	end(t, status, t->result);
	t->exec_ns = share_of_time(th, 1);
}

/* The device does not give back what it has: nothing of this thread's can be used again. */
static void
fail(struct crypto_dev *cd, struct crypto_thread *th, const bool *done)
{
	uint32_t i;
	uint64_t ns;

	CRYPTO_LOG(ERR, "%s: %s gives operations back no more; tasks end with an I/O error",
		cd->dev->name, cd->where);
	__atomic_store_n(&cd->dev->state, RTE_VINETALK_ACCEL_FAILED, __ATOMIC_RELAXED);
	ns = share_of_time(th, th->nb_batch);
	for (i = 0; i < th->nb_batch; i++)
		if (!done[i]) {
			th->ops[i]->status = RTE_CRYPTO_OP_STATUS_ERROR;
			op_end(th, i, ns);
		}
}

/* Which of a batch an operation is: they come back in order, but for a device that mixes them; guess: one of it. */
static uint32_t
index_of(const struct crypto_thread *th, const struct rte_crypto_op *op, uint32_t guess)
{
	uint32_t i;

	if (likely(th->ops[guess] == op))
		return guess;
	for (i = 0; i < th->nb_batch && th->ops[i] != op; i++)
		;
	return i;
}

/* The tasks of operations that may have ended: the data of as many has driven them out of the first cache. */
static inline void
tasks_prefetch(struct rte_crypto_op *const *ops, uint32_t nb)
{
	const uint8_t *task;
	uint32_t i;

	for (i = 0; i < nb; i++) {
		task = (const uint8_t *)own_of(ops[i])->task;
		rte_prefetch0(task);
		rte_prefetch0(task + RTE_CACHE_LINE_SIZE);
		rte_prefetch0(task + 2 * RTE_CACHE_LINE_SIZE);
		rte_prefetch0(task + 3 * RTE_CACHE_LINE_SIZE);
	}
}

/* Compute what is in the batch; false: the device has failed. */
static bool
batch_run(struct crypto_dev *cd, uint32_t thread)
{
	struct crypto_thread *th = &cd->threads[thread];
	struct rte_crypto_op *back[CRYPTO_BURST];
	bool done[CRYPTO_BURST] = { false };
	uint32_t sent = 0, got = 0, polls = 0, i, at, new;
	uint64_t limit = 0, ns = 0;
	uint16_t n, m;

	while (got < th->nb_batch) {
		n = rte_cryptodev_enqueue_burst(cd->id, (uint16_t)thread, &th->ops[sent],
			(uint16_t)(th->nb_batch - sent));
		tasks_prefetch(&th->ops[sent], n);
		sent += n;
		/* Some keep what they refuse out of their queue, with the reason in it. */
		if (sent < th->nb_batch && th->ops[sent]->status != RTE_CRYPTO_OP_STATUS_NOT_PROCESSED) {
			done[sent] = true;
			op_end(th, sent++, 1);
			got++;
			n++;
		}
		if (got == th->nb_batch)
			break;
		m = rte_cryptodev_dequeue_burst(cd->id, (uint16_t)thread, back, (uint16_t)(th->nb_batch - got));
		if (m != 0)
			ns = share_of_time(th, m);
		for (i = new = 0; i < m; i++) {
			at = index_of(th, back[i], got + new);
			/* Twice, or none of these. */
			if (unlikely(at == th->nb_batch || done[at]))
				continue;
			done[at] = true;
			op_end(th, at, ns);
			new++;
		}
		got += new;
		if (n != 0 || new != 0) {
			polls = 0;
			continue;
		}
		if (polls++ == 0)
			limit = rte_rdtsc() + rte_get_tsc_hz() / 1000 * PATIENCE_MS;
		if (polls > PATIENCE_POLLS && rte_rdtsc() > limit) {
			fail(cd, th, done);
			break;
		}
	}
	if (unlikely(th->chained))
		pieces_detach(th);
	th->nb_batch = th->nb_mbufs = 0;
	th->tags = 0;
	return !has_failed(cd);
}

/* Whether a task is one more of the same kind and key: its shape and arguments were looked at. */
static inline bool
is_alike(const struct rte_vtaccel_task *t, const struct last *last)
{
	return t->stream == last->stream && t->proc == last->proc && t->args_len == last->args_len &&
		t->nb_in == last->nb_in && t->nb_out == last->nb_out && memcmp(t->args, last->args, last->key_end) == 0;
}

/* What a task asks for, and whether its places suit: the sizes of what it names. */
static __rte_always_inline int
job_read(struct crypto_dev *cd, struct job *j)
{
	int status = segs_read(j);

	return likely(status == 0) ? pieces_count(cd, j) : status;
}

/* A task that is not like the last one: its arguments, and the session. */
static __rte_noinline int
first(struct crypto_dev *cd, uint32_t thread, struct rte_vtaccel_task *t, struct last *last)
{
	struct crypto_thread *th = &cd->threads[thread];
	const struct crypto_alg *alg = t->proc->driver_data;
	struct job j = { .t = t, .alg = alg, .kind = alg->kind, .forward = alg->forward };
	int status = rte_vtaccel_task_fits(t);

	if (status == 0)
		status = args_read(&j);
	if (status == 0)
		status = job_read(cd, &j);
	if (status != 0)
		return status;
	last->stream = NULL;
	last->sess = crypto_session_get(cd, t->stream, j.alg, j.args, j.tag_len, th->nb_batch == 0, &status);
	if (last->sess == NULL && status == -EAGAIN && th->nb_batch != 0) {
		if (!batch_run(cd, thread))
			return -EIO;
		last->sess = crypto_session_get(cd, t->stream, j.alg, j.args, j.tag_len, true, &status);
	}
	if (last->sess == NULL)
		return status;
	last->stream = t->stream;
	last->proc = t->proc;
	last->alg = alg;
	last->args = j.args;
	last->args_len = t->args_len;
	last->key_end = (uint32_t)sizeof(*j.args) + j.args->key_len;
	last->nb_in = t->nb_in;
	last->nb_out = t->nb_out;
	last->tag_len = j.tag_len;
	last->seals = alg->kind == CRYPTO_AEAD && alg->forward;
	/*
	 * All of it, so that no device writes more than there is room for. Some hardware takes a tag behind the data for a
	 * part of that.
	 */
	last->tag_direct = last->seals && j.tag_len == alg->tag_len && th->aads == NULL;
	return 0;
}

/* Put a task like the last one, of that kind and direction, into the batch, or end it. */
static __rte_always_inline void
add_as(struct crypto_dev *cd, uint32_t thread, struct rte_vtaccel_task *t, struct last *last,
		enum crypto_kind kind, bool forward)
{
	struct crypto_thread *th = &cd->threads[thread];
	/* Nobody gets its address, so that it is in registers. */
	struct job j = { .t = t, .alg = last->alg, .kind = kind, .forward = forward, .args = t->args,
		.tag_len = last->tag_len };
	int status = job_read(cd, &j);

	if (unlikely(status != 0)) {
		end_at_once(th, t, status);
		return;
	}
	/* A cipher has nothing to do, and devices differ in what they say to it. */
	if (j.kind == CRYPTO_CIPHER && unlikely(j.len == 0)) {
		end_at_once(th, t, 0);
		return;
	}
	/* Two mbufs are left for each task that may come behind it in this burst. */
	if (unlikely(j.nb_src > 1) && th->nb_mbufs + j.nb_src + j.nb_dst + 2 * CRYPTO_BURST > CRYPTO_MBUFS &&
			!batch_run(cd, thread)) {
		last->stream = NULL;
		end_at_once(th, t, -EIO);
		return;
	}
	op_fill(th, &j, last);
}

/* Some before it is needed. */
static inline void
op_prefetch(const struct crypto_thread *th)
{
	const uint32_t at = (th->nb_batch + AHEAD) % CRYPTO_BURST;

	rte_prefetch0(th->ops[at]);
	rte_prefetch0(RTE_PTR_ADD(th->ops[at], RTE_CACHE_LINE_SIZE));
	rte_prefetch0(th->mbufs[2 * at]);
	rte_prefetch0(th->mbufs[2 * at + 1]);
}

static inline void
add(struct crypto_dev *cd, uint32_t thread, struct rte_vtaccel_task *t, struct last *last)
{
	struct crypto_thread *th = &cd->threads[thread];
	int status;

	op_prefetch(th);
	t->result = 0;
	if (unlikely(!is_alike(t, last))) {
		/* One that has failed may still have what is of this thread. */
		status = has_failed(cd) ? -EIO : first(cd, thread, t, last);
		if (status != 0) {
			end_at_once(th, t, status);
			return;
		}
	}
	/* With what is known of the most usual one a compiler leaves most questions out. */
	if (likely(last->seals))
		add_as(cd, thread, t, last, CRYPTO_AEAD, true);
	else
		add_as(cd, thread, t, last, last->alg->kind, last->alg->forward);
}

void
crypto_run(struct rte_vtaccel *dev, uint32_t thread, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct crypto_dev *cd = dev->data;
	struct last last = { .stream = NULL };
	uint16_t i;

	if (unlikely(has_failed(cd))) {
		for (i = 0; i < nb; i++)
			end(tasks[i], -EIO, 0);
		return;
	}
	cd->threads[thread].since = rte_rdtsc();
	for (i = 0; i < nb; i++)
		add(cd, thread, tasks[i], &last);
	if (cd->threads[thread].nb_batch != 0)
		batch_run(cd, thread);
}
