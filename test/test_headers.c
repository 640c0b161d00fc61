/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

/*
 * Each header that is installed is the only one that a program includes, compiled as a user would:
 * with the flags of DPDK's pkg-config file. $1 list, $2 compiler, $3 language, $4 standard.
 */
static const char script[] =
	"flags=$(pkg-config --cflags libdpdk | sed 's/-I/-isystem /g') || exit 2\n"
	"nb=0; bad=0\n"
	"incs=$(while read -r h; do echo \"-I$(dirname \"$h\")\"; done <\"$1\" | sort -u)\n"
	"while read -r h; do\n"
	"	nb=$((nb + 1))\n"
	"	printf '#include <%s>\\n' \"$(basename \"$h\")\" |\n"
	"		$2 -x $3 -std=$4 -fsyntax-only -Wall -Wextra -Werror $flags $incs - ||\n"
	"		{ bad=$((bad + 1)); echo \"BAD: $h\"; }\n"
	"done <\"$1\"\n"
	"echo \"headers $nb bad $bad\"\n";

static void
compile(const char *compiler, const char *language, const char *standard)
{
	char list[4096], *output = NULL, *last;
	const char *argv[] = { "sh", "-c", script, "sh", list, compiler, language, standard, NULL };
	int nb = 0, bad = -1, ret;

	snprintf(list, sizeof(list), "%s/test/headers.txt", vt_test_build_dir());
	CU_ASSERT_EQUAL_FATAL(access(list, R_OK), 0);
	if (!vt_test_have(compiler) || !vt_test_have("pkg-config")) {
		vt_test_skip_reason("%s or pkg-config is not installed", compiler);
		return;
	}
	ret = vt_test_run(argv, NULL, &output, 300000);
	CU_ASSERT_EQUAL(ret, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	last = strstr(output, "headers ");
	CU_ASSERT(last != NULL && sscanf(last, "headers %d bad %d", &nb, &bad) == 2);
	CU_ASSERT(nb > 0);
	CU_ASSERT_EQUAL(bad, 0);
	if (bad != 0)
		printf("\n%s", output);
	free(output);
}

static void
test_c(void)
{
	compile("gcc", "c", "gnu11");
}

static void
test_cxx(void)
{
	compile("g++", "c++", "gnu++17");
}

static void
test_clang(void)
{
	compile("clang", "c", "gnu11");
}

static const struct vt_test_case cases[] = {
	{ "each header alone, gcc, C11", test_c },
	{ "each header alone, g++, C++17", test_cxx },
	{ "each header alone, clang, C11", test_clang },
};

VT_TEST_SUITE(vinetalk_headers_autotest, NULL, NULL, cases);
