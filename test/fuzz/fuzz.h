/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef FUZZ_H
#define FUZZ_H

/*
 * Targets for libFuzzer, all in one program: VT_FUZZ=NAME chooses one.
 *
 * A target looks at one input, and must come back: a crash, a report of a sanitizer or a failed
 * FUZZ_CHECK() is a finding.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A check that stands in every build. */
#define FUZZ_CHECK(cond) do { \
	if (!(cond)) { \
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
		abort(); \
	} \
} while (0)

/* An input that is taken piece by piece. */
struct fuzz_in {
	const uint8_t *data;
	size_t left;
};

/* The next bytes; zeroes behind the end. */
static inline void
fuzz_take(struct fuzz_in *in, void *to, size_t len)
{
	const size_t n = len < in->left ? len : in->left;

	memset(to, 0, len);
	if (n != 0)
		memcpy(to, in->data, n);
	in->data += n;
	in->left -= n;
}

static inline uint8_t
fuzz_u8(struct fuzz_in *in)
{
	uint8_t v;

	fuzz_take(in, &v, sizeof(v));
	return v;
}

static inline uint16_t
fuzz_u16(struct fuzz_in *in)
{
	uint16_t v;

	fuzz_take(in, &v, sizeof(v));
	return v;
}

static inline uint32_t
fuzz_u32(struct fuzz_in *in)
{
	uint32_t v;

	fuzz_take(in, &v, sizeof(v));
	return v;
}

struct fuzz_target {
	const char *name;
	void (*init)(void);          /* once; or NULL */
	void (*run)(struct fuzz_in *in);
};

/* rte_eal_init(), for a target that needs it. */
void fuzz_eal(void);

extern const struct fuzz_target fuzz_accel, fuzz_adopt, fuzz_args, fuzz_broker, fuzz_client, fuzz_config, fuzz_device,
	fuzz_engine, fuzz_kernels, fuzz_opencl, fuzz_pollers, fuzz_poor, fuzz_region, fuzz_server, fuzz_setup;

#endif /* FUZZ_H */
