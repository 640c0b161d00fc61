/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The dma accelerator on a device that does what the test says: fills, failures, full rings, fences, stops. */

#include <errno.h>
#include <string.h>

#include <rte_bus_vdev.h>
#include <rte_common.h>
#include <rte_log.h>
#include <rte_vtaccel.h>
#include <rte_vtaccel_dma.h>

#include "dma_mock.h"
#include "test.h"
#include "test_accel.h"

#define NB 16
#define LEN 100

static struct rte_vtaccel *dev;
static struct rte_vtaccel_stream stream, other;
static struct accel_task tasks[NB];
static struct rte_vtaccel_task *ptrs[NB], *back[NB];
static uint8_t from[NB * LEN], to[NB * LEN + 8];

static void
up(const char *devargs)
{
	unsigned int i;

	for (i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(i * 13 + 1);
	memset(to, 0xa5, sizeof(to));
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(devargs, &dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &stream), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &other), 0);
}

static void
down(void)
{
	rte_vtaccel_stop(dev);
	rte_vtaccel_stream_close(&stream);
	rte_vtaccel_stream_close(&other);
	rte_vtaccel_remove(dev);
	dma_mock_off();
}

static struct accel_task *
begin(unsigned int i, const char *name, struct rte_vtaccel_stream *s)
{
	const struct rte_vtaccel_proc *p = rte_vtaccel_proc_find(dev, name);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	accel_task_init(&tasks[i], p, s);
	ptrs[i] = &tasks[i].t;
	return &tasks[i];
}

/* The i-th block to its place. */
static void
copy(unsigned int i, struct rte_vtaccel_stream *s)
{
	struct accel_task *t = begin(i, RTE_VTACCEL_PROC_DMA_COPY, s);

	accel_task_in(t, from + i * LEN, LEN);
	accel_task_out(t, to + i * LEN, LEN);
}

/* Four pieces of the i-th block to its place. */
static void
gather(unsigned int i, struct rte_vtaccel_stream *s)
{
	struct accel_task *t = begin(i, RTE_VTACCEL_PROC_DMA_GATHER, s);
	unsigned int k;

	for (k = 0; k < 4; k++)
		accel_task_in(t, from + i * LEN + k * LEN / 4, LEN / 4);
	accel_task_out(t, to + i * LEN, LEN);
}

static uint16_t
send(uint16_t nb)
{
	return rte_vtaccel_enqueue_burst(dev, ptrs, nb);
}

static uint16_t
take(uint16_t nb)
{
	return rte_vtaccel_dequeue_burst(dev, back, nb);
}

static uint32_t
state(void)
{
	return __atomic_load_n(&dev->state, __ATOMIC_RELAXED);
}

/* Those from first on are back, with their bytes in place. */
static void
good(unsigned int first, unsigned int nb)
{
	unsigned int i;

	for (i = first; i < first + nb; i++) {
		CU_ASSERT_EQUAL(tasks[i].t.status, 0);
		CU_ASSERT_EQUAL(tasks[i].t.result, LEN);
		CU_ASSERT_EQUAL(tasks[i].t.copied, 0);
		CU_ASSERT_EQUAL(tasks[i].t.exec_ns, 0);
		CU_ASSERT_EQUAL(memcmp(from + i * LEN, to + i * LEN, LEN), 0);
	}
}

