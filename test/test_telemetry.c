/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Each telemetry command: right, bare, with ",0" and with ",z"; by the stock script as well. */

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_vinetalk.h>

#include "appliance_process.h"
#include "test.h"

static struct vt_appliance appliance;
static char path[200];

static const char *
ask(const char *command)
{
	return vt_appliance_ask(&appliance, command);
}

static int
setup(void)
{
	char domain[300];

	if (access(vt_appliance_program(), X_OK) != 0) {
		vt_test_skip_reason("%s is not built", vt_appliance_program());
		return VT_TEST_SKIPPED;
	}
	snprintf(path, sizeof(path), "%s/t.sock", vt_test_tmp_dir());
	snprintf(domain, sizeof(domain), "tele,path=%s,arena=1M", path);
	if (vt_appliance_start(&appliance, (const char *const[]){ "--oversubscribe", "--latency",
			"--sched", "drr,cost=time", "--domain", domain, "--accel", "cpu", "--accel",
			"null", NULL }) != 0) {
		printf("%s\n", appliance.output);
		return -1;
	}
	return 0;
}

static int
cleanup(void)
{
	return vt_appliance_stop(&appliance, SIGTERM) == 0 ? 0 : -1;
}

#define ANSWERS(command, part) do { \
		const char *said = ask(command); \
		if (strstr(said, part) == NULL) \
			printf("%s: no '%s' in %s\n", command, part, said); \
		CU_ASSERT_PTR_NOT_NULL(strstr(said, part)); \
	} while (0)
/* An error is an answer without content. */
#define REFUSES(command) do { \
		const char *said = ask(command); \
		if (strstr(said, "null") == NULL) \
			printf("%s: not refused: %s\n", command, said); \
		CU_ASSERT_PTR_NOT_NULL(strstr(said, "null")); \
	} while (0)

static void
test_commands(void)
{
	static const char * const with_param[] = { "domain/info", "client/info", "client/stats",
		"accel/info", "accel/stats", "domain/latency" };
	char cmd[128];
	unsigned int i;

	ANSWERS("/vinetalk/domain/list", "\"tele\"");
	ANSWERS("/vinetalk/domain/info,tele", "\"state\":\"open\"");
	ANSWERS("/vinetalk/domain/info,tele", "\"layout\":\"hashed\",\"sync\":\"rts\"");
	ANSWERS("/vinetalk/client/list", "[]");
	ANSWERS("/vinetalk/queue/stats", "queue0");
	ANSWERS("/vinetalk/queue/stats,tele", "requests");
	ANSWERS("/vinetalk/accel/list", "\"cpu0\"");
	ANSWERS("/vinetalk/accel/info,0", "\"type\":\"cpu\"");
	ANSWERS("/vinetalk/accel/info,null0", "\"driver\":\"null\"");
	ANSWERS("/vinetalk/accel/stats,1", "\"busy_ns\":0");
	ANSWERS("/vinetalk/accel/info,0", "\"sched\":\"drr\",\"sched_args\":\"cost=time\"");
	ANSWERS("/vinetalk/domain/latency,tele", "\"tasks\":0,\"mean_ns\":0");
	for (i = 0; i < RTE_DIM(with_param); i++) {
		snprintf(cmd, sizeof(cmd), "/vinetalk/%s", with_param[i]);
		REFUSES(cmd);
		snprintf(cmd, sizeof(cmd), "/vinetalk/%s,z", with_param[i]);
		REFUSES(cmd);
		snprintf(cmd, sizeof(cmd), "/vinetalk/%s,99999999999999999999", with_param[i]);
		REFUSES(cmd);
	}
	REFUSES("/vinetalk/domain/info,0");
	REFUSES("/vinetalk/domain/latency,0");
	REFUSES("/vinetalk/vaccel/latency");
	REFUSES("/vinetalk/vaccel/latency,0");
	REFUSES("/vinetalk/vaccel/latency,z");
	REFUSES("/vinetalk/vaccel/latency,tele/1/0");
	REFUSES("/vinetalk/client/info,0");
	REFUSES("/vinetalk/client/stats,0");
	REFUSES("/vinetalk/client/stats,tele/9");
	REFUSES("/vinetalk/client/stats,tele/1");
	REFUSES("/vinetalk/client/stats,other/1");
	REFUSES("/vinetalk/vaccel/info");
	REFUSES("/vinetalk/vaccel/info,0");
	REFUSES("/vinetalk/vaccel/info,z");
	REFUSES("/vinetalk/vaccel/info,/");
	REFUSES("/vinetalk/vaccel/info,tele/1/0");
	REFUSES("/vinetalk/vaccel/info,1/99999");
	REFUSES("/vinetalk/vaccel/info,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx/0");
	REFUSES("/vinetalk/accel/info,2");
	REFUSES("/vinetalk/domain/list,0");
	REFUSES("/vinetalk/client/list,z");
	REFUSES("/vinetalk/accel/list,0");
	REFUSES("/vinetalk/queue/stats,0");
	REFUSES("/vinetalk/queue/stats,z");
}

