/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Clients in real guests. The appliance is in this process. */

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_vinetalk.h>

#include "appliance_process.h"
#include "conformance.h"
#include "fixture.h"
#include "test.h"
#include "vm/guest.h"

#define BOOT_MS 60000
#define WORK_MS 120000
#define HEARTBEAT_MS 2000

static const char * const cpus[] = { "cpu,workers=1", "null,type=gpu", NULL };
static const struct rte_vtappliance_conf beats = { .heartbeat_ms = HEARTBEAT_MS };

static int
suite_setup(void)
{
	return vm_available();
}

static int
up(struct fixture *f, uint32_t nb_domains)
{
	static const struct rte_vtappliance_domain_conf dom = { .uid = -1, .gid = -1,
		.nb_clients = 4, .arena_size = 12 << 20 };

	return fixture_start(f, 1, nb_domains, cpus, &beats, &dom);
}

static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Wait until that many clients are attached: milliseconds, or -1 after 20 s. */
static int
clients_become(struct fixture *f, uint64_t nb)
{
	const uint64_t start = now_ms();
	struct rte_vtappliance_stats st;

	do {
		rte_vtappliance_stats_get(f->app, &st);
		if (st.clients == nb)
			return (int)(now_ms() - start);
		usleep(1000);
	} while (now_ms() - start < 20000);
	return -1;
}

/* ---- the data path ---- */

/* The conformance suite, with two devices, since some cases need two clients. */
static void
conformance(const char *vfio)
{
	struct fixture f;
	struct vm_guest g;
	const char *args[] = { "--domain", f.path[0], "--domain", f.path[0], "--timeout", "110",
		"--env", "VT_CONFORMANCE_DRIVER=ivshmem", "--no-stdin", vfio, "--",
		vm_program("test/dpdk-test"), "--no-huge", "--no-shconf", "--no-telemetry",
		"--no-pci", "-m", "64", "-l", "0", "vinetalk_conformance_named_autotest", NULL };

	CU_ASSERT_EQUAL_FATAL(up(&f, 1), 0);
	CU_ASSERT_EQUAL_FATAL(vm_start(&g, args), 0);
	CU_ASSERT_EQUAL(vm_wait(&g, WORK_MS), 0);
	CU_ASSERT_EQUAL(vm_said(&g, "Test:"), CONF_NB_CASES);
	CU_ASSERT_EQUAL(vm_said(&g, "FAILED"), 0);
	/* What it skips, and nothing of the data path. */
	CU_ASSERT_EQUAL(vm_said(&g, "skipped: 3\n"), 1);
	CU_ASSERT_EQUAL(vm_said(&g, "RTE_VINETALK_CAPA_DATA_PATH"), 0);
	CU_ASSERT_TRUE(vm_said(&g, strcmp(vfio, "--vfio") == 0 ? "by vfio, 2 interrupts" :
		"by sysfs") >= CONF_NB_CASES);
	vm_end(&g);
	fixture_stop(&f);
}

static void
test_conformance_sysfs(void)
{
	conformance("--vectors=2");
}

static void
test_conformance_vfio(void)
{
	conformance("--vfio");
}

/* Two guests in one domain and one in another, all at once. */
static void
test_three_guests(void)
{
	struct fixture f;
	struct vm_guest g[3];
	const char *program = vm_program("test/vm/vt-guest");
	struct rte_vtappliance_stats st;
	unsigned int i;

	CU_ASSERT_EQUAL_FATAL(up(&f, 2), 0);
	for (i = 0; i < 3; i++) {
		const char *args[] = { "--domain", f.path[i == 2], "--timeout", "110", "--no-stdin",
			i == 1 ? "--vfio" : "--vectors=2", "--", program, "tasks", "ivshmem",
			"100000", NULL };

		CU_ASSERT_EQUAL_FATAL(vm_start(&g[i], args), 0);
	}
	for (i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(vm_wait(&g[i], WORK_MS), 0);
		CU_ASSERT_EQUAL(vm_said(&g[i], "done"), 1);
		vm_end(&g[i]);
	}
	rte_vtappliance_stats_get(f.app, &st);
	CU_ASSERT_EQUAL(st.tasks, 300000);
	CU_ASSERT_EQUAL(st.completed, 300000);
	CU_ASSERT_EQUAL(st.attached, 3);
	fixture_stop(&f);
}

