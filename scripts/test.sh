#!/usr/bin/env bash
# test.sh: runs all tests and prints the time of each step. KILLS is the number of kills of the
# crash test, FAULTS that of the faults on each database.
set -euo pipefail
cd "$(dirname "$0")/.."
export CLIENTS_VENV=$PWD/.setup/venv RUST_BACKTRACE=0
scratch=$(mktemp -d)
# PostgreSQL runs as another user, which must reach its directory.
chmod 711 "$scratch"
cleanup() {
  [ -d "$scratch/postgres/data" ] && scripts/postgres.sh stop "$scratch/postgres" || true
  rm -rf "$scratch"
}
trap cleanup EXIT
passed=0

step() {
  local name=$1 start=$SECONDS
  shift
  echo "== $name"
  "$@" 2>&1 | tee "$scratch/out"
  # cargo test prints a count for each binary; any other step counts as one.
  local count
  count=$(awk '/^test result: ok/ { sum += $4 } END { print sum }' "$scratch/out")
  passed=$((passed + ${count:-1}))
  echo "== $name: $((SECONDS - start)) s"
}

with_postgres() {
  local url
  url=$(scripts/postgres.sh start "$scratch/postgres")
  TEST_DATABASE_URL=$url cargo test -q --locked -p birdhouse-catalog -p birdhouse-server --tests
}

# Client libraries in Rust, and the tests in the package of twapi-v2.
rust_clients() {
  local tests name
  export CARGO_TARGET_DIR=target/clients
  cargo build -q --locked --manifest-path clients/egg_mode/Cargo.toml
  tests=$(cargo metadata --locked --format-version 1 --manifest-path clients/twapi_v2/Cargo.toml |
    python3 -c 'import json, os, sys
for package in json.load(sys.stdin)["packages"]:
    if package["name"] == "twapi-v2":
        print(os.path.join(os.path.dirname(package["manifest_path"]), "tests"))')
  mkdir -p clients/twapi_v2/tests
  for name in post_2_tweets get_2_tweets_id delete_2_tweets_id get_2_users get_2_users_me \
    get_2_users_id_tweets; do
    cp "$tests/$name.rs" clients/twapi_v2/tests/
  done
  cargo build -q --locked --bins --tests --manifest-path clients/twapi_v2/Cargo.toml
}

step "build" cargo build -q --locked --workspace --all-targets
step "tests on SQLite" cargo test -q --locked --workspace
step "tests on PostgreSQL" with_postgres
step "clients in Rust" rust_clients
step "images with Rust codecs only" cargo test -q --locked -p birdhouse-processing --no-default-features
step "delivery with Rust codecs only" \
  cargo test -q --locked -p birdhouse-server --no-default-features --test it images
step "corpus" "$CLIENTS_VENV/bin/python" clients/corpus.py
step "client matrix" python3 clients/matrix.py
step "descriptions" python3 clients/descriptions.py
step "archive" python3 clients/archive.py
step "contract" "$CLIENTS_VENV/bin/python" clients/contract.py
# The real service's OpenAPI document is not in this repository; X_OPENAPI is the path of a copy.
if [ -n "${X_OPENAPI:-}" ]; then
  step "the real service's contract" \
    "$CLIENTS_VENV/bin/python" clients/contract.py --document "$X_OPENAPI"
fi
step "playback in a browser" "$CLIENTS_VENV/bin/python" clients/playback.py
step "crash test" python3 clients/crash.py --kills "${KILLS:-200}"
step "torture on SQLite" python3 clients/torture.py --faults "${FAULTS:-300}" --share 0.1 --seconds 150
step "torture on PostgreSQL" \
  python3 clients/torture.py --engine postgres --faults "${FAULTS:-300}" --share 0.1 --seconds 150
step "siege" "$CLIENTS_VENV/bin/python" clients/siege.py --seconds 4 --lenient
step "crash test of media" "$CLIENTS_VENV/bin/python" clients/crash_media.py
echo
echo "$passed passed, 0 failed"
