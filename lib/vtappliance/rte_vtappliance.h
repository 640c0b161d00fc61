/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTAPPLIANCE_H
#define RTE_VTAPPLIANCE_H

/**
 * @file
 * The engine of an appliance, as a library: it never blocks, and a test can drive it turn by turn in
 * one thread.
 *
 *     rte_vtappliance_create()
 *     rte_vtappliance_accel_add("cpu,workers=1")    as often as there are accelerators
 *     rte_vtappliance_domain_add(&conf)             as often as there are domains
 *     rte_vtappliance_start()
 *     loop of the control thread:  rte_vtappliance_control(app, timeout_ms)
 *     loop of poller i's lcore:    rte_vtappliance_turn(app, i)      one turn, with idling
 *                            or:   rte_vtappliance_poll(app, i, budget)  one turn, never sleeps
 *     rte_vtappliance_drain()                        from the control thread
 *     (end the pollers' loops)
 *     rte_vtappliance_free()
 *
 * Threads: one control thread calls everything but poll, turn and wake; each poller is
 * driven by one thread at a time. Needs rte_eal_init().
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_common.h>

#include <rte_vinetalk_task.h>
#include <rte_vtivshmem.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rte_vtappliance;

/** How a poller without work behaves. */
enum rte_vtappliance_idle {
	RTE_VTAPPLIANCE_IDLE_ADAPTIVE = 0, /**< Spins, pauses, then parks. The default. */
	RTE_VTAPPLIANCE_IDLE_POLL,         /**< Never sleeps. */
	RTE_VTAPPLIANCE_IDLE_INTERRUPT,    /**< Parks at once. */
};

/** No limit of what a busy worker is given. */
#define RTE_VTAPPLIANCE_AHEAD_ALL UINT32_MAX

/** Configuration of an appliance. Zeroes are defaults. */
struct rte_vtappliance_conf {
	uint32_t nb_pollers;   /**< 1 .. RTE_VTREGION_MAX_POLLERS; 0: 1. */
	uint32_t idle;         /**< enum rte_vtappliance_idle. */
	uint32_t spins;        /**< Adaptive: empty turns before pauses; 0: 1000. */
	uint32_t pauses;       /**< Adaptive: turns with pauses before it parks; 0: 1000. */
	/** Adaptive: turns of UMWAIT of 20 us at most before it parks, where the processor has it; 0: 50. */
	uint32_t umwaits;
	uint32_t park_ms;      /**< Longest sleep; 0: 100; at least 10. */
	uint32_t budget;       /**< Requests of one queue in one turn; 0: 32, at most 256. */
	/**
	 * When a client dies, its request queue is closed until no other client is inside an
	 * enqueue. One that stays inside for longer than this is detached; 0: 500.
	 */
	uint32_t detach_ms;
	/**
	 * A client whose end no socket tells (a process in a VM) is detached when it was silent for so
	 * long; 0: 3000, at least 500.
	 */
	uint32_t heartbeat_ms;
	/**
	 * An accelerator that has tasks and gave none back for so long counts as failed until it gives one back; 0:
	 * however long. What waits for one that has failed goes to an equal accelerator, or ends with -EIO; nobody
	 * acquires it.
	 */
	uint32_t stall_ms;
	/** One that its driver reported as failed is tried again so often, if the driver can; 0: 1000, at most 3600000. */
	uint32_t probe_ms;
	/**
	 * The most that a busy worker of an accelerator is given ahead of what it runs, in time that tasks take by what the last
	 * ones took; less if the poller comes often. What waits for more is the scheduler's. 0: 100;
	 * RTE_VTAPPLIANCE_AHEAD_ALL: all that its depth allows.
	 */
	uint32_t ahead_us;
	const char *sched;     /**< Scheduler driver with its arguments, "drr,cost=time"; NULL: "rr". */
	/**
	 * Time each task, from when it is taken to its completion, into a histogram of its vaccel. See
	 * rte_vtappliance_latency_get().
	 */
	bool latency;
	/**
	 * Clock of rates, time limits, schedulers and latencies, in cycles of rte_get_tsc_hz(), for any thread; NULL: rte_get_tsc_cycles(). A test may
	 * give its own, which never goes back and begins in the future of that one.
	 */
	uint64_t (*cycles)(void);
};

/** What becomes of a task that is over a rate. */
enum rte_vtappliance_excess {
	RTE_VTAPPLIANCE_EXCESS_WAIT = 0, /**< It waits, and those behind it. The default. */
	RTE_VTAPPLIANCE_EXCESS_FAIL,     /**< It ends with -EDQUOT. */
};

