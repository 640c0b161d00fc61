/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The EAL's part of the command line, completed: no huge page file is left behind, and without free
 * huge pages EAL starts on 4 KiB pages.
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

#define NO_HUGE_MB "256"

unsigned long
vt_eal_free_huge_pages(void)
{
	static const char base[] = "/sys/kernel/mm/hugepages";
	unsigned long sum = 0, nb;
	struct dirent *e;
	char path[512];
	DIR *dir;
	FILE *f;

	dir = opendir(base);
	if (dir == NULL)
		return 0;
	while ((e = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%.200s/free_hugepages", base, e->d_name);
		f = fopen(path, "r");
		if (f == NULL)
			continue;
		if (fscanf(f, "%lu", &nb) == 1)
			sum += nb;
		fclose(f);
	}
	closedir(dir);
	return sum;
}

bool
vt_eal_hugetlbfs_mounted(void)
{
	FILE *f = fopen("/proc/mounts", "r");
	bool found = false;
	char line[1024];

	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
		found = strstr(line, " hugetlbfs ") != NULL;
	if (f != NULL)
		fclose(f);
	return found;
}

static bool
given(int argc, char **argv, const char *name)
{
	size_t len = strlen(name);
	int i;

	for (i = 1; i < argc; i++)
		if (strncmp(argv[i], name, len) == 0 && (argv[i][len] == '\0' ||
				argv[i][len] == '=' || len == 2))
			return true;
	return false;
}

char **
vt_eal_args(int argc, char **argv, unsigned long free_huge_pages, bool mounted, int *nb_out,
		bool *no_huge)
{
	char **out = calloc((size_t)argc + 5, sizeof(*out));
	int i, n = 0;

	if (out == NULL)
		return NULL;
	*no_huge = given(argc, argv, "--no-huge") || free_huge_pages == 0;
	for (i = 0; i < argc; i++) {
		/* It implies huge pages, and is refused together with --no-huge. */
		if (*no_huge && strcmp(argv[i], "--in-memory") == 0)
			continue;
		out[n++] = argv[i];
	}
	if (*no_huge && !given(argc, argv, "--no-huge"))
		out[n++] = strdup("--no-huge");
	if (*no_huge && !given(argc, argv, "-m") && !given(argc, argv, "--socket-mem")) {
		out[n++] = strdup("-m");
		out[n++] = strdup(NO_HUGE_MB);
	}
	if (!*no_huge && !given(argc, argv, "--in-memory") && !given(argc, argv, "--huge-unlink"))
		/* Without a hugetlbfs there are no files to unlink, nor any to be had. */
		out[n++] = strdup(mounted || given(argc, argv, "--huge-dir") ?
			"--huge-unlink=always" : "--in-memory");
	*nb_out = n;
	return out;
}
