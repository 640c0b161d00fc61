/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A client process is killed, or stopped for longer than the appliance waits, in front of each instruction of the
 * library and of the ring code in it, for each operation and layout, while others work.
 *
 * Behind the victim, in the same request ring, survivors enqueue at that very moment; each of their tasks ends
 * once, in its order and with the right content, and the victim's slot comes back. One that was only stopped goes
 * on as if nothing had been, or learns that it was detached.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_vinetalk.h>

#include "death/victim.h"
#include "fixture.h"
#include "test.h"
#include "tracee.h"

#define NB_SURVIVORS 4 /* the last one in the other domain */
#define BURST 2
#define MAX_POINTS 200000
#define PATIENCE_US 5000000
#define DETACH_MS 50

struct survivor {
	int dev;
	uint32_t slot;
	uint16_t proc, vaccel;
	uint64_t *in, *out;      /* 2 * BURST of each */
	uint64_t sent, ended;    /* cookies: each comes once and in its order */
	uint64_t since_us;       /* when the oldest of what is out was sent */
};

struct stand {
	struct fixture f;
	struct raw_client eye; /* sees the region, and never attaches */
	struct survivor others[NB_SURVIVORS];
	pid_t parent;
	int tell, hear;
	struct tracee_code code;
};

struct sum {
	unsigned int points, missed, detached, moves;
	uint64_t tasks, lost, doubled, longest_us;
};

static struct tracee_point points[MAX_POINTS];

static uint64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* ---- survivors ---- */

static int
survivor_attach(struct stand *s, struct survivor *v, unsigned int domain)
{
	v->dev = fixture_attach(&s->f, domain, 1, 0);
	if (v->dev < 0)
		return v->dev;
	v->in = rte_vinetalk_alloc((uint16_t)v->dev, 2 * BURST * sizeof(*v->in), 0,
		RTE_VINETALK_PLACE_HOST);
	v->out = rte_vinetalk_alloc((uint16_t)v->dev, 2 * BURST * sizeof(*v->out), 0,
		RTE_VINETALK_PLACE_HOST);
	if (v->in == NULL || v->out == NULL)
		return -ENOMEM;
	return fixture_proc(v->dev, "echo", &v->proc, &v->vaccel);
}

/* As many as are wanted; a queue that is closed for the moment opens again. */
static void
survivor_send(struct survivor *v, struct sum *sum)
{
	const uint64_t start = now_us();
	unsigned int i = 0;

	if (v->sent == v->ended)
		v->since_us = start;
	while (i < BURST && now_us() - start < PATIENCE_US) {
		const uint64_t at = v->sent % (2 * BURST);
		struct rte_vinetalk_task t;

		v->in[at] = v->sent * UINT64_C(0x9e3779b97f4a7c15) + v->slot;
		v->out[at] = 0;
		rte_vinetalk_task_init(&t, v->vaccel, v->proc, v->sent);
		rte_vinetalk_task_in((uint16_t)v->dev, &t, &v->in[at], sizeof(*v->in));
		rte_vinetalk_task_out((uint16_t)v->dev, &t, &v->out[at], sizeof(*v->out));
		if (rte_vinetalk_enqueue_burst((uint16_t)v->dev, 0, &t, 1) == 0) {
			usleep(50);
			continue;
		}
		v->sent++;
		sum->tasks++;
		i++;
	}
	CU_ASSERT_EQUAL(i, BURST);
}

static void
survivor_finish(struct survivor *v, struct sum *sum)
{
	struct rte_vinetalk_completion c;
	const uint64_t start = now_us();

	while (v->ended < v->sent) {
		if (now_us() - start > PATIENCE_US) {
			sum->lost += v->sent - v->ended;
			v->ended = v->sent;
			return;
		}
		if (rte_vinetalk_dequeue_burst((uint16_t)v->dev, 0, &c, 1) == 0) {
			rte_vinetalk_wait((uint16_t)v->dev, 0, 20000);
			continue;
		}
		if (c.cookie < v->ended)
			sum->doubled++;
		CU_ASSERT_EQUAL(c.cookie, v->ended);
		CU_ASSERT_EQUAL(c.status, 0);
		CU_ASSERT_EQUAL(v->out[v->ended % (2 * BURST)], v->in[v->ended % (2 * BURST)]);
		v->ended++;
	}
	sum->longest_us = RTE_MAX(sum->longest_us, now_us() - v->since_us);
	while (rte_vinetalk_dequeue_burst((uint16_t)v->dev, 0, &c, 1) != 0)
		sum->doubled++;
}

