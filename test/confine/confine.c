/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * vinetalk-confine UNIT USER PROGRAM [ARGUMENT...]
 *
 * Runs a program under what a systemd unit says of capabilities, new privileges, address families and system calls,
 * where no systemd runs. Of the unit only these are read: NoNewPrivileges, CapabilityBoundingSet (empty),
 * RestrictAddressFamilies (AF_UNIX), SystemCallFilter (an allow list), SystemCallErrorNumber (EPERM).
 */

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

struct unit {
	bool no_new_privs, no_caps, unix_only, eperm;
	unsigned int nb_calls;
};

static int
fail(const char *what, const char *why)
{
	fprintf(stderr, "vinetalk-confine: %s: %s\n", what, why);
	return 126;
}

static int
add_calls(scmp_filter_ctx ctx, char *list, struct unit *u)
{
	char *name, *save = NULL;
	int nr, ret;

	for (name = strtok_r(list, " \n", &save); name != NULL; name = strtok_r(NULL, " \n", &save)) {
		nr = seccomp_syscall_resolve_name(name);
		if (nr == __NR_SCMP_ERROR)
			return fail(name, "no such system call");
		if (u->unix_only && nr == SCMP_SYS(socket))
			ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 1,
				SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
		else
			ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
		if (ret != 0)
			return fail(name, strerror(-ret));
		u->nb_calls++;
	}
	return 0;
}

static int
read_unit(const char *path, scmp_filter_ctx ctx, struct unit *u)
{
	static const char calls[] = "SystemCallFilter=";
	char line[4096];
	FILE *f = fopen(path, "r");
	int ret = 0;

	if (f == NULL)
		return fail(path, strerror(errno));
	while (ret == 0 && fgets(line, sizeof(line), f) != NULL) {
		u->no_new_privs |= strcmp(line, "NoNewPrivileges=yes\n") == 0;
		u->no_caps |= strcmp(line, "CapabilityBoundingSet=\n") == 0;
		u->unix_only |= strcmp(line, "RestrictAddressFamilies=AF_UNIX\n") == 0;
		u->eperm |= strcmp(line, "SystemCallErrorNumber=EPERM\n") == 0;
		if (strncmp(line, calls, strlen(calls)) == 0)
			ret = add_calls(ctx, line + strlen(calls), u);
	}
	fclose(f);
	if (ret == 0 && (!u->no_new_privs || !u->no_caps || !u->unix_only || !u->eperm ||
			u->nb_calls == 0))
		return fail(path, "says less than is expected of it");
	return ret;
}

static int
become(const char *user)
{
	const struct passwd *pw = getpwnam(user);
	int cap;

	if (pw == NULL)
		return fail(user, "no such user");
	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			return fail("capabilities", strerror(errno));
	if (setgroups(1, &pw->pw_gid) != 0 || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
			setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0)
		return fail(user, strerror(errno));
	return 0;
}

int
main(int argc, char **argv)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	struct unit u = { 0 };
	int ret;

	if (argc < 4 || ctx == NULL)
		return fail("usage", "vinetalk-confine UNIT USER PROGRAM [ARGUMENT...]");
	ret = read_unit(argv[1], ctx, &u);
	if (ret == 0)
		ret = become(argv[2]);
	if (ret != 0)
		return ret;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail("no new privileges", strerror(errno));
	ret = seccomp_load(ctx);
	if (ret != 0)
		return fail("filter", strerror(-ret));
	execvp(argv[3], &argv[3]);
	return fail(argv[3], strerror(errno));
}
