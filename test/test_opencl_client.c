/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The opencl accelerator as a client sees it, through an appliance and shared memory. */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_vinetalk.h>
#include <rte_vtaccel_procs.h>

#include "fixture.h"
#include "opencl.h"

#define TIMEOUT_US 20000000
#define N 1024
#define MAX_BUFS 64 /* of a client */

static const struct rte_vtappliance_domain_conf domain = {
	.uid = -1, .gid = -1, .arena_size = 4 << 20,
};

struct env {
	struct fixture f;
	uint16_t dev;
	struct rte_vinetalk_seg *segs; /* of the task that is being made */
	uint8_t *args;
};

/* A device of a client, with what a task needs. */
static void
client_up(struct env *e)
{
	int dev = fixture_attach(&e->f, 0, 1, 0);

	CU_ASSERT_FATAL(dev >= 0);
	e->dev = (uint16_t)dev;
	e->segs = rte_vinetalk_alloc(e->dev, 16 * sizeof(*e->segs), 0, RTE_VINETALK_PLACE_HOST);
	e->args = rte_vinetalk_alloc(e->dev, 4096, 0, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_FATAL(e->segs != NULL && e->args != NULL);
}

static void
up(struct env *e, const char *file, const char *more)
{
	const char *const accels[] = { opencl_devargs(file, more), "cpu,workers=0", NULL };

	CU_ASSERT_EQUAL_FATAL(fixture_start(&e->f, 1, 1, accels, NULL, &domain), 0);
	client_up(e);
}

static void
down(struct env *e)
{
	CU_ASSERT_EQUAL(rte_vinetalk_close(e->dev), 0);
	fixture_stop(&e->f);
}

struct call {
	struct rte_vinetalk_task t;
	uint8_t nb_in, nb_out;
	uint32_t args_len;
};

static void
call_init(struct env *e, struct call *c, const char *name)
{
	uint16_t proc, vaccel;

	memset(c, 0, sizeof(*c));
	CU_ASSERT_EQUAL_FATAL(fixture_proc(e->dev, name, &proc, &vaccel), 0);
	rte_vinetalk_task_init(&c->t, vaccel, proc, 0);
}

static void
call_args(struct env *e, struct call *c, const void *args, uint32_t len)
{
	memcpy(e->args + c->args_len, args, len);
	c->args_len += len;
}

static void
call_sizes(struct env *e, struct call *c, uint32_t x, uint32_t y)
{
	const struct rte_vtaccel_opencl_args a = {
		.dims = y == 0 ? 1 : 2, .global = { x, y },
	};

	call_args(e, c, &a, sizeof(a));
}

static void
call_seg(struct env *e, struct call *c, const void *at, uint32_t len, bool out)
{
	struct rte_vinetalk_seg *s = &e->segs[c->nb_in + c->nb_out];

	s->offset = rte_vinetalk_offset(e->dev, at);
	s->len = len;
	s->reserved = 0;
	c->nb_out += out;
	c->nb_in += !out;
}

/* The status; the result if that is wanted. */
static int
call_run(struct env *e, struct call *c, uint64_t *result)
{
	struct rte_vinetalk_completion done;

	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_task_segs(e->dev, &c->t, e->segs, c->nb_in, c->nb_out), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_task_args_ref(e->dev, &c->t, e->args, c->args_len), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_run(e->dev, 0, &c->t, &done, TIMEOUT_US), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e->dev, c->t.vaccel), 0);
	if (result != NULL)
		*result = done.result;
	return done.status;
}

static int
vadd(struct env *e, float *v, uint32_t items, uint32_t out_len)
{
	struct call c;

	call_init(e, &c, "cl_vadd");
	call_sizes(e, &c, items, 0);
	call_seg(e, &c, v, N * 4, false);
	call_seg(e, &c, v + N, N * 4, false);
	call_seg(e, &c, v + 2 * N, out_len, true);
	return call_run(e, &c, NULL);
}

