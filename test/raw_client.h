/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RAW_CLIENT_H
#define RAW_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_vtivshmem.h>
#include <rte_vtregion.h>

/* A client made by hand: what a hostile one has in its hands. */
struct raw_client {
	struct rte_vtivshmem_client link;
	uint8_t *base;
	struct rte_vtregion_geom geom;
	struct rte_vtregion_slot *slot;
	uint32_t slot_id;
};

int raw_connect(struct raw_client *c, const char *path);
/* Ask without waiting; the number that the answer will have. */
uint32_t raw_ctrl_send(struct raw_client *c, const struct rte_vtregion_ctrl_req *req);
int raw_ctrl(struct raw_client *c, const struct rte_vtregion_ctrl_req *req,
		struct rte_vtregion_ctrl_rep *rep);
int raw_attach(struct raw_client *c, const char *path, uint32_t nb_qps);
void raw_close(struct raw_client *c);
/* Procedure "nop", and a vaccel of its own for it: 0 and 0, of a fixture with null alone. 0 or -errno. */
int raw_nop_vaccel(struct raw_client *c);
/* The number of its first queue pair, and where that one's numbers begin. */
uint32_t raw_qp(const struct raw_client *c);
uint16_t raw_seq(const struct raw_client *c);
/* Wait (at most 5 s) until *word is value. */
bool fixture_until(const uint32_t *word, uint32_t value);

#endif /* RAW_CLIENT_H */
