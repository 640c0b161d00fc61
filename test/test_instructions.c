/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

/* The figures are printed, not judged: they depend on compiler and options. */
static void
test_count(void)
{
	char path[4096], *output = NULL, *line;
	const char *argv[] = { path, NULL };
	double client, appliance, raw;
	unsigned int burst, lines = 0;
	int ret;

	snprintf(path, sizeof(path), "%s/test/callgrind/vinetalk-instructions", vt_test_build_dir());
	if (access(path, X_OK) != 0) {
		vt_test_skip_reason("%s is not built", path);
		return;
	}
	ret = vt_test_run(argv, NULL, &output, 180000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	if (ret == VT_TEST_SKIPPED) {
		output[strcspn(output, "\n")] = '\0';
		vt_test_skip_reason("%s", output + (strncmp(output, "skipped: ", 9) == 0 ? 9 : 0));
		free(output);
		return;
	}
	printf("\n%s", output);
	CU_ASSERT_EQUAL(ret, 0);
	for (line = output; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "burst %u: client %lf appliance %lf raw rte_ring pair %lf", &burst,
				&client, &appliance, &raw) != 4)
			continue;
		lines++;
		CU_ASSERT(client > 0);
		CU_ASSERT(appliance > 0);
		CU_ASSERT(raw > 0);
	}
	CU_ASSERT_EQUAL(lines, 2);
	free(output);
}

static const struct vt_test_case cases[] = {
	{ "instructions from enqueue to completion", test_count },
};

VT_TEST_SUITE(vinetalk_instructions_autotest, NULL, NULL, cases);
