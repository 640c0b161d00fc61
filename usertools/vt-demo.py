#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 Vinetalk authors
"""Client processes share one appliance, on real input; stock tools check the results."""

import argparse
import glob
import itertools
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tarfile
import time
import zlib

EPILOG = """examples:
  usertools/vt-setup.sh demo
  usertools/vt-demo.py --build build --out /tmp/demo --workers 2
"""
PHOTO_PACKAGE = "mate-backgrounds"  # photographs under .../nature
ARCHIVE_BYTES = 60 << 20
NB_SMALL_FILES = 3000
SMALL_FILE_MAX = 128 << 10
KERNELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../examples/opencl/image.cl")


class DemoError(Exception):
    """What ends the demo, as one line of text."""


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EPILOG,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="directory of the build (build)")
    parser.add_argument("--out", default="out/demo", help="where inputs and results go (out/demo)")
    parser.add_argument("--workers", type=int, default=2,
                        help="worker threads of the cpu accelerator (2)")
    return parser.parse_args()


# ---- input ----

def make_archive(path):
    """A tar of files of this system, at least ARCHIVE_BYTES large."""
    if os.path.exists(path) and os.path.getsize(path) >= ARCHIVE_BYTES:
        return
    size = 0
    with tarfile.open(path + ".part", "w") as tar:
        for top in ("/usr/bin", "/usr/lib/x86_64-linux-gnu", "/usr/lib", "/usr/share"):
            for root, dirs, names in os.walk(top):
                dirs.sort()
                for name in sorted(names):
                    file = os.path.join(root, name)
                    if os.path.islink(file) or not os.path.isfile(file):
                        continue
                    if os.path.getsize(file) > 16 << 20 or not os.access(file, os.R_OK):
                        continue
                    tar.add(file, recursive=False)
                    size += os.path.getsize(file)
                    if size >= ARCHIVE_BYTES:
                        break
                if size >= ARCHIVE_BYTES:
                    break
            if size >= ARCHIVE_BYTES:
                break
    os.rename(path + ".part", path)
    if os.path.getsize(path) < 50 << 20:
        raise DemoError(f"{path}: the system has not enough files for 50 MB")


def small_files():
    """Paths of many small files of the system."""
    found = []
    for top in ("/usr/include", "/usr/share/doc", "/usr/share", "/usr/lib"):
        for root, dirs, names in os.walk(top):
            dirs.sort()
            for name in sorted(names):
                file = os.path.join(root, name)
                # sha256sum quotes such names, hash_files does not.
                if "\\" in file or "\n" in file or os.path.islink(file) or \
                        not os.access(file, os.R_OK):
                    continue
                if os.path.isfile(file) and 0 < os.path.getsize(file) <= SMALL_FILE_MAX:
                    found.append(file)
                    if len(found) == NB_SMALL_FILES:
                        return found
    return found


def render_pictures(out):
    """Without photographs: a few rendered pictures, so that there is something to filter."""
    import random
    shift = [bytes((i + base) & 255 for i in range(256)) for base in range(256)]
    files = []
    for number in range(6):
        width, height = 1600, 1200
        rnd = random.Random(number)
        waves = [(rnd.uniform(0.001, 0.02), rnd.uniform(0, 6)) for _ in range(3)]
        ramps = [bytes(x * (c + 1) & 255 for x in range(width)) for c in range(3)]
        rows = bytearray()
        for y in range(height):
            row = bytearray(1 + 3 * width)
            for c, (slope, phase) in enumerate(waves):
                row[1 + c::3] = ramps[c].translate(shift[int(120 * ((y * slope + phase) % 2))])
            rows += row
        path = os.path.join(out, f"rendered{number}.png")

        def chunk(kind, data):
            body = kind + data
            return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
        with open(path, "wb") as f:
            f.write(b"\x89PNG\r\n\x1a\n" +
                    chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
                    chunk(b"IDAT", zlib.compress(bytes(rows), 1)) + chunk(b"IEND", b""))
        files.append(path)
    return files


