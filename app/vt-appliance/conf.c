/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The table of settings, and how each is read from text. */

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_string_fns.h>
#include <rte_vtregion.h>

#include "conf.h"

int
vt_conf_fail(struct vt_conf *conf, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(conf->error, sizeof(conf->error), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* ---- reading values ---- */

static int
number(struct vt_conf *conf, const char *key, const char *value, uint64_t min, uint64_t max,
		int base, uint64_t *out)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(value, &end, base);
	if (!isdigit((unsigned char)value[0]) || *end != '\0' || errno != 0 || v < min || v > max)
		return vt_conf_fail(conf, "%s: '%s' is not a%s number in %llu..%llu", key, value,
			base == 8 ? "n octal" : "", (unsigned long long)min,
			(unsigned long long)max);
	*out = v;
	return 0;
}

static int
size(struct vt_conf *conf, const char *key, const char *value, uint64_t *out)
{
	static const char units[] = "KMGT";
	unsigned long long v;
	const char *unit;
	unsigned int shift = 0;
	char *end;

	errno = 0;
	v = strtoull(value, &end, 10);
	if (*end != '\0') {
		unit = strchr(units, toupper((unsigned char)*end));
		if (unit != NULL && end[1] == '\0')
			shift = 10 * (unsigned int)(unit - units + 1);
		else
			errno = EINVAL;
	}
	if (!isdigit((unsigned char)value[0]) || errno != 0 || v == 0 ||
			v > (RTE_VTREGION_MAX_SIZE >> shift))
		return vt_conf_fail(conf, "%s: '%s' is not a size such as 64M, at most %lluG", key,
			value, RTE_VTREGION_MAX_SIZE >> 30);
	*out = v << shift;
	return 0;
}

static int
boolean(struct vt_conf *conf, const char *key, const char *value, bool *out)
{
	static const char * const yes[] = { "1", "yes", "true", "on" };
	static const char * const no[] = { "0", "no", "false", "off" };
	unsigned int i;

	for (i = 0; i < RTE_DIM(yes); i++) {
		if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0) {
			*out = strcmp(value, yes[i]) == 0;
			return 0;
		}
	}
	return vt_conf_fail(conf, "%s: '%s' is neither yes nor no", key, value);
}

static int
text(struct vt_conf *conf, const char *key, const char *value, char *out, size_t len)
{
	if (value[0] == '\0' || rte_strscpy(out, value, len) < 0)
		return vt_conf_fail(conf, "%s: '%.40s%s' has %s characters", key, value,
			strlen(value) > 40 ? "..." : "", value[0] == '\0' ? "no" : "too many");
	return 0;
}

static int
word(struct vt_conf *conf, const char *key, const char *value, const char * const *words,
		unsigned int nb, uint32_t *out)
{
	char all[128] = "";
	unsigned int i;

	for (i = 0; i < nb; i++) {
		if (strcmp(value, words[i]) == 0) {
			*out = i;
			return 0;
		}
		strncat(all, " ", sizeof(all) - strlen(all) - 1);
		strncat(all, words[i], sizeof(all) - strlen(all) - 1);
	}
	return vt_conf_fail(conf, "%s: '%s' is none of:%s", key, value, all);
}

static int
account(struct vt_conf *conf, const char *key, const char *value, bool group, int64_t *out)
{
	struct passwd *pw = group ? NULL : getpwnam(value);
	struct group *gr = group ? getgrnam(value) : NULL;
	uint64_t v;

	if (pw != NULL || gr != NULL) {
		*out = group ? (int64_t)gr->gr_gid : (int64_t)pw->pw_uid;
		return 0;
	}
	if (number(conf, key, value, 0, UINT32_MAX - 1, 10, &v) != 0)
		return vt_conf_fail(conf, "%s: '%s' is no %s and no number", key, value,
			group ? "group" : "user");
	*out = (int64_t)v;
	return 0;
}

static int
accounts(struct vt_conf *conf, const char *key, const char *value, bool groups,
		struct rte_vtivshmem_ids *out)
{
	const int ret = rte_vtivshmem_ids_parse(value, groups, out);

