/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_log.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>
#include <rte_ring_rts.h>

#include "vtregion_private.h"

RTE_LOG_REGISTER_DEFAULT(vtregion_logtype, NOTICE);

#define SIZE_IS(type, n) RTE_BUILD_BUG_ON(sizeof(struct type) != (n))
#define AT(type, field, n) RTE_BUILD_BUG_ON(offsetof(struct type, field) != (n))

/* What lies in shared memory, byte for byte: doc/guides/wire_format.rst. */
static void
check_wire_tasks(void)
{
	SIZE_IS(rte_vinetalk_seg, 16);
	AT(rte_vinetalk_seg, offset, 0);
	AT(rte_vinetalk_seg, len, 8);
	AT(rte_vinetalk_seg, reserved, 12);

	SIZE_IS(rte_vinetalk_args_ref, 16);
	AT(rte_vinetalk_args_ref, offset, 0);
	AT(rte_vinetalk_args_ref, len, 8);
	AT(rte_vinetalk_args_ref, reserved, 12);

	SIZE_IS(rte_vinetalk_task, 64);
	AT(rte_vinetalk_task, qp_seq, 0);
	AT(rte_vinetalk_task, check, 4);
	AT(rte_vinetalk_task, cookie, 8);
	AT(rte_vinetalk_task, vaccel, 16);
	AT(rte_vinetalk_task, proc, 18);
	AT(rte_vinetalk_task, nb_in, 20);
	AT(rte_vinetalk_task, nb_out, 21);
	AT(rte_vinetalk_task, args_len, 22);
	AT(rte_vinetalk_task, flags, 23);
	AT(rte_vinetalk_task, seg_off, 24);
	AT(rte_vinetalk_task, seg_len, 40);
	AT(rte_vinetalk_task, args, 48);
	AT(rte_vinetalk_task, args_ref, 48);

	SIZE_IS(rte_vinetalk_completion, 32);
	AT(rte_vinetalk_completion, cookie, 0);
	AT(rte_vinetalk_completion, status, 8);
	AT(rte_vinetalk_completion, qp_seq, 12);
	AT(rte_vinetalk_completion, result, 16);
	AT(rte_vinetalk_completion, exec_ns, 24);
}

static void
check_wire_header(void)
{
	SIZE_IS(rte_vtregion_conf, 64);
	AT(rte_vtregion_conf, size, 0);
	AT(rte_vtregion_conf, layout, 8);
	AT(rte_vtregion_conf, sync, 12);
	AT(rte_vtregion_conf, nb_clients, 16);
	AT(rte_vtregion_conf, qps_per_client, 20);
	AT(rte_vtregion_conf, nb_pollers, 24);
	AT(rte_vtregion_conf, nb_spares, 28);
	AT(rte_vtregion_conf, rq_depth, 32);
	AT(rte_vtregion_conf, cq_depth, 36);
	AT(rte_vtregion_conf, nb_vectors, 40);
	AT(rte_vtregion_conf, nb_plain, 44);
	AT(rte_vtregion_conf, reserved, 48);

	SIZE_IS(rte_vtregion_geom, 184);
	AT(rte_vtregion_geom, conf, 0);
	AT(rte_vtregion_geom, nb_rqs, 64);
	AT(rte_vtregion_geom, nb_instances, 68);
	AT(rte_vtregion_geom, nb_qps, 72);
	AT(rte_vtregion_geom, ready_leaves, 76);
	AT(rte_vtregion_geom, ready_summaries, 80);
	AT(rte_vtregion_geom, reserved, 84);
	AT(rte_vtregion_geom, off_slots, 88);
	AT(rte_vtregion_geom, off_pollers, 96);
	AT(rte_vtregion_geom, off_rqs, 104);
	AT(rte_vtregion_geom, off_qps, 112);
	AT(rte_vtregion_geom, off_ready, 120);
	AT(rte_vtregion_geom, ready_stride, 128);
	AT(rte_vtregion_geom, off_rq_rings, 136);
	AT(rte_vtregion_geom, rq_stride, 144);
	AT(rte_vtregion_geom, off_cq_rings, 152);
	AT(rte_vtregion_geom, cq_stride, 160);
	AT(rte_vtregion_geom, off_arenas, 168);
	AT(rte_vtregion_geom, arena_size, 176);

	SIZE_IS(rte_vtregion_hdr, 384);
	AT(rte_vtregion_hdr, magic, 0);
	AT(rte_vtregion_hdr, abi, 8);
	AT(rte_vtregion_hdr, hdr_len, 12);
	AT(rte_vtregion_hdr, uid, 16);
	AT(rte_vtregion_hdr, reserved0, 24);
	AT(rte_vtregion_hdr, fingerprint, 64);
	AT(rte_vtregion_hdr, geom, 128);
	AT(rte_vtregion_hdr, epoch, 320);
	AT(rte_vtregion_hdr, heartbeat, 328);
	AT(rte_vtregion_hdr, heartbeat_ms, 336);
	AT(rte_vtregion_hdr, state, 340);
}

