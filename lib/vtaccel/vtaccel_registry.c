/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Registries of drivers and of native procedures, under one lock. */

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "vtaccel_private.h"

RTE_LOG_REGISTER(vtaccel_logtype, lib.vinetalk.accel, NOTICE);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct rte_vtaccel_ops *drivers[RTE_VTACCEL_DRIVERS_MAX];
static unsigned int nb_drivers;
static const struct rte_vtaccel_proc *natives[RTE_VTACCEL_NATIVE_MAX];
static unsigned int nb_natives;
static int first_error;

static const char *const type_names[] = {
	[RTE_VINETALK_ACCEL_ANY] = "any",
	[RTE_VINETALK_ACCEL_CPU] = "cpu",
	[RTE_VINETALK_ACCEL_GPU] = "gpu",
	[RTE_VINETALK_ACCEL_FPGA] = "fpga",
	[RTE_VINETALK_ACCEL_CRYPTO] = "crypto",
	[RTE_VINETALK_ACCEL_COMPRESS] = "compress",
	[RTE_VINETALK_ACCEL_DMA] = "dma",
};

const char *
rte_vtaccel_type_name(enum rte_vinetalk_accel_type type)
{
	RTE_BUILD_BUG_ON(RTE_DIM(type_names) != RTE_VINETALK_ACCEL_TYPES);

	return (unsigned int)type < RTE_DIM(type_names) ? type_names[type] : "?";
}

int
rte_vtaccel_type_parse(const char *name)
{
	unsigned int i;

	for (i = 0; name != NULL && i < RTE_DIM(type_names); i++) {
		if (strcmp(name, type_names[i]) == 0)
			return (int)i;
	}
	return -EINVAL;
}

void
rte_vtaccel_registration_note(int ret)
{
	pthread_mutex_lock(&lock);
	if (first_error == 0 && ret < 0)
		first_error = ret;
	pthread_mutex_unlock(&lock);
}

int
rte_vtaccel_registration_error(void)
{
	int ret;

	pthread_mutex_lock(&lock);
	ret = first_error;
	pthread_mutex_unlock(&lock);
	return ret;
}

/* A name that can stand in device arguments, logs and file names. */
static bool
name_valid(const char *name)
{
	size_t len = name == NULL ? 0 : strnlen(name, RTE_VINETALK_NAME_LEN);
	size_t i;

	for (i = 0; i < len; i++) {
		if (!isgraph((unsigned char)name[i]) || name[i] == ',')
			return false;
	}
	return len > 0 && len < RTE_VINETALK_NAME_LEN;
}

static int
driver_check(const struct rte_vtaccel_ops *ops)
{
	unsigned int i;

	if (ops == NULL) {
		VTACCEL_LOG(ERR, "driver without operations");
		return -EINVAL;
	}
	/* The version first: the rest of the structure may be another one. */
	if (ops->api != RTE_VTACCEL_API) {
		VTACCEL_LOG(ERR, "driver is for interface %u, this is %u", ops->api,
			RTE_VTACCEL_API);
		return -EPROTONOSUPPORT;
	}
	if (!name_valid(ops->name)) {
		VTACCEL_LOG(ERR, "driver without a valid name of 1 to %u characters",
			RTE_VINETALK_NAME_LEN - 1);
		return -EINVAL;
	}
	if (ops->probe == NULL || ops->remove == NULL || ops->proc_at == NULL ||
			ops->enqueue_burst == NULL || ops->dequeue_burst == NULL) {
		VTACCEL_LOG(ERR, "driver %s lacks one of probe, remove, proc_at, enqueue_burst, "
			"dequeue_burst", ops->name);
		return -EINVAL;
	}
	if ((ops->buf_add == NULL) != (ops->buf_del == NULL)) {
		VTACCEL_LOG(ERR, "driver %s has one of buf_add and buf_del, both or none are needed",
			ops->name);
		return -EINVAL;
	}
	if ((ops->mem_add == NULL) != (ops->mem_del == NULL)) {
		VTACCEL_LOG(ERR, "driver %s has one of mem_add and mem_del, both or none are needed",
			ops->name);
		return -EINVAL;
	}
	if ((unsigned int)ops->type >= RTE_VINETALK_ACCEL_TYPES) {
		VTACCEL_LOG(ERR, "driver %s has type %u, the last one is %u", ops->name,
			(unsigned int)ops->type, RTE_VINETALK_ACCEL_TYPES - 1);
		return -EINVAL;
	}
	for (i = 0; i < nb_drivers; i++) {
		if (strcmp(drivers[i]->name, ops->name) == 0) {
			VTACCEL_LOG(ERR, "driver %s is registered already", ops->name);
			return -EEXIST;
		}
	}
	if (nb_drivers == RTE_VTACCEL_DRIVERS_MAX) {
		VTACCEL_LOG(ERR, "driver %s is one more than %u", ops->name,
			RTE_VTACCEL_DRIVERS_MAX);
		return -ENOSPC;
	}
	return 0;
}

