/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Telemetry: copies of counters. Callbacks run in telemetry's threads; they take the lock that
 * the control thread holds for its turns, never anything of a poller's.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#include "vta_private.h"

/* The appliance of this process that is asked. */
static struct rte_vtappliance *current;
static pthread_mutex_t current_lock = PTHREAD_MUTEX_INITIALIZER;

static struct rte_vtappliance *
take(void)
{
	pthread_mutex_lock(&current_lock);
	if (current == NULL) {
		pthread_mutex_unlock(&current_lock);
		return NULL;
	}
	pthread_mutex_lock(&current->lock);
	return current;
}

static void
give(struct rte_vtappliance *app)
{
	pthread_mutex_unlock(&app->lock);
	pthread_mutex_unlock(&current_lock);
}

/* A whole decimal number, or false. */
static bool
number(const char *s, uint32_t *value)
{
	unsigned long v;
	char *end;

	if (s == NULL || *s < '0' || *s > '9')
		return false;
	errno = 0;
	v = strtoul(s, &end, 10);
	if (*end != '\0' || errno != 0 || v > UINT32_MAX)
		return false;
	*value = (uint32_t)v;
	return true;
}

/* "DOMAIN/ID", or "ID" where there is one domain. */
static struct vta_client *
client_find(struct rte_vtappliance *app, const char *params)
{
	struct vta_domain *dom = TAILQ_FIRST(&app->domains);
	const char *slash;
	uint32_t id;

	if (params == NULL || dom == NULL)
		return NULL;
	slash = strrchr(params, '/');
	if (slash != NULL)
		dom = vta_domain_find(app, params, (size_t)(slash - params));
	else if (app->nb_domains != 1)
		return NULL;
	if (dom == NULL || !number(slash != NULL ? slash + 1 : params, &id) || id == 0 ||
			id > dom->geom.conf.nb_clients)
		return NULL;
	return dom->clients[id - 1].state == VTA_CLIENT_NONE ? NULL : &dom->clients[id - 1];
}

static void
add_counters(struct rte_tel_data *d, const struct vta_counters *from)
{
	struct vta_counters sum = { 0 };

	vta_counters_add(&sum, from);
	rte_tel_data_add_dict_u64(d, "tasks", sum.tasks);
	rte_tel_data_add_dict_u64(d, "completed", sum.completed);
	rte_tel_data_add_dict_u64(d, "failed", sum.failed);
	rte_tel_data_add_dict_u64(d, "invalid", sum.invalid);
	rte_tel_data_add_dict_u64(d, "canceled", sum.canceled);
	rte_tel_data_add_dict_u64(d, "timed_out", sum.timed_out);
	rte_tel_data_add_dict_u64(d, "over_quota", sum.over_quota);
	rte_tel_data_add_dict_u64(d, "throttled", sum.throttled);
	rte_tel_data_add_dict_u64(d, "throttled_us", (uint64_t)((double)sum.throttled_cycles * 1e6 /
		(double)rte_get_tsc_hz()));
	rte_tel_data_add_dict_u64(d, "bytes", sum.bytes);
	rte_tel_data_add_dict_u64(d, "copied", sum.copied);
	rte_tel_data_add_dict_u64(d, "exec_ns", sum.exec_ns);
	rte_tel_data_add_dict_u64(d, "doorbells", sum.doorbells);
}

static int
domain_list(struct rte_vtappliance *app, const char *params, struct rte_tel_data *d)
{
	struct vta_domain *dom;

	if (params != NULL)
		return -EINVAL;
	rte_tel_data_start_array(d, RTE_TEL_STRING_VAL);
	TAILQ_FOREACH(dom, &app->domains, link)
		rte_tel_data_add_array_string(d, dom->name);
	return 0;
}

