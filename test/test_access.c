/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * What the programs may do themselves: --user, the systemd units, and life under what these say, without systemd:
 * vinetalk-confine reads the unit, so that what is tested is what is installed.
 */

#include <dirent.h>
#include <libaio.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_vinetalk.h>

#include "appliance_process.h"
#include "broker_process.h"
#include "fixture.h"
#include "test.h"

#define USER "nobody"
/* Of systemd's 0 to 100; it is 9. */
#define EXPOSURE "15"

static const char *const units[] = { "vt-appliance", "vt-broker" };

static int
setup(void)
{
	if (geteuid() != 0 || getpwnam(USER) == NULL) {
		vt_test_skip_reason("needs root, and a user " USER);
		return VT_TEST_SKIPPED;
	}
	return 0;
}

static void
works(const char *path)
{
	uint16_t proc, va;
	int dev = fixture_attach_path(path, 1, 0);

	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	fixture_works(dev, proc, va, 100, 5000000);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
}

static int
shell(const char *text, char **output)
{
	int ret = vt_test_shell(text, output, 120000);

	CU_ASSERT_PTR_NOT_NULL_FATAL(*output);
	return ret;
}

/* Every thread is that user's, without capabilities, and can get none by exec. */
static void
is_dropped(pid_t pid)
{
	char text[600], *output = NULL;
	const struct passwd *pw = getpwnam(USER);

	snprintf(text, sizeof(text), "cd /proc/%d/task && cat */status | awk '/^(Uid|Gid|Groups|Cap(Inh|Prm|Eff|Amb)"
		"|NoNewPrivs)/ { $1 = $1; print }' | sort -u", pid);
	CU_ASSERT_EQUAL(shell(text, &output), 0);
	snprintf(text, sizeof(text), "CapAmb: 0000000000000000\nCapEff: 0000000000000000\n"
		"CapInh: 0000000000000000\nCapPrm: 0000000000000000\nGid: %u %u %u %u\nGroups: %u\n"
		"NoNewPrivs: 1\nUid: %u %u %u %u\n", pw->pw_gid, pw->pw_gid, pw->pw_gid, pw->pw_gid,
		pw->pw_gid, pw->pw_uid, pw->pw_uid, pw->pw_uid, pw->pw_uid);
	CU_ASSERT_STRING_EQUAL(output, text);
	if (strcmp(output, text) != 0)
		printf("\n%s", output);
	free(output);
}

/* What is left there; the directory itself, in one of root's, may be. */
static unsigned int
files_in(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	unsigned int nb = 0;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		nb += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
	return nb;
}

static void
test_appliance_user(void)
{
	static const char * const users[] = { USER, USER ":nogroup", "65534:65534" };
	static struct vt_appliance a;
	char path[200], domain[300];
	unsigned int i;

	snprintf(path, sizeof(path), "%s/u.sock", vt_test_tmp_dir());
	snprintf(domain, sizeof(domain), "u,path=%s,arena=1M", path);
	for (i = 0; i < RTE_DIM(users); i++) {
		const char *args[] = { "--oversubscribe", "--user", users[i], "--domain", domain,
			"--accel", "null", "--accel", "cpu", NULL };

		CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, args), 0);
		is_dropped(a.pid);
		works(path);
		CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
		CU_ASSERT_EQUAL(files_in(a.runtime_dir), 0);
		/* The directory is not the user's: what is left there is taken by the next one. */
		CU_ASSERT_EQUAL(access(path, F_OK), 0);
	}
	CU_ASSERT_EQUAL(chown(vt_test_tmp_dir(), getpwnam(USER)->pw_uid, (gid_t)-1), 0);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, (const char *const []){ "--oversubscribe", "--user",
		USER, "--domain", domain, "--accel", "null", NULL }), 0);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
	CU_ASSERT_EQUAL(chown(vt_test_tmp_dir(), 0, (gid_t)-1), 0);
}

