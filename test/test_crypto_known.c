/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The crypto accelerator against published answers, over each cryptodev that there is. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#include "crypto_env.h"
#include "test.h"
#include "test_accel.h"

#define ZERO16 "00000000000000000000000000000000"
#define GCM_KEY "feffe9928665731c6d6a8f9467308308"
#define GCM_IV "cafebabefacedbaddecaf888"
#define GCM_P60 "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
	"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define GCM_A "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define BLOCKS "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" \
	"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
#define KEY128 "2b7e151628aed2a6abf7158809cf4f3c"
#define KEY192 "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"
#define KEY256 "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
#define COUNT "000102030405060708090a0b0c0d0e0f"
#define COUNTER "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
#define ABC "616263"
#define JEFE "4a656665"
#define WANT "7768617420646f2079612077616e7420666f72206e6f7468696e673f"

/* proc is without _encrypt, ... ; tag "": a cipher. */
struct known {
	const char *from, *proc, *key, *iv, *aad, *plain, *cipher, *tag;
};

static const struct known aeads[] = {
	{ "GCM 1", "aes_gcm", ZERO16, "000000000000000000000000", "", "", "", "58e2fccefa7e3061367f1d57a4e7455a" },
	{ "GCM 2", "aes_gcm", ZERO16, "000000000000000000000000", "", ZERO16,
		"0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf" },
	{ "GCM 3", "aes_gcm", GCM_KEY, GCM_IV, "", GCM_P60 "1aafd255",
		"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
		"21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985",
		"4d5c2af327cd64a62cf35abd2ba6fab4" },
	{ "GCM 4", "aes_gcm", GCM_KEY, GCM_IV, GCM_A, GCM_P60,
		"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
		"21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
		"5bc94fbc3221a5db94fae95ae7121a47" },
	{ "GCM 13", "aes_gcm", ZERO16 ZERO16, "000000000000000000000000", "", "", "",
		"530f8afbc74536b9a963b4f1c4cb738b" },
	{ "GCM 14", "aes_gcm", ZERO16 ZERO16, "000000000000000000000000", "", ZERO16,
		"cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919" },
	{ "GCM 16", "aes_gcm", GCM_KEY GCM_KEY, GCM_IV, GCM_A, GCM_P60,
		"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
		"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
		"76fc6ece0f4e1768cddf8853bb2d551b" },
	{ "RFC 8439 2.8.2", "chacha20_poly1305",
		"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
		"070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
		"4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
		"73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
		"6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
		"637265656e20776f756c642062652069742e",
		"d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
		"3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
		"92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
		"3ff4def08e4b7a9de576d26586cec64b6116", "1ae10b594f09e26a7e902ecbd0600691" },
};

static const struct known ciphers[] = {
	{ "SP 800-38A F.2.1", "aes_cbc", KEY128, COUNT, "", BLOCKS,
		"7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
		"73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7", "" },
	{ "SP 800-38A F.2.5", "aes_cbc", KEY256, COUNT, "", BLOCKS,
		"f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
		"39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b", "" },
	{ "SP 800-38A F.5.1", "aes_ctr", KEY128, COUNTER, "", BLOCKS,
		"874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
		"5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee", "" },
	{ "SP 800-38A F.5.5", "aes_ctr", KEY256, COUNTER, "", BLOCKS,
		"601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
		"2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6", "" },
};

