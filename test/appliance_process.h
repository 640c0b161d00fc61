/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef APPLIANCE_PROCESS_H
#define APPLIANCE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* A vt-appliance process of a test. */
struct vt_appliance {
	pid_t pid;
	int out;                /* its standard output and error */
	int status;             /* exit status, or 128 + signal, once it has ended */
	char prefix[64];        /* EAL's --file-prefix */
	char runtime_dir[128];  /* where its telemetry socket is */
	char output[65536];     /* what it said so far */
	size_t len;
};

/* Path of the program that was built with this test. */
const char *vt_appliance_program(void);

/*
 * Start it with these arguments behind "--" (NULL-terminated), on lcore 0 and without huge pages, and
 * wait until it serves. 0; or -1: it ended, see status and output.
 */
int vt_appliance_start(struct vt_appliance *a, const char *const args[]);
/* The same of a program that was built elsewhere. */
int vt_appliance_start_of(struct vt_appliance *a, const char *program, const char *const args[]);
/* The same on these lcores: control on the first of two or more, pollers on the others. */
int vt_appliance_start_on(struct vt_appliance *a, const char *program, const char *lcores,
		const char *const args[]);

/*
 * Take what it said meanwhile: one that says much waits until somebody does. The latest of it is kept.
 * False: it has ended, see status.
 */
bool vt_appliance_lives(struct vt_appliance *a);

/* What it answers to a telemetry command, "" if nothing; valid until the next call. */
const char *vt_appliance_ask(const struct vt_appliance *a, const char *command);

/* Send a signal, and return the exit status, or 128 + the signal that ended it; -1 after 20 s. */
int vt_appliance_stop(struct vt_appliance *a, int sig);

#endif /* APPLIANCE_PROCESS_H */
