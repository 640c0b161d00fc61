/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

/* usertools/vt-perf-report.py, on made-up measurements. */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

#define TIMEOUT_MS 60000

#define HEAD "{\"version\": 1, \"host\": {\"cpu\": \"a <CPU>\", \"cores\": 2, \"new\": [1]}, "
#define FILE_OF(results) HEAD "\"results\": [" results "], \"later\": {}}"
#define NUMBERS(value) \
	"\"value\": " value ", \"baseline\": 50.5, \"ratio\": 1.5, \"min\": 1, \"max\": 900, " \
	"\"baseline_name\": \"raw ring pair\""
#define RESULT(test, params, metric, unit, value) \
	"{\"test\": \"" test "\", \"params\": {\"layout\": \"hashed\", " params "}, " \
	"\"metric\": \"" metric "\", \"unit\": \"" unit "\", " NUMBERS(value) ", \"more\": null}"
#define RTT(value) \
	RESULT("rtt", "\"burst\": 1", "p50", "ns", value) "," \
	RESULT("rtt", "\"burst\": 1", "p99", "ns", "300")
#define PAYLOAD(bytes, value) \
	RESULT("payload", "\"payload\": " bytes, "ops_per_s", "1/s", value)
#define QUEUES(pairs, active) \
	RESULT("queues", "\"queue_pairs\": " pairs ", \"active\": " active, "ns_per_task", "ns", \
		"70")
#define IDLE(mode, rate, metric, unit) \
	RESULT("idle", "\"mode\": \"" mode "\", \"rate\": " rate, metric, unit, "12.5")

/* Plots: rtt 1 (two bars), payload 1, queues 1, idle 2, preempt 1 */
#define NB_PLOTS "6"
#define ALL(value) \
	FILE_OF(RTT(value) "," PAYLOAD("0", "1e6") "," PAYLOAD("64", value) "," \
		PAYLOAD("1048576", "1e3") "," QUEUES("1", "1") "," QUEUES("64", "1") "," \
		QUEUES("64", "64") "," IDLE("poll", "100", "cpu_percent", "%") "," \
		IDLE("poll", "1000", "cpu_percent", "%") "," \
		IDLE("adaptive", "100", "cpu_percent", "%") "," \
		IDLE("adaptive", "1000", "wakeups_per_task", "") "," \
		IDLE("adaptive", "100", "wakeups_per_task", "") "," \
		RESULT("preempt", "\"sync\": \"rts\"", "p99", "ns", "99") "," \
		RESULT("preempt", "\"sync\": \"mt\"", "p99", "ns", "9900000"))

/* Page, number of plots, then texts that it shows. */
#define LOOK \
	"import html.parser, re, sys, xml.etree.ElementTree\n" \
	"text = open(sys.argv[1], encoding='utf-8').read()\n" \
	"class Page(html.parser.HTMLParser):\n" \
	"    open_tags, plots, shown = [], 0, ''\n" \
	"    def handle_starttag(self, tag, attrs):\n" \
	"        self.plots += tag == 'svg'\n" \
	"        self.open_tags.append(tag)\n" \
	"        assert tag not in ('script', 'link', 'img', 'iframe', 'b'), tag\n" \
	"        for name, value in attrs:\n" \
	"            assert not name.startswith('on') and name != 'src', name\n" \
	"            assert name != 'href' or value.startswith('#'), value\n" \
	"    def handle_startendtag(self, tag, attrs):\n" \
	"        self.handle_starttag(tag, attrs)\n" \
	"        self.handle_endtag(tag)\n" \
	"    def handle_endtag(self, tag):\n" \
	"        assert self.open_tags.pop() == tag, tag\n" \
	"    def handle_data(self, data):\n" \
	"        self.shown += data\n" \
	"page = Page()\n" \
	"page.feed(text)\n" \
	"page.close()\n" \
	"assert not page.open_tags\n" \
	"assert page.plots == int(sys.argv[2]), page.plots\n" \
	"links = set(re.findall('https?:[^\\\\s\"<]*', text))\n" \
	"assert links == {'http://www.w3.org/2000/svg'}, links\n" \
	"assert '@import' not in text\n" \
	"xml.etree.ElementTree.fromstring(text)\n" \
	"ids = re.findall(' id=\"([^\"]*)\"', text)\n" \
	"assert len(ids) == len(set(ids))\n" \
	"for used in re.findall('(?:href=\"#|url\\\\(#)([^\")]*)', text):\n" \
	"    assert used in ids, used\n" \
	"for wanted in sys.argv[3:]:\n" \
	"    assert wanted in page.shown, wanted\n"

