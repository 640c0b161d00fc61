/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Conformance of transport drivers: memory. */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "conformance.h"

void
conf_case_alloc_sizes(void)
{
	static const size_t sizes[] = { 1, 7, 8, 63, 64, 65, 100, 4095, 4096, 4097, 20000, 65536,
		100000 };
	uint8_t *buf[RTE_DIM(sizes)];
	unsigned int i, bad = 0;
	struct conf_env e;
	size_t j;

	conf_up(&e, 1, 0);
	for (i = 0; i < RTE_DIM(sizes); i++) {
		buf[i] = rte_vinetalk_alloc(e.dev, sizes[i], 0, RTE_VINETALK_PLACE_HOST);
		CU_ASSERT_PTR_NOT_NULL_FATAL(buf[i]);
		CU_ASSERT_TRUE(rte_vinetalk_buf_size(e.dev, buf[i]) >= sizes[i]);
		CU_ASSERT_EQUAL((uintptr_t)buf[i] % RTE_CACHE_LINE_SIZE, 0);
		CU_ASSERT_PTR_EQUAL(rte_vinetalk_ptr(e.dev, rte_vinetalk_offset(e.dev, buf[i])),
			buf[i]);
		memset(buf[i], (int)i + 1, sizes[i]);
	}
	for (i = 0; i < RTE_DIM(sizes); i++) {
		for (j = 0; j < sizes[i]; j++)
			bad += buf[i][j] != i + 1;
		rte_vinetalk_free(e.dev, buf[i]);
	}
	CU_ASSERT_EQUAL(bad, 0);
	conf_down(&e);
}

void
conf_case_alloc_align(void)
{
	struct conf_env e;
	size_t align;
	void *buf;

	conf_up(&e, 1, 0);
	for (align = 1; align <= 65536; align *= 2) {
		buf = rte_vinetalk_alloc(e.dev, 100, align, RTE_VINETALK_PLACE_HOST);
		CU_ASSERT_PTR_NOT_NULL(buf);
		CU_ASSERT_EQUAL((uintptr_t)buf % align, 0);
		rte_vinetalk_free(e.dev, buf);
	}
	conf_down(&e);
}

static void
alloc_fails(const struct conf_env *e, size_t size, size_t align, int placement, int err)
{
	rte_errno = 0;
	CU_ASSERT_PTR_NULL(rte_vinetalk_alloc(e->dev, size, align,
		(enum rte_vinetalk_placement)placement));
	CU_ASSERT_EQUAL(rte_errno, err);
}

void
conf_case_alloc_bad(void)
{
	struct conf_env e;

	conf_up(&e, 1, 0);
	alloc_fails(&e, 0, 0, RTE_VINETALK_PLACE_HOST, EINVAL);
	alloc_fails(&e, 64, 3, RTE_VINETALK_PLACE_HOST, EINVAL);
	alloc_fails(&e, 64, 96, RTE_VINETALK_PLACE_HOST, EINVAL);
	alloc_fails(&e, 64, (size_t)1 << 40, RTE_VINETALK_PLACE_HOST, EINVAL);
	alloc_fails(&e, 64, 0, 3, EINVAL);
	alloc_fails(&e, 64, 0, -1, EINVAL);
	alloc_fails(&e, 64, 0, RTE_VINETALK_PLACE_ACCEL, ENOTSUP);
	alloc_fails(&e, 64, 0, RTE_VINETALK_PLACE_BOTH, ENOTSUP);
	alloc_fails(&e, e.info.arena_size + 1, 0, RTE_VINETALK_PLACE_HOST, ENOMEM);
	alloc_fails(&e, SIZE_MAX, 0, RTE_VINETALK_PLACE_HOST, ENOMEM);
	conf_down(&e);
}

