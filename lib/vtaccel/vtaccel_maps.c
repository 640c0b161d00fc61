/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Maps of devices through an IOMMU.
 *
 * EAL itself maps its own memory for devices of vfio-pci, and what is added to a heap if that has IOVAs. Regions have
 * none when they are added, since the memory that is there then is not what will be there (vtregion_mem.c): so nothing
 * is in the way of ours, which come behind. A second map of the same addresses in one container would be an
 * entry of EAL's small table of these, and the first unmap would take both: hence the count of users.
 */

/* Iterating over devices is experimental in 22.11, and there is no other way to one by its name. */
#define ALLOW_EXPERIMENTAL_API

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include "rte_vtaccel_maps.h"
#include "vtaccel_private.h"

/* Of a device, or of all that share a container. */
struct map {
	TAILQ_ENTRY(map) next;
	void *addr;
	uint64_t len;
	uint32_t users;
};
TAILQ_HEAD(map_list, map);

struct rte_vtaccel_maps {
	const struct rte_vtaccel *dev;
	struct rte_device *device;
	bool shares; /* the container of vfio-pci */
	struct map_list list;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct map_list container = TAILQ_HEAD_INITIALIZER(container);

/* How much of a name is that of an EAL device: 0: it is not. */
static size_t
match(const struct rte_device *device, const char *name)
{
	const char *own = rte_dev_name(device);
	const size_t len = strlen(own);

	return strncmp(own, name, len) == 0 && (name[len] == '\0' || name[len] == '_' || name[len] == '-') ?
		len : 0;
}

/* The one whose name is longest. */
static struct rte_device *
find(const char *name)
{
	static const char *const buses[] = { "pci", "vdev", "auxiliary" };
	struct rte_device *device, *best = NULL;
	struct rte_dev_iterator it;
	char all[32];
	size_t most = 0, len;
	unsigned int i;

	for (i = 0; i < RTE_DIM(buses); i++) {
		if (rte_bus_find_by_name(buses[i]) == NULL)
			continue;
		snprintf(all, sizeof(all), "bus=%s", buses[i]);
		RTE_DEV_FOREACH(device, all, &it) {
			len = match(device, name);
			if (len > most) {
				most = len;
				best = device;
			}
		}
	}
	return best;
}

static bool
of_vfio_pci(const struct rte_device *device)
{
	char path[128], driver[256];
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", rte_dev_name(device));
	len = readlink(path, driver, sizeof(driver) - 1);
	if (len < 0)
		return false;
	driver[len] = '\0';
	return strstr(driver, "/vfio-pci") != NULL;
}

struct rte_vtaccel_maps *
rte_vtaccel_maps_create(const struct rte_vtaccel *dev, const char *name)
{
	struct rte_vtaccel_maps *maps;

	if (rte_eal_iova_mode() != RTE_IOVA_VA) {
		VTACCEL_LOG(ERR, "accelerator %s: %s reads memory by itself, and EAL works with physical addresses, which"
			" regions do not have: --iova-mode=va, and an IOMMU, are needed", dev->name, name);
		rte_errno = ENOTSUP;
		return NULL;
	}
	maps = calloc(1, sizeof(*maps));
	if (maps == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	maps->dev = dev;
	TAILQ_INIT(&maps->list);
	maps->device = find(name);
	if (maps->device == NULL) {
		VTACCEL_LOG(ERR, "accelerator %s: %s reads memory by itself, and there is no EAL device of this name to map"
			" regions for", dev->name, name);
		free(maps);
		rte_errno = ENODEV;
		return NULL;
	}
	maps->shares = of_vfio_pci(maps->device);
	return maps;
}

static struct map *
lookup(const struct map_list *list, const void *addr)
{
	struct map *m;

	TAILQ_FOREACH(m, list, next)
		if (m->addr == addr)
			return m;
	return NULL;
}

static int
map_new(struct rte_vtaccel_maps *maps, struct map_list *list, void *addr, uint64_t len)
{
	struct map *m = calloc(1, sizeof(*m));
	int ret;

	if (m == NULL)
		return -ENOMEM;
	rte_errno = 0;
	if (rte_dev_dma_map(maps->device, addr, (uintptr_t)addr, len) != 0) {
		ret = rte_errno != 0 ? -rte_errno : -EIO;
		VTACCEL_LOG(ERR, "accelerator %s: %s cannot be given %" PRIu64 " bytes at %p: %s", maps->dev->name,
			rte_dev_name(maps->device), len, addr, rte_strerror(-ret));
		free(m);
		return ret;
	}
	m->addr = addr;
	m->len = len;
	m->users = 1;
	TAILQ_INSERT_TAIL(list, m, next);
	return 0;
}

/* One user less. */
static void
map_leave(struct rte_vtaccel_maps *maps, struct map_list *list, struct map *m)
{
	if (--m->users != 0)
		return;
	if (rte_dev_dma_unmap(maps->device, m->addr, (uintptr_t)m->addr, m->len) != 0)
		VTACCEL_LOG(ERR, "accelerator %s: %" PRIu64 " bytes at %p cannot be taken from %s: %s",
			maps->dev->name, m->len, m->addr, rte_dev_name(maps->device), rte_strerror(rte_errno));
	TAILQ_REMOVE(list, m, next);
	free(m);
}

/* What a device has of the container, it has in its own list too, without a map. */
static int
container_add(struct rte_vtaccel_maps *maps, void *addr, uint64_t len)
{
	struct map *own = calloc(1, sizeof(*own)), *m;
	int ret = 0;

	if (own == NULL)
		return -ENOMEM;
	pthread_mutex_lock(&lock);
	m = lookup(&container, addr);
	if (m == NULL)
		ret = map_new(maps, &container, addr, len);
	else if (m->len == len)
		m->users++;
	else
		ret = -EEXIST;
	pthread_mutex_unlock(&lock);
	if (ret != 0) {
		free(own);
		return ret;
	}
	own->addr = addr;
	TAILQ_INSERT_TAIL(&maps->list, own, next);
	return 0;
}

static void
container_del(struct rte_vtaccel_maps *maps, struct map *own)
{
	struct map *m;

	pthread_mutex_lock(&lock);
	m = lookup(&container, own->addr);
	if (m != NULL)
		map_leave(maps, &container, m);
	pthread_mutex_unlock(&lock);
	TAILQ_REMOVE(&maps->list, own, next);
	free(own);
}

int
rte_vtaccel_maps_add(struct rte_vtaccel_maps *maps, void *addr, uint64_t len)
{
	if (maps == NULL)
		return 0;
	if (lookup(&maps->list, addr) != NULL)
		return -EEXIST;
	return maps->shares ? container_add(maps, addr, len) : map_new(maps, &maps->list, addr, len);
}

void
rte_vtaccel_maps_del(struct rte_vtaccel_maps *maps, void *addr)
{
	struct map *m = maps != NULL ? lookup(&maps->list, addr) : NULL;

	if (m == NULL)
		return;
	if (maps->shares)
		container_del(maps, m);
	else
		map_leave(maps, &maps->list, m);
}

void
rte_vtaccel_maps_free(struct rte_vtaccel_maps *maps)
{
	struct map *m;

	if (maps == NULL)
		return;
	while ((m = TAILQ_FIRST(&maps->list)) != NULL)
		rte_vtaccel_maps_del(maps, m->addr);
	free(maps);
}
