/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Buffers from a device's arena, by memkind: a fixed kind, with jemalloc underneath, whose
 * bookkeeping lies in the arena too. Only this process trusts it.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_errno.h>

#include "vinetalk_private.h"

/*
 * One jemalloc arena for each kind. Otherwise memkind gives each thread one of its own, which takes
 * megabytes of a fixed kind at once: the fourth thread of a program got nothing out of 4 MiB. Our lock
 * makes more than one useless anyway. memkind can be told by the environment only, and a constructor
 * is where that disturbs nobody; who has set the variable is left alone.
 */
RTE_INIT(vinetalk_one_arena)
{
	setenv("MEMKIND_ARENA_NUM_PER_KIND", "1", 0);
}

int
vinetalk_data_init(struct rte_vinetalk_dev *dev)
{
	int ret;

	if (dev->arena_size == 0)
		return 0;
	ret = memkind_create_fixed(dev->arena, dev->arena_size, &vinetalk_class(dev)->kind);
	if (ret != MEMKIND_SUCCESS) {
		VT_LOG(ERR, "no allocator for an arena of %" PRIu64 " bytes: memkind says %d",
			dev->arena_size, ret);
		vinetalk_class(dev)->kind = NULL;
		return -ENOMEM;
	}
	return 0;
}

void
vinetalk_data_fini(struct rte_vinetalk_dev *dev)
{
	if (vinetalk_class(dev)->kind != NULL)
		memkind_destroy_kind(vinetalk_class(dev)->kind);
	vinetalk_class(dev)->kind = NULL;
}

static void *
fail(int err)
{
	rte_errno = err;
	return NULL;
}

void *
rte_vinetalk_alloc(uint16_t dev_id, size_t size, size_t align,
		enum rte_vinetalk_placement placement)
{
	struct rte_vinetalk_dev *dev = vinetalk_dev(dev_id);
	struct vinetalk_class *cls;
	uint64_t start;
	void *buf = NULL;
	int ret;

	if (dev == NULL)
		return fail(ENODEV);
	if (size == 0 || align > UINT32_MAX ||
			(align != 0 && !rte_is_power_of_2((uint32_t)align)) ||
			(unsigned int)placement > RTE_VINETALK_PLACE_BOTH)
		return fail(EINVAL);
	if (placement != RTE_VINETALK_PLACE_HOST)
		return fail(ENOTSUP);
	cls = vinetalk_class(dev);
	if (cls->kind == NULL || size > dev->arena_size)
		return fail(ENOMEM);
	start = dev->ops->trace != NULL ? vinetalk_now_ns() : 0;
	pthread_mutex_lock(&cls->data_lock);
	ret = memkind_posix_memalign(cls->kind, &buf,
		RTE_MAX(align, (size_t)RTE_CACHE_LINE_SIZE), size);
	pthread_mutex_unlock(&cls->data_lock);
	if (dev->ops->trace != NULL)
		dev->ops->trace(dev, "alloc", start, vinetalk_now_ns(), -ret);
	if (ret != 0 || buf == NULL) {
		VT_LOG(INFO, "%s: no room for %zu bytes in an arena of %" PRIu64, dev->name, size,
			dev->arena_size);
		return fail(ENOMEM);
	}
	return buf;
}

/* The class of the device whose arena has buf, or NULL. */
static struct vinetalk_class *
class_of(uint16_t dev_id, const void *buf)
{
	struct rte_vinetalk_dev *dev = vinetalk_dev(dev_id);

	if (dev == NULL)
		return NULL;
	if ((uintptr_t)buf - (uintptr_t)dev->arena >= dev->arena_size) {
		VT_LOG(ERR, "%s: %p is not in its arena", dev->name, buf);
		return NULL;
	}
	return vinetalk_class(dev);
}

void
rte_vinetalk_free(uint16_t dev_id, void *buf)
{
	struct vinetalk_class *cls;
	struct rte_vinetalk_dev *dev;
	uint64_t start;

	if (buf == NULL)
		return;
	cls = class_of(dev_id, buf);
	if (cls == NULL)
		return;
	dev = vinetalk_dev(dev_id);
	start = dev->ops->trace != NULL ? vinetalk_now_ns() : 0;
	pthread_mutex_lock(&cls->data_lock);
	memkind_free(cls->kind, buf);
	pthread_mutex_unlock(&cls->data_lock);
	if (dev->ops->trace != NULL)
		dev->ops->trace(dev, "free", start, vinetalk_now_ns(), 0);
}

size_t
rte_vinetalk_buf_size(uint16_t dev_id, const void *buf)
{
	struct vinetalk_class *cls;
	size_t size;

	if (buf == NULL)
		return 0;
	cls = class_of(dev_id, buf);
	if (cls == NULL)
		return 0;
	pthread_mutex_lock(&cls->data_lock);
	size = memkind_malloc_usable_size(cls->kind, RTE_PTR_ADD((uintptr_t)buf, 0));
	pthread_mutex_unlock(&cls->data_lock);
	return size;
}

void *
rte_vinetalk_ptr(uint16_t dev_id, uint64_t offset)
{
	struct rte_vinetalk_dev *dev = vinetalk_dev(dev_id);
	uint64_t arena;

	if (dev == NULL)
		return fail(ENODEV);
	arena = (uint64_t)((uintptr_t)dev->arena - (uintptr_t)dev->base);
	if (offset - arena >= dev->arena_size)
		return fail(EFAULT);
	return RTE_PTR_ADD(dev->base, offset);
}
