/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Finding a device in sysfs, and becoming its only user. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "vtpci_private.h"

#define VENDOR 0x1af4
#define DEVICE 0x1110

static char root[128] = "/sys";

void
rte_vtpci_sysfs_root(const char *path)
{
	snprintf(root, sizeof(root), "%s", path != NULL ? path : "/sys");
}

void
vtpci_path(char *buf, size_t len, const char *addr, const char *file)
{
	snprintf(buf, len, "%s/bus/pci/devices/%s%s%s", root, addr, file[0] != '\0' ? "/" : "",
		file);
}

/* A file that has one number, in hexadecimal. */
static long
read_hex(const char *addr, const char *file)
{
	char path[PATH_MAX], text[32] = "";
	ssize_t n;
	int fd;

	vtpci_path(path, sizeof(path), addr, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n <= 0 ? -EIO : strtol(text, NULL, 16);
}

static bool
is_ivshmem(const char *addr)
{
	return read_hex(addr, "vendor") == VENDOR && read_hex(addr, "device") == DEVICE;
}

/* The lock holds as long as the descriptor is open: the kernel drops it with the process. */
static int
take(const char *addr)
{
	char path[PATH_MAX];
	int fd, ret;

	vtpci_path(path, sizeof(path), addr, "config");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
		VTPCI_LOG(ERR, "%s: %s: %s", addr, path, strerror(errno));
		return ret;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	ret = errno == EWOULDBLOCK ? -EBUSY : -errno;
	close(fd);
	return ret;
}

void
vtpci_driver(const char *addr, char *buf, size_t len)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *name;
	ssize_t n;

	buf[0] = '\0';
	vtpci_path(path, sizeof(path), addr, "driver");
	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return;
	target[n] = '\0';
	name = strrchr(target, '/');
	snprintf(buf, len, "%s", name != NULL ? name + 1 : target);
}

/* 0000:00:05.0, 00:05.0 and 0:5.0 are the same. */
static int
normalise(const char *addr, char *buf, size_t len)
{
	unsigned int dom = 0, bus, dev, fn;
	int used = 0;

	/* Only digits: to scanf 0x is a number, and so is -1. */
	if (addr[strspn(addr, "0123456789abcdefABCDEF:.")] == '\0' &&
			(sscanf(addr, "%x:%x:%x.%x%n", &dom, &bus, &dev, &fn, &used) == 4 ||
			(dom = 0, sscanf(addr, "%x:%x.%x%n", &bus, &dev, &fn, &used) == 3)) &&
			addr[used] == '\0' && dom <= 0xffff && bus <= 0xff && dev <= 0x1f &&
			fn <= 7) {
		snprintf(buf, len, "%04x:%02x:%02x.%x", dom, bus, dev, fn);
		return 0;
	}
	VTPCI_LOG(ERR, "'%s' is no PCI address such as 0000:00:05.0", addr);
	return -EINVAL;
}

static int
find_one(const char *addr, struct rte_vtpci *dev)
{
	char path[PATH_MAX];
	int ret = normalise(addr, dev->addr, sizeof(dev->addr));

	if (ret != 0)
		return ret;
	vtpci_path(path, sizeof(path), dev->addr, "");
	if (access(path, F_OK) != 0) {
		VTPCI_LOG(ERR, "%s: there is no such PCI device", dev->addr);
		return -ENODEV;
	}
	if (!is_ivshmem(dev->addr)) {
		VTPCI_LOG(ERR, "%s: is %04lx:%04lx, an ivshmem device is %04x:%04x", dev->addr,
			read_hex(dev->addr, "vendor"), read_hex(dev->addr, "device"), VENDOR, DEVICE);
		return -ENODEV;
	}
	ret = take(dev->addr);
	if (ret == -EBUSY)
		VTPCI_LOG(ERR, "%s: another process has this device", dev->addr);
	dev->lock_fd = ret;
	return ret < 0 ? ret : 0;
}

static int
is_address(const struct dirent *e)
{
	return strchr(e->d_name, ':') != NULL && strlen(e->d_name) < 16;
}

static int
find_first(struct rte_vtpci *dev)
{
	struct dirent **list;
	char path[PATH_MAX];
	unsigned int seen = 0;
	int n, i, ret = -ENODEV;

	vtpci_path(path, sizeof(path), "", "");
	n = scandir(path, &list, is_address, alphasort);
	if (n < 0) {
		VTPCI_LOG(ERR, "%s: %s", path, strerror(errno));
		return -ENODEV;
	}
	for (i = 0; i < n; i++) {
		if (ret != 0 && is_ivshmem(list[i]->d_name)) {
			seen++;
			snprintf(dev->addr, sizeof(dev->addr), "%.15s", list[i]->d_name);
			dev->lock_fd = take(dev->addr);
			ret = dev->lock_fd < 0 ? dev->lock_fd : 0;
		}
		free(list[i]);
	}
	free(list);
	if (seen == 0)
		VTPCI_LOG(ERR, "no ivshmem device (%04x:%04x) among %d PCI devices", VENDOR, DEVICE,
			n);
	else if (ret == -EBUSY)
		VTPCI_LOG(ERR, "other processes have all of %u ivshmem devices", seen);
	return ret;
}

int
vtpci_find(const char *addr, struct rte_vtpci *dev)
{
	return addr != NULL ? find_one(addr, dev) : find_first(dev);
}
