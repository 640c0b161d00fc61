/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* The recording of local_profile, and the tool that reads it. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_vinetalk.h>

#include "test.h"

#define TIMEOUT_MS 60000
#define DEPTH 32

static const char header[] =
	"time_ns,thread,cpu,call,proc,accel_type,status,duration_ns,bytes_in,bytes_out";

struct tracer {
	uint16_t dev, proc, va;
	uint8_t *data;
};

static void
tmp_path(char *path, size_t len, const char *name)
{
	snprintf(path, len, "%s/%s", vt_test_tmp_dir(), name);
}

static void
tracer_open(struct tracer *t, const char *file, const char *more, uint16_t nb_qps)
{
	const struct rte_vinetalk_conf conf = { .nb_queue_pairs = nb_qps };
	struct rte_vinetalk_vaccel_conf vc = { .accel = RTE_VINETALK_ID_ANY };
	const struct rte_vinetalk_qp_conf qc = { .depth = DEPTH };
	char args[700];
	uint16_t i;
	int dev;

	snprintf(args, sizeof(args), "local_profile,file=%s%s", file, more);
	dev = rte_vinetalk_attach(args);
	CU_ASSERT_TRUE_FATAL(dev >= 0);
	t->dev = (uint16_t)dev;
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_configure(t->dev, &conf), 0);
	for (i = 0; i < nb_qps; i++)
		CU_ASSERT_EQUAL_FATAL(rte_vinetalk_queue_pair_setup(t->dev, i, &qc), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_start(t->dev), 0);
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_proc_get(t->dev, "echo", RTE_VINETALK_ACCEL_ANY,
		&t->proc), 0);
	vc.proc = t->proc;
	CU_ASSERT_EQUAL_FATAL(rte_vinetalk_vaccel_acquire(t->dev, &vc, &t->va), 0);
	t->data = rte_vinetalk_alloc(t->dev, 4096, 0, RTE_VINETALK_PLACE_HOST);
	CU_ASSERT_PTR_NOT_NULL_FATAL(t->data);
	memset(t->data, 0, 4096);
}

/* Enqueue and dequeue nb tasks; the first bad ones lack their output. */
static unsigned int
tracer_tasks(const struct tracer *t, uint16_t qp, unsigned int nb, unsigned int bad)
{
	struct rte_vinetalk_completion c;
	struct rte_vinetalk_task task;
	unsigned int i, wrong = 0;

	for (i = 0; i < nb; i++) {
		rte_vinetalk_task_init(&task, t->va, t->proc, i);
		rte_vinetalk_task_in(t->dev, &task, t->data, 100);
		if (i >= bad)
			rte_vinetalk_task_out(t->dev, &task, t->data + 2048, 200);
		wrong += rte_vinetalk_enqueue_burst(t->dev, qp, &task, 1) != 1;
		wrong += rte_vinetalk_dequeue_burst(t->dev, qp, &c, 1) != 1;
		wrong += c.status != (i >= bad ? 0 : -EINVAL);
	}
	return wrong;
}

static uint64_t
xstat(uint16_t dev, const char *name)
{
	struct rte_vinetalk_xstat_name names[128];
	uint64_t values[128];
	int nb = rte_vinetalk_xstats_names_get(dev, names, 128), i;

	if (nb <= 0 || nb > 128 || rte_vinetalk_xstats_get(dev, values, 128) != nb)
		return UINT64_MAX;
	for (i = 0; i < nb; i++)
		if (strcmp(names[i].name, name) == 0)
			return values[i];
	return UINT64_MAX;
}

struct counts {
	unsigned int lines, malformed;
	unsigned int enqueues, dequeues, echo, failed, attach, close, alloc, acquire;
	uint64_t bytes_in, bytes_out;
	uint64_t recorded, dropped; /* of the last line */
	bool end;
};

