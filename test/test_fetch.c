/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * What a client can change is read once: an appliance's turn runs with each access to the region counted, byte by
 * byte, while it takes requests of each kind and control requests.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_vinetalk.h>
#include <rte_vtaccel_procs.h>

#include "fetch.h"
#include "fixture.h"
#include "test.h"

#define NB_SEGS 16

struct bench {
	struct fixture f;
	int dev;
	uint8_t *seen;          /* the region as the client has it */
	struct rte_vtregion_geom geom;
	uint16_t crc, deflate, va;
	struct rte_vinetalk_seg *table;
	uint8_t *data, *args;
};

static void
setup(struct bench *b, uint32_t layout)
{
	/* No other thread may look at the region meanwhile. */
	static const char * const accels[] = { "cpu,workers=0", NULL };
	const struct rte_vtappliance_domain_conf dom = { .uid = -1, .gid = -1, .layout = layout,
		.depth = 64, .rq_depth = 64 };

	memset(b, 0, sizeof(*b));
	CU_ASSERT_EQUAL_FATAL(fixture_start(&b->f, 1, 1, accels, NULL, &dom), 0);
	b->dev = fixture_attach(&b->f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(b->dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(b->dev, RTE_VTACCEL_PROC_CRC32C, &b->crc, &b->va), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get((uint16_t)b->dev, RTE_VTACCEL_PROC_DEFLATE,
		RTE_VINETALK_ACCEL_ANY, &b->deflate), 0);
	b->data = rte_vinetalk_alloc((uint16_t)b->dev, 4096, 64, RTE_VINETALK_PLACE_HOST);
	b->table = rte_vinetalk_alloc((uint16_t)b->dev, NB_SEGS * sizeof(*b->table), 64,
		RTE_VINETALK_PLACE_HOST);
	b->args = rte_vinetalk_alloc((uint16_t)b->dev, 4096, 64, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_TRUE_FATAL(b->data != NULL && b->table != NULL && b->args != NULL);
	b->seen = rte_vinetalk_ptr((uint16_t)b->dev, 0);
	if (b->seen == NULL)
		b->seen = b->data - rte_vinetalk_offset((uint16_t)b->dev, b->data);
	/* From here on this thread alone drives all of it. */
	fixture_take(&b->f);
}

static void
teardown(struct bench *b)
{
	CU_ASSERT_EQUAL_FATAL(fixture_go(&b->f), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)b->dev), 0);
	fixture_stop(&b->f);
}

/* Count what the function reads of the appliance's own mapping of the region. */
static void
watch(struct bench *b, struct fetch *f, void (*run)(struct bench *b))
{
	size_t len = 0;
	void *base = fetch_other_mapping(b->seen, &len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(base);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_validate(base, len, &b->geom), 0);
	CU_ASSERT_EQUAL_FATAL(fetch_begin(f, base, len), 0);
	run(b);
	fetch_end(f);
	CU_ASSERT_EQUAL(f->unknown, 0);
}

static void
poll_turns(struct bench *b)
{
	fixture_turns(&b->f, 8);
}

/* Of all completions nothing failed. */
static unsigned int
ended(struct bench *b, int32_t status)
{
	struct rte_vinetalk_completion c;
	unsigned int nb = 0;

	while (rte_vinetalk_dequeue_burst((uint16_t)b->dev, 0, &c, 1) == 1) {
		CU_ASSERT_EQUAL(c.status, status);
		nb++;
	}
	return nb;
}

static size_t
ring_offset(struct bench *b)
{
	const uint32_t own = b->geom.conf.layout == RTE_VTREGION_THREAD ? b->geom.conf.qps_per_client : 0;
	struct rte_vinetalk_info info;

	CU_ASSERT_EQUAL(rte_vinetalk_info_get((uint16_t)b->dev, &info), 0);
	return (size_t)((uint8_t *)(rte_vtregion_rq_ring(b->seen, &b->geom, (info.vm_id - 1) * own, 0) +
		1) - b->seen);
}

#define ONCE(f, what, offset, size) do { \
		size_t bytes_ = 0; \
		unsigned int most_ = fetch_most(f, offset, size, &bytes_); \
		printf("\n    %s: %zu of %zu bytes read, none more than %u times", what, bytes_, \
			(size_t)(size), most_); \
		CU_ASSERT_EQUAL(most_, 1); \
		CU_ASSERT_TRUE(bytes_ > 0); \
	} while (0)

static void
send(struct bench *b, struct rte_vinetalk_task *t)
{
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)b->dev, 0, t, 1), 1);
}

