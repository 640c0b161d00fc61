/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_kvargs.h>
#include <rte_string_fns.h>
#include <rte_vtregion.h>

#include "broker.h"

#define DEFAULT_SIZE (256ULL << 20)
#define DEFAULT_CLIENTS 8
#define DEFAULT_VECTORS 2

static int
fail(struct broker *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(b->error, sizeof(b->error), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int
number(struct broker *b, const char *key, const char *value, int base, uint64_t min, uint64_t max,
		uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(value, &end, base);
	if (!isdigit((unsigned char)value[0]) || *end != '\0' || errno != 0 || *out < min ||
			*out > max)
		return fail(b, "%s=%s: not a number in %llu..%llu", key, value,
			(unsigned long long)min, (unsigned long long)max);
	return 0;
}

static int
size(struct broker *b, const char *value, uint64_t *out)
{
	static const char units[] = "KMG";
	const size_t len = strlen(value);
	const char *unit = len > 1 ? strchr(units, toupper((unsigned char)value[len - 1])) : NULL;
	char digits[32];

	if (rte_strscpy(digits, value, sizeof(digits)) < 0)
		return fail(b, "size=%s: too long", value);
	if (unit != NULL)
		digits[len - 1] = '\0';
	if (number(b, "size", digits, 10, 1, 1ULL << 40, out) != 0)
		return -EINVAL;
	if (unit != NULL)
		*out <<= 10 * (unit - units + 1);
	if (*out < RTE_VTREGION_MIN_SIZE || *out > RTE_VTREGION_MAX_SIZE ||
			*out != rte_align64pow2(*out))
		return fail(b, "size=%s: must be a power of two of at least 2M (QEMU aborts otherwise)",
			value);
	return 0;
}

static int
copy(struct broker *b, const char *key, const char *value, char *dst, size_t len)
{
	return rte_strscpy(dst, value, len) < 0 ? fail(b, "%s=%s: more than %zu characters", key,
		value, len - 1) : 0;
}

static int
ids(struct broker *b, const char *key, const char *value, bool groups, struct rte_vtivshmem_ids *out)
{
	const int ret = rte_vtivshmem_ids_parse(value, groups, out);

	if (ret == -E2BIG)
		return fail(b, "%s=%.40s and so on: more than %u", key, value, RTE_VTIVSHMEM_MAX_IDS);
	return ret == 0 ? 0 : fail(b, "%s=%.100s: %ss, by name or number, with + between them", key, value,
		groups ? "group" : "user");
}

static int
set(struct broker *b, struct broker_domain *d, const char *key, const char *value)
{
	struct {
		const char *key;
		uint32_t *dst;
		int base;
		uint64_t min, max;
	} const numbers[] = {
		{ "clients", &d->clients, 10, 1, RTE_VTREGION_MAX_CLIENTS },
		{ "vectors", &d->vectors, 10, 1, RTE_VTIVSHMEM_MAX_VECTORS },
		{ "mode", &d->mode, 8, 1, 0777 },
		{ "appliance-mode", &d->owner_mode, 8, 1, 0777 },
		{ "uid", &d->uid, 10, 0, UINT32_MAX - 1 },
		{ "gid", &d->gid, 10, 0, UINT32_MAX - 1 },
	};
	unsigned int i;
	uint64_t v;

	/* The one that means something alone. */
	if (strcmp(key, "no-huge") == 0 && value[0] == '\0')
		value = "yes";
	if (value[0] == '\0')
		return fail(b, "%s: has no value", key);
	for (i = 0; i < RTE_DIM(numbers); i++) {
		if (strcmp(key, numbers[i].key) != 0)
			continue;
		if (number(b, key, value, numbers[i].base, numbers[i].min, numbers[i].max, &v) != 0)
			return -EINVAL;
		*numbers[i].dst = (uint32_t)v;
		return 0;
	}
	if (strcmp(key, "path") == 0)
		return copy(b, key, value, d->path, sizeof(d->path));
	if (strcmp(key, "appliance") == 0)
		return copy(b, key, value, d->owner_path, sizeof(d->owner_path));
	if (strcmp(key, "file") == 0)
		return copy(b, key, value, d->file, sizeof(d->file));
	if (strcmp(key, "size") == 0)
		return size(b, value, &d->size);
	if (strcmp(key, "users") == 0)
		return ids(b, key, value, false, &d->users);
	if (strcmp(key, "groups") == 0)
		return ids(b, key, value, true, &d->groups);
	if (strcmp(key, "no-huge") == 0 && (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0)) {
		d->no_huge = value[0] == 'y';
		return 0;
	}
	return fail(b, "%s=%s: known are path, appliance, size, clients, vectors, mode,"
		" appliance-mode, uid, gid, users, groups, file, no-huge=yes|no", key, value);
}

/* No two sockets at one path, nor two domains of one name or file. */
static int
check_unique(struct broker *b, const struct broker_domain *d)
{
	const struct broker_domain *o;

	if (strcmp(d->path, d->owner_path) == 0)
		return fail(b, "--domain %s: path and appliance are the same socket", d->name);
	for (o = b->domains; o < d; o++)
		if (strcmp(o->name, d->name) == 0 || strcmp(o->path, d->path) == 0 ||
				strcmp(o->owner_path, d->owner_path) == 0 ||
				strcmp(o->path, d->owner_path) == 0 ||
				strcmp(o->owner_path, d->path) == 0 ||
				(d->file[0] != '\0' && strcmp(o->file, d->file) == 0))
			return fail(b, "--domain %s: domain %s has that name, socket or file",
				d->name, o->name);
	return 0;
}

static int
add_domain(struct broker *b, const char *arg)
{
	const size_t len = strcspn(arg, ",");
	struct broker_domain *d = &b->domains[b->nb_domains];
	struct rte_kvargs *kv;
	unsigned int i;
	int ret = 0;

	if (b->nb_domains == BROKER_MAX_DOMAINS)
		return fail(b, "--domain %s: more than %u", arg, BROKER_MAX_DOMAINS);
	memset(d, 0, sizeof(*d));
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)arg[i]) && arg[i] != '-' && arg[i] != '_')
			break;
	if (len == 0 || len >= sizeof(d->name) || i < len)
		return fail(b, "--domain '%.60s': first its name, 1 to %zu letters, digits, '-' or '_'",
			arg, sizeof(d->name) - 1);
	memcpy(d->name, arg, len);
	d->size = DEFAULT_SIZE;
	d->clients = DEFAULT_CLIENTS;
	d->vectors = DEFAULT_VECTORS;
	d->uid = d->gid = UINT32_MAX;
	snprintf(d->path, sizeof(d->path), "/run/vinetalk/%.*s.sock", (int)len, arg);
	snprintf(d->owner_path, sizeof(d->owner_path), "/run/vinetalk/%.*s.appliance.sock", (int)len,
		arg);
	if (arg[len] != '\0') {
		kv = rte_kvargs_parse(arg + len + 1, NULL);
		if (kv == NULL)
			return fail(b, "--domain %s: '%s' is no list of key=value", d->name,
				arg + len + 1);
		for (i = 0; ret == 0 && i < kv->count; i++)
			ret = set(b, d, kv->pairs[i].key,
				kv->pairs[i].value != NULL ? kv->pairs[i].value : "");
		rte_kvargs_free(kv);
	}
	if (ret == 0)
		ret = check_unique(b, d);
	if (ret == 0)
		b->nb_domains++;
	return ret;
}

