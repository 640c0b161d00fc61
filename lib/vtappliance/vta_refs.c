/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* What a task has of its own of what its request referred to: see vta_refs.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vta_refs.h"

int
vta_refs_copy(const struct vta_client *c, const struct rte_vinetalk_task *req, struct vta_task *task,
		unsigned int nb)
{
	const bool segs_ref = req->flags & RTE_VINETALK_TASK_F_SEGS_REF;
	const bool args_ref = req->flags & RTE_VINETALK_TASK_F_ARGS_REF;
	const uint32_t segs_len = segs_ref ? nb * (uint32_t)sizeof(struct rte_vtaccel_seg) : 0;
	const uint32_t args_len = args_ref ? req->args_ref.len : 0;
	int ret;

	if (args_ref && unlikely(req->args_len != 0 || req->args_ref.reserved != 0 ||
			req->args_ref.len > RTE_VINETALK_MAX_ARGS))
		return -EINVAL;
	task->ext_len = segs_len + args_len;
	task->ext = likely(task->ext_len <= sizeof(task->room)) ? task->room : malloc(task->ext_len);
	if (unlikely(task->ext == NULL))
		return -ENOMEM;
	if (args_ref) {
		ret = vta_args_copy(vta_arena_of(c), req, task, segs_len, args_len);
		if (unlikely(ret != 0))
			return ret;
	}
	return segs_ref ? vta_segs_copy(vta_arena_of(c), req, task, nb) :
		vta_segs_inline(vta_arena_of(c), req, task, nb);
}

void
vta_task_reset(struct vta_task *task)
{
	task->ext = NULL;
	task->t.segs = task->segs;
	task->t.args = task->args;
}

/* Forget what was by offset, which may have been a key. */
void
vta_task_ext_free(struct vta_task *task)
{
	uint8_t *const room = task->room;

	RTE_BUILD_BUG_ON(VTA_TASK_ROOM != 6 * VTA_TASK_WIPE);
	if (likely(task->ext == task->room)) {
		/* A key with its structure and IV is in the first half. */
		memset(room, 0, VTA_TASK_WIPE);
		memset(room + VTA_TASK_WIPE, 0, VTA_TASK_WIPE);
		memset(room + 2 * VTA_TASK_WIPE, 0, VTA_TASK_WIPE);
		if (task->ext_len > 3 * VTA_TASK_WIPE) {
			memset(room + 3 * VTA_TASK_WIPE, 0, VTA_TASK_WIPE);
			memset(room + 4 * VTA_TASK_WIPE, 0, VTA_TASK_WIPE);
			memset(room + 5 * VTA_TASK_WIPE, 0, VTA_TASK_WIPE);
		}
		rte_compiler_barrier();
	} else {
		explicit_bzero(task->ext, task->ext_len);
		free(task->ext);
	}
	vta_task_reset(task);
}