int
rte_vtaccel_register(const struct rte_vtaccel_ops *ops)
{
	int ret;

	pthread_mutex_lock(&lock);
	ret = driver_check(ops);
	if (ret == 0)
		drivers[nb_drivers++] = ops;
	pthread_mutex_unlock(&lock);
	return ret;
}

int
rte_vtaccel_unregister(const struct rte_vtaccel_ops *ops)
{
	unsigned int i;
	int ret = -ENOENT;

	if (vtaccel_driver_in_use(ops))
		return -EBUSY;
	pthread_mutex_lock(&lock);
	for (i = 0; i < nb_drivers && ret != 0; i++) {
		if (drivers[i] != ops)
			continue;
		memmove(&drivers[i], &drivers[i + 1], (--nb_drivers - i) * sizeof(drivers[0]));
		ret = 0;
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

const struct rte_vtaccel_ops *
vtaccel_driver_find(const char *name)
{
	const struct rte_vtaccel_ops *found = NULL;
	char names[512] = "";
	size_t len = 0;
	unsigned int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < nb_drivers && found == NULL; i++) {
		if (strcmp(drivers[i]->name, name) == 0)
			found = drivers[i];
		else if (len < sizeof(names))
			len += (size_t)snprintf(names + len, sizeof(names) - len, " %s",
				drivers[i]->name);
	}
	pthread_mutex_unlock(&lock);
	if (found == NULL)
		VTACCEL_LOG(ERR, "no accelerator driver %s; there are:%s", name,
			len == 0 ? " none" : names);
	return found;
}

static int
native_check(const struct rte_vtaccel_proc *p)
{
	const uint32_t flags = RTE_VTACCEL_PROC_F_PRIVATE_INPUT |
		RTE_VTACCEL_PROC_F_PRIVATE_OUTPUT;
	unsigned int i;

	if (p == NULL) {
		VTACCEL_LOG(ERR, "no procedure to register");
		return -EINVAL;
	}
	if (p->api != RTE_VTACCEL_API) {
		VTACCEL_LOG(ERR, "procedure is for interface %u, this is %u", p->api,
			RTE_VTACCEL_API);
		return -EPROTONOSUPPORT;
	}
	if (!name_valid(p->name)) {
		VTACCEL_LOG(ERR, "procedure without a valid name of 1 to %u characters",
			RTE_VINETALK_NAME_LEN - 1);
		return -EINVAL;
	}
	if (p->native == NULL || p->type != RTE_VINETALK_ACCEL_CPU || (p->flags & ~flags) != 0) {
		VTACCEL_LOG(ERR, "procedure %s: %s", p->name, p->native == NULL ?
			"no function" : p->type != RTE_VINETALK_ACCEL_CPU ?
			"a native procedure has type cpu" : "unknown flag");
		return -EINVAL;
	}
	if (p->min_in > p->max_in || p->min_out > p->max_out || p->min_args > p->max_args ||
			p->min_in + p->min_out > RTE_VINETALK_MAX_SEGS ||
			p->min_args > RTE_VINETALK_MAX_ARGS) {
		VTACCEL_LOG(ERR, "procedure %s: %u..%u inputs, %u..%u outputs, %u..%u argument "
			"bytes cannot be met (%u segments, %u bytes)", p->name, p->min_in,
			p->max_in, p->min_out, p->max_out, p->min_args, p->max_args,
			RTE_VINETALK_MAX_SEGS, RTE_VINETALK_MAX_ARGS);
		return -EINVAL;
	}
	for (i = 0; i < nb_natives; i++) {
		if (strcmp(natives[i]->name, p->name) == 0) {
			VTACCEL_LOG(ERR, "procedure %s is registered already", p->name);
			return -EEXIST;
		}
	}
	if (nb_natives == RTE_VTACCEL_NATIVE_MAX) {
		VTACCEL_LOG(ERR, "procedure %s is one more than %u", p->name,
			RTE_VTACCEL_NATIVE_MAX);
		return -ENOSPC;
	}
	return 0;
}

int
rte_vtaccel_native_register(const struct rte_vtaccel_proc *proc)
{
	int ret;

	pthread_mutex_lock(&lock);
	ret = native_check(proc);
	if (ret == 0)
		natives[nb_natives++] = proc;
	pthread_mutex_unlock(&lock);
	return ret;
}

int
rte_vtaccel_native_unregister(const struct rte_vtaccel_proc *proc)
{
	unsigned int i;
	int ret = -ENOENT;

	pthread_mutex_lock(&lock);
	for (i = 0; i < nb_natives && ret != 0; i++) {
		if (natives[i] != proc)
			continue;
		memmove(&natives[i], &natives[i + 1], (--nb_natives - i) * sizeof(natives[0]));
		ret = 0;
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

const struct rte_vtaccel_proc *
rte_vtaccel_native_at(unsigned int index)
{
	const struct rte_vtaccel_proc *proc;

	pthread_mutex_lock(&lock);
	proc = index < nb_natives ? natives[index] : NULL;
	pthread_mutex_unlock(&lock);
	return proc;
}
