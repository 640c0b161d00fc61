/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The engine, turn by turn in one thread: 1 to 8 pollers, accelerators, life of clients. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <rte_vinetalk.h>
#include <rte_vtaccel.h>
#include <rte_vtaccel_null.h>
#include <rte_vtsched.h>

#include "fixture.h"
#include "test.h"

#define NB 300

static const char * const one_null[] = { "null", NULL };
static const char * const stalled[] = { "null,name=s,stall=1", NULL };
static const char * const three_nulls[] = { "null", "null", "null", NULL };

/* Drive until the queue pair has given nb completions; checks order by cookie. */
static unsigned int
collect(struct fixture *f, int dev, uint16_t qp, unsigned int nb, int32_t status)
{
	struct rte_vinetalk_completion c[64];
	unsigned int got = 0, idle = 0;
	uint64_t last = 0;
	uint16_t n, i;

	while (got < nb && idle < 1000) {
		fixture_turns(f, 1);
		n = rte_vinetalk_dequeue_burst((uint16_t)dev, qp, c, RTE_DIM(c));
		idle = n == 0 ? idle + 1 : 0;
		for (i = 0; i < n; i++) {
			CU_ASSERT_EQUAL(c[i].status, status);
			if (got + i != 0)
				CU_ASSERT_EQUAL(c[i].cookie, last + 1);
			last = c[i].cookie;
		}
		got += n;
	}
	return got;
}

static unsigned int
send_some(int dev, uint16_t qp, uint16_t va, uint16_t proc, unsigned int nb, uint64_t cookie)
{
	struct rte_vinetalk_task t[32];
	unsigned int sent = 0;
	uint16_t n, i;

	while (sent < nb) {
		n = (uint16_t)RTE_MIN(nb - sent, 32U);
		for (i = 0; i < n; i++)
			rte_vinetalk_task_init(&t[i], va, proc, cookie + sent + i);
		i = rte_vinetalk_enqueue_burst((uint16_t)dev, qp, t, n);
		sent += i;
		if (i < n)
			break;
	}
	return sent;
}

static void
pollers_case(uint32_t pollers, const char * const *accels)
{
	struct rte_vtappliance_stats st;
	struct fixture f;
	int dev[4];
	uint16_t proc, va[4];
	unsigned int i, round;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, pollers, 1, accels, NULL, NULL), 0);
	for (i = 0; i < 4; i++) {
		dev[i] = fixture_attach(&f, 0, 2, 0);
		CU_ASSERT_TRUE_FATAL(dev[i] >= 0);
		CU_ASSERT_EQUAL_FATAL(fixture_proc(dev[i], "nop", &proc, &va[i]), 0);
	}
	fixture_hold(&f);
	for (round = 0; round < 10; round++) {
		for (i = 0; i < 4; i++)
			CU_ASSERT_EQUAL(send_some(dev[i], round % 2, va[i], proc, 200,
				round * 1000), 200);
		for (i = 0; i < 4; i++)
			CU_ASSERT_EQUAL(collect(&f, dev[i], round % 2, 200, 0), 200);
	}
	fixture_let(&f);
	rte_vtappliance_stats_get(f.app, &st);
	CU_ASSERT_EQUAL(st.tasks, 4 * 10 * 200);
	CU_ASSERT_EQUAL(st.completed, st.tasks);
	CU_ASSERT_EQUAL(st.failed, 0);
	CU_ASSERT_EQUAL(st.clients, 4);
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev[i]), 0);
	rte_vtappliance_stats_get(f.app, &st);
	CU_ASSERT_EQUAL(st.clients, 0);
	CU_ASSERT_EQUAL(st.tasks, 4 * 10 * 200);
	fixture_stop(&f);
}

static void
test_pollers(void)
{
	uint32_t n;

	for (n = 1; n <= 8; n++) {
		pollers_case(n, one_null);
		pollers_case(n, three_nulls);
	}
}

static void
test_credits(void)
{
	struct rte_vtappliance_domain_conf dom = { .uid = -1, .gid = -1, .depth = 64 };
	struct fixture f;
	uint16_t proc, va;
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, one_null, NULL, &dom), 0);
	dev = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	fixture_hold(&f);
	/* As many as the completion ring holds, completed or not. */
	CU_ASSERT_EQUAL(send_some(dev, 0, va, proc, 100, 0), 63);
	fixture_turns(&f, 10);
	CU_ASSERT_EQUAL(send_some(dev, 0, va, proc, 100, 63), 0);
	CU_ASSERT_EQUAL(collect(&f, dev, 0, 63, 0), 63);
	CU_ASSERT_EQUAL(send_some(dev, 0, va, proc, 100, 63), 63);
	CU_ASSERT_EQUAL(collect(&f, dev, 0, 63, 0), 63);
	fixture_let(&f);
	rte_vinetalk_close((uint16_t)dev);
	fixture_stop(&f);
}

