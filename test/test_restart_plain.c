/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * Clients that have a domain's file and nothing else, as a guest with ivshmem-plain: they outlive their appliance, which is
 * killed, hands over or is ended; and the file can be truncated beneath them. Each task ends once.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_vinetalk.h>
#include <rte_vtclient.h>

#include "appliance_process.h"
#include "once_client.h"
#include "test.h"

#define PATIENCE_US 10000000
#define MIB (1U << 20)

static const char * const layouts[] = { "hashed", "single", "thread" };

/* ---- a transport that is given the file, as a guest is the device ---- */

struct plain {
	void *base;
	uint64_t size;
};

static int
plain_attach(struct rte_vinetalk_dev *dev, const char *text)
{
	char file[200] = "";
	const struct rte_vtclient_arg own[] = { { .key = "file", .text = file, .len = sizeof(file) } };
	struct rte_vtclient_link link = { .where = file, .device = true, .sock = -1 };
	struct plain *p = calloc(1, sizeof(*p));
	struct rte_vtclient_conf conf;
	struct stat st = { 0 };
	int ret, fd;

	if (p == NULL)
		return -ENOMEM;
	ret = rte_vtclient_args("plainfile", text, own, RTE_DIM(own), &conf);
	fd = ret == 0 ? open(file, O_RDWR | O_CLOEXEC) : -1;
	if (fd >= 0 && fstat(fd, &st) == 0)
		p->base = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (p->base == NULL || p->base == MAP_FAILED) {
		free(p);
		return -ENXIO;
	}
	link.base = p->base;
	link.size = p->size = (uint64_t)st.st_size;
	ret = rte_vtclient_attach(dev, &link, &conf);
	if (ret != 0) {
		munmap(p->base, p->size);
		free(p);
		return ret;
	}
	dev->transport = p;
	return 0;
}

static void
plain_close(struct rte_vinetalk_dev *dev)
{
	struct plain *p = dev->transport;

	rte_vtclient_detach(dev);
	munmap(p->base, p->size);
	free(p);
}

static const struct rte_vinetalk_ops plain_ops = {
	.api = RTE_VINETALK_DRIVER_API,
	.name = "plainfile",
	.help = "file=PATH",
	.attach = plain_attach,
	.close = plain_close,
	RTE_VTCLIENT_OPS,
};

RTE_VINETALK_REGISTER_DRIVER(plain_ops)

/* ---- appliances ---- */

struct stage {
	char file[200], path[108], domain[500], devargs[230];
	const char *args[8];
	struct vt_appliance a, next;
};

static void
stage_make(struct stage *s, const char *layout)
{
	static unsigned int serial;

	memset(s, 0, sizeof(*s));
	snprintf(s->file, sizeof(s->file), "%.150s/plain%u", vt_test_tmp_dir(), serial);
	snprintf(s->path, sizeof(s->path), "%.80s/p%u.sock", vt_test_tmp_dir(), serial++);
	snprintf(s->devargs, sizeof(s->devargs), "plainfile,file=%s", s->file);
	snprintf(s->domain, sizeof(s->domain), "p,path=%s,file=%s,clients=4,plain=2,arena=1M,layout=%s", s->path,
		s->file, layout);
	memcpy(s->args, (const char *[]){ "--oversubscribe", "--pollers", "1", "--domain", s->domain, "--accel",
		"cpu", NULL }, sizeof(s->args));
}

/* How many requests the slot of a client has seen: what stands in the file. */
static uint32_t
requests_of(const struct stage *s, int dev)
{
	const int fd = open(s->file, O_RDONLY | O_CLOEXEC);
	struct rte_vinetalk_info info;
	struct rte_vtregion_slot slot;
	struct rte_vtregion_hdr *hdr;

	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_info_get((uint16_t)dev, &info), 0);
	hdr = mmap(NULL, sizeof(*hdr), PROT_READ, MAP_SHARED, fd, 0);
	CU_ASSERT_NOT_EQUAL_FATAL(hdr, MAP_FAILED);
	CU_ASSERT_EQUAL(pread(fd, &slot, sizeof(slot), (off_t)(hdr->geom.off_slots +
		(info.vm_id - 1) * RTE_VTREGION_SLOT_LEN)), (ssize_t)sizeof(slot));
	munmap(hdr, sizeof(*hdr));
	close(fd);
	return slot.req_seq;
}

/* Tasks in flight, those that the appliance has not seen among them, when it goes by that signal. */
static void
next_one(struct stage *s, struct once_client *c, int sig, int status)
{
	while (c->sent - c->next < ONCE_MOST && once_client_send(c))
		;
	CU_ASSERT_EQUAL(vt_appliance_stop(&s->a, sig), status);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&s->next, s->args), 0);
	s->a = s->next;
	once_client_finish(c);
	once_client_works(c);
}

