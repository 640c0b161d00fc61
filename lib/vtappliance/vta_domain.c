/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Domains, in the control thread: region, broker, clients, request queues. */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <rte_random.h>
#include <rte_string_fns.h>

#include "vta_private.h"

#define JOIN_MS 5000 /* for the greeting of a broker */

void
vta_counters_add(struct vta_counters *to, const struct vta_counters *from)
{
	to->tasks += VTA_READ(from->tasks);
	to->completed += VTA_READ(from->completed);
	to->failed += VTA_READ(from->failed);
	to->bytes += VTA_READ(from->bytes);
	to->copied += VTA_READ(from->copied);
	to->invalid += VTA_READ(from->invalid);
	to->doorbells += VTA_READ(from->doorbells);
	to->exec_ns += VTA_READ(from->exec_ns);
	to->canceled += VTA_READ(from->canceled);
	to->timed_out += VTA_READ(from->timed_out);
	to->over_quota += VTA_READ(from->over_quota);
	to->throttled += VTA_READ(from->throttled);
	to->throttled_cycles += VTA_READ(from->throttled_cycles);
}

/* ---- what the broker tells ---- */

static int
peer_admit(void *arg, const struct rte_vtivshmem_peer *peer)
{
	struct vta_domain *dom = arg;

	RTE_SET_USED(peer);
	return dom->removing || dom->failed || dom->app->draining ? -ESHUTDOWN : 0;
}

static void
peer_joined(void *arg, struct rte_vtivshmem_peer *peer)
{
	struct vta_domain *dom = arg;
	struct vta_client *c = &dom->clients[peer->id - 1];

	peer->user = c;
	vta_client_joined(c, peer);
}

static void
peer_left(void *arg, struct rte_vtivshmem_peer *peer)
{
	RTE_SET_USED(arg);
	vta_client_left(peer->user);
}

static void
peer_refused(void *arg, const struct rte_vtivshmem_peer *peer, int why)
{
	struct vta_domain *dom = arg;

	dom->clients_refused++;
	if (why == -EUSERS)
		VTA_DOM_LOG(NOTICE, dom, "domain %s: process %d is refused, there are %u clients already",
			dom->name, peer->pid, dom->geom.conf.nb_clients - dom->geom.conf.nb_plain);
	else
		VTA_DOM_LOG(NOTICE, dom, "domain %s: process %d of user %d and group %d is refused: %s", dom->name,
			peer->pid, (int)peer->uid, (int)peer->gid, rte_strerror(-why));
}

static const struct rte_vtivshmem_server_ops server_ops = {
	.admit = peer_admit,
	.joined = peer_joined,
	.left = peer_left,
	.refused = peer_refused,
};

/* By the first len characters of a text. The control thread, or under the lock. */
struct vta_domain *
vta_domain_find(const struct rte_vtappliance *app, const char *name, size_t len)
{
	struct vta_domain *dom;

	TAILQ_FOREACH(dom, &app->domains, link)
		if (strlen(dom->name) == len && strncmp(dom->name, name, len) == 0)
			return dom;
	return NULL;
}

/* ---- making one ---- */

static int
check_name(const struct rte_vtappliance *app, const char *name)
{
	const size_t size = sizeof(((struct vta_domain *)0)->name);
	size_t i;

	if (name == NULL || name[0] == '\0' || strlen(name) >= size) {
		VTA_LOG(ERR, "domain name '%s' is empty or has more than %zu characters",
			name == NULL ? "" : name, size - 1);
		return -EINVAL;
	}
	for (i = 0; name[i] != '\0'; i++) {
		if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_') {
			VTA_LOG(ERR, "domain name '%s': only letters, digits, '-' and '_'", name);
			return -EINVAL;
		}
	}
	if (rte_vtappliance_domain_exists(app, name)) {
		VTA_LOG(ERR, "domain %s exists already", name);
		return -EEXIST;
	}
	if (app->nb_domains == VTA_MAX_DOMAINS) {
		VTA_LOG(ERR, "domain %s is one more than %u, which DPDK's memory segment lists"
			" allow in one process", name, VTA_MAX_DOMAINS);
		return -ENOSPC;
	}
	return 0;
}

