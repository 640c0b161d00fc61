/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Conformance of transport drivers: accelerators and procedures. */

#include <errno.h>
#include <string.h>

#include <rte_vtaccel.h>

#include "conformance.h"

#define ANY RTE_VINETALK_ID_ANY
#define MAX_ACCELS 64
#define MAX_VACCELS 4096

/* ---- accelerators ---- */

void
conf_case_accel_list(void)
{
	struct rte_vinetalk_accel_info info;
	uint16_t ids[MAX_ACCELS];
	struct conf_env e;
	int nb, i;

	conf_up(&e, 1, 0);
	nb = rte_vinetalk_accel_list(e.dev, RTE_VINETALK_ACCEL_ANY, NULL, 0);
	CU_ASSERT_TRUE_FATAL(nb >= 1 && nb <= MAX_ACCELS);
	memset(ids, 0xff, sizeof(ids));
	CU_ASSERT_EQUAL(rte_vinetalk_accel_list(e.dev, RTE_VINETALK_ACCEL_ANY, ids, MAX_ACCELS),
		nb);
	for (i = 0; i < nb; i++) {
		CU_ASSERT_EQUAL(rte_vinetalk_accel_info_get(e.dev, ids[i], &info), 0);
		CU_ASSERT_EQUAL(info.id, ids[i]);
	}
	CU_ASSERT_EQUAL(ids[nb], UINT16_MAX);
	CU_ASSERT_EQUAL(rte_vinetalk_accel_list(e.dev, RTE_VINETALK_ACCEL_ANY, NULL, 1), -EINVAL);
	conf_down(&e);
}

void
conf_case_accel_types(void)
{
	int nb, sum = 0, i, type;
	struct rte_vinetalk_accel_info info;
	uint16_t ids[MAX_ACCELS];
	struct conf_env e;

	conf_up(&e, 1, 0);
	for (type = 1; type < RTE_VINETALK_ACCEL_TYPES; type++) {
		nb = rte_vinetalk_accel_list(e.dev, (enum rte_vinetalk_accel_type)type, ids,
			MAX_ACCELS);
		CU_ASSERT_TRUE_FATAL(nb >= 0 && nb <= MAX_ACCELS);
		for (i = 0; i < nb; i++) {
			CU_ASSERT_EQUAL(rte_vinetalk_accel_info_get(e.dev, ids[i], &info), 0);
			CU_ASSERT_EQUAL((int)info.type, type);
		}
		sum += nb;
	}
	nb = rte_vinetalk_accel_list(e.dev, RTE_VINETALK_ACCEL_ANY, ids, MAX_ACCELS);
	CU_ASSERT_TRUE(sum >= 1 && sum <= nb);
	CU_ASSERT_EQUAL(rte_vinetalk_accel_list(e.dev, RTE_VINETALK_ACCEL_TYPES, ids, 1), -EINVAL);
	conf_down(&e);
}

void
conf_case_accel_info(void)
{
	struct rte_vinetalk_accel_info info;
	struct conf_env e;

	conf_up(&e, 1, 0);
	memset(&info, 0xff, sizeof(info));
	CU_ASSERT_EQUAL(rte_vinetalk_accel_info_get(e.dev, 0, &info), 0);
	CU_ASSERT_TRUE(info.name[0] != '\0' &&
		strnlen(info.name, sizeof(info.name)) < sizeof(info.name));
	CU_ASSERT_TRUE(strnlen(info.location, sizeof(info.location)) < sizeof(info.location));
	CU_ASSERT_TRUE(info.state == RTE_VINETALK_ACCEL_IDLE ||
		info.state == RTE_VINETALK_ACCEL_BUSY);
	CU_ASSERT_FALSE(info.exclusive);
	CU_ASSERT_EQUAL(rte_vinetalk_accel_info_get(e.dev, 60000, &info), -ENOENT);
	CU_ASSERT_EQUAL(rte_vinetalk_accel_info_get(e.dev, ANY, &info), -ENOENT);
	CU_ASSERT_EQUAL(rte_vinetalk_accel_info_get(e.dev, 0, NULL), -EINVAL);
	conf_down(&e);
}

