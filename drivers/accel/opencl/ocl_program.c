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

/* ---- parameters ---- */

/* Bytes of a scalar or vector type by its name, of which len characters count; 0: another type. */
static uint32_t
type_size(const char *name, size_t len)
{
	static const struct {
		const char *name;
		uint32_t size;
	} types[] = {
		{ "char", 1 }, { "uchar", 1 }, { "short", 2 }, { "ushort", 2 }, { "int", 4 },
		{ "uint", 4 }, { "long", 8 }, { "ulong", 8 }, { "half", 2 }, { "float", 4 },
		{ "double", 8 }, { "void", 1 },
	};
	static const struct {
		const char *suffix;
		uint32_t factor;
	} vectors[] = { { "", 1 }, { "2", 2 }, { "3", 4 }, { "4", 4 }, { "8", 8 }, { "16", 16 } };
	unsigned int i, j;
	char full[16];

	for (i = 0; i < RTE_DIM(types); i++) {
		for (j = 0; j < RTE_DIM(vectors); j++) {
			snprintf(full, sizeof(full), "%s%s", types[i].name, vectors[j].suffix);
			if (strlen(full) == len && strncmp(full, name, len) == 0)
				return types[i].size * vectors[j].factor;
		}
	}
	return 0;
}

struct param_info {
	cl_kernel_arg_address_qualifier space;
	cl_kernel_arg_type_qualifier qualifier;
	char type[64];
	char name[64];
	size_t base_len; /* of type, without the star */
};

static int
param_info(const struct ocl_dev *od, const struct ocl_kernel *k, cl_uint i, struct param_info *pi)
{
	cl_int err;
	size_t len;

	err = clGetKernelArgInfo(k->kernel, i, CL_KERNEL_ARG_ADDRESS_QUALIFIER, sizeof(pi->space),
		&pi->space, NULL);
	if (err == CL_SUCCESS)
		err = clGetKernelArgInfo(k->kernel, i, CL_KERNEL_ARG_TYPE_QUALIFIER,
			sizeof(pi->qualifier), &pi->qualifier, NULL);
	if (err == CL_SUCCESS)
		err = clGetKernelArgInfo(k->kernel, i, CL_KERNEL_ARG_TYPE_NAME, sizeof(pi->type),
			pi->type, NULL);
	if (err == CL_SUCCESS)
		err = clGetKernelArgInfo(k->kernel, i, CL_KERNEL_ARG_NAME, sizeof(pi->name),
			pi->name, NULL);
	if (err != CL_SUCCESS) {
		OCL_LOG(ERR, "%s: kernel %s: the platform does not tell what parameter %u is: OpenCL"
			" error %d", od->dev->name, k->name, i, err);
		return -ENOTSUP;
	}
	len = strlen(pi->type);
	pi->base_len = len != 0 && pi->type[len - 1] == '*' ? len - 1 : len;
	return 0;
}

/* P of P_len, among the parameters before and behind it. */
static const struct ocl_param *
length_of(const struct ocl_kernel *k, const struct param_info *all, const struct param_info *pi,
		uint32_t *which)
{
	size_t len = strlen(pi->name);
	uint32_t i;

	if (len < 5 || strcmp(pi->name + len - 4, "_len") != 0)
		return NULL;
	for (i = 0; i < k->nb_params; i++) {
		if (strlen(all[i].name) != len - 4 || strncmp(all[i].name, pi->name, len - 4) != 0)
			continue;
		if (k->params[i].kind != OCL_PARAM_INPUT && k->params[i].kind != OCL_PARAM_OUTPUT)
			return NULL;
		*which = i;
		return &k->params[i];
	}
	return NULL;
}

/* Which parameters are segments, in their order. */
static void
find_segments(struct ocl_kernel *k, const struct param_info *all)
{
	uint32_t i;

	for (i = 0; i < k->nb_params; i++) {
		struct ocl_param *p = &k->params[i];

		p->kind = OCL_PARAM_VALUE;
		p->size = type_size(all[i].type, all[i].base_len);
		if (all[i].space == CL_KERNEL_ARG_ADDRESS_LOCAL)
			p->kind = OCL_PARAM_LOCAL;
		if (all[i].space != CL_KERNEL_ARG_ADDRESS_GLOBAL &&
				all[i].space != CL_KERNEL_ARG_ADDRESS_CONSTANT)
			continue;
		if (all[i].space == CL_KERNEL_ARG_ADDRESS_CONSTANT ||
				(all[i].qualifier & CL_KERNEL_ARG_TYPE_CONST) != 0) {
			p->kind = OCL_PARAM_INPUT;
			p->seg = k->proc.max_in++;
		} else {
			p->kind = OCL_PARAM_OUTPUT;
			p->seg = k->proc.max_out++;
		}
	}
}

