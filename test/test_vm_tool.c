/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* What vt-vm.py says about VMs that others run, and about mistakes. No guest is started. */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "test.h"

static struct fixture f;
static char tool[PATH_MAX];

static int
setup(void)
{
	static const char * const nulls[] = { "null", NULL };
	const struct rte_vtappliance_domain_conf dom = { .uid = -1, .gid = -1, .nb_clients = 2 };

	snprintf(tool, sizeof(tool), "%s/usertools/vt-vm.py", vt_test_source_dir());
	if (!vt_test_have("python3")) {
		vt_test_skip_reason("python3 is not installed");
		return VT_TEST_SKIPPED;
	}
	return fixture_start(&f, 1, 1, nulls, NULL, &dom) == 0 ? 0 : 1;
}

static int
cleanup(void)
{
	fixture_stop(&f);
	return 0;
}

/* Run it through the shell, since arguments differ in number; look for a text in what it says. */
static void
says(int status, const char *args, const char *text)
{
	char command[PATH_MAX + 1024];
	char *output = NULL;
	int ret;

	snprintf(command, sizeof(command), "%s %s", tool, args);
	ret = vt_test_shell(command, &output, 30000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_EQUAL(ret, status);
	if (ret != status || strstr(output, text) == NULL) {
		CU_FAIL("another outcome");
		printf("\n%s: %d, wanted %d, '%s':\n%s\n", args, ret, status, text, output);
	}
	free(output);
}

static void
domain_says(int status, const char *before, const char *after, const char *text)
{
	char args[1024];

	snprintf(args, sizeof(args), "%s --domain %s %s", before, f.path[0], after);
	says(status, args, text);
}

static void
test_print(void)
{
	domain_says(0, "args", "", "ivshmem-doorbell,id=vtdev0,vectors=2,chardev=vt0");
	domain_says(0, "args", "--vfio --vectors 4", "intel-iommu,intremap=on,caching-mode=on");
	domain_says(0, "args", "--vfio --vectors 4", "vectors=4");
	domain_says(0, "libvirt", "", "<model type='ivshmem-doorbell'/>");
	domain_says(0, "libvirt", "--vectors 3", "<msi vectors='3' ioeventfd='on'/>");
	domain_says(0, "libvirt", "--vfio", "<iommu model='intel'>");
}

static void
test_check(void)
{
	static const struct {
		int status;
		const char *qemu, *text;
	} vms[] = {
		{ 0, "-device ivshmem-doorbell,vectors=2,chardev=c", "no interrupts in the guest" },
		{ 1, "-device ivshmem-doorbell,vectors=1,chardev=c", "problem: vectors=1" },
		{ 1, "-device virtio-net", "problem: no ivshmem device" },
		{ 1, "-accel tcg -smp 1 -device ivshmem-doorbell", "problem: -smp 1 under TCG" },
		{ 0, "-accel tcg -smp 1,maxcpus=2 -device ivshmem-doorbell", "2 doorbells" },
		{ 1, "-device intel-iommu -device ivshmem-doorbell", "needs intremap=on" },
		{ 1, "-device intel-iommu,intremap=on,caching-mode=on -device ivshmem-doorbell",
			"kernel-irqchip=split" },
		{ 0, "-M q35,kernel-irqchip=split -device intel-iommu,intremap=on,caching-mode=on"
			" -device ivshmem-doorbell", "2 doorbells" },
		{ 1, "-device pcie-root-port,id=p -device ivshmem-doorbell", "pref64-reserve" },
		{ 1, "-cpu qemu64 -device ivshmem-doorbell", "lacks instructions" },
		{ 1, "-chardev socket,reconnect=1 -device ivshmem-doorbell", "hangs QEMU" },
	};
	char after[512];
	unsigned int i;

	domain_says(0, "check", "", "bytes, 2 doorbells of the appliance");
	for (i = 0; i < RTE_DIM(vms); i++) {
		snprintf(after, sizeof(after), "-- %s", vms[i].qemu);
		domain_says(vms[i].status, "check", after, vms[i].text);
	}
	says(125, "check --domain /nowhere.sock", "No such file");
	says(125, "check --plain /nowhere", "No such file");
	says(125, "check --plain /bin/sh", "must have a power of two");
}

static void
test_mistakes(void)
{
	says(2, "", "usage:");
	says(2, "run hello", "comes behind --");
	says(2, "fly", "invalid choice");
	says(0, "--help", "examples:");
	says(0, "run --help", "--hotplug-port");
	if (!vt_test_have("qemu-system-x86_64"))
		return;
	says(125, "run --domain /nowhere.sock -- /bin/true", "is no socket");
	domain_says(125, "run --accel tcg", "-- no-such-program", "no program no-such-program");
	domain_says(125, "run --accel tcg --add /nowhere", "-- /bin/true", "no such file");
}

static const struct vt_test_case cases[] = {
	{ "arguments for others", test_print },
	{ "check", test_check },
	{ "mistakes", test_mistakes },
};

VT_TEST_SUITE(vinetalk_vm_tool_autotest, setup, cleanup, cases);
