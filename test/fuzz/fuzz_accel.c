/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Procedures of the cpu accelerator with any arguments and segments; memory around the segments is watched. Each input is
 * the first one of a thread, and of a process, as far as procedures keep something. Target `poor` has no OpenBLAS.
 */

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

#include <openssl/evp.h>
#include <openssl/provider.h>

#include <rte_common.h>
#include <rte_vtaccel.h>

#include "fault.h"
#include "fault_accel.h"
#include "fuzz.h"

#define MAX_SEG 4096
#define MAX_ARGS 64
#define HUGE ((size_t)RTE_VTACCEL_PRIVATE_MAX + 1)

/* What no driver's procedure does, and one of a plugin may. */
static int
flip(struct rte_vtaccel_task *t)
{
	const struct rte_vtaccel_seg *in = &t->segs[0], *out = &t->segs[t->nb_in];
	uint32_t i;

	for (i = 0; i < in->len && i < out->len; i++)
		((uint8_t *)out->addr)[i] ^= ((uint8_t *)in->addr)[i];
	return (int)t->args_len - 1;
}

#define OF_PLUGIN .api = RTE_VTACCEL_API, .name = "fuzz", .type = RTE_VINETALK_ACCEL_CPU, \
	.max_args = MAX_ARGS, .max_in = 3, .max_out = 2
static const struct rte_vtaccel_proc plugins[] = {
	{ OF_PLUGIN, .min_in = 1, .min_out = 1, .min_args = 1, .native = flip,
		.flags = RTE_VTACCEL_PROC_F_PRIVATE_INPUT | RTE_VTACCEL_PROC_F_PRIVATE_OUTPUT },
	{ OF_PLUGIN },
};
#define PLUGINS 0x70 /* numbers from here on */

static uint8_t *huge; /* more than is copied */
/* What is fetched again and again is this, and stays here for who looks for leaks. */
static EVP_MD *volatile digest;

static void *
run_native(void *arg)
{
	fault_begin();
	fault_accel_begin();
	rte_vtaccel_native_run(arg);
	fault_accel_end();
	fault_end();
	return NULL;
}

static void
run(struct fuzz_in *in)
{
	struct rte_vtaccel_seg segs[RTE_VINETALK_MAX_SEGS] = { 0 };
	const struct rte_vtaccel_proc *proc;
	struct rte_vtaccel_task t = { .segs = segs };
	uint64_t args[MAX_ARGS / 8] = { 0 };
	uint8_t *blocks[RTE_VINETALK_MAX_SEGS] = { NULL };
	unsigned int nb = 0, i;
	pthread_t thread;
	uint16_t len;
	uint8_t form;

	fault_accel_take(in);
	while (rte_vtaccel_native_at(nb) != NULL)
		nb++;
	form = fuzz_u8(in);
	proc = (form & 0x7f) < PLUGINS ? rte_vtaccel_native_at((form & 0x7f) % nb) : &plugins[form % RTE_DIM(plugins)];
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
		len = fuzz_u16(in);
		segs[i].len = len % (MAX_SEG + 1);
		/* A block of its own each: address sanitizer sees what is beside it. Some are not aligned. */
		blocks[i] = malloc(RTE_MAX(segs[i].len + (len >> 15), 1U));
		FUZZ_CHECK(blocks[i] != NULL);
		segs[i].addr = blocks[i] + (len >> 15);
		fuzz_take(in, segs[i].addr, segs[i].len);
		/* Never read: it is too much. */
		if (len >> 12 == 7 && i == 0 && t.nb_in != 0 && (proc->flags & RTE_VTACCEL_PROC_F_PRIVATE_INPUT) != 0) {
			segs[i].addr = huge;
			segs[i].len = HUGE;
		}
		t.bytes += segs[i].len;
	}
	fault_accel_again();
	FUZZ_CHECK(pthread_create(&thread, NULL, run_native, &t) == 0);
	FUZZ_CHECK(pthread_join(thread, NULL) == 0);
	fault_accel_again_end();
	FUZZ_CHECK(t.status <= 0 && t.status > -4096);
	for (i = 0; i < (unsigned int)t.nb_in + t.nb_out; i++)
		free(blocks[i]);
}

static void
init(void)
{
	huge = mmap(NULL, HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	FUZZ_CHECK(huge != MAP_FAILED);
	OSSL_PROVIDER_load(NULL, "default");
	digest = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static void
init_poor(void)
{
	init();
	fault_accel_poor();
}

const struct fuzz_target fuzz_accel = { .name = "accel", .init = init, .run = run };
const struct fuzz_target fuzz_poor = { .name = "poor", .init = init_poor, .run = run };
