/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The accelerator class itself: registration, device arguments, native calls. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_accel.h"

/* A driver that does nothing, to be registered wrongly. */
static int
dummy_probe(struct rte_vtaccel *dev, const char *args)
{
	return rte_vtaccel_args_parse(dev, args, NULL, 0);
}

static void
dummy_remove(struct rte_vtaccel *dev)
{
	RTE_SET_USED(dev);
}

static const struct rte_vtaccel_proc *
dummy_proc_at(struct rte_vtaccel *dev, unsigned int index)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(index);
	return NULL;
}

static uint16_t
dummy_burst(struct rte_vtaccel *dev, struct rte_vtaccel_task **tasks, uint16_t nb)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(tasks);
	RTE_SET_USED(nb);
	return 0;
}

static void
dummy_mem_del(struct rte_vtaccel *dev, void *addr)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(addr);
}

static int
dummy_buf_add(struct rte_vtaccel *dev, void *addr, uint64_t len, bool both)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(addr);
	RTE_SET_USED(len);
	RTE_SET_USED(both);
	return 0;
}

static const struct rte_vtaccel_ops dummy = {
	.api = RTE_VTACCEL_API,
	.name = "test_dummy",
	.probe = dummy_probe,
	.remove = dummy_remove,
	.proc_at = dummy_proc_at,
	.enqueue_burst = dummy_burst,
	.dequeue_burst = dummy_burst,
};

static int
dummy_native(struct rte_vtaccel_task *t)
{
	RTE_SET_USED(t);
	return 0;
}

static const struct rte_vtaccel_proc dummy_proc = {
	.api = RTE_VTACCEL_API,
	.name = "test_dummy",
	.type = RTE_VINETALK_ACCEL_CPU,
	.native = dummy_native,
};

#define BAD_DRIVER(field, value, err) do { \
	struct rte_vtaccel_ops ops = dummy; \
	ops.field = value; \
	CU_ASSERT_EQUAL(rte_vtaccel_register(&ops), err); \
	CU_ASSERT_EQUAL(rte_vtaccel_unregister(&ops), -ENOENT); \
} while (0)

static void
test_driver_refused(void)
{
	CU_ASSERT_EQUAL(rte_vtaccel_register(NULL), -EINVAL);
	BAD_DRIVER(api, RTE_VTACCEL_API + 1, -EPROTONOSUPPORT);
	BAD_DRIVER(api, 0, -EPROTONOSUPPORT);
	BAD_DRIVER(name, NULL, -EINVAL);
	BAD_DRIVER(name, "", -EINVAL);
	BAD_DRIVER(name, "a,b", -EINVAL);
	BAD_DRIVER(name, "a b", -EINVAL);
	BAD_DRIVER(name, "0123456789012345678901234567890123456789012345678901234567890123",
		-EINVAL);
	BAD_DRIVER(probe, NULL, -EINVAL);
	BAD_DRIVER(remove, NULL, -EINVAL);
	BAD_DRIVER(proc_at, NULL, -EINVAL);
	BAD_DRIVER(enqueue_burst, NULL, -EINVAL);
	BAD_DRIVER(dequeue_burst, NULL, -EINVAL);
	BAD_DRIVER(buf_add, dummy_buf_add, -EINVAL);
	BAD_DRIVER(mem_del, dummy_mem_del, -EINVAL);
	BAD_DRIVER(type, RTE_VINETALK_ACCEL_TYPES, -EINVAL);
	BAD_DRIVER(name, "cpu", -EEXIST);
}

static void
test_driver_life(void)
{
	struct rte_vtaccel *dev;

	CU_ASSERT_EQUAL(rte_vtaccel_probe("test_dummy", &dev), -ENODEV);
	CU_ASSERT_EQUAL(rte_vtaccel_register(&dummy), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_register(&dummy), -EEXIST);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("test_dummy", &dev), 0);
	/* Without any optional operation. */
	CU_ASSERT_EQUAL(rte_vtaccel_start(dev), 0);
	rte_vtaccel_stop(dev);
	CU_ASSERT_EQUAL(rte_vtaccel_unregister(&dummy), -EBUSY);
	rte_vtaccel_remove(dev);
	CU_ASSERT_EQUAL(rte_vtaccel_unregister(&dummy), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_unregister(&dummy), -ENOENT);
}

