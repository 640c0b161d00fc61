/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* A domain's region: planned, mapped, formatted. */

#include <errno.h>
#include <string.h>
#include <time.h>

#include <rte_random.h>

#include "vta_private.h"

#define DEFAULT_ARENA (16ULL << 20)
#define DEFAULT_QPS 4
#define DEFAULT_DEPTH 256
#define DEFAULT_RQ_DEPTH 1024
#define DEFAULT_VECTORS 2

/* Whether a client of an appliance before us is inside an enqueue. */
static bool
somebody_inside(void *base, const struct rte_vtregion_geom *old)
{
	uint32_t i;

	for (i = 0; i < old->nb_qps; i++)
		if (__atomic_load_n(&rte_vtregion_qp(base, old, i)->inside, __ATOMIC_ACQUIRE) != 0)
			return true;
	return false;
}

/*
 * Memory that served an appliance before us. Its clients may still have it mapped, and learn by
 * state, slots and generations that they are detached. Those that are inside an enqueue get a
 * moment to leave it; one that stays there (it was stopped) later writes into a ring of the old
 * generation, which is not the one that follows.
 */
static int
supersede(struct vta_domain *dom, uint64_t *epoch)
{
	const uint64_t deadline = vta_now_ms() + dom->app->conf.detach_ms;
	const struct timespec pause = { .tv_nsec = 1000000 }, grace = { .tv_nsec = VTA_GRACE_MS * 1000000L };
	void *base = dom->mem.base;
	struct rte_vtregion_geom old;
	uint32_t i;

	*epoch = 0;
	if (dom->mem.created || rte_vtregion_hdr(base)->magic != RTE_VTREGION_MAGIC ||
			rte_vtregion_validate(base, dom->mem.size, &old) != 0)
		return 0;
	*epoch = rte_vtregion_hdr(base)->epoch;
	__atomic_store_n(&rte_vtregion_hdr(base)->state, RTE_VTREGION_CLOSED, __ATOMIC_RELEASE);
	for (i = 0; i < old.nb_rqs; i++) {
		uint32_t was = __atomic_fetch_or(&rte_vtregion_rq(base, &old, i)->gen,
			RTE_VTREGION_GEN_CLOSED, __ATOMIC_SEQ_CST);

		if (i < dom->nb_queues)
			dom->queues[i].gen = (was + 1) & ~RTE_VTREGION_GEN_CLOSED;
	}
	/* Pairs with the fence of a producer between its stores to inside and its load of gen. */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	/* Producers of their own queues do not fence there. */
	if (old.conf.layout == RTE_VTREGION_THREAD)
		nanosleep(&grace, NULL);
	while (somebody_inside(base, &old) && vta_now_ms() < deadline)
		nanosleep(&pause, NULL);
	/* With the same settings and spare rings it does no harm. */
	if ((memcmp(&old, &dom->geom, sizeof(old)) != 0 || old.nb_instances == 1) &&
			somebody_inside(base, &old)) {
		VTA_LOG(ERR, "domain %s: in its memory, which served an appliance before, a client is"
			" still inside an enqueue, and its ring would be used again: start with the old"
			" settings and layout hashed or single, or with new memory", dom->name);
		return -EBUSY;
	}
	for (i = 0; i < dom->nb_queues && somebody_inside(base, &old); i++)
		dom->queues[i].held_instances = 1u << (dom->queues[i].gen - 1) % old.nb_instances;
	VTA_LOG(NOTICE, "domain %s: its memory served an appliance before (epoch %" PRIu64 "); formatted"
		" anew, its clients must attach again", dom->name, *epoch);
	return 0;
}

static int
format(struct vta_domain *dom)
{
	struct rte_vtregion_hdr *hdr = rte_vtregion_hdr(dom->mem.base);
	uint64_t epoch;
	uint32_t i;
	int ret;

	dom->nb_queues = dom->geom.conf.layout == RTE_VTREGION_SINGLE ? 1 : dom->geom.conf.nb_pollers;
	dom->queues = calloc(dom->nb_queues, sizeof(*dom->queues));
	if (dom->queues == NULL)
		return -ENOMEM;
	if (vta_adopt_possible(dom))
		return vta_adopt(dom);
	ret = supersede(dom, &epoch);
	if (ret != 0)
		return ret;
	if (!dom->mem.created)
		memset(dom->mem.base, 0, dom->mem.size);
	ret = rte_vtregion_format(dom->mem.base, &dom->geom);
	if (ret != 0)
		return ret;
	hdr->uid = rte_rand();
	dom->epoch = epoch + 1;
	hdr->epoch = dom->epoch;
	hdr->heartbeat_ms = VTA_HEARTBEAT_MS;
	for (i = 0; i < dom->nb_queues && dom->geom.conf.layout != RTE_VTREGION_THREAD; i++)
		rte_vtregion_rq(dom->mem.base, &dom->geom, i)->gen = dom->queues[i].gen;
	return 0;
}

