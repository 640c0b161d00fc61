/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Buffers of clients that stay in the memory of the device.
 *
 * The table is sorted by address and has no overlaps: regions of domains and arenas of clients are apart, and
 * the appliance allows none within an arena. The control thread changes it, the caller looks into it, both
 * under a spinlock and for a moment. A task keeps the memory of what it found by a reference.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ocl_private.h"

/* The first one that ends behind an address. */
static uint32_t
position(const struct ocl_dev *od, uintptr_t addr)
{
	uint32_t low = 0, high = od->nb_bufs, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (od->bufs[mid].addr + od->bufs[mid].len <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool
ocl_buf_find(struct ocl_dev *od, const void *addr, uint32_t len, struct ocl_buf *buf)
{
	const uintptr_t start = (uintptr_t)addr;
	bool found = false;
	uint32_t i;

	/* One that is being added now is for tasks that its client enqueues behind the answer. */
	if (__atomic_load_n(&od->nb_bufs, __ATOMIC_ACQUIRE) == 0)
		return false;
	rte_spinlock_lock(&od->buf_lock);
	i = position(od, start);
	if (i < od->nb_bufs && od->bufs[i].addr <= start &&
			start + len <= od->bufs[i].addr + od->bufs[i].len) {
		*buf = od->bufs[i];
		found = clRetainMemObject(buf->mem) == CL_SUCCESS;
	}
	rte_spinlock_unlock(&od->buf_lock);
	return found;
}

int
ocl_buf_add(struct rte_vtaccel *dev, void *addr, uint64_t len, bool both)
{
	struct ocl_buf buf = { .addr = (uintptr_t)addr, .len = len, .both = both };
	struct ocl_dev *od = dev->data;
	int ret = 0;
	cl_int err;
	uint32_t i;

	if (od->shares)
		return -ENOTSUP;
	/* With the host's bytes: device memory may hold what others left there. */
	buf.mem = clCreateBuffer(od->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, len, addr,
		&err);
	if (buf.mem == NULL) {
		OCL_LOG(ERR, "%s: no buffer of %" PRIu64 " bytes on %s: OpenCL error %d", dev->name, len,
			od->where, err);
		return ocl_errno(err);
	}
	rte_spinlock_lock(&od->buf_lock);
	i = position(od, buf.addr);
	if (od->nb_bufs == OCL_MAX_BUFS)
		ret = -ENOSPC;
	else if (i < od->nb_bufs && od->bufs[i].addr < buf.addr + len)
		ret = -EEXIST;
	if (ret == 0) {
		memmove(&od->bufs[i + 1], &od->bufs[i], (od->nb_bufs - i) * sizeof(buf));
		od->bufs[i] = buf;
		__atomic_store_n(&od->nb_bufs, od->nb_bufs + 1, __ATOMIC_RELEASE);
	}
	rte_spinlock_unlock(&od->buf_lock);
	if (ret != 0) {
		OCL_LOG(ERR, "%s: buffer of %" PRIu64 " bytes refused: %s; there are %u of at most %u",
			dev->name, len, strerror(-ret), od->nb_bufs, OCL_MAX_BUFS);
		clReleaseMemObject(buf.mem);
	}
	return ret;
}

int
ocl_buf_del(struct rte_vtaccel *dev, void *addr)
{
	struct ocl_dev *od = dev->data;
	cl_mem mem = NULL;
	bool found = false;
	uint32_t i;

	rte_spinlock_lock(&od->buf_lock);
	i = position(od, (uintptr_t)addr);
	if (i < od->nb_bufs && od->bufs[i].addr == (uintptr_t)addr) {
		found = true;
		mem = od->bufs[i].mem;
		__atomic_store_n(&od->nb_bufs, od->nb_bufs - 1, __ATOMIC_RELEASE);
		memmove(&od->bufs[i], &od->bufs[i + 1], (od->nb_bufs - i) * sizeof(od->bufs[0]));
	}
	rte_spinlock_unlock(&od->buf_lock);
	if (mem != NULL)
		clReleaseMemObject(mem);
	return found ? 0 : -ENOENT;
}

void
ocl_buf_sent(struct ocl_dev *od, uintptr_t addr)
{
	uint32_t i;

	rte_spinlock_lock(&od->buf_lock);
	i = position(od, addr);
	if (i < od->nb_bufs && od->bufs[i].addr == addr)
		od->bufs[i].lost = false;
	rte_spinlock_unlock(&od->buf_lock);
}
