/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * vinetalk-bereft DEVARGS WHAT: a client whose memory is taken away while it has tasks outstanding and does WHAT. With
 * the library's handler it lives, its tasks end and its calls fail: exit status 0, and a line of counts.
 */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_vinetalk.h>
#include <rte_vtpci.h>

#define TASKS 4
#define PATIENCE_US 10000000
#define LEN 4096

static sigjmp_buf back;
static volatile sig_atomic_t own_faults;
static struct sigaction chained;
static uint16_t dev, proc, va;
static uint8_t *data;
static unsigned int ended, reset;

static void __attribute__((noreturn))
fail(const char *what, long value)
{
	printf("bereft: %s: %ld\n", what, value);
	exit(3);
}

static uint64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* ---- a program with a handler of its own ---- */

static void
own_handler(int sig)
{
	RTE_SET_USED(sig);
	own_faults++;
	siglongjmp(back, 1);
}

/* One that came later, and hands on what is not its own. */
static void
late_handler(int sig, siginfo_t *info, void *context)
{
	if (own_faults == 0)
		chained.sa_sigaction(sig, info, context);
	else
		siglongjmp(back, 1);
}

/* A fault that is none of the library's business: behind the end of a file. */
static void
own_fault(void)
{
	const int fd = memfd_create("own", MFD_CLOEXEC);
	volatile uint8_t *p = mmap(NULL, LEN, PROT_READ, MAP_SHARED, fd, 0);
	const int before = own_faults;

	if (p == MAP_FAILED)
		fail("mmap", errno);
	if (sigsetjmp(back, 1) == 0)
		(void)p[0];
	munmap((void *)(uintptr_t)p, LEN);
	close(fd);
	if (own_faults != before + 1)
		fail("faults of its own", own_faults);
}

/* ---- what it does meanwhile ---- */

static void
begin(const char *devargs)
{
	const struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	struct rte_vinetalk_vaccel_conf vc = { .accel = RTE_VINETALK_ID_ANY };
	int ret = rte_vinetalk_attach(devargs);

	if (ret < 0)
		fail("attach", ret);
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
		ret = rte_vinetalk_vaccel_acquire(dev, &vc, &va);
	if (ret != 0)
		fail("begin", ret);
	data = rte_vinetalk_alloc(dev, LEN, 0, RTE_VINETALK_PLACE_HOST);
	if (data == NULL)
		fail("alloc", 0);
	memset(data, 0x77, LEN);
}

static uint16_t
send_tasks(uint16_t nb)
{
	struct rte_vinetalk_task t[TASKS];
	uint16_t i;

	for (i = 0; i < nb; i++) {
		rte_vinetalk_task_init(&t[i], va, proc, i);
		rte_vinetalk_task_in(dev, &t[i], data, 64);
	}
	return rte_vinetalk_enqueue_burst(dev, 0, t, nb);
}

/* Until all have ended. */
static void
take(bool wait)
{
	struct rte_vinetalk_completion c[TASKS];
	const uint64_t end = now_us() + PATIENCE_US;
	uint16_t n, i;

	while (rte_vinetalk_in_flight(dev, 0) != 0) {
		if (now_us() > end)
			fail("tasks do not end", ended);
		if (wait)
			rte_vinetalk_wait(dev, 0, 1000000);
		n = rte_vinetalk_dequeue_burst(dev, 0, c, TASKS);
		ended += n;
		for (i = 0; i < n; i++)
			reset += c[i].status == -ECONNRESET;
	}
}

static void
touch(void)
{
	const uint64_t end = now_us() + PATIENCE_US;

	/* Its own bytes, which become zeroes. */
	while (__atomic_load_n(data, __ATOMIC_RELAXED) != 0)
		if (now_us() > end)
			fail("nothing was taken away", 0);
}

static void
ask(void)
{
	struct rte_vinetalk_accel_info info;
	const uint64_t end = now_us() + PATIENCE_US;

	while (rte_vinetalk_accel_info_get(dev, 0, &info) == 0)
		if (now_us() > end)
			fail("it is answered", 0);
}

static void
more(void)
{
	const uint64_t end = now_us() + PATIENCE_US;
	struct rte_vinetalk_completion c;

	while (send_tasks(1) == 1 || rte_vinetalk_dequeue_burst(dev, 0, &c, 1) == 0) {
		if (now_us() > end)
			fail("there is room", 0);
	}
	ended++;
	reset += c.status == -ECONNRESET;
}

/* The device is of no use any more, and does no harm. */
static void
afterwards(void)
{
	struct rte_vinetalk_accel_info info;
	void *p;

	if (rte_vinetalk_accel_info_get(dev, 0, &info) == 0)
		fail("accel_info_get", 0);
	if (send_tasks(1) != 0)
		fail("enqueue", 1);
	if (rte_vinetalk_wait(dev, 0, 1000) == 0)
		fail("wait", 0);
	rte_vinetalk_free(dev, data);
	p = rte_vinetalk_alloc(dev, 100000, 0, RTE_VINETALK_PLACE_HOST);
	if (p != NULL)
		memset(p, 1, 100000);
	rte_vinetalk_free(dev, p);
	if (rte_vinetalk_close(dev) != 0)
		fail("close", 0);
}

static void
check_handler(const char *what, const struct sigaction *want)
{
	struct sigaction now;

	sigaction(SIGBUS, NULL, &now);
	if (now.sa_handler != want->sa_handler)
		fail(what, (long)(uintptr_t)now.sa_handler);
}

int
main(int argc, char **argv)
{
	const struct sigaction own = { .sa_handler = own_handler }, dfl = { .sa_handler = SIG_DFL };
	const struct sigaction late = { .sa_sigaction = late_handler, .sa_flags = SA_SIGINFO };
	const char *what = argc > 2 ? argv[2] : "";
	const bool has_own = strcmp(what, "own") == 0, has_late = strcmp(what, "late") == 0;

	if (argc < 3)
		return 2;
	/* A tree of made-up devices. */
	if (argc > 3)
		rte_vtpci_root(argv[3]);
	if (has_own)
		sigaction(SIGBUS, &own, NULL);
	begin(argv[1]);
	if (has_own)
		own_fault();
	if (has_late)
		sigaction(SIGBUS, &late, &chained);
	if (strcmp(what, "foreign") == 0)
		own_fault(); /* with the default: it is the end */
	if (send_tasks(TASKS) != TASKS)
		fail("enqueue", 0);
	if (strcmp(what, "touch") == 0 || has_own || has_late)
		touch();
	else if (strcmp(what, "ask") == 0)
		ask();
	else if (strcmp(what, "more") == 0)
		more();
	else if (strcmp(what, "sleep") == 0)
		usleep(500000);
	take(strcmp(what, "poll") != 0);
	if (has_own)
		own_fault();
	afterwards();
	/* As it was before; who came later stays. */
	check_handler("handler", has_own ? &own : has_late ? &late : &dfl);
	if (has_own)
		own_fault();
	printf("bereft ended %u reset %u\n", ended, reset);
	return 0;
}