/* Data bytes that the accelerator's driver copied so far. */
static uint64_t
copied(struct env *e)
{
	struct rte_vinetalk_accel_stats s;

	CU_ASSERT_EQUAL(rte_vinetalk_accel_stats_get(e->dev, 0, &s), 0);
	return s.copied;
}

static void
check_vadd(struct env *e, uint64_t bytes)
{
	float *v = rte_vinetalk_alloc(e->dev, 3 * N * 4, 0, RTE_VINETALK_PLACE_HOST);
	unsigned int i, wrong = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	for (i = 0; i < N; i++) {
		v[i] = (float)i;
		v[N + i] = 0.25f;
	}
	CU_ASSERT_EQUAL(vadd(e, v, N, N * 4), 0);
	for (i = 0; i < N; i++)
		wrong += v[2 * N + i] != (float)i + 0.25f;
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(copied(e), bytes);
	/* Bad input: a status, and the next one runs. */
	CU_ASSERT_EQUAL(vadd(e, v, 0, N * 4), -EINVAL);
	CU_ASSERT_EQUAL(vadd(e, v, N + 1, N * 4), -EINVAL);
	CU_ASSERT_EQUAL(vadd(e, v, N, N * 4 - 4), -ENOSPC);
	CU_ASSERT_EQUAL(vadd(e, v, N, N * 4), 0);
	rte_vinetalk_free(e->dev, v);
}

static void
test_kernel(void)
{
	uint16_t proc;
	struct env e;

	up(&e, "test/opencl/test.cl", "");
	check_vadd(&e, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get(e.dev, "cl_unknown", RTE_VINETALK_ACCEL_ANY, &proc),
		-ENOENT);
	/* The arena has no other memory behind it. */
	CU_ASSERT_PTR_NULL(rte_vinetalk_alloc(e.dev, 64, 0, RTE_VINETALK_PLACE_ACCEL));
	CU_ASSERT_EQUAL(rte_errno, ENOTSUP);
	down(&e);
	up(&e, "test/opencl/test.cl", ",copy=1");
	check_vadd(&e, 4 * N * 4);
	down(&e);
}

/* ---- images ---- */

#define WIDTH 101
#define HEIGHT 67
#define PIXELS (WIDTH * HEIGHT)
#define SIGMA 2.0f
#define RADIUS 6

struct image {
	uint8_t rgb[PIXELS * 3], gray[2][PIXELS], rows[PIXELS], blurred[2][PIXELS];
	float weights[RADIUS + 1] __rte_aligned(4);
};

static void
cpu_filter(struct env *e, struct image *im)
{
	const struct rte_vtaccel_grayscale_args g = { .width = WIDTH, .height = HEIGHT };
	const struct rte_vtaccel_blur_args b = {
		.width = WIDTH, .height = HEIGHT, .channels = 1, .sigma = SIGMA,
	};
	struct call c;

	call_init(e, &c, RTE_VTACCEL_PROC_GRAYSCALE);
	call_args(e, &c, &g, sizeof(g));
	call_seg(e, &c, im->rgb, sizeof(im->rgb), false);
	call_seg(e, &c, im->gray[0], PIXELS, true);
	CU_ASSERT_EQUAL(call_run(e, &c, NULL), 0);
	call_init(e, &c, RTE_VTACCEL_PROC_GAUSSIAN_BLUR);
	call_args(e, &c, &b, sizeof(b));
	call_seg(e, &c, im->gray[0], PIXELS, false);
	call_seg(e, &c, im->blurred[0], PIXELS, true);
	CU_ASSERT_EQUAL(call_run(e, &c, NULL), 0);
}

static int
cl_blur(struct env *e, struct image *im, const uint8_t *from, uint8_t *to, uint32_t columns)
{
	struct call c;

	call_init(e, &c, "cl_blur");
	call_sizes(e, &c, WIDTH, HEIGHT);
	call_args(e, &c, &columns, sizeof(columns));
	call_seg(e, &c, from, PIXELS, false);
	call_seg(e, &c, im->weights, sizeof(im->weights), false);
	call_seg(e, &c, to, PIXELS, true);
	return call_run(e, &c, NULL);
}

