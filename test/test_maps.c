/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Regions and devices that need maps of them: when they are made and undone, refusals, and what operations are given. */

/* dmadev is, in 22.11. */
#define ALLOW_EXPERIMENTAL_API

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_bus_vdev.h>
#include <rte_eal_memconfig.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <rte_vinetalk.h>
#include <rte_vtaccel.h>
#include <rte_vtaccel_dma.h>
#include <rte_vtregion_mem.h>

#include "dma_mock.h"
#include "fixture.h"
#include "maps_mock.h"
#include "test.h"
#include "test_accel.h"

#define WAIT_US 5000000
#define LEN 5000
#define MANY 20

static const char dma[] = "dma,dev=dma_skeleton";
static unsigned int serial;

/* Devices that do not take addresses of the process, from the next one on. */
static void
mocks_on(void)
{
	dma_mock_on();
	dma_mock.capa_clear = RTE_DMA_CAPA_SVA;
	maps_mock_on();
}

/* All maps are undone, nothing went wrong, and no operation was given an address without a map. */
static void
mocks_off(void)
{
	CU_ASSERT_EQUAL(maps_mock.wrong, 0);
	CU_ASSERT_EQUAL(maps_mock.uncovered, 0);
	CU_ASSERT_EQUAL(maps_mock.nb_live, 0);
	dma_mock_off();
	maps_mock_off();
	CU_ASSERT_EQUAL(rte_dma_count_avail(), 0);
}

/* An appliance without a thread of its own. */
static struct rte_vtappliance *
app_make(void)
{
	const struct rte_vtappliance_conf conf = { .nb_pollers = 1 };
	struct rte_vtappliance *app = rte_vtappliance_create(&conf);

	CU_ASSERT_PTR_NOT_NULL_FATAL(app);
	return app;
}

static int
app_add(struct rte_vtappliance *app, const char *name)
{
	struct rte_vtappliance_domain_conf conf = {
		.uid = -1, .gid = -1, .name = name, .nb_clients = 1, .arena_size = 1 << 20, .no_huge = true,
	};
	char path[108];

	snprintf(path, sizeof(path), "%s/m%u.sock", vt_test_tmp_dir(), serial++);
	conf.path = path;
	return rte_vtappliance_domain_add(app, &conf);
}

static void
app_remove(struct rte_vtappliance *app, const char *name)
{
	unsigned int i;

	CU_ASSERT_EQUAL(rte_vtappliance_domain_remove(app, name), 0);
	for (i = 0; i < 1000 && rte_vtappliance_domain_exists(app, name); i++) {
		rte_vtappliance_poll(app, 0, 0);
		rte_vtappliance_control(app, 0);
	}
	CU_ASSERT_FALSE(rte_vtappliance_domain_exists(app, name));
}

/* Bytes of a client's arena from one place to another one, by the device. */
static void
copy(int client, uint8_t fill)
{
	struct rte_vinetalk_completion c = { 0 };
	struct rte_vinetalk_task t;
	uint16_t dev = (uint16_t)client, proc, vaccel;
	uint8_t *mem;

	CU_ASSERT_EQUAL_FATAL(fixture_proc(client, RTE_VTACCEL_PROC_DMA_COPY, &proc, &vaccel), 0);
	mem = rte_vinetalk_alloc(dev, 2 * LEN, 0, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mem);
	memset(mem, fill, LEN);
	memset(mem + LEN, 0, LEN);
	rte_vinetalk_task_init(&t, vaccel, proc, 1);
	rte_vinetalk_task_in(dev, &t, mem, LEN);
	rte_vinetalk_task_out(dev, &t, mem + LEN, LEN);
	CU_ASSERT_EQUAL(rte_vinetalk_run(dev, 0, &t, &c, WAIT_US), 0);
	CU_ASSERT_EQUAL(c.status, 0);
	CU_ASSERT_EQUAL(memcmp(mem, mem + LEN, LEN), 0);
	rte_vinetalk_free(dev, mem);
	CU_ASSERT_EQUAL(rte_vinetalk_vaccel_release(dev, vaccel), 0);
}

