/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Baselines: other ways of getting 64-byte elements to another process and back. Each has a half
 * for the server's thread and one for a client.
 */

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <rte_ring_elem.h>
#include <rte_vinetalk_task.h>

#include "perf.h"

#define ECHO_BURST 32
#define SLEEP_US 100000

/** A queue of which both ends sleep. */
struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	uint32_t head, tail;
	bool kicked;
	struct rte_vinetalk_task elems[PERF_RAW_DEPTH];
};

/* Of both processes. */
struct shared {
	struct queue to_server, to_client;
};

static struct {
	uint8_t *base; /* struct shared, then the rings */
	size_t len, req_off, rsp_off;
	int bells[2];  /* to the server, to the client */
	int socks[2];  /* the server's end, the client's end */
	bool huge;
} ch = { .bells = { -1, -1 }, .socks = { -1, -1 } };

/* ---- life ---- */

struct rte_ring *
perf_channel_ring(bool req)
{
	return (struct rte_ring *)(ch.base + (req ? ch.req_off : ch.rsp_off));
}

bool
perf_channel_huge(void)
{
	return ch.huge;
}

static int
queue_init(struct queue *q)
{
	pthread_mutexattr_t ma;
	pthread_condattr_t ca;
	int ret;

	pthread_mutexattr_init(&ma);
	pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
	pthread_condattr_init(&ca);
	pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED);
	pthread_condattr_setclock(&ca, CLOCK_MONOTONIC);
	ret = pthread_mutex_init(&q->lock, &ma);
	if (ret == 0)
		ret = pthread_cond_init(&q->filled, &ca);
	pthread_mutexattr_destroy(&ma);
	pthread_condattr_destroy(&ca);
	return -ret;
}

