/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The compress accelerator as a client sees it, through an appliance and shared memory. */

#include <errno.h>
#include <string.h>

#include <zlib.h>

#include <rte_vinetalk.h>

#include "compress_env.h"
#include "fixture.h"
#include "maps_mock.h"
#include "test.h"

#define TIMEOUT_US 20000000
#define LEN 300000
#define ROOM (LEN + LEN / 8 + 1024)

static const struct rte_vtappliance_domain_conf domain = {
	.uid = -1, .gid = -1, .arena_size = 4 << 20,
};

struct env {
	struct fixture f;
	uint16_t dev, proc[2], vaccel[2];
	uint8_t *plain, *packed, *back;
	uint32_t *sum;
	struct rte_vinetalk_seg *segs;
	uint64_t result;
};

static void *
get(struct env *e, size_t len)
{
	void *p = rte_vinetalk_alloc(e->dev, len, 0, RTE_VINETALK_PLACE_HOST);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

/* With the names and arguments of cpu's procedures, only the accelerator is another one. */
static void
up(struct env *e, const char *accel)
{
	const char *const accels[] = { accel, NULL };
	uint32_t seed = 21;
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&e->f, 1, 1, accels, NULL, &domain), 0);
	dev = fixture_attach(&e->f, 0, 1, 0);
	CU_ASSERT_FATAL(dev >= 0);
	e->dev = (uint16_t)dev;
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, RTE_VTACCEL_PROC_DEFLATE, &e->proc[0], &e->vaccel[0]), 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, RTE_VTACCEL_PROC_INFLATE, &e->proc[1], &e->vaccel[1]), 0);
	e->plain = get(e, LEN);
	e->packed = get(e, ROOM);
	e->back = get(e, LEN);
	e->sum = get(e, sizeof(*e->sum));
	e->segs = get(e, 3 * sizeof(e->segs[0]));
	compress_fill(&seed, 2, e->plain, LEN);
}

static struct rte_vinetalk_seg
seg(const struct env *e, const void *at, uint32_t len)
{
	return (struct rte_vinetalk_seg){ .offset = rte_vinetalk_offset(e->dev, at), .len = len };
}

/* Status of a task; its check sum is wanted. */
static int
run(struct env *e, unsigned int which, uint32_t format, struct rte_vinetalk_seg in, struct rte_vinetalk_seg out)
{
	const struct rte_vtaccel_deflate_args deflate_args = { .level = 1, .format = format };
	const struct rte_vtaccel_inflate_args inflate_args = { .format = format };
	struct rte_vinetalk_completion done;
	struct rte_vinetalk_task t;

	e->segs[0] = in;
	e->segs[1] = out;
	e->segs[2] = seg(e, e->sum, sizeof(*e->sum));
	rte_vinetalk_task_init(&t, e->vaccel[which], e->proc[which], 1);
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e->dev, &t, e->segs, 1, 2), 0);
	CU_ASSERT_EQUAL(which == 0 ? rte_vinetalk_task_args(e->dev, &t, &deflate_args, sizeof(deflate_args)) :
		rte_vinetalk_task_args(e->dev, &t, &inflate_args, sizeof(inflate_args)), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst(e->dev, 0, &t, 1), 1);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_wait(e->dev, 0, TIMEOUT_US), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_dequeue_burst(e->dev, 0, &done, 1), 1);
	e->result = done.result;
	return done.status;
}

