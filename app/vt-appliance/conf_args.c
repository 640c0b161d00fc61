/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The command line behind "--". */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_kvargs.h>
#include <rte_string_fns.h>

#include "conf.h"

enum { OPT_CONFIG = 256, OPT_DOMAIN, OPT_ACCEL, OPT_READY_FD, OPT_HELP, OPT_VERSION,
	OPT_OVERSUBSCRIBE, OPT_LATENCY, OPT_SETTING };

static const struct option options[] = {
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "domain", required_argument, NULL, OPT_DOMAIN },
	{ "accel", required_argument, NULL, OPT_ACCEL },
	{ "pollers", required_argument, NULL, OPT_SETTING },
	{ "idle", required_argument, NULL, OPT_SETTING },
	{ "spins", required_argument, NULL, OPT_SETTING },
	{ "pauses", required_argument, NULL, OPT_SETTING },
	{ "umwaits", required_argument, NULL, OPT_SETTING },
	{ "park-ms", required_argument, NULL, OPT_SETTING },
	{ "budget", required_argument, NULL, OPT_SETTING },
	{ "sched", required_argument, NULL, OPT_SETTING },
	{ "drain-ms", required_argument, NULL, OPT_SETTING },
	{ "user", required_argument, NULL, OPT_SETTING },
	{ "detach-ms", required_argument, NULL, OPT_SETTING },
	{ "heartbeat-ms", required_argument, NULL, OPT_SETTING },
	{ "stall-ms", required_argument, NULL, OPT_SETTING },
	{ "probe-ms", required_argument, NULL, OPT_SETTING },
	{ "ahead-us", required_argument, NULL, OPT_SETTING },
	{ "oversubscribe", no_argument, NULL, OPT_OVERSUBSCRIBE },
	{ "latency", no_argument, NULL, OPT_LATENCY },
	{ "ready-fd", required_argument, NULL, OPT_READY_FD },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

int
vt_conf_domain_parse(struct vt_conf *conf, const char *arg)
{
	char name[64];
	size_t len = strcspn(arg, ",");
	struct vt_conf_domain *d;
	struct rte_kvargs *kv;
	unsigned int i;
	int ret = 0;

	if (len == 0 || len >= sizeof(name) || memchr(arg, '=', len) != NULL)
		return vt_conf_fail(conf, "--domain '%.60s': its name comes first", arg);
	memcpy(name, arg, len);
	name[len] = '\0';
	d = vt_conf_domain_add(conf, name);
	if (d == NULL)
		return -EINVAL;
	if (arg[len] == '\0')
		return 0;
	kv = rte_kvargs_parse(arg + len + 1, NULL);
	if (kv == NULL)
		return vt_conf_fail(conf, "--domain %s: '%s' is no list of key=value", name,
			arg + len + 1);
	for (i = 0; ret == 0 && i < kv->count; i++) {
		if (kv->pairs[i].value == NULL || kv->pairs[i].value[0] == '\0')
			ret = vt_conf_fail(conf, "%s: has no value", kv->pairs[i].key);
		else
			ret = vt_conf_set(conf, d, kv->pairs[i].key, kv->pairs[i].value);
	}
	rte_kvargs_free(kv);
	if (ret != 0) {
		char why[VT_CONF_ERROR];

		rte_strscpy(why, conf->error, sizeof(why));
		vt_conf_fail(conf, "--domain %s: %.400s", name, why);
	}
	return ret;
}

static int
parse_ready_fd(struct vt_conf *conf, const char *arg)
{
	char *end;
	long v = strtol(arg, &end, 10);

	if (end == arg || *end != '\0' || v < 0 || v > 65535)
		return vt_conf_fail(conf, "--ready-fd: '%s' is no descriptor", arg);
	conf->ready_fd = (int32_t)v;
	return 0;
}

/* One option. pass 0 looks for what comes before the rest: the file, and help. */
static int
apply(struct vt_conf *conf, int pass, int opt, int index)
{
	if (pass == 0) {
		switch (opt) {
		case OPT_HELP:
			conf->help = true;
			return 0;
		case OPT_VERSION:
			conf->version = true;
			return 0;
		case OPT_CONFIG:
			if (conf->config[0] != '\0')
				return vt_conf_fail(conf, "--config: more than one");
			if (rte_strscpy(conf->config, optarg, sizeof(conf->config)) < 0)
				return vt_conf_fail(conf, "--config: the path is too long");
			return vt_conf_file(conf, conf->config);
		default:
			return 0;
		}
	}
	switch (opt) {
	case OPT_DOMAIN:
		return vt_conf_domain_parse(conf, optarg);
	case OPT_ACCEL:
		return vt_conf_accel_add(conf, optarg);
	case OPT_READY_FD:
		return parse_ready_fd(conf, optarg);
	case OPT_OVERSUBSCRIBE:
		conf->oversubscribe = true;
		return 0;
	case OPT_LATENCY:
		conf->engine.latency = true;
		return 0;
	case OPT_SETTING:
		return vt_conf_set(conf, NULL, options[index].name, optarg);
	default:
		return 0;
	}
}

