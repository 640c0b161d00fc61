/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Requests that are just beyond a bound: as test_bounds.c, for tasks. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_vinetalk.h>

#include "fixture.h"
#include "test.h"

#define MAX_BURST 16

static const char * const nulls[] = { "null", NULL };
static const struct rte_vtappliance_domain_conf small = { .uid = -1, .gid = -1, .depth = 64 };

/* An appliance and a client of it, with a virtual accelerator. */
static uint16_t
up_with(struct fixture *f, const char *const *accels, const struct rte_vtappliance_domain_conf *domain, uint16_t *proc,
		uint16_t *va)
{
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(f, 1, 1, accels, NULL, domain), 0);
	dev = fixture_attach(f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc((uint16_t)dev, "nop", proc, va), 0);
	return (uint16_t)dev;
}

static uint16_t
up(struct fixture *f, uint16_t *proc, uint16_t *va)
{
	return up_with(f, nulls, &small, proc, va);
}

/* Room for tables, and where it is in the region. */
static struct rte_vinetalk_seg *
tables_make(uint16_t dev, uint64_t *at)
{
	struct rte_vinetalk_seg *tables = rte_vinetalk_alloc(dev, 4096, 64, RTE_VINETALK_PLACE_HOST);

	CU_ASSERT_PTR_NOT_NULL_FATAL(tables);
	*at = rte_vinetalk_offset(dev, tables);
	return tables;
}

/* Tasks that the appliance finds at once, each with its number as cookie; how they have to end. */
static void
burst(struct fixture *f, uint16_t dev, struct rte_vinetalk_task *t, const int32_t *status, uint16_t nb)
{
	struct rte_vinetalk_completion c[MAX_BURST];
	unsigned int i;

	CU_ASSERT_TRUE_FATAL(nb <= MAX_BURST);
	fixture_hold(f);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(dev, 0, t, nb), nb);
	fixture_turns(f, 4);
	fixture_let(f);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_dequeue_burst(dev, 0, c, nb), nb);
	/* Those that are refused come first, maybe. */
	for (i = 0; i < nb; i++)
		CU_ASSERT_EQUAL(c[i].status, status[c[i].cookie]);
}

/* A procedure that takes as many arguments as there can be: only the request's own bounds are in the way. */
static void
test_arguments(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct rte_vinetalk_seg *table, *theirs;
	struct raw_client raw;
	uint16_t proc, va, dev;
	struct fixture f;
	uint64_t at, off;

	dev = up(&f, &proc, &va);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	table = tables_make(dev, &at);
	table[0] = table[1] = (struct rte_vinetalk_seg){ .offset = at, .len = 64 };
	off = rte_vtregion_arena(&raw.geom, raw.slot_id);
	theirs = (struct rte_vinetalk_seg *)(raw.base + off);
	memcpy(theirs, table, 2 * sizeof(*table));
#define RUN(expect, ...) do { \
		rte_vinetalk_task_init(&t, va, proc, 1); \
		__VA_ARGS__; \
		CU_ASSERT_EQUAL(rte_vinetalk_run(dev, 0, &t, &c, 5000000), 0); \
		if (c.status != (expect)) \
			printf("line %d: status %d, not %d\n", __LINE__, c.status, (int)(expect)); \
		CU_ASSERT_EQUAL(c.status, expect); \
	} while (0)
#define TABLE(where, ...) t.flags = RTE_VINETALK_TASK_F_SEGS_REF; t.nb_in = 2; t.seg_off[0] = (where); \
		t.seg_len[0] = 2 * sizeof(*table); __VA_ARGS__
