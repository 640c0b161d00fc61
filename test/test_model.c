/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The protocols of test/model/ under the model checker spin: no errors as they are, and an error
 * for each thing that is left out.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#define TIMEOUT_MS 300000

struct job {
	const char *model, *macros;
	const char *cc, *options; /* of the checker */
};

/* Model, macros, and how the checker is compiled and called: its whole output in a file. */
#define JOB \
	"job() { " \
	"mkdir \"$tmp/model$1\" && cd \"$tmp/model$1\" && " \
	"spin -a $3 \"$dir/$2.pml\" && gcc -w $4 -o pan pan.c && ./pan -m5000 -w20 $5; " \
	"} >\"$tmp/model$1.out\" 2>&1\n"

#define SEARCH "-O1 -DSAFETY"
/* Compiled sooner, and little to search. */
#define FIND "-O0 -DSAFETY"
/* Any cycle is one without progress: there is none, so all runs are finite. */
#define CYCLES "-O0 -DNP"

static const struct job right[] = {
	{ "park", "", SEARCH, "" },
	{ "ready", "-DTASKS_1=1", SEARCH, "" },
	{ "ready", "-DTASKS=1 -DTASKS_1=2", SEARCH, "" },
	{ "park", "-DTHREADS=1 -DITEMS=2", FIND, "" },
	{ "park", "-DTASKS=1 -DDEATH", FIND, "" },
	{ "park", "-DTASKS=1", CYCLES, "-l" },
	{ "ready", "-DTASKS=1", CYCLES, "-l" },
	{ "ready", "-DTASKS=1 -DTASKS_1=2 -DNO_CLEAR", SEARCH, "" },
	{ "salvage", "-DTASKS=2 -DEXTRA=0", SEARCH, "" },
	{ "salvage", "-DCAP=2", SEARCH, "" },
	{ "salvage", "-DEXTRA=0", CYCLES, "-l" },
};

static const struct job wrong[] = {
	{ "park", "-DNO_ENQUEUE_FENCE", FIND, "" },
	{ "park", "-DNO_PARK_FENCE", FIND, "" },
	{ "park", "-DNO_PARK_LOOK", FIND, "" },
	{ "park", "-DNO_PUBLISH_FENCE", FIND, "" },
	{ "park", "-DNO_WAIT_FENCE", FIND, "" },
	{ "park", "-DNO_WAIT_LOOK", FIND, "" },
	{ "park", "-DNO_BROADCAST", FIND, "" },
	{ "park", "-DTHREADS=1 -DITEMS=2 -DNO_SEND_FENCE", FIND, "" },
	{ "park", "-DDEATH -DTAKE_FIRST", FIND, "" },
	{ "ready", "-DNO_ENQUEUE_FENCE", FIND, "" },
	{ "ready", "-DNO_PARK_FENCE", FIND, "" },
	{ "ready", "-DNO_PARK_LOOK", FIND, "" },
	{ "ready", "-DSUMMARY_IF_WORD_CLEAR", FIND, "" },
	{ "ready", "-DSUMMARY_IF_BIT_CLEAR", FIND, "" },
	{ "ready", "-DPARKED_EARLY", FIND, "" },
	{ "ready", "-DLEAF_FIRST", FIND, "" },
	{ "ready", "-DFORGET", FIND, "" },
	{ "ready", "-DNO_COOL_FENCE", FIND, "" },
	{ "ready", "-DNO_COOL_LOOK", FIND, "" },
	{ "ready", "-DNO_HOT_LOOK", FIND, "" },
	{ "ready", "-DTAKE_FIRST", FIND, "" },
	{ "ready", "-DNO_NUMBER", FIND, "" },
	{ "salvage", "-DNO_INSIDE_FENCE", FIND, "" },
	{ "salvage", "-DNO_CLOSE_FENCE", FIND, "" },
	{ "salvage", "-DNO_WAIT", FIND, "" },
	{ "salvage", "-DNO_SALVAGE", FIND, "" },
	{ "salvage", "-DNO_SEQ", FIND, "" },
	{ "salvage", "-DNO_CHECK -DNO_ORIGIN", FIND, "" },
	{ "salvage", "-DSTAY", FIND, "" },
	{ "salvage", "-DREUSE", FIND, "" },
	{ "salvage", "-DNO_ACTIVE", FIND, "" },
	{ "salvage", "-DOPEN_EARLY", FIND, "" },
};

