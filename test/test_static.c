/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Static analysis: cppcheck has nothing to say of the libraries, drivers, programs and examples. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#define TIMEOUT_MS 120000

/*
 * All checks of these classes, but for what test/cppcheck.txt names with the reason. Of the system's headers it
 * needs the one with the loops over lists.
 */
#define CPPCHECK \
	"cd '%s' && exec cppcheck --quiet --std=c11 --inline-suppr --error-exitcode=3 " \
	"--enable=warning,performance,portability --suppressions-list=test/cppcheck.txt " \
	"-D__x86_64__ " \
	"--include=\"$(echo '#include <sys/queue.h>' | cc -E - | grep -om1 '/[^\"]*sys/queue.h')\" " \
	"$(for d in lib/*/; do printf ' -I %%s' \"$d\"; done) %s"

static int
cppcheck(const char *what, char **output)
{
	char script[8192];

	snprintf(script, sizeof(script), CPPCHECK, vt_test_source_dir(), what);
	return vt_test_shell(script, output, TIMEOUT_MS);
}

static void
test_clean(void)
{
	char *text = NULL;
	int ret = cppcheck("lib drivers app examples", &text);

	CU_ASSERT_EQUAL(ret, 0);
	if (ret != 0)
		printf("\n%s\n", text != NULL ? text : "no output");
	free(text);
}

/* It would find something if there were something. */
static void
test_finds(void)
{
	static const char * const wrong[] = {
		"int f(void);\nint f(void)\n{\n\tint a[4] = { 0 };\n\treturn a[4];\n}\n",
		"#include <stdlib.h>\nvoid f(void);\nvoid f(void)\n{\n\tchar *p = malloc(4);\n"
			"\tif (p != NULL)\n\t\tp[0] = 0;\n}\n",
		"#include <stdio.h>\nvoid f(long a);\nvoid f(long a)\n{\n\tprintf(\"%u\", a);\n}\n",
	};
	static const char * const id[] = { "arrayIndexOutOfBounds", "memleak", "invalidPrintfArgType" };
	char path[4096], *text;
	unsigned int i;
	FILE *f;

	for (i = 0; i < RTE_DIM(wrong); i++) {
		snprintf(path, sizeof(path), "%.4000s/wrong.c", vt_test_tmp_dir());
		f = fopen(path, "w");
		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		fputs(wrong[i], f);
		fclose(f);
		text = NULL;
		CU_ASSERT_EQUAL(cppcheck(path, &text), 3);
		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, id[i]));
		free(text);
	}
}

static int
setup(void)
{
	if (!vt_test_have("cppcheck")) {
		vt_test_skip_reason("cppcheck is missing");
		return VT_TEST_SKIPPED;
	}
	return vt_test_tmp_dir() != NULL ? 0 : 1;
}

static const struct vt_test_case cases[] = {
	{ "no findings", test_clean },
	{ "faults are found", test_finds },
};

VT_TEST_SUITE(vinetalk_static_autotest, setup, NULL, cases);
