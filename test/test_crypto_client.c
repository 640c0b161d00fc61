/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The crypto accelerator as a client sees it, through an appliance and shared memory. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_vinetalk.h>
#include <rte_vtaccel_crypto.h>

#include "crypto_env.h"
#include "fixture.h"
#include "maps_mock.h"
#include "test.h"

#define TIMEOUT_US 20000000
#define LEN 70000
#define MASK 0x5a

static const struct rte_vtappliance_domain_conf domain = {
	.uid = -1, .gid = -1, .arena_size = 4 << 20,
};

/* Whose bytes, masked, are nowhere in memory as they are but where somebody unmasks them. */
static const uint8_t masked_key[32] = "\x11\x93\x2c\x7a\x05\xee\x61\xd8\x3b\x94\x50\xaf\xc2\x17\x88\x49"
	"\xf3\x0d\x6e\xb1\x24\x9a\xd7\x5f\x80\x36\xc9\x12\x7d\xe4\x4b\xa6";

struct env {
	struct fixture f;
	uint16_t dev, proc[2], vaccel[2];
	struct rte_vtaccel_crypto_args *args;
	uint8_t *plain, *cipher, *back, *tag;
	struct rte_vinetalk_seg *segs;
};

static void *
get(struct env *e, size_t len)
{
	void *p = rte_vinetalk_alloc(e->dev, len, 0, RTE_VINETALK_PLACE_HOST);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

static void
up(struct env *e)
{
	static const char *const accels[] = { "crypto,dev=crypto_openssl,workers=1,inline=1000", NULL };
	unsigned int i;
	int dev;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&e->f, 1, 1, accels, NULL, &domain), 0);
	dev = fixture_attach(&e->f, 0, 1, 0);
	CU_ASSERT_FATAL(dev >= 0);
	e->dev = (uint16_t)dev;
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "aes_gcm_encrypt", &e->proc[0], &e->vaccel[0]), 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "aes_gcm_decrypt", &e->proc[1], &e->vaccel[1]), 0);
	e->args = get(e, sizeof(*e->args) + 128);
	memset(e->args, 0, sizeof(*e->args));
	e->args->key_len = 32;
	e->args->iv_len = 12;
	for (i = 0; i < 32; i++)
		e->args->bytes[i] = masked_key[i] ^ MASK;
	memset(e->args->bytes + 32, 7, 12);
	e->plain = get(e, LEN);
	e->cipher = get(e, LEN);
	e->back = get(e, LEN);
	e->tag = get(e, 16);
	e->segs = get(e, 3 * sizeof(e->segs[0]));
	for (i = 0; i < LEN; i++)
		e->plain[i] = (uint8_t)(i * 7 + i / 256);
}

static struct rte_vinetalk_seg
seg(const struct env *e, const void *at, uint32_t len)
{
	return (struct rte_vinetalk_seg){ .offset = rte_vinetalk_offset(e->dev, at), .len = len };
}

/* Status of a task on these segments. */
static int
run(struct env *e, unsigned int which, struct rte_vinetalk_seg a, struct rte_vinetalk_seg b,
		struct rte_vinetalk_seg c)
{
	struct rte_vinetalk_completion done;
	struct rte_vinetalk_task t;

	e->segs[0] = a;
	e->segs[1] = b;
	e->segs[2] = c;
	rte_vinetalk_task_init(&t, e->vaccel[which], e->proc[which], 1);
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e->dev, &t, e->segs, which == 0 ? 1 : 2, which == 0 ? 2 : 1), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_task_args_ref(e->dev, &t, e->args, sizeof(*e->args) +
		e->args->key_len + e->args->iv_len + e->args->aad_len), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst(e->dev, 0, &t, 1), 1);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_wait(e->dev, 0, TIMEOUT_US), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_dequeue_burst(e->dev, 0, &done, 1), 1);
	return done.status;
}