static void
cl_filter(struct env *e, struct image *im)
{
	struct call c;
	float sum = 0;
	uint64_t items = 0;
	int i;

	call_init(e, &c, "cl_grayscale");
	call_sizes(e, &c, PIXELS, 0);
	call_seg(e, &c, im->rgb, sizeof(im->rgb), false);
	call_seg(e, &c, im->gray[1], PIXELS, true);
	CU_ASSERT_EQUAL(call_run(e, &c, &items), 0);
	CU_ASSERT_EQUAL(items, PIXELS);
	for (i = -RADIUS; i <= RADIUS; i++)
		sum += expf(-0.5f * (float)(i * i) / (SIGMA * SIGMA));
	for (i = 0; i <= RADIUS; i++)
		im->weights[i] = expf(-0.5f * (float)(i * i) / (SIGMA * SIGMA)) / sum;
	CU_ASSERT_EQUAL(cl_blur(e, im, im->gray[1], im->rows, 0), 0);
	CU_ASSERT_EQUAL(cl_blur(e, im, im->rows, im->blurred[1], 1), 0);
}

/* The same filters by the cpu accelerator and by kernels. */
static void
test_image(void)
{
	unsigned int i, x = 1, wrong = 0;
	struct image *im;
	struct env e;

	up(&e, "examples/opencl/image.cl", "");
	im = rte_vinetalk_alloc(e.dev, sizeof(*im), 64, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_PTR_NOT_NULL_FATAL(im);
	memset(im, 0, sizeof(*im));
	for (i = 0; i < sizeof(im->rgb); i++) {
		x = x * 1664525 + 1013904223;
		im->rgb[i] = x >> 30 == 0 ? 255 : (uint8_t)(i / 80 + (x >> 29));
	}
	cpu_filter(&e, im);
	cl_filter(&e, im);
	CU_ASSERT_EQUAL(memcmp(im->gray[0], im->gray[1], PIXELS), 0);
	/* The kernels round between rows and columns. */
	for (i = 0; i < PIXELS; i++)
		wrong += abs(im->blurred[0][i] - im->blurred[1][i]) > 1;
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(copied(&e), 0);
	down(&e);
}

/* ---- buffers that stay ---- */

static uint64_t
sync_buf(struct env *e, const char *proc, const void *buf, uint32_t len)
{
	uint64_t result = 0;
	struct call c;

	call_init(e, &c, proc);
	call_seg(e, &c, buf, len, false);
	CU_ASSERT_EQUAL(call_run(e, &c, &result), 0);
	return result;
}

static void
add_to_odd(struct env *e, uint32_t *data, uint32_t what)
{
	struct call c;

	call_init(e, &c, "cl_add_to_odd");
	call_sizes(e, &c, N, 0);
	call_args(e, &c, &what, sizeof(what));
	call_seg(e, &c, data, N * 4, true);
	CU_ASSERT_EQUAL(call_run(e, &c, NULL), 0);
}

static uint32_t *
placed(struct env *e, enum rte_vinetalk_placement placement)
{
	uint32_t *buf = rte_vinetalk_alloc(e->dev, N * 4, 0, placement), i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(buf);
	for (i = 0; i < N; i++)
		buf[i] = i;
	CU_ASSERT_EQUAL(sync_buf(e, RTE_VTACCEL_PROC_TO_ACCEL, buf, N * 4), N * 4);
	return buf;
}

static void
test_placement(void)
{
	uint32_t *buf;
	struct env e;

	up(&e, "test/opencl/test.cl", ",copy=1");
	buf = placed(&e, RTE_VINETALK_PLACE_ACCEL);
	CU_ASSERT_EQUAL(copied(&e), N * 4);
	add_to_odd(&e, buf, 5);
	add_to_odd(&e, buf, 5);
	/* Two tasks, and nothing was copied; the host has what it had. */
	CU_ASSERT_EQUAL(copied(&e), N * 4);
	CU_ASSERT_EQUAL(buf[7], 7);
	CU_ASSERT_EQUAL(sync_buf(&e, RTE_VTACCEL_PROC_TO_HOST, buf, N * 4), N * 4);
	CU_ASSERT_EQUAL(copied(&e), 2 * N * 4);
	CU_ASSERT_EQUAL(buf[6], 6);
	CU_ASSERT_EQUAL(buf[7], 17);
	rte_vinetalk_free(e.dev, buf);

	buf = placed(&e, RTE_VINETALK_PLACE_BOTH);
	CU_ASSERT_EQUAL(copied(&e), 3 * N * 4);
	add_to_odd(&e, buf, 5);
	CU_ASSERT_EQUAL(copied(&e), 4 * N * 4);
	CU_ASSERT_EQUAL(buf[7], 12);
	rte_vinetalk_free(e.dev, buf);

	/* An ordinary one: to the device and back. */
	buf = rte_vinetalk_alloc(e.dev, N * 4, 0, RTE_VINETALK_PLACE_HOST);
	memset(buf, 0, N * 4);
	CU_ASSERT_EQUAL(sync_buf(&e, RTE_VTACCEL_PROC_TO_ACCEL, buf, N * 4), 0);
	add_to_odd(&e, buf, 5);
	CU_ASSERT_EQUAL(copied(&e), 6 * N * 4);
	CU_ASSERT_EQUAL(buf[7], 5);
	down(&e);
}

/* As many as there may be, and all again after each way to leave. */
static void
test_placement_bounds(void)
{
	unsigned int i, round;
	void *buf[MAX_BUFS];
	struct env e;

	up(&e, "test/opencl/test.cl", ",copy=1");
	for (round = 0; round < 3; round++) {
		for (i = 0; i < MAX_BUFS; i++) {
			buf[i] = rte_vinetalk_alloc(e.dev, 100, 0, RTE_VINETALK_PLACE_ACCEL);
			CU_ASSERT_PTR_NOT_NULL(buf[i]);
		}
		CU_ASSERT_PTR_NULL(rte_vinetalk_alloc(e.dev, 100, 0, RTE_VINETALK_PLACE_ACCEL));
		CU_ASSERT_EQUAL(rte_errno, ENOSPC);
		if (round == 0) {
			for (i = 0; i < MAX_BUFS; i++)
				rte_vinetalk_free(e.dev, buf[i]);
		} else {
			rte_vinetalk_close(e.dev);
			client_up(&e);
		}
	}
	down(&e);
}

/* What all clients of a domain have in the memory of accelerators; another domain's is its own. */
static void
test_placement_limit(void)
{
	const struct rte_vtappliance_domain_conf doms[2] = {
		{ .uid = -1, .gid = -1, .arena_size = 4 << 20, .max_accel_bytes = 1 << 20 }, domain,
	};
	const char *const accels[] = { opencl_devargs("test/opencl/test.cl", ",copy=1"), NULL };
	const uint64_t big = 600 << 10;
	struct env a, b;
	void *buf[3];
	int other;

	CU_ASSERT_EQUAL_FATAL(fixture_start_each(&a.f, 1, 2, accels, NULL, doms), 0);
	client_up(&a);
	b.f = a.f;
	client_up(&b);
	other = fixture_attach(&a.f, 1, 1, 0);
	CU_ASSERT_TRUE_FATAL(other >= 0);
	/* One alone is more than all may have; the arena has room for it. */
	CU_ASSERT_PTR_NULL(rte_vinetalk_alloc(a.dev, (1 << 20) + 4096, 0, RTE_VINETALK_PLACE_ACCEL));
	CU_ASSERT_EQUAL(rte_errno, EDQUOT);
	buf[0] = rte_vinetalk_alloc(a.dev, big, 0, RTE_VINETALK_PLACE_ACCEL);
	CU_ASSERT_PTR_NOT_NULL(buf[0]);
	CU_ASSERT_PTR_NULL(rte_vinetalk_alloc(b.dev, big, 0, RTE_VINETALK_PLACE_BOTH));
	CU_ASSERT_EQUAL(rte_errno, EDQUOT);
	buf[1] = rte_vinetalk_alloc(b.dev, 100 << 10, 0, RTE_VINETALK_PLACE_BOTH);
	CU_ASSERT_PTR_NOT_NULL(buf[1]);
	/* In the host's memory it is no matter. */
	buf[2] = rte_vinetalk_alloc(b.dev, big, 0, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_PTR_NOT_NULL(buf[2]);
	CU_ASSERT_PTR_NOT_NULL(rte_vinetalk_alloc((uint16_t)other, 2 << 20, 0, RTE_VINETALK_PLACE_ACCEL));
	/* Given back by a free, and by a client that leaves. */
	rte_vinetalk_free(a.dev, buf[0]);
	CU_ASSERT_PTR_NOT_NULL(rte_vinetalk_alloc(b.dev, big, 0, RTE_VINETALK_PLACE_BOTH));
	CU_ASSERT_PTR_NULL(rte_vinetalk_alloc(a.dev, big, 0, RTE_VINETALK_PLACE_ACCEL));
	CU_ASSERT_EQUAL(rte_vinetalk_close(b.dev), 0);
	CU_ASSERT_PTR_NOT_NULL(rte_vinetalk_alloc(a.dev, big, 0, RTE_VINETALK_PLACE_ACCEL));
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)other), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(a.dev), 0);
	fixture_stop(&a.f);
}

