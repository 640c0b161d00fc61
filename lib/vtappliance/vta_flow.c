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

/*
 * The group of a domain on an accelerator. It stays until the domain ends, so that what it had of its share
 * is not forgotten with its last vaccel.
 */
static struct vta_group *
group_get(struct vta_domain *dom, struct vta_accel *a)
{
	struct vta_group *g = dom->groups[a->index];

	if (g != NULL)
		return g;
	g = calloc(1, sizeof(*g));
	if (g == NULL)
		return NULL;
	g->level.ctx = vta_sched_create(dom->app);
	if (g->level.ctx == NULL) {
		free(g);
		return NULL;
	}
	g->flow.weight = dom->weight;
	g->flow.priority = dom->priority;
	dom->groups[a->index] = g;
	return g;
}

/* Of values that were checked. */
int
vta_flow_lane(struct vta_lane *lane, const struct rte_vtregion_ctrl_vaccel *conf)
{
	lane->flow.weight = RTE_MAX(conf->weight, 1U);
	lane->flow.priority = conf->priority;
	lane->group = group_get(lane->va->client->dom, lane->accel);
	return lane->group != NULL ? 0 : -ENOMEM;
}

/* Its vaccels have gone. */
void
vta_flow_free(struct vta_domain *dom)
{
	uint32_t i;

	for (i = 0; i < VTA_MAX_ACCELS; i++) {
		if (dom->groups[i] == NULL)
			continue;
		dom->app->sched->destroy(dom->groups[i]->level.ctx);
		free(dom->groups[i]);
	}
}
