/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The thread of a device. It shows that the client lives, where no socket does: a program that computes for a
 * long time is not taken for dead. And it frees those whom a doorbell of the appliance holds. Else it sleeps.
 */

#include <signal.h>
#include <string.h>

#include "vtclient_private.h"

#define BEATS 8     /* in the time after which the appliance thinks that we are dead */
#define LOOK_MS 250 /* at doorbells: who is held is free after at most twice as long */
#define SOON_MS 1
#define IDLE_MS 60000

/* Who was detached says nothing any more: the slot may be another's. */
static void
beat(struct vtclient *d)
{
	if (__atomic_load_n(&d->attached, __ATOMIC_RELAXED) != 0 &&
			__atomic_load_n(&d->slot->owner, __ATOMIC_RELAXED) == d->owner &&
			__atomic_load_n(&d->slot->epoch, __ATOMIC_RELAXED) ==
			__atomic_load_n(&d->slot_epoch, __ATOMIC_RELAXED))
		__atomic_store_n(&d->slot->heartbeat, d->slot->heartbeat + 1, __ATOMIC_RELAXED);
}

/* Whether it has doorbells that can hold somebody. */
static bool
has_bells(const struct vtclient *d)
{
	return d->link.nb_server != 0 && d->link.doorbell == NULL;
}

static void *
life_main(void *arg)
{
	struct vtclient *d = arg;
	uint64_t now, look_at = 0, beat_at = 0, next;

	pthread_mutex_lock(&d->life_lock);
	while (!d->life_stop) {
		now = vtclient_now_us() / 1000;
		next = now + IDLE_MS;
		if (has_bells(d)) {
			if (now >= look_at)
				look_at = now + (vtclient_bells_look(d) ? SOON_MS : LOOK_MS);
			next = look_at;
		}
		if (d->beat_every_ms != 0) {
			if (now >= beat_at) {
				beat(d);
				beat_at = now + d->beat_every_ms;
			}
			next = RTE_MIN(next, beat_at);
		}
		vtclient_sleep_ms(&d->life_cond, &d->life_lock, (uint32_t)(next - now));
	}
	pthread_mutex_unlock(&d->life_lock);
	return NULL;
}

static int
start(struct vtclient *d)
{
	sigset_t most, old;
	int ret;

	sigfillset(&most);
	/* It may meet memory that was taken away, and who blocks this one is ended then. */
	sigdelset(&most, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &most, &old);
	ret = pthread_create(&d->life, NULL, life_main, d);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (ret != 0) {
		VTCLIENT_LOG(ERR, "%s: no thread: %s", d->where, strerror(ret));
		return -ret;
	}
	pthread_setname_np(d->life, "vt-client");
	d->living = true;
	return 0;
}

int
vtclient_life_start(struct vtclient *d)
{
	return has_bells(d) ? start(d) : 0;
}

int
vtclient_life_beat(struct vtclient *d, uint32_t limit_ms)
{
	if (limit_ms == 0)
		return 0;
	pthread_mutex_lock(&d->life_lock);
	d->beat_every_ms = RTE_MIN(limit_ms, 60000U) / BEATS + 1;
	pthread_cond_signal(&d->life_cond);
	pthread_mutex_unlock(&d->life_lock);
	return d->living ? 0 : start(d);
}

void
vtclient_life_end(struct vtclient *d)
{
	if (!d->living)
		return;
	pthread_mutex_lock(&d->life_lock);
	d->life_stop = true;
	pthread_cond_signal(&d->life_cond);
	pthread_mutex_unlock(&d->life_lock);
	pthread_join(d->life, NULL);
	d->living = false;
}
