/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * What a client can ask and write that is just beyond a bound, case by case: usertools/vt-mutate.py takes the checks
 * away in turn, and these are those that no other suite saw.
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_log.h>
#include <rte_ring_elem.h>
#include <rte_vinetalk.h>
#include <rte_vtaccel.h>
#include <rte_vtaccel_null.h>
#include <rte_vtregion_ready.h>

#include "fixture.h"
#include "test.h"

static const char * const nulls[] = { "null", NULL };
static const struct rte_vtappliance_domain_conf small = { .uid = -1, .gid = -1, .depth = 64 };

static int
ask(struct raw_client *raw, uint32_t op, uint32_t id)
{
	const struct rte_vtregion_ctrl_req req = { .op = op, .id = id };
	struct rte_vtregion_ctrl_rep rep;

	return raw_ctrl(raw, &req, &rep);
}

static int
attach(struct raw_client *raw, uint32_t flags)
{
	const struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = 1, .flags = flags,
		.name = "bounds" };
	struct rte_vtregion_ctrl_rep rep;

	return raw_ctrl(raw, &req, &rep);
}

static int
get(struct raw_client *raw, const char *name, uint32_t type)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_PROC_GET, .type = type };
	struct rte_vtregion_ctrl_rep rep;
	int ret;

	snprintf(req.name, sizeof(req.name), "%s", name);
	ret = raw_ctrl(raw, &req, &rep);
	return ret != 0 ? ret : (int)rep.id;
}

/* An appliance of one domain and a client in it. */
static void
begin(struct fixture *f, struct raw_client *raw, const struct rte_vtappliance_domain_conf *conf)
{
	CU_ASSERT_EQUAL_FATAL(fixture_start(f, 1, 1, nulls, NULL, conf), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(raw, f->path[0], 1), 0);
}

static void
end(struct fixture *f, struct raw_client *raw)
{
	raw_close(raw);
	fixture_stop(f);
}

/* ---- control requests ---- */

static void
test_control(void)
{
	static const uint32_t beyond[] = { 64, 256, 1 << 20, UINT32_MAX };
	struct raw_client raw;
	struct fixture f;
	unsigned int i;

	begin(&f, &raw, &small);
	CU_ASSERT_EQUAL(ask(&raw, RTE_VTREGION_CTRL_ACCEL_INFO, 0), 0);
	CU_ASSERT_EQUAL(ask(&raw, RTE_VTREGION_CTRL_ACCEL_INFO, 1), -ENOENT);
	CU_ASSERT_EQUAL(ask(&raw, RTE_VTREGION_CTRL_ACCEL_STATS, 1), -ENOENT);
	for (i = 0; i < RTE_DIM(beyond); i++) {
		CU_ASSERT_EQUAL(ask(&raw, RTE_VTREGION_CTRL_ACCEL_INFO, beyond[i]), -ENOENT);
		CU_ASSERT_EQUAL(ask(&raw, RTE_VTREGION_CTRL_ACCEL_STATS, beyond[i]), -ENOENT);
		CU_ASSERT_EQUAL(ask(&raw, RTE_VTREGION_CTRL_VACCEL_RELEASE, beyond[i]), -ENODEV);
		CU_ASSERT_EQUAL(ask(&raw, RTE_VTREGION_CTRL_PROC_INFO, beyond[i]), -ENOENT);
		CU_ASSERT_EQUAL(ask(&raw, RTE_VTREGION_CTRL_PROC_PUT, beyond[i]), -ENOENT);
	}
	CU_ASSERT_EQUAL(ask(&raw, RTE_VTREGION_CTRL_VACCEL_RELEASE, 63), -ENODEV);
	CU_ASSERT_EQUAL(get(&raw, "nop", RTE_VINETALK_ACCEL_TYPES), -EINVAL);
	/* Put as often as it was got, and no more. */
	CU_ASSERT_EQUAL(ask(&raw, RTE_VTREGION_CTRL_PROC_PUT, 0), -ENOENT);
	CU_ASSERT_TRUE(get(&raw, "nop", RTE_VINETALK_ACCEL_ANY) == 0);
	CU_ASSERT_EQUAL(ask(&raw, RTE_VTREGION_CTRL_PROC_PUT, 0), 0);
	CU_ASSERT_EQUAL(ask(&raw, RTE_VTREGION_CTRL_PROC_PUT, 0), -ENOENT);
	CU_ASSERT_EQUAL(ask(&raw, RTE_VTREGION_CTRL_OPS, 0), -EOPNOTSUPP);
	end(&f, &raw);
}

