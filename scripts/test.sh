#!/usr/bin/env bash
# test.sh: every test, step by step, each with its time. KILLS=n sets the kills of the crash test.
set -euo pipefail
cd "$(dirname "$0")/.."
export BIRDHOUSE_VENV=$PWD/.setup/venv RUST_BACKTRACE=0
scratch=$(mktemp -d)
# PostgreSQL runs as another user and must get through.
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
  # Rust's runner closes with a line for each binary; the others count as one.
  local count
  count=$(awk '/^test result: ok/ { sum += $4 } END { print sum }' "$scratch/out")
  passed=$((passed + ${count:-1}))
  echo "== $name: $((SECONDS - start)) s"
}

with_postgres() {
  local url
  url=$(scripts/postgres.sh start "$scratch/postgres")
  TEST_DATABASE_URL=$url cargo test -q --locked -p birdhouse-server --test it
}

egg_mode() {
  CARGO_TARGET_DIR=target/clients cargo build -q --locked --manifest-path clients/egg_mode/Cargo.toml
}

step "build" cargo build -q --locked --workspace --all-targets
step "tests on SQLite" cargo test -q --locked --workspace
step "tests on PostgreSQL" with_postgres
step "egg-mode" egg_mode
step "pictures with Rust codecs only" cargo test -q --locked -p birdhouse-processing --no-default-features
step "corpus" "$BIRDHOUSE_VENV/bin/python" clients/corpus.py
step "client matrix" python3 clients/matrix.py
step "playback in a browser" "$BIRDHOUSE_VENV/bin/python" clients/playback.py
step "crash test" python3 clients/crash.py --kills "${KILLS:-200}"
step "crash test of media" "$BIRDHOUSE_VENV/bin/python" clients/crash_media.py
echo
echo "$passed passed, 0 failed"
