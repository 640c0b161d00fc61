#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 Vinetalk authors
"""Virtual machines that are clients of a Vinetalk domain."""

import argparse
import ctypes
import fcntl
import os
import re
import select
import shlex
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import uuid

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INIT = os.path.join(TOP, "usertools", "vt-vm-init")
CACHE = os.environ.get("VT_VM_CACHE", os.path.expanduser("~/.cache/vinetalk"))
QEMU = "qemu-system-x86_64"
MODULES = ("virt/lib/irqbypass", "drivers/vfio/vfio_virqfd", "drivers/vfio/vfio",
           "drivers/vfio/vfio_iommu_type1", "drivers/vfio/pci/vfio-pci-core",
           "drivers/vfio/pci/vfio-pci")
CMDLINE = ("console=ttyS0 quiet panic=-1 mitigations=off nokaslr tsc=reliable no_timer_check "
           "rdinit=/init")
GUEST_COMMANDS = ("sh", "cat", "ls", "echo", "sleep", "lspci", "true", "false")  # busybox
FAILED = 125  # exit status: not the program's, the guest or QEMU went wrong

EXAMPLES = """examples:
  vt-vm.py run --domain /run/vinetalk/default.sock -- build/examples/hello ivshmem
  vt-vm.py run --vfio --domain /run/vinetalk/default.sock -- build/examples/hello ivshmem
  vt-vm.py run --domain /run/vinetalk/default.sock              (a shell in a guest)
  vt-vm.py run --plain /dev/hugepages/web -- build/examples/hello ivshmem
  vt-vm.py args --domain /run/vinetalk/default.sock --vfio      (for a VM of your own)
  vt-vm.py libvirt --domain /run/vinetalk/default.sock
  vt-vm.py check --domain /run/vinetalk/default.sock -- -M q35 -smp 1"""


class Failed(Exception):
    """What is wrong, in one line."""


def say(text):
    print(f"vt-vm: {text}", file=sys.stderr, flush=True)


def die_with_parent():
    """In the child: no guest outlives this program, however that ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


# ---- archives (cpio, "newc") ----

class Cpio:
    """Writes an archive that the kernel unpacks; several may stand one behind the other."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.seen = set()
        self.inode = 0

    def entry(self, name, mode, data=b""):
        self.inode += 1
        raw = name.lstrip("/").encode() + b"\0"
        head = b"070701" + b"".join(b"%08x" % v for v in (
            self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0))
        self.file.write(head + raw)
        self.pad()
        self.file.write(data)
        self.pad()

    def pad(self):
        self.file.write(b"\0" * (-self.file.tell() % 4))

    def dirs(self, path):
        parts = path.strip("/").split("/")[:-1]
        for i in range(len(parts)):
            name = "/".join(parts[:i + 1])
            if name not in self.seen:
                self.seen.add(name)
                self.entry(name, stat.S_IFDIR | 0o755)

    def add(self, source, name, mode=None):
        if name in self.seen:
            return
        self.seen.add(name)
        self.dirs(name)
        with open(source, "rb") as f:
            self.entry(name, stat.S_IFREG | (mode or os.stat(source).st_mode & 0o777), f.read())

    def text(self, name, text):
        self.dirs(name)
        self.entry(name, stat.S_IFREG | 0o644, text.encode())

    def close(self):
        self.entry("TRAILER!!!", 0)
        self.file.write(b"\0" * (-self.file.tell() % 512))
        self.file.close()


# ---- the image ----

def kernel_package():
    out = subprocess.run(["apt-cache", "depends", "linux-image-cloud-amd64"], text=True,
                         capture_output=True).stdout
    found = re.search(r"Depends: (linux-image-\S+-cloud-amd64)", out)
    if not found:
        raise Failed("apt knows no linux-image-cloud-amd64: run apt-get update")
    return found.group(1)


def busybox():
    for path in ("/bin/busybox", "/usr/bin/busybox"):
        if os.path.exists(path) and not subprocess.run(["ldd", path], capture_output=True).returncode == 0:
            return path
    raise Failed("no static busybox: apt-get install busybox-static")