int
broker_args(struct broker *b, int argc, char **argv)
{
	static const struct option options[] = {
		{ "domain", required_argument, NULL, 'd' },
		{ "user", required_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
		if (opt == 'h')
			b->help = true;
		else if (opt == 'u' && vt_drop_parse(&b->drop, optarg, b->error, sizeof(b->error)) != 0)
			return -EINVAL;
		else if (opt != 'd' && opt != 'u')
			return fail(b, "%s: %s; --help tells all", argv[optind - 1],
				opt == ':' ? "lacks its value" : "unknown option");
		else if (opt == 'd' && add_domain(b, optarg) != 0)
			return -EINVAL;
	}
	if (optind < argc)
		return fail(b, "'%s': no such argument; --help tells all", argv[optind]);
	return b->nb_domains == 0 && !b->help ? add_domain(b, "default") : 0;
}

void
broker_usage(void)
{
	printf("usage: vt-broker [--user NAME[:GROUP]] [--domain NAME[,key=value...]]...\n"
		"\n"
		"Hands out the memory and the doorbells of domains, so that an appliance can be restarted,\n"
		"or be a VM. Without --domain: one of name \"default\". --user: whom to become when all is open.\n"
		"\n"
		"      path=SOCKET       for clients: shm, and QEMU's ivshmem-doorbell\n"
		"                        (/run/vinetalk/NAME.sock)\n"
		"      appliance=SOCKET  for the appliance: vt-appliance's broker=, or QEMU's\n"
		"                        ivshmem-doorbell of its VM (/run/vinetalk/NAME.appliance.sock)\n"
		"      size=N            of the region, a power of two, K, M, G (256M)\n"
		"      clients=N         at a time (8)\n"
		"      vectors=N         doorbells in each direction, at most 16 (2); with more, each of the\n"
		"                        appliance's pollers has one of its own\n"
		"      mode=OCTAL appliance-mode=OCTAL uid=N gid=N   of the sockets (0660, 0600, unchanged)\n"
		"      users=LIST groups=LIST   who may connect as a client, names or numbers with + between them\n"
		"      file=FILE         region in a hugetlbfs file instead of a memfd\n"
		"      no-huge           4 KiB pages\n"
		"\n"
		"example: vt-broker --domain web,size=64M,clients=4\n");
}
