#!/usr/bin/env bash
# bench.sh: the table of benchmarks. BENCH_DIR names the disk to measure on; BENCH_ONLY one part:
# metadata, v2, uploads, delivery, memory or pictures.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build -q --release --locked -p birdhouse -p birdhouse-bench
scratch=$(mktemp -d "${BENCH_DIR:-$PWD/target}/bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
rustus=.setup/bench/bin/rustus
[ "${BENCH_ONLY:-}" = pictures ] ||
  target/release/birdhouse-bench target/release/birdhouse "$scratch" $([ -x $rustus ] && echo "$rustus")
[ -z "${BENCH_ONLY:-}" ] || [ "$BENCH_ONLY" = pictures ] || exit 0
export SHARP_HOME=$PWD/.setup/bench/node
[ -x .setup/bench/bin/oximg ] && export OXIMG=$PWD/.setup/bench/bin/oximg
photo=.setup/bench/photo/usr/share/backgrounds/mate/abstract/Elephants_5640x3172.jpg
.setup/bench/venv/bin/python crates/bench/peers/media.py target/release/birdhouse "$photo" "$scratch"
