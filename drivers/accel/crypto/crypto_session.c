/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Sessions of a stream: found by key, a bounded number, the one that was not used for longest goes first. */

#include <errno.h>
#include <string.h>

#include <rte_errno.h>

#include "crypto_private.h"

static struct crypto_session *
find(struct crypto_stream *cs, const struct crypto_alg *alg, const struct rte_vtaccel_crypto_args *args,
		uint16_t tag_len)
{
	struct crypto_session *s;
	uint32_t i;

	for (i = 0; i < cs->nb; i++) {
		s = &cs->sessions[i];
		if (s->alg == alg && s->key_len == args->key_len && s->iv_len == args->iv_len &&
				s->aad_len == args->aad_len && s->tag_len == tag_len &&
				memcmp(s->key, args->bytes, args->key_len) == 0)
			return s;
	}
	return NULL;
}

/* Whether a stream with so many sessions may have one more beside those of the others; counted if it may. */
static bool
room_take(struct crypto_dev *cd, uint32_t nb)
{
	bool ok = true;

	/* The first one has its place since the stream was opened. */
	if (nb == 0)
		return true;
	pthread_mutex_lock(&cd->lock);
	if (cd->nb_more < cd->all_sessions / 2)
		cd->nb_more++;
	else
		ok = false;
	pthread_mutex_unlock(&cd->lock);
	return ok;
}

/* The same back, of one that has so many without it. */
static void
room_give(struct crypto_dev *cd, uint32_t nb)
{
	if (nb == 0)
		return;
	pthread_mutex_lock(&cd->lock);
	cd->nb_more--;
	pthread_mutex_unlock(&cd->lock);
}

bool
crypto_sessions_open(struct crypto_dev *cd)
{
	bool ok = true;

	pthread_mutex_lock(&cd->lock);
	if (cd->nb_streams < cd->all_sessions - cd->all_sessions / 2)
		cd->nb_streams++;
	else
		ok = false;
	pthread_mutex_unlock(&cd->lock);
	return ok;
}

/* Free one, which stays counted in its account; the last takes its place. */
static void
drop(struct crypto_dev *cd, const struct rte_vtaccel_stream *stream, uint32_t at)
{
	struct crypto_stream *cs = stream->driver_data;
	struct crypto_session *s = &cs->sessions[at], *last = &cs->sessions[cs->nb - 1];

	pthread_mutex_lock(&cd->lock);
	rte_cryptodev_sym_session_free(cd->id, s->sess);
	pthread_mutex_unlock(&cd->lock);
	if (s != last)
		*s = *last;
	explicit_bzero(last, sizeof(*last));
	cs->nb--;
	room_give(cd, cs->nb);
}

void
crypto_sessions_close(struct crypto_dev *cd, const struct rte_vtaccel_stream *stream)
{
	struct crypto_stream *cs = stream->driver_data;

	while (cs->nb != 0) {
		drop(cd, stream, cs->nb - 1);
		rte_vtaccel_account_give(stream->account);
	}
	pthread_mutex_lock(&cd->lock);
	cd->nb_streams--;
	pthread_mutex_unlock(&cd->lock);
}

static void
drop_oldest(struct crypto_dev *cd, const struct rte_vtaccel_stream *stream)
{
	const struct crypto_stream *cs = stream->driver_data;
	uint32_t i, oldest = 0;

	for (i = 1; i < cs->nb; i++)
		if (cs->sessions[i].used < cs->sessions[oldest].used)
			oldest = i;
	drop(cd, stream, oldest);
}

/* Whether the device has this algorithm with these lengths. */
static bool
can(const struct crypto_dev *cd, const struct crypto_alg *alg, const struct rte_vtaccel_crypto_args *args,
		uint16_t tag_len)
{
	const struct rte_cryptodev_symmetric_capability *cap = crypto_capability(cd, alg);

	if (cap == NULL)
		return false;
	switch (alg->kind) {
	case CRYPTO_AEAD:
		return rte_cryptodev_sym_capability_check_aead(cap, args->key_len, tag_len, args->aad_len,
			args->iv_len) == 0;
	case CRYPTO_CIPHER:
		return args->aad_len == 0 && tag_len == 0 &&
			rte_cryptodev_sym_capability_check_cipher(cap, args->key_len, args->iv_len) == 0;
	case CRYPTO_HASH:
		return args->aad_len == 0 && args->iv_len == 0 && args->key_len == 0 &&
			rte_cryptodev_sym_capability_check_auth(cap, 0, tag_len, 0) == 0;
	default:
		return args->aad_len == 0 && args->iv_len == 0 && args->key_len != 0 &&
			rte_cryptodev_sym_capability_check_auth(cap, args->key_len, tag_len, 0) == 0;
	}
}

