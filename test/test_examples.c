/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * The examples as processes, against a vt-appliance process. What they write is judged by the tools
 * that everybody has: gzip, cmp, sha256sum, file. Then wrong input, and the build of `hello`
 * outside the tree against an installation.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appliance_process.h"
#include "test.h"

#define TIMEOUT_MS 60000
/* Variables of each script: where the programs are, where files go, and the device. */
#define PRELUDE "set -e; ex=$1/examples; src=$2; dev=shm,path=$3; cd \"$4\"; "

static struct vt_appliance appliance;
static char sock[200];

/* Run a script in the suite's directory; its status, and what it wrote if that is wanted. */
static int
script(const char *text, char **output)
{
	char *all = NULL, *out = NULL;
	int ret;

	if (asprintf(&all, "%s%s", PRELUDE, text) < 0)
		return -1;
	ret = vt_test_run((const char *const[]){ "bash", "-c", all, "examples", vt_test_build_dir(),
		vt_test_source_dir(), sock, vt_test_tmp_dir(), NULL }, NULL, &out, TIMEOUT_MS);
	if (ret != 0 && output == NULL)
		printf("\n%s\n%s\nstatus %d\n", text, out != NULL ? out : "", ret);
	free(all);
	if (output != NULL)
		*output = out;
	else
		free(out);
	return ret;
}

/* It must fail by itself, not by a signal, and say this. */
static void
refused(const char *text, const char *says)
{
	char *output = NULL;
	int ret = script(text, &output);

	CU_ASSERT(ret > 0 && ret < 126);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	if (strstr(output, says) == NULL || ret <= 0 || ret >= 126)
		printf("\n%s\nstatus %d, wanted \"%s\" in:\n%s\n", text, ret, says, output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, says));
	free(output);
}

static int
start(void)
{
	char domain[300];

	snprintf(domain, sizeof(domain), "examples,path=%s,clients=4,arena=20M", sock);
	if (vt_appliance_start(&appliance, (const char *const[]){ "--oversubscribe", "--pollers",
			"1", "--domain", domain, "--accel", "cpu,workers=1", NULL }) == 0)
		return 0;
	printf("\n%s\n", appliance.output);
	return -1;
}

static void
test_hello(void)
{
	char *output = NULL;

	CU_ASSERT_EQUAL(script("$ex/hello $dev", &output), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "1024 sums are right"));
	free(output);
}

static void
test_gzip(void)
{
	/* Not a multiple of the block, and many more blocks than buffers. */
	CU_ASSERT_EQUAL(script("seq 1 1500000 >big; for i in 1 2 3 4; do head -c 300001 "
		"/dev/urandom; done >>big; $ex/gzip_offload --dev $dev --json z.json big big.gz; "
		"gzip -t big.gz; "
		"gzip -dc big.gz | cmp - big; test $(stat -c %s big.gz) -lt $(stat -c %s "
		"big)", NULL), 0);
	/* The counters: a task for each block, none failed. */
	CU_ASSERT_EQUAL(script("n=$(( ($(stat -c %s big) + 262143) / 262144 )); cat z.json; "
		"grep -q \"\\\"enqueued\\\":$n,\\\"completed\\\":$n,\\\"failed\\\":0,\" "
		"z.json", NULL), 0);
}

static void
test_gzip_sizes(void)
{
	CU_ASSERT_EQUAL(script("for n in 0 1 262143 262144 262145; do head -c $n big >part; "
		"$ex/gzip_offload --dev $dev part part.gz; gzip -t part.gz; "
		"gzip -dc part.gz | cmp - part; done", NULL), 0);
}

static void
test_hash(void)
{
	const char *files = "find $src/lib $src/drivers $src/app -type f";
	char *text = NULL;

	CU_ASSERT_FATAL(asprintf(&text, ": >empty; { %s; echo empty; } >list; "
		"$ex/hash_files --dev $dev <list >sums; test $(wc -l <list) -gt 50; "
		"test $(wc -l <list) -eq $(wc -l <sums); sha256sum -c --quiet sums; "
		"$ex/hash_files --dev $dev empty \"$(head -1 list)\" | cmp - "
		"<(sha256sum empty \"$(head -1 list)\")", files) > 0);
	CU_ASSERT_EQUAL(script(text, NULL), 0);
	free(text);
	/* Names that sha256sum escapes. */
	CU_ASSERT_EQUAL(script("cp list $'a\\\\b\\nc'; $ex/hash_files --dev $dev "
		"$'a\\\\b\\nc' >odd; sha256sum $'a\\\\b\\nc' | cmp - odd; "
		"sha256sum -c --quiet odd", NULL), 0);
}

