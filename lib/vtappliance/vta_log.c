/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Log lines that clients cause: a domain has so many a second, and what is more is counted. The
 * control thread's.
 */

#include "vta_private.h"

#define LINES_A_SECOND 10
#define LINES_AT_ONCE 100

int
vta_log_init(struct vta_domain *dom)
{
	struct rte_meter_srtcm_params params = { .cir = LINES_A_SECOND, .cbs = LINES_AT_ONCE };
	int ret = rte_meter_srtcm_profile_config(&dom->log_profile, &params);

	return ret != 0 ? ret : rte_meter_srtcm_config(&dom->log_meter, &dom->log_profile);
}

bool
vta_log_may(struct vta_domain *dom, uint32_t level)
{
	/* What is not logged anyway takes nothing from what is. */
	if (!rte_log_can_log((uint32_t)vta_logtype, level))
		return false;
	if (rte_meter_srtcm_color_blind_check(&dom->log_meter, &dom->log_profile,
			vta_cycles(dom->app), 1) != RTE_COLOR_GREEN) {
		dom->log_suppressed++;
		return false;
	}
	if (dom->log_suppressed != dom->log_told)
		VTA_LOG(WARNING, "domain %s: %" PRIu64 " log lines suppressed, there were more than"
			" %u a second", dom->name, dom->log_suppressed - dom->log_told,
			LINES_A_SECOND);
	dom->log_told = dom->log_suppressed;
	return true;
}
