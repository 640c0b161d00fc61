/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The list of names is in meson.build as well, which tells the linker of them. */

#define ALLOW_EXPERIMENTAL_API

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <libdeflate.h>

#include <sanitizer/lsan_interface.h>

#include <rte_bus_vdev.h>
#include <rte_comp.h>
#include <rte_compressdev.h>
#include <rte_crypto.h>
#include <rte_cryptodev.h>
#include <rte_dmadev.h>
#include <rte_errno.h>
#include <rte_kvargs.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#ifdef VT_HAVE_OPENCL
#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>
#endif

#include "fault.h"
#include "fault_accel.h"

#define MAX_KEYS 16

static struct fault fault;
static bool wanted;
static uint32_t counting, calls; /* atomic */
static bool hardware, poor, again;
static pthread_key_t keys[MAX_KEYS];
static unsigned int nb_keys;

void
fault_accel_take(struct fuzz_in *in)
{
	fault_accel_end();
	__atomic_store_n(&calls, 0, __ATOMIC_RELAXED);
	wanted = fault_parse(in, FAULT_ACCEL_MARK, &fault);
}

void
fault_accel_begin(void)
{
	__atomic_store_n(&counting, wanted, __ATOMIC_RELEASE);
}

void
fault_accel_end(void)
{
	__atomic_store_n(&counting, 0, __ATOMIC_RELEASE);
}

void
fault_accel_hardware(bool on)
{
	hardware = on;
}

void
fault_accel_poor(void)
{
	poor = true;
}

void
fault_accel_again(void)
{
	again = true;
}

void
fault_accel_again_end(void)
{
	again = false;
	while (nb_keys != 0)
		pthread_key_delete(keys[--nb_keys]);
}

/* Whether this call of the function of that number fails. */
static bool
fails(unsigned int number, unsigned int nb)
{
	uint32_t n;

	if (__atomic_load_n(&counting, __ATOMIC_ACQUIRE) == 0 || fault.which % nb != number)
		return false;
	n = __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
	return (fault.after & FAULT_EVER) != 0 ? n >= (fault.after & ~FAULT_EVER) : n == (fault.after & ~FAULT_EVER);
}

/* What DPDK and the system say. */
static int
number(void)
{
	static const int errors[] = { ENOMEM, EINVAL, EIO, ENOTSUP, EBUSY, ENODEV, ENOSPC, EAGAIN };

	errno = errors[fault.with % RTE_DIM(errors)];
	rte_errno = errno;
	return -errno;
}

static void *
none(void)
{
	number();
	return NULL;
}

/*
 * X(name, type, what it returns when it fails, parameters, arguments); K: the same, and what it allocates hangs on memory of
 * DPDK, where the leak sanitizer does not look.
 */