static void
xform_set(struct rte_crypto_sym_xform *x, const struct crypto_alg *alg,
		const struct rte_vtaccel_crypto_args *args, const uint8_t *key, uint16_t tag_len)
{
	const uint16_t iv_at = CRYPTO_OP_OFFSET + offsetof(struct crypto_op, iv);

	memset(x, 0, sizeof(*x));
	switch (alg->kind) {
	case CRYPTO_AEAD:
		x->type = RTE_CRYPTO_SYM_XFORM_AEAD;
		x->aead.op = alg->forward ? RTE_CRYPTO_AEAD_OP_ENCRYPT : RTE_CRYPTO_AEAD_OP_DECRYPT;
		x->aead.algo = alg->aead;
		x->aead.key.data = key;
		x->aead.key.length = args->key_len;
		x->aead.iv.offset = iv_at;
		x->aead.iv.length = args->iv_len;
		x->aead.digest_length = tag_len;
		x->aead.aad_length = args->aad_len;
		break;
	case CRYPTO_CIPHER:
		x->type = RTE_CRYPTO_SYM_XFORM_CIPHER;
		x->cipher.op = alg->forward ? RTE_CRYPTO_CIPHER_OP_ENCRYPT : RTE_CRYPTO_CIPHER_OP_DECRYPT;
		x->cipher.algo = alg->cipher;
		x->cipher.key.data = key;
		x->cipher.key.length = args->key_len;
		x->cipher.iv.offset = iv_at;
		x->cipher.iv.length = args->iv_len;
		break;
	default:
		x->type = RTE_CRYPTO_SYM_XFORM_AUTH;
		x->auth.op = alg->forward ? RTE_CRYPTO_AUTH_OP_GENERATE : RTE_CRYPTO_AUTH_OP_VERIFY;
		x->auth.algo = alg->auth;
		x->auth.key.data = key;
		x->auth.key.length = args->key_len;
		x->auth.digest_length = tag_len;
		break;
	}
}

/* Make one in the free place of the stream. */
static int
make(struct crypto_dev *cd, struct crypto_stream *cs, const struct crypto_alg *alg,
		const struct rte_vtaccel_crypto_args *args, uint16_t tag_len)
{
	struct crypto_session *s = &cs->sessions[cs->nb];
	struct rte_crypto_sym_xform x;

	s->alg = alg;
	s->key_len = args->key_len;
	s->iv_len = args->iv_len;
	s->aad_len = args->aad_len;
	s->tag_len = tag_len;
	memcpy(s->key, args->bytes, args->key_len);
	xform_set(&x, alg, args, s->key, tag_len);
	pthread_mutex_lock(&cd->lock);
	s->sess = rte_cryptodev_sym_session_create(cd->id, &x, cd->session_pool);
	pthread_mutex_unlock(&cd->lock);
	if (s->sess == NULL) {
		explicit_bzero(s, sizeof(*s));
		/* The lengths are the device's: there was no place for it. */
		return -ENOMEM;
	}
	cs->nb++;
	return 0;
}

/*
 * A place for one more session: of the stream, of its account and of the device. 0; -EAGAIN: there would be one if
 * one of the stream's own went, and evict does not let it; -EDQUOT.
 */
static int
place_take(struct crypto_dev *cd, const struct rte_vtaccel_stream *stream, bool evict)
{
	const struct crypto_stream *cs = stream->driver_data;
	struct rte_vtaccel_account *account = stream->account;
	uint32_t most = cd->max_sessions;
	bool full;

	if (stream->max_sessions != 0)
		most = RTE_MIN(most, stream->max_sessions);
	full = cs->nb >= most;
	if (full || !rte_vtaccel_account_take(account)) {
		if (cs->nb == 0) {
			__atomic_fetch_add(&account->refused, 1, __ATOMIC_RELAXED);
			return -EDQUOT;
		}
		if (!evict)
			return -EAGAIN;
		if (!full)
			__atomic_fetch_add(&account->replaced, 1, __ATOMIC_RELAXED);
		/* It stays counted, for the one that comes. */
		drop_oldest(cd, stream);
	}
	while (!room_take(cd, cs->nb)) {
		rte_vtaccel_account_give(account);
		if (!evict)
			return -EAGAIN;
		drop_oldest(cd, stream);
	}
	return 0;
}

void *
crypto_session_get(struct crypto_dev *cd, const struct rte_vtaccel_stream *stream,
		const struct crypto_alg *alg, const struct rte_vtaccel_crypto_args *args, uint16_t tag_len,
		bool evict, int *status)
{
	struct crypto_stream *cs = stream->driver_data;
	struct crypto_session *s = find(cs, alg, args, tag_len);

	if (s == NULL) {
		if (args->key_len > RTE_VTACCEL_CRYPTO_MAX_KEY || args->iv_len > CRYPTO_IV_MAX ||
				tag_len > CRYPTO_TAG_MAX || !can(cd, alg, args, tag_len)) {
			*status = -EINVAL;
			return NULL;
		}
		*status = place_take(cd, stream, evict);
		if (*status != 0)
			return NULL;
		*status = make(cd, cs, alg, args, tag_len);
		if (*status != 0) {
			room_give(cd, cs->nb);
			rte_vtaccel_account_give(stream->account);
			return NULL;
		}
		s = &cs->sessions[cs->nb - 1];
	}
	s->used = ++cs->clock;
	return s->sess;
}
