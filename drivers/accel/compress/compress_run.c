/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Tasks to operations and back, in the thread that computes. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "compress_private.h"

/* A device that gives nothing back for so long has failed. */
#define PATIENCE_MS 100
#define PATIENCE_POLLS 1000
/* A private copy up to this size is kept for the next task. */
#define COPY_KEPT (1U << 20)

/* A task and what its arguments mean. */
struct job {
	struct rte_vtaccel_task *t;
	uint32_t level, format;
	const uint8_t *in;      /* the client's, or a private copy */
	uint32_t in_len;
	uint8_t *out;
	uint32_t out_len;       /* up to COMPRESS_MAX_LEN, or what any result fits in */
	uint8_t *sum;           /* where the check sum goes; NULL: nowhere */
	enum rte_comp_checksum_type chksum; /* what the device sums up */
};

/* What came of an operation. */
struct done {
	uint8_t status;
	uint32_t consumed, produced, sum;
};

/* Give it to the device, which computes in one of these calls. */
static int
op_run(struct compress_dev *cd, uint32_t thread, struct rte_comp_op *op)
{
	struct rte_comp_op *back = NULL;
	uint32_t polls = 0;
	uint64_t limit = 0;
	bool sent = false;

	for (;;) {
		if (!sent)
			sent = rte_compressdev_enqueue_burst(cd->id, (uint16_t)thread, &op, 1) == 1;
		if (sent && rte_compressdev_dequeue_burst(cd->id, (uint16_t)thread, &back, 1) == 1 && back == op)
			return 0;
		if (polls++ == 0)
			limit = rte_rdtsc() + rte_get_tsc_hz() / 1000 * PATIENCE_MS;
		if (polls > PATIENCE_POLLS && rte_rdtsc() > limit)
			break;
	}
	COMPRESS_LOG(ERR, "%s: %s gives operations back no more; tasks end with an I/O error",
		cd->dev->name, cd->where);
	__atomic_store_n(&cd->dev->state, RTE_VINETALK_ACCEL_FAILED, __ATOMIC_RELAXED);
	return -EIO;
}

static int
op_do(struct compress_dev *cd, uint32_t thread, void *xform, struct compress_chain *src, uint32_t len,
		struct compress_chain *dst, struct done *d)
{
	struct compress_thread *th = &cd->threads[thread];
	struct rte_comp_op *op = th->op;
	int ret;

	op->op_type = RTE_COMP_OP_STATELESS;
	op->private_xform = xform;
	op->m_src = compress_chain_end(cd, th, src);
	op->m_dst = compress_chain_end(cd, th, dst);
	op->src.offset = 0;
	op->src.length = len;
	op->dst.offset = 0;
	op->flush_flag = RTE_COMP_FLUSH_FINAL;
	op->input_chksum = op->output_chksum = 0;
	op->consumed = op->produced = 0;
	op->status = RTE_COMP_OP_STATUS_NOT_PROCESSED;
	ret = op_run(cd, thread, op);
	th->nb_mbufs = 0;
	d->status = op->status;
	d->consumed = op->consumed;
	d->produced = op->produced;
	d->sum = (uint32_t)op->output_chksum;
	return ret;
}

/* The check sum that the device made, of an operation with this one. */
static uint32_t
sum_of(enum rte_comp_checksum_type chksum, const struct done *d)
{
	/*
	 * compress_isal adds 1 to the lower half of an Adler-32 sum, which is a number modulo 65521, and
	 * leaves it there.
	 */
	if (chksum == RTE_COMP_CHECKSUM_ADLER32 && (d->sum & 0xffff) == 65521)
		return d->sum & 0xffff0000;
	return d->sum;
}

/* The check sum of a format's trailer, if the device makes it on the way. */
static enum rte_comp_checksum_type
chksum_of(const struct compress_dev *cd, uint32_t format)
{
	if (format == RTE_VTACCEL_DEFLATE_ZLIB && (cd->features & RTE_COMP_FF_ADLER32_CHECKSUM) != 0)
		return RTE_COMP_CHECKSUM_ADLER32;
	if (format == RTE_VTACCEL_DEFLATE_GZIP && (cd->features & RTE_COMP_FF_CRC32_CHECKSUM) != 0)
		return RTE_COMP_CHECKSUM_CRC32;
	return RTE_COMP_CHECKSUM_NONE;
}

