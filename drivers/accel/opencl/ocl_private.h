/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef OCL_PRIVATE_H
#define OCL_PRIVATE_H

/*
 * Who owns what:
 *   control thread  device, programs (constant but for ocl_recover.c), life of streams and buffers
 *   caller          whoever calls the bursts: streams' FIFOs, tasks
 *   OpenCL's        call ended() when the last command of a task has ended
 *   builder         a task that builds, and its stream's programs meanwhile
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl.h>

#include <rte_common.h>
#include <rte_log.h>
#include <rte_spinlock.h>

#include <rte_vtaccel.h>
#include <rte_vtaccel_opencl.h>

extern int ocl_logtype;
#define OCL_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_ ## level, ocl_logtype, "ACCEL_OPENCL: " fmt "\n", ## __VA_ARGS__)

#define OCL_MAX_PARAMS 64      /* of a kernel */
#define OCL_MAX_KERNELS 128    /* of a device */
#define OCL_MAX_SOURCE (4U << 20) /* bytes of a file */
#define OCL_MAX_BUFS 4096      /* of a device, all clients together */
#define OCL_MAX_DEPTH 4096
#define OCL_PATH_LEN 512
#define OCL_MAX_CLIENT_PROGRAMS 65536 /* of a device, all clients together */
#define OCL_BUILD_MAX_TEXT (16U << 10) /* bytes of what a client is told about its program */

enum ocl_param_kind {
	OCL_PARAM_INPUT,  /* a segment */
	OCL_PARAM_OUTPUT, /* a segment */
	OCL_PARAM_LEN,    /* bytes of a segment */
	OCL_PARAM_VALUE,  /* bytes of the arguments */
	OCL_PARAM_LOCAL,  /* a number of the arguments: bytes of local memory */
};

struct ocl_param {
	enum ocl_param_kind kind;
	uint8_t seg;     /* INPUT, OUTPUT: which one of its kind; LEN: the parameter it belongs to */
	bool sized;      /* INPUT, OUTPUT: the kernel gets its bytes by a LEN */
	uint32_t size;   /* bytes of the value, or of an element of the segment */
	uint32_t offset; /* VALUE, LOCAL: in the arguments */
};

/* A kernel, or a built-in procedure. */
enum ocl_kind { OCL_KERNEL = 0, OCL_COPY_TO_ACCEL, OCL_COPY_TO_HOST, OCL_BUILD, OCL_CALL };

struct ocl_kernel {
	struct rte_vtaccel_proc proc;
	char name[RTE_VINETALK_NAME_LEN];
	enum ocl_kind kind;
	uint32_t number;     /* of a client's, from 1; 0: one of the operator's */
	cl_kernel kernel;
	size_t required[RTE_VTACCEL_OPENCL_MAX_DIMS]; /* local sizes by attribute; 0: none */
	size_t max_group;    /* work items */
	cl_ulong local_mem;  /* bytes that the kernel takes without its parameters */
	uint32_t nb_params;
	struct ocl_param params[OCL_MAX_PARAMS];
};

/* A client's buffer in the memory of the device. */
struct ocl_buf {
	uintptr_t addr;
	uint64_t len;
	cl_mem mem;          /* NULL: the device failed, and is not there again */
	bool both;
	bool lost;           /* what was in the device is gone, and has to be sent again */
};
/* Beside OpenCL's errors: a task needs what was lost with the device. */
#define OCL_LOST (-100000)
/* It waits for memory of the device, or needs more than it may have. */
#define OCL_WAIT (-100001)
#define OCL_TOO_LARGE (-100002)

struct ocl_dev;
struct ocl_repair;

/* A task in the driver. */
struct ocl_task {
	struct rte_vtaccel_task *t;
	struct ocl_dev *od;
	cl_event run;        /* of the kernel, for its times; or NULL */
	cl_event last;       /* behind which nothing of it is left; or NULL */
	cl_mem mems[RTE_VINETALK_MAX_SEGS]; /* references, NULL for an empty segment */
	bool resident[RTE_VINETALK_MAX_SEGS]; /* a buffer of the device, without copies */
	bool both[RTE_VINETALK_MAX_SEGS];     /* one of placement BOTH */
	uint32_t nb_mems;
	uint64_t held;       /* caller: bytes of copies in the device */
	uint64_t copied;
	uint64_t result;
	uint64_t build_ns;
	int status;          /* the caller's; the builder's while it builds */
	int cl_status;       /* ended()'s, before ended */
	uint32_t ended;      /* atomic: nothing of it is left in the device */
	STAILQ_ENTRY(ocl_task) next;
	STAILQ_ENTRY(ocl_task) build_next; /* under the builder's lock */
};
STAILQ_HEAD(ocl_tasks, ocl_task);

