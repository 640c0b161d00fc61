/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTACCEL_DMA_H
#define RTE_VTACCEL_DMA_H

/**
 * @file
 * The procedures of the dma accelerator, and their arguments.
 *
 * | procedure   | inputs | outputs | arguments                 | result word    |
 * | ----------- | ------ | ------- | ------------------------- | -------------- |
 * | dma_copy    | 1      | 1       | none                      | bytes written  |
 * | dma_gather  | 1..15  | 1       | none                      | bytes written  |
 * | dma_scatter | 1      | 1..15   | none                      | bytes written  |
 * | dma_fill    | 0      | 1       | rte_vtaccel_dma_fill_args | bytes written  |
 *
 * Which of them there are depends on the device; one with fewer than 15 descriptors has the smaller bound. A task ends with
 * - -EINVAL if bytes that it writes overlap an input or are written twice, or its segments or arguments are too many or too few;
 * - -ENOSPC if the outputs are too small: the result is how many bytes they need, and nothing was written;
 * - -EIO if the device reports an error, and -ECANCELED if it was told to leave the copy: some bytes may have been written.
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Copies its input to the begin of its output. */
#define RTE_VTACCEL_PROC_DMA_COPY "dma_copy"
/** Copies its inputs, one behind the other, to the begin of its output. */
#define RTE_VTACCEL_PROC_DMA_GATHER "dma_gather"
/** Copies its input to its outputs, of which each is filled before the next begins; what is left of them stays. */
#define RTE_VTACCEL_PROC_DMA_SCATTER "dma_scatter"
/** Fills all of its output with a pattern of 8 bytes. */
#define RTE_VTACCEL_PROC_DMA_FILL "dma_fill"

/** Arguments of dma_fill. */
struct rte_vtaccel_dma_fill_args {
	uint64_t pattern; /**< Its least significant byte comes first. */
};

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTACCEL_DMA_H */