static void
test_broker_user(void)
{
	static struct vt_appliance a;
	const char *args[] = { "--oversubscribe", "--user", USER, "--domain", NULL, "--accel", "null",
		NULL };
	char domain[300], text[400], *output = NULL;
	struct vt_broker b;

	CU_ASSERT_EQUAL_FATAL(vt_broker_start_as(&b, "v", ",size=8M,clients=2"), 0);
	snprintf(domain, sizeof(domain), "v,broker=%s,clients=2,arena=1M", b.owner);
	args[4] = domain;
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, args), 0);
	works(b.clients);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
	/* The broker itself. */
	snprintf(text, sizeof(text), "%s --user " USER " --domain w,path=%s/w.sock,appliance=%s/w.owner,size=2M,"
		"no-huge=yes & pid=$!; for i in $(seq 100); do [ -S %s/w.owner ] && break; sleep 0.05; done;"
		" sleep 0.2; awk '/^(Uid|CapEff|NoNew)/ { $1 = $1; print }' /proc/$pid/status; kill $pid; wait $pid",
		vt_broker_program(), vt_test_tmp_dir(), vt_test_tmp_dir(), vt_test_tmp_dir());
	CU_ASSERT_EQUAL(shell(text, &output), 0);
	snprintf(text, sizeof(text), "Uid: %u ", getpwnam(USER)->pw_uid);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, text));
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "CapEff: 0000000000000000"));
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "NoNewPrivs: 1"));
	free(output);
}

static void
test_bad_users(void)
{
	static const char * const bad[][2] = {
		{ "no_such_user", "there is no user 'no_such_user'" },
		{ USER ":no_such_group", "there is no group 'no_such_group'" },
		{ "3999999", "there is no user '3999999', and no group is said" },
		{ "4294967295:1", "there is no user '4294967295'" },
		{ ":nogroup", "there is no user ''" },
	};
	unsigned int i, k;

	for (i = 0; i < RTE_DIM(bad); i++) {
		const char *argv[2][5] = {
			{ vt_appliance_program(), "--", "--user", bad[i][0], NULL },
			{ vt_broker_program(), "--user", bad[i][0], NULL },
		};

		for (k = 0; k < 2; k++) {
			char *output = NULL;

			CU_ASSERT_EQUAL(vt_test_run(argv[k], NULL, &output, 10000), 1);
			CU_ASSERT_PTR_NOT_NULL_FATAL(output);
			CU_ASSERT_PTR_NOT_NULL(strstr(output, bad[i][1]));
			if (strstr(output, bad[i][1]) == NULL)
				printf("\n%s: %s", bad[i][0], output);
			free(output);
		}
	}
}

/* A copy of the unit with a program that is there. */
static void
test_units(void)
{
	char text[1000], *output = NULL;
	unsigned int i;

	if (!vt_test_have("systemd-analyze")) {
		vt_test_skip_reason("systemd-analyze is missing");
		return;
	}
	for (i = 0; i < RTE_DIM(units); i++) {
		snprintf(text, sizeof(text), "cd %s && sed 's#^ExecStart=[^ ]*#ExecStart=%s/app/%s/%s#'"
			" %s/app/systemd/%s.service >%s.service && systemd-analyze verify ./%s.service &&"
			" systemd-analyze security --offline=true --threshold=" EXPOSURE " ./%s.service |"
			" tail -1", vt_test_tmp_dir(), vt_test_build_dir(), units[i], units[i],
			vt_test_build_dir(), units[i], units[i], units[i], units[i]);
		CU_ASSERT_EQUAL(shell(text, &output), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(output, "SAFE"));
		/* And nothing else: verify has said nothing. */
		CU_ASSERT_PTR_EQUAL(strchr(output, '\n'), output + strlen(output) - 1);
		printf("\n    %s", output);
		free(output);
	}
	/* It can say no. */
	snprintf(text, sizeof(text), "cd %s && printf '[Service]\\nExecStart=/bin/true\\n' >bad.service &&"
		" systemd-analyze security --offline=true --threshold=" EXPOSURE " ./bad.service >/dev/null",
		vt_test_tmp_dir());
	CU_ASSERT_NOT_EQUAL(shell(text, &output), 0);
	free(output);
}

