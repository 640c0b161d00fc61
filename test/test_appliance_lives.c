/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The lives of a slot: a second attach through the same connection, as a guest makes it that was reset
 * or whose process died, heartbeats, and slots that no broker gives away.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_ring_elem.h>
#include <rte_vinetalk.h>

#include "fixture.h"
#include "test.h"

#define HEARTBEAT_MS 500

static const char * const nulls[] = { "null", NULL };
static const struct rte_vtappliance_domain_conf small = { .uid = -1, .gid = -1, .depth = 64 };
static const struct rte_vtappliance_conf beats = { .heartbeat_ms = HEARTBEAT_MS };

#define AS_DEVICE (RTE_VTREGION_ATTACH_F_TAKEOVER | RTE_VTREGION_ATTACH_F_DEVICE)

static int
attach_again(struct raw_client *raw, uint32_t flags)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = 1,
		.flags = flags, .name = "again" };
	struct rte_vtregion_ctrl_rep rep;

	return raw_ctrl(raw, &req, &rep);
}

/* Tasks with these numbers, whose cookies are 100 and up. */
static unsigned int
send(struct raw_client *raw, uint16_t seq, unsigned int nb)
{
	struct rte_ring *r = rte_vtregion_rq_ring(raw->base, &raw->geom, raw->slot->rq, 0);
	struct rte_vinetalk_task t[16];
	unsigned int i;

	for (i = 0; i < nb && i < RTE_DIM(t); i++) {
		rte_vinetalk_task_init(&t[i], 0, 0, 100 + i);
		t[i].qp_seq = rte_vinetalk_qp_seq((uint16_t)raw_qp(raw), (uint16_t)(seq + i));
	}
	return rte_ring_mp_rts_enqueue_burst_elem(r, t, sizeof(t[0]), i, NULL);
}

static unsigned int
receive(struct raw_client *raw, struct rte_vinetalk_completion *c, unsigned int nb)
{
	return rte_ring_sc_dequeue_burst_elem(rte_vtregion_cq_ring(raw->base, &raw->geom,
		raw_qp(raw)), c, sizeof(*c), nb, NULL);
}

/* A neighbour that must notice nothing. */
static int
neighbour(struct fixture *f, uint16_t *proc, uint16_t *va)
{
	int dev = fixture_attach(f, 0, 1, 0);

	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", proc, va), 0);
	return dev;
}

static void
neighbour_works(int dev, uint16_t proc, uint16_t va)
{
	fixture_works(dev, proc, va, 100, 5000000);
}

/* What the old life left in the ring is not taken for the new one's, and nothing of it comes back. */
static void
test_attach_again(void)
{
	struct rte_vinetalk_completion c[16];
	struct raw_client raw;
	struct fixture f;
	uint16_t proc, va, seq, old;
	uint32_t epoch;
	uint8_t *arena;
	unsigned int i;
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &small), 0);
	dev = neighbour(&f, &proc, &va);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	CU_ASSERT_EQUAL(raw_nop_vaccel(&raw), 0);
	epoch = raw.slot->epoch;
	old = raw_seq(&raw);
	arena = raw.base + rte_vtregion_arena(&raw.geom, raw.slot_id);
	memset(arena, 0x5a, 4096);
	CU_ASSERT_EQUAL(send(&raw, old, 8), 8);
	while (receive(&raw, c, 8) != 8)
		usleep(1000);
	/* Eight more that are done and not fetched, then the "reset". */
	fixture_hold(&f);
	CU_ASSERT_EQUAL(send(&raw, (uint16_t)(old + 8), 8), 8);
	fixture_turns(&f, 4);
	CU_ASSERT_EQUAL(send(&raw, (uint16_t)(old + 16), 4), 4);
	fixture_let(&f);
	CU_ASSERT_EQUAL(attach_again(&raw, 0), -EBUSY);
	CU_ASSERT_EQUAL(attach_again(&raw, 1U << 7 | RTE_VTREGION_ATTACH_F_TAKEOVER), -EINVAL);
	CU_ASSERT_EQUAL(attach_again(&raw, RTE_VTREGION_ATTACH_F_TAKEOVER), 0);
	CU_ASSERT_EQUAL(raw.slot->state, RTE_VTREGION_SLOT_ATTACHED);
	CU_ASSERT_EQUAL(raw.slot->epoch, epoch + 1);
	for (i = 0; i < 4096 && arena[i] == 0; i++)
		;
	CU_ASSERT_EQUAL(i, 4096);
	CU_ASSERT_EQUAL(receive(&raw, c, 16), 0);
	/* No vaccel of the old life is left, and the numbers go on behind any that it can have used. */
	seq = raw_seq(&raw);
	CU_ASSERT_TRUE((uint16_t)(seq - old) >= 20 + 64);
	CU_ASSERT_EQUAL(send(&raw, (uint16_t)(old + 20), 4), 4);
	CU_ASSERT_EQUAL(send(&raw, seq, 1), 1);
	while (receive(&raw, c, 1) != 1)
		usleep(1000);
	CU_ASSERT_EQUAL(c[0].status, -ENODEV);
	CU_ASSERT_EQUAL((uint16_t)c[0].qp_seq, seq);
	CU_ASSERT_EQUAL(raw_nop_vaccel(&raw), 0);
	CU_ASSERT_EQUAL(send(&raw, (uint16_t)(seq + 1), 3), 3);
	while (receive(&raw, c, 1) != 1)
		usleep(1000);
	CU_ASSERT_EQUAL(c[0].status, 0);
	neighbour_works(dev, proc, va);
	raw_close(&raw);
	rte_vinetalk_close((uint16_t)dev);
	fixture_stop(&f);
}

