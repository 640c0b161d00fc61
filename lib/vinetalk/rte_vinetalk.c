/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The device class: life of devices and queue pairs. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_errno.h>
#include <rte_string_fns.h>

#include "vinetalk_private.h"

#define MAX_ENTRIES 32768

RTE_LOG_REGISTER(vinetalk_logtype, lib.vinetalk, NOTICE);

static struct rte_vinetalk_dev *devs[RTE_VINETALK_MAX_DEVS];
static pthread_mutex_t devs_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- the fast path of what is not there ---- */

static uint16_t
dummy_enqueue(void *qp, struct rte_vinetalk_task *tasks, uint16_t nb)
{
	RTE_SET_USED(qp);
	RTE_SET_USED(tasks);
	RTE_SET_USED(nb);
	rte_errno = ENODEV;
	return 0;
}

static uint16_t
dummy_dequeue(void *qp, struct rte_vinetalk_completion *completions, uint16_t nb)
{
	RTE_SET_USED(qp);
	RTE_SET_USED(completions);
	RTE_SET_USED(nb);
	rte_errno = ENODEV;
	return 0;
}

static uint32_t
dummy_in_flight(void *qp)
{
	RTE_SET_USED(qp);
	return 0;
}

static uint32_t
class_in_flight(void *qp)
{
	return ((struct rte_vinetalk_qp *)qp)->win.in_flight;
}

/*
 * The pointers of a device are these while it is stopped or closed, so that the fast path needs no
 * test. A queue pair beyond those configured is the caller's mistake; debug_checks finds it.
 */
static void *no_qps[RTE_VINETALK_MAX_QPS];

#define DUMMY { .qps = no_qps, .enqueue = dummy_enqueue, .dequeue = dummy_dequeue, \
	.in_flight = dummy_in_flight }
struct rte_vinetalk_fp_object rte_vinetalk_fp_objs[RTE_VINETALK_MAX_DEVS] = {
	[0 ... RTE_VINETALK_MAX_DEVS - 1] = DUMMY,
};

/* ---- looking up ---- */

uint64_t
vinetalk_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

bool
rte_vinetalk_is_valid(uint16_t dev_id)
{
	return dev_id < RTE_VINETALK_MAX_DEVS &&
		__atomic_load_n(&devs[dev_id], __ATOMIC_ACQUIRE) != NULL;
}

struct rte_vinetalk_dev *
vinetalk_dev(uint16_t dev_id)
{
	if (!rte_vinetalk_is_valid(dev_id)) {
		VT_LOG(ERR, "device %u does not exist", dev_id);
		return NULL;
	}
	return devs[dev_id];
}

struct vinetalk_class *
vinetalk_class(struct rte_vinetalk_dev *dev)
{
	return dev->cls;
}

struct rte_vinetalk_qp *
vinetalk_qp(struct rte_vinetalk_dev *dev, uint16_t qp_id)
{
	if (qp_id >= dev->nb_qps || dev->qps[qp_id] == NULL) {
		VT_LOG(ERR, "%s: queue pair %u is not set up (%u are configured)", dev->name,
			qp_id, dev->nb_qps);
		return NULL;
	}
	return dev->qps[qp_id];
}

struct rte_vinetalk_dev *
vinetalk_enter(uint16_t dev_id, uint64_t *start)
{
	struct rte_vinetalk_dev *dev = vinetalk_dev(dev_id);

	if (dev == NULL)
		return NULL;
	*start = dev->ops->trace != NULL ? vinetalk_now_ns() : 0;
	pthread_mutex_lock(&vinetalk_class(dev)->lock);
	return dev;
}

int
vinetalk_leave(struct rte_vinetalk_dev *dev, const char *call, uint64_t start, int status)
{
	pthread_mutex_unlock(&vinetalk_class(dev)->lock);
	if (dev->ops->trace != NULL)
		dev->ops->trace(dev, call, start, vinetalk_now_ns(), status);
	return status;
}

bool
rte_vinetalk_debug_qp(uint16_t dev_id, uint16_t qp_id)
{
	struct rte_vinetalk_dev *dev = vinetalk_dev(dev_id);

	return dev != NULL && vinetalk_qp(dev, qp_id) != NULL;
}

uint16_t
rte_vinetalk_count(void)
{
	uint16_t i, nb = 0;

	for (i = 0; i < RTE_VINETALK_MAX_DEVS; i++)
		nb += rte_vinetalk_is_valid(i);
	return nb;
}

