/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTREGION_H
#define RTE_VTREGION_H

/**
 * @file
 * The layout of a region: the bytes that an appliance and its clients agree on.
 *
 *     0            header: identity, fingerprint, configuration, life signs
 *     off_slots    one 4 KiB slot for each client: attach, control mailbox
 *     off_pollers  one line for each poller: is it parked
 *     off_rqs      one line for each request queue: its generation
 *     off_qps      two lines for each queue pair
 *     off_ready    for each poller the ready set of layout `thread`
 *     off_rq_rings request rings (rte_ring, 64-byte elements), with spares
 *     off_cq_rings completion rings (rte_ring, 32-byte elements)
 *     off_arenas   one arena for each client
 *
 * Each part begins on a page of 4 KiB; an arena of 16 MiB or more on one of 2 MiB. Rings and ready
 * sets begin at multiples of 128 bytes, so that no two share a pair of cache lines. A ready set is
 * its words of summary, rounded up to a line, and then its words of leaves.
 *
 * The geometry follows from struct rte_vtregion_conf alone: rte_vtregion_plan()
 * computes it. Who opens a region reads the configuration once, plans again and
 * keeps the private result; nothing else in the region is trusted for a bound.
 *
 * Every word has one writer, named where it is defined ("A": appliance, "C":
 * client). Any client of the domain can nevertheless write every byte.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_ring.h>

#include <rte_vinetalk_task.h>

#ifdef __cplusplus
extern "C" {
#endif

/** "VINETALK" as the bytes in memory. */
#define RTE_VTREGION_MAGIC UINT64_C(0x4b4c4154454e4956)
/** Version of this layout. Sides with different versions do not talk. */
#define RTE_VTREGION_ABI 1

/** Bytes of a line, the unit of what one side writes; unlike a cache line the same in any build. */
#define RTE_VTREGION_LINE 64

#define RTE_VTREGION_MAX_CLIENTS 1024      /**< Slots of a region. */
#define RTE_VTREGION_MAX_QPS 65536         /**< Queue pairs of a region. */
#define RTE_VTREGION_MAX_POLLERS 64        /**< Pollers of an appliance. */
#define RTE_VTREGION_MAX_SPARES 15         /**< Spare instances of a queue. */
#define RTE_VTREGION_MAX_VECTORS 16        /**< Doorbells of a client. */
#define RTE_VTREGION_MIN_DEPTH 2           /**< Entries of a ring. */
#define RTE_VTREGION_MAX_CQ_DEPTH 32768    /**< Entries of a completion ring. */
/**
 * Entries of a request ring. Less than there are sequence numbers: a slot's number is never the
 * one of a lap before.
 */
#define RTE_VTREGION_MAX_RQ_DEPTH 32768
#define RTE_VTREGION_MIN_ARENA (1ULL << 20)  /**< Bytes of an arena. */
#define RTE_VTREGION_MIN_SIZE (2ULL << 20)   /**< Bytes of a region, and its unit. */
#define RTE_VTREGION_MAX_SIZE (1ULL << 46)   /**< Bytes of a region. */

/** Who shares a request queue. */
enum rte_vtregion_layout {
	RTE_VTREGION_HASHED = 0, /**< One queue for each poller; the default. */
	RTE_VTREGION_SINGLE,     /**< One queue for all. */
	RTE_VTREGION_THREAD,     /**< One queue for each queue pair. */
};

/** How producers of a shared request queue keep out of each other's way. */
enum rte_vtregion_sync {
	RTE_VTREGION_SYNC_RTS = 0, /**< RTE_RING_SYNC_MT_RTS; the default. */
	RTE_VTREGION_SYNC_ST,      /**< One producer: layout `thread`. */
	RTE_VTREGION_SYNC_MT,      /**< RTE_RING_SYNC_MT: for measurement. */
	RTE_VTREGION_SYNC_HTS,     /**< RTE_RING_SYNC_MT_HTS: for measurement. */
	RTE_VTREGION_SYNC_TICKET,  /**< ST ring under a ticket lock in the region: for measurement. */
	RTE_VTREGION_SYNC_SPINLOCK,/**< ST ring under a spinlock in the region: for measurement. */
	RTE_VTREGION_SYNCS,        /**< Number of them. */
};

