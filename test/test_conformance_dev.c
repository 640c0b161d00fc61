/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Conformance of transport drivers: life of devices and queue pairs, statistics. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>

#include "conformance.h"

void
conf_case_unknown_driver(void)
{
	CU_ASSERT_EQUAL(rte_vinetalk_attach("no_such_driver"), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_attach("no_such_driver,key=value"), -ENODEV);
}

static int
attach_with(const char *arg)
{
	char args[200];

	snprintf(args, sizeof(args), "%s,%s", conf_driver()->name, arg);
	return rte_vinetalk_attach(args);
}

void
conf_case_unknown_key(void)
{
	CU_ASSERT_EQUAL(attach_with("no_such_key=1"), -EINVAL);
	CU_ASSERT_EQUAL(attach_with("no_such_key"), -EINVAL);
}

void
conf_case_bad_value(void)
{
	if (conf_driver()->bad_value == NULL) {
		vt_test_skip_reason("driver %s: no argument is known here", conf_driver()->name);
		return;
	}
	CU_ASSERT_EQUAL(attach_with(conf_driver()->bad_value), -EINVAL);
}

void
conf_case_attach_null(void)
{
	CU_ASSERT_EQUAL(rte_vinetalk_attach(NULL), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_attach(""), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_attach(",key=value"), -EINVAL);
}

void
conf_case_attach_long(void)
{
	char name[2 * RTE_VINETALK_NAME_LEN];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	CU_ASSERT_EQUAL(rte_vinetalk_attach(name), -EINVAL);
}

void
conf_case_info(void)
{
	uint16_t dev = conf_attach();
	struct rte_vinetalk_info info;

	memset(&info, 0xff, sizeof(info));
	CU_ASSERT_EQUAL(rte_vinetalk_info_get(dev, &info), 0);
	CU_ASSERT_STRING_EQUAL(info.driver, conf_driver()->name);
	CU_ASSERT_EQUAL(strncmp(info.name, info.driver, strlen(info.driver)), 0);
	CU_ASSERT_TRUE(info.max_queue_pairs >= 1);
	CU_ASSERT_EQUAL(info.nb_queue_pairs, 0);
	CU_ASSERT_TRUE(info.min_depth >= 1 && info.min_depth <= info.max_depth);
	CU_ASSERT_TRUE(info.arena_size >= 1 << 20);
	CU_ASSERT_FALSE(info.started);
	CU_ASSERT_EQUAL(rte_vinetalk_info_get(dev, NULL), -EINVAL);
	conf_start(dev, 1, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_info_get(dev, &info), 0);
	CU_ASSERT_EQUAL(info.nb_queue_pairs, 1);
	CU_ASSERT_TRUE(info.started);
	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
}

void
conf_case_lookup(void)
{
	uint16_t dev = conf_attach();
	struct rte_vinetalk_info info;

	CU_ASSERT_EQUAL(rte_vinetalk_count(), 1);
	CU_ASSERT_TRUE(rte_vinetalk_is_valid(dev));
	CU_ASSERT_FALSE(rte_vinetalk_is_valid((uint16_t)(dev + 1)));
	CU_ASSERT_FALSE(rte_vinetalk_is_valid(UINT16_MAX));
	CU_ASSERT_EQUAL(rte_vinetalk_info_get(dev, &info), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_get_dev_id(info.name), dev);
	CU_ASSERT_EQUAL(rte_vinetalk_get_dev_id("no such name"), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_get_dev_id(NULL), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_count(), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_get_dev_id(info.name), -ENODEV);
}