static void
all_send(struct stand *s, struct sum *sum)
{
	unsigned int i;

	for (i = 0; i < NB_SURVIVORS; i++)
		survivor_send(&s->others[i], sum);
}

static void
all_finish(struct stand *s, struct sum *sum)
{
	unsigned int i;

	for (i = 0; i < NB_SURVIVORS; i++)
		survivor_finish(&s->others[i], sum);
}

/* ---- the stand ---- */

static int
parent_start(struct stand *s)
{
	char program[4096];
	int to[2], from[2];

	snprintf(program, sizeof(program), "%s/test/death/vinetalk-victim", vt_test_build_dir());
	if (pipe2(to, O_CLOEXEC) != 0)
		return -errno;
	if (pipe2(from, O_CLOEXEC) != 0)
		return -errno;
	fflush(NULL);
	s->parent = fork();
	if (s->parent < 0)
		return -errno;
	if (s->parent == 0) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		setenv("LD_BIND_NOW", "1", 1);
		execl(program, program, s->f.path[0], NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	s->tell = to[1];
	s->hear = from[0];
	return 0;
}

static void
parent_stop(struct stand *s)
{
	int status = -1;

	close(s->tell);
	CU_ASSERT_EQUAL(waitpid(s->parent, &status, 0), s->parent);
	CU_ASSERT_EQUAL(status, 0);
	close(s->hear);
}

static void
stand_up(struct stand *s, uint32_t layout)
{
	static const char * const accels[] = { "cpu", NULL };
	const struct rte_vtappliance_conf conf = { .detach_ms = DETACH_MS };
	/* By the id all clients have one queue, also in layout hashed. */
	const struct rte_vtappliance_domain_conf dom = { .uid = -1, .gid = -1, .layout = layout,
		.depth = 64, .rq_depth = 64, .nb_clients = 8, .id = 7 };
	unsigned int i;

	memset(s, 0, sizeof(*s));
	CU_ASSERT_EQUAL_FATAL(fixture_start(&s->f, 2, 2, accels, &conf, &dom), 0);
	CU_ASSERT_EQUAL_FATAL(raw_connect(&s->eye, s->f.path[0]), 0);
	for (i = 0; i < NB_SURVIVORS; i++) {
		struct rte_vinetalk_info info;

		CU_ASSERT_EQUAL_FATAL(survivor_attach(s, &s->others[i], i == NB_SURVIVORS - 1), 0);
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_info_get((uint16_t)s->others[i].dev, &info), 0);
		s->others[i].slot = info.vm_id - 1;
	}
	CU_ASSERT_EQUAL_FATAL(parent_start(s), 0);
}

static void
stand_down(struct stand *s)
{
	unsigned int i;

	parent_stop(s);
	for (i = 0; i < NB_SURVIVORS; i++)
		CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)s->others[i].dev), 0);
	raw_close(&s->eye);
	fixture_stop(&s->f);
}

/* A child in front of its operation. */
static pid_t
spawn(struct stand *s, char op)
{
	pid_t pid = -1;
	uint32_t i;
	int ret;

	if (write(s->tell, &op, 1) != 1 || read(s->hear, &pid, sizeof(pid)) != sizeof(pid))
		return -1;
	ret = tracee_seize(pid);
	CU_ASSERT_EQUAL_FATAL(ret, 0);
	if (s->code.nb == 0)
		CU_ASSERT_EQUAL_FATAL(tracee_code_of(pid, &s->code), 0);
	if (op == VICTIM_DOORBELL)
		for (i = 0; i < s->eye.geom.conf.nb_pollers; i++)
			__atomic_store_n(&rte_vtregion_poller(s->eye.base, &s->eye.geom, i)->parked,
				7, __ATOMIC_SEQ_CST);
	return pid;
}

