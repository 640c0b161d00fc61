/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

static char tmp_dir[PATH_MAX];

const char *
vt_test_build_dir(void)
{
	static char dir[PATH_MAX];
	const char *env = getenv("VT_BUILD_DIR");
	ssize_t n;

	if (env != NULL)
		return env;
	if (dir[0] == '\0') {
		n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
		if (n < 0)
			return ".";
		dir[n] = '\0';
		/* BUILD/test/dpdk-test */
		memmove(dir, dirname(dirname(dir)), strlen(dir) + 1);
	}
	return dir;
}

const char *
vt_test_source_dir(void)
{
	const char *env = getenv("VT_SOURCE_DIR");

	return env != NULL ? env : VT_TEST_SOURCE_DIR;
}

const char *
vt_test_tmp_dir(void)
{
	const char *base = getenv("TMPDIR");

	if (tmp_dir[0] != '\0')
		return tmp_dir;
	/* A socket's path has 107 characters at most: no long ones. */
	snprintf(tmp_dir, sizeof(tmp_dir), "%s/vt-XXXXXX",
			base != NULL && strlen(base) < 40 ? base : "/tmp");
	if (mkdtemp(tmp_dir) == NULL) {
		fprintf(stderr, "dpdk-test: %s: %s\n", tmp_dir, strerror(errno));
		tmp_dir[0] = '\0';
		return NULL;
	}
	return tmp_dir;
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	RTE_SET_USED(st);
	RTE_SET_USED(type);
	RTE_SET_USED(ftw);
	remove(path);
	return 0;
}

void
paths_remove_tree(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

void
paths_tmp_remove(void)
{
	if (tmp_dir[0] == '\0')
		return;
	paths_remove_tree(tmp_dir);
	tmp_dir[0] = '\0';
}
