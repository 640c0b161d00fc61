/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTA_REFS_H
#define VTA_REFS_H

/*
 * What a request refers to in the region: places of the client's arena, a segment table and arguments there. The
 * latter are copied, once, and checked from the copy.
 */

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "vta_private.h"

/* A client's arena, by value: what is stored in a loop might be the client's own words, for all that a compiler knows. */
struct vta_arena {
	uint64_t off, len;
	uint8_t *base; /* of the region */
};

static inline struct vta_arena
vta_arena_of(const struct vta_client *c)
{
	return (struct vta_arena){ .off = c->arena_off, .len = c->arena_len, .base = c->dom->mem.base };
}

/* The private address of a part of it, or NULL. */
static inline void *
vta_arena_at(struct vta_arena a, uint64_t off, uint64_t len)
{
	uint64_t rel = off - a.off;

	/* rel wraps to something huge for an offset below the arena. */
	if (unlikely(rel > a.len || len > a.len - rel))
		return NULL;
	return a.base + off;
}

static inline int
vta_seg_set(struct vta_arena a, struct rte_vtaccel_seg *seg, uint64_t off, uint32_t len)
{
	seg->addr = vta_arena_at(a, off, len);
	seg->len = len;
	seg->reserved = 0;
	return likely(seg->addr != NULL) ? 0 : -EFAULT;
}

static inline int
vta_segs_inline(struct vta_arena arena, const struct rte_vinetalk_task *req, struct vta_task *task, unsigned int nb)
{
	unsigned int i;
	int ret;

	for (i = 0; i < nb; i++) {
		ret = vta_seg_set(arena, &task->segs[i], req->seg_off[i], req->seg_len[i]);
		if (unlikely(ret != 0))
			return ret;
		task->t.bytes += req->seg_len[i];
	}
	return 0;
}

/* A segment table that lies in the arena, to ext. */
static __rte_always_inline int
vta_segs_copy(struct vta_arena arena, const struct rte_vinetalk_task *req, struct vta_task *task, unsigned int nb)
{
	const uint8_t *src = vta_arena_at(arena, req->seg_off[0], req->seg_len[0]);
	struct rte_vtaccel_seg *to = task->ext, *const end = to + nb;
	uint64_t rel, left, word, off, bytes = 0, words = 0, outside = 0;

	RTE_BUILD_BUG_ON(sizeof(struct rte_vinetalk_seg) != sizeof(*to));
	RTE_BUILD_BUG_ON(offsetof(struct rte_vinetalk_seg, reserved) != offsetof(struct rte_vinetalk_seg, len) + 4);
	RTE_BUILD_BUG_ON(offsetof(struct rte_vtaccel_seg, reserved) != offsetof(struct rte_vtaccel_seg, len) + 4);
	if (unlikely(req->seg_len[0] != nb * sizeof(*to) || req->seg_off[1] != 0 || req->seg_len[1] != 0))
		return -EINVAL;
	if (unlikely(src == NULL))
		return -EFAULT;
	task->t.segs = to;
	/* All of them, then the verdict: nobody uses an address before that. */
	for (; to < end; to++, src += sizeof(*to)) {
		memcpy(&off, src + offsetof(struct rte_vinetalk_seg, offset), sizeof(off));
		/* Its length, and the reserved word as the upper half. */
		memcpy(&word, src + offsetof(struct rte_vinetalk_seg, len), sizeof(word));
		/* The copy, not the arena, is what is looked at from here on. */
		rte_compiler_barrier();
		/*
		 * As of vta_arena_at(), without a branch: one of the three is negative for a place that begins before the
		 * arena, begins behind it, or ends behind it. An arena has less than 2^63 bytes.
		 */
		rel = off - arena.off;
		left = arena.len - rel;
		outside |= rel | left | (left - (uint32_t)word);
		to->addr = (void *)((uintptr_t)arena.base + off);
		memcpy(&to->len, &word, sizeof(word));
		bytes += word;
		words |= word;
	}
	task->t.bytes = bytes;
	if (unlikely((int64_t)outside < 0))
		return -EFAULT;
	return likely(words >> 32 == 0) ? 0 : -EINVAL;
}

/* Arguments that lie in the arena, to ext, behind the segments there. */
static __rte_always_inline int
vta_args_copy(struct vta_arena arena, const struct rte_vinetalk_task *req, struct vta_task *task, uint32_t segs_len,
		uint32_t args_len)
{
	const void *src = vta_arena_at(arena, req->args_ref.offset, args_len);
	void *args = RTE_PTR_ADD(task->ext, segs_len);

	if (unlikely(src == NULL))
		return -EFAULT;
	task->t.args = args;
	task->t.args_len = args_len;
	memcpy(args, src, args_len);
	return 0;
}

/* Segments or arguments that lie in the arena, as the flags say. 0 or a task's status. */
int vta_refs_copy(const struct vta_client *c, const struct rte_vinetalk_task *req, struct vta_task *task,
		unsigned int nb);

#endif /* VTA_REFS_H */