static bool
overlap(const uint8_t *a, uint64_t a_len, const uint8_t *b, uint64_t b_len)
{
	return a_len != 0 && b_len != 0 && a < b + b_len && b < a + a_len;
}

/* A private copy for a device that reads its input again, or if outputs would overwrite it. */
static int
input(struct compress_dev *cd, struct compress_thread *th, struct job *j)
{
	struct rte_vtaccel_task *t = j->t;
	bool own = !cd->pmd->single_pass;
	unsigned int i;

	for (i = 0; i < t->nb_out; i++)
		own |= overlap(j->in, j->in_len, t->segs[t->nb_in + i].addr, t->segs[t->nb_in + i].len);
	if (!own || j->in_len == 0)
		return 0;
	if (th->copy_size < j->in_len) {
		compress_mem_put(cd, th->copy);
		th->copy_size = RTE_MAX(j->in_len, 1U << 16);
		th->copy = compress_mem_get(cd, th->copy_size);
		if (th->copy == NULL) {
			th->copy_size = 0;
			return -ENOMEM;
		}
	}
	memcpy(th->copy, j->in, j->in_len);
	j->in = th->copy;
	t->copied = j->in_len;
	return 0;
}

static void
sum_put(struct job *j, uint32_t sum)
{
	if (j->sum != NULL)
		memcpy(j->sum, &sum, sizeof(sum));
}

/* Always enough: stored blocks, and the trees of blocks that did not become stored. */
static uint32_t
deflate_bound(uint32_t len)
{
	return len + len / 8 + 512;
}

static int
deflate(struct compress_dev *cd, uint32_t thread, struct job *j)
{
	struct compress_thread *th = &cd->threads[thread];
	const uint32_t header = compress_header_len(j->format), trailer = compress_trailer_len(j->format);
	const uint32_t bound = deflate_bound(j->in_len);
	struct compress_chain src = { 0 }, dst = { 0 };
	uint32_t room, sum = 0;
	struct done d;
	void *xform;
	int ret;

	if (j->out_len <= header + trailer) {
		j->t->result = header + bound + trailer;
		return -ENOSPC;
	}
	xform = compress_deflate_get(cd, th, j->level, j->chksum);
	if (xform == NULL)
		return -ENOMEM;
	/* A device that makes the sum also writes the trailer, or room for one. */
	room = RTE_MIN(j->out_len - header, bound + trailer);
	if (j->chksum == RTE_COMP_CHECKSUM_NONE)
		room -= trailer;
	compress_chain_add(cd, th, &src, j->in, j->in_len);
	compress_chain_add(cd, th, &dst, j->out + header, room);
	ret = op_do(cd, thread, xform, &src, j->in_len, &dst, &d);
	if (ret != 0)
		return ret;
	if (d.status == RTE_COMP_OP_STATUS_OUT_OF_SPACE_TERMINATED ||
			d.status == RTE_COMP_OP_STATUS_OUT_OF_SPACE_RECOVERABLE) {
		j->t->result = header + bound + trailer;
		return -ENOSPC;
	}
	if (d.status != RTE_COMP_OP_STATUS_SUCCESS || d.consumed != j->in_len ||
			d.produced > j->out_len - header - trailer)
		return -EIO;
	if (j->chksum != RTE_COMP_CHECKSUM_NONE)
		sum = sum_of(j->chksum, &d);
	else if (trailer != 0 || j->sum != NULL)
		sum = compress_sum(j->format, j->in, j->in_len);
	compress_header_put(j->format, j->level, j->out);
	compress_trailer_put(j->format, sum, j->in_len, j->out + header + d.produced);
	sum_put(j, sum);
	j->t->result = header + d.produced + trailer;
	return 0;
}

/*
 * One operation over a stream with bits of one kind behind it, since drivers tell badly what is
 * cut: compress_isal asks for input for ever where a chain ends too early, and compress_zlib says
 * success. Zeroes and ones end in an error, or with the stream, or with the output: each code that
 * they hold makes a byte of it, of 15 bits at most. The first mbuf there has one byte, so that the
 * number of bytes consumed says whether any was taken.
 */
