/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef MAPS_MOCK_H
#define MAPS_MOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * An IOMMU that a test looks into: while it is on, rte_dev_dma_map() and rte_dev_dma_unmap() come here, and devices that
 * compute with processors say that they are hardware (crypto, compress; of dmadevs dma_mock says what they can). What
 * operations of those devices are given is looked up in the live maps.
 */
#define MAPS_MOCK_MAX 512

struct maps_mock {
	bool on;
	bool pa;            /* EAL works with physical addresses */
	bool vfio;          /* each device is one of vfio-pci */
	int refuse;         /* with this errno, */
	uint32_t refuse_at; /* the map of this number, from 0 on */
	/* What there was. */
	uint32_t nb_maps, nb_unmaps;
	uint32_t wrong;     /* what must not be, see maps_mock_wrong() */
	uint32_t uncovered; /* addresses of operations that no live map has, or that are not the IOVA */
	uint32_t looked;    /* addresses of operations */
	uint32_t nb_live;
	struct {
		char dev[64];
		uintptr_t addr;
		uint64_t len;
	} live[MAPS_MOCK_MAX];
};

extern struct maps_mock maps_mock;

void maps_mock_on(void);
void maps_mock_off(void);
/* How many live maps a device has. */
unsigned int maps_mock_of(const char *dev);
/* An operation of a device has this IOVA; the address that it is to be for, or NULL: the same. By any thread. */
void maps_mock_look(uint64_t iova, const void *addr, uint64_t len);
/* An operation is given something that is not one of its device's addresses. */
void maps_mock_wrong(const char *what);

#endif /* MAPS_MOCK_H */
