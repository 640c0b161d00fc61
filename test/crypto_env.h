/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef CRYPTO_ENV_H
#define CRYPTO_ENV_H

/* An accelerator of the driver crypto, and tasks for it, without an appliance. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_vtaccel.h>
#include <rte_vtaccel_crypto.h>

struct crypto_env {
	struct rte_vtaccel *dev;
	struct rte_vtaccel_stream stream;
};

struct crypto_call {
	const char *proc;
	const void *key, *iv, *aad;
	uint16_t key_len, iv_len, aad_len, tag_len;
	struct rte_vtaccel_seg segs[4];
	uint8_t nb_in, nb_out;
};

struct crypto_work {
	struct rte_vtaccel_task t;
	struct rte_vtaccel_seg segs[4];
	uint8_t args[RTE_VINETALK_MAX_ARGS] __rte_aligned(8);
};

/* The drivers of cryptodevs that the tests know; NULL behind the last. */
extern const char *const crypto_drivers[];

/* Why there is no device of this driver; NULL: there is one. Asked once for each. */
const char *crypto_missing(const char *driver);
/* What a probe of an accelerator on it returns, which is removed again. */
int crypto_refused(const char *driver);
void crypto_up(struct crypto_env *e, const char *driver, const char *more);
void crypto_down(struct crypto_env *e);
bool crypto_has(const struct crypto_env *e, const char *proc);
void crypto_task(const struct crypto_env *e, const struct crypto_call *c, struct crypto_work *w);
/* Run tasks, in bursts; false: not all came back in 30 s. */
bool crypto_run_all(const struct crypto_env *e, struct crypto_work *w, unsigned int nb);
/* Run one: its status, and the result unless it is NULL. */
int crypto_run_one(const struct crypto_env *e, const struct crypto_call *c, uint64_t *result);
/* Bytes of a text of hexadecimal digits. */
size_t crypto_hex(const char *text, uint8_t *out);

#endif /* CRYPTO_ENV_H */
