/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_random.h>
#include <rte_ring.h>

#include "hostile_appliance.h"

#define CLIENTS 4
#define QPS 2
#define DEPTH 64
#define THINGS 3 /* accelerators, and procedures */

/* ---- the broker ---- */

static void
joined(void *arg, struct rte_vtivshmem_peer *peer)
{
	struct hostile_appliance *a = arg;

	a->peers[peer->id % RTE_DIM(a->peers)] = peer;
}

static void
left(void *arg, struct rte_vtivshmem_peer *peer)
{
	struct hostile_appliance *a = arg;

	a->peers[peer->id % RTE_DIM(a->peers)] = NULL;
	rte_vtivshmem_peer_release(a->srv, peer);
}

static const struct rte_vtivshmem_server_ops ops = { .joined = joined, .left = left };

int
hostile_appliance_open(struct hostile_appliance *a, const char *path, uint32_t layout)
{
	return hostile_appliance_open_file(a, path, layout, NULL);
}

int
hostile_appliance_open_file(struct hostile_appliance *a, const char *path, uint32_t layout, const char *file)
{
	const struct rte_vtregion_conf conf = { .layout = layout, .nb_clients = CLIENTS,
		.qps_per_client = QPS, .rq_depth = DEPTH, .cq_depth = DEPTH };
	struct rte_vtivshmem_server_conf sc = { .path = path, .uid = (uid_t)-1, .gid = (gid_t)-1,
		.max_peers = CLIENTS, .nb_vectors = 2, .ops = &ops, .arg = a };
	int ret;

	memset(a, 0, sizeof(*a));
	ret = rte_vtregion_plan(&conf, 0, &a->geom);
	if (ret != 0)
		return ret;
	a->fd = file == NULL ? memfd_create("hostile", MFD_CLOEXEC) :
		open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (a->fd < 0 || ftruncate(a->fd, (off_t)a->geom.conf.size) != 0)
		return -errno;
	a->base = mmap(NULL, a->geom.conf.size, PROT_READ | PROT_WRITE, MAP_SHARED, a->fd, 0);
	if (a->base == MAP_FAILED)
		return -errno;
	ret = rte_vtregion_format(a->base, &a->geom);
	rte_vtregion_hdr(a->base)->state = RTE_VTREGION_OPEN;
	rte_vtregion_hdr(a->base)->heartbeat_ms = 1000;
	a->right = *rte_vtregion_hdr(a->base);
	sc.mem_fd = a->fd;
	a->srv = ret == 0 ? rte_vtivshmem_server_create(&sc) : NULL;
	return ret != 0 ? ret : a->srv == NULL ? -rte_errno : 0;
}

void
hostile_appliance_close(struct hostile_appliance *a)
{
	if (a->srv != NULL)
		rte_vtivshmem_server_free(a->srv);
	if (a->base != NULL && a->base != MAP_FAILED)
		munmap(a->base, a->geom.conf.size);
	if (a->fd >= 0)
		close(a->fd);
}

/* ---- acts ---- */

static bool
lies(const struct hostile_appliance *a)
{
	return rte_rand_max(1000) < a->lies;
}

static uint64_t
nasty(void)
{
	static const uint64_t known[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff, UINT64_MAX };

	if (rte_rand_max(2) == 0)
		return known[rte_rand_max(RTE_DIM(known))];
	return rte_rand_max(2) == 0 ? rte_rand() : rte_rand_max(70000);
}

static uint32_t
word(const struct hostile_appliance *a, uint32_t right)
{
	return lies(a) ? (uint32_t)nasty() : right;
}

static void
attach(struct hostile_appliance *a, struct rte_vtregion_slot *slot, uint32_t index)
{
	struct rte_vtregion_qp *qp = rte_vtregion_qp(a->base, &a->geom, index * QPS);
	uint32_t i;

	slot->epoch = word(a, slot->epoch + 1);
	slot->nb_qps = word(a, QPS);
	slot->poller = word(a, 0);
	slot->rq = word(a, 0);
	slot->nb_vectors = word(a, 2);
	slot->data_vector = word(a, RTE_VTREGION_VECTOR_DATA);
	slot->heartbeat_ms = word(a, a->heartbeat_ms);
	for (i = 0; i < QPS; i++) {
		qp[i].active = word(a, slot->epoch);
		qp[i].resume_seq = word(a, 0);
		rte_vtregion_cq_ring_init(a->base, &a->geom, index * QPS + i);
		if (a->geom.conf.layout == RTE_VTREGION_THREAD)
			rte_vtregion_rq_ring_init(a->base, &a->geom, index * QPS + i, 0);
	}
	if (a->geom.conf.layout != RTE_VTREGION_THREAD) {
		for (i = 0; i < a->geom.nb_instances; i++)
			rte_vtregion_rq_ring_init(a->base, &a->geom, 0, i);
		rte_vtregion_rq(a->base, &a->geom, 0)->gen = word(a, 0);
	}
	__atomic_store_n(&slot->state, word(a, RTE_VTREGION_SLOT_ATTACHED), __ATOMIC_RELEASE);
}

