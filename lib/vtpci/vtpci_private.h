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

#define VTPCI_REGS_LEN 256    /* BAR0 */
#define VTPCI_REG_ID (8 / 4)  /* IVPosition */

/*
 * vtpci.c: let the device's memory be read and written, and let it write: interrupts are its writes. fd has
 * its configuration space at offset. 0, or -errno without a message.
 */
int vtpci_set_command(int fd, off_t offset);

/* vtpci_find.c */
void vtpci_path(char *buf, size_t len, const char *addr, const char *file);
int vtpci_find(const char *addr, struct rte_vtpci *dev);
/* Name of the driver that has it; "" if none has. */
void vtpci_driver(const char *addr, char *buf, size_t len);

/* vtpci_vfio.c */
int vtpci_vfio_open(struct rte_vtpci *dev);
void vtpci_vfio_close(struct rte_vtpci *dev);

#endif /* VTPCI_PRIVATE_H */
