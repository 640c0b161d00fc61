/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Client programs under valgrind's memcheck, against an appliance that runs without it: no invalid access, no use of
 * what was never written, nothing lost. (Of plugins the C library's loader itself would be reported; these programs have
 * their drivers linked in.)
 */

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance_process.h"
#include "broker_process.h"
#include "test.h"

#define FOUND 99 /* exit status: memcheck has found something */
#define TIMEOUT_MS 60000

static const char *const layouts[] = { "hashed", "single", "thread" };

static int
setup(void)
{
	if (!vt_test_have("valgrind")) {
		vt_test_skip_reason("valgrind is missing");
		return VT_TEST_SKIPPED;
	}
	return 0;
}

/* vt-guest with these arguments: its exit status, with memcheck silent. */
static void
checked(const char *what, const char *devargs, const char *nb, const char *input, int status)
{
	char program[4096], *output = NULL;
	const char *argv[] = { "valgrind", "-q", "--error-exitcode=99", "--leak-check=full",
		"--show-leak-kinds=definite,possible", "--errors-for-leak-kinds=definite,possible",
		program, what, devargs, nb, NULL };
	int ret;

	snprintf(program, sizeof(program), "%s/test/vm/vt-guest", vt_test_build_dir());
	ret = vt_test_run(argv, input, &output, TIMEOUT_MS);
	CU_ASSERT_EQUAL(ret, status);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NULL(strstr(output, "=="));
	if (ret != status || strstr(output, "==") != NULL)
		printf("\n%s %s: %d\n%s\n", what, devargs, ret, output);
	free(output);
}

static void
up(struct vt_appliance *a, const char *layout, char *devargs, size_t len)
{
	char path[200], domain[300];
	const char *args[] = { "--oversubscribe", "--domain", domain, "--accel", "cpu", NULL };

	snprintf(path, sizeof(path), "%s/v.sock", vt_test_tmp_dir());
	snprintf(domain, sizeof(domain), "v,path=%s,arena=4M,layout=%s", path, layout);
	snprintf(devargs, len, "shm,path=%s", path);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(a, args), 0);
}

static void
test_work(void)
{
	static struct vt_appliance a;
	char devargs[250];
	unsigned int i;

	for (i = 0; i < RTE_DIM(layouts); i++) {
		up(&a, layouts[i], devargs, sizeof(devargs));
		checked("tasks", devargs, "3000", NULL, 0);
		checked("waits", devargs, "5", NULL, 0);
		checked("races", devargs, "200", NULL, 0);
		CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
	}
}

static void
test_refused(void)
{
	static struct vt_appliance a;
	char devargs[250], bad[300];

	up(&a, "hashed", devargs, sizeof(devargs));
	snprintf(bad, sizeof(bad), "%s,colour=red", devargs);
	checked("tasks", bad, "1", NULL, 1);
	snprintf(bad, sizeof(bad), "%s.not", devargs);
	checked("tasks", bad, "1", NULL, 1);
	checked("tasks", "no_such_driver", "1", NULL, 1);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
}

struct end {
	struct vt_appliance *a;
	int sig;
	const char *const *next; /* arguments of one that follows, or NULL */
	int ret;
};

static void *
end_main(void *arg)
{
	struct end *e = arg;

	usleep(2500000);
	e->ret = vt_appliance_stop(e->a, e->sig);
	if (e->next != NULL && vt_appliance_start(e->a, e->next) != 0)
		e->ret = -1;
	return NULL;
}

/* The appliance dies while tasks are in flight. */
static void
test_gone(void)
{
	static struct vt_appliance a;
	struct end e = { .a = &a, .sig = SIGKILL };
	char devargs[250];
	pthread_t thread;

	up(&a, "hashed", devargs, sizeof(devargs));
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, end_main, &e), 0);
	checked("until-gone", devargs, NULL, NULL, 0);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(e.ret, 128 + SIGKILL);
}

/* And another one follows. */
static void
test_outlive(void)
{
	static struct vt_appliance a;
	char domain[300], devargs[250], program[4096], text[5000], *output = NULL;
	const char *args[] = { "--oversubscribe", "--domain", domain, "--accel", "cpu", NULL };
	struct end e = { .a = &a, .sig = SIGKILL, .next = args };
	struct vt_broker b;
	pthread_t thread;

	CU_ASSERT_EQUAL_FATAL(vt_broker_start_as(&b, "vg", ",size=16M,clients=2"), 0);
	snprintf(domain, sizeof(domain), "vg,broker=%s,clients=2,arena=4M", b.owner);
	snprintf(devargs, sizeof(devargs), "shm,path=%s", b.clients);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, args), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, end_main, &e), 0);
	snprintf(program, sizeof(program), "%s/test/vm/vt-guest", vt_test_build_dir());
	snprintf(text, sizeof(text), "(sleep 7; echo enough) | valgrind -q --error-exitcode=99 --leak-check=full"
		" --show-leak-kinds=definite,possible --errors-for-leak-kinds=definite,possible %s outlive %s",
		program, devargs);
	CU_ASSERT_EQUAL(vt_test_shell(text, &output, TIMEOUT_MS), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "went on 1"));
	CU_ASSERT_PTR_NULL(strstr(output, "=="));
	if (strstr(output, "==") != NULL)
		printf("\n%s", output);
	free(output);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(e.ret, 128 + SIGKILL);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
}

static void
test_memcheck(void)
{
	char *output = NULL;

	/* It does find something. */
	CU_ASSERT_EQUAL(vt_test_shell("d=$(mktemp -d) && cd $d && echo 'int main(void) { char *p ="
		" __builtin_malloc(4); return p[4] == 77 && p[1]; }' >t.c && gcc -O0 -w t.c -o t && valgrind -q"
		" --error-exitcode=99 ./t; r=$?; rm -rf $d; exit $r", &output, TIMEOUT_MS), FOUND);
	free(output);
}

static const struct vt_test_case cases[] = {
	{ "memcheck finds", test_memcheck },
	{ "work", test_work },
	{ "refused", test_refused },
	{ "the appliance dies", test_gone },
	{ "the appliance dies, and another one follows", test_outlive },
};

VT_TEST_SUITE(vinetalk_valgrind_autotest, setup, NULL, cases);
