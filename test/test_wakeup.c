/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Parking and ringing between two processes. The appliance's sleeps last up to 10 s here, and every wait of
 * ours 5 s: a wake-up that gets lost fails a case, whatever the machine's speed.
 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_vinetalk.h>
#include <rte_vtclient.h>

#include "appliance_process.h"
#include "fixture.h"
#include "test.h"

#define WAIT_US 5000000
#define ROUNDS 200000 /* of one case; VT_TEST_SOAK=N: N times as many */

static char path[160];
static cpu_set_t allowed;

/*
 * Away from the appliance's poller, which has CPU 0, if there is a second one: they are to run at the same
 * time.
 */
static void
away(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(1, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static unsigned int
rounds(unsigned int part)
{
	const char *soak = getenv("VT_TEST_SOAK");
	unsigned int n = soak != NULL ? (unsigned int)strtoul(soak, NULL, 10) : 1;

	return ROUNDS / part * RTE_MAX(n, 1U);
}

static void
begin(struct vt_appliance *a, const char *domain, const char *accel, const char *idle)
{
	char text[300];
	static unsigned int serial;

	snprintf(path, sizeof(path), "%s/w%u.sock", vt_test_tmp_dir(), serial++);
	snprintf(text, sizeof(text), "w,path=%s,arena=1M,no-huge=yes%s", path, domain);
	/* It inherits what this thread may run on. */
	sched_setaffinity(0, sizeof(allowed), &allowed);
	if (vt_appliance_start(a, (const char *const[]){ "--oversubscribe", "--domain", text,
			"--accel", accel, "--idle", idle, "--park-ms", "10000", NULL }) != 0)
		printf("%s\n", a->output);
	CU_ASSERT_TRUE_FATAL(a->pid != 0);
	away();
}

static void
end(struct vt_appliance *a)
{
	CU_ASSERT_EQUAL(vt_appliance_stop(a, SIGTERM), 0);
}

static int
attach(const char *more, uint16_t nb_qps)
{
	char text[200];

	snprintf(text, sizeof(text), "%s%s", path, more);
	return fixture_attach_path(text, nb_qps, 0);
}

static uint64_t
xstat(int dev, const char *name)
{
	struct rte_vinetalk_xstat_name names[64];
	uint64_t values[64];
	int n = rte_vinetalk_xstats_names_get((uint16_t)dev, names, RTE_DIM(names)), i;

	CU_ASSERT_TRUE_FATAL(n > 0 && n <= 64);
	CU_ASSERT_EQUAL(rte_vinetalk_xstats_get((uint16_t)dev, values, RTE_DIM(values)), n);
	for (i = 0; i < n; i++)
		if (strcmp(names[i].name, name) == 0)
			return values[i];
	CU_FAIL("no such statistic");
	return 0;
}

static uint64_t
number_in(const char *text, const char *name)
{
	char key[64];
	const char *at;

	snprintf(key, sizeof(key), "\"%s\":", name);
	at = strstr(text, key);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	return strtoull(at + strlen(key), NULL, 10);
}

/*
 * A pause of up to 1,000 cycles, or eight times as many once in a while, so that rings and parks meet at
 * each place.
 */
static void
jitter(unsigned int *seed)
{
	const uint64_t start = rte_rdtsc();
	uint64_t cycles;

	*seed = *seed * 1664525 + 1013904223;
	cycles = (*seed >> 22) << ((*seed >> 16 & 7) == 0 ? 3 : 0);
	while (rte_rdtsc() - start < cycles)
		;
}

/* ---- wait ---- */

static unsigned int
send_and_wait(int dev, uint16_t qp, uint16_t va, uint16_t proc, unsigned int nb)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	unsigned int i, seed = qp + 1;

	for (i = 0; i < nb; i++) {
		rte_vinetalk_task_init(&t, va, proc, i);
		if (rte_vinetalk_enqueue_burst((uint16_t)dev, qp, &t, 1) != 1)
			break;
		if (i % 4 == 0)
			jitter(&seed);
		if (rte_vinetalk_wait((uint16_t)dev, qp, WAIT_US) != 0 ||
				rte_vinetalk_dequeue_burst((uint16_t)dev, qp, &c, 1) != 1 ||
				c.status != 0 || c.cookie != i)
			break;
		jitter(&seed);
	}
	return i;
}

enum { OURS = 1, ITS = 2 }; /* who sleeps */

static void
wait_case(const char *domain, unsigned int who)
{
	const unsigned int nb = rounds(who == (OURS | ITS) ? 4 : 1);
	struct vt_appliance a;
	uint16_t proc, va;
	uint64_t late;
	const char *said;
	int dev;

	begin(&a, domain, "null", who & ITS ? "interrupt" : "poll");
	dev = attach(who & OURS ? ",spin_us=0" : ",spin_us=1000000", 1);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	CU_ASSERT_EQUAL(send_and_wait(dev, 0, va, proc, nb), nb);
	/* Our own sleeps have a limit of 50 ms: what only that has found would be a lost wake-up. */
	late = xstat(dev, "late_wakeups");
	CU_ASSERT_TRUE(late <= 2);
	CU_ASSERT_TRUE((who & OURS) == 0 || xstat(dev, "sleeps") > nb / 100);
	CU_ASSERT_TRUE((who & ITS) == 0 || xstat(dev, "doorbells") > nb / 100);
	said = vt_appliance_ask(&a, "/vinetalk/queue/stats,w");
	CU_ASSERT_EQUAL(number_in(said, "late"), 0);
	CU_ASSERT_TRUE((who & ITS) == 0 || number_in(said, "parks") > nb / 100);
	printf("[%u tasks, %lu sleeps of ours, %lu of its] ", nb, xstat(dev, "sleeps"),
		number_in(said, "parks"));
	rte_vinetalk_close((uint16_t)dev);
	end(&a);
}

static void
test_its_hashed(void)
{
	wait_case("", ITS);
}

static void
test_its_thread(void)
{
	wait_case(",layout=thread", ITS);
}

static void
test_ours(void)
{
	wait_case("", OURS);
}

static void
test_both(void)
{
	wait_case(",layout=thread", OURS | ITS);
}

/* ---- event loops ---- */

struct loop {
	pthread_t thread;
	int dev;
	uint16_t qp, va, proc;
	unsigned int nb, done;
};

/* An epoll loop of its own, for one queue pair; level-triggered, as libevent and asyncio have it. */
static void *
loop_main(void *arg)
{
	struct loop *l = arg;
	struct epoll_event ev = { .events = EPOLLIN };
	const uint16_t dev = (uint16_t)l->dev;
	int fd = rte_vinetalk_event_fd(dev, l->qp), set = epoll_create1(EPOLL_CLOEXEC), ret;
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	unsigned int seed = l->qp;

	if (fd < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &ev) != 0)
		return NULL;
	while (l->done < l->nb) {
		rte_vinetalk_task_init(&t, l->va, l->proc, l->done);
		if (rte_vinetalk_enqueue_burst(dev, l->qp, &t, 1) != 1)
			break;
		jitter(&seed);
		while (rte_vinetalk_dequeue_burst(dev, l->qp, &c, 1) == 0) {
			ret = rte_vinetalk_event_arm(dev, l->qp);
			if (ret < 0 || (ret == 0 && epoll_wait(set, &ev, 1, WAIT_US / 1000) != 1))
				goto out;
		}
		if (c.status != 0 || c.cookie != l->done)
			break;
		l->done++;
		jitter(&seed);
	}
out:
	close(set);
	return NULL;
}