static void
answer(struct hostile_appliance *a, uint32_t index)
{
	struct rte_vtregion_slot *slot = rte_vtregion_slot(a->base, &a->geom, index);
	const uint32_t seq = __atomic_load_n(&slot->req_seq, __ATOMIC_ACQUIRE);
	const uint64_t one = 1;
	uint32_t i;

	if (seq == slot->rep_seq)
		return;
	memset(&slot->rep, 0, sizeof(slot->rep));
	if (slot->req.op == RTE_VTREGION_CTRL_ATTACH)
		attach(a, slot, index);
	if (slot->req.op == RTE_VTREGION_CTRL_DETACH)
		slot->state = RTE_VTREGION_SLOT_FREE;
	slot->rep.id = word(a, 0);
	slot->rep.count = word(a, 3);
	slot->rep.type = word(a, RTE_VINETALK_ACCEL_CPU);
	slot->rep.state = word(a, 0);
	slot->rep.status = (int32_t)word(a, 0);
	if ((slot->req.op == RTE_VTREGION_CTRL_ACCEL_INFO || slot->req.op == RTE_VTREGION_CTRL_PROC_INFO) &&
			slot->req.id >= THINGS && !a->endless)
		slot->rep.status = -ENOENT;
	if (a->status != 0 && slot->req.op != RTE_VTREGION_CTRL_ATTACH)
		slot->rep.status = a->status;
	if (lies(a)) {
		for (i = 0; i < sizeof(slot->rep); i++)
			((uint8_t *)&slot->rep)[i] = (uint8_t)rte_rand();
		slot->rep.status = 0;
	}
	if (a->edit != NULL)
		a->edit(a, slot);
	__atomic_store_n(&slot->rep_seq, seq, __ATOMIC_RELEASE);
	a->answers++;
	if (a->peers[index + 1] != NULL)
		(void)!write(a->peers[index + 1]->to_client[0], &one, sizeof(one));
}

/* Complete what stands in a request ring, as it says itself. */
static void
complete(struct hostile_appliance *a, uint32_t rq)
{
	const uint32_t mask = DEPTH - 1;
	struct rte_ring *r, *cq;
	struct rte_vinetalk_task *t;
	struct rte_vinetalk_completion *c;
	uint32_t i, gen, qp;

	gen = rte_vtregion_rq(a->base, &a->geom, rq)->gen;
	r = rte_vtregion_rq_ring(a->base, &a->geom, rq, gen % a->geom.nb_instances);
	for (i = 0; i < DEPTH && r->cons.tail != __atomic_load_n(&r->prod.tail, __ATOMIC_ACQUIRE); i++) {
		t = (struct rte_vinetalk_task *)(r + 1) + (r->cons.tail & mask);
		qp = (t->qp_seq >> 16) % a->geom.nb_qps;
		cq = rte_vtregion_cq_ring(a->base, &a->geom, qp);
		c = (struct rte_vinetalk_completion *)(cq + 1) + (cq->prod.tail & mask);
		c->cookie = t->cookie;
		c->qp_seq = word(a, t->qp_seq);
		c->status = (int32_t)word(a, 0);
		r->cons.head = r->cons.tail + 1;
		__atomic_store_n(&r->cons.tail, r->cons.tail + 1, __ATOMIC_RELEASE);
		cq->prod.head = cq->prod.tail + 1;
		__atomic_store_n(&cq->prod.tail, word(a, cq->prod.tail + 1), __ATOMIC_RELEASE);
		a->completions++;
	}
}

/* A ring that somebody uses. */
static struct rte_ring *
ring_in_use(struct hostile_appliance *a)
{
	const uint32_t slot = (uint32_t)rte_rand_max(CLIENTS);
	const bool own = a->geom.conf.layout == RTE_VTREGION_THREAD;

	return rte_rand_max(2) == 0 ? rte_vtregion_cq_ring(a->base, &a->geom, slot * QPS) :
		rte_vtregion_rq_ring(a->base, &a->geom, own ? slot * QPS : 0, 0);
}

/* A word of its header, mostly one that counts. */
static uint8_t *
ring_word(struct hostile_appliance *a)
{
	static const size_t count[] = { offsetof(struct rte_ring, size), offsetof(struct rte_ring, mask),
		offsetof(struct rte_ring, capacity), offsetof(struct rte_ring, prod),
		offsetof(struct rte_ring, cons), offsetof(struct rte_ring, rts_prod.htd_max),
		offsetof(struct rte_ring, rts_prod.head) };

	return (uint8_t *)ring_in_use(a) + (rte_rand_max(4) != 0 ? count[rte_rand_max(RTE_DIM(count))] :
		rte_rand_max(sizeof(struct rte_ring)) & ~7U);
}