/** Configuration of a domain. Zeroes are defaults. */
struct rte_vtappliance_domain_conf {
	const char *name;   /**< Required; letters, digits, '-', '_'; at most 27. */
	const char *path;   /**< Of the socket; NULL: /run/vinetalk/NAME.sock. */
	const char *file;   /**< hugetlbfs (or other) file to use instead of a memfd. */
	/**
	 * Socket on which a vt-broker lets the appliance join: it has the region, and the clients' socket.
	 * NULL: a broker of our own.
	 */
	const char *broker;
	/**
	 * This process is in a VM, and the region is the memory of its ivshmem device: a PCI address, or
	 * "first". No socket tells of clients, so that all of them send heartbeats.
	 */
	const char *pci;
	uint64_t size;      /**< Bytes of the region; 0: what the rest needs. */
	uint64_t arena_size;/**< Bytes of an arena when size is 0; 0: 16 MiB. */
	uint32_t nb_clients;/**< Slots; 0: 8. */
	/** How many of them are for guests that have the file by ivshmem-plain, without a broker. */
	uint32_t nb_plain;
	uint32_t qps;       /**< Queue pairs of a client; 0: 4. */
	uint32_t depth;     /**< Entries of a completion ring; 0: 256. A power of two. */
	uint32_t rq_depth;  /**< Entries of a request ring; 0: 1024. A power of two. */
	uint32_t layout;    /**< enum rte_vtregion_layout. */
	/**
	 * enum rte_vtregion_sync of the producers of a request ring; layout thread has its own. Any but RTS
	 * (0) needs unsafe_sync: behind a client that dies inside an enqueue its peers spin, and are detached.
	 */
	uint32_t sync;
	bool unsafe_sync;   /**< The operator knows. */
	uint32_t mode;      /**< Permissions of the socket; 0: 0660. */
	int64_t uid;        /**< Owner of the socket; -1: unchanged. (0 is root.) */
	int64_t gid;        /**< Group of the socket; -1: unchanged. */
	struct rte_vtivshmem_ids users;  /**< Who may connect, besides; none, and no groups: everybody. */
	struct rte_vtivshmem_ids groups; /**< Whose members may connect, besides. */
	/** VM id that is hashed for all its clients; 0: the VM's uuid if it tells one, else the peer id. */
	uint32_t id;
	bool no_huge;       /**< Use 4 KiB pages. */
	/** Tasks in flight of all its clients: what is more ends with -EDQUOT; 0: no limit. */
	uint32_t max_tasks;
	/** Vaccels of all its clients: another one is refused with -EDQUOT; 0: no limit. */
	uint32_t max_vaccels;
	/**
	 * Sessions that accelerators keep for all its vaccels, of crypto keys: one more takes the place of another one of its
	 * vaccel, or ends its task with -EDQUOT where that has none; 0: no limit.
	 */
	uint32_t max_sessions;
	/** Bytes of buffers of all its clients that stay in accelerators' memory: another one is refused with -EDQUOT; 0: no limit. */
	uint64_t max_accel_bytes;
	uint32_t rate_tasks; /**< Tasks a second of all its clients; 0: no limit. */
	/** Data bytes a second of all its clients, at most RTE_VINETALK_VACCEL_RATE_BYTES_MAX; 0: no limit. */
	uint64_t rate_bytes;
	/** enum rte_vtappliance_excess: what is over a rate, of the domain or of one of its vaccels. */
	uint32_t rate_excess;
	/**
	 * Share of each accelerator beside other domains, if the scheduler has weights (drr), however many
	 * vaccels it has; 0: 1, at most RTE_VINETALK_VACCEL_WEIGHT_MAX.
	 */
	uint32_t weight;
	/** The same with priorities (prio): 0, the lowest, to RTE_VINETALK_VACCEL_PRIORITY_MAX. */
	uint32_t priority;
};

/**
 * Make an appliance without accelerators and domains. For the control thread.
 *
 * @param conf
 *   Configuration; it is copied, but the scheduler's name must stay.
 * @return
 *   The appliance, to be given back by rte_vtappliance_free(), or NULL with rte_errno:
 *   - EINVAL: A value out of bounds, no such idle mode, or a bad argument of the scheduler; the log names it.
 *   - ENOENT: No such scheduler; the log has those there are.
 *   - ENOMEM: No memory.
 *   - Another: The first error that a scheduler's registration met, or of epoll, eventfd or
 *     io_setup(2), by which doorbells are rung. If others have taken all of fs.aio-max-nr, it is made all
 *     the same, and rings nobody until there is some: clients that sleep look by time.
 */
