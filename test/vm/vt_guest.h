/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef VT_GUEST_H
#define VT_GUEST_H

#include <stdint.h>

/* vt_guest_abuse.c: things that a good client does not do */
int guest_search(const char *word);
int guest_scribble(uint8_t *region, unsigned int rounds);
int guest_children(const char *self, const char *devargs);

#endif /* VT_GUEST_H */
