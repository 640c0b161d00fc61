/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The memory of a region: guards, seals, files, lack of memory, loss of memory. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_malloc.h>
#include <rte_memzone.h>

#include <rte_vtregion.h>
#include <rte_vtregion_mem.h>

#include "test.h"

#define MIB (UINT64_C(1) << 20)

static uint32_t saved_level;
static int logtype;
static char path[512];

static int
setup(void)
{
	logtype = rte_log_register("lib.vinetalk.region");
	if (logtype < 0)
		return logtype;
	saved_level = rte_log_get_level(logtype);
	snprintf(path, sizeof(path), "%s/region-%d", vt_test_tmp_dir(), (int)getpid());
	/* Fallbacks and refusals are expected. */
	return rte_log_set_level(logtype, RTE_LOG_CRIT);
}

static int
cleanup(void)
{
	unlink(path);
	return rte_log_set_level(logtype, saved_level);
}

/* Bytes that the heap of the regions has given away, and that it has in all. */
static void
heap_stats(size_t *used, size_t *total)
{
	struct rte_malloc_socket_stats stats = { 0 };
	int socket = rte_malloc_heap_get_socket("vinetalk");

	if (socket >= 0)
		rte_malloc_get_socket_stats(socket, &stats);
	*used = stats.heap_allocsz_bytes;
	*total = stats.heap_totalsz_bytes;
}

/*
 * Dump all heaps, which walks through every element header there is, and check the chain of each:
 * known states, and neighbours that agree about each other.
 */
static bool
heaps_are_sound(void)
{
	char *text = NULL, *line, *save = NULL;
	void *at = NULL, *prev, *next, *expected = NULL, *last = NULL;
	unsigned int nb_elems = 0, nb_links = 0;
	size_t len = 0;
	char state[16];
	bool ok = true;
	FILE *f;

	f = open_memstream(&text, &len);
	if (f == NULL)
		return false;
	rte_malloc_dump_heaps(f);
	fclose(f);
	for (line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "Malloc element at %p (%15[^)])", &at, state) == 2) {
			ok &= strcmp(state, "FREE") == 0 || strcmp(state, "BUSY") == 0;
			ok &= expected == NULL || at == expected;
			nb_elems++;
		} else if (strstr(line, "prev: (nil)") != NULL) {
			ok &= expected == NULL;
			last = at;
			if (strstr(line, "next: (nil)") == NULL)
				ok &= sscanf(strstr(line, "next: "), "next: %p", &expected) == 1;
			nb_links++;
		} else if (strstr(line, "prev: ") != NULL) {
			prev = next = NULL;
			ok &= sscanf(strstr(line, "prev: "), "prev: %p", &prev) == 1;
			ok &= prev == last;
			if (strstr(line, "next: (nil)") == NULL)
				ok &= sscanf(strstr(line, "next: "), "next: %p", &next) == 1;
			last = at;
			expected = next;
			nb_links++;
		}
	}
	free(text);
	return ok && expected == NULL && nb_elems > 0 && nb_elems == nb_links;
}

