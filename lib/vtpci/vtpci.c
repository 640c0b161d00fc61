/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Opening a device, and the way through sysfs. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vtpci_private.h"

RTE_LOG_REGISTER(vtpci_logtype, lib.vinetalk.pci, INFO);

/* Bytes of a BAR, from the device's table of resources; 0: it has no address. */
static uint64_t
bar_size(const char *addr, unsigned int bar)
{
	unsigned long long start = 0, end = 0, flags = 0;
	char path[PATH_MAX];
	unsigned int i;
	FILE *f;
	int n = 3;

	vtpci_path(path, sizeof(path), addr, "resource");
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	for (i = 0; i <= bar && n == 3; i++)
		n = fscanf(f, "%llx %llx %llx", &start, &end, &flags);
	fclose(f);
	return n == 3 && start != 0 && end > start ? end - start + 1 : 0;
}

static int
write_enable(const char *addr)
{
	char path[PATH_MAX];
	int fd, ret = 0;

	vtpci_path(path, sizeof(path), addr, "enable");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "1", 1) != 1)
		ret = -errno;
	if (ret != 0)
		VTPCI_LOG(ERR, "%s: cannot be enabled: %s%s", addr, strerror(-ret),
			ret == -EACCES || ret == -EPERM ? "; this way needs root" : "");
	if (fd >= 0)
		close(fd);
	return ret;
}

int
vtpci_set_command(int fd, off_t offset)
{
	const uint8_t bits = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	uint8_t cmd[2]; /* little-endian */

	errno = EIO; /* of a short read or write, which sets none */
	if (pread(fd, cmd, sizeof(cmd), offset + PCI_COMMAND) != sizeof(cmd))
		return -errno;
	if ((cmd[0] & bits) == bits)
		return 0;
	cmd[0] |= bits;
	return pwrite(fd, cmd, sizeof(cmd), offset + PCI_COMMAND) != sizeof(cmd) ? -errno : 0;
}

static int
set_command(const char *addr)
{
	char path[PATH_MAX];
	int fd, ret;

	vtpci_path(path, sizeof(path), addr, "config");
	fd = open(path, O_RDWR | O_CLOEXEC);
	ret = fd < 0 ? -errno : vtpci_set_command(fd, 0);
	if (ret != 0)
		VTPCI_LOG(ERR, "%s: its command register: %s", addr, strerror(-ret));
	if (fd >= 0)
		close(fd);
	return ret;
}

static void *
map_bar(const char *addr, const char *file, uint64_t size, int *keep)
{
	char path[PATH_MAX];
	void *p = MAP_FAILED;
	int fd;

	vtpci_path(path, sizeof(path), addr, file);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		int err = errno;

		VTPCI_LOG(ERR, "%s: cannot map %" PRIu64 " bytes of %s: %s", addr, size, file,
			strerror(err));
		if (fd >= 0)
			close(fd);
		errno = err;
		return NULL;
	}
	if (keep != NULL)
		*keep = fd;
	else
		close(fd);
	return p;
}

/*
 * resource2 and not resource2_wc: the hypervisor backs this memory with RAM, write-back whatever the
 * guest's page tables say (KVM ignores them for RAM, TCG has no caches).
 */
static int
sysfs_open(struct rte_vtpci *dev)
{
	int ret = write_enable(dev->addr);

	if (ret == 0)
		ret = set_command(dev->addr);
	if (ret != 0)
		return ret;
	dev->regs_size = (uint64_t)sysconf(_SC_PAGESIZE);
	dev->regs = map_bar(dev->addr, "resource0", dev->regs_size, NULL);
	if (dev->regs == NULL)
		return -errno;
	dev->mem = map_bar(dev->addr, "resource2", dev->mem_size, &dev->device_fd);
	if (dev->mem == NULL)
		return -errno;
	dev->mem_fd = dev->device_fd;
	VTPCI_LOG(INFO, "%s: %" PRIu64 " MiB by sysfs: no interrupts, so that every wait polls (with"
		" vfio-pci and a vIOMMU it would sleep)", dev->addr, dev->mem_size >> 20);
	return 0;
}

