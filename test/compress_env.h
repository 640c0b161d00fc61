/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef COMPRESS_ENV_H
#define COMPRESS_ENV_H

/* An accelerator of the driver compress, and tasks for it, without an appliance. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_vtaccel.h>
#include <rte_vtaccel_procs.h>

/* Behind each output that a test looks at. */
#define COMPRESS_GUARD 64

struct compress_env {
	struct rte_vtaccel *dev;
	struct rte_vtaccel_stream stream;
	const char *driver;
	bool copies; /* it has private copies of its inputs */
	bool tails;  /* it looks at zlib and gzip data that goes on behind its end */
};

/* One task; what came of it. */
struct compress_call {
	uint32_t level, format;
	const uint8_t *in;
	uint32_t in_len;
	uint8_t *out;
	uint32_t out_len;
	bool sum; /* wanted */
	uint32_t sum_is;
	uint64_t result;
	uint32_t copied;
};

/* The drivers of compressdevs that the tests know; NULL behind the last. */
extern const char *const compress_drivers[];

/* Why there is no device of this driver; NULL: there is one. Asked once for each. */
const char *compress_missing(const char *driver);
void compress_up(struct compress_env *e, const char *driver, const char *more);
void compress_down(struct compress_env *e);
/* Run a task: its status. */
int compress_call(struct compress_env *e, const char *proc, struct compress_call *c);
int compress_deflate(struct compress_env *e, struct compress_call *c);
int compress_inflate(struct compress_env *e, struct compress_call *c);
/* By zlib: length, or 0 if it does not fit. */
uint32_t compress_zlib(uint32_t format, int level, int strategy, const uint8_t *in, uint32_t len, uint8_t *out,
		uint32_t room);
/* By zlib: length, or UINT32_MAX if it is not all of a stream. */
uint32_t compress_zlib_inflate(uint32_t format, const uint8_t *in, uint32_t len, uint8_t *out, uint32_t room);
/* The same numbers for each seed. */
uint32_t compress_number(uint32_t *seed, uint32_t below);
/* 0: noise, 1: text, 2: both, 3: of one byte. */
void compress_fill(uint32_t *seed, unsigned int kind, uint8_t *p, uint32_t len);
/* Before and behind: COMPRESS_GUARD bytes of 0xa5. */
void compress_guard(uint8_t *p, uint32_t len);
bool compress_guarded(const uint8_t *p, uint32_t len);

/* For each driver that there is. */
#define COMPRESS_FOR_EACH(i) \
	for (i = 0; compress_drivers[i] != NULL; i++) \
		if (compress_missing(compress_drivers[i]) == NULL)

#endif /* COMPRESS_ENV_H */
