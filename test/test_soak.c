/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Some of what vt-soak.py does for hours.
 *
 * VT_TEST_SOAK_SECONDS=N: for so long.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

static void
test_soak(void)
{
	const char *seconds = getenv("VT_TEST_SOAK_SECONDS");
	char script[512], *output = NULL;
	int ret;

	if (seconds == NULL)
		seconds = "120";
	snprintf(script, sizeof(script), "exec python3 '%.200s/usertools/vt-soak.py' --build '%.200s' --seconds %.10s",
		vt_test_source_dir(), vt_test_build_dir(), seconds);
	ret = vt_test_shell(script, &output, (atoi(seconds) + 180) * 1000);
	CU_ASSERT_EQUAL(ret, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "soak: memory"));
	printf("\n%s", output);
	free(output);
}

static void
test_wrong(void)
{
	static const char * const wrong[][2] = {
		{ "--seconds 0", "must be more than 0" },
		{ "--seconds x", "invalid float value" },
		{ "--build /nowhere", "/nowhere/app/vt-broker/vt-broker is not there" },
		{ "--colour", "unrecognized arguments" },
	};
	char script[512], *output;
	unsigned int i;

	for (i = 0; i < RTE_DIM(wrong); i++) {
		output = NULL;
		snprintf(script, sizeof(script), "exec python3 '%.200s/usertools/vt-soak.py' %s",
			vt_test_source_dir(), wrong[i][0]);
		CU_ASSERT_NOT_EQUAL(vt_test_shell(script, &output, 60000), 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(output);
		CU_ASSERT_PTR_NOT_NULL(strstr(output, wrong[i][1]));
		free(output);
	}
}

static int
setup(void)
{
	if (vt_test_have("python3"))
		return 0;
	vt_test_skip_reason("python3 is missing");
	return VT_TEST_SKIPPED;
}

static const struct vt_test_case cases[] = {
	{ "wrong arguments", test_wrong },
	{ "some of everything", test_soak },
};

VT_TEST_SUITE(vinetalk_soak_autotest, setup, NULL, cases);
