/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The guide's recipe for a new transport driver, on a copy of the tree: copy the folder `empty`,
 * give it a name, add one word to drivers/meson.build, build. Then the conformance suite runs over
 * the new driver by its name.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#define TIMEOUT_MS 300000

/* The tree without builds and history. */
#define COPY \
	"mkdir \"$2/tree\" && " \
	"tar -C \"$1\" --exclude='./build*' --exclude=./.git -cf - . | tar -C \"$2/tree\" -xf -"

/* What the guide says; the test of the one word is that sed changed the list. */
#define RECIPE \
	"cd \"$2/tree/drivers\" && " \
	"cp -r transport/empty transport/mine && " \
	"mv transport/mine/empty.c transport/mine/mine.c && " \
	"sed -i 's/empty/mine/g; s/EMPTY/MINE/g' transport/mine/* && " \
	"sed -i \"/'transport': \\[/s/'empty', /'empty', 'mine', /\" meson.build && " \
	"grep -q \"'mine'\" meson.build"

#define BUILD \
	"cd \"$2/tree\" && " \
	"meson setup build --buildtype=plain -Dc_args=-O0 -Ddefault_library=shared " \
	"-Dexamples=false -Ddocs=false && " \
	"ninja -C build test/dpdk-test"

#define RUN \
	"VT_CONFORMANCE_DRIVER=mine VT_BUILD_DIR=\"$2/tree/build\" VT_SOURCE_DIR=\"$2/tree\" " \
	"\"$2/tree/build/test/dpdk-test\" vinetalk_conformance_named_autotest"

/* Run a step; what it wrote, if that is wanted. False: it failed, and its output was printed. */
static bool
step(const char *script, char **output)
{
	const char *const argv[] = { "sh", "-c", script, "sh", vt_test_source_dir(),
		vt_test_tmp_dir(), NULL };
	char *text = NULL;
	int ret = vt_test_run(argv, NULL, &text, TIMEOUT_MS);

	if (ret != 0)
		printf("\n%s\n%s\nstatus %d\n", script, text != NULL ? text : "", ret);
	if (output != NULL)
		*output = text;
	else
		free(text);
	return ret == 0;
}

static void
test_recipe(void)
{
	char *output = NULL;

	CU_ASSERT_TRUE_FATAL(step(COPY, NULL));
	CU_ASSERT_TRUE_FATAL(step(RECIPE, NULL));
	CU_ASSERT_TRUE_FATAL(step(BUILD, NULL));
	CU_ASSERT_TRUE(step(RUN, &output));
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	/* It was that driver: what it lacks is said by its name. */
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "driver mine lacks RTE_VINETALK_CAPA_DATA_PATH"));
	CU_ASSERT_PTR_NULL(strstr(output, "FAILED"));
	free(output);
}

static int
setup(void)
{
	static const char * const programs[] = { "meson", "ninja", "tar", "sed" };
	unsigned int i;

	for (i = 0; i < RTE_DIM(programs); i++) {
		if (!vt_test_have(programs[i])) {
			vt_test_skip_reason("%s is missing", programs[i]);
			return VT_TEST_SKIPPED;
		}
	}
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "copy, rename, add one word, build, conformance", test_recipe },
};

VT_TEST_SUITE(vinetalk_driver_recipe_autotest, setup, NULL, cases);
