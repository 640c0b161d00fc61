/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VTPCI_PRIVATE_H
#define VTPCI_PRIVATE_H

#include <limits.h>
#include <sys/types.h>

#include <rte_log.h>

#include "rte_vtpci.h"

extern int vtpci_logtype;
#define VTPCI_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, vtpci_logtype, "VTPCI: " fmt "\n", ## __VA_ARGS__)

#define VTPCI_REGS_LEN 256U   /* BAR0 */
#define VTPCI_REG_ID (8 / 4)  /* IVPosition */

/*
 * vtpci.c: let the device's memory be read and written, and let it write: interrupts are its writes. fd has
 * its configuration space at offset. 0, or -errno without a message.
 */
int vtpci_set_command(int fd, off_t offset);

/* In lock_fd, behind -EBUSY: another process has the lock. */
#define VTPCI_LOCKED (-2)

/* Why a device cannot be used, for the log. */
#define VTPCI_WHY 200

/* A part of the device's address space. */
struct vtpci_bar {
	uint64_t start; /* 0: it has no address */
	uint64_t size;
};

/* vtpci_find.c */
void vtpci_path(char *buf, size_t len, const char *addr, const char *file);
/* A path below the root of files that are looked for. */
void vtpci_root_path(char *buf, size_t len, const char *path);
/* Name of what a link in the device's directory leads to. 0, or -errno with "" and without a message. */
int vtpci_link(char *buf, size_t len, const char *addr, const char *file);
/*
 * Find a device that can be used, and lock it: address, way, lock_fd, mem_size and the BAR of the
 * registers are filled in. 0, or -errno with a line of the log.
 */
int vtpci_find(const char *addr, const char *way, struct rte_vtpci *dev, struct vtpci_bar *regs);

/* vtpci_check.c: whether a device can be used. 0, or -errno and the reason. */
int vtpci_check(const char *way, struct rte_vtpci *dev, struct vtpci_bar *regs, char *why);

/* vtpci_vfio.c */
int vtpci_vfio_open(struct rte_vtpci *dev);
void vtpci_vfio_close(struct rte_vtpci *dev);

#endif /* VTPCI_PRIVATE_H */