/* A request that is wrong gets the status that says how; the next one is served. */
static void
test_validation(void)
{
	static const char * const accels[] = { "cpu,workers=0", "null", NULL };
	struct rte_vinetalk_info info;
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task good, t;
	struct rte_vinetalk_seg *table;
	struct fixture f;
	uint16_t proc, va, other, nop, nullva;
	uint64_t off;
	uint8_t *buf;
	int dev, dev2;
	unsigned int i;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 2, 1, accels, NULL, NULL), 0);
	dev = fixture_attach(&f, 0, 1, 0);
	dev2 = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0 && dev2 >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "echo", &proc, &va), 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &nop, &nullva), 0);
	/* The second client has two vaccels, so that its 1 exists and the first one's 7 does not. */
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev2, "echo", &proc, &other), 0);
	buf = rte_vinetalk_alloc((uint16_t)dev, 4096, 64, RTE_VINETALK_PLACE_HOST);
	table = rte_vinetalk_alloc((uint16_t)dev, 4096, 64, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_PTR_NOT_NULL_FATAL(buf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(table);
	off = rte_vinetalk_offset((uint16_t)dev, buf);
	memset(buf, 0x5a, 4096);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_info_get((uint16_t)dev, &info), 0);
	rte_vinetalk_task_init(&good, va, proc, 1);
	rte_vinetalk_task_in((uint16_t)dev, &good, buf, 64);
	rte_vinetalk_task_out((uint16_t)dev, &good, buf + 1024, 64);

#define RUN(expect, ...) do { \
		t = good; \
		__VA_ARGS__; \
		CU_ASSERT_EQUAL(rte_vinetalk_run((uint16_t)dev, 0, &t, &c, 5000000), 0); \
		if (c.status != (expect)) \
			printf("line %d: status %d, not %d\n", __LINE__, c.status, (int)(expect)); \
		CU_ASSERT_EQUAL(c.status, expect); \
	} while (0)
	RUN(0, (void)0);
	RUN(-ENODEV, t.vaccel = 7);
	RUN(-ENODEV, t.vaccel = 64);
	RUN(-ENODEV, t.vaccel = UINT16_MAX);
	RUN(-ENOENT, t.proc = 200);
	RUN(-ENOENT, t.proc = UINT16_MAX);
	RUN(-ENOTSUP, t.vaccel = nullva);
	RUN(-EINVAL, t.flags = 0x80);
	RUN(-EINVAL, t.args_len = 17);
	RUN(-EINVAL, t.nb_out = 0);
	RUN(-EMSGSIZE, t.nb_in = 2);
	RUN(-EMSGSIZE, t.nb_in = 255; t.nb_out = 255);
	/* All ones where the intake compares shapes: its flags are refused before a segment is read. */
	RUN(-EINVAL, t.nb_in = t.nb_out = t.args_len = t.flags = 0xff);
	RUN(-EINVAL, t.nb_in = t.nb_out = t.args_len = t.flags = 0xff; t.seg_off[0] = 0);
	RUN(-EFAULT, t.seg_off[0] = 0);
	RUN(-EFAULT, t.seg_off[0] = UINT64_MAX);
	RUN(-EFAULT, t.seg_off[0] = UINT64_MAX - 32);
	RUN(-EFAULT, t.seg_len[0] = UINT32_MAX);
	RUN(-EFAULT, t.seg_off[1] = off + (64 << 20));
	/* The neighbour's arena, the request rings. */
	RUN(-EFAULT, t.seg_off[0] = off + info.arena_size);
	RUN(-EFAULT, t.seg_off[0] = 4096);
	/* By table. */
	for (i = 0; i < 16; i++)
		table[i] = (struct rte_vinetalk_seg){ .offset = off + i * 64, .len = 64 };
	RUN(0, t.flags = RTE_VINETALK_TASK_F_SEGS_REF; t.nb_in = t.nb_out = 1;
		t.seg_off[0] = rte_vinetalk_offset((uint16_t)dev, table); t.seg_len[0] = 32;
		t.seg_off[1] = 0; t.seg_len[1] = 0);
	RUN(-EMSGSIZE, t.flags = RTE_VINETALK_TASK_F_SEGS_REF; t.nb_in = 16; t.nb_out = 1);
	RUN(-EINVAL, t.flags = RTE_VINETALK_TASK_F_SEGS_REF; t.seg_len[0] = 31);
	RUN(-EFAULT, t.flags = RTE_VINETALK_TASK_F_SEGS_REF; t.seg_off[0] = 0; t.seg_len[0] = 32;
		t.seg_off[1] = 0; t.seg_len[1] = 0);
	table[1].reserved = 1;
	RUN(-EINVAL, t.flags = RTE_VINETALK_TASK_F_SEGS_REF; t.seg_len[0] = 32;
		t.seg_off[0] = rte_vinetalk_offset((uint16_t)dev, table);
		t.seg_off[1] = 0; t.seg_len[1] = 0);
	table[1].reserved = 0;
	table[1].offset = UINT64_MAX;
	RUN(-EFAULT, t.flags = RTE_VINETALK_TASK_F_SEGS_REF; t.seg_len[0] = 32;
		t.seg_off[0] = rte_vinetalk_offset((uint16_t)dev, table);
		t.seg_off[1] = 0; t.seg_len[1] = 0);
	/* Arguments by offset. */
	RUN(-EINVAL, t.flags = RTE_VINETALK_TASK_F_ARGS_REF;
		t.args_ref.len = RTE_VINETALK_MAX_ARGS + 1);
	RUN(-EFAULT, t.flags = RTE_VINETALK_TASK_F_ARGS_REF; t.args_ref.len = 16);
	RUN(-EFAULT, t.flags = RTE_VINETALK_TASK_F_ARGS_REF; t.args_ref.len = 16;
		t.args_ref.offset = UINT64_MAX - 8);
	RUN(-EINVAL, t.flags = RTE_VINETALK_TASK_F_ARGS_REF; t.args_ref.reserved = 1);
	RUN(0, (void)0);
