/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* rte_vtregion_format() and rte_vtregion_validate(): a region that is not as it should be. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_common.h>
#include <rte_log.h>
#include <rte_ring.h>

#include <rte_vtregion.h>

#include "test.h"

#define MIB (UINT64_C(1) << 20)
#define SIZE (8 * MIB)

static void *base;
static struct rte_vtregion_geom geom;
static uint32_t saved_level;
static int logtype;

static int
setup(void)
{
	struct rte_vtregion_conf conf = { .size = SIZE, .nb_clients = 4, .nb_pollers = 2 };

	logtype = rte_log_register("lib.vinetalk.region");
	if (logtype < 0)
		return logtype;
	saved_level = rte_log_get_level(logtype);
	base = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		return -errno;
	return rte_vtregion_plan(&conf, 0, &geom);
}

static int
cleanup(void)
{
	munmap(base, SIZE);
	return rte_log_set_level(logtype, saved_level);
}

static struct rte_vtregion_hdr *
fresh(void)
{
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_format(base, &geom), 0);
	return rte_vtregion_hdr(base);
}

/* The result, with the log lines in text. */
static int
validate_logged(size_t len, char *text, size_t text_len)
{
	struct rte_vtregion_geom g;
	FILE *f;
	int ret;

	memset(text, 0, text_len);
	f = fmemopen(text, text_len - 1, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	rte_openlog_stream(f);
	ret = rte_vtregion_validate(base, len, &g);
	rte_openlog_stream(NULL);
	fclose(f);
	return ret;
}

#define EXPECT(ret, word) \
	do { \
		char text_[512]; \
		CU_ASSERT_EQUAL(validate_logged(SIZE, text_, sizeof(text_)), ret); \
		CU_ASSERT_PTR_NOT_NULL(strstr(text_, word)); \
		if (strstr(text_, word) == NULL) \
			printf("no \"%s\" in \"%s\"\n", word, text_); \
	} while (0)

static void
quiet(bool on)
{
	rte_log_set_level(logtype, on ? RTE_LOG_CRIT : saved_level);
}

static void
test_formatted(void)
{
	struct rte_vtregion_hdr *hdr = fresh();
	struct rte_vtregion_geom g;
	uint64_t uid = hdr->uid;
	uint32_t i;

	CU_ASSERT_EQUAL(memcmp(base, "VINETALK", 8), 0);
	CU_ASSERT_EQUAL(hdr->state, RTE_VTREGION_FORMATTING);
	CU_ASSERT_EQUAL(rte_vtregion_validate(base, SIZE, &g), 0);
	CU_ASSERT_EQUAL(memcmp(&g, &geom, sizeof(g)), 0);
	for (i = 0; i < geom.conf.nb_clients; i++)
		CU_ASSERT_EQUAL(rte_vtregion_slot(base, &geom, i)->state,
				RTE_VTREGION_SLOT_FREE);

	/* Over a used region: all before the arenas is as new, and the arenas are left alone. */
	memset(base, 0xff, SIZE);
	hdr = fresh();
	CU_ASSERT_NOT_EQUAL(hdr->uid, uid);
	CU_ASSERT_EQUAL(rte_vtregion_validate(base, SIZE, &g), 0);
	CU_ASSERT_EQUAL(rte_vtregion_qp(base, &geom, 3)->inside, 0);
	CU_ASSERT_EQUAL(rte_vtregion_rq(base, &geom, 1)->gen, 0);
	CU_ASSERT_EQUAL(*(uint8_t *)RTE_PTR_ADD(base, geom.off_arenas), 0xff);
	CU_ASSERT_EQUAL(*(uint8_t *)RTE_PTR_ADD(base, geom.off_arenas - 1), 0);
}

/* A client may map the region read-only to look at it. */
static void
test_read_only(void)
{
	struct rte_vtregion_geom g;

	fresh();
	CU_ASSERT_EQUAL_FATAL(mprotect(base, SIZE, PROT_READ), 0);
	CU_ASSERT_EQUAL(rte_vtregion_validate(base, SIZE, &g), 0);
	CU_ASSERT_EQUAL_FATAL(mprotect(base, SIZE, PROT_READ | PROT_WRITE), 0);
}

static void
test_rings(void)
{
	static const uint32_t syncs[] = { RTE_VTREGION_SYNC_RTS, RTE_VTREGION_SYNC_ST,
		RTE_VTREGION_SYNC_MT, RTE_VTREGION_SYNC_HTS, RTE_VTREGION_SYNC_TICKET,
		RTE_VTREGION_SYNC_SPINLOCK };
	struct rte_vtregion_geom g;
	struct rte_vtregion_conf conf;
	struct rte_ring *r;
	unsigned int i, j;
	int ret;

	quiet(true);
	for (i = 0; i < RTE_DIM(syncs); i++) {
		memset(&conf, 0, sizeof(conf));
		conf.size = SIZE;
		conf.sync = syncs[i];
		conf.nb_clients = conf.qps_per_client = 1;
		conf.cq_depth = 2048;
		CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &g), 0);
		CU_ASSERT_EQUAL_FATAL(rte_vtregion_format(base, &g), 0);
		r = rte_vtregion_rq_ring(base, &g, 0, 3);
		for (j = 0; j < RTE_DIM(syncs); j++) {
			bool st_i = syncs[i] == RTE_VTREGION_SYNC_ST ||
					syncs[i] >= RTE_VTREGION_SYNC_TICKET;
			bool st_j = syncs[j] == RTE_VTREGION_SYNC_ST ||
					syncs[j] >= RTE_VTREGION_SYNC_TICKET;

			ret = i == j || (st_i && st_j) ? 0 : -EPROTO;
			CU_ASSERT_EQUAL(rte_vtregion_ring_validate(r, 1024, syncs[j]), ret);
		}
		CU_ASSERT_EQUAL(rte_vtregion_ring_validate(r, 512, syncs[i]), -EPROTO);
		CU_ASSERT_EQUAL(rte_vtregion_ring_validate(rte_vtregion_cq_ring(base, &g, 0), 2048,
				RTE_VTREGION_SYNC_ST), 0);
	}
	/* Each word that stock functions use. */
	fresh();
	r = rte_vtregion_rq_ring(base, &geom, 1, 2);
