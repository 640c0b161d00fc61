/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "test_accel.h"

/* No test needs it: it ends a test that would hang. */
#define PATIENCE_S 20

void
accel_task_init(struct accel_task *at, const struct rte_vtaccel_proc *proc,
		struct rte_vtaccel_stream *stream)
{
	memset(at, 0, sizeof(*at));
	at->t.proc = proc;
	at->t.stream = stream;
	at->t.args = at->args;
	at->t.segs = at->segs;
	/* A driver has to write all of these. */
	at->t.status = 123;
	at->t.copied = 123;
	at->t.result = 123456789;
	at->t.exec_ns = UINT64_MAX;
}

static void
seg_add(struct accel_task *at, void *addr, uint32_t len)
{
	struct rte_vtaccel_seg *seg = &at->segs[at->t.nb_in + at->t.nb_out];

	seg->addr = addr;
	seg->len = len;
	at->t.bytes += len;
}

void
accel_task_in(struct accel_task *at, const void *addr, uint32_t len)
{
	seg_add(at, (void *)(uintptr_t)addr, len);
	at->t.nb_in++;
}

void
accel_task_out(struct accel_task *at, void *addr, uint32_t len)
{
	seg_add(at, addr, len);
	at->t.nb_out++;
}

void
accel_task_args(struct accel_task *at, const void *args, uint32_t len)
{
	CU_ASSERT_TRUE_FATAL(len <= sizeof(at->args));
	memcpy(at->args, args, len);
	at->t.args_len = len;
}

const struct rte_vtaccel_proc *
accel_native(const char *name)
{
	const struct rte_vtaccel_proc *p;
	unsigned int i;

	for (i = 0; (p = rte_vtaccel_native_at(i)) != NULL; i++) {
		if (strcmp(p->name, name) == 0)
			return p;
	}
	CU_FAIL_FATAL("no such native procedure");
	return NULL;
}

uint32_t
accel_collect(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint32_t nb)
{
	time_t end = time(NULL) + PATIENCE_S;
	uint32_t n = 0, got;

	while (n < nb && time(NULL) < end) {
		got = rte_vtaccel_dequeue_burst(dev, tasks + n,
			(uint16_t)RTE_MIN(nb - n, 64u));
		if (got == 0)
			sched_yield();
		n += got;
	}
	return n;
}

static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_cond = PTHREAD_COND_INITIALIZER;
static bool gate_open;
static unsigned int gate_inside;

static int
gate_run(struct rte_vtaccel_task *t)
{
	RTE_SET_USED(t);
	pthread_mutex_lock(&gate_lock);
	gate_inside++;
	pthread_cond_broadcast(&gate_cond);
	while (!gate_open)
		pthread_cond_wait(&gate_cond, &gate_lock);
	gate_inside--;
	pthread_mutex_unlock(&gate_lock);
	return 0;
}

const struct rte_vtaccel_proc accel_gate_proc = {
	.api = RTE_VTACCEL_API,
	.name = "test_gate",
	.type = RTE_VINETALK_ACCEL_CPU,
	.native = gate_run,
};

void
accel_gate_set(bool open)
{
	pthread_mutex_lock(&gate_lock);
	gate_open = open;
	pthread_cond_broadcast(&gate_cond);
	pthread_mutex_unlock(&gate_lock);
}

void
accel_gate_wait_for(unsigned int nb)
{
	pthread_mutex_lock(&gate_lock);
	while (gate_inside < nb)
		pthread_cond_wait(&gate_cond, &gate_lock);
	pthread_mutex_unlock(&gate_lock);
}

void
accel_gate_wait(void)
{
	accel_gate_wait_for(1);
}
