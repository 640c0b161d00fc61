#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 Vinetalk authors

"""A random day of an appliance, in minutes: clients come, work, die, stall and misbehave, domains come and go, the
appliance hands over or is killed behind its broker. What must be at the end is compared with what was at the begin."""

import argparse
import glob
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

DETACH_MS = 200
DRAIN_S = 30
KINDS = ("tasks", "waits", "races")


class SoakError(Exception):
    """What is not as it must be."""


def runtime_dir():
    """Where EAL makes its runtime directories."""
    base = os.environ.get("RUNTIME_DIRECTORY")
    if base is None:
        base = "/var/run" if os.getuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", "/tmp")
    return os.path.join(base, "dpdk")


def free_huge_pages():
    """Of all sizes."""
    return sum(int(open(f, encoding="ascii").read())
               for f in glob.glob("/sys/kernel/mm/hugepages/*/free_hugepages"))


def wait_for(what, ready, seconds=20):
    """Until ready() is true."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise SoakError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


class Program:
    """A process with its output in a file."""

    def __init__(self, name, args, log, stdin=subprocess.DEVNULL):
        self.name = name
        self.log = log
        with open(log, "ab") as out:
            self.proc = subprocess.Popen(args, stdin=stdin, stdout=out, stderr=out)

    def said(self):
        with open(self.log, "r", encoding="utf-8", errors="replace") as f:
            return f.read()

    def alive(self):
        return self.proc.poll() is None

    def wait_ready(self, text):
        def ready():
            if not self.alive():
                raise SoakError(f"{self.name} ended: {self.said()[-2000:]}")
            return text in self.said()
        wait_for(self.name, ready)


class Appliance(Program):
    """A vt-appliance, and what its telemetry says."""

    def __init__(self, soak, serial):
        self.prefix = f"vtsoak{os.getpid()}-{serial}"
        huge = [] if soak.huge else ["--no-huge", "-m", "64"]
        args = [soak.program("app/vt-appliance/vt-appliance"), "-l", "0", "--no-pci", *huge,
                "--file-prefix=" + self.prefix, "--log-level=lib.eal:error", "--", "--oversubscribe",
                "--detach-ms", str(DETACH_MS), "--accel", "cpu", "--accel", "null",
                "--domain", f"kept,broker={soak.dir}/kept.owner,clients=6,arena=1M",
                "--domain", f"fixed,path={soak.dir}/fixed.sock,clients=6,arena=2M",
                "--domain", f"bad,path={soak.dir}/bad.sock,clients=4,arena=1M"]
        super().__init__("vt-appliance", args, f"{soak.dir}/appliance{serial}.log")
        self.wait_ready("vt-appliance: ready")
        self.tele = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.tele.settimeout(20)
        self.tele.connect(os.path.join(runtime_dir(), self.prefix, "dpdk_telemetry.v2"))
        self.tele.recv(4096)

    def ask(self, command):
        try:
            self.tele.send(command.encode())
            return next(iter(json.loads(self.tele.recv(65536)).values()))
        except (OSError, json.JSONDecodeError) as e:
            time.sleep(1)
            raise SoakError(f"{command}: {e}; vt-appliance " + ("lives" if self.alive() else
                            f"ended with {self.proc.returncode}") + f": {self.said()[-2000:]}") from e

    def use(self):
        """What it uses of the machine."""
        pid = self.proc.pid
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            rss = next(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))
        return {"fds": len(os.listdir(f"/proc/{pid}/fd")), "rss_kib": rss,
                "memzones": len(self.ask("/eal/memzone_list")),
                "threads": len(os.listdir(f"/proc/{pid}/task"))}


class Client(Program):
    """A program that works in a domain. Some may fail: those that were disturbed."""

    def __init__(self, soak, kind, domain, serial):
        path = f"shm,path={soak.dir}/{domain}.sock"
        self.kind, self.domain = kind, domain
        self.excused = None  # why it may fail
        args = {"tasks": ["tasks", path, str(soak.random.randint(500, 20000))],
                "waits": ["waits", path, str(soak.random.randint(2, 20))],
                "races": ["races", path, str(soak.random.randint(100, 1000))],
                "hold": ["hold", path],
                "outlive": ["outlive", path]}[kind]
        super().__init__(f"{kind} {serial} in {domain}", [soak.program("test/vm/vt-guest"), *args],
                         f"{soak.dir}/client{serial}.log",
                         subprocess.PIPE if kind == "outlive" else subprocess.DEVNULL)

    def excuse(self, why):
        self.excused = self.excused or why


class Soak:
    """All of it."""

    def __init__(self, args):
        self.build = os.path.abspath(args.build)
        self.seconds = args.seconds
        self.seed = args.seed if args.seed is not None else random.SystemRandom().getrandbits(32)
        self.random = random.Random(self.seed)
        self.huge = args.huge
        self.dir = tempfile.mkdtemp(prefix="vt-soak-")
        self.clients, self.domains, self.stopped, self.programs = [], [], {}, []
        self.serial = 0
        self.count = {k: 0 for k in ("clients", "done", "excused", "killed", "stopped", "hostile", "domains",
                                     "handed over", "appliances killed", "refused")}
        self.broker = self.appliance = None

    def program(self, name):
        path = os.path.join(self.build, name)
        if not os.access(path, os.X_OK):
            raise SoakError(f"{path} is not there: build first")
        return path

    # ---- what happens ----

    def begin(self):
        self.broker = Program("vt-broker", [
            self.program("app/vt-broker/vt-broker"), "--domain",
            f"kept,path={self.dir}/kept.sock,appliance={self.dir}/kept.owner,size=16M,clients=6,no-huge=yes"],
            f"{self.dir}/broker.log")
        self.broker.wait_ready("vt-broker: ready")
        self.start_appliance()

    def start_appliance(self):
        self.serial += 1
        for _ in range(50):
            try:
                self.appliance = Appliance(self, self.serial)
                return
            except SoakError as e:
                # The broker has yet to see that the one before is gone.
                if "busy" not in str(e):
                    raise
                time.sleep(0.05)
        raise SoakError("the broker stays busy")

    def new_client(self):
        if len(self.clients) >= 8:
            return
        kind = self.random.choice(KINDS + ("tasks", "hold", "outlive"))
        domain = "kept" if kind == "outlive" else self.random.choice(["kept", "fixed"] + self.domains)
        if sum(c.domain == domain for c in self.clients) >= (2 if domain.startswith("come") else 5):
            return
        self.serial += 1
        client = Client(self, kind, domain, self.serial)
        self.clients.append(client)
        self.count["clients"] += 1

    def pick(self, kinds=None):
        mine = [c for c in self.clients if c.alive() and c.proc.pid not in self.stopped and
                (kinds is None or c.kind in kinds)]
        return self.random.choice(mine) if mine else None

    def kill_client(self):
        client = self.pick()
        if client:
            client.excuse("killed")
            client.proc.kill()
            self.count["killed"] += 1

    def stop_client(self):
        client = self.pick()
        if client:
            client.excuse("stopped")
            client.proc.send_signal(signal.SIGSTOP)
            self.stopped[client.proc.pid] = (client, time.monotonic() + self.random.uniform(0.05, 1.0))
            self.count["stopped"] += 1

    def enough(self):
        client = self.pick(("outlive",))
        if client:
            try:
                client.proc.stdin.write(b"enough\n")
                client.proc.stdin.close()
            except (BrokenPipeError, ValueError):
                pass

    def misbehave(self):
        if any(p.alive() for p in self.programs):
            return
        self.serial += 1
        self.programs.append(Program("hostile", [
            self.program("test/hostile/vinetalk-hostile"), f"{self.dir}/bad.sock",
            str(self.random.getrandbits(32)), "1", "deadbeefdeadbeef"], f"{self.dir}/hostile.log"))
        self.count["hostile"] += 1

    def new_domain(self):
        name = f"come{self.random.randint(0, 2)}"
        if name in self.domains:
            return
        answer = self.appliance.ask(f"/vinetalk/domain/add,{name},path={self.dir}/{name}.sock,clients=2,"
                                    f"arena=1M,layout={self.random.choice(['hashed', 'single', 'thread'])}")
        if answer.get("result") != "added":
            raise SoakError(f"domain {name} cannot be added: {answer}")
        self.domains.append(name)
        self.count["domains"] += 1

    def remove_domain(self):
        if not self.domains:
            return
        name = self.domains.pop()
        for client in self.clients:
            if client.domain == name:
                client.excuse("its domain was removed")
        answer = self.appliance.ask(f"/vinetalk/domain/remove,{name}")
        if answer.get("result") != "removed":
            raise SoakError(f"domain {name} cannot be removed: {answer}")

    def change_appliance(self):
        sig = self.random.choice([signal.SIGUSR2, signal.SIGKILL])
        for client in self.clients:
            if client.domain != "kept":
                client.excuse("its appliance ended")
            elif client.kind != "outlive" and sig == signal.SIGKILL:
                client.excuse("its appliance was killed")
            elif "attached" not in client.said():
                client.excuse("its appliance took no new clients")
        self.domains = []
        old = self.appliance
        old.tele.close()
        old.proc.send_signal(sig)
        status = old.proc.wait(DRAIN_S)
        if status != (0 if sig == signal.SIGUSR2 else -signal.SIGKILL):
            raise SoakError(f"vt-appliance ended with {status}: {old.said()[-2000:]}")
        if sig == signal.SIGKILL:
            shutil.rmtree(os.path.join(runtime_dir(), old.prefix), ignore_errors=True)
        self.start_appliance()
        self.count["handed over" if sig == signal.SIGUSR2 else "appliances killed"] += 1

    # ---- looking after it ----

    def go_on(self, all_of_them=False):
        for pid, (client, when) in list(self.stopped.items()):
            if all_of_them or time.monotonic() >= when:
                if client.alive():
                    client.proc.send_signal(signal.SIGCONT)
                del self.stopped[pid]

    def reap(self):
        for program in (self.broker, self.appliance):
            if not program.alive():
                raise SoakError(f"{program.name} ended with {program.proc.returncode}: {program.said()[-2000:]}")
        for client in [c for c in self.clients if not c.alive()]:
            self.clients.remove(client)
            if client.proc.stdin:
                try:
                    client.proc.stdin.close()
                except BrokenPipeError:
                    pass
            status = client.proc.returncode
            said = client.said()
            if status == 0 and (client.kind == "hold" or "done" in said):
                self.count["done"] += 1
            elif client.excused:
                # It may fail, but in order: it says why, or was killed.
                if status not in (1, -signal.SIGKILL) or (status == 1 and "failed" not in said and
                                                          "gone" not in said):
                    raise SoakError(f"{client.name} ({client.excused}) ended with {status}: {said}")
                self.count["excused"] += 1
            elif "Too many users" in said or "No space left" in said:
                self.count["refused"] += 1
            else:
                raise SoakError(f"{client.name} ended with {status}: {said}")

    def run(self):
        self.begin()
        doings = [(self.new_client, 40), (self.kill_client, 8), (self.stop_client, 8), (self.enough, 6),
                  (self.misbehave, 3), (self.new_domain, 5), (self.remove_domain, 4), (self.change_appliance, 1)]
        begin = time.monotonic()
        free = None
        use = None
        while time.monotonic() - begin < self.seconds:
            late = time.monotonic() - begin > self.seconds * 0.6
            if late and use is None:
                # The last appliance: what it uses with nobody there is what it must use at the end.
                self.finish()
                self.change_appliance()
                self.warm_up()
                free, use = free_huge_pages(), self.appliance.use()
            doing = self.random.choices([d for d, _ in doings], [w for _, w in doings])[0]
            if not (late and doing == self.change_appliance):
                doing()
            self.go_on()
            self.reap()
            time.sleep(self.random.uniform(0, 0.05))
        self.finish()
        self.compare(use, free)

    def warm_up(self):
        """What is made once is made now."""
        for domain in ("kept", "fixed", "bad"):
            self.serial += 1
            self.clients.append(Client(self, "tasks", domain, self.serial))
        self.new_domain()
        self.remove_domain()
        self.finish()

    def finish(self):
        """All leave."""
        self.go_on(True)
        while self.domains:
            self.remove_domain()
        deadline = time.monotonic() + DRAIN_S
        while self.clients:
            for client in self.clients:
                if client.kind == "hold" and client.alive():
                    client.excuse("killed")
                    client.proc.kill()
            self.enough()
            self.reap()
            if time.monotonic() > deadline:
                raise SoakError(f"{[c.name for c in self.clients]} do not end")
            time.sleep(0.02)
        for program in self.programs:
            program.proc.wait(DRAIN_S)
        self.programs = []

    def compare(self, use, free):
        names = ("kept", "fixed", "bad")
        wait_for("the last clients' end", lambda: not self.appliance.ask("/vinetalk/client/list") and
                 self.appliance.ask("/vinetalk/domain/list") == list(names))
        for name in names:
            info = self.appliance.ask(f"/vinetalk/domain/info,{name}")
            if info["tasks"] != info["completed"] + info["failed"] or info["in_flight"] != 0:
                raise SoakError(f"domain {name}: {info['tasks']} tasks in, {info['completed']} completed,"
                                f" {info['failed']} failed, {info['in_flight']} in flight")
            if name != "bad" and info["state"] != "open":
                raise SoakError(f"domain {name} is {info['state']}")
        now = self.appliance.use()
        for what in ("fds", "memzones", "threads"):
            if now[what] != use[what]:
                raise SoakError(f"{now[what]} {what} of the appliance at the end, {use[what]} at the begin")
        # Heaps keep some of what they had.
        if now["rss_kib"] > use["rss_kib"] + 32 * 1024:
            raise SoakError(f"{now['rss_kib']} KiB of memory at the end, {use['rss_kib']} at the begin")
        if free_huge_pages() != free:
            raise SoakError(f"{free_huge_pages()} huge pages free at the end, {free} at the begin")
        self.appliance.proc.send_signal(signal.SIGTERM)
        if self.appliance.proc.wait(DRAIN_S) != 0:
            raise SoakError(f"vt-appliance ended badly: {self.appliance.said()[-2000:]}")
        self.broker.proc.send_signal(signal.SIGTERM)
        if self.broker.proc.wait(DRAIN_S) != 0:
            raise SoakError(f"vt-broker ended badly: {self.broker.said()[-2000:]}")
        for log in glob.glob(f"{self.dir}/*.log"):
            with open(log, encoding="utf-8", errors="replace") as f:
                if any(t in f.read() for t in ("AddressSanitizer", "runtime error:", "LeakSanitizer")):
                    raise SoakError(f"a sanitizer's report in {log}")
        print(f"soak: memory {use['rss_kib']} KiB at the begin, {now['rss_kib']} at the end; {now['fds']} descriptors,"
              f" {now['memzones']} memzones, {now['threads']} threads at both")

    def end(self, keep):
        for program in [self.appliance, self.broker, *self.clients, *self.programs]:
            if program and program.alive():
                program.proc.kill()
                program.proc.wait()
        for prefix in glob.glob(os.path.join(runtime_dir(), f"vtsoak{os.getpid()}-*")):
            shutil.rmtree(prefix, ignore_errors=True)
        if keep:
            print(f"soak: logs are in {self.dir}")
        else:
            shutil.rmtree(self.dir)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="the build directory (build)")
    parser.add_argument("--seconds", type=float, default=120, help="how long (120)")
    parser.add_argument("--seed", type=int, help="of what happens (random; it is printed)")
    parser.add_argument("--huge", action="store_true", help="with huge pages, hugetlbfs mounted")
    args = parser.parse_args()
    if args.seconds <= 0:
        parser.error("--seconds: must be more than 0")
    soak = Soak(args)
    print(f"soak: seed {soak.seed}, {soak.seconds:g} s", flush=True)
    failed = True
    try:
        soak.run()
        failed = False
    except (SoakError, OSError, subprocess.TimeoutExpired) as e:
        print(f"soak: FAILED, seed {soak.seed}: {e}", file=sys.stderr)
    finally:
        soak.end(failed)
    print("soak: " + ", ".join(f"{n} {what}" for what, n in soak.count.items()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