def make_image(where):
    """Kernel out of its package (never installed here), and the archive that boots."""
    package = kernel_package()
    with tempfile.TemporaryDirectory(dir=CACHE) as tmp:
        say(f"making the guest's image from {package}")
        got = subprocess.run(["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", package],
                             cwd=tmp, capture_output=True, text=True)
        debs = [f for f in os.listdir(tmp) if f.endswith(".deb")]
        if got.returncode != 0 or not debs:
            raise Failed(f"{package} cannot be downloaded: {got.stderr.strip().splitlines()[-1:]}")
        root = os.path.join(tmp, "root")
        subprocess.run(["dpkg", "-x", os.path.join(tmp, debs[0]), root], check=True)
        boot = os.path.join(root, "boot")
        kernel = next(f for f in os.listdir(boot) if f.startswith("vmlinuz"))
        modules = os.path.join(root, "lib/modules", kernel[len("vmlinuz-"):], "kernel")
        cpio = Cpio(os.path.join(tmp, "base.cpio"))
        for d in ("bin", "proc", "sys", "dev", "vt"):
            cpio.entry(d, stat.S_IFDIR | 0o755)
            cpio.seen.add(d)
        cpio.entry("dev/console", stat.S_IFCHR | 0o600)
        cpio.add(busybox(), "bin/busybox", 0o755)
        cpio.add(INIT, "init", 0o755)
        for m in MODULES:
            cpio.add(os.path.join(modules, m + ".ko"), f"vt/modules/{os.path.basename(m)}.ko")
        cpio.close()
        ready = os.path.join(tmp, "ready")
        os.mkdir(ready)
        shutil.move(os.path.join(boot, kernel), os.path.join(ready, "vmlinuz"))
        shutil.move(os.path.join(tmp, "base.cpio"), ready)
        os.rename(ready, where)