/* An all-white and an all-black picture stay what they are, whatever the kernel of the blur. */
static const char pictures[] =
	"python3 - <<'end'\n"
	"import struct, zlib\n"
	"def chunk(kind, data):\n"
	"    body = kind + data\n"
	"    return struct.pack('>I', len(data)) + body + struct.pack('>I', zlib.crc32(body))\n"
	"def png(name, width, height, pixel):\n"
	"    rows = b''\n"
	"    for y in range(height):\n"
	"        rows += b'\\0' + b''.join(pixel(x, y) for x in range(width))\n"
	"    with open(name, 'wb') as f:\n"
	"        f.write(b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR',\n"
	"            struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)) +\n"
	"            chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))\n"
	"png('white.png', 97, 61, lambda x, y: b'\\xff\\xff\\xff')\n"
	"png('black.png', 1, 1, lambda x, y: b'\\0\\0\\0')\n"
	"png('halves.png', 120, 80, lambda x, y: b'\\xff\\xff\\xff' if x >= 60 else b'\\0\\0\\0')\n"
	"end\n"
	"mkdir -p out; $ex/image_filter --dev $dev out white.png black.png halves.png\n"
	"for f in white black halves; do file -b out/$f.png; done\n"
	"python3 - <<'end'\n"
	"import struct, zlib\n"
	"def read(name):\n"
	"    data = open(name, 'rb').read()\n"
	"    at, raw = 8, b''\n"
	"    while at < len(data):\n"
	"        length, kind = struct.unpack('>I4s', data[at:at + 8])\n"
	"        body = data[at + 8:at + 8 + length]\n"
	"        assert struct.unpack('>I', data[at + 8 + length:at + 12 + length])[0] == \\\n"
	"            zlib.crc32(kind + body), name\n"
	"        if kind == b'IHDR':\n"
	"            width, height, depth, colour = struct.unpack('>IIBB', body[:10])\n"
	"        if kind == b'IDAT':\n"
	"            raw += body\n"
	"        at += 12 + length\n"
	"    assert (depth, colour) == (8, 0), name\n"
	"    raw, rows, above = zlib.decompress(raw), [], bytes(width)\n"
	"    for y in range(height):\n"
	"        line = raw[y * (width + 1):(y + 1) * (width + 1)]\n"
	"        assert line[0] in (0, 1, 2), (name, line[0])\n"
	"        row = bytearray(line[1:])\n"
	"        for x in range(width):\n"
	"            left = row[x - 1] if x else 0\n"
	"            row[x] = row[x] + (0, left, above[x])[line[0]] & 255\n"
	"        rows.append(row)\n"
	"        above = row\n"
	"    return rows\n"
	"white, black, halves = read('out/white.png'), read('out/black.png'), "
	"read('out/halves.png')\n"
	"assert len(white) == 61 and all(len(r) == 97 and set(r) <= {254, 255} for r in white)\n"
	"assert black == [bytearray(1)]\n"
	"for row in halves:\n"
	"    assert row[0] == 0 and row[-1] >= 254 and 64 < row[59] < 128 <= row[60] < 192\n"
	"    assert sorted(row) == list(row)\n"
	"end\n";

static void
test_image(void)
{
	char *output = NULL, *p;
	unsigned int n = 0;
	int ret = script(pictures, &output);

	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_EQUAL(ret, 0);
	if (ret != 0)
		printf("\n%s\n", output);
	for (p = output; (p = strstr(p, "PNG image data")) != NULL; p++)
		n++;
	CU_ASSERT_EQUAL(n, 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "97 x 61, 8-bit grayscale"));
	free(output);
}

