/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The compress accelerator against zlib: sizes, formats, levels, room; wrong use; its ends. */

/* All of compressdev is, in 22.11. */
#define ALLOW_EXPERIMENTAL_API

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include <rte_bus_vdev.h>
#include <rte_compressdev.h>

#include "compress_env.h"
#include "test_accel.h"

#define MAX_DATA (5U << 20)
#define ROOM (MAX_DATA + MAX_DATA / 8 + 1024)

static uint8_t *plain, *packed, *back;
static uint32_t seed;

static uint32_t
sum_of(uint32_t format, const uint8_t *p, uint32_t len)
{
	return (uint32_t)(format == RTE_VTACCEL_DEFLATE_ZLIB ? adler32(1, p, len) : crc32(0, p, len));
}

/* There, for zlib to read, and back; and what zlib wrote. */
static void
round_trip(struct compress_env *e, uint32_t len, uint32_t format, uint32_t level)
{
	struct compress_call c = {
		.level = level, .format = format, .in = plain, .in_len = len, .out = packed, .out_len = ROOM,
		.sum = compress_number(&seed, 2) == 0,
	};
	uint32_t n;

	compress_guard(packed, ROOM);
	CU_ASSERT_EQUAL_FATAL(compress_deflate(e, &c), 0);
	CU_ASSERT_EQUAL(c.copied, e->copies ? len : 0);
	CU_ASSERT_TRUE(compress_guarded(packed, ROOM));
	if (c.sum)
		CU_ASSERT_EQUAL(c.sum_is, sum_of(format, plain, len));
	n = (uint32_t)c.result;
	CU_ASSERT_EQUAL(compress_zlib_inflate(format, packed, n, back, len + 1), len);
	CU_ASSERT_EQUAL(memcmp(plain, back, len), 0);

	/* Into room that is just enough. */
	c = (struct compress_call){ .format = format, .in = packed, .in_len = n, .out = back, .out_len = len,
		.sum = compress_number(&seed, 2) == 0 };
	memset(back, 0, len);
	compress_guard(back, len);
	CU_ASSERT_EQUAL(compress_inflate(e, &c), 0);
	CU_ASSERT_EQUAL(c.result, len);
	CU_ASSERT_EQUAL(c.copied, e->copies ? n : 0);
	CU_ASSERT_TRUE(compress_guarded(back, len) && memcmp(plain, back, len) == 0);
	if (c.sum)
		CU_ASSERT_EQUAL(c.sum_is, sum_of(format, plain, len));
	if (len != 0) {
		c.out_len = len - 1;
		compress_guard(back, len - 1);
		CU_ASSERT_EQUAL(compress_inflate(e, &c), -ENOSPC);
		CU_ASSERT_TRUE(c.result == 0 && compress_guarded(back, len - 1));
	}

	n = compress_zlib(format, (int)compress_number(&seed, 10), (int)compress_number(&seed, 5), plain, len, packed,
		ROOM);
	CU_ASSERT_FATAL(n != 0);
	c = (struct compress_call){ .format = format, .in = packed, .in_len = n, .out = back, .out_len = len + 100 };
	memset(back, 0, len);
	compress_guard(back, len + 100);
	CU_ASSERT_EQUAL(compress_inflate(e, &c), 0);
	CU_ASSERT_EQUAL(c.result, len);
	CU_ASSERT_TRUE(compress_guarded(back, len + 100) && memcmp(plain, back, len) == 0);
}

static void
test_sizes(void)
{
	static const uint32_t sizes[] = {
		0, 1, 2, 3, 100, 1000, 4096, 16384, 32768, 61439, 61440, 61441, 65534, 65535, 65536, 65537, 122880,
		122881, 131072, 200000, 1000003,
	};
	struct compress_env e;
	unsigned int d, i;

	seed = 1;
	COMPRESS_FOR_EACH(d) {
		compress_up(&e, compress_drivers[d], ",workers=1,inline=2000");
		for (i = 0; i < RTE_DIM(sizes) * 3; i++) {
			compress_fill(&seed, i % 4, plain, sizes[i / 3]);
			round_trip(&e, sizes[i / 3], i % 3, compress_number(&seed, 10));
		}
		for (i = 0; i < 300; i++) {
			const uint32_t len = compress_number(&seed, i % 10 == 0 ? 300000 : 3000);

			compress_fill(&seed, i % 4, plain, len);
			round_trip(&e, len, i % 3, compress_number(&seed, 13));
		}
		/* The lower half of its Adler-32 sum is 65521, which is 0. */
		memset(plain, 0xff, 256);
		plain[256] = 0xf0;
		CU_ASSERT_EQUAL(sum_of(RTE_VTACCEL_DEFLATE_ZLIB, plain, 257) & 0xffff, 0);
		round_trip(&e, 257, RTE_VTACCEL_DEFLATE_ZLIB, 1);
		compress_fill(&seed, 2, plain, MAX_DATA);
		round_trip(&e, MAX_DATA, RTE_VTACCEL_DEFLATE_GZIP, 1);
		round_trip(&e, MAX_DATA, RTE_VTACCEL_DEFLATE_RAW, 3);
		compress_down(&e);
	}
}

