/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The recording: a ring for each thread that calls, and one thread that writes all of them to
 * the file. Who calls never waits for the disk: into a full ring nothing is put, and that is counted.
 */

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "lp_private.h"

#define NAP_MS 5
#define BATCH 64

static const char header[] =
	"time_ns,thread,cpu,call,proc,accel_type,status,duration_ns,bytes_in,bytes_out\n";

/* Of one thread for one recording. */
struct buf {
	struct rte_ring *ring;  /* the thread puts, the writer takes */
	struct buf *next;
	int thread;
	uint32_t ended;         /* atomic: the thread has exited */
	uint64_t recorded;      /* the thread writes, others read (relaxed) */
	uint64_t dropped;
};

struct lp_trace {
	struct lp_dev *d;
	FILE *f;
	uint64_t serial;        /* never used for another recording of the process */
	uint32_t entries;       /* of each ring */
	pthread_t writer;
	pthread_mutex_t lock;   /* of the list, and of stop; never held during a write */
	pthread_cond_t wake;
	bool stop;
	struct buf *bufs;
	struct lp_trace *next;
	/* Of threads that have exited; under the lock. */
	uint64_t recorded, dropped;
	uint64_t lost;          /* atomic: lines that the disk did not take */
	int error;              /* the writer's: the first errno of the file */
};

/*
 * A thread finds its buffer here, by the device's number. A slot counts only if the serial is that
 * of the recording: nobody clears the slots of other threads when a recording ends.
 */
static __thread struct {
	uint64_t serial;
	struct buf *buf;
} slots[RTE_VINETALK_MAX_DEVS];

/* Recordings that are alive, for threads that exit. Taken before a recording's own lock. */
static pthread_mutex_t live_lock = PTHREAD_MUTEX_INITIALIZER;
static struct lp_trace *live;
static uint64_t last_serial;
static pthread_key_t exit_key;
static pthread_once_t exit_once = PTHREAD_ONCE_INIT;
static int exit_error;

static void
thread_exits(void *arg)
{
	struct lp_trace *t;
	unsigned int i;

	RTE_SET_USED(arg);
	pthread_mutex_lock(&live_lock);
	for (t = live; t != NULL; t = t->next) {
		for (i = 0; i < RTE_DIM(slots); i++) {
			if (slots[i].serial != t->serial)
				continue;
			slots[i].serial = 0;
			/* Pairs with the acquire in drain(): its last records are in the ring. */
			__atomic_store_n(&slots[i].buf->ended, 1, __ATOMIC_RELEASE);
		}
	}
	pthread_mutex_unlock(&live_lock);
}

static void
make_key(void)
{
	exit_error = -pthread_key_create(&exit_key, thread_exits);
}

static void
buf_free(struct buf *b)
{
	free(b->ring);
	free(b);
}

static struct buf *
buf_make(struct lp_trace *t)
{
	const ssize_t size = rte_ring_get_memsize_elem(sizeof(struct lp_record), t->entries);
	struct buf *b = calloc(1, sizeof(*b));

	if (b == NULL || size < 0)
		goto fail;
	b->ring = aligned_alloc(RTE_CACHE_LINE_SIZE,
		RTE_ALIGN_CEIL((size_t)size, (size_t)RTE_CACHE_LINE_SIZE));
	if (b->ring == NULL || rte_ring_init(b->ring, "trace", t->entries,
			RING_F_SP_ENQ | RING_F_SC_DEQ) != 0)
		goto fail;
	b->thread = gettid();
	/* Not NULL, so that the thread's exit is noticed. */
	if (pthread_setspecific(exit_key, slots) != 0)
		goto fail;
	pthread_mutex_lock(&t->lock);
	b->next = t->bufs;
	t->bufs = b;
	pthread_mutex_unlock(&t->lock);
	return b;
fail:
	if (b != NULL)
		buf_free(b);
	return NULL;
}

