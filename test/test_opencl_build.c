/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Programs that clients bring to the opencl accelerator. */

#include <errno.h>
#include <stdio.h>

#include <rte_vinetalk.h>

#include "fixture.h"
#include "opencl.h"
#include "test_accel.h"

#define PERMITTED ",copy=1,client_kernels=1,unsafe-client-kernels=1"
#define TIMEOUT_US 60000000
#define NAME56 "12345678901234567890123456789012345678901234567890123456"

static const char times_src[] =
	"#pragma OPENCL EXTENSION cl_khr_byte_addressable_store : enable\n"
	"#define TIMES(a, b) \\\n"
	"\t((a) * (b)) // in two lines\n"
	"kernel void times(global uint *data, uint by)\n"
	"{\n"
	"\tdata[get_global_id(0)] = TIMES(data[get_global_id(0)], by) + ('#' - 35);\n"
	"}\n"
	"kernel void less(global const uint *in, global uint *out)\n"
	"{\n"
	"\tout[get_global_id(0)] = in[get_global_id(0)] - 1;\n"
	"}\n";
static const char bad_src[] = "kernel void bad(global uint *out)\n{\n\tout[0] = not_there;\n}\n";

struct cl_call {
	struct accel_task at;
	uint64_t args[8];
};

static struct rte_vtaccel *dev;
static struct rte_vtaccel_stream streams[2];
static char text[4096];
static struct rte_vtaccel_opencl_kernel list[4];
static uint32_t words[256] __rte_aligned(64), more[256] __rte_aligned(64);

static void
open_with(const char *more_args)
{
	unsigned int i;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(opencl_devargs("test/opencl/test.cl", more_args),
		&dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(dev), 0);
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &streams[i]), 0);
	for (i = 0; i < RTE_DIM(words); i++)
		words[i] = i + 1;
	memset(more, 0, sizeof(more));
}

static void
finish(void)
{
	rte_vtaccel_stream_close(&streams[0]);
	rte_vtaccel_stream_close(&streams[1]);
	rte_vtaccel_remove(dev);
}

static void
build_init(struct accel_task *at, unsigned int stream, const char *src, uint32_t len)
{
	memset(text, 'x', sizeof(text));
	memset(list, 0, sizeof(list));
	accel_task_init(at, rte_vtaccel_proc_find(dev, RTE_VTACCEL_PROC_CL_BUILD),
		&streams[stream]);
	accel_task_in(at, src, len);
	accel_task_out(at, text, sizeof(text));
	accel_task_out(at, list, sizeof(list));
}

/* The kernel's number, items and a word behind the sizes if there is one. */
static void
call_init(struct cl_call *c, unsigned int stream, uint32_t kernel, const uint32_t *by)
{
	struct rte_vtaccel_opencl_args a = opencl_sizes(RTE_DIM(words), 0);

	a.kernel = kernel;
	accel_task_init(&c->at, rte_vtaccel_proc_find(dev, RTE_VTACCEL_PROC_CL_CALL),
		&streams[stream]);
	memcpy(c->args, &a, sizeof(a));
	if (by != NULL)
		memcpy(RTE_PTR_ADD(c->args, sizeof(a)), by, sizeof(*by));
	c->at.t.args = c->args;
	c->at.t.args_len = sizeof(a) + (by != NULL ? sizeof(*by) : 0);
}

static int
run(struct accel_task *at)
{
	struct rte_vtaccel_task *t = &at->t, *back;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_enqueue_burst(dev, &t, 1), 1);
	CU_ASSERT_EQUAL_FATAL(accel_collect(dev, &back, 1), 1);
	CU_ASSERT_PTR_EQUAL(back, t);
	return t->status;
}

static int
build(unsigned int stream, const char *src)
{
	struct accel_task at;
	int ret;

	build_init(&at, stream, src, (uint32_t)strlen(src));
	ret = run(&at);
	CU_ASSERT_PTR_NOT_NULL(memchr(text, '\0', sizeof(text)));
	CU_ASSERT_EQUAL(at.t.result > 0, ret == 0);
	return ret;
}

