/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The compressdev behind an accelerator: found or made, its queue pairs, and the memory of
 * operations.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_bus_vdev.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_string_fns.h>

#include "compress_private.h"

/* Entries of a queue pair: a power of two; one operation is in it at a time. */
#define QUEUE_DEPTH 32
/* Transforms of a device. A device keeps the number of its first configuration. */
#define XFORMS (16 * (RTE_VTACCEL_WORKERS_MAX + 1))
#define WINDOW 15 /* bits of RFC 1951's 32 KiB */

/*
 * What their flags do not tell. compress_isal goes over its input again for matches, and takes the
 * next mbuf of a stream before it knows whether it needs it. zlib takes each byte into a window of
 * its own, and hands back what it does not need; its driver follows chains, and does not say so.
 */
static const struct compress_pmd pmds[] = {
	{ .name = "compress_isal", .max_level = 3, .chains = true },
	{ .name = "compress_zlib", .max_level = RTE_COMP_LEVEL_MAX, .chains = true, .single_pass = true,
		.exact = true },
};
static const struct compress_pmd pmd_other = { .max_level = RTE_COMP_LEVEL_MAX };

/*
 * Devices that were made here. They stay and are used again: in 22.11 a look-up by name follows a
 * null pointer once a device with a lower number has gone, and closing one of compress_isal twice,
 * as its removal does, frees its pool twice. For the control thread.
 */
static struct compress_vdev {
	char driver[COMPRESS_NAME_LEN];
	char name[COMPRESS_NAME_LEN];
	bool used;
} vdevs[RTE_COMPRESS_MAX_DEVS];
static unsigned int nb_vdevs;

static void
nothing(void *addr, void *opaque)
{
	RTE_SET_USED(addr);
	RTE_SET_USED(opaque);
}

static int
make(struct compress_dev *cd, const char *driver, struct compress_vdev **made)
{
	struct compress_vdev *v;
	unsigned int i;
	int ret;

	for (i = 0; i < nb_vdevs; i++)
		if (!vdevs[i].used && strcmp(vdevs[i].driver, driver) == 0) {
			*made = &vdevs[i];
			return 0;
		}
	if (nb_vdevs == RTE_DIM(vdevs)) {
		COMPRESS_LOG(ERR, "%s: %u compressdevs were made, and there can be no more", cd->dev->name, nb_vdevs);
		return -ENOSPC;
	}
	v = &vdevs[nb_vdevs];
	if (rte_strscpy(v->driver, driver, sizeof(v->driver)) < 0 ||
			snprintf(v->name, sizeof(v->name), "%s_vt%u", driver, nb_vdevs) >= (int)sizeof(v->name))
		return -ENAMETOOLONG;
	ret = rte_vdev_init(v->name, "");
	/* No driver. */
	if (ret == -1)
		ret = -ENODEV;
	if (ret != 0) {
		COMPRESS_LOG(ERR, "%s: there is no compressdev %s, and none can be made of a driver of this name: %s",
			cd->dev->name, driver, rte_strerror(-ret));
		return ret;
	}
	if (rte_compressdev_get_dev_id(v->name) < 0) {
		rte_vdev_uninit(v->name);
		COMPRESS_LOG(ERR, "%s: %s is no driver of compressdevs", cd->dev->name, driver);
		return -ENODEV;
	}
	nb_vdevs++;
	*made = v;
	return 0;
}

/* One that is there has this name; else a virtual one is made of the driver of this name. */
static int
find_or_make(struct compress_dev *cd, const char *name)
{
	int id = rte_compressdev_get_dev_id(name), ret;

	if (id < 0) {
		ret = make(cd, name, &cd->vdev);
		if (ret != 0)
			return ret;
		cd->vdev->used = true;
		name = cd->vdev->name;
		id = rte_compressdev_get_dev_id(name);
	}
	cd->id = (uint8_t)id;
	return rte_strscpy(cd->where, name, sizeof(cd->where)) < 0 ? -ENAMETOOLONG : 0;
}

/* A line for each task that ends badly is nothing a client should be able to write into the log. */
static void
hush(const char *driver)
{
	char name[64];
	int type;

	if (strncmp(driver, "compress_", 9) != 0)
		return;
	snprintf(name, sizeof(name), "pmd.compress.%s", driver + 9);
	type = rte_log_register(name);
	/* Who raised it wants to see them. */
	if (type >= 0 && rte_log_get_level((uint32_t)type) <= (int)RTE_LOG_INFO)
		rte_log_set_level((uint32_t)type, RTE_LOG_CRIT);
}