#define CALLS(X, K) \
	X(strdup, char *, none(), (const char *text), (text)) \
	X(scandir64, int, (number(), -1), (const char *dir, struct dirent64 ***to, \
		int (*filter)(const struct dirent64 *), \
		int (*order)(const struct dirent64 **, const struct dirent64 **)), (dir, to, filter, order)) \
	X(libdeflate_alloc_compressor, struct libdeflate_compressor *, none(), (int level), (level)) \
	X(libdeflate_alloc_decompressor, struct libdeflate_decompressor *, none(), (void), ()) \
	X(rte_ctrl_thread_create, int, -ENOMEM, (pthread_t *t, const char *name, const pthread_attr_t *a, \
		void *(*fn)(void *), void *arg), (t, name, a, fn, arg)) \
	X(rte_kvargs_parse, struct rte_kvargs *, none(), (const char *text, const char *const known[]), (text, known)) \
	X(rte_vdev_init, int, number(), (const char *name, const char *args), (name, args)) \
	X(rte_zmalloc, void *, none(), (const char *type, size_t n, unsigned int align), (type, n, align)) \
	X(rte_malloc, void *, none(), (const char *type, size_t n, unsigned int align), (type, n, align)) \
	X(rte_pktmbuf_pool_create, struct rte_mempool *, none(), (const char *name, unsigned int n, \
		unsigned int cache, uint16_t priv, uint16_t room, int socket), (name, n, cache, priv, room, socket)) \
	X(rte_crypto_op_pool_create, struct rte_mempool *, none(), (const char *name, enum rte_crypto_op_type type, \
		unsigned int n, unsigned int cache, uint16_t priv, int socket), (name, type, n, cache, priv, socket)) \
	X(rte_comp_op_pool_create, struct rte_mempool *, none(), (const char *name, unsigned int n, \
		unsigned int cache, uint16_t priv, int socket), (name, n, cache, priv, socket)) \
	X(rte_comp_op_alloc, struct rte_comp_op *, none(), (struct rte_mempool *pool), (pool)) \
	X(rte_cryptodev_sym_session_pool_create, struct rte_mempool *, none(), (const char *name, uint32_t n, \
		uint32_t size, uint32_t cache, uint16_t priv, int socket), (name, n, size, cache, priv, socket)) \
	X(rte_cryptodev_configure, int, number(), (uint8_t id, struct rte_cryptodev_config *c), (id, c)) \
	X(rte_cryptodev_queue_pair_setup, int, number(), (uint8_t id, uint16_t qp, \
		const struct rte_cryptodev_qp_conf *c, int socket), (id, qp, c, socket)) \
	X(rte_cryptodev_start, int, number(), (uint8_t id), (id)) \
	K(rte_cryptodev_sym_session_create, void *, none(), (uint8_t id, struct rte_crypto_sym_xform *x, \
		struct rte_mempool *pool), (id, x, pool)) \
	X(rte_cryptodev_sym_capability_get, const struct rte_cryptodev_symmetric_capability *, none(), (uint8_t id, \
		const struct rte_cryptodev_sym_capability_idx *x), (id, x)) \
	X(rte_compressdev_configure, int, number(), (uint8_t id, struct rte_compressdev_config *c), (id, c)) \
	X(rte_compressdev_queue_pair_setup, int, number(), (uint8_t id, uint16_t qp, uint32_t n, int socket), \
		(id, qp, n, socket)) \
	X(rte_compressdev_start, int, number(), (uint8_t id), (id)) \
	K(rte_compressdev_private_xform_create, int, number(), (uint8_t id, const struct rte_comp_xform *x, \
		void **to), (id, x, to)) \
	X(rte_compressdev_capability_get, const struct rte_compressdev_capabilities *, none(), (uint8_t id, \
		enum rte_comp_algorithm a), (id, a)) \
	X(rte_dma_configure, int, number(), (int16_t id, const struct rte_dma_conf *c), (id, c)) \
	X(rte_dma_vchan_setup, int, number(), (int16_t id, uint16_t vchan, const struct rte_dma_vchan_conf *c), \
		(id, vchan, c)) \
	X(rte_dma_start, int, number(), (int16_t id), (id))

#ifdef VT_HAVE_OPENCL
static cl_int
cl_error(void)
{
	static const cl_int errors[] = { CL_OUT_OF_HOST_MEMORY, CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_RESOURCES,
		CL_DEVICE_NOT_AVAILABLE, CL_INVALID_VALUE, CL_INVALID_WORK_GROUP_SIZE, CL_INVALID_COMMAND_QUEUE };

	return errors[fault.with % RTE_DIM(errors)];
}

static void *
cl_none(cl_int *err)
{
	*err = cl_error();
	return NULL;
}

