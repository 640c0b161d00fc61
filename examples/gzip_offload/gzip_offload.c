/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * gzip_offload FILE OUT.gz: deflate a file in blocks of 256 KiB, many at a time. Each block becomes a
 * gzip member of its own; concatenated members are a valid .gz file.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <rte_vtaccel_procs.h>

#include "client.h"

#define BLOCK (256 << 10)
#define OUT_MAX (BLOCK + BLOCK / 64 + 1024)
#define MAX_BLOCKS 16

struct block {
	uint8_t *in, *out;
	uint32_t in_len, out_len;
	uint64_t start_ns;
	int busy, done;
};

static struct client client;
static struct block blocks[MAX_BLOCKS];
static unsigned int nb_blocks;

static void
usage(void)
{
	printf("usage: gzip_offload [options] FILE OUT.gz\n" CLIENT_USAGE
		"example: gzip_offload --dev shm,path=/run/vinetalk/default.sock big.tar big.tar.gz\n");
}

/* [doc] begin send */
static int
send_block(unsigned int i, uint16_t proc)
{
	const struct rte_vtaccel_deflate_args args = {
		.level = 6,
		.format = RTE_VTACCEL_DEFLATE_GZIP,
	};
	struct block *b = &blocks[i];
	struct rte_vinetalk_task task;

	rte_vinetalk_task_init(&task, client.vaccel, proc, i);
	rte_vinetalk_task_args(client.dev, &task, &args, sizeof(args));
	rte_vinetalk_task_in(client.dev, &task, b->in, b->in_len);
	rte_vinetalk_task_out(client.dev, &task, b->out, OUT_MAX);
	b->start_ns = client_now_ns();
	b->busy = 1;
	b->done = 0;
	return client_send(&client, &task);
}
/* [doc] end send */

/* Wait until one more block is done. */
static int
receive_block(void)
{
	struct rte_vinetalk_completion c;

	if (client_receive(&client, &c) != 0)
		return -1;
	if (c.status != 0) {
		fprintf(stderr, "gzip_offload: deflate: %s\n", rte_vinetalk_strstatus(c.status));
		return -1;
	}
	client_latency(&client, blocks[c.cookie].start_ns);
	client_progress(&client, blocks[c.cookie].in_len);
	blocks[c.cookie].out_len = (uint32_t)c.result;
	blocks[c.cookie].done = 1;
	return 0;
}

/* Write the oldest block, when it is done; a block is free again afterwards. */
static int
write_block(struct block *b, FILE *out)
{
	while (!b->done)
		if (receive_block() != 0)
			return -1;
	b->busy = 0;
	if (fwrite(b->out, 1, b->out_len, out) == b->out_len)
		return 0;
	fprintf(stderr, "gzip_offload: write: %s\n", strerror(errno));
	return -1;
}

static int
compress(FILE *in, FILE *out, uint16_t proc)
{
	unsigned int head = 0, tail = 0;

	for (;;) {
		struct block *b = &blocks[head % nb_blocks];

		if (b->busy && write_block(&blocks[tail++ % nb_blocks], out) != 0)
			return -1;
		b->in_len = (uint32_t)fread(b->in, 1, BLOCK, in);
		/* An empty file is one empty member. */
		if (b->in_len == 0 && (ferror(in) || head != 0))
			break;
		if (send_block(head % nb_blocks, proc) != 0)
			return -1;
		head++;
	}
	if (ferror(in)) {
		fprintf(stderr, "gzip_offload: read: %s\n", strerror(errno));
		return -1;
	}
	while (tail != head)
		if (write_block(&blocks[tail++ % nb_blocks], out) != 0)
			return -1;
	return 0;
}

static int
make_blocks(void)
{
	nb_blocks = MAX_BLOCKS < client.depth ? MAX_BLOCKS : client.depth;
	for (unsigned int i = 0; i < nb_blocks; i++) {
		blocks[i].in = client_alloc(&client, BLOCK);
		blocks[i].out = client_alloc(&client, OUT_MAX);
		if (blocks[i].in == NULL || blocks[i].out == NULL)
			return -1;
	}
	return 0;
}

/* Opening the output would empty the input, if they are the same file. */
static int
same_file(FILE *in, const char *name)
{
	struct stat a, b;

	return fstat(fileno(in), &a) == 0 && stat(name, &b) == 0 && a.st_dev == b.st_dev &&
		a.st_ino == b.st_ino;
}

/* Half a file would look like a whole one. What is no file, such as a device, stays. */
static void
discard(const char *name)
{
	struct stat st;

	if (lstat(name, &st) == 0 && S_ISREG(st.st_mode))
		remove(name);
}

int
main(int argc, char **argv)
{
	FILE *in, *out;
	uint16_t proc;
	int ret;

	argc = client_options(&client, argc, argv, usage);
	if (argc != 3) {
		usage();
		return 1;
	}
	in = fopen(argv[1], "rb");
	if (in == NULL) {
		fprintf(stderr, "gzip_offload: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	if (same_file(in, argv[2])) {
		fprintf(stderr, "gzip_offload: %s: is the input too\n", argv[2]);
		return 1;
	}
	if (client_open(&client, "gzip_offload") != 0 ||
			client_proc(&client, RTE_VTACCEL_PROC_DEFLATE, &proc) != 0 ||
			make_blocks() != 0)
		return 1;
	out = fopen(argv[2], "wb");
	if (out == NULL) {
		fprintf(stderr, "gzip_offload: %s: %s\n", argv[2], strerror(errno));
		return 1;
	}
	ret = compress(in, out, proc);
	fclose(in);
	if (fclose(out) != 0) {
		fprintf(stderr, "gzip_offload: %s: %s\n", argv[2], strerror(errno));
		ret = -1;
	}
	if (ret != 0)
		discard(argv[2]);
	return client_close(&client) != 0 || ret != 0;
}
