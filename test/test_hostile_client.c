/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A client, in a process of its own, that meets a region or an appliance that lies: it is refused, or its calls
 * fail; it does not crash, and it comes to an end.
 *
 * VT_HOSTILE_SEED=N: begin with that seed. VT_HOSTILE_SECONDS=N: so long altogether.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_random.h>
#include <rte_vinetalk.h>

#include "fixture.h"
#include "hostile_appliance.h"
#include "test.h"

#define SECONDS 24
#define CASES 12
#define PATIENCE_MS 20000 /* behind its own time; a mailbox alone may take 5 s */

static char prey[4096];
static uint64_t seed;

static unsigned int
seconds(void)
{
	const char *text = getenv("VT_HOSTILE_SECONDS");
	const int wanted = text != NULL ? atoi(text) : 0;

	return (unsigned int)RTE_MAX((wanted > 0 ? wanted : SECONDS) / CASES, 1);
}

/* What the other process said of a count. */
static unsigned int
count_of(const char *text, const char *name)
{
	const char *at = text != NULL ? strstr(text, name) : NULL;

	return at != NULL ? (unsigned int)strtoul(at + strlen(name), NULL, 10) : 0;
}

/* What the client said goes to *text; free() it. */
static void
meet(struct hostile_appliance *a, const char *path, char **text)
{
	const unsigned int s = seconds();
	char length[16];
	int ret;

	snprintf(length, sizeof(length), "%u", s);
	rte_srand(++seed);
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_act(a), 0);
	ret = vt_test_run((const char *const[]){ prey, path, length, NULL }, NULL, text,
		(int)s * 1000 + PATIENCE_MS);
	hostile_appliance_stop(a);
	CU_ASSERT_EQUAL(ret, 0);
	printf("\n    seed %" PRIu64 ", %" PRIu64 " answers, %" PRIu64 " completions, %" PRIu64 " words spoiled,"
		" %s%s", seed, a->answers, a->completions, a->spoiled, ret == -ETIMEDOUT ? "HANGS, " : "",
		*text != NULL ? *text : "");
}

static const uint32_t layouts[] = { RTE_VTREGION_HASHED, RTE_VTREGION_SINGLE, RTE_VTREGION_THREAD };

/* How many acts of 1000 are lies, and what is spoiled between them. */
static void
each_layout(uint32_t lies, bool words, bool rings)
{
	struct hostile_appliance a;
	char path[108], *text;
	unsigned int i;

	for (i = 0; i < RTE_DIM(layouts); i++) {
		snprintf(path, sizeof(path), "%s/hostile%u.sock", vt_test_tmp_dir(), i);
		CU_ASSERT_EQUAL_FATAL(hostile_appliance_open(&a, path, layouts[i]), 0);
		a.lies = lies;
		a.words = words;
		a.rings = rings;
		meet(&a, path, &text);
		/* Without a lie it works: what is tested is not the stage. */
		if (lies == 0) {
			CU_ASSERT_TRUE(count_of(text, "attached ") > 0);
			CU_ASSERT_EQUAL(count_of(text, "refused "), 0);
			CU_ASSERT_TRUE(count_of(text, "done ") > 0);
		} else {
			CU_ASSERT_TRUE(count_of(text, "attached ") + count_of(text, "refused ") > 0);
		}
		free(text);
		hostile_appliance_close(&a);
	}
}

static void
test_true(void)
{
	each_layout(0, false, false);
}

static void
test_answers(void)
{
	each_layout(20, false, false);
}

static void
test_words(void)
{
	each_layout(300, true, false);
}

static void
test_rings(void)
{
	each_layout(300, false, true);
}

/* It always has one more. */
static void
test_endless(void)
{
	struct rte_vinetalk_proc_info procs[4];
	struct hostile_appliance a;
	uint16_t ids[4];
	char path[108];
	int dev;

	snprintf(path, sizeof(path), "%s/endless.sock", vt_test_tmp_dir());
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_open(&a, path, RTE_VTREGION_HASHED), 0);
	a.endless = true;
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_act(&a), 0);
	dev = fixture_attach_path(path, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL(rte_vinetalk_accel_list((uint16_t)dev, RTE_VINETALK_ACCEL_ANY, ids,
		RTE_DIM(ids)), -EPROTO);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_list((uint16_t)dev, procs, RTE_DIM(procs)), -EPROTO);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
	hostile_appliance_stop(&a);
	hostile_appliance_close(&a);
}

/* A status that is no errno must not become one of the caller's, nor a number of something. */
static void
test_status(void)
{
	static const int32_t bad[] = { INT32_MIN, -4096, 1, INT32_MAX };
	struct rte_vinetalk_accel_info info;
	struct hostile_appliance a;
	char path[108];
	unsigned int i;
	uint16_t proc;
	int dev;

	for (i = 0; i < RTE_DIM(bad); i++) {
		snprintf(path, sizeof(path), "%s/status%u.sock", vt_test_tmp_dir(), i);
		CU_ASSERT_EQUAL_FATAL(hostile_appliance_open(&a, path, RTE_VTREGION_HASHED), 0);
		a.status = bad[i];
		CU_ASSERT_EQUAL_FATAL(hostile_appliance_act(&a), 0);
		dev = fixture_attach_path(path, 1, 0);
		CU_ASSERT_TRUE_FATAL(dev >= 0);
		CU_ASSERT_EQUAL(rte_vinetalk_accel_info_get((uint16_t)dev, 0, &info), -EPROTO);
		CU_ASSERT_EQUAL(rte_vinetalk_proc_get((uint16_t)dev, "echo", RTE_VINETALK_ACCEL_ANY,
			&proc), -EPROTO);
		CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
		hostile_appliance_stop(&a);
		hostile_appliance_close(&a);
	}
}

static int
setup(void)
{
	const char *text = getenv("VT_HOSTILE_SEED");

	if (vt_test_tmp_dir() == NULL)
		return 1;
	snprintf(prey, sizeof(prey), "%s/test/hostile/vinetalk-prey", vt_test_build_dir());
	seed = text != NULL ? strtoull(text, NULL, 0) - 1 : (uint64_t)time(NULL) * 1000;
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "an appliance that tells the truth", test_true },
	{ "lists without an end", test_endless },
	{ "a status that is none", test_status },
	{ "answers and completions that are wrong", test_answers },
	{ "words of header, slots and queues that change", test_words },
	{ "rings that change", test_rings },
};

VT_TEST_SUITE(vinetalk_hostile_client_autotest, setup, NULL, cases);
