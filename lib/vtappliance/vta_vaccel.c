/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Virtual accelerators: acquired and released. The control thread's. */

#include <errno.h>
#include <stdlib.h>

#include "vta_private.h"

/* Whether an accelerator is what a request asks for. */
static bool
accel_suits(const struct rte_vtappliance *app, const struct vta_accel *a,
		const struct rte_vtregion_ctrl_req *req)
{
	if (req->id != RTE_VTREGION_CTRL_ANY && req->id != a->index)
		return false;
	if (req->type != RTE_VINETALK_ACCEL_ANY && req->type != a->dev->ops->type)
		return false;
	if (req->proc != RTE_VTREGION_CTRL_ANY && app->procs[req->proc].impl[a->index] == NULL)
		return false;
	return !vta_accel_has_failed(a);
}

/* The suitable accelerator with the fewest vaccels; those of no type come last. */
static struct vta_accel *
accel_choose(struct vta_client *c, const struct rte_vtregion_ctrl_req *req, bool exclusive,
		int *why)
{
	struct rte_vtappliance *app = c->dom->app;
	struct vta_accel *best = NULL;
	uint32_t i;

	*why = -ENOENT;
	for (i = 0; i < app->nb_accels; i++) {
		struct vta_accel *a = &app->accels[i];
		bool typed = a->dev->ops->type != RTE_VINETALK_ACCEL_ANY;

		if (!accel_suits(app, a, req))
			continue;
		if ((a->exclusive != NULL && (exclusive || a->exclusive != c)) ||
				(exclusive && VTA_READ(a->users) != 0)) {
			*why = -EBUSY;
			continue;
		}
		if (best == NULL || (typed && best->dev->ops->type == RTE_VINETALK_ACCEL_ANY) ||
				(typed == (best->dev->ops->type != RTE_VINETALK_ACCEL_ANY) &&
				VTA_READ(a->users) < VTA_READ(best->users)))
			best = a;
	}
	return best;
}

/* Whether the domain may have one more. */
static bool
vaccel_fits(const struct vta_client *c)
{
	struct vta_domain *dom = c->dom;

	if (dom->limits.max_vaccels == 0 || dom->nb_vaccels < dom->limits.max_vaccels)
		return true;
	dom->vaccels_refused++;
	VTA_DOM_LOG(WARNING, dom, "domain %s, client %u (%s): wants a vaccel, the domain has %u of at"
		" most %u", dom->name, c->slot + 1, c->name, dom->nb_vaccels,
		dom->limits.max_vaccels);
	return false;
}

/* A number: that which it had with an appliance before, plus 1, or the first free one. */
static int
vaccel_id(const struct vta_client *c, uint32_t want, uint16_t *id)
{
	if (want > VTA_MAX_VACCELS)
		return -EINVAL;
	if (want != 0) {
		*id = (uint16_t)(want - 1);
		return __atomic_load_n(&c->vaccels[*id], __ATOMIC_ACQUIRE) == NULL ? 0 : -EEXIST;
	}
	for (*id = 0; *id < VTA_MAX_VACCELS; ++*id)
		if (__atomic_load_n(&c->vaccels[*id], __ATOMIC_ACQUIRE) == NULL)
			return 0;
	c->dom->vaccels_refused++;
	VTA_DOM_LOG(WARNING, c->dom, "domain %s, client %u (%s): wants a vaccel, it has %u, which are"
		" all that a client can have", c->dom->name, c->slot + 1, c->name, VTA_MAX_VACCELS);
	return -ENOSPC;
}

/* A lane to an accelerator. */
static int
lane_open(struct vta_vaccel *va, struct vta_accel *a, const struct rte_vtregion_ctrl_req *req)
{
	struct vta_lane *lane = &va->lanes[va->nb_lanes];
	int ret;

	lane->va = va;
	lane->accel = a;
	lane->timed = va->time_limit != 0;
	STAILQ_INIT(&lane->fifo);
	ret = rte_vtaccel_stream_open(a->dev, &lane->stream);
	if (ret != 0)
		return ret;
	ret = vta_flow_lane(lane, &req->vaccel);
	if (ret != 0) {
		rte_vtaccel_stream_close(&lane->stream);
		return ret;
	}
	if (lane->timed)
		lane->stream.flags |= RTE_VTACCEL_STREAM_F_ABANDON;
	lane->stream.account = &va->client->dom->limits.sessions;
	lane->stream.max_sessions = va->max_sessions;
	va->nb_lanes++;
	return 0;
}