static void
loops_case(const char *domain, unsigned int nb_loops, unsigned int nb)
{
	struct loop loops[4];
	struct vt_appliance a;
	uint16_t proc, va, i;
	int dev;

	begin(&a, domain, "null", "interrupt");
	dev = attach("", 4);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	for (i = 0; i < nb_loops; i++) {
		loops[i] = (struct loop){ .dev = dev, .qp = i, .va = va, .proc = proc, .nb = nb };
		CU_ASSERT_EQUAL_FATAL(pthread_create(&loops[i].thread, NULL, loop_main, &loops[i]), 0);
	}
	for (i = 0; i < nb_loops; i++) {
		pthread_join(loops[i].thread, NULL);
		CU_ASSERT_EQUAL(loops[i].done, nb);
	}
	rte_vinetalk_close((uint16_t)dev);
	end(&a);
}

static void
test_loop(void)
{
	loops_case("", 1, rounds(2));
}

static void
test_loops(void)
{
	loops_case(",layout=thread", 4, rounds(10));
}

/* What the calls say. */
static void
test_event_api(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct vt_appliance a;
	struct pollfd p = { .events = POLLIN };
	uint16_t proc, va;
	unsigned int i;
	int dev, fd, empty;

	begin(&a, "", "null", "adaptive");
	dev = attach("", 2);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_event_arm((uint16_t)dev, 0), -EINVAL); /* no descriptor yet */
	fd = rte_vinetalk_event_fd((uint16_t)dev, 0);
	CU_ASSERT_TRUE(fd >= 0);
	CU_ASSERT_EQUAL(rte_vinetalk_event_fd((uint16_t)dev, 0), fd);
	CU_ASSERT_NOT_EQUAL(rte_vinetalk_event_fd((uint16_t)dev, 1), fd);
	CU_ASSERT_EQUAL(rte_vinetalk_event_fd((uint16_t)dev, 9), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_event_fd(UINT16_MAX, 0), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_event_arm((uint16_t)dev, 9), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_event_arm(UINT16_MAX, 0), -ENODEV);
	p.fd = fd;
	CU_ASSERT_EQUAL(rte_vinetalk_event_arm((uint16_t)dev, 0), 0);
	CU_ASSERT_EQUAL(poll(&p, 1, 0), 0);
	rte_vinetalk_task_init(&t, va, proc, 7);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)dev, 0, &t, 1), 1);
	CU_ASSERT_EQUAL(poll(&p, 1, WAIT_US / 1000), 1);
	CU_ASSERT_EQUAL(rte_vinetalk_event_arm((uint16_t)dev, 0), 1);
	CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst((uint16_t)dev, 0, &c, 1), 1);
	CU_ASSERT_EQUAL(rte_vinetalk_event_arm((uint16_t)dev, 0), 0);
	CU_ASSERT_EQUAL(poll(&p, 1, 0), 0);
	/* The end of the appliance wakes the loop, too. */
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)dev, 1, &t, 1), 1);
	vt_appliance_stop(&a, SIGKILL);
	CU_ASSERT_EQUAL(poll(&p, 1, WAIT_US / 1000), 1);
	/* The socket's end alone does not say that it is dead: its heart must stand still as well. */
	for (i = 0; i < 500 && rte_vinetalk_event_arm((uint16_t)dev, 0) == 0; i++)
		usleep(10000);
	CU_ASSERT_EQUAL(rte_vinetalk_event_arm((uint16_t)dev, 0), -ENODEV);
	rte_vinetalk_close((uint16_t)dev);
	empty = rte_vinetalk_attach("empty");
	CU_ASSERT_TRUE_FATAL(empty >= 0);
	CU_ASSERT_EQUAL(rte_vinetalk_configure((uint16_t)empty,
		&(struct rte_vinetalk_conf){ .nb_queue_pairs = 1 }), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup((uint16_t)empty, 0, NULL), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_event_fd((uint16_t)empty, 0), -ENOTSUP);
	CU_ASSERT_EQUAL(rte_vinetalk_event_arm((uint16_t)empty, 0), -ENOTSUP);
	rte_vinetalk_close((uint16_t)empty);
}