static void
test_cycles(void)
{
	struct rte_vtregion_mem_conf conf = { .name = "vt_test", .size = 8 * MIB,
		.no_huge = true };
	struct rte_vtregion_mem mem, other;
	size_t used, total, used0, total0;
	unsigned int i, bad = 0;

	heap_stats(&used0, &total0);
	for (i = 0; i < 200; i++) {
		/* The neighbour is made before or after it. */
		struct rte_vtregion_mem *m[2] = { i % 2 ? &mem : &other, i % 2 ? &other : &mem };

		conf.name = "vt_test_a";
		conf.size = m[0] == &mem ? 8 * MIB : 2 * MIB;
		bad += rte_vtregion_mem_create(&conf, m[0]) != 0;
		conf.name = "vt_test_b";
		conf.size = m[1] == &mem ? 8 * MIB : 2 * MIB;
		bad += rte_vtregion_mem_create(&conf, m[1]) != 0;
		if (bad != 0)
			break;
		bad += mem.mz->addr != mem.base || mem.mz->len != mem.size;
		bad += mem.size != 8 * MIB || !mem.created || mem.lost != 0;
		bad += (uintptr_t)mem.base % (2 * MIB) != 0;
		bad += *(uint64_t *)mem.base != 0 || *(uint64_t *)other.base != 0;
		memset(other.base, 0x11, other.size);
		memset(mem.base, 0xff, mem.size);
		if (i % 20 == 0)
			bad += !heaps_are_sound();
		bad += rte_malloc_validate(mem.base, NULL) != 0;
		bad += *(uint8_t *)other.base != 0x11 ||
				*(uint8_t *)RTE_PTR_ADD(other.base, other.size - 1) != 0x11;
		rte_vtregion_mem_destroy(&mem);
		bad += *(uint8_t *)other.base != 0x11;
		rte_vtregion_mem_destroy(&other);
	}
	CU_ASSERT_EQUAL(bad, 0);
	CU_ASSERT_EQUAL(i, 200);
	heap_stats(&used, &total);
	CU_ASSERT_EQUAL(used, used0);
	CU_ASSERT_EQUAL(total, total0);
	CU_ASSERT_PTR_NULL(rte_memzone_lookup("vt_test_a"));
	/* Destroyed twice, and never made. */
	rte_vtregion_mem_destroy(&mem);
	rte_vtregion_mem_destroy(NULL);
}

static void
test_seals(void)
{
	struct rte_vtregion_mem_conf conf = { .name = "vt_test", .size = 4 * MIB };
	struct rte_vtregion_mem mem;
	struct stat st;
	int seals;

	CU_ASSERT_EQUAL_FATAL(rte_vtregion_mem_create(&conf, &mem), 0);
	seals = fcntl(mem.fd, F_GET_SEALS);
	CU_ASSERT_EQUAL(seals, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	CU_ASSERT_EQUAL(ftruncate(mem.fd, 0), -1);
	CU_ASSERT_EQUAL(errno, EPERM);
	CU_ASSERT_EQUAL(ftruncate(mem.fd, 8 * MIB), -1);
	CU_ASSERT_EQUAL(fcntl(mem.fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	CU_ASSERT_EQUAL(fcntl(mem.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	CU_ASSERT_EQUAL(fstat(mem.fd, &st), 0);
	CU_ASSERT_EQUAL(st.st_size, 4 * (off_t)MIB);
	/* Every page is there already. */
	CU_ASSERT_EQUAL((uint64_t)st.st_blocks * 512, 4 * MIB);
	rte_vtregion_mem_destroy(&mem);
	/* The same for one who does not map it. */
	conf.no_huge = true;
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_mem_open(&conf, &mem), 0);
	CU_ASSERT_EQUAL(fstat(mem.fd, &st), 0);
	CU_ASSERT_EQUAL((uint64_t)st.st_blocks * 512, 4 * MIB);
	rte_vtregion_mem_close(&mem);
}

/* A child does not inherit the mapping: the end of the process is the end of it. */
static void
test_fork(void)
{
	struct rte_vtregion_mem_conf conf = { .name = "vt_test", .size = 2 * MIB,
		.no_huge = true };
	struct rte_vtregion_mem mem;
	unsigned char vec;
	int status;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(rte_vtregion_mem_create(&conf, &mem), 0);
	CU_ASSERT_EQUAL(mincore(mem.base, 4096, &vec), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(mincore(mem.base, 4096, &vec) == -1 && errno == ENOMEM ? 0 : 1);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	rte_vtregion_mem_destroy(&mem);
}

static void
test_file(void)
{
	struct rte_vtregion_mem_conf conf = { .name = "vt_test", .size = 4 * MIB, .file = path,
		.mode = 0640 };
	struct rte_vtregion_mem mem, second;
	struct stat st;
	mode_t mask;
	int fd, ret;

	/* Made here, with its mode whatever the umask is, and removed at the end. */
	mask = umask(0077);
	ret = rte_vtregion_mem_create(&conf, &mem);
	umask(mask);
	CU_ASSERT_EQUAL_FATAL(ret, 0);
	CU_ASSERT_TRUE(mem.created);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0640);
	CU_ASSERT_EQUAL(st.st_size, 4 * (off_t)MIB);

	/* In use by another appliance. */
	conf.name = "vt_test_2";
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &second), -EADDRINUSE);
	rte_vtregion_mem_destroy(&mem);
	CU_ASSERT_EQUAL(access(path, F_OK), -1);

	/* Somebody else's: keeps its contents, over and over, and stays. */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &mem), -EINVAL);
	CU_ASSERT_EQUAL(ftruncate(fd, 8 * MIB), 0);
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &mem), -EINVAL);
	CU_ASSERT_EQUAL(ftruncate(fd, 4 * MIB), 0);
	CU_ASSERT_EQUAL(pwrite(fd, "before", 6, 4 * MIB - 6), 6);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_mem_create(&conf, &mem), 0);
	CU_ASSERT_FALSE(mem.created);
	CU_ASSERT_EQUAL(memcmp(RTE_PTR_ADD(mem.base, 4 * MIB - 6), "before", 6), 0);
	memset(mem.base, 0x77, 4 * MIB);
	rte_vtregion_mem_destroy(&mem);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_mem_create(&conf, &mem), 0);
	CU_ASSERT_EQUAL(*(uint8_t *)mem.base, 0x77);
	CU_ASSERT_EQUAL(*(uint8_t *)RTE_PTR_ADD(mem.base, 4 * MIB - 1), 0x77);
	rte_vtregion_mem_destroy(&mem);
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	close(fd);
	unlink(path);
}

