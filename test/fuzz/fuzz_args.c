/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Arguments of drivers and domains, lists of users, and the command lines of the appliance and of the broker. */

#include <errno.h>
#include <getopt.h>

#include <rte_common.h>
#include <rte_vtaccel.h>
#include <rte_vtclient.h>
#include <rte_vtivshmem.h>

#include "../../app/vt-appliance/conf.h"
#include "../../app/vt-broker/broker.h"
#include "fault.h"
#include "fault_accel.h"
#include "fuzz.h"

#define MAX_WORDS 16

static struct vt_conf conf;
static struct broker broker;

static void
transport(const char *text)
{
	struct rte_vtclient_conf c = { 0 };
	char path[64] = "";
	uint32_t number = 7;
	const struct rte_vtclient_arg own[] = {
		{ .key = "path", .text = path, .len = sizeof(path) },
		{ .key = "number", .number = &number, .min = 3, .max = 9 },
	};
	int ret = rte_vtclient_args("fuzz", text, own, RTE_DIM(own), &c);

	FUZZ_CHECK(ret == 0 || ret == -EINVAL || ret == -ENOMEM);
	FUZZ_CHECK(memchr(path, 0, sizeof(path)) != NULL);
	FUZZ_CHECK(number >= 3 && number <= 9);
}

/* Those of which no argument makes a device of DPDK, or reads a file. */
static void
accelerator(const char *text)
{
	static const char *const drivers[] = { "null", "cpu", "crypto", "compress", "dma", "none" };
	struct rte_vtaccel *dev = NULL, *found;
	char devargs[4200], where[RTE_VINETALK_NAME_LEN];
	int ret;

	if (strstr(text + 1, "dev=") != NULL || strstr(text + 1, "kernels=") != NULL || strstr(text, "workers=") != NULL)
		return;
	if ((uint8_t)text[0] >= 0xf0)
		snprintf(devargs, sizeof(devargs), "%s", text + 1);
	else
		snprintf(devargs, sizeof(devargs), "%s,%s", drivers[(uint8_t)text[0] % RTE_DIM(drivers)], text + 1);
	fault_begin();
	fault_accel_begin();
	ret = rte_vtaccel_probe(devargs, &dev);
	fault_accel_end();
	fault_end();
	if (ret != 0)
		return;
	FUZZ_CHECK(memchr(dev->name, 0, sizeof(dev->name)) != NULL && dev->name[0] != '\0');
	found = rte_vtaccel_get(dev->name);
	FUZZ_CHECK(found == dev);
	rte_vtaccel_location(dev, where, sizeof(where));
	rte_vtaccel_remove(dev);
}

static void
users(const char *text)
{
	struct rte_vtivshmem_ids ids = { .nb = 0 };
	int ret = rte_vtivshmem_ids_parse(text + 1, text[0] & 1, &ids);

	FUZZ_CHECK(ret == 0 || ret == -ENOENT || ret == -E2BIG);
	FUZZ_CHECK(ret == 0 ? ids.nb >= 1 && ids.nb <= RTE_VTIVSHMEM_MAX_IDS : ids.nb == 0);
}

static void
complete(const char *what, int ret)
{
	FUZZ_CHECK(ret == 0 || ret == -EINVAL);
	if (ret == 0)
		ret = vt_conf_complete(&conf);
	if (ret != 0)
		FUZZ_CHECK(conf.error[0] != '\0' && what != NULL);
	vt_conf_domain_drop(&conf, "web");
	FUZZ_CHECK(conf.nb_domains <= VT_CONF_MAX_DOMAINS && conf.nb_accels <= VT_CONF_MAX_ACCELS);
}

static void
command_line(char *text, bool of_broker)
{
	static char name[] = "fuzz";
	char *argv[MAX_WORDS + 1] = { name };
	int argc = 1, ret;
	char *save = NULL, *word;

	for (word = strtok_r(text, "\n", &save); word != NULL && argc < MAX_WORDS;
			word = strtok_r(NULL, "\n", &save))
		argv[argc++] = word;
	fault_begin();
	if (of_broker) {
		memset(&broker, 0, sizeof(broker));
		optind = 0;
		ret = broker_args(&broker, argc, argv);
		FUZZ_CHECK(ret == 0 || (ret == -EINVAL && broker.error[0] != '\0'));
		FUZZ_CHECK(broker.nb_domains <= BROKER_MAX_DOMAINS);
		if (broker.help)
			broker_usage();
		return;
	}
	vt_conf_init(&conf);
	complete("arguments", vt_conf_args(&conf, argc, argv));
	if (conf.help)
		vt_conf_usage();
}

/* Help is not for who looks at this. */
static void
init(void)
{
	FUZZ_CHECK(freopen("/dev/null", "w", stdout) != NULL);
}

static void
run(struct fuzz_in *in)
{
	const uint8_t what = fuzz_u8(in);
	char text[4096];
	size_t len;

	if ((what & 7) == 1)
		fault_accel_take(in);
	len = RTE_MIN(in->left, sizeof(text) - 1);
	fuzz_take(in, text, len);
	text[len] = '\0';
	switch (what & 7) {
	case 0:
		fault_begin();
		transport(text);
		break;
	case 1:
		accelerator(text);
		break;
	case 2:
		vt_conf_init(&conf);
		fault_begin();
		complete("domain", vt_conf_domain_parse(&conf, text));
		break;
	case 3:
		command_line(text, false);
		break;
	case 4:
		users(text);
		break;
	default:
		command_line(text, true);
	}
}

const struct fuzz_target fuzz_args = { .name = "args", .init = init, .run = run };