/*
 * Parks and rings between guest and host, whose sleeps last up to 10 s. A guest with interrupts counts those
 * that its own time limit had to make good for.
 */
static void
test_races(void)
{
	static const char * const ways[][2] = { { "--vfio", "20000" }, { "--vectors=2", "5000" } };
	struct vt_appliance a;
	char path[160], domain[240];
	struct vm_guest g;
	unsigned int i;

	snprintf(path, sizeof(path), "%s/races.sock", vt_test_tmp_dir());
	snprintf(domain, sizeof(domain), "r,path=%s,arena=1M,no-huge=yes,layout=thread", path);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&a, (const char *const[]){ "--oversubscribe",
		"--domain", domain, "--accel", "cpu", "--idle", "interrupt", "--park-ms", "10000",
		NULL }), 0);
	for (i = 0; i < RTE_DIM(ways); i++) {
		const char *args[] = { "--domain", path, "--timeout", "110", "--no-stdin",
			ways[i][0], "--", vm_program("test/vm/vt-guest"), "races",
			"ivshmem,spin_us=0", ways[i][1], NULL };

		CU_ASSERT_EQUAL_FATAL(vm_start(&g, args), 0);
		CU_ASSERT_EQUAL(vm_wait(&g, WORK_MS), 0);
		CU_ASSERT_EQUAL(vm_said(&g, "done"), 1);
		vm_end(&g);
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(vt_appliance_ask(&a, "/vinetalk/queue/stats,r"),
		"\"late\":0"));
	CU_ASSERT_EQUAL(vt_appliance_stop(&a, SIGTERM), 0);
}

/* Work for the host's tools to look at. */
static void
test_gzip(void)
{
	static const char file[] = "/usr/lib/x86_64-linux-gnu/libcrypto.so.3";
	char add[256], get[256], script[600];
	struct fixture f;
	struct vm_guest g;
	const char *args[] = { "--domain", f.path[0], "--timeout", "110", "--no-stdin", "--add", add,
		"--get", get, "--", vm_program("examples/gzip_offload"), "--dev", "ivshmem",
		"/in", "/out.gz", NULL };

	snprintf(add, sizeof(add), "%s:/in", file);
	snprintf(get, sizeof(get), "/out.gz:%s/out.gz", vt_test_tmp_dir());
	snprintf(script, sizeof(script), "gzip -t %s/out.gz && gzip -dc %s/out.gz | cmp - %s",
		vt_test_tmp_dir(), vt_test_tmp_dir(), file);
	CU_ASSERT_EQUAL_FATAL(up(&f, 1), 0);
	CU_ASSERT_EQUAL_FATAL(vm_start(&g, args), 0);
	CU_ASSERT_EQUAL(vm_wait(&g, WORK_MS), 0);
	vm_end(&g);
	CU_ASSERT_EQUAL(vt_test_shell(script, NULL, 60000), 0);
	fixture_stop(&f);
}

/* Waits with an interrupt, without any, and with one that never comes: none hangs. */
static void
test_waits(void)
{
	static const char * const ways[][2] = {
		{ "--vectors=2", "2" }, { "--vfio", "2" }, { "--vfio", "1" },
	};
	const char *program = vm_program("test/vm/vt-guest");
	struct fixture f;
	struct vm_guest g[3];
	unsigned int i;

	CU_ASSERT_EQUAL_FATAL(up(&f, 1), 0);
	for (i = 0; i < 3; i++) {
		const char *args[] = { "--domain", f.path[0], "--timeout", "110", "--no-stdin",
			"--vectors", ways[i][1], ways[i][0], "--", program, "waits", "ivshmem",
			"50", NULL };

		CU_ASSERT_EQUAL_FATAL(vm_start(&g[i], args), 0);
	}
	for (i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(vm_wait(&g[i], WORK_MS), 0);
		CU_ASSERT_EQUAL(vm_said(&g[i], "done"), 1);
		vm_end(&g[i]);
	}
	fixture_stop(&f);
}

/* ---- lives ---- */