void
conf_case_configure_limits(void)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	uint16_t dev = conf_attach();
	struct rte_vinetalk_info info;
	unsigned int i;

	rte_vinetalk_info_get(dev, &info);
	CU_ASSERT_EQUAL(rte_vinetalk_configure(dev, NULL), -EINVAL);
	conf.nb_queue_pairs = 0;
	CU_ASSERT_EQUAL(rte_vinetalk_configure(dev, &conf), -EINVAL);
	conf.nb_queue_pairs = (uint16_t)(info.max_queue_pairs + 1);
	CU_ASSERT_EQUAL(rte_vinetalk_configure(dev, &conf), -EINVAL);
	conf.nb_queue_pairs = 1;
	conf.reserved16 = 1;
	CU_ASSERT_EQUAL(rte_vinetalk_configure(dev, &conf), -EINVAL);
	conf.reserved16 = 0;
	for (i = 0; i < RTE_DIM(conf.reserved); i++) {
		conf.reserved[i] = 1;
		CU_ASSERT_EQUAL(rte_vinetalk_configure(dev, &conf), -EINVAL);
		conf.reserved[i] = 0;
	}
	conf.nb_queue_pairs = info.max_queue_pairs;
	CU_ASSERT_EQUAL(rte_vinetalk_configure(dev, &conf), 0);
	conf_start(dev, info.max_queue_pairs, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
}

void
conf_case_configure_state(void)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	uint16_t dev = conf_attach();

	conf_start(dev, 1, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_configure(dev, &conf), -EBUSY);
	CU_ASSERT_EQUAL(rte_vinetalk_stop(dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_configure(dev, &conf), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
}

void
conf_case_qp_limits(void)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	struct rte_vinetalk_qp_conf qc = { .depth = 0 };
	uint16_t dev = conf_attach();
	struct rte_vinetalk_info info;
	unsigned int i;

	rte_vinetalk_info_get(dev, &info);
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, 0, &qc), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_configure(dev, &conf), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, 1, &qc), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, UINT16_MAX, &qc), -EINVAL);
	qc.depth = info.max_depth + 1;
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, 0, &qc), -EINVAL);
	if (info.min_depth > 1) {
		qc.depth = info.min_depth - 1;
		CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, 0, &qc), -EINVAL);
	}
	qc.depth = info.min_depth;
	for (i = 0; i < RTE_DIM(qc.reserved); i++) {
		qc.reserved[i] = 1;
		CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, 0, &qc), -EINVAL);
		qc.reserved[i] = 0;
	}
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, 0, &qc), 0);
	/* No configuration: defaults. */
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, 0, NULL), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_start(dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
}

void
conf_case_qp_state(void)
{
	struct rte_vinetalk_qp_conf qc = { .depth = 0 };
	uint16_t dev = conf_attach();

	conf_start(dev, 1, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, 0, &qc), -EBUSY);
	CU_ASSERT_EQUAL(rte_vinetalk_stop(dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, 0, &qc), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
}

/* How many tasks of a burst of 64 a queue pair takes; all are taken back. */
static unsigned int
takes(const struct conf_env *e, uint16_t qp)
{
	struct rte_vinetalk_completion c[64];
	struct rte_vinetalk_task t[64];
	uint16_t n, i;

	for (i = 0; i < 64; i++)
		conf_task(e, &t[i], i);
	n = rte_vinetalk_enqueue_burst(e->dev, qp, t, 64);
	CU_ASSERT_EQUAL(conf_collect(e->dev, qp, c, n), n);
	return n;
}

