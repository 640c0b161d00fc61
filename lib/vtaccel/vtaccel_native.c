/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Native procedures run here, behind the checks and copies that protect them. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vtaccel_private.h"

#define COPY_ALIGN ((size_t)64)

static uint64_t
now_ns(void)
{
	struct timespec ts;

	/* Not the TSC, whose frequency is unknown without rte_eal_init(). */
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Inputs come first. */
static bool
is_private(const struct rte_vtaccel_task *t, unsigned int seg)
{
	return (t->proc->flags & (seg < t->nb_in ? RTE_VTACCEL_PROC_F_PRIVATE_INPUT :
		RTE_VTACCEL_PROC_F_PRIVATE_OUTPUT)) != 0;
}

/*
 * Make the private copies in one piece of memory. Outputs are copied too: bytes that the
 * procedure does not write must neither change nor show what this memory held before.
 */
static int
copy_in(struct rte_vtaccel_task *t, struct rte_vtaccel_seg *segs, void **mem)
{
	const unsigned int nb = t->nb_in + t->nb_out;
	size_t room = COPY_ALIGN, bytes = 0;
	unsigned int i;
	uint8_t *p;

	/* No overflow: at most 16 lengths of 32 bits. */
	for (i = 0; i < nb; i++) {
		segs[i] = t->segs[i];
		if (is_private(t, i)) {
			room += RTE_ALIGN_CEIL((size_t)segs[i].len, COPY_ALIGN);
			bytes += segs[i].len;
		}
	}
	if (bytes > RTE_VTACCEL_PRIVATE_MAX) {
		VTACCEL_LOG(DEBUG, "procedure %s: private copies of %zu bytes, limit %u",
			t->proc->name, bytes, RTE_VTACCEL_PRIVATE_MAX);
		return -E2BIG;
	}
	*mem = malloc(room);
	if (*mem == NULL)
		return -ENOMEM;
	p = RTE_PTR_ALIGN_CEIL(*mem, COPY_ALIGN);
	for (i = 0; i < nb; i++) {
		if (!is_private(t, i))
			continue;
		segs[i].addr = p;
		if (segs[i].len != 0)
			memcpy(p, t->segs[i].addr, segs[i].len);
		p += RTE_ALIGN_CEIL((size_t)segs[i].len, COPY_ALIGN);
	}
	t->copied = (uint32_t)bytes;
	return 0;
}

static int
run_private(struct rte_vtaccel_task *t)
{
	struct rte_vtaccel_seg segs[RTE_VINETALK_MAX_SEGS];
	struct rte_vtaccel_seg *theirs = t->segs;
	unsigned int i;
	void *mem;
	int ret;

	ret = copy_in(t, segs, &mem);
	if (ret != 0)
		return ret;
	t->segs = segs;
	ret = t->proc->native(t);
	t->segs = theirs;
	for (i = t->nb_in; ret == 0 && i < (unsigned int)t->nb_in + t->nb_out; i++) {
		if (is_private(t, i) && theirs[i].len != 0)
			memcpy(theirs[i].addr, segs[i].addr, theirs[i].len);
	}
	free(mem);
	return ret;
}

static int
run(struct rte_vtaccel_task *t)
{
	if (rte_vtaccel_task_fits(t) != 0 || t->nb_in + t->nb_out > RTE_VINETALK_MAX_SEGS)
		return -EINVAL;
	if (t->proc->native == NULL)
		return -ENOSYS;
	if (t->proc->flags == 0)
		return t->proc->native(t);
	return run_private(t);
}

void
rte_vtaccel_native_run(struct rte_vtaccel_task *task)
{
	uint64_t start = now_ns();
	int ret;

	task->copied = 0;
	task->result = 0;
	ret = run(task);
	task->status = ret > 0 ? -EPROTO : ret;
	task->exec_ns = now_ns() - start;
}
