/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef TRACEE_H
#define TRACEE_H

/*
 * A process that is stepped through its instructions, or stopped in front of one of them, by ptrace.
 *
 * It stops itself (SIGSTOP) before and behind what is looked at. All processes that are traced with
 * the same struct tracee_code have their code at the same addresses: forks of one that has started.
 */

#include <stdint.h>
#include <sys/types.h>

/* Ranges of addresses that count. */
struct tracee_code {
	uint64_t first[32], end[32];
	unsigned int nb;
};

/* One instruction that is executed: the nth time that it is. */
struct tracee_point {
	uint64_t addr;
	uint32_t nth; /* from 1 */
};

/* Executable mappings of files that the build has made. 0 or -errno. */
int tracee_code_of(pid_t pid, struct tracee_code *code);

/* Begin to trace; return when it has stopped itself. 0 or -errno. */
int tracee_seize(pid_t pid);
/* The same for one that stops itself when it gets a signal. */
int tracee_seize_by(pid_t pid, int sig);

/*
 * From its first stop to its second, record each instruction of the code. What it calls elsewhere runs without
 * being stepped.
 *
 * Returns how many points there are, or -errno.
 */
int tracee_record(pid_t pid, const struct tracee_code *code, struct tracee_point *points,
		unsigned int max);

/* From its first stop to in front of that instruction. 1: it is there; 0: it came to its second stop; -errno. */
int tracee_run_to(pid_t pid, const struct tracee_point *point);

/* Let it go on, and no longer trace it. */
int tracee_let(pid_t pid);
/* From in front of an instruction, let it run through its second stop to its end. Its exit status, 128 + signal, or -errno. */
int tracee_end(pid_t pid, int timeout_ms);
/* Kill it, and wait until it is gone. */
void tracee_kill(pid_t pid);

#endif /* TRACEE_H */