static void
add_limits(struct rte_tel_data *d, const struct vta_domain *dom)
{
	const struct vta_limits *l = &dom->limits;

	rte_tel_data_add_dict_u64(d, "weight", dom->weight);
	rte_tel_data_add_dict_u64(d, "priority", dom->priority);
	rte_tel_data_add_dict_u64(d, "max_tasks", l->max_tasks);
	rte_tel_data_add_dict_u64(d, "max_vaccels", l->max_vaccels);
	rte_tel_data_add_dict_u64(d, "max_sessions", l->sessions.max);
	rte_tel_data_add_dict_u64(d, "max_accel_bytes", l->max_accel_bytes);
	rte_tel_data_add_dict_u64(d, "rate_tasks", l->rate_tasks);
	rte_tel_data_add_dict_u64(d, "rate_bytes", l->rate_bytes);
	rte_tel_data_add_dict_string(d, "rate_excess", l->fail ? "fail" : "wait");
	rte_tel_data_add_dict_u64(d, "vaccels", dom->nb_vaccels);
	rte_tel_data_add_dict_u64(d, "vaccels_refused", dom->vaccels_refused);
	rte_tel_data_add_dict_u64(d, "sessions", VTA_READ(l->sessions.used));
	rte_tel_data_add_dict_u64(d, "sessions_refused", VTA_READ(l->sessions.refused));
	rte_tel_data_add_dict_u64(d, "sessions_replaced", VTA_READ(l->sessions.replaced));
	rte_tel_data_add_dict_u64(d, "accel_bytes", l->accel_bytes);
	rte_tel_data_add_dict_u64(d, "buffers_refused", dom->buffers_refused);
	rte_tel_data_add_dict_u64(d, "clients_refused", dom->clients_refused);
	rte_tel_data_add_dict_u64(d, "log_suppressed", dom->log_suppressed);
}

static int
domain_info(struct rte_vtappliance *app, const char *params, struct rte_tel_data *d)
{
	static const char * const layouts[] = {
		[RTE_VTREGION_HASHED] = "hashed", [RTE_VTREGION_SINGLE] = "single",
		[RTE_VTREGION_THREAD] = "thread",
	};
	static const char * const syncs[RTE_VTREGION_SYNCS] = {
		[RTE_VTREGION_SYNC_RTS] = "rts", [RTE_VTREGION_SYNC_ST] = "st",
		[RTE_VTREGION_SYNC_MT] = "mt", [RTE_VTREGION_SYNC_HTS] = "hts",
		[RTE_VTREGION_SYNC_TICKET] = "ticket", [RTE_VTREGION_SYNC_SPINLOCK] = "spinlock",
	};
	struct vta_domain *dom;
	struct vta_counters sum;
	uint64_t attached = 0, in_flight = 0;
	uint32_t i;

	dom = params == NULL ? NULL : vta_domain_find(app, params, strlen(params));
	if (dom == NULL)
		return -ENOENT;
	sum = dom->gone;
	for (i = 0; i < dom->geom.conf.nb_clients; i++) {
		vta_counters_add(&sum, &dom->clients[i].cnt);
		attached += dom->clients[i].state == VTA_CLIENT_ATTACHED;
		in_flight += VTA_READ(dom->clients[i].in_flight);
	}
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "name", dom->name);
	rte_tel_data_add_dict_string(d, "path", dom->path);
	rte_tel_data_add_dict_string(d, "state", dom->failed ? "failed" :
		dom->removing ? "removing" : app->draining ? "draining" : "open");
	rte_tel_data_add_dict_string(d, "layout", layouts[dom->geom.conf.layout]);
	rte_tel_data_add_dict_string(d, "sync", syncs[dom->geom.conf.sync]);
	rte_tel_data_add_dict_u64(d, "size", dom->mem.size);
	rte_tel_data_add_dict_int(d, "huge", dom->mem.huge);
	rte_tel_data_add_dict_u64(d, "arena_size", dom->geom.arena_size);
	rte_tel_data_add_dict_u64(d, "max_clients", dom->geom.conf.nb_clients);
	rte_tel_data_add_dict_u64(d, "queue_pairs_per_client", dom->geom.conf.qps_per_client);
	rte_tel_data_add_dict_u64(d, "request_queues", dom->geom.nb_rqs);
	rte_tel_data_add_dict_u64(d, "clients", attached);
	rte_tel_data_add_dict_u64(d, "attached", dom->attached);
	rte_tel_data_add_dict_u64(d, "detached", dom->detached);
	rte_tel_data_add_dict_u64(d, "in_flight", in_flight);
	add_limits(d, dom);
	add_counters(d, &sum);
	return 0;
}

