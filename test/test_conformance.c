/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The conformance suite of transport drivers: one suite for each driver, and what cases share. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_string_fns.h>

#include "conformance.h"

static const struct conf_driver *current;

const struct conf_driver *
conf_driver(void)
{
	return current;
}

/* ---- devices ---- */

static void
close_all(void)
{
	uint16_t i;

	for (i = 0; i < RTE_VINETALK_MAX_DEVS; i++)
		if (rte_vinetalk_is_valid(i))
			rte_vinetalk_close(i);
}

uint16_t
conf_attach_more(void)
{
	int dev = rte_vinetalk_attach(current->devargs());

	CU_ASSERT_TRUE_FATAL(dev >= 0);
	return (uint16_t)dev;
}

uint16_t
conf_attach(void)
{
	close_all();
	return conf_attach_more();
}

void
conf_start(uint16_t dev, uint16_t nb_qps, uint32_t depth)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = nb_qps };
	struct rte_vinetalk_qp_conf qc = { .depth = depth };
	uint16_t i;

	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_configure(dev, &conf), 0);
	for (i = 0; i < nb_qps; i++)
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_queue_pair_setup(dev, i, &qc), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_start(dev), 0);
}

void
conf_equip(struct conf_env *e, uint16_t dev)
{
	struct rte_vinetalk_proc_info first;

	memset(e, 0, sizeof(*e));
	e->dev = dev;
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_info_get(dev, &e->info), 0);
	CU_ASSERT_TRUE_FATAL(rte_vinetalk_proc_list(dev, &first, 1) >= 1);
	conf_proc(e, e->info.capabilities & RTE_VINETALK_CAPA_DATA_PATH ? "crc32c" : first.name,
		&e->proc, &e->va);
	e->data = rte_vinetalk_alloc(dev, CONF_DATA, 0, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e->data);
	memset(e->data, 0x5a, CONF_DATA);
}

void
conf_up(struct conf_env *e, uint16_t nb_qps, uint32_t depth)
{
	uint16_t dev = conf_attach();

	conf_start(dev, nb_qps, depth);
	conf_equip(e, dev);
}

void
conf_down(struct conf_env *e)
{
	CU_ASSERT_EQUAL(rte_vinetalk_close(e->dev), 0);
}

int
conf_acquire(uint16_t dev, uint16_t accel, uint16_t proc, uint32_t flags, uint16_t *va)
{
	const struct rte_vinetalk_vaccel_conf conf = {
		.accel = accel,
		.proc = proc,
		.flags = flags,
	};

	return rte_vinetalk_vaccel_acquire(dev, &conf, va);
}

void
conf_proc(const struct conf_env *e, const char *name, uint16_t *proc, uint16_t *va)
{
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get(e->dev, name, RTE_VINETALK_ACCEL_ANY, proc), 0);
	CU_ASSERT_EQUAL_FATAL(conf_acquire(e->dev, RTE_VINETALK_ID_ANY, *proc, 0, va), 0);
}

/* ---- tasks ---- */

void
conf_task(const struct conf_env *e, struct rte_vinetalk_task *t, uint64_t cookie)
{
	rte_vinetalk_task_init(t, e->va, e->proc, cookie);
	CU_ASSERT_EQUAL(rte_vinetalk_task_in(e->dev, t, e->data, 8), 0);
}

unsigned int
conf_collect(uint16_t dev, uint16_t qp, struct rte_vinetalk_completion *c, unsigned int nb)
{
	unsigned int got = 0;
	uint16_t n;

	while (got < nb) {
		n = rte_vinetalk_dequeue_burst(dev, qp, c + got,
			(uint16_t)RTE_MIN(nb - got, 1024U));
		got += n;
		if (n == 0 && rte_vinetalk_wait(dev, qp, CONF_TIMEOUT_US) == -ETIMEDOUT)
			break;
	}
	return got;
}

int32_t
conf_status(const struct conf_env *e, struct rte_vinetalk_task *t,
		struct rte_vinetalk_completion *c)
{
	struct rte_vinetalk_completion own;

