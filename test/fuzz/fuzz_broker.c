/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* What a broker may send to a client, and to an appliance that joins it: words and descriptors in any order. */

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_vtivshmem.h>

#include "fuzz.h"
#include "send_fds.h"

#define TIMEOUT_MS 1000

static char path[96];
static int listen_fd, memory, doorbell;
static pthread_t thread;
static struct fuzz_in script;

static void
init(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(path, sizeof(path), "vt-fuzz-%d.sock", getpid());
	unlink(path);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FUZZ_CHECK(bind(listen_fd, (struct sockaddr *)&addr, sizeof(addr)) == 0);
	FUZZ_CHECK(listen(listen_fd, 8) == 0);
	memory = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_CHECK(ftruncate(memory, 1 << 16) == 0);
	doorbell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

static void
put(int sock, const void *data, size_t len, int fd)
{
	(void)!send_fds(sock, data, len, &fd, fd >= 0, MSG_DONTWAIT);
}

/* One message: a usual word or any bytes, with the memory, a doorbell, another file or nothing. */
static void
message(int sock)
{
	const uint8_t kind = fuzz_u8(&script), with = fuzz_u8(&script);
	static const int64_t words[] = { 0, 1, -1, 2, 0, 1, 3, INT64_MIN };
	const int fd = (with & 3) == 1 ? memory : (with & 3) == 2 ? doorbell : (with & 7) == 3 ? 0 : -1;
	uint8_t bytes[24];
	int64_t word;
	size_t len;

	if (kind & 0x80) {
		len = (kind & 15) + 1;
		fuzz_take(&script, bytes, len);
		put(sock, bytes, len, fd);
		return;
	}
	word = words[kind & 7];
	put(sock, &word, sizeof(word), fd);
}

/* A greeting as it should be, of which the input cuts and changes some. */
static void
greeting(int sock, uint8_t form)
{
	const int64_t words[] = { 0, 1, -1, 0, 0, 1, 1 };
	const int fds[] = { -1, -1, memory, doorbell, doorbell, doorbell, doorbell };
	unsigned int i;

	for (i = 0; i < RTE_DIM(words); i++)
		if (i < (form >> 4))
			put(sock, &words[i], sizeof(words[i]), fds[i]);
}

static void *
serve(void *arg)
{
	int sock = accept(listen_fd, NULL, NULL);

	(void)arg;
	greeting(sock, fuzz_u8(&script));
	while (script.left != 0)
		message(sock);
	close(sock);
	return NULL;
}

static void
joined(void *arg, struct rte_vtivshmem_peer *peer)
{
	(void)arg;
	FUZZ_CHECK(peer->id >= 1 && peer->id <= 4);
	FUZZ_CHECK(peer->nb_vectors <= RTE_VTIVSHMEM_MAX_VECTORS);
}

static struct rte_vtivshmem_server *srv;

static void
left(void *arg, struct rte_vtivshmem_peer *peer)
{
	(void)arg;
	rte_vtivshmem_peer_release(srv, peer);
}

static void
as_owner(void)
{
	static const struct rte_vtivshmem_server_ops ops = { .joined = joined, .left = left };
	const struct rte_vtivshmem_join_conf conf = { .path = path, .timeout_ms = TIMEOUT_MS,
		.max_peers = 4, .ops = &ops };
	unsigned int i;

	srv = rte_vtivshmem_server_join(&conf);
	pthread_join(thread, NULL);
	if (srv == NULL) {
		FUZZ_CHECK(rte_errno != 0);
		return;
	}
	for (i = 0; i < 8; i++)
		rte_vtivshmem_server_turn(srv);
	rte_vtivshmem_server_free(srv);
}

static void
as_client(void)
{
	struct rte_vtivshmem_client c;
	int ret = rte_vtivshmem_connect(path, TIMEOUT_MS, &c);

	pthread_join(thread, NULL);
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
	FUZZ_CHECK(pthread_create(&thread, NULL, serve, NULL) == 0);
	if (who & 1)
		as_owner();
	else
		as_client();
	after = dup(doorbell);
	close(after);
	FUZZ_CHECK(before == after);
}

const struct fuzz_target fuzz_broker = { .name = "broker", .init = init, .run = run };