static int
client_list(struct rte_vtappliance *app, const char *params, struct rte_tel_data *d)
{
	struct vta_domain *dom;
	char name[64];
	uint32_t i;

	if (params != NULL)
		return -EINVAL;
	rte_tel_data_start_array(d, RTE_TEL_STRING_VAL);
	TAILQ_FOREACH(dom, &app->domains, link) {
		for (i = 0; i < dom->geom.conf.nb_clients; i++) {
			if (dom->clients[i].state == VTA_CLIENT_NONE)
				continue;
			snprintf(name, sizeof(name), "%s/%u", dom->name, i + 1);
			rte_tel_data_add_array_string(d, name);
		}
	}
	return 0;
}

static int
client_info(struct rte_vtappliance *app, const char *params, struct rte_tel_data *d)
{
	static const char * const states[] = {
		[VTA_CLIENT_NONE] = "none", [VTA_CLIENT_JOINED] = "joined",
		[VTA_CLIENT_ATTACHED] = "attached", [VTA_CLIENT_STOPPING] = "stopping",
		[VTA_CLIENT_QUARANTINE] = "quarantine",
	};
	struct vta_client *c = client_find(app, params);
	char vm[40];
	uint32_t i, nb = 0;

	if (c == NULL)
		return -ENOENT;
	for (i = 0; i < VTA_MAX_VACCELS; i++)
		nb += __atomic_load_n(&c->vaccels[i], __ATOMIC_RELAXED) != NULL;
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "domain", c->dom->name);
	rte_tel_data_add_dict_u64(d, "id", c->slot + 1);
	rte_tel_data_add_dict_string(d, "name", c->name);
	rte_tel_data_add_dict_string(d, "state", states[c->state]);
	rte_tel_data_add_dict_int(d, "pid", c->pid);
	vta_client_vm(c, vm, sizeof(vm));
	rte_tel_data_add_dict_string(d, "vm", vm);
	rte_tel_data_add_dict_u64(d, "queue", c->queue->index);
	rte_tel_data_add_dict_u64(d, "poller", c->owner->id);
	rte_tel_data_add_dict_u64(d, "queue_pairs", c->nb_qps);
	rte_tel_data_add_dict_u64(d, "vaccels", nb);
	rte_tel_data_add_dict_u64(d, "attaches", c->attaches);
	rte_tel_data_add_dict_u64(d, "in_flight", VTA_READ(c->in_flight));
	return 0;
}

static int
client_stats(struct rte_vtappliance *app, const char *params, struct rte_tel_data *d)
{
	struct vta_client *c = client_find(app, params);

	if (c == NULL)
		return -ENOENT;
	rte_tel_data_start_dict(d);
	add_counters(d, &c->cnt);
	return 0;
}

/* "DOMAIN/ID/VACCEL", or "ID/VACCEL" where there is one domain. */
static struct vta_vaccel *
vaccel_find(struct rte_vtappliance *app, const char *params)
{
	const char *slash = params == NULL ? NULL : strrchr(params, '/');
	struct vta_client *c;
	char of[64];
	uint32_t id;

	if (slash == NULL || (size_t)(slash - params) >= sizeof(of) || !number(slash + 1, &id) ||
			id >= VTA_MAX_VACCELS)
		return NULL;
	memcpy(of, params, (size_t)(slash - params));
	of[slash - params] = '\0';
	c = client_find(app, of);
	/* It is freed by the control thread, which holds our lock for that. */
	return c == NULL ? NULL : __atomic_load_n(&c->vaccels[id], __ATOMIC_ACQUIRE);
}

