#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 Vinetalk authors

"""Turn JSON files of dpdk-test-vinetalk-perf into one HTML page with tables and plots."""

import argparse
import html
import io
import json
import math
import os
import re
import sys

VERSION = 1
EXAMPLES = """examples:
  vt-perf-report.py perf.json                             writes perf.html
  vt-perf-report.py perf.json -o /tmp/report.html
  vt-perf-report.py old.json new.json -o compare.html     two series in each plot
  vt-perf-report.py a.json b.json --label before --label after -o compare.html

The page needs nothing else: it can be mailed, or opened without a network.
"""
# What a plot's x axis may be, the first one that varies; then any other number that varies.
X_PARAMS = ('payload', 'bytes', 'size', 'queue_pairs', 'active', 'clients', 'rate', 'burst')
X_TITLES = {'payload': 'payload (bytes)', 'queue_pairs': 'queue pairs',
            'rate': 'rate (tasks/s)'}
BINARY = ('payload', 'bytes', 'size')
SECONDS = {'ns': 1e-9, 'us': 1e-6, 'ms': 1e-3, 's': 1.0}
LOG_FROM = 8       # an axis is logarithmic if its largest value is so many times the smallest
LOG_Y_FROM = 50
PERCENT = ('%', 'percent')
HOST = {'cpu': 'processor', 'cores': 'processors', 'kernel': 'Linux', 'dpdk': 'DPDK',
        'vinetalk': 'Vinetalk', 'page_kib': 'pages (KiB)', 'server_cpu': "appliance's CPU",
        'client_cpu': "client's CPU", 'siblings': 'hyperthreads of one core'}
BASELINE = {'linestyle': '--', 'marker': 's', 'markerfacecolor': 'white', 'markersize': 4,
            'alpha': 0.7}
STYLE = """body { font: 15px/1.5 sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { padding: .2em .8em; border-bottom: 1px solid #ccc; text-align: left; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 1em 0; }
svg { max-width: 100%; height: auto; }
.note { color: #555; }"""


class Error(Exception):
    """Something that the user can do something about."""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Error(message)


# ---- input ----

def clean(text):
    """A text that XML can hold, on one line."""
    return re.sub('[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]', '\ufffd', text)


def number(value):
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        value = float(value)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def simple(value):
    """What a parameter, or a field of the host, is shown and compared as: a number or a text."""
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    if number(value) is not None:
        return value
    return clean(value if isinstance(value, str) else json.dumps(value))


class Result:
    def __init__(self, where, raw):
        if not isinstance(raw, dict):
            raise Error(f'{where} is no object')
        for key in ('test', 'metric'):
            if not isinstance(raw.get(key), str) or not raw[key]:
                raise Error(f"{where} has no text '{key}'")
        self.value = number(raw.get('value'))
        if self.value is None:
            raise Error(f"{where} has no number 'value'")
        params = raw.get('params', {})
        if not isinstance(params, dict):
            raise Error(f"{where}: 'params' is no object")
        self.test = clean(raw['test'])
        self.metric = clean(raw['metric'])
        self.unit = simple(raw.get('unit', ''))
        if not isinstance(self.unit, str):
            self.unit = str(self.unit)
        self.params = {clean(k): simple(v) for k, v in params.items()}
        self.baseline = number(raw.get('baseline'))
        if self.baseline is not None and self.baseline <= 0:
            self.baseline = None  # there was none
        self.baseline_name = str(simple(raw.get('baseline_name', 'baseline')))
        self.ratio = None if self.baseline is None else number(raw.get('ratio'))
        self.low = number(raw.get('min'))
        self.high = number(raw.get('max'))
        self.label = ''


def refuse_constant(name):
    raise ValueError(f'{name} is no JSON')


def read(path):
    """Host and results of one file."""
    try:
        with open(path, encoding='utf-8') as f:
            raw = json.load(f, parse_constant=refuse_constant)
    except OSError as e:
        raise Error(f'{path}: {e.strerror}') from e
    except (ValueError, RecursionError) as e:
        raise Error(f'{path}: is not JSON: {e}') from e
    if not isinstance(raw, dict) or 'version' not in raw:
        raise Error(f'{path}: is not of dpdk-test-vinetalk-perf: no version')
    if isinstance(raw['version'], bool) or raw['version'] != VERSION:
        raise Error(f'{path}: version {json.dumps(raw["version"])[:40]}; '
                    f'this reads version {VERSION}')
    results = raw.get('results')
    if not isinstance(results, list) or not results:
        raise Error(f'{path}: no results')
    host = raw.get('host')
    host = {clean(k): simple(v) for k, v in host.items()} if isinstance(host, dict) else {}
    return host, [Result(f'{path}: result {i + 1}', r) for i, r in enumerate(results)]