/** What a region is made from. */
struct rte_vtregion_conf {
	uint64_t size;           /**< Bytes; a power of two, see rte_vtregion_plan(). */
	uint32_t layout;         /**< enum rte_vtregion_layout. */
	uint32_t sync;           /**< enum rte_vtregion_sync. */
	uint32_t nb_clients;     /**< Client slots. */
	uint32_t qps_per_client; /**< Queue pairs of one slot. */
	uint32_t nb_pollers;     /**< Pollers that serve the region. */
	uint32_t nb_spares;      /**< Spare instances of each multi-producer queue; `thread`: 0. */
	uint32_t rq_depth;       /**< Entries of a request ring, a power of two. */
	uint32_t cq_depth;       /**< Entries of a completion ring, a power of two. */
	uint32_t nb_vectors;     /**< Doorbells of a client, and of the appliance towards it. */
	/** The last ones of the slots, for clients that join without a broker (ivshmem-plain). */
	uint32_t nb_plain;
	uint32_t reserved[4];    /**< Must be zero. */
};

/** Where things lie. A private copy on each side; the one in the header is for people. */
struct rte_vtregion_geom {
	struct rte_vtregion_conf conf; /**< What it follows from. */
	uint32_t nb_rqs;          /**< Request queues. */
	uint32_t nb_instances;    /**< Rings of each request queue. */
	uint32_t nb_qps;          /**< Queue pairs. */
	uint32_t ready_leaves;    /**< 64-bit words of leaves in a poller's ready set. */
	uint32_t ready_summaries; /**< 64-bit words of summary in a poller's ready set. */
	uint32_t reserved;        /**< Zero. */
	uint64_t off_slots;       /**< Client slots. */
	uint64_t off_pollers;     /**< Poller lines. */
	uint64_t off_rqs;         /**< Request queue lines. */
	uint64_t off_qps;         /**< Queue pair lines. */
	uint64_t off_ready;       /**< Ready sets. */
	uint64_t ready_stride;    /**< Bytes of one poller's ready set. */
	uint64_t off_rq_rings;    /**< Request rings. */
	uint64_t rq_stride;       /**< Bytes of one request ring. */
	uint64_t off_cq_rings;    /**< Completion rings. */
	uint64_t cq_stride;       /**< Bytes of one completion ring. */
	uint64_t off_arenas;      /**< Arenas. */
	uint64_t arena_size;      /**< Bytes of one arena. */
};

/** States of a region, in rte_vtregion_hdr::state. */
enum rte_vtregion_state {
	RTE_VTREGION_FORMATTING = 0, /**< Not to be used yet. */
	RTE_VTREGION_OPEN,           /**< In service. */
	RTE_VTREGION_DRAINING,       /**< Takes no new tasks; the appliance is about to leave. */
	RTE_VTREGION_CLOSED,         /**< Out of service. */
	RTE_VTREGION_HANDOVER,       /**< The appliance has left it to the next one. */
};

/** Words of the fingerprint, see rte_vtregion_fingerprint(). */
#define RTE_VTREGION_FP_WORDS 32

/** Start of a region. */
struct rte_vtregion_hdr {
	uint64_t magic;     /**< A: RTE_VTREGION_MAGIC, written last. */
	uint32_t abi;       /**< A: RTE_VTREGION_ABI. */
	uint32_t hdr_len;   /**< A: bytes of this structure. */
	uint64_t uid;       /**< A: random; tells one formatting from the next. */
	uint64_t reserved0[5]; /**< Zero. */
	uint16_t fingerprint[RTE_VTREGION_FP_WORDS]; /**< A: layout of rte_ring. */
	struct rte_vtregion_geom geom; /**< A: geometry. */

	/** A: counts appliances that served this region. */
	uint64_t epoch __rte_aligned(RTE_VTREGION_LINE);
	uint64_t heartbeat; /**< A: increases while the appliance lives. */
	uint32_t heartbeat_ms; /**< A: longest time between two increases. */
	uint32_t state;     /**< A: enum rte_vtregion_state. */
};

/** States of a slot, in rte_vtregion_slot::state. */
enum rte_vtregion_slot_state {
	RTE_VTREGION_SLOT_FREE = 0,  /**< Nobody's. */
	RTE_VTREGION_SLOT_ATTACHED,  /**< In use. */
	RTE_VTREGION_SLOT_DETACHING, /**< The appliance is taking it back. */
	RTE_VTREGION_SLOT_QUARANTINE,/**< Not reused while its old owner may still run. */
};

