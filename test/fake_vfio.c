/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_common.h>

#include "fake_vfio.h"

struct fake_vfio fake_vfio;

void
fake_vfio_init(const char *device, uint64_t bar2_size)
{
	memset(&fake_vfio, 0, sizeof(fake_vfio));
	fake_vfio = (struct fake_vfio){
		.on = true,
		.device = device,
		.api = VFIO_API_VERSION,
		.group_flags = VFIO_GROUP_FLAGS_VIABLE,
		.bar0_size = 4096,
		.bar2_size = bar2_size,
		.region_flags = VFIO_REGION_INFO_FLAG_MMAP,
		.nb_irqs = 4,
		.irqs_free = 4,
	};
}

static int
region_info(struct vfio_region_info *info)
{
	info->flags = fake_vfio.region_flags;
	switch (info->index) {
	case VFIO_PCI_BAR0_REGION_INDEX:
		info->size = fake_vfio.bar0_size;
		info->offset = 0;
		return 0;
	case VFIO_PCI_BAR2_REGION_INDEX:
		info->size = fake_vfio.bar2_size;
		info->offset = FAKE_VFIO_BAR2;
		return 0;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		info->size = 256;
		info->offset = FAKE_VFIO_CONFIG;
		return 0;
	default:
		errno = EINVAL;
		return -1;
	}
}

/* As vfio-pci does it: all or none, and a positive number if there are fewer. */
static int
set_irqs(const struct vfio_irq_set *set)
{
	if (fake_vfio.irqs_errno != 0 || set->index != VFIO_PCI_MSIX_IRQ_INDEX ||
			set->count > fake_vfio.nb_irqs) {
		errno = fake_vfio.irqs_errno != 0 ? fake_vfio.irqs_errno : EINVAL;
		return -1;
	}
	if (set->count > fake_vfio.irqs_free)
		return (int)fake_vfio.irqs_free;
	fake_vfio.nb_connected = set->count;
	memcpy(fake_vfio.connected, set->data, set->count * sizeof(int32_t));
	return 0;
}

static int
answer(unsigned long request, void *arg)
{
	switch (request) {
	case VFIO_GET_API_VERSION:
		return fake_vfio.api;
	case VFIO_CHECK_EXTENSION:
		return 1;
	case VFIO_SET_IOMMU:
	case VFIO_GROUP_SET_CONTAINER:
		return 0;
	case VFIO_GROUP_GET_STATUS:
		((struct vfio_group_status *)arg)->flags = fake_vfio.group_flags;
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		return open(fake_vfio.device, O_RDWR);
	case VFIO_DEVICE_GET_REGION_INFO:
		return region_info(arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		((struct vfio_irq_info *)arg)->count = fake_vfio.nb_irqs;
		return 0;
	case VFIO_DEVICE_SET_IRQS:
		return set_irqs(arg);
	default:
		errno = ENOTTY;
		return -1;
	}
}

/* In place of libc's. */
int
ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (fake_vfio.on && _IOC_TYPE(request) == VFIO_TYPE)
		return answer(request, arg);
	return (int)syscall(SYS_ioctl, fd, request, arg);
}