/* Requests with segments in them, with a table of them, with arguments elsewhere, and ones that are wrong. */
static void
requests(uint32_t layout)
{
	struct rte_vtaccel_deflate_args deflate = { .level = 1, .format = RTE_VTACCEL_DEFLATE_RAW };
	struct rte_vinetalk_task t;
	struct fetch f;
	struct bench b;
	unsigned int i;

	setup(&b, layout);
	rte_vinetalk_task_init(&t, b.va, b.crc, 1);
	rte_vinetalk_task_in((uint16_t)b.dev, &t, b.data, 64);
	send(&b, &t);
	for (i = 0; i < NB_SEGS; i++) {
		b.table[i].offset = rte_vinetalk_offset((uint16_t)b.dev, b.data + 64 * i);
		b.table[i].len = 64;
	}
	rte_vinetalk_task_init(&t, b.va, b.crc, 2);
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs((uint16_t)b.dev, &t, b.table, NB_SEGS, 0), 0);
	send(&b, &t);
	memcpy(b.args, &deflate, sizeof(deflate));
	rte_vinetalk_task_init(&t, b.va, b.deflate, 3);
	rte_vinetalk_task_in((uint16_t)b.dev, &t, b.data, 64);
	rte_vinetalk_task_out((uint16_t)b.dev, &t, b.data + 1024, 1024);
	CU_ASSERT_EQUAL(rte_vinetalk_task_args_ref((uint16_t)b.dev, &t, b.args, sizeof(deflate)), 0);
	send(&b, &t);
	watch(&b, &f, poll_turns);
	CU_ASSERT_EQUAL(ended(&b, 0), 3);
	ONCE(&f, "requests", ring_offset(&b), 3 * sizeof(t));
	ONCE(&f, "table of segments", rte_vinetalk_offset((uint16_t)b.dev, b.table),
		NB_SEGS * sizeof(*b.table));
	ONCE(&f, "arguments in the arena", rte_vinetalk_offset((uint16_t)b.dev, b.args),
		sizeof(deflate));
	fetch_free(&f);
	/* A segment outside, in the request and in the table; arguments outside. */
	rte_vinetalk_task_init(&t, b.va, b.crc, 4);
	rte_vinetalk_task_in((uint16_t)b.dev, &t, b.data, 64);
	t.seg_off[0] = 0;
	send(&b, &t);
	b.table[NB_SEGS - 1].len = UINT32_MAX;
	rte_vinetalk_task_init(&t, b.va, b.crc, 5);
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs((uint16_t)b.dev, &t, b.table, NB_SEGS, 0), 0);
	send(&b, &t);
	watch(&b, &f, poll_turns);
	CU_ASSERT_EQUAL(ended(&b, -EFAULT), 2);
	ONCE(&f, "requests that are refused", ring_offset(&b) + 3 * sizeof(t), 2 * sizeof(t));
	ONCE(&f, "a table that is refused", rte_vinetalk_offset((uint16_t)b.dev, b.table),
		NB_SEGS * sizeof(*b.table));
	printf("\n");
	fetch_free(&f);
	teardown(&b);
}

static void
test_hashed(void)
{
	requests(RTE_VTREGION_HASHED);
}

static void
test_single(void)
{
	requests(RTE_VTREGION_SINGLE);
}

static void
test_thread(void)
{
	requests(RTE_VTREGION_THREAD);
}

/* ---- the mailbox ---- */

static struct rte_vtregion_slot *mailbox;

static void
control_turns(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		rte_vtappliance_control(b->f.app, 0);
		fixture_turns(&b->f, 1);
	}
}

static void
test_mailbox(void)
{
	static const struct rte_vtregion_ctrl_req asked[] = {
		{ .op = RTE_VTREGION_CTRL_ACCEL_INFO },
		{ .op = RTE_VTREGION_CTRL_ACCEL_STATS },
		{ .op = RTE_VTREGION_CTRL_PROC_INFO, .id = 3 },
		{ .op = RTE_VTREGION_CTRL_PROC_GET, .name = "sha256" },
		{ .op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE, .id = RTE_VTREGION_CTRL_ANY,
		  .proc = RTE_VTREGION_CTRL_ANY },
		{ .op = RTE_VTREGION_CTRL_VACCEL_RELEASE, .id = 77 },
		{ .op = RTE_VTREGION_CTRL_TASK_CANCEL, .id = 1 },
		{ .op = RTE_VTREGION_CTRL_BUF_ADD, .arg = RTE_VTREGION_BUF_BOTH },
		{ .op = RTE_VTREGION_CTRL_BUF_DEL },
		{ .op = RTE_VTREGION_CTRL_PROC_PUT, .id = 1000 },
		{ .op = RTE_VTREGION_CTRL_OPS + 1 },
	};
	struct rte_vinetalk_info info;
	struct bench b;
	struct fetch f;
	unsigned int i, most = 0;
	size_t at, bytes;

	setup(&b, RTE_VTREGION_HASHED);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_validate(b.seen, SIZE_MAX, &b.geom), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_info_get((uint16_t)b.dev, &info), 0);
	mailbox = rte_vtregion_slot(b.seen, &b.geom, info.vm_id - 1);
	at = (size_t)((uint8_t *)mailbox - b.seen);
	for (i = 0; i < RTE_DIM(asked); i++) {
		const uint32_t seq = mailbox->rep_seq + 1;

		mailbox->req = asked[i];
		__atomic_store_n(&mailbox->req_seq, seq, __ATOMIC_RELEASE);
		/* Nobody rang: the tick looks. */
		usleep(110000);
		watch(&b, &f, control_turns);
		CU_ASSERT_EQUAL(mailbox->rep_seq, seq);
		most = RTE_MAX(most, fetch_most(&f, at + offsetof(struct rte_vtregion_slot, req),
			sizeof(asked[i]), &bytes));
		CU_ASSERT_EQUAL(bytes, sizeof(asked[i]));
		/* What the appliance alone writes is nothing that it asks. */
		CU_ASSERT_EQUAL(fetch_most(&f, at + offsetof(struct rte_vtregion_slot, rep),
			sizeof(struct rte_vtregion_ctrl_rep), &bytes), 0);
		fetch_free(&f);
	}
	printf("\n    %zu control requests: no byte of any was read more than %u times\n",
		RTE_DIM(asked), most);
	CU_ASSERT_EQUAL(most, 1);
	/* The client's own next request goes on behind them. */
	mailbox->rep_seq = mailbox->req_seq = 1000;
	teardown(&b);
}

