/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The ivshmem device of a guest, on made-up trees of sysfs: its BARs are regular files. What needs a
 * kernel with VFIO is tested in guests.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_io.h>
#include <rte_log.h>

#include <rte_vtpci.h>

#include "fake_vfio.h"
#include "ivshmem_owner.h"
#include "test.h"

#define A "0000:00:05.0"
#define B "0000:00:1f.0"
#define MEM_SIZE 65536
#define REGS_SIZE 256
#define NOBODY 65534
/* Three BARs: registers, MSI-X, memory. */
#define RESOURCE \
	"0x00000000febf1000 0x00000000febf10ff 0x0000000000040200\n" \
	"0x00000000febf2000 0x00000000febf2fff 0x0000000000040200\n" \
	"0x0000000800000000 0x000000080000ffff 0x000000000014220c\n"
/* Registers in the middle of a page; too few of them. */
#define RESOURCE_MIDDLE \
	"0x00000000febf1e00 0x00000000febf1eff 0x0000000000040200\n" \
	"0x00000000febf2000 0x00000000febf2fff 0x0000000000040200\n" \
	"0x0000000800000000 0x000000080000ffff 0x000000000014220c\n"
#define RESOURCE_SMALL_BAR0 \
	"0x00000000febf1000 0x00000000febf107f 0x0000000000040200\n" \
	"0x00000000febf2000 0x00000000febf2fff 0x0000000000040200\n" \
	"0x0000000800000000 0x000000080000ffff 0x000000000014220c\n"
#define RESOURCE_NO_BAR2 \
	"0x00000000febf1000 0x00000000febf10ff 0x0000000000040200\n" \
	"0x00000000febf2000 0x00000000febf2fff 0x0000000000040200\n" \
	"0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
#define RESOURCE_NO_BAR0 \
	"0x0000000000000000 0x0000000000000000 0x0000000000000000\n" \
	"0x00000000febf2000 0x00000000febf2fff 0x0000000000040200\n" \
	"0x0000000800000000 0x000000080000ffff 0x000000000014220c\n"

static char root[96], tree[128]; /* ROOT, ROOT/sys/bus/pci/devices */

static void
path_of(char *buf, size_t len, const char *addr, const char *name)
{
	snprintf(buf, len, "%s/%s%s%s", tree, addr, name[0] != '\0' ? "/" : "", name);
}

static void
put(const char *addr, const char *name, const void *data, size_t len)
{
	char path[256];
	int fd;

	path_of(path, sizeof(path), addr, name);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, data, len), (ssize_t)len);
	close(fd);
}

static void
put_text(const char *addr, const char *name, const char *text)
{
	put(addr, name, text, strlen(text));
}

static void
put_size(const char *addr, const char *name, off_t size)
{
	char path[256];

	put(addr, name, "", 0);
	path_of(path, sizeof(path), addr, name);
	CU_ASSERT_EQUAL(truncate(path, size), 0);
}

static void
put_link(const char *addr, const char *name, const char *target)
{
	char path[256];

	path_of(path, sizeof(path), addr, name);
	unlink(path);
	CU_ASSERT_EQUAL(symlink(target, path), 0);
}

/* An empty file below the root. */
static void
put_root(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	close(fd);
}

static void
drop(const char *addr, const char *name)
{
	char path[256];

	path_of(path, sizeof(path), addr, name);
	CU_ASSERT_EQUAL(unlink(path), 0);
}