static int
make_queues(struct vta_domain *dom)
{
	const struct rte_vtregion_geom *g = &dom->geom;
	struct rte_vtappliance *app = dom->app;
	uint32_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < dom->nb_queues; i++) {
		struct vta_queue *q = &dom->queues[i];

		q->dom = dom;
		q->index = i;
		vta_gate_init(&q->gate, &dom->limits.rates);
		/* The queues of domains with a single one are spread. */
		q->poller = &app->pollers[dom->nb_queues > 1 ? i :
			app->serial % app->conf.nb_pollers];
		if (g->conf.layout == RTE_VTREGION_THREAD)
			ret = vta_ready_init(q);
		else
			rte_vtregion_cons_init(&q->cons, rte_vtregion_rq_ring(dom->mem.base, g, i,
				q->gen % g->nb_instances), g->conf.rq_depth, 0);
	}
	app->serial++;
	return ret;
}

static int
make_clients(struct vta_domain *dom)
{
	const struct rte_vtregion_geom *g = &dom->geom;
	uint32_t i;

	dom->clients = calloc(g->conf.nb_clients, sizeof(*dom->clients));
	dom->qps = calloc(g->nb_qps, sizeof(*dom->qps));
	if (dom->clients == NULL || dom->qps == NULL)
		return -ENOMEM;
	for (i = 0; i < g->conf.nb_clients; i++) {
		struct vta_client *c = &dom->clients[i];

		c->dom = dom;
		c->slot = i;
		c->limited = dom->limits.max_tasks != 0;
		c->timing = dom->app->conf.latency;
		c->arena_off = rte_vtregion_arena(g, i);
		c->arena_len = g->arena_size;
		/* One that knew the slot of an appliance before us must not find its own epoch there. */
		c->epoch = (uint32_t)rte_rand();
		c->next_seq = calloc(g->conf.qps_per_client, sizeof(*c->next_seq));
		if (c->next_seq == NULL)
			return -ENOMEM;
		if (dom->adopted)
			vta_adopt_client(c);
		vta_client_place(c);
		if (dom->pci != NULL)
			vta_client_unseen(c, !vta_bells_ring(dom));
		else if (i >= g->conf.nb_clients - g->conf.nb_plain)
			vta_client_unseen(c, true);
		else
			c->mute = dom->remote && !vta_bells_ring(dom);
	}
	return 0;
}

static void
set_state(struct vta_domain *dom, uint32_t state)
{
	__atomic_store_n(&rte_vtregion_hdr(dom->mem.base)->state, state, __ATOMIC_RELEASE);
}

static int
make_server(struct vta_domain *dom, const struct rte_vtappliance_domain_conf *conf)
{
	struct rte_vtivshmem_server_conf sc = {
		.path = dom->path,
		.mode = conf->mode,
		.uid = conf->uid < 0 ? (uid_t)-1 : (uid_t)conf->uid,
		.gid = conf->gid < 0 ? (gid_t)-1 : (gid_t)conf->gid,
		.users = conf->users,
		.groups = conf->groups,
		.mem_fd = dom->mem.fd,
		.max_peers = dom->geom.conf.nb_clients - dom->geom.conf.nb_plain,
		.nb_vectors = dom->geom.conf.nb_vectors,
		.ops = &server_ops,
		.arg = dom,
	};
	struct epoll_event ev = { .events = EPOLLIN };

	if (sc.max_peers == 0)
		return 0;
	if (dom->server == NULL)
		dom->server = rte_vtivshmem_server_create(&sc);
	if (dom->server == NULL) {
		VTA_LOG(ERR, "domain %s: cannot listen on %s: %s", dom->name, dom->path,
			rte_strerror(rte_errno));
		return -rte_errno;
	}
	ev.data.u64 = vta_event_make(VTA_EV_SERVER, dom);
	if (epoll_ctl(dom->app->epfd, EPOLL_CTL_ADD, rte_vtivshmem_server_fd(dom->server),
			&ev) != 0)
		return -errno;
	return 0;
}