#define SPOIL(word, value) \
	do { \
		CU_ASSERT_EQUAL(rte_vtregion_rq_ring_init(base, &geom, 1, 2), 0); \
		CU_ASSERT_EQUAL(rte_vtregion_ring_validate(r, 1024, 0), 0); \
		word = value; \
		CU_ASSERT_EQUAL(rte_vtregion_ring_validate(r, 1024, 0), -EPROTO); \
	} while (0)
	SPOIL(r->size, 2048);
	SPOIL(r->mask, 0xffffffff);
	SPOIL(r->capacity, 1024);
	SPOIL(r->flags, RING_F_SC_DEQ);
	SPOIL(r->prod.sync_type, RTE_RING_SYNC_MT);
	SPOIL(r->cons.sync_type, RTE_RING_SYNC_MT);
	SPOIL(r->rts_prod.htd_max, 127);

	CU_ASSERT_EQUAL(rte_vtregion_rq_ring_init(base, &geom, 2, 0), -EINVAL);
	CU_ASSERT_EQUAL(rte_vtregion_rq_ring_init(base, &geom, 0, 4), -EINVAL);
	CU_ASSERT_EQUAL(rte_vtregion_cq_ring_init(base, &geom, 16), -EINVAL);
	CU_ASSERT_EQUAL(rte_vtregion_cq_ring_init(base, &geom, 15), 0);
	quiet(false);
}

/*
 * Whether a view that was accepted is as safe as the original: no place differs. The sync mode
 * and the numbers of doorbells and of slots without a broker have no part in the geometry, so any valid value goes; a
 * client finds a wrong sync mode by rte_vtregion_ring_validate().
 */
static bool
same_places(const struct rte_vtregion_geom *g)
{
	struct rte_vtregion_geom copy = *g;

	if (g->conf.sync >= RTE_VTREGION_SYNCS || g->conf.nb_vectors == 0 ||
			g->conf.nb_vectors > RTE_VTREGION_MAX_VECTORS ||
			g->conf.nb_plain > g->conf.nb_clients)
		return false;
	copy.conf.sync = geom.conf.sync;
	copy.conf.nb_vectors = geom.conf.nb_vectors;
	copy.conf.nb_plain = geom.conf.nb_plain;
	return memcmp(&copy, &geom, sizeof(copy)) == 0;
}