/* What a job wrote; free() it. */
static char *
output_of(unsigned int i)
{
	char path[4096], *text;
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%.4000s/model%u.out", vt_test_tmp_dir(), i);
	f = fopen(path, "r");
	if (f == NULL)
		return NULL;
	text = calloc(1, 65536);
	if (text != NULL) {
		len = fread(text, 1, 65535, f);
		text[len] = '\0';
	}
	fclose(f);
	return text;
}

/* The search saw all there is. */
static bool
is_complete(const char *text)
{
	static const char * const not[] = { "not completed", "max search depth too small",
		"out of memory", "aborting", "Bit statespace", "Hash-Compact" };
	unsigned int i;

	for (i = 0; i < RTE_DIM(not); i++)
		if (strstr(text, not[i]) != NULL)
			return false;
	return strstr(text, "Full statespace search") != NULL;
}

/* Of a model that was searched in full only the end of the process that never ends is unreached. */
static bool
is_reached(const char *text)
{
	const char *p = strstr(text, "unreached in"), *end;

	if (p == NULL)
		return false;
	while ((p = strstr(p, ".pml:")) != NULL) {
		end = p + strcspn(p, "\n");
		if (end - p < 7 || strncmp(end - 7, "\"-end-\"", 7) != 0)
			return false;
		p = end;
	}
	return true;
}

static bool
is_right(const char *text)
{
	/* Searches for cycles are of fewer tasks. */
	return is_complete(text) && strstr(text, "errors: 0\n") != NULL &&
		(strstr(text, "non-progress cycles") != NULL || is_reached(text));
}

static bool
is_wrong(const char *text)
{
	const char *p = strstr(text, "errors: ");

	return p != NULL && atoi(p + strlen("errors: ")) > 0 &&
		(strstr(text, "pan:1: invalid end state") != NULL ||
		strstr(text, "pan:1: assertion violated") != NULL);
}

/* Two at a time. */
static void
check(const struct job *jobs, unsigned int nb, bool (*judge)(const char *text))
{
	char script[16384], *text = NULL;
	size_t len;
	unsigned int i, lane;
	int ret;

	len = (size_t)snprintf(script, sizeof(script), "tmp='%s'; dir='%s/test/model'\n" JOB,
			vt_test_tmp_dir(), vt_test_source_dir());
	for (lane = 0; lane < 2; lane++) {
		len += (size_t)snprintf(script + len, sizeof(script) - len, "(\n");
		for (i = lane; i < nb; i += 2)
			len += (size_t)snprintf(script + len, sizeof(script) - len,
					"job %u %s '%s' '%s' '%s'\n", i, jobs[i].model,
					jobs[i].macros, jobs[i].cc, jobs[i].options);
		len += (size_t)snprintf(script + len, sizeof(script) - len, ") &\n");
	}
	len += (size_t)snprintf(script + len, sizeof(script) - len,
			"wait; rm -rf \"$tmp\"/model*[0-9]\n");
	CU_ASSERT_FATAL(len < sizeof(script));
	ret = vt_test_shell(script, &text, TIMEOUT_MS);
	CU_ASSERT_EQUAL(ret, 0);
	free(text);
	for (i = 0; i < nb; i++) {
		text = output_of(i);
		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		if (!judge(text)) {
			CU_FAIL("another outcome");
			printf("\n%s %s:\n%s\n", jobs[i].model, jobs[i].macros, text);
		}
		free(text);
	}
}

static void
test_right(void)
{
	check(right, RTE_DIM(right), is_right);
}

static void
test_wrong(void)
{
	check(wrong, RTE_DIM(wrong), is_wrong);
}

static int
setup(void)
{
	static const char * const programs[] = { "spin", "gcc" };
	unsigned int i;

	for (i = 0; i < RTE_DIM(programs); i++) {
		if (!vt_test_have(programs[i])) {
			vt_test_skip_reason("%s is missing", programs[i]);
			return VT_TEST_SKIPPED;
		}
	}
	return vt_test_tmp_dir() != NULL ? 0 : 1;
}

static const struct vt_test_case cases[] = {
	{ "no errors", test_right },
	{ "what is left out is found", test_wrong },
};

VT_TEST_SUITE(vinetalk_model_autotest, setup, NULL, cases);
