/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* Programs that the operator installed, and the procedures that their kernels become. */

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <rte_string_fns.h>

#include "ocl_private.h"

/* ---- kernels ---- */

static int
table_add(struct ocl_dev *od, struct ocl_kernel *k)
{
	uint32_t i;

	if (od->nb_kernels >= RTE_DIM(od->kernels)) {
		OCL_LOG(ERR, "%s: kernel %s: there are %u already, the limit", od->dev->name, k->name,
			od->nb_kernels);
		return -ENOSPC;
	}
	for (i = 0; i < od->nb_kernels; i++) {
		if (strcmp(od->kernels[i]->name, k->name) == 0) {
			OCL_LOG(ERR, "%s: there are two kernels, or procedures, %s", od->dev->name,
				k->name);
			return -EEXIST;
		}
	}
	k->proc.api = RTE_VTACCEL_API;
	k->proc.name = k->name;
	k->proc.type = RTE_VINETALK_ACCEL_GPU;
	k->proc.driver_data = k;
	od->kernels[od->nb_kernels++] = k;
	return 0;
}

static int
kernel_add(struct ocl_dev *od, cl_kernel kernel)
{
	struct ocl_kernel *k = NULL;
	int ret;

	ret = ocl_kernel_make(od, kernel, &k, NULL);
	if (ret == 0)
		ret = table_add(od, k);
	if (ret != 0 && k != NULL)
		ocl_kernel_free(k);
	return ret;
}

static int
kernels_add(struct ocl_dev *od, cl_program program, const char *file)
{
	cl_kernel kernels[OCL_MAX_KERNELS];
	cl_uint nb = 0, i;
	cl_int err;
	int ret = 0;

	err = clCreateKernelsInProgram(program, RTE_DIM(kernels), kernels, &nb);
	if (err != CL_SUCCESS || nb == 0) {
		OCL_LOG(ERR, "%s: %s has no kernel, or more than %zu: OpenCL error %d", od->dev->name,
			file, RTE_DIM(kernels), err);
		return -EINVAL;
	}
	for (i = 0; i < nb; i++) {
		if (ret == 0)
			ret = kernel_add(od, kernels[i]);
		else
			clReleaseKernel(kernels[i]);
	}
	return ret;
}

/* ---- files ---- */

static void
say_build(const struct ocl_dev *od, cl_program program, const char *what, bool built,
		struct ocl_text *text)
{
	size_t len = 0;
	char *log = NULL;

	if (clGetProgramBuildInfo(program, od->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &len) ==
			CL_SUCCESS && len != 0)
		log = calloc(1, len + 1);
	if (log != NULL && clGetProgramBuildInfo(program, od->device, CL_PROGRAM_BUILD_LOG, len,
			log, NULL) != CL_SUCCESS)
		log[0] = '\0';
	if (text != NULL && log != NULL)
		ocl_text_add(text, log, strlen(log));
	else if (!built)
		OCL_LOG(ERR, "%s: %s cannot be built; the compiler says:\n%s", od->dev->name, what,
			log != NULL ? log : "(nothing)");
	free(log);
}

bool
ocl_is_spirv(const char *bytes, size_t len)
{
	return len >= 4 && (memcmp(bytes, "\x03\x02\x23\x07", 4) == 0 ||
		memcmp(bytes, "\x07\x23\x02\x03", 4) == 0);
}

static cl_program
program_create(const struct ocl_dev *od, const char *what, const char *bytes, size_t len,
		struct ocl_text *text)
{
	cl_program program = NULL;
	char version[128] = "";
	cl_int err;

	if (ocl_is_spirv(bytes, len)) {
		clGetDeviceInfo(od->device, CL_DEVICE_IL_VERSION, sizeof(version), version, NULL);
		if (strstr(version, "SPIR-V") == NULL) {
			ocl_say(od, text, "%s is SPIR-V, which this device does not take (it takes: %s)",
				what, version[0] != '\0' ? version : "only source");
			return NULL;
		}
		program = clCreateProgramWithIL(od->context, bytes, len, &err);
	} else {
		program = clCreateProgramWithSource(od->context, 1, &bytes, &len, &err);
	}
	if (program == NULL)
		ocl_say(od, text, "%s: OpenCL error %d", what, err);
	return program;
}

cl_program
ocl_program_build(const struct ocl_dev *od, const char *what, const char *bytes, size_t len,
		struct ocl_text *text, int *ret)
{
	cl_program program = program_create(od, what, bytes, len, text);
	cl_int err;

	if (program == NULL) {
		*ret = -ENOTSUP;
		return NULL;
	}
	err = clBuildProgram(program, 1, &od->device, "-cl-kernel-arg-info", NULL, NULL);
	say_build(od, program, what, err == CL_SUCCESS, text);
	if (err == CL_SUCCESS)
		return program;
	clReleaseProgram(program);
	*ret = -EINVAL;
	return NULL;
}

static int
program_add(struct ocl_dev *od, const char *file, const char *bytes, size_t len)
{
	struct ocl_source *sources, *s;
	cl_program program, *all;
	int ret = 0;

	program = ocl_program_build(od, file, bytes, len, NULL, &ret);
	if (program == NULL)
		return ret;
	all = realloc(od->programs, (od->nb_programs + 1) * sizeof(*all));
	if (all != NULL)
		od->programs = all;
	sources = realloc(od->sources, (od->nb_programs + 1) * sizeof(*sources));
	if (sources != NULL)
		od->sources = sources;
	if (all == NULL || sources == NULL) {
		clReleaseProgram(program);
		return -ENOMEM;
	}
	/* Kept for a device that fails: the file may be another one then. */
	s = &sources[od->nb_programs];
	s->file = strdup(file);
	s->bytes = malloc(len);
	s->len = len;
	all[od->nb_programs++] = program;
	if (s->file == NULL || s->bytes == NULL)
		return -ENOMEM;
	memcpy(s->bytes, bytes, len);
	return kernels_add(od, program, file);
}

