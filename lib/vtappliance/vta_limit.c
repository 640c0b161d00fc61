/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Limits of domains and vaccels: the owner side of a client.
 *
 * A task that was checked is admitted, or refused because too many are in flight. Then it passes
 * two gates on its way to the home of its vaccel: that of its vaccel, and that of its domain at
 * this poller.
 *
 *     intake -> (fence) -> gate of the vaccel -> gate of the queue -> home
 *
 * A gate lets a task pass if its rates allow it and nobody waits there; otherwise the task waits,
 * in its order, or is refused if the operator wants that. A waiting task is in flight: others see
 * it as one that was handed on.
 */

#include <errno.h>

#include "vta_private.h"

/* ---- who has limits: control ---- */

void
vta_gate_init(struct vta_gate *gate, struct vta_rates *rates)
{
	gate->rates = vta_rates_are(rates) ? rates : NULL;
	STAILQ_INIT(&gate->waiting);
	gate->nb_waiting = 0;
}

int
vta_limit_domain(struct vta_domain *dom, const struct rte_vtappliance_domain_conf *conf)
{
	struct vta_limits *l = &dom->limits;

	if (conf->rate_bytes > RTE_VINETALK_VACCEL_RATE_BYTES_MAX) {
		VTA_LOG(ERR, "domain %s: a rate of %" PRIu64 " bytes/s, must be at most %" PRIu64,
			dom->name, conf->rate_bytes, RTE_VINETALK_VACCEL_RATE_BYTES_MAX);
		return -EINVAL;
	}
	if (conf->rate_excess > RTE_VTAPPLIANCE_EXCESS_FAIL) {
		VTA_LOG(ERR, "domain %s: what to do above a rate is %u, must be at most %u",
			dom->name, conf->rate_excess, RTE_VTAPPLIANCE_EXCESS_FAIL);
		return -EINVAL;
	}
	l->max_tasks = conf->max_tasks;
	l->max_vaccels = conf->max_vaccels;
	l->rate_tasks = conf->rate_tasks;
	l->rate_bytes = conf->rate_bytes;
	l->fail = conf->rate_excess == RTE_VTAPPLIANCE_EXCESS_FAIL;
	l->sessions.max = conf->max_sessions;
	l->max_accel_bytes = conf->max_accel_bytes;
	return vta_rates_init(&l->rates, l->rate_tasks, l->rate_bytes, &l->share);
}

/* In zeroed memory. */
int
vta_limit_vaccel(struct vta_vaccel *va, const struct rte_vtregion_ctrl_vaccel *conf)
{
	const struct vta_limits *l = &va->client->dom->limits;
	int ret = vta_rates_init(&va->rates, conf->rate_tasks, conf->rate_bytes, NULL);

	vta_gate_init(&va->gate, &va->rates);
	va->max_tasks = conf->max_tasks;
	va->max_sessions = conf->max_sessions;
	va->limited = va->max_tasks != 0 || va->gate.rates != NULL || l->max_tasks != 0 ||
		vta_rates_are(&l->rates);
	return ret;
}

/* ---- too many in flight ---- */

static int
over(struct vta_client *c, const char *what, uint64_t limit)
{
	__atomic_store_n(&c->over_what, what, __ATOMIC_RELAXED);
	__atomic_store_n(&c->over_limit, limit, __ATOMIC_RELAXED);
	VTA_COUNT(c->over, 1);
	return -EDQUOT;
}

/* One more task: 0, and it is counted in its domain until vta_limit_done(); or -EDQUOT. */
int
vta_limit_admit(struct vta_vaccel *va)
{
	struct vta_limits *l = &va->client->dom->limits;
	uint32_t nb;

	if (va->max_tasks != 0 && va->in_flight >= va->max_tasks)
		return over(va->client, "tasks in flight of a vaccel", va->max_tasks);
	if (l->max_tasks == 0)
		return 0;
	/* A count alone: nothing is read behind it that another poller wrote. */
	nb = __atomic_load_n(&l->in_flight, __ATOMIC_RELAXED);
	do {
		if (nb >= l->max_tasks)
			return over(va->client, "tasks in flight of the domain", l->max_tasks);
	} while (!__atomic_compare_exchange_n(&l->in_flight, &nb, nb + 1, true, __ATOMIC_RELAXED,
		__ATOMIC_RELAXED));
	return 0;
}

