#!/usr/bin/env bash
# Builds the programs of Hyperledger Fabric (peer, orderer, configtxgen, osnadmin) from its Go module, of the version
# that engines/fabric/go.mod pins, or engines/fabric-3/go.mod for 3.1. Some minutes; does nothing when they are there.
#
#   scripts/install-fabric.sh [--to FOLDER] [--progress] [2.5 | 3.1]
#
#   --to FOLDER   where they come to; otherwise build/engines/fabric, or build/engines/fabric-3
#   --progress    for programs: a line for each module that is fetched, "packages N", a line for each that is compiled
#
# Go 1.22 or later that is there is used (1.24 for 3.1); else one is fetched, for this alone. BSN_SKIP_ENGINES=1
# skips it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/scripts/go.sh"

[[ ${BSN_SKIP_ENGINES:-0} == 1 ]] && exit 0
fail() {
    echo "install-fabric: $*" >&2
    exit 1
}
version=2.5 to='' progress=0
while (($#)); do
    case $1 in
        --to) (($# > 1)) || fail "--to needs a folder"; to=$(realpath -ms "$2"); shift ;;
        --progress) progress=1 ;;
        2.5 | 3.1) version=$1 ;;
        *) fail "the versions are 2.5 and 3.1, not $1" ;;
    esac
    shift
done
case $version in
    2.5) name=fabric go_minor=22 ;;
    3.1) name=fabric-3 go_minor=24 ;;
esac
module=$root/engines/$name
to=${to:-$root/build/engines/$name}
pins=$(cat "$module/go.mod" "$module/go.sum" | sha256sum)
[[ $(cat "$to/.pins" 2>/dev/null) == "$pins" ]] && exit 0

use_go "$go_minor" "$(dirname "$to")/go" Fabric
# What the programs call themselves; it stands beside the pin.
release=$(sed -n 's|.*github.com/hyperledger/fabric v.* // Fabric \(v[0-9.]*\)$|\1|p' "$module/go.mod")
[[ -n $release ]] || fail "$module/go.mod does not say which release it pins"
programs=()
for program in peer orderer configtxgen osnadmin; do
    programs+=("github.com/hyperledger/fabric/cmd/$program")
done

mkdir -p "$(dirname "$to")"
scratch=$(mktemp -d "$to.XXXXXX")
log=$(mktemp)
listed=$(mktemp)
trap 'rm -rf "$scratch" "$log" "$listed"' EXIT
export GOFLAGS=-mod=readonly
cd "$module"
if ((progress)); then
    "$go" list -deps "${programs[@]}" 2>&1 >"$listed" | tee "$log" || {
        tail -n 20 "$log" >&2
        fail "go list failed (above)"
    }
    echo "packages $(wc -l <"$listed")"
else
    echo "Building Fabric ${release#v}"
fi
build() {
    "$go" build -v -trimpath -ldflags "-s -w -X github.com/hyperledger/fabric/common/metadata.Version=$release" \
        -o "$scratch/" "${programs[@]}" 2>&1
}
if ((progress)); then build | tee "$log"; else build >"$log"; fi || {
    tail -n 20 "$log" >&2
    fail "go build failed (above)"
}
echo "$pins" >"$scratch/.pins"
chmod 755 "$scratch"
rm -rf "$to"
mv "$scratch" "$to"
