/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rte_vinetalk.h>

#include "fixture.h"
#include "once_client.h"
#include "test.h"

#define PATIENCE_US 10000000

static uint64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

int
once_client_attach(struct once_client *c, const char *devargs)
{
	memset(c, 0, sizeof(*c));
	c->dev = fixture_attach_device(devargs, 1, 0);
	if (c->dev < 0)
		return c->dev;
	c->in = rte_vinetalk_alloc((uint16_t)c->dev, ONCE_MOST * sizeof(*c->in), 0,
		RTE_VINETALK_PLACE_HOST);
	c->out = rte_vinetalk_alloc((uint16_t)c->dev, ONCE_MOST * sizeof(*c->out), 0,
		RTE_VINETALK_PLACE_HOST);
	if (c->in == NULL || c->out == NULL)
		return -ENOMEM;
	return fixture_proc(c->dev, "echo", &c->proc, &c->vaccel);
}

int
once_client_attach_path(struct once_client *c, const char *path)
{
	char devargs[160];

	snprintf(devargs, sizeof(devargs), "shm,path=%s", path);
	return once_client_attach(c, devargs);
}

bool
once_client_send(struct once_client *c)
{
	const uint64_t at = c->sent % ONCE_MOST;
	struct rte_vinetalk_task t;

	c->in[at] = c->sent * UINT64_C(0x9e3779b97f4a7c15) + 1;
	c->out[at] = 0;
	rte_vinetalk_task_init(&t, c->vaccel, c->proc, c->sent);
	rte_vinetalk_task_in((uint16_t)c->dev, &t, &c->in[at], sizeof(*c->in));
	rte_vinetalk_task_out((uint16_t)c->dev, &t, &c->out[at], sizeof(*c->out));
	if (rte_vinetalk_enqueue_burst((uint16_t)c->dev, 0, &t, 1) != 1)
		return false;
	c->sent++;
	return true;
}

void
once_client_take(struct once_client *c)
{
	struct rte_vinetalk_completion got;

	while (rte_vinetalk_dequeue_burst((uint16_t)c->dev, 0, &got, 1) == 1) {
		/* Each once, in its order. */
		CU_ASSERT_EQUAL(got.cookie, c->next);
		CU_ASSERT_TRUE(got.cookie < c->sent);
		if (got.status == 0) {
			CU_ASSERT_EQUAL(c->out[c->next % ONCE_MOST], c->in[c->next % ONCE_MOST]);
			c->done++;
		} else {
			CU_ASSERT_EQUAL(got.status, -ECONNRESET);
			c->failed++;
		}
		c->next++;
	}
}

void
once_client_finish(struct once_client *c)
{
	const uint64_t start = now_us();

	while (c->next < c->sent && now_us() - start < PATIENCE_US) {
		rte_vinetalk_wait((uint16_t)c->dev, 0, 500);
		once_client_take(c);
	}
	CU_ASSERT_EQUAL(c->next, c->sent);
	c->next = c->sent;
}

void
once_client_works(struct once_client *c)
{
	const uint64_t start = now_us(), done = c->done;
	unsigned int i = 0;

	while (i < ONCE_BURST && now_us() - start < PATIENCE_US) {
		if (once_client_send(c))
			i++;
		else
			rte_vinetalk_wait((uint16_t)c->dev, 0, 100);
	}
	once_client_finish(c);
	CU_ASSERT_EQUAL(c->done, done + ONCE_BURST);
}
