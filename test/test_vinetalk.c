/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The client's class: registry of transport drivers, and clients as processes of their own. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_log.h>
#include <rte_vinetalk_driver.h>

#include "conformance.h"
#include "test.h"

#define TIMEOUT_MS 30000

/* ---- registry ---- */

static int
no_attach(struct rte_vinetalk_dev *dev, const char *args)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(args);
	return -EIO;
}

static void
no_close(struct rte_vinetalk_dev *dev)
{
	RTE_SET_USED(dev);
}

static struct rte_vinetalk_qp *
no_setup(struct rte_vinetalk_dev *dev, uint16_t qp_id, const struct rte_vinetalk_qp_conf *conf)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(qp_id);
	RTE_SET_USED(conf);
	return NULL;
}

static void
no_release(struct rte_vinetalk_dev *dev, struct rte_vinetalk_qp *qp)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(qp);
}

static int
no_accel(struct rte_vinetalk_dev *dev, uint16_t index, struct rte_vinetalk_accel_info *info)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(index);
	RTE_SET_USED(info);
	return -ENOENT;
}

static int
no_stats(struct rte_vinetalk_dev *dev, uint16_t index, struct rte_vinetalk_accel_stats *stats)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(index);
	RTE_SET_USED(stats);
	return -ENOENT;
}

static int
no_acquire(struct rte_vinetalk_dev *dev, const struct rte_vinetalk_vaccel_conf *conf,
		uint16_t *vaccel)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(conf);
	RTE_SET_USED(vaccel);
	return -ENOENT;
}

static int
no_id(struct rte_vinetalk_dev *dev, uint16_t id)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(id);
	return -ENOENT;
}

static int
no_proc(struct rte_vinetalk_dev *dev, uint16_t index, struct rte_vinetalk_proc_info *info)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(index);
	RTE_SET_USED(info);
	return -ENOENT;
}

static int
no_get(struct rte_vinetalk_dev *dev, const char *name, enum rte_vinetalk_accel_type type,
		uint16_t *proc)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(name);
	RTE_SET_USED(type);
	RTE_SET_USED(proc);
	return -ENOENT;
}

static int
no_wait(struct rte_vinetalk_qp *qp, int64_t timeout_us)
{
	RTE_SET_USED(qp);
	RTE_SET_USED(timeout_us);
	return -ETIMEDOUT;
}

static uint16_t
no_enqueue(void *qp, struct rte_vinetalk_task *tasks, uint16_t nb)
{
	RTE_SET_USED(qp);
	RTE_SET_USED(tasks);
	RTE_SET_USED(nb);
	return 0;
}

static uint16_t
no_dequeue(void *qp, struct rte_vinetalk_completion *completions, uint16_t nb)
{
	RTE_SET_USED(qp);
	RTE_SET_USED(completions);
	RTE_SET_USED(nb);
	return 0;
}

static const struct rte_vinetalk_ops whole = {
	.api = RTE_VINETALK_DRIVER_API,
	.name = "test_driver",
	.attach = no_attach,
	.close = no_close,
	.qp_setup = no_setup,
	.qp_release = no_release,
	.accel_info = no_accel,
	.accel_stats = no_stats,
	.vaccel_acquire = no_acquire,
	.vaccel_release = no_id,
	.proc_info = no_proc,
	.proc_get = no_get,
	.proc_put = no_id,
	.wait = no_wait,
	.enqueue = no_enqueue,
	.dequeue = no_dequeue,
};

static void
test_register(void)
{
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_driver_register(&whole), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_attach("test_driver"), -EIO);
	CU_ASSERT_EQUAL(rte_vinetalk_attach("test_driver,any=thing"), -EIO);
	CU_ASSERT_EQUAL(rte_vinetalk_count(), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_driver_unregister(&whole), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_attach("test_driver"), -ENODEV);
}

/* A registration that fails makes attaches fail, until it is taken off. */
static void
refused(const struct rte_vinetalk_ops *ops, int err)
{
	CU_ASSERT_EQUAL(rte_vinetalk_driver_register(ops), err);
	CU_ASSERT_EQUAL(rte_vinetalk_attach("empty"), err);
	CU_ASSERT_EQUAL(rte_vinetalk_driver_unregister(ops), -ENOENT);
}

static void
test_register_bad(void)
{
	struct rte_vinetalk_ops ops;
	int dev;

	refused(NULL, -EINVAL);
	ops = whole;
	ops.name = NULL;
	refused(&ops, -EINVAL);
	ops = whole;
	ops.api = RTE_VINETALK_DRIVER_API + 1;
	refused(&ops, -EPROTONOSUPPORT);
	ops = whole;
	ops.name = "empty";
	refused(&ops, -EEXIST);
#define LACKS(op) do { ops = whole; ops.op = NULL; refused(&ops, -EINVAL); } while (0)
	LACKS(attach);
	LACKS(close);
	LACKS(qp_setup);
	LACKS(qp_release);
	LACKS(accel_info);
	LACKS(accel_stats);
	LACKS(vaccel_acquire);
	LACKS(vaccel_release);
	LACKS(proc_info);
	LACKS(proc_get);
	LACKS(proc_put);
	LACKS(wait);
	LACKS(enqueue);
	LACKS(dequeue);
	dev = rte_vinetalk_attach("empty");
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
}

