/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Many domains, many attaches one after the other, and what is left of a client for the next one.
 *
 * VT_TEST_CYCLES=N: so many attaches.
 */

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_vinetalk.h>

#include "fixture.h"
#include "ivshmem_owner.h"
#include "test.h"

#define MOST 120 /* domains of an appliance */
#define CYCLES 10000
#define WAIT_US 5000000
#define DIRT 0xa5

static const char *const accels[] = { "null", NULL };

/* ---- domains ---- */

static int
add(struct fixture *f, unsigned int i, char *path, size_t len)
{
	struct rte_vtappliance_domain_conf conf = { .uid = -1, .gid = -1, .no_huge = true,
		.nb_clients = 2, .qps = 1, .depth = 64, .rq_depth = 64, .arena_size = 1 << 20 };
	char name[16];

	snprintf(name, sizeof(name), "many%u", i);
	snprintf(path, len, "%s/%s.sock", vt_test_tmp_dir(), name);
	conf.name = name;
	conf.path = path;
	return rte_vtappliance_domain_add(f->app, &conf);
}

static void
serves(const char *path)
{
	uint16_t nop, va;
	int dev = fixture_attach_path(path, 1, 0);

	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL(fixture_proc(dev, "nop", &nop, &va), 0);
	fixture_works(dev, nop, va, 10, WAIT_US);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
}

/* Domains that go before a poller has seen that they came, again and again. */
static void
test_short_lived(void)
{
	char path[108];
	struct fixture f;
	unsigned int i, k;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 2, 1, accels, NULL, NULL), 0);
	__atomic_store_n(&f.stop, 1, __ATOMIC_RELEASE);
	pthread_join(f.thread, NULL);
	f.running = false;
	for (i = 0; i < 50; i++) {
		CU_ASSERT_EQUAL_FATAL(add(&f, i % 3, path, sizeof(path)), 0);
		CU_ASSERT_EQUAL(rte_vtappliance_domain_remove(f.app, i % 3 == 0 ? "many0" : i % 3 == 1 ?
			"many1" : "many2"), 0);
		/* Asked to forget what they have not been told of. */
		for (k = 0; k < 4; k++)
			rte_vtappliance_control(f.app, 0);
		for (k = 0; k < 4; k++) {
			fixture_turns(&f, 2);
			rte_vtappliance_control(f.app, 0);
		}
		CU_ASSERT_FALSE(rte_vtappliance_domain_exists(f.app, "many0"));
		CU_ASSERT_FALSE(rte_vtappliance_domain_exists(f.app, "many1"));
		CU_ASSERT_FALSE(rte_vtappliance_domain_exists(f.app, "many2"));
	}
	f.stop = 0;
	CU_ASSERT_EQUAL_FATAL(fixture_go(&f), 0);
	serves(f.path[0]);
	fixture_stop(&f);
}

static void
test_domains(void)
{
	char path[3][108], other[108], name[16];
	unsigned int before = count_fds(), i;
	struct fixture f;
	int ret = 0;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, accels, NULL, NULL), 0);
	/* The fixture's own is the first. The control thread rests: it is its lists that are changed. */
	__atomic_store_n(&f.stop, 1, __ATOMIC_RELEASE);
	pthread_join(f.thread, NULL);
	f.running = false;
	for (i = 1; i < MOST && ret == 0; i++)
		ret = add(&f, i, path[i == 1 ? 0 : i == MOST - 1 ? 2 : 1], sizeof(path[0]));
	CU_ASSERT_EQUAL(ret, 0);
	CU_ASSERT_EQUAL(i, MOST);
	CU_ASSERT_EQUAL(add(&f, MOST, other, sizeof(other)), -ENOSPC);
	CU_ASSERT_NOT_EQUAL(access(other, F_OK), 0);
	f.stop = 0;
	CU_ASSERT_EQUAL_FATAL(fixture_go(&f), 0);
	for (i = 0; i < 3; i++)
		serves(path[i]);
	serves(f.path[0]);
	__atomic_store_n(&f.stop, 1, __ATOMIC_RELEASE);
	pthread_join(f.thread, NULL);
	f.running = false;
	/* With one less there is room again. */
	snprintf(name, sizeof(name), "many%u", MOST / 2);
	CU_ASSERT_EQUAL(rte_vtappliance_domain_remove(f.app, name), 0);
	for (i = 0; i < 1000 && (ret = add(&f, MOST, other, sizeof(other))) == -ENOSPC; i++) {
		fixture_turns(&f, 1);
		rte_vtappliance_control(f.app, 0);
	}
	CU_ASSERT_EQUAL(ret, 0);
	f.stop = 0;
	CU_ASSERT_EQUAL_FATAL(fixture_go(&f), 0);
	serves(other);
	fixture_stop(&f);
	CU_ASSERT_EQUAL(count_fds(), before);
}

