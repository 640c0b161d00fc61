/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A client, in a process of its own, whose region's memory is taken away, or whose appliance's doorbells block: its tasks
 * end, its calls fail, and it lives. And a program that has a handler for SIGBUS of its own keeps it.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_random.h>
#include <rte_vinetalk.h>

#include "conf.h"
#include "fixture.h"
#include "hostile_appliance.h"
#include "send_fds.h"
#include "test.h"

#define TASKS 4 /* of the client */
#define TIMEOUT_MS 30000
#define PIECE (2 << 20)
#define HUGE_PAGES 8U

static const uint32_t layouts[] = { RTE_VTREGION_HASHED, RTE_VTREGION_SINGLE, RTE_VTREGION_THREAD };
static char hog[300];
static unsigned int serial;

static void
path_make(char *path, size_t len)
{
	snprintf(path, len, "%s/loss%u.sock", vt_test_tmp_dir(), serial++);
}

/* The exit status of a client that does so; what it said. */
static int
bereft(const char *path, const char *more, const char *what, char **text)
{
	char program[4096], devargs[300];

	snprintf(program, sizeof(program), "%s/test/hostile/vinetalk-bereft", vt_test_build_dir());
	snprintf(devargs, sizeof(devargs), "shm,path=%s%s", path, more);
	return vt_test_run((const char *const[]){ program, devargs, what, NULL }, NULL, text, TIMEOUT_MS);
}

static void
by_truncation(struct hostile_appliance *a)
{
	(void)!ftruncate(a->fd, 0);
}

/* What was free before, and then each page that comes back, so that no access finds one. */
static void
by_holes(struct hostile_appliance *a)
{
	const int fd = open(hog, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	off_t size = 0;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		(void)!fallocate(a->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			(off_t)a->geom.conf.size);
		while (fallocate(fd, 0, size, PIECE) == 0)
			size += PIECE;
		while (fallocate(fd, 0, size, 4096) == 0)
			size += 4096;
	}
	close(fd);
}

/* All the tasks have ended so, and the log says why. */
static void
survived(int ret, const char *text)
{
	CU_ASSERT_EQUAL(ret, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "bereft ended 4 reset 4"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "memory of its region was taken away"));
	if (ret != 0 || strstr(text, "bereft ended 4 reset 4") == NULL)
		printf("\n%d: %s\n", ret, text);
}

static void
lose(uint32_t layout, const char *file, void (*vanish)(struct hostile_appliance *), const char *more,
		const char *what, int *ret, char **text)
{
	struct hostile_appliance a;
	char path[108];

	path_make(path, sizeof(path));
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_open_file(&a, path, layout, file), 0);
	a.idle = true;
	a.vanish = vanish;
	a.vanish_at = TASKS;
	/* Its thread then meets the loss as well. */
	a.heartbeat_ms = strcmp(what, "sleep") == 0 ? 100 : 0;
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_act(&a), 0);
	*ret = bereft(path, more, what, text);
	hostile_appliance_stop(&a);
	hostile_appliance_close(&a);
}

static void
test_truncated(void)
{
	static const char *const whats[] = { "poll", "wait", "touch", "ask", "more", "sleep", "own", "late" };
	unsigned int i, k;
	char *text;
	int ret;

	for (i = 0; i < RTE_DIM(layouts); i++) {
		for (k = 0; k < RTE_DIM(whats); k++) {
			lose(layouts[i], NULL, by_truncation, "", whats[k], &ret, &text);
			if (strcmp(whats[k], "more") == 0) {
				CU_ASSERT_EQUAL(ret, 0);
			} else {
				survived(ret, text);
			}
			if (ret != 0)
				printf("\n%s: %d %s\n", whats[k], ret, text);
			free(text);
		}
	}
}

/* Without the handler it is what it would be to any program; and nobody else's fault is taken for ours. */
static void
test_off(void)
{
	char *text;
	int ret;

	lose(RTE_VTREGION_HASHED, NULL, by_truncation, ",sigbus=0", "wait", &ret, &text);
	CU_ASSERT_EQUAL(ret, 128 + SIGBUS);
	free(text);
	lose(RTE_VTREGION_HASHED, NULL, by_truncation, "", "foreign", &ret, &text);
	CU_ASSERT_EQUAL(ret, 128 + SIGBUS);
	free(text);
}

