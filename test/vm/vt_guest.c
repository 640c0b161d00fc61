/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * vt-guest: what the guests of the VM tests do. Each says what it has done in lines that the test
 * waits for.
 */

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_vinetalk.h>

#include "vt_guest.h"

#define BURST 32
#define BYTES 64

static uint16_t dev, proc, vaccel;
static uint8_t *data;
static bool outlives; /* appliances: their tasks may end with -ECONNRESET */
static uint64_t nb_resumes; /* that it has said */

static int
fail(const char *what, int err)
{
	printf("failed: %s: %s\n", what, strerror(err < 0 ? -err : err));
	fflush(stdout);
	return 1;
}

static void
say(const char *text)
{
	printf("%s\n", text);
	fflush(stdout);
}

static int
attach(const char *devargs)
{
	const struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	struct rte_vinetalk_vaccel_conf vc = { .accel = RTE_VINETALK_ID_ANY };
	int ret = rte_vinetalk_attach(devargs);

	if (ret < 0)
		return ret;
	dev = (uint16_t)ret;
	ret = rte_vinetalk_configure(dev, &conf);
	if (ret == 0)
		ret = rte_vinetalk_queue_pair_setup(dev, 0, NULL);
	if (ret == 0)
		ret = rte_vinetalk_start(dev);
	if (ret == 0)
		ret = rte_vinetalk_proc_get(dev, "echo", RTE_VINETALK_ACCEL_ANY, &proc);
	vc.proc = proc;
	if (ret == 0)
		ret = rte_vinetalk_vaccel_acquire(dev, &vc, &vaccel);
	if (ret != 0)
		return ret;
	data = rte_vinetalk_alloc(dev, 2 * BURST * BYTES, 64, RTE_VINETALK_PLACE_HOST);
	return data == NULL ? -ENOMEM : 0;
}

/* A pattern that depends on the task, so that no other's result passes. */
static void
fill(uint8_t *p, uint64_t n)
{
	unsigned int i;

	for (i = 0; i < BYTES; i++)
		p[i] = (uint8_t)(n * 31 + i * 7 + (n >> 8));
}

static int
send(uint64_t n, unsigned int slot)
{
	struct rte_vinetalk_task t;
	uint8_t *in = data + slot * 2 * BYTES, *out = in + BYTES;

	fill(in, n);
	memset(out, 0, BYTES);
	rte_vinetalk_task_init(&t, vaccel, proc, n << 8 | slot);
	rte_vinetalk_task_in(dev, &t, in, BYTES);
	rte_vinetalk_task_out(dev, &t, out, BYTES);
	return rte_vinetalk_enqueue_burst(dev, 0, &t, 1) == 1 ? 0 : -EAGAIN;
}

static int
check(const struct rte_vinetalk_completion *c)
{
	const unsigned int slot = c->cookie & 0xff;
	uint8_t want[BYTES];

	if (outlives && c->status == -ECONNRESET)
		return 0;
	if (c->status != 0)
		return c->status;
	fill(want, c->cookie >> 8);
	return slot < BURST && memcmp(data + slot * 2 * BYTES + BYTES, want, BYTES) == 0 ? 0 :
		-EBADMSG;
}

static uint64_t
xstat(const char *name)
{
	struct rte_vinetalk_xstat_name names[64];
	uint64_t values[64];
	int n = rte_vinetalk_xstats_names_get(dev, names, RTE_DIM(names)), i;

	if (rte_vinetalk_xstats_get(dev, values, RTE_DIM(values)) == n)
		for (i = 0; i < n; i++)
			if (strcmp(names[i].name, name) == 0)
				return values[i];
	return UINT64_MAX;
}

/* A task was done: by the next appliance, if there is one. */
static void
say_resumed(void)
{
	if (xstat("resumes") == nb_resumes)
		return;
	nb_resumes = xstat("resumes");
	printf("went on %" PRIu64 "\n", nb_resumes);
	fflush(stdout);
}

/* Whether there is something to read. */
static int
has_input(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&p, 1, 0) > 0 && (p.revents & POLLIN) != 0;
}

/*
 * Tasks, up to BURST at a time, each checked by its content; "working" is said early. With nb 0 they go on
 * until there is input.
 */
