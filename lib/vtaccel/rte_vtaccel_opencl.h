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
 * SPIR-V may say less of a kernel than its source: where const is not kept, a pointer to const __global counts as
 * an output, and a kernel whose parameters have no names is refused, since P_len would not be known.
 *
 * A segment whose parameter has no P_len must hold one element for each work item. Segments begin at a
 * multiple of their element's size, and an output overlaps no other segment of its task. The result word
 * is the number of work items. A task ends with
 *
 * - -EINVAL: work sizes, arguments or segments do not fit the kernel or the device.
 * - -ENOSPC: an output is too small; the result says how many bytes suffice.
 * - -ENOMEM: the device had no memory for it.
 * - -EIO: the device failed, or the kernel did.
 * - -ESTALE: the device had failed and was made anew; a segment lies in a buffer of placement
 *   RTE_VINETALK_PLACE_ACCEL, which has not been sent as a whole since, by one segment of to_accel.
 *
 * A buffer of placement RTE_VINETALK_PLACE_ACCEL or _BOTH stays in the memory of the device, with what was
 * in it when it was allocated. Segments that lie in it as a whole are used there, without a copy, and begin
 * at a multiple of RTE_VTACCEL_OPENCL_ALIGN from its start. What the client writes reaches the
 * device by a task of procedure to_accel, what a kernel wrote reaches the client by one of to_host, or
 * with placement BOTH at the end of the task that wrote it. Both procedures take up to 16 inputs, which
 * may be parts of buffers, no outputs and no arguments; the result is the number of bytes copied. What lies in no
 * such buffer is left alone, so that a program runs unchanged on a device that shares the host's memory.
 *
 * Kernels of a client's own. Where the operator permits it, and only then, there are two procedures more. cl_build
 * takes the source of a program, or SPIR-V if the device does, as its only input. Its first output, which may be left out,
 * gets what the compiler says, ended by a zero; the second, which may be left out too, gets an
 * array of struct rte_vtaccel_opencl_kernel, as many as fit. The result is the number of kernels. They are numbered in
 * the order of that array, from 1, those of a further program from where the last one ended. cl_call calls one: its
 * number is in rte_vtaccel_opencl_args, the rest is as above. Programs belong to the virtual accelerator that
 * built them and go when it is released: acquire it from one accelerator by its number, so that it is not moved to
 * another. A task of cl_build ends with
 *
 * - -EINVAL: It cannot be built, or a kernel has a parameter for which a task has nothing.
 * - -EPERM: The source has what is not permitted: strings, directives other than define, undef, those of
 *   conditions, error, and pragma OPENCL or unroll, the operators # and ##, asm, printf.
 * - -ENOTSUP: SPIR-V, and the device does not take it.
 * - -EFBIG: It is empty, or longer than RTE_VTACCEL_OPENCL_MAX_SOURCE.
 * - -EDQUOT: There are as many programs or kernels as there may be, of this virtual accelerator or of all clients.
 * - -ENAMETOOLONG, -E2BIG: A kernel has too long a name, too many parameters, or too many bytes of arguments.
 * - -ENOMEM: No memory.
 * - -EIO: The device failed.
 *
 * and in each of these cases nothing of the program is left. cl_call ends with -ENOENT where the
 * virtual accelerator has no kernel of this number, and with -ESTALE where it was lost since the device failed and was
 * made anew: numbers of lost kernels are not used again.
 */

#include <stdint.h>

#include <rte_vinetalk_task.h>

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
	uint32_t kernel;   /**< Procedure cl_call: number of a kernel of cl_build. Others: zero. */
	/** Work items in each dimension, at least 1; zero beyond dims. */
	uint32_t global[RTE_VTACCEL_OPENCL_MAX_DIMS];
	/** Those of a group, which divide global; or all zero: the device chooses. Zero beyond dims. */
	uint32_t local[RTE_VTACCEL_OPENCL_MAX_DIMS];
};

/** Copies its inputs from the host to the device, where they lie in a buffer of the device. */
#define RTE_VTACCEL_PROC_TO_ACCEL "to_accel"
/** Copies its inputs from the device to the host, where they lie in a buffer of the device. */
#define RTE_VTACCEL_PROC_TO_HOST "to_host"

/** Builds a program of the client's, where the operator permits it. */
#define RTE_VTACCEL_PROC_CL_BUILD "cl_build"
/** Calls a kernel of such a program. */
#define RTE_VTACCEL_PROC_CL_CALL "cl_call"
/** Most bytes of a client's program. */
#define RTE_VTACCEL_OPENCL_MAX_SOURCE (256U << 10)
/** Most programs of a virtual accelerator. */
#define RTE_VTACCEL_OPENCL_MAX_PROGRAMS 16
/** Most kernels of the programs of a virtual accelerator. */
#define RTE_VTACCEL_OPENCL_MAX_KERNELS 64

/** A kernel that cl_build made. */
struct rte_vtaccel_opencl_kernel {
	char name[RTE_VINETALK_NAME_LEN]; /**< Its name. */
	uint32_t kernel;    /**< For rte_vtaccel_opencl_args. */
	uint32_t args_len;  /**< Bytes of its arguments, those in front included. */
	uint8_t nb_in;      /**< Input segments that it takes. */
	uint8_t nb_out;     /**< Output segments that it takes. */
	uint8_t reserved[6]; /**< Zero. */
};

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTACCEL_OPENCL_H */
