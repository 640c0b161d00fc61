/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef FETCH_H
#define FETCH_H

/*
 * Which bytes of a mapping the calling thread reads and writes, and how often: each access faults, is decoded and
 * done as a single step. Nobody else may use the mapping meanwhile.
 *
 * One call of memcpy() and its like reads a byte once: with some lengths its first and last loads overlap, which
 * nobody can tell from the copy.
 */

#include <stddef.h>
#include <stdint.h>

struct fetch {
	uint8_t *base;
	size_t len;
	uint8_t *reads;  /* of each byte, up to 255 */
	uint8_t *writes; /* the same */
	uint32_t *by;    /* of each byte: the call that read it last */
	uint64_t accesses;
	uint64_t unknown; /* instructions whose operand was not found */
};

/* The mapping of the same file or memory as at, elsewhere in this process. NULL: there is none, or more than one. */
void *fetch_other_mapping(const void *at, size_t *len);

/* Count from here on. 0 or -errno. */
int fetch_begin(struct fetch *f, void *base, size_t len);
/* Until here. */
void fetch_end(struct fetch *f);
void fetch_free(struct fetch *f);

/* The most reads of one byte of a range, and how many bytes of it were read. */
unsigned int fetch_most(const struct fetch *f, size_t offset, size_t len, size_t *bytes);

#endif /* FETCH_H */