static uint64_t
tasks_of_all(const struct conf_env *e, uint64_t *bytes)
{
	struct rte_vinetalk_accel_stats s;
	uint64_t sum = 0;
	uint16_t i;

	*bytes = 0;
	for (i = 0; rte_vinetalk_accel_stats_get(e->dev, i, &s) == 0; i++) {
		sum += s.tasks;
		*bytes += s.bytes;
	}
	return sum;
}

void
conf_case_accel_stats(void)
{
	struct rte_vinetalk_accel_stats s;
	uint64_t before, after, bytes[2];
	struct rte_vinetalk_task t;
	struct conf_env e;
	unsigned int i;

	conf_up(&e, 1, 0);
	before = tasks_of_all(&e, &bytes[0]);
	for (i = 0; i < 10; i++) {
		conf_task(&e, &t, i);
		CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), 0);
	}
	after = tasks_of_all(&e, &bytes[1]);
	CU_ASSERT_EQUAL(after - before, 10);
	CU_ASSERT_EQUAL(bytes[1] - bytes[0], 80);
	CU_ASSERT_EQUAL(rte_vinetalk_accel_stats_get(e.dev, 60000, &s), -ENOENT);
	CU_ASSERT_EQUAL(rte_vinetalk_accel_stats_get(e.dev, 0, NULL), -EINVAL);
	conf_down(&e);
}

static uint32_t
vaccels_of_all(const struct conf_env *e)
{
	struct rte_vinetalk_accel_info info;
	uint32_t sum = 0;
	uint16_t i;

	for (i = 0; rte_vinetalk_accel_info_get(e->dev, i, &info) == 0; i++)
		sum += info.nb_vaccels;
	return sum;
}

void
conf_case_acquire_any(void)
{
	struct conf_env e;
	uint32_t before;
	uint16_t va[3];
	unsigned int i;

	conf_up(&e, 1, 0);
	before = vaccels_of_all(&e);
	CU_ASSERT_EQUAL(before, 1);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(conf_acquire(e.dev, ANY, ANY, 0, &va[i]), 0);
	CU_ASSERT_TRUE(va[0] != va[1] && va[1] != va[2] && va[0] != va[2]);
	CU_ASSERT_EQUAL(vaccels_of_all(&e), before + 3);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, va[i]), 0);
	CU_ASSERT_EQUAL(vaccels_of_all(&e), before);
	conf_down(&e);
}

void
conf_case_acquire_type(void)
{
	struct rte_vinetalk_vaccel_conf conf = { .accel = ANY, .proc = ANY };
	struct rte_vinetalk_accel_info info;
	struct conf_env e;
	uint32_t before;
	uint16_t va, id;
	int type;

	conf_up(&e, 1, 0);
	for (type = 1; type < RTE_VINETALK_ACCEL_TYPES; type++) {
		conf.type = (enum rte_vinetalk_accel_type)type;
		if (rte_vinetalk_accel_list(e.dev, conf.type, &id, 1) == 0) {
			CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire(e.dev, &conf, &va), -ENOENT);
			continue;
		}
		rte_vinetalk_accel_info_get(e.dev, id, &info);
		before = info.nb_vaccels;
		CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire(e.dev, &conf, &va), 0);
		rte_vinetalk_accel_info_get(e.dev, id, &info);
		CU_ASSERT_EQUAL(info.nb_vaccels, before + 1);
	}
	conf_down(&e);
}

void
conf_case_acquire_id(void)
{
	struct rte_vinetalk_accel_info info;
	uint16_t ids[MAX_ACCELS], va;
	struct conf_env e;
	uint32_t before;
	int nb, i;

	conf_up(&e, 1, 0);
	nb = rte_vinetalk_accel_list(e.dev, RTE_VINETALK_ACCEL_ANY, ids, MAX_ACCELS);
	for (i = 0; i < nb; i++) {
		rte_vinetalk_accel_info_get(e.dev, ids[i], &info);
		before = info.nb_vaccels;
		CU_ASSERT_EQUAL(conf_acquire(e.dev, ids[i], ANY, 0, &va), 0);
		rte_vinetalk_accel_info_get(e.dev, ids[i], &info);
		CU_ASSERT_EQUAL(info.nb_vaccels, before + 1);
	}
	CU_ASSERT_EQUAL(conf_acquire(e.dev, 60000, ANY, 0, &va), -ENOENT);
	conf_down(&e);
}