static void
count_line(struct counts *c, const char *line)
{
	char call[32], proc[64], type[16], rest[8];
	uint64_t time, duration, in, out;
	int thread, cpu, status;

	if (sscanf(line, "# recorded %" SCNu64 ", dropped %" SCNu64, &c->recorded,
			&c->dropped) == 2) {
		c->end = true;
		return;
	}
	c->lines++;
	/* sscanf has no empty strings: proc and type are there only for tasks. */
	duration = 0;
	if (sscanf(line, "%" SCNu64 ",%d,%d,%31[a-z_],%63[a-z0-9_],%15[a-z],%d,%" SCNu64 ",%" SCNu64
			",%" SCNu64 "%7s", &time, &thread, &cpu, call, proc, type, &status,
			&duration, &in, &out, rest) == 10) {
		c->echo += strcmp(proc, "echo") == 0 && strcmp(type, "cpu") == 0;
		c->enqueues += strcmp(call, "enqueue") == 0;
		c->dequeues += strcmp(call, "dequeue") == 0;
		c->failed += status != 0;
		if (strcmp(call, "enqueue") == 0) {
			c->bytes_in += in;
			c->bytes_out += out;
		}
	} else if (sscanf(line, "%" SCNu64 ",%d,%d,%31[a-z_],,,%d,%" SCNu64 ",0,0%7s", &time,
			&thread, &cpu, call, &status, &duration, rest) == 6) {
		c->attach += strcmp(call, "attach") == 0;
		c->close += strcmp(call, "close") == 0;
		c->alloc += strcmp(call, "alloc") == 0;
		c->acquire += strcmp(call, "vaccel_acquire") == 0;
	} else {
		c->malformed++;
	}
	/* Longer than this test can take: it ended before it began. */
	if (duration > UINT64_C(3600000000000))
		c->malformed++;
}

static void
count_file(const char *file, struct counts *c)
{
	char line[512];
	FILE *f = fopen(file, "r");

	memset(c, 0, sizeof(*c));
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_PTR_NOT_NULL(fgets(line, sizeof(line), f));
	line[strcspn(line, "\n")] = '\0';
	CU_ASSERT_STRING_EQUAL(line, header);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strchr(line, '\n') == NULL)
			c->malformed++;
		line[strcspn(line, "\n")] = '\0';
		count_line(c, line);
	}
	fclose(f);
}

static void
test_record(void)
{
	struct tracer t;
	struct counts c;
	char file[600];

	tmp_path(file, sizeof(file), "record.csv");
	tracer_open(&t, file, "", 1);
	CU_ASSERT_EQUAL(tracer_tasks(&t, 0, 500, 3), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(t.dev), 0);
	count_file(file, &c);
	CU_ASSERT_EQUAL(c.malformed, 0);
	CU_ASSERT_EQUAL(c.enqueues, 500);
	CU_ASSERT_EQUAL(c.dequeues, 500);
	CU_ASSERT_EQUAL(c.echo, 1000);
	CU_ASSERT_EQUAL(c.failed, 2 * 3);
	CU_ASSERT_EQUAL(c.bytes_in, 497 * 100);
	CU_ASSERT_EQUAL(c.bytes_out, 497 * 200);
	CU_ASSERT_EQUAL(c.attach, 1);
	CU_ASSERT_EQUAL(c.close, 1);
	CU_ASSERT_EQUAL(c.alloc, 1);
	CU_ASSERT_EQUAL(c.acquire, 1);
	CU_ASSERT_TRUE(c.end);
	CU_ASSERT_EQUAL(c.recorded, c.lines);
	CU_ASSERT_EQUAL(c.dropped, 0);
}

static void
test_no_file(void)
{
	CU_ASSERT_EQUAL(rte_vinetalk_attach("local_profile,file=/no/such/directory/x.csv"), -ENOENT);
	CU_ASSERT_EQUAL(rte_vinetalk_attach("local_profile,file="), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_attach("local_profile,file=/tmp"), -EISDIR);
	CU_ASSERT_EQUAL(rte_vinetalk_attach("local_profile,size=100"), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_attach("local_profile,buffer=2"), -EINVAL);
	CU_ASSERT_EQUAL(rte_vinetalk_attach("local_profile,buffer=99999999999"), -EINVAL);
}

/* ---- threads that come and go ---- */

#define NB_THREADS 40

struct worker {
	pthread_t id;
	const struct tracer *t;
	uint16_t qp;
	unsigned int wrong;
};

static void *
work(void *arg)
{
	struct worker *w = arg;

	w->wrong = tracer_tasks(w->t, w->qp, 100, 0);
	return NULL;
}

