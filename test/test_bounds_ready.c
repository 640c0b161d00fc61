/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Ready sets beyond their bounds: as test_bounds.c, for layout thread. */

#include <stdlib.h>
#include <string.h>

#include <rte_ring_elem.h>
#include <rte_vinetalk.h>
#include <rte_vtregion_ready.h>

#include "fixture.h"
#include "test.h"

static const char * const nulls[] = { "null", NULL };

static uint64_t
tasks_of(struct fixture *f)
{
	struct rte_vtappliance_stats st;

	rte_vtappliance_stats_get(f->app, &st);
	return st.tasks;
}

#define HOT 100

/* A request of each queue pair, in its own ring, marked or not. */
static void
put_each(const struct raw_client *raw, uint16_t seq, bool mark)
{
	struct rte_vinetalk_task t;
	uint32_t qp;

	for (qp = raw_qp(raw); qp < raw_qp(raw) + HOT; qp++) {
		rte_vinetalk_task_init(&t, 0, 0, qp);
		t.qp_seq = rte_vinetalk_qp_seq((uint16_t)qp, seq);
		CU_ASSERT_EQUAL(rte_ring_sp_enqueue_burst_elem(rte_vtregion_rq_ring(raw->base, &raw->geom, qp, 0),
			&t, sizeof(t), 1, NULL), 1);
		if (mark)
			rte_vtregion_ready_mark(rte_vtregion_ready_summaries(raw->base, &raw->geom, 0),
				rte_vtregion_ready_leaves(raw->base, &raw->geom, 0), qp);
	}
}

/* Of more queues than are visited in a turn the rest waits for the next one. */
static void
test_hot(void)
{
	const struct rte_vtappliance_domain_conf conf = { .uid = -1, .gid = -1, .depth = 64,
		.layout = RTE_VTREGION_THREAD, .nb_clients = 1, .qps = 128 };
	struct raw_client raw;
	struct fixture f;
	uint64_t before;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &conf), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], HOT), 0);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(&raw), 0);
	fixture_take(&f);
	put_each(&raw, raw_seq(&raw), true);
	fixture_turns(&f, 8);
	CU_ASSERT_EQUAL(tasks_of(&f), HOT);
	CU_ASSERT_EQUAL(rte_vtregion_rq(raw.base, &raw.geom, raw_qp(&raw))->watched, 1);
	put_each(&raw, (uint16_t)(raw_seq(&raw) + 1), false);
	before = tasks_of(&f);
	fixture_turns(&f, 1);
	CU_ASSERT_EQUAL(tasks_of(&f) - before, 64);
	fixture_turns(&f, 2);
	CU_ASSERT_EQUAL(tasks_of(&f) - before, HOT);
	raw_close(&raw);
	fixture_stop(&f);
}

/* Marks of leaves that there are not. */
static void
test_marks(void)
{
	const struct rte_vtappliance_domain_conf conf = { .uid = -1, .gid = -1, .depth = 64,
		.layout = RTE_VTREGION_THREAD };
	struct raw_client raw;
	struct fixture f;
	unsigned int i;
	uint8_t *kept, *behind;
	size_t len;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &conf), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	fixture_take(&f);
	/* What lies behind the leaves, up to where 64 of them would end, is not taken for marks. */
	behind = (uint8_t *)(rte_vtregion_ready_leaves(raw.base, &raw.geom, 0) + raw.geom.ready_leaves);
	len = (64 - raw.geom.ready_leaves) * sizeof(uint64_t);
	kept = malloc(len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(kept);
	memcpy(kept, behind, len);
	memset(behind, 0xa5, len);
	for (i = 0; i < 8; i++) {
		*rte_vtregion_ready_summaries(raw.base, &raw.geom, 0) = UINT64_MAX;
		fixture_turns(&f, 8);
	}
	for (i = 0; i < len && behind[i] == 0xa5; i++)
		;
	CU_ASSERT_EQUAL(i, len);
	memcpy(behind, kept, len);
	free(kept);
	raw_close(&raw);
	fixture_stop(&f);
}

static const struct vt_test_case cases[] = {
	{ "more hot queues than visits", test_hot },
	{ "forged marks", test_marks },
};

VT_TEST_SUITE(vinetalk_bounds_ready_autotest, NULL, NULL, cases);
