/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The ivshmem server, and what others do to it: who is at its path already, who connects, talks, reads or does not,
 * goes in the midst of it, as a client and as the owner.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
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

#define MAX_CONNS 12
#define MAX_STEPS 48

static char dir[64], path[160], owner_path[160], missing[160], long_path[160];
static int memory;
static struct rte_vtivshmem_server *srv;
static int conns[MAX_CONNS];
static bool keeps;     /* who has left is released later */
static uint8_t admits;
static struct rte_vtivshmem_peer *here[16], *gone[16];

static void
init(void)
{
	static const gid_t groups[] = { 54320, 54321 };

	snprintf(dir, sizeof(dir), "vt-fuzz-%d", getpid());
	FUZZ_CHECK(mkdir(dir, 0700) == 0 || errno == EEXIST);
	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(owner_path, sizeof(owner_path), "%s/o", dir);
	snprintf(missing, sizeof(missing), "%s/none/s", dir);
	memset(long_path, 'x', sizeof(long_path) - 1);
	memory = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_CHECK(memory >= 0 && ftruncate(memory, 1 << 16) == 0);
	/* Groups beside the first, which are known of a connection; not everybody may have others. */
	(void)!setgroups(RTE_DIM(groups), groups);
}

/* ---- the server's user ---- */

static int
admit(void *arg, const struct rte_vtivshmem_peer *peer)
{
	(void)arg;
	(void)peer;
	return (admits & 3) == 3 ? -EBUSY : 0;
}

static void
joined(void *arg, struct rte_vtivshmem_peer *peer)
{
	(void)arg;
	FUZZ_CHECK(peer->id >= 1 && peer->id < RTE_DIM(here) && here[peer->id] == NULL);
	FUZZ_CHECK(gone[peer->id] == NULL);
	here[peer->id] = peer;
}

static void
left(void *arg, struct rte_vtivshmem_peer *peer)
{
	(void)arg;
	FUZZ_CHECK(peer->id < RTE_DIM(here) && here[peer->id] == peer);
	here[peer->id] = NULL;
	if (keeps)
		gone[peer->id] = peer;
	else
		rte_vtivshmem_peer_release(srv, peer);
}

static void
refused(void *arg, const struct rte_vtivshmem_peer *peer, int why)
{
	(void)arg;
	(void)peer;
	FUZZ_CHECK(why < 0);
}

/* ---- who is there before ---- */

/* A socket at a path; with live: somebody listens. */
static int
foreign(const char *at, bool live)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%.100s", at);
	FUZZ_CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0);
	if (live)
		FUZZ_CHECK(listen(fd, 1) == 0);
	return fd;
}

/* What stands in the way; a descriptor that keeps it there, or -1. */
static int
obstacle(uint8_t which)
{
	const char *const at = which & 8 ? owner_path : path;
	char own[200];

	switch (which & 7) {
	case 1:
		return open(at, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	case 2:
		return foreign(at, true);
	case 3:
		return foreign(at, false);
	case 4:
		/* Of one that died before it gave its socket the name. */
		snprintf(own, sizeof(own), "%s.%d", at, getpid() % 1000);
		return foreign(own, which & 16);
	default:
		return -1;
	}
}

static void
clear(void)
{
	char own[200];

	unlink(path);
	unlink(owner_path);
	snprintf(own, sizeof(own), "%s.%d", path, getpid() % 1000);
	unlink(own);
	snprintf(own, sizeof(own), "%s.%d", owner_path, getpid() % 1000);
	unlink(own);
	snprintf(own, sizeof(own), "%s.lock", path);
	unlink(own);
	snprintf(own, sizeof(own), "%s.lock", owner_path);
	unlink(own);
}

/* ---- peers ---- */

static void
connect_one(unsigned int i, bool owner)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	if (conns[i] >= 0)
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%.100s", owner ? owner_path : path);
	FUZZ_CHECK(fd >= 0);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
		close(fd);
		fd = -1;
	}
	conns[i] = fd;
}

static void
talk(struct fuzz_in *in, int sock, uint8_t how)
{
	uint8_t bytes[32];
	size_t len = (how & 31) + 1;

	fuzz_take(in, bytes, sizeof(bytes));
	(void)!send_fds(sock, bytes, RTE_MIN(len, sizeof(bytes)), &memory, (how >> 5) & 1, MSG_DONTWAIT);
}