int
rte_vinetalk_get_dev_id(const char *name)
{
	int ret = -ENODEV;
	uint16_t i;

	if (name == NULL)
		return -EINVAL;
	pthread_mutex_lock(&devs_lock);
	for (i = 0; i < RTE_VINETALK_MAX_DEVS; i++)
		if (devs[i] != NULL && strcmp(devs[i]->name, name) == 0)
			ret = i;
	pthread_mutex_unlock(&devs_lock);
	return ret;
}

/* ---- attach and close ---- */

/* A free number and a name of driver and number; called with devs_lock held. */
static int
number_and_name(struct rte_vinetalk_dev *dev)
{
	unsigned int id, n, i;

	for (id = 0; id < RTE_VINETALK_MAX_DEVS && devs[id] != NULL; id++)
		;
	if (id == RTE_VINETALK_MAX_DEVS) {
		VT_LOG(ERR, "one device more than %u", RTE_VINETALK_MAX_DEVS);
		return -ENOSPC;
	}
	dev->id = (uint16_t)id;
	for (n = 0; n <= RTE_VINETALK_MAX_DEVS; n++) {
		snprintf(dev->name, sizeof(dev->name), "%.50s%u", dev->ops->name, n);
		for (i = 0; i < RTE_VINETALK_MAX_DEVS; i++)
			if (devs[i] != NULL && strcmp(devs[i]->name, dev->name) == 0)
				break;
		if (i == RTE_VINETALK_MAX_DEVS)
			break;
	}
	return 0;
}

static void
dev_free(struct rte_vinetalk_dev *dev)
{
	struct vinetalk_class *cls = vinetalk_class(dev);

	if (cls != NULL) {
		pthread_mutex_destroy(&cls->lock);
		pthread_mutex_destroy(&cls->data_lock);
	}
	free(cls);
	free(dev);
}

static struct rte_vinetalk_dev *
dev_alloc(const struct rte_vinetalk_ops *ops)
{
	struct rte_vinetalk_dev *dev = calloc(1, sizeof(*dev));
	struct vinetalk_class *cls = calloc(1, sizeof(*cls));

	if (dev == NULL || cls == NULL) {
		free(dev);
		free(cls);
		return NULL;
	}
	dev->ops = ops;
	dev->cls = cls;
	pthread_mutex_init(&cls->lock, NULL);
	pthread_mutex_init(&cls->data_lock, NULL);
	return dev;
}

