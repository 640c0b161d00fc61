/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* An appliance that is a guest itself, on a vt-broker's region: it serves another guest and a process. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include <rte_vinetalk.h>

#include "appliance_process.h"
#include "broker_process.h"
#include "fixture.h"
#include "test.h"
#include "vm/guest.h"

#define BOOT_MS 60000
#define WORK_MS 120000

static struct vt_broker broker;

static int
suite_setup(void)
{
	int ret = vm_available();

	if (ret != 0)
		return ret;
	return vt_broker_start(&broker, ",size=32M,clients=4") == 0 ? 0 : 1;
}

static int
suite_cleanup(void)
{
	vt_broker_stop(&broker, SIGTERM);
	return 0;
}

static int
host_attach(uint16_t *proc, uint16_t *va)
{
	int dev = fixture_attach_path(broker.clients, 1, 0);

	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(fixture_proc(dev, "nop", proc, va), 0);
	return dev;
}

/* way: --vfio, so that there are doorbells both ways, or another option, so that all of it polls. */
static void
serve(const char *way)
{
	const char *appliance[] = { "--domain", broker.owner, "--timeout", "200", "--no-stdin", way,
		"--", vm_program("app/vt-appliance/vt-appliance"), "--no-huge", "--no-shconf",
		"--no-telemetry", "--no-pci", "-m", "64", "-l", "0", "--", "--oversubscribe",
		"--domain", "b,pci=first,clients=4,arena=1M", "--accel", "cpu,workers=0", "--accel",
		"null", NULL };
	const char *client[] = { "--domain", broker.clients, "--timeout", "110", "--no-stdin", way,
		"--", vm_program("test/vm/vt-guest"), "tasks", "ivshmem", "20000", NULL };
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task t;
	struct vm_guest a, g;
	uint16_t proc, va;
	int dev, ret;

	CU_ASSERT_EQUAL_FATAL(vm_start(&a, appliance), 0);
	CU_ASSERT_TRUE_FATAL(vm_wait_for(&a, "vt-appliance: ready", BOOT_MS));
	CU_ASSERT_EQUAL_FATAL(vm_start(&g, client), 0);
	dev = host_attach(&proc, &va);
	fixture_works(dev, proc, va, 500, 20000000);
	CU_ASSERT_EQUAL(vm_wait(&g, WORK_MS), 0);
	CU_ASSERT_EQUAL(vm_said(&g, "done"), 1);
	vm_end(&g);
	fixture_works(dev, proc, va, 100, 20000000);
	/* The appliance dies; its broker stands. A wait ends, and the task with it. */
	CU_ASSERT_EQUAL(vm_kill(&a), 0);
	rte_vinetalk_task_init(&t, va, proc, 77);
	CU_ASSERT_EQUAL(rte_vinetalk_enqueue_burst((uint16_t)dev, 0, &t, 1), 1);
	do
		ret = rte_vinetalk_wait((uint16_t)dev, 0, 20000000);
	while (ret == 0 && rte_vinetalk_dequeue_burst((uint16_t)dev, 0, &c, 1) == 1 && c.status == 0);
	CU_ASSERT_TRUE(ret == -ENODEV || c.status == -ECONNRESET);
	rte_vinetalk_close((uint16_t)dev);
	vm_end(&a);
}

static void
test_doorbells(void)
{
	serve("--vfio");
}

static void
test_polling(void)
{
	serve("--vectors=2");
}

/* Appliances of the host hand over and die; a guest goes on with its work. */
static void
outlive(const char *way)
{
	static struct vt_appliance a;
	char domain[300];
	const char *appliance[] = { "--oversubscribe", "--pollers", "1", "--domain", domain,
		"--accel", "cpu", NULL };
	const char *client[] = { "--domain", broker.clients, "--timeout", "110", way, "--",
		vm_program("test/vm/vt-guest"), "outlive", "ivshmem", NULL };
	struct vm_guest g;

	snprintf(domain, sizeof(domain), "b,broker=%s,clients=4,arena=1M", broker.owner);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, appliance), 0);
	CU_ASSERT_EQUAL_FATAL(vm_start(&g, client), 0);
	CU_ASSERT_TRUE(vm_wait_for(&g, "working", BOOT_MS));
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGUSR2), 0);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, appliance), 0);
	CU_ASSERT_TRUE(vm_wait_for(&g, "went on 1", BOOT_MS));
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGKILL), 128 + SIGKILL);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, appliance), 0);
	CU_ASSERT_TRUE(vm_wait_for(&g, "went on 2", BOOT_MS));
	CU_ASSERT_EQUAL(vm_input(&g, "enough\n"), 0);
	CU_ASSERT_EQUAL(vm_wait(&g, WORK_MS), 0);
	CU_ASSERT_EQUAL(vm_said(&g, "done"), 1);
	vm_end(&g);
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
}

static void
test_outlive_doorbells(void)
{
	outlive("--vfio");
}

static void
test_outlive_polling(void)
{
	outlive("--vectors=2");
}

static const struct vt_test_case cases[] = {
	{ "a guest outlives its appliances, by doorbells", test_outlive_doorbells },
	{ "a guest outlives its appliances, polling", test_outlive_polling },
	{ "an appliance with interrupts", test_doorbells },
	{ "its successor, which polls", test_polling },
};

VT_TEST_SUITE(vinetalk_vm_appliance_autotest, suite_setup, suite_cleanup, cases);