/* EAL maps what has an IOVA when it is added to a heap: that would be what lies in a region's place before it. */
static void
test_no_iova(void)
{
	const struct rte_vtregion_mem_conf conf = { .name = "no_iova", .size = 4 << 20, .no_huge = true };
	struct rte_vtregion_mem mem;
	const struct rte_memseg *ms;
	uint64_t off;

	CU_ASSERT_EQUAL_FATAL(rte_vtregion_mem_create(&conf, &mem), 0);
	for (off = 0; off < mem.size; off += 4096) {
		ms = rte_mem_virt2memseg(RTE_PTR_ADD(mem.base, off), NULL);
		CU_ASSERT_TRUE_FATAL(ms != NULL && ms->iova == RTE_BAD_IOVA);
	}
	rte_vtregion_mem_destroy(&mem);
}

/* Two domains that are there, and one that comes and goes while clients work. */
static void
test_domains(void)
{
	static const char *const accels[] = { dma, "null", NULL };
	struct fixture f;
	int dev[2], i;

	mocks_on();
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f, 1, 2, accels, NULL, NULL), 0);
	CU_ASSERT_EQUAL(maps_mock.nb_live, 2);
	for (i = 0; i < 2; i++) {
		dev[i] = fixture_attach(&f, (unsigned int)i, 1, 0);
		CU_ASSERT_TRUE_FATAL(dev[i] >= 0);
		copy(dev[i], (uint8_t)(i + 1));
	}
	CU_ASSERT_EQUAL(maps_mock.looked, 4);
	/* The control thread's work. */
	__atomic_store_n(&f.stop, 1, __ATOMIC_RELEASE);
	pthread_join(f.thread, NULL);
	f.stop = 0;
	CU_ASSERT_EQUAL(app_add(f.app, "late"), 0);
	CU_ASSERT_EQUAL(maps_mock.nb_live, 3);
	app_remove(f.app, "late");
	CU_ASSERT_EQUAL(maps_mock.nb_live, 2);
	/* One that cannot be reached is none, and harms nobody. */
	maps_mock.refuse = EPERM;
	maps_mock.refuse_at = maps_mock.nb_maps;
	CU_ASSERT_EQUAL(app_add(f.app, "late"), -EPERM);
	CU_ASSERT_FALSE(rte_vtappliance_domain_exists(f.app, "late"));
	CU_ASSERT_EQUAL(app_add(f.app, "late"), 0);
	CU_ASSERT_EQUAL(maps_mock.nb_live, 3);
	app_remove(f.app, "late");
	CU_ASSERT_EQUAL(fixture_go(&f), 0);
	for (i = 0; i < 2; i++) {
		copy(dev[i], (uint8_t)(i + 3));
		CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev[i]), 0);
	}
	CU_ASSERT_EQUAL(maps_mock.nb_live, 2);
	fixture_stop(&f);
	CU_ASSERT_EQUAL(maps_mock.nb_unmaps, 4);
	mocks_off();
}

/* Accelerators that come when there are domains. */
static void
test_accel_later(void)
{
	struct rte_vtappliance *app;

	mocks_on();
	app = app_make();
	CU_ASSERT_EQUAL(app_add(app, "a"), 0);
	CU_ASSERT_EQUAL(app_add(app, "b"), 0);
	CU_ASSERT_EQUAL(app_add(app, "c"), 0);
	CU_ASSERT_EQUAL(rte_vtappliance_accel_add(app, "dma,dev=dma_skeleton,name=one"), 0);
	CU_ASSERT_EQUAL(maps_mock.nb_live, 3);
	/* The second of three is refused: the first is undone, and so is the accelerator. */
	maps_mock.refuse = ENOMEM;
	maps_mock.refuse_at = 4;
	CU_ASSERT_EQUAL(rte_vtappliance_accel_add(app, "dma,dev=dma_skeleton,name=two"), -ENOMEM);
	CU_ASSERT_PTR_NULL(rte_vtaccel_get("two"));
	CU_ASSERT_TRUE(maps_mock.nb_live == 3 && maps_mock.nb_unmaps == 1);
	CU_ASSERT_EQUAL(rte_dma_count_avail(), 1);
	CU_ASSERT_EQUAL(rte_vtappliance_accel_add(app, "dma,dev=dma_skeleton,name=two"), 0);
	CU_ASSERT_EQUAL(maps_mock.nb_live, 6);
	app_remove(app, "b");
	CU_ASSERT_EQUAL(maps_mock.nb_live, 4);
	/* A domain that the second one refuses: the first one forgets it. */
	maps_mock.refuse_at = maps_mock.nb_maps + 1;
	CU_ASSERT_EQUAL(app_add(app, "b"), -ENOMEM);
	CU_ASSERT_EQUAL(maps_mock.nb_live, 4);
	CU_ASSERT_EQUAL(app_add(app, "b"), 0);
	CU_ASSERT_EQUAL(maps_mock.nb_live, 6);
	rte_vtappliance_free(app);
	mocks_off();
}