static void
test_driver_table_full(void)
{
	static struct rte_vtaccel_ops many[RTE_VTACCEL_DRIVERS_MAX + 1];
	static char names[RTE_VTACCEL_DRIVERS_MAX + 1][16];
	unsigned int n;
	int ret = 0;

	for (n = 0; n < RTE_DIM(many); n++) {
		snprintf(names[n], sizeof(names[n]), "test_%u", n);
		many[n] = dummy;
		many[n].name = names[n];
		ret = rte_vtaccel_register(&many[n]);
		if (ret != 0)
			break;
	}
	CU_ASSERT_EQUAL(ret, -ENOSPC);
	/* null and cpu are there already. */
	CU_ASSERT(n > 0 && n <= RTE_VTACCEL_DRIVERS_MAX - 2);
	while (n-- > 0)
		CU_ASSERT_EQUAL(rte_vtaccel_unregister(&many[n]), 0);
}

#define BAD_PROC(field, value, err) do { \
	struct rte_vtaccel_proc p = dummy_proc; \
	p.field = value; \
	CU_ASSERT_EQUAL(rte_vtaccel_native_register(&p), err); \
	CU_ASSERT_EQUAL(rte_vtaccel_native_unregister(&p), -ENOENT); \
} while (0)

static void
test_native_refused(void)
{
	CU_ASSERT_EQUAL(rte_vtaccel_native_register(NULL), -EINVAL);
	BAD_PROC(api, RTE_VTACCEL_API + 1, -EPROTONOSUPPORT);
	BAD_PROC(name, NULL, -EINVAL);
	BAD_PROC(name, "", -EINVAL);
	BAD_PROC(name, "tab\t", -EINVAL);
	BAD_PROC(native, NULL, -EINVAL);
	BAD_PROC(type, RTE_VINETALK_ACCEL_GPU, -EINVAL);
	BAD_PROC(flags, 1u << 31, -EINVAL);
	BAD_PROC(min_in, 1, -EINVAL);
	BAD_PROC(min_out, 1, -EINVAL);
	BAD_PROC(min_args, 1, -EINVAL);
	BAD_PROC(name, RTE_VTACCEL_PROC_ECHO, -EEXIST);
	{
		struct rte_vtaccel_proc p = dummy_proc;

		p.min_in = p.max_in = 9;
		p.min_out = p.max_out = 8;
		CU_ASSERT_EQUAL(rte_vtaccel_native_register(&p), -EINVAL);
		p.min_in = 8;
		p.min_args = p.max_args = RTE_VINETALK_MAX_ARGS + 1;
		CU_ASSERT_EQUAL(rte_vtaccel_native_register(&p), -EINVAL);
		p.min_args = RTE_VINETALK_MAX_ARGS;
		CU_ASSERT_EQUAL(rte_vtaccel_native_register(&p), 0);
		CU_ASSERT_EQUAL(rte_vtaccel_native_unregister(&p), 0);
	}
}

static void
test_native_table_full(void)
{
	static struct rte_vtaccel_proc many[RTE_VTACCEL_NATIVE_MAX + 1];
	static char names[RTE_VTACCEL_NATIVE_MAX + 1][16];
	unsigned int n;
	int ret = 0;

	for (n = 0; n < RTE_DIM(many); n++) {
		snprintf(names[n], sizeof(names[n]), "test_%u", n);
		many[n] = dummy_proc;
		many[n].name = names[n];
		ret = rte_vtaccel_native_register(&many[n]);
		if (ret != 0)
			break;
	}
	CU_ASSERT_EQUAL(ret, -ENOSPC);
	CU_ASSERT(n > 0 && n < RTE_VTACCEL_NATIVE_MAX);
	CU_ASSERT_PTR_NOT_NULL(rte_vtaccel_native_at(RTE_VTACCEL_NATIVE_MAX - 1));
	CU_ASSERT_PTR_NULL(rte_vtaccel_native_at(RTE_VTACCEL_NATIVE_MAX));
	/* In the order of the registration, so that gaps close. */
	for (unsigned int i = 0; i < n; i++)
		CU_ASSERT_EQUAL(rte_vtaccel_native_unregister(&many[i]), 0);
	CU_ASSERT_PTR_NOT_NULL(accel_native(RTE_VTACCEL_PROC_SGEMM));
}

