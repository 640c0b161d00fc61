/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rte_vtivshmem.h>

#include "fixture.h"
#include "hostile_env.h"
#include "test.h"

#define CANARY (512U << 10)
#define BLOCK 4096U
#define WAIT_US 20000000
#define BURSTS_PER_LOOK 64
#define REST_US 500

/* ---- who behaves ---- */

static uint32_t
crc32c(const uint8_t *p, uint32_t len)
{
	uint32_t crc = UINT32_MAX, i;
	unsigned int bit;

	for (i = 0; i < len; i++) {
		crc ^= p[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0x82f63b78) : 0);
	}
	return ~crc;
}

static void
canary_look(struct honest *h)
{
	uint32_t i;

	for (i = 0; i < CANARY; i += sizeof(h->pattern))
		if (memcmp(h->canary + i, &h->pattern, sizeof(h->pattern)) != 0)
			h->changed += sizeof(h->pattern);
}

/* A task of its own content, which its number makes. */
static uint32_t
block_len(uint64_t number)
{
	return number % 2 != 0 ? 64 : 8 + (uint32_t)(number * 2654435761U % (BLOCK - 8));
}

static int
task_make(struct honest *h, struct rte_vinetalk_task *t, uint64_t number)
{
	uint8_t *in = h->in + number % HONEST_BURST * BLOCK, *out = h->out + number % HONEST_BURST * BLOCK;
	const uint32_t len = block_len(number);
	uint32_t i;

	for (i = 0; i < len; i++)
		in[i] = (uint8_t)(number * 131 + i * 7);
	memset(out, 0x5a, len);
	rte_vinetalk_task_init(t, h->va[number % 2], h->proc[number % 2], number);
	i = (uint32_t)rte_vinetalk_task_in((uint16_t)h->dev, t, in, len);
	return number % 2 != 0 ? (int)i :
		(int)i | rte_vinetalk_task_out((uint16_t)h->dev, t, out, len);
}

static bool
task_right(const struct honest *h, const struct rte_vinetalk_completion *c)
{
	const uint8_t *in = h->in + c->cookie % HONEST_BURST * BLOCK;
	const uint32_t len = block_len(c->cookie);

	if (c->status != 0)
		return false;
	if (c->cookie % 2 != 0)
		return c->result == crc32c(in, len);
	return c->result == len && memcmp(in, h->out + c->cookie % HONEST_BURST * BLOCK, len) == 0;
}

/* A burst to its end: each vaccel's tasks once and in their order. */
static void
burst(struct honest *h)
{
	struct rte_vinetalk_completion c[HONEST_BURST];
	struct rte_vinetalk_task t[HONEST_BURST];
	uint64_t next[2] = { h->tasks, h->tasks + 1 }; /* tasks is even */
	uint16_t done = 0, sent = 0, n, i;
	int ret = 0;

	for (i = 0; i < HONEST_BURST; i++)
		if (task_make(h, &t[i], h->tasks + i) != 0)
			h->wrong++;
	while (done < HONEST_BURST && ret == 0) {
		sent = (uint16_t)(sent + rte_vinetalk_enqueue_burst((uint16_t)h->dev, 0, &t[sent],
			(uint16_t)(HONEST_BURST - sent)));
		ret = rte_vinetalk_wait((uint16_t)h->dev, 0, WAIT_US);
		n = rte_vinetalk_dequeue_burst((uint16_t)h->dev, 0, c, HONEST_BURST);
		for (i = 0; i < n; i++) {
			if (c[i].cookie != next[c[i].cookie % 2] || !task_right(h, &c[i]))
				h->wrong++;
			next[c[i].cookie % 2] += 2;
		}
		done = (uint16_t)(done + n);
	}
	h->wrong += (uint64_t)(HONEST_BURST - done);
	if (ret != 0)
		__atomic_store_n(&h->stop, 1, __ATOMIC_RELAXED);
	h->tasks += HONEST_BURST;
}

static uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void *
honest_main(void *arg)
{
	struct honest *h = arg;
	uint64_t start;
	unsigned int i;

	for (i = 0; __atomic_load_n(&h->stop, __ATOMIC_RELAXED) == 0; i++) {
		start = now_ns();
		burst(h);
		if (h->nb_times < HONEST_TIMES)
			h->times[h->nb_times++] = (uint32_t)RTE_MIN(now_ns() - start, UINT32_MAX);
		if (i % BURSTS_PER_LOOK == 0)
			canary_look(h);
		usleep(REST_US);
	}
	return NULL;
}