static void
check_wire_slot(void)
{
	SIZE_IS(rte_vtregion_ctrl_req, 128);
	AT(rte_vtregion_ctrl_req, op, 0);
	AT(rte_vtregion_ctrl_req, id, 4);
	AT(rte_vtregion_ctrl_req, type, 8);
	AT(rte_vtregion_ctrl_req, flags, 12);
	AT(rte_vtregion_ctrl_req, proc, 16);
	AT(rte_vtregion_ctrl_req, arg, 20);
	AT(rte_vtregion_ctrl_req, words, 24);
	AT(rte_vtregion_ctrl_req, vaccel, 24);
	AT(rte_vtregion_ctrl_req, buf, 24);
	AT(rte_vtregion_ctrl_req, name, 64);

	SIZE_IS(rte_vtregion_ctrl_vaccel, 40);
	AT(rte_vtregion_ctrl_vaccel, weight, 0);
	AT(rte_vtregion_ctrl_vaccel, priority, 4);
	AT(rte_vtregion_ctrl_vaccel, max_tasks, 8);
	AT(rte_vtregion_ctrl_vaccel, timeout_us, 12);
	AT(rte_vtregion_ctrl_vaccel, rate_bytes, 16);
	AT(rte_vtregion_ctrl_vaccel, rate_tasks, 24);
	AT(rte_vtregion_ctrl_vaccel, want, 28);
	AT(rte_vtregion_ctrl_vaccel, max_sessions, 32);
	AT(rte_vtregion_ctrl_vaccel, reserved, 36);

	SIZE_IS(rte_vtregion_ctrl_buf, 40);
	AT(rte_vtregion_ctrl_buf, offset, 0);
	AT(rte_vtregion_ctrl_buf, len, 8);
	AT(rte_vtregion_ctrl_buf, reserved, 16);

	SIZE_IS(rte_vtregion_ctrl_rep, 256);
	AT(rte_vtregion_ctrl_rep, status, 0);
	AT(rte_vtregion_ctrl_rep, id, 4);
	AT(rte_vtregion_ctrl_rep, type, 8);
	AT(rte_vtregion_ctrl_rep, state, 12);
	AT(rte_vtregion_ctrl_rep, count, 16);
	AT(rte_vtregion_ctrl_rep, flags, 20);
	AT(rte_vtregion_ctrl_rep, reserved, 24);
	AT(rte_vtregion_ctrl_rep, word, 32);
	AT(rte_vtregion_ctrl_rep, name, 128);
	AT(rte_vtregion_ctrl_rep, location, 192);

	SIZE_IS(rte_vtregion_slot, 576);
	RTE_BUILD_BUG_ON(sizeof(struct rte_vtregion_slot) > RTE_VTREGION_SLOT_LEN);
	AT(rte_vtregion_slot, state, 0);
	AT(rte_vtregion_slot, epoch, 4);
	AT(rte_vtregion_slot, reason, 8);
	AT(rte_vtregion_slot, nb_qps, 12);
	AT(rte_vtregion_slot, poller, 16);
	AT(rte_vtregion_slot, rq, 20);
	AT(rte_vtregion_slot, nb_vectors, 24);
	AT(rte_vtregion_slot, heartbeat_ms, 28);
	AT(rte_vtregion_slot, rep_seq, 32);
	AT(rte_vtregion_slot, data_vector, 36);
	AT(rte_vtregion_slot, owner, 64);
	AT(rte_vtregion_slot, pid, 68);
	AT(rte_vtregion_slot, heartbeat, 72);
	AT(rte_vtregion_slot, uuid, 80);
	AT(rte_vtregion_slot, req_seq, 96);
	AT(rte_vtregion_slot, parked, 128);
	AT(rte_vtregion_slot, req, 192);
	AT(rte_vtregion_slot, rep, 320);
}

static void
check_wire_queues(void)
{
	SIZE_IS(rte_vtregion_poller, 64);
	AT(rte_vtregion_poller, parked, 0);
	AT(rte_vtregion_poller, reserved, 4);

	SIZE_IS(rte_vtregion_rq, 64);
	AT(rte_vtregion_rq, gen, 0);
	AT(rte_vtregion_rq, lock_next, 4);
	AT(rte_vtregion_rq, lock_now, 8);
	AT(rte_vtregion_rq, watched, 12);
	AT(rte_vtregion_rq, reserved, 16);

	SIZE_IS(rte_vtregion_qp, 128);
	AT(rte_vtregion_qp, inside, 0);
	AT(rte_vtregion_qp, reserved0, 4);
	AT(rte_vtregion_qp, active, 64);
	AT(rte_vtregion_qp, resume_seq, 68);
	AT(rte_vtregion_qp, resume_epoch, 72);
	AT(rte_vtregion_qp, reserved1, 80);
}