void
lp_trace_put(struct lp_trace *t, struct lp_record *r)
{
	const uint16_t id = t->d->dev->id;
	struct buf *b;

	if (unlikely(slots[id].serial != t->serial)) {
		b = buf_make(t);
		if (b == NULL) {
			pthread_mutex_lock(&t->lock);
			t->dropped++;
			pthread_mutex_unlock(&t->lock);
			return;
		}
		slots[id].buf = b;
		slots[id].serial = t->serial;
	}
	b = slots[id].buf;
	r->cpu = sched_getcpu();
	if (likely(rte_ring_sp_enqueue_elem(b->ring, r, sizeof(*r)) == 0))
		RTE_VINETALK_COUNT(b->recorded, 1);
	else
		RTE_VINETALK_COUNT(b->dropped, 1);
}

/* ---- the writer ---- */

static const char *
proc_name(const struct lp_dev *d, uint16_t proc, char *buf, size_t len)
{
	if (proc == LP_NO_PROC)
		return "";
	/* Acquire: pairs with the release of entry_of(), behind which the name never changes. */
	if (proc < __atomic_load_n(&d->nb_procs, __ATOMIC_ACQUIRE))
		return d->procs[proc].name;
	snprintf(buf, len, "#%u", proc);
	return buf;
}

static void
failed(struct lp_trace *t)
{
	if (t->error != 0)
		return;
	t->error = errno;
	LP_LOG(ERR, "the recording is incomplete: %s", strerror(t->error));
}

static void
write_record(struct lp_trace *t, const struct buf *b, const struct lp_record *r)
{
	char name[16];
	int n;

	n = fprintf(t->f, "%" PRIu64 ",%d,%d,%s,%s,%s,%d,%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
		r->time_ns, b->thread, r->cpu, r->call, proc_name(t->d, r->proc, name, sizeof(name)),
		r->proc == LP_NO_PROC ? "" : rte_vtaccel_type_name(RTE_VINETALK_ACCEL_CPU),
		r->status, r->duration_ns, r->bytes_in, r->bytes_out);
	if (n < 0) {
		failed(t);
		__atomic_fetch_add(&t->lost, 1, __ATOMIC_RELAXED);
	}
}

/* Write what a thread has put. Returns whether there was anything. */
static bool
drain(struct lp_trace *t, struct buf *b)
{
	struct lp_record r[BATCH];
	unsigned int n, i;
	bool any = false;

	/* At most what one ring holds: others wait. */
	for (unsigned int left = t->entries; left > 0; left -= RTE_MIN(left, n)) {
		n = rte_ring_sc_dequeue_burst_elem(b->ring, r, sizeof(r[0]), BATCH, NULL);
		if (n == 0)
			break;
		any = true;
		for (i = 0; i < n; i++)
			write_record(t, b, &r[i]);
	}
	return any;
}

/* A thread has exited, and all of its records are written. */
static void
unlink_buf(struct lp_trace *t, struct buf *b)
{
	struct buf **prev;

	pthread_mutex_lock(&t->lock);
	for (prev = &t->bufs; *prev != b; prev = &(*prev)->next)
		;
	*prev = b->next;
	t->recorded += b->recorded;
	t->dropped += b->dropped;
	pthread_mutex_unlock(&t->lock);
	buf_free(b);
}

/*
 * One round over all threads; those that have exited leave. The lock is not held while
 * something is written: new threads are put before the first, and nobody but this thread unlinks.
 */
static bool
drain_all(struct lp_trace *t)
{
	struct buf *b, *next;
	bool any = false;

	pthread_mutex_lock(&t->lock);
	b = t->bufs;
	pthread_mutex_unlock(&t->lock);
	for (; b != NULL; b = next) {
		/* Before the drain: what it put before its end is then taken. */
		const bool ended = __atomic_load_n(&b->ended, __ATOMIC_ACQUIRE) != 0;

		next = b->next;
		any |= drain(t, b);
		if (ended && rte_ring_empty(b->ring))
			unlink_buf(t, b);
	}
	return any;
}

