/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * engine: AES-256-GCM through the appliance, whose poller computes, against one thread on the poller's CPU that
 * calls the same driver with bursts of as many.
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_vtaccel_crypto.h>

#include "../harness.h"
#include "client.h"

#define BURST PERF_ENGINE_BURST
#define SLOTS PERF_ENGINE_SLOTS
#define KEY 32
#define IV 12
#define TAG 16
#define OPENSSL "crypto_openssl"
#define AESNI "crypto_aesni_mb"
#define GCM "aes_256_gcm_encrypt"

/* ---- through the appliance: a client process ---- */

static int
bench_use(const struct perf_params *params)
{
	/* They stay: a bench compares the pointer. */
	static const char *const accels[] = { "crypto,dev=" OPENSSL ",workers=0", "crypto,dev=" AESNI ",workers=0" };
	struct perf_setup s;

	perf_setup_init(&s, params);
	s.arena_mib = 32;
	s.accel = accels[strcmp(params->engine, AESNI) == 0];
	return perf_bench_use(PERF_TEST, &s);
}

#define ARGS (sizeof(struct rte_vtaccel_crypto_args) + KEY + IV)
/* Of data, and of an output with its tag. Those of whole pages begin on pages, as those of the baseline do. */
#define PLACE(bytes) (2 * (size_t)(bytes) + ((bytes) % 4096 == 0 ? 4096 : 64))

/* Tasks in the arena: for each data and output of its own, with the tag behind that. */
static int
tasks_make(struct perf_client *c, struct rte_vtaccel_crypto_args *args, uint8_t *data, uint32_t bytes,
		struct rte_vinetalk_task *tasks)
{
	struct rte_vinetalk_vaccel_conf conf = { .accel = RTE_VINETALK_ID_ANY };
	uint16_t proc, vaccel;
	unsigned int i;
	int ret;

	ret = rte_vinetalk_proc_get(c->dev, RTE_VTACCEL_PROC_AES_GCM_ENCRYPT, RTE_VINETALK_ACCEL_CRYPTO, &proc);
	conf.proc = proc;
	if (ret == 0)
		ret = rte_vinetalk_vaccel_acquire(c->dev, &conf, &vaccel);
	if (ret != 0)
		return ret;
	memset(args, 0, ARGS);
	args->key_len = KEY;
	args->iv_len = IV;
	for (i = 0; i < SLOTS && ret == 0; i++) {
		uint8_t *at = data + i * PLACE(bytes);

		memset(at, (int)i, bytes);
		rte_vinetalk_task_init(&tasks[i], vaccel, proc, i);
		ret = rte_vinetalk_task_in(c->dev, &tasks[i], at, bytes);
		if (ret == 0)
			ret = rte_vinetalk_task_out(c->dev, &tasks[i], at + bytes, bytes + TAG);
		if (ret == 0)
			ret = rte_vinetalk_task_args_ref(c->dev, &tasks[i], args, ARGS);
	}
	return ret;
}

int
perf_engine_loop(struct perf_client *c, const struct perf_job *job, struct rte_vinetalk_task *tasks,
		struct perf_result *r)
{
	const struct perf_window w = perf_window(c, job);
	uint64_t now, from = 0, from_tsc = 0;
	uint16_t n, i;

	do {
		if (c->next_in - c->next_out <= SLOTS - BURST)
			c->next_in += rte_vinetalk_enqueue_burst(c->dev, 0, &tasks[c->next_in % SLOTS],
				(uint16_t)RTE_MIN((uint64_t)BURST, SLOTS - c->next_in % SLOTS));
		n = rte_vinetalk_dequeue_burst(c->dev, 0, c->completions, BURST);
		for (i = 0; i < n; i++)
			c->wrong |= (uint32_t)c->completions[i].status;
		c->next_out += n;
		now = rte_rdtsc();
		if (now > w.limit)
			return -ETIMEDOUT;
		if (from_tsc == 0 && now >= w.warm && c->next_out != 0) {
			from = c->next_out;
			from_tsc = now;
		}
	} while (now < w.end || c->next_out == from);
	r->ops = (double)(c->next_out - from);
	r->seconds = (double)(now - from_tsc) / c->hz;
	while (c->next_out != c->next_in && rte_rdtsc() < w.limit)
		c->next_out += rte_vinetalk_dequeue_burst(c->dev, 0, c->completions, BURST);
	return c->next_out != c->next_in ? -ETIMEDOUT : 0;
}

