/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The owner's end of the ivshmem protocol, and servers that are none, made by hand. */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_errno.h>

#include <rte_vtivshmem.h>

#include "ivshmem_owner.h"
#include "send_fds.h"
#include "test.h"

#define PEERS 3
#define VECTORS 2

struct word {
	int64_t word;
	bool with_fd;
};

struct hand {
	struct owner o;
	struct sockaddr_un addr;
	int lsock, sock, mem;
	const struct word *words;
	unsigned int nb;
	size_t piece; /* bytes at a time */
	bool half;    /* at last, half of the memory's word, with its descriptor */
	bool hang_up;
	pthread_t thread;
};

static int
put_bytes(const struct hand *h, int64_t word, bool with_fd, size_t len)
{
	size_t done;

	for (done = 0; done < len; done += h->piece)
		if (send_fds(h->sock, (char *)&word + done, h->piece, &h->mem,
				with_fd && done == 0, 0) != (ssize_t)h->piece)
			return -1;
	return 0;
}

static int
put(const struct hand *h, int64_t word, bool with_fd)
{
	return put_bytes(h, word, with_fd, sizeof(word));
}

static void *
hand_talk(void *arg)
{
	struct hand *h = arg;
	unsigned int i;

	h->sock = accept4(h->lsock, NULL, NULL, SOCK_CLOEXEC);
	for (i = 0; i < h->nb; i++)
		if (put(h, h->words[i].word, h->words[i].with_fd) != 0)
			break;
	if (h->half)
		put_bytes(h, -1, true, sizeof(int64_t) / 2);
	if (h->hang_up)
		shutdown(h->sock, SHUT_RDWR);
	return NULL;
}

/* Greet with these words; pieces of 4 bytes: and half of another one. 0: joined; or the errno. */
static int
hand_greet(struct hand *h, const struct word *words, unsigned int nb, bool hang_up, size_t piece)
{
	int ret = 0;

	memset(h, 0, sizeof(*h));
	h->addr.sun_family = AF_UNIX;
	snprintf(h->addr.sun_path, sizeof(h->addr.sun_path), "%s/hand.sock", vt_test_tmp_dir());
	h->words = words;
	h->nb = nb;
	h->hang_up = hang_up;
	h->piece = piece;
	h->half = piece == 4;
	h->mem = memfd_create("hand", MFD_CLOEXEC);
	CU_ASSERT_EQUAL(ftruncate(h->mem, 4096), 0);
	h->lsock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_EQUAL_FATAL(bind(h->lsock, (struct sockaddr *)&h->addr, sizeof(h->addr)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(h->lsock, 1), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&h->thread, NULL, hand_talk, h), 0);
	if (owner_join(&h->o, h->addr.sun_path, PEERS, 300) == NULL)
		ret = rte_errno;
	pthread_join(h->thread, NULL);
	return ret;
}

static void
hand_end(struct hand *h)
{
	rte_vtivshmem_server_free(h->o.srv);
	close(h->sock);
	close(h->lsock);
	close(h->mem);
	unlink(h->addr.sun_path);
}

static const struct word good[] = {
	{ 0, false }, { 0, false }, { -1, true }, { 2, true }, { 2, true }, { 0, true },
	{ 0, true },
};

/* A number that comes again before the user is done with it. */
static void
test_held_back(void)
{
	struct pollfd p = { .events = POLLIN };
	unsigned int i, fds = count_fds();
	struct hand h;

	CU_ASSERT_EQUAL_FATAL(hand_greet(&h, good, RTE_DIM(good), false, 8), 0);
	p.fd = rte_vtivshmem_server_fd(h.o.srv);
	CU_ASSERT_TRUE(owner_turns(&h.o, 1, 0));
	h.o.keep = true;
	/* Gone, back, gone, and back: the last one counts. */
	put(&h, 2, false);
	for (i = 0; i < 2; i++) {
		put(&h, 2, true);
		put(&h, 2, true);
		if (i == 0)
			put(&h, 2, false);
	}
	CU_ASSERT_TRUE(owner_turns(&h.o, 1, 1));
	CU_ASSERT_EQUAL(poll(&p, 1, 0), 0);
	/* The release makes the descriptor readable: no word will. */
	owner_release(&h.o, 2);
	CU_ASSERT_EQUAL(h.o.joined, 1);
	CU_ASSERT_EQUAL(poll(&p, 1, 0), 1);
	CU_ASSERT_TRUE(owner_turns(&h.o, 2, 1));
	CU_ASSERT_EQUAL(h.o.peer[2]->nb_vectors, VECTORS);
	CU_ASSERT_EQUAL(poll(&p, 1, 0), 0);
	/* One who came and went meanwhile is never heard of. */
	put(&h, 2, false);
	put(&h, 2, true);
	put(&h, 2, true);
	put(&h, 2, false);
	CU_ASSERT_TRUE(owner_turns(&h.o, 2, 2));
	owner_release(&h.o, 2);
	rte_vtivshmem_server_turn(h.o.srv);
	CU_ASSERT_EQUAL(h.o.joined, 2);
	/* Half of its doorbells before the release, and half after it. */
	h.o.keep = false;
	put(&h, 2, true);
	put(&h, 2, true);
	CU_ASSERT_TRUE(owner_turns(&h.o, 3, 2));
	h.o.keep = true;
	put(&h, 2, false);
	put(&h, 2, true);
	CU_ASSERT_TRUE(owner_turns(&h.o, 3, 3));
	owner_release(&h.o, 2);
	rte_vtivshmem_server_turn(h.o.srv);
	CU_ASSERT_EQUAL(h.o.joined, 3);
	put(&h, 2, true);
	CU_ASSERT_TRUE(owner_turns(&h.o, 4, 3));
	h.o.keep = false;
	hand_end(&h);
	CU_ASSERT_EQUAL(count_fds(), fds);
}