static int
map(size_t ring)
{
	ch.req_off = RTE_ALIGN_CEIL(sizeof(struct shared), 4096u);
	ch.rsp_off = ch.req_off + RTE_ALIGN_CEIL(ring, 4096u);
	ch.len = RTE_ALIGN_CEIL(ch.rsp_off + RTE_ALIGN_CEIL(ring, 4096u), 2u << 20);
	ch.base = mmap(NULL, ch.len, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	ch.huge = ch.base != MAP_FAILED;
	if (!ch.huge)
		ch.base = mmap(NULL, ch.len, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (ch.base != MAP_FAILED)
		return 0;
	ch.base = NULL;
	return -errno;
}

int
perf_channel_create(void)
{
	const struct timeval limit = { 0, SLEEP_US };
	ssize_t ring = rte_ring_get_memsize_elem(sizeof(struct rte_vinetalk_task), PERF_RAW_DEPTH);
	int ret;

	ret = ring < 0 ? (int)ring : map((size_t)ring);
	if (ret != 0)
		return ret;
	ret = rte_ring_init(perf_channel_ring(true), "req", PERF_RAW_DEPTH,
			RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (ret == 0)
		ret = rte_ring_init(perf_channel_ring(false), "rsp", PERF_RAW_DEPTH,
				RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (ret == 0)
		ret = queue_init(&((struct shared *)ch.base)->to_server);
	if (ret == 0)
		ret = queue_init(&((struct shared *)ch.base)->to_client);
	if (ret != 0)
		return ret;
	ch.bells[0] = eventfd(0, EFD_CLOEXEC);
	ch.bells[1] = eventfd(0, EFD_CLOEXEC);
	if (ch.bells[0] < 0 || ch.bells[1] < 0 ||
			socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ch.socks) < 0 ||
			setsockopt(ch.socks[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	return 0;
}

void
perf_channel_destroy(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (ch.bells[i] >= 0)
			close(ch.bells[i]);
		if (ch.socks[i] >= 0)
			close(ch.socks[i]);
		ch.bells[i] = ch.socks[i] = -1;
	}
	if (ch.base != NULL)
		munmap(ch.base, ch.len);
	ch.base = NULL;
}

void
perf_channel_reset(void)
{
	struct shared *s = (struct shared *)ch.base;
	char buf[4096];
	unsigned int i;

	rte_ring_reset(perf_channel_ring(true));
	rte_ring_reset(perf_channel_ring(false));
	s->to_server.head = s->to_server.tail = 0;
	s->to_client.head = s->to_client.tail = 0;
	s->to_server.kicked = false;
	for (i = 0; i < 2; i++) {
		uint64_t one = 1;

		/* It cannot block behind the write. */
		if (write(ch.bells[i], &one, sizeof(one)) == (ssize_t)sizeof(one) &&
				read(ch.bells[i], &one, sizeof(one)) < 0)
			break;
		while (recv(ch.socks[i], buf, sizeof(buf), MSG_DONTWAIT) > 0)
			;
	}
}

/* ---- eventfds: they count elements, and carry none ---- */

static void
bell_add(int fd, uint64_t n)
{
	ssize_t ret = write(fd, &n, sizeof(n));

	RTE_SET_USED(ret);
}

static uint64_t
bell_take(int fd)
{
	uint64_t n;

	return read(fd, &n, sizeof(n)) == (ssize_t)sizeof(n) ? n : 0;
}

/* ---- a stream socket ---- */

static void
sock_send(int fd, const struct rte_vinetalk_task *tasks, uint32_t nb)
{
	const char *p = (const char *)tasks;
	size_t left = nb * sizeof(*tasks);
	ssize_t n;

	while (left > 0 && ((n = send(fd, p, left, MSG_NOSIGNAL)) > 0 || errno == EINTR)) {
		p += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
}

static uint32_t
sock_recv(int fd, struct rte_vinetalk_task *tasks, uint32_t nb)
{
	char *p = (char *)tasks;
	size_t got = 0;
	ssize_t n;

	/* Whole elements. */
	do {
		n = recv(fd, p + got, nb * sizeof(*tasks) - got, 0);
		if (n <= 0 && (got == 0 || errno != EINTR))
			return 0;
		got += n > 0 ? (size_t)n : 0;
	} while (got % sizeof(*tasks) != 0);
	return (uint32_t)(got / sizeof(*tasks));
}

/* ---- queues with mutex and condition ---- */

/* Not for ever: a process may have been killed that holds it. */
static bool
queue_lock(struct queue *q)
{
	struct timespec until;

	if (pthread_mutex_trylock(&q->lock) == 0)
		return true;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	return pthread_mutex_timedlock(&q->lock, &until) == 0;
}

static void
queue_put(struct queue *q, const struct rte_vinetalk_task *tasks, uint32_t nb)
{
	uint32_t i;

	if (!queue_lock(q))
		return;
	/* Room for all that can be in flight. */
	for (i = 0; i < nb; i++)
		q->elems[q->tail++ % PERF_RAW_DEPTH] = tasks[i];
	pthread_cond_signal(&q->filled);
	pthread_mutex_unlock(&q->lock);
}

static uint32_t
queue_get(struct queue *q, struct rte_vinetalk_task *tasks, uint32_t nb)
{
	struct timespec until;
	uint32_t n = 0;
	int ret = 0;

	if (!queue_lock(q))
		return 0;
	if (q->head == q->tail) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec++;
	}
	while (q->head == q->tail && !q->kicked && ret == 0)
		ret = pthread_cond_timedwait(&q->filled, &q->lock, &until);
	while (n < nb && q->head != q->tail)
		tasks[n++] = q->elems[q->head++ % PERF_RAW_DEPTH];
	pthread_mutex_unlock(&q->lock);
	return n;
}

/* ---- both halves ---- */

/* As the poller does: takes a burst, copies each element, gives it back. */
static void
ring_echo(void)
{
	struct rte_ring *req = perf_channel_ring(true), *rsp = perf_channel_ring(false);
	struct rte_vinetalk_task in[ECHO_BURST], out[ECHO_BURST];
	unsigned int i, n, done = 0;

	n = rte_ring_sc_dequeue_burst_elem(req, in, sizeof(in[0]), ECHO_BURST, NULL);
	for (i = 0; i < n; i++)
		out[i] = in[i];
	while (done < n)
		done += rte_ring_sp_enqueue_burst_elem(rsp, &out[done], sizeof(out[0]), n - done,
				NULL);
}

void
perf_channel_echo(enum perf_side side)
{
	struct shared *s = (struct shared *)ch.base;
	struct rte_vinetalk_task in[ECHO_BURST];
	uint64_t n;

	switch (side) {
	case PERF_RAW:
		ring_echo();
		break;
	case PERF_EVENTFD:
		n = bell_take(ch.bells[0]);
		bell_add(ch.bells[1], n);
		break;
	case PERF_SOCKET:
		n = sock_recv(ch.socks[0], in, ECHO_BURST);
		sock_send(ch.socks[0], in, (uint32_t)n);
		break;
	case PERF_MUTEX:
		n = queue_get(&s->to_server, in, ECHO_BURST);
		if (n != 0)
			queue_put(&s->to_client, in, (uint32_t)n);
		break;
	default:
		break;
	}
}

void
perf_channel_kick(enum perf_side side)
{
	struct queue *q = &((struct shared *)ch.base)->to_server;

	if (side == PERF_EVENTFD)
		bell_add(ch.bells[0], 1);
	/* A socket's sleep has a limit. */
	if (side != PERF_MUTEX || !queue_lock(q))
		return;
	q->kicked = true;
	pthread_cond_signal(&q->filled);
	pthread_mutex_unlock(&q->lock);
}

uint32_t
perf_channel_send(enum perf_side side, const struct rte_vinetalk_task *tasks, uint32_t nb)
{
	if (side == PERF_EVENTFD)
		bell_add(ch.bells[0], nb);
	else if (side == PERF_SOCKET)
		sock_send(ch.socks[1], tasks, nb);
	else
		queue_put(&((struct shared *)ch.base)->to_server, tasks, nb);
	return nb;
}

uint32_t
perf_channel_recv(enum perf_side side, struct rte_vinetalk_task *tasks, uint32_t nb)
{
	static uint64_t pending; /* of the eventfd: read, but not asked for */
	uint32_t n;

	if (side == PERF_SOCKET)
		return sock_recv(ch.socks[1], tasks, nb);
	if (side == PERF_MUTEX)
		return queue_get(&((struct shared *)ch.base)->to_client, tasks, nb);
	if (pending == 0)
		pending = bell_take(ch.bells[1]);
	n = (uint32_t)RTE_MIN(pending, (uint64_t)nb);
	pending -= n;
	return n;
}
