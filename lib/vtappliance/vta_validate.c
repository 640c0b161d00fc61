/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * From a request to a task that may be run.
 *
 * The request is a private copy. What it refers to in the region (a segment
 * table, arguments) is copied here, once, and checked from the copy.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vta_private.h"

/* The private address of a part of the client's arena, or NULL. */
static inline void *
arena_at(const struct vta_client *c, uint64_t off, uint64_t len)
{
	uint64_t rel = off - c->arena_off;

	/* rel wraps to something huge for an offset below the arena. */
	if (unlikely(rel > c->arena_len || len > c->arena_len - rel))
		return NULL;
	return RTE_PTR_ADD(c->dom->mem.base, off);
}

static inline int
seg_set(const struct vta_client *c, struct rte_vtaccel_seg *seg, uint64_t off, uint32_t len)
{
	seg->addr = arena_at(c, off, len);
	seg->len = len;
	seg->reserved = 0;
	return likely(seg->addr != NULL) ? 0 : -EFAULT;
}

/* Segments and arguments that lie in the arena. */
static int
copy_refs(const struct vta_client *c, const struct rte_vinetalk_task *req, struct vta_task *task,
		unsigned int nb)
{
	const bool segs_ref = req->flags & RTE_VINETALK_TASK_F_SEGS_REF;
	const bool args_ref = req->flags & RTE_VINETALK_TASK_F_ARGS_REF;
	const size_t segs_len = segs_ref ? nb * sizeof(struct rte_vtaccel_seg) : 0;
	const size_t args_len = args_ref ? req->args_ref.len : 0;
	struct rte_vinetalk_seg table[RTE_VINETALK_MAX_SEGS];
	const void *src;
	unsigned int i;
	int ret;

	if (args_ref && (req->args_len != 0 || req->args_ref.reserved != 0 ||
			req->args_ref.len > RTE_VINETALK_MAX_ARGS))
		return -EINVAL;
	task->ext = malloc(segs_len + args_len + 1);
	if (task->ext == NULL)
		return -ENOMEM;
	if (segs_ref) {
		if (req->seg_len[0] != nb * sizeof(table[0]) || req->seg_off[1] != 0 ||
				req->seg_len[1] != 0)
			return -EINVAL;
		src = arena_at(c, req->seg_off[0], req->seg_len[0]);
		if (src == NULL)
			return -EFAULT;
		memcpy(table, src, nb * sizeof(table[0]));
		task->t.segs = task->ext;
		for (i = 0; i < nb; i++) {
			/* The copy, not the arena, is what is looked at from here on. */
			rte_compiler_barrier();
			if (table[i].reserved != 0)
				return -EINVAL;
			ret = seg_set(c, &task->t.segs[i], table[i].offset, table[i].len);
			if (ret != 0)
				return ret;
			task->t.bytes += table[i].len;
		}
	}
	if (args_ref) {
		src = arena_at(c, req->args_ref.offset, args_len);
		if (src == NULL)
			return -EFAULT;
		task->t.args = RTE_PTR_ADD(task->ext, segs_len);
		task->t.args_len = (uint32_t)args_len;
		memcpy(RTE_PTR_ADD(task->ext, segs_len), src, args_len);
	}
	return 0;
}

static inline int
resolve(const struct vta_client *c, const struct rte_vinetalk_task *req, struct vta_task *task)
{
	const struct rte_vtappliance *app = c->dom->app;
	struct vta_vaccel *va;

	if (unlikely(req->vaccel >= VTA_MAX_VACCELS))
		return -ENODEV;
	/* Pairs with the release in the control thread's acquire operation. */
	va = __atomic_load_n(&c->vaccels[req->vaccel], __ATOMIC_ACQUIRE);
	if (unlikely(va == NULL))
		return -ENODEV;
	if (unlikely(req->proc >= VTA_MAX_PROCS || (VTA_READ(c->procs[req->proc / 64]) &
			UINT64_C(1) << (req->proc % 64)) == 0))
		return -ENOENT;
	task->va = va;
	task->t.stream = &va->stream;
	task->t.proc = app->procs[req->proc].impl[va->accel->index];
	if (unlikely(task->t.proc == NULL))
		return -ENOTSUP;
	return 0;
}

int
vta_validate(const struct vta_client *c, const struct rte_vinetalk_task *req,
		struct vta_task *task)
{
	const unsigned int nb = (unsigned int)req->nb_in + req->nb_out;
	unsigned int i;
	int ret;

	task->va = NULL;
	task->ext = NULL;
	task->t.bytes = 0;
	task->t.nb_in = req->nb_in;
	task->t.nb_out = req->nb_out;
	task->t.segs = task->segs;
	task->t.args = task->args;
	task->t.args_len = req->args_len;
	task->t.status = 0;
	task->t.copied = 0;
	task->t.result = 0;
	task->t.exec_ns = 0;

	if (unlikely(req->flags & ~RTE_VINETALK_TASK_F_ALL))
		return -EINVAL;
	ret = resolve(c, req, task);
	if (unlikely(ret != 0))
		return ret;
	if (unlikely(nb > RTE_VINETALK_MAX_SEGS))
		return -EMSGSIZE;
	if (likely((req->flags & RTE_VINETALK_TASK_F_SEGS_REF) == 0)) {
		if (unlikely(nb > RTE_VINETALK_INLINE_SEGS))
			return -EMSGSIZE;
		for (i = 0; i < nb; i++) {
			ret = seg_set(c, &task->segs[i], req->seg_off[i], req->seg_len[i]);
			if (unlikely(ret != 0))
				return ret;
			task->t.bytes += req->seg_len[i];
		}
	}
	if (likely((req->flags & RTE_VINETALK_TASK_F_ARGS_REF) == 0)) {
		if (unlikely(req->args_len > RTE_VINETALK_INLINE_ARGS))
			return -EINVAL;
		memcpy(task->args, req->args, sizeof(task->args));
	}
	if (unlikely(req->flags != 0)) {
		ret = copy_refs(c, req, task, nb);
		if (ret != 0)
			return ret;
	}
	return rte_vtaccel_task_fits(&task->t);
}
