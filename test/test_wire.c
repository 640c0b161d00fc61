/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The wire specification in the guide against the headers, and the check word of a task. */

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include <rte_vtregion.h>
#include <rte_vinetalk_task.h>

#include "test.h"

struct wire_field {
	const char *type;
	const char *name;
	size_t offset;
	size_t size;
	bool seen;
};

#define F(type, name) { #type, #name, offsetof(struct type, name), \
	sizeof(((struct type *)NULL)->name), false }

static struct wire_field fields[] = {
#define H(name) F(rte_vtregion_hdr, name)
	H(magic), H(abi), H(hdr_len), H(uid), H(reserved0), H(fingerprint), H(geom), H(epoch),
	H(heartbeat), H(heartbeat_ms), H(state),
#define C(name) F(rte_vtregion_conf, name)
	C(size), C(layout), C(sync), C(nb_clients), C(qps_per_client), C(nb_pollers), C(nb_spares),
	C(rq_depth), C(cq_depth), C(nb_vectors), C(nb_plain),
	C(reserved),
#define G(name) F(rte_vtregion_geom, name)
	G(conf), G(nb_rqs), G(nb_instances), G(nb_qps), G(ready_leaves), G(ready_summaries),
	G(reserved), G(off_slots), G(off_pollers), G(off_rqs), G(off_qps), G(off_ready),
	G(ready_stride), G(off_rq_rings), G(rq_stride), G(off_cq_rings), G(cq_stride),
	G(off_arenas), G(arena_size),
#define S(name) F(rte_vtregion_slot, name)
	S(state), S(epoch), S(reason), S(nb_qps), S(poller), S(rq), S(nb_vectors), S(heartbeat_ms),
	S(rep_seq), S(data_vector), S(owner), S(pid), S(heartbeat), S(uuid), S(req_seq), S(parked), S(req), S(rep),
#define Q(name) F(rte_vtregion_ctrl_req, name)
	Q(op), Q(id), Q(type), Q(flags), Q(proc), Q(arg), Q(words), Q(name),
#define V(name) F(rte_vtregion_ctrl_vaccel, name)
	V(weight), V(priority), V(max_tasks), V(timeout_us), V(rate_bytes), V(rate_tasks), V(want),
	V(max_sessions),
	V(reserved),
#define B(name) F(rte_vtregion_ctrl_buf, name)
	B(offset), B(len), B(reserved),
#define A(name) F(rte_vtregion_ctrl_rep, name)
	A(status), A(id), A(type), A(state), A(count), A(flags), A(reserved), A(word), A(name),
	A(location),
	F(rte_vtregion_poller, parked), F(rte_vtregion_poller, reserved),
	F(rte_vtregion_rq, gen), F(rte_vtregion_rq, lock_next), F(rte_vtregion_rq, lock_now),
	F(rte_vtregion_rq, watched), F(rte_vtregion_rq, reserved),
	F(rte_vtregion_qp, inside), F(rte_vtregion_qp, reserved0), F(rte_vtregion_qp, active),
	F(rte_vtregion_qp, resume_seq), F(rte_vtregion_qp, resume_epoch),
	F(rte_vtregion_qp, reserved1),
#define T(name) F(rte_vinetalk_task, name)
	T(qp_seq), T(check), T(cookie), T(vaccel), T(proc), T(nb_in), T(nb_out), T(args_len),
	T(flags), T(seg_off), T(seg_len), T(args),
	F(rte_vinetalk_seg, offset), F(rte_vinetalk_seg, len), F(rte_vinetalk_seg, reserved),
	F(rte_vinetalk_args_ref, offset), F(rte_vinetalk_args_ref, len),
	F(rte_vinetalk_args_ref, reserved),
#define D(name) F(rte_vinetalk_completion, name)
	D(cookie), D(status), D(qp_seq), D(result), D(exec_ns),
};

static struct {
	const char *type;
	size_t size;
	bool seen;
} types[] = {
#define TYPE(type) { #type, sizeof(struct type), false }
	TYPE(rte_vtregion_hdr), TYPE(rte_vtregion_conf), TYPE(rte_vtregion_geom),
	TYPE(rte_vtregion_slot), TYPE(rte_vtregion_ctrl_req),
	TYPE(rte_vtregion_ctrl_vaccel), TYPE(rte_vtregion_ctrl_buf), TYPE(rte_vtregion_ctrl_rep),
	TYPE(rte_vtregion_poller), TYPE(rte_vtregion_rq), TYPE(rte_vtregion_qp),
	TYPE(rte_vinetalk_task), TYPE(rte_vinetalk_seg), TYPE(rte_vinetalk_args_ref),
	TYPE(rte_vinetalk_completion),
};

static bool complain = true;

