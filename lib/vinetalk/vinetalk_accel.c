/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Accelerators, virtual accelerators and procedures: checks, then the driver. */

#include <errno.h>
#include <inttypes.h>

#include "vinetalk_private.h"

/* Whoever answers for the other side may go on without end; an appliance has fewer of both. */
#define MAX_LISTED 1024

static bool
type_is_known(enum rte_vinetalk_accel_type type)
{
	return (unsigned int)type < RTE_VINETALK_ACCEL_TYPES;
}

static int
endless(const struct rte_vinetalk_dev *dev, const char *what)
{
	VT_LOG(ERR, "%s: the other side has more than %u %s", dev->name, MAX_LISTED, what);
	return -EPROTO;
}

static int
accel_list(struct rte_vinetalk_dev *dev, enum rte_vinetalk_accel_type type, uint16_t *ids,
		unsigned int nb)
{
	struct rte_vinetalk_accel_info info;
	unsigned int found = 0;
	uint16_t i;
	int ret;

	for (i = 0; (ret = dev->ops->accel_info(dev, i, &info)) == 0; i++) {
		if (i == MAX_LISTED)
			return endless(dev, "accelerators");
		if (type != RTE_VINETALK_ACCEL_ANY && info.type != type)
			continue;
		if (found < nb)
			ids[found] = info.id;
		found++;
	}
	return ret == -ENOENT ? (int)found : ret;
}

int
rte_vinetalk_accel_list(uint16_t dev_id, enum rte_vinetalk_accel_type type, uint16_t *ids,
		unsigned int nb)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	if (!type_is_known(type) || (ids == NULL && nb != 0))
		return -EINVAL;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	return vinetalk_leave(dev, "accel_list", start, accel_list(dev, type, ids, nb));
}

int
rte_vinetalk_accel_info_get(uint16_t dev_id, uint16_t accel, struct rte_vinetalk_accel_info *info)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	if (info == NULL)
		return -EINVAL;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	return vinetalk_leave(dev, "accel_info_get", start,
		dev->ops->accel_info(dev, accel, info));
}

int
rte_vinetalk_accel_stats_get(uint16_t dev_id, uint16_t accel,
		struct rte_vinetalk_accel_stats *stats)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	if (stats == NULL)
		return -EINVAL;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	return vinetalk_leave(dev, "accel_stats_get", start,
		dev->ops->accel_stats(dev, accel, stats));
}

int
rte_vinetalk_vaccel_acquire(uint16_t dev_id, const struct rte_vinetalk_vaccel_conf *conf,
		uint16_t *vaccel)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;
	unsigned int i;

	if (conf == NULL || vaccel == NULL || !type_is_known(conf->type) ||
			(conf->flags & ~RTE_VINETALK_VACCEL_F_EXCLUSIVE) != 0)
		return -EINVAL;
	if (conf->weight > RTE_VINETALK_VACCEL_WEIGHT_MAX) {
		VT_LOG(ERR, "device %u: a vaccel's weight is %u, must be at most %u", dev_id,
			conf->weight, RTE_VINETALK_VACCEL_WEIGHT_MAX);
		return -EINVAL;
	}
	if (conf->priority > RTE_VINETALK_VACCEL_PRIORITY_MAX) {
		VT_LOG(ERR, "device %u: a vaccel's priority is %u, must be at most %u", dev_id,
			conf->priority, RTE_VINETALK_VACCEL_PRIORITY_MAX);
		return -EINVAL;
	}
	if (conf->rate_bytes > RTE_VINETALK_VACCEL_RATE_BYTES_MAX) {
		VT_LOG(ERR, "device %u: a vaccel's rate is %" PRIu64 " bytes/s, must be at most %" PRIu64,
			dev_id, conf->rate_bytes, RTE_VINETALK_VACCEL_RATE_BYTES_MAX);
		return -EINVAL;
	}
	for (i = 0; i < RTE_DIM(conf->reserved); i++)
		if (conf->reserved[i] != 0)
			return -EINVAL;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	return vinetalk_leave(dev, "vaccel_acquire", start,
		dev->ops->vaccel_acquire(dev, conf, vaccel));
}

int
rte_vinetalk_vaccel_release(uint16_t dev_id, uint16_t vaccel)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	return vinetalk_leave(dev, "vaccel_release", start,
		dev->ops->vaccel_release(dev, vaccel));
}

static int
proc_list(struct rte_vinetalk_dev *dev, struct rte_vinetalk_proc_info *list, unsigned int nb)
{
	struct rte_vinetalk_proc_info info;
	uint16_t i;
	int ret;

	for (i = 0; (ret = dev->ops->proc_info(dev, i, &info)) == 0; i++) {
		if (i == MAX_LISTED)
			return endless(dev, "procedures");
		if (i < nb)
			list[i] = info;
	}
	return ret == -ENOENT ? i : ret;
}

int
rte_vinetalk_proc_list(uint16_t dev_id, struct rte_vinetalk_proc_info *list, unsigned int nb)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	if (list == NULL && nb != 0)
		return -EINVAL;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	return vinetalk_leave(dev, "proc_list", start, proc_list(dev, list, nb));
}

int
rte_vinetalk_proc_get(uint16_t dev_id, const char *name, enum rte_vinetalk_accel_type type,
		uint16_t *proc)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	if (name == NULL || name[0] == '\0' || proc == NULL || !type_is_known(type))
		return -EINVAL;
	if (strlen(name) >= RTE_VINETALK_NAME_LEN)
		return -ENAMETOOLONG;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	return vinetalk_leave(dev, "proc_get", start,
		dev->ops->proc_get(dev, name, type, proc));
}

int
rte_vinetalk_proc_put(uint16_t dev_id, uint16_t proc)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	return vinetalk_leave(dev, "proc_put", start, dev->ops->proc_put(dev, proc));
}

int
rte_vinetalk_proc_register(uint16_t dev_id, const struct rte_vtaccel_proc *proc)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	if (proc == NULL)
		return -EINVAL;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	return vinetalk_leave(dev, "proc_register", start, dev->ops->proc_register == NULL ?
		-ENOTSUP : dev->ops->proc_register(dev, proc));
}
