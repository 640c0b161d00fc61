/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTACCEL_OPENCL_H
#define RTE_VTACCEL_OPENCL_H

/**
 * @file
 * What a client needs to call OpenCL kernels.
 *
 * Each kernel that the operator installed is a procedure of accelerators of type
 * RTE_VINETALK_ACCEL_GPU, and has the kernel's name. The kernel's parameters say what a task needs:
 *
 * | parameter                            | takes                                             |
 * | ------------------------------------ | ------------------------------------------------- |
 * | pointer to const __global, __constant | the next input segment                            |
 * | other pointer to __global            | the next output segment                           |
 * | integer P_len, P another parameter   | bytes of the segment of P; nothing of the task    |
 * | other scalar or vector               | the next value of the arguments                   |
 * | pointer to __local                   | a uint32_t of the arguments: bytes of local memory |
 *
 * Arguments begin with struct rte_vtaccel_opencl_args. The values follow in the order of the
 * parameters, each at the next multiple of its own size, counted from the start of the arguments; a
 * vector of 3 has the size of one of 4. They are longer than a task carries in itself: see
 * rte_vinetalk_task_args_ref(). Byte order is the host's.
 *
 * A segment whose parameter has no P_len must hold one element for each work item. Segments begin at a
 * multiple of their element's size, and an output overlaps no other segment of its task. The result word
 * is the number of work items. A task ends with
 *
 * - -EINVAL: work sizes, arguments or segments do not fit the kernel or the device.
 * - -ENOSPC: an output is too small; the result says how many bytes suffice.
 * - -ENOMEM: the device had no memory for it.
 * - -EIO: the device failed, or the kernel did.
 *
 * A buffer of placement RTE_VINETALK_PLACE_ACCEL or _BOTH stays in the memory of the device, with what was
 * in it when it was allocated. Segments that lie in it as a whole are used there, without a copy, and begin
 * at a multiple of RTE_VTACCEL_OPENCL_ALIGN from its start. What the client writes reaches the
 * device by a task of procedure to_accel, what a kernel wrote reaches the client by one of to_host, or
 * with placement BOTH at the end of the task that wrote it. Both procedures take up to 16 inputs, which
 * may be parts of buffers, no outputs and no arguments; the result is the number of bytes copied. What lies in no
 * such buffer is left alone, so that a program runs unchanged on a device that shares the host's memory.
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most dimensions of work items. */
#define RTE_VTACCEL_OPENCL_MAX_DIMS 3
/** Segments in a buffer of the device begin at a multiple of this; no device is known to need more. */
#define RTE_VTACCEL_OPENCL_ALIGN 512

/** What the arguments of each kernel begin with. */
struct rte_vtaccel_opencl_args {
	uint32_t dims;     /**< Dimensions, 1 to RTE_VTACCEL_OPENCL_MAX_DIMS. */
	uint32_t reserved; /**< Must be zero. */
	/** Work items in each dimension, at least 1; zero beyond dims. */
	uint32_t global[RTE_VTACCEL_OPENCL_MAX_DIMS];
	/** Those of a group, which divide global; or all zero: the device chooses. Zero beyond dims. */
	uint32_t local[RTE_VTACCEL_OPENCL_MAX_DIMS];
};

/** Copies its inputs from the host to the device, where they lie in a buffer of the device. */
#define RTE_VTACCEL_PROC_TO_ACCEL "to_accel"
/** Copies its inputs from the device to the host, where they lie in a buffer of the device. */
#define RTE_VTACCEL_PROC_TO_HOST "to_host"

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTACCEL_OPENCL_H */