static int
raw_buf(struct raw_client *raw, uint32_t op, uint32_t arg, uint64_t off, uint64_t len)
{
	const struct rte_vtregion_ctrl_req req = {
		.op = op, .arg = arg, .id = RTE_VTREGION_CTRL_ANY,
		.buf = { .offset = off, .len = len },
	};
	struct rte_vtregion_ctrl_rep rep;

	return raw_ctrl(raw, &req, &rep);
}

#define ADD(arg, off, len) raw_buf(&raw, RTE_VTREGION_CTRL_BUF_ADD, arg, off, len)
#define DEL(off) raw_buf(&raw, RTE_VTREGION_CTRL_BUF_DEL, 0, off, 0)

/* A client that asks for what is not its own. */
static void
test_placement_hostile(void)
{
	const char *const accels[] = { opencl_devargs("test/opencl/test.cl", ",copy=1"), NULL };
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_PROC_INFO, .words = { 1 } };
	struct rte_vtregion_ctrl_rep rep;
	struct raw_client raw;
	struct fixture f;
	uint64_t at, len;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, accels, NULL, &domain), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	at = rte_vtregion_arena(&raw.geom, raw.slot_id);
	len = raw.geom.arena_size;
	CU_ASSERT_EQUAL(ADD(0, at, 64), -EINVAL);
	CU_ASSERT_EQUAL(ADD(3, at, 64), -EINVAL);
	CU_ASSERT_EQUAL(ADD(1, at, 0), -EINVAL);
	CU_ASSERT_EQUAL(ADD(1, at - 1, 64), -EFAULT);
	CU_ASSERT_EQUAL(ADD(1, 0, 64), -EFAULT);
	CU_ASSERT_EQUAL(ADD(1, at + len - 63, 64), -EFAULT);
	CU_ASSERT_EQUAL(ADD(1, at + len, 1), -EFAULT);
	CU_ASSERT_EQUAL(ADD(1, at, len + 1), -EFAULT);
	CU_ASSERT_EQUAL(ADD(1, at + 1, UINT64_MAX), -EFAULT);
	CU_ASSERT_EQUAL(ADD(1, UINT64_MAX, 2), -EFAULT);
	CU_ASSERT_EQUAL(ADD(1, at + 64, 64), 0);
	CU_ASSERT_EQUAL(ADD(1, at + 64, 64), -EEXIST);
	CU_ASSERT_EQUAL(ADD(1, at + 127, 1), -EEXIST);
	CU_ASSERT_EQUAL(ADD(2, at, 65), -EEXIST);
	CU_ASSERT_EQUAL(ADD(2, at, len), -EEXIST);
	CU_ASSERT_EQUAL(ADD(2, at, 64), 0);
	CU_ASSERT_EQUAL(DEL(at + 1), -ENOENT);
	CU_ASSERT_EQUAL(DEL(at + 64), 0);
	CU_ASSERT_EQUAL(DEL(at + 64), -ENOENT);
	CU_ASSERT_EQUAL(DEL(at), 0);
	CU_ASSERT_EQUAL(ADD(2, at, len), 0);
	/* Words where there are none. */
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EINVAL);
	/* It goes without a word. */
	raw_close(&raw);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	at = rte_vtregion_arena(&raw.geom, raw.slot_id);
	CU_ASSERT_EQUAL(ADD(2, at, len), 0);
	raw_close(&raw);
	fixture_stop(&f);
}