	if (ret == -E2BIG)
		return vt_conf_fail(conf, "%s: '%.40s' and so on are more than %u", key, value,
			RTE_VTIVSHMEM_MAX_IDS);
	return ret == 0 ? 0 : vt_conf_fail(conf, "%s: '%s': %ss, by name or number, with + between them",
		key, value, groups ? "group" : "user");
}

/* ---- the settings ---- */

static const char * const idles[] = { "adaptive", "poll", "interrupt" };
static const char * const layouts[] = { "hashed", "single", "thread" };
static const char * const excesses[] = { "wait", "fail" };
static const char * const syncs[] = { "rts", "st", "mt", "hts", "ticket", "spinlock" };

enum key {
	K_POLLERS, K_IDLE, K_SPINS, K_PAUSES, K_UMWAITS, K_PARK_MS, K_BUDGET, K_SCHED, K_OVERSUBSCRIBE,
	K_DRAIN_MS, K_DETACH_MS, K_HEARTBEAT_MS, K_STALL_MS, K_PROBE_MS, K_AHEAD_US, K_LATENCY, K_USER,
	K_PATH, K_FILE, K_SIZE, K_ARENA, K_CLIENTS, K_QPS, K_DEPTH, K_RQ_DEPTH, K_LAYOUT, K_SYNC,
	K_UNSAFE_SYNC, K_MODE,
	K_UID, K_GID, K_USERS, K_GROUPS, K_ID, K_NO_HUGE, K_PLAIN, K_PCI, K_BROKER,
	K_MAX_TASKS, K_MAX_VACCELS, K_MAX_SESSIONS, K_MAX_ACCEL_BYTES, K_RATE_TASKS, K_RATE_BYTES, K_RATE_EXCESS,
	K_WEIGHT, K_PRIORITY,
};

static const struct {
	const char *name;
	enum key key;
	bool of_domain;
	enum vt_conf_kind kind;
} settings[] = {
	{ "pollers", K_POLLERS, false, VT_CONF_NUMBER },
	{ "idle", K_IDLE, false, VT_CONF_STRING },
	{ "spins", K_SPINS, false, VT_CONF_NUMBER },
	{ "pauses", K_PAUSES, false, VT_CONF_NUMBER },
	{ "umwaits", K_UMWAITS, false, VT_CONF_NUMBER },
	{ "park-ms", K_PARK_MS, false, VT_CONF_NUMBER },
	{ "budget", K_BUDGET, false, VT_CONF_NUMBER },
	{ "sched", K_SCHED, false, VT_CONF_STRING },
	{ "oversubscribe", K_OVERSUBSCRIBE, false, VT_CONF_BOOL },
	{ "drain-ms", K_DRAIN_MS, false, VT_CONF_NUMBER },
	{ "user", K_USER, false, VT_CONF_STRING },
	{ "detach-ms", K_DETACH_MS, false, VT_CONF_NUMBER },
	{ "heartbeat-ms", K_HEARTBEAT_MS, false, VT_CONF_NUMBER },
	{ "stall-ms", K_STALL_MS, false, VT_CONF_NUMBER },
	{ "ahead-us", K_AHEAD_US, false, VT_CONF_NUMBER },
	{ "probe-ms", K_PROBE_MS, false, VT_CONF_NUMBER },
	{ "latency", K_LATENCY, false, VT_CONF_BOOL },
	{ "path", K_PATH, true, VT_CONF_STRING },
	{ "file", K_FILE, true, VT_CONF_STRING },
	{ "size", K_SIZE, true, VT_CONF_SIZE },
	{ "arena", K_ARENA, true, VT_CONF_SIZE },
	{ "clients", K_CLIENTS, true, VT_CONF_NUMBER },
	{ "qps", K_QPS, true, VT_CONF_NUMBER },
	{ "depth", K_DEPTH, true, VT_CONF_NUMBER },
	{ "rq-depth", K_RQ_DEPTH, true, VT_CONF_NUMBER },
	{ "layout", K_LAYOUT, true, VT_CONF_STRING },
	{ "sync", K_SYNC, true, VT_CONF_STRING },
	{ "unsafe-sync", K_UNSAFE_SYNC, true, VT_CONF_BOOL },
	{ "mode", K_MODE, true, VT_CONF_STRING },
	{ "uid", K_UID, true, VT_CONF_STRING },
	{ "gid", K_GID, true, VT_CONF_STRING },
	{ "users", K_USERS, true, VT_CONF_STRING },
	{ "groups", K_GROUPS, true, VT_CONF_STRING },
	{ "id", K_ID, true, VT_CONF_NUMBER },
	{ "no-huge", K_NO_HUGE, true, VT_CONF_BOOL },
	{ "plain", K_PLAIN, true, VT_CONF_NUMBER },
	{ "pci", K_PCI, true, VT_CONF_STRING },
	{ "broker", K_BROKER, true, VT_CONF_STRING },
	{ "max-tasks", K_MAX_TASKS, true, VT_CONF_NUMBER },
	{ "max-vaccels", K_MAX_VACCELS, true, VT_CONF_NUMBER },
	{ "max-sessions", K_MAX_SESSIONS, true, VT_CONF_NUMBER },
	{ "max-accel-bytes", K_MAX_ACCEL_BYTES, true, VT_CONF_SIZE },
	{ "rate-tasks", K_RATE_TASKS, true, VT_CONF_NUMBER },
	{ "rate-bytes", K_RATE_BYTES, true, VT_CONF_SIZE },
	{ "rate-excess", K_RATE_EXCESS, true, VT_CONF_STRING },
	{ "weight", K_WEIGHT, true, VT_CONF_NUMBER },
	{ "priority", K_PRIORITY, true, VT_CONF_NUMBER },
};