#define ARGS(where, ...) t.flags = RTE_VINETALK_TASK_F_ARGS_REF; t.args_ref.offset = (where); \
		t.args_ref.len = 16; __VA_ARGS__
	RUN(0, t.args_len = RTE_VINETALK_INLINE_ARGS);
	RUN(-EINVAL, t.args_len = RTE_VINETALK_INLINE_ARGS + 1);
	RUN(-EINVAL, t.args_len = UINT8_MAX);
	RUN(0, ARGS(at));
	RUN(-EINVAL, ARGS(at, t.args_len = 16));
	RUN(-EINVAL, ARGS(at, t.args_ref.len = RTE_VINETALK_MAX_ARGS + 1));
	RUN(-EINVAL, ARGS(at, t.args_ref.reserved = 1));
	RUN(-EFAULT, ARGS(off));
	RUN(0, TABLE(at));
	RUN(-EINVAL, TABLE(at, t.seg_len[0] = sizeof(*table)));
	RUN(-EINVAL, TABLE(at, t.seg_len[0] = 3 * sizeof(*table)));
	RUN(-EINVAL, TABLE(at, t.seg_off[1] = at));
	RUN(-EINVAL, TABLE(at, t.seg_len[1] = 64));
	/* In order, but in the neighbour's arena. */
	RUN(-EFAULT, TABLE(off));
	RUN(0, t.args_len = 0);
#undef RUN
	raw_close(&raw);
	rte_vinetalk_close(dev);
	fixture_stop(&f);
}

/* What suits the first task of a burst is not taken for granted of the others. */
static void
test_burst(void)
{
	static const int32_t status[] = { 0, -EINVAL, 0, -EMSGSIZE, 0, -ENODEV, 0, -ENOENT, 0, -EINVAL, 0 };
	struct rte_vinetalk_task t[RTE_DIM(status)];
	uint16_t proc, va, dev;
	struct fixture f;
	unsigned int i;

	dev = up(&f, &proc, &va);
	for (i = 0; i < RTE_DIM(t); i++)
		rte_vinetalk_task_init(&t[i], va, proc, i);
	t[1].args_len = RTE_VINETALK_INLINE_ARGS + 1;
	t[3].nb_in = RTE_VINETALK_INLINE_SEGS + 1;
	t[5].vaccel = (uint16_t)(va + 1);
	t[7].proc = (uint16_t)(proc + 1);
	t[9].flags = 0x80;
	burst(&f, dev, t, status, RTE_DIM(t));
	rte_vinetalk_close(dev);
	fixture_stop(&f);
}

/* A task with a table and arguments in the arena. */
static void
refs_init(struct rte_vinetalk_task *t, uint16_t va, uint16_t proc, uint64_t cookie, uint64_t table, uint64_t args)
{
	rte_vinetalk_task_init(t, va, proc, cookie);
	t->flags = RTE_VINETALK_TASK_F_SEGS_REF | RTE_VINETALK_TASK_F_ARGS_REF;
	t->nb_in = 2;
	t->seg_off[0] = table;
	t->seg_len[0] = 2 * sizeof(struct rte_vinetalk_seg);
	t->args_ref.offset = args;
	t->args_ref.len = 16;
}

/* Nor of what lies in the arena, though all of them look alike: with so many bytes of arguments. */
static void
burst_refs(uint32_t args_len)
{
	static const int32_t status[] = { 0, -EINVAL, 0, -EINVAL, 0, -EFAULT, 0, -EFAULT, 0, -EINVAL, 0, -EINVAL, 0,
		-EFAULT, 0, 0 };
	struct rte_vinetalk_task t[RTE_DIM(status)];
	struct rte_vinetalk_seg *tables;
	uint16_t proc, va, dev;
	struct fixture f;
	unsigned int i;
	uint64_t at;

	dev = up(&f, &proc, &va);
	tables = tables_make(dev, &at);
	for (i = 0; i < RTE_DIM(t); i++) {
		tables[2 * i] = tables[2 * i + 1] = (struct rte_vinetalk_seg){ .offset = at, .len = 64 };
		refs_init(&t[i], va, proc, i, at + 2 * i * sizeof(tables[0]), at);
		t[i].args_ref.len = args_len;
	}
	t[1].args_ref.len = RTE_VINETALK_MAX_ARGS + 1;
	t[3].args_ref.reserved = 1;
	t[5].args_ref.offset = 0;
	t[7].seg_off[0] = 0;
	t[9].seg_len[0] = sizeof(tables[0]);
	tables[2 * 11 + 1].reserved = 1;
	tables[2 * 13 + 1].offset = 0;
	/* Not wrong, but another length. */
	t[14].args_ref.len = RTE_VINETALK_MAX_ARGS;
	burst(&f, dev, t, status, RTE_DIM(t));
	rte_vinetalk_close(dev);
	fixture_stop(&f);
}

