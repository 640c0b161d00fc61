/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Stands before EAL: functions of this program come before those of a shared library. */

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include "maps_mock.h"

struct maps_mock maps_mock;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void
maps_mock_wrong(const char *what)
{
	printf("maps: %s\n", what);
	__atomic_fetch_add(&maps_mock.wrong, 1, __ATOMIC_RELAXED);
}

/* What is there now is memory that processes share, and not what held its place before. */
static bool
is_shared(uintptr_t addr)
{
	unsigned long from, to;
	char line[512], mode[8];
	FILE *f = fopen("/proc/self/maps", "re");
	bool shared = false;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) == 3 && addr >= from && addr < to)
			shared = mode[3] == 's' && strstr(line, "scratch") == NULL;
	if (f != NULL)
		fclose(f);
	return shared;
}

/* Of all of it: the places that held the scratch memory are no larger than this. */
static bool
all_shared(uintptr_t addr, uint64_t len)
{
	uint64_t off;

	for (off = 0; off < len; off += 2 << 20)
		if (!is_shared(addr + off))
			return false;
	return is_shared(addr + len - 1);
}

static int
live_find(const char *dev, uintptr_t addr)
{
	uint32_t i;

	for (i = 0; i < maps_mock.nb_live; i++)
		if (maps_mock.live[i].addr == addr && (maps_mock.vfio || strcmp(maps_mock.live[i].dev, dev) == 0))
			return (int)i;
	return -1;
}

int
rte_dev_dma_map(struct rte_device *dev, void *addr, uint64_t iova, size_t len)
{
	const uint32_t nb = maps_mock.nb_maps++;
	int (*real)(struct rte_device *dev, void *addr, uint64_t iova, size_t len);

	*(void **)&real = dlsym(RTLD_NEXT, "rte_dev_dma_map");
	if (!maps_mock.on)
		return real(dev, addr, iova, len);
	if (maps_mock.refuse != 0 && nb == maps_mock.refuse_at) {
		rte_errno = maps_mock.refuse;
		return -1;
	}
	/* The bus of the device has no IOMMU, but EAL looks whether it knows the memory. */
	if (real(dev, addr, iova, len) != 0)
		maps_mock_wrong("EAL refuses the map");
	if (iova != (uintptr_t)addr || maps_mock.nb_live == MAPS_MOCK_MAX)
		maps_mock_wrong("an IOVA that is not the address, or too many maps");
	if (live_find(rte_dev_name(dev), (uintptr_t)addr) >= 0)
		maps_mock_wrong("mapped twice");
	if (!all_shared((uintptr_t)addr, len))
		maps_mock_wrong("mapped before the shared memory is there");
	pthread_mutex_lock(&lock);
	snprintf(maps_mock.live[maps_mock.nb_live].dev, sizeof(maps_mock.live[0].dev), "%s", rte_dev_name(dev));
	maps_mock.live[maps_mock.nb_live].addr = (uintptr_t)addr;
	maps_mock.live[maps_mock.nb_live++].len = len;
	pthread_mutex_unlock(&lock);
	return 0;
}

int
rte_dev_dma_unmap(struct rte_device *dev, void *addr, uint64_t iova, size_t len)
{
	int (*real)(struct rte_device *dev, void *addr, uint64_t iova, size_t len);
	int i;

	*(void **)&real = dlsym(RTLD_NEXT, "rte_dev_dma_unmap");
	maps_mock.nb_unmaps++;
	if (!maps_mock.on)
		return real(dev, addr, iova, len);
	if (real(dev, addr, iova, len) != 0)
		maps_mock_wrong("EAL refuses the unmap");
	i = live_find(rte_dev_name(dev), (uintptr_t)addr);
	if (i < 0 || maps_mock.live[i].len != len || iova != (uintptr_t)addr) {
		maps_mock_wrong("unmapped what is not mapped so");
		rte_errno = EINVAL;
		return -1;
	}
	if (!all_shared((uintptr_t)addr, len))
		maps_mock_wrong("unmapped when the shared memory has gone");
	pthread_mutex_lock(&lock);
	maps_mock.live[i] = maps_mock.live[--maps_mock.nb_live];
	pthread_mutex_unlock(&lock);
	return 0;
}

enum rte_iova_mode
rte_eal_iova_mode(void)
{
	enum rte_iova_mode (*real)(void);

	if (maps_mock.on && maps_mock.pa)
		return RTE_IOVA_PA;
	*(void **)&real = dlsym(RTLD_NEXT, "rte_eal_iova_mode");
	return real();
}

/* What drives a device, of those that are on no PCI bus. */
ssize_t
readlink(const char *path, char *buf, size_t len)
{
	static const char driver[] = "../../../bus/pci/drivers/vfio-pci";
	ssize_t (*real)(const char *path, char *buf, size_t len);

	if (maps_mock.on && maps_mock.vfio && strncmp(path, "/sys/bus/pci/devices/", 21) == 0 &&
			strstr(path, "_vt") != NULL && len >= sizeof(driver)) {
		memcpy(buf, driver, sizeof(driver) - 1);
		return sizeof(driver) - 1;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "readlink");
	return real(path, buf, len);
}

unsigned int
maps_mock_of(const char *dev)
{
	unsigned int nb = 0;
	uint32_t i;

	for (i = 0; i < maps_mock.nb_live; i++)
		nb += strcmp(maps_mock.live[i].dev, dev) == 0;
	return nb;
}

static bool
covers(uintptr_t addr, uint64_t len)
{
	const struct rte_memseg_list *msl;
	bool found = false;
	uint32_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < maps_mock.nb_live && !found; i++)
		found = addr >= maps_mock.live[i].addr && len <= maps_mock.live[i].len &&
			addr - maps_mock.live[i].addr <= maps_mock.live[i].len - len;
	pthread_mutex_unlock(&lock);
	if (found)
		return true;
	/* EAL maps its own memory, and only that, for the devices that it finds. */
	msl = rte_mem_virt2memseg_list((const void *)addr);
	return msl != NULL && msl->external == 0;
}

void
maps_mock_look(uint64_t iova, const void *addr, uint64_t len)
{
	if (!maps_mock.on || len == 0)
		return;
	__atomic_fetch_add(&maps_mock.looked, 1, __ATOMIC_RELAXED);
	if (!covers(iova, len) || (addr != NULL && iova != (uintptr_t)addr))
		__atomic_fetch_add(&maps_mock.uncovered, 1, __ATOMIC_RELAXED);
}

void
maps_mock_on(void)
{
	memset(&maps_mock, 0, sizeof(maps_mock));
	maps_mock.on = true;
}

void
maps_mock_off(void)
{
	maps_mock.on = false;
}
