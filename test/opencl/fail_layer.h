/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef FAIL_LAYER_H
#define FAIL_LAYER_H

#include <stdint.h>

/*
 * What a test tells the layer, by its symbol vt_cl_fail. A number is that of the call which fails from now on, counted down:
 * 1 is the next one; 0: none.
 */
struct vt_cl_fail {
	uint32_t launch;  /* clEnqueueNDRangeKernel(): the device is gone, and all that its context has */
	uint32_t context; /* clCreateContext() */
	uint32_t build;   /* clBuildProgram() */
	uint32_t queue;   /* clCreateCommandQueueWithProperties() */
	uint32_t buffer;  /* clCreateBuffer() */
	uint32_t hold;    /* clBuildProgram() waits as long as this is not 0 */
	/* Objects that there are now, as far as they were made and released here. */
	int32_t contexts, queues;
	uint32_t on_dead; /* commands for a context that is gone */
	/*
	 * Buffers, without those that begin with the host's bytes, such as those that stay in the device: bytes that there
	 * are, that there were at most, and of which there is no more; 0: any.
	 */
	uint64_t bytes, most, room;
	uint32_t nb_full; /* how often there was none */
	enum { VT_CL_FULL_CREATE = 0, VT_CL_FULL_WRITE, VT_CL_FULL_LAUNCH } full; /* who finds that: clCreateBuffer(), ... */
};

#endif /* FAIL_LAYER_H */
