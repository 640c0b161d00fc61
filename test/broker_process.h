/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef BROKER_PROCESS_H
#define BROKER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* A vt-broker process of a test, with one domain of 4 KiB pages. */
struct vt_broker {
	pid_t pid;
	char clients[104]; /* socket of the clients */
	char owner[104];   /* of the appliance */
	char log[104];     /* a file with its standard output and error */
};

/* Path of the program that was built with this test. */
const char *vt_broker_program(void);

/*
 * Start it, and wait until it says that it is ready. more: further settings of the domain, such as
 * ",size=16M,clients=4". 0; or -1: it has ended, and the test's output has its log.
 */
int vt_broker_start(struct vt_broker *b, const char *more);
/* The same, beside others: under a name of its own. */
int vt_broker_start_as(struct vt_broker *b, const char *name, const char *more);

/* Send a signal, and return the exit status, or 128 + the signal that ended it. */
int vt_broker_stop(struct vt_broker *b, int sig);

/* Wait (at most 5 s) until its log has the text. */
bool vt_broker_said(const struct vt_broker *b, const char *text);

#endif /* BROKER_PROCESS_H */