/* The same client code on each accelerator; copied: of every input byte, a private one was made. */
static void
round_trips(const char *accel, bool copied)
{
	static const uint32_t sizes[] = { 0, 100, 4096, 65536, LEN };
	struct rte_vtappliance_stats st;
	uint64_t inputs = 0;
	struct env e;
	unsigned int i;
	uint32_t n, format, sum;

	up(&e, accel);
	for (i = 0; i < RTE_DIM(sizes) * 3; i++) {
		n = sizes[i / 3];
		format = i % 3;
		sum = (uint32_t)(format == 1 ? adler32(1, e.plain, n) : crc32(0, e.plain, n));
		CU_ASSERT_EQUAL(run(&e, 0, format, seg(&e, e.plain, n), seg(&e, e.packed, ROOM)), 0);
		CU_ASSERT_EQUAL(*e.sum, sum);
		CU_ASSERT_EQUAL(compress_zlib_inflate(format, e.packed, (uint32_t)e.result, e.back, LEN), n);
		inputs += n + e.result;
		memset(e.back, 1, n);
		*e.sum = 0;
		CU_ASSERT_EQUAL(run(&e, 1, format, seg(&e, e.packed, (uint32_t)e.result), seg(&e, e.back, n)), 0);
		CU_ASSERT_EQUAL(*e.sum, sum);
		CU_ASSERT_TRUE(e.result == n && memcmp(e.plain, e.back, n) == 0);
	}
	rte_vtappliance_stats_get(e.f.app, &st);
	CU_ASSERT_EQUAL(st.copied, copied ? inputs : 0);
	CU_ASSERT_EQUAL(run(&e, 0, 1, seg(&e, e.plain, LEN), seg(&e, e.packed, 100)), -ENOSPC);
	CU_ASSERT_TRUE(e.result >= LEN && e.result <= ROOM);
	CU_ASSERT_EQUAL(run(&e, 0, 3, seg(&e, e.plain, LEN), seg(&e, e.packed, ROOM)), -EINVAL);
	CU_ASSERT_EQUAL(run(&e, 1, 1, seg(&e, e.plain, LEN), seg(&e, e.packed, ROOM)), -EBADMSG);
	CU_ASSERT_EQUAL(rte_vinetalk_close(e.dev), 0);
	fixture_stop(&e.f);
}

static void
test_round(void)
{
	round_trips("cpu,workers=1", true);
	if (compress_missing("compress_isal") == NULL)
		round_trips("compress,dev=compress_isal,workers=1", true);
	if (compress_missing("compress_zlib") == NULL) {
		round_trips("compress,dev=compress_zlib,workers=1", false);
		round_trips("compress,dev=compress_zlib,workers=0", false);
	}
}

/* On hardware, as far as can be seen: its maps, and each address that an operation is given. */
static void
test_maps(void)
{
	unsigned int i;

	COMPRESS_FOR_EACH(i) {
		char accel[64];

		snprintf(accel, sizeof(accel), "compress,dev=%s,workers=1", compress_drivers[i]);
		maps_mock_on();
		round_trips(accel, strcmp(compress_drivers[i], "compress_zlib") != 0);
		CU_ASSERT_TRUE(maps_mock.nb_maps == 1 && maps_mock.nb_unmaps == 1);
		CU_ASSERT_TRUE(maps_mock.looked > 100);
		CU_ASSERT_TRUE(maps_mock.uncovered == 0 && maps_mock.wrong == 0);
		maps_mock_off();
	}
}

/* A client goes while its tasks are in the device. */
static void
test_gone(void)
{
	const struct rte_vtaccel_deflate_args args = { .level = 9, .format = 0 };
	struct rte_vinetalk_task t;
	struct env e;
	unsigned int i;

	up(&e, "compress,dev=compress_zlib,workers=1");
	e.segs[0] = seg(&e, e.plain, LEN);
	e.segs[1] = seg(&e, e.packed, ROOM);
	for (i = 0; i < 8; i++) {
		rte_vinetalk_task_init(&t, e.vaccel[0], e.proc[0], i);
		CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e.dev, &t, e.segs, 1, 1), 0);
		CU_ASSERT_EQUAL(rte_vinetalk_task_args(e.dev, &t, &args, sizeof(args)), 0);
		CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e.dev, 0, &t, 1), 1);
	}
	rte_vinetalk_close(e.dev);
	fixture_stop(&e.f);
}

static int
setup(void)
{
	if (compress_missing("compress_zlib") != NULL) {
		vt_test_skip_reason("%s", compress_missing("compress_zlib"));
		return VT_TEST_SKIPPED;
	}
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "there and back, as with cpu", test_round },
	{ "there and back on a device that needs maps", test_maps },
	{ "a client goes with tasks in the device", test_gone },
};

VT_TEST_SUITE(vinetalk_compress_client_autotest, setup, NULL, cases);