static void
test_many(void)
{
	struct rte_vtappliance *app;
	char name[16];
	unsigned int i;

	mocks_on();
	app = app_make();
	CU_ASSERT_EQUAL(rte_vtappliance_accel_add(app, dma), 0);
	CU_ASSERT_EQUAL(rte_vtappliance_accel_add(app, dma), 0);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		CU_ASSERT_EQUAL(app_add(app, name), 0);
		CU_ASSERT_EQUAL(maps_mock.nb_live, 2 * (i + 1));
	}
	for (i = 0; i < MANY; i += 2) {
		snprintf(name, sizeof(name), "m%u", i);
		app_remove(app, name);
	}
	CU_ASSERT_EQUAL(maps_mock.nb_live, MANY);
	rte_vtappliance_free(app);
	CU_ASSERT_TRUE(maps_mock.nb_maps == 2 * MANY && maps_mock.nb_unmaps == 2 * MANY);
	mocks_off();
}

/* Devices of one container: mapped once, until the last one is done with it. */
static void
test_container(void)
{
	struct rte_vtaccel *one, *two;
	struct rte_vtappliance *app;
	const struct rte_vtregion_mem_conf conf = { .name = "both", .size = 4 << 20, .no_huge = true };
	struct rte_vtregion_mem mem;

	mocks_on();
	maps_mock.vfio = true;
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_mem_create(&conf, &mem), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(dma, &one), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(dma, &two), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_mem_add(one, mem.base, mem.size), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_mem_add(two, mem.base, mem.size), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_mem_add(two, mem.base, mem.size), -EEXIST);
	CU_ASSERT_TRUE(maps_mock.nb_maps == 1 && maps_mock.nb_live == 1);
	rte_vtaccel_mem_del(one, mem.base);
	rte_vtaccel_mem_del(one, mem.base);
	CU_ASSERT_EQUAL(maps_mock.nb_unmaps, 0);
	CU_ASSERT_EQUAL(rte_vtaccel_mem_add(one, mem.base, mem.size), 0);
	/* One that is removed takes along what it was left with, and not what others have. */
	rte_vtaccel_remove(two);
	CU_ASSERT_TRUE(maps_mock.nb_unmaps == 0 && maps_mock.nb_maps == 1);
	rte_vtaccel_remove(one);
	CU_ASSERT_EQUAL(maps_mock.nb_unmaps, 1);
	rte_vtregion_mem_destroy(&mem);

	app = app_make();
	CU_ASSERT_EQUAL(rte_vtappliance_accel_add(app, dma), 0);
	CU_ASSERT_EQUAL(app_add(app, "a"), 0);
	maps_mock.refuse = ENOSPC;
	maps_mock.refuse_at = maps_mock.nb_maps;
	CU_ASSERT_EQUAL(app_add(app, "b"), -ENOSPC);
	CU_ASSERT_EQUAL(app_add(app, "b"), 0);
	CU_ASSERT_EQUAL(rte_vtappliance_accel_add(app, dma), 0);
	CU_ASSERT_EQUAL(maps_mock.nb_live, 2);
	app_remove(app, "a");
	CU_ASSERT_EQUAL(maps_mock.nb_live, 1);
	rte_vtappliance_free(app);
	mocks_off();
}

/* Other memory takes the place of a region's that vanished: the map is of the old pages, and is undone like any. */
static void
test_vanished(void)
{
	const struct rte_vtregion_mem_conf conf = { .name = "gone", .size = 4 << 20, .no_huge = true };
	struct rte_vtregion_mem mem;
	struct rte_vtaccel *dev;

	mocks_on();
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_mem_create(&conf, &mem), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(dma, &dev), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_mem_add(dev, mem.base, mem.size), 0);
	/* What the handler of SIGBUS does. */
	CU_ASSERT_PTR_EQUAL(mmap(mem.base, mem.size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0), mem.base);
	rte_vtaccel_mem_del(dev, mem.base);
	CU_ASSERT_TRUE(maps_mock.nb_unmaps == 1 && maps_mock.nb_live == 0);
	/* The mock has seen that as well. */
	CU_ASSERT_EQUAL(maps_mock.wrong, 1);
	maps_mock.wrong = 0;
	rte_vtaccel_remove(dev);
	rte_vtregion_mem_destroy(&mem);
	mocks_off();
}