/* Processes in a guest that lives on: the socket stays open, and only the heart tells. */
static void
test_processes(void)
{
	struct fixture f;
	struct vm_guest g;
	const char *args[] = { "--domain", f.path[0], "--timeout", "110", "--no-stdin", "--",
		vm_program("test/vm/vt-guest"), "children", "ivshmem", NULL };

	CU_ASSERT_EQUAL_FATAL(up(&f, 1), 0);
	CU_ASSERT_EQUAL_FATAL(vm_start(&g, args), 0);
	CU_ASSERT_TRUE(vm_wait_for(&g, "second process: refused", BOOT_MS));
	CU_ASSERT_TRUE(vm_wait_for(&g, "after its death: attached", 30000));
	CU_ASSERT_TRUE(vm_wait_for(&g, "killed", 30000));
	CU_ASSERT_TRUE(clients_become(&f, 0) >= 0);
	CU_ASSERT_EQUAL(vm_wait(&g, WORK_MS), 0);
	CU_ASSERT_EQUAL(vm_said(&g, "after the heartbeat: attached"), 1);
	vm_end(&g);
	fixture_stop(&f);
}

/* A guest is killed in the middle, another one is reset; a third notices nothing. */
static void
test_kill_and_reset(void)
{
	const char *program = vm_program("test/vm/vt-guest");
	struct rte_vtappliance_stats st;
	struct fixture f;
	struct vm_guest victim, good;
	uint64_t tasks;
	const char *endless[] = { "--domain", f.path[0], "--timeout", "110", "--no-stdin", "--reset",
		"--", program, "tasks", "ivshmem", "1000000000", NULL };
	const char *some[] = { "--domain", f.path[0], "--timeout", "110", "--", program, "tasks",
		"ivshmem", NULL };
	int ms;

	CU_ASSERT_EQUAL_FATAL(up(&f, 1), 0);
	CU_ASSERT_EQUAL_FATAL(vm_start(&victim, endless), 0);
	CU_ASSERT_EQUAL_FATAL(vm_start(&good, some), 0);
	CU_ASSERT_TRUE(vm_wait_for(&good, "working", BOOT_MS));
	CU_ASSERT_TRUE(vm_wait_for(&victim, "working", BOOT_MS));
	/* The server sees nothing of a reset: the slot's next attach tells. */
	CU_ASSERT_EQUAL(vm_qmp(&victim, "{\"execute\":\"system_reset\"}"), 0);
	CU_ASSERT_TRUE(vm_wait_for_nth(&victim, "working", 2, BOOT_MS));
	rte_vtappliance_stats_get(f.app, &st);
	CU_ASSERT_EQUAL(st.attached, 3);
	CU_ASSERT_EQUAL(st.clients, 2);
	CU_ASSERT_EQUAL(vm_kill(&victim), 0);
	ms = clients_become(&f, 1);
	CU_ASSERT_TRUE(ms >= 0);
	printf("(slot back %d ms after the kill) ", ms);
	vm_end(&victim);
	rte_vtappliance_stats_get(f.app, &st);
	tasks = st.tasks;
	usleep(500000);
	/* It has worked all the time, and goes on. */
	rte_vtappliance_stats_get(f.app, &st);
	CU_ASSERT_TRUE(st.tasks > tasks);
	CU_ASSERT_EQUAL(vm_input(&good, "enough\n"), 0);
	CU_ASSERT_EQUAL(vm_wait(&good, WORK_MS), 0);
	CU_ASSERT_EQUAL(vm_said(&good, "done"), 1);
	vm_end(&good);
	fixture_stop(&f);
}

