/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef CRYPTO_PRIVATE_H
#define CRYPTO_PRIVATE_H

/*
 * The crypto accelerator: tasks as operations of a cryptodev.
 *
 *     task --> crypto_run.c: an operation, mbufs that are attached to its segments
 *          --> crypto_session.c: the session of its key
 *          --> queue pair of the thread that runs it --> statuses
 *
 * A device that computes in the thread that calls it has workers (rte_vtaccel_workers.h), and each of these, and
 * the poller, a queue pair of its own. A stream, its sessions included, is used by one of them at a time.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_crypto.h>
#include <rte_cryptodev.h>
#include <rte_log.h>
#include <rte_mbuf.h>

#include <rte_vtaccel.h>
#include <rte_vtaccel_crypto.h>
#include <rte_vtaccel_maps.h>
#include <rte_vtaccel_workers.h>

#define CRYPTO_BURST RTE_VTACCEL_WORKERS_BURST
#define CRYPTO_IV_MAX 16
#define CRYPTO_TAG_MAX 64
#define CRYPTO_AAD_MAX RTE_VINETALK_MAX_ARGS
/* Lengths in an mbuf have 16 bits: what is longer is a chain of pieces of whole blocks. */
#define CRYPTO_PIECE_MAX UINT16_MAX
#define CRYPTO_PIECE 61440
#define CRYPTO_MAX_PIECES (RTE_VTACCEL_CRYPTO_MAX_LEN / CRYPTO_PIECE + 1)
/* Of a thread: a burst of small tasks, and one of any length, each with input and output. */
#define CRYPTO_MBUFS (2 * (CRYPTO_BURST + CRYPTO_MAX_PIECES))
#define CRYPTO_SESSIONS_MAX 64 /* of a stream */

extern int crypto_logtype;
#define CRYPTO_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, crypto_logtype, "ACCEL_CRYPTO: " fmt "\n", ## __VA_ARGS__)

enum crypto_kind { CRYPTO_AEAD, CRYPTO_CIPHER, CRYPTO_HASH, CRYPTO_HMAC };

/* A procedure. */
struct crypto_alg {
	const char *name;
	enum crypto_kind kind;
	bool forward;          /* encrypt or digest; else decrypt or verify */
	uint16_t tag_len;      /* the usual one */
	uint16_t block;        /* data is a multiple of it; a power of two */
	union {
		enum rte_crypto_aead_algorithm aead;
		enum rte_crypto_cipher_algorithm cipher;
		enum rte_crypto_auth_algorithm auth;
	};
};

/* What the private part of an operation holds. */
struct crypto_op {
	uint8_t iv[CRYPTO_IV_MAX];
	struct rte_vtaccel_task *task;
	/* Where the tag goes, if all goes well and the batch's `tags` say so. */
	uint8_t *tag_to;
	uint32_t tag_len;
	uint8_t tag[CRYPTO_TAG_MAX];
};
#define CRYPTO_OP_OFFSET (sizeof(struct rte_crypto_op) + sizeof(struct rte_crypto_sym_op))

struct crypto_session {
	void *sess;
	const struct crypto_alg *alg;
	uint16_t key_len, iv_len, aad_len, tag_len;
	uint64_t used;         /* the stream's clock, when it was last used */
	uint8_t key[RTE_VTACCEL_CRYPTO_MAX_KEY];
};

struct crypto_stream {
	struct rte_vtaccel_workers_stream ws; /* first */
	uint64_t clock;
	uint32_t nb;
	struct crypto_session sessions[]; /* conf.sessions of them */
};

/* What a thread works with. */
struct crypto_thread {
	struct rte_crypto_op *ops[CRYPTO_BURST];
	struct rte_mbuf *mbufs[CRYPTO_MBUFS];
	/* So many of these are in the batch that is being made. */
	uint32_t nb_batch, nb_mbufs;
	uint64_t tags;         /* a bit for each operation of it whose tag has to be copied */
	bool chained;          /* there is a chain in the batch */
	uint64_t since;        /* cycles: what comes back from now on has taken the time since then */
	/* For each of them room for its additional data, where the device can read it; NULL: it reads anything. */
	uint8_t *aads;
};

struct crypto_dev {
	struct rte_vtaccel *dev;
	struct rte_vtaccel_workers *workers;
	struct rte_vtaccel_maps *maps; /* of hardware; NULL: it computes with processors */
	uint32_t nb_threads;   /* workers, and the caller */
	uint32_t max_sessions; /* of a stream */
	uint32_t all_sessions;
	/*
	 * Half of all sessions are for the first ones of streams, so that each stream can have one, whatever the others
	 * have; the other half for what is more. Under the lock.
	 */
	uint32_t nb_streams, nb_more;
	char where[64];        /* name of the cryptodev */
	bool own;              /* made here */
	bool configured;
	uint8_t id;            /* of the cryptodev */
	uint64_t features;
	bool linear_out;       /* a chain goes to one place, however long */
	struct rte_mempool *op_pool, *mbuf_pool, *session_pool;
	struct rte_mbuf_ext_shared_info shinfo;
	struct crypto_thread *threads;
	pthread_mutex_t lock;  /* of making and freeing sessions: the device's control path */
	struct rte_vtaccel_proc *procs;
	unsigned int nb_procs;
};

/* crypto_alg.c */
/* The procedures that the device can do. 0 or -ENOMEM. */
int crypto_procs_make(struct crypto_dev *cd);
const struct rte_cryptodev_symmetric_capability *crypto_capability(const struct crypto_dev *cd,
		const struct crypto_alg *alg);

/* crypto_dev.c */
int crypto_dev_open(struct crypto_dev *cd, const char *name);
int crypto_dev_start(struct crypto_dev *cd);
/* Whether they are of one driver of cryptodevs. */
bool crypto_dev_equal(const struct crypto_dev *cd, const struct crypto_dev *other);
/* With new queue pairs, for one that does not give back what it had in the old ones. */
int crypto_dev_restart(struct crypto_dev *cd);
void crypto_dev_close(struct crypto_dev *cd);

/* crypto_session.c */
/* Room for the first session of one more stream; false: there is none. */
bool crypto_sessions_open(struct crypto_dev *cd);
/*
 * The session of a task's key. NULL with the task's status in *status, -EAGAIN: one has to go for it, which the
 * batch that is being made may use: run that, and ask again with evict.
 */
void *crypto_session_get(struct crypto_dev *cd, const struct rte_vtaccel_stream *stream,
		const struct crypto_alg *alg, const struct rte_vtaccel_crypto_args *args, uint16_t tag_len,
		bool evict, int *status);
/* The stream ends. */
void crypto_sessions_close(struct crypto_dev *cd, const struct rte_vtaccel_stream *stream);

/* crypto_run.c */
void crypto_run(struct rte_vtaccel *dev, uint32_t thread, struct rte_vtaccel_task **tasks,
		uint16_t nb);

#endif /* CRYPTO_PRIVATE_H */
