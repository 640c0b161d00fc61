/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RAW_QUEUE_H
#define RAW_QUEUE_H

/* What a client made by hand does with its request queue, of layout hashed or single, and with its completions. */

#include <stdbool.h>
#include <stdint.h>

#include <rte_ring.h>
#include <rte_vinetalk_task.h>

#include "raw_client.h"

/* The generation of the queue, and the ring that is in service. */
uint32_t *raw_gen(const struct raw_client *raw);
struct rte_ring *raw_ring(const struct raw_client *raw);
/* Of its queue pair. */
struct rte_vtregion_qp *raw_line(const struct raw_client *raw);

/* A request of procedure 0 and vaccel 0. */
void raw_task(struct rte_vinetalk_task *t, uint32_t qp, uint16_t seq, uint64_t cookie);
/* Tasks whose numbers run on from seq, and whose cookies are their numbers. */
void raw_put(const struct raw_client *raw, uint16_t seq, unsigned int nb);
unsigned int raw_receive(const struct raw_client *raw, struct rte_vinetalk_completion *c, unsigned int nb);
/* Its task of that number is done, and nothing else was in its name. */
void raw_works(const struct raw_client *raw, uint16_t seq);

/* Reserve slots, as an enqueue does, and never publish them: where they begin. */
uint32_t raw_reserve(const struct raw_client *raw, uint32_t nb);
struct rte_vinetalk_task *raw_slot_at(const struct raw_client *raw, uint32_t pos);

/* One that is inside of an enqueue until its generation is closed, and a moment longer: a thread, of a struct raw_inside. */
struct raw_inside {
	const struct raw_client *raw;
	bool closed;    /* the generation was */
	uint32_t state; /* of the region, then */
};
void *raw_inside_main(void *arg);

#endif /* RAW_QUEUE_H */
