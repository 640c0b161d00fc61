/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The cryptodev behind an accelerator: found or made, its queue pairs, and the memory of operations. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_bus_vdev.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_string_fns.h>

#include "crypto_private.h"

/* Entries of a queue pair: more than a burst, and a power of two. */
#define QUEUE_DEPTH 256

static void
nothing(void *addr, void *opaque)
{
	RTE_SET_USED(addr);
	RTE_SET_USED(opaque);
}

/* One that is there has this name; else a virtual one is made of the driver of this name. */
static int
find_or_make(struct crypto_dev *cd, const char *name)
{
	char args[64];
	int id = rte_cryptodev_get_dev_id(name), ret;

	if (id < 0) {
		if (snprintf(cd->where, sizeof(cd->where), "%s_vt%u", name, cd->dev->id) >=
				(int)sizeof(cd->where))
			return -ENAMETOOLONG;
		snprintf(args, sizeof(args), "max_nb_queue_pairs=%u", cd->nb_threads);
		ret = rte_vdev_init(cd->where, args);
		if (ret != 0) {
			CRYPTO_LOG(ERR, "%s: there is no cryptodev %s, and none can be made of a driver of this name: %s",
				cd->dev->name, name, rte_strerror(-ret));
			return ret;
		}
		cd->own = true;
		id = rte_cryptodev_get_dev_id(cd->where);
		if (id < 0) {
			CRYPTO_LOG(ERR, "%s: %s is no driver of cryptodevs", cd->dev->name, name);
			return -ENODEV;
		}
	} else if (rte_strscpy(cd->where, name, sizeof(cd->where)) < 0) {
		return -ENAMETOOLONG;
	}
	cd->id = (uint8_t)id;
	return 0;
}

static int
check(struct crypto_dev *cd)
{
	struct rte_cryptodev_info info;

	rte_cryptodev_info_get(cd->id, &info);
	cd->features = info.feature_flags;
	/*
	 * It writes from the begin of the only mbuf of an output without a look at its length, and takes no chain there:
	 * one mbuf over the first bytes stands for a place of any length.
	 */
	cd->linear_out = strcmp(info.driver_name, "crypto_openssl") == 0;
	/* In 22.11 it takes chains, and crashes on the digest of the first that it decrypts. */
	if (strcmp(info.driver_name, "crypto_aesni_mb") == 0)
		cd->features &= ~(RTE_CRYPTODEV_FF_IN_PLACE_SGL | RTE_CRYPTODEV_FF_OOP_SGL_IN_SGL_OUT);
	if ((cd->features & RTE_CRYPTODEV_FF_SYMMETRIC_CRYPTO) == 0) {
		CRYPTO_LOG(ERR, "%s: %s does no symmetric cryptography", cd->dev->name, cd->where);
		return -ENOTSUP;
	}
	if (info.max_nb_queue_pairs < cd->nb_threads) {
		CRYPTO_LOG(ERR, "%s: %s has %u queue pairs, %u are needed: one for each worker, and one",
			cd->dev->name, cd->where, info.max_nb_queue_pairs, cd->nb_threads);
		return -EINVAL;
	}
	/* It reads memory by itself. */
	if ((cd->features & RTE_CRYPTODEV_FF_HW_ACCELERATED) != 0) {
		cd->maps = rte_vtaccel_maps_create(cd->dev, rte_dev_name(info.device));
		if (cd->maps == NULL)
			return -rte_errno;
	}
	return 0;
}

static int
pools_make(struct crypto_dev *cd)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	const int socket = SOCKET_ID_ANY;

	snprintf(name, sizeof(name), "vt_crypto_op_%u", cd->dev->id);
	cd->op_pool = rte_crypto_op_pool_create(name, RTE_CRYPTO_OP_TYPE_SYMMETRIC,
		cd->nb_threads * CRYPTO_BURST, 0, sizeof(struct crypto_op), socket);
	snprintf(name, sizeof(name), "vt_crypto_mb_%u", cd->dev->id);
	cd->mbuf_pool = rte_pktmbuf_pool_create(name, cd->nb_threads * CRYPTO_MBUFS, 0, 0, 0, socket);
	snprintf(name, sizeof(name), "vt_crypto_se_%u", cd->dev->id);
	cd->session_pool = rte_cryptodev_sym_session_pool_create(name, cd->all_sessions,
		rte_cryptodev_sym_get_private_session_size(cd->id), 0, 0, socket);
	if (cd->op_pool == NULL || cd->mbuf_pool == NULL || cd->session_pool == NULL) {
		CRYPTO_LOG(ERR, "%s: no memory for %u threads and %u sessions: %s", cd->dev->name,
			cd->nb_threads, cd->all_sessions, rte_strerror(rte_errno));
		return -ENOMEM;
	}
	return 0;
}

