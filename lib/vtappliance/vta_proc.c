/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The table of procedures: what clients can ask for, by name and type of
 * accelerator, and for each accelerator its implementation. Filled while accelerators are
 * added, constant once the appliance has started; an index is the handle.
 */

#include <errno.h>
#include <string.h>

#include <rte_string_fns.h>

#include "vta_private.h"

static struct vta_proc *
find_or_add(struct rte_vtappliance *app, const char *name, enum rte_vinetalk_accel_type type)
{
	struct vta_proc *proc;
	uint32_t i;

	for (i = 0; i < app->nb_procs; i++)
		if (app->procs[i].type == type && strcmp(app->procs[i].name, name) == 0)
			return &app->procs[i];
	if (app->nb_procs == VTA_MAX_PROCS)
		return NULL;
	proc = &app->procs[app->nb_procs];
	if (rte_strscpy(proc->name, name, sizeof(proc->name)) < 0)
		return NULL;
	proc->type = type;
	app->nb_procs++;
	return proc;
}

int
vta_proc_scan(struct rte_vtappliance *app, struct vta_accel *a)
{
	const struct rte_vtaccel_proc *impl;
	struct vta_proc *proc;
	unsigned int i;

	for (i = 0; (impl = a->dev->ops->proc_at(a->dev, i)) != NULL; i++) {
		proc = find_or_add(app, impl->name, impl->type);
		if (proc == NULL) {
			VTA_LOG(ERR, "accelerator %s: procedure %s: name too long, or more than %u",
				a->dev->name, impl->name, VTA_MAX_PROCS);
			return -ENOSPC;
		}
		proc->impl[a->index] = impl;
	}
	return 0;
}