static int
check(struct compress_dev *cd)
{
	const struct rte_compressdev_capabilities *cap;
	struct rte_compressdev_info info;
	unsigned int i;

	rte_compressdev_info_get(cd->id, &info);
	cap = rte_compressdev_capability_get(cd->id, RTE_COMP_ALGO_DEFLATE);
	if (cap == NULL) {
		COMPRESS_LOG(ERR, "%s: %s does not do deflate", cd->dev->name, cd->where);
		return -ENOTSUP;
	}
	cd->features = cap->comp_feature_flags;
	cd->pmd = &pmd_other;
	for (i = 0; i < RTE_DIM(pmds); i++)
		if (strcmp(info.driver_name, pmds[i].name) == 0)
			cd->pmd = &pmds[i];
	if (!cd->pmd->chains && (cd->features & RTE_COMP_FF_OOP_SGL_IN_SGL_OUT) == 0) {
		COMPRESS_LOG(ERR, "%s: %s takes no chains of mbufs", cd->dev->name, cd->where);
		return -ENOTSUP;
	}
	if (info.max_nb_queue_pairs != 0 && info.max_nb_queue_pairs < cd->nb_threads) {
		COMPRESS_LOG(ERR, "%s: %s has %u queue pairs, %u are needed: one for each worker, and one",
			cd->dev->name, cd->where, info.max_nb_queue_pairs, cd->nb_threads);
		return -EINVAL;
	}
	/* It reads memory by itself. */
	if ((info.feature_flags & RTE_COMPDEV_FF_HW_ACCELERATED) != 0) {
		cd->maps = rte_vtaccel_maps_create(cd->dev, cd->where);
		if (cd->maps == NULL)
			return -rte_errno;
	}
	hush(info.driver_name);
	return 0;
}

void *
compress_mem_get(const struct compress_dev *cd, size_t len)
{
	return cd->maps != NULL ? rte_zmalloc(NULL, len, RTE_CACHE_LINE_SIZE) : calloc(1, len);
}

void
compress_mem_put(const struct compress_dev *cd, void *mem)
{
	if (cd->maps != NULL)
		rte_free(mem);
	else
		free(mem);
}

static int
pools_make(struct compress_dev *cd)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "vt_compress_op_%u", cd->dev->id);
	cd->op_pool = rte_comp_op_pool_create(name, cd->nb_threads, 0, 0, SOCKET_ID_ANY);
	snprintf(name, sizeof(name), "vt_compress_mb_%u", cd->dev->id);
	cd->mbuf_pool = rte_pktmbuf_pool_create(name, cd->nb_threads * COMPRESS_MBUFS, 0, 0, 0, SOCKET_ID_ANY);
	cd->pads[0] = compress_mem_get(cd, COMPRESS_PIECE_MAX);
	cd->pads[1] = compress_mem_get(cd, COMPRESS_PIECE_MAX);
	if (cd->op_pool == NULL || cd->mbuf_pool == NULL || cd->pads[0] == NULL || cd->pads[1] == NULL) {
		COMPRESS_LOG(ERR, "%s: no memory for %u threads: %s", cd->dev->name, cd->nb_threads,
			rte_strerror(rte_errno));
		return -ENOMEM;
	}
	memset(cd->pads[1], 0xff, COMPRESS_PIECE_MAX);
	return 0;
}

static int
threads_make(struct compress_dev *cd)
{
	uint32_t i, j;

	cd->threads = compress_mem_get(cd, cd->nb_threads * sizeof(cd->threads[0]));
	if (cd->threads == NULL)
		return -ENOMEM;
	/* What is attached stays the clients': it is never freed, and the mbufs are used again and again. */
	cd->shinfo.free_cb = nothing;
	rte_mbuf_ext_refcnt_set(&cd->shinfo, UINT16_MAX / 2);
	for (i = 0; i < cd->nb_threads; i++) {
		struct compress_thread *th = &cd->threads[i];

		th->op = rte_comp_op_alloc(cd->op_pool);
		if (th->op == NULL)
			return -ENOMEM;
		for (j = 0; j < COMPRESS_MBUFS; j++) {
			th->mbufs[j] = rte_pktmbuf_alloc(cd->mbuf_pool);
			if (th->mbufs[j] == NULL)
				return -ENOMEM;
		}
	}
	return 0;
}

static int
queues_make(struct compress_dev *cd)
{
	struct rte_compressdev_config conf = {
		.socket_id = rte_compressdev_socket_id(cd->id),
		.nb_queue_pairs = (uint16_t)cd->nb_threads,
		.max_nb_priv_xforms = XFORMS,
	};
	uint32_t i;
	int ret = rte_compressdev_configure(cd->id, &conf);

	for (i = 0; ret == 0 && i < cd->nb_threads; i++)
		ret = rte_compressdev_queue_pair_setup(cd->id, (uint16_t)i, QUEUE_DEPTH, conf.socket_id);
	if (ret != 0)
		COMPRESS_LOG(ERR, "%s: %s cannot have %u queue pairs: %s", cd->dev->name, cd->where,
			cd->nb_threads, rte_strerror(-ret));
	return ret;
}

