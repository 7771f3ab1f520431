#!/usr/bin/env bash
# Measures what the unit and conformance tests cover: a table by module, and the branches of
# verification and authorisation that no test takes.
#
#   scripts/coverage.sh
#
# JOBS: how many at a time. BSN_BUILD_ROOT: where the build is (build/).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

jobs=${JOBS:-$(nproc)}
build=$(realpath -m "${BSN_BUILD_ROOT:-build}/coverage")
scripts/install-deps.sh coverage

tests=(test_conformance_framework)
for module in tests/unit/*/; do tests+=("test_$(basename "$module")"); done
cmake --preset coverage -B "$build" --log-level=WARNING
cmake --build "$build" -j "$jobs" --target "${tests[@]}"

# Each binary whole and not test by test as ctest does: every process that ends adds its counters to
# a file per source, and those of one test would be most of what it does.
find "$build" -name '*.gcda' -delete  # counters of earlier runs
printf '%s\n' "${tests[@]}" | xargs -P "$jobs" -I '{}' \
    bash -c 'timeout 30m "$0/tests/{}" --gtest_brief=1 >"$0/{}.log" 2>&1 ||
             { cat "$0/{}.log"; echo "coverage: {} failed" >&2; exit 255; }' "$build"

# Branches that only an exception takes are no decisions of ours: errors are values here.
gcovr --root . --object-directory "$build" --filter src/ -j "$jobs" \
    --exclude-throw-branches --exclude-unreachable-branches \
    --json "$build/coverage.json" --html-details "$build/coverage.html" "$build" >/dev/null
scripts/coverage-report.py "$build/coverage.json"
echo "line by line: $build/coverage.html"
