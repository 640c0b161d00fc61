/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * vt-broker: the ivshmem server of domains as a process of its own. It has the memory and looks at
 * nothing in it: the appliance, which joins by a socket of its own, formats and serves it.
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_log.h>

#include "broker.h"

#define RUN_DIR "/run/vinetalk"
#define EV_SIGNAL UINT64_MAX

static struct broker broker;
static bool made_dir;

static void
joined(void *arg, struct rte_vtivshmem_peer *peer)
{
	const struct broker_domain *d = arg;

	printf("vt-broker: domain %s, client %u: process %d joined\n", d->name, peer->id, peer->pid);
	fflush(stdout);
}

static void
left(void *arg, struct rte_vtivshmem_peer *peer)
{
	const struct broker_domain *d = arg;

	printf("vt-broker: domain %s, client %u: process %d left\n", d->name, peer->id, peer->pid);
	fflush(stdout);
	/* The appliance holds a successor back until it is done with this one. */
	rte_vtivshmem_peer_release(d->server, peer);
}

static const struct rte_vtivshmem_server_ops ops = { .joined = joined, .left = left };

static int
failed(const struct broker_domain *d, const char *what, int ret)
{
	fprintf(stderr, "vt-broker: domain %s: %s: %s\n", d->name, what, strerror(-ret));
	return ret;
}

/* The pages must be there before anybody is given them: mmap is what fails, not ftruncate. */
static int
touch(const struct broker_domain *d)
{
	void *p = mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, d->mem.fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	munmap(p, d->size);
	return 0;
}

static int
open_domain(struct broker_domain *d, int epfd, unsigned int index)
{
	const struct rte_vtregion_mem_conf mc = {
		.name = d->name,
		.file = d->file[0] != '\0' ? d->file : NULL,
		.size = d->size,
		.no_huge = d->no_huge,
	};
	struct rte_vtivshmem_server_conf sc = {
		.path = d->path,
		.mode = d->mode,
		.uid = d->uid,
		.gid = d->gid,
		.users = d->users,
		.groups = d->groups,
		.owner_path = d->owner_path,
		.owner_mode = d->owner_mode,
		.max_peers = d->clients,
		.nb_vectors = d->vectors,
		.ops = &ops,
		.arg = d,
	};
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = index };
	int ret = rte_vtregion_mem_open(&mc, &d->mem);

	if (ret == 0)
		ret = touch(d);
	if (ret != 0)
		return failed(d, "memory", ret);
	sc.mem_fd = d->mem.fd;
	d->server = rte_vtivshmem_server_create(&sc);
	if (d->server == NULL)
		return failed(d, "sockets", -rte_errno);
	if (epoll_ctl(epfd, EPOLL_CTL_ADD, rte_vtivshmem_server_fd(d->server), &ev) != 0)
		return failed(d, "epoll", -errno);
	printf("vt-broker: domain %s: %s, appliance %s, %" PRIu64 " MiB of %s pages, %u clients\n",
		d->name, d->path, d->owner_path, d->size >> 20, d->mem.huge ? "huge" : "4 KiB",
		d->clients);
	return 0;
}

static int
signal_fd(int epfd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = EV_SIGNAL };
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0 || epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) != 0)
		return -errno;
	return 0;
}

static int
serve(int epfd)
{
	struct epoll_event ev[16];
	int n, i;

	for (;;) {
		n = epoll_wait(epfd, ev, RTE_DIM(ev), -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		for (i = 0; i < n; i++) {
			if (ev[i].data.u64 == EV_SIGNAL)
				return 0;
			rte_vtivshmem_server_turn(broker.domains[ev[i].data.u64].server);
		}
	}
}

/*
 * Each client takes a socket and its doorbells; and what a client has not read yet counts against
 * the same limit in the kernel. A greeting must not stop half way, so take all that is allowed.
 */
static void
raise_limit(void)
{
	struct rlimit limit;
	uint64_t need = 64;
	unsigned int i;

	for (i = 0; i < broker.nb_domains; i++)
		need += 16 + broker.domains[i].vectors +
			(uint64_t)broker.domains[i].clients * (1 + broker.domains[i].vectors);
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < need)
		fprintf(stderr, "vt-broker: %" PRIu64 " descriptors may be needed for all clients,"
			" %" PRIu64 " are allowed (ulimit -Hn): the last ones will be refused\n",
			need, (uint64_t)limit.rlim_max);
}

/* The directory of the default paths. */
static void
make_dir(void)
{
	unsigned int i;

	for (i = 0; i < broker.nb_domains && !made_dir; i++)
		if (strncmp(broker.domains[i].path, RUN_DIR "/", sizeof(RUN_DIR)) == 0 ||
				strncmp(broker.domains[i].owner_path, RUN_DIR "/",
					sizeof(RUN_DIR)) == 0)
			made_dir = mkdir(RUN_DIR, 0755) == 0;
	if (made_dir && (chmod(RUN_DIR, 0755) != 0 || /* whatever the umask is */
			vt_drop_own(&broker.drop, RUN_DIR) != 0)) /* to remove sockets from it */
		fprintf(stderr, "vt-broker: " RUN_DIR ": %s\n", strerror(errno));
}

static void
close_all(void)
{
	unsigned int i;

	for (i = 0; i < broker.nb_domains; i++) {
		rte_vtivshmem_server_free(broker.domains[i].server);
		if (broker.domains[i].mem.fd > 0)
			rte_vtregion_mem_close(&broker.domains[i].mem);
	}
	if (made_dir)
		rmdir(RUN_DIR); /* if it is empty */
}

int
main(int argc, char **argv)
{
	unsigned int i;
	int ret, epfd;

	if (broker_args(&broker, argc, argv) != 0) {
		fprintf(stderr, "vt-broker: %s\n", broker.error);
		return 1;
	}
	if (broker.help) {
		broker_usage();
		return 0;
	}
	ret = vt_drop_prepare(&broker.drop);
	if (ret != 0) {
		fprintf(stderr, "vt-broker: no-new-privs: %s\n", strerror(-ret));
		return 1;
	}
	rte_log_set_level_pattern("lib.vinetalk.*", RTE_LOG_INFO);
	raise_limit();
	epfd = epoll_create1(EPOLL_CLOEXEC);
	ret = epfd < 0 ? -errno : signal_fd(epfd);
	make_dir();
	for (i = 0; ret == 0 && i < broker.nb_domains; i++)
		ret = open_domain(&broker.domains[i], epfd, i);
	if (ret == 0) {
		ret = vt_drop(&broker.drop, broker.error, sizeof(broker.error));
		if (ret != 0)
			fprintf(stderr, "vt-broker: %s\n", broker.error);
	}
	if (ret == 0) {
		printf("vt-broker: ready\n");
		fflush(stdout);
		ret = serve(epfd);
	}
	close_all();
	return ret == 0 ? 0 : 1;
}
