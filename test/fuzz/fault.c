/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The list of names is in meson.build as well, which tells the linker of them. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include <rte_common.h>

#include "fault.h"
#include "fault_accel.h"

static struct fault fault;
static bool wanted;
static __thread bool counting;
static __thread uint32_t calls;
static __thread void (*act)(void);
static __thread uint64_t now_ns;

bool
fault_parse(struct fuzz_in *in, uint8_t mark, struct fault *f)
{
	const uint8_t *end = in->data + in->left;

	if (in->left < 4 || end[-1] != mark)
		return false;
	*f = (struct fault){ .which = end[-4], .after = end[-3], .with = end[-2] };
	in->left -= 4;
	return true;
}

void
fault_take(struct fuzz_in *in)
{
	calls = 0;
	wanted = fault_parse(in, FAULT_MARK, &fault);
}

void
fault_begin(void)
{
	counting = wanted;
}

void
fault_end(void)
{
	counting = false;
}

void
fault_off(void)
{
	wanted = counting = false;
}

void
fault_time(void (*to_act)(void))
{
	act = to_act;
}

void
fault_pass(uint32_t ms)
{
	now_ns += (uint64_t)ms * 1000000;
}

/* Whether this call of the function of that number fails; errno is set then. */
static bool
fails(unsigned int number, unsigned int nb)
{
	/* Nobody is interrupted for ever. */
	static const int errors[] = { ENOMEM, EMFILE, EINTR, EAGAIN, EACCES, EINVAL, EEXIST, EIO, ENOSPC,
		ECONNABORTED, ENOSYS, EPERM, ENOENT, ETOOMANYREFS, EPIPE, ECONNRESET };
	uint32_t n;

	if (!counting || fault.which % nb != number)
		return false;
	n = calls++;
	if ((fault.after & FAULT_EVER) != 0 && errors[fault.with % RTE_DIM(errors)] != EINTR ? n < (fault.after & ~FAULT_EVER) : n != (fault.after & ~FAULT_EVER))
		return false;
	errno = errors[fault.with % RTE_DIM(errors)];
	return true;
}

/* X(name, type, what it returns when it fails, parameters, arguments) */
#define MEMORY(X) \
	X(malloc, void *, NULL, (size_t n), (n)) \
	X(calloc, void *, NULL, (size_t n, size_t m), (n, m)) \
	X(realloc, void *, NULL, (void *p, size_t n), (p, n)) \
	X(aligned_alloc, void *, NULL, (size_t a, size_t n), (a, n))
#define CALLS(X) \
	X(mmap, void *, MAP_FAILED, (void *p, size_t n, int prot, int flags, int fd, off_t at), \
		(p, n, prot, flags, fd, at)) \
	X(madvise, int, -1, (void *p, size_t n, int what), (p, n, what)) \
	X(fread, size_t, 0, (void *p, size_t n, size_t m, FILE *f), (p, n, m, f)) \
	X(pthread_create, int, errno, (pthread_t *t, const pthread_attr_t *a, void *(*fn)(void *), void *arg), \
		(t, a, fn, arg)) \
	X(socket, int, -1, (int domain, int type, int protocol), (domain, type, protocol)) \
	X(connect, int, -1, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n)) \
	X(bind, int, -1, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n)) \
	X(listen, int, -1, (int fd, int n), (fd, n)) \
	X(accept4, int, -1, (int fd, struct sockaddr *a, socklen_t *n, int flags), (fd, a, n, flags)) \
	X(recv, ssize_t, -1, (int fd, void *p, size_t n, int flags), (fd, p, n, flags)) \
	X(recvmsg, ssize_t, -1, (int fd, struct msghdr *m, int flags), (fd, m, flags)) \
	X(sendmsg, ssize_t, -1, (int fd, const struct msghdr *m, int flags), (fd, m, flags)) \
	X(getsockopt, int, -1, (int fd, int level, int name, void *p, socklen_t *n), (fd, level, name, p, n)) \
	X(eventfd, int, -1, (unsigned int n, int flags), (n, flags)) \
	X(epoll_create1, int, -1, (int flags), (flags))
