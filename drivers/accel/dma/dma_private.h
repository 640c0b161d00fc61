/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef DMA_PRIVATE_H
#define DMA_PRIVATE_H

/*
 * The dma accelerator: tasks as copies of a dmadev, which works by itself.
 *
 * One virtual channel, whose copies complete in their order. A FIFO has the tasks, each with the number of its copies
 * that are out, so that a count of completed copies says which tasks have ended.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_dmadev.h>
#include <rte_log.h>

#include <rte_vtaccel.h>
#include <rte_vtaccel_dma.h>
#include <rte_vtaccel_maps.h>

#define DMA_VCHAN 0

extern int dma_logtype;
#define DMA_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, dma_logtype, "ACCEL_DMA: " fmt "\n", ## __VA_ARGS__)

enum dma_what { DMA_COPY, DMA_GATHER, DMA_SCATTER, DMA_FILL, DMA_PROCS };

struct dma_dev {
	struct rte_vtaccel *dev;
	struct rte_vtaccel_maps *maps; /* NULL: it takes all addresses of the process */
	char where[64];    /* name of the dmadev */
	bool own;          /* made here */
	bool configured;
	int16_t id;        /* of the dmadev */
	uint16_t depth;    /* most tasks: no more than it has descriptors */
	uint16_t room;     /* for copies, when it is idle */
	struct rte_vtaccel_proc procs[DMA_PROCS];
	unsigned int nb_procs;
	uint32_t running;  /* atomic: control stores, the caller looks */
	uint32_t nb;       /* tasks in the FIFO: the caller stores, control looks */
	/* The caller's. */
	struct rte_vtaccel_task *head, *last; /* linked by driver_next */
	struct rte_vtaccel_task *first;       /* that has copies out, from head on */
	uint32_t nb_out;   /* copies that are out */
	uint32_t errors;   /* of copies, for the log */
	bool failed;       /* and the class knows */
	bool to_ring;      /* the doorbell was refused */
};

/* dma_dev.c */
int dma_dev_open(struct dma_dev *dd, const char *name, uint16_t depth);
void dma_dev_close(struct dma_dev *dd);
/* One that failed without copies: started again, if it does not work. 0 or -errno. */
int dma_dev_restart(struct dma_dev *dd);

/* dma_task.c */
uint16_t dma_enqueue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb);
uint16_t dma_dequeue_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb);

#endif /* DMA_PRIVATE_H */
