/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/*
 * A client that owns every byte of its region (test/hostile), against vt-appliance, next to one of another domain
 * whose work and memory are checked; in each layout, as it was built and with sanitizers.
 *
 * VT_HOSTILE_SECONDS=N: so long altogether. VT_HOSTILE_SEED=N: begin with that seed.
 *
 * vinetalk_hostile_p99_autotest measures, by name only: how long the tasks of the one take next to the other, and next to
 * a process whose threads take as much of the processors, as often. There the poller has a processor of its own, and all
 * others share another one: what is measured is what the appliance does, and not how the kernel shares out processors.
 */

#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "appliance_process.h"
#include "conf.h"
#include "fixture.h"
#include "hostile/hostile.h"
#include "hostile_env.h"
#include "test.h"

#define SECONDS 120
#define RUNS 6        /* three layouts, with and without sanitizers */
#define PATTERN UINT64_C(0x600dda7a600dda7a)
#define WORK_US 5000000
#define HUGE_PAGES 4  /* of a region */
#define BUILD_MS 300000

static char sanitized[4200]; /* the program; "" before it is built */
static char reports[4200];   /* what sanitizers say goes to files that begin so */
static uint64_t seed;

struct run {
	struct vt_appliance a;
	struct honest honest;
	struct attacker attacker;
	const char *layout;
	char lcores[32];      /* "": one, that all share */
	char paths[3][108];   /* good, calm, bad */
	char domains[3][512];
	unsigned int renewals;
	uint64_t completed;   /* tasks of the bad ones that the appliance did */
	uint64_t p99[2];      /* next to who burns, and next to who attacks */
};

static unsigned int
seconds(void)
{
	const char *text = getenv("VT_HOSTILE_SECONDS");
	const int wanted = text != NULL ? atoi(text) : 0;

	return (unsigned int)RTE_MAX((wanted > 0 ? wanted : SECONDS) / RUNS, 1);
}

/* ---- the appliance ---- */