void
conf_case_qp_again(void)
{
	struct rte_vinetalk_qp_conf qc = { .depth = 8 };
	struct conf_env e;

	conf_up(&e, 1, 16);
	CU_ASSERT_EQUAL(takes(&e, 0), 16);
	CU_ASSERT_EQUAL(rte_vinetalk_stop(e.dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(e.dev, 0, &qc), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_start(e.dev), 0);
	CU_ASSERT_EQUAL(takes(&e, 0), 8);
	conf_down(&e);
}

void
conf_case_start_early(void)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	uint16_t dev = conf_attach();

	CU_ASSERT_EQUAL(rte_vinetalk_start(dev), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_configure(dev, &conf), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_start(dev), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, 0, NULL), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_start(dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
}

void
conf_case_start_twice(void)
{
	uint16_t dev = conf_attach();

	CU_ASSERT_EQUAL(rte_vinetalk_stop(dev), 0);
	conf_start(dev, 1, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_start(dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_stop(dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_stop(dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
}

void
conf_case_stopped(void)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct conf_env e;

	conf_up(&e, 1, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_stop(e.dev), 0);
	conf_task(&e, &t, 1);
	rte_errno = 0;
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e.dev, 0, &t, 1), 0);
	CU_ASSERT_EQUAL(rte_errno, ENODEV);
	rte_errno = 0;
	CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst(e.dev, 0, &c, 1), 0);
	CU_ASSERT_EQUAL(rte_errno, ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_in_flight(e.dev, 0), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_run(e.dev, 0, &t, &c, 1000), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_start(e.dev), 0);
	CU_ASSERT_EQUAL(conf_status(&e, &t, NULL), 0);
	conf_down(&e);
}

void
conf_case_stop_keeps(void)
{
	struct rte_vinetalk_completion c[4];
	struct rte_vinetalk_task t[4];
	struct conf_env e;
	unsigned int i;

	conf_up(&e, 1, 0);
	for (i = 0; i < 4; i++)
		conf_task(&e, &t[i], 100 + i);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst(e.dev, 0, t, 4), 4);
	CU_ASSERT_EQUAL(rte_vinetalk_stop(e.dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_start(e.dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_in_flight(e.dev, 0), 4);
	CU_ASSERT_EQUAL_FATAL(conf_collect(e.dev, 0, c, 4), 4);
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(c[i].cookie, 100 + i);
	conf_down(&e);
}

void
conf_case_restart(void)
{
	struct conf_env e;
	unsigned int i;
	uint16_t nb;

	conf_up(&e, 1, 16);
	for (i = 0; i < 20; i++) {
		nb = (uint16_t)(1 + i % e.info.max_queue_pairs);
		CU_ASSERT_EQUAL(rte_vinetalk_stop(e.dev), 0);
		conf_start(e.dev, nb, 16);
		CU_ASSERT_EQUAL(takes(&e, (uint16_t)(nb - 1)), 16);
		CU_ASSERT_EQUAL(takes(&e, 0), 16);
	}
	conf_down(&e);
}

void
conf_case_configure_busy(void)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct conf_env e;

	conf_up(&e, 1, 0);
	conf_task(&e, &t, 7);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_enqueue_burst(e.dev, 0, &t, 1), 1);
	CU_ASSERT_EQUAL(rte_vinetalk_stop(e.dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_configure(e.dev, &conf), -EBUSY);
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(e.dev, 0, NULL), -EBUSY);
	CU_ASSERT_EQUAL(rte_vinetalk_start(e.dev), 0);
	CU_ASSERT_EQUAL(conf_collect(e.dev, 0, &c, 1), 1);
	CU_ASSERT_EQUAL(rte_vinetalk_stop(e.dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_configure(e.dev, &conf), 0);
	conf_down(&e);
}

void
conf_case_close_open(void)
{
	struct rte_vinetalk_task t[8];
	struct conf_env e;
	unsigned int i, round;

	/* More often than there are slots, vaccels and handles for those that stay behind. */
	for (round = 0; round < 12; round++) {
		conf_up(&e, 1, 0);
		for (i = 0; i < 8; i++)
			conf_task(&e, &t[i], i);
		CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e.dev, 0, t, 8), 8);
		CU_ASSERT_EQUAL(rte_vinetalk_close(e.dev), 0);
		CU_ASSERT_EQUAL(rte_vinetalk_stop(e.dev), -ENODEV);
		CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(e.dev, 0, t, 8), 0);
	}
}

void
conf_case_close_twice(void)
{
	uint16_t dev = conf_attach();

	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_close(UINT16_MAX), -ENODEV);
}

void
conf_case_reattach(void)
{
	struct conf_env e;
	unsigned int i;

	for (i = 0; i < 30; i++) {
		conf_up(&e, 1, 32);
		CU_ASSERT_EQUAL(e.dev, 0);
		CU_ASSERT_EQUAL(takes(&e, 0), 32);
		conf_down(&e);
	}
}

void
conf_case_two_devices(void)
{
	struct conf_env a, b;
	uint16_t dev;

	conf_up(&a, 1, 8);
	dev = conf_attach_more();
	conf_start(dev, 1, 16);
	conf_equip(&b, dev);
	CU_ASSERT_NOT_EQUAL(a.dev, b.dev);
	CU_ASSERT_STRING_NOT_EQUAL(a.info.name, b.info.name);
	CU_ASSERT_EQUAL(takes(&a, 0), 8);
	CU_ASSERT_EQUAL(takes(&b, 0), 16);
	conf_down(&a);
	CU_ASSERT_EQUAL(takes(&b, 0), 16);
	conf_down(&b);
}