/* A region's file, without a broker: heartbeats instead of disconnects; a guest stops and comes again. */
static void
test_plain(void)
{
	char file[256];
	const struct rte_vtappliance_domain_conf dom = { .uid = -1, .gid = -1, .nb_clients = 4,
		.arena_size = 4 << 20, .file = file, .nb_plain = 2 };
	const char *program = vm_program("test/vm/vt-guest");
	struct fixture f;
	struct vm_guest g;
	const char *some[] = { "--plain", file, "--timeout", "110", "--no-stdin", "--", program,
		"tasks", "ivshmem", "20000", NULL };
	const char *until[] = { "--plain", file, "--timeout", "110", "--no-stdin", "--name", "web",
		"--", program, "until-gone", "ivshmem", NULL };

	snprintf(file, sizeof(file), "%s/region", vt_test_tmp_dir());
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 1, cpus, &beats, &dom), 0);
	CU_ASSERT_EQUAL_FATAL(vm_start(&g, some), 0);
	CU_ASSERT_EQUAL(vm_wait(&g, WORK_MS), 0);
	CU_ASSERT_EQUAL(vm_said(&g, "done"), 1);
	vm_end(&g);
	CU_ASSERT_EQUAL_FATAL(vm_start(&g, until), 0);
	CU_ASSERT_TRUE(vm_wait_for(&g, "working", BOOT_MS));
	CU_ASSERT_EQUAL(vm_qmp(&g, "{\"execute\":\"stop\"}"), 0);
	CU_ASSERT_TRUE(clients_become(&f, 0) >= 0);
	CU_ASSERT_EQUAL(vm_qmp(&g, "{\"execute\":\"cont\"}"), 0);
	CU_ASSERT_EQUAL(vm_wait(&g, WORK_MS), 0);
	CU_ASSERT_EQUAL(vm_said(&g, "gone:"), 1);
	vm_end(&g);
	/* Killed in the middle: the same machine finds its slot again, by its uuid. */
	CU_ASSERT_EQUAL_FATAL(vm_start(&g, until), 0);
	CU_ASSERT_TRUE(vm_wait_for(&g, "working", BOOT_MS));
	vm_kill(&g);
	vm_end(&g);
	CU_ASSERT_TRUE(clients_become(&f, 0) >= 0);
	{
		const char *again[] = { "--plain", file, "--timeout", "110", "--no-stdin", "--name",
			"web", "--", program, "tasks", "ivshmem", "2000", NULL };

		CU_ASSERT_EQUAL_FATAL(vm_start(&g, again), 0);
	}
	CU_ASSERT_EQUAL(vm_wait(&g, WORK_MS), 0);
	vm_end(&g);
	fixture_stop(&f);
}

/* A command of QEMU's monitor for people. 0 or -1. */
static int
monitor(struct vm_guest *g, const char *command)
{
	char json[600];

	snprintf(json, sizeof(json), "{\"execute\":\"human-monitor-command\",\"arguments\":"
		"{\"command-line\":\"%s\"}}", command);
	return vm_qmp(g, json);
}

/*
 * The device comes into a running guest, and goes while tasks are in flight, by the guide's very commands. Its
 * memory reads as zeroes then, so that whoever uses it finds himself detached; or the guest's kernel has
 * taken it away before, and he ends by SIGBUS. Nobody else notices.
 */
static void
test_hot_plug(void)
{
	char script[1200], chardev[400];
	const char *program = vm_program("test/vm/vt-guest");
	struct fixture f;
	struct vm_guest g;
	const char *args[] = { "--hotplug-port", "--timeout", "110", "--no-stdin", "--add", program,
		"--", "sh", "-c", script, NULL };

	snprintf(script, sizeof(script),
		"echo ready; until [ -n \"$(grep -l 0x1110 /sys/bus/pci/devices/*/device)\" ]; do"
		" sleep 0.2; done; echo plugged; %s tasks ivshmem 5000 && %s until-gone ivshmem;"
		" echo left $?; while [ -n \"$(grep -l 0x1110 /sys/bus/pci/devices/*/device)\" ]; do"
		" sleep 0.2; done; echo unplugged; exit 0", program, program);
	CU_ASSERT_EQUAL_FATAL(up(&f, 1), 0);
	CU_ASSERT_EQUAL_FATAL(vm_start(&g, args), 0);
	CU_ASSERT_TRUE(vm_wait_for(&g, "ready", BOOT_MS));
	snprintf(chardev, sizeof(chardev), "chardev-add socket,path=%s,id=hot", f.path[0]);
	CU_ASSERT_EQUAL(monitor(&g, chardev), 0);
	CU_ASSERT_EQUAL(monitor(&g,
		"device_add ivshmem-doorbell,id=dev,bus=vtport,chardev=hot,vectors=2"), 0);
	CU_ASSERT_TRUE(vm_wait_for(&g, "done", BOOT_MS));
	CU_ASSERT_TRUE(vm_wait_for_nth(&g, "working", 2, BOOT_MS));
	CU_ASSERT_EQUAL(monitor(&g, "device_del dev"), 0);
	CU_ASSERT_TRUE(vm_wait_for(&g, "left ", BOOT_MS));
	CU_ASSERT_TRUE(clients_become(&f, 0) >= 0);
	CU_ASSERT_EQUAL(vm_wait(&g, WORK_MS), 0);
	CU_ASSERT_EQUAL(vm_said(&g, "unplugged"), 1);
	CU_ASSERT_EQUAL(vm_said(&g, "left 0") + vm_said(&g, "left 135"), 1); /* 128 + SIGBUS */
	vm_end(&g);
	fixture_stop(&f);
}