static int
find(bool of_domain, const char *key)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(settings); i++)
		if (settings[i].of_domain == of_domain && strcmp(settings[i].name, key) == 0)
			return (int)i;
	return -ENOENT;
}

int
vt_conf_kind(bool of_domain, const char *key)
{
	int i = find(of_domain, key);

	return i < 0 ? i : (int)settings[i].kind;
}

static int
number32(struct vt_conf *conf, const char *key, const char *value, uint32_t min, uint32_t max,
		uint32_t *out)
{
	uint64_t v;
	int ret = number(conf, key, value, min, max, 10, &v);

	if (ret == 0)
		*out = (uint32_t)v;
	return ret;
}

/* 0 is no limit, which the engine calls otherwise: its 0 is the default. */
static int
ahead(struct vt_conf *conf, const char *key, const char *value, uint32_t *out)
{
	const int ret = number32(conf, key, value, 0, 1000000, out);

	if (ret == 0 && *out == 0)
		*out = RTE_VTAPPLIANCE_AHEAD_ALL;
	return ret;
}

static int
set_engine(struct vt_conf *conf, enum key k, const char *key, const char *value)
{
	struct rte_vtappliance_conf *e = &conf->engine;

	switch (k) {
	case K_POLLERS:
		return number32(conf, key, value, 1, VT_CONF_MAX_POLLERS, &e->nb_pollers);
	case K_IDLE:
		return word(conf, key, value, idles, RTE_DIM(idles), &e->idle);
	case K_SPINS:
		return number32(conf, key, value, 1, UINT32_MAX / 4, &e->spins);
	case K_PAUSES:
		return number32(conf, key, value, 1, UINT32_MAX / 4, &e->pauses);
	case K_UMWAITS:
		return number32(conf, key, value, 1, UINT32_MAX / 4, &e->umwaits);
	case K_PARK_MS:
		return number32(conf, key, value, 10, 10000, &e->park_ms);
	case K_BUDGET:
		return number32(conf, key, value, 1, 256, &e->budget);
	case K_DETACH_MS:
		return number32(conf, key, value, 10, 60000, &e->detach_ms);
	case K_HEARTBEAT_MS:
		return number32(conf, key, value, 500, 600000, &e->heartbeat_ms);
	case K_STALL_MS:
		return number32(conf, key, value, 0, 3600000, &e->stall_ms);
	case K_AHEAD_US:
		return ahead(conf, key, value, &e->ahead_us);
	case K_PROBE_MS:
		return number32(conf, key, value, 1, 3600000, &e->probe_ms);
	case K_USER:
		return vt_drop_parse(&conf->drop, value, conf->error, sizeof(conf->error));
	case K_SCHED:
		return text(conf, key, value, conf->sched, sizeof(conf->sched));
	case K_OVERSUBSCRIBE:
		return boolean(conf, key, value, &conf->oversubscribe);
	case K_LATENCY:
		return boolean(conf, key, value, &e->latency);
	default:
		return number32(conf, key, value, 0, 600000, &conf->drain_ms);
	}
}

