/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The targets of test/fuzz, each for some seconds from its corpus, under the sanitizers of addresses and undefined
 * behaviour. They are built here, by clang, in a directory of their own. VT_TEST_FUZZ=N: N seconds each.
 *
 * Which lines of the files that judge foreign bytes are reached is counted from the corpus alone, which does not depend on
 * chance or on the machine's speed, and must not become less.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#define SECONDS 3
#define BUILD_MS 300000

static char dir[4096];

static void
test_build(void)
{
	char script[16384], *text = NULL;
	int ret;

	snprintf(script, sizeof(script), "CC=clang meson setup '%s' '%s' -Dfuzz=true"
		" -Dexamples=false -Ddefault_library=static -Db_sanitize=address,undefined"
		" -Db_lundef=false --buildtype=debugoptimized && ninja -C '%s' test/fuzz/vt-fuzz",
		dir, vt_test_source_dir(), dir);
	ret = vt_test_shell(script, &text, BUILD_MS);
	if (ret != 0)
		printf("\n%s\n", text != NULL ? text : "no output");
	free(text);
	CU_ASSERT_EQUAL_FATAL(ret, 0);
}

/* What compilers bring along keeps some memory, and a signal stack of its own. */
#define ENV "ASAN_OPTIONS=use_sigaltstack=0:detect_leaks=%d UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1"

/* Each input of the corpus, once. */
static void
reach(const char *target)
{
	char script[16384], *text = NULL;
	int ret;

	snprintf(script, sizeof(script), "cd '%s' && VT_FUZZ=%s " ENV " LLVM_PROFILE_FILE=%s.profraw"
		" test/fuzz/vt-fuzz -runs=0 -max_len=4096 -timeout=20 -rss_limit_mb=4096 '%s/test/fuzz/corpus/%s'",
		dir, target, strcmp(target, "opencl") != 0, target, vt_test_source_dir(), target);
	ret = vt_test_shell(script, &text, 120000);
	CU_ASSERT_EQUAL(ret, 0);
	if (ret != 0)
		printf("\n%s: status %d\n%s\n", target, ret, text != NULL ? text : "no output");
	free(text);
}

