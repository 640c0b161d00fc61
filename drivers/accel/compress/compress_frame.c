/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Headers and trailers of the formats zlib (RFC 1950) and gzip (RFC 1952). */

#include <errno.h>
#include <string.h>

#include <libdeflate.h>

#include <rte_byteorder.h>

#include "compress_private.h"

#define GZIP_HEADER 10
#define GZIP_F_HCRC 0x02
#define GZIP_F_EXTRA 0x04
#define GZIP_F_NAME 0x08
#define GZIP_F_COMMENT 0x10
#define GZIP_F_RESERVED 0xe0

uint32_t
compress_header_len(uint32_t format)
{
	return format == RTE_VTACCEL_DEFLATE_RAW ? 0 : format == RTE_VTACCEL_DEFLATE_ZLIB ? 2 : GZIP_HEADER;
}

uint32_t
compress_trailer_len(uint32_t format)
{
	return format == RTE_VTACCEL_DEFLATE_RAW ? 0 : format == RTE_VTACCEL_DEFLATE_ZLIB ? 4 : 8;
}

void
compress_header_put(uint32_t format, uint32_t level, uint8_t *at)
{
	if (format == RTE_VTACCEL_DEFLATE_ZLIB) {
		/* Deflate, a window of 32 KiB; how thorough it was. */
		const uint16_t flevel = level < 2 ? 0 : level < 6 ? 1 : level == 6 ? 2 : 3;
		uint16_t word = (uint16_t)(0x7800 | flevel << 6);

		word = (uint16_t)(word + 31 - word % 31);
		at[0] = (uint8_t)(word >> 8);
		at[1] = (uint8_t)word;
	} else if (format == RTE_VTACCEL_DEFLATE_GZIP) {
		/* Deflate, no flags, no time; how thorough it was; of no particular system. */
		const uint8_t header[GZIP_HEADER] = {
			0x1f, 0x8b, 8, 0, 0, 0, 0, 0, level < 2 ? 4 : level > 8 ? 2 : 0, 255,
		};

		memcpy(at, header, sizeof(header));
	}
}

void
compress_trailer_put(uint32_t format, uint32_t sum, uint32_t len, uint8_t *at)
{
	const uint32_t zlib = rte_cpu_to_be_32(sum);
	const uint32_t gzip[2] = { rte_cpu_to_le_32(sum), rte_cpu_to_le_32(len) };

	if (format == RTE_VTACCEL_DEFLATE_ZLIB)
		memcpy(at, &zlib, sizeof(zlib));
	else if (format == RTE_VTACCEL_DEFLATE_GZIP)
		memcpy(at, gzip, sizeof(gzip));
}

/* The client may change it meanwhile. */
static uint8_t
byte(const uint8_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/* Behind a text that ends with a zero, or len. */
static uint32_t
skip_text(const uint8_t *in, uint32_t len, uint32_t at)
{
	while (at < len && byte(&in[at++]) != 0)
		;
	return at;
}

static int
gzip_header_get(const uint8_t *in, uint32_t len, uint32_t *header)
{
	uint32_t at = GZIP_HEADER;
	uint8_t flags;

	if (len < GZIP_HEADER || byte(&in[0]) != 0x1f || byte(&in[1]) != 0x8b || byte(&in[2]) != 8)
		return -EBADMSG;
	flags = byte(&in[3]);
	if ((flags & GZIP_F_RESERVED) != 0)
		return -EBADMSG;
	if ((flags & GZIP_F_EXTRA) != 0) {
		if (len - at < 2)
			return -EBADMSG;
		/* At most 64 KiB behind a place that is inside: no overflow, and compared below. */
		at += 2 + byte(&in[at]) + (uint32_t)byte(&in[at + 1]) * 256;
	}
	if ((flags & GZIP_F_NAME) != 0)
		at = skip_text(in, len, at);
	if ((flags & GZIP_F_COMMENT) != 0)
		at = skip_text(in, len, at);
	if ((flags & GZIP_F_HCRC) != 0)
		at += 2;
	if (at > len)
		return -EBADMSG;
	*header = at;
	return 0;
}

int
compress_header_get(uint32_t format, const uint8_t *in, uint32_t len, uint32_t *header)
{
	uint8_t cmf, flg;

	*header = 0;
	if (format == RTE_VTACCEL_DEFLATE_RAW)
		return 0;
	if (format == RTE_VTACCEL_DEFLATE_GZIP)
		return gzip_header_get(in, len, header);
	if (len < 2)
		return -EBADMSG;
	cmf = byte(&in[0]);
	flg = byte(&in[1]);
	/* Deflate, a window of at most 32 KiB, no dictionary. */
	if ((cmf * 256 + flg) % 31 != 0 || (cmf & 15) != 8 || cmf >> 4 > 7 || (flg & 0x20) != 0)
		return -EBADMSG;
	*header = 2;
	return 0;
}

bool
compress_trailer_fits(uint32_t format, const uint8_t *at, uint32_t sum, uint32_t len)
{
	uint8_t want[8], have[8];
	const uint32_t n = compress_trailer_len(format);

	compress_trailer_put(format, sum, len, want);
	memcpy(have, at, n);
	return memcmp(want, have, n) == 0;
}

uint32_t
compress_sum(uint32_t format, const void *data, uint32_t len)
{
	return format == RTE_VTACCEL_DEFLATE_ZLIB ? libdeflate_adler32(1, data, len) :
		libdeflate_crc32(0, data, len);
}
