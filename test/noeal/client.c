/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A client process: attaches the device of its argument, uses every part of the API, and leaves.
 * Exit status 0: all went well.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_vinetalk.h>

#define NB_TASKS 1000
#define TIMEOUT_US 10000000

static int
say(const char *what, int ret)
{
	printf("%s: %s\n", what, strerror(-ret));
	return ret;
}

static int
start(const char *devargs)
{
	const struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	int dev = rte_vinetalk_attach(devargs);
	int ret;

	if (dev < 0)
		return say("attach", dev);
	ret = rte_vinetalk_configure((uint16_t)dev, &conf);
	if (ret == 0)
		ret = rte_vinetalk_queue_pair_setup((uint16_t)dev, 0, NULL);
	if (ret == 0)
		ret = rte_vinetalk_start((uint16_t)dev);
	return ret == 0 ? dev : say("start", ret);
}

/* Of CRC-32C where the driver has it, else of its first procedure. */
static int
procedure(uint16_t dev, uint16_t *proc)
{
	struct rte_vinetalk_proc_info first;
	int ret;

	ret = rte_vinetalk_proc_get(dev, "crc32c", RTE_VINETALK_ACCEL_ANY, proc);
	if (ret != -ENOENT)
		return ret;
	ret = rte_vinetalk_proc_list(dev, &first, 1);
	if (ret < 1)
		return ret < 0 ? ret : -ENOENT;
	return rte_vinetalk_proc_get(dev, first.name, first.type, proc);
}

static int
work(uint16_t dev, uint16_t vaccel, uint16_t proc, void *data)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	unsigned int sent = 0, got = 0;
	int ret;

	while (got < NB_TASKS) {
		rte_vinetalk_task_init(&t, vaccel, proc, sent);
		rte_vinetalk_task_in(dev, &t, data, 64);
		if (sent < NB_TASKS && rte_vinetalk_enqueue_burst(dev, 0, &t, 1) == 1) {
			sent++;
			continue;
		}
		ret = rte_vinetalk_wait(dev, 0, TIMEOUT_US);
		if (ret != 0)
			return say("wait", ret);
		while (rte_vinetalk_dequeue_burst(dev, 0, &c, 1) == 1) {
			if (c.status != 0 || c.cookie != got++)
				return say("task", c.status);
		}
	}
	rte_vinetalk_task_init(&t, vaccel, proc, sent);
	rte_vinetalk_task_in(dev, &t, data, 64);
	ret = rte_vinetalk_run(dev, 0, &t, &c, TIMEOUT_US);
	return ret != 0 ? say("run", ret) : c.status;
}

int
main(int argc, char **argv)
{
	struct rte_vinetalk_vaccel_conf vc = { .accel = RTE_VINETALK_ID_ANY };
	struct rte_vinetalk_stats st;
	uint16_t vaccel;
	void *data;
	int dev, ret;

	dev = argc == 2 ? start(argv[1]) : -EINVAL;
	if (dev < 0)
		return 1;
	ret = procedure((uint16_t)dev, &vc.proc);
	if (ret == 0)
		ret = rte_vinetalk_vaccel_acquire((uint16_t)dev, &vc, &vaccel);
	if (ret != 0)
		return say("procedure", ret) != 0;
	data = rte_vinetalk_alloc((uint16_t)dev, 4096, 0, RTE_VINETALK_PLACE_HOST);
	if (data == NULL)
		return 2;
	memset(data, 1, 4096);
	ret = work((uint16_t)dev, vaccel, vc.proc, data);
	if (ret != 0)
		return 3;
	rte_vinetalk_free((uint16_t)dev, data);
	if (rte_vinetalk_stats_get((uint16_t)dev, &st) != 0 || st.completed != NB_TASKS + 1)
		return 4;
	if (rte_vinetalk_vaccel_release((uint16_t)dev, vaccel) != 0 ||
			rte_vinetalk_proc_put((uint16_t)dev, vc.proc) != 0 ||
			rte_vinetalk_close((uint16_t)dev) != 0)
		return 5;
	printf("%u tasks\n", NB_TASKS);
	return 0;
}
