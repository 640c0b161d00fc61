/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The appliance: life, and the turns of the control thread. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "vta_private.h"

#define FREE_TIMEOUT_MS 10000

RTE_LOG_REGISTER(vta_logtype, lib.vinetalk.appliance, INFO);

/* ---- life ---- */

static int
check_conf(struct rte_vtappliance_conf *c)
{
	if (c->nb_pollers == 0)
		c->nb_pollers = 1;
	if (c->spins == 0)
		c->spins = 1000;
	if (c->pauses == 0)
		c->pauses = 1000;
	if (c->umwaits == 0)
		c->umwaits = 50;
	if (c->park_ms == 0)
		c->park_ms = 100;
	if (c->budget == 0)
		c->budget = 32;
	if (c->detach_ms == 0)
		c->detach_ms = 500;
	if (c->heartbeat_ms == 0)
		c->heartbeat_ms = 3000;
	if (c->probe_ms == 0)
		c->probe_ms = 1000;
	if (c->ahead_us == 0)
		c->ahead_us = 100;
	if (c->sched == NULL)
		c->sched = "rr";
	if (c->nb_pollers > RTE_VTREGION_MAX_POLLERS) {
		VTA_LOG(ERR, "%u pollers are more than %u", c->nb_pollers, RTE_VTREGION_MAX_POLLERS);
		return -EINVAL;
	}
	if (c->idle > RTE_VTAPPLIANCE_IDLE_INTERRUPT) {
		VTA_LOG(ERR, "idle mode %u is unknown", c->idle);
		return -EINVAL;
	}
	if (c->park_ms < 10 || c->park_ms > 10000) {
		VTA_LOG(ERR, "park_ms %u is not in 10..10000", c->park_ms);
		return -EINVAL;
	}
	if (c->heartbeat_ms < 5 * VTA_BEAT_MS) {
		VTA_LOG(ERR, "heartbeat_ms %u is less than %u", c->heartbeat_ms, 5 * VTA_BEAT_MS);
		return -EINVAL;
	}
	if (c->probe_ms > VTA_MAX_PROBE_MS) {
		VTA_LOG(ERR, "probe_ms %u is more than %u", c->probe_ms, VTA_MAX_PROBE_MS);
		return -EINVAL;
	}
	if (c->budget > VTA_MAX_BUDGET) {
		VTA_LOG(ERR, "budget %u is more than %u", c->budget, VTA_MAX_BUDGET);
		return -EINVAL;
	}
	return 0;
}

/* Others may have taken all the room that the kernel has for it, and give it back. */
static int
ring_open(struct rte_vtappliance *app)
{
	const int ret = vta_ring_open();

	app->unrung = ret == -EAGAIN;
	if (ret != 0)
		VTA_LOG(ERR, "no asynchronous requests for doorbells, io_setup: %s%s", rte_strerror(-ret),
			ret == -EAGAIN ? "; clients that sleep look by time until fs.aio-max-nr permits some" : "");
	return app->unrung ? 0 : ret;
}

static int
init(struct rte_vtappliance *app)
{
	struct epoll_event ev = { .events = EPOLLIN };
	char name[RTE_RING_NAMESIZE];
	uint32_t i;
	int ret;

	ret = vta_sched_choose(app, app->conf.sched);
	if (ret != 0)
		return ret;
	app->pollers = aligned_alloc(RTE_CACHE_LINE_SIZE,
		app->conf.nb_pollers * sizeof(*app->pollers));
	app->out = calloc(app->conf.nb_pollers, sizeof(*app->out));
	/* Whatever fails below, all of them are ended. */
	for (i = 0; app->pollers != NULL && i < app->conf.nb_pollers; i++) {
		memset(&app->pollers[i], 0, sizeof(*app->pollers));
		app->pollers[i].epfd = app->pollers[i].wakefd = -1;
	}
	if (app->pollers == NULL || app->out == NULL)
		return -ENOMEM;
	snprintf(name, sizeof(name), "vta_in_%p", (void *)app);
	app->inbox = rte_ring_create(name, VTA_INBOX, SOCKET_ID_ANY, RING_F_SC_DEQ);
	if (app->inbox == NULL)
		return -ENOMEM;
	app->wakefd = vta_eventfd();
	app->epfd = epoll_create1(EPOLL_CLOEXEC);
	ev.data.u64 = vta_event_make(VTA_EV_WAKE, NULL);
	if (app->wakefd < 0 || app->epfd < 0 ||
			epoll_ctl(app->epfd, EPOLL_CTL_ADD, app->wakefd, &ev) != 0)
		return -errno;
	vta_ringer_init(&app->ringer, app->wakefd);
	ret = ring_open(app);
	if (ret != 0)
		return ret;
	for (i = 0; i < app->conf.nb_pollers; i++) {
		STAILQ_INIT(&app->out[i].waiting);
		ret = vta_poller_init(app, i);
		if (ret != 0)
			return ret;
	}
	return rte_vtregion_mem_sigbus_install();
}

