#!/usr/bin/env bash
# Sees to a Rust compiler that builds the EVM (evm/Cargo.toml says which: 1.91 or later). Does nothing (in some
# milliseconds) when one is there, such as rustup's; else installs Debian's: not rustc, which is 1.63 in Debian 12, but
# rustc-web, which Debian's security updates keep recent for browsers.
#
# BSN_SKIP_DEPS=1 skips it, as it does install-deps.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[[ ${BSN_SKIP_DEPS:-0} == 1 ]] && exit 0
least=$(sed -n 's/^rust-version = "1\.\([0-9]*\)"/\1/p' evm/Cargo.toml)
# cmake/BsnRust.cmake looks there first, too.
PATH=$HOME/.cargo/bin:$PATH
usable() {
    [[ $("$1" --version 2>/dev/null) =~ ^(cargo|rustc)\ 1\.([0-9]+)\. ]] && ((BASH_REMATCH[2] >= least))
}
usable cargo && usable rustc && exit 0

scripts/install-deps.sh rust
usable cargo && usable rustc && exit 0
echo "install-rust: Rust 1.$least or later is needed, and $(command -v rustc || echo "no rustc"), the first in PATH, is" \
    "$(rustc --version 2>/dev/null || echo "none that works"). If it is rustup's: rustup default stable. Debian 12 has" \
    "rustc-web and cargo-web in its security updates (bookworm-security)" >&2
exit 1
