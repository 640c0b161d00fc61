/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef FAKE_VFIO_H
#define FAKE_VFIO_H

/*
 * VFIO without a kernel that has it: while it is on, this program's ioctl() answers VFIO's requests. The
 * device is a regular file with BAR0 at 0, BAR2 and the configuration space behind it.
 */

#include <stdbool.h>
#include <stdint.h>

#define FAKE_VFIO_BAR2 0x10000
#define FAKE_VFIO_CONFIG 0x100000

struct fake_vfio {
	bool on;
	const char *device;     /* file of the device */
	int api;
	uint32_t group_flags;
	uint64_t bar0_size, bar2_size;
	uint32_t region_flags;
	uint32_t nb_irqs;       /* that the device has */
	uint32_t irqs_free;     /* that the kernel can give at once */
	int irqs_errno;         /* or fails with */
	int32_t connected[32];  /* eventfds */
	uint32_t nb_connected;
};

extern struct fake_vfio fake_vfio;

/* On, with a device that works. */
void fake_vfio_init(const char *device, uint64_t bar2_size);

#endif /* FAKE_VFIO_H */