static void
test_build(void)
{
	struct accel_task at;
	struct cl_call c;
	uint32_t by = 3, i, wrong = 0;

	open_with(PERMITTED);
	build_init(&at, 0, times_src, sizeof(times_src) - 1);
	CU_ASSERT_EQUAL(run(&at), 0);
	CU_ASSERT_EQUAL(at.t.result, 2);
	CU_ASSERT_EQUAL(at.t.copied, sizeof(times_src) - 1);
	CU_ASSERT(at.t.exec_ns > 0);
	i = strcmp(list[0].name, "times") != 0;
	CU_ASSERT_STRING_EQUAL(list[i].name, "times");
	CU_ASSERT_EQUAL(list[i].kernel, i + 1);
	CU_ASSERT_EQUAL(list[i].args_len, sizeof(struct rte_vtaccel_opencl_args) + 4);
	CU_ASSERT_EQUAL(list[i].nb_in, 0);
	CU_ASSERT_EQUAL(list[i].nb_out, 1);
	CU_ASSERT_STRING_EQUAL(list[1 - i].name, "less");
	call_init(&c, 0, list[i].kernel, &by);
	accel_task_out(&c.at, words, sizeof(words));
	CU_ASSERT_EQUAL(run(&c.at), 0);
	CU_ASSERT_EQUAL(c.at.t.result, RTE_DIM(words));
	call_init(&c, 0, list[1 - i].kernel, NULL);
	accel_task_in(&c.at, words, sizeof(words));
	accel_task_out(&c.at, more, sizeof(more));
	CU_ASSERT_EQUAL(run(&c.at), 0);
	for (i = 0; i < RTE_DIM(words); i++)
		wrong += words[i] != 3 * (i + 1) || more[i] != words[i] - 1;
	CU_ASSERT_EQUAL(wrong, 0);
	/* A second program: numbers go on. No room for the list, nor the text. */
	build_init(&at, 0, times_src, sizeof(times_src) - 1);
	at.segs[1].len = 0;
	at.segs[2].len = sizeof(list[0]) + 1;
	CU_ASSERT_EQUAL(run(&at), 0);
	CU_ASSERT_EQUAL(text[0], 'x');
	CU_ASSERT_EQUAL(list[0].kernel, 3);
	CU_ASSERT_EQUAL(list[1].kernel, 0);
	at.t.nb_out = 0;
	CU_ASSERT_EQUAL(run(&at), 0);
	finish();
}

/* A kernel's number and shape, and whose it is. */
static void
test_call_refused(void)
{
	const uint32_t by = 2;
	struct cl_call c;
	uint32_t n;

	open_with(PERMITTED);
	CU_ASSERT_EQUAL(build(0, times_src), 0);
	n = strcmp(list[0].name, "times") == 0 ? 1 : 2;
	call_init(&c, 0, n, &by);
	accel_task_out(&c.at, words, sizeof(words));
	CU_ASSERT_EQUAL(run(&c.at), 0);
	call_init(&c, 1, n, &by);
	accel_task_out(&c.at, words, sizeof(words));
	CU_ASSERT_EQUAL(run(&c.at), -ENOENT); /* another stream's */
	call_init(&c, 0, 0, &by);
	accel_task_out(&c.at, words, sizeof(words));
	CU_ASSERT_EQUAL(run(&c.at), -ENOENT);
	call_init(&c, 0, 3, &by);
	accel_task_out(&c.at, words, sizeof(words));
	CU_ASSERT_EQUAL(run(&c.at), -ENOENT);
	call_init(&c, 0, UINT32_MAX, &by);
	accel_task_out(&c.at, words, sizeof(words));
	CU_ASSERT_EQUAL(run(&c.at), -ENOENT);
	call_init(&c, 0, n, NULL);
	accel_task_out(&c.at, words, sizeof(words));
	CU_ASSERT_EQUAL(run(&c.at), -EINVAL); /* an argument too few */
	call_init(&c, 0, n, &by);
	CU_ASSERT_EQUAL(run(&c.at), -EINVAL); /* a segment too few */
	call_init(&c, 0, n, &by);
	accel_task_out(&c.at, words, sizeof(words) - 4);
	CU_ASSERT_EQUAL(run(&c.at), -ENOSPC);
	/* The stream's programs go with it. */
	rte_vtaccel_stream_close(&streams[0]);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &streams[0]), 0);
	call_init(&c, 0, n, &by);
	accel_task_out(&c.at, words, sizeof(words));
	CU_ASSERT_EQUAL(run(&c.at), -ENOENT);
	CU_ASSERT_EQUAL(words[0], 2);
	finish();
}