static char *
read_guide(void)
{
	char path[4096];
	char *text;
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/doc/guides/wire_format.rst", vt_test_source_dir());
	f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	text = calloc(1, 65536);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	len = fread(text, 1, 65535, f);
	fclose(f);
	/* All of it. */
	CU_ASSERT(len > 0 && len < 65535);
	return text;
}

/* Whether a row says what the header says; a pad may be anywhere between fields. */
static bool
row_is_right(const char *type, size_t offset, size_t size, const char *name)
{
	unsigned int i;

	if (strcmp(name, "(pad)") == 0) {
		for (i = 0; i < RTE_DIM(fields); i++)
			if (strcmp(fields[i].type, type) == 0 && fields[i].offset < offset + size &&
					offset < fields[i].offset + fields[i].size)
				return false;
		return true;
	}
	for (i = 0; i < RTE_DIM(fields); i++) {
		if (strcmp(fields[i].type, type) != 0 || strcmp(fields[i].name, name) != 0)
			continue;
		if (fields[i].seen || fields[i].offset != offset || fields[i].size != size)
			return false;
		fields[i].seen = true;
		return true;
	}
	return false;
}

static bool
table_is_right(const char *type, size_t size)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(types); i++) {
		if (strcmp(types[i].type, type) != 0)
			continue;
		if (types[i].seen || types[i].size != size)
			return false;
		types[i].seen = true;
		return true;
	}
	return false;
}

/* Reads all tables; returns the number of rows and tables that are wrong. */
static unsigned int
compare(char *text)
{
	char type[64] = "", name[64], writer[8];
	size_t size = 0, end = 0, offset, len;
	unsigned int wrong = 0, i;
	char *line, *save = NULL;
	bool bad;

	for (i = 0; i < RTE_DIM(fields); i++)
		fields[i].seen = false;
	for (i = 0; i < RTE_DIM(types); i++)
		types[i].seen = false;
	for (line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		bad = false;
		if (strncmp(line, ".. table::", 10) == 0) {
			/* The one before must have covered all its bytes. */
			bad = end != size;
			if (sscanf(line, ".. table:: ``struct %63[a-z_]``, %zu bytes", type,
					&size) != 2)
				bad = true;
			else
				bad |= !table_is_right(type, size);
			end = 0;
		} else if (type[0] != '\0' && sscanf(line, "   %zu %zu %63s %7s", &offset, &len,
				name, writer) == 4) {
			bad = offset != end || !row_is_right(type, offset, len, name);
			end = offset + len;
		}
		if (bad && complain)
			printf("\n    wire_format.rst: %s", line);
		wrong += bad;
	}
	wrong += end != size;
	for (i = 0; i < RTE_DIM(fields); i++)
		wrong += !fields[i].seen;
	for (i = 0; i < RTE_DIM(types); i++)
		wrong += !types[i].seen;
	return wrong;
}

static void
test_tables(void)
{
	char *text = read_guide();

	CU_ASSERT_EQUAL(compare(text), 0);
	free(text);
}

/* The comparison itself: whichever digit of a row is changed, it must find something. */
static void
test_tables_rot(void)
{
	char *text = read_guide(), *copy, *line, *p;
	unsigned int spoilt = 0, missed = 0;
	size_t offset, size;

	complain = false;
	for (line = text; line != NULL; line = strchr(line + 1, '\n')) {
		if (sscanf(line, "\n   %zu %zu %*s", &offset, &size) != 2)
			continue;
		for (p = line + 4; strspn(p, "0123456789 ") != 0; p++) {
			if (*p == ' ')
				continue;
			copy = strdup(text);
			CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
			copy[p - text] = *p == '9' ? '8' : '9';
			missed += compare(copy) == 0;
			free(copy);
			spoilt++;
		}
	}
	complain = true;
	free(text);
	CU_ASSERT(spoilt > 200);
	CU_ASSERT_EQUAL(missed, 0);
}

/* Figures in the text, not in tables. */
static void
test_figures(void)
{
	struct rte_vinetalk_task task = { 0 };
	char *text = read_guide();
	uint8_t *bytes = (uint8_t *)&task;
	char want[128];
	unsigned int i;

	snprintf(want, sizeof(want), "task of zeroes it is ``%#x``",
			rte_vinetalk_task_check(&task));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, want));
	for (i = 0; i < sizeof(task); i++)
		bytes[i] = i;
	snprintf(want, sizeof(want), "0, 1, 2 ... 63 it is ``%#x``",
			rte_vinetalk_task_check(&task));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, want));
	snprintf(want, sizeof(want), "ABI version %d", RTE_VTREGION_ABI);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, want));
	free(text);
}

static uint32_t
random32(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 32;
}

