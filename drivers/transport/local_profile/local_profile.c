/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Transport without another side: procedures run in the calling thread, by the code of the cpu
 * accelerator, and every API call can be recorded in a file that usertools/vt-profile.py reads.
 *
 * A task runs inside the enqueue and ends there; its completion waits for the dequeue.
 */

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <rte_errno.h>
#include <rte_kvargs.h>
#include <rte_string_fns.h>

#include "lp_private.h"

RTE_LOG_REGISTER(lp_logtype, driver.vinetalk.local_profile, NOTICE);

#define DEFAULT_SIZE (UINT64_C(64) << 20)
#define MIN_SIZE (UINT64_C(1) << 20)
#define MAX_SIZE (UINT64_C(1) << 40)
#define DEFAULT_BUFFER 16384
#define MIN_BUFFER 16
#define MAX_BUFFER (1U << 20)
#define ACCEL "cpu,workers=0,depth=16"

struct lp_args {
	char file[512];
	uint64_t size;
	uint64_t buffer;
};

static int
arg_file(const char *key, const char *value, void *opaque)
{
	struct lp_args *args = opaque;

	if (value == NULL || value[0] == '\0' ||
			rte_strscpy(args->file, value, sizeof(args->file)) < 0) {
		LP_LOG(ERR, "%s=%s: a path has 1 to %zu characters", key,
			value == NULL ? "" : value, sizeof(args->file) - 1);
		return -EINVAL;
	}
	return 0;
}

static int
number(const char *key, const char *value, uint64_t min, uint64_t max, uint64_t *dst)
{
	char *end;

	errno = 0;
	*dst = value == NULL ? 0 : strtoull(value, &end, 0);
	if (value == NULL || value[0] == '-' || end == value || *end != '\0' || errno != 0 ||
			*dst < min || *dst > max) {
		LP_LOG(ERR, "%s=%s: not a number in %" PRIu64 "..%" PRIu64, key,
			value == NULL ? "" : value, min, max);
		return -EINVAL;
	}
	return 0;
}

static int
arg_size(const char *key, const char *value, void *opaque)
{
	return number(key, value, MIN_SIZE, MAX_SIZE, opaque);
}

static int
arg_buffer(const char *key, const char *value, void *opaque)
{
	return number(key, value, MIN_BUFFER, MAX_BUFFER, opaque);
}

static int
parse(const char *text, struct lp_args *args)
{
	static const char * const keys[] = { "file", "size", "buffer", NULL };
	struct rte_kvargs *kv;
	int ret;

	*args = (struct lp_args){ .size = DEFAULT_SIZE, .buffer = DEFAULT_BUFFER };
	if (text[0] == '\0')
		return 0;
	kv = rte_kvargs_parse(text, keys);
	if (kv == NULL) {
		LP_LOG(ERR, "arguments '%s': known keys are file, size, buffer", text);
		return -EINVAL;
	}
	ret = rte_kvargs_process(kv, "file", arg_file, args) != 0 ||
		rte_kvargs_process(kv, "size", arg_size, &args->size) != 0 ||
		rte_kvargs_process(kv, "buffer", arg_buffer, &args->buffer) != 0 ? -EINVAL : 0;
	rte_kvargs_free(kv);
	return ret;
}

static void
dev_free(struct lp_dev *d)
{
	unsigned int i;

	lp_trace_close(d->trace);
	for (i = 0; i < d->nb_natives; i++)
		rte_vtaccel_native_unregister(d->natives[i]);
	rte_vtaccel_remove(d->accel);
	if (d->mem != NULL)
		munmap(d->mem, d->size);
	for (i = 0; i < LP_MAX_VACCELS; i++)
		pthread_mutex_destroy(&d->vaccels[i].lock);
	pthread_rwlock_destroy(&d->fence);
	free(d);
}

static bool
cpu_is_there(void)
{
	const struct rte_vtaccel_proc *proc;
	unsigned int i;

	for (i = 0; (proc = rte_vtaccel_native_at(i)) != NULL; i++)
		if (strcmp(proc->name, "echo") == 0)
			return true;
	return false;
}

/*
 * A program that loads this driver as a plugin need not have the cpu accelerator's: then that
 * is a file beside this one, and stays loaded.
 */
static void
load_cpu(void)
{
	static const char name[] = "librte_accel_cpu.so";
	char file[4096];
	const char *slash;
	Dl_info self;

	if (dladdr(&lp_logtype, &self) == 0 || self.dli_fname == NULL)
		return;
	slash = strrchr(self.dli_fname, '/');
	if (slash == NULL || snprintf(file, sizeof(file), "%.*s/%s",
			(int)(slash - self.dli_fname), self.dli_fname, name) >= (int)sizeof(file))
		return;
	if (dlopen(file, RTLD_NOW) == NULL)
		LP_LOG(ERR, "%s cannot be loaded: %s", file, dlerror());
}

/* Get memory, an accelerator and the file. */
static int
dev_open(struct lp_dev *d, const struct lp_args *args)
{
	int ret;

	d->mem = mmap(NULL, d->size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (d->mem == MAP_FAILED) {
		ret = -errno;
		d->mem = NULL;
		LP_LOG(ERR, "cannot map %" PRIu64 " bytes: %s", d->size, strerror(errno));
		return ret;
	}
	if (!cpu_is_there())
		load_cpu();
	ret = rte_vtaccel_probe(ACCEL, &d->accel);
	if (ret != 0) {
		LP_LOG(ERR, "no accelerator '%s': %s", ACCEL, strerror(-ret));
		d->accel = NULL;
		return ret;
	}
	return args->file[0] != '\0' ? lp_trace_open(d, args->file, (uint32_t)args->buffer) : 0;
}

/* Whoever comes behind a fence that waits, waits too: it gets its turn. */
static void
fence_init(pthread_rwlock_t *fence)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(fence, &attr);
	pthread_rwlockattr_destroy(&attr);
}