/* One that was put into quarantine comes back only by a takeover. */
static void
test_out_of_quarantine(void)
{
	struct raw_client raw;
	struct fixture f;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	rte_vtregion_cq_ring(raw.base, &raw.geom, raw_qp(&raw))->cons.tail = 0x12345678;
	send(&raw, raw_seq(&raw), 16);
	send(&raw, (uint16_t)(raw_seq(&raw) + 16), 16);
	send(&raw, (uint16_t)(raw_seq(&raw) + 32), 16);
	send(&raw, (uint16_t)(raw_seq(&raw) + 48), 16);
	CU_ASSERT_TRUE(fixture_until(&raw.slot->state, RTE_VTREGION_SLOT_QUARANTINE));
	CU_ASSERT_EQUAL(attach_again(&raw, 0), -EPERM);
	CU_ASSERT_EQUAL(attach_again(&raw, RTE_VTREGION_ATTACH_F_TAKEOVER), 0);
	CU_ASSERT_EQUAL(raw.slot->state, RTE_VTREGION_SLOT_ATTACHED);
	raw_close(&raw);
	fixture_stop(&f);
}

/* The socket stays open: only the heart tells. */
static void
test_heartbeat(void)
{
	struct raw_client raw;
	struct fixture f;
	uint16_t proc, va;
	unsigned int i;
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, &beats, &small), 0);
	dev = neighbour(&f, &proc, &va);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	CU_ASSERT_EQUAL(raw.slot->heartbeat_ms, 0);
	CU_ASSERT_EQUAL(attach_again(&raw, AS_DEVICE), 0);
	CU_ASSERT_EQUAL(raw.slot->heartbeat_ms, HEARTBEAT_MS);
	for (i = 0; i < 20; i++) {
		usleep(HEARTBEAT_MS * 1000 / 10);
		raw.slot->heartbeat++;
	}
	CU_ASSERT_EQUAL(raw.slot->state, RTE_VTREGION_SLOT_ATTACHED);
	CU_ASSERT_TRUE(fixture_until(&raw.slot->state, RTE_VTREGION_SLOT_QUARANTINE));
	CU_ASSERT_EQUAL(raw.slot->reason, -ETIMEDOUT);
	neighbour_works(dev, proc, va);
	CU_ASSERT_EQUAL(attach_again(&raw, AS_DEVICE), 0);
	raw_close(&raw);
	rte_vinetalk_close((uint16_t)dev);
	fixture_stop(&f);
}