/** Operations of the control mailbox. */
enum rte_vtregion_ctrl_op {
	/** name; arg: queue pairs wanted; flags: RTE_VTREGION_ATTACH_F_*. */
	RTE_VTREGION_CTRL_ATTACH = 1,
	RTE_VTREGION_CTRL_DETACH,         /**< Leave. */
	RTE_VTREGION_CTRL_ACCEL_INFO,     /**< id: index; answers rte_vtregion_rep_accel. */
	RTE_VTREGION_CTRL_ACCEL_STATS,    /**< id: index; answers words. */
	RTE_VTREGION_CTRL_VACCEL_ACQUIRE, /**< type, id or ANY, proc or ANY, flags; answers id. */
	RTE_VTREGION_CTRL_VACCEL_RELEASE, /**< id. */
	RTE_VTREGION_CTRL_PROC_INFO,      /**< id: index; answers name, type. */
	RTE_VTREGION_CTRL_PROC_GET,       /**< name, type; answers id. */
	RTE_VTREGION_CTRL_PROC_PUT,       /**< id. */
	/** id: qp_seq of a task of this client; arg: the vaccel that it names. */
	RTE_VTREGION_CTRL_TASK_CANCEL,
	/** buf; arg: enum rte_vtregion_buf; id: accelerator or ANY; answers id. */
	RTE_VTREGION_CTRL_BUF_ADD,
	RTE_VTREGION_CTRL_BUF_DEL,        /**< buf.offset. */
	RTE_VTREGION_CTRL_OPS,            /**< Number of operations. */
};

/**
 * Flag of an attach: whoever had the slot before is gone, since a broker gives a number to one
 * connection, and a machine its device to one process, at a time. What is left of the old life ends first.
 */
#define RTE_VTREGION_ATTACH_F_TAKEOVER (1U << 0)
/** Flag of an attach: no socket ends with the client; it sends heartbeats. */
#define RTE_VTREGION_ATTACH_F_DEVICE (1U << 1)
/**
 * Flag of an attach: this client had an appliance before (another rte_vtregion_hdr::epoch), and keeps its arena and
 * its completion rings. It has ended the tasks that it had. -ESTALE: they are gone.
 */
#define RTE_VTREGION_ATTACH_F_RESUME (1U << 2)
/** Flags of an attach that have a meaning. Others must be zero. */
#define RTE_VTREGION_ATTACH_F_ALL \
	(RTE_VTREGION_ATTACH_F_TAKEOVER | RTE_VTREGION_ATTACH_F_DEVICE | \
	 RTE_VTREGION_ATTACH_F_RESUME)

/** Where a buffer is, besides the region. */
enum rte_vtregion_buf {
	RTE_VTREGION_BUF_ACCEL = 1, /**< With an accelerator. */
	RTE_VTREGION_BUF_BOTH,      /**< The same; what tasks write comes back by itself. */
};

/** "No particular one" in a request of the control mailbox. */
#define RTE_VTREGION_CTRL_ANY UINT32_MAX

/** What a vaccel is to have. */
struct rte_vtregion_ctrl_vaccel {
	uint32_t weight;     /**< Share of its accelerator; 0: 1. */
	uint32_t priority;   /**< 0 is the lowest; at most RTE_VINETALK_VACCEL_PRIORITY_MAX. */
	uint32_t max_tasks;  /**< Tasks in flight; 0: no limit. */
	uint32_t timeout_us; /**< Of each task; 0: none. */
	uint64_t rate_bytes; /**< Bytes per second; 0: no limit. */
	uint32_t rate_tasks; /**< Tasks per second; 0: no limit. */
	uint32_t want;       /**< 1 + the id that it is to have; 0: any. */
	uint32_t max_sessions; /**< Sessions that its accelerator keeps; 0: as many as that does. */
	uint32_t reserved[1]; /**< Must be zero. */
};

/** A buffer of the arena. */
struct rte_vtregion_ctrl_buf {
	uint64_t offset; /**< From the begin of the region. */
	uint64_t len;    /**< Bytes; zero in BUF_DEL. */
	uint32_t reserved[6]; /**< Must be zero. */
};

