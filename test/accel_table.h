/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef ACCEL_TABLE_H
#define ACCEL_TABLE_H

/*
 * The drivers that the conformance suite of the accelerator class runs over. To add one: write its entry, or several for
 * different arguments, in a file accel_entry_DRIVER.c, and a line for each into ACCEL_TABLE below.
 */

#include <stdbool.h>
#include <stdint.h>

#include "test_accel.h"

#define ACCEL_CAP_COMPUTES (1u << 0) /* does something with the data, and the result word is its length */
#define ACCEL_CAP_HOLDS    (1u << 1) /* can be made to hold tasks back: null's stall, or accel_gate_proc runs */
#define ACCEL_CAP_BOUNDED  (1u << 2) /* takes no more than max_tasks of the enqueued */
#define ACCEL_CAP_NOTIFIES (1u << 3) /* tasks end outside of the burst functions */
#define ACCEL_CAP_CHEAP    (1u << 4) /* 120,000 tasks are a matter of a second; one that computes runs native ones */

/* In the order of the bits: how the suite says that a case is skipped. */
#define ACCEL_CAP_NAMES { "computes", "holds tasks", "bounded depth", "notifies", "cheap tasks of any shape" }

/* Longest data of a task of the suite. */
#define ACCEL_DATA 70000

struct accel_entry {
	const char *devargs; /* of rte_vtaccel_probe() */
	/* Instead, where they are not known at the time of the build. */
	const char *(*devargs_get)(void);
	/* 0; or VT_TEST_SKIPPED, behind vt_test_skip_reason(): what it needs is not here. NULL: it needs nothing. */
	int (*needed)(void);
	bool optional; /* not in each build, or of no use in each: skipped where probing says -ENODEV */
	unsigned int caps;
	const char *proc; /* with one input and one output */
	/*
	 * Make a call of proc, as accel_task_init() has left it: len bytes at in, len bytes at out, and arguments. NULL:
	 * it needs no arguments.
	 */
	void (*make)(struct accel_task *t, const void *in, void *out, uint32_t len);
	/* Whether out is what proc makes of in. NULL, of one that computes: the same bytes. */
	bool (*good)(const uint8_t *in, const uint8_t *out, uint32_t len);
	/* Limits: lengths of data; tasks that it takes at once (of those with a bounded depth). */
	uint32_t min_len, max_len;
	uint32_t max_tasks;
};

/* X(entry, name in names of cases, ...): each is a const struct accel_entry accel_entry_ENTRY. */
#define ACCEL_TABLE(X, ...) \
	X(null, "null", __VA_ARGS__) \
	X(null_gpu, "null type=gpu", __VA_ARGS__) \
	X(cpu_caller, "cpu workers=0", __VA_ARGS__) \
	X(cpu_one, "cpu workers=1", __VA_ARGS__) \
	X(cpu_two, "cpu workers=2", __VA_ARGS__) \
	X(cpu_inline, "cpu workers=2 inline", __VA_ARGS__) \
	X(opencl, "opencl", __VA_ARGS__) \
	X(compress, "compress workers=2", __VA_ARGS__) \
	X(compress_caller, "compress workers=0", __VA_ARGS__) \
	X(crypto, "crypto workers=2", __VA_ARGS__) \
	X(crypto_caller, "crypto workers=0", __VA_ARGS__) \
	X(dma, "dma", __VA_ARGS__)

#define ACCEL_ENTRY_DECLARE(entry, name, ...) extern const struct accel_entry accel_entry_ ## entry;
ACCEL_TABLE(ACCEL_ENTRY_DECLARE, 0)

#endif /* ACCEL_TABLE_H */
