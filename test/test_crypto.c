/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The crypto accelerator against libcrypto, wrong use, sessions and their ends. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/provider.h>

#include <rte_common.h>
#include <rte_cryptodev.h>
#include <rte_mempool.h>

#include "crypto_env.h"
#include "test.h"

#define MAX_DATA (300U << 10)
#define GUARD 64

static uint8_t *plain, *cipher, *back, *want;
static uint8_t key[512], iv[16], aad[64], tag[16];

static uint32_t seed;

static uint32_t
number(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)(seed >> 8) * below) >> 24);
}

static void
fill(uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = (uint8_t)number(256);
}

/* By libcrypto. */
static void
gcm(uint16_t key_len, uint32_t len, uint16_t aad_len, uint8_t *out, uint8_t *out_tag)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(ctx);
	EVP_EncryptInit_ex(ctx, key_len == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm(), NULL, key, iv);
	if (aad_len != 0)
		EVP_EncryptUpdate(ctx, NULL, &n, aad, aad_len);
	if (len != 0)
		EVP_EncryptUpdate(ctx, out, &n, plain, (int)len);
	EVP_EncryptFinal_ex(ctx, out, &n);
	CU_ASSERT_EQUAL(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, out_tag), 1);
	EVP_CIPHER_CTX_free(ctx);
}

static struct crypto_call
call_gcm(bool encrypt, uint16_t key_len, uint16_t aad_len, uint8_t *from, uint8_t *to, uint32_t len)
{
	struct crypto_call c = {
		.proc = encrypt ? "aes_gcm_encrypt" : "aes_gcm_decrypt", .key = key, .iv = iv, .aad = aad,
		.key_len = key_len, .iv_len = 12, .aad_len = aad_len,
		.segs = { { from, len, 0 }, { to, len, 0 }, { tag, sizeof(tag), 0 } },
		.nb_in = encrypt ? 1 : 2, .nb_out = encrypt ? 2 : 1,
	};

	if (!encrypt) {
		c.segs[1] = (struct rte_vtaccel_seg){ tag, sizeof(tag), 0 };
		c.segs[2] = (struct rte_vtaccel_seg){ to, len, 0 };
	}
	return c;
}

static bool
guarded(const uint8_t *p, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < GUARD; i++)
		if (p[len + i] != 0xa5)
			return false;
	return true;
}

/* Key, IV, additional data and a plaintext at random; what comes of it, by libcrypto, in want and its tag. */
static void
draw(uint32_t len, uint16_t *key_len, uint16_t *aad_len, uint8_t *own)
{
	*key_len = number(2) == 0 ? 16 : 32;
	*aad_len = (uint16_t)number(sizeof(aad) + 1);
	fill(key, *key_len);
	fill(iv, sizeof(iv));
	fill(aad, sizeof(aad));
	fill(plain, len);
	gcm(*key_len, len, *aad_len, want, own);
}

/* Of any length, where a device does so much at once: there, as libcrypto does it, and back. */
static void
gcm_round(const struct crypto_env *e, uint32_t len, bool in_place)
{
	uint16_t key_len, aad_len;
	struct crypto_call c;
	uint8_t own[16];
	uint64_t result;
	int status;

	draw(len, &key_len, &aad_len, own);
	memset(cipher, 0xa5, len + GUARD);
	if (in_place)
		memcpy(cipher, plain, len);
	memset(tag, 0, sizeof(tag));
	c = call_gcm(true, key_len, aad_len, in_place ? cipher : plain, cipher, len);
	status = crypto_run_one(e, &c, &result);
	if (status == -EMSGSIZE) {
		CU_ASSERT_TRUE(len > UINT16_MAX && result >= UINT16_MAX && result < len);
		return;
	}
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(result, len);
	CU_ASSERT_TRUE(memcmp(cipher, want, len) == 0 && memcmp(tag, own, sizeof(tag)) == 0);
	CU_ASSERT_TRUE(guarded(cipher, len));

	memset(back, 0xa5, len + GUARD);
	if (in_place)
		memcpy(back, cipher, len);
	c = call_gcm(false, key_len, aad_len, in_place ? back : cipher, back, len);
	CU_ASSERT_EQUAL(crypto_run_one(e, &c, &result), 0);
	CU_ASSERT_TRUE(memcmp(back, plain, len) == 0 && guarded(back, len));
	/* One bit of the tag, and nothing of the plaintext is left. */
	tag[number(16)] ^= (uint8_t)(1 << number(8));
	if (in_place)
		memcpy(back, cipher, len);
	CU_ASSERT_EQUAL(crypto_run_one(e, &c, &result), -EBADMSG);
	memset(want, 0, len);
	CU_ASSERT_TRUE(memcmp(back, want, len) == 0 && guarded(back, len));
}