/* ---- gates ---- */

static struct vta_gate *
next_gate(const struct vta_task *task, const struct vta_gate *gate)
{
	struct vta_gate *last = &task->qp->client->queue->gate;

	return gate == last ? NULL : last;
}

static void
gate_wait(struct vta_poller *p, struct vta_gate *gate, struct vta_task *task, uint64_t now)
{
	task->since = now;
	STAILQ_INSERT_TAIL(&gate->waiting, &task->t, next);
	if (task->va->time_limit != 0) {
		gate->nb_timed++;
		p->nb_timed++;
	}
	if (gate->nb_waiting++ == 0) {
		TAILQ_INSERT_TAIL(&p->gates, gate, link);
		p->nb_gates++;
		vta_rates_wait(gate->rates, p->id, true);
	}
}

static void
gate_leave(struct vta_poller *p, struct vta_gate *gate, struct vta_task *task, uint64_t now)
{
	STAILQ_REMOVE(&gate->waiting, &task->t, rte_vtaccel_task, next);
	if (task->va->time_limit != 0) {
		gate->nb_timed--;
		p->nb_timed--;
	}
	if (--gate->nb_waiting == 0) {
		TAILQ_REMOVE(&p->gates, gate, link);
		p->nb_gates--;
		vta_rates_wait(gate->rates, p->id, false);
	}
	if (now > task->since)
		VTA_COUNT(task->qp->client->cnt.throttled_cycles, now - task->since);
}

/* Refuse a task that is over a rate. */
static void
end_over(struct vta_poller *p, struct vta_task *task, const struct vta_rates *r,
		const struct vta_meter *meter)
{
	const bool tasks = meter == &r->tasks;

	/* It moved no data. */
	task->t.bytes = 0;
	vta_task_end(p, task, over(task->qp->client, r->share != NULL ?
		(tasks ? "tasks a second of the domain" : "bytes a second of the domain") :
		(tasks ? "tasks a second of a vaccel" : "bytes a second of a vaccel"), meter->rate));
}

/* The gates that a task has before it. waited: it was counted already. */
static void
pass(struct vta_poller *p, struct vta_task *task, struct vta_gate *gate, uint64_t now, bool waited)
{
	const struct vta_limits *l = &task->qp->client->dom->limits;
	struct vta_fifo one = STAILQ_HEAD_INITIALIZER(one);

	for (; gate != NULL; gate = next_gate(task, gate)) {
		const struct vta_meter *meter = NULL;

		if (gate->rates == NULL)
			continue;
		/* Where tasks are refused nobody waits. */
		if (gate->nb_waiting == 0) {
			meter = vta_rates_pass(gate->rates, p->id, now, task->t.bytes);
			if (meter == NULL)
				continue;
		}
		if (l->fail && meter != NULL) {
			end_over(p, task, gate->rates, meter);
			return;
		}
		if (!waited)
			VTA_COUNT(task->qp->client->cnt.throttled, 1);
		gate_wait(p, gate, task, now);
		return;
	}
	STAILQ_INSERT_TAIL(&one, &task->t, next);
	vta_task_submit(p, &one, 1);
}

/* A task that was admitted goes to its home, now or when its rates allow it. */
void
vta_limit_pass(struct vta_poller *p, struct vta_task *task)
{
	struct vta_fifo one = STAILQ_HEAD_INITIALIZER(one);

	if (task->va->limited) {
		pass(p, task, &task->va->gate, vta_cycles(p->app), false);
		return;
	}
	STAILQ_INSERT_TAIL(&one, &task->t, next);
	vta_task_submit(p, &one, 1);
}

/* Let those pass whose tokens have come, not too many of a gate at a time. How many. */
uint32_t
vta_limit_turn(struct vta_poller *p)
{
	const uint64_t now = vta_cycles(p->app);
	struct vta_gate *gate, *next;
	struct vta_task *task;
	uint32_t nb = 0, i;

	/* What passes one gate may wait at another: that one comes to the end of the list. */
	for (gate = TAILQ_FIRST(&p->gates); gate != NULL; gate = next) {
		next = TAILQ_NEXT(gate, link);
		for (i = 0; gate->nb_waiting != 0 && i < VTA_MAX_BUDGET; i++) {
			task = container_of(STAILQ_FIRST(&gate->waiting), struct vta_task, t);
			if (vta_rates_pass(gate->rates, p->id, now, task->t.bytes) != NULL)
				break;
			gate_leave(p, gate, task, now);
			pass(p, task, next_gate(task, gate), now, true);
		}
		nb += i;
	}
	return nb;
}

