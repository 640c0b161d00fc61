/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Sources of clients' kernels: what is let through leaves no directive behind it unseen. */

#include "fuzz.h"

#ifdef VT_HAVE_OPENCL

#include "../../drivers/accel/opencl/ocl_private.h"

static void
run(struct fuzz_in *in)
{
	/* Ends what may be open: a character, a line, a comment. */
	static const char more[] = "\n*/\n#include <x>\n";
	static struct ocl_dev od;
	char text[256];
	struct ocl_text say = { .at = text, .size = sizeof(text) }, nowhere = { .size = 0 };
	int ret;
	const size_t len = in->left;
	char *source = malloc(len + sizeof(more));

	FUZZ_CHECK(source != NULL);
	fuzz_take(in, source, len);
	memcpy(source + len, more, sizeof(more));
	ret = ocl_source_check(&od, source, len, &say);
	FUZZ_CHECK(ret == ocl_source_check(&od, source, len, &nowhere));
	if (ret == 0 && !ocl_is_spirv(source, len))
		FUZZ_CHECK(ocl_source_check(&od, source, len + sizeof(more) - 1, &say) != 0);
	FUZZ_CHECK(say.len < sizeof(text));
	free(source);
}

#else

static void
run(struct fuzz_in *in)
{
	(void)in;
}

#endif

const struct fuzz_target fuzz_kernels = { .name = "kernels", .run = run };
