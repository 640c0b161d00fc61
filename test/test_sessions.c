/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Sessions of crypto keys: what a stream, a domain and a device may have, and what each leaves to others. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_log.h>
#include <rte_mempool.h>
#include <rte_vinetalk.h>

#include "appliance_process.h"
#include "crypto_env.h"
#include "fixture.h"
#include "test.h"

#define TIMEOUT_US 20000000
#define DRIVER "crypto_openssl"
#define HMAC "hmac_sha256_digest"
#define LEN 64

/* ---- of streams, without an appliance ---- */

static uint8_t data[LEN], sum[32], secret[32];

static unsigned int
used(const struct crypto_env *e)
{
	char name[64];

	snprintf(name, sizeof(name), "vt_crypto_se_%u", e->dev->id);
	return rte_mempool_in_use_count(rte_mempool_lookup(name));
}

/* Status of a task with the key of this number. */
static int
one(const struct crypto_env *e, unsigned int key)
{
	const struct crypto_call c = {
		.proc = HMAC, .key = secret, .key_len = sizeof(secret),
		.segs = { { .addr = data, .len = LEN }, { .addr = sum, .len = 32 } }, .nb_in = 1, .nb_out = 1,
	};

	memset(secret, (int)key, sizeof(secret));
	return crypto_run_one(e, &c, NULL);
}

/* A second stream of the device, as an environment of its own. */
static int
stream_more(const struct crypto_env *e, struct crypto_env *more)
{
	more->dev = e->dev;
	return rte_vtaccel_stream_open(more->dev, &more->stream);
}

static void
test_account(void)
{
	struct rte_vtaccel_account account = { .max = 3 }, other = { .max = 1 };
	struct crypto_env a, b, c;
	unsigned int i;

	crypto_up(&a, DRIVER, ",workers=0");
	CU_ASSERT_EQUAL_FATAL(stream_more(&a, &b), 0);
	CU_ASSERT_EQUAL_FATAL(stream_more(&a, &c), 0);
	CU_ASSERT_PTR_NULL(b.stream.account);
	a.stream.account = b.stream.account = &account;
	c.stream.account = &other;
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(one(&a, i), 0);
	CU_ASSERT_EQUAL(account.used, 3);
	/* Who has none gets none, and is told. */
	CU_ASSERT_EQUAL(one(&b, 10), -EDQUOT);
	CU_ASSERT_EQUAL(one(&b, 10), -EDQUOT);
	CU_ASSERT_TRUE(account.refused == 2 && account.replaced == 0 && account.used == 3);
	/* Who has some goes on with one less of the old ones: 1 and 2 stay, since 0 is the oldest. */
	CU_ASSERT_EQUAL(one(&a, 3), 0);
	CU_ASSERT_TRUE(account.refused == 2 && account.replaced == 1 && account.used == 3);
	CU_ASSERT_EQUAL(one(&a, 1), 0);
	CU_ASSERT_EQUAL(one(&a, 2), 0);
	CU_ASSERT_EQUAL(account.replaced, 1);
	/* Another account has its own, and its own end. */
	CU_ASSERT_EQUAL(one(&c, 20), 0);
	CU_ASSERT_EQUAL(one(&c, 21), 0);
	CU_ASSERT_TRUE(other.used == 1 && other.replaced == 1 && other.refused == 0);
	/* What cannot be a session is not counted as one. */
	a.stream.account = NULL;
	b.stream.account = &account;
	CU_ASSERT_EQUAL(used(&a), 4);
	a.stream.account = &account;
	rte_vtaccel_stream_close(&a.stream);
	CU_ASSERT_EQUAL(account.used, 0);
	CU_ASSERT_EQUAL(one(&b, 10), 0);
	CU_ASSERT_EQUAL(account.used, 1);
	rte_vtaccel_stream_close(&b.stream);
	CU_ASSERT_TRUE(account.used == 0 && account.refused == 2);
	CU_ASSERT_EQUAL(used(&a), 1);
	crypto_down(&c);
	CU_ASSERT_EQUAL(other.used, 0);
}