static int
inflate_pad(struct compress_dev *cd, uint32_t thread, struct job *j, const uint8_t *body, uint32_t len,
		bool ones, struct done *d)
{
	struct compress_thread *th = &cd->threads[thread];
	const uint8_t *pad = cd->pads[ones];
	struct compress_chain src = { 0 }, dst = { 0 };
	void *xform = compress_inflate_get(cd, th, j->chksum);

	if (xform == NULL)
		return -ENOMEM;
	compress_chain_add(cd, th, &src, body, len);
	compress_chain_add(cd, th, &src, pad, 1);
	if (!cd->pmd->exact) {
		compress_chain_add(cd, th, &src, pad, COMPRESS_WORD);
		compress_chain_repeat(cd, th, &src, pad, COMPRESS_PAD(j->out_len));
	}
	/*
	 * The end of a stream may stand behind the last byte of the output, and is only seen if there is
	 * room.
	 */
	compress_chain_add(cd, th, &dst, j->out, j->out_len);
	compress_chain_add(cd, th, &dst, th->spare, COMPRESS_SPARE);
	return op_do(cd, thread, xform, &src, src.len, &dst, d);
}

/* The last byte that came out, there or in the spare room behind it. */
static uint8_t
last_byte(const struct compress_thread *th, const struct job *j, const struct done *d)
{
	if (d->produced == 0)
		return 0;
	return d->produced <= j->out_len ? j->out[d->produced - 1] :
		th->spare[RTE_MIN(d->produced - j->out_len, (uint32_t)COMPRESS_SPARE) - 1];
}

/*
 * Whether a stream is cut, of which some of what is behind it was taken. A device that is exact
 * takes that only then. Another one may have had room for a word. If it is cut, then the last
 * symbol, or the last stored byte, or the length of a stored block has bits from there. With
 * zeroes the last symbol ends in 0, with ones in 1: both cannot be the one code for the end.
 */
static int
inflate_cut(struct compress_dev *cd, uint32_t thread, struct job *j, const uint8_t *body, uint32_t len,
		const struct done *d, bool *cut)
{
	const struct compress_thread *th = &cd->threads[thread];
	const uint8_t last = last_byte(th, j, d);
	struct done again;
	int ret;

	*cut = true;
	if (cd->pmd->exact || d->consumed > len + COMPRESS_WORD)
		return 0;
	ret = inflate_pad(cd, thread, j, body, len, true, &again);
	if (ret == 0)
		*cut = again.status != d->status || again.produced != d->produced ||
			again.consumed > len + COMPRESS_WORD || last_byte(th, j, &again) != last;
	return ret;
}

/* The data of RFC 1951 into the output. */
static int
inflate_body(struct compress_dev *cd, uint32_t thread, struct job *j, const uint8_t *body, uint32_t len,
		struct done *d)
{
	bool cut = false;
	int ret = inflate_pad(cd, thread, j, body, len, false, d);

	if (ret != 0)
		return ret;
	if (d->status == RTE_COMP_OP_STATUS_OUT_OF_SPACE_TERMINATED ||
			d->status == RTE_COMP_OP_STATUS_OUT_OF_SPACE_RECOVERABLE)
		return d->consumed > len + COMPRESS_WORD ? -EBADMSG : -ENOSPC;
	if (d->status != RTE_COMP_OP_STATUS_SUCCESS)
		return -EBADMSG;
	if (d->consumed > len)
		ret = inflate_cut(cd, thread, j, body, len, d, &cut);
	if (ret != 0)
		return ret;
	if (cut)
		return -EBADMSG;
	return d->produced > j->out_len ? -ENOSPC : 0;
}