/* Whatever byte is changed: it is refused, or nothing that is used depends on it. */
static void
test_each_byte(void)
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xff };
	struct rte_vtregion_geom g;
	unsigned int refused = 0, harmless = 0, wrong = 0;
	uint8_t *byte;
	size_t i, j;
	int ret;

	fresh();
	quiet(true);
	for (i = 0; i < sizeof(struct rte_vtregion_hdr); i++) {
		byte = RTE_PTR_ADD(base, i);
		for (j = 0; j < RTE_DIM(flips); j++) {
			*byte ^= flips[j];
			ret = rte_vtregion_validate(base, SIZE, &g);
			if (ret != 0)
				refused++;
			else if (same_places(&g))
				harmless++;
			else
				wrong++;
			*byte ^= flips[j];
		}
	}
	quiet(false);
	CU_ASSERT_EQUAL(wrong, 0);
	/*
	 * uid; the pad before the last line; epoch, heartbeat, its period, state and their line.
	 * Besides sync 1, which is refused, nb_vectors 3 and nb_plain 1.
	 */
	CU_ASSERT_EQUAL(harmless, 3 * (8 + 8 + 64) + 2);
	CU_ASSERT_EQUAL(refused, 3 * (sizeof(struct rte_vtregion_hdr) - 80) - 2);
}

static void
test_identity(void)
{
	struct rte_vtregion_hdr *hdr = fresh();
	char word[64];
	unsigned int i;

	hdr->magic++;
	EXPECT(-EPROTO, "magic");
	hdr = fresh();
	hdr->abi = RTE_VTREGION_ABI + 1;
	EXPECT(-EPROTONOSUPPORT, "ABI 2");
	hdr = fresh();
	hdr->hdr_len -= 64;
	EXPECT(-EPROTONOSUPPORT, "320 bytes");
	hdr = fresh();
	hdr->reserved0[4] = 1;
	EXPECT(-EPROTO, "reserved0[4]");
	for (i = 0; i < RTE_VTREGION_FP_WORDS; i++) {
		hdr = fresh();
		snprintf(word, sizeof(word), "is %u there and %u here", hdr->fingerprint[i] ^ 4,
				hdr->fingerprint[i]);
		hdr->fingerprint[i] ^= 4;
		EXPECT(-EPROTONOSUPPORT, word);
	}
	/* Memory that nobody formatted. */
	memset(base, 0, SIZE);
	EXPECT(-EPROTO, "magic");
	memset(base, 0xff, SIZE);
	EXPECT(-EPROTO, "magic");
}

static void
test_truncated(void)
{
	static const size_t lens[] = { 0, 1, 383, 384, 4096, SIZE / 2, SIZE - 4096, SIZE - 1 };
	struct rte_vtregion_geom g;
	char text[512];
	unsigned int i;

	fresh();
	for (i = 0; i < RTE_DIM(lens); i++) {
		CU_ASSERT_EQUAL(validate_logged(lens[i], text, sizeof(text)), -ENODATA);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "are mapped"));
	}
	CU_ASSERT_EQUAL(rte_vtregion_validate(base, SIZE + 1, &g), 0);
	quiet(true);
	/* Not even a magic is looked for in less than a header. */
	memset(base, 0, sizeof(struct rte_vtregion_hdr));
	CU_ASSERT_EQUAL(rte_vtregion_validate(base, 64, &g), -ENODATA);
	CU_ASSERT_EQUAL(rte_vtregion_validate(NULL, SIZE, &g), -EINVAL);
	CU_ASSERT_EQUAL(rte_vtregion_validate(RTE_PTR_ADD(base, 4), SIZE - 4, &g), -EINVAL);
	quiet(false);
}