/* The same with the tag right behind the data. */
static void
joined_round(const struct crypto_env *e, uint32_t len, bool in_place)
{
	uint16_t key_len, aad_len;
	struct crypto_call c;
	uint8_t own[16];
	uint64_t result;
	int status;

	draw(len, &key_len, &aad_len, own);
	memset(cipher, 0xa5, len + sizeof(own) + GUARD);
	if (in_place)
		memcpy(cipher, plain, len);
	c = call_gcm(true, key_len, aad_len, in_place ? cipher : plain, cipher, len);
	c.nb_out = 1;
	c.segs[1].len = len + 15;
	CU_ASSERT_TRUE(crypto_run_one(e, &c, &result) == -ENOSPC && result == len + 16);
	c.segs[1].len = len + 16;
	status = crypto_run_one(e, &c, &result);
	if (status == -EMSGSIZE) {
		CU_ASSERT_TRUE(len > UINT16_MAX && result >= UINT16_MAX && result < len);
		return;
	}
	CU_ASSERT_TRUE(status == 0 && result == len);
	CU_ASSERT_TRUE(memcmp(cipher, want, len) == 0 && memcmp(cipher + len, own, sizeof(own)) == 0);
	CU_ASSERT_TRUE(guarded(cipher, len + sizeof(own)));

	memset(back, 0xa5, len + sizeof(own) + GUARD);
	if (in_place)
		memcpy(back, cipher, len + sizeof(own));
	c = call_gcm(false, key_len, aad_len, in_place ? back : cipher, back, len);
	c.nb_in = 1;
	c.segs[0].len = len + 16;
	c.segs[1] = c.segs[2];
	CU_ASSERT_TRUE(crypto_run_one(e, &c, &result) == 0 && result == len);
	CU_ASSERT_EQUAL(memcmp(back, plain, len), 0);
	/* What is behind the data stays. */
	CU_ASSERT_TRUE(in_place ? memcmp(back + len, own, sizeof(own)) == 0 && guarded(back, len + sizeof(own)) :
		guarded(back, len));
	/* One bit of the tag, and nothing of the plaintext is left. */
	if (in_place)
		memcpy(back, cipher, len);
	cipher[len + number(16)] ^= (uint8_t)(1 << number(8));
	memcpy(own, cipher + len, sizeof(own));
	if (in_place)
		memcpy(back + len, own, sizeof(own));
	CU_ASSERT_EQUAL(crypto_run_one(e, &c, &result), -EBADMSG);
	memset(want, 0, len);
	CU_ASSERT_EQUAL(memcmp(back, want, len), 0);
	CU_ASSERT_TRUE(in_place ? memcmp(back + len, own, sizeof(own)) == 0 && guarded(back, len + sizeof(own)) :
		guarded(back, len));
}

