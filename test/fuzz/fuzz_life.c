/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * What an appliance asks of a device beside tasks: stops with tasks in it, abandons, recoveries, limits of streams, maps, and
 * other devices of the same driver, with any arguments.
 */

#include <errno.h>
#include <unistd.h>

#include <rte_common.h>

#include "fault.h"
#include "fault_accel.h"
#include "fuzz_device.h"

#define SMALL 64          /* bytes of a buffer of many */
#define MANY (4096U + 1)  /* more than a device has */

void
probe_one(const char *args)
{
	struct rte_vtaccel *dev;

	fault_begin();
	fault_accel_begin();
	if (rte_vtaccel_probe(args, &dev) == 0)
		rte_vtaccel_remove(dev);
	fault_accel_end();
	fault_end();
}

static void
probe_more(struct device *d, unsigned int which)
{
	static const char *const any[] = { "cpu,workers=1,aside=2", "cpu,workers=1000", "null,type=none", "null,status=5000",
		"null,type=gpu", "none", "null,name=a b", "cpu,workers=" };
	static const char *const crypto[] = { "crypto,dev=crypto_null", "crypto", "crypto,dev=crypto_openssl,workers=2",
		"crypto,dev=crypto_aesni_mb", "crypto,dev=crypto_openssl,all_sessions=1",
		"crypto,dev=a_name_of_a_device_that_is_longer_than_it_may_be_here", "crypto,dev=crypto_openssl,sessions=0" };
	static const char *const compress[] = { "compress,dev=compress_isal", "compress",
		"compress,dev=compress_zlib,workers=2", "compress,dev=crypto_null", "compress,dev=dma_skeleton",
		"compress,dev=compress_isal,depth=0" };
	static const char *const dma[] = { "dma", "dma,dev=dma_skeleton", "dma,dev=crypto_null", "dma,dev=none",
		"dma,dev=a_name_of_a_device_that_is_longer_than_it_may_be_here" };
	static const char *const opencl[] = { "opencl,kernels=/dev/null", "opencl,copy=1,kernels=" KERNELS,
		"opencl,client_kernels=1,unsafe-client-kernels=1,copy=1,kernels=" KERNELS, "opencl,kernels=/",
		"opencl,kernels=" VT_TEST_SOURCE_DIR "/test/opencl" };
	/* What /dev/null has in it. */
	static const char *const texts[] = { "kernel void to_accel(void) { }", "kernel void to_host(void) { }\nkernel void b(void) { }",
		"struct s { int a; }; kernel void shape(global struct s *a) { }", "int none(void) { return 0; }",
		"kernel void a(void) { }" };

	if (d->kind == CRYPTO) {
		probe_one(crypto[which % RTE_DIM(crypto)]);
	} else if (d->kind == COMPRESS) {
		probe_one(compress[which % RTE_DIM(compress)]);
	} else if (d->kind == DMA) {
		probe_one(dma[which % RTE_DIM(dma)]);
	} else if (d->kind == OPENCL) {
		fault_file("/dev/null", texts[(which >> 4) % RTE_DIM(texts)]);
		probe_one(opencl[(which & 15) % RTE_DIM(opencl)]);
		fault_file(NULL, NULL);
	} else {
		probe_one(any[which % RTE_DIM(any)]);
	}
}

/* As many tasks as it takes, which are stopped, given up, or waited for; a start before they are back is refused. */
static void
flood(struct fuzz_in *in, struct device *d)
{
	const bool failed = __atomic_load_n(&d->dev->state, __ATOMIC_RELAXED) == RTE_VINETALK_ACCEL_FAILED;
	const uint8_t how = fuzz_u8(in) & (failed ? 1 : 3);
	struct rte_vtaccel_task *t = task_make(in, d, &tasks[0]), *one;
	unsigned int i;

	for (i = 1; i < MAX_TASKS; i++) {
		tasks[i] = tasks[0];
		tasks[i].t.segs = tasks[i].segs;
		tasks[i].t.args = tasks[i].args;
	}
	remember();
	for (i = 0; i < MAX_TASKS; i++) {
		one = &tasks[i].t;
		if (rte_vtaccel_enqueue_burst(d->dev, &one, 1) != 1)
			break;
	}
	if ((how & 1) != 0 && i != 0)
		(void)rte_vtaccel_abandon(d->dev, &tasks[i / 2].t);
	if (how & 2) {
		rte_vtaccel_stop(d->dev);
		if (i != 0)
			FUZZ_CHECK(rte_vtaccel_start(d->dev) == -EBUSY);
		FUZZ_CHECK(rte_vtaccel_enqueue_burst(d->dev, &t, 1) == 0);
	}
	collect(d, i);
	FUZZ_CHECK(rte_vtaccel_dequeue_burst(d->dev, &one, 1) == 0);
	if (how & 2)
		FUZZ_CHECK(rte_vtaccel_start(d->dev) == 0);
	compare(1);
}