def labels_of(paths, given):
    if given and len(given) != len(paths):
        raise Error(f'{len(given)} --label for {len(paths)} files')
    names = given or [os.path.splitext(os.path.basename(p))[0] for p in paths]
    if len(set(names)) != len(names):
        if given:
            raise Error('two files have the same --label')
        names = [f'{i + 1}: {p}' for i, p in enumerate(paths)]
    return [clean(os.fsencode(n).decode('utf-8', 'replace')) for n in names]


# ---- what belongs together ----

def unique(values):
    return list(dict.fromkeys(values))


def by(items, key):
    groups = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def varying(results):
    """Names of parameters that do not have one value in all results."""
    names = unique(k for r in results for k in r.params)
    return [k for k in names if len({r.params.get(k) for r in results}) > 1]


def x_param(results):
    """The parameter for the x axis, or None."""
    found = [k for k in varying(results)
             if all(number(r.params.get(k)) is not None for r in results)]
    # A second file with another value is no axis: it varies inside one file.
    found = [k for k in found if any(len({r.params[k] for r in rs}) > 1
                                     for rs in by(results, lambda r: r.label).values())]
    return next((k for k in X_PARAMS if k in found), found[0] if found else None)


def split_params(results, x):
    """Parameters that tell apart results of one file at one x."""
    split = []
    for name in varying(results):
        if name == x:
            continue
        groups = by(results, lambda r: (r.label, r.params.get(x),
                                        tuple(r.params.get(k) for k in split)))
        if any(len({r.params.get(name) for r in rs}) > 1 for rs in groups.values()):
            split.append(name)
    return split


def title_of(result, split):
    """What tells a series from its neighbours."""
    def text(k):
        value = result.params.get(k, '-')
        if k == 'active' and value == result.params.get('queue_pairs') != 1:
            return 'all'  # one series for all numbers of queue pairs
        return number_text(value)
    return ', '.join(f'{k} {text(k)}' for k in split)


# ---- tables ----

def number_text(value):
    if isinstance(value, str):
        return value
    if value is None:
        return '-'
    return f'{value:,.0f}' if abs(value) >= 1000 or value == int(value) else f'{value:.4g}'


def row(cells, tag='td'):
    out = []
    for cell in cells:
        text = number_text(cell)
        numeric = ' class="n"' if tag == 'td' and re.fullmatch(r'-|-?[\d.,]+', text) else ''
        out.append(f'<{tag}{numeric}>{html.escape(text)}</{tag}>')
    return '<tr>' + ''.join(out) + '</tr>'


def table(head, rows):
    return '\n'.join(['<table>', row(head, 'th'), *map(row, rows), '</table>'])


def host_table(hosts, labels):
    known = [k for k in HOST if any(k in h for h in hosts)]
    names = known + [k for k in unique(k for h in hosts for k in h) if k not in HOST]
    return table([''] + labels,
                 [[HOST.get(k, k)] + [str(h.get(k, '-')) for h in hosts] for k in names])


def test_table(results, several):
    params = varying(results)
    constant = [k for k in unique(k for r in results for k in r.params) if k not in params]
    head = (['series'] if several else []) + [k.replace('_', ' ') for k in params]
    head += ['metric', 'unit', 'value', 'min', 'max', 'baseline', 'ratio', 'compared with']
    rows = []
    for r in results:
        cells = [r.label] if several else []
        cells += [r.params.get(k, '-') for k in params]
        # A ratio has two digits that mean something.
        ratio = '-' if r.ratio is None else f'{r.ratio:.2f}'
        rows.append(cells + [r.metric, r.unit, r.value, r.low, r.high, r.baseline, ratio,
                             r.baseline_name if r.baseline is not None else '-'])
    note = ', '.join(f'{k.replace("_", " ")} {number_text(results[0].params[k])}'
                     for k in constant)
    note = f'<p class="note">{html.escape(note)}</p>\n' if note else ''
    return note + table(head, rows)


