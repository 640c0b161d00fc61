/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Each driver of accelerators with tasks that may be anything: argument blocks, segments that overlap, any lengths.
 * Target `device` has null, cpu, crypto, compress and dma, target `opencl` the one whose tasks take long.
 * What a task is not given to write is as before, and each task comes back.
 */

#include <errno.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_vtaccel.h>
#include <rte_vtaccel_crypto.h>
#include <rte_vtaccel_opencl.h>

#include "../../drivers/accel/null/rte_vtaccel_null.h"
#include "fault.h"
#include "fault_accel.h"
#include "fuzz_device.h"
#include "fuzz_odd.h"

#define LARGE (70U << 20) /* more than any of them takes */
#define MEDIUM (5U << 18) /* more than any of them keeps */
#define BURST 4
#define MAX_STEPS 8
#define PATIENCE_S 10
/* A first byte from here on chooses one of the devices that came later. */
#define MORE 0xf0

static struct device devices[] = {
	{ .devargs = "null", .kind = NULLS },
	{ .devargs = "cpu,workers=1,inline=64" },
	{ .devargs = "crypto,dev=crypto_openssl,workers=0,sessions=2,all_sessions=3", .kind = CRYPTO },
	{ .devargs = "crypto,dev=crypto_aesni_mb,workers=0,sessions=2", .kind = CRYPTO },
	{ .devargs = "compress,dev=compress_zlib,workers=0", .kind = COMPRESS },
	{ .devargs = "compress,dev=compress_isal,workers=0", .kind = COMPRESS },
	{ .devargs = "dma,dev=dma_skeleton,depth=32", .kind = DMA, .hardware = true },
	/* Those that came later. */
	{ .devargs = "crypto,dev=crypto_openssl,workers=0,sessions=2,all_sessions=3", .kind = CRYPTO, .hardware = true },
	{ .devargs = "compress,dev=compress_isal,workers=0", .kind = COMPRESS, .hardware = true },
	{ .devargs = "compress,dev=compress_zlib,workers=1,inline=0", .kind = COMPRESS },
	{ .devargs = "crypto,dev=crypto_openssl,workers=1,inline=0", .kind = CRYPTO },
};
#define NB_DEVICES 7

static struct device cl_devices[] = {
	{ .devargs = "opencl,depth=8,max_items=4096,kernels=" KERNELS, .kind = OPENCL },
	{ .devargs = "opencl,depth=8,max_items=4096,copy=1,task_memory=3000,client_kernels=1,unsafe-client-kernels=1,"
		"client_programs=3,kernels=" KERNELS, .kind = OPENCL },
	/* Those that came later. */
	{ .devargs = "opencl,depth=64,copy=1,client_kernels=1,unsafe-client-kernels=1,kernels=" KERNELS, .kind = OPENCL },
};
#define NB_CL_DEVICES 2

struct device *all;
unsigned int nb_all;
static unsigned int nb_first;
uint8_t *arena;
static uint8_t *before, *large, *medium;
static bool may_hang;
struct task tasks[MAX_TASKS];

/* What devices hold in memory of DPDK's, the sanitizer does not see. */
static void
close_devices(void)
{
	unsigned int i;

	for (i = 0; i < nb_all; i++) {
		if (all[i].dev == NULL)
			continue;
		rte_vtaccel_stop(all[i].dev);
		if (all[i].is_open)
			rte_vtaccel_stream_close(&all[i].stream);
		rte_vtaccel_remove(all[i].dev);
	}
}

static void
told(void *arg)
{
	__atomic_fetch_add((uint32_t *)arg, 1, __ATOMIC_RELAXED);
}

/* The main stream, as if it were the first. */
static void
stream_open(struct device *d)
{
	if (d->is_open)
		rte_vtaccel_stream_close(&d->stream);
	FUZZ_CHECK(rte_vtaccel_stream_open(d->dev, &d->stream) == 0);
	d->is_open = true;
}