/* A buffer is with one device: another one does not get a part of it. */
static void
test_placement_two(void)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_BUF_ADD, .arg = RTE_VTREGION_BUF_BOTH };
	char *one = strdup(opencl_devargs("test/opencl/test.cl", ",copy=1,name=one"));
	char *two = strdup(opencl_devargs("test/opencl/test.cl", ",copy=1,name=two"));
	const char *const accels[] = { one, two, NULL };
	struct rte_vtregion_ctrl_rep rep;
	struct raw_client raw;
	struct fixture f;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, accels, NULL, &domain), 0);
	CU_ASSERT_EQUAL_FATAL(raw_attach(&raw, f.path[0], 1), 0);
	req.buf.offset = rte_vtregion_arena(&raw.geom, raw.slot_id);
	req.buf.len = 128;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), 0);
	CU_ASSERT_EQUAL(rep.id, 0);
	req.id = 1;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EEXIST);
	req.buf.offset += 127;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), -EEXIST);
	req.buf.offset++;
	CU_ASSERT_EQUAL(raw_ctrl(&raw, &req, &rep), 0);
	CU_ASSERT_EQUAL(rep.id, 1);
	raw_close(&raw);
	fixture_stop(&f);
	free(one);
	free(two);
}

/* ---- ends ---- */