static int
client(struct perf_client *c, const struct perf_job *job, struct perf_result *r)
{
	static struct rte_vinetalk_task tasks[SLOTS];
	const uint32_t bytes = job->params.bytes;
	struct rte_vtaccel_crypto_args *args = rte_vinetalk_alloc(c->dev, ARGS, 64, RTE_VINETALK_PLACE_HOST);
	uint8_t *data = rte_vinetalk_alloc(c->dev, SLOTS * PLACE(bytes), 4096, RTE_VINETALK_PLACE_HOST);
	int ret = args != NULL && data != NULL ? 0 : -ENOMEM;

	if (ret == 0)
		ret = tasks_make(c, args, data, bytes, tasks);
	if (ret == 0) {
		ret = perf_engine_loop(c, job, tasks, r);
		rte_vinetalk_vaccel_release(c->dev, tasks[0].vaccel);
	}
	rte_vinetalk_free(c->dev, data);
	rte_vinetalk_free(c->dev, args);
	return ret;
}

static int
run(const struct perf_params *params, double seconds, double *values)
{
	struct perf_result r = { 0 };
	int ret = bench_use(params);

	if (ret == 0)
		ret = perf_server_do1(&perf_engine_crypto, PERF_TEST, PERF_VINETALK, params, seconds, &r);
	values[0] = ret == 0 ? r.ops / r.seconds : 0;
	return ret;
}

/* ---- one thread by itself ---- */

int
perf_engine_alone(void *(*body)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;
	cpu_set_t cpus;
	int ret;

	CPU_ZERO(&cpus);
	CPU_SET((unsigned int)perf_server_cpu(), &cpus);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	/* The poller's thread sleeps: its naps would take a part of the processor. */
	perf_server_switch(PERF_EVENTFD, NULL, false);
	ret = -pthread_create(&thread, &attr, body, arg);
	if (ret == 0)
		pthread_join(thread, NULL);
	perf_server_switch(PERF_NONE, NULL, false);
	pthread_attr_destroy(&attr);
	return ret;
}

#ifdef VT_HAVE_CRYPTO

#include <rte_bus_vdev.h>
#include <rte_cryptodev.h>
#include <rte_malloc.h>

#define PIECE 61440 /* of data that is too long for one mbuf */
#define OP_OFFSET (sizeof(struct rte_crypto_op) + sizeof(struct rte_crypto_sym_op))

struct direct {
	const struct perf_params *params;
	double seconds, rate;
	int ret;
	uint8_t id;
	char name[64];
	bool made;
	struct rte_mempool *ops, *mbufs, *sessions;
	void *session;
	uint8_t *data;
	struct rte_crypto_op *op[SLOTS];
	struct rte_mbuf_ext_shared_info shinfo;
};

