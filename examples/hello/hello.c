/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* hello [DEVARGS]: add two vectors on an accelerator that this process does not own. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_vinetalk.h>

#define N 1024

static int
fail(const char *what, int err)
{
	fprintf(stderr, "hello: %s: %s\n", what, strerror(err < 0 ? -err : err));
	return 1;
}

int
main(int argc, char **argv)
{
	const char *devargs = argc > 1 ? argv[1] : "shm,path=/run/vinetalk/default.sock";
	struct rte_vinetalk_conf conf = { .nb_queue_pairs = 1 };
	struct rte_vinetalk_vaccel_conf vconf = { .accel = RTE_VINETALK_ID_ANY };
	struct rte_vinetalk_completion done;
	struct rte_vinetalk_task task;
	uint16_t vaccel, proc, dev;
	float *in, *out;
	int ret, i;

	if (argc > 2 || strcmp(devargs, "--help") == 0) {
		printf("usage: hello [DEVARGS]\nexample: hello shm,path=/run/vinetalk/default.sock\n");
		return argc > 2;
	}
	/* [doc] begin attach */
	ret = rte_vinetalk_attach(devargs);
	if (ret < 0)
		return fail(devargs, ret);
	dev = (uint16_t)ret;
	ret = rte_vinetalk_configure(dev, &conf);
	if (ret == 0)
		ret = rte_vinetalk_queue_pair_setup(dev, 0, NULL);
	if (ret == 0)
		ret = rte_vinetalk_start(dev);
	if (ret != 0)
		return fail("start", ret);
	/* [doc] end attach */

	/* [doc] begin acquire */
	ret = rte_vinetalk_proc_get(dev, "vadd", RTE_VINETALK_ACCEL_ANY, &proc);
	if (ret != 0)
		return fail("vadd", ret);
	vconf.proc = proc; /* any accelerator that can run it */
	ret = rte_vinetalk_vaccel_acquire(dev, &vconf, &vaccel);
	if (ret != 0)
		return fail("virtual accelerator", ret);
	/* [doc] end acquire */

	/* [doc] begin run */
	in = rte_vinetalk_alloc(dev, 2 * N * sizeof(float), 64, RTE_VINETALK_PLACE_HOST);
	out = rte_vinetalk_alloc(dev, N * sizeof(float), 64, RTE_VINETALK_PLACE_HOST);
	if (in == NULL || out == NULL)
		return fail("arena", ENOMEM);
	for (i = 0; i < N; i++) {
		in[i] = (float)i;
		in[N + i] = (float)(2 * i);
	}
	rte_vinetalk_task_init(&task, vaccel, proc, 0);
	rte_vinetalk_task_in(dev, &task, in, 2 * N * sizeof(float));
	rte_vinetalk_task_out(dev, &task, out, N * sizeof(float));
	ret = rte_vinetalk_run(dev, 0, &task, &done, 1000000);
	if (ret != 0)
		return fail("run", ret);
	if (done.status != 0) {
		fprintf(stderr, "hello: vadd: %s\n", rte_vinetalk_strstatus(done.status));
		return 1;
	}
	/* [doc] end run */
	for (i = 0; i < N; i++) {
		if (out[i] != (float)(3 * i)) {
			fprintf(stderr, "hello: element %d is %g, not %d\n", i, (double)out[i], 3 * i);
			return 1;
		}
	}
	printf("hello: %d sums are right; the task took %llu ns\n", N,
		(unsigned long long)done.exec_ns);
	return rte_vinetalk_close(dev) != 0;
}