/* By kernels, on an appliance of its own: the same pictures. */
/* Each block, and the tags, as openssl and libcrypto of another program have them. */
static void
test_encrypt(void)
{
#ifdef VT_HAVE_CRYPTO
	static struct vt_appliance other;
	char domain[300];

	snprintf(domain, sizeof(domain), "crypto,path=%s.crypto,clients=2,arena=20M", sock);
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start(&other, (const char *const[]){ "--oversubscribe", "--pollers", "1",
		"--domain", domain, "--accel", "crypto,dev=crypto_openssl,workers=1", NULL }), 0);
	CU_ASSERT_EQUAL(script("dev=$dev.crypto; head -c 32 /dev/urandom >key; seq 1 600000 >plain; "
		"rm -f out.enc out.enc.tags; $ex/encrypt_file --dev $dev key plain out.enc; "
		"hex() { od -An -v -tx1 | tr -d ' \\n'; }; key=$(hex <key); n=$(( ($(stat -c %s plain) + 1048575) >> 20 )); "
		"test $n -ge 3; test $(stat -c %s out.enc.tags) -eq $((16 + 16 * n)); "
		"base=$(head -c 8 out.enc.tags | hex); low=$((16#$(tail -c +9 out.enc.tags | head -c 4 | hex))); "
		"for i in $(seq 0 $((n - 1))); do iv=$base$(printf %08x $(( (low + i) % 4294967296 )))00000002; "
		"tail -c +$((1048576 * i + 1)) out.enc | head -c 1048576 | "
		"openssl enc -d -aes-256-ctr -K $key -iv $iv; done | cmp - plain", NULL), 0);
	refused("dev=$dev.crypto; $ex/encrypt_file --dev $dev key plain out.enc", "out.enc: File exists");
	refused("dev=$dev.crypto; head -c 31 key >short; $ex/encrypt_file --dev $dev short plain x.enc", "has not 32 bytes");
	refused("$ex/encrypt_file --dev $dev key plain x.enc", "aes_gcm_encrypt: No such file");
	CU_ASSERT_EQUAL(vt_appliance_stop(&other, SIGTERM), 0);
#else
	vt_test_skip_reason("the crypto accelerator is not built");
#endif
}

static void
test_image_opencl(void)
{
	static struct vt_appliance other;
	char domain[300], accel[600], *output = NULL;
	int ret;

	snprintf(domain, sizeof(domain), "opencl,path=%s.cl,clients=2,arena=20M", sock);
	snprintf(accel, sizeof(accel), "opencl,kernels=%s/examples/opencl/image.cl",
		vt_test_source_dir());
	if (vt_appliance_start(&other, (const char *const[]){ "--oversubscribe", "--pollers", "1",
			"--domain", domain, "--accel", accel, NULL }) != 0) {
		/* Only for want of it. */
		CU_ASSERT(strstr(other.output, "no OpenCL platform") != NULL ||
			strstr(other.output, "no accelerator driver opencl") != NULL);
		vt_test_skip_reason("no OpenCL driver or platform");
		return;
	}
	CU_ASSERT_EQUAL(script("dev=$dev.cl; mkdir -p out/cl; "
		"$ex/image_filter --dev $dev --opencl out/cl white.png black.png halves.png; "
		"cmp out/white.png out/cl/white.png; cmp out/black.png out/cl/black.png; "
		"file -b out/cl/halves.png | grep -q '120 x 80, 8-bit grayscale'", NULL), 0);
	/* The procedures of the cpu accelerator are not there, nor kernels at the other appliance. */
	ret = script("$ex/image_filter --dev $dev.cl out/cl white.png", &output);
	CU_ASSERT(ret == 1 && strstr(output, "grayscale: No such file") != NULL);
	free(output);
	refused("$ex/image_filter --dev $dev --opencl out white.png", "cl_grayscale: No such file");
	CU_ASSERT_EQUAL(vt_appliance_stop(&other, SIGTERM), 0);
}

/* A white JPEG of 24 x 16. */
static void
test_image_jpeg(void)
{
	CU_ASSERT_EQUAL(script("base64 -d >photo.jpg <<'end'\n"
		"/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtq\n"
		"eJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSk\n"
		"pKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAQABgDASIAAhEBAxEB/8QA\n"
		"FQABAQAAAAAAAAAAAAAAAAAAAAb/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAA\n"
		"AAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AKYAAAH/2Q==\n"
		"end\n"
		"mkdir -p out; $ex/image_filter --dev $dev out photo.jpg; "
		"file -b out/photo.png | grep -q '24 x 16, 8-bit grayscale'", NULL), 0);
}

/* All at once on one appliance, as the demo has them. */
static void
test_together(void)
{
	CU_ASSERT_EQUAL(script("$ex/gzip_offload --dev $dev big t.gz & a=$!; "
		"$ex/hash_files --dev $dev <list >t.sums & b=$!; "
		"$ex/image_filter --dev $dev out halves.png & c=$!; "
		"for i in 1 2 3 4 5; do $ex/hello $dev; done; wait $a; wait $b; wait $c; "
		"gzip -dc t.gz | cmp - big; cmp sums t.sums", NULL), 0);
}