/* Each word of the geometry, with values that would lead out of the region. */
static void
test_geometry(void)
{
	static const struct {
		const char *name;
		size_t offset, size;
	} words[] = {
#define W(f) { #f, offsetof(struct rte_vtregion_geom, f), sizeof(geom.f) }
		W(nb_rqs), W(nb_instances), W(nb_qps), W(ready_leaves), W(ready_summaries),
		W(reserved), W(off_slots), W(off_pollers), W(off_rqs), W(off_qps), W(off_ready),
		W(ready_stride), W(off_rq_rings), W(rq_stride), W(off_cq_rings), W(cq_stride),
		W(off_arenas), W(arena_size),
	};
	static const uint64_t values[] = { 1, 4097, SIZE, SIZE + 4096, UINT32_MAX, UINT64_MAX,
		UINT64_C(1) << 63 };
	struct rte_vtregion_hdr *hdr;
	unsigned int i, j;

	for (i = 0; i < RTE_DIM(words); i++) {
		for (j = 0; j < RTE_DIM(values); j++) {
			uint64_t before = 0;

			hdr = fresh();
			memcpy(&before, RTE_PTR_ADD(&hdr->geom, words[i].offset), words[i].size);
			memcpy(RTE_PTR_ADD(&hdr->geom, words[i].offset), &values[j], words[i].size);
			if (memcmp(&before, &values[j], words[i].size) == 0)
				continue;
			EXPECT(-EPROTO, words[i].name);
		}
	}
}

/* Configurations that are in order by themselves, but are not this region's. */
static void
test_configuration(void)
{
	struct rte_vtregion_conf conf = geom.conf;
	struct rte_vtregion_geom other;
	struct rte_vtregion_hdr *hdr;

	/* All of it consistent, but more than is mapped. */
	conf.size = 2 * SIZE;
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_plan(&conf, 0, &other), 0);
	hdr = fresh();
	hdr->geom = other;
	EXPECT(-ENODATA, "are mapped");

	/* Words that plan() would fill in or round are not accepted as they are. */
	hdr = fresh();
	hdr->geom.conf.size = 0;
	EXPECT(-EINVAL, "conf.size");
	hdr->geom.conf.size = SIZE - 4096;
	EXPECT(-EINVAL, "conf.size");
	hdr->geom.conf.size = MIB;
	EXPECT(-EINVAL, "conf.size");
	hdr = fresh();
	hdr->geom.conf.nb_spares = 0;
	EXPECT(-EPROTO, "conf.nb_spares");
	hdr = fresh();
	hdr->geom.conf.nb_clients = 3;
	EXPECT(-EPROTO, "");
	hdr->geom.conf.nb_clients = 4000;
	EXPECT(-EINVAL, "nb_clients is 4000");
	hdr = fresh();
	hdr->geom.conf.cq_depth = 48;
	EXPECT(-EINVAL, "power of two");
	hdr->geom.conf.cq_depth = 32768;
	EXPECT(-EINVAL, "too small");
	hdr = fresh();
	hdr->geom.conf.reserved[2] = 1;
	EXPECT(-EINVAL, "reserved[2]");
}

/* Headers whose first words are right and whose geometry is noise. */
static void
test_noise(void)
{
	struct rte_vtregion_hdr *hdr = fresh();
	struct rte_vtregion_geom g;
	uint8_t *p = (uint8_t *)&hdr->geom;
	unsigned int i, n, seed = 4711, wrong = 0;

	quiet(true);
	for (i = 0; i < 100000; i++) {
		hdr->geom = geom;
		for (n = 1 + rand_r(&seed) % 4; n != 0; n--)
			p[rand_r(&seed) % sizeof(hdr->geom)] = rand_r(&seed);
		if (rte_vtregion_validate(base, SIZE, &g) == 0 &&
				!same_places(&g))
			wrong++;
	}
	quiet(false);
	CU_ASSERT_EQUAL(wrong, 0);
}

static const struct vt_test_case cases[] = {
	{ "format, then validate", test_formatted },
	{ "validate read-only memory", test_read_only },
	{ "ring headers", test_rings },
	{ "each byte of the header corrupted", test_each_byte },
	{ "other magic, ABI, fingerprint word by word", test_identity },
	{ "truncated map", test_truncated },
	{ "each word of the geometry", test_geometry },
	{ "configurations of another region", test_configuration },
	{ "noise in the geometry", test_noise },
};
VT_TEST_SUITE(vinetalk_region_autotest, setup, cleanup, cases);
