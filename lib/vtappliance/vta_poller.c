/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The owner side of a client: intake of requests, completions, one turn of a poller. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "vta_private.h"

/* ---- completions ---- */

static inline void
complete(struct vta_poller *p, struct vta_qp *qp, const struct vta_task *task)
{
	/* There is room: a request is accepted only if its completion has a place. */
	struct rte_vinetalk_completion *c = rte_vtregion_prod_next(&qp->prod);

	c->cookie = task->cookie;
	c->status = task->t.status;
	c->qp_seq = task->qp_seq;
	c->result = task->t.result;
	c->exec_ns = task->t.exec_ns;
	qp->room--;
	if (!qp->dirty) {
		qp->dirty = true;
		qp->next_dirty = p->dirty;
		p->dirty = qp;
	}
}

static void
check_stopped(struct vta_poller *p, struct vta_client *c)
{
	struct vta_msg *msg = c->stop;
	uint32_t i;

	if (msg == NULL || c->in_flight != 0 || c->nb_closing != 0)
		return;
	c->stop = NULL;
	for (i = 0; i < c->nb_qps; i++)
		__atomic_store_n(&c->dom->qps[c->qps[i].index], NULL, __ATOMIC_RELEASE);
	vta_send_control(p, &msg->item);
}

void
vta_task_done(struct vta_poller *p, struct vta_task *task)
{
	struct vta_qp *qp = task->qp;
	struct vta_client *c = qp->client;

	if (likely(task->t.status == 0))
		VTA_COUNT(c->cnt.completed, 1);
	else
		VTA_COUNT(c->cnt.failed, 1);
	VTA_COUNT(c->cnt.bytes, task->t.bytes);
	VTA_COUNT(c->cnt.exec_ns, task->t.exec_ns);
	if (unlikely(task->t.copied != 0))
		VTA_COUNT(c->cnt.copied, task->t.copied);
	if (unlikely(task->ext != NULL)) {
		free(task->ext);
		task->ext = NULL;
	}
	if (likely(task->va != NULL))
		task->va->in_flight--;
	if (likely(!c->stopping))
		complete(p, qp, task);
	qp->in_flight--;
	c->in_flight--;
	qp->free[qp->nb_free++] = (uint16_t)(task - qp->tasks);
	if (unlikely(c->stop != NULL))
		check_stopped(p, c);
}

static void
ring_doorbell(struct vta_poller *p, struct vta_client *c, int fd)
{
	/*
	 * The client shares the open file description: it can clear O_NONBLOCK and fill the counter,
	 * and this write then blocks. What is being rung is published for the watchdog in
	 * the control thread, which drains a counter that blocks too long.
	 */
	__atomic_store_n(&p->ringing_client, c, __ATOMIC_RELAXED);
	__atomic_store_n(&p->ringing, p->ringing + 1, __ATOMIC_RELEASE);
	vta_eventfd_ring(fd);
	__atomic_store_n(&p->ringing, p->ringing + 1, __ATOMIC_RELEASE);
	VTA_COUNT(p->stats.doorbells, 1);
	VTA_COUNT(c->cnt.doorbells, 1);
}

static void
publish(struct vta_poller *p)
{
	struct vta_qp *qp;

	for (qp = p->dirty; qp != NULL; qp = qp->next_dirty)
		rte_vtregion_prod_publish(&qp->prod);
	/*
	 * Store (prod.tail), fence, load (parked); a waiting client stores parked,
	 * fences and looks at its ring: one of the two sees the other.
	 */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	while ((qp = p->dirty) != NULL) {
		struct vta_client *c = qp->client;
		uint32_t *parked = &vta_client_slot(c)->parked[qp->vector];

		p->dirty = qp->next_dirty;
		qp->dirty = false;
		if (unlikely(__atomic_load_n(parked, __ATOMIC_RELAXED) != 0) &&
				__atomic_exchange_n(parked, 0, __ATOMIC_RELAXED) != 0 &&
				!c->stopping && c->peer != NULL)
			ring_doorbell(p, c, c->peer->to_client[qp->vector]);
	}
}

/* ---- requests ---- */

