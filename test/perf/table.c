/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include "perf.h"

const struct perf_test * const perf_tests[] = {
	&perf_rtt, &perf_throughput, &perf_payload, &perf_queues, &perf_fairness, &perf_preempt,
	&perf_idle, &perf_forged, &perf_engine_crypto, &perf_engine_compress,
	&perf_engine_opencl, &perf_shares, NULL,
};

const char * const perf_layout_names[] = {
	[RTE_VTREGION_HASHED] = "hashed",
	[RTE_VTREGION_SINGLE] = "single",
	[RTE_VTREGION_THREAD] = "thread",
	NULL,
};

const char * const perf_sync_names[] = {
	[RTE_VTREGION_SYNC_RTS] = "rts",
	[RTE_VTREGION_SYNC_ST] = "st",
	[RTE_VTREGION_SYNC_MT] = "mt",
	[RTE_VTREGION_SYNC_HTS] = "hts",
	[RTE_VTREGION_SYNC_TICKET] = "ticket",
	[RTE_VTREGION_SYNC_SPINLOCK] = "spinlock",
	NULL,
};

const char * const perf_idle_names[] = {
	[RTE_VTAPPLIANCE_IDLE_ADAPTIVE] = "adaptive",
	[RTE_VTAPPLIANCE_IDLE_POLL] = "poll",
	[RTE_VTAPPLIANCE_IDLE_INTERRUPT] = "interrupt",
	NULL,
};

const char * const perf_side_names[] = {
	[PERF_NONE] = "none",
	[PERF_VINETALK] = "vinetalk",
	[PERF_RAW] = "raw",
	[PERF_EVENTFD] = "eventfd",
	[PERF_SOCKET] = "socket",
	[PERF_MUTEX] = "mutex",
	NULL,
};

const uint32_t perf_bursts[PERF_BURSTS] = { 1, 4, 8, 32, 64 };

uint32_t
perf_test_index(const struct perf_test *t)
{
	uint32_t i;

	for (i = 0; perf_tests[i] != NULL && perf_tests[i] != t; i++)
		;
	return i;
}