# ---- plots ----

def plain(text):
    """A text that matplotlib takes as it is: no formulas, nothing hidden from the legend."""
    text = text.replace('$', r'\$')
    return ' ' + text if text.startswith('_') else text


def scale_of(unit):
    """Factor and unit of the axis: times have prefixes of seconds."""
    return (SECONDS[unit], 's') if unit in SECONDS else (1.0, '')


def binary_text(value, _=None):
    for prefix, size in (('Gi', 1 << 30), ('Mi', 1 << 20), ('Ki', 1 << 10)):
        if value >= size:
            return f'{value / size:g} {prefix}'
    return f'{value:g}'


def shape_y(ax, metric, unit, values):
    """Zero at the bottom, or logarithmic if the values lie far apart."""
    from matplotlib import ticker
    good = [v for v in values if v > 0]
    if good and len(good) == len(values) and unit not in PERCENT and \
            max(good) / min(good) >= LOG_Y_FROM:
        ax.set_yscale('log')
        ax.set_ylim(bottom=10 ** math.floor(math.log10(min(good))))
    elif not values or min(values) >= 0:
        ax.set_ylim(bottom=0)
        if metric == 'jain':
            ax.set_ylim(0, max([1.05, *values]))
    title = plain(metric.replace('_', ' '))
    if unit in SECONDS:
        ax.yaxis.set_major_formatter(ticker.EngFormatter(unit='s'))
        ax.set_ylabel(title)
        if ax.get_yscale() == 'log':
            ax.yaxis.set_minor_formatter(ticker.NullFormatter())
        return
    ax.set_ylabel(f'{title} ({plain(unit)})' if unit and title else title or plain(unit))
    if values and max(values) >= 1e4:
        ax.yaxis.set_major_formatter(ticker.EngFormatter())
    elif ax.get_yscale() == 'linear':
        ax.yaxis.set_major_formatter(ticker.ScalarFormatter(useOffset=False))


def shape_x(ax, x, values):
    from matplotlib import ticker
    values = sorted(set(values))
    positive = [v for v in values if v > 0]
    base = 10 if x == 'rate' else 2
    if positive and values[0] >= 0 and max(positive) / min(positive) >= LOG_FROM:
        if values[0] > 0:
            ax.set_xscale('log', base=base)
        else:
            ax.set_xscale('symlog', base=base, linthresh=positive[0])
            ax.set_xlim(left=-positive[0] / 4)
    ax.xaxis.set_minor_locator(ticker.NullLocator())
    if len(values) <= 12:
        ax.xaxis.set_major_locator(ticker.FixedLocator(values))
    if x in BINARY:
        ax.xaxis.set_major_formatter(ticker.FuncFormatter(binary_text))
    elif values[-1] >= 1e4:
        ax.xaxis.set_major_formatter(ticker.EngFormatter())
    else:
        ax.xaxis.set_major_formatter(ticker.FuncFormatter(lambda v, _: f'{v:g}'))
    ax.set_xlabel(plain(X_TITLES.get(x, x.replace('_', ' '))))


def errors_of(results, factor):
    """Lengths down and up; what lies on the wrong side has none."""
    down = [max(0, r.value - (r.value if r.low is None else r.low)) * factor for r in results]
    up = [max(0, (r.value if r.high is None else r.high) - r.value) * factor for r in results]
    return [down, up]


