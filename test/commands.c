/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <stdlib.h>
#include <string.h>

#include <cmdline.h>
#include <cmdline_parse.h>
#include <cmdline_parse_string.h>
#include <cmdline_socket.h>

#include "harness.h"

struct word_result {
	cmdline_fixed_string_t word;
};

struct words_result {
	cmdline_fixed_string_t word;
	cmdline_fixed_string_t what;
};

static int outcome;
static bool ran;

static void
run_one(const char *name)
{
	int ret = harness_run(&name, 1);

	outcome = ran ? harness_worse(outcome, ret) : ret;
	ran = true;
}

static void
on_suite(void *parsed, struct cmdline *cl, void *data)
{
	const struct word_result *r = parsed;

	RTE_SET_USED(cl);
	RTE_SET_USED(data);
	run_one(r->word);
}

static void
on_all(void *parsed, struct cmdline *cl, void *data)
{
	RTE_SET_USED(parsed);
	RTE_SET_USED(cl);
	RTE_SET_USED(data);
	run_one(HARNESS_ALL);
}

static void
on_word(void *parsed, struct cmdline *cl, void *data)
{
	const struct word_result *r = parsed;

	RTE_SET_USED(data);
	if (strcmp(r->word, "quit") == 0) {
		cmdline_quit(cl);
	} else if (strcmp(r->word, "list") == 0) {
		harness_list(stdout);
	} else {
		cmdline_printf(cl, "NAME               run that suite (list tells their names)\n"
			HARNESS_ALL "  run all functional suites\n"
			"list               suites and their cases\n"
			"help               this\n"
			"quit               leave\n");
	}
}

/* The names of all suites, which are known at run time only. */
static cmdline_parse_token_string_t token_suite =
	TOKEN_STRING_INITIALIZER(struct word_result, word, NULL);
static cmdline_parse_token_string_t token_word =
	TOKEN_STRING_INITIALIZER(struct word_result, word, "list#help#quit");
static cmdline_parse_token_string_t token_autotest =
	TOKEN_STRING_INITIALIZER(struct words_result, word, "autotest");
static cmdline_parse_token_string_t token_vinetalk =
	TOKEN_STRING_INITIALIZER(struct words_result, what, "vinetalk");

static cmdline_parse_inst_t cmd_suite = {
	.f = on_suite,
	.help_str = "run a suite",
	.tokens = { (void *)&token_suite, NULL },
};
static cmdline_parse_inst_t cmd_all = {
	.f = on_all,
	.help_str = "run all functional suites",
	.tokens = { (void *)&token_autotest, (void *)&token_vinetalk, NULL },
};
static cmdline_parse_inst_t cmd_word = {
	.f = on_word,
	.help_str = "list, help, quit",
	.tokens = { (void *)&token_word, NULL },
};
static cmdline_parse_ctx_t ctx[] = { &cmd_suite, &cmd_all, &cmd_word, NULL };

static char *
names_string(void)
{
	const struct vt_test_suite *s;
	size_t len = sizeof(HARNESS_ALL_NAME) + 1;
	char *names;

	for (s = harness_suites(); s != NULL; s = s->next)
		len += strlen(s->name) + 1;
	names = calloc(1, len);
	if (names == NULL)
		return NULL;
	strcpy(names, HARNESS_ALL_NAME);
	for (s = harness_suites(); s != NULL; s = s->next) {
		if (strcmp(s->name, HARNESS_ALL_NAME) == 0)
			continue;
		strcat(names, "#");
		strcat(names, s->name);
	}
	return names;
}

int
commands_prompt(void)
{
	char *names = names_string();
	struct cmdline *cl;

	if (names == NULL)
		return 1;
	token_suite.string_data.str = names;
	cl = cmdline_stdin_new(ctx, "RTE>>");
	if (cl == NULL) {
		fprintf(stderr, "dpdk-test: no prompt on this terminal\n");
		free(names);
		return 1;
	}
	cmdline_interact(cl);
	cmdline_stdin_exit(cl);
	free(names);
	return outcome;
}
