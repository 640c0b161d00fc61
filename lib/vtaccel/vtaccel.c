/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Devices: probe, start, stop, remove, streams. The control thread's. */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vtaccel_private.h"

/* A device and what the class keeps about it. */
struct accel {
	struct rte_vtaccel dev;
	/* What was registered; the driver may have set dev.ops to a variant. */
	const struct rte_vtaccel_ops *driver;
	uint32_t nb_streams;
	uint32_t next_stream;
};

/* For processes with several control threads, such as several local_profile devices. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct accel *accels[RTE_VTACCEL_MAX];

static struct accel *
accel_of(struct rte_vtaccel *dev)
{
	return RTE_PTR_SUB(dev, offsetof(struct accel, dev));
}

static bool
name_in_use(const char *name)
{
	unsigned int i;

	for (i = 0; i < RTE_VTACCEL_MAX; i++) {
		if (accels[i] != NULL && strcmp(accels[i]->dev.name, name) == 0)
			return true;
	}
	return false;
}

static int
name_set(struct rte_vtaccel *dev, const char *driver, const char *name)
{
	unsigned int n;
	int len;

	if (name[0] != '\0') {
		if (name_in_use(name)) {
			VTACCEL_LOG(ERR, "accelerator %s exists already", name);
			return -EEXIST;
		}
		snprintf(dev->name, sizeof(dev->name), "%s", name);
		return 0;
	}
	/* One of these is free: there is room for one more device. */
	for (n = 0; n <= RTE_VTACCEL_MAX; n++) {
		len = snprintf(dev->name, sizeof(dev->name), "%s%u", driver, n);
		if (len >= (int)sizeof(dev->name)) {
			VTACCEL_LOG(ERR, "accelerator %s: the name is too long, give it a name=",
				driver);
			return -EINVAL;
		}
		if (!name_in_use(dev->name))
			break;
	}
	return 0;
}

bool
vtaccel_driver_in_use(const struct rte_vtaccel_ops *ops)
{
	bool used = false;
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < RTE_VTACCEL_MAX; i++) {
		if (accels[i] != NULL && accels[i]->driver == ops)
			used = true;
	}
	pthread_mutex_unlock(&lock);
	return used;
}

/* Make the device and give it a number and a name. Called with the lock held. */
static int
accel_make(const struct rte_vtaccel_ops *ops, const char *name, struct accel **made)
{
	struct accel *a;
	unsigned int i;
	int ret;

	for (i = 0; i < RTE_VTACCEL_MAX && accels[i] != NULL; i++)
		;
	if (i == RTE_VTACCEL_MAX) {
		VTACCEL_LOG(ERR, "accelerator of driver %s is one more than %u", ops->name,
			RTE_VTACCEL_MAX);
		return -ENOSPC;
	}
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return -ENOMEM;
	a->driver = ops;
	a->dev.ops = ops;
	a->dev.id = (uint16_t)i;
	a->dev.state = RTE_VINETALK_ACCEL_IDLE;
	ret = name_set(&a->dev, ops->name, name);
	if (ret != 0) {
		free(a);
		return ret;
	}
	accels[i] = a;
	*made = a;
	return 0;
}

struct rte_vtaccel *
rte_vtaccel_get(const char *name)
{
	struct rte_vtaccel *dev = NULL;
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < RTE_VTACCEL_MAX; i++)
		if (accels[i] != NULL && strcmp(accels[i]->dev.name, name) == 0)
			dev = &accels[i]->dev;
	pthread_mutex_unlock(&lock);
	return dev;
}

static void
accel_free(struct accel *a)
{
	pthread_mutex_lock(&lock);
	accels[a->dev.id] = NULL;
	pthread_mutex_unlock(&lock);
	free(a);
}

static int
probe(const char *driver, const char *name, const char *args, struct rte_vtaccel **dev)
{
	const struct rte_vtaccel_ops *ops = vtaccel_driver_find(driver);
	struct accel *a = NULL;
	int ret;

	if (ops == NULL)
		return -ENODEV;
	pthread_mutex_lock(&lock);
	ret = accel_make(ops, name, &a);
	pthread_mutex_unlock(&lock);
	if (ret != 0)
		return ret;
	ret = ops->probe(&a->dev, args);
	if (ret != 0) {
		VTACCEL_LOG(ERR, "accelerator %s (%s,%s): %s", a->dev.name, driver, args,
			strerror(-ret));
		accel_free(a);
		return ret;
	}
	VTACCEL_LOG(INFO, "accelerator %s: driver %s, type %s", a->dev.name, driver,
		rte_vtaccel_type_name(a->dev.ops->type));
	*dev = &a->dev;
	return 0;
}