/* Each wrong thing of a task with the tag behind its data. */
static void
test_joined_bad(void)
{
	struct crypto_call good, c;
	struct crypto_env e;
	uint64_t result;

	crypto_up(&e, "crypto_openssl", ",workers=1,inline=2000");
	memset(plain, 1, 4096);
	good = call_gcm(true, 16, 20, plain, cipher, 4096);
	good.nb_out = 1;
	good.segs[1].len = 4112;
	CU_ASSERT_TRUE(crypto_run_one(&e, &good, &result) == 0 && result == 4096);
	c = good;
	c.segs[1].addr = plain + 4095; /* one byte in common */
	CU_ASSERT_EQUAL(crypto_run_one(&e, &c, NULL), -EINVAL);
	c.segs[1].addr = plain + 4096;
	CU_ASSERT_EQUAL(crypto_run_one(&e, &c, NULL), 0);
	/* The tag would be written over the data. */
	c.segs[0].addr = cipher + 4096;
	c.segs[1].addr = cipher;
	CU_ASSERT_EQUAL(crypto_run_one(&e, &c, NULL), -EINVAL);
	c = good;
	c.segs[1].len = 4111;
	CU_ASSERT_TRUE(crypto_run_one(&e, &c, &result) == -ENOSPC && result == 4112);
	CU_ASSERT_EQUAL(crypto_run_one(&e, &good, NULL), 0);
	c = call_gcm(false, 16, 20, cipher, back, 4096);
	c.nb_in = 1;
	c.segs[0].len = 4112;
	c.segs[1] = c.segs[2];
	CU_ASSERT_TRUE(crypto_run_one(&e, &c, &result) == 0 && result == 4096);
	CU_ASSERT_EQUAL(memcmp(back, plain, 4096), 0);
	c.segs[0].len = 4111; /* other 16 bytes are taken for the tag */
	CU_ASSERT_EQUAL(crypto_run_one(&e, &c, NULL), -EBADMSG);
	c.segs[0].len = 15;
	CU_ASSERT_EQUAL(crypto_run_one(&e, &c, NULL), -EINVAL);
	c.segs[0].len = 4112;
	c.segs[1].len = 4095;
	CU_ASSERT_TRUE(crypto_run_one(&e, &c, &result) == -ENOSPC && result == 4096);
	/* Over the last byte of the tag. */
	c.segs[1] = (struct rte_vtaccel_seg){ cipher + 4111, 4096, 0 };
	CU_ASSERT_EQUAL(crypto_run_one(&e, &c, NULL), -EINVAL);
	crypto_down(&e);
}

static void
test_sizes(void)
{
	static const uint32_t sizes[] = {
		0, 1, 15, 16, 17, 64, 1000, 4096, 16384, 65534, 65535, 65536, 65537, 122880, 122881, 262147,
	};
	struct crypto_env e;
	unsigned int d, i;

	seed = 1;
	for (d = 0; crypto_drivers[d] != NULL; d++) {
		if (crypto_missing(crypto_drivers[d]) != NULL)
			continue;
		crypto_up(&e, crypto_drivers[d], ",workers=1,inline=2000");
		for (i = 0; i < RTE_DIM(sizes) && crypto_has(&e, "aes_gcm_encrypt"); i++) {
			gcm_round(&e, sizes[i], false);
			gcm_round(&e, sizes[i], true);
			joined_round(&e, sizes[i], false);
			joined_round(&e, sizes[i], true);
		}
		for (i = 0; i < 100 && crypto_has(&e, "aes_gcm_encrypt"); i++)
			(number(2) == 0 ? gcm_round : joined_round)(&e, number(3000) + 1, number(2) == 0);
		crypto_down(&e);
	}
}