/* Slots without a broker: attach, work, fall silent, come again. The broker does not give them away. */
static void
test_plain(void)
{
	struct rte_vtappliance_domain_conf conf = small;
	struct raw_client door, raw, more;
	struct rte_vinetalk_completion c;
	struct fixture f;

	conf.nb_clients = 3;
	conf.nb_plain = 1;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, &beats, &conf), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&door, f.path[0], 1), 0);
	CU_ASSERT_EQUAL(door.geom.conf.nb_plain, 1);
	/* By the same mapping, as a guest has it that got no number. */
	raw = door;
	raw.link.nb_server_vectors = 0;
	raw.slot_id = 2;
	raw.slot = rte_vtregion_slot(raw.base, &raw.geom, 2);
	CU_ASSERT_EQUAL(attach_again(&raw, AS_DEVICE), 0);
	CU_ASSERT_EQUAL(raw.slot->nb_vectors, 0);
	CU_ASSERT_EQUAL(raw.slot->heartbeat_ms, HEARTBEAT_MS);
	CU_ASSERT_EQUAL(raw_nop_vaccel(&raw), 0);
	CU_ASSERT_EQUAL(send(&raw, raw_seq(&raw), 1), 1);
	while (receive(&raw, &c, 1) != 1)
		usleep(1000);
	CU_ASSERT_EQUAL(c.status, 0);
	CU_ASSERT_TRUE(fixture_until(&raw.slot->state, RTE_VTREGION_SLOT_QUARANTINE));
	CU_ASSERT_EQUAL(attach_again(&raw, AS_DEVICE), 0);
	CU_ASSERT_EQUAL(raw_connect(&more, f.path[0]), 0);
	CU_ASSERT_EQUAL(more.slot_id, 1);
	{
		struct raw_client fourth;

		CU_ASSERT_EQUAL(raw_connect(&fourth, f.path[0]), -EUSERS);
	}
	raw_close(&more);
	raw_close(&door);
	fixture_stop(&f);
}

/* Of two without a broker that look for a slot at the same moment one has taken it, and is not attached yet. */
static void
test_plain_taken(void)
{
	struct rte_vtappliance_domain_conf conf = small;
	char file[256], devargs[300];
	struct rte_vtregion_slot *slot[2];
	struct rte_vinetalk_info info;
	struct raw_client door;
	struct fixture f;
	uint16_t proc, va;
	int dev;

	snprintf(file, sizeof(file), "%.200s/plain", vt_test_tmp_dir());
	/* The transport of test_restart_plain.c. */
	snprintf(devargs, sizeof(devargs), "plainfile,file=%s", file);
	conf.file = file;
	conf.nb_clients = 3;
	conf.nb_plain = 2;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &conf), 0);
	CU_ASSERT_EQUAL_FATAL(raw_connect(&door, f.path[0]), 0);
	slot[0] = rte_vtregion_slot(door.base, &door.geom, 1);
	slot[1] = rte_vtregion_slot(door.base, &door.geom, 2);
	slot[0]->owner = 77;
	dev = fixture_attach_device(devargs, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_info_get((uint16_t)dev, &info), 0);
	CU_ASSERT_EQUAL(info.vm_id, 3);
	CU_ASSERT_EQUAL(slot[0]->owner, 77);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	neighbour_works(dev, proc, va);
	rte_vinetalk_close((uint16_t)dev);
	CU_ASSERT_EQUAL(slot[1]->owner, 0);
	/* By another machine. */
	memset(slot[1]->uuid, 0, sizeof(slot[1]->uuid));
	slot[1]->owner = 78;
	CU_ASSERT_EQUAL(rte_vinetalk_attach(devargs), -EUSERS);
	CU_ASSERT_EQUAL(slot[0]->owner, 77);
	CU_ASSERT_EQUAL(slot[1]->owner, 78);
	raw_close(&door);
	fixture_stop(&f);
}

/* One that was inside an enqueue when it was detached may go on at any time: its ring is left to it. */
static void
test_zombie(void)
{
	struct raw_client raw;
	struct rte_vtregion_qp *line;
	struct rte_ring *old;
	struct fixture f;
	uint16_t proc, va;
	uint32_t gen;
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, &beats, &small), 0);
	dev = neighbour(&f, &proc, &va);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	line = rte_vtregion_qp(raw.base, &raw.geom, raw_qp(&raw));
	gen = rte_vtregion_rq(raw.base, &raw.geom, 0)->gen;
	old = rte_vtregion_rq_ring(raw.base, &raw.geom, 0, gen % raw.geom.nb_instances);
	CU_ASSERT_EQUAL(attach_again(&raw, AS_DEVICE), 0);
	CU_ASSERT_EQUAL(line->active, raw.slot->epoch);
	/* Not inside: the ring stays, and it finds that it may not use it. */
	CU_ASSERT_TRUE(fixture_until(&raw.slot->state, RTE_VTREGION_SLOT_QUARANTINE));
	CU_ASSERT_EQUAL(line->active, 0);
	neighbour_works(dev, proc, va);
	CU_ASSERT_EQUAL(rte_vtregion_rq(raw.base, &raw.geom, 0)->gen, gen);
	/* Inside: another ring. */
	CU_ASSERT_EQUAL(attach_again(&raw, AS_DEVICE), 0);
	line->inside = 1 + gen;
	CU_ASSERT_TRUE(fixture_until(&raw.slot->state, RTE_VTREGION_SLOT_QUARANTINE));
	CU_ASSERT_TRUE(fixture_until(&rte_vtregion_rq(raw.base, &raw.geom, 0)->gen, gen + 1));
	/* It wakes up, and writes to the ring that it had: nobody looks there. */
	old->rts_prod.head.val.pos += 3;
	old->rts_prod.head.val.cnt++;
	neighbour_works(dev, proc, va);
	raw_close(&raw);
	rte_vinetalk_close((uint16_t)dev);
	fixture_stop(&f);
}

