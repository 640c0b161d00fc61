/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Registry of transport drivers. Built-in ones are registered by constructors; an unknown name
 * makes the driver directory be loaded, once.
 */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vinetalk_private.h"

#define MAX_DRIVERS 32

static const struct rte_vinetalk_ops *drivers[MAX_DRIVERS];
static unsigned int nb_drivers;
static int register_error;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int
check(const struct rte_vinetalk_ops *ops)
{
	unsigned int i;

	if (ops == NULL || ops->name == NULL || ops->attach == NULL || ops->close == NULL ||
			ops->qp_setup == NULL || ops->qp_release == NULL ||
			ops->accel_info == NULL || ops->accel_stats == NULL ||
			ops->vaccel_acquire == NULL || ops->vaccel_release == NULL ||
			ops->proc_info == NULL || ops->proc_get == NULL || ops->proc_put == NULL ||
			ops->wait == NULL || ops->enqueue == NULL || ops->dequeue == NULL ||
			(ops->buf_add == NULL) != (ops->buf_del == NULL)) {
		VT_LOG(ERR, "transport driver %s lacks an operation",
			ops != NULL && ops->name != NULL ? ops->name : "without name");
		return -EINVAL;
	}
	if (ops->api != RTE_VINETALK_DRIVER_API) {
		VT_LOG(ERR, "transport driver %s is for interface %u, this is %u", ops->name,
			ops->api, RTE_VINETALK_DRIVER_API);
		return -EPROTONOSUPPORT;
	}
	for (i = 0; i < nb_drivers; i++) {
		if (strcmp(drivers[i]->name, ops->name) == 0) {
			VT_LOG(ERR, "transport driver %s is registered already", ops->name);
			return -EEXIST;
		}
	}
	if (nb_drivers == MAX_DRIVERS) {
		VT_LOG(ERR, "transport driver %s is one more than %u", ops->name, MAX_DRIVERS);
		return -ENOSPC;
	}
	return 0;
}

int
rte_vinetalk_driver_register(const struct rte_vinetalk_ops *ops)
{
	int ret = check(ops);

	if (ret == 0)
		drivers[nb_drivers++] = ops;
	else if (register_error == 0)
		register_error = ret;
	return ret;
}

int
rte_vinetalk_driver_unregister(const struct rte_vinetalk_ops *ops)
{
	unsigned int i;

	for (i = 0; i < nb_drivers; i++) {
		if (drivers[i] == ops) {
			drivers[i] = drivers[--nb_drivers];
			return 0;
		}
	}
	/* One whose registration failed and was noticed is not held against the others. */
	register_error = 0;
	return -ENOENT;
}

int
vinetalk_driver_error(void)
{
	return register_error;
}

static const struct rte_vinetalk_ops *
look_up(const char *name)
{
	unsigned int i;

	for (i = 0; i < nb_drivers; i++)
		if (strcmp(drivers[i]->name, name) == 0)
			return drivers[i];
	return NULL;
}

/* Whether an entry of the driver directory is a driver that is not there yet. */
static bool
is_wanted(const char *file)
{
	static const char prefix[] = "librte_transport_", suffix[] = ".so";
	const size_t len = strlen(file);
	char name[RTE_VINETALK_NAME_LEN];
	int n;

	if (strncmp(file, prefix, sizeof(prefix) - 1) != 0 ||
			len < sizeof(prefix) + sizeof(suffix) - 1 ||
			strcmp(file + len - (sizeof(suffix) - 1), suffix) != 0)
		return false;
	n = snprintf(name, sizeof(name), "%.*s",
		(int)(len - (sizeof(prefix) - 1) - (sizeof(suffix) - 1)),
		file + sizeof(prefix) - 1);
	/* One that the program brought along must not be registered twice. */
	return n < (int)sizeof(name) && look_up(name) == NULL;
}

/* Constructors of what is loaded here register themselves. */
static void
load_directory(void)
{
	static bool loaded;
	const char *path = secure_getenv("VINETALK_DRIVER_PATH");
	struct dirent *entry;
	char file[4096];
	DIR *dir;

	if (loaded)
		return;
	loaded = true;
	if (path == NULL)
		path = VT_DRIVER_DIR;
	dir = opendir(path);
	if (dir == NULL) {
		VT_LOG(DEBUG, "driver directory %s: %s", path, strerror(errno));
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (!is_wanted(entry->d_name) || snprintf(file, sizeof(file), "%s/%s", path,
				entry->d_name) >= (int)sizeof(file))
			continue;
		if (dlopen(file, RTLD_NOW) == NULL)
			VT_LOG(ERR, "driver %s cannot be loaded: %s", file, dlerror());
	}
	closedir(dir);
}

const struct rte_vinetalk_ops *
vinetalk_driver_find(const char *name)
{
	const struct rte_vinetalk_ops *ops;
	char names[512] = "";
	size_t len = 0;
	unsigned int i;

	pthread_mutex_lock(&lock);
	ops = look_up(name);
	if (ops == NULL) {
		load_directory();
		ops = look_up(name);
	}
	for (i = 0; ops == NULL && i < nb_drivers && len < sizeof(names); i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, " %s", drivers[i]->name);
	pthread_mutex_unlock(&lock);
	if (ops == NULL)
		VT_LOG(ERR, "no transport driver '%s'; there are:%s", name,
			names[0] != '\0' ? names : " none");
	return ops;
}