static void
test_burst_refs(void)
{
	burst_refs(16);
	burst_refs(200); /* beyond the room in a task, with the table */
}

/* Others among those that are all alike: each behind two of these. */
static void
test_others(void)
{
	static const int32_t status[] = { 0, 0, -ENODEV, 0, 0, -ENOENT, 0, 0, -EINVAL, 0, 0, -EFAULT, 0, 0, -EINVAL, 0 };
	struct rte_vinetalk_task t[RTE_DIM(status)];
	struct rte_vinetalk_seg *table;
	uint16_t proc, va, dev;
	struct fixture f;
	unsigned int i;
	uint64_t at;

	dev = up(&f, &proc, &va);
	table = tables_make(dev, &at);
	table[0] = table[1] = (struct rte_vinetalk_seg){ .offset = at, .len = 64 };
	for (i = 0; i < RTE_DIM(t); i++)
		refs_init(&t[i], va, proc, i, at, at);
	t[2].vaccel = (uint16_t)(va + 1);
	t[5].proc = (uint16_t)(proc + 1);
	t[8].nb_in = 1; /* the table is for two */
	t[11].flags = RTE_VINETALK_TASK_F_ARGS_REF; /* the second segment is at 0 */
	t[14].args_len = 16;
	burst(&f, dev, t, status, RTE_DIM(t));
	rte_vinetalk_close(dev);
	fixture_stop(&f);
}

/* More of them than an appliance has private tasks at first. */
static void
test_many(void)
{
	static const char * const slow[] = { "null,delay_us=20000", NULL };
	const struct rte_vtappliance_domain_conf deep = { .uid = -1, .gid = -1, .depth = 512 };
	static struct rte_vinetalk_task t[400];
	struct rte_vinetalk_completion c[32];
	struct rte_vinetalk_seg *table;
	unsigned int i, n, got = 0, bad = 0;
	uint16_t proc, va, dev;
	struct fixture f;
	uint64_t at;

	dev = up_with(&f, slow, &deep, &proc, &va);
	table = tables_make(dev, &at);
	table[0] = table[1] = (struct rte_vinetalk_seg){ .offset = at, .len = 64 };
	for (i = 0; i < RTE_DIM(t); i++)
		refs_init(&t[i], va, proc, i, at, at);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst(dev, 0, t, RTE_DIM(t)), RTE_DIM(t));
	while (got < RTE_DIM(t)) {
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_wait(dev, 0, 5000000), 0);
		n = rte_vinetalk_dequeue_burst(dev, 0, c, RTE_DIM(c));
		for (i = 0; i < n; i++)
			bad += c[i].status != 0 || c[i].cookie != got + i;
		got += n;
	}
	CU_ASSERT_EQUAL(bad, 0);
	rte_vinetalk_close(dev);
	fixture_stop(&f);
}

/* Tasks with a place, twice, behind those that are good, in tables or in the request; how they have to end. */
static void
places(struct fixture *f, uint16_t dev, uint16_t proc, uint16_t va, struct rte_vinetalk_seg *tables, uint64_t at,
		struct rte_vinetalk_seg place, bool table, int32_t expect)
{
	const int32_t status[] = { 0, 0, expect, expect, 0, expect };
	struct rte_vinetalk_task t[RTE_DIM(status)];
	unsigned int i;

	for (i = 0; i < RTE_DIM(t); i++) {
		tables[2 * i] = tables[2 * i + 1] = (struct rte_vinetalk_seg){ .offset = at, .len = 64 };
		if (i == 2 || i == 3 || i == 5)
			tables[2 * i + (i & 1)] = place;
		refs_init(&t[i], va, proc, i, at + 2 * i * sizeof(tables[0]), at);
		if (!table) {
			t[i].flags = RTE_VINETALK_TASK_F_ARGS_REF;
			t[i].seg_off[0] = tables[2 * i].offset;
			t[i].seg_len[0] = tables[2 * i].len;
			t[i].seg_off[1] = tables[2 * i + 1].offset;
			t[i].seg_len[1] = tables[2 * i + 1].len;
		}
	}
	burst(f, dev, t, status, RTE_DIM(t));
}

