/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The accelerator, its vaccels and procedures. All of it is called with the device's lock held. */

#include <errno.h>
#include <string.h>
#include <time.h>

#include <rte_string_fns.h>

#include "lp_private.h"

int
lp_accel_info(struct rte_vinetalk_dev *dev, uint16_t index, struct rte_vinetalk_accel_info *info)
{
	const struct lp_dev *d = dev->priv;
	unsigned int i;

	if (index != 0)
		return -ENOENT;
	memset(info, 0, sizeof(*info));
	info->id = 0;
	info->type = RTE_VINETALK_ACCEL_CPU;
	info->state = RTE_VINETALK_ACCEL_IDLE;
	for (i = 0; i < LP_MAX_QPS; i++)
		if (d->qps[i] != NULL &&
				__atomic_load_n(&d->qps[i]->busy, __ATOMIC_RELAXED) != 0)
			info->state = RTE_VINETALK_ACCEL_BUSY;
	info->nb_vaccels = d->nb_vaccels;
	info->exclusive = d->exclusive;
	rte_strscpy(info->name, d->accel->name, sizeof(info->name));
	rte_vtaccel_location(d->accel, info->location, sizeof(info->location));
	return 0;
}

void
lp_stats_add(struct rte_vinetalk_accel_stats *sum, const struct lp_qp *qp)
{
	sum->tasks += __atomic_load_n(&qp->stats.tasks, __ATOMIC_RELAXED);
	sum->errors += __atomic_load_n(&qp->stats.errors, __ATOMIC_RELAXED);
	sum->bytes += __atomic_load_n(&qp->stats.bytes, __ATOMIC_RELAXED);
	sum->busy_ns += __atomic_load_n(&qp->stats.busy_ns, __ATOMIC_RELAXED);
	sum->copied += __atomic_load_n(&qp->stats.copied, __ATOMIC_RELAXED);
}

int
lp_accel_stats(struct rte_vinetalk_dev *dev, uint16_t index,
		struct rte_vinetalk_accel_stats *stats)
{
	const struct lp_dev *d = dev->priv;
	unsigned int i;

	if (index != 0)
		return -ENOENT;
	*stats = d->released;
	for (i = 0; i < LP_MAX_QPS; i++)
		if (d->qps[i] != NULL)
			lp_stats_add(stats, d->qps[i]);
	return 0;
}

int
lp_vaccel_acquire(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_vaccel_conf *conf,
		uint16_t *vaccel)
{
	const bool exclusive = conf->flags & RTE_VINETALK_VACCEL_F_EXCLUSIVE;
	struct lp_dev *d = dev->priv;
	uint16_t i;

	if (rte_vinetalk_vaccel_conf_limits(conf))
		return -ENOTSUP;
	if (conf->proc != RTE_VINETALK_ID_ANY &&
			(conf->proc >= LP_MAX_PROCS || d->procs[conf->proc].refs == 0))
		return -EINVAL;
	if ((conf->accel != RTE_VINETALK_ID_ANY && conf->accel != 0) ||
			(conf->type != RTE_VINETALK_ACCEL_ANY &&
			conf->type != RTE_VINETALK_ACCEL_CPU))
		return -ENOENT;
	if (exclusive && d->nb_vaccels != 0)
		return -EBUSY;
	for (i = 0; i < LP_MAX_VACCELS && d->vaccels[i].used; i++)
		;
	if (i == LP_MAX_VACCELS)
		return -ENOSPC;
	pthread_mutex_lock(&d->vaccels[i].lock);
	d->vaccels[i].used = true;
	pthread_mutex_unlock(&d->vaccels[i].lock);
	d->nb_vaccels++;
	d->exclusive |= exclusive;
	*vaccel = i;
	return 0;
}

int
lp_vaccel_release(struct rte_vinetalk_dev *dev, uint16_t vaccel)
{
	struct lp_dev *d = dev->priv;

	if (vaccel >= LP_MAX_VACCELS || !d->vaccels[vaccel].used)
		return -ENODEV;
	/* A task that runs in another thread ends first. */
	pthread_mutex_lock(&d->vaccels[vaccel].lock);
	d->vaccels[vaccel].used = false;
	pthread_mutex_unlock(&d->vaccels[vaccel].lock);
	if (--d->nb_vaccels == 0)
		d->exclusive = false;
	return 0;
}

int
lp_proc_info(struct rte_vinetalk_dev *dev, uint16_t index, struct rte_vinetalk_proc_info *info)
{
	const struct lp_dev *d = dev->priv;
	const struct rte_vtaccel_proc *proc = d->accel->ops->proc_at(d->accel, index);

	if (proc == NULL)
		return -ENOENT;
	info->index = index;
	info->type = proc->type;
	rte_strscpy(info->name, proc->name, sizeof(info->name));
	return 0;
}

/* The entry of a name: the one it had before, or a new one. */
static struct lp_proc *
entry_of(struct lp_dev *d, const char *name)
{
	struct lp_proc *e;
	uint32_t i;

	for (i = 0; i < d->nb_procs; i++)
		if (strcmp(d->procs[i].name, name) == 0)
			return &d->procs[i];
	if (i == LP_MAX_PROCS)
		return NULL;
	e = &d->procs[i];
	rte_strscpy(e->name, name, sizeof(e->name));
	/* Release: who sees the number, the writer, sees the name. */
	__atomic_store_n(&d->nb_procs, i + 1, __ATOMIC_RELEASE);
	return e;
}

int
lp_proc_get(struct rte_vinetalk_dev *dev, const char *name, enum rte_vinetalk_accel_type type,
		uint16_t *proc)
{
	struct lp_dev *d = dev->priv;
	const struct rte_vtaccel_proc *p = rte_vtaccel_proc_find(d->accel, name);
	struct lp_proc *e;

	if (p == NULL || (type != RTE_VINETALK_ACCEL_ANY && type != p->type))
		return -ENOENT;
	e = entry_of(d, name);
	if (e == NULL || e->refs == UINT16_MAX)
		return -ENOSPC;
	e->refs++;
	/* Pairs with the acquire in prepare(). */
	__atomic_store_n(&e->proc, p, __ATOMIC_RELEASE);
	*proc = (uint16_t)(e - d->procs);
	return 0;
}

int
lp_proc_put(struct rte_vinetalk_dev *dev, uint16_t proc)
{
	struct lp_dev *d = dev->priv;

	if (proc >= LP_MAX_PROCS || d->procs[proc].refs == 0)
		return -ENOENT;
	if (--d->procs[proc].refs == 0)
		__atomic_store_n(&d->procs[proc].proc, NULL, __ATOMIC_RELEASE);
	return 0;
}

int
lp_proc_register(struct rte_vinetalk_dev *dev, const struct rte_vtaccel_proc *proc)
{
	struct lp_dev *d = dev->priv;
	int ret;

	if (d->nb_natives == RTE_DIM(d->natives))
		return -ENOSPC;
	ret = rte_vtaccel_native_register(proc);
	if (ret == 0)
		d->natives[d->nb_natives++] = proc;
	return ret;
}

/* What is in flight ended in the enqueue. */
int
lp_task_cancel(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_task *task)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(task);
	return -EALREADY;
}
