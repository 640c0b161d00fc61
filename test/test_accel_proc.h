/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef TEST_ACCEL_PROC_H
#define TEST_ACCEL_PROC_H

#include "test_accel.h"

static inline void
proc_begin(struct accel_task *at, const char *name)
{
	accel_task_init(at, accel_native(name), NULL);
}

static inline int
proc_run(struct accel_task *at)
{
	rte_vtaccel_native_run(&at->t);
	return at->t.status;
}

/* test_accel_image.c */
void test_accel_grayscale(void);
void test_accel_grayscale_refused(void);
void test_accel_blur(void);
void test_accel_blur_flat(void);
void test_accel_blur_refused(void);
void test_accel_sgemm(void);
void test_accel_sgemm_refused(void);

#endif /* TEST_ACCEL_PROC_H */
