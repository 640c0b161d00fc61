/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "drop.h"

/* The last number is "unchanged" to the kernel. */
static bool
number(const char *text, unsigned int *id)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || v >= UINT32_MAX)
		return false;
	*id = (unsigned int)v;
	return true;
}

static int
find_group(struct vt_drop *d, const char *text, char *error, size_t len)
{
	const struct group *gr = getgrnam(text);
	unsigned int id;

	if (gr != NULL) {
		d->gid = gr->gr_gid;
		return 0;
	}
	if (number(text, &id)) {
		d->gid = id;
		return 0;
	}
	snprintf(error, len, "user: there is no group '%.60s'", text);
	return -EINVAL;
}

int
vt_drop_parse(struct vt_drop *d, const char *text, char *error, size_t len)
{
	const char *colon = strchr(text, ':');
	const size_t name = colon != NULL ? (size_t)(colon - text) : strlen(text);
	const struct passwd *pw;
	unsigned int id;

	memset(d, 0, sizeof(*d));
	if (name >= sizeof(d->name)) {
		snprintf(error, len, "user: the name has more than %zu characters", sizeof(d->name) - 1);
		return -EINVAL;
	}
	memcpy(d->name, text, name);
	pw = getpwnam(d->name);
	if (pw == NULL && number(d->name, &id))
		pw = getpwuid(id);
	if (pw != NULL) {
		d->uid = pw->pw_uid;
		d->gid = pw->pw_gid;
		snprintf(d->name, sizeof(d->name), "%s", pw->pw_name);
	} else if (number(d->name, &id) && colon != NULL) {
		d->uid = id;
		d->name[0] = '\0';
	} else {
		snprintf(error, len, "user: there is no user '%.60s'%s", d->name,
			number(d->name, &id) ? ", and no group is said" : "");
		return -EINVAL;
	}
	d->wanted = true;
	return colon != NULL ? find_group(d, colon + 1, error, len) : 0;
}

int
vt_drop_prepare(const struct vt_drop *d)
{
	/* It is of the calling thread, and of those that it makes. */
	return d->wanted && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ? -errno : 0;
}

int
vt_drop_own(const struct vt_drop *d, const char *path)
{
	return d->wanted && chown(path, d->uid, d->gid) != 0 ? -errno : 0;
}

int
vt_drop(const struct vt_drop *d, char *error, size_t len)
{
	const char *what = NULL;

	if (!d->wanted)
		return 0;
	/* By the C library, for all threads. Without user 0 no capabilities are left. */
	if (d->name[0] != '\0' ? initgroups(d->name, d->gid) != 0 : setgroups(1, &d->gid) != 0)
		what = "groups";
	else if (setresgid(d->gid, d->gid, d->gid) != 0)
		what = "group";
	else if (setresuid(d->uid, d->uid, d->uid) != 0)
		what = "user";
	if (what != NULL) {
		snprintf(error, len, "user %u:%u: cannot change the %s: %s", d->uid, d->gid, what,
			strerror(errno));
		return -EPERM;
	}
	if (d->uid != 0 && setuid(0) == 0) {
		snprintf(error, len, "user %u:%u: it can become root again", d->uid, d->gid);
		return -EPERM;
	}
	return 0;
}
