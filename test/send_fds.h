/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef SEND_FDS_H
#define SEND_FDS_H

#include <stddef.h>
#include <sys/types.h>

/* Most descriptors of one message. */
#define SEND_FDS_MAX 8

/* One message on a Unix socket, with nb (0: none) descriptors; flags besides MSG_NOSIGNAL. As sendmsg(). */
ssize_t send_fds(int sock, const void *data, size_t len, const int *fds, unsigned int nb, int flags);

#endif /* SEND_FDS_H */
