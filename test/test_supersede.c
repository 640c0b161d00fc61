/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A file that served an appliance which was killed, and that the next one formats anew while clients of the first have it
 * mapped: what they see of it, and what one that is stopped inside an enqueue can do when he goes on.
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_vinetalk.h>

#include "fixture.h"
#include "raw_queue.h"
#include "test.h"

#define GARBAGE 0x5a

static const char * const nulls[] = { "null", NULL };
static const uint32_t layouts[] = { RTE_VTREGION_HASHED, RTE_VTREGION_SINGLE, RTE_VTREGION_THREAD };

struct stand {
	struct fixture f;
	struct rte_vtappliance_domain_conf conf;
	struct raw_client old; /* of the first appliance */
	char file[256], kept[256];
};

static int
start(struct stand *s, uint32_t detach_ms)
{
	const struct rte_vtappliance_conf conf = { .detach_ms = detach_ms };

	return fixture_start(&s->f, 1, 1, nulls, &conf, &s->conf);
}

/* One appliance has been, and was killed. */
static void
stand_up(struct stand *s, uint32_t layout)
{
	memset(s, 0, sizeof(*s));
	snprintf(s->file, sizeof(s->file), "%.200s/region", vt_test_tmp_dir());
	snprintf(s->kept, sizeof(s->kept), "%.200s/region.kept", vt_test_tmp_dir());
	s->conf = (struct rte_vtappliance_domain_conf){ .uid = -1, .gid = -1, .nb_clients = 4, .depth = 64,
		.rq_depth = 64, .layout = layout, .file = s->file };
	CU_ASSERT_EQUAL_FATAL(start(s, 0), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&s->old, s->f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(link(s->file, s->kept), 0);
	CU_ASSERT_EQUAL_FATAL(fixture_kill(&s->f, s->old.base, s->old.link.mem_size), 0);
	CU_ASSERT_EQUAL_FATAL(rename(s->kept, s->file), 0);
	CU_ASSERT_EQUAL(rte_vtregion_hdr(s->old.base)->state, RTE_VTREGION_OPEN);
}

static void
stand_down(struct stand *s)
{
	fixture_stop(&s->f);
	raw_close(&s->old);
	unlink(s->file);
}

/* A client of the appliance that there is now. */
static void
new_client(struct stand *s, struct raw_client *raw)
{
	CU_ASSERT_EQUAL_FATAL(raw_attach(raw, s->f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(raw), 0);
}

/* What has the magic and is no region is formatted as if it had none. */
static void
test_no_region(void)
{
	struct rte_vtregion_hdr *hdr;
	struct raw_client raw;
	struct stand s;

	stand_up(&s, RTE_VTREGION_HASHED);
	hdr = rte_vtregion_hdr(s.old.base);
	CU_ASSERT_EQUAL(hdr->epoch, 1);
	hdr->epoch = 4711;
	hdr->abi++;
	CU_ASSERT_EQUAL_FATAL(start(&s, 0), 0);
	CU_ASSERT_EQUAL(hdr->epoch, 1);
	new_client(&s, &raw);
	raw_works(&raw, raw_seq(&raw));
	raw_close(&raw);
	stand_down(&s);
}

/* ---- somebody is inside ---- */

/* Before its memory changes a client finds that the appliance is gone; and one that is inside is waited for. */
static void
test_closed(void)
{
	struct raw_inside w;
	pthread_t thread;
	struct stand s;
	unsigned int i;

	for (i = 0; i < RTE_DIM(layouts); i++) {
		stand_up(&s, layouts[i]);
		w = (struct raw_inside){ .raw = &s.old };
		raw_line(&s.old)->inside = 1;
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, raw_inside_main, &w), 0);
		CU_ASSERT_EQUAL(start(&s, 20000), 0);
		pthread_join(thread, NULL);
		CU_ASSERT_TRUE(w.closed);
		CU_ASSERT_EQUAL(w.state, RTE_VTREGION_CLOSED);
		CU_ASSERT_EQUAL(rte_vtregion_hdr(s.old.base)->state, RTE_VTREGION_OPEN);
		stand_down(&s);
	}
}

/*
 * One that is stopped inside: what he does when he goes on is done to the ring of his generation, which is not in
 * service again, however many spares are needed.
 */
