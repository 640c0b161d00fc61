/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* What an engine leaves in the vector registers of the thread that called it. */

#include <string.h>

#include <rte_cpuflags.h>
#include <rte_vtaccel_workers.h>

#include "test.h"
#include "test_accel.h"

#define TASKS 4

#ifdef RTE_ARCH_X86

#include <cpuid.h>

#define UPPER_HALVES (1U << 2)

static struct {
	struct rte_vtaccel dev;
	struct rte_vtaccel_stream stream;
	struct rte_vtaccel_workers_stream priv;
	uint32_t before[TASKS], after[TASKS]; /* in each run: parts of the registers that are in use */
	unsigned int nb;
} s;

/* XINUSE. */
static uint32_t
in_use(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(1));
	return low;
}

static void
dirty_run(struct rte_vtaccel *dev, uint32_t thread, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(thread);
	s.before[s.nb] = in_use();
	rte_vtaccel_task_end(tasks[0], nb == 1 ? 0 : -EINVAL);
	__asm__ volatile("vcmptrueps %%ymm0, %%ymm0, %%ymm0" : : : "xmm0");
	s.after[s.nb++] = in_use();
}

/* One task after the other in the same thread: what the one left the next does not find. */
static void
left(uint32_t nb_workers)
{
	const struct rte_vtaccel_workers_conf conf = { .nb_workers = nb_workers, .depth = 1, .burst = 1,
		.run = dirty_run };
	static const struct rte_vtaccel_proc proc = { .name = "dirty" };
	struct rte_vtaccel_task t, *at = &t;
	struct rte_vtaccel_workers *ws;
	unsigned int i;

	memset(&s, 0, sizeof(s));
	snprintf(s.dev.name, sizeof(s.dev.name), "dirty");
	ws = rte_vtaccel_workers_create(&s.dev, &conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ws);
	s.stream.driver_data = &s.priv;
	rte_vtaccel_workers_stream_open(ws, &s.stream);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_workers_start(ws), 0);
	for (i = 0; i < TASKS; i++) {
		t = (struct rte_vtaccel_task){ .proc = &proc, .stream = &s.stream };
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_workers_enqueue_burst(ws, &at, 1), 1);
		while (rte_vtaccel_workers_dequeue_burst(ws, &at, 1) == 0)
			;
		CU_ASSERT_EQUAL(t.status, 0);
	}
	CU_ASSERT_EQUAL_FATAL(s.nb, TASKS);
	for (i = 0; i < TASKS; i++) {
		CU_ASSERT_EQUAL(s.after[i] & UPPER_HALVES, UPPER_HALVES);
		CU_ASSERT_TRUE(i == 0 || (s.before[i] & UPPER_HALVES) == 0);
	}
	rte_vtaccel_workers_stop(ws);
	rte_vtaccel_workers_stream_close(&s.priv);
	rte_vtaccel_workers_free(ws);
}

static void
test_caller(void)
{
	left(0);
}

static void
test_worker(void)
{
	left(1);
}

static int
setup(void)
{
	uint32_t eax = 0, ebx, ecx, edx;

	if (rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX) != 1) {
		vt_test_skip_reason("no AVX here");
		return VT_TEST_SKIPPED;
	}
	if (__get_cpuid_count(0xd, 1, &eax, &ebx, &ecx, &edx) == 0 || (eax & (1U << 2)) == 0) {
		vt_test_skip_reason("this processor does not tell which registers are in use");
		return VT_TEST_SKIPPED;
	}
	return 0;
}

#else

static void
test_caller(void)
{
}

static void
test_worker(void)
{
}

static int
setup(void)
{
	vt_test_skip_reason("registers of x86");
	return VT_TEST_SKIPPED;
}

#endif

static const struct vt_test_case cases[] = {
	{ "the thread that calls", test_caller },
	{ "a worker", test_worker },
};

VT_TEST_SUITE(vinetalk_accel_vectors_autotest, setup, NULL, cases);
