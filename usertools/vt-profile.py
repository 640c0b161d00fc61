#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 Vinetalk authors

"""Read a recording of the local_profile transport: a table and two drawings."""

import argparse
import csv
import os
import sys

HEADER = ['time_ns', 'thread', 'cpu', 'call', 'proc', 'accel_type', 'status',
          'duration_ns', 'bytes_in', 'bytes_out']
LIMIT = 1 << 64 # of numbers: no recording has larger ones, and they become floating-point ones
MAX_HEIGHT = 100 # inches: what a drawing with hundreds of threads or names has
MAX_NAMES = 40  # of a legend
NUMBERS = ('time_ns', 'thread', 'cpu', 'status', 'duration_ns', 'bytes_in', 'bytes_out')

EXAMPLES = """examples:
  vt-profile.py trace.csv                      table; trace-timeline and trace-latency (.png, .svg)
  vt-profile.py trace.csv --output /tmp/run1   draws /tmp/run1-*.png and /tmp/run1-*.svg
  vt-profile.py trace.csv --table              only the table
  vt-profile.py trace.csv --proc sha256        only the tasks of one procedure

A recording is made by attaching the device "local_profile,file=trace.csv".
"enqueue" lasts as long as the procedure runs, "dequeue" from the task's enqueue on to its
dequeue; the bytes of a task are counted once, in its "enqueue".
"""


class Error(Exception):
    """Something that the user can do something about."""


def clean(text):
    """Names are printed: nothing in them moves the cursor."""
    return ''.join(c if c.isprintable() else '?' for c in text)


class Trace:
    """The records of a file."""

    def __init__(self):
        self.records = []
        self.bad = []       # numbers of lines that are not whole
        self.dropped = None # what the recorder says at the end, if it got there

    def comment(self, line):
        words = line.replace(',', ' ').split()
        if 'dropped' in words[:-1]:
            try:
                self.dropped = int(words[words.index('dropped') + 1])
            except ValueError:
                pass

    def record(self, row):
        """Add a row; False if it is not one."""
        if len(row) != len(HEADER):
            return False
        r = dict(zip(HEADER, row))
        try:
            for k in NUMBERS:
                r[k] = int(r[k])
        except ValueError:
            return False
        if any(abs(r[k]) >= LIMIT for k in NUMBERS):
            return False
        if r['duration_ns'] < 0 or r['time_ns'] < 0 or not r['call']:
            return False
        r['call'], r['proc'] = clean(r['call']), clean(r['proc'])
        self.records.append(r)
        return True


def columns(line):
    """The fields of a line; none if it is no line of CSV."""
    try:
        return next(csv.reader([line.rstrip('\r\n')]), [])
    except csv.Error: # a field that is too long
        return []


def read(path):
    """Read a recording."""
    trace = Trace()
    try:
        with open(path, newline='', encoding='utf-8', errors='replace') as f:
            first = f.readline()
            if first.rstrip('\r\n') != ','.join(HEADER):
                raise Error(f'{path}: the first line is not that of a recording '
                            f'({",".join(HEADER)})')
            for number, line in enumerate(f, 2):
                if line.startswith('#'):
                    trace.comment(line)
                # A line without its end was being written when the program died.
                elif not line.endswith('\n') or not trace.record(columns(line)):
                    trace.bad.append(number)
    except OSError as e:
        raise Error(f'{path}: {e.strerror}') from e
    if not trace.records:
        raise Error(f'{path}: no records')
    return trace


def percentile(ordered, p):
    """Nearest rank."""
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * p // 100) - 1))]


def human_ns(ns):
    for unit, factor in (('s', 1e9), ('ms', 1e6), ('us', 1e3)):
        if ns >= factor:
            return f'{ns / factor:.3g} {unit}'
    return f'{ns:.3g} ns'


def human_rate(rate):
    for unit, factor in (('GB/s', 1e9), ('MB/s', 1e6), ('kB/s', 1e3)):
        if rate >= factor:
            return f'{rate / factor:.3g} {unit}'
    return f'{rate:.3g} B/s' if rate else '-'


def data_bytes(r):
    return r['bytes_in'] + r['bytes_out']


def summary(records):
    """What one line of the table says."""
    durations = sorted(r['duration_ns'] for r in records)
    total = sum(data_bytes(r) for r in records)
    # From the first begin to the last end: calls of several threads overlap.
    span = max(r['time_ns'] + r['duration_ns'] for r in records) - \
        min(r['time_ns'] for r in records)
    return {
        'calls': len(records),
        'errors': sum(r['status'] < 0 for r in records),
        'min': durations[0],
        'median': percentile(durations, 50),
        'p99': percentile(durations, 99),
        'rate': total * 1e9 / span if span > 0 else 0,
    }


def group(records, key):
    groups = {}
    for r in records:
        groups.setdefault(key(r), []).append(r)
    return groups


def print_table(title, groups):
    rows = sorted(((k, summary(v)) for k, v in groups.items()),
                  key=lambda row: (-row[1]['calls'], row[0]))
    width = max([len(title)] + [len(k) for k, _ in rows])
    print(f'{title:<{width}} {"calls":>9} {"errors":>7} {"min":>9} {"median":>9} {"p99":>9} '
          f'{"bytes/s":>11}')
    for k, s in rows:
        print(f'{k:<{width}} {s["calls"]:>9} {s["errors"]:>7} {human_ns(s["min"]):>9} '
              f'{human_ns(s["median"]):>9} {human_ns(s["p99"]):>9} '
              f'{human_rate(s["rate"]):>11}')
    print()