static bool
is_survivor(const struct stand *s, uint32_t slot)
{
	unsigned int i;

	for (i = 0; i + 1 < NB_SURVIVORS; i++)
		if (s->others[i].slot == slot)
			return true;
	return false;
}

/* All slots but the survivors' are free again. */
static void
slots_come_back(struct stand *s)
{
	uint32_t i;

	for (i = 0; i < s->eye.geom.conf.nb_clients; i++) {
		struct rte_vtregion_slot *slot = rte_vtregion_slot(s->eye.base, &s->eye.geom, i);

		if (is_survivor(s, i))
			CU_ASSERT_EQUAL(slot->state, RTE_VTREGION_SLOT_ATTACHED)
		else
			CU_ASSERT_TRUE(fixture_until(&slot->state, RTE_VTREGION_SLOT_FREE));
	}
}

static uint32_t
generations(struct stand *s)
{
	uint32_t i, sum = 0;

	for (i = 0; i < s->eye.geom.nb_rqs; i++)
		sum += rte_vtregion_rq(s->eye.base, &s->eye.geom, i)->gen &
			~RTE_VTREGION_GEN_CLOSED;
	return sum;
}

/* ---- which instructions ---- */

/* Of what waits for the appliance, and may do so for any number of turns, the first. */
static bool
is_wanted(char op, const struct tracee_point *p)
{
	switch (op) {
	case VICTIM_ATTACH:
	case VICTIM_LEAVE:
		return p->nth == 1;
	case VICTIM_PARK:
		return p->nth <= 2;
	default:
		return true;
	}
}

/* What one run executes, and of that what is wanted. */
static unsigned int
record(struct stand *s, char op)
{
	const pid_t pid = spawn(s, op);
	unsigned int nb = 0;
	int ret, i;

	CU_ASSERT_TRUE_FATAL(pid > 0);
	ret = tracee_record(pid, &s->code, points, MAX_POINTS);
	CU_ASSERT_TRUE_FATAL(ret > 0);
	CU_ASSERT_EQUAL(tracee_end(pid, 20000), VICTIM_DONE);
	for (i = 0; i < ret; i++)
		if (is_wanted(op, &points[i]))
			points[nb++] = points[i];
	slots_come_back(s);
	return nb;
}

/* ---- one death, one stop ---- */

/* A child at an instruction. */
static pid_t
spawn_at(struct stand *s, char op, const struct tracee_point *at, struct sum *sum)
{
	const pid_t pid = spawn(s, op);
	int ret;

	CU_ASSERT_TRUE_FATAL(pid > 0);
	ret = tracee_run_to(pid, at);
	if (ret < 0)
		printf("\n%c, %#lx the %u. time: %s\n", op, (unsigned long)at->addr, at->nth, strerror(-ret));
	CU_ASSERT_TRUE(ret >= 0);
	sum->missed += ret == 0;
	return pid;
}

static void
die_at(struct stand *s, char op, const struct tracee_point *at, struct sum *sum)
{
	pid_t pid = spawn_at(s, op, at, sum);

	all_send(s, sum);
	tracee_kill(pid);
	all_send(s, sum);
	all_finish(s, sum);
	slots_come_back(s);
}

/* Another one dies meanwhile, so that the queue is closed, and who is inside is waited for. */
static void
stop_at(struct stand *s, char op, const struct tracee_point *at, struct sum *sum)
{
	pid_t mortal = spawn(s, VICTIM_ENQUEUE), pid;
	int ret;

	CU_ASSERT_TRUE_FATAL(mortal > 0);
	pid = spawn_at(s, op, at, sum);
	all_send(s, sum);
	tracee_kill(mortal);
	all_send(s, sum);
	all_finish(s, sum);
	ret = tracee_end(pid, 20000);
	if (ret != VICTIM_DONE && ret != VICTIM_DETACHED)
		printf("\n%c, %#lx the %u. time: the victim ended with %d\n", op,
			(unsigned long)at->addr, at->nth, ret);
	CU_ASSERT_TRUE(ret == VICTIM_DONE || ret == VICTIM_DETACHED);
	all_send(s, sum);
	all_finish(s, sum);
	slots_come_back(s);
	sum->detached += ret == VICTIM_DETACHED;
}

