/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The starting point for a transport driver, and the floor for measurements: every operation is
 * here, and a task ends at once with status 0 without anything being done.
 *
 * To make a driver of it: copy this folder, replace the word "empty" in names, add the folder's
 * name to drivers/meson.build, and then replace one operation after the other. The
 * conformance suite (VT_CONFORMANCE_DRIVER=name dpdk-test vinetalk_conformance_named_autotest)
 * tells how far it is.
 *
 * A driver must work without rte_eal_init(): memory comes from the C library or mmap, and
 * time from clock_gettime().
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <rte_errno.h>
#include <rte_kvargs.h>
#include <rte_log.h>
#include <rte_string_fns.h>

#include <rte_vinetalk_driver.h>

RTE_LOG_REGISTER(empty_logtype, driver.vinetalk.empty, NOTICE);
#define EMPTY_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, empty_logtype, "EMPTY: " fmt "\n", ## __VA_ARGS__)

#define MAX_QPS 64
#define MAX_DEPTH 4096
#define MAX_VACCELS 64
#define MIN_ARENA (UINT64_C(1) << 20)
#define DEFAULT_ARENA (UINT64_C(16) << 20)
#define MAX_ARENA (UINT64_C(1) << 40)

/* The one procedure that there is. */
#define PROC_NAME "nop"

/* dev->priv, what a device has. The class holds a lock around the slow operations. */
struct empty_dev {
	void *mem;
	uint64_t size;
	bool vaccels[MAX_VACCELS]; /* acquired */
	uint32_t nb_vaccels;
	bool exclusive;            /* the vaccel that there is has the accelerator alone */
	uint32_t proc_refs;
};

/* A queue pair: the class's part comes first. Only its thread uses it. */
struct empty_qp {
	struct rte_vinetalk_qp q;
	uint32_t head;             /* next completion to store; runs free */
	uint32_t tail;             /* next completion to give away */
	struct rte_vinetalk_completion done[MAX_DEPTH];
};

/* ---- attach and close ---- */

static int
arg_size(const char *key, const char *value, void *opaque)
{
	uint64_t *size = opaque;
	char *end;

	errno = 0;
	*size = value == NULL ? 0 : strtoull(value, &end, 0);
	if (value == NULL || value[0] == '-' || end == value || *end != '\0' || errno != 0 ||
			*size < MIN_ARENA || *size > MAX_ARENA) {
		EMPTY_LOG(ERR, "%s=%s: not a number in %" PRIu64 "..%" PRIu64, key,
			value == NULL ? "" : value, MIN_ARENA, MAX_ARENA);
		return -EINVAL;
	}
	return 0;
}

/* Turn "key=value,..." into settings. Unknown keys are refused. */
static int
parse(const char *text, uint64_t *size)
{
	static const char * const keys[] = { "size", NULL };
	struct rte_kvargs *kv;
	int ret;

	*size = DEFAULT_ARENA;
	if (text[0] == '\0')
		return 0;
	kv = rte_kvargs_parse(text, keys);
	if (kv == NULL) {
		EMPTY_LOG(ERR, "arguments '%s': the known key is size", text);
		return -EINVAL;
	}
	ret = rte_kvargs_process(kv, "size", arg_size, size);
	rte_kvargs_free(kv);
	return ret == 0 ? 0 : -EINVAL;
}

/*
 * Find the region, map it, and tell the class where things are. A driver with another side
 * (RTE_VINETALK_CAPA_REMOTE) says hello to it here.
 */
static int
empty_attach(struct rte_vinetalk_dev *dev, const char *args)
{
	struct empty_dev *d;
	uint64_t size;
	int ret;

	ret = parse(args, &size);
	if (ret != 0)
		return ret;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return -ENOMEM;
	d->size = size;
	d->mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (d->mem == MAP_FAILED) {
		ret = -errno;
		EMPTY_LOG(ERR, "cannot map %" PRIu64 " bytes: %s", size, strerror(errno));
		free(d);
		return ret;
	}
	dev->priv = d;
	dev->base = d->mem;     /* what offsets in tasks are relative to */
	dev->arena = d->mem;    /* the part of it that data comes from */
	dev->arena_size = size;
	/* Not RTE_VINETALK_CAPA_DATA_PATH: tasks do no work here. */
	dev->capabilities = RTE_VINETALK_CAPA_EXCLUSIVE;
	dev->max_qps = MAX_QPS;
	dev->min_depth = 1;
	dev->max_depth = MAX_DEPTH;
	return 0;
}

