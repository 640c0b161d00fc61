/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Conformance of transport drivers: what tasks do, and what ends them with an error. */

#include <errno.h>
#include <string.h>

#include <rte_vtaccel_procs.h>

#include "conformance.h"

#define ANY RTE_VINETALK_ID_ANY

static const uint8_t sha256_abc[32] = {
	0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22,
	0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00,
	0x15, 0xad,
};

/* CRC-32C, bit by bit: what the procedure is compared with. */
static uint32_t
crc32c(const uint8_t *p, size_t len)
{
	uint32_t crc = UINT32_MAX;
	unsigned int bit;

	while (len-- > 0) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0x82f63b78) : 0);
	}
	return ~crc;
}

/* conf_up(), and a task of a procedure; false: the driver has no data path, the case is over. */
static bool
up(struct conf_env *e, const char *name, struct rte_vinetalk_task *t)
{
	uint16_t proc, va;

	conf_up(e, 1, 0);
	if (!conf_needs(e, RTE_VINETALK_CAPA_DATA_PATH, "DATA_PATH")) {
		conf_down(e);
		return false;
	}
	conf_proc(e, name, &proc, &va);
	rte_vinetalk_task_init(t, va, proc, 42);
	return true;
}

void
conf_case_data_echo(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t, base;
	struct conf_env e;
	uint32_t len, i;

	if (!up(&e, "echo", &base))
		return;
	for (len = 1; len <= 4096; len = len * 3 / 2 + 1) {
		for (i = 0; i < len; i++)
			e.data[i] = (uint8_t)(i * 7 + len);
		memset(e.data + 4096, 0, 4096);
		t = base;
		CU_ASSERT_EQUAL(rte_vinetalk_task_in(e.dev, &t, e.data, len), 0);
		CU_ASSERT_EQUAL(rte_vinetalk_task_out(e.dev, &t, e.data + 4096, 4096), 0);
		CU_ASSERT_EQUAL(conf_status(&e, &t, &c), 0);
		CU_ASSERT_EQUAL(c.result, len);
		CU_ASSERT_EQUAL(memcmp(e.data, e.data + 4096, len), 0);
		CU_ASSERT_TRUE(len == 4096 || e.data[4096 + len] == 0);
	}
	conf_down(&e);
}

void
conf_case_data_vadd(void)
{
	struct rte_vinetalk_seg *table;
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct conf_env e;
	float *a, *b, *sum;
	unsigned int i, bad = 0;

	if (!up(&e, "vadd", &t))
		return;
	a = (float *)e.data;
	b = a + 256;
	sum = b + 256;
	table = (struct rte_vinetalk_seg *)(sum + 256);
	for (i = 0; i < 256; i++) {
		a[i] = (float)i;
		b[i] = 0.5f * (float)i;
	}
	table[0] = (struct rte_vinetalk_seg){ rte_vinetalk_offset(e.dev, a), 1024, 0 };
	table[1] = (struct rte_vinetalk_seg){ rte_vinetalk_offset(e.dev, b), 1024, 0 };
	table[2] = (struct rte_vinetalk_seg){ rte_vinetalk_offset(e.dev, sum), 1024, 0 };
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e.dev, &t, table, 2, 1), 0);
	CU_ASSERT_EQUAL(conf_status(&e, &t, &c), 0);
	CU_ASSERT_EQUAL(c.result, 256);
	for (i = 0; i < 256; i++)
		bad += sum[i] != 1.5f * (float)i;
	CU_ASSERT_EQUAL(bad, 0);
	conf_down(&e);
}

void
conf_case_data_crc32c(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t, base;
	struct conf_env e;
	uint32_t len, i;

	if (!up(&e, "crc32c", &base))
		return;
	memcpy(e.data, "123456789", 9);
	CU_ASSERT_EQUAL(crc32c(e.data, 9), 0xe3069283);
	for (len = 9; len <= CONF_DATA; len = len * 2 + 1) {
		for (i = 9; i < len; i++)
			e.data[i] = (uint8_t)(i * 13);
		t = base;
		CU_ASSERT_EQUAL(rte_vinetalk_task_in(e.dev, &t, e.data, len), 0);
		CU_ASSERT_EQUAL(conf_status(&e, &t, &c), 0);
		CU_ASSERT_EQUAL(c.result, crc32c(e.data, len));
	}
	conf_down(&e);
}