static int
attach(const struct rte_vinetalk_ops *ops, const char *args)
{
	struct rte_vinetalk_dev *dev = dev_alloc(ops);
	uint64_t start = vinetalk_now_ns();
	int ret;

	if (dev == NULL)
		return -ENOMEM;
	ret = ops->attach(dev, args);
	if (ret != 0) {
		dev_free(dev);
		return ret;
	}
	ret = vinetalk_data_init(dev);
	pthread_mutex_lock(&devs_lock);
	if (ret == 0)
		ret = number_and_name(dev);
	if (ret == 0) {
		struct rte_vinetalk_fp_object *fp = &rte_vinetalk_fp_objs[dev->id];

		dev->max_qps = RTE_MIN(dev->max_qps, RTE_VINETALK_MAX_QPS);
		*fp = (struct rte_vinetalk_fp_object)DUMMY;
		fp->base = (uintptr_t)dev->base;
		__atomic_store_n(&devs[dev->id], dev, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&devs_lock);
	if (ret != 0) {
		vinetalk_data_fini(dev);
		ops->close(dev);
		dev_free(dev);
		return ret;
	}
	if (ops->trace != NULL)
		ops->trace(dev, "attach", start, vinetalk_now_ns(), 0);
	return dev->id;
}

int
rte_vinetalk_attach(const char *devargs)
{
	const struct rte_vinetalk_ops *ops;
	char driver[RTE_VINETALK_NAME_LEN];
	size_t len;

	if (devargs == NULL)
		return -EINVAL;
	len = strcspn(devargs, ",");
	if (len == 0 || len >= sizeof(driver)) {
		VT_LOG(ERR, "'%.80s': a driver's name of 1 to %zu characters comes first", devargs,
			sizeof(driver) - 1);
		return -EINVAL;
	}
	if (vinetalk_driver_error() != 0) {
		VT_LOG(ERR, "a transport driver could not be registered: %s",
			strerror(-vinetalk_driver_error()));
		return vinetalk_driver_error();
	}
	memcpy(driver, devargs, len);
	driver[len] = '\0';
	ops = vinetalk_driver_find(driver);
	if (ops == NULL)
		return -ENODEV;
	return attach(ops, devargs[len] == ',' ? devargs + len + 1 : "");
}

static void
qp_free(struct rte_vinetalk_dev *dev, uint16_t qp_id)
{
	struct rte_vinetalk_qp *qp = dev->qps[qp_id];
	struct rte_vinetalk_window_entry *entries;

	if (qp == NULL)
		return;
	vinetalk_stats_of(qp, &vinetalk_class(dev)->released);
	memset(&vinetalk_class(dev)->qp_base[qp_id], 0, sizeof(struct rte_vinetalk_stats));
	dev->qps[qp_id] = NULL;
	entries = qp->win.entries;
	dev->ops->qp_release(dev, qp);
	free(entries);
}

static void
fast_path_off(struct rte_vinetalk_dev *dev)
{
	struct rte_vinetalk_fp_object *fp = &rte_vinetalk_fp_objs[dev->id];

	fp->enqueue = dummy_enqueue;
	fp->dequeue = dummy_dequeue;
	fp->in_flight = dummy_in_flight;
	fp->qps = no_qps;
}

int
rte_vinetalk_close(uint16_t dev_id)
{
	const uint64_t start = vinetalk_now_ns();
	struct rte_vinetalk_dev *dev;
	uint16_t i;

	pthread_mutex_lock(&devs_lock);
	dev = vinetalk_dev(dev_id);
	if (dev != NULL)
		__atomic_store_n(&devs[dev_id], NULL, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&devs_lock);
	if (dev == NULL)
		return -ENODEV;
	/* Who was inside a slow call when the device disappeared leaves first. */
	pthread_mutex_lock(&vinetalk_class(dev)->lock);
	fast_path_off(dev);
	rte_vinetalk_fp_objs[dev_id].base = 0;
	if (vinetalk_class(dev)->started && dev->ops->stop != NULL)
		dev->ops->stop(dev);
	for (i = 0; i < dev->nb_qps; i++)
		qp_free(dev, i);
	vinetalk_data_fini(dev);
	if (dev->ops->trace != NULL)
		dev->ops->trace(dev, "close", start, vinetalk_now_ns(), 0);
	dev->ops->close(dev);
	pthread_mutex_unlock(&vinetalk_class(dev)->lock);
	dev_free(dev);
	return 0;
}

/* ---- configuration ---- */

int
rte_vinetalk_info_get(uint16_t dev_id, struct rte_vinetalk_info *info)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	if (info == NULL)
		return -EINVAL;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	memset(info, 0, sizeof(*info));
	rte_strscpy(info->name, dev->name, sizeof(info->name));
	rte_strscpy(info->driver, dev->ops->name, sizeof(info->driver));
	info->capabilities = dev->capabilities;
	info->max_queue_pairs = dev->max_qps;
	info->nb_queue_pairs = dev->nb_qps;
	info->min_depth = dev->min_depth;
	info->max_depth = dev->max_depth;
	info->arena_size = dev->arena_size;
	info->vm_id = dev->vm_id;
	info->started = vinetalk_class(dev)->started;
	return vinetalk_leave(dev, "info_get", start, 0);
}

static int
configure(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_conf *conf)
{
	uint16_t i;
	int ret;

	if (vinetalk_class(dev)->started) {
		VT_LOG(ERR, "%s: cannot be configured before it is stopped", dev->name);
		return -EBUSY;
	}
	if (conf->nb_queue_pairs == 0 || conf->nb_queue_pairs > dev->max_qps) {
		VT_LOG(ERR, "%s: %u queue pairs are not in 1..%u", dev->name,
			conf->nb_queue_pairs, dev->max_qps);
		return -EINVAL;
	}
	if (conf->reserved16 != 0 || conf->reserved[0] != 0 || conf->reserved[1] != 0 ||
			conf->reserved[2] != 0) {
		VT_LOG(ERR, "%s: a reserved field of the configuration is not zero", dev->name);
		return -EINVAL;
	}
	for (i = 0; i < dev->nb_qps; i++) {
		if (dev->qps[i] != NULL && dev->qps[i]->win.in_flight != 0) {
			VT_LOG(ERR, "%s: queue pair %u has %u tasks in flight", dev->name, i,
				dev->qps[i]->win.in_flight);
			return -EBUSY;
		}
	}
	ret = dev->ops->configure != NULL ? dev->ops->configure(dev, conf) : 0;
	if (ret != 0)
		return ret;
	for (i = 0; i < dev->nb_qps; i++)
		qp_free(dev, i);
	dev->nb_qps = conf->nb_queue_pairs;
	vinetalk_class(dev)->configured = true;
	return 0;
}