static void
test_counters(void)
{
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	struct rte_vinetalk_vaccel_conf va = { .accel = RTE_VINETALK_ID_ANY };
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_stats st;
	struct rte_vinetalk_task t;
	uint16_t proc, vaccel;
	char args[300], cmd[64], expect[64];
	uint8_t *buf;
	unsigned int i;
	int dev;

	snprintf(args, sizeof(args), "shm,path=%s,client=counted", path);
	dev = rte_vinetalk_attach(args);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	rte_vinetalk_configure((uint16_t)dev, &conf);
	rte_vinetalk_queue_pair_setup((uint16_t)dev, 0, NULL);
	rte_vinetalk_start((uint16_t)dev);
	CU_ASSERT_EQUAL(rte_vinetalk_proc_get((uint16_t)dev, "echo", RTE_VINETALK_ACCEL_ANY, &proc),
		0);
	va.proc = proc;
	va.max_tasks = 9;
	va.rate_bytes = 1000000000;
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_acquire((uint16_t)dev, &va, &vaccel), 0);
	buf = rte_vinetalk_alloc((uint16_t)dev, 2000, 0, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_PTR_NOT_NULL_FATAL(buf);
	for (i = 0; i < 30; i++) {
		rte_vinetalk_task_init(&t, vaccel, i % 10 == 9 ? 999 : proc, i);
		rte_vinetalk_task_in((uint16_t)dev, &t, buf, 1000);
		rte_vinetalk_task_out((uint16_t)dev, &t, buf + 1000, 1000);
		CU_ASSERT_EQUAL(rte_vinetalk_run((uint16_t)dev, 0, &t, &c, 5000000), 0);
		CU_ASSERT_EQUAL(c.status, i % 10 == 9 ? -ENOENT : 0);
	}
	/* Both halves count the same. */
	CU_ASSERT_EQUAL(rte_vinetalk_stats_get((uint16_t)dev, &st), 0);
	CU_ASSERT_EQUAL(st.enqueued, 30);
	CU_ASSERT_EQUAL(st.completed, 27);
	CU_ASSERT_EQUAL(st.failed, 3);
	ANSWERS("/vinetalk/client/list", "\"tele/1\"");
	ANSWERS("/vinetalk/client/info,1", "\"name\":\"counted\"");
	ANSWERS("/vinetalk/client/info,tele/1", "\"vm\":\"peer 1\",\"queue\":0,\"poller\":0");
	ANSWERS("/vinetalk/queue/stats", "\"late\":0");
	ANSWERS("/vinetalk/vaccel/info,tele/1/0", "\"max_tasks\":9,\"max_sessions\":0,\"rate_tasks\":0,"
		"\"rate_bytes\":1000000000,\"in_flight\":0,\"waiting\":0");
	ANSWERS("/vinetalk/vaccel/info,1/0", "\"accel\":\"cpu0\"");
	ANSWERS("/vinetalk/vaccel/info,1/0", "\"weight\":1,\"priority\":0");
	/* Those that were refused did not get as far. */
	ANSWERS("/vinetalk/vaccel/latency,1/0", "\"tasks\":27");
	REFUSES("/vinetalk/vaccel/info,1/1");
	REFUSES("/vinetalk/vaccel/latency,1/1");
	for (i = 0; i < 2; i++) {
		snprintf(cmd, sizeof(cmd), "%s", i == 0 ? "/vinetalk/client/stats,tele/1" :
			"/vinetalk/domain/info,tele");
		snprintf(expect, sizeof(expect), "\"tasks\":%lu", (unsigned long)st.enqueued);
		ANSWERS(cmd, expect);
		snprintf(expect, sizeof(expect), "\"completed\":%lu", (unsigned long)st.completed);
		ANSWERS(cmd, expect);
		snprintf(expect, sizeof(expect), "\"failed\":%lu", (unsigned long)st.failed);
		ANSWERS(cmd, expect);
		ANSWERS(cmd, "\"invalid\":3");
		ANSWERS(cmd, "\"bytes\":54000");
		ANSWERS(cmd, "\"copied\":0");
	}
	ANSWERS("/vinetalk/accel/stats,cpu0", "\"tasks\":27");
	rte_vinetalk_close((uint16_t)dev);
	/* The sums of the domain stay. */
	ANSWERS("/vinetalk/domain/info,tele", "\"tasks\":30");
	ANSWERS("/vinetalk/domain/info,tele", "\"clients\":0");
	ANSWERS("/vinetalk/domain/latency,tele", "\"tasks\":27");
}