static void
test_attach(void)
{
	struct raw_client raw;
	struct fixture f;

	begin(&f, &raw, &small);
	CU_ASSERT_EQUAL(attach(&raw, 1U << 3), -EINVAL);
	CU_ASSERT_EQUAL(attach(&raw, 1U << 31 | RTE_VTREGION_ATTACH_F_TAKEOVER), -EINVAL);
	CU_ASSERT_EQUAL(attach(&raw, 0), -EBUSY);
	/* There was no appliance before. */
	CU_ASSERT_EQUAL(attach(&raw, RTE_VTREGION_ATTACH_F_RESUME), -ESTALE);
	end(&f, &raw);
}

/* One request to acquire, of which a word is wrong. */
#define ACQUIRE(expect, ...) do { \
		struct rte_vtregion_ctrl_req req_ = { .op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE, \
			.id = RTE_VTREGION_CTRL_ANY, .proc = RTE_VTREGION_CTRL_ANY }; \
		struct rte_vtregion_ctrl_vaccel *v_ = &req_.vaccel; \
		RTE_SET_USED(v_); \
		__VA_ARGS__; \
		CU_ASSERT_EQUAL(raw_ctrl(&raw, &req_, &rep), expect); \
	} while (0)

static void
test_acquire(void)
{
	struct rte_vtregion_ctrl_rep rep;
	struct raw_client raw;
	struct fixture f;

	begin(&f, &raw, &small);
	ACQUIRE(-EINVAL, req_.flags = 2);
	ACQUIRE(-EINVAL, req_.flags = 1U << 31);
	ACQUIRE(-EINVAL, req_.type = RTE_VINETALK_ACCEL_TYPES);
	ACQUIRE(-EINVAL, req_.type = UINT32_MAX);
	ACQUIRE(-EINVAL, v_->weight = RTE_VINETALK_VACCEL_WEIGHT_MAX + 1);
	ACQUIRE(-EINVAL, v_->rate_bytes = RTE_VINETALK_VACCEL_RATE_BYTES_MAX + 1);
	ACQUIRE(-EINVAL, v_->priority = RTE_VINETALK_VACCEL_PRIORITY_MAX + 1);
	ACQUIRE(-EINVAL, v_->want = 65);
	ACQUIRE(-EINVAL, v_->want = UINT32_MAX);
	/* One that was not got, one that there is not, and ones far from all. */
	ACQUIRE(-EINVAL, req_.proc = 0);
	ACQUIRE(-EINVAL, req_.proc = 256);
	ACQUIRE(-EINVAL, req_.proc = 1U << 30);
	ACQUIRE(-EINVAL, req_.proc = UINT32_MAX - 1);
	ACQUIRE(-ENOENT, req_.id = 1);
	ACQUIRE(0, v_->want = 64);
	CU_ASSERT_EQUAL(rep.id, 63);
	ACQUIRE(-EEXIST, v_->want = 64);
	ACQUIRE(0, v_->weight = RTE_VINETALK_VACCEL_WEIGHT_MAX);
	CU_ASSERT_EQUAL(rep.id, 0);
	end(&f, &raw);
}