/** A client's request to the control plane. */
struct rte_vtregion_ctrl_req {
	uint32_t op;    /**< enum rte_vtregion_ctrl_op. */
	uint32_t id;    /**< What it is about. */
	uint32_t type;  /**< enum rte_vinetalk_accel_type. */
	uint32_t flags; /**< Of the operation. */
	uint32_t proc;  /**< Procedure. */
	uint32_t arg;   /**< Of the operation. */
	union {
		struct rte_vtregion_ctrl_vaccel vaccel; /**< Of VACCEL_ACQUIRE. */
		struct rte_vtregion_ctrl_buf buf;       /**< Of BUF_ADD and BUF_DEL. */
		uint32_t words[10]; /**< What the operation does not take of them must be zero. */
	};
	char name[RTE_VINETALK_NAME_LEN]; /**< Zero-terminated. */
};

/** The answer. */
struct rte_vtregion_ctrl_rep {
	int32_t status; /**< 0 or a negative errno. */
	uint32_t id;    /**< What was made or asked for. */
	uint32_t type;  /**< enum rte_vinetalk_accel_type. */
	uint32_t state; /**< enum rte_vinetalk_accel_state. */
	uint32_t count; /**< How many there are. */
	uint32_t flags; /**< Of the operation. */
	uint32_t reserved[2]; /**< Zero. */
	uint64_t word[12]; /**< Figures, in an order that the operation defines. */
	char name[RTE_VINETALK_NAME_LEN];     /**< Zero-terminated. */
	char location[RTE_VINETALK_NAME_LEN]; /**< Zero-terminated. */
};

/** Bytes of a slot. */
#define RTE_VTREGION_SLOT_LEN 4096

/** What the appliance and one client say to each other. */
struct rte_vtregion_slot {
	uint32_t state;     /**< A: enum rte_vtregion_slot_state. */
	uint32_t epoch;     /**< A: counts the owners of this slot. */
	int32_t reason;     /**< A: why it was detached, a negative errno. */
	uint32_t nb_qps;    /**< A: queue pairs granted; the first is slot * qps_per_client. */
	uint32_t poller;    /**< A: who serves it. */
	uint32_t rq;        /**< A: request queue (layouts single and hashed; else 0). */
	uint32_t nb_vectors;/**< A: doorbells that work. 0: none, poll. */
	uint32_t heartbeat_ms; /**< A: 0, or the longest time between two of the client's. */
	uint32_t rep_seq;   /**< A: number of the last answer. Stored behind rep. */
	uint32_t data_vector;  /**< A: its doorbell that is rung for tasks. */

	/** C: 0, or a nonce of the process that owns the slot; taken by compare-exchange. */
	uint32_t owner __rte_aligned(RTE_VTREGION_LINE);
	uint32_t pid;       /**< C: for people. */
	uint64_t heartbeat; /**< C: increases while the client lives. */
	uint8_t uuid[16];   /**< C: of the VM; an untrusted hint. */
	uint32_t req_seq;   /**< C: number of the last request. Stored behind req. */

	/** C sets, A takes by exchange: ring this vector's doorbell after the next completion. */
	uint32_t parked[RTE_VTREGION_MAX_VECTORS] __rte_aligned(RTE_VTREGION_LINE);

	struct rte_vtregion_ctrl_req req __rte_aligned(RTE_VTREGION_LINE); /**< C. */
	struct rte_vtregion_ctrl_rep rep __rte_aligned(RTE_VTREGION_LINE); /**< A. */
};

/** Doorbell of the appliance that is rung for a control request. */
#define RTE_VTREGION_VECTOR_CTRL 0
/** First doorbell of the appliance, and of a client, that is rung for tasks. */
#define RTE_VTREGION_VECTOR_DATA 1

/** One poller of this region. */
struct rte_vtregion_poller {
	/**
	 * A: 0, or the number of this sleep, which is never 0: ring the doorbell behind the next request. C: 0, by
	 * compare-exchange from that number, behind the ring: one that dies in between costs nobody a wake-up.
	 */
	uint32_t parked;
	uint32_t reserved[15]; /**< Zero. */
} __rte_aligned(RTE_VTREGION_LINE);

/** The generation is closed: nothing may be enqueued. */
#define RTE_VTREGION_GEN_CLOSED (1U << 31)