/* A word in pieces: a turn takes what is there, and does not wait for the rest. */
static void
test_pieces(void)
{
	const int64_t word = 2;
	struct hand h;
	unsigned int i;

	CU_ASSERT_EQUAL_FATAL(hand_greet(&h, good, RTE_DIM(good), false, 1), 0);
	CU_ASSERT_TRUE(owner_turns(&h.o, 1, 0));
	for (i = 0; i < sizeof(word); i++) {
		CU_ASSERT_EQUAL(h.o.left, 0);
		CU_ASSERT_EQUAL(send(h.sock, (const char *)&word + i, 1, 0), 1);
		CU_ASSERT_EQUAL(rte_vtivshmem_server_turn(h.o.srv), i == sizeof(word) - 1);
	}
	CU_ASSERT_EQUAL(h.o.left, 1);
	CU_ASSERT_TRUE(rte_vtivshmem_server_alive(h.o.srv));
	hand_end(&h);
}

/* With no room for a doorbell the word looks like that of a client who has gone: it is not. */
static void
test_lost_descriptor(void)
{
	struct hand h;
	uint32_t i;

	CU_ASSERT_EQUAL_FATAL(hand_greet(&h, good, RTE_DIM(good), false, 8), 0);
	CU_ASSERT_TRUE(owner_turns(&h.o, 1, 0));
	put(&h, 2, true);
	put(&h, 3, true);
	put(&h, 3, true);
	no_fds();
	for (i = 0; i < 5; i++)
		rte_vtivshmem_server_turn(h.o.srv);
	fds_again();
	CU_ASSERT_EQUAL(h.o.left, 0);
	CU_ASSERT_EQUAL(h.o.joined, 1);
	CU_ASSERT_TRUE(rte_vtivshmem_server_alive(h.o.srv));
	/* It may try again. */
	put(&h, 3, false);
	put(&h, 3, true);
	put(&h, 3, true);
	CU_ASSERT_TRUE(owner_turns(&h.o, 2, 0));
	hand_end(&h);
}

/* Greetings that are none. */
static void
test_liars(void)
{
	static const int64_t odd[] = { INT64_MIN, -5000, -2, 4711, INT64_MAX };
	unsigned int i, j, fds = count_fds();
	struct word w[RTE_DIM(good)];
	struct hand h;
	int ret;

	/* It hangs up after each word, but the last one's. */
	for (i = 0; i < RTE_DIM(good); i++) {
		CU_ASSERT_EQUAL(hand_greet(&h, good, i, true, 8), EPROTO);
		hand_end(&h);
	}
	/* It falls silent. */
	for (i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(hand_greet(&h, good, i, false, 8), ETIMEDOUT);
		hand_end(&h);
	}
	/* Half a word, with its descriptor. */
	CU_ASSERT_EQUAL(hand_greet(&h, good, 2, false, 4), ETIMEDOUT);
	hand_end(&h);
	CU_ASSERT_EQUAL(hand_greet(&h, good, 2, true, 4), EPROTO);
	hand_end(&h);
	CU_ASSERT_EQUAL(count_fds(), fds);
	/* Each word with a descriptor where none belongs, or without the one that belongs there. */
	for (i = 0; i < RTE_DIM(good); i++) {
		memcpy(w, good, sizeof(w));
		w[i].with_fd = !w[i].with_fd;
		ret = hand_greet(&h, w, RTE_DIM(w), false, 8);
		/* A client without a doorbell has gone; the rest is as it should be. */
		CU_ASSERT_EQUAL(ret, w[i].word == 2 ? 0 : EPROTO);
		hand_end(&h);
	}
	/* Impossible numbers in each place; one above the most that are served is another's. */
	for (i = 0; i < RTE_DIM(good); i++) {
		for (j = 0; j < RTE_DIM(odd); j++) {
			memcpy(w, good, sizeof(w));
			w[i].word = odd[j];
			ret = hand_greet(&h, w, RTE_DIM(w), false, 8);
			CU_ASSERT_EQUAL(ret, odd[j] == 4711 && i > 2 ? 0 :
				i == 0 && odd[j] == -2 ? ENOENT : EPROTO);
			hand_end(&h);
		}
	}
	CU_ASSERT_EQUAL(count_fds(), fds);
}

