/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef PERF_H
#define PERF_H

/**
 * @file
 * A table of measurements over two or more processes, each with its baseline in the same run.
 *
 *     this process                      shared memory            client processes, no EAL
 *     main thread: jobs, control plane  pipes: job, result       wait for jobs
 *     server thread, pinned to a CPU    regions: tasks           pinned to other CPUs
 *       vinetalk: turns of poller 0     <------------------->    librte_vinetalk, transport shm
 *       another side: echoes elements   rings, queues, fds       the same of a channel
 *
 * Both sides of a comparison run on the same threads, on the same CPUs, and prepare, copy and
 * check 64-byte elements alike. To add a test: a file perf_NAME.c with its struct perf_test, which
 * has a half for this process (run, baseline) and one for the clients (client), and a line in
 * table.c.
 *
 *     main.c     the program's life      options.c  what was asked for
 *     table.c    which tests there are   space.c    a test's parameters, as the options choose them
 *     run.c      A B A B, repeats        report.c   table and JSON        stats.c  statistics
 *     server.c   thread, jobs            bench.c    appliances, domains   procs.c  client processes
 *     client.c   a client process        loops.c    what it does          channel.c  baselines
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include <rte_ring.h>
#include <rte_vinetalk.h>
#include <rte_vtappliance.h>
#include <rte_vtregion.h>

#include "stats.h"

#define PERF_PROG "dpdk-test-vinetalk-perf"
#define PERF_MAX_BURST 64
#define PERF_MAX_METRICS 5
#define PERF_MAX_CLIENTS 64
#define PERF_MAX_REPEATS 1000
/** Entries of the raw rings: those of the request ring of a domain. */
#define PERF_RAW_DEPTH 1024
/** Entries of the completion ring of a queue pair. */
#define PERF_CQ_DEPTH 256

/** What the server's thread does, and what a client talks to. */
enum perf_side {
	PERF_NONE = 0, /**< Naps. */
	PERF_VINETALK, /**< Turns of the appliance's poller. */
	PERF_RAW,      /**< A pair of SPSC rings; spins. */
	PERF_EVENTFD,  /**< A pair of eventfds that count elements; sleeps. */
	PERF_SOCKET,   /**< A Unix stream socket; sleeps. */
	PERF_MUTEX,    /**< A pair of queues under a mutex with a condition; sleeps. */
	PERF_QUIT,     /**< Ends. */
};

/** @{ Masks of all that a test can have. */
#define PERF_ALL_LAYOUTS (1u << RTE_VTREGION_HASHED | 1u << RTE_VTREGION_SINGLE | \
	1u << RTE_VTREGION_THREAD)
#define PERF_ALL_SYNCS (1u << RTE_VTREGION_SYNC_RTS | 1u << RTE_VTREGION_SYNC_MT | \
	1u << RTE_VTREGION_SYNC_HTS | 1u << RTE_VTREGION_SYNC_TICKET | \
	1u << RTE_VTREGION_SYNC_SPINLOCK)
#define PERF_ALL_IDLES (1u << RTE_VTAPPLIANCE_IDLE_ADAPTIVE | \
	1u << RTE_VTAPPLIANCE_IDLE_POLL | 1u << RTE_VTAPPLIANCE_IDLE_INTERRUPT)
/** @} */

/** Names by number; each ends with NULL. */
extern const char * const perf_layout_names[]; /**< enum rte_vtregion_layout. */
extern const char * const perf_sync_names[];   /**< enum rte_vtregion_sync. */
extern const char * const perf_idle_names[];   /**< enum rte_vtappliance_idle. */
extern const char * const perf_side_names[];   /**< enum perf_side; the baselines by name. */

/** Parameters of a measurement. */
struct perf_params {
	uint32_t layout;      /**< enum rte_vtregion_layout. */
	uint32_t sync;        /**< enum rte_vtregion_sync. */
	uint32_t idle;        /**< enum rte_vtappliance_idle, of the poller and of the client. */
	uint32_t burst;       /**< Elements of one enqueue, and most of one dequeue. */
	uint32_t in_flight;   /**< Closed loop: a burst goes in whenever no more are out with it. */
	uint32_t bytes;       /**< Of an input segment. */
	uint32_t queue_pairs; /**< In the domain. */
	uint32_t active;      /**< Of them those that are driven. */
	uint32_t clients;     /**< Processes. */
	uint32_t rate;        /**< Tasks/s. */
	const char *engine;   /**< What computes: static text. */
	const char *op;       /**< What it computes: static text. */
	const char *mix;      /**< shares: who shares it, with what: static text. */
};

