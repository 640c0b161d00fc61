/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The compress accelerator: streams of RFC 1950 to 1952 as they are written there, cut and damaged
 * ones, stock tools.
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "compress_env.h"
#include "test_accel.h"

#define ROOM (1U << 20)

static uint8_t *plain, *packed, *back;
static uint32_t seed;

static int
inflate_into(struct compress_env *e, uint32_t format, const void *in, uint32_t len, uint32_t room, uint64_t *result)
{
	struct compress_call c = { .format = format, .in = in, .in_len = len, .out = back, .out_len = room };
	int ret;

	compress_guard(back, room);
	ret = compress_inflate(e, &c);
	CU_ASSERT_TRUE(compress_guarded(back, room));
	*result = c.result;
	return ret;
}

struct known {
	const char *name;
	const char *in;
	uint32_t len;
	const char *out; /* NULL: refused */
	uint32_t out_len;
};
#define GOOD(name, in, out) { name, in, sizeof(in) - 1, out, sizeof(out) - 1 }
#define BAD(name, in) { name, in, sizeof(in) - 1, NULL, 0 }

/* RFC 1951. */
static const struct known raw[] = {
	GOOD("stored, empty", "\x01\x00\x00\xff\xff", ""),
	GOOD("stored", "\x01\x03\x00\xfc\xff" "abc", "abc"),
	GOOD("stored twice", "\x00\x03\x00\xfc\xff" "abc" "\x01\x02\x00\xfd\xff" "de", "abcde"),
	GOOD("fixed, empty", "\x03\x00", ""),
	GOOD("fixed, one byte", "\x4b\x04\x00", "a"),
	GOOD("fixed, empty before it", "\x02\x0c\x00", ""),
	GOOD("fixed, a match over itself", "\x4b\x4c\x84\x03\x00", "aaaaaaaaaaa"),
	GOOD("stored, then fixed", "\x00\x01\x00\xfe\xff" "x" "\x4b\x04\x00", "xa"),
	BAD("reserved type", "\x07\x00"),
	BAD("length and its complement", "\x01\x03\x00\xfc\xfe" "abc"),
	BAD("a match before the begin", "\x03\x02\x00\x00"),
	BAD("a literal code that is not used", "\x1b\x03\x00\x00"),
	BAD("not even a header", "\x04"),
	BAD("trees of ones", "\xfd\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
	BAD("trees of zeroes", "\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
};

/* What zlib itself makes of a stream, so that the table above cannot be wrong. */
static void
known_check(const struct known *k)
{
	uint8_t out[64];
	const uint32_t n = compress_zlib_inflate(RTE_VTACCEL_DEFLATE_RAW, (const uint8_t *)k->in, k->len, out,
		sizeof(out));

	if (k->out == NULL ? n != UINT32_MAX : n != k->out_len || memcmp(out, k->out, n) != 0) {
		printf("%s: zlib says otherwise: %u\n", k->name, n);
		CU_FAIL("a stream of the table");
	}
}

static void
test_raw(void)
{
	struct compress_env e;
	unsigned int d, i;
	uint64_t n;
	int ret;

	COMPRESS_FOR_EACH(d) {
		compress_up(&e, compress_drivers[d], ",workers=0");
		for (i = 0; i < RTE_DIM(raw); i++) {
			const struct known *k = &raw[i];

			known_check(k);
			ret = inflate_into(&e, RTE_VTACCEL_DEFLATE_RAW, k->in, k->len, 64, &n);
			if (k->out == NULL ? ret != -EBADMSG : ret != 0 || n != k->out_len || memcmp(back, k->out, n) != 0) {
				printf("%s, %s: %d\n", e.driver, k->name, ret);
				CU_FAIL("a stream of RFC 1951");
			}
			if (k->out == NULL)
				continue;
			CU_ASSERT_EQUAL(inflate_into(&e, RTE_VTACCEL_DEFLATE_RAW, k->in, k->len, k->out_len, &n), 0);
			if (k->out_len != 0)
				CU_ASSERT_EQUAL(inflate_into(&e, RTE_VTACCEL_DEFLATE_RAW, k->in, k->len, k->out_len - 1, &n),
					-ENOSPC);
		}
		compress_down(&e);
	}
}

/* Check sums whose lower half is 65521: 0 of Adler-32 for one device, and itself for CRC-32. */
static void
test_sums(void)
{
	struct compress_env e;
	unsigned int d, format;
	uint32_t n, number = 0;
	uint64_t made;

	while ((crc32(0, (const Bytef *)&number, sizeof(number)) & 0xffff) != 65521)
		number++;
	/* 257 times 254 and 242 are 65520, and the sum begins with 1. */
	memset(plain, 254, 257);
	plain[257] = 242;
	COMPRESS_FOR_EACH(d) {
		compress_up(&e, compress_drivers[d], ",workers=0");
		for (format = RTE_VTACCEL_DEFLATE_ZLIB; format <= RTE_VTACCEL_DEFLATE_GZIP; format++) {
			const bool zlib = format == RTE_VTACCEL_DEFLATE_ZLIB;
			struct compress_call c = { .level = 1, .format = format, .out = packed, .out_len = ROOM,
				.in = zlib ? plain : (const uint8_t *)&number, .in_len = zlib ? 258 : 4 };

			CU_ASSERT_EQUAL(compress_deflate(&e, &c), 0);
			CU_ASSERT_EQUAL(compress_zlib_inflate(format, packed, (uint32_t)c.result, back, ROOM), c.in_len);
			n = compress_zlib(format, 1, Z_DEFAULT_STRATEGY, c.in, c.in_len, packed, ROOM);
			CU_ASSERT_EQUAL(inflate_into(&e, format, packed, n, 300, &made), 0);
			CU_ASSERT_TRUE(made == c.in_len && memcmp(back, c.in, c.in_len) == 0);
		}
		compress_down(&e);
	}
}

static void
test_frames(void)
{
	/* "a" with all that a header of gzip can have. */
	static const uint8_t full[] = "\x1f\x8b\x08\x1f\x01\x02\x03\x04\x00\x03" "\x03\x00xyz" "name\0" "comment\0" "\x12\x34"
		"\x4b\x04\x00" "\x43\xbe\xb7\xe8" "\x01\x00\x00\x00";
	static const uint8_t zlib[] = "\x78\x9c\x4b\x04\x00\x00\x62\x00\x62";
	const uint32_t full_len = sizeof(full) - 1, zlib_len = sizeof(zlib) - 1;
	uint8_t in[64];
	struct compress_env e;
	unsigned int d, i;
	uint64_t n;

	COMPRESS_FOR_EACH(d) {
		compress_up(&e, compress_drivers[d], ",workers=0");
		CU_ASSERT_TRUE(inflate_into(&e, 2, full, full_len, 1, &n) == 0 && n == 1 && back[0] == 'a');
		CU_ASSERT_TRUE(inflate_into(&e, 1, zlib, zlib_len, 1, &n) == 0 && n == 1 && back[0] == 'a');
		for (i = 0; i < full_len; i++)
			CU_ASSERT_EQUAL(inflate_into(&e, 2, full, i, 1, &n), -EBADMSG);
		for (i = 0; i < zlib_len; i++)
			CU_ASSERT_EQUAL(inflate_into(&e, 1, zlib, i, 1, &n), -EBADMSG);
		/* Each byte of trailers, and those of headers that mean something here. */
		for (i = 0; i < full_len; i++) {
			memcpy(in, full, full_len);
			in[i] ^= 0x80;
			if (i < 4 || i >= full_len - 8)
				CU_ASSERT_EQUAL(inflate_into(&e, 2, in, full_len, 10, &n), -EBADMSG);
		}
		for (i = 0; i < zlib_len; i++) {
			memcpy(in, zlib, zlib_len);
			in[i] ^= 0x01;
			if (i < 2 || i >= zlib_len - 4)
				CU_ASSERT_EQUAL(inflate_into(&e, 1, in, zlib_len, 10, &n), -EBADMSG);
		}
		/* With a dictionary; an extra field that is longer than all. */
		CU_ASSERT_EQUAL(inflate_into(&e, 1, "\x78\xbb\0\0\0\1\x4b\x04\x00\x00\x62\x00\x62", 13, 10, &n), -EBADMSG);
		memcpy(in, full, full_len);
		in[10] = in[11] = 0xff;
		CU_ASSERT_EQUAL(inflate_into(&e, 2, in, full_len, 10, &n), -EBADMSG);
		/* What is behind the end: not looked at, where the device says where that is. */
		memset(in, 0x55, sizeof(in));
		memcpy(in, zlib, zlib_len);
		CU_ASSERT_EQUAL(inflate_into(&e, 1, in, zlib_len + 1, 10, &n), e.tails ? -EBADMSG : 0);
		CU_ASSERT_EQUAL(inflate_into(&e, 1, in, sizeof(in), 10, &n), e.tails ? -EBADMSG : 0);
		CU_ASSERT_EQUAL(inflate_into(&e, 0, in + 2, 4, 10, &n), 0);
		CU_ASSERT_EQUAL(inflate_into(&e, 0, in + 2, 40, 10, &n), 0);
		CU_ASSERT_TRUE(n == 1 && back[0] == 'a');
		compress_down(&e);
	}
}

/* Each length of a stream that is cut: never a success, whatever room there is. */
static void
cut(struct compress_env *e, uint32_t format, uint32_t len, uint32_t n)
{
	const uint32_t step = n < 2000 ? 1 : 1 + n / 400;
	uint64_t result;
	uint32_t i;
	int ret;

	for (i = 0; i < n; i += n - i <= 40 ? 1 : step) {
		ret = inflate_into(e, format, packed, i, len + 100, &result);
		if (ret != -EBADMSG)
			printf("%s: %u of %u bytes, format %u: %d\n", e->driver, i, n, format, ret);
		CU_ASSERT_EQUAL(ret, -EBADMSG);
		ret = inflate_into(e, format, packed, i, len, &result);
		CU_ASSERT_TRUE(ret == -EBADMSG || ret == -ENOSPC);
		ret = inflate_into(e, format, packed, i, len / 2, &result);
		CU_ASSERT_TRUE(ret == -EBADMSG || ret == -ENOSPC);
	}
	CU_ASSERT_EQUAL(inflate_into(e, format, packed, n, len, &result), 0);
	CU_ASSERT_EQUAL(result, len);
}

static void
test_cut(void)
{
	static const uint32_t sizes[] = { 0, 1, 5, 40, 300, 3000, 65535, 65536, 200000 };
	static const int strategies[] = { Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY };
	struct compress_env e;
	unsigned int d, i, s, kind;
	uint32_t n;

	seed = 11;
	COMPRESS_FOR_EACH(d) {
		compress_up(&e, compress_drivers[d], ",workers=0");
		for (i = 0; i < RTE_DIM(sizes); i++)
			for (s = 0; s < 4; s++)
				for (kind = 0; kind < 4; kind++) {
					const uint32_t format = (i + s + kind) % 2 == 0 ? 0 : 1 + kind % 2;

					if (sizes[i] > 60000 && (s + kind) % 4 != 0)
						continue;
					compress_fill(&seed, kind, plain, sizes[i]);
					n = compress_zlib(format, s == 3 ? 0 : 6, s == 3 ? 0 : strategies[s], plain, sizes[i], packed,
						ROOM);
					CU_ASSERT_FATAL(n != 0);
					cut(&e, format, sizes[i], n);
				}
		compress_down(&e);
	}
}

/*
 * Room of each size around what it takes, at each length of a stream: the last byte and the end
 * apart.
 */
static void
test_exact(void)
{
	struct compress_env e;
	unsigned int d, kind, level;
	uint32_t len, n, room;
	uint64_t result;

	seed = 12;
	COMPRESS_FOR_EACH(d) {
		compress_up(&e, compress_drivers[d], ",workers=0");
		for (len = 1; len < 150; len++)
			for (kind = 0; kind < 4; kind++) {
				level = compress_number(&seed, 10);
				compress_fill(&seed, kind, plain, len);
				n = compress_zlib(0, (int)level, (int)compress_number(&seed, 5), plain, len, packed, ROOM);
				for (room = len > 8 ? len - 8 : 0; room < len + 8; room++)
					CU_ASSERT_EQUAL(inflate_into(&e, 0, packed, n, room, &result), room < len ? -ENOSPC : 0);
			}
		for (len = 61430; len < 61450; len++) {
			compress_fill(&seed, 1, plain, len);
			n = compress_zlib(0, 6, 0, plain, len, packed, ROOM);
			CU_ASSERT_TRUE(inflate_into(&e, 0, packed, n, len, &result) == 0 && memcmp(plain, back, len) == 0);
		}
		for (len = 65530; len < 65545; len++) {
			compress_fill(&seed, 0, plain, len);
			n = compress_zlib(0, (int)(len % 2), 0, plain, len, packed, ROOM);
			CU_ASSERT_TRUE(inflate_into(&e, 0, packed, n, len, &result) == 0 && memcmp(plain, back, len) == 0);
		}
		compress_down(&e);
	}
}

/* One bit, a byte, or many: some end or other, and no byte outside. */
static void
test_damaged(void)
{
	struct compress_env e;
	unsigned int d, i, j;
	uint64_t result;
	int ret;

	seed = 13;
	COMPRESS_FOR_EACH(d) {
		compress_up(&e, compress_drivers[d], ",workers=0");
		for (i = 0; i < 3000; i++) {
			const uint32_t len = compress_number(&seed, i % 100 == 0 ? 200000 : 3000) + 1, format = i % 3;
			uint32_t n;

			compress_fill(&seed, i % 4, plain, len);
			n = compress_zlib(format, (int)compress_number(&seed, 10), (int)compress_number(&seed, 5), plain, len,
				packed, ROOM);
			for (j = compress_number(&seed, 4); j < 4; j++)
				packed[compress_number(&seed, n)] ^= (uint8_t)(1 << compress_number(&seed, 8));
			if (i % 10 == 0)
				compress_fill(&seed, 0, packed, n);
			ret = inflate_into(&e, format, packed, n, len / 2 + compress_number(&seed, len * 2), &result);
			CU_ASSERT_TRUE(ret == 0 || ret == -EBADMSG || ret == -ENOSPC);
			/* Bits were turned: the sums tell. In a header of gzip there are some that mean nothing. */
			if (ret == 0 && format != 0)
				CU_ASSERT_TRUE(result == len && memcmp(plain, back, len) == 0);
		}
		compress_down(&e);
	}
}

/* Shell commands that find FILE, FILE.gz and FILE.z in their directory. */
static int
shell(const char *cmd)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd '%s' && %s", vt_test_tmp_dir(), cmd);
	return system(line);
}

static void
file_write(const char *name, const uint8_t *p, size_t len)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", vt_test_tmp_dir(), name);
	f = fopen(path, "wb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(p, 1, len, f), len);
	fclose(f);
}

static uint32_t
file_read(const char *name, uint8_t *p, size_t room)
{
	char path[512];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", vt_test_tmp_dir(), name);
	f = fopen(path, "rb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	n = fread(p, 1, room, f);
	fclose(f);
	return (uint32_t)n;
}

static void
test_tools(void)
{
	static const uint32_t sizes[] = { 0, 1, 70000, 500000 };
	struct compress_env e;
	struct compress_call c;
	unsigned int d, i;
	uint64_t n;

	seed = 14;
	COMPRESS_FOR_EACH(d) {
		compress_up(&e, compress_drivers[d], ",workers=1");
		for (i = 0; i < RTE_DIM(sizes); i++) {
			compress_fill(&seed, 2, plain, sizes[i]);
			file_write("compress", plain, sizes[i]);
			c = (struct compress_call){ .level = 6, .format = 2, .in = plain, .in_len = sizes[i], .out = packed,
				.out_len = ROOM };
			CU_ASSERT_EQUAL(compress_deflate(&e, &c), 0);
			file_write("compress.gz", packed, c.result);
			CU_ASSERT_EQUAL(shell("gzip -t compress.gz && gzip -dc compress.gz | cmp - compress"), 0);
			c.format = 1;
			CU_ASSERT_EQUAL(compress_deflate(&e, &c), 0);
			file_write("compress.z", packed, c.result);
			CU_ASSERT_EQUAL(shell("python3 -c \"import zlib; assert zlib.decompress(open('compress.z', 'rb').read()) =="
				" open('compress', 'rb').read()\""), 0);
			/* And what they write. */
			CU_ASSERT_EQUAL(shell("gzip -9 <compress >compress.gz && gzip -fkN compress -S .2.gz"), 0);
			CU_ASSERT_EQUAL(inflate_into(&e, 2, packed, file_read("compress.gz", packed, ROOM), sizes[i], &n), 0);
			CU_ASSERT_TRUE(n == sizes[i] && memcmp(plain, back, n) == 0);
			CU_ASSERT_EQUAL(inflate_into(&e, 2, packed, file_read("compress.2.gz", packed, ROOM), sizes[i], &n), 0);
			CU_ASSERT_TRUE(n == sizes[i] && memcmp(plain, back, n) == 0);
			CU_ASSERT_EQUAL(shell("python3 -c \"import zlib; open('compress.z', 'wb').write("
				"zlib.compress(open('compress', 'rb').read(), 9))\""), 0);
			CU_ASSERT_EQUAL(inflate_into(&e, 1, packed, file_read("compress.z", packed, ROOM), sizes[i], &n), 0);
			CU_ASSERT_TRUE(n == sizes[i] && memcmp(plain, back, n) == 0);
		}
		compress_down(&e);
	}
	shell("rm -f compress compress.gz compress.2.gz compress.z");
}

static bool enough;

/* A client that does not keep still: inputs and outputs. */
static void *
changer(void *arg)
{
	uint32_t own = 99;

	RTE_SET_USED(arg);
	while (!__atomic_load_n(&enough, __ATOMIC_RELAXED)) {
		__atomic_store_n(&plain[compress_number(&own, 100000)], (uint8_t)own, __ATOMIC_RELAXED);
		__atomic_store_n(&packed[compress_number(&own, 50000)], (uint8_t)(own >> 3), __ATOMIC_RELAXED);
		__atomic_store_n(&back[compress_number(&own, 50000)], (uint8_t)(own >> 5), __ATOMIC_RELAXED);
	}
	return NULL;
}

static void
test_hostile(void)
{
	struct compress_env e;
	struct compress_call c;
	uint8_t *kept = malloc(ROOM);
	pthread_t thread;
	unsigned int d, i;
	uint32_t n;
	uint64_t result;
	int ret;

	CU_ASSERT_PTR_NOT_NULL_FATAL(kept);
	seed = 15;
	compress_fill(&seed, 2, plain, 100000);
	n = compress_zlib(0, 6, 0, plain, 100000, kept, ROOM);
	enough = false;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, changer, NULL), 0);
	COMPRESS_FOR_EACH(d) {
		compress_up(&e, compress_drivers[d], ",workers=1");
		for (i = 0; i < 150; i++) {
			const uint32_t room = 50000 + compress_number(&seed, 100000);

			c = (struct compress_call){ .level = i % 10, .format = i % 3, .in = plain, .in_len = 100000, .out = packed,
				.out_len = room, .sum = true };
			compress_guard(packed, room);
			ret = compress_deflate(&e, &c);
			CU_ASSERT_TRUE(ret == 0 || ret == -ENOSPC);
			CU_ASSERT_TRUE(compress_guarded(packed, room) && (ret != 0 || c.result <= room));
			memcpy(packed, kept, n);
			ret = inflate_into(&e, 0, packed, n, room, &result);
			CU_ASSERT_TRUE(ret == 0 || ret == -ENOSPC || ret == -EBADMSG);
			CU_ASSERT_TRUE(ret != 0 || result <= room);
		}
		compress_down(&e);
	}
	__atomic_store_n(&enough, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	free(kept);
}

static int
setup(void)
{
	unsigned int d, nb = 0;

	COMPRESS_FOR_EACH(d)
		nb++;
	if (nb == 0) {
		vt_test_skip_reason("neither compress_isal nor compress_zlib is here");
		return VT_TEST_SKIPPED;
	}
	plain = malloc(ROOM);
	packed = malloc(ROOM + 2 * COMPRESS_GUARD);
	back = malloc(ROOM + 2 * COMPRESS_GUARD);
	if (plain == NULL || packed == NULL || back == NULL)
		return 1;
	packed += COMPRESS_GUARD;
	back += COMPRESS_GUARD;
	return 0;
}

static int
cleanup(void)
{
	free(plain);
	if (packed != NULL)
		free(packed - COMPRESS_GUARD);
	if (back != NULL)
		free(back - COMPRESS_GUARD);
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "streams of RFC 1951", test_raw },
	{ "headers and trailers of zlib and gzip", test_frames },
	{ "sums of 65521", test_sums },
	{ "streams that are cut", test_cut },
	{ "room that is just enough", test_exact },
	{ "streams that are damaged", test_damaged },
	{ "gzip and Python's zlib, both ways", test_tools },
	{ "a client changes data meanwhile", test_hostile },
};

VT_TEST_SUITE(vinetalk_compress_known_autotest, setup, cleanup, cases);
