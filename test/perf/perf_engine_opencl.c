/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * engine: a kernel through the appliance against the same kernel by OpenCL's own calls.
 *
 * Both happen in the server's process, so that one and the same device thread of PoCL's, of which there is
 * one, computes. A few tasks are under way on both sides, and both sleep while it computes.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_string_fns.h>
#include <rte_vtaccel_opencl.h>

#include "../harness.h"
#include "client.h"

#define KERNELS "examples/opencl/image.cl"
#define KERNEL "cl_blur"
#define IN_FLIGHT 4
#define RADIUS 6 /* pixels at each side that the kernel adds up */

/* Images are squares of one byte a pixel. */
static uint32_t
edge_of(uint32_t bytes)
{
	uint32_t edge = 1;

	while (edge * edge < bytes)
		edge *= 2;
	return edge;
}

static int
bench_use(const struct perf_params *params)
{
	static char accel[600];
	struct perf_setup s;

	/* One thread computes on both sides; before the platform is loaded. */
	setenv("POCL_MAX_PTHREAD_COUNT", "1", 1);
	snprintf(accel, sizeof(accel), "opencl,kernels=%s/" KERNELS, vt_test_source_dir());
	perf_setup_init(&s, params);
	s.arena_mib = 8;
	s.accel = accel;
	return perf_bench_use(PERF_TEST, &s);
}

/* ---- through the appliance: a client process ---- */

struct blur {
	struct {
		struct rte_vtaccel_opencl_args sizes;
		uint32_t columns;
	} args;
	float weights[RADIUS + 1];
	struct rte_vinetalk_seg segs[3];
};

static struct rte_vinetalk_seg
seg(const struct perf_client *c, const void *at, uint32_t len)
{
	return (struct rte_vinetalk_seg){ .offset = rte_vinetalk_offset(c->dev, at), .len = len };
}

/* The task; what it refers to is in b, and its images behind. */
static int
task_make(struct perf_client *c, struct blur *b, uint32_t bytes, struct rte_vinetalk_task *t)
{
	uint8_t *images = RTE_PTR_ADD(b, RTE_ALIGN_CEIL(sizeof(*b), 4096));
	const uint32_t edge = edge_of(bytes);
	uint16_t proc, vaccel;
	struct rte_vinetalk_vaccel_conf conf = { .accel = RTE_VINETALK_ID_ANY };
	unsigned int i;
	int ret;

	ret = rte_vinetalk_proc_get(c->dev, KERNEL, RTE_VINETALK_ACCEL_GPU, &proc);
	conf.proc = proc;
	if (ret == 0)
		ret = rte_vinetalk_vaccel_acquire(c->dev, &conf, &vaccel);
	if (ret != 0)
		return ret;
	memset(b, 0, sizeof(*b));
	b->args.sizes.dims = 2;
	b->args.sizes.global[0] = b->args.sizes.global[1] = edge;
	for (i = 0; i <= RADIUS; i++)
		b->weights[i] = 1.0f / (2 * RADIUS + 1);
	b->segs[0] = seg(c, images, bytes);
	b->segs[1] = seg(c, b->weights, sizeof(b->weights));
	b->segs[2] = seg(c, images + bytes, bytes);
	memset(images, 100, 2 * (size_t)bytes);
	rte_vinetalk_task_init(t, vaccel, proc, 0);
	ret = rte_vinetalk_task_segs(c->dev, t, b->segs, 2, 1);
	if (ret == 0)
		ret = rte_vinetalk_task_args_ref(c->dev, t, &b->args, sizeof(b->args));
	return ret;
}

static int
loop(struct perf_client *c, const struct perf_job *job, struct rte_vinetalk_task *t,
		struct perf_result *r)
{
	const struct perf_window w = perf_window(c, job);
	uint64_t now, from = 0, from_tsc = 0, n;