/* One request for a buffer. */
#define BUFFER(expect, where, offset_, len_) do { \
		struct rte_vtregion_ctrl_req req_ = { .op = RTE_VTREGION_CTRL_BUF_ADD, .arg = (where), \
			.id = RTE_VTREGION_CTRL_ANY, .buf = { .offset = (offset_), .len = (len_) } }; \
		CU_ASSERT_EQUAL(raw_ctrl(&raw, &req_, &rep), expect); \
	} while (0)

static void
test_buffer(void)
{
	struct rte_vtregion_ctrl_rep rep;
	struct raw_client raw;
	struct fixture f;
	uint64_t arena, size;

	begin(&f, &raw, &small);
	arena = rte_vtregion_arena(&raw.geom, raw.slot_id);
	size = raw.geom.arena_size;
	BUFFER(-EINVAL, 0, arena, 4096);
	BUFFER(-EINVAL, RTE_VTREGION_BUF_BOTH + 1, arena, 4096);
	BUFFER(-EINVAL, RTE_VTREGION_BUF_ACCEL, arena, 0);
	BUFFER(-EFAULT, RTE_VTREGION_BUF_ACCEL, arena - 1, 4096);
	BUFFER(-EFAULT, RTE_VTREGION_BUF_ACCEL, 0, 4096);
	BUFFER(-EFAULT, RTE_VTREGION_BUF_ACCEL, arena + size + 1, 4096);
	BUFFER(-EFAULT, RTE_VTREGION_BUF_ACCEL, arena + size - 4095, 4096);
	BUFFER(-EFAULT, RTE_VTREGION_BUF_ACCEL, arena + 1, UINT64_MAX);
	BUFFER(-EFAULT, RTE_VTREGION_BUF_ACCEL, UINT64_MAX - 4095, 4096);
	/* In order, but no accelerator has memory of its own. */
	BUFFER(-ENOTSUP, RTE_VTREGION_BUF_ACCEL, arena + size - 4096, 4096);
	BUFFER(-ENOTSUP, RTE_VTREGION_BUF_BOTH, arena, size);
	CU_ASSERT_EQUAL(ask(&raw, RTE_VTREGION_CTRL_BUF_DEL, 0), -ENOENT);
	end(&f, &raw);
}

static int
ask_now(struct fixture *f, struct raw_client *raw, const struct rte_vtregion_ctrl_req *req)
{
	const uint32_t seq = raw_ctrl_send(raw, req);

	rte_vtappliance_control(f->app, 0);
	return raw->slot->rep_seq == seq ? raw->slot->rep.status : -ETIMEDOUT;
}

/* Gets are counted in 16 bits: one more than they hold must not make them none. */
static void
test_gets(void)
{
	const struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_PROC_GET, .name = "nop" };
	const struct rte_vtregion_ctrl_req put = { .op = RTE_VTREGION_CTRL_PROC_PUT };
	struct raw_client raw;
	unsigned int i, got = 0;
	struct fixture f;

	begin(&f, &raw, &small);
	fixture_take(&f);
	for (i = 0; i < UINT16_MAX; i++)
		got += ask_now(&f, &raw, &req) == 0;
	CU_ASSERT_EQUAL(got, UINT16_MAX);
	CU_ASSERT_EQUAL(ask_now(&f, &raw, &req), -ENOSPC);
	CU_ASSERT_EQUAL(ask_now(&f, &raw, &put), 0);
	CU_ASSERT_EQUAL(ask_now(&f, &raw, &req), 0);
	raw_close(&raw);
	fixture_stop(&f);
}

/* A name goes into the log: what is no text does not. */
static void
test_name(void)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = 1,
		.flags = RTE_VTREGION_ATTACH_F_TAKEOVER };
	struct rte_vtregion_ctrl_rep rep;
	struct raw_client raw;
	struct fixture f;
	char *text = NULL;
	size_t len;
	FILE *log;

	begin(&f, &raw, &small);
	memset(req.name, '\x1b', sizeof(req.name));
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), 0);
	fixture_hold(&f);
	log = open_memstream(&text, &len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	rte_openlog_stream(log);
	fixture_let(&f);
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), 0);
	end(&f, &raw);
	rte_openlog_stream(NULL);
	fclose(log);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "attaches again"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "(????????"));
	CU_ASSERT_PTR_NULL(strchr(text, '\x1b'));
	free(text);
}