void
conf_case_alloc_all(void)
{
	static void *buf[1024];
	unsigned int nb, again, i;
	struct conf_env e;

	conf_up(&e, 1, 0);
	for (nb = 0; nb < RTE_DIM(buf); nb++) {
		buf[nb] = rte_vinetalk_alloc(e.dev, e.info.arena_size / 32, 0,
			RTE_VINETALK_PLACE_HOST);
		if (buf[nb] == NULL)
			break;
	}
	CU_ASSERT_EQUAL(rte_errno, ENOMEM);
	CU_ASSERT_TRUE(nb >= 8 && nb <= 32);
	for (i = 0; i < nb; i++)
		rte_vinetalk_free(e.dev, buf[i]);
	for (again = 0; again < nb; again++) {
		buf[again] = rte_vinetalk_alloc(e.dev, e.info.arena_size / 32, 0,
			RTE_VINETALK_PLACE_HOST);
		if (buf[again] == NULL)
			break;
	}
	CU_ASSERT_EQUAL(again, nb);
	for (i = 0; i < again; i++)
		rte_vinetalk_free(e.dev, buf[i]);
	conf_down(&e);
}

void
conf_case_free_bad(void)
{
	struct rte_vinetalk_task t;
	struct conf_env e;
	uint8_t mine[64];

	conf_up(&e, 1, 0);
	rte_vinetalk_free(e.dev, NULL);
	rte_vinetalk_free(e.dev, mine);
	CU_ASSERT_EQUAL(rte_vinetalk_buf_size(e.dev, NULL), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_buf_size(e.dev, mine), 0);
	conf_task(&e, &t, 1);
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), 0);
	conf_down(&e);
}

void
conf_case_offsets(void)
{
	uint64_t off, low, high;
	struct conf_env e;

	conf_up(&e, 1, 0);
	off = rte_vinetalk_offset(e.dev, e.data);
	CU_ASSERT_PTR_EQUAL(rte_vinetalk_ptr(e.dev, off), e.data);
	CU_ASSERT_PTR_EQUAL(rte_vinetalk_ptr(e.dev, off + 100), e.data + 100);
	/* The bounds of the arena, by bisection from a place inside. */
	for (low = off; rte_vinetalk_ptr(e.dev, low) != NULL && low >= 4096; low -= 4096)
		;
	for (high = off; rte_vinetalk_ptr(e.dev, high) != NULL; high += 4096)
		;
	CU_ASSERT_TRUE(high - low >= e.info.arena_size - 4096);
	CU_ASSERT_TRUE(high - low <= e.info.arena_size + 2 * 4096);
	rte_errno = 0;
	CU_ASSERT_PTR_NULL(rte_vinetalk_ptr(e.dev, UINT64_MAX));
	CU_ASSERT_EQUAL(rte_errno, EFAULT);
	conf_down(&e);
}

#define NB_THREADS 12
#define NB_ROUNDS 2000

struct alloc_thread {
	pthread_t id;
	uint16_t dev;
	unsigned int seed;
	unsigned int bad;
};

static void *
alloc_and_free(void *arg)
{
	struct alloc_thread *a = arg;
	uint8_t *buf[8] = { NULL };
	size_t len[8];
	unsigned int i, r;

	for (i = 0; i < NB_ROUNDS; i++) {
		r = (unsigned int)rand_r(&a->seed);
		if (buf[r % 8] != NULL) {
			a->bad += buf[r % 8][0] != (uint8_t)a->dev + r % 8 ||
				buf[r % 8][len[r % 8] - 1] != (uint8_t)a->dev + r % 8;
			rte_vinetalk_free(a->dev, buf[r % 8]);
		}
		len[r % 8] = 1 + (r >> 8) % 5000;
		buf[r % 8] = rte_vinetalk_alloc(a->dev, len[r % 8], 0, RTE_VINETALK_PLACE_HOST);
		if (buf[r % 8] == NULL)
			a->bad++;
		else
			memset(buf[r % 8], a->dev + (int)(r % 8), len[r % 8]);
	}
	for (i = 0; i < 8; i++)
		rte_vinetalk_free(a->dev, buf[i]);
	return NULL;
}

void
conf_case_alloc_threads(void)
{
	struct alloc_thread th[NB_THREADS];
	struct conf_env e;
	unsigned int i;

	conf_up(&e, 1, 0);
	for (i = 0; i < NB_THREADS; i++) {
		th[i] = (struct alloc_thread){ .dev = e.dev, .seed = i + 1 };
		CU_ASSERT_EQUAL_FATAL(pthread_create(&th[i].id, NULL, alloc_and_free, &th[i]), 0);
	}
	for (i = 0; i < NB_THREADS; i++) {
		pthread_join(th[i].id, NULL);
		CU_ASSERT_EQUAL(th[i].bad, 0);
	}
	conf_down(&e);
}