static int
work(uint64_t nb)
{
	const int until_input = nb == 0;
	int announce = 1;
	uint8_t idle[BURST];
	struct rte_vinetalk_completion c[BURST];
	unsigned int nb_idle = BURST, i;
	uint64_t sent = 0, done = 0;
	uint16_t n;
	int ret;

	if (until_input)
		nb = UINT64_MAX;
	for (i = 0; i < BURST; i++)
		idle[i] = (uint8_t)i;
	while (done < nb) {
		while (nb_idle > 0 && sent < nb && send(sent, idle[nb_idle - 1]) == 0) {
			nb_idle--;
			sent++;
		}
		ret = rte_vinetalk_wait(dev, 0, nb_idle == BURST ? 1000 : 20000000);
		/* Nothing is in flight, since the queue takes nothing just now: again. */
		if (ret == -ETIMEDOUT && nb_idle == BURST)
			continue;
		if (ret != 0)
			return ret;
		n = rte_vinetalk_dequeue_burst(dev, 0, c, BURST);
		for (i = 0; i < n; i++) {
			ret = check(&c[i]);
			if (ret != 0)
				return ret;
			idle[nb_idle++] = (uint8_t)(c[i].cookie & 0xff);
		}
		done += n;
		if (outlives && n > 0 && c[n - 1].status == 0)
			say_resumed();
		if (until_input && nb == UINT64_MAX && (done & 0x300) == 0 && has_input())
			nb = sent;
		if (announce && done >= 1000) {
			say("working");
			announce = 0;
		}
	}
	return 0;
}

/* Single tasks with a sleep between them, so that both sides park. */
static int
waits(unsigned int nb)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	unsigned int i;
	int ret;

	for (i = 0; i < nb; i++) {
		usleep(30000);
		rte_vinetalk_task_init(&t, vaccel, proc, i);
		rte_vinetalk_task_in(dev, &t, data, BYTES);
		rte_vinetalk_task_out(dev, &t, data + BYTES, BYTES);
		ret = rte_vinetalk_run(dev, 0, &t, &c, 20000000);
		if (ret != 0 || c.status != 0)
			return ret != 0 ? ret : c.status;
	}
	return 0;
}

/* Single tasks with pauses of some microseconds, so that parks and rings of both sides meet. */
static int
races(unsigned int nb)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	volatile unsigned int k;
	unsigned int i;
	int ret;

	srand(1);
	for (i = 0; i < nb; i++) {
		rte_vinetalk_task_init(&t, vaccel, proc, i);
		rte_vinetalk_task_in(dev, &t, data, BYTES);
		rte_vinetalk_task_out(dev, &t, data + BYTES, BYTES);
		ret = rte_vinetalk_run(dev, 0, &t, &c, 20000000);
		if (ret != 0 || c.status != 0)
			return ret != 0 ? ret : c.status;
		for (k = (unsigned int)rand() % 4000; k > 0; k--)
			;
	}
	printf("sleeps %" PRIu64 ", late %" PRIu64 "\n", xstat("sleeps"), xstat("late_wakeups"));
	return xstat("late_wakeups") * 1000 > nb ? -ETIME : 0;
}

/* Work until the device goes away, and see that this ends the waiting. */
static int
until_gone(void)
{
	int ret = work(UINT64_MAX);

	printf("gone: %s\n", strerror(-ret));
	fflush(stdout);
	rte_vinetalk_close(dev);
	return ret == -ENODEV || ret == -ECONNRESET ? 0 : 1;
}

static int
command(int argc, char **argv)
{
	const unsigned int nb = argc > 3 ? (unsigned int)strtoul(argv[3], NULL, 10) : 0;
	int ret = attach(argv[2]);

	if (ret != 0)
		return fail("attach", ret);
	say("attached");
	outlives = strcmp(argv[1], "outlive") == 0;
	if (outlives || strcmp(argv[1], "tasks") == 0)
		ret = work(nb);
	else if (strcmp(argv[1], "waits") == 0)
		ret = waits(nb);
	else if (strcmp(argv[1], "races") == 0)
		ret = races(nb);
	else if (strcmp(argv[1], "scribble") == 0)
		return guest_scribble(data - rte_vinetalk_offset(dev, data), nb);
	else if (strcmp(argv[1], "hold") == 0)
		pause();
	else if (strcmp(argv[1], "until-gone") == 0)
		return until_gone();
	else
		ret = -EINVAL;
	if (ret != 0)
		return fail(argv[1], ret);
	rte_vinetalk_close(dev);
	say("done");
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "search") == 0)
		return guest_search(argv[2]);
	if (argc == 3 && strcmp(argv[1], "children") == 0)
		return guest_children(argv[0], argv[2]);
	if (argc >= 3)
		return command(argc, argv);
	fprintf(stderr, "usage: vt-guest tasks|waits|races|scribble DEVARGS N | tasks|outlive DEVARGS (until"
		" there is input) | hold|until-gone|children DEVARGS |"
		" search WORD\n");
	return 2;
}
