/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <capstone/capstone.h>

#include "fetch.h"

#define TRAP_FLAG 0x100
#define WRITE_FAULT 2
#define LONGEST 15 /* bytes of an instruction */

static struct fetch *now; /* that counts */
static csh decoder;
static cs_insn *insn; /* room for one, since a handler cannot allocate */
static struct sigaction old_segv, old_trap;
/* The C library's code, and its call that goes on: its stack and where it returns to. */
static uint64_t libc_first, libc_end, call_stack, call_back;
static uint32_t nb_calls;

/* ---- which mapping ---- */

struct mapping {
	uint64_t first, end, offset, inode;
	char dev[16];
};

static bool
next_mapping(FILE *f, struct mapping *m)
{
	char line[4352];

	return fgets(line, sizeof(line), f) != NULL && sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64
		" %15s %" SCNu64, &m->first, &m->end, &m->offset, m->dev, &m->inode) == 5;
}

void *
fetch_other_mapping(const void *at, size_t *len)
{
	const uint64_t addr = (uint64_t)(uintptr_t)at;
	struct mapping m, mine = { 0 }, other = { 0 };
	unsigned int nb = 0;
	FILE *f = fopen("/proc/self/maps", "r");

	if (f == NULL)
		return NULL;
	while (next_mapping(f, &m))
		if (addr >= m.first && addr < m.end)
			mine = m;
	rewind(f);
	while (mine.inode != 0 && next_mapping(f, &m)) {
		if (m.inode != mine.inode || strcmp(m.dev, mine.dev) != 0 || m.first == mine.first ||
				m.offset != mine.offset)
			continue;
		other = m;
		nb++;
	}
	fclose(f);
	if (nb != 1)
		return NULL;
	*len = other.end - other.first;
	return (void *)(uintptr_t)other.first;
}

/* ---- counting ---- */

/* A number for what makes the access: each of ours has a new one. */
static uint32_t
call_of(const ucontext_t *uc)
{
	const uint64_t at = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
	const uint64_t stack = (uint64_t)uc->uc_mcontext.gregs[REG_RSP];
	uint64_t back = 0;

	if (at >= libc_first && at < libc_end)
		/* Such functions do not move the stack. */
		back = *(const uint64_t *)(uintptr_t)stack;
	if (back == 0 || stack != call_stack || back != call_back)
		nb_calls++;
	call_stack = stack;
	call_back = back;
	return nb_calls;
}

static void
count_reads(size_t offset, size_t len, uint32_t call)
{
	size_t i;

	for (i = offset; i < offset + len && i < now->len; i++) {
		if (now->reads[i] != UINT8_MAX && now->by[i] != call)
			now->reads[i]++;
		now->by[i] = call;
	}
}

static void
count_writes(size_t offset, size_t len)
{
	size_t i;

	for (i = offset; i < offset + len && i < now->len; i++)
		if (now->writes[i] != UINT8_MAX)
			now->writes[i]++;
}

/* Bytes of the memory operand of the instruction there. */
static size_t
operand_size(const uint8_t *code)
{
	size_t left = LONGEST, size = 0;
	uint64_t addr = (uint64_t)(uintptr_t)code;
	const cs_x86 *x86;
	int i;

	if (!cs_disasm_iter(decoder, &code, &left, &addr, insn))
		return 0;
	x86 = &insn->detail->x86;
	for (i = 0; i < x86->op_count; i++)
		if (x86->operands[i].type == X86_OP_MEM && x86->operands[i].size > size)
			size = x86->operands[i].size;
	return size;
}

static void
on_segv(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	const size_t offset = (size_t)((uint8_t *)info->si_addr - now->base);
	size_t len;

	if (offset >= now->len) {
		/* Not ours: as without us. */
		sigaction(sig, &old_segv, NULL);
		return;
	}
	len = operand_size((const uint8_t *)uc->uc_mcontext.gregs[REG_RIP]);
	now->accesses++;
	now->unknown += len == 0;
	if (uc->uc_mcontext.gregs[REG_ERR] & WRITE_FAULT)
		count_writes(offset, len != 0 ? len : 1);
	else
		count_reads(offset, len != 0 ? len : 1, call_of(uc));
	mprotect(now->base, now->len, PROT_READ | PROT_WRITE);
	uc->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}

static void
on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	mprotect(now->base, now->len, PROT_NONE);
	uc->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

static bool
find_libc(void)
{
	char line[4352], perms[8];
	FILE *f = fopen("/proc/self/maps", "r");

	libc_first = libc_end = 0;
	while (f != NULL && libc_end == 0 && fgets(line, sizeof(line), f) != NULL)
		if (strstr(line, "/libc.so.") == NULL || sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s",
				&libc_first, &libc_end, perms) != 3 || perms[2] != 'x')
			libc_end = 0;
	if (f != NULL)
		fclose(f);
	return libc_end != 0;
}

int
fetch_begin(struct fetch *f, void *base, size_t len)
{
	struct sigaction segv = { .sa_sigaction = on_segv, .sa_flags = SA_SIGINFO };
	struct sigaction trap = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	memset(f, 0, sizeof(*f));
	f->base = base;
	f->len = len;
	f->reads = calloc(1, len);
	f->writes = calloc(1, len);
	f->by = calloc(len, sizeof(*f->by));
	if (f->reads == NULL || f->writes == NULL || f->by == NULL)
		return -ENOMEM;
	if (!find_libc())
		return -ENOENT;
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &decoder) != CS_ERR_OK)
		return -ENOTSUP;
	cs_option(decoder, CS_OPT_DETAIL, CS_OPT_ON);
	insn = cs_malloc(decoder);
	now = f;
	sigaction(SIGSEGV, &segv, &old_segv);
	sigaction(SIGTRAP, &trap, &old_trap);
	return mprotect(base, len, PROT_NONE) == 0 ? 0 : -errno;
}

void
fetch_end(struct fetch *f)
{
	mprotect(f->base, f->len, PROT_READ | PROT_WRITE);
	sigaction(SIGSEGV, &old_segv, NULL);
	sigaction(SIGTRAP, &old_trap, NULL);
	cs_free(insn, 1);
	cs_close(&decoder);
	now = NULL;
}

void
fetch_free(struct fetch *f)
{
	free(f->reads);
	free(f->writes);
	free(f->by);
}

unsigned int
fetch_most(const struct fetch *f, size_t offset, size_t len, size_t *bytes)
{
	unsigned int most = 0;
	size_t i;

	*bytes = 0;
	for (i = offset; i < offset + len && i < f->len; i++) {
		*bytes += f->reads[i] != 0;
		if (f->reads[i] > most)
			most = f->reads[i];
	}
	return most;
}
