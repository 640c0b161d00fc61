/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A region as a memzone.
 *
 * DPDK's heap writes an element header before, and a trailer behind, what it hands out. A chunk
 * of an external heap is therefore [guard][region][guard]; a memzone of the region's size, aligned
 * to 2 MiB, can lie in its middle only, which leaves all bookkeeping in the guards. Then the shared
 * memory is mapped over the middle. Outside of the guards are edges, which cannot be read or written.
 *
 * The heap zeroes a chunk when it is added and a memzone when it is freed. At those times the
 * middle is one small scratch memory mapped over and over, so that neither the shared memory is
 * wiped nor as much private memory is needed.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_memzone.h>

#include "vtregion_private.h"

/* One heap for all: a process has 32, and their numbers are not used again. */
#define HEAP "vinetalk"
#define ALIGNMENT (UINT64_C(2) << 20)
/* On both sides of a chunk, with no access: who runs out of it finds nobody else's memory. */
#define EDGE (UINT64_C(64) << 10)
#define SCRATCH_MIN (UINT64_C(2) << 20)
/* A process may have about 65,000 mappings. */
#define SCRATCH_MAPS 2048

/* Page size of the chunk as the heap sees it: it keeps 48 bytes for each page. */
static uint64_t
guard_size(uint64_t size)
{
	uint64_t page = RTE_MAX(size / 4096, UINT64_C(4096));

	return RTE_MIN(page, ALIGNMENT);
}

static uint64_t
chunk_size(uint64_t size)
{
	return size + 2 * guard_size(size);
}

/* Map the same scratch memory all over the middle. */
static int
map_scratch(void *base, uint64_t size)
{
	uint64_t step = RTE_MAX(size / SCRATCH_MAPS, SCRATCH_MIN);
	uint64_t off;
	int fd, ret = 0;

	fd = memfd_create("vinetalk-scratch", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, step) != 0)
		ret = -errno;
	for (off = 0; ret == 0 && off < size; off += step)
		if (mmap(RTE_PTR_ADD(base, off), step, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0) == MAP_FAILED)
			ret = -errno;
	close(fd);
	return ret;
}

static void
unmap_chunk(struct rte_vtregion_mem *mem)
{
	munmap(RTE_PTR_SUB(mem->chunk, EDGE), chunk_size(mem->size) + 2 * EDGE);
}

/* Map private memory with the middle at a multiple of 2 MiB. */
static int
map_chunk(struct rte_vtregion_mem *mem)
{
	uint64_t before = guard_size(mem->size) + EDGE;
	uint64_t len = chunk_size(mem->size) + 2 * EDGE + ALIGNMENT;
	void *addr, *first, *end;
	int ret;

	addr = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (addr == MAP_FAILED)
		return -errno;
	mem->base = RTE_PTR_ALIGN_CEIL(RTE_PTR_ADD(addr, before), ALIGNMENT);
	mem->chunk = RTE_PTR_SUB(mem->base, guard_size(mem->size));
	first = RTE_PTR_SUB(mem->chunk, EDGE);
	end = RTE_PTR_ADD(mem->chunk, chunk_size(mem->size) + EDGE);
	if (first != addr)
		munmap(addr, RTE_PTR_DIFF(first, addr));
	munmap(end, RTE_PTR_DIFF(RTE_PTR_ADD(addr, len), end));

	ret = mprotect(mem->chunk, chunk_size(mem->size), PROT_READ | PROT_WRITE) != 0 ? -errno : 0;
	if (ret == 0)
		ret = map_scratch(mem->base, mem->size);
	if (ret != 0)
		unmap_chunk(mem);
	return ret;
}

static int
heap_add(const char *name, struct rte_vtregion_mem *mem)
{
	int ret;

	if (rte_malloc_heap_get_socket(HEAP) < 0 && rte_malloc_heap_create(HEAP) != 0) {
		VTREGION_LOG(ERR, "region %s: cannot create the heap " HEAP ": %s", name,
				rte_strerror(rte_errno));
		return -rte_errno;
	}
	if (rte_malloc_heap_memory_add(HEAP, mem->chunk, chunk_size(mem->size), NULL, 0,
			guard_size(mem->size)) == 0)
		return 0;
	ret = rte_errno == ENOSPC ? -EBUSY : -rte_errno;
	if (ret == -EBUSY)
		VTREGION_LOG(ERR, "region %s: too many regions in one process, about %d are "
				"possible (RTE_MAX_MEMSEG_LISTS is %d)",
				name, RTE_MAX_MEMSEG_LISTS - 8, RTE_MAX_MEMSEG_LISTS);
	else
		VTREGION_LOG(ERR, "region %s: cannot add it to the heap " HEAP ": %s", name,
				rte_strerror(-ret));
	return ret;
}

static void
heap_remove(struct rte_vtregion_mem *mem)
{
	if (rte_malloc_heap_memory_remove(HEAP, mem->chunk, chunk_size(mem->size)) != 0)
		VTREGION_LOG(ERR, "cannot take %p back from the heap " HEAP ": %s",
				mem->chunk, rte_strerror(rte_errno));
	else
		unmap_chunk(mem);
}

