#!/usr/bin/env python3
"""Builds the simulator with each deliberate bug of this folder, and says which seed finds it; where no
seed does, which unit test of the module that has the bug.

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
COPIED = ["CMakeLists.txt", "CMakePresets.json", "cmake", "examples", "src", "tests"]


def copy_sources(scratch):
    """Brings the copy to the state of the working tree; what is the same keeps its time."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", *COPIED],
        check=True, capture_output=True, text=True).stdout.split("\0")
    names = {name for name in listed if name and (ROOT / name).is_file()}
    for old in scratch.rglob("*"):
        if old.is_file() and str(old.relative_to(scratch)) not in names:
            old.unlink()
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


def build(folder, jobs, target="bsn_sim"):
    result = subprocess.run(["cmake", "--build", folder, "-j", str(jobs), "--target", target],
                            capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError("does not build:\n" + result.stdout[-3000:])


def first_failure(binary, first, last, jobs):
    """The lowest seed reported, and its law; None if all laws hold."""
    count = last - first + 1
    ran = subprocess.run(
        [binary, "--from", str(first), "--seeds", str(count), "--jobs", str(jobs), "--first"],
        capture_output=True, text=True, timeout=1200)
    found = re.findall(r"^\r?seed (\d+)(?: \([^)]*\))?: (.*)$", ran.stdout, re.MULTILINE)
    if not found and ran.returncode != 0:
        raise RuntimeError(f"the simulator ended with {ran.returncode}: {ran.stderr[-500:]}")
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


def failing_test(patch, folder, jobs):
    """A unit test that the bug fails, or None."""
    module = re.search(r"^\+\+\+ b/src/(\w+)/", patch.read_text(), re.MULTILINE)
    if not module:
        return None
    target = "test_" + module[1]
    build(folder, jobs, target)
    output = subprocess.run([folder / "tests" / target, "--gtest_brief=1"],
                            capture_output=True, text=True, timeout=600).stdout
    failed = re.search(r"^\[  FAILED  \] (\S+)", output, re.MULTILINE)
    return f"{target}: {failed[1].rstrip(',')}" if failed else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help="the bugs to try (all)")
    parser.add_argument("--seeds", type=int, default=1000, help="tried for each bug")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--scratch", type=pathlib.Path, help="a copy of the sources, used as it is")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "mutations" / "build")
    options = parser.parse_args()
    patches = sorted(HERE.glob("*.patch"))
    unknown = set(options.names) - {patch.stem for patch in patches}
    if unknown:
        parser.error("no such bug: " + ", ".join(sorted(unknown)))
    if options.names:
        patches = [patch for patch in patches if patch.stem in options.names]
    scratch = options.scratch or ROOT / "build" / "mutations" / "source"
    if not options.scratch:
        copy_sources(scratch)
    if not (options.build / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "release", "-B", options.build],
                       cwd=scratch, check=True, stdout=subprocess.DEVNULL)
    healthy = options.build / "bin" / "bsn_sim_healthy"
    build(options.build, options.jobs)
    shutil.copy(options.build / "bin" / "bsn_sim", healthy)
    missed = []
    for patch in patches:
        found = None
        try:
            apply(patch, scratch)
        except subprocess.CalledProcessError:
            missed.append(patch.stem)
            print(patch.stem, "does not fit the sources any more", file=sys.stderr)
            continue
        try:
            build(options.build, options.jobs)
            found = hunt(options.build / "bin" / "bsn_sim", healthy, options.seeds, options.jobs)
            if not found:
                test = failing_test(patch, options.build, options.jobs)
                found = test and (f"none of {options.seeds}", test)
        except (RuntimeError, subprocess.TimeoutExpired) as failure:
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
