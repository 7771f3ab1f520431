#!/usr/bin/env bash
# Runs fuzz targets (tests/fuzz/, built by the preset fuzz).
#
#   scripts/fuzz.sh run BUILD NAME            one target, FUZZ_SECONDS long (60)
#   scripts/fuzz.sh replay BUILD NAME FILE…   single inputs, such as one that was found
#   scripts/fuzz.sh merge BUILD NAME          adds to the repository's corpus what BUILD's has beyond it
#
# Seeds are tests/fuzz/corpus/NAME; what a run finds stays in BUILD/fuzz/corpus/NAME, and is where the
# next run goes on. FUZZ_SEED makes two runs choose alike (0, the default: another choice each time). An
# input that breaks a law is kept in BUILD/fuzz/findings.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    sed -n '4,6s/^# *//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

(($# >= 3)) || usage
action=$1 build=$2 name=$3
shift 3
binary=$build/fuzz/fuzz_$name
seeds=tests/fuzz/corpus/$name
corpus=$build/fuzz/corpus/$name
findings=$build/fuzz/findings
[[ -x $binary ]] || { echo "fuzz: $binary is not built; run 'make fuzz TARGET=$name'" >&2; exit 2; }
mkdir -p "$corpus" "$findings"

# Leaks of one run are looked for at its end. What OpenSSL keeps for good is no leak: it is reachable.
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1
export ASAN_SYMBOLIZER_PATH=/usr/lib/llvm-16/bin/llvm-symbolizer
options=(-timeout=20 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=1)
[[ -f tests/fuzz/$name.dict ]] && options+=(-dict="tests/fuzz/$name.dict")

run() {
    local seconds=${FUZZ_SECONDS:-60} log=$findings/$name.log
    if "$binary" "${options[@]}" -max_total_time="$seconds" -seed="${FUZZ_SEED:-0}" -max_len=16384 \
        -artifact_prefix="$findings/$name-" "$corpus" "$seeds" >"$log" 2>&1; then
        echo "fuzz $name: $(sed -n 's/^Done \([0-9]*\) runs in \([0-9]*\) second.*/\1 inputs in \2 s, nothing found/p' "$log")"
        return
    fi
    grep -v '^#[0-9]' "$log" | tail -n 60 >&2
    local found
    found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    echo "fuzz $name: a finding; the whole log is $log" >&2
    [[ -n $found ]] && echo "replay it with: scripts/fuzz.sh replay $build $name $found" >&2
    exit 1
}

case $action in
    run) run ;;
    replay) "$binary" "${options[@]}" "$@" ;;
    merge) "$binary" "${options[@]}" -merge=1 -max_len=4096 "$seeds" "$corpus" ;;
    *) usage ;;
esac