/* Be the appliance of a broker in another process: it has the region. */
static int
join_broker(struct vta_domain *dom, const struct rte_vtappliance_domain_conf *conf)
{
	const struct rte_vtivshmem_join_conf jc = {
		.path = conf->broker,
		.timeout_ms = JOIN_MS,
		.max_peers = conf->nb_clients != 0 ? conf->nb_clients : VTA_DEFAULT_CLIENTS,
		.ops = &server_ops,
		.arg = dom,
	};

	if (rte_strscpy(dom->path, conf->broker, sizeof(dom->path)) < 0)
		return -ENAMETOOLONG;
	dom->server = rte_vtivshmem_server_join(&jc);
	if (dom->server == NULL) {
		VTA_LOG(ERR, "domain %s: cannot join the broker at %s: %s", dom->name, conf->broker,
			rte_strerror(rte_errno));
		return -rte_errno;
	}
	dom->remote = true;
	dom->given = true;
	dom->given_fd = rte_vtivshmem_server_mem_fd(dom->server, &dom->given_size);
	dom->nb_bells = rte_vtivshmem_server_doorbells(dom->server, dom->bells);
	return 0;
}

/* Whether it has clients that do not end with us: it is a broker's, or in a file that guests have without one. */
bool
vta_domain_outlives(const struct vta_domain *dom)
{
	return dom->remote || (dom->mem.file[0] != '\0' && dom->geom.conf.nb_plain != 0);
}

static void
destroy(struct vta_domain *dom)
{
	uint32_t i;

	/* The next one is to find the file. */
	if (dom->app->handing_over && vta_domain_outlives(dom))
		dom->mem.created = false;
	dom->left_alone = dom->remote;
	vta_bells_ignore(dom);
	if (dom->server != NULL) {
		epoll_ctl(dom->app->epfd, EPOLL_CTL_DEL, rte_vtivshmem_server_fd(dom->server),
			NULL);
		/* Their doorbells leave the epoll sets: closing ours would not do it. */
		for (i = 0; dom->clients != NULL && i < dom->geom.conf.nb_clients; i++)
			if (dom->clients[i].peer != NULL)
				rte_vtivshmem_peer_disconnect(dom->server, dom->clients[i].peer);
		rte_vtivshmem_server_free(dom->server);
	}
	vta_region_forget(dom);
	if (dom->mem.base != NULL)
		rte_vtregion_mem_destroy(&dom->mem);
	vta_device_close(dom);
	for (i = 0; dom->clients != NULL && i < dom->geom.conf.nb_clients; i++)
		free(dom->clients[i].next_seq);
	free(dom->clients);
	free(dom->qps);
	for (i = 0; dom->queues != NULL && i < dom->nb_queues; i++)
		vta_ready_free(&dom->queues[i]);
	free(dom->queues);
	vta_flow_free(dom);
	free(dom->gone_hist);
	free(dom);
}

static int
build(struct vta_domain *dom, const struct rte_vtappliance_domain_conf *conf)
{
	int ret;

	rte_strscpy(dom->name, conf->name, sizeof(dom->name));
	dom->id = conf->id;
	if (conf->path != NULL)
		ret = rte_strscpy(dom->path, conf->path, sizeof(dom->path));
	else
		ret = snprintf(dom->path, sizeof(dom->path), "/run/vinetalk/%s.sock", dom->name);
	if (ret < 0 || (size_t)ret >= sizeof(dom->path)) {
		VTA_LOG(ERR, "domain %s: the path has more than %zu characters", dom->name,
			sizeof(dom->path) - 1);
		return -ENAMETOOLONG;
	}
	ret = vta_limit_domain(dom, conf);
	if (ret == 0)
		ret = vta_flow_domain(dom, conf);
	if (ret == 0)
		ret = vta_latency_domain(dom);
	if (ret == 0)
		ret = vta_log_init(dom);
	if (ret != 0)
		return ret;
	if (conf->pci != NULL)
		ret = vta_device_open(dom, conf->pci);
	else if (conf->broker != NULL)
		ret = join_broker(dom, conf);
	if (ret == 0)
		ret = vta_region_make(dom, conf);
	if (ret == 0)
		ret = vta_region_tell(dom);
	if (ret == 0)
		ret = make_queues(dom);
	if (ret == 0)
		ret = make_clients(dom);
	if (ret == 0)
		ret = vta_bells_listen(dom);
	if (ret == 0 && dom->pci == NULL)
		ret = make_server(dom, conf);
	if (ret != 0)
		return ret;
	/* From here on clients may attach; those that a broker told of in its greeting join now. */
	set_state(dom, RTE_VTREGION_OPEN);
	if (dom->remote)
		rte_vtivshmem_server_turn(dom->server);
	vta_adopt_rest(dom);
	return 0;
}

