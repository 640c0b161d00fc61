/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef FIXTURE_H
#define FIXTURE_H

/*
 * An appliance inside the test's process, and clients made by hand.
 *
 * A thread drives the control plane all the time, and the pollers too while it is let. Between
 * fixture_hold() and fixture_let() the test drives the pollers itself, turn by turn.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_vtappliance.h>

#include "raw_client.h"

struct fixture {
	struct rte_vtappliance *app;
	uint32_t nb_pollers;
	char path[2][108];   /* sockets of domains t0 and t1 */
	pthread_t thread;
	pthread_mutex_t lock; /* held around turns of pollers */
	uint32_t stop;
	uint32_t held;
	bool running;
};

/* Make one with nb_domains (1 or 2) domains and the accelerators of a NULL-terminated list. */
int fixture_start(struct fixture *f, uint32_t nb_pollers, uint32_t nb_domains,
		const char * const *accels, const struct rte_vtappliance_conf *conf,
		const struct rte_vtappliance_domain_conf *dom);
/* The same with a configuration of its own for each domain. */
int fixture_start_each(struct fixture *f, uint32_t nb_pollers, uint32_t nb_domains,
		const char * const *accels, const struct rte_vtappliance_conf *conf,
		const struct rte_vtappliance_domain_conf *doms);
void fixture_stop(struct fixture *f);
/* The same, as if it had been killed: a region that others have, too, is as it was before the end. 0 or -errno. */
int fixture_kill(struct fixture *f, void *base, size_t len);
/* End the thread: control plane and pollers are the test's from here on. */
void fixture_take(struct fixture *f);
/* Start the thread again, which the test has ended. */
int fixture_go(struct fixture *f);
void fixture_hold(struct fixture *f);
void fixture_let(struct fixture *f);
/* Turns of all pollers, as the test's thread. */
uint32_t fixture_turns(struct fixture *f, unsigned int nb);

/* Attach the shm transport to a domain and make nb_qps queue pairs of that depth; device id or -errno. */
int fixture_attach(struct fixture *f, unsigned int domain, uint16_t nb_qps, uint32_t depth);
/* The same, of any broker's socket. */
int fixture_attach_path(const char *path, uint16_t nb_qps, uint32_t depth);
/* The same of any device. */
int fixture_attach_device(const char *devargs, uint16_t nb_qps, uint32_t depth);
/* The same of a socket, with more device arguments, each behind a comma. */
int fixture_attach_args(const char *path, const char *more, uint16_t nb_qps, uint32_t depth);
/* That many tasks, one after the other, all of which succeed within the time. */
void fixture_works(int dev, uint16_t proc, uint16_t vaccel, unsigned int nb, int64_t timeout_us);
/* A procedure and a vaccel that can run it. */
int fixture_proc(int dev, const char *name, uint16_t *proc, uint16_t *vaccel);

#endif /* FIXTURE_H */