struct rte_vtappliance *
rte_vtappliance_create(const struct rte_vtappliance_conf *conf)
{
	struct rte_vtappliance *app;
	int ret = vta_sched_error();

	if (ret != 0) {
		VTA_LOG(ERR, "a scheduler could not be registered: %s", rte_strerror(-ret));
		rte_errno = -ret;
		return NULL;
	}
	app = calloc(1, sizeof(*app));
	if (app == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	app->conf = *conf;
	app->epfd = app->wakefd = -1;
	TAILQ_INIT(&app->domains);
	pthread_mutex_init(&app->lock, NULL);
	ret = check_conf(&app->conf);
	if (ret == 0)
		ret = init(app);
	if (ret != 0) {
		rte_vtappliance_free(app);
		rte_errno = -ret;
		return NULL;
	}
	app->umwait = app->conf.idle == RTE_VTAPPLIANCE_IDLE_ADAPTIVE && vta_umwait_possible();
	if (app->umwait)
		VTA_LOG(INFO, "idle pollers use UMWAIT before they park");
	vta_telemetry_attach(app);
	return app;
}

/* Take the domains down with everything that runs in them. The pollers' loops have ended. */
static void
end_domains(struct rte_vtappliance *app)
{
	const uint64_t deadline = vta_now_ms() + FREE_TIMEOUT_MS;
	struct vta_domain *dom;
	uint32_t i;

	app->ending = true;
	/* What the engines still have comes back as cancelled. */
	for (i = 0; i < app->nb_accels; i++)
		rte_vtaccel_stop(app->accels[i].dev);
	TAILQ_FOREACH(dom, &app->domains, link)
		if (!dom->removing)
			rte_vtappliance_domain_remove(app, dom->name);
	while (!TAILQ_EMPTY(&app->domains)) {
		for (i = 0; i < app->conf.nb_pollers; i++)
			rte_vtappliance_poll(app, i, 0);
		rte_vtappliance_control(app, 0);
		if (vta_now_ms() > deadline) {
			VTA_LOG(ERR, "%u domains did not end within %u ms: their memory is left",
				app->nb_domains, FREE_TIMEOUT_MS);
			break;
		}
	}
}

void
rte_vtappliance_free(struct rte_vtappliance *app)
{
	uint32_t i;

	if (app == NULL)
		return;
	vta_telemetry_detach(app);
	end_domains(app);
	for (i = 0; i < app->nb_accels; i++) {
		rte_vtaccel_remove(app->accels[i].dev);
		vta_flow_accel_free(app, &app->accels[i]);
	}
	if (app->pollers != NULL)
		for (i = 0; i < app->conf.nb_pollers; i++)
			vta_poller_fini(&app->pollers[i]);
	if (app->epfd >= 0)
		close(app->epfd);
	if (app->wakefd >= 0)
		close(app->wakefd);
	rte_ring_free(app->inbox);
	pthread_mutex_destroy(&app->lock);
	free(app->out);
	free(app->pollers);
	free(app);
}

int
rte_vtappliance_accel_add(struct rte_vtappliance *app, const char *devargs)
{
	struct vta_accel *a = &app->accels[app->nb_accels];
	int ret;

	if (app->started) {
		VTA_LOG(ERR, "accelerator %s: the appliance has started", devargs);
		return -EBUSY;
	}
	if (app->nb_accels == VTA_MAX_ACCELS) {
		VTA_LOG(ERR, "accelerator %s is one more than %u", devargs, VTA_MAX_ACCELS);
		return -ENOSPC;
	}
	memset(a, 0, sizeof(*a));
	a->index = app->nb_accels;
	ret = rte_vtaccel_probe(devargs, &a->dev);
	if (ret != 0)
		return ret;
	ret = vta_regions_tell(app, a);
	if (ret != 0) {
		rte_vtaccel_remove(a->dev);
		return ret;
	}
	app->nb_accels++;
	ret = vta_accel_init(app, a);
	if (ret == 0)
		ret = vta_proc_scan(app, a);
	return ret;
}

int
rte_vtappliance_start(struct rte_vtappliance *app)
{
	uint32_t i;
	int ret;

	if (app->started)
		return -EALREADY;
	if (app->nb_accels == 0) {
		VTA_LOG(ERR, "no accelerator");
		return -EINVAL;
	}
	for (i = 0; i < app->nb_accels; i++) {
		ret = rte_vtaccel_start(app->accels[i].dev);
		if (ret != 0) {
			VTA_LOG(ERR, "accelerator %s does not start: %s",
				app->accels[i].dev->name, rte_strerror(-ret));
			return ret;
		}
	}
	app->started = true;
	return 0;
}

/* ---- the control thread's turn ---- */

static void
receive(struct rte_vtappliance *app, struct vta_item *item)
{
	struct vta_msg *msg = container_of(item, struct vta_msg, item);
	struct vta_accel *a;

	switch (item->kind) {
	case VTA_QUEUE_DEL:
		msg->queue->dom->nb_queues_live--;
		break;
	case VTA_CLIENT_STOP:
		vta_client_stopped(msg->client);
		break;
	case VTA_VACCEL_STOP:
		vta_ctrl_vaccel_stopped(msg->client, msg);
		break;
	case VTA_TASK_CANCELED:
		vta_ctrl_task_canceled(msg->client, msg);
		break;
	case VTA_QUEUE_SALVAGE:
		vta_quiesce_salvaged(msg->queue);
		break;
	case VTA_VIOLATION:
		if (msg->client == NULL) {
			vta_domain_fail(msg->queue->dom, "a request ring has an impossible index");
		} else if (msg->client->state == VTA_CLIENT_ATTACHED) {
			VTA_DOM_LOG(ERR, msg->client->dom, "domain %s, client %u (%s, pid %d): %s;"
				" detached",
				msg->client->dom->name, msg->client->slot + 1, msg->client->name,
				msg->client->pid, msg->client->violation == -EDQUOT ?
				"more tasks in flight than its completion ring holds" :
				"one of its rings has an impossible index");
			vta_client_detach(msg->client, msg->client->violation);
		}
		break;
	case VTA_FENCE:
		app->nb_fences--;
		break;
	case VTA_ACCEL_PROBE:
		a = container_of(item, struct vta_accel, probe);
		a->probed = rte_vtaccel_recover(a->dev);
		vta_control_send(app, a->home, item);
		break;
	case VTA_LANE_LEAVE:
	case VTA_LANE_LAST:
	case VTA_TASK_RETURN:
	case VTA_LANE_LEFT:
	case VTA_TASK_SUBMIT:
	case VTA_TASK_DONE:
	case VTA_TASK_EXPIRED:
	case VTA_LANE_CLOSE:
	case VTA_LANE_GONE:
	case VTA_QUEUE_ADD:
	case VTA_TASK_CANCEL:
		break;
	}
}

static void
beat(struct rte_vtappliance *app)
{
	const uint64_t now = vta_now_ms();
	struct vta_domain *dom;

	if (now < app->next_beat)
		return;
	app->next_beat = now + VTA_BEAT_MS;
	if (unlikely(app->unrung) && vta_ring_open() == 0) {
		app->unrung = false;
		VTA_LOG(INFO, "there are asynchronous requests: doorbells are rung");
	}
	/* Engines bring libraries along that have handlers of their own: compilers, for one. */
	rte_vtregion_mem_sigbus_install();
	TAILQ_FOREACH(dom, &app->domains, link)
		vta_domain_beat(dom);
}

static int
handle_events(struct rte_vtappliance *app, const struct epoll_event *ev, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		void *ptr = (void *)(uintptr_t)(ev[i].data.u64 >> 2);

		switch ((enum vta_event)(ev[i].data.u64 & 3)) {
		case VTA_EV_WAKE:
			vta_eventfd_drain(app->wakefd);
			break;
		case VTA_EV_SERVER:
			rte_vtivshmem_server_turn(((struct vta_domain *)ptr)->server);
			break;
		case VTA_EV_CLIENT:
			vta_ctrl_turn(ptr);
			break;
		case VTA_EV_DOMAIN:
			vta_ctrl_turn_all(ptr);
			break;
		}
	}
	return n;
}