def photographs(out):
    """Photographs out of a Debian package, unpacked but not installed; else rendered pictures."""
    cache = os.path.join(out, "photographs")
    pattern = os.path.join(cache, "usr/share/backgrounds/mate/nature/*.jpg")
    rendered = sorted(glob.glob(os.path.join(cache, "rendered*.png")))
    if rendered and not glob.glob(pattern):
        return rendered
    if not glob.glob(pattern):
        os.makedirs(cache, exist_ok=True)
        subprocess.run(["apt-get", "download", "-qq", PHOTO_PACKAGE], cwd=cache, check=False,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        for deb in glob.glob(os.path.join(cache, PHOTO_PACKAGE + "_*.deb")):
            subprocess.run(["dpkg-deb", "-x", deb, cache], check=False)
            os.unlink(deb)
    files = sorted(f for f in glob.glob(pattern) if os.path.getsize(f) < 4 << 20)
    if files:
        return files
    print(f"demo: package {PHOTO_PACKAGE} cannot be had: pictures are rendered instead")
    return render_pictures(cache)


# ---- the appliance ----

def runtime_dir():
    """Where EAL keeps its files: rte_eal_get_runtime_dir() without the prefix."""
    base = os.environ.get("RUNTIME_DIRECTORY")
    if base is None:
        base = "/var/run" if os.getuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", "/tmp")
    return os.path.join(base, "dpdk")


class Appliance:
    """A vt-appliance process, and its telemetry socket."""

    def __init__(self, build, sock, accels):
        self.prefix = f"vtdemo{os.getpid()}"
        self.sock = sock
        program = os.path.join(build, "app/vt-appliance/vt-appliance")
        cpus = sorted(os.sched_getaffinity(0))
        lcores = ["-l", f"{cpus[0]},{cpus[1]}"] if len(cpus) > 1 else ["-l", str(cpus[0])]
        args = [program, *lcores, "--in-memory", "--no-pci", "--file-prefix=" + self.prefix,
                "--log-level=lib.eal:error", "--log-level=lib.telemetry:error", "--"]
        if len(cpus) == 1:
            args.append("--oversubscribe")
        args += ["--domain", f"demo,path={sock},clients=5,arena=48M"]
        for accel in accels:
            args += ["--accel", accel]
        self.log = open(os.path.join(os.path.dirname(sock), "appliance.log"), "w+b")
        self.proc = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=self.log,
                                     stderr=self.log)
        deadline = time.monotonic() + 20
        while b"vt-appliance: ready" not in self.said():
            if self.proc.poll() is not None or time.monotonic() > deadline:
                self.proc.kill()
                raise DemoError("vt-appliance did not start:\n" + self.said().decode())
            time.sleep(0.02)
        self.tele = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.tele.connect(os.path.join(runtime_dir(), self.prefix, "dpdk_telemetry.v2"))
        self.tele.recv(4096)

    @staticmethod
    def start(build, sock, workers):
        """With the accelerators that there are devices for: (appliance, names of those that need not be)."""
        # A start ends with the first that there is not; a later one is not in the log then.
        extras = {"crypto": "crypto,dev=crypto_openssl,workers=1", "opencl": f"opencl,kernels={KERNELS}"}
        while True:
            try:
                accels = [f"cpu,workers={workers}", *extras.values()]
                return Appliance(build, sock, accels), set(extras)
            except DemoError as e:
                why = [(name, line) for name in reversed(extras) for line in str(e).splitlines()
                       if name in line.lower()]
                if not why:
                    raise
                print(f"demo: without {why[0][0]}: {why[0][1].strip()}")
                del extras[why[0][0]]

    def said(self):
        with open(self.log.name, "rb") as f:
            return f.read()

    def ask(self, command):
        self.tele.send(command.encode())
        return next(iter(json.loads(self.tele.recv(65536)).values()))

    def stop(self):
        """SIGTERM; returns the exit status."""
        if self.proc.poll() is None:
            self.proc.send_signal(signal.SIGTERM)
        try:
            return self.proc.wait(20)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            return -1


