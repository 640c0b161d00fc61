/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VT_APP_SERVE_H
#define VT_APP_SERVE_H

#include "conf.h"

/*
 * Before EAL is initialised: from here on a signal ends things in order, and the cpus
 * are known that EAL's choice of a main lcore takes away.
 */
void vt_serve_prepare(void);
/* Add a domain of the configuration to the appliance. 0 or -errno, with a message. */
int vt_serve_domain(struct rte_vtappliance *app, struct vt_conf_domain *d, bool no_huge);
/* Around changes of the list of domains, which the signal handler reads. */
void vt_serve_domains_change(bool begin);

/* control.c: the app that commands are for; NULL: no more. */
void vt_control_start(struct rte_vtappliance *app);
/* Do what was asked for. Main lcore. */
void vt_control_turn(struct vt_conf *conf, bool no_huge);

/* Serve until a signal ends it. EAL is initialised. Exit status. */
int vt_serve(struct vt_conf *conf, bool no_huge);

#endif /* VT_APP_SERVE_H */
