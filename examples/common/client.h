/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef EXAMPLES_CLIENT_H
#define EXAMPLES_CLIENT_H

/* What the larger examples have in common: a device with one queue pair, latencies, counters. */

#include <stdint.h>

#include <rte_vinetalk.h>

/* What --help says of the options that client_options() takes. */
#define CLIENT_USAGE \
	"  --dev DEVARGS   device (shm,path=/run/vinetalk/default.sock)\n" \
	"  --json FILE     counters and latencies at the end, \"-\": standard error\n" \
	"  --progress FILE bytes done so far, rewritten while it runs\n"

struct client {
	const char *devargs;
	const char *json;
	const char *progress;
	uint16_t dev;
	uint16_t vaccel;
	uint32_t depth;        /* most tasks in flight */
	uint64_t start_ns;
	uint64_t done_bytes;   /* the example's own measure of progress */
	uint64_t next_report_ns;
	uint32_t *latency_us;  /* of each task */
	uint64_t nb_latencies, max_latencies;
};

/* Take the common options off the command line; returns the new argc. Ends the program on --help. */
int client_options(struct client *c, int argc, char **argv, void (*usage)(void));
/* Attach, one queue pair, start. 0, or -1 with a message on standard error. */
int client_open(struct client *c, const char *name);
/* A procedure, and a vaccel that can run it (kept in c->vaccel). 0, or -1 with a message. */
int client_proc(struct client *c, const char *name, uint16_t *proc);
/* Memory in the arena, or NULL with a message. */
void *client_alloc(struct client *c, size_t size);
/* Enqueue one task; if there is no room now, waits. 0, or -1 with a message. */
int client_send(struct client *c, struct rte_vinetalk_task *task);
/* The next completion, waiting for it. 0, or -1 with a message. */
int client_receive(struct client *c, struct rte_vinetalk_completion *completion);
void client_latency(struct client *c, uint64_t since_ns);
void client_progress(struct client *c, uint64_t bytes);
/* Counters, as JSON if asked for; close. 0 or -1. */
int client_close(struct client *c);
uint64_t client_now_ns(void);

#endif /* EXAMPLES_CLIENT_H */