void
conf_case_data_sha256(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct conf_env e;

	if (!up(&e, "sha256", &t))
		return;
	memcpy(e.data, "abc", 3);
	rte_vinetalk_task_in(e.dev, &t, e.data, 3);
	rte_vinetalk_task_out(e.dev, &t, e.data + 64, 32);
	CU_ASSERT_EQUAL(conf_status(&e, &t, &c), 0);
	CU_ASSERT_EQUAL(memcmp(e.data + 64, sha256_abc, 32), 0);
	conf_down(&e);
}

/* A table of nb inputs, of lengths 0, 1, 2, ... one behind the other. */
static struct rte_vinetalk_seg *
make_table(const struct conf_env *e, unsigned int nb, uint32_t *len)
{
	struct rte_vinetalk_seg *table = (struct rte_vinetalk_seg *)(e->data + 4096);
	unsigned int i;

	*len = 0;
	for (i = 0; i < nb; i++) {
		table[i] = (struct rte_vinetalk_seg){
			.offset = rte_vinetalk_offset(e->dev, e->data + *len),
			.len = i,
		};
		*len += i;
	}
	return table;
}

void
conf_case_segs_table(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_seg *table;
	struct rte_vinetalk_task t, base;
	struct conf_env e;
	uint32_t len;
	uint8_t nb;

	if (!up(&e, "crc32c", &base))
		return;
	for (len = 0; len < 200; len++)
		e.data[len] = (uint8_t)(len * 31);
	for (nb = 1; nb <= RTE_VINETALK_MAX_SEGS; nb++) {
		table = make_table(&e, nb, &len);
		t = base;
		CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e.dev, &t, table, nb, 0), 0);
		CU_ASSERT_EQUAL(conf_status(&e, &t, &c), 0);
		CU_ASSERT_EQUAL(c.result, crc32c(e.data, len));
	}
	conf_down(&e);
}

void
conf_case_segs_many(void)
{
	struct rte_vinetalk_task t, base;
	struct rte_vinetalk_seg *table;
	struct conf_env e;
	uint32_t len;

	if (!up(&e, "crc32c", &base))
		return;
	table = make_table(&e, 17, &len);
	t = base;
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e.dev, &t, table, 17, 0), -EMSGSIZE);
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e.dev, &t, table, 9, 8), -EMSGSIZE);
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e.dev, &t, table, 255, 255), -EMSGSIZE);
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e.dev, &t, table, 0, 0), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e.dev, &t, NULL, 1, 0), -EINVAL);
	/* By hand, in spite of that. */
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e.dev, &t, table, 16, 0), 0);
	t.nb_out = 1;
	t.seg_len[0] = 17 * sizeof(*table);
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -EMSGSIZE);
	t.nb_in = 255;
	t.nb_out = 255;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -EMSGSIZE);
	/* Without a table there is room for two. */
	t = base;
	CU_ASSERT_EQUAL(rte_vinetalk_task_in(e.dev, &t, e.data, 1), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_task_in(e.dev, &t, e.data, 1), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_task_in(e.dev, &t, e.data, 1), -EMSGSIZE);
	CU_ASSERT_EQUAL(rte_vinetalk_task_out(e.dev, &t, e.data, 1), -EMSGSIZE);
	t.nb_in = 3;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -EMSGSIZE);
	/* Inputs come before outputs. */
	t = base;
	CU_ASSERT_EQUAL(rte_vinetalk_task_out(e.dev, &t, e.data, 1), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_task_in(e.dev, &t, e.data, 1), -EINVAL);
	conf_down(&e);
}

/* The first offset behind the arena: a pointer for it is refused, one for the last page is not. */
static uint64_t
arena_end(const struct conf_env *e)
{
	uint64_t low = rte_vinetalk_offset(e->dev, e->data), high = low + e->info.arena_size;

	while (high - low > 1) {
		uint64_t mid = low + (high - low) / 2;

		if (rte_vinetalk_ptr(e->dev, mid) != NULL)
			low = mid;
		else
			high = mid;
	}
	return high;
}

static void
status_of(const struct conf_env *e, const struct rte_vinetalk_task *base, uint64_t off,
		uint32_t len, int32_t expected)
{
	struct rte_vinetalk_task t = *base;

	t.nb_in = 1;
	t.seg_off[0] = off;
	t.seg_len[0] = len;
	CU_ASSERT_EQUAL(conf_status(e, &t, NULL), expected);
}