/* In a process of its own, since it cannot be undone. */
static void
test_constructor_error(void)
{
	struct rte_vtaccel *dev;
	int status = -1;
	pid_t pid;

	CU_ASSERT_EQUAL(rte_vtaccel_registration_error(), 0);
	rte_vtaccel_registration_note(0);
	CU_ASSERT_EQUAL(rte_vtaccel_registration_error(), 0);
	pid = fork();
	if (pid == 0) {
		rte_vtaccel_registration_note(-EEXIST);
		rte_vtaccel_registration_note(-ENOSPC);
		_exit(rte_vtaccel_registration_error() != -EEXIST ? 1 :
			rte_vtaccel_probe("null", &dev) != -EEXIST ? 2 : 42);
	}
	CU_ASSERT_FATAL(pid > 0);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT(WIFEXITED(status));
	CU_ASSERT_EQUAL(WEXITSTATUS(status), 42);
}

static void
test_types(void)
{
	int i;

	for (i = 0; i < RTE_VINETALK_ACCEL_TYPES; i++)
		CU_ASSERT_EQUAL(rte_vtaccel_type_parse(rte_vtaccel_type_name(i)), i);
	CU_ASSERT_STRING_EQUAL(rte_vtaccel_type_name(RTE_VINETALK_ACCEL_CPU), "cpu");
	CU_ASSERT_STRING_EQUAL(rte_vtaccel_type_name(RTE_VINETALK_ACCEL_TYPES), "?");
	CU_ASSERT_EQUAL(rte_vtaccel_type_parse("?"), -EINVAL);
	CU_ASSERT_EQUAL(rte_vtaccel_type_parse(""), -EINVAL);
	CU_ASSERT_EQUAL(rte_vtaccel_type_parse("CPU"), -EINVAL);
	CU_ASSERT_EQUAL(rte_vtaccel_type_parse(NULL), -EINVAL);
}

static void
test_devargs_refused(void)
{
	static const struct {
		const char *devargs;
		int err;
	} bad[] = {
		{ NULL, -EINVAL },
		{ "", -EINVAL },
		{ ",", -EINVAL },
		{ "nothing", -ENODEV },
		{ "nul", -ENODEV },
		{ "cpu ", -ENODEV },
		{ "0123456789012345678901234567890123456789012345678901234567890123", -EINVAL },
		{ "null,unknown=1", -EINVAL },
		{ "null,status", -EINVAL },
		{ "null,status=", -EINVAL },
		{ "null,status=-5", -EINVAL },
		{ "null,status=+5", -EINVAL },
		{ "null,status= 5", -EINVAL },
		{ "null,status=5x", -EINVAL },
		{ "null,status=4096", -EINVAL },
		{ "null,status=99999999999999999999", -EINVAL },
		{ "null,status=1,status=2", -EINVAL },
		{ "null,stall=2", -EINVAL },
		{ "null,delay_us=60000001", -EINVAL },
		{ "null,fail_every=4294967296", -EINVAL },
		{ "null,type=abacus", -EINVAL },
		{ "null,type=" "0123456789012345678901234567890123456789012345678901234567890123",
			-EINVAL },
		{ "null,name=", -EINVAL },
		{ "null,name", -EINVAL },
		{ "null,name=a,name=b", -EINVAL },
		{ "null,name=" "0123456789012345678901234567890123456789012345678901234567890123",
			-EINVAL },
		{ "null,=1", -EINVAL },
		{ "cpu,workers=129", -EINVAL },
		{ "cpu,aside=65", -EINVAL },
		{ "cpu,depth=0", -EINVAL },
		{ "cpu,depth=65537", -EINVAL },
		{ "cpu,inline=4294967296", -EINVAL },
		{ "cpu,stall=1", -EINVAL },
	};
	struct rte_vtaccel *dev;
	unsigned int i;

	for (i = 0; i < RTE_DIM(bad); i++) {
		int ret = rte_vtaccel_probe(bad[i].devargs, &dev);

		if (ret != bad[i].err)
			printf("\n%s: %d\n", bad[i].devargs, ret);
		CU_ASSERT_EQUAL(ret, bad[i].err);
	}
	CU_ASSERT_EQUAL(rte_vtaccel_probe("null", NULL), -EINVAL);
}