static void
test_build_fails(void)
{
	static const char spirv[] = "\x03\x02\x23\x07 and nothing that is a program";
	struct accel_task at;

	open_with(PERMITTED);
	CU_ASSERT_EQUAL(build(0, bad_src), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "not_there"));
	CU_ASSERT_EQUAL(build(0, "kernel void k(global uint *o, struct s { int a; } v) { }"), -EINVAL);
	CU_ASSERT_EQUAL(build(0, "struct s { int a; }; kernel void k(struct s v) { }"), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "parameter v"));
	CU_ASSERT_EQUAL(build(0, "void f(void) { }"), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "no kernel"));
	CU_ASSERT_EQUAL(build(0, "kernel void a_name_" NAME56 "_that_is_longer(void) { }"),
		-ENAMETOOLONG);
	build_init(&at, 0, spirv, sizeof(spirv));
	CU_ASSERT(run(&at) == -ENOTSUP || at.t.status == -EINVAL);
	CU_ASSERT(text[0] != '\0');
	build_init(&at, 0, times_src, 0);
	CU_ASSERT_EQUAL(run(&at), -EFBIG);
	build_init(&at, 0, times_src, RTE_VTACCEL_OPENCL_MAX_SOURCE + 1);
	CU_ASSERT_EQUAL(run(&at), -EFBIG);
	build_init(&at, 0, times_src, 1);
	at.t.nb_in = 0;
	CU_ASSERT_EQUAL(run(&at), -EINVAL);
	/* The text is cut to its room. */
	build_init(&at, 0, bad_src, sizeof(bad_src) - 1);
	at.segs[1].len = 8;
	CU_ASSERT_EQUAL(run(&at), -EINVAL);
	CU_ASSERT_EQUAL(text[7], '\0');
	CU_ASSERT_EQUAL(text[8], 'x');
	/* Nothing of them counts, and the next one is built. */
	CU_ASSERT_EQUAL(build(0, times_src), 0);
	CU_ASSERT_EQUAL(list[0].kernel, 1);
	finish();
}

#define K "\nkernel void k(global uint *o) { o[0] = 1; }\n"