static int
device_make(struct direct *d)
{
	struct rte_crypto_sym_xform x = { .type = RTE_CRYPTO_SYM_XFORM_AEAD };
	struct rte_cryptodev_config conf = { .nb_queue_pairs = 1 };
	struct rte_cryptodev_qp_conf qp = { .nb_descriptors = 256 };
	static uint8_t key[KEY];

	snprintf(d->name, sizeof(d->name), "%s_direct", d->params->engine);
	if (rte_vdev_init(d->name, "max_nb_queue_pairs=1") != 0)
		return -ENOTSUP;
	d->made = true;
	d->id = (uint8_t)rte_cryptodev_get_dev_id(d->name);
	conf.socket_id = rte_cryptodev_socket_id(d->id);
	d->ops = rte_crypto_op_pool_create("direct_op", RTE_CRYPTO_OP_TYPE_SYMMETRIC, SLOTS, 0, IV + TAG,
		SOCKET_ID_ANY);
	d->mbufs = rte_pktmbuf_pool_create("direct_mb", 4 * SLOTS, 0, 0, 0, SOCKET_ID_ANY);
	d->sessions = rte_cryptodev_sym_session_pool_create("direct_se", 4,
		rte_cryptodev_sym_get_private_session_size(d->id), 0, 0, SOCKET_ID_ANY);
	d->data = rte_zmalloc("direct", 2 * (size_t)SLOTS * d->params->bytes, 4096);
	if (d->ops == NULL || d->mbufs == NULL || d->sessions == NULL || d->data == NULL)
		return -ENOMEM;
	qp.mp_session = d->sessions;
	if (rte_cryptodev_configure(d->id, &conf) != 0 ||
			rte_cryptodev_queue_pair_setup(d->id, 0, &qp, conf.socket_id) != 0 ||
			rte_cryptodev_start(d->id) != 0)
		return -EIO;
	x.aead.op = RTE_CRYPTO_AEAD_OP_ENCRYPT;
	x.aead.algo = RTE_CRYPTO_AEAD_AES_GCM;
	x.aead.key.data = key;
	x.aead.key.length = KEY;
	x.aead.iv.offset = OP_OFFSET;
	x.aead.iv.length = IV;
	x.aead.digest_length = TAG;
	d->session = rte_cryptodev_sym_session_create(d->id, &x, d->sessions);
	return d->session != NULL ? 0 : -EIO;
}

static struct rte_mbuf *
attach(struct direct *d, uint8_t *at, uint32_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(d->mbufs);

	if (m == NULL)
		return NULL;
	rte_pktmbuf_attach_extbuf(m, at, (rte_iova_t)(uintptr_t)at, (uint16_t)RTE_MIN(len, (uint32_t)UINT16_MAX),
		&d->shinfo);
	m->data_off = 0;
	m->data_len = (uint16_t)RTE_MIN(len, (uint32_t)UINT16_MAX);
	m->pkt_len = len;
	return m;
}

static void
nothing(void *addr, void *opaque)
{
	RTE_SET_USED(addr);
	RTE_SET_USED(opaque);
}

static int
ops_make(struct direct *d)
{
	const uint32_t bytes = d->params->bytes;
	unsigned int i;

	d->shinfo.free_cb = nothing;
	rte_mbuf_ext_refcnt_set(&d->shinfo, UINT16_MAX / 2);
	for (i = 0; i < SLOTS; i++) {
		uint8_t *at = d->data + 2 * (size_t)i * bytes;
		struct rte_crypto_sym_op *sym;

		d->op[i] = rte_crypto_op_alloc(d->ops, RTE_CRYPTO_OP_TYPE_SYMMETRIC);
		if (d->op[i] == NULL)
			return -ENOMEM;
		sym = d->op[i]->sym;
		memset(sym, 0, sizeof(*sym));
		rte_crypto_op_attach_sym_session(d->op[i], d->session);
		sym->m_src = attach(d, at, bytes);
		sym->m_dst = attach(d, at + bytes, bytes);
		if (sym->m_src == NULL || sym->m_dst == NULL)
			return -ENOMEM;
		if (bytes > UINT16_MAX) {
			sym->m_src->data_len = PIECE;
			sym->m_src->next = attach(d, at + PIECE, bytes - PIECE);
			if (sym->m_src->next == NULL)
				return -ENOMEM;
			sym->m_src->nb_segs = 2;
		}
		sym->aead.data.length = bytes;
		sym->aead.digest.data = rte_crypto_op_ctod_offset(d->op[i], uint8_t *, OP_OFFSET + IV);
	}
	return 0;
}

