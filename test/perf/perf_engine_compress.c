/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * engine: deflate through the appliance, whose poller computes, against one thread on the poller's CPU that
 * calls the same driver with bursts of as many.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_vtaccel_procs.h>

#include "../harness.h"
#include "client.h"

#define BURST PERF_ENGINE_BURST
#define SLOTS PERF_ENGINE_SLOTS
#define ISAL "compress_isal"
#define ZLIB "compress_zlib"
#define LEVEL 1
#define ROOM(bytes) ((bytes) + (bytes) / 8 + 512)

/* Words of a few letters, of which some come again. */
static void
text(uint8_t *at, uint32_t len)
{
	uint32_t i, x = 1, word = 0;

	for (i = 0; i < len; i++) {
		if (i % 6 == 0) {
			x = x * 1664525 + 1013904223;
			word = x >> 22;
		}
		at[i] = i % 6 == 5 ? ' ' : (uint8_t)('a' + (word * (i % 6 + 3) >> 3) % 26);
	}
}

/* ---- through the appliance: a client process ---- */

static int
bench_use(const struct perf_params *params)
{
	/* They stay: a bench compares the pointer. */
	static const char *const accels[] = { "compress,dev=" ISAL ",workers=0", "compress,dev=" ZLIB ",workers=0" };
	struct perf_setup s;

	perf_setup_init(&s, params);
	s.arena_mib = 32;
	s.accel = accels[strcmp(params->engine, ZLIB) == 0];
	return perf_bench_use(PERF_TEST, &s);
}

/* Tasks in the arena, each with data and output of its own. */
static int
tasks_make(struct perf_client *c, struct rte_vinetalk_seg (*segs)[2], uint8_t *data, uint32_t bytes,
		struct rte_vinetalk_task *tasks)
{
	const struct rte_vtaccel_deflate_args args = { .level = LEVEL, .format = RTE_VTACCEL_DEFLATE_RAW };
	struct rte_vinetalk_vaccel_conf conf = { .accel = RTE_VINETALK_ID_ANY };
	uint16_t proc, vaccel;
	unsigned int i;
	int ret;

	ret = rte_vinetalk_proc_get(c->dev, RTE_VTACCEL_PROC_DEFLATE, RTE_VINETALK_ACCEL_COMPRESS, &proc);
	conf.proc = proc;
	if (ret == 0)
		ret = rte_vinetalk_vaccel_acquire(c->dev, &conf, &vaccel);
	for (i = 0; i < SLOTS && ret == 0; i++) {
		uint8_t *at = data + i * ((size_t)bytes + ROOM(bytes));

		text(at, bytes);
		segs[i][0] = (struct rte_vinetalk_seg){ rte_vinetalk_offset(c->dev, at), bytes, 0 };
		segs[i][1] = (struct rte_vinetalk_seg){ rte_vinetalk_offset(c->dev, at + bytes), ROOM(bytes), 0 };
		rte_vinetalk_task_init(&tasks[i], vaccel, proc, i);
		ret = rte_vinetalk_task_segs(c->dev, &tasks[i], segs[i], 1, 1);
		if (ret == 0)
			ret = rte_vinetalk_task_args(c->dev, &tasks[i], &args, sizeof(args));
	}
	return ret;
}

static int
client(struct perf_client *c, const struct perf_job *job, struct perf_result *r)
{
	static struct rte_vinetalk_task tasks[SLOTS];
	const uint32_t bytes = job->params.bytes;
	struct rte_vinetalk_seg (*segs)[2] = rte_vinetalk_alloc(c->dev, SLOTS * sizeof(*segs), 64,
		RTE_VINETALK_PLACE_HOST);
	uint8_t *data = rte_vinetalk_alloc(c->dev, SLOTS * ((size_t)bytes + ROOM(bytes)), 4096,
		RTE_VINETALK_PLACE_HOST);
	int ret = segs != NULL && data != NULL ? 0 : -ENOMEM;

	if (ret == 0)
		ret = tasks_make(c, segs, data, bytes, tasks);
	if (ret == 0) {
		ret = perf_engine_loop(c, job, tasks, r);
		rte_vinetalk_vaccel_release(c->dev, tasks[0].vaccel);
	}
	rte_vinetalk_free(c->dev, data);
	rte_vinetalk_free(c->dev, segs);
	return ret;
}

static int
run(const struct perf_params *params, double seconds, double *values)
{
	struct perf_result r = { 0 };
	int ret = bench_use(params);

	if (ret == 0)
		ret = perf_server_do1(&perf_engine_compress, PERF_TEST, PERF_VINETALK, params, seconds, &r);
	values[0] = ret == 0 ? r.ops / r.seconds : 0;
	return ret;
}

/* ---- one thread by itself ---- */

#ifdef VT_HAVE_COMPRESS

#include <rte_bus_vdev.h>
#include <rte_compressdev.h>
#include <rte_malloc.h>

struct direct {
	const struct perf_params *params;
	double seconds, rate;
	int ret;
	uint8_t id;
	char name[64];
	bool started;
	struct rte_mempool *ops, *mbufs;
	void *xform[BURST]; /* or one for all */
	uint8_t *data;
	struct rte_comp_op *op[SLOTS];
	struct rte_mbuf_ext_shared_info shinfo;
};