static void
test_source_refused(void)
{
	static const char *const bad[] = {
		"#include </etc/hostname>" K, "#include \"/etc/hostname\"" K, "%:include </etc/hostname>" K,
		"??\?=include </etc/hostname>" K, " /* x */ # /* y */ include </etc/hostname>" K,
		"#inc\\\nlude </etc/hostname>" K, "#inc\\\r\nlude </etc/hostname>" K,
		"#inc\\ \nlude </etc/hostname>" K, "// ?\?/\n#include </etc/hostname>" K,
		"// \\ \n#include </etc/hostname>" K, "/* ' */\n#include </etc/hostname>" K,
		"'\n#include </etc/hostname>" K, "int c = '\\''; '\n#include </etc/hostname>" K,
		"#import </etc/hostname>" K, "#include_next </etc/hostname>" K,
		"#embed </etc/hostname>" K, "#line 1" K, "#pragma GCC dependency </etc/hostname>" K,
		"#pragma clang module import x" K, "#if 0\n'\n#endif\n#include </etc/hostname>" K,
		"#if __has_include(</etc/hostname>)\n#endif" K, "#if __has_em\\\nbed(x)\n#endif" K,
		"#define P(a, b) a##b" K, "#define P(a) #a" K, "#define P(a) %:a" K,
		"kernel void k(void) { asm(x); }", "kernel void k(void) { __as\\\nm__ volatile(x); }",
		"_Pragma(x)" K, "constant char s[] = \"x\";" K, "constant char s[] = R'x';" K,
		"kernel void k(void) { pri\\\nntf(0); }", "int \\u0061sm;" K, "@import x;" K,
		"\r#include </etc/hostname>" K, "/*\r\n*/#include </etc/hostname>" K,
		"//*\n#include </etc/hostname>\n//*/" K, "/*/ */#include </etc/hostname>" K,
	};
	static const char *const good[] = {
		"// #include </etc/hostname> \\\n \"it's\" asm" K, "/* \"asm\" # ?: %\\ */" K,
		"#\n#if 1 // '\n#define A '\"'\n#else\n#undef A\n#endif" K,
		"constant char c[] = { '\\'', '#', '\\\\', '%' }; constant int as_m = 1;" K,
	};
	struct accel_task at;
	unsigned int i;

	open_with(PERMITTED);
	for (i = 0; i < RTE_DIM(bad); i++) {
		int ret = build(0, bad[i]);

		CU_ASSERT_EQUAL(ret, -EPERM);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "not permitted"));
		if (ret != -EPERM)
			printf("source %u: %d: %s\n", i, ret, bad[i]);
	}
	for (i = 0; i < RTE_DIM(good); i++) {
		CU_ASSERT_EQUAL(build(0, good[i]), 0);
		if (text[0] != '\0')
			printf("source %u: %s\n", i, text);
	}
	/* A zero hides nothing. */
	build_init(&at, 0, "\0#include <x>\n" K, sizeof("\0#include <x>\n" K) - 1);
	CU_ASSERT_EQUAL(run(&at), -EPERM);
	finish();
}

static void
test_bounds(void)
{
	char src[64];
	unsigned int i;

	open_with(PERMITTED ",client_programs=2");
	CU_ASSERT_EQUAL(build(0, times_src), 0);
	CU_ASSERT_EQUAL(build(1, times_src), 0);
	CU_ASSERT_EQUAL(build(0, times_src), -EDQUOT);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "2 programs"));
	rte_vtaccel_stream_close(&streams[1]);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &streams[1]), 0);
	CU_ASSERT_EQUAL(build(0, times_src), 0);
	finish();
	open_with(PERMITTED);
	for (i = 0; i < RTE_VTACCEL_OPENCL_MAX_PROGRAMS; i++) {
		snprintf(src, sizeof(src), "kernel void k%u(void) { }", i);
		CU_ASSERT_EQUAL(build(0, src), 0);
	}
	CU_ASSERT_EQUAL(build(0, src), -EDQUOT);
	CU_ASSERT_EQUAL(build(1, src), 0);
	finish();
}

/* Tasks in front of a build and behind it, at once. */
static void
test_order(void)
{
	static const char src[] =
		"kernel void k(global uint *d, uint by) { d[get_global_id(0)] *= by; }";
	struct rte_vtaccel_task *ptrs[6], *back[6];
	struct cl_call c[4];
	struct accel_task b, bad;
	const uint32_t by = 5;
	unsigned int i, wrong = 0;

	open_with(PERMITTED);
	call_init(&c[0], 0, 1, &by);
	accel_task_out(&c[0].at, words, sizeof(words));
	build_init(&b, 0, src, sizeof(src) - 1);
	call_init(&c[1], 0, 1, &by);
	accel_task_out(&c[1].at, words, sizeof(words));
	build_init(&bad, 0, bad_src, sizeof(bad_src) - 1);
	call_init(&c[2], 0, 1, &by);
	accel_task_out(&c[2].at, words, sizeof(words));
	call_init(&c[3], 1, 1, &by);
	accel_task_out(&c[3].at, more, sizeof(more));
	ptrs[0] = &c[0].at.t;
	ptrs[1] = &b.t;
	ptrs[2] = &c[1].at.t;
	ptrs[3] = &bad.t;
	ptrs[4] = &c[2].at.t;
	ptrs[5] = &c[3].at.t;
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs, 6), 6);
	CU_ASSERT_EQUAL(accel_collect(dev, back, 6), 6);
	CU_ASSERT_EQUAL(c[0].at.t.status, -ENOENT);
	CU_ASSERT_EQUAL(b.t.status, 0);
	CU_ASSERT_EQUAL(c[1].at.t.status, 0);
	CU_ASSERT_EQUAL(bad.t.status, -EINVAL);
	CU_ASSERT_EQUAL(c[2].at.t.status, 0);
	CU_ASSERT_EQUAL(c[3].at.t.status, -ENOENT);
	for (i = 0; i < RTE_DIM(words); i++)
		wrong += words[i] != 25 * (i + 1);
	CU_ASSERT_EQUAL(wrong, 0);
	finish();
}