/* Bursts of as many as the appliance's, with what each operation has of its own set anew. */
static int
direct_loop(struct direct *d)
{
	const uint64_t start = perf_now_ns(), warm = start + (uint64_t)(d->seconds * 1e8),
		end = start + (uint64_t)(d->seconds * 1e9);
	uint64_t now = start, from = 0, from_ns = 0, done = 0;
	struct rte_crypto_op *back[BURST];
	uint32_t i, sent, got;

	do {
		struct rte_crypto_op **ops = &d->op[done / BURST % 2 * BURST];

		for (i = 0; i < BURST; i++) {
			ops[i]->status = RTE_CRYPTO_OP_STATUS_NOT_PROCESSED;
			memset(rte_crypto_op_ctod_offset(ops[i], uint8_t *, OP_OFFSET), 0, IV);
		}
		for (sent = got = 0; got < BURST; ) {
			sent += rte_cryptodev_enqueue_burst(d->id, 0, ops + sent, (uint16_t)(BURST - sent));
			i = rte_cryptodev_dequeue_burst(d->id, 0, back, (uint16_t)(BURST - got));
			got += i;
			while (i-- != 0)
				if (back[i]->status != RTE_CRYPTO_OP_STATUS_SUCCESS)
					return -EIO;
			now = perf_now_ns();
			if (now > end + UINT64_C(5000000000))
				return -ETIMEDOUT;
		}
		done += BURST;
		if (from_ns == 0 && now >= warm) {
			from = done;
			from_ns = now;
		}
	} while (now < end || done == from);
	d->rate = (double)(done - from) * 1e9 / (double)(now - from_ns);
	return 0;
}

static void
device_free(struct direct *d)
{
	if (d->session != NULL)
		rte_cryptodev_sym_session_free(d->id, d->session);
	if (d->made) {
		rte_cryptodev_stop(d->id);
		rte_cryptodev_close(d->id);
		rte_vdev_uninit(d->name);
	}
	rte_mempool_free(d->sessions);
	rte_mempool_free(d->ops);
	rte_mempool_free(d->mbufs);
	rte_free(d->data);
}

static void *
direct_main(void *arg)
{
	struct direct *d = arg;

	d->ret = device_make(d);
	if (d->ret == 0)
		d->ret = ops_make(d);
	if (d->ret == 0)
		d->ret = direct_loop(d);
	device_free(d);
	return NULL;
}

static int
baseline(const struct perf_params *params, double seconds, double *values)
{
	struct direct d = { .params = params, .seconds = seconds };
	int ret = bench_use(params);

	if (ret == 0)
		ret = perf_engine_alone(direct_main, &d);
	values[0] = d.rate;
	return ret != 0 ? ret : d.ret;
}

#else

static int
baseline(const struct perf_params *params, double seconds, double *values)
{
	RTE_SET_USED(params);
	RTE_SET_USED(seconds);
	RTE_SET_USED(values);
	return -ENOTSUP;
}

#endif

#define POINT(e, n) { .engine = e, .op = GCM, .bytes = n }
static const struct perf_params points[] = {
	POINT(OPENSSL, 64), POINT(OPENSSL, 4096), POINT(OPENSSL, 65536),
	POINT(OPENSSL, 1024), POINT(OPENSSL, 16384),
	POINT(AESNI, 64), POINT(AESNI, 1024), POINT(AESNI, 4096), POINT(AESNI, 16384),
};

const struct perf_test perf_engine_crypto = {
	.name = "engine",
	.help = "AES-256-GCM on the poller by a cryptodev; baseline: one thread that calls its driver",
	.metrics = { { "ops_per_s", "1/s" } },
	.fields = PERF_F_ENGINE,
	.space = {
		.layouts = 1u << RTE_VTREGION_THREAD,
		.all_layouts = PERF_ALL_LAYOUTS,
		.syncs = 1u << RTE_VTREGION_SYNC_RTS,
		.all_syncs = 1u << RTE_VTREGION_SYNC_RTS,
		.idles = 1u << RTE_VTAPPLIANCE_IDLE_POLL,
		.all_idles = PERF_ALL_IDLES,
		.bursts = 1u << 3,
		.all_bursts = 1u << 3,
		.points = points,
		.nb_points = 3,
		.nb_all_points = RTE_DIM(points),
	},
	.run = run,
	.baseline = baseline,
	.baseline_name = "direct",
	.client = client,
};