static void
violate(struct vta_poller *p, struct vta_client *c, int reason)
{
	if (c->violated)
		return;
	c->violated = true;
	c->violation = reason;
	c->violation_msg.client = c;
	c->violation_msg.queue = NULL;
	c->violation_msg.item.kind = VTA_VIOLATION;
	vta_send_control(p, &c->violation_msg.item);
}

static inline void
intake(struct vta_poller *p, struct vta_queue *q, const struct rte_vinetalk_task *req)
{
	const uint32_t index = req->qp_seq >> 16;
	struct vta_task *task;
	struct vta_client *c;
	struct vta_qp *qp = NULL;
	int status;

	if (likely(index < q->dom->geom.nb_qps))
		/* Pairs with the release when the client attached. */
		qp = __atomic_load_n(&q->dom->qps[index], __ATOMIC_ACQUIRE);
	if (unlikely(qp == NULL || qp->client->owner != p)) {
		VTA_COUNT(q->stray, 1);
		return;
	}
	c = qp->client;
	if (unlikely(c->stopping || c->violated))
		return;
	if (unlikely(qp->in_flight >= qp->room)) {
		int room = rte_vtregion_prod_room(&qp->prod);

		/* Its own index is impossible, or it has more in flight than its ring holds. */
		if (room < 0 || qp->in_flight >= (uint32_t)room) {
			violate(p, c, room < 0 ? -EPROTO : -EDQUOT);
			return;
		}
		qp->room = (uint32_t)room;
	}
	/* The client has these lines; they come while the request is looked at and served. */
	rte_vtregion_prefetch_write(&qp->prod.slots[(qp->prod.head + qp->in_flight) &
		qp->prod.mask]);
	rte_vtregion_prefetch_write(qp->prod.prod_tail);
	task = &qp->tasks[qp->free[--qp->nb_free]];
	task->cookie = req->cookie;
	task->qp_seq = req->qp_seq;
	qp->next_seq = (uint16_t)(req->qp_seq + 1);
	qp->in_flight++;
	c->in_flight++;
	VTA_COUNT(c->cnt.tasks, 1);
	status = vta_validate(c, req, task);
	if (unlikely(status != 0)) {
		VTA_COUNT(c->cnt.invalid, 1);
		task->va = NULL;
		task->t.bytes = 0;
		task->t.status = status;
		vta_task_done(p, task);
		return;
	}
	task->va->in_flight++;
	if (likely(task->va->accel->home == p)) {
		vta_accel_submit(task);
	} else {
		task->item.kind = VTA_TASK_SUBMIT;
		vta_send(p, task->va->accel->home, &task->item);
	}
}

void
vta_intake(struct vta_poller *p, struct vta_queue *q, const struct rte_vinetalk_task *req)
{
	intake(p, q, req);
}

uint32_t
vta_take_requests(struct vta_poller *p, struct vta_queue *q, uint32_t budget)
{
	struct rte_vinetalk_task reqs[VTA_MAX_BUDGET];
	int n, i;

	n = rte_vtregion_cons_burst(&q->cons, reqs, budget);
	if (n == 0)
		return 0;
	if (unlikely(n < 0)) {
		/* Nobody knows which client of the domain it was. */
		q->broken = true;
		q->violation_msg.client = NULL;
		q->violation_msg.queue = q;
		q->violation_msg.item.kind = VTA_VIOLATION;
		vta_send_control(p, &q->violation_msg.item);
		return 0;
	}
	VTA_COUNT(q->requests, (uint64_t)n);
	VTA_COUNT(q->bursts, 1);
	for (i = 0; i < n; i++)
		intake(p, q, &reqs[i]);
	return (uint32_t)n;
}

/* ---- messages ---- */

static void
close_vaccel(struct vta_poller *p, struct vta_vaccel *va)
{
	struct vta_client *c = va->client;

	__atomic_store_n(&c->vaccels[va->id], NULL, __ATOMIC_RELEASE);
	c->nb_closing++;
	va->item.kind = VTA_VACCEL_CLOSE;
	if (va->accel->home == p)
		vta_accel_close_vaccel(p, va);
	else
		vta_send(p, va->accel->home, &va->item);
}