static void
test_devargs_taken(void)
{
	static const char *const good[] = {
		"null,", "null,status=0x10", "null,stall=1,name=a,status=5", "null,name=a,stall=1",
		"null,type=dma", "cpu,workers=3,inline=0,depth=1,name=x", "cpu,depth=65536",
	};
	struct rte_vtaccel *dev;
	unsigned int i;

	for (i = 0; i < RTE_DIM(good); i++) {
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(good[i], &dev), 0);
		if (strstr(good[i], "name=a") != NULL)
			CU_ASSERT_STRING_EQUAL(dev->name, "a");
		rte_vtaccel_remove(dev);
	}
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("null,type=dma", &dev), 0);
	CU_ASSERT_EQUAL(dev->ops->type, RTE_VINETALK_ACCEL_DMA);
	rte_vtaccel_remove(dev);
	rte_vtaccel_remove(NULL);
}

static void
test_names(void)
{
	struct rte_vtaccel *a, *b, *c;

	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("null", &a), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("null", &b), 0);
	CU_ASSERT_STRING_EQUAL(a->name, "null0");
	CU_ASSERT_STRING_EQUAL(b->name, "null1");
	CU_ASSERT_NOT_EQUAL(a->id, b->id);
	CU_ASSERT_EQUAL(rte_vtaccel_probe("cpu,name=null1", &c), -EEXIST);
	rte_vtaccel_remove(a);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("null", &a), 0);
	CU_ASSERT_STRING_EQUAL(a->name, "null0");
	rte_vtaccel_remove(a);
	rte_vtaccel_remove(b);
}

static void
test_too_many_devices(void)
{
	struct rte_vtaccel *devs[RTE_VTACCEL_MAX], *one_more;
	unsigned int i;

	for (i = 0; i < RTE_VTACCEL_MAX; i++)
		CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("null", &devs[i]), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_probe("null", &one_more), -ENOSPC);
	rte_vtaccel_remove(devs[5]);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("null", &devs[5]), 0);
	CU_ASSERT_EQUAL(devs[5]->id, 5);
	for (i = 0; i < RTE_VTACCEL_MAX; i++)
		rte_vtaccel_remove(devs[i]);
}

/* What a procedure saw. */
static uint8_t client_in[100], client_in2[5], client_out[100];
static int native_ret;

static int
private_run(struct rte_vtaccel_task *t)
{
	const uint8_t *in = t->segs[0].addr;
	uint8_t *out = t->segs[2].addr;
	bool moved = in != client_in && t->segs[1].addr != client_in2;

	/* The client changes its memory now. */
	memset(client_in, 0xee, sizeof(client_in));
	memset(client_out, 0x77, sizeof(client_out));
	t->result = moved && in[0] == 1 && in[99] == 1 && out != client_out && out[50] == 3;
	memset(out, 9, 10);
	return native_ret;
}

