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
map_fd(const char *addr, const char *file, int fd, uint64_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p != MAP_FAILED)
		return p;
	VTPCI_LOG(ERR, "%s: cannot map %" PRIu64 " bytes of %s: %s", addr, size, file,
		strerror(errno));
	return NULL;
}

/* The kernel maps the page in which the registers lie: they need not be at its start. */
static int
map_regs(struct rte_vtpci *dev, const struct vtpci_bar *bar)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t offset = bar->start & (page - 1);
	char path[PATH_MAX];
	struct stat st;
	void *p;
	int fd, ret;

	vtpci_path(path, sizeof(path), dev->addr, "resource0");
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
		VTPCI_LOG(ERR, "%s: resource0: %s", dev->addr, strerror(errno));
		return ret;
	}
	if (fstat(fd, &st) != 0 || st.st_size < (off_t)VTPCI_REGS_LEN ||
			offset + VTPCI_REGS_LEN > page) {
		VTPCI_LOG(ERR, "%s: resource0 has %jd bytes at %" PRIu64 " of a page, %u are needed",
			dev->addr, (intmax_t)st.st_size, offset, VTPCI_REGS_LEN);
		close(fd);
		return -ENXIO;
	}
	errno = 0;
	p = map_fd(dev->addr, "resource0", fd, page);
	ret = p == NULL ? -errno : 0;
	close(fd);
	if (p != NULL) {
		dev->regs = (volatile uint32_t *)((uintptr_t)p + offset);
		dev->regs_size = page;
	}
	return ret;
}

/*
 * resource2 and not resource2_wc: the hypervisor backs this memory with RAM, write-back whatever the
 * guest's page tables say (KVM ignores them for RAM, TCG has no caches).
 */
static int
sysfs_open(struct rte_vtpci *dev, const struct vtpci_bar *regs)
{
	int ret = write_enable(dev->addr);

	if (ret == 0)
		ret = set_command(dev->addr);
	if (ret == 0)
		ret = map_regs(dev, regs);
	if (ret != 0)
		return ret;
	dev->mem = map_fd(dev->addr, "resource2", dev->lock_fd, dev->mem_size);
	if (dev->mem == NULL)
		return -errno;
	dev->mem_fd = dev->lock_fd;
	VTPCI_LOG(INFO, "%s: %" PRIu64 " MiB by sysfs: no interrupts, so that every wait polls (with"
		" vfio-pci and a vIOMMU it would sleep)", dev->addr, dev->mem_size >> 20);
	return 0;
}

static int
open_found(struct rte_vtpci *dev, const struct vtpci_bar *regs)
{
	int ret = dev->way == RTE_VTPCI_VFIO ? vtpci_vfio_open(dev) : sysfs_open(dev, regs);

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
	struct vtpci_bar regs;
	unsigned int i;
	int ret;

	memset(dev, 0, sizeof(*dev));
	dev->lock_fd = dev->group_fd = dev->container_fd = dev->device_fd = dev->mem_fd = -1;
	for (i = 0; i < RTE_VTPCI_MAX_VECTORS; i++)
		dev->vectors[i] = -1;
	ret = vtpci_find(addr, way, dev, &regs);
	if (ret == 0)
		ret = open_found(dev, &regs);
	if (ret != 0)
		rte_vtpci_close(dev);
	return ret;
}

void
rte_vtpci_close(struct rte_vtpci *dev)
{
	if (dev->mem != NULL)
		munmap(dev->mem, dev->mem_size);
	/* From the start of the page that they lie in. */
	if (dev->regs != NULL)
		munmap((void *)((uintptr_t)dev->regs & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1)),
			dev->regs_size);
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