uint32_t
vtregion_ring_flags(uint32_t sync)
{
	switch (sync) {
	case RTE_VTREGION_SYNC_RTS:
		return RING_F_MP_RTS_ENQ | RING_F_SC_DEQ;
	case RTE_VTREGION_SYNC_HTS:
		return RING_F_MP_HTS_ENQ | RING_F_SC_DEQ;
	case RTE_VTREGION_SYNC_MT:
		return RING_F_SC_DEQ;
	default: /* ST; a lock makes it single-producer as well */
		return RING_F_SP_ENQ | RING_F_SC_DEQ;
	}
}

int
rte_vtregion_rq_ring_init(void *base, const struct rte_vtregion_geom *geom, uint32_t rq,
		uint32_t instance)
{
	char name[RTE_RING_NAMESIZE];
	struct rte_ring *r;
	int ret;

	if (rq >= geom->nb_rqs || instance >= geom->nb_instances) {
		VTREGION_LOG(ERR, "request ring %u.%u, there are %u.%u", rq, instance,
				geom->nb_rqs, geom->nb_instances);
		return -EINVAL;
	}
	r = rte_vtregion_rq_ring(base, geom, rq, instance);
	snprintf(name, sizeof(name), "vt_rq_%u.%u", rq, instance);
	ret = rte_ring_init(r, name, geom->conf.rq_depth, vtregion_ring_flags(geom->conf.sync));
	if (ret != 0)
		return ret;
	/*
	 * Until the distance of head and tail reaches this, a producer does not wait for others.
	 * rte_ring_init() set an eighth of it.
	 */
	if (geom->conf.sync == RTE_VTREGION_SYNC_RTS)
		ret = rte_ring_set_prod_htd_max(r, geom->conf.rq_depth - 1);
	return ret;
}

int
rte_vtregion_cq_ring_init(void *base, const struct rte_vtregion_geom *geom, uint32_t qp)
{
	char name[RTE_RING_NAMESIZE];

	if (qp >= geom->nb_qps) {
		VTREGION_LOG(ERR, "completion ring %u, there are %u", qp, geom->nb_qps);
		return -EINVAL;
	}
	snprintf(name, sizeof(name), "vt_cq_%u", qp);
	return rte_ring_init(rte_vtregion_cq_ring(base, geom, qp), name, geom->conf.cq_depth,
			RING_F_SP_ENQ | RING_F_SC_DEQ);
}

static int
init_rings(void *base, const struct rte_vtregion_geom *geom)
{
	uint32_t i, j;
	int ret;

	for (i = 0; i < geom->nb_rqs; i++) {
		for (j = 0; j < geom->nb_instances; j++) {
			ret = rte_vtregion_rq_ring_init(base, geom, i, j);
			if (ret != 0)
				return ret;
		}
	}
	for (i = 0; i < geom->nb_qps; i++) {
		ret = rte_vtregion_cq_ring_init(base, geom, i);
		if (ret != 0)
			return ret;
	}
	return 0;
}

int
rte_vtregion_format(void *base, const struct rte_vtregion_geom *geom)
{
	struct rte_vtregion_hdr *hdr = base;
	uint64_t uid;
	int ret;

	check_wire_tasks();
	check_wire_header();
	check_wire_slot();
	check_wire_queues();

	/* Who looks at an earlier formatting sees it go before anything changes. */
	__atomic_store_n(&hdr->magic, 0, __ATOMIC_SEQ_CST);
	memset(base, 0, geom->off_arenas);

	ret = init_rings(base, geom);
	if (ret != 0) {
		VTREGION_LOG(ERR, "cannot initialise a ring: %s", strerror(-ret));
		return ret;
	}
	if (getrandom(&uid, sizeof(uid), GRND_NONBLOCK) != sizeof(uid))
		uid = rte_rdtsc();
	hdr->abi = RTE_VTREGION_ABI;
	hdr->hdr_len = sizeof(*hdr);
	hdr->uid = uid;
	rte_vtregion_fingerprint(hdr->fingerprint);
	hdr->geom = *geom;
	hdr->state = RTE_VTREGION_FORMATTING;
	/* Pairs with the acquire in rte_vtregion_validate(): all else is there. */
	__atomic_store_n(&hdr->magic, RTE_VTREGION_MAGIC, __ATOMIC_RELEASE);
	return 0;
}
