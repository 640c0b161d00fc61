/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* An operator's questions, without a socket: the commands are called as telemetry does it. */

#include <rte_telemetry.h>

#include "fuzz.h"
#include "fuzz_telemetry.h"

#define MAX_COMMANDS 32

static struct {
	const char *name;
	telemetry_cb run;
} commands[MAX_COMMANDS];
static unsigned int nb_commands;

/* The linker leads the calls here: the functions are nobody else's to know. */
int __wrap_rte_telemetry_register_cmd(const char *cmd, telemetry_cb fn, const char *help);
int
__wrap_rte_telemetry_register_cmd(const char *cmd, telemetry_cb fn, const char *help)
{
	(void)help;
	FUZZ_CHECK(nb_commands < MAX_COMMANDS);
	commands[nb_commands].name = cmd;
	commands[nb_commands++].run = fn;
	return 0;
}

/* What telemetry frees when it has made text of it. */
#define MAX_PARTS 16
static struct rte_tel_data *parts[MAX_PARTS];
static unsigned int nb_parts;

int __real_rte_tel_data_add_dict_container(struct rte_tel_data *d, const char *name, struct rte_tel_data *part, int keep);
int __wrap_rte_tel_data_add_dict_container(struct rte_tel_data *d, const char *name, struct rte_tel_data *part, int keep);
int
__wrap_rte_tel_data_add_dict_container(struct rte_tel_data *d, const char *name, struct rte_tel_data *part, int keep)
{
	FUZZ_CHECK(nb_parts < MAX_PARTS);
	parts[nb_parts++] = part;
	return __real_rte_tel_data_add_dict_container(d, name, part, keep);
}

void
telemetry_ask(unsigned int which, const char *params)
{
	struct rte_tel_data *d = rte_tel_data_alloc();

	FUZZ_CHECK(d != NULL && nb_commands != 0);
	which %= nb_commands;
	(void)commands[which].run(commands[which].name, params, d);
	rte_tel_data_free(d);
	while (nb_parts != 0)
		rte_tel_data_free(parts[--nb_parts]);
}
