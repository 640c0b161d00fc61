/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * event_loop [DEVARGS]: SHA-256 of each line of the standard input, in one thread that sleeps in epoll
 * until there is input, or something is done.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <rte_vinetalk.h>

#define SLOTS 8          /* lines in flight */
#define LINE 4096
#define DIGEST 32
#define LOOK_AGAIN_MS 100 /* a doorbell may have been lost */

static uint16_t dev, proc, vaccel;
static uint8_t *slots;   /* of LINE + DIGEST bytes each */
static char input[LINE]; /* what was read and is not sent yet */
static size_t have;
static int eof;
static unsigned long sent, done;

static int
fail(const char *what, int err)
{
	fprintf(stderr, "event_loop: %s: %s\n", what, strerror(err < 0 ? -err : err));
	return 1;
}

/* Whole lines of the input become tasks. Digests come in the order of the lines: slots go round. */
static int
send_lines(void)
{
	struct rte_vinetalk_task task;
	size_t len;
	char *end;

	while (sent - done < SLOTS && have != 0) {
		uint8_t *slot = slots + sent % SLOTS * (LINE + DIGEST);

		end = memchr(input, '\n', have);
		if (end == NULL && !eof && have < LINE)
			return 0;
		len = end != NULL ? (size_t)(end - input) : have;
		memcpy(slot, input, len);
		rte_vinetalk_task_init(&task, vaccel, proc, sent);
		rte_vinetalk_task_in(dev, &task, slot, len);
		rte_vinetalk_task_out(dev, &task, slot + LINE, DIGEST);
		if (rte_vinetalk_enqueue_burst(dev, 0, &task, 1) == 0)
			return 0; /* no room now: again with the next event */
		sent++;
		len += end != NULL;
		have -= len;
		memmove(input, input + len, have);
	}
	return 0;
}

static int
print(const struct rte_vinetalk_completion *c)
{
	const uint8_t *digest = slots + c->cookie % SLOTS * (LINE + DIGEST) + LINE;
	int i;

	if (c->status != 0)
		return fail("sha256", c->status);
	for (i = 0; i < DIGEST; i++)
		printf("%02x", digest[i]);
	printf("\n");
	done++;
	return 0;
}

static int
read_input(void)
{
	ssize_t n = read(STDIN_FILENO, input + have, LINE - have);

	if (n < 0)
		return fail("standard input", errno);
	have += (size_t)n;
	eof = n == 0;
	return 0;
}

/* [doc] begin loop */
static int
take_completions(void)
{
	struct rte_vinetalk_completion c;
	int ret;

	do {
		while (rte_vinetalk_dequeue_burst(dev, 0, &c, 1) == 1)
			if (print(&c) != 0)
				return 1;
		ret = rte_vinetalk_event_arm(dev, 0);
	} while (ret == 1);
	return ret == 0 ? 0 : fail("appliance", ret);
}

static int
loop(int epoll_fd)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int fd = rte_vinetalk_event_fd(dev, 0);

	if (fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0)
		return fail("events of this device", fd < 0 ? fd : errno);
	while (!eof || have != 0 || sent != done) {
		/* Input is waited for while there is room for it. */
		ev.events = !eof && have < LINE ? EPOLLIN : 0;
		ev.data.fd = STDIN_FILENO;
		epoll_ctl(epoll_fd, EPOLL_CTL_MOD, STDIN_FILENO, &ev);
		if (epoll_wait(epoll_fd, &ev, 1, LOOK_AGAIN_MS) == 1 && ev.data.fd == STDIN_FILENO &&
				read_input() != 0)
			return 1;
		if (eof)
			epoll_ctl(epoll_fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
		if (take_completions() != 0 || send_lines() != 0)
			return 1;
	}
	return 0;
}
/* [doc] end loop */

static int
open_device(const char *devargs)
{
	const struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	struct rte_vinetalk_vaccel_conf vconf = { .accel = RTE_VINETALK_ID_ANY };
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
		ret = rte_vinetalk_proc_get(dev, "sha256", RTE_VINETALK_ACCEL_ANY, &proc);
	vconf.proc = proc;
	if (ret == 0)
		ret = rte_vinetalk_vaccel_acquire(dev, &vconf, &vaccel);
	slots = rte_vinetalk_alloc(dev, SLOTS * (LINE + DIGEST), 64, RTE_VINETALK_PLACE_HOST);
	return ret == 0 && slots == NULL ? -ENOMEM : ret;
}

int
main(int argc, char **argv)
{
	const char *devargs = argc > 1 ? argv[1] : "shm,path=/run/vinetalk/default.sock";
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = STDIN_FILENO };
	int epoll_fd, ret;

	if (argc > 2 || strcmp(devargs, "--help") == 0) {
		printf("usage: event_loop [DEVARGS] <TEXT\n"
			"example: seq 10 | event_loop shm,path=/run/vinetalk/default.sock\n");
		return argc > 2;
	}
	epoll_fd = epoll_create1(0);
	if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &ev) != 0)
		return fail("standard input, which must be a pipe, a socket or a terminal", errno);
	ret = open_device(devargs);
	if (ret != 0)
		return fail(devargs, ret);
	ret = loop(epoll_fd);
	return rte_vinetalk_close(dev) != 0 || ret != 0;
}