/* Give everything back. The class has released the queue pairs, and no thread is in a call. */
static void
empty_close(struct rte_vinetalk_dev *dev)
{
	struct empty_dev *d = dev->priv;

	munmap(d->mem, d->size);
	free(d);
}

/* ---- queue pairs ---- */

/* Make conf->nb_queue_pairs possible. The class has checked the number. Optional. */
static int
empty_configure(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_conf *conf)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(conf);
	return 0;
}

/*
 * Make a queue pair. The class has checked conf, and fills in what is its own: the window with
 * room for 8 * max_depth tasks, of which at most the depth are in flight.
 */
static struct rte_vinetalk_qp *
empty_qp_setup(struct rte_vinetalk_dev *dev, uint16_t qp_id,
		const struct rte_vinetalk_qp_conf *conf)
{
	struct empty_qp *qp = aligned_alloc(RTE_CACHE_LINE_SIZE,
		RTE_ALIGN_CEIL(sizeof(*qp), (size_t)RTE_CACHE_LINE_SIZE));

	RTE_SET_USED(dev);
	RTE_SET_USED(conf);
	if (qp == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	memset(qp, 0, sizeof(*qp));
	/* The number that tells this queue pair's tasks from others of the same region. */
	qp->q.win.qp = qp_id;
	return &qp->q;
}

static void
empty_qp_release(struct rte_vinetalk_dev *dev, struct rte_vinetalk_qp *qp)
{
	RTE_SET_USED(dev);
	free(qp);
}

/* Begin to take tasks: the class installs the fast path after this. Optional. */
static int
empty_start(struct rte_vinetalk_dev *dev)
{
	RTE_SET_USED(dev);
	return 0;
}

/*
 * Take no more tasks: the class has taken the fast path away. Tasks in flight are kept, and are
 * dequeued after the next start. Optional.
 */
static void
empty_stop(struct rte_vinetalk_dev *dev)
{
	RTE_SET_USED(dev);
}

/* ---- accelerators ---- */

/* The index-th accelerator. -ENOENT behind the last: that is how the class lists them. */
static int
empty_accel_info(struct rte_vinetalk_dev *dev, uint16_t index,
		struct rte_vinetalk_accel_info *info)
{
	const struct empty_dev *d = dev->priv;

	if (index != 0)
		return -ENOENT;
	memset(info, 0, sizeof(*info));
	info->id = 0;
	info->type = RTE_VINETALK_ACCEL_CPU;
	info->state = RTE_VINETALK_ACCEL_IDLE;
	info->nb_vaccels = d->nb_vaccels;
	info->exclusive = d->exclusive;
	rte_strscpy(info->name, "empty", sizeof(info->name));
	rte_strscpy(info->location, "nowhere", sizeof(info->location));
	return 0;
}

/* Counters of an accelerator, for all its clients. */
static int
empty_accel_stats(struct rte_vinetalk_dev *dev, uint16_t index,
		struct rte_vinetalk_accel_stats *stats)
{
	struct rte_vinetalk_stats s;

	if (index != 0)
		return -ENOENT;
	/* Every task that was accepted has ended; the class knows how many. */
	rte_vinetalk_dev_counters(dev, &s);
	memset(stats, 0, sizeof(*stats));
	stats->tasks = s.enqueued;
	stats->bytes = s.bytes;
	return 0;
}

/*
 * A virtual accelerator. conf may name an accelerator, a type and a procedure, or leave each
 * open. -ENOENT: there is none such; -EBUSY: there is, but somebody has it alone; -ENOSPC: too
 * many; -EINVAL: the procedure is not one that proc_get gave.
 */
static int
empty_vaccel_acquire(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_vaccel_conf *conf,
		uint16_t *vaccel)
{
	const bool exclusive = conf->flags & RTE_VINETALK_VACCEL_F_EXCLUSIVE;
	struct empty_dev *d = dev->priv;
	uint16_t i;

	if (rte_vinetalk_vaccel_conf_limits(conf))
		return -ENOTSUP;
	if (conf->proc != RTE_VINETALK_ID_ANY && (conf->proc != 0 || d->proc_refs == 0))
		return -EINVAL;
	if ((conf->accel != RTE_VINETALK_ID_ANY && conf->accel != 0) ||
			(conf->type != RTE_VINETALK_ACCEL_ANY &&
			conf->type != RTE_VINETALK_ACCEL_CPU))
		return -ENOENT;
	if (exclusive && d->nb_vaccels != 0)
		return -EBUSY;
	for (i = 0; i < MAX_VACCELS && d->vaccels[i]; i++)
		;
	if (i == MAX_VACCELS)
		return -ENOSPC;
	d->vaccels[i] = true;
	d->nb_vaccels++;
	d->exclusive |= exclusive;
	*vaccel = i;
	return 0;
}

/* Give it back. -ENODEV: it is not acquired. */
static int
empty_vaccel_release(struct rte_vinetalk_dev *dev, uint16_t vaccel)
{
	struct empty_dev *d = dev->priv;

	if (vaccel >= MAX_VACCELS || !d->vaccels[vaccel])
		return -ENODEV;
	d->vaccels[vaccel] = false;
	if (--d->nb_vaccels == 0)
		d->exclusive = false;
	return 0;
}

/* ---- procedures ---- */

/* The index-th procedure. -ENOENT behind the last. */
static int
empty_proc_info(struct rte_vinetalk_dev *dev, uint16_t index, struct rte_vinetalk_proc_info *info)
{
	RTE_SET_USED(dev);
	if (index != 0)
		return -ENOENT;
	info->index = 0;
	info->type = RTE_VINETALK_ACCEL_CPU;
	rte_strscpy(info->name, PROC_NAME, sizeof(info->name));
	return 0;
}

/* A handle of a procedure. Each get wants a put. -ENOENT: no such name for that type. */
static int
empty_proc_get(struct rte_vinetalk_dev *dev, const char *name, enum rte_vinetalk_accel_type type,
		uint16_t *proc)
{
	struct empty_dev *d = dev->priv;

	if (strcmp(name, PROC_NAME) != 0 ||
			(type != RTE_VINETALK_ACCEL_ANY && type != RTE_VINETALK_ACCEL_CPU))
		return -ENOENT;
	if (d->proc_refs == UINT16_MAX)
		return -ENOSPC;
	d->proc_refs++;
	*proc = 0;
	return 0;
}

/* Give a handle back. -ENOENT: there is no such handle. */
static int
empty_proc_put(struct rte_vinetalk_dev *dev, uint16_t proc)
{
	struct empty_dev *d = dev->priv;

	if (proc != 0 || d->proc_refs == 0)
		return -ENOENT;
	d->proc_refs--;
	return 0;
}

/* Cancel a task that the window has in flight. Here it ended in the enqueue: its completion waits. Optional. */
static int
empty_task_cancel(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_task *task)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(task);
	return -EALREADY;
}

