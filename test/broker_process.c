/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker_process.h"
#include "test.h"

const char *
vt_broker_program(void)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/app/vt-broker/vt-broker", vt_test_build_dir());
	return path;
}

/* The end of its log: what it said last. */
static void
read_log(const struct vt_broker *b, char *text, size_t len)
{
	int fd = open(b->log, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;
	off_t size;

	if (fd >= 0) {
		size = lseek(fd, 0, SEEK_END);
		n = pread(fd, text, len - 1, size > (off_t)len ? size - (off_t)len + 1 : 0);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
}

bool
vt_broker_said(const struct vt_broker *b, const char *what)
{
	char text[16384];
	unsigned int i;

	for (i = 0; i < 5000; i++) {
		read_log(b, text, sizeof(text));
		if (strstr(text, what) != NULL)
			return true;
		usleep(1000);
	}
	return false;
}

int
vt_broker_start(struct vt_broker *b, const char *more)
{
	return vt_broker_start_as(b, "b", more);
}

int
vt_broker_start_as(struct vt_broker *b, const char *name, const char *more)
{
	char domain[512], text[4096];
	unsigned int i;
	int status;

	snprintf(b->clients, sizeof(b->clients), "%s/%s.sock", vt_test_tmp_dir(), name);
	snprintf(b->owner, sizeof(b->owner), "%s/%s.appliance.sock", vt_test_tmp_dir(),
		name);
	snprintf(b->log, sizeof(b->log), "%s/%s.log", vt_test_tmp_dir(), name);
	snprintf(domain, sizeof(domain), "%s,path=%s,appliance=%s,no-huge=yes%s", name,
		b->clients, b->owner, more);
	unlink(b->log);
	fflush(NULL);
	b->pid = fork();
	if (b->pid == 0) {
		int fd = open(b->log, O_CREAT | O_WRONLY | O_APPEND, 0600);

		/* A test that fails half way must not leave it behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execl(vt_broker_program(), vt_broker_program(), "--domain", domain, NULL);
		_exit(127);
	}
	for (i = 0; i < 20000 && waitpid(b->pid, &status, WNOHANG) == 0; i++) {
		read_log(b, text, sizeof(text));
		if (strstr(text, "vt-broker: ready") != NULL)
			return 0;
		usleep(1000);
	}
	read_log(b, text, sizeof(text));
	printf("\nthe broker does not serve: %s\n", text);
	if (i == 20000)
		vt_broker_stop(b, SIGKILL);
	return -1;
}

int
vt_broker_stop(struct vt_broker *b, int sig)
{
	int status = -1;

	kill(b->pid, sig);
	waitpid(b->pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