static void
test_event_loop(void)
{
	CU_ASSERT_EQUAL(script("{ seq 300; echo; printf 'no end'; } >lines; cat lines | "
		"$ex/event_loop $dev >digests; while IFS= read -r l || [ -n \"$l\" ]; do "
		"printf %s \"$l\" | sha256sum | cut -c-64; done <lines | cmp - digests; "
		"test $(wc -l <digests) -eq 302", NULL), 0);
	/* Input that comes late, and none. */
	CU_ASSERT_EQUAL(script("{ echo a; sleep 0.3; echo b; } | $ex/event_loop $dev | "
		"cmp - <(for l in a b; do printf $l | sha256sum | cut -c-64; done); "
		"test -z \"$(: | $ex/event_loop $dev)\"", NULL), 0);
	refused("echo x | $ex/event_loop empty", "No such file or directory");
	refused("$ex/event_loop $dev </dev/null", "must be a pipe");
}

static void
test_help(void)
{
	char *output = NULL;

	CU_ASSERT_EQUAL(script("for p in hello event_loop gzip_offload hash_files image_filter; do "
		"$ex/$p --help; done", &output), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "usage: hello"));
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "usage: event_loop"));
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "usage: gzip_offload"));
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "usage: hash_files"));
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "usage: image_filter"));
	free(output);
}

static void
test_no_socket(void)
{
	refused("$ex/hello shm,path=$PWD/nobody.sock", "No such file or directory");
	refused("$ex/gzip_offload --dev shm,path=$PWD/nobody.sock big x.gz", "No such file");
	refused("$ex/hash_files --dev shm,path=$PWD/nobody.sock big", "No such file");
	refused("$ex/image_filter --dev shm,path=$PWD/nobody.sock out white.png", "No such file");
	refused(": >plain; $ex/hello shm,path=$PWD/plain", "refused");
}

/* A socket whose other end speaks something else. */
static pid_t
stranger(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), client;
	pid_t pid;

	if (fd < 0 || strlen(path) >= sizeof(addr.sun_path))
		return -1;
	strcpy(addr.sun_path, path);
	if ( bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 || listen(fd, 4) != 0) {
		close(fd);
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		while ((client = accept(fd, NULL, NULL)) >= 0) {
			if (write(client, "220 mail.example.org ESMTP\r\n", 28) != 28)
				_exit(1);
			close(client);
		}
		_exit(0);
	}
	close(fd);
	return pid;
}