#define MORE_CALLS(X) \
	X(epoll_wait, int, -1, (int fd, struct epoll_event *ev, int n, int ms), (fd, ev, n, ms)) \
	X(timerfd_create, int, -1, (int clock, int flags), (clock, flags)) \
	X(read, ssize_t, -1, (int fd, void *p, size_t n), (fd, p, n)) \
	X(write, ssize_t, -1, (int fd, const void *p, size_t n), (fd, p, n)) \
	X(fstat, int, -1, (int fd, struct stat *st), (fd, st)) \
	X(stat, int, -1, (const char *path, struct stat *st), (path, st)) \
	X(lstat, int, -1, (const char *path, struct stat *st), (path, st)) \
	X(flock, int, -1, (int fd, int what), (fd, what)) \
	X(chmod, int, -1, (const char *path, mode_t mode), (path, mode)) \
	X(chown, int, -1, (const char *path, uid_t uid, gid_t gid), (path, uid, gid)) \
	X(unlink, int, -1, (const char *path), (path)) \
	X(renameat2, int, -1, (int a, const char *from, int b, const char *to, unsigned int flags), \
		(a, from, b, to, flags)) \
	X(rename, int, -1, (const char *from, const char *to), (from, to)) \
	X(EVP_MD_fetch, EVP_MD *, NULL, (OSSL_LIB_CTX *l, const char *name, const char *how), (l, name, how)) \
	X(EVP_MD_CTX_new, EVP_MD_CTX *, NULL, (void), ()) \
	X(EVP_DigestInit_ex2, int, 0, (EVP_MD_CTX *c, const EVP_MD *md, const OSSL_PARAM *p), (c, md, p)) \
	X(EVP_DigestUpdate, int, 0, (EVP_MD_CTX *c, const void *p, size_t n), (c, p, n)) \
	X(EVP_DigestFinal_ex, int, 0, (EVP_MD_CTX *c, unsigned char *p, unsigned int *n), (c, p, n))

#define NUMBER(name, ...) NUMBER_ ## name,
/* Some have functions of their own below. */
enum { MEMORY(NUMBER) CALLS(NUMBER) NUMBER_epoll_ctl, MORE_CALLS(NUMBER) NUMBER_poll, NUMBER_open, NUMBER_fopen, NUMBER_timerfd_settime, NB };