static char tool[PATH_MAX];

/* matplotlib comes with the system's Python, which need not be the first in PATH. */
static const char *
python(void)
{
	return access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3";
}

static void
tmp_path(char *path, const char *name)
{
	snprintf(path, PATH_MAX, "%.3000s/%s", vt_test_tmp_dir(), name);
}

/* Write a file into the scratch directory. */
static void
make(char *path, const char *name, const char *text)
{
	FILE *f;

	tmp_path(path, name);
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT(fputs(text, f) >= 0);
	CU_ASSERT_EQUAL(fclose(f), 0);
}

/* Run Python; it ends with that status and says that. */
static void
says(const char *const args[], int status, const char *text)
{
	const char *argv[16] = { python() };
	char *output = NULL;
	unsigned int i;
	int ret;

	for (i = 0; args[i] != NULL && i < RTE_DIM(argv) - 2; i++)
		argv[1 + i] = args[i];
	ret = vt_test_run(argv, NULL, &output, TIMEOUT_MS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(output);
	if (ret != status || strstr(output, text) == NULL) {
		CU_FAIL("another outcome");
		printf("\n%d, wanted %d and '%s':\n%s\n", ret, status, text, output);
	}
	/* One line, whatever is wrong. */
	if (status == 1)
		CU_ASSERT_PTR_EQUAL(strchr(output, '\n'), output + strlen(output) - 1);
	free(output);
}

#define SAYS(status, text, ...) says((const char *const[]){ __VA_ARGS__, NULL }, status, text)

static bool
can_draw(void)
{
	const char *argv[] = { python(), "-c", "import matplotlib", NULL };

	if (vt_test_run(argv, NULL, NULL, TIMEOUT_MS) == 0)
		return true;
	vt_test_skip_reason("python3-matplotlib is missing");
	return false;
}

static void
test_page(void)
{
	char a[PATH_MAX], b[PATH_MAX], page[PATH_MAX], plots[PATH_MAX];

	if (!can_draw())
		return;
	make(a, "old.json", ALL("70.25"));
	make(b, "new.json", ALL("60"));
	tmp_path(page, "both.html");
	SAYS(0, "written: ", tool, a, b, "-o", page);
	SAYS(0, "", "-c", LOOK, page, NB_PLOTS, "old", "new", "a <CPU>", "raw ring pair",
			"queue pairs", "1 Mi", "70.25", "old, active all", "layout hashed");
	SAYS(0, "", tool, a, b, "-o", page, "--label", "before", "--label", "after & later");
	SAYS(0, "", "-c", LOOK, page, NB_PLOTS, "before", "after & later");
	/* One file: the page lies beside it. */
	SAYS(0, "old.html", tool, a);
	tmp_path(page, "old.html");
	SAYS(0, "", "-c", LOOK, page, NB_PLOTS, "mode adaptive", "payload: ops per s by payload");
	/* Each plot as a file. */
	tmp_path(plots, "plots");
	SAYS(0, "written", tool, a, "--svg", plots);
	tmp_path(plots, "plots/payload-ops-per-s-by-payload.svg");
	CU_ASSERT_EQUAL(access(plots, R_OK), 0);
	/* The same name twice. */
	SAYS(0, "", tool, a, a);
	SAYS(0, "", "-c", LOOK, page, NB_PLOTS, "1: ", "2: ");
}

/* What is in a file, or its name, is shown as it is. */
static void
test_untrusted(void)
{
	char file[PATH_MAX], page[PATH_MAX];

	if (!can_draw())
		return;
	tmp_path(page, "page.html");
	make(file, "<b onclick='x'>&amp;$x^2$.json", FILE_OF(
		RESULT("<script>\\u0007", "\"<i>\": \"</td>\"", "_m$\\\\frac$", "&\\\"'", "3") ","
		RESULT("<script>\\u0007", "\"<i>\": \"\\ud800\"", "_m$\\\\frac$", "&\\\"'", "3") ","
		RESULT("--></style>", "\"\": 1e300", "http", "$", "-1e300") ","
		RESULT("--></style>", "\"\": 1", "http", "$", "1e-300") ","
		"{\"test\": \"bare\", \"metric\": \"m\", \"value\": 0}"));
	SAYS(0, "", tool, file, file, "-o", page);
	SAYS(0, "", "-c", LOOK, page, "3", "<script>", "<i>", "</td>", "&\"'", "--></style>",
			"<b onclick='x'>&amp;$x^2$.json", "m$\\frac$");
}

static void
wrong(const char *content, const char *text)
{
	char file[PATH_MAX];

	make(file, "wrong.json", content);
	SAYS(1, text, tool, file);
}

static void
test_wrong(void)
{
	char file[PATH_MAX];

	wrong("", "is not JSON");
	wrong("{\"version\": 1,\n", "is not JSON");
	wrong("\xff\xfe", "is not JSON");
	wrong("[]", "no version");
	wrong("{}", "no version");
	wrong("{\"version\": 2, \"results\": []}", "version 2; this reads version 1");
	wrong("{\"version\": true, \"results\": []}", "version true");
	wrong("{\"version\": 1}", "no results");
	wrong(FILE_OF(""), "no results");
	wrong("{\"version\": 1, \"results\": {}}", "no results");
	wrong(FILE_OF(RTT("1") ", 7"), "result 3 is no object");
	wrong(FILE_OF("{\"metric\": \"m\", \"value\": 1}"), "result 1 has no text 'test'");
	wrong(FILE_OF("{\"test\": \"t\", \"value\": 1}"), "result 1 has no text 'metric'");
	wrong(FILE_OF(RTT("\"fast\"")), "result 1 has no number 'value'");
	wrong(FILE_OF(RTT("NaN")), "is not JSON");
	wrong(FILE_OF(RTT("1e999")), "result 1 has no number 'value'");
	wrong(FILE_OF("{\"test\": \"t\", \"metric\": \"m\", \"value\": 1, \"params\": 3}"),
			"'params' is no object");
	SAYS(1, "No such file", tool, "/nowhere.json");
	SAYS(1, "Is a directory", tool, vt_test_tmp_dir());
	SAYS(1, "arguments are required", tool);
	SAYS(1, "unrecognized arguments", tool, "x", "--fly");
	make(file, "good.json", FILE_OF(RTT("1")));
	SAYS(1, "2 --label for 1 files", tool, file, "--label", "a", "--label", "b");
	SAYS(1, "same --label", tool, file, file, "--label", "a", "--label", "a");
	SAYS(1, "would overwrite", tool, file, "-o", file);
	SAYS(0, "examples:", tool, "--help");
	if (can_draw()) {
		SAYS(1, "No such file", tool, file, "-o", "/nowhere/page.html");
		SAYS(1, "/proc/nowhere: No such file", tool, file, "--svg", "/proc/nowhere");
	}
}

static int
setup(void)
{
	snprintf(tool, sizeof(tool), "%s/usertools/vt-perf-report.py", vt_test_source_dir());
	if (access("/usr/bin/python3", X_OK) != 0 && !vt_test_have("python3")) {
		vt_test_skip_reason("python3 is missing");
		return VT_TEST_SKIPPED;
	}
	return vt_test_tmp_dir() != NULL ? 0 : 1;
}

static const struct vt_test_case cases[] = {
	{ "tables and plots of two files", test_page },
	{ "names and texts of others", test_untrusted },
	{ "wrong files and options", test_wrong },
};

VT_TEST_SUITE(vinetalk_perf_report_autotest, setup, NULL, cases);