/* Each wrong thing by itself; the task that is right comes between them and is done. */
static void
test_bad(void)
{
	struct crypto_call good, c;
	struct crypto_work *w;
	struct crypto_env e;
	uint64_t result;

	crypto_up(&e, "crypto_openssl", ",workers=1,inline=2000");
	memset(plain, 1, 4096);
	good = call_gcm(true, 16, 20, plain, cipher, 4096);
#define BAD(status, field, value) \
	do { \
		c = good; \
		c.field = value; \
		CU_ASSERT_EQUAL(crypto_run_one(&e, &c, &result), status); \
		CU_ASSERT_EQUAL(crypto_run_one(&e, &good, NULL), 0); \
	} while (0)
	BAD(-EINVAL, key_len, 0);
	BAD(-EINVAL, key_len, 15);
	BAD(-EINVAL, key_len, 17);
	BAD(-EINVAL, key_len, 64);
	BAD(-EINVAL, iv_len, 0);
	BAD(-EINVAL, iv_len, 11);
	BAD(-EINVAL, tag_len, 3);
	BAD(-EINVAL, tag_len, 17);
	BAD(-EINVAL, tag_len, 65535);
	BAD(-ENOSPC, segs[1].len, 4095);
	CU_ASSERT_TRUE(crypto_run_one(&e, &c, &result) == -ENOSPC && result == 4096);
	BAD(-ENOSPC, segs[2].len, 15);
	CU_ASSERT_TRUE(crypto_run_one(&e, &c, &result) == -ENOSPC && result == 16);
	/* By halves over itself, by one byte. */
	BAD(-EINVAL, segs[1].addr, plain + 1);
	BAD(-EINVAL, segs[1].addr, plain + 4095);
	BAD(-EINVAL, segs[2].addr, cipher + 4080);
	good = call_gcm(false, 16, 20, cipher, back, 4096);
	c = good;
	c.segs[1].len = 15;
	CU_ASSERT_EQUAL(crypto_run_one(&e, &c, NULL), -EINVAL);
	CU_ASSERT_EQUAL(crypto_run_one(&e, &good, NULL), 0);
	good.aad_len = 19;
	CU_ASSERT_EQUAL(crypto_run_one(&e, &good, NULL), -EBADMSG);
	good = (struct crypto_call){
		.proc = "aes_cbc_encrypt", .key = key, .iv = iv, .aad = aad, .key_len = 16, .iv_len = 16,
		.segs = { { plain, 64, 0 }, { cipher, 64, 0 } }, .nb_in = 1, .nb_out = 1,
	};
	BAD(-EINVAL, segs[0].len, 63);
	BAD(-EINVAL, iv_len, 12);
	BAD(-EINVAL, tag_len, 16);
	BAD(-EINVAL, aad_len, 1);
	c = good;
	c.segs[0].len = c.segs[1].len = 0;
	CU_ASSERT_TRUE(crypto_run_one(&e, &c, &result) == 0 && result == 0);
	good = (struct crypto_call){
		.proc = "hmac_sha256_digest", .key = key, .iv = iv, .key_len = 16,
		.segs = { { plain, 64, 0 }, { cipher, 64, 0 } }, .nb_in = 1, .nb_out = 1,
	};
	BAD(-EINVAL, key_len, 0);
	BAD(-EINVAL, key_len, 257);
	BAD(-EINVAL, iv_len, 16);
	BAD(-ENOSPC, segs[1].len, 31);

	/* What is not computed takes its time all the same: a session is made, or looked for. */
	w = malloc(sizeof(*w));
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	c = (struct crypto_call){
		.proc = "aes_cbc_encrypt", .key = key, .iv = iv, .key_len = 16, .iv_len = 16,
		.segs = { { plain, 0, 0 }, { cipher, 0, 0 } }, .nb_in = 1, .nb_out = 1,
	};
	key[0] ^= 1;
	crypto_task(&e, &c, w);
	CU_ASSERT_TRUE(crypto_run_all(&e, w, 1) && w->t.status == 0 && w->t.exec_ns > 1);
	c.key_len = 15;
	crypto_task(&e, &c, w);
	CU_ASSERT_TRUE(crypto_run_all(&e, w, 1) && w->t.status == -EINVAL && w->t.exec_ns > 0);
	/* Arguments that are not what their lengths say. */
	crypto_task(&e, &good, w);
	w->t.args_len--;
	CU_ASSERT_TRUE(crypto_run_all(&e, w, 1) && w->t.status == -EINVAL);
	crypto_task(&e, &good, w);
	w->t.args_len++;
	CU_ASSERT_TRUE(crypto_run_all(&e, w, 1) && w->t.status == -EINVAL);
	crypto_task(&e, &good, w);
	w->args[offsetof(struct rte_vtaccel_crypto_args, reserved) + 23] = 1;
	CU_ASSERT_TRUE(crypto_run_all(&e, w, 1) && w->t.status == -EINVAL);
	free(w);
	crypto_down(&e);
}

/* Whether a text of bytes is in a pool's memory. */
struct search {
	const uint8_t *text;
	size_t len, size;
	unsigned int found;
};

static void
look(struct rte_mempool *mp, void *opaque, void *obj, unsigned int index)
{
	struct search *s = opaque;

	RTE_SET_USED(mp);
	RTE_SET_USED(index);
	s->found += memmem(obj, s->size, s->text, s->len) != NULL;
}

static unsigned int
found_in_sessions(const struct crypto_env *e)
{
	struct search s = { .text = key, .len = 16 };
	struct rte_mempool *mp;
	char name[64];

	snprintf(name, sizeof(name), "vt_crypto_se_%u", e->dev->id);
	mp = rte_mempool_lookup(name);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mp);
	s.size = mp->elt_size;
	rte_mempool_obj_iter(mp, look, &s);
	return s.found;
}

static unsigned int
used_sessions(const struct crypto_env *e)
{
	char name[64];

	snprintf(name, sizeof(name), "vt_crypto_se_%u", e->dev->id);
	return rte_mempool_in_use_count(rte_mempool_lookup(name));
}

