# To be sourced. use_go MINOR FOLDER WHAT: sets `go` to a Go of version 1.MINOR or later: the one of PATH, else one in
# FOLDER, which is fetched (scripts/fetch-go.py) if it is not there, and said to be for building WHAT.
use_go() {
    go=go
    _go_is_usable "$1" && return
    go=$2/bin/go
    export GOTOOLCHAIN=local
    _go_is_usable "$1" && return
    echo "Fetching Go, which builds $3"
    mkdir -p "$(dirname "$2")"
    python3 "$(dirname "${BASH_SOURCE[0]}")/fetch-go.py" "$2"
}

_go_is_usable() {
    [[ $("$go" env GOVERSION 2>/dev/null) =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= $1))
}