/* What comes behind the greeting: any words, with and without descriptors. */
static void
test_noise(void)
{
	static const int64_t words[] = { 1, 2, 3, 4, 5000, 1, 2, 3 };
	unsigned int i, n, fds = count_fds();
	struct hand h;
	bool sent;

	srandom(7);
	CU_ASSERT_EQUAL_FATAL(hand_greet(&h, good, RTE_DIM(good), false, 8), 0);
	for (i = 0; i < 20000; i++) {
		put(&h, words[random() % RTE_DIM(words)], random() % 4 != 0);
		rte_vtivshmem_server_turn(h.o.srv);
		/* Two sets of doorbells for each number, and no more. */
		if (i % 1000 == 0)
			CU_ASSERT_TRUE(count_fds() <
				fds + 16 + PEERS * 2 * RTE_VTIVSHMEM_MAX_VECTORS);
		if (i % 50 != 0)
			continue;
		h.o.keep = !h.o.keep;
		for (n = 1; n <= PEERS && !h.o.keep; n++)
			if (h.o.peer[n] != NULL) {
				rte_vtivshmem_peer_disconnect(h.o.srv, h.o.peer[n]);
				if (h.o.peer[n] != NULL)
					owner_release(&h.o, n);
			}
	}
	CU_ASSERT_TRUE(h.o.joined > 100);
	CU_ASSERT_TRUE(h.o.left > 100);
	CU_ASSERT_TRUE(rte_vtivshmem_server_alive(h.o.srv));
	/* And what no server says: it is none any more. */
	sent = put(&h, -3, true) == 0;
	rte_vtivshmem_server_turn(h.o.srv);
	CU_ASSERT_TRUE(sent);
	CU_ASSERT_FALSE(rte_vtivshmem_server_alive(h.o.srv));
	hand_end(&h);
	CU_ASSERT_EQUAL(count_fds(), fds);
}

static void
test_bad_calls(void)
{
	const struct rte_vtivshmem_server_ops none = { 0 };
	struct rte_vtivshmem_join_conf conf = { .path = "/nonexistent/a.sock", .timeout_ms = 100,
		.max_peers = PEERS, .ops = &owner_ops };
	char name[200];

	CU_ASSERT_PTR_NULL(rte_vtivshmem_server_join(&conf));
	CU_ASSERT_EQUAL(rte_errno, ENOENT);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	conf.path = name;
	CU_ASSERT_PTR_NULL(rte_vtivshmem_server_join(&conf));
	CU_ASSERT_EQUAL(rte_errno, ENAMETOOLONG);
	conf.path = NULL;
	CU_ASSERT_PTR_NULL(rte_vtivshmem_server_join(&conf));
	CU_ASSERT_EQUAL(rte_errno, EINVAL);
	conf.max_peers = 0;
	CU_ASSERT_PTR_NULL(rte_vtivshmem_server_join(&conf));
	CU_ASSERT_EQUAL(rte_errno, EINVAL);
	conf.max_peers = 1;
	conf.ops = &none;
	CU_ASSERT_PTR_NULL(rte_vtivshmem_server_join(&conf));
	CU_ASSERT_EQUAL(rte_errno, EINVAL);
}

static const struct vt_test_case cases[] = {
	{ "a number is held back", test_held_back },
	{ "a word in pieces", test_pieces },
	{ "a descriptor that was lost", test_lost_descriptor },
	{ "servers that are none", test_liars },
	{ "any words", test_noise },
	{ "calls that cannot succeed", test_bad_calls },
};

VT_TEST_SUITE(vinetalk_ivshmem_join_autotest, NULL, NULL, cases);