/* A bound for each stream; what is used stays; all go with the stream, and leave no key behind. */
static void
sessions_of(const char *driver)
{
	struct rte_vtaccel_stream other;
	struct crypto_env e;
	struct crypto_call c;
	struct crypto_work *w = calloc(40, sizeof(*w));
	unsigned int i;
	uint8_t own[40][16];

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	crypto_up(&e, driver, ",workers=1,inline=0,sessions=3,all_sessions=4");
	memset(plain, 7, 64);
	for (i = 0; i < 40; i++) {
		memset(key, (int)(i % 10) + 1, sizeof(key));
		c = call_gcm(true, 16, 0, plain, cipher + i * 64, 64);
		c.segs[2].addr = own[i];
		crypto_task(&e, &c, &w[i]);
	}
	/* Ten keys in turn in one burst, of which three have a place. */
	CU_ASSERT_TRUE(crypto_run_all(&e, w, 40));
	for (i = 0; i < 40; i++) {
		CU_ASSERT_EQUAL(w[i].t.status, 0);
		CU_ASSERT_EQUAL(memcmp(cipher + i * 64, cipher + (i % 10) * 64, 64), 0);
		CU_ASSERT_EQUAL(memcmp(own[i], own[i % 10], 16), 0);
		CU_ASSERT_TRUE(i % 10 == 0 || memcmp(own[i], own[0], 16) != 0);
	}
	CU_ASSERT_EQUAL(used_sessions(&e), 3);
	memset(key, 1, sizeof(key));
	CU_ASSERT_EQUAL(found_in_sessions(&e), 0); /* the first ones have gone */

	/* A second stream has the place of its first session, and then has to give up that. */
	other = e.stream;
	CU_ASSERT_EQUAL(rte_vtaccel_stream_open(e.dev, &e.stream), 0);
	for (i = 0; i < 3; i++) {
		memset(key, 20 + (int)i, sizeof(key));
		CU_ASSERT_EQUAL(crypto_run_one(&e, &c, NULL), 0);
		CU_ASSERT_EQUAL(used_sessions(&e), 4);
	}
	rte_vtaccel_stream_close(&e.stream);
	CU_ASSERT_EQUAL(found_in_sessions(&e), 0);
	CU_ASSERT_EQUAL(used_sessions(&e), 3);
	e.stream = other;
	rte_vtaccel_stop(e.dev);
	rte_vtaccel_stream_close(&e.stream);
	CU_ASSERT_EQUAL(used_sessions(&e), 0);
	for (i = 0; i < 10; i++) {
		memset(key, (int)i + 1, sizeof(key));
		CU_ASSERT_EQUAL(found_in_sessions(&e), 0);
	}
	rte_vtaccel_remove(e.dev);
	free(w);
}

static void
test_sessions(void)
{
	unsigned int d;

	for (d = 0; d < 3; d++)
		if (crypto_missing(crypto_drivers[d]) == NULL)
			sessions_of(crypto_drivers[d]);
}

/* One session, and so one stream: another one is told. */
static void
test_no_session(void)
{
	struct rte_vtaccel_stream first;
	struct crypto_env e;
	struct crypto_call c;

	crypto_up(&e, "crypto_openssl", ",workers=0,sessions=1,all_sessions=1");
	c = call_gcm(true, 16, 0, plain, cipher, 64);
	CU_ASSERT_EQUAL(crypto_run_one(&e, &c, NULL), 0);
	first = e.stream;
	CU_ASSERT_EQUAL(rte_vtaccel_stream_open(e.dev, &e.stream), -ENOSPC);
	rte_vtaccel_stream_close(&first);
	CU_ASSERT_EQUAL(rte_vtaccel_stream_open(e.dev, &e.stream), 0);
	CU_ASSERT_EQUAL(crypto_run_one(&e, &c, NULL), 0);
	crypto_down(&e);
}