struct rte_vtappliance *rte_vtappliance_create(const struct rte_vtappliance_conf *conf);
/**
 * End everything and free it. Detaches clients, cancels what accelerators still have, removes
 * sockets and memory. For the control thread, after the loops of the pollers have ended. Waits
 * for a procedure that is running.
 *
 * @param app
 *   The appliance, or NULL.
 */
void rte_vtappliance_free(struct rte_vtappliance *app);
/**
 * Add an accelerator. For the control thread, before rte_vtappliance_start().
 *
 * @param app
 *   The appliance, which owns the accelerator from then on.
 * @param devargs
 *   As for rte_vtaccel_probe(): "cpu,workers=2".
 * @return
 *   - 0: Success.
 *   - -EBUSY: The appliance has started.
 *   - -ENOSPC: Too many accelerators, or too many different procedures.
 *   - -ENOMEM: No memory.
 *   - Other negative values come from rte_vtaccel_probe(), or from rte_vtaccel_mem_add() for the region of a domain that there is.
 */
int rte_vtappliance_accel_add(struct rte_vtappliance *app, const char *devargs);
/**
 * Add a domain: make its region and listen on its socket. For the control thread, also while
 * pollers are running.
 *
 * @param app
 *   The appliance.
 * @param conf
 *   Configuration; it is copied.
 * @return
 *   - 0: Success.
 *   - -EINVAL: A bad name, a limit, weight or priority out of bounds, or sizes that fit no region; the log names what.
 *   - -EEXIST: There is a domain of this name.
 *   - -ENOSPC: Too many domains.
 *   - -EPERM: A synchronisation that needs unsafe_sync.
 *   - -ENAMETOOLONG: The socket's path.
 *   - -EADDRINUSE: Another server is alive on the socket.
 *   - -ENOMEM: Too few free huge pages, or no memory.
 *   - Other negative values come from rte_vtregion_mem_create(), rte_vtivshmem_server_create(), and
 *     rte_vtaccel_mem_add(): an accelerator cannot reach the region.
 */
int rte_vtappliance_domain_add(struct rte_vtappliance *app,
		const struct rte_vtappliance_domain_conf *conf);
/**
 * Remove a domain: detach its clients and close its socket. For the control thread. It is gone
 * after some turns of the pollers and of rte_vtappliance_control().
 *
 * @param app
 *   The appliance.
 * @param name
 *   The domain's name.
 * @return
 *   0, or -ENOENT: there is no such domain, or it is being removed.
 */
int rte_vtappliance_domain_remove(struct rte_vtappliance *app, const char *name);
/** Whether there is a domain of that name, also one that is being removed. For the control thread. */
bool rte_vtappliance_domain_exists(const struct rte_vtappliance *app, const char *name);
/**
 * Start the accelerators. For the control thread.
 *
 * @param app
 *   The appliance.
 * @return
 *   - 0: Success.
 *   - -EALREADY: It has started.
 *   - -EINVAL: It has no accelerator.
 *   - Other negative values come from rte_vtaccel_start().
 */
int rte_vtappliance_start(struct rte_vtappliance *app);

/** One turn of the control plane; sleeps up to timeout_ms (0: not at all). Returns events handled or -errno. */
int rte_vtappliance_control(struct rte_vtappliance *app, int timeout_ms);
/** Descriptor for a caller with an epoll loop of its own: readable when control() has work. */
int rte_vtappliance_control_fd(const struct rte_vtappliance *app);

/** One turn of a poller, without sleeping. Returns tasks taken plus tasks completed. */
uint32_t rte_vtappliance_poll(struct rte_vtappliance *app, unsigned int poller, uint32_t budget);
/** One turn of a poller; idles as configured, never longer than park_ms. */
uint32_t rte_vtappliance_turn(struct rte_vtappliance *app, unsigned int poller);
/** Wake a parked poller. Any thread, also a signal handler. */
void rte_vtappliance_wake(struct rte_vtappliance *app, unsigned int poller);
/** Wake a sleeping rte_vtappliance_control(). Any thread, also a signal handler. */
void rte_vtappliance_control_wake(struct rte_vtappliance *app);