/* New inputs go to a directory of the test's; what crashed is in the output, in hexadecimal if it is short. */
static void
fuzz(const char *target)
{
	const char *wanted = getenv("VT_TEST_FUZZ");
	const int seconds = wanted != NULL && atoi(wanted) > 0 ? atoi(wanted) : SECONDS;
	char script[16384], *text = NULL;
	const char *runs;
	int ret;

	reach(target);
	snprintf(script, sizeof(script), "cd '%s' && mkdir -p new-%s && VT_FUZZ=%s " ENV " LLVM_PROFILE_FILE=/dev/null"
		" test/fuzz/vt-fuzz -max_total_time=%d -max_len=2048 -timeout=20 -rss_limit_mb=4096"
		" -print_final_stats=1 new-%s '%s/test/fuzz/corpus/%s'", dir, target, target,
		strcmp(target, "opencl") != 0, seconds, target, vt_test_source_dir(), target);
	ret = vt_test_shell(script, &text, (seconds + 120) * 1000);
	CU_ASSERT_EQUAL(ret, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	runs = strstr(text, "stat::number_of_executed_units:");
	if (ret != 0)
		printf("\n%s: status %d\n%s\n", target, ret, text);
	CU_ASSERT_PTR_NOT_NULL(runs);
	if (runs != NULL) {
		runs += strlen("stat::number_of_executed_units:");
		printf("%d s, %d inputs ... ", seconds, atoi(runs));
		CU_ASSERT_TRUE(atoi(runs) > 20);
	}
	free(text);
}

#define FUZZ(name) static void test_ ## name(void) { fuzz(#name); }
FUZZ(accel)
FUZZ(adopt)
FUZZ(args)
FUZZ(broker)
FUZZ(client)
FUZZ(config)
FUZZ(device)
FUZZ(engine)
FUZZ(kernels)
FUZZ(opencl)
FUZZ(pollers)
FUZZ(poor)
FUZZ(region)
FUZZ(server)
FUZZ(setup)

/* Recordings are read by Python alone. */
static void
test_trace(void)
{
	char script[8192], *text = NULL;
	const char *lines;
	int ret;

	snprintf(script, sizeof(script), "cd '%s' && python3 '%s/test/fuzz/trace.py' %d", dir, vt_test_source_dir(),
		SECONDS);
	ret = vt_test_shell(script, &text, 120000);
	CU_ASSERT_EQUAL(ret, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	lines = strstr(text, " drawn, ");
	printf("%s%.*s ... ", ret != 0 ? "\n" : "", ret != 0 ? 4000 : (int)strcspn(text, "\n"), text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(lines);
	CU_ASSERT_TRUE(atoi(lines + strlen(" drawn, ")) >= 95);
	free(text);
}

/*
 * What looks at bytes that somebody else wrote, and how much of it the corpus has to reach: percent of the lines, somewhat
 * less than it does. What is missing, the guide names.
 */
static const struct {
	const char *file;
	int floor;
} judges[] = {
	/* regions */
	{ "vtregion_validate.c", 95 }, { "vtregion_plan.c", 97 }, { "vtregion_fingerprint.c", 98 },
	{ "vta_adopt.c", 98 }, { "vta_region.c", 97 }, { "vtclient_slot.c", 98 },
	{ "vtclient_dev.c", 98 }, { "vtclient_ctrl.c", 97 }, { "vtclient_resume.c", 95 },
	{ "vtclient_path.c", 93 }, { "vtclient_wait.c", 94 }, { "vtclient_event.c", 94 },
	{ "vtclient_ring.h", 98 },
	/* requests */
	{ "vta_intake.c", 98 }, { "vta_refs.h", 98 }, { "vta_refs.c", 95 }, { "vta_ctrl.c", 97 },
	{ "vta_ready.c", 96 }, { "vta_quiesce.c", 95 },
	{ "vta_cancel.c", 98 }, { "vta_fence.c", 98 }, { "vta_buf.c", 98 }, { "vta_client.c", 94 },
	{ "vta_bells.c", 95 }, { "vta_telemetry.c", 97 },
	/* ivshmem */
	{ "vtivshmem_client.c", 95 }, { "vtivshmem_join.c", 94 }, { "vtivshmem_server.c", 95 },
	{ "vtivshmem_listen.c", 94 }, { "vtivshmem_owner.c", 95 }, { "vtivshmem_access.c", 98 },
	/* arguments and configuration */
	{ "vtclient_args.c", 96 }, { "vtaccel_args.c", 98 }, { "conf.c", 97 }, { "conf_args.c", 96 },
	{ "conf_json.c", 95 }, { "conf_line.c", 98 }, { "args.c", 97 },
	/* argument blocks */
	{ "vtaccel_native.c", 98 }, { "cpu.c", 98 }, { "proc_deflate.c", 98 }, { "proc_hash.c", 98 },
	{ "proc_image.c", 98 }, { "proc_mem.c", 98 }, { "proc_sgemm.c", 98 }, { "null.c", 98 },
	{ "crypto.c", 98 }, { "crypto_alg.c", 98 }, { "crypto_run.c", 94 }, { "crypto_session.c", 97 },
	{ "compress.c", 98 }, { "compress_run.c", 96 }, { "compress_frame.c", 98 },
	{ "compress_chain.c", 98 }, { "dma.c", 98 }, { "dma_task.c", 98 }, { "ocl_task.c", 97 },
	{ "ocl_kernel.c", 98 }, { "ocl_launch.c", 97 }, { "ocl_build.c", 98 }, { "ocl_source.c", 98 },
	{ "ocl_buf.c", 98 }, { "ocl_program.c", 95 }, { "ocl_mem.c", 98 },
};

/* Per cent of the lines of a file; -1: it is not there. */
static int
reached(const char *report, const char *file)
{
	char line[128];
	const char *at;

	snprintf(line, sizeof(line), "\n%s ", file);
	at = strstr(report, line);
	return at != NULL ? atoi(at + strlen(line)) : -1;
}

static void
test_coverage(void)
{
	char script[16384], *text = NULL;
	unsigned int i;
	int ret, percent;

	snprintf(script, sizeof(script), "cd '%s' && llvm-profdata merge -o all *.profraw &&"
		" cd '%s' && echo && llvm-cov report '%s/test/fuzz/vt-fuzz' -instr-profile='%s/all'"
		" | awk '$10 ~ /%%/ { sub(\".*/\", \"\", $1); print $1, $10 }'",
		dir, vt_test_source_dir(), dir, dir);
	ret = vt_test_shell(script, &text, 60000);
	CU_ASSERT_EQUAL(ret, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	printf("percent of the lines reached by the corpus:\n");
	for (i = 0; i < RTE_DIM(judges); i++) {
		percent = reached(text, judges[i].file);
		printf("%s %d%s", judges[i].file, percent, i % 6 == 5 ? "\n" : ", ");
		if (percent < judges[i].floor)
			printf(" (at least %d) ", judges[i].floor);
		CU_ASSERT_TRUE(percent >= judges[i].floor);
	}
	free(text);
}

static int
setup(void)
{
	static const char * const programs[] = { "clang", "llvm-cov", "llvm-profdata", "meson",
		"ninja", "python3" };
	unsigned int i;
	int ret;

	for (i = 0; i < RTE_DIM(programs); i++) {
		if (!vt_test_have(programs[i])) {
			vt_test_skip_reason("%s is missing", programs[i]);
			return VT_TEST_SKIPPED;
		}
	}
	ret = vt_test_shell("echo 'int LLVMFuzzerTestOneInput(const char *d, long n) { return 0; }' |"
		" clang -w -fsanitize=fuzzer,address -x c -o /dev/null - 2>/dev/null", NULL, 60000);
	if (ret != 0) {
		vt_test_skip_reason("clang has no libFuzzer (libclang-rt)");
		return VT_TEST_SKIPPED;
	}
	if (vt_test_tmp_dir() == NULL)
		return 1;
	snprintf(dir, sizeof(dir), "%.4000s/fuzz", vt_test_tmp_dir());
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "build", test_build },
	{ "arguments of procedures", test_accel },
	{ "a region that served another appliance", test_adopt },
	{ "arguments of drivers and programs", test_args },
	{ "what a broker sends", test_broker },
	{ "a region and an appliance that lie", test_client },
	{ "configuration files", test_config },
	{ "tasks of null, cpu, crypto, compress and dma", test_device },
	{ "a client that owns every byte", test_engine },
	{ "sources of kernels", test_kernels },
	{ "tasks of opencl", test_opencl },
	{ "pollers, slow accelerators and clients that go", test_pollers },
	{ "arguments of procedures, without a library", test_poor },
	{ "headers of regions", test_region },
	{ "who connects to a server", test_server },
	{ "settings of appliances", test_setup },
	{ "recordings", test_trace },
	{ "coverage", test_coverage },
};

VT_TEST_SUITE(vinetalk_fuzz_autotest, setup, NULL, cases);
