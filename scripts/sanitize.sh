#!/usr/bin/env bash
# Builds with sanitizers and runs the tests under them.
#
#   scripts/sanitize.sh [asan|tsan]...        both by default
#
# asan: AddressSanitizer with leaks, and UBSan: unit tests, conformance, simulator, end-to-end tests.
# tsan: ThreadSanitizer: the parts with threads, conformance, and a network under load.
#
# JOBS: how many at a time. BSN_BUILD_ROOT: where the builds are (build/).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

jobs=${JOBS:-$(nproc)}
root=${BSN_BUILD_ROOT:-build}
root=$(realpath -m "$root")

# What the threads of a process share is in these modules; the others are values.
threaded='^(base|store|ordering|peer|registry|gateway|cli|conformance)\.'

# The second build also shows whether every file names what it includes.
prepare() {
    [[ $1 != asan ]] || scripts/install-deps.sh asan
    echo "== $1: build"
    cmake --preset "$1" -B "$root/$1" --log-level=WARNING -DBSN_PRECOMPILED_HEADERS=$2
    cmake --build "$root/$1" -j "$jobs"
}

run_asan() {
    prepare asan ON
    export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:detect_leaks=1
    export UBSAN_OPTIONS=print_stacktrace=1
    export ASAN_SYMBOLIZER_PATH=/usr/lib/llvm-16/bin/llvm-symbolizer
    ctest --test-dir "$root/asan" -j "$jobs" --output-on-failure
}

run_tsan() {
    prepare tsan OFF
    export TSAN_OPTIONS="second_deadlock_stack=1:halt_on_error=1:suppressions=$PWD/scripts/tsan.supp"
    ctest --test-dir "$root/tsan" -j "$jobs" --output-on-failure -R "$threaded"
    BSN_BINARY=$root/tsan/bin/bsn python3 tests/e2e/first_five_minutes_test.py
}

(($#)) || set -- asan tsan
for which in "$@"; do
    case $which in
        asan | tsan) time "run_$which" ;;
        *) sed -n '4p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
    esac
done
