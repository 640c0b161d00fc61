/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * An appliance is killed in front of each instruction of its turns, while clients have tasks in its rings, in its hands
 * and completed. Behind the same broker the next one takes over; each task ends once, as done, with the right
 * content, or as failed with -ECONNRESET; and the clients go on with the devices, vaccels and buffers that they have.
 *
 * And one hands over to the next as it was asked to: nothing fails.
 *
 * VT_TEST_DEATH=1: also what is executed for each of several tasks alike.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_vinetalk.h>
#include <rte_vtappliance.h>
#include <rte_vtregion.h>

#include "appliance_process.h"
#include "broker_process.h"
#include "once_client.h"
#include "raw_client.h"
#include "test.h"
#include "tracee.h"

#define NB_STANDS 4
#define NB_CLIENTS 2 /* of each */
#define MAX_POINTS 500000
#define PATIENCE_US 5000000

struct stand {
	struct vt_broker broker;
	struct once_client clients[NB_CLIENTS];
	pid_t parent, pid;
	int tell, hear;
	uint64_t since_us; /* without an appliance */
};

static struct tracee_point points[MAX_POINTS];
static struct tracee_code code;

static uint64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* ---- the stand ---- */

/* All have their code at the same addresses, so that what one executes can be found in the others. */
static int
parent_start(struct stand *s, uint32_t layout)
{
	char program[4096], text[16];
	int to[2], from[2];

	snprintf(program, sizeof(program), "%s/test/death/vinetalk-mortal", vt_test_build_dir());
	snprintf(text, sizeof(text), "%u", layout);
	if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
		return -errno;
	fflush(NULL);
	s->parent = fork();
	if (s->parent < 0)
		return -errno;
	if (s->parent == 0) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		setenv("LD_BIND_NOW", "1", 1);
		personality(ADDR_NO_RANDOMIZE);
		execl(program, program, s->broker.owner, text, NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	s->tell = to[1];
	s->hear = from[0];
	return 0;
}

/* Begin with the next appliance. */
static void
spawn(struct stand *s)
{
	s->since_us = now_us();
	CU_ASSERT_EQUAL_FATAL(write(s->tell, "a", 1), 1);
}

/* It serves. */
static void
spawned(struct stand *s)
{
	struct pollfd ready = { .fd = s->hear, .events = POLLIN };

	CU_ASSERT_EQUAL_FATAL(poll(&ready, 1, PATIENCE_US / 1000), 1);
	CU_ASSERT_EQUAL_FATAL(read(s->hear, &s->pid, sizeof(s->pid)), (ssize_t)sizeof(s->pid));
}

static void
all_work(struct stand *s)
{
	unsigned int i;

	for (i = 0; i < NB_CLIENTS; i++) {
		once_client_finish(&s->clients[i]);
		once_client_works(&s->clients[i]);
	}
}

static void
stand_up(struct stand *s, uint32_t layout, const char *name)
{
	unsigned int i;

	memset(s, 0, sizeof(*s));
	CU_ASSERT_EQUAL_FATAL(vt_broker_start_as(&s->broker, name, ",size=16M,clients=4"), 0);
	CU_ASSERT_EQUAL_FATAL(parent_start(s, layout), 0);
	spawn(s);
	spawned(s);
	for (i = 0; i < NB_CLIENTS; i++)
		CU_ASSERT_EQUAL_FATAL(once_client_attach_path(&s->clients[i], s->broker.clients), 0);
	all_work(s);
}

static void
stand_down(struct stand *s)
{
	int status = -1;
	unsigned int i;

	for (i = 0; i < NB_CLIENTS; i++)
		CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)s->clients[i].dev), 0);
	kill(s->pid, SIGKILL);
	close(s->tell);
	CU_ASSERT_EQUAL(waitpid(s->parent, &status, 0), s->parent);
	CU_ASSERT_EQUAL(status, 0);
	close(s->hear);
	CU_ASSERT_EQUAL(vt_broker_stop(&s->broker, SIGTERM), 0);
}

