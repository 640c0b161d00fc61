/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Conformance: the compress accelerator, on zlib's compressdev, which makes no private copies. */

#include <string.h>

#include <rte_vtaccel_procs.h>

#include "accel_table.h"

#define BLOCK 65535 /* longest stored block of RFC 1951 */
#define STREAMS 64

/*
 * Streams whose blocks are stored; they stay, since tasks of one data may be in the device at the
 * same time.
 */
static struct stream {
	uint32_t len;
	uint8_t *bytes;
} streams[STREAMS];
static uint8_t room[8 * (ACCEL_DATA + 64)];
static uint32_t used;

static uint32_t
store(const uint8_t *in, uint32_t len, uint8_t *out)
{
	uint32_t at = 0, n = 0, left = len;

	do {
		const uint16_t block = (uint16_t)RTE_MIN(left, (uint32_t)BLOCK);

		left -= block;
		out[n++] = left == 0;
		out[n++] = (uint8_t)block;
		out[n++] = (uint8_t)(block >> 8);
		out[n++] = (uint8_t)~block;
		out[n++] = (uint8_t)(~block >> 8);
		memcpy(out + n, in + at, block);
		n += block;
		at += block;
	} while (left != 0);
	return n;
}

/* inflate makes the data of it again. */
static void
make(struct accel_task *t, const void *in, void *out, uint32_t len)
{
	const struct rte_vtaccel_inflate_args args = { .format = RTE_VTACCEL_DEFLATE_RAW };
	struct stream *s;
	uint32_t n;

	CU_ASSERT_TRUE_FATAL(used + len + 64 <= sizeof(room));
	n = store(in, len, room + used);
	for (s = streams; s->bytes != NULL && (s->len != n || memcmp(s->bytes, room + used, n) != 0); s++)
		CU_ASSERT_TRUE_FATAL(s < &streams[STREAMS - 2]);
	if (s->bytes == NULL) {
		s->bytes = room + used;
		s->len = n;
		used += n;
	}
	accel_task_in(t, s->bytes, s->len);
	accel_task_out(t, out, len);
	accel_task_args(t, &args, sizeof(args));
}

const struct accel_entry accel_entry_compress = {
	.devargs = "compress,dev=compress_zlib,workers=2,inline=0,depth=1024",
	.optional = true,
	.caps = ACCEL_CAP_COMPUTES | ACCEL_CAP_BOUNDED | ACCEL_CAP_NOTIFIES,
	.proc = RTE_VTACCEL_PROC_INFLATE,
	.make = make,
	.max_len = ACCEL_DATA,
	.max_tasks = 1024,
};

const struct accel_entry accel_entry_compress_caller = {
	.devargs = "compress,dev=compress_zlib,workers=0,depth=1024",
	.optional = true,
	.caps = ACCEL_CAP_COMPUTES | ACCEL_CAP_BOUNDED,
	.proc = RTE_VTACCEL_PROC_INFLATE,
	.make = make,
	.max_len = ACCEL_DATA,
	.max_tasks = 1024,
};