/* ---- isolation ---- */

/* A guest finds nothing of another domain in its memory, and cannot harm it by what it writes there. */
static void
test_isolation(void)
{
	static const char secret[] = "what-the-other-domain-knows";
	const char *program = vm_program("test/vm/vt-guest");
	struct fixture f;
	struct vm_guest own, other, bad, good;
	char *word;
	int dev;

	CU_ASSERT_EQUAL_FATAL(up(&f, 2), 0);
	dev = fixture_attach(&f, 1, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	word = rte_vinetalk_alloc((uint16_t)dev, sizeof(secret), 0, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_PTR_NOT_NULL_FATAL(word);
	memcpy(word, secret, sizeof(secret));
	{
		const char *here[] = { "--domain", f.path[1], "--timeout", "110", "--no-stdin", "--",
			program, "search", secret, NULL };
		const char *there[] = { "--domain", f.path[0], "--timeout", "110", "--no-stdin",
			"--", program, "search", secret, NULL };

		CU_ASSERT_EQUAL_FATAL(vm_start(&own, here), 0);
		CU_ASSERT_EQUAL_FATAL(vm_start(&other, there), 0);
	}
	CU_ASSERT_EQUAL(vm_wait(&own, WORK_MS), 0);
	CU_ASSERT_EQUAL(vm_wait(&other, WORK_MS), 0);
	CU_ASSERT_EQUAL(vm_said(&own, "found 0"), 0);
	CU_ASSERT_EQUAL(vm_said(&other, "found 0"), 1);
	vm_end(&own);
	vm_end(&other);
	{
		const char *scribble[] = { "--domain", f.path[0], "--timeout", "110", "--no-stdin",
			"--", program, "scribble", "ivshmem", "20", NULL };
		const char *work[] = { "--domain", f.path[1], "--timeout", "110", "--no-stdin", "--",
			program, "tasks", "ivshmem", "100000", NULL };

		CU_ASSERT_EQUAL_FATAL(vm_start(&bad, scribble), 0);
		CU_ASSERT_EQUAL_FATAL(vm_start(&good, work), 0);
	}
	CU_ASSERT_TRUE(vm_wait_for(&bad, "scribbled 1\n", BOOT_MS));
	CU_ASSERT_EQUAL(vm_wait(&good, WORK_MS), 0);
	CU_ASSERT_EQUAL(vm_said(&good, "done"), 1);
	vm_wait(&bad, WORK_MS);
	/* Of the two domains one client is left, ours. */
	CU_ASSERT_TRUE(clients_become(&f, 1) >= 0);
	CU_ASSERT_EQUAL(memcmp(word, secret, sizeof(secret)), 0);
	vm_end(&bad);
	vm_end(&good);
	rte_vinetalk_close((uint16_t)dev);
	fixture_stop(&f);
}

static const struct vt_test_case cases[] = {
	{ "conformance by sysfs", test_conformance_sysfs },
	{ "conformance by vfio", test_conformance_vfio },
	{ "three guests in two domains", test_three_guests },
	{ "a file deflated in a guest", test_gzip },
	{ "waits with and without interrupts", test_waits },
	{ "processes in a living guest", test_processes },
	{ "parks and rings between guest and host", test_races },
	{ "a guest is killed, another is reset", test_kill_and_reset },
	{ "ivshmem-plain", test_plain },
	{ "hot plug and unplug", test_hot_plug },
	{ "isolation", test_isolation },
};

VT_TEST_SUITE(vinetalk_vm_autotest, suite_setup, NULL, cases);
