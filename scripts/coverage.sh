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

cmake --preset coverage -B "$build" --log-level=WARNING
cmake --build "$build" -j "$jobs"
find "$build" -name '*.gcda' -delete  # counters of earlier runs
ctest --test-dir "$build" -j "$jobs" --output-on-failure -L 'unit|conformance'

# Branches that only an exception takes are no decisions of ours: errors are values here.
gcovr --root . --object-directory "$build" --filter src/ -j "$jobs" \
    --exclude-throw-branches --exclude-unreachable-branches \
    --json "$build/coverage.json" --html-details "$build/coverage.html" >/dev/null
scripts/coverage-report.py "$build/coverage.json"
echo "line by line: $build/coverage.html"