int
honest_begin(struct honest *h, const char *path, uint64_t pattern)
{
	int ret;
	uint32_t i;

	memset(h, 0, sizeof(*h));
	h->pattern = pattern;
	snprintf(h->path, sizeof(h->path), "%s", path);
	h->dev = fixture_attach_path(path, 1, 0);
	if (h->dev < 0)
		return h->dev;
	ret = fixture_proc(h->dev, "echo", &h->proc[0], &h->va[0]);
	if (ret == 0)
		ret = fixture_proc(h->dev, "crc32c", &h->proc[1], &h->va[1]);
	if (ret != 0)
		return ret;
	h->canary = rte_vinetalk_alloc((uint16_t)h->dev, CANARY, 64, RTE_VINETALK_PLACE_HOST);
	h->in = rte_vinetalk_alloc((uint16_t)h->dev, HONEST_BURST * BLOCK, 64,
		RTE_VINETALK_PLACE_HOST);
	h->out = rte_vinetalk_alloc((uint16_t)h->dev, HONEST_BURST * BLOCK, 64,
		RTE_VINETALK_PLACE_HOST);
	if (h->canary == NULL || h->in == NULL || h->out == NULL)
		return -ENOMEM;
	for (i = 0; i < CANARY; i += sizeof(pattern))
		memcpy(h->canary + i, &pattern, sizeof(pattern));
	return -pthread_create(&h->thread, NULL, honest_main, h);
}

void
honest_stop(struct honest *h)
{
	__atomic_store_n(&h->stop, 1, __ATOMIC_RELAXED);
	pthread_join(h->thread, NULL);
	canary_look(h);
}

static int
later(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

uint32_t
honest_p99(struct honest *h, uint32_t *longest)
{
	*longest = 0;
	if (h->nb_times == 0)
		return 0;
	qsort(h->times, h->nb_times, sizeof(h->times[0]), later);
	*longest = h->times[h->nb_times - 1];
	return h->times[h->nb_times - 1 - h->nb_times / 100];
}

void
honest_end(struct honest *h)
{
	if (h->dev >= 0)
		rte_vinetalk_close((uint16_t)h->dev);
	h->dev = -1;
}

int64_t
honest_search(const char *path, uint64_t word)
{
	struct rte_vtivshmem_client link;
	const uint8_t *base, *p, *end;
	int ret = rte_vtivshmem_connect(path, 5000, &link);
	int64_t nb = 0;

	if (ret != 0)
		return ret;
	base = mmap(NULL, link.mem_size, PROT_READ, MAP_SHARED, link.mem_fd, 0);
	if (base == MAP_FAILED) {
		rte_vtivshmem_disconnect(&link);
		return -ENOMEM;
	}
	end = base + link.mem_size;
	for (p = base; (p = memmem(p, (size_t)(end - p), &word, sizeof(word))) != NULL; p++)
		nb++;
	munmap((void *)(uintptr_t)base, link.mem_size);
	rte_vtivshmem_disconnect(&link);
	return nb;
}

/* ---- who does not ---- */

int
attacker_begin(struct attacker *a, const char *const args[])
{
	char program[4096];
	const char *argv[16] = { program };
	unsigned int i;
	int fd;

	snprintf(program, sizeof(program), "%s/test/hostile/vinetalk-hostile", vt_test_build_dir());
	for (i = 0; args[i] != NULL && i + 2 < RTE_DIM(argv); i++)
		argv[i + 1] = args[i];
	snprintf(a->output, sizeof(a->output), "%.200s/attacker.out", vt_test_tmp_dir());
	fd = open(a->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	fflush(NULL);
	a->pid = fork();
	if (a->pid == 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execv(program, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(fd);
	return a->pid < 0 ? -errno : 0;
}

bool
attacker_runs(struct attacker *a, int *status)
{
	struct rusage ru;
	int s;

	if (wait4(a->pid, &s, WNOHANG, &ru) == 0)
		return true;
	a->cpu_us = (uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000 +
		(uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec);
	*status = WIFEXITED(s) ? WEXITSTATUS(s) : 128 + WTERMSIG(s);
	return false;
}

void
attacker_said(const struct attacker *a, const char *begin, char *line, size_t len)
{
	char text[512];
	FILE *f = fopen(a->output, "re");

	line[0] = '\0';
	while (f != NULL && fgets(text, sizeof(text), f) != NULL)
		if (strncmp(text, begin, strlen(begin)) == 0)
			snprintf(line, len, "%s", text);
	if (f != NULL)
		fclose(f);
}