static void
test_threads(void)
{
	struct worker w[4];
	struct tracer t;
	struct counts c;
	char file[600];
	unsigned int i, j;

	tmp_path(file, sizeof(file), "threads.csv");
	tracer_open(&t, file, "", 4);
	for (i = 0; i < NB_THREADS / 4; i++) {
		for (j = 0; j < 4; j++) {
			w[j] = (struct worker){ .t = &t, .qp = (uint16_t)j };
			CU_ASSERT_EQUAL_FATAL(pthread_create(&w[j].id, NULL, work, &w[j]), 0);
		}
		for (j = 0; j < 4; j++) {
			pthread_join(w[j].id, NULL);
			CU_ASSERT_EQUAL(w[j].wrong, 0);
		}
	}
	CU_ASSERT_EQUAL(xstat(t.dev, "trace_dropped"), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(t.dev), 0);
	count_file(file, &c);
	CU_ASSERT_EQUAL(c.malformed, 0);
	CU_ASSERT_EQUAL(c.enqueues, NB_THREADS * 100);
	CU_ASSERT_EQUAL(c.dequeues, NB_THREADS * 100);
	CU_ASSERT_EQUAL(c.recorded, c.lines);
}

/* A thread that outlives one recording and makes records of the next. */
static void *
two_recordings(void *arg)
{
	unsigned int *wrong = arg, i;
	char name[32], file[600];
	struct tracer t;
	struct counts c;

	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "two%u.csv", i);
		tmp_path(file, sizeof(file), name);
		tracer_open(&t, file, "", 1);
		*wrong += tracer_tasks(&t, 0, 10, 0);
		*wrong += rte_vinetalk_close(t.dev) != 0;
		count_file(file, &c);
		*wrong += c.enqueues != 10 || c.malformed != 0;
	}
	return NULL;
}

static void
test_recordings(void)
{
	unsigned int wrong = 0;
	pthread_t id;

	two_recordings(&wrong);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&id, NULL, two_recordings, &wrong), 0);
	pthread_join(id, NULL);
	CU_ASSERT_EQUAL(wrong, 0);
}

/* ---- a disk that stands still: a pipe that nobody reads ---- */

struct reader {
	int fd;
	uint64_t bytes;
};

static void *
read_all(void *arg)
{
	struct reader *r = arg;
	char buf[65536];
	ssize_t n;

	while ((n = read(r->fd, buf, sizeof(buf))) > 0)
		r->bytes += (uint64_t)n;
	return NULL;
}

static void
test_dropped(void)
{
	const unsigned int nb = 20000;
	uint64_t dropped;
	struct reader r = { 0 };
	struct tracer t;
	char file[600];
	pthread_t id;

	tmp_path(file, sizeof(file), "pipe");
	CU_ASSERT_EQUAL_FATAL(mkfifo(file, 0600), 0);
	r.fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(r.fd >= 0);
	tracer_open(&t, file, ",buffer=1024", 1);
	/* 40000 records do not fit into the pipe and the buffer: the caller goes on all the same. */
	CU_ASSERT_EQUAL(tracer_tasks(&t, 0, nb, 0), 0);
	dropped = xstat(t.dev, "trace_dropped");
	CU_ASSERT_TRUE(dropped > 0 && dropped < 2 * nb);
	CU_ASSERT_TRUE(xstat(t.dev, "trace_recorded") + dropped >= 2 * nb);
	/* A new thread is not held up either. */
	{
		struct worker w = { .t = &t };

		CU_ASSERT_EQUAL_FATAL(pthread_create(&w.id, NULL, work, &w), 0);
		pthread_join(w.id, NULL);
		CU_ASSERT_EQUAL(w.wrong, 0);
	}
	CU_ASSERT_EQUAL(fcntl(r.fd, F_SETFL, 0), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&id, NULL, read_all, &r), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(t.dev), 0);
	pthread_join(id, NULL);
	close(r.fd);
	CU_ASSERT_TRUE(r.bytes > 65536);
}

/* ---- the tool ---- */

/* The system's, for which packages are: another one may come first in PATH. */
static const char *
python(void)
{
	return access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3";
}

static int
tool(const char *a, const char *b, const char *c, char **output)
{
	char program[600];
	const char *const argv[] = { python(), program, a, b, c, NULL };

	snprintf(program, sizeof(program), "%s/usertools/vt-profile.py", vt_test_source_dir());
	return vt_test_run(argv, NULL, output, TIMEOUT_MS);
}

