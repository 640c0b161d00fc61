/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <stdlib.h>

#include "stats.h"

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

double
perf_hist_percentile(const struct perf_hist *h, double part)
{
	const uint64_t want = (uint64_t)((double)h->nb * part);
	uint64_t sum = 0;
	uint32_t i;

	if (h->nb == 0)
		return 0;
	for (i = 0; i < PERF_HIST_BUCKETS - 1; i++) {
		sum += h->count[i];
		if (sum > want || sum == h->nb)
			break;
	}
	return bucket_value(i);
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