static void
test_killed(void)
{
	struct once_client plain, seated, other;
	static struct stage s;
	char devargs[200];
	unsigned int i, k;
	uint32_t before;

	for (i = 0; i < RTE_DIM(layouts); i++) {
		stage_make(&s, layouts[i]);
		CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&s.a, s.args), 0);
		CU_ASSERT_EQUAL_FATAL(once_client_attach(&plain, s.devargs), 0);
		once_client_works(&plain);
		snprintf(devargs, sizeof(devargs), "shm,path=%s", s.path);
		for (k = 0; k < 3; k++) {
			CU_ASSERT_EQUAL_FATAL(once_client_attach(&seated, devargs), 0);
			once_client_works(&seated);
			next_one(&s, &plain, SIGKILL, 128 + SIGKILL);
			/* Who had a socket has lost it, and leaves the slot alone, which is another's by now. */
			CU_ASSERT_EQUAL_FATAL(once_client_attach(&other, devargs), 0);
			before = requests_of(&s, other.dev);
			CU_ASSERT_EQUAL(requests_of(&s, seated.dev), before);
			CU_ASSERT_FALSE(once_client_send(&seated));
			CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)seated.dev, 0, 1000), -ENODEV);
			once_client_works(&other);
			CU_ASSERT_FALSE(once_client_send(&seated));
			CU_ASSERT_EQUAL(requests_of(&s, other.dev), before);
			CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)seated.dev), 0);
			once_client_works(&other);
			CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)other.dev), 0);
			once_client_works(&plain);
		}
		printf("\n    killed, layout %s: %" PRIu64 " tasks, %" PRIu64 " done, %" PRIu64 " failed", layouts[i],
			plain.sent, plain.done, plain.failed);
		CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)plain.dev), 0);
		CU_ASSERT_EQUAL(vt_appliance_stop(&s.a, SIGTERM), 0);
		/* It was not made by this one, so that it stays. */
		CU_ASSERT_EQUAL(unlink(s.file), 0);
	}
}

/* Nothing fails, and the file stays although it was made by the one that goes. */
static void
test_handed_over(void)
{
	static struct stage s;
	struct once_client c;
	unsigned int i;

	for (i = 0; i < RTE_DIM(layouts); i++) {
		stage_make(&s, layouts[i]);
		CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&s.a, s.args), 0);
		CU_ASSERT_EQUAL_FATAL(once_client_attach(&c, s.devargs), 0);
		once_client_works(&c);
		next_one(&s, &c, SIGUSR2, 0);
		CU_ASSERT_EQUAL(c.failed, 0);
		CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)c.dev), 0);
		CU_ASSERT_EQUAL(vt_appliance_stop(&s.a, SIGTERM), 0);
		CU_ASSERT_EQUAL(unlink(s.file), 0);
	}
}

/* A file that was there before stays there. */
static void
test_ended(void)
{
	static struct stage s;
	struct once_client c;
	int fd;

	stage_make(&s, "hashed");
	fd = open(s.file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_EQUAL_FATAL(ftruncate(fd, 8 * MIB), 0);
	close(fd);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&s.a, s.args), 0);
	CU_ASSERT_EQUAL_FATAL(once_client_attach(&c, s.devargs), 0);
	once_client_works(&c);
	next_one(&s, &c, SIGTERM, 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)c.dev), 0);
	CU_ASSERT_EQUAL(vt_appliance_stop(&s.a, SIGTERM), 0);
	CU_ASSERT_EQUAL(unlink(s.file), 0);
}

/* The file becomes shorter beneath both of them: the client's tasks end, and the appliance closes the domain. */
static void
test_truncated(void)
{
	static struct stage s;
	struct once_client c;
	unsigned int i;

	for (i = 0; i < RTE_DIM(layouts); i++) {
		stage_make(&s, layouts[i]);
		CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&s.a, s.args), 0);
		CU_ASSERT_EQUAL_FATAL(once_client_attach(&c, s.devargs), 0);
		once_client_works(&c);
		CU_ASSERT_EQUAL(truncate(s.file, 0), 0);
		CU_ASSERT_FALSE(once_client_send(&c));
		CU_ASSERT_EQUAL(rte_vinetalk_wait((uint16_t)c.dev, 0, PATIENCE_US), -ENODEV);
		CU_ASSERT_EQUAL(c.in[0], 0);
		CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)c.dev), 0);
		/* Too short for anybody who comes now. */
		CU_ASSERT_TRUE(rte_vinetalk_attach(s.devargs) < 0);
		CU_ASSERT_EQUAL(truncate(s.file, MIB), 0);
		CU_ASSERT_TRUE(rte_vinetalk_attach(s.devargs) < 0);
		CU_ASSERT_EQUAL(vt_appliance_stop(&s.a, SIGTERM), 0);
	}
}

static const struct vt_test_case cases[] = {
	{ "killed", test_killed },
	{ "handed over", test_handed_over },
	{ "ended and started again", test_ended },
	{ "a file that is truncated", test_truncated },
};

VT_TEST_SUITE(vinetalk_restart_plain_autotest, NULL, NULL, cases);
