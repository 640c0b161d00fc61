/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Appliances that are set up, serve nobody and end: with any settings, at paths where something is already, in files that
 * served another one, with a broker that gives little, next to accelerators that cannot reach the memory. It works, or is
 * refused with an error; nothing is left of either.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_random.h>
#include <rte_vtappliance.h>
#include <rte_vtivshmem.h>
#include <rte_vtregion.h>

#include "fault.h"
#include "fuzz.h"
#include "fuzz_slow.h"
#include "fuzz_telemetry.h"

#define LEN (4U << 20)
#define CLIENTS 2
#define QPS 2
#define DEPTH 16
#define ROUNDS 3
#define PART_TURNS 4

static struct rte_vtappliance *app;
static struct rte_vtivshmem_server *broker;
static char dir[64], file[96], path[96], broker_path[96], owner_path[96], long_path[160];
static int memory;

static void
init(void)
{
	fuzz_eal();
	snprintf(dir, sizeof(dir), "vt-fuzz-%d-setup", getpid());
	FUZZ_CHECK(mkdir(dir, 0700) == 0 || errno == EEXIST);
	snprintf(file, sizeof(file), "%s/f", dir);
	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(broker_path, sizeof(broker_path), "%s/b", dir);
	snprintf(owner_path, sizeof(owner_path), "%s/o", dir);
	memset(long_path, 'x', sizeof(long_path) - 1);
	memory = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_CHECK(memory >= 0 && ftruncate(memory, LEN) == 0);
}

/* ---- what is there before ---- */

/* A region of these settings, as an appliance has left it that did not end. */
static void
format(struct fuzz_in *in, int fd, const struct rte_vtappliance_domain_conf *dc, uint32_t nb_pollers)
{
	const uint8_t form = fuzz_u8(in), inside = fuzz_u8(in);
	const struct rte_vtregion_conf rc = { .size = LEN, .layout = (dc->layout + (form & 1)) % 3,
		.nb_clients = CLIENTS, .qps_per_client = QPS, .nb_pollers = nb_pollers,
		.rq_depth = form & 2 ? DEPTH : DEPTH * 2, .cq_depth = DEPTH, .nb_vectors = 2,
		.nb_plain = dc->nb_plain };
	struct rte_vtregion_geom g;
	uint8_t *base;
	unsigned int i;

	if (rte_vtregion_plan(&rc, 0, &g) != 0)
		return;
	base = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	FUZZ_CHECK(base != MAP_FAILED);
	memset(base, 0, g.off_arenas);
	FUZZ_CHECK(rte_vtregion_format(base, &g) == 0);
	rte_vtregion_hdr(base)->epoch = 3;
	rte_vtregion_hdr(base)->state = form >> 2 & 7;
	for (i = 0; i < CLIENTS; i++)
		rte_vtregion_slot(base, &g, i)->state = form & 0x40 ? RTE_VTREGION_SLOT_ATTACHED :
			RTE_VTREGION_SLOT_FREE;
	/* Who was stopped inside an enqueue: of one ring, or of all. */
	for (i = 0; i < g.nb_qps; i++)
		if (inside & 1 << i)
			rte_vtregion_qp(base, &g, i)->inside = 1 + (inside & 0x80 ? i : 0);
	if (form & 0x80)
		rte_vtregion_hdr(base)->magic++;
	munmap(base, LEN);
}

static void
clear(void)
{
	char lock[128];
	unsigned int i;
	const char *const paths[] = { path, broker_path, owner_path, file };

	for (i = 0; i < RTE_DIM(paths); i++) {
		unlink(paths[i]);
		snprintf(lock, sizeof(lock), "%s.lock", paths[i]);
		unlink(lock);
		snprintf(lock, sizeof(lock), "%s.%d", paths[i], getpid() % 1000);
		unlink(lock);
	}
	rmdir(file);
}

