/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>

#include <rte_vinetalk.h>

#include "fixture.h"
#include "test.h"

static void *
drive(void *arg)
{
	struct fixture *f = arg;
	uint32_t i, work;

	while (__atomic_load_n(&f->stop, __ATOMIC_ACQUIRE) == 0) {
		work = 0;
		pthread_mutex_lock(&f->lock);
		if (__atomic_load_n(&f->held, __ATOMIC_RELAXED) == 0)
			for (i = 0; i < f->nb_pollers; i++)
				work += rte_vtappliance_poll(f->app, i, 0);
		pthread_mutex_unlock(&f->lock);
		rte_vtappliance_control(f->app, 0);
		if (work == 0)
			usleep(100);
	}
	return NULL;
}

int
fixture_start(struct fixture *f, uint32_t nb_pollers, uint32_t nb_domains,
		const char * const *accels, const struct rte_vtappliance_conf *conf,
		const struct rte_vtappliance_domain_conf *dom)
{
	static const struct rte_vtappliance_domain_conf none = { .uid = -1, .gid = -1 };
	struct rte_vtappliance_domain_conf doms[RTE_DIM(f->path)];
	uint32_t i;

	for (i = 0; i < nb_domains; i++)
		doms[i] = dom != NULL ? *dom : none;
	return fixture_start_each(f, nb_pollers, nb_domains, accels, conf, doms);
}

int
fixture_start_each(struct fixture *f, uint32_t nb_pollers, uint32_t nb_domains,
		const char * const *accels, const struct rte_vtappliance_conf *conf,
		const struct rte_vtappliance_domain_conf *doms)
{
	struct rte_vtappliance_conf c = { 0 };
	struct rte_vtappliance_domain_conf d;
	static unsigned int serial;
	char name[24];
	uint32_t i;
	int ret;

	memset(f, 0, sizeof(*f));
	pthread_mutex_init(&f->lock, NULL);
	if (conf != NULL)
		c = *conf;
	c.nb_pollers = nb_pollers;
	f->nb_pollers = nb_pollers;
	f->app = rte_vtappliance_create(&c);
	if (f->app == NULL)
		return -rte_errno;
	for (i = 0; accels[i] != NULL; i++) {
		ret = rte_vtappliance_accel_add(f->app, accels[i]);
		if (ret != 0)
			return ret;
	}
	for (i = 0; i < nb_domains; i++) {
		d = doms[i];
		if (d.arena_size == 0)
			d.arena_size = 1 << 20;
		snprintf(f->path[i], sizeof(f->path[i]), "%s/t%u-%u.sock", vt_test_tmp_dir(), i,
			serial++);
		snprintf(name, sizeof(name), "t%u", i);
		d.name = name;
		d.path = f->path[i];
		d.no_huge = true;
		ret = rte_vtappliance_domain_add(f->app, &d);
		if (ret != 0)
			return ret;
	}
	ret = rte_vtappliance_start(f->app);
	if (ret != 0)
		return ret;
	return fixture_go(f);
}

int
fixture_go(struct fixture *f)
{
	int ret;

	f->stop = 0;
	ret = pthread_create(&f->thread, NULL, drive, f);
	f->running = ret == 0;
	return -ret;
}

void
fixture_take(struct fixture *f)
{
	__atomic_store_n(&f->stop, 1, __ATOMIC_RELEASE);
	pthread_join(f->thread, NULL);
	f->running = false;
}

void
fixture_stop(struct fixture *f)
{
	if (f->running)
		fixture_take(f);
	rte_vtappliance_free(f->app);
	f->app = NULL;
	pthread_mutex_destroy(&f->lock);
}

int
fixture_kill(struct fixture *f, void *base, size_t len)
{
	void *kept = malloc(len);

	fixture_take(f);
	if (kept != NULL)
		memcpy(kept, base, len);
	fixture_stop(f);
	if (kept == NULL)
		return -ENOMEM;
	memcpy(base, kept, len);
	free(kept);
	return 0;
}

void
fixture_hold(struct fixture *f)
{
	pthread_mutex_lock(&f->lock);
	__atomic_store_n(&f->held, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&f->lock);
}

void
fixture_let(struct fixture *f)
{
	pthread_mutex_lock(&f->lock);
	__atomic_store_n(&f->held, 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&f->lock);
}

uint32_t
fixture_turns(struct fixture *f, unsigned int nb)
{
	uint32_t work = 0, i;

	while (nb-- > 0)
		for (i = 0; i < f->nb_pollers; i++)
			work += rte_vtappliance_poll(f->app, i, 0);
	return work;
}

int
fixture_attach(struct fixture *f, unsigned int domain, uint16_t nb_qps, uint32_t depth)
{
	return fixture_attach_args(f->path[domain], "", nb_qps, depth);
}

int
fixture_attach_path(const char *path, uint16_t nb_qps, uint32_t depth)
{
	return fixture_attach_args(path, "", nb_qps, depth);
}

int
fixture_attach_args(const char *path, const char *more, uint16_t nb_qps, uint32_t depth)
{
	char args[160];

	snprintf(args, sizeof(args), "shm,path=%s%s", path, more);
	return fixture_attach_device(args, nb_qps, depth);
}

int
fixture_attach_device(const char *devargs, uint16_t nb_qps, uint32_t depth)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = nb_qps };
	struct rte_vinetalk_qp_conf qc = { .depth = depth };
	int dev, ret;
	uint16_t i;

	dev = rte_vinetalk_attach(devargs);
	if (dev < 0)
		return dev;
	ret = rte_vinetalk_configure((uint16_t)dev, &conf);
	for (i = 0; ret == 0 && i < nb_qps; i++)
		ret = rte_vinetalk_queue_pair_setup((uint16_t)dev, i, &qc);
	if (ret == 0)
		ret = rte_vinetalk_start((uint16_t)dev);
	if (ret == 0)
		return dev;
	rte_vinetalk_close((uint16_t)dev);
	return ret;
}

int
fixture_proc(int dev, const char *name, uint16_t *proc, uint16_t *vaccel)
{
	struct rte_vinetalk_vaccel_conf conf = { .accel = RTE_VINETALK_ID_ANY };
	int ret;

	ret = rte_vinetalk_proc_get((uint16_t)dev, name, RTE_VINETALK_ACCEL_ANY, proc);
	conf.proc = *proc;
	return ret != 0 ? ret : rte_vinetalk_vaccel_acquire((uint16_t)dev, &conf, vaccel);
}

void
fixture_works(int dev, uint16_t proc, uint16_t vaccel, unsigned int nb, int64_t timeout_us)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	unsigned int i, bad = 0;

	for (i = 0; i < nb; i++) {
		rte_vinetalk_task_init(&t, vaccel, proc, i);
		bad += rte_vinetalk_run((uint16_t)dev, 0, &t, &c, timeout_us) != 0 ||
			c.status != 0 || c.cookie != i;
	}
	CU_ASSERT_EQUAL(bad, 0);
}