/* Take a native procedure of the application's: RTE_VINETALK_CAPA_NATIVE_PROC. Optional. */
static int
empty_proc_register(struct rte_vinetalk_dev *dev, const struct rte_vtaccel_proc *proc)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(proc);
	return -ENOTSUP;
}

/* ---- waiting, recording, counting ---- */

/*
 * Wait until a dequeue would return something, at most timeout_us (below 0: no limit). Called
 * by the queue pair's thread without the device's lock. Nobody but that thread could make a task
 * end here, so when nothing is there, nothing will come.
 */
static int
empty_wait(struct rte_vinetalk_qp *q, int64_t timeout_us)
{
	const struct empty_qp *qp = (const struct empty_qp *)q;
	struct timespec ts;

	if (qp->tail != qp->head)
		return 0;
	if (timeout_us > 0) {
		ts.tv_sec = timeout_us / 1000000;
		ts.tv_nsec = timeout_us % 1000000 * 1000;
		nanosleep(&ts, NULL);
	}
	return -ETIMEDOUT;
}

/*
 * An API call has ended: for drivers that record calls (RTE_VINETALK_CAPA_TRACE). A driver that
 * does not leaves it out, and spares the class reading the clock. Optional.
 */
static void
empty_trace(struct rte_vinetalk_dev *dev, const char *call, uint64_t start_ns, uint64_t end_ns,
		int status)
{
	EMPTY_LOG(DEBUG, "%s: %s: %d after %" PRIu64 " ns", dev->name, call, status,
		end_ns - start_ns);
}

