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
/* Serve until a signal ends it. EAL is initialised. Exit status. */
int vt_serve(struct vt_conf *conf, bool no_huge);

#endif /* VT_APP_SERVE_H */