#define CL_CALLS(X) \
	X(clCreateContext, cl_context, cl_none(e), (const cl_context_properties *p, cl_uint n, const cl_device_id *d, \
		void (CL_CALLBACK *f)(const char *, const void *, size_t, void *), void *arg, cl_int *e), \
		(p, n, d, f, arg, e)) \
	X(clCreateCommandQueueWithProperties, cl_command_queue, cl_none(e), (cl_context c, cl_device_id d, \
		const cl_queue_properties *p, cl_int *e), (c, d, p, e)) \
	X(clCreateBuffer, cl_mem, cl_none(e), (cl_context c, cl_mem_flags f, size_t n, void *p, cl_int *e), \
		(c, f, n, p, e)) \
	X(clCreateSubBuffer, cl_mem, cl_none(e), (cl_mem m, cl_mem_flags f, cl_buffer_create_type t, const void *p, \
		cl_int *e), (m, f, t, p, e)) \
	X(clCreateProgramWithSource, cl_program, cl_none(e), (cl_context c, cl_uint n, const char **s, \
		const size_t *l, cl_int *e), (c, n, s, l, e)) \
	X(clBuildProgram, cl_int, cl_error(), (cl_program p, cl_uint n, const cl_device_id *d, const char *o, \
		void (CL_CALLBACK *f)(cl_program, void *), void *arg), (p, n, d, o, f, arg)) \
	X(clCreateKernelsInProgram, cl_int, cl_error(), (cl_program p, cl_uint n, cl_kernel *k, cl_uint *m), \
		(p, n, k, m)) \
	X(clGetProgramBuildInfo, cl_int, cl_error(), (cl_program p, cl_device_id d, cl_program_build_info w, size_t n, \
		void *v, size_t *m), (p, d, w, n, v, m)) \
	X(clGetKernelArgInfo, cl_int, cl_error(), (cl_kernel k, cl_uint i, cl_kernel_arg_info w, size_t n, void *v, \
		size_t *m), (k, i, w, n, v, m)) \
	X(clGetKernelWorkGroupInfo, cl_int, cl_error(), (cl_kernel k, cl_device_id d, cl_kernel_work_group_info w, \
		size_t n, void *v, size_t *m), (k, d, w, n, v, m)) \
	X(clSetKernelArg, cl_int, cl_error(), (cl_kernel k, cl_uint i, size_t n, const void *v), (k, i, n, v)) \
	X(clRetainMemObject, cl_int, cl_error(), (cl_mem m), (m)) \
	X(clEnqueueNDRangeKernel, cl_int, cl_error(), (cl_command_queue q, cl_kernel k, cl_uint d, const size_t *o, \
		const size_t *g, const size_t *l, cl_uint n, const cl_event *w, cl_event *e), (q, k, d, o, g, \
		l, n, w, e)) \
	X(clEnqueueReadBuffer, cl_int, cl_error(), (cl_command_queue q, cl_mem m, cl_bool b, size_t o, \
		size_t s, void *p, \
		cl_uint n, const cl_event *w, cl_event *e), (q, m, b, o, s, p, n, w, e)) \
	X(clEnqueueWriteBuffer, cl_int, cl_error(), (cl_command_queue q, cl_mem m, cl_bool b, size_t o, size_t s, \
		const void *p, cl_uint n, const cl_event *w, cl_event *e), (q, m, b, o, s, p, n, w, e)) \
	X(clEnqueueMapBuffer, void *, cl_none(r), (cl_command_queue q, cl_mem m, cl_bool b, cl_map_flags f, size_t o, \
		size_t s, cl_uint n, const cl_event *w, cl_event *e, cl_int *r), (q, m, b, f, o, s, n, w, e, r)) \
	X(clEnqueueUnmapMemObject, cl_int, cl_error(), (cl_command_queue q, cl_mem m, void *p, cl_uint n, \
		const cl_event *w, cl_event *e), (q, m, p, n, w, e)) \
	X(clGetEventProfilingInfo, cl_int, cl_error(), (cl_event e, cl_profiling_info w, size_t n, void *v, \
		size_t *m), \
		(e, w, n, v, m))
#else
#define CL_CALLS(X)
#endif

#define NUMBER(name, ...) NUMBER_ ## name,
/* Some have functions of their own below, or in fault.c. */
enum { NUMBER_memory, NUMBER_fopen, NUMBER_dlopen, NUMBER_pthread_key_create, NUMBER_pthread_setspecific,
	NUMBER_rte_cryptodev_info_get, NUMBER_rte_compressdev_info_get, NUMBER_rte_dma_info_get, NUMBER_clGetDeviceInfo,
	NUMBER_clGetKernelInfo, NUMBER_clSetEventCallback, NUMBER_clCreateProgramWithIL, CALLS(NUMBER, NUMBER) CL_CALLS(NUMBER) NB };