int
rte_vinetalk_configure(uint16_t dev_id, const struct rte_vinetalk_conf *conf)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	if (conf == NULL)
		return -EINVAL;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	return vinetalk_leave(dev, "configure", start, configure(dev, conf));
}

static int
qp_setup(struct rte_vinetalk_dev *dev, uint16_t qp_id, const struct rte_vinetalk_qp_conf *conf)
{
	const uint32_t depth = conf->depth != 0 ? conf->depth : dev->max_depth;
	struct rte_vinetalk_window_entry *window;
	struct rte_vinetalk_qp *qp;
	uint32_t entries;

	if (vinetalk_class(dev)->started) {
		VT_LOG(ERR, "%s: queue pair %u cannot be set up before the device is stopped",
			dev->name, qp_id);
		return -EBUSY;
	}
	if (qp_id >= dev->nb_qps) {
		VT_LOG(ERR, "%s: queue pair %u is not below the %u configured", dev->name, qp_id,
			dev->nb_qps);
		return -EINVAL;
	}
	if (depth < dev->min_depth || depth > dev->max_depth) {
		VT_LOG(ERR, "%s: depth %u is not in %u..%u", dev->name, depth, dev->min_depth,
			dev->max_depth);
		return -EINVAL;
	}
	if (conf->reserved[0] != 0 || conf->reserved[1] != 0 || conf->reserved[2] != 0)
		return -EINVAL;
	if (dev->qps[qp_id] != NULL && dev->qps[qp_id]->win.in_flight != 0) {
		VT_LOG(ERR, "%s: queue pair %u has %u tasks in flight", dev->name, qp_id,
			dev->qps[qp_id]->win.in_flight);
		return -EBUSY;
	}
	if (dev->qps[qp_id] != NULL) {
		/* Set up again: only the depth is new. The sequence of its tasks goes on. */
		dev->qps[qp_id]->win.depth = depth;
		return 0;
	}
	/* For the deepest there can be, so that setting up again needs no other window. */
	entries = (uint32_t)RTE_MIN(rte_align64pow2((uint64_t)dev->max_depth * 8),
		(uint64_t)MAX_ENTRIES);
	window = calloc(entries, sizeof(*window));
	if (window == NULL)
		return -ENOMEM;
	qp = dev->ops->qp_setup(dev, qp_id, conf);
	if (qp == NULL) {
		free(window);
		return rte_errno > 0 ? -rte_errno : -ENOMEM;
	}
	qp->dev = dev;
	qp->id = qp_id;
	qp->win.entries = window;
	qp->win.mask = entries - 1;
	qp->win.depth = depth;
	dev->qps[qp_id] = qp;
	return 0;
}

int
rte_vinetalk_queue_pair_setup(uint16_t dev_id, uint16_t qp_id,
		const struct rte_vinetalk_qp_conf *conf)
{
	const struct rte_vinetalk_qp_conf defaults = { .depth = 0 };
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	return vinetalk_leave(dev, "queue_pair_setup", start,
		qp_setup(dev, qp_id, conf != NULL ? conf : &defaults));
}

static int
start_dev(struct rte_vinetalk_dev *dev)
{
	struct rte_vinetalk_fp_object *fp = &rte_vinetalk_fp_objs[dev->id];
	uint16_t i;
	int ret;

	if (vinetalk_class(dev)->started)
		return 0;
	if (!vinetalk_class(dev)->configured) {
		VT_LOG(ERR, "%s: is not configured", dev->name);
		return -EINVAL;
	}
	for (i = 0; i < dev->nb_qps; i++)
		if (vinetalk_qp(dev, i) == NULL)
			return -EINVAL;
	ret = dev->ops->start != NULL ? dev->ops->start(dev) : 0;
	if (ret != 0)
		return ret;
	fp->qps = (void **)dev->qps;
	fp->in_flight = class_in_flight;
	fp->dequeue = dev->ops->dequeue;
	fp->enqueue = dev->ops->enqueue;
	vinetalk_class(dev)->started = true;
	return 0;
}

int
rte_vinetalk_start(uint16_t dev_id)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	dev = vinetalk_enter(dev_id, &start);
	return dev == NULL ? -ENODEV : vinetalk_leave(dev, "start", start, start_dev(dev));
}

int
rte_vinetalk_stop(uint16_t dev_id)
{
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL)
		return -ENODEV;
	if (vinetalk_class(dev)->started) {
		fast_path_off(dev);
		if (dev->ops->stop != NULL)
			dev->ops->stop(dev);
		vinetalk_class(dev)->started = false;
	}
	return vinetalk_leave(dev, "stop", start, 0);
}
