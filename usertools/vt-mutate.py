#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 Vinetalk authors

"""Takes each check, generation and bound of the core away in turn, in a copy of the sources, and sees that a suite
fails.

The tables are in test/mutate: rows (what is taken away, and which suites may find it), fences (which a suite on x86
finds by luck only: each has the macro of a model that leaves it out, or a reason), and refusals that have no row, with
the reason. --check compares all of them with the sources and builds nothing."""

import argparse
import configparser
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

EXAMPLES = """examples:
  vt-mutate.py --check                                do the tables fit the sources?
  vt-mutate.py --build /tmp/m --only salvage          rows with this in their name, in a build that is kept
  vt-mutate.py --build /tmp/m --rows 1-20 --results /tmp/r
  vt-mutate.py --build /tmp/m --results /tmp/r --resume
  vt-mutate.py --results /tmp/r --report              totals of all that is there
"""

# A line of these files that refuses something has a row, or a reason in refusals.ini.
CORE = (
    "lib/vtregion/rte_vtregion_ring.h", "lib/vtregion/vtregion_plan.c", "lib/vtregion/vtregion_validate.c",
    "lib/vtappliance/vta_adopt.c", "lib/vtappliance/vta_buf.c", "lib/vtappliance/vta_cancel.c",
    "lib/vtappliance/vta_client.c", "lib/vtappliance/vta_ctrl.c", "lib/vtappliance/vta_intake.c",
    "lib/vtappliance/vta_poller.h", "lib/vtappliance/vta_quiesce.c", "lib/vtappliance/vta_ready.c",
    "lib/vtappliance/vta_refs.c", "lib/vtappliance/vta_refs.h", "lib/vtappliance/vta_region.c",
    "lib/vtappliance/vta_vaccel.c",
    "lib/vtclient/vtclient_ctrl.c", "lib/vtclient/vtclient_dev.c", "lib/vtclient/vtclient_path.c",
    "lib/vtclient/vtclient_resume.c", "lib/vtclient/vtclient_ring.h", "lib/vtclient/vtclient_slot.c",
    "lib/vtclient/vtclient_wait.c",
    "lib/ivshmem/vtivshmem_access.c", "lib/ivshmem/vtivshmem_client.c", "lib/ivshmem/vtivshmem_join.c",
)
# Not those for lack of memory or time.
REFUSAL = re.compile(r"return\b[^;\"]*-E(?!NOMEM|INPROGRESS|TIMEDOUT|NAMETOOLONG)[A-Z0-9]+\b|return vtivshmem_bad\(|"
                     r"\bviolate\(p,|\bvtclient_broken\(qp\);")
FENCED = ("lib/vtregion", "lib/vtappliance", "lib/vtclient")
SKIPPED = 77
SLOW = ("death", "restart", "hostile", "hostile_client")


# ---- tables ----

def load(path):
    """Sections of a table, by name, in their order."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    with open(path, encoding="utf-8") as f:
        parser.read_file(f)
    return {name: dict(parser[name]) for name in parser.sections()}


class Row:
    """A mutation."""

    def __init__(self, name, keys):
        self.name, self.file = name, keys["file"]
        self.old, self.new = keys["old"], keys.get("new", "")
        self.function = keys.get("in")
        self.equivalent, self.missing = keys.get("equivalent"), keys.get("missing")
        self.sample = "sample" in keys
        self.by = [s.strip() for s in keys["by"].split(",")]
        tried = sorted((k, v) for k, v in keys.items() if k != "sample")
        self.digest = hashlib.sha256(repr(tried).encode()).hexdigest()[:16]

    def find(self, text):
        """Where it stands in the text of its file: (begin, end); else None. Blanks count as any others."""
        begin, end = 0, len(text)
        if self.function is not None:
            begin, end = extent(text, self.function)
        pattern = re.compile(r"\s+".join(re.escape(word) for word in self.old.split()))
        found = list(pattern.finditer(text, begin, end))
        return found[0].span() if len(found) == 1 else None


def rows_of(top):
    """All mutations, in the order of files and lines."""
    rows = []
    for name in ("region", "appliance", "client", "ivshmem"):
        rows += [Row(n, k) for n, k in load(os.path.join(top, f"test/mutate/{name}.ini")).items()]
    return rows


def read(top, file):
    with open(os.path.join(top, file), encoding="utf-8") as f:
        return f.read()


def extent(text, function):
    """Begin and end of a function's definition; (0, 0): there is none."""
    m = re.search(rf"^{re.escape(function)}\(", text, re.M)
    end = text.find("\n}", m.end()) if m else -1
    return (m.start(), end) if end > 0 else (0, 0)


