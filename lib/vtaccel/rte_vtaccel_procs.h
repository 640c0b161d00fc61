/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTACCEL_PROCS_H
#define RTE_VTACCEL_PROCS_H

/**
 * @file
 * The procedures that the cpu accelerator brings along, and their arguments. The compress accelerator has deflate
 * and inflate too, by a compressdev of DPDK.
 *
 * A caller fills one of these structures in and passes it as the task's
 * argument bytes. Nothing else of the accelerator class is needed here. Byte order is the
 * host's.
 *
 * | procedure     | inputs | outputs | arguments       | result word               |
 * | ------------- | ------ | ------- | --------------- | ------------------------- |
 * | echo          | 1      | 1       | none            | bytes copied              |
 * | vadd          | 1 or 2 | 1       | none            | number of sums            |
 * | crc32c        | 1..16  | 0       | none            | the CRC                   |
 * | sha256        | 1..15  | 1       | none            | 32                        |
 * | deflate       | 1      | 1 or 2  | rte_vtaccel_deflate_args | bytes written    |
 * | inflate       | 1      | 1 or 2  | rte_vtaccel_inflate_args | bytes written    |
 * | grayscale     | 1      | 1       | rte_vtaccel_grayscale_args | bytes written  |
 * | gaussian_blur | 1      | 1       | rte_vtaccel_blur_args | bytes written       |
 * | sgemm         | 1 or 2 | 1       | rte_vtaccel_sgemm_args | numbers in C       |
 *
 * A task ends with -EINVAL if its segments or arguments do not fit the procedure, and with
 * -ENOSPC if an output is too small; the result word is then the number of bytes that
 * suffice, or 0 where that is not known. Outputs may be larger than needed: the
 * rest is left as it was. Contents of outputs after an error are undefined.
 *
 * Inputs and outputs may overlap only in echo, deflate, inflate, sha256 and, exactly, in vadd.
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Copies its input to its output. */
#define RTE_VTACCEL_PROC_ECHO "echo"

/**
 * Adds vectors of 32-bit floating point numbers: out[i] = a[i] + b[i]. Two inputs
 * of one length, a multiple of 4; or one input with a and b one behind the other, a multiple of 8.
 * Segments begin at multiples of 4.
 */
#define RTE_VTACCEL_PROC_VADD "vadd"

/** CRC-32C (Castagnoli, reflected, as in iSCSI) over all inputs, one behind the other. */
#define RTE_VTACCEL_PROC_CRC32C "crc32c"

/** SHA-256 over all inputs, one behind the other; the digest has 32 bytes. */
#define RTE_VTACCEL_PROC_SHA256 "sha256"
/** Bytes of its digest. */
#define RTE_VTACCEL_SHA256_LEN 32

/** Format of compressed data. */
enum rte_vtaccel_deflate_format {
	RTE_VTACCEL_DEFLATE_RAW = 0,  /**< DEFLATE (RFC 1951). */
	RTE_VTACCEL_DEFLATE_ZLIB = 1, /**< zlib (RFC 1950). */
	RTE_VTACCEL_DEFLATE_GZIP = 2, /**< One gzip member (RFC 1952). */
};

/** Bytes of the second output of deflate and inflate. */
#define RTE_VTACCEL_DEFLATE_SUM_LEN 4
/** Most input bytes of a task of the compress accelerator, and most bytes that inflate makes there. */
#define RTE_VTACCEL_COMPRESS_MAX_LEN (32U << 20)

/**
 * Compresses its input. -ENOSPC if the output is too small, with a length in the result
 * that is always enough for an input of this length.
 *
 * A second output, of RTE_VTACCEL_DEFLATE_SUM_LEN bytes, gets the check sum of the data that is not compressed: an
 * Adler-32 sum for zlib, a CRC-32 for the others, in the host's byte order.
 *
 * The compress accelerator takes the nearest level that its device has, and writes over bytes of the output behind the
 * result; -EMSGSIZE if the input has more than RTE_VTACCEL_COMPRESS_MAX_LEN bytes, which are then the result.
 */
