/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef FUZZ_DEVICE_H
#define FUZZ_DEVICE_H

/* Targets `device` and `opencl`: fuzz_device.c has tasks and devices, fuzz_life.c what else an appliance asks of one. */

#include <rte_vtaccel.h>

#include "fuzz.h"

#define ARENA (640U << 10)
#define ARGS_LEN 640
#define MAX_TASKS 40
#define KERNELS VT_TEST_SOURCE_DIR "/test/opencl/test.cl"

struct task {
	struct rte_vtaccel_task t; /* first */
	struct rte_vtaccel_seg segs[RTE_VINETALK_MAX_SEGS];
	uint64_t args[ARGS_LEN / 8];
	bool out;
};

/* What the arguments of a driver's tasks are like. */
enum kind { ANY, NULLS, CRYPTO, COMPRESS, OPENCL, DMA };

struct device {
	const char *devargs;
	enum kind kind;
	bool hardware;  /* it says that it reads memory by itself */
	struct rte_vtaccel *dev;
	struct rte_vtaccel_stream stream, more; /* more: while more_open */
	bool is_open, more_open;
	uint32_t nb_told; /* atomic */
	struct rte_vtaccel_account account;
};

extern struct device *all;
extern unsigned int nb_all;
extern uint8_t *arena;
extern struct task tasks[MAX_TASKS];

struct rte_vtaccel_task *task_make(struct fuzz_in *in, struct device *d, struct task *task);
/* So many tasks come back. */
void collect(struct device *d, unsigned int nb);
/* What is in the arena; and whether the first tasks have changed nothing else but their outputs since. */
void remember(void);
void compare(unsigned int nb);
/* A device that failed; 0 or -errno. */
int recover(struct device *d);
/* Nothing is odd about it any more. */
void set_right(struct device *d);

/* Another device of these arguments, as far as it can be made. */
void probe_one(const char *args);
/* One thing of many that an appliance asks of a device; its number is not 0. */
void life(struct fuzz_in *in, struct device *d, unsigned int what);
/* What is left of that goes. */
void life_end(struct device *d);

#endif /* FUZZ_DEVICE_H */
