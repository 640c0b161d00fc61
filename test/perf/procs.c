/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The client processes: made before there is an EAL, with pipes for jobs and results. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "perf.h"

#define END_MS 2000

struct proc {
	pid_t pid;
	int jobs, results; /* our ends */
};

static struct proc procs[PERF_MAX_CLIENTS];
static unsigned int nb_procs;
static struct perf_hist *hists; /* shared */
static bool killed;

struct perf_hist *
perf_procs_hist(unsigned int client)
{
	return &hists[client];
}

bool
perf_procs_killed(void)
{
	return killed;
}

static void
child(unsigned int i, pid_t parent, int jobs, int results)
{
	unsigned int j;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* A terminal's ^C is for the parent, which ends this one in order. */
	signal(SIGINT, SIG_IGN);
	/* Else the older ones would not see the end of our parent's pipes. */
	for (j = 0; j < i; j++) {
		close(procs[j].jobs);
		close(procs[j].results);
	}
	_exit(perf_client_main(&hists[i], jobs, results));
}

static int
fork_one(unsigned int i)
{
	int jobs[2], results[2], ret;
	const pid_t parent = getpid();

	if (pipe2(jobs, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(results, O_CLOEXEC) < 0) {
		ret = -errno;
		close(jobs[0]);
		close(jobs[1]);
		return ret;
	}
	procs[i].pid = fork();
	ret = procs[i].pid < 0 ? -errno : 0;
	if (procs[i].pid == 0) {
		close(jobs[1]);
		close(results[0]);
		child(i, parent, jobs[0], results[1]);
	}
	close(jobs[0]);
	close(results[1]);
	procs[i].jobs = jobs[1];
	procs[i].results = results[0];
	nb_procs = i + 1;
	return ret;
}

int
perf_procs_fork(unsigned int nb)
{
	unsigned int i;
	int ret = 0;

	hists = mmap(NULL, nb * sizeof(*hists), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hists == MAP_FAILED)
		return -errno;
	for (i = 0; ret == 0 && i < nb; i++)
		ret = fork_one(i);
	return ret;
}

int
perf_procs_send(unsigned int client, const struct perf_job *job)
{
	return write(procs[client].jobs, job, sizeof(*job)) == (ssize_t)sizeof(*job) ? 0 : -EPIPE;
}

int
perf_procs_receive(unsigned int client, struct perf_result *r)
{
	struct pollfd p = { .fd = procs[client].results, .events = POLLIN };

	if (poll(&p, 1, 0) <= 0)
		return 0;
	return read(procs[client].results, r, sizeof(*r)) == (ssize_t)sizeof(*r) ? 1 : -EPIPE;
}

void
perf_procs_signal(unsigned int client, int sig)
{
	if (procs[client].pid > 0)
		kill(procs[client].pid, sig);
}

void
perf_procs_kill(void)
{
	unsigned int i;

	killed = true;
	for (i = 0; i < nb_procs; i++)
		perf_procs_signal(i, SIGKILL);
}

void
perf_procs_end(void (*turn)(void))
{
	const struct perf_job job = { .work = PERF_END };
	unsigned int i, ms = 0;

	for (i = 0; i < nb_procs; i++)
		if (procs[i].pid > 0 && !killed && perf_procs_send(i, &job) != 0)
			killed = true;
	for (i = 0; i < nb_procs; i++) {
		while (procs[i].pid > 0 && waitpid(procs[i].pid, NULL, WNOHANG) == 0) {
			if (ms++ == END_MS)
				perf_procs_kill();
			turn();
		}
		procs[i].pid = 0;
		close(procs[i].jobs);
		close(procs[i].results);
	}
	nb_procs = 0;
}