/* The main stream again, with limits; or with faults: then without any. */
static void
limit(struct fuzz_in *in, struct device *d)
{
	const uint8_t how = fuzz_u8(in);
	int ret;

	rte_vtaccel_stream_close(&d->stream);
	d->is_open = false;
	fault_begin();
	fault_accel_begin();
	ret = rte_vtaccel_stream_open(d->dev, &d->stream);
	fault_accel_end();
	fault_end();
	if (ret != 0)
		FUZZ_CHECK(rte_vtaccel_stream_open(d->dev, &d->stream) == 0);
	d->is_open = true;
	memset(&d->account, 0, sizeof(d->account));
	d->account.max = how & 3;
	if (how & 4)
		d->stream.account = &d->account;
	d->stream.max_sessions = how >> 3 & 3;
	if (how & 0x20)
		d->stream.flags = RTE_VTACCEL_STREAM_F_ABANDON;
}

static void
more(struct fuzz_in *in, struct device *d)
{
	const uint8_t how = fuzz_u8(in);

	if (d->more_open) {
		rte_vtaccel_stream_close(&d->more);
		d->more_open = false;
	} else if (rte_vtaccel_stream_open(d->dev, &d->more) == 0) {
		d->more_open = true;
		if (how & 1)
			d->more.account = &d->account;
	}
}

/* More streams than it has place for. */
static void
streams(struct device *d)
{
	struct rte_vtaccel_stream some[4];
	unsigned int i, nb;

	for (nb = 0; nb < RTE_DIM(some) && rte_vtaccel_stream_open(d->dev, &some[nb]) == 0; nb++)
		;
	for (i = 0; i < nb; i++)
		rte_vtaccel_stream_close(&some[i]);
}

/* It fails, as if another task had found so, and is made to work again. */
static void
fail(struct fuzz_in *in, struct device *d)
{
	if (d->dev->ops->recover == NULL)
		return;
	__atomic_store_n(&d->dev->state, RTE_VINETALK_ACCEL_FAILED, __ATOMIC_RELAXED);
	/* Tasks are refused meanwhile. */
	if (fuzz_u8(in) & 1)
		flood(in, d);
	fault_begin();
	fault_accel_begin();
	(void)recover(d);
	fault_accel_end();
	fault_end();
	set_right(d);
}

/* More buffers than it takes. */
static void
buffers(struct device *d)
{
	unsigned int i;

	if (d->dev->ops->buf_add == NULL)
		return;
	for (i = 0; i < MANY; i++)
		if (d->dev->ops->buf_add(d->dev, arena + i * SMALL, SMALL, false) != 0)
			break;
	while (i-- != 0)
		(void)d->dev->ops->buf_del(d->dev, arena + i * SMALL);
}

static void
buffer(struct fuzz_in *in, struct device *d)
{
	const uint32_t at = (fuzz_u8(in) & 15) * 4096U;

	if (d->dev->ops->buf_add == NULL)
		return;
	fault_begin();
	fault_accel_begin();
	(void)d->dev->ops->buf_add(d->dev, arena + at, 4096, false);
	fault_accel_end();
	fault_end();
}

static void
memory(struct fuzz_in *in, struct device *d)
{
	const uint32_t at = (fuzz_u8(in) & 15) * 4096U;

	if (rte_vtaccel_mem_add(d->dev, arena + at, 4096) == 0)
		rte_vtaccel_mem_del(d->dev, arena + at);
	rte_vtaccel_mem_del(d->dev, arena + at + 1);
}

void
life(struct fuzz_in *in, struct device *d, unsigned int what)
{
	unsigned int i;

	switch (what & 15) {
	case 1:
		flood(in, d);
		break;
	case 2:
		limit(in, d);
		break;
	case 3:
		more(in, d);
		break;
	case 4:
		fail(in, d);
		break;
	case 5:
		memory(in, d);
		break;
	case 6:
		probe_more(d, fuzz_u8(in));
		break;
	case 7:
		buffers(d);
		break;
	case 8:
		buffer(in, d);
		break;
	case 9:
		streams(d);
		break;
	default:
		for (i = 0; d->dev->ops->equal != NULL && i < nb_all; i++)
			if (all[i].dev != NULL && all[i].dev->ops == d->dev->ops)
				(void)d->dev->ops->equal(d->dev, all[i].dev);
	}
}

void
life_end(struct device *d)
{
	if (d->more_open)
		rte_vtaccel_stream_close(&d->more);
	d->more_open = false;
}
