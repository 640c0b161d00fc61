/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* What a kernel takes: its parameters as segments and arguments of a task. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ocl_private.h"

void
ocl_say(const struct ocl_dev *od, struct ocl_text *text, const char *fmt, ...)
{
	char line[256];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (text == NULL) {
		OCL_LOG(ERR, "%s: %s", od->dev->name, line);
		return;
	}
	if (len > 0)
		ocl_text_add(text, line, RTE_MIN((size_t)len, sizeof(line) - 1));
	ocl_text_add(text, "\n", 1);
}

void
ocl_text_add(struct ocl_text *text, const char *from, size_t len)
{
	if (text->size == 0)
		return;
	len = RTE_MIN(len, text->size - 1 - text->len);
	memcpy(text->at + text->len, from, len);
	text->len += len;
	text->at[text->len] = '\0';
}

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
param_info(const struct ocl_dev *od, const struct ocl_kernel *k, cl_uint i, struct param_info *pi,
		struct ocl_text *text)
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
		ocl_say(od, text, "kernel %s: the platform does not tell what parameter %u is: OpenCL"
			" error %d", k->name, i, err);
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
find_values(const struct ocl_dev *od, struct ocl_kernel *k, const struct param_info *all,
		struct ocl_text *text)
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
				ocl_say(od, text, "kernel %s: parameter %s is of type %s: neither a scalar, a"
					" vector nor a pointer to such", k->name, all[i].name,
					all[i].type);
				return -EINVAL;
			}
		}
		offset = RTE_ALIGN_CEIL(offset, p->size);
		p->offset = offset;
		offset += p->size;
	}
	if (offset > RTE_VINETALK_MAX_ARGS) {
		ocl_say(od, text, "kernel %s: %u bytes of arguments, at most %u", k->name,
			offset, RTE_VINETALK_MAX_ARGS);
		return -E2BIG;
	}
	k->proc.min_args = k->proc.max_args = offset;
	return 0;
}

static int
find_params(const struct ocl_dev *od, struct ocl_kernel *k, struct ocl_text *text)
{
	struct param_info all[OCL_MAX_PARAMS];
	cl_uint nb = 0, i;
	int ret;

	clGetKernelInfo(k->kernel, CL_KERNEL_NUM_ARGS, sizeof(nb), &nb, NULL);
	if (nb > OCL_MAX_PARAMS) {
		ocl_say(od, text, "kernel %s: %u parameters, at most %u", k->name, nb,
			OCL_MAX_PARAMS);
		return -E2BIG;
	}
	for (i = 0; i < nb; i++) {
		ret = param_info(od, k, i, &all[i], text);
		if (ret != 0)
			return ret;
	}
	k->nb_params = nb;
	find_segments(k, all);
	if (k->proc.max_in + k->proc.max_out > RTE_VINETALK_MAX_SEGS) {
		ocl_say(od, text, "kernel %s: %u buffers, at most %u", k->name,
			k->proc.max_in + k->proc.max_out, RTE_VINETALK_MAX_SEGS);
		return -E2BIG;
	}
	k->proc.min_in = k->proc.max_in;
	k->proc.min_out = k->proc.max_out;
	ret = find_values(od, k, all, text);
	for (i = 0; ret == 0 && i < nb; i++) {
		const struct ocl_param *p = &k->params[i];

		if ((p->kind != OCL_PARAM_INPUT && p->kind != OCL_PARAM_OUTPUT) || p->size != 0)
			continue;
		if (!p->sized) {
			ocl_say(od, text, "kernel %s: parameter %s is of type %s, whose size is not known,"
				" and there is no %s_len", k->name, all[i].name, all[i].type,
				all[i].name);
			ret = -EINVAL;
		}
		k->params[i].size = 1;
	}
	return ret;
}

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

int
ocl_kernel_make(const struct ocl_dev *od, cl_kernel kernel, struct ocl_kernel **made,
		struct ocl_text *text)
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
		ocl_say(od, text, "a kernel has a name of more than %zu characters",
			sizeof(k->name) - 1);
		ret = -ENAMETOOLONG;
	} else {
		ret = find_params(od, k, text);
	}
	if (ret == 0)
		ret = kernel_limits(od, k);
	if (ret != 0) {
		ocl_kernel_free(k);
		return ret;
	}
	*made = k;
	return 0;
}

void
ocl_kernel_free(struct ocl_kernel *k)
{
	if (k->kernel != NULL)
		clReleaseKernel(k->kernel);
	free(k);
}
