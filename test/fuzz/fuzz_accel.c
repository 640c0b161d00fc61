/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Procedures of the cpu accelerator with any arguments and segments; memory around the segments is watched. */

#include <errno.h>

#include <rte_common.h>
#include <rte_vtaccel.h>

#include "fault.h"
#include "fuzz.h"

#define MAX_SEG 4096
#define MAX_ARGS 64

static void
run(struct fuzz_in *in)
{
	struct rte_vtaccel_seg segs[RTE_VINETALK_MAX_SEGS] = { 0 };
	const struct rte_vtaccel_proc *proc;
	struct rte_vtaccel_task t = { .segs = segs };
	uint64_t args[MAX_ARGS / 8] = { 0 };
	unsigned int nb = 0, i;
	uint8_t form;

	while (rte_vtaccel_native_at(nb) != NULL)
		nb++;
	form = fuzz_u8(in);
	proc = rte_vtaccel_native_at((form & 0x7f) % nb);
	t.proc = proc;
	t.args = args;
	t.args_len = fuzz_u8(in) % (MAX_ARGS + 1);
	fuzz_take(in, args, t.args_len);
	/* Small numbers, of which data of this size can be made. */
	for (i = 0; (form & 0x80) != 0 && i < t.args_len / 4; i++)
		((uint32_t *)args)[i] &= 15;
	if (form & 0x80)
		t.args_len = proc->min_args;
	t.nb_in = fuzz_u8(in) % 4;
	t.nb_out = fuzz_u8(in) % 3;
	for (i = 0; i < (unsigned int)t.nb_in + t.nb_out; i++) {
		segs[i].len = fuzz_u16(in) % (MAX_SEG + 1);
		/* A block of its own each: address sanitizer sees what is beside it. */
		segs[i].addr = malloc(segs[i].len != 0 ? segs[i].len : 1);
		FUZZ_CHECK(segs[i].addr != NULL);
		fuzz_take(in, segs[i].addr, segs[i].len);
		t.bytes += segs[i].len;
	}
	fault_begin();
	rte_vtaccel_native_run(&t);
	fault_end();
	FUZZ_CHECK(t.status <= 0 && t.status > -4096);
	for (i = 0; i < (unsigned int)t.nb_in + t.nb_out; i++)
		free(segs[i].addr);
}

const struct fuzz_target fuzz_accel = { .name = "accel", .run = run };