# ---- the clients ----

class Client:
    def __init__(self, name, args, out, dev, stdin=None, stdout=None):
        self.name = name
        self.json = os.path.join(out, name + ".json")
        self.progress = os.path.join(out, name + ".progress")
        for stale in (self.json, self.progress):
            if os.path.exists(stale):
                os.unlink(stale)
        self.stdout = stdout
        self.proc = subprocess.Popen(
            [args[0], "--dev", dev, "--json", self.json, "--progress", self.progress, *args[1:]],
            stdin=stdin or subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE)

    def mbytes(self):
        try:
            with open(self.progress) as f:
                return int(f.read() or 0) / 1e6
        except (FileNotFoundError, ValueError):
            return 0.0

    def finish(self):
        err = self.proc.stderr.read().decode()
        if self.proc.wait() != 0:
            raise DemoError(f"client {self.name} failed: {err.strip()}")
        with open(self.json) as f:
            return json.load(f)


def run_clients(args, out, dev, archive, photos, files, extras):
    bindir = os.path.join(args.build, "examples")
    listing = os.path.join(out, "files.list")
    with open(listing, "wb") as f:
        f.write(b"".join(os.fsencode(file) + b"\n" for file in files))
    clients = [
        Client("gzip", [os.path.join(bindir, "gzip_offload"), archive, archive + ".gz"], out, dev),
        Client("image", [os.path.join(bindir, "image_filter"), os.path.join(out, "pictures"),
                         *photos], out, dev),
        Client("hash", [os.path.join(bindir, "hash_files")], out, dev, stdin=open(listing, "rb"),
               stdout=open(os.path.join(out, "SHA256SUMS"), "wb")),
    ]
    if "crypto" in extras:
        for stale in (archive + ".enc", archive + ".enc.tags"):
            if os.path.exists(stale):
                os.unlink(stale)
        with open(os.path.join(out, "key"), "wb") as f:
            f.write(os.urandom(32))
        clients.append(Client("encrypt", [os.path.join(bindir, "encrypt_file"), os.path.join(out, "key"), archive,
                                          archive + ".enc"], out, dev))
    if "opencl" in extras:
        clients.append(Client("opencl", [os.path.join(bindir, "image_filter"), "--opencl",
                                         os.path.join(out, "pictures-opencl"), *photos], out, dev))
    try:
        start = last = time.monotonic()
        live = sys.stdout.isatty()
        while any(c.proc.poll() is None for c in clients):
            time.sleep(0.1)
            now = time.monotonic()
            if now - last < (0.2 if live else 2):
                continue
            last = now
            line = "  ".join(f"{c.name} {c.mbytes():7.1f} MB{'' if c.proc.poll() is None else ' done'}"
                             for c in clients)
            print(f"\r{now - start:5.1f} s  {line}   " if live else f"{now - start:5.1f} s  {line}",
                  end="" if live else "\n", flush=True)
        if live:
            print()
        return {c.name: c.finish() for c in clients}
    finally:
        for c in clients:
            if c.proc.poll() is None:
                c.proc.kill()


# ---- the end ----

def png_read(path):
    """Decode an 8-bit gray PNG: (what is wrong with it or None, width, filtered rows)."""
    with open(path, "rb") as f:
        data = f.read()
    pos, header, packed = 8, None, b""
    while pos + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, pos)
        body = data[pos + 8:pos + 8 + length]
        if data[pos + 8 + length:pos + 12 + length] != struct.pack(">I", zlib.crc32(kind + body)):
            return f"checksum of chunk {kind!r}", 0, b""
        if kind == b"IHDR":
            header = struct.unpack(">IIBB", body[:10])
        elif kind == b"IDAT":
            packed += body
        pos += 12 + length
    if header is None or header[2:] != (8, 0):
        return "is not 8-bit gray", 0, b""
    try:
        rows = zlib.decompress(packed)
    except zlib.error as e:
        return str(e), 0, b""
    good = len(rows) == (header[0] + 1) * header[1]
    return None if good else f"has {len(rows)} bytes of pixels", header[0], rows


