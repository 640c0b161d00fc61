/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The dma accelerator on DPDK's dma_skeleton, whose thread copies. */

/* dmadev is, in 22.11. */
#define ALLOW_EXPERIMENTAL_API

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_dmadev.h>
#include <rte_vinetalk.h>
#include <rte_vtaccel.h>
#include <rte_vtaccel_dma.h>

#include "fixture.h"
#include "test.h"
#include "test_accel.h"

#define DATA (1U << 20)

static struct rte_vtaccel *dev;
static struct rte_vtaccel_stream stream;
static uint8_t *from, *to;

static void
up(const char *args)
{
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(args, &dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &stream), 0);
}

static void
down(void)
{
	rte_vtaccel_stop(dev);
	rte_vtaccel_stream_close(&stream);
	rte_vtaccel_remove(dev);
}

static const struct rte_vtaccel_proc *
proc(const char *name)
{
	const struct rte_vtaccel_proc *p = rte_vtaccel_proc_find(dev, name);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

/* Through the device, in order; how many came back within 20 s. */
static unsigned int
pass(struct accel_task *tasks, unsigned int nb)
{
	const time_t limit = time(NULL) + 20;
	struct rte_vtaccel_task *p[32], *back[32];
	unsigned int sent = 0, got = 0, i, n;

	while (got < nb && time(NULL) < limit) {
		for (n = 0; n < RTE_DIM(p) && sent + n < nb; n++)
			p[n] = &tasks[sent + n].t;
		sent += rte_vtaccel_enqueue_burst(dev, p, (uint16_t)n);
		n = rte_vtaccel_dequeue_burst(dev, back, RTE_DIM(back));
		for (i = 0; i < n; i++) {
			CU_ASSERT_PTR_EQUAL(back[i], &tasks[got + i].t);
			CU_ASSERT_EQUAL(back[i]->copied, 0);
		}
		got += n;
		if (n == 0)
			usleep(10);
	}
	return got;
}

static int
one(struct accel_task *t)
{
	CU_ASSERT_EQUAL_FATAL(pass(t, 1), 1);
	return t->t.status;
}

static void
fill(void)
{
	uint32_t i;

	for (i = 0; i < DATA; i++)
		from[i] = (uint8_t)(i * 31 + i / 251);
	memset(to, 0xa5, DATA + 64);
}

static void
test_copy(void)
{
	static const uint32_t lens[] = { 0, 1, 63, 64, 4096, 65536, DATA };
	struct accel_task t;
	unsigned int i;

	up("dma,dev=dma_skeleton");
	for (i = 0; i < RTE_DIM(lens); i++) {
		fill();
		accel_task_init(&t, proc("dma_copy"), &stream);
		accel_task_in(&t, from, lens[i]);
		accel_task_out(&t, to, lens[i]);
		CU_ASSERT_EQUAL(one(&t), 0);
		CU_ASSERT_EQUAL(t.t.result, lens[i]);
		CU_ASSERT_EQUAL(memcmp(from, to, lens[i]), 0);
		CU_ASSERT_EQUAL(to[lens[i]], 0xa5);
	}
	down();
}

static void
test_gather(void)
{
	struct accel_task t;
	unsigned int i, at;

	up("dma,dev=dma_skeleton");
	fill();
	accel_task_init(&t, proc("dma_gather"), &stream);
	/* From behind to the front, with an empty one. */
	for (i = 0; i < 15; i++)
		accel_task_in(&t, from + (15 - i) * 1000, i == 7 ? 0 : i + 1);
	accel_task_out(&t, to, 200);
	CU_ASSERT_EQUAL(one(&t), 0);
	for (i = 0, at = 0; i < 15; i++) {
		if (i == 7)
			continue;
		CU_ASSERT_EQUAL(memcmp(to + at, from + (15 - i) * 1000, i + 1), 0);
		at += i + 1;
	}
	CU_ASSERT_TRUE(t.t.result == at && to[at] == 0xa5);
	down();
}

static void
test_scatter(void)
{
	struct accel_task t;
	unsigned int i, at;

	up("dma,dev=dma_skeleton");
	fill();
	accel_task_init(&t, proc("dma_scatter"), &stream);
	accel_task_in(&t, from + 77, 100);
	/* 14 to the front from behind, with an empty one; the last is filled in part. */
	for (i = 0; i < 15; i++)
		accel_task_out(&t, to + (15 - i) * 1000, i == 7 ? 0 : i + 1);
	CU_ASSERT_EQUAL(one(&t), 0);
	CU_ASSERT_EQUAL(t.t.result, 100);
	for (i = 0, at = 0; i < 15; i++) {
		const unsigned int n = i == 7 ? 0 : RTE_MIN(i + 1, 100 - at);

		CU_ASSERT_EQUAL(memcmp(to + (15 - i) * 1000, from + 77 + at, n), 0);
		CU_ASSERT_EQUAL(to[(15 - i) * 1000 + n], 0xa5);
		at += n;
	}
	CU_ASSERT_EQUAL(at, 100);
	/* Too much, one that is written twice, and one that is read. */
	accel_task_init(&t, proc("dma_scatter"), &stream);
	accel_task_in(&t, from, 21);
	accel_task_out(&t, to, 10);
	accel_task_out(&t, to + 10, 10);
	CU_ASSERT_EQUAL(one(&t), -ENOSPC);
	CU_ASSERT_EQUAL(t.t.result, 21);
	t.segs[0].len = 20;
	CU_ASSERT_EQUAL(one(&t), 0);
	CU_ASSERT_EQUAL(memcmp(to, from, 20), 0);
	t.segs[2].addr = to + 9;
	CU_ASSERT_EQUAL(one(&t), -EINVAL);
	/* Bytes that are not written may. */
	t.segs[0].len = 10;
	CU_ASSERT_EQUAL(one(&t), 0);
	t.segs[2].addr = from;
	CU_ASSERT_EQUAL(one(&t), 0);
	t.segs[0].len = 11;
	CU_ASSERT_EQUAL(one(&t), -EINVAL);
	down();
}

static void
test_bad(void)
{
	struct accel_task t;

	up("dma,dev=dma_skeleton");
	fill();
#define BAD(src, n, dst, m, expected) \
	do { \
		accel_task_init(&t, proc("dma_copy"), &stream); \
		accel_task_in(&t, src, n); \
		accel_task_out(&t, dst, m); \
		CU_ASSERT_EQUAL(one(&t), expected); \
	} while (0)
	BAD(from, 100, to, 99, -ENOSPC);
	CU_ASSERT_EQUAL(t.t.result, 100);
	BAD(from, 100, from, 100, -EINVAL);
	BAD(from, 100, from + 99, 100, -EINVAL);
	BAD(from + 99, 100, from, 100, -EINVAL);
	BAD(from, 100, from + 100, 100, 0);
	accel_task_init(&t, proc("dma_gather"), &stream);
	accel_task_in(&t, from, 10);
	accel_task_in(&t, to + 5, 10);
	accel_task_out(&t, to, 100);
	CU_ASSERT_EQUAL(one(&t), -EINVAL);
	/* The skeleton does not fill, and so it is not there. */
	CU_ASSERT_PTR_NULL(rte_vtaccel_proc_find(dev, RTE_VTACCEL_PROC_DMA_FILL));
	down();
}

/* Each task copies what the one before has written: the bytes arrive at the end, more tasks than descriptors. */
static void
test_chain(void)
{
	enum { N = 1000, LEN = 512 };
	struct accel_task *t = calloc(N, sizeof(*t));
	unsigned int i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	up("dma,dev=dma_skeleton,depth=64");
	fill();
	memcpy(to, from + 12345, LEN);
	for (i = 0; i < N; i++) {
		accel_task_init(&t[i], proc("dma_copy"), &stream);
		accel_task_in(&t[i], to + i * LEN, LEN);
		accel_task_out(&t[i], to + (i + 1) * LEN, LEN);
	}
	CU_ASSERT_EQUAL(pass(t, N), N);
	for (i = 0; i < N; i++)
		CU_ASSERT_EQUAL(t[i].t.status, 0);
	CU_ASSERT_EQUAL(memcmp(to + N * LEN, from + 12345, LEN), 0);
	down();
	free(t);
}

/* As a client sees it, through an appliance and shared memory. */
static void
test_client(void)
{
	static const char *const accels[] = { "dma,dev=dma_skeleton,depth=32", NULL };
	static const struct rte_vtappliance_domain_conf domain = { .uid = -1, .gid = -1, .arena_size = 4 << 20 };
	enum { NB = 200, LEN = 10000 };
	struct rte_vtappliance_stats st;
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct rte_vinetalk_seg *segs;
	uint16_t id, va;
	struct fixture f;
	unsigned int i, sent = 0, got = 0;
	uint8_t *data;
	int d;

	fill();
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, accels, NULL, &domain), 0);
	d = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_FATAL(d >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(d, "dma_gather", &id, &va), 0);
	data = rte_vinetalk_alloc((uint16_t)d, (NB + 1) * LEN, 0, RTE_VINETALK_PLACE_HOST);
	segs = rte_vinetalk_alloc((uint16_t)d, NB * 3 * sizeof(*segs), 0, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_FATAL(data != NULL && segs != NULL);
	memset(data, 0xa5, (NB + 1) * LEN);
	memcpy(data, from, LEN);
	/* Each turns the halves of what the one before has written. */
	while (got < NB) {
		for (; sent < NB; sent++) {
			struct rte_vinetalk_seg *s = &segs[sent * 3];
			const uint64_t at = rte_vinetalk_offset((uint16_t)d, data) + sent * LEN;

			s[0] = (struct rte_vinetalk_seg){ .offset = at + LEN / 2, .len = LEN / 2 };
			s[1] = (struct rte_vinetalk_seg){ .offset = at, .len = LEN / 2 };
			s[2] = (struct rte_vinetalk_seg){ .offset = at + LEN, .len = LEN };
			rte_vinetalk_task_init(&t, va, id, sent);
			CU_ASSERT_EQUAL_FATAL(rte_vinetalk_task_segs((uint16_t)d, &t, s, 2, 1), 0);
			if (rte_vinetalk_enqueue_burst((uint16_t)d, 0, &t, 1) != 1)
				break;
		}
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_wait((uint16_t)d, 0, 20000000), 0);
		for (; rte_vinetalk_dequeue_burst((uint16_t)d, 0, &c, 1) == 1; got++) {
			CU_ASSERT_EQUAL(c.cookie, got);
			CU_ASSERT_EQUAL(c.status, 0);
			CU_ASSERT_EQUAL(c.result, LEN);
		}
	}
	for (i = 1; i <= NB; i++)
		CU_ASSERT_TRUE(memcmp(data + i * LEN, from + i % 2 * (LEN / 2), LEN / 2) == 0 &&
			memcmp(data + i * LEN + LEN / 2, from + (i + 1) % 2 * (LEN / 2), LEN / 2) == 0);
	rte_vtappliance_stats_get(f.app, &st);
	CU_ASSERT_EQUAL(st.copied, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)d), 0);
	fixture_stop(&f);
}

