/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Chains of mbufs over places that are not theirs. */

#include "compress_private.h"

static void
attach(struct compress_dev *cd, struct compress_thread *th, struct compress_chain *c, const void *addr,
		uint16_t len)
{
	struct rte_mbuf *m = th->mbufs[th->nb_mbufs++];

	/* IOVA is the address: the device computes with processors, or memory is mapped for it so. */
	rte_pktmbuf_attach_extbuf(m, (void *)(uintptr_t)addr, (rte_iova_t)(uintptr_t)addr, len, &cd->shinfo);
	m->data_off = 0;
	m->data_len = len;
	m->next = NULL;
	if (c->head == NULL)
		c->head = m;
	else
		c->tail->next = m;
	c->tail = m;
	c->nb++;
	c->len += len;
}

/*
 * Of one length, and the last not shorter: compress_isal ends a stream where what is left of it is
 * no more than the mbuf at hand is long, also if there is another one behind (when an output mbuf
 * was full in the midst of it).
 */
void
compress_chain_add(struct compress_dev *cd, struct compress_thread *th, struct compress_chain *c,
		const void *addr, uint32_t len)
{
	const uint32_t nb = len <= COMPRESS_PIECE_MAX ? len != 0 : COMPRESS_PIECES(len);
	const uint8_t *at = addr;
	uint32_t i;

	for (i = 0; i < nb; i++) {
		const uint32_t n = i == nb - 1 ? len - i * (len / nb) : len / nb;

		attach(cd, th, c, at, (uint16_t)n);
		at += n;
	}
}

void
compress_chain_repeat(struct compress_dev *cd, struct compress_thread *th, struct compress_chain *c,
		const void *addr, uint64_t len)
{
	while (len != 0) {
		const uint16_t n = (uint16_t)RTE_MIN(len, (uint64_t)COMPRESS_PIECE_MAX);

		attach(cd, th, c, addr, n);
		len -= n;
	}
}

struct rte_mbuf *
compress_chain_end(struct compress_dev *cd, struct compress_thread *th, struct compress_chain *c)
{
	if (c->head == NULL)
		attach(cd, th, c, th->spare, 0);
	c->head->nb_segs = (uint16_t)c->nb;
	c->head->pkt_len = c->len;
	return c->head;
}
