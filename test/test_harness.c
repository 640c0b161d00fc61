/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>

#include "harness.h"

/* ---- samples, which the cases below run in a child ---- */

static void
sample_pass(void)
{
	CU_ASSERT(vt_test_tmp_dir() != NULL);
}

static void
sample_fail(void)
{
	CU_ASSERT_EQUAL(1, 2);
}

static void
sample_skip(void)
{
	vt_test_skip_reason("of no %s", "use");
}

static void
sample_crash(void)
{
	abort();
}

static int
setup_skips(void)
{
	vt_test_skip_reason("nothing here");
	return VT_TEST_SKIPPED;
}

static int
setup_fails(void)
{
	return 1;
}

static const struct vt_test_case pass_cases[] = { { "good", sample_pass } };
static const struct vt_test_case fail_cases[] = {
	{ "good", sample_pass },
	{ "bad", sample_fail },
};
static const struct vt_test_case skip_cases[] = { { "skips", sample_skip } };
static const struct vt_test_case crash_cases[] = { { "dies", sample_crash } };

VT_TEST_SUITE_F(vinetalk_sample_pass, NULL, NULL, pass_cases, VT_TEST_F_EXTRA)
VT_TEST_SUITE_F(vinetalk_sample_fail, NULL, NULL, fail_cases, VT_TEST_F_EXTRA)
VT_TEST_SUITE_F(vinetalk_sample_skip, NULL, NULL, skip_cases, VT_TEST_F_EXTRA)
VT_TEST_SUITE_F(vinetalk_sample_skip_all, setup_skips, NULL, fail_cases, VT_TEST_F_EXTRA)
VT_TEST_SUITE_F(vinetalk_sample_setup, setup_fails, NULL, pass_cases, VT_TEST_F_EXTRA)
VT_TEST_SUITE_F(vinetalk_sample_crash, NULL, NULL, crash_cases, VT_TEST_F_EXTRA)

/* ---- the child ---- */

static char self[4096];

static int
setup(void)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return 1;
	self[n] = '\0';
	/* What this process was told is not for the children. */
	unsetenv("DPDK_TEST");
	unsetenv("VT_TEST_FILTER");
	return 0;
}

/* Run with up to two names, and look for up to two texts in the output. */
static void
expect(int status, const char *a, const char *b, const char *input, const char *text1,
		const char *text2)
{
	const char *argv[] = { self, a, b, NULL };
	char *output = NULL;
	int ret = vt_test_run(argv, input, &output, 60000);

	CU_ASSERT_EQUAL(ret, status);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	if (ret != status || (text1 != NULL && strstr(output, text1) == NULL) ||
			(text2 != NULL && strstr(output, text2) == NULL)) {
		CU_FAIL("another outcome of the child");
		printf("\nexit status %d, wanted %d, '%s', '%s':\n%s\n", ret, status,
				text1 != NULL ? text1 : "", text2 != NULL ? text2 : "", output);
	}
	free(output);
}

static void
test_status(void)
{
	expect(0, "vinetalk_sample_pass", NULL, NULL, "Test: good ... passed", "Run Summary:");
	expect(1, "vinetalk_sample_fail", NULL, NULL, "Test: bad ... FAILED",
		"CU_ASSERT_EQUAL(1,2)");
	/* Once more at the end. */
	expect(1, "vinetalk_sample_fail", NULL, NULL, "\nfailed: 1\n  vinetalk_sample_fail: bad: ",
		NULL);
	expect(1, "vinetalk_sample_setup", NULL, NULL, "\nfailed: 1\n  vinetalk_sample_setup: ",
		NULL);
	expect(0, "vinetalk_sample_pass", NULL, NULL, "\nfailed: 0\n", NULL);
	expect(1, "vinetalk_sample_setup", NULL, NULL, "FAILED: the setup of suite", NULL);
	expect(1, "vinetalk_sample_pass", "vinetalk_sample_fail", NULL, "Test: good ... passed",
		NULL);
}

static void
test_skip(void)
{
	expect(77, "vinetalk_sample_skip", NULL, NULL, "skipped: 1\n",
		"vinetalk_sample_skip: skips: of no use");
	expect(77, "vinetalk_sample_skip_all", NULL, NULL, "skipped: 2\n",
		"vinetalk_sample_skip_all: nothing here");
	expect(77, "vinetalk_sample_skip_all", "vinetalk_sample_skip", NULL, "skipped: 3\n", NULL);
	expect(0, "vinetalk_sample_skip", "vinetalk_sample_pass", NULL, "skipped: 1\n", NULL);
	expect(1, "vinetalk_sample_skip_all", "vinetalk_sample_fail", NULL, "skipped: 2\n", NULL);
}

/* A suite that must not be skipped, among others. */
static void
test_required(void)
{
	const char *given = getenv("VT_TEST_REQUIRED");
	char *old = given != NULL ? strdup(given) : NULL;

	setenv("VT_TEST_REQUIRED", "vinetalk_sample_skip_al,other,vinetalk_sample_skip_all", 1);
	expect(1, "vinetalk_sample_skip_all", NULL, NULL, "which VT_TEST_REQUIRED does not allow",
		"nothing here");
	setenv("VT_TEST_REQUIRED", "vinetalk_sample_skip_al,inetalk_sample_skip_all,", 1);
	expect(77, "vinetalk_sample_skip_all", NULL, NULL, "skipped: 2\n", NULL);
	if (old != NULL)
		setenv("VT_TEST_REQUIRED", old, 1);
	else
		unsetenv("VT_TEST_REQUIRED");
	free(old);
}