static void
open_devices(struct device *devs, unsigned int nb, unsigned int nb_before)
{
	unsigned int i;

	fuzz_eal();
	arena = aligned_alloc(4096, ARENA);
	before = malloc(ARENA);
	large = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	medium = mmap(NULL, MEDIUM, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	FUZZ_CHECK(large != MAP_FAILED && medium != MAP_FAILED);
	FUZZ_CHECK(arena != NULL && before != NULL);
	memset(arena, 0, ARENA);
	for (i = 0; i < nb; i++) {
		struct device *d = &devs[i];

		/* What is not built here, or has no device, is left out: the coverage says so. */
		fault_accel_hardware(d->hardware);
		if (rte_vtaccel_probe(d->devargs, &d->dev) != 0) {
			fprintf(stderr, "not here: %s\n", d->devargs);
			d->dev = NULL;
			continue;
		}
		d->dev->notify = told;
		d->dev->notify_arg = &d->nb_told;
		FUZZ_CHECK(rte_vtaccel_start(d->dev) == 0);
		stream_open(d);
	}
	fault_accel_hardware(false);
	all = devs;
	nb_all = nb;
	nb_first = nb_before;
	FUZZ_CHECK(atexit(close_devices) == 0);
}

static void
init(void)
{
	open_devices(devices, RTE_DIM(devices), NB_DEVICES);
}

static void
init_opencl(void)
{
	open_devices(cl_devices, RTE_DIM(cl_devices), NB_CL_DEVICES);
}

/* ---- arguments that are nearly right ---- */

static uint32_t
crypto_args(struct fuzz_in *in, void *at)
{
	static const uint16_t keys[] = { 16, 32, 0, 20, 24, 64, 200, 256, 300, 1 };
	static const uint16_t ivs[] = { 12, 16, 0, 8, 17, 13 };
	static const uint16_t aads[] = { 0, 13, 16, 1, 64 };
	static const uint16_t tags[] = { 0, 16, 12, 20, 32, 64, 65, 8, 1 };
	struct rte_vtaccel_crypto_args *a = at;
	const uint8_t odd = fuzz_u8(in);
	uint32_t len;

	memset(a, 0, sizeof(*a));
	a->key_len = keys[fuzz_u8(in) % RTE_DIM(keys)];
	a->iv_len = ivs[fuzz_u8(in) % RTE_DIM(ivs)];
	a->aad_len = aads[fuzz_u8(in) % RTE_DIM(aads)];
	a->tag_len = tags[fuzz_u8(in) % RTE_DIM(tags)];
	len = (uint32_t)sizeof(*a) + a->key_len + a->iv_len + a->aad_len;
	memset(a->bytes, fuzz_u8(in) & 3, RTE_MIN(len, (uint32_t)ARGS_LEN) - sizeof(*a));
	if (odd & 0x80)
		a->reserved[odd % RTE_DIM(a->reserved)] = 1;
	return (odd & 0x60) == 0x60 ? len - (odd & 31) : len;
}

static uint32_t
opencl_args(struct fuzz_in *in, void *at, const struct rte_vtaccel_proc *proc)
{
	struct rte_vtaccel_opencl_args *a = at;
	const uint8_t form = fuzz_u8(in);
	const uint32_t more = proc->max_args - RTE_MIN(proc->max_args, (uint32_t)sizeof(*a));
	unsigned int i;

	memset(a, 0, sizeof(*a));
	a->dims = form & 4 ? fuzz_u8(in) : (form & 3) % 3 + 1;
	if (form & 8)
		a->kernel = fuzz_u8(in) % 8;
	/* Few sizes: each one of a group is compiled. */
	for (i = 0; i < 3; i++) {
		if (i < a->dims || (form & 0x40))
			a->global[i] = form & 0x10 ? fuzz_u8(in) : 16;
		if (form & 0x20 && (i < a->dims || (form & 0x80)))
			a->local[i] = 1U << (fuzz_u8(in) % 4);
	}
	/* In a task of cl_call: as many as the client's kernels below may take. */
	fuzz_take(in, a + 1, RTE_MIN(more, 64U));
	return (uint32_t)sizeof(*a) + (proc->min_args == proc->max_args ? more : (form & 8) != 0 ? 4 : 0);
}

static uint32_t
args_make(struct fuzz_in *in, enum kind kind, const struct rte_vtaccel_proc *proc, void *at)
{
	const uint8_t form = fuzz_u8(in);
	uint32_t len = 0;

	memset(at, 0, ARGS_LEN);
	if ((form & 7) != 0 && kind == CRYPTO) {
		len = crypto_args(in, at);
	} else if ((form & 7) != 0 && kind == OPENCL && proc->max_args != 0) {
		len = opencl_args(in, at, proc);
	} else {
		len = form & 0x10 ? fuzz_u16(in) % (ARGS_LEN + 1) : proc->min_args;
		fuzz_take(in, at, RTE_MIN(len, (uint32_t)ARGS_LEN));
		/* More than a task can have, for the one that looks at nothing else. */
		if (kind == NULLS && (form & 0x40) != 0)
			return RTE_VINETALK_MAX_ARGS + 1;
		if (kind == COMPRESS && (form & 0x20) == 0) {
			((uint32_t *)at)[0] &= 15;
			((uint32_t *)at)[1] &= 3;
		}
	}
	return RTE_MIN(len, (uint32_t)ARGS_LEN);
}

/* ---- segments ---- */

static void
seg_make(struct fuzz_in *in, struct rte_vtaccel_seg *seg, unsigned int i, bool output)
{
	const uint8_t form = fuzz_u8(in);
	uint32_t len = form & 1 ? 64 : form & 2 ? fuzz_u16(in) : fuzz_u8(in);
	uint32_t at = form & 4 ? fuzz_u16(in) * 4U : i * 16384U;

	if (form & 8)
		len *= 4;
	if (form & 0x10)
		at &= ~511U;
	at %= ARENA - 65536 * 5;
	seg->addr = arena + at;
	seg->len = len;
	seg->reserved = 0;
	if ((form & 0xe4) == 0xe4) {
		seg->addr = large;
		seg->len = LARGE - 4096U * (form & 1);
		return;
	}
	if (!output && (form & 0xd8) == 0xd8) {
		seg->addr = medium;
		seg->len = MEDIUM;
		return;
	}
	if (!output && (form & 0x20) != 0)
		fuzz_take(in, seg->addr, RTE_MIN(len, (uint32_t)form));
}

static const char *const sources[] = {
	"kernel void one(global int *a, int b) { a[get_global_id(0)] = b; }",
	"kernel void two(global const uchar *a, uint a_len, global uchar *b, ulong b_len) { }\n"
		"kernel void three(local float *l, float4 v) { }",
	"int none(void) { return 0; }",
	"kernel void bad(global int *a) { a[0] = ; }",
	"kernel void deep(global struct unknown *a) { }",
	"struct s { int a; }; kernel void shape(global struct s *a) { }",
	"struct s { int a; }; kernel void value(struct s a) { }",
	"kernel void a_name_of_a_kernel_that_is_longer_than_anybody_would_ever_want_to_write_it_out_in_full(void) { }",
	"kernel void many(global int *a, global int *b, global int *c, global int *d, global int *e, global int *f,"
		" global int *g, global int *h, global int *i, global int *j, global int *k, global int *l, global int *m,"
		" global int *n, global int *o, global int *p, global int *q) { }",
	"kernel void large(double16 a, double16 b, double16 c, double16 d, double16 e) { }",
	"#include <stdio.h>\n",
	"\x03\x02\x23\x07",
	"kernel void k1(void) { } kernel void k2(void) { } kernel void k3(void) { } kernel void k4(void) { }"
		"kernel void k5(void) { } kernel void k6(void) { } kernel void k7(void) { } kernel void k8(void) { }",
};

static const char *const more_sources[] = {
	"kernel void odd(global int *a, uint a_len, uint b_len, int c, uint c_len, ulong x) { }",
	("kernel void all(double16 a, double16 b, double16 c, double16 d, double16 e, double16 f, double16 g, double16 h,"
		" double16 i, double16 j, double16 k, double16 l, double16 m, double16 n, double16 o, double16 p,"
		" double16 q, double16 r, double16 s, double16 t, double16 u, double16 v, double16 w, double16 x,"
		" double16 y, double16 z, double16 aa, double16 ab, double16 ac, double16 ad, double16 ae, double16 af) { }"),
	"kernel void sum(global const int *a, global int *b, local int *l) { b[get_global_id(0)] = a[get_global_id(0)]; }",
	("struct s; kernel void good(global int *a) { a[get_global_id(0)] = 1; }\nkernel void bad(global struct s *a) { }"
		"\nkernel void behind(global int *a) { }"),
};

/* The source of a program, which the platform compiles if it is let through. */
static void
source_make(struct fuzz_in *in, struct rte_vtaccel_seg *seg)
{
	const uint8_t form = fuzz_u8(in);
	const char *text = sources[form % RTE_DIM(sources)];

	if ((form & 0x40) != 0)
		text = more_sources[form % RTE_DIM(more_sources)];
	if (form & 0x80)
		return; /* what stands there */
	seg->len = (uint32_t)strlen(text);
	memcpy(seg->addr, text, seg->len);
}

struct rte_vtaccel_task *
task_make(struct fuzz_in *in, struct device *d, struct task *task)
{
	const uint8_t which = fuzz_u8(in), shape = fuzz_u8(in);
	const struct rte_vtaccel_proc *proc;
	struct rte_vtaccel_task *t = &task->t;
	unsigned int nb = 0, i;

	while (d->dev->ops->proc_at(d->dev, nb) != NULL)
		nb++;
	FUZZ_CHECK(nb != 0);
	proc = d->dev->ops->proc_at(d->dev, which % nb);
	memset(t, 0, sizeof(*t));
	t->proc = proc;
	t->stream = d->more_open && (which & 0x80) != 0 ? &d->more : &d->stream;
	t->segs = task->segs;
	t->args = task->args;
	t->args_len = args_make(in, d->kind, proc, task->args);
	t->nb_in = proc->min_in + (shape & 1 && proc->max_in > proc->min_in);
	t->nb_out = proc->min_out + (shape & 2 && proc->max_out > proc->min_out);
	if (shape & 4) {
		t->nb_in = shape >> 4 & 3;
		t->nb_out = shape >> 6;
	}
	for (i = 0; i < (unsigned int)t->nb_in + t->nb_out; i++) {
		seg_make(in, &task->segs[i], i, i >= t->nb_in);
		t->bytes += task->segs[i].len;
	}
	/* In place. */
	if ((shape & 8) != 0 && t->nb_in != 0 && t->nb_out != 0 && task->segs[0].addr != medium)
		task->segs[t->nb_in] = task->segs[0];
	if (strcmp(proc->name, RTE_VTACCEL_PROC_CL_BUILD) == 0 && t->nb_in != 0)
		source_make(in, &task->segs[0]);
	task->out = true;
	return t;
}

/* ---- running ---- */

void
collect(struct device *d, unsigned int nb)
{
	struct rte_vtaccel_task *back[BURST];
	const time_t limit = time(NULL) + PATIENCE_S;
	struct task *task;
	unsigned int got = 0, n, i;

	while (got < nb) {
		n = rte_vtaccel_dequeue_burst(d->dev, back, BURST);
		for (i = 0; i < n; i++) {
			task = (struct task *)back[i];
			FUZZ_CHECK(task >= tasks && task < &tasks[MAX_TASKS] && task->out);
			FUZZ_CHECK(task->t.status <= 0 && task->t.status > -4096);
			task->out = false;
		}
		got += n;
		FUZZ_CHECK(time(NULL) < limit);
		if (n == 0)
			usleep(10);
	}
}

void
remember(void)
{
	memcpy(before, arena, ARENA);
}

/* All that no task may have written is as it was. */
void
compare(unsigned int nb)
{
	unsigned int i, k;

	for (i = 0; i < nb; i++)
		for (k = tasks[i].t.nb_in; k < (unsigned int)tasks[i].t.nb_in + tasks[i].t.nb_out; k++) {
			const struct rte_vtaccel_seg *s = &tasks[i].segs[k];

			if (s->addr == large)
				continue;
			memcpy(before + ((uint8_t *)s->addr - arena), s->addr, s->len);
		}
	FUZZ_CHECK(memcmp(arena, before, ARENA) == 0);
}

/* Odd devices of DPDK, and the faults that the null accelerator has for tests. */
static void
make_odd(struct fuzz_in *in, struct device *d, uint8_t odd)
{
	struct rte_vtaccel_null_conf conf;

	/* A device that loses what it has is waited for: not often. */
	if (odd == ODD_LOSE && fuzz_u8(in) != 0xf7)
		odd = ODD_NOT;
	odd_begin(odd);
	if (d->kind != NULLS || odd == ODD_NOT)
		return;
	conf = (struct rte_vtaccel_null_conf){ .status = fuzz_u16(in), .fail_every = fuzz_u8(in),
		.delay_us = odd & 8 ? 200 : 0, .stall = odd & 16, .broken = odd == ODD_LOSE };
	(void)rte_vtaccel_null_set(d->dev, &conf);
	may_hang = conf.stall;
}

int
recover(struct device *d)
{
	int ret;

	/* One that is made anew takes its time, in a thread. */
	while ((ret = rte_vtaccel_recover(d->dev)) == -EAGAIN && d->kind == OPENCL)
		usleep(1000);
	return ret;
}

void
set_right(struct device *d)
{
	struct rte_vtaccel_null_conf conf;

	if (rte_vtaccel_null_get(d->dev, &conf) == 0) {
		conf = (struct rte_vtaccel_null_conf){ .status = 0 };
		FUZZ_CHECK(rte_vtaccel_null_set(d->dev, &conf) == 0);
	}
	if (__atomic_load_n(&d->dev->state, __ATOMIC_RELAXED) == RTE_VINETALK_ACCEL_FAILED)
		(void)recover(d);
}

/* Of tasks that the device does not give back a look is made before the stop, and one behind it, which waits. */
static void
stop_late(struct device *d)
{
	struct rte_vtaccel_task *back[1];

	FUZZ_CHECK(rte_vtaccel_dequeue_burst(d->dev, back, 0) == 0);
	rte_vtaccel_stop(d->dev);
	FUZZ_CHECK(rte_vtaccel_dequeue_burst(d->dev, back, 0) == 0);
}

static void
burst(struct fuzz_in *in, struct device *d, unsigned int nb)
{
	const uint8_t odd = fuzz_u8(in) % 32;
	struct rte_vtaccel_task *some[BURST];
	unsigned int i;
	uint16_t n;

	for (i = 0; i < nb; i++)
		some[i] = task_make(in, d, &tasks[i]);
	remember();
	may_hang = false;
	make_odd(in, d, odd);
	/* One that is not told of its end has to hear of a stop, which waits for it no longer than it has to. */
	may_hang |= d->kind == DMA && odd >= ODD_LATE;
	fault_begin();
	fault_accel_begin();
	n = rte_vtaccel_enqueue_burst(d->dev, some, (uint16_t)nb);
	FUZZ_CHECK(n <= nb);
	if (!may_hang)
		collect(d, n);
	else if (d->kind == DMA)
		stop_late(d);
	fault_accel_end();
	fault_end();
	odd_end();
	set_right(d);
	if (may_hang)
		collect(d, n);
	if (may_hang && d->kind == DMA) {
		set_right(d);
		FUZZ_CHECK(rte_vtaccel_start(d->dev) == 0);
	}
	compare(n);
}

/* Another device of the driver, with other arguments. */
static void
probe(struct device *d, unsigned int which)
{
	static const char *const crypto[] = { "crypto,dev=crypto_openssl,workers=0", "crypto,dev=crypto_none",
		"crypto,dev=dma_skeleton" };
	static const char *const compress[] = { "compress,dev=compress_zlib,workers=1", "compress,dev=compress_none",
		"compress,dev=crypto_openssl" };
	static const char *const opencl[] = { "opencl,kernels=" VT_TEST_SOURCE_DIR "/test/opencl",
		"opencl,kernels=" VT_TEST_SOURCE_DIR "/test/fuzz", "opencl", "opencl,kernels=/none", "opencl,platform=none",
		"opencl,kernels=" KERNELS ",client_kernels=1", "opencl,kernels=" KERNELS ",unsafe-client-kernels=1",
		"opencl,device=none,kernels=" KERNELS, "opencl,kernels=/dev/null",
		"opencl,kernels=" VT_TEST_SOURCE_DIR "/test/fuzz/fuzz.h" };
	const char *args = "cpu,workers=2";

	if (d->kind == CRYPTO)
		args = crypto[which % RTE_DIM(crypto)];
	if (d->kind == COMPRESS)
		args = compress[which % RTE_DIM(compress)];
	if (d->kind == OPENCL)
		args = opencl[which % RTE_DIM(opencl)];
	probe_one(args);
}

/* What else a device is asked. */
static void
control(struct fuzz_in *in, struct device *d)
{
	const uint8_t what = fuzz_u8(in);
	const uint32_t at = (what >> 4) * 4096U;
	unsigned int i;
	char text[32];

	switch (what & 7) {
	case 0:
		rte_vtaccel_stop(d->dev);
		FUZZ_CHECK(rte_vtaccel_start(d->dev) == 0);
		break;
	case 1:
		stream_open(d);
		break;
	case 2:
		if (what >> 3 != 0) {
			life(in, d, what >> 3);
			break;
		}
		rte_vtaccel_location(d->dev, text, sizeof(text));
		FUZZ_CHECK(memchr(text, 0, sizeof(text)) != NULL);
		break;
	case 3:
	case 4:
		if (d->dev->ops->buf_add != NULL)
			(void)d->dev->ops->buf_add(d->dev, arena + at, 4096U + at, (what & 8) != 0);
		break;
	case 5:
		if (d->dev->ops->buf_del != NULL)
			(void)d->dev->ops->buf_del(d->dev, arena + at);
		break;
	case 6:
		probe(d, what >> 3);
		break;
	default:
		for (i = 0; i < nb_all; i++)
			if (all[i].dev != NULL)
				(void)rte_vtaccel_equal(d->dev, all[i].dev);
		break;
	}
}

static void
run(struct fuzz_in *in)
{
	struct device *d;
	unsigned int i;
	uint8_t op;

	fault_accel_take(in);
	op = fuzz_u8(in);
	d = op < MORE ? &all[op % nb_first] : &all[nb_first + op % (nb_all - nb_first)];
	if (d->dev == NULL)
		return;
	set_right(d);
	stream_open(d);
	memset(arena, 0, ARENA);
	for (i = 0; i < MAX_STEPS && in->left != 0; i++) {
		op = fuzz_u8(in);
		if ((op & 7) == 7)
			control(in, d);
		else
			burst(in, d, (op >> 3) % BURST + 1);
	}
	life_end(d);
	/* The next input finds none of them. */
	for (i = 0; i < 16 && d->dev->ops->buf_del != NULL; i++)
		(void)d->dev->ops->buf_del(d->dev, arena + i * 4096U);
}

const struct fuzz_target fuzz_device = { .name = "device", .init = init, .run = run };
const struct fuzz_target fuzz_opencl = { .name = "opencl", .init = init_opencl, .run = run };
