/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_log.h>

#include "crypto_env.h"
#include "test.h"

const char *const crypto_drivers[] = {
	"crypto_openssl", "crypto_aesni_mb", "crypto_aesni_gcm", "crypto_chacha20_poly1305", NULL,
};

const char *
crypto_missing(const char *driver)
{
	static int known[RTE_DIM(crypto_drivers)]; /* 1: there, 2: missing */
	unsigned int i;

	for (i = 0; crypto_drivers[i] != NULL && strcmp(crypto_drivers[i], driver) != 0; i++)
		;
	if (known[i] == 0)
		known[i] = crypto_refused(driver) == 0 ? 1 : 2;
	return known[i] == 1 ? NULL : "no such cryptodev can be made here";
}

int
crypto_refused(const char *driver)
{
	struct rte_vtaccel *dev;
	char args[128];
	int ret;

	snprintf(args, sizeof(args), "crypto,dev=%s,workers=0", driver);
	ret = rte_vtaccel_probe(args, &dev);
	if (ret == 0)
		rte_vtaccel_remove(dev);
	return ret;
}

void
crypto_up(struct crypto_env *e, const char *driver, const char *more)
{
	char args[256];

	snprintf(args, sizeof(args), "crypto,dev=%s%s", driver, more);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(args, &e->dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(e->dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(e->dev, &e->stream), 0);
}

void
crypto_down(struct crypto_env *e)
{
	rte_vtaccel_stop(e->dev);
	rte_vtaccel_stream_close(&e->stream);
	rte_vtaccel_remove(e->dev);
}

bool
crypto_has(const struct crypto_env *e, const char *proc)
{
	return rte_vtaccel_proc_find(e->dev, proc) != NULL;
}

void
crypto_task(const struct crypto_env *e, const struct crypto_call *c, struct crypto_work *w)
{
	struct rte_vtaccel_crypto_args *a = (struct rte_vtaccel_crypto_args *)w->args;
	uint8_t *at = a->bytes;
	unsigned int i;

	memset(&w->t, 0, sizeof(w->t));
	memset(a, 0, sizeof(*a));
	a->key_len = c->key_len;
	a->iv_len = c->iv_len;
	a->aad_len = c->aad_len;
	a->tag_len = c->tag_len;
	if (c->key_len != 0)
		memcpy(at, c->key, c->key_len);
	at += c->key_len;
	if (c->iv_len != 0)
		memcpy(at, c->iv, c->iv_len);
	at += c->iv_len;
	if (c->aad_len != 0)
		memcpy(at, c->aad, c->aad_len);
	at += c->aad_len;
	memcpy(w->segs, c->segs, sizeof(w->segs));
	w->t.proc = rte_vtaccel_proc_find(e->dev, c->proc);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->t.proc);
	w->t.stream = (struct rte_vtaccel_stream *)(uintptr_t)&e->stream;
	w->t.args = w->args;
	w->t.args_len = (uint32_t)(at - w->args);
	w->t.segs = w->segs;
	w->t.nb_in = c->nb_in;
	w->t.nb_out = c->nb_out;
	for (i = 0; i < (unsigned int)(c->nb_in + c->nb_out); i++)
		w->t.bytes += c->segs[i].len;
	w->t.status = 12345;
	w->t.copied = 12345;
}

bool
crypto_run_all(const struct crypto_env *e, struct crypto_work *w, unsigned int nb)
{
	struct rte_vtaccel_task *tasks[64], *back[64];
	const time_t limit = time(NULL) + 30;
	unsigned int sent = 0, got = 0, i, n;

	while (got < nb && time(NULL) < limit) {
		n = RTE_MIN(nb - sent, RTE_DIM(tasks));
		for (i = 0; i < n; i++)
			tasks[i] = &w[sent + i].t;
		if (n != 0)
			sent += rte_vtaccel_enqueue_burst(e->dev, tasks, (uint16_t)n);
		n = rte_vtaccel_dequeue_burst(e->dev, back, RTE_DIM(back));
		/* In the order of their stream. */
		for (i = 0; i < n; i++)
			CU_ASSERT_PTR_EQUAL(back[i], &w[got + i].t);
		got += n;
		if (n == 0)
			usleep(1);
	}
	return got == nb;
}

int
crypto_run_one(const struct crypto_env *e, const struct crypto_call *c, uint64_t *result)
{
	struct crypto_work *w = malloc(sizeof(*w));
	int status;

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	crypto_task(e, c, w);
	CU_ASSERT_TRUE_FATAL(crypto_run_all(e, w, 1));
	/* No byte of data is ever copied. */
	CU_ASSERT_EQUAL(w->t.copied, 0);
	status = w->t.status;
	if (result != NULL)
		*result = w->t.result;
	free(w);
	return status;
}

size_t
crypto_hex(const char *text, uint8_t *out)
{
	size_t n = 0;
	unsigned int v;

	for (; sscanf(text, "%2x", &v) == 1; text += 2)
		out[n++] = (uint8_t)v;
	return n;
}