/*
 * A ring is left to who was detached inside of it until he is gone, and can be used again then. When all are
 * left to somebody the domain ends.
 */
static void
test_spares_end(void)
{
	struct rte_vtregion_hdr *hdr;
	struct raw_client raw[4];
	struct rte_vtregion_rq *rq;
	struct fixture f;
	uint16_t proc, va;
	unsigned int i;
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, &beats, &small), 0);
	dev = neighbour(&f, &proc, &va);
	for (i = 0; i < RTE_DIM(raw); i++)
		CU_ASSERT_EQUAL_FATAL(raw_attach(&raw[i], f.path[0], 1), 0);
	hdr = rte_vtregion_hdr(raw[0].base);
	rq = rte_vtregion_rq(raw[0].base, &raw[0].geom, 0);
	/* More often than there are rings: whoever had the slot before is gone. */
	for (i = 0; i < 2 * RTE_DIM(raw); i++) {
		const uint32_t gen = rq->gen & ~RTE_VTREGION_GEN_CLOSED;

		CU_ASSERT_EQUAL(attach_again(&raw[0], AS_DEVICE), 0);
		rte_vtregion_qp(raw[0].base, &raw[0].geom, raw_qp(&raw[0]))->inside = 1;
		CU_ASSERT_TRUE(fixture_until(&raw[0].slot->state, RTE_VTREGION_SLOT_QUARANTINE));
		CU_ASSERT_TRUE(fixture_until(&rq->gen, gen + 1));
		neighbour_works(dev, proc, va);
	}
	/* In quarantine without having been inside: nothing is left to it. */
	CU_ASSERT_EQUAL(attach_again(&raw[0], AS_DEVICE), 0);
	CU_ASSERT_TRUE(fixture_until(&raw[0].slot->state, RTE_VTREGION_SLOT_QUARANTINE));
	for (i = 0; i < RTE_DIM(raw); i++) {
		const uint32_t gen = rq->gen & ~RTE_VTREGION_GEN_CLOSED;

		neighbour_works(dev, proc, va);
		CU_ASSERT_EQUAL(hdr->state, RTE_VTREGION_OPEN);
		CU_ASSERT_EQUAL(attach_again(&raw[i], AS_DEVICE), 0);
		rte_vtregion_qp(raw[i].base, &raw[i].geom, raw_qp(&raw[i]))->inside = 1;
		CU_ASSERT_TRUE(fixture_until(&raw[i].slot->state, RTE_VTREGION_SLOT_QUARANTINE));
		if (i + 1 < RTE_DIM(raw))
			CU_ASSERT_TRUE(fixture_until(&rq->gen, gen + 1));
	}
	CU_ASSERT_TRUE(fixture_until(&hdr->state, RTE_VTREGION_CLOSED));
	for (i = 0; i < RTE_DIM(raw); i++)
		raw_close(&raw[i]);
	rte_vinetalk_close((uint16_t)dev);
	fixture_stop(&f);
}