/* What a client built by a stream. */
struct ocl_client {
	uint32_t nb_programs;
	uint32_t nb_kernels;
	struct ocl_kernel *kernels[RTE_VTACCEL_OPENCL_MAX_KERNELS];
};

struct ocl_stream {
	cl_command_queue queue;
	TAILQ_ENTRY(ocl_stream) all_link; /* control */
	struct ocl_tasks fifo;  /* caller */
	struct ocl_task *next;  /* caller: the first one of the fifo that has not begun, or NULL */
	struct ocl_task *building; /* caller: a task that builds, until it is collected; or NULL */
	struct ocl_client *client; /* builder's while there is one that builds, otherwise the caller's; or NULL */
	bool active;            /* caller: in the list of those with tasks */
	TAILQ_ENTRY(ocl_stream) link;
	/* Caller: what its tasks in flight hold, and for whom; whether next waits for memory, and since which release. */
	const void *account;
	uint64_t held;
	bool waits;
	uint64_t waits_since;
};
TAILQ_HEAD(ocl_streams, ocl_stream);

/* The arguments of a device. */
struct ocl_args {
	char platform[64], device[64], kernels[OCL_PATH_LEN];
	uint64_t copy, client_kernels, unsafe_client_kernels, client_programs, task_memory;
};

/* A program of the operator's, as it was read. */
struct ocl_source {
	char *file, *bytes;
	size_t len;
};

struct ocl_dev {
	struct rte_vtaccel *dev;
	struct ocl_args args;
	cl_platform_id platform;
	cl_device_id device;
	cl_context context;
	char where[RTE_VINETALK_NAME_LEN];
	bool shares;          /* the memory of the host: no copies */
	bool is_cpu;
	uint64_t fail_after;  /* 0, or the device is gone after so many tasks: for tests */
	uint64_t max_items;   /* of a task */
	uint64_t task_memory; /* bytes of copies that the tasks in flight of one account may have */
	size_t max_local[RTE_VTACCEL_OPENCL_MAX_DIMS];
	cl_ulong local_mem;
	uint32_t base_align;
	cl_program *programs;
	struct ocl_source *sources; /* of each program */
	uint32_t nb_programs;
	struct ocl_kernel *kernels[OCL_MAX_KERNELS + 4];
	uint32_t nb_kernels;
	uint32_t max_client_programs; /* of all clients; 0: they may bring none */
	uint32_t nb_client_programs;  /* atomic */
	struct ocl_builder *builder;  /* or NULL: clients may bring none */

	struct ocl_streams all;       /* control */
	struct ocl_repair *repair;    /* control: under way; or NULL */

	/* The caller. */
	struct ocl_streams active;
	struct ocl_task *tasks;  /* depth */
	struct ocl_tasks free;
	uint64_t nb_tasks;       /* so far */
	uint64_t held;           /* bytes of copies, by tasks in flight */
	uint64_t nb_freed;       /* how often some were let go */

	uint32_t depth;
	uint32_t in_flight;   /* atomic: the caller writes, start reads */
	uint32_t running;     /* atomic: see enter() */
	uint32_t inside;      /* atomic */
	uint32_t pending;     /* atomic: tasks whose ended() has not returned */

	rte_spinlock_t buf_lock; /* held for a look-up or a change of the table, never over a call to OpenCL that waits */
	uint32_t nb_bufs;     /* atomic: the caller looks without the lock whether there are any */
	struct ocl_buf *bufs; /* by address */
};

/* ocl_setup.c: arguments to a device */
/* Start a thread with the signals and processors of a control thread; 0 or -errno. */
int ocl_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg);
/* Find the device and make what there is of it; od->args. old: the same device before it failed, or NULL. */
int ocl_make(struct ocl_dev *od, const struct ocl_dev *old);
int ocl_setup(struct ocl_dev *od);
void ocl_teardown(struct ocl_dev *od);
struct ocl_signals;
/* Signals that the platform may take over meanwhile; NULL: no memory. They are put back, and freed. */
struct ocl_signals *ocl_signals_keep(void);
void ocl_signals_restore(struct ocl_signals *kept);
cl_command_queue ocl_queue_make(const struct ocl_dev *od, cl_int *err);
int ocl_errno(cl_int err);

/* Lines for a client, instead of the log. Always terminated if there is room for anything. */
struct ocl_text {
	char *at;
	size_t len, size;
};

/* ocl_kernel.c: what a kernel takes */
/* Add a line to a text; without one, to the log. */
void ocl_say(const struct ocl_dev *od, struct ocl_text *text, const char *fmt, ...)
		__rte_format_printf(3, 4);