static void
get(const char *addr, const char *name, off_t offset, void *data, size_t len)
{
	char path[256];
	int fd;

	path_of(path, sizeof(path), addr, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(pread(fd, data, len, offset), (ssize_t)len);
	close(fd);
}

static void
add_device(const char *addr, const char *vendor, const char *device)
{
	static const uint8_t config[64] = { 0xf4, 0x1a, 0x10, 0x11, 0x01, 0x04 };
	char path[256];

	path_of(path, sizeof(path), addr, "");
	CU_ASSERT_EQUAL_FATAL(mkdir(path, 0755), 0);
	put_text(addr, "vendor", vendor);
	put_text(addr, "device", device);
	put_text(addr, "resource", RESOURCE);
	put_text(addr, "enable", "0");
	put(addr, "config", config, sizeof(config));
	put_size(addr, "resource0", REGS_SIZE);
	put_size(addr, "resource2", MEM_SIZE);
}

static void
add_ivshmem(const char *addr)
{
	add_device(addr, "0x1af4\n", "0x1110\n");
}

/* A tree of its own for each case; devices of other kinds around. */
static void
tree_make(void)
{
	static unsigned int serial;
	const char *tmp = vt_test_tmp_dir();
	static const char * const parts[] = { "", "/dev", "/dev/vfio", "/sys", "/sys/bus", "/sys/bus/pci",
		"/sys/bus/pci/devices" };
	unsigned int i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(tmp);
	snprintf(root, sizeof(root), "%s/root%u", tmp, serial++);
	for (i = 0; i < RTE_DIM(parts); i++) {
		snprintf(tree, sizeof(tree), "%s%s", root, parts[i]);
		CU_ASSERT_EQUAL_FATAL(mkdir(tree, 0755), 0);
	}
	rte_vtpci_root(root);
	add_device("0000:00:00.0", "0x8086\n", "0x29c0\n");
	add_device("0000:00:1f.2", "0x1af4\n", "0x1042\n");
}

/* Mappings of the tree's files. */
static unsigned int
count_maps(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	unsigned int n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, tree) != NULL;
	fclose(f);
	return n;
}

/* Open, with what the log says. */
static int
open_logged(const char *addr, const char *way, struct rte_vtpci *dev, char *text, size_t len)
{
	FILE *old = rte_log_get_stream();
	char *log = NULL;
	size_t log_len = 0;
	FILE *f = open_memstream(&log, &log_len);
	int ret;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	rte_openlog_stream(f);
	ret = rte_vtpci_open(addr, way, dev);
	rte_openlog_stream(old == stderr ? NULL : old);
	fclose(f);
	snprintf(text, len, "%s", log);
	free(log);
	return ret;
}

static void
opens(const char *addr, const char *way, struct rte_vtpci *dev, const char *at)
{
	char text[512];

	CU_ASSERT_EQUAL_FATAL(open_logged(addr, way, dev, text, sizeof(text)), 0);
	CU_ASSERT_STRING_EQUAL(dev->addr, at);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, at));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "no interrupts"));
}

/* Refused by a log line that has both texts; nothing is left open or mapped. */
static void
refused(const char *addr, const char *way, int err, const char *text1, const char *text2)
{
	unsigned int fds = count_fds(), maps = count_maps();
	struct rte_vtpci dev;
	char text[512];
	int ret = open_logged(addr, way, &dev, text, sizeof(text));

	CU_ASSERT_EQUAL(ret, err);
	CU_ASSERT_EQUAL(count_fds(), fds);
	CU_ASSERT_EQUAL(count_maps(), maps);
	if (ret != err || strstr(text, text1) == NULL || strstr(text, text2) == NULL) {
		CU_FAIL("another outcome");
		printf("\n%d, wanted %d, '%s', '%s': %s\n", ret, err, text1, text2, text);
	}
	if (ret == 0)
		rte_vtpci_close(&dev);
}

static void
test_first(void)
{
	unsigned int fds;
	struct rte_vtpci a, b;

	tree_make();
	add_ivshmem(B);
	add_ivshmem(A);
	fds = count_fds();
	opens(NULL, NULL, &a, A);
	opens(NULL, NULL, &b, B);
	refused(NULL, NULL, -EBUSY, "all of 2 ivshmem devices", "");
	rte_vtpci_close(&a);
	opens(NULL, NULL, &a, A);
	rte_vtpci_close(&b);
	rte_vtpci_close(&a);
	rte_vtpci_close(&a);
	CU_ASSERT_EQUAL(count_fds(), fds);
	CU_ASSERT_EQUAL(count_maps(), 0);
}

static void
test_address(void)
{
	static const char * const same[] = { A, "00:05.0", "00:5.0", "0:5.0", "0:0:5.0" };
	static const char * const bad[] = {
		"", "5", "00:05", "00:05.", "00:05.0x", "00:05.0 ", "00:20.0", "00:05.8", "100:05.0",
		"10000:00:05.0", "first", "0000:00:05.0:1",
	};
	struct rte_vtpci dev;
	unsigned int i;

	tree_make();
	add_ivshmem(A);
	add_ivshmem("0001:00:05.0");
	for (i = 0; i < RTE_DIM(same); i++) {
		opens(same[i], NULL, &dev, A);
		rte_vtpci_close(&dev);
	}
	opens("1:0:5.0", NULL, &dev, "0001:00:05.0");
	rte_vtpci_close(&dev);
	for (i = 0; i < RTE_DIM(bad); i++)
		refused(bad[i], NULL, -EINVAL, "no PCI address", bad[i]);
}