/*
 * What an output that is too small is told is enough, for noise too; with less room there is that,
 * or a result.
 */
static void
test_room(void)
{
	static const uint32_t sizes[] = { 0, 1, 100, 5000, 65535, 65536, 300000, 3000000 };
	struct compress_env e;
	unsigned int d, i, level;
	uint32_t n, room;
	int ret;

	seed = 2;
	COMPRESS_FOR_EACH(d) {
		compress_up(&e, compress_drivers[d], ",workers=0");
		for (i = 0; i < RTE_DIM(sizes) * 4; i++) {
			const uint32_t len = sizes[i / 4], format = i % 3;
			struct compress_call c = { .format = format, .in = plain, .in_len = len, .out = packed };

			compress_fill(&seed, i % 4, plain, len);
			for (level = 0; level < 10; level += len > 1000000 ? 3 : 1) {
				c.level = level;
				c.out_len = 0;
				CU_ASSERT_EQUAL(compress_deflate(&e, &c), -ENOSPC);
				CU_ASSERT_FATAL(c.result > len && c.result < ROOM);
				c.out_len = (uint32_t)c.result;
				compress_guard(packed, c.out_len);
				CU_ASSERT_EQUAL(compress_deflate(&e, &c), 0);
				CU_ASSERT_TRUE(compress_guarded(packed, c.out_len));
			}
			n = (uint32_t)c.result;
			for (room = n > 40 ? n - 40 : 0; room < n + 20; room++) {
				c.out_len = room;
				compress_guard(packed, room);
				ret = compress_deflate(&e, &c);
				CU_ASSERT_TRUE(ret == -ENOSPC || (ret == 0 && c.result <= room));
				CU_ASSERT_TRUE(compress_guarded(packed, room));
				if (len > 100000)
					room += 13;
			}
		}
		compress_down(&e);
	}
}

static void
test_bad(void)
{
	struct compress_env e;
	struct compress_call c, good = { .level = 6, .format = 2, .in = plain, .in_len = 1000, .out = packed,
		.out_len = 2000 };
	struct rte_vtaccel_deflate_args args = { .level = 1 };
	struct rte_vtaccel_task *t, *done;
	struct accel_task at;
	uint8_t *big;
	unsigned int d;

	seed = 3;
	compress_fill(&seed, 1, plain, 1000);
	big = calloc(1, RTE_VTACCEL_COMPRESS_MAX_LEN + 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(big);
	COMPRESS_FOR_EACH(d) {
		compress_up(&e, compress_drivers[d], ",workers=1");
#define BAD(status, proc, field, value) \
		do { \
			c = good; \
			c.field = value; \
			CU_ASSERT_EQUAL(compress_ ## proc(&e, &c), status); \
			c = good; \
			CU_ASSERT_EQUAL(compress_deflate(&e, &c), 0); \
		} while (0)
		BAD(-EINVAL, deflate, level, 13);
		BAD(-EINVAL, deflate, level, UINT32_MAX);
		BAD(-EINVAL, deflate, format, 3);
		BAD(-EINVAL, inflate, format, 3);
		BAD(-EINVAL, inflate, format, UINT32_MAX);
		BAD(-ENOSPC, deflate, out_len, 18);
		BAD(-EBADMSG, inflate, format, 0); /* text */
		BAD(-EBADMSG, inflate, format, 1);
		BAD(-EBADMSG, inflate, format, 2);
		BAD(-EBADMSG, inflate, in_len, 0);
		/* Too long, in and out. */
		c = good;
		c.in = big;
		c.in_len = RTE_VTACCEL_COMPRESS_MAX_LEN + 1;
		CU_ASSERT_TRUE(compress_deflate(&e, &c) == -EMSGSIZE && c.result == RTE_VTACCEL_COMPRESS_MAX_LEN);
		CU_ASSERT_TRUE(compress_inflate(&e, &c) == -EMSGSIZE && c.result == RTE_VTACCEL_COMPRESS_MAX_LEN);
		c = good;
		c.in = packed;
		c.in_len = compress_zlib(2, 9, 0, big, RTE_VTACCEL_COMPRESS_MAX_LEN + 1, packed, ROOM);
		c.out = big;
		c.out_len = RTE_VTACCEL_COMPRESS_MAX_LEN + 1;
		CU_ASSERT_TRUE(compress_inflate(&e, &c) == -EMSGSIZE && c.result == RTE_VTACCEL_COMPRESS_MAX_LEN);
		/* Shapes. */
		accel_task_init(&at, rte_vtaccel_proc_find(e.dev, RTE_VTACCEL_PROC_DEFLATE), &e.stream);
		accel_task_in(&at, plain, 100);
		accel_task_out(&at, packed, 1000);
		t = &at.t;
		CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(e.dev, &t, 1), 1);
		CU_ASSERT_TRUE(accel_collect(e.dev, &done, 1) == 1 && t->status == -EINVAL);
		accel_task_args(&at, &args, sizeof(args));
		accel_task_out(&at, back, 3);
		CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(e.dev, &t, 1), 1);
		CU_ASSERT_TRUE(accel_collect(e.dev, &done, 1) == 1 && t->status == -ENOSPC && t->result == 4);
		accel_task_out(&at, back, 100);
		CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(e.dev, &t, 1), 1);
		CU_ASSERT_TRUE(accel_collect(e.dev, &done, 1) == 1 && t->status == -EINVAL);
		compress_down(&e);
	}
	free(big);
}