static const struct known digests[] = {
	{ "FIPS 180", "sha1", "", "", "", ABC, "", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "FIPS 180", "sha224", "", "", "", ABC, "", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
	{ "FIPS 180", "sha256", "", "", "", ABC, "",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "FIPS 180", "sha384", "", "", "", ABC, "",
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		"8086072ba1e7cc2358baeca134c825a7" },
	{ "FIPS 180", "sha512", "", "", "", ABC, "",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ "the empty message", "sha1", "", "", "", "", "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ "the empty message", "sha256", "", "", "", "", "",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "RFC 2202", "hmac_sha1", JEFE, "", "", WANT, "", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ "RFC 4231", "hmac_sha224", JEFE, "", "", WANT, "",
		"a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44" },
	{ "RFC 4231", "hmac_sha256", JEFE, "", "", WANT, "",
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "RFC 4231", "hmac_sha384", JEFE, "", "", WANT, "",
		"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
		"8e2240ca5e69e2c78b3239ecfab21649" },
	{ "RFC 4231", "hmac_sha512", JEFE, "", "", WANT, "",
		"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
};

/* The same as bytes. */
struct bytes {
	uint8_t key[64], iv[16], aad[64], plain[128], cipher[128], tag[64];
	size_t key_len, iv_len, aad_len, len, tag_len;
};

static void
bytes_of(const struct known *k, struct bytes *b)
{
	b->key_len = crypto_hex(k->key, b->key);
	b->iv_len = crypto_hex(k->iv, b->iv);
	b->aad_len = crypto_hex(k->aad, b->aad);
	b->len = crypto_hex(k->plain, b->plain);
	crypto_hex(k->cipher, b->cipher);
	b->tag_len = crypto_hex(k->tag, b->tag);
}

static struct crypto_call
call_of(const struct bytes *b, const char *proc)
{
	return (struct crypto_call){
		.proc = proc, .key = b->key, .iv = b->iv, .aad = b->aad, .key_len = (uint16_t)b->key_len,
		.iv_len = (uint16_t)b->iv_len, .aad_len = (uint16_t)b->aad_len,
	};
}

static void
said(bool right, const char *driver, const struct known *k, const char *what)
{
	CU_ASSERT_TRUE(right);
	if (!right)
		printf("\n    %s: %s %s: %s\n", driver, k->from, k->proc, what);
}

/* There and back, in place and not. */
static void
two_ways(const struct crypto_env *e, const char *driver, const struct known *k, bool in_place)
{
	uint8_t data[128], out[128], tag[64] = { 0 };
	char proc[64];
	struct crypto_call c;
	struct bytes b;
	uint64_t result = 0;
	uint8_t *to = in_place ? data : out;

	bytes_of(k, &b);
	snprintf(proc, sizeof(proc), "%s_encrypt", k->proc);
	if (!crypto_has(e, proc))
		return;
	memcpy(data, b.plain, b.len);
	c = call_of(&b, proc);
	c.nb_in = 1;
	c.nb_out = b.tag_len != 0 ? 2 : 1;
	c.segs[0] = (struct rte_vtaccel_seg){ data, (uint32_t)b.len, 0 };
	c.segs[1] = (struct rte_vtaccel_seg){ to, (uint32_t)b.len, 0 };
	c.segs[2] = (struct rte_vtaccel_seg){ tag, sizeof(tag), 0 };
	said(crypto_run_one(e, &c, &result) == 0, driver, k, "status of the encryption");
	said(result == b.len && memcmp(to, b.cipher, b.len) == 0, driver, k, "ciphertext");
	said(memcmp(tag, b.tag, b.tag_len) == 0, driver, k, "tag");

	snprintf(proc, sizeof(proc), "%s_decrypt", k->proc);
	memcpy(data, b.cipher, b.len);
	c = call_of(&b, proc);
	c.nb_in = b.tag_len != 0 ? 2 : 1;
	c.nb_out = 1;
	c.segs[0] = (struct rte_vtaccel_seg){ data, (uint32_t)b.len, 0 };
	c.segs[1] = (struct rte_vtaccel_seg){ b.tag, (uint32_t)b.tag_len, 0 };
	c.segs[c.nb_in] = (struct rte_vtaccel_seg){ to, (uint32_t)b.len, 0 };
	said(crypto_run_one(e, &c, &result) == 0, driver, k, "status of the decryption");
	said(result == b.len && memcmp(to, b.plain, b.len) == 0, driver, k, "plaintext");
}

static void
digest(const struct crypto_env *e, const char *driver, const struct known *k)
{
	uint8_t out[64] = { 0 };
	struct crypto_call c;
	struct bytes b;
	uint64_t result = 0;
	char proc[64];

	bytes_of(k, &b);
	snprintf(proc, sizeof(proc), "%s_digest", k->proc);
	if (!crypto_has(e, proc))
		return;
	c = call_of(&b, proc);
	c.nb_in = c.nb_out = 1;
	c.segs[0] = (struct rte_vtaccel_seg){ b.plain, (uint32_t)b.len, 0 };
	c.segs[1] = (struct rte_vtaccel_seg){ out, sizeof(out), 0 };
	said(crypto_run_one(e, &c, &result) == 0, driver, k, "status of the digest");
	said(result == b.tag_len && memcmp(out, b.tag, b.tag_len) == 0, driver, k, "digest");

	snprintf(proc, sizeof(proc), "%s_verify", k->proc);
	c = call_of(&b, proc);
	c.nb_in = 2;
	c.segs[0] = (struct rte_vtaccel_seg){ b.plain, (uint32_t)b.len, 0 };
	c.segs[1] = (struct rte_vtaccel_seg){ b.tag, (uint32_t)b.tag_len, 0 };
	said(crypto_run_one(e, &c, &result) == 0 && result == 0, driver, k, "right digest");
	b.tag[b.tag_len - 1] ^= 1;
	said(crypto_run_one(e, &c, &result) == -EBADMSG, driver, k, "wrong digest");
}

/* For each device; how many it was. */
static void
test_known(const char *more)
{
	struct crypto_env e;
	unsigned int d, i, nb = 0;

	for (d = 0; crypto_drivers[d] != NULL; d++) {
		if (crypto_missing(crypto_drivers[d]) != NULL)
			continue;
		crypto_up(&e, crypto_drivers[d], more);
		for (i = 0; i < RTE_DIM(aeads); i++) {
			two_ways(&e, crypto_drivers[d], &aeads[i], false);
			two_ways(&e, crypto_drivers[d], &aeads[i], true);
		}
		for (i = 0; i < RTE_DIM(ciphers); i++) {
			two_ways(&e, crypto_drivers[d], &ciphers[i], false);
			two_ways(&e, crypto_drivers[d], &ciphers[i], true);
		}
		for (i = 0; i < RTE_DIM(digests); i++)
			digest(&e, crypto_drivers[d], &digests[i]);
		crypto_down(&e);
		nb++;
	}
	printf("[%u devices] ", nb);
	CU_ASSERT_TRUE(nb != 0);
}

static void
test_workers(void)
{
	test_known(",workers=2,inline=0");
}

static void
test_caller(void)
{
	test_known(",workers=0");
}

/* The cryptodev of OpenSSL takes the library's algorithms along when it goes: others in the process use them. */
static void
test_others(void)
{
	const struct rte_vtaccel_proc *p;
	uint8_t in[3] = "abc", out[32] = { 0 }, want[64];
	struct accel_task at;
	struct crypto_env e;
	unsigned int i;

	crypto_up(&e, "crypto_openssl", ",workers=0");
	crypto_down(&e);
	for (i = 0; (p = rte_vtaccel_native_at(i)) != NULL && strcmp(p->name, "sha256") != 0; i++)
		;
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	accel_task_init(&at, p, NULL);
	accel_task_in(&at, in, sizeof(in));
	accel_task_out(&at, out, sizeof(out));
	rte_vtaccel_native_run(&at.t);
	crypto_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", want);
	CU_ASSERT_TRUE(at.t.status == 0 && memcmp(out, want, sizeof(out)) == 0);
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
	{ "published answers, on workers", test_workers },
	{ "published answers, in the caller", test_caller },
	{ "digests of others go on", test_others },
};

VT_TEST_SUITE(vinetalk_crypto_known_autotest, setup, NULL, cases);