/** One request queue. */
struct rte_vtregion_rq {
	/**
	 * A: the generation, with RTE_VTREGION_GEN_CLOSED. Ring number
	 * (generation % instances) is in use.
	 */
	uint32_t gen;
	uint32_t lock_next; /**< C: next ticket of RTE_VTREGION_SYNC_TICKET. */
	uint32_t lock_now;  /**< C: ticket that is served; of RTE_VTREGION_SYNC_SPINLOCK: 1 if held. */
	uint32_t watched;   /**< A: layout thread: its poller looks at it anyway, without a mark. */
	uint32_t reserved[12]; /**< Zero. */
} __rte_aligned(RTE_VTREGION_LINE);

/** One queue pair. */
struct rte_vtregion_qp {
	/** C: 0, or 1 + the generation in which it is enqueueing. */
	uint32_t inside;
	uint32_t reserved0[15]; /**< Zero. */
	/** A: the slot's epoch while that owner may use it, or 0. */
	uint32_t active __rte_aligned(RTE_VTREGION_LINE);
	/**
	 * A: the sequence number that the first request behind an attach must have. A client that goes on
	 * after a restart begins beyond all numbers that the appliance before can have consumed.
	 */
	uint32_t resume_seq;
	/** A: the appliance's epoch that wrote resume_seq. */
	uint64_t resume_epoch;
	uint32_t reserved1[12]; /**< Zero. */
} __rte_aligned(RTE_VTREGION_LINE);

/**
 * Fill in what is 0 in a configuration, and compute the geometry.
 *
 * A size of 0 becomes the smallest that holds everything with arenas of
 * arena_hint bytes; a size that is no power of two is rounded up to one with a log line, since
 * QEMU aborts otherwise. The arenas take all that is left.
 *
 * The result planned again gives the same result. Safe for any input, in constant time, and
 * thread-safe.
 *
 * @param conf
 *   What is wanted. Zeroes mean: layout hashed, sync RTS (ST in layout thread), 8 clients, 4 queue
 *   pairs each, 1 poller, 3 spares (none in layout thread), request rings of 1024 entries,
 *   completion rings of 64, 2 vectors. ST in the other layouts is for a region with a single queue
 *   pair.
 * @param arena_hint
 *   Bytes of an arena, used if conf->size is 0; 0: RTE_VTREGION_MIN_ARENA.
 * @param geom
 *   The result. Its conf holds the values in force. Unchanged after an error.
 * @return
 *   - 0: Success.
 *   - -EINVAL: A field is out of its bounds, no power of two where one is needed, does not go with
 *     the layout, or a reserved field is not zero. A log line names field, value and limit.
 *   - -ENOSPC: conf->size does not hold the rings and arenas of RTE_VTREGION_MIN_ARENA.
 */
int rte_vtregion_plan(const struct rte_vtregion_conf *conf, uint64_t arena_hint,
		struct rte_vtregion_geom *geom);

/**
 * Format a region: all before the arenas, whatever it was before. Arenas are left as they are.
 *
 * The state is RTE_VTREGION_FORMATTING afterwards, which no client attaches to; the caller opens
 * it when everything is ready. No other thread or process may use the region meanwhile.
 *
 * @param base
 *   geom->conf.size bytes, at a multiple of 64.
 * @param geom
 *   From rte_vtregion_plan().
 * @return
 *   0, or what rte_ring_init() returned.
 */
int rte_vtregion_format(void *base, const struct rte_vtregion_geom *geom);

/**
 * Check a region that somebody else formatted, as a client does.
 *
 * Each word is read once. Nothing of the region is needed for a bound
 * afterwards: geom is all of it. The state is not looked at. Thread-safe; works on read-only
 * memory.
 *
 * @param base
 *   The region, at a multiple of 8.
 * @param len
 *   Bytes that are mapped.
 * @param geom
 *   The private view. Unchanged after an error.
 * @return
 *   - 0: Success.
 *   - -EPROTO: No region (magic), a reserved word that is not zero, or a geometry that does not
 *     follow from its configuration. A log line names the word.
 *   - -EPROTONOSUPPORT: Another ABI version, or another layout of rte_ring. A log line tells both.
 *   - -ENODATA: Fewer bytes are mapped than the region has.
 *   - -EINVAL: The configuration is out of bounds, or base is NULL or not aligned.
 */
int rte_vtregion_validate(const void *base, size_t len, struct rte_vtregion_geom *geom);

