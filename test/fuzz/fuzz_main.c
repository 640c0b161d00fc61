/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Entry points of libFuzzer: choose the target, keep the log quiet. */

#include <rte_log.h>

#include "fuzz.h"

static const struct fuzz_target * const targets[] = {
	&fuzz_accel, &fuzz_args, &fuzz_broker, &fuzz_config, &fuzz_engine, &fuzz_kernels,
	&fuzz_region,
};
static const struct fuzz_target *target;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("VT_FUZZ");
	size_t i;

	(void)argc;
	(void)argv;
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (name != NULL && strcmp(name, targets[i]->name) == 0)
			target = targets[i];
	if (target == NULL) {
		fprintf(stderr, "VT_FUZZ=NAME chooses a target:");
		for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
			fprintf(stderr, " %s", targets[i]->name);
		fprintf(stderr, "\n");
		exit(2);
	}
	/* Refusals are logged, and there are many; formatting them is part of what is tried. */
	if (getenv("VT_FUZZ_LOG") == NULL)
		rte_openlog_stream(fopen("/dev/null", "w"));
	if (target->init != NULL)
		target->init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { .data = data, .left = size };

	target->run(&in);
	return 0;
}
