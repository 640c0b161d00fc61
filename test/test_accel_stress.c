/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Many tasks over many streams; the sum of what they compute is known. */

#include <sched.h>

#include "test_accel.h"

#define NB 120000
#define STREAMS 5
#define SLOTS 1000
#define BLOCKS 256
#define BURST 32

static struct stress {
	struct rte_vtaccel *dev;
	const struct rte_vtaccel_proc *proc;
	struct rte_vtaccel_stream streams[STREAMS];
	uint64_t sent_seq[STREAMS], back_seq[STREAMS];
	uint64_t blocks[BLOCKS];
	uint32_t sent;
	struct accel_task tasks[SLOTS];
	struct rte_vtaccel_task *free[SLOTS];
	uint32_t nb_free;
	uint64_t sum;
} st;

/* The sum that a device must come to, by calling the procedure directly. */
static uint64_t
expected(void)
{
	struct accel_task one;
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < BLOCKS; i++) {
		accel_task_init(&one, st.proc, NULL);
		accel_task_in(&one, &st.blocks[i], sizeof(st.blocks[i]));
		rte_vtaccel_native_run(&one.t);
		sum += one.t.result * (NB / BLOCKS + (i < NB % BLOCKS));
	}
	return sum;
}

static void
enqueue(void)
{
	struct rte_vtaccel_task *burst[BURST];
	uint32_t n, k, taken;

	for (n = 0; n < BURST && st.sent + n < NB && st.nb_free > 0; n++) {
		struct accel_task *at = accel_task_of(st.free[--st.nb_free]);

		k = (st.sent + n) % STREAMS;
		accel_task_init(at, st.proc, &st.streams[k]);
		accel_task_in(at, &st.blocks[(st.sent + n) % BLOCKS], sizeof(st.blocks[0]));
		at->seq = st.sent_seq[k]++;
		burst[n] = &at->t;
	}
	taken = rte_vtaccel_enqueue_burst(st.dev, burst, (uint16_t)n);
	st.sent += taken;
	while (n > taken) {
		st.sent_seq[burst[--n]->stream - st.streams]--;
		st.free[st.nb_free++] = burst[n];
	}
}

static uint32_t
dequeue(void)
{
	struct rte_vtaccel_task *burst[BURST];
	uint32_t n, i, k;

	n = rte_vtaccel_dequeue_burst(st.dev, burst, BURST);
	for (i = 0; i < n; i++) {
		k = (uint32_t)(burst[i]->stream - st.streams);
		if (burst[i]->status != 0 || accel_task_of(burst[i])->seq != st.back_seq[k]++)
			CU_FAIL_FATAL("wrong status or order");
		st.sum += burst[i]->result;
		st.free[st.nb_free++] = burst[i];
	}
	if (n == 0)
		sched_yield();
	return n;
}

void
accel_stress(struct rte_vtaccel *dev, const struct rte_vtaccel_proc *nop, bool computes)
{
	uint32_t i, got;

	memset(&st, 0, sizeof(st));
	st.dev = dev;
	st.proc = computes ? accel_native(RTE_VTACCEL_PROC_CRC32C) : nop;
	for (i = 0; i < STREAMS; i++)
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &st.streams[i]), 0);
	for (i = 0; i < SLOTS; i++)
		st.free[st.nb_free++] = &st.tasks[i].t;
	for (i = 0; i < BLOCKS; i++)
		st.blocks[i] = i * 0x9e3779b97f4a7c15ULL;
	for (got = 0; got < NB; got += dequeue())
		enqueue();
	CU_ASSERT_EQUAL(st.sent, NB);
	CU_ASSERT_EQUAL(st.nb_free, SLOTS);
	CU_ASSERT_EQUAL(st.sum, computes ? expected() : 0);
	for (i = 0; i < STREAMS; i++)
		rte_vtaccel_stream_close(&st.streams[i]);
}
