/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* A poller: the messages it gets, and one turn. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "vta_private.h"

/* ---- messages ---- */

static void
close_vaccel(struct vta_poller *p, struct vta_vaccel *va)
{
	const uint16_t nb = va->nb_lanes; /* it may be gone behind the last one */
	struct vta_client *c = va->client;
	uint16_t i;

	__atomic_store_n(&c->vaccels[va->id], NULL, __ATOMIC_RELEASE);
	c->nb_closing++;
	vta_lane_close(p, va);
	for (i = 0; i < nb; i++)
		vta_tell(p, va->lanes[i].accel->home, &va->lanes[i].item, VTA_LANE_CLOSE);
}

static void
vaccel_stop(struct vta_poller *p, struct vta_msg *msg)
{
	/* A task that is over for its client may still be with the engine. */
	if (msg->va->in_flight != 0 || msg->va->nb_lost != 0) {
		msg->status = -EBUSY;
		vta_send_control(p, &msg->item);
		return;
	}
	msg->status = 0;
	msg->va->stop = msg;
	close_vaccel(p, msg->va);
}

static void
lane_gone(struct vta_poller *p, struct vta_lane *lane)
{
	struct vta_vaccel *va = lane->va;
	struct vta_client *c = va->client;

	if (++va->nb_gone < va->nb_lanes)
		return;
	c->nb_closing--;
	if (va->stop != NULL) {
		struct vta_msg *msg = va->stop;

		va->stop = NULL;
		vta_send_control(p, &msg->item);
	} else {
		c->stopped[c->nb_stopped++] = va;
	}
	vta_check_stopped(p, c);
}

static void
client_stop(struct vta_poller *p, struct vta_msg *msg)
{
	struct vta_client *c = msg->client;
	unsigned int i;

	/* Nothing of it may be left in the list of dirty queue pairs when it is freed. */
	if (p->dirty != NULL)
		vta_publish(p);
	c->stopping = true;
	for (i = 0; c->queue->ready != NULL && i < c->nb_qps; i++)
		vta_ready_forget(c->queue, &c->qps[i]);
	vta_fence_stop(p, c);
	vta_limit_stop(p, c);
	for (i = 0; i < VTA_MAX_VACCELS; i++) {
		struct vta_vaccel *va = __atomic_load_n(&c->vaccels[i], __ATOMIC_ACQUIRE);

		if (va != NULL)
			close_vaccel(p, va);
	}
	c->stop = msg;
	vta_check_stopped(p, c);
}

static void
receive(struct vta_poller *p, struct vta_item *item)
{
	struct vta_msg *msg = container_of(item, struct vta_msg, item);
	struct vta_fifo one = STAILQ_HEAD_INITIALIZER(one);
	struct vta_sums sums;
	struct vta_task *task;

	switch (item->kind) {
	case VTA_TASK_SUBMIT:
		task = container_of(item, struct vta_task, item);
		STAILQ_INSERT_TAIL(&one, &task->t, next);
		vta_accel_submit(vta_lane_of(task), &one, 1);
		break;
	case VTA_TASK_DONE:
		task = container_of(item, struct vta_task, item);
		if (unlikely(task->va->time_limit != 0 && task->lost))
			vta_time_returned(p, task);
		else
			vta_tasks_done(p, &task, 1, &sums);
		break;
	case VTA_TASK_EXPIRED:
		vta_time_expired(p, container_of(item, struct vta_task, expired));
		break;
	case VTA_LANE_CLOSE:
		vta_accel_close_lane(p, container_of(item, struct vta_lane, item));
		break;
	case VTA_LANE_GONE:
		lane_gone(p, container_of(item, struct vta_lane, item));
		break;
	case VTA_LANE_LEAVE:
		vta_lane_leave(p, container_of(item, struct vta_lane, leave));
		break;
	case VTA_LANE_LAST:
		vta_fail_last(p, container_of(item, struct vta_lane, leave));
		break;
	case VTA_TASK_RETURN:
		vta_lane_returned(p, container_of(item, struct vta_task, item));
		break;
	case VTA_LANE_LEFT:
		vta_lane_left(p, container_of(item, struct vta_lane, left));
		break;
	case VTA_ACCEL_PROBE:
		vta_fail_probed(p, container_of(item, struct vta_accel, probe));
		break;
	case VTA_VACCEL_STOP:
		vaccel_stop(p, msg);
		break;
	case VTA_CLIENT_STOP:
		client_stop(p, msg);
		break;
	case VTA_QUEUE_ADD:
		TAILQ_INSERT_TAIL(&p->queues, msg->queue, link);
		break;
	case VTA_QUEUE_DEL:
		TAILQ_REMOVE(&p->queues, msg->queue, link);
		vta_send_control(p, item);
		break;
	case VTA_QUEUE_SALVAGE:
		vta_salvage(p, msg->queue);
		vta_send_control(p, item);
		break;
	case VTA_FENCE:
	case VTA_TASK_CANCELED:
		vta_send_control(p, item);
		break;
	case VTA_TASK_CANCEL:
		vta_cancel(p, msg);
		break;
	case VTA_VIOLATION:
		break;
	}
}

