/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Buffers from a device's arena, by memkind: a fixed kind, with jemalloc underneath. Others write to an arena as well: what
 * memkind knows of it lies elsewhere, in version 1.14, and vinetalk_client_losses_autotest checks that.
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
	struct vinetalk_placed *p;

	/* It is the driver's close that takes the buffers from the accelerators. */
	while ((p = LIST_FIRST(&vinetalk_class(dev)->placed)) != NULL) {
		LIST_REMOVE(p, link);
		free(p);
	}
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

static void *
arena_alloc(struct rte_vinetalk_dev *dev, size_t size, size_t align)
{
	struct vinetalk_class *cls = vinetalk_class(dev);
	uint64_t start;
	void *buf = NULL;
	int ret;

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

/* Let a buffer stay with an accelerator. */
static int
buf_place(uint16_t dev_id, void *buf, size_t size, enum rte_vinetalk_placement placement)
{
	struct rte_vinetalk_dev *dev;
	struct vinetalk_placed *p;
	uint64_t start;
	int ret;

	p = malloc(sizeof(*p));
	if (p == NULL)
		return -ENOMEM;
	dev = vinetalk_enter(dev_id, &start);
	if (dev == NULL) {
		free(p);
		return -ENODEV;
	}
	ret = dev->ops->buf_add(dev, rte_vinetalk_offset(dev_id, buf), size, placement);
	vinetalk_leave(dev, "buf_add", start, ret);
	if (ret != 0) {
		VT_LOG(INFO, "%s: a buffer of %zu bytes cannot stay with an accelerator: %s", dev->name,
			size, rte_strerror(-ret));
		free(p);
		return ret;
	}
	p->buf = buf;
	pthread_mutex_lock(&vinetalk_class(dev)->data_lock);
	LIST_INSERT_HEAD(&vinetalk_class(dev)->placed, p, link);
	pthread_mutex_unlock(&vinetalk_class(dev)->data_lock);
	return 0;
}

/* Take a buffer from its accelerator, if it stays with one. */
static void
buf_unplace(uint16_t dev_id, struct vinetalk_class *cls, void *buf)
{
	struct rte_vinetalk_dev *dev;
	struct vinetalk_placed *p;
	uint64_t start;

	pthread_mutex_lock(&cls->data_lock);
	LIST_FOREACH(p, &cls->placed, link)
		if (p->buf == buf)
			break;
	if (p != NULL)
		LIST_REMOVE(p, link);
	pthread_mutex_unlock(&cls->data_lock);
	if (p == NULL)
		return;
	free(p);
	dev = vinetalk_enter(dev_id, &start);
	if (dev != NULL)
		vinetalk_leave(dev, "buf_del", start,
			dev->ops->buf_del(dev, rte_vinetalk_offset(dev_id, buf)));
}

void *
rte_vinetalk_alloc(uint16_t dev_id, size_t size, size_t align,
		enum rte_vinetalk_placement placement)
{
	struct rte_vinetalk_dev *dev = vinetalk_dev(dev_id);
	void *buf;
	int ret;

	if (dev == NULL)
		return fail(ENODEV);
	if (size == 0 || align > UINT32_MAX ||
			(align != 0 && !rte_is_power_of_2((uint32_t)align)) ||
			(unsigned int)placement > RTE_VINETALK_PLACE_BOTH)
		return fail(EINVAL);
	if (placement != RTE_VINETALK_PLACE_HOST && dev->ops->buf_add == NULL)
		return fail(ENOTSUP);
	buf = arena_alloc(dev, size, align);
	if (buf == NULL || placement == RTE_VINETALK_PLACE_HOST)
		return buf;
	ret = buf_place(dev_id, buf, size, placement);
	if (ret == 0)
		return buf;
	rte_vinetalk_free(dev_id, buf);
	return fail(-ret);
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
	buf_unplace(dev_id, cls, buf);
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