int
vta_region_make(struct vta_domain *dom, const struct rte_vtappliance_domain_conf *conf)
{
	const struct rte_vtregion_conf rc = {
		.size = dom->given ? dom->given_size : conf->size,
		.layout = conf->layout,
		.sync = conf->sync,
		.nb_clients = conf->nb_clients != 0 ? conf->nb_clients : VTA_DEFAULT_CLIENTS,
		.qps_per_client = conf->qps != 0 ? conf->qps : DEFAULT_QPS,
		.nb_pollers = dom->app->conf.nb_pollers,
		.rq_depth = conf->rq_depth != 0 ? conf->rq_depth : DEFAULT_RQ_DEPTH,
		.cq_depth = conf->depth != 0 ? conf->depth : DEFAULT_DEPTH,
		.nb_vectors = dom->nb_bells > DEFAULT_VECTORS ? dom->nb_bells : DEFAULT_VECTORS,
		.nb_plain = conf->nb_plain,
	};
	char zone[RTE_MEMZONE_NAMESIZE];
	struct rte_vtregion_mem_conf mc = {
		.name = zone,
		.file = conf->file,
		.use_fd = dom->given,
		.fd = dom->given_fd,
		.fd_offset = dom->given_offset,
		.no_huge = conf->no_huge,
	};
	int ret;

	if (conf->layout != RTE_VTREGION_THREAD && conf->sync != RTE_VTREGION_SYNC_RTS &&
			!conf->unsafe_sync) {
		VTA_LOG(ERR, "domain %s: with synchronisation %u others spin for ever behind a client that"
			" dies inside an enqueue; for measurements it can be had with unsafe-sync=1",
			dom->name, conf->sync);
		return -EPERM;
	}
	ret = rte_vtregion_plan(&rc, conf->arena_size != 0 ? conf->arena_size : DEFAULT_ARENA,
		&dom->geom);
	if (ret != 0)
		return ret;
	if (conf->size != 0 && dom->geom.conf.size != conf->size)
		VTA_LOG(NOTICE, "domain %s: size %" PRIu64 " rounded up to %" PRIu64
			", a power of two", dom->name, conf->size, dom->geom.conf.size);
	snprintf(zone, sizeof(zone), "vt_%s", dom->name);
	/* What is given is as large as it is. */
	mc.size = dom->given ? dom->given_size : dom->geom.conf.size;
	ret = rte_vtregion_mem_create(&mc, &dom->mem);
	if (ret != 0)
		return ret;
	return format(dom);
}

/*
 * For devices that read memory by themselves. The shared memory is in its place: they keep to the pages that they
 * find now. Should these vanish (vtregion_sigbus.c), then processors find other memory there, and a device the old
 * pages, which belong to nobody else as long as it has them.
 */
int
vta_region_tell(struct vta_domain *dom)
{
	struct rte_vtappliance *app = dom->app;
	int ret = 0;

	while (ret == 0 && dom->nb_reached < app->nb_accels) {
		struct rte_vtaccel *dev = app->accels[dom->nb_reached].dev;

		ret = rte_vtaccel_mem_add(dev, dom->mem.base, dom->mem.size);
		if (ret == 0)
			dom->nb_reached++;
		else
			VTA_LOG(ERR, "domain %s: accelerator %s cannot reach its region: %s", dom->name, dev->name,
				rte_strerror(-ret));
	}
	return ret;
}

void
vta_region_forget(struct vta_domain *dom)
{
	while (dom->nb_reached > 0)
		rte_vtaccel_mem_del(dom->app->accels[--dom->nb_reached].dev, dom->mem.base);
}

int
vta_regions_tell(struct rte_vtappliance *app, struct vta_accel *a)
{
	struct vta_domain *dom;
	int ret;

	TAILQ_FOREACH(dom, &app->domains, link) {
		ret = rte_vtaccel_mem_add(a->dev, dom->mem.base, dom->mem.size);
		if (ret == 0)
			continue;
		VTA_LOG(ERR, "accelerator %s cannot reach the region of domain %s: %s", a->dev->name, dom->name,
			rte_strerror(-ret));
		/* It is removed, and forgets the others. */
		return ret;
	}
	TAILQ_FOREACH(dom, &app->domains, link)
		dom->nb_reached++;
	return 0;
}
