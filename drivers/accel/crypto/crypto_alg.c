/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The procedures, and which of them a device can do. */

#include <errno.h>
#include <stdlib.h>

#include "crypto_private.h"

#define AEAD(text, id) \
	{ .name = text "_encrypt", .kind = CRYPTO_AEAD, .forward = true, .tag_len = 16, .block = 1, \
		.aead = RTE_CRYPTO_AEAD_ ## id }, \
	{ .name = text "_decrypt", .kind = CRYPTO_AEAD, .tag_len = 16, .block = 1, \
		.aead = RTE_CRYPTO_AEAD_ ## id }
#define CIPHER(text, id, size) \
	{ .name = text "_encrypt", .kind = CRYPTO_CIPHER, .forward = true, .block = size, \
		.cipher = RTE_CRYPTO_CIPHER_ ## id }, \
	{ .name = text "_decrypt", .kind = CRYPTO_CIPHER, .block = size, \
		.cipher = RTE_CRYPTO_CIPHER_ ## id }
#define AUTH(text, sort, id, len) \
	{ .name = text "_digest", .kind = sort, .forward = true, .tag_len = len, .block = 1, \
		.auth = RTE_CRYPTO_AUTH_ ## id }, \
	{ .name = text "_verify", .kind = sort, .tag_len = len, .block = 1, \
		.auth = RTE_CRYPTO_AUTH_ ## id }
#define SHA(text, id, len) \
	AUTH(text, CRYPTO_HASH, id, len), AUTH("hmac_" text, CRYPTO_HMAC, id ## _HMAC, len)

static const struct crypto_alg algs[] = {
	AEAD("aes_gcm", AES_GCM),
	AEAD("chacha20_poly1305", CHACHA20_POLY1305),
	CIPHER("aes_cbc", AES_CBC, 16),
	CIPHER("aes_ctr", AES_CTR, 1),
	SHA("sha1", SHA1, 20),
	SHA("sha224", SHA224, 28),
	SHA("sha256", SHA256, 32),
	SHA("sha384", SHA384, 48),
	SHA("sha512", SHA512, 64),
};

const struct rte_cryptodev_symmetric_capability *
crypto_capability(const struct crypto_dev *cd, const struct crypto_alg *alg)
{
	struct rte_cryptodev_sym_capability_idx idx;

	switch (alg->kind) {
	case CRYPTO_AEAD:
		idx.type = RTE_CRYPTO_SYM_XFORM_AEAD;
		idx.algo.aead = alg->aead;
		break;
	case CRYPTO_CIPHER:
		idx.type = RTE_CRYPTO_SYM_XFORM_CIPHER;
		idx.algo.cipher = alg->cipher;
		break;
	default:
		idx.type = RTE_CRYPTO_SYM_XFORM_AUTH;
		idx.algo.auth = alg->auth;
		break;
	}
	return rte_cryptodev_sym_capability_get(cd->id, &idx);
}

int
crypto_procs_make(struct crypto_dev *cd)
{
	unsigned int i;

	cd->procs = calloc(RTE_DIM(algs), sizeof(cd->procs[0]));
	if (cd->procs == NULL)
		return -ENOMEM;
	for (i = 0; i < RTE_DIM(algs); i++) {
		const struct crypto_alg *alg = &algs[i];
		const bool tagged = alg->kind != CRYPTO_CIPHER;
		const bool data_out = alg->kind == CRYPTO_AEAD || alg->kind == CRYPTO_CIPHER;
		struct rte_vtaccel_proc *proc = &cd->procs[cd->nb_procs];

		if (crypto_capability(cd, alg) == NULL)
			continue;
		proc->api = RTE_VTACCEL_API;
		proc->name = alg->name;
		proc->type = RTE_VINETALK_ACCEL_CRYPTO;
		proc->max_in = 1 + (tagged && !alg->forward);
		proc->max_out = (uint8_t)(data_out + (tagged && alg->forward));
		/* The tag of an AEAD may be behind the data. */
		proc->min_in = alg->kind == CRYPTO_AEAD ? 1 : proc->max_in;
		proc->min_out = alg->kind == CRYPTO_AEAD ? 1 : proc->max_out;
		proc->min_args = sizeof(struct rte_vtaccel_crypto_args);
		proc->max_args = RTE_VINETALK_MAX_ARGS;
		proc->driver_data = alg;
		cd->nb_procs++;
	}
	return 0;
}
