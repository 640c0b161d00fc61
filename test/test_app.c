/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* vt-appliance's configuration and choice of lcores. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <rte_vtregion.h>

#include "conf.h"
#include "test.h"

static struct vt_conf conf;

static int
args(const char *line)
{
	char buf[1024], *argv[32], *save = NULL, *word;
	int argc = 1, ret;

	argv[0] = buf;
	snprintf(buf, sizeof(buf), "%s", line);
	for (word = strtok_r(buf, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	argv[argc] = NULL;
	vt_conf_init(&conf);
	ret = vt_conf_args(&conf, argc, argv);
	return ret == 0 ? vt_conf_complete(&conf) : ret;
}

static int
json(const char *text)
{
	char path[256], line[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/c.json", vt_test_tmp_dir());
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	snprintf(line, sizeof(line), "--config %s", path);
	return args(line);
}

/* The call fails, and its message has all these parts. */
#define FAILS(call, ...) do { \
		const char *parts[] = { __VA_ARGS__ }; \
		unsigned int part; \
		CU_ASSERT_EQUAL(call, -EINVAL); \
		for (part = 0; part < RTE_DIM(parts); part++) { \
			if (strstr(conf.error, parts[part]) == NULL) \
				printf("'%s' not in '%s'\n", parts[part], conf.error); \
			CU_ASSERT_PTR_NOT_NULL(strstr(conf.error, parts[part])); \
		} \
	} while (0)

static void
test_defaults(void)
{
	CU_ASSERT_EQUAL(args(""), 0);
	CU_ASSERT_EQUAL(conf.nb_domains, 1);
	CU_ASSERT_STRING_EQUAL(conf.domains[0].path, "/run/vinetalk/default.sock");
	CU_ASSERT_EQUAL(conf.nb_accels, 1);
	CU_ASSERT_STRING_EQUAL(conf.accels[0], "cpu");
	CU_ASSERT_EQUAL(conf.engine.idle, RTE_VTAPPLIANCE_IDLE_ADAPTIVE);
	CU_ASSERT_EQUAL(conf.domains[0].c.uid, -1);
}

static void
test_options(void)
{
	CU_ASSERT_EQUAL(args("--domain a,path=/x/a.sock,size=64M,clients=3,mode=0600,uid=0,id=7,"
		"layout=hashed,no-huge=yes --domain b,arena=2G --accel null,status=5 --accel cpu"
		" --pollers 3 --idle poll --park-ms 20 --oversubscribe"), 0);
	CU_ASSERT_EQUAL(conf.nb_domains, 2);
	CU_ASSERT_EQUAL(conf.domains[0].c.size, 64 << 20);
	CU_ASSERT_EQUAL(conf.domains[0].c.nb_clients, 3);
	CU_ASSERT_EQUAL(conf.domains[0].c.mode, 0600);
	CU_ASSERT_EQUAL(conf.domains[0].c.uid, 0);
	CU_ASSERT_EQUAL(conf.domains[0].c.id, 7);
	CU_ASSERT_TRUE(conf.domains[0].c.no_huge);
	CU_ASSERT_EQUAL(conf.domains[1].c.arena_size, 2ULL << 30);
	CU_ASSERT_EQUAL(conf.nb_accels, 2);
	CU_ASSERT_EQUAL(conf.engine.nb_pollers, 3);
	CU_ASSERT_EQUAL(conf.engine.idle, RTE_VTAPPLIANCE_IDLE_POLL);
	CU_ASSERT_TRUE(conf.oversubscribe);
	FAILS(args("--pollers"), "lacks its value");
	FAILS(args("--nonsense 3"), "--nonsense", "unknown option");
	FAILS(args("word"), "word", "no such argument");
	FAILS(args("--pollers 0"), "pollers", "'0'", "1..64");
	FAILS(args("--pollers -1"), "'-1'");
	FAILS(args("--pollers 65"), "'65'");
	FAILS(args("--idle lazy"), "idle", "'lazy'", "adaptive poll interrupt");
	FAILS(args("--park-ms 5"), "park-ms", "10..10000");
	FAILS(args("--domain ,path=/x"), "its name comes first");
	FAILS(args("--domain path=/x"), "its name comes first");
	FAILS(args("--domain a/b"), "a/b");
	FAILS(args("--domain abcdefghijklmnopqrstuvwxyz012345"), "1 to 27");
	FAILS(args("--domain a --domain a"), "duplicate domain 'a'");
	FAILS(args("--domain a,path=/x --domain b,path=/x"), "'a' and 'b'", "/x");
	FAILS(args("--domain a,speed=3"), "--domain a", "unknown key 'speed'", "clients");
	FAILS(args("--domain a,clients"), "clients", "no value");
	FAILS(args("--domain a,size=3X"), "size", "'3X'");
	FAILS(args("--domain a,size=0"), "'0'");
	FAILS(args("--domain a,size=99999999999G"), "size");
	FAILS(args("--domain a,mode=999"), "octal");
	FAILS(args("--domain a,uid=nobody-here"), "uid", "nobody-here");
	FAILS(args("--domain a,users=root+nobody-here"), "users", "nobody-here", "by name or number");
	FAILS(args("--domain a,groups=1++2"), "groups", "1++2");
	FAILS(args("--domain a,users=1+2+3+4+5+6+7+8+9+10+11+12+13+14+15+16+17"), "users", "more than 16");
	CU_ASSERT_EQUAL(args("--domain a,users=root+77,groups=5"), 0);
	CU_ASSERT_EQUAL(conf.domains[0].c.users.nb, 2);
	CU_ASSERT_EQUAL(conf.domains[0].c.users.id[1], 77);
	CU_ASSERT_EQUAL(conf.domains[0].c.groups.nb, 1);
	CU_ASSERT_EQUAL(conf.domains[0].c.groups.id[0], 5);
	FAILS(args("--domain a,broker=/x/b.sock,users=root"), "users and groups are not ours to say");
	FAILS(args("--config /nonexistent.json"), "/nonexistent.json", "No such file");
}

/* What a domain may have. */
static void
test_shares(void)
{
	CU_ASSERT_EQUAL(args("--sched drr,cost=time --latency --domain a,weight=256,priority=15 "
		"--domain b,weight=1,priority=0 --domain c"), 0);
	CU_ASSERT_STRING_EQUAL(conf.sched, "drr,cost=time");
	CU_ASSERT_TRUE(conf.engine.latency);
	CU_ASSERT_EQUAL(conf.domains[0].c.weight, 256);
	CU_ASSERT_EQUAL(conf.domains[0].c.priority, 15);
	CU_ASSERT_EQUAL(conf.domains[1].c.weight, 1);
	CU_ASSERT_EQUAL(conf.domains[2].c.weight, 0);
	FAILS(args("--domain a,weight=0"), "weight", "'0'", "1..256");
	FAILS(args("--domain a,weight=257"), "weight", "'257'");
	FAILS(args("--domain a,priority=16"), "priority", "'16'", "0..15");
	FAILS(args("--domain a,priority=-1"), "priority", "'-1'");
	CU_ASSERT_EQUAL(json("{ \"sched\": \"prio,age_us=100\", \"latency\": true, \"domains\": ["
		" { \"name\": \"a\", \"weight\": 5, \"priority\": 3 } ] }"), 0);
	CU_ASSERT_STRING_EQUAL(conf.sched, "prio,age_us=100");
	CU_ASSERT_TRUE(conf.engine.latency);
	CU_ASSERT_EQUAL(conf.domains[0].c.weight, 5);
	CU_ASSERT_EQUAL(conf.domains[0].c.priority, 3);
	FAILS(json("{ \"domains\": [ { \"name\": \"a\",\n \"weight\": \"7\" } ] }"), ":2:", "weight",
		"an integer");
}

static void
test_limits(void)
{
	CU_ASSERT_EQUAL(args("--domain a,max-tasks=100,max-vaccels=3,rate-tasks=5000,rate-bytes=2G,"
		"rate-excess=fail --domain b,rate-bytes=1T,rate-excess=wait --domain c"), 0);
	CU_ASSERT_EQUAL(conf.domains[0].c.max_tasks, 100);
	CU_ASSERT_EQUAL(conf.domains[0].c.max_vaccels, 3);
	CU_ASSERT_EQUAL(conf.domains[0].c.rate_tasks, 5000);
	CU_ASSERT_EQUAL(conf.domains[0].c.rate_bytes, 2ULL << 30);
	CU_ASSERT_EQUAL(conf.domains[0].c.rate_excess, RTE_VTAPPLIANCE_EXCESS_FAIL);
	CU_ASSERT_EQUAL(conf.domains[1].c.rate_bytes, RTE_VINETALK_VACCEL_RATE_BYTES_MAX);
	CU_ASSERT_EQUAL(conf.domains[1].c.rate_excess, RTE_VTAPPLIANCE_EXCESS_WAIT);
	CU_ASSERT_EQUAL(conf.domains[2].c.max_tasks, 0);
	CU_ASSERT_EQUAL(args("--domain a,max-sessions=12,max-accel-bytes=3G --domain b"), 0);
	CU_ASSERT_EQUAL(conf.domains[0].c.max_sessions, 12);
	CU_ASSERT_EQUAL(conf.domains[0].c.max_accel_bytes, 3ULL << 30);
	CU_ASSERT_TRUE(conf.domains[1].c.max_sessions == 0 && conf.domains[1].c.max_accel_bytes == 0);
	FAILS(args("--domain a,max-sessions=0"), "max-sessions", "'0'", "1..");
	FAILS(args("--domain a,max-accel-bytes=0"), "max-accel-bytes", "'0'");
	FAILS(args("--domain a,max-tasks=0"), "max-tasks", "'0'", "1..");
	FAILS(args("--domain a,max-vaccels=-1"), "max-vaccels", "'-1'");
	FAILS(args("--domain a,rate-tasks=4294967296"), "rate-tasks", "'4294967296'");
	FAILS(args("--domain a,rate-tasks=1K"), "rate-tasks", "'1K'");
	FAILS(args("--domain a,rate-bytes=0"), "rate-bytes", "'0'");
	FAILS(args("--domain a,rate-bytes=1025G"), "rate-bytes", "'1025G'", "1024G");
	FAILS(args("--domain a,rate-excess=drop"), "rate-excess", "'drop'", "wait fail");
	FAILS(args("--domain a,speed=3"), "rate-excess");
	CU_ASSERT_EQUAL(json("{ \"domains\": [ { \"name\": \"a\", \"max-tasks\": 7, \"rate-tasks\": 9,"
		" \"max-vaccels\": 2, \"rate-bytes\": \"1M\", \"rate-excess\": \"fail\" } ] }"), 0);
	CU_ASSERT_EQUAL(conf.domains[0].c.max_tasks, 7);
	CU_ASSERT_EQUAL(conf.domains[0].c.rate_bytes, 1 << 20);
	CU_ASSERT_EQUAL(conf.domains[0].c.rate_excess, RTE_VTAPPLIANCE_EXCESS_FAIL);
	FAILS(json("{ \"domains\": [ { \"name\": \"a\",\n \"max-tasks\": \"7\" } ] }"), ":2:", "max-tasks",
		"an integer");
	CU_ASSERT_EQUAL(json("{ \"domains\": [ { \"name\": \"a\", \"max-sessions\": 4,"
		" \"max-accel-bytes\": \"512M\" } ] }"), 0);
	CU_ASSERT_EQUAL(conf.domains[0].c.max_sessions, 4);
	CU_ASSERT_EQUAL(conf.domains[0].c.max_accel_bytes, 512 << 20);
	FAILS(json("{ \"domains\": [ { \"name\": \"a\",\n \"max-sessions\": \"4\" } ] }"), ":2:", "max-sessions",
		"an integer");
}

/* Where a domain's memory comes from. */
static void
test_sources(void)
{
	CU_ASSERT_EQUAL(args("--domain a,file=/x/r --domain b,file=/x/s,plain=0 --domain"
		" c,file=/x/t,plain=3,clients=4 --domain d,broker=/x/d.sock,clients=4 --domain"
		" e,pci=first --heartbeat-ms 700"), 0);
	CU_ASSERT_EQUAL(conf.domains[0].c.nb_plain, 4);
	CU_ASSERT_EQUAL(conf.domains[1].c.nb_plain, 0);
	CU_ASSERT_EQUAL(conf.domains[2].c.nb_plain, 3);
	CU_ASSERT_STRING_EQUAL(conf.domains[3].c.broker, "/x/d.sock");
	CU_ASSERT_PTR_NULL(conf.domains[3].c.path);
	CU_ASSERT_STRING_EQUAL(conf.domains[4].c.pci, "first");
	CU_ASSERT_EQUAL(conf.engine.heartbeat_ms, 700);
	/* Twice the same: an appliance does it for each domain that comes later. */
	CU_ASSERT_EQUAL(vt_conf_complete(&conf), 0);
	CU_ASSERT_EQUAL(conf.domains[0].c.nb_plain, 4);
	vt_conf_domain_drop(&conf, "b");
	CU_ASSERT_EQUAL(vt_conf_complete(&conf), 0);
	CU_ASSERT_EQUAL(conf.nb_domains, 4);
	CU_ASSERT_STRING_EQUAL(conf.domains[1].c.name, "c");
	CU_ASSERT_STRING_EQUAL(conf.domains[1].c.file, "/x/t");
	CU_ASSERT_EQUAL(json("{ \"heartbeat-ms\": 900, \"domains\": [ { \"name\": \"a\","
		" \"broker\": \"/x\" }, { \"name\": \"b\", \"file\": \"/y\", \"plain\": 1 } ] }"), 0);
	CU_ASSERT_EQUAL(conf.domains[1].c.nb_plain, 1);
	FAILS(args("--heartbeat-ms 499"), "heartbeat-ms", "500..600000");
	FAILS(args("--stall-ms 3600001"), "stall-ms", "0..3600000");
	CU_ASSERT_EQUAL(args("--stall-ms 250"), 0);
	CU_ASSERT_EQUAL(conf.engine.stall_ms, 250);
	FAILS(args("--ahead-us 1000001"), "ahead-us", "0..1000000");
	CU_ASSERT_EQUAL(args("--ahead-us 20"), 0);
	CU_ASSERT_EQUAL(conf.engine.ahead_us, 20);
	CU_ASSERT_EQUAL(args("--ahead-us 0"), 0);
	CU_ASSERT_EQUAL(conf.engine.ahead_us, RTE_VTAPPLIANCE_AHEAD_ALL);
	FAILS(args("--domain a,pci=first,broker=/x"), "only one of file, pci and broker");
	FAILS(args("--domain a,file=/x,pci=first"), "only one of");
	FAILS(args("--domain a,pci=first,size=2M"), "not ours to say");
	FAILS(args("--domain a,broker=/x,path=/y"), "not ours to say");
	FAILS(args("--domain a,broker=/x,plain=1"), "not ours to say");
	FAILS(args("--domain a,plain=1"), "plain needs a file");
}

static void
test_file(void)
{
	CU_ASSERT_EQUAL(json("{ \"pollers\": 2, \"idle\": \"interrupt\", \"oversubscribe\": true,\n"
		"\"domains\": [ { \"name\": \"a\", \"size\": \"32M\", \"clients\": 2 },\n"
		" { \"name\": \"b\", \"size\": 67108864, \"no-huge\": true } ],\n"
		"\"accels\": [ \"null\" ] }"), 0);
	CU_ASSERT_EQUAL(conf.engine.nb_pollers, 2);
	CU_ASSERT_EQUAL(conf.engine.idle, RTE_VTAPPLIANCE_IDLE_INTERRUPT);
	CU_ASSERT_EQUAL(conf.nb_domains, 2);
	CU_ASSERT_EQUAL(conf.domains[1].c.size, 64 << 20);
	CU_ASSERT_TRUE(conf.domains[1].c.no_huge);
	FAILS(json("{ \"pollers\": 2,\n \"idle\" \"x\" }"), "c.json:2:", "column");
	FAILS(json("{ \"pollers\": 2,\n\n \"pollers\": 3 }"), "c.json:3:", "duplicate");
	FAILS(json("[ 1 ]"), "c.json:1:", "an array", "object");
	FAILS(json("{\n\"speed\": 2 }"), "c.json:2:", "unknown key 'speed'");
	FAILS(json("{\n\n\"pollers\": \"2\" }"), "c.json:3:", "pollers", "a string", "an integer");
	FAILS(json("{\n\"pollers\": 2.5 }"), "c.json:2:", "real");
	FAILS(json("{\n\"pollers\": 1000 }"), "c.json:2:", "'1000'");
	FAILS(json("{\n\"oversubscribe\": 1 }"), "c.json:2:", "a boolean");
	FAILS(json("{ \"domains\": {} }"), "domains", "array");
	FAILS(json("{ \"domains\": [\n { \"name\": \"a\" },\n 7 ] }"), "c.json:3:", "an object");
	FAILS(json("{ \"domains\": [\n { \"size\": \"1M\" } ] }"), "c.json:2:", "name", "missing");
	FAILS(json("{ \"domains\": [\n { \"name\": \"a\",\n \"clients\": 3,\n \"depth\": [] } ] }"),
		"c.json:4:", "depth", "an array");
	FAILS(json("{ \"domains\": [\n { \"name\": \"a\", \"x\": { \"depth\": 1 } } ] }"),
		"c.json:2:", "unknown key 'x'");
	FAILS(json("{ \"domains\": [\n { \"name\": \"a\" },\n { \"name\": \"a\" } ] }"),
		"c.json:3:", "duplicate domain 'a'");
	FAILS(json("{ \"accels\": [ \"cpu\",\n 3 ] }"), "c.json:2:", "accels", "a string");
}

static void
test_line(void)
{
	static const char text[] = "{ \"a\\\"b\": [ 1,\n2, { \"c\": \"}]\",\n \"d\":\n3 } ],\n \"d\": 4 }";
	const struct vt_conf_step d1[] = { { .key = "d" } };
	const struct vt_conf_step in[] = { { .key = "a\\\"b" }, { .index = 2 }, { .key = "d" } };
	const struct vt_conf_step no[] = { { .key = "a\\\"b" }, { .index = 9 } };

	CU_ASSERT_EQUAL(vt_conf_line(text, d1, 1), 5);
	CU_ASSERT_EQUAL(vt_conf_line(text, in, 3), 3);
	CU_ASSERT_EQUAL(vt_conf_line(text, no, 2), 0);
}

/* ---- topology ---- */

static void
fake_cpu(const char *sysfs, int cpu, int core, int package)
{
	static const char * const steps[] = { "", "/devices", "/devices/system",
		"/devices/system/cpu" };
	char path[512];
	unsigned int i;
	FILE *f;

	for (i = 0; i < RTE_DIM(steps); i++) {
		snprintf(path, sizeof(path), "%s%s", sysfs, steps[i]);
		mkdir(path, 0755);
	}
	snprintf(path, sizeof(path), "%s/devices/system/cpu/cpu%d", sysfs, cpu);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/devices/system/cpu/cpu%d/topology", sysfs, cpu);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/devices/system/cpu/cpu%d/topology/core_id", sysfs, cpu);
	f = fopen(path, "w");
	fprintf(f, "%d\n", core);
	fclose(f);
	snprintf(path, sizeof(path), "%s/devices/system/cpu/cpu%d/topology/physical_package_id",
		sysfs, cpu);
	f = fopen(path, "w");
	fprintf(f, "%d\n", package);
	fclose(f);
}

static void
test_topology(void)
{
	/* Two packages of two cores with two threads each: 0-3 are first threads, 4-7 their siblings. */
	const unsigned int lcores[] = { 1, 2, 3, 4, 5, 6, 7 };
	const int cpus[] = { 1, 2, 3, 4, 5, 6, 7 };
	unsigned int chosen[VT_CONF_MAX_POLLERS];
	char sysfs[256], error[512];
	int i;

	snprintf(sysfs, sizeof(sysfs), "%s/sys", vt_test_tmp_dir());
	for (i = 0; i < 8; i++)
		fake_cpu(sysfs, i, i % 2, i % 4 / 2);
#define CHOOSE(nb, want, over) \
	vt_topology_choose(sysfs, lcores, cpus, nb, want, over, chosen, error, sizeof(error))
	CU_ASSERT_EQUAL(CHOOSE(7, 0, false), 4);
	CU_ASSERT_EQUAL(chosen[0], 1);
	CU_ASSERT_EQUAL(chosen[2], 3);
	CU_ASSERT_EQUAL(chosen[3], 4); /* the sibling of the main lcore's cpu */
	CU_ASSERT_EQUAL(CHOOSE(7, 2, false), 2);
	CU_ASSERT_EQUAL(CHOOSE(7, 5, false), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "5 pollers wanted"));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "4 physical cores"));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "--oversubscribe"));
	CU_ASSERT_EQUAL(CHOOSE(7, 5, true), 5);
	CU_ASSERT_EQUAL(chosen[4], 5);
	CU_ASSERT_EQUAL(CHOOSE(0, 0, false), -EINVAL);
	CU_ASSERT_EQUAL(CHOOSE(0, 2, true), 0);
	/* Without topology each cpu is a core. */
	snprintf(sysfs, sizeof(sysfs), "%s/none", vt_test_tmp_dir());
	CU_ASSERT_EQUAL(CHOOSE(7, 0, false), 7);