/* Behind one that a poller has to answer, the next one waits. */
static void
test_second(void)
{
	const struct rte_vtregion_ctrl_req release = { .op = RTE_VTREGION_CTRL_VACCEL_RELEASE };
	const struct rte_vtregion_ctrl_req info = { .op = RTE_VTREGION_CTRL_ACCEL_INFO };
	struct raw_client raw;
	struct fixture f;
	uint32_t first;
	unsigned int i;

	begin(&f, &raw, &small);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(&raw), 0);
	fixture_take(&f);
	first = raw_ctrl_send(&raw, &release);
	rte_vtappliance_control(f.app, 0);
	CU_ASSERT_NOT_EQUAL(raw.slot->rep_seq, first);
	raw.slot->req = info;
	__atomic_store_n(&raw.slot->req_seq, first + 1, __ATOMIC_RELEASE);
	for (i = 0; i < 20; i++) {
		rte_vtappliance_control(f.app, 0);
		usleep(10000); /* the tick looks at all mailboxes */
	}
	CU_ASSERT_NOT_EQUAL(raw.slot->rep_seq, first + 1);
	for (i = 0; i < 1000 && raw.slot->rep_seq != first + 1; i++) {
		fixture_turns(&f, 1);
		rte_vtappliance_control(f.app, 0);
		usleep(1000);
	}
	CU_ASSERT_EQUAL(raw.slot->rep_seq, first + 1);
	CU_ASSERT_EQUAL(raw.slot->rep.status, 0);
	raw_close(&raw);
	fixture_stop(&f);
}

/* Who asked and sleeps is rung, whatever pollers do meanwhile. */
static void
test_answers(void)
{
	const struct rte_vtregion_ctrl_req info = { .op = RTE_VTREGION_CTRL_ACCEL_INFO };
	struct raw_client raw;
	struct fixture f;
	uint64_t value;
	unsigned int i;

	begin(&f, &raw, &small);
	fixture_take(&f);
	for (i = 0; i < 3; i++) {
		__atomic_store_n(&raw.slot->parked[RTE_VTREGION_VECTOR_CTRL], 1, __ATOMIC_SEQ_CST);
		CU_ASSERT_EQUAL(ask_now(&f, &raw, &info), 0);
		CU_ASSERT_EQUAL(raw.slot->parked[RTE_VTREGION_VECTOR_CTRL], 0);
	}
	/* Who is awake is not. */
	CU_ASSERT_EQUAL(ask_now(&f, &raw, &info), 0);
	CU_ASSERT_EQUAL(read(raw.link.own[RTE_VTREGION_VECTOR_CTRL], &value, sizeof(value)), sizeof(value));
	CU_ASSERT_EQUAL(value, 3);
	raw_close(&raw);
	fixture_stop(&f);
}

/* Nobody comes into a domain that has failed: not who is connected, nor who connects. */
static void
test_closed(void)
{
	struct raw_client raw, early, late;
	struct fixture f;

	begin(&f, &raw, &small);
	CU_ASSERT_EQUAL_FATAL(raw_connect(&early, f.path[0]), 0);
	rte_vtregion_rq_ring(raw.base, &raw.geom, 0, 0)->prod.tail = 0x7fffffff;
	CU_ASSERT_TRUE(fixture_until(&raw.slot->state, RTE_VTREGION_SLOT_QUARANTINE));
	CU_ASSERT_EQUAL(rte_vtregion_hdr(raw.base)->state, RTE_VTREGION_CLOSED);
	CU_ASSERT_EQUAL(attach(&early, 0), -ESHUTDOWN);
	CU_ASSERT_EQUAL(raw_connect(&late, f.path[0]), -ESHUTDOWN);
	raw_close(&early);
	end(&f, &raw);
}

