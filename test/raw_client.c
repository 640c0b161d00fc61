/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "raw_client.h"

int
raw_connect(struct raw_client *c, const char *path)
{
	uint32_t none = 0;
	int ret;

	memset(c, 0, sizeof(*c));
	ret = rte_vtivshmem_connect(path, 2000, &c->link);
	if (ret != 0)
		return ret;
	c->base = mmap(NULL, c->link.mem_size, PROT_READ | PROT_WRITE, MAP_SHARED, c->link.mem_fd,
		0);
	if (c->base == MAP_FAILED)
		return -errno;
	ret = rte_vtregion_validate(c->base, c->link.mem_size, &c->geom);
	if (ret != 0)
		return ret;
	c->slot_id = c->link.id - 1;
	c->slot = rte_vtregion_slot(c->base, &c->geom, c->slot_id);
	return __atomic_compare_exchange_n(&c->slot->owner, &none, 1, false, __ATOMIC_ACQ_REL,
		__ATOMIC_RELAXED) ? 0 : -EBUSY;
}

bool
fixture_until(const uint32_t *word, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < 5000; i++) {
		if (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
			return true;
		usleep(1000);
	}
	return false;
}

uint32_t
raw_ctrl_send(struct raw_client *c, const struct rte_vtregion_ctrl_req *req)
{
	const uint64_t one = 1;
	uint32_t seq = c->slot->rep_seq + 1;

	c->slot->req = *req;
	__atomic_store_n(&c->slot->req_seq, seq, __ATOMIC_RELEASE);
	/* If its counter is full it was rung. */
	(void)!write(c->link.server[0], &one, sizeof(one));
	return seq;
}

int
raw_ctrl(struct raw_client *c, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep)
{
	if (!fixture_until(&c->slot->rep_seq, raw_ctrl_send(c, req)))
		return -ETIMEDOUT;
	*rep = c->slot->rep;
	return rep->status;
}

int
raw_attach(struct raw_client *c, const char *path, uint32_t nb_qps)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = nb_qps,
		.name = "raw" };
	struct rte_vtregion_ctrl_rep rep;
	int ret = raw_connect(c, path);

	return ret != 0 ? ret : raw_ctrl(c, &req, &rep);
}

void
raw_close(struct raw_client *c)
{
	if (c->base != NULL)
		munmap(c->base, c->link.mem_size);
	c->base = NULL;
	rte_vtivshmem_disconnect(&c->link);
}

int
raw_nop_vaccel(struct raw_client *c)
{
	struct rte_vtregion_ctrl_req get = { .op = RTE_VTREGION_CTRL_PROC_GET, .name = "nop" };
	struct rte_vtregion_ctrl_req acquire = { .op = RTE_VTREGION_CTRL_VACCEL_ACQUIRE,
		.id = RTE_VTREGION_CTRL_ANY };
	struct rte_vtregion_ctrl_rep rep;
	int ret = raw_ctrl(c, &get, &rep);

	acquire.proc = rep.id;
	return ret != 0 ? ret : raw_ctrl(c, &acquire, &rep);
}

uint32_t
raw_qp(const struct raw_client *c)
{
	return c->slot_id * c->geom.conf.qps_per_client;
}

uint16_t
raw_seq(const struct raw_client *c)
{
	return (uint16_t)rte_vtregion_qp(c->base, &c->geom, raw_qp(c))->resume_seq;
}