/* ---- engines ---- */

/* An engine's threads tell that they are done while the poller parks. */
static void
test_engine(void)
{
	const unsigned int nb = rounds(4);
	struct vt_appliance a;
	uint16_t proc, va;
	uint8_t *buf;
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	unsigned int i, seed = 1;
	int dev;

	begin(&a, "", "cpu,workers=1,inline=0", "interrupt");
	dev = attach("", 1);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "echo", &proc, &va), 0);
	buf = rte_vinetalk_alloc((uint16_t)dev, 128, 64, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_PTR_NOT_NULL_FATAL(buf);
	for (i = 0; i < nb; i++) {
		rte_vinetalk_task_init(&t, va, proc, i);
		rte_vinetalk_task_in((uint16_t)dev, &t, buf, 64);
		rte_vinetalk_task_out((uint16_t)dev, &t, buf + 64, 64);
		if (rte_vinetalk_run((uint16_t)dev, 0, &t, &c, WAIT_US) != 0 || c.status != 0)
			break;
		jitter(&seed);
	}
	CU_ASSERT_EQUAL(i, nb);
	rte_vinetalk_close((uint16_t)dev);
	end(&a);
}

/* ---- who is awake is not rung ---- */

static void
test_awake(void)
{
	struct vt_appliance a;
	uint16_t proc, va;
	uint64_t before, rung;
	int dev;

	begin(&a, "", "null", "poll");
	dev = attach(",spin_us=1000000", 1);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
	/* Those of control requests. */
	before = xstat(dev, "doorbells");
	rung = number_in(vt_appliance_ask(&a, "/vinetalk/client/stats,w/1"), "doorbells");
	CU_ASSERT_EQUAL(send_and_wait(dev, 0, va, proc, 20000), 20000);
	CU_ASSERT_EQUAL(xstat(dev, "doorbells"), before);
	CU_ASSERT_EQUAL(xstat(dev, "sleeps"), 0);
	CU_ASSERT_EQUAL(number_in(vt_appliance_ask(&a, "/vinetalk/client/stats,w/1"), "doorbells"),
		rung);
	CU_ASSERT_EQUAL(number_in(vt_appliance_ask(&a, "/vinetalk/queue/stats,w"), "parks"), 0);
	rte_vinetalk_close((uint16_t)dev);
	end(&a);
}

