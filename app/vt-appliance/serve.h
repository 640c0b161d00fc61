/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VT_APP_SERVE_H
#define VT_APP_SERVE_H

#include "conf.h"

/* Serve until a signal ends it. EAL is initialised. Exit status. */
int vt_serve(struct vt_conf *conf, bool no_huge);

#endif /* VT_APP_SERVE_H */
