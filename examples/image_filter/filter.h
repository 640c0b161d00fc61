/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef EXAMPLES_FILTER_H
#define EXAMPLES_FILTER_H

/* The filters by kernels of examples/opencl/image.cl. */

#include <stdint.h>

#include "client.h"

#define CL_FILTER_SIGMA 2.0f

/* Their procedures and what their tasks need in the arena. 0, or -1 with a message. */
int cl_filter_init(struct client *c);
/*
 * Gray and blurred: tasks without a wait in between; rgb is overwritten. Returns how many tasks were sent,
 * whose completions are the caller's to receive, or -1 with a message. start_ns: 3, by cookie.
 */
int cl_filter_send(struct client *c, uint8_t *rgb, uint8_t *gray, uint8_t *out, uint32_t width,
		uint32_t height, uint64_t *start_ns);

#endif /* EXAMPLES_FILTER_H */
