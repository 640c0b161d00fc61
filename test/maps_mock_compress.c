/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Compressdevs that are hardware while maps_mock is on, and whose operations are looked at. */

#define ALLOW_EXPERIMENTAL_API

#include <dlfcn.h>

#include <rte_comp.h>
#include <rte_compressdev.h>
#include <rte_mbuf.h>

#include "maps_mock.h"

static void
look_chain(struct rte_mbuf *m)
{
	for (; m != NULL; m = m->next)
		maps_mock_look(rte_pktmbuf_iova(m), rte_pktmbuf_mtod(m, void *), m->data_len);
}

void
rte_compressdev_info_get(uint8_t id, struct rte_compressdev_info *info)
{
	void (*real)(uint8_t id, struct rte_compressdev_info *info);

	*(void **)&real = dlsym(RTLD_NEXT, "rte_compressdev_info_get");
	real(id, info);
	if (maps_mock.on)
		info->feature_flags |= RTE_COMPDEV_FF_HW_ACCELERATED;
}

uint16_t
rte_compressdev_enqueue_burst(uint8_t id, uint16_t qp, struct rte_comp_op **ops, uint16_t nb)
{
	uint16_t (*real)(uint8_t id, uint16_t qp, struct rte_comp_op **ops, uint16_t nb);
	uint16_t i;

	*(void **)&real = dlsym(RTLD_NEXT, "rte_compressdev_enqueue_burst");
	for (i = 0; i < nb && maps_mock.on; i++) {
		maps_mock_look(ops[i]->iova_addr, NULL, sizeof(*ops[i]));
		look_chain(ops[i]->m_src);
		look_chain(ops[i]->m_dst);
	}
	return real(id, qp, ops, nb);
}
