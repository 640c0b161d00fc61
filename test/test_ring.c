/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The appliance's ends of rings against the stock functions of rte_ring, in one thread. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_log.h>
#include <rte_malloc.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <rte_vtregion.h>
#include <rte_vtregion_ring.h>

#include "test.h"

static const uint32_t syncs[] = {
	RTE_VTREGION_SYNC_ST, RTE_VTREGION_SYNC_MT, RTE_VTREGION_SYNC_RTS, RTE_VTREGION_SYNC_HTS,
};
static const uint32_t depths[] = { 2, 4, 8, 32, 64, 256 };
/* First indexes: fresh, and so that the 32 bits wrap within the test. */
static const uint32_t starts[] = { 0, 0x7ffffffe, 0xffffffff, 0xfffffff5, 0xffffff80 };

static void *mem;
static struct rte_vtregion_geom geom;

/* A region with one request queue and one queue pair, both of that depth. */
static struct rte_ring *
make(uint32_t sync, uint32_t depth, uint32_t start, struct rte_ring **cq)
{
	struct rte_vtregion_conf conf = { .sync = sync, .nb_clients = 1, .qps_per_client = 1,
		.nb_spares = 1, .rq_depth = depth, .cq_depth = depth };
	struct rte_ring *r;

	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &geom), 0);
	free(mem);
	mem = NULL;
	CU_ASSERT_EQUAL_FATAL(posix_memalign(&mem, 4096, geom.conf.size), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_format(mem, &geom), 0);
	r = rte_vtregion_rq_ring(mem, &geom, 0, 0);
	*cq = rte_vtregion_cq_ring(mem, &geom, 0);

	/* As if start elements had passed. */
	if (sync == RTE_VTREGION_SYNC_RTS) {
		r->rts_prod.head.val.pos = r->rts_prod.head.val.cnt = start;
		r->rts_prod.tail.val.pos = r->rts_prod.tail.val.cnt = start;
	} else {
		r->prod.head = r->prod.tail = start;
	}
	r->cons.head = r->cons.tail = start;
	(*cq)->prod.head = (*cq)->prod.tail = start;
	(*cq)->cons.head = (*cq)->cons.tail = start;
	return r;
}

static int
cleanup(void)
{
	free(mem);
	mem = NULL;
	return 0;
}

static void
fill_task(struct rte_vinetalk_task *t, uint64_t n)
{
	memset(t, (int)(n * 37 + 1), sizeof(*t));
	t->cookie = n;
	t->seg_off[1] = ~n;
}

static bool
task_is(const struct rte_vinetalk_task *t, uint64_t n)
{
	struct rte_vinetalk_task want;

	fill_task(&want, n);
	return memcmp(t, &want, sizeof(want)) == 0;
}

static void
fill_completion(struct rte_vinetalk_completion *c, uint64_t n)
{
	memset(c, (int)(n * 41 + 3), sizeof(*c));
	c->cookie = n;
	c->exec_ns = ~n;
}

static bool
completion_is(const struct rte_vinetalk_completion *c, uint64_t n)
{
	struct rte_vinetalk_completion want;

	fill_completion(&want, n);
	return memcmp(c, &want, sizeof(want)) == 0;
}

/*
 * Every burst size in and every size out, at a fill level that wanders over the whole ring.
 * Returns how often something differed from what a queue does.
 */
static unsigned int
requests_all_bursts(struct rte_ring *r, uint32_t depth, uint32_t start)
{
	struct rte_vinetalk_task in[256], out[257];
	struct rte_vtregion_cons c;
	uint64_t put = 0, taken = 0;
	uint32_t cap = depth - 1, nb, i, free_space;
	unsigned int bad = 0, room, n;
	int got;

	rte_vtregion_cons_init(&c, r, depth, start);
	for (nb = 1; nb <= cap; nb++) {
		room = cap - (unsigned int)(put - taken);
		for (i = 0; i < nb; i++)
			fill_task(&in[i], put + i);
		n = rte_ring_enqueue_burst_elem(r, in, sizeof(in[0]), nb, &free_space);
		bad += n != RTE_MIN(nb, room);
		bad += free_space != room - n;
		put += n;
		bad += rte_ring_count(r) != put - taken;
		bad += rte_vtregion_cons_ready(&c) != (put != taken);

		got = rte_vtregion_cons_burst(&c, out, 1 + nb / 2);
		bad += got != (int)RTE_MIN(put - taken, 1 + nb / 2);
		for (i = 0; got > 0 && i < (uint32_t)got; i++)
			bad += !task_is(&out[i], taken++);
		bad += rte_ring_count(r) != put - taken;
		bad += rte_ring_free_count(r) != cap - (put - taken);
	}
	/* Fill to the brim: no more goes in. Then take more than there is, and again. */
	while (put - taken < cap) {
		fill_task(&in[0], put);
		bad += rte_ring_enqueue_burst_elem(r, in, sizeof(in[0]), 1, NULL) != 1;
		put++;
	}
	bad += rte_ring_full(r) != 1;
	bad += rte_ring_enqueue_burst_elem(r, in, sizeof(in[0]), 1, NULL) != 0;
	got = rte_vtregion_cons_burst(&c, out, cap + 1);
	bad += got != (int)cap;
	for (i = 0; got > 0 && i < (uint32_t)got; i++)
		bad += !task_is(&out[i], taken++);
	bad += rte_vtregion_cons_burst(&c, out, cap) != 0;
	bad += rte_vtregion_cons_ready(&c);
	bad += rte_ring_empty(r) != 1;
	/* Every size exactly, from empty to empty. */
	for (nb = 1; nb <= cap; nb++) {
		for (i = 0; i < nb; i++)
			fill_task(&in[i], put + i);
		bad += rte_ring_enqueue_burst_elem(r, in, sizeof(in[0]), nb, NULL) != nb;
		put += nb;
		bad += rte_vtregion_cons_burst(&c, out, nb) != (int)nb;
		for (i = 0; i < nb; i++)
			bad += !task_is(&out[i], taken++);
	}
	bad += rte_vtregion_cons_burst(&c, out, 0) != 0;
	return bad;
}

