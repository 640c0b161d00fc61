/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * encrypt_file KEY FILE OUT: encrypt a file by AES-256-GCM in blocks of 1 MiB, many at a time. OUT has the
 * ciphertext; OUT.tags an IV, with four zeroes behind it, and the tag of each block. The IV of a block is this one with
 * the block's number added to its last four bytes, big-endian. KEY is a file of 32 bytes.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <rte_vtaccel_crypto.h>

#include "client.h"

#define BLOCK (1 << 20)
#define MAX_BLOCKS 8
#define KEY 32
#define IV 12
#define TAG 16
#define ARGS (sizeof(struct rte_vtaccel_crypto_args) + KEY + IV)

struct block {
	uint8_t *data, *tag;
	struct rte_vinetalk_seg *segs;
	struct rte_vtaccel_crypto_args *args;
	uint64_t start_ns;
	int done;
};

static struct client client;
static struct block blocks[MAX_BLOCKS];
static unsigned int nb_blocks;
static uint8_t first_iv[IV + 4];

static void
usage(void)
{
	printf("usage: encrypt_file [options] KEY FILE OUT\n" CLIENT_USAGE
		"example: encrypt_file --dev shm,path=/run/vinetalk/default.sock key big.tar big.tar.enc\n");
}

/* Arena memory of a block, with the key in it. */
static int
make_blocks(const uint8_t *key)
{
	nb_blocks = MAX_BLOCKS < client.depth ? MAX_BLOCKS : client.depth;
	for (unsigned int i = 0; i < nb_blocks; i++) {
		struct block *b = &blocks[i];

		b->data = client_alloc(&client, BLOCK);
		b->tag = client_alloc(&client, TAG);
		b->segs = client_alloc(&client, 3 * sizeof(b->segs[0]));
		b->args = client_alloc(&client, ARGS);
		if (b->data == NULL || b->tag == NULL || b->segs == NULL || b->args == NULL)
			return -1;
		memset(b->args, 0, sizeof(*b->args));
		b->args->key_len = KEY;
		b->args->iv_len = IV;
		memcpy(b->args->bytes, key, KEY);
	}
	return 0;
}

/* [doc] begin send */
static int
send_block(unsigned int nb, uint32_t len, uint16_t proc)
{
	struct block *b = &blocks[nb % nb_blocks];
	const struct rte_vinetalk_seg data = { .offset = rte_vinetalk_offset(client.dev, b->data), .len = len };
	const struct rte_vinetalk_seg tag = { .offset = rte_vinetalk_offset(client.dev, b->tag), .len = TAG };
	uint8_t *iv = b->args->bytes + KEY;
	struct rte_vinetalk_task task;

	memcpy(iv, first_iv, IV);
	for (unsigned int i = 0, carry = nb; i < 4; i++, carry >>= 8) {
		carry += iv[IV - 1 - i];
		iv[IV - 1 - i] = (uint8_t)carry;
	}
	b->segs[0] = b->segs[1] = data; /* in place */
	b->segs[2] = tag;
	rte_vinetalk_task_init(&task, client.vaccel, proc, nb);
	rte_vinetalk_task_segs(client.dev, &task, b->segs, 1, 2);
	rte_vinetalk_task_args_ref(client.dev, &task, b->args, ARGS);
	b->start_ns = client_now_ns();
	b->done = 0;
	return client_send(&client, &task);
}
/* [doc] end send */

static int
receive_block(void)
{
	struct rte_vinetalk_completion c;
	struct block *b;

	if (client_receive(&client, &c) != 0)
		return -1;
	if (c.status != 0) {
		fprintf(stderr, "encrypt_file: %s: %s\n", RTE_VTACCEL_PROC_AES_GCM_ENCRYPT,
			rte_vinetalk_strstatus(c.status));
		return -1;
	}
	b = &blocks[c.cookie % nb_blocks];
	client_latency(&client, b->start_ns);
	client_progress(&client, c.result);
	b->segs[0].len = (uint32_t)c.result;
	b->done = 1;
	return 0;
}

static int
write_block(struct block *b, FILE *out, FILE *tags)
{
	while (!b->done)
		if (receive_block() != 0)
			return -1;
	if (fwrite(b->data, 1, b->segs[0].len, out) == b->segs[0].len && fwrite(b->tag, 1, TAG, tags) == TAG)
		return 0;
	fprintf(stderr, "encrypt_file: write: %s\n", strerror(errno));
	return -1;
}

static int
encrypt(FILE *in, FILE *out, FILE *tags, uint16_t proc)
{
	unsigned int head, tail = 0;
	size_t len;

	if (fwrite(first_iv, 1, sizeof(first_iv), tags) != sizeof(first_iv))
		return -1;
	for (head = 0; ; head++) {
		if (head - tail == nb_blocks && write_block(&blocks[tail++ % nb_blocks], out, tags) != 0)
			return -1;
		len = fread(blocks[head % nb_blocks].data, 1, BLOCK, in);
		if (len == 0)
			break;
		if (send_block(head, (uint32_t)len, proc) != 0)
			return -1;
	}
	if (ferror(in)) {
		fprintf(stderr, "encrypt_file: read: %s\n", strerror(errno));
		return -1;
	}
	while (tail != head)
		if (write_block(&blocks[tail++ % nb_blocks], out, tags) != 0)
			return -1;
	return 0;
}

static FILE *
open_or_say(const char *name, const char *suffix, const char *mode)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", name, suffix);
	f = fopen(path, mode);
	if (f == NULL)
		fprintf(stderr, "encrypt_file: %s: %s\n", path, strerror(errno));
	return f;
}

static int
read_key(const char *name, uint8_t *key)
{
	FILE *f = open_or_say(name, "", "rb");
	size_t n;

	if (f == NULL)
		return -1;
	n = fread(key, 1, KEY, f);
	if (n == KEY && fgetc(f) != EOF)
		n++;
	fclose(f);
	if (n == KEY)
		return 0;
	fprintf(stderr, "encrypt_file: %s: has not %d bytes\n", name, KEY);
	return -1;
}

int
main(int argc, char **argv)
{
	FILE *in, *out = NULL, *tags = NULL;
	uint8_t key[KEY];
	uint16_t proc;
	int ret = -1;

	argc = client_options(&client, argc, argv, usage);
	if (argc != 4) {
		usage();
		return 1;
	}
	in = open_or_say(argv[2], "", "rb");
	if (in == NULL || read_key(argv[1], key) != 0 || getrandom(first_iv, IV, 0) != IV)
		return 1;
	if (client_open(&client, "encrypt_file") != 0 ||
			client_proc(&client, RTE_VTACCEL_PROC_AES_GCM_ENCRYPT, &proc) != 0 || make_blocks(key) != 0)
		return 1;
	out = open_or_say(argv[3], "", "wbx");
	if (out != NULL)
		tags = open_or_say(argv[3], ".tags", "wbx");
	if (tags != NULL)
		ret = encrypt(in, out, tags, proc);
	fclose(in);
	if ((out != NULL && fclose(out) != 0) || (tags != NULL && fclose(tags) != 0)) {
		fprintf(stderr, "encrypt_file: %s: %s\n", argv[3], strerror(errno));
		ret = -1;
	}
	/* What the arena had of the key is not left to the next one there. */
	for (unsigned int i = 0; i < nb_blocks; i++)
		explicit_bzero(blocks[i].args, ARGS);
	explicit_bzero(key, sizeof(key));
	return client_close(&client) != 0 || ret != 0;
}