#undef CHOOSE
}

static bool
has(char **list, int nb, const char *what)
{
	int i;

	for (i = 0; i < nb; i++)
		if (strcmp(list[i], what) == 0)
			return true;
	return false;
}

static void
test_eal_args(void)
{
	char prog[] = "x", lflag[] = "-l", lval[] = "0,1", mem[] = "--in-memory";
	char *argv[] = { prog, lflag, lval, mem, NULL };
	bool no_huge;
	char **out;
	int nb;

	out = vt_eal_args(3, argv, 100, true, &nb, &no_huge);
	CU_ASSERT_FALSE(no_huge);
	CU_ASSERT_TRUE(has(out, nb, "--huge-unlink=always"));
	free(out[nb - 1]);
	free(out);
	out = vt_eal_args(4, argv, 100, true, &nb, &no_huge);
	CU_ASSERT_EQUAL(nb, 4);
	CU_ASSERT_TRUE(has(out, nb, "--in-memory"));
	free(out);
	/* Huge pages, but no file system with files of them. */
	out = vt_eal_args(3, argv, 100, false, &nb, &no_huge);
	CU_ASSERT_FALSE(no_huge);
	CU_ASSERT_TRUE(has(out, nb, "--in-memory"));
	free(out[nb - 1]);
	free(out);
	/* No huge page is free. */
	out = vt_eal_args(4, argv, 0, true, &nb, &no_huge);
	CU_ASSERT_TRUE(no_huge);
	CU_ASSERT_TRUE(has(out, nb, "--no-huge"));
	CU_ASSERT_FALSE(has(out, nb, "--in-memory"));
	CU_ASSERT_TRUE(has(out, nb, "-m"));
	free(out[nb - 1]);
	free(out[nb - 2]);
	free(out[nb - 3]);
	free(out);
}

static const struct vt_test_case cases[] = {
	{ "defaults", test_defaults },
	{ "options, right and wrong", test_options },
	{ "limits of a domain", test_limits },
	{ "shares of domains", test_shares },
	{ "sources of memory", test_sources },
	{ "the file, right and wrong", test_file },
	{ "lines of values", test_line },
	{ "lcores by physical core", test_topology },
	{ "EAL's arguments", test_eal_args },
};

VT_TEST_SUITE(vinetalk_app_conf_autotest, NULL, NULL, cases);