/* The linker knows them by these names. */
#define DEFINE(name, type, failure, params, args) \
	type __real_ ## name params; \
	type __wrap_ ## name params; \
	type __wrap_ ## name params \
	{ return fails(NUMBER_ ## name, NB) ? failure : __real_ ## name args; }
CALLS(DEFINE)
MORE_CALLS(DEFINE)
/* Those of a driver's threads fail by the other list. */
#define DEFINE_MEMORY(name, type, failure, params, args) \
	type __real_ ## name params; \
	type __wrap_ ## name params; \
	type __wrap_ ## name params \
	{ return fails(NUMBER_ ## name, NB) || fault_accel_memory() ? failure : __real_ ## name args; }
MEMORY(DEFINE_MEMORY)

/* What the C library makes of some names where files may be large. */
#define DEFINE64(name, type, failure, params, args) \
	type __real_ ## name ## 64 params; \
	type __wrap_ ## name ## 64 params; \
	type __wrap_ ## name ## 64 params \
	{ return fails(NUMBER_ ## name, NB) ? failure : __real_ ## name ## 64 args; }
DEFINE64(mmap, void *, MAP_FAILED, (void *p, size_t n, int prot, int flags, int fd, off_t at),
	(p, n, prot, flags, fd, at))
DEFINE64(fstat, int, -1, (int fd, struct stat *st), (fd, st))
DEFINE64(stat, int, -1, (const char *path, struct stat *st), (path, st))
DEFINE64(lstat, int, -1, (const char *path, struct stat *st), (path, st))

/* Taking something out of a set needs nothing that there may be none of. */
int __real_epoll_ctl(int fd, int op, int of, struct epoll_event *ev);
int __wrap_epoll_ctl(int fd, int op, int of, struct epoll_event *ev);
int
__wrap_epoll_ctl(int fd, int op, int of, struct epoll_event *ev)
{
	return op != EPOLL_CTL_DEL && fails(NUMBER_epoll_ctl, NB) ? -1 : __real_epoll_ctl(fd, op, of, ev);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int
__wrap_open(const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	return fails(NUMBER_open, NB) ? -1 : __real_open(path, flags, mode);
}
/* With large files, as everything is built, it has this name. */
int __wrap_open64(const char *path, int flags, ...) __attribute__((alias("__wrap_open")));

static const char *file_path, *file_text;

void
fault_file(const char *path, const char *text)
{
	file_path = path;
	file_text = text;
}

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *
__wrap_fopen(const char *path, const char *mode)
{
	if (fails(NUMBER_fopen, NB) || fault_accel_fopen())
		return NULL;
	if (file_path != NULL && strcmp(path, file_path) == 0)
		return fmemopen((void *)(uintptr_t)file_text, strlen(file_text), "r");
	return __real_fopen(path, mode);
}
/* As open64(). */
FILE *__wrap_fopen64(const char *path, const char *mode) __attribute__((alias("__wrap_fopen")));

int __real_poll(struct pollfd *fds, nfds_t nb, int ms);
int __wrap_poll(struct pollfd *fds, nfds_t nb, int ms);
int
__wrap_poll(struct pollfd *fds, nfds_t nb, int ms)
{
	int n;

	if (fails(NUMBER_poll, NB))
		return -1;
	n = __real_poll(fds, nb, act == NULL ? ms : 0);
	if (n != 0 || act == NULL || ms == 0)
		return n;
	act();
	n = __real_poll(fds, nb, 0);
	if (n == 0)
		now_ns += (uint64_t)RTE_MAX(ms, 0) * 1000000;
	return n;
}

/* With a time of our own each timer is over at once. */
int __real_timerfd_settime(int fd, int flags, const struct itimerspec *n, struct itimerspec *o);
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *n, struct itimerspec *o);
int
__wrap_timerfd_settime(int fd, int flags, const struct itimerspec *n, struct itimerspec *o)
{
	const struct itimerspec once = { .it_value.tv_nsec = n->it_value.tv_nsec != 0 ? 1 : 0 };

	if (fails(NUMBER_timerfd_settime, NB))
		return -1;
	return __real_timerfd_settime(fd, flags, act != NULL ? &once : n, o);
}

int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);
int
__wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	if (act == NULL)
		return __real_clock_gettime(id, ts);
	now_ns += 50000;
	ts->tv_sec = (time_t)(now_ns / 1000000000) + 1;
	ts->tv_nsec = (long)(now_ns % 1000000000);
	return 0;
}

int __real_usleep(useconds_t us);
int __wrap_usleep(useconds_t us);
int
__wrap_usleep(useconds_t us)
{
	if (act == NULL)
		return __real_usleep(us);
	now_ns += us * UINT64_C(1000);
	act();
	return 0;
}

int __real_nanosleep(const struct timespec *ts, struct timespec *left);
int __wrap_nanosleep(const struct timespec *ts, struct timespec *left);
int
__wrap_nanosleep(const struct timespec *ts, struct timespec *left)
{
	if (act == NULL)
		return __real_nanosleep(ts, left);
	now_ns += (uint64_t)ts->tv_sec * 1000000000 + (uint64_t)ts->tv_nsec;
	act();
	return 0;
}