static void
test_none(void)
{
	char path[256];

	tree_make();
	refused(NULL, NULL, -ENODEV, "no ivshmem device (1af4:1110)", "2 PCI devices");
	refused(A, NULL, -ENODEV, A, "no such PCI device");
	refused("00:00.0", NULL, -ENODEV, "0000:00:00.0: is 8086:29c0", "1af4:1110");
	/* The same vendor is not enough. */
	refused("00:1f.2", NULL, -ENODEV, "0000:00:1f.2: is 1af4:1042", "1af4:1110");
	snprintf(path, sizeof(path), "%s/nowhere", root);
	rte_vtpci_root(path);
	refused(NULL, NULL, -ENODEV, "nowhere", strerror(ENOENT));
}

/* Memory and registers are those of the files, and the device is switched on. */
static void
test_mapped(void)
{
	struct rte_vtpci dev;
	uint64_t word = 0;
	uint8_t cmd[2];
	char on = '0';
	void *again;

	tree_make();
	add_ivshmem(A);
	opens(NULL, "sysfs", &dev, A);
	CU_ASSERT_EQUAL(dev.way, RTE_VTPCI_SYSFS);
	CU_ASSERT_EQUAL(dev.mem_size, MEM_SIZE);
	CU_ASSERT_EQUAL(dev.nb_vectors, 0);
	CU_ASSERT_EQUAL(dev.vectors[0], -1);
	((uint64_t *)dev.mem)[MEM_SIZE / 8 - 1] = 0x1122334455667788;
	get(A, "resource2", MEM_SIZE - 8, &word, sizeof(word));
	CU_ASSERT_EQUAL(word, 0x1122334455667788);
	again = mmap(NULL, dev.mem_size, PROT_READ, MAP_SHARED, dev.mem_fd, (off_t)dev.mem_offset);
	CU_ASSERT_NOT_EQUAL_FATAL(again, MAP_FAILED);
	CU_ASSERT_EQUAL(((uint64_t *)again)[MEM_SIZE / 8 - 1], 0x1122334455667788);
	munmap(again, dev.mem_size);
	get(A, "enable", 0, &on, 1);
	CU_ASSERT_EQUAL(on, '1');
	get(A, "config", 4, cmd, sizeof(cmd));
	CU_ASSERT_EQUAL(cmd[0], 0x07); /* it was 01: what it had stays */
	CU_ASSERT_EQUAL(cmd[1], 0x04);
	rte_vtpci_close(&dev);
}

static void
test_registers(void)
{
	static const int32_t ids[] = { -1, 0, 1, 65535 };
	struct rte_vtpci dev;
	uint32_t word, other[2];
	unsigned int i;

	tree_make();
	add_ivshmem(A);
	for (i = 0; i < RTE_DIM(ids); i++) {
		uint32_t regs[REGS_SIZE / 4] = { 0xdead, 0xdead, (uint32_t)ids[i], 0xdead };

		put(A, "resource0", regs, sizeof(regs));
		opens(A, NULL, &dev, A);
		CU_ASSERT_EQUAL(rte_vtpci_id(&dev), ids[i]);
		rte_write32(UINT32_C(3) << 16 | 7, rte_vtpci_doorbell(&dev));
		get(A, "resource0", 12, &word, sizeof(word));
		CU_ASSERT_EQUAL(word, 0x00030007);
		/* No other register was written. */
		get(A, "resource0", 0, other, sizeof(other));
		CU_ASSERT_EQUAL(other[0], 0xdead);
		CU_ASSERT_EQUAL(other[1], 0xdead);
		CU_ASSERT_EQUAL(rte_vtpci_id(&dev), ids[i]);
		rte_vtpci_close(&dev);
	}
}