/* A stream's own bound, below that of the driver. */
static void
test_own_bound(void)
{
	struct rte_vtaccel_account account = { 0 };
	struct crypto_env a;
	unsigned int i;

	crypto_up(&a, DRIVER, ",workers=0,sessions=4");
	a.stream.account = &account;
	a.stream.max_sessions = 2;
	for (i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(one(&a, i), 0);
	CU_ASSERT_TRUE(account.used == 2 && used(&a) == 2);
	/* No more than the driver keeps. */
	a.stream.max_sessions = 100;
	for (i = 0; i < 7; i++)
		CU_ASSERT_EQUAL(one(&a, i), 0);
	CU_ASSERT_TRUE(account.used == 4 && used(&a) == 4);
	/* That is no limit of the account. */
	CU_ASSERT_TRUE(account.replaced == 0 && account.refused == 0);
	crypto_down(&a);
	CU_ASSERT_EQUAL(account.used, 0);
}

/* One that takes all it can get leaves a session to each other stream. */
static void
test_first_ones(void)
{
	struct crypto_env a, b, c, d;
	unsigned int i;

	crypto_up(&a, DRIVER, ",workers=0,all_sessions=6");
	for (i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(one(&a, i), 0);
	CU_ASSERT_EQUAL(used(&a), 4); /* its first one, and half of all */
	CU_ASSERT_EQUAL_FATAL(stream_more(&a, &b), 0);
	CU_ASSERT_EQUAL_FATAL(stream_more(&a, &c), 0);
	CU_ASSERT_EQUAL(stream_more(&a, &d), -ENOSPC);
	for (i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(one(&b, 10 + i), 0);
		CU_ASSERT_EQUAL(one(&c, 20 + i), 0);
		CU_ASSERT_EQUAL(one(&a, i), 0);
		CU_ASSERT_EQUAL(used(&a), 6);
	}
	rte_vtaccel_stream_close(&b.stream);
	CU_ASSERT_EQUAL_FATAL(stream_more(&a, &d), 0);
	CU_ASSERT_EQUAL(one(&d, 30), 0);
	/* What one gives up of the others is there for all. */
	rte_vtaccel_stream_close(&a.stream);
	CU_ASSERT_EQUAL(one(&d, 31), 0);
	CU_ASSERT_EQUAL(one(&c, 32), 0);
	CU_ASSERT_EQUAL(used(&a), 4);
	rte_vtaccel_stream_close(&c.stream);
	crypto_down(&d);
}

#define STREAMS 6
#define TASKS 400

/* Workers that count at once: no session too many, and none is forgotten. */
static void
test_threads(void)
{
	static struct rte_vtaccel_stream streams[STREAMS];
	struct rte_vtaccel_account account = { .max = 4 };
	struct crypto_work *w = calloc(TASKS, sizeof(*w));
	struct rte_vtaccel_task *back[32], *t;
	unsigned int i, sent = 0, got = 0, refused = 0, most = 0;
	uint8_t own[TASKS][32];
	struct crypto_env e;
	uint16_t n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	crypto_up(&e, DRIVER, ",workers=3,inline=0,sessions=3");
	for (i = 0; i < STREAMS; i++) {
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(e.dev, &streams[i]), 0);
		streams[i].account = &account;
	}
	for (i = 0; i < TASKS; i++) {
		const struct crypto_call c = {
			.proc = HMAC, .key = secret, .key_len = sizeof(secret), .nb_in = 1, .nb_out = 1,
			.segs = { { .addr = data, .len = LEN }, { .addr = own[i], .len = 32 } },
		};

		memset(secret, (int)(i / STREAMS % 5), sizeof(secret));
		crypto_task(&e, &c, &w[i]);
		w[i].t.stream = &streams[i % STREAMS];
	}
	while (got < TASKS) {
		for (; sent < TASKS; sent++) {
			t = &w[sent].t;
			if (rte_vtaccel_enqueue_burst(e.dev, &t, 1) != 1)
				break;
		}
		n = rte_vtaccel_dequeue_burst(e.dev, back, RTE_DIM(back));
		for (i = 0; i < n; i++) {
			CU_ASSERT_TRUE(back[i]->status == 0 || back[i]->status == -EDQUOT);
			refused += back[i]->status == -EDQUOT;
		}
		most = RTE_MAX(most, __atomic_load_n(&account.used, __ATOMIC_RELAXED));
		got += n;
	}
	CU_ASSERT_TRUE(refused > 0 && refused < TASKS);
	CU_ASSERT_EQUAL(account.refused, refused);
	CU_ASSERT_EQUAL(most, 4);
	CU_ASSERT_TRUE(account.used <= 4 && account.used == used(&e));
	rte_vtaccel_stop(e.dev);
	for (i = 0; i < STREAMS; i++)
		rte_vtaccel_stream_close(&streams[i]);
	CU_ASSERT_TRUE(account.used == 0 && used(&e) == 0);
	crypto_down(&e);
	free(w);
}

/* ---- of a domain ---- */

struct peer {
	uint16_t dev, proc, vaccel;
	struct rte_vtaccel_crypto_args *args;
	uint8_t *mem;
};

static int
peer_acquire(struct peer *p, uint16_t accel, uint32_t max_sessions)
{
	const struct rte_vinetalk_vaccel_conf conf = {
		.accel = accel, .proc = p->proc, .max_sessions = max_sessions,
	};

	return rte_vinetalk_vaccel_acquire(p->dev, &conf, &p->vaccel);
}

static void
peer_up(struct peer *p, int dev, uint16_t accel, uint32_t max_sessions)
{
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	p->dev = (uint16_t)dev;
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get(p->dev, HMAC, RTE_VINETALK_ACCEL_ANY, &p->proc), 0);
	CU_ASSERT_EQUAL_FATAL(peer_acquire(p, accel, max_sessions), 0);
	p->args = rte_vinetalk_alloc(p->dev, sizeof(*p->args) + 32, 0, RTE_VINETALK_PLACE_HOST);
	p->mem = rte_vinetalk_alloc(p->dev, LEN + 32, 0, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_TRUE_FATAL(p->args != NULL && p->mem != NULL);
	memset(p->args, 0, sizeof(*p->args));
	p->args->key_len = 32;
}

/* Status of a task with the key of this number. */
static int
peer_run(struct peer *p, int key)
{
	struct rte_vinetalk_completion c = { 0 };
	struct rte_vinetalk_task t;

	memset(p->args->bytes, key, 32);
	rte_vinetalk_task_init(&t, p->vaccel, p->proc, 1);
	rte_vinetalk_task_in(p->dev, &t, p->mem, LEN);
	rte_vinetalk_task_out(p->dev, &t, p->mem + LEN, 32);
	CU_ASSERT_EQUAL(rte_vinetalk_task_args_ref(p->dev, &t, p->args, sizeof(*p->args) + 32), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_run(p->dev, 0, &t, &c, TIMEOUT_US), 0);
	return c.status;
}

static bool
said(FILE *log, char *const *text, const char *what)
{
	unsigned int i;

	for (i = 0; i < 5000; i++) {
		fflush(log);
		if (*text != NULL && strstr(*text, what) != NULL)
			return true;
		usleep(1000);
	}
	return false;
}

/* All clients of a domain together, on all accelerators; another domain has its own. */
static void
domain(uint32_t nb_pollers)
{
	static const char *const accels[] = {
		"crypto,dev=" DRIVER ",workers=0", "crypto,dev=" DRIVER ",workers=1,inline=0", NULL,
	};
	const struct rte_vtappliance_domain_conf doms[2] = {
		{ .uid = -1, .gid = -1, .max_sessions = 2 }, { .uid = -1, .gid = -1 },
	};
	struct rte_vtappliance_stats st;
	struct peer a, b, c;
	char *text = NULL;
	struct fixture f;
	size_t len;
	FILE *log;
	int i;

	CU_ASSERT_EQUAL_FATAL(fixture_start_each(&f, nb_pollers, 2, accels, NULL, doms), 0);
	log = open_memstream(&text, &len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	rte_openlog_stream(log);
	peer_up(&a, fixture_attach(&f, 0, 1, 0), RTE_VINETALK_ID_ANY, 0);
	peer_up(&b, fixture_attach(&f, 0, 1, 0), 1, 0);
	peer_up(&c, fixture_attach(&f, 1, 1, 0), 1, 0);
	CU_ASSERT_EQUAL(peer_run(&a, 1), 0);
	CU_ASSERT_EQUAL(peer_run(&a, 2), 0);
	CU_ASSERT_EQUAL(peer_run(&b, 3), -EDQUOT);
	CU_ASSERT_EQUAL(peer_run(&b, 3), -EDQUOT);
	CU_ASSERT_EQUAL(peer_run(&a, 4), 0);
	for (i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(peer_run(&c, i), 0);
	rte_vtappliance_stats_get(f.app, &st);
	CU_ASSERT_TRUE(st.over_quota == 2 && st.failed == 2);
	CU_ASSERT_TRUE(said(log, &text, "over a limit: sessions of the domain, at most 2"));
	/* A vaccel that goes gives back its own, and so does a client. */
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(a.dev, a.vaccel), 0);
	CU_ASSERT_EQUAL(peer_run(&b, 3), 0);
	CU_ASSERT_EQUAL(peer_run(&b, 5), 0);
	CU_ASSERT_EQUAL(peer_acquire(&a, 0, 0), 0);
	CU_ASSERT_EQUAL(peer_run(&a, 1), -EDQUOT);
	CU_ASSERT_EQUAL(rte_vinetalk_close(b.dev), 0);
	CU_ASSERT_EQUAL(peer_run(&a, 1), 0);
	/* A client's own bound leaves the rest of the domain's to others. */
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(a.dev, a.vaccel), 0);
	CU_ASSERT_EQUAL(peer_acquire(&a, 0, 1), 0);
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(peer_run(&a, i), 0);
	peer_up(&b, fixture_attach(&f, 0, 1, 0), 1, 0);
	CU_ASSERT_EQUAL(peer_run(&b, 3), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(a.dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(b.dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(c.dev), 0);
	fixture_stop(&f);
	rte_openlog_stream(NULL);
	fclose(log);
	free(text);
}

static void
test_domain(void)
{
	domain(1);
	domain(2);
}

/* What the operator sees of it. */
static void
test_seen(void)
{
	static const char info[] = "/vinetalk/domain/info,seen";
	struct vt_appliance app = { 0 };
	char dom[300], path[200];
	struct peer a, b;
	const char *text;

	if (access(vt_appliance_program(), X_OK) != 0) {
		vt_test_skip_reason("%s is not built", vt_appliance_program());
		return;
	}
	snprintf(path, sizeof(path), "%s/seen.sock", vt_test_tmp_dir());
	snprintf(dom, sizeof(dom), "seen,path=%s,arena=1M,max-sessions=2", path);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&app, (const char *const[]){ "--oversubscribe", "--domain", dom,
		"--accel", "crypto,dev=" DRIVER, NULL }), 0);
	peer_up(&a, fixture_attach_path(path, 1, 0), 0, 5);
	peer_up(&b, fixture_attach_path(path, 1, 0), 0, 0);
	text = vt_appliance_ask(&app, info);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"max_sessions\":2"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"sessions\":0,\"sessions_refused\":0,\"sessions_replaced\":0"));
	CU_ASSERT_PTR_NOT_NULL(strstr(vt_appliance_ask(&app, "/vinetalk/vaccel/info,1/0"), "\"max_sessions\":5"));
	CU_ASSERT_EQUAL(peer_run(&a, 1), 0);
	CU_ASSERT_EQUAL(peer_run(&a, 2), 0);
	CU_ASSERT_EQUAL(peer_run(&a, 3), 0);
	CU_ASSERT_EQUAL(peer_run(&b, 1), -EDQUOT);
	text = vt_appliance_ask(&app, info);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"sessions\":2,\"sessions_refused\":1,\"sessions_replaced\":1"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"over_quota\":1"));
	CU_ASSERT_EQUAL(rte_vinetalk_close(a.dev), 0);
	CU_ASSERT_EQUAL(peer_run(&b, 1), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(vt_appliance_ask(&app, info), "\"sessions\":1,\"sessions_refused\":1"));
	CU_ASSERT_EQUAL(rte_vinetalk_close(b.dev), 0);
	CU_ASSERT_EQUAL(vt_appliance_stop(&app, SIGTERM), 0);
}

static int
setup(void)
{
	if (crypto_missing(DRIVER) != NULL) {
		vt_test_skip_reason(crypto_missing(DRIVER));
		return VT_TEST_SKIPPED;
	}
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "streams that share an account", test_account },
	{ "a stream's own bound", test_own_bound },
	{ "a session for each stream", test_first_ones },
	{ "several workers at a time", test_threads },
	{ "a domain beside another one", test_domain },
	{ "what the operator sees", test_seen },
};

VT_TEST_SUITE(vinetalk_sessions_autotest, setup, NULL, cases);
