/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef COMPRESS_PRIVATE_H
#define COMPRESS_PRIVATE_H

/*
 * The compress accelerator: tasks as stateless operations of a compressdev.
 *
 *     task --> compress_run.c: what it asks for, headers and trailers (compress_frame.c)
 *          --> compress_chain.c: mbufs that are attached to its segments
 *          --> queue pair of the thread that runs it --> status
 *
 * A device that computes in the thread that calls it has workers (rte_vtaccel_workers.h), and each
 * of these, and the poller, a queue pair of its own. An operation takes long enough that each goes
 * by itself.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_comp.h>
#include <rte_compressdev.h>
#include <rte_log.h>
#include <rte_mbuf.h>

#include <rte_vtaccel.h>
#include <rte_vtaccel_maps.h>
#include <rte_vtaccel_procs.h>
#include <rte_vtaccel_workers.h>

/* Most bytes of an input, and of what comes out of it. */
#define COMPRESS_MAX_LEN RTE_VTACCEL_COMPRESS_MAX_LEN
/* Lengths in an mbuf have 16 bits: what is longer is a chain of pieces of nearly this length. */
#define COMPRESS_PIECE 61440
#define COMPRESS_PIECE_MAX UINT16_MAX
#define COMPRESS_PIECES(len) ((len) / COMPRESS_PIECE + 1)
/*
 * What a stream that was cut is read on into, see inflate_pad(): enough to fill any output, and
 * what a device holds back.
 */
#define COMPRESS_PAD(room) (2 * (uint64_t)(room) + (1 << 19))
/* Of a thread: input, what is behind it, output. */
#define COMPRESS_MBUFS (2 * COMPRESS_PIECES(COMPRESS_MAX_LEN + COMPRESS_MAX_LEN / 4) + \
	COMPRESS_PAD(COMPRESS_MAX_LEN) / COMPRESS_PIECE_MAX + 8)
/* Bytes that a device may have taken from behind a stream without need: those of a 64-bit word. */
#define COMPRESS_WORD 8
/*
 * A chain to a place of the client's ends in one of our own, for all that such a word can make:
 * 258 bytes from each bit.
 */
#define COMPRESS_SPARE (8 * COMPRESS_WORD * 258)
#define COMPRESS_NAME_LEN 64 /* of a compressdev */
#define COMPRESS_LEVELS (RTE_COMP_LEVEL_MAX + 1)
#define COMPRESS_SUMS (RTE_COMP_CHECKSUM_ADLER32 + 1)

extern int compress_logtype;
#define COMPRESS_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, compress_logtype, "ACCEL_COMPRESS: " fmt "\n", ## __VA_ARGS__)

/* What there is to know of a driver of compressdevs. */
struct compress_pmd {
	const char *name;
	int max_level;
	bool chains;      /* takes them, whether it says so or not */
	bool single_pass; /* reads each byte of its input once */
	bool exact;       /* says how many bytes of its input it needed, and ends with it */
};

/* What a thread works with. */
struct compress_thread {
	struct rte_comp_op *op;
	struct rte_mbuf *mbufs[COMPRESS_MBUFS];
	uint32_t nb_mbufs; /* in use */
	void *deflate[COMPRESS_LEVELS][COMPRESS_SUMS], *inflate[COMPRESS_SUMS];
	uint8_t *copy;     /* private copy of an input */
	uint32_t copy_size;
	uint8_t spare[COMPRESS_SPARE];
};

struct compress_dev {
	struct rte_vtaccel *dev;
	struct rte_vtaccel_workers *workers;
	struct rte_vtaccel_maps *maps; /* of hardware; NULL: it computes with processors */
	uint32_t nb_threads;   /* workers, and the caller */
	char where[COMPRESS_NAME_LEN]; /* name of the compressdev */
	struct compress_vdev *vdev; /* made here; else NULL */
	bool started;
	uint8_t id;            /* of the compressdev */
	uint64_t features;
	const struct compress_pmd *pmd;
	struct rte_mempool *op_pool, *mbuf_pool;
	struct rte_mbuf_ext_shared_info shinfo;
	uint8_t *pads[2];      /* COMPRESS_PIECE_MAX bytes each: all bits 0, all bits 1 */
	struct compress_thread *threads;
	pthread_mutex_t lock;  /* of making transforms: the device's control path */
};

struct compress_stream {
	struct rte_vtaccel_workers_stream ws; /* first */
};

/* A chain of mbufs. */
struct compress_chain {
	struct rte_mbuf *head, *tail;
	uint32_t nb;
	uint32_t len;
};

/* compress_chain.c */
/* Add a place, in pieces of one length but for the last, which is not shorter. Nothing for no bytes. */
void compress_chain_add(struct compress_dev *cd, struct compress_thread *th, struct compress_chain *c,
		const void *addr, uint32_t len);
/* Add one place again and again. */
void compress_chain_repeat(struct compress_dev *cd, struct compress_thread *th, struct compress_chain *c,
		const void *addr, uint64_t len);
struct rte_mbuf *compress_chain_end(struct compress_dev *cd, struct compress_thread *th,
		struct compress_chain *c);

/* compress_dev.c */
int compress_dev_open(struct compress_dev *cd, const char *name);
int compress_dev_start(struct compress_dev *cd);
/* Whether they are of one driver of compressdevs. */
bool compress_dev_equal(const struct compress_dev *cd, const struct compress_dev *other);
/* With new queue pairs, for one that does not give back what it had in the old ones. */
int compress_dev_restart(struct compress_dev *cd);
void compress_dev_close(struct compress_dev *cd);
/* Memory of ours that the device can reach, zeroed. */
void *compress_mem_get(const struct compress_dev *cd, size_t len);
void compress_mem_put(const struct compress_dev *cd, void *mem);
/* The transform of a thread; NULL: no memory. */
void *compress_deflate_get(struct compress_dev *cd, struct compress_thread *th, uint32_t level,
		enum rte_comp_checksum_type sum);
void *compress_inflate_get(struct compress_dev *cd, struct compress_thread *th,
		enum rte_comp_checksum_type sum);

/* compress_frame.c: what is around the data of RFC 1951 in the formats of RFC 1950 and RFC 1952. */
uint32_t compress_header_len(uint32_t format);
uint32_t compress_trailer_len(uint32_t format);
void compress_header_put(uint32_t format, uint32_t level, uint8_t *at);
void compress_trailer_put(uint32_t format, uint32_t sum, uint32_t len, uint8_t *at);
/* Length of a header; -EBADMSG: it is none. Reads each byte once. */
int compress_header_get(uint32_t format, const uint8_t *in, uint32_t len, uint32_t *header);
bool compress_trailer_fits(uint32_t format, const uint8_t *at, uint32_t sum, uint32_t len);
/* The check sum that goes with a format. */
uint32_t compress_sum(uint32_t format, const void *data, uint32_t len);

/* compress_run.c */
void compress_run(struct rte_vtaccel *dev, uint32_t thread, struct rte_vtaccel_task **tasks,
		uint16_t nb);

#endif /* COMPRESS_PRIVATE_H */