static void
test_way(void)
{
	tree_make();
	add_ivshmem(A);
	refused(A, "uio", -EINVAL, A, "'uio'");
	refused(A, "vfio", -EBUSY, A, "must be bound to vfio-pci");
	put_link(A, "driver", "../../../bus/pci/drivers/uio_pci_generic");
	refused(A, NULL, -EBUSY, A, "uio_pci_generic");
	refused(A, "vfio", -EBUSY, A, "'uio_pci_generic'");
	/* Bound to vfio-pci, without VFIO, in no group, or in one that there is not. */
	put_link(A, "driver", "../../../bus/pci/drivers/vfio-pci");
	refused(A, "sysfs", -EBUSY, A, "driver vfio-pci");
	refused(A, NULL, -ENOENT, A ": vfio: ", "/dev/vfio/vfio");
	put_root("dev/vfio/vfio");
	refused(A, NULL, -EPROTONOSUPPORT, A ": vfio: ", "version");
	fake_vfio_init("", MEM_SIZE);
	refused(A, NULL, -ENOENT, A ": vfio: ", "no IOMMU group");
	put_link(A, "iommu_group", "../../../kernel/iommu_groups/7");
	refused(A, NULL, -ENOENT, A ": vfio: ", "/dev/vfio/7");
	refused(A, "vfio", -ENOENT, A ": vfio: ", "/dev/vfio/7");
	fake_vfio.on = false;
}

/* ---- VFIO ---- */

/* A device that is bound to vfio-pci, in group 7. */
static void
vfio_make(void)
{
	static char device[256];

	tree_make();
	add_ivshmem(A);
	put_link(A, "driver", "../../../bus/pci/drivers/vfio-pci");
	put_link(A, "iommu_group", "../../../kernel/iommu_groups/7");
	put_root("dev/vfio/vfio");
	put_root("dev/vfio/7");
	put_size(A, "device-file", FAKE_VFIO_CONFIG + 256);
	path_of(device, sizeof(device), A, "device-file");
	fake_vfio_init(device, MEM_SIZE);
}

static void
vfio_opens(struct rte_vtpci *dev, unsigned int nb_vectors, const char *says)
{
	char text[512];

	CU_ASSERT_EQUAL_FATAL(open_logged(A, NULL, dev, text, sizeof(text)), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, says));
	CU_ASSERT_EQUAL(dev->way, RTE_VTPCI_VFIO);
	CU_ASSERT_EQUAL(dev->nb_vectors, nb_vectors);
	CU_ASSERT_EQUAL(fake_vfio.nb_connected, nb_vectors);
}

static void
test_vfio(void)
{
	const uint64_t one = 1;
	unsigned int fds, maps, i;
	struct rte_vtpci dev;
	uint64_t word = 0;
	uint8_t cmd[2];

	vfio_make();
	fds = count_fds();
	maps = count_maps();
	vfio_opens(&dev, 4, "by vfio, 4 interrupts");
	/* An interrupt is a write to the eventfd of its number. */
	for (i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(write(fake_vfio.connected[i], &one, 8), 8);
		CU_ASSERT_EQUAL(read(dev.vectors[i], &word, 8), 8);
		CU_ASSERT_EQUAL(read(dev.vectors[(i + 1) % 4], &word, 8), -1);
	}
	CU_ASSERT_EQUAL(dev.vectors[4], -1);
	((uint64_t *)dev.mem)[1] = 0x5566778899;
	get(A, "device-file", FAKE_VFIO_BAR2 + 8, &word, 8);
	CU_ASSERT_EQUAL(word, 0x5566778899);
	get(A, "device-file", FAKE_VFIO_CONFIG + 4, cmd, 2);
	CU_ASSERT_EQUAL(cmd[0], 0x06);
	CU_ASSERT_EQUAL(fcntl(dev.device_fd, F_GETFD), FD_CLOEXEC);
	refused(A, NULL, -EBUSY, A, "another process");
	rte_vtpci_close(&dev);
	/* More than are used. */
	fake_vfio.nb_irqs = fake_vfio.irqs_free = 32;
	vfio_opens(&dev, RTE_VTPCI_MAX_VECTORS, "16 interrupts");
	rte_vtpci_close(&dev);
	CU_ASSERT_EQUAL(count_fds(), fds);
	CU_ASSERT_EQUAL(count_maps(), maps);
	fake_vfio.on = false;
}