/* The cryptodev stops under it. */
static void
test_removed(void)
{
	struct crypto_env e;
	struct crypto_call c;
	char name[64];

	crypto_up(&e, "crypto_openssl", ",workers=0");
	c = call_gcm(true, 16, 0, plain, cipher, 64);
	CU_ASSERT_EQUAL(crypto_run_one(&e, &c, NULL), 0);
	snprintf(name, sizeof(name), "crypto_openssl_vt%u", e.dev->id);
	rte_cryptodev_stop((uint8_t)rte_cryptodev_get_dev_id(name));
	rte_log_set_level_pattern("lib.cryptodev", RTE_LOG_EMERG);
	CU_ASSERT_EQUAL(crypto_run_one(&e, &c, NULL), -EIO);
	rte_log_set_level_pattern("lib.cryptodev", RTE_LOG_INFO);
	CU_ASSERT_EQUAL(e.dev->state, RTE_VINETALK_ACCEL_FAILED);
	CU_ASSERT_EQUAL(crypto_run_one(&e, &c, NULL), -EIO);
	/* Started again, it goes on, with the sessions that it had. */
	CU_ASSERT_EQUAL(rte_vtaccel_recover(e.dev), 0);
	CU_ASSERT_EQUAL(e.dev->state, RTE_VINETALK_ACCEL_IDLE);
	CU_ASSERT_EQUAL(crypto_run_one(&e, &c, NULL), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_recover(e.dev), 0);
	crypto_down(&e);
}

static dequeue_pkt_burst_t dequeue;

/* Each operation once more, as far as there is room. */
static uint16_t
dequeue_twice(void *qp, struct rte_crypto_op **ops, uint16_t nb)
{
	uint16_t n = dequeue(qp, ops, (uint16_t)((nb + 1) / 2)), i;

	for (i = 0; i < n && n + i < nb; i++)
		ops[n + i] = ops[i];
	return (uint16_t)(n + i);
}

/* A device that gives operations back twice. */
static void
test_twice(void)
{
	struct crypto_work *w = malloc(32 * sizeof(*w));
	struct crypto_env e;
	struct crypto_call c;
	char name[64];
	unsigned int i;
	int id;

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	crypto_up(&e, "crypto_openssl", ",workers=0");
	snprintf(name, sizeof(name), "crypto_openssl_vt%u", e.dev->id);
	id = rte_cryptodev_get_dev_id(name);
	CU_ASSERT_TRUE_FATAL(id >= 0);
	dequeue = rte_crypto_fp_ops[id].dequeue_burst;
	rte_crypto_fp_ops[id].dequeue_burst = dequeue_twice;
	for (i = 0; i < 32; i++) {
		c = call_gcm(true, 16, 0, plain, cipher + i * 64, 64);
		crypto_task(&e, &c, &w[i]);
	}
	CU_ASSERT_TRUE(crypto_run_all(&e, w, 32));
	for (i = 0; i < 32; i++)
		CU_ASSERT_EQUAL(w[i].t.status, 0);
	rte_crypto_fp_ops[id].dequeue_burst = dequeue;
	crypto_down(&e);
	free(w);
}

static const void *offered[8];
static unsigned int nb_offered;

/* Takes nothing, and remembers the keys of what it is offered. */
static uint16_t
enqueue_nothing(void *qp, struct rte_crypto_op **ops, uint16_t nb)
{
	RTE_SET_USED(qp);
	if (nb != 0 && nb_offered < RTE_DIM(offered) &&
			(nb_offered == 0 || offered[nb_offered - 1] != ops[0]->sym->session))
		offered[nb_offered++] = ops[0]->sym->session;
	return 0;
}