/* Segments around each bound of an arena, and of the arithmetic with them. */
static void
test_places(void)
{
	static const uint32_t lens[] = { 0, 1, 64, 1u << 31, UINT32_MAX - 1, UINT32_MAX };
	static const uint64_t bases[] = { 0, UINT64_C(1) << 31, UINT64_C(1) << 32, UINT64_C(1) << 62, UINT64_C(1) << 63,
		UINT64_C(3) << 62, UINT64_C(0) - (UINT64_C(1) << 32) };
	struct rte_vinetalk_seg *tables, place = { 0 };
	uint64_t at, start, len, rel, ends[2];
	unsigned int b, e, l, nb_good = 0;
	struct raw_client raw;
	uint16_t proc, va, dev;
	struct fixture f;
	bool good;
	int d;

	dev = up(&f, &proc, &va);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	tables = tables_make(dev, &at);
	len = raw.geom.arena_size;
	start = rte_vtregion_arena(&raw.geom, (uint32_t)((at - raw.geom.off_arenas) / len));
	ends[0] = 0;
	ends[1] = len;
	for (b = 0; b < RTE_DIM(bases); b++)
		for (e = 0; e < 2; e++)
			for (d = -1; d <= 1; d++)
				for (l = 0; l < RTE_DIM(lens); l++) {
					rel = bases[b] + ends[e] + (uint64_t)d;
					place.offset = start + rel;
					place.len = lens[l];
					good = rel <= len && lens[l] <= len - rel;
					nb_good += good;
					places(&f, dev, proc, va, tables, at, place, true, good ? 0 : -EFAULT);
					places(&f, dev, proc, va, tables, at, place, false, good ? 0 : -EFAULT);
				}
	CU_ASSERT_EQUAL(nb_good, 9);
	raw_close(&raw);
	rte_vinetalk_close(dev);
	fixture_stop(&f);
}

/* Each number of a procedure that there cannot be. */
static void
test_procedures(void)
{
	struct rte_vinetalk_completion c[32];
	struct rte_vinetalk_task t[32];
	unsigned int i, bad = 0, nb = 0;
	uint16_t proc, va, dev, got, n;
	uint32_t number = 256;
	struct fixture f;

	dev = up(&f, &proc, &va);
	/* Counted three times: what lies behind the handles is not all zeroes. */
	for (i = 1; i < 3; i++)
		CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	while (number <= UINT16_MAX) {
		for (i = 0; i < RTE_DIM(t); i++)
			rte_vinetalk_task_init(&t[i], va, (uint16_t)(number + i), i);
		n = rte_vinetalk_enqueue_burst(dev, 0, t, RTE_DIM(t));
		CU_ASSERT_EQUAL_FATAL(n, RTE_DIM(t));
		for (got = 0; got < n; got = (uint16_t)(got + nb)) {
			CU_ASSERT_EQUAL_FATAL(rte_vinetalk_wait(dev, 0, 5000000), 0);
			nb = rte_vinetalk_dequeue_burst(dev, 0, c, RTE_DIM(c));
			for (i = 0; i < nb; i++)
				bad += c[i].status != -ENOENT;
		}
		number += RTE_DIM(t);
	}
	CU_ASSERT_EQUAL(bad, 0);
	fixture_works(dev, proc, va, 10, 5000000);
	rte_vinetalk_close(dev);
	fixture_stop(&f);
}

static const struct vt_test_case cases[] = {
	{ "arguments and tables", test_arguments },
	{ "wrong ones in a burst", test_burst },
	{ "wrong references in a burst", test_burst_refs },
	{ "others among those alike", test_others },
	{ "many alike", test_many },
	{ "places of segments", test_places },
	{ "numbers of procedures", test_procedures },
};

VT_TEST_SUITE(vinetalk_bounds_task_autotest, NULL, NULL, cases);