/**
 * Take no new clients and tasks, finish what was enqueued. Pollers must be running (or be driven
 * by the caller between calls with timeout_ms 0).
 * 0: all is done. -EAGAIN: not yet; call again. -ETIMEDOUT: gave up after timeout_ms.
 */
int rte_vtappliance_drain(struct rte_vtappliance *app, int timeout_ms);
/**
 * From now on the end is that of an appliance which another one follows at once: clients of domains that an external
 * broker has, and those without a broker of domains in a file (which is left where it is), wait for it, and go on with it. For
 * the control thread, before rte_vtappliance_drain().
 *
 * @param app
 *   The appliance.
 * @return
 *   How many domains that is. The others end as they do without.
 */
uint32_t rte_vtappliance_hand_over(struct rte_vtappliance *app);

/** Counters of the whole appliance. */
struct rte_vtappliance_stats {
	uint64_t clients;     /**< Attached now. */
	uint64_t attached;    /**< Ever. */
	uint64_t detached;    /**< Ever. */
	uint64_t tasks;       /**< Taken from request queues. */
	uint64_t completed;   /**< Ended with status 0. */
	uint64_t failed;      /**< Ended with another status. */
	uint64_t bytes;       /**< Data bytes of completed tasks. */
	uint64_t copied;      /**< Data bytes that had to be copied. */
	uint64_t canceled;    /**< Of the failed: ended with -ECANCELED. */
	uint64_t timed_out;   /**< Of the failed: ended with -ETIMEDOUT. */
	uint64_t over_quota;  /**< Of the failed: refused with -EDQUOT, over a limit. */
	uint64_t throttled;   /**< Waited for a rate. */
};
/**
 * Get the counters of the appliance. For the control thread.
 *
 * @param app
 *   The appliance.
 * @param stats
 *   Where they go.
 */
void rte_vtappliance_stats_get(struct rte_vtappliance *app, struct rte_vtappliance_stats *stats);

/** How long tasks took, from when the appliance took them to their stored completions. */
struct rte_vtappliance_latency {
	uint64_t nb;     /**< Tasks; the others are 0 if there are none. */
	uint64_t mean;   /**< In ns, as those that follow. */
	uint64_t p50;    /**< Half of them took no longer; as far as 1/32 too large, as those that follow. */
	uint64_t p90;    /**< 90 % of them. */
	uint64_t p99;    /**< 99 % of them. */
	uint64_t p999;   /**< 99.9 % of them. */
	uint64_t max;    /**< All of them. */
};
/** For rte_vtappliance_latency_get(): all vaccels that a client has. */
#define RTE_VTAPPLIANCE_LATENCY_ALL UINT16_MAX
/**
 * Get the latencies of a domain, a client or a vaccel, if the appliance has them. For the control thread.
 *
 * @param app
 *   The appliance.
 * @param domain
 *   Name of the domain.
 * @param client
 *   1 to the number of slots; 0: all of the domain, and what they have released.
 * @param vaccel
 *   One of that client, or RTE_VTAPPLIANCE_LATENCY_ALL.
 * @param latency
 *   Where they go.
 * @return
 *   - 0: Success.
 *   - -ENOTSUP: Tasks are not timed.
 *   - -ENOENT: No such domain, client or vaccel.
 */
int rte_vtappliance_latency_get(struct rte_vtappliance *app, const char *domain, uint32_t client,
		uint16_t vaccel, struct rte_vtappliance_latency *latency);

/** Counters of a poller. */
struct rte_vtappliance_poller_stats {
	uint64_t turns;      /**< Turns of its loop. */
	uint64_t busy_turns; /**< Turns with something to do. */
	uint64_t parks;      /**< Times it went to sleep. */
	uint64_t wakeups;    /**< Sleeps that ended by a doorbell or a wake, not by the limit. */
	uint64_t late;       /**< Sleeps that ended by the limit though there was work: a wake-up was lost. */
	uint64_t doorbells;  /**< Doorbells of clients it rang, for completions. */
	uint64_t looks;      /**< Layout thread: marks of queues it looked at. */
	uint64_t fruitless;  /**< Layout thread: of these, queues that had nothing. */
};
/**
 * Get the counters of a poller. Any thread.
 *
 * @param app
 *   The appliance.
 * @param poller
 *   Its number.
 * @param stats
 *   Where they go.
 * @return
 *   0, or -EINVAL: there is no such poller.
 */
int rte_vtappliance_poller_stats_get(struct rte_vtappliance *app, unsigned int poller,
		struct rte_vtappliance_poller_stats *stats);

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTAPPLIANCE_H */