static void
test_fill(void)
{
	static const uint32_t lens[] = { 0, 1, 7, 8, 9, 1000 };
	const struct rte_vtaccel_dma_fill_args args = { .pattern = 0x8877665544332211 };
	struct accel_task *t;
	unsigned int i, k;

	dma_mock_on();
	dma_mock.capa_set = RTE_DMA_CAPA_OPS_FILL;
	up("dma,dev=dma_skeleton");
	for (i = 0; i < RTE_DIM(lens); i++) {
		memset(to, 0xa5, sizeof(to));
		t = begin(0, RTE_VTACCEL_PROC_DMA_FILL, &stream);
		accel_task_args(t, &args, sizeof(args));
		accel_task_out(t, to, lens[i]);
		CU_ASSERT_EQUAL(send(1), 1);
		CU_ASSERT_EQUAL(take(NB), 1);
		CU_ASSERT_TRUE(t->t.status == 0 && t->t.result == lens[i]);
		for (k = 0; k < lens[i]; k++)
			CU_ASSERT_EQUAL(to[k], 0x11 * (k % 8 + 1));
		CU_ASSERT_EQUAL(to[k], 0xa5);
	}
	for (i = 0; i < 4; i++) {
		t = begin(i, RTE_VTACCEL_PROC_DMA_FILL, &stream);
		accel_task_args(t, &args, sizeof(args));
		accel_task_out(t, to, 8);
	}
	tasks[0].t.args_len = 0;
	tasks[1].t.args_len = sizeof(args) - 1;
	accel_task_out(&tasks[2], to + 8, 8);
	CU_ASSERT_EQUAL(send(4), 4);
	CU_ASSERT_EQUAL(take(NB), 4);
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(tasks[i].t.status, i < 3 ? -EINVAL : 0);
	down();
}

/* The third piece of the second task fails, in each way. */
static void
test_error(void)
{
	static const enum rte_dma_status_code codes[] = {
		RTE_DMA_STATUS_USER_ABORT, RTE_DMA_STATUS_NOT_ATTEMPTED, RTE_DMA_STATUS_INVALID_SRC_ADDR,
		RTE_DMA_STATUS_INVALID_LENGTH, RTE_DMA_STATUS_BUS_ERROR, RTE_DMA_STATUS_PAGE_FAULT,
		RTE_DMA_STATUS_ERROR_UNKNOWN,
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(codes); i++) {
		dma_mock_on();
		dma_mock.fail_at = 3;
		dma_mock.code = codes[i];
		up("dma,dev=dma_skeleton");
		copy(0, &stream);
		gather(1, &stream);
		copy(2, &stream);
		CU_ASSERT_EQUAL(send(3), 3);
		CU_ASSERT_EQUAL_FATAL(take(NB), 3);
		CU_ASSERT_TRUE(back[0] == ptrs[0] && back[1] == ptrs[1] && back[2] == ptrs[2]);
		good(0, 1);
		good(2, 1);
		CU_ASSERT_EQUAL(tasks[1].t.status, codes[i] == RTE_DMA_STATUS_USER_ABORT ? -ECANCELED : -EIO);
		CU_ASSERT_EQUAL(tasks[1].t.result, 0);
		CU_ASSERT_NOT_EQUAL(state(), RTE_VINETALK_ACCEL_FAILED);
		down();
	}
}

/* A device that has an error and never says with which copy: nobody waits in a loop for it. */
static void
test_error_without_copy(void)
{
	dma_mock_on();
	dma_mock.fail_at = 1;
	dma_mock.mute = true;
	up("dma,dev=dma_skeleton");
	copy(0, &stream);
	copy(1, &stream);
	copy(2, &other);
	CU_ASSERT_EQUAL(send(3), 3);
	CU_ASSERT_EQUAL(take(NB), 1);
	good(0, 1);
	CU_ASSERT_EQUAL(state(), RTE_VINETALK_ACCEL_FAILED);
	CU_ASSERT_EQUAL(take(NB), 0);
	copy(3, &stream);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[3], 1), 0);
	dma_mock.mute = false;
	CU_ASSERT_EQUAL(take(NB), 2);
	CU_ASSERT_EQUAL(tasks[1].t.status, -EIO);
	good(2, 1);
	CU_ASSERT_EQUAL(state(), RTE_VINETALK_ACCEL_IDLE);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[3], 1), 1);
	CU_ASSERT_EQUAL(take(NB), 1);
	good(3, 1);
	down();
}

static void
test_refused_bell(void)
{
	dma_mock_on();
	dma_mock.no_bell = true;
	up("dma,dev=dma_skeleton");
	copy(0, &stream);
	copy(1, &other);
	CU_ASSERT_EQUAL(send(1), 1);
	CU_ASSERT_EQUAL(state(), RTE_VINETALK_ACCEL_FAILED);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[1], 1), 0);
	CU_ASSERT_EQUAL(take(NB), 0);
	dma_mock.no_bell = false;
	CU_ASSERT_EQUAL(take(NB), 1);
	good(0, 1);
	CU_ASSERT_EQUAL(state(), RTE_VINETALK_ACCEL_IDLE);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[1], 1), 1);
	CU_ASSERT_EQUAL(take(NB), 1);
	good(1, 1);
	down();
}