/* ---- attaches ---- */

/* The appliance sees the end of a socket a little later: the fewest within a while, or as few as there should be. */
static unsigned int
count_fds_settled(unsigned int wanted)
{
	unsigned int fewest = count_fds(), i;

	for (i = 0; i < 300 && fewest > wanted; i++) {
		usleep(1000);
		fewest = RTE_MIN(fewest, count_fds());
	}
	return fewest;
}

static void
cycle(struct fixture *f, unsigned int i)
{
	uint16_t nop, va;
	int dev = fixture_attach(f, 0, (uint16_t)(1 + i % 2), 0);

	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL(fixture_proc(dev, "nop", &nop, &va), 0);
	fixture_works(dev, nop, va, 1, WAIT_US);
	/* Some leave with all that they have. */
	if (i % 3 != 0)
		CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release((uint16_t)dev, va), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
}

static void
test_cycles(void)
{
	static const struct rte_vtappliance_domain_conf small = { .uid = -1, .gid = -1, .depth = 64,
		.rq_depth = 64, .nb_clients = 2, .qps = 2 };
	const char *text = getenv("VT_TEST_CYCLES");
	const unsigned int nb = text != NULL ? (unsigned int)atoi(text) : CYCLES;
	struct rte_vtappliance_stats st;
	unsigned int i, fds = 0;
	size_t used = 0;
	struct fixture f;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, accels, NULL, &small), 0);
	for (i = 0; i < nb; i++) {
		/* What is made once is there by now. */
		if (i == nb / 4) {
			fds = count_fds_settled(0);
			used = mallinfo2().uordblks;
		}
		cycle(&f, i);
	}
	CU_ASSERT_EQUAL(count_fds_settled(fds), fds);
	/* Sixteen bytes for each would be a leak; few attaches show none. */
	CU_ASSERT_TRUE(mallinfo2().uordblks < used + nb * 3 / 4 * 16 + (1 << 18));
	printf("%u attaches, %zd bytes more in use than after %u\n", nb,
		(ssize_t)(mallinfo2().uordblks - used), nb / 4);
	rte_vtappliance_stats_get(f.app, &st);
	CU_ASSERT_EQUAL(st.tasks, nb);
	CU_ASSERT_EQUAL(st.completed, nb);
	fixture_stop(&f);
}

/* ---- what is left ---- */

struct places {
	uint8_t *at[16];
	size_t len[16];
	unsigned int nb;
};

static void
place(struct places *p, void *at, size_t len)
{
	p->at[p->nb] = at;
	p->len[p->nb++] = len;
}

/* All that a client finds, but for headers: its arena, words, rings and, shared or not, rings for requests. */
static void
places(struct raw_client *c, struct places *p)
{
	const struct rte_vtregion_conf *conf = &c->geom.conf;
	uint32_t i, qp, nb = 0;

	p->nb = 0;
	if (conf->layout != RTE_VTREGION_THREAD)
		nb = c->geom.nb_instances;
	for (i = 0; i < nb; i++)
		place(p, rte_vtregion_rq_ring(c->base, &c->geom, 0, i) + 1,
			conf->rq_depth * sizeof(struct rte_vinetalk_task));
	place(p, c->base + rte_vtregion_arena(&c->geom, c->slot_id), c->geom.arena_size);
	for (i = 0; i < conf->qps_per_client; i++) {
		qp = c->slot_id * conf->qps_per_client + i;
		place(p, rte_vtregion_qp(c->base, &c->geom, qp), sizeof(struct rte_vtregion_qp));
		place(p, rte_vtregion_cq_ring(c->base, &c->geom, qp) + 1,
			conf->cq_depth * sizeof(struct rte_vinetalk_completion));
		if (conf->layout == RTE_VTREGION_THREAD)
			place(p, rte_vtregion_rq_ring(c->base, &c->geom, qp, 0) + 1,
				conf->rq_depth * sizeof(struct rte_vinetalk_task));
	}
}