static int
vaccel_info(struct rte_vtappliance *app, const char *params, struct rte_tel_data *d)
{
	const struct vta_vaccel *va = vaccel_find(app, params);

	if (va == NULL)
		return -ENOENT;
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "domain", va->client->dom->name);
	rte_tel_data_add_dict_u64(d, "client", va->client->slot + 1);
	rte_tel_data_add_dict_u64(d, "id", va->id);
	rte_tel_data_add_dict_string(d, "accel", VTA_READ(va->lane)->accel->dev->name);
	rte_tel_data_add_dict_u64(d, "weight", va->lanes[0].flow.weight);
	rte_tel_data_add_dict_u64(d, "priority", va->lanes[0].flow.priority);
	rte_tel_data_add_dict_u64(d, "max_tasks", va->max_tasks);
	rte_tel_data_add_dict_u64(d, "max_sessions", va->max_sessions);
	rte_tel_data_add_dict_u64(d, "rate_tasks", va->rates.tasks.rate);
	rte_tel_data_add_dict_u64(d, "rate_bytes", va->rates.bytes.rate);
	rte_tel_data_add_dict_u64(d, "in_flight", VTA_READ(va->in_flight));
	rte_tel_data_add_dict_u64(d, "waiting", VTA_READ(va->gate.nb_waiting));
	rte_tel_data_add_dict_u64(d, "moves", VTA_READ(va->moves));
	return 0;
}

static void
add_latency(struct rte_tel_data *d, const struct rte_vtappliance_latency *l)
{
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_u64(d, "tasks", l->nb);
	rte_tel_data_add_dict_u64(d, "mean_ns", l->mean);
	rte_tel_data_add_dict_u64(d, "p50_ns", l->p50);
	rte_tel_data_add_dict_u64(d, "p90_ns", l->p90);
	rte_tel_data_add_dict_u64(d, "p99_ns", l->p99);
	rte_tel_data_add_dict_u64(d, "p999_ns", l->p999);
	rte_tel_data_add_dict_u64(d, "max_ns", l->max);
}

static int
domain_latency(struct rte_vtappliance *app, const char *params, struct rte_tel_data *d)
{
	const struct vta_domain *dom = params == NULL ? NULL :
		vta_domain_find(app, params, strlen(params));
	struct rte_vtappliance_latency l;

	if (dom == NULL)
		return -ENOENT;
	if (!app->conf.latency)
		return -ENOTSUP;
	vta_latency_of_domain(dom, &l);
	add_latency(d, &l);
	return 0;
}

static int
vaccel_latency(struct rte_vtappliance *app, const char *params, struct rte_tel_data *d)
{
	const struct vta_vaccel *va = vaccel_find(app, params);
	struct rte_vtappliance_latency l;

	if (va == NULL)
		return -ENOENT;
	if (!app->conf.latency)
		return -ENOTSUP;
	vta_latency_of_vaccel(va, &l);
	add_latency(d, &l);
	return 0;
}

static void
add_queue(struct rte_tel_data *d, const struct vta_queue *q)
{
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_u64(d, "poller", q->poller->id);
	rte_tel_data_add_dict_u64(d, "requests", VTA_READ(q->requests));
	rte_tel_data_add_dict_u64(d, "bursts", VTA_READ(q->bursts));
	rte_tel_data_add_dict_u64(d, "stray", VTA_READ(q->stray));
	rte_tel_data_add_dict_u64(d, "holes", VTA_READ(q->holes));
	rte_tel_data_add_dict_u64(d, "salvaged", VTA_READ(q->salvaged));
	rte_tel_data_add_dict_u64(d, "turns", VTA_READ(q->poller->stats.turns));
	rte_tel_data_add_dict_u64(d, "parks", VTA_READ(q->poller->stats.parks));
	rte_tel_data_add_dict_u64(d, "wakeups", VTA_READ(q->poller->stats.wakeups));
	rte_tel_data_add_dict_u64(d, "doorbells", VTA_READ(q->poller->stats.doorbells));
	rte_tel_data_add_dict_u64(d, "late", VTA_READ(q->poller->stats.late));
	rte_tel_data_add_dict_u64(d, "looks", VTA_READ(q->poller->stats.looks));
	rte_tel_data_add_dict_u64(d, "fruitless", VTA_READ(q->poller->stats.fruitless));
}

