/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Finding a device in sysfs. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>

#include "vtpci_private.h"

#define VENDOR 0x1af4
#define DEVICE 0x1110

static char root[128];

void
rte_vtpci_root(const char *path)
{
	snprintf(root, sizeof(root), "%s", path != NULL ? path : "");
}

void
vtpci_root_path(char *buf, size_t len, const char *path)
{
	snprintf(buf, len, "%s%s", root, path);
}

void
vtpci_path(char *buf, size_t len, const char *addr, const char *file)
{
	snprintf(buf, len, "%s/sys/bus/pci/devices/%s%s%s", root, addr, file[0] != '\0' ? "/" : "",
		file);
}

int
vtpci_link(char *buf, size_t len, const char *addr, const char *file)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *name;
	ssize_t n;

	buf[0] = '\0';
	vtpci_path(path, sizeof(path), addr, file);
	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return n < 0 ? -errno : -ENOENT;
	target[n] = '\0';
	name = strrchr(target, '/');
	snprintf(buf, len, "%s", name != NULL ? name + 1 : target);
	return 0;
}

/* A file that has one number, in hexadecimal; negative: it cannot be read. */
static long
read_hex(const char *addr, const char *file)
{
	char path[PATH_MAX], text[32] = "";
	ssize_t n;
	int fd, ret;

	vtpci_path(path, sizeof(path), addr, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	ret = n < 0 ? -errno : -EIO;
	if (fd >= 0)
		close(fd);
	return n <= 0 ? ret : strtol(text, NULL, 16);
}

/* 1: it is one; 0: it is another device; negative: nobody knows, with a line of the log. */
static int
is_ivshmem(const char *addr, unsigned int *vendor, unsigned int *device)
{
	static const char * const files[] = { "vendor", "device" };
	unsigned int *values[] = { vendor, device };
	unsigned int i;

	for (i = 0; i < RTE_DIM(files); i++) {
		long v = read_hex(addr, files[i]);

		if (v < 0) {
			VTPCI_LOG(WARNING, "%s: its %s cannot be read: %s", addr, files[i],
				strerror((int)-v));
			return (int)v;
		}
		*values[i] = (unsigned int)v;
	}
	return *vendor == VENDOR && *device == DEVICE;
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
find_one(const char *addr, const char *way, struct rte_vtpci *dev, struct vtpci_bar *regs)
{
	char path[PATH_MAX], why[VTPCI_WHY];
	unsigned int vendor = 0, device = 0;
	int ret = normalise(addr, dev->addr, sizeof(dev->addr));

	if (ret != 0)
		return ret;
	vtpci_path(path, sizeof(path), dev->addr, "");
	if (access(path, F_OK) != 0) {
		VTPCI_LOG(ERR, "%s: there is no such PCI device", dev->addr);
		return -ENODEV;
	}
	ret = is_ivshmem(dev->addr, &vendor, &device);
	if (ret < 0)
		return ret;
	if (ret == 0) {
		VTPCI_LOG(ERR, "%s: is %04x:%04x, an ivshmem device is %04x:%04x", dev->addr, vendor,
			device, VENDOR, DEVICE);
		return -ENODEV;
	}
	ret = vtpci_check(way, dev, regs, why);
	if (ret != 0)
		VTPCI_LOG(ERR, "%s: %s", dev->addr, why);
	return ret;
}

static int
is_address(const struct dirent *e)
{
	return strchr(e->d_name, ':') != NULL && strlen(e->d_name) < 16;
}

/* The first one that can be used; what is wrong with those before it is worth a line of information. */
static int
choose(struct dirent **list, int n, const char *way, struct rte_vtpci *dev,
		struct vtpci_bar *regs)
{
	unsigned int vendor, device, seen = 0, busy = 0;
	char why[VTPCI_WHY] = "";
	int i, ret = -ENODEV;

	for (i = 0; i < n && ret != 0; i++) {
		if (is_ivshmem(list[i]->d_name, &vendor, &device) <= 0)
			continue;
		seen++;
		snprintf(dev->addr, sizeof(dev->addr), "%.15s", list[i]->d_name);
		ret = vtpci_check(way, dev, regs, why);
		if (ret == 0)
			return 0;
		busy += ret == -EBUSY && dev->lock_fd == VTPCI_LOCKED;
		dev->lock_fd = -1;
		VTPCI_LOG(INFO, "%s: passed over: %s", dev->addr, why);
	}
	if (seen == 0)
		VTPCI_LOG(ERR, "no ivshmem device (%04x:%04x) among %d PCI devices", VENDOR, DEVICE,
			n);
	else if (busy == seen)
		VTPCI_LOG(ERR, "other processes have all of %u ivshmem devices", seen);
	else
		VTPCI_LOG(ERR, "none of %u ivshmem devices can be used; %s: %s", seen, dev->addr,
			why);
	return ret;
}

int
vtpci_find(const char *addr, const char *way, struct rte_vtpci *dev, struct vtpci_bar *regs)
{
	struct dirent **list;
	char path[PATH_MAX];
	int n, i, ret;

	if (addr != NULL)
		return find_one(addr, way, dev, regs);
	vtpci_path(path, sizeof(path), "", "");
	n = scandir(path, &list, is_address, alphasort);
	if (n < 0) {
		VTPCI_LOG(ERR, "%s: %s", path, strerror(errno));
		return -ENODEV;
	}
	ret = choose(list, n, way, dev, regs);
	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return ret;
}
