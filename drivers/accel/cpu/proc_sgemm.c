/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* sgemm by OpenBLAS, or by plain C where that cannot be loaded. */

#include <errno.h>
#include <string.h>

#ifdef VT_OPENBLAS
#include <dlfcn.h>
#include <pthread.h>

#include <cblas.h>
#endif

#include <rte_log.h>

#include <rte_vtaccel.h>
#include <rte_vtaccel_procs.h>

#include "cpu_proc.h"

#ifdef VT_OPENBLAS
/*
 * Loaded by the first call and not linked: OpenBLAS starts its threads when it is loaded, before
 * main() could block signals in them, and in clients that only have this driver linked in.
 */
static pthread_once_t blas_once = PTHREAD_ONCE_INIT;
static __typeof__(&cblas_sgemm) blas_sgemm;

static void
blas_load(void)
{
	__typeof__(&openblas_set_num_threads) set_num_threads;
	void *so = dlopen(VT_OPENBLAS, RTLD_NOW | RTLD_LOCAL);
	void *sgemm_sym = so == NULL ? NULL : dlsym(so, "cblas_sgemm");
	void *threads_sym = so == NULL ? NULL : dlsym(so, "openblas_set_num_threads");

	if (sgemm_sym == NULL || threads_sym == NULL) {
		CPU_LOG(WARNING, "sgemm is plain C, and slow: %s", dlerror());
		return;
	}
	/* Parallel are the workers. Copied since C has no cast from object to function pointer. */
	memcpy(&set_num_threads, &threads_sym, sizeof(set_num_threads));
	set_num_threads(1);
	memcpy(&blas_sgemm, &sgemm_sym, sizeof(blas_sgemm));
}

static bool
sgemm_blas(const struct rte_vtaccel_sgemm_args *a, const float *A, const float *B, float *C)
{
	pthread_once(&blas_once, blas_load);
	if (blas_sgemm == NULL)
		return false;
	blas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)a->m, (blasint)a->n,
		(blasint)a->k, a->alpha, A, (blasint)a->k, B, (blasint)a->n, a->beta, C,
		(blasint)a->n);
	return true;
}
#else
static bool
sgemm_blas(const struct rte_vtaccel_sgemm_args *a, const float *A, const float *B, float *C)
{
	RTE_SET_USED(a);
	RTE_SET_USED(A);
	RTE_SET_USED(B);
	RTE_SET_USED(C);
	return false;
}
#endif

static void
sgemm_plain(const struct rte_vtaccel_sgemm_args *a, const float *A, const float *B, float *C)
{
	const size_t m = a->m, n = a->n, k = a->k;
	size_t i, j, l;

	for (i = 0; i < m; i++) {
		float *row = C + i * n;

		for (j = 0; j < n; j++)
			row[j] = a->beta == 0 ? 0 : a->beta * row[j];
		for (l = 0; l < k; l++) {
			const float f = a->alpha * A[i * k + l];

			for (j = 0; j < n; j++)
				row[j] += f * B[l * n + j];
		}
	}
}

/* Bytes of a matrix, or 0 if they do not fit a segment. */
static uint64_t
matrix_bytes(uint64_t rows, uint64_t columns)
{
	uint64_t bytes = sizeof(float);

	if (!cpu_proc_mul(&bytes, rows) || !cpu_proc_mul(&bytes, columns) || bytes > UINT32_MAX)
		return 0;
	return bytes;
}

/* Reads numbers several times, but as values only: no private copy is needed. */
static int
sgemm(struct rte_vtaccel_task *t)
{
	const struct rte_vtaccel_seg *in = t->segs, *out = &t->segs[t->nb_in];
	struct rte_vtaccel_sgemm_args a;
	uint64_t abytes, bbytes, cbytes;
	const float *A = in[0].addr, *B;

	memcpy(&a, t->args, sizeof(a));
	if (a.m > INT32_MAX || a.n > INT32_MAX || a.k > INT32_MAX)
		return -EINVAL;
	abytes = matrix_bytes(a.m, a.k);
	bbytes = matrix_bytes(a.k, a.n);
	cbytes = matrix_bytes(a.m, a.n);
	if (abytes == 0 || bbytes == 0 || cbytes == 0)
		return -EINVAL;
	if (t->nb_in == 1) {
		if (in[0].len < abytes + bbytes)
			return -EINVAL;
		B = RTE_PTR_ADD(A, abytes);
	} else {
		if (in[0].len < abytes || in[1].len < bbytes)
			return -EINVAL;
		B = in[1].addr;
	}
	if (!cpu_proc_is_aligned(A, sizeof(float)) || !cpu_proc_is_aligned(B, sizeof(float)) ||
			!cpu_proc_is_aligned(out->addr, sizeof(float)))
		return -EINVAL;
	if (out->len < cbytes) {
		t->result = cbytes;
		return -ENOSPC;
	}
	if (!sgemm_blas(&a, A, B, out->addr))
		sgemm_plain(&a, A, B, out->addr);
	t->result = cbytes / sizeof(float);
	return 0;
}

static const struct rte_vtaccel_proc sgemm_proc = {
	.api = RTE_VTACCEL_API,
	.name = RTE_VTACCEL_PROC_SGEMM,
	.type = RTE_VINETALK_ACCEL_CPU,
	.min_in = 1, .max_in = 2,
	.min_out = 1, .max_out = 1,
	.min_args = sizeof(struct rte_vtaccel_sgemm_args),
	.max_args = sizeof(struct rte_vtaccel_sgemm_args),
	.native = sgemm,
};
RTE_VTACCEL_REGISTER_NATIVE(sgemm_proc)
