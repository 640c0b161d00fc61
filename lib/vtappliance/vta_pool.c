/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A poller's private copies of requests. They belong to no queue pair: what was used last is used next,
 * while it is in the cache, and a queue pair that has nothing in flight costs nothing. There are
 * at most as many as were ever in flight at once.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vta_private.h"

#define CHUNK 64

struct vta_chunk {
	SLIST_ENTRY(vta_chunk) link;
	struct vta_task tasks[CHUNK];
};

int
vta_pool_grow(struct vta_pool *pool)
{
	struct vta_chunk *chunk = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*chunk));
	struct vta_task **free_tasks;
	unsigned int i;

	if (chunk == NULL)
		return -ENOMEM;
	free_tasks = realloc(pool->free, (pool->size + CHUNK) * sizeof(*free_tasks));
	if (free_tasks == NULL) {
		free(chunk);
		return -ENOMEM;
	}
	memset(chunk, 0, sizeof(*chunk));
	SLIST_INSERT_HEAD(&pool->chunks, chunk, link);
	pool->free = free_tasks;
	pool->size += CHUNK;
	for (i = CHUNK; i > 0; i--) {
		vta_task_reset(&chunk->tasks[i - 1]);
		pool->free[pool->nb_free++] = &chunk->tasks[i - 1];
	}
	return 0;
}

void
vta_pool_free(struct vta_pool *pool)
{
	struct vta_chunk *chunk;

	while ((chunk = SLIST_FIRST(&pool->chunks)) != NULL) {
		SLIST_REMOVE_HEAD(&pool->chunks, link);
		free(chunk);
	}
	free(pool->free);
}