static void
test_unknown(void)
{
	expect(1, "vinetalk_sample_pas", NULL, NULL,
		"there is no test 'vinetalk_sample_pas'. Near: ", "vinetalk_sample_pass");
	expect(1, "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", NULL, NULL, "There are: ",
		"vinetalk_harness_autotest");
	expect(1, "vinetalk_sample_pass", "autotest", NULL, "there is no test 'autotest'", NULL);
}

/* Run with EAL arguments, and leave nothing of theirs behind, whatever the child leaves. */
static int
run_with_eal(const char *name, char **output)
{
	char prefix[64], dir[4096], *slash;
	const char *argv[] = { self, prefix, "--no-huge", "-m", "32", "--no-pci", "--no-shconf",
		"--no-telemetry", name, NULL };
	int ret;

	snprintf(prefix, sizeof(prefix), "--file-prefix=vtchild-%d", (int)getpid());
	ret = vt_test_run(argv, NULL, output, 60000);
	snprintf(dir, sizeof(dir), "%.4000s", rte_eal_get_runtime_dir());
	slash = strrchr(dir, '/');
	if (slash != NULL) {
		snprintf(slash + 1, 64, "vtchild-%d", (int)getpid());
		paths_remove_tree(dir);
	}
	return ret;
}

static void
test_crash(void)
{
	char *output = NULL;

	CU_ASSERT_EQUAL(run_with_eal("vinetalk_sample_crash", &output), 128 + SIGABRT);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "Suite: vinetalk_sample_crash"));
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "Test: dies ... "));
	free(output);
}

static void
test_environment(void)
{
	setenv("DPDK_TEST", "vinetalk_sample_pass,vinetalk_sample_fail", 1);
	expect(1, NULL, NULL, NULL, "Suite: vinetalk_sample_pass", "Suite: vinetalk_sample_fail");
	expect(0, "vinetalk_sample_pass", NULL, NULL, "Suite: vinetalk_sample_pass", NULL);
	unsetenv("DPDK_TEST");
	setenv("VT_TEST_FILTER", "goo", 1);
	expect(0, "vinetalk_sample_fail", NULL, NULL, "Test: good ... passed", NULL);
	setenv("VT_TEST_FILTER", "no such case", 1);
	expect(1, "vinetalk_sample_fail", NULL, NULL, "no case matches VT_TEST_FILTER=no such case",
		NULL);
	unsetenv("VT_TEST_FILTER");
}

static void
test_prompt(void)
{
	expect(0, NULL, NULL, "help\nvinetalk_sample_pass\nquit\n", "RTE>>", "Test: good ... passed");
	expect(1, NULL, NULL, "vinetalk_sample_fail\nvinetalk_sample_pass\n", "Test: bad ... FAILED",
		"Suite: vinetalk_sample_pass");
	expect(77, NULL, NULL, "vinetalk_sample_skip\n", "skipped: 1", NULL);
	expect(0, NULL, NULL, "list\nnonsense\n", "vinetalk_harness_autotest",
		"(by name only)");
}

static void
test_eal_arguments(void)
{
	char *output = NULL;

	CU_ASSERT_EQUAL(run_with_eal("vinetalk_sample_pass", &output), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "Test: good ... passed"));
	free(output);
	expect(1, "--nonsense", NULL, NULL, "rte_eal_init", NULL);
}

static void
test_run_function(void)
{
	const char *slow[] = { "sleep", "60", NULL };
	const char *missing[] = { "/nonexistent/program", NULL };
	const char *cat[] = { "cat", NULL };
	const char *deaf[] = { "true", NULL };
	size_t len = 300000;
	char *output = NULL, *input = malloc(len + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(input);
	memset(input, 'x', len);
	input[len] = '\0';
	CU_ASSERT_EQUAL(vt_test_run(slow, NULL, NULL, 100), -ETIMEDOUT);
	CU_ASSERT_EQUAL(vt_test_run(missing, NULL, NULL, 5000), 127);
	CU_ASSERT_EQUAL(vt_test_run(cat, input, &output, 20000), 0);
	CU_ASSERT(output != NULL && strcmp(output, input) == 0);
	free(output);
	CU_ASSERT_EQUAL(vt_test_run(deaf, input, NULL, 20000), 0);
	CU_ASSERT_TRUE(vt_test_have("sh"));
	CU_ASSERT_FALSE(vt_test_have("no-such-program-anywhere"));
	free(input);
}

static const struct vt_test_case cases[] = {
	{ "exit status", test_status },
	{ "skipped suites and cases", test_skip },
	{ "suites that must not be skipped", test_required },
	{ "unknown names", test_unknown },
	{ "a crash has a name", test_crash },
	{ "DPDK_TEST and VT_TEST_FILTER", test_environment },
	{ "prompt", test_prompt },
	{ "EAL arguments", test_eal_arguments },
	{ "running programs", test_run_function },
};

VT_TEST_SUITE(vinetalk_harness_autotest, setup, NULL, cases);
