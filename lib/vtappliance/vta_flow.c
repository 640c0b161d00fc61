/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Weights and priorities of domains and vaccels, and the instances of schedulers: control. */

#include <errno.h>
#include <stdlib.h>

#include "vta_private.h"

int
vta_flow_domain(struct vta_domain *dom, const struct rte_vtappliance_domain_conf *conf)
{
	if (conf->weight > RTE_VINETALK_VACCEL_WEIGHT_MAX) {
		VTA_LOG(ERR, "domain %s: a weight of %u, must be at most %u", dom->name,
			conf->weight, RTE_VINETALK_VACCEL_WEIGHT_MAX);
		return -EINVAL;
	}
	if (conf->priority > RTE_VINETALK_VACCEL_PRIORITY_MAX) {
		VTA_LOG(ERR, "domain %s: a priority of %u, must be at most %u", dom->name,
			conf->priority, RTE_VINETALK_VACCEL_PRIORITY_MAX);
		return -EINVAL;
	}
	dom->weight = RTE_MAX(conf->weight, 1U);
	dom->priority = conf->priority;
	return 0;
}

int
vta_flow_accel(struct rte_vtappliance *app, struct vta_accel *a)
{
	uint32_t i;

	a->nb_parts = RTE_MAX(a->dev->nb_parts, 1U);
	a->levels = calloc(a->nb_parts, sizeof(*a->levels));
	if (a->levels == NULL)
		return -ENOMEM;
	for (i = 0; i < a->nb_parts; i++) {
		a->levels[i].ctx = vta_sched_create(app);
		if (a->levels[i].ctx == NULL)
			return -rte_errno;
	}
	return 0;
}

/* The domains have ended. */
void
vta_flow_accel_free(const struct rte_vtappliance *app, struct vta_accel *a)
{
	uint32_t i;

	for (i = 0; a->levels != NULL && i < a->nb_parts; i++)
		if (a->levels[i].ctx != NULL)
			app->sched->destroy(a->levels[i].ctx);
	free(a->levels);
}

static void
groups_free(const struct vta_domain *dom, struct vta_group *groups, uint32_t nb)
{
	while (nb-- > 0)
		dom->app->sched->destroy(groups[nb].level.ctx);
	free(groups);
}

/*
 * The groups of a domain on an accelerator. They stay until the domain ends, so that what it had of its share
 * is not forgotten with its last vaccel.
 */
static struct vta_group *
groups_get(struct vta_domain *dom, struct vta_accel *a)
{
	struct vta_group *groups = dom->groups[a->index];
	uint32_t i;

	if (groups != NULL)
		return groups;
	groups = calloc(a->nb_parts, sizeof(*groups));
	if (groups == NULL)
		return NULL;
	for (i = 0; i < a->nb_parts; i++) {
		groups[i].level.ctx = vta_sched_create(dom->app);
		if (groups[i].level.ctx == NULL) {
			groups_free(dom, groups, i);
			return NULL;
		}
		groups[i].above = &a->levels[i];
		groups[i].flow.weight = dom->weight;
		groups[i].flow.priority = dom->priority;
	}
	dom->groups[a->index] = groups;
	return groups;
}

/* Of values that were checked; its stream is open. */
int
vta_flow_lane(struct vta_lane *lane, const struct rte_vtregion_ctrl_vaccel *conf)
{
	struct vta_group *groups = groups_get(lane->va->client->dom, lane->accel);

	lane->flow.weight = RTE_MAX(conf->weight, 1U);
	lane->flow.priority = conf->priority;
	if (groups == NULL)
		return -ENOMEM;
	lane->group = &groups[lane->stream.part % lane->accel->nb_parts];
	return 0;
}

/* Its vaccels have gone. */
void
vta_flow_free(struct vta_domain *dom)
{
	uint32_t i;

	for (i = 0; i < VTA_MAX_ACCELS; i++)
		if (dom->groups[i] != NULL)
			groups_free(dom, dom->groups[i], dom->app->accels[i].nb_parts);
}