/* The device takes two pieces of the second task and not the third. */
static void
test_refused_copy(void)
{
	dma_mock_on();
	dma_mock.refuse_at = 3;
	dma_mock.allowed = 2;
	up("dma,dev=dma_skeleton");
	copy(0, &stream);
	gather(1, &stream);
	copy(2, &stream);
	CU_ASSERT_EQUAL(send(3), 3);
	/* What it took has to end before the task may. */
	CU_ASSERT_EQUAL(take(NB), 1);
	CU_ASSERT_EQUAL(take(NB), 0);
	dma_mock.allowed = UINT32_MAX;
	CU_ASSERT_EQUAL(take(NB), 2);
	CU_ASSERT_TRUE(tasks[1].t.status == -EIO && tasks[1].t.result == 0);
	good(0, 1);
	good(2, 1);
	/* None of the pieces of a task is taken. */
	dma_mock.refuse_at = dma_mock.head;
	copy(3, &stream);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[3], 1), 1);
	CU_ASSERT_EQUAL(take(NB), 1);
	CU_ASSERT_EQUAL(tasks[3].t.status, -EIO);
	down();
}

/* A task is taken with all of its copies or not at all, and those that never fit are none. */
static void
test_full_ring(void)
{
	const struct rte_vtaccel_proc *p;
	unsigned int i;

	dma_mock_on();
	dma_mock.room = 4;
	dma_mock.allowed = 0;
	up("dma,dev=dma_skeleton");
	p = rte_vtaccel_proc_find(dev, RTE_VTACCEL_PROC_DMA_GATHER);
	CU_ASSERT_TRUE_FATAL(p != NULL && p->max_in == 4);
	p = rte_vtaccel_proc_find(dev, RTE_VTACCEL_PROC_DMA_SCATTER);
	CU_ASSERT_TRUE_FATAL(p != NULL && p->max_out == 4);
	gather(0, &stream);
	/* A fifth input: which of the segments are inputs does not matter here. */
	accel_task_in(&tasks[0], NULL, 0);
	for (i = 1; i < 8; i++)
		copy(i, &stream);
	gather(4, &stream);
	CU_ASSERT_EQUAL(send(8), 4); /* one of a wrong shape, three copies; no room for the gather */
	CU_ASSERT_EQUAL(take(NB), 1);
	CU_ASSERT_EQUAL(tasks[0].t.status, -EINVAL);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[4], 4), 0);
	dma_mock.allowed = 2;
	CU_ASSERT_EQUAL(take(NB), 2);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[4], 4), 0);
	dma_mock.allowed = UINT32_MAX;
	CU_ASSERT_EQUAL(take(NB), 1);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[4], 4), 1);
	CU_ASSERT_EQUAL(take(NB), 1);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[5], 3), 3);
	CU_ASSERT_EQUAL(take(1), 1);
	CU_ASSERT_EQUAL(take(1), 1);
	CU_ASSERT_EQUAL(take(NB), 1);
	good(1, 7);
	down();
}

/* A task waits for those of its stream that are out, and for no others. */
static void
test_fences(void)
{
	/* Of the copies in the order in which the device gets them. */
	static const bool fenced[] = { false, false, true, true, false, false, false, true };
	unsigned int i;

	dma_mock_on();
	dma_mock.allowed = 0;
	up("dma,dev=dma_skeleton");
	copy(0, &stream);
	copy(1, &other);
	copy(2, &stream);
	gather(3, &other);
	copy(4, &stream);
	CU_ASSERT_EQUAL(send(5), 5);
	CU_ASSERT_EQUAL_FATAL(dma_mock.head, RTE_DIM(fenced));
	for (i = 0; i < RTE_DIM(fenced); i++)
		CU_ASSERT_EQUAL((dma_mock.ops[i].flags & RTE_DMA_OP_FLAG_FENCE) != 0, fenced[i]);
	dma_mock.allowed = UINT32_MAX;
	CU_ASSERT_EQUAL(take(NB), 5);
	good(0, 5);
	/* Nothing of it is out any more; one that ends at once does not count. */
	begin(5, RTE_VTACCEL_PROC_DMA_COPY, &stream);
	copy(6, &stream);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[5], 2), 2);
	CU_ASSERT_EQUAL(dma_mock.ops[RTE_DIM(fenced)].flags, 0);
	CU_ASSERT_EQUAL(take(NB), 2);
	CU_ASSERT_EQUAL(tasks[5].t.status, -EINVAL);
	good(6, 1);
	down();
}