/* What a domain may have, and its place among others. */
static int
set_limit(struct vt_conf *conf, struct vt_conf_domain *d, enum key k, const char *key,
		const char *value)
{
	int ret;

	switch (k) {
	case K_WEIGHT:
		return number32(conf, key, value, 1, RTE_VINETALK_VACCEL_WEIGHT_MAX, &d->c.weight);
	case K_PRIORITY:
		return number32(conf, key, value, 0, RTE_VINETALK_VACCEL_PRIORITY_MAX,
			&d->c.priority);
	case K_MAX_TASKS:
		return number32(conf, key, value, 1, UINT32_MAX, &d->c.max_tasks);
	case K_MAX_VACCELS:
		return number32(conf, key, value, 1, UINT32_MAX, &d->c.max_vaccels);
	case K_MAX_SESSIONS:
		return number32(conf, key, value, 1, UINT32_MAX, &d->c.max_sessions);
	case K_MAX_ACCEL_BYTES:
		return size(conf, key, value, &d->c.max_accel_bytes);
	case K_RATE_TASKS:
		return number32(conf, key, value, 1, UINT32_MAX, &d->c.rate_tasks);
	case K_RATE_BYTES:
		ret = size(conf, key, value, &d->c.rate_bytes);
		if (ret == 0 && d->c.rate_bytes > RTE_VINETALK_VACCEL_RATE_BYTES_MAX)
			return vt_conf_fail(conf, "%s: '%s' is more than %lluG", key, value,
				(unsigned long long)(RTE_VINETALK_VACCEL_RATE_BYTES_MAX >> 30));
		return ret;
	default:
		return word(conf, key, value, excesses, RTE_DIM(excesses), &d->c.rate_excess);
	}
}

static int
set_domain(struct vt_conf *conf, struct vt_conf_domain *d, enum key k, const char *key,
		const char *value)
{
	uint64_t v = 0;
	int ret;

	switch (k) {
	case K_PATH:
		return text(conf, key, value, d->path, 104);
	case K_FILE:
		return text(conf, key, value, d->file, sizeof(d->file));
	case K_SIZE:
		return size(conf, key, value, &d->c.size);
	case K_ARENA:
		return size(conf, key, value, &d->c.arena_size);
	case K_CLIENTS:
		return number32(conf, key, value, 1, RTE_VTREGION_MAX_CLIENTS, &d->c.nb_clients);
	case K_QPS:
		return number32(conf, key, value, 1, RTE_VTREGION_MAX_QPS, &d->c.qps);
	case K_DEPTH:
		return number32(conf, key, value, RTE_VTREGION_MIN_DEPTH,
			RTE_VTREGION_MAX_CQ_DEPTH, &d->c.depth);
	case K_RQ_DEPTH:
		return number32(conf, key, value, RTE_VTREGION_MIN_DEPTH,
			RTE_VTREGION_MAX_RQ_DEPTH, &d->c.rq_depth);
	case K_LAYOUT:
		return word(conf, key, value, layouts, RTE_DIM(layouts), &d->c.layout);
	case K_SYNC:
		return word(conf, key, value, syncs, RTE_DIM(syncs), &d->c.sync);
	case K_UNSAFE_SYNC:
		return boolean(conf, key, value, &d->c.unsafe_sync);
	case K_MODE:
		ret = number(conf, key, value, 1, 0777, 8, &v);
		d->c.mode = (uint32_t)v;
		return ret;
	case K_UID:
		return account(conf, key, value, false, &d->c.uid);
	case K_GID:
		return account(conf, key, value, true, &d->c.gid);
	case K_USERS:
		return accounts(conf, key, value, false, &d->c.users);
	case K_GROUPS:
		return accounts(conf, key, value, true, &d->c.groups);
	case K_ID:
		return number32(conf, key, value, 1, UINT32_MAX, &d->c.id);
	case K_PLAIN:
		d->plain_said = true;
		return number32(conf, key, value, 0, RTE_VTREGION_MAX_CLIENTS, &d->c.nb_plain);
	case K_PCI:
		return text(conf, key, value, d->pci, sizeof(d->pci));
	case K_BROKER:
		return text(conf, key, value, d->broker, sizeof(d->broker));
	case K_NO_HUGE:
		return boolean(conf, key, value, &d->c.no_huge);
	default:
		return set_limit(conf, d, k, key, value);
	}
}