/* A task can go to either of them. */
static bool
equal(const struct rte_vtappliance *app, const struct vta_accel *a, const struct vta_accel *b)
{
	uint32_t i;

	if (!rte_vtaccel_equal(a->dev, b->dev))
		return false;
	for (i = 0; i < app->nb_procs; i++)
		if ((app->procs[i].impl[a->index] == NULL) != (app->procs[i].impl[b->index] == NULL))
			return false;
	return true;
}

/* Lanes to those that are equal. Without one the vaccel does not go there. */
static void
lanes_open(struct vta_vaccel *va, const struct vta_accel *a, const struct rte_vtregion_ctrl_req *req)
{
	struct rte_vtappliance *app = va->client->dom->app;
	uint32_t i;

	for (i = 0; i < app->nb_accels; i++)
		if (&app->accels[i] != a && equal(app, a, &app->accels[i]))
			lane_open(va, &app->accels[i], req);
}

/* Room for it in an accelerator that was chosen; pollers may take theirs meanwhile. */
static bool
join(struct vta_accel *a, struct vta_client *c, bool exclusive)
{
	uint32_t none = 0;

	if (exclusive) {
		if (!__atomic_compare_exchange_n(&a->users, &none, VTA_EXCLUSIVE | 1, false,
				__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return false;
		a->exclusive = c;
		return true;
	}
	if (a->exclusive == NULL)
		return vta_accel_join(a);
	__atomic_fetch_add(&a->users, 1, __ATOMIC_RELAXED);
	return true;
}

static void
leave(struct vta_accel *a)
{
	vta_accel_leave(a);
	/* Nobody comes there by himself. */
	if (a->exclusive == NULL || VTA_READ(a->users) != VTA_EXCLUSIVE)
		return;
	a->exclusive = NULL;
	__atomic_store_n(&a->users, 0, __ATOMIC_RELAXED);
}

/* Control. */
int
vta_vaccel_acquire(struct vta_client *c, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep)
{
	const bool exclusive = req->flags & 1;
	bool stays;
	struct vta_vaccel *va;
	struct vta_accel *a;
	uint16_t id;
	int ret;

	if (req->flags & ~1U || req->type >= RTE_VINETALK_ACCEL_TYPES)
		return -EINVAL;
	if (req->vaccel.weight > RTE_VINETALK_VACCEL_WEIGHT_MAX)
		return -EINVAL;
	if (req->vaccel.rate_bytes > RTE_VINETALK_VACCEL_RATE_BYTES_MAX)
		return -EINVAL;
	if (req->vaccel.priority > RTE_VINETALK_VACCEL_PRIORITY_MAX)
		return -EINVAL;
	if (req->proc != RTE_VTREGION_CTRL_ANY && (req->proc >= c->dom->app->nb_procs ||
			c->proc_refs[req->proc] == 0))
		return -EINVAL;
	if (!vaccel_fits(c))
		return -EDQUOT;
	a = accel_choose(c, req, exclusive, &ret);
	if (a == NULL)
		return ret;
	ret = vaccel_id(c, req->vaccel.want, &id);
	if (ret != 0)
		return ret;
	/* With a certain accelerator, or one alone, it stays there. */
	stays = exclusive || req->id != RTE_VTREGION_CTRL_ANY;
	va = calloc(1, sizeof(*va) + (stays ? 1 : c->dom->app->nb_accels) * sizeof(va->lanes[0]));
	if (va == NULL)
		return -ENOMEM;
	va->client = c;
	va->id = id;
	STAILQ_INIT(&va->back);
	STAILQ_INIT(&va->kept);
	va->timeout_us = req->vaccel.timeout_us;
	va->time_limit = vta_time_cycles(va->timeout_us);
	ret = vta_limit_vaccel(va, &req->vaccel);
	if (ret == 0)
		ret = vta_latency_vaccel(va);
	if (ret == 0 && !join(a, c, exclusive))
		ret = -EBUSY;
	if (ret == 0) {
		ret = lane_open(va, a, req);
		if (ret != 0)
			leave(a);
	}
	if (ret != 0) {
		vta_latency_free(va);
		free(va);
		return ret;
	}
	if (!stays)
		lanes_open(va, a, req);
	va->lane = &va->lanes[0];
	c->dom->nb_vaccels++;
	rep->id = id;
	rep->word[0] = a->index;
	/* Pairs with the acquire of the poller's intake. */
	__atomic_store_n(&c->vaccels[id], va, __ATOMIC_RELEASE);
	return 0;
}

/* What the control thread and its accelerator have of a vaccel that its pollers let go. */
void
vta_vaccel_free(struct vta_vaccel *va)
{
	uint16_t i;

	for (i = 0; i < va->nb_lanes; i++)
		rte_vtaccel_stream_close(&va->lanes[i].stream);
	va->client->dom->nb_vaccels--;
	leave(va->lane->accel);
	vta_latency_free(va);
	free(va);
}