static void
test_register_many(void)
{
	static struct rte_vinetalk_ops ops[64];
	static char names[64][16];
	unsigned int i, nb;
	int ret = 0;

	for (nb = 0; nb < RTE_DIM(ops) && ret == 0; nb++) {
		snprintf(names[nb], sizeof(names[nb]), "many%u", nb);
		ops[nb] = whole;
		ops[nb].name = names[nb];
		ret = rte_vinetalk_driver_register(&ops[nb]);
	}
	CU_ASSERT_EQUAL(ret, -ENOSPC);
	for (i = 0; i + 1 < nb; i++)
		CU_ASSERT_EQUAL(rte_vinetalk_driver_unregister(&ops[i]), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_driver_unregister(&ops[nb - 1]), -ENOENT);
}

/* As many devices as there can be, and the free numbers again. */
static void
test_devices(void)
{
	uint16_t i;

	for (i = 0; i < RTE_VINETALK_MAX_DEVS; i++)
		CU_ASSERT_EQUAL(rte_vinetalk_attach("empty,size=1048576"), i);
	CU_ASSERT_EQUAL(rte_vinetalk_count(), RTE_VINETALK_MAX_DEVS);
	CU_ASSERT_EQUAL(rte_vinetalk_attach("empty"), -ENOSPC);
	CU_ASSERT_EQUAL(rte_vinetalk_close(17), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_attach("empty"), 17);
	CU_ASSERT_EQUAL(rte_vinetalk_get_dev_id("empty17"), 17);
	for (i = 0; i < RTE_VINETALK_MAX_DEVS; i++)
		CU_ASSERT_EQUAL(rte_vinetalk_close(i), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_count(), 0);
}

/* ---- processes ---- */

static int
run_client(const char *devargs, const char *preload, const char *path, char **output)
{
	char program[600], libs[600], mark[600], lib[600];
	const char *const argv[] = { "env", mark, libs, path, lib, program, devargs, NULL };

	snprintf(program, sizeof(program), "%s/test/noeal/%s", vt_test_build_dir(),
		devargs != NULL ? "vinetalk-client" : "vinetalk-calls-eal");
	snprintf(lib, sizeof(lib), "%s%s", preload != NULL ? "LD_PRELOAD=" : "VT_NOTHING=",
		preload != NULL ? preload : "");
	snprintf(mark, sizeof(mark), "VT_EAL_MARK=%s/mark", vt_test_tmp_dir());
	/* Sanitizers want to be the first library, and look for leaks of dlopen. */
	snprintf(libs, sizeof(libs), "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0");
	return vt_test_run(argv, NULL, output, TIMEOUT_MS);
}

static bool
marked(void)
{
	char mark[600];

	snprintf(mark, sizeof(mark), "%s/mark", vt_test_tmp_dir());
	return unlink(mark) == 0;
}

static const char *
interposer(void)
{
	static char lib[600];

	snprintf(lib, sizeof(lib), "%s/test/noeal/vinetalk-interpose.so", vt_test_build_dir());
	return lib;
}

/* Where drivers are built: the plugins that a client loads. */
static const char *
driver_path(void)
{
	static char path[600];

	snprintf(path, sizeof(path), "VINETALK_DRIVER_PATH=%s/drivers", vt_test_build_dir());
	return path;
}

static void
client_works(const char *devargs)
{
	char *output = NULL;

	CU_ASSERT_EQUAL(run_client(devargs, interposer(), driver_path(), &output), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	if (strstr(output, "1000 tasks") == NULL)
		printf("%s", output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "1000 tasks"));
	free(output);
	CU_ASSERT_FALSE(marked());
}

static void
test_no_eal(void)
{
	CU_ASSERT_EQUAL_FATAL(access(interposer(), R_OK), 0);
	/* The interposer notices a call. */
	CU_ASSERT_EQUAL(run_client(NULL, interposer(), driver_path(), NULL), 0);
	CU_ASSERT_TRUE(marked());
	client_works("empty");
	client_works("local_profile");
}

static void
test_no_eal_shm(void)
{
	CU_ASSERT_EQUAL_FATAL(conf_shm_setup(), 0);
	client_works(conf_shm_devargs());
	conf_shm_cleanup();
}

static void
test_plugins(void)
{
	char *output = NULL;

	/* Without the directory of the build there are none: nothing is installed there. */
	CU_ASSERT_NOT_EQUAL(run_client("no_such_driver", NULL, driver_path(), &output), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "no_such_driver"));
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "empty"));
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "shm"));
	free(output);
	output = NULL;
	CU_ASSERT_NOT_EQUAL(run_client("no_such_driver", NULL,
		"VINETALK_DRIVER_PATH=/no/such/directory", &output), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "no_such_driver"));
	free(output);
}

static void
test_plugin_broken(void)
{
	char file[600], path[600], *output = NULL;
	FILE *f;

	snprintf(file, sizeof(file), "%s/librte_transport_broken.so", vt_test_tmp_dir());
	snprintf(path, sizeof(path), "VINETALK_DRIVER_PATH=%s", vt_test_tmp_dir());
	f = fopen(file, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs("this is no shared object\n", f);
	fclose(f);
	CU_ASSERT_NOT_EQUAL(run_client("broken", NULL, path, &output), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "librte_transport_broken.so cannot be loaded"));
	free(output);
	unlink(file);
}

static const struct vt_test_case cases[] = {
	{ "driver registered", test_register },
	{ "driver refused", test_register_bad },
	{ "too many drivers", test_register_many },
	{ "as many devices as can be", test_devices },
	{ "clients do not call rte_eal_init", test_no_eal },
	{ "a client of an appliance does not call rte_eal_init", test_no_eal_shm },
	{ "drivers are plugins", test_plugins },
	{ "a plugin that is none", test_plugin_broken },
};

VT_TEST_SUITE(vinetalk_client_autotest, NULL, NULL, cases);