def line_plot(plt, results, x, several):
    """One metric over x; a series for each file and each value of what else varies."""
    from matplotlib.lines import Line2D
    factor = scale_of(results[0].unit)[0]
    split = split_params(results, x)
    fig, ax = plt.subplots(figsize=(9, 4.6), layout='constrained')
    colors = plt.get_cmap('tab10')
    seen, handles, kinds = [], [], []
    for i, (name, rs) in enumerate(by(results, lambda r: (r.label, title_of(r, split))).items()):
        rs = sorted(rs, key=lambda r: r.params[x])
        name = ', '.join(n for n in (name[0] if several else '', name[1]) if n)
        xs = [r.params[x] for r in rs]
        handles.append(ax.errorbar(
            xs, [r.value * factor for r in rs], yerr=errors_of(rs, factor), marker='o',
            capsize=3, markersize=4, color=colors(i % 10),
            label=plain(name or rs[0].metric.replace('_', ' '))))
        seen += [v * factor for r in rs for v in (r.value, r.low, r.high) if v is not None]
        base = [r for r in rs if r.baseline is not None]
        ax.plot([r.params[x] for r in base], [r.baseline * factor for r in base],
                color=colors(i % 10), **BASELINE)
        seen += [r.baseline * factor for r in base]
        kinds += [r.baseline_name for r in base]
    # A baseline has the colour of its series; the legend says once what it is.
    handles += [Line2D([], [], color='gray', label=plain(kind), **BASELINE)
                for kind in unique(kinds)]
    shape_x(ax, x, [r.params[x] for r in results])
    shape_y(ax, results[0].metric, results[0].unit, seen)
    return fig, ax, handles


def bar_plot(plt, results, several):
    """Metrics of one unit beside each other; a bar for each file and for its baseline."""
    from matplotlib.patches import Patch
    factor = scale_of(results[0].unit)[0]
    split = split_params(results, None)
    # With one metric the figure's title says which.
    single = len(unique(r.metric for r in results)) == 1 and split
    groups = by(results, lambda r: title_of(r, split) if single else
                ', '.join(t for t in (r.metric, title_of(r, split)) if t))
    labels = unique(r.label for r in results)
    bars = [(label, base) for label in labels for base in (False, True)
            if not base or any(r.baseline is not None for r in results if r.label == label)]
    fig, ax = plt.subplots(figsize=(9, 4.2), layout='constrained')
    colors = plt.get_cmap('tab10')
    width = 0.8 / len(bars)
    seen, handles = [], []
    for i, (label, base) in enumerate(bars):
        look = {'facecolor': colors(labels.index(label) % 10)}
        if base:
            look.update(alpha=0.4, hatch='//', edgecolor='white')
        for at, rs in enumerate(groups.values()):
            rs = [r for r in rs if r.label == label and (not base or r.baseline is not None)][:1]
            values = [(r.baseline if base else r.value) * factor for r in rs]
            ax.bar([at - 0.4 + width * (i + 0.5)] * len(rs), values, width * 0.92,
                   yerr=None if base or not rs else errors_of(rs, factor), capsize=3, **look)
            seen += values + [v * factor for r in rs for v in (r.low, r.high)
                              if v is not None and not base]
        kinds = unique(r.baseline_name for r in results if r.label == label)
        name = (kinds[0] if len(kinds) == 1 else 'baseline') if base else 'Vinetalk'
        handles.append(Patch(label=plain(f'{label}: {name}' if several else name), **look))
    ax.set_xticks(range(len(groups)), [plain(g.replace('_', ' ')) for g in groups],
                  rotation=20 if len(groups) > 6 else 0)
    ax.set_xlim(-0.6, len(groups) - 0.4)
    shape_y(ax, results[0].metric if len(groups) == 1 else '', results[0].unit, seen)
    return fig, ax, handles


def svg_of(plt, fig, ax, handles, title, index):
    """The plot as an element of the page: no prolog, no foreign names, ids of its own."""
    ax.grid(True, axis='y', alpha=0.3)
    ax.set_axisbelow(True)
    for side in ('top', 'right'):
        ax.spines[side].set_visible(False)
    if len(handles) > 1:
        ax.legend(handles=handles, fontsize='small', loc='upper left',
                  bbox_to_anchor=(1.01, 1.0), frameon=False)
    out = io.StringIO()
    fig.savefig(out, format='svg', metadata={'Date': None, 'Creator': None})
    plt.close(fig)
    text = out.getvalue()
    text = text[text.index('<svg'):]
    text = re.sub(r'<metadata>.*?</metadata>', '', text, flags=re.S)
    text = text.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', '')
    text = text.replace('xlink:href=', 'href=')
    text = re.sub(r'( id="|url\(#|href="#)', rf'\g<1>p{index}-', text)
    return text.replace('<svg ', f'<svg role="img" aria-label="{html.escape(title)}" ', 1)