void ocl_text_add(struct ocl_text *text, const char *from, size_t len);
/* The kernel becomes its, or is released if that fails. text: where the reason goes, NULL: to the log. */
int ocl_kernel_make(const struct ocl_dev *od, cl_kernel kernel, struct ocl_kernel **made,
		struct ocl_text *text);
void ocl_kernel_free(struct ocl_kernel *k);

/* ocl_program.c: sources to procedures */
/* SPIR-V begins with a number, in one of both byte orders. */
bool ocl_is_spirv(const char *bytes, size_t len);
/* Source or SPIR-V, built. NULL: *ret says which error. what: for the log. */
cl_program ocl_program_build(const struct ocl_dev *od, const char *what, const char *bytes,
		size_t len, struct ocl_text *text, int *ret);
int ocl_programs_load(struct ocl_dev *od, const char *path);
/* The programs of another one, from what was read for that. */
int ocl_programs_again(struct ocl_dev *od, const struct ocl_dev *old);
void ocl_programs_free(struct ocl_dev *od);
int ocl_builtins_add(struct ocl_dev *od);

/* ocl_source.c: whether a client's source may be given to a compiler; 0 or -EPERM */
int ocl_source_check(const struct ocl_dev *od, const char *source, size_t len,
		struct ocl_text *text);

/* ocl_build.c: programs of clients */
int ocl_builder_start(struct ocl_dev *od);
void ocl_builder_stop(struct ocl_dev *od);
/* Have it built by the builder's thread. By the caller. */
void ocl_build(struct ocl_dev *od, struct ocl_task *ot);
/* The kernel of this number, or NULL. By the caller. */
const struct ocl_kernel *ocl_client_kernel(const struct ocl_stream *s, uint32_t number);
/* Whether there was one, which was lost with the device. */
bool ocl_client_kernel_lost(const struct ocl_stream *s, uint32_t number);
void ocl_client_free(struct ocl_dev *od, struct ocl_client *c);
/* Its programs are lost; the numbers of their kernels are not used again. */
void ocl_client_lose(struct ocl_dev *od, struct ocl_client *c);

/* ocl_task.c: by the caller */
void ocl_stream_add(struct ocl_stream *s, struct ocl_task *ot, struct rte_vtaccel_task *t);
/* Begin what may begin of a stream: all up to a task that builds, and that one when it is the first. */
void ocl_stream_go(struct ocl_stream *s);
/* The task's part in the device has ended: it is the caller's, and the device may go. By any thread. */
void ocl_task_ended(struct ocl_task *ot);
/* A task that has ended: fill in its results, let go of all that it had. */
void ocl_collect(struct ocl_task *ot);
void ocl_device_gone(struct ocl_dev *od, cl_int err);
/* ocl_mem.c: where its segments are for the device; by the caller */
/* CL_SUCCESS, an error of OpenCL, or one of those above; what was made is freed by the end of the task. */
cl_int ocl_mems_make(struct ocl_stream *s, struct ocl_task *ot);
/* Before the kernel is in the queue there was an error: OCL_WAIT if the task may wait for memory that others have, or err. */
cl_int ocl_mems_failed(struct ocl_stream *s, struct ocl_task *ot, cl_int err);
void ocl_mems_free(struct ocl_stream *s, struct ocl_task *ot);
void ocl_newest(struct ocl_task *ot, cl_event event);
/* ocl_launch.c: what a task asks of a kernel */
struct ocl_launch {
	cl_uint dims;
	bool has_local;
	size_t global[RTE_VTACCEL_OPENCL_MAX_DIMS], local[RTE_VTACCEL_OPENCL_MAX_DIMS];
	uint64_t items;
};
int ocl_launch_check(const struct ocl_dev *od, const struct ocl_kernel *k,
		const struct rte_vtaccel_task *t, struct ocl_launch *l, uint64_t *result);
/* Set the kernel's arguments; the memory of the segments is mems. 0 or an OpenCL error. */
cl_int ocl_launch_set(const struct ocl_kernel *k, const struct rte_vtaccel_task *t,
		const cl_mem *mems);

/* ocl_buf.c */
int ocl_buf_add(struct rte_vtaccel *dev, void *addr, uint64_t len, bool both);
int ocl_buf_del(struct rte_vtaccel *dev, void *addr);
/* The buffer that has all of this, its memory retained; false: none has. */
bool ocl_buf_find(struct ocl_dev *od, const void *addr, uint32_t len, struct ocl_buf *buf);
/* All of it has been sent. */
void ocl_buf_sent(struct ocl_dev *od, uintptr_t addr);

/* ocl_recover.c: a device that failed; the control thread's */
int ocl_recover(struct rte_vtaccel *dev);
/* Forget what is under way. */
void ocl_recover_end(struct ocl_dev *od);

#endif /* OCL_PRIVATE_H */