/* A number that stands behind a name in an answer. */
static uint64_t
number_of(const char *answer, const char *name)
{
	const char *at = strstr(answer, name);

	return at != NULL ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* more: of the domain that is attacked. */
static void
appliance_up(struct run *r, const char *what, const char *more)
{
	static const char * const names[] = { "good", "calm", "bad" };
	const bool apart = r->lcores[0] != '\0';
	unsigned int i;

	for (i = 0; i < RTE_DIM(names); i++) {
		snprintf(r->paths[i], sizeof(r->paths[i]), "%s/%s-%s.sock", vt_test_tmp_dir(), r->layout,
			names[i]);
		snprintf(r->domains[i], sizeof(r->domains[i]), "%s,path=%s,arena=1M,clients=4,qps=2"
			",depth=64,rq-depth=128,layout=%s%s", names[i], r->paths[i], r->layout,
			i == 2 ? more : "");
	}
	CU_ASSERT_EQUAL_FATAL(vt_appliance_start_on(&r->a, what, apart ? r->lcores : "0", (const char *const[]){
		"--oversubscribe", "--latency", "--detach-ms", "20", "--domain", r->domains[0],
		"--domain", r->domains[1], "--domain", r->domains[2], "--idle", apart ? "poll" : "adaptive",
		"--accel", apart ? "cpu,workers=0" : "cpu,workers=1",
		"--accel", apart ? "cpu,name=cpu2,workers=0" : "cpu,name=cpu2,workers=1",
		"--accel", "null", NULL }), 0);
}

/* What an operator does to a domain that says that it failed. */
static void
renew(struct run *r)
{
	char command[640];

	r->completed += number_of(vt_appliance_ask(&r->a, "/vinetalk/domain/info,bad"),
		"\"completed\":");
	CU_ASSERT_PTR_NOT_NULL(strstr(vt_appliance_ask(&r->a, "/vinetalk/domain/remove,bad"),
		"\"removed\""));
	snprintf(command, sizeof(command), "/vinetalk/domain/add,%s", r->domains[2]);
	CU_ASSERT_PTR_NOT_NULL(strstr(vt_appliance_ask(&r->a, command), "\"added\""));
	r->renewals++;
}

static bool
has_failed(const struct run *r)
{
	return strstr(vt_appliance_ask(&r->a, "/vinetalk/domain/info,bad"), "\"failed\",") != NULL;
}

static uint64_t
p99_of(const struct run *r, const char *domain)
{
	char command[64];

	snprintf(command, sizeof(command), "/vinetalk/domain/latency,%s", domain);
	return number_of(vt_appliance_ask(&r->a, command), "\"p99_ns\":");
}

/* The next client of the domain, when an operator has been there. */
static void
serves_again(struct run *r)
{
	uint16_t nop, va;
	int dev;

	renew(r);
	dev = fixture_attach_path(r->paths[2], 1, 0);
	CU_ASSERT_TRUE(dev >= 0);
	if (dev < 0)
		return;
	CU_ASSERT_EQUAL(fixture_proc(dev, "nop", &nop, &va), 0);
	fixture_works(dev, nop, va, 100, WORK_US);
	CU_ASSERT_EQUAL(rte_vinetalk_close((uint16_t)dev), 0);
}

/* ---- a run ---- */

/* Until the other process ends; false: the appliance did before. */
static bool
watch(struct run *r, int *status)
{
	*status = -1;
	while (attacker_runs(&r->attacker, status)) {
		if (!vt_appliance_lives(&r->a)) {
			kill(r->attacker.pid, SIGKILL);
			return false;
		}
		if (has_failed(r))
			renew(r);
		usleep(20000);
	}
	return vt_appliance_lives(&r->a);
}

static bool
next_to(struct run *r, unsigned int domain, const char *const args[])
{
	int status;
	bool lives;

	CU_ASSERT_EQUAL_FATAL(honest_begin(&r->honest, r->paths[domain], PATTERN), 0);
	CU_ASSERT_EQUAL_FATAL(attacker_begin(&r->attacker, args), 0);
	lives = watch(r, &status);
	CU_ASSERT_TRUE(lives);
	CU_ASSERT_EQUAL(status, 0);
	honest_stop(&r->honest);
	CU_ASSERT_EQUAL(r->honest.wrong, 0);
	CU_ASSERT_EQUAL(r->honest.changed, 0);
	CU_ASSERT_TRUE(r->honest.tasks != 0);
	if (lives)
		r->p99[domain == 0] = p99_of(r, domain == 0 ? "good" : "calm");
	return lives;
}

/* What holds behind it all. */
static void
aftermath(struct run *r, const char *line)
{
	CU_ASSERT_TRUE(number_of(line, "mutations ") > 0);
	CU_ASSERT_TRUE(number_of(line, "attaches ") > 0);
	CU_ASSERT_EQUAL(number_of(line, "crossings "), 0);
	CU_ASSERT_TRUE(number_of(line, "served ") == 1 || has_failed(r));
	/* Nothing of who attacked came to who did not; and what is searched for is found where it is. */
	CU_ASSERT_EQUAL(honest_search(r->paths[0], HOSTILE_MARK), 0);
	CU_ASSERT_TRUE(honest_search(r->paths[0], PATTERN) > 0);
	serves_again(r);
	CU_ASSERT_TRUE(r->completed > 0);
}

/* crashes: of the appliance, with what sanitizers report. */
static void
tell(const struct run *r, const char *line, uint64_t tasks, int crashes)
{
	printf("\n    %s: seed %" PRIu64 ", %u s, crashes %d, %.*s, completed %" PRIu64 ", renewals %u;"
		" %" PRIu64 " tasks of the other right; its p99 %" PRIu64 " ns, next to who burns %" PRIu64
		", ratio %.2f ", r->layout, seed, seconds(), crashes, (int)strcspn(line, "\n"), line,
		r->completed, r->renewals, tasks, r->p99[1], r->p99[0],
		(double)r->p99[1] / (double)RTE_MAX(r->p99[0], UINT64_C(1)));
}

static void
run(const char *layout, const char *what)
{
	char number[24], length[24], percent[24], pattern[24], line[256] = "";
	static struct run r;
	uint64_t tasks = 0;
	int status;

	memset(&r, 0, sizeof(r));
	r.layout = layout;
	seed++;
	snprintf(number, sizeof(number), "%" PRIu64, seed);
	snprintf(length, sizeof(length), "%u", seconds());
	snprintf(pattern, sizeof(pattern), "%" PRIx64, PATTERN);
	appliance_up(&r, what, "");
	if (next_to(&r, 0, (const char *const[]){ r.paths[2], number, length, pattern, NULL })) {
		attacker_said(&r.attacker, "mutations", line, sizeof(line));
		aftermath(&r, line);
		tasks = r.honest.tasks;
		honest_end(&r.honest);
		/* As much of the processors as that took. */
		snprintf(length, sizeof(length), "%u", RTE_MAX(seconds() / 4, 1U));
		snprintf(percent, sizeof(percent), "%" PRIu64,
			r.attacker.cpu_us / (seconds() * UINT64_C(10000)));
		next_to(&r, 1, (const char *const[]){ "burn", length, percent, NULL });
	}
	honest_end(&r.honest);
	status = vt_appliance_lives(&r.a) ? vt_appliance_stop(&r.a, SIGTERM) : r.a.status;
	CU_ASSERT_EQUAL(status, 0);
	if (status != 0)
		printf("\n%s: seed %" PRIu64 ", the appliance ended with %d:\n%s\n", layout, seed, status,
			r.a.output);
	tell(&r, line, tasks, status != 0);
}

/* ---- memory that vanishes ---- */

/* The domain says that it failed, within a while. */
static bool
fails(struct run *r)
{
	unsigned int i;

	for (i = 0; i < 1000 && vt_appliance_lives(&r->a); i++) {
		if (has_failed(r))
			return true;
		usleep(10000);
	}
	return false;
}

/*
 * The region is a file in a file system that is full: pages that are given back can be had by nobody, and the
 * appliance's next access is SIGBUS.
 */
static void
vanish(const char *what, const char *type, const char *options)
{
	char dir[256], hog[300], more[300], line[256];
	static struct run r;
	int status = -1;

	memset(&r, 0, sizeof(r));
	r.layout = "hashed";
	snprintf(dir, sizeof(dir), "%.200s/full", vt_test_tmp_dir());
	snprintf(hog, sizeof(hog), "%s/hog", dir);
	snprintf(more, sizeof(more), ",file=%s/region", dir);
	mkdir(dir, 0700);
	if (mount("none", dir, type, 0, options) != 0) {
		vt_test_skip_reason("%s cannot be mounted", type);
		return;
	}
	appliance_up(&r, what, more);
	CU_ASSERT_EQUAL_FATAL(honest_begin(&r.honest, r.paths[0], PATTERN), 0);
	CU_ASSERT_EQUAL_FATAL(attacker_begin(&r.attacker, (const char *const[]){ "vanish", r.paths[2],
		hog, NULL }), 0);
	CU_ASSERT_TRUE(fails(&r));
	while (attacker_runs(&r.attacker, &status))
		usleep(10000);
	CU_ASSERT_TRUE(status == 0 || status == 128 + SIGBUS);
	attacker_said(&r.attacker, "vanished", line, sizeof(line));
	CU_ASSERT_TRUE(number_of(line, "vanished ") > 0);
	unlink(hog);
	if (vt_appliance_lives(&r.a))
		serves_again(&r);
	honest_stop(&r.honest);
	CU_ASSERT_EQUAL(r.honest.wrong, 0);
	CU_ASSERT_EQUAL(r.honest.changed, 0);
	CU_ASSERT_TRUE(r.honest.tasks != 0);
	honest_end(&r.honest);
	status = vt_appliance_lives(&r.a) ? vt_appliance_stop(&r.a, SIGTERM) : r.a.status;
	CU_ASSERT_EQUAL(status, 0);
	if (status != 0)
		printf("\nthe appliance ended with %d:\n%s\n", status, r.a.output);
	umount2(dir, MNT_DETACH);
}

static void
test_vanish(void)
{
	vanish(vt_appliance_program(), "tmpfs", "size=10M");
}

static void
test_vanish_huge(void)
{
	if (vt_eal_free_huge_pages() < 2 * HUGE_PAGES) {
		vt_test_skip_reason("fewer than %u huge pages are free", 2 * HUGE_PAGES);
		return;
	}
	vanish(vt_appliance_program(), "hugetlbfs", "size=8M,pagesize=2M");
}

static void
test_hashed(void)
{
	run("hashed", vt_appliance_program());
}

static void
test_single(void)
{
	run("single", vt_appliance_program());
}

static void
test_thread(void)
{
	run("thread", vt_appliance_program());
}

/* ---- with sanitizers ---- */

/* The program alone, in a directory of its own. */
static void
test_build(void)
{
	char script[16384], dir[4096], *text = NULL;
	int ret;

	snprintf(dir, sizeof(dir), "%.4000s/sanitized", vt_test_tmp_dir());
	snprintf(script, sizeof(script), "meson setup '%s' '%s' -Dtests=false -Dexamples=false"
		" -Ddefault_library=static -Db_sanitize=address,undefined -Db_lundef=false"
		" --buildtype=debugoptimized && ninja -C '%s' app/vt-appliance/vt-appliance",
		dir, vt_test_source_dir(), dir);
	ret = vt_test_shell(script, &text, BUILD_MS);
	if (ret != 0)
		printf("\n%s\n", text != NULL ? text : "no output");
	free(text);
	CU_ASSERT_EQUAL_FATAL(ret, 0);
	snprintf(sanitized, sizeof(sanitized), "%s/app/vt-appliance/vt-appliance", dir);
	snprintf(reports, sizeof(reports), "%s/report", dir);
}

/* layout NULL: memory that vanishes. */
static void
run_sanitized(const char *layout)
{
	char options[4400], script[16384], *text = NULL;

	if (sanitized[0] == '\0') {
		vt_test_skip_reason("there is no build with sanitizers");
		return;
	}
	snprintf(options, sizeof(options), "log_path=%s:abort_on_error=0", reports);
	setenv("ASAN_OPTIONS", options, 1);
	snprintf(options, sizeof(options), "log_path=%s:print_stacktrace=1", reports);
	setenv("UBSAN_OPTIONS", options, 1);
	if (layout != NULL)
		run(layout, sanitized);
	else
		vanish(sanitized, "tmpfs", "size=10M");
	unsetenv("ASAN_OPTIONS");
	unsetenv("UBSAN_OPTIONS");
	snprintf(script, sizeof(script), "cat '%s'.*; rm -f '%s'.*", reports, reports);
	vt_test_shell(script, &text, 10000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NULL(strstr(text, "runtime error"));
	CU_ASSERT_PTR_NULL(strstr(text, "ERROR:"));
	if (strstr(text, "ERROR:") != NULL || strstr(text, "runtime error") != NULL)
		printf("\n%s\n", text);
	free(text);
}

static void
test_hashed_sanitized(void)
{
	run_sanitized("hashed");
}

static void
test_single_sanitized(void)
{
	run_sanitized("single");
}

static void
test_thread_sanitized(void)
{
	run_sanitized("thread");
}

static void
test_vanish_sanitized(void)
{
	run_sanitized(NULL);
}

/* ---- what it costs the other ---- */

#define PAIRS 15
#define CLIENTS 4  /* of a domain */
#define PAIR_SECONDS 1

enum next_to { ATTACKED = 0, BURNT };
enum view { TAKEN = 0, FELT, VIEWS }; /* in the appliance's time, and as the client sees it */

/* What the other's tasks took in half of a pair. */
struct half {
	double p99[VIEWS];
	uint32_t longest; /* of the client's bursts */
};

static uint64_t
vaccel_p99(const struct run *r)
{
	uint64_t p99 = 0;
	char command[80];
	unsigned int i;

	/* Which slot it has is not known; nobody else is there. */
	for (i = 0; i < CLIENTS * RTE_DIM(r->honest.va); i++) {
		snprintf(command, sizeof(command), "/vinetalk/vaccel/latency,good/%u/%u",
			i % CLIENTS + 1, r->honest.va[i / CLIENTS]);
		p99 = RTE_MAX(p99, number_of(vt_appliance_ask(&r->a, command), "\"p99_ns\":"));
	}
	return p99;
}

/* The same client with new vaccels, next to one of them. */
static bool
pair_half(struct run *r, const char *const args[], struct half *h)
{
	bool lives;
	int status;

	CU_ASSERT_EQUAL_FATAL(honest_begin(&r->honest, r->paths[0], PATTERN), 0);
	CU_ASSERT_EQUAL_FATAL(attacker_begin(&r->attacker, args), 0);
	lives = watch(r, &status);
	CU_ASSERT_TRUE(lives);
	CU_ASSERT_EQUAL(status, 0);
	honest_stop(&r->honest);
	CU_ASSERT_EQUAL(r->honest.wrong, 0);
	h->p99[TAKEN] = lives ? (double)vaccel_p99(r) : 0;
	h->p99[FELT] = honest_p99(&r->honest, &h->longest);
	honest_end(&r->honest);
	CU_ASSERT_TRUE(h->p99[TAKEN] > 0 && h->p99[FELT] > 0);
	return lives && h->p99[TAKEN] > 0 && h->p99[FELT] > 0;
}

/* A thread's part of the processor, and how long it runs at a time. */
static void
burn_like(const char *used, const char *what, char percent[24], char run_us[24])
{
	const char *at = strstr(used, what);
	const uint64_t us = at != NULL ? number_of(at, what) : 0;
	const uint64_t sleeps = at != NULL ? number_of(at, " us ") : 0;

	snprintf(percent, 24, "%" PRIu64, us / (PAIR_SECONDS * 10000));
	snprintf(run_us, 24, "%" PRIu64, us / RTE_MAX(sleeps, UINT64_C(1)) + 1);
}

static bool
pair(struct run *r, struct half h[2])
{
	char number[24], length[16], pattern[24], used[128], percent[2][24], run_us[2][24];

	seed++;
	snprintf(number, sizeof(number), "%" PRIu64, seed);
	snprintf(length, sizeof(length), "%u", PAIR_SECONDS);
	snprintf(pattern, sizeof(pattern), "%" PRIx64, PATTERN);
	if (!pair_half(r, (const char *const[]){ r->paths[2], number, length, pattern, NULL }, &h[ATTACKED]))
		return false;
	attacker_said(&r->attacker, "used", used, sizeof(used));
	burn_like(used, "used ", percent[0], run_us[0]);
	burn_like(used, "beside ", percent[1], run_us[1]);
	return pair_half(r, (const char *const[]){ "burn", length, percent[0], run_us[0], percent[1],
		run_us[1], NULL }, &h[BURNT]);
}

static int
ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
pairs_run(struct run *r)
{
	static const char * const views[] = { "in the appliance", "as it sees them" };
	double ratios[VIEWS][PAIRS], all[VIEWS][2][PAIRS];
	uint32_t longest[2] = { 0 };
	struct half h[2];
	unsigned int i, v;

	appliance_up(r, vt_appliance_program(), "");
	for (i = 0; i < PAIRS && pair(r, h); i++) {
		for (v = 0; v < VIEWS; v++) {
			ratios[v][i] = h[ATTACKED].p99[v] / h[BURNT].p99[v];
			all[v][ATTACKED][i] = h[ATTACKED].p99[v];
			all[v][BURNT][i] = h[BURNT].p99[v];
		}
		longest[ATTACKED] = RTE_MAX(longest[ATTACKED], h[ATTACKED].longest);
		longest[BURNT] = RTE_MAX(longest[BURNT], h[BURNT].longest);
	}
	CU_ASSERT_EQUAL(vt_appliance_stop(&r->a, SIGTERM), 0);
	CU_ASSERT_EQUAL(i, PAIRS);
	for (v = 0; v < VIEWS && i == PAIRS; v++) {
		qsort(ratios[v], PAIRS, sizeof(double), ascending);
		qsort(all[v][ATTACKED], PAIRS, sizeof(double), ascending);
		qsort(all[v][BURNT], PAIRS, sizeof(double), ascending);
		printf("\n    %s, p99 of the other's tasks %s: %.1f us attacked, %.1f us next to who burns;"
			" ratio %.2f (%.2f to %.2f, half of them %.2f to %.2f) of %u pairs ", r->layout,
			views[v], all[v][ATTACKED][PAIRS / 2] / 1000, all[v][BURNT][PAIRS / 2] / 1000,
			ratios[v][PAIRS / 2], ratios[v][0], ratios[v][PAIRS - 1], ratios[v][PAIRS / 4],
			ratios[v][PAIRS - 1 - PAIRS / 4], PAIRS);
	}
	printf("\n    %s, longest of the other's bursts: %.1f ms attacked, %.1f ms next to who burns ", r->layout,
		longest[ATTACKED] / 1e6, longest[BURNT] / 1e6);
}

/* Control, clients and who attacks on the first processor, the poller on the second. */
static void
pairs(const char *layout)
{
	static struct run r;
	cpu_set_t all, first;
	int cpu[2] = { 0 };
	unsigned int nb = 0;
	int i;

	memset(&r, 0, sizeof(r));
	r.layout = layout;
	CU_ASSERT_EQUAL_FATAL(sched_getaffinity(0, sizeof(all), &all), 0);
	for (i = 0; i < CPU_SETSIZE && nb < 2; i++)
		if (CPU_ISSET(i, &all))
			cpu[nb++] = i;
	if (nb < 2) {
		vt_test_skip_reason("the poller needs a processor of its own");
		return;
	}
	snprintf(r.lcores, sizeof(r.lcores), "%d,%d", cpu[0], cpu[1]);
	CPU_ZERO(&first);
	CPU_SET(cpu[0], &first);
	CU_ASSERT_EQUAL(sched_setaffinity(0, sizeof(first), &first), 0);
	pairs_run(&r);
	CU_ASSERT_EQUAL(sched_setaffinity(0, sizeof(all), &all), 0);
}

static void
test_pairs_hashed(void)
{
	pairs("hashed");
}

static void
test_pairs_single(void)
{
	pairs("single");
}

static void
test_pairs_thread(void)
{
	pairs("thread");
}

static int
setup(void)
{
	const char *text = getenv("VT_HOSTILE_SEED");

	if (vt_test_tmp_dir() == NULL)
		return 1;
	/* One more for each run. */
	seed = text != NULL ? strtoull(text, NULL, 0) - 1 : (uint64_t)time(NULL) * 1000;
	return 0;
}

static const struct vt_test_case cases[] = {
	{ "hashed", test_hashed },
	{ "single", test_single },
	{ "thread", test_thread },
	{ "memory that vanishes", test_vanish },
	{ "huge pages that vanish", test_vanish_huge },
	{ "build with sanitizers", test_build },
	{ "hashed, with sanitizers", test_hashed_sanitized },
	{ "single, with sanitizers", test_single_sanitized },
	{ "thread, with sanitizers", test_thread_sanitized },
	{ "memory that vanishes, with sanitizers", test_vanish_sanitized },
};

static const struct vt_test_case p99_cases[] = {
	{ "hashed", test_pairs_hashed },
	{ "single", test_pairs_single },
	{ "thread", test_pairs_thread },
};

VT_TEST_SUITE(vinetalk_hostile_autotest, setup, NULL, cases);
VT_TEST_SUITE_F(vinetalk_hostile_p99_autotest, setup, NULL, p99_cases, VT_TEST_F_EXTRA);