static void
test_vfio_interrupts(void)
{
	unsigned int fds;
	struct rte_vtpci dev;

	vfio_make();
	fds = count_fds();
	/* Fewer than the device has: those are used. */
	fake_vfio.irqs_free = 2;
	vfio_opens(&dev, 2, "2 interrupts");
	CU_ASSERT_TRUE(dev.vectors[1] >= 0);
	CU_ASSERT_EQUAL(dev.vectors[2], -1);
	rte_vtpci_close(&dev);
	/* None: it polls, and says so. */
	fake_vfio.nb_connected = 0;
	fake_vfio.irqs_errno = ENOSPC;
	vfio_opens(&dev, 0, "without interrupts");
	CU_ASSERT_EQUAL(dev.vectors[0], -1);
	rte_vtpci_close(&dev);
	fake_vfio.irqs_errno = 0;
	fake_vfio.nb_irqs = 0;
	vfio_opens(&dev, 0, "without interrupts");
	rte_vtpci_close(&dev);
	CU_ASSERT_EQUAL(count_fds(), fds);
	fake_vfio.on = false;
}

static void
test_vfio_refused(void)
{
	vfio_make();
	fake_vfio.api++;
	refused(A, NULL, -EPROTONOSUPPORT, A ": vfio: ", "version");
	vfio_make();
	fake_vfio.group_flags = 0;
	refused(A, NULL, -EBUSY, A ": vfio: ", "kernel drivers");
	vfio_make();
	fake_vfio.region_flags = 0;
	refused(A, NULL, -ENXIO, A ": vfio: ", "BAR0 cannot be mapped");
	vfio_make();
	fake_vfio.bar0_size = 128;
	refused(A, NULL, -ENXIO, A ": vfio: ", "BAR0 cannot be mapped");
	vfio_make();
	fake_vfio.bar2_size = 0;
	refused(A, NULL, -ENXIO, A ": vfio: ", "BAR2 cannot be mapped");
	vfio_make();
	fake_vfio.device = "/nonexistent";
	refused(A, NULL, -ENOENT, A ": vfio: ", "get device");
	fake_vfio.on = false;
}

/* ---- tables and files that do not go together ---- */

/* Registers that do not begin with a page: two devices may have theirs in one. */
static void
test_middle(void)
{
	uint32_t regs[0xf00 / 4] = { 0 };
	struct rte_vtpci dev;
	uint32_t word;

	tree_make();
	add_ivshmem(A);
	put_text(A, "resource", RESOURCE_MIDDLE);
	regs[(0xe00 + 8) / 4] = 3;
	regs[8 / 4] = 99;
	put(A, "resource0", regs, sizeof(regs));
	opens(A, NULL, &dev, A);
	CU_ASSERT_EQUAL(rte_vtpci_id(&dev), 3);
	rte_write32(0x10002, rte_vtpci_doorbell(&dev));
	get(A, "resource0", 0xe00 + 12, &word, sizeof(word));
	CU_ASSERT_EQUAL(word, 0x10002);
	get(A, "resource0", 12, &word, sizeof(word));
	CU_ASSERT_EQUAL(word, 0);
	rte_vtpci_close(&dev);
	CU_ASSERT_EQUAL(count_maps(), 0);
}

static void
test_short(void)
{
	tree_make();
	add_ivshmem(A);
	put_size(A, "resource2", MEM_SIZE - 4096);
	refused(A, NULL, -ENXIO, A, "resource2 has 61440 bytes, its table says 65536");
	refused(NULL, NULL, -ENXIO, "none of 1", "61440");
	put_size(A, "resource2", MEM_SIZE);
	put_size(A, "resource0", 255);
	refused(A, NULL, -ENXIO, A, "resource0 has 255 bytes");
	put_text(A, "resource", RESOURCE_SMALL_BAR0);
	refused(A, NULL, -ENXIO, A, "BAR0 has 128 bytes, at least 256");
	put_text(A, "resource", "0x1 0x2 0x3\n");
	refused(A, NULL, -EIO, A, "has 1 lines");
	drop(A, "resource");
	refused(A, NULL, -ENOENT, A, "/resource: No such file");
}

