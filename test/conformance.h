/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef CONFORMANCE_H
#define CONFORMANCE_H

/*
 * The conformance suite of transport drivers: the same cases over each of them. A case that a
 * driver's capabilities rule out is skipped, with the name of what is missing.
 */

#include <stdbool.h>
#include <stdint.h>

#include <CUnit/CUnit.h>

#include <rte_vinetalk.h>

#include "test.h"

/* A driver under test. */
struct conf_driver {
	const char *name;
	const char *bad_value; /* an argument with a bad value; NULL: it has none */
	int (*setup)(void);    /* start whatever it needs */
	int (*cleanup)(void);
	const char *(*devargs)(void);
};

extern const struct conf_driver conf_drivers[];
const struct conf_driver *conf_driver(void);

/* A device with nb_qps queue pairs, started, and what a task needs. */
struct conf_env {
	uint16_t dev;
	struct rte_vinetalk_info info;
	uint16_t proc;   /* a procedure that always succeeds: crc32c, or the driver's first */
	uint16_t va;     /* a vaccel for it */
	uint8_t *data;   /* CONF_DATA bytes of the arena */
};

#define CONF_DATA 8192
#define CONF_TIMEOUT_US 10000000

/* Attach only; devices that an earlier case left open are closed first. */
uint16_t conf_attach(void);
/* A second device besides. */
uint16_t conf_attach_more(void);
void conf_start(uint16_t dev, uint16_t nb_qps, uint32_t depth);
void conf_up(struct conf_env *e, uint16_t nb_qps, uint32_t depth);
void conf_down(struct conf_env *e);
/* What conf_up() does behind the start, for a device that somebody started. */
void conf_equip(struct conf_env *e, uint16_t dev);

/* A task that succeeds. */
void conf_task(const struct conf_env *e, struct rte_vinetalk_task *t, uint64_t cookie);
/* Take nb completions, or as many as come within the time limit. */
unsigned int conf_collect(uint16_t dev, uint16_t qp, struct rte_vinetalk_completion *c,
		unsigned int nb);
/* Enqueue one task and take its completion; the status. */
int32_t conf_status(const struct conf_env *e, struct rte_vinetalk_task *t,
		struct rte_vinetalk_completion *c);
/* A procedure of that name on a vaccel that can run it. */
void conf_proc(const struct conf_env *e, const char *name, uint16_t *proc, uint16_t *va);
/* Acquire any vaccel of an accelerator, or of any; the errno. */
int conf_acquire(uint16_t dev, uint16_t accel, uint16_t proc, uint32_t flags, uint16_t *va);

bool conf_needs(const struct conf_env *e, uint32_t capability, const char *name);
/* Leave the case unless the driver has a capability. */
#define CONF_NEEDS(e, capa) \
	do { \
		if (!conf_needs(e, RTE_VINETALK_CAPA_ ## capa, #capa)) { \
			conf_down(e); \
			return; \
		} \
	} while (0)

/* test_conformance_shm.c */
int conf_shm_setup(void);
int conf_shm_single_setup(void);
int conf_shm_thread_setup(void);
int conf_shm_cleanup(void);
const char *conf_shm_devargs(void);

#define CONF_CASES(X) \
	X("attach: unknown driver", unknown_driver) \
	X("attach: unknown key", unknown_key) \
	X("attach: bad value", bad_value) \
	X("attach: nothing", attach_null) \
	X("attach: name too long", attach_long) \
	X("info", info) \
	X("look-up by name", lookup) \
	X("configure: limits", configure_limits) \
	X("configure: wrong state", configure_state) \
	X("queue pair: limits", qp_limits) \
	X("queue pair: wrong state", qp_state) \
	X("queue pair: set up again", qp_again) \
	X("start: not configured", start_early) \
	X("start and stop twice", start_twice) \
	X("stopped: nothing is taken", stopped) \
	X("stop: tasks in flight are kept", stop_keeps) \
	X("restart with other queue pairs", restart) \
	X("configure with tasks in flight", configure_busy) \
	X("close with everything open", close_open) \
	X("close twice", close_twice) \
	X("attach and close many times", reattach) \
	X("two devices", two_devices) \
	X("no device: every call", no_device) \
	X("statistics add up", stats) \
	X("statistics of a queue pair", qp_stats) \
	X("statistics: refused", stats_refused) \
	X("extended statistics", xstats) \
	X("accelerators: list", accel_list) \
	X("accelerators: by type", accel_types) \
	X("accelerators: info", accel_info) \
	X("accelerators: statistics", accel_stats) \
	X("acquire: any", acquire_any) \
	X("acquire: by type", acquire_type) \
	X("acquire: by accelerator", acquire_id) \
	X("acquire: by procedure", acquire_proc) \
	X("acquire: malformed", acquire_bad) \
	X("acquire: until there are no more", acquire_all) \
	X("acquire: exclusive", exclusive) \
	X("acquire: exclusive against another client", exclusive_other) \
	X("release twice", release_twice) \
	X("procedures: list", proc_list) \
	X("procedures: get and put", proc_get) \
	X("procedures: unknown", proc_unknown) \
	X("procedures: register", proc_register) \
	X("procedures: one that returns an error", proc_error) \
	X("alloc: sizes", alloc_sizes) \
	X("alloc: alignment", alloc_align) \
	X("alloc: refused", alloc_bad) \
	X("alloc: until there is no more", alloc_all) \
	X("free: what is no buffer", free_bad) \
	X("offsets and pointers", offsets) \
	X("alloc: threads", alloc_threads) \
	X("task: one", task_one) \
	X("task: bursts of 1 to depth", task_bursts) \
	X("task: burst of none", task_none) \
	X("task: credit limit", task_credits) \
	X("task: order", task_order) \
	X("task: two vaccels", task_two_vaccels) \
	X("task: cookies", task_cookies) \
	X("task: in flight", task_in_flight) \
	X("task: after an error", task_after_error) \
	X("task: stat", task_stat) \
	X("task: stat of nothing", task_stat_bad) \
	X("task: cancel", task_cancel) \
	X("wait: without work", wait_none) \
	X("wait: with work", wait_work) \
	X("run", run) \
	X("run: refused", run_bad) \
	X("status texts", strstatus) \
	X("threads with a queue pair each", threads) \
	X("one vaccel from several threads", threads_vaccel) \
	X("100000 tasks", many) \
	X("fence: a chain over two vaccels", fence_chain) \
	X("sequence numbers wrap", wrap) \
	X("echo", data_echo) \
	X("vadd", data_vadd) \
	X("crc32c", data_crc32c) \
	X("sha256", data_sha256) \
	X("segments: table of 1 to 16", segs_table) \
	X("segments: too many", segs_many) \
	X("segments: outside", segs_outside) \
	X("segments: overflow", segs_overflow) \
	X("segments: malformed table", segs_bad_table) \
	X("arguments: inline", args_inline) \
	X("arguments: by offset", args_ref) \
	X("arguments: malformed", args_bad) \
	X("flags: unknown", flags_bad) \
	X("procedure: not ours", proc_not_ours) \
	X("vaccel: not there", vaccel_unknown) \
	X("vaccel: somebody else's", vaccel_other) \
	X("procedure: on another type", proc_type) \
	X("procedure: another shape", proc_shape) \
	X("output too small", data_nospc)

#define CONF_DECLARE(text, fn) void conf_case_ ## fn(void);
CONF_CASES(CONF_DECLARE)

/* How many there are. */
#define CONF_ONE_MORE(text, fn) + 1
enum { CONF_NB_CASES = 0 CONF_CASES(CONF_ONE_MORE) };

#endif /* CONFORMANCE_H */
