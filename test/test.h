/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef TEST_H
#define TEST_H

/**
 * @file
 * How a test source registers its suite with dpdk-test.
 *
 *     static const struct vt_test_case cases[] = {
 *             { "wraps at 2^32", test_wrap },
 *     };
 *     VT_TEST_SUITE(vinetalk_ring_autotest, setup, cleanup, cases);
 *
 * A suite is a CUnit suite and a command of the same name. setup returns 0, or
 * VT_TEST_SKIPPED (say why by vt_test_skip_reason()), or another value for failure.
 */

#include <stdbool.h>

#include <CUnit/CUnit.h>

#include <rte_common.h>

#define VT_TEST_SKIPPED 77

struct vt_test_case {
	const char *name;
	void (*run)(void);
};

struct vt_test_suite {
	const char *name;
	int (*setup)(void);
	int (*cleanup)(void);
	const struct vt_test_case *cases;
	unsigned int nb_cases;
	unsigned int flags;
	struct vt_test_suite *next;
};

/** Not part of `autotest vinetalk`: run by name only. */
#define VT_TEST_F_EXTRA 1u

void vt_test_suite_register(struct vt_test_suite *suite);

/** Say why the running suite's setup, or the running case, is skipped. */
void vt_test_skip_reason(const char *fmt, ...) __rte_format_printf(1, 2);

/** Directory of the built programs' tree (it has app/, test/ ...): VT_BUILD_DIR, or where dpdk-test lies. */
const char *vt_test_build_dir(void);

/** Directory of the sources: VT_SOURCE_DIR, or where they were at the time of the build. */
const char *vt_test_source_dir(void);

/** A private directory, made when a suite first asks, and removed at its end. NULL: none could be made. */
const char *vt_test_tmp_dir(void);

/**
 * Run a program to its end.
 *
 * @param argv
 *   Program (looked up in PATH) and arguments, NULL behind the last.
 * @param input
 *   What it reads from its standard input; NULL: nothing.
 * @param output
 *   What it wrote to both its standard output and error, zero-terminated; free() it. May be NULL.
 * @param timeout_ms
 *   After that it is killed, with the process group it made.
 * @return
 *   Exit status; 128 + the number of a signal that ended it (127: it could not be executed);
 *   -ETIMEDOUT, or another negative errno.
 */
int vt_test_run(const char *const argv[], const char *input, char **output, int timeout_ms);
/** The same for a script of the shell, with nothing to read. */
int vt_test_shell(const char *script, char **output, int timeout_ms);

/** Whether the program can be found in PATH. */
bool vt_test_have(const char *program);

#define VT_TEST_SUITE_F(suite_name, setup_fn, cleanup_fn, case_table, suite_flags) \
	static struct vt_test_suite suite_name##_suite = { \
		.name = #suite_name, .setup = setup_fn, .cleanup = cleanup_fn, \
		.cases = case_table, .nb_cases = RTE_DIM(case_table), .flags = suite_flags, \
	}; \
	RTE_INIT(suite_name##_register) { vt_test_suite_register(&suite_name##_suite); }

#define VT_TEST_SUITE(suite_name, setup_fn, cleanup_fn, case_table) \
	VT_TEST_SUITE_F(suite_name, setup_fn, cleanup_fn, case_table, 0)

#endif /* TEST_H */
