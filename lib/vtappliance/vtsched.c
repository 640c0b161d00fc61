/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Registry of schedulers, and their arguments. Written by constructors and at start-up, by one thread. */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_kvargs.h>

#include "vta_private.h"

#define MAX_SCHEDS 16

static const struct rte_vtsched_ops *scheds[MAX_SCHEDS];
static unsigned int nb_scheds;
static int register_error;

static int
check(const struct rte_vtsched_ops *ops)
{
	unsigned int i;

	if (ops == NULL || ops->name == NULL || ops->create == NULL || ops->destroy == NULL ||
			ops->activate == NULL || ops->deactivate == NULL || ops->pick == NULL ||
			ops->done == NULL || (ops->wants_ended != NULL && ops->ended == NULL)) {
		VTA_LOG(ERR, "scheduler %s lacks an operation",
			ops != NULL && ops->name != NULL ? ops->name : "without name");
		return -EINVAL;
	}
	if (ops->api != RTE_VTSCHED_API) {
		VTA_LOG(ERR, "scheduler %s is for interface %u, this is %u", ops->name, ops->api,
			RTE_VTSCHED_API);
		return -EPROTONOSUPPORT;
	}
	for (i = 0; i < nb_scheds; i++) {
		if (strcmp(scheds[i]->name, ops->name) == 0) {
			VTA_LOG(ERR, "scheduler %s is registered already", ops->name);
			return -EEXIST;
		}
	}
	if (nb_scheds == MAX_SCHEDS) {
		VTA_LOG(ERR, "scheduler %s is one more than %u", ops->name, MAX_SCHEDS);
		return -ENOSPC;
	}
	return 0;
}

int
rte_vtsched_register(const struct rte_vtsched_ops *ops)
{
	int ret = check(ops);

	if (ret == 0)
		scheds[nb_scheds++] = ops;
	else if (register_error == 0)
		register_error = ret;
	return ret;
}

int
vta_sched_error(void)
{
	return register_error;
}

const struct rte_vtsched_ops *
rte_vtsched_find(const char *name)
{
	char names[256] = "";
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < nb_scheds; i++) {
		if (strcmp(scheds[i]->name, name) == 0)
			return scheds[i];
		if (len < sizeof(names))
			len += (size_t)snprintf(names + len, sizeof(names) - len, " %s",
				scheds[i]->name);
	}
	VTA_LOG(ERR, "no scheduler %s; there are:%s", name, names);
	return NULL;
}

/* ---- arguments ---- */

static int
word_parse(const char *value, const char * const *words, uint64_t *number)
{
	unsigned int i;

	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], value) == 0) {
			*number = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int
number_parse(const char *value, const struct rte_vtsched_arg *arg)
{
	unsigned long long n;
	char *end;

	/* strtoull takes blanks and signs. */
	if (!isdigit((unsigned char)value[0]))
		return -EINVAL;
	errno = 0;
	n = strtoull(value, &end, 10);
	if (errno != 0 || *end != '\0' || n < arg->min || n > arg->max)
		return -EINVAL;
	*arg->number = n;
	return 0;
}

static int
arg_set(const char *name, const struct rte_vtsched_arg *arg, const char *value)
{
	char words[128] = "";
	unsigned int i;
	int ret;

	if (value == NULL)
		value = "";
	ret = arg->words != NULL ? word_parse(value, arg->words, arg->number) :
		number_parse(value, arg);
	if (ret == 0)
		return 0;
	if (arg->words == NULL) {
		VTA_LOG(ERR, "scheduler %s: %s=%s is not a number from %" PRIu64 " to %" PRIu64,
			name, arg->key, value, arg->min, arg->max);
		return ret;
	}
	for (i = 0; arg->words[i] != NULL; i++) {
		strncat(words, " ", sizeof(words) - strlen(words) - 1);
		strncat(words, arg->words[i], sizeof(words) - strlen(words) - 1);
	}
	VTA_LOG(ERR, "scheduler %s: %s=%s is none of:%s", name, arg->key, value, words);
	return ret;
}

static int
pair_set(const char *name, const struct rte_kvargs_pair *pair, const struct rte_vtsched_arg *known,
		unsigned int nb)
{
	char keys[128] = "";
	unsigned int i;

	for (i = 0; i < nb; i++)
		if (strcmp(known[i].key, pair->key) == 0)
			return arg_set(name, &known[i], pair->value);
	for (i = 0; i < nb; i++) {
		strncat(keys, " ", sizeof(keys) - strlen(keys) - 1);
		strncat(keys, known[i].key, sizeof(keys) - strlen(keys) - 1);
	}
	VTA_LOG(ERR, "scheduler %s: unknown argument %s; there are:%s", name, pair->key,
		nb != 0 ? keys : " none");
	return -EINVAL;
}

int
rte_vtsched_args_parse(const char *name, const char *args, const struct rte_vtsched_arg *known,
		unsigned int nb)
{
	struct rte_kvargs *kv;
	unsigned int i;
	int ret = 0;

	if (args[0] == '\0')
		return 0;
	kv = rte_kvargs_parse(args, NULL);
	if (kv == NULL) {
		VTA_LOG(ERR, "scheduler %s: '%s' is no list of key=value", name, args);
		return -EINVAL;
	}
	for (i = 0; ret == 0 && i < kv->count; i++)
		ret = pair_set(name, &kv->pairs[i], known, nb);
	rte_kvargs_free(kv);
	return ret;
}

/* "NAME[,key=value...]": its operations, and an instance for a try. */
int
vta_sched_choose(struct rte_vtappliance *app, const char *text)
{
	const size_t len = strcspn(text, ",");
	const char *args = text[len] == ',' ? text + len + 1 : "";
	char name[64];
	void *ctx;

	if (len >= sizeof(name) || strlen(args) >= sizeof(app->sched_args)) {
		VTA_LOG(ERR, "scheduler '%.64s...': the name has more than %zu characters, or the"
			" arguments more than %zu", text, sizeof(name) - 1,
			sizeof(app->sched_args) - 1);
		return -EINVAL;
	}
	memcpy(name, text, len);
	name[len] = '\0';
	strcpy(app->sched_args, args);
	app->sched = rte_vtsched_find(name);
	if (app->sched == NULL)
		return -ENOENT;
	ctx = vta_sched_create(app);
	if (ctx == NULL)
		return -rte_errno;
	app->sched_ended = app->sched->ended != NULL && (app->sched->wants_ended == NULL ||
		app->sched->wants_ended(ctx));
	app->sched->destroy(ctx);
	return 0;
}

/* An instance; NULL with rte_errno. */
void *
vta_sched_create(const struct rte_vtappliance *app)
{
	return app->sched->create(app->sched_args, rte_get_tsc_hz());
}
