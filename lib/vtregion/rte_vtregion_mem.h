/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTREGION_MEM_H
#define RTE_VTREGION_MEM_H

/**
 * @file
 * The memory of a region on the appliance's side: a hugetlb memfd or file, mapped over a
 * memzone whose bookkeeping lies in private pages before and behind it.
 *
 *     [ private pages ][ region: shared, MAP_FIXED ][ private pages ]
 *        ^ malloc element header                     ^ trailer, next header
 *
 * So a client that overwrites all of the region reaches no metadata of DPDK's. Around the private pages are
 * some that nobody can read or write: who runs out of a region meets a fault, not other memory. The shared
 * memory is sealed against truncation (memfd), allocated in full when it is made, and not
 * inherited by fork().
 *
 * All regions of a process are chunks of one external heap, "vinetalk". RTE_MAX_MEMSEG_LISTS (128)
 * bounds them to about 120.
 *
 * For the control thread of a DPDK primary process, after rte_eal_init(); not thread-safe.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_memzone.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to make. */
struct rte_vtregion_mem_conf {
	const char *name; /**< Of the memzone; unique in the process. */
	/** A file, made if missing; on hugetlbfs for huge pages. NULL: a memfd. */
	const char *file;
	/**
	 * Memory that somebody else has made, instead of a file: map fd at fd_offset. It is duplicated, and
	 * keeps its contents.
	 */
	bool use_fd;
	int fd;             /**< With use_fd. */
	uint64_t fd_offset; /**< With use_fd: a device's memory does not begin at 0. */
	uint64_t size;    /**< Bytes, a power of two, multiple of 2 MiB. */
	uint32_t mode;    /**< Permissions of a new file; 0: 0600. */
	bool no_huge;     /**< memfd of 4 KiB pages. */
};

/** What was made. */
struct rte_vtregion_mem {
	void *base;       /**< The region. */
	uint64_t size;    /**< Bytes. */
	int fd;           /**< memfd or file; may be given to clients. */
	/** Of a file: has the lock, which goes with the process, whoever else has the file open. */
	int lock_fd;
	bool huge;        /**< Made of huge pages. */
	/**
	 * It was made here, and reads as zeroes. Else it is a file that was there, with its
	 * contents.
	 */
	bool created;
	uint64_t fd_offset; /**< Where it begins in fd. */
	const struct rte_memzone *mz; /**< Covers exactly the region. */
	void *chunk;      /**< Private pages, region, private pages. */
	char file[256];   /**< Path, "" for a memfd. */
	/** Atomic: 1 when its memory vanished and private zeroes were put in its place. */
	uint32_t lost;
};

/**
 * Make and map it.
 *
 * Without enough free huge pages a memfd falls back to 4 KiB pages, with a warning that names the
 * cost. A file has the pages of its file system. A file that is there keeps its contents; it must
 * have the size that is asked for, and is locked (flock) against a second appliance.
 *
 * @param conf
 *   What to make. Not needed afterwards.
 * @param mem
 *   The result. It is watched by address for rte_vtregion_mem_sigbus_install(): it must stay
 *   where it is until rte_vtregion_mem_destroy().
 * @return
 *   - 0: Success.
 *   - -EINVAL: Name or size out of bounds; the file is no regular file or has another size.
 *   - -ENOMEM: Not enough memory, huge pages or address space; the log has the numbers.
 *   - -EEXIST: There is a memzone of that name.
 *   - -EBUSY: Too many regions in one process.
 *   - -EADDRINUSE: Another appliance has the file.
 *   - -ENAMETOOLONG: The path does not fit.
 *   - Another negative errno: from the file.
 */
int rte_vtregion_mem_create(const struct rte_vtregion_mem_conf *conf,
		struct rte_vtregion_mem *mem);

/**
 * Unmap and free it, and remove a file that was made here.
 *
 * No thread may use the region any more. Clients keep what they have mapped.
 *
 * @param mem
 *   From rte_vtregion_mem_create(). NULL, one that failed and one that was destroyed are allowed.
 */
void rte_vtregion_mem_destroy(struct rte_vtregion_mem *mem);

/**
 * Make the memory alone, as rte_vtregion_mem_create() does, without mapping it: for a broker, which
 * only hands it out. Needs no rte_eal_init().
 *
 * @param conf
 *   What to make; not with use_fd. Not needed afterwards.
 * @param mem
 *   fd, lock_fd, size, huge, created and file are set.
 * @return
 *   As rte_vtregion_mem_create(), as far as it concerns files and memory.
 */
int rte_vtregion_mem_open(const struct rte_vtregion_mem_conf *conf, struct rte_vtregion_mem *mem);

/** Close what rte_vtregion_mem_open() made, and remove a file that was made. */
void rte_vtregion_mem_close(struct rte_vtregion_mem *mem);

/**
 * Survive the loss of a region's memory.
 *
 * A client can punch holes into the memory, and with no page left in the pool the next access is
 * SIGBUS. This installs a handler that then puts anonymous memory in the place of the whole
 * region and sets rte_vtregion_mem::lost, which the control thread is to look at. The access is
 * tried again and finds zeroes. Any other SIGBUS goes to the handler that was there before.
 *
 * Thread-safe. A handler that is installed later, by somebody else, replaces this one, until the next call takes
 * its place again, which a control thread makes now and then. EAL does so for short times while it allocates huge pages: reserve memory at
 * the start (-m, --socket-mem) rather than on demand.
 *
 * @return
 *   0, or the negative errno of sigaction().
 */
int rte_vtregion_mem_sigbus_install(void);

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTREGION_MEM_H */