/* What the server sent; descriptors are thrown away by the kernel. */
static void
listen_to(int sock)
{
	char bytes[4096];

	while (recv(sock, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

static void
turn(void)
{
	unsigned int i;

	fault_begin();
	for (i = 0; i < 2; i++)
		(void)rte_vtivshmem_server_turn(srv);
	fault_end();
}

static void
hang_up(unsigned int i)
{
	if (conns[i] >= 0)
		close(conns[i]);
	conns[i] = -1;
}

static void
step(struct fuzz_in *in)
{
	const uint8_t op = fuzz_u8(in), how = fuzz_u8(in);
	const unsigned int i = (op >> 4) % MAX_CONNS, id = (how & 15) % RTE_DIM(here);
	unsigned int n;

	switch (op & 15) {
	case 0:
	case 1:
		connect_one(i, false);
		break;
	case 2:
		connect_one(i, true);
		break;
	case 3:
		for (n = 0; n < MAX_CONNS; n++)
			connect_one(n, false);
		break;
	case 4:
		if (conns[i] >= 0)
			talk(in, conns[i], how);
		break;
	case 5:
		if (conns[i] >= 0)
			listen_to(conns[i]);
		break;
	case 6:
		hang_up(i);
		break;
	case 7:
		if (conns[i] >= 0)
			shutdown(conns[i], how & 1 ? SHUT_WR : SHUT_RDWR);
		break;
	case 8:
		if (here[id] != NULL)
			rte_vtivshmem_peer_disconnect(srv, here[id]);
		break;
	case 9:
		if (gone[id] != NULL)
			rte_vtivshmem_peer_release(srv, gone[id]);
		gone[id] = NULL;
		break;
	case 10:
		keeps = how & 1;
		admits = how >> 1;
		break;
	case 11:
		fault_pass(how * 16U);
		break;
	default:
		turn();
	}
}

static void
idle(void)
{
}

static struct rte_vtivshmem_server *
create(struct fuzz_in *in)
{
	static const struct rte_vtivshmem_server_ops all[] = {
		{ .joined = joined, .left = left },
		{ .joined = joined, .left = left, .admit = admit, .refused = refused },
		{ .joined = joined, .left = left, .refused = refused },
		{ .joined = joined, .left = NULL },
	};
	const char *const paths[] = { path, path, path, path, missing, long_path, "", NULL };
	const uint8_t form = fuzz_u8(in), more = fuzz_u8(in), names = fuzz_u8(in);
	struct rte_vtivshmem_server_conf conf = {
		.path = paths[(names & 31) < 24 ? 0 : names & 7], .uid = (uid_t)-1, .gid = (gid_t)-1,
		.max_peers = form & 3 ? (form & 3) * 4U : 1, .nb_vectors = (form >> 2 & 15) + 1U, .mem_fd = memory,
		.owner_path = form & 0x40 ? owner_path : NULL, .ops = &all[(more & 7) < 3 ? more & 3 : 0],
	};
	struct rte_vtivshmem_server *made;

	if ((more & 0xf0) == 0xf0) {
		conf.max_peers = more & 1 ? 0 : 65536;
		conf.nb_vectors = more & 2 ? 0 : more & 4 ? 17 : 1;
		conf.ops = more & 8 ? &all[3] : &all[0];
	}
	if (names & 0x20)
		conf.uid = getuid();
	if (names & 0x40) {
		conf.users.nb = 1;
		conf.users.id[0] = names & 0x80 ? getuid() : 12345;
	} else if (names & 0x80) {
		conf.groups.nb = 1;
		conf.groups.id[0] = more & 8 ? getgid() : more & 16 ? 54321 : 12345;
	}
	fault_begin();
	made = rte_vtivshmem_server_create(&conf);
	fault_end();
	FUZZ_CHECK(made != NULL || rte_errno != 0);
	return made;
}

static void
serve(struct fuzz_in *in)
{
	int fds[RTE_VTIVSHMEM_MAX_VECTORS];
	uint64_t size;
	unsigned int i;

	for (i = 0; i < MAX_STEPS && in->left != 0; i++)
		step(in);
	turn();
	FUZZ_CHECK(rte_vtivshmem_server_mem_fd(srv, &size) == memory && size == 1 << 16);
	FUZZ_CHECK(rte_vtivshmem_server_doorbells(srv, fds) == 0);
	FUZZ_CHECK(rte_vtivshmem_server_fd(srv) >= 0 && rte_vtivshmem_server_alive(srv) &&
		!rte_vtivshmem_server_is_remote(srv));
	/* Half of them hang up before the end. */
	for (i = 0; i < MAX_CONNS; i += 2)
		hang_up(i);
	for (i = 0; i < 4; i++)
		(void)rte_vtivshmem_server_turn(srv);
	for (i = 0; i < RTE_DIM(gone); i++)
		if (gone[i] != NULL)
			rte_vtivshmem_peer_release(srv, gone[i]);
	memset(gone, 0, sizeof(gone));
	keeps = false;
	rte_vtivshmem_server_free(srv);
	for (i = 0; i < RTE_DIM(here); i++)
		FUZZ_CHECK(here[i] == NULL);
}

/* The lowest descriptor that is free stays the same. */
static void
run(struct fuzz_in *in)
{
	const uint8_t stands = fuzz_u8(in);
	int before = dup(memory), after, fd;
	unsigned int i;

	close(before);
	fault_time(idle);
	for (i = 0; i < MAX_CONNS; i++)
		conns[i] = -1;
	keeps = false;
	admits = 0;
	clear();
	fd = obstacle(stands);
	srv = create(in);
	if (srv != NULL) {
		/* A second one finds that it is there. */
		FUZZ_CHECK((stands & 0xe0) != 0xe0 || create(in) == NULL);
		serve(in);
	}
	for (i = 0; i < MAX_CONNS; i++)
		hang_up(i);
	if (fd >= 0)
		close(fd);
	after = dup(memory);
	close(after);
	FUZZ_CHECK(before == after);
}

const struct fuzz_target fuzz_server = { .name = "server", .init = init, .run = run };