/* Of each size from inside of the poller to a chain. */
static void
round_trips(void)
{
	static const uint32_t sizes[] = { 16, 100, 4096, 65535, 65536, LEN };
	struct rte_vtappliance_stats st;
	struct env e;
	unsigned int i;
	uint32_t n;

	up(&e);
	for (i = 0; i < RTE_DIM(sizes); i++) {
		n = sizes[i];
		e.args->aad_len = i % 2 == 0 ? 0 : 20;
		memset(e.args->bytes + 44, 9, 20);
		CU_ASSERT_EQUAL(run(&e, 0, seg(&e, e.plain, n), seg(&e, e.cipher, n), seg(&e, e.tag, 16)), 0);
		CU_ASSERT_NOT_EQUAL(memcmp(e.plain, e.cipher, n), 0);
		memset(e.back, 1, n);
		CU_ASSERT_EQUAL(run(&e, 1, seg(&e, e.cipher, n), seg(&e, e.tag, 16), seg(&e, e.back, n)), 0);
		CU_ASSERT_EQUAL(memcmp(e.plain, e.back, n), 0);
		if (e.args->aad_len != 0) {
			e.args->bytes[50] ^= 1;
			CU_ASSERT_EQUAL(run(&e, 1, seg(&e, e.cipher, n), seg(&e, e.tag, 16), seg(&e, e.back, n)),
				-EBADMSG);
			e.args->bytes[50] ^= 1;
		}
		/* In place, a wrong tag: nothing of the plaintext stays. */
		e.tag[3] ^= 4;
		CU_ASSERT_EQUAL(run(&e, 1, seg(&e, e.cipher, n), seg(&e, e.tag, 16), seg(&e, e.cipher, n)), -EBADMSG);
		memset(e.back, 0, n);
		CU_ASSERT_EQUAL(memcmp(e.cipher, e.back, n), 0);
	}
	/* No byte of data was copied. */
	rte_vtappliance_stats_get(e.f.app, &st);
	CU_ASSERT_EQUAL(st.copied, 0);
	/* Segments of other places than these. */
	CU_ASSERT_EQUAL(run(&e, 0, seg(&e, e.plain, 64), seg(&e, e.plain + 32, 64), seg(&e, e.tag, 16)), -EINVAL);
	CU_ASSERT_EQUAL(run(&e, 0, seg(&e, e.plain, 64), seg(&e, e.cipher, 63), seg(&e, e.tag, 16)), -ENOSPC);
	e.args->key_len = 31;
	CU_ASSERT_EQUAL(run(&e, 0, seg(&e, e.plain, 64), seg(&e, e.cipher, 64), seg(&e, e.tag, 16)), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_close(e.dev), 0);
	fixture_stop(&e.f);
}

static void
test_round(void)
{
	round_trips();
}

/* The same on hardware, as far as can be seen: its maps, and each address that an operation is given. */
static void
test_maps(void)
{
	maps_mock_on();
	round_trips();
	CU_ASSERT_TRUE(maps_mock.nb_maps == 1 && maps_mock.nb_unmaps == 1);
	CU_ASSERT_TRUE(maps_mock.looked > 100);
	CU_ASSERT_TRUE(maps_mock.uncovered == 0 && maps_mock.wrong == 0);
	maps_mock.pa = true;
	CU_ASSERT_NOT_EQUAL(crypto_refused("crypto_openssl"), 0);
	maps_mock_off();
	CU_ASSERT_EQUAL(crypto_refused("crypto_openssl"), 0);
}

/* How often the key is in the private memory of this process: heaps, stacks, data of libraries. */
static unsigned int
keys_in_memory(void)
{
	unsigned long from, to, at;
	unsigned int found = 0, i;
	char line[512], mode[8];
	FILE *maps = fopen("/proc/self/maps", "re");

	CU_ASSERT_PTR_NOT_NULL_FATAL(maps);
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 || strcmp(mode, "rw-p") != 0)
			continue;
		for (at = from; at + sizeof(masked_key) <= to; at++) {
			const volatile uint8_t *p = (const volatile uint8_t *)at;

			for (i = 0; i < sizeof(masked_key) && p[i] == (uint8_t)(masked_key[i] ^ MASK); i++)
				;
			found += i == sizeof(masked_key);
		}
	}
	fclose(maps);
	return found;
}

/* Keys are in the appliance as long as their sessions are. */
static void
test_keys(void)
{
	struct env e;

#ifdef __SANITIZE_ADDRESS__
	vt_test_skip_reason("what a sanitizer keeps of memory cannot be searched");
	return;
#endif
	up(&e);
	CU_ASSERT_EQUAL(keys_in_memory(), 0);
	CU_ASSERT_EQUAL(run(&e, 0, seg(&e, e.plain, 64), seg(&e, e.cipher, 64), seg(&e, e.tag, 16)), 0);
	CU_ASSERT_EQUAL(run(&e, 0, seg(&e, e.plain, 4096), seg(&e, e.cipher, 4096), seg(&e, e.tag, 16)), 0);
	/* The search finds what is there. */
	CU_ASSERT_TRUE(keys_in_memory() >= 1);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, e.vaccel[0]), 0);
	CU_ASSERT_EQUAL(keys_in_memory(), 0);
	CU_ASSERT_EQUAL(run(&e, 1, seg(&e, e.cipher, 4096), seg(&e, e.tag, 16), seg(&e, e.back, 4096)), 0);
	CU_ASSERT_TRUE(keys_in_memory() >= 1);
	/* Also when its client just goes. */
	CU_ASSERT_EQUAL(rte_vinetalk_close(e.dev), 0);
	fixture_stop(&e.f);
	CU_ASSERT_EQUAL(keys_in_memory(), 0);
}

static int
setup(void)
{
	if (crypto_missing("crypto_openssl") != NULL) {
		vt_test_skip_reason(crypto_missing("crypto_openssl"));
		return VT_TEST_SKIPPED;
	}
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "there and back, without a copy", test_round },
	{ "there and back on a device that needs maps", test_maps },
	{ "no key outlives its session", test_keys },
};

VT_TEST_SUITE(vinetalk_crypto_client_autotest, setup, NULL, cases);