def plots(plt, results, several):
    """Figures of one test: (title, figure, axes, what the legend shows)."""
    flat = []
    for metric, rs in by(results, lambda r: r.metric).items():
        for unit_rs in by(rs, lambda r: r.unit).values():
            x = x_param(unit_rs)
            if x is None:
                flat += unit_rs
            else:
                title = f'{metric} by {x}'.replace('_', ' ')
                yield (title, *line_plot(plt, unit_rs, x, several))
    for rs in by(flat, lambda r: r.unit).values():
        title = ', '.join(unique(r.metric for r in rs)).replace('_', ' ')
        yield (title, *bar_plot(plt, rs, several))


# ---- the page ----

def page(plt, hosts, labels, results, keep=None):
    """The page; keep(name, svg) is called for each plot."""
    several = len(labels) > 1
    title = 'Vinetalk: measurements'
    out = ['<!DOCTYPE html>', '<html lang="en">', '<head>', '<meta charset="utf-8"/>',
           f'<title>{title}</title>', f'<style>{STYLE}</style>', '</head>', '<body>',
           f'<h1>{title}</h1>', host_table(hosts, labels),
           '<p class="note">Values and baselines are medians of the repeats, error bars reach '
           'from the smallest to the largest. A ratio is that of neighbouring pairs: value to baseline. '
           'Figures of two runs on a shared machine are comparable by their ratios only.</p>']
    index = 0
    for test, rs in by(results, lambda r: r.test).items():
        out += [f'<h2>{html.escape(test)}</h2>', test_table(rs, several)]
        for name, fig, ax, handles in plots(plt, rs, several):
            index += 1
            svg = svg_of(plt, fig, ax, handles, f'{test}: {name}', index)
            if keep is not None:
                keep(f'{test} {name}', svg)
            out += ['<figure>', svg,
                    f'<figcaption>{html.escape(test)}: {html.escape(name)}</figcaption>',
                    '</figure>']
    return '\n'.join(out + ['</body>', '</html>', ''])


def load_matplotlib():
    try:
        import matplotlib
    except ImportError as e:
        raise Error('matplotlib is missing (python3-matplotlib)') from e
    matplotlib.use('svg')
    from matplotlib import pyplot
    # Text stays text, and is drawn with a font of the reader's.
    pyplot.rcParams.update({'svg.fonttype': 'none', 'svg.hashsalt': 'vinetalk',
                            'font.family': 'sans-serif', 'hatch.linewidth': 1.5})
    return pyplot


def main():
    parser = Parser(description=__doc__, epilog=EXAMPLES,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('files', nargs='+', metavar='FILE', help='what --json wrote')
    parser.add_argument('-o', '--output', metavar='FILE',
                        help='the page (the first file, with the suffix .html)')
    parser.add_argument('--label', action='append', metavar='NAME',
                        help='name of a series, once for each file (the names of the files)')
    parser.add_argument('--svg', metavar='DIR',
                        help='write each plot there as well, as TEST-METRIC-by-PARAMETER.svg')
    args = parser.parse_args()

    output = args.output or os.path.splitext(args.files[0])[0] + '.html'
    if any(os.path.exists(f) and os.path.exists(output) and os.path.samefile(f, output)
           for f in args.files):
        raise Error(f'{output}: would overwrite what was measured')
    labels = labels_of(args.files, args.label)
    hosts, results = [], []
    for path, label in zip(args.files, labels):
        host, found = read(path)
        hosts.append(host)
        for r in found:
            r.label = label
        results += found

    def keep(name, svg):
        # What stands in a file's name comes from the measured file: only what is harmless.
        name = re.sub(r'[^A-Za-z0-9_.]+', '-', name).strip('-.')[:100]
        with open(os.path.join(args.svg, name + '.svg'), 'w', encoding='utf-8') as f:
            f.write(svg + '\n')

    try:
        if args.svg:
            os.makedirs(args.svg, exist_ok=True)
        text = page(load_matplotlib(), hosts, labels, results, keep if args.svg else None)
        with open(output, 'w', encoding='utf-8') as f:
            f.write(text)
    except OSError as e:
        raise Error(f'{e.filename or output}: {e.strerror}') from e
    print('written: ' + clean(os.fsencode(output).decode('utf-8', 'replace')))


if __name__ == '__main__':
    try:
        main()
    except Error as e:
        # One line, whatever is in a file's name.
        sys.exit('vt-perf-report.py: ' + clean(os.fsencode(str(e)).decode('utf-8', 'replace')))
