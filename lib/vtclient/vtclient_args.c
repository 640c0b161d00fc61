/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Arguments of transports: their own, and those that all of them have. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_kvargs.h>
#include <rte_string_fns.h>

#include "vtclient_private.h"

#define MAX_ARGS 16

struct args {
	const char *driver;
	unsigned int nb;
	struct rte_vtclient_arg known[MAX_ARGS];
};

static int
set_number(const struct args *args, const struct rte_vtclient_arg *a, const char *value)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(value, &end, 10);
	if (errno == 0 && end != value && *end == '\0' && value[0] != '-' && v >= a->min &&
			v <= a->max) {
		*a->number = (uint32_t)v;
		return 0;
	}
	VTCLIENT_LOG(ERR, "%s: %s=%s: not a number in %u..%u", args->driver, a->key, value, a->min,
		a->max);
	return -EINVAL;
}

static int
set(const char *key, const char *value, void *opaque)
{
	const struct args *args = opaque;
	const struct rte_vtclient_arg *a = args->known;

	if (value == NULL)
		value = "";
	/* The parser let known keys through only. */
	while (strcmp(a->key, key) != 0)
		a++;
	if (a->number != NULL)
		return set_number(args, a, value);
	if (value[0] != '\0' && rte_strscpy(a->text, value, a->len) >= 0)
		return 0;
	VTCLIENT_LOG(ERR, "%s: %s=%s: 1 to %zu characters", args->driver, key, value, a->len - 1);
	return -EINVAL;
}

int
rte_vtclient_args(const char *driver, const char *text, const struct rte_vtclient_arg *own,
		unsigned int nb, struct rte_vtclient_conf *conf)
{
	const struct rte_vtclient_arg common[] = {
		{ .key = "client", .text = conf->name, .len = sizeof(conf->name) },
		{ .key = "queue_pairs", .number = &conf->nb_qps, .min = 1,
			.max = RTE_VTREGION_MAX_QPS },
		{ .key = "spin_us", .number = &conf->spin_us, .max = 1000000 },
		{ .key = "umwait", .number = &conf->umwait, .max = 1 },
		{ .key = "sigbus", .number = &conf->sigbus, .max = 1 },
		{ .key = "unsafe-sync", .number = &conf->unsafe_sync, .max = 1 },
	};
	const char *keys[MAX_ARGS + 1] = { NULL };
	struct args args = { .driver = driver };
	char names[256] = "";
	struct rte_kvargs *kv;
	unsigned int i;
	int ret;

	memset(conf, 0, sizeof(*conf));
	snprintf(conf->name, sizeof(conf->name), "%s", program_invocation_short_name);
	conf->spin_us = RTE_VTCLIENT_SPIN_US;
	conf->umwait = 1;
	conf->sigbus = 1;
	if (nb + RTE_DIM(common) > MAX_ARGS)
		return -E2BIG;
	memcpy(args.known, own, nb * sizeof(*own));
	memcpy(&args.known[nb], common, sizeof(common));
	args.nb = nb + RTE_DIM(common);
	if (text == NULL || text[0] == '\0')
		return 0;
	for (i = 0; i < args.nb; i++) {
		keys[i] = args.known[i].key;
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			i == 0 ? "" : ", ", keys[i]);
	}
	kv = rte_kvargs_parse(text, keys);
	if (kv == NULL) {
		VTCLIENT_LOG(ERR, "%s: arguments '%s': known keys are %s", driver, text, names);
		return -EINVAL;
	}
	/* It turns every failure of a handler into -1. */
	ret = rte_kvargs_process(kv, NULL, set, &args) != 0 ? -EINVAL : 0;
	rte_kvargs_free(kv);
	return ret;
}
