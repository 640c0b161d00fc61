/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* usertools/vt-perf-without.py: its patches fit the sources, and what it says to wrong use. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#define TIMEOUT_MS 60000

/* Run in the source tree; the exit code, and whether the output has the text. */
static void
says(int code, const char *text, const char *script)
{
	char line[8192], *output = NULL;
	int ret;

	snprintf(line, sizeof(line), "cd '%s' && W='%s/without' && %s", vt_test_source_dir(),
		vt_test_tmp_dir(), script);
	ret = vt_test_shell(line, &output, TIMEOUT_MS);
	CU_ASSERT_EQUAL(ret, code);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, text));
	if (ret != code || strstr(output, text) == NULL)
		printf("\n%s: exit code %d\n%s\n", script, ret, output);
	free(output);
}

/* On a copy, each by itself; and one that does not fit is noticed. */
static void
test_patches(void)
{
	says(0, "7 fit", "rm -rf \"$W\" && mkdir \"$W\" && cp -r lib \"$W\" && n=0 && "
		"for p in test/perf/without/*.patch; do "
		"patch --dry-run -f -s -F0 -p1 -d \"$W\" -i \"$PWD/$p\" && n=$((n + 1)); done; echo $n fit");
	says(1, "FAILED", "sed -i s/prefetch/fetch/ \"$W/lib/vtclient/vtclient_path.c\" && "
		"patch --dry-run -f -p1 -d \"$W\" -i \"$PWD/test/perf/without/client-prefetch.patch\"");
}

static void
test_wrong(void)
{
	says(2, "--work", "python3 usertools/vt-perf-without.py -- --test rtt");
	says(2, "no patch nothing; there are: appliance-prefetch, ",
		"python3 usertools/vt-perf-without.py --work \"$W\" --only nothing -- --test rtt");
	says(2, "rounds is 0", "python3 usertools/vt-perf-without.py --work \"$W\" --rounds 0 -- --test rtt");
	says(0, "examples:", "python3 usertools/vt-perf-without.py --help");
}

static int
setup(void)
{
	if (!vt_test_have("python3") || !vt_test_have("patch")) {
		vt_test_skip_reason("python3 or patch is missing");
		return VT_TEST_SKIPPED;
	}
	return vt_test_tmp_dir() != NULL ? 0 : 1;
}

static const struct vt_test_case cases[] = {
	{ "patches fit", test_patches },
	{ "wrong use", test_wrong },
};

VT_TEST_SUITE(vinetalk_perf_without_autotest, setup, NULL, cases);