int
compress_dev_open(struct compress_dev *cd, const char *name)
{
	int ret;

	if (rte_socket_count() == 0) {
		COMPRESS_LOG(ERR, "%s: a compressdev needs rte_eal_init()", cd->dev->name);
		return -ENOTSUP;
	}
	ret = find_or_make(cd, name);
	if (ret == 0)
		ret = check(cd);
	if (ret == 0)
		ret = pools_make(cd);
	if (ret == 0)
		ret = threads_make(cd);
	return ret == 0 ? queues_make(cd) : ret;
}

int
compress_dev_start(struct compress_dev *cd)
{
	int ret = rte_compressdev_start(cd->id);

	if (ret != 0)
		COMPRESS_LOG(ERR, "%s: %s cannot start: %s", cd->dev->name, cd->where, rte_strerror(-ret));
	cd->started = ret == 0;
	return ret;
}

bool
compress_dev_equal(const struct compress_dev *cd, const struct compress_dev *other)
{
	struct rte_compressdev_info one, two;

	rte_compressdev_info_get(cd->id, &one);
	rte_compressdev_info_get(other->id, &two);
	return strcmp(one.driver_name, two.driver_name) == 0;
}

int
compress_dev_restart(struct compress_dev *cd)
{
	int ret;

	rte_compressdev_stop(cd->id);
	ret = queues_make(cd);
	return ret == 0 ? compress_dev_start(cd) : ret;
}

static void
xforms_free(struct compress_dev *cd, struct compress_thread *th)
{
	unsigned int i, sum;

	for (sum = 0; sum < COMPRESS_SUMS; sum++) {
		for (i = 0; i < COMPRESS_LEVELS; i++)
			if (th->deflate[i][sum] != NULL)
				rte_compressdev_private_xform_free(cd->id, th->deflate[i][sum]);
		if (th->inflate[sum] != NULL)
			rte_compressdev_private_xform_free(cd->id, th->inflate[sum]);
	}
}

void
compress_dev_close(struct compress_dev *cd)
{
	uint32_t i;

	for (i = 0; cd->threads != NULL && i < cd->nb_threads; i++) {
		xforms_free(cd, &cd->threads[i]);
		compress_mem_put(cd, cd->threads[i].copy);
	}
	if (cd->started)
		rte_compressdev_stop(cd->id);
	if (cd->vdev != NULL)
		cd->vdev->used = false;
	/* Nothing in them is in use: operations and mbufs go with their pools. */
	rte_mempool_free(cd->op_pool);
	rte_mempool_free(cd->mbuf_pool);
	compress_mem_put(cd, cd->pads[0]);
	compress_mem_put(cd, cd->pads[1]);
	compress_mem_put(cd, cd->threads);
	rte_vtaccel_maps_free(cd->maps);
}

static void *
xform_get(struct compress_dev *cd, const struct rte_comp_xform *x, void **at)
{
	pthread_mutex_lock(&cd->lock);
	if (rte_compressdev_private_xform_create(cd->id, x, at) != 0)
		*at = NULL;
	pthread_mutex_unlock(&cd->lock);
	return *at;
}

void *
compress_deflate_get(struct compress_dev *cd, struct compress_thread *th, uint32_t level,
		enum rte_comp_checksum_type sum)
{
	const int least = (cd->features & RTE_COMP_FF_NONCOMPRESSED_BLOCKS) != 0 ? RTE_COMP_LEVEL_NONE :
		RTE_COMP_LEVEL_MIN;
	struct rte_comp_xform x = { .type = RTE_COMP_COMPRESS };

	/* The nearest that the device has. */
	x.compress.level = RTE_MIN((int)level, cd->pmd->max_level);
	x.compress.level = RTE_MAX(x.compress.level, least);
	if (th->deflate[x.compress.level][sum] != NULL)
		return th->deflate[x.compress.level][sum];
	x.compress.algo = RTE_COMP_ALGO_DEFLATE;
	x.compress.deflate.huffman = RTE_COMP_HUFFMAN_DYNAMIC;
	x.compress.window_size = WINDOW;
	x.compress.chksum = sum;
	return xform_get(cd, &x, &th->deflate[x.compress.level][sum]);
}

void *
compress_inflate_get(struct compress_dev *cd, struct compress_thread *th,
		enum rte_comp_checksum_type sum)
{
	struct rte_comp_xform x = { .type = RTE_COMP_DECOMPRESS };

	if (th->inflate[sum] != NULL)
		return th->inflate[sum];
	x.decompress.algo = RTE_COMP_ALGO_DEFLATE;
	x.decompress.window_size = WINDOW;
	x.decompress.chksum = sum;
	return xform_get(cd, &x, &th->inflate[sum]);
}
