/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * What a broker may send to a client, and to an appliance that joins it: words and descriptors in any order. It is played
 * by the same thread, where the other side would sleep.
 */

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_vtivshmem.h>

#include "fault.h"
#include "fuzz.h"
#include "send_fds.h"

#define TIMEOUT_MS 1000

static char path[96];
static int listen_fd, memory, doorbell, sock;
static struct fuzz_in script;

static void
init(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(path, sizeof(path), "vt-fuzz-%d.sock", getpid());
	unlink(path);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	FUZZ_CHECK(bind(listen_fd, (struct sockaddr *)&addr, sizeof(addr)) == 0);
	FUZZ_CHECK(listen(listen_fd, 8) == 0);
	memory = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_CHECK(ftruncate(memory, 1 << 16) == 0);
	doorbell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

static void
put(const void *data, size_t len, int fd)
{
	(void)!send_fds(sock, data, len, &fd, fd >= 0, MSG_DONTWAIT);
}

/*
 * One message: a usual word or any bytes, with the memory, a doorbell, another file or nothing. Whether another one follows
 * at once.
 */
static bool
message(void)
{
	const uint8_t kind = fuzz_u8(&script), with = fuzz_u8(&script);
	static const int64_t words[] = { 0, 1, -1, 2, 70000, 5, 3, INT64_MIN };
	const int fd = (with & 3) == 1 ? memory : (with & 3) == 2 ? doorbell : (with & 7) == 3 ? 0 : -1;
	uint8_t bytes[24];
	int64_t word;
	size_t len;

	if (kind & 0x80) {
		len = (kind & 15) + 1;
		fuzz_take(&script, bytes, len);
		put(bytes, len, fd);
	} else {
		word = words[kind & 7];
		put(&word, sizeof(word), fd);
	}
	return (with & 0x20) == 0;
}

/* A greeting as it should be, of which the input cuts and changes some. */
static void
greeting(uint8_t form)
{
	const int64_t words[] = { 0, 1, -1, 0, 0, 1, 1 };
	const int fds[] = { -1, -1, memory, doorbell, doorbell, doorbell, doorbell };
	unsigned int i;

	for (i = 0; i < RTE_DIM(words); i++)
		if (i < (form >> 4))
			put(&words[i], sizeof(words[i]), fds[i]);
}

/* Takes who connects, and says some of what there is to say; behind the last of it, it hangs up. */
static void
act(void)
{
	if (sock < 0) {
		sock = accept(listen_fd, NULL, NULL);
		if (sock >= 0)
			greeting(fuzz_u8(&script));
		return;
	}
	while (script.left != 0 && message())
		;
	if (script.left == 0)
		shutdown(sock, SHUT_RDWR);
}

/* It ends, whoever did not get as far. */
static void
leave(void)
{
	while (sock < 0 && (sock = accept(listen_fd, NULL, NULL)) >= 0) {
		close(sock);
		sock = -1;
	}
	if (sock >= 0)
		close(sock);
	sock = -1;
}

static struct rte_vtivshmem_peer *here[5], *gone[5];

static void
joined(void *arg, struct rte_vtivshmem_peer *peer)
{
	(void)arg;
	FUZZ_CHECK(peer->id >= 1 && peer->id <= 4);
	FUZZ_CHECK(peer->nb_vectors <= RTE_VTIVSHMEM_MAX_VECTORS && here[peer->id] == NULL);
	here[peer->id] = peer;
	gone[peer->id] = NULL;
}

static struct rte_vtivshmem_server *srv;
static bool keeps; /* who has left is released later */

static void
left(void *arg, struct rte_vtivshmem_peer *peer)
{
	(void)arg;
	here[peer->id] = NULL;
	if (keeps)
		gone[peer->id] = peer;
	else
		rte_vtivshmem_peer_release(srv, peer);
}

static void
as_owner(void)
{
	static const struct rte_vtivshmem_server_ops ops = { .joined = joined, .left = left };
	const struct rte_vtivshmem_join_conf conf = { .path = path, .timeout_ms = TIMEOUT_MS,
		.max_peers = 4, .ops = &ops };
	int fds[RTE_VTIVSHMEM_MAX_VECTORS];
	unsigned int i;
	uint64_t size;

	memset(here, 0, sizeof(here));
	memset(gone, 0, sizeof(gone));
	fault_begin();
	srv = rte_vtivshmem_server_join(&conf);
	fault_end();
	if (srv == NULL) {
		FUZZ_CHECK(rte_errno != 0);
		return;
	}
	fault_begin();
	for (i = 0; i < 8; i++) {
		rte_vtivshmem_server_turn(srv);
		act();
	}
	fault_end();
	FUZZ_CHECK(rte_vtivshmem_server_is_remote(srv));
	(void)rte_vtivshmem_server_alive(srv);
	FUZZ_CHECK(rte_vtivshmem_server_mem_fd(srv, &size) >= 0 && size != 0);
	FUZZ_CHECK(rte_vtivshmem_server_doorbells(srv, fds) <= RTE_VTIVSHMEM_MAX_VECTORS);
	if (here[1] != NULL)
		rte_vtivshmem_peer_disconnect(srv, here[1]);
	for (i = 0; i < RTE_DIM(gone); i++)
		if (gone[i] != NULL)
			rte_vtivshmem_peer_release(srv, gone[i]);
	rte_vtivshmem_server_turn(srv);
	rte_vtivshmem_server_free(srv);
}

static void
as_client(void)
{
	struct rte_vtivshmem_client c;
	int ret;

	fault_begin();
	ret = rte_vtivshmem_connect(path, TIMEOUT_MS, &c);
	fault_end();

	if (ret != 0)
		return;
	FUZZ_CHECK(c.mem_fd >= 0 && c.mem_size != 0);
	FUZZ_CHECK(c.nb_own_vectors <= RTE_VTIVSHMEM_MAX_VECTORS);
	FUZZ_CHECK(c.nb_server_vectors <= RTE_VTIVSHMEM_MAX_VECTORS);
	(void)rte_vtivshmem_server_gone(&c);
	rte_vtivshmem_disconnect(&c);
}

/* No descriptor may be left behind: the lowest free one stays the same. */
static void
run(struct fuzz_in *in)
{
	const uint8_t who = fuzz_u8(in);
	int before = dup(doorbell), after;

	close(before);
	script = *in;
	sock = -1;
	keeps = who & 2;
	fault_time(act);
	if (who & 1)
		as_owner();
	else
		as_client();
	fault_time(NULL);
	leave();
	after = dup(doorbell);
	close(after);
	FUZZ_CHECK(before == after);
}

const struct fuzz_target fuzz_broker = { .name = "broker", .init = init, .run = run };