#define RTE_VTACCEL_PROC_DEFLATE "deflate"
/** Highest level. */
#define RTE_VTACCEL_DEFLATE_MAX_LEVEL 12
/** Arguments of deflate. */
struct rte_vtaccel_deflate_args {
	uint32_t level;  /**< 0 (stored) to RTE_VTACCEL_DEFLATE_MAX_LEVEL; 6 is usual. */
	uint32_t format; /**< enum rte_vtaccel_deflate_format. */
};

/**
 * Decompresses its input; bytes behind the end of the data are ignored. -EBADMSG if
 * the input is damaged, cut or in another format, -ENOSPC with result 0 if the output is too small.
 *
 * A second output gets the check sum, as with deflate.
 *
 * In the compress accelerator bytes of the output behind the result are written over. By compress_isal, zlib and gzip data
 * ends with the input: bytes behind it are -EBADMSG. -EMSGSIZE with result RTE_VTACCEL_COMPRESS_MAX_LEN if input
 * or output have more bytes.
 */
#define RTE_VTACCEL_PROC_INFLATE "inflate"
/** Arguments of inflate. */
struct rte_vtaccel_inflate_args {
	uint32_t format; /**< enum rte_vtaccel_deflate_format. */
};

/** Longest side of an image. */
#define RTE_VTACCEL_IMAGE_MAX_SIDE 65536

/**
 * Makes an image of 3 bytes a pixel (red, green, blue) one of 1 byte a pixel: luma
 * by ITU-R BT.601. Rows have no padding.
 */
#define RTE_VTACCEL_PROC_GRAYSCALE "grayscale"
/** Arguments of grayscale. */
struct rte_vtaccel_grayscale_args {
	uint32_t width;  /**< Pixels, 1 to RTE_VTACCEL_IMAGE_MAX_SIDE. */
	uint32_t height; /**< Pixels, 1 to RTE_VTACCEL_IMAGE_MAX_SIDE. */
};

/**
 * Blurs an image of 1 or 3 bytes a pixel with a Gaussian kernel of radius ceil(3 sigma); pixels
 * outside are those of the edge. Rows have no padding.
 */
#define RTE_VTACCEL_PROC_GAUSSIAN_BLUR "gaussian_blur"
/** Largest sigma. */
#define RTE_VTACCEL_BLUR_MAX_SIGMA 32
/** Arguments of gaussian_blur. */
struct rte_vtaccel_blur_args {
	uint32_t width;    /**< Pixels, 1 to RTE_VTACCEL_IMAGE_MAX_SIDE. */
	uint32_t height;   /**< Pixels, 1 to RTE_VTACCEL_IMAGE_MAX_SIDE. */
	uint32_t channels; /**< 1 or 3. */
	float sigma;       /**< Above 0, at most RTE_VTACCEL_BLUR_MAX_SIGMA pixels. */
};

/**
 * Multiplies matrices of 32-bit floating point numbers: C = alpha A B + beta C. A has m rows of k
 * numbers, B k rows of n, C m rows of n, without padding. Inputs are A and B, or one input with A
 * and B one behind the other; C is the output, which is read only if beta is not 0.
 * Segments begin at multiples of 4.
 */
#define RTE_VTACCEL_PROC_SGEMM "sgemm"
/** Arguments of sgemm. */
struct rte_vtaccel_sgemm_args {
	uint32_t m;  /**< Rows of A and C, 1 to 2^31 - 1. */
	uint32_t n;  /**< Columns of B and C, 1 to 2^31 - 1. */
	uint32_t k;  /**< Columns of A and rows of B, 1 to 2^31 - 1. */
	float alpha; /**< Factor of the product. */
	float beta;  /**< Factor of the old C; 0: C is not read. */
};

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTACCEL_PROCS_H */