/** @{ Parameters of a test besides layout, sync and idle, for perf_test::fields. */
#define PERF_F_BURST (1u << 0)
#define PERF_F_IN_FLIGHT (1u << 1)
#define PERF_F_BYTES (1u << 2)
#define PERF_F_QUEUES (1u << 3)
#define PERF_F_CLIENTS (1u << 4)
#define PERF_F_RATE (1u << 5)
#define PERF_F_ENGINE (1u << 6) /* engine, op, and bytes as its size */
#define PERF_F_MIX (1u << 7)
/** @} */

/** What a job asks of a client. */
enum perf_work {
	PERF_ATTACH = 0, /**< Attach devices to a bench. */
	PERF_DETACH,     /**< Close them. */
	PERF_RUN,        /**< The client's half of a test. */
	PERF_END,        /**< Leave and end. */
};

/** A job for a client. */
struct perf_job {
	enum perf_work work;
	enum perf_side side;
	uint32_t bench;            /**< enum perf_which. */
	uint32_t test;             /**< PERF_RUN: index in the table. */
	struct perf_params params;
	double seconds;            /**< Of which the first tenth is not counted. */
	uint64_t start_ns;         /**< CLOCK_MONOTONIC; clients of one job begin together. */
	uint32_t nb_devs, nb_qps;  /**< PERF_ATTACH: devices, queue pairs of each. */
	uint32_t sleeps;           /**< PERF_ATTACH: it does not spin before it sleeps. */
	uint32_t domains;          /**< PERF_ATTACH: more than 1: their number stands behind the path. */
	int cpu;                   /**< Where to run. */
	uint32_t index;            /**< Of the client, among those of the bench. */
	char path[108];            /**< PERF_ATTACH: socket. */
};

/** Its result. */
struct perf_result {
	int status;      /**< 0 or a negative errno. */
	double ops;      /**< Tasks ended in the time that counts. */
	double seconds;  /**< That time. */
	double task_ns;  /**< shares: mean time that the engine took for a task. */
	char error[128]; /**< What failed. */
};

/** What a domain is made from; compared with memcmp(). */
struct perf_setup {
	uint32_t layout, sync, idle; /**< As in struct perf_params. */
	uint32_t procs;              /**< Client processes. */
	uint32_t first;              /**< Number of the first of them. */
	uint32_t devs;               /**< Devices of each. */
	uint32_t qps;                /**< Queue pairs of a device. */
	uint32_t depth, rq_depth;    /**< Entries of rings. */
	uint32_t arena_mib;          /**< MiB of an arena. */
	uint32_t latency;            /**< Whether the appliance times tasks. */
	uint32_t sleeps;             /**< Whether a client that waits sleeps at once. */
	uint32_t ahead_us;           /**< As in struct rte_vtappliance_conf. */
	uint32_t domains;            /**< Of weights 1, 2, ..: clients go round; 0: one. */
	const char *accel;           /**< Besides null; NULL: none. Compared as a pointer. */
	const char *sched;           /**< Scheduler; NULL: the default. Compared as a pointer. */
};

/** The default: one client, one queue pair. */
void perf_setup_init(struct perf_setup *s, const struct perf_params *p);

/** There are two benches, so that a baseline can have a domain too. */
enum perf_which {
	PERF_TEST = 0,
	PERF_BASE,
	PERF_BENCHES,
};

/* ---- a test ---- */

/** Which parameters a test has: masks by enum, and points of all else. */
struct perf_space {
	uint32_t layouts, all_layouts; /**< By default, and with --all or a filter. */
	uint32_t syncs, all_syncs;     /**< Of layouts other than thread; that one has st. */
	uint32_t idles, all_idles;
	uint32_t bursts, all_bursts;   /**< By position in perf_bursts[]. */
	uint32_t in_flight;            /**< Bursts; 0: 1. */
	const struct perf_params *points; /**< Other fields; NULL: one point of zeroes. */
	unsigned int nb_points, nb_all_points;
};

/** Fills values[]. 0 or a negative errno, which it has told; -ENOTSUP: to be skipped. */
typedef int (*perf_run_t)(const struct perf_params *params, double seconds, double *values);

struct perf_client;

struct perf_metric {
	const char *name;
	const char *unit;
};

/** An entry of the table. */
struct perf_test {
	const char *name;
	const char *help;
	struct perf_metric metrics[PERF_MAX_METRICS + 1]; /**< Name NULL behind the last. */
	uint32_t fields;              /**< PERF_F_*. */
	struct perf_space space;
	perf_run_t run;
	perf_run_t baseline;
	const char *baseline_name;    /**< NULL: it depends on the parameters. */
	const char *(*baseline_name_of)(const struct perf_params *params);
	/** Shortest time of one measurement that says anything; NULL: any does. */
	double (*min_seconds)(const struct perf_params *params);
	/** Client processes with these parameters; NULL: 1. */
	uint32_t (*nb_procs)(const struct perf_params *params);
	/** The half of a client process. 0 or a negative errno. */
	int (*client)(struct perf_client *c, const struct perf_job *job, struct perf_result *r);
};

