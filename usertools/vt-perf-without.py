#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 Vinetalk authors

"""Measure what each step of the fast path gains: the program as it is, and without one step at a time."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

EXAMPLES = """examples:
  vt-perf-without.py --work /tmp/without -- --test rtt --layout thread --burst 1
  vt-perf-without.py --work /tmp/without --only client-prefetch,gathering -- --test throughput --burst 32

Each patch of test/perf/without takes one step out. All programs are built first; then they run in turn,
so that a slow phase of the machine meets all of them. What a ratio says: without the step, to the program as it is.
"""
WHOLE = '(as it is)'
PROGRAM = 'test/perf/dpdk-test-vinetalk-perf'
SOURCES = ('app', 'drivers', 'examples', 'lib', 'test', 'usertools', 'doc', 'VERSION', 'meson.build', 'meson_options.txt')


def run(command, **more):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **more)
    if done.returncode != 0:
        sys.exit(f'{" ".join(command)}: exit code {done.returncode}\n{done.stdout[-4000:]}')


def sources(tree, to):
    """A copy of the tree, of what a build needs."""
    shutil.rmtree(to, ignore_errors=True)
    os.makedirs(to)
    for name in SOURCES:
        path = os.path.join(tree, name)
        if os.path.isdir(path):
            shutil.copytree(path, os.path.join(to, name), symlinks=True)
        elif os.path.exists(path):
            shutil.copy2(path, to)


def build(tree, work, name, patch):
    """The path of a program that is built, with a patch unless it is None."""
    source, out = os.path.join(work, name, 'source'), os.path.join(work, name, 'build')
    sources(tree, source)
    if patch is not None:
        run(['patch', '-p1', '-s', '-F0', '-d', source, '-i', patch])
    if not os.path.isdir(out):
        run(['meson', 'setup', out, source])
    run(['ninja', '-C', out, PROGRAM])
    return os.path.join(out, PROGRAM)


def measure(program, args, path):
    """{row: value} of one run."""
    run([program, *args, '--repeats', '1', '--json', path])
    with open(path, encoding='utf-8') as f:
        results = json.load(f)['results']
    rows = {}
    for r in results:
        params = ' '.join(f'{k}={v}' for k, v in r['params'].items())
        rows[f'{r["test"]} {params}', r['metric'], r['unit']] = r['value']
    return rows


def main():
    here = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    p = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--tree', default=here, help='source tree (this one)')
    p.add_argument('--work', required=True, help='directory for copies and builds; kept')
    p.add_argument('--only', help='names of patches, with commas (all)')
    p.add_argument('--rounds', type=int, default=9, help='runs of each program (9)')
    p.add_argument('--metric', help='only this metric')
    p.add_argument('args', nargs='+', help='arguments of the measuring program, behind --')
    opt = p.parse_args()

    directory = os.path.join(opt.tree, 'test/perf/without')
    patches = {f[:-6]: os.path.join(directory, f) for f in sorted(os.listdir(directory)) if f.endswith('.patch')}
    names = opt.only.split(',') if opt.only else list(patches)
    for name in names:
        if name not in patches:
            p.error(f'no patch {name}; there are: {", ".join(patches)}')
    if opt.rounds < 1:
        p.error(f'rounds is {opt.rounds}, must be 1 or more')

    work = os.path.realpath(opt.work)
    programs = {WHOLE: build(opt.tree, work, 'whole', None)}
    for name in names:
        programs[name] = build(opt.tree, work, name, patches[name])
    values = {}
    for _ in range(opt.rounds):
        for name, program in programs.items():
            for row, value in measure(program, opt.args, os.path.join(work, 'run.json')).items():
                values.setdefault(row, {}).setdefault(name, []).append(value)

    for row, of in values.items():
        if opt.metric and row[1] != opt.metric:
            continue
        print(f'{row[0]}: {row[1]} ({row[2]})')
        for name, runs in of.items():
            ratios = [a / b for a, b in zip(runs, of[WHOLE]) if b]
            print(f'  {name:20} {statistics.median(runs):14.4g} ratio {statistics.median(ratios):6.2f} '
                  f'({min(ratios):.2f} .. {max(ratios):.2f})')


if __name__ == '__main__':
    main()
