#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 Vinetalk authors
#
# Everything from a fresh clone to a demo or a test run, on Debian 12.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${VT_BUILD:-$top/build}
pages_wanted=512
reserved=/run/vt-setup.hugepages # how many there were before this reserved more

packages=(build-essential gcc g++ meson ninja-build pkg-config libdpdk-dev dpdk dpdk-dev libcunit1-dev
	libjansson-dev libaio-dev libmemkind-dev libdeflate-dev libssl-dev libopenblas-dev libpng-dev
	libjpeg-dev zlib1g-dev valgrind python3 python3-matplotlib gzip file patch openssl
	spin libcapstone-dev libseccomp-dev ocl-icd-opencl-dev opencl-headers pocl-opencl-icd)
# What the suites of static analysis, fuzzing and SPIR-V need besides.
test_packages=(cppcheck clang libclang-rt-14-dev llvm clang-15 llvm-spirv-15 systemd procps)
# What the tests of VMs, and vt-vm.py, need besides.
vm_packages=(qemu-system-x86 busybox-static)
doc_packages=(doxygen python3-sphinx)

usage()
{
	cat <<EOF
usage: usertools/vt-setup.sh COMMAND

Does everything that it needs itself; a second run is quick.

  demo          packages, huge pages, build, then the demo: clients share an appliance
  test          packages, huge pages, build, then every functional suite

The steps, for people who want them:
  deps [--docs] [--tests] [--vm]
                install the Debian packages (--docs: those for the documentation too, --tests: for
                static analysis and fuzzing, --vm: QEMU)
  hugepages     reserve $pages_wanted huge pages of 2 MiB, or as many as memory allows
  build         configure and build in \$VT_BUILD (default: build)
  clean         remove the build, the demo's files and the huge pages that this reserved

examples:
  sudo usertools/vt-setup.sh demo
  sudo usertools/vt-setup.sh test
  VT_BUILD=/tmp/vt usertools/vt-setup.sh build
EOF
}

say() { printf 'vt-setup: %s\n' "$*"; }
warn() { printf 'vt-setup: warning: %s\n' "$*" >&2; }
die() { printf 'vt-setup: %s\n' "$*" >&2; exit 1; }

can_be_root() { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "'$*' needs root: run this as root, or install sudo"
	fi
}

missing_packages()
{
	local p
	for p in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || echo "$p"
	done
}

deps()
{
	local wanted=("${packages[@]}") missing arg
	for arg in "$@"; do
		case $arg in
		--docs) wanted+=("${doc_packages[@]}") ;;
		--tests) wanted+=("${test_packages[@]}") ;;
		--vm) wanted+=("${vm_packages[@]}") ;;
		*) die "deps: unknown argument '$arg'" ;;
		esac
	done
	command -v apt-get >/dev/null || die "no apt-get here; install: ${wanted[*]}"
	mapfile -t missing < <(missing_packages "${wanted[@]}")
	[ ${#missing[@]} = 0 ] && return
	say "installing ${missing[*]}"
	# A source of somebody else's may be broken: what counts is that the packages come.
	as_root apt-get update -qq || warn "apt-get update failed in part"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		"${missing[@]}" >/dev/null </dev/null || warn "apt-get install failed"
	mapfile -t missing < <(missing_packages "${wanted[@]}")
	[ ${#missing[@]} = 0 ] || die "could not be installed: ${missing[*]}"
}

hugepages()
{
	local dir=/sys/kernel/mm/hugepages/hugepages-2048kB have want free_kb got
	if [ ! -e $dir/nr_hugepages ]; then
		warn "this kernel has no 2 MiB pages: 4 KiB pages, which cost TLB misses on large data"
		return
	fi
	have=$(cat $dir/nr_hugepages)
	if [ "$have" -lt $pages_wanted ]; then
		# At most half of what is free, so that the machine stays usable.
		free_kb=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
		want=$((have + free_kb / 2 / 2048))
		[ "$want" -gt $pages_wanted ] && want=$pages_wanted
		if can_be_root; then
			# What was there before, for clean.
			[ -e $reserved ] || as_root sh -c "echo $have >$reserved" 2>/dev/null || true
			as_root sh -c "echo $want >$dir/nr_hugepages" 2>/dev/null || true
		fi
	fi
	got=$(cat $dir/nr_hugepages)
	if [ "$got" = 0 ]; then
		warn "no huge pages could be reserved: 4 KiB pages, which cost TLB misses on large data"
	elif [ "$got" -lt $pages_wanted ]; then
		warn "only $got huge pages of 2 MiB instead of $pages_wanted; what does not fit is on" \
			"4 KiB pages, which cost TLB misses on large data"
	fi
	if [ "$got" != 0 ] && can_be_root && ! grep -q ' hugetlbfs ' /proc/mounts; then
		{ as_root mkdir -p /dev/hugepages &&
			as_root mount -t hugetlbfs nodev /dev/hugepages; } ||
			warn "/dev/hugepages cannot be mounted; EAL then needs --in-memory"
	fi
}

build()
{
	if [ ! -e "$build/build.ninja" ]; then
		meson setup "$build" "$top" >"$build.log" 2>&1 || {
			cat "$build.log" >&2
			rm -f "$build.log"
			die "meson setup failed"
		}
		rm -f "$build.log"
	fi
	say "building in $build"
	ninja -C "$build" >"$build/build.log" 2>&1 || {
		tail -60 "$build/build.log" >&2
		die "the build failed; all of its output: $build/build.log"
	}
}

run_tests()
{
	say "running the suites"
	"$build/test/dpdk-test" autotest vinetalk
}

clean()
{
	rm -rf "$build" "$top/out"
	if [ -e $reserved ]; then
		as_root sh -c "cat $reserved >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages &&
			rm -f $reserved"
	fi
}

[ $# -ge 1 ] || { usage >&2; exit 1; }
command=$1
shift
for arg in "$@"; do
	if [ "$arg" = --help ] || [ "$arg" = -h ]; then
		usage
		exit
	fi
done
case $command in
demo | deps) ;;
*) [ $# = 0 ] || die "$command: unknown argument '$1'" ;;
esac
case $command in
demo)
	deps
	hugepages
	build
	exec python3 "$top/usertools/vt-demo.py" --build "$build" --out "$top/out/demo" "$@"
	;;
test)
	deps --tests --vm
	hugepages
	build
	run_tests
	;;
deps) deps "$@" ;;
hugepages) hugepages ;;
build) build ;;
clean) clean ;;
-h | --help | help) usage ;;
*)
	usage >&2
	die "unknown command '$command'"
	;;
esac