static bool
begins_with(const char *file, const char *magic)
{
	char buf[64] = "";
	FILE *f = fopen(file, "r");
	bool ok;

	if (f == NULL)
		return false;
	ok = fread(buf, 1, strlen(magic), f) == strlen(magic) &&
		memcmp(buf, magic, strlen(magic)) == 0;
	fclose(f);
	return ok;
}

static void
test_tool(void)
{
	char file[600], drawing[640], *output = NULL;
	struct tracer t;

	tmp_path(file, sizeof(file), "tool.csv");
	tracer_open(&t, file, "", 1);
	CU_ASSERT_EQUAL(tracer_tasks(&t, 0, 300, 2), 0);
	CU_ASSERT_EQUAL(rte_vinetalk_close(t.dev), 0);
	CU_ASSERT_EQUAL(tool(file, "--table", NULL, &output), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "enqueue "));
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "\necho "));
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "1 thread\n"));
	free(output);
	output = NULL;
	CU_ASSERT_EQUAL(tool(file, "--proc", "sha256", &output), 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, "there are: echo"));
	free(output);
	if (vt_test_run((const char *const[]){ python(), "-c", "import matplotlib", NULL }, NULL,
			NULL, TIMEOUT_MS) != 0) {
		vt_test_skip_reason("python3-matplotlib is missing");
		return;
	}
	CU_ASSERT_EQUAL(tool(file, NULL, NULL, NULL), 0);
	tmp_path(drawing, sizeof(drawing), "tool-timeline.png");
	CU_ASSERT_TRUE(begins_with(drawing, "\x89PNG"));
	tmp_path(drawing, sizeof(drawing), "tool-latency.png");
	CU_ASSERT_TRUE(begins_with(drawing, "\x89PNG"));
	tmp_path(drawing, sizeof(drawing), "tool-timeline.svg");
	CU_ASSERT_TRUE(begins_with(drawing, "<?xml"));
	tmp_path(drawing, sizeof(drawing), "tool-latency.svg");
	CU_ASSERT_TRUE(begins_with(drawing, "<?xml"));
}

static void
tool_says(const char *content, int status, const char *text)
{
	char file[600], *output = NULL;
	unsigned int lines = 0;
	FILE *f;
	char *p;

	tmp_path(file, sizeof(file), "bad.csv");
	unlink(file);
	if (content != NULL) {
		f = fopen(file, "w");
		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		fputs(content, f);
		fclose(f);
	}
	CU_ASSERT_EQUAL(tool(file, "--table", NULL, &output), status);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	if (strstr(output, text) == NULL)
		printf("%s", output);
	CU_ASSERT_PTR_NOT_NULL(strstr(output, text));
	for (p = output; *p != '\0'; p++)
		lines += *p == '\n';
	if (status != 0) /* one line, no traceback */
		CU_ASSERT_EQUAL(lines, 1);
	free(output);
}

#define HEADER "time_ns,thread,cpu,call,proc,accel_type,status,duration_ns,bytes_in,bytes_out\n"
#define LINE "100,1,0,enqueue,echo,cpu,0,50,8,8\n"

static void
test_tool_bad(void)
{
	tool_says(NULL, 1, "No such file");
	tool_says("", 1, "first line");
	tool_says("a,b,c\n1,2,3\n", 1, "first line");
	tool_says(HEADER, 1, "no records");
	tool_says(HEADER "nonsense\n", 1, "no records");
	tool_says(HEADER LINE LINE "100,1,0,enq", 0, "1 line could not be read, the first is 4");
	tool_says(HEADER LINE "x" LINE LINE "1,2,3\n", 0,
		"2 lines could not be read, the first is 3");
	tool_says(HEADER LINE, 0, "the recording has no end");
	tool_says(HEADER LINE "# recorded 1, dropped 77\n", 0, "77 records were dropped");
	tool_says(HEADER "100,1,0,enqueue,echo,cpu,0,0,0,0\n", 0, "1 record");
}

static const struct vt_test_case cases[] = {
	{ "one line for each call", test_record },
	{ "no such file, bad values", test_no_file },
	{ "threads come and go", test_threads },
	{ "several recordings", test_recordings },
	{ "a disk that stands still", test_dropped },
	{ "vt-profile.py", test_tool },
	{ "vt-profile.py: bad input", test_tool_bad },
};

VT_TEST_SUITE(vinetalk_profile_autotest, NULL, NULL, cases);
