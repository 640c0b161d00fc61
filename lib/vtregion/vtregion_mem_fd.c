/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The memory itself: a sealed memfd, or a file that outlives the process.
 *
 * All of it is allocated here, so that a lack of memory is an error now and not a SIGBUS later.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_string_fns.h>

#include "vtregion_private.h"

#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB (21U << 26)
#endif

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* A line "key: value kB" of /proc/meminfo in bytes; UINT64_MAX if there is none. */
static uint64_t
meminfo(const char *key)
{
	uint64_t value = UINT64_MAX, kb;
	size_t len = strlen(key);
	char line[128];
	FILE *f;

	f = fopen("/proc/meminfo", "re");
	if (f == NULL)
		return value;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, key, len) != 0 || line[len] != ':')
			continue;
		if (sscanf(line + len + 1, "%" SCNu64, &kb) == 1)
			value = kb * 1024;
		break;
	}
	fclose(f);
	return value;
}

/* A file with one number; UINT64_MAX for "max" or if there is none. */
static uint64_t
read_number(const char *path)
{
	uint64_t value = UINT64_MAX;
	FILE *f;

	f = fopen(path, "re");
	if (f == NULL)
		return value;
	if (fscanf(f, "%" SCNu64, &value) != 1)
		value = UINT64_MAX;
	fclose(f);
	return value;
}

/*
 * The kernel grants more 4 KiB pages than there are, and kills a process later. So ask first:
 * the machine, and the container if this is one.
 */
static int
check_memory(const char *name, uint64_t size)
{
	uint64_t avail = meminfo("MemAvailable");
	uint64_t max = read_number("/sys/fs/cgroup/memory.max");
	uint64_t current = read_number("/sys/fs/cgroup/memory.current");

	if (max != UINT64_MAX && current != UINT64_MAX)
		avail = RTE_MIN(avail, max > current ? max - current : 0);
	if (size <= avail)
		return 0;
	VTREGION_LOG(ERR, "region %s needs %" PRIu64 " MiB, %" PRIu64 " MiB are available",
			name, size >> 20, avail >> 20);
	return -ENOMEM;
}

/* Allocate every page; holes of a file that was there are filled, data stays. */
static int
allocate(int fd, uint64_t size)
{
	int ret;

	do {
		ret = fallocate(fd, 0, 0, size) == 0 ? 0 : -errno;
	} while (ret == -EINTR);
	/* What hugetlbfs and tmpfs say when there are no pages. */
	return ret == -ENOSPC ? -ENOMEM : ret;
}

static int
memfd_make(const struct rte_vtregion_mem_conf *conf, unsigned int flags)
{
	int fd, ret;

	fd = memfd_create(conf->name, MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, conf->size) != 0)
		ret = -errno;
	else
		ret = allocate(fd, conf->size);
	if (ret == 0 && fcntl(fd, F_ADD_SEALS, SEALS) != 0)
		ret = -errno;
	if (ret != 0) {
		close(fd);
		return ret;
	}
	return fd;
}

static int
open_memfd(const struct rte_vtregion_mem_conf *conf, struct rte_vtregion_mem *mem)
{
	int ret;

	mem->created = true;
	if (!conf->no_huge) {
		mem->fd = memfd_make(conf, MFD_HUGETLB | MFD_HUGE_2MB);
		if (mem->fd >= 0) {
			mem->huge = true;
			return 0;
		}
		VTREGION_LOG(WARNING, "region %s of %" PRIu64 " MiB gets 4 KiB pages, not huge "
				"pages (%s; %" PRIu64 " of 2 MiB needed): expect TLB misses and "
				"page tables of %" PRIu64 " KiB in each process",
				conf->name, conf->size >> 20, strerror(-mem->fd),
				conf->size >> 21, conf->size / 4096 * 8 / 1024);
	}
	ret = check_memory(conf->name, conf->size);
	if (ret != 0)
		return ret;
	mem->fd = memfd_make(conf, 0);
	if (mem->fd >= 0)
		return 0;
	VTREGION_LOG(ERR, "region %s: no memfd of %" PRIu64 " MiB: %s", conf->name,
			conf->size >> 20, strerror(-mem->fd));
	return mem->fd;
}

/*
 * A lock belongs to the open file description, which clients are given: it would last as long as they
 * do. They get another one.
 */
static int
split_lock(const struct rte_vtregion_mem_conf *conf, struct rte_vtregion_mem *mem)
{
	char self[64];

	mem->lock_fd = mem->fd;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", mem->lock_fd);
	mem->fd = open(self, O_RDWR | O_CLOEXEC);
	if (mem->fd >= 0)
		return 0;
	VTREGION_LOG(ERR, "region %s: cannot open %s again: %s", conf->name, conf->file,
			strerror(errno));
	mem->fd = mem->lock_fd;
	mem->lock_fd = -1;
	return -errno;
}