def table(trace):
    for r in trace.records:
        if r['call'] == 'dequeue': # counted in its enqueue
            r['bytes_in'] = r['bytes_out'] = 0
    tasks = [r for r in trace.records if r['proc']]
    print_table('call', group(trace.records, lambda r: r['call']))
    if tasks:
        # A task runs inside its enqueue; its latency is over with the dequeue.
        for title, call in (('procedure', 'enqueue'), ('latency', 'dequeue')):
            groups = group((r for r in tasks if r['call'] == call), lambda r: r['proc'])
            if groups:
                print_table(title, groups)
    threads = len({r['thread'] for r in trace.records})
    print(f'{len(trace.records)} records of {threads} thread{"s" if threads != 1 else ""}')
    if trace.dropped is None:
        print('the recording has no end: the program did not close the device')
    elif trace.dropped:
        print(f'{trace.dropped} records were dropped: buffer= of the device is too small')
    if trace.bad:
        print(f'{len(trace.bad)} line{"s" if len(trace.bad) != 1 else ""} could not be read, '
              f'the first is {trace.bad[0]}')


def draw_timeline(plt, records, path):
    """One row for each thread and call, one bar for each record."""
    start = min(r['time_ns'] for r in records)
    end = max(r['time_ns'] + r['duration_ns'] for r in records)
    threads = sorted({r['thread'] for r in records})
    labels = sorted({r['proc'] or r['call'] for r in records})
    colors = {name: plt.get_cmap('tab20')(i % 20) for i, name in enumerate(labels)}
    height = min(MAX_HEIGHT, 1.5 + max(0.6 * len(threads), 0.22 * min(len(labels), MAX_NAMES)))
    fig, ax = plt.subplots(figsize=(12, height), layout='constrained')
    unit, factor = next(u for u in (('s', 1e9), ('ms', 1e6), ('us', 1e3), ('ns', 1))
                        if end - start >= u[1] or u[1] == 1)
    # Waiting for the dequeue is no work of the thread's.
    rows = group((r for r in records if r['call'] != 'dequeue'),
                 lambda r: (r['proc'] or r['call'], r['thread']))
    place = {thread: i for i, thread in enumerate(threads)}
    for (name, thread), some in rows.items():
        bars = [((r['time_ns'] - start) / factor, r['duration_ns'] / factor) for r in some]
        ax.broken_barh(bars, (place[thread] - 0.4, 0.8), facecolors=colors[name], linewidth=0,
                       rasterized=len(bars) > 5000)
    for name in labels[:MAX_NAMES]:
        ax.plot([], [], color=colors[name], linewidth=6, label=name)
    ax.set_yticks(range(len(threads)), [f'thread {t}' for t in threads])
    ax.set_ylim(-0.6, len(threads) - 0.4)
    ax.set_xlabel(f'time ({unit})')
    ax.set_title('timeline')
    ax.legend(loc='upper left', bbox_to_anchor=(1.0, 1.0), fontsize='small')
    save(plt, fig, path)


def draw_histogram(plt, records, path):
    """Durations, on logarithmic axes."""
    groups = group(records, lambda r: f'{r["call"]} {r["proc"]}'.strip())
    shown = sorted(groups.items(), key=lambda g: -len(g[1]))[:10]
    low = max(1, min(r['duration_ns'] for r in records))
    high = max(2 * low, max(r['duration_ns'] for r in records) + 1)
    edges = [low * (high / low) ** (i / 60) for i in range(61)]
    fig, ax = plt.subplots(figsize=(10, 6), layout='constrained')
    for name, rs in shown:
        ax.hist([max(low, r['duration_ns']) for r in rs], bins=edges, histtype='step',
                linewidth=1.5, label=f'{name} ({len(rs)})')
    ax.set_xscale('log')
    ax.set_yscale('log')
    ax.set_xlabel('duration (ns)')
    ax.set_ylabel('calls')
    ax.set_title('latency')
    ax.legend(fontsize='small')
    save(plt, fig, path)


def save(plt, fig, path):
    for suffix in ('.png', '.svg'):
        try:
            fig.savefig(path + suffix, dpi=120)
        except OSError as e:
            raise Error(f'{path + suffix}: {e.strerror}') from e
        print(f'drawn: {path + suffix}')
    plt.close(fig)


def draw(records, output):
    try:
        import matplotlib
    except ImportError as e:
        raise Error('matplotlib is missing (python3-matplotlib); --table needs none') from e
    matplotlib.use('Agg')
    from matplotlib import pyplot
    draw_timeline(pyplot, records, output + '-timeline')
    draw_histogram(pyplot, records, output + '-latency')


def main():
    parser = argparse.ArgumentParser(
        description='Table and drawings of a recording of the local_profile transport.',
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('trace', help='the recording (CSV)')
    parser.add_argument('--output', metavar='PREFIX',
                        help='of the drawings (the recording without its suffix)')
    parser.add_argument('--table', action='store_true', help='draw nothing')
    parser.add_argument('--proc', metavar='NAME', help='only tasks of this procedure')
    args = parser.parse_args()

    trace = read(args.trace)
    if args.proc is not None:
        names = sorted({r['proc'] for r in trace.records if r['proc']})
        trace.records = [r for r in trace.records if r['proc'] == args.proc]
        if not trace.records:
            raise Error(f'{args.trace}: no task of procedure {args.proc}; there are: '
                        f'{", ".join(names) or "none"}')
    table(trace)
    if not args.table:
        draw(trace.records, args.output or os.path.splitext(args.trace)[0])


if __name__ == '__main__':
    try:
        main()
    except Error as e:
        sys.exit(f'vt-profile.py: {e}')
    except BrokenPipeError:
        # Whoever read the table has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
