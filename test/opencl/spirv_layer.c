/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A layer of the OpenCL loader (OPENCL_LAYERS) by which PoCL takes SPIR-V: llvm-spirv translates it to the
 * bitcode that PoCL takes as a binary. For tests, since no implementation of Debian 12 takes SPIR-V itself.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>
#include <CL/cl_layer.h>

#define MAX_BITCODE (1u << 20)
#define TRANSLATE "llvm-spirv-15 -r --spirv-target-env=CL1.2 --spirv-gen-kernel-arg-name-md" \
	" --preserve-ocl-kernel-arg-type-metadata-through-string %s/in.spv -o %s/out.bc >/dev/null 2>&1"

static struct _cl_icd_dispatch dispatch;
static const struct _cl_icd_dispatch *target;

static cl_int CL_API_CALL
device_info(cl_device_id device, cl_device_info what, size_t size, void *value, size_t *size_ret)
{
	static const char version[] = "SPIR-V_1.1";

	if (what != CL_DEVICE_IL_VERSION)
		return target->clGetDeviceInfo(device, what, size, value, size_ret);
	if (size_ret != NULL)
		*size_ret = sizeof(version);
	if (value != NULL && size < sizeof(version))
		return CL_INVALID_VALUE;
	if (value != NULL)
		memcpy(value, version, sizeof(version));
	return CL_SUCCESS;
}

static size_t
translate(const char *dir, const void *il, size_t len, unsigned char *bitcode)
{
	char path[64], command[400];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/in.spv", dir);
	f = fopen(path, "we");
	if (f == NULL)
		return 0;
	fwrite(il, 1, len, f);
	fclose(f);
	snprintf(command, sizeof(command), TRANSLATE, dir, dir);
	if (system(command) == 0) {
		snprintf(path, sizeof(path), "%s/out.bc", dir);
		f = fopen(path, "re");
		if (f != NULL) {
			n = fread(bitcode, 1, MAX_BITCODE, f);
			fclose(f);
		}
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/in.spv", dir);
	unlink(path);
	return n;
}

static cl_program CL_API_CALL
program_with_il(cl_context context, const void *il, size_t len, cl_int *err)
{
	unsigned char *bitcode = malloc(MAX_BITCODE);
	const unsigned char *binary = bitcode;
	char dir[] = "/tmp/vt-spirv-XXXXXX";
	cl_program program = NULL;
	cl_device_id device;
	cl_int status;
	size_t n = 0;

	*err = CL_INVALID_VALUE;
	if (bitcode != NULL && mkdtemp(dir) != NULL) {
		n = translate(dir, il, len, bitcode);
		rmdir(dir);
	}
	if (n != 0 && target->clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof(device), &device,
			NULL) == CL_SUCCESS)
		program = target->clCreateProgramWithBinary(context, 1, &device, &n, &binary, &status,
			err);
	free(bitcode);
	return program;
}

CL_API_ENTRY cl_int CL_API_CALL
clGetLayerInfo(cl_layer_info what, size_t size, void *value, size_t *size_ret)
{
	const cl_layer_api_version version = CL_LAYER_API_VERSION_100;

	if (what != CL_LAYER_API_VERSION || (value != NULL && size < sizeof(version)))
		return CL_INVALID_VALUE;
	if (value != NULL)
		memcpy(value, &version, sizeof(version));
	if (size_ret != NULL)
		*size_ret = sizeof(version);
	return CL_SUCCESS;
}

CL_API_ENTRY cl_int CL_API_CALL
clInitLayer(cl_uint nb, const struct _cl_icd_dispatch *below, cl_uint *nb_ret,
		const struct _cl_icd_dispatch **mine)
{
	if (nb < sizeof(dispatch) / sizeof(below->clGetPlatformIDs))
		return CL_INVALID_VALUE;
	target = below;
	dispatch = *below;
	dispatch.clGetDeviceInfo = device_info;
	dispatch.clCreateProgramWithIL = program_with_il;
	*nb_ret = sizeof(dispatch) / sizeof(below->clGetPlatformIDs);
	*mine = &dispatch;
	return CL_SUCCESS;
}