void
conf_case_acquire_proc(void)
{
	struct rte_vinetalk_task t;
	struct conf_env e;
	uint16_t va;

	conf_up(&e, 1, 0);
	CU_ASSERT_EQUAL(conf_acquire(e.dev, ANY, e.proc, 0, &va), 0);
	conf_task(&e, &t, 1);
	t.vaccel = va;
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), 0);
	/* A handle that proc_get did not give. */
	CU_ASSERT_EQUAL(conf_acquire(e.dev, ANY, 60000, 0, &va), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_put(e.dev, e.proc), 0);
	CU_ASSERT_EQUAL(conf_acquire(e.dev, ANY, e.proc, 0, &va), -EINVAL);
	conf_down(&e);
}

void
conf_case_acquire_bad(void)
{
	struct rte_vinetalk_vaccel_conf conf = { .accel = ANY, .proc = ANY };
	struct conf_env e;
	unsigned int i;
	uint16_t va;

	conf_up(&e, 1, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire(e.dev, NULL, &va), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire(e.dev, &conf, NULL), -EINVAL);
	conf.flags = 1U << 31;
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire(e.dev, &conf, &va), -EINVAL);
	conf.flags = 0;
	conf.type = RTE_VINETALK_ACCEL_TYPES;
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire(e.dev, &conf, &va), -EINVAL);
	conf.type = RTE_VINETALK_ACCEL_ANY;
	for (i = 0; i < RTE_DIM(conf.reserved); i++) {
		conf.reserved[i] = 1;
		CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire(e.dev, &conf, &va), -EINVAL);
		conf.reserved[i] = 0;
	}
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire(e.dev, &conf, &va), 0);
	conf_down(&e);
}

/* A limit that a driver takes does not stop a client that is far below it. */
void
conf_case_acquire_limits(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct conf_env e;
	unsigned int i;
	uint16_t va;

	conf_up(&e, 1, 0);
	for (i = 0; i < 5; i++) {
		struct rte_vinetalk_vaccel_conf conf = { .accel = ANY, .proc = e.proc };
		int ret;

		conf.max_sessions = i == 4 ? 2 : 0;
		conf.max_tasks = i == 0 ? 4 : 0;
		conf.rate_tasks = i == 1 ? UINT32_MAX : 0;
		conf.rate_bytes = i == 2 ? RTE_VINETALK_VACCEL_RATE_BYTES_MAX :
			i == 3 ? RTE_VINETALK_VACCEL_RATE_BYTES_MAX + 1 : 0;
		ret = rte_vinetalk_vaccel_acquire(e.dev, &conf, &va);
		CU_ASSERT_TRUE(i == 3 ? ret == -EINVAL : ret == 0 || ret == -ENOTSUP);
		if (ret != 0)
			continue;
		conf_task(&e, &t, i);
		t.vaccel = va;
		CU_ASSERT_EQUAL(rte_vinetalk_run(e.dev, 0, &t, &c, CONF_TIMEOUT_US), 0);
		CU_ASSERT_EQUAL(c.status, 0);
		CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, va), 0);
	}
	conf_down(&e);
}

void
conf_case_acquire_all(void)
{
	static uint16_t va[MAX_VACCELS];
	struct conf_env e;
	unsigned int nb, i;
	int ret = 0;

	conf_up(&e, 1, 0);
	for (nb = 0; nb < MAX_VACCELS; nb++) {
		ret = conf_acquire(e.dev, ANY, ANY, 0, &va[nb]);
		if (ret != 0)
			break;
	}
	CU_ASSERT_EQUAL(ret, -ENOSPC);
	CU_ASSERT_TRUE(nb >= 16);
	for (i = 0; i < nb; i++)
		CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, va[i]), 0);
	CU_ASSERT_EQUAL(conf_acquire(e.dev, ANY, ANY, 0, &va[0]), 0);
	conf_down(&e);
}