def png_error(path):
    """What is wrong with an 8-bit gray PNG, or None."""
    return png_read(path)[0]


def png_pixels(path):
    """Pixels of a gray PNG, row by row; it has none of the filters by two neighbours."""
    wrong, width, rows = png_read(path)
    if wrong is not None:
        raise DemoError(f"{path}: {wrong}")
    above = bytes(width)
    for at in range(0, len(rows), width + 1):
        row = rows[at + 1:at + 1 + width]
        if rows[at] == 1:
            row = bytes(itertools.accumulate(row, lambda a, b: a + b & 255))
        elif rows[at] == 2:
            row = bytes(a + b & 255 for a, b in zip(row, above))
        elif rows[at] != 0:
            raise DemoError(f"{path}: filter {rows[at]}")
        yield row
        above = row


def difference(path, other):
    """The largest difference of two pictures' pixels."""
    rows = itertools.zip_longest(png_pixels(path), png_pixels(other), fillvalue=b"")
    return max(255 if len(a) != len(b) else max(map(abs, map(int.__sub__, a, b))) for a, b in rows)


def result_of(out, folder, photo):
    return os.path.join(out, folder, os.path.splitext(os.path.basename(photo))[0] + ".png")


def decrypted(out, archive):
    """How many blocks of the encrypted archive the openssl program turns back, and how many there are."""
    # What GCM does to data is counter mode, from 2 on; the program has no GCM of its own.
    with open(os.path.join(out, "key"), "rb") as f:
        key = f.read().hex()
    with open(archive + ".enc.tags", "rb") as f:
        first = f.read(16)[:12]
    good = nb = 0
    with open(archive, "rb") as plain, open(archive + ".enc", "rb") as cipher:
        while block := plain.read(1 << 20):
            counter = (int.from_bytes(first[8:], "big") + nb) % (1 << 32)
            iv = first[:8] + counter.to_bytes(4, "big") + (2).to_bytes(4, "big")
            back = subprocess.run(["openssl", "enc", "-d", "-aes-256-ctr", "-K", key, "-iv", iv.hex()],
                                  input=cipher.read(1 << 20), capture_output=True, check=False)
            good += back.stdout == block
            nb += 1
        good -= cipher.read(1) != b""
    return good, nb


def verdicts(out, archive, photos, files, extras):
    """What stock tools say of the results: (what, ok)."""
    yield ("gzip -t", subprocess.run(["gzip", "-t", archive + ".gz"], check=False).returncode == 0)
    zcat = subprocess.Popen(["gzip", "-dc", archive + ".gz"], stdout=subprocess.PIPE)
    cmp_ = subprocess.run(["cmp", "-", archive], stdin=zcat.stdout, check=False)
    yield ("gzip -dc | cmp", cmp_.returncode == 0 and zcat.wait() == 0)
    sums = os.path.join(out, "SHA256SUMS")
    yield ("sha256sum -c", subprocess.run(["sha256sum", "-c", "--quiet", sums],
                                          check=False).returncode == 0)
    with open(sums, "rb") as f:
        nb_sums = sum(1 for _ in f)
    yield (f"{nb_sums} of {len(files)} files have a sum", nb_sums == len(files))
    if "crypto" in extras:
        good, nb = decrypted(out, archive)
        yield (f"openssl enc -d: {good} of {nb} blocks of the archive", good == nb)
    opencl = "opencl" in extras
    folders = ["pictures", "pictures-opencl"] if opencl else ["pictures"]
    results = [result_of(out, folder, photo) for folder in folders for photo in photos]
    nb_good = 0
    for png in results:
        said = subprocess.run(["file", "-b", png], check=False, capture_output=True, text=True)
        if "PNG image data" not in said.stdout or "grayscale" not in said.stdout:
            print(f"file {png}: {said.stdout.strip()}")
            continue
        wrong = png_error(png)
        if wrong is None:
            nb_good += 1
        else:
            print(f"{png}: {wrong}")
    yield (f"file, decoded: {nb_good} of {len(results)} results are gray PNG pictures",
           nb_good == len(results))
    if opencl:
        photo = min(photos, key=os.path.getsize)
        off = difference(*(result_of(out, folder, photo) for folder in folders))
        # The kernels round between rows and columns.
        yield (f"{os.path.basename(photo)} by kernels and by the cpu: pixels differ by at most {off}",
               off <= 1)


