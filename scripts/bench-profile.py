#!/usr/bin/env python3
"""Where the network's time goes: perf over its process during a closed loop, by part.

    scripts/bench-profile.py [--bsn FILE] [--seconds S] [--write FILE.md] [-- OPTIONS of bsn bench evidence]

A sample belongs to the innermost frame that says what is being done: checking a signature, hashing, the
database, memory, and so on; what is done for the state commitment counts as that alone. Libraries
without symbols are told apart by who called them, so the call chains are recorded with the stacks
(--call-graph dwarf).
"""

import argparse
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench import table, write_between_markers
from bench_network import REPOSITORY, Network, arguments, fail

RATE = 199  # samples per second and core: few, since each carries a piece of the stack
STACK = 8192

KERNEL = re.compile(r"\(\[(kernel|guest\.kernel).*\]\)")
# Whatever is done for it.
COMMITMENT = re.compile(r"bsn::ledger::(MultisetHash|MerkleMap)")
# Part, and what the name of a frame (or its library) looks like. For each sample the frames are tried
# from the innermost outwards, and at each frame the parts in this order.
PARTS = [
    ("making signatures", re.compile(r"bsn::crypto::.*(sign\b|Signer|PrivateKey)")),
    ("signature checks", re.compile(r"bsn::crypto::.*verif|secp256k1_|ECDSA_|ecdsa_|EC_POINT|ecp_|BN_|sm2_|ossl_ec_")),
    ("hashing", re.compile(r"bsn::crypto::.*(hash|Hash|sha|keccak|sm3)|SHA\d|sha256_|sha512_|KeccakF|SM3|EVP_Digest|CryptoPP::")),
    ("database", re.compile(r"rocksdb::|librocksdb")),
    ("HTTP", re.compile(r"bsn::gateway::|boost::(beast|asio)")),
    ("log and batches on disk", re.compile(r"bsn::store::")),
    ("contracts and world state", re.compile(r"bsn::(contract|ledger)::")),
    ("replica", re.compile(r"bsn::(peer|ordering|framework|registry|node)::")),
    ("threads and strands", re.compile(r"bsn::\w*(Pool|Strand|Executor)|pthread_|__lll_|futex")),
]
# What allocates or copies is told apart by the innermost frame alone.
MEMORY = re.compile(r"\b_?_?(mem(cpy|move|set|cmp)\w*|malloc\w*|calloc|realloc|c?free|_int_(malloc|free)\w*|operator (new|delete)\w*"
                    r"|malloc_consolidate|unlink_chunk|tcache\w*|sysmalloc)\b")


def part_of(frames):
    """The part of a sample, of its frames from the innermost outwards."""
    if not frames:
        return "unknown"
    if KERNEL.search(frames[0]):
        return "kernel"
    if any(COMMITMENT.search(frame) for frame in frames):
        return "state commitment"
    if MEMORY.search(frames[0]):
        return "memory (allocation, copies)"
    for frame in frames:
        for name, pattern in PARTS:
            if pattern.search(frame):
                return name
    return "other"


def samples_of(script):
    """The frames of each sample of `perf script -F ip,sym,dso`, which separates them by empty lines."""
    frames = []
    for line in script:
        line = line.strip()
        if line:
            frames.append(line.split(" ", 1)[1] if " " in line else line)
        elif frames:
            yield frames
            frames = []
    if frames:
        yield frames


def count_parts(script):
    parts, leaves = collections.Counter(), collections.Counter()
    for frames in samples_of(script):
        part = part_of(frames)
        parts[part] += 1
        leaves[(part, re.sub(r"\+0x[0-9a-f]+", "", frames[0]))] += 1
    return parts, leaves


def check_perf(pid):
    """Whether this user may look into the process."""
    if not shutil.which("perf"):
        fail("perf is missing; run scripts/install-deps.sh profile")
    tried = subprocess.run(["perf", "record", "-e", "cpu-clock", "-p", str(pid), "-o", "/dev/null", "--", "sleep", "0.1"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if tried.returncode != 0:
        paranoid = Path("/proc/sys/kernel/perf_event_paranoid").read_text(encoding="ascii").strip()
        fail(f"perf may not look into processes here (kernel.perf_event_paranoid is {paranoid}; 2 or less, or root, is "
             f"needed; containers often forbid it altogether): {tried.stderr.strip().splitlines()[-1:]}")


def wait_until_busy(pid, patience=120):
    """The load begins after transactions were signed and the signature bound was measured."""
    def cpu_s():
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    for _ in range(patience):
        before = cpu_s()
        time.sleep(1)
        if cpu_s() - before > 0.3:
            time.sleep(2)  # the warm-up
            return True
    return False


def record(options, data):
    """Records while a closed loop runs; the loop's report."""
    with Network(options.bsn) as network:
        check_perf(network.pid)
        reports = []
        load = threading.Thread(daemon=True, target=lambda: reports.append(network.bench(
            "--duration", options.seconds + 4, "--warmup", 2, *options.words)))
        load.start()
        if not wait_until_busy(network.pid):
            fail("the load did not begin")
        done = subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", str(RATE), "--call-graph", f"dwarf,{STACK}",
                               "-p", str(network.pid), "-o", str(data), "--", "sleep", str(options.seconds)], check=False)
        load.join()
    if done.returncode != 0 or not reports:
        fail("perf record failed (above)")
    return reports[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bsn", type=Path, default=REPOSITORY / "build" / "release" / "bin" / "bsn")
    parser.add_argument("--seconds", type=float, default=10, help="how long to record (10)")
    parser.add_argument("--write", type=Path, help="put the table between the markers 'profile' of this file")
    parser.add_argument("--top", type=int, default=15, help="how many single functions to show (15)")
    options = arguments(parser)
    with tempfile.TemporaryDirectory(prefix="bsn-profile-") as folder:
        data = Path(folder) / "perf.data"
        report = record(options, data)
        with subprocess.Popen(["perf", "script", "-i", str(data), "-F", "ip,sym,dso", "--no-inline"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, errors="replace") as script:
            parts, leaves = count_parts(script.stdout)
    total = sum(parts.values())
    if total == 0:
        fail("perf recorded no samples")
    cpu = report["resources"]["cpu_s_per_1000_tx"] * 1000  # microseconds for a transaction
    content = table(["part", "share of the network's CPU time", "µs per transaction, all peers"],
                    [[part, f"{100 * count / total:.1f} %", f"{cpu * count / total:.0f}"] for part, count in parts.most_common()])
    print(f"{report['suite']}: {report['committed_tx_per_s']:,.0f} tx/s while recording, {cpu:.0f} µs of CPU per transaction; "
          f"signature bound {report['signature_bound']['bound_tx_per_s']:,.0f} tx/s; {total} samples\n")
    print(content)
    print("\nThe functions with most samples of their own:")
    for (part, leaf), count in leaves.most_common(options.top):
        print(f"  {100 * count / total:5.1f} %  {part:28}  {leaf[:100]}")
    if options.write:
        write_between_markers(options.write, {"profile": content})
        print(f"\nThe table is in {options.write}.")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
