/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * hash_files [FILE...]: SHA-256 of many small files (or of those named on standard input, one a
 * line), as sha256sum prints it. Files are read straight into the arena, several at a time.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_vtaccel_procs.h>

#include "client.h"

#define MAX_FILE (256 << 10)
#define MAX_SLOTS 32

struct slot {
	uint8_t *data, *digest;
	char *name;
	uint32_t len;
	uint64_t start_ns;
	int done;
};

static struct client client;
static struct slot slots[MAX_SLOTS];
static unsigned int nb_slots, head, tail, nb_bad;
static uint16_t proc;

static void
usage(void)
{
	printf("usage: hash_files [options] [FILE...]\n" CLIENT_USAGE
		"Without files their names are read from standard input. Files of up to %d KiB.\n"
		"example: find /usr/include -type f | hash_files >sums && sha256sum -c sums\n",
		MAX_FILE >> 10);
}

static int
receive(void)
{
	struct rte_vinetalk_completion c;
	struct slot *s;

	if (client_receive(&client, &c) != 0)
		return -1;
	if (c.status != 0) {
		fprintf(stderr, "hash_files: sha256: %s\n", rte_vinetalk_strstatus(c.status));
		return -1;
	}
	s = &slots[c.cookie];
	client_latency(&client, s->start_ns);
	client_progress(&client, s->len);
	s->done = 1;
	return 0;
}

/* A line that begins with a backslash has these two characters of the name escaped. */
static void
print_name(const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == '\\' || *name == '\n')
			printf("\\%c", *name == '\n' ? 'n' : '\\');
		else
			putchar(*name);
	}
}

/* Print the oldest, in the order of the files. */
static int
print_oldest(void)
{
	struct slot *s = &slots[tail % nb_slots];
	int i;

	while (!s->done)
		if (receive() != 0)
			return -1;
	if (strpbrk(s->name, "\\\n") != NULL)
		putchar('\\');
	for (i = 0; i < RTE_VTACCEL_SHA256_LEN; i++)
		printf("%02x", s->digest[i]);
	printf("  ");
	print_name(s->name);
	putchar('\n');
	free(s->name);
	tail++;
	return 0;
}

static int
hash(const char *name)
{
	struct slot *s = &slots[head % nb_slots];
	struct rte_vinetalk_task task;
	FILE *f;

	if (head - tail == nb_slots && print_oldest() != 0)
		return -1;
	f = fopen(name, "rb");
	if (f == NULL) {
		fprintf(stderr, "hash_files: %s: %s\n", name, strerror(errno));
		nb_bad++;
		return 0;
	}
	s->len = (uint32_t)fread(s->data, 1, MAX_FILE, f);
	if (ferror(f) || fgetc(f) != EOF) {
		fprintf(stderr, "hash_files: %s: %s\n", name, ferror(f) ? strerror(errno) :
			"is too large");
		nb_bad++;
		fclose(f);
		return 0;
	}
	fclose(f);
	s->name = strdup(name);
	s->done = 0;
	rte_vinetalk_task_init(&task, client.vaccel, proc, head % nb_slots);
	rte_vinetalk_task_in(client.dev, &task, s->data, s->len);
	rte_vinetalk_task_out(client.dev, &task, s->digest, RTE_VTACCEL_SHA256_LEN);
	s->start_ns = client_now_ns();
	head++;
	return client_send(&client, &task);
}

static int
hash_listed(void)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	int ret = 0;

	while (ret == 0 && (len = getline(&line, &cap, stdin)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (line[0] != '\0')
			ret = hash(line);
	}
	free(line);
	return ret;
}

int
main(int argc, char **argv)
{
	unsigned int i;
	int ret = 0;

	argc = client_options(&client, argc, argv, usage);
	if (argc > 1 && argv[1][0] == '-') {
		usage();
		return 1;
	}
	if (client_open(&client, "hash_files") != 0 ||
			client_proc(&client, RTE_VTACCEL_PROC_SHA256, &proc) != 0)
		return 1;
	nb_slots = MAX_SLOTS < client.depth ? MAX_SLOTS : client.depth;
	for (i = 0; i < nb_slots; i++) {
		slots[i].data = client_alloc(&client, MAX_FILE);
		slots[i].digest = client_alloc(&client, RTE_VTACCEL_SHA256_LEN);
		if (slots[i].data == NULL || slots[i].digest == NULL)
			return 1;
	}
	if (argc == 1)
		ret = hash_listed();
	for (i = 1; ret == 0 && i < (unsigned int)argc; i++)
		ret = hash(argv[i]);
	while (ret == 0 && tail != head)
		ret = print_oldest();
	if (fflush(stdout) != 0) {
		fprintf(stderr, "hash_files: write: %s\n", strerror(errno));
		ret = -1;
	}
	return client_close(&client) != 0 || ret != 0 || nb_bad != 0;
}