static void
test_stop(void)
{
	struct rte_vtaccel_task *ptrs[4], *back[4];
	struct accel_task b[2];
	struct cl_call c[2];
	const uint32_t by = 5;
	unsigned int i;

	open_with(PERMITTED);
	for (i = 0; i < 2; i++) {
		build_init(&b[i], 0, times_src, sizeof(times_src) - 1);
		call_init(&c[i], 0, 1, &by);
		accel_task_out(&c[i].at, words, sizeof(words));
		ptrs[2 * i] = &b[i].t;
		ptrs[2 * i + 1] = &c[i].at.t;
	}
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs, 4), 4);
	rte_vtaccel_stop(dev);
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, back, 4), 4);
	CU_ASSERT_EQUAL(b[0].t.status, 0);
	CU_ASSERT_EQUAL(c[0].at.t.status, -ECANCELED);
	CU_ASSERT_EQUAL(b[1].t.status, -ECANCELED);
	CU_ASSERT_EQUAL(c[1].at.t.status, -ECANCELED);
	CU_ASSERT_EQUAL(words[0], 1);
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), 0);
	CU_ASSERT_EQUAL(build(0, times_src), 0);
	/* And with tasks that nobody takes. */
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, ptrs, 4), 4);
	rte_vtaccel_stop(dev);
	finish();
}

static void
test_permission(void)
{
	struct rte_vtaccel *d = NULL;

	/* Not there where nobody permitted it. */
	open_with(",copy=1");
	CU_ASSERT_PTR_NULL(rte_vtaccel_proc_find(dev, RTE_VTACCEL_PROC_CL_BUILD));
	CU_ASSERT_PTR_NULL(rte_vtaccel_proc_find(dev, RTE_VTACCEL_PROC_CL_CALL));
	finish();
	/* With or without memory of its own: the device is a processor, or shares the host's memory. */
	CU_ASSERT_EQUAL(rte_vtaccel_probe(opencl_devargs("test/opencl/test.cl", ",client_kernels=1"),
		&d), -EPERM);
	CU_ASSERT_EQUAL(rte_vtaccel_probe(opencl_devargs("test/opencl/test.cl",
		",unsafe-client-kernels=1"), &d), -EINVAL);
	CU_ASSERT_EQUAL(rte_vtaccel_probe(opencl_devargs("test/opencl/test.cl",
		PERMITTED ",client_programs=0"), &d), -EINVAL);
}

/* ---- through an appliance ---- */

struct client {
	struct fixture f;
	uint16_t dev, vaccel, build, call;
	char *src, *text;
	uint32_t *data;
	struct rte_vinetalk_seg *segs;
	uint8_t *args;
};

