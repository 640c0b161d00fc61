/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef PERF_H
#define PERF_H

/**
 * @file
 * A table of measurements over two processes, each with its baseline in the same run.
 *
 *     this process                      shared memory            client process (no EAL)
 *     main thread: jobs, control plane  pipes: job, result       waits for jobs
 *     server thread, pinned to a CPU    region: tasks            pinned to another CPU
 *       vinetalk: turns of poller 0     <------------------->    librte_vinetalk, transport shm
 *       raw: echoes elements            rte_ring pair            rte_ring bursts
 *
 * Both sides of a comparison run on the same two threads, on the same CPUs, and prepare,
 * copy and check 64-byte elements alike. To add a test: a table entry in main.c, and where it
 * needs a new way of working, a job for the client.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include <rte_ring.h>

#define PERF_MAX_BURST 64
#define PERF_MAX_METRICS 4
/** Entries of the raw rings: those of the request ring of a domain. */
#define PERF_RAW_DEPTH 1024
/** Entries of the completion ring of a queue pair. */
#define PERF_CQ_DEPTH 256

/** What the server's thread does. */
enum perf_mode {
	PERF_IDLE = 0, /**< Naps. */
	PERF_VINETALK, /**< Turns of the appliance's poller. */
	PERF_RAW,      /**< Echoes what comes through the raw rings. */
	PERF_QUIT,     /**< Ends. */
};

/** What the client does. */
enum perf_work {
	PERF_ATTACH = 0, /**< Attach to the appliance. */
	PERF_RTT,        /**< One burst at a time, each timed: values p50, p99 in ns. */
	PERF_CLOSED,     /**< Closed loop: value operations/s. */
	PERF_DETACH,     /**< Leave and end. */
};

/** Parameters of a measurement. */
struct perf_params {
	uint32_t burst;     /**< Elements of one enqueue, and most of one dequeue. */
	uint32_t in_flight; /**< Closed loop: it enqueues a burst whenever no more are out with it. */
};

/** A job for the client. */
struct perf_job {
	enum perf_work work;
	enum perf_mode side;       /**< PERF_VINETALK or PERF_RAW. */
	struct perf_params params;
	double seconds;            /**< Of which the first tenth is not counted. */
	int cpu;                   /**< PERF_ATTACH: where to run. */
	char path[108];            /**< PERF_ATTACH: socket. */
};

/** Its result. */
struct perf_result {
	int status;                      /**< 0 or a negative errno. */
	double values[PERF_MAX_METRICS]; /**< By work. */
	char error[128];                 /**< What failed. */
};

/** Both processes map it. */
struct perf_shared {
	uint32_t mode;  /**< enum perf_mode, atomic. */
	uint64_t req_off, rsp_off; /**< Raw rings. */
};

static inline struct rte_ring *
perf_ring(struct perf_shared *s, uint64_t off)
{
	return (struct rte_ring *)((uintptr_t)s + off);
}

/** One measurement; fills values[]. 0 or a negative errno, which it has told. */
typedef int (*perf_run_t)(const struct perf_params *params, double seconds, double *values);

struct perf_metric {
	const char *name;
	const char *unit;
};

/** An entry of the table. */
struct perf_test {
	const char *name;
	const char *help;
	struct perf_metric metrics[PERF_MAX_METRICS]; /**< Name NULL behind the last. */
	const struct perf_params *params;
	unsigned int nb_params;
	perf_run_t run;
	perf_run_t baseline;
};

/* client.c */

/** The client: jobs from one descriptor, results to the other, until the end. Exit status. */
int perf_client(struct perf_shared *shared, int jobs, int results);

/* server.c */

/** Fork the client. Before rte_eal_init(). 0 or a negative errno. */
int perf_server_fork(void);
/** Make the appliance, start the server's thread on a CPU and the client on another. */
int perf_server_start(int server_cpu, int client_cpu, bool *huge);
/** Stop both. Nothing is left behind. */
void perf_server_stop(void);
/** Do a job: switch the server, have the client do it, and drive the control plane meanwhile. */
int perf_server_job(const struct perf_job *job, struct perf_result *result);
/** A signal asked to stop. Signal-safe. */
void perf_server_interrupt(int sig);

/* report.c */

/** A series of pairs: values[i] and baselines[i] were measured one behind the other. */
void perf_report_add(json_t *results, const struct perf_test *test,
		const struct perf_params *params, const struct perf_metric *metric,
		double *values, double *baselines, unsigned int nb);
/** What it ran on. */
json_t *perf_report_host(int server_cpu, int client_cpu, bool huge);
/** Whether two CPUs are hyperthreads of one core. */
bool perf_siblings(int a, int b);

#endif /* PERF_H */
