/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The way through VFIO, as the kernel's Documentation/driver-api/vfio.rst has it: container, group,
 * device; regions by mmap; MSI-X by eventfds. No DMA is set up: the device's memory is all there is.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_common.h>

#include "vtpci_private.h"

static int
failed(const struct rte_vtpci *dev, const char *step)
{
	int ret = errno != 0 ? -errno : -EIO;

	VTPCI_LOG(ERR, "%s: vfio: %s: %s", dev->addr, step, strerror(-ret));
	return ret;
}

static int
open_group(struct rte_vtpci *dev)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char path[PATH_MAX], group[17], file[32];

	errno = -vtpci_link(group, sizeof(group), dev->addr, "iommu_group");
	if (errno != 0)
		return failed(dev, "it has no IOMMU group: the VM needs a vIOMMU (QEMU: -device"
			" intel-iommu; kernel: intel_iommu=on)");
	snprintf(file, sizeof(file), "/dev/vfio/%s", group);
	vtpci_root_path(path, sizeof(path), file);
	dev->group_fd = open(path, O_RDWR | O_CLOEXEC);
	if (dev->group_fd < 0)
		return failed(dev, errno == EBUSY ? "another process has this device's group" : path);
	if (ioctl(dev->group_fd, VFIO_GROUP_GET_STATUS, &status) != 0)
		return failed(dev, "status of the group");
	if ((status.flags & VFIO_GROUP_FLAGS_VIABLE) == 0) {
		errno = EBUSY;
		return failed(dev, "other devices of its group have kernel drivers");
	}
	return 0;
}

static int
open_device(struct rte_vtpci *dev)
{
	char path[PATH_MAX];
	int ret;

	vtpci_root_path(path, sizeof(path), "/dev/vfio/vfio");
	dev->container_fd = open(path, O_RDWR | O_CLOEXEC);
	if (dev->container_fd < 0)
		return failed(dev, path);
	if (ioctl(dev->container_fd, VFIO_GET_API_VERSION) != VFIO_API_VERSION ||
			ioctl(dev->container_fd, VFIO_CHECK_EXTENSION, VFIO_TYPE1_IOMMU) != 1) {
		errno = EPROTONOSUPPORT;
		return failed(dev, "version of the interface, or no type 1 IOMMU");
	}
	ret = open_group(dev);
	if (ret != 0)
		return ret;
	if (ioctl(dev->group_fd, VFIO_GROUP_SET_CONTAINER, &dev->container_fd) != 0)
		return failed(dev, "set container");
	if (ioctl(dev->container_fd, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU) != 0)
		return failed(dev, "set IOMMU");
	dev->device_fd = ioctl(dev->group_fd, VFIO_GROUP_GET_DEVICE_FD, dev->addr);
	if (dev->device_fd < 0)
		return failed(dev, "get device");
	if (fcntl(dev->device_fd, F_SETFD, FD_CLOEXEC) != 0)
		return failed(dev, "FD_CLOEXEC");
	return 0;
}

static int
region_info(struct rte_vtpci *dev, uint32_t index, struct vfio_region_info *info)
{
	memset(info, 0, sizeof(*info));
	info->argsz = sizeof(*info);
	info->index = index;
	return ioctl(dev->device_fd, VFIO_DEVICE_GET_REGION_INFO, info) != 0 ?
		failed(dev, "region info") : 0;
}

static int
map_region(struct rte_vtpci *dev, uint32_t index, void **p, uint64_t *size, uint64_t *offset)
{
	struct vfio_region_info info;
	int ret = region_info(dev, index, &info);

	if (ret != 0)
		return ret;
	if (info.size < (index == VFIO_PCI_BAR0_REGION_INDEX ? VTPCI_REGS_LEN : 1) ||
			(info.flags & VFIO_REGION_INFO_FLAG_MMAP) == 0) {
		errno = ENXIO;
		return failed(dev, index == VFIO_PCI_BAR0_REGION_INDEX ?
			"BAR0 cannot be mapped" : "BAR2 cannot be mapped");
	}
	*size = info.size;
	*offset = info.offset;
	*p = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, dev->device_fd,
		(off_t)info.offset);
	if (*p == MAP_FAILED) {
		*p = NULL;
		return failed(dev, "mmap");
	}
	return 0;
}