static void
test_bad_files(void)
{
	struct rte_vtregion_mem_conf conf = { .name = "vt_test", .size = 2 * MIB, .file = path };
	struct rte_vtregion_mem mem;
	char longer[400];

	conf.file = "/nonexistent/dir/file";
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &mem), -ENOENT);
	conf.file = "/dev/null";
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &mem), -EINVAL);
	conf.file = vt_test_tmp_dir();
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &mem), -EISDIR);
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	conf.file = longer;
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &mem), -ENAMETOOLONG);
	/* Not through a link. */
	conf.file = path;
	CU_ASSERT_EQUAL(symlink("/etc/passwd", path), 0);
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &mem), -ELOOP);
	unlink(path);
}

static void
test_refused(void)
{
	static const uint64_t sizes[] = { 0, MIB, 3 * MIB, 2 * MIB + 4096, UINT64_MAX,
		RTE_VTREGION_MAX_SIZE * 2 };
	struct rte_vtregion_mem_conf conf = { .name = "vt_test", .no_huge = true };
	struct rte_vtregion_mem mem, second;
	char name[RTE_MEMZONE_NAMESIZE + 1];
	size_t used, total, used0, total0;
	unsigned int i;

	heap_stats(&used0, &total0);
	for (i = 0; i < RTE_DIM(sizes); i++) {
		conf.size = sizes[i];
		CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &mem), -EINVAL);
	}
	conf.size = 2 * MIB;
	conf.name = NULL;
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &mem), -EINVAL);
	conf.name = "";
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &mem), -EINVAL);
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	conf.name = name;
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &mem), -EINVAL);

	conf.name = "vt_test";
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_mem_create(&conf, &mem), 0);
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &second), -EEXIST);
	rte_vtregion_mem_destroy(&mem);

	/* More than any machine has, with and without huge pages: an error, not a dead process. */
	conf.size = UINT64_C(1) << 44;
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &mem), -ENOMEM);
	conf.no_huge = false;
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &mem), -ENOMEM);
	heap_stats(&used, &total);
	CU_ASSERT_EQUAL(used, used0);
	CU_ASSERT_EQUAL(total, total0);
}

