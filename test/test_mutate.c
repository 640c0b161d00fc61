/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * usertools/vt-mutate.py: its tables fit the sources, it finds what does not fit, and a sample of what it takes away is
 * found by the suites that are named there.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#define CHECK_MS 60000
#define BUILD_MS 900000

static char top[4096];   /* a copy of the sources */
static char build[4096]; /* what the script makes of it */

/* The script of the copy, with these arguments; free() the text. */
static int
mutate(const char *args, char **text, int timeout_ms)
{
	char script[16384];

	snprintf(script, sizeof(script), "exec python3 '%s/usertools/vt-mutate.py' --top '%s' %s", top, top, args);
	return vt_test_shell(script, text, timeout_ms);
}

static void
expect(const char *args, int status, const char *word, int timeout_ms)
{
	char *text = NULL;
	int ret = mutate(args, &text, timeout_ms);

	CU_ASSERT_EQUAL(ret, status);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, word));
	if (ret != status || strstr(text, word) == NULL)
		printf("\n%d, and no \"%s\" in:\n%s\n", ret, word, text);
	free(text);
}

static int
shell(const char *command)
{
	char script[16384], *text = NULL;
	int ret;

	snprintf(script, sizeof(script), "top='%s'; cd \"$top\" && { %s; }", top, command);
	ret = vt_test_shell(script, &text, CHECK_MS);
	if (ret != 0)
		printf("\n%s\n", text != NULL ? text : "no output");
	free(text);
	return ret;
}

static void
test_fits(void)
{
	expect("--check", 0, "fit the sources", CHECK_MS);
}

/* A change of a file of the copy, by sed; what is said of it; and the file as it was. */
static void
spoil(const char *file, const char *change, const char *word)
{
	char command[8192];

	snprintf(command, sizeof(command), "cp '%s' ../kept && sed -i '%s' '%s' && ! cmp -s ../kept '%s'", file, change,
		file, file);
	CU_ASSERT_EQUAL_FATAL(shell(command), 0);
	expect("--check", 1, word, CHECK_MS);
	snprintf(command, sizeof(command), "mv ../kept '%s'", file);
	CU_ASSERT_EQUAL_FATAL(shell(command), 0);
}

static void
test_finds(void)
{
	/* A check that is there no more, or twice. */
	spoil("lib/vtregion/rte_vtregion_ring.h", "s/avail > c->mask/avail >= c->mask + 1/",
		"index of a request ring: lib/vtregion/rte_vtregion_ring.h does not have its text exactly once");
	spoil("lib/vtregion/rte_vtregion_ring.h", "s/^\tif (unlikely(avail > c->mask))/&;\\n&/",
		"index of a request ring: lib/vtregion/rte_vtregion_ring.h does not have its text exactly once");
	/* A new one. */
	spoil("lib/vtappliance/vta_buf.c", "s/^\treturn c->nb_bufs == VTA_MAX_BUFS/\tif (len > 1 << 30)\\n"
		"\t\treturn -E2BIG;\\n&/", "lib/vtappliance/vta_buf.c, check(): no row and no reason");
	/* A fence more, and one less. */
	spoil("lib/vtappliance/vta_ready.c", "s/^\tr->sweep = false;/&\\n\trte_atomic_thread_fence(__ATOMIC_SEQ_CST);/",
		"lib/vtappliance/vta_ready.c sweep: 1 fences, 0 in fences.ini");
	spoil("lib/vtclient/vtclient_wait.c", "s/^\trte_atomic_thread_fence/\t(void)/",
		"lib/vtclient/vtclient_wait.c vtclient_park: 0 fences, 1 in fences.ini");
	/* An omission that no model is asked for. */
	spoil("test/test_model.c", "s/-DNO_COOL_FENCE/-DNO_COOL_LOOK/", "vinetalk_model_autotest does not leave out"
		" ready NO_COOL_FENCE");
	/* A suite and a case that there are not. */
	spoil("test/mutate/client.ini", "0,/^by = window/s//by = windows/", "there is no suite windows");
	spoil("test/mutate/region.ini", "0,/: ring headers/s//: zebra in the ring/", "has no case 'zebra in the ring'");
	spoil("test/mutate/refusals.ini", "0,/^text = .*/s//text = nowhere/", "there is no such refusal without a row");
}

static void
test_sample(void)
{
	static const char * const needed[] = { "meson", "ninja" };
	char args[8192];
	unsigned int i;

	for (i = 0; i < RTE_DIM(needed); i++) {
		if (!vt_test_have(needed[i])) {
			vt_test_skip_reason("%s is missing", needed[i]);
			return;
		}
	}
	snprintf(args, sizeof(args), "--build '%s' --sample", build);
	expect(args, 0, ", 0 not as the table says", BUILD_MS);
	/* A suite that cannot see it does not find it, and that is said. */
	CU_ASSERT_EQUAL_FATAL(shell("sed -i '/^\\[index of a request ring\\]/,/^by/s/^by = .*/by = wire/'"
		" test/mutate/region.ini"), 0);
	snprintf(args, sizeof(args), "--build '%s' --only 'index of a request ring'", build);
	expect(args, 1, "index of a request ring: NOT FOUND", BUILD_MS);
}

static int
setup(void)
{
	char script[16384], *text = NULL;
	int ret;

	if (!vt_test_have("python3")) {
		vt_test_skip_reason("python3 is missing");
		return VT_TEST_SKIPPED;
	}
	if (vt_test_tmp_dir() == NULL)
		return 1;
	snprintf(top, sizeof(top), "%.4000s/src", vt_test_tmp_dir());
	snprintf(build, sizeof(build), "%.4000s/build", vt_test_tmp_dir());
	snprintf(script, sizeof(script), "mkdir '%s' && cd '%s' && cp -r VERSION meson* app drivers lib test usertools"
		" examples doc '%s'", top, vt_test_source_dir(), top);
	ret = vt_test_shell(script, &text, CHECK_MS);
	if (ret != 0)
		printf("\n%s\n", text != NULL ? text : "no output");
	free(text);
	return ret != 0;
}

static const struct vt_test_case cases[] = {
	{ "the tables fit the sources", test_fits },
	{ "what does not fit is found", test_finds },
	{ "a sample is found", test_sample },
};

VT_TEST_SUITE(vinetalk_mutate_autotest, setup, NULL, cases);
