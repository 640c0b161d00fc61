/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Lcores, signals, and the order in which an appliance comes and goes. */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include "serve.h"

#define RUN_DIR "/run/vinetalk"
#define NO_LCORE UINT_MAX

struct poller {
	struct rte_vtappliance *app;
	unsigned int id;
	unsigned int lcore; /* NO_LCORE: a thread of its own */
	pthread_t thread;
	bool running;
	uint32_t ended; /* atomic: its loop is left */
};

static struct poller pollers[VT_CONF_MAX_POLLERS];
static uint32_t stop_pollers; /* atomic */

/* For the signal handler: only async-signal-safe use. */
static uint32_t nb_signals;   /* atomic: SIGTERM, SIGINT and SIGUSR2 so far */
static uint32_t hand_over;    /* atomic: SIGUSR2 came */
static struct rte_vtappliance *signalled;
static const struct vt_conf *served;
static uint32_t nb_made;      /* atomic: domains that have their socket */
static bool made_dir;
static cpu_set_t cpus_at_start;

static void
on_signal(int sig)
{
	char lock[160];
	unsigned int i;
	size_t len;

	if (sig == SIGUSR2)
		__atomic_store_n(&hand_over, 1, __ATOMIC_RELAXED);
	if (__atomic_fetch_add(&nb_signals, 1, __ATOMIC_RELAXED) == 0 || sig != SIGINT) {
		struct rte_vtappliance *app = __atomic_load_n(&signalled, __ATOMIC_ACQUIRE);
		int saved = errno;

		if (app != NULL)
			rte_vtappliance_control_wake(app);
		errno = saved;
		return;
	}
	/* Asked a second time: at once. */
	for (i = 0; i < __atomic_load_n(&nb_made, __ATOMIC_ACQUIRE); i++) {
		len = strnlen(served->domains[i].path, sizeof(served->domains[i].path));
		if (len == 0)
			continue; /* its broker is another process */
		memcpy(lock, served->domains[i].path, len);
		memcpy(lock + len, ".lock", sizeof(".lock"));
		unlink(served->domains[i].path);
		unlink(lock);
	}
	if (made_dir)
		rmdir(RUN_DIR);
	_exit(130);
}

