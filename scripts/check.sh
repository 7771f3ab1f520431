#!/usr/bin/env bash
# What can be checked without building: module order, that types are defined once, layout, Python syntax, Rust layout
# (where rustfmt is), file length (a warning).
#
#   scripts/check.sh [--fix] [--tidy] [FILE...]
#
#   --fix    lay the files out instead of complaining
#   --tidy   also run clang-tidy over the .cpp files (minutes), as configured by the preset in
#            BSN_BUILD_DIR (build/release); FILEs restrict it; and clippy, where it is
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fix=0 tidy=0 files=()
for argument in "$@"; do
    case $argument in
        --fix) fix=1 ;;
        --tidy) tidy=1 ;;
        -*) echo "usage: scripts/check.sh [--fix] [--tidy] [FILE...]" >&2; exit 2 ;;
        *) files+=("$argument") ;;
    esac
done

jobs=${JOBS:-$(nproc)}
build=${BSN_BUILD_DIR:-build/release}
max_lines=450
failed=0

need() {
    command -v "$1" >/dev/null && return
    echo "check: $1 is missing; run scripts/install-deps.sh" >&2
    exit 1
}

# Our C++ files, NUL-separated; the folders may not all exist.
cpp_files() {
    find src tests clients/cpp -type f \( -name '*.cpp' -o -name '*.hpp' \) -print0 2>/dev/null | sort -z || true
}

check_order() {
    scripts/check-module-order.py --quiet || failed=1
    scripts/check-one-definition.py --quiet || failed=1
}

check_layout() {
    need clang-format-16
    if ((fix)); then
        cpp_files | xargs -0r -n 20 -P "$jobs" clang-format-16 -i
        echo "layout: mended"
    elif cpp_files | xargs -0r -n 20 -P "$jobs" clang-format-16 --dry-run --Werror --ferror-limit=1; then
        echo "layout: good"
    else
        echo "layout: the files above differ from .clang-format; 'make fix' mends them" >&2
        failed=1
    fi
}

check_python() {
    local python=()
    mapfile -d '' -t python < <(find scripts tests -type f -name '*.py' -print0 2>/dev/null | sort -z)
    ((${#python[@]})) || return 0
    # Compiled in memory: nothing is written into the tree.
    if python3 - "${python[@]}" <<'PYTHON'
import sys
bad = 0
for name in sys.argv[1:]:
    try:
        compile(open(name, encoding="utf-8").read(), name, "exec")
    except SyntaxError as error:
        bad = 1
        print(f"{name}:{error.lineno}: {error.msg}", file=sys.stderr)
sys.exit(bad)
PYTHON
    then echo "python: ${#python[@]} files, good"; else failed=1; fi
}

check_rust() {
    PATH=$HOME/.cargo/bin:$PATH
    if command -v rustfmt >/dev/null; then
        if ((fix)); then rustfmt --edition 2021 evm/src/lib.rs; fi
        rustfmt --edition 2021 --check evm/src/lib.rs >/dev/null ||
            { echo "rust: evm/src is not laid out by rustfmt; 'make fix' mends it" >&2; failed=1; }
    fi
    if ((tidy)) && command -v cargo-clippy >/dev/null; then
        (cd evm && CARGO_TARGET_DIR=${BSN_RUST_DIR:-../build/rust} cargo clippy --release --locked --quiet --all-targets -- -D warnings) ||
            { echo "rust: findings above" >&2; failed=1; }
    fi
}

check_length() {
    cpp_files | xargs -0r awk -v max=$max_lines '
        FNR == max + 1 { print "warning: " FILENAME " has over " max " lines; what is its second idea?" }'
}

check_tidy() {
    need clang-tidy-16
    if [[ ! -f $build/compile_commands.json ]]; then
        echo "check: $build is not configured; run 'make check TIDY=1', or set BSN_BUILD_DIR" >&2
        exit 1
    fi
    local sources=("${files[@]}")
    ((${#sources[@]})) || mapfile -t sources < <(find src tests -type f -name '*.cpp' 2>/dev/null | sort)
    ((${#sources[@]})) || return 0
    # GCC's own warning flags stand in compile_commands.json and mean nothing to clang.
    if printf '%s\0' "${sources[@]}" | xargs -0r -n 1 -P "$jobs" \
        clang-tidy-16 --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option 2> >(grep -Ev 'warnings? (generated|treated as)' >&2); then
        echo "tidy: ${#sources[@]} files, good"
    else
        echo "tidy: findings above" >&2
        failed=1
    fi
}

check_order
check_layout
check_python
check_rust
check_length
if ((tidy)); then check_tidy; fi
exit $failed