/* In front of its turns, with tasks in the rings. */
static void
stop_it(struct stand *s)
{
	unsigned int i, k;

	CU_ASSERT_EQUAL_FATAL(tracee_seize_by(s->pid, SIGUSR1), 0);
	if (code.nb == 0)
		CU_ASSERT_EQUAL_FATAL(tracee_code_of(s->pid, &code), 0);
	for (i = 0; i < NB_CLIENTS; i++)
		for (k = 0; k < ONCE_BURST; k++)
			CU_ASSERT_TRUE(once_client_send(&s->clients[i]));
}

/* ---- killed ---- */

/* What turns execute; of what it does for each task alike, the first. */
static unsigned int
record(struct stand *s)
{
	unsigned int nb = 0;
	int all, k;

	code.nb = 0;
	stop_it(s);
	all = tracee_record(s->pid, &code, points, MAX_POINTS);
	CU_ASSERT_TRUE_FATAL(all > 1000);
	tracee_kill(s->pid);
	spawn(s);
	spawned(s);
	all_work(s);
	for (k = 0; k < all; k++)
		if (points[k].nth == 1 || getenv("VT_TEST_DEATH") != NULL)
			points[nb++] = points[k];
	return nb;
}

static void
killed(uint32_t layout)
{
	static const char * const names[NB_STANDS] = { "a", "b", "c", "d" };
	uint64_t done = 0, failed = 0, sent = 0, longest = 0;
	struct stand stands[NB_STANDS], *s;
	unsigned int i, k, nb, missed = 0;

	for (i = 0; i < NB_STANDS; i++)
		stand_up(&stands[i], layout, names[i]);
	nb = record(&stands[0]);
	/* Some at a time: a process with asynchronous requests takes 30 ms to end, and a join some 50 ms of waiting. */
	for (k = 0; k < nb; k += NB_STANDS) {
		for (i = 0; i < NB_STANDS && k + i < nb; i++) {
			s = &stands[i];
			stop_it(s);
			missed += tracee_run_to(s->pid, &points[k + i]) == 0;
			CU_ASSERT_EQUAL(kill(s->pid, SIGKILL), 0);
		}
		for (i = 0; i < NB_STANDS && k + i < nb; i++) {
			tracee_kill(stands[i].pid);
			spawn(&stands[i]);
		}
		for (i = 0; i < NB_STANDS && k + i < nb; i++) {
			s = &stands[i];
			spawned(s);
			all_work(s);
			longest = RTE_MAX(longest, now_us() - s->since_us);
		}
	}
	for (i = 0; i < NB_STANDS; i++) {
		for (k = 0; k < NB_CLIENTS; k++) {
			sent += stands[i].clients[k].sent;
			done += stands[i].clients[k].done;
			failed += stands[i].clients[k].failed;
		}
		stand_down(&stands[i]);
	}
	printf("\n    killed at %u instructions of its turns (%u not met again), %" PRIu64 " tasks of %u clients: %" PRIu64
		" done, %" PRIu64 " failed as the appliance was gone, %" PRIu64 " lost; longest gap %.1f ms\n",
		nb, missed, sent, NB_STANDS * NB_CLIENTS, done, failed, sent - done - failed,
		(double)longest / 1000);
	CU_ASSERT_EQUAL(done + failed, sent);
	/* It dies before it takes them, with them in hand, and behind their completions. */
	CU_ASSERT_TRUE(failed > 0 && failed < nb * (uint64_t)NB_CLIENTS * ONCE_BURST);
	/* What is done only if a worker sleeps, and the like. */
	CU_ASSERT_TRUE(missed <= nb / 4);
}

static void
test_killed_hashed(void)
{
	killed(RTE_VTREGION_HASHED);
}

static void
test_killed_thread(void)
{
	killed(RTE_VTREGION_THREAD);
}

