/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef INSTRUCTIONS_H
#define INSTRUCTIONS_H

/** What is counted; one dump of callgrind each, in this order, for each burst. */
enum part {
	PART_NOTHING, /**< What switching the count on and off costs by itself. */
	PART_CLIENT,
	PART_APPLIANCE,
	PART_RAW,
	NB_PARTS,
};

/** Rounds that are counted. */
#define ROUNDS 2000

static const unsigned int bursts[] = { 1, 32 };

/** Run this program under valgrind and print the figures. Exit status. */
int instructions_report(const char *self);

#endif /* INSTRUCTIONS_H */
