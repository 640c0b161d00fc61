/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The parameters of a test: a product of choices, of which the options leave some. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perf.h"

/* What is measured of a dimension: the filter's part of all, or all, or the default. */
static uint32_t
choose(uint32_t filter, uint32_t normal, uint32_t all)
{
	if (filter != 0)
		return filter & all;
	return perf_opt.all ? all : normal;
}

/* Synchronisations that go with a layout: thread has one of its own. */
static uint32_t
syncs_of(const struct perf_space *s, uint32_t layout)
{
	const uint32_t st = 1u << RTE_VTREGION_SYNC_ST;

	if (layout == RTE_VTREGION_THREAD)
		return choose(perf_opt.syncs, st, st);
	return choose(perf_opt.syncs, s->syncs, s->all_syncs);
}

/* Say what was asked for and is none of a test's, or does not go together. */
static void
tell_impossible(const struct perf_test *t)
{
	const struct perf_space *s = &t->space;
	const uint32_t layouts = choose(perf_opt.layouts, s->layouts, s->all_layouts);
	uint32_t i;

	for (i = 0; perf_layout_names[i] != NULL; i++) {
		if (perf_opt.layouts & ~s->all_layouts & 1u << i)
			printf("skipped: %s layout=%s: not a layout of this test\n", t->name,
					perf_layout_names[i]);
		else if (layouts & 1u << i && syncs_of(s, i) == 0)
			printf("skipped: %s layout=%s: it has none of the syncs chosen\n", t->name,
					perf_layout_names[i]);
	}
	for (i = 0; perf_sync_names[i] != NULL; i++)
		if (perf_opt.syncs & ~(s->all_syncs | 1u << RTE_VTREGION_SYNC_ST) & 1u << i)
			printf("skipped: %s sync=%s: not a sync of this test\n", t->name,
					perf_sync_names[i]);
	for (i = 0; perf_idle_names[i] != NULL; i++)
		if (perf_opt.idles & ~s->all_idles & 1u << i)
			printf("skipped: %s idle=%s: not an idle mode of this test\n", t->name,
					perf_idle_names[i]);
	for (i = 0; i < PERF_BURSTS; i++)
		if (perf_opt.bursts & ~s->all_bursts & 1u << i)
			printf("skipped: %s burst=%u: not a burst of this test\n", t->name,
					perf_bursts[i]);
}

static void
add(struct perf_params *all, unsigned int *nb, const struct perf_space *s,
		const struct perf_params *key)
{
	const unsigned int points = s->points == NULL ? 1 :
		perf_opt.all ? s->nb_all_points : s->nb_points;
	unsigned int i;

	for (i = 0; i < points; i++) {
		struct perf_params p = { 0 };

		if (s->points != NULL)
			p = s->points[i];
		p.layout = key->layout;
		p.sync = key->sync;
		p.idle = key->idle;
		p.burst = key->burst;
		p.in_flight = RTE_MAX(s->in_flight, 1u) * key->burst;
		/* As far as a completion ring holds them. */
		p.in_flight = RTE_MIN(p.in_flight, PERF_CQ_DEPTH - key->burst);
		all[(*nb)++] = p;
	}
}

static void
add_modes(struct perf_params *all, unsigned int *nb, const struct perf_space *s,
		struct perf_params key)
{
	const uint32_t idles = choose(perf_opt.idles, s->idles, s->all_idles);
	const uint32_t bursts = choose(perf_opt.bursts, s->bursts, s->all_bursts);
	uint32_t b;

	for (key.idle = 0; perf_idle_names[key.idle] != NULL; key.idle++)
		for (b = 0; b < PERF_BURSTS; b++) {
			key.burst = perf_bursts[b];
			if (idles & 1u << key.idle && bursts & 1u << b)
				add(all, nb, s, &key);
		}
}

/* Leave those with a text in their name. */
static unsigned int
filter_text(const struct perf_test *t, struct perf_params *all, unsigned int nb)
{
	char text[256];
	unsigned int i, left = 0;

	for (i = 0; i < nb; i++)
		if (strstr(perf_params_text(t, &all[i], text, sizeof(text)), perf_opt.only) != NULL)
			all[left++] = all[i];
	return left;
}

struct perf_params *
perf_space_expand(const struct perf_test *t, unsigned int *nb)
{
	const struct perf_space *s = &t->space;
	const uint32_t layouts = choose(perf_opt.layouts, s->layouts, s->all_layouts);
	const unsigned int most = 3 * RTE_VTREGION_SYNCS * 3 * PERF_BURSTS *
		RTE_MAX(s->nb_all_points, 1u);
	struct perf_params *all = calloc(most, sizeof(*all));
	struct perf_params key = { 0 };

	*nb = 0;
	if (all == NULL)
		return NULL;
	for (key.layout = 0; perf_layout_names[key.layout] != NULL; key.layout++)
		for (key.sync = 0; perf_sync_names[key.sync] != NULL; key.sync++)
			if (layouts & 1u << key.layout &&
					syncs_of(s, key.layout) & 1u << key.sync)
				add_modes(all, nb, s, key);
	if (perf_opt.only != NULL)
		*nb = filter_text(t, all, *nb);
	if (*nb != 0)
		return all;
	free(all);
	return NULL;
}

const char *
perf_params_text(const struct perf_test *t, const struct perf_params *p, char *buf, size_t len)
{
	char more[7][64] = { "", "", "", "", "", "", "" };

	if (t->fields & PERF_F_BURST)
		snprintf(more[0], sizeof(more[0]), " burst=%u", p->burst);
	if (t->fields & PERF_F_BYTES)
		snprintf(more[1], sizeof(more[1]), " payload=%u", p->bytes);
	if (t->fields & PERF_F_QUEUES)
		snprintf(more[2], sizeof(more[2]), " qps=%u active=%u", p->queue_pairs, p->active);
	if (t->fields & PERF_F_CLIENTS)
		snprintf(more[3], sizeof(more[3]), " clients=%u", p->clients);
	if (t->fields & PERF_F_RATE)
		snprintf(more[4], sizeof(more[4]), " rate=%u", p->rate);
	if (t->fields & PERF_F_ENGINE)
		snprintf(more[5], sizeof(more[5]), " %s %s size=%u", p->engine, p->op, p->bytes);
	if (t->fields & PERF_F_MIX)
		snprintf(more[6], sizeof(more[6]), " %s", p->mix);
	snprintf(buf, len, "%s/%s/%s%s%s%s%s%s%s%s", perf_layout_names[p->layout],
			perf_sync_names[p->sync], perf_idle_names[p->idle], more[0], more[1],
			more[2], more[3], more[4], more[5], more[6]);
	return buf;
}

unsigned int
perf_space_procs(void)
{
	const struct perf_test *t;
	struct perf_params *all;
	unsigned int i, j, nb, most = 1;

	for (i = 0; (t = perf_tests[i]) != NULL; i++) {
		if (perf_opt.tests != 0 && !(perf_opt.tests & 1u << i))
			continue;
		tell_impossible(t);
		all = perf_space_expand(t, &nb);
		if (all == NULL)
			printf("skipped: %s: the options leave nothing of it\n", t->name);
		for (j = 0; j < nb && t->nb_procs != NULL; j++)
			most = RTE_MAX(most, t->nb_procs(&all[j]));
		free(all);
	}
	return most;
}
