#!/usr/bin/env bash
# torture.sh: injects faults into the real server on SQLite and on PostgreSQL, in about an hour. FAULTS is
# the number for each of them, TORTURE_SHARE the share of the calls that are tried.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build -q --release --locked -p birdhouse
export CLIENTS_BIN=$PWD/target/release/birdhouse RUST_BACKTRACE=0
for engine in sqlite postgres; do
  python3 clients/torture.py --engine "$engine" --faults "${FAULTS:-6000}" --share "${TORTURE_SHARE:-1}"
done