/* ---- handed over ---- */

struct change {
	struct vt_appliance old, next;
	const char *const *args;
	int ended, started; /* what stop and start said */
	uint32_t done;      /* atomic */
};

static void *
change_main(void *arg)
{
	struct change *c = arg;

	c->ended = vt_appliance_stop(&c->old, SIGUSR2);
	c->started = vt_appliance_start(&c->next, c->args);
	__atomic_store_n(&c->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* As long as the change takes and some bursts more, keep tasks in flight. The longest time without an end. */
static uint64_t
work_through(struct once_client *c, const struct change *change)
{
	uint64_t last = now_us(), longest = 0, now, before;
	unsigned int bursts = 0;

	while (bursts < 100 && now_us() - last < 4 * PATIENCE_US) {
		while (c->sent - c->next < ONCE_MOST && once_client_send(c))
			;
		rte_vinetalk_wait((uint16_t)c->dev, 0, 1000);
		before = c->next;
		once_client_take(c);
		now = now_us();
		if (c->next == before)
			continue;
		longest = RTE_MAX(longest, now - last);
		last = now;
		bursts += __atomic_load_n(&change->done, __ATOMIC_ACQUIRE);
	}
	once_client_finish(c);
	CU_ASSERT_EQUAL(bursts, 100);
	return longest;
}

static void
handed_over(const char *layout)
{
	static struct change change;
	char domain[300];
	const char *args[] = { "--oversubscribe", "--pollers", "1", "--domain", domain, "--accel",
		"cpu", NULL };
	struct once_client c = { 0 };
	struct vt_broker b;
	pthread_t thread;
	uint64_t gap;

	CU_ASSERT_EQUAL_FATAL(vt_broker_start(&b, ",size=16M,clients=4"), 0);
	snprintf(domain, sizeof(domain), "b,broker=%s,clients=4,arena=1M,layout=%s", b.owner, layout);
	memset(&change, 0, sizeof(change));
	change.args = args;
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&change.old, args), 0);
	CU_ASSERT_EQUAL_FATAL(once_client_attach_path(&c, b.clients), 0);
	once_client_works(&c);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, change_main, &change), 0);
	gap = work_through(&c, &change);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(change.ended, 0);
	CU_ASSERT_EQUAL(change.started, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(change.old.output, "1 of 1 domains are handed over"));
	printf("\n    handed over, layout %s: %" PRIu64 " tasks, %" PRIu64 " failed; gap %.0f ms\n", layout,
		c.sent, c.failed, (double)gap / 1000);
	CU_ASSERT_EQUAL(c.failed, 0);
	CU_ASSERT_EQUAL(c.done, c.sent);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)c.dev), 0);
	CU_ASSERT_EQUAL(vt_appliance_stop(&change.next, SIGTERM), 0);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
}

static void
test_handed_over(void)
{
	handed_over("hashed");
	handed_over("single");
	handed_over("thread");
}

/*
 * The next appliance has other accelerators, so that a client's procedure is not there; and then another geometry, so that
 * the region is another. Who cannot go on is told, and attaches as at first.
 */
static void
test_cannot_go_on(void)
{
	static struct vt_appliance a;
	char domain[300];
	const char *args[] = { "--oversubscribe", "--pollers", "1", "--domain", domain, "--accel",
		"cpu", NULL };
	struct once_client c = { 0 }, again = { 0 };
	struct vt_broker b;

	CU_ASSERT_EQUAL_FATAL(vt_broker_start(&b, ",size=16M,clients=4"), 0);
	snprintf(domain, sizeof(domain), "b,broker=%s,clients=4,arena=1M", b.owner);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, args), 0);
	CU_ASSERT_EQUAL_FATAL(once_client_attach_path(&c, b.clients), 0);
	once_client_works(&c);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGKILL), 128 + SIGKILL);
	args[6] = "null";
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, args), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)c.dev, 0, PATIENCE_US), -ENODEV);
	CU_ASSERT_FALSE(once_client_send(&c));
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGKILL), 128 + SIGKILL);
	/* What it could not have from that one it gets from this one. */
	args[6] = "cpu";
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, args), 0);
	once_client_works(&c);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGKILL), 128 + SIGKILL);
	snprintf(domain, sizeof(domain), "b,broker=%s,clients=3,arena=1M", b.owner);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, args), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)c.dev, 0, PATIENCE_US), -ENODEV);
	CU_ASSERT_FALSE(once_client_send(&c));
	CU_ASSERT_EQUAL_FATAL(once_client_attach_path(&again, b.clients), 0);
	once_client_works(&again);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)again.dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)c.dev), 0);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
}