/* Before MSI-X is armed. */
static int
set_command(struct rte_vtpci *dev)
{
	struct vfio_region_info info;
	int ret = region_info(dev, VFIO_PCI_CONFIG_REGION_INDEX, &info);

	if (ret != 0)
		return ret;
	ret = vtpci_set_command(dev->device_fd, (off_t)info.offset);
	errno = -ret;
	return ret != 0 ? failed(dev, "command register") : 0;
}

/* Connect the first n interrupts. 0; positive: so many can be had at once; or -errno. */
static int
set_irqs(struct rte_vtpci *dev, uint32_t n)
{
	char buf[sizeof(struct vfio_irq_set) + RTE_VTPCI_MAX_VECTORS * sizeof(int32_t)]
		__rte_aligned(8);
	struct vfio_irq_set *set = (struct vfio_irq_set *)buf;
	int ret;

	memset(set, 0, sizeof(*set));
	set->argsz = (uint32_t)(sizeof(*set) + n * sizeof(int32_t));
	set->flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	set->index = VFIO_PCI_MSIX_IRQ_INDEX;
	set->count = n;
	memcpy(set->data, dev->vectors, n * sizeof(int32_t));
	ret = ioctl(dev->device_fd, VFIO_DEVICE_SET_IRQS, set);
	return ret < 0 ? failed(dev, "MSI-X") : ret;
}

/* Those from the given one on. */
static void
close_vectors(struct rte_vtpci *dev, unsigned int from)
{
	unsigned int i;

	for (i = from; i < RTE_VTPCI_MAX_VECTORS; i++) {
		if (dev->vectors[i] >= 0)
			close(dev->vectors[i]);
		dev->vectors[i] = -1;
	}
	dev->nb_vectors = RTE_MIN(dev->nb_vectors, from);
}

static int
arm_vectors(struct rte_vtpci *dev)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = VFIO_PCI_MSIX_IRQ_INDEX };
	uint32_t i, n;
	int ret;

	if (ioctl(dev->device_fd, VFIO_DEVICE_GET_IRQ_INFO, &info) != 0)
		return failed(dev, "MSI-X info");
	n = RTE_MIN(info.count, (uint32_t)RTE_VTPCI_MAX_VECTORS);
	if (n == 0)
		return 0; /* ivshmem-plain */
	for (i = 0; i < n; i++) {
		dev->vectors[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (dev->vectors[i] < 0)
			return failed(dev, "eventfd");
	}
	ret = set_irqs(dev, n);
	/* With fewer, nothing was connected: again with those that there are. */
	if (ret > 0 && (uint32_t)ret < n) {
		n = (uint32_t)ret;
		close_vectors(dev, n);
		ret = set_irqs(dev, n);
	}
	if (ret > 0)
		ret = -ENOSPC;
	if (ret == 0)
		dev->nb_vectors = n;
	return ret;
}

int
vtpci_vfio_open(struct rte_vtpci *dev)
{
	uint64_t offset;
	void *regs = NULL;
	int ret = open_device(dev);

	if (ret == 0)
		ret = map_region(dev, VFIO_PCI_BAR0_REGION_INDEX, &regs, &dev->regs_size, &offset);
	dev->regs = regs;
	if (ret == 0)
		ret = map_region(dev, VFIO_PCI_BAR2_REGION_INDEX, &dev->mem, &dev->mem_size,
			&dev->mem_offset);
	if (ret == 0)
		ret = set_command(dev);
	if (ret != 0)
		return ret;
	dev->mem_fd = dev->device_fd;
	/* Without them it works, and polls. */
	if (arm_vectors(dev) != 0)
		close_vectors(dev, 0);
	if (dev->nb_vectors != 0)
		VTPCI_LOG(INFO, "%s: %" PRIu64 " MiB by vfio, %u interrupts", dev->addr,
			dev->mem_size >> 20, dev->nb_vectors);
	else
		VTPCI_LOG(WARNING, "%s: %" PRIu64 " MiB by vfio, without interrupts: every wait polls",
			dev->addr, dev->mem_size >> 20);
	return 0;
}

void
vtpci_vfio_close(struct rte_vtpci *dev)
{
	close_vectors(dev, 0);
	if (dev->group_fd >= 0)
		close(dev->group_fd);
	if (dev->container_fd >= 0)
		close(dev->container_fd);
	dev->group_fd = dev->container_fd = -1;
}