/* A domain that comes, serves, and goes with its client attached, while the appliance runs. */
static void
test_domains(void)
{
	char sock2[220], cmd[400], args[256];
	int dev, i;

	snprintf(sock2, sizeof(sock2), "%s/more.sock", vt_test_tmp_dir());
	snprintf(args, sizeof(args), "shm,path=%s", sock2);
	snprintf(cmd, sizeof(cmd), "/vinetalk/domain/add,more,path=%s,clients=2,arena=1M", sock2);
	for (i = 0; i < 3; i++) {
		ANSWERS(cmd, "\"result\":\"added\"");
		ANSWERS("/vinetalk/domain/list", "\"more\"");
		ANSWERS(cmd, "duplicate domain 'more'");
		dev = rte_vinetalk_attach(args);
		CU_ASSERT_TRUE(dev >= 0);
		ANSWERS("/vinetalk/domain/remove,more", "\"result\":\"removed\"");
		ANSWERS("/vinetalk/domain/list", "[\"tele\"]");
		CU_ASSERT_NOT_EQUAL(access(sock2, F_OK), 0);
		if (dev >= 0)
			rte_vinetalk_close((uint16_t)dev);
	}
	/* With limits. */
	snprintf(cmd, sizeof(cmd), "/vinetalk/domain/add,more,path=%s,clients=2,arena=1M,max-tasks=5,"
		"weight=7,priority=2,max-vaccels=1,max-sessions=9,max-accel-bytes=64K,rate-tasks=100,rate-bytes=1M,rate-excess=fail", sock2);
	ANSWERS(cmd, "\"result\":\"added\"");
	ANSWERS("/vinetalk/domain/info,more", "\"weight\":7,\"priority\":2,"
		"\"max_tasks\":5,\"max_vaccels\":1,\"max_sessions\":9,"
		"\"max_accel_bytes\":65536,\"rate_tasks\":100,"
		"\"rate_bytes\":1048576,\"rate_excess\":\"fail\",\"vaccels\":0,"
		"\"vaccels_refused\":0,\"sessions\":0,\"sessions_refused\":0,\"sessions_replaced\":0,"
		"\"accel_bytes\":0,\"buffers_refused\":0,\"clients_refused\":0,\"log_suppressed\":0");
	ANSWERS("/vinetalk/domain/info,tele", "\"rate_excess\":\"wait\"");
	ANSWERS("/vinetalk/domain/info,tele", "\"over_quota\":0,\"throttled\":0,\"throttled_us\":0");
	ANSWERS("/vinetalk/domain/remove,more", "\"result\":\"removed\"");
	ANSWERS("/vinetalk/domain/remove,more", "no such domain");
	ANSWERS("/vinetalk/domain/remove", "\"error\"");
	ANSWERS("/vinetalk/domain/remove,0", "no such domain");
	ANSWERS("/vinetalk/domain/add", "\"error\"");
	ANSWERS("/vinetalk/domain/add,more,colour=red", "unknown key 'colour'");
	ANSWERS("/vinetalk/domain/add,more,clients=0", "\"error\"");
	ANSWERS("/vinetalk/domain/add,more,path=/nowhere/at/all.sock", "No such file");
	ANSWERS("/vinetalk/domain/list", "[\"tele\"]");
}

static void
test_stock_script(void)
{
	char *out = NULL;
	int ret;

	if (!vt_test_have("dpdk-telemetry.py")) {
		vt_test_skip_reason("dpdk-telemetry.py is not installed");
		return;
	}
	ret = vt_test_run((const char *const[]){ "dpdk-telemetry.py", "-f", appliance.prefix, NULL },
		"/vinetalk/domain/list\nquit\n", &out, 20000);
	CU_ASSERT_EQUAL(ret, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "tele"));
	free(out);
}

static const struct vt_test_case cases[] = {
	{ "commands, right and wrong", test_commands },
	{ "counters agree with the client's", test_counters },
	{ "domains come and go", test_domains },
	{ "the stock script reads them", test_stock_script },
};

VT_TEST_SUITE(vinetalk_telemetry_autotest, setup, cleanup, cases);
