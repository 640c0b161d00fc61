/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rte_common.h>

#include "test.h"
#include "tracee.h"

#define DR7_EXECUTE_0 1 /* the thread's own, of register 0, of one byte */

int
tracee_code_of(pid_t pid, struct tracee_code *code)
{
	char path[64], line[512], *build, *file;
	uint64_t first, end;
	char perms[8];
	FILE *f;

	memset(code, 0, sizeof(*code));
	build = realpath(vt_test_build_dir(), NULL);
	if (build == NULL)
		return -errno;
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL && code->nb < RTE_DIM(code->end)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &first, &end, perms) != 3)
			continue;
		file = strchr(line, '/');
		if (file == NULL || perms[2] != 'x' || strncmp(file, build, strlen(build)) != 0)
			continue;
		code->first[code->nb] = first;
		code->end[code->nb++] = end;
	}
	free(build);
	if (f == NULL)
		return -errno;
	fclose(f);
	return code->nb != 0 ? 0 : -ENOENT;
}

static bool
is_ours(const struct tracee_code *code, uint64_t addr)
{
	unsigned int i;

	for (i = 0; i < code->nb; i++)
		if (addr >= code->first[i] && addr < code->end[i])
			return true;
	return false;
}

/* Wait for it to stop. The signal; 0: it has ended; -errno. */
static int
stopped(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid)
		return -errno;
	return WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
}

static int
go(pid_t pid, int request)
{
	if (ptrace(request, pid, NULL, NULL) != 0)
		return -errno;
	return stopped(pid);
}

/*
 * One that was stopped before it was seized: all of its threads are, and those that it begins would be. It is where it
 * was when the signal that ends that is about to be delivered, which is left out.
 */
static int
group_stop_end(pid_t pid)
{
	int sig;

	if (kill(pid, SIGCONT) != 0)
		return -errno;
	/* First it tells that the stop is over. */
	do
		sig = go(pid, PTRACE_CONT);
	while (sig == SIGTRAP);
	return sig == SIGCONT ? 0 : sig < 0 ? sig : -ECHILD;
}

int
tracee_seize(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0 || waitpid(pid, &status, __WALL) != pid)
		return -errno;
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGSTOP)
		return -ECHILD;
	return status >> 16 == PTRACE_EVENT_STOP ? group_stop_end(pid) : 0;
}

int
tracee_seize_by(pid_t pid, int sig)
{
	int got;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0 || kill(pid, sig) != 0)
		return -errno;
	while ((got = stopped(pid)) == sig)
		if (ptrace(PTRACE_CONT, pid, NULL, (void *)(uintptr_t)sig) != 0)
			return -errno;
	return got == SIGSTOP ? 0 : got < 0 ? got : -ECHILD;
}

static uint64_t
word(pid_t pid, uint64_t addr)
{
	return (uint64_t)ptrace(PTRACE_PEEKTEXT, pid, (void *)(uintptr_t)addr, NULL);
}

static int
addr_get(pid_t pid, uint64_t *addr, uint64_t *stack)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) != 0)
		return -errno;
	*addr = regs.rip;
	*stack = regs.rsp;
	return 0;
}

static int
debugreg_set(pid_t pid, unsigned int reg, uint64_t val)
{
	const uint64_t at = offsetof(struct user, u_debugreg) + reg * sizeof(val);

	return ptrace(PTRACE_POKEUSER, pid, (void *)(uintptr_t)at, (void *)(uintptr_t)val) == 0 ? 0 : -errno;
}

/*
 * To an address; a signal that it meets before that, or SIGTRAP.
 *
 * By a debug register, which is the thread's own: an instruction that traps would also end another thread of the
 * process, which is not traced, when that comes there. Where it stopped it is not stopped again before it has gone
 * on (RF of the flags).
 */
static int
run_until(pid_t pid, uint64_t addr)
{
	int ret = debugreg_set(pid, 0, addr), sig;

	if (ret == 0)
		ret = debugreg_set(pid, 7, DR7_EXECUTE_0);
	if (ret != 0)
		return ret;
	sig = go(pid, PTRACE_CONT);
	if (sig <= 0)
		return sig;
	ret = debugreg_set(pid, 7, 0);
	return ret != 0 ? ret : sig;
}

/* What is recorded so far. */
struct record {
	struct tracee_point *points;
	unsigned int nb, max;
};

static int
record(struct record *r, uint64_t addr)
{
	unsigned int i;

	/* One more turn of an instruction that repeats itself, which a debug register sees once. */
	if (r->nb > 0 && r->points[r->nb - 1].addr == addr)
		return 0;
	if (r->nb == r->max)
		return -ENOSPC;
	for (i = r->nb; i > 0 && r->points[i - 1].addr != addr; )
		i--;
	r->points[r->nb++] = (struct tracee_point){
		.addr = addr,
		.nth = i > 0 ? r->points[i - 1].nth + 1 : 1,
	};
	return 0;
}

/* One instruction; or all until it comes back to the code from elsewhere, if it can be seen where. */
static int
record_step(pid_t pid, const struct tracee_code *code, struct record *r)
{
	uint64_t addr = 0, stack = 0;
	int sig = go(pid, PTRACE_SINGLESTEP), ret;

	if (sig != SIGTRAP)
		return sig;
	ret = addr_get(pid, &addr, &stack);
	if (ret != 0)
		return ret;
	if (!is_ours(code, addr)) {
		addr = word(pid, stack); /* where it returns to, if it was called */
		if (!is_ours(code, addr))
			return SIGTRAP;
		sig = run_until(pid, addr);
		if (sig != SIGTRAP)
			return sig;
	}
	ret = record(r, addr);
	return ret != 0 ? ret : SIGTRAP;
}

int
tracee_record(pid_t pid, const struct tracee_code *code, struct tracee_point *points,
		unsigned int max)
{
	struct record r = { .points = points, .max = max };
	int sig;

	do
		sig = record_step(pid, code, &r);
	while (sig == SIGTRAP);
	return sig == SIGSTOP ? (int)r.nb : sig < 0 ? sig : -ECHILD;
}

int
tracee_run_to(pid_t pid, const struct tracee_point *point)
{
	uint32_t i;
	int sig;

	for (i = 0; i < point->nth; i++) {
		sig = run_until(pid, point->addr);
		if (sig != SIGTRAP)
			return sig == SIGSTOP ? 0 : sig < 0 ? sig : -ECHILD;
	}
	return 1;
}

int
tracee_let(pid_t pid)
{
	return ptrace(PTRACE_DETACH, pid, NULL, NULL) == 0 ? 0 : -errno;
}

int
tracee_end(pid_t pid, int timeout_ms)
{
	int status = 0, ms;

	if (ptrace(PTRACE_CONT, pid, NULL, NULL) != 0)
		return -errno;
	for (ms = 0; ms < timeout_ms; ) {
		pid_t got = waitpid(pid, &status, __WALL | WNOHANG);

		if (got < 0)
			return -errno;
		if (got == 0) {
			usleep(200);
			ms += 1;
			continue;
		}
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		/* Its own stop is no more needed; all else is its own. */
		ptrace(PTRACE_CONT, pid, NULL, WSTOPSIG(status) == SIGSTOP ||
			WSTOPSIG(status) == SIGTRAP ? NULL : (void *)(uintptr_t)WSTOPSIG(status));
	}
	tracee_kill(pid);
	return -ETIMEDOUT;
}

void
tracee_kill(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	while (waitpid(pid, &status, __WALL) == pid && !WIFEXITED(status) && !WIFSIGNALED(status))
		;
}