/* Open it or make it; says by mem->created which. */
static int
open_path(const struct rte_vtregion_mem_conf *conf, struct rte_vtregion_mem *mem)
{
	int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

	mem->fd = open(conf->file, flags | O_CREAT | O_EXCL, 0600);
	mem->created = mem->fd >= 0;
	if (mem->fd < 0 && errno == EEXIST)
		mem->fd = open(conf->file, flags);
	if (mem->fd < 0) {
		int ret = -errno;

		VTREGION_LOG(ERR, "region %s: cannot open %s: %s", conf->name, conf->file,
				strerror(-ret));
		return ret;
	}
	if (flock(mem->fd, LOCK_EX | LOCK_NB) != 0) {
		int ret = errno == EWOULDBLOCK ? -EADDRINUSE : -errno;

		VTREGION_LOG(ERR, "region %s: %s is in use by another appliance", conf->name,
				conf->file);
		/* Whoever has it may keep it. */
		mem->created = false;
		return ret;
	}
	return split_lock(conf, mem);
}

/* Whether a file that was there will do. */
static int
check_file(const struct rte_vtregion_mem_conf *conf, const struct rte_vtregion_mem *mem,
		uint64_t page_size)
{
	struct stat st;

	if (fstat(mem->fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode)) {
		VTREGION_LOG(ERR, "region %s: %s is no regular file", conf->name, conf->file);
		return -EINVAL;
	}
	if (conf->size % page_size != 0) {
		VTREGION_LOG(ERR, "region %s: size %" PRIu64 " is no multiple of the %" PRIu64
				" byte pages of %s", conf->name, conf->size, page_size, conf->file);
		return -EINVAL;
	}
	if (!mem->created && (uint64_t)st.st_size != conf->size) {
		VTREGION_LOG(ERR, "region %s: %s has %" PRIu64 " bytes, must have %" PRIu64,
				conf->name, conf->file, (uint64_t)st.st_size, conf->size);
		return -EINVAL;
	}
	return 0;
}

static int
fill_file(const struct rte_vtregion_mem_conf *conf, struct rte_vtregion_mem *mem)
{
	int ret = 0;

	if (mem->created && (fchmod(mem->fd, conf->mode == 0 ? 0600 : conf->mode) != 0 ||
			ftruncate(mem->fd, conf->size) != 0))
		ret = -errno;
	if (ret == 0)
		ret = allocate(mem->fd, conf->size);
	if (ret != 0)
		VTREGION_LOG(ERR, "region %s: cannot make %s %" PRIu64 " MiB large: %s",
				conf->name, conf->file, conf->size >> 20, strerror(-ret));
	return ret;
}

static int
open_file(const struct rte_vtregion_mem_conf *conf, struct rte_vtregion_mem *mem)
{
	uint64_t page_size = 4096;
	struct statfs fs;
	int ret;

	if (rte_strscpy(mem->file, conf->file, sizeof(mem->file)) < 0) {
		VTREGION_LOG(ERR, "region %s: a path has at most %zu bytes: %s", conf->name,
				sizeof(mem->file) - 1, conf->file);
		return -ENAMETOOLONG;
	}
	ret = open_path(conf, mem);
	if (ret != 0)
		return ret;
	if (fstatfs(mem->fd, &fs) != 0)
		return -errno;
	mem->huge = fs.f_type == HUGETLBFS_MAGIC;
	if (mem->huge)
		page_size = fs.f_bsize;
	else
		VTREGION_LOG(WARNING, "region %s: %s does not lie on hugetlbfs: "
				"4 KiB pages, expect TLB misses", conf->name, conf->file);
	ret = check_file(conf, mem, page_size);
	if (ret == 0 && !mem->huge && mem->created)
		ret = check_memory(conf->name, conf->size);
	return ret == 0 ? fill_file(conf, mem) : ret;
}

/* Somebody else's memory. How large a device's is, mmap() knows. */
static int
open_given(const struct rte_vtregion_mem_conf *conf, struct rte_vtregion_mem *mem)
{
	struct statfs fs;

	mem->fd = fcntl(conf->fd, F_DUPFD_CLOEXEC, 0);
	if (mem->fd < 0) {
		VTREGION_LOG(ERR, "region %s: descriptor %d: %s", conf->name, conf->fd,
				strerror(errno));
		return -errno;
	}
	mem->fd_offset = conf->fd_offset;
	mem->huge = fstatfs(mem->fd, &fs) == 0 && fs.f_type == HUGETLBFS_MAGIC;
	return 0;
}

int
vtregion_fd_open(const struct rte_vtregion_mem_conf *conf, struct rte_vtregion_mem *mem)
{
	int ret;

	mem->fd = mem->lock_fd = -1;
	if (conf->use_fd)
		ret = open_given(conf, mem);
	else
		ret = conf->file == NULL ? open_memfd(conf, mem) : open_file(conf, mem);
	if (ret != 0)
		vtregion_fd_close(mem);
	return ret;
}

void
vtregion_fd_close(struct rte_vtregion_mem *mem)
{
	struct stat ours, there;

	if (mem->fd < 0)
		return;
	/* Only what was made here, and only if it is still there. */
	if (mem->created && mem->file[0] != '\0' && fstat(mem->fd, &ours) == 0 &&
			lstat(mem->file, &there) == 0 &&
			ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
		unlink(mem->file);
	close(mem->fd);
	if (mem->lock_fd >= 0)
		close(mem->lock_fd);
	mem->fd = mem->lock_fd = -1;
}