int
rte_vtaccel_probe(const char *devargs, struct rte_vtaccel **dev)
{
	char driver[RTE_VINETALK_NAME_LEN];
	char name[RTE_VINETALK_NAME_LEN];
	char *args;
	int ret;

	if (dev == NULL)
		return -EINVAL;
	ret = rte_vtaccel_registration_error();
	if (ret != 0) {
		VTACCEL_LOG(ERR, "a driver or procedure could not be registered: %s",
			strerror(-ret));
		return ret;
	}
	ret = vtaccel_devargs_split(devargs, driver, sizeof(driver), name, sizeof(name), &args);
	if (ret != 0)
		return ret;
	ret = probe(driver, name, args, dev);
	free(args);
	return ret;
}

void
rte_vtaccel_remove(struct rte_vtaccel *dev)
{
	if (dev == NULL)
		return;
	rte_vtaccel_stop(dev);
	if (accel_of(dev)->nb_streams != 0) {
		VTACCEL_LOG(ERR, "accelerator %s has %u open streams and is kept", dev->name,
			accel_of(dev)->nb_streams);
		return;
	}
	dev->ops->remove(dev);
	accel_free(accel_of(dev));
}

int
rte_vtaccel_start(struct rte_vtaccel *dev)
{
	int ret = 0;

	if (dev->started)
		return 0;
	/* Relaxed: the state says nothing about other memory. */
	if (__atomic_load_n(&dev->state, __ATOMIC_RELAXED) == RTE_VINETALK_ACCEL_FAILED) {
		VTACCEL_LOG(ERR, "accelerator %s has failed and cannot start", dev->name);
		return -EIO;
	}
	if (dev->ops->start != NULL)
		ret = dev->ops->start(dev);
	if (ret == 0)
		dev->started = true;
	else
		VTACCEL_LOG(ERR, "accelerator %s cannot start: %s", dev->name, strerror(-ret));
	return ret;
}

void
rte_vtaccel_stop(struct rte_vtaccel *dev)
{
	if (!dev->started)
		return;
	dev->started = false;
	if (dev->ops->stop != NULL)
		dev->ops->stop(dev);
}

int
rte_vtaccel_stream_open(struct rte_vtaccel *dev, struct rte_vtaccel_stream *stream)
{
	struct accel *a = accel_of(dev);
	int ret = 0;

	memset(stream, 0, sizeof(*stream));
	stream->accel = dev;
	/* Unique while open: 2^32 streams would have to be opened in the life of another one. */
	stream->id = a->next_stream;
	if (dev->ops->stream_open != NULL)
		ret = dev->ops->stream_open(dev, stream);
	if (ret != 0) {
		VTACCEL_LOG(ERR, "accelerator %s: stream %u: %s", dev->name, stream->id,
			strerror(-ret));
		return ret;
	}
	a->next_stream++;
	a->nb_streams++;
	return 0;
}

void
rte_vtaccel_stream_close(struct rte_vtaccel_stream *stream)
{
	struct rte_vtaccel *dev = stream->accel;

	if (dev->ops->stream_close != NULL)
		dev->ops->stream_close(dev, stream);
	accel_of(dev)->nb_streams--;
	stream->accel = NULL;
}

const struct rte_vtaccel_proc *
rte_vtaccel_proc_find(struct rte_vtaccel *dev, const char *name)
{
	const struct rte_vtaccel_proc *p;
	unsigned int i;

	for (i = 0; (p = dev->ops->proc_at(dev, i)) != NULL; i++) {
		if (strcmp(p->name, name) == 0)
			return p;
	}
	return NULL;
}

void
rte_vtaccel_location(struct rte_vtaccel *dev, char *buf, size_t len)
{
	if (len == 0)
		return;
	buf[0] = '\0';
	if (dev->ops->location != NULL)
		dev->ops->location(dev, buf, len);
	buf[len - 1] = '\0';
}

bool
rte_vtaccel_equal(struct rte_vtaccel *dev, struct rte_vtaccel *other)
{
	if (dev == other)
		return true;
	return dev->ops == other->ops && dev->ops->equal != NULL && dev->ops->equal(dev, other);
}

int
rte_vtaccel_recover(struct rte_vtaccel *dev)
{
	int ret;

	if (__atomic_load_n(&dev->state, __ATOMIC_RELAXED) != RTE_VINETALK_ACCEL_FAILED)
		return 0;
	if (dev->ops->recover == NULL)
		return -ENOTSUP;
	ret = dev->ops->recover(dev);
	if (ret == 0)
		__atomic_store_n(&dev->state, RTE_VINETALK_ACCEL_IDLE, __ATOMIC_RELAXED);
	return ret;
}

int
rte_vtaccel_mem_add(struct rte_vtaccel *dev, void *addr, uint64_t len)
{
	return dev->ops->mem_add != NULL ? dev->ops->mem_add(dev, addr, len) : 0;
}

void
rte_vtaccel_mem_del(struct rte_vtaccel *dev, void *addr)
{
	if (dev->ops->mem_del != NULL)
		dev->ops->mem_del(dev, addr);
}

int
rte_vtaccel_abandon(struct rte_vtaccel *dev, struct rte_vtaccel_task *task)
{
	return dev->ops->abandon != NULL ? dev->ops->abandon(dev, task) : -ENOTSUP;
}