/* ---- ends before their turn ---- */

/* End what waits at a gate: that task, or (any) all of the client. Whether there was one. */
static bool
end_waiting(struct vta_poller *p, struct vta_gate *gate, const struct vta_client *c, bool any,
		uint32_t qp_seq, int status)
{
	const uint64_t now = vta_cycles(p->app);
	struct rte_vtaccel_task *t, *next;
	struct vta_task *task;
	bool found = false;

	for (t = STAILQ_FIRST(&gate->waiting); t != NULL; t = next) {
		next = STAILQ_NEXT(t, next);
		task = container_of(t, struct vta_task, t);
		if (task->qp->client != c || (!any && task->qp_seq != qp_seq))
			continue;
		gate_leave(p, gate, task, now);
		vta_task_end(p, task, status);
		found = true;
		if (!any)
			break;
	}
	return found;
}

/* End a task that waits for a rate. va: its vaccel, or NULL. False: it does not wait. */
bool
vta_limit_end(struct vta_poller *p, struct vta_client *c, struct vta_vaccel *va, uint32_t qp_seq,
		int status)
{
	return (va != NULL && end_waiting(p, &va->gate, c, false, qp_seq, status)) ||
		end_waiting(p, &c->queue->gate, c, false, qp_seq, status);
}

/* End what waits for a rate beyond its time, not too much at once. How many. */
uint32_t
vta_limit_expire(struct vta_poller *p, uint64_t now, uint32_t most)
{
	struct rte_vtaccel_task *t, *next;
	struct vta_gate *gate, *next_one;
	struct vta_task *task;
	uint32_t nb = 0;

	for (gate = TAILQ_FIRST(&p->gates); gate != NULL; gate = next_one) {
		next_one = TAILQ_NEXT(gate, link);
		for (t = STAILQ_FIRST(&gate->waiting); t != NULL && gate->nb_timed != 0 && nb < most; t = next) {
			next = STAILQ_NEXT(t, next);
			task = container_of(t, struct vta_task, t);
			if (task->va->time_limit == 0 || task->deadline > now)
				continue;
			gate_leave(p, gate, task, now);
			vta_task_end(p, task, -ETIMEDOUT);
			nb++;
		}
	}
	return nb;
}

/* The client ends: what waits does too. */
void
vta_limit_stop(struct vta_poller *p, struct vta_client *c)
{
	struct vta_vaccel *va;
	unsigned int i;

	for (i = 0; i < VTA_MAX_VACCELS; i++) {
		va = __atomic_load_n(&c->vaccels[i], __ATOMIC_ACQUIRE);
		if (va != NULL)
			end_waiting(p, &va->gate, c, true, 0, -ECANCELED);
	}
	end_waiting(p, &c->queue->gate, c, true, 0, -ECANCELED);
}

/* ---- control ---- */

/* Tell the operator of tasks that were refused since it was told last. */
void
vta_limit_beat(struct vta_client *c)
{
	const uint64_t nb = VTA_READ(c->over);
	const char *what = VTA_READ(c->over_what);

	/* The three are not read at once: without the name, it is told the next time. */
	if (nb == c->over_told || what == NULL)
		return;
	VTA_DOM_LOG(WARNING, c->dom, "domain %s, client %u (%s): %" PRIu64 " tasks refused, over a"
		" limit: %s, at most %" PRIu64, c->dom->name, c->slot + 1, c->name,
		nb - c->over_told, what, VTA_READ(c->over_limit));
	c->over_told = nb;
}

/* The same of those that the domain's sessions did not suffice for: a driver saw that, which knows no clients. */
void
vta_limit_domain_beat(struct vta_domain *dom)
{
	struct vta_limits *l = &dom->limits;
	const uint64_t nb = VTA_READ(l->sessions.refused);

	if (nb == l->sessions_told)
		return;
	VTA_DOM_LOG(WARNING, dom, "domain %s: %" PRIu64 " tasks refused, over a limit: sessions of the domain,"
		" at most %u", dom->name, nb - l->sessions_told, l->sessions.max);
	l->sessions_told = nb;
}
