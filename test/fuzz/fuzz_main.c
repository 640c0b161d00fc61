/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Entry points of libFuzzer: choose the target, keep the log quiet. */

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_log.h>

#include "fault.h"
#include "fuzz.h"

static const struct fuzz_target * const targets[] = {
	&fuzz_accel, &fuzz_adopt, &fuzz_args, &fuzz_broker, &fuzz_client, &fuzz_config, &fuzz_device, &fuzz_engine,
	&fuzz_kernels, &fuzz_opencl, &fuzz_pollers, &fuzz_poor, &fuzz_region, &fuzz_server, &fuzz_setup,
};
static const struct fuzz_target *target;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void
fuzz_eal(void)
{
	static char a0[] = "fuzz", a1[] = "--no-huge", a2[] = "--no-pci", a3[] = "--no-shconf",
		a4[] = "--no-telemetry", a5[] = "-m", a6[] = "512", a7[] = "-l", a8[] = "0",
		a9[] = "--iova-mode=va";
	static char *argv[] = { a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, NULL };

	FUZZ_CHECK(rte_eal_init((int)RTE_DIM(argv) - 1, argv) >= 0);
}

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

	fault_take(&in);
	target->run(&in);
	fault_end();
	return 0;
}
