/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <stdlib.h>

#include "stats.h"

#define CLOCK_STEP_MAX 16 /* ns */

void
perf_hist_merge(struct perf_hist *to, const struct perf_hist *from)
{
	uint32_t i;

	for (i = 0; i < PERF_HIST_BUCKETS; i++)
		to->count[i] += from->count[i];
	to->nb += from->nb;
}

/* The smallest value of a bucket. */
static double
bucket_value(uint32_t bucket)
{
	const uint32_t half = PERF_HIST_EXACT / 2;
	uint32_t shift;

	if (bucket < PERF_HIST_EXACT)
		return bucket;
	shift = (bucket - PERF_HIST_EXACT) / half + 1;
	return (double)((uint64_t)((bucket - PERF_HIST_EXACT) % half + half) << shift);
}

/* Half of the way from a value to its neighbour, if that is the clock's next step. */
static double
half_step(double distance)
{
	return distance <= CLOCK_STEP_MAX ? distance / 2 : 0;
}

double
perf_hist_percentile(const struct perf_hist *h, double part)
{
	const double want = (double)h->nb * part;
	double value, low, high;
	uint32_t i, prev = 0, next;
	uint64_t below = 0;

	if (h->nb == 0)
		return 0;
	for (i = 0; i < PERF_HIST_BUCKETS - 1; i++) {
		if (h->count[i] == 0)
			continue;
		if ((double)(below + h->count[i]) > want || below + h->count[i] == h->nb)
			break;
		below += h->count[i];
		prev = i;
	}
	value = bucket_value(i);
	if (h->count[i] == 0)
		return value;
	for (next = i + 1; next < PERF_HIST_BUCKETS && h->count[next] == 0; next++)
		;
	low = value - (below == 0 ? 0 : half_step(value - bucket_value(prev)));
	high = value + (next == PERF_HIST_BUCKETS ? 0 : half_step(bucket_value(next) - value));
	return low + (high - low) * (want - (double)below) / h->count[i];
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double
perf_median(double *values, unsigned int nb)
{
	qsort(values, nb, sizeof(values[0]), compare);
	return nb % 2 != 0 ? values[nb / 2] : (values[nb / 2 - 1] + values[nb / 2]) / 2;
}

double
perf_jain(const double *values, unsigned int nb)
{
	double sum = 0, squares = 0;
	unsigned int i;

	for (i = 0; i < nb; i++) {
		sum += values[i];
		squares += values[i] * values[i];
	}
	return squares > 0 ? sum * sum / (nb * squares) : 1;
}