int
vt_conf_set(struct vt_conf *conf, struct vt_conf_domain *dom, const char *key, const char *value)
{
	char known[512] = "";
	unsigned int j;
	int i = find(dom != NULL, key);

	if (i >= 0)
		return dom != NULL ? set_domain(conf, dom, settings[i].key, key, value) :
			set_engine(conf, settings[i].key, key, value);
	for (j = 0; j < RTE_DIM(settings); j++) {
		if (settings[j].of_domain != (dom != NULL))
			continue;
		strncat(known, " ", sizeof(known) - strlen(known) - 1);
		strncat(known, settings[j].name, sizeof(known) - strlen(known) - 1);
	}
	return vt_conf_fail(conf, "unknown key '%s'; known are:%s", key, known);
}

struct vt_conf_domain *
vt_conf_domain_add(struct vt_conf *conf, const char *name)
{
	struct vt_conf_domain *d;
	unsigned int i;

	if (conf->nb_domains == VT_CONF_MAX_DOMAINS) {
		vt_conf_fail(conf, "domain '%s' is one more than %u", name, VT_CONF_MAX_DOMAINS);
		return NULL;
	}
	for (i = 0; name[i] != '\0'; i++) {
		if (i == 27 || (!isalnum((unsigned char)name[i]) && name[i] != '-' &&
				name[i] != '_'))
			break;
	}
	if (i == 0 || name[i] != '\0') {
		vt_conf_fail(conf, "domain name '%.40s': 1 to 27 letters, digits, '-' or '_'", name);
		return NULL;
	}
	for (i = 0; i < conf->nb_domains; i++) {
		if (strcmp(conf->domains[i].name, name) == 0) {
			vt_conf_fail(conf, "duplicate domain '%s'", name);
			return NULL;
		}
	}
	d = &conf->domains[conf->nb_domains++];
	memset(d, 0, sizeof(*d));
	d->c.uid = d->c.gid = -1;
	rte_strscpy(d->name, name, sizeof(d->name));
	return d;
}

void
vt_conf_domain_drop(struct vt_conf *conf, const char *name)
{
	unsigned int i;

	for (i = 0; i < conf->nb_domains; i++) {
		if (strcmp(conf->domains[i].name, name) != 0)
			continue;
		memmove(&conf->domains[i], &conf->domains[i + 1],
			(conf->nb_domains - i - 1) * sizeof(conf->domains[0]));
		conf->nb_domains--;
		return;
	}
}

int
vt_conf_accel_add(struct vt_conf *conf, const char *devargs)
{
	if (conf->nb_accels == VT_CONF_MAX_ACCELS)
		return vt_conf_fail(conf, "accelerator '%.40s' is one more than %u", devargs,
			VT_CONF_MAX_ACCELS);
	if (text(conf, "accel", devargs, conf->accels[conf->nb_accels],
			sizeof(conf->accels[0])) != 0)
		return -EINVAL;
	conf->nb_accels++;
	return 0;
}

