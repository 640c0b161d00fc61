/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define MAX_SKIPS 1024
#define MAX_FAILURES_SAID 64

/* Sorted by name: what is run in which order does not depend on the linker. */
static struct vt_test_suite *suites;
static bool duplicate;

/* Of the running suite or case. */
static char skip_reason[256];
static bool skip_said;

static struct {
	char what[128];
	char why[sizeof(skip_reason)];
} skips[MAX_SKIPS];
static unsigned int nb_skip_lines, nb_skipped;

void
vt_test_suite_register(struct vt_test_suite *suite)
{
	struct vt_test_suite **p = &suites;
	int d = -1;

	while (*p != NULL && (d = strcmp((*p)->name, suite->name)) < 0)
		p = &(*p)->next;
	if (*p != NULL && d == 0) {
		fprintf(stderr, "dpdk-test: two suites are named %s\n", suite->name);
		duplicate = true;
	}
	suite->next = *p;
	*p = suite;
}

const struct vt_test_suite *
harness_suites(void)
{
	return suites;
}

struct vt_test_suite *
harness_find(const char *name)
{
	struct vt_test_suite *s;

	for (s = suites; s != NULL; s = s->next)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

void
vt_test_skip_reason(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(skip_reason, sizeof(skip_reason), fmt, ap);
	va_end(ap);
	skip_said = true;
}

static void
skip_add(const char *suite, const char *test, unsigned int nb)
{
	nb_skipped += nb;
	if (nb_skip_lines == MAX_SKIPS)
		return;
	snprintf(skips[nb_skip_lines].what, sizeof(skips[0].what), "%s%s%s", suite,
			test != NULL ? ": " : "", test != NULL ? test : "");
	snprintf(skips[nb_skip_lines].why, sizeof(skips[0].why), "%s",
			skip_said ? skip_reason : "no reason given");
	nb_skip_lines++;
}

static unsigned int
distance(const char *a, const char *b)
{
	unsigned int row[128], diag, up, min;
	size_t la = strlen(a), lb = strlen(b), i, j;

	if (lb >= RTE_DIM(row))
		lb = RTE_DIM(row) - 1;
	for (j = 0; j <= lb; j++)
		row[j] = (unsigned int)j;
	for (i = 1; i <= la; i++) {
		diag = row[0];
		row[0] = (unsigned int)i;
		for (j = 1; j <= lb; j++) {
			up = row[j];
			min = RTE_MIN(up, row[j - 1]) + 1;
			diag += a[i - 1] != b[j - 1];
			row[j] = RTE_MIN(min, diag);
			diag = up;
		}
	}
	return row[lb];
}

void
harness_unknown(const char *name)
{
	const struct vt_test_suite *s;
	const char *sep = " Near:";

	fprintf(stderr, "dpdk-test: there is no test '%s'.", name);
	for (s = suites; s != NULL; s = s->next) {
		if (strstr(s->name, name) == NULL && strstr(name, s->name) == NULL &&
				distance(name, s->name) > 5)
			continue;
		fprintf(stderr, "%s %s", sep, s->name);
		sep = ",";
	}
	if (*sep == ' ') {
		fprintf(stderr, " There are:");
		for (s = suites; s != NULL; s = s->next)
			fprintf(stderr, " %s%s", s->name, s->next != NULL ? "," : "");
	}
	fprintf(stderr, "\n");
}

void
harness_list(FILE *f)
{
	const struct vt_test_suite *s;
	unsigned int i;

	for (s = suites; s != NULL; s = s->next) {
		fprintf(f, "%s%s\n", s->name,
				s->flags & VT_TEST_F_EXTRA ? " (by name only)" : "");
		for (i = 0; i < s->nb_cases; i++)
			fprintf(f, "    %s\n", s->cases[i].name);
	}
	fflush(f);
}

/* ---- CUnit's side ---- */

/* Whether a suite is in VT_TEST_REQUIRED, a list of names with commas. */
static bool
is_required(const char *name)
{
	const char *list = getenv("VT_TEST_REQUIRED");
	const size_t len = strlen(name);

	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list, ",");

		if (n == len && memcmp(list, name, n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

static int
suite_init(void)
{
	CU_pSuite cu = CU_get_current_suite();
	struct vt_test_suite *s = harness_find(cu->pName);
	unsigned int nb = 0;
	CU_pTest t;
	int ret;

	skip_said = false;
	ret = s->setup != NULL ? s->setup() : 0;
	if (ret != VT_TEST_SKIPPED)
		return ret;
	if (is_required(s->name)) {
		printf("  skipped, which VT_TEST_REQUIRED does not allow: %s\n",
			skip_said ? skip_reason : "no reason given");
		return 1;
	}

	/* CUnit would count a failed suite; cases that are inactive are no failures. */
	for (t = cu->pTest; t != NULL; t = t->pNext) {
		if (!t->fActive)
			continue;
		CU_set_test_active(t, CU_FALSE);
		nb++;
	}
	skip_add(s->name, NULL, nb);
	printf("  skipped: %s\n", skip_said ? skip_reason : "no reason given");
	/* So that suite_exit() can tell. */
	cu->pCleanupFunc = NULL;
	return 0;
}

static int
suite_exit(void)
{
	struct vt_test_suite *s = harness_find(CU_get_current_suite()->pName);

	return s->cleanup != NULL ? s->cleanup() : 0;
}

static void
on_suite_start(const CU_pSuite suite)
{
	printf("\nSuite: %s\n", suite->pName);
	fflush(stdout);
}

static void
on_suite_complete(const CU_pSuite suite, const CU_pFailureRecord failure)
{
	RTE_SET_USED(suite);
	RTE_SET_USED(failure);
	paths_tmp_remove();
}

/* Names the case before it runs, so that a crash or a hang has a name. */
static void
on_test_start(const CU_pTest test, const CU_pSuite suite)
{
	RTE_SET_USED(suite);
	skip_said = false;
	printf("  Test: %s ... ", test->pName);
	fflush(stdout);
}

static void
on_test_complete(const CU_pTest test, const CU_pSuite suite, const CU_pFailureRecord failure)
{
	CU_pFailureRecord f;

	if (failure != NULL) {
		printf("FAILED\n");
		for (f = failure; f != NULL; f = f->pNext)
			printf("    %s:%u: %s\n", f->strFileName != NULL ? f->strFileName : "",
					f->uiLineNumber,
					f->strCondition != NULL ? f->strCondition : "");
	} else if (skip_said) {
		skip_add(suite->pName, test->pName, 1);
		printf("skipped: %s\n", skip_reason);
	} else {
		printf("passed\n");
	}
	fflush(stdout);
}

static void
on_init_failure(const CU_pSuite suite)
{
	printf("  FAILED: the setup of suite %s%s%s\n", suite->pName, skip_said ? ": " : "",
			skip_said ? skip_reason : "");
	paths_tmp_remove();
}

static void
on_cleanup_failure(const CU_pSuite suite)
{
	printf("  FAILED: the cleanup of suite %s\n", suite->pName);
}

static void
on_all_complete(const CU_pFailureRecord failure)
{
	RTE_SET_USED(failure);
	printf("\n");
	CU_print_run_results(stdout);
}

/* Add a suite once, with the cases that the filter leaves. Returns how many, or -1. */
static int
add_suite(struct vt_test_suite *s, const char *filter)
{
	unsigned int i;
	CU_pSuite cu = NULL;
	int nb = 0;

	if (CU_get_suite(s->name) != NULL)
		return 0;
	for (i = 0; i < s->nb_cases; i++) {
		if (filter != NULL && strstr(s->cases[i].name, filter) == NULL)
			continue;
		if (cu == NULL)
			cu = CU_add_suite(s->name, suite_init, suite_exit);
		if (cu == NULL || CU_add_test(cu, s->cases[i].name, s->cases[i].run) == NULL) {
			fprintf(stderr, "dpdk-test: %s: %s: %s\n", s->name, s->cases[i].name,
					CU_get_error_msg());
			return -1;
		}
		nb++;
	}
	return nb;
}

static int
add_named(const char *name, const char *filter)
{
	struct vt_test_suite *s = harness_find(name);
	int nb = 0, ret;

	if (s != NULL)
		return add_suite(s, filter);
	if (strcmp(name, HARNESS_ALL) != 0 && strcmp(name, HARNESS_ALL_NAME) != 0) {
		harness_unknown(name);
		return -1;
	}
	for (s = suites; s != NULL; s = s->next) {
		if (s->flags & VT_TEST_F_EXTRA)
			continue;
		ret = add_suite(s, filter);
		if (ret < 0)
			return ret;
		nb += ret;
	}
	return nb;
}

/* At the end once more: who sees only that learns what it was. The list goes by the order of the run. */
static void
say_failures(void)
{
	CU_pFailureRecord f = CU_get_failure_list();
	unsigned int nb = 0;

	printf("\nfailed: %u\n", CU_get_number_of_failure_records());
	for (; f != NULL && nb < MAX_FAILURES_SAID; f = f->pNext, nb++)
		printf("  %s: %s: %s:%u: %s\n", f->pSuite != NULL ? f->pSuite->pName : "",
				f->pTest != NULL ? f->pTest->pName : "setup or cleanup",
				f->strFileName != NULL ? f->strFileName : "", f->uiLineNumber,
				f->strCondition != NULL ? f->strCondition : "");
	if (f != NULL)
		printf("  ...\n");
}

static int
run_added(void)
{
	unsigned int i;

	CU_set_fail_on_inactive(CU_FALSE);
	CU_set_suite_start_handler(on_suite_start);
	CU_set_suite_complete_handler(on_suite_complete);
	CU_set_test_start_handler(on_test_start);
	CU_set_test_complete_handler(on_test_complete);
	CU_set_suite_init_failure_handler(on_init_failure);
	CU_set_suite_cleanup_failure_handler(on_cleanup_failure);
	CU_set_all_test_complete_handler(on_all_complete);

	nb_skip_lines = 0;
	nb_skipped = 0;
	if (CU_run_all_tests() != CUE_SUCCESS && CU_get_number_of_failure_records() == 0) {
		fprintf(stderr, "dpdk-test: %s\n", CU_get_error_msg());
		return 1;
	}
	printf("\nskipped: %u\n", nb_skipped);
	for (i = 0; i < nb_skip_lines; i++)
		printf("  %s: %s\n", skips[i].what, skips[i].why);
	say_failures();
	fflush(stdout);

	if (CU_get_number_of_failure_records() != 0 || CU_get_number_of_suites_failed() != 0)
		return 1;
	/* A case that skips itself has run; one of a skipped suite is inactive. */
	if (nb_skipped != 0 && nb_skipped == CU_get_number_of_tests_run() +
			CU_get_number_of_tests_inactive())
		return VT_TEST_SKIPPED;
	return 0;
}

int
harness_run(const char *const names[], unsigned int nb)
{
	const char *filter = getenv("VT_TEST_FILTER");
	int status = 1, ret, cases = 0;
	unsigned int i;

	if (filter != NULL && *filter == '\0')
		filter = NULL;
	if (duplicate)
		return 1;
	if (CU_initialize_registry() != CUE_SUCCESS) {
		fprintf(stderr, "dpdk-test: %s\n", CU_get_error_msg());
		return 1;
	}
	for (i = 0; i < nb; i++) {
		ret = add_named(names[i], filter);
		if (ret < 0)
			goto out;
		cases += ret;
	}
	if (cases == 0)
		fprintf(stderr, "dpdk-test: no case%s%s\n",
				filter != NULL ? " matches VT_TEST_FILTER=" : " to run",
				filter != NULL ? filter : "");
	else
		status = run_added();
out:
	CU_cleanup_registry();
	return status;
}

int
harness_worse(int a, int b)
{
	if (a != b && a != VT_TEST_SKIPPED && b != VT_TEST_SKIPPED)
		return RTE_MAX(a, b);
	return a == VT_TEST_SKIPPED ? b : a;
}
