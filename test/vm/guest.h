/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VM_GUEST_H
#define VM_GUEST_H

/* Real guests for tests, started by usertools/vt-vm.py. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct vm_guest {
	pid_t pid;          /* of vt-vm.py */
	int in, out;        /* the program's standard input; its output and error */
	char *text;         /* what it said so far */
	size_t len, size;
	char qmp[128];      /* QEMU's monitor */
	char pidfile[128];
	int status;         /* exit status, once it has ended; -1 before */
};

/* For the setup of a suite: 0; VT_TEST_SKIPPED: there is no QEMU; 1: no image can be made. */
int vm_available(void);

/* Path of a program that was built with this test. */
const char *vm_program(const char *name);

/*
 * Start one: args are those of `vt-vm.py run` (NULL-terminated, with "--" and the program), besides
 * --qmp and --pidfile, which are added.
 */
int vm_start(struct vm_guest *g, const char *const args[]);
/* Wait until it has said this; false: it ended before, or the time is over. */
bool vm_wait_for(struct vm_guest *g, const char *text, int timeout_ms);
/* The same, as often as that. */
bool vm_wait_for_nth(struct vm_guest *g, const char *text, unsigned int nb, int timeout_ms);
/* How often it has said it so far. */
unsigned int vm_said(const struct vm_guest *g, const char *text);
/* Wait for its end: the exit status of its program; 125: of vt-vm.py; -1: not in time, killed. */
int vm_wait(struct vm_guest *g, int timeout_ms);
/* Input for its program. 0 or -errno. */
int vm_input(struct vm_guest *g, const char *text);
/* SIGKILL to QEMU. */
int vm_kill(struct vm_guest *g);
/* A command to QEMU's monitor, such as "{\"execute\":\"system_reset\"}". 0, or -1 with its answer printed. */
int vm_qmp(struct vm_guest *g, const char *json);
/* End it if it still runs, and free what there is. */
void vm_end(struct vm_guest *g);

#endif /* VM_GUEST_H */
