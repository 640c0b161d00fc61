/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTACCEL_PRIVATE_H
#define VTACCEL_PRIVATE_H

#include <rte_log.h>

#include "rte_vtaccel.h"

extern int vtaccel_logtype;
#define VTACCEL_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, vtaccel_logtype, "VTACCEL: " fmt "\n", ## __VA_ARGS__)

/* vtaccel_registry.c: NULL if there is none, with the names of those there are in the log */
const struct rte_vtaccel_ops *vtaccel_driver_find(const char *name);

/* vtaccel.c */
bool vtaccel_driver_in_use(const struct rte_vtaccel_ops *ops);

/* vtaccel_args.c */
int vtaccel_devargs_split(const char *devargs, char *driver, size_t driver_size, char *name,
		size_t name_size, char **rest);

#endif /* VTACCEL_PRIVATE_H */
