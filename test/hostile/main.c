/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * vinetalk-hostile SOCKET SEED SECONDS PATTERN: attack that domain's appliance; PATTERN is a word of another
 * domain, in hexadecimal, that must not come to light here. Prints one line of counts at the end.
 *
 * vinetalk-hostile vanish SOCKET FILE: give the region's memory back while there is work in it, and have FILE take all
 * that is free in its file system. Ends by itself or by SIGBUS.
 *
 * vinetalk-hostile burn SECONDS PERCENT [RUN PERCENT RUN]: take so much of a processor, in two threads, and touch no region;
 * or each thread its part, RUN microseconds at a time: as another one did, who said at his end what his two threads took.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "hostile.h"

#define PIECE (2 << 20) /* a page, or many */

/* What a thread took. */
struct used {
	uint64_t cpu_us, sleeps;
};

static uint32_t stop; /* atomic */
static struct used flicker_used;

static struct used
used_now(void)
{
	struct rusage ru;

	getrusage(RUSAGE_THREAD, &ru);
	return (struct used){ (uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000 +
		(uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec), (uint64_t)ru.ru_nvcsw };
}

/* ---- numbers ---- */

uint64_t
rng_next(struct rng *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t
rng_below(struct rng *r, uint32_t nb)
{
	return (uint32_t)(rng_next(r) >> 33) % nb;
}

bool
rng_once_in(struct rng *r, uint32_t nb)
{
	return rng_below(r, nb) == 0;
}

uint64_t
rng_nasty(struct rng *r)
{
	static const uint64_t known[] = { 0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff,
		0x80000000, 0xffffffff, UINT64_C(0x100000000), INT64_MAX, UINT64_C(1) << 63,
		UINT64_MAX, HOSTILE_MARK };

	switch (rng_below(r, 4)) {
	case 0:
		return rng_next(r);
	case 1:
		return rng_below(r, 70000);
	case 2:
		return UINT64_C(1) << rng_below(r, 64);
	default:
		return known[rng_below(r, RTE_DIM(known))] + rng_below(r, 3) - 1;
	}
}

void
rng_bytes(struct rng *r, void *to, uint32_t len)
{
	uint64_t word;
	uint32_t i;

	for (i = 0; i < len; i += 8) {
		word = rng_next(r);
		memcpy((uint8_t *)to + i, &word, RTE_MIN(len - i, 8U));
	}
}

void
count_mutations(struct hostile *h, uint64_t nb)
{
	__atomic_fetch_add(&h->mutations, nb, __ATOMIC_RELAXED);
}

/* ---- what is changed while it is read ---- */

void
hot_add(struct hostile *h, void *at, uint32_t len)
{
	pthread_mutex_lock(&h->lock);
	h->hot[h->next_hot++ % HOSTILE_HOT] = (struct hot){ at, len };
	pthread_mutex_unlock(&h->lock);
}

static void
hot_forget(struct hostile *h)
{
	pthread_mutex_lock(&h->lock);
	memset(h->hot, 0, sizeof(h->hot));
	pthread_mutex_unlock(&h->lock);
}

/* Something else and back, so that what is read is now right and now wrong. */
static void
flicker(struct rng *r, const struct hot *hot)
{
	const uint32_t size = 1U << rng_below(r, 4), nb = hot->len / size;
	uint8_t *at = hot->at + (nb > 1 ? rng_below(r, nb) : 0) * size, was[8];
	uint64_t word = rng_nasty(r);
	unsigned int i;

	if (nb == 0)
		return;
	memcpy(was, at, size);
	for (i = 0; i < 64; i++) {
		memcpy(at, i % 2 == 0 ? (const void *)&word : was, size);
		rte_compiler_barrier();
	}
}

static void *
flicker_main(void *arg)
{
	struct hostile *h = arg;
	struct rng r = { h->rng.state ^ HOSTILE_MARK };
	struct hot *hot;

	while (__atomic_load_n(&stop, __ATOMIC_RELAXED) == 0) {
		/* The lock keeps what is mapped where it is. */
		pthread_mutex_lock(&h->lock);
		hot = &h->hot[rng_below(&r, HOSTILE_HOT)];
		if (hot->at != NULL) {
			flicker(&r, hot);
			count_mutations(h, 64);
		}
		pthread_mutex_unlock(&h->lock);
	}
	flicker_used = used_now();
	return NULL;
}

/* ---- lives ---- */

static void
step(struct hostile *h, struct client *c, uint32_t hard)
{
	struct rng *r = &h->rng;

	if (rng_once_in(r, hard)) {
		switch (rng_below(r, 4)) {
		case 0:
			memory_indexes(h, c);
			return;
		case 1:
			memory_blocks(h, c);
			return;
		case 2:
			memory_holes(h, c);
			return;
		default:
			control_block(h, c);
			return;
		}
	}
	switch (rng_below(r, 16)) {
	case 0:
		memory_words(h, c);
		break;
	case 1:
		memory_headers(h, c);
		break;
	case 2:
		memory_marks(h, c);
		break;
	case 3:
		memory_arena(h, c);
		break;
	case 4:
	case 5:
		control_ask(h, c);
		break;
	case 6:
		control_storm(h, c);
		break;
	case 7:
		usleep(rng_below(r, 200));
		break;
	default:
		requests_send(h, c);
		completions_take(c);
	}
}

/* Some clients come, do their worst until they are thrown out, go on for a while, and leave. */
static void
live(struct hostile *h)
{
	static const uint32_t hards[] = { 20, 300, 3000, 30000 };
	struct rng *r = &h->rng;
	const uint32_t hard = hards[rng_below(r, RTE_DIM(hards))];
	uint32_t nb = 1 + rng_below(r, HOSTILE_CLIENTS), left = 50 + rng_below(r, 20000), i;
	bool served = true;

	for (i = 0; i < nb; i++) {
		if (control_join(h, &h->clients[i]))
			continue;
		h->refused++;
		usleep(2000);
	}
	for (; left != 0 && __atomic_load_n(&stop, __ATOMIC_RELAXED) == 0; left--) {
		struct client *c = &h->clients[rng_below(r, nb)];

		if (!c->there)
			continue;
		step(h, c, hard);
		if (!served || left % 64 != 0 || control_is_served(c))
			continue;
		served = false;
		h->detaches++;
		left = RTE_MIN(left, 200U); /* whoever was thrown out still has it mapped */
	}
	hot_forget(h);
	for (i = 0; i < nb; i++)
		if (h->clients[i].there)
			control_leave(h, &h->clients[i]);
}

/* ---- the program ---- */

static uint64_t
now_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* What one of two threads that burn is to take. */
struct burn {
	uint32_t percent, run_us; /* 0: as it comes */
};

/* It rests when it is ahead, so long that it is behind again by what it runs at a time. */
static void *
burn_main(void *arg)
{
	const struct burn *b = arg;
	const uint64_t start = now_us(CLOCK_MONOTONIC);
	uint64_t cpu, due, rest;

	while (__atomic_load_n(&stop, __ATOMIC_RELAXED) == 0) {
		cpu = now_us(CLOCK_THREAD_CPUTIME_ID) * 100;
		due = (now_us(CLOCK_MONOTONIC) - start) * b->percent;
		if (cpu <= due)
			continue;
		rest = b->run_us == 0 ? 500 : (cpu - due) / RTE_MAX(b->percent, 1U) + b->run_us;
		usleep((useconds_t)RTE_MIN(rest, UINT64_C(100000)));
	}
	return NULL;
}

static void *
clock_main(void *arg)
{
	const uint32_t seconds = *(const uint32_t *)arg;
	uint32_t i;

	for (i = 0; i < seconds * 10; i++)
		usleep(100000);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	return NULL;
}

static int
burn(uint32_t seconds, struct burn *two)
{
	pthread_t clock, other;

	if (pthread_create(&clock, NULL, clock_main, &seconds) != 0 ||
			pthread_create(&other, NULL, burn_main, &two[1]) != 0)
		return 1;
	burn_main(&two[0]);
	pthread_join(other, NULL);
	pthread_join(clock, NULL);
	return 0;
}

static int
attack(struct hostile *h, uint32_t seconds)
{
	pthread_t clock, other;
	struct used used;
	unsigned int i;
	bool served = false;

	pthread_mutex_init(&h->lock, NULL);
	if (pthread_create(&clock, NULL, clock_main, &seconds) != 0 ||
			pthread_create(&other, NULL, flicker_main, h) != 0)
		return 1;
	while (__atomic_load_n(&stop, __ATOMIC_RELAXED) == 0)
		live(h);
	used = used_now();
	pthread_join(other, NULL);
	pthread_join(clock, NULL);
	printf("used %" PRIu64 " us %" PRIu64 " sleeps, beside %" PRIu64 " us %" PRIu64 " sleeps\n",
		used.cpu_us, used.sleeps, flicker_used.cpu_us, flicker_used.sleeps);
	/* Whoever comes behind all that. */
	for (i = 0; i < 100 && !served; i++) {
		served = control_join(h, &h->clients[0]);
		if (!served)
			usleep(20000);
	}
	if (served)
		control_leave(h, &h->clients[0]);
	printf("mutations %" PRIu64 " attaches %" PRIu64 " detaches %" PRIu64 " refused %" PRIu64
		" crossings %" PRIu64 " served %d\n", h->mutations, h->attaches, h->detaches,
		h->refused, h->crossings, served);
	return 0;
}

static int
vanish(struct hostile *h, const char *file)
{
	const int hog = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct client *c = &h->clients[0];
	unsigned int i;
	off_t size = 0;

	pthread_mutex_init(&h->lock, NULL);
	if (hog < 0 || !control_join(h, c))
		return 1;
	for (i = 0; i < 100; i++)
		requests_send(h, c);
	/* What was free before, and then each page that comes back. */
	for (i = 0; i < 64; i++) {
		(void)!fallocate(c->c.link.mem_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			(off_t)c->c.link.mem_size);
		while (fallocate(hog, 0, size, PIECE) == 0)
			size += PIECE;
	}
	printf("vanished %" PRIu64 "\n", (uint64_t)size);
	fflush(stdout);
	for (i = 0; i < 100; i++)
		requests_send(h, c);
	return 0;
}

int
main(int argc, char **argv)
{
	static struct hostile h;
	struct burn two[2];

	if ((argc == 4 || argc == 7) && strcmp(argv[1], "burn") == 0) {
		two[0].percent = (uint32_t)atoi(argv[3]) / (argc == 4 ? 2 : 1);
		two[0].run_us = argc == 4 ? 0 : (uint32_t)atoi(argv[4]);
		two[1] = two[0];
		if (argc == 7)
			two[1] = (struct burn){ (uint32_t)atoi(argv[5]), (uint32_t)atoi(argv[6]) };
		return burn((uint32_t)atoi(argv[2]), two);
	}
	if (argc == 4 && strcmp(argv[1], "vanish") == 0) {
		h.path = argv[2];
		return vanish(&h, argv[3]);
	}
	if (argc != 5) {
		fprintf(stderr, "usage: %s SOCKET SEED SECONDS PATTERN | vanish SOCKET FILE |"
			" burn SECONDS PERCENT [RUN PERCENT RUN]\n", argv[0]);
		return 2;
	}
	h.path = argv[1];
	h.rng.state = strtoull(argv[2], NULL, 0);
	h.victim = strtoull(argv[4], NULL, 16);
	return attack(&h, (uint32_t)atoi(argv[3]));
}