static void
zeroed(uint32_t layout)
{
	const struct rte_vtappliance_domain_conf dom = { .uid = -1, .gid = -1, .layout = layout,
		.nb_clients = 1, .qps = 4, .depth = 64, .rq_depth = 64 };
	size_t j, bytes = 0, dirty = 0;
	struct raw_client c;
	struct places p;
	struct fixture f;
	unsigned int i;
	int ret = -1;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, accels, NULL, &dom), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&c, f.path[0], 4), 0);
	places(&c, &p);
	for (i = 0; i < p.nb; i++)
		memset(p.at[i], DIRT, p.len[i]);
	memset(c.slot->uuid, DIRT, sizeof(c.slot->uuid));
	/* Its end, as a death looks from here. The slot is taken again when it is free. */
	raw_close(&c);
	for (i = 0; i < 500 && (ret = raw_attach(&c, f.path[0], 4)) != 0; i++) {
		raw_close(&c);
		usleep(10000);
	}
	CU_ASSERT_EQUAL_FATAL(ret, 0);
	places(&c, &p);
	place(&p, c.slot, sizeof(*c.slot));
	/* It is a random number, which may have such a byte. */
	c.slot->epoch = 0;
	for (i = 0; i < p.nb; i++)
		for (j = 0; j < p.len[i]; j++, bytes++)
			dirty += p.at[i][j] == DIRT;
	CU_ASSERT_EQUAL(dirty, 0);
	CU_ASSERT_TRUE(bytes > c.geom.arena_size);
	raw_close(&c);
	fixture_stop(&f);
}

static void
test_zeroed(void)
{
	zeroed(RTE_VTREGION_HASHED);
	zeroed(RTE_VTREGION_SINGLE);
	zeroed(RTE_VTREGION_THREAD);
}

/* Bytes in the rings for requests that several share. */
static size_t
bytes_in_rings(const struct raw_client *c)
{
	const size_t len = c->geom.conf.rq_depth * sizeof(struct rte_vinetalk_task);
	size_t bytes = 0, j;
	uint32_t i;

	for (i = 0; i < c->geom.nb_instances; i++) {
		const uint8_t *slots = (const uint8_t *)(rte_vtregion_rq_ring(c->base, &c->geom, 0, i) + 1);

		for (j = 0; j < len; j++)
			bytes += slots[j] != 0;
	}
	return bytes;
}

/* Who leaves in good order, while another one stays and works. */
static void
left_behind(uint32_t layout)
{
	const struct rte_vtappliance_domain_conf dom = { .uid = -1, .gid = -1, .layout = layout,
		.nb_clients = 4, .qps = 1, .depth = 64, .rq_depth = 64 };
	uint16_t nop, va, stays_nop, stays_va;
	struct raw_client before, after;
	struct fixture f;
	int stays, goes;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, accels, NULL, &dom), 0);
	stays = fixture_attach(&f, 0, 1, 0);
	goes = fixture_attach(&f, 0, 1, 0);
	CU_ASSERT_TRUE_FATAL(stays >= 0 && goes >= 0);
	CU_ASSERT_EQUAL(fixture_proc(stays, "nop", &stays_nop, &stays_va), 0);
	CU_ASSERT_EQUAL(fixture_proc(goes, "nop", &nop, &va), 0);
	fixture_works(stays, stays_nop, stays_va, 10, WAIT_US);
	fixture_works(goes, nop, va, 10, WAIT_US);
	/* Nobody has left: it is no secret inside of a domain what is in a ring that is shared. */
	CU_ASSERT_EQUAL_FATAL(raw_attach(&before, f.path[0], 1), 0);
	CU_ASSERT_TRUE(bytes_in_rings(&before) != 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)goes), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&after, f.path[0], 1), 0);
	CU_ASSERT_EQUAL(bytes_in_rings(&after), 0);
	fixture_works(stays, stays_nop, stays_va, 200, WAIT_US);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)stays), 0);
	raw_close(&before);
	raw_close(&after);
	fixture_stop(&f);
}

static void
test_left_behind(void)
{
	left_behind(RTE_VTREGION_HASHED);
	left_behind(RTE_VTREGION_SINGLE);
}

static const struct vt_test_case cases[] = {
	{ "domains that go at once", test_short_lived },
	{ "120 domains, and one more", test_domains },
	{ "attach and detach, again and again", test_cycles },
	{ "nothing is left for the next client", test_zeroed },
	{ "requests of one who left in good order", test_left_behind },
};

VT_TEST_SUITE(vinetalk_load_autotest, NULL, NULL, cases);