/* All queues of a domain ("NAME"), or of the only one. */
static int
queue_stats(struct rte_vtappliance *app, const char *params, struct rte_tel_data *d)
{
	struct rte_tel_data *sub[RTE_VTREGION_MAX_POLLERS];
	struct vta_domain *dom = TAILQ_FIRST(&app->domains);
	char key[32];
	uint32_t i;

	if (params != NULL)
		dom = vta_domain_find(app, params, strlen(params));
	else if (app->nb_domains != 1)
		dom = NULL;
	if (dom == NULL)
		return -ENOENT;
	/* All of them first: what an answer holds that is not given, nobody frees. */
	for (i = 0; i < dom->nb_queues; i++) {
		sub[i] = rte_tel_data_alloc();
		if (sub[i] == NULL) {
			while (i-- > 0)
				rte_tel_data_free(sub[i]);
			return -ENOMEM;
		}
	}
	rte_tel_data_start_dict(d);
	for (i = 0; i < dom->nb_queues; i++) {
		add_queue(sub[i], &dom->queues[i]);
		snprintf(key, sizeof(key), "queue%u", i);
		rte_tel_data_add_dict_container(d, key, sub[i], 0);
	}
	return 0;
}

static int
accel_list(struct rte_vtappliance *app, const char *params, struct rte_tel_data *d)
{
	uint32_t i;

	if (params != NULL)
		return -EINVAL;
	rte_tel_data_start_array(d, RTE_TEL_STRING_VAL);
	for (i = 0; i < app->nb_accels; i++)
		rte_tel_data_add_array_string(d, app->accels[i].dev->name);
	return 0;
}

/* By number or by name. */
static struct vta_accel *
accel_find(struct rte_vtappliance *app, const char *params)
{
	uint32_t i;

	if (params == NULL)
		return NULL;
	for (i = 0; i < app->nb_accels; i++)
		if (strcmp(app->accels[i].dev->name, params) == 0)
			return &app->accels[i];
	return number(params, &i) && i < app->nb_accels ? &app->accels[i] : NULL;
}

static int
accel_info(struct rte_vtappliance *app, const char *params, struct rte_tel_data *d)
{
	struct vta_accel *a = accel_find(app, params);
	char location[RTE_VINETALK_NAME_LEN];

	if (a == NULL)
		return -ENOENT;
	rte_vtaccel_location(a->dev, location, sizeof(location));
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_u64(d, "id", a->index);
	rte_tel_data_add_dict_string(d, "name", a->dev->name);
	rte_tel_data_add_dict_string(d, "driver", a->dev->ops->name);
	rte_tel_data_add_dict_string(d, "type", rte_vtaccel_type_name(a->dev->ops->type));
	rte_tel_data_add_dict_string(d, "location", location);
	rte_tel_data_add_dict_string(d, "state",
		vta_accel_has_failed(a) ? "failed" :
		VTA_READ(a->engine_in_flight) + VTA_READ(a->stats.queued) != 0 ? "busy" : "idle");
	rte_tel_data_add_dict_u64(d, "poller", a->home->id);
	rte_tel_data_add_dict_string(d, "sched", a->sched->name);
	rte_tel_data_add_dict_string(d, "sched_args", app->sched_args);
	rte_tel_data_add_dict_u64(d, "vaccels", VTA_READ(a->users) & ~VTA_EXCLUSIVE);
	rte_tel_data_add_dict_int(d, "exclusive", a->exclusive != NULL);
	return 0;
}