def function_at(text, offset):
    """The function that an offset is in."""
    found = list(re.finditer(r"^([a-z_][a-z0-9_]*)\(", text[:offset], re.M))
    return found[-1].group(1) if found else "?"


# ---- what the tables lack ----

def suites_of(top):
    """The text of all tests, where names of suites and cases are looked for."""
    tests = os.path.join(top, "test")
    names = [f for f in os.listdir(tests) if f.endswith((".c", ".h")) and f != "test_mutate.c"]
    return "".join(read(tests, f) for f in names)


def problems(top, row, tests):
    """What is wrong with a row."""
    if row.find(read(top, row.file)) is None:
        yield f"{row.name}: {row.file} does not have its text exactly once"
    if row.old.split() == row.new.split():
        yield f"{row.name}: changes nothing"
    for by in row.by:
        suite, _, case = by.partition(":")
        if not re.search(rf"VT_TEST_SUITE(_F)?\(vinetalk_{suite}_autotest,", tests):
            yield f"{row.name}: there is no suite {suite}"
        if case and case.strip() not in tests:
            yield f"{row.name}: suite {suite} has no case '{case.strip()}'"


def check_rows(top, rows):
    """Rows that are there twice, or wrong."""
    names = [row.name for row in rows]
    yield from (f"{name}: is there twice" for name in sorted(set(names)) if names.count(name) > 1)
    tests = suites_of(top)
    for row in rows:
        yield from problems(top, row, tests)


def check_fences(top, fences, names):
    """Fences without an entry, and the other way round."""
    found = {}
    for where in FENCED:
        for name in sorted(os.listdir(os.path.join(top, where))):
            if not name.endswith((".c", ".h")):
                continue
            text = read(top, f"{where}/{name}")
            for m in re.finditer(r"rte_(?:atomic_thread_fence|compiler_barrier)\(", text):
                key = f"{where}/{name} {function_at(text, m.start())}"
                found[key] = found.get(key, 0) + 1
    listed = {}
    for key in fences:
        place = re.sub(r" [0-9]+$", "", key)
        listed[place] = listed.get(place, 0) + 1
    for key in sorted(set(found) | set(listed)):
        if found.get(key, 0) != listed.get(key, 0):
            yield f"{key}: {found.get(key, 0)} fences, {listed.get(key, 0)} in fences.ini"
    jobs = read(top, "test/test_model.c")
    jobs = jobs[jobs.index("wrong[] = {"):jobs.index("/* What a job wrote")]
    for key, keys in fences.items():
        if "model" not in keys and "row" not in keys and "reason" not in keys:
            yield f"{key}: has neither model nor row nor reason"
        if "row" in keys and keys["row"] not in names:
            yield f"{key}: there is no row '{keys['row']}'"
        for what in keys.get("model", "").split(","):
            if what and not re.search(r'"{}", "(?:[^"]* )?-D{}"'.format(*what.split()), jobs):
                yield f"{key}: vinetalk_model_autotest does not leave out {what.strip()}"


def uncommented(text):
    """The same text, with blanks in place of comments."""
    return re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


def guard_of(text, at):
    """From the condition that a refusal belongs to, to the refusal's end; for the last line of a function, the last
    condition in it."""
    line = text.rfind("\n", 0, at) + 1
    depth = max(2, len(re.match(r"\t*", text[line:]).group()))
    begin = line
    for m in reversed(list(re.finditer(r"^(\t*)(?:} else )?(?:if|case|default)\b", text[:line], re.M))):
        if len(m.group(1)) < depth:
            begin = m.start()
            break
        if m.start() < line - 600:
            break
    return begin, text.find("\n", at)


