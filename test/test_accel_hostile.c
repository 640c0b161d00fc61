/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * What a hostile client can do to the procedures of the cpu accelerator: choose values and
 * lengths, and change data while it is worked on. Best run with the address sanitizer:
 * each segment is a piece of memory of its own.
 */

#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test_accel_proc.h"

static uint64_t seed = 0x853c49e6748fea9bULL;

static uint32_t
draw(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % below;
}

/* A value that is likely to be at an edge of something. */
static uint32_t
draw_edge(void)
{
	static const uint32_t edges[] = {
		0, 1, 2, 3, 4, 6, 7, 8, 9, 12, 13, 16, 31, 32, 33, 255, 256, 4096, 65535, 65536,
		65537, 0x3fffffff, 0x40000000, 0x55555556, 0x7fffffff, 0x80000000, 0xaaaaaaab,
		0xfffffffe, 0xffffffff,
		0x3f800000 /* 1.0f */, 0x42000000 /* 32.0f */, 0x7f800000, 0xff800000, 0x7fc00000,
		0x00000001, 0x3c23d70a /* 0.01f */,
	};

	return draw(3) == 0 ? draw(40) : edges[draw(RTE_DIM(edges))];
}

static void
random_call(const struct rte_vtaccel_proc *p)
{
	static const uint32_t lens[] = {
		0, 1, 3, 4, 7, 8, 31, 32, 33, 48, 64, 100, 300, 1024, 3000,
	};
	struct accel_task at;
	void *mem[RTE_VINETALK_MAX_SEGS];
	unsigned int i, nb_in, nb;

	accel_task_init(&at, p, NULL);
	nb_in = p->min_in + draw(p->max_in - p->min_in + 1);
	nb = nb_in + p->min_out + draw(p->max_out - p->min_out + 1);
	for (i = 0; i < nb; i++) {
		uint32_t len = lens[draw(RTE_DIM(lens))], k;
		uint8_t *bytes = malloc(len + (len == 0));

		CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
		for (k = 0; k < len; k++)
			bytes[k] = (uint8_t)draw(256);
		mem[i] = bytes;
		if (i < nb_in)
			accel_task_in(&at, bytes, len);
		else
			accel_task_out(&at, bytes, len);
	}
	at.t.args_len = p->min_args;
	for (i = 0; i < p->min_args / 4; i++)
		((uint32_t *)at.args)[i] = draw_edge();
	rte_vtaccel_native_run(&at.t);
	if (at.t.status != 0 && at.t.status != -EINVAL && at.t.status != -ENOSPC &&
			at.t.status != -EBADMSG)
		CU_FAIL("unexpected status");
	for (i = 0; i < nb; i++)
		free(mem[i]);
}

static void
test_random_calls(void)
{
	static const char *const names[] = {
		RTE_VTACCEL_PROC_ECHO, RTE_VTACCEL_PROC_VADD, RTE_VTACCEL_PROC_CRC32C,
		RTE_VTACCEL_PROC_SHA256, RTE_VTACCEL_PROC_DEFLATE, RTE_VTACCEL_PROC_INFLATE,
		RTE_VTACCEL_PROC_GRAYSCALE, RTE_VTACCEL_PROC_GAUSSIAN_BLUR, RTE_VTACCEL_PROC_SGEMM,
	};
	unsigned int i, n;

	for (i = 0; i < RTE_DIM(names); i++) {
		const struct rte_vtaccel_proc *p = accel_native(names[i]);

		for (n = 0; n < 3000; n++)
			random_call(p);
	}
}

/* A client that goes on writing to its memory. */
struct writer {
	uint8_t *mem;
	uint32_t len;
	uint32_t stop;
};

static void *
writer_main(void *arg)
{
	struct writer *w = arg;
	uint64_t x = 1;

	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		__atomic_store_n(&w->mem[(x >> 33) % w->len], (uint8_t)(x >> 56),
			__ATOMIC_RELAXED);
	}
	return NULL;
}

#define LEN 100000
static uint8_t plain[LEN], packed[LEN + 1000], again[LEN];