/* The first one that can be used need not be the first one. */
static void
test_passed_over(void)
{
	struct rte_vtpci dev, other;
	char text[512];

	tree_make();
	add_ivshmem(A);
	add_ivshmem(B);
	put_link(A, "driver", "../../../bus/pci/drivers/uio_pci_generic");
	CU_ASSERT_EQUAL_FATAL(open_logged(NULL, NULL, &dev, text, sizeof(text)), 0);
	CU_ASSERT_STRING_EQUAL(dev.addr, B);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, A ": passed over: driver uio_pci_generic"));
	/* Now one has a driver, the other an owner. */
	refused(NULL, NULL, -EBUSY, "none of 2", "another process");
	rte_vtpci_close(&dev);
	drop(A, "driver");
	put_text(A, "resource", RESOURCE_NO_BAR2);
	CU_ASSERT_EQUAL_FATAL(open_logged(NULL, NULL, &dev, text, sizeof(text)), 0);
	CU_ASSERT_STRING_EQUAL(dev.addr, B);
	rte_vtpci_close(&dev);
	/* One whose identity cannot be read is none of them. */
	put_text(A, "resource", RESOURCE);
	drop(A, "vendor");
	CU_ASSERT_EQUAL_FATAL(open_logged(NULL, NULL, &other, text, sizeof(text)), 0);
	CU_ASSERT_STRING_EQUAL(other.addr, B);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, A ": its vendor cannot be read"));
	rte_vtpci_close(&other);
}

/* Somebody without rights cannot keep others out: what he can open is not what is locked. */
static void
test_lock_of_nobody(void)
{
	static const char * const readable[] = { "config", "resource", "vendor", "enable" };
	struct rte_vtpci dev;
	char path[256];
	int fd[RTE_DIM(readable)];
	unsigned int i;

	tree_make();
	add_ivshmem(A);
	for (i = 0; i < RTE_DIM(readable); i++) {
		path_of(path, sizeof(path), A, readable[i]);
		fd[i] = open(path, O_RDONLY | O_CLOEXEC);
		CU_ASSERT_EQUAL(flock(fd[i], LOCK_EX | LOCK_NB), 0);
	}
	opens(A, NULL, &dev, A);
	rte_vtpci_close(&dev);
	for (i = 0; i < RTE_DIM(readable); i++)
		close(fd[i]);
}

static void
test_unassigned(void)
{
	tree_make();
	add_ivshmem(A);
	put_text(A, "resource", RESOURCE_NO_BAR2);
	refused(A, NULL, -ENXIO, A, "pref64-reserve");
	put_text(A, "resource", RESOURCE_NO_BAR0);
	refused(NULL, NULL, -ENXIO, A, "no address");
	put_text(A, "resource", RESOURCE);
	refused("00:00.0", NULL, -ENODEV, "8086", "");
}

/* A file that is missing is named, and so is what it was for. */
static void
test_missing(void)
{
	static const struct {
		const char *file, *text;
	} files[] = {
		{ "config", "command register" },
		{ "enable", "cannot be enabled" },
		{ "resource0", "resource0" },
		{ "resource2", "resource2" },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(files); i++) {
		tree_make();
		add_ivshmem(A);
		drop(A, files[i].file);
		refused(A, NULL, -ENOENT, files[i].text, strerror(ENOENT));
		refused(NULL, NULL, -ENOENT, files[i].text, A);
	}
	tree_make();
	add_ivshmem(A);
	drop(A, "vendor");
	refused(A, NULL, -ENOENT, A, "its vendor cannot be read: No such file");
	refused(NULL, NULL, -ENODEV, "no ivshmem device", "its vendor cannot be read");
	put_text(A, "vendor", "");
	refused(A, NULL, -EIO, A, "its vendor cannot be read");
}