/* perf_engine_crypto.c: what tests of engines share. */

#define PERF_ENGINE_BURST 32
#define PERF_ENGINE_SLOTS (2 * PERF_ENGINE_BURST) /* tasks that are out, at most */

/** A burst of these PERF_ENGINE_SLOTS tasks goes in whenever there is room for it. */
int perf_engine_loop(struct perf_client *c, const struct perf_job *job, struct rte_vinetalk_task *tasks,
		struct perf_result *r);
/** Run a function on the poller's processor, while the poller sleeps. 0 or a negative errno. */
int perf_engine_alone(void *(*body)(void *), void *arg);

/* perf_NAME.c */

extern const struct perf_test perf_rtt, perf_throughput, perf_payload, perf_queues, perf_fairness,
	perf_preempt, perf_idle, perf_forged, perf_engine_crypto, perf_engine_compress,
	perf_engine_opencl, perf_shares;

/* table.c */

extern const struct perf_test * const perf_tests[]; /**< NULL behind the last. */
/** Position in the table. */
uint32_t perf_test_index(const struct perf_test *t);
#define PERF_BURSTS 5
#define PERF_ALL_BURSTS ((1u << PERF_BURSTS) - 1)
extern const uint32_t perf_bursts[PERF_BURSTS]; /**< Bursts that can be chosen. */

/* options.c */

struct perf_options {
	double seconds;
	long repeats;
	const char *json;
	const char *only;  /**< Combinations with that in their name; NULL: all. */
	bool list;
	bool all;
	uint32_t tests;    /**< Masks; 0: not given. */
	uint32_t layouts;
	uint32_t syncs;
	uint32_t idles;
	uint32_t bursts;
	enum perf_side baseline; /**< PERF_NONE: the test's own. */
};

extern struct perf_options perf_opt;

/** 0: go on; 1: done; negative: wrong, and told. */
int perf_options_parse(int argc, char **argv);

/* common.c: what several tests have in common */

/** A bench with one client and one queue pair; runs the test's client half. */
int perf_run_simple(const struct perf_test *test, const struct perf_params *params, double seconds,
		struct perf_result *r);
/** The same client with the baseline that was chosen, or else this one. */
int perf_baseline_simple(const struct perf_test *test, const struct perf_params *params,
		enum perf_side side, double seconds, struct perf_result *r);
/** A name or a path with the number of a domain; of the first one there is none. */
void perf_domain_text(char *buf, size_t len, const char *text, uint32_t number);
/** perf_test::nb_procs: as many as params->clients. */
uint32_t perf_procs_clients(const struct perf_params *params);

/* space.c */

/**
 * The combinations of a test that the options choose. What they ask for and cannot be, it tells.
 * NULL if there is none; free() it.
 */
struct perf_params *perf_space_expand(const struct perf_test *t, unsigned int *nb);
/** The parameters as "layout=hashed sync=rts ...". */
const char *perf_params_text(const struct perf_test *t, const struct perf_params *p, char *buf,
		size_t len);
/** Most client processes that any chosen combination needs. */
unsigned int perf_space_procs(void);

/* run.c */

/** All that was chosen. 0 or a negative errno; skipped, measured: how many combinations. */
int perf_run_all(json_t *results, unsigned int *measured, unsigned int *skipped);

/* report.c */

/** A series of pairs: values[i] and baselines[i] were measured one behind the other. */
struct perf_series {
	double values[PERF_MAX_REPEATS];
	double baselines[PERF_MAX_REPEATS];
	unsigned int nb;
	unsigned int page_kib;
	double poller_cpu; /**< Least part of a CPU that the poller had in a repeat, percent. */
};

/** Print a series and add it to the results. Sorts it. */
void perf_report_add(json_t *results, const struct perf_test *test,
		const struct perf_params *params, const struct perf_metric *metric,
		struct perf_series *series);
/** What it ran on. */
json_t *perf_report_host(int server_cpu, int client_cpu, bool huge);
/** Whether two CPUs are hyperthreads of one core. */
bool perf_siblings(int a, int b);

/* procs.c: client processes */

/** Fork clients. Before rte_eal_init(). 0 or a negative errno. */
int perf_procs_fork(unsigned int nb);
/** Histogram of what a client measured last, in ns. */
struct perf_hist *perf_procs_hist(unsigned int client);
/** Send a job. 0 or a negative errno. */
int perf_procs_send(unsigned int client, const struct perf_job *job);
/** A result if there is one: 1, 0: none yet, or a negative errno. */
int perf_procs_receive(unsigned int client, struct perf_result *r);
/** Stop or continue a process. */
void perf_procs_signal(unsigned int client, int sig);
/** Kill all at once: they do not answer. */
void perf_procs_kill(void);
/** Ask all to end, and wait for it; turn() is called meanwhile. */
void perf_procs_end(void (*turn)(void));
/** Whether one was killed: what it shared with the server may be in any state. */
bool perf_procs_killed(void);

