/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Cryptodevs that are hardware while maps_mock is on, and whose operations are looked at. */

#define ALLOW_EXPERIMENTAL_API

#include <dlfcn.h>
#include <errno.h>

#include <rte_cryptodev.h>

#include "maps_mock.h"

static enqueue_pkt_burst_t real_enqueue[RTE_CRYPTO_MAX_DEVS];

static void
look_chain(struct rte_mbuf *m)
{
	for (; m != NULL; m = m->next)
		maps_mock_look(rte_pktmbuf_iova(m), rte_pktmbuf_mtod(m, void *), m->data_len);
}

static void
look_op(struct rte_crypto_op *op)
{
	struct rte_crypto_sym_op *sym = op->sym;

	/* The IV lies behind it. */
	maps_mock_look(op->phys_addr, NULL, sizeof(*op) + sizeof(*sym));
	look_chain(sym->m_src);
	look_chain(sym->m_dst);
	/* The tests that look here have AEAD operations only. */
	if (sym->aead.digest.data != NULL)
		maps_mock_look(sym->aead.digest.phys_addr, NULL, 16);
	if (sym->aead.aad.data != NULL)
		maps_mock_look(sym->aead.aad.phys_addr, sym->aead.aad.data, 16);
}

static uint16_t
enqueue(uint8_t id, void *qp, struct rte_crypto_op **ops, uint16_t nb)
{
	uint16_t i;

	for (i = 0; i < nb; i++)
		look_op(ops[i]);
	return real_enqueue[id](qp, ops, nb);
}

/* The device's number is not among the parameters: a function for each of some. */
#define ENQUEUE(id) \
	static uint16_t enqueue_##id(void *qp, struct rte_crypto_op **ops, uint16_t nb) \
	{ return enqueue(id, qp, ops, nb); }
ENQUEUE(0) ENQUEUE(1) ENQUEUE(2) ENQUEUE(3)
static const enqueue_pkt_burst_t enqueues[] = { enqueue_0, enqueue_1, enqueue_2, enqueue_3 };

void
rte_cryptodev_info_get(uint8_t id, struct rte_cryptodev_info *info)
{
	void (*real)(uint8_t id, struct rte_cryptodev_info *info);

	*(void **)&real = dlsym(RTLD_NEXT, "rte_cryptodev_info_get");
	real(id, info);
	if (maps_mock.on)
		info->feature_flags |= RTE_CRYPTODEV_FF_HW_ACCELERATED;
}

int
rte_cryptodev_start(uint8_t id)
{
	int (*real)(uint8_t id);
	int ret;

	*(void **)&real = dlsym(RTLD_NEXT, "rte_cryptodev_start");
	ret = real(id);
	if (ret != 0 || !maps_mock.on)
		return ret;
	if (id >= RTE_DIM(enqueues))
		return -ENOSPC;
	real_enqueue[id] = rte_crypto_fp_ops[id].enqueue_burst;
	rte_crypto_fp_ops[id].enqueue_burst = enqueues[id];
	return 0;
}