int
vt_conf_args(struct vt_conf *conf, int argc, char **argv)
{
	int pass, opt, index, ret;

	/* What the file says comes first, so that the command line has the last word. */
	for (pass = 0; pass < 2; pass++) {
		optind = 0; /* GNU: scan anew */
		opterr = 0;
		while ((opt = getopt_long(argc, argv, "+:", options, &index)) != -1) {
			if (opt == '?' || opt == ':')
				return vt_conf_fail(conf, "%s: %s; --help tells all",
					argv[optind - 1], opt == ':' ? "lacks its value" :
					"unknown option");
			ret = apply(conf, pass, opt, index);
			if (ret != 0)
				return ret;
		}
		if (optind < argc)
			return vt_conf_fail(conf, "'%s': no such argument; --help tells all",
				argv[optind]);
		if (conf->help || conf->version)
			return 0;
	}
	return 0;
}

void
vt_conf_usage(void)
{
	printf("usage: vt-appliance [EAL options] -- [options]\n"
		"\n"
		"  --config FILE       JSON; what the command line says overrides it, domains and\n"
		"                      accelerators are added\n"
		"  --domain NAME[,key=value...]   a trust domain (repeatable; default: \"default\")\n"
		"      path=SOCKET     of its broker (/run/vinetalk/NAME.sock)\n"
		"      file=FILE       region in a hugetlbfs file instead of a memfd\n"
		"      plain=N         slots for guests that have the file by ivshmem-plain (with file:\n"
		"                      half of the clients)\n"
		"      broker=SOCKET   join a vt-broker there, which has the region\n"
		"      pci=ADDR|first  region of this VM's ivshmem device: the appliance is a guest\n"
		"      size=N          bytes of the region, K, M, G (what the rest needs)\n"
		"      arena=N         bytes for each client's data (16M)\n"
		"      clients=N       at a time (8)\n"
		"      qps=N           queue pairs of a client (4)\n"
		"      depth=N         entries of a completion ring, a power of two (256)\n"
		"      rq-depth=N      entries of a request ring, a power of two (1024)\n"
		"      layout=hashed|single|thread   one request queue for each poller (default), one\n"
		"                      for all, or one for each queue pair\n"
		"      sync=rts|mt|hts|ticket|spinlock   producers of a shared request queue (rts); all\n"
		"                      but rts need unsafe-sync=1: clients spin behind one that dies\n"
		"      mode=OCTAL uid=USER gid=GROUP   of the socket (0660, unchanged)\n"
		"      users=LIST groups=LIST   who may connect, names or numbers with + between them\n"
		"                      (whom the socket's permissions let)\n"
		"      id=N            VM id of all its clients, hashed to a queue (the VM's uuid, or\n"
		"                      the peer id)\n"
		"      no-huge=yes     4 KiB pages\n"
		"      max-tasks=N     in flight, of all clients; more end with -EDQUOT (no limit)\n"
		"      max-vaccels=N   of all clients; more are refused (no limit)\n"
		"      max-sessions=N  of crypto keys, of all clients; a vaccel that has none gets -EDQUOT\n"
		"                      (no limit)\n"
		"      max-accel-bytes=N   of buffers that stay with accelerators, of all clients; more\n"
		"                      are refused (no limit)\n"
		"      rate-tasks=N rate-bytes=N   a second, of all clients (no limit)\n"
		"      rate-excess=wait|fail   what becomes of tasks over a rate (wait)\n"
		"      weight=N        share beside other domains, with --sched drr (1)\n"
		"      priority=N      beside other domains, with --sched prio (0, the lowest)\n"
		"  --accel DRIVER[,key=value...]  an accelerator (repeatable; default: cpu)\n"
		"  --pollers N         poll-mode lcores (all worker lcores on distinct physical cores)\n"
		"  --oversubscribe     let pollers share physical cores, or the only lcore\n"
		"  --idle MODE         adaptive (default), poll or interrupt\n"
		"  --spins N --pauses N --umwaits N --park-ms N   limits of adaptive: turns, and the\n"
		"                      longest sleep (1000, 1000, 50, 100); umwaits where the\n"
		"                      processor has UMWAIT\n"
		"  --budget N          requests of one queue in one turn (32)\n"
		"  --sched NAME[,key=value...]   scheduler (rr): rr, in turn; drr, by weight, of\n"
		"                      cost=bytes|time; prio, by priority, with age_us=N\n"
		"  --latency           time tasks, for /vinetalk/domain/latency and vaccel/latency\n"
		"  --detach-ms N       a client that is inside an enqueue for longer while its queue is\n"
		"                      mended after another one's death is detached (500)\n"
		"  --heartbeat-ms N    a client in a VM that is silent for longer is detached (3000)\n"
		"  --stall-ms N        an accelerator that gives no task back for longer counts as failed\n"
		"                      until it does (0: never)\n"
		"  --probe-ms N        one that has failed is tried again so often (1000)\n"
		"  --ahead-us N        the most that a busy worker has ahead of what it runs, by the time\n"
		"                      that tasks take (100); 0: as many as its depth\n"
		"  --drain-ms N        time for tasks in flight at the end (5000); SIGTERM, or SIGUSR2 if\n"
		"                      another appliance follows behind the same vt-broker\n"
		"  --user NAME[:GROUP] whom to become when everything is open\n"
		"  --ready-fd N        write a byte there when serving\n"
		"  --help --version\n"
		"\n"
		"examples:\n"
		"  vt-appliance -l 0,1 --\n"
		"  vt-appliance -l 0,1 -- --domain web,clients=2,arena=64M --accel cpu,workers=2\n"
		"  vt-appliance -l 0,1 -- --config /etc/vinetalk.json --idle poll\n");
}