/* What needs no maps is not asked for them, and what cannot have any is refused. */
static void
test_kinds(void)
{
	static uint8_t page[4096] __rte_aligned(4096);
	struct rte_vtaccel *dev;
	void *own;

	mocks_on();
	/* The driver of the device wants addresses of the process, and looks when it is made. */
	CU_ASSERT_EQUAL_FATAL(rte_vdev_init("dma_skeleton_there", ""), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("dma,dev=dma_skeleton_there", &dev), 0);
	rte_vtaccel_remove(dev);
	maps_mock.pa = true;
	CU_ASSERT_EQUAL(rte_vtaccel_probe("dma,dev=dma_skeleton_there", &dev), -ENOTSUP);
	dma_mock.capa_clear = 0;
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("dma,dev=dma_skeleton_there", &dev), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_mem_add(dev, page, sizeof(page)), 0);
	CU_ASSERT_EQUAL(maps_mock.nb_maps, 0);
	rte_vtaccel_mem_del(dev, page);
	rte_vtaccel_remove(dev);
	CU_ASSERT_EQUAL(rte_vdev_uninit("dma_skeleton_there"), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe("cpu", &dev), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_mem_add(dev, page, sizeof(page)), 0);
	rte_vtaccel_mem_del(dev, page);
	rte_vtaccel_remove(dev);
	mocks_off();

	/* Memory that EAL does not know: it refuses by itself. */
	dma_mock_on();
	dma_mock.capa_clear = RTE_DMA_CAPA_SVA;
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(dma, &dev), 0);
	CU_ASSERT_EQUAL(rte_vtaccel_mem_add(dev, page, sizeof(page)), -EINVAL);
	own = rte_malloc(NULL, 4096, 4096);
	CU_ASSERT_PTR_NOT_NULL_FATAL(own);
	CU_ASSERT_EQUAL(rte_vtaccel_mem_add(dev, own, 4096), 0);
	rte_vtaccel_mem_del(dev, own);
	rte_free(own);
	rte_vtaccel_remove(dev);
	dma_mock_off();
}

/* The look-up of addresses can fail: a task whose memory nobody told the device of. */
static void
test_looks(void)
{
	struct rte_vtaccel_stream stream;
	struct rte_vtaccel_task *t, *back;
	static uint8_t from[LEN], to[LEN];
	struct accel_task task;
	struct rte_vtaccel *dev;

	mocks_on();
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_probe(dma, &dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_start(dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtaccel_stream_open(dev, &stream), 0);
	accel_task_init(&task, rte_vtaccel_proc_find(dev, RTE_VTACCEL_PROC_DMA_COPY), &stream);
	accel_task_in(&task, from, LEN);
	accel_task_out(&task, to, LEN);
	t = &task.t;
	CU_ASSERT_EQUAL(rte_vtaccel_enqueue_burst(dev, &t, 1), 1);
	CU_ASSERT_EQUAL(rte_vtaccel_dequeue_burst(dev, &back, 1), 1);
	CU_ASSERT_TRUE(maps_mock.uncovered == 2 && maps_mock.looked == 2);
	maps_mock.uncovered = 0;
	rte_vtaccel_stop(dev);
	rte_vtaccel_stream_close(&stream);
	rte_vtaccel_remove(dev);
	mocks_off();
}

static int
setup(void)
{
	struct rte_vtaccel *d;

	if (rte_vtaccel_probe(dma, &d) != 0) {
		vt_test_skip_reason("there is no dma_skeleton");
		return VT_TEST_SKIPPED;
	}
	rte_vtaccel_remove(d);
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "regions have no IOVAs of EAL's", test_no_iova },
	{ "domains that are there, come and go", test_domains },
	{ "accelerators that come later, refusals half way", test_accel_later },
	{ "many domains", test_many },
	{ "devices of one container", test_container },
	{ "memory that vanished", test_vanished },
	{ "devices with and without maps", test_kinds },
	{ "addresses are looked up", test_looks },
};

VT_TEST_SUITE(vinetalk_maps_autotest, setup, NULL, cases);