def table(results):
    print(f"\n{'client':8} {'tasks':>7} {'MB/s':>8} {'p50 us':>9} {'p99 us':>9} {'errors':>7}")
    for name, r in results.items():
        rate = r["done_bytes"] / 1e6 / r["seconds"] if r["seconds"] else 0
        print(f"{name:8} {r['enqueued']:7} {rate:8.1f} {r['p50_us']:9} {r['p99_us']:9}"
              f" {r['failed']:7}")


def counters_agree(results, domain):
    """Both halves counted; print both, and say whether they agree."""
    ours = {"tasks": sum(r["enqueued"] for r in results.values()),
            "completed": sum(r["completed"] for r in results.values()),
            "failed": sum(r["failed"] for r in results.values()),
            "bytes": sum(r["bytes"] for r in results.values())}
    print(f"\n{'counters':10} {'tasks':>8} {'completed':>10} {'failed':>7} {'bytes':>14}")
    for who, c in (("clients", ours), ("appliance", domain)):
        print(f"{who:10} {c['tasks']:8} {c['completed']:10} {c['failed']:7} {c['bytes']:14}")
    return all(ours[k] == domain[k] for k in ours)


def demo(args):
    out = os.path.abspath(args.out)
    for folder in ("pictures", "pictures-opencl"):
        os.makedirs(os.path.join(out, folder), exist_ok=True)
    print("demo: preparing the input")
    archive = os.path.join(out, "archive.tar")
    make_archive(archive)
    photos = photographs(out)
    files = small_files()
    # A socket's path is short; the output directory's need not be.
    run = f"/tmp/vtdemo{os.getpid()}"
    os.mkdir(run)
    appliance = None
    try:
        appliance, extras = Appliance.start(args.build, os.path.join(run, "demo.sock"),
                                            args.workers)
        print(f"demo: one appliance, {3 + len(extras)} clients: {os.path.getsize(archive) / 1e6:.0f} MB to"
              f" deflate{' and to encrypt' if 'crypto' in extras else ''}, {len(photos)} photographs to filter, {len(files)} files to hash")
        results = run_clients(args, out, "shm,path=" + appliance.sock, archive, photos, files,
                              extras)
        for _ in range(200):  # the last client's end reaches the appliance by its socket
            domain = appliance.ask("/vinetalk/domain/info,demo")
            if domain["clients"] == 0:
                break
            time.sleep(0.01)
        table(results)
        checks = [("counters agree", counters_agree(results, domain))]
        status = appliance.stop()
        checks.append(("the appliance ended in order", status == 0))
        checks += list(verdicts(out, archive, photos, files, extras))
        print()
        for what, good in checks:
            print(f"  {'ok  ' if good else 'FAIL'}  {what}")
        print(f"\nresults: {archive}.gz, {out}/pictures, {out}/SHA256SUMS")
        return all(good for _, good in checks)
    finally:
        if appliance is not None:
            appliance.stop()
            shutil.copy(appliance.log.name, os.path.join(out, "appliance.log"))
        shutil.rmtree(run, ignore_errors=True)


def main():
    args = parse_args()
    # An end by SIGTERM cleans up as one by Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return 0 if demo(args) else 1
    except (DemoError, OSError, subprocess.SubprocessError) as e:
        print(f"vt-demo: {e}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nvt-demo: interrupted", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