/* Run as a user without rights; its outcome, -1 if the child came to another end. */
static int
open_as_nobody(const char *need)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct rte_vtpci dev;
		char text[512];
		int ret;

		if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
			_exit(99);
		ret = open_logged(A, NULL, &dev, text, sizeof(text));
		_exit(strstr(text, need) != NULL ? -ret : 98);
	}
	CU_ASSERT_FATAL(pid > 0);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_not_allowed(void)
{
	static const struct {
		const char *file;
		mode_t mode;
		const char *text;
	} files[] = {
		{ "config", 0, "command register" },
		{ "enable", 0444, "needs root" },
		{ "config", 0444, "command register" },
		{ "resource0", 0444, "resource0" },
		{ "resource2", 0444, "resource2" },
	};
	char path[256];
	unsigned int i, k;

	CU_ASSERT_EQUAL(chmod(vt_test_tmp_dir(), 0711), 0);
	for (i = 0; i < RTE_DIM(files); i++) {
		static const char * const all[] = { "config", "enable", "resource0", "resource2" };

		tree_make();
		add_ivshmem(A);
		for (k = 0; k < RTE_DIM(all); k++) {
			path_of(path, sizeof(path), A, all[k]);
			CU_ASSERT_EQUAL(chmod(path, 0666), 0);
		}
		CU_ASSERT_EQUAL(open_as_nobody(""), 0);
		path_of(path, sizeof(path), A, files[i].file);
		CU_ASSERT_EQUAL(chmod(path, files[i].mode), 0);
		CU_ASSERT_EQUAL(open_as_nobody(files[i].text), EACCES);
	}
}

/* A configuration space that ends before the command register does. */
static void
test_short_config(void)
{
	tree_make();
	add_ivshmem(A);
	put(A, "config", "abcde", 5);
	refused(A, NULL, -EIO, "command register", strerror(EIO));
}

/* The device of a process that was killed is free at once; before that it is nobody else's. */
static void
test_busy(void)
{
	struct rte_vtpci dev;
	int ready[2], status;
	char byte;
	pid_t pid;

	tree_make();
	add_ivshmem(A);
	CU_ASSERT_EQUAL_FATAL(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (rte_vtpci_open(A, NULL, &dev) != 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	CU_ASSERT_FATAL(pid > 0);
	close(ready[1]);
	CU_ASSERT_EQUAL(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	refused(A, NULL, -EBUSY, A, "another process");
	refused(NULL, NULL, -EBUSY, "all of 1 ivshmem devices", "");
	/* The way does not matter: one who would use VFIO meets the same lock. */
	put_link(A, "driver", "../../../bus/pci/drivers/vfio-pci");
	refused(A, "vfio", -EBUSY, A, "another process");
	drop(A, "driver");
	kill(pid, SIGKILL);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT(WIFSIGNALED(status));
	opens(A, NULL, &dev, A);
	rte_vtpci_close(&dev);
}

/* A child has the memory neither by fork nor the descriptors by exec. */
static void
test_children(void)
{
	struct rte_vtpci dev;
	unsigned char in_core;
	int status = -1;
	pid_t pid;

	tree_make();
	add_ivshmem(A);
	opens(A, NULL, &dev, A);
	CU_ASSERT_EQUAL(fcntl(dev.lock_fd, F_GETFD), FD_CLOEXEC);
	CU_ASSERT_EQUAL(mincore(dev.mem, 4096, &in_core), 0);
	pid = fork();
	if (pid == 0)
		_exit(mincore(dev.mem, 4096, &in_core) != 0 && errno == ENOMEM ? 0 : 1);
	CU_ASSERT_FATAL(pid > 0);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	rte_vtpci_close(&dev);
}

static int
cleanup(void)
{
	rte_vtpci_root(NULL);
	fake_vfio.on = false;
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "the first one that is free", test_first },
	{ "forms of an address", test_address },
	{ "no device, another device", test_none },
	{ "memory is mapped and the device is on", test_mapped },
	{ "number and doorbell", test_registers },
	{ "ways and drivers", test_way },
	{ "vfio: memory, registers, interrupts", test_vfio },
	{ "vfio: fewer interrupts, and none", test_vfio_interrupts },
	{ "vfio: what is refused", test_vfio_refused },
	{ "registers in the middle of a page", test_middle },
	{ "files shorter than their table", test_short },
	{ "those that cannot be used are passed over", test_passed_over },
	{ "locks of somebody without rights", test_lock_of_nobody },
	{ "memory without an address", test_unassigned },
	{ "missing files", test_missing },
	{ "files that are not allowed", test_not_allowed },
	{ "a short configuration space", test_short_config },
	{ "one process has a device", test_busy },
	{ "children have nothing of it", test_children },
};

VT_TEST_SUITE(vinetalk_ivshmem_pci_autotest, NULL, cleanup, cases);
