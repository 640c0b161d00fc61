/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../test.h"
#include "guest.h"

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static const char *
tool(void)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/usertools/vt-vm.py", vt_test_source_dir());
	return path;
}

int
vm_available(void)
{
	const char *argv[] = { tool(), "image", NULL };
	char *output = NULL;
	int ret;

	if (!vt_test_have("qemu-system-x86_64")) {
		vt_test_skip_reason("qemu-system-x86_64 is not installed");
		return VT_TEST_SKIPPED;
	}
	ret = vt_test_run(argv, NULL, &output, 240000);
	printf("\n%s", output != NULL ? output : "");
	free(output);
	return ret == 0 ? 0 : 1;
}

const char *
vm_program(const char *name)
{
	static char path[4][PATH_MAX];
	static unsigned int next;
	char *p = path[next++ % 4];

	snprintf(p, PATH_MAX, "%s/%s", vt_test_build_dir(), name);
	return p;
}

static void __rte_noreturn
child(const char *const argv[], const int in[2], const int out[2])
{
	/* A group of its own, so that all of it can be killed. */
	setpgid(0, 0);
	dup2(in[0], STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(out[1], STDERR_FILENO);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

int
vm_start(struct vm_guest *g, const char *const args[])
{
	const char *argv[64] = { tool(), "run", "--qmp", g->qmp, "--pidfile", g->pidfile };
	static unsigned int serial;
	unsigned int n = 6, i;
	int in[2], out[2];

	memset(g, 0, sizeof(*g));
	g->status = -1;
	serial++;
	snprintf(g->qmp, sizeof(g->qmp), "%s/qmp%u", vt_test_tmp_dir(), serial);
	snprintf(g->pidfile, sizeof(g->pidfile), "%s/pid%u", vt_test_tmp_dir(), serial);
	for (i = 0; args[i] != NULL && n < RTE_DIM(argv) - 1; i++)
		argv[n++] = args[i];
	argv[n] = NULL;
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		return -errno;
	g->pid = fork();
	if (g->pid == 0)
		child(argv, in, out);
	close(in[0]);
	close(out[1]);
	g->in = in[1];
	g->out = out[0];
	fcntl(g->out, F_SETFL, O_NONBLOCK);
	return g->pid < 0 ? -errno : 0;
}

/* Take what it has said. False: its output has ended. */
static bool
listen_to(struct vm_guest *g, int ms)
{
	struct pollfd p = { .fd = g->out, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, ms) <= 0)
		return true;
	if (g->size - g->len < 4096) {
		char *text = realloc(g->text, g->size * 2 + 8192);

		if (text == NULL)
			return false;
		g->text = text;
		g->size = g->size * 2 + 8192;
	}
	n = read(g->out, g->text + g->len, g->size - g->len - 1);
	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	g->len += (size_t)n;
	g->text[g->len] = '\0';
	return true;
}

unsigned int
vm_said(const struct vm_guest *g, const char *text)
{
	const char *at = g->text;
	unsigned int n = 0;

	while (at != NULL && (at = strstr(at, text)) != NULL) {
		n++;
		at++;
	}
	return n;
}

bool
vm_wait_for_nth(struct vm_guest *g, const char *text, unsigned int nb, int timeout_ms)
{
	const int64_t end = now_ms() + timeout_ms;
	bool alive = true;

	while (vm_said(g, text) < nb) {
		if (!alive || now_ms() > end) {
			printf("\nno '%s' from the guest, which said:\n%s\n", text,
				g->text != NULL ? g->text : "");
			return false;
		}
		alive = listen_to(g, 100);
	}
	return true;
}

bool
vm_wait_for(struct vm_guest *g, const char *text, int timeout_ms)
{
	return vm_wait_for_nth(g, text, 1, timeout_ms);
}

int
vm_wait(struct vm_guest *g, int timeout_ms)
{
	const int64_t end = now_ms() + timeout_ms;
	int status;

	while (g->status < 0 && now_ms() < end) {
		listen_to(g, 20);
		if (waitpid(g->pid, &status, WNOHANG) == g->pid)
			g->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	while (g->status >= 0 && listen_to(g, 0)) {
		struct pollfd p = { .fd = g->out, .events = POLLIN };

		if (poll(&p, 1, 0) <= 0)
			break;
	}
	if (g->status != 0)
		printf("\nthe guest ended with %d and said:\n%s\n", g->status,
			g->text != NULL ? g->text : "");
	return g->status;
}

int
vm_input(struct vm_guest *g, const char *text)
{
	return write(g->in, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -errno;
}

int
vm_kill(struct vm_guest *g)
{
	FILE *f = fopen(g->pidfile, "r");
	int pid = 0;

	if (f == NULL)
		return -errno;
	if (fscanf(f, "%d", &pid) != 1)
		pid = 0;
	fclose(f);
	return pid > 1 && kill(pid, SIGKILL) == 0 ? 0 : -ESRCH;
}

/* Read answers until one says return or error; events may come in between. */
static int
qmp_answer(FILE *f)
{
	char line[4096];

	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "{\"return\"", 9) == 0)
			return 0;
		if (strncmp(line, "{\"error\"", 8) == 0) {
			printf("\nQEMU's monitor: %s", line);
			return -1;
		}
	}
	return -1;
}

int
vm_qmp(struct vm_guest *g, const char *json)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = 10 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *f;
	int ret;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%.100s", g->qmp);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	f = fdopen(fd, "r+");
	setvbuf(f, NULL, _IONBF, 0);
	fputs("{\"execute\":\"qmp_capabilities\"}\n", f);
	ret = qmp_answer(f);
	if (ret == 0) {
		fprintf(f, "%s\n", json);
		ret = qmp_answer(f);
	}
	fclose(f);
	return ret;
}

void
vm_end(struct vm_guest *g)
{
	int status;

	if (g->pid > 0 && g->status < 0) {
		vm_kill(g);
		kill(-g->pid, SIGKILL);
		waitpid(g->pid, &status, 0);
	}
	if (g->pid > 0) {
		close(g->in);
		close(g->out);
	}
	free(g->text);
	memset(g, 0, sizeof(*g));
}
