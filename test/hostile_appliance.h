/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef HOSTILE_APPLIANCE_H
#define HOSTILE_APPLIANCE_H

/*
 * Something that looks like an appliance to a client: a broker with a region, mailboxes that are answered, requests
 * that are completed. As often as it is told to, it lies.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_vtivshmem.h>
#include <rte_vtregion.h>

struct hostile_appliance {
	struct rte_vtivshmem_server *srv;
	struct rte_vtregion_geom geom;
	struct rte_vtivshmem_peer *peers[65];
	struct rte_vtregion_hdr right; /* the header as it should be */
	uint8_t *base;
	int fd;
	uint32_t lies;      /* of 1000 of its acts; 0: none */
	int32_t status;     /* of answers, besides attaches; 0: as it should be */
	bool endless;       /* there is always one more of what can be listed */
	/* Called with the slot before an answer is given; or NULL. */
	void (*edit)(struct hostile_appliance *a, struct rte_vtregion_slot *slot);
	bool words, rings;  /* what it spoils between its acts */
	bool idle;          /* it completes nothing */
	bool block;         /* its doorbells block, and it wants to be rung for each request */
	uint32_t heartbeat_ms; /* of clients; 0: none */
	/* With so many requests in its rings it takes the memory away, in this way, and from then on only admits. */
	uint32_t vanish_at;
	void (*vanish)(struct hostile_appliance *a);
	bool vanished;
	uint64_t blocked;   /* doorbells that it filled */
	pthread_t thread;
	uint32_t stop;      /* atomic */
	uint64_t answers, completions, spoiled;
};

/* Begin to listen, with a region that is right. */
int hostile_appliance_open(struct hostile_appliance *a, const char *path, uint32_t layout);
/* The same in a file. */
int hostile_appliance_open_file(struct hostile_appliance *a, const char *path, uint32_t layout, const char *file);
/* Act, until it is told to stop. */
int hostile_appliance_act(struct hostile_appliance *a);
void hostile_appliance_stop(struct hostile_appliance *a);
void hostile_appliance_close(struct hostile_appliance *a);

#endif /* HOSTILE_APPLIANCE_H */