static void
enqueue_burns(struct env *e, unsigned int nb, uint32_t rounds, uint32_t *out)
{
	struct rte_vinetalk_completion done;
	struct call c;
	unsigned int i;

	call_init(e, &c, "cl_burn");
	call_sizes(e, &c, 16, 0);
	call_args(e, &c, &rounds, sizeof(rounds));
	call_seg(e, &c, out, 64, true);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_task_segs(e->dev, &c.t, e->segs, 0, 1), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_task_args_ref(e->dev, &c.t, e->args, c.args_len), 0);
	for (i = 0; i < nb; i++)
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst(e->dev, 0, &c.t, 1), 1);
	/* One has ended, so others have begun. */
	CU_ASSERT_EQUAL(rte_vinetalk_wait(e->dev, 0, TIMEOUT_US), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst(e->dev, 0, &done, 1), 1);
	CU_ASSERT_EQUAL(done.status, 0);
}

/* A client leaves, and then the appliance, with tasks in the device. */
static void
test_leave_in_flight(void)
{
	uint32_t *out;
	struct env e;

	up(&e, "test/opencl/test.cl", "");
	out = rte_vinetalk_alloc(e.dev, 64, 0, RTE_VINETALK_PLACE_HOST);
	enqueue_burns(&e, 20, 1000000, out);
	CU_ASSERT_EQUAL(rte_vinetalk_close(e.dev), 0);
	client_up(&e);
	check_vadd(&e, 0);
	out = rte_vinetalk_alloc(e.dev, 64, 0, RTE_VINETALK_PLACE_HOST);
	enqueue_burns(&e, 20, 1000000, out);
	fixture_stop(&e.f);
	CU_ASSERT_EQUAL(rte_vinetalk_close(e.dev), 0);
}

