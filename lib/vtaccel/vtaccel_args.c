/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Device arguments: driver[,key=value]... */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_kvargs.h>

#include "vtaccel_private.h"

static int
number_parse(const char *value, uint64_t *number)
{
	unsigned long long n;
	char *end;

	/* strtoull takes blanks and signs. */
	if (!isdigit((unsigned char)value[0]))
		return -EINVAL;
	errno = 0;
	n = strtoull(value, &end, 0);
	if (errno != 0 || *end != '\0')
		return -EINVAL;
	*number = n;
	return 0;
}

static int
arg_set(const char *dev, const struct rte_vtaccel_arg *arg, const char *value)
{
	uint64_t n;

	if (value == NULL || value[0] == '\0') {
		VTACCEL_LOG(ERR, "%s: argument %s has no value", dev, arg->key);
		return -EINVAL;
	}
	if (arg->number == NULL) {
		if (strlen(value) >= arg->size) {
			VTACCEL_LOG(ERR, "%s: %s=%s is longer than %zu characters", dev, arg->key,
				value, arg->size - 1);
			return -EINVAL;
		}
		strcpy(arg->string, value);
		return 0;
	}
	if (number_parse(value, &n) != 0 || n < arg->min || n > arg->max) {
		VTACCEL_LOG(ERR, "%s: %s=%s is not a number from %" PRIu64 " to %" PRIu64, dev,
			arg->key, value, arg->min, arg->max);
		return -EINVAL;
	}
	*arg->number = n;
	return 0;
}

static int
unknown_key(const char *dev, const char *key, const struct rte_vtaccel_arg *known,
		unsigned int nb)
{
	char names[256] = "";
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < nb && len < sizeof(names); i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, " %s", known[i].key);
	VTACCEL_LOG(ERR, "%s: unknown argument %s; there are: name%s", dev, key, names);
	return -EINVAL;
}

int
rte_vtaccel_args_parse(const struct rte_vtaccel *dev, const char *args,
		const struct rte_vtaccel_arg *known, unsigned int nb)
{
	struct rte_kvargs *kv;
	unsigned int i, k;
	int ret = 0;

	if (args == NULL || args[0] == '\0')
		return 0;
	kv = rte_kvargs_parse(args, NULL);
	if (kv == NULL) {
		VTACCEL_LOG(ERR, "%s: cannot parse arguments \"%s\"", dev->name, args);
		return -EINVAL;
	}
	for (i = 0; i < kv->count && ret == 0; i++) {
		for (k = 0; k < nb && strcmp(known[k].key, kv->pairs[i].key) != 0; k++)
			;
		if (k == nb) {
			ret = unknown_key(dev->name, kv->pairs[i].key, known, nb);
		} else if (rte_kvargs_count(kv, known[k].key) > 1) {
			VTACCEL_LOG(ERR, "%s: argument %s is given twice", dev->name, known[k].key);
			ret = -EINVAL;
		} else {
			ret = arg_set(dev->name, &known[k], kv->pairs[i].value);
		}
	}
	rte_kvargs_free(kv);
	return ret;
}

/* Take name= off and write the other pairs again, which takes no more room than before. */
static int
name_take(const struct rte_kvargs *kv, char *name, size_t name_size, char *rest)
{
	struct rte_vtaccel_arg arg = { .key = "name", .string = name, .size = name_size };
	size_t len = 0;
	unsigned int i;
	int ret;

	if (rte_kvargs_count(kv, "name") > 1) {
		VTACCEL_LOG(ERR, "argument name is given twice");
		return -EINVAL;
	}
	for (i = 0; i < kv->count; i++) {
		const char *value = kv->pairs[i].value;

		if (strcmp(kv->pairs[i].key, "name") == 0) {
			ret = arg_set("accelerator", &arg, value);
			if (ret != 0)
				return ret;
			continue;
		}
		len += (size_t)sprintf(rest + len, "%s%s%s%s", len == 0 ? "" : ",",
			kv->pairs[i].key, value == NULL ? "" : "=", value == NULL ? "" : value);
	}
	return 0;
}

int
vtaccel_devargs_split(const char *devargs, char *driver, size_t driver_size, char *name,
		size_t name_size, char **rest)
{
	size_t len = devargs == NULL ? 0 : strcspn(devargs, ",");
	struct rte_kvargs *kv;
	int ret;

	name[0] = '\0';
	if (len == 0 || len >= driver_size) {
		VTACCEL_LOG(ERR, "accelerator \"%s\": the driver's name must have 1 to %zu "
			"characters", devargs == NULL ? "" : devargs, driver_size - 1);
		return -EINVAL;
	}
	memcpy(driver, devargs, len);
	driver[len] = '\0';
	*rest = calloc(1, strlen(devargs) + 1);
	if (*rest == NULL)
		return -ENOMEM;
	if (devargs[len] == '\0' || devargs[len + 1] == '\0')
		return 0;
	kv = rte_kvargs_parse(devargs + len + 1, NULL);
	if (kv == NULL) {
		VTACCEL_LOG(ERR, "cannot parse arguments of accelerator \"%s\"", devargs);
		free(*rest);
		return -EINVAL;
	}
	ret = name_take(kv, name, name_size, *rest);
	rte_kvargs_free(kv);
	if (ret != 0)
		free(*rest);
	return ret;
}
