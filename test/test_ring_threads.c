/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The appliance's ends of rings against the stock functions of rte_ring, between threads: ten
 * million elements for each sync mode and direction, with order and a checksum.
 */

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_pause.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <rte_vtregion.h>
#include <rte_vtregion_ring.h>

#include "test.h"

#define TOTAL 10000000u
#define DEPTH 256
#define BURST 32
#define MAX_PRODUCERS 3

struct producer {
	pthread_t thread;
	struct rte_ring *ring;
	uint32_t id;
	uint32_t count;
	uint64_t sum;
};

static cpu_set_t allowed;
static unsigned int nb_cpus;
static void *mem;
static struct rte_vtregion_geom geom;

static int
setup(void)
{
	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return -errno;
	/* EAL has bound this thread: ask for those of the machine. */
	nb_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	return 0;
}

static int
cleanup(void)
{
	free(mem);
	mem = NULL;
	return sched_setaffinity(0, sizeof(allowed), &allowed);
}

/* Best effort: without the right to choose, the scheduler chooses. */
static void
bind_to(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % nb_cpus, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Waiting must not starve whoever is waited for, should both share a core. */
static void
wait_turn(unsigned int *idle)
{
	if (++*idle % 64 == 0)
		sched_yield();
	else
		rte_pause();
}

static uint64_t
mix(uint64_t producer, uint64_t n)
{
	return (producer << 32 | n) * UINT64_C(0x9e3779b97f4a7c15);
}

static struct rte_ring *
make(uint32_t sync, uint32_t start, struct rte_ring **cq)
{
	struct rte_vtregion_conf conf = { .sync = sync, .nb_clients = 1, .qps_per_client = 1,
		.nb_spares = 1, .rq_depth = DEPTH, .cq_depth = DEPTH };
	struct rte_ring *r;

	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &geom), 0);
	free(mem);
	mem = NULL;
	CU_ASSERT_EQUAL_FATAL(posix_memalign(&mem, 4096, geom.conf.size), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_format(mem, &geom), 0);
	r = rte_vtregion_rq_ring(mem, &geom, 0, 0);
	*cq = rte_vtregion_cq_ring(mem, &geom, 0);
	if (sync == RTE_VTREGION_SYNC_RTS) {
		r->rts_prod.head.val.pos = start;
		r->rts_prod.tail.val.pos = start;
	} else {
		r->prod.head = r->prod.tail = start;
	}
	r->cons.head = r->cons.tail = start;
	(*cq)->prod.head = (*cq)->prod.tail = start;
	(*cq)->cons.head = (*cq)->cons.tail = start;
	return r;
}

static void *
produce_requests(void *arg)
{
	struct producer *p = arg;
	struct rte_vinetalk_task burst[BURST] = { 0 };
	uint32_t n = 0, nb, done, i;
	unsigned int idle = 0;

	bind_to(1);
	while (n < p->count) {
		nb = RTE_MIN(1 + n % BURST, p->count - n);
		for (i = 0; i < nb; i++) {
			burst[i].cookie = n + i;
			burst[i].qp_seq = p->id;
			burst[i].seg_off[0] = mix(p->id, n + i);
			burst[i].args_ref.offset = ~burst[i].seg_off[0];
			p->sum += burst[i].seg_off[0];
		}
		for (done = 0; done < nb; done += i) {
			i = rte_ring_enqueue_burst_elem(p->ring, &burst[done], sizeof(burst[0]),
					nb - done, NULL);
			if (i == 0)
				wait_turn(&idle);
		}
		n += nb;
	}
	return NULL;
}