static void
test_device_fails(void)
{
	struct rte_vinetalk_accel_info info;
	struct rte_vinetalk_vaccel_conf conf = {
		.type = RTE_VINETALK_ACCEL_GPU, .accel = 0, .proc = RTE_VINETALK_ID_ANY,
	};
	uint16_t vaccel, proc;
	unsigned int i;
	struct env e;

	up(&e, "test/opencl/test.cl", ",fail_after=3");
	CU_ASSERT_EQUAL_FATAL(fixture_proc(e.dev, "cl_vadd", &proc, &vaccel), 0);
	for (i = 0; i < 6; i++) {
		struct rte_vinetalk_completion done;
		struct rte_vinetalk_task t;

		/* Without segments and arguments it is refused, until it is the device that is gone. */
		rte_vinetalk_task_init(&t, vaccel, proc, i);
		CU_ASSERT_EQUAL(rte_vinetalk_run(e.dev, 0, &t, &done, TIMEOUT_US), 0);
		CU_ASSERT_EQUAL(done.status, -EINVAL);
	}
	for (i = 0; i < 6; i++) {
		struct rte_vinetalk_completion done;
		struct rte_vinetalk_task t;
		const struct rte_vtaccel_opencl_args a = { .dims = 0 };
		float *v = rte_vinetalk_alloc(e.dev, 4096, 0, RTE_VINETALK_PLACE_HOST);

		memcpy(e.args, &a, sizeof(a));
		e.segs[0] = (struct rte_vinetalk_seg){ rte_vinetalk_offset(e.dev, v), 64, 0 };
		e.segs[2] = e.segs[1] = e.segs[0];
		rte_vinetalk_task_init(&t, vaccel, proc, i);
		CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e.dev, &t, e.segs, 2, 1), 0);
		CU_ASSERT_EQUAL(rte_vinetalk_task_args_ref(e.dev, &t, e.args, sizeof(a)), 0);
		CU_ASSERT_EQUAL(rte_vinetalk_run(e.dev, 0, &t, &done, TIMEOUT_US), 0);
		CU_ASSERT_EQUAL(done.status, i < 3 ? -EINVAL : -EIO);
		rte_vinetalk_free(e.dev, v);
	}
	CU_ASSERT_EQUAL(rte_vinetalk_accel_info_get(e.dev, 0, &info), 0);
	CU_ASSERT_EQUAL(info.state, RTE_VINETALK_ACCEL_FAILED);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire(e.dev, &conf, &vaccel), -ENOENT);
	/* The other accelerator of the appliance works. */
	CU_ASSERT_EQUAL_FATAL(fixture_proc(e.dev, RTE_VTACCEL_PROC_CRC32C, &proc, &vaccel), 0);
	down(&e);
}

static const struct vt_test_case cases[] = {
	{ "kernel, in place and with copies", test_kernel },
	{ "image filters as those of the cpu accelerator", test_image },
	{ "placement: copies only when asked for", test_placement },
	{ "placement: bounds, and all is given back", test_placement_bounds },
	{ "placement: a domain's limit", test_placement_limit },
	{ "placement: what is not the client's", test_placement_hostile },
	{ "placement: two devices", test_placement_two },
	{ "leaving with tasks in flight", test_leave_in_flight },
	{ "a device that fails", test_device_fails },
};

VT_TEST_SUITE(vinetalk_opencl_client_autotest, opencl_needed, NULL, cases)
