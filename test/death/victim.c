/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A client that is killed or stopped, by vinetalk_death_autotest.
 *
 *     vinetalk-victim SOCKET <LETTERS >PIDS
 *
 * For each letter a child is forked that attaches, stops itself in front of the operation of that name
 * and again behind it, then does some more tasks and leaves. What the parent has done before is done for
 * all of them, and all have their code at the same addresses.
 *
 * Exit status of a child: see enum outcome.
 */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <rte_vinetalk.h>

#include "victim.h"

#define MOST 64       /* tasks of one life */
#define BURST 3       /* of the operation */
#define AFTER 12      /* tasks behind it */
#define PATIENCE 100  /* times 50 ms without a completion */

struct slot {
	uint64_t in, out;
};

static const char *path;
static uint16_t dev, proc, vaccel;
static struct slot *data;
static uint64_t sent, last;
static bool ended[MOST];
static unsigned int nb_ended;
static bool detached;

static void __attribute__((noreturn))
fail(enum victim_outcome outcome, const char *what, int64_t value)
{
	fprintf(stderr, "victim: %s: %lld\n", what, (long long)value);
	_exit(outcome);
}

/* The tracer stands between two instructions of the C library. */
static void
gate(void)
{
	raise(SIGSTOP);
}

static uint16_t
send(uint16_t nb)
{
	struct rte_vinetalk_task t[BURST];
	uint16_t i;

	for (i = 0; i < nb; i++) {
		struct slot *s = &data[sent + i];

		s->in = UINT64_C(0x9e3779b97f4a7c15) * (sent + i + 1);
		s->out = 0;
		rte_vinetalk_task_init(&t[i], vaccel, proc, sent + i);
		rte_vinetalk_task_in(dev, &t[i], &s->in, sizeof(s->in));
		rte_vinetalk_task_out(dev, &t[i], &s->out, sizeof(s->out));
	}
	nb = rte_vinetalk_enqueue_burst(dev, 0, t, nb);
	sent += nb;
	return nb;
}

static void
take(void)
{
	struct rte_vinetalk_completion c[BURST];
	uint16_t nb, i;

	nb = rte_vinetalk_dequeue_burst(dev, 0, c, BURST);
	for (i = 0; i < nb; i++) {
		if (c[i].cookie >= sent || ended[c[i].cookie])
			fail(VICTIM_DOUBLED, "a completion of no task", (int64_t)c[i].cookie);
		if (c[i].cookie < last)
			fail(VICTIM_ORDER, "out of order", (int64_t)c[i].cookie);
		last = c[i].cookie;
		ended[last] = true;
		nb_ended++;
		if (c[i].status == -ECONNRESET)
			detached = true;
		else if (c[i].status != 0)
			fail(VICTIM_STATUS, "status", c[i].status);
		else if (data[last].out != data[last].in)
			fail(VICTIM_CONTENT, "content", (int64_t)last);
	}
}

static void
finish(void)
{
	unsigned int idle = 0;
	int ret;

	while (nb_ended < sent) {
		ret = rte_vinetalk_wait(dev, 0, 50000);
		if (ret == -ENODEV)
			detached = true;
		else if (ret != 0 && ++idle > PATIENCE)
			fail(VICTIM_LOST, "tasks without an end", (int64_t)(sent - nb_ended));
		take();
	}
}

static void
attach(void)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	struct rte_vinetalk_vaccel_conf vc = { .accel = RTE_VINETALK_ID_ANY };
	char args[160];
	int ret;

	snprintf(args, sizeof(args), "shm,path=%s", path);
	ret = rte_vinetalk_attach(args);
	if (ret < 0)
		fail(VICTIM_DETACHED, "attach", ret);
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
		fail(ret == -ENODEV || ret == -ECONNRESET || ret == -ETIMEDOUT ? VICTIM_DETACHED :
			VICTIM_STATUS, "set up", ret);
	data = rte_vinetalk_alloc(dev, MOST * sizeof(*data), 0, RTE_VINETALK_PLACE_HOST);
	if (data == NULL)
		fail(VICTIM_STATUS, "alloc", 0);
}

static void
leave(void)
{
	int ret = rte_vinetalk_close(dev);

	if (ret != 0)
		detached = true;
}

static void
operation(char op)
{
	switch (op) {
	case VICTIM_ATTACH:
		attach();
		break;
	case VICTIM_ENQUEUE:
	case VICTIM_DOORBELL:
		send(BURST);
		break;
	case VICTIM_DEQUEUE:
		take();
		break;
	case VICTIM_PARK:
		rte_vinetalk_wait(dev, 0, 300);
		break;
	case VICTIM_LEAVE:
		leave();
		break;
	}
}

/* Who goes on does so, or learns that it cannot. */
static void
afterlife(void)
{
	unsigned int done = 0, closed = 0;

	finish();
	while (done < AFTER && !detached) {
		if (send(1) == 1) {
			done++;
			finish();
		} else if (rte_vinetalk_wait(dev, 0, 1000) == -ENODEV) {
			detached = true;
		} else if (++closed > PATIENCE * 50) {
			fail(VICTIM_LOST, "the queue stays closed", (int64_t)sent);
		}
	}
	finish();
}

static void __attribute__((noreturn))
life(char op)
{
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (op != VICTIM_ATTACH) {
		attach();
		send(BURST);
		finish();
	}
	if (op == VICTIM_DEQUEUE) {
		send(BURST);
		for (i = 0; i < PATIENCE && rte_vinetalk_wait(dev, 0, 50000) != 0; )
			i++;
		usleep(2000);
	} else if (op == VICTIM_LEAVE) {
		send(BURST);
	}
	gate();
	operation(op);
	gate();
	if (op == VICTIM_LEAVE)
		_exit(detached ? VICTIM_DETACHED : VICTIM_DONE);
	afterlife();
	leave();
	_exit(detached ? VICTIM_DETACHED : VICTIM_DONE);
}

int
main(int argc, char **argv)
{
	char op;

	if (argc != 2)
		return 1;
	path = argv[1];
	/* Nobody's children: they are the tracer's. */
	signal(SIGCHLD, SIG_IGN);
	while (read(STDIN_FILENO, &op, 1) == 1) {
		pid_t pid = fork();

		if (pid == 0)
			life(op);
		if (write(STDOUT_FILENO, &pid, sizeof(pid)) != sizeof(pid))
			return 1;
	}
	return 0;
}