/* ---- confined ---- */

/* A command under a unit's restrictions, in a directory of the user's. */
static int
confined(const char *unit, const char *command, char **output)
{
	char *text;
	int ret;

	CU_ASSERT_TRUE_FATAL(asprintf(&text, "d=%s/confined; mkdir -p $d && chown " USER " $d && chmod 755 %s $d &&"
		" cd $d && export TMPDIR=$d RUNTIME_DIRECTORY=$d &&"
		" exec %s/test/confine/vinetalk-confine %s/app/systemd/%s.service " USER " %s",
		vt_test_tmp_dir(), vt_test_tmp_dir(), vt_test_build_dir(), vt_test_build_dir(), unit,
		command) > 0);
	ret = shell(text, output);
	free(text);
	return ret;
}

static void
test_forbidden(void)
{
	static const char * const bad[] = { "unshare -n true", "unshare -m true",
		"chroot / true", "dmesg -C", "nsenter -t 1 -m true",
		"perl -e 'use Socket; socket(my $s, PF_INET, SOCK_STREAM, 0) or exit 1'",
		"perl -e '$> = 0; exit ($> != 0)'" };
	char *output = NULL;
	unsigned int i, k;

	for (k = 0; k < RTE_DIM(units); k++) {
		CU_ASSERT_EQUAL(confined(units[k], "true", &output), 0);
		free(output);
		CU_ASSERT_EQUAL(confined(units[k],
			"perl -e 'use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0) or exit 1'",
			&output), 0);
		free(output);
		for (i = 0; i < RTE_DIM(bad); i++) {
			int ret = confined(units[k], bad[i], &output);

			CU_ASSERT_TRUE(ret != 0 && ret != 126 && ret != 127);
			free(output);
		}
	}
}

/* The programs do their work, to the end. */
static void
test_confined(void)
{
	char command[1200], path[300], *output = NULL;
	int ret;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/confined/c.sock", vt_test_tmp_dir());
	snprintf(command, sizeof(command), "%s --in-memory --iova-mode va --no-pci --no-huge -m 64 -l 0 --"
		" --oversubscribe --domain c,path=%s,arena=1M --accel null --accel cpu%s%s", vt_appliance_program(),
		path,
#ifdef VT_HAVE_CRYPTO
		" --accel crypto,dev=crypto_openssl",
#else
		"",
#endif
#ifdef VT_HAVE_COMPRESS
		" --accel compress,dev=compress_isal");
#else
		"");
#endif
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		/* A client from outside, and the end. */
		char text[1500];
		unsigned int i;

		for (i = 0; i < 200 && access(path, F_OK) != 0; i++)
			usleep(50000);
		usleep(200000);
		snprintf(text, sizeof(text), "VINETALK_DRIVER_PATH=%s/drivers %s/test/noeal/vinetalk-client"
			" shm,path=%s; r=$?; pkill -TERM -u " USER " -f 'path=%s'; exit $r",
			vt_test_build_dir(), vt_test_build_dir(), path, path);
		_exit(WEXITSTATUS(system(text)));
	}
	ret = confined("vt-appliance", command, &output);
	CU_ASSERT_EQUAL(ret, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "1 clients served, 1001 tasks, 1001 completed, 0 failed"));
	if (ret != 0)
		printf("\n%s", output);
	free(output);
	CU_ASSERT_EQUAL(waitpid(pid, &ret, 0), pid);
	CU_ASSERT_EQUAL(ret, 0);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
}