/* A file that served another appliance, whose client lives on: it learns that it is detached. */
static void
file_again(uint32_t layout)
{
	char file[256], copy[256];
	struct rte_vtappliance_domain_conf conf = small;
	struct rte_vinetalk_task t;
	struct raw_client raw;
	struct fixture f;
	uint16_t proc, va, proc2, va2;
	uint64_t epoch;
	int dev, dev2;

	snprintf(file, sizeof(file), "%s/region", vt_test_tmp_dir());
	snprintf(copy, sizeof(copy), "%s/region.kept", vt_test_tmp_dir());
	conf.file = file;
	conf.layout = layout;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &conf), 0);
	dev = neighbour(&f, &proc, &va);
	CU_ASSERT_EQUAL_FATAL(raw_connect(&raw, f.path[0]), 0);
	epoch = rte_vtregion_hdr(raw.base)->epoch;
	neighbour_works(dev, proc, va);
	/* As if it had been killed: the file stays. */
	CU_ASSERT_EQUAL(link(file, copy), 0);
	fixture_stop(&f);
	CU_ASSERT_EQUAL(rename(copy, file), 0);
	rte_vtregion_hdr(raw.base)->state = RTE_VTREGION_OPEN;
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &conf), 0);
	CU_ASSERT_EQUAL(rte_vtregion_hdr(raw.base)->epoch, epoch + 1);
	dev2 = neighbour(&f, &proc2, &va2);
	rte_vinetalk_task_init(&t, va, proc, 1);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)dev, 0, &t, 1), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)dev, 0, 2000000), -ENODEV);
	neighbour_works(dev2, proc2, va2);
	/* Other settings are no matter if nobody is inside, and refused otherwise; without spares, any are. */
	rte_vtregion_qp(raw.base, &raw.geom, 5)->inside = 1;
	CU_ASSERT_EQUAL(link(file, copy), 0);
	rte_vinetalk_close((uint16_t)dev);
	rte_vinetalk_close((uint16_t)dev2);
	fixture_stop(&f);
	CU_ASSERT_EQUAL(rename(copy, file), 0);
	conf.size = raw.link.mem_size;
	if (layout != RTE_VTREGION_THREAD)
		conf.nb_clients = 4;
	CU_ASSERT_EQUAL(fixture_start(&f, 1, 1, nulls, NULL, &conf), -EBUSY);
	fixture_stop(&f);
	raw_close(&raw);
	unlink(file);
	unlink(copy); /* one that was there before is not removed: both names were left */
}

static void
test_file_again(void)
{
	file_again(RTE_VTREGION_HASHED);
	file_again(RTE_VTREGION_SINGLE);
	file_again(RTE_VTREGION_THREAD);
}

/* Who asks while a domain goes would have a poller ring a doorbell that is being freed. */
static void
test_asks_at_the_end(void)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ACCEL_INFO };
	struct rte_vtregion_ctrl_rep rep;
	struct raw_client raw;
	struct fixture f;
	unsigned int i;
	uint32_t seq;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, nulls, NULL, &small), 0);
	CU_ASSERT_EQUAL_FATAL(raw_connect(&raw, f.path[0]), 0);
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -ENOTCONN);
	/* The control plane is the test's from here on. */
	__atomic_store_n(&f.stop, 1, __ATOMIC_RELEASE);
	pthread_join(f.thread, NULL);
	f.running = false;
	CU_ASSERT_EQUAL(rte_vtappliance_domain_remove(f.app, "t0"), 0);
	for (i = 0; i < 3; i++)
		CU_ASSERT_TRUE(rte_vtappliance_control(f.app, 0) >= 0);
	raw.slot->parked[RTE_VTREGION_VECTOR_CTRL] = 1;
	seq = raw_ctrl_send(&raw, &req);
	for (i = 0; i < 3; i++)
		CU_ASSERT_TRUE(rte_vtappliance_control(f.app, 0) >= 0);
	CU_ASSERT_NOT_EQUAL(raw.slot->rep_seq, seq);
	for (i = 0; i < 1000 && rte_vtappliance_domain_exists(f.app, "t0"); i++) {
		fixture_turns(&f, 1);
		CU_ASSERT_TRUE(rte_vtappliance_control(f.app, 0) >= 0);
	}
	CU_ASSERT_FALSE(rte_vtappliance_domain_exists(f.app, "t0"));
	raw_close(&raw);
	fixture_stop(&f);
}

static void
test_bad_conf(void)
{
	struct rte_vtappliance_conf conf = { .heartbeat_ms = 499 };
	struct rte_vtappliance_domain_conf dom = small;
	struct fixture f;

	CU_ASSERT_EQUAL(fixture_start(&f, 1, 1, nulls, &conf, &small), -EINVAL);
	dom.nb_clients = 2;
	dom.nb_plain = 3;
	CU_ASSERT_EQUAL(fixture_start(&f, 1, 1, nulls, NULL, &dom), -EINVAL);
	fixture_stop(&f);
}

static const struct vt_test_case cases[] = {
	{ "a second attach ends the first life", test_attach_again },
	{ "out of quarantine by a takeover", test_out_of_quarantine },
	{ "heartbeat", test_heartbeat },
	{ "slots without a broker", test_plain },
	{ "slots without a broker that others take", test_plain_taken },
	{ "detached inside an enqueue", test_zombie },
	{ "no spare is left", test_spares_end },
	{ "a file that served before", test_file_again },
	{ "somebody asks while his domain goes", test_asks_at_the_end },
	{ "bad configuration", test_bad_conf },
};

VT_TEST_SUITE(vinetalk_lives_autotest, NULL, NULL, cases);
