/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VINETALK_TASK_H
#define RTE_VINETALK_TASK_H

/**
 * @file
 * The words that both halves of Vinetalk share: tasks and completions as they
 * stand in memory, accelerator types and states.
 *
 * A task is one 64-byte element of a request ring, and a completion one 32-byte
 * element of a completion ring. This file is their only definition: what an
 * application fills in is what travels.
 *
 *     byte  0        4        8                16       24               40           48        64
 *          | qp_seq | check  |     cookie     | ids    | seg_off[2]     | seg_len[2] | arguments |
 *
 * All fields are in the byte order of the host, little-endian wherever this was tried; both sides
 * run on one machine, and a region tells its byte order.
 * Places in memory are offsets from the start of the region, never pointers.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Segments that a task carries in itself. */
#define RTE_VINETALK_INLINE_SEGS 2
/** Most segments of a task, by an indirect table. */
#define RTE_VINETALK_MAX_SEGS 16
/** Argument bytes that a task carries in itself. */
#define RTE_VINETALK_INLINE_ARGS 16
/** Most argument bytes of a task, by offset. */
#define RTE_VINETALK_MAX_ARGS 4096
/** Bytes of a name, the terminating zero included. */
#define RTE_VINETALK_NAME_LEN 64
#define RTE_VINETALK_VACCEL_WEIGHT_MAX 256 /**< Largest weight of a vaccel. */
#define RTE_VINETALK_VACCEL_PRIORITY_MAX 15 /**< Greatest priority of a vaccel. */
#define RTE_VINETALK_VACCEL_RATE_BYTES_MAX (UINT64_C(1) << 40) /**< Largest rate, bytes a second. */

/** The arguments lie in the arena, at args_ref. */
#define RTE_VINETALK_TASK_F_ARGS_REF (1U << 0)
/** The segments lie in a table in the arena, at seg_off[0]; seg_len[0] is its size in bytes. */
#define RTE_VINETALK_TASK_F_SEGS_REF (1U << 1)
/**
 * A barrier over all vaccels of the client, in the order in which the appliance takes requests: the task begins
 * when all earlier ones of that client have ended, and later ones begin when it has ended.
 */
#define RTE_VINETALK_TASK_F_FENCE (1U << 2)
/** Every flag that has a meaning. Others must be zero and are checked. */
#define RTE_VINETALK_TASK_F_ALL (RTE_VINETALK_TASK_F_ARGS_REF | RTE_VINETALK_TASK_F_SEGS_REF | \
	RTE_VINETALK_TASK_F_FENCE)

/** Kind of an accelerator. */
enum rte_vinetalk_accel_type {
	RTE_VINETALK_ACCEL_ANY = 0,  /**< No particular kind. */
	RTE_VINETALK_ACCEL_CPU,      /**< Native procedures on processor cores. */
	RTE_VINETALK_ACCEL_GPU,      /**< Graphics processor. */
	RTE_VINETALK_ACCEL_FPGA,     /**< Programmable logic. */
	RTE_VINETALK_ACCEL_CRYPTO,   /**< Cryptography engine. */
	RTE_VINETALK_ACCEL_COMPRESS, /**< Compression engine. */
	RTE_VINETALK_ACCEL_DMA,      /**< Copy engine. */
	RTE_VINETALK_ACCEL_TYPES,    /**< Number of kinds. */
};

/** State of an accelerator. */
enum rte_vinetalk_accel_state {
	RTE_VINETALK_ACCEL_IDLE = 0, /**< Has nothing to do. */
	RTE_VINETALK_ACCEL_BUSY,     /**< Has tasks in hand. */
	RTE_VINETALK_ACCEL_FAILED,   /**< Takes no tasks. */
};

/** Part of the arena: an entry of an indirect segment table. */
struct rte_vinetalk_seg {
	uint64_t offset;   /**< From the start of the region. */
	uint32_t len;      /**< In bytes. */
	uint32_t reserved; /**< Must be zero. */
};

/** Arguments that lie in the arena. */
struct rte_vinetalk_args_ref {
	uint64_t offset;   /**< From the start of the region. */
	uint32_t len;      /**< In bytes, at most RTE_VINETALK_MAX_ARGS. */
	uint32_t reserved; /**< Must be zero. */
};

/**
 * One call of a procedure on a virtual accelerator.
 *
 * Use the rte_vinetalk_task_*() helpers to fill it. The library owns qp_seq and
 * check; all else is the caller's.
 */
