/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Statistics. A queue pair's counters are written by its thread alone; a reset
 * remembers what there was and subtracts it, so that nobody else writes them.
 */

#include <errno.h>

#include "vinetalk_private.h"

#define FIELDS 5

static const char * const fields[FIELDS] = {
	"enqueued", "completed", "failed", "refused", "bytes",
};

static uint64_t
field(const struct rte_vinetalk_stats *s, unsigned int i)
{
	const uint64_t v[FIELDS] = { s->enqueued, s->completed, s->failed, s->refused, s->bytes };

	return v[i];
}

void
vinetalk_stats_of(const struct rte_vinetalk_qp *qp, struct rte_vinetalk_stats *sum)
{
	sum->enqueued += __atomic_load_n(&qp->cnt.enqueued, __ATOMIC_RELAXED);
	sum->completed += __atomic_load_n(&qp->cnt.completed, __ATOMIC_RELAXED);
	sum->failed += __atomic_load_n(&qp->cnt.failed, __ATOMIC_RELAXED);
	sum->refused += __atomic_load_n(&qp->cnt.refused, __ATOMIC_RELAXED);
	sum->bytes += __atomic_load_n(&qp->cnt.bytes, __ATOMIC_RELAXED);
}

static void
subtract(struct rte_vinetalk_stats *s, const struct rte_vinetalk_stats *base)
{
	s->enqueued -= base->enqueued;
	s->completed -= base->completed;
	s->failed -= base->failed;
	s->refused -= base->refused;
	s->bytes -= base->bytes;
}

static struct rte_vinetalk_stats
total(struct rte_vinetalk_dev *dev)
{
	struct rte_vinetalk_stats sum = vinetalk_class(dev)->released;
	uint16_t i;

	for (i = 0; i < dev->nb_qps; i++)
		if (dev->qps[i] != NULL)
			vinetalk_stats_of(dev->qps[i], &sum);
	return sum;
}

void
rte_vinetalk_dev_counters(struct rte_vinetalk_dev *dev, struct rte_vinetalk_stats *stats)
{
	*stats = total(dev);
}

static struct rte_vinetalk_stats
since_reset(struct rte_vinetalk_dev *dev, uint16_t qp_id)
{
	struct rte_vinetalk_stats s = { 0 };

	vinetalk_stats_of(dev->qps[qp_id], &s);
	subtract(&s, &vinetalk_class(dev)->qp_base[qp_id]);
	return s;
}

int
rte_vinetalk_stats_get(uint16_t dev_id, struct rte_vinetalk_stats *stats)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	if (stats == NULL)
		return -EINVAL;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	*stats = total(dev);
	subtract(stats, &vinetalk_class(dev)->base);
	return vinetalk_leave(dev, "stats_get", start, 0);
}

int
rte_vinetalk_qp_stats_get(uint16_t dev_id, uint16_t qp_id, struct rte_vinetalk_stats *stats)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;
	int ret = 0;

	if (stats == NULL)
		return -EINVAL;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	if (vinetalk_qp(dev, qp_id) == NULL)
		ret = -EINVAL;
	else
		*stats = since_reset(dev, qp_id);
	return vinetalk_leave(dev, "qp_stats_get", start, ret);
}

int
rte_vinetalk_stats_reset(uint16_t dev_id)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;
	uint16_t i;

	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	vinetalk_class(dev)->base = total(dev);
	for (i = 0; i < dev->nb_qps; i++) {
		struct rte_vinetalk_stats s = { 0 };

		if (dev->qps[i] != NULL)
			vinetalk_stats_of(dev->qps[i], &s);
		vinetalk_class(dev)->qp_base[i] = s;
	}
	return vinetalk_leave(dev, "stats_reset", start, 0);
}

/* The index-th: those of each queue pair, then the driver's. -ENOENT behind them. */
static int
xstat(struct rte_vinetalk_dev *dev, unsigned int index, struct rte_vinetalk_xstat_name *name,
		uint64_t *value)
{
	const unsigned int qp = index / FIELDS, f = index % FIELDS;

	if (qp < dev->nb_qps) {
		struct rte_vinetalk_stats s = { 0 };

		if (dev->qps[qp] != NULL)
			s = since_reset(dev, (uint16_t)qp);
		snprintf(name->name, sizeof(name->name), "qp%u_%s", qp, fields[f]);
		*value = field(&s, f);
		return 0;
	}
	if (dev->ops->xstat == NULL)
		return -ENOENT;
	return dev->ops->xstat(dev, index - dev->nb_qps * FIELDS, name, value);
}

static int
xstats(struct rte_vinetalk_dev *dev, struct rte_vinetalk_xstat_name *names, uint64_t *values,
		unsigned int nb)
{
	struct rte_vinetalk_xstat_name name;
	unsigned int i;
	uint64_t value;

	for (i = 0; xstat(dev, i, &name, &value) == 0; i++) {
		if (i < nb && names != NULL)
			names[i] = name;
		if (i < nb && values != NULL)
			values[i] = value;
	}
	return (int)i;
}

int
rte_vinetalk_xstats_names_get(uint16_t dev_id, struct rte_vinetalk_xstat_name *names,
		unsigned int nb)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	if (names == NULL && nb != 0)
		return -EINVAL;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	return vinetalk_leave(dev, "xstats_names_get", start, xstats(dev, names, NULL, nb));
}

int
rte_vinetalk_xstats_get(uint16_t dev_id, uint64_t *values, unsigned int nb)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	if (values == NULL && nb != 0)
		return -EINVAL;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	return vinetalk_leave(dev, "xstats_get", start, xstats(dev, NULL, values, nb));
}