static void
stays_inside(uint32_t layout)
{
	struct raw_client raw, dying;
	struct rte_vinetalk_task *late;
	uint32_t gen, next, own, i;
	struct rte_ring *old;
	struct stand s;
	uint16_t seq;

	stand_up(&s, layout);
	gen = *raw_gen(&s.old);
	own = gen % s.old.geom.nb_instances;
	old = raw_ring(&s.old);
	late = raw_slot_at(&s.old, 0);
	raw_line(&s.old)->inside = 1 + gen;
	CU_ASSERT_EQUAL_FATAL(start(&s, 20), 0);
	CU_ASSERT_EQUAL(*raw_gen(&s.old), gen + 1);
	new_client(&s, &raw);
	seq = raw_seq(&raw);
	/* He goes on. */
	old->rts_prod.head.val.pos += 2;
	old->rts_prod.head.val.cnt++;
	raw_task(late, raw_qp(&raw), seq, 1000000);
	raw_works(&raw, seq++);
	for (i = 0; i < 2 * raw.geom.nb_instances; i++) {
		gen = *raw_gen(&raw);
		next = (gen + 1) % raw.geom.nb_instances == own ? gen + 2 : gen + 1;
		CU_ASSERT_EQUAL_FATAL(raw_attach(&dying, s.f.path[0], 1), 0);
		raw_reserve(&dying, 2);
		raw_close(&dying);
		CU_ASSERT_TRUE(fixture_until(raw_gen(&raw), next));
		raw_works(&raw, seq++);
	}
	CU_ASSERT_EQUAL(late->cookie, 1000000);
	raw_close(&raw);
	stand_down(&s);
}

static void
test_stays_inside(void)
{
	stays_inside(RTE_VTREGION_HASHED);
	stays_inside(RTE_VTREGION_SINGLE);
}

/* ---- what lies there ---- */

static bool
is_zero(const uint8_t *at, size_t len)
{
	size_t i;

	for (i = 0; i < len && at[i] == 0; i++)
		;
	return i == len;
}

/* Nothing of what was in arenas, slots, and rings behind their headers is for those who come. */
static void
test_zeroes(void)
{
	const struct rte_vtregion_geom *g;
	struct stand s;
	uint32_t i, k;
	uint8_t *base;

	for (i = 0; i < RTE_DIM(layouts); i++) {
		stand_up(&s, layouts[i]);
		g = &s.old.geom;
		base = s.old.base;
		memset(base + g->off_arenas, GARBAGE, g->conf.nb_clients * g->arena_size);
		memset(rte_vtregion_rq_ring(base, g, 0, 0) + 1, GARBAGE,
			g->conf.rq_depth * sizeof(struct rte_vinetalk_task));
		memset(rte_vtregion_cq_ring(base, g, 0) + 1, GARBAGE,
			g->conf.cq_depth * sizeof(struct rte_vinetalk_completion));
		CU_ASSERT_EQUAL_FATAL(start(&s, 0), 0);
		for (k = 0; k < g->conf.nb_clients; k++) {
			CU_ASSERT_TRUE(is_zero(base + rte_vtregion_arena(g, k), g->arena_size));
			CU_ASSERT_TRUE(is_zero((const uint8_t *)rte_vtregion_slot(base, g, k),
				sizeof(struct rte_vtregion_slot)));
		}
		CU_ASSERT_TRUE(is_zero((const uint8_t *)(rte_vtregion_rq_ring(base, g, 0, 0) + 1),
			g->conf.rq_depth * sizeof(struct rte_vinetalk_task)));
		CU_ASSERT_TRUE(is_zero((const uint8_t *)(rte_vtregion_cq_ring(base, g, 0) + 1),
			g->conf.cq_depth * sizeof(struct rte_vinetalk_completion)));
		stand_down(&s);
	}
}

static const struct vt_test_case cases[] = {
	{ "the magic, and no region", test_no_region },
	{ "closed before it changes", test_closed },
	{ "stopped inside", test_stays_inside },
	{ "zeroes for those who come", test_zeroes },
};

VT_TEST_SUITE(vinetalk_supersede_autotest, NULL, NULL, cases);