/* Those that end at once wait for those before them, and nothing is looked for where they were. */
static void
test_empty_between(void)
{
	unsigned int i;

	dma_mock_on();
	dma_mock.allowed = 1;
	up("dma,dev=dma_skeleton");
	for (i = 0; i < 6; i++)
		copy(i, &stream);
	tasks[1].t.args_len = 1;
	tasks[3].segs[0].len = tasks[3].segs[1].len = 0;
	tasks[5].t.nb_out = 0;
	CU_ASSERT_EQUAL(send(6), 6);
	CU_ASSERT_EQUAL(take(1), 1);
	CU_ASSERT_EQUAL(take(1), 1);
	CU_ASSERT_EQUAL(take(1), 0);
	dma_mock.allowed = UINT32_MAX;
	CU_ASSERT_EQUAL(take(NB), 4);
	for (i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(tasks[i].t.status, i == 1 || i == 5 ? -EINVAL : 0);
	CU_ASSERT_EQUAL(tasks[3].t.result, 0);
	good(0, 1);
	good(2, 1);
	good(4, 1);
	down();
}

static void
test_stop(void)
{
	unsigned int i;

	dma_mock_on();
	dma_mock.allowed = 3;
	up("dma,dev=dma_skeleton");
	for (i = 0; i < 5; i++)
		copy(i, &stream);
	CU_ASSERT_EQUAL(send(5), 5);
	rte_vtaccel_stop(dev);
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), -EBUSY);
	/* The device has all of them, and does them. */
	CU_ASSERT_EQUAL(take(3), 3);
	/* It does no more: the wait has an end, and the tasks stay with whom writes to their memory. */
	CU_ASSERT_EQUAL(take(NB), 0);
	CU_ASSERT_EQUAL(state(), RTE_VINETALK_ACCEL_FAILED);
	CU_ASSERT_EQUAL(take(NB), 0);
	dma_mock.allowed = UINT32_MAX;
	CU_ASSERT_EQUAL(take(NB), 2);
	good(0, 5);
	CU_ASSERT_EQUAL(state(), RTE_VINETALK_ACCEL_IDLE);
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), 0);
	copy(0, &other);
	CU_ASSERT_EQUAL(send(1), 1);
	CU_ASSERT_EQUAL(take(NB), 1);
	good(0, 1);
	down();
}

static void
test_remove(void)
{
	dma_mock_on();
	dma_mock.allowed = 0;
	up("dma,dev=dma_skeleton");
	copy(0, &stream);
	CU_ASSERT_EQUAL(send(1), 1);
	/* The device goes with it, which the next one shows. */
	down();
	CU_ASSERT_EQUAL(rte_dma_count_avail(), 0);
	dma_mock_on();
	up("dma,dev=dma_skeleton");
	copy(0, &stream);
	CU_ASSERT_EQUAL(send(1), 1);
	CU_ASSERT_EQUAL(take(NB), 1);
	good(0, 1);
	down();
}

