/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"

#define WAIT_US 10000000 /* without any completion for so long: something is wrong */
#define REPORT_NS 100000000

uint64_t
client_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

int
client_options(struct client *c, int argc, char **argv, void (*usage)(void))
{
	const struct { const char *name; const char **value; } options[] = {
		{ "--dev", &c->devargs }, { "--json", &c->json }, { "--progress", &c->progress },
	};
	int i, n = 1;
	size_t o;

	c->devargs = "shm,path=/run/vinetalk/default.sock";
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0) {
			usage();
			exit(0);
		}
		for (o = 0; o < 3 && strcmp(argv[i], options[o].name) != 0; o++)
			;
		if (o < 3 && i + 1 < argc)
			*options[o].value = argv[++i];
		else
			argv[n++] = argv[i];
	}
	return n;
}

static int
fail(const char *what, int err)
{
	fprintf(stderr, "%s: %s\n", what, strerror(err < 0 ? -err : err));
	return -1;
}

int
client_open(struct client *c, const char *name)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	struct rte_vinetalk_info info;
	char devargs[512];
	int ret;

	snprintf(devargs, sizeof(devargs), "%s%s%s", c->devargs,
		strncmp(c->devargs, "shm", 3) == 0 ? ",client=" : "",
		strncmp(c->devargs, "shm", 3) == 0 ? name : "");
	ret = rte_vinetalk_attach(devargs);
	if (ret < 0)
		return fail(c->devargs, ret);
	c->dev = (uint16_t)ret;
	ret = rte_vinetalk_configure(c->dev, &conf);
	if (ret == 0)
		ret = rte_vinetalk_queue_pair_setup(c->dev, 0, NULL);
	if (ret == 0)
		ret = rte_vinetalk_start(c->dev);
	if (ret == 0)
		ret = rte_vinetalk_info_get(c->dev, &info);
	if (ret != 0)
		return fail("device", ret);
	c->depth = info.max_depth;
	c->start_ns = client_now_ns();
	return 0;
}

int
client_proc(struct client *c, const char *name, uint16_t *proc)
{
	struct rte_vinetalk_vaccel_conf conf = { .accel = RTE_VINETALK_ID_ANY };
	int ret;

	ret = rte_vinetalk_proc_get(c->dev, name, RTE_VINETALK_ACCEL_ANY, proc);
	if (ret == 0 && c->nb_latencies == 0 && c->max_latencies == 0) {
		conf.proc = *proc;
		ret = rte_vinetalk_vaccel_acquire(c->dev, &conf, &c->vaccel);
		c->max_latencies = 1024;
		c->latency_us = malloc(c->max_latencies * sizeof(*c->latency_us));
	}
	return ret != 0 ? fail(name, ret) : 0;
}

void *
client_alloc(struct client *c, size_t size)
{
	void *p = rte_vinetalk_alloc(c->dev, size, 4096, RTE_VINETALK_PLACE_HOST);

	if (p == NULL)
		fprintf(stderr, "%zu bytes do not fit into the arena\n", size);
	return p;
}

int
client_send(struct client *c, struct rte_vinetalk_task *task)
{
	const uint64_t start = client_now_ns();
	int ret;

	while (rte_vinetalk_enqueue_burst(c->dev, 0, task, 1) == 0) {
		/* The queue is shared: others' tasks may fill it. */
		ret = rte_vinetalk_wait(c->dev, 0, 100);
		if (ret == -ENODEV)
			return fail("enqueue", ret);
		if (client_now_ns() - start > WAIT_US * 1000ULL)
			return fail("enqueue", ETIMEDOUT);
	}
	return 0;
}

int
client_receive(struct client *c, struct rte_vinetalk_completion *completion)
{
	int ret;

	while (rte_vinetalk_dequeue_burst(c->dev, 0, completion, 1) == 0) {
		ret = rte_vinetalk_wait(c->dev, 0, WAIT_US);
		if (ret == -ETIMEDOUT)
			return fail("wait", ret);
		if (ret == -ENODEV && rte_vinetalk_in_flight(c->dev, 0) == 0)
			return fail("wait", ret);
	}
	return 0;
}

void
client_latency(struct client *c, uint64_t since_ns)
{
	if (c->nb_latencies == c->max_latencies) {
		uint32_t *more = realloc(c->latency_us,
			2 * c->max_latencies * sizeof(*c->latency_us));

		if (more == NULL)
			return;
		c->latency_us = more;
		c->max_latencies *= 2;
	}
	c->latency_us[c->nb_latencies++] = (uint32_t)((client_now_ns() - since_ns) / 1000);
}

void
client_progress(struct client *c, uint64_t bytes)
{
	uint64_t now;
	FILE *f;

	c->done_bytes += bytes;
	if (c->progress == NULL)
		return;
	now = client_now_ns();
	if (now < c->next_report_ns)
		return;
	c->next_report_ns = now + REPORT_NS;
	f = fopen(c->progress, "w");
	if (f == NULL)
		return;
	fprintf(f, "%" PRIu64 "\n", c->done_bytes);
	fclose(f);
}

static int
compare(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void
report(const struct client *c, const struct rte_vinetalk_stats *s, uint64_t ns)
{
	const uint64_t n = c->nb_latencies;
	FILE *f = strcmp(c->json, "-") == 0 ? stderr : fopen(c->json, "w");

	if (f == NULL) {
		fail(c->json, errno);
		return;
	}
	if (n != 0)
		qsort(c->latency_us, n, sizeof(*c->latency_us), compare);
	fprintf(f, "{\"enqueued\":%" PRIu64 ",\"completed\":%" PRIu64 ",\"failed\":%" PRIu64
		",\"refused\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"done_bytes\":%" PRIu64
		",\"seconds\":%.6f,\"p50_us\":%u,\"p99_us\":%u}\n", s->enqueued, s->completed,
		s->failed, s->refused, s->bytes, c->done_bytes, (double)ns / 1e9,
		n != 0 ? c->latency_us[n / 2] : 0, n != 0 ? c->latency_us[n * 99 / 100] : 0);
	if (f != stderr)
		fclose(f);
}

int
client_close(struct client *c)
{
	const uint64_t ns = client_now_ns() - c->start_ns;
	struct rte_vinetalk_stats s;
	int ret;

	ret = rte_vinetalk_stats_get(c->dev, &s);
	if (ret == 0 && c->json != NULL)
		report(c, &s, ns);
	free(c->latency_us);
	if (ret == 0)
		ret = rte_vinetalk_close(c->dev);
	return ret != 0 ? fail("close", ret) : 0;
}
