/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* vt-appliance's command line as a user or a script meets it: exit status, what is said, what is left. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance_process.h"
#include "conf.h"
#include "test.h"

/* Run it to its end; it must say this, and end with that status. */
static void
expect(const char *const argv[], int status, const char *says)
{
	char *output;
	int ret = vt_test_run(argv, NULL, &output, 20000);

	CU_ASSERT_EQUAL(ret, status);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	if (ret != status || strstr(output, says) == NULL)
		printf("status %d, no '%s' in: %s\n", ret, says, output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, says));
	free(output);
}

#define RUN(status, says, ...) \
	expect((const char *const[]){ vt_appliance_program(), ## __VA_ARGS__, NULL }, status, says)

static void
test_help(void)
{
	RUN(0, "usage: vt-appliance", "--help");
	RUN(0, "examples:", "--", "--help");
	RUN(0, "vt-appliance ", "--version");
	RUN(0, "vt-appliance ", "--", "--version", "--pollers", "0");
}

/* What is wrong is said before EAL starts. */
static void
test_wrong(void)
{
	RUN(1, "--nonsense: unknown option", "--", "--nonsense");
	RUN(1, "lacks its value", "--", "--domain");
	RUN(1, "duplicate domain 'a'", "--", "--domain", "a", "--domain", "a");
	RUN(1, "no such argument", "--", "word");
}

static void
test_one_lcore(void)
{
	char prefix[64], dir[128];

	snprintf(prefix, sizeof(prefix), "--file-prefix=vtone%d", getpid());
	snprintf(dir, sizeof(dir), "/var/run/dpdk/vtone%d", getpid());
	RUN(1, "give EAL more cores (-l 0-1) or say --oversubscribe", "-l", "0", "--no-pci",
		"--no-huge", "-m", "64", prefix, "--");
	CU_ASSERT_EQUAL(access(dir, F_OK), -1);
}

/* A second primary process of the same prefix: refused, and the first one keeps its files. */
static void
test_same_prefix(void)
{
	struct vt_appliance a;
	char prefix[96], domain[200], file[160];

	snprintf(domain, sizeof(domain), "p,path=%s/r.sock,arena=1M", vt_test_tmp_dir());
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, (const char *const[]){ "--oversubscribe",
		"--domain", domain, "--accel", "null", NULL }), 0);
	snprintf(prefix, sizeof(prefix), "--file-prefix=%s", a.prefix);
	RUN(1, "EAL cannot start", "-l", "0", "--no-pci", "--no-huge", "-m", "64", prefix, "--",
		"--oversubscribe");
	snprintf(file, sizeof(file), "%s/config", a.runtime_dir);
	CU_ASSERT_EQUAL(access(file, F_OK), 0);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGINT), 0);
	CU_ASSERT_EQUAL(access(a.runtime_dir, F_OK), -1);
}

/* Ready means ready: one byte, and then the socket is there. */
static void
test_ready_fd(void)
{
	struct vt_appliance a;
	char domain[200], path[160], number[16], bytes[2];
	int fds[2];

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	snprintf(path, sizeof(path), "%s/y.sock", vt_test_tmp_dir());
	snprintf(domain, sizeof(domain), "p,path=%s,arena=1M,mode=0620", path);
	snprintf(number, sizeof(number), "%d", fds[1]);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, (const char *const[]){ "--oversubscribe",
		"--pollers", "2", "--ready-fd", number, "--domain", domain, "--accel", "null",
		NULL }), 0);
	CU_ASSERT_EQUAL(read(fds[0], bytes, sizeof(bytes)), 1);
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(a.output, "ready: 1 domain, 1 accelerator, 2 pollers"));
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	close(fds[0]);
	close(fds[1]);
}

/* One domain of several cannot be made: the others leave nothing behind. */
static void
test_second_domain_fails(void)
{
	struct vt_appliance a;
	char first[200], second[200], path[160];
	struct stat st;

	snprintf(path, sizeof(path), "%s/1.sock", vt_test_tmp_dir());
	snprintf(first, sizeof(first), "one,path=%s,arena=1M", path);
	snprintf(second, sizeof(second), "two,path=%s/none/2.sock,arena=1M", vt_test_tmp_dir());
	CU_ASSERT_NOT_EQUAL(vt_appliance_start(&a, (const char *const[]){ "--oversubscribe",
		"--domain", first, "--domain", second, "--accel", "null", NULL }), 0);
	CU_ASSERT_EQUAL(a.status, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(a.output, "domain two"));
	CU_ASSERT_EQUAL(stat(path, &st), -1);
	CU_ASSERT_EQUAL(access(a.runtime_dir, F_OK), -1);
}

/* ---- the file's messages that need more than one entry ---- */

static struct vt_conf conf;

static void
config_fails(const char *text, const char *where, const char *says)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/r.json", vt_test_tmp_dir());
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
	vt_conf_init(&conf);
	CU_ASSERT_EQUAL(vt_conf_file(&conf, path), -EINVAL);
	if (strstr(conf.error, where) == NULL || strstr(conf.error, says) == NULL)
		printf("no '%s' and '%s' in: %s\n", where, says, conf.error);
	CU_ASSERT_PTR_NOT_NULL(strstr(conf.error, where));
	CU_ASSERT_PTR_NOT_NULL(strstr(conf.error, says));
}

static void
test_config_pairs(void)
{
	config_fails("{ \"domains\": [\n { \"name\": \"a\", \"path\": \"/x/s\" },\n"
		" { \"name\": \"b\",\n \"path\": \"/x/s\" } ] }", "r.json:4:", "path: domains 'a' and 'b'");
	/* One is the default of the other. */
	config_fails("{ \"domains\": [\n { \"name\": \"a\" },\n { \"name\": \"b\",\n"
		" \"path\": \"/run/vinetalk/a.sock\" } ] }", "r.json:4:", "same path");
	config_fails("{ \"domains\": [\n { \"name\": \"b\", \"path\": \"/run/vinetalk/a.sock\" },\n"
		" { \"name\": \"a\" } ] }", "r.json:3:", "same path");
	config_fails("{ \"domains\": [\n { \"name\": \"a\", \"file\": \"/h/f\" },\n { \"name\":"
		" \"b\",\n\n \"file\": \"/h/f\" } ] }", "r.json:5:", "file: domains 'a' and 'b'");
	/* A key that is spelled with escapes: the line of what it stands in. */
	config_fails("{ \"domains\": [\n { \"name\": \"a\", \"cl\\u0069ents\": 0 } ] }",
		"r.json:2:", "clients");
	config_fails("{ \"pollers\": 1\n", "r.json:", "column");
	config_fails("", "r.json:", "column");
	config_fails("{}\n{}", "r.json:2:", "end of file");
}

static int
setup(void)
{
	if (access(vt_appliance_program(), X_OK) == 0)
		return 0;
	vt_test_skip_reason("%s is not built", vt_appliance_program());
	return VT_TEST_SKIPPED;
}

static const struct vt_test_case cases[] = {
	{ "help and version", test_help },
	{ "wrong words", test_wrong },
	{ "one lcore only", test_one_lcore },
	{ "the same prefix twice", test_same_prefix },
	{ "ready on a descriptor", test_ready_fd },
	{ "the second domain fails", test_second_domain_fails },
	{ "the file: lines of what does not go together", test_config_pairs },
};

VT_TEST_SUITE(vinetalk_app_runs_autotest, setup, NULL, cases);