void
conf_case_exclusive(void)
{
	const uint32_t flag = RTE_VINETALK_VACCEL_F_EXCLUSIVE;
	struct rte_vinetalk_accel_info info;
	struct conf_env e;
	uint16_t va, more;

	conf_up(&e, 1, 0);
	CONF_NEEDS(&e, EXCLUSIVE);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, e.va), 0);
	CU_ASSERT_EQUAL(conf_acquire(e.dev, 0, ANY, flag, &va), 0);
	rte_vinetalk_accel_info_get(e.dev, 0, &info);
	CU_ASSERT_TRUE(info.exclusive);
	CU_ASSERT_EQUAL(conf_acquire(e.dev, 0, ANY, flag, &more), -EBUSY);
	/* More streams for the one who has it. */
	CU_ASSERT_EQUAL(conf_acquire(e.dev, 0, ANY, 0, &more), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, more), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, va), 0);
	rte_vinetalk_accel_info_get(e.dev, 0, &info);
	CU_ASSERT_FALSE(info.exclusive);
	/* Not beside a shared one. */
	CU_ASSERT_EQUAL(conf_acquire(e.dev, 0, ANY, 0, &more), 0);
	CU_ASSERT_EQUAL(conf_acquire(e.dev, 0, ANY, flag, &va), -EBUSY);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, more), 0);
	CU_ASSERT_EQUAL(conf_acquire(e.dev, 0, ANY, flag, &va), 0);
	conf_down(&e);
}

void
conf_case_exclusive_other(void)
{
	const uint32_t flag = RTE_VINETALK_VACCEL_F_EXCLUSIVE;
	uint16_t va, other, theirs;
	struct conf_env e;

	conf_up(&e, 1, 0);
	CONF_NEEDS(&e, EXCLUSIVE);
	CONF_NEEDS(&e, REMOTE);
	other = conf_attach_more();
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, e.va), 0);
	CU_ASSERT_EQUAL(conf_acquire(e.dev, 0, ANY, flag, &va), 0);
	CU_ASSERT_EQUAL(conf_acquire(other, 0, ANY, 0, &theirs), -EBUSY);
	CU_ASSERT_EQUAL(conf_acquire(other, 0, ANY, flag, &theirs), -EBUSY);
	/* One that leaves gives it back. */
	conf_down(&e);
	CU_ASSERT_EQUAL(conf_acquire(other, 0, ANY, flag, &theirs), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(other), 0);
}

void
conf_case_release_twice(void)
{
	struct conf_env e;
	uint16_t va;

	conf_up(&e, 1, 0);
	CU_ASSERT_EQUAL(conf_acquire(e.dev, ANY, ANY, 0, &va), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, va), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, va), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, ANY), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(e.dev, 60000), -ENODEV);
	conf_down(&e);
}

/* ---- procedures ---- */

void
conf_case_proc_list(void)
{
	struct rte_vinetalk_proc_info list[256];
	struct conf_env e;
	int nb, i, j;

	conf_up(&e, 1, 0);
	nb = rte_vinetalk_proc_list(e.dev, NULL, 0);
	CU_ASSERT_TRUE_FATAL(nb >= 1 && nb <= 256);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_list(e.dev, list, 256), nb);
	for (i = 0; i < nb; i++) {
		CU_ASSERT_EQUAL(list[i].index, i);
		CU_ASSERT_TRUE(list[i].name[0] != '\0');
		CU_ASSERT_TRUE((int)list[i].type < RTE_VINETALK_ACCEL_TYPES);
		for (j = 0; j < i; j++)
			CU_ASSERT_TRUE(list[i].type != list[j].type ||
				strcmp(list[i].name, list[j].name) != 0);
	}
	CU_ASSERT_EQUAL(rte_vinetalk_proc_list(e.dev, NULL, 1), -EINVAL);
	conf_down(&e);
}

void
conf_case_proc_get(void)
{
	struct rte_vinetalk_proc_info list[256];
	struct rte_vinetalk_task t;
	uint16_t a, b;
	struct conf_env e;
	int nb, i;

	conf_up(&e, 1, 0);
	nb = RTE_MIN(rte_vinetalk_proc_list(e.dev, list, 256), 256);
	for (i = 0; i < nb; i++) {
		CU_ASSERT_EQUAL(rte_vinetalk_proc_get(e.dev, list[i].name, list[i].type, &a), 0);
		CU_ASSERT_EQUAL(rte_vinetalk_proc_get(e.dev, list[i].name, list[i].type, &b), 0);
		CU_ASSERT_EQUAL(a, b);
		CU_ASSERT_EQUAL(rte_vinetalk_proc_put(e.dev, a), 0);
		CU_ASSERT_EQUAL(rte_vinetalk_proc_put(e.dev, a), 0);
	}
	/* The one handle that conf_up() got is still good, and then no longer. */
	conf_task(&e, &t, 1);
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_put(e.dev, e.proc), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_put(e.dev, e.proc), -ENOENT);
	conf_down(&e);
}