static unsigned int
completions_all_bursts(struct rte_ring *r, uint32_t depth, uint32_t start)
{
	struct rte_vinetalk_completion one, out[257];
	struct rte_vtregion_prod p;
	uint64_t put = 0, taken = 0;
	uint32_t cap = depth - 1, nb, i, avail;
	unsigned int bad = 0, n;
	int room;

	rte_vtregion_prod_init(&p, r, depth, start);
	for (nb = 1; nb <= cap; nb++) {
		room = rte_vtregion_prod_room(&p);
		bad += room != (int)(cap - (put - taken));
		for (i = 0; i < nb && (int)i < room; i++) {
			fill_completion(&one, put++);
			rte_vtregion_prod_put(&p, &one);
		}
		/* Nothing shows before it is published. */
		bad += rte_ring_count(r) != put - taken - i;
		rte_vtregion_prod_publish(&p);
		bad += rte_ring_count(r) != put - taken;

		n = rte_ring_dequeue_burst_elem(r, out, sizeof(one), 1 + nb / 2, &avail);
		bad += n != RTE_MIN(put - taken, 1 + nb / 2);
		for (i = 0; i < n; i++)
			bad += !completion_is(&out[i], taken++);
		bad += avail != put - taken;
	}
	while (rte_vtregion_prod_room(&p) > 0) {
		fill_completion(&one, put++);
		rte_vtregion_prod_put(&p, &one);
		rte_vtregion_prod_publish(&p);
	}
	bad += put - taken != cap || rte_ring_full(r) != 1;
	bad += rte_vtregion_prod_room(&p) != 0;
	n = rte_ring_dequeue_burst_elem(r, out, sizeof(one), cap + 1, NULL);
	bad += n != cap;
	for (i = 0; i < n; i++)
		bad += !completion_is(&out[i], taken++);
	bad += rte_ring_dequeue_burst_elem(r, out, sizeof(one), 1, NULL) != 0;
	for (nb = 1; nb <= cap; nb++) {
		for (i = 0; i < nb; i++) {
			fill_completion(&one, put++);
			rte_vtregion_prod_put(&p, &one);
		}
		rte_vtregion_prod_publish(&p);
		bad += rte_ring_dequeue_burst_elem(r, out, sizeof(one), nb, NULL) != nb;
		for (i = 0; i < nb; i++)
			bad += !completion_is(&out[i], taken++);
	}
	return bad;
}

static void
test_all_bursts(void)
{
	struct rte_ring *rq, *cq;
	unsigned int s, d, w, bad;

	for (s = 0; s < RTE_DIM(syncs); s++) {
		for (d = 0; d < RTE_DIM(depths); d++) {
			for (w = 0; w < RTE_DIM(starts); w++) {
				rq = make(syncs[s], depths[d], starts[w], &cq);
				bad = requests_all_bursts(rq, depths[d], starts[w]);
				if (bad != 0)
					printf("sync %u depth %u start %#x: %u differ\n", syncs[s],
							depths[d], starts[w], bad);
				CU_ASSERT_EQUAL(bad, 0);
				CU_ASSERT_EQUAL(completions_all_bursts(cq, depths[d], starts[w]),
						0);
			}
		}
	}
}

