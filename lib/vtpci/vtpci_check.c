/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Whether a device can be used: by which way, its memory, and that nobody else has it. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vtpci_private.h"

/* Say why; returns the error. */
static int __rte_format_printf(3, 4)
no(char *why, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, VTPCI_WHY, fmt, ap);
	va_end(ap);
	return err;
}

/* Which way, if the user does not say. */
static int
check_way(const char *way, struct rte_vtpci *dev, char *why)
{
	char driver[64];

	vtpci_link(driver, sizeof(driver), dev->addr, "driver"); /* "": none has it */
	if (way == NULL)
		dev->way = strcmp(driver, "vfio-pci") == 0 ? RTE_VTPCI_VFIO : RTE_VTPCI_SYSFS;
	else if (strcmp(way, "vfio") == 0)
		dev->way = RTE_VTPCI_VFIO;
	else if (strcmp(way, "sysfs") == 0)
		dev->way = RTE_VTPCI_SYSFS;
	else
		return no(why, -EINVAL, "'%s' is no way to a device: sysfs or vfio", way);
	if (dev->way == RTE_VTPCI_SYSFS && driver[0] != '\0')
		return no(why, -EBUSY, "driver %s has this device; sysfs needs one without", driver);
	if (dev->way == RTE_VTPCI_VFIO && strcmp(driver, "vfio-pci") != 0)
		return no(why, -EBUSY, "is bound to '%s', must be bound to vfio-pci", driver);
	return 0;
}

/* The device's table of resources: start, end and flags of each BAR. */
static int
read_bars(const char *addr, struct vtpci_bar bars[3], char *why)
{
	unsigned long long start, end, flags;
	char path[PATH_MAX];
	unsigned int i;
	FILE *f;

	vtpci_path(path, sizeof(path), addr, "resource");
	f = fopen(path, "re");
	if (f == NULL)
		return no(why, -errno, "%s: %s", path, strerror(errno));
	for (i = 0; i < 3; i++) {
		if (fscanf(f, "%llx %llx %llx", &start, &end, &flags) != 3)
			break;
		bars[i].start = start;
		bars[i].size = start != 0 && end > start ? end - start + 1 : 0;
	}
	fclose(f);
	return i == 3 ? 0 : no(why, -EIO, "%s has %u lines, 3 are needed", path, i);
}

static int
check_bars(struct rte_vtpci *dev, struct vtpci_bar *regs, char *why)
{
	struct vtpci_bar bars[3];
	int ret = read_bars(dev->addr, bars, why);

	if (ret != 0)
		return ret;
	if (bars[2].size == 0 || bars[0].size == 0)
		return no(why, -ENXIO, "its memory has no address; hot plug needs a root port with a"
			" window that is large enough (pcie-root-port,pref64-reserve=)");
	if (bars[0].size < VTPCI_REGS_LEN)
		return no(why, -ENXIO, "BAR0 has %" PRIu64 " bytes, at least %u are needed",
			bars[0].size, VTPCI_REGS_LEN);
	*regs = bars[0];
	dev->mem_size = bars[2].size;
	return 0;
}

/*
 * Become the only user. The lock is on the memory's file, which only root may open, so that nobody else can
 * keep us out; it holds as long as the descriptor is open, and the kernel drops it with the process. A
 * user of VFIO who is not root goes without: the kernel gives the group to one at a time.
 */
static int
check_lock(struct rte_vtpci *dev, char *why)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	vtpci_path(path, sizeof(path), dev->addr, "resource2");
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && dev->way == RTE_VTPCI_VFIO && (errno == EACCES || errno == EPERM))
		return 0;
	if (fd < 0)
		return no(why, -errno, "%s: %s%s", path, strerror(errno),
			errno == EACCES || errno == EPERM ? "; this way needs root" : "");
	if (fstat(fd, &st) != 0 || (uint64_t)st.st_size < dev->mem_size) {
		close(fd);
		return no(why, -ENXIO, "resource2 has %jd bytes, its table says %" PRIu64,
			(intmax_t)st.st_size, dev->mem_size);
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		int err = errno;

		close(fd);
		if (err != EWOULDBLOCK)
			return no(why, -err, "%s: lock: %s", path, strerror(err));
		dev->lock_fd = VTPCI_LOCKED;
		return no(why, -EBUSY, "another process has this device");
	}
	dev->lock_fd = fd;
	return 0;
}

int
vtpci_check(const char *way, struct rte_vtpci *dev, struct vtpci_bar *regs, char *why)
{
	int ret = check_way(way, dev, why);

	if (ret == 0)
		ret = check_bars(dev, regs, why);
	if (ret == 0)
		ret = check_lock(dev, why);
	return ret;
}
