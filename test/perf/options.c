/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * dpdk-test-vinetalk-perf [EAL options --] [options]; see usage().
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perf.h"

struct perf_options perf_opt = { .seconds = 2, .repeats = 5 };

static void
usage(FILE *f)
{
	fprintf(f, "Usage: " PERF_PROG " [EAL options --] [options]\n"
		"  --list              the tests\n"
		"  --test NAME[,..]    only these\n"
		"  --seconds S         of one repeat of a test, with its baseline (default 2)\n"
		"  --repeats R         of each (default 5); values are medians\n"
		"  --json FILE         write the results there too\n"
		"  --layout L[,..]     hashed, single, thread\n"
		"  --sync S[,..]       rts, mt, hts, ticket, spinlock; st: layout thread\n"
		"  --idle M[,..]       of poller and client: poll, adaptive, interrupt\n"
		"  --burst N[,..]      1, 4, 8, 32, 64\n"
		"  --baseline NAME     of rtt and throughput: raw, eventfd, socket, mutex\n"
		"  --only TEXT         combinations with that in their name, such as size=4096\n"
		"  --all               every combination that the filters leave\n"
		"  --help              this\n"
		"Each test takes about seconds x repeats, shared by its combinations; longer\n"
		"where a measurement would be too short to mean anything, and to make domains of\n"
		"many queues. Without filters and --all there are a few combinations of each.\n"
		"It starts appliances and client processes of its own; the poller has a CPU of\n"
		"its own.\n"
		"Exit status: 0 done, 1 wrong options or a failure, 77 nothing that was asked for\n"
		"is possible.\n");
}

/* ---- lists of names ---- */

static int
unknown(const char *option, const char *name, const char * const *names, unsigned int first)
{
	unsigned int i;

	fprintf(stderr, PERF_PROG ": --%s: there is no %s '%s'. There are:", option, option, name);
	for (i = first; names[i] != NULL; i++)
		if (i == first || strcmp(names[i], names[i - 1]) != 0)
			fprintf(stderr, " %s", names[i]);
	fprintf(stderr, "\n");
	return -EINVAL;
}

/* Names to a mask; those before the first cannot be chosen. */
static int
parse_names(const char *option, const char *text, const char * const *names, unsigned int first,
		uint32_t *mask)
{
	char *copy = strdup(text), *name, *save = NULL;
	unsigned int i;
	bool found;
	int ret = 0;

	name = copy != NULL ? strtok_r(copy, ",", &save) : NULL;
	if (name == NULL) {
		fprintf(stderr, PERF_PROG ": --%s: no name\n", option);
		ret = -EINVAL;
	}
	for (; name != NULL; name = strtok_r(NULL, ",", &save)) {
		/* A test may have more than one part. */
		for (i = first, found = false; names[i] != NULL; i++) {
			if (strcmp(names[i], name) != 0)
				continue;
			*mask |= 1u << i;
			found = true;
		}
		if (!found)
			ret = unknown(option, name, names, first);
	}
	free(copy);
	return ret;
}

static int
parse_tests(const char *text)
{
	const char *names[32];
	unsigned int i;

	for (i = 0; perf_tests[i] != NULL; i++)
		names[i] = perf_tests[i]->name;
	names[i] = NULL;
	return parse_names("test", text, names, 0, &perf_opt.tests);
}

static int
parse_bursts(const char *text)
{
	static const char * const names[PERF_BURSTS + 1] = { "1", "4", "8", "32", "64", NULL };

	return parse_names("burst", text, names, 0, &perf_opt.bursts);
}

static int
parse_baseline(const char *text)
{
	uint32_t mask = 0;
	int ret = parse_names("baseline", text, perf_side_names, PERF_RAW, &mask);

	if (ret != 0)
		return ret;
	if ((mask & (mask - 1)) != 0) {
		fprintf(stderr, PERF_PROG ": --baseline %s: one\n", text);
		return -EINVAL;
	}
	perf_opt.baseline = (enum perf_side)__builtin_ctz(mask);
	return 0;
}

/* ---- numbers ---- */

static int
parse_seconds(const char *text)
{
	char *end;

	perf_opt.seconds = strtod(text, &end);
	if (end != text && *end == '\0' && perf_opt.seconds >= 0.01 && perf_opt.seconds <= 3600)
		return 0;
	fprintf(stderr, PERF_PROG ": --seconds %s: 0.01 to 3600\n", text);
	return -EINVAL;
}

static int
parse_repeats(const char *text)
{
	char *end;

	perf_opt.repeats = strtol(text, &end, 10);
	if (end != text && *end == '\0' && perf_opt.repeats >= 1 &&
			perf_opt.repeats <= PERF_MAX_REPEATS)
		return 0;
	fprintf(stderr, PERF_PROG ": --repeats %s: 1 to %d\n", text, PERF_MAX_REPEATS);
	return -EINVAL;
}

/* ---- all ---- */

static int
parse_one(int c, const char *arg)
{
	switch (c) {
	case 'l':
		perf_opt.list = true;
		return 0;
	case 'a':
		perf_opt.all = true;
		return 0;
	case 't':
		return parse_tests(arg);
	case 's':
		return parse_seconds(arg);
	case 'r':
		return parse_repeats(arg);
	case 'j':
		perf_opt.json = arg;
		return 0;
	case 'L':
		return parse_names("layout", arg, perf_layout_names, 0, &perf_opt.layouts);
	case 'S':
		return parse_names("sync", arg, perf_sync_names, 0, &perf_opt.syncs);
	case 'I':
		return parse_names("idle", arg, perf_idle_names, 0, &perf_opt.idles);
	case 'b':
		return parse_bursts(arg);
	case 'B':
		return parse_baseline(arg);
	case 'o':
		perf_opt.only = arg;
		return 0;
	case 'h':
		usage(stdout);
		return 1;
	default:
		usage(stderr);
		return -EINVAL;
	}
}

int
perf_options_parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "all", no_argument, NULL, 'a' },
		{ "test", required_argument, NULL, 't' },
		{ "seconds", required_argument, NULL, 's' },
		{ "repeats", required_argument, NULL, 'r' },
		{ "json", required_argument, NULL, 'j' },
		{ "layout", required_argument, NULL, 'L' },
		{ "sync", required_argument, NULL, 'S' },
		{ "idle", required_argument, NULL, 'I' },
		{ "burst", required_argument, NULL, 'b' },
		{ "baseline", required_argument, NULL, 'B' },
		{ "only", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, ret;

	optind = 1;
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		ret = parse_one(c, optarg);
		if (ret != 0)
			return ret;
	}
	if (optind == argc)
		return 0;
	fprintf(stderr, PERF_PROG ": what is '%s'?\n", argv[optind]);
	return -EINVAL;
}
