/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The window of outstanding tasks against a simple model: a list of what is in flight. Tasks
 * end in any order, sequence numbers wrap, completions are stale, forged or doubled.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_vinetalk_driver.h>

#include "test.h"

#define QP 0x1234

struct model {
	struct rte_vinetalk_window w;
	/* By full (not truncated) sequence number, in the order of the enqueue. */
	uint64_t *in_flight;
	unsigned int nb;
	uint64_t next;
	unsigned int seed;
	/* Refusals that the window, not the depth, made. */
	unsigned int held_up;
};

static unsigned int
below(struct model *m, unsigned int n)
{
	return (unsigned int)rand_r(&m->seed) % n;
}

static void
make(struct model *m, uint32_t depth, uint32_t entries, unsigned int seed, uint16_t first)
{
	memset(m, 0, sizeof(*m));
	m->w.depth = depth;
	m->w.mask = entries - 1;
	m->w.qp = QP;
	m->w.next_seq = first;
	m->w.oldest = first;
	m->w.entries = calloc(entries, sizeof(*m->w.entries));
	m->in_flight = calloc(depth, sizeof(*m->in_flight));
	CU_ASSERT_TRUE_FATAL(m->w.entries != NULL && m->in_flight != NULL);
	m->next = first;
	m->seed = seed;
}

static void
unmake(struct model *m)
{
	free(m->w.entries);
	free(m->in_flight);
}

/* What the window must have room for, from the model alone. */
static unsigned int
model_room(const struct model *m, unsigned int nb)
{
	unsigned int n, i;

	n = RTE_MIN(nb, m->w.depth - m->nb);
	for (i = 0; i < n; i++)
		/* The oldest in flight is the first whose entry comes round again. */
		if (m->nb != 0 && m->next + i - m->in_flight[0] > m->w.mask)
			break;
	return i;
}

static uint64_t
cookie_of(uint64_t seq)
{
	return seq * UINT64_C(0x9e3779b97f4a7c15);
}

static unsigned int
enqueue(struct model *m, unsigned int nb)
{
	struct rte_vinetalk_task t[64];
	unsigned int room, i, sent, bad = 0;

	room = rte_vinetalk_window_room(&m->w, (uint16_t)nb);
	bad += room != model_room(m, nb);
	m->held_up += room < RTE_MIN(nb, m->w.depth - m->nb);
	/* The other side need not take all. */
	sent = below(m, 4) == 0 ? below(m, room + 1) : room;
	for (i = 0; i < room; i++) {
		memset(&t[i], 0, sizeof(t[i]));
		t[i].cookie = cookie_of(m->next + i);
		rte_vinetalk_window_stamp(&m->w, &t[i], (uint16_t)i);
		bad += t[i].qp_seq != rte_vinetalk_qp_seq(QP, (uint16_t)(m->next + i));
		bad += t[i].check != rte_vinetalk_task_check(&t[i]);
	}
	rte_vinetalk_window_commit(&m->w, t, (uint16_t)sent);
	for (i = 0; i < sent; i++)
		m->in_flight[m->nb++] = m->next++;
	return bad + (m->w.in_flight != m->nb);
}

/* End one that is in flight; afterwards it must not end again. */
static unsigned int
end_one(struct model *m, unsigned int which)
{
	const uint64_t seq = m->in_flight[which];
	struct rte_vinetalk_completion c = {
		.cookie = cookie_of(seq),
		.status = -(int32_t)(seq % 7),
		.qp_seq = rte_vinetalk_qp_seq(QP, (uint16_t)seq),
	};
	unsigned int bad = 0;

	bad += !rte_vinetalk_window_end(&m->w, &c);
	memmove(&m->in_flight[which], &m->in_flight[which + 1],
		(m->nb - which - 1) * sizeof(m->in_flight[0]));
	m->nb--;
	bad += rte_vinetalk_window_end(&m->w, &c);
	return bad + (m->w.in_flight != m->nb);
}

/* A completion of something that is not in flight. */
static unsigned int
end_other(struct model *m)
{
	struct rte_vinetalk_completion c = { .status = 0 };
	uint16_t seq = (uint16_t)rand_r(&m->seed);
	unsigned int i;

	for (i = 0; i < m->nb; i++)
		if ((uint16_t)m->in_flight[i] == seq)
			seq = (uint16_t)m->next; /* not enqueued yet */
	c.qp_seq = rte_vinetalk_qp_seq(QP, seq);
	if (m->nb != 0 && below(m, 2) == 0) /* in flight, of another queue pair */
		c.qp_seq = rte_vinetalk_qp_seq(QP + 1, (uint16_t)m->in_flight[0]);
	return rte_vinetalk_window_end(&m->w, &c) || m->w.in_flight != m->nb;
}