static void
punched(const char *type, const char *options)
{
	char dir[256], file[300], *text;
	unsigned int i;
	int ret;

	snprintf(dir, sizeof(dir), "%.200s/full", vt_test_tmp_dir());
	snprintf(hog, sizeof(hog), "%s/hog", dir);
	snprintf(file, sizeof(file), "%s/region", dir);
	for (i = 0; i < RTE_DIM(layouts); i++) {
		mkdir(dir, 0700);
		if (mount("none", dir, type, 0, options) != 0) {
			vt_test_skip_reason("%s cannot be mounted", type);
			return;
		}
		lose(layouts[i], file, by_holes, "", "wait", &ret, &text);
		survived(ret, text);
		free(text);
		umount2(dir, MNT_DETACH);
	}
}

static void
test_punched(void)
{
	punched("tmpfs", "size=10M");
}

static void
test_punched_huge(void)
{
	if (vt_eal_free_huge_pages() < HUGE_PAGES) {
		vt_test_skip_reason("fewer than %u huge pages are free", HUGE_PAGES);
		return;
	}
	punched("hugetlbfs", "size=8M,pagesize=2M");
}

/* ---- files that are too short ---- */

static void
at_join(struct hostile_appliance *a)
{
	a->vanished = true;
	if (a->peers[1] != NULL)
		(void)!ftruncate(a->fd, 0);
}

static void
test_short(void)
{
	static const off_t sizes[] = { 0, 1, 4095, 4096, 1 << 20 };
	struct hostile_appliance a;
	char path[108], *text;
	unsigned int i;

	for (i = 0; i <= RTE_DIM(sizes); i++) {
		path_make(path, sizeof(path));
		CU_ASSERT_EQUAL_FATAL(hostile_appliance_open(&a, path, RTE_VTREGION_HASHED), 0);
		/* At last: while the client attaches. */
		if (i == RTE_DIM(sizes))
			a.vanish = at_join;
		else if (ftruncate(a.fd, sizes[i]) != 0)
			CU_FAIL("ftruncate");
		a.vanished = i < RTE_DIM(sizes);
		CU_ASSERT_EQUAL_FATAL(hostile_appliance_act(&a), 0);
		CU_ASSERT_EQUAL(bereft(path, "", "wait", &text), 3);
		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "bereft: attach: -"));
		if (strstr(text, "bereft: attach: -") == NULL)
			printf("\n%u: %s\n", i, text);
		free(text);
		hostile_appliance_stop(&a);
		hostile_appliance_close(&a);
	}
}

/* ---- the allocator ---- */

#define BUFFERS 64

/* Allocate and free at random; spoil: all of the arena changes meanwhile. Every buffer lies in it, and no two overlap. */
static void
churn(uint16_t dev, uint8_t *arena, uint64_t size, bool spoil)
{
	struct { uint64_t at, len; } b[BUFFERS] = { { 0, 0 } };
	const uint64_t base = rte_vinetalk_offset(dev, arena);
	unsigned int i, k, n, wrong = 0, got = 0;
	void *p;

	for (n = 0; n < 20000; n++) {
		i = (unsigned int)rte_rand_max(BUFFERS);
		for (k = 0; spoil && k < 64; k++)
			arena[rte_rand_max(size)] = (uint8_t)rte_rand();
		if (spoil && n % 1000 == 0)
			memset(arena, n % 3000 == 0 ? 0xff : 0, size);
		if (b[i].len != 0) {
			wrong += rte_vinetalk_buf_size(dev, rte_vinetalk_ptr(dev, b[i].at)) < b[i].len;
			rte_vinetalk_free(dev, rte_vinetalk_ptr(dev, b[i].at));
			b[i].len = 0;
			continue;
		}
		b[i].len = 1 + rte_rand_max(rte_rand_max(16) == 0 ? 100000 : 4096);
		p = rte_vinetalk_alloc(dev, b[i].len, 0, RTE_VINETALK_PLACE_HOST);
		if (p == NULL) {
			b[i].len = 0;
			continue;
		}
		got++;
		b[i].at = rte_vinetalk_offset(dev, p);
		wrong += b[i].at < base || b[i].at + b[i].len > base + size;
		for (k = 0; k < BUFFERS; k++)
			wrong += k != i && b[k].len != 0 && b[k].at < b[i].at + b[i].len &&
				b[i].at < b[k].at + b[k].len;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(got > 1000);
	for (i = 0; i < BUFFERS; i++)
		if (b[i].len != 0)
			rte_vinetalk_free(dev, rte_vinetalk_ptr(dev, b[i].at));
}

/* An arena is the appliance's and all clients' to write: nothing that the allocator relies on lies there. */
static void
test_allocator(void)
{
	struct rte_vinetalk_info info;
	struct hostile_appliance a;
	uint64_t i, touched = 0;
	uint8_t *arena;
	char path[108];
	int dev;

	path_make(path, sizeof(path));
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_open(&a, path, RTE_VTREGION_HASHED), 0);
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_act(&a), 0);
	dev = fixture_attach_path(path, 1, 0);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_info_get((uint16_t)dev, &info), 0);
	arena = rte_vinetalk_ptr((uint16_t)dev, rte_vtregion_arena(&a.geom, info.vm_id - 1));
	CU_ASSERT_PTR_NOT_NULL_FATAL(arena);
	memset(arena, 0xaa, info.arena_size);
	churn((uint16_t)dev, arena, info.arena_size, false);
	for (i = 0; i < info.arena_size; i++)
		touched += arena[i] != 0xaa;
	CU_ASSERT_EQUAL_FATAL(touched, 0);
	churn((uint16_t)dev, arena, info.arena_size, true);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
	hostile_appliance_stop(&a);
	hostile_appliance_close(&a);
}