struct floor {
	char op;
	const char *name;
	unsigned int points; /* fewer would mean that not all is stepped through */
};

static const struct floor operations[] = {
	{ VICTIM_ENQUEUE, "enqueue_burst", 400 },
	{ VICTIM_DOORBELL, "enqueue_burst with a doorbell", 400 },
	{ VICTIM_DEQUEUE, "dequeue_burst", 150 },
	{ VICTIM_PARK, "wait", 60 },
	{ VICTIM_LEAVE, "leave", 250 },
	{ VICTIM_ATTACH, "attach", 1000 },
};

static void
each(uint32_t layout, bool stop)
{
	struct stand s;
	unsigned int o, i, nb;

	stand_up(&s, layout);
	for (o = 0; o < RTE_DIM(operations); o++) {
		const struct floor *op = &operations[o];
		const uint64_t start = now_us();
		struct sum sum = { 0 };
		uint32_t gens;

		/* It is the same in all layouts, and takes half a minute. */
		if (stop && op->op == VICTIM_ATTACH && layout != RTE_VTREGION_SINGLE)
			continue;
		nb = record(&s, op->op);
		CU_ASSERT_TRUE(nb >= op->points);
		gens = generations(&s);
		for (i = 0; i < nb; i++)
			(stop ? stop_at : die_at)(&s, op->op, &points[i], &sum);
		sum.points = nb;
		sum.moves = generations(&s) - gens;
		printf("\n    %s: %u instructions stepped (%u not met again), %" PRIu64 " tasks by survivors, %"
			PRIu64 " lost, %" PRIu64 " doubled; %u rings given up, %u detached, longest"
			" wait %.1f ms; %.1f s", op->name, sum.points, sum.missed, sum.tasks, sum.lost,
			sum.doubled, sum.moves, sum.detached, (double)sum.longest_us / 1000,
			(double)(now_us() - start) / 1e6);
		fflush(stdout);
		CU_ASSERT_EQUAL(sum.lost, 0);
		CU_ASSERT_EQUAL(sum.doubled, 0);
		CU_ASSERT_TRUE(sum.missed <= nb / 4);
		/* Some of them die between reserving and publishing. */
		if (op->op == VICTIM_ENQUEUE && layout != RTE_VTREGION_THREAD)
			CU_ASSERT_TRUE(stop ? sum.detached > 20 : sum.moves > 20);
	}
	printf("\n");
	stand_down(&s);
}

static void
test_killed_thread(void)
{
	each(RTE_VTREGION_THREAD, false);
}

static void
test_killed_hashed(void)
{
	each(RTE_VTREGION_HASHED, false);
}

static void
test_killed_single(void)
{
	each(RTE_VTREGION_SINGLE, false);
}

static void
test_stopped_thread(void)
{
	each(RTE_VTREGION_THREAD, true);
}

static void
test_stopped_hashed(void)
{
	each(RTE_VTREGION_HASHED, true);
}

static void
test_stopped_single(void)
{
	each(RTE_VTREGION_SINGLE, true);
}

static const struct vt_test_case cases[] = {
	{ "killed at each instruction: thread", test_killed_thread },
	{ "killed at each instruction: hashed", test_killed_hashed },
	{ "killed at each instruction: single", test_killed_single },
	{ "stopped at each instruction: thread", test_stopped_thread },
	{ "stopped at each instruction: hashed", test_stopped_hashed },
	{ "stopped at each instruction: single", test_stopped_single },
};

VT_TEST_SUITE(vinetalk_death_autotest, NULL, NULL, cases);