static int
file_load(struct ocl_dev *od, const char *file)
{
	char *text = NULL;
	size_t len;
	FILE *f = fopen(file, "re");
	int ret = -ENOMEM;

	if (f == NULL) {
		ret = -errno;
		OCL_LOG(ERR, "%s: kernels %s: %s", od->dev->name, file, strerror(-ret));
		return ret;
	}
	text = malloc(OCL_MAX_SOURCE + 1);
	if (text != NULL) {
		len = fread(text, 1, OCL_MAX_SOURCE + 1, f);
		ret = ferror(f) ? -EIO : 0;
		if (len > OCL_MAX_SOURCE || len == 0) {
			OCL_LOG(ERR, "%s: kernels %s: empty, or more than %u bytes", od->dev->name, file,
				OCL_MAX_SOURCE);
			ret = -EFBIG;
		}
		if (ret == 0)
			ret = program_add(od, file, text, len);
	}
	free(text);
	fclose(f);
	return ret;
}

static int
is_kernel_file(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot != NULL && e->d_name[0] != '.' &&
		(strcmp(dot, ".cl") == 0 || strcmp(dot, ".spv") == 0);
}

static int
dir_load(struct ocl_dev *od, const char *dir)
{
	struct dirent **files = NULL;
	char path[OCL_PATH_LEN + 258];
	int nb, i, ret = 0;

	nb = scandir(dir, &files, is_kernel_file, alphasort);
	if (nb < 0)
		return -errno;
	if (nb == 0) {
		OCL_LOG(ERR, "%s: kernels %s: no file *.cl or *.spv there", od->dev->name, dir);
		ret = -ENOENT;
	}
	for (i = 0; i < nb; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]->d_name);
		if (ret == 0)
			ret = file_load(od, path);
		free(files[i]);
	}
	free(files);
	return ret;
}

int
ocl_programs_load(struct ocl_dev *od, const char *path)
{
	struct stat st;
	int ret;

	if (path[0] == '\0') {
		OCL_LOG(ERR, "%s: kernels=FILE or kernels=DIRECTORY is missing", od->dev->name);
		return -EINVAL;
	}
	if (stat(path, &st) != 0) {
		ret = -errno;
		OCL_LOG(ERR, "%s: kernels %s: %s", od->dev->name, path, strerror(-ret));
		return ret;
	}
	return S_ISDIR(st.st_mode) ? dir_load(od, path) : file_load(od, path);
}

int
ocl_programs_again(struct ocl_dev *od, const struct ocl_dev *old)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; ret == 0 && i < old->nb_programs; i++)
		ret = program_add(od, old->sources[i].file, old->sources[i].bytes, old->sources[i].len);
	return ret;
}

int
ocl_builtins_add(struct ocl_dev *od)
{
	static const struct {
		const char *name;
		enum ocl_kind kind;
		uint8_t min_in, max_in, max_out;
		uint32_t min_args, max_args;
	} builtins[] = {
		{ RTE_VTACCEL_PROC_TO_ACCEL, OCL_COPY_TO_ACCEL, 1, RTE_VINETALK_MAX_SEGS, 0, 0, 0 },
		{ RTE_VTACCEL_PROC_TO_HOST, OCL_COPY_TO_HOST, 1, RTE_VINETALK_MAX_SEGS, 0, 0, 0 },
		{ RTE_VTACCEL_PROC_CL_BUILD, OCL_BUILD, 1, 1, 2, 0, 0 },
		{ RTE_VTACCEL_PROC_CL_CALL, OCL_CALL, 0, RTE_VINETALK_MAX_SEGS,
			RTE_VINETALK_MAX_SEGS, sizeof(struct rte_vtaccel_opencl_args),
			RTE_VINETALK_MAX_ARGS },
	};
	/* The last two are those of clients' kernels. */
	const unsigned int nb = RTE_DIM(builtins) - (od->max_client_programs == 0 ? 2 : 0);
	struct ocl_kernel *k;
	unsigned int i;
	int ret;

	for (i = 0; i < nb; i++) {
		k = calloc(1, sizeof(*k));
		if (k == NULL)
			return -ENOMEM;
		rte_strscpy(k->name, builtins[i].name, sizeof(k->name));
		k->kind = builtins[i].kind;
		k->proc.min_in = builtins[i].min_in;
		k->proc.max_in = builtins[i].max_in;
		k->proc.max_out = builtins[i].max_out;
		k->proc.min_args = builtins[i].min_args;
		k->proc.max_args = builtins[i].max_args;
		ret = table_add(od, k);
		if (ret != 0) {
			free(k);
			return ret;
		}
	}
	return 0;
}

void
ocl_programs_free(struct ocl_dev *od)
{
	uint32_t i;

	for (i = 0; i < od->nb_kernels; i++)
		ocl_kernel_free(od->kernels[i]);
	od->nb_kernels = 0;
	for (i = 0; i < od->nb_programs; i++) {
		clReleaseProgram(od->programs[i]);
		free(od->sources[i].file);
		free(od->sources[i].bytes);
	}
	free(od->programs);
	free(od->sources);
	od->programs = NULL;
	od->sources = NULL;
	od->nb_programs = 0;
}