static int
accel_stats(struct rte_vtappliance *app, const char *params, struct rte_tel_data *d)
{
	struct vta_accel *a = accel_find(app, params);

	if (a == NULL)
		return -ENOENT;
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_u64(d, "tasks", VTA_READ(a->stats.tasks));
	rte_tel_data_add_dict_u64(d, "errors", VTA_READ(a->stats.errors));
	rte_tel_data_add_dict_u64(d, "bytes", VTA_READ(a->stats.bytes));
	rte_tel_data_add_dict_u64(d, "busy_ns", VTA_READ(a->stats.busy_ns));
	rte_tel_data_add_dict_u64(d, "copied", VTA_READ(a->stats.copied));
	rte_tel_data_add_dict_u64(d, "queued", VTA_READ(a->stats.queued));
	rte_tel_data_add_dict_u64(d, "lost", VTA_READ(a->stats.lost));
	rte_tel_data_add_dict_u64(d, "in_flight", VTA_READ(a->engine_in_flight));
	return 0;
}

static const struct {
	const char *name, *help;
	int (*run)(struct rte_vtappliance *app, const char *params, struct rte_tel_data *d);
} commands[] = {
	{ "/vinetalk/domain/list", "Names of the domains. No parameter.", domain_list },
	{ "/vinetalk/domain/info", "One domain, with the sums of its clients. Parameter: NAME",
		domain_info },
	{ "/vinetalk/domain/latency", "How long its tasks took, with --latency. Parameter: NAME",
		domain_latency },
	{ "/vinetalk/client/list", "Connected clients, as DOMAIN/ID. No parameter.", client_list },
	{ "/vinetalk/client/info", "One client. Parameter: DOMAIN/ID, or ID in the only domain",
		client_info },
	{ "/vinetalk/client/stats", "Its counters since it attached. Parameter: as info",
		client_stats },
	{ "/vinetalk/vaccel/info", "One virtual accelerator, and its limits. Parameter: DOMAIN/ID/VACCEL,"
		" or ID/VACCEL in the only domain", vaccel_info },
	{ "/vinetalk/vaccel/latency", "How long its tasks took, with --latency. Parameter: as info",
		vaccel_latency },
	{ "/vinetalk/queue/stats", "Request queues and their pollers. Parameter: NAME of a domain,"
		" none if there is only one", queue_stats },
	{ "/vinetalk/accel/list", "Names of the accelerators. No parameter.", accel_list },
	{ "/vinetalk/accel/info", "One accelerator. Parameter: number or name", accel_info },
	{ "/vinetalk/accel/stats", "Its counters. Parameter: number or name", accel_stats },
};

static int
command(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct rte_vtappliance *app;
	int ret = -EINVAL;
	unsigned int i;

	if (params != NULL && params[0] == '\0')
		params = NULL;
	app = take();
	if (app == NULL)
		return -ENODEV;
	for (i = 0; i < RTE_DIM(commands); i++)
		if (strcmp(commands[i].name, cmd) == 0)
			ret = commands[i].run(app, params, d);
	give(app);
	return ret;
}

void
vta_telemetry_attach(struct rte_vtappliance *app)
{
	static bool registered;
	unsigned int i;

	pthread_mutex_lock(&current_lock);
	if (current == NULL)
		current = app;
	for (i = 0; !registered && i < RTE_DIM(commands); i++)
		rte_telemetry_register_cmd(commands[i].name, command, commands[i].help);
	registered = true;
	pthread_mutex_unlock(&current_lock);
}

void
vta_telemetry_detach(struct rte_vtappliance *app)
{
	pthread_mutex_lock(&current_lock);
	if (current == app)
		current = NULL;
	pthread_mutex_unlock(&current_lock);
}