struct rte_vinetalk_task {
	/**
	 * Queue pair (upper 16 bits) and its sequence number (lower 16 bits).
	 * Written by the enqueue. One aligned word, since stock rings copy an
	 * element in pieces of 32 bits or more, in any order.
	 */
	uint32_t qp_seq;
	uint32_t check;   /**< Over all other bytes. Written by the enqueue. */
	uint64_t cookie;  /**< The caller's; comes back with the completion. */
	uint16_t vaccel;  /**< Virtual accelerator. */
	uint16_t proc;    /**< Procedure. */
	uint8_t nb_in;    /**< Input segments: the first ones. */
	uint8_t nb_out;   /**< Output segments: those behind the inputs. */
	uint8_t args_len; /**< Argument bytes in args; 0 with F_ARGS_REF. */
	uint8_t flags;    /**< RTE_VINETALK_TASK_F_*. */
	uint64_t seg_off[RTE_VINETALK_INLINE_SEGS]; /**< Offsets in the region. */
	uint32_t seg_len[RTE_VINETALK_INLINE_SEGS]; /**< Lengths in bytes. */
	RTE_STD_C11
	union {
		uint8_t args[RTE_VINETALK_INLINE_ARGS]; /**< Argument bytes. */
		struct rte_vinetalk_args_ref args_ref;  /**< With F_ARGS_REF. */
	};
} __rte_aligned(64);

/** The end of a task. */
struct rte_vinetalk_completion {
	uint64_t cookie;  /**< Of the task. */
	int32_t status;   /**< 0, or a negative errno. */
	uint32_t qp_seq;  /**< Of the task. */
	uint64_t result;  /**< Result word; its meaning is the procedure's. */
	uint64_t exec_ns; /**< Time that the accelerator took, in nanoseconds. */
} __rte_aligned(32);

/** Make the word that names a task: queue pair in the upper, sequence number in the lower half. */
static inline uint32_t
rte_vinetalk_qp_seq(uint16_t qp, uint16_t seq)
{
	return (uint32_t)qp << 16 | seq;
}

/**
 * The check word of a task: an NH hash (Black, Halevi, Krawczyk, Krovetz,
 * Rogaway: "UMAC: Fast and Secure Message Authentication", 1999) over all its
 * 32-bit words but the check word itself, folded to 32 bits.
 *
 * It tells a whole slot from a torn or a stale one after its producer died: a mixture passes
 * with a probability of about 2^-32. It is no defence against a forger, who can compute it too.
 *
 * The same on any compiler, in C and in C++; on a machine of the other byte order the words differ.
 */
static inline uint32_t
rte_vinetalk_task_check(const struct rte_vinetalk_task *task)
{
	/* The fields have other types than the words. */
	typedef uint32_t __attribute__((__may_alias__)) word;
	const word *w = (const word *)(const void *)task;
	uint64_t h;

	/*
	 * 32 bits at a time, and not by a copy of the whole: the caller has just written the
	 * fields, and a vector load over several of them waits until they are in the cache.
	 */
	/* Written out: a loop that -O2 does not unroll takes twice the time. */
#define RTE_VINETALK_NH(a, ka, b, kb) ((uint64_t)(w[a] + UINT32_C(ka)) * (w[b] + UINT32_C(kb)))
	h = (uint64_t)(w[0] + UINT32_C(0x9e3779b1)) * UINT32_C(0xcc9e2d51);
	h += RTE_VINETALK_NH(2, 0x85ebca77, 3, 0xc2b2ae3d);
	h += RTE_VINETALK_NH(4, 0x27d4eb2f, 5, 0x165667b1);
	h += RTE_VINETALK_NH(6, 0xd3a2646d, 7, 0xfd7046c5);
	h += RTE_VINETALK_NH(8, 0xb55a4f09, 9, 0x8cb92ba7);
	h += RTE_VINETALK_NH(10, 0x61c88647, 11, 0x7feb352d);
	h += RTE_VINETALK_NH(12, 0x846ca68b, 13, 0x94d049bb);
	h += RTE_VINETALK_NH(14, 0xbf58476d, 15, 0xff51afd7);
#undef RTE_VINETALK_NH
	return (uint32_t)(h ^ h >> 32);
}

#ifdef __cplusplus
}
#endif

#endif /* RTE_VINETALK_TASK_H */