/* What is at the file's path: nothing, too little, a directory, another name, or a region. */
static void
prepare(struct fuzz_in *in, const struct rte_vtappliance_domain_conf *dc, uint32_t nb_pollers)
{
	const uint8_t what = fuzz_u8(in);
	int fd;

	switch (what & 7) {
	case 0:
		break;
	case 1:
		FUZZ_CHECK(mkdir(file, 0700) == 0 || errno == EEXIST);
		break;
	case 2:
		(void)!symlink("nowhere", file);
		break;
	default:
		fd = open(file, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
		if (fd < 0)
			break; /* what was there before stays there */
		FUZZ_CHECK(ftruncate(fd, (what & 7) == 3 ? LEN / 2 : LEN) == 0);
		if ((what & 7) != 3)
			format(in, fd, dc, nb_pollers);
		close(fd);
	}
}

/* ---- the broker ---- */

static void
joined(void *arg, struct rte_vtivshmem_peer *peer)
{
	(void)arg;
	(void)peer;
}

static void
left(void *arg, struct rte_vtivshmem_peer *peer)
{
	(void)arg;
	rte_vtivshmem_peer_release(broker, peer);
}

static void
act(void)
{
	if (broker != NULL)
		(void)rte_vtivshmem_server_turn(broker);
}

static void
broker_make(uint32_t nb_vectors)
{
	static const struct rte_vtivshmem_server_ops ops = { .joined = joined, .left = left };
	const struct rte_vtivshmem_server_conf sc = { .path = broker_path, .owner_path = owner_path, .uid = (uid_t)-1,
		.gid = (gid_t)-1, .max_peers = CLIENTS, .nb_vectors = nb_vectors, .mem_fd = memory, .ops = &ops };

	broker = rte_vtivshmem_server_create(&sc);
	FUZZ_CHECK(broker != NULL);
}

/* ---- the appliance ---- */

static void
turn(void)
{
	struct rte_vtappliance_stats stats;
	struct rte_vtappliance_poller_stats ps;
	unsigned int i;

	act();
	(void)rte_vtappliance_control(app, 0);
	for (i = 0; rte_vtappliance_poller_stats_get(app, i, &ps) == 0; i++)
		rte_vtappliance_poll(app, i, 0);
	rte_vtappliance_stats_get(app, &stats);
	FUZZ_CHECK(stats.clients == 0 && stats.tasks == 0);
}

static void
domain(struct fuzz_in *in, uint32_t nb_pollers)
{
	static const char *const names[] = { "d", "e", "", "a name", "a-name-that-is-longer-than-they-may-be" };
	const uint8_t form = fuzz_u8(in), more = fuzz_u8(in), odd = fuzz_u8(in), value = fuzz_u8(in);
	struct rte_vtappliance_domain_conf dc = { .name = names[form & 0x80 ? value % RTE_DIM(names) : 0],
		.path = path, .nb_clients = CLIENTS, .qps = QPS, .depth = DEPTH, .rq_depth = DEPTH,
		.size = LEN, .layout = form & 3, .uid = -1, .gid = -1, .no_huge = true };
	int ret;

	if (form & 4)
		dc.sync = more & 7;
	dc.unsafe_sync = form & 8;
	dc.nb_plain = form >> 4 & 3;
	if (form & 0x40)
		dc.file = file;
	else if (more & 8)
		dc.broker = more & 0x10 ? "nowhere" : owner_path;
	else if (more & 0x20)
		dc.pci = "0000:ff:1f.7";
	switch (odd & 15) {
	case 1:
		dc.size = (uint64_t)value << 17;
		break;
	case 2:
		dc.size = 0;
		dc.arena_size = (uint64_t)value << 14;
		break;
	case 3:
		dc.nb_clients = value & 7;
		break;
	case 4:
		dc.qps = value & 3;
		break;
	case 5:
		dc.depth = value & 64;
		dc.rq_depth = value & 48;
		break;
	case 6:
		dc.path = value & 1 ? long_path : value & 2 ? dir : NULL;
		/* Nothing is done at the usual place. */
		if (dc.path == NULL)
			dc.file = long_path;
		break;
	case 7:
		dc.rate_bytes = UINT64_MAX - value;
		break;
	case 8:
		dc.rate_excess = value;
		break;
	case 9:
		dc.weight = dc.priority = (uint32_t)value << 24;
		break;
	case 10:
		dc.size = LEN - 1;
		break;
	default:
		break;
	}
	prepare(in, &dc, nb_pollers);
	fault_begin();
	ret = rte_vtappliance_domain_add(app, &dc);
	fault_end();
	FUZZ_CHECK(ret <= 0 && (ret == 0) <= rte_vtappliance_domain_exists(app, dc.name));
	turn();
}

/* One of several that follow each other at the same places. */
static void
serve(struct fuzz_in *in)
{
	static const char *const accels[] = { "slow", "null", "slow,kind=twin", "nothing", "slow,kind=thewrongone", "null" };
	static const char *const scheds[] = { "rr", "drr", "prio", "none", NULL };
	static const int errors[] = { 0, 0, EIO, ENOMEM };
	const uint8_t form = fuzz_u8(in), odd = fuzz_u8(in), ends = fuzz_u8(in);
	struct rte_vtappliance_conf ac = { .nb_pollers = form & 3, .detach_ms = 20, .latency = form & 4,
		.sched = scheds[(form >> 3) % RTE_DIM(scheds)] };
	unsigned int i;

	if (odd & 0x80) {
		ac.idle = odd & 3;
		ac.park_ms = odd & 4;
		ac.budget = odd & 8 ? 1000 : 0;
		ac.nb_pollers = odd & 16 ? 1000 : 1;
		ac.heartbeat_ms = odd & 32;
		ac.probe_ms = odd & 64 ? UINT32_MAX : 0;
	}
	fault_begin();
	app = rte_vtappliance_create(&ac);
	fault_end();
	if (app == NULL) {
		FUZZ_CHECK(rte_errno != 0);
		return;
	}
	for (i = 0; i < (ends & 3) + 1U; i++) {
		const uint8_t which = fuzz_u8(in);

		slow_says(i)->mem_add = slow_says(i)->start = 0;
		slow_says(i)->mem_add = (uint8_t)errors[which >> 3 & 3];
		if ((which & 0xc0) == 0xc0)
			slow_says(i)->start = EIO;
		if (which & 0x20)
			domain(in, ac.nb_pollers != 0 ? ac.nb_pollers : 1);
		fault_begin();
		(void)rte_vtappliance_accel_add(app, accels[(which & 7) % RTE_DIM(accels)]);
		fault_end();
	}
	(void)rte_vtappliance_start(app);
	domain(in, ac.nb_pollers != 0 ? ac.nb_pollers : 1);
	if (ends & 4)
		telemetry_ask(ends >> 4, odd & 1 ? "d" : odd & 2 ? "d/1" : odd & 4 ? "0" : NULL);
	if (ends & 8)
		(void)rte_vtappliance_hand_over(app);
	for (i = 0; i < PART_TURNS; i++)
		turn();
	rte_vtappliance_free(app);
	app = NULL;
	slow_reset();
}

static void
run(struct fuzz_in *in)
{
	const uint8_t form = fuzz_u8(in);
	int before = dup(memory), after;
	unsigned int i;

	close(before);
	fault_time(act);
	slow_reset();
	rte_srand(1);
	clear();
	if (form & 1) {
		FUZZ_CHECK(ftruncate(memory, 0) == 0 && ftruncate(memory, LEN) == 0);
		broker_make(form & 2 ? 1 : 2);
	}
	for (i = 0; i < ROUNDS && in->left != 0; i++)
		serve(in);
	if (form & 4)
		telemetry_ask(form >> 3, NULL); /* nobody is there */
	if (broker != NULL)
		rte_vtivshmem_server_free(broker);
	broker = NULL;
	clear();
	fault_time(NULL);
	after = dup(memory);
	close(after);
	FUZZ_CHECK(before == after);
}

const struct fuzz_target fuzz_setup = { .name = "setup", .init = init, .run = run };