/* server.c: the thread, and jobs */

/** The CPU of the server's thread. */
int perf_server_cpu(void);
/** Start the server's thread on a CPU; clients run on the others. */
int perf_server_start(int server_cpu, const int *client_cpus, unsigned int nb);
/** Stop everything. Nothing is left behind. */
void perf_server_stop(void);
/** Switch the server's thread; it has left its old side when this returns. */
void perf_server_switch(enum perf_side side, struct rte_vtappliance *app, bool spins);
/** A signal asked to stop. Signal-safe. */
void perf_server_interrupt(int sig);
/** What a job took on this side. */
struct perf_usage {
	uint64_t wall_ns;
	uint64_t poller_ns;  /**< CPU time of the server's thread. */
	uint64_t control_ns; /**< Of this one. */
	struct rte_vtappliance_poller_stats poller; /**< Its wakeups and doorbells only. */
};

/** That of the last job, without what switching the thread takes. */
void perf_server_usage(struct perf_usage *u);

/** How a job is to be done. */
struct perf_do {
	enum perf_which bench;  /**< Its clients do it. */
	enum perf_side side;    /**< With that side of the server. */
	const struct perf_test *test;
	const struct perf_params *params;
	double seconds;
	bool spread;            /**< Clients on all other CPUs, not on one. */
	bool stops;             /**< Stop and continue clients at random. */
};

/** Do a job in all clients of a bench: results[] has one for each. 0 or a negative errno, told. */
int perf_server_do(const struct perf_do *what, struct perf_result *results);
/** The same with one client, and no more asked than its result. */
int perf_server_do1(const struct perf_test *test, enum perf_which bench, enum perf_side side,
		const struct perf_params *params, double seconds, struct perf_result *r);
/** Send a job to clients first .. first + nb - 1 and wait for all; 0 or the first error, told. */
int perf_server_jobs(struct perf_job *job, unsigned int first, unsigned int nb, bool spread,
		bool stops, struct perf_result *results);

/* bench.c: appliances and domains */

/**
 * Have an appliance with this domain and clients attached to it; what the bench had before
 * goes if it differs. 0, -ENOTSUP: the library has no such domain; or another error, told.
 */
int perf_bench_use(enum perf_which which, const struct perf_setup *s);
/** The setup in use. */
const struct perf_setup *perf_bench_setup(enum perf_which which);
/** Its appliance. */
struct rte_vtappliance *perf_bench_app(enum perf_which which);
/** KiB of a page of its region; 0: there is none. */
unsigned int perf_bench_page_kib(enum perf_which which);
/** Latencies of a vaccel of a client of the first domain: rte_vtappliance_latency_get(). */
int perf_bench_latency(enum perf_which which, uint32_t client, uint16_t vaccel,
		struct rte_vtappliance_latency *latency);
/** Turns of the control planes: sleeps up to timeout_ms in that of the first bench. */
void perf_bench_control(enum perf_which which, int timeout_ms);
/** Detach the clients of a bench, and free its appliance. */
void perf_bench_end(enum perf_which which);
/** Free the appliances; the clients have ended. */
void perf_bench_free(void);

/* client.c */

/** A client: jobs from one descriptor, results to the other, until the end. Exit status. */
int perf_client_main(struct perf_hist *hist, int jobs, int results);

/* channel.c: baselines, both sides */

/** Make them, in memory that processes forked later share. 0 or a negative errno. */
int perf_channel_create(void);
/** Whether that memory has huge pages. If not, regions do without, too. */
bool perf_channel_huge(void);
void perf_channel_destroy(void);
/** Nothing of an earlier job is left in any. Both sides are out. */
void perf_channel_reset(void);
/** Server: take elements and give them back; sleeps some 100 ms at most, or until kicked. */
void perf_channel_echo(enum perf_side side);
/** Let a sleeping perf_channel_echo() return. */
void perf_channel_kick(enum perf_side side);
/** Raw rings. */
struct rte_ring *perf_channel_ring(bool req);
/** Client: send elements; how many. */
uint32_t perf_channel_send(enum perf_side side, const struct rte_vinetalk_task *tasks, uint32_t nb);
/** Client: receive up to nb; sleeps until there are some. An eventfd fills none in. */
uint32_t perf_channel_recv(enum perf_side side, struct rte_vinetalk_task *tasks, uint32_t nb);

#endif /* PERF_H */