void
vt_conf_init(struct vt_conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	conf->drain_ms = 5000;
	conf->ready_fd = -1;
}

/* The socket's path, by default after the name. */
static const char *
domain_path(const struct vt_conf_domain *d, char *buf, size_t len)
{
	if (d->path[0] != '\0')
		return d->path;
	snprintf(buf, len, "/run/vinetalk/%.27s.sock", d->name);
	return buf;
}

/* Whether a broker of ours listens for it. */
static bool
has_socket(const struct vt_conf_domain *d)
{
	return d->pci[0] == '\0' && d->broker[0] == '\0';
}

/* Where a domain's memory comes from: one way, and what goes with it. */
static int
domain_source(struct vt_conf *conf, struct vt_conf_domain *d)
{
	const unsigned int ways = (d->file[0] != '\0') + (d->pci[0] != '\0') +
		(d->broker[0] != '\0');

	if (ways > 1)
		return vt_conf_fail(conf, "domain '%s': only one of file, pci and broker", d->name);
	if (!has_socket(d) && (d->path[0] != '\0' || d->c.size != 0 || d->plain_said ||
			d->c.users.nb + d->c.groups.nb != 0))
		return vt_conf_fail(conf, "domain '%s': path, size, plain, users and groups are not ours to"
			" say with pci or broker", d->name);
	if (d->plain_said && d->file[0] == '\0' && d->c.nb_plain != 0)
		return vt_conf_fail(conf, "domain '%s': plain needs a file", d->name);
	/* A file is there to be given to guests, so that some slots are for those. */
	if (d->file[0] != '\0' && !d->plain_said)
		d->c.nb_plain = (d->c.nb_clients != 0 ? d->c.nb_clients : 8) / 2;
	d->c.file = d->file[0] != '\0' ? d->file : NULL;
	d->c.pci = d->pci[0] != '\0' ? d->pci : NULL;
	d->c.broker = d->broker[0] != '\0' ? d->broker : NULL;
	return 0;
}

int
vt_conf_domain_unique(struct vt_conf *conf, const struct vt_conf_domain *dom, const char **key)
{
	char own[sizeof(dom->path)], other[sizeof(dom->path)];
	const char *path = domain_path(dom, own, sizeof(own));
	const struct vt_conf_domain *d;

	for (d = conf->domains; d < dom; d++) {
		*key = "path";
		if (has_socket(d) && has_socket(dom) && strcmp(domain_path(d, other, sizeof(other)), path) == 0)
			return vt_conf_fail(conf, "path: domains '%s' and '%s' have the same path"
				" %s", d->name, dom->name, path);
		*key = "file";
		if (dom->file[0] != '\0' && strcmp(d->file, dom->file) == 0)
			return vt_conf_fail(conf, "file: domains '%s' and '%s' have the same file"
				" %s", d->name, dom->name, dom->file);
	}
	return 0;
}

int
vt_conf_complete(struct vt_conf *conf)
{
	const char *key;
	char path[sizeof(conf->domains[0].path)];
	unsigned int i;

	if (conf->nb_domains == 0 && vt_conf_domain_add(conf, "default") == NULL)
		return -EINVAL;
	if (conf->nb_accels == 0 && vt_conf_accel_add(conf, "cpu") != 0)
		return -EINVAL;
	conf->engine.sched = conf->sched[0] != '\0' ? conf->sched : NULL;
	for (i = 0; i < conf->nb_domains; i++) {
		struct vt_conf_domain *d = &conf->domains[i];

		if (vt_conf_domain_unique(conf, d, &key) != 0)
			return -EINVAL;
		if (domain_source(conf, d) != 0)
			return -EINVAL;
		/* Of a socket that is not ours there is no path: what has one is removed at the end. */
		if (d->path[0] == '\0' && has_socket(d))
			rte_strscpy(d->path, domain_path(d, path, sizeof(path)), sizeof(d->path));
		d->c.name = d->name;
		d->c.path = d->path[0] != '\0' ? d->path : NULL;
	}
	return 0;
}
