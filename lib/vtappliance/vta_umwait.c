/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A poller's light sleep, where the processor has UMWAIT and TPAUSE: between pauses and parking. Nobody needs to
 * ring: it ends with a write to the ring that is monitored, or after UMWAIT_US.
 */

/* rte_power_monitor() and rte_power_pause() are experimental in DPDK 22.11. */
#define ALLOW_EXPERIMENTAL_API

#include <rte_cpuflags.h>
#include <rte_cycles.h>
#include <rte_power_intrinsics.h>

#include "vta_private.h"

#define UMWAIT_US 20

bool
vta_umwait_possible(void)
{
	struct rte_cpu_intrinsics has;

	rte_cpu_get_intrinsics_support(&has);
	return has.power_monitor && has.power_pause;
}

/* Whether the index is no longer the one that was seen. */
static int
changed(const uint64_t value, const uint64_t opaque[RTE_POWER_MONITOR_OPAQUE_SZ])
{
	return (uint32_t)value != (uint32_t)opaque[0] ? -1 : 0;
}

void
vta_umwait(struct vta_poller *p)
{
	const uint64_t until = rte_rdtsc() + rte_get_tsc_hz() / 1000000 * UMWAIT_US;
	const struct vta_queue *q = TAILQ_FIRST(&p->queues);
	struct rte_power_monitor_cond cond = { .size = sizeof(uint32_t), .fn = changed };

	/* One address can be monitored; with several queues it is a pause that has an end. */
	if (q == NULL || TAILQ_NEXT(q, link) != NULL || q->ready != NULL || q->broken) {
		rte_power_pause(until);
		return;
	}
	cond.addr = (volatile void *)(uintptr_t)q->cons.prod_tail;
	cond.opaque[0] = q->cons.head;
	rte_power_monitor(&cond, until);
}
