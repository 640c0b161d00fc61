/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * vt-appliance [EAL options] -- [options]
 *
 * Its own options are read before EAL starts: what is wrong with them is said at once.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "conf.h"
#include "serve.h"

static struct vt_conf conf;
static bool runtime_is_shared;
static int runtime_fd = -1; /* its directory: a path to it is root's alone */
static char **eal_args; /* EAL may look at them until the end */

/* Whether another primary process lives in a runtime directory: EAL locks this file. */
static bool
is_in_use(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	bool used;
	int fd;

	fd = openat(runtime_fd, "config", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	used = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	close(fd);
	return used;
}

/*
 * EAL leaves its runtime directory (a few small files) behind; nothing of it is of use to anybody.
 * With --in-memory the directory may be shared with other processes: EAL's own exit handlers remove
 * what was ours.
 */
static void
remove_runtime_dir(void)
{
	const char *path = rte_eal_get_runtime_dir();
	struct dirent *e;
	DIR *dir;

	if (path == NULL || path[0] == '\0')
		return;
	if (runtime_fd < 0)
		runtime_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (runtime_is_shared || is_in_use()) {
		rmdir(path); /* if it is empty */
		return;
	}
	dir = fdopendir(runtime_fd);
	if (dir == NULL)
		return;
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(runtime_fd, e->d_name, 0);
	closedir(dir);
	rmdir(path);
}

static int
split(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return i;
	return argc;
}

int
main(int argc, char **argv)
{
	const int own = split(argc, argv);
	bool no_huge;
	int nb, ret;

	vt_conf_init(&conf);
	if (own == argc && argc > 1 && (strcmp(argv[1], "--help") == 0 ||
			strcmp(argv[1], "-h") == 0))
		conf.help = true;
	else if (own == argc && argc > 1 && strcmp(argv[1], "--version") == 0)
		conf.version = true;
	else if (own < argc && (vt_conf_args(&conf, argc - own, argv + own) != 0)) {
		fprintf(stderr, "vt-appliance: %s\n", conf.error);
		return 1;
	}
	if (conf.help || conf.version) {
		if (conf.help)
			vt_conf_usage();
		else
			printf("vt-appliance %s\n", VT_VERSION);
		return 0;
	}
	if (vt_conf_complete(&conf) != 0) {
		fprintf(stderr, "vt-appliance: %s\n", conf.error);
		return 1;
	}
	eal_args = vt_eal_args(own, argv, vt_eal_free_huge_pages(), vt_eal_hugetlbfs_mounted(), &nb,
		&no_huge);
	if (eal_args == NULL)
		return 1;
	if (no_huge && vt_eal_free_huge_pages() == 0)
		fprintf(stderr, "vt-appliance: no free huge pages: everything is on 4 KiB pages, which"
			" costs TLB misses on large data; usertools/vt-setup.sh hugepages\n");
	ret = vt_drop_prepare(&conf.drop);
	if (ret != 0) {
		fprintf(stderr, "vt-appliance: no-new-privs: %s\n", rte_strerror(-ret));
		return 1;
	}
	vt_serve_prepare();
	for (ret = 0; ret < nb; ret++)
		runtime_is_shared |= strcmp(eal_args[ret], "--in-memory") == 0 ||
			strcmp(eal_args[ret], "--no-shconf") == 0;
	atexit(remove_runtime_dir); /* called after EAL's handlers */
	if (rte_eal_init(nb, eal_args) < 0) {
		fprintf(stderr, "vt-appliance: EAL cannot start: %s\n",
			rte_errno != 0 ? rte_strerror(rte_errno) : "it says above why");
		if (!no_huge)
			fprintf(stderr, "vt-appliance: %s\n", VT_HUGE_HINT);
		return 1;
	}
	/* To remove what EAL has there at the end. */
	runtime_fd = open(rte_eal_get_runtime_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!runtime_is_shared && vt_drop_own(&conf.drop, rte_eal_get_runtime_dir()) != 0)
		fprintf(stderr, "vt-appliance: %s: %s\n", rte_eal_get_runtime_dir(), strerror(errno));
	ret = vt_serve(&conf, no_huge);
	rte_eal_cleanup();
	return ret;
}
