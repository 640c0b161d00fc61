/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Rates of tasks and bytes: token buckets of rte_meter.
 *
 * A task passes when nothing is owed, and its cost is owed from then on. Tokens pay for it as they
 * come, in pieces that fit into the bucket: a task of any size passes at some time. So what passes
 * in t seconds is at most rate * t, a bucket, and one task.
 *
 * The rates of a vaccel are its owner's. Those of a domain belong to all pollers that have clients
 * of it: they take the lock, which is there only where a domain has a rate. A poller that sleeps
 * between its looks would find that one that does not has taken each token. So as long as several
 * have tasks that wait, none may be far ahead of the others in what it took.
 */

#include <rte_cycles.h>

#include "vta_private.h"

#define BURST_A_SECOND 10  /* a bucket holds what comes in this part of a second */
#define PIECES 4           /* of a bucket */
#define AHEAD 0.05         /* seconds of the rate that a poller may be ahead of others that wait */
#define ABSENT_A_SECOND 10 /* one that did not look for this part of a second is not waited for */

static int
meter_init(struct vta_meter *m, uint64_t rate)
{
	struct rte_meter_srtcm_params params = {
		.cir = rate,
		.cbs = RTE_MAX(rate / BURST_A_SECOND, UINT64_C(1)),
	};
	int ret;

	if (rate == 0)
		return 0;
	ret = rte_meter_srtcm_profile_config(&m->profile, &params);
	if (ret == 0)
		ret = rte_meter_srtcm_config(&m->state, &m->profile);
	m->rate = rate;
	/* Less than a bucket, so that it rarely overflows while something is owed. */
	m->piece = (uint32_t)RTE_MIN(params.cbs / PIECES, (uint64_t)UINT32_MAX);
	m->piece = RTE_MAX(m->piece, 1U);
	return ret;
}

/* In zeroed memory; the rates were checked. share: of a domain; NULL: they are one poller's. */
int
vta_rates_init(struct vta_rates *r, uint64_t tasks, uint64_t bytes, struct vta_share *share)
{
	int ret;

	rte_spinlock_init(&r->lock);
	r->share = share;
	ret = meter_init(&r->tasks, tasks);
	if (ret == 0)
		ret = meter_init(&r->bytes, bytes);
	/* The meters have the time of now. */
	r->last = rte_get_tsc_cycles();
	return ret;
}

bool
vta_rates_are(const struct vta_rates *r)
{
	return r->tasks.piece != 0 || r->bytes.piece != 0;
}

/* ---- tokens ---- */

/* last: when the tokens were looked at last. */
static void
meter_pay(struct vta_meter *m, uint64_t last, uint64_t now)
{
	double spilt;
	uint32_t n;

	if (m->debt == 0)
		return;
	/* What came since and found no room in the bucket, which was not full, pays as well. */
	spilt = (double)(now - last) / (double)rte_get_tsc_hz() * (double)m->rate -
		(double)m->profile.cbs;
	if (spilt >= (double)m->debt)
		m->debt = 0;
	else if (spilt > 0)
		m->debt -= (uint64_t)spilt;
	while (m->debt != 0) {
		n = (uint32_t)RTE_MIN(m->debt, (uint64_t)m->piece);
		if (rte_meter_srtcm_color_blind_check(&m->state, &m->profile, now, n) !=
				RTE_COLOR_GREEN)
			break;
		m->debt -= n;
	}
}

/* Returns the seconds that it takes until the cost is paid. */
static double
meter_owe(struct vta_meter *m, uint64_t now, uint64_t cost)
{
	if (m->piece == 0)
		return 0;
	m->debt += cost;
	meter_pay(m, now, now);
	return (double)cost / (double)m->rate;
}

/* ---- between pollers, under the lock ---- */

/* A poller looks. Whether it is its turn. */
static bool
share_allows(struct vta_share *s, uint32_t poller, uint64_t now)
{
	const uint64_t absent = rte_get_tsc_hz() / ABSENT_A_SECOND;
	uint64_t others = s->waiting & ~(UINT64_C(1) << poller);
	double least = 0;
	bool some = false;
	uint32_t i;

	s->seen[poller] = now;
	for (i = 0; others != 0; i++, others >>= 1) {
		if ((others & 1) == 0 || now - s->seen[i] > absent)
			continue;
		least = some ? RTE_MIN(least, s->used[i]) : s->used[i];
		some = true;
	}
	if (!some)
		return true;
	/* One that did not wait has nothing to catch up, and does not pay for what is long past. */
	if ((s->waiting & UINT64_C(1) << poller) == 0) {
		s->used[poller] = RTE_MAX(s->used[poller], least);
		s->used[poller] = RTE_MIN(s->used[poller], least + AHEAD);
	}
	return s->used[poller] < least + AHEAD;
}

/* Whether a poller has tasks that wait for these rates. */
void
vta_rates_wait(struct vta_rates *r, uint32_t poller, bool waits)
{
	struct vta_share *s = r->share;

	if (s == NULL)
		return;
	RTE_BUILD_BUG_ON(RTE_DIM(s->used) > 64);
	rte_spinlock_lock(&r->lock);
	if (waits)
		s->waiting |= UINT64_C(1) << poller;
	else
		s->waiting &= ~(UINT64_C(1) << poller);
	rte_spinlock_unlock(&r->lock);
}

/* What is in the way of a task of so many bytes. NULL: nothing, and it has passed. */
const struct vta_meter *
vta_rates_pass(struct vta_rates *r, uint32_t poller, uint64_t now, uint64_t bytes)
{
	const struct vta_meter *meter = NULL;
	double tasks_s, bytes_s;
	bool turn;

	if (r->share != NULL)
		rte_spinlock_lock(&r->lock);
	/* Whoever had the lock before may have looked at the clock later. */
	now = RTE_MAX(now, r->last);
	meter_pay(&r->tasks, r->last, now);
	meter_pay(&r->bytes, r->last, now);
	r->last = now;
	turn = r->share == NULL || share_allows(r->share, poller, now);
	if (r->tasks.debt != 0) {
		meter = &r->tasks;
	} else if (r->bytes.debt != 0) {
		meter = &r->bytes;
	} else if (!turn) {
		meter = r->tasks.piece != 0 ? &r->tasks : &r->bytes;
	} else {
		tasks_s = meter_owe(&r->tasks, now, 1);
		bytes_s = meter_owe(&r->bytes, now, bytes);
		if (r->share != NULL)
			r->share->used[poller] += RTE_MAX(tasks_s, bytes_s);
	}
	if (r->share != NULL)
		rte_spinlock_unlock(&r->lock);
	return meter;
}
