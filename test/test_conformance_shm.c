/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* What the conformance suite of the shm transport needs: an appliance in this process. */

#include <stdio.h>
#include <string.h>

#include "conformance.h"
#include "fixture.h"

static struct fixture appliance;

static int
setup(uint32_t layout)
{
	/* A second type, for procedures that run on another one. */
	static const char * const accels[] = { "cpu,workers=1", "null,type=gpu", NULL };
	const struct rte_vtappliance_domain_conf dom = {
		.uid = -1,
		.gid = -1,
		.arena_size = 8 << 20,
		.layout = layout,
	};
	int ret = fixture_start(&appliance, 2, 1, accels, NULL, &dom);

	if (ret == 0)
		return 0;
	fprintf(stderr, "no appliance: %s\n", strerror(-ret));
	fixture_stop(&appliance);
	return ret;
}

int
conf_shm_setup(void)
{
	return setup(RTE_VTREGION_HASHED);
}

int
conf_shm_single_setup(void)
{
	return setup(RTE_VTREGION_SINGLE);
}

int
conf_shm_thread_setup(void)
{
	return setup(RTE_VTREGION_THREAD);
}

int
conf_shm_cleanup(void)
{
	fixture_stop(&appliance);
	return 0;
}

const char *
conf_shm_devargs(void)
{
	static char args[160];

	snprintf(args, sizeof(args), "shm,path=%s", appliance.path[0]);
	return args;
}