/* A mixture of two tasks, word by word, does not pass for either of them. */
static void
test_tears(void)
{
	struct rte_vinetalk_task a, b, torn;
	uint32_t wa[16], wb[16], wt[16];
	unsigned int i, j, mixed = 0, passed = 0;
	uint64_t seed = 1;
	uint32_t mask;

	for (i = 0; i < 1000000; i++) {
		memset(&a, 0, sizeof(a));
		memset(&b, 0, sizeof(b));
		/* As they come after another: neighbours in all but a few fields, or not at all. */
		a.qp_seq = rte_vinetalk_qp_seq(3, i);
		b.qp_seq = rte_vinetalk_qp_seq(3, i - 1024);
		a.cookie = i;
		b.cookie = i % 3 == 0 ? i : random32(&seed);
		a.seg_off[0] = 0x200000 + 64 * (i % 1000);
		b.seg_off[0] = 0x200000 + 64 * (random32(&seed) % 1000);
		a.seg_len[0] = 4096;
		b.seg_len[0] = i % 2 ? 4096 : random32(&seed) % 8192;
		a.args_ref.offset = i % 5;
		b.args_ref.offset = i % 7;
		a.check = rte_vinetalk_task_check(&a);
		b.check = rte_vinetalk_task_check(&b);
		memcpy(wa, &a, sizeof(a));
		memcpy(wb, &b, sizeof(b));
		mask = random32(&seed);
		for (j = 0; j < 16; j++)
			wt[j] = mask >> j & 1 ? wa[j] : wb[j];
		memcpy(&torn, wt, sizeof(torn));
		if (memcmp(wt, wa, sizeof(wa)) == 0 || memcmp(wt, wb, sizeof(wb)) == 0) {
			CU_ASSERT_EQUAL(rte_vinetalk_task_check(&torn), torn.check);
			continue;
		}
		mixed++;
		passed += rte_vinetalk_task_check(&torn) == torn.check;
	}
	/* By chance one of 4 thousand million. */
	CU_ASSERT(mixed > 900000);
	CU_ASSERT_EQUAL(passed, 0);
}

/* Each bit but those of the check word itself takes part. */
static void
test_each_bit(void)
{
	struct rte_vinetalk_task task;
	uint8_t *bytes = (uint8_t *)&task;
	unsigned int bit, wrong = 0;
	uint32_t before;

	memset(&task, 0x5c, sizeof(task));
	before = rte_vinetalk_task_check(&task);
	for (bit = 0; bit < 512; bit++) {
		bytes[bit / 8] ^= 1 << bit % 8;
		/* Bits 32 to 63 are the check word. */
		wrong += (rte_vinetalk_task_check(&task) == before) != (bit / 32 == 1);
		bytes[bit / 8] ^= 1 << bit % 8;
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

/* A C++ program computes the same. */
static void
test_cpp(void)
{
	struct rte_vinetalk_task task;
	uint8_t *bytes = (uint8_t *)&task;
	char cmd[8192], src[512], out[64] = "", want[64];
	unsigned int i;
	FILE *f;

	if (system("c++ --version >/dev/null 2>&1 && pkg-config --exists libdpdk") != 0) {
		vt_test_skip_reason("no C++ compiler or no pkg-config");
		return;
	}
	snprintf(src, sizeof(src), "%s/check.cc", vt_test_tmp_dir());
	f = fopen(src, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs("#include <cstdio>\n#include <rte_vinetalk_task.h>\n"
		"int main() { struct rte_vinetalk_task t;\n"
		"unsigned char *b = reinterpret_cast<unsigned char *>(&t);\n"
		"for (unsigned i = 0; i < sizeof(t); i++) b[i] = i * 91 + 17;\n"
		"std::printf(\"%08x\", rte_vinetalk_task_check(&t)); return 0; }\n", f);
	fclose(f);
	snprintf(cmd, sizeof(cmd), "cd %s && c++ -O2 $(pkg-config --cflags libdpdk) "
			"-I%s/lib/vtregion check.cc -o check && ./check",
			vt_test_tmp_dir(), vt_test_source_dir());
	f = popen(cmd, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_PTR_NOT_NULL(fgets(out, sizeof(out), f));
	CU_ASSERT_EQUAL(pclose(f), 0);
	for (i = 0; i < sizeof(task); i++)
		bytes[i] = i * 91 + 17;
	snprintf(want, sizeof(want), "%08x", rte_vinetalk_task_check(&task));
	CU_ASSERT_STRING_EQUAL(out, want);
}

static const struct vt_test_case cases[] = {
	{ "tables of wire_format.rst", test_tables },
	{ "a spoilt table is found", test_tables_rot },
	{ "figures in wire_format.rst", test_figures },
	{ "check word: torn tasks", test_tears },
	{ "check word: each bit", test_each_bit },
	{ "check word: the same in C++", test_cpp },
};
VT_TEST_SUITE(vinetalk_wire_autotest, NULL, NULL, cases);