/* Which way, if the user does not say. */
static int
choose_way(struct rte_vtpci *dev, const char *way)
{
	char driver[64];

	vtpci_driver(dev->addr, driver, sizeof(driver));
	if (way == NULL)
		dev->way = strcmp(driver, "vfio-pci") == 0 ? RTE_VTPCI_VFIO : RTE_VTPCI_SYSFS;
	else if (strcmp(way, "vfio") == 0)
		dev->way = RTE_VTPCI_VFIO;
	else if (strcmp(way, "sysfs") == 0)
		dev->way = RTE_VTPCI_SYSFS;
	else {
		VTPCI_LOG(ERR, "%s: '%s' is no way to a device: sysfs or vfio", dev->addr, way);
		return -EINVAL;
	}
	if (dev->way == RTE_VTPCI_SYSFS && driver[0] != '\0') {
		VTPCI_LOG(ERR, "%s: driver %s has this device; sysfs needs one without", dev->addr,
			driver);
		return -EBUSY;
	}
	if (dev->way == RTE_VTPCI_VFIO && strcmp(driver, "vfio-pci") != 0) {
		VTPCI_LOG(ERR, "%s: is bound to '%s', must be bound to vfio-pci", dev->addr, driver);
		return -EBUSY;
	}
	return 0;
}

static int
open_found(struct rte_vtpci *dev, const char *way)
{
	int ret = choose_way(dev, way);

	if (ret != 0)
		return ret;
	dev->mem_size = bar_size(dev->addr, 2);
	if (dev->mem_size == 0 || bar_size(dev->addr, 0) == 0) {
		VTPCI_LOG(ERR, "%s: its memory has no address; hot plug needs a root port with a window"
			" that is large enough (pcie-root-port,pref64-reserve=)", dev->addr);
		return -ENXIO;
	}
	ret = dev->way == RTE_VTPCI_VFIO ? vtpci_vfio_open(dev) : sysfs_open(dev);
	/* A child that outlives us must not keep the memory: the lock's end says that it is unused. */
	if (ret == 0 && madvise(dev->mem, dev->mem_size, MADV_DONTFORK) != 0) {
		ret = -errno;
		VTPCI_LOG(ERR, "%s: MADV_DONTFORK: %s", dev->addr, strerror(errno));
	}
	return ret;
}

int
rte_vtpci_open(const char *addr, const char *way, struct rte_vtpci *dev)
{
	unsigned int i;
	int ret;

	memset(dev, 0, sizeof(*dev));
	dev->lock_fd = dev->group_fd = dev->container_fd = dev->device_fd = dev->mem_fd = -1;
	for (i = 0; i < RTE_VTPCI_MAX_VECTORS; i++)
		dev->vectors[i] = -1;
	ret = vtpci_find(addr, dev);
	if (ret == 0)
		ret = open_found(dev, way);
	if (ret != 0)
		rte_vtpci_close(dev);
	return ret;
}

void
rte_vtpci_close(struct rte_vtpci *dev)
{
	if (dev->mem != NULL)
		munmap(dev->mem, dev->mem_size);
	if (dev->regs != NULL)
		munmap((void *)(uintptr_t)dev->regs, dev->regs_size);
	vtpci_vfio_close(dev);
	if (dev->device_fd >= 0)
		close(dev->device_fd);
	/* Last: from here on it may be another's. */
	if (dev->lock_fd >= 0)
		close(dev->lock_fd);
	dev->mem = NULL;
	dev->regs = NULL;
	dev->lock_fd = dev->device_fd = dev->mem_fd = -1;
}

int32_t
rte_vtpci_id(const struct rte_vtpci *dev)
{
	return (int32_t)dev->regs[VTPCI_REG_ID];
}
