/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef HOSTILE_H
#define HOSTILE_H

/*
 * A client that breaks every rule, of a domain whose region is all its own.
 *
 * Two threads: one takes steps, each a small attack, and notes what the appliance is likely to read just now; the
 * other changes that meanwhile. What a step does follows from the seed; what the appliance sees of the other
 * thread does not.
 */

#include <stdbool.h>
#include <stdint.h>

#include "raw_client.h"

#define HOSTILE_CLIENTS 3
#define HOSTILE_QPS 2
#define HOSTILE_VACCELS 4
#define HOSTILE_PROCS 16
#define HOSTILE_HOT 16
#define HOSTILE_SPOILED 8

/* What all that is written for others to find is made of: it must not be found in another domain. */
#define HOSTILE_MARK UINT64_C(0xbadc0de5bad5eed5)

struct rng {
	uint64_t state;
};

/* Something that the appliance may be reading. */
struct hot {
	uint8_t *at; /* NULL: nothing */
	uint32_t len;
};

/* A word that was spoiled, for a while. */
struct spoiled {
	uint8_t *at; /* NULL: none */
	uint64_t was, now;
	uint32_t size;
};

struct queue {
	uint32_t tail; /* of the ring */
	uint32_t gen;  /* in which that counts */
};

struct client {
	struct raw_client c;
	bool there;
	uint32_t rq;                 /* as the slot said at the attach */
	struct queue queues[HOSTILE_QPS]; /* layout thread: its own */
	uint16_t seq[HOSTILE_QPS];
	uint16_t vaccel[HOSTILE_VACCELS], proc[HOSTILE_PROCS];
	unsigned int nb_vaccels, nb_procs;
	struct spoiled spoiled[HOSTILE_SPOILED];
	unsigned int next_spoiled;
};

struct hostile {
	struct rng rng;
	struct client clients[HOSTILE_CLIENTS];
	struct queue shared; /* in the other layouts */
	const char *path;
	struct hot hot[HOSTILE_HOT]; /* under lock */
	unsigned int next_hot;
	pthread_mutex_t lock;
	uint64_t victim;    /* pattern of the other domain */
	uint64_t mutations; /* atomic, of both threads */
	uint64_t attaches, detaches, refused, crossings;
};

uint64_t rng_next(struct rng *r);
/* Below nb, which is not 0. */
uint32_t rng_below(struct rng *r, uint32_t nb);
/* Now and then: once in nb times. */
bool rng_once_in(struct rng *r, uint32_t nb);
/* A number that programs are likely to be wrong about, or any. */
uint64_t rng_nasty(struct rng *r);
void rng_bytes(struct rng *r, void *to, uint32_t len);

/* The other thread is to change this meanwhile. */
void hot_add(struct hostile *h, void *at, uint32_t len);
void count_mutations(struct hostile *h, uint64_t nb);

/* requests.c */
void requests_begin(struct hostile *h, struct client *c);
void requests_send(struct hostile *h, struct client *c);
/* Take what was completed, as a client does that wants to go on. */
void completions_take(struct client *c);

/* memory.c: bytes of the region. hard: what ends a client or its domain. */
void memory_words(struct hostile *h, struct client *c);
void memory_headers(struct hostile *h, struct client *c);
void memory_marks(struct hostile *h, struct client *c);
void memory_arena(struct hostile *h, struct client *c);
void memory_indexes(struct hostile *h, struct client *c);
void memory_blocks(struct hostile *h, struct client *c);
void memory_holes(struct hostile *h, struct client *c);
/* Words of the other domain's pattern in the region. */
uint64_t memory_crossings(const struct hostile *h, const struct client *c);

/* control.c: mailboxes, doorbells, and who is there. */
bool control_join(struct hostile *h, struct client *c);
void control_leave(struct hostile *h, struct client *c);
bool control_is_served(const struct client *c);
void control_ask(struct hostile *h, struct client *c);
void control_storm(struct hostile *h, struct client *c);
void control_block(struct hostile *h, struct client *c);

#endif /* HOSTILE_H */
