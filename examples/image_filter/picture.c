/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

#include "picture.h"

struct jpeg_fail {
	struct jpeg_error_mgr mgr;
	jmp_buf jump;
	char *why;
	size_t len;
};

/* Warnings are kept, too: what is damaged is refused. */
static void
on_jpeg_message(j_common_ptr info)
{
	struct jpeg_fail *fail = (struct jpeg_fail *)info->err;
	char msg[JMSG_LENGTH_MAX];

	fail->mgr.format_message(info, msg);
	snprintf(fail->why, fail->len, "%s", msg);
}

/* libjpeg's way to report an error: it must not return. */
static void
on_jpeg_error(j_common_ptr info)
{
	struct jpeg_fail *fail = (struct jpeg_fail *)info->err;

	on_jpeg_message(info);
	longjmp(fail->jump, 1);
}

static int
read_jpeg(FILE *f, struct picture *pic, char *why, size_t len)
{
	struct jpeg_fail fail = { .why = why, .len = len };
	struct jpeg_decompress_struct info;
	JSAMPROW row;

	info.err = jpeg_std_error(&fail.mgr);
	fail.mgr.error_exit = on_jpeg_error;
	fail.mgr.output_message = on_jpeg_message;
	if (setjmp(fail.jump) != 0) {
		jpeg_destroy_decompress(&info);
		free(pic->rgb);
		return -1;
	}
	jpeg_create_decompress(&info);
	jpeg_stdio_src(&info, f);
	jpeg_read_header(&info, TRUE);
	info.out_color_space = JCS_RGB;
	jpeg_start_decompress(&info);
	pic->width = info.output_width;
	pic->height = info.output_height;
	pic->rgb = malloc((size_t)pic->width * pic->height * 3);
	while (pic->rgb != NULL && info.output_scanline < info.output_height) {
		row = pic->rgb + (size_t)info.output_scanline * pic->width * 3;
		jpeg_read_scanlines(&info, &row, 1);
	}
	if (pic->rgb == NULL)
		snprintf(why, len, "out of memory");
	else
		jpeg_finish_decompress(&info);
	jpeg_destroy_decompress(&info);
	if (pic->rgb != NULL && fail.mgr.num_warnings == 0)
		return 0;
	free(pic->rgb);
	return -1;
}

static int
read_png(const char *file, struct picture *pic, char *why, size_t len)
{
	png_image image = { .version = PNG_IMAGE_VERSION };

	if (png_image_begin_read_from_file(&image, file) == 0) {
		snprintf(why, len, "%s", image.message);
		return -1;
	}
	image.format = PNG_FORMAT_RGB;
	pic->width = image.width;
	pic->height = image.height;
	pic->rgb = malloc(PNG_IMAGE_SIZE(image));
	if (pic->rgb == NULL || png_image_finish_read(&image, NULL, pic->rgb, 0, NULL) == 0) {
		snprintf(why, len, "%s", pic->rgb == NULL ? "out of memory" : image.message);
		png_image_free(&image);
		free(pic->rgb);
		return -1;
	}
	return 0;
}

int
picture_read(const char *file, struct picture *pic, char *why, size_t len)
{
	unsigned char magic[2] = { 0 };
	FILE *f = fopen(file, "rb");
	int ret;

	memset(pic, 0, sizeof(*pic));
	if (f == NULL) {
		snprintf(why, len, "%s", strerror(errno));
		return -1;
	}
	if (fread(magic, 1, sizeof(magic), f) != sizeof(magic)) {
		fclose(f);
		snprintf(why, len, "is no picture");
		return -1;
	}
	rewind(f);
	ret = magic[0] == 0xff && magic[1] == 0xd8 ? read_jpeg(f, pic, why, len) :
		read_png(file, pic, why, len);
	fclose(f);
	return ret;
}

int
picture_write_gray(const char *file, const uint8_t *gray, uint32_t width, uint32_t height)
{
	png_image image = {
		.version = PNG_IMAGE_VERSION, .width = width, .height = height,
		.format = PNG_FORMAT_GRAY, .flags = PNG_IMAGE_FLAG_FAST,
	};

	if (png_image_write_to_file(&image, file, 0, gray, 0, NULL) != 0)
		return 0;
	if (errno == 0)
		errno = EIO;
	return -1;
}
