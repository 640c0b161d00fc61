/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef FUZZ_ODD_H
#define FUZZ_ODD_H

#include <stdint.h>

enum {
	ODD_NOT = 0,
	ODD_REFUSE, /* what it is given */
	ODD_MIX,    /* the order, and sums */
	ODD_LOSE,   /* all of it */
	ODD_FAIL,   /* and what is more, up to these: each as it is counted */
	ODD_TWICE = 26, /* cryptodevs: give the last one back twice; compressdevs: another sum alone */
	ODD_LATE,   /* dmadevs: say nothing of what has ended, for some looks */
	ODD_NEVER,  /* dmadevs: nor later */
	ODD_BELL,   /* dmadevs: take no doorbell, once */
	ODD_FULL,   /* dmadevs: have no room */
	ODD_MUTE,   /* dmadevs: an error without a copy */
};

/* From here on all devices of DPDK are odd in this way. */
void odd_begin(uint8_t as);
void odd_end(void);

#endif /* FUZZ_ODD_H */