static int
reserve(const char *name, struct rte_vtregion_mem *mem)
{
	int ret;

	mem->mz = rte_memzone_reserve_aligned(name, mem->size, rte_malloc_heap_get_socket(HEAP),
			0, ALIGNMENT);
	if (mem->mz == NULL) {
		ret = -rte_errno;
		VTREGION_LOG(ERR, "region %s: no memzone: %s", name, rte_strerror(rte_errno));
		return ret;
	}
	if (mem->mz->addr == mem->base && mem->mz->len == mem->size)
		return 0;
	VTREGION_LOG(ERR, "region %s: the memzone is %p with %zu bytes, must be %p with %" PRIu64,
			name, mem->mz->addr, mem->mz->len, mem->base, mem->size);
	rte_memzone_free(mem->mz);
	return -EFAULT;
}

/* Put the shared memory over the middle. */
static int
map_shared(const char *name, struct rte_vtregion_mem *mem)
{
	int ret;

	if (mmap(mem->base, mem->size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_FIXED | MAP_POPULATE, mem->fd,
			(off_t)mem->fd_offset) == MAP_FAILED) {
		ret = -errno;
		VTREGION_LOG(ERR, "region %s: cannot map %" PRIu64 " MiB: %s", name,
				mem->size >> 20, strerror(-ret));
		return ret;
	}
	/* The end of the process is then the end of the mapping. */
	if (madvise(mem->base, mem->size, MADV_DONTFORK) != 0) {
		ret = -errno;
		VTREGION_LOG(ERR, "region %s: MADV_DONTFORK: %s", name, strerror(-ret));
		return ret;
	}
	return 0;
}

/* Nothing shared is mapped any more, and the heap may zero what it gets back. */
static void
release(struct rte_vtregion_mem *mem)
{
	int ret = map_scratch(mem->base, mem->size);

	if (ret != 0) {
		/* Without the scratch memory the heap would wipe what is shared: keep the zone. */
		VTREGION_LOG(ERR, "cannot unmap the region at %p: %s", mem->base,
				strerror(-ret));
		return;
	}
	rte_memzone_free(mem->mz);
	heap_remove(mem);
}

static int
make_zone(const char *name, struct rte_vtregion_mem *mem)
{
	int ret;

	ret = map_chunk(mem);
	if (ret != 0) {
		VTREGION_LOG(ERR, "region %s: no address space: %s", name, strerror(-ret));
		return ret;
	}
	ret = heap_add(name, mem);
	if (ret != 0) {
		unmap_chunk(mem);
		return ret;
	}
	ret = reserve(name, mem);
	if (ret != 0) {
		heap_remove(mem);
		return ret;
	}
	ret = map_shared(name, mem);
	if (ret == 0)
		ret = vtregion_sigbus_add(mem);
	if (ret != 0)
		release(mem);
	return ret;
}

static int
check_conf(const struct rte_vtregion_mem_conf *conf)
{
	if (conf->name == NULL || conf->name[0] == '\0' ||
			strlen(conf->name) >= RTE_MEMZONE_NAMESIZE) {
		VTREGION_LOG(ERR, "name of a region is \"%s\", must have 1 to %d bytes",
				conf->name == NULL ? "" : conf->name, RTE_MEMZONE_NAMESIZE - 1);
		return -EINVAL;
	}
	if (conf->size < RTE_VTREGION_MIN_SIZE || conf->size > RTE_VTREGION_MAX_SIZE ||
			conf->size != rte_align64pow2(conf->size)) {
		VTREGION_LOG(ERR, "region %s: size is %" PRIu64 ", must be a power of two "
				"from %llu to %llu", conf->name, conf->size, RTE_VTREGION_MIN_SIZE,
				RTE_VTREGION_MAX_SIZE);
		return -EINVAL;
	}
	return 0;
}

int
rte_vtregion_mem_open(const struct rte_vtregion_mem_conf *conf, struct rte_vtregion_mem *mem)
{
	int ret = check_conf(conf);

	if (ret != 0)
		return ret;
	memset(mem, 0, sizeof(*mem));
	mem->size = conf->size;
	return vtregion_fd_open(conf, mem);
}

void
rte_vtregion_mem_close(struct rte_vtregion_mem *mem)
{
	vtregion_fd_close(mem);
}

int
rte_vtregion_mem_create(const struct rte_vtregion_mem_conf *conf, struct rte_vtregion_mem *mem)
{
	int ret = check_conf(conf);

	if (ret != 0)
		return ret;
	if (rte_memzone_lookup(conf->name) != NULL) {
		VTREGION_LOG(ERR, "region %s: there is a memzone of that name", conf->name);
		return -EEXIST;
	}
	memset(mem, 0, sizeof(*mem));
	mem->size = conf->size;
	ret = vtregion_fd_open(conf, mem);
	if (ret != 0)
		return ret;
	ret = make_zone(conf->name, mem);
	if (ret != 0) {
		vtregion_fd_close(mem);
		memset(mem, 0, sizeof(*mem));
		mem->fd = -1;
	}
	return ret;
}

void
rte_vtregion_mem_destroy(struct rte_vtregion_mem *mem)
{
	if (mem == NULL || mem->base == NULL)
		return;
	vtregion_sigbus_del(mem);
	release(mem);
	vtregion_fd_close(mem);
	memset(mem, 0, sizeof(*mem));
	mem->fd = -1;
}