void
conf_case_no_device(void)
{
	struct rte_vinetalk_vaccel_conf vc = { .accel = RTE_VINETALK_ID_ANY,
		.proc = RTE_VINETALK_ID_ANY };
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	struct rte_vinetalk_accel_stats as;
	struct rte_vinetalk_accel_info ai;
	struct rte_vinetalk_task_stat ts;
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_seg seg = { 0 };
	struct rte_vinetalk_stats st;
	struct rte_vinetalk_info info;
	struct rte_vinetalk_task t;
	uint16_t id, dev = conf_attach();
	uint8_t args[4] = { 0 };

	CU_ASSERT_EQUAL(rte_vinetalk_close(dev), 0);
	rte_vinetalk_task_init(&t, 0, 0, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_info_get(dev, &info), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_configure(dev, &conf), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_queue_pair_setup(dev, 0, NULL), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_start(dev), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_stop(dev), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_stats_get(dev, &st), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_qp_stats_get(dev, 0, &st), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_stats_reset(dev), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_xstats_names_get(dev, NULL, 0), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_xstats_get(dev, NULL, 0), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_accel_list(dev, RTE_VINETALK_ACCEL_ANY, NULL, 0), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_accel_info_get(dev, 0, &ai), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_accel_stats_get(dev, 0, &as), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire(dev, &vc, &id), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(dev, 0), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_list(dev, NULL, 0), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get(dev, "x", RTE_VINETALK_ACCEL_ANY, &id), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_put(dev, 0), -ENODEV);
	CU_ASSERT_PTR_NULL(rte_vinetalk_alloc(dev, 1, 0, RTE_VINETALK_PLACE_HOST));
	CU_ASSERT_EQUAL(rte_errno, ENODEV);
	rte_vinetalk_free(dev, args);
	CU_ASSERT_EQUAL(rte_vinetalk_buf_size(dev, args), 0);
	CU_ASSERT_PTR_NULL(rte_vinetalk_ptr(dev, 0));
	CU_ASSERT_EQUAL(rte_vinetalk_task_args_ref(dev, &t, args, 4), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_task_segs(dev, &t, &seg, 1, 0), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_task_stat(dev, &t, &ts), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_task_cancel(dev, &t), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_wait(dev, 0, 0), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_run(dev, 0, &t, &c, 0), -ENODEV);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst(dev, 0, &t, 1), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_dequeue_burst(dev, 0, &c, 1), 0);
}

/* ---- statistics ---- */

