/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Procedures of the cpu accelerator on bytes: echo, vadd, crc32c, sha256, deflate, inflate. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <zlib.h>

#include "test_accel_proc.h"

static void
test_shapes(void)
{
	/* Smallest and largest numbers of inputs, outputs and argument bytes. */
	static const struct {
		const char *name;
		uint8_t min_in, max_in, out, args, more_out;
	} shapes[] = {
		{ RTE_VTACCEL_PROC_ECHO, 1, 1, 1, 0 },
		{ RTE_VTACCEL_PROC_VADD, 1, 2, 1, 0 },
		{ RTE_VTACCEL_PROC_CRC32C, 1, 16, 0, 0 },
		{ RTE_VTACCEL_PROC_SHA256, 1, 15, 1, 0 },
		{ RTE_VTACCEL_PROC_DEFLATE, 1, 1, 1, 8, 1 },
		{ RTE_VTACCEL_PROC_INFLATE, 1, 1, 1, 4, 1 },
		{ RTE_VTACCEL_PROC_GRAYSCALE, 1, 1, 1, 8 },
		{ RTE_VTACCEL_PROC_GAUSSIAN_BLUR, 1, 1, 1, 16 },
		{ RTE_VTACCEL_PROC_SGEMM, 1, 2, 1, 20 },
	};
	struct accel_task at;
	unsigned int i, in, out, args;
	static uint64_t data[32];

	for (i = 0; i < RTE_DIM(shapes); i++) {
		for (in = 0; in <= 17; in++) {
			for (out = 0; out <= 17 - in && out < 3; out++) {
				for (args = 0; args <= 24; args += 4) {
					bool fits = in >= shapes[i].min_in &&
						in <= shapes[i].max_in &&
						out >= shapes[i].out && out <= shapes[i].out + shapes[i].more_out &&
						args == shapes[i].args;

					if (fits)
						continue;
					proc_begin(&at, shapes[i].name);
					at.t.nb_in = (uint8_t)in;
					at.t.nb_out = (uint8_t)out;
					at.t.args_len = args;
					for (unsigned int k = 0; k < 16; k++) {
						at.segs[k].addr = data;
						at.segs[k].len = sizeof(data);
					}
					CU_ASSERT_EQUAL(proc_run(&at), -EINVAL);
				}
			}
		}
	}
}

static void
test_echo(void)
{
	char in[] = "0123456789", out[16] = "................";
	struct accel_task at;

	proc_begin(&at, RTE_VTACCEL_PROC_ECHO);
	accel_task_in(&at, in, 10);
	accel_task_out(&at, out, 10);
	CU_ASSERT_EQUAL(proc_run(&at), 0);
	CU_ASSERT_EQUAL(at.t.result, 10);
	CU_ASSERT_EQUAL(memcmp(out, "0123456789......", 16), 0);
	at.segs[1].len = 9;
	CU_ASSERT_EQUAL(proc_run(&at), -ENOSPC);
	CU_ASSERT_EQUAL(at.t.result, 10);
	/* Overlapping. */
	at.segs[0].len = 9;
	at.segs[1].addr = in + 1;
	CU_ASSERT_EQUAL(proc_run(&at), 0);
	CU_ASSERT_EQUAL(memcmp(in, "0012345678", 10), 0);
	/* Empty. */
	at.segs[0].len = at.segs[1].len = 0;
	at.segs[0].addr = at.segs[1].addr = NULL;
	CU_ASSERT_EQUAL(proc_run(&at), 0);
	CU_ASSERT_EQUAL(at.t.result, 0);
}

static void
test_vadd(void)
{
	float ab[202], sum[101];
	struct accel_task at;
	unsigned int i, form;

	for (form = 1; form <= 2; form++) {
		for (i = 0; i < 101; i++) {
			ab[i] = (float)i * 0.5f;
			ab[101 + i] = 1000.0f - (float)i;
			sum[i] = -1;
		}
		proc_begin(&at, RTE_VTACCEL_PROC_VADD);
		accel_task_in(&at, ab, form == 1 ? 808 : 404);
		if (form == 2)
			accel_task_in(&at, ab + 101, 404);
		accel_task_out(&at, sum, 404);
		CU_ASSERT_EQUAL(proc_run(&at), 0);
		CU_ASSERT_EQUAL(at.t.result, 101);
		for (i = 0; i < 101; i++)
			CU_ASSERT_EQUAL(sum[i], 1000.0f - (float)i * 0.5f);
		at.segs[form].len = 403;
		CU_ASSERT_EQUAL(proc_run(&at), -ENOSPC);
		CU_ASSERT_EQUAL(at.t.result, 404);
		at.segs[form].len = 404;
		at.segs[form].addr = (uint8_t *)sum + 1;
		CU_ASSERT_EQUAL(proc_run(&at), -EINVAL);
		at.segs[form].addr = sum;
		at.segs[0].len = form == 1 ? 804 : 400;
		CU_ASSERT_EQUAL(proc_run(&at), -EINVAL);
		at.segs[0].len = 3;
		CU_ASSERT_EQUAL(proc_run(&at), -EINVAL);
	}
}

