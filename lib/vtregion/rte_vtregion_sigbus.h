/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTREGION_SIGBUS_H
#define RTE_VTREGION_SIGBUS_H

/**
 * @file
 * Surviving the loss of a region's memory, for a client: a library in somebody else's program.
 *
 * Whoever has a region's file can punch holes into it, and with no page left in the pool, or behind the new
 * end of a file that was truncated, the next access is SIGBUS, which ends a process. The handler here puts
 * private zeroes in the place of the whole region and sets a flag. The access is tried again, and finds
 * zeroes.
 *
 * A handler belongs to the whole process, so this one
 *
 * - acts on addresses of regions that are watched, in the process that watches them, and on nothing else: any
 *   other SIGBUS goes to what was there before, be it a handler or the default, as if this one were not
 *   there. It does not matter whether that one returns, or leaves by siglongjmp();
 * - does not take the place of a handler that was installed behind it. Such a handler should hand on what is
 *   not its own, as this one does: otherwise a loss does not come here (a line of the log says so at the next
 *   watch);
 * - goes with the last region that is watched, and then what was there before is there again, unless there is
 *   by then a handler that came later, which may know of this one.
 *
 * It takes no lock, allocates nothing and keeps errno. A thread that blocks SIGBUS is ended by the kernel when
 * it meets lost memory: no handler can help. A system call that is given an address there fails with EFAULT.
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Watch a region. Thread-safe.
 *
 * @param base
 *   Where it is mapped.
 * @param size
 *   Bytes there.
 * @param lost
 *   Atomic, 0; becomes 1 when the memory vanished. Stays the caller's.
 * @return
 *   - 0: Success.
 *   - -EBUSY: More than 256 regions in one process.
 *   - Another negative errno: of sigaction().
 */
int rte_vtregion_sigbus_watch(void *base, uint64_t size, uint32_t *lost);

/**
 * Do not watch it any more. Thread-safe; nobody may access the region meanwhile.
 *
 * @param lost
 *   As at the watch. What is not watched is allowed.
 */
void rte_vtregion_sigbus_unwatch(const uint32_t *lost);

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTREGION_SIGBUS_H */
