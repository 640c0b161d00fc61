/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef LIMITS_ENV_H
#define LIMITS_ENV_H

/*
 * What the suites of limits share: an appliance with a simulated clock, two domains, of which the
 * first has limits, and three clients; its first accelerator is stalled, the second is not.
 */

#include <rte_vinetalk.h>

#include "fixture.h"
#include "test.h"

#define LIMITS_CLIENTS 3 /* two of domain 0, and one of domain 1 */
#define LIMITS_NONE { .uid = -1, .gid = -1 }

struct limits_env {
	struct fixture f;
	int dev[LIMITS_CLIENTS];              /* -1: closed by the test */
	uint16_t nop, va[LIMITS_CLIENTS];
	uint64_t sent[LIMITS_CLIENTS], got[LIMITS_CLIENTS]; /* cookies */
	uint8_t *data[LIMITS_CLIENTS];
};

extern const struct rte_vtappliance_domain_conf limits_none;
/* A vaccel of the accelerator that is not stalled. */
extern const struct rte_vinetalk_vaccel_conf limits_free;

/* Let simulated time pass. */
void limits_pass(unsigned int ms);
/* The limits of domain 0, and of the vaccel of client 0. The pollers are held. */
void limits_up(struct limits_env *e, uint32_t nb_pollers,
		const struct rte_vtappliance_domain_conf *limits,
		const struct rte_vinetalk_vaccel_conf *conf);
void limits_down(struct limits_env *e);
/* Stall the first accelerator, or let it go. */
void limits_stall(bool on);
/* Enqueue tasks of so many bytes on a vaccel of client i. The last one, as it was stamped. */
struct rte_vinetalk_task limits_send_to(struct limits_env *e, unsigned int i, uint16_t va,
		unsigned int nb, uint32_t bytes, uint8_t flags);
/* The same on its first vaccel. */
void limits_send(struct limits_env *e, unsigned int i, unsigned int nb, uint32_t bytes);
/* How many of client i come within some turns, all of that status and in order. */
unsigned int limits_take(struct limits_env *e, unsigned int i, int32_t status);
/* So many of them come, in any order: those that are refused overtake. */
void limits_count(struct limits_env *e, unsigned int i, unsigned int good, unsigned int refused);
struct rte_vtappliance_stats limits_stats(struct limits_env *e);
/* With one poller, and with several: then owner and homes differ. */
void limits_each(void (*fn)(uint32_t nb_pollers));

#endif /* LIMITS_ENV_H */