/* A device that takes nothing though it has nothing: nobody waits for ever, and it is asked again. */
static void
test_takes_nothing(void)
{
	dma_mock_on();
	up("dma,dev=dma_skeleton");
	copy(0, &stream);
	CU_ASSERT_EQUAL(send(1), 1);
	CU_ASSERT_EQUAL(take(NB), 1);
	good(0, 1);
	dma_mock.room = 0;
	copy(1, &stream);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[1], 1), 0);
	CU_ASSERT_EQUAL_FATAL(state(), RTE_VINETALK_ACCEL_FAILED);
	CU_ASSERT_EQUAL(rte_vtaccel_recover(dev), -EIO);
	CU_ASSERT_EQUAL(state(), RTE_VINETALK_ACCEL_FAILED);
	dma_mock.room = DMA_MOCK_RING;
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[1], 1), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_recover(dev), 0);
	CU_ASSERT_EQUAL(state(), RTE_VINETALK_ACCEL_IDLE);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[1], 1), 1);
	CU_ASSERT_EQUAL(take(NB), 1);
	good(1, 1);
	/* One with copies out has to end them. */
	dma_mock.no_bell = true;
	copy(2, &stream);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[2], 1), 1);
	CU_ASSERT_EQUAL(rte_vtaccel_recover(dev), -EBUSY);
	dma_mock.no_bell = false;
	CU_ASSERT_EQUAL(take(NB), 1);
	good(2, 1);
	down();
}

/* The device is removed under it. */
static void
test_removed(void)
{
	CU_ASSERT_EQUAL_FATAL(rte_vdev_init("dma_skeleton_there", ""), 0);
	up("dma,dev=dma_skeleton_there");
	copy(0, &stream);
	CU_ASSERT_EQUAL(send(1), 1);
	CU_ASSERT_EQUAL(accel_collect(dev, back, 1), 1);
	good(0, 1);
	rte_log_set_level_pattern("lib.dmadev", RTE_LOG_EMERG);
	CU_ASSERT_EQUAL(rte_dma_stop((int16_t)rte_dma_get_dev_id_by_name("dma_skeleton_there")), 0);
	CU_ASSERT_EQUAL(rte_vdev_uninit("dma_skeleton_there"), 0);
	copy(1, &stream);
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &ptrs[1], 1), 0);
	CU_ASSERT_EQUAL(state(), RTE_VINETALK_ACCEL_FAILED);
	CU_ASSERT_TRUE(rte_vtaccel_recover(dev) < 0);
	CU_ASSERT_EQUAL(state(), RTE_VINETALK_ACCEL_FAILED);
	down();
	rte_log_set_level_pattern("lib.dmadev", RTE_LOG_INFO);
}

/* Devices that would not do what procedures promise. */
static void
test_refused_devices(void)
{
	static const uint64_t needed[] = { RTE_DMA_CAPA_MEM_TO_MEM, RTE_DMA_CAPA_OPS_COPY };
	struct rte_vtaccel *d;
	unsigned int i;

	for (i = 0; i < RTE_DIM(needed); i++) {
		dma_mock_on();
		dma_mock.capa_clear = needed[i];
		CU_ASSERT_EQUAL(rte_vtaccel_probe("dma,dev=dma_skeleton", &d), -ENOTSUP);
	}
	dma_mock_on();
	dma_mock.room = 0;
	CU_ASSERT_EQUAL(rte_vtaccel_probe("dma,dev=dma_skeleton", &d), -ENOTSUP);
	dma_mock_off();
	CU_ASSERT_EQUAL(rte_dma_count_avail(), 0);
}

static int
setup(void)
{
	struct rte_vtaccel *d;

	if (rte_vtaccel_probe("dma,dev=dma_skeleton", &d) != 0) {
		vt_test_skip_reason("there is no dma_skeleton");
		return VT_TEST_SKIPPED;
	}
	rte_vtaccel_remove(d);
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "fills", test_fill },
	{ "a copy fails", test_error },
	{ "an error without a copy", test_error_without_copy },
	{ "the doorbell is refused", test_refused_bell },
	{ "a copy is refused", test_refused_copy },
	{ "a full ring", test_full_ring },
	{ "fences within a stream", test_fences },
	{ "tasks that end at once between copies", test_empty_between },
	{ "a stop with copies out, and one that hangs", test_stop },
	{ "a removal with copies out", test_remove },
	{ "a device that takes nothing", test_takes_nothing },
	{ "a device that is removed", test_removed },
	{ "devices that are refused", test_refused_devices },
};

VT_TEST_SUITE(vinetalk_dma_faults_autotest, setup, NULL, cases);