/**
 * Check that a ring's header says what the geometry says, as a client does before it
 * lets stock rte_ring functions loose on it. Indexes are not looked at.
 *
 * @param r
 *   The ring.
 * @param depth
 *   Its entries, from the private geometry.
 * @param sync
 *   enum rte_vtregion_sync of its producers; RTE_VTREGION_SYNC_ST for a completion ring.
 * @return
 *   0, or -EPROTO with a log line that names the word.
 */
int rte_vtregion_ring_validate(const struct rte_ring *r, uint32_t depth, uint32_t sync);

/**
 * The layout of rte_ring as this side was compiled: byte order, cache line, sizes, offsets,
 * numbers of the sync modes. rte_ring is not part of DPDK's stable wire formats.
 *
 * @param fp
 *   The result.
 */
void rte_vtregion_fingerprint(uint16_t fp[RTE_VTREGION_FP_WORDS]);

/**
 * Initialise (again) one request ring of a region: empty, indexes 0. Slots are left as they are.
 *
 * Appliance only, and not while anybody may use it.
 *
 * @return
 *   0; -EINVAL: there is no such queue or instance; or what rte_ring_init() returned.
 */
int rte_vtregion_rq_ring_init(void *base, const struct rte_vtregion_geom *geom,
		uint32_t rq, uint32_t instance);

/**
 * Initialise (again) the completion ring of a queue pair: empty, indexes 0.
 *
 * Appliance only, and not while anybody may use it.
 *
 * @return
 *   0; -EINVAL: there is no such queue pair; or what rte_ring_init() returned.
 */
int rte_vtregion_cq_ring_init(void *base, const struct rte_vtregion_geom *geom, uint32_t qp);

/** Header of a region. */
static inline struct rte_vtregion_hdr *
rte_vtregion_hdr(void *base)
{
	return (struct rte_vtregion_hdr *)base;
}

/** Slot of a client. */
static inline struct rte_vtregion_slot *
rte_vtregion_slot(void *base, const struct rte_vtregion_geom *g, uint32_t slot)
{
	return (struct rte_vtregion_slot *)RTE_PTR_ADD(base,
			g->off_slots + (uint64_t)slot * RTE_VTREGION_SLOT_LEN);
}

/** Line of a poller. */
static inline struct rte_vtregion_poller *
rte_vtregion_poller(void *base, const struct rte_vtregion_geom *g, uint32_t poller)
{
	return (struct rte_vtregion_poller *)RTE_PTR_ADD(base, g->off_pollers) + poller;
}

/** Line of a request queue. */
static inline struct rte_vtregion_rq *
rte_vtregion_rq(void *base, const struct rte_vtregion_geom *g, uint32_t rq)
{
	return (struct rte_vtregion_rq *)RTE_PTR_ADD(base, g->off_rqs) + rq;
}

/** Lines of a queue pair. */
static inline struct rte_vtregion_qp *
rte_vtregion_qp(void *base, const struct rte_vtregion_geom *g, uint32_t qp)
{
	return (struct rte_vtregion_qp *)RTE_PTR_ADD(base, g->off_qps) + qp;
}

/** Where the leaves begin in a poller's ready set, behind the summaries. */
static inline uint64_t
rte_vtregion_ready_leaf_off(const struct rte_vtregion_geom *g)
{
	return RTE_ALIGN_CEIL(8 * (uint64_t)g->ready_summaries, RTE_VTREGION_LINE);
}

/** Ring of a request queue. */
static inline struct rte_ring *
rte_vtregion_rq_ring(void *base, const struct rte_vtregion_geom *g, uint32_t rq, uint32_t instance)
{
	return (struct rte_ring *)RTE_PTR_ADD(base, g->off_rq_rings +
			((uint64_t)rq * g->nb_instances + instance) * g->rq_stride);
}

/** Completion ring of a queue pair. */
static inline struct rte_ring *
rte_vtregion_cq_ring(void *base, const struct rte_vtregion_geom *g, uint32_t qp)
{
	return (struct rte_ring *)RTE_PTR_ADD(base, g->off_cq_rings + (uint64_t)qp * g->cq_stride);
}

/** Offset of a client's arena. */
static inline uint64_t
rte_vtregion_arena(const struct rte_vtregion_geom *g, uint32_t slot)
{
	return g->off_arenas + (uint64_t)slot * g->arena_size;
}

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTREGION_H */