/* ---- UMWAIT between polling and sleeping: where there is none, nothing changes ---- */

static void
test_umwait(void)
{
	static const char * const ways[] = { ",umwait=0", ",umwait=1", ",umwait=1,spin_us=0",
		",umwait=0,spin_us=1000" };
	struct vt_appliance a;
	uint16_t proc, va;
	unsigned int i;
	int dev;

	begin(&a, "", "null,delay_us=300", "adaptive");
	for (i = 0; i < RTE_DIM(ways); i++) {
		dev = attach(ways[i], 1);
		CU_ASSERT_TRUE_FATAL(dev >= 0);
		CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);
		CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)dev, 0, 300), -ETIMEDOUT);
		CU_ASSERT_EQUAL(send_and_wait(dev, 0, va, proc, 100), 100);
		rte_vinetalk_close((uint16_t)dev);
	}
	CU_ASSERT_EQUAL(attach(",umwait=2", 1), -EINVAL);
	CU_ASSERT_EQUAL(attach(",umwait=", 1), -EINVAL);
	end(&a);
}

/* A light sleep in the place of the processor's. */
static struct {
	unsigned int calls, ended; /* ended: by the word */
	uint64_t last;             /* what the last call, or the first one, may take */
	bool nap;                  /* return at once */
	bool right;
} light;

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void
light_sleep(const uint32_t *word, uint32_t seen, uint64_t us)
{
	const uint64_t begin = now_us();

	light.calls++;
	light.right &= us != 0 && us <= light.last;
	light.last = us;
	while (!light.nap && now_us() - begin < us && __atomic_load_n(word, __ATOMIC_ACQUIRE) == seen)
		;
	light.ended += __atomic_load_n(word, __ATOMIC_ACQUIRE) != seen;
}

static void
light_begin(uint64_t limit, bool nap)
{
	light.calls = light.ended = 0;
	light.last = limit;
	light.nap = nap;
	light.right = true;
}

static void
test_light_sleep(void)
{
	const rte_vtclient_light_sleep_t own = rte_vtclient_light_sleep;
	struct vt_appliance a;
	uint16_t proc, va;
	unsigned int i;
	int dev, off;

	begin(&a, "", "null,delay_us=2000", "adaptive");
	rte_vtclient_light_sleep = light_sleep;
	dev = attach(",spin_us=1000000,queue_pairs=1", 1);
	off = attach(",spin_us=1000000,queue_pairs=1,umwait=0", 1);
	rte_vtclient_light_sleep = own;
	CU_ASSERT_TRUE_FATAL(dev >= 0 && off >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", &proc, &va), 0);

	/* What is left of the time limit: one that takes it all is not asked twice, one that does not gets less. */
	light_begin(700, false);
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)dev, 0, 700), -ETIMEDOUT);
	CU_ASSERT_EQUAL(light.calls, 1);
	CU_ASSERT_TRUE(light.right && light.ended == 0);
	light_begin(700, true);
	for (i = 0; i < 50 && light.calls < 2; i++) { /* unless we lost the processor */
		light.last = 700;
		light.calls = 0;
		CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)dev, 0, 700), -ETIMEDOUT);
	}
	CU_ASSERT_TRUE(light.calls > 1 && light.last < 700 && light.right);
	light_begin(700, false);
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)off, 0, 700), -ETIMEDOUT);
	CU_ASSERT_EQUAL(light.calls, 0);
	/* A completion ends it. */
	light_begin(1000000, false);
	for (i = 0; i < 100; i++) {
		light.last = 1000000;
		CU_ASSERT_EQUAL(send_and_wait(dev, 0, va, proc, 1), 1);
	}
	CU_ASSERT_TRUE(light.ended != 0 && light.right);
	rte_vinetalk_close((uint16_t)dev);
	rte_vinetalk_close((uint16_t)off);

	rte_vtclient_light_sleep = light_sleep;
	dev = attach(",spin_us=500", 1);
	rte_vtclient_light_sleep = own;
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	/* What is left of spin_us, then sleep. */
	light_begin(500, false);
	CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)dev, 0, 20000), -ETIMEDOUT);
	CU_ASSERT_EQUAL(light.calls, 1);
	CU_ASSERT_TRUE(light.right);
	CU_ASSERT_TRUE(xstat(dev, "sleeps") != 0);
	rte_vinetalk_close((uint16_t)dev);
	end(&a);
}

