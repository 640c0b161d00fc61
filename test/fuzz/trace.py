#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 Vinetalk authors

"""Recordings of which any byte may be wrong, for vt-profile.py, which alone reads them.

usage: trace.py SECONDS [SEED]

It may refuse one with a line of text; any other exception is a finding, and the recording is left in a file. At the
end it says which part of the reader's lines was run.
"""

import contextlib
import importlib.util
import io
import os
import random
import runpy
import sys
import tempfile
import time
from unittest import mock

READER = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../usertools/vt-profile.py'))
HEADER = 'time_ns,thread,cpu,call,proc,accel_type,status,duration_ns,bytes_in,bytes_out\n'
NUMBERS = ['0', '1', '-1', '-5', '7', '1000', '4096', '99999999999', str(2**63), str(2**64), '1' * 30, '9' * 400,
           '9' * 5000, '1.5', '0x10', '', ' 3', '1_0', '\u0663', 'nan']
NAMES = ['enqueue', 'dequeue', 'alloc', 'echo', 'sha256', '', 'a b', '"x"', '"', '\x1b[2J', '\x00', '\u202e', 'n' * 300,
         ',', '#', '\r']
DRAWS = 20 # one of so many is drawn as well


def pen():
    """In place of matplotlib, which takes long and is not on each machine: what it is given is looked at, no more."""
    plt, fig, ax = mock.MagicMock(), mock.MagicMock(), mock.MagicMock()

    def savefig(path, dpi):
        with open(path, 'wb'):
            assert dpi > 0

    def subplots(figsize, layout):
        assert all(0 < inches <= 100 for inches in figsize) and layout
        return fig, ax

    def hist(values, bins, **_):
        assert all(a < b for a, b in zip(bins, bins[1:])) and min(values) >= bins[0]

    fig.savefig.side_effect = savefig
    ax.hist.side_effect = hist
    plt.subplots.side_effect = subplots
    return {'matplotlib': mock.MagicMock(pyplot=plt), 'matplotlib.pyplot': plt}


def load():
    spec = importlib.util.spec_from_file_location('vt_profile', READER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def good_line(rng):
    call = rng.choice(['enqueue', 'dequeue', 'alloc'])
    proc = rng.choice(['echo', 'sha256', 'vadd']) if call != 'alloc' else ''
    return ','.join(str(x) for x in (
        rng.randrange(10**rng.randrange(1, 19)), rng.randrange(4), rng.randrange(2), call, proc,
        'cpu' if proc else '', rng.choice([0, 0, 0, -5]), rng.randrange(10**rng.randrange(1, 10)),
        rng.randrange(5000), rng.randrange(5000))) + '\n'


def bad_line(rng):
    fields = [rng.choice(NUMBERS) for _ in range(10)]
    fields[3], fields[4], fields[5] = (rng.choice(NAMES) for _ in range(3))
    if rng.random() < 0.5: # good but for one
        good = good_line(rng).rstrip('\n').split(',')
        at = rng.randrange(10)
        good[at] = fields[at]
        fields = good
    if rng.random() < 0.1:
        fields = fields[:rng.randrange(10)] + ['x'] * rng.randrange(3)
    return ','.join(fields) + rng.choice(['\n', '\n', '\r\n', ''])


def comment(rng):
    return rng.choice(['# recorded 5, dropped 0\n', '# recorded 5, dropped 7\n', '# dropped\n', '# dropped x\n',
                       '# dropped ' + '9' * 5000 + '\n', '#\n', '\n'])


def recording(rng, many):
    lines = []
    for _ in range(rng.randrange(1, 30)):
        lines.append(rng.choices([good_line, bad_line, comment], [6, 3, 1])[0](rng))
    if many: # threads and names
        lines += [f'{i},{i},0,enqueue,p{i},cpu,0,{i},1,1\n' for i in range(rng.choice([50, 1200]))]
    if rng.random() < 0.02:
        lines.append('f' * 200000 + '\n')
    if rng.random() < 0.3:
        lines.append('# recorded 5, dropped 0\n')
    data = bytearray(((HEADER if rng.random() < 0.97 else rng.choice(['', 'time\n', '\n'])) +
                      ''.join(lines)).encode())
    for _ in range(rng.choice([0, 0, 1, 4])): # any byte
        if data:
            data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data[:rng.randrange(len(data) + 1)] if rng.random() < 0.1 else data)


class Lines:
    """Which lines of the reader were run."""

    def __init__(self):
        self.seen = set()
        self.name = None

    def __call__(self, frame, event, arg):
        if frame.f_code.co_filename != self.name:
            return None
        if event == 'line':
            self.seen.add(frame.f_lineno)
        return self

    def all_of(self, code):
        lines = {n for _, _, n in code.co_lines() if n}
        for c in code.co_consts:
            if hasattr(c, 'co_lines'):
                lines |= self.all_of(c)
        return lines


def run(reader, args, whole=False):
    """One call as a user makes it. What it says; findings are exceptions."""
    out = io.StringIO()
    sys.argv = ['vt-profile.py'] + args
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            if whole:
                runpy.run_path(READER, run_name='__main__')
            else:
                reader.main()
        except reader.Error as e:
            out.write(str(e))
        except SystemExit as e:
            assert whole and isinstance(e.code, str)
            out.write(e.code)
    said = out.getvalue()
    for c in said:
        if not c.isprintable() and c != '\n':
            raise AssertionError(f'it prints {c!r}')
    return said


def arguments(rng, file, output, drawn):
    args = [file]
    if not drawn:
        args.append('--table')
    if rng.random() < 0.2:
        args += ['--proc', rng.choice(['echo', 'none', ''])]
    return args + (['--output', output if rng.random() < 0.9 else '/none/x'] if drawn else [])


def attack(reader, rng, seconds, directory):
    """Inputs, drawn ones among them."""
    file, output = os.path.join(directory, 't.csv'), os.path.join(directory, 'out')
    deadline = time.monotonic() + seconds
    nb = drawn = 0
    run(reader, [directory])
    run(reader, [os.path.join(directory, 'none')])
    # So many in any case, so that what is run of the reader does not depend on the processor.
    while nb < 600 or time.monotonic() < deadline:
        draws = nb % DRAWS == 0
        data = recording(rng, nb % (4 * DRAWS) == 0)
        with open(file, 'wb') as f:
            f.write(data)
        try:
            run(reader, arguments(rng, file, output, draws), nb % 50 == 0)
        except BaseException:
            with open('trace-finding.csv', 'wb') as f:
                f.write(data)
            print(f'input {nb}: trace-finding.csv: {data[:2000]!r}', file=sys.stderr)
            raise
        nb += 1
        drawn += draws
    return nb, drawn


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    lines = Lines()
    lines.name = READER
    sys.settrace(lines)
    reader = load()
    with tempfile.TemporaryDirectory() as directory, mock.patch.dict(sys.modules, pen()):
        nb, drawn = attack(reader, random.Random(seed), seconds, directory)
    sys.settrace(None)
    with open(READER, encoding='utf-8') as f:
        every = lines.all_of(compile(f.read(), READER, 'exec'))
    print(f'{nb} recordings, {drawn} drawn, {100 * len(lines.seen & every) // len(every)} % of the lines')
    print('not run:', *sorted(every - lines.seen))


if __name__ == '__main__':
    main()