static int
lp_attach(struct rte_vinetalk_dev *dev, const char *text)
{
	struct lp_args args;
	struct lp_dev *d;
	unsigned int i;
	int ret;

	ret = parse(text, &args);
	if (ret != 0)
		return ret;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return -ENOMEM;
	for (i = 0; i < LP_MAX_VACCELS; i++)
		pthread_mutex_init(&d->vaccels[i].lock, NULL);
	fence_init(&d->fence);
	d->dev = dev;
	d->size = args.size;
	ret = dev_open(d, &args);
	if (ret != 0) {
		dev_free(d);
		return ret;
	}
	dev->priv = d;
	dev->base = d->mem;
	dev->arena = d->mem;
	dev->arena_size = d->size;
	dev->capabilities = RTE_VINETALK_CAPA_DATA_PATH | RTE_VINETALK_CAPA_NATIVE_PROC |
		RTE_VINETALK_CAPA_EXCLUSIVE | (d->trace != NULL ? RTE_VINETALK_CAPA_TRACE : 0);
	dev->max_qps = LP_MAX_QPS;
	dev->min_depth = 1;
	dev->max_depth = LP_MAX_DEPTH;
	return 0;
}

static void
lp_close(struct rte_vinetalk_dev *dev)
{
	dev_free(dev->priv);
	dev->priv = NULL;
}

static void
qp_free(struct lp_qp *qp)
{
	if (qp->accel != NULL) {
		if (qp->stream.accel != NULL)
			rte_vtaccel_stream_close(&qp->stream);
		rte_vtaccel_remove(qp->accel);
	}
	free(qp);
}

static struct rte_vinetalk_qp *
lp_qp_setup(struct rte_vinetalk_dev *dev, uint16_t qp_id, const struct rte_vinetalk_qp_conf *conf)
{
	struct lp_dev *d = dev->priv;
	struct lp_qp *qp = aligned_alloc(RTE_CACHE_LINE_SIZE,
		RTE_ALIGN_CEIL(sizeof(*qp), (size_t)RTE_CACHE_LINE_SIZE));
	int ret;

	RTE_SET_USED(conf);
	if (qp == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	memset(qp, 0, sizeof(*qp));
	qp->d = d;
	qp->q.win.qp = qp_id;
	/* Bursts of an accelerator are for one thread at a time, and so is a queue pair. */
	ret = rte_vtaccel_probe(ACCEL, &qp->accel);
	if (ret == 0)
		ret = rte_vtaccel_stream_open(qp->accel, &qp->stream);
	if (ret == 0)
		ret = rte_vtaccel_start(qp->accel);
	if (ret != 0) {
		LP_LOG(ERR, "%s: queue pair %u: no accelerator '%s': %s", dev->name, qp_id, ACCEL,
			strerror(-ret));
		qp_free(qp);
		rte_errno = -ret;
		return NULL;
	}
	d->qps[qp_id] = qp;
	return &qp->q;
}

static void
lp_qp_release(struct rte_vinetalk_dev *dev, struct rte_vinetalk_qp *q)
{
	struct lp_dev *d = dev->priv;
	struct lp_qp *qp = (struct lp_qp *)q;

	lp_stats_add(&d->released, qp);
	d->qps[q->id] = NULL;
	qp_free(qp);
}

/* An API call ended: any thread. */
static void
lp_trace_call(struct rte_vinetalk_dev *dev, const char *call, uint64_t start_ns, uint64_t end_ns,
		int status)
{
	struct lp_dev *d = dev->priv;
	struct lp_record r = {
		.time_ns = start_ns,
		.duration_ns = end_ns - start_ns,
		.call = call,
		.status = status,
		.proc = LP_NO_PROC,
	};

	if (d->trace != NULL)
		lp_trace_put(d->trace, &r);
}

static int
lp_xstat(struct rte_vinetalk_dev *dev, unsigned int index, struct rte_vinetalk_xstat_name *name,
		uint64_t *value)
{
	struct lp_dev *d = dev->priv;

	switch (index) {
	case 0:
		rte_strscpy(name->name, "trace_recorded", sizeof(name->name));
		*value = d->trace != NULL ? lp_trace_recorded(d->trace) : 0;
		return 0;
	case 1:
		rte_strscpy(name->name, "trace_dropped", sizeof(name->name));
		*value = d->trace != NULL ? lp_trace_dropped(d->trace) : 0;
		return 0;
	default:
		return -ENOENT;
	}
}

static const struct rte_vinetalk_ops lp_ops = {
	.api = RTE_VINETALK_DRIVER_API,
	.name = "local_profile",
	.help = "file=PATH of the recording (none)\n"
		"size=BYTES of the arena (64 MiB)\n"
		"buffer=RECORDS that a thread may be ahead of the disk (16384)",
	.attach = lp_attach,
	.close = lp_close,
	.qp_setup = lp_qp_setup,
	.qp_release = lp_qp_release,
	.accel_info = lp_accel_info,
	.accel_stats = lp_accel_stats,
	.vaccel_acquire = lp_vaccel_acquire,
	.vaccel_release = lp_vaccel_release,
	.proc_info = lp_proc_info,
	.proc_get = lp_proc_get,
	.proc_put = lp_proc_put,
	.task_cancel = lp_task_cancel,
	.proc_register = lp_proc_register,
	.wait = lp_wait,
	.trace = lp_trace_call,
	.xstat = lp_xstat,
	.enqueue = lp_enqueue,
	.dequeue = lp_dequeue,
};

RTE_VINETALK_REGISTER_DRIVER(lp_ops)
