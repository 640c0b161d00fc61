/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef HOSTILE_ENV_H
#define HOSTILE_ENV_H

/* Who behaves next to one who does not, and the process that does not. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <rte_vinetalk.h>

#define HONEST_BURST 8
#define HONEST_TIMES 65536

/* A client of a domain of its own, whose thread works and checks until it is told to end. */
struct honest {
	char path[108];
	int dev;
	uint16_t va[2], proc[2];  /* echo, crc32c */
	uint64_t pattern;
	uint8_t *canary;          /* HONEST_CANARY bytes of the pattern */
	uint8_t *in, *out;        /* HONEST_BURST blocks each */
	pthread_t thread;
	uint32_t stop;            /* atomic */
	uint64_t tasks;
	uint64_t wrong;           /* status, order, number or content */
	uint64_t changed;         /* bytes of the canary */
	uint32_t nb_times;        /* of its bursts, as it sees them; the first HONEST_TIMES, ns */
	uint32_t times[HONEST_TIMES];
};

int honest_begin(struct honest *h, const char *path, uint64_t pattern);
/* Its thread has ended, and its canary was looked at; it is still attached. */
void honest_stop(struct honest *h);
void honest_end(struct honest *h);
/* The 99th percentile of its times, and the longest; it has stopped. */
uint32_t honest_p99(struct honest *h, uint32_t *longest);
/* How often a word stands in the whole region behind a socket; negative errno: it could not be seen. */
int64_t honest_search(const char *path, uint64_t word);

/* The other process. */
struct attacker {
	pid_t pid;
	char output[256]; /* a file */
	uint64_t cpu_us;  /* that it took */
};

int attacker_begin(struct attacker *a, const char *const args[]);
/* Whether it still runs; otherwise *status is as of vt_test_run(). */
bool attacker_runs(struct attacker *a, int *status);
/* Its last line that begins so; "" if there is none. */
void attacker_said(const struct attacker *a, const char *begin, char *line, size_t len);

#endif /* HOSTILE_ENV_H */
