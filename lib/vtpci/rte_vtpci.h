/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTPCI_H
#define RTE_VTPCI_H

/**
 * @file
 * A guest's end of QEMU's ivshmem device (PCI 1af4:1110), for programs: its memory, the
 * doorbell register, its interrupts.
 *
 * Two ways lead to it, both without EAL:
 *
 *     sysfs  no driver bound, root. Memory and doorbells out; no interrupt comes in, so that
 *            every wait polls
 *     vfio   bound to vfio-pci, which needs a vIOMMU. Interrupts too: MSI-X on eventfds
 *
 * One process has a device at a time: a lock on resource2 in sysfs says so, which only root can open and
 * whose lock the kernel drops when the process ends. A user of VFIO who is not root has the group's file
 * alone, which the kernel gives to one at a time. The memory is not inherited by children.
 *
 * ivshmem-plain has memory only: its id reads 0, and it has no interrupts.
 */

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most interrupts of a device that are used. */
#define RTE_VTPCI_MAX_VECTORS 16

/** The way to a device. */
enum rte_vtpci_way {
	RTE_VTPCI_SYSFS = 0, /**< Files of sysfs. */
	RTE_VTPCI_VFIO,      /**< VFIO. */
};

/** A device that is open. */
struct rte_vtpci {
	char addr[16];           /**< 0000:00:05.0 */
	enum rte_vtpci_way way;  /**< How. */
	void *mem;               /**< BAR2: the shared memory. */
	uint64_t mem_size;       /**< Bytes there. */
	int mem_fd;              /**< To map it once more. */
	uint64_t mem_offset;     /**< At this offset. */
	volatile uint32_t *regs; /**< BAR0: registers. */
	uint64_t regs_size;      /**< Bytes that are mapped there. */
	uint32_t nb_vectors;     /**< Interrupts; 0: none will come. */
	int vectors[RTE_VTPCI_MAX_VECTORS]; /**< Eventfds of the interrupts. */
	int lock_fd;             /**< Of resource2: its lock says that the device is ours. */
	int group_fd;            /**< VFIO. */
	int container_fd;        /**< VFIO. */
	int device_fd;           /**< VFIO. */
};

/**
 * Open a device. One thread at a time for one structure.
 *
 * @param addr
 *   Its address, as 0000:00:05.0 or 00:05.0; NULL: the first one that can be used. Those that are passed
 *   over, and why, are in the log (INFO).
 * @param way
 *   "sysfs", "vfio", or NULL: vfio if the device is bound to vfio-pci, else sysfs.
 * @param dev
 *   The result.
 * @return
 *   - 0: Success. A line of the log (INFO) says which way it is and what that costs.
 *   - -ENODEV: There is no such device, or it is no ivshmem device. With NULL, of several devices that
 *     cannot be used the error is the last one's.
 *   - -EBUSY: Another process has it; or a kernel driver that is not vfio-pci.
 *   - -EINVAL: A bad address, or an unknown way.
 *   - -EACCES, -EPERM: Not allowed: sysfs needs root, VFIO the group's file.
 *   - -ENXIO: Its memory has no address: hot plug into a slot without a window that is large enough; or
 *     files of it that are shorter than its table says.
 *   - Another negative errno: from the step that the log names.
 */
int rte_vtpci_open(const char *addr, const char *way, struct rte_vtpci *dev);

/** Give it back. Nothing of it may be used any more; closed ones are allowed. */
void rte_vtpci_close(struct rte_vtpci *dev);

/**
 * The number that the server gave to this device (IVPosition).
 *
 * @return
 *   The number; 0: the appliance's own, or ivshmem-plain; -1: the server has not told it yet.
 */
int32_t rte_vtpci_id(const struct rte_vtpci *dev);

/** Where to write (peer << 16 | vector) to ring a doorbell. */
static inline volatile uint32_t *
rte_vtpci_doorbell(const struct rte_vtpci *dev)
{
	return &dev->regs[12 / sizeof(dev->regs[0])];
}

/** What stands before /sys and /dev/vfio where devices are looked for, for tests; NULL: nothing. */
void rte_vtpci_root(const char *path);

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTPCI_H */
