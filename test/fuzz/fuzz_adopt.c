/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * An appliance that comes to a region that served another one, of which every word may be anything: the memory of a
 * broker, adopted or formatted anew; clients that say that they go on, or begin. The broker is played by the same
 * thread, where the appliance would sleep. What follows is a domain that serves, or a refusal.
 */

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_vtappliance.h>
#include <rte_vtivshmem.h>

#include "fault.h"
#include "fuzz.h"
#include "raw_client.h"

#define CLIENTS 2
#define QPS 2
#define DEPTH 16
#define LEN (4U << 20)
#define MAX_STEPS 24
#define TURNS 64

static struct rte_vtappliance *app;
static struct rte_vtivshmem_server *srv;
static char path[64], owner_path[64];
static uint8_t *base;
static int memory;

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
	rte_vtivshmem_peer_release(srv, peer);
}

static const struct rte_vtivshmem_server_ops ops = { .joined = joined, .left = left };

static void
act(void)
{
	(void)rte_vtivshmem_server_turn(srv);
}

static void
turn(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		act();
		rte_vtappliance_control(app, 0);
		rte_vtappliance_poll(app, 0, 0);
	}
}

static void
init(void)
{
	const struct rte_vtappliance_conf conf = { .nb_pollers = 1, .detach_ms = 20 };
	struct rte_vtivshmem_server_conf sc = { .path = path, .owner_path = owner_path, .uid = (uid_t)-1,
		.gid = (gid_t)-1, .max_peers = CLIENTS, .nb_vectors = 2, .ops = &ops };

	fuzz_eal();
	app = rte_vtappliance_create(&conf);
	FUZZ_CHECK(app != NULL);
	FUZZ_CHECK(rte_vtappliance_accel_add(app, "cpu,workers=0") == 0);
	FUZZ_CHECK(rte_vtappliance_start(app) == 0);
	memory = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_CHECK(memory >= 0 && ftruncate(memory, LEN) == 0);
	base = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	FUZZ_CHECK(base != MAP_FAILED);
	snprintf(path, sizeof(path), "vt-fuzz-%d-c.sock", getpid());
	snprintf(owner_path, sizeof(owner_path), "vt-fuzz-%d-o.sock", getpid());
	sc.mem_fd = memory;
	srv = rte_vtivshmem_server_create(&sc);
	FUZZ_CHECK(srv != NULL);
}

/* ---- the memory ---- */

/* As an appliance has left it, of these settings. */
static void
format(uint8_t form, struct rte_vtregion_geom *g)
{
	const struct rte_vtregion_conf conf = { .size = LEN, .layout = form % 3, .nb_clients = CLIENTS,
		.qps_per_client = QPS, .nb_pollers = 1, .rq_depth = DEPTH, .cq_depth = DEPTH, .nb_vectors = 2 };
	struct rte_vtregion_hdr *hdr = rte_vtregion_hdr(base);
	uint32_t i;

	FUZZ_CHECK(rte_vtregion_plan(&conf, 0, g) == 0);
	memset(base, 0, g->off_arenas);
	FUZZ_CHECK(rte_vtregion_format(base, g) == 0);
	hdr->epoch = 1;
	hdr->state = RTE_VTREGION_HANDOVER;
	for (i = 0; i < CLIENTS; i++) {
		struct rte_vtregion_slot *slot = rte_vtregion_slot(base, g, i);

		slot->state = form & 0x10 << i ? RTE_VTREGION_SLOT_ATTACHED : RTE_VTREGION_SLOT_FREE;
		slot->epoch = 7;
	}
}

/* A word that counts, or any. */
static void
spoil(struct fuzz_in *in, const struct rte_vtregion_geom *g)
{
	const uint8_t where = fuzz_u8(in);
	const uint32_t i = where & 3, at = fuzz_u8(in) * 4U;
	uint8_t *to = base;
	uint32_t value;

	switch (where >> 2 & 7) {
	case 0:
		to += at % sizeof(struct rte_vtregion_hdr);
		break;
	case 1:
		to = (uint8_t *)rte_vtregion_slot(base, g, i % CLIENTS) + at % 256;
		break;
	case 2:
		to = (uint8_t *)rte_vtregion_qp(base, g, i) + at % sizeof(struct rte_vtregion_qp);
		break;
	case 3:
		to = (uint8_t *)&rte_vtregion_qp(base, g, i)->inside;
		break;
	case 4:
		to = (uint8_t *)rte_vtregion_cq_ring(base, g, i) + at % 512;
		break;
	case 5:
		to = (uint8_t *)rte_vtregion_rq(base, g, i % g->nb_rqs);
		break;
	case 6:
		to = (uint8_t *)rte_vtregion_rq_ring(base, g, i % g->nb_rqs, 0) + at % 512;
		break;
	default:
		to += (at * 256) % (uint32_t)g->off_arenas;
		break;
	}
	value = where & 0x20 ? fuzz_u32(in) : where & 0x40 ? at : fuzz_u8(in);
	memcpy(to, &value, sizeof(value));
}