static int
threads_make(struct crypto_dev *cd)
{
	uint32_t i, j;

	cd->threads = calloc(cd->nb_threads, sizeof(cd->threads[0]));
	if (cd->threads == NULL)
		return -ENOMEM;
	/* What is attached stays the clients': it is never freed, and the mbufs are used again and again. */
	cd->shinfo.free_cb = nothing;
	rte_mbuf_ext_refcnt_set(&cd->shinfo, UINT16_MAX / 2);
	for (i = 0; i < cd->nb_threads; i++) {
		struct crypto_thread *th = &cd->threads[i];

		if (rte_crypto_op_bulk_alloc(cd->op_pool, RTE_CRYPTO_OP_TYPE_SYMMETRIC, th->ops,
				CRYPTO_BURST) != CRYPTO_BURST)
			return -ENOMEM;
		for (j = 0; j < CRYPTO_MBUFS; j++) {
			th->mbufs[j] = rte_pktmbuf_alloc(cd->mbuf_pool);
			if (th->mbufs[j] == NULL)
				return -ENOMEM;
			/* Where, is said for each operation. */
			rte_pktmbuf_attach_extbuf(th->mbufs[j], cd, 0, 0, &cd->shinfo);
		}
		if (cd->maps == NULL)
			continue;
		th->aads = rte_malloc(NULL, CRYPTO_BURST * CRYPTO_AAD_MAX, RTE_CACHE_LINE_SIZE);
		if (th->aads == NULL)
			return -ENOMEM;
	}
	return 0;
}

static int
queues_make(struct crypto_dev *cd)
{
	struct rte_cryptodev_config conf = {
		.socket_id = rte_cryptodev_socket_id(cd->id),
		.nb_queue_pairs = (uint16_t)cd->nb_threads,
		.ff_disable = RTE_CRYPTODEV_FF_ASYMMETRIC_CRYPTO | RTE_CRYPTODEV_FF_SECURITY,
	};
	struct rte_cryptodev_qp_conf qp = {
		.nb_descriptors = QUEUE_DEPTH, .mp_session = cd->session_pool,
	};
	uint32_t i;
	int ret = rte_cryptodev_configure(cd->id, &conf);

	for (i = 0; ret == 0 && i < cd->nb_threads; i++)
		ret = rte_cryptodev_queue_pair_setup(cd->id, (uint16_t)i, &qp, conf.socket_id);
	if (ret != 0)
		CRYPTO_LOG(ERR, "%s: %s cannot have %u queue pairs: %s", cd->dev->name, cd->where,
			cd->nb_threads, rte_strerror(-ret));
	cd->configured = ret == 0;
	return ret;
}

int
crypto_dev_open(struct crypto_dev *cd, const char *name)
{
	int ret;

	if (rte_socket_count() == 0) {
		CRYPTO_LOG(ERR, "%s: a cryptodev needs rte_eal_init()", cd->dev->name);
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
crypto_dev_start(struct crypto_dev *cd)
{
	int ret = rte_cryptodev_start(cd->id);

	if (ret != 0)
		CRYPTO_LOG(ERR, "%s: %s cannot start: %s", cd->dev->name, cd->where, rte_strerror(-ret));
	return ret;
}

bool
crypto_dev_equal(const struct crypto_dev *cd, const struct crypto_dev *other)
{
	struct rte_cryptodev_info one, two;

	rte_cryptodev_info_get(cd->id, &one);
	rte_cryptodev_info_get(other->id, &two);
	return strcmp(one.driver_name, two.driver_name) == 0;
}

int
crypto_dev_restart(struct crypto_dev *cd)
{
	int ret;

	rte_cryptodev_stop(cd->id);
	ret = queues_make(cd);
	return ret == 0 ? crypto_dev_start(cd) : ret;
}

void
crypto_dev_close(struct crypto_dev *cd)
{
	uint32_t i;

	if (cd->configured) {
		rte_cryptodev_stop(cd->id);
		rte_cryptodev_close(cd->id);
	}
	/* It works no more, and is still there. */
	rte_vtaccel_maps_free(cd->maps);
	if (cd->own)
		rte_vdev_uninit(cd->where);
	for (i = 0; cd->threads != NULL && i < cd->nb_threads; i++)
		rte_free(cd->threads[i].aads);
	/* Nothing in them is in use: operations and mbufs go with their pools. */
	rte_mempool_free(cd->session_pool);
	rte_mempool_free(cd->op_pool);
	rte_mempool_free(cd->mbuf_pool);
	free(cd->threads);
}