/* In one place: with a private copy, which is counted. */
static void
test_overlap(void)
{
	struct compress_env e;
	struct compress_call c;
	uint32_t n;
	unsigned int d;

	seed = 4;
	COMPRESS_FOR_EACH(d) {
		compress_up(&e, compress_drivers[d], ",workers=0");
		compress_fill(&seed, 2, plain, 100000);
		memcpy(packed, plain, 100000);
		c = (struct compress_call){ .level = 1, .format = 1, .in = packed, .in_len = 100000, .out = packed + 10,
			.out_len = 120000 };
		CU_ASSERT_EQUAL(compress_deflate(&e, &c), 0);
		CU_ASSERT_EQUAL(c.copied, 100000);
		n = (uint32_t)c.result;
		c = (struct compress_call){ .format = 1, .in = packed + 10, .in_len = n, .out = packed, .out_len = 100000 };
		CU_ASSERT_EQUAL(compress_inflate(&e, &c), 0);
		CU_ASSERT_TRUE(c.result == 100000 && c.copied == n && memcmp(packed, plain, 100000) == 0);
		compress_down(&e);
	}
}

/* What has begun ends, what has not is canceled; the same device serves again. */
static void
test_stop(void)
{
	enum { NB = 64 };
	static struct accel_task at[NB];
	const struct rte_vtaccel_deflate_args args = { .level = 9, .format = 2 };
	struct rte_vtaccel_task *tasks[NB], *got[NB];
	struct compress_env e;
	unsigned int d, i, n;

	seed = 5;
	compress_fill(&seed, 1, plain, 300000);
	COMPRESS_FOR_EACH(d) {
		compress_up(&e, compress_drivers[d], ",workers=2");
		for (i = 0; i < NB; i++) {
			accel_task_init(&at[i], rte_vtaccel_proc_find(e.dev, RTE_VTACCEL_PROC_DEFLATE), &e.stream);
			accel_task_args(&at[i], &args, sizeof(args));
			accel_task_in(&at[i], plain, 300000);
			accel_task_out(&at[i], packed + i * 80000, 80000);
			tasks[i] = &at[i].t;
		}
		n = rte_vtaccel_enqueue_burst(e.dev, tasks, NB);
		CU_ASSERT_EQUAL(n, NB);
		rte_vtaccel_stop(e.dev);
		CU_ASSERT_EQUAL(accel_collect(e.dev, got, n), n);
		for (i = 0; i < n; i++) {
			CU_ASSERT_PTR_EQUAL(got[i], tasks[i]);
			CU_ASSERT_TRUE(got[i]->status == -ECANCELED || got[i]->status == 0);
		}
		CU_ASSERT_EQUAL(got[n - 1]->status, -ECANCELED);
		CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(e.dev, tasks, 1), 0);
		CU_ASSERT_EQUAL(rte_vtaccel_start(e.dev), 0);
		round_trip(&e, 300000, 2, 1);
		/* Removed with tasks in it: they are the caller's, and nobody writes to them any more. */
		CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(e.dev, tasks, 8), 8);
		compress_down(&e);
		compress_up(&e, compress_drivers[d], ",workers=3");
		round_trip(&e, 1000, 0, 1);
		compress_down(&e);
	}
}

