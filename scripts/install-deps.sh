#!/usr/bin/env bash
# Installs the Debian packages of scripts/packages.txt that are missing; quiet, and does nothing (in
# some milliseconds) when all are there.
#
#   scripts/install-deps.sh [GROUP...]     groups: those of packages.txt; without any, all of them
#
# BSN_SKIP_DEPS=1 skips it, for systems where the libraries come from elsewhere.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
    echo "install-deps: $*" >&2
    exit 1
}

# The packages of the groups asked for, one per line.
wanted() {
    awk -v groups=" $* " '
        { sub(/#.*/, "") }
        /^\[/ { name = $1; gsub(/[][]/, "", name); next }
        NF && (groups == "  " || index(groups, " " name " ")) { print $1 }' "$here/packages.txt"
}

[[ ${BSN_SKIP_DEPS:-0} == 1 ]] && exit 0
for group in "$@"; do
    grep -qx "\[$group\]" "$here/packages.txt" || fail "no group '$group' in scripts/packages.txt"
done
mapfile -t packages < <(wanted "$@")

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    fail "this is not Debian: install the counterparts of scripts/packages.txt yourself, then set BSN_SKIP_DEPS=1"
fi

# dpkg-query names what is installed (and fails if anything is unknown to it, which is no error here).
installed=$({ dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true; } |
    awk '$2 == "installed" { print $1 }')
mapfile -t missing < <(grep -Fxv -f <(printf '%s\n' "$installed") <(printf '%s\n' "${packages[@]}") || true)
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root=(sudo -n)
    else
        fail "not root; run once: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
    fi
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq \
        -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 && return
    tail -n 20 "$log" >&2
    fail "apt-get $1 failed (above); Debian 12 has every package of scripts/packages.txt"
}

echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
apt update
apt install -y --no-install-recommends "${missing[@]}"