/* Made once and used again: compressdevs of 22.11 do not survive that one of a lower number goes. */
static int
device_make(struct direct *d)
{
	struct rte_comp_xform x = { .type = RTE_COMP_COMPRESS };
	struct rte_compressdev_config conf = { .nb_queue_pairs = 1, .max_nb_priv_xforms = BURST };
	const struct rte_compressdev_capabilities *cap;
	unsigned int i;
	int id;

	snprintf(d->name, sizeof(d->name), "%s_direct", d->params->engine);
	id = rte_compressdev_get_dev_id(d->name);
	if (id < 0) {
		if (rte_vdev_init(d->name, "") != 0)
			return -ENOTSUP;
		id = rte_compressdev_get_dev_id(d->name);
	}
	d->id = (uint8_t)id;
	conf.socket_id = rte_compressdev_socket_id(d->id);
	d->ops = rte_comp_op_pool_create("direct_op", SLOTS, 0, 0, SOCKET_ID_ANY);
	d->mbufs = rte_pktmbuf_pool_create("direct_mb", 4 * SLOTS, 0, 0, 0, SOCKET_ID_ANY);
	d->data = rte_zmalloc("direct", SLOTS * ((size_t)d->params->bytes + ROOM(d->params->bytes)), 4096);
	if (d->ops == NULL || d->mbufs == NULL || d->data == NULL)
		return -ENOMEM;
	if (rte_compressdev_configure(d->id, &conf) != 0 ||
			rte_compressdev_queue_pair_setup(d->id, 0, 256, conf.socket_id) != 0 ||
			rte_compressdev_start(d->id) != 0)
		return -EIO;
	d->started = true;
	x.compress.algo = RTE_COMP_ALGO_DEFLATE;
	x.compress.deflate.huffman = RTE_COMP_HUFFMAN_DYNAMIC;
	x.compress.level = LEVEL;
	x.compress.window_size = 15;
	cap = rte_compressdev_capability_get(d->id, RTE_COMP_ALGO_DEFLATE);
	for (i = 0; i < BURST; i++)
		if (i != 0 && (cap->comp_feature_flags & RTE_COMP_FF_SHAREABLE_PRIV_XFORM) != 0)
			d->xform[i] = d->xform[0];
		else if (rte_compressdev_private_xform_create(d->id, &x, &d->xform[i]) != 0)
			return -EIO;
	return 0;
}

/* A chain of one or two. */
static struct rte_mbuf *
attach(struct direct *d, uint8_t *at, uint32_t len)
{
	const uint32_t first = len <= UINT16_MAX ? len : len / 2;
	struct rte_mbuf *m = rte_pktmbuf_alloc(d->mbufs);

	if (m == NULL)
		return NULL;
	rte_pktmbuf_attach_extbuf(m, at, (rte_iova_t)(uintptr_t)at, (uint16_t)first, &d->shinfo);
	m->data_off = 0;
	m->data_len = (uint16_t)first;
	m->pkt_len = len;
	if (first < len) {
		m->next = attach(d, at + first, len - first);
		m->nb_segs = 2;
		if (m->next == NULL)
			return NULL;
	}
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
		uint8_t *at = d->data + i * ((size_t)bytes + ROOM(bytes));
		struct rte_comp_op *op = rte_comp_op_alloc(d->ops);

		if (op == NULL)
			return -ENOMEM;
		text(at, bytes);
		d->op[i] = op;
		op->op_type = RTE_COMP_OP_STATELESS;
		op->private_xform = d->xform[i % BURST];
		op->m_src = attach(d, at, bytes);
		op->m_dst = attach(d, at + bytes, ROOM(bytes));
		op->src.length = bytes;
		op->flush_flag = RTE_COMP_FLUSH_FINAL;
		if (op->m_src == NULL || op->m_dst == NULL)
			return -ENOMEM;
	}
	return 0;
}

static int
direct_loop(struct direct *d)
{
	const uint64_t start = perf_now_ns(), warm = start + (uint64_t)(d->seconds * 1e8),
		end = start + (uint64_t)(d->seconds * 1e9);
	uint64_t now = start, from = 0, from_ns = 0, done = 0;
	struct rte_comp_op *back[BURST];
	uint32_t i, sent, got;

	do {
		struct rte_comp_op **ops = &d->op[done / BURST % 2 * BURST];

		for (i = 0; i < BURST; i++) {
			ops[i]->status = RTE_COMP_OP_STATUS_NOT_PROCESSED;
			ops[i]->consumed = ops[i]->produced = 0;
		}
		for (sent = got = 0; got < BURST; ) {
			sent += rte_compressdev_enqueue_burst(d->id, 0, ops + sent, (uint16_t)(BURST - sent));
			i = rte_compressdev_dequeue_burst(d->id, 0, back, (uint16_t)(BURST - got));
			got += i;
			while (i-- != 0)
				if (back[i]->status != RTE_COMP_OP_STATUS_SUCCESS)
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
	unsigned int i;

	for (i = 0; i < BURST; i++)
		if (d->xform[i] != NULL && (i == 0 || d->xform[i] != d->xform[0]))
			rte_compressdev_private_xform_free(d->id, d->xform[i]);
	if (d->started)
		rte_compressdev_stop(d->id);
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

#define POINT(e, n) { .engine = e, .op = RTE_VTACCEL_PROC_DEFLATE, .bytes = n }
static const struct perf_params points[] = {
	POINT(ISAL, 65536), POINT(ZLIB, 65536), POINT(ISAL, 4096), POINT(ZLIB, 4096),
};

const struct perf_test perf_engine_compress = {
	.name = "engine",
	.help = "deflate on the poller by a compressdev; baseline: one thread that calls its driver",
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
		.nb_points = 2,
		.nb_all_points = RTE_DIM(points),
	},
	.run = run,
	.baseline = baseline,
	.baseline_name = "direct",
	.client = client,
};
