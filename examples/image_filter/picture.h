/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef EXAMPLES_PICTURE_H
#define EXAMPLES_PICTURE_H

/* Pictures from and to files, by libjpeg and libpng. */

#include <stddef.h>
#include <stdint.h>

struct picture {
	uint32_t width, height;
	uint8_t *rgb; /* 3 bytes a pixel; free() it */
};

/* 0, or -1 with the reason. */
int picture_read(const char *file, struct picture *pic, char *why, size_t len);
/* 8-bit gray PNG. 0, or -1 with errno. */
int picture_write_gray(const char *file, const uint8_t *gray, uint32_t width, uint32_t height);

#endif /* EXAMPLES_PICTURE_H */