static void
test_private_copies(void)
{
	struct rte_vtaccel_proc p = dummy_proc;
	struct accel_task at;
	struct rte_vtaccel_seg *segs;

	p.native = private_run;
	p.max_in = 2;
	p.max_out = 1;
	p.flags = RTE_VTACCEL_PROC_F_PRIVATE_INPUT | RTE_VTACCEL_PROC_F_PRIVATE_OUTPUT;
	for (native_ret = 0; native_ret >= -1; native_ret--) {
		memset(client_in, 1, sizeof(client_in));
		memset(client_in2, 2, sizeof(client_in2));
		memset(client_out, 3, sizeof(client_out));
		accel_task_init(&at, &p, NULL);
		accel_task_in(&at, client_in, sizeof(client_in));
		accel_task_in(&at, client_in2, sizeof(client_in2));
		accel_task_out(&at, client_out, sizeof(client_out));
		segs = at.t.segs;
		rte_vtaccel_native_run(&at.t);
		CU_ASSERT_EQUAL(at.t.status, native_ret);
		CU_ASSERT_EQUAL(at.t.result, 1);
		CU_ASSERT_EQUAL(at.t.copied, 205);
		CU_ASSERT_PTR_EQUAL(at.t.segs, segs);
		CU_ASSERT_PTR_EQUAL(at.segs[2].addr, client_out);
		/* Written back whole if it succeeded, and else not at all. */
		CU_ASSERT_EQUAL(client_out[0], native_ret == 0 ? 9 : 0x77);
		CU_ASSERT_EQUAL(client_out[10], native_ret == 0 ? 3 : 0x77);
	}
}

static void
test_native_run_refuses(void)
{
	struct rte_vtaccel_proc p = dummy_proc;
	struct accel_task at;
	unsigned int i;

	p.max_in = p.max_out = 255;
	accel_task_init(&at, &p, NULL);
	at.t.nb_in = 9;
	at.t.nb_out = 8;
	rte_vtaccel_native_run(&at.t);
	CU_ASSERT_EQUAL(at.t.status, -EINVAL);
	CU_ASSERT_EQUAL(at.t.result, 0);
	CU_ASSERT_EQUAL(at.t.copied, 0);

	/* 16 lengths of almost 4 GiB: refused before anything is read. */
	p.flags = RTE_VTACCEL_PROC_F_PRIVATE_INPUT;
	accel_task_init(&at, &p, NULL);
	for (i = 0; i < 16; i++)
		accel_task_in(&at, client_in, UINT32_MAX);
	rte_vtaccel_native_run(&at.t);
	CU_ASSERT_EQUAL(at.t.status, -E2BIG);
	accel_task_init(&at, &p, NULL);
	accel_task_in(&at, client_in, RTE_VTACCEL_PRIVATE_MAX);
	accel_task_in(&at, client_in, 1);
	rte_vtaccel_native_run(&at.t);
	CU_ASSERT_EQUAL(at.t.status, -E2BIG);
	CU_ASSERT_EQUAL(at.t.copied, 0);

	/* Empty segments need not have an address. */
	accel_task_init(&at, &p, NULL);
	accel_task_in(&at, NULL, 0);
	rte_vtaccel_native_run(&at.t);
	CU_ASSERT_EQUAL(at.t.status, 0);

	p.native = NULL;
	accel_task_init(&at, &p, NULL);
	rte_vtaccel_native_run(&at.t);
	CU_ASSERT_EQUAL(at.t.status, -ENOSYS);
	p.native = private_run;
	p.flags = 0;
	native_ret = 7;
	accel_task_init(&at, &p, NULL);
	accel_task_in(&at, client_in, sizeof(client_in));
	accel_task_in(&at, client_in, sizeof(client_in));
	accel_task_out(&at, client_out, sizeof(client_out));
	rte_vtaccel_native_run(&at.t);
	CU_ASSERT_EQUAL(at.t.status, -EPROTO);
	native_ret = 0;
}

static const struct vt_test_case cases[] = {
	{ "drivers that are refused", test_driver_refused },
	{ "a driver comes and goes", test_driver_life },
	{ "too many drivers", test_driver_table_full },
	{ "procedures that are refused", test_native_refused },
	{ "too many procedures", test_native_table_full },
	{ "an error of a constructor makes each probe fail", test_constructor_error },
	{ "names of types", test_types },
	{ "device arguments that are refused", test_devargs_refused },
	{ "device arguments that are taken", test_devargs_taken },
	{ "names of devices", test_names },
	{ "too many devices", test_too_many_devices },
	{ "private copies", test_private_copies },
	{ "native calls that are refused", test_native_run_refuses },
};

VT_TEST_SUITE(vinetalk_accel_registry_autotest, NULL, NULL, cases)