void
conf_case_segs_outside(void)
{
	struct rte_vinetalk_task base;
	uint64_t begin, end;
	struct conf_env e;

	if (!up(&e, "crc32c", &base))
		return;
	end = arena_end(&e);
	begin = end - e.info.arena_size;
	status_of(&e, &base, end - 8, 8, 0);
	status_of(&e, &base, end - 8, 9, -EFAULT);
	status_of(&e, &base, end, 1, -EFAULT);
	status_of(&e, &base, end, 0, 0);
	status_of(&e, &base, end + 1, 0, -EFAULT);
	status_of(&e, &base, end + (UINT64_C(1) << 30), 8, -EFAULT);
	status_of(&e, &base, begin, 8, 0);
	status_of(&e, &base, begin - 1, 8, -EFAULT);
	status_of(&e, &base, begin - 8, 8, -EFAULT);
	status_of(&e, &base, begin, UINT32_MAX, -EFAULT);
	conf_down(&e);
}

void
conf_case_segs_overflow(void)
{
	struct rte_vinetalk_task base;
	struct rte_vinetalk_seg *table;
	struct conf_env e;
	uint32_t len;

	if (!up(&e, "crc32c", &base))
		return;
	status_of(&e, &base, UINT64_MAX, 1, -EFAULT);
	status_of(&e, &base, UINT64_MAX, UINT32_MAX, -EFAULT);
	status_of(&e, &base, UINT64_MAX - 7, 64, -EFAULT);
	status_of(&e, &base, UINT64_MAX - UINT32_MAX, UINT32_MAX, -EFAULT);
	status_of(&e, &base, INT64_MAX, UINT32_MAX, -EFAULT);
	/* The same from a table. */
	table = make_table(&e, 4, &len);
	table[3].offset = UINT64_MAX - 1;
	table[3].len = 16;
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e.dev, &base, table, 4, 0), 0);
	CU_ASSERT_EQUAL(conf_status(&e, &base, NULL), -EFAULT);
	conf_down(&e);
}

void
conf_case_segs_bad_table(void)
{
	struct rte_vinetalk_seg *table, mine = { 0 };
	struct rte_vinetalk_task t, base;
	struct conf_env e;
	uint32_t len;

	if (!up(&e, "crc32c", &base))
		return;
	table = make_table(&e, 4, &len);
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e.dev, &base, &mine, 1, 0), -EFAULT);
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs(e.dev, &base, table, 4, 0), 0);
	t = base;
	t.seg_off[0] = arena_end(&e) - 63;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -EFAULT);
	t.seg_off[0] = UINT64_MAX - 15;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -EFAULT);
	t = base;
	t.seg_len[0]--;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -EINVAL);
	t = base;
	t.seg_off[1] = 1;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -EINVAL);
	t = base;
	t.seg_len[1] = 1;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -EINVAL);
	table[2].reserved = 1;
	CU_ASSERT_EQUAL(conf_status(&e, &base, NULL), -EINVAL);
	table[2].reserved = 0;
	CU_ASSERT_EQUAL(conf_status(&e, &base, NULL), 0);
	conf_down(&e);
}

/* Compress with arguments that were set in t; the status. */
static int32_t
deflate(const struct conf_env *e, struct rte_vinetalk_task *t)
{
	struct rte_vinetalk_completion c;
	int32_t status;

	memset(e->data, 'a', 4096);
	rte_vinetalk_task_in(e->dev, t, e->data, 4096);
	rte_vinetalk_task_out(e->dev, t, e->data + 4096, 2048);
	status = conf_status(e, t, &c);
	if (status == 0) {
		CU_ASSERT_TRUE(c.result > 18 && c.result < 200);
		CU_ASSERT_EQUAL(memcmp(e->data + 4096, "\x1f\x8b", 2), 0);
	}
	return status;
}

void
conf_case_args_inline(void)
{
	struct rte_vtaccel_deflate_args args = { 6, RTE_VTACCEL_DEFLATE_GZIP };
	uint8_t long_args[RTE_VINETALK_INLINE_ARGS + 1] = { 0 };
	struct rte_vinetalk_task t, base;
	struct conf_env e;

	if (!up(&e, "deflate", &base))
		return;
	t = base;
	CU_ASSERT_EQUAL(rte_vinetalk_task_args(e.dev, &t, &args, sizeof(args)), 0);
	CU_ASSERT_EQUAL(deflate(&e, &t), 0);
	t = base;
	args.level = 99;
	CU_ASSERT_EQUAL(rte_vinetalk_task_args(e.dev, &t, &args, sizeof(args)), 0);
	CU_ASSERT_EQUAL(deflate(&e, &t), -EINVAL);
	t = base;
	CU_ASSERT_EQUAL(rte_vinetalk_task_args(e.dev, &t, &args, 4), 0);
	CU_ASSERT_EQUAL(deflate(&e, &t), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_task_args(e.dev, &t, long_args, sizeof(long_args)), -E2BIG);
	CU_ASSERT_EQUAL(rte_vinetalk_task_args(e.dev, &t, NULL, 1), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_task_args(e.dev, &t, NULL, 0), 0);
	CU_ASSERT_EQUAL(t.args_len, 0);
	conf_down(&e);
}