	do {
		while (c->next_in - c->next_out < IN_FLIGHT) {
			n = rte_vinetalk_enqueue_burst(c->dev, 0, t, 1);
			c->next_in += n;
			if (n == 0)
				break;
		}
		rte_vinetalk_wait(c->dev, 0, PERF_WAIT_US);
		for (n = rte_vinetalk_dequeue_burst(c->dev, 0, c->completions, IN_FLIGHT); n > 0; n--) {
			c->next_out++;
			c->wrong |= (uint32_t)c->completions[n - 1].status;
		}
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
	while (c->next_out != c->next_in && rte_rdtsc() < w.limit) {
		rte_vinetalk_wait(c->dev, 0, PERF_WAIT_US);
		c->next_out += rte_vinetalk_dequeue_burst(c->dev, 0, c->completions, IN_FLIGHT);
	}
	return c->next_out != c->next_in ? -ETIMEDOUT : 0;
}

static int
client(struct perf_client *c, const struct perf_job *job, struct perf_result *r)
{
	const uint32_t bytes = job->params.bytes;
	struct rte_vinetalk_task t = { 0 };
	struct blur *b;
	int ret;

	b = rte_vinetalk_alloc(c->dev, 2 * (size_t)bytes + 8192, 4096, RTE_VINETALK_PLACE_HOST);
	if (b == NULL)
		return -rte_errno;
	ret = task_make(c, b, bytes, &t);
	if (ret == 0) {
		ret = loop(c, job, &t, r);
		rte_vinetalk_vaccel_release(c->dev, t.vaccel);
	}
	rte_vinetalk_free(c->dev, b);
	return ret;
}

static int
run(const struct perf_params *params, double seconds, double *values)
{
	struct perf_result r = { 0 };
	int ret = bench_use(params);

	if (ret == 0)
		ret = perf_server_do1(&perf_engine_opencl, PERF_TEST, PERF_VINETALK, params, seconds, &r);
	values[0] = ret == 0 ? r.ops / r.seconds : 0;
	return ret;
}

/* ---- by OpenCL's own calls ---- */

#ifdef VT_HAVE_OPENCL

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>

struct direct {
	cl_context context;
	cl_command_queue queue;
	cl_program program;
	cl_kernel kernel;
	cl_mem mems[3];
	float weights[RADIUS + 1];
	uint8_t *images;
	cl_event events[IN_FLIGHT]; /* the newest at the end */
	uint32_t nb_events;
};

static char *
source_read(size_t *len)
{
	char path[600], *text;
	FILE *f;

	snprintf(path, sizeof(path), "%s/" KERNELS, vt_test_source_dir());
	f = fopen(path, "re");
	if (f == NULL)
		return NULL;
	text = malloc(1 << 16);
	*len = text != NULL ? fread(text, 1, 1 << 16, f) : 0;
	fclose(f);
	return text;
}

/* The first device, as the accelerator has it. 0 or an OpenCL error. */
static cl_int
device_open(struct direct *d)
{
	cl_platform_id platforms[16];
	cl_device_id device = NULL;
	cl_uint nb = 0, i;
	cl_int err;
	const char *source;
	size_t len = 0;
	char *text;

	clGetPlatformIDs(RTE_DIM(platforms), platforms, &nb);
	for (i = 0; device == NULL && i < RTE_MIN(nb, RTE_DIM(platforms)); i++)
		clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_ALL, 1, &device, NULL);
	if (device == NULL)
		return CL_DEVICE_NOT_FOUND;
	d->context = clCreateContext(NULL, 1, &device, NULL, NULL, &err);
	if (d->context != NULL)
		d->queue = clCreateCommandQueueWithProperties(d->context, device, NULL, &err);
	text = source_read(&len);
	if (text == NULL)
		return CL_INVALID_PROGRAM;
	source = text;
	if (d->queue != NULL)
		d->program = clCreateProgramWithSource(d->context, 1, &source, &len, &err);
	free(text);
	if (d->program != NULL)
		err = clBuildProgram(d->program, 1, &device, "-cl-kernel-arg-info", NULL, NULL);
	if (err == CL_SUCCESS)
		d->kernel = clCreateKernel(d->program, KERNEL, &err);
	return err;
}

static cl_int
args_set(struct direct *d, uint32_t bytes)
{
	const cl_uint in_len = bytes, weights_len = sizeof(d->weights), columns = 0;
	void *const at[3] = { d->images, d->weights, d->images + bytes };
	const size_t lens[3] = { bytes, sizeof(d->weights), bytes };
	const cl_uint places[3] = { 0, 2, 4 };
	cl_int err = CL_SUCCESS;
	unsigned int i;

	memset(d->images, 100, 2 * (size_t)bytes);
	for (i = 0; i <= RADIUS; i++)
		d->weights[i] = 1.0f / (2 * RADIUS + 1);
	for (i = 0; i < 3 && err == CL_SUCCESS; i++) {
		d->mems[i] = clCreateBuffer(d->context, CL_MEM_USE_HOST_PTR |
			(i == 2 ? CL_MEM_READ_WRITE : CL_MEM_READ_ONLY), lens[i], at[i], &err);
		if (err == CL_SUCCESS)
			err = clSetKernelArg(d->kernel, places[i], sizeof(cl_mem), &d->mems[i]);
	}
	if (err == CL_SUCCESS)
		err = clSetKernelArg(d->kernel, 1, sizeof(in_len), &in_len);
	if (err == CL_SUCCESS)
		err = clSetKernelArg(d->kernel, 3, sizeof(weights_len), &weights_len);
	if (err == CL_SUCCESS)
		err = clSetKernelArg(d->kernel, 5, sizeof(columns), &columns);
	return err;
}