/* One region too many is an error that says so, and takes nothing along. */
static void
test_limit(void)
{
	struct rte_vtregion_mem_conf conf = { .size = 2 * MIB, .no_huge = true };
	static struct rte_vtregion_mem mem[RTE_MAX_MEMSEG_LISTS + 1];
	char text[512] = "", name[32];
	unsigned int i, n;
	int ret = 0;
	FILE *f;

	conf.name = name;
	f = fmemopen(text, sizeof(text) - 1, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	rte_log_set_level(logtype, RTE_LOG_ERR);
	rte_openlog_stream(f);
	for (n = 0; n < RTE_DIM(mem) && ret == 0; n++) {
		snprintf(name, sizeof(name), "vt_test_%u", n);
		ret = rte_vtregion_mem_create(&conf, &mem[n]);
	}
	rte_openlog_stream(NULL);
	fclose(f);
	rte_log_set_level(logtype, RTE_LOG_CRIT);
	n--;
	CU_ASSERT_EQUAL(ret, -EBUSY);
	CU_ASSERT(n >= 100);
	printf("\n    %u regions in one process; ", n);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "too many regions"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "RTE_MAX_MEMSEG_LISTS"));
	/* One goes, and there is room for one again. */
	rte_vtregion_mem_destroy(&mem[n / 2]);
	CU_ASSERT_EQUAL(rte_vtregion_mem_create(&conf, &mem[n / 2]), 0);
	for (i = 0; i < n; i++)
		rte_vtregion_mem_destroy(&mem[i]);
	CU_ASSERT_TRUE(heaps_are_sound());
}

/* The file is truncated under the mapping: zeroes take its place; the neighbour is untouched. */
static void
test_lost(void)
{
	struct rte_vtregion_mem_conf conf = { .name = "vt_test", .size = 4 * MIB, .file = path };
	struct rte_vtregion_mem mem, other;

	CU_ASSERT_EQUAL(rte_vtregion_mem_sigbus_install(), 0);
	CU_ASSERT_EQUAL(rte_vtregion_mem_sigbus_install(), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_mem_create(&conf, &mem), 0);
	conf.name = "vt_test_2";
	conf.file = NULL;
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_mem_create(&conf, &other), 0);
	memset(mem.base, 0x33, mem.size);
	memset(other.base, 0x44, other.size);
	CU_ASSERT_EQUAL(truncate(path, 0), 0);
	errno = 4711;
	CU_ASSERT_EQUAL(*(volatile uint8_t *)RTE_PTR_ADD(mem.base, 3 * MIB), 0);
	CU_ASSERT_EQUAL(errno, 4711);
	CU_ASSERT_EQUAL(__atomic_load_n(&mem.lost, __ATOMIC_RELAXED), 1);
	CU_ASSERT_EQUAL(__atomic_load_n(&other.lost, __ATOMIC_RELAXED), 0);
	memset(mem.base, 0xff, mem.size);
	CU_ASSERT_EQUAL(*(uint8_t *)other.base, 0x44);
	rte_vtregion_mem_destroy(&mem);
	rte_vtregion_mem_destroy(&other);
	CU_ASSERT_TRUE(heaps_are_sound());
}

static void
other_handler(int sig)
{
	RTE_SET_USED(sig);
	_exit(77);
}

/* A library that is loaded later takes the signal over; the next call takes it back. */
static void
test_taken_over(void)
{
	const struct sigaction other = { .sa_handler = other_handler };
	struct sigaction ours, now;

	CU_ASSERT_EQUAL(rte_vtregion_mem_sigbus_install(), 0);
	CU_ASSERT_EQUAL(sigaction(SIGBUS, &other, &ours), 0);
	CU_ASSERT_EQUAL(rte_vtregion_mem_sigbus_install(), 0);
	CU_ASSERT_EQUAL(sigaction(SIGBUS, NULL, &now), 0);
	CU_ASSERT_TRUE(now.sa_sigaction == ours.sa_sigaction && (now.sa_flags & SA_SIGINFO) != 0);
	CU_ASSERT_TRUE(ours.sa_handler != other_handler);
}

