/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VT_APP_DROP_H
#define VT_APP_DROP_H

/* Giving up privileges once everything is open that needs them. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct vt_drop {
	bool wanted;
	uid_t uid;
	gid_t gid;
	char name[64]; /* empty: none is known, the user has no groups besides gid */
};

/* NAME[:GROUP], by name or number. 0, or -EINVAL with the reason. */
int vt_drop_parse(struct vt_drop *d, const char *text, char *error, size_t len);
/* What nobody needs from the start, before there are other threads: privileges by exec. 0 or -errno. */
int vt_drop_prepare(const struct vt_drop *d);
/* A directory of ours becomes the user's. 0 or -errno. */
int vt_drop_own(const struct vt_drop *d, const char *path);
/* User, groups and capabilities of all threads; it cannot be undone. 0, or -errno with the reason. */
int vt_drop(const struct vt_drop *d, char *error, size_t len);

#endif /* VT_APP_DROP_H */
