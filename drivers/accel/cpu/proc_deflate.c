/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* deflate and inflate by libdeflate. */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

#include <rte_vtaccel.h>
#include <rte_vtaccel_procs.h>

/* What a thread keeps: allocating a compressor costs more than compressing a small input. */
struct objects {
	struct libdeflate_compressor *compressors[RTE_VTACCEL_DEFLATE_MAX_LEVEL + 1];
	struct libdeflate_decompressor *decompressor;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool have_key;
/* This thread's; key frees them when the thread ends. */
static __thread struct objects *objects;

static void
thread_end(void *arg)
{
	struct objects *o = arg;
	unsigned int i;

	for (i = 0; i < RTE_DIM(o->compressors); i++)
		libdeflate_free_compressor(o->compressors[i]);
	libdeflate_free_decompressor(o->decompressor);
	free(o);
}

static void
init(void)
{
	have_key = pthread_key_create(&key, thread_end) == 0;
}

static struct objects *
objects_get(void)
{
	if (objects != NULL)
		return objects;
	pthread_once(&once, init);
	if (!have_key)
		return NULL;
	objects = calloc(1, sizeof(*objects));
	if (objects != NULL && pthread_setspecific(key, objects) != 0) {
		free(objects);
		objects = NULL;
	}
	return objects;
}

static struct libdeflate_compressor *
compressor_get(uint32_t level)
{
	struct objects *o = objects_get();

	if (o == NULL)
		return NULL;
	if (o->compressors[level] == NULL)
		o->compressors[level] = libdeflate_alloc_compressor((int)level);
	return o->compressors[level];
}

static struct libdeflate_decompressor *
decompressor_get(void)
{
	struct objects *o = objects_get();

	if (o == NULL)
		return NULL;
	if (o->decompressor == NULL)
		o->decompressor = libdeflate_alloc_decompressor();
	return o->decompressor;
}

/* Whether there is room for a check sum, if one is wanted. */
static int
sum_check(struct rte_vtaccel_task *t)
{
	if (t->nb_out < 2 || t->segs[2].len >= RTE_VTACCEL_DEFLATE_SUM_LEN)
		return 0;
	t->result = RTE_VTACCEL_DEFLATE_SUM_LEN;
	return -ENOSPC;
}

static void
sum_put(struct rte_vtaccel_task *t, uint32_t format, const void *data, size_t len)
{
	uint32_t sum;

	if (t->nb_out < 2)
		return;
	sum = format == RTE_VTACCEL_DEFLATE_ZLIB ? libdeflate_adler32(1, data, len) : libdeflate_crc32(0, data, len);
	memcpy(t->segs[2].addr, &sum, sizeof(sum));
}

static int
deflate(struct rte_vtaccel_task *t)
{
	const struct rte_vtaccel_seg *in = &t->segs[0], *out = &t->segs[1];
	struct libdeflate_compressor *c;
	struct rte_vtaccel_deflate_args a;
	size_t n, bound;

	memcpy(&a, t->args, sizeof(a));
	if (a.level > RTE_VTACCEL_DEFLATE_MAX_LEVEL || a.format > RTE_VTACCEL_DEFLATE_GZIP)
		return -EINVAL;
	if (sum_check(t) != 0)
		return -ENOSPC;
	c = compressor_get(a.level);
	if (c == NULL)
		return -ENOMEM;
	if (a.format == RTE_VTACCEL_DEFLATE_RAW) {
		n = libdeflate_deflate_compress(c, in->addr, in->len, out->addr, out->len);
		bound = libdeflate_deflate_compress_bound(c, in->len);
	} else if (a.format == RTE_VTACCEL_DEFLATE_ZLIB) {
		n = libdeflate_zlib_compress(c, in->addr, in->len, out->addr, out->len);
		bound = libdeflate_zlib_compress_bound(c, in->len);
	} else {
		n = libdeflate_gzip_compress(c, in->addr, in->len, out->addr, out->len);
		bound = libdeflate_gzip_compress_bound(c, in->len);
	}
	if (n != 0)
		sum_put(t, a.format, in->addr, in->len);
	t->result = n == 0 ? bound : n;
	return n == 0 ? -ENOSPC : 0;
}

/*
 * Private input: libdeflate finds matches, counts symbols and then encodes, and so reads the
 * input several times, with lengths from the first time. Its output is only written.
 */
static const struct rte_vtaccel_proc deflate_proc = {
	.api = RTE_VTACCEL_API,
	.flags = RTE_VTACCEL_PROC_F_PRIVATE_INPUT,
	.name = RTE_VTACCEL_PROC_DEFLATE,
	.type = RTE_VINETALK_ACCEL_CPU,
	.min_in = 1, .max_in = 1,
	.min_out = 1, .max_out = 2,
	.min_args = sizeof(struct rte_vtaccel_deflate_args),
	.max_args = sizeof(struct rte_vtaccel_deflate_args),
	.native = deflate,
};
RTE_VTACCEL_REGISTER_NATIVE(deflate_proc)

static int
inflate(struct rte_vtaccel_task *t)
{
	const struct rte_vtaccel_seg *in = &t->segs[0], *out = &t->segs[1];
	struct rte_vtaccel_inflate_args a;
	struct libdeflate_decompressor *d;
	enum libdeflate_result ret;
	size_t n = 0;

	memcpy(&a, t->args, sizeof(a));
	if (a.format > RTE_VTACCEL_DEFLATE_GZIP)
		return -EINVAL;
	if (sum_check(t) != 0)
		return -ENOSPC;
	d = decompressor_get();
	if (d == NULL)
		return -ENOMEM;
	if (a.format == RTE_VTACCEL_DEFLATE_RAW)
		ret = libdeflate_deflate_decompress(d, in->addr, in->len, out->addr, out->len, &n);
	else if (a.format == RTE_VTACCEL_DEFLATE_ZLIB)
		ret = libdeflate_zlib_decompress(d, in->addr, in->len, out->addr, out->len, &n);
	else
		ret = libdeflate_gzip_decompress(d, in->addr, in->len, out->addr, out->len, &n);
	if (ret == LIBDEFLATE_INSUFFICIENT_SPACE)
		return -ENOSPC;
	if (ret != LIBDEFLATE_SUCCESS)
		return -EBADMSG;
	sum_put(t, a.format, out->addr, n);
	t->result = n;
	return 0;
}

/*
 * Private input: the decoder refills its bit buffer with words that overlap, so it reads bytes
 * twice and relies on them being the same. The output is read again, for
 * matches and check sums, but only as values that are copied or summed: every bound there
 * comes from the input. A client that changes it harms its own result.
 */
static const struct rte_vtaccel_proc inflate_proc = {
	.api = RTE_VTACCEL_API,
	.flags = RTE_VTACCEL_PROC_F_PRIVATE_INPUT,
	.name = RTE_VTACCEL_PROC_INFLATE,
	.type = RTE_VINETALK_ACCEL_CPU,
	.min_in = 1, .max_in = 1,
	.min_out = 1, .max_out = 2,
	.min_args = sizeof(struct rte_vtaccel_inflate_args),
	.max_args = sizeof(struct rte_vtaccel_inflate_args),
	.native = inflate,
};
RTE_VTACCEL_REGISTER_NATIVE(inflate_proc)
