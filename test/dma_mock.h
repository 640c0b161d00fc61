/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef DMA_MOCK_H
#define DMA_MOCK_H

/* dmadev is, in 22.11. */
#define ALLOW_EXPERIMENTAL_API

#include <stdbool.h>
#include <stdint.h>

#include <rte_dmadev.h>

#define DMA_MOCK_RING 256

/* A copy or a fill that the device was given. */
struct dma_mock_op {
	uint64_t from; /* or the pattern */
	uint64_t to, flags;
	uint32_t len;
	bool fill;
};

/*
 * A device that does what a test says: while it is on, each dmadev that is started has the descriptors and the operations
 * of this one. One thread. Numbers of copies count from 0, from dma_mock_on().
 */
struct dma_mock {
	bool on;
	uint64_t capa_set, capa_clear; /* of the device's capabilities */
	uint16_t room;      /* descriptors, at most DMA_MOCK_RING */
	uint32_t refuse_at; /* this one is not taken */
	uint32_t fail_at;   /* this one fails */
	enum rte_dma_status_code code; /* like this */
	bool mute;          /* the failure is reported, its copy is not */
	bool no_bell;       /* the doorbell is refused */
	uint32_t allowed;   /* copies may end up to this number */
	/* The device's. */
	uint32_t head, rung, tail;
	struct dma_mock_op ops[DMA_MOCK_RING];
};

extern struct dma_mock dma_mock;

/* A faultless device, from the next start on. */
void dma_mock_on(void);
/* Real devices again. Those that were started meanwhile have to be gone. */
void dma_mock_off(void);

#endif /* DMA_MOCK_H */
