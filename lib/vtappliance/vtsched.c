/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Registry of schedulers. Written by constructors and at start-up, by one thread. */

#include <errno.h>
#include <string.h>

#include "vta_private.h"

#define MAX_SCHEDS 16

static const struct rte_vtsched_ops *scheds[MAX_SCHEDS];
static unsigned int nb_scheds;
static int register_error;

static int
check(const struct rte_vtsched_ops *ops)
{
	unsigned int i;

	if (ops == NULL || ops->name == NULL || ops->create == NULL || ops->destroy == NULL ||
			ops->activate == NULL || ops->deactivate == NULL || ops->pick == NULL ||
			ops->done == NULL) {
		VTA_LOG(ERR, "scheduler %s lacks an operation",
			ops != NULL && ops->name != NULL ? ops->name : "without name");
		return -EINVAL;
	}
	if (ops->api != RTE_VTSCHED_API) {
		VTA_LOG(ERR, "scheduler %s is for interface %u, this is %u", ops->name, ops->api,
			RTE_VTSCHED_API);
		return -EPROTONOSUPPORT;
	}
	for (i = 0; i < nb_scheds; i++) {
		if (strcmp(scheds[i]->name, ops->name) == 0) {
			VTA_LOG(ERR, "scheduler %s is registered already", ops->name);
			return -EEXIST;
		}
	}
	if (nb_scheds == MAX_SCHEDS) {
		VTA_LOG(ERR, "scheduler %s is one more than %u", ops->name, MAX_SCHEDS);
		return -ENOSPC;
	}
	return 0;
}

int
rte_vtsched_register(const struct rte_vtsched_ops *ops)
{
	int ret = check(ops);

	if (ret == 0)
		scheds[nb_scheds++] = ops;
	else if (register_error == 0)
		register_error = ret;
	return ret;
}

int
vta_sched_error(void)
{
	return register_error;
}

const struct rte_vtsched_ops *
rte_vtsched_find(const char *name)
{
	char names[256] = "";
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < nb_scheds; i++) {
		if (strcmp(scheds[i]->name, name) == 0)
			return scheds[i];
		if (len < sizeof(names))
			len += (size_t)snprintf(names + len, sizeof(names) - len, " %s",
				scheds[i]->name);
	}
	VTA_LOG(ERR, "no scheduler %s; there are:%s", name, names);
	return NULL;
}
