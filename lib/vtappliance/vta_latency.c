/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * How long tasks take in the appliance: from when they are taken from the request ring to when their
 * completions are stored. Only where that is asked for: tasks of other appliances meet no code of this.
 *
 * A histogram of each vaccel, with STEPS buckets in each doubling. Its client's owner counts; others read
 * (relaxed), so that what they see is not of one moment. What a vaccel had goes to its domain with its end.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vta_private.h"

#define STEPS 32
#define DOUBLINGS 35 /* above 2 * STEPS ns: to some half an hour; the last bucket has all that is longer */
#define BUCKETS (2 * STEPS + DOUBLINGS * STEPS)

struct vta_hist {
	double ns;       /* constant: of a cycle */
	uint64_t nb, sum, max; /* ns */
	uint64_t count[BUCKETS];
};

/* ---- buckets ---- */

static inline uint32_t
bucket_of(uint64_t ns)
{
	uint32_t shift, bucket;

	if (ns < 2 * STEPS)
		return (uint32_t)ns;
	/* The upper bits, of which the first is always set: STEPS to 2 * STEPS - 1. */
	shift = 63 - 5 - (uint32_t)__builtin_clzll(ns);
	bucket = shift * STEPS + (uint32_t)(ns >> shift);
	return RTE_MIN(bucket, (uint32_t)BUCKETS - 1);
}

/* The greatest value of a bucket. */
static uint64_t
bucket_end(uint32_t bucket)
{
	uint32_t shift;

	if (bucket < 2 * STEPS)
		return bucket;
	shift = bucket / STEPS - 1;
	return ((uint64_t)(bucket % STEPS + STEPS + 1) << shift) - 1;
}

/* ---- life ---- */

static int
hist_make(const struct rte_vtappliance *app, struct vta_hist **h)
{
	RTE_BUILD_BUG_ON(STEPS != 1 << 5);
	if (!app->conf.latency)
		return 0;
	*h = calloc(1, sizeof(**h));
	if (*h == NULL)
		return -ENOMEM;
	(*h)->ns = 1e9 / (double)rte_get_tsc_hz();
	return 0;
}

static void
hist_add(struct vta_hist *to, const struct vta_hist *from)
{
	uint32_t i;

	to->nb += VTA_READ(from->nb);
	to->sum += VTA_READ(from->sum);
	to->max = RTE_MAX(to->max, VTA_READ(from->max));
	for (i = 0; i < BUCKETS; i++)
		to->count[i] += VTA_READ(from->count[i]);
}

int
vta_latency_domain(struct vta_domain *dom)
{
	return hist_make(dom->app, &dom->gone_hist);
}

int
vta_latency_vaccel(struct vta_vaccel *va)
{
	return hist_make(va->client->dom->app, &va->hist);
}

/* What it had is its domain's. */
void
vta_latency_free(struct vta_vaccel *va)
{
	if (va->hist == NULL)
		return;
	hist_add(va->client->dom->gone_hist, va->hist);
	free(va->hist);
	va->hist = NULL;
}

/* ---- owner ---- */

/* Tasks of one vaccel have their completions. */
void
vta_latency_add(struct vta_client *c, const struct vta_vaccel *va, struct vta_task **tasks,
		unsigned int nb)
{
	const uint64_t now = vta_cycles(c->dom->app);
	struct vta_hist *h = va->hist;
	uint64_t ns;
	unsigned int i;

	if (h == NULL)
		return;
	for (i = 0; i < nb; i++) {
		/* Clocks of cores may differ by a little. */
		ns = now > tasks[i]->seen ? (uint64_t)((double)(now - tasks[i]->seen) * h->ns) : 0;
		VTA_COUNT(h->count[bucket_of(ns)], 1);
		VTA_COUNT(h->sum, ns);
		if (ns > h->max)
			__atomic_store_n(&h->max, ns, __ATOMIC_RELAXED);
	}
	VTA_COUNT(h->nb, nb);
}

