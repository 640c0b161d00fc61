/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_pause.h>
#include <rte_ring_elem.h>
#include <rte_vinetalk_task.h>
#include <rte_vtappliance.h>

#include "../harness.h"
#include "perf.h"

static struct {
	struct perf_shared *shared;
	size_t shared_len;
	struct rte_vtappliance *app;
	pthread_t thread;
	bool running;
	bool huge;
	pid_t client;
	int jobs, results; /* our ends */
} srv = { .jobs = -1, .results = -1 };

static volatile sig_atomic_t interrupted; /* written by a signal handler */

void
perf_server_interrupt(int sig)
{
	RTE_SET_USED(sig);
	interrupted = 1;
}

/* ---- memory that both have, and the client ---- */

static int
shared_create(void)
{
	ssize_t ring = rte_ring_get_memsize_elem(sizeof(struct rte_vinetalk_task), PERF_RAW_DEPTH);
	size_t len = RTE_ALIGN_CEIL(4096 + 2 * RTE_ALIGN_CEIL((size_t)ring, 4096u), 2u << 20);
	struct perf_shared *s;
	int ret;

	if (ring < 0)
		return (int)ring;
	s = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	srv.huge = s != MAP_FAILED;
	if (!srv.huge)
		s = mmap(NULL, len, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (s == MAP_FAILED)
		return -errno;
	s->req_off = 4096;
	s->rsp_off = 4096 + RTE_ALIGN_CEIL((uint64_t)ring, 4096u);
	srv.shared = s;
	srv.shared_len = len;
	ret = rte_ring_init(perf_ring(s, s->req_off), "req", PERF_RAW_DEPTH,
			RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (ret == 0)
		ret = rte_ring_init(perf_ring(s, s->rsp_off), "rsp", PERF_RAW_DEPTH,
				RING_F_SP_ENQ | RING_F_SC_DEQ);
	return ret;
}

int
perf_server_fork(void)
{
	int jobs[2], results[2], ret;
	pid_t parent = getpid();

	ret = shared_create();
	if (ret < 0)
		return ret;
	if (pipe2(jobs, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(results, O_CLOEXEC) < 0) {
		ret = -errno;
		close(jobs[0]);
		close(jobs[1]);
		return ret;
	}
	srv.client = fork();
	if (srv.client < 0)
		ret = -errno;
	if (srv.client == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		/* A terminal's ^C is for the parent, which ends this one in order. */
		signal(SIGINT, SIG_IGN);
		close(jobs[1]);
		close(results[0]);
		_exit(perf_client(srv.shared, jobs[0], results[1]));
	}
	close(jobs[0]);
	close(results[1]);
	srv.jobs = jobs[1];
	srv.results = results[0];
	return ret;
}

/* ---- the server's thread ---- */

/* As the poller does: takes a burst, copies each element, gives it back. */
static void
echo(struct rte_ring *req, struct rte_ring *rsp)
{
	struct rte_vinetalk_task in[32], out[32];
	unsigned int i, n, done = 0;

	n = rte_ring_sc_dequeue_burst_elem(req, in, sizeof(in[0]), RTE_DIM(in), NULL);
	for (i = 0; i < n; i++)
		out[i] = in[i];
	while (done < n)
		done += rte_ring_sp_enqueue_burst_elem(rsp, &out[done], sizeof(out[0]), n - done,
				NULL);
}

static void *
server_main(void *arg)
{
	struct rte_ring *req = perf_ring(srv.shared, srv.shared->req_off);
	struct rte_ring *rsp = perf_ring(srv.shared, srv.shared->rsp_off);
	uint32_t mode;
	unsigned int i;

	RTE_SET_USED(arg);
	/* Pairs with the release in mode_set(): the appliance is started. */
	while ((mode = __atomic_load_n(&srv.shared->mode, __ATOMIC_ACQUIRE)) != PERF_QUIT) {
		for (i = 0; i < 256; i++) {
			if (mode == PERF_VINETALK)
				rte_vtappliance_turn(srv.app, 0);
			else if (mode == PERF_RAW)
				echo(req, rsp);
		}
		if (mode == PERF_IDLE)
			usleep(100);
	}
	return NULL;
}

static void
mode_set(enum perf_mode mode)
{
	__atomic_store_n(&srv.shared->mode, (uint32_t)mode, __ATOMIC_RELEASE);
}

/* ---- start, jobs, stop ---- */

static int
appliance_start(struct perf_job *job)
{
	struct rte_vtappliance_conf conf = {
		.nb_pollers = 1,
		.idle = RTE_VTAPPLIANCE_IDLE_POLL,
	};
	struct rte_vtappliance_domain_conf domain = {
		.name = "perf",
		.path = job->path,
		.arena_size = 2u << 20,
		.nb_clients = 1,
		.qps = 1,
		.depth = PERF_CQ_DEPTH,
		.rq_depth = PERF_RAW_DEPTH,
		.uid = -1,
		.gid = -1,
		.no_huge = !srv.huge,
	};
	const char *dir = vt_test_tmp_dir();
	int ret;

	if (dir == NULL)
		return -errno;
	snprintf(job->path, sizeof(job->path), "%s/perf.sock", dir);
	srv.app = rte_vtappliance_create(&conf);
	if (srv.app == NULL)
		return -rte_errno;
	ret = rte_vtappliance_accel_add(srv.app, "null");
	if (ret >= 0)
		ret = rte_vtappliance_domain_add(srv.app, &domain);
	if (ret >= 0)
		ret = rte_vtappliance_start(srv.app);
	return ret < 0 ? ret : 0;
}

int
perf_server_start(int server_cpu, int client_cpu, bool *huge)
{
	struct perf_job job = { .work = PERF_ATTACH, .side = PERF_VINETALK, .cpu = client_cpu };
	struct perf_result result;
	pthread_attr_t attr;
	cpu_set_t cpus;
	int ret;

	*huge = srv.huge;
	ret = appliance_start(&job);
	if (ret != 0)
		return ret;
	CPU_ZERO(&cpus);
	CPU_SET(server_cpu, &cpus);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	ret = -pthread_create(&srv.thread, &attr, server_main, NULL);
	pthread_attr_destroy(&attr);
	if (ret != 0)
		return ret;
	srv.running = true;
	return perf_server_job(&job, &result);
}

int
perf_server_job(const struct perf_job *job, struct perf_result *result)
{
	struct pollfd p = { .fd = srv.results, .events = POLLIN };

	mode_set(job->side);
	if (write(srv.jobs, job, sizeof(*job)) != (ssize_t)sizeof(*job))
		return -EPIPE;
	while (poll(&p, 1, 0) == 0) {
		if (interrupted)
			return -EINTR;
		/* Sleeps, so that it disturbs neither side much. */
		rte_vtappliance_control(srv.app, 20);
	}
	mode_set(PERF_IDLE);
	if (read(srv.results, result, sizeof(*result)) != (ssize_t)sizeof(*result)) {
		fprintf(stderr, "dpdk-test-vinetalk-perf: the client process has ended\n");
		return -EPIPE;
	}
	if (result->status != 0)
		fprintf(stderr, "dpdk-test-vinetalk-perf: client: %s\n", result->error);
	return result->status;
}

static void
client_stop(void)
{
	struct perf_job job = { .work = PERF_DETACH };
	unsigned int i;

	if (srv.client <= 0)
		return;
	if (interrupted || write(srv.jobs, &job, sizeof(job)) != (ssize_t)sizeof(job))
		kill(srv.client, SIGKILL);
	for (i = 0; waitpid(srv.client, NULL, WNOHANG) == 0; i++) {
		if (i == 2000)
			kill(srv.client, SIGKILL);
		if (srv.app != NULL)
			rte_vtappliance_control(srv.app, 1);
		else
			usleep(1000);
	}
}

void
perf_server_stop(void)
{
	if (srv.shared != NULL && srv.running)
		mode_set(PERF_VINETALK);
	client_stop();
	if (srv.running) {
		mode_set(PERF_QUIT);
		pthread_join(srv.thread, NULL);
	}
	if (srv.app != NULL)
		rte_vtappliance_free(srv.app);
	if (srv.jobs >= 0) {
		close(srv.jobs);
		close(srv.results);
	}
	if (srv.shared != NULL)
		munmap(srv.shared, srv.shared_len);
	paths_tmp_remove();
}