int
rte_vtappliance_domain_add(struct rte_vtappliance *app,
		const struct rte_vtappliance_domain_conf *conf)
{
	struct vta_domain *dom;
	uint32_t i;
	int ret;

	ret = check_name(app, conf->name);
	if (ret != 0)
		return ret;
	dom = calloc(1, sizeof(*dom));
	if (dom == NULL)
		return -ENOMEM;
	dom->app = app;
	dom->mem.fd = -1;
	ret = build(dom, conf);
	if (ret != 0) {
		destroy(dom);
		return ret;
	}
	pthread_mutex_lock(&app->lock);
	TAILQ_INSERT_TAIL(&app->domains, dom, link);
	app->nb_domains++;
	pthread_mutex_unlock(&app->lock);
	for (i = 0; i < dom->nb_queues; i++) {
		dom->queues[i].msg.queue = &dom->queues[i];
		dom->queues[i].msg.item.kind = VTA_QUEUE_ADD;
		vta_control_send(app, dom->queues[i].poller, &dom->queues[i].msg.item);
		dom->nb_queues_live++;
	}
	VTA_LOG(INFO, "domain %s: %s, %" PRIu64 " MiB of %s pages, %u clients of %u queue pairs"
		" and %" PRIu64 " KiB arena, %u request queues", dom->name,
		dom->pci != NULL ? dom->pci->addr : dom->path, dom->mem.size >> 20, dom->mem.huge ? "huge" : "4 KiB", dom->geom.conf.nb_clients,
		dom->geom.conf.qps_per_client, dom->geom.arena_size >> 10, dom->geom.nb_rqs);
	return 0;
}

/* ---- ending one ---- */

static void
close_generations(struct vta_domain *dom)
{
	uint32_t i;

	for (i = 0; i < dom->geom.nb_rqs; i++)
		__atomic_or_fetch(&rte_vtregion_rq(dom->mem.base, &dom->geom, i)->gen,
			RTE_VTREGION_GEN_CLOSED, __ATOMIC_SEQ_CST);
}

static void
detach_all(struct vta_domain *dom, int reason)
{
	uint32_t i;

	for (i = 0; i < dom->geom.conf.nb_clients; i++)
		vta_client_detach(&dom->clients[i], reason);
}

void
vta_domain_fail(struct vta_domain *dom, const char *why)
{
	if (dom->failed || dom->removing)
		return;
	VTA_LOG(ERR, "domain %s: %s; closed, its clients are detached", dom->name, why);
	dom->failed = true;
	close_generations(dom);
	set_state(dom, RTE_VTREGION_CLOSED);
	detach_all(dom, -EPROTO);
}

int
rte_vtappliance_domain_remove(struct rte_vtappliance *app, const char *name)
{
	struct vta_domain *dom;

	TAILQ_FOREACH(dom, &app->domains, link) {
		if (strcmp(dom->name, name) != 0 || dom->removing)
			continue;
		dom->removing = true;
		close_generations(dom);
		set_state(dom, app->handing_over && vta_domain_outlives(dom) ?
			RTE_VTREGION_HANDOVER : RTE_VTREGION_CLOSED);
		detach_all(dom, -ESHUTDOWN);
		return 0;
	}
	VTA_LOG(ERR, "no domain %s to remove", name);
	return -ENOENT;
}

bool
rte_vtappliance_domain_exists(const struct rte_vtappliance *app, const char *name)
{
	return vta_domain_find(app, name, strlen(name)) != NULL;
}

