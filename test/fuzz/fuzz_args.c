/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Arguments of drivers and domains, and the command line of the appliance. */

#include <errno.h>

#include <rte_common.h>
#include <rte_vtaccel.h>
#include <rte_vtclient.h>

#include "../../app/vt-appliance/conf.h"
#include "fuzz.h"

#define MAX_WORDS 16

static struct vt_conf conf;

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

static void
accelerator(const char *text)
{
	struct rte_vtaccel *dev = NULL;
	char devargs[4200];

	snprintf(devargs, sizeof(devargs), "null,%s", text);
	if (rte_vtaccel_probe(devargs, &dev) != 0)
		return;
	FUZZ_CHECK(memchr(dev->name, 0, sizeof(dev->name)) != NULL && dev->name[0] != '\0');
	rte_vtaccel_remove(dev);
}

static void
complete(const char *what, int ret)
{
	FUZZ_CHECK(ret == 0 || ret == -EINVAL);
	if (ret != 0)
		FUZZ_CHECK(conf.error[0] != '\0' && what != NULL);
	FUZZ_CHECK(conf.nb_domains <= VT_CONF_MAX_DOMAINS && conf.nb_accels <= VT_CONF_MAX_ACCELS);
}

static void
command_line(char *text)
{
	static char name[] = "fuzz";
	char *argv[MAX_WORDS + 1] = { name };
	int argc = 1;
	char *save = NULL, *word;

	for (word = strtok_r(text, "\n", &save); word != NULL && argc < MAX_WORDS;
			word = strtok_r(NULL, "\n", &save)) {
		/* Another target reads files. */
		if (strncmp(word, "--config", 3) != 0)
			argv[argc++] = word;
	}
	vt_conf_init(&conf);
	complete("arguments", vt_conf_args(&conf, argc, argv));
}

static void
run(struct fuzz_in *in)
{
	const uint8_t what = fuzz_u8(in) & 3;
	char text[4096];
	size_t len = RTE_MIN(in->left, sizeof(text) - 1);

	fuzz_take(in, text, len);
	text[len] = '\0';
	switch (what) {
	case 0:
		transport(text);
		break;
	case 1:
		accelerator(text);
		break;
	case 2:
		vt_conf_init(&conf);
		complete("domain", vt_conf_domain_parse(&conf, text));
		break;
	default:
		command_line(text);
	}
}

const struct fuzz_target fuzz_args = { .name = "args", .run = run };