/* Parameters that come out of the arguments, or belong to a segment. */
static int
find_values(const struct ocl_dev *od, struct ocl_kernel *k, const struct param_info *all)
{
	uint32_t i, which = 0, offset = sizeof(struct rte_vtaccel_opencl_args);

	for (i = 0; i < k->nb_params; i++) {
		struct ocl_param *p = &k->params[i];

		if (p->kind == OCL_PARAM_INPUT || p->kind == OCL_PARAM_OUTPUT)
			continue;
		if (p->kind == OCL_PARAM_VALUE && (p->size == 4 || p->size == 8) &&
				length_of(k, all, &all[i], &which) != NULL) {
			p->kind = OCL_PARAM_LEN;
			p->seg = (uint8_t)which;
			k->params[which].sized = true;
			continue;
		}
		if (p->kind == OCL_PARAM_LOCAL)
			p->size = sizeof(uint32_t);
		if (p->size == 0 || all[i].type[all[i].base_len] == '*') {
			if (p->kind != OCL_PARAM_LOCAL) {
				OCL_LOG(ERR, "%s: kernel %s: parameter %s is of type %s: neither a scalar, a"
					" vector nor a pointer to such", od->dev->name, k->name, all[i].name,
					all[i].type);
				return -EINVAL;
			}
		}
		offset = RTE_ALIGN_CEIL(offset, p->size);
		p->offset = offset;
		offset += p->size;
	}
	if (offset > RTE_VINETALK_MAX_ARGS) {
		OCL_LOG(ERR, "%s: kernel %s: %u bytes of arguments, at most %u", od->dev->name, k->name,
			offset, RTE_VINETALK_MAX_ARGS);
		return -E2BIG;
	}
	k->proc.min_args = k->proc.max_args = offset;
	return 0;
}

static int
find_params(const struct ocl_dev *od, struct ocl_kernel *k)
{
	struct param_info all[OCL_MAX_PARAMS];
	cl_uint nb = 0, i;
	int ret;

	clGetKernelInfo(k->kernel, CL_KERNEL_NUM_ARGS, sizeof(nb), &nb, NULL);
	if (nb > OCL_MAX_PARAMS) {
		OCL_LOG(ERR, "%s: kernel %s: %u parameters, at most %u", od->dev->name, k->name, nb,
			OCL_MAX_PARAMS);
		return -E2BIG;
	}
	for (i = 0; i < nb; i++) {
		ret = param_info(od, k, i, &all[i]);
		if (ret != 0)
			return ret;
	}
	k->nb_params = nb;
	find_segments(k, all);
	if (k->proc.max_in + k->proc.max_out > RTE_VINETALK_MAX_SEGS) {
		OCL_LOG(ERR, "%s: kernel %s: %u buffers, at most %u", od->dev->name, k->name,
			k->proc.max_in + k->proc.max_out, RTE_VINETALK_MAX_SEGS);
		return -E2BIG;
	}
	k->proc.min_in = k->proc.max_in;
	k->proc.min_out = k->proc.max_out;
	ret = find_values(od, k, all);
	for (i = 0; ret == 0 && i < nb; i++) {
		const struct ocl_param *p = &k->params[i];

		if ((p->kind != OCL_PARAM_INPUT && p->kind != OCL_PARAM_OUTPUT) || p->size != 0)
			continue;
		if (!p->sized) {
			OCL_LOG(ERR, "%s: kernel %s: parameter %s is of type %s, whose size is not known,"
				" and there is no %s_len", od->dev->name, k->name, all[i].name, all[i].type,
				all[i].name);
			ret = -EINVAL;
		}
		k->params[i].size = 1;
	}
	return ret;
}

/* ---- kernels ---- */