static void
test_args(void)
{
	static const char *const bad[] = {
		"dma", "dma,dev=", "dma,dev=dma_nothing", "dma,dev=net_null", "dma,dev=dma_skeleton,depth=8193",
		"dma,dev=dma_skeleton,depth=31", "dma,dev=dma_skeleton,depth=0", "dma,dev=dma_skeleton,workers=1",
	};
	struct rte_vtaccel *a, *b;
	char where[64];
	unsigned int i;

	for (i = 0; i < RTE_DIM(bad); i++)
		CU_ASSERT_TRUE(rte_vtaccel_probe(bad[i], &a) < 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("dma,dev=dma_skeleton", &a), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("dma,dev=dma_skeleton,depth=32", &b), 0);
	rte_vtaccel_location(a, where, sizeof(where));
	CU_ASSERT_EQUAL(strncmp(where, "dma_skeleton_vt", 15), 0);
	CU_ASSERT_EQUAL(rte_dma_count_avail(), 2);
	rte_vtaccel_remove(a);
	rte_vtaccel_remove(b);
	CU_ASSERT_EQUAL(rte_dma_count_avail(), 0);
}

static int
setup(void)
{
	struct rte_vtaccel *probe;

	if (rte_vtaccel_probe("dma,dev=dma_skeleton", &probe) != 0) {
		vt_test_skip_reason("there is no dma_skeleton");
		return VT_TEST_SKIPPED;
	}
	rte_vtaccel_remove(probe);
	from = malloc(DATA + 64);
	to = malloc(DATA + 64);
	return from != NULL && to != NULL ? 0 : 1;
}

static int
cleanup(void)
{
	free(from);
	free(to);
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "copies of many lengths", test_copy },
	{ "gather", test_gather },
	{ "scatter", test_scatter },
	{ "small outputs, overlaps", test_bad },
	{ "a chain of copies in its order", test_chain },
	{ "through an appliance", test_client },
	{ "arguments of the driver", test_args },
};

VT_TEST_SUITE(vinetalk_dma_autotest, setup, cleanup, cases);