/* ---- a salvage ---- */

/* Requests behind the hole that one left who died inside an enqueue. */
static void
test_salvage(void)
{
	struct raw_client raw;
	struct rte_vinetalk_task t;
	struct bench b;
	struct fetch f;
	unsigned int i;

	setup(&b, RTE_VTREGION_HASHED);
	CU_ASSERT_EQUAL_FATAL(fixture_go(&b.f), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, b.f.path[0], 1), 0);
	fixture_take(&b.f);
	__atomic_fetch_add((uint64_t *)(uintptr_t)&rte_vtregion_rq_ring(raw.base, &raw.geom, 0, 0)->rts_prod.head.raw,
		UINT64_C(1) << 32 | 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < 2; i++) {
		rte_vinetalk_task_init(&t, b.va, b.crc, i);
		rte_vinetalk_task_in((uint16_t)b.dev, &t, b.data, 64);
		send(&b, &t);
	}
	raw_close(&raw);
	for (i = 0; i < 8; i++)
		rte_vtappliance_control(b.f.app, 0);
	watch(&b, &f, poll_turns);
	CU_ASSERT_EQUAL(ended(&b, 0), 2);
	ONCE(&f, "requests that are salvaged", ring_offset(&b) + sizeof(t), 2 * sizeof(t));
	printf("\n");
	fetch_free(&f);
	teardown(&b);
}

/* ---- what a client reads ---- */

/* Completions, by a client's dequeue. */
static void
test_completions(void)
{
	struct rte_vinetalk_completion c[8];
	struct rte_vinetalk_task t;
	struct rte_vinetalk_info info;
	unsigned int i, got;
	struct bench b;
	struct fetch f;
	size_t at;

	setup(&b, RTE_VTREGION_HASHED);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_validate(b.seen, SIZE_MAX, &b.geom), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_info_get((uint16_t)b.dev, &info), 0);
	at = (size_t)((uint8_t *)(rte_vtregion_cq_ring(b.seen, &b.geom,
		(info.vm_id - 1) * b.geom.conf.qps_per_client) + 1) - b.seen);
	for (i = 0; i < 3; i++) {
		rte_vinetalk_task_init(&t, b.va, b.crc, i);
		rte_vinetalk_task_in((uint16_t)b.dev, &t, b.data, 64);
		send(&b, &t);
	}
	poll_turns(&b);
	CU_ASSERT_EQUAL_FATAL(fetch_begin(&f, b.seen, b.geom.conf.size), 0);
	got = rte_vinetalk_dequeue_burst((uint16_t)b.dev, 0, c, RTE_DIM(c));
	fetch_end(&f);
	CU_ASSERT_EQUAL(f.unknown, 0);
	CU_ASSERT_EQUAL(got, 3);
	ONCE(&f, "completions", at, 3 * sizeof(c[0]));
	printf("\n");
	fetch_free(&f);
	teardown(&b);
}

/* ---- what a client writes ---- */

