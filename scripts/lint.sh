#!/usr/bin/env bash
# lint.sh: format, clippy, documentation, dependencies, and the layers of ARCHITECTURE.md.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "lint: $1" >&2; exit 1; }

cargo fmt --check
cargo fmt --check --manifest-path fuzz/Cargo.toml
cargo clippy -q --locked --workspace --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc -q --locked --workspace --no-deps --document-private-items

# Advisories are checked where a copy of their database is; there is none without a network.
PATH=$PWD/.setup/lint/bin:$PATH
checks=(bans licenses sources)
[ -d "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs" ] && checks+=(advisories)
cargo-deny --log-level error check --hide-inclusion-graph "${checks[@]}"

# Layers: SQL stands in store and db, HTTP types in http.
src=crates/server/src
! grep -rnE '"(SELECT|INSERT|UPDATE|DELETE) ' $src --include='*.rs' | grep -vE "^$src/(store|db)" ||
  fail "SQL outside store and db"
! grep -rnE '\b(axum|hyper|http)::' $src --include='*.rs' | grep -vE "^$src/(http|telemetry|lib)" |
  grep -vE 'crate::http::' || fail "HTTP types below http"
! grep -rnE 'SystemTime::now|rand::rng' crates/{domain,oauth,server}/src --include='*.rs' |
  grep -vE "^$src/(clock|random).rs" || fail "time or randomness asked for outside clock and random"
long=$(find crates -name '*.rs' -path '*/src/*' -exec wc -l {} + | awk '$2 != "total" && $1 > 400 {print $2}')
[ -z "$long" ] || fail "longer than 400 lines: $long"
echo "lint: clean"