static int
inflate(struct compress_dev *cd, uint32_t thread, struct job *j)
{
	const uint32_t trailer = compress_trailer_len(j->format);
	uint32_t header, len, at, sum = 0;
	struct done d;
	int ret;

	ret = compress_header_get(j->format, j->in, j->in_len, &header);
	if (ret != 0)
		return ret;
	len = j->in_len - header;
	/* Where the device does not tell, the trailer is what the input ends with. */
	if (len <= trailer)
		return -EBADMSG;
	if (!cd->pmd->exact)
		len -= trailer;
	ret = inflate_body(cd, thread, j, j->in + header, len, &d);
	if (ret != 0)
		return ret;
	if (j->chksum != RTE_COMP_CHECKSUM_NONE)
		sum = sum_of(j->chksum, &d);
	else if (trailer != 0 || j->sum != NULL)
		sum = compress_sum(j->format, j->out, d.produced);
	at = header + (cd->pmd->exact ? d.consumed : len);
	if (at > j->in_len || j->in_len - at < trailer)
		return -EBADMSG;
	if (trailer != 0 && !compress_trailer_fits(j->format, j->in + at, sum, d.produced))
		return -EBADMSG;
	sum_put(j, sum);
	j->t->result = d.produced;
	return 0;
}

/* What a task asks for; the structures of the arguments begin at 8-byte boundaries. */
static int
job_read(struct compress_dev *cd, struct job *j, bool *compress)
{
	struct rte_vtaccel_task *t = j->t;
	const struct rte_vtaccel_seg *segs = t->segs;

	if (rte_vtaccel_task_fits(t) != 0)
		return -EINVAL;
	*compress = strcmp(t->proc->name, RTE_VTACCEL_PROC_DEFLATE) == 0;
	if (*compress) {
		const struct rte_vtaccel_deflate_args *a = t->args;

		j->level = a->level;
		j->format = a->format;
		if (j->level > RTE_VTACCEL_DEFLATE_MAX_LEVEL)
			return -EINVAL;
	} else {
		j->format = ((const struct rte_vtaccel_inflate_args *)t->args)->format;
	}
	if (j->format > RTE_VTACCEL_DEFLATE_GZIP)
		return -EINVAL;
	if (t->nb_out == 2) {
		if (segs[2].len < RTE_VTACCEL_DEFLATE_SUM_LEN) {
			t->result = RTE_VTACCEL_DEFLATE_SUM_LEN;
			return -ENOSPC;
		}
		j->sum = segs[2].addr;
	}
	j->in = segs[0].addr;
	j->in_len = segs[0].len;
	if (j->in_len > COMPRESS_MAX_LEN) {
		t->result = COMPRESS_MAX_LEN;
		return -EMSGSIZE;
	}
	j->out = segs[1].addr;
	j->out_len = *compress ? segs[1].len : RTE_MIN(segs[1].len, COMPRESS_MAX_LEN);
	j->chksum = chksum_of(cd, j->format);
	return 0;
}

static void
one(struct compress_dev *cd, uint32_t thread, struct rte_vtaccel_task *t)
{
	struct compress_thread *th = &cd->threads[thread];
	struct job j = { .t = t };
	bool compress = false;
	int status;

	rte_vtaccel_task_end(t, 0);
	status = job_read(cd, &j, &compress);
	if (status == 0)
		status = input(cd, th, &j);
	if (status == 0)
		status = compress ? deflate(cd, thread, &j) : inflate(cd, thread, &j);
	if (status == -ENOSPC && !compress && t->result == 0 && t->segs[1].len > COMPRESS_MAX_LEN) {
		status = -EMSGSIZE;
		t->result = COMPRESS_MAX_LEN;
	}
	t->status = status;
	if (th->copy_size > COPY_KEPT) {
		compress_mem_put(cd, th->copy);
		th->copy = NULL;
		th->copy_size = 0;
	}
}

void
compress_run(struct rte_vtaccel *dev, uint32_t thread, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	struct compress_dev *cd = dev->data;
	uint64_t start;
	uint16_t i;

	for (i = 0; i < nb; i++) {
		struct rte_vtaccel_task *t = tasks[i];

		if (unlikely(__atomic_load_n(&dev->state, __ATOMIC_RELAXED) == RTE_VINETALK_ACCEL_FAILED)) {
			rte_vtaccel_task_end(t, -EIO);
			continue;
		}
		start = rte_rdtsc();
		one(cd, thread, t);
		t->exec_ns = RTE_MAX(UINT64_C(1),
			(uint64_t)((double)(rte_rdtsc() - start) * 1e9 / (double)rte_get_tsc_hz()));
	}
}