void
vt_serve_prepare(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	if (sched_getaffinity(0, sizeof(cpus_at_start), &cpus_at_start) != 0)
		CPU_ZERO(&cpus_at_start);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- pollers ---- */

static int
poll_loop(void *arg)
{
	struct poller *p = arg;

	while (__atomic_load_n(&stop_pollers, __ATOMIC_ACQUIRE) == 0)
		rte_vtappliance_turn(p->app, p->id);
	__atomic_store_n(&p->ended, 1, __ATOMIC_RELEASE);
	return 0;
}

/* A poller without a lcore: on any cpu that the process was given. */
static void *
poll_thread(void *arg)
{
	if (CPU_COUNT(&cpus_at_start) != 0)
		pthread_setaffinity_np(pthread_self(), sizeof(cpus_at_start), &cpus_at_start);
	if (rte_thread_register() != 0)
		fprintf(stderr, "vt-appliance: a poller's thread has no lcore id: %s\n",
			rte_strerror(rte_errno));
	poll_loop(arg);
	rte_thread_unregister();
	return NULL;
}

/* The first of a lcore's cpus. (rte_lcore_to_cpu_id() gives the core id, which siblings share.) */
static int
cpu_of(unsigned int lcore)
{
	rte_cpuset_t set = rte_lcore_cpuset(lcore);
	int cpu;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			return cpu;
	return (int)lcore;
}

static int
choose_lcores(struct vt_conf *conf)
{
	unsigned int lcores[RTE_MAX_LCORE], chosen[VT_CONF_MAX_POLLERS], lcore, i;
	int cpus[RTE_MAX_LCORE];
	unsigned int nb = 0;
	int n;

	RTE_LCORE_FOREACH_WORKER(lcore) {
		lcores[nb] = lcore;
		cpus[nb++] = cpu_of(lcore);
	}
	n = vt_topology_choose("/sys", lcores, cpus, nb, conf->engine.nb_pollers,
		conf->oversubscribe, chosen, conf->error, sizeof(conf->error));
	if (n < 0)
		return n;
	if (conf->engine.nb_pollers == 0)
		conf->engine.nb_pollers = n > 0 ? (uint32_t)n : 1;
	for (i = 0; i < conf->engine.nb_pollers; i++)
		pollers[i].lcore = i < (unsigned int)n ? chosen[i] : NO_LCORE;
	return 0;
}

static int
launch_pollers(struct rte_vtappliance *app, const struct vt_conf *conf)
{
	uint32_t i;
	int ret;

	for (i = 0; i < conf->engine.nb_pollers; i++) {
		struct poller *p = &pollers[i];

		p->app = app;
		p->id = i;
		if (p->lcore != NO_LCORE)
			ret = rte_eal_remote_launch(poll_loop, p, p->lcore);
		else
			ret = -pthread_create(&p->thread, NULL, poll_thread, p);
		if (ret != 0) {
			fprintf(stderr, "vt-appliance: poller %u cannot run: %s\n", i,
				rte_strerror(-ret));
			return ret;
		}
		p->running = true;
	}
	return 0;
}

static void
end_pollers(const struct vt_conf *conf)
{
	uint32_t i;

	__atomic_store_n(&stop_pollers, 1, __ATOMIC_RELEASE);
	for (i = 0; i < conf->engine.nb_pollers; i++)
		if (pollers[i].running)
			rte_vtappliance_wake(pollers[i].app, i);
	for (i = 0; i < conf->engine.nb_pollers; i++) {
		if (!pollers[i].running)
			continue;
		/* One that hangs in a hostile client's doorbell is helped by the control thread's turn. */
		while (__atomic_load_n(&pollers[i].ended, __ATOMIC_ACQUIRE) == 0)
			rte_vtappliance_control(pollers[i].app, 1);
		if (pollers[i].lcore != NO_LCORE)
			rte_eal_wait_lcore(pollers[i].lcore);
		else
			pthread_join(pollers[i].thread, NULL);
	}
}

/* ---- life ---- */

int
vt_serve_domain(struct rte_vtappliance *app, struct vt_conf_domain *d, bool no_huge)
{
	int ret;

	d->c.no_huge |= no_huge && d->c.file == NULL;
	ret = rte_vtappliance_domain_add(app, &d->c);
	if (ret == 0)
		return 0;
	fprintf(stderr, "vt-appliance: domain %s (%s): %s\n", d->name, d->path, rte_strerror(-ret));
	if (ret == -ENOMEM && !d->c.no_huge)
		fprintf(stderr, "vt-appliance: %s\n", VT_HUGE_HINT);
	return ret;
}

/* Meanwhile a second SIGINT removes no sockets. */
void
vt_serve_domains_change(bool begin)
{
	__atomic_store_n(&nb_made, begin ? 0 : served->nb_domains, __ATOMIC_RELEASE);
}

static int
build(struct rte_vtappliance *app, struct vt_conf *conf, bool no_huge)
{
	unsigned int i;
	int ret;

	for (i = 0; i < conf->nb_accels; i++) {
		ret = rte_vtappliance_accel_add(app, conf->accels[i]);
		if (ret != 0) {
			fprintf(stderr, "vt-appliance: --accel %s: %s\n", conf->accels[i],
				rte_strerror(-ret));
			return ret;
		}
	}
	for (i = 0; i < conf->nb_domains; i++) {
		ret = vt_serve_domain(app, &conf->domains[i], no_huge);
		if (ret != 0)
			return ret;
		/* Pairs with the acquire in on_signal(). */
		__atomic_store_n(&nb_made, i + 1, __ATOMIC_RELEASE);
	}
	return rte_vtappliance_start(app);
}

static void
say_ready(const struct vt_conf *conf)
{
	uint32_t i;

	printf("vt-appliance: ready: %u domain%s, %u accelerator%s, %u poller%s on lcore",
		conf->nb_domains, conf->nb_domains == 1 ? "" : "s", conf->nb_accels,
		conf->nb_accels == 1 ? "" : "s", conf->engine.nb_pollers,
		conf->engine.nb_pollers == 1 ? "" : "s");
	for (i = 0; i < conf->engine.nb_pollers; i++) {
		if (pollers[i].lcore != NO_LCORE)
			printf(" %u", pollers[i].lcore);
		else
			printf(" none");
	}
	printf("\n");
	fflush(stdout);
	if (conf->ready_fd >= 0 && write(conf->ready_fd, "\n", 1) != 1)
		fprintf(stderr, "vt-appliance: --ready-fd %d: %s\n", conf->ready_fd,
			strerror(errno));
}

static void
drain(struct rte_vtappliance *app, const struct vt_conf *conf)
{
	int ret;

	if (__atomic_load_n(&hand_over, __ATOMIC_RELAXED) != 0) {
		printf("vt-appliance: %u of %u domains are handed over\n",
			rte_vtappliance_hand_over(app), conf->nb_domains);
		fflush(stdout);
	}
	do
		ret = rte_vtappliance_drain(app, (int)conf->drain_ms);
	while (ret == -EAGAIN);
}

static void
say_end(struct rte_vtappliance *app)
{
	struct rte_vtappliance_stats s;

	rte_vtappliance_stats_get(app, &s);
	printf("vt-appliance: end: %" PRIu64 " clients served, %" PRIu64 " tasks, %" PRIu64
		" completed, %" PRIu64 " failed\n", s.attached, s.tasks, s.completed, s.failed);
	fflush(stdout);
}

/* The directory of the default paths, if it is wanted and missing. */
static void
make_dir(const struct vt_conf *conf)
{
	unsigned int i;

	for (i = 0; i < conf->nb_domains; i++)
		if (strncmp(conf->domains[i].path, RUN_DIR "/", strlen(RUN_DIR "/")) == 0)
			break;
	if (i == conf->nb_domains || mkdir(RUN_DIR, 0755) != 0)
		return; /* what is wrong with it, the domain says */
	made_dir = true;
	if (chmod(RUN_DIR, 0755) != 0 || /* whatever the umask is */
			vt_drop_own(&conf->drop, RUN_DIR) != 0) /* to remove sockets from it */
		fprintf(stderr, "vt-appliance: " RUN_DIR ": %s\n", strerror(errno));
}

int
vt_serve(struct vt_conf *conf, bool no_huge)
{
	struct rte_vtappliance *app;
	int ret;

	if (choose_lcores(conf) != 0) {
		fprintf(stderr, "vt-appliance: %s\n", conf->error);
		return 1;
	}
	app = rte_vtappliance_create(&conf->engine);
	if (app == NULL) {
		fprintf(stderr, "vt-appliance: cannot be made: %s\n", rte_strerror(rte_errno));
		return 1;
	}
	served = conf;
	make_dir(conf);
	__atomic_store_n(&signalled, app, __ATOMIC_RELEASE);
	ret = build(app, conf, no_huge);
	if (ret == 0)
		ret = launch_pollers(app, conf);
	if (ret == 0) {
		ret = vt_drop(&conf->drop, conf->error, sizeof(conf->error));
		if (ret != 0)
			fprintf(stderr, "vt-appliance: %s\n", conf->error);
	}
	if (ret == 0) {
		say_ready(conf);
		vt_control_start(app);
		while (ret >= 0 && __atomic_load_n(&nb_signals, __ATOMIC_RELAXED) == 0) {
			ret = rte_vtappliance_control(app, 100);
			vt_control_turn(conf, no_huge);
		}
		vt_control_start(NULL);
		drain(app, conf);
		say_end(app);
	}
	end_pollers(conf);
	__atomic_store_n(&signalled, NULL, __ATOMIC_RELEASE);
	__atomic_store_n(&nb_made, 0, __ATOMIC_RELEASE); /* free() removes them */
	rte_vtappliance_free(app);
	if (made_dir)
		rmdir(RUN_DIR); /* if it is empty */
	return ret < 0 ? 1 : 0;
}