/* A device that stops by itself has failed; started again, it goes on. */
static void
test_fail(void)
{
	struct compress_call c = { .level = 1, .in = plain, .in_len = 1000, .out = packed, .out_len = 4000 };
	struct compress_env e;
	char name[64];
	unsigned int d;

	compress_fill(&seed, 1, plain, 1000);
	COMPRESS_FOR_EACH(d) {
		compress_up(&e, compress_drivers[d], ",workers=0");
		rte_vtaccel_location(e.dev, name, sizeof(name));
		*strchr(name, ',') = '\0';
		CU_ASSERT_EQUAL(compress_deflate(&e, &c), 0);
		__atomic_store_n(&e.dev->state, RTE_VINETALK_ACCEL_FAILED, __ATOMIC_RELAXED);
		CU_ASSERT_EQUAL(compress_deflate(&e, &c), -EIO);
		rte_compressdev_stop((uint8_t)rte_compressdev_get_dev_id(name));
		CU_ASSERT_EQUAL(rte_vtaccel_recover(e.dev), 0);
		CU_ASSERT_EQUAL(compress_deflate(&e, &c), 0);
		round_trip(&e, 300000, 2, 1);
		compress_down(&e);
	}
}

static void
test_args(void)
{
	static const char *const bad[] = {
		"compress", "compress,dev=", "compress,dev=compress_nothing", "compress,dev=net_null",
		"compress,dev=compress_zlib,workers=129", "compress,dev=compress_zlib,depth=0",
		"compress,dev=compress_zlib,speed=1",
		"compress,dev=a_name_that_is_longer_than_any_device_may_have_it",
	};
	struct rte_vtaccel *dev, *second;
	struct compress_env e;
	char where[128];
	unsigned int i, nb;

	for (i = 0; i < RTE_DIM(bad); i++)
		CU_ASSERT_TRUE(rte_vtaccel_probe(bad[i], &dev) < 0);
	/* Two of one driver, of which each is used again. */
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("compress,dev=compress_zlib,workers=2", &dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("compress,dev=compress_zlib,workers=0", &second), 0);
	rte_vtaccel_location(dev, where, sizeof(where));
	CU_ASSERT_PTR_NOT_NULL(strstr(where, "compress_zlib_vt"));
	CU_ASSERT_EQUAL(dev->ops->type, RTE_VINETALK_ACCEL_COMPRESS);
	nb = rte_compressdev_count();
	for (i = 0; i < 200; i++) {
		rte_vtaccel_remove(dev);
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("compress,dev=compress_zlib,workers=5", &dev), 0);
	}
	rte_vtaccel_remove(second);
	rte_vtaccel_remove(dev);
	CU_ASSERT_EQUAL(rte_compressdev_count(), nb);
	/* One that somebody else made: it is used, by one at a time. */
	CU_ASSERT_EQUAL_FATAL(rte_vdev_init("compress_zlib_mine", ""), 0);
	compress_up(&e, "compress_zlib_mine", ",workers=1");
	seed = 6;
	compress_fill(&seed, 1, plain, 70000);
	round_trip(&e, 70000, 1, 6);
	CU_ASSERT_EQUAL(rte_vtaccel_probe("compress,dev=compress_zlib_mine", &second), -EBUSY);
	round_trip(&e, 70000, 1, 6);
	compress_down(&e);
}

static int
setup(void)
{
	unsigned int d, nb = 0;

	COMPRESS_FOR_EACH(d)
		nb++;
	if (nb < 2) {
		vt_test_skip_reason("not both of compress_isal and compress_zlib are here");
		return VT_TEST_SKIPPED;
	}
	plain = malloc(MAX_DATA);
	packed = malloc(ROOM + 2 * COMPRESS_GUARD);
	back = malloc(MAX_DATA + 1000 + 2 * COMPRESS_GUARD);
	if (plain == NULL || packed == NULL || back == NULL)
		return 1;
	packed += COMPRESS_GUARD;
	back += COMPRESS_GUARD;
	return 0;
}

static int
cleanup(void)
{
	free(plain);
	if (packed != NULL)
		free(packed - COMPRESS_GUARD);
	if (back != NULL)
		free(back - COMPRESS_GUARD);
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "there and back by zlib: sizes, formats, levels", test_sizes },
	{ "room: what is told suffices", test_room },
	{ "wrong arguments, shapes and lengths", test_bad },
	{ "input and output overlap", test_overlap },
	{ "stop and removal with tasks in it", test_stop },
	{ "a failed device, started again", test_fail },
	{ "arguments of the driver", test_args },
};

VT_TEST_SUITE(vinetalk_compress_autotest, setup, cleanup, cases);