#undef RUN
	rte_vinetalk_close((uint16_t)dev);
	rte_vinetalk_close((uint16_t)dev2);
	fixture_stop(&f);
}

/* A client closes while an engine has its tasks: the slot comes back when they do. */
static void
test_close_in_flight(void)
{
	struct rte_vtappliance_stats st;
	const struct rte_vtaccel_null_conf lifted = { 0 };
	struct raw_client raw;
	struct fixture f;
	uint16_t proc, va;
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 2, 1, stalled, NULL, NULL), 0);
	dev = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	CU_ASSERT_EQUAL(send_some(dev, 0, va, proc, 100, 0), 100);
	/* What is still in the ring when it leaves is not served. */
	for (st.tasks = 0; st.tasks < 100; usleep(1000))
		rte_vtappliance_stats_get(f.app, &st);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)dev, va), -EBUSY);
	CU_ASSERT_EQUAL(rte_vtaccel_null_set(rte_vtaccel_get("s"), &lifted), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
	rte_vtappliance_stats_get(f.app, &st);
	CU_ASSERT_EQUAL(st.tasks, 100);
	CU_ASSERT_EQUAL(st.completed + st.failed, 100);
	CU_ASSERT_EQUAL(st.clients, 0);
	/* The slot is wiped for the next one. */
	CU_ASSERT_EQUAL(raw_attach(&raw, f.path[0], 1), 0);
	CU_ASSERT_EQUAL(raw.slot->parked[1], 0);
	raw_close(&raw);
	fixture_stop(&f);
}

/* Its pollers do not get what they need, be it the first one or a later one: nothing of others' is closed. */
static void
test_few_descriptors(void)
{
	const struct rte_vtappliance_conf conf = { .nb_pollers = 4 };
	struct rte_vtappliance *app;
	struct rlimit low, old;
	unsigned int i, refused = 0;
	int first = dup(STDOUT_FILENO), saved;

	CU_ASSERT_TRUE_FATAL(first > STDERR_FILENO);
	close(first);
	/* The first descriptor of all is what a forgotten 0 would close. */
	saved = dup(STDIN_FILENO);
	CU_ASSERT_EQUAL(dup2(STDOUT_FILENO, STDIN_FILENO), STDIN_FILENO);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &old), 0);
	for (i = 0; i < 10; i++) {
		low = old;
		low.rlim_cur = (rlim_t)first + 1 + i;
		CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &low), 0);
		app = rte_vtappliance_create(&conf);
		CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &old), 0);
		refused += app == NULL;
		rte_vtappliance_free(app);
		CU_ASSERT_TRUE(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	}
	CU_ASSERT_TRUE(refused >= 5);
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	} else {
		close(STDIN_FILENO);
	}
}

static const struct vt_test_case cases[] = {
	{ "1 to 8 pollers, 1 and 3 accelerators", test_pollers },
	{ "as many in flight as the completion ring holds", test_credits },
	{ "each wrong request has its status", test_validation },
	{ "a client closes while an engine has its tasks", test_close_in_flight },
	{ "few descriptors for its pollers", test_few_descriptors },
};

VT_TEST_SUITE(vinetalk_appliance_autotest, NULL, NULL, cases);