static void
client_up(struct client *c)
{
	const struct rte_vinetalk_vaccel_conf conf = {
		.type = RTE_VINETALK_ACCEL_GPU, .accel = 0, .proc = RTE_VINETALK_ID_ANY,
	};
	int ret = fixture_attach(&c->f, 0, 1, 0);

	CU_ASSERT_FATAL(ret >= 0);
	c->dev = (uint16_t)ret;
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_vaccel_acquire(c->dev, &conf, &c->vaccel), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get(c->dev, RTE_VTACCEL_PROC_CL_BUILD,
		RTE_VINETALK_ACCEL_GPU, &c->build), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get(c->dev, RTE_VTACCEL_PROC_CL_CALL,
		RTE_VINETALK_ACCEL_GPU, &c->call), 0);
	c->src = rte_vinetalk_alloc(c->dev, 4096, 64, RTE_VINETALK_PLACE_HOST);
	c->text = rte_vinetalk_alloc(c->dev, 4096, 64, RTE_VINETALK_PLACE_HOST);
	c->data = rte_vinetalk_alloc(c->dev, 4096, 64, RTE_VINETALK_PLACE_HOST);
	c->segs = rte_vinetalk_alloc(c->dev, 4096, 64, RTE_VINETALK_PLACE_HOST);
	c->args = rte_vinetalk_alloc(c->dev, 4096, 64, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_FATAL(c->src != NULL && c->text != NULL && c->data != NULL && c->segs != NULL &&
		c->args != NULL);
}

static int
client_build(struct client *c, const char *src)
{
	struct rte_vinetalk_completion done;
	struct rte_vinetalk_task t;

	strcpy(c->src, src);
	rte_vinetalk_task_init(&t, c->vaccel, c->build, 0);
	rte_vinetalk_task_in(c->dev, &t, c->src, (uint32_t)strlen(src));
	rte_vinetalk_task_out(c->dev, &t, c->text, 4096);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_run(c->dev, 0, &t, &done, TIMEOUT_US), 0);
	return done.status;
}

static int
client_call(struct client *c)
{
	struct rte_vtaccel_opencl_args a = opencl_sizes(1024, 0);
	struct rte_vinetalk_completion done;
	struct rte_vinetalk_task t;

	a.kernel = 1;
	memcpy(c->args, &a, sizeof(a));
	rte_vinetalk_task_init(&t, c->vaccel, c->call, 0);
	c->segs[0] = (struct rte_vinetalk_seg){ rte_vinetalk_offset(c->dev, c->data), 4096, 0 };
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_task_segs(c->dev, &t, c->segs, 0, 1), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_task_args_ref(c->dev, &t, c->args, sizeof(a)), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_run(c->dev, 0, &t, &done, TIMEOUT_US), 0);
	return done.status;
}

static void
test_client(void)
{
	static const struct rte_vtappliance_domain_conf domain = {
		.uid = -1, .gid = -1, .arena_size = 4 << 20,
	};
	const char *const accels[] = {
		opencl_devargs("test/opencl/test.cl", PERMITTED ",client_programs=1"), NULL,
	};
	unsigned int round;
	struct client c;

	CU_ASSERT_EQUAL_FATAL(fixture_start(&c.f, 1, 1, accels, NULL, &domain), 0);
	/* Twice: the only program that may be is given back with its client. */
	for (round = 0; round < 2; round++) {
		client_up(&c);
		CU_ASSERT_EQUAL(client_call(&c), -ENOENT);
		CU_ASSERT_EQUAL(client_build(&c, bad_src), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "not_there"));
		CU_ASSERT_EQUAL(client_build(&c, "#include </etc/hostname>"), -EPERM);
		CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "#include"));
		CU_ASSERT_EQUAL(client_build(&c,
			"kernel void k(global uint *d) { d[get_global_id(0)] += 7; }"), 0);
		CU_ASSERT_EQUAL(client_build(&c, "kernel void k(void) { }"), -EDQUOT);
		c.data[1000] = 1;
		CU_ASSERT_EQUAL(client_call(&c), 0);
		CU_ASSERT_EQUAL(c.data[1000], 8);
		CU_ASSERT_EQUAL(rte_vinetalk_close(c.dev), 0);
	}
	fixture_stop(&c.f);
}

static const struct vt_test_case cases[] = {
	{ "build and call", test_build },
	{ "calls that are refused", test_call_refused },
	{ "programs that cannot be built", test_build_fails },
	{ "sources that are refused", test_source_refused },
	{ "bounds", test_bounds },
	{ "order of tasks around a build", test_order },
	{ "stop while a program is built", test_stop },
	{ "only where it is permitted", test_permission },
	{ "a client's program", test_client },
};

VT_TEST_SUITE(vinetalk_opencl_build_autotest, opencl_needed, NULL, cases)