static void
requests(uint32_t sync, unsigned int nb_producers, uint32_t count)
{
	struct producer producers[MAX_PRODUCERS];
	struct rte_vinetalk_task tasks[BURST], *t;
	uint32_t next[MAX_PRODUCERS] = { 0 };
	/* Wraps after half of them. */
	uint32_t start = UINT32_MAX - count / 2, got = 0, wrong = 0, total = 0;
	uint64_t sum = 0, sent = 0;
	struct rte_vtregion_cons c;
	struct rte_ring *rq, *cq;
	unsigned int i, idle = 0;
	int n;

	rq = make(sync, start, &cq);
	rte_vtregion_cons_init(&c, rq, DEPTH, start);
	bind_to(0);
	memset(producers, 0, sizeof(producers));
	for (i = 0; i < nb_producers; i++) {
		producers[i].ring = rq;
		producers[i].id = i;
		producers[i].count = count / nb_producers;
		total += producers[i].count;
		CU_ASSERT_EQUAL_FATAL(pthread_create(&producers[i].thread, NULL,
				produce_requests, &producers[i]), 0);
	}
	while (got < total) {
		n = rte_vtregion_cons_burst(&c, tasks, BURST);
		if (n < 0)
			break;
		if (n == 0)
			wait_turn(&idle);
		for (i = 0; i < (unsigned int)n; i++) {
			t = &tasks[i];
			if (t->qp_seq >= nb_producers || t->cookie != next[t->qp_seq]++ ||
					t->seg_off[0] != mix(t->qp_seq, t->cookie) ||
					t->args_ref.offset != ~t->seg_off[0])
				wrong++;
			sum += t->seg_off[0];
		}
		got += n;
	}
	CU_ASSERT_EQUAL_FATAL(got, total);
	for (i = 0; i < nb_producers; i++) {
		pthread_join(producers[i].thread, NULL);
		sent += producers[i].sum;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(sum, sent);
	CU_ASSERT_EQUAL(rte_vtregion_cons_burst(&c, tasks, BURST), 0);
	CU_ASSERT_EQUAL(rte_ring_count(rq), 0);
}

static void
test_requests_st(void)
{
	requests(RTE_VTREGION_SYNC_ST, 1, TOTAL);
}

static void
test_requests_mt(void)
{
	requests(RTE_VTREGION_SYNC_MT, 1, TOTAL);
}

static void
test_requests_rts(void)
{
	requests(RTE_VTREGION_SYNC_RTS, 1, TOTAL);
}

static void
test_requests_hts(void)
{
	requests(RTE_VTREGION_SYNC_HTS, 1, TOTAL);
}

/*
 * Producers that share a core, so that they are preempted inside an enqueue. Behind one that is,
 * the others of MT and HTS spin for a time slice, as they must: fewer elements are enough.
 */
static void
test_contended(void)
{
	requests(RTE_VTREGION_SYNC_RTS, MAX_PRODUCERS, 600000);
	requests(RTE_VTREGION_SYNC_MT, MAX_PRODUCERS, 150000);
	requests(RTE_VTREGION_SYNC_HTS, MAX_PRODUCERS, 150000);
}

struct consumer {
	struct rte_ring *ring;
	uint32_t got, wrong;
	uint64_t sum;
};

static void *
consume_completions(void *arg)
{
	struct rte_vinetalk_completion burst[BURST];
	struct consumer *c = arg;
	unsigned int i, n, idle = 0;

	bind_to(1);
	while (c->got < TOTAL) {
		n = rte_ring_dequeue_burst_elem(c->ring, burst, sizeof(burst[0]),
				1 + c->got % BURST, NULL);
		if (n == 0)
			wait_turn(&idle);
		for (i = 0; i < n; i++) {
			if (burst[i].cookie != c->got + i ||
					burst[i].result != mix(7, c->got + i) ||
					burst[i].exec_ns != ~burst[i].result)
				c->wrong++;
			c->sum += burst[i].result;
		}
		c->got += n;
	}
	return NULL;
}

static void
test_completions(void)
{
	uint32_t start = UINT32_MAX - TOTAL / 2, n = 0, in_burst = 0;
	struct rte_vinetalk_completion one = { 0 };
	struct consumer c = { 0 };
	struct rte_vtregion_prod p;
	struct rte_ring *rq, *cq;
	unsigned int idle = 0;
	uint64_t sum = 0;
	pthread_t thread;
	int room;

	rq = make(RTE_VTREGION_SYNC_RTS, start, &cq);
	RTE_SET_USED(rq);
	rte_vtregion_prod_init(&p, cq, DEPTH, start);
	bind_to(0);
	c.ring = cq;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, consume_completions, &c), 0);
	while (n < TOTAL) {
		room = rte_vtregion_prod_room(&p);
		if (room < 0)
			break;
		if (room == 0)
			wait_turn(&idle);
		for (in_burst = 1 + n % BURST; room > 0 && in_burst > 0 && n < TOTAL;
				room--, in_burst--) {
			one.cookie = n;
			one.result = mix(7, n++);
			one.exec_ns = ~one.result;
			sum += one.result;
			rte_vtregion_prod_put(&p, &one);
		}
		rte_vtregion_prod_publish(&p);
	}
	CU_ASSERT_EQUAL_FATAL(n, TOTAL);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(c.wrong, 0);
	CU_ASSERT_EQUAL(c.sum, sum);
	CU_ASSERT_EQUAL(rte_vtregion_prod_room(&p), DEPTH - 1);
}

static const struct vt_test_case cases[] = {
	{ "10 million requests, ST", test_requests_st },
	{ "10 million requests, MT", test_requests_mt },
	{ "10 million requests, RTS", test_requests_rts },
	{ "10 million requests, HTS", test_requests_hts },
	{ "three producers on one core, RTS, MT, HTS", test_contended },
	{ "10 million completions", test_completions },
};
VT_TEST_SUITE(vinetalk_ring_threads_autotest, setup, cleanup, cases);