/* A producers' index that no producer can have: behind ours, or too far ahead. */
static void
test_impossible_producer(void)
{
	static const uint32_t distances[] = { 64, 65, 1000, 0x7fffffff, 0x80000000, 0xffffffc0,
		0xffffffff };
	struct rte_vinetalk_task out[64], in;
	struct rte_vtregion_cons c;
	struct rte_ring *rq, *cq;
	unsigned int s, w, i;

	for (s = 0; s < RTE_DIM(syncs); s++) {
		for (w = 0; w < RTE_DIM(starts); w++) {
			rq = make(syncs[s], 64, starts[w], &cq);
			rte_vtregion_cons_init(&c, rq, 64, starts[w]);
			for (i = 0; i < RTE_DIM(distances); i++) {
				rq->prod.tail = starts[w] + distances[i];
				CU_ASSERT_TRUE(rte_vtregion_cons_ready(&c));
				CU_ASSERT_EQUAL(rte_vtregion_cons_burst(&c, out, 64), -EPROTO);
				CU_ASSERT_EQUAL(c.head, starts[w]);
				CU_ASSERT_EQUAL(rq->cons.tail, starts[w]);
			}
			/* The last possible one, and back to what it was. */
			rq->prod.tail = starts[w] + 63;
			CU_ASSERT_EQUAL(rte_vtregion_cons_burst(&c, out, 64), 63);
			rq->prod.tail = starts[w] + 62;
			CU_ASSERT_EQUAL(rte_vtregion_cons_burst(&c, out, 64), -EPROTO);
			rq->prod.tail = starts[w] + 63;
			CU_ASSERT_EQUAL(rte_vtregion_cons_burst(&c, &in, 1), 0);
		}
	}
}

static void
test_impossible_consumer(void)
{
	static const uint32_t distances[] = { 64, 65, 0x7fffffff, 0x80000000, 0xffffffff };
	struct rte_vinetalk_completion one = { .cookie = 1 };
	struct rte_vtregion_prod p;
	struct rte_ring *rq, *cq;
	unsigned int w, i;

	RTE_SET_USED(rq);
	for (w = 0; w < RTE_DIM(starts); w++) {
		rq = make(RTE_VTREGION_SYNC_RTS, 64, starts[w], &cq);
		rte_vtregion_prod_init(&p, cq, 64, starts[w]);
		for (i = 0; i < RTE_DIM(distances); i++) {
			/* Behind by so much, that is, at the other end ahead. */
			cq->cons.tail = starts[w] - distances[i];
			CU_ASSERT_EQUAL(rte_vtregion_prod_room(&p), -EPROTO);
		}
		cq->cons.tail = starts[w] - 63;
		CU_ASSERT_EQUAL(rte_vtregion_prod_room(&p), 0);
		cq->cons.tail = starts[w];
		CU_ASSERT_EQUAL(rte_vtregion_prod_room(&p), 63);
		rte_vtregion_prod_put(&p, &one);
		rte_vtregion_prod_publish(&p);
		cq->cons.tail = starts[w] + 2;
		CU_ASSERT_EQUAL(rte_vtregion_prod_room(&p), -EPROTO);
		cq->cons.tail = starts[w] + 1;
		CU_ASSERT_EQUAL(rte_vtregion_prod_room(&p), 63);
	}
}

/* Whatever a client writes over the header: private mask and indexes are what counts. */
static void
test_overwritten_header(void)
{
	struct rte_vinetalk_task in, out[64];
	struct rte_vtregion_cons c;
	struct rte_ring *rq, *cq;
	unsigned int i;

	rq = make(RTE_VTREGION_SYNC_RTS, 64, 0, &cq);
	rte_vtregion_cons_init(&c, rq, 64, 0);
	for (i = 0; i < 40; i++) {
		fill_task(&in, i);
		CU_ASSERT_EQUAL(rte_ring_enqueue_burst_elem(rq, &in, sizeof(in), 1, NULL), 1);
	}
	memset((void *)rq, 0xff, sizeof(*rq));
	CU_ASSERT_EQUAL(rte_vtregion_cons_burst(&c, out, 64), -EPROTO);
	rq->prod.tail = 40;
	CU_ASSERT_EQUAL(rte_vtregion_cons_burst(&c, out, 64), 40);
	for (i = 0; i < 40; i++)
		CU_ASSERT_TRUE(task_is(&out[i], i));
}

/* What people see with the stock functions. */
static void
test_dump(void)
{
	struct rte_vinetalk_task in, out;
	struct rte_vtregion_cons c;
	struct rte_ring *rq, *cq;
	char *text = NULL;
	size_t len;
	unsigned int i;
	FILE *f;

	rq = make(RTE_VTREGION_SYNC_RTS, 64, 0xfffffffe, &cq);
	rte_vtregion_cons_init(&c, rq, 64, 0xfffffffe);
	for (i = 0; i < 10; i++) {
		fill_task(&in, i);
		CU_ASSERT_EQUAL(rte_ring_enqueue_burst_elem(rq, &in, sizeof(in), 1, NULL), 1);
	}
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(rte_vtregion_cons_burst(&c, &out, 1), 1);
	f = open_memstream(&text, &len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	rte_ring_dump(f, rq);
	fclose(f);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "<vt_rq_0.0>"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "used=7\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "avail=56\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "ct=1\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "ch=1\n"));
	free(text);
}

static const struct vt_test_case cases[] = {
	{ "all burst sizes, full, empty, wrap; ST, MT, RTS, HTS; both directions",
		test_all_bursts },
	{ "impossible index of the producers", test_impossible_producer },
	{ "impossible index of the consumer", test_impossible_consumer },
	{ "overwritten ring header", test_overwritten_header },
	{ "rte_ring_dump and count", test_dump },
};
VT_TEST_SUITE(vinetalk_ring_autotest, NULL, cleanup, cases);
