/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The targets of test/fuzz, each for some seconds from its corpus, under the sanitizers of addresses and undefined
 * behaviour. They are built here, by clang, in a directory of their own. VT_TEST_FUZZ=N: N seconds each.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#define SECONDS 8
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

/* New inputs go to a directory of the test's; what crashed is in the output, in hexadecimal if it is short. */
static void
fuzz(const char *target)
{
	const char *wanted = getenv("VT_TEST_FUZZ");
	const int seconds = wanted != NULL && atoi(wanted) > 0 ? atoi(wanted) : SECONDS;
	char script[16384], *text = NULL;
	const char *runs;
	int ret;

	snprintf(script, sizeof(script), "cd '%s' && mkdir -p new-%s && VT_FUZZ=%s"
		" UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 LLVM_PROFILE_FILE=%s.profraw"
		" test/fuzz/vt-fuzz -max_total_time=%d -max_len=2048 -timeout=20 -rss_limit_mb=4096"
		" -print_final_stats=1 new-%s '%s/test/fuzz/corpus/%s'", dir, target, target, target,
		seconds, target, vt_test_source_dir(), target);
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
FUZZ(args)
FUZZ(broker)
FUZZ(config)
FUZZ(engine)
FUZZ(kernels)
FUZZ(region)

/* What looks at bytes that somebody else wrote. */
#define JUDGES "vtregion_(plan|validate)|vtivshmem_(client|join)|vt(client|accel)_args|vtaccel_native" \
	"|proc_[a-z]*|conf[a-z_]*|vta_(intake|ctrl|ready)|ocl_source"

/* Which lines the targets have reached; it is printed, not judged. */
static void
test_coverage(void)
{
	char script[16384], *text = NULL;
	int ret;

	snprintf(script, sizeof(script), "cd '%s' && llvm-profdata merge -o all *.profraw &&"
		" cd '%s' && llvm-cov report '%s/test/fuzz/vt-fuzz' -instr-profile='%s/all'"
		" | awk '$10 ~ /%%/ && $1 ~ /[/](" JUDGES ")[.]c$/ { sub(\".*/\", \"\", $1); print $1, $10 }'",
		dir, vt_test_source_dir(), dir, dir);
	ret = vt_test_shell(script, &text, 60000);
	CU_ASSERT_EQUAL(ret, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "vtregion_validate.c"));
	printf("lines reached:\n%s", text);
	free(text);
}

static int
setup(void)
{
	static const char * const programs[] = { "clang", "llvm-cov", "llvm-profdata", "meson",
		"ninja" };
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
	{ "arguments of drivers and programs", test_args },
	{ "what a broker sends", test_broker },
	{ "configuration files", test_config },
	{ "a client that owns every byte", test_engine },
	{ "sources of kernels", test_kernels },
	{ "headers of regions", test_region },
	{ "coverage", test_coverage },
};

VT_TEST_SUITE(vinetalk_fuzz_autotest, setup, NULL, cases);