void
conf_case_args_ref(void)
{
	const struct rte_vtaccel_deflate_args args = { 6, RTE_VTACCEL_DEFLATE_GZIP };
	struct rte_vinetalk_task t, base;
	struct conf_env e;

	if (!up(&e, "deflate", &base))
		return;
	/* At an odd place: the procedure sees an aligned copy. */
	memcpy(e.data + 8001, &args, sizeof(args));
	t = base;
	CU_ASSERT_EQUAL(rte_vinetalk_task_args_ref(e.dev, &t, e.data + 8001, sizeof(args)), 0);
	CU_ASSERT_EQUAL(deflate(&e, &t), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_task_args_ref(e.dev, &t, e.data, RTE_VINETALK_MAX_ARGS + 1),
		-E2BIG);
	CU_ASSERT_EQUAL(rte_vinetalk_task_args_ref(e.dev, &t, &args, sizeof(args)), -EFAULT);
	CU_ASSERT_EQUAL(rte_vinetalk_task_args_ref(e.dev, &t, NULL, 0), -EINVAL);
	/* Inline arguments put an end to a reference. */
	t = base;
	CU_ASSERT_EQUAL(rte_vinetalk_task_args_ref(e.dev, &t, e.data, 8), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_task_args(e.dev, &t, &args, sizeof(args)), 0);
	CU_ASSERT_EQUAL(deflate(&e, &t), 0);
	conf_down(&e);
}

void
conf_case_args_bad(void)
{
	struct rte_vinetalk_task t, base;
	struct conf_env e;

	if (!up(&e, "deflate", &base))
		return;
	t = base;
	t.args_len = RTE_VINETALK_INLINE_ARGS + 1;
	CU_ASSERT_EQUAL(deflate(&e, &t), -EINVAL);
	t = base;
	rte_vinetalk_task_args_ref(e.dev, &t, e.data, 8);
	t.args_len = 8;
	CU_ASSERT_EQUAL(deflate(&e, &t), -EINVAL);
	t = base;
	rte_vinetalk_task_args_ref(e.dev, &t, e.data, 8);
	t.args_ref.reserved = 1;
	CU_ASSERT_EQUAL(deflate(&e, &t), -EINVAL);
	t = base;
	rte_vinetalk_task_args_ref(e.dev, &t, e.data, 8);
	t.args_ref.len = RTE_VINETALK_MAX_ARGS + 1;
	CU_ASSERT_EQUAL(deflate(&e, &t), -EINVAL);
	t = base;
	rte_vinetalk_task_args_ref(e.dev, &t, e.data, 8);
	t.args_ref.offset = arena_end(&e) - 7;
	CU_ASSERT_EQUAL(deflate(&e, &t), -EFAULT);
	t = base;
	rte_vinetalk_task_args_ref(e.dev, &t, e.data, 8);
	t.args_ref.offset = UINT64_MAX - 3;
	CU_ASSERT_EQUAL(deflate(&e, &t), -EFAULT);
	conf_down(&e);
}

void
conf_case_flags_bad(void)
{
	struct rte_vinetalk_task t, base;
	struct conf_env e;
	unsigned int bit;

	if (!up(&e, "crc32c", &base))
		return;
	for (bit = 0; bit < 8; bit++) {
		if (RTE_VINETALK_TASK_F_ALL & 1U << bit)
			continue;
		t = base;
		rte_vinetalk_task_in(e.dev, &t, e.data, 8);
		t.flags = (uint8_t)(1U << bit);
		CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -EINVAL);
	}
	conf_down(&e);
}

/*
 * Three copies in a row, the second of which is a fence on another vaccel: a large one that goes to a worker
 * where there are any, and small ones that run at once.
 */