static void
vaccel_stop(struct vta_poller *p, struct vta_msg *msg)
{
	if (msg->va->in_flight != 0) {
		msg->status = -EBUSY;
		vta_send_control(p, &msg->item);
		return;
	}
	msg->status = 0;
	msg->va->stop = msg;
	close_vaccel(p, msg->va);
}

void
vta_vaccel_gone(struct vta_poller *p, struct vta_vaccel *va)
{
	struct vta_client *c = va->client;

	c->nb_closing--;
	if (va->stop != NULL) {
		struct vta_msg *msg = va->stop;

		va->stop = NULL;
		vta_send_control(p, &msg->item);
	} else {
		c->stopped[c->nb_stopped++] = va;
	}
	check_stopped(p, c);
}

static void
client_stop(struct vta_poller *p, struct vta_msg *msg)
{
	struct vta_client *c = msg->client;
	unsigned int i;

	/* Nothing of it may be left in the list of dirty queue pairs when it is freed. */
	if (p->dirty != NULL)
		publish(p);
	c->stopping = true;
	for (i = 0; i < VTA_MAX_VACCELS; i++) {
		struct vta_vaccel *va = __atomic_load_n(&c->vaccels[i], __ATOMIC_ACQUIRE);

		if (va != NULL)
			close_vaccel(p, va);
	}
	c->stop = msg;
	check_stopped(p, c);
}

static void
receive(struct vta_poller *p, struct vta_item *item)
{
	struct vta_msg *msg = container_of(item, struct vta_msg, item);

	switch (item->kind) {
	case VTA_TASK_SUBMIT:
		vta_accel_submit(container_of(item, struct vta_task, item));
		break;
	case VTA_TASK_DONE:
		vta_task_done(p, container_of(item, struct vta_task, item));
		break;
	case VTA_VACCEL_CLOSE:
		vta_accel_close_vaccel(p, container_of(item, struct vta_vaccel, item));
		break;
	case VTA_VACCEL_GONE:
		vta_vaccel_gone(p, container_of(item, struct vta_vaccel, item));
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
	case VTA_VIOLATION:
		break;
	}
}

/* ---- a turn ---- */

bool
vta_poller_has_work(struct vta_poller *p)
{
	struct vta_queue *q;

	if (!rte_ring_empty(p->inbox) || p->nb_waiting != 0)
		return true;
	TAILQ_FOREACH(q, &p->queues, link)
		if (!q->broken && rte_vtregion_cons_ready(&q->cons))
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
	if (unlikely(p->nb_waiting != 0))
		vta_flush_waiting(p);
	if (unlikely(!rte_ring_empty(p->inbox))) {
		n = rte_ring_sc_dequeue_burst(p->inbox, (void **)items, RTE_DIM(items), NULL);
		for (i = 0; i < n; i++)
			receive(p, items[i]);
		work += n;
	}
	if (budget == 0)
		budget = app->conf.budget;
	budget = RTE_MIN(budget, (uint32_t)VTA_MAX_BUDGET);
	TAILQ_FOREACH(q, &p->queues, link)
		if (likely(!q->broken))
			work += vta_take_requests(p, q, budget);
	for (i = 0; i < p->nb_accels; i++)
		work += vta_accel_turn(p, p->accels[i]);
	if (p->dirty != NULL)
		publish(p);
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
	p->epfd = p->wakefd = -1;
	TAILQ_INIT(&p->queues);
	p->out = calloc(app->conf.nb_pollers + 1, sizeof(*p->out));
	if (p->out == NULL)
		return -ENOMEM;
	for (i = 0; i <= app->conf.nb_pollers; i++)
		STAILQ_INIT(&p->out[i].waiting);
	snprintf(name, sizeof(name), "vta_in_%p_%u", (void *)app, id);
	p->inbox = rte_ring_create(name, VTA_INBOX, SOCKET_ID_ANY, RING_F_SC_DEQ);
	if (p->inbox == NULL)
		return -ENOMEM;
	p->wakefd = vta_eventfd();
	p->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (p->wakefd < 0 || p->epfd < 0 ||
			epoll_ctl(p->epfd, EPOLL_CTL_ADD, p->wakefd, &ev) != 0)
		return -errno;
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
	free(p->out);
}
