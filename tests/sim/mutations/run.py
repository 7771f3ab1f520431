#!/usr/bin/env python3
"""Builds the simulator with each deliberate bug of this folder, and says which seed finds it.

    make sim-mutations [ARGS="no_epoch_check stale_ticks"]

Works on a copy of the sources in build/mutations. Ends with an error if a bug is not found.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def copy_sources(scratch):
    """Brings the copy to the state of the working tree; what is the same keeps its time."""
    names = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "CMakeLists.txt", "CMakePresets.json", "cmake", "src", "tests"],
        check=True, capture_output=True, text=True).stdout.split()
    for name in names:
        content = (ROOT / name).read_bytes()
        copy = scratch / name
        if copy.exists() and copy.read_bytes() == content:
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)


def apply(patch, scratch, back=False):
    subprocess.run(["patch", "-p1", "--silent", "--no-backup-if-mismatch", "-d", scratch, "-i", patch]
                   + (["-R"] if back else []), check=True)


def build(folder, jobs):
    result = subprocess.run(["cmake", "--build", folder, "-j", str(jobs), "--target", "bsn_sim"],
                            capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError("does not build:\n" + result.stdout[-3000:])


def first_failure(binary, first, last, jobs):
    """The lowest seed reported, and its law; None if all laws hold."""
    count = last - first + 1
    try:
        output = subprocess.run(
            [binary, "--from", str(first), "--seeds", str(count), "--jobs", str(jobs), "--first"],
            capture_output=True, text=True, timeout=1200).stdout
    except subprocess.TimeoutExpired:
        return None
    found = re.findall(r"^\r?seed (\d+)(?: \([^)]*\))?: (.*)$", output, re.MULTILINE)
    return min((int(seed), law) for seed, law in found) if found else None


def hunt(mutated, healthy, seeds, jobs):
    """The seed and law that found the bug, or None. A seed that fails without the bug counts not."""
    first = 1
    while first <= seeds:
        found = first_failure(mutated, first, seeds, jobs)
        if not found or not first_failure(healthy, found[0], found[0], 1):
            return found
        first = found[0] + 1
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help="the bugs to try (all)")
    parser.add_argument("--seeds", type=int, default=1000, help="tried for each bug")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--scratch", type=pathlib.Path, help="a copy of the sources, used as it is")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "mutations" / "build")
    options = parser.parse_args()
    scratch = options.scratch or ROOT / "build" / "mutations" / "source"
    if not options.scratch:
        copy_sources(scratch)
    if not (options.build / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "release", "-B", options.build, "-DBSN_BENCH=OFF"],
                       cwd=scratch, check=True, stdout=subprocess.DEVNULL)
    healthy = options.build / "bin" / "bsn_sim_healthy"
    build(options.build, options.jobs)
    shutil.copy(options.build / "bin" / "bsn_sim", healthy)
    patches = sorted(HERE.glob("*.patch"))
    missed = []
    for patch in patches:
        if options.names and patch.stem not in options.names:
            continue
        apply(patch, scratch)
        try:
            build(options.build, options.jobs)
            found = hunt(options.build / "bin" / "bsn_sim", healthy, options.seeds, options.jobs)
        except RuntimeError as failure:
            found = None
            print(patch.stem, failure, file=sys.stderr)
        finally:
            apply(patch, scratch, back=True)
        if found:
            print(f"| `{patch.stem}` | {found[0]} | {found[1]} |", flush=True)
        else:
            missed.append(patch.stem)
            print(f"| `{patch.stem}` | none of {options.seeds} | |", flush=True)
    if missed:
        sys.exit("not found: " + ", ".join(missed))


if __name__ == "__main__":
    main()