/* The oldest ends. */
static cl_int
wait_one(struct direct *d)
{
	cl_int err = clWaitForEvents(1, &d->events[0]);

	clReleaseEvent(d->events[0]);
	memmove(&d->events[0], &d->events[1], --d->nb_events * sizeof(d->events[0]));
	return err;
}

static cl_int
direct_loop(struct direct *d, uint32_t bytes, double seconds, double *rate)
{
	const uint64_t start = perf_now_ns(), warm = start + (uint64_t)(seconds * 1e8),
		end = start + (uint64_t)(seconds * 1e9);
	const size_t global[2] = { edge_of(bytes), edge_of(bytes) };
	uint64_t now, from = 0, from_ns = 0, done = 0;
	cl_int err = CL_SUCCESS;

	do {
		while (err == CL_SUCCESS && d->nb_events < IN_FLIGHT) {
			err = clEnqueueNDRangeKernel(d->queue, d->kernel, 2, NULL, global, NULL, 0, NULL,
				&d->events[d->nb_events]);
			d->nb_events += err == CL_SUCCESS;
		}
		if (err == CL_SUCCESS)
			err = clFlush(d->queue);
		if (err != CL_SUCCESS)
			return err;
		err = wait_one(d);
		done++;
		now = perf_now_ns();
		if (from_ns == 0 && now >= warm) {
			from = done;
			from_ns = now;
		}
	} while (err == CL_SUCCESS && (now < end || done == from));
	*rate = (double)(done - from) * 1e9 / (double)(now - from_ns);
	return err;
}

static void
device_close(struct direct *d)
{
	unsigned int i;

	while (d->nb_events > 0)
		wait_one(d);
	for (i = 0; i < 3; i++)
		if (d->mems[i] != NULL)
			clReleaseMemObject(d->mems[i]);
	if (d->kernel != NULL)
		clReleaseKernel(d->kernel);
	if (d->program != NULL)
		clReleaseProgram(d->program);
	if (d->queue != NULL)
		clReleaseCommandQueue(d->queue);
	if (d->context != NULL)
		clReleaseContext(d->context);
	free(d->images);
}

static int
baseline(const struct perf_params *params, double seconds, double *values)
{
	struct direct d = { .images = aligned_alloc(4096, 2 * (size_t)params->bytes) };
	cl_int err = CL_OUT_OF_HOST_MEMORY;
	/* The accelerator loads the platform, whose threads are then as they are in the other case. */
	int ret = bench_use(params);

	if (ret == 0 && d.images != NULL)
		err = device_open(&d);
	if (ret == 0 && err == CL_SUCCESS)
		err = args_set(&d, params->bytes);
	if (ret == 0 && err == CL_SUCCESS) {
		/* Its naps would take a part of the processor: this one sleeps. */
		perf_server_switch(PERF_EVENTFD, NULL, false);
		err = direct_loop(&d, params->bytes, seconds, &values[0]);
		perf_server_switch(PERF_NONE, NULL, false);
	}
	device_close(&d);
	if (ret == 0 && err != CL_SUCCESS) {
		fprintf(stderr, PERF_PROG ": OpenCL error %d\n", err);
		ret = -EIO;
	}
	return ret;
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

#define POINT(n) { .engine = "opencl", .op = KERNEL, .bytes = n }
static const struct perf_params points[] = {
	POINT(1u << 16), POINT(1u << 20), POINT(1u << 18),
};

const struct perf_test perf_engine_opencl = {
	.name = "engine",
	.help = "kernel " KERNEL " of the opencl accelerator; baseline: OpenCL itself",
	.metrics = { { "ops_per_s", "1/s" } },
	.fields = PERF_F_ENGINE,
	.space = {
		.layouts = 1u << RTE_VTREGION_HASHED,
		.all_layouts = PERF_ALL_LAYOUTS,
		.syncs = 1u << RTE_VTREGION_SYNC_RTS,
		.all_syncs = 1u << RTE_VTREGION_SYNC_RTS,
		/* Who spins takes a CPU from the thread that computes, where there are few. */
		.idles = 1u << RTE_VTAPPLIANCE_IDLE_INTERRUPT,
		.all_idles = PERF_ALL_IDLES,
		.bursts = 1u << 0,
		.all_bursts = 1u << 0,
		.points = points,
		.nb_points = 2,
		.nb_all_points = RTE_DIM(points),
	},
	.run = run,
	.baseline = baseline,
	.baseline_name = "opencl",
	.client = client,
};
