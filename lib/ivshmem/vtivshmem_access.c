/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Who may connect: users and groups, as the kernel tells them of a connection. */

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <rte_string_fns.h>

#include "vtivshmem_private.h"

/* Most supplementary groups that Linux has: NGROUPS_MAX. */
#define MAX_GROUPS 65536

static int
account_of(const char *text, bool group, uint32_t *id)
{
	struct passwd *pw = group ? NULL : getpwnam(text);
	struct group *gr = group ? getgrnam(text) : NULL;
	unsigned long long v;
	char *end;

	if (pw != NULL || gr != NULL) {
		*id = group ? gr->gr_gid : pw->pw_uid;
		return 0;
	}
	errno = 0;
	v = strtoull(text, &end, 10);
	/* The last one is "unchanged" and "unknown" to the kernel. */
	if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || v >= UINT32_MAX)
		return -ENOENT;
	*id = (uint32_t)v;
	return 0;
}

int
rte_vtivshmem_ids_parse(const char *text, bool groups, struct rte_vtivshmem_ids *ids)
{
	struct rte_vtivshmem_ids all = { .nb = 0 };
	char copy[1024], *at = copy, *one;
	int ret;

	if (rte_strscpy(copy, text, sizeof(copy)) < 0)
		return -E2BIG;
	while ((one = strsep(&at, "+")) != NULL) {
		if (all.nb == RTE_VTIVSHMEM_MAX_IDS)
			return -E2BIG;
		ret = account_of(one, groups, &all.id[all.nb++]);
		if (ret != 0)
			return ret;
	}
	*ids = all;
	return 0;
}

static bool
has(const struct rte_vtivshmem_ids *ids, uint32_t id)
{
	uint32_t i;

	for (i = 0; i < ids->nb; i++)
		if (ids->id[i] == id)
			return true;
	return false;
}

/* Whether one of the peer's supplementary groups, as of its connect, is there. */
static bool
has_group_of(const struct rte_vtivshmem_ids *ids, int sock)
{
	socklen_t len = 0, i;
	gid_t *groups;
	bool found = false;

	/* Says how many bytes it would be. */
	if (getsockopt(sock, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == 0 || errno != ERANGE ||
			len > MAX_GROUPS * sizeof(gid_t))
		return false;
	groups = malloc(len);
	if (groups == NULL)
		return false;
	if (getsockopt(sock, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0)
		for (i = 0; i < len / sizeof(gid_t) && !found; i++)
			found = has(ids, groups[i]);
	free(groups);
	return found;
}

int
vtivshmem_access(const struct rte_vtivshmem_server_conf *conf,
		const struct rte_vtivshmem_peer *p)
{
	if (conf->users.nb + conf->groups.nb == 0)
		return 0;
	if (p->uid == (uid_t)-1)
		return -EACCES;
	if (has(&conf->users, p->uid) || has(&conf->groups, p->gid) ||
			(conf->groups.nb != 0 && has_group_of(&conf->groups, p->sock)))
		return 0;
	IVSHMEM_LOG(NOTICE, "%s: user %u, group %u: neither is among the %u users and %u groups that may",
		conf->path, p->uid, p->gid, conf->users.nb, conf->groups.nb);
	return -EACCES;
}