/* ---- doorbells ---- */

static void
test_blocked(void)
{
	char program[4096], path[108], *text;
	struct hostile_appliance a;
	unsigned int i, done = 0;
	const char *at;
	int ret;

	snprintf(program, sizeof(program), "%s/test/hostile/vinetalk-prey", vt_test_build_dir());
	for (i = 0; i < RTE_DIM(layouts); i++) {
		path_make(path, sizeof(path));
		CU_ASSERT_EQUAL_FATAL(hostile_appliance_open(&a, path, layouts[i]), 0);
		a.block = true;
		CU_ASSERT_EQUAL_FATAL(hostile_appliance_act(&a), 0);
		ret = vt_test_run((const char *const[]){ program, path, "2", NULL }, NULL, &text, TIMEOUT_MS);
		hostile_appliance_stop(&a);
		CU_ASSERT_EQUAL(ret, 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		/* It works on, by looking. */
		at = strstr(text, "done ");
		done = at != NULL ? (unsigned int)atoi(at + 5) : 0;
		CU_ASSERT_TRUE(done > 0);
		CU_ASSERT_TRUE(a.blocked > 0);
		printf("\n    %" PRIu64 " doorbells filled, %s%s", a.blocked, ret == -ETIMEDOUT ? "HANGS, " : "", text);
		free(text);
		hostile_appliance_close(&a);
	}
}

static void
send_word(int sock, int64_t word, const int *fd)
{
	CU_ASSERT_EQUAL(send_fds(sock, &word, sizeof(word), fd, fd != NULL, 0), (ssize_t)sizeof(word));
}

/* A broker that hands out pipes: who writes to one without a reader dies of SIGPIPE. */
static void
test_pipes(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char program[4096], devargs[200], path[108], *text = NULL;
	struct hostile_appliance a;
	int sock, peer, fds[2];
	pid_t pid;

	/* Its region is right: but for the doorbells a client would attach. */
	path_make(path, sizeof(path));
	CU_ASSERT_EQUAL_FATAL(hostile_appliance_open(&a, path, RTE_VTREGION_HASHED), 0);
	path_make(addr.sun_path, sizeof(addr.sun_path));
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_EQUAL_FATAL(bind(sock, (const struct sockaddr *)&addr, sizeof(addr)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(sock, 1), 0);
	CU_ASSERT_EQUAL_FATAL(pipe2(fds, O_CLOEXEC), 0);
	close(fds[0]);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		peer = accept(sock, NULL, NULL);
		send_word(peer, 0, NULL);
		send_word(peer, 1, NULL);
		send_word(peer, -1, &a.fd);
		send_word(peer, 0, &fds[1]);
		send_word(peer, 1, &fds[1]);
		pause();
	}
	snprintf(program, sizeof(program), "%s/test/hostile/vinetalk-bereft", vt_test_build_dir());
	snprintf(devargs, sizeof(devargs), "shm,path=%s", addr.sun_path);
	CU_ASSERT_EQUAL(vt_test_run((const char *const[]){ program, devargs, "wait", NULL }, NULL, &text,
		TIMEOUT_MS), 3);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "is no eventfd"));
	free(text);
	kill(pid, SIGKILL);
	close(fds[1]);
	close(sock);
	hostile_appliance_close(&a);
}

static const struct vt_test_case cases[] = {
	{ "memory that is truncated", test_truncated },
	{ "memory with holes, in a file system that is full", test_punched },
	{ "huge pages that vanish", test_punched_huge },
	{ "without a handler, and faults of the program", test_off },
	{ "files that are too short", test_short },
	{ "an allocator whose arena changes", test_allocator },
	{ "doorbells that block", test_blocked },
	{ "doorbells that are pipes", test_pipes },
};

VT_TEST_SUITE(vinetalk_client_losses_autotest, NULL, NULL, cases);