void
conf_case_proc_unknown(void)
{
	char name[2 * RTE_VINETALK_NAME_LEN];
	struct rte_vinetalk_proc_info first;
	struct conf_env e;
	uint16_t proc;

	conf_up(&e, 1, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get(e.dev, "no_such_proc", RTE_VINETALK_ACCEL_ANY,
		&proc), -ENOENT);
	rte_vinetalk_proc_list(e.dev, &first, 1);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get(e.dev, first.name, RTE_VINETALK_ACCEL_FPGA, &proc),
		-ENOENT);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get(e.dev, NULL, RTE_VINETALK_ACCEL_ANY, &proc), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get(e.dev, "", RTE_VINETALK_ACCEL_ANY, &proc), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get(e.dev, "x", RTE_VINETALK_ACCEL_ANY, NULL), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get(e.dev, "x", RTE_VINETALK_ACCEL_TYPES, &proc),
		-EINVAL);
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get(e.dev, name, RTE_VINETALK_ACCEL_ANY, &proc),
		-ENAMETOOLONG);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_put(e.dev, 60000), -ENOENT);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_put(e.dev, ANY), -ENOENT);
	conf_down(&e);
}

static int
sum_bytes(struct rte_vtaccel_task *t)
{
	const uint8_t *p = t->segs[0].addr;
	uint32_t i;

	t->result = 0;
	for (i = 0; i < t->segs[0].len; i++)
		t->result += p[i];
	return t->args_len == 0 ? 0 : -(int)*(const uint8_t *)t->args;
}

static const struct rte_vtaccel_proc conf_sum = {
	.api = RTE_VTACCEL_API,
	.name = "conf_sum",
	.type = RTE_VINETALK_ACCEL_CPU,
	.min_in = 1,
	.max_in = 1,
	.max_args = 1,
	.native = sum_bytes,
};

void
conf_case_proc_register(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct conf_env e;
	uint16_t proc, va;

	conf_up(&e, 1, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_register(e.dev, NULL), -EINVAL);
	if (!(e.info.capabilities & RTE_VINETALK_CAPA_NATIVE_PROC))
		CU_ASSERT_EQUAL(rte_vinetalk_proc_register(e.dev, &conf_sum), -ENOTSUP);
	CONF_NEEDS(&e, NATIVE_PROC);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_register(e.dev, &conf_sum), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_register(e.dev, &conf_sum), -EEXIST);
	conf_proc(&e, "conf_sum", &proc, &va);
	rte_vinetalk_task_init(&t, va, proc, 5);
	rte_vinetalk_task_in(e.dev, &t, e.data, 100);
	CU_ASSERT_EQUAL(conf_status(&e, &t, &c), 0);
	CU_ASSERT_EQUAL(c.result, 100 * 0x5a);
	conf_down(&e);
	/* It left with its device. */
	conf_up(&e, 1, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get(e.dev, "conf_sum", RTE_VINETALK_ACCEL_ANY, &proc),
		-ENOENT);
	conf_down(&e);
}

void
conf_case_proc_error(void)
{
	struct rte_vinetalk_task t;
	struct conf_env e;
	uint16_t proc, va;
	uint8_t err;

	conf_up(&e, 1, 0);
	CONF_NEEDS(&e, NATIVE_PROC);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_register(e.dev, &conf_sum), 0);
	conf_proc(&e, "conf_sum", &proc, &va);
	for (err = 1; err < 130; err++) {
		rte_vinetalk_task_init(&t, va, proc, err);
		rte_vinetalk_task_in(e.dev, &t, e.data, 100);
		CU_ASSERT_EQUAL(rte_vinetalk_task_args(e.dev, &t, &err, 1), 0);
		CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), -err);
	}
	conf_down(&e);
}