void
conf_case_stats(void)
{
	struct rte_vinetalk_stats st;
	struct rte_vinetalk_task t;
	struct conf_env e;
	unsigned int bad;

	conf_up(&e, 2, 16);
	CU_ASSERT_EQUAL(takes(&e, 0), 16);
	CU_ASSERT_EQUAL(takes(&e, 1), 16);
	conf_task(&e, &t, 0);
	t.flags = 0x80;
	bad = conf_status(&e, &t, NULL) != 0;
	CU_ASSERT_EQUAL(rte_vinetalk_stats_get(e.dev, &st), 0);
	CU_ASSERT_EQUAL(st.enqueued, 33);
	CU_ASSERT_EQUAL(st.completed, 33 - bad);
	CU_ASSERT_EQUAL(st.failed, bad);
	CU_ASSERT_EQUAL(st.refused, 2 * (64 - 16));
	CU_ASSERT_EQUAL(st.bytes, 33 * 8);
	CU_ASSERT_EQUAL(rte_vinetalk_stats_get(e.dev, NULL), -EINVAL);
	/* They outlive queue pairs. */
	CU_ASSERT_EQUAL(rte_vinetalk_stop(e.dev), 0);
	conf_start(e.dev, 1, 16);
	CU_ASSERT_EQUAL(rte_vinetalk_stats_get(e.dev, &st), 0);
	CU_ASSERT_EQUAL(st.enqueued, 33);
	CU_ASSERT_EQUAL(rte_vinetalk_stats_reset(e.dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_stats_get(e.dev, &st), 0);
	CU_ASSERT_EQUAL(st.enqueued + st.completed + st.failed + st.refused + st.bytes, 0);
	CU_ASSERT_EQUAL(takes(&e, 0), 16);
	CU_ASSERT_EQUAL(rte_vinetalk_stats_get(e.dev, &st), 0);
	CU_ASSERT_EQUAL(st.enqueued, 16);
	CU_ASSERT_EQUAL(st.completed, 16);
	conf_down(&e);
}

void
conf_case_qp_stats(void)
{
	struct rte_vinetalk_stats st;
	struct conf_env e;

	conf_up(&e, 2, 16);
	CU_ASSERT_EQUAL(takes(&e, 1), 16);
	CU_ASSERT_EQUAL(rte_vinetalk_qp_stats_get(e.dev, 1, &st), 0);
	CU_ASSERT_EQUAL(st.enqueued, 16);
	CU_ASSERT_EQUAL(rte_vinetalk_qp_stats_get(e.dev, 0, &st), 0);
	CU_ASSERT_EQUAL(st.enqueued, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_qp_stats_get(e.dev, 2, &st), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_qp_stats_get(e.dev, 0, NULL), -EINVAL);
	/* A queue pair that is made again begins at zero, also behind a reset. */
	CU_ASSERT_EQUAL(rte_vinetalk_stats_reset(e.dev), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_stop(e.dev), 0);
	conf_start(e.dev, 2, 16);
	CU_ASSERT_EQUAL(takes(&e, 1), 16);
	CU_ASSERT_EQUAL(rte_vinetalk_qp_stats_get(e.dev, 1, &st), 0);
	CU_ASSERT_EQUAL(st.enqueued, 16);
	conf_down(&e);
}

void
conf_case_stats_refused(void)
{
	struct rte_vinetalk_stats st;
	struct conf_env e;

	conf_up(&e, 1, 1);
	CU_ASSERT_EQUAL(takes(&e, 0), 1);
	CU_ASSERT_EQUAL(rte_vinetalk_stats_get(e.dev, &st), 0);
	CU_ASSERT_EQUAL(st.refused, 63);
	CU_ASSERT_EQUAL(st.enqueued, 1);
	conf_down(&e);
}

void
conf_case_xstats(void)
{
	struct rte_vinetalk_xstat_name names[64];
	uint64_t values[64];
	struct conf_env e;
	int nb, i, seen = 0;

	conf_up(&e, 2, 16);
	CU_ASSERT_EQUAL(takes(&e, 1), 16);
	nb = rte_vinetalk_xstats_names_get(e.dev, NULL, 0);
	CU_ASSERT_TRUE_FATAL(nb >= 10 && nb <= 64);
	CU_ASSERT_EQUAL(rte_vinetalk_xstats_get(e.dev, NULL, 0), nb);
	CU_ASSERT_EQUAL(rte_vinetalk_xstats_names_get(e.dev, names, 64), nb);
	CU_ASSERT_EQUAL(rte_vinetalk_xstats_get(e.dev, values, 64), nb);
	for (i = 0; i < nb; i++) {
		CU_ASSERT_TRUE(names[i].name[0] != '\0' &&
			strnlen(names[i].name, sizeof(names[i].name)) < sizeof(names[i].name));
		if (strcmp(names[i].name, "qp1_enqueued") == 0) {
			CU_ASSERT_EQUAL(values[i], 16);
			seen++;
		}
	}
	CU_ASSERT_EQUAL(seen, 1);
	/* A short array is filled, and the whole number is told. */
	values[1] = 0xabcdef;
	CU_ASSERT_EQUAL(rte_vinetalk_xstats_get(e.dev, values, 1), nb);
	CU_ASSERT_EQUAL(values[1], 0xabcdef);
	CU_ASSERT_EQUAL(rte_vinetalk_xstats_get(e.dev, NULL, 1), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_xstats_names_get(e.dev, NULL, 1), -EINVAL);
	conf_down(&e);
}