static uint64_t
crc_of(const char *data, uint32_t len, uint32_t cut)
{
	struct accel_task at;

	proc_begin(&at, RTE_VTACCEL_PROC_CRC32C);
	accel_task_in(&at, data, cut);
	accel_task_in(&at, data + cut, len - cut);
	CU_ASSERT_EQUAL(proc_run(&at), 0);
	return at.t.result;
}

static void
test_crc32c(void)
{
	/* RFC 3720, appendix B.4. */
	char zeros[32] = { 0 }, ones[32], up[32];
	unsigned int i;

	memset(ones, 0xff, sizeof(ones));
	for (i = 0; i < 32; i++)
		up[i] = (char)i;
	CU_ASSERT_EQUAL(crc_of(zeros, 32, 0), 0x8a9136aa);
	CU_ASSERT_EQUAL(crc_of(ones, 32, 32), 0x62a8ab43);
	for (i = 0; i <= 32; i++)
		CU_ASSERT_EQUAL(crc_of(up, 32, i), 0x46dd794e);
	for (i = 0; i <= 9; i++)
		CU_ASSERT_EQUAL(crc_of("123456789", 9, i), 0xe3069283);
	CU_ASSERT_EQUAL(crc_of("", 0, 0), 0);
}

static void
sha256_hex(char *hex, const void *data, uint32_t len, uint32_t cut)
{
	uint8_t digest[40];
	struct accel_task at;
	unsigned int i;

	memset(digest, 0xaa, sizeof(digest));
	proc_begin(&at, RTE_VTACCEL_PROC_SHA256);
	accel_task_in(&at, data, cut);
	accel_task_in(&at, RTE_PTR_ADD(data, cut), len - cut);
	accel_task_out(&at, digest, sizeof(digest));
	CU_ASSERT_EQUAL(proc_run(&at), 0);
	CU_ASSERT_EQUAL(at.t.result, 32);
	CU_ASSERT_EQUAL(digest[32], 0xaa);
	for (i = 0; i < 32; i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
}

static void
test_sha256(void)
{
	/* FIPS 180 examples. */
	static const char msg2[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	struct accel_task at;
	uint8_t digest[32];
	char hex[65], *million;
	unsigned int cut;

	sha256_hex(hex, "abc", 3, 3);
	CU_ASSERT_STRING_EQUAL(hex,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_hex(hex, "", 0, 0);
	CU_ASSERT_STRING_EQUAL(hex,
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (cut = 0; cut <= 56; cut += 7) {
		sha256_hex(hex, msg2, 56, cut);
		CU_ASSERT_STRING_EQUAL(hex,
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	}
	million = malloc(1000000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(million);
	memset(million, 'a', 1000000);
	sha256_hex(hex, million, 1000000, 999);
	CU_ASSERT_STRING_EQUAL(hex,
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(million);
	proc_begin(&at, RTE_VTACCEL_PROC_SHA256);
	accel_task_in(&at, msg2, 3);
	accel_task_out(&at, digest, 31);
	CU_ASSERT_EQUAL(proc_run(&at), -ENOSPC);
	CU_ASSERT_EQUAL(at.t.result, 32);
}

#define TEXT_LEN 200000
static uint8_t text[TEXT_LEN], packed[TEXT_LEN + 1000], unpacked[TEXT_LEN + 16];

/* Half of it compresses well, half does not. */
static void
text_fill(void)
{
	uint64_t x = 88172645463325252ULL;
	uint32_t i;

	for (i = 0; i < TEXT_LEN; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		text[i] = i % 1000 < 500 ? (uint8_t)("vinetalk "[i % 9]) : (uint8_t)x;
	}
}

static int
deflate_run(struct accel_task *at, uint32_t level, uint32_t format, uint32_t len, uint32_t room)
{
	const struct rte_vtaccel_deflate_args args = { .level = level, .format = format };

	proc_begin(at, RTE_VTACCEL_PROC_DEFLATE);
	accel_task_args(at, &args, sizeof(args));
	accel_task_in(at, text, len);
	accel_task_out(at, packed, room);
	return proc_run(at);
}

static int
inflate_run(struct accel_task *at, uint32_t format, uint32_t len, uint32_t room)
{
	const struct rte_vtaccel_inflate_args args = { .format = format };

	proc_begin(at, RTE_VTACCEL_PROC_INFLATE);
	accel_task_args(at, &args, sizeof(args));
	accel_task_in(at, packed, len);
	accel_task_out(at, unpacked, room);
	return proc_run(at);
}

/* Decompress with zlib. */
static uint32_t
zlib_inflate(uint32_t format, uint32_t len)
{
	z_stream z = { .next_in = packed, .avail_in = len, .next_out = unpacked,
		.avail_out = sizeof(unpacked) };

	CU_ASSERT_EQUAL_FATAL(inflateInit2(&z, format == RTE_VTACCEL_DEFLATE_RAW ? -15 :
		format == RTE_VTACCEL_DEFLATE_ZLIB ? 15 : 31), Z_OK);
	CU_ASSERT_EQUAL(inflate(&z, Z_FINISH), Z_STREAM_END);
	CU_ASSERT_EQUAL(z.avail_in, 0);
	inflateEnd(&z);
	return (uint32_t)z.total_out;
}

static void
test_deflate_round_trip(void)
{
	static const uint32_t lens[] = { 0, 1, 1000, TEXT_LEN };
	uint32_t level, format, i, n;
	struct accel_task at;

	text_fill();
	for (level = 0; level <= RTE_VTACCEL_DEFLATE_MAX_LEVEL; level++) {
		for (format = 0; format <= RTE_VTACCEL_DEFLATE_GZIP; format++) {
			i = level % RTE_DIM(lens);
			if (level == 6)
				i = 3;
			CU_ASSERT_EQUAL_FATAL(deflate_run(&at, level, format, lens[i],
				sizeof(packed)), 0);
			CU_ASSERT_EQUAL(at.t.copied, lens[i]);
			n = (uint32_t)at.t.result;
			CU_ASSERT(n > 0 && n <= sizeof(packed));
			if (level > 0 && lens[i] == TEXT_LEN)
				CU_ASSERT(n < TEXT_LEN * 3 / 4);
			CU_ASSERT_EQUAL(zlib_inflate(format, n), lens[i]);
			CU_ASSERT_EQUAL(memcmp(text, unpacked, lens[i]), 0);
			memset(unpacked, 0xaa, sizeof(unpacked));
			CU_ASSERT_EQUAL(inflate_run(&at, format, n, lens[i] + 1), 0);
			CU_ASSERT_EQUAL(at.t.result, lens[i]);
			CU_ASSERT_EQUAL(memcmp(text, unpacked, lens[i]), 0);
			CU_ASSERT_EQUAL(unpacked[lens[i]], 0xaa);
		}
	}
}

static void
test_deflate_gzip_tool(void)
{
	struct accel_task at;
	char path[512], cmd[1200];
	FILE *f;

	text_fill();
	CU_ASSERT_EQUAL_FATAL(deflate_run(&at, 6, RTE_VTACCEL_DEFLATE_GZIP, TEXT_LEN,
		sizeof(packed)), 0);
	snprintf(path, sizeof(path), "%s/accel_deflate.gz", vt_test_tmp_dir());
	f = fopen(path, "wb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(packed, 1, at.t.result, f), at.t.result);
	fclose(f);
	snprintf(cmd, sizeof(cmd), "gzip -t '%s' && test $(gzip -dc '%s' | wc -c) -eq %d", path,
		path, TEXT_LEN);
	CU_ASSERT_EQUAL(system(cmd), 0);
	remove(path);
}

static void
test_deflate_refused(void)
{
	struct accel_task at;
	uint64_t bound;

	text_fill();
	CU_ASSERT_EQUAL(deflate_run(&at, 13, 0, 10, 100), -EINVAL);
	CU_ASSERT_EQUAL(deflate_run(&at, UINT32_MAX, 0, 10, 100), -EINVAL);
	CU_ASSERT_EQUAL(deflate_run(&at, 6, 3, 10, 100), -EINVAL);
	CU_ASSERT_EQUAL(deflate_run(&at, 6, 1, 10, 100), 0);
	accel_task_out(&at, unpacked, RTE_VTACCEL_DEFLATE_SUM_LEN - 1);
	CU_ASSERT_TRUE(proc_run(&at) == -ENOSPC && at.t.result == RTE_VTACCEL_DEFLATE_SUM_LEN);
	CU_ASSERT_EQUAL(deflate_run(&at, 6, 0, TEXT_LEN, 0), -ENOSPC);
	CU_ASSERT_EQUAL(deflate_run(&at, 6, 2, TEXT_LEN, 1000), -ENOSPC);
	bound = at.t.result;
	CU_ASSERT(bound >= TEXT_LEN && bound <= sizeof(packed));
	CU_ASSERT_EQUAL(deflate_run(&at, 6, 2, TEXT_LEN, (uint32_t)bound), 0);
	CU_ASSERT(at.t.result <= bound);
}

static void
test_inflate_refused(void)
{
	struct accel_task at;
	uint32_t n, i;
	int ret;

	text_fill();
	CU_ASSERT_EQUAL_FATAL(deflate_run(&at, 6, RTE_VTACCEL_DEFLATE_GZIP, 50000,
		sizeof(packed)), 0);
	n = (uint32_t)at.t.result;
	CU_ASSERT_EQUAL(inflate_run(&at, 3, n, sizeof(unpacked)), -EINVAL);
	CU_ASSERT_EQUAL(inflate_run(&at, 2, n, 49999), -ENOSPC);
	CU_ASSERT_EQUAL(at.t.result, 0);
	CU_ASSERT_EQUAL(inflate_run(&at, 2, n, 0), -ENOSPC);
	CU_ASSERT_EQUAL(inflate_run(&at, 1, n, sizeof(unpacked)), -EBADMSG);
	CU_ASSERT_EQUAL(inflate_run(&at, 2, n - 1, sizeof(unpacked)), -EBADMSG);
	CU_ASSERT_EQUAL(inflate_run(&at, 2, 0, sizeof(unpacked)), -EBADMSG);
	/* What is behind the end is not looked at. */
	packed[n] = 0x55;
	CU_ASSERT_EQUAL(inflate_run(&at, 2, n + 1, sizeof(unpacked)), 0);
	/* Each byte of the head and the check sum counts; whatever else is damaged, it returns. */
	for (i = 0; i < n; i += i < 40 ? 1 : 997) {
		packed[i] ^= 0x10;
		ret = inflate_run(&at, 2, n, 50000);
		CU_ASSERT(ret == 0 || ret == -EBADMSG || ret == -ENOSPC);
		if (i == 0 || i == 2)
			CU_ASSERT_EQUAL(ret, -EBADMSG);
		packed[i] ^= 0x10;
	}
	packed[n - 5] ^= 1;
	CU_ASSERT_EQUAL(inflate_run(&at, 2, n, 50000), -EBADMSG);
}

static const struct vt_test_case cases[] = {
	{ "wrong shapes of all procedures", test_shapes },
	{ "echo", test_echo },
	{ "vadd", test_vadd },
	{ "crc32c: RFC 3720", test_crc32c },
	{ "sha256: FIPS 180", test_sha256 },
	{ "deflate and inflate: round trip with zlib", test_deflate_round_trip },
	{ "deflate: gzip -t", test_deflate_gzip_tool },
	{ "deflate: refused, too small", test_deflate_refused },
	{ "inflate: refused, damaged, too small", test_inflate_refused },
	{ "grayscale", test_accel_grayscale },
	{ "grayscale: refused", test_accel_grayscale_refused },
	{ "gaussian_blur: against a plain one", test_accel_blur },
	{ "gaussian_blur: flat and in place of edges", test_accel_blur_flat },
	{ "gaussian_blur: refused", test_accel_blur_refused },
	{ "sgemm: against a plain one", test_accel_sgemm },
	{ "sgemm: refused", test_accel_sgemm_refused },
};

VT_TEST_SUITE(vinetalk_proc_autotest, NULL, NULL, cases)