int
rte_vtappliance_control(struct rte_vtappliance *app, int timeout_ms)
{
	struct epoll_event ev[32];
	struct vta_item *items[64];
	struct vta_domain *dom, *tmp;
	uint32_t i, n;
	int ret;

	if (timeout_ms < 0 || timeout_ms > VTA_BEAT_MS)
		timeout_ms = VTA_BEAT_MS;
	if (app->nb_quiescing != 0)
		timeout_ms = RTE_MIN(timeout_ms, 1);
	else if (app->nb_mute != 0)
		timeout_ms = RTE_MIN(timeout_ms, VTA_BLIND_MS);
	__atomic_store_n(&app->sleeping, 1, __ATOMIC_RELAXED);
	/* Pairs with the fence of a sender: see vta_mail.c. */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	ret = epoll_wait(app->epfd, ev, RTE_DIM(ev), rte_ring_empty(app->inbox) ? timeout_ms : 0);
	__atomic_store_n(&app->sleeping, 0, __ATOMIC_RELAXED);
	if (ret < 0)
		return errno == EINTR ? 0 : -errno;
	pthread_mutex_lock(&app->lock);
	handle_events(app, ev, ret);
	n = rte_ring_sc_dequeue_burst(app->inbox, (void **)items, RTE_DIM(items), NULL);
	for (i = 0; i < n; i++)
		receive(app, items[i]);
	vta_control_flush_waiting(app);
	beat(app);
	for (dom = TAILQ_FIRST(&app->domains); dom != NULL; dom = tmp) {
		tmp = TAILQ_NEXT(dom, link);
		vta_domain_turn(dom);
	}
	pthread_mutex_unlock(&app->lock);
	return ret + (int)n;
}