/* What deflate writes is always sound, whatever happens to its input. */
static void
test_deflate_while_written(void)
{
	const struct rte_vtaccel_deflate_args da = { 6, RTE_VTACCEL_DEFLATE_GZIP };
	const struct rte_vtaccel_inflate_args ia = { RTE_VTACCEL_DEFLATE_GZIP };
	struct writer w = { .mem = plain, .len = LEN };
	struct accel_task at;
	pthread_t thread;
	unsigned int i;

	memset(plain, 'v', sizeof(plain));
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, writer_main, &w), 0);
	for (i = 0; i < 30; i++) {
		proc_begin(&at, RTE_VTACCEL_PROC_DEFLATE);
		accel_task_args(&at, &da, sizeof(da));
		accel_task_in(&at, plain, LEN);
		accel_task_out(&at, packed, sizeof(packed));
		CU_ASSERT_EQUAL(proc_run(&at), 0);
		CU_ASSERT_EQUAL(at.t.copied, LEN);
		uint32_t n = (uint32_t)at.t.result;

		proc_begin(&at, RTE_VTACCEL_PROC_INFLATE);
		accel_task_args(&at, &ia, sizeof(ia));
		accel_task_in(&at, packed, n);
		accel_task_out(&at, again, LEN);
		CU_ASSERT_EQUAL(proc_run(&at), 0);
		CU_ASSERT_EQUAL(at.t.result, LEN);
	}
	__atomic_store_n(&w.stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

/* inflate returns, whatever happens to its input and its output meanwhile. */
static void
test_inflate_while_written(void)
{
	const struct rte_vtaccel_deflate_args da = { 6, RTE_VTACCEL_DEFLATE_RAW };
	const struct rte_vtaccel_inflate_args ia = { RTE_VTACCEL_DEFLATE_RAW };
	struct writer w = { .mem = packed }, w2 = { .mem = again, .len = LEN };
	pthread_t thread, thread2;
	struct accel_task at;
	unsigned int i;
	int ret;

	for (i = 0; i < LEN; i++)
		plain[i] = (uint8_t)(draw(4) == 0 ? draw(256) : 'v');
	proc_begin(&at, RTE_VTACCEL_PROC_DEFLATE);
	accel_task_args(&at, &da, sizeof(da));
	accel_task_in(&at, plain, LEN);
	accel_task_out(&at, packed, sizeof(packed));
	CU_ASSERT_EQUAL_FATAL(proc_run(&at), 0);
	w.len = (uint32_t)at.t.result;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, writer_main, &w), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread2, NULL, writer_main, &w2), 0);
	for (i = 0; i < 100; i++) {
		proc_begin(&at, RTE_VTACCEL_PROC_INFLATE);
		accel_task_args(&at, &ia, sizeof(ia));
		accel_task_in(&at, packed, w.len);
		accel_task_out(&at, again, LEN);
		ret = proc_run(&at);
		CU_ASSERT(ret == 0 || ret == -EBADMSG || ret == -ENOSPC);
		CU_ASSERT_EQUAL(at.t.copied, w.len);
	}
	__atomic_store_n(&w.stop, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&w2.stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	pthread_join(thread2, NULL);
}

/* The example plugin, as the EAL's option -d loads it. */
static void
test_plugin(void)
{
	static const char *const ups[] = { "", "/..", "/../.." };
	static const char text[] = "abracadabra";
	uint64_t counters[256];
	struct accel_task at;
	char path[1024];
	unsigned int i;
	void *so = NULL;

	for (i = 0; i < RTE_DIM(ups) && so == NULL; i++) {
		snprintf(path, sizeof(path), "%s%s/examples/plugin_proc/libvt_proc_histogram.so",
			vt_test_build_dir(), ups[i]);
		if (access(path, R_OK) != 0)
			continue;
		so = dlopen(path, RTLD_NOW);
		if (so == NULL)
			printf("\n%s\n", dlerror());
		CU_ASSERT_PTR_NOT_NULL_FATAL(so);
	}
	if (so == NULL) {
		vt_test_skip_reason("the examples are not built");
		return;
	}
	CU_ASSERT_EQUAL(rte_vtaccel_registration_error(), 0);
	proc_begin(&at, "byte_histogram");
	accel_task_in(&at, text, 11);
	accel_task_out(&at, counters, sizeof(counters));
	CU_ASSERT_EQUAL(proc_run(&at), 0);
	CU_ASSERT_EQUAL(at.t.result, 11);
	CU_ASSERT_EQUAL(counters['a'], 5);
	CU_ASSERT_EQUAL(counters['b'], 2);
	CU_ASSERT_EQUAL(counters['c'], 1);
	CU_ASSERT_EQUAL(counters['z'], 0);
	at.segs[1].len--;
	CU_ASSERT_EQUAL(proc_run(&at), -ENOSPC);
	CU_ASSERT_EQUAL(at.t.result, sizeof(counters));
	/* Unloading takes the procedure off. */
	CU_ASSERT_EQUAL(dlclose(so), 0);
	for (i = 0; rte_vtaccel_native_at(i) != NULL; i++)
		CU_ASSERT_STRING_NOT_EQUAL(rte_vtaccel_native_at(i)->name, "byte_histogram");
}

static const struct vt_test_case cases[] = {
	{ "27,000 random calls", test_random_calls },
	{ "deflate while its input changes", test_deflate_while_written },
	{ "inflate while its input and output change", test_inflate_while_written },
	{ "the example plugin", test_plugin },
};

VT_TEST_SUITE(vinetalk_accel_hostile_autotest, NULL, NULL, cases)