static int
kernel_limits(const struct ocl_dev *od, struct ocl_kernel *k)
{
	cl_int err;

	err = clGetKernelWorkGroupInfo(k->kernel, od->device, CL_KERNEL_WORK_GROUP_SIZE,
		sizeof(k->max_group), &k->max_group, NULL);
	if (err == CL_SUCCESS)
		err = clGetKernelWorkGroupInfo(k->kernel, od->device, CL_KERNEL_COMPILE_WORK_GROUP_SIZE,
			sizeof(k->required), k->required, NULL);
	if (err == CL_SUCCESS)
		err = clGetKernelWorkGroupInfo(k->kernel, od->device, CL_KERNEL_LOCAL_MEM_SIZE,
			sizeof(k->local_mem), &k->local_mem, NULL);
	return err == CL_SUCCESS ? 0 : ocl_errno(err);
}

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
	struct ocl_kernel *k = calloc(1, sizeof(*k));
	int ret;

	if (k == NULL) {
		clReleaseKernel(kernel);
		return -ENOMEM;
	}
	k->kernel = kernel;
	if (clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof(k->name), k->name, NULL) !=
			CL_SUCCESS) {
		OCL_LOG(ERR, "%s: a kernel has a name of more than %zu characters", od->dev->name,
			sizeof(k->name) - 1);
		ret = -ENAMETOOLONG;
	} else {
		ret = find_params(od, k);
	}
	if (ret == 0)
		ret = kernel_limits(od, k);
	if (ret == 0)
		ret = table_add(od, k);
	if (ret != 0) {
		clReleaseKernel(kernel);
		free(k);
	}
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
log_build(const struct ocl_dev *od, cl_program program, const char *file)
{
	size_t len = 0;
	char *text = NULL;

	if (clGetProgramBuildInfo(program, od->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &len) ==
			CL_SUCCESS && len != 0)
		text = calloc(1, len + 1);
	if (text != NULL && clGetProgramBuildInfo(program, od->device, CL_PROGRAM_BUILD_LOG, len,
			text, NULL) != CL_SUCCESS)
		text[0] = '\0';
	OCL_LOG(ERR, "%s: %s cannot be built; the compiler says:\n%s", od->dev->name, file,
		text != NULL ? text : "(nothing)");
	free(text);
}

static cl_program
program_create(const struct ocl_dev *od, const char *file, const char *text, size_t len)
{
	const char *dot = strrchr(file, '.');
	cl_program program = NULL;
	char version[128] = "";
	cl_int err;

	if (dot != NULL && strcmp(dot, ".spv") == 0) {
		clGetDeviceInfo(od->device, CL_DEVICE_IL_VERSION, sizeof(version), version, NULL);
		if (strstr(version, "SPIR-V") == NULL) {
			OCL_LOG(ERR, "%s: %s is SPIR-V, which this device does not take (it takes: %s)",
				od->dev->name, file, version[0] != '\0' ? version : "only source");
			return NULL;
		}
		program = clCreateProgramWithIL(od->context, text, len, &err);
	} else {
		program = clCreateProgramWithSource(od->context, 1, &text, &len, &err);
	}
	if (program == NULL)
		OCL_LOG(ERR, "%s: %s: OpenCL error %d", od->dev->name, file, err);
	return program;
}

static int
program_add(struct ocl_dev *od, const char *file, const char *text, size_t len)
{
	cl_program program, *all;
	cl_int err;

	program = program_create(od, file, text, len);
	if (program == NULL)
		return -ENOTSUP;
	all = realloc(od->programs, (od->nb_programs + 1) * sizeof(*all));
	if (all == NULL) {
		clReleaseProgram(program);
		return -ENOMEM;
	}
	od->programs = all;
	all[od->nb_programs++] = program;
	err = clBuildProgram(program, 1, &od->device, "-cl-kernel-arg-info", NULL, NULL);
	if (err != CL_SUCCESS) {
		log_build(od, program, file);
		return -EINVAL;
	}
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
ocl_builtins_add(struct ocl_dev *od)
{
	static const struct {
		const char *name;
		enum ocl_copy copy;
	} builtins[] = {
		{ RTE_VTACCEL_PROC_TO_ACCEL, OCL_COPY_TO_ACCEL },
		{ RTE_VTACCEL_PROC_TO_HOST, OCL_COPY_TO_HOST },
	};
	struct ocl_kernel *k;
	unsigned int i;
	int ret;

	for (i = 0; i < RTE_DIM(builtins); i++) {
		k = calloc(1, sizeof(*k));
		if (k == NULL)
			return -ENOMEM;
		rte_strscpy(k->name, builtins[i].name, sizeof(k->name));
		k->copy = builtins[i].copy;
		k->proc.min_in = 1;
		k->proc.max_in = RTE_VINETALK_MAX_SEGS;
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

	for (i = 0; i < od->nb_kernels; i++) {
		if (od->kernels[i]->kernel != NULL)
			clReleaseKernel(od->kernels[i]->kernel);
		free(od->kernels[i]);
	}
	od->nb_kernels = 0;
	for (i = 0; i < od->nb_programs; i++)
		clReleaseProgram(od->programs[i]);
	free(od->programs);
	od->programs = NULL;
	od->nb_programs = 0;
}