void
conf_case_fence_chain(void)
{
	struct rte_vinetalk_completion c[3];
	struct rte_vinetalk_task t[3], base;
	unsigned int round, i, bad = 0;
	struct conf_env e;
	uint16_t va;

	if (!up(&e, "echo", &base))
		return;
	CU_ASSERT_EQUAL_FATAL(conf_acquire(e.dev, ANY, base.proc, 0, &va), 0);
	for (round = 0; round < 200; round++) {
		memset(e.data, (int)round, 64);
		memset(e.data + 64, 0xa5, CONF_DATA - 64);
		for (i = 0; i < 3; i++) {
			static const uint32_t from[] = { 0, 4096, 2048 }, to[] = { 4096, 2048, 3072 };

			t[i] = base;
			t[i].cookie = i;
			rte_vinetalk_task_in(e.dev, &t[i], e.data + from[i], i == 0 ? 2048 : 64);
			rte_vinetalk_task_out(e.dev, &t[i], e.data + to[i], i == 0 ? 4096 : 64);
		}
		t[1].vaccel = va;
		t[1].flags = RTE_VINETALK_TASK_F_FENCE;
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst(e.dev, 0, t, 3), 3);
		CU_ASSERT_EQUAL_FATAL(conf_collect(e.dev, 0, c, 3), 3);
		for (i = 0; i < 3; i++)
			bad += c[i].status != 0 || c[i].cookie != i;
		for (i = 0; i < 64; i++)
			bad += e.data[3072 + i] != (uint8_t)round;
	}
	CU_ASSERT_EQUAL(bad, 0);
	conf_down(&e);
}

void
conf_case_proc_not_ours(void)
{
	struct rte_vinetalk_task t;
	struct conf_env e;
	uint16_t echo;

	if (!up(&e, "crc32c", &t))
		return;
	rte_vinetalk_task_in(e.dev, &t, e.data, 8);
	t.proc = 60000;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -ENOENT);
	t.proc = UINT16_MAX;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -ENOENT);
	/* One that we had. */
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get(e.dev, "echo", RTE_VINETALK_ACCEL_ANY, &echo), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_put(e.dev, echo), 0);
	t.proc = echo;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -ENOENT);
	conf_down(&e);
}

void
conf_case_vaccel_unknown(void)
{
	struct rte_vinetalk_task t;
	struct conf_env e;
	uint16_t va;

	if (!up(&e, "crc32c", &t))
		return;
	rte_vinetalk_task_in(e.dev, &t, e.data, 8);
	va = t.vaccel;
	t.vaccel = 60000;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -ENODEV);
	t.vaccel = UINT16_MAX;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -ENODEV);
	t.vaccel = va;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, va), 0);
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -ENODEV);
	conf_down(&e);
}

void
conf_case_vaccel_other(void)
{
	struct rte_vinetalk_task t;
	struct conf_env e;
	uint16_t other, va = 0;
	unsigned int i;

	if (!up(&e, "crc32c", &t))
		return;
	other = conf_attach_more();
	for (i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(conf_acquire(other, ANY, ANY, 0, &va), 0);
	/* The last of theirs has a number that we do not have. */
	rte_vinetalk_task_in(e.dev, &t, e.data, 8);
	t.vaccel = va;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, va), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_close(other), 0);
	conf_down(&e);
}

void
conf_case_proc_type(void)
{
	struct rte_vinetalk_accel_info info;
	struct rte_vinetalk_task t;
	struct conf_env e;
	uint16_t i, va;

	if (!up(&e, "crc32c", &t))
		return;
	for (i = 0; rte_vinetalk_accel_info_get(e.dev, i, &info) == 0; i++)
		if (info.type != RTE_VINETALK_ACCEL_CPU)
			break;
	if (rte_vinetalk_accel_info_get(e.dev, i, &info) != 0) {
		vt_test_skip_reason("driver %s lacks an accelerator of a second type",
			e.info.driver);
		conf_down(&e);
		return;
	}
	/* Not even with both named. */
	CU_ASSERT_EQUAL(conf_acquire(e.dev, i, t.proc, 0, &va), -ENOENT);
	CU_ASSERT_EQUAL(conf_acquire(e.dev, i, ANY, 0, &va), 0);
	rte_vinetalk_task_in(e.dev, &t, e.data, 8);
	t.vaccel = va;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -ENOTSUP);
	conf_down(&e);
}

void
conf_case_proc_shape(void)
{
	struct rte_vinetalk_task t, base;
	struct conf_env e;

	if (!up(&e, "echo", &base))
		return;
	t = base;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -EINVAL);
	rte_vinetalk_task_in(e.dev, &t, e.data, 8);
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -EINVAL);
	rte_vinetalk_task_out(e.dev, &t, e.data + 64, 8);
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_task_args(e.dev, &t, "x", 1), 0);
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -EINVAL);
	conf_down(&e);
}

void
conf_case_data_nospc(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct conf_env e;

	if (!up(&e, "sha256", &t))
		return;
	rte_vinetalk_task_in(e.dev, &t, e.data, 3);
	rte_vinetalk_task_out(e.dev, &t, e.data + 64, 31);
	CU_ASSERT_EQUAL(conf_status(&e, &t, &c), -ENOSPC);
	CU_ASSERT_EQUAL(c.result, 32);
	conf_down(&e);
}
