/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* What a guest does that is hostile, curious, or dies. */

#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rte_vinetalk.h>
#include <rte_vtpci.h>

#include "vt_guest.h"

/* Look for a word in all of the device's memory. */
int
guest_search(const char *word)
{
	struct rte_vtpci pci;
	size_t len = strlen(word);
	uint64_t i, found = 0;
	int ret = rte_vtpci_open(NULL, NULL, &pci);

	if (ret != 0) {
		printf("failed: %s\n", strerror(-ret));
		return 1;
	}
	for (i = 0; i + len <= pci.mem_size; i++)
		if (*((const char *)pci.mem + i) == word[0] &&
				memcmp((const char *)pci.mem + i, word, len) == 0)
			found++;
	printf("searched %" PRIu64 " bytes: found %" PRIu64 "\n", pci.mem_size, found);
	rte_vtpci_close(&pci);
	return 0;
}

/* Size of the first ivshmem device's memory. */
static uint64_t
region_size(void)
{
	struct stat st = { .st_size = 0 };
	char vendor[16], path[PATH_MAX];
	glob_t g;
	size_t i;
	FILE *f;

	if (glob("/sys/bus/pci/devices/*/resource2", 0, NULL, &g) != 0)
		return 0;
	for (i = 0; i < g.gl_pathc && st.st_size == 0; i++) {
		snprintf(path, sizeof(path), "%.*s/vendor", (int)(strlen(g.gl_pathv[i]) - 10),
			g.gl_pathv[i]);
		f = fopen(path, "r");
		if (f != NULL && fgets(vendor, sizeof(vendor), f) != NULL &&
				strncmp(vendor, "0x1af4", 6) == 0 && stat(g.gl_pathv[i], &st) != 0)
			st.st_size = 0;
		if (f != NULL)
			fclose(f);
	}
	globfree(&g);
	return (uint64_t)st.st_size;
}

/* An attached client that overwrites all of the region with random bytes, again and again. */
int
guest_scribble(uint8_t *region, unsigned int rounds)
{
	const uint64_t size = region_size();
	uint64_t x = (uint64_t)time(NULL) | 1, i;
	uint64_t *p = (uint64_t *)(void *)region;
	unsigned int r;

	if (size == 0) {
		printf("failed: no device\n");
		return 1;
	}
	for (r = 0; r < rounds; r++) {
		/* xorshift64 (Marsaglia: "Xorshift RNGs", 2003). */
		for (i = 0; i < size / 8; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			p[i] = x;
		}
		printf("scribbled %u\n", r + 1);
		fflush(stdout);
	}
	return 0;
}

static pid_t
start(const char *self, const char *devargs)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(self, self, "hold", devargs, NULL);
		_exit(127);
	}
	return pid;
}

/* Attach in this process, waiting for an old life to end. */
static int
attach_and_close(const char *devargs)
{
	int ret = rte_vinetalk_attach(devargs);

	if (ret >= 0)
		rte_vinetalk_close((uint16_t)ret);
	return ret;
}

/*
 * A process that owns the device keeps a second one out; when it is killed (and leaves without a word),
 * the next one attaches.
 */
int
guest_children(const char *self, const char *devargs)
{
	int ret, status;
	pid_t pid;

	pid = start(self, devargs);
	sleep(3); /* it is attached by now */
	ret = attach_and_close(devargs);
	printf("second process: %s\n", ret == -EBUSY ? "refused" : "not refused");
	fflush(stdout);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ret = attach_and_close(devargs);
	printf("after its death: %s\n", ret >= 0 ? "attached" : strerror(-ret));
	fflush(stdout);
	/* One more that dies, and nobody who follows: the heartbeat must tell. */
	pid = start(self, devargs);
	sleep(2);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	printf("killed\n");
	fflush(stdout);
	sleep(5);
	ret = attach_and_close(devargs);
	printf("after the heartbeat: %s\n", ret >= 0 ? "attached" : strerror(-ret));
	return ret >= 0 ? 0 : 1;
}
