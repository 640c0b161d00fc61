/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef ONCE_CLIENT_H
#define ONCE_CLIENT_H

/*
 * A client whose appliance may go, and that counts: each task ends once and in its order, as done, with the right content, or as
 * failed with -ECONNRESET.
 */

#include <stdbool.h>
#include <stdint.h>

#define ONCE_BURST 2
#define ONCE_MOST 16 /* in flight */

struct once_client {
	int dev;
	uint16_t proc, vaccel;
	uint64_t *in, *out;
	uint64_t sent, next; /* cookies; the next one that ends */
	uint64_t done, failed;
};

/* Attach that device, or by that socket. 0 or -errno. */
int once_client_attach(struct once_client *c, const char *devargs);
int once_client_attach_path(struct once_client *c, const char *path);
/* One task. While there is no appliance, or the next one is about to be, there is no room. */
bool once_client_send(struct once_client *c);
void once_client_take(struct once_client *c);
/* Until all have ended. */
void once_client_finish(struct once_client *c);
/* A burst that is done: the client has an appliance. */
void once_client_works(struct once_client *c);

#endif /* ONCE_CLIENT_H */