/* It fails in the middle of a burst of more keys than sessions: what is behind that is not given to it. */
static void
test_fails_within(void)
{
	struct crypto_work *w = malloc(8 * sizeof(*w));
	enqueue_pkt_burst_t enqueue;
	struct crypto_env e;
	struct crypto_call c;
	char name[64];
	unsigned int i;
	int id;

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	crypto_up(&e, "crypto_openssl", ",workers=0,sessions=1");
	snprintf(name, sizeof(name), "crypto_openssl_vt%u", e.dev->id);
	id = rte_cryptodev_get_dev_id(name);
	CU_ASSERT_TRUE_FATAL(id >= 0);
	for (i = 0; i < 8; i++) {
		key[0] = (uint8_t)i;
		c = call_gcm(true, 16, 0, plain, cipher + i * 64, 64);
		crypto_task(&e, &c, &w[i]);
	}
	nb_offered = 0;
	enqueue = rte_crypto_fp_ops[id].enqueue_burst;
	rte_crypto_fp_ops[id].enqueue_burst = enqueue_nothing;
	CU_ASSERT_TRUE(crypto_run_all(&e, w, 8));
	rte_crypto_fp_ops[id].enqueue_burst = enqueue;
	for (i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(w[i].t.status, -EIO);
	CU_ASSERT_EQUAL(nb_offered, 1);
	CU_ASSERT_EQUAL(e.dev->state, RTE_VINETALK_ACCEL_FAILED);
	CU_ASSERT_EQUAL(rte_vtaccel_recover(e.dev), 0);
	CU_ASSERT_TRUE(crypto_run_all(&e, w, 8));
	for (i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(w[i].t.status, 0);
	crypto_down(&e);
	free(w);
}

/* Two devices of one driver, and one of another. */
static void
test_equal(void)
{
	struct rte_vtaccel *dev[3];
	unsigned int i;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("crypto,dev=crypto_openssl", &dev[0]), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("crypto,dev=crypto_openssl,workers=0", &dev[1]), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("null,type=crypto", &dev[2]), 0);
	CU_ASSERT_TRUE(rte_vtaccel_equal(dev[0], dev[0]));
	CU_ASSERT_TRUE(rte_vtaccel_equal(dev[0], dev[1]));
	CU_ASSERT_FALSE(rte_vtaccel_equal(dev[0], dev[2]));
	CU_ASSERT_FALSE(rte_vtaccel_equal(dev[2], dev[1]));
	for (i = 0; i < RTE_DIM(dev); i++)
		rte_vtaccel_remove(dev[i]);
}

static void
test_args(void)
{
	static const char *const bad[] = {
		"crypto", "crypto,dev=", "crypto,dev=crypto_nothing", "crypto,dev=net_null",
		"crypto,dev=crypto_openssl,workers=129", "crypto,dev=crypto_openssl,sessions=0",
		"crypto,dev=crypto_openssl,sessions=65", "crypto,dev=crypto_openssl,speed=1",
		"crypto,dev=crypto_openssl,all_sessions=0",
		"crypto,dev=a_name_that_is_longer_than_any_device_may_have_it",
	};
	struct rte_vtaccel *dev, *second;
	char where[128];
	unsigned int i;

	for (i = 0; i < RTE_DIM(bad); i++)
		CU_ASSERT_TRUE(rte_vtaccel_probe(bad[i], &dev) < 0);
	/* Two of one driver; none is left behind. */
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("crypto,dev=crypto_openssl,workers=2", &dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("crypto,dev=crypto_openssl,workers=0", &second), 0);
	rte_vtaccel_location(dev, where, sizeof(where));
	CU_ASSERT_PTR_NOT_NULL(strstr(where, "crypto_openssl_vt"));
	CU_ASSERT_EQUAL(rte_cryptodev_count(), 2);
	rte_vtaccel_remove(dev);
	rte_vtaccel_remove(second);
	CU_ASSERT_EQUAL(rte_cryptodev_count(), 0);
}

static int
setup(void)
{
	if (crypto_missing("crypto_openssl") != NULL) {
		vt_test_skip_reason(crypto_missing("crypto_openssl"));
		return VT_TEST_SKIPPED;
	}
	/* Of our own: that of the cryptodev goes with it. */
	if (OSSL_PROVIDER_load(NULL, "default") == NULL)
		return 1;
	plain = malloc(MAX_DATA + GUARD);
	cipher = malloc(MAX_DATA + GUARD);
	back = malloc(MAX_DATA + GUARD);
	want = malloc(MAX_DATA + GUARD);
	return plain != NULL && cipher != NULL && back != NULL && want != NULL ? 0 : 1;
}

static int
cleanup(void)
{
	free(plain);
	free(cipher);
	free(back);
	free(want);
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "AES-GCM of many lengths as libcrypto has it", test_sizes },
	{ "wrong lengths, small outputs, overlaps", test_bad },
	{ "tags behind the data", test_joined_bad },
	{ "sessions: bound, eviction, no key is left", test_sessions },
	{ "sessions: none to be had", test_no_session },
	{ "the device stops", test_removed },
	{ "operations that come back twice", test_twice },
	{ "a device that fails in a burst", test_fails_within },
	{ "devices that are equal", test_equal },
	{ "arguments of the driver", test_args },
};

VT_TEST_SUITE(vinetalk_crypto_autotest, setup, cleanup, cases);
