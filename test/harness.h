/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef HARNESS_H
#define HARNESS_H

/**
 * @file
 * Between the parts of dpdk-test itself: arguments, prompt, and the runs of suites.
 */

#include <stdbool.h>
#include <stdio.h>

#include "test.h"

/** Every functional suite, as DPDK users write it in two words. */
#define HARNESS_ALL "autotest vinetalk"
/** The same as one name, as long as no suite has it. */
#define HARNESS_ALL_NAME "vinetalk_autotest"

/** All suites by name, in a list of their own order. */
const struct vt_test_suite *harness_suites(void);

/** Find a suite, or NULL. */
struct vt_test_suite *harness_find(const char *name);

/** Tell on stderr that there is no such suite, and which names are near. */
void harness_unknown(const char *name);

/** Print suites and cases. */
void harness_list(FILE *f);

/**
 * Run suites: each name is that of a suite, HARNESS_ALL or HARNESS_ALL_NAME.
 *
 * @return
 *   Exit status: 0, 1, or VT_TEST_SKIPPED if all that was asked for was skipped.
 */
int harness_run(const char *const names[], unsigned int nb);

/** Two outcomes as one: a failure wins, then success over skipped. */
int harness_worse(int a, int b);

/** The prompt, until quit or the end of input. Returns an exit status. */
int commands_prompt(void);

/** Remove the running suite's scratch directory. */
void paths_tmp_remove(void);

/** Remove a directory and all that is in it. */
void paths_remove_tree(const char *path);

#endif /* HARNESS_H */