static void
random_run(uint32_t depth, uint32_t entries, unsigned int seed, uint16_t first, unsigned int steps)
{
	unsigned int i, bad = 0, n;
	struct model m;
	bool hold;

	make(&m, depth, entries, seed, first);
	for (i = 0; i < steps; i++) {
		/* For long times the oldest stays behind, so that the window holds the rest up. */
		hold = i % 4096 < 2048;
		bad += enqueue(&m, 1 + below(&m, RTE_MIN(depth, 64U)));
		for (n = below(&m, 2 * RTE_MIN(depth, 64U)); n > 0 && m.nb > hold; n--)
			bad += end_one(&m, hold + below(&m, m.nb - hold));
		bad += end_other(&m);
		if (bad != 0)
			break;
	}
	if (bad != 0)
		printf("  depth %u, %u entries, seed %u: wrong in step %u\n", depth, entries, seed,
			i);
	CU_ASSERT_EQUAL(bad, 0);
	/* With more than one in flight the others ran ahead until the window ended. */
	if (depth > 1 && steps > 3000)
		CU_ASSERT_TRUE(m.held_up != 0 || entries == 32768);
	unmake(&m);
}

static void
test_random(void)
{
	static const struct {
		uint32_t depth, entries;
	} sizes[] = {
		{ 1, 8 }, { 2, 16 }, { 3, 32 }, { 7, 64 }, { 64, 512 }, { 255, 2048 },
		{ 1024, 8192 }, { 4095, 32768 }, { 4096, 32768 }, { 20000, 32768 },
		{ 32768, 32768 }, { 40000, 32768 },
	};
	unsigned int i, seed;

	for (i = 0; i < RTE_DIM(sizes); i++)
		for (seed = 1; seed <= 4; seed++)
			random_run(sizes[i].depth, sizes[i].entries, seed,
				(uint16_t)(seed * 21845), 12000);
}

/* One task stays behind; exactly as many others as there are entries behind it may go by. */
static void
hold_up(uint32_t depth, uint32_t entries, uint16_t first)
{
	unsigned int passed = 0, bad = 0;
	struct model m;

	make(&m, depth, entries, 1, first);
	while (m.nb == 0)
		bad += enqueue(&m, 1);
	while (rte_vinetalk_window_room(&m.w, 1) == 1) {
		bad += enqueue(&m, 1);
		if (m.nb == 2) {
			bad += end_one(&m, 1);
			passed++;
		}
		if (passed > entries)
			break;
	}
	CU_ASSERT_EQUAL(passed, entries - 1);
	CU_ASSERT_EQUAL(m.w.in_flight, 1);
	/* It ends, and everything is free again. */
	bad += end_one(&m, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_window_room(&m.w, (uint16_t)depth), depth);
	CU_ASSERT_EQUAL(bad, 0);
	unmake(&m);
}

static void
test_hold_up(void)
{
	static const uint16_t firsts[] = { 0, 1, 32767, 32768, 65535 };
	unsigned int i;

	for (i = 0; i < RTE_DIM(firsts); i++) {
		hold_up(2, 16, firsts[i]);
		hold_up(64, 512, firsts[i]);
		hold_up(4096, 32768, firsts[i]);
		hold_up(32768, 32768, firsts[i]);
	}
}

/* All that is in flight ends, oldest first, in pieces, whatever ended before. */
static void
test_abort(void)
{
	struct rte_vinetalk_completion c[100];
	unsigned int i, n, left, bad = 0;
	struct model m;

	for (i = 0; i < 50; i++) {
		make(&m, 64, 512, i + 1, (uint16_t)(65500 + i));
		while (m.nb < 64)
			bad += enqueue(&m, 64);
		for (n = below(&m, 64); n > 0; n--)
			bad += end_one(&m, below(&m, m.nb));
		left = m.nb;
		n = rte_vinetalk_window_abort(&m.w, -ECONNRESET, c, 10);
		CU_ASSERT_EQUAL(n, RTE_MIN(left, 10U));
		n += rte_vinetalk_window_abort(&m.w, -ECONNRESET, c + n, 90);
		CU_ASSERT_EQUAL(n, left);
		CU_ASSERT_EQUAL(m.w.in_flight, 0);
		CU_ASSERT_EQUAL(rte_vinetalk_window_abort(&m.w, -ECONNRESET, c, 90), 0);
		for (n = 0; n < left; n++) {
			bad += c[n].cookie != cookie_of(m.in_flight[n]);
			bad += c[n].status != -ECONNRESET;
			bad += c[n].qp_seq != rte_vinetalk_qp_seq(QP, (uint16_t)m.in_flight[n]);
			/* A completion that comes late ends nothing. */
			bad += rte_vinetalk_window_end(&m.w, &c[n]);
		}
		CU_ASSERT_EQUAL(rte_vinetalk_window_room(&m.w, 64), 64);
		unmake(&m);
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static const struct vt_test_case cases[] = {
	{ "against a model, at random", test_random },
	{ "one task stays behind", test_hold_up },
	{ "abort", test_abort },
};

VT_TEST_SUITE(vinetalk_window_autotest, NULL, NULL, cases);
