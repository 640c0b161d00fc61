/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * What to do when the memory of a region vanishes.
 *
 * The table is static, and a handler reads it with atomic loads only: nothing here takes a lock
 * or allocates. An entry is written by the control thread: base and size before, the owner
 * behind them with release; it is taken back when nobody uses the region any more.
 */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_common.h>

#include "vtregion_private.h"

/* More than a process can have regions, see vtregion_mem.c. */
#define MAX_WATCHED 256

struct watched {
	struct rte_vtregion_mem *mem; /* NULL: free */
	uintptr_t base;
	uint64_t size;
};

static struct watched table[MAX_WATCHED];
static struct sigaction previous;
static bool installed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * Whether it was a region's address, and the access may be tried again. More than one thread
 * can be here for the same region: one of them puts the new memory in place, and the others
 * return and fault again until it is there.
 */
static bool
replace(uintptr_t addr, int code)
{
	struct rte_vtregion_mem *mem;
	uint32_t expected;
	unsigned int i;

	for (i = 0; i < MAX_WATCHED; i++) {
		/* Pairs with the release in vtregion_sigbus_add(): base and size are there. */
		mem = __atomic_load_n(&table[i].mem, __ATOMIC_ACQUIRE);
		if (mem == NULL || addr < table[i].base || addr - table[i].base >= table[i].size)
			continue;
		expected = 0;
		/* Relaxed: what is published by it is in the kernel's hands. */
		if (!__atomic_compare_exchange_n(&mem->lost, &expected, 1, false,
				__ATOMIC_RELAXED, __ATOMIC_RELAXED) && code != BUS_MCEERR_AR)
			return true;
		return mmap((void *)table[i].base, table[i].size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
				-1, 0) != MAP_FAILED;
	}
	return false;
}

static void
pass_on(int sig, siginfo_t *info, void *context)
{
	if ((previous.sa_flags & SA_SIGINFO) != 0 && previous.sa_sigaction != NULL) {
		previous.sa_sigaction(sig, info, context);
	} else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
		previous.sa_handler(sig);
	} else {
		/* As it was before. A fault comes again at once; what was sent is sent again. */
		sigaction(sig, &previous, NULL);
		if (info->si_code <= 0)
			raise(sig);
	}
}

static void
handler(int sig, siginfo_t *info, void *context)
{
	int err = errno;

	/* Only what the kernel says about an access has an address. */
	if ((info->si_code != BUS_ADRERR && info->si_code != BUS_MCEERR_AR) ||
			!replace((uintptr_t)info->si_addr, info->si_code))
		pass_on(sig, info, context);
	errno = err;
}

int
vtregion_sigbus_add(struct rte_vtregion_mem *mem)
{
	unsigned int i;

	for (i = 0; i < MAX_WATCHED; i++) {
		if (table[i].mem != NULL)
			continue;
		table[i].base = (uintptr_t)mem->base;
		table[i].size = mem->size;
		/* Pairs with the acquire in replace(). */
		__atomic_store_n(&table[i].mem, mem, __ATOMIC_RELEASE);
		return 0;
	}
	VTREGION_LOG(ERR, "more than %d regions in one process", MAX_WATCHED);
	return -EBUSY;
}

void
vtregion_sigbus_del(struct rte_vtregion_mem *mem)
{
	unsigned int i;

	for (i = 0; i < MAX_WATCHED; i++)
		if (table[i].mem == mem)
			__atomic_store_n(&table[i].mem, NULL, __ATOMIC_RELEASE);
}

int
rte_vtregion_mem_sigbus_install(void)
{
	struct sigaction act, now;
	int ret = 0;

	memset(&act, 0, sizeof(act));
	act.sa_sigaction = handler;
	act.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
	sigemptyset(&act.sa_mask);

	pthread_mutex_lock(&lock);
	if (sigaction(SIGBUS, NULL, &now) != 0) {
		ret = -errno;
	} else if (!installed || now.sa_sigaction != handler) {
		/*
		 * previous is there before the handler can need it, and stays: one that came later may hand on to
		 * us, and we to it, without end.
		 */
		if (!installed)
			previous = now;
		if (sigaction(SIGBUS, &act, NULL) != 0)
			ret = -errno;
		else
			installed = true;
	}
	pthread_mutex_unlock(&lock);
	if (ret != 0)
		VTREGION_LOG(ERR, "cannot install a handler for SIGBUS: %s", strerror(-ret));
	return ret;
}