/* Without what doorbells need it ends with the reason. */
static void
test_no_aio(void)
{
	char *text, *output = NULL;
	int ret;

	CU_ASSERT_TRUE_FATAL(asprintf(&text, "u=%s/no-aio.service; sed /io_setup/d %s/app/systemd/vt-appliance.service >$u &&"
		" exec %s/test/confine/vinetalk-confine $u " USER " %s --in-memory --iova-mode va --no-pci --no-huge -m 64"
		" -l 0 -- --oversubscribe --domain n,path=/nowhere/n.sock --accel null", vt_test_tmp_dir(),
		vt_test_build_dir(), vt_test_build_dir(), vt_appliance_program()) > 0);
	ret = shell(text, &output);
	CU_ASSERT_TRUE(ret > 0 && ret < 126);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "no asynchronous requests for doorbells, io_setup: Operation not permitted"));
	if (ret <= 0 || ret >= 126)
		printf("\n%s", output);
	free(output);
	free(text);
}

static bool
says(struct vt_appliance *a, const char *text)
{
	unsigned int i;

	for (i = 0; i < 500 && vt_appliance_lives(a) && strstr(a->output, text) == NULL; i++)
		usleep(10000);
	return strstr(a->output, text) != NULL;
}

/* All the room for asynchronous requests. Its contexts; how many, or 0. */
static unsigned int
aio_take(io_context_t *hogs, unsigned int max)
{
	unsigned int n = 0, most;

	for (most = 1U << 20; most != 0 && n < max; )
		if (io_setup((int)most, &hogs[n]) == 0)
			n++;
		else
			most /= 2;
	return most == 0 ? n : 0;
}

/* Anybody may take all the room that the kernel has: it serves all the same, and rings when there is some again. */
static void
test_aio_taken(void)
{
	io_context_t hogs[64] = { NULL };
	const unsigned int nb = aio_take(hogs, RTE_DIM(hogs));
	static struct vt_appliance a;
	char domain[200], path[108];
	uint16_t proc, va;
	unsigned int i;
	int dev;

	CU_ASSERT_TRUE(nb > 0);
	snprintf(path, sizeof(path), "%s/aio.sock", vt_test_tmp_dir());
	snprintf(domain, sizeof(domain), "a,path=%s,arena=1M", path);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, (const char *const[]){ "--oversubscribe", "--domain", domain,
		"--accel", "null", NULL }), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(a.output, "io_setup: Resource temporarily unavailable"));
	dev = fixture_attach_path(path, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL(fixture_proc(dev, "nop", &proc, &va), 0);
	fixture_works(dev, proc, va, 10, 5000000);
	for (i = 0; i < nb; i++)
		io_destroy(hogs[i]);
	CU_ASSERT_TRUE(says(&a, "doorbells are rung"));
	fixture_works(dev, proc, va, 10, 5000000);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
}

static void
test_suites(void)
{
	static const char * const suites[] = { "appliance", "appliance_faults", "layout", "move", "limits",
#ifdef VT_HAVE_CRYPTO
		"crypto_client",
#endif
#ifdef VT_HAVE_COMPRESS
		"compress_client",
#endif
		"conformance_shm_thread", "ivshmem" };
	char command[600], *output = NULL;
	unsigned int i, passed = 0;
	int ret;

	for (i = 0; i < RTE_DIM(suites); i++) {
		/* What is chosen by a name is of this run. */
		snprintf(command, sizeof(command), "env -u VT_TEST_FILTER %s/test/dpdk-test vinetalk_%s_autotest",
			vt_test_build_dir(), suites[i]);
		ret = confined("vt-appliance", command, &output);
		CU_ASSERT_EQUAL(ret, 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(output, "asserts"));
		if (ret != 0)
			printf("\n%s: %s", suites[i], output);
		passed += ret == 0;
		free(output);
	}
	printf("\n    %u suites pass confined\n", passed);
}

static const struct vt_test_case cases[] = {
	{ "an appliance becomes a user", test_appliance_user },
	{ "a broker becomes a user", test_broker_user },
	{ "users that there are not", test_bad_users },
	{ "systemd's opinion of the units", test_units },
	{ "what a confined process cannot do", test_forbidden },
	{ "a confined appliance", test_confined },
	{ "without asynchronous requests", test_no_aio },
	{ "asynchronous requests are all taken", test_aio_taken },
	{ "suites, confined", test_suites },
};

VT_TEST_SUITE(vinetalk_access_autotest, setup, NULL, cases);