/* The linker knows them by these names. */
#define DEFINE(name, type, failure, params, args) \
	type __real_ ## name params; \
	type __wrap_ ## name params; \
	type __wrap_ ## name params \
	{ return fails(NUMBER_ ## name, NB) ? failure : __real_ ## name args; }
#define DEFINE_KEPT(name, type, failure, params, args) \
	type __real_ ## name params; \
	type __wrap_ ## name params; \
	type __wrap_ ## name params \
	{ \
		type ret; \
		if (fails(NUMBER_ ## name, NB)) \
			return failure; \
		__lsan_disable(); \
		ret = __real_ ## name args; \
		__lsan_enable(); \
		return ret; \
	}
CALLS(DEFINE, DEFINE_KEPT)
CL_CALLS(DEFINE)

/* Also before there is an address sanitizer. */
#define EARLY __attribute__((no_sanitize("address", "undefined"), no_profile_instrument_function))

bool
fault_accel_memory(void)
{
	if (!fails(NUMBER_memory, NB))
		return false;
	errno = ENOMEM;
	return true;
}

bool
fault_accel_fopen(void)
{
	if (!fails(NUMBER_fopen, NB))
		return false;
	number();
	return true;
}

/* ---- what is done once, and what threads keep ---- */

void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags);
void *
__wrap_dlopen(const char *name, int flags)
{
	return __real_dlopen(poor || fails(NUMBER_dlopen, NB) ? "/none" : name, flags);
}

int __real_pthread_once(pthread_once_t *once, void (*fn)(void));
int __wrap_pthread_once(pthread_once_t *once, void (*fn)(void));
int
__wrap_pthread_once(pthread_once_t *once, void (*fn)(void))
{
	if (!again)
		return __real_pthread_once(once, fn);
	fn();
	return 0;
}

int __real_pthread_key_create(pthread_key_t *key, void (*end)(void *));
int __wrap_pthread_key_create(pthread_key_t *key, void (*end)(void *));
EARLY int
__wrap_pthread_key_create(pthread_key_t *key, void (*end)(void *))
{
	int ret;

	if (!again)
		return __real_pthread_key_create(key, end);
	if (fails(NUMBER_pthread_key_create, NB))
		return EAGAIN;
	ret = __real_pthread_key_create(key, end);
	if (ret == 0 && nb_keys < MAX_KEYS)
		keys[nb_keys++] = *key;
	return ret;
}

int __real_pthread_setspecific(pthread_key_t key, const void *value);
int __wrap_pthread_setspecific(pthread_key_t key, const void *value);
EARLY int
__wrap_pthread_setspecific(pthread_key_t key, const void *value)
{
	unsigned int i;

	/* Of those keys only: the sanitizer has some too. */
	for (i = 0; i < nb_keys; i++)
		if (keys[i] == key && fails(NUMBER_pthread_setspecific, NB))
			return ENOMEM;
	return __real_pthread_setspecific(key, value);
}

/* ---- what devices say of themselves ---- */

void __real_rte_cryptodev_info_get(uint8_t id, struct rte_cryptodev_info *info);
void __wrap_rte_cryptodev_info_get(uint8_t id, struct rte_cryptodev_info *info);
void
__wrap_rte_cryptodev_info_get(uint8_t id, struct rte_cryptodev_info *info)
{
	__real_rte_cryptodev_info_get(id, info);
	if (hardware)
		info->feature_flags |= RTE_CRYPTODEV_FF_HW_ACCELERATED;
	if (!fails(NUMBER_rte_cryptodev_info_get, NB))
		return;
	if (fault.with & 1)
		info->feature_flags ^= RTE_CRYPTODEV_FF_SYMMETRIC_CRYPTO;
	if (fault.with & 2)
		info->max_nb_queue_pairs = 0;
	if (fault.with & 4)
		info->driver_name = "none";
	if (fault.with & 8)
		info->feature_flags ^= RTE_CRYPTODEV_FF_HW_ACCELERATED;
}

void __real_rte_compressdev_info_get(uint8_t id, struct rte_compressdev_info *info);
void __wrap_rte_compressdev_info_get(uint8_t id, struct rte_compressdev_info *info);
void
__wrap_rte_compressdev_info_get(uint8_t id, struct rte_compressdev_info *info)
{
	__real_rte_compressdev_info_get(id, info);
	if (hardware)
		info->feature_flags |= RTE_COMPDEV_FF_HW_ACCELERATED;
	if (!fails(NUMBER_rte_compressdev_info_get, NB))
		return;
	if (fault.with & 1)
		info->max_nb_queue_pairs = 1;
	if (fault.with & 2)
		info->driver_name = "none";
	if (fault.with & 4)
		info->feature_flags ^= RTE_COMPDEV_FF_HW_ACCELERATED;
}

int __real_rte_dma_info_get(int16_t id, struct rte_dma_info *info);
int __wrap_rte_dma_info_get(int16_t id, struct rte_dma_info *info);
int
__wrap_rte_dma_info_get(int16_t id, struct rte_dma_info *info)
{
	const int ret = __real_rte_dma_info_get(id, info);

	if (hardware) {
		info->dev_capa |= RTE_DMA_CAPA_OPS_FILL;
		info->dev_capa &= ~RTE_DMA_CAPA_SVA;
	}
	if (!fails(NUMBER_rte_dma_info_get, NB))
		return ret;
	if (fault.with & 1)
		info->dev_capa &= ~RTE_DMA_CAPA_OPS_COPY;
	if (fault.with & 2)
		info->max_desc = info->min_desc = 1;
	if (fault.with & 4)
		info->dev_capa ^= RTE_DMA_CAPA_SVA;
	return fault.with & 8 ? number() : ret;
}

/* ---- OpenCL ---- */

#ifdef VT_HAVE_OPENCL
cl_int __real_clGetDeviceInfo(cl_device_id d, cl_device_info w, size_t n, void *v, size_t *m);
cl_int __wrap_clGetDeviceInfo(cl_device_id d, cl_device_info w, size_t n, void *v, size_t *m);
cl_int
__wrap_clGetDeviceInfo(cl_device_id d, cl_device_info w, size_t n, void *v, size_t *m)
{
	if (!fails(NUMBER_clGetDeviceInfo, NB))
		return __real_clGetDeviceInfo(d, w, n, v, m);
	memset(v, 0, n);
	if (w != CL_DEVICE_IL_VERSION || (fault.with & 1) == 0)
		return cl_error();
	snprintf(v, n, "SPIR-V_1.2");
	return CL_SUCCESS;
}

/* One that says that it takes SPIR-V need not. */
cl_program __real_clCreateProgramWithIL(cl_context c, const void *p, size_t n, cl_int *e);
cl_program __wrap_clCreateProgramWithIL(cl_context c, const void *p, size_t n, cl_int *e);
cl_program
__wrap_clCreateProgramWithIL(cl_context c, const void *p, size_t n, cl_int *e)
{
	if (!fails(NUMBER_clCreateProgramWithIL, NB) && (!wanted || fault.which % NB != NUMBER_clGetDeviceInfo))
		return __real_clCreateProgramWithIL(c, p, n, e);
	return cl_none(e);
}

cl_int __real_clGetKernelInfo(cl_kernel k, cl_kernel_info w, size_t n, void *v, size_t *m);
cl_int __wrap_clGetKernelInfo(cl_kernel k, cl_kernel_info w, size_t n, void *v, size_t *m);
cl_int
__wrap_clGetKernelInfo(cl_kernel k, cl_kernel_info w, size_t n, void *v, size_t *m)
{
	if (!fails(NUMBER_clGetKernelInfo, NB))
		return __real_clGetKernelInfo(k, w, n, v, m);
	/* More parameters than any has. */
	if (w == CL_KERNEL_NUM_ARGS)
		*(cl_uint *)v = 1000;
	return cl_error();
}

static void (CL_CALLBACK *told)(cl_event event, cl_int status, void *arg);

/* Says that the command failed, and how. */
static void CL_CALLBACK
tell(cl_event event, cl_int status, void *arg)
{
	(void)status;
	told(event, cl_error(), arg);
}

cl_int __real_clSetEventCallback(cl_event e, cl_int w, void (CL_CALLBACK *f)(cl_event, cl_int, void *), void *arg);
cl_int __wrap_clSetEventCallback(cl_event e, cl_int w, void (CL_CALLBACK *f)(cl_event, cl_int, void *), void *arg);
cl_int
__wrap_clSetEventCallback(cl_event e, cl_int w, void (CL_CALLBACK *f)(cl_event, cl_int, void *), void *arg)
{
	if (!fails(NUMBER_clSetEventCallback, NB))
		return __real_clSetEventCallback(e, w, f, arg);
	if (fault.with & 0x80)
		return cl_error();
	told = f;
	return __real_clSetEventCallback(e, w, tell, arg);
}
#endif