def check_refusals(top, rows, others):
    """Refusals of the core that neither a row nor a reason is about."""
    used = set()
    for file in CORE:
        text = uncommented(read(top, file))
        spans = [s for s in (r.find(text) for r in rows if r.file == file) if s is not None]
        for m in REFUSAL.finditer(text):
            begin, end = guard_of(text, m.start())
            if any(b < end and e > begin for b, e in spans):
                continue
            function = function_at(text, m.start())
            guard = " ".join(text[begin:end].split())
            keys = [k for k, o in others.items() if o["file"] == file and o.get("in", function) == function and
                    " ".join(o["text"].split()) in guard]
            used.update(keys)
            if not keys:
                yield f"{file}, {function}(): no row and no reason for: {guard[-100:]}"
    for key in others:
        if key not in used:
            yield f"refusals.ini: {key}: there is no such refusal without a row"


def check_guide(top, rows):
    """Mutations that nothing can find, and the guide does not name."""
    guide = read(top, "doc/guides/testing.rst")
    yield from (f"{r.name}: testing.rst does not say that nothing finds it" for r in rows
                if (r.equivalent or r.missing) and f"* {r.name}: " not in guide)


def check(top, rows):
    """All that the tables lack, or have too much of."""
    fences = load(os.path.join(top, "test/mutate/fences.ini"))
    others = load(os.path.join(top, "test/mutate/refusals.ini"))
    return list(check_rows(top, rows)) + list(check_guide(top, rows)) + \
        list(check_fences(top, fences, {r.name for r in rows})) + list(check_refusals(top, rows, others))


# ---- the copy ----