/* ---- figures ---- */

static uint64_t
percentile(const struct vta_hist *h, uint64_t nb, double part)
{
	const double want = (double)nb * part;
	uint64_t seen = 0;
	uint32_t i;

	for (i = 0; i < BUCKETS - 1; i++) {
		seen += h->count[i];
		if (seen != 0 && (double)seen >= want)
			return RTE_MIN(bucket_end(i), h->max);
	}
	return h->max;
}

static void
summarize(const struct vta_hist *h, struct rte_vtappliance_latency *l)
{
	uint64_t nb = 0;
	uint32_t i;

	memset(l, 0, sizeof(*l));
	/* By the buckets: nb may be of another moment. */
	for (i = 0; i < BUCKETS; i++)
		nb += h->count[i];
	l->nb = nb;
	if (nb == 0)
		return;
	l->mean = h->nb != 0 ? h->sum / h->nb : 0;
	l->p50 = percentile(h, nb, 0.5);
	l->p90 = percentile(h, nb, 0.9);
	l->p99 = percentile(h, nb, 0.99);
	l->p999 = percentile(h, nb, 0.999);
	l->max = h->max;
}

static void
add_client(struct vta_hist *sum, const struct vta_client *c)
{
	const struct vta_vaccel *va;
	uint32_t i;

	for (i = 0; i < VTA_MAX_VACCELS; i++) {
		/* It is freed by the control thread, under the lock that our caller has. */
		va = __atomic_load_n(&c->vaccels[i], __ATOMIC_ACQUIRE);
		if (va != NULL)
			hist_add(sum, va->hist);
	}
}

void
vta_latency_of_vaccel(const struct vta_vaccel *va, struct rte_vtappliance_latency *l)
{
	struct vta_hist sum = { .ns = 0 };

	hist_add(&sum, va->hist);
	summarize(&sum, l);
}

void
vta_latency_of_client(const struct vta_client *c, struct rte_vtappliance_latency *l)
{
	struct vta_hist sum = { .ns = 0 };

	add_client(&sum, c);
	summarize(&sum, l);
}

void
vta_latency_of_domain(const struct vta_domain *dom, struct rte_vtappliance_latency *l)
{
	struct vta_hist sum = *dom->gone_hist;
	uint32_t i;

	for (i = 0; i < dom->geom.conf.nb_clients; i++)
		add_client(&sum, &dom->clients[i]);
	summarize(&sum, l);
}

static int
latency_get(struct rte_vtappliance *app, const char *domain, uint32_t client, uint16_t vaccel,
		struct rte_vtappliance_latency *latency)
{
	const struct vta_domain *dom = vta_domain_find(app, domain, strlen(domain));
	struct vta_vaccel *va;

	if (dom == NULL || client > dom->geom.conf.nb_clients)
		return -ENOENT;
	if (client == 0) {
		vta_latency_of_domain(dom, latency);
		return 0;
	}
	if (dom->clients[client - 1].state == VTA_CLIENT_NONE)
		return -ENOENT;
	if (vaccel == RTE_VTAPPLIANCE_LATENCY_ALL) {
		vta_latency_of_client(&dom->clients[client - 1], latency);
		return 0;
	}
	va = vaccel >= VTA_MAX_VACCELS ? NULL :
		__atomic_load_n(&dom->clients[client - 1].vaccels[vaccel], __ATOMIC_ACQUIRE);
	if (va == NULL)
		return -ENOENT;
	vta_latency_of_vaccel(va, latency);
	return 0;
}

int
rte_vtappliance_latency_get(struct rte_vtappliance *app, const char *domain, uint32_t client,
		uint16_t vaccel, struct rte_vtappliance_latency *latency)
{
	int ret;

	if (!app->conf.latency)
		return -ENOTSUP;
	pthread_mutex_lock(&app->lock);
	ret = latency_get(app, domain, client, vaccel, latency);
	pthread_mutex_unlock(&app->lock);
	return ret;
}