static bool
nap(struct lp_trace *t)
{
	struct timespec ts;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_nsec += NAP_MS * 1000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&t->lock);
	if (!t->stop)
		pthread_cond_timedwait(&t->wake, &t->lock, &ts);
	stop = t->stop;
	pthread_mutex_unlock(&t->lock);
	return stop;
}

static void *
write_all(void *arg)
{
	struct lp_trace *t = arg;
	bool stop = false;

	while (!stop) {
		if (drain_all(t))
			sched_yield();
		stop = nap(t);
	}
	while (drain_all(t))
		;
	return NULL;
}

/* ---- open and close ---- */

static int
start_writer(struct lp_trace *t)
{
	sigset_t all, old;
	int ret;

	/* Signals are for the application's threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = -pthread_create(&t->writer, NULL, write_all, t);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (ret == 0)
		pthread_setname_np(t->writer, "vt-trace");
	return ret;
}

static void
trace_free(struct lp_trace *t)
{
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
	if (t->f != NULL)
		fclose(t->f);
	free(t);
}

int
lp_trace_open(struct lp_dev *d, const char *file, uint32_t buffer)
{
	struct lp_trace *t = calloc(1, sizeof(*t));
	pthread_condattr_t attr;
	int ret = 0;

	if (t == NULL)
		return -ENOMEM;
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->wake, &attr);
	pthread_condattr_destroy(&attr);
	t->d = d;
	/* A ring holds one less than its entries. */
	t->entries = rte_align32pow2(buffer + 1);
	t->f = fopen(file, "we");
	if (t->f == NULL || fputs(header, t->f) < 0 || fflush(t->f) != 0) {
		ret = -errno;
		LP_LOG(ERR, "file=%s: %s", file, strerror(errno));
	}
	pthread_once(&exit_once, make_key);
	if (ret == 0)
		ret = exit_error;
	if (ret == 0)
		ret = start_writer(t);
	if (ret != 0) {
		trace_free(t);
		return ret;
	}
	pthread_mutex_lock(&live_lock);
	t->serial = ++last_serial;
	t->next = live;
	live = t;
	pthread_mutex_unlock(&live_lock);
	d->trace = t;
	return 0;
}

void
lp_trace_close(struct lp_trace *t)
{
	struct lp_trace **prev;
	struct buf *b;

	if (t == NULL)
		return;
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->writer, NULL);
	/* From here on threads that exit do not look at it. */
	pthread_mutex_lock(&live_lock);
	for (prev = &live; *prev != t; prev = &(*prev)->next)
		;
	*prev = t->next;
	pthread_mutex_unlock(&live_lock);
	fprintf(t->f, "# recorded %" PRIu64 ", dropped %" PRIu64 "\n", lp_trace_recorded(t),
		lp_trace_dropped(t));
	if (fflush(t->f) != 0)
		failed(t);
	while ((b = t->bufs) != NULL) {
		t->bufs = b->next;
		buf_free(b);
	}
	trace_free(t);
}

static uint64_t
sum(struct lp_trace *t, bool dropped)
{
	const struct buf *b;
	uint64_t n;

	pthread_mutex_lock(&t->lock);
	n = dropped ? t->dropped : t->recorded;
	for (b = t->bufs; b != NULL; b = b->next)
		n += __atomic_load_n(dropped ? &b->dropped : &b->recorded, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&t->lock);
	return n;
}

uint64_t
lp_trace_recorded(struct lp_trace *t)
{
	return sum(t, false) - __atomic_load_n(&t->lost, __ATOMIC_RELAXED);
}

uint64_t
lp_trace_dropped(struct lp_trace *t)
{
	return sum(t, true) + __atomic_load_n(&t->lost, __ATOMIC_RELAXED);
}