/* Go on with the removal of a domain, which is gone afterwards if nothing is in the way. */
static void
reap(struct vta_domain *dom)
{
	struct rte_vtappliance *app = dom->app;
	uint32_t i;

	if (!dom->removing)
		return;
	for (i = 0; i < dom->nb_queues; i++)
		if (dom->queues[i].quiesce != VTA_QUIET_NOT)
			return;
	for (i = 0; i < dom->geom.conf.nb_clients; i++)
		if (dom->clients[i].state == VTA_CLIENT_ATTACHED ||
				dom->clients[i].state == VTA_CLIENT_STOPPING)
			return;
	if (!dom->queues_asked) {
		dom->queues_asked = true;
		for (i = 0; i < dom->nb_queues; i++) {
			/* Its poller may not have taken the first message yet. */
			dom->queues[i].del_msg.queue = &dom->queues[i];
			dom->queues[i].del_msg.item.kind = VTA_QUEUE_DEL;
			vta_control_send(app, dom->queues[i].poller,
				&dom->queues[i].del_msg.item);
		}
	}
	if (dom->nb_queues_live != 0)
		return;
	TAILQ_REMOVE(&app->domains, dom, link);
	app->nb_domains--;
	vta_counters_add(&app->gone, &dom->gone);
	app->attached += dom->attached;
	app->detached += dom->detached;
	VTA_LOG(INFO, "domain %s: removed", dom->name);
	destroy(dom);
}

/* What goes on over several turns: queues that are quiet, and the removal. Lock held. */
void
vta_domain_turn(struct vta_domain *dom)
{
	uint32_t i;

	for (i = 0; dom->app->nb_mute != 0 && i < dom->geom.conf.nb_clients; i++)
		if (dom->clients[i].mute)
			vta_ctrl_turn(&dom->clients[i]);
	for (i = 0; dom->app->nb_quiescing != 0 && i < dom->nb_queues; i++)
		vta_quiesce_turn(&dom->queues[i]);
	reap(dom);
}

void
vta_domain_drain(struct vta_domain *dom)
{
	close_generations(dom);
	set_state(dom, RTE_VTREGION_DRAINING);
	dom->drain_since = vta_now_ms();
}

static bool
is_consumed(const struct rte_vtregion_cons *cons)
{
	return __atomic_load_n(cons->prod_tail, __ATOMIC_ACQUIRE) ==
		__atomic_load_n(cons->cons_tail, __ATOMIC_RELAXED);
}

static bool
own_queues_consumed(const struct vta_client *c)
{
	uint32_t i;

	for (i = 0; c->queue->ready != NULL && !c->violated && i < c->nb_qps; i++)
		if (!is_consumed(&c->qps[i].cons))
			return false;
	return true;
}

bool
vta_domain_drained(const struct vta_domain *dom)
{
	uint32_t i;

	/* Producers of their own queues do not fence between `inside` and the generation. */
	if (dom->queues[0].ready != NULL && vta_now_ms() - dom->drain_since < VTA_GRACE_MS)
		return false;
	for (i = 0; i < dom->nb_queues; i++) {
		const struct vta_queue *q = &dom->queues[i];

		if (q->quiesce != VTA_QUIET_NOT || (q->ready == NULL && !q->broken &&
				!is_consumed(&q->cons)))
			return false;
	}
	for (i = 0; i < dom->geom.conf.nb_clients; i++) {
		const struct vta_client *c = &dom->clients[i];

		if (c->state == VTA_CLIENT_ATTACHED && (VTA_READ(c->in_flight) != 0 ||
				vta_client_inside(c) || !own_queues_consumed(c)))
			return false;
	}
	return true;
}

void
vta_domain_beat(struct vta_domain *dom)
{
	struct rte_vtregion_hdr *hdr = rte_vtregion_hdr(dom->mem.base);
	const uint64_t now = vta_now_ms();
	uint32_t i;

	__atomic_store_n(&hdr->heartbeat, hdr->heartbeat + 1, __ATOMIC_RELAXED);
	if (__atomic_load_n(&dom->mem.lost, __ATOMIC_RELAXED) != 0)
		vta_domain_fail(dom, "its memory vanished");
	vta_limit_domain_beat(dom);
	/* A doorbell may have been lost, or there is none. */
	for (i = 0; i < dom->geom.conf.nb_clients; i++) {
		vta_client_beat(&dom->clients[i], now);
		vta_limit_beat(&dom->clients[i]);
		vta_ctrl_turn(&dom->clients[i]);
	}
}
