/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTACCEL_MAPS_H
#define RTE_VTACCEL_MAPS_H

/**
 * @file
 * Memory maps of devices of DPDK that read and write memory by themselves, through an IOMMU, at the addresses
 * that it has in this process (IOVA as VA).
 *
 *     probe    rte_vtaccel_maps_create()   finds the EAL device, and refuses what cannot be mapped for
 *     mem_add  rte_vtaccel_maps_add()      rte_dev_dma_map() of the memory, with IOVA = address
 *     mem_del  rte_vtaccel_maps_del()
 *     remove   rte_vtaccel_maps_free()
 *
 * Devices that vfio-pci drives share EAL's one container: memory is mapped for the first of them that wants it, and
 * stays so until the last one is done with it.
 *
 * A map holds the pages that are there when it is made. What is mapped over the same addresses later, a device does
 * not see. For control threads, after rte_eal_init(). Thread-safe for different devices.
 */

#include <stdint.h>

#include <rte_vtaccel.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rte_vtaccel_maps;

/**
 * Begin with the maps of a device. For a driver's probe.
 *
 * @param dev
 *   The accelerator, for the log; it has to stay.
 * @param name
 *   The device of DPDK: the name of the EAL device, which may be followed by "_" or "-" and more, as drivers do
 *   that make several devices of one.
 * @return
 *   The maps, none at first, to be given back by rte_vtaccel_maps_free(); or NULL with rte_errno, and the log says why:
 *   - ENOTSUP: EAL works with physical addresses (--iova-mode=pa), which regions do not have.
 *   - ENODEV: No EAL device has this name.
 *   - ENOMEM: No memory.
 */
struct rte_vtaccel_maps *rte_vtaccel_maps_create(const struct rte_vtaccel *dev, const char *name);

/**
 * Let the device reach memory. For a driver's mem_add.
 *
 * @param maps
 *   The maps, or NULL: the device needs none.
 * @param addr
 *   Begin of the memory, which EAL knows: of one of its heaps, also an external one.
 * @param len
 *   Bytes.
 * @return
 *   - 0: Success.
 *   - -ENOMEM: No memory.
 *   - -EEXIST: It begins where something that was added does.
 *   - Another: The bus or the device refuses, and the log says so: -ENOTSUP if it knows no maps.
 */
int rte_vtaccel_maps_add(struct rte_vtaccel_maps *maps, void *addr, uint64_t len);

/**
 * Let it reach memory no more, before that goes. For a driver's mem_del.
 *
 * @param maps
 *   The maps, or NULL.
 * @param addr
 *   As it was added; nothing happens if it was not.
 */
void rte_vtaccel_maps_del(struct rte_vtaccel_maps *maps, void *addr);

/**
 * End with the maps of a device; those that are left are undone. For a driver's remove, while the EAL device is there.
 *
 * @param maps
 *   The maps, or NULL.
 */
void rte_vtaccel_maps_free(struct rte_vtaccel_maps *maps);

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTACCEL_MAPS_H */
