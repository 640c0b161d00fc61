/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Conformance: the crypto accelerator, on OpenSSL's cryptodev. */

#include <string.h>

#ifdef VT_HAVE_CRYPTO
#include <openssl/evp.h>
#endif

#include <rte_vtaccel_crypto.h>

#include "accel_table.h"

/* 16 bytes of key and 16 of IV, all of them zero. */
#define ARGS_LEN (sizeof(struct rte_vtaccel_crypto_args) + 32)

static void
make(struct accel_task *t, const void *in, void *out, uint32_t len)
{
	static const union {
		struct rte_vtaccel_crypto_args args;
		uint8_t bytes[ARGS_LEN];
	} zero = { .args = { .key_len = 16, .iv_len = 16 } };

	accel_task_in(t, in, len);
	accel_task_out(t, out, len);
	accel_task_args(t, &zero, sizeof(zero.bytes));
}

/* Against libcrypto. */
static bool
good(const uint8_t *in, const uint8_t *out, uint32_t len)
{
	static uint8_t stream[ACCEL_DATA];
	static bool made;
	uint32_t i;

#ifdef VT_HAVE_CRYPTO
	if (!made) {
		static const uint8_t zero[16];
		EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
		int n;

		made = ctx != NULL && EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, zero, zero) == 1 &&
			EVP_EncryptUpdate(ctx, stream, &n, stream, sizeof(stream)) == 1;
		EVP_CIPHER_CTX_free(ctx);
	}
#endif
	for (i = 0; i < len; i++)
		if (out[i] != (in[i] ^ stream[i]))
			return false;
	return made;
}

const struct accel_entry accel_entry_crypto = {
	.devargs = "crypto,dev=crypto_openssl,workers=2,inline=0,depth=1024",
	.optional = true,
	.caps = ACCEL_CAP_COMPUTES | ACCEL_CAP_BOUNDED | ACCEL_CAP_NOTIFIES,
	.proc = "aes_ctr_encrypt",
	.make = make,
	.good = good,
	.max_len = ACCEL_DATA,
	.max_tasks = 1024,
};

const struct accel_entry accel_entry_crypto_caller = {
	.devargs = "crypto,dev=crypto_openssl,workers=0,depth=1024",
	.optional = true,
	.caps = ACCEL_CAP_COMPUTES | ACCEL_CAP_BOUNDED,
	.proc = "aes_ctr_encrypt",
	.make = make,
	.good = good,
	.max_len = ACCEL_DATA,
	.max_tasks = 1024,
};
