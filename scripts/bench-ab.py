#!/usr/bin/env python3
"""Two commits, the same load, in turn: how much faster or slower the newer one is.

    scripts/bench-ab.py REV [--head REV] [--runs N] [--threshold R] [--duration S] [-- OPTIONS of bsn bench evidence]

Each commit is built in a folder of its own below build/ab. Then their networks run in turn, each time
in a fresh home, under the load generator of the newer commit. Prints the ratios newer / older with their
spread; exit status 1 if the median ratio of throughput is below the threshold.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from bench_network import REPOSITORY, Network, arguments, fail

FOLDER = REPOSITORY / "build" / "ab"


def git(*words):
    done = subprocess.run(["git", "-C", REPOSITORY, *words], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        fail(f"git {' '.join(map(str, words))} failed")
    return done.stdout.strip()


def build(revision, jobs):
    """The program of a commit."""
    commit = git("rev-parse", "--verify", "--short=12", f"{revision}^{{commit}}")
    source, folder = FOLDER / f"{commit}-source", FOLDER / f"{commit}-build"
    if not (source / "CMakeLists.txt").exists():
        git("worktree", "prune")
        git("worktree", "add", "--detach", "--force", source, commit)
    log = FOLDER / f"{commit}.log"
    print(f"{commit} ({git('log', '-1', '--format=%s', commit)}): building", flush=True)
    with log.open("w", encoding="utf-8") as out:
        for words in (["cmake", "--preset", "release", "-B", folder, "--log-level=WARNING"],
                      ["cmake", "--build", folder, "-j", str(jobs), "--target", "bsn"]):
            if subprocess.run(words, cwd=source, stdout=out, stderr=out, check=False).returncode != 0:
                fail(f"{commit} does not build; see {log}")
    return commit, folder / "bin" / "bsn"


def spread(ratios):
    return f"median {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("revision", help="the older commit")
    parser.add_argument("--head", default="HEAD", help="the newer commit (HEAD)")
    parser.add_argument("--runs", type=int, default=3, help="of each (3)")
    parser.add_argument("--threshold", type=float, default=0.9, help="the least median ratio (0.9)")
    parser.add_argument("--duration", type=float, default=20, help="seconds of each run (20)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="parallel compilations")
    options = arguments(parser)
    FOLDER.mkdir(parents=True, exist_ok=True)
    older, newer = build(options.revision, options.jobs), build(options.head, options.jobs)

    load = ["--duration", options.duration, "--warmup", min(3, options.duration), "--verify-seconds", 0, *options.words]
    reports = {"newer": [], "older": []}
    for number in range(options.runs):
        for which, (commit, program) in (("newer", newer), ("older", older)):
            with Network(program) as network:
                report = network.bench(*load, program=newer[1])
            reports[which].append(report)
            print(f"run {number + 1} {which} {commit}: {report['committed_tx_per_s']:,.0f} tx/s, "
                  f"p50 {report['latency_ms']['p50']:.1f} ms, p99 {report['latency_ms']['p99']:.1f} ms", flush=True)

    def ratios(value):
        return [value(new) / max(value(old), 1e-9) for new, old in zip(reports["newer"], reports["older"])]

    throughput = ratios(lambda report: report["committed_tx_per_s"])
    latency = ratios(lambda report: report["latency_ms"]["p99"])
    cpu = ratios(lambda report: report["resources"]["cpu_s_per_1000_tx"])
    result = FOLDER / f"{newer[0]}-{older[0]}.json"
    result.write_text(json.dumps({"newer": newer[0], "older": older[0], "throughput_ratios": throughput,
                                  "p99_ratios": latency, "cpu_ratios": cpu, "reports": reports}, indent=2) + "\n",
                      encoding="utf-8")
    print(f"\n{newer[0]} / {older[0]}, {options.runs} pairs:")
    print(f"  throughput       {spread(throughput)}")
    print(f"  p99              {spread(latency)}")
    print(f"  CPU per 1,000 tx {spread(cpu)}")
    print(f"  in {result}")
    if statistics.median(throughput) < options.threshold:
        fail(f"slower: the median ratio of throughput is below {options.threshold}")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