int
rte_vtappliance_control_fd(const struct rte_vtappliance *app)
{
	return app->epfd;
}

static void
send_fences(struct rte_vtappliance *app)
{
	uint32_t i;

	for (i = 0; i < app->conf.nb_pollers; i++) {
		app->pollers[i].fence_msg.item.kind = VTA_FENCE;
		vta_control_send(app, &app->pollers[i], &app->pollers[i].fence_msg.item);
	}
	app->nb_fences = app->conf.nb_pollers;
}

/*
 * Whether nothing is left in the rings or in flight. Between taking a request off its ring and counting it
 * a poller is not seen to have it: so it is asked twice, with a turn of each poller in between.
 */
static bool
is_drained(struct rte_vtappliance *app)
{
	struct vta_domain *dom;

	if (app->nb_fences != 0)
		return false;
	TAILQ_FOREACH(dom, &app->domains, link) {
		if (!vta_domain_drained(dom)) {
			app->fenced = false;
			return false;
		}
	}
	if (app->fenced)
		return true;
	app->fenced = true;
	send_fences(app);
	return false;
}

int
rte_vtappliance_drain(struct rte_vtappliance *app, int timeout_ms)
{
	struct vta_domain *dom;
	int ret;

	if (!app->draining) {
		app->draining = true;
		app->drain_deadline = vta_now_ms() + (uint64_t)timeout_ms;
		TAILQ_FOREACH(dom, &app->domains, link)
			if (!dom->failed && !dom->removing)
				vta_domain_drain(dom);
	}
	ret = rte_vtappliance_control(app, 1);
	if (ret < 0)
		return ret;
	if (is_drained(app))
		return 0;
	if (vta_now_ms() < app->drain_deadline)
		return -EAGAIN;
	VTA_LOG(WARNING, "tasks were still in flight after %d ms", timeout_ms);
	return -ETIMEDOUT;
}

uint32_t
rte_vtappliance_hand_over(struct rte_vtappliance *app)
{
	const struct vta_domain *dom;
	uint32_t nb = 0;

	app->handing_over = true;
	TAILQ_FOREACH(dom, &app->domains, link)
		nb += vta_domain_outlives(dom) && !dom->failed && !dom->removing;
	return nb;
}

/* ---- figures ---- */

void
rte_vtappliance_stats_get(struct rte_vtappliance *app, struct rte_vtappliance_stats *stats)
{
	struct vta_counters sum;
	struct vta_domain *dom;
	uint32_t i;

	memset(stats, 0, sizeof(*stats));
	pthread_mutex_lock(&app->lock);
	sum = app->gone;
	stats->attached = app->attached;
	stats->detached = app->detached;
	TAILQ_FOREACH(dom, &app->domains, link) {
		vta_counters_add(&sum, &dom->gone);
		stats->attached += dom->attached;
		stats->detached += dom->detached;
		for (i = 0; i < dom->geom.conf.nb_clients; i++) {
			vta_counters_add(&sum, &dom->clients[i].cnt);
			stats->clients += dom->clients[i].state == VTA_CLIENT_ATTACHED;
		}
	}
	pthread_mutex_unlock(&app->lock);
	stats->tasks = sum.tasks;
	stats->completed = sum.completed;
	stats->failed = sum.failed;
	stats->bytes = sum.bytes;
	stats->copied = sum.copied;
	stats->canceled = sum.canceled;
	stats->timed_out = sum.timed_out;
	stats->over_quota = sum.over_quota;
	stats->throttled = sum.throttled;
}

int
rte_vtappliance_poller_stats_get(struct rte_vtappliance *app, unsigned int poller,
		struct rte_vtappliance_poller_stats *stats)
{
	const struct rte_vtappliance_poller_stats *s;

	if (poller >= app->conf.nb_pollers)
		return -EINVAL;
	s = &app->pollers[poller].stats;
	stats->turns = VTA_READ(s->turns);
	stats->busy_turns = VTA_READ(s->busy_turns);
	stats->parks = VTA_READ(s->parks);
	stats->wakeups = VTA_READ(s->wakeups);
	stats->late = VTA_READ(s->late);
	stats->doorbells = VTA_READ(s->doorbells);
	stats->looks = VTA_READ(s->looks);
	stats->fruitless = VTA_READ(s->fruitless);
	return 0;
}
