#!/usr/bin/env bash
# Lays clients out: the foreign ones that judge our dialects, copied from tests/conformance/NAME, and our own one for
# TypeScript, from clients/typescript with its tests of tests/conformance/clients/typescript. They come to
# build/conformance/NAME, with what their lock file names. Nothing is ever written into the source tree.
#
#   scripts/install-conformance.sh ethereum | fisco | fabric | typescript
#
# Installing is skipped (in some milliseconds) when the lock file has not changed since.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    echo "install-conformance: $*" >&2
    exit 1
}
need() { command -v "$1" >/dev/null || fail "$1 is missing; install the package $2"; }

name=${1:-}
case $name in
    ethereum | fisco | fabric) from=tests/conformance/$name ;;
    typescript) from=clients/typescript ;;
    *) fail "name one of: ethereum, fisco, fabric, typescript" ;;
esac
to=build/conformance/$name

# Our files anew; what was installed, compiled or cached stays.
mkdir -p "$to"
find "$to" -mindepth 1 -maxdepth 1 \
    ! -name node_modules ! -name artifacts.json ! -name cache ! -name artifacts ! -name out ! -name compiled \
    ! -name java ! -name .installed -exec rm -rf {} +
rm -rf "$to/java/src"
# What somebody built in the source tree for himself is no part of it.
tar -C "$from" --exclude=./node_modules --exclude=./dist --exclude=__pycache__ -cf - . | tar -C "$to" -xf -
case $name in
    ethereum) mkdir -p "$to/contracts" && cp -p contracts/*.sol "$to/contracts/" ;;
    fisco) mkdir -p "$to/contracts" && cp -p contracts/fisco/*.sol "$to/contracts/" ;;
    typescript) cp -rp tests/conformance/clients/typescript "$to/conformance" ;;
esac

pins=$(cat "$from/package-lock.json" "$from/.npmrc" | sha256sum)
[[ $(cat "$to/.installed" 2>/dev/null) == "$pins" ]] && exit 0

need node nodejs
need npm npm
echo "Installing the $name clients"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Three tries: a registry's answer may be late.
for try in 1 2 3; do
    if (cd "$to" && npm ci --no-progress) >"$log" 2>&1; then
        echo "$pins" >"$to/.installed"
        exit 0
    fi
done
tail -n 20 "$log" >&2
fail "npm ci failed (above)"