static void
test_no_broker(void)
{
	char path[256];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/mail.sock", vt_test_tmp_dir());
	pid = stranger(path);
	CU_ASSERT_FATAL(pid > 0);
	refused("$ex/hello shm,path=$PWD/mail.sock", "hello: shm,path=");
	refused("$ex/hash_files --dev shm,path=$PWD/mail.sock big", "shm,path=");
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

static void
test_bad_devargs(void)
{
	refused("$ex/hello nonsense", "nonsense");
	refused("$ex/hello $dev,colour=red", "colour");
	refused("$ex/gzip_offload --dev empty,a=b big x.gz", "empty");
	refused("$ex/hash_files --dev", "usage");
}

static void
test_bad_files(void)
{
	refused("$ex/gzip_offload --dev $dev absent x.gz", "absent: No such file or directory");
	refused("$ex/gzip_offload --dev $dev big no/such/dir.gz", "no/such/dir.gz: No such file");
	refused("$ex/gzip_offload --dev $dev big ./big", "is the input too");
	CU_ASSERT_EQUAL(script("gzip -dc big.gz | cmp - big", NULL), 0);
	refused("$ex/gzip_offload --dev $dev big", "usage");
	/* The others are hashed all the same. */
	refused("$ex/hash_files --dev $dev empty absent list >some || { ret=$?; "
		"test $(wc -l <some) -eq 2; sha256sum -c --quiet some; exit $ret; }",
		"absent: No such");
	refused("$ex/hash_files --dev $dev .", "Is a directory");
	refused("$ex/image_filter --dev $dev out absent.png", "absent.png: No such file");
	refused("$ex/image_filter --dev $dev out list", "list: ");
	refused("head -c 60 white.png >cut.png; $ex/image_filter --dev $dev out cut.png",
		"cut.png: ");
	refused("printf '\\377\\330\\377\\340broken' >cut.jpg; $ex/image_filter --dev $dev "
		"out cut.jpg",
		"cut.jpg: ");
	refused("head -c 275 photo.jpg >end.jpg; $ex/image_filter --dev $dev out end.jpg",
		"end.jpg: ");
	refused("$ex/image_filter --dev $dev absent white.png", "absent/white.png: No such file");
	CU_ASSERT_EQUAL(script("test ! -e x.gz && test ! -e out/cut.png", NULL), 0);
}

static void
test_full_disk(void)
{
	refused("$ex/hash_files --dev $dev <list >/dev/full", "No space left");
	refused("rm -f full.gz; ln -s /dev/full full.gz; $ex/gzip_offload --dev $dev big full.gz",
		"No space left");
	/* What is no file is left alone. */
	CU_ASSERT_EQUAL(script("test -L full.gz && test -c /dev/full", NULL), 0);
}

/* What the Makefile of hello does for somebody who has the package and not the tree. */
static void
test_makefile(void)
{
	char *output = NULL;

	if (!vt_test_have("make") || !vt_test_have("meson")) {
		vt_test_skip_reason("make or meson is missing");
		return;
	}
	CU_ASSERT_EQUAL(script("DESTDIR=$PWD/root meson install -C $1 --no-rebuild >install.log; "
		"pc=$(find root -name librte_vinetalk.pc); test -n \"$pc\"; "
		/* It was installed below another root than it was built for. */
		"sed -i \"s,^prefix=,prefix=$PWD/root,\" $pc; "
		"cp -r $src/examples/hello hello; export PKG_CONFIG_PATH=$PWD/$(dirname $pc); "
		"make -C hello", NULL), 0);
	CU_ASSERT_EQUAL(script("export LD_LIBRARY_PATH=$(dirname $(dirname $(find $PWD/root "
		"-name librte_vinetalk.pc))); export VINETALK_DRIVER_PATH=$(dirname $(find "
		"$PWD/root "
		"-name librte_transport_shm.so)); ldd hello/hello | grep -q "
		"\"$PWD/root.*vinetalk\"; "
		"hello/hello $dev", &output), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	if (strstr(output, "1024 sums are right") == NULL)
		printf("\n%s\n", output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "1024 sums are right"));
	free(output);
}

/* After all of that the appliance serves, and ends in order. */
static void
test_appliance_after(void)
{
	test_hello();
	CU_ASSERT_EQUAL(vt_appliance_stop(&appliance, SIGTERM), 0);
	refused("$ex/hello $dev", "hello: shm,path=");
}

/* The appliance is killed under a client, which ends with an error and leaves no file. */
static void
test_appliance_dies(void)
{
	char *text = NULL, *output = NULL;

	CU_ASSERT_EQUAL_FATAL(start(), 0);
	CU_ASSERT_FATAL(asprintf(&text, "$ex/gzip_offload --dev $dev --progress done /dev/zero "
		"zero.gz & p=$!; until test -s done; do kill -0 $p; sleep 0.01; done; kill -9 %d; "
		"ret=0; wait $p || ret=$?; test ! -e zero.gz; echo \"status $ret\"",
		appliance.pid) > 0);
	CU_ASSERT_EQUAL(script(text, &output), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "gzip_offload: deflate: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "status 1\n"));
	printf("%s", strstr(output, "status 1\n") != NULL ? "" : output);
	free(output);
	free(text);
	CU_ASSERT_EQUAL(vt_appliance_stop(&appliance, SIGKILL), 128 + SIGKILL);
	/* It could not do that itself. */
	vt_test_run((const char *const[]){ "rm", "-rf", appliance.runtime_dir, sock, NULL }, NULL,
		NULL, TIMEOUT_MS);
}

static int
setup(void)
{
	snprintf(sock, sizeof(sock), "%s/ex.sock", vt_test_tmp_dir());
	if (access(vt_appliance_program(), X_OK) != 0) {
		vt_test_skip_reason("%s was not built", vt_appliance_program());
		return VT_TEST_SKIPPED;
	}
	return start();
}

static int
cleanup(void)
{
	if (appliance.pid != 0)
		vt_appliance_stop(&appliance, SIGTERM);
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "--help of each", test_help },
	{ "hello", test_hello },
	{ "an event loop", test_event_loop },
	{ "gzip_offload: gzip -t, gzip -dc | cmp, counters", test_gzip },
	{ "gzip_offload: sizes around the block", test_gzip_sizes },
	{ "hash_files: sha256sum -c", test_hash },
	{ "image_filter: PNG", test_image },
	{ "image_filter: JPEG", test_image_jpeg },
	{ "image_filter: by kernels", test_image_opencl },
	{ "encrypt_file", test_encrypt },
	{ "all at once", test_together },
	{ "no such socket", test_no_socket },
	{ "a socket that is no broker", test_no_broker },
	{ "device arguments", test_bad_devargs },
	{ "files that are missing, damaged or not writable", test_bad_files },
	{ "disk full", test_full_disk },
	{ "hello by its Makefile, against an installation", test_makefile },
	{ "the appliance afterwards", test_appliance_after },
	{ "the appliance is killed under a client", test_appliance_dies },
};

VT_TEST_SUITE(vinetalk_examples_autotest, setup, cleanup, cases);
