#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 Vinetalk authors

"""Takes each check, generation and fence of the core away in turn, in a copy of the sources, and sees that a suite fails.
On x86 a suite cannot miss a fence but by luck: fences are those of the models of test/model, whose omissions
vinetalk_model_autotest finds; here it is checked that each fence of the core has its line in the table."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

INTAKE, CLIENT = "lib/vtappliance/vta_intake.c", "lib/vtappliance/vta_client.c"
QUIESCE, ADOPT = "lib/vtappliance/vta_quiesce.c", "lib/vtappliance/vta_adopt.c"
RING, CRING = "lib/vtregion/rte_vtregion_ring.h", "lib/vtclient/vtclient_ring.h"
PATH, WAIT = "lib/vtclient/vtclient_path.c", "lib/vtclient/vtclient_wait.c"

# Name, file, what stands there, what is put in its place, suites that may find it.
MUTATIONS = [
    ("index of a request ring", RING, "if (unlikely(avail > c->mask))", "if (0)", "appliance_faults ring"),
    ("index of a completion ring", RING, "return unlikely(used > p->mask) ? -EPROTO : (int)(p->mask - used);",
     "return (int)(p->mask - used);", "appliance_faults ring"),
    ("room of the completion ring", INTAKE, "if (room < 0 || qp->in_flight + nb > (uint32_t)room) {",
     "if (room < 0) {", "appliance_faults"),
    ("numbers of requests", INTAKE, "if (unlikely((uint16_t)reqs[0].qp_seq != qp->next_seq)) {", "if (0) {",
     "appliance_faults lives layout"),
    ("a client that stops", INTAKE, "if (unlikely(c->stopping || c->violated))", "if (0)",
     "appliance_faults lives layout load"),
    ("number of a vaccel", INTAKE, "if (unlikely(req->vaccel >= VTA_MAX_VACCELS))", "if (0)", "appliance_faults accel_hostile"
     " conformance_shm hostile"),
    ("a vaccel that is not there", INTAKE, "if (unlikely(t->va == NULL))", "if (0)", "conformance_shm"),
    ("procedures that were got", INTAKE, "if (unlikely(req->proc >= VTA_MAX_PROCS || (VTA_READ(c->procs[req->proc / 64]) &\n"
     "\t\t\tUINT64_C(1) << (req->proc % 64)) == 0))", "if (unlikely(req->proc >= VTA_MAX_PROCS))", "conformance_shm"),
    ("unknown flags of a task", INTAKE, "if (req->flags & ~RTE_VINETALK_TASK_F_ALL)", "if (0)", "conformance_shm"),
    ("number of segments", INTAKE, "if (nb > RTE_VINETALK_MAX_SEGS)", "if (0)", "conformance_shm appliance_faults"),
    ("segments in the request", INTAKE, "if (nb > RTE_VINETALK_INLINE_SEGS)", "if (0)", "conformance_shm"),
    ("length of arguments", INTAKE, "req->args_len > RTE_VINETALK_INLINE_ARGS)", "0)", "conformance_shm"),
    ("reserved words of a table", INTAKE, "if (table[i].reserved != 0)", "if (0)", "conformance_shm accel_hostile"),
    ("length of a table", INTAKE, "if (req->seg_len[0] != nb * sizeof(table[0]) || req->seg_off[1] != 0 ||\n"
     "\t\t\t\treq->seg_len[1] != 0)", "if (0)", "conformance_shm"),
    ("a table's place", INTAKE, "src = arena_at(c, req->seg_off[0], req->seg_len[0]);\n\t\tif (src == NULL)",
     "src = RTE_PTR_ADD(c->dom->mem.base, req->seg_off[0]);\n\t\tif (0)", "conformance_shm fetch"),
    ("arguments' place", INTAKE, "src = arena_at(c, req->args_ref.offset, args_len);\n\t\tif (src == NULL)",
     "src = RTE_PTR_ADD(c->dom->mem.base, req->args_ref.offset);\n\t\tif (0)", "conformance_shm"),
    ("a copied table is read again", INTAKE, "ret = seg_set(c, &task->t.segs[i], table[i].offset, table[i].len);",
     "ret = seg_set(c, &task->t.segs[i], ((const volatile struct rte_vinetalk_seg *)src)[i].offset, table[i].len);",
     "fetch"),
    ("a request is read again", RING, "tasks[i] = c->slots[(c->head + i) & c->mask];",
     "tasks[i] = c->slots[(c->head + i) & c->mask], tasks[i].cookie = *(const volatile uint64_t *)&c->slots[(c->head + i)"
     " & c->mask].cookie;", "fetch"),
    ("check word in a salvage", QUIESCE, "if (req->check != rte_vinetalk_task_check(req))", "if (0)",
     "appliance_faults death model"),
    ("number in a salvage", QUIESCE, "!qp->client->stopping && qp->next_seq == (uint16_t)req->qp_seq;",
     "!qp->client->stopping;", "appliance_faults death"),
    ("detached clients in a salvage", QUIESCE, "qp != NULL && !qp->client->stopping && ", "qp != NULL && ",
     "appliance_faults death"),
    ("the walk of a salvage", QUIESCE, "for (at = q->cons.head; at != end; at++) {", "for (at = end; at != end; at++) {",
     "appliance_faults"),
    ("the wait for who is inside", QUIESCE, "c = who_is_inside(q);", "c = NULL;", "appliance_faults death"),
    ("a zombie's ring", QUIESCE, "q->zombie |= zombie;", "", "lives death"),
    ("a spare that a zombie holds", QUIESCE, "if ((held & 1u << q->spare_gen % nb) == 0)", "if (1)", "lives death"),
    ("zeroes in a spare", QUIESCE, "memset(r + 1, 0, (size_t)dom->geom.conf.rq_depth * sizeof(struct rte_vinetalk_task));",
     "", "appliance_faults death lives"),
    ("the closed generation", QUIESCE, "rq_gen_store(q, q->gen | RTE_VTREGION_GEN_CLOSED);", "", "appliance_faults death"),
    ("active is taken back", CLIENT, "c->qps[i].index)->active, 0, __ATOMIC_RELAXED);",
     "c->qps[i].index)->active, c->epoch, __ATOMIC_RELAXED);", "lives death"),
    ("the next owner's numbers", CLIENT, "c->next_seq[i] = (uint16_t)(c->qps[i].next_seq + dom->geom.conf.cq_depth);",
     "c->next_seq[i] = c->qps[i].next_seq;", "lives layout appliance_faults"),
    ("a new client's zeroes", CLIENT, "memset(RTE_PTR_ADD(base, c->arena_off), 0, c->arena_len);", "", "load appliance_faults"),
    ("zeroes in completion rings", CLIENT,
     "(size_t)conf->cq_depth * sizeof(struct rte_vinetalk_completion));", "0);", "load"),
    ("impossible completions after a restart", ADOPT, "if (room < 0) {", "if (0) {", "restart hostile"),
    ("completions before a restart", ADOPT, "qp->prod.head = __atomic_load_n(qp->prod.prod_tail, __ATOMIC_RELAXED);",
     "qp->prod.head = 0;", "restart"),
    ("active at a restart", ADOPT, "__atomic_store_n(&qp_line(dom, i)->active, 0, __ATOMIC_RELAXED);", ";", "restart"),
    ("a client's look at active", PATH, "if (likely(is_active(qp)) && (likely(gen == qp->gen)",
     "if ((likely(gen == qp->gen)", "lives death restart"),
    ("a client's look at the generation", PATH, "(likely(gen == qp->gen) || generation_changed(qp, gen))",
     "1", "appliance_faults death"),
    ("a client's inside", PATH, "__atomic_store_n(&qp->qp_line->inside, 1 + qp->gen, __ATOMIC_RELAXED);", "",
     "death"),
    ("a completion of another", "lib/vinetalk/rte_vinetalk_driver.h",
     "if (unlikely(e->state != RTE_VINETALK_TASK_IN_FLIGHT || e->seq != (uint16_t)c->qp_seq ||\n"
     "\t\t\tc->qp_seq >> 16 != w->qp))", "if (0)", "window"),
    ("an impossible index for a client", CRING, "return unlikely(used > mask) ? 0 : RTE_MIN(nb, mask - used);",
     "return RTE_MIN(nb, mask - used);", "client_ring"),
    ("the last one moves the tail", CRING, "if (++next.val.cnt == h.val.cnt)", "if (++next.val.cnt != 0)",
     "client_ring ring_threads layout"),
]

# Fences of the core, by file: what a model or a suite has of each. As many as there are.
FENCES = {
    "lib/vtappliance/vta_accel.c": ["accelerators that change: vinetalk_move_autotest under stress"],
    "lib/vtappliance/vta_adopt.c": ["salvage.pml NO_CLOSE_FENCE"],
    "lib/vtappliance/vta_complete.c": ["park.pml NO_PUBLISH_FENCE"],
    "lib/vtappliance/vta_ctrl.c": ["park.pml NO_PUBLISH_FENCE: the same protocol for answers"],
    "lib/vtappliance/vta_idle.c": ["park.pml NO_PARK_FENCE"],
    "lib/vtappliance/vta_mail.c": ["park.pml NO_SEND_FENCE"],
    "lib/vtappliance/vta_quiesce.c": ["salvage.pml NO_CLOSE_FENCE", "salvage.pml NO_ACTIVE: detach, then look"],
    "lib/vtappliance/vta_ready.c": ["ready.pml NO_COOL_FENCE", "ready.pml FORGET"],
    "lib/vtappliance/vta_region.c": ["salvage.pml NO_CLOSE_FENCE"],
    "lib/vtappliance/vtappliance.c": ["park.pml NO_PARK_FENCE: the control thread's sleep"],
    "lib/vtclient/vtclient_ctrl.c": ["park.pml NO_ENQUEUE_FENCE: requests", "park.pml NO_WAIT_FENCE: answers"],
    "lib/vtclient/vtclient_path.c": ["salvage.pml NO_INSIDE_FENCE", "park.pml, ready.pml NO_ENQUEUE_FENCE",
                                     "completions before an end: vinetalk_restart_autotest"],
    "lib/vtclient/vtclient_wait.c": ["park.pml NO_WAIT_FENCE"],
}


def fences(top):
    """What the table lacks, or has too much of."""
    wrong = []
    found = {}
    for where in ("lib/vtregion", "lib/vtappliance", "lib/vtclient"):
        for name in sorted(os.listdir(os.path.join(top, where))):
            if name.endswith((".c", ".h")):
                with open(os.path.join(top, where, name), encoding="utf-8") as f:
                    nb = f.read().count("rte_atomic_thread_fence(")
                if nb:
                    found[f"{where}/{name}"] = nb
    for name in sorted(set(found) | set(FENCES)):
        if found.get(name, 0) != len(FENCES.get(name, [])):
            wrong.append(f"{name}: {found.get(name, 0)} fences, {len(FENCES.get(name, []))} in the table")
    with open(os.path.join(top, "test/test_model.c"), encoding="utf-8") as f:
        model = f.read()
    for name, whats in FENCES.items():
        for what in whats:
            for macro in re.findall(r"\b(?:NO_\w+|FORGET)\b", what):
                if f"-D{macro}" not in model:
                    wrong.append(f"{name}: the models have no {macro}")
    return wrong


def run(args, cwd, seconds):
    """Exit status (124: not in time) and output."""
    try:
        done = subprocess.run(args, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=seconds, check=False)
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as e:
        subprocess.run(["pkill", "-KILL", "-f", cwd], check=False)
        return 124, (e.stdout or b"").decode(errors="replace")


class Copy:
    """The sources, to be changed."""

    def __init__(self, top):
        self.top = top
        self.dir = tempfile.mkdtemp(prefix="vt-mutate-")
        self.src, self.build = os.path.join(self.dir, "src"), os.path.join(self.dir, "build")
        shutil.copytree(top, self.src, ignore=shutil.ignore_patterns(".git", "build*", "out"))
        status, output = run(["meson", "setup", "-Doptimization=1", self.build, self.src], self.dir, 300)
        if status != 0:
            sys.exit(output)

    def make(self):
        return run(["ninja", "-C", self.build], self.src, 1800)

    def suite(self, name):
        return run([os.path.join(self.build, "test/dpdk-test"), f"vinetalk_{name}_autotest"], self.dir, 420)

    def change(self, file, old, new):
        path = os.path.join(self.src, file)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        if old not in text:
            return False
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new, 1))
        return True

    def restore(self, file):
        shutil.copyfile(os.path.join(self.top, file), os.path.join(self.src, file))


def found_by(copy, suites):
    """The suite that fails, or None."""
    for suite in suites.split():
        status, output = copy.suite(suite)
        if status != 0:
            why = re.findall(r"CU_\w+\(.*|Segmentation fault|signal \d+", output)
            return f"{suite} ({'not in time' if status == 124 else why[0][:60] if why else f'status {status}'})"
    return None


def main():
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="mutations with this text in their name")
    parser.add_argument("--list", action="store_true", help="say what there is, and check the table of fences")
    args = parser.parse_args()
    wrong = fences(top)
    for line in wrong:
        print(f"fences: {line}")
    chosen = [m for m in MUTATIONS if args.only in m[0]]
    if args.list:
        for name, file, *_ in chosen:
            print(f"{name}: {file}")
        return 1 if wrong else 0
    copy = Copy(top)
    missed = []
    try:
        status, output = copy.make()
        if status != 0:
            sys.exit(output[-3000:])
        for name, file, old, new, suites in chosen:
            if not copy.change(file, old, new):
                missed.append(name)
                print(f"{name}: {file} has no such lines any more", flush=True)
                continue
            status, output = copy.make()
            if status != 0:
                by = "the compiler" if "error:" in output else None
            else:
                by = found_by(copy, suites)
            copy.restore(file)
            if by is None:
                missed.append(name)
            print(f"{name}: " + (f"found by {by}" if by else "NOT FOUND by " + suites), flush=True)
    finally:
        shutil.rmtree(copy.dir, ignore_errors=True)
    print(f"{len(chosen) - len(missed)} of {len(chosen)} are found" +
          (f"; not: {', '.join(missed)}" if missed else ""))
    return 1 if missed or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
