/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef PERF_STATS_H
#define PERF_STATS_H

/**
 * @file
 * Statistics of the measurements: no EAL, no I/O, no allocation. A unit test knows them.
 */

#include <stdint.h>

/** Up to this a value has a bucket of its own; above, buckets are at most 1/1024 of it wide. */
#define PERF_HIST_EXACT 2048
/** Doublings above, to 2^36 ns: a minute. The last bucket also counts all that is longer. */
#define PERF_HIST_DOUBLINGS 25
#define PERF_HIST_BUCKETS (PERF_HIST_EXACT + PERF_HIST_DOUBLINGS * PERF_HIST_EXACT / 2)

/** How often which value was seen. All zeroes: empty. */
struct perf_hist {
	uint64_t nb;
	uint32_t count[PERF_HIST_BUCKETS];
};

/** The bucket of a value. */
static inline uint32_t
perf_hist_bucket(uint64_t value)
{
	uint32_t shift, bucket;

	if (value < PERF_HIST_EXACT)
		return (uint32_t)value;
	/* The upper 11 bits, of which the first is always set. */
	shift = 63 - 10 - (uint32_t)__builtin_clzll(value);
	bucket = PERF_HIST_EXACT + (shift - 1) * (PERF_HIST_EXACT / 2) +
		(uint32_t)(value >> shift) - PERF_HIST_EXACT / 2;
	return shift > PERF_HIST_DOUBLINGS ? PERF_HIST_BUCKETS - 1 : bucket;
}

/** Count a value. */
static inline void
perf_hist_add(struct perf_hist *h, uint64_t value)
{
	h->count[perf_hist_bucket(value)]++;
	h->nb++;
}

/** Add the counts of another one. */
void perf_hist_merge(struct perf_hist *to, const struct perf_hist *from);
/**
 * The value that a part (0 .. 1) of all values does not exceed, 0 if there are none. A clock has steps, of 10 ns for
 * example, and many values are equal: those up to 16 apart are taken as spread evenly, each from the middle to the
 * next smaller one that was seen to the middle to the next greater one (the quantile of grouped data).
 */
double perf_hist_percentile(const struct perf_hist *h, double part);
/** Sort, and return the middle one, or the mean of the two in the middle. nb is not 0. */
double perf_median(double *values, unsigned int nb);
/** Jain's index of fairness: 1 if all are equal, 1/nb if one has everything. 1 if all are 0. */
double perf_jain(const double *values, unsigned int nb);

#endif /* PERF_STATS_H */
