/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* A client's ends of rings against stock rte_ring functions at the other end, and beside them; and against lies. */

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_random.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <vtclient_ring.h>

#include "test.h"

#define DEPTH 64U
#define MASK (DEPTH - 1)
#define NB 40000U       /* elements of a case */
#define PRODUCERS 3
#define NEAR_WRAP (UINT32_MAX - 100)

/* A ring that ends where nothing can be read or written. */
static struct rte_ring *
ring_make(size_t elem, unsigned int flags, uint32_t start)
{
	const size_t len = RTE_ALIGN_CEIL(sizeof(struct rte_ring) + DEPTH * elem, 4096);
	uint8_t *p = mmap(NULL, len + (64 << 10), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct rte_ring *r;

	CU_ASSERT_NOT_EQUAL_FATAL(p, MAP_FAILED);
	CU_ASSERT_EQUAL_FATAL(mprotect(p, len, PROT_READ | PROT_WRITE), 0);
	r = (struct rte_ring *)(p + len - sizeof(struct rte_ring) - DEPTH * elem);
	CU_ASSERT_EQUAL_FATAL(rte_ring_init(r, "client", DEPTH, flags), 0);
	r->prod.head = r->prod.tail = r->cons.head = r->cons.tail = start;
	r->rts_prod.head.val.pos = start;
	return r;
}

static void
ring_free(struct rte_ring *r, size_t elem)
{
	const size_t len = RTE_ALIGN_CEIL(sizeof(struct rte_ring) + DEPTH * elem, 4096);

	munmap((uint8_t *)(r + 1) + DEPTH * elem - len, len + (64 << 10));
}

static void
fill(struct rte_vinetalk_task *t, uint64_t number)
{
	memset(t, (int)(number & 0x7f), sizeof(*t));
	t->cookie = number;
}

/* Every burst size, at a fill level that wanders, over the wrap of the index. */
static void
test_own(void)
{
	struct rte_ring *r = ring_make(sizeof(struct rte_vinetalk_task), RING_F_SP_ENQ | RING_F_SC_DEQ,
		NEAR_WRAP);
	struct rte_vinetalk_task in[DEPTH], out[DEPTH], want;
	uint32_t head = NEAR_WRAP, i, n, sent = 0, got = 0, wrong = 0;

	while (got < NB) {
		for (i = 0; i < DEPTH; i++)
			fill(&in[i], sent + i);
		n = (uint32_t)rte_rand_max(DEPTH + 1);
		i = vtclient_ring_put_own(r, MASK, &head, in, n);
		wrong += i != RTE_MIN(n, MASK - (sent - got));
		sent += i;
		CU_ASSERT_EQUAL_FATAL(r->prod.head, r->prod.tail);
		n = rte_ring_sc_dequeue_burst_elem(r, out, sizeof(out[0]), (unsigned int)rte_rand_max(DEPTH + 1),
			NULL);
		for (i = 0; i < n; i++, got++) {
			fill(&want, got);
			wrong += memcmp(&out[i], &want, sizeof(want)) != 0;
		}
	}
	CU_ASSERT_EQUAL(wrong, 0);
	ring_free(r, sizeof(struct rte_vinetalk_task));
}

static void
test_get(void)
{
	struct rte_ring *r = ring_make(sizeof(struct rte_vinetalk_completion),
		RING_F_SP_ENQ | RING_F_SC_DEQ, NEAR_WRAP);
	struct rte_vinetalk_completion in[DEPTH] = { 0 }, out[DEPTH];
	uint32_t head = NEAR_WRAP, i, n, sent = 0, got = 0, wrong = 0;

	while (got < NB) {
		for (i = 0; i < DEPTH; i++)
			in[i].cookie = in[i].result = sent + i;
		sent += rte_ring_sp_enqueue_burst_elem(r, in, sizeof(in[0]),
			(unsigned int)rte_rand_max(DEPTH + 1), NULL);
		n = vtclient_ring_filled(r, head);
		wrong += n != sent - got;
		n = RTE_MIN(n, (uint32_t)rte_rand_max(DEPTH));
		vtclient_ring_get(r, MASK, &head, out, n);
		for (i = 0; i < n; i++, got++)
			wrong += out[i].cookie != got || out[i].result != got;
		wrong += r->cons.tail != head || r->cons.head != head;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	ring_free(r, sizeof(struct rte_vinetalk_completion));
}

/* ---- several producers, one of which is stock ---- */

struct producer {
	struct rte_ring *r;
	uint32_t id;
	pthread_t thread;
};

static void *
produce(void *arg)
{
	const struct producer *p = arg;
	struct rte_vinetalk_task t[8];
	uint32_t sent = 0, head, n, i;

	while (sent < NB) {
		n = RTE_MIN((uint32_t)rte_rand_max(RTE_DIM(t)) + 1, NB - sent);
		for (i = 0; i < n; i++) {
			fill(&t[i], sent + i);
			t[i].qp_seq = p->id;
		}
		n = p->id == 0 ? rte_ring_mp_rts_enqueue_burst_elem(p->r, t, sizeof(t[0]), n, NULL) :
			vtclient_ring_put_rts(p->r, MASK, &head, t, n);
		if (n == 0)
			sched_yield();
		sent += n;
	}
	return NULL;
}

static void
test_rts(void)
{
	struct rte_ring *r = ring_make(sizeof(struct rte_vinetalk_task), RING_F_MP_RTS_ENQ | RING_F_SC_DEQ,
		NEAR_WRAP);
	uint32_t next[PRODUCERS] = { 0 }, got = 0, wrong = 0, i, n;
	struct rte_vinetalk_task out[DEPTH], want;
	struct producer p[PRODUCERS];

	/* In place of prod.head it has a count. */
	r->rts_prod.tail.val.cnt = r->rts_prod.head.val.cnt = 0;
	CU_ASSERT_EQUAL_FATAL(rte_ring_set_prod_htd_max(r, MASK), 0);
	for (i = 0; i < PRODUCERS; i++) {
		p[i] = (struct producer){ .r = r, .id = i };
		CU_ASSERT_EQUAL_FATAL(pthread_create(&p[i].thread, NULL, produce, &p[i]), 0);
	}
	while (got < PRODUCERS * NB) {
		n = rte_ring_sc_dequeue_burst_elem(r, out, sizeof(out[0]), DEPTH, NULL);
		if (n == 0)
			sched_yield();
		for (i = 0; i < n; i++, got++) {
			const uint32_t id = out[i].qp_seq % PRODUCERS;

			fill(&want, next[id]++);
			want.qp_seq = id;
			wrong += memcmp(&out[i], &want, sizeof(want)) != 0;
		}
	}
	for (i = 0; i < PRODUCERS; i++)
		pthread_join(p[i].thread, NULL);
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(r->rts_prod.head.raw, r->rts_prod.tail.raw);
	ring_free(r, sizeof(struct rte_vinetalk_task));
}

/* Another one has reserved and is not done: what is behind it stays invisible. */
static void
test_unfinished(void)
{
	struct rte_ring *r = ring_make(sizeof(struct rte_vinetalk_task), RING_F_MP_RTS_ENQ, 0);
	struct rte_vinetalk_task t[2] = { 0 };
	uint32_t head = 0;

	r->rts_prod.head.val.cnt = r->rts_prod.tail.val.cnt = 0;
	r->rts_prod.head.val.cnt++;
	r->rts_prod.head.val.pos += 3;
	CU_ASSERT_EQUAL(vtclient_ring_put_rts(r, MASK, &head, t, 2), 2);
	CU_ASSERT_EQUAL(head, 5);
	CU_ASSERT_EQUAL(r->rts_prod.tail.val.pos, 0);
	CU_ASSERT_EQUAL(r->rts_prod.tail.val.cnt, 1);
	ring_free(r, sizeof(struct rte_vinetalk_task));
}

/* ---- lies ---- */

/* A header of a ring that would be far larger: nothing is touched behind its end. */
static void
test_header(void)
{
	struct rte_ring *r = ring_make(sizeof(struct rte_vinetalk_task), RING_F_MP_RTS_ENQ, 0);
	struct rte_vinetalk_task t[8] = { 0 };
	uint32_t head = 0x40000000, i;

	r->size = 1U << 31;
	r->mask = r->capacity = r->size - 1;
	for (i = 0; i < 1000; i++) {
		r->cons.tail = head;
		CU_ASSERT_EQUAL(vtclient_ring_put_own(r, MASK, &head, t, 8), 8);
	}
	for (i = 0; i < 1000; i++) {
		r->rts_prod.head.val.pos = 0x50000000 + i;
		r->cons.tail = 0x50000000 + i;
		CU_ASSERT_EQUAL(vtclient_ring_put_rts(r, MASK, &head, t, 8), 8);
	}
	ring_free(r, sizeof(struct rte_vinetalk_task));
}

/* Indexes that cannot be: it looks full, and nobody waits. */
static void
test_indexes(void)
{
	struct rte_ring *r = ring_make(sizeof(struct rte_vinetalk_task), RING_F_MP_RTS_ENQ, 0);
	struct rte_vinetalk_task t[8] = { 0 };
	uint32_t head = 0;

	r->cons.tail = 1;
	CU_ASSERT_EQUAL(vtclient_ring_put_own(r, MASK, &head, t, 8), 0);
	CU_ASSERT_EQUAL(vtclient_ring_put_rts(r, MASK, &head, t, 8), 0);
	r->cons.tail = UINT32_MAX - DEPTH;
	CU_ASSERT_EQUAL(vtclient_ring_put_own(r, MASK, &head, t, 8), 0);
	CU_ASSERT_EQUAL(vtclient_ring_put_rts(r, MASK, &head, t, 8), 0);
	CU_ASSERT_EQUAL(head, 0);
	/* Stock producers wait for ever for a tail that is so far behind. */
	r->cons.tail = 0;
	r->rts_prod.htd_max = 0;
	r->rts_prod.tail.val.pos = 0x80000000;
	CU_ASSERT_EQUAL(vtclient_ring_put_rts(r, MASK, &head, t, 8), 8);
	r->prod.tail = DEPTH;
	CU_ASSERT_TRUE(vtclient_ring_filled(r, 0) > MASK);
	ring_free(r, sizeof(struct rte_vinetalk_task));
}

static const struct vt_test_case cases[] = {
	{ "a producer of its own", test_own },
	{ "completions", test_get },
	{ "producers, one of them stock", test_rts },
	{ "a producer that is not done", test_unfinished },
	{ "headers that lie", test_header },
	{ "indexes that lie", test_indexes },
};

VT_TEST_SUITE(vinetalk_client_ring_autotest, NULL, NULL, cases);