/* Send an item, or receive it now if it is for this poller itself. */
void
vta_tell(struct vta_poller *from, struct vta_poller *to, struct vta_item *item, enum vta_kind kind)
{
	item->kind = kind;
	if (to == from)
		receive(to, item);
	else
		vta_send(from, to, item);
}

/* ---- a turn ---- */

bool
vta_poller_has_work(struct vta_poller *p)
{
	struct vta_queue *q;

	if (!rte_ring_empty(p->inbox) || p->nb_waiting != 0)
		return true;
	TAILQ_FOREACH(q, &p->queues, link)
		if (q->ready != NULL ? vta_ready_has_work(q) :
				!q->broken && rte_vtregion_cons_ready(&q->cons))
			return true;
	return false;
}

uint32_t
rte_vtappliance_poll(struct rte_vtappliance *app, unsigned int poller, uint32_t budget)
{
	struct vta_poller *p = &app->pollers[poller];
	struct vta_item *items[64];
	struct vta_queue *q;
	uint32_t work = 0, i, n;

	VTA_COUNT(p->stats.turns, 1);
	if (unlikely((p->nb_waiting | p->nb_gates) != 0)) {
		vta_flush_waiting(p);
		work += vta_limit_turn(p);
	}
	if (unlikely(!rte_ring_empty(p->inbox))) {
		n = rte_ring_sc_dequeue_burst(p->inbox, (void **)items, RTE_DIM(items), NULL);
		for (i = 0; i < n; i++)
			receive(p, items[i]);
		work += n;
	}
	if (budget == 0)
		budget = app->conf.budget;
	budget = RTE_MIN(budget, (uint32_t)VTA_MAX_BUDGET);
	TAILQ_FOREACH(q, &p->queues, link) {
		if (q->ready != NULL)
			work += vta_ready_turn(p, q, budget);
		else if (likely(!q->broken))
			work += vta_take_requests(p, q, budget);
	}
	for (i = 0; i < p->nb_accels; i++)
		work += vta_accel_turn(p, p->accels[i]);
	if (unlikely(p->nb_timed != 0))
		work += vta_time_turn(p);
	if (p->dirty != NULL)
		vta_publish(p);
	if (work != 0)
		VTA_COUNT(p->stats.busy_turns, 1);
	return work;
}

/* ---- life ---- */

int
vta_poller_init(struct rte_vtappliance *app, uint32_t id)
{
	struct vta_poller *p = &app->pollers[id];
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = 0 };
	char name[RTE_RING_NAMESIZE];
	uint32_t i;

	p->app = app;
	p->id = id;
	TAILQ_INIT(&p->queues);
	TAILQ_INIT(&p->gates);
	TAILQ_INIT(&p->timed);
	TAILQ_INIT(&p->held);
	TAILQ_INIT(&p->leaving);
	p->out = calloc(app->conf.nb_pollers + 1, sizeof(*p->out));
	if (p->out == NULL)
		return -ENOMEM;
	for (i = 0; i <= app->conf.nb_pollers; i++)
		STAILQ_INIT(&p->out[i].waiting);
	snprintf(name, sizeof(name), "vta_in_%p_%u", (void *)app, id);
	p->inbox = rte_ring_create(name, VTA_INBOX, SOCKET_ID_ANY, RING_F_SC_DEQ);
	if (p->inbox == NULL || vta_pool_grow(&p->pool) != 0)
		return -ENOMEM;
	p->wakefd = vta_eventfd();
	p->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (p->wakefd < 0 || p->epfd < 0 ||
			epoll_ctl(p->epfd, EPOLL_CTL_ADD, p->wakefd, &ev) != 0)
		return -errno;
	vta_ringer_init(&p->ringer, p->wakefd);
	return 0;
}

void
vta_poller_fini(struct vta_poller *p)
{
	if (p->epfd >= 0)
		close(p->epfd);
	if (p->wakefd >= 0)
		close(p->wakefd);
	rte_ring_free(p->inbox);
	vta_pool_free(&p->pool);
	free(p->out);
}