/* One that is far larger than it is, and in use where there is nothing of it. */
static void
ring_move(struct hostile_appliance *a)
{
	struct rte_ring *r = ring_in_use(a);
	const uint32_t at = (uint32_t)rte_rand();

	r->size = 1U << 31;
	r->mask = r->size - 1;
	r->capacity = r->mask;
	r->cons.head = at;
	r->cons.tail = at;
	r->prod.head = at + (uint32_t)rte_rand_max(8);
	r->rts_prod.head.val.pos = r->prod.head;
	__atomic_store_n(&r->prod.tail, r->prod.head, __ATOMIC_RELEASE);
}

/* A word that is not its to change, or one that it should not change so; mostly for a moment. */
static void
spoil(struct hostile_appliance *a)
{
	const uint32_t size = 1U << rte_rand_max(4);
	const uint64_t bad = nasty();
	uint64_t was;
	uint8_t *at;

	a->spoiled++;
	if (rte_rand_max(16) == 0)
		*rte_vtregion_hdr(a->base) = a->right; /* or nobody would ever attach again */
	if (a->rings && rte_rand_max(4) == 0) {
		ring_move(a);
		return;
	}
	at = a->rings ? ring_word(a) : a->base + (rte_rand_max(a->geom.off_rq_rings) & ~7U);
	memcpy(&was, at, size);
	memcpy(at, &bad, size);
	if (rte_rand_max(4) != 0) {
		usleep((useconds_t)rte_rand_max(200));
		memcpy(at, &was, size);
	}
}

/* Its doorbells, for all of their clients: the counter is full, and who writes waits. */
static void
block(struct hostile_appliance *a)
{
	const uint64_t full = UINT64_MAX - 1;
	struct rte_vtivshmem_peer *peer;
	uint32_t i, v;

	for (i = 0; i < a->geom.conf.nb_pollers; i++)
		rte_vtregion_poller(a->base, &a->geom, i)->parked = 1;
	for (i = 0; i < RTE_DIM(a->peers); i++) {
		peer = a->peers[i];
		for (v = 0; peer != NULL && v < peer->nb_vectors; v++) {
			struct pollfd room = { .fd = peer->to_server[v], .events = POLLOUT };

			if (poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0)
				continue;
			fcntl(peer->to_server[v], F_SETFL, O_RDWR | O_NONBLOCK);
			(void)!write(peer->to_server[v], &full, sizeof(full));
			/* A ring that came in between. */
			(void)!write(peer->to_server[v], &(uint64_t){ full - 1 }, sizeof(full));
			fcntl(peer->to_server[v], F_SETFL, O_RDWR);
			a->blocked++;
		}
	}
}

/* What stands in its rings. */
static uint32_t
pending(struct hostile_appliance *a)
{
	uint32_t i, nb = 0;
	struct rte_ring *r;

	for (i = 0; i < a->geom.nb_rqs; i++) {
		r = rte_vtregion_rq_ring(a->base, &a->geom, i,
			rte_vtregion_rq(a->base, &a->geom, i)->gen % a->geom.nb_instances);
		nb += __atomic_load_n(&r->prod.tail, __ATOMIC_ACQUIRE) - r->cons.tail;
	}
	return nb;
}

static void
turn(struct hostile_appliance *a)
{
	uint32_t i;

	for (i = 0; i < CLIENTS; i++)
		answer(a, i);
	for (i = 0; i < a->geom.nb_rqs && !a->idle; i++)
		complete(a, i);
	rte_vtregion_hdr(a->base)->heartbeat++;
	if ((a->words || a->rings) && lies(a))
		spoil(a);
	if (a->block)
		block(a);
	if (a->vanish != NULL && pending(a) >= a->vanish_at) {
		a->vanished = true;
		a->vanish(a);
	}
}

static void *
act_main(void *arg)
{
	struct hostile_appliance *a = arg;

	while (__atomic_load_n(&a->stop, __ATOMIC_RELAXED) == 0) {
		rte_vtivshmem_server_turn(a->srv);
		if (!a->vanished)
			turn(a);
		usleep(20);
	}
	return NULL;
}

int
hostile_appliance_act(struct hostile_appliance *a)
{
	__atomic_store_n(&a->stop, 0, __ATOMIC_RELAXED);
	return -pthread_create(&a->thread, NULL, act_main, a);
}

void
hostile_appliance_stop(struct hostile_appliance *a)
{
	__atomic_store_n(&a->stop, 1, __ATOMIC_RELAXED);
	pthread_join(a->thread, NULL);
}