/* ---- an idle appliance ---- */

/* Clock ticks of processor time, and context switches it asked for, of all threads of a process. */
static void
usage(pid_t pid, unsigned long *ticks, unsigned long *switches)
{
	char cmd[160], line[256];
	unsigned long user, sys, n;
	FILE *f;

	snprintf(cmd, sizeof(cmd), "/proc/%d/stat", pid);
	f = fopen(cmd, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fscanf(f, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		&user, &sys), 2);
	fclose(f);
	*ticks = user + sys;
	*switches = 0;
	snprintf(cmd, sizeof(cmd), "cat /proc/%d/task/*/status", pid);
	f = popen(cmd, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "voluntary_ctxt_switches: %lu", &n) == 1)
			*switches += n;
	pclose(f);
}

static void
test_idle(void)
{
	enum { SECONDS = 4 };
	unsigned long ticks[2], switches[2];
	struct vt_appliance a;
	char config[200];
	unsigned int i;
	FILE *f;

	snprintf(config, sizeof(config), "%s/idle.json", vt_test_tmp_dir());
	f = fopen(config, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fprintf(f, "{ \"domains\": [");
	for (i = 0; i < 64; i++)
		fprintf(f, "%s{ \"name\": \"d%u\", \"path\": \"%s/i%u.sock\", \"arena\": \"1M\","
			" \"clients\": 2, \"no-huge\": true, \"layout\": \"%s\" }\n",
			i == 0 ? "" : ",", i, vt_test_tmp_dir(), i,
			(const char *const[]){ "hashed", "single", "thread" }[i % 3]);
	fprintf(f, "] }\n");
	fclose(f);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, (const char *const[]){ "--oversubscribe",
		"--config", config, "--accel", "cpu", NULL }), 0);
	sleep(1);
	usage(a.pid, &ticks[0], &switches[0]);
	sleep(SECONDS);
	usage(a.pid, &ticks[1], &switches[1]);
	printf("[%lu ticks of processor time, %lu wake-ups in %u s] ", ticks[1] - ticks[0],
		switches[1] - switches[0], SECONDS);
	/* A hundredth of a core, and 100 a second. */
	CU_ASSERT_TRUE((ticks[1] - ticks[0]) * 100 <= (unsigned long)(SECONDS * sysconf(_SC_CLK_TCK)));
	CU_ASSERT_TRUE(switches[1] - switches[0] <= 100 * SECONDS);
	end(&a);
}

static int
cleanup(void)
{
	return sched_setaffinity(0, sizeof(allowed), &allowed);
}

static int
setup(void)
{
	sched_getaffinity(0, sizeof(allowed), &allowed);
	if (access(vt_appliance_program(), X_OK) == 0)
		return 0;
	vt_test_skip_reason("%s is not built", vt_appliance_program());
	return VT_TEST_SKIPPED;
}

static const struct vt_test_case cases[] = {
	{ "the appliance sleeps, layout hashed", test_its_hashed },
	{ "the appliance sleeps, layout thread", test_its_thread },
	{ "the client sleeps", test_ours },
	{ "both sleep", test_both },
	{ "an event loop", test_loop },
	{ "four event loops that share a doorbell", test_loops },
	{ "what the calls say", test_event_api },
	{ "engines that tell when they are done", test_engine },
	{ "who is awake is not rung", test_awake },
	{ "light sleep", test_umwait },
	{ "light sleep: bounds", test_light_sleep },
	{ "64 idle domains", test_idle },
};

VT_TEST_SUITE(vinetalk_wakeup_autotest, setup, cleanup, cases);
