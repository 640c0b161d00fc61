/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appliance_process.h"
#include "harness.h"
#include "test.h"

#define MAX_ARGS 32
#define PATIENCE_MS 20000

const char *
vt_appliance_program(void)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/app/vt-appliance/vt-appliance", vt_test_build_dir());
	return path;
}

/* Take what it says; false at the end of it. */
static bool
listen_to(struct vt_appliance *a, int ms)
{
	struct pollfd pfd = { .fd = a->out, .events = POLLIN };
	ssize_t n;

	if (poll(&pfd, 1, ms) <= 0)
		return true;
	n = read(a->out, a->output + a->len, sizeof(a->output) - 1 - a->len);
	if (n <= 0)
		return false;
	a->len += (size_t)n;
	a->output[a->len] = '\0';
	return a->len < sizeof(a->output) - 1;
}

static void
reap(struct vt_appliance *a)
{
	int status;

	waitpid(a->pid, &status, 0);
	a->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	close(a->out);
	a->pid = 0;
	/* One that was killed could not do it; one that ended in order must have. */
	if (a->status != 0)
		paths_remove_tree(a->runtime_dir);
}

int
vt_appliance_start(struct vt_appliance *a, const char *const args[])
{
	return vt_appliance_start_of(a, vt_appliance_program(), args);
}

int
vt_appliance_start_of(struct vt_appliance *a, const char *program, const char *const args[])
{
	return vt_appliance_start_on(a, program, "0", args);
}

int
vt_appliance_start_on(struct vt_appliance *a, const char *program, const char *lcores,
		const char *const args[])
{
	static unsigned int serial;
	char prefix[96];
	const char *argv[MAX_ARGS] = { program, "-l", lcores, "--no-pci", "--no-huge",
		"-m", "128", prefix, "--" };
	unsigned int n = 9, i, waited;
	int fds[2];

	memset(a, 0, sizeof(*a));
	snprintf(a->prefix, sizeof(a->prefix), "vtapp%d-%u", getpid(), serial++);
	snprintf(prefix, sizeof(prefix), "--file-prefix=%s", a->prefix);
	snprintf(a->runtime_dir, sizeof(a->runtime_dir), "/var/run/dpdk/%s", a->prefix);
	for (i = 0; args[i] != NULL && n < MAX_ARGS - 1; i++)
		argv[n++] = args[i];
	if (pipe(fds) != 0)
		return -1;
	a->pid = fork();
	if (a->pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(fds[1]);
	a->out = fds[0];
	for (waited = 0; waited < PATIENCE_MS; waited += 10) {
		if (!listen_to(a, 10)) {
			reap(a);
			return -1;
		}
		if (strstr(a->output, "vt-appliance: ready:") != NULL)
			return 0;
	}
	kill(a->pid, SIGKILL);
	reap(a);
	return -1;
}

bool
vt_appliance_lives(struct vt_appliance *a)
{
	const size_t half = sizeof(a->output) / 2;
	struct pollfd pfd = { .fd = a->out, .events = POLLIN };

	while (a->pid != 0 && poll(&pfd, 1, 0) > 0) {
		if (a->len > half) {
			memmove(a->output, a->output + half, a->len - half + 1);
			a->len -= half;
		}
		if (!listen_to(a, 0))
			reap(a);
	}
	return a->pid != 0;
}

int
vt_appliance_stop(struct vt_appliance *a, int sig)
{
	unsigned int waited;

	if (a->pid == 0)
		return -1;
	kill(a->pid, sig);
	for (waited = 0; waited < PATIENCE_MS; waited += 10) {
		if (!listen_to(a, 10)) {
			reap(a);
			return a->status;
		}
	}
	kill(a->pid, SIGKILL);
	reap(a);
	return -1;
}

const char *
vt_appliance_ask(const struct vt_appliance *a, const char *command)
{
	static char answer[65536];
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = 10 };
	ssize_t n = -1;
	int sock;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%.80s/dpdk_telemetry.v2", a->runtime_dir);
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	/* It greets first. */
	if (connect(sock, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
			recv(sock, answer, sizeof(answer), 0) > 0 &&
			send(sock, command, strlen(command), MSG_NOSIGNAL) > 0)
		n = recv(sock, answer, sizeof(answer) - 1, 0);
	answer[n < 0 ? 0 : n] = '\0';
	close(sock);
	return answer;
}
