/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef FAULT_H
#define FAULT_H

/*
 * Calls that fail: an input whose last byte is FAULT_MARK says by the three bytes before it which function, at which
 * of its calls, with which errno. The linker leads each call of the functions below to one that may fail (--wrap).
 *
 * Only calls of one thread fail, between fault_begin() and fault_end(), and none of the target's own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz.h"

#define FAULT_MARK 0xfa
#define FAULT_EVER 0x80 /* of the second byte: that call and all behind it fail, not one alone */

/* Which function of a list, at which of its calls, and with which error. */
struct fault {
	uint8_t which, after, with;
};
/* Take one off the end of an input; false: there is none with that mark. */
bool fault_parse(struct fuzz_in *in, uint8_t mark, struct fault *f);

/* Take the fault off the end of an input; none is there: none happens. */
void fault_take(struct fuzz_in *in);
/* From here on calls of this thread are counted, and one fails. */
void fault_begin(void);
void fault_end(void);
/* None fails any more before the next fault_take(). */
void fault_off(void);

/*
 * Time and sleep of this thread, for what waits for a peer that the target plays itself: each look at the clock is
 * 50 us later than the last one, each sleep calls act() in its place, and a timer is over at once. NULL: the real one.
 */
void fault_time(void (*act)(void));
/* Who opens a file of this path reads this text, which is not empty. */
void fault_file(const char *path, const char *text);
/* Some of that time passes. */
void fault_pass(uint32_t ms);

#endif /* FAULT_H */
