/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness.h"
#include "instructions.h"

/* The n-th dump: its total, or -1. */
static double
read_total(const char *base, unsigned int n)
{
	char path[4200], line[512];
	double total = -1;
	FILE *f;

	snprintf(path, sizeof(path), "%.4000s.%u", base, n);
	f = fopen(path, "r");
	if (f == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "totals: %lf", &total) == 1 ||
				sscanf(line, "summary: %lf", &total) == 1)
			break;
	fclose(f);
	return total;
}

static int
print_figures(const char *base)
{
	double t[NB_PARTS], nb;
	unsigned int b, p, n = 1;

	printf("instructions for one task, from enqueue to completion:\n");
	for (b = 0; b < RTE_DIM(bursts); b++) {
		nb = (double)ROUNDS * bursts[b];
		for (p = 0; p < NB_PARTS; p++, n++) {
			t[p] = read_total(base, n);
			if (t[p] < 0) {
				fprintf(stderr, "callgrind's file %s.%u has no total\n", base, n);
				return 1;
			}
		}
		printf("burst %u: client %.1f appliance %.1f raw rte_ring pair %.1f\n", bursts[b],
				(t[PART_CLIENT] - t[PART_NOTHING]) / nb,
				(t[PART_APPLIANCE] - t[PART_NOTHING]) / nb,
				(t[PART_RAW] - t[PART_NOTHING]) / nb);
	}
	return 0;
}

int
instructions_report(const char *self)
{
	const char *dir = vt_test_tmp_dir();
	char out[4096], base[4096], *output = NULL;
	const char *probe[] = { "valgrind", "--tool=none", "-q", "true", NULL };
	const char *argv[] = { "valgrind", "--tool=callgrind", "--collect-atstart=no", out, self,
		NULL };
	int ret;

	if (dir == NULL)
		return 1;
#ifdef VT_TEST_SANITIZED
	printf("skipped: a program with a sanitizer does not run under valgrind\n");
	return VT_TEST_SKIPPED;
#endif
	if (!vt_test_have("valgrind") || vt_test_run(probe, NULL, NULL, 30000) != 0) {
		printf("skipped: valgrind is missing, or does not run here\n");
		return VT_TEST_SKIPPED;
	}
	snprintf(base, sizeof(base), "%s/cg", dir);
	snprintf(out, sizeof(out), "--callgrind-out-file=%.4000s", base);
	ret = vt_test_run(argv, NULL, &output, 120000);
	if (output != NULL && strstr(output, "unrecognised instruction") != NULL) {
		printf("skipped: this valgrind does not know an instruction of this program\n");
		ret = VT_TEST_SKIPPED;
	} else if (ret != 0) {
		fprintf(stderr, "%s\nvalgrind %s: %d\n", output != NULL ? output : "", self, ret);
		ret = 1;
	} else {
		ret = print_figures(base);
	}
	free(output);
	paths_tmp_remove();
	return ret;
}
