/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef SHM_PRIVATE_H
#define SHM_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_log.h>
#include <rte_ring.h>

#include <rte_vinetalk_driver.h>
#include <rte_vtivshmem.h>
#include <rte_vtregion.h>

extern int shm_logtype;
#define SHM_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, shm_logtype, "SHM: " fmt "\n", ## __VA_ARGS__)

/* Threads that sleep on one doorbell: one of them on the eventfd, the others on the condition. */
struct shm_vector {
	pthread_mutex_t lock;
	pthread_cond_t woken;
	bool watched;  /* a thread sleeps on the eventfd */
};

struct shm_dev {
	struct rte_vtivshmem_client link;
	void *base;
	struct rte_vtregion_geom geom; /* private: what bounds everything */
	struct rte_vtregion_hdr *hdr;
	struct rte_vtregion_slot *slot;
	uint32_t slot_id;
	uint32_t owner;      /* our nonce in slot->owner */
	uint32_t epoch;      /* of the slot when we attached */
	uint32_t nb_qps;     /* granted */
	uint32_t poller;
	uint32_t rq;
	uint32_t ctrl_seq;
	bool attached;
	uint32_t gone;       /* atomic: the appliance will not answer any more */
	/* Once the socket has ended: the heartbeat seen last, and when. */
	pthread_mutex_t life_lock;
	uint64_t beat, beat_ms;
	bool beat_valid;
	struct shm_vector vectors[RTE_VTIVSHMEM_MAX_VECTORS];
};

struct shm_qp {
	struct rte_vinetalk_qp q; /* first: the class's */
	struct shm_dev *dev;
	struct rte_ring *rq;       /* of generation gen */
	struct rte_ring *cq;
	struct rte_vtregion_rq *rq_line;
	struct rte_vtregion_poller *poller_line;
	struct rte_vtregion_qp *qp_line;
	uint32_t gen;
	uint32_t vector;
	uint32_t head_hint;        /* about where the next enqueue begins */
	uint32_t empties;          /* dequeues in a row that found nothing */
	int doorbell;              /* -1: the appliance has none */
};

/* shm_path.c */
uint16_t shm_enqueue(void *qp, struct rte_vinetalk_task *tasks, uint16_t nb);
uint16_t shm_dequeue(void *qp, struct rte_vinetalk_completion *completions, uint16_t nb);

/* shm_wait.c */
uint64_t shm_now_us(void);
void shm_doorbell_ring(int fd);
void shm_doorbell_drain(int fd);
bool shm_gone(struct shm_dev *d);
int shm_wait(struct rte_vinetalk_qp *q, int64_t timeout_us);

/* shm_ctrl.c */
int shm_ctrl(struct shm_dev *d, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep);
int shm_accel_info(struct rte_vinetalk_dev *dev, uint16_t index,
		struct rte_vinetalk_accel_info *info);
int shm_accel_stats(struct rte_vinetalk_dev *dev, uint16_t index,
		struct rte_vinetalk_accel_stats *stats);
int shm_vaccel_acquire(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_vaccel_conf *conf,
		uint16_t *vaccel);
int shm_vaccel_release(struct rte_vinetalk_dev *dev, uint16_t vaccel);
int shm_proc_info(struct rte_vinetalk_dev *dev, uint16_t index,
		struct rte_vinetalk_proc_info *info);
int shm_proc_get(struct rte_vinetalk_dev *dev, const char *name,
		enum rte_vinetalk_accel_type type, uint16_t *proc);
int shm_proc_put(struct rte_vinetalk_dev *dev, uint16_t proc);

#endif /* SHM_PRIVATE_H */