/* The index-th statistic of the driver's own. -ENOENT behind the last. Optional. */
static int
empty_xstat(struct rte_vinetalk_dev *dev, unsigned int index,
		struct rte_vinetalk_xstat_name *name, uint64_t *value)
{
	const struct empty_dev *d = dev->priv;

	if (index != 0)
		return -ENOENT;
	rte_strscpy(name->name, "vaccels", sizeof(name->name));
	*value = d->nb_vaccels;
	return 0;
}

/* ---- the fast path ---- */

/*
 * Take tasks. The order is: how many has the window room for; stamp them (which writes
 * their numbers and check words); send them; commit those that were sent. A short count is
 * back-pressure and never an error: a bad task is taken too, and ends with a status.
 */
static uint16_t
empty_enqueue(void *p, struct rte_vinetalk_task *tasks, uint16_t nb)
{
	struct empty_qp *qp = p;
	struct rte_vinetalk_window *w = &qp->q.win;
	struct rte_vinetalk_qp_counters *cnt = &qp->q.cnt;
	uint64_t bytes = 0;
	uint16_t n, i;

	n = rte_vinetalk_window_room(w, nb);
	for (i = 0; i < n; i++) {
		rte_vinetalk_window_stamp(w, &tasks[i], i);
		/* No more than the depth are in flight, so there is room. */
		qp->done[qp->head++ % MAX_DEPTH] = (struct rte_vinetalk_completion){
			.cookie = tasks[i].cookie,
			.qp_seq = tasks[i].qp_seq,
		};
		bytes += rte_vinetalk_task_bytes(qp->q.dev, &tasks[i]);
	}
	rte_vinetalk_window_commit(w, tasks, n);
	RTE_VINETALK_COUNT(cnt->enqueued, n);
	RTE_VINETALK_COUNT(cnt->bytes, bytes);
	if (unlikely(n < nb))
		RTE_VINETALK_COUNT(cnt->refused, (uint64_t)(nb - n));
	return n;
}

/* Give completions away. The window says of each whether it ends a task; one that does not is dropped. */
static uint16_t
empty_dequeue(void *p, struct rte_vinetalk_completion *completions, uint16_t nb)
{
	struct empty_qp *qp = p;
	struct rte_vinetalk_qp_counters *cnt = &qp->q.cnt;
	uint16_t n = 0;

	while (n < nb && qp->tail != qp->head) {
		completions[n] = qp->done[qp->tail++ % MAX_DEPTH];
		if (likely(rte_vinetalk_window_end(&qp->q.win, &completions[n])))
			n++;
	}
	/* Those with a status other than 0 would count as failed. */
	RTE_VINETALK_COUNT(cnt->completed, n);
	return n;
}

static const struct rte_vinetalk_ops empty_ops = {
	.api = RTE_VINETALK_DRIVER_API,
	.name = "empty",
	.help = "size=BYTES of the arena (16 MiB)",
	.attach = empty_attach,
	.close = empty_close,
	.configure = empty_configure,
	.qp_setup = empty_qp_setup,
	.qp_release = empty_qp_release,
	.start = empty_start,
	.stop = empty_stop,
	.accel_info = empty_accel_info,
	.accel_stats = empty_accel_stats,
	.vaccel_acquire = empty_vaccel_acquire,
	.vaccel_release = empty_vaccel_release,
	.proc_info = empty_proc_info,
	.proc_get = empty_proc_get,
	.proc_put = empty_proc_put,
	.task_cancel = empty_task_cancel,
	.proc_register = empty_proc_register,
	.wait = empty_wait,
	.trace = empty_trace,
	.xstat = empty_xstat,
	.enqueue = empty_enqueue,
	.dequeue = empty_dequeue,
};

RTE_VINETALK_REGISTER_DRIVER(empty_ops)
