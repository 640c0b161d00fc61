/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* crc32c by DPDK's hash library, sha256 by OpenSSL. */

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/provider.h>

#include <rte_hash_crc.h>

#include <rte_vtaccel.h>
#include <rte_vtaccel_procs.h>

#include "cpu_proc.h"

/* rte_hash_crc() reads 8 bytes at a time: byte by byte up to where they are aligned. */
static uint32_t
crc32c_add(uint32_t crc, const uint8_t *p, uint32_t len)
{
	for (; len > 0 && !cpu_proc_is_aligned(p, sizeof(uint64_t)); len--)
		crc = rte_hash_crc_1byte(*p++, crc);
	return len == 0 ? crc : rte_hash_crc(p, len, crc);
}

/* One pass, and no bound comes from the data. */
static int
crc32c(struct rte_vtaccel_task *t)
{
	uint32_t crc = UINT32_MAX;
	unsigned int i;

	for (i = 0; i < t->nb_in; i++)
		crc = crc32c_add(crc, t->segs[i].addr, t->segs[i].len);
	/* rte_hash_crc() leaves both complements to its caller. */
	t->result = (uint32_t)~crc;
	return 0;
}

static const struct rte_vtaccel_proc crc32c_proc = {
	.api = RTE_VTACCEL_API,
	.name = RTE_VTACCEL_PROC_CRC32C,
	.type = RTE_VINETALK_ACCEL_CPU,
	.min_in = 1, .max_in = RTE_VINETALK_MAX_SEGS,
	.native = crc32c,
};
RTE_VTACCEL_REGISTER_NATIVE(crc32c_proc)

static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;
static pthread_key_t sha256_key;
static EVP_MD *sha256_md;
/* This thread's context; sha256_key frees it when the thread ends. */
static __thread EVP_MD_CTX *sha256_ctx;

static void
sha256_thread_end(void *ctx)
{
	EVP_MD_CTX_free(ctx);
}

static void
sha256_init(void)
{
	/*
	 * One use of our own, for ever: others in this process unload the provider when they are done, such as the
	 * cryptodev driver of OpenSSL, and with the last use all digests end.
	 */
	OSSL_PROVIDER_load(NULL, "default");
	/* Fetched once: a look-up each time costs more than a small digest. */
	sha256_md = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (sha256_md != NULL && pthread_key_create(&sha256_key, sha256_thread_end) != 0) {
		EVP_MD_free(sha256_md);
		sha256_md = NULL;
	}
}

static EVP_MD_CTX *
sha256_context(void)
{
	if (sha256_ctx != NULL)
		return sha256_ctx;
	pthread_once(&sha256_once, sha256_init);
	if (sha256_md == NULL)
		return NULL;
	sha256_ctx = EVP_MD_CTX_new();
	if (sha256_ctx != NULL && pthread_setspecific(sha256_key, sha256_ctx) != 0) {
		EVP_MD_CTX_free(sha256_ctx);
		sha256_ctx = NULL;
	}
	return sha256_ctx;
}

/* One pass: the digest of bytes that change meanwhile is that of some mixture. */
static int
sha256(struct rte_vtaccel_task *t)
{
	const struct rte_vtaccel_seg *out = &t->segs[t->nb_in];
	uint8_t digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx;
	unsigned int i;

	t->result = RTE_VTACCEL_SHA256_LEN;
	if (out->len < RTE_VTACCEL_SHA256_LEN)
		return -ENOSPC;
	ctx = sha256_context();
	if (ctx == NULL)
		return -ENOMEM;
	if (EVP_DigestInit_ex2(ctx, sha256_md, NULL) != 1)
		return -EIO;
	for (i = 0; i < t->nb_in; i++) {
		if (EVP_DigestUpdate(ctx, t->segs[i].addr, t->segs[i].len) != 1)
			return -EIO;
	}
	if (EVP_DigestFinal_ex(ctx, digest, NULL) != 1)
		return -EIO;
	memcpy(out->addr, digest, RTE_VTACCEL_SHA256_LEN);
	return 0;
}

static const struct rte_vtaccel_proc sha256_proc = {
	.api = RTE_VTACCEL_API,
	.name = RTE_VTACCEL_PROC_SHA256,
	.type = RTE_VINETALK_ACCEL_CPU,
	.min_in = 1, .max_in = RTE_VINETALK_MAX_SEGS - 1,
	.min_out = 1, .max_out = 1,
	.native = sha256,
};
RTE_VTACCEL_REGISTER_NATIVE(sha256_proc)