/* An enqueue says that it has begun and that it has ended: an appliance that leaves, or salvages, waits in between. */
static void
inside(uint32_t layout)
{
	struct rte_vinetalk_info info;
	struct rte_vinetalk_task t;
	struct bench b;
	struct fetch f;
	uint16_t sent;
	size_t at;

	setup(&b, layout);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_validate(b.seen, SIZE_MAX, &b.geom), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_info_get((uint16_t)b.dev, &info), 0);
	at = (size_t)((uint8_t *)&rte_vtregion_qp(b.seen, &b.geom,
		(info.vm_id - 1) * b.geom.conf.qps_per_client)->inside - b.seen);
	rte_vinetalk_task_init(&t, b.va, b.crc, 1);
	rte_vinetalk_task_in((uint16_t)b.dev, &t, b.data, 64);
	CU_ASSERT_EQUAL_FATAL(fetch_begin(&f, b.seen, b.geom.conf.size), 0);
	sent = rte_vinetalk_enqueue_burst((uint16_t)b.dev, 0, &t, 1);
	fetch_end(&f);
	CU_ASSERT_EQUAL(f.unknown, 0);
	CU_ASSERT_EQUAL(sent, 1);
	CU_ASSERT_EQUAL(f.writes[at], 2);
	fetch_free(&f);
	poll_turns(&b);
	CU_ASSERT_EQUAL(ended(&b, 0), 1);
	teardown(&b);
}

static void
test_inside(void)
{
	inside(RTE_VTREGION_HASHED);
	inside(RTE_VTREGION_SINGLE);
	inside(RTE_VTREGION_THREAD);
}

static void
test_header(void)
{
	const struct rte_vtregion_conf conf = { .nb_clients = 2, .qps_per_client = 2 };
	struct rte_vtregion_geom geom, seen;
	struct fetch f;
	size_t bytes;
	void *base;

	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &geom), 0);
	base = mmap(NULL, geom.conf.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CU_ASSERT_NOT_EQUAL_FATAL(base, MAP_FAILED);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_format(base, &geom), 0);
	CU_ASSERT_EQUAL_FATAL(fetch_begin(&f, base, geom.conf.size), 0);
	CU_ASSERT_EQUAL(rte_vtregion_validate(base, geom.conf.size, &seen), 0);
	fetch_end(&f);
	CU_ASSERT_EQUAL(f.unknown, 0);
	ONCE(&f, "header of a region", 0, sizeof(struct rte_vtregion_hdr));
	printf("\n");
	/* And nothing else. */
	CU_ASSERT_EQUAL(fetch_most(&f, sizeof(struct rte_vtregion_hdr),
		geom.conf.size - sizeof(struct rte_vtregion_hdr), &bytes), 0);
	fetch_free(&f);
	munmap(base, geom.conf.size);
}

/* ---- the checker itself ---- */

static volatile uint32_t sink;

/* Not what the compiler makes of memcpy() itself. */
static void *(* volatile copy)(void *to, const void *from, size_t len) = memcpy;

/* A word twice, the byte behind it, a word written; a copy whose loads overlap, and two of one place. */
static void
read_some(uint8_t *at)
{
	volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)at;
	uint8_t private[24];

	sink = word[0];
	sink += word[0];
	sink += ((const volatile uint8_t *)at)[8];
	word[1] = sink;
	copy(private, at + 100, 24);
	copy(private, at + 200, 24);
	copy(private, at + 200, 24);
	sink += private[3];
}

static void
test_checker(void)
{
	uint8_t *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct fetch f;
	size_t bytes;

	CU_ASSERT_NOT_EQUAL_FATAL(page, MAP_FAILED);
	CU_ASSERT_EQUAL_FATAL(fetch_begin(&f, page, 8192), 0);
	read_some(page + 4000);
	fetch_end(&f);
	CU_ASSERT_EQUAL(f.unknown, 0);
	CU_ASSERT_EQUAL(fetch_most(&f, 4000, 4, &bytes), 2);
	CU_ASSERT_EQUAL(bytes, 4);
	CU_ASSERT_EQUAL(fetch_most(&f, 4004, 96, &bytes), 1);
	CU_ASSERT_EQUAL(bytes, 1);
	CU_ASSERT_EQUAL(f.writes[4004], 1);
	CU_ASSERT_EQUAL(f.writes[4003], 0);
	CU_ASSERT_EQUAL(fetch_most(&f, 4100, 24, &bytes), 1);
	CU_ASSERT_EQUAL(bytes, 24);
	CU_ASSERT_EQUAL(fetch_most(&f, 4200, 24, &bytes), 2);
	CU_ASSERT_EQUAL(bytes, 24);
	fetch_free(&f);
	munmap(page, 8192);
}

static const struct vt_test_case cases[] = {
	{ "the checker finds a second read", test_checker },
	{ "requests: hashed", test_hashed },
	{ "requests: single", test_single },
	{ "requests: thread", test_thread },
	{ "the mailbox", test_mailbox },
	{ "a salvage", test_salvage },
	{ "header of a region", test_header },
	{ "completions", test_completions },
	{ "an enqueue is inside", test_inside },
};

VT_TEST_SUITE(vinetalk_fetch_autotest, NULL, NULL, cases);