	if (c == NULL)
		c = &own;
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst(e->dev, 0, t, 1), 1);
	CU_ASSERT_EQUAL_FATAL(conf_collect(e->dev, 0, c, 1), 1);
	CU_ASSERT_EQUAL(c->cookie, t->cookie);
	return c->status;
}

bool
conf_needs(const struct conf_env *e, uint32_t capability, const char *name)
{
	if (e->info.capabilities & capability)
		return true;
	vt_test_skip_reason("driver %s lacks RTE_VINETALK_CAPA_%s", e->info.driver, name);
	return false;
}

/* ---- drivers ---- */

static int
nothing(void)
{
	return 0;
}

static const char *
empty_args(void)
{
	return "empty";
}

/* With a file: the suite runs over the recording, too. */
static const char *
local_args(void)
{
	static char args[256];

	snprintf(args, sizeof(args), "local_profile,size=0x800000,file=%s/conformance.csv",
		vt_test_tmp_dir());
	return args;
}

/* One that the caller names, such as a new one: VT_CONFORMANCE_DRIVER=mine[,key=value...]. */
static const char *
named_args(void)
{
	return getenv("VT_CONFORMANCE_DRIVER");
}

static int
named_setup(void)
{
	if (named_args() != NULL)
		return 0;
	vt_test_skip_reason("VT_CONFORMANCE_DRIVER is not set");
	return VT_TEST_SKIPPED;
}

enum { EMPTY, LOCAL, SHM, SHM_SINGLE, SHM_THREAD, NAMED };

static char named_name[RTE_VINETALK_NAME_LEN];

const struct conf_driver conf_drivers[] = {
	[EMPTY] = { "empty", "size=12x", nothing, nothing, empty_args },
	[LOCAL] = { "local_profile", "buffer=-1", nothing, nothing, local_args },
	[SHM] = { "shm", "queue_pairs=many", conf_shm_setup, conf_shm_cleanup, conf_shm_devargs },
	[SHM_SINGLE] = { "shm", "queue_pairs=many", conf_shm_single_setup, conf_shm_cleanup,
		conf_shm_devargs },
	[SHM_THREAD] = { "shm", "queue_pairs=many", conf_shm_thread_setup, conf_shm_cleanup,
		conf_shm_devargs },
	[NAMED] = { named_name, NULL, named_setup, nothing, named_args },
};

static int
begin(unsigned int which)
{
	const char *args = named_args();
	int ret;

	if (args != NULL)
		snprintf(named_name, sizeof(named_name), "%.*s", (int)strcspn(args, ","), args);
	current = &conf_drivers[which];
	ret = current->setup();
	return ret;
}

static int
end(void)
{
	close_all();
	return current->cleanup();
}

static int
begin_empty(void)
{
	return begin(EMPTY);
}

static int
begin_local(void)
{
	return begin(LOCAL);
}

static int
begin_shm(void)
{
	return begin(SHM);
}

static int
begin_shm_single(void)
{
	return begin(SHM_SINGLE);
}

static int
begin_shm_thread(void)
{
	return begin(SHM_THREAD);
}

static int
begin_named(void)
{
	return begin(NAMED);
}

#define CONF_ENTRY(text, fn) { text, conf_case_ ## fn },
static const struct vt_test_case cases[] = {
	CONF_CASES(CONF_ENTRY)
};

VT_TEST_SUITE(vinetalk_conformance_empty_autotest, begin_empty, end, cases);
VT_TEST_SUITE(vinetalk_conformance_local_profile_autotest, begin_local, end, cases);
VT_TEST_SUITE(vinetalk_conformance_shm_autotest, begin_shm, end, cases);
VT_TEST_SUITE(vinetalk_conformance_shm_single_autotest, begin_shm_single, end, cases);
VT_TEST_SUITE(vinetalk_conformance_shm_thread_autotest, begin_shm_thread, end, cases);
VT_TEST_SUITE_F(vinetalk_conformance_named_autotest, begin_named, end, cases, VT_TEST_F_EXTRA);