def image():
    """Directory with vmlinuz and base.cpio; made once."""
    os.makedirs(CACHE, exist_ok=True)
    with open(INIT, "rb") as f:
        key = uuid.uuid5(uuid.NAMESPACE_OID, f.read().decode()).hex[:8]
    with open(os.path.join(CACHE, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        have = [d for d in os.listdir(CACHE) if d.startswith("image-") and d.endswith(key)]
        if have:
            return os.path.join(CACHE, sorted(have)[-1])
        where = os.path.join(CACHE, f"image-{key}")
        make_image(where)
        return where


def closure(program):
    """A program's shared libraries and its loader."""
    out = subprocess.run(["ldd", program], capture_output=True, text=True)
    missing = re.findall(r"(\S+) => not found", out.stdout)
    if missing:
        raise Failed(f"{program} lacks {' '.join(missing)}")
    return re.findall(r"(?:=> |^\s+)(/\S+)", out.stdout, re.M) if out.returncode == 0 else []


def find_program(name):
    if "/" in name:
        path = os.path.abspath(name)
    else:
        built = (os.path.join(TOP, "build", d, name) for d in
                 ("examples", "app/vt-appliance", "test"))
        path = next((p for p in built if os.access(p, os.X_OK)), None) or shutil.which(name)
    if path is None or not os.access(path, os.X_OK):
        raise Failed(f"no program {name}")
    return path


def program_archive(args, path):
    """What this one guest has beyond the image."""
    cpio = Cpio(path)
    command = list(args.program)
    adds = [tuple(a.split(":", 1)) if ":" in a else (os.path.abspath(a),) * 2 for a in args.add]
    if command and (os.path.exists(command[0]) or command[0] not in GUEST_COMMANDS):
        command[0] = find_program(command[0])
        adds.append((command[0], command[0]))
    for source, name in adds:
        if not os.path.isfile(source):
            raise Failed(f"--add {source}: no such file")
        cpio.add(source, name)
        if os.access(source, os.X_OK):
            for lib in closure(source):
                cpio.add(lib, lib)
    env = "".join(f"export {shlex.quote(e)}\n" for e in args.env)
    cpio.text("vt/run", f"{env}{shlex.join(command)}\n")
    if args.get:
        cpio.text("vt/get", " ".join(g.split(":", 1)[0] for g in args.get) + "\n")
    cpio.close()


# ---- QEMU ----

def region_size(path):
    """Size of a file for ivshmem-plain, which must be a power of two."""
    try:
        size = os.stat(path).st_size
    except OSError as e:
        raise Failed(f"{path}: {e.strerror}") from e
    if size < 4096 or size & (size - 1):
        raise Failed(f"{path}: has {size} bytes, must have a power of two (QEMU aborts)")
    return size


def machine_args(vfio):
    if not vfio:
        return ["-M", "q35"]
    return ["-M", "q35,kernel-irqchip=split", "-device",
            "intel-iommu,intremap=on,caching-mode=on"]


def device_args(domains, plain, vectors, bus=""):
    args = []
    for i, path in enumerate(domains):
        args += ["-chardev", f"socket,path={path},id=vt{i}", "-device",
                 f"ivshmem-doorbell,id=vtdev{i},vectors={vectors},chardev=vt{i}{bus}"]
    for i, path in enumerate(plain):
        args += ["-object", f"memory-backend-file,id=vtmem{i},mem-path={path},"
                 f"size={region_size(path)},share=on", "-device",
                 f"ivshmem-plain,id=vtplain{i},memdev=vtmem{i}"]
    return args


def accel_args(accel):
    # With one possible vCPU TCG makes plain operations of atomic ones: not atomic for the host.
    return ["-accel", accel, "-cpu", "host" if accel == "kvm" else "max", "-smp", "1,maxcpus=2"]


def boots_with_kvm(img):
    """Whether KVM boots a guest here: on some machines /dev/kvm is there, and guests hang."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    with open("/proc/sys/kernel/random/boot_id") as f:
        mark = os.path.join(CACHE, "kvm-" + f.read().strip())
    with open(os.path.join(CACHE, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(mark):
            with open(mark) as f:
                return f.read() == "yes"
        with tempfile.TemporaryDirectory() as tmp:
            cpio = Cpio(os.path.join(tmp, "run.cpio"))
            cpio.text("vt/run", "true\n")
            cpio.close()
            join(os.path.join(img, "base.cpio"), os.path.join(tmp, "run.cpio"))
            cmd = [QEMU, *accel_args("kvm"), *machine_args(False), "-m", "128", "-nodefaults",
                   "-display", "none", "-no-reboot", "-nic", "none",
                   "-kernel", os.path.join(img, "vmlinuz"),
                   "-initrd", os.path.join(tmp, "run.cpio"), "-append", CMDLINE,
                   "-serial", "stdio", "-serial", "null"]
            try:
                out = subprocess.run(cmd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                     timeout=8, preexec_fn=die_with_parent).stdout
            except subprocess.TimeoutExpired:
                out = ""
        works = "VT-STATUS 0" in out
        with open(mark, "w") as f:
            f.write("yes" if works else "no")
        return works


def choose_accel(wanted, img):
    if wanted != "auto":
        return wanted
    if boots_with_kvm(img):
        return "kvm"
    say("KVM boots no guest here: TCG, whose speed says nothing")
    return "tcg"


def join(first, second):
    """Put an archive in front of another one."""
    with open(second, "rb") as f:
        tail = f.read()
    with open(second, "wb") as out, open(first, "rb") as f:
        out.write(f.read() + tail)


def qemu_command(args, img, tmp):
    initrd = os.path.join(tmp, "initrd")
    program_archive(args, initrd)
    join(os.path.join(img, "base.cpio"), initrd)
    cmdline = CMDLINE
    if args.vfio:
        cmdline += " intel_iommu=on vt.vfio"
    if args.hugepages:
        cmdline += f" hugepages={args.hugepages}"
    if not args.program:
        cmdline += " vt.shell"
    cmd = [QEMU, *accel_args(choose_accel(args.accel, img)), *machine_args(args.vfio),
           "-m", str(args.mem), "-nodefaults", "-display", "none", "-nic", "none",
           "-uuid", str(uuid.uuid5(uuid.NAMESPACE_OID, args.name) if args.name else uuid.uuid4()),
           "-kernel", os.path.join(img, "vmlinuz"), "-initrd", initrd, "-append", cmdline,
           "-serial", f"file:{tmp}/boot.log", "-serial", "stdio",
           *device_args(args.domain, args.plain, args.vectors)]
    if not args.reset:
        cmd.append("-no-reboot")
    if args.hotplug_port:
        cmd += ["-device", "pcie-root-port,id=vtport,chassis=1,slot=1,pref64-reserve=256M"]
    if args.qmp:
        cmd += ["-qmp", f"unix:{args.qmp},server=on,wait=off"]
    if args.pidfile:
        cmd += ["-pidfile", args.pidfile]
    if args.get:
        with open(f"{tmp}/out.raw", "wb") as f:
            f.truncate(args.get_size << 20)
        cmd += ["-drive", f"file={tmp}/out.raw,if=none,id=out,format=raw",
                "-device", "nvme,drive=out,serial=out"]
    return cmd


def fetch(args, tmp):
    """Files that the guest handed out."""
    with tarfile.open(f"{tmp}/out.raw") as tar:
        for g in args.get:
            name, dest = g.split(":", 1)
            with tar.extractfile(name.lstrip("/")) as src, open(dest, "wb") as out:
                shutil.copyfileobj(src, out)


def guest_status(tmp, verbose):
    try:
        with open(f"{tmp}/boot.log", errors="replace") as f:
            log = f.read()
    except OSError:
        return None
    if verbose:
        sys.stderr.write(log.replace("\r", ""))
    found = re.findall(r"VT-STATUS (\d+)", log)
    return int(found[-1]) if found else None


def run(args):
    if not shutil.which(QEMU):
        raise Failed(f"no {QEMU}: apt-get install qemu-system-x86")
    for path in args.domain:
        if not stat.S_ISSOCK(os.stat(path).st_mode if os.path.exists(path) else 0):
            raise Failed(f"{path}: is no socket; does an appliance or a broker serve there?")
    img = image()
    with tempfile.TemporaryDirectory(prefix="vt-vm-") as tmp:
        cmd = qemu_command(args, img, tmp)
        if args.verbose:
            say(shlex.join(cmd))
        qemu = subprocess.Popen(cmd, preexec_fn=die_with_parent,
                                stdin=None if args.stdin else subprocess.DEVNULL)
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, lambda *_: qemu.kill())
        try:
            code = qemu.wait(args.timeout or None)
        except subprocess.TimeoutExpired:
            qemu.kill()
            qemu.wait()
            guest_status(tmp, True)
            raise Failed(f"the guest was not done within {args.timeout} s") from None
        status = guest_status(tmp, args.verbose)
        if status is None:
            raise Failed(f"the guest ended without a word (QEMU: {code}); --verbose tells more")
        if args.get and status == 0:
            fetch(args, tmp)
        return status


# ---- for VMs of one's own ----

def print_args(args):
    cmd = [*machine_args(args.vfio), *device_args(args.domain, args.plain, args.vectors)]
    print(" \\\n  ".join(shlex.join(cmd[i:i + 2]) for i in range(0, len(cmd), 2)))
    if args.vfio:
        print("# kernel of the guest: intel_iommu=on; bind 1af4:1110 to vfio-pci")
    print("# under TCG: -smp with more than one possible CPU (-smp 1,maxcpus=2)")
    print("# for hot plug: -device pcie-root-port,id=port,chassis=1,slot=1,pref64-reserve=256M")
    return 0


def print_libvirt(args):
    for path in args.domain:
        print(f"""<shmem name='{os.path.basename(path).split(".")[0]}'>
  <model type='ivshmem-doorbell'/>
  <server path='{path}'/>
  <msi vectors='{args.vectors}' ioeventfd='on'/>
</shmem>""")
    if args.vfio:
        print("""<!-- for interrupts, in <features> and <devices> -->
<ioapic driver='qemu'/>
<iommu model='intel'><driver intremap='on' caching_mode='on'/></iommu>""")
    return 0


def greeting(path):
    """Join as ivshmem clients do: (version, id, size of the memory, vectors of peer 0)."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(2)
    own = size = None
    version, vectors, words = None, 0, 0
    try:
        sock.connect(path)
        while select.select([sock], [], [], 2 if words < 3 else 0.1)[0]:
            data, fds, _, _ = socket.recv_fds(sock, 8, 1)
            if len(data) != 8:
                break
            word = struct.unpack("<q", data)[0]
            words += 1
            if words == 1:
                version = word
            elif words == 2:
                own = word
            elif word == -1 and fds:
                size = os.fstat(fds[0]).st_size
            elif word == 0 and own != 0 and fds:
                vectors += 1
            for fd in fds:
                os.close(fd)
            if version != 0:
                break
    except OSError as e:
        raise Failed(f"{path}: {e.strerror or e}") from e
    finally:
        sock.close()
    if version is None:
        raise Failed(f"{path}: says nothing; QEMU would hang")
    return version, own, size, vectors


def check_vm(qemu, problems, notes):
    """The arguments of somebody's QEMU."""
    line = " ".join(qemu)
    iommu = re.search(r"intel-iommu[^ ]*", line)
    if not iommu:
        notes.append("no vIOMMU: no interrupts in the guest, waits poll")
    elif "intremap=on" not in iommu.group(0) or "caching-mode=on" not in iommu.group(0):
        problems.append(f"{iommu.group(0)}: needs intremap=on and caching-mode=on")
    elif "kernel-irqchip=split" not in line.replace("_", "-"):
        problems.append("intremap=on needs -M q35,kernel-irqchip=split")
    if "ivshmem-doorbell" not in line and "ivshmem-plain" not in line:
        problems.append("no ivshmem device")
    found = re.search(r"ivshmem-doorbell[^ ]*?vectors=(\d+)", line)
    if found and int(found.group(1)) < 2:
        problems.append(f"vectors={found.group(1)}: 2 are needed, one for requests, one for tasks")
    if "pcie-root-port" in line and "pref64-reserve" not in line:
        problems.append("pcie-root-port without pref64-reserve: a hot-plugged region gets no address")
    if "tcg" in line and re.search(r"-smp (cpus=)?1( |$)", line):
        problems.append("-smp 1 under TCG: atomic operations are not atomic for the host; use"
                        " -smp 1,maxcpus=2")
    if re.search(r"-cpu qemu64( |$)", line):
        problems.append("-cpu qemu64 lacks instructions that DPDK needs: max, host or Nehalem")
    if "reconnect=" in line:
        problems.append("reconnect= on the chardev hangs QEMU at its start")


def check(args):
    problems, notes = [], []
    for path in args.domain:
        version, own, size, vectors = greeting(path)
        if version != 0:
            problems.append(f"{path}: refuses us: {os.strerror(-version) if version < 0 else version}")
            continue
        notes.append(f"{path}: number {own}, {size} bytes, {vectors} doorbells of the appliance")
        if size is None or size & (size - 1):
            problems.append(f"{path}: {size} bytes are no power of two: QEMU aborts")
        if vectors < 2:
            problems.append(f"{path}: {vectors} doorbells, 2 are needed")
    for path in args.plain:
        notes.append(f"{path}: {region_size(path)} bytes")
    if args.program:
        check_vm(args.program, problems, notes)
    for line in notes:
        print(line)
    for line in problems:
        print("problem: " + line)
    return 1 if problems else 0


def parse(argv):
    p = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = p.add_subparsers(dest="command", required=True, metavar="COMMAND")
    texts = {"image": "make the guest's image, and probe KVM", "run": "run a program in a guest",
             "args": "QEMU's arguments for a VM", "libvirt": "a libvirt <shmem> element",
             "check": "check a domain, and QEMU arguments behind --"}
    for name, text in texts.items():
        c = sub.add_parser(name, help=text, description=text)
        c.add_argument("--domain", action="append", default=[], metavar="SOCKET",
                       help="join the domain that is served there (repeatable)")
        c.add_argument("--plain", action="append", default=[], metavar="FILE",
                       help="ivshmem-plain on a region's file (repeatable)")
        c.add_argument("--vectors", type=int, default=2, help="doorbells (2)")
        c.add_argument("--vfio", action="store_true", help="vIOMMU and vfio-pci: interrupts")
        if name == "run":
            add_run(c)
        c.add_argument("program", nargs="*", help=argparse.SUPPRESS)
    args, rest = argv, []
    if "--" in argv:
        args, rest = argv[:argv.index("--")], argv[argv.index("--") + 1:]
    ns = p.parse_args(args)
    if ns.program:
        p.error(f"'{ns.program[0]}': what to run comes behind --")
    ns.program = rest
    return ns


def add_run(c):
    c.add_argument("--add", action="append", default=[], metavar="FILE[:PATH]",
                   help="one more file for the guest, with its libraries (repeatable)")
    c.add_argument("--get", action="append", default=[], metavar="PATH:FILE",
                   help="a file out of the guest when the program has succeeded (repeatable)")
    c.add_argument("--get-size", type=int, default=128, metavar="MIB", help="room for those (128)")
    c.add_argument("--env", action="append", default=[], metavar="K=V", help="(repeatable)")
    c.add_argument("--mem", type=int, default=256, metavar="MIB", help="of the guest (256)")
    c.add_argument("--hugepages", type=int, default=0, help="of 2 MiB, in the guest")
    c.add_argument("--accel", choices=("auto", "kvm", "tcg"), default="auto")
    c.add_argument("--name", help="names the guest: its uuid is made of it")
    c.add_argument("--timeout", type=float, default=0, metavar="S", help="then it is killed")
    c.add_argument("--reset", action="store_true", help="a reset boots again instead of ending")
    c.add_argument("--hotplug-port", action="store_true", help="a root port, id vtport")
    c.add_argument("--qmp", metavar="SOCKET", help="QEMU's monitor")
    c.add_argument("--pidfile", metavar="FILE", help="QEMU writes its pid there")
    c.add_argument("--no-stdin", dest="stdin", action="store_false", help="the guest reads nothing")
    c.add_argument("--verbose", action="store_true", help="QEMU's command and the guest's console")


def main():
    args = parse(sys.argv[1:])
    try:
        if args.command == "image":
            img = image()
            print(f"{img}: KVM {'works' if boots_with_kvm(img) else 'boots no guest here, TCG'}")
            return 0
        return {"run": run, "args": print_args, "libvirt": print_libvirt,
                "check": check}[args.command](args)
    except Failed as e:
        say(str(e))
        return FAILED
    except (OSError, subprocess.SubprocessError, tarfile.TarError) as e:
        say(f"{e}")
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