/* ---- the end of an appliance ---- */

/* How often of that many tries, with a turn of the poller before each, a drain is over. */
static unsigned int
drained(struct fixture *f, unsigned int tries)
{
	unsigned int i, nb = 0;

	for (i = 0; i < tries; i++) {
		fixture_turns(f, 1);
		nb += rte_vtappliance_drain(f->app, 60000) == 0;
		usleep(1000);
	}
	return nb;
}

#define LEFT 200 /* more than some turns take of a queue */

/* It waits for who is inside an enqueue, for what was enqueued before, and for tasks in flight. */
static void
drain(uint32_t layout, const char *accel)
{
	const char * const accels[] = { accel, NULL };
	const bool thread = layout == RTE_VTREGION_THREAD;
	const struct rte_vtaccel_null_conf lifted = { 0 };
	struct rte_vtappliance_domain_conf conf = small;
	struct rte_vinetalk_task t;
	struct raw_client raw;
	struct rte_ring *r;
	struct fixture f;
	unsigned int i;
	uint32_t qp;

	conf.layout = layout;
	conf.depth = 256;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, accels, NULL, &conf), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	CU_ASSERT_EQUAL_FATAL(raw_nop_vaccel(&raw), 0);
	fixture_take(&f);
	qp = raw_qp(&raw);
	r = rte_vtregion_rq_ring(raw.base, &raw.geom, thread ? qp : 0, 0);
	rte_vtregion_qp(raw.base, &raw.geom, qp)->inside = 1;
	CU_ASSERT_EQUAL(drained(&f, 60), 0);
	CU_ASSERT_TRUE(rte_vtregion_rq(raw.base, &raw.geom, 0)->gen & RTE_VTREGION_GEN_CLOSED);
	for (i = 0; i < LEFT; i++) {
		rte_vinetalk_task_init(&t, i == 0 ? 0 : 63, 0, 1);
		t.qp_seq = rte_vinetalk_qp_seq((uint16_t)qp, (uint16_t)(raw_seq(&raw) + i));
		CU_ASSERT_EQUAL(rte_ring_enqueue_burst_elem(r, &t, sizeof(t), 1, NULL), 1);
	}
	if (thread)
		rte_vtregion_ready_mark(rte_vtregion_ready_summaries(raw.base, &raw.geom, 0),
			rte_vtregion_ready_leaves(raw.base, &raw.geom, 0), qp);
	rte_vtregion_qp(raw.base, &raw.geom, qp)->inside = 0;
	if (strstr(accel, "stall") != NULL)
		CU_ASSERT_EQUAL(drained(&f, 60), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_null_set(rte_vtaccel_get("st"), &lifted), 0);
	for (i = 0; i < 1000 && drained(&f, 1) == 0; i++)
		;
	CU_ASSERT_TRUE(i < 1000);
	CU_ASSERT_EQUAL(r->cons.tail, r->prod.tail);
	raw_close(&raw);
	fixture_stop(&f);
}

static void
test_drain(void)
{
	drain(RTE_VTREGION_HASHED, "null,name=st,stall=1");
	drain(RTE_VTREGION_THREAD, "null,name=st,stall=1");
	drain(RTE_VTREGION_HASHED, "null,name=st");
	drain(RTE_VTREGION_THREAD, "null,name=st");
}

static const struct vt_test_case cases[] = {
	{ "control requests", test_control },
	{ "attach", test_attach },
	{ "acquire", test_acquire },
	{ "buffer", test_buffer },
	{ "65,536 gets of a procedure", test_gets },
	{ "a name for the log", test_name },
	{ "a second request while the first is pending", test_second },
	{ "answers while a poller does not turn", test_answers },
	{ "a closed domain", test_closed },
	{ "a drain", test_drain },
};

VT_TEST_SUITE(vinetalk_bounds_autotest, NULL, NULL, cases);
