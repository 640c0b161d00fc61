/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <stdio.h>
#include <string.h>

#include <zlib.h>

#include <rte_common.h>

#include "compress_env.h"
#include "test_accel.h"

const char *const compress_drivers[] = { "compress_isal", "compress_zlib", NULL };

const char *
compress_missing(const char *driver)
{
	static int known[RTE_DIM(compress_drivers)]; /* 1: there, 2: missing */
	struct rte_vtaccel *dev;
	char args[128];
	unsigned int i;

	for (i = 0; compress_drivers[i] != NULL && strcmp(compress_drivers[i], driver) != 0; i++)
		;
	if (known[i] == 0) {
		snprintf(args, sizeof(args), "compress,dev=%s,workers=0", driver);
		known[i] = rte_vtaccel_probe(args, &dev) == 0 ? 1 : 2;
		if (known[i] == 1)
			rte_vtaccel_remove(dev);
	}
	return known[i] == 1 ? NULL : "no such compressdev can be made here";
}

void
compress_up(struct compress_env *e, const char *driver, const char *more)
{
	char args[256];

	snprintf(args, sizeof(args), "compress,dev=%s%s", driver, more);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(args, &e->dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(e->dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(e->dev, &e->stream), 0);
	e->driver = driver;
	e->copies = e->tails = strcmp(driver, "compress_isal") == 0;
}

void
compress_down(struct compress_env *e)
{
	rte_vtaccel_stop(e->dev);
	rte_vtaccel_stream_close(&e->stream);
	rte_vtaccel_remove(e->dev);
}

int
compress_call(struct compress_env *e, const char *name, struct compress_call *c)
{
	const struct rte_vtaccel_proc *proc = rte_vtaccel_proc_find(e->dev, name);
	const struct rte_vtaccel_deflate_args deflate_args = { .level = c->level, .format = c->format };
	const struct rte_vtaccel_inflate_args inflate_args = { .format = c->format };
	struct rte_vtaccel_task *t, *back = NULL;
	struct accel_task at;

	CU_ASSERT_PTR_NOT_NULL_FATAL(proc);
	accel_task_init(&at, proc, &e->stream);
	if (strcmp(name, RTE_VTACCEL_PROC_DEFLATE) == 0)
		accel_task_args(&at, &deflate_args, sizeof(deflate_args));
	else
		accel_task_args(&at, &inflate_args, sizeof(inflate_args));
	accel_task_in(&at, c->in, c->in_len);
	accel_task_out(&at, c->out, c->out_len);
	if (c->sum)
		accel_task_out(&at, &c->sum_is, sizeof(c->sum_is));
	t = &at.t;
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(e->dev, &t, 1), 1);
	CU_ASSERT_EQUAL_FATAL(accel_collect(e->dev, &back, 1), 1);
	CU_ASSERT_PTR_EQUAL(back, t);
	/* A device that has failed runs nothing. */
	CU_ASSERT_TRUE((t->exec_ns != 0 || t->status == -EIO) && t->exec_ns != UINT64_MAX);
	c->result = t->result;
	c->copied = t->copied;
	return t->status;
}

int
compress_deflate(struct compress_env *e, struct compress_call *c)
{
	return compress_call(e, RTE_VTACCEL_PROC_DEFLATE, c);
}

int
compress_inflate(struct compress_env *e, struct compress_call *c)
{
	return compress_call(e, RTE_VTACCEL_PROC_INFLATE, c);
}

static int
window(uint32_t format)
{
	return format == RTE_VTACCEL_DEFLATE_RAW ? -15 : format == RTE_VTACCEL_DEFLATE_ZLIB ? 15 : 31;
}

uint32_t
compress_zlib(uint32_t format, int level, int strategy, const uint8_t *in, uint32_t len, uint8_t *out,
		uint32_t room)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)in, .avail_in = len, .next_out = out, .avail_out = room };
	int ret;

	CU_ASSERT_EQUAL_FATAL(deflateInit2(&z, level, Z_DEFLATED, window(format), 8, strategy), Z_OK);
	ret = deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return ret == Z_STREAM_END ? (uint32_t)z.total_out : 0;
}

uint32_t
compress_zlib_inflate(uint32_t format, const uint8_t *in, uint32_t len, uint8_t *out, uint32_t room)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)in, .avail_in = len, .next_out = out, .avail_out = room };
	int ret;

	CU_ASSERT_EQUAL_FATAL(inflateInit2(&z, window(format)), Z_OK);
	ret = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	return ret == Z_STREAM_END && z.avail_in == 0 ? (uint32_t)z.total_out : UINT32_MAX;
}

uint32_t
compress_number(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)(*seed >> 8) * below) >> 24);
}

void
compress_fill(uint32_t *seed, unsigned int kind, uint8_t *p, uint32_t len)
{
	static const char text[] = "the vine that grows over the wall carries what is said on either side of it. ";
	uint32_t i;

	for (i = 0; i < len; i++) {
		if (kind == 3)
			p[i] = 'v';
		else if (kind == 0 || (kind == 2 && i % 3000 < 1000))
			p[i] = (uint8_t)compress_number(seed, 256);
		else
			p[i] = (uint8_t)text[(i + compress_number(seed, 40) / 39) % (sizeof(text) - 1)];
	}
}

void
compress_guard(uint8_t *p, uint32_t len)
{
	memset(p - COMPRESS_GUARD, 0xa5, COMPRESS_GUARD);
	memset(p + len, 0xa5, COMPRESS_GUARD);
}

bool
compress_guarded(const uint8_t *p, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < COMPRESS_GUARD; i++)
		if (p[len + i] != 0xa5 || *(p - 1 - i) != 0xa5)
			return false;
	return true;
}