/* Whether a byte can be read: the kernel says so, in place of a fault. */
static bool
readable(int fd, const void *at)
{
	return write(fd, at, 1) == 1;
}

/* Private pages right and left of it, and then nothing that could be read. */
static void
test_edges(void)
{
	const struct rte_vtregion_mem_conf conf = { .name = "edges", .size = 4 * MIB, .no_huge = true };
	struct rte_vtregion_mem mem;
	const uint8_t *begin, *end;
	int fds[2];

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_mem_create(&conf, &mem), 0);
	begin = mem.chunk;
	end = (const uint8_t *)mem.base + mem.size + ((const uint8_t *)mem.base - begin);
	CU_ASSERT_TRUE((const uint8_t *)mem.base - begin >= 4096);
	CU_ASSERT_TRUE(readable(fds[1], begin));
	CU_ASSERT_TRUE(readable(fds[1], end - 1));
	CU_ASSERT_FALSE(readable(fds[1], begin - 1));
	CU_ASSERT_FALSE(readable(fds[1], end));
	CU_ASSERT_FALSE(readable(fds[1], begin - 65536));
	CU_ASSERT_FALSE(readable(fds[1], end + 65535));
	rte_vtregion_mem_destroy(&mem);
	close(fds[0]);
	close(fds[1]);
}

/* A SIGBUS that has nothing to do with a region, though there is one, still ends a process. */
static void
test_foreign_sigbus(void)
{
	const struct rte_vtregion_mem_conf conf = { .name = "beside", .size = 2 * MIB, .no_huge = true };
	struct rte_vtregion_mem mem;
	char *p;
	int fd, status;
	pid_t pid;

	CU_ASSERT_EQUAL(rte_vtregion_mem_sigbus_install(), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_mem_create(&conf, &mem), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(20);
		fd = memfd_create("foreign", MFD_CLOEXEC);
		p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		*(volatile char *)p = 1;
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		raise(SIGBUS);
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	CU_ASSERT_EQUAL(mem.lost, 0);
	rte_vtregion_mem_destroy(&mem);
}

/* A child has a copy of what is watched, and not the region: what it has there itself is its own affair. */
static void
test_child_sigbus(void)
{
	const struct rte_vtregion_mem_conf conf = { .name = "parent", .size = 2 * MIB, .no_huge = true };
	struct rte_vtregion_mem mem;
	char *p;
	int fd, status;
	pid_t pid;

	CU_ASSERT_EQUAL(rte_vtregion_mem_sigbus_install(), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vtregion_mem_create(&conf, &mem), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(20);
		fd = memfd_create("child", MFD_CLOEXEC);
		p = mmap(mem.base, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
		if (p != mem.base)
			_exit(1);
		*(volatile char *)p = 1;
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	CU_ASSERT_EQUAL(mem.lost, 0);
	rte_vtregion_mem_destroy(&mem);
}

static const struct vt_test_case cases[] = {
	{ "200 regions overwritten with 0xff beside a neighbour", test_cycles },
	{ "edges that cannot be read", test_edges },
	{ "seals, and every page allocated", test_seals },
	{ "not inherited by fork", test_fork },
	{ "file: made, locked, kept, removed", test_file },
	{ "file: paths that will not do", test_bad_files },
	{ "refused: size, name, not enough memory", test_refused },
	{ "one region too many", test_limit },
	{ "memory that vanishes", test_lost },
	{ "SIGBUS: taken over by somebody else", test_taken_over },
	{ "SIGBUS of somebody else", test_foreign_sigbus },
	{ "SIGBUS of a child, where its parent has a region", test_child_sigbus },
};
VT_TEST_SUITE(vinetalk_mem_autotest, setup, cleanup, cases);