/* Turns until the request of that number is answered; its status. */
static int
answered(struct rte_vtappliance *app, const struct raw_client *c, uint32_t seq)
{
	unsigned int i;

	for (i = 0; i < 10000 && __atomic_load_n(&c->slot->rep_seq, __ATOMIC_ACQUIRE) != seq; i++) {
		rte_vtappliance_control(app, 0);
		rte_vtappliance_poll(app, 0, 0);
	}
	return c->slot->rep_seq == seq ? c->slot->rep.status : -ETIMEDOUT;
}

/*
 * Layout thread: a client said that it is inside an enqueue when its appliance ended. It has a ring of its own, and there
 * is nothing for the next appliance to salvage.
 */
static void
test_inside_own(void)
{
	const struct rte_vtregion_ctrl_req attach = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = 1,
		.flags = RTE_VTREGION_ATTACH_F_TAKEOVER, .name = "raw" };
	const struct rte_vtappliance_conf ac = { .nb_pollers = 1, .detach_ms = 20 };
	struct rte_vtappliance_domain_conf dc = { .name = "own", .nb_clients = 2, .arena_size = 1 << 20, .uid = -1,
		.gid = -1, .no_huge = true, .layout = RTE_VTREGION_THREAD };
	struct rte_vtappliance *app;
	struct raw_client c[2];
	struct vt_broker b;
	unsigned int i, life;

	CU_ASSERT_EQUAL_FATAL(vt_broker_start(&b, ",size=16M,clients=2"), 0);
	dc.broker = b.owner;
	for (life = 0; life < 2; life++) {
		app = rte_vtappliance_create(&ac);
		CU_ASSERT_PTR_NOT_NULL_FATAL(app);
		CU_ASSERT_EQUAL(rte_vtappliance_accel_add(app, "null"), 0);
		CU_ASSERT_EQUAL_FATAL(rte_vtappliance_start(app), 0);
		CU_ASSERT_EQUAL_FATAL(rte_vtappliance_domain_add(app, &dc), 0);
		for (i = 0; i < 2; i++) {
			if (life == 0)
				CU_ASSERT_EQUAL_FATAL(raw_connect(&c[i], b.clients), 0);
			CU_ASSERT_EQUAL(answered(app, &c[i], raw_ctrl_send(&c[i], &attach)), 0);
		}
		for (i = 0; i < 2; i++)
			rte_vtregion_qp(c[i].base, &c[i].geom, raw_qp(&c[i]))->inside = 1;
		CU_ASSERT_EQUAL(rte_vtappliance_hand_over(app), 1);
		rte_vtappliance_free(app);
	}
	for (i = 0; i < 2; i++)
		raw_close(&c[i]);
	CU_ASSERT_EQUAL(vt_broker_stop(&b, SIGTERM), 0);
}

static const struct vt_test_case cases[] = {
	{ "killed at each instruction: hashed", test_killed_hashed },
	{ "killed at each instruction: thread", test_killed_thread },
	{ "handed over", test_handed_over },
	{ "a client that cannot go on", test_cannot_go_on },
	{ "inside of a ring of its own", test_inside_own },
};

VT_TEST_SUITE(vinetalk_restart_autotest, NULL, NULL, cases);
