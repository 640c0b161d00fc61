/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <unistd.h>

#include <rte_ring_elem.h>
#include <rte_vinetalk.h>

#include "raw_queue.h"
#include "test.h"

uint32_t *
raw_gen(const struct raw_client *raw)
{
	return &rte_vtregion_rq(raw->base, &raw->geom, raw->slot->rq)->gen;
}

struct rte_ring *
raw_ring(const struct raw_client *raw)
{
	return rte_vtregion_rq_ring(raw->base, &raw->geom, raw->slot->rq,
		(*raw_gen(raw) & ~RTE_VTREGION_GEN_CLOSED) % raw->geom.nb_instances);
}

struct rte_vtregion_qp *
raw_line(const struct raw_client *raw)
{
	return rte_vtregion_qp(raw->base, &raw->geom, raw_qp(raw));
}

void
raw_task(struct rte_vinetalk_task *t, uint32_t qp, uint16_t seq, uint64_t cookie)
{
	rte_vinetalk_task_init(t, 0, 0, cookie);
	t->qp_seq = rte_vinetalk_qp_seq((uint16_t)qp, seq);
	t->check = rte_vinetalk_task_check(t);
}

void
raw_put(const struct raw_client *raw, uint16_t seq, unsigned int nb)
{
	struct rte_vinetalk_task t;
	unsigned int i;

	for (i = 0; i < nb; i++) {
		raw_task(&t, raw_qp(raw), (uint16_t)(seq + i), (uint16_t)(seq + i));
		CU_ASSERT_EQUAL(rte_ring_mp_rts_enqueue_burst_elem(raw_ring(raw), &t, sizeof(t), 1,
			NULL), 1);
	}
}

unsigned int
raw_receive(const struct raw_client *raw, struct rte_vinetalk_completion *c, unsigned int nb)
{
	return rte_ring_sc_dequeue_burst_elem(rte_vtregion_cq_ring(raw->base, &raw->geom, raw_qp(raw)), c,
		sizeof(*c), nb, NULL);
}

void
raw_works(const struct raw_client *raw, uint16_t seq)
{
	struct rte_vinetalk_completion c[2];
	unsigned int i, nb = 0;

	raw_put(raw, seq, 1);
	for (i = 0; i < 5000 && nb == 0; i++) {
		nb = raw_receive(raw, c, 2);
		usleep(1000);
	}
	CU_ASSERT_EQUAL(nb, 1);
	CU_ASSERT_EQUAL(c[0].cookie, seq);
	CU_ASSERT_EQUAL(c[0].status, 0);
	CU_ASSERT_EQUAL(raw_receive(raw, c, 2), 0);
}

uint32_t
raw_reserve(const struct raw_client *raw, uint32_t nb)
{
	uint64_t *head = (uint64_t *)(uintptr_t)&raw_ring(raw)->rts_prod.head.raw;

	return (uint32_t)(__atomic_fetch_add(head, (uint64_t)nb << 32 | 1, __ATOMIC_SEQ_CST) >> 32);
}

struct rte_vinetalk_task *
raw_slot_at(const struct raw_client *raw, uint32_t pos)
{
	return (struct rte_vinetalk_task *)(raw_ring(raw) + 1) + (pos & (raw->geom.conf.rq_depth - 1));
}

void *
raw_inside_main(void *arg)
{
	struct raw_inside *w = arg;
	unsigned int i;

	for (i = 0; i < 5000 && !w->closed; i++) {
		usleep(1000);
		w->closed = __atomic_load_n(raw_gen(w->raw), __ATOMIC_ACQUIRE) & RTE_VTREGION_GEN_CLOSED;
	}
	usleep(50000);
	w->state = __atomic_load_n(&rte_vtregion_hdr(w->raw->base)->state, __ATOMIC_ACQUIRE);
	__atomic_store_n(&raw_line(w->raw)->inside, 0, __ATOMIC_RELEASE);
	return NULL;
}
