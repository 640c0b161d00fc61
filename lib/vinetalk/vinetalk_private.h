/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VINETALK_PRIVATE_H
#define VINETALK_PRIVATE_H

#include <memkind.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/queue.h>

#include <rte_log.h>

#include "rte_vinetalk.h"
#include "rte_vinetalk_driver.h"

extern int vinetalk_logtype;
#define VT_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, vinetalk_logtype, "VINETALK: " fmt "\n", ## __VA_ARGS__)

/* A buffer that stays with an accelerator. */
struct vinetalk_placed {
	LIST_ENTRY(vinetalk_placed) link;
	void *buf;
};

/* What the class has of a device. */
struct vinetalk_class {
	pthread_mutex_t lock;   /* the slow path of this device */
	bool started;
	bool configured;
	memkind_t kind;         /* allocator of the arena */
	pthread_mutex_t data_lock;
	LIST_HEAD(, vinetalk_placed) placed; /* under data_lock */
	struct rte_vinetalk_stats released; /* of queue pairs that were set up again or released */
	struct rte_vinetalk_stats base;     /* subtracted: what there was at the last reset */
	struct rte_vinetalk_stats qp_base[RTE_VINETALK_MAX_QPS];
};

/* A valid device, or NULL with a log line. */
struct rte_vinetalk_dev *vinetalk_dev(uint16_t dev_id);
struct vinetalk_class *vinetalk_class(struct rte_vinetalk_dev *dev);
/* A queue pair that is set up, or NULL. */
struct rte_vinetalk_qp *vinetalk_qp(struct rte_vinetalk_dev *dev, uint16_t qp_id);
uint64_t vinetalk_now_ns(void);

/*
 * The device with its lock held, or NULL. vinetalk_leave() records the call for drivers that trace
 * and gives the lock back; it returns status.
 */
struct rte_vinetalk_dev *vinetalk_enter(uint16_t dev_id, uint64_t *start);
int vinetalk_leave(struct rte_vinetalk_dev *dev, const char *call, uint64_t start, int status);

/* vinetalk_driver.c */
const struct rte_vinetalk_ops *vinetalk_driver_find(const char *name);
int vinetalk_driver_error(void);

/* vinetalk_data.c */
int vinetalk_data_init(struct rte_vinetalk_dev *dev);
void vinetalk_data_fini(struct rte_vinetalk_dev *dev);

/* vinetalk_stats.c */
void vinetalk_stats_of(const struct rte_vinetalk_qp *qp, struct rte_vinetalk_stats *sum);

#endif /* VINETALK_PRIVATE_H */
