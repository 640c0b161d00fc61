/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

#define MAX_OUTPUT (16u << 20)

struct capture {
	char *buf;
	size_t len, size;
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int
capture_add(struct capture *c, const char *data, size_t len)
{
	size_t size = c->size != 0 ? c->size : 4096;
	char *buf;

	if (c->len + len > MAX_OUTPUT)
		return -EFBIG;
	while (size < c->len + len + 1)
		size *= 2;
	if (size != c->size) {
		buf = realloc(c->buf, size);
		if (buf == NULL)
			return -ENOMEM;
		c->buf = buf;
		c->size = size;
	}
	memcpy(c->buf + c->len, data, len);
	c->len += len;
	c->buf[c->len] = '\0';
	return 0;
}

static void __rte_noreturn
child(const char *const argv[], int in, int out)
{
	char *args[64];
	unsigned int i;

	for (i = 0; i < RTE_DIM(args) - 1 && argv[i] != NULL; i++)
		args[i] = strdup(argv[i]);
	args[i] = NULL;
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execvp(args[0], args);
	fprintf(stderr, "%s: %s\n", args[0], strerror(errno));
	_exit(127);
}

/* Feed and read until the output ends. */
static int
converse(int in, int out, const char *input, struct capture *c, int64_t end)
{
	size_t left = input != NULL ? strlen(input) : 0;
	struct pollfd p[2] = { { .fd = out, .events = POLLIN }, { .fd = in, .events = POLLOUT } };
	char data[4096];
	ssize_t n;
	int ret;

	for (;;) {
		if (left == 0 && p[1].fd >= 0) {
			close(p[1].fd);
			p[1].fd = -1;
		}
		ret = poll(p, 2, (int)RTE_MAX(end - now_ms(), 0));
		if (ret == 0)
			ret = -ETIMEDOUT;
		else if (ret < 0)
			ret = errno == EINTR ? 1 : -errno;
		if (ret > 0 && p[1].fd >= 0 && p[1].revents != 0) {
			n = write(p[1].fd, input, left);
			/* It need not read its input. */
			input += n > 0 ? n : 0;
			left -= n > 0 ? (size_t)n : n < 0 && errno == EAGAIN ? 0 : left;
		}
		if (ret > 0 && p[0].revents != 0) {
			n = read(out, data, sizeof(data));
			if (n == 0)
				ret = 0;
			else if (n > 0 && capture_add(c, data, (size_t)n) < 0)
				ret = -EFBIG;
		}
		if (ret <= 0)
			break;
	}
	if (p[1].fd >= 0)
		close(p[1].fd);
	return ret;
}

/* Its output ended; it should end too. */
static int
reap(pid_t pid, int ret, int64_t end)
{
	int status;
	pid_t got = 0;

	while (ret == 0 && (got = waitpid(pid, &status, WNOHANG)) == 0) {
		if (now_ms() >= end)
			ret = -ETIMEDOUT;
		else
			usleep(1000);
	}
	if (got != pid) {
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	if (ret < 0)
		return ret;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
vt_test_run(const char *const argv[], const char *input, char **output, int timeout_ms)
{
	int64_t end = now_ms() + timeout_ms;
	struct capture c = { 0 };
	void (*old)(int);
	int in[2], out[2];
	pid_t pid;
	int ret;

	if (output != NULL)
		*output = NULL;
	if (capture_add(&c, "", 0) < 0)
		return -ENOMEM;
	if (pipe2(in, O_CLOEXEC) < 0) {
		ret = -errno;
		goto no_in;
	}
	if (pipe2(out, O_CLOEXEC) < 0) {
		ret = -errno;
		goto no_out;
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child(argv, in[0], out[1]);
	if (pid < 0) {
		ret = -errno;
		close(in[1]);
		close(out[1]);
	} else {
		old = signal(SIGPIPE, SIG_IGN);
		close(out[1]);
		close(in[0]);
		in[0] = -1;
		fcntl(in[1], F_SETFL, O_NONBLOCK);
		ret = converse(in[1], out[0], input, &c, end);
		ret = reap(pid, ret, end);
		signal(SIGPIPE, old);
	}
	close(out[0]);
	if (in[0] >= 0)
		close(in[0]);
	goto done;
no_out:
	close(in[0]);
	close(in[1]);
no_in:
done:
	if (output != NULL)
		*output = c.buf;
	else
		free(c.buf);
	return ret;
}

int
vt_test_shell(const char *script, char **output, int timeout_ms)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	return vt_test_run(argv, NULL, output, timeout_ms);
}

bool
vt_test_have(const char *program)
{
	const char *path = getenv("PATH");
	char *copy, *dir, *save = NULL, file[4096];
	bool found = false;

	copy = strdup(path != NULL ? path : "/usr/bin:/bin");
	if (copy == NULL)
		return false;
	for (dir = strtok_r(copy, ":", &save); dir != NULL && !found;
			dir = strtok_r(NULL, ":", &save)) {
		snprintf(file, sizeof(file), "%s/%s", dir, program);
		found = access(file, X_OK) == 0;
	}
	free(copy);
	return found;
}
