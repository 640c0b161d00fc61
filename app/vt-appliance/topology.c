/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Which lcores are pollers: one on each physical core, by the CPU topology in sysfs. */

#include <errno.h>
#include <stdio.h>

#include "conf.h"

static int
read_number(const char *sysfs, int cpu, const char *what)
{
	char path[512];
	int v = -1;
	FILE *f;

	snprintf(path, sizeof(path), "%s/devices/system/cpu/cpu%d/topology/%s", sysfs, cpu, what);
	f = fopen(path, "r");
	if (f == NULL)
		return -1;
	if (fscanf(f, "%d", &v) != 1)
		v = -1;
	fclose(f);
	return v;
}

/* A number of the physical core; a cpu without topology is one of its own. */
static int64_t
core_of(const char *sysfs, int cpu)
{
	int core = read_number(sysfs, cpu, "core_id");
	int package = read_number(sysfs, cpu, "physical_package_id");

	return core < 0 ? -1 - (int64_t)cpu : ((int64_t)(package < 0 ? 0 : package) << 32) + core;
}

int
vt_topology_choose(const char *sysfs, const unsigned int *lcores, const int *cpus,
		unsigned int nb, unsigned int want, bool oversubscribe, unsigned int *chosen,
		char *error, size_t error_len)
{
	int64_t cores[VT_CONF_MAX_POLLERS];
	unsigned int i, j, n = 0;

	for (i = 0; i < nb && n < VT_CONF_MAX_POLLERS && (want == 0 || n < want); i++) {
		int64_t core = core_of(sysfs, cpus[i]);

		for (j = 0; j < n && cores[j] != core; j++)
			;
		if (j < n)
			continue;
		cores[n] = core;
		chosen[n++] = lcores[i];
	}
	/* Second choice, if it is permitted: siblings of those. */
	for (i = 0; oversubscribe && i < nb && n < want; i++) {
		for (j = 0; j < n && chosen[j] != lcores[i]; j++)
			;
		if (j == n)
			chosen[n++] = lcores[i];
	}
	if (oversubscribe || (n != 0 && n >= want))
		return (int)n;
	snprintf(error, error_len, "%u poller%s wanted, but the %u worker lcore%s (all but the main"
		" one) lie on %u physical core%s; give EAL more cores (-l 0-%u) or say"
		" --oversubscribe", want == 0 ? 1 : want, want > 1 ? "s" : "", nb,
		nb == 1 ? "" : "s", n, n == 1 ? "" : "s", want == 0 ? 1 : want);
	return -EINVAL;
}
