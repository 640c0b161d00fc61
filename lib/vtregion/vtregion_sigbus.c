/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * What to do when the memory of a region vanishes, on either side of it: an appliance and clients may live in one
 * process.
 *
 * The table is static, and a handler reads it with atomic loads only: nothing here takes a lock
 * or allocates. An entry is written under the lock: base and size before, the flag
 * behind them with release; it is taken back when nobody uses the region any more.
 */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_common.h>

#include "rte_vtregion_sigbus.h"
#include "vtregion_private.h"

/* More than a process can have regions (see vtregion_mem.c) and devices. */
#define MAX_WATCHED 256

struct watched {
	uint32_t *lost; /* NULL: free */
	uintptr_t base;
	uint64_t size;
	pid_t pid;      /* a child by fork() has a copy of the table, but no region */
};

static struct watched table[MAX_WATCHED];
static struct sigaction previous;
static bool installed;        /* somebody may call the handler */
static bool kept;             /* by rte_vtregion_mem_sigbus_install(): it stays */
static unsigned int nb_watched; /* by rte_vtregion_sigbus_watch() */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * Whether it was a region's address, and the access may be tried again. More than one thread
 * can be here for the same region: one of them puts the new memory in place, and the others
 * return and fault again until it is there.
 */
static bool
replace(uintptr_t addr, int code)
{
	uint32_t *lost, expected;
	unsigned int i;

	for (i = 0; i < MAX_WATCHED; i++) {
		/* Pairs with the release in add(): the rest is there. */
		lost = __atomic_load_n(&table[i].lost, __ATOMIC_ACQUIRE);
		if (lost == NULL || addr < table[i].base || addr - table[i].base >= table[i].size ||
				table[i].pid != getpid())
			continue;
		expected = 0;
		/* Relaxed: what is published by it is in the kernel's hands. */
		if (!__atomic_compare_exchange_n(lost, &expected, 1, false, __ATOMIC_RELAXED,
				__ATOMIC_RELAXED) && code != BUS_MCEERR_AR)
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
	/* By an access, which comes again at once; all others were sent, or tell of memory that nobody needs now. */
	const bool access = info->si_code > 0 && info->si_code != BUS_MCEERR_AO;

	if ((previous.sa_flags & SA_SIGINFO) != 0 && previous.sa_sigaction != NULL) {
		previous.sa_sigaction(sig, info, context);
	} else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
		previous.sa_handler(sig);
	} else if (access || previous.sa_handler == SIG_DFL) {
		/* As it was before. What was sent is sent again. */
		sigaction(sig, &previous, NULL);
		if (!access)
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

/* ---- what is watched; under the lock ---- */

static int
add(void *base, uint64_t size, uint32_t *lost)
{
	unsigned int i;

	for (i = 0; i < MAX_WATCHED; i++) {
		if (table[i].lost != NULL)
			continue;
		table[i].base = (uintptr_t)base;
		table[i].size = size;
		table[i].pid = getpid();
		/* Pairs with the acquire in replace(). */
		__atomic_store_n(&table[i].lost, lost, __ATOMIC_RELEASE);
		return 0;
	}
	VTREGION_LOG(ERR, "more than %d regions in one process", MAX_WATCHED);
	return -EBUSY;
}

/* Whether it was there. */
static bool
del(const uint32_t *lost)
{
	unsigned int i;

	for (i = 0; i < MAX_WATCHED; i++) {
		if (table[i].lost != lost)
			continue;
		__atomic_store_n(&table[i].lost, NULL, __ATOMIC_RELEASE);
		return true;
	}
	return false;
}

/* ---- the handler; under the lock ---- */

static bool
is_ours(const struct sigaction *act)
{
	return (act->sa_flags & SA_SIGINFO) != 0 && act->sa_sigaction == handler;
}

/*
 * Be the process's handler. previous is there before the handler can need it, and stays: one that came later may hand
 * on to us, and we to it, without end. over: take the place of one that came later.
 */
static int
install(bool over)
{
	struct sigaction act, now;

	if (sigaction(SIGBUS, NULL, &now) != 0)
		return -errno;
	if (is_ours(&now))
		return 0;
	if (installed && !over) {
		VTREGION_LOG(NOTICE, "SIGBUS has a handler that was installed behind ours: memory of a region that"
			" is taken away is noticed only if it hands on what is not its own");
		return 0;
	}
	if (!installed)
		previous = now;
	memset(&act, 0, sizeof(act));
	act.sa_sigaction = handler;
	act.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART | (previous.sa_flags & SA_NODEFER);
	/* So is it for the one that we hand on to. */
	act.sa_mask = previous.sa_mask;
	if (sigaction(SIGBUS, &act, NULL) != 0)
		return -errno;
	installed = true;
	return 0;
}

/* As it was before. Who came later may still hand on to us, so that we stay where we are. */
static void
uninstall(void)
{
	struct sigaction now;

	if (!installed || sigaction(SIGBUS, NULL, &now) != 0 || !is_ours(&now))
		return;
	if (sigaction(SIGBUS, &previous, NULL) == 0)
		installed = false;
}

static int
failed(int ret)
{
	if (ret != 0)
		VTREGION_LOG(ERR, "cannot install a handler for SIGBUS: %s", strerror(-ret));
	return ret;
}

int
vtregion_sigbus_add(struct rte_vtregion_mem *mem)
{
	int ret;

	pthread_mutex_lock(&lock);
	ret = add(mem->base, mem->size, &mem->lost);
	pthread_mutex_unlock(&lock);
	return ret;
}

void
vtregion_sigbus_del(struct rte_vtregion_mem *mem)
{
	pthread_mutex_lock(&lock);
	del(&mem->lost);
	pthread_mutex_unlock(&lock);
}

int
rte_vtregion_mem_sigbus_install(void)
{
	int ret;

	pthread_mutex_lock(&lock);
	ret = install(true);
	kept |= ret == 0;
	pthread_mutex_unlock(&lock);
	return failed(ret);
}

int
rte_vtregion_sigbus_watch(void *base, uint64_t size, uint32_t *lost)
{
	int ret;

	pthread_mutex_lock(&lock);
	ret = add(base, size, lost);
	if (ret == 0) {
		ret = failed(install(false));
		if (ret != 0)
			del(lost);
		else
			nb_watched++;
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

void
rte_vtregion_sigbus_unwatch(const uint32_t *lost)
{
	pthread_mutex_lock(&lock);
	if (del(lost) && --nb_watched == 0 && !kept)
		uninstall();
	pthread_mutex_unlock(&lock);
}