/* ---- clients ---- */

static void
attach(struct raw_client *c, uint8_t how)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_ATTACH, .arg = how & 4 ? 1 : QPS,
		.flags = how & 3, .name = "fuzz" };

	if (c->base != NULL)
		raw_close(c);
	memset(c, 0, sizeof(*c));
	if (rte_vtivshmem_connect(path, 100, &c->link) != 0)
		return;
	c->base = mmap(NULL, c->link.mem_size, PROT_READ | PROT_WRITE, MAP_SHARED, c->link.mem_fd, 0);
	FUZZ_CHECK(c->base != MAP_FAILED);
	turn();
	if (rte_vtregion_validate(c->base, c->link.mem_size, &c->geom) != 0 ||
			c->link.id > c->geom.conf.nb_clients)
		return;
	c->slot_id = c->link.id - 1;
	c->slot = rte_vtregion_slot(c->base, &c->geom, c->slot_id);
	if (how & 8)
		req.flags |= RTE_VTREGION_ATTACH_F_RESUME;
	(void)raw_ctrl_send(c, &req);
	turn();
}

static struct raw_client clients[CLIENTS];

static void
step(struct fuzz_in *in, const struct rte_vtregion_geom *g)
{
	const uint8_t op = fuzz_u8(in);

	switch (op & 7) {
	case 0:
	case 1:
		attach(&clients[op >> 3 & 1], op >> 4);
		break;
	case 2:
		if (clients[op >> 3 & 1].base != NULL)
			raw_close(&clients[op >> 3 & 1]);
		memset(&clients[op >> 3 & 1], 0, sizeof(clients[0]));
		break;
	case 3:
	case 4:
		spoil(in, g);
		break;
	case 5:
		fault_pass(op * 8U);
		break;
	default:
		turn();
	}
}

static void
end(const char *name)
{
	unsigned int i;

	for (i = 0; i < CLIENTS; i++) {
		if (clients[i].base != NULL)
			raw_close(&clients[i]);
		memset(&clients[i], 0, sizeof(clients[i]));
	}
	turn();
	if (!rte_vtappliance_domain_exists(app, name))
		return;
	FUZZ_CHECK(rte_vtappliance_domain_remove(app, name) == 0);
	for (i = 0; i < TURNS && rte_vtappliance_domain_exists(app, name); i++)
		turn();
	FUZZ_CHECK(!rte_vtappliance_domain_exists(app, name));
	turn();
}

/* Who begins, in memory that nobody spoils any more, is served. */
static void
serves(void)
{
	struct rte_vtregion_ctrl_req req = { .op = RTE_VTREGION_CTRL_PROC_GET, .name = "echo" };
	struct raw_client *c = &clients[0];

	attach(c, 1);
	FUZZ_CHECK(c->slot != NULL && c->slot->rep_seq == c->slot->req_seq && c->slot->rep.status == 0);
	(void)raw_ctrl_send(c, &req);
	turn();
	FUZZ_CHECK(c->slot->rep_seq == c->slot->req_seq && c->slot->rep.status == 0);
}

static void
run(struct fuzz_in *in)
{
	struct rte_vtappliance_domain_conf conf = { .name = "d", .broker = owner_path, .nb_clients = CLIENTS,
		.qps = QPS, .depth = DEPTH, .rq_depth = DEPTH, .uid = -1, .gid = -1, .no_huge = true };
	const uint8_t form = fuzz_u8(in), now = fuzz_u8(in);
	struct rte_vtregion_geom g;
	unsigned int i;
	int ret;

	fault_time(act);
	format(form, &g);
	for (i = now >> 4; i != 0; i--)
		spoil(in, &g);
	/* The settings of the one before it, or others. */
	conf.layout = now & 3 ? form % 3 : (form / 3) % 3;
	if ((now & 12) == 12)
		conf.rq_depth = DEPTH * 2;
	if (form & 0x40)
		attach(&clients[0], 8); /* it is there already, and nobody answers */
	fault_begin();
	ret = rte_vtappliance_domain_add(app, &conf);
	fault_end();
	FUZZ_CHECK(ret <= 0);
	if (ret == 0) {
		for (i = 0; i < MAX_STEPS && in->left != 0; i++)
			step(in, &g);
		turn();
	}
	end(conf.name);
	/* And then all is new. */
	if (form & 0x80) {
		memset(base, 0, g.off_arenas);
		FUZZ_CHECK(rte_vtappliance_domain_add(app, &conf) == 0);
		serves();
		end(conf.name);
	}
	fault_time(NULL);
}

const struct fuzz_target fuzz_adopt = { .name = "adopt", .init = init, .run = run };