def kill_all_of(directory):
    """End the processes whose program lies in a directory of ours."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/exe").startswith(directory + "/"):
                os.kill(int(pid), signal.SIGKILL)
        except OSError:
            pass


class Copy:
    """The sources, to be changed, and a build of them."""

    def __init__(self, top, directory):
        self.top, self.kept = top, directory is not None
        self.dir = os.path.realpath(directory) if self.kept else tempfile.mkdtemp(prefix="vt-mutate-")
        self.src, self.build = os.path.join(self.dir, "src"), os.path.join(self.dir, "build")
        self.tmp = os.path.join(self.dir, "tmp")
        self.env = dict(os.environ, TMPDIR=self.tmp)
        self.env.pop("VT_TEST_FILTER", None)
        self.sync()
        if not os.path.exists(os.path.join(self.build, "build.ninja")):
            status, output = self.run(["meson", "setup", "-Doptimization=1", "-Dexamples=false",
                                       "-Ddefault_library=static", self.build, self.src], 300)
            if status != 0:
                sys.exit(output)

    def sync(self):
        """Make the copy what the sources are; what is the same keeps its time."""
        wanted = set()
        for where, dirs, files in os.walk(self.top):
            dirs[:] = [d for d in dirs if d not in (".git", "__pycache__", "out") and
                       not os.path.exists(os.path.join(where, d, "meson-private"))]
            for name in files:
                path = os.path.relpath(os.path.join(where, name), self.top)
                wanted.add(path)
                self.restore(path)
        for where, _, files in os.walk(self.src):
            for name in files:
                if os.path.relpath(os.path.join(where, name), self.src) not in wanted:
                    os.remove(os.path.join(where, name))

    def restore(self, file):
        source, copy = os.path.join(self.top, file), os.path.join(self.src, file)
        with open(source, "rb") as f:
            text = f.read()
        if os.path.exists(copy):
            with open(copy, "rb") as f:
                if f.read() == text:
                    return
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        with open(copy, "wb") as f:
            f.write(text)
        shutil.copymode(source, copy)

    def run(self, args, seconds, env=None):
        """Exit status (124: not in time) and output."""
        with tempfile.TemporaryFile() as out:
            with subprocess.Popen(args, cwd=self.dir, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                  env=env or self.env, start_new_session=True) as child:
                try:
                    status = child.wait(timeout=seconds)
                except subprocess.TimeoutExpired:
                    os.killpg(child.pid, signal.SIGKILL)
                    status = 124
            out.seek(0)
            return status, out.read().decode(errors="replace")

    def make(self):
        status, output = self.run(["ninja", "-C", self.build], 1800)
        if status != 0 and "error:" not in output:
            sys.exit(output[-3000:])
        return status, output

    def suite(self, name, seconds):
        """Status, output and seconds of a suite, or of its cases with a text in their name (SUITE:TEXT)."""
        suite, _, case = name.partition(":")
        env = dict(self.env)
        if case:
            env["VT_TEST_FILTER"] = case.strip()
        os.makedirs(self.tmp, exist_ok=True)
        begin = time.monotonic()
        status, output = self.run([os.path.join(self.build, "test/dpdk-test"), f"vinetalk_{suite}_autotest"],
                                  seconds, env)
        kill_all_of(self.build)
        shutil.rmtree(self.tmp, ignore_errors=True)
        return status, output, time.monotonic() - begin

    def change(self, row):
        text = read(self.src, row.file)
        begin, end = row.find(text)
        with open(os.path.join(self.src, row.file), "w", encoding="utf-8") as f:
            f.write(text[:begin] + row.new + text[end:])

    def close(self):
        kill_all_of(self.build)
        if not self.kept:
            shutil.rmtree(self.dir, ignore_errors=True)


# ---- runs ----

def why(status, output):
    """The first thing that a failed suite said."""
    found = re.findall(r"CU_\w+\(.*|Segmentation fault|signal \d+|stack smashing|line \d+: status.*", output)
    return "not in time" if status == 124 else found[0][:70] if found else f"status {status}"


def mutate(copy, row, args):
    """What became of a row."""
    result = {"name": row.name, "digest": row.digest, "by": None, "why": "", "seconds": {}}
    begin = time.monotonic()
    copy.change(row)
    status, output = copy.make()
    result["build"] = round(time.monotonic() - begin, 1)
    if status != 0:
        result["why"] = "it does not compile: " + output[output.index("error:"):][:200]
    for by in row.by if status == 0 else []:
        left = args.row_seconds - (time.monotonic() - begin)
        status, output, seconds = copy.suite(by, max(1, min(args.suite_seconds, left)))
        result["seconds"][by] = round(seconds, 1)
        if status not in (0, SKIPPED):
            result["by"], result["why"] = by, why(status, output)
            break
    copy.restore(row.file)
    return result


def confirm(copy, results, args):
    """What found something must pass without the mutation. The results that are others then."""
    changed = []
    copy.make()
    for by in sorted({r["by"] for r in results if r["by"]}):
        status, output, _ = copy.suite(by, args.suite_seconds)
        if status == 0:
            continue
        print(f"{by}: fails without a mutation, too: {why(status, output)}")
        for r in results:
            if r["by"] == by:
                r["by"], r["why"] = None, f"{by} fails without it, too"
                changed.append(r)
    return changed


def verdict(row, result):
    """Whether it is as the table says, and a line of text."""
    took = ", ".join(f"{by} {s} s" for by, s in result["seconds"].items())
    if row.equivalent is not None:
        return result["by"] is None, "equivalent" if result["by"] is None else \
            f"FOUND by {result['by']}, and the table says that nothing can"
    if row.missing is not None:
        return True, f"found by {result['by']} after all" if result["by"] else "missing a test"
    if result["by"] is None:
        return False, f"NOT FOUND ({result['why'] or took})"
    return True, f"found by {result['by']} ({result['why']}; {took})"


def report(rows, results):
    """Totals; whether all is as it should be."""
    known = {r["digest"]: r for r in results}
    ran = [(row, known[row.digest]) for row in rows if row.digest in known]
    suites = {}
    for row, result in ran:
        if result["by"] and row.equivalent is None:
            suite = result["by"].partition(":")[0]
            suites[suite] = suites.get(suite, 0) + 1
    equivalent = [row for row, result in ran if row.equivalent is not None and result["by"] is None]
    missing = [row for row, result in ran if row.missing is not None and result["by"] is None]
    bad = [(row, result) for row, result in ran if not verdict(row, result)[0]]
    print(f"{len(rows)} mutations, {len(ran)} tried: {sum(suites.values())} found, {len(equivalent)} equivalent, "
          f"{len(missing)} without a test yet, {len(bad)} not as the table says")
    for suite, nb in sorted(suites.items(), key=lambda s: (-s[1], s[0])):
        print(f"  {nb:3} by vinetalk_{suite}_autotest")
    for row in equivalent:
        print(f"equivalent: {row.name}: {' '.join(row.equivalent.split())}")
    for row in missing:
        print(f"without a test yet: {row.name}: {' '.join(row.missing.split())}")
    for row, result in bad:
        print(f"{row.name}: {verdict(row, result)[1]}")
    return not bad


def stored(path):
    """The last result of each row in a file of results."""
    if not path or not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return list({r["digest"]: r for r in map(json.loads, f)}.values())


def store(path, results):
    """Add results to a file of them."""
    if path:
        with open(path, "a", encoding="utf-8") as f:
            f.writelines(json.dumps(r) + "\n" for r in results)


def chosen_of(rows, args):
    numbers = {r.name: i for i, r in enumerate(rows_of(args.top), 1)}
    chosen = [r for r in rows if not args.only or any(text in r.name for text in args.only)]
    if args.rows:
        first, _, last = args.rows.partition("-")
        chosen = [r for r in chosen if int(first) <= numbers[r.name] <= int(last or first)]
    if args.file:
        chosen = [r for r in chosen if args.file in r.file]
    if args.fast:
        chosen = [r for r in chosen if not any(by.partition(":")[0] in SLOW for by in r.by)]
    if args.sample:
        chosen = [r for r in chosen if r.sample]
    if args.resume:
        known = {r["digest"] for r in stored(args.results)}
        chosen = [r for r in chosen if r.digest not in known]
    return chosen[:args.most] if args.most else chosen


def run_all(top, chosen, args):
    """The results of all chosen rows."""
    results = []
    begin = time.monotonic()
    copy = Copy(top, args.build)
    try:
        status, output = copy.make()
        if status != 0:
            sys.exit(output[-3000:])
        for row in chosen:
            if args.seconds and time.monotonic() - begin > args.seconds:
                break
            results.append(mutate(copy, row, args))
            print(f"{row.name}: {verdict(row, results[-1])[1]}", flush=True)
            store(args.results, results[-1:])
        store(args.results, confirm(copy, results, args))
    finally:
        copy.close()
    return results


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare the tables with the sources, and build nothing")
    parser.add_argument("--list", action="store_true", help="print the rows with their numbers")
    parser.add_argument("--only", action="append", metavar="TEXT", help="rows with this in their name")
    parser.add_argument("--rows", metavar="N[-M]", help="rows of these numbers")
    parser.add_argument("--file", metavar="TEXT", help="rows of files with this in their path")
    parser.add_argument("--fast", action="store_true", help=f"none that need one of: {', '.join(SLOW)}")
    parser.add_argument("--sample", action="store_true", help="some that take little time, from each part")
    parser.add_argument("--most", type=int, metavar="N", help="no more than the first N of what is chosen")
    parser.add_argument("--seconds", type=int, metavar="N", help="begin with no more rows after that")
    parser.add_argument("--build", metavar="DIR", help="the copy and its build, kept for the next time")
    parser.add_argument("--results", metavar="FILE", help="add results to this file")
    parser.add_argument("--resume", action="store_true", help="leave out what the file of results has")
    parser.add_argument("--report", action="store_true", help="totals of the file of results")
    parser.add_argument("--suite-seconds", type=int, default=120, help="a suite fails after that (%(default)s)")
    parser.add_argument("--row-seconds", type=int, default=240, help="of all suites of a row (%(default)s)")
    parser.add_argument("--top", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                        help="the sources")
    return parser.parse_args()


def main():
    args = arguments()
    rows = rows_of(args.top)
    if args.report:
        return 0 if report(rows, stored(args.results)) else 1
    wrong = check(args.top, rows)
    for line in wrong:
        print(line, file=sys.stderr)
    if args.list:
        for i, row in enumerate(rows):
            print(f"{i + 1}: {row.name}: {row.file}")
    if args.list or args.check:
        if not wrong:
            print(f"{len(rows)} mutations of {len({r.file for r in rows})} files fit the sources")
        return 1 if wrong else 0
    tests = suites_of(args.top)
    chosen = chosen_of([r for r in rows if not list(problems(args.top, r, tests))], args)
    return 0 if report(chosen, run_all(args.top, chosen, args)) and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
