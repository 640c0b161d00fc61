/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * vinetalk-prey SOCKET SECONDS: attach to whatever is there, use all of the library, leave, and again. What is
 * told may be wrong, and then it is an error; the process is to come to its end. Prints one line of counts.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <rte_log.h>
#include <rte_vinetalk.h>

#define BURST 8
#define ROUNDS 100
#define WAIT_US 2000
#define LEN 4096

static unsigned int attached, refused, sent, done, failed;

static time_t
now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* All that can be asked. */
static void
ask(uint16_t dev)
{
	struct rte_vinetalk_accel_info accel;
	struct rte_vinetalk_proc_info procs[32];
	struct rte_vinetalk_accel_stats as;
	struct rte_vinetalk_info info;
	struct rte_vinetalk_stats stats;
	uint64_t values[16];
	uint16_t ids[8];

	rte_vinetalk_info_get(dev, &info);
	rte_vinetalk_accel_list(dev, RTE_VINETALK_ACCEL_ANY, ids, RTE_DIM(ids));
	rte_vinetalk_accel_info_get(dev, 0, &accel);
	rte_vinetalk_accel_stats_get(dev, 0, &as);
	rte_vinetalk_proc_list(dev, procs, RTE_DIM(procs));
	rte_vinetalk_stats_get(dev, &stats);
	rte_vinetalk_xstats_get(dev, values, RTE_DIM(values));
}

static void
round_trip(uint16_t dev, uint16_t va, uint16_t proc, uint8_t *data)
{
	struct rte_vinetalk_completion c[BURST];
	struct rte_vinetalk_task t[BURST];
	uint16_t i, n;

	for (i = 0; i < BURST; i++) {
		rte_vinetalk_task_init(&t[i], va, proc, i);
		if (data == NULL)
			continue;
		rte_vinetalk_task_in(dev, &t[i], data, 64);
		rte_vinetalk_task_out(dev, &t[i], data + 64, 64);
	}
	n = rte_vinetalk_enqueue_burst(dev, 0, t, BURST);
	sent += n;
	if (n == 0 || rte_vinetalk_wait(dev, 0, WAIT_US) != 0)
		failed++;
	n = rte_vinetalk_dequeue_burst(dev, 0, c, BURST);
	done += n;
	for (i = 0; i < n; i++)
		failed += c[i].status != 0;
}

static void
work(uint16_t dev, time_t end)
{
	struct rte_vinetalk_vaccel_conf conf = { .accel = RTE_VINETALK_ID_ANY };
	uint16_t proc = 0, va = 0;
	struct rte_vinetalk_task t;
	unsigned int i;
	uint8_t *data;

	ask(dev);
	rte_vinetalk_proc_get(dev, "echo", RTE_VINETALK_ACCEL_ANY, &proc);
	conf.proc = proc;
	rte_vinetalk_vaccel_acquire(dev, &conf, &va);
	data = rte_vinetalk_alloc(dev, LEN, 64, RTE_VINETALK_PLACE_HOST);
	for (i = 0; i < ROUNDS && now_s() < end; i++)
		round_trip(dev, va, proc, data);
	rte_vinetalk_event_fd(dev, 0);
	rte_vinetalk_event_arm(dev, 0);
	rte_vinetalk_task_init(&t, va, proc, 0);
	if (now_s() < end)
		rte_vinetalk_task_cancel(dev, &t);
	rte_vinetalk_free(dev, data);
	rte_vinetalk_vaccel_release(dev, va);
	rte_vinetalk_proc_put(dev, proc);
}

static bool
live(const char *path, time_t end)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	char args[256];
	int dev, ret;

	snprintf(args, sizeof(args), "shm,path=%.200s,timeout_ms=500", path);
	dev = rte_vinetalk_attach(args);
	if (dev < 0)
		return false;
	ret = rte_vinetalk_configure((uint16_t)dev, &conf);
	if (ret == 0)
		ret = rte_vinetalk_queue_pair_setup((uint16_t)dev, 0, NULL);
	if (ret == 0)
		ret = rte_vinetalk_start((uint16_t)dev);
	if (ret == 0)
		work((uint16_t)dev, end);
	rte_vinetalk_close((uint16_t)dev);
	return ret == 0;
}

int
main(int argc, char **argv)
{
	time_t end;

	if (argc != 3) {
		fprintf(stderr, "usage: %s SOCKET SECONDS\n", argv[0]);
		return 2;
	}
	/* It would be told of each lie. */
	rte_log_set_global_level(RTE_LOG_CRIT);
	rte_log_set_level_pattern("*vinetalk*", RTE_LOG_CRIT);
	end = now_s() + atoi(argv[2]);
	while (now_s() < end) {
		if (live(argv[1], end)) {
			attached++;
		} else {
			refused++;
			usleep(500);
		}
	}
	printf("prey attached %u refused %u sent %u done %u failed %u\n", attached, refused, sent, done,
		failed);
	return 0;
}
